//! Many pictures in one: a grid, a film strip.

use crate::{FigureError, rgb, upscale};
use image::RgbImage;
use image::imageops::replace;
use ndarray::Array3;

/// What is seen between pictures and where there is none.
const BETWEEN: image::Rgb<u8> = image::Rgb([208; 3]);

/// Pictures (c, h, w) in rows of `columns`, each enlarged by the whole number `scale`, `gap` pixels of light gray
/// between them. Cells are as large as the largest picture; no picture gives one gray pixel.
pub fn grid(pictures: &[Array3<f32>], columns: usize, scale: u32, gap: u32) -> RgbImage {
    let images: Vec<_> = pictures.iter().map(|picture| upscale(&rgb(picture.view()), scale)).collect();
    tile(&images, columns, gap)
}

/// Pictures side by side, as [`grid`] with one row.
pub fn strip(pictures: &[Array3<f32>], scale: u32, gap: u32) -> RgbImage {
    grid(pictures, pictures.len(), scale, gap)
}

/// Images in rows of `columns` as they are, `gap` pixels of light gray between them: white pictures would run together on
/// white.
pub fn tile(images: &[RgbImage], columns: usize, gap: u32) -> RgbImage {
    let columns = columns.clamp(1, images.len().max(1));
    let cell_width = images.iter().map(RgbImage::width).max().unwrap_or(1);
    let cell_height = images.iter().map(RgbImage::height).max().unwrap_or(1);
    let num_rows = images.len().div_ceil(columns).max(1);
    let length = |cells: usize, cell: u32| cells as u32 * (cell + gap) - gap;

    let mut sheet = RgbImage::from_pixel(length(columns, cell_width), length(num_rows, cell_height), BETWEEN);
    for (y, row) in images.chunks(columns).enumerate() {
        for (x, image) in row.iter().enumerate() {
            let place = |nth: usize, cell: u32| nth as i64 * i64::from(cell + gap);
            replace(&mut sheet, image, place(x, cell_width), place(y, cell_height));
        }
    }
    sheet
}

/// Refuses frames of different sizes.
pub(crate) fn check_sizes(frames: &[RgbImage]) -> Result<(), FigureError> {
    let Some((first_width, first_height)) = frames.first().map(RgbImage::dimensions) else {
        return Ok(());
    };
    let differs = |(_, frame): &(usize, &RgbImage)| frame.dimensions() != (first_width, first_height);
    match frames.iter().enumerate().find(differs) {
        Some((idx, frame)) => {
            let (width, height) = frame.dimensions();
            Err(FigureError::Size { idx, width, height, first_width, first_height })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(num: usize, columns: usize, scale: u32, gap: u32, size: (u32, u32)) -> RgbImage {
        let pictures = vec![Array3::from_elem((1, 2, 3), -1.0); num];
        let sheet = grid(&pictures, columns, scale, gap);
        assert_eq!(sheet.dimensions(), size);
        sheet
    }

    #[test]
    fn sizes() {
        check(1, 1, 1, 5, (3, 2));
        check(4, 2, 1, 0, (6, 4));
        check(4, 2, 10, 4, (64, 44));
        check(5, 4, 1, 1, (15, 5));
        check(2, 16, 1, 1, (7, 2));
        check(0, 0, 1, 1, (1, 1));
    }

    #[test]
    fn pictures_are_black_here_and_the_rest_is_gray() {
        let sheet = check(3, 2, 1, 1, (7, 5));
        let black = sheet.pixels().filter(|pixel| pixel.0 == [0; 3]).count();
        let gray = sheet.pixels().filter(|pixel| **pixel == BETWEEN).count();
        assert_eq!((black, gray), (3 * 6, 35 - 3 * 6));
        assert_eq!(sheet.get_pixel(3, 0), &BETWEEN, "the gap");
        assert_eq!(sheet.get_pixel(4, 3), &BETWEEN, "the empty place");
    }

    #[test]
    fn a_strip_is_one_row() {
        assert_eq!(strip(&vec![Array3::zeros((3, 4, 4)); 5], 2, 2).dimensions(), (48, 8));
    }
}
