//! What has to be there before a cell runs: a Rust toolchain, the sources of the standard library, the host, and the
//! template.
//!
//! The *template* is the folder that evcxr would otherwise fill in the first minutes of every session: the facade and all
//! that it depends on, compiled. It is made once by the host itself, so that nothing here has to know how evcxr lays it
//! out, and made again when the sources or the compiler have changed. A session begins as a copy of it.

use crate::protocol::Step;
use directories::ProjectDirs;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// Where the host finds the folder with lessons, models and `crates`.
pub const HOME_VARIABLE: &str = "NOISEBOOK_HOME";
/// Where the host finds the template and keeps the sessions.
pub const DIR_VARIABLE: &str = "NOISEBOOK_KERNEL_DIR";
/// Which feature of the facade the host asks for: `cuda`, `metal`, or nothing.
pub const FEATURE_VARIABLE: &str = "NOISEBOOK_KERNEL_FEATURE";
/// The binary of the host, without its ending.
const HOST: &str = "noisebook-kernel";
/// The versions of what is compiled, beside the template's own lock file, which evcxr's first cell empties.
pub const PINNED_LOCK: &str = "Cargo.lock.pinned";

/// Where things are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locations {
    /// The folder with lessons, models and, for cells to be compiled against, `crates`.
    pub home: PathBuf,
    /// Where the template and the sessions are kept, outside of every cargo workspace; it can be deleted at any time.
    pub dir: PathBuf,
    /// What else than the processor cells may compute on.
    pub device: Device,
}

/// What else than the processor cells may compute on: it is compiled in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// Nothing else.
    #[default]
    Cpu,
    /// An NVIDIA card.
    Cuda,
    /// A Mac's.
    Metal,
}

/// The Rust toolchain that compiles cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toolchain {
    /// "rustc 1.95.0 (59807616e 2026-04-14)".
    pub version: String,
    /// What rustup calls it, where rustup manages it.
    pub rustup_name: Option<String>,
    /// Where the sources of the standard library are, which evcxr needs to infer types.
    pub library: Option<PathBuf>,
    /// Whether they stand where the compiler keeps them, so that nobody has to be told.
    pub library_in_sysroot: bool,
}

/// Why the set-up cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// No `rustc` and `cargo`.
    #[error("no Rust toolchain was found: install Rust from https://rustup.rs, then try again")]
    NoToolchain,
    /// An installation without the crates.
    #[error(
        "{home} has no folder crates/notebook, which cells are compiled against: use a checkout of Noisebook, or the archive that contains its sources"
    )]
    NoSources {
        /// Where they were looked for.
        home: PathBuf,
    },
    /// The standard library's sources are missing.
    #[error(
        "the sources of Rust's standard library are missing: run `rustup component add rust-src`, or with Debian's packages `apt install rust-web-src`, then try again"
    )]
    NoLibrary,
    /// The system names no folder for things that can be made again.
    #[error(
        "this system names no folder for caches: set NOISEBOOK_KERNEL_DIR to an empty folder, then try again"
    )]
    NoPlace,
    /// A command ended badly.
    #[error("{what} failed: {why}")]
    Command {
        /// What was tried, "compiling what cells depend on".
        what: &'static str,
        /// The last lines that it said.
        why: String,
    },
    /// A file or folder could not be read or made.
    #[error("{path}: {why}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// The set-up's folder holds something of somebody else's.
    #[error(
        "{path} was made by no set-up, so its folder stays as it is: move it elsewhere and try again, or delete there by hand what a set-up makes ({ours})"
    )]
    Stranger {
        /// What it holds.
        path: PathBuf,
        /// What a set-up makes.
        ours: String,
    },
    /// It was asked to stop.
    #[error("the set-up was stopped")]
    Stopped,
}

/// Whoever is told what is under way, and can stop it.
pub struct Progress<'a> {
    /// Called with the step, and with the last thing that was reported of it.
    pub report: &'a mut dyn FnMut(Step, &str),
    /// The process of the step.
    pub under_way: Arc<UnderWay>,
}

