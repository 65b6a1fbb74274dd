//! What can be wrong with a model: one clear sentence each.

use noisebook_data::{StoreError, TokenizerError};
use noisebook_ops::Error as TensorError;
use thiserror::Error;

/// Why a model cannot be used.
#[derive(Debug, Error)]
pub enum ShelfError {
    /// There is no such model.
    #[error("there is no model named `{name}`: choose one of {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names on the shelf, separated by commas.
        known: String,
    },
    /// A model of another kind was expected.
    #[error("models/{name} is a {found}, but a {expected} is needed here")]
    Kind {
        /// The model's name.
        name: String,
        /// What it is.
        found: &'static str,
        /// What is needed.
        expected: &'static str,
    },
    /// A file could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// `model.toml` is not as described in [`crate::ModelFile`].
    #[error("{path}: {why}")]
    Config {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// The weights do not belong to the config, or are damaged.
    #[error(
        "models/{name}: weights.safetensors {why}. Train it again with `noisebook train {name}`, or fetch the model again"
    )]
    Weights {
        /// The model's name.
        name: String,
        /// What is wrong with them.
        why: String,
    },
    /// A label that the model does not have.
    #[error("{name} has no label {found}: its labels are 0 to {last}")]
    Label {
        /// The model's name.
        name: String,
        /// The label asked for.
        found: u32,
        /// The largest label.
        last: usize,
    },
    /// A word that is none of the model's labels.
    #[error("{name} has no label `{found}`: choose one of {known}")]
    LabelName {
        /// The model's name.
        name: String,
        /// What was asked for.
        found: String,
        /// The names of its labels, separated by commas.
        known: String,
    },
    /// A prompt that the model cannot read, or words of it that are damaged.
    #[error("{name}: {why}")]
    Words {
        /// The model's name.
        name: String,
        /// What is wrong.
        why: TokenizerError,
    },
    /// A tensor operation failed.
    #[error(transparent)]
    Tensor(#[from] TensorError),
}
