//! The Fréchet distance between two clouds of features, each taken for a Gaussian.
//!
//! `d² = ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½)`: Dowson & Landau 1982; for generated pictures
//! Heusel et al. 2017 (1706.08500), whose FID uses the features of one particular network. Ours are
//! of another, so our numbers are no FIDs. The trace of `(Σ₁ Σ₂)^½` is taken from the eigenvalues
//! of the symmetric `Σ₁^½ Σ₂ Σ₁^½`, which are the same.

use nalgebra::{DMatrix, DVector, SymmetricEigen};
use ndarray::ArrayRef2;

use crate::Result;
use crate::error::{check_count, check_enough, check_finite};

/// The squared Fréchet distance between two sets of features, `(n, d)` and `(m, d)`, in squared
/// units of a feature.
///
/// It is biased upwards, the more the fewer rows there are: compare sets of one size only, and
/// with the distance between two real sets of that size.
///
/// # Errors
/// When a set has fewer than two rows or a value that is not a finite number, or the numbers of
/// features differ.
pub fn frechet_distance(a: &ArrayRef2<f32>, b: &ArrayRef2<f32>) -> Result<f64> {
    check_count("the number of features", a.ncols(), b.ncols())?;
    let (a, b) = (Gaussian::fit(a)?, Gaussian::fit(b)?);
    let root_a = square_root(&a.covariance);
    let product = &root_a * &b.covariance * &root_a;
    // Rounding leaves the product a little asymmetric, and some zeros a little negative.
    let product = (&product + product.transpose()) * 0.5;
    let trace_of_root: f64 = product.symmetric_eigenvalues().iter().map(|&value| value.max(0.0).sqrt()).sum();
    let traces = a.covariance.trace() + b.covariance.trace() - 2.0 * trace_of_root;
    Ok(((a.mean - b.mean).norm_squared() + traces).max(0.0))
}

struct Gaussian {
    mean: DVector<f64>,
    covariance: DMatrix<f64>,
}

impl Gaussian {
    /// Mean and unbiased covariance of the rows.
    fn fit(features: &ArrayRef2<f32>) -> Result<Self> {
        let (num, dim) = features.dim();
        check_enough("a Fréchet distance", "the features of each set", 2, num)?;
        check_finite("the features", features)?;
        let rows = DMatrix::from_row_iterator(num, dim, features.iter().map(|&value| f64::from(value)));
        let mean = rows.row_mean().transpose();
        let centered = DMatrix::from_fn(num, dim, |row, col| rows[(row, col)] - mean[col]);
        let covariance = centered.transpose() * &centered / (num - 1) as f64;
        Ok(Self { mean, covariance })
    }
}

/// The symmetric root of a symmetric matrix without negative eigenvalues.
fn square_root(matrix: &DMatrix<f64>) -> DMatrix<f64> {
    let SymmetricEigen { eigenvectors, eigenvalues } = SymmetricEigen::new(matrix.clone());
    let roots = eigenvalues.map(|value| value.max(0.0).sqrt());
    &eigenvectors * DMatrix::from_diagonal(&roots) * eigenvectors.transpose()
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn a_set_is_at_no_distance_from_itself() {
        let x = array![[0.0, 1.0], [2.0, 5.0], [1.0, -3.0], [0.5, 0.25_f32]];
        assert!(frechet_distance(&x, &x).unwrap() < 1e-12);
    }

    #[test]
    fn a_shift_counts_squared_and_a_stretch_by_the_difference_of_deviations() {
        let x = array![[-1.0], [1.0_f32]];
        let shifted = frechet_distance(&x, &x.mapv(|x| x + 3.0)).unwrap();
        assert!((shifted - 9.0).abs() < 1e-12, "{shifted}");
        // Deviations √2 and 3·√2.
        let stretched = frechet_distance(&x, &x.mapv(|x| x * 3.0)).unwrap();
        assert!((stretched - 8.0).abs() < 1e-12, "{stretched}");
    }

    #[test]
    fn wrong_arrays_are_refused_in_a_sentence() {
        let check = |a: (usize, usize), b: (usize, usize), sentence: &str| {
            let result = frechet_distance(&Array2::zeros(a), &Array2::zeros(b));
            assert_eq!(result.unwrap_err().to_string(), sentence);
        };
        check((5, 3), (5, 4), "the number of features should be 3, found 4");
        check((5, 3), (1, 3), "a Fréchet distance needs at least 2 of the features of each set, found 1");
    }
}
