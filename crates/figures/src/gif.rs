//! GIF animations that loop.
//!
//! Each frame has a palette of its own: exact up to 256 colors, so that gray pictures lose nothing, and by `NeuQuant`
//! (Dekker 1994) beyond.

use crate::FigureError;
use crate::layout::check_sizes;
use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, DynamicImage, Frame, RgbImage};

/// How thoroughly `NeuQuant` looks for a palette, 1 (every pixel) to 30 (every thirtieth).
const QUANTIZER_SPEED: i32 = 4;

/// The frames one after the other, each shown for `delay_ms` milliseconds (GIF counts in hundredths of a second), for
/// ever.
///
/// # Errors
/// When there is no frame, or the frames differ in size.
pub fn gif(frames: &[RgbImage], delay_ms: u32) -> Result<Vec<u8>, FigureError> {
    if frames.is_empty() {
        return Err(FigureError::Empty { what: "a GIF" });
    }
    check_sizes(frames)?;
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, QUANTIZER_SPEED);
    encoder.set_repeat(Repeat::Infinite)?;
    for frame in frames {
        let pixels = DynamicImage::from(frame.clone()).into_rgba8();
        encoder.encode_frame(Frame::from_parts(pixels, 0, 0, Delay::from_numer_denom_ms(delay_ms, 1)))?;
    }
    drop(encoder);
    Ok(bytes)
}

/// As [`gif`], with a comment in the file: a line `name: text` for each text (GIF89a, section 24).
///
/// # Errors
/// As [`gif`].
pub fn gif_with_text(
    frames: &[RgbImage],
    delay_ms: u32,
    texts: &[(String, String)],
) -> Result<Vec<u8>, FigureError> {
    let mut bytes = gif(frames, delay_ms)?;
    let comment: String = texts.iter().map(|(name, text)| format!("{name}: {text}\n")).collect();
    let mut block = COMMENT.to_vec();
    for part in comment.as_bytes().chunks(MAX_BLOCK.into()) {
        block.push(u8::try_from(part.len()).unwrap_or(MAX_BLOCK));
        block.extend(part);
    }
    block.push(0);
    // It may stand between any two blocks; programs look for it before the first picture.
    let place = before_pictures(&bytes);
    bytes.splice(place..place, block);
    Ok(bytes)
}

/// What introduces a comment, and what introduces a program's own block, such as the one that says how often to loop.
const COMMENT: [u8; 2] = [0x21, 0xFE];
const APPLICATION: [u8; 2] = [0x21, 0xFF];
/// A comment is a chain of blocks, each at most this long and led by its length; an empty one ends it.
const MAX_BLOCK: u8 = 255;
/// The length of the signature and of what is said about the whole screen, which come first.
const SCREEN: usize = 13;

/// Where the first block after the colors and the loop begins.
fn before_pictures(bytes: &[u8]) -> usize {
    let packed = bytes.get(10).copied().unwrap_or_default();
    let mut at = SCREEN + color_table_len(packed);
    while bytes.get(at..).is_some_and(|rest| rest.starts_with(&APPLICATION)) {
        at += APPLICATION.len();
        while let Some(len @ 1..) = bytes.get(at).copied() {
            at += 1 + usize::from(len);
        }
        at += 1;
    }
    at.min(bytes.len())
}

/// How many bytes of colors follow, where a byte says whether any do and how many.
fn color_table_len(packed: u8) -> usize {
    if packed & 0x80 == 0 { 0 } else { 3 << ((packed & 7) + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::AnimationDecoder;
    use image::codecs::gif::GifDecoder;
    use std::io::Cursor;

    fn decode(bytes: &[u8]) -> Vec<Frame> {
        GifDecoder::new(Cursor::new(bytes)).unwrap().into_frames().collect_frames().unwrap()
    }

    fn gray(shift: u8) -> RgbImage {
        RgbImage::from_fn(16, 16, |x, y| image::Rgb([(x as u8 * 16 + y as u8).wrapping_add(shift); 3]))
    }

    #[test]
    fn gray_frames_come_back_exactly() {
        let frames = [gray(0), gray(100), gray(200)];
        let decoded = decode(&gif(&frames, 120).unwrap());
        assert_eq!(decoded.len(), 3);
        for (frame, decoded) in frames.iter().zip(decoded) {
            assert_eq!(decoded.delay().numer_denom_ms(), (120, 1));
            assert_eq!(&DynamicImage::from(decoded.into_buffer()).into_rgb8(), frame);
        }
    }

    #[test]
    fn many_colors_come_back_nearly() {
        let frame = RgbImage::from_fn(64, 64, |x, y| image::Rgb([x as u8 * 4, y as u8 * 4, 128]));
        let bytes = gif(std::slice::from_ref(&frame), 50).unwrap();
        let decoded = DynamicImage::from(decode(&bytes).remove(0).into_buffer()).into_rgb8();
        let off: u64 = frame.iter().zip(decoded.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        let mean = off as f64 / frame.len() as f64;
        assert!(mean < 6.0, "off by {mean} levels on average");
    }

    #[test]
    fn it_loops_and_its_bytes_are_always_the_same() {
        let bytes = gif(&[gray(0), gray(1)], 40).unwrap();
        assert!(bytes.windows(11).any(|window| window == b"NETSCAPE2.0"), "it has no loop");
        assert_eq!(bytes, gif(&[gray(0), gray(1)], 40).unwrap());
    }

    /// Walks the file from block to block, as a reader must, and returns its comment.
    fn comment(bytes: &[u8]) -> String {
        let mut at = SCREEN + color_table_len(bytes[10]);
        let mut comment = Vec::new();
        loop {
            let is_comment = bytes[at..].starts_with(&COMMENT);
            at += match bytes[at] {
                0x3B => break,
                0x21 => 2,
                // A picture: its descriptor, its colors, the size of its codes.
                0x2C => 10 + color_table_len(bytes[at + 9]) + 1,
                other => panic!("a block of kind {other} at {at}"),
            };
            while bytes[at] != 0 {
                let end = at + 1 + usize::from(bytes[at]);
                if is_comment {
                    comment.extend(&bytes[at + 1..end]);
                }
                at = end;
            }
            at += 1;
        }
        assert_eq!(at + 1, bytes.len(), "something follows the trailer");
        String::from_utf8(comment).unwrap()
    }

    #[test]
    fn a_comment_of_any_length_comes_back_and_the_pictures_stay() {
        for len in [0, 1, 240, 247, 248, 249, 600] {
            let texts = [("model", "ddpm"), ("note", &"é".repeat(len))].map(|(a, b)| (a.into(), b.into()));
            let bytes = gif_with_text(&[gray(0), gray(9)], 40, &texts).unwrap();
            assert_eq!(comment(&bytes), format!("model: ddpm\nnote: {}\n", "é".repeat(len)));
            assert_eq!(decode(&bytes).len(), 2);
            let place = |part: &[u8]| bytes.windows(part.len()).position(|window| window == part).unwrap();
            assert!(place(b"NETSCAPE2.0") < place(b"model: ddpm"));
            assert!(
                place(b"model: ddpm") < place(&[0x2C, 0, 0, 0, 0, 16, 0, 16, 0]),
                "the picture comes first"
            );
        }
    }

    #[test]
    fn what_cannot_move_is_refused() {
        assert_eq!(gif(&[], 40).unwrap_err().to_string(), "a GIF needs at least one picture, and got none");
        let error = gif(&[gray(0), RgbImage::new(3, 2)], 40).unwrap_err();
        assert_eq!(error.to_string(), "picture 1 is 3×2; it must be 16×16 like the first");
    }
}
