//! Pictures side by side: one, several, or a row with labels.

use candle_core::{DType, Device, Tensor};
use ndarray::{Array4, s};
use noisebook_data::Picture;
use noisebook_figures::{RgbImage, grid, html_figures, png, rgb, tile, upscale};

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

/// Pictures in a row, each with a label under it: `row([("x0", &x0), ("x_t", &x_t)])`.
pub fn row<S: Into<String>, P: Pictured>(pictures: impl IntoIterator<Item = (S, P)>) -> Row {
    let cell = |(label, picture): (S, P)| (label.into(), picture.pictured());
    Row { cells: pictures.into_iter().map(cell).collect() }
}

/// Pictures with labels, side by side.
#[derive(Debug)]
pub struct Row {
    cells: Vec<(String, Result<Picture>)>,
}

/// What is a picture, or can be made one.
pub trait Pictured {
    /// The picture, (c, h, w); several become one, in a grid with gaps of a pixel.
    ///
    /// # Errors
    /// When it has other axes or channels than pictures have.
    fn pictured(&self) -> Result<Picture>;
}

impl Pictured for Picture {
    fn pictured(&self) -> Result<Picture> {
        Ok(self.clone())
    }
}

/// A batch (b, c, h, w), or one picture (c, h, w).
impl Pictured for Tensor {
    fn pictured(&self) -> Result<Picture> {
        together(&pictures(self)?)
    }
}

impl Pictured for Vec<Picture> {
    fn pictured(&self) -> Result<Picture> {
        together(self)
    }
}

impl<P: Pictured + ?Sized> Pictured for &P {
    fn pictured(&self) -> Result<Picture> {
        (**self).pictured()
    }
}

/// One picture of several of the same shape, in a grid that is nearly square.
fn together(pictures: &[Picture]) -> Result<Picture> {
    let [first, rest @ ..] = pictures else {
        return Err(Error::Wrong("there is no picture to show".to_owned()));
    };
    if rest.is_empty() {
        return Ok(first.clone());
    }
    if rest.iter().any(|picture| picture.dim() != first.dim()) {
        return Err(Error::Wrong("pictures of one grid have one size; show these in a row".to_owned()));
    }
    let (channels, height, width) = first.dim();
    let columns = columns_of(pictures.len());
    let rows = pictures.len().div_ceil(columns);
    let size = (channels, rows * (height + 1) - 1, columns * (width + 1) - 1);
    let mut sheet = Picture::from_elem(size, 1.0);
    for (idx, picture) in pictures.iter().enumerate() {
        let (y, x) = (idx.div_euclid(columns) * (height + 1), idx.rem_euclid(columns) * (width + 1));
        sheet.slice_mut(s![.., y..y + height, x..x + width]).assign(picture);
    }
    Ok(sheet)
}

