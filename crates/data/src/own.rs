//! A learner's own picture, from bytes that nobody vouches for.
//!
//! A few hundred bytes can claim to be a picture of a hundred gigabytes, so what a file *says* it is
//! gets measured before anything is decoded, and the decoder may not allocate more than what was
//! agreed to. What comes out is always the same: red, green and blue, square, on white.

use std::io::Cursor;

use image::imageops::{self, FilterType};
use image::metadata::Orientation;
use image::{DynamicImage, GenericImageView, ImageDecoder, ImageError, ImageFormat, ImageReader};
use image::{Limits, Rgb, RgbImage};

use crate::{Picture, value_from_byte};

/// Longest side that is decoded, in pixels: half as much again as the largest phone panorama.
const MAX_SIDE: u32 = 20_000;

/// Most pixels that are decoded: as many as the largest common cameras have.
const MAX_PIXELS: u64 = 100_000_000;

/// Most bytes of decoded pixels: [`MAX_PIXELS`] with alpha at eight bits a channel, and some room.
const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// Largest side that a picture is resized to.
const MAX_SIZE: usize = 4_096;

/// Why a learner's picture could not be taken. Each sentence names the picture and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// Not a byte.
    #[error("{name} is empty. Choose a PNG, JPEG, WebP or GIF picture.")]
    Empty {
        /// The picture.
        name: String,
    },
    /// None of the four formats.
    #[error("{name} is not a PNG, JPEG, WebP or GIF picture. Save it as one of these and try again.")]
    UnknownFormat {
        /// The picture.
        name: String,
    },
    /// More than is decoded here.
    #[error(
        "{name} is {width} × {height} pixels; at most {MAX_SIDE} a side and {} million in all can be opened. Make it smaller and try again.",
        MAX_PIXELS.div_euclid(1_000_000)
    )]
    TooLarge {
        /// The picture.
        name: String,
        /// Width in pixels that the file claims.
        width: u32,
        /// Height in pixels that the file claims.
        height: u32,
    },
    /// Few enough pixels, and too many bytes for them.
    #[error(
        "{name} would take more than {} MB of memory to open. Make it smaller, or save it with 8 bits a channel, and try again.",
        MAX_BYTES.div_euclid(1_000_000)
    )]
    TooHeavy {
        /// The picture.
        name: String,
    },
    /// It starts well and is cut off, or contradicts itself.
    #[error("{name} is a broken or incomplete {format} picture ({why}). Fetch or save it again.")]
    Broken {
        /// The picture.
        name: String,
        /// "PNG", "JPEG", "WebP" or "GIF".
        format: &'static str,
        /// What the decoder said.
        why: String,
    },
    /// Nothing can be resized to that.
    #[error("{name} cannot be made {size} × {size} pixels. Choose a size from 1 to {MAX_SIZE}.")]
    Size {
        /// The picture.
        name: String,
        /// The side that was asked for, in pixels.
        size: usize,
    },
}

/// A PNG, JPEG, WebP or GIF (its first frame) as a picture `(3, size, size)`, gray ones too.
///
/// It is turned as its EXIF says, laid on white where it is transparent, cropped to the square in
/// its middle, and resized by a cubic filter (Catmull–Rom) that widens as the picture shrinks, so
/// that every pixel of it counts. `name` is what errors call it.
///
/// # Errors
/// If it is empty, of another format, broken or cut off; larger than 20,000 pixels a side or 100
/// million in all, which is known before decoding; or if `size` is not in 1…4096.
pub fn decode_picture(bytes: &[u8], name: &str, size: usize) -> Result<Picture, PictureError> {
    let side = u32::try_from(size).ok().filter(|_| (1..=MAX_SIZE).contains(&size));
    let side = side.ok_or_else(|| PictureError::Size { name: name.to_owned(), size })?;
    let square = decode_square(bytes, name)?;
    let pixels = imageops::resize(&square, side, side, FilterType::CatmullRom);
    Ok(Picture::from_shape_fn((3, size, size), |(c, y, x)| {
        // x and y are below `side`, which is a u32.
        value_from_byte(pixels.get_pixel(x as u32, y as u32)[c])
    }))
}

