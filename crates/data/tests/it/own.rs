use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, GrayImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use noisebook_data::{Emoji, Picture, PictureError, decode_picture};

use crate::store::Checkout;

const FORMATS: [ImageFormat; 4] = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif];

fn encode(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.into().write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// Three stripes: red, green, blue.
fn stripes(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| {
        let mut color = [0; 3];
        color[(3 * x / width) as usize] = 255;
        Rgb(color)
    })
}

fn color_at(picture: &Picture, y: usize, x: usize) -> [f32; 3] {
    [0, 1, 2].map(|c| picture[(c, y, x)])
}

#[track_caller]
fn assert_close(found: [f32; 3], expected: [f32; 3]) {
    let off = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
    assert!(off.fold(0.0, f32::max) < 0.05, "{found:?}, expected {expected:?}");
}

/// The picture is refused by one sentence or two that name it and say what to do.
#[track_caller]
fn check_refused(bytes: &[u8], words: &[&str]) -> PictureError {
    let error = decode_picture(bytes, "cat.png", 32).unwrap_err();
    let message = error.to_string();
    assert!(message.starts_with("cat.png "), "{message}");
    assert!(message.ends_with('.') && !message.contains('\n'), "{message}");
    for word in words {
        assert!(message.contains(word), "{message}");
    }
    error
}

/// A chunk of a PNG with its checksum.
fn png_chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [&kind, data].concat();
    let crc = body.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| {
                if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 }
            },
        )
    });
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&length[..], &body, &(!crc).to_be_bytes()].concat()
}

/// A PNG that claims a size, and has no more than a few bytes for it.
fn png_claiming(width: u32, height: u32, bits: u8, color_type: u8) -> Vec<u8> {
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([bits, color_type, 0, 0, 0]);
    let empty_zlib = [0x78, 0x9C, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01];
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        png_chunk(*b"IHDR", &header),
        png_chunk(*b"IDAT", &empty_zlib),
        png_chunk(*b"IEND", &[]),
    ]
    .concat()
}

#[test]
fn all_four_formats() {
    for format in FORMATS {
        let picture = decode_picture(&encode(stripes(96, 32), format), "stripes", 32).unwrap();
        assert_eq!(picture.dim(), (3, 32, 32));
        assert!(picture.is_standard_layout());
        // Only the green middle is left of 96 × 32.
        assert_close(color_at(&picture, 16, 16), [-1.0, 1.0, -1.0]);
        assert_close(color_at(&picture, 16, 3), [-1.0, 1.0, -1.0]);
        assert_close(color_at(&picture, 16, 28), [-1.0, 1.0, -1.0]);
    }
}

#[test]
fn tall_pictures_keep_their_middle() {
    let picture = RgbImage::from_fn(20, 60, |_, y| Rgb([if (20..40).contains(&y) { 255 } else { 0 }; 3]));
    let picture = decode_picture(&encode(picture, ImageFormat::Png), "bar", 10).unwrap();
    assert!(picture.iter().all(|value| *value > 0.95));
}

#[test]
fn gray_becomes_three_equal_channels() {
    let gray = GrayImage::from_fn(32, 32, |x, y| Luma([(x * 8) as u8 ^ y as u8]));
    let picture = decode_picture(&encode(gray, ImageFormat::Png), "gray", 16).unwrap();
    assert_eq!(picture.dim(), (3, 16, 16));
    assert_eq!(picture.slice(ndarray::s![0, .., ..]), picture.slice(ndarray::s![2, .., ..]));
}

#[test]
fn white_shows_through() {
    fn check(color: [u8; 4], expected: [f32; 3]) {
        for format in [ImageFormat::Png, ImageFormat::WebP] {
            let bytes = encode(RgbaImage::from_pixel(8, 8, Rgba(color)), format);
            let picture = decode_picture(&bytes, "glass", 4).unwrap();
            assert_close(color_at(&picture, 2, 2), expected);
        }
    }
    check([255, 0, 0, 0], [1.0, 1.0, 1.0]);
    check([255, 0, 0, 255], [1.0, -1.0, -1.0]);
    check([0, 0, 0, 128], [0.0, 0.0, 0.0]);
}

#[test]
fn sixteen_bits_and_enlarging() {
    let deep = image::ImageBuffer::from_pixel(3, 3, Rgb([65_535_u16, 32_768, 0]));
    let bytes = encode(DynamicImage::ImageRgb16(deep), ImageFormat::Png);
    let picture = decode_picture(&bytes, "deep", 64).unwrap();
    assert_close(color_at(&picture, 63, 0), [1.0, 0.0, -1.0]);
}

#[test]
fn the_first_frame_of_an_animation() {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for color in [[255, 0, 0, 255], [0, 0, 255, 255]] {
        let frame = Frame::new(RgbaImage::from_pixel(8, 8, Rgba(color)));
        encoder.encode_frame(frame).unwrap();
    }
    drop(encoder);
    let picture = decode_picture(&bytes, "blink.gif", 8).unwrap();
    assert_close(color_at(&picture, 4, 4), [1.0, -1.0, -1.0]);
}

/// A JPEG with one more segment, marked APP1, right after its start.
fn with_app1(jpeg: &[u8], data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length, data, &jpeg[2..]].concat()
}

/// EXIF with the one entry that says how the camera was held.
fn exif_orientation(orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif
}

