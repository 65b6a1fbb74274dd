//! Everything a model's card says about what the model makes.

use ndarray::{ArrayView2, s};
use serde::{Deserialize, Serialize};

use crate::{
    ClassAgreement, Result, copies, density_and_coverage, error::check_count, frechet_distance,
    label_agreement,
};

/// The paper's number of neighbors for density and coverage.
const NUM_NEIGHBORS: usize = 5;

/// What a model made, and what an independent classifier says about it. A row a picture, everywhere.
#[derive(Clone, Copy, Debug)]
pub struct Generated<'a> {
    /// The pictures, `(n, p)`, p pixels each in \[−1, 1\].
    pub pictures: ArrayView2<'a, f32>,
    /// The same pictures mirrored, where the model was trained on mirrored ones: a mirrored copy is a copy.
    pub mirrored: Option<ArrayView2<'a, f32>>,
    /// What each was asked to show, `n` labels.
    pub labels: &'a [usize],
    /// The classifier's features, `(n, d)`.
    pub features: ArrayView2<'a, f32>,
    /// The classifier's logits, `(n, num_classes)`.
    pub logits: ArrayView2<'a, f32>,
}

/// Real pictures to compare with.
#[derive(Clone, Copy, Debug)]
pub struct Real<'a> {
    /// The classifier's features of pictures that neither model nor classifier was trained on,
    /// `(n, d)`: what generated ones should be like.
    pub features: ArrayView2<'a, f32>,
    /// The same of as many other real pictures: how unlike real ones are among themselves.
    pub other_features: ArrayView2<'a, f32>,
    /// The pictures that the model was trained on, `(m, p)`: what it should not have copied.
    pub training: ArrayView2<'a, f32>,
}

/// What a model makes, in numbers; the keys are those of `noisebook eval` and of the card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// The number of generated pictures.
    pub num: usize,
    /// The fraction that the classifier reads as their label.
    pub adherence: f64,
    /// The same of the label that does worst.
    pub least_class: f64,
    /// The fraction that the classifier reads, as whatever it may be, with a probability above 0.9.
    pub confident: f64,
    /// The squared Fréchet distance (ours) between generated and real features.
    pub frechet: f64,
    /// The same between two sets of real features of the same size: no model can be expected below.
    pub frechet_floor: f64,
    /// The mean number of real balls that a generated picture lies in, over k = 5; about 1 for real
    /// ones.
    pub density: f64,
    /// The fraction of real balls with a generated picture in them.
    pub coverage: f64,
    /// The fraction of generated pictures that copy a training picture.
    pub copy_rate: f64,
    /// How many pictures of each label were asked for, and read as it.
    pub per_class: Vec<ClassAgreement>,
}

/// Judges generated pictures.
///
/// The Fréchet distance and its floor depend on the number of pictures, so both are taken between
/// sets of the same size: that of the smallest set, from the beginning of each.
///
/// # Errors
/// When arrays do not belong together, hold a value that is not a finite number, or are too small:
/// there must be at least 2 generated and 6 real pictures of either kind.
pub fn evaluate(generated: &Generated<'_>, real: &Real<'_>) -> Result<Scores> {
    let num = generated.pictures.nrows();
    check_count("the number of rows of features", num, generated.features.nrows())?;
    let agreement = label_agreement(&generated.logits, generated.labels)?;
    check_count("the number of rows of logits", num, generated.logits.nrows())?;

    let size = num.min(real.features.nrows()).min(real.other_features.nrows());
    let [made, real_features, other_features] =
        [generated.features, real.features, real.other_features].map(|rows| rows.slice_move(s![..size, ..]));
    let mut are_copies = copies(&generated.pictures, &real.training)?;
    if let Some(mirrored) = &generated.mirrored {
        check_count("the number of mirrored pictures", num, mirrored.nrows())?;
        for (is_copy, also) in are_copies.iter_mut().zip(copies(mirrored, &real.training)?) {
            *is_copy |= also;
        }
    }
    let num_copies = are_copies.into_iter().filter(|is_copy| *is_copy).count();
    let density_coverage = density_and_coverage(&generated.features, &real.features, NUM_NEIGHBORS)?;
    Ok(Scores {
        num,
        adherence: agreement.adherence,
        least_class: agreement.least_class,
        confident: agreement.confident,
        frechet: frechet_distance(&made, &real_features)?,
        frechet_floor: frechet_distance(&other_features, &real_features)?,
        density: density_coverage.density,
        coverage: density_coverage.coverage,
        copy_rate: num_copies as f64 / num as f64,
        per_class: agreement.per_class,
    })
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn a_mirrored_copy_is_a_copy() {
        // Six pictures of two pixels; the first made picture is the last of them, mirrored.
        let training: Array2<f32> = array![[0., 1.], [0.1, 1.2], [0.2, 0.9], [0., 0.8], [0.1, 1.1], [9., 1.]];
        let pictures = array![[1.0_f32, 9.0], [5.0, 5.0]];
        let mirrored = array![[9.0_f32, 1.0], [5.0, 5.0]];
        let rows = Array2::from_shape_fn((6, 2), |(row, column)| (row * (column + 1)) as f32 * 0.3);
        let scores = |mirrored| {
            let made = rows.slice(s![..2, ..]);
            let generated = Generated {
                pictures: pictures.view(),
                mirrored,
                labels: &[0, 1],
                features: made,
                logits: made,
            };
            let real = Real { features: rows.view(), other_features: rows.view(), training: training.view() };
            evaluate(&generated, &real).unwrap().copy_rate
        };
        assert_eq!(scores(None), 0.0);
        assert_eq!(scores(Some(mirrored.view())), 0.5);
    }
}
