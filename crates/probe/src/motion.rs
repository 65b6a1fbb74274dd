//! Does what moves in a clip move, and does every motion occur?
//!
//! In each frame the pixels brighter than the middle are ink, and their mean place is where the ink is. A straight line
//! through these places, by least squares over the frames, has a velocity; what lies off it is the residual, so that a clip
//! whose frames jump about is not taken for one that moves. The velocity is one of nine motions: still, or one of eight
//! directions. How often each of them occurs, in made clips and in real ones, is compared by total variation.
//!
//! This sees where the ink is, not what it shows: a classifier reads the frames beside it.

use std::f64::consts::FRAC_PI_4;

use ndarray::{ArrayRef2, ArrayRef3, ArrayRef4};

use crate::Result;
use crate::error::{check_enough, check_finite};

/// Still, and eight directions: 0 is still, 1 north (up), and so on clockwise: 3 east, 5 south, 7 west.
pub const NUM_MOTIONS: usize = 9;

/// The share of clips with each motion, and last the share of those with none.
pub type MotionHistogram = [f64; NUM_MOTIONS + 1];

/// A pixel above this is ink.
const INK: f32 = 0.0;
/// Slower than this is still, in pixels a frame: half of what real clips move at least.
const STILL: f64 = 1.0;
/// Places that lie farther off a straight line are no motion, in pixels: half a step of real clips, which lie on it.
const ROUGH: f64 = 1.0;
/// Any two places lie on a line, so two frames do not show that they follow one.
const LEAST_FRAMES: usize = 3;

/// The straight line that a clip's ink follows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Track {
    /// Pixels a frame to the right and upward.
    pub velocity: [f64; 2],
    /// How far the ink lies off the line: the root of the mean squared distance, in pixels.
    pub residual: f64,
}

/// The line that the ink of a clip follows, or none if a frame has no ink or there are fewer than three.
///
/// # Shapes
/// `frames`: `(f, h, w)`, values in \[−1, 1\].
#[must_use]
pub fn track_of(frames: &ArrayRef3<f32>) -> Option<Track> {
    let places: Vec<[f64; 2]> =
        frames.outer_iter().map(|frame| place_of_ink(&frame)).collect::<Option<_>>()?;
    if places.len() < LEAST_FRAMES {
        return None;
    }
    let num = places.len() as f64;
    // Time is counted from the middle of the clip: its sum is 0, and slope and mean do not mix.
    let times = (0..places.len()).map(|frame| frame as f64 - (num - 1.0) / 2.0);
    let spread: f64 = times.clone().map(|t| t * t).sum();
    let (mut velocity, mut sum_of_squares) = ([0.0; 2], 0.0);
    for (axis, velocity) in velocity.iter_mut().enumerate() {
        let along = || times.clone().zip(places.iter().map(|place| place[axis]));
        let mean = along().map(|(_, place)| place).sum::<f64>() / num;
        *velocity = along().map(|(t, place)| t * place).sum::<f64>() / spread;
        sum_of_squares += along().map(|(t, place)| (place - mean - *velocity * t).powi(2)).sum::<f64>();
    }
    Some(Track { velocity, residual: (sum_of_squares / num).sqrt() })
}

/// Which of the nine motions a clip shows, 0 to 8 as [`NUM_MOTIONS`] counts them; none if a frame has no ink, if there are
/// fewer than three frames, or if the ink jumps about.
///
/// # Shapes
/// `frames`: `(f, h, w)`, values in \[−1, 1\].
#[must_use]
pub fn motion_of(frames: &ArrayRef3<f32>) -> Option<usize> {
    let Track { velocity: [right, up], residual } = track_of(frames)?;
    if residual > ROUGH {
        return None;
    }
    if right.hypot(up) < STILL {
        return Some(0);
    }
    // Clockwise from the north, in eighths of a turn.
    let eighth = (right.atan2(up) / FRAC_PI_4).round().rem_euclid(8.0);
    Some(1 + eighth as usize)
}

/// The share of `clips` with each motion, and of those with none.
///
/// # Shapes
/// `clips`: `(n, f, h, w)`, values in \[−1, 1\].
///
/// # Errors
/// When there is no clip, or a value is not a finite number.
pub fn motion_histogram(clips: &ArrayRef4<f32>) -> Result<MotionHistogram> {
    check_enough("a histogram of motions", "the clips", 1, clips.dim().0)?;
    check_finite("the clips", clips)?;
    let mut counts = [0_usize; NUM_MOTIONS + 1];
    for clip in clips.outer_iter() {
        counts[motion_of(&clip).unwrap_or(NUM_MOTIONS)] += 1;
    }
    Ok(counts.map(|count| count as f64 / clips.dim().0 as f64))
}

