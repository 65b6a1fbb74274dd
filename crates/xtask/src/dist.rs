//! `cargo xtask dist`: an archive that one unpacks anywhere and starts.
//!
//! It is one folder with the two programs and, beside them, what they look for there: lessons, assets, models, notebooks,
//! and the sources that cells are compiled against. The same files in the same order give the same bytes. It is then unpacked elsewhere and proven: the program in it must find
//! its own files and work, in an environment that tells it nothing.

use std::env;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::shell::{cargo, repository, run_command, target_folder};

const USAGE: &str = "cargo xtask dist [--out DIR]
  --out DIR  write the archive here (default: target/dist)";

/// What the programs need beside themselves; the last two are the workspace that cells are compiled against.
const FOLDERS: [&str; 6] = ["lessons", "assets", "models", "notebooks", "crates", "tests"];
/// What belongs to that workspace, and what a person needs beside it.
const TEXTS: [&str; 9] = [
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
];
/// The window with its commands, and the process that runs cells.
const PROGRAMS: [&str; 2] = ["noisebook", "noisebook-kernel"];
/// The licenses of data and fonts, which must not be left behind.
const NOTICE: &str = "assets/NOTICE.md";
/// What the proof makes a tour of: it needs no network, so it is quick.
const LESSON: &str = "a-thousand-small-steps-to-noise";
/// What a system cannot start programs without.
const LEAST_ENVIRONMENT: [&str; 3] = ["SystemRoot", "SystemDrive", "PATHEXT"];

/// Builds, packs and proves.
pub fn run(mut args: impl Iterator<Item = String>) -> Result<()> {
    let out = match (args.next().as_deref(), args.next(), args.next()) {
        (None, ..) => target_folder()?.join("dist"),
        (Some("--out"), Some(out), None) => std::path::absolute(out)?,
        _ => bail!("{USAGE}"),
    };
    let started = Instant::now();
    let mut build = cargo()?;
    build.args(["build", "--release", "--locked", "--package", "noisebook-cli", "--bin", "noisebook"]);
    run_command("building the program", build)?;
    let mut build = cargo()?;
    build.args(["build", "--release", "--locked", "--package", "noisebook-kernel", "--features", "host"]);
    run_command("building the process that runs cells", build)?;

    let name = format!("noisebook-{}-{}", env!("CARGO_PKG_VERSION"), host()?);
    let mut entries = files(&repository()?)?;
    let built = target_folder()?.join("release");
    let programs = PROGRAMS.map(|program| format!("{program}{}", env::consts::EXE_SUFFIX));
    for name in programs.clone() {
        entries.push(Entry { path: built.join(&name), name, mode: 0o755 });
    }
    let bytes = pack(&name, &entries)?;
    fs::create_dir_all(&out).with_context(|| format!("making the folder {}", out.display()))?;
    let archive = out.join(format!("{name}.tar.gz"));
    fs::write(&archive, &bytes).with_context(|| format!("writing {}", archive.display()))?;

    prove(&bytes, &name, &programs)?;
    println!(
        "\n{}\n{:.1} MB, {} files, {:.0} s\nsha256 {}",
        archive.display(),
        bytes.len() as f64 / 1e6,
        entries.len(),
        started.elapsed().as_secs_f64(),
        hex(&Sha256::digest(&bytes)),
    );
    Ok(())
}

/// A file of the archive.
struct Entry {
    /// Its name below the top folder, with slashes.
    name: String,
    path: PathBuf,
    mode: u32,
}

/// Everything but the programs, in the order of the alphabet.
fn files(root: &Path) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for text in TEXTS {
        entries.push(Entry { name: text.to_owned(), path: root.join(text), mode: 0o644 });
    }
    for folder in FOLDERS {
        add_folder(&mut entries, &root.join(folder), folder)?;
    }
    ensure!(entries.iter().any(|entry| entry.name == NOTICE), "{NOTICE} is missing; no archive without it");
    Ok(entries)
}

/// The files of a folder and those below; hidden and unfinished ones stay at home.
fn add_folder(entries: &mut Vec<Entry>, folder: &Path, name: &str) -> Result<()> {
    let found = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut paths = found.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        let file_name = path.file_name().and_then(|name| name.to_str());
        let file_name = file_name.with_context(|| format!("{} has no plain name", path.display()))?;
        if file_name.starts_with('.') || file_name.ends_with(".tmp") {
            continue;
        }
        let name = format!("{name}/{file_name}");
        if path.is_dir() {
            add_folder(entries, &path, &name)?;
        } else {
            entries.push(Entry { name, path, mode: 0o644 });
        }
    }
    Ok(())
}

