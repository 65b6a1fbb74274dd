//! What can be wrong with the shipped sets, each told in one sentence.

use crate::StoreError;

/// Why a set or a picture of it could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DataError {
    /// The store has no such file, or could not read it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file is there, and is not what its set needs.
    #[error("{path}: {why}. Install Noisebook again, or make the assets anew with `cargo xtask import`.")]
    Damaged {
        /// The file.
        path: String,
        /// What was expected and what was found.
        why: String,
    },
    /// No picture goes by that id.
    #[error("there is no picture `{id}`: {why}.")]
    UnknownPicture {
        /// The id that was asked for.
        id: String,
        /// Which ids there are.
        why: String,
    },
}

impl DataError {
    pub(crate) fn damaged(path: &str, why: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), why: why.into() }
    }
}
