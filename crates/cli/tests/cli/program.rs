//! Runs the program and holds its outcome against what the command line promises.

use std::path::{Path, PathBuf};
use std::process::Command;

/// How a run ended.
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

/// The program, with no display and the checkout as its home unless told otherwise.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_noisebook"));
    command
        .args(arguments)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .env("NOISEBOOK_HOME", checkout());
    command
}

/// The folder with lessons, assets and models.
pub fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs a prepared command to its end.
pub fn outcome(mut command: Command) -> Outcome {
    let output = command.output().unwrap();
    Outcome {
        code: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs the program, which must succeed, and returns its standard output.
#[track_caller]
pub fn succeeds(arguments: &[&str]) -> Vec<u8> {
    let outcome = outcome(command(arguments));
    assert_eq!(outcome.code, Some(0), "{arguments:?}: {}", outcome.stderr);
    outcome.stdout
}

/// Runs the program, which must succeed and print one JSON value.
#[track_caller]
pub fn prints_json(arguments: &[&str]) -> serde_json::Value {
    serde_json::from_slice(&succeeds(arguments)).unwrap()
}

/// Runs the program, which must end with `code` and say why in one line that has all `words`.
#[track_caller]
pub fn refuses(arguments: &[&str], code: i32, words: &[&str]) {
    check_refusal(&outcome(command(arguments)), code, words);
}

#[track_caller]
pub fn check_refusal(outcome: &Outcome, code: i32, words: &[&str]) {
    let Outcome { stdout, stderr, .. } = outcome;
    assert_eq!(outcome.code, Some(code), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "not one line: {stderr}");
    assert!(stderr.starts_with("noisebook: "), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert!(stdout.is_empty(), "printed {}", String::from_utf8_lossy(stdout));
    for word in words {
        assert!(stderr.contains(word), "no {word:?} in: {stderr}");
    }
}

/// Nothing lies in the folder: no result, and no half of one.
#[track_caller]
pub fn check_empty(folder: &Path) {
    let names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.is_empty(), "left behind: {names:?}");
}
