//! The window: a course map, and lesson pages beside their stage.
//!
//! A page has prose to the left and the *stage* to the right: the figure as large as it can be, and under it one timeline that is the same everywhere, to scrub, step and play.
//! Everything on the stage comes from `noisebook-lab` and was computed on this machine; a moment not yet computed is an empty box, and what a prediction asks for is hidden until it is committed.
//!
//! What it may know: lessons, data, figures, the lab, and the messages to the process that runs cells.
//! What it does not know: training, sampling, networks, schedules.
//! If you look for how x_t is made, look below.
//!
//! How it is put together:
//! - Functions that draw end in `_ui`. They read state and return `act::Act`s, wishes of the learner; they change nothing but their own drafts.
//! - `page::LessonScreen` and `session::Session` carry wishes out. They draw nothing.
//! - `worker` is the thread on which experiments run. The window never waits for it.
//! - `cells` has the learner's Rust and the one kernel that runs it, a process of its own; a frame takes in a bounded part of what it says.
//! - Colors, sizes and typefaces are in `theme`, words in `assets/i18n/en/app.ftl`; neither stands anywhere else.
//! - Time, seeds and file dialogs come in through [`Surroundings`], so that a test can drive every screen by role and label.
//! - Files that are opened or saved are read and written by `opening`, on a thread of their own.
//! - What a learner leaves behind goes through `profile`: whole files only, and a strange one is set aside.

mod act;
mod answers;
mod app;
mod ask;
mod bench;
mod book;
mod branches;
mod branching;
mod cells;
mod export;
mod figure;
mod gallery;
mod game;
mod grid;
mod highlight;
mod icon;
mod lit;
mod logo;
mod map;
mod mask;
mod math;
mod notebook;
mod numbers;
mod opening;
mod page;
mod present;
mod profile;
mod prompt;
mod prose;
mod race;
mod schedules;
mod search;
mod session;
mod spread;
mod stage;
mod steps;
mod strings;
mod surroundings;
mod theme;
mod tiles;
mod timeline;
mod training;
mod undo;
mod widgets;
mod words;
mod worker;
mod xray;

pub use app::NoisebookApp;
pub use bench::{BenchOptions, BenchReport, bench};
pub use opening::can_open;
pub use surroundings::{Clock, Dialogs, Kernels, Surroundings};

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use candle_core::Device;
use noisebook_data::Store;
use noisebook_kernel::Locations;

/// What the window needs.
#[derive(Clone)]
pub struct AppOptions {
    /// Lessons, data sets and models.
    pub store: Arc<dyn Store>,
    /// Where networks run.
    pub device: Device,
    /// Where the learner's own files live; it is made when there is something to write.
    pub profile_dir: PathBuf,
    /// With what cells of Rust run; nothing of it is touched before the learner runs one.
    pub kernel: Locations,
    /// What draws the window.
    pub renderer: Renderer,
    /// Whether an open lesson is read again when its file changes, for whoever is writing it.
    pub watch: bool,
    /// A file to open at once: a state, a notebook, a lesson.md or a lesson's folder.
    pub open: Option<PathBuf>,
}

/// What draws the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Renderer {
    /// Vulkan, Metal or Direct3D.
    #[default]
    Wgpu,
    /// OpenGL, for old graphics drivers.
    Glow,
}

/// There is no such renderer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no renderer `{0}`; choose wgpu or glow")]
pub struct UnknownRenderer(String);

impl FromStr for Renderer {
    type Err = UnknownRenderer;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "wgpu" => Ok(Self::Wgpu),
            "glow" => Ok(Self::Glow),
            other => Err(UnknownRenderer(other.to_owned())),
        }
    }
}

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct AppError(String);

/// Opens the window and returns when it is closed.
///
/// # Errors
/// When no window can be opened: no display, or no graphics driver that the renderer can use.
pub fn run(options: AppOptions) -> Result<(), AppError> {
    let viewport = egui::ViewportBuilder::default()
        .with_title("Noisebook")
        .with_app_id("noisebook")
        .with_icon(logo::logo())
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([800.0, 600.0]);
    let native = eframe::NativeOptions {
        viewport,
        renderer: match options.renderer {
            Renderer::Wgpu => eframe::Renderer::Wgpu,
            Renderer::Glow => eframe::Renderer::Glow,
        },
        // Text is the same everywhere.
        system_font_fallback: false,
        ..eframe::NativeOptions::default()
    };
    let create = |cc: &eframe::CreationContext<'_>| {
        let surroundings = Surroundings::system(options.kernel.clone());
        let app = NoisebookApp::new(&cc.egui_ctx, options, surroundings)?;
        Ok(Box::new(app) as Box<dyn eframe::App>)
    };
    eframe::run_native("Noisebook", native, Box::new(create)).map_err(|e| AppError(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renderers_have_names() {
        assert_eq!("wgpu".parse(), Ok(Renderer::Wgpu));
        assert_eq!("glow".parse(), Ok(Renderer::Glow));
        let error = "vulkan".parse::<Renderer>().expect_err("no such renderer");
        assert_eq!(error.to_string(), "there is no renderer `vulkan`; choose wgpu or glow");
    }
}
