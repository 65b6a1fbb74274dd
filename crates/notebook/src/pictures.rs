//! Pictures side by side: one, several, or a row with labels.

use candle_core::{DType, Device, Tensor};
use ndarray::Array4;
use noisebook_data::Picture;
use noisebook_figures::{RgbImage, grid, png, rgb, tile, upscale};

use crate::show::{Viewer, or_error};
use crate::words::{list, number};
use crate::{Error, Result, Show, Shown};

/// The side that a picture of its own has at least, in pixels.
const LARGE: usize = 192;
/// The side that a picture has at least among others, in pixels.
const SMALL: usize = 96;
/// Pixels of white between pictures.
const GAP: u32 = 6;
/// The most pictures of a grid; a batch may have thousands.
const MOST: usize = 100;

/// Pictures in a row, each with a label under it: `row([("t = 0", x0), ("t = 500", x_t)])`.
pub fn row<S: Into<String>>(pictures: impl IntoIterator<Item = (S, Picture)>) -> Row {
    Row { cells: pictures.into_iter().map(|(label, picture)| (label.into(), picture)).collect() }
}

/// Pictures with labels, side by side.
#[derive(Clone, Debug)]
pub struct Row {
    cells: Vec<(String, Picture)>,
}

/// The pictures of a batch.
///
/// # Shapes
/// `batch`: `(b, c, h, w)` or `(c, h, w)` with c = 1 or 3, of any float type. The result: one picture `(c, h, w)` a sample.
///
/// # Errors
/// When it has other axes or channels.
pub fn pictures(batch: &Tensor) -> Result<Vec<Picture>> {
    let batch = if batch.rank() == 3 { batch.unsqueeze(0)? } else { batch.clone() };
    let (b, c, h, w) = batch.dims4()?;
    if !matches!(c, 1 | 3) {
        return Err(Error::Wrong(format!("pictures have 1 or 3 channels, and this tensor has {c}")));
    }
    let values: Vec<f32> = batch.to_dtype(DType::F32)?.to_device(&Device::Cpu)?.flatten_all()?.to_vec1()?;
    let batch =
        Array4::from_shape_vec((b, c, h, w), values).map_err(|error| Error::Wrong(error.to_string()))?;
    Ok(batch.outer_iter().map(|picture| picture.to_owned()).collect())
}

/// How many times the largest of the pictures must grow so that its longer side is `side` pixels at least.
fn multiple<'a>(pictures: impl IntoIterator<Item = &'a Picture>, side: usize) -> u32 {
    let sides = pictures.into_iter().map(|picture| picture.dim().1.max(picture.dim().2));
    side.div_ceil(sides.max().unwrap_or(side).max(1)) as u32
}

/// "32×32 pixels, in color, values from −1 to 0.98"
fn description(picture: &Picture) -> String {
    let (channels, height, width) = picture.dim();
    let color = if channels < 3 { "gray" } else { "in color" };
    let values = picture.iter().copied().map(f64::from);
    let (min, max) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), value| (min.min(value), max.max(value)));
    format!("{width}×{height} pixels, {color}, values from {} to {}", number(min), number(max))
}

fn one(picture: &Picture) -> Result<Shown> {
    let image = upscale(&rgb(picture.view()), multiple([picture], LARGE));
    Ok(Shown::text(format!("A picture: {}.", description(picture))).with_png(&png(&image)?))
}

fn several(pictures: &[Picture]) -> Result<Shown> {
    let [first, _, ..] = pictures else {
        return pictures.first().map_or_else(|| Ok(Shown::text("No pictures.")), one);
    };
    let seen = pictures.get(..MOST).unwrap_or(pictures);
    let columns = if seen.len() <= 5 { seen.len() } else { (seen.len() as f64).sqrt().ceil() as usize };
    let rows = seen.len().div_ceil(columns);
    let image = grid(seen, columns, multiple(seen, SMALL), GAP);
    let of = if seen.len() < pictures.len() { format!(" of {}", pictures.len()) } else { String::new() };
    let words = format!(
        "{}{of} pictures in {rows} rows of {columns}; the first: {}.",
        seen.len(),
        description(first)
    );
    Ok(Shown::text(words).with_png(&png(&image)?))
}

impl Row {
    fn shown(&self, viewer: Viewer) -> Result<Shown> {
        let scale = multiple(self.cells.iter().map(|(_, picture)| picture), SMALL);
        let images: Vec<RgbImage> =
            self.cells.iter().map(|(_, picture)| upscale(&rgb(picture.view()), scale)).collect();
        let labels: Vec<String> = self.cells.iter().map(|(label, _)| label.clone()).collect();
        let Some((_, first)) = self.cells.first() else {
            return Ok(Shown::text("No pictures."));
        };
        let words = format!("From left to right: {}. The first: {}.", list(&labels), description(first));
        let shown = Shown::text(words).with_png(&png(&tile(&images, images.len(), GAP))?);
        match viewer {
            Viewer::Window => Ok(shown),
            Viewer::Jupyter => {
                let figures = noisebook_figures::html_figures(
                    &labels.iter().map(String::as_str).zip(&images).collect::<Vec<_>>(),
                )?;
                Ok(shown.with("text/html", figures))
            }
        }
    }
}

impl Show for Picture {
    fn show(&self) -> Shown {
        or_error(one(self))
    }
}

impl Show for [Picture] {
    fn show(&self) -> Shown {
        or_error(several(self))
    }
}

impl Show for Vec<Picture> {
    fn show(&self) -> Shown {
        self.as_slice().show()
    }
}

impl<const N: usize> Show for [Picture; N] {
    fn show(&self) -> Shown {
        self.as_slice().show()
    }
}

impl Show for Row {
    fn show(&self) -> Shown {
        or_error(self.shown(Viewer::here()))
    }
}

/// A batch of pictures as pictures, any other tensor as its numbers.
impl Show for Tensor {
    fn show(&self) -> Shown {
        match pictures(self) {
            Ok(pictures) => pictures.show(),
            Err(_) => Shown::text(self.to_string()),
        }
    }
}
