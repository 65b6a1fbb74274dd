//! What leaves the program: text and JSON on standard output, and files that are whole or absent.
//!
//! A full disk, a crash or Ctrl-C leaves the old file or none, never half of a new one.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use noisebook_shelf::write_whole;
use serde::Serialize;
use tempfile::TempDir;

use crate::outcome::wrong_use;

/// Writes `text` to standard output.
///
/// # Errors
/// When standard output cannot take it (a full disk; a closed pipe, which ends the program well).
pub fn text(text: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .context("could not write to standard output")
}

/// Writes `value` as one line of JSON to standard output.
///
/// # Errors
/// As [`text`].
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut line = serde_json::to_string(value).context("could not write the result as JSON")?;
    line.push('\n');
    text(&line)
}

/// A table for people: columns as wide as their widest cell, two spaces between.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let header: Vec<String> = header.iter().map(ToString::to_string).collect();
    let widths: Vec<usize> = (0..header.len())
        .map(|column| {
            std::iter::once(&header)
                .chain(rows)
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}")).collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    std::iter::once(&header).chain(rows).map(line).collect()
}

/// A place for a file that was checked before the work began, so that an hour of sampling does not
/// end in "no such folder".
pub struct OutFile {
    path: PathBuf,
}

impl OutFile {
    /// `path` as the place of a file whose name ends in one of `extensions`.
    ///
    /// # Errors
    /// Wrong use when the name has another ending (a PNG under the name of a JPEG would lie), or is
    /// a folder; failure when the folder around it does not exist.
    pub fn new(path: &Path, extensions: &[&str]) -> anyhow::Result<Self> {
        let name = path.display();
        if path.is_dir() {
            return Err(wrong_use(format!("{name} is a folder; give the name of a file in it")));
        }
        if !is_special(path) {
            let extension = path
                .extension()
                .map(|extension| extension.to_string_lossy().to_lowercase())
                .unwrap_or_default();
            if !extensions.contains(&extension.as_str()) {
                return Err(wrong_use(format!(
                    "{name} should end in .{}, for that is what is written",
                    extensions.join(" or .")
                )));
            }
            let folder = folder_of(path);
            if !folder.is_dir() {
                bail!("the folder {} for {name} does not exist; make it first", folder.display());
            }
        }
        Ok(Self { path: path.to_path_buf() })
    }

    /// The path as given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its ending in lower case: "png".
    pub fn extension(&self) -> String {
        self.path.extension().map(|extension| extension.to_string_lossy().to_lowercase()).unwrap_or_default()
    }

    /// Writes the whole file, or leaves what was there.
    ///
    /// # Errors
    /// When the disk is full or the place may not be written.
    pub fn write(&self, bytes: &[u8]) -> anyhow::Result<()> {
        write_atomically(&self.path, bytes)
    }
}

/// Writes `bytes` to `path` whole or not at all, replacing what was there.
///
/// # Errors
/// When the disk is full or the place may not be written; the sentence names the file.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let result = if is_special(path) { write_special(path, bytes) } else { write_whole(path, bytes) };
    result.with_context(|| {
        format!("could not write {} ({} bytes), so nothing was left there", path.display(), bytes.len())
    })
}

/// A pipe or a device is not replaced by a file; it is written to.
fn write_special(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let file = std::fs::OpenOptions::new().write(true).open(path)?;
    let mut writer = BufWriter::new(file);
    writer.write_all(bytes)?;
    writer.flush()
}

fn is_special(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// An empty folder on the same disk as the folder `path`, which may not exist yet. What is made in it
/// is moved to its place by [`move_files`]; dropping it deletes the rest.
///
/// # Errors
/// When `path` is no folder, or none can be made there.
pub fn workshop(path: &Path) -> anyhow::Result<TempDir> {
    let place = if path.exists() { path } else { folder_of(path) };
    let make = || {
        std::fs::create_dir_all(place)?;
        tempfile::Builder::new().prefix(".noisebook-").suffix(".tmp").tempdir_in(place)
    };
    make().with_context(|| format!("could not make the folder {}", path.display()))
}

/// Moves every file below `from` to the same place below `to`, over one of the same name, and
/// touches no other.
///
/// # Errors
/// When a folder cannot be made or a file not replaced; the sentence names it.
pub fn move_files(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("could not make the folder {}", to.display()))?;
    for entry in std::fs::read_dir(from).with_context(|| format!("could not read {}", from.display()))? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            move_files(&source, &target)?;
        } else {
            std::fs::rename(&source, &target)
                .with_context(|| format!("could not write {}", target.display()))?;
        }
    }
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
