//! Clips of moving digits: video so small that a network learns it, with a motion that can be measured.
//!
//! After "Moving MNIST" (Srivastava, Mansimov and Salakhutdinov 2015, "Unsupervised Learning of Video Representations
//! using LSTMs", 1502.04681), made simpler: one digit a clip, which stands still or goes straight and at the same speed in
//! one of eight directions. It starts where its way fits into the frame, so that it never meets an edge.
//!
//! As with points, whoever wants a clip brings the randomness.

use ndarray::{Array2, Axis, s};

use crate::{Digits, Picture, Split};

/// One clip, `(c, f, h, w)` with c = 1 (gray) or 3, f frames in the order of time, values in \[−1, 1\].
pub type Clip = ndarray::Array4<f32>;

/// How a digit moves, with north at the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// Not at all.
    Still,
    /// Up.
    North,
    /// Up and to the right.
    NorthEast,
    /// To the right.
    East,
    /// Down and to the right.
    SouthEast,
    /// Down.
    South,
    /// Down and to the left.
    SouthWest,
    /// To the left.
    West,
    /// Up and to the left.
    NorthWest,
}

/// Pixels that a digit moves from a frame to the next, along each axis that it moves along.
const SPEED: isize = 2;
/// Side of a digit in a clip, in pixels.
const SMALL: usize = 14;

impl Motion {
    /// All nine: still, then clockwise from the north. `noisebook-probe` counts motions in this order.
    pub const ALL: [Self; 9] = [
        Self::Still,
        Self::North,
        Self::NorthEast,
        Self::East,
        Self::SouthEast,
        Self::South,
        Self::SouthWest,
        Self::West,
        Self::NorthWest,
    ];

    /// As lessons name it: `still`, `north`, `north-east`, `east`, …
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Still => "still",
            Self::North => "north",
            Self::NorthEast => "north-east",
            Self::East => "east",
            Self::SouthEast => "south-east",
            Self::South => "south",
            Self::SouthWest => "south-west",
            Self::West => "west",
            Self::NorthWest => "north-west",
        }
    }

    /// The motion of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|motion| motion.name() == name)
    }

    /// The motion of clip `nth` where all nine take turns, so that each is there as often as any other.
    #[must_use]
    pub fn in_turn(nth: usize) -> Self {
        Self::ALL[nth % Self::ALL.len()]
    }

    /// Pixels down and to the right from a frame to the next.
    fn step(self) -> [isize; 2] {
        let [down, right] = match self {
            Self::Still => [0, 0],
            Self::North => [-1, 0],
            Self::NorthEast => [-1, 1],
            Self::East => [0, 1],
            Self::SouthEast => [1, 1],
            Self::South => [1, 0],
            Self::SouthWest => [1, -1],
            Self::West => [0, -1],
            Self::NorthWest => [-1, -1],
        };
        [SPEED * down, SPEED * right]
    }
}

/// The digits of one split, drawn small, for clips of them.
pub struct MovingDigits {
    /// `(14, 14)` each.
    small: Vec<Array2<f32>>,
    labels: Vec<u8>,
}

impl MovingDigits {
    /// Frames of a clip.
    pub const NUM_FRAMES: usize = 8;
    /// Side of a frame, in pixels.
    pub const SIDE: usize = 32;

    /// Draws the digits of a split small: the square around the ink of each, averaged down to 14×14.
    #[must_use]
    pub fn new(digits: &Digits, split: Split) -> Self {
        let indices = digits.indices(split);
        Self {
            small: indices.iter().map(|&idx| shrink(&digits.picture(idx))).collect(),
            labels: indices.iter().map(|&idx| digits.label(idx)).collect(),
        }
    }

    /// How many digits there are to move: those of the split.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// What digit `digit_idx` was meant to be, 0…9.
    ///
    /// # Panics
    /// If `digit_idx` is not below [`MovingDigits::len`], as a slice does.
    #[must_use]
    pub fn label(&self, digit_idx: usize) -> u8 {
        self.labels[digit_idx]
    }

    /// A digit of the split, in the order of [`Digits::indices`], moving on black (−1).
    ///
    /// Two uniform numbers, from 0 up to but not 1, choose where it starts, across and down: each of the places from
    /// which it stays inside the frame is as likely as any other.
    ///
    /// # Shapes
    /// Returns `(1, 8, 32, 32)`.
    ///
    /// # Panics
    /// If `digit_idx` is not below [`MovingDigits::len`], as a slice does.
    #[must_use]
    pub fn clip(&self, digit_idx: usize, motion: Motion, [u, v]: [f32; 2]) -> Clip {
        let digit = &self.small[digit_idx];
        let [down, right] = motion.step();
        let (mut y, mut x) = (start(v, down), start(u, right));
        let mut clip = Clip::from_elem((1, Self::NUM_FRAMES, Self::SIDE, Self::SIDE), -1.0);
        for mut frame in clip.index_axis_mut(Axis(0), 0).outer_iter_mut() {
            frame.slice_mut(s![y..y + SMALL, x..x + SMALL]).assign(digit);
            // After the last frame this may step outside, where nothing is drawn any more.
            y = y.saturating_add_signed(down);
            x = x.saturating_add_signed(right);
        }
        clip
    }
}

/// Where a digit starts along one axis if it takes `step` pixels a frame, so that it ends inside the frame.
fn start(chance: f32, step: isize) -> usize {
    let way = step.unsigned_abs() * (MovingDigits::NUM_FRAMES - 1);
    let last = MovingDigits::SIDE - SMALL - way;
    let place = ((chance * (last + 1) as f32) as usize).min(last);
    if step < 0 { place + way } else { place }
}

/// The smallest square around a picture's ink, averaged by area down to `(14, 14)`.
fn shrink(picture: &Picture) -> Array2<f32> {
    let ink = picture.index_axis(Axis(0), 0).mapv(|value| value + 1.0);
    let [rows, columns] = [Axis(0), Axis(1)].map(|axis| inked(&ink, axis));
    let side = (rows[1] - rows[0]).max(columns[1] - columns[0]);
    let down = shares(rows, side, ink.nrows());
    let across = shares(columns, side, ink.ncols());
    // What lies outside the picture has no ink, and rounding may not make white whiter than 1.
    down.dot(&ink).dot(&across.t()).mapv(|ink| (ink - 1.0).min(1.0))
}

/// Where the ink begins and ends along an axis; all of it if there is none.
fn inked(ink: &Array2<f32>, axis: Axis) -> [f32; 2] {
    let mut with_ink = ink.axis_iter(axis).map(|line| line.iter().any(|ink| *ink > 0.0));
    let first = with_ink.clone().position(|any| any).unwrap_or(0);
    let last = with_ink.rposition(|any| any);
    [first as f32, last.map_or(ink.len_of(axis), |last| last + 1) as f32]
}

/// The share of each of `len` pixels in each of the 14 small ones, which divide a stretch of length `side` about the
/// middle of `from..to`. Shapes: `(14, len)`; a row sums to 1 where the stretch lies inside.
fn shares([from, to]: [f32; 2], side: f32, len: usize) -> Array2<f32> {
    let begin = (from + to - side) / 2.0;
    let width = side / SMALL as f32;
    Array2::from_shape_fn((SMALL, len), |(small, pixel)| {
        let left = begin + width * small as f32;
        let pixel = pixel as f32;
        let overlap = (left + width).min(pixel + 1.0) - left.max(pixel);
        overlap.max(0.0) / width
    })
}
