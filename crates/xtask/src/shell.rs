//! What the chores share: where things are, and running a command that says what it is for.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// The folder of the workspace. `cargo run` names the package's, two below it: asked of the cargo that runs this, since a
/// compiled folder shared between checkouts may hold a binary that another one built.
pub fn repository() -> Result<PathBuf> {
    let package = env::var_os("CARGO_MANIFEST_DIR").context("run this with `cargo xtask`")?;
    let root = Path::new(&package).ancestors().nth(2);
    Ok(root.context("crates/xtask has no parent")?.to_owned())
}

/// The folder that cargo compiles into.
pub fn target_folder() -> Result<PathBuf> {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => Ok(std::path::absolute(folder)?),
        None => Ok(repository()?.join("target")),
    }
}

/// The folder of the tool called `name`, made by `make` on first use: whole, or not there at all.
pub fn tool_folder(name: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let tools = target_folder()?.join("tools");
    let folder = tools.join(name);
    if !folder.exists() {
        let unfinished = tools.join(format!("{name}.unfinished"));
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished)?;
        }
        fs::create_dir_all(&unfinished)?;
        make(&unfinished)?;
        fs::rename(&unfinished, &folder)?;
    }
    Ok(folder)
}

/// The cargo that runs this, to be run on the workspace.
pub fn cargo() -> Result<Command> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(repository()?);
    Ok(cargo)
}

/// What Python is called. Windows' own `python3` may be a door to its shop.
pub fn python() -> &'static str {
    if cfg!(windows) { "python" } else { "python3" }
}

/// Whether `program` can be started.
pub fn is_installed(program: impl AsRef<OsStr>) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Runs a command, says what for and how long it took.
pub fn run_command(what: &str, mut command: Command) -> Result<()> {
    println!("\n== {what}");
    let start = Instant::now();
    let status = command.status().with_context(|| format!("{what}: {command:?} cannot be started"))?;
    if !status.success() {
        bail!("{what}: failed (see above)");
    }
    println!("== {what}: fine, {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}
