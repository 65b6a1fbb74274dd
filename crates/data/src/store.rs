//! Where bytes come from.

/// A place that holds Noisebook's files: a folder, an archive, a browser's cache.
///
/// Paths are relative to Noisebook's home and always written with `/`: `assets/digits/atlas.png`.
pub trait Store: Send + Sync {
    /// All bytes of one file.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is no such file, [`StoreError::Io`] if it cannot be read.
    fn read(&self, path: &str) -> Result<Vec<u8>, StoreError>;

    /// The names of what lies directly in `folder`, sorted, without the folder's own path.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is no such folder, [`StoreError::Io`] if it cannot be read.
    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError>;
}

/// Why a [`Store`] could not give what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no such file or folder.
    #[error(
        "{path}: not found in {place}. It comes with Noisebook: set NOISEBOOK_HOME to the folder that has it, or install Noisebook again."
    )]
    Missing {
        /// The path that was asked for.
        path: String,
        /// Where the store looked, in words for people.
        place: String,
    },
    /// It is there and cannot be read.
    #[error("{path}: cannot be read: {why}.")]
    Io {
        /// The path that was asked for.
        path: String,
        /// What the system said.
        why: String,
    },
}
