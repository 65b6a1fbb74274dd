//! Does a picture show what was asked for? An independent classifier reads it.

use ndarray::{ArrayRef1, ArrayRef2};
use serde::{Deserialize, Serialize};

use crate::error::{check_count, check_finite};
use crate::{ProbeError, Result};

/// A probability above this counts as a confident reading.
const CONFIDENT: f64 = 0.9;

/// How often pictures are read as what they should show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// The fraction of pictures read as their label, from 0 to 1.
    pub adherence: f64,
    /// The same by label, for the labels that occur.
    pub per_class: Vec<ClassAgreement>,
    /// The smallest fraction of any label that occurs.
    pub least_class: f64,
    /// The fraction of pictures read, as whatever it may be, with a probability above 0.9.
    pub confident: f64,
}

/// One label's share of an [`Agreement`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassAgreement {
    /// The label.
    pub label: usize,
    /// How many pictures should show it.
    pub asked: usize,
    /// How many of those are read as it.
    pub read: usize,
}

impl ClassAgreement {
    fn fraction(self) -> f64 {
        self.read as f64 / self.asked as f64
    }
}

/// What pictures are read as that nobody asked for anything.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelShares {
    /// What each picture is read as.
    pub read: Vec<usize>,
    /// The share of the pictures read as each label, from label 0 on.
    pub shares: Vec<f64>,
    /// The fraction of pictures read, as whatever it may be, with a probability above 0.9.
    pub confident: f64,
}

/// Reads a classifier's logits, `(n, num_classes)`.
///
/// # Errors
/// When there is no picture, or a logit is not a finite number.
pub fn label_shares(logits: &ArrayRef2<f32>) -> Result<LabelShares> {
    let (num, num_classes) = logits.dim();
    crate::error::check_enough("label shares", "the pictures", 1, num)?;
    check_finite("the logits", logits)?;
    let readings: Vec<(usize, bool)> = logits.rows().into_iter().map(|row| reading(&row)).collect();
    let share = |of: &dyn Fn(&(usize, bool)) -> bool| {
        readings.iter().filter(|reading| of(reading)).count() as f64 / num as f64
    };
    Ok(LabelShares {
        shares: (0..num_classes).map(|label| share(&|reading| reading.0 == label)).collect(),
        confident: share(&|reading| reading.1),
        read: readings.iter().map(|reading| reading.0).collect(),
    })
}

/// The likeliest label, the first of equal ones, and whether its probability is above [`CONFIDENT`].
fn reading(logits: &ArrayRef1<f32>) -> (usize, bool) {
    let (best, largest) = logits
        .indexed_iter()
        .fold((0, f32::NEG_INFINITY), |best, (idx, &logit)| if logit > best.1 { (idx, logit) } else { best });
    // The largest probability is exp(0) / Σ exp(logit − largest).
    let sum: f64 = logits.iter().map(|&logit| f64::from(logit - largest).exp()).sum();
    (best, 1.0 / sum > CONFIDENT)
}

/// Compares a classifier's logits, `(n, num_classes)`, with `n` labels. The accuracy of a classifier
/// on real pictures is the adherence of theirs.
///
/// # Errors
/// When there is no picture, the numbers of rows and labels differ, a label is not a class, or a
/// logit is not a finite number.
pub fn label_agreement(logits: &ArrayRef2<f32>, labels: &[usize]) -> Result<Agreement> {
    let (num, num_classes) = logits.dim();
    crate::error::check_enough("label agreement", "the pictures", 1, num)?;
    check_count("the number of labels", num, labels.len())?;
    check_finite("the logits", logits)?;

    let mut classes: Vec<_> =
        (0..num_classes).map(|label| ClassAgreement { label, asked: 0, read: 0 }).collect();
    let mut num_confident = 0;
    for (sample, (row, &label)) in logits.rows().into_iter().zip(labels).enumerate() {
        let last = num_classes.saturating_sub(1);
        let class = classes.get_mut(label).ok_or(ProbeError::Label { sample, label, last })?;
        let (best, is_confident) = reading(&row);
        class.asked += 1;
        class.read += usize::from(best == label);
        num_confident += usize::from(is_confident);
    }

    classes.retain(|class| class.asked > 0);
    let num_read: usize = classes.iter().map(|class| class.read).sum();
    Ok(Agreement {
        adherence: num_read as f64 / num as f64,
        least_class: classes.iter().map(|class| class.fraction()).fold(1.0, f64::min),
        per_class: classes,
        confident: num_confident as f64 / num as f64,
    })
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn what_nobody_asked_for_is_read_too() {
        let logits = array![[9.0, 0.0, 0.0], [0.0, 0.1, 0.0], [0.0, 0.0, 5.0], [4.0, 0.0, 0.0_f32]];
        let found = label_shares(&logits).unwrap();
        assert_eq!(found.read, [0, 1, 2, 0]);
        assert_eq!(found.shares, [0.5, 0.25, 0.25]);
        assert_eq!(found.confident, label_agreement(&logits, &[0, 1, 2, 2]).unwrap().confident);
    }

    #[test]
    fn it_counts_by_class() {
        let logits = array![[9.0, 0.0, 0.0], [0.0, 0.1, 0.0], [0.0, 0.0, 5.0], [4.0, 0.0, 0.0_f32]];
        let found = label_agreement(&logits, &[0, 1, 2, 2]).unwrap();
        assert_eq!(found.adherence, 0.75);
        assert_eq!(found.least_class, 0.5);
        assert_eq!(found.per_class[2], ClassAgreement { label: 2, asked: 2, read: 1 });
        assert_eq!(found.confident, 0.75);
    }

    #[test]
    fn a_label_that_was_not_asked_for_does_not_count() {
        let found = label_agreement(&array![[0.0, 1.0_f32]], &[1]).unwrap();
        assert_eq!(found.per_class, [ClassAgreement { label: 1, asked: 1, read: 1 }]);
        assert_eq!(found.least_class, 1.0);
    }

    #[test]
    fn wrong_arrays_are_refused_in_a_sentence() {
        let check = |logits: ndarray::Array2<f32>, labels: &[usize], sentence: &str| {
            assert_eq!(label_agreement(&logits, labels).unwrap_err().to_string(), sentence);
        };
        let two = array![[0.0, 1.0], [1.0, 0.0_f32]];
        check(two.clone(), &[0], "the number of labels should be 2, found 1");
        check(two, &[0, 2], "sample 1 has the label 2, but the classifier knows 0 to 1");
        check(
            ndarray::Array2::zeros((0, 2)),
            &[],
            "label agreement needs at least 1 of the pictures, found 0",
        );
        check(
            array![[0.0, f32::NAN]],
            &[0],
            "the logits have a value that is not a finite number: the network that made them is broken",
        );
    }
}
