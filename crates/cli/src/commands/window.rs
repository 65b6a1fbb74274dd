//! `noisebook` alone: the window, or the tour where there is no display to open one on.

use std::path::PathBuf;

use anyhow::Context as _;
use directories::ProjectDirs;
use noisebook_app::{AppOptions, Renderer};
use noisebook_kernel::Locations;
use noisebook_ops::device;

use super::tour;
use crate::arguments::DeviceArgs;
use crate::home::Home;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct WindowArgs {
    /// What draws the window: wgpu, or glow where graphics drivers are old
    #[arg(long, value_name = "NAME", default_value = "wgpu")]
    renderer: Renderer,
    #[command(flatten)]
    device: DeviceArgs,
}

pub fn run(args: &WindowArgs) -> anyhow::Result<()> {
    if !has_display() {
        output::text("There is no display to open a window on, so here is the tour.\n")?;
        return tour(args);
    }
    let home = Home::find()?;
    // A display that is named and not there, or a driver that draws nothing.
    show(args, &home, None)?.or_else(|why| {
        output::text(&format!(
            "The window could not be opened ({why}), so here is the tour; `noisebook --renderer glow` may open it.\n"
        ))?;
        tour(args)
    })
}

/// Opens the window, with a file if there is one, and returns when it is closed; inside, why it could not be opened.
///
/// # Errors
/// When the window cannot even be tried: there is no such device, or no place for the learner's files.
pub fn show(args: &WindowArgs, home: &Home, open: Option<PathBuf>) -> anyhow::Result<Result<(), String>> {
    let device = device(&args.device.device)?;
    let opened = noisebook_app::run(AppOptions {
        store: home.store(),
        kernel: kernel(home, &device)?,
        device,
        profile_dir: profile_dir()?,
        renderer: args.renderer,
        // In a checkout somebody may be writing a lesson.
        watch: home.root().join("crates").is_dir(),
        open,
    });
    Ok(opened.map_err(|error| {
        let error = error.to_string();
        // What comes before is where in somebody's source it happened.
        error.rsplit(": ").next().unwrap_or(&error).to_owned()
    }))
}

/// With what the window runs cells of Rust: on the processor, or on the device that the rest of the window uses.
pub fn kernel(home: &Home, device: &candle_core::Device) -> anyhow::Result<Locations> {
    use noisebook_kernel::setup::Device;
    let device = match device {
        candle_core::Device::Cpu => Device::Cpu,
        candle_core::Device::Cuda(_) => Device::Cuda,
        candle_core::Device::Metal(_) => Device::Metal,
    };
    Ok(Locations::new(home.root().to_owned(), device)?)
}

fn tour(args: &WindowArgs) -> anyhow::Result<()> {
    tour::run(&tour::TourArgs { out: PathBuf::from(tour::FOLDER), lesson: None, device: args.device.clone() })
}

/// Where the learner's own files live.
///
/// # Errors
/// When the system names no home folder for the user.
pub fn profile_dir() -> anyhow::Result<PathBuf> {
    let dirs = ProjectDirs::from("", "", "Noisebook")
        .context("this user has no home folder to keep progress in; set HOME")?;
    Ok(dirs.data_dir().to_path_buf())
}

/// Whether there is a screen. macOS and Windows always have one; elsewhere X11 and Wayland each
/// name theirs in the environment.
pub fn has_display() -> bool {
    cfg!(any(target_os = "macos", target_os = "windows"))
        || ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}
