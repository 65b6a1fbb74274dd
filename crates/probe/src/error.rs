//! What can go wrong in this crate: one clear sentence each.

/// The result of anything in this crate that can fail.
pub type Result<T> = std::result::Result<T, ProbeError>;

/// Arrays that cannot be judged.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// Too few rows for a measure.
    #[error("{measure} needs at least {least} of {what}, found {found}")]
    TooFew {
        /// The measure.
        measure: &'static str,
        /// What there is too little of.
        what: &'static str,
        /// The least number of rows.
        least: usize,
        /// How many there are.
        found: usize,
    },
    /// Two arrays that do not belong together.
    #[error("{what} should be {expected}, found {found}")]
    Mismatch {
        /// What was counted.
        what: &'static str,
        /// The count in the array it belongs to.
        expected: usize,
        /// The count found.
        found: usize,
    },
    /// A value that is infinite or not a number.
    #[error("{what} have a value that is not a finite number: the network that made them is broken")]
    NotFinite {
        /// What the array holds.
        what: &'static str,
    },
    /// A label that the classifier has no class for.
    #[error("sample {sample} has the label {label}, but the classifier knows 0 to {last}")]
    Label {
        /// Which sample.
        sample: usize,
        /// Its label.
        label: usize,
        /// The last class.
        last: usize,
    },
}

/// An array of finite numbers, or an error that says what it holds.
pub(crate) fn check_finite(
    what: &'static str,
    x: &ndarray::ArrayRef<f32, impl ndarray::Dimension>,
) -> Result<()> {
    if x.iter().all(|value| value.is_finite()) { Ok(()) } else { Err(ProbeError::NotFinite { what }) }
}

/// A count as it should be, or an error that says what was counted.
pub(crate) fn check_count(what: &'static str, expected: usize, found: usize) -> Result<()> {
    if found == expected { Ok(()) } else { Err(ProbeError::Mismatch { what, expected, found }) }
}

/// Enough rows for a measure, or an error that says of what there are too few.
pub(crate) fn check_enough(
    measure: &'static str,
    what: &'static str,
    least: usize,
    found: usize,
) -> Result<()> {
    if found >= least { Ok(()) } else { Err(ProbeError::TooFew { measure, what, least, found }) }
}
