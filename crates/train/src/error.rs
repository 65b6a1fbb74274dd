//! Why a training cannot start or go on.

use noisebook_data::DataError;
use noisebook_diffusion::DiffusionError;
use noisebook_ops::Error as TensorError;
use noisebook_shelf::ShelfError;
use thiserror::Error;

/// Why a training cannot start or go on.
#[derive(Debug, Error)]
pub enum TrainError {
    /// What `model.toml` says cannot be trained: see [`crate::Recipe`].
    #[error("the model.toml of {name}: {why}")]
    Recipe {
        /// The model's name.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// A checkpoint that does not belong to this training.
    #[error(
        "the checkpoint of `{name}` {why}. Start again without --resume, or in another folder with --out"
    )]
    Checkpoint {
        /// The model's name.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// The loss is no longer a number.
    #[error(
        "the loss of `{name}` is not a number at update {update}: lower `lr` in its recipe, and resume from the last checkpoint"
    )]
    Diverged {
        /// The model's name.
        name: String,
        /// The update at which it happened.
        update: usize,
    },
    /// What a live training was given to learn from, or a knob of it, cannot be used.
    #[error("{why}")]
    Examples {
        /// What is wrong and what to do.
        why: String,
    },
    /// The loss of a live training is no longer a number.
    #[error(
        "the loss is not a number at update {update}: go back to an earlier moment and lower the learning rate"
    )]
    DivergedLive {
        /// The update at which it happened.
        update: usize,
    },
    /// The data could not be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A schedule or prediction failed.
    #[error(transparent)]
    Diffusion(#[from] DiffusionError),
    /// The model's files are wrong.
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    /// A tensor operation failed.
    #[error(transparent)]
    Tensor(#[from] TensorError),
}
