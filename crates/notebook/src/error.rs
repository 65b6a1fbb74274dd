//! What can go wrong in a cell, each as one sentence.

use std::path::PathBuf;

/// The result of what this crate adds.
pub type Result<T> = std::result::Result<T, Error>;

/// Why something could not be found, run, shown or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A picture or a data set could not be read.
    #[error(transparent)]
    Data(#[from] noisebook_data::DataError),
    /// The learner's own file is no picture that can be used.
    #[error(transparent)]
    Picture(#[from] noisebook_data::PictureError),
    /// A model could not be loaded.
    #[error(transparent)]
    Shelf(#[from] noisebook_shelf::ShelfError),
    /// An experiment could not be set up, run or looked at.
    #[error(transparent)]
    Lab(#[from] noisebook_lab::LabError),
    /// A state file is not what it should be, or cannot be made again here.
    #[error(transparent)]
    State(#[from] noisebook_lab::StateError),
    /// A schedule or a sampler refused.
    #[error(transparent)]
    Diffusion(#[from] noisebook_diffusion::DiffusionError),
    /// A tensor operation failed.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
    /// A figure could not be made.
    #[error(transparent)]
    Figure(#[from] noisebook_figures::FigureError),
    /// A file could not be read or written.
    #[error("{}: {why}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said, and what to do.
        why: String,
    },
    /// A film has no moment at this t.
    #[error("there is no moment t = {t} in this recording; it has t = {known}")]
    NoSuchT {
        /// The t asked for.
        t: usize,
        /// The t that there are, in words.
        known: String,
    },
    /// What was given does not make a figure, a table or a file.
    #[error("{0}")]
    Wrong(String),
}

impl From<noisebook_lab::SettingError> for Error {
    fn from(error: noisebook_lab::SettingError) -> Self {
        Self::Lab(error.into())
    }
}
