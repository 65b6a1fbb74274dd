//! Values in \[−1, 1\] become bytes, and small pictures become large ones.

use image::RgbImage;
use image::imageops::{FilterType, resize};
use ndarray::{ArrayView3, Axis};

/// The pixels of a picture (c, h, w): −1 is black, 1 is full; values beyond are clipped, and what is not a number is
/// black. With fewer than three channels the first one is gray.
#[expect(clippy::needless_pass_by_value, reason = "a view is a reference")]
pub fn rgb(picture: ArrayView3<f32>) -> RgbImage {
    let (channels, height, width) = picture.dim();
    let channel = |nth: usize| if channels < 3 { 0 } else { nth };
    RgbImage::from_fn(width as u32, height as u32, |x, y| {
        let pixel = picture.index_axis(Axis(2), x as usize);
        let pixel = pixel.index_axis(Axis(1), y as usize);
        image::Rgb([0, 1, 2].map(|nth| pixel.get(channel(nth)).map_or(0, |value| byte(*value))))
    })
}

/// Each pixel becomes a square of `multiple` × `multiple` pixels.
pub fn upscale(image: &RgbImage, multiple: u32) -> RgbImage {
    resize(image, image.width() * multiple, image.height() * multiple, FilterType::Nearest)
}

/// −1 → 0, 1 → 255. The cast saturates, and turns NaN into 0.
fn byte(value: f32) -> u8 {
    ((value + 1.0) * 127.5).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array3, array};

    #[test]
    fn the_ends_of_the_range_are_black_and_white() {
        for (value, expected) in
            [(-1.0, 0), (1.0, 255), (0.0, 128), (-7.0, 0), (7.0, 255), (f32::NAN, 0), (f32::INFINITY, 255)]
        {
            assert_eq!(byte(value), expected, "{value}");
        }
    }

    #[test]
    fn every_byte_survives_the_way_to_a_value_and_back() {
        for expected in 0..=255 {
            assert_eq!(byte(f32::from(expected) / 127.5 - 1.0), expected);
        }
    }

    #[test]
    fn channels_rows_and_columns_keep_their_places() {
        let picture = array![[[1.0, -1.0]], [[-1.0, -1.0]], [[-1.0, 1.0]]];
        let image = rgb(picture.view());
        assert_eq!(image.dimensions(), (2, 1));
        assert_eq!(image.into_raw(), [255, 0, 0, 0, 0, 255]);
    }

    #[test]
    fn one_channel_is_gray() {
        assert_eq!(rgb(Array3::from_elem((1, 1, 1), 1.0).view()).into_raw(), [255; 3]);
    }

    #[test]
    fn a_pixel_becomes_a_square() {
        let image = RgbImage::from_fn(2, 1, |x, _| image::Rgb([x as u8; 3]));
        let large = upscale(&image, 3);
        assert_eq!(large.dimensions(), (6, 3));
        assert!(large.enumerate_pixels().all(|(x, _, pixel)| pixel.0 == [u8::from(x >= 3); 3]));
    }
}