/// A .tar.gz with everything in the folder `top`. It says neither who packed it nor when.
fn pack(top: &str, entries: &[Entry]) -> Result<Vec<u8>> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::best()));
    for Entry { name, path, mode } in entries {
        let content = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        let mut header = tar::Header::new_gnu();
        header.set_mode(*mode);
        header.set_size(content.len() as u64);
        archive.append_data(&mut header, format!("{top}/{name}"), content.as_slice())?;
    }
    Ok(archive.into_inner()?.finish()?)
}

/// Unpacks the archive into a folder of its own and lets the program in it do what a first visitor would.
fn prove(bytes: &[u8], name: &str, [program, host]: &[String; 2]) -> Result<()> {
    let folder = Temporary::new()?;
    tar::Archive::new(GzDecoder::new(bytes)).unpack(&folder.0)?;
    let home = folder.0.join(name);
    let elsewhere = folder.0.join("elsewhere");
    fs::create_dir(&elsewhere)?;
    let noisebook = |args: &[&str]| {
        let mut command = Command::new(home.join(program));
        command.args(args).current_dir(&elsewhere).env_clear();
        // Without NOISEBOOK_HOME and PATH; a home folder is where progress would go.
        command.env("HOME", &elsewhere).env("USERPROFILE", &elsewhere).env("APPDATA", &elsewhere);
        command.env("TMPDIR", &elsewhere).env("TEMP", &elsewhere).env("TMP", &elsewhere);
        command.envs(LEAST_ENVIRONMENT.into_iter().filter_map(|name| Some((name, env::var_os(name)?))));
        command
    };
    println!("\nunpacked to {}", home.display());
    run_command("proving it: check", noisebook(&["check"]))?;
    let sheet = ["sample", "ddpm-digits", "--num", "1", "--label", "7", "--out", "seven.png"];
    run_command("proving it: sample", noisebook(&sheet))?;
    run_command("proving it: tour", noisebook(&["tour", "--lesson", LESSON, "--out", "tour"]))?;
    for made in ["seven.png", "tour/index.html"] {
        ensure!(elsewhere.join(made).is_file(), "{made} was not made");
    }
    // Asked nothing, the process that runs cells says who starts it.
    let host = Command::new(home.join(host)).env_clear().output()?;
    ensure!(host.status.code() == Some(2), "the process that runs cells does not start");
    ensure!(home.join("crates/notebook/Cargo.toml").is_file(), "there is nothing to compile cells against");

    // Were it to find its files anywhere else, such as in the checkout it was built from, it would not miss these.
    let lesson = home.join("lessons/course.toml");
    let text = fs::read_to_string(&lesson)?;
    fs::OpenOptions::new().append(true).open(&lesson)?.write_all(b"\nthis = [is no course\n")?;
    let broken = noisebook(&["lessons"]).output()?;
    ensure!(!broken.status.success(), "the program does not read the files beside it");
    fs::write(&lesson, text)?;
    Ok(())
}

/// What the compiler builds for: "x86_64-unknown-linux-gnu".
fn host() -> Result<String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").current_dir(repository()?).output()?;
    let text = String::from_utf8(output.stdout)?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc -vV names no host")?.to_owned())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A folder outside the checkout that goes when it is done with.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Result<Self> {
        let folder = env::temp_dir().join(format!("noisebook-dist-{}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("making the folder {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // What cannot be deleted is left to the system.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn an_archive_is_one_folder_and_always_the_same() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut entries = files(&root).unwrap();
        entries.retain(|entry| !entry.name.starts_with("assets/") || entry.name == NOTICE);
        entries.push(Entry { name: "noisebook".to_owned(), path: root.join("LICENSE-MIT"), mode: 0o755 });
        let bytes = pack("noisebook-1", &entries).unwrap();
        assert_eq!(bytes, pack("noisebook-1", &entries).unwrap());

        let mut archive = tar::Archive::new(GzDecoder::new(bytes.as_slice()));
        let mut names = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().to_str().unwrap().to_owned();
            let is_program = name == "noisebook-1/noisebook";
            assert_eq!(entry.header().mode().unwrap(), if is_program { 0o755 } else { 0o644 }, "{name}");
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            assert!(!content.is_empty(), "{name} is empty");
            names.push(name);
        }
        assert_eq!(names.len(), entries.len());
        assert!(names.iter().all(|name| name.starts_with("noisebook-1/") && !name.contains("/.")));
        for needed in ["README.md", "LICENSE-MIT", "assets/NOTICE.md", "lessons/course.toml"] {
            assert!(names.contains(&format!("noisebook-1/{needed}")), "{needed}");
        }
        assert!(names.iter().any(|name| name.ends_with("/weights.safetensors")));
    }
}
