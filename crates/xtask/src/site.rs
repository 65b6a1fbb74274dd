//! `cargo xtask site`: the tour of every lesson as a website that any server of files can carry.
//!
//! It is what `noisebook tour` writes, without a server or an address in it, and an empty `.nojekyll`, which tells GitHub
//! Pages to leave the files as they are.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::shell::{cargo, run_command, target_folder};

const USAGE: &str = "cargo xtask site [--out DIR]
  --out DIR  write it here (default: target/site)";

/// Makes the tour and says how large it is.
pub fn run(mut args: impl Iterator<Item = String>) -> Result<()> {
    let out = match (args.next().as_deref(), args.next(), args.next()) {
        (None, ..) => target_folder()?.join("site"),
        (Some("--out"), Some(out), None) => std::path::absolute(out)?,
        _ => bail!("{USAGE}"),
    };
    let started = Instant::now();
    let mut tour = cargo()?;
    tour.args(["run", "--release", "--locked", "--", "tour", "--out"]).arg(&out);
    run_command("the tour", tour)?;
    fs::write(out.join(".nojekyll"), "")?;
    let (num_files, bytes) = size(&out)?;
    println!(
        "\n{}: {num_files} files, {:.1} MB, {:.0} s",
        out.display(),
        bytes as f64 / 1e6,
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// How many files there are in a folder and below, and how many bytes.
fn size(folder: &Path) -> Result<(u64, u64)> {
    let mut sum = (0, 0);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        let (num_files, bytes) = if metadata.is_dir() { size(&entry.path())? } else { (1, metadata.len()) };
        sum = (sum.0 + num_files, sum.1 + bytes);
    }
    Ok(sum)
}