/// How far two histograms are apart: ½ Σ |p − q|, from 0 (the same) to 1 (nothing in common).
#[must_use]
pub fn total_variation<const N: usize>(p: &[f64; N], q: &[f64; N]) -> f64 {
    p.iter().zip(q).map(|(p, q)| (p - q).abs()).sum::<f64>() / 2.0
}

/// The mean place of a frame's ink, to the right and upward, or none if there is no ink.
fn place_of_ink(frame: &ArrayRef2<f32>) -> Option<[f64; 2]> {
    let inked = || frame.indexed_iter().filter(|(_, value)| **value > INK);
    let num = inked().count();
    let mean =
        |along: fn((usize, usize)) -> f64| inked().map(|(place, _)| along(place)).sum::<f64>() / num as f64;
    (num > 0).then(|| [mean(|(_, column)| column as f64), mean(|(row, _)| -(row as f64))])
}

#[cfg(test)]
mod tests {
    use ndarray::{Array3, Array4, Axis, s, stack};

    use super::*;

    /// A hook of 34 pixels whose corner is at these rows and columns, one a frame, on black.
    fn hooks(places: &[[usize; 2]]) -> Array3<f32> {
        let mut frames = Array3::from_elem((places.len(), 32, 32), -1.0);
        for (mut frame, &[row, column]) in frames.outer_iter_mut().zip(places) {
            frame.slice_mut(s![row..row + 14, column..column + 2]).fill(1.0);
            frame.slice_mut(s![row + 12..row + 14, column + 2..column + 5]).fill(0.5);
            // Haze that is no ink.
            frame.slice_mut(s![row, column + 3..]).fill(-0.5);
        }
        frames
    }

    /// Eight frames of a hook that takes so many pixels down and to the right from each to the next.
    fn moving(down: isize, right: isize) -> Array3<f32> {
        let start = |step: isize| if step < 0 { 15_usize } else { 1 };
        let place = |frame: isize, step| start(step).saturating_add_signed(frame * step);
        let places: Vec<_> = (0..8).map(|frame| [place(frame, down), place(frame, right)]).collect();
        hooks(&places)
    }

    /// Still and the eight directions, in the order of the classes.
    fn nine() -> Vec<Array3<f32>> {
        let steps = [[0, 0], [-2, 0], [-2, 2], [0, 2], [2, 2], [2, 0], [2, -2], [0, -2], [-2, -2]];
        steps.map(|[down, right]| moving(down, right)).to_vec()
    }

    fn together(clips: &[Array3<f32>]) -> Array4<f32> {
        let views: Vec<_> = clips.iter().map(|clip| clip.view()).collect();
        stack(Axis(0), &views).unwrap()
    }

    #[test]
    fn every_motion_is_read() {
        for (motion, clip) in nine().iter().enumerate() {
            assert_eq!(motion_of(clip), Some(motion));
            assert!(track_of(clip).unwrap().residual < 1e-9);
        }
        let [right, up] = track_of(&moving(1, -2)).unwrap().velocity;
        assert!((right + 2.0).abs() < 1e-9 && (up + 1.0).abs() < 1e-9, "{right}, {up}");
    }

    /// A large disc, so that its middle moves by fractions of a pixel: the boundaries lie at 22.5°, 67.5°, …
    #[test]
    fn a_direction_is_the_nearest_of_eight() {
        let check = |degrees: f64, speed: f64, expected: usize| {
            let (east, north) = (degrees.to_radians().sin() * speed, degrees.to_radians().cos() * speed);
            let clip = Array3::from_shape_fn((8, 64, 64), |(frame, row, column)| {
                let t = frame as f64 - 3.5;
                let off = (row as f64 - 31.5 + north * t).hypot(column as f64 - 31.5 - east * t);
                if off < 20.0 { 1.0 } else { -1.0 }
            });
            assert_eq!(motion_of(&clip), Some(expected), "{degrees}° at {speed}");
        };
        check(20.0, 2.0, 1);
        check(25.0, 2.0, 2);
        check(65.0, 2.0, 2);
        check(70.0, 2.0, 3);
        check(250.0, 2.0, 7);
        check(335.0, 2.0, 8);
        check(340.0, 2.0, 1);
        check(340.0, 1.1, 1);
        check(340.0, 0.9, 0);
    }