#[test]
fn pictures_are_turned_as_the_camera_was_held() {
    // Red above, blue below.
    let picture = RgbImage::from_fn(32, 32, |_, y| if y < 16 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) });
    let jpeg = encode(picture, ImageFormat::Jpeg);
    let red_at = |orientation: u8, y, x| {
        let bytes = with_app1(&jpeg, &exif_orientation(orientation));
        let picture = decode_picture(&bytes, "photo.jpg", 32).unwrap();
        assert_close(color_at(&picture, y, x), [1.0, -1.0, -1.0]);
    };
    red_at(1, 4, 16); // as it is
    red_at(3, 28, 16); // upside down
    red_at(6, 16, 28); // turned a quarter clockwise
    red_at(8, 16, 4); // and counterclockwise
}

#[test]
fn a_shipped_picture_comes_back() {
    let emoji = Emoji::load(&Checkout).unwrap();
    let turtle = emoji.picture(emoji.find("noto/turtle").unwrap());
    let bytes = RgbImage::from_fn(32, 32, |x, y| {
        let value = |c| ((turtle[(c, y as usize, x as usize)] + 1.0) * 127.5).round() as u8;
        Rgb([value(0), value(1), value(2)])
    });
    let back = decode_picture(&encode(bytes, ImageFormat::Png), "turtle.png", 32).unwrap();
    let off = (&back - &turtle).mapv(f32::abs);
    let off = off.iter().copied().fold(0.0, f32::max);
    assert!(off <= 1.0 / 255.0, "{off}");
}

#[test]
fn nothing_and_nonsense() {
    let error = check_refused(b"", &["empty", "PNG, JPEG, WebP or GIF"]);
    assert!(matches!(error, PictureError::Empty { .. }));
    for bytes in [&b"x"[..], b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"BM\x46\0\0\0", &[0; 4096]] {
        let error = check_refused(bytes, &["not a PNG, JPEG, WebP or GIF"]);
        assert!(matches!(error, PictureError::UnknownFormat { .. }));
    }
}

#[test]
fn forty_thousand_pixels_wide() {
    let bytes = encode(GrayImage::new(40_000, 2), ImageFormat::Png);
    let error = check_refused(&bytes, &["40000 × 2", "20000", "smaller"]);
    assert!(matches!(error, PictureError::TooLarge { width: 40_000, height: 2, .. }));
    let bytes = encode(GrayImage::new(2, 40_000), ImageFormat::Jpeg);
    check_refused(&bytes, &["2 × 40000", "smaller"]);
}

/// Refused by what they claim: decoding them would take gigabytes.
#[test]
fn bombs() {
    check_refused(&png_claiming(19_999, 19_999, 16, 6), &["19999 × 19999", "100 million"]);
    check_refused(&png_claiming(u32::MAX >> 1, u32::MAX >> 1, 8, 2), &["pixels"]);
    let error = check_refused(&png_claiming(9_999, 9_999, 16, 6), &["memory", "8 bits"]);
    assert!(matches!(error, PictureError::TooHeavy { .. }));
    let mut gif = encode(stripes(6, 2), ImageFormat::Gif);
    gif[6..10].fill(0xFF);
    check_refused(&gif, &["65535 × 65535"]);
}

#[test]
fn lies() {
    let error = check_refused(&png_claiming(64, 64, 8, 2), &["PNG", "incomplete"]);
    assert!(matches!(error, PictureError::Broken { format: "PNG", .. }));
    check_refused(&png_claiming(0, 64, 8, 2), &["PNG"]);
    check_refused(&png_claiming(64, 64, 7, 2), &["PNG"]);
    // The magic of one format, the bytes of another.
    let mut bytes = encode(stripes(9, 9), ImageFormat::Png);
    bytes[..3].copy_from_slice(&[0xFF, 0xD8, 0xFF]);
    check_refused(&bytes, &["JPEG"]);
}

#[test]
fn cut_off_anywhere() {
    let noisy = RgbImage::from_fn(24, 24, |x, y| {
        Rgb([(x * 53 + y * 91) as u8, (x * y * 7) as u8, ((x * 29) ^ (y * 17)) as u8])
    });
    for format in FORMATS {
        let bytes = encode(noisy.clone(), format);
        decode_picture(&bytes, "cat.png", 32).unwrap();
        // What ends a file after its last pixel may be missing; no pixel may.
        for length in 0..bytes.len() - 24 {
            check_refused(&bytes[..length], &[]);
        }
    }
}

/// The thumbnail in a photograph ends with the marker that ends the photograph.
#[test]
fn cut_off_after_a_thumbnail() {
    let thumbnail = encode(stripes(12, 12), ImageFormat::Jpeg);
    let photo = with_app1(&encode(stripes(64, 64), ImageFormat::Jpeg), &thumbnail);
    decode_picture(&photo, "cat.png", 32).unwrap();
    check_refused(&photo[..photo.len() - 40], &["JPEG", "incomplete"]);
}

#[test]
fn sizes_that_cannot_be() {
    let bytes = encode(stripes(9, 9), ImageFormat::Png);
    for size in [0, 4_097, usize::MAX] {
        let error = decode_picture(&bytes, "cat.png", size).unwrap_err();
        assert!(matches!(error, PictureError::Size { .. }), "{error}");
    }
    assert_eq!(decode_picture(&bytes, "cat.png", 1).unwrap().dim(), (3, 1, 1));
}
