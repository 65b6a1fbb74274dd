//! Are the pictures like real ones, and are there all kinds of them?
//!
//! Naeem et al. 2020, "Reliable Fidelity and Diversity Metrics for Generative Models" (2002.09797).
//! Around each real sample lies a ball that reaches to its k-th nearest real neighbor. Density is
//! the mean number of balls that a generated sample lies in, over k: about 1 for real samples, 0
//! for samples like nothing real, and above 1 if they crowd where the real ones are dense. Coverage
//! is the fraction of balls that hold at least one generated sample: falling when kinds are missing.

use ndarray::ArrayRef2;

use crate::Result;
use crate::distance::{distances, smallest};
use crate::error::{check_count, check_enough, check_finite};

/// How real samples look, and how many kinds of real samples there are among them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DensityCoverage {
    /// The mean number of balls that a generated sample lies in, over k; 0 or more.
    pub density: f64,
    /// The fraction of balls with a generated sample in them, from 0 to 1.
    pub coverage: f64,
}

/// Density and coverage of `generated` features `(m, d)` among `real` ones `(n, d)`, with balls
/// that reach to the `k`-th neighbor (the paper's is 5).
///
/// # Errors
/// When `k` is 0, there are not more than `k` real samples or there is no generated one, the numbers
/// of features differ, or a value is not a finite number.
pub fn density_and_coverage(
    generated: &ArrayRef2<f32>,
    real: &ArrayRef2<f32>,
    k: usize,
) -> Result<DensityCoverage> {
    let measure = "density and coverage";
    check_count("the number of features", real.ncols(), generated.ncols())?;
    check_enough(measure, "the neighbors", 1, k)?;
    check_enough(measure, "the real samples", k.saturating_add(1), real.nrows())?;
    check_enough(measure, "the generated samples", 1, generated.nrows())?;
    check_finite("the generated features", generated)?;
    check_finite("the real features", real)?;

    let (mut num_inside, mut num_covered) = (0, 0);
    for center in real.outer_iter() {
        // The nearest of all is the center itself, so the k-th neighbor is the last of k + 1.
        let radius = smallest(&distances(&center, real), k + 1).last().copied().unwrap_or(0.0);
        let inside = distances(&center, generated).into_iter().filter(|&distance| distance < radius).count();
        num_inside += inside;
        num_covered += usize::from(inside > 0);
    }
    Ok(DensityCoverage {
        density: num_inside as f64 / (k * generated.nrows()) as f64,
        coverage: num_covered as f64 / real.nrows() as f64,
    })
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    /// Points 0, 1, … 9 on a line: with k = 1 each ball reaches just short of the next point.
    fn line() -> Array2<f32> {
        Array2::from_shape_fn((10, 1), |(row, _)| row as f32)
    }

    #[test]
    fn it_counts_balls() {
        let check = |generated: &[f32], density: f64, coverage: f64| {
            let generated = Array2::from_shape_vec((generated.len(), 1), generated.to_vec()).unwrap();
            let found = density_and_coverage(&generated, &line(), 1).unwrap();
            assert_eq!(found, DensityCoverage { density, coverage });
        };
        // Half way between two points lies in the balls of both.
        check(&[2.5], 2.0, 0.2);
        check(&[2.5, 2.5], 2.0, 0.2);
        check(&[2.5, 100.0], 1.0, 0.2);
        check(&[-7.0, 100.0], 0.0, 0.0);
        // A point itself lies in its own ball only: the ends of the others' are outside.
        check(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], 1.0, 1.0);
    }

    #[test]
    fn wrong_arrays_are_refused_in_a_sentence() {
        let check = |generated: usize, k: usize, sentence: &str| {
            let generated = Array2::zeros((generated, 1));
            let result = density_and_coverage(&generated, &line(), k);
            assert_eq!(result.unwrap_err().to_string(), sentence);
        };
        check(1, 0, "density and coverage needs at least 1 of the neighbors, found 0");
        check(1, 10, "density and coverage needs at least 11 of the real samples, found 10");
        check(0, 1, "density and coverage needs at least 1 of the generated samples, found 0");
    }
}