    /// Four frames here, four frames seven pixels to the right: by hand, the slope is 4/3 and the mean squared distance
    /// 12.25 − 5.25 × (4/3)² = 35/12.
    #[test]
    fn a_jump_is_no_motion() {
        let places: Vec<[usize; 2]> = (0..8).map(|frame| [9, if frame < 4 { 3 } else { 10 }]).collect();
        let clip = hooks(&places);
        let track = track_of(&clip).unwrap();
        assert!((track.velocity[0] - 4.0 / 3.0).abs() < 1e-9 && track.velocity[1].abs() < 1e-9, "{track:?}");
        assert!((track.residual - (35.0_f64 / 12.0).sqrt()).abs() < 1e-9, "{track:?}");
        assert_eq!(motion_of(&clip), None);
        // A step that comes half a frame late is still a motion: all residuals are below a pixel.
        assert_eq!(motion_of(&hooks(&[[9, 1], [9, 3], [9, 4], [9, 7], [9, 9], [9, 12]])), Some(3));
    }

    #[test]
    fn without_ink_in_every_frame_there_is_no_motion() {
        let mut clip = moving(0, 2);
        clip.index_axis_mut(Axis(0), 5).fill(-0.1);
        assert_eq!(motion_of(&clip), None);
        assert_eq!(motion_of(&moving(0, 2).slice(s![..2, .., ..])), None);
        assert_eq!(motion_of(&moving(0, 2).slice(s![..3, .., ..])), Some(3));
        assert_eq!(motion_of(&Array3::zeros((0, 4, 4))), None);
    }

    #[test]
    fn motions_are_counted_and_none_is_one_of_them() {
        let mut clips = nine();
        clips.push(Array3::from_elem((8, 32, 32), -1.0));
        assert_eq!(motion_histogram(&together(&clips)).unwrap(), [0.1; 10]);
        clips[9] = moving(2, 0);
        let found = motion_histogram(&together(&clips)).unwrap();
        assert_eq!(found, [0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.1, 0.1, 0.1, 0.0]);
        assert!((total_variation(&found, &[0.1; 10]) - 0.1).abs() < 1e-12);
    }

    #[test]
    fn total_variation_is_half_of_all_that_differs() {
        let check = |p: [f64; 3], q: [f64; 3], expected: f64| {
            assert!((total_variation(&p, &q) - expected).abs() < 1e-12, "{p:?}, {q:?}");
            assert!((total_variation(&q, &p) - expected).abs() < 1e-12, "{q:?}, {p:?}");
        };
        check([0.5, 0.5, 0.0], [0.5, 0.5, 0.0], 0.0);
        check([1.0, 0.0, 0.0], [0.0, 0.25, 0.75], 1.0);
        check([0.5, 0.25, 0.25], [0.25, 0.25, 0.5], 0.25);
    }

    /// What the measure is for: the same frames in another order are the same pictures, and no longer the same motion.
    #[test]
    fn shuffled_frames_show_another_motion() {
        let orders = [
            [3, 7, 0, 5, 1, 6, 2, 4],
            [6, 1, 4, 0, 7, 2, 5, 3],
            [0, 4, 1, 5, 2, 6, 3, 7],
            [5, 2, 7, 4, 1, 0, 6, 3],
        ];
        let real = motion_histogram(&together(&nine())).unwrap();
        for order in orders {
            let shuffled: Vec<_> = nine().iter().map(|clip| clip.select(Axis(0), &order)).collect();
            let found = motion_histogram(&together(&shuffled)).unwrap();
            // The still ones stay as they are.
            assert_eq!(found[0], real[0]);
            let apart = total_variation(&real, &found);
            assert!(apart > 0.85, "{order:?}: {apart}");
        }
        // Played backward, north becomes south and so on: each clip is another motion, and the shares are the same.
        let backward: Vec<_> = nine().iter().map(|clip| clip.slice(s![..;-1, .., ..]).to_owned()).collect();
        assert_eq!(motion_histogram(&together(&backward)).unwrap(), real);
        assert_eq!(motion_of(&backward[1]), Some(5));
    }

    #[test]
    fn wrong_clips_are_refused_in_a_sentence() {
        let refused = |clips: Array4<f32>| motion_histogram(&clips).unwrap_err().to_string();
        let none = refused(Array4::zeros((0, 8, 32, 32)));
        assert_eq!(none, "a histogram of motions needs at least 1 of the clips, found 0");
        let mut clips = together(&nine());
        clips[[4, 3, 2, 1]] = f32::NAN;
        assert!(refused(clips).starts_with("the clips have a value that is not a finite number"));
    }
}
