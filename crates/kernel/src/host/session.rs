//! A session's folder: a copy of the template in which evcxr compiles the cells, one for each host.

use crate::processes;
use noisebook_kernel::setup::{DIR_VARIABLE, FEATURE_VARIABLE, HOME_VARIABLE, PINNED_LOCK};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A session's folder, removed when the session ends, or when the next one begins where it could not end in peace.
pub struct Session {
    folder: PathBuf,
}

/// Files that are larger are linked rather than copied: compilers replace their results, they do not write into them.
const LINK_FROM: u64 = 64 << 10;

impl Session {
    /// Makes the folder and turns the environment towards it. To be called before any thread is there.
    pub fn enter() -> io::Result<Self> {
        let dir = required(DIR_VARIABLE)?;
        let sessions = dir.join("sessions");
        remove_orphans(&sessions);
        let folder = sessions.join(std::process::id().to_string());
        let session = Self { folder };
        copy(&template(&dir), session.path())?;
        enter(session.path())?;
        Ok(session)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A path that the environment must name.
pub fn required(variable: &str) -> io::Result<PathBuf> {
    env::var_os(variable).map(PathBuf::from).ok_or_else(|| {
        let why = format!("{variable} is not set; `noisebook notebooks setup` writes a kernel that sets it");
        io::Error::new(ErrorKind::NotFound, why)
    })
}

/// Where the template is; the same as `Locations::template`, as seen from inside.
pub fn template(dir: &Path) -> PathBuf {
    let feature = env::var(FEATURE_VARIABLE).unwrap_or_default();
    dir.join("templates").join(if feature.is_empty() { "cpu" } else { &feature })
}

/// The command that makes the facade a dependency of the cells, as notebooks write it.
pub fn dependency() -> io::Result<String> {
    let facade = required(HOME_VARIABLE)?.join("crates").join("notebook");
    let facade = facade
        .canonicalize()
        .map_err(|why| io::Error::new(why.kind(), format!("{}: {why}", facade.display())))?;
    let path = facade.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    Ok(match env::var(FEATURE_VARIABLE).unwrap_or_default().as_str() {
        "" => format!(":dep noisebook = {{ path = \"{path}\" }}"),
        feature => format!(":dep noisebook = {{ path = \"{path}\", features = [\"{feature}\"] }}"),
    })
}

/// Rust that gives the session the pinned versions back: evcxr compiles an empty cell first, which empties the lock file.
/// The question mark is on purpose: evcxr then knows from the start that cells use it, and compiles none of them twice.
pub fn pin(folder: &Path) -> String {
    let from = folder.join(PINNED_LOCK);
    let to = folder.join("Cargo.lock");
    format!("std::fs::copy({from:?}, {to:?})?;")
}

/// Turns the environment of this process, and so evcxr's, towards a folder.
#[expect(unsafe_code, reason = "evcxr reads where it works from the environment alone")]
pub fn enter(folder: &Path) -> io::Result<()> {
    let config = folder.join("config");
    fs::create_dir_all(&config)?;
    // What Jupyter's kernel runs before its first cell. A panic must be an error to Jupyter, not a success.
    let pin = pin(folder);
    let mut settings =
        format!("[evcxr]\noffline_mode = true\npreserve_vars_on_panic = false\nprelude = {pin:?}\n");
    if let feature @ ("cuda" | "metal") = env::var(FEATURE_VARIABLE).unwrap_or_default().as_str() {
        // Notebooks ask for the facade without features; another dependency turns them on for the whole graph.
        let ops = required(HOME_VARIABLE)?.join("crates").join("ops");
        settings +=
            &format!("[dependencies]\nnoisebook-ops = {{ path = {ops:?}, features = [\"{feature}\"] }}\n");
    }
    fs::write(config.join("evcxr.toml"), settings)?;
    let (variable, folders) = library_folders(folder)?;
    // SAFETY: `main` calls this before it starts any thread.
    unsafe {
        env::set_var(variable, folders);
        env::set_var("EVCXR_TMPDIR", folder);
        env::set_var("EVCXR_CONFIG_DIR", &config);
        // Where another evcxr is installed for Jupyter, evcxr would update it to this one.
        env::set_var("JUPYTER_PATH", folder);
    }
    Ok(())
}

/// The variable by which the loader finds libraries, and its value: where cells find the standard library and the facade.
/// The compiler writes both into a cell as paths from one folder below the one that evcxr loads it from, which are right
/// only where too many steps up do no harm.
fn library_folders(folder: &Path) -> io::Result<(&'static str, OsString)> {
    let output =
        Command::new("rustc").args(["--print", "target-libdir", "--print", "host-tuple"]).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let mut lines = said.lines();
    let (Some(standard), Some(target)) = (lines.next(), lines.next()) else {
        return Err(io::Error::other("rustc does not say where its libraries are"));
    };
    let facade = folder.join("target").join(target).join("debug").join("deps");
    let variable = match env::consts::OS {
        "windows" => "PATH",
        "macos" => "DYLD_LIBRARY_PATH",
        _ => "LD_LIBRARY_PATH",
    };
    let before = env::var_os(variable).unwrap_or_default();
    // Another build's copy of the facade, which `cargo run` and `cargo test` name, must not come first.
    let folders = [facade, standard.into()].into_iter().chain(env::split_paths(&before));
    Ok((variable, env::join_paths(folders).map_err(io::Error::other)?))
}

/// Copies a folder; large files become links.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let named = |why: io::Error| io::Error::new(why.kind(), format!("{}: {why}", from.display()));
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).map_err(named)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let found = entry.metadata()?;
        if found.is_dir() {
            copy(&source, &target)?;
        } else if found.len() < LINK_FROM || fs::hard_link(&source, &target).is_err() {
            fs::copy(&source, &target)?;
            // cargo compares times to see what is fresh.
            if let Ok(modified) = found.modified() {
                fs::File::options().write(true).open(&target)?.set_modified(modified)?;
            }
        }
    }
    Ok(())
}

/// Removes the folders of hosts that are no more.
fn remove_orphans(sessions: &Path) {
    let Ok(entries) = fs::read_dir(sessions) else { return };
    for entry in entries.flatten() {
        let pid = entry.file_name().to_str().and_then(|name| name.parse().ok());
        if pid.is_some_and(|pid| !processes::is_alive(pid)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