/// The process of the step that is under way.
#[derive(Debug, Default)]
pub struct UnderWay {
    child: Mutex<Option<Child>>,
    is_stopped: AtomicBool,
}

impl UnderWay {
    /// Ends the step that is under way, and lets no other begin.
    pub fn stop(&self) {
        self.is_stopped.store(true, Ordering::SeqCst);
        if let Some(child) = self.child().as_mut() {
            // It may have ended by itself.
            let _ = child.kill();
        }
    }

    fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::SeqCst)
    }

    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Device {
    /// The feature of the facade that it needs, or an empty word.
    pub fn feature(self) -> &'static str {
        match self {
            Self::Cpu => "",
            Self::Cuda => "cuda",
            Self::Metal => "metal",
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpu => "cpu",
            other => other.feature(),
        })
    }
}

impl Locations {
    /// Cells compiled against what lies in `home`, in the folder that the environment names
    /// (`NOISEBOOK_KERNEL_DIR`), or else in the one for things that can be made again.
    ///
    /// # Errors
    /// When the system names no such folder.
    pub fn new(home: PathBuf, device: Device) -> Result<Self, SetUpError> {
        let named = env::var_os(DIR_VARIABLE).filter(|dir| !dir.is_empty()).map(PathBuf::from);
        let usual = || Some(ProjectDirs::from("", "", "Noisebook")?.cache_dir().join("kernel"));
        let dir = named.or_else(usual).ok_or(SetUpError::NoPlace)?;
        // One folder has one name, or its template would pass for another's. Windows' own long form confuses cargo.
        let home = if cfg!(windows) { home } else { home.canonicalize().unwrap_or(home) };
        Ok(Self { home, dir, device })
    }

    /// The facade's folder.
    ///
    /// # Errors
    /// When this copy of the program has no sources.
    pub fn facade(&self) -> Result<PathBuf, SetUpError> {
        let facade = self.home.join("crates").join("notebook");
        if facade.join("Cargo.toml").exists() {
            Ok(facade)
        } else {
            Err(SetUpError::NoSources { home: self.home.clone() })
        }
    }

    /// Where the template is: as deep as a session, since the compiler writes relative paths into libraries.
    pub fn template(&self) -> PathBuf {
        self.dir.join("templates").join(self.device.to_string())
    }

    /// The copy of the host that Jupyter starts.
    fn own_host(&self) -> PathBuf {
        self.dir.join("bin").join(format!("{HOST}{}", env::consts::EXE_SUFFIX))
    }
}

/// The toolchain that compiles what lies in `home`, or none.
pub fn toolchain(home: &Path) -> Option<Toolchain> {
    let say = |program: &str, args: &[&str]| -> Option<String> {
        let output = command(program).args(args).current_dir(home).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    say("cargo", &["--version"])?;
    let version = say("rustc", &["--version"])?;
    let sysroot = PathBuf::from(say("rustc", &["--print", "sysroot"])?);
    let rustup_name = say("rustup", &["show", "active-toolchain"])
        .and_then(|said| said.split_whitespace().next().map(str::to_owned));
    let in_sysroot = sysroot.join("lib/rustlib/src/rust/library");
    let library_in_sysroot = in_sysroot.join("core").exists();
    let library = if library_in_sysroot { Some(in_sysroot) } else { library_elsewhere() };
    Some(Toolchain { version, rustup_name, library, library_in_sysroot })
}

/// The standard library's sources where the environment or a package of the system has them.
fn library_elsewhere() -> Option<PathBuf> {
    if let Some(path) = env::var_os("RUST_SRC_PATH").map(PathBuf::from) {
        return Some(path);
    }
    let folders = fs::read_dir("/usr/src").ok()?;
    let libraries = folders.flatten().map(|entry| entry.path());
    libraries
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("rustc-")))
        .map(|path| path.join("library"))
        .filter(|path| path.join("core").exists())
        .max()
}

