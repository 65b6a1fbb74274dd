//! A noise schedule drawn by hand: a few points, and a curve through them that only falls.
//!
//! What is drawn is the signal rate `√ᾱ` over the way from picture to noise, from 1 at the picture: it is the factor on the
//! picture, so the curve is what one sees, and an end in pure noise is a point that can be put there.
//! Between the points runs the monotone cubic of Fritsch & Carlson 1980, "Monotone Piecewise Cubic Interpolation" (SIAM
//! Journal on Numerical Analysis 17), with the slopes of Fritsch & Butland 1984 and one-sided ones at the ends, as in
//! SciPy's `PchipInterpolator`: it goes through every point, has no corner, and falls wherever the points fall.

use ndarray::Array1;

use crate::{DiffusionError, NoiseSchedule, Result};

/// The least way from a point to the next, as a share of the whole, and the least fall of the signal rate.
const MIN_GAP: f64 = 1e-4;

/// The least share of the signal's power that a step takes, so that every step adds some noise.
const MIN_BETA: f64 = 1e-10;

/// A falling curve of the signal rate through a few points.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnSchedule {
    /// (share of the way, signal rate), the picture at (0, 1) first.
    points: Vec<[f64; 2]>,
    /// The slope at each point.
    slopes: Vec<f64>,
}

impl DrawnSchedule {
    /// Five points on a quarter of a cosine that ends in pure noise: where a drawing can begin.
    pub const COSINE: &'static [[f64; 2]] =
        &[[0.2, 0.951], [0.4, 0.809], [0.6, 0.588], [0.8, 0.309], [1.0, 0.0]];

    /// The curve through `points`, each a share of the way above 0 and the signal rate there. It begins at the picture,
    /// share 0 and rate 1, which is not among them; the last stands at share 1.
    ///
    /// # Errors
    /// When there is none, one is not finite or not to the right of and below the one before it, or the last is not at
    /// share 1 with a rate from 0 up.
    pub fn new(points: &[[f64; 2]]) -> Result<Self> {
        let mut all = vec![[0.0, 1.0]];
        for (idx, &[share, rate]) in points.iter().enumerate() {
            let refuse = |expected| DiffusionError::DrawnPoint { number: idx + 1, share, rate, expected };
            let is_last = idx + 1 == points.len();
            let [share_before, rate_before] = all.last().copied().unwrap_or_default();
            // Also true for NaN.
            if !(share - share_before >= MIN_GAP && rate_before - rate >= MIN_GAP) {
                return Err(refuse("to the right of the point before it, and below it"));
            }
            if !(share <= 1.0 && rate >= 0.0) || is_last != (share == 1.0) {
                return Err(refuse(
                    "at most at share 1, where the last and no other stands, and not below rate 0",
                ));
            }
            all.push([share, rate]);
        }
        if points.is_empty() {
            return Err(DiffusionError::DrawnNothing);
        }
        Ok(Self { slopes: slopes(&all), points: all })
    }

    /// The curve through `num_points` points of another schedule, evenly spread.
    ///
    /// # Errors
    /// When the schedule has fewer steps than that, or falls too little between two of them.
    pub fn through(schedule: &NoiseSchedule, num_points: usize) -> Result<Self> {
        let last = schedule.num_train_timesteps() as f64;
        let points: Vec<[f64; 2]> = (1..=num_points)
            .map(|nth| {
                let t = (nth as f64 * last / num_points as f64).round();
                Ok([t / last, schedule.at(t as usize)?.signal_rate])
            })
            .collect::<Result<_>>()?;
        Self::new(&points)
    }

    /// The points, without the picture's: share of the way, and signal rate.
    pub fn points(&self) -> &[[f64; 2]] {
        self.points.get(1..).unwrap_or_default()
    }