/// The square in the picture's middle, on white and upright, in its own resolution.
fn decode_square(bytes: &[u8], name: &str) -> Result<RgbImage, PictureError> {
    let name = || name.to_owned();
    if bytes.is_empty() {
        return Err(PictureError::Empty { name: name() });
    }
    let (format, format_name) =
        guess_format(bytes).ok_or_else(|| PictureError::UnknownFormat { name: name() })?;
    let broken = |why: String| PictureError::Broken { name: name(), format: format_name, why };
    let refused = |error: ImageError| match error {
        ImageError::Limits(_) => PictureError::TooHeavy { name: name() },
        other => broken(other.to_string()),
    };
    let check_side = |(width, height): (u32, u32)| {
        if width.max(height) > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(PictureError::TooLarge { name: name(), width, height });
        }
        Ok(())
    };
    if format == ImageFormat::Png {
        png_dimensions(bytes).map_or(Ok(()), check_side)?;
    }
    // The JPEG decoder fills what is missing with gray and says nothing.
    if format == ImageFormat::Jpeg && !jpeg_ends(bytes) {
        return Err(broken("its end is missing".to_owned()));
    }

    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refused)?;
    check_side(decoder.dimensions())?;
    if decoder.total_bytes() > MAX_BYTES {
        return Err(PictureError::TooHeavy { name: name() });
    }
    // Unreadable EXIF is no reason to refuse the pixels.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let decoded = DynamicImage::from_decoder(decoder).map_err(refused)?;

    let mut square = DynamicImage::ImageRgb8(square_on_white(&decoded));
    square.apply_orientation(orientation);
    Ok(square.into_rgb8())
}

fn guess_format(bytes: &[u8]) -> Option<(ImageFormat, &'static str)> {
    match image::guess_format(bytes).ok()? {
        ImageFormat::Png => Some((ImageFormat::Png, "PNG")),
        ImageFormat::Jpeg => Some((ImageFormat::Jpeg, "JPEG")),
        ImageFormat::WebP => Some((ImageFormat::WebP, "WebP")),
        ImageFormat::Gif => Some((ImageFormat::Gif, "GIF")),
        _ => None,
    }
}

/// A PNG states its size in its first chunk. Its decoder would set memory aside for a row of it
/// before it told.
fn png_dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |start: usize| {
        let four = bytes.get(start..start + 4)?;
        Some(u32::from_be_bytes(four.try_into().ok()?))
    };
    Some((number(16)?, number(20)?))
}

/// Whether an end-of-image marker follows the first scan. Segments before it are skipped by their
/// length, since a thumbnail in one of them has an end of its own.
fn jpeg_ends(bytes: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xDA;
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let [0xFF, marker, high, low, ..] = *rest {
        if marker == START_OF_SCAN {
            return rest.windows(2).any(|pair| pair == [0xFF, 0xD9]);
        }
        // Any number of 0xFF may stand before a marker.
        let skip = if marker == 0xFF { 1 } else { 2 + usize::from(u16::from_be_bytes([high, low])) };
        rest = rest.get(skip..).unwrap_or_default();
    }
    false
}

/// The square in the middle, mixed with white where it is transparent. Mixed before resizing, or the
/// colors of what is transparent would bleed into what is not.
fn square_on_white(picture: &DynamicImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    let side = width.min(height);
    let left = (width - side).div_euclid(2);
    let top = (height - side).div_euclid(2);
    RgbImage::from_fn(side, side, |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(left + x, top + y).0;
        let alpha = f32::from(alpha) / 255.0;
        let mix = |value: u8| (alpha * f32::from(value) + (1.0 - alpha) * 255.0).round() as u8;
        Rgb([mix(red), mix(green), mix(blue)])
    })
}