/// Whether a program can be started.
pub fn is_installed(program: &str) -> bool {
    command(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// A program with the toolchain on its path, also where a window that was not started from a shell lacks it.
fn command(program: impl AsRef<OsStr>) -> Command {
    let cargo_home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    let mut command = Command::new(program);
    if let Some(bin) = cargo_home.map(|home| home.join("bin")) {
        let path = env::var_os("PATH").unwrap_or_default();
        let mut folders: Vec<PathBuf> = env::split_paths(&path).collect();
        if !folders.contains(&bin) {
            folders.push(bin);
        }
        if let Ok(joined) = env::join_paths(folders) {
            command.env("PATH", joined);
        }
    }
    command
}

/// What cells need, when all of it is there.
#[derive(Clone, Debug)]
pub struct Ready {
    /// The binary of the host.
    pub host: PathBuf,
    /// The toolchain that it uses.
    pub toolchain: Toolchain,
}

impl Ready {
    /// A copy of the host beside the template, which outlives `cargo clean`.
    pub(crate) fn host_of_its_own(&self, locations: &Locations) -> Result<PathBuf, SetUpError> {
        let kept = locations.own_host();
        if kept != self.host {
            let unwritable = |why| SetUpError::File { path: kept.clone(), why };
            fs::create_dir_all(locations.dir.join("bin")).map_err(unwritable)?;
            let beside = kept.with_extension("new");
            fs::copy(&self.host, &beside).and_then(|_| fs::rename(&beside, &kept)).map_err(unwritable)?;
        }
        Ok(kept)
    }
}

/// Makes everything ready for cells: asks rustup for the standard library's sources where
/// they are missing, compiles the host and the template where they are missing or old.
///
/// Takes a second where all is there, and minutes the first time.
///
/// # Errors
/// See [`SetUpError`].
pub fn prepare(locations: &Locations, progress: &mut Progress<'_>) -> Result<Ready, SetUpError> {
    locations.facade()?;
    let _alone = alone(&locations.dir, progress)?;
    let mut toolchain = toolchain(&locations.home).ok_or(SetUpError::NoToolchain)?;
    if toolchain.library.is_none() {
        (progress.report)(Step::BuildingTemplate, "rustup component add rust-src");
        let mut rustup = command("rustup");
        rustup.args(["component", "add", "rust-src"]).current_dir(&locations.home);
        run(rustup, "rustup component add rust-src", Step::BuildingTemplate, progress).map_err(|error| {
            if matches!(error, SetUpError::Stopped) { error } else { SetUpError::NoLibrary }
        })?;
        toolchain = self::toolchain(&locations.home).ok_or(SetUpError::NoToolchain)?;
    }
    if toolchain.library.is_none() {
        return Err(SetUpError::NoLibrary);
    }
    let host = host(locations, progress)?;
    template(locations, &toolchain, &host, progress)?;
    Ok(Ready { host, toolchain })
}

/// Waits until nobody else sets up in `dir`, and keeps others waiting as long as the file is held.
fn alone(dir: &Path, progress: &mut Progress<'_>) -> Result<fs::File, SetUpError> {
    let path = dir.join("lock");
    let unusable = |why| SetUpError::File { path: path.clone(), why };
    fs::create_dir_all(dir).map_err(unusable)?;
    let file = fs::File::create(&path).map_err(unusable)?;
    if file.try_lock().is_err() {
        (progress.report)(Step::BuildingTemplate, "waiting for another set-up");
        file.lock().map_err(unusable)?;
    }
    Ok(file)
}

/// What is known of a template.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    home: PathBuf,
    rustc: String,
    sources: String,
}

/// A fingerprint of what the template is compiled from: names, sizes and times of the sources, and the lock file.
fn sources(home: &Path) -> Result<String, SetUpError> {
    let mut hash = Sha256::new();
    let mut folders = vec![home.join("crates")];
    let mut files = vec![home.join("Cargo.toml"), home.join("Cargo.lock")];
    while let Some(folder) = folders.pop() {
        let unreadable = |why| SetUpError::File { path: folder.clone(), why };
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs" || ending == "toml") {
                files.push(path);
            }
        }
    }
    // What only the window, the command line, the host and tests are made of does not matter to cells.
    let matters = |path: &PathBuf| {
        let inside = path.strip_prefix(home.join("crates")).unwrap_or(path);
        !["app", "cli", "kernel/src/host", "lessons", "xtask"].iter().any(|other| inside.starts_with(other))
            && !inside.components().any(|part| part.as_os_str() == "tests")
    };
    files.retain(matters);
    files.sort();
    for path in files {
        let found = fs::metadata(&path).map_err(|why| SetUpError::File { path: path.clone(), why })?;
        let modified = found.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let age = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        hash.update(path.to_string_lossy().as_bytes());
        hash.update(found.len().to_le_bytes());
        hash.update(age.as_nanos().to_le_bytes());
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Compiles the template where there is none for these sources.
fn template(
    locations: &Locations,
    toolchain: &Toolchain,
    host: &Path,
    progress: &mut Progress<'_>,
) -> Result<(), SetUpError> {
    let template = locations.template();
    let stamp = Stamp {
        home: locations.home.clone(),
        rustc: toolchain.version.clone(),
        sources: sources(&locations.home)?,
    };
    let stamp_path = template.join("stamp.json");
    let found: Option<Stamp> =
        fs::read(&stamp_path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    if found.as_ref() == Some(&stamp) {
        return Ok(());
    }
    (progress.report)(Step::BuildingTemplate, "");
    let file = |path: &Path| {
        let path = path.to_owned();
        move |why| SetUpError::File { path, why }
    };
    if found.is_some_and(|found| found.rustc != stamp.rustc) {
        fs::remove_dir_all(&template).map_err(file(&template))?;
    }
    fs::create_dir_all(&template).map_err(file(&template))?;
    // Half a template must not pass for one.
    if stamp_path.exists() {
        fs::remove_file(&stamp_path).map_err(file(&stamp_path))?;
    }
    let lock = locations.home.join("Cargo.lock");
    fs::copy(&lock, template.join(PINNED_LOCK)).map_err(file(&lock))?;
    write_cargo_config(&locations.dir)?;

    let mut fetch = command("cargo");
    fetch.args(["fetch", "--locked"]).current_dir(&locations.home);
    run(fetch, "downloading what cells depend on", Step::BuildingTemplate, progress)?;
    let mut build = host_command(host, locations, toolchain);
    build.arg("template");
    run(build, "compiling what cells depend on", Step::BuildingTemplate, progress)?;
    let bytes = serde_json::to_vec_pretty(&stamp).unwrap_or_default();
    fs::write(&stamp_path, bytes).map_err(file(&stamp_path))
}

/// How everything under `dir` is compiled: fast code, and numbers that wrap and check as in the program itself.
fn write_cargo_config(dir: &Path) -> Result<(), SetUpError> {
    let folder = dir.join(".cargo");
    let path = folder.join("config.toml");
    let text = "[profile.dev]\ndebug-assertions = false\noverflow-checks = false\n\n\
                [profile.dev.package.\"*\"]\nopt-level = 3\n";
    let write = || {
        fs::create_dir_all(&folder)?;
        fs::write(&path, text)
    };
    write().map_err(|why| SetUpError::File { path: path.clone(), why })
}

/// The host under these locations, told by its environment.
pub(crate) fn host_command(host: &Path, locations: &Locations, toolchain: &Toolchain) -> Command {
    let mut command = command(host);
    command.envs(environment(locations, toolchain));
    command
}

/// What the host is told, also by Jupyter.
pub fn environment(locations: &Locations, toolchain: &Toolchain) -> Vec<(&'static str, OsString)> {
    let mut variables = vec![
        (HOME_VARIABLE, locations.home.clone().into_os_string()),
        (DIR_VARIABLE, locations.dir.clone().into_os_string()),
        (FEATURE_VARIABLE, locations.device.feature().into()),
    ];
    if let Some(name) = &toolchain.rustup_name {
        variables.push(("RUSTUP_TOOLCHAIN", name.into()));
    }
    if let Some(library) = toolchain.library.as_ref().filter(|_| !toolchain.library_in_sysroot) {
        variables.push(("RUST_SRC_PATH", library.clone().into_os_string()));
    }
    variables
}

/// The host's binary: beside this program, or compiled in a checkout.
fn host(locations: &Locations, progress: &mut Progress<'_>) -> Result<PathBuf, SetUpError> {
    let file = format!("{HOST}{}", env::consts::EXE_SUFFIX);
    let here = env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_owned));
    // A test lies one folder deeper than the programs.
    let beside = here.iter().flat_map(|here| here.ancestors().take(2)).map(|folder| folder.join(&file));
    let kept = locations.own_host();
    let manifest = locations.home.join("crates").join("kernel").join("Cargo.toml");
    let newest = newest(&locations.home.join("crates").join("kernel"));
    let is_current = |path: &PathBuf| {
        let built = fs::metadata(path).and_then(|found| found.modified());
        built.is_ok_and(|built| newest.is_none_or(|newest| newest <= built))
    };
    if let Some(found) = beside.chain([kept]).find(is_current) {
        return Ok(found);
    }
    if !manifest.exists() {
        return Err(SetUpError::NoSources { home: locations.home.clone() });
    }
    (progress.report)(Step::BuildingHost, "");
    let target = target_folder(here.as_deref()).unwrap_or_else(|| locations.dir.join("target"));
    let mut build = command("cargo");
    build.args(["build", "--release", "--locked", "--features", "host", "--bin", HOST, "--manifest-path"]);
    build.arg(&manifest).env("CARGO_TARGET_DIR", &target).current_dir(&locations.home);
    run(build, "compiling the process that runs cells", Step::BuildingHost, progress)?;
    Ok(target.join("release").join(&file))
}

