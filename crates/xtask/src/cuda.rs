//! `cargo xtask cuda`: the binary that computes on an NVIDIA card, built also where there is no such card.
//!
//! candle compiles its kernels with NVIDIA's `nvcc`. Where no toolkit is installed, the one that PyPI's wheels bring is put
//! into a folder of its own under `target/tools`. The driver's library comes with the card, so linking without one takes a
//! stand-in: a library of that name with an empty function for each that is asked for. What is built links the driver, and
//! does not start without it; so it has a target folder of its own, and the default build knows nothing of it.

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::shell::{cargo, is_installed, run_command, target_folder, tool_folder};

/// The toolkit, as the PyPI package that pins its parts. A driver loads kernels of its own CUDA release and of older ones,
/// so this is the oldest of CUDA 13: newer ones build too, and then ask a newer driver of everybody.
const TOOLKIT: &str = "cuda-toolkit[nvcc,crt,nvvm,cudart,nvrtc,cublas,curand,cccl]==13.0.2";
/// Where those parts unpack to.
const TOOLKIT_HOME: &str = "nvidia/cu13";
/// The oldest cards that the kernels are compiled for, as 10 × their compute capability: Ampere. Newer ones translate them.
const COMPUTE_CAP: &str = "80";

/// Builds the binary, and says where it is.
pub fn run() -> Result<()> {
    ensure!(
        cfg!(target_os = "linux"),
        "this builds on Linux only; elsewhere install NVIDIA's toolkit and run `cargo build --release --features cuda`"
    );
    for compiler in ["cc", "g++"] {
        ensure!(
            is_installed(compiler),
            "CUDA's kernels need a C++ compiler, and `{compiler}` is missing: on Debian `apt-get install g++` brings it"
        );
    }
    let toolkit = match installed_toolkit() {
        Some(home) => home,
        None => tool_folder("cuda", install_toolkit)?.join(TOOLKIT_HOME),
    };
    println!("CUDA toolkit: {}", toolkit.display());

    let target = target_folder()?.join("cuda");
    let mut build = cargo()?;
    build.args(["rustc", "--release", "--locked", "--package", "noisebook-cli", "--bin", "noisebook"]);
    build.args(["--features", "cuda", "--target-dir"]).arg(&target);
    // The toolkit's libraries are where no loader looks by itself.
    build.arg("--").arg(format!("-Clink-arg=-Wl,-rpath,{}", toolkit.join("lib64").display()));
    let binaries = toolkit.join("bin");
    let path = env::var_os("PATH").unwrap_or_default();
    build.env("PATH", env::join_paths([binaries.clone()].into_iter().chain(env::split_paths(&path)))?);
    build.env("NVCC", binaries.join("nvcc")).env("CUDA_HOME", &toolkit);
    build.env("CUDA_COMPUTE_CAP", env::var_os("CUDA_COMPUTE_CAP").unwrap_or_else(|| COMPUTE_CAP.into()));
    run_command("building for CUDA", build)?;
    println!(
        "\n{} is built. It needs an NVIDIA driver to start.",
        target.join("release/noisebook").display()
    );
    Ok(())
}

/// The folder of the toolkit that CUDA_HOME or an nvcc on PATH names.
fn installed_toolkit() -> Option<PathBuf> {
    let has_nvcc = |folder: &PathBuf| is_installed(folder.join("nvcc"));
    let named = env::var_os("CUDA_HOME").map(|home| Path::new(&home).join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    let binaries = named.into_iter().chain(env::split_paths(&path)).find(has_nvcc)?;
    Some(binaries.join("nvcc").canonicalize().ok()?.ancestors().nth(2)?.to_owned())
}

/// Unpacks the toolkit's wheels into `folder`, and adds what they lack for linking.
fn install_toolkit(folder: &Path) -> Result<()> {
    println!("No CUDA toolkit is installed: fetching one from PyPI (1.1 GB unpacked).");
    let mut install = Command::new("python3");
    install.args(["-m", "pip", "install", "--quiet", "--root-user-action=ignore", "--only-binary=:all:"]);
    install.arg("--target").arg(folder).arg(TOOLKIT);
    run_command("installing the CUDA toolkit", install).context(
        "no CUDA toolkit is installed and none could be fetched; install NVIDIA's and name its folder in CUDA_HOME, \
        or install Python 3 with pip (on Debian `apt-get install python3-pip`) and run this again",
    )?;

    let home = folder.join(TOOLKIT_HOME);
    link("lib", &home.join("lib64"))?;
    for entry in fs::read_dir(home.join("lib"))? {
        let name = entry?.file_name();
        // libcublas.so.13 is what is loaded, libcublas.so what the linker looks for.
        if let Some((stem, _version)) = name.to_string_lossy().split_once(".so.") {
            link(&name.to_string_lossy(), &home.join("lib").join(format!("{stem}.so")))?;
        }
    }
    make_driver_stub(&home.join("lib/stubs"))
}

fn link(original: &str, link: &Path) -> Result<()> {
    let status = Command::new("ln").args(["-s", original]).arg(link).status()?;
    ensure!(status.success(), "{} cannot be linked", link.display());
    Ok(())
}

/// Compiles a `libcuda.so` into `folder` that can be linked but does nothing; at start the driver's own takes its place.
fn make_driver_stub(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let mut code = String::new();
    for name in driver_functions()? {
        writeln!(code, "void {name}(void) {{}}")?;
    }
    let source = folder.join("cuda.c");
    fs::write(&source, code)?;
    let mut compile = Command::new("cc");
    compile.args(["-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", "-o"]);
    compile.arg(folder.join("libcuda.so")).arg(source);
    run_command("making a stand-in for the driver's library", compile)
}

/// The functions of the driver that cudarc, candle's binding to CUDA, declares.
fn driver_functions() -> Result<BTreeSet<String>> {
    let bindings = cudarc_folder()?.join("src/driver/sys/mod.rs");
    let code = fs::read_to_string(&bindings).with_context(|| format!("reading {}", bindings.display()))?;
    let is_part_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let declared = code.split("fn ").skip(1).filter_map(|rest| rest.split(|c| !is_part_of_name(c)).next());
    let names: BTreeSet<_> = declared.filter(|name| name.starts_with("cu")).map(str::to_owned).collect();
    ensure!(!names.is_empty(), "{} declares no function of the driver", bindings.display());
    Ok(names)
}

/// The part of `cargo metadata` that says where a package's sources are.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
}

fn cudarc_folder() -> Result<PathBuf> {
    let asked_for = ["--locked", "--features", "noisebook-cli/cuda"];
    let output = cargo()?.args(["metadata", "--format-version", "1"]).args(asked_for).output()?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    }
    let Metadata { packages } = serde_json::from_slice(&output.stdout)?;
    let cudarc = packages.into_iter().find(|package| package.name == "cudarc");
    let manifest = cudarc.context("the workspace does not depend on cudarc")?.manifest_path;
    Ok(manifest.parent().context("cudarc has no folder")?.to_owned())
}
