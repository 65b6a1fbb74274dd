//! Bad input gets one sentence, the right exit code, and leaves nothing behind.

use std::io::Cursor;
use std::path::Path;
use std::process::Stdio;

use image::{ImageFormat, RgbImage};
use tempfile::TempDir;

use crate::noise::photo;
use crate::program::{check_empty, check_refusal, command, outcome, refuses};

const SCHEDULES: [&str; 4] = ["linear", "scaled-linear", "cosine", "sigmoid"];

/// Wrong use of a command that writes a file: exit 2, and no file.
#[track_caller]
fn check_wrong_use(arguments: &[&str], words: &[&str]) {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("x.png");
    refuses(&[arguments, &["--out", out.to_str().unwrap()]].concat(), 2, words);
    check_empty(folder.path());
}

#[test]
fn unknown_names_are_answered_with_the_known_ones() {
    refuses(&["schedule", "cosin", "--json"], 2, &[&["cosin"], &SCHEDULES[..]].concat());
    check_wrong_use(&["noise", "x.jpg", "--t", "1", "--schedule", "nan"], &SCHEDULES);
    refuses(&["trace", "--sampler", "eular", "--steps", "5", "--json"], 2, &["eular", "ddpm", "ddim"]);
    let trace = ["trace", "--sampler", "ddim", "--steps", "5"];
    refuses(&[&trace[..], &["--prediction", "x"]].concat(), 2, &["epsilon", "sample", "v"]);
    refuses(&[&trace[..], &["--spacing", "x"]].concat(), 2, &["leading", "linspace", "trailing"]);
    refuses(&["scedule"], 2, &["scedule", "schedule"]);
    refuses(&["--devise"], 2, &["--devise"]);
    refuses(&["--renderer", "vulkan"], 2, &["vulkan", "wgpu", "glow"]);
    refuses(&["--renderer", "glow", "models"], 2, &["--renderer"]);
}

#[test]
fn numbers_out_of_range_are_answered_with_the_range() {
    refuses(&["schedule", "linear", "--steps", "0"], 2, &["--steps is 0", "1 to 100000"]);
    refuses(&["schedule", "linear", "--steps", "nan"], 2, &["--steps is nan", "whole number"]);
    refuses(&["schedule", "linear", "--steps", "100000000000000"], 2, &["--steps"]);
    check_wrong_use(&["noise", "x.jpg", "--t", "1001"], &["--t", "1001", "1000"]);
    for t in ["-1", "5.5"] {
        let sentence = format!("noisebook: --t is {t}, but must be a whole number from 0 to 1000\n");
        check_wrong_use(&["noise", "x.jpg", "--t", t], &[&sentence]);
    }
    check_wrong_use(&["noise", "x.jpg", "--t", "1", "--size", "0"], &["--size", "16", "512"]);
    check_wrong_use(&["noise", "x.jpg", "--t", "1", "--size", "40000"], &["--size", "16", "512"]);
    check_wrong_use(&["noise", "x.jpg", "--t", "1", "--seed", "-1"], &["--seed is -1", "from 0 to"]);
    let trace = ["trace", "--sampler", "ddim", "--json", "--steps"];
    refuses(&[&trace[..], &["0"]].concat(), 2, &["--steps is 0", "1 to 1000"]);
    refuses(&[&trace[..], &["1001"]].concat(), 2, &["--steps is 1001", "1 to 1000"]);
    refuses(&[&trace[..], &["10", "--eta", "1.5"]].concat(), 2, &["--eta", "1.5"]);
    refuses(&[&trace[..], &["10", "--eta", "NaN"]].concat(), 2, &["--eta", "NaN"]);
    refuses(&[&trace[..], &["10", "--eta", "-1"]].concat(), 2, &["--eta is -1", "a number from 0 to 1"]);
    refuses(&[&trace[..], &["-5"]].concat(), 2, &["--steps is -5", "1 to 1000"]);
    let eta_for_ddpm = ["trace", "--sampler", "ddpm", "--steps", "10", "--eta", "0.5"];
    refuses(&eta_for_ddpm, 2, &["--eta", "ddim"]);
    check_wrong_use(&["sample", "ddpm-digits", "--steps", "0"], &["--steps is 0", "1 to 1000"]);
    check_wrong_use(&["sample", "ddpm-digits", "--num", "0"], &["--num is 0", "1 to 4096"]);
    let huge = "18446744073709551615";
    check_wrong_use(&["sample", "ddpm-digits", "--num", huge], &["--num is 18446744073709551615", "4096"]);
    check_wrong_use(&["sample", "ddpm-digits", "--num", "1000000000"], &["--num", "1000000000", "4096"]);
    refuses(&["eval", "ddpm-digits", "--num", "0"], 2, &["--num"]);
    refuses(&["eval", "ddpm-digits", "--num", "1000000000"], 2, &["--num", "1000000000"]);
    refuses(&["train", "digits-classifier", "--updates", "0"], 2, &["--updates"]);
}

#[test]
fn a_missing_argument_is_named() {
    refuses(&["noise", "x.jpg"], 2, &["--t", "--out"]);
    refuses(&["sample"], 2, &["MODEL", "--out"]);
    refuses(&["trace"], 2, &["--sampler", "--steps"]);
}

