//! A picture of a notebook, small enough for git.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ImageFormat, imageops};

/// The only kind of picture that is kept.
pub const MIME: &str = "image/png";

/// By how much a side shrinks at most in one go, and the least it shrinks.
const SHRINK: (f64, f64) = (0.5, 0.9);

/// The PNG file in at most `max_bytes`, both as base64: as it is where it fits, and else with fewer pixels.
/// None where it is no PNG, or so small already that nothing would be left of it.
pub fn shrunk(base64: &str, max_bytes: usize) -> Option<String> {
    // Jupyter may have broken it into lines.
    let base64: String = base64.split_whitespace().collect();
    let mut file = STANDARD.decode(&base64).ok()?;
    let mut picture = image::load_from_memory_with_format(&file, ImageFormat::Png).ok()?;
    while file.len() > max_bytes {
        // The file grows with the square of a side, or slower.
        let ratio = (max_bytes as f64 / file.len() as f64).sqrt().clamp(SHRINK.0, SHRINK.1);
        let side = |pixels: u32| (f64::from(pixels) * ratio).floor() as u32;
        let (width, height) = (side(picture.width()), side(picture.height()));
        if width == 0 || height == 0 {
            return None;
        }
        picture = picture.resize_exact(width, height, imageops::FilterType::Triangle);
        file = png(&picture)?;
    }
    Some(STANDARD.encode(file))
}

fn png(picture: &DynamicImage) -> Option<Vec<u8>> {
    let mut file = Cursor::new(Vec::new());
    let encoder = PngEncoder::new_with_quality(&mut file, CompressionType::Best, FilterType::Adaptive);
    picture.write_with_encoder(encoder).ok()?;
    Some(file.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(side: u32) -> String {
        let mut state = 1_u32;
        let picture = image::RgbImage::from_fn(side, side, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            image::Rgb([(state >> 8) as u8, (state >> 16) as u8, (state >> 24) as u8])
        });
        STANDARD.encode(png(&picture.into()).unwrap())
    }

    #[test]
    fn a_picture_that_fits_stays_as_it_is() {
        let file = noise(16);
        assert_eq!(shrunk(&file, 40_000), Some(file.clone()));
        // In lines, as Jupyter may write it.
        let (start, end) = file.split_at(76);
        assert_eq!(shrunk(&format!("{start}\n{end}\n"), 40_000), Some(file));
    }

    #[test]
    fn a_large_one_gets_fewer_pixels_and_then_stays() {
        let file = noise(256);
        let small = shrunk(&file, 20_000).unwrap();
        let bytes = STANDARD.decode(&small).unwrap();
        assert!((8_000..=20_000).contains(&bytes.len()), "{}", bytes.len());
        let picture = image::load_from_memory(&bytes).unwrap();
        assert!(picture.width() > 48 && picture.width() == picture.height(), "{}", picture.width());
        assert_eq!(shrunk(&small, 20_000), Some(small));
    }

    #[test]
    fn what_is_no_picture_is_not_kept() {
        assert_eq!(shrunk("bm8gcGljdHVyZQ==", 40_000), None);
        assert_eq!(shrunk("?", 40_000), None);
        assert_eq!(shrunk(&noise(4), 10), None);
    }
}
