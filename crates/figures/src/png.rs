//! PNG, with text that says where the picture comes from.

use crate::FigureError;
use image::RgbImage;
use png::{BitDepth, ColorType, Encoder};
use std::io::Write;

/// The picture as a PNG file.
pub fn png(image: &RgbImage) -> Result<Vec<u8>, FigureError> {
    png_with_text(image, &[])
}

/// The picture as a PNG file that carries names and texts (`seed`, `model`, …): tEXt chunks, or iTXt where a text is
/// not plain ASCII.
///
/// # Errors
/// When a name is not 1 to 79 Latin-1 characters.
pub fn png_with_text(image: &RgbImage, texts: &[(String, String)]) -> Result<Vec<u8>, FigureError> {
    let mut bytes = Vec::new();
    let mut writer = encoder(&mut bytes, image, texts)?.write_header()?;
    writer.write_image_data(image)?;
    writer.finish()?;
    Ok(bytes)
}

/// An encoder of 8-bit RGB pictures of this one's size, with these texts.
pub(crate) fn encoder<'a, W: Write>(
    to: W,
    image: &RgbImage,
    texts: &[(String, String)],
) -> Result<Encoder<'a, W>, FigureError> {
    let mut encoder = Encoder::new(to, image.width(), image.height());
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    for (name, text) in texts {
        if text.is_ascii() {
            encoder.add_text_chunk(name.clone(), text.clone())?;
        } else {
            encoder.add_itxt_chunk(name.clone(), text.clone())?;
        }
    }
    Ok(encoder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn picture() -> RgbImage {
        RgbImage::from_fn(5, 3, |x, y| image::Rgb([x as u8 * 50, y as u8 * 80, 7]))
    }

    fn texts() -> Vec<(String, String)> {
        [("seed", "4"), ("model", "ddpm-digits"), ("formula", "√ᾱ·x0")]
            .map(|(a, b)| (a.into(), b.into()))
            .into()
    }

    #[test]
    fn what_is_encoded_decodes_to_the_same_pixels() {
        for bytes in [png(&picture()).unwrap(), png_with_text(&picture(), &texts()).unwrap()] {
            assert_eq!(image::load_from_memory(&bytes).unwrap().into_rgb8(), picture());
        }
    }

    #[test]
    fn texts_can_be_read_back() {
        let bytes = png_with_text(&picture(), &texts()).unwrap();
        let reader = png::Decoder::new(Cursor::new(bytes)).read_info().unwrap();
        let info = reader.info();
        let plain: Vec<_> = info
            .uncompressed_latin1_text
            .iter()
            .map(|chunk| (chunk.keyword.clone(), chunk.text.clone()))
            .collect();
        assert_eq!(plain, texts()[..2]);
        assert_eq!(info.utf8_text[0].get_text().unwrap(), "√ᾱ·x0");
    }

    #[test]
    fn a_name_without_letters_is_refused() {
        let error = png_with_text(&picture(), &[(String::new(), "4".to_owned())]).unwrap_err();
        assert!(error.to_string().starts_with("the PNG cannot be written: "), "{error}");
    }

    #[test]
    fn the_same_picture_gives_the_same_bytes() {
        assert_eq!(
            png_with_text(&picture(), &texts()).unwrap(),
            png_with_text(&picture(), &texts()).unwrap()
        );
    }
}
