//! Files in and out: a learner's own picture, and figures of what is computed.

use std::path::{Path, PathBuf};

use noisebook_data::{Picture, PictureError, decode_picture};
use noisebook_lab::{Experiment, LabError, View, export};

use crate::profile::write_atomically;

/// What an experiment can be saved as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// The picture of the moment on the stage.
    Moment,
    /// A film strip.
    Png,
    /// The film itself.
    Gif,
    /// The film in all its colors.
    Apng,
    /// One page with a slider.
    Html,
    /// The rates along t, as a plot.
    Rates,
}

impl Format {
    pub const ALL: [Self; 6] = [Self::Moment, Self::Png, Self::Gif, Self::Apng, Self::Html, Self::Rates];

    /// Those that a view has: cells are no film.
    pub fn of(view: View) -> &'static [Self] {
        match view {
            View::Race => &[Self::Moment, Self::Rates],
            View::Grid => &[Self::Moment, Self::Png],
            _ => &Self::ALL,
        }
    }

    pub fn extension(self) -> &'static str {
        match self {
            Self::Moment | Self::Png => "png",
            Self::Rates => "svg",
            Self::Gif => "gif",
            Self::Apng => "apng",
            Self::Html => "html",
        }
    }

    /// The message that names it.
    pub fn message(self, view: View) -> &'static str {
        match self {
            Self::Moment if view == View::Race => "export-race-cell",
            Self::Rates if view == View::Race => "export-race",
            Self::Moment if view == View::Grid => "export-grid-cell",
            Self::Png if view == View::Grid => "export-grid",
            Self::Moment => "export-moment",
            Self::Rates => "export-rates",
            Self::Png => "export-png",
            Self::Gif => "export-gif",
            Self::Apng => "export-apng",
            Self::Html => "export-html",
        }
    }
}

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error(transparent)]
    Lab(#[from] LabError),
    #[error(transparent)]
    Picture(#[from] PictureError),
    #[error(
        "{name} is {megabytes} MB; a file of at most {MAX_MEGABYTES} MB can be opened. Save it smaller and try again."
    )]
    TooLarge { name: String, megabytes: u64 },
    #[error("{name} could not be read: {why}.")]
    Unreadable { name: String, why: std::io::Error },
    #[error("{name} has no picture in it. Choose a folder with PNG, JPEG, WebP or GIF pictures.")]
    NoPictures { name: String },
    #[error("{path} could not be written: {why}. Choose another place, or make room.")]
    Unwritable { path: PathBuf, why: std::io::Error },
}

/// Larger files are not even read.
const MAX_MEGABYTES: u64 = 200;

/// Moments in a strip, in a film and in a page with a slider.
const STRIP_MOMENTS: usize = 11;
const FILM_MOMENTS: usize = 60;
const PAGE_MOMENTS: usize = 51;
/// How long a frame of the film stays, in milliseconds.
const FILM_DELAY: u32 = 80;

/// Writes the moments computed so far, or the one with index `idx`, to `path`, whole or not at all.
pub(crate) fn write(
    experiment: &mut dyn Experiment,
    format: Format,
    idx: usize,
    path: &Path,
) -> Result<(), FileError> {
    let view = experiment.spec().view;
    let pictures: &[&str] = match view {
        View::Noising => &["x0", "x_t"],
        View::Schedules => &["x_t"],
        View::Training | View::Game => &["samples"],
        View::Gallery => &["picture"],
        _ => &["x_t", "pred_x0"],
    };
    let shown = match view {
        View::Training | View::Game => "samples",
        View::Gallery => "picture",
        _ => "x_t",
    };
    let bytes = match format {
        Format::Moment if view.is_of_cells() => export::moment_png(experiment, idx, "finished")?,
        Format::Moment => export::moment_png(experiment, idx, shown)?,
        Format::Rates if view == View::Race => export::race_svg(experiment)?.into_bytes(),
        Format::Rates => export::rates_svg(experiment)?.into_bytes(),
        Format::Png if view == View::Grid => export::grid_png(experiment)?,
        Format::Png => export::strip_png(experiment, shown, STRIP_MOMENTS)?,
        Format::Gif => export::animation_gif(experiment, shown, FILM_MOMENTS, FILM_DELAY)?,
        Format::Apng => export::animation_apng(experiment, shown, FILM_MOMENTS, FILM_DELAY)?,
        Format::Html => export::slider_html(experiment, pictures, PAGE_MOMENTS)?.into_bytes(),
    };
    write_atomically(path, &bytes).map_err(|why| FileError::Unwritable { path: path.to_owned(), why })
}

/// A learner's own picture at `size` pixels a side, and what its file is called.
pub(crate) fn read_picture(path: &Path, size: usize) -> Result<(String, Picture), FileError> {
    let (name, bytes) = read_file(path)?;
    let picture = decode_picture(&bytes, &name, size)?;
    Ok((name, picture))
}

/// What a learner's file is called, and its bytes.
pub(crate) fn read_file(path: &Path) -> Result<(String, Vec<u8>), FileError> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let unreadable = |why| FileError::Unreadable { name: name.clone(), why };
    let found = std::fs::metadata(path).map_err(unreadable)?;
    if !found.is_file() {
        // A device may never end.
        return Err(unreadable(std::io::Error::other("it is not a file")));
    }
    let megabytes = found.len().div_ceil(1 << 20);
    if megabytes > MAX_MEGABYTES {
        return Err(FileError::TooLarge { name, megabytes });
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    Ok((name, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_picture_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notes.txt");
        std::fs::write(&path, "no picture").expect("written");
        let error = read_picture(&path, 32).expect_err("an error").to_string();
        assert!(error.contains("notes.txt"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_not_read() {
        let error = read_picture(Path::new("/dev/zero"), 32).expect_err("an error").to_string();
        assert!(error.contains("zero could not be read: it is not a file"), "{error}");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = read_picture(Path::new("nowhere/photo.png"), 32).expect_err("an error").to_string();
        assert!(error.contains("photo.png"), "{error}");
    }
}
