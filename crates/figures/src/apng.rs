//! APNG animations that loop: a PNG with further frames, and its exact colors.
//!
//! A program that knows PNG only shows the first frame. Unlike GIF it keeps every color and says how long each frame
//! stays, to the millisecond.

use crate::layout::check_sizes;
use crate::{FigureError, png::encoder};
use image::RgbImage;

/// The frames one after the other, each shown for `delay_ms` milliseconds and the last for `last_ms`, for ever. The
/// texts are as in [`png_with_text`](crate::png_with_text).
///
/// # Errors
/// When there is no frame, the frames differ in size, or a name is not 1 to 79 Latin-1 characters.
pub fn apng_with_text(
    frames: &[RgbImage],
    delay_ms: u32,
    last_ms: u32,
    texts: &[(String, String)],
) -> Result<Vec<u8>, FigureError> {
    let Some((last, before)) = frames.split_last() else {
        return Err(FigureError::Empty { what: "an animation" });
    };
    check_sizes(frames)?;
    let mut bytes = Vec::new();
    let mut encoder = encoder(&mut bytes, last, texts)?;
    encoder.set_animated(frames.len() as u32, FOREVER)?;
    encoder.validate_sequence(true);
    let mut writer = encoder.write_header()?;
    let delay = |ms: u32| u16::try_from(ms).unwrap_or(u16::MAX);
    writer.set_frame_delay(delay(delay_ms), PER_SECOND)?;
    for frame in before {
        writer.write_image_data(frame)?;
    }
    writer.set_frame_delay(delay(last_ms), PER_SECOND)?;
    writer.write_image_data(last)?;
    writer.finish()?;
    Ok(bytes)
}

/// The number of rounds that stands for no end.
const FOREVER: u32 = 0;
/// Delays are fractions of a second; ours count milliseconds.
const PER_SECOND: u16 = 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn frame(shift: u8) -> RgbImage {
        RgbImage::from_fn(6, 4, |x, y| image::Rgb([x as u8 * 40, y as u8 * 60, shift]))
    }

    fn frames() -> Vec<RgbImage> {
        [0, 90, 180].map(frame).into()
    }

    fn texts() -> Vec<(String, String)> {
        [("seed", "4"), ("formula", "√ᾱ·x0")].map(|(a, b)| (a.into(), b.into())).into()
    }

    #[test]
    fn every_frame_comes_back_exactly_with_its_delay() {
        let bytes = apng_with_text(&frames(), 80, 1500, &texts()).unwrap();
        let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().unwrap();
        let control = reader.info().animation_control.unwrap();
        assert_eq!((control.num_frames, control.num_plays), (3, FOREVER));
        for (expected, delay) in frames().iter().zip([80, 80, 1500]) {
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            reader.next_frame(&mut pixels).unwrap();
            assert_eq!(&pixels, expected.as_raw());
            let frame = reader.info().frame_control.unwrap();
            assert_eq!((frame.delay_num, frame.delay_den), (delay, 1000));
        }
        assert!(reader.next_frame(&mut [0; 72]).is_err(), "there is a fourth frame");
    }

    #[test]
    fn texts_can_be_read_back_and_the_first_frame_is_a_png() {
        let bytes = apng_with_text(&frames(), 80, 80, &texts()).unwrap();
        let reader = png::Decoder::new(Cursor::new(&bytes)).read_info().unwrap();
        assert_eq!(reader.info().uncompressed_latin1_text[0].text, "4");
        assert_eq!(reader.info().utf8_text[0].get_text().unwrap(), "√ᾱ·x0");
        assert_eq!(image::load_from_memory(&bytes).unwrap().into_rgb8(), frame(0));
        assert_eq!(bytes, apng_with_text(&frames(), 80, 80, &texts()).unwrap());
    }

    #[test]
    fn one_frame_stays() {
        let bytes = apng_with_text(&[frame(7)], 80, 1500, &[]).unwrap();
        let reader = png::Decoder::new(Cursor::new(&bytes)).read_info().unwrap();
        assert_eq!(reader.info().frame_control.unwrap().delay_num, 1500);
    }

    #[test]
    fn what_cannot_move_is_refused() {
        let error = apng_with_text(&[], 80, 80, &[]).unwrap_err();
        assert_eq!(error.to_string(), "an animation needs at least one picture, and got none");
        let error = apng_with_text(&[frame(0), RgbImage::new(3, 2)], 80, 80, &[]).unwrap_err();
        assert_eq!(error.to_string(), "picture 1 is 3×2; it must be 6×4 like the first");
    }
}
