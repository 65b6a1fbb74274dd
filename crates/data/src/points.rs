//! Points in the plane: data so small that a network learns them in seconds, and every mistake is seen.
//!
//! A set is a function from randomness to points. Whoever wants points brings the randomness: two uniform numbers say
//! where on the shape a point lies, two normal ones how far off it.

use std::f32::consts::{PI, TAU};

use ndarray::{Array2, ArrayRef2, Zip};

/// A shape that points scatter around, within about −1 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PointSet {
    /// Two circles about the same center.
    Rings,
    /// Twenty-five heaps, five by five.
    Grid,
    /// Two half circles that reach into each other.
    Moons,
    /// A spiral of one and a half turns.
    SwissRoll,
    /// Two wide heaps, side by side.
    TwoHeaps,
    /// A straight line that rises to the right.
    Line,
}

/// The radii of the two rings.
const RADII: [f32; 2] = [0.4, 0.85];
/// Heaps along a side of the grid, and from one to the next.
const HEAPS: f32 = 5.0;
const GAP: f32 = 0.4;
/// Where the two heaps are: so far to the left and to the right of the center.
const ASIDE: f32 = 0.5;
/// The upper end of the line; the lower one lies across the center.
const LINE_END: [f32; 2] = [0.8, 0.4];
/// How far points lie off their shape: the standard deviation.
const SCATTER: f32 = 0.03;
/// The same of the two heaps, which are to be seen as heaps and not as dots.
const WIDE_SCATTER: f32 = 0.08;
/// A point within so many standard deviations still belongs to a heap or a ring.
const BELONGS: f32 = 4.0;

impl PointSet {
    /// All six, in the order of the lessons.
    pub const ALL: [Self; 6] =
        [Self::Rings, Self::Grid, Self::Moons, Self::SwissRoll, Self::TwoHeaps, Self::Line];

    /// As lessons name it: `rings`, `grid`, `moons`, `swiss-roll`, `two-heaps`, `line`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rings => "rings",
            Self::Grid => "grid",
            Self::Moons => "moons",
            Self::SwissRoll => "swiss-roll",
            Self::TwoHeaps => "two-heaps",
            Self::Line => "line",
        }
    }

    /// The set of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.name() == name)
    }

    /// One point for each row of randomness.
    ///
    /// # Shapes
    /// - `uniform`: `(n, 2)`, numbers from 0 up to but not 1
    /// - `normal`: `(n, 2)`, standard normal numbers
    /// - returns `(n, 2)`: x to the right, y upward
    ///
    /// # Panics
    /// When the shapes differ.
    #[must_use]
    pub fn points(self, uniform: &ArrayRef2<f32>, normal: &ArrayRef2<f32>) -> Array2<f32> {
        let mut points = Array2::zeros(uniform.raw_dim());
        Zip::from(points.rows_mut()).and(uniform.rows()).and(normal.rows()).for_each(
            |mut point, uniform, normal| {
                let on_shape = self.at(uniform[0], uniform[1]);
                point[0] = on_shape[0] + self.scatter() * normal[0];
                point[1] = on_shape[1] + self.scatter() * normal[1];
            },
        );
        points
    }

    /// The point of the shape that two numbers from 0 to 1 choose, each part of it as likely as any other of its length.
    fn at(self, u: f32, v: f32) -> [f32; 2] {
        match self {
            Self::Rings => {
                // A ring gets its share by its length.
                let [inner, outer] = RADII;
                let radius = if u * (inner + outer) < inner { inner } else { outer };
                let (sin, cos) = (TAU * v).sin_cos();
                [radius * cos, radius * sin]
            }
            Self::Grid => {
                let heap = |u: f32| GAP * ((u * HEAPS).floor() - (HEAPS - 1.0) / 2.0);
                [heap(u), heap(v)]
            }
            Self::Moons => {
                let (sin, cos) = (PI * v).sin_cos();
                let [x, y] = if u < 0.5 { [cos, sin] } else { [1.0 - cos, 0.5 - sin] };
                [0.6 * (x - 0.5), 0.6 * (y - 0.25)]
            }
            Self::SwissRoll => {
                // From 1.5 π to 4.5 π; the root spreads the points evenly along the spiral.
                let turn = 1.5 * PI * (1.0 + 8.0 * v).sqrt();
                let radius = 0.9 * turn / (4.5 * PI);
                let (sin, cos) = turn.sin_cos();
                [radius * cos, radius * sin]
            }
            Self::TwoHeaps => [if u < 0.5 { -ASIDE } else { ASIDE }, 0.0],
            Self::Line => LINE_END.map(|end| end * (2.0 * v - 1.0)),
        }
    }

    /// The standard deviation of how far points lie off the shape, along either axis.
    fn scatter(self) -> f32 {
        if self == Self::TwoHeaps { WIDE_SCATTER } else { SCATTER }
    }

    /// How many heaps or rings there are to be found, or 0 where the set is of one piece.
    #[must_use]
    pub fn num_modes(self) -> usize {
        match self {
            Self::Rings => RADII.len(),
            Self::Grid => (HEAPS * HEAPS) as usize,
            Self::TwoHeaps => 2,
            Self::Moons | Self::SwissRoll | Self::Line => 0,
        }
    }

    /// How many heaps or rings have at least a third of their fair share of these points.
    #[must_use]
    pub fn modes_hit(self, points: &[[f32; 2]]) -> usize {
        let mut counts = vec![0_usize; self.num_modes()];
        for point in points {
            if let Some(count) = self.mode_of(*point).and_then(|mode| counts.get_mut(mode)) {
                *count += 1;
            }
        }
        let fair = points.len() as f64 / counts.len().max(1) as f64;
        counts.into_iter().filter(|count| *count as f64 >= fair / 3.0).count()
    }

    /// Which heap or ring a point belongs to, or none if it lies off all of them.
    #[must_use]
    pub fn mode_of(self, [x, y]: [f32; 2]) -> Option<usize> {
        let near = |distance: f32| distance < BELONGS * self.scatter();
        match self {
            Self::Rings => RADII.iter().position(|radius| near((x.hypot(y) - radius).abs())),
            Self::Grid => {
                let nearest = |x: f32| (x / GAP + (HEAPS - 1.0) / 2.0).round().clamp(0.0, HEAPS - 1.0);
                let [column, row] = [nearest(x), nearest(y)];
                let center = |heap: f32| GAP * (heap - (HEAPS - 1.0) / 2.0);
                let off = (x - center(column)).hypot(y - center(row));
                near(off).then_some((row * HEAPS + column) as usize)
            }
            Self::TwoHeaps => [-ASIDE, ASIDE].iter().position(|center| near((x - center).hypot(y))),
            Self::Moons | Self::SwissRoll | Self::Line => None,
        }
    }
}
