//! The folder with lessons, data sets and models.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use noisebook_shelf::{Files, Store};

/// The variable that names the folder.
const VARIABLE: &str = "NOISEBOOK_HOME";

/// The folder that holds `assets/` and `models/`: `NOISEBOOK_HOME`, or the checkout that this library was built from.
pub fn home() -> PathBuf {
    let named = std::env::var_os(VARIABLE).filter(|value| !value.is_empty());
    named.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."), PathBuf::from)
}

/// Its files, read by name.
pub fn store() -> Arc<dyn Store> {
    Arc::new(Files::new(home()))
}
