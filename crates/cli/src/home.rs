//! Where lessons, assets and models lie: in `NOISEBOOK_HOME`, beside the program, in the checkout
//! around the current folder, or in the checkout that the program was built from.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;
use noisebook_data::Store;
use noisebook_shelf::Files;

/// The variable that names the folder.
const VARIABLE: &str = "NOISEBOOK_HOME";

/// The file by which a home is known.
const MARK: &str = "lessons/course.toml";

/// The folder that holds `lessons/`, `assets/` and `models/`.
#[derive(Clone)]
pub struct Home {
    root: PathBuf,
    store: Arc<dyn Store>,
}

impl Home {
    /// Looks in every place, in order.
    ///
    /// # Errors
    /// When none holds a course; the sentence lists where it looked.
    pub fn find() -> anyhow::Result<Self> {
        if let Some(named) = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
            let root = PathBuf::from(named);
            if !root.join(MARK).is_file() {
                bail!(
                    "{VARIABLE} is {}, but there is no {MARK} in it; name the folder that holds \
                     lessons, assets and models, or unset {VARIABLE}",
                    root.display()
                );
            }
            return Ok(Self::at(root));
        }
        let places = places();
        match places.iter().find(|place| place.join(MARK).is_file()) {
            Some(root) => Ok(Self::at(root.clone())),
            None => {
                let looked: Vec<String> = starts().iter().map(|place| place.display().to_string()).collect();
                bail!(
                    "found no Noisebook files ({MARK}) in or above {}; set {VARIABLE} to the \
                     folder that holds lessons, assets and models",
                    looked.join(", ")
                )
            }
        }
    }

    fn at(root: PathBuf) -> Self {
        let store = Arc::new(Files::new(root.clone()));
        Self { root, store }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Its files, read by name.
    pub fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }
}

/// Where the search starts: the program's folder, the current one, the checkout built from.
fn starts() -> Vec<PathBuf> {
    let program = std::env::current_exe()
        .ok()
        .and_then(|program| program.canonicalize().ok())
        .and_then(|program| program.parent().map(Path::to_path_buf));
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    program.into_iter().chain(std::env::current_dir().ok()).chain([checkout.to_path_buf()]).collect()
}

/// Each start itself, an installed program's `../share/noisebook`, and every folder up to the root of the disk.
fn places() -> Vec<PathBuf> {
    let mut places = Vec::new();
    for start in starts() {
        let mut ancestors = start.ancestors().map(Path::to_path_buf);
        places.extend(ancestors.next());
        places.push(start.join("../share/noisebook"));
        places.extend(ancestors);
    }
    places
}
