//! `noise` on a photograph: a JPEG that is not square.

use std::path::{Path, PathBuf};

use image::{ImageFormat, Rgb, RgbImage};
use tempfile::TempDir;

use crate::program::{command, outcome, succeeds};

/// A photograph as a camera might take it, wider than high.
pub fn photo(folder: &Path) -> PathBuf {
    let path = folder.join("photo.jpg");
    RgbImage::from_fn(640, 480, |x, y| {
        let wave = 127.0 + 100.0 * ((x as f32 / 40.0).sin() * (y as f32 / 30.0).cos());
        Rgb([wave as u8, (y * 255 / 480) as u8, (x * 255 / 640) as u8])
    })
    .save_with_format(&path, ImageFormat::Jpeg)
    .unwrap();
    path
}

/// Runs `noise` on the photograph and returns the bytes of the PNG.
#[track_caller]
fn noised(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let photo = photo(folder);
    let out = folder.join("x.png");
    let fixed = ["noise", photo.to_str().unwrap(), "--out", out.to_str().unwrap()];
    succeeds(&[&fixed, arguments].concat());
    std::fs::read(out).unwrap()
}

fn decoded(png: &[u8]) -> RgbImage {
    image::load_from_memory_with_format(png, ImageFormat::Png).unwrap().into_rgb8()
}

#[test]
fn a_photograph_is_noised_at_the_size_asked_for() {
    let folder = TempDir::new().unwrap();
    assert_eq!(decoded(&noised(folder.path(), &["--t", "500"])).dimensions(), (256, 256));
    let large = noised(folder.path(), &["--t", "500", "--size", "512"]);
    assert_eq!(decoded(&large).dimensions(), (512, 512));
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_does_not() {
    let folder = TempDir::new().unwrap();
    let first = noised(folder.path(), &["--t", "500"]);
    assert_eq!(first, noised(folder.path(), &["--t", "500", "--seed", "0"]));
    assert_ne!(first, noised(folder.path(), &["--t", "500", "--seed", "1"]));
    assert_ne!(first, noised(folder.path(), &["--t", "500", "--schedule", "linear"]));
}

#[test]
fn t_0_is_the_picture_and_t_1000_is_noise() {
    let folder = TempDir::new().unwrap();
    let at = |t: &str| decoded(&noised(folder.path(), &["--t", t]));
    let picture = at("0");
    let difference = |other: &RgbImage| {
        let pairs = picture.iter().zip(other.iter());
        let sum: f64 = pairs.map(|(&a, &b)| (f64::from(a) - f64::from(b)).abs()).sum();
        sum / picture.len() as f64
    };
    // The photograph's red falls and rises from left to right; its neighbors are alike.
    let roughness = |picture: &RgbImage| {
        let row: Vec<f64> = (0..256).map(|x| f64::from(picture.get_pixel(x, 128).0[0])).collect();
        row.windows(2).map(|pair| (pair[0] - pair[1]).abs()).sum::<f64>() / 255.0
    };
    assert!(roughness(&picture) < 5.0, "t = 0 is rough: {}", roughness(&picture));
    let (half, end) = (at("500"), at("1000"));
    assert!(difference(&half) > 20.0, "t = 500 is still the picture");
    assert!(difference(&end) > difference(&half), "t = 1000 is nearer than t = 500");
    assert!(roughness(&end) > 50.0, "t = 1000 is no noise: {}", roughness(&end));
}

#[test]
fn it_needs_no_home_and_keeps_the_file_that_was_there_until_it_is_done() {
    let folder = TempDir::new().unwrap();
    let photo = photo(folder.path());
    let out = folder.path().join("x.png");
    std::fs::write(&out, "old").unwrap();
    let arguments = ["noise", photo.to_str().unwrap(), "--t", "1", "--out", "x.png"];
    let mut alone = command(&arguments);
    alone.current_dir(folder.path()).env("NOISEBOOK_HOME", folder.path());
    let outcome = outcome(alone);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    decoded(&std::fs::read(&out).unwrap());
    let num_files = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(num_files, 2, "the photograph and the result, and nothing temporary");
}
