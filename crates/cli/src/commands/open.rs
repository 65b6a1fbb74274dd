//! `noisebook open FILE`: a lesson, a notebook or a state in the window. What cannot be read is refused before a window opens.

use std::path::PathBuf;

use anyhow::bail;

use super::window::{self, WindowArgs, has_display};
use crate::home::Home;

#[derive(Debug, clap::Args)]
pub struct OpenArgs {
    /// A state (.noisebook), a notebook (.ipynb), a lesson.md of the course, or a lesson's folder
    file: PathBuf,
    #[command(flatten)]
    window: WindowArgs,
}

pub fn run(args: &OpenArgs) -> anyhow::Result<()> {
    let home = Home::find()?;
    noisebook_app::can_open(&args.file, &*home.store())?;
    let instead = match args.file.extension() {
        Some(extension) if extension == noisebook_lab::State::EXTENSION => {
            format!("`noisebook replay {} --out DIR` writes its pictures", args.file.display())
        }
        _ => "`noisebook tour` writes every lesson as a page for the browser".to_owned(),
    };
    if !has_display() {
        bail!("there is no display to open a window on; {instead}");
    }
    window::show(&args.window, &home, Some(args.file.clone()))?.or_else(|why| {
        bail!("the window could not be opened ({why}); `--renderer glow` may open it, and {instead}")
    })
}
