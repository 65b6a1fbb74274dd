//! How a scene becomes pixels: how much of each is covered, counted on a grid of 8×8 points within it.

use crate::{Object, Picture, Scene, Shape};

/// Points of a pixel along each side.
const POINTS: usize = 8;
/// White.
const GROUND: f32 = 1.0;
/// In radii: half the side of a square, …
const SQUARE: f32 = 0.9;
/// … how far a triangle reaches up, down and aside from its centroid, …
const UP: f32 = 1.2;
const DOWN: f32 = 0.6;
const ASIDE: f32 = 1.04;
/// … and how wide half of a cross's arm is, which ends one radius away.
const ARM: f32 = 0.36;

impl Scene {
    /// The scene on white, antialiased, at any size; it is designed for 32 pixels.
    ///
    /// # Shapes
    /// Returns `(3, side, side)`.
    #[must_use]
    pub fn picture(&self, side: usize) -> Picture {
        let mut picture = Picture::from_elem((3, side, side), GROUND);
        for object in &self.objects {
            let [columns, rows] = [0, 1].map(|axis| object.pixels(axis, side));
            for row in rows {
                for column in columns.clone() {
                    let covered = object.covered([column, row], side);
                    for (c, color) in object.color.rgb().into_iter().enumerate() {
                        let value = &mut picture[(c, row, column)];
                        *value += covered * (color - *value);
                    }
                }
            }
        }
        picture
    }
}

impl Object {
    /// The pixels that it may cover along an axis.
    fn pixels(&self, axis: usize, side: usize) -> std::ops::Range<usize> {
        let [before, after] = self.reach(axis);
        let begin = ((self.center[axis] - before) * side as f32).floor();
        let end = ((self.center[axis] + after) * side as f32).ceil();
        // A negative number becomes 0.
        begin as usize..(end as usize).min(side)
    }

    /// The share of a pixel that it covers, 0 to 1.
    fn covered(&self, pixel: [usize; 2], side: usize) -> f32 {
        // In radii from the center.
        let place = |axis: usize, nth: usize| {
            let inside = (nth as f32 + 0.5) / POINTS as f32;
            let place = (pixel[axis] as f32 + inside) / side as f32;
            (place - self.center[axis]) / self.radius()
        };
        let mut num_covered = 0;
        for down in 0..POINTS {
            let y = place(1, down);
            num_covered += (0..POINTS).filter(|&right| self.shape.has(place(0, right), y)).count();
        }
        num_covered as f32 / (POINTS * POINTS) as f32
    }
}

impl Shape {
    /// Whether a point lies in the shape of radius 1 about the origin, x to the right and y down.
    fn has(self, x: f32, y: f32) -> bool {
        match self {
            Self::Circle => x * x + y * y <= 1.0,
            Self::Square => x.abs().max(y.abs()) <= SQUARE,
            // Its half width grows evenly from the tip to the base.
            Self::Triangle => y <= DOWN && x.abs() <= ASIDE * (y + UP) / (UP + DOWN),
            Self::Cross => x.abs().min(y.abs()) <= ARM && x.abs().max(y.abs()) <= 1.0,
        }
    }

    /// How far it reaches from its center, in radii: left and right (axis 0), or up and down (axis 1).
    pub(crate) fn reach(self, axis: usize) -> [f32; 2] {
        match self {
            Self::Circle | Self::Cross => [1.0; 2],
            Self::Square => [SQUARE; 2],
            Self::Triangle if axis == 0 => [ASIDE; 2],
            Self::Triangle => [UP, DOWN],
        }
    }
}
