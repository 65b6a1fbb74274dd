//! Notebooks run in Jupyter: those that are new to this machine, and one more, so that each has its turn.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::shell::{cargo, python, repository, run_command, target_folder, tool_folder};

/// What runs notebooks as Jupyter does.
const NBCLIENT: &str = "nbclient==0.11.0";
/// Where Jupyter looks for kernels.
const DATA_VARIABLE: &str = "JUPYTER_DATA_DIR";

/// A notebook that ran to its end, as it was then.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Ran {
    name: String,
    sha256: String,
}

/// Sets up the kernel and runs the notebooks.
pub fn run() -> Result<()> {
    let target = target_folder()?;
    let packages = tool_folder("nbclient", |folder| {
        let mut command = Command::new(python());
        command.args(["-m", "pip", "install", "--quiet", "--target"]).arg(folder).arg(NBCLIENT);
        run_command("installing nbclient", command).context("notebooks are run by nbclient, a Python package")
    })?;
    let data = target.join("tools").join("jupyter");
    let mut setup = cargo()?;
    setup.args(["run", "--release", "--locked", "--", "notebooks", "setup"]).env(DATA_VARIABLE, &data);
    run_command("setting up notebooks", setup)?;

    let record = target.join("notebooks-that-ran.json");
    let before: Vec<Ran> =
        fs::read(&record).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let folder = repository()?.join("notebooks");
    let all = notebooks(&folder)?;
    let is_new = |notebook: &Ran| !before.contains(notebook);
    // The one that ran longest ago stands first in the record.
    let one_more = before.iter().find(|ran| all.contains(ran));
    let due: Vec<Ran> = all.iter().filter(|notebook| is_new(notebook)).chain(one_more).cloned().collect();

    let mut command = Command::new(python());
    command.arg(repository()?.join("tests/peers/run_notebooks.py"));
    command.args(due.iter().map(|notebook| folder.join(&notebook.name)));
    command.env("PYTHONPATH", packages).env(DATA_VARIABLE, data);
    run_command(&format!("{} of {} notebooks, in Jupyter", due.len(), all.len()), command)?;

    let rested = before.into_iter().filter(|ran| all.contains(ran) && !due.contains(ran));
    let record_now: Vec<Ran> = rested.chain(due.iter().cloned()).collect();
    Ok(fs::write(record, serde_json::to_vec_pretty(&record_now)?)?)
}

/// Every notebook, by name.
fn notebooks(folder: &Path) -> Result<Vec<Ran>> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "ipynb"));
    paths.sort();
    let ran = |path: PathBuf| {
        let digest = Sha256::digest(fs::read(&path)?);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Ran { name, sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect() })
    };
    paths.into_iter().map(ran).collect()
}
