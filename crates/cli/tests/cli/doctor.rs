//! What `doctor` says of cells and of Jupyter, on machines that have more and less of what they need.
#![cfg(unix)]

use std::path::Path;

use tempfile::TempDir;

use crate::program::{checkout, command, outcome};

/// The doctor's report where `home` is the user's folder and `path` has the programs, which must end with `code`.
#[track_caller]
fn report_of(home: &Path, path: &Path, code: i32) -> String {
    let mut doctor = command(&["doctor"]);
    for variable in ["CARGO_HOME", "RUST_SRC_PATH", "JUPYTER_PATH", "JUPYTER_DATA_DIR", "XDG_DATA_HOME"] {
        doctor.env_remove(variable);
    }
    doctor.env("HOME", home).env("PATH", path).env("NOISEBOOK_KERNEL_DIR", home.join("kernel"));
    let outcome = outcome(doctor);
    assert_eq!(outcome.code, Some(code), "{}", outcome.stderr);
    String::from_utf8(outcome.stdout).unwrap()
}

/// Programs that say what is written here.
fn programs(folder: &Path, texts: &[(&str, &str)]) {
    use std::os::unix::fs::PermissionsExt as _;
    for (name, text) in texts {
        let path = folder.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn the_doctor_says_what_cells_and_jupyter_lack() {
    let (home, path) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let report = report_of(home.path(), path.path(), 0);
    for line in [
        "note  no Rust toolchain was found: install Rust from https://rustup.rs",
        "note  nothing is compiled beforehand",
        "note  no `jupyter`: `pip install jupyterlab` brings it",
        "note  no kernel \"Rust (Noisebook)\": `noisebook notebooks setup` makes it",
    ] {
        assert!(report.contains(line), "no {line:?} in {report}");
    }

    let sysroot = home.path().join("sysroot");
    let rustc =
        format!("[ $1 = --print ] && echo {} || echo 'rustc 1.2.3 (abc 2015-08-03)'", sysroot.display());
    let found = [("cargo", "echo 'cargo 1.2.3'"), ("rustc", &rustc), ("jupyter", "")];
    programs(path.path(), &found);
    let report = report_of(home.path(), path.path(), 0);
    let pinned = std::fs::read_to_string(checkout().join("rust-toolchain.toml")).unwrap();
    let pinned = pinned.split('"').nth(1).unwrap();
    let other = format!("rustc 1.2.3 (abc 2015-08-03), where rust-toolchain.toml asks for {pinned}");
    assert!(report.contains(&other), "{report}");
    assert!(report.contains("ok    `jupyter` starts"), "{report}");

    std::fs::create_dir_all(sysroot.join("lib/rustlib/src/rust/library/core")).unwrap();
    programs(path.path(), &[("rustc", &rustc.replace("1.2.3", pinned))]);
    let report = report_of(home.path(), path.path(), 0);
    for line in [format!("ok    rustc {pinned} "), "ok    the standard library's sources: ".to_owned()] {
        assert!(report.contains(&line), "no {line:?} in {report}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_doctor_looks_whether_jupyters_entry_still_leads_somewhere() {
    let (home, path) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let folder = home.path().join(".local/share/jupyter/kernels/noisebook");
    std::fs::create_dir_all(&folder).unwrap();
    let host = home.path().join("host");
    let entry = serde_json::json!({ "argv": [&host, "--control_file", "{connection_file}"] });
    std::fs::write(folder.join("kernel.json"), entry.to_string()).unwrap();
    let report = report_of(home.path(), path.path(), 1);
    assert!(report.contains("BAD ") && report.contains("run `noisebook notebooks setup` again"), "{report}");
    std::fs::write(&host, "").unwrap();
    let report = report_of(home.path(), path.path(), 0);
    assert!(report.contains("ok    the kernel \"Rust (Noisebook)\": "), "{report}");
}
