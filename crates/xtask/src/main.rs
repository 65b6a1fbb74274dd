//! Chores of this repository: `cargo xtask test` checks everything, `cargo xtask import` makes the assets anew.

mod import;
mod test;

use std::path::{Path, PathBuf};

use anyhow::Context as _;

fn main() -> std::process::ExitCode {
    let mut args = std::env::args().skip(1);
    let outcome = match args.next().as_deref() {
        Some("test") => test::run(args),
        Some("import") => import::run(args),
        _ => Err(anyhow::anyhow!(
            "expected one of:\n  cargo xtask test [FILTER]\n  cargo xtask import [--from DIR] [--out DIR]"
        )),
    };
    match outcome {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace. `cargo run` names the package's, two below it: asked of the cargo that runs this, since a
/// compiled folder shared between checkouts may hold a binary that another one built.
fn repository() -> anyhow::Result<PathBuf> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").context("run this with `cargo xtask`")?;
    let root = Path::new(&package).ancestors().nth(2);
    Ok(root.context("crates/xtask has no parent")?.to_owned())
}
