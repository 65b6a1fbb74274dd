//! Compiling and running a program as evcxr would: optimized, against the dynamic library.

use std::env::consts::{DLL_EXTENSION, DLL_PREFIX, DLL_SUFFIX};
use std::ffi::OsStr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use noisebook_kernel::protocol::WINDOW_VARIABLE;
use serde_json::Value;

use crate::program::{MARK, Program};

/// Who shows what cells display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    Jupyter,
    Window,
}

/// A program that is ready to run.
pub struct Compiled {
    program: PathBuf,
    /// Where it runs: there is no photo.jpg here.
    folder: tempfile::TempDir,
}

/// The checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl Compiled {
    /// Compiles it.
    ///
    /// # Errors
    /// With what the compiler says, each mistake with the lesson's line.
    pub fn of(program: &Program) -> Result<Self, String> {
        let folder = tempfile::tempdir().unwrap();
        let (source, binary) = (folder.path().join("lesson.rs"), folder.path().join("lesson"));
        std::fs::write(&source, &program.source).unwrap();
        // Beside this test lies all that it was built with.
        let libraries = std::env::current_exe().unwrap().parent().unwrap().to_path_buf();
        let facade = format!("{DLL_PREFIX}noisebook{DLL_SUFFIX}");
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let sysroot = static_sysroot(&rustc, folder.path());
        let output = Command::new(rustc)
            .args(["--edition", "2024", "-C", "opt-level=2", "-C", "rpath", "--error-format", "json"])
            .arg("--sysroot")
            .arg(sysroot)
            .arg("--extern")
            .arg(format!("noisebook={}", libraries.join(facade).display()))
            .arg("-L")
            .arg(format!("dependency={}", libraries.display()))
            .arg("-o")
            .args([&binary, &source])
            // The toolchain is the one that this checkout names.
            .current_dir(root())
            .output()
            .unwrap();
        if output.status.success() {
            return Ok(Self { program: binary, folder });
        }
        let messages = String::from_utf8_lossy(&output.stderr);
        let mut mistakes: Vec<String> = messages.lines().filter_map(|line| mistake(line, program)).collect();
        mistakes.dedup();
        Err(if mistakes.is_empty() { messages.into_owned() } else { mistakes.join("\n") })
    }

    /// Runs it, and returns what each cell printed.
    ///
    /// # Errors
    /// When it fails, with the lesson's line.
    pub fn run(&self, program: &Program, viewer: Viewer) -> Result<Vec<String>, String> {
        let mut command = Command::new(&self.program);
        command.current_dir(self.folder.path());
        match viewer {
            Viewer::Jupyter => command.env_remove(WINDOW_VARIABLE),
            Viewer::Window => command.env(WINDOW_VARIABLE, "1"),
        };
        let output = command.output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let mut outputs: Vec<String> = Vec::new();
        let mut last = "0";
        for line in printed.lines() {
            match line.strip_prefix(MARK).and_then(|mark| mark.trim().split_once(' ')) {
                Some((cell, "begins")) => {
                    last = cell;
                    outputs.push(String::new());
                }
                Some(_) => {}
                None => outputs.last_mut().into_iter().for_each(|output| *output += &format!("{line}\n")),
            }
        }
        if output.status.success() {
            return Ok(outputs);
        }
        let message = in_the_lesson(&String::from_utf8_lossy(&output.stderr), program);
        Err(format!("at or after the cell at {}:{last}: {message}", program.file))
    }
}

/// A view of the toolchain without its dynamic libraries. The facade has the standard library in itself, and where the
/// compiler sees a dynamic one as well it takes that too, and refuses to have two.
fn static_sysroot(rustc: &OsStr, folder: &Path) -> PathBuf {
    let output = Command::new(rustc).args(["--print", "target-libdir"]).current_dir(root()).output().unwrap();
    let libraries = PathBuf::from(String::from_utf8(output.stdout).unwrap().trim());
    let target = libraries.parent().unwrap();
    let sysroot = folder.join("sysroot");
    let seen = sysroot.join("lib/rustlib").join(target.file_name().unwrap());
    std::fs::create_dir_all(seen.join("lib")).unwrap();
    for entry in std::fs::read_dir(&libraries).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_none_or(|ending| ending != DLL_EXTENSION) {
            symlink(&file, seen.join("lib").join(file.file_name().unwrap())).unwrap();
        }
    }
    // The linker that comes with the toolchain.
    symlink(target.join("bin"), seen.join("bin")).unwrap();
    sysroot
}

/// An error of the compiler, which speaks one JSON object a line, with the lesson's line.
fn mistake(message: &str, program: &Program) -> Option<String> {
    let message: Value = serde_json::from_str(message).ok()?;
    if message["level"] != "error" {
        return None;
    }
    let span = message["spans"].as_array()?.iter().find(|span| span["is_primary"] == true)?;
    let line = program.lesson_line(span["line_start"].as_u64()? as usize);
    let at = line.map_or_else(|| program.file.clone(), |line| format!("{}:{line}", program.file));
    let label = span["label"].as_str().map(|label| format!(" ({label})")).unwrap_or_default();
    Some(format!("{at}: {}{label}", message["message"].as_str()?))
}

/// What a panic says, its place in the program replaced by the lesson's.
fn in_the_lesson(message: &str, program: &Program) -> String {
    let Some((before, place)) = message.split_once("lesson.rs:") else {
        return message.to_owned();
    };
    let digits = place.find(|c: char| !c.is_ascii_digit()).unwrap_or(place.len());
    let line = place[..digits].parse().ok().and_then(|line| program.lesson_line(line));
    let before = before.rsplit_once(' ').map_or("", |(before, _)| before);
    match line {
        Some(line) => format!("{before} {}:{line}{}", program.file, &place[digits..]),
        None => message.to_owned(),
    }
}
