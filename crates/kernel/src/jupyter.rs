//! The entry by which Jupyter finds the host.

use crate::setup::{Locations, Ready, SetUpError, environment};
use serde_json::json;
use std::env;
use std::fs;
use std::path::PathBuf;

/// What the kernel is called in notebooks.
pub const KERNEL_NAME: &str = "noisebook";
/// What people read in Jupyter's menus.
pub const KERNEL_TITLE: &str = "Rust (Noisebook)";

/// The folder of the entry, where Jupyter looks for what one user has installed: `kernels/noisebook` in `JUPYTER_DATA_DIR`,
/// or else in the system's usual place. None where there is no home folder.
pub fn entry_folder() -> Option<PathBuf> {
    let named = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = named("JUPYTER_DATA_DIR").or_else(|| {
        let home = env::home_dir()?;
        Some(if cfg!(target_os = "macos") {
            home.join("Library").join("Jupyter")
        } else if cfg!(windows) {
            named("APPDATA").unwrap_or(home).join("jupyter")
        } else {
            named("XDG_DATA_HOME").unwrap_or_else(|| home.join(".local").join("share")).join("jupyter")
        })
    })?;
    Some(data.join("kernels").join(KERNEL_NAME))
}

/// Writes the entry and returns its folder. The host is copied beside the template, where it outlives `cargo clean`.
///
/// # Errors
/// When a file cannot be written.
pub fn install(locations: &Locations, ready: &Ready) -> Result<PathBuf, SetUpError> {
    let folder = entry_folder().ok_or(SetUpError::NoPlace)?;
    let file = |path: &PathBuf| {
        let path = path.clone();
        move |why| SetUpError::File { path, why }
    };
    let host = ready.host_of_its_own(locations)?;
    let variables: serde_json::Map<_, _> = environment(locations, &ready.toolchain)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_string_lossy().into()))
        .collect();
    let entry = json!({
        "argv": [host, "--control_file", "{connection_file}"],
        "display_name": KERNEL_TITLE,
        "language": "rust",
        "interrupt_mode": "message",
        "env": variables,
    });
    fs::create_dir_all(&folder).map_err(file(&folder))?;
    let path = folder.join("kernel.json");
    fs::write(&path, format!("{entry:#}\n")).map_err(file(&path))?;
    Ok(folder)
}

/// What a set-up puts into its folder.
const OURS: [&str; 6] = ["templates", "sessions", "bin", "target", ".cargo", "lock"];

/// Takes back everything that a set-up has made, and returns the folders that are gone.
///
/// # Errors
/// When a folder cannot be removed, or that of the set-up holds something that no set-up has made: nothing is removed then.
pub fn uninstall(locations: &Locations) -> Result<Vec<PathBuf>, SetUpError> {
    let names = fs::read_dir(&locations.dir).into_iter().flatten().flatten().map(|entry| entry.file_name());
    if let Some(stranger) = names.into_iter().find(|name| !OURS.iter().any(|ours| name == ours)) {
        return Err(SetUpError::Stranger { path: locations.dir.join(stranger), ours: OURS.join(", ") });
    }
    let folders = entry_folder().into_iter().chain([locations.dir.clone()]).filter(|folder| folder.exists());
    folders
        .map(|path| match fs::remove_dir_all(&path) {
            Ok(()) => Ok(path),
            Err(why) => Err(SetUpError::File { path, why }),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_something_of_somebody_elses_stays() {
        let folder = std::env::temp_dir().join(format!("noisebook-undo-{}", std::process::id()));
        fs::create_dir_all(folder.join("templates")).unwrap();
        fs::write(folder.join("thesis.txt"), "years").unwrap();
        let locations = Locations { home: folder.clone(), dir: folder.clone(), device: Default::default() };
        let error = uninstall(&locations).unwrap_err().to_string();
        let is_there = ["templates", "thesis.txt"].map(|name| folder.join(name).exists());
        fs::remove_dir_all(&folder).unwrap();
        assert!(error.contains("thesis.txt was made by no set-up"), "{error}");
        assert_eq!(is_there, [true; 2]);
    }
}