/// The folder of compiled crates that this program lies in.
fn target_folder(here: Option<&Path>) -> Option<PathBuf> {
    let mut folders = here?.ancestors().take(4);
    folders.find(|folder| folder.join("CACHEDIR.TAG").exists()).map(Path::to_owned)
}

/// When the newest source of a crate was written.
fn newest(folder: &Path) -> Option<SystemTime> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    entries
        .filter_map(|entry| {
            let path = entry.path();
            if path.is_dir() {
                newest(&path)
            } else {
                fs::metadata(path).and_then(|found| found.modified()).ok()
            }
        })
        .max()
}

/// Runs a command to its end and reports what it says, line by line.
fn run(
    mut command: Command,
    what: &'static str,
    step: Step,
    progress: &mut Progress<'_>,
) -> Result<(), SetUpError> {
    let failed = |why: String| SetUpError::Command { what, why };
    if progress.under_way.is_stopped() {
        return Err(SetUpError::Stopped);
    }
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|why| failed(why.to_string()))?;
    let stderr = child.stderr.take();
    *progress.under_way.child() = Some(child);
    let mut said = Vec::new();
    for line in stderr.into_iter().flat_map(|stderr| BufReader::new(stderr).lines()).map_while(Result::ok) {
        let line = line.trim().to_owned();
        if !line.is_empty() {
            (progress.report)(step, &line);
            said.push(line);
        }
    }
    let child = progress.under_way.child().take();
    let status = child.map(|mut child| child.wait()).transpose().map_err(|why| failed(why.to_string()))?;
    if progress.under_way.is_stopped() {
        return Err(SetUpError::Stopped);
    }
    if status.is_some_and(|status| status.success()) {
        return Ok(());
    }
    let first_error = said.iter().position(|line| line.starts_with("error"));
    let first = first_error.unwrap_or(said.len().saturating_sub(3));
    Err(failed(said.iter().skip(first).take(6).cloned().collect::<Vec<_>>().join("\n")))
}