    /// The signal rate at a share of the way from 0 to 1; beyond them the one at the end.
    pub fn signal_rate(&self, share: f64) -> f64 {
        let last = self.points.len().saturating_sub(2);
        let idx = self.points.iter().skip(1).position(|[right, _]| share <= *right).unwrap_or(last);
        let (Some([[x0, y0], [x1, y1]]), Some([d0, d1])) =
            (self.points.get(idx..idx + 2), self.slopes.get(idx..idx + 2))
        else {
            return 1.0;
        };
        let width = x1 - x0;
        let along = ((share - x0) / width).clamp(0.0, 1.0);
        let rest = 1.0 - along;
        // Hermite's cubic, from the values and the slopes at both ends.
        let value = rest * rest * (1.0 + 2.0 * along) * y0
            + along * along * (1.0 + 2.0 * rest) * y1
            + along * rest * width * (rest * d0 - along * d1);
        value.clamp(*y1, *y0)
    }

    /// The schedule that has these signal rates at its `num_train_timesteps` steps.
    ///
    /// # Errors
    /// See [`NoiseSchedule::from_betas`].
    pub fn schedule(&self, num_train_timesteps: usize) -> Result<NoiseSchedule> {
        let mut before = 1.0;
        let betas = (1..=num_train_timesteps).map(|t| {
            let alpha_cumprod = self.signal_rate(t as f64 / num_train_timesteps as f64).powi(2);
            // β_t = 1 − ᾱ_t / ᾱ_{t−1}
            let beta = (1.0 - alpha_cumprod / before).max(MIN_BETA);
            before *= 1.0 - beta;
            beta
        });
        NoiseSchedule::from_betas(betas.collect::<Array1<f64>>())
    }
}

/// The slope at each point: in between the harmonic mean of the two sides, weighted by their lengths, which is 0 or less
/// wherever both sides fall, and never so steep that the cubic would turn around.
fn slopes(points: &[[f64; 2]]) -> Vec<f64> {
    // (length, slope) of each straight piece.
    let pieces: Vec<(f64, f64)> = points
        .windows(2)
        .filter_map(|pair| match pair {
            [[x0, y0], [x1, y1]] => Some((x1 - x0, (y1 - y0) / (x1 - x0))),
            _ => None,
        })
        .collect();
    let inner = pieces.windows(2).filter_map(|pair| match pair {
        [(h0, m0), (h1, m1)] => {
            let (w0, w1) = (2.0 * h1 + h0, h1 + 2.0 * h0);
            Some((w0 + w1) / (w0 / m0 + w1 / m1))
        }
        _ => None,
    });
    let ends = match (pieces.as_slice(), pieces.len().checked_sub(2).and_then(|from| pieces.get(from..))) {
        ([first, second, ..], Some([one, last])) => (end_slope(*first, *second), end_slope(*last, *one)),
        ([only, ..], _) => (only.1, only.1),
        _ => (0.0, 0.0),
    };
    std::iter::once(ends.0).chain(inner).chain([ends.1]).collect()
}

