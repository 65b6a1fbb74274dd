//! A folder as a [`Store`].

use std::io;
use std::path::{Path, PathBuf};

use noisebook_data::{Store, StoreError};

/// The files under one folder.
#[derive(Clone, Debug)]
pub struct Files {
    root: PathBuf,
}

impl Files {
    /// The files under `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn error(&self, path: &str, error: &io::Error) -> StoreError {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::NotFound => StoreError::Missing { path, place: self.root.display().to_string() },
            _ => StoreError::Io { path, why: error.to_string() },
        }
    }
}

impl Store for Files {
    fn read(&self, path: &str) -> Result<Vec<u8>, StoreError> {
        std::fs::read(self.root.join(path)).map_err(|error| self.error(path, &error))
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let names = || {
            std::fs::read_dir(self.root.join(folder))?
                .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                .collect::<io::Result<Vec<_>>>()
        };
        let mut names = names().map_err(|error| self.error(folder, &error))?;
        names.sort();
        Ok(names)
    }
}
