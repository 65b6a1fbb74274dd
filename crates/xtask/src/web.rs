//! `cargo xtask web --check`: whether everything below the window compiles for a browser.
//!
//! Nothing is run or linked: it shows that no crate leans on a library or a function of the system that a browser lacks.
//! The standard library's files, threads and clocks compile there too and fail when used, so those it does not find.
//!
//! The compiler is the workspace's own where it has the target. Elsewhere, on Debian, the packages of Debian's web toolchain
//! are unpacked into a folder under `target/tools`, without installing them, and the standard library is checked along.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::shell::{cargo, repository, run_command, target_folder, tool_folder};

const TARGET: &str = "wasm32-unknown-unknown";
/// What needs a window, a command line or a workspace; everything else is meant to run in a browser.
const NOT_IN_A_BROWSER: [&str; 4] = ["noisebook-app", "noisebook-cli", "noisebook-tests", "noisebook-xtask"];
/// Debian's Rust for building browsers, newer than its own.
const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];

/// Checks every crate that is meant to run in a browser.
pub fn run(mut args: impl Iterator<Item = String>) -> Result<()> {
    ensure!(
        args.next().as_deref() == Some("--check") && args.next().is_none(),
        "expected cargo xtask web --check"
    );
    let mut check = if knows_target()? { cargo()? } else { debian_cargo()? };
    check.args(["check", "--release", "--locked", "--target", TARGET]);
    // Without the features that need a machine of one's own, such as all of its cores.
    check.args(["--no-default-features", "--workspace"]);
    for package in NOT_IN_A_BROWSER {
        check.args(["--exclude", package]);
    }
    check.arg("--target-dir").arg(target_folder()?.join("web"));
    run_command("checking for the browser", check)
}

/// Whether the compiler of the workspace has the browser's standard library.
fn knows_target() -> Result<bool> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args(["--print", "target-libdir", "--target", TARGET]).current_dir(repository()?);
    let output = command.output().context("rustc cannot be started")?;
    Ok(Path::new(String::from_utf8(output.stdout)?.trim()).is_dir())
}

/// Debian's cargo with Debian's rustc, which compile the standard library from its sources.
fn debian_cargo() -> Result<Command> {
    let instead = format!("this Rust cannot compile for {TARGET}; run `rustup target add {TARGET}`");
    ensure!(Path::new("/usr/bin/apt-get").exists() && Path::new("/usr/bin/dpkg-deb").exists(), "{instead}");
    let root = tool_folder("web", unpack_debian_packages).context(instead)?;
    let mut cargo = Command::new(root.join("usr/bin/cargo"));
    cargo.arg("-Zbuild-std=std,panic_abort").current_dir(repository()?);
    cargo
        .env("RUSTC", root.join("usr/bin/rustc"))
        .env("LD_LIBRARY_PATH", env::join_paths(library_folders(&root)?)?);
    // Compiling the standard library is not yet stable.
    cargo.env("RUSTC_BOOTSTRAP", "1");
    Ok(cargo)
}

/// Fetches the packages with all that they need and this machine lacks, and unpacks them into `folder`.
/// apt's own folders, which only an administrator may write, are left alone.
fn unpack_debian_packages(folder: &Path) -> Result<()> {
    let (lists, cache) = (folder.join("apt/lists"), folder.join("apt/cache"));
    let archives = cache.join("archives");
    fs::create_dir_all(lists.join("partial"))?;
    fs::create_dir_all(archives.join("partial"))?;
    let apt_get = |args: &[&str]| {
        let mut command = Command::new("/usr/bin/apt-get");
        command.args(["--quiet=2", "--option=Debug::NoLocking=1", "--option=APT::Sandbox::User="]);
        command.arg(format!("--option=Dir::State::Lists={}", lists.display()));
        command.arg(format!("--option=Dir::Cache={}", cache.display()));
        command.args(args);
        command
    };
    println!("This Rust has no {TARGET}: fetching Debian's (145 MB).");
    run_command("listing Debian's packages", apt_get(&["update"]))?;
    let mut download = apt_get(&["install", "--yes", "--download-only", "--no-install-recommends"]);
    download.args(DEBIAN_PACKAGES);
    run_command("downloading Debian's web toolchain", download)?;
    for archive in fs::read_dir(&archives)? {
        let archive = archive?.path();
        if archive.extension().is_some_and(|extension| extension == "deb") {
            let status = Command::new("/usr/bin/dpkg-deb").arg("-x").arg(&archive).arg(folder).status()?;
            ensure!(status.success(), "{} cannot be unpacked", archive.display());
        }
    }
    fs::remove_dir_all(folder.join("apt"))?;
    if !folder.join("usr/bin/cargo").exists() {
        bail!("Debian's packages brought no cargo");
    }
    Ok(())
}

/// Where Debian keeps libraries: folders named after the processor.
fn library_folders(root: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(root.join("usr/lib"))?.collect::<std::io::Result<Vec<_>>>()?;
    let is_of_processor = |folder: &PathBuf| folder.to_string_lossy().ends_with("-linux-gnu");
    Ok(entries.into_iter().map(|entry| entry.path()).filter(is_of_processor).collect())
}
