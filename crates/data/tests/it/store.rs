//! Two stores for the tests: this checkout, and this checkout with one file spoiled.

use std::path::Path;

use noisebook_data::{Store, StoreError};

/// The repository as a store.
pub struct Checkout;

impl Store for Checkout {
    fn read(&self, path: &str) -> Result<Vec<u8>, StoreError> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        std::fs::read(root.join(path)).map_err(|_| missing(path))
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        Err(missing(folder))
    }
}

/// The repository, but for one file: gone, or altered.
pub struct Spoiled {
    pub path: &'static str,
    pub spoil: fn(Vec<u8>) -> Option<Vec<u8>>,
}

impl Store for Spoiled {
    fn read(&self, path: &str) -> Result<Vec<u8>, StoreError> {
        let bytes = Checkout.read(path)?;
        if path == self.path {
            return (self.spoil)(bytes).ok_or_else(|| missing(path));
        }
        Ok(bytes)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        Checkout.list(folder)
    }
}

fn missing(path: &str) -> StoreError {
    StoreError::Missing { path: path.to_owned(), place: "the checkout".to_owned() }
}