/// `noise` on these bytes: exit 1, a sentence with all words, and no file.
#[track_caller]
fn check_picture(bytes: &[u8], words: &[&str]) {
    let folder = TempDir::new().unwrap();
    let results = TempDir::new().unwrap();
    let image = folder.path().join("mine.png");
    std::fs::write(&image, bytes).unwrap();
    check_refused_picture(&image, results.path(), words);
}

#[track_caller]
fn check_refused_picture(image: &Path, results: &Path, words: &[&str]) {
    let (image, out) = (image.to_str().unwrap(), results.join("x.png"));
    let arguments = ["noise", image, "--t", "500", "--out", out.to_str().unwrap()];
    refuses(&arguments, 1, &[&[image], words].concat());
    check_empty(results);
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::new(width, height).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[test]
fn a_bad_picture_is_named_and_explained() {
    let good = png(64, 64);
    check_picture(b"", &["empty"]);
    check_picture(b"not a picture", &["PNG, JPEG, WebP or GIF"]);
    check_picture(&good[..good.len() / 2], &["broken"]);
    check_picture(&good[..20], &["broken"]);

    // A header that lies: 40,000 pixels wide and high, with the pixels of 64.
    let mut lying = good.clone();
    lying[16..20].copy_from_slice(&40_000_u32.to_be_bytes());
    lying[20..24].copy_from_slice(&40_000_u32.to_be_bytes());
    let checksum = crc32(&lying[12..29]);
    lying[29..33].copy_from_slice(&checksum.to_be_bytes());
    check_picture(&lying, &["40000 × 40000", "20000"]);

    let folder = TempDir::new().unwrap();
    let photo = std::fs::read(photo(folder.path())).unwrap();
    check_picture(&photo[..photo.len() / 2], &["JPEG", "end"]);
}

/// Of PNG chunks, ISO 3309.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1)))
    })
}

#[test]
fn a_missing_picture_is_named() {
    let results = TempDir::new().unwrap();
    check_refused_picture(&results.path().join("nowhere.jpg"), results.path(), &["could not read"]);
    // A folder is no picture either.
    let folder = TempDir::new().unwrap();
    check_refused_picture(folder.path(), results.path(), &["could not read"]);
}

#[cfg(unix)]
#[test]
fn a_file_that_may_never_end_is_not_read() {
    let results = TempDir::new().unwrap();
    check_refused_picture(Path::new("/dev/zero"), results.path(), &["neither a file nor a pipe"]);
    let folder = TempDir::new().unwrap();
    let large = folder.path().join("large.png");
    std::fs::File::create(&large).unwrap().set_len((200 << 20) + 1).unwrap();
    check_refused_picture(&large, results.path(), &["larger than 200 MB"]);
}

#[test]
fn a_place_that_cannot_be_written_is_named_before_the_work() {
    let folder = TempDir::new().unwrap();
    let photo = photo(folder.path());
    let noise = |out: &str| ["noise", photo.to_str().unwrap(), "--t", "5", "--out", out].map(str::to_owned);
    let check = |out: &str, code: i32, words: &[&str]| {
        let arguments = noise(out);
        refuses(&arguments.each_ref().map(String::as_str), code, words);
    };
    check(folder.path().to_str().unwrap(), 2, &["folder"]);
    check(folder.path().join("no/x.png").to_str().unwrap(), 1, &["no", "does not exist"]);
    check(folder.path().join("x.jpg").to_str().unwrap(), 2, &["x.jpg", ".png"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported_and_the_device_stays_a_device() {
    let folder = TempDir::new().unwrap();
    let photo = photo(folder.path());
    // By a link, so that a program that replaces what it should write to replaces the link only.
    let out = folder.path().join("x.png");
    std::os::unix::fs::symlink("/dev/full", &out).unwrap();
    let arguments = ["noise", photo.to_str().unwrap(), "--t", "5", "--out", out.to_str().unwrap()];
    refuses(&arguments, 1, &["x.png", "No space left"]);
    assert!(out.is_symlink(), "the link to the device is now a file");

    // Standard output on a full disk.
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut schedule = command(&["schedule", "cosine", "--json"]);
    schedule.stdout(Stdio::from(full)).stderr(Stdio::piped());
    let output = schedule.spawn().unwrap().wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("No space left"));
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut schedule = command(&["schedule", "cosine", "--json"]);
    schedule.stdout(writer).stderr(Stdio::piped());
    let output = schedule.spawn().unwrap().wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_model_that_is_not_there_is_named_with_those_that_are() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("s.png");
    refuses(&["sample", "ddpm-digit", "--out", out.to_str().unwrap()], 2, &["ddpm-digit`", "ddpm-digits"]);
    refuses(&["eval", "nothing", "--json"], 2, &["nothing", "ddpm-digits"]);
    refuses(&["train", "nothing"], 2, &["nothing", "ddpm-digits"]);
    check_empty(folder.path());
}

#[test]
fn help_and_version_are_answers() {
    for arguments in [&["--help"][..], &["--version"], &["sample", "--help"]] {
        let outcome = outcome(command(arguments));
        assert_eq!(outcome.code, Some(0));
        assert!(outcome.stderr.is_empty() && !outcome.stdout.is_empty());
    }
    check_refusal(&outcome(command(&["schedule"])), 2, &["NAME"]);
}