/// The slope at an end, from the piece there and the next one: a parabola's, unless the curve would turn around.
fn end_slope((h0, m0): (f64, f64), (h1, m1): (f64, f64)) -> f64 {
    let slope = ((2.0 * h0 + h1) * m0 - h0 * m1) / (h0 + h1);
    // Every piece falls.
    if slope >= 0.0 { 0.0 } else { slope }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ScheduleName;

    /// Against `scipy.interpolate.PchipInterpolator([0, *shares], [1, *rates])(at)` of SciPy 1.17.
    #[track_caller]
    fn check(points: &[[f64; 2]], expected: &[(f64, f64)]) {
        let drawn = DrawnSchedule::new(points).unwrap();
        for &(share, rate) in expected {
            let found = drawn.signal_rate(share);
            assert!((found - rate).abs() < 1e-12, "at {share}: {found}, and SciPy has {rate}");
        }
    }

    #[test]
    fn the_curve_is_scipys() {
        check(
            DrawnSchedule::COSINE,
            &[
                (0.0, 1.0),
                (0.01, 0.9997049767670158),
                (0.15, 0.9687848085732984),
                (0.33, 0.8687752479699422),
                (0.5, 0.7077165523415978),
                (0.52, 0.6847088401983471),
                (0.77, 0.35301164644897964),
                (0.95, 0.08009837372448989),
                (1.0, -3.003240017784847e-17),
            ],
        );
        check(
            &[[0.05, 0.98], [0.5, 0.3], [0.55, 0.25], [1.0, 0.01]],
            &[
                (0.0, 1.0),
                (0.01, 0.9969473527218493),
                (0.15, 0.8807852869791936),
                (0.33, 0.5710675689390659),
                (0.5, 0.3),
                (0.52, 0.2778147073413136),
                (0.77, 0.09671797151796041),
                (0.95, 0.018969064402643163),
                (1.0, 0.01000000000000005),
            ],
        );
        check(
            &[[0.7, 0.95], [1.0, 0.0]],
            &[
                (0.0, 1.0),
                (0.01, 0.9999922257345957),
                (0.15, 0.9981398638909817),
                (0.33, 0.9903066621351589),
                (0.5, 0.976250532315655),
                (0.52, 0.9741221345038817),
                (0.77, 0.8636641177694547),
                (0.95, 0.2114542461803699),
                (1.0, 1.1102230246251565e-16),
            ],
        );
        check(
            &[[1.0, 0.2]],
            &[
                (0.0, 1.0),
                (0.01, 0.992),
                (0.15, 0.88),
                (0.33, 0.736),
                (0.5, 0.6),
                (0.52, 0.584),
                (0.77, 0.3839999999999999),
                (0.95, 0.24),
                (1.0, 0.19999999999999996),
            ],
        );
    }

    #[test]
    fn the_curve_goes_through_its_points_and_only_falls() {
        let steep = [[0.01, 0.999], [0.02, 0.2], [0.9, 0.199], [0.99, 0.001], [1.0, 0.0]];
        for points in [DrawnSchedule::COSINE, &steep, &[[1.0, 0.5]], &[[0.5, 0.9999], [1.0, 0.0001]]] {
            let drawn = DrawnSchedule::new(points).unwrap();
            assert_eq!(drawn.points(), points);
            for &[share, rate] in points {
                assert!((drawn.signal_rate(share) - rate).abs() < 1e-15, "{points:?} at {share}");
            }
            for num_train_timesteps in [1, 7, 1000, 2000, 100_000] {
                let schedule = drawn.schedule(num_train_timesteps).unwrap();
                let mut before = 1.0;
                for &alpha_cumprod in schedule.alphas_cumprod() {
                    assert!(alpha_cumprod < before, "{points:?}: {alpha_cumprod} after {before}");
                    before = alpha_cumprod;
                }
                let last = points.last().unwrap()[1];
                let end = schedule.at(num_train_timesteps).unwrap().signal_rate;
                assert!((end - last).abs() < 1e-6, "{points:?} ends at {end}");
            }
        }
    }

    #[test]
    fn a_named_schedule_is_traced_closely() {
        for &name in ScheduleName::ALL {
            let named = NoiseSchedule::named(name, 1000).unwrap();
            let drawn = DrawnSchedule::through(&named, 12).unwrap().schedule(1000).unwrap();
            let rate = |schedule: &NoiseSchedule, t| schedule.at(t).unwrap().signal_rate;
            let off = (0..=1000).map(|t| (rate(&named, t) - rate(&drawn, t)).abs()).fold(0.0, f64::max);
            assert!(off < 0.01, "{name} is off by {off}");
        }
    }

    #[test]
    fn what_does_not_fall_is_refused_in_a_sentence() {
        let check = |points: &[[f64; 2]], says: &str| {
            assert_eq!(DrawnSchedule::new(points).unwrap_err().to_string(), says);
        };
        let before = "but must be to the right of the point before it, and below it";
        check(&[], "a drawn schedule needs at least one point, the last of them at share 1 of the way");
        check(
            &[[0.5, 0.5], [1.0, 0.5]],
            &format!("point 2 of the drawn schedule is at share 1 with signal rate 0.5, {before}"),
        );
        check(
            &[[0.5, f64::NAN], [1.0, 0.0]],
            &format!("point 1 of the drawn schedule is at share 0.5 with signal rate NaN, {before}"),
        );
        let end = "but must be at most at share 1, where the last and no other stands, and not below rate 0";
        check(
            &[[0.5, 0.5]],
            &format!("point 1 of the drawn schedule is at share 0.5 with signal rate 0.5, {end}"),
        );
        check(
            &[[0.5, 0.5], [1.0, -0.1]],
            &format!("point 2 of the drawn schedule is at share 1 with signal rate -0.1, {end}"),
        );
    }
}
