//! Did it make a picture, or remember one?
//!
//! A generated picture counts as a copy if its nearest training picture is less than a third as far
//! away as the second nearest: `‖x − nn₁‖ / ‖x − nn₂‖ < 1/3`, in pixels. Yoon et al. 2023,
//! "Diffusion Probabilistic Models Generalize when They Fail to Memorize"; Gu et al. 2023, "On
//! Memorization in Diffusion Models" (2310.02664). The ratio needs no threshold in pixel values,
//! but it misses a copy of a picture that is in the training set twice.

use ndarray::ArrayRef2;

use crate::Result;
use crate::distance::{distances, smallest};
use crate::error::{check_count, check_enough, check_finite};

const RATIO: f64 = 1.0 / 3.0;

/// The fraction of `generated` pictures `(n, p)` that copy one of the `training` pictures `(m, p)`.
///
/// # Errors
/// When there is no generated picture or fewer than two training pictures, their sizes differ, or
/// a value is not a finite number.
pub fn copy_rate(generated: &ArrayRef2<f32>, training: &ArrayRef2<f32>) -> Result<f64> {
    let copies = copies(generated, training)?;
    Ok(copies.iter().filter(|is_copy| **is_copy).count() as f64 / copies.len() as f64)
}

/// Which of the `generated` pictures `(n, p)` copy one of the `training` pictures `(m, p)`.
///
/// # Errors
/// As [`copy_rate`].
pub fn copies(generated: &ArrayRef2<f32>, training: &ArrayRef2<f32>) -> Result<Vec<bool>> {
    check_count("the number of pixels", training.ncols(), generated.ncols())?;
    check_enough("a copy rate", "the generated pictures", 1, generated.nrows())?;
    check_enough("a copy rate", "the training pictures", 2, training.nrows())?;
    check_finite("the generated pictures", generated)?;
    check_finite("the training pictures", training)?;

    Ok(generated
        .outer_iter()
        .map(|picture| match smallest(&distances(&picture, training), 2).as_slice() {
            // An exact copy is one even if the picture is there twice, and 0 / 0 no ratio.
            [nearest, second] => *nearest == 0.0 || nearest / second < RATIO,
            _ => false,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_copy_is_much_nearer_to_one_than_to_any_other() {
        let training = array![[0.0, 0.0], [4.0, 0.0], [0.0, 8.0], [0.0, 8.0_f32]];
        let check = |picture: [f32; 2], expected: f64| {
            let found = copy_rate(&array![picture], &training).unwrap();
            assert_eq!(found, expected, "{picture:?}");
        };
        check([0.0, 0.0], 1.0);
        check([0.9, 0.0], 1.0);
        check([1.1, 0.0], 0.0);
        check([2.0, 0.0], 0.0);
        // Of a picture that is there twice only the exact copy is found.
        check([0.0, 8.0], 1.0);
        check([0.0, 7.9], 0.0);
    }

    #[test]
    fn wrong_arrays_are_refused_in_a_sentence() {
        let one = array![[0.0_f32, 1.0]];
        let error = copy_rate(&one, &one).unwrap_err();
        assert_eq!(error.to_string(), "a copy rate needs at least 2 of the training pictures, found 1");
        let nan = array![[f32::NAN, 0.0], [0.0, 0.0]];
        let error = copy_rate(&nan, &nan).unwrap_err();
        assert!(error.to_string().starts_with("the generated pictures have a value"), "{error}");
    }
}