/// How many pictures stand side by side: up to five in one row, more in a square.
fn columns_of(num: usize) -> usize {
    if num <= 5 { num } else { (num as f64).sqrt().ceil() as usize }
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
    let columns = columns_of(seen.len());
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
        let mut cells: Vec<(&str, &Picture)> = Vec::new();
        for (label, picture) in &self.cells {
            match picture {
                Ok(picture) => cells.push((label, picture)),
                Err(error) => return Err(Error::Wrong(format!("{label}: {error}"))),
            }
        }
        let Some((_, first)) = cells.first() else {
            return Ok(Shown::text("No pictures."));
        };
        let scale = multiple(cells.iter().map(|(_, picture)| *picture), SMALL);
        let images: Vec<RgbImage> =
            cells.iter().map(|(_, picture)| upscale(&rgb(picture.view()), scale)).collect();
        let labels: Vec<String> = cells.iter().map(|(label, _)| (*label).to_owned()).collect();
        let words = format!("From left to right: {}. The first: {}.", list(&labels), description(first));
        let shown = Shown::text(words).with_png(&png(&tile(&images, images.len(), GAP))?);
        match viewer {
            Viewer::Window => Ok(shown),
            Viewer::Jupyter => {
                let figures: Vec<_> = labels.iter().map(String::as_str).zip(&images).collect();
                Ok(shown.with("text/html", html_figures(&figures)?))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn gray(side: usize, value: f32) -> Picture {
        Picture::from_elem((1, side, side), value)
    }

    /// Width and height that the PNG's header says.
    fn png_size(shown: &Shown) -> (u32, u32) {
        use base64::Engine;
        let png =
            base64::engine::general_purpose::STANDARD.decode(shown.content("image/png").unwrap()).unwrap();
        let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        assert_eq!(&png[12..16], b"IHDR");
        (number(16), number(20))
    }

    #[test]
    fn pictures_grow_by_whole_multiples_until_they_are_large_enough() {
        let check = |side: usize, expected: u32| {
            assert_eq!(png_size(&gray(side, 0.0).show()), (expected, expected), "{side}");
        };
        check(32, 192);
        check(28, 196);
        check(100, 200);
        check(192, 192);
        check(256, 256);
    }

    #[test]
    fn several_stand_in_rows() {
        let check = |num: usize, columns: u32, rows: u32| {
            let shown = vec![gray(32, 0.0); num].show();
            assert_eq!(
                png_size(&shown),
                (columns * 96 + (columns - 1) * 6, rows * 96 + (rows - 1) * 6),
                "{num}"
            );
        };
        check(2, 2, 1);
        check(5, 5, 1);
        check(12, 4, 3);
        check(16, 4, 4);
        assert_eq!(png_size(&[gray(32, 0.0)].show()), (192, 192));
        assert_eq!(Vec::<Picture>::new().show().words(), "No pictures.");
        assert!(vec![gray(32, 0.0); 150].show().words().starts_with("100 of 150 pictures in 10 rows of 10"));
    }

    #[test]
    fn a_row_says_its_labels() {
        let cells = row([("t = 0", gray(32, -1.0)), ("t = 500", gray(32, 0.5))]);
        let shown = cells.shown(Viewer::Jupyter).unwrap();
        assert_eq!(png_size(&shown), (2 * 96 + 6, 96));
        assert_eq!(
            shown.words(),
            "From left to right: t = 0 and t = 500. The first: 32×32 pixels, gray, values from −1 to −1."
        );
        assert_eq!(shown.content("text/html").unwrap().matches("<figcaption").count(), 2);
        assert_eq!(cells.shown(Viewer::Window).unwrap().content("text/html"), None);
    }

    #[test]
    fn a_batch_is_pictures_and_other_tensors_are_numbers() {
        let batch = Tensor::arange(0_f32, 2.0 * 12.0, &Device::Cpu).unwrap().reshape((2, 1, 3, 4)).unwrap();
        let found = pictures(&batch).unwrap();
        assert_eq!((found.len(), found[1].dim(), found[1][[0, 2, 3]]), (2, (1, 3, 4), 23.0));
        assert!(batch.show().content("image/png").is_some());
        let sheet = batch.pictured().unwrap();
        assert_eq!((sheet.dim(), sheet[[0, 0, 4]], sheet[[0, 2, 8]]), ((1, 3, 9), 1.0, 23.0));
        let numbers = Tensor::new(&[1.5_f32, 2.5], &Device::Cpu).unwrap();
        assert!(numbers.show().words().contains("1.5"), "{}", numbers.show().words());
        let error = row([("x", &numbers)]).show();
        assert!(error.words().starts_with("There is nothing to show: x: "), "{}", error.words());
    }

    #[test]
    fn a_result_is_its_value_or_its_sentence() {
        assert_eq!(Ok::<_, Error>(gray(32, 0.0)).show(), gray(32, 0.0).show());
        let error = crate::picture("emoji/noto/turtel").show();
        assert!(error.words().contains("emoji/noto/turtel"), "{}", error.words());
    }
}
