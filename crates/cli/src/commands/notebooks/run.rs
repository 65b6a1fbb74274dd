//! Notebooks run in Jupyter, by the same script that tests them: a panic, which is no error to Jupyter, fails there too.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

/// The variable that names a Python with nbclient.
const VARIABLE: &str = "NOISEBOOK_PYTHON";

/// In the checkout.
const SCRIPT: &str = "tests/peers/run_notebooks.py";

/// Runs the notebooks, one after the other, and returns the text of each as it was then, outputs and all.
///
/// # Errors
/// When there is no script, no Python with nbclient or no kernel, or a cell fails; the script has said which.
pub fn in_jupyter(root: &Path, notebooks: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    let script = root.join(SCRIPT);
    if !script.is_file() {
        bail!("{} is not there; run notebooks from a checkout of Noisebook", script.display());
    }
    let python = std::env::var_os(VARIABLE)
        .filter(|python| !python.is_empty())
        .unwrap_or_else(|| OsString::from("python3"));
    let out = tempfile::tempdir().context("could not make a folder for the notebooks that ran")?;
    let status = Command::new(&python)
        .arg(&script)
        .arg("--out")
        .arg(out.path())
        .args(notebooks)
        .status()
        .with_context(|| {
            let python = python.to_string_lossy();
            format!("could not start {python}; let {VARIABLE} name a Python with nbclient")
        })?;
    if !status.success() {
        bail!("the notebooks did not run to their end, so no picture was kept; what was wrong stands above");
    }
    let executed = notebooks.iter().map(|notebook| {
        let path = out.path().join(notebook.file_name().unwrap_or_default());
        std::fs::read_to_string(&path).with_context(|| format!("{} was not written", path.display()))
    });
    executed.collect()
}
