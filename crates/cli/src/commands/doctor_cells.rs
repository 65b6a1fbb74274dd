//! What Rust cells need on this machine, in the window and in Jupyter: a toolchain, sources, and Jupyter's entry.
//!
//! None of it has to be there: without it cells are shown and do not run, and the rest of a lesson works all the same.

use std::env;
use std::path::{Path, PathBuf};

use noisebook_kernel::Locations;
use noisebook_kernel::jupyter::{KERNEL_NAME, KERNEL_TITLE, entry_folder};
use noisebook_kernel::setup::{Device, SetUpError, Toolchain, is_installed, toolchain};
use serde::Deserialize;

use super::doctor::Report;

/// Adds what is there for cells, and how to get what is not.
pub fn cells(report: &mut Report, home: &Path) {
    report.title("Rust cells");
    let locations = match Locations::new(home.to_path_buf(), Device::Cpu) {
        Ok(locations) => locations,
        Err(error) => return report.note(error.to_string()),
    };
    match locations.facade() {
        Ok(facade) => report.good(format!("compiled against {}", facade.display())),
        Err(error) => report.note(error.to_string()),
    }
    match toolchain(home) {
        Some(found) => rust(report, home, &found),
        None => report.note(SetUpError::NoToolchain.to_string()),
    }
    let template = locations.template();
    if template.join("stamp.json").is_file() {
        report.good(format!("compiled beforehand: {}", template.display()));
    } else {
        report.note(
            "nothing is compiled beforehand: the first cell takes many minutes; `noisebook notebooks setup` gets \
             that over with",
        );
    }
}

fn rust(report: &mut Report, home: &Path, found: &Toolchain) {
    let version = &found.version;
    match pinned(home) {
        // "rustc 1.95.0 (59807616e 2026-04-14)"
        Some(pinned) if version.split_whitespace().nth(1) != Some(&pinned) => report.note(format!(
            "{version}, where rust-toolchain.toml asks for {pinned}: `rustup toolchain install {pinned}` brings it"
        )),
        _ => report.good(version),
    }
    match &found.library {
        Some(library) if library.join("core").exists() => {
            report.good(format!("the standard library's sources: {}", library.display()));
        }
        // Only the environment is taken at its word.
        Some(library) => report.note(format!(
            "RUST_SRC_PATH is {}, but the standard library's sources are not there; correct it, or unset it",
            library.display()
        )),
        None => report.note(SetUpError::NoLibrary.to_string()),
    }
}

/// The version that the checkout asks for.
fn pinned(home: &Path) -> Option<String> {
    let text = std::fs::read_to_string(home.join("rust-toolchain.toml")).ok()?;
    let table: toml::Table = toml::from_str(&text).ok()?;
    Some(table.get("toolchain")?.get("channel")?.as_str()?.to_owned())
}

/// The part of a kernel.json that can go stale.
#[derive(Deserialize)]
struct Entry {
    argv: Vec<PathBuf>,
}

/// Adds whether Jupyter is there and knows of the kernel.
pub fn jupyter(report: &mut Report) {
    report.title("Jupyter");
    if is_installed("jupyter") {
        report.good("`jupyter` starts");
    } else {
        report.note("no `jupyter`: `pip install jupyterlab` brings it");
    }
    let Some(path) = entries().into_iter().find(|path| path.is_file()) else {
        return report.note(format!(
            "no kernel \"{KERNEL_TITLE}\": `noisebook notebooks setup` makes it, and says how long that takes"
        ));
    };
    let entry = std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Entry>(&bytes).ok());
    match entry.as_ref().and_then(|entry| entry.argv.first()) {
        Some(host) if host.is_file() => {
            report.good(format!("the kernel \"{KERNEL_TITLE}\": {}", path.display()));
        }
        Some(host) => report.problem(format!(
            "{} starts {}, which is not there: run `noisebook notebooks setup` again",
            path.display(),
            host.display()
        )),
        None => report
            .problem(format!("{} cannot be read: run `noisebook notebooks setup` again", path.display())),
    }
}

/// Where Jupyter looks for the kernel, first what the environment names.
fn entries() -> Vec<PathBuf> {
    let named = env::var_os("JUPYTER_PATH").unwrap_or_default();
    let named = env::split_paths(&named).filter(|folder| !folder.as_os_str().is_empty());
    let named = named.map(|folder| folder.join("kernels").join(KERNEL_NAME));
    named.chain(entry_folder()).map(|folder| folder.join("kernel.json")).collect()
}
