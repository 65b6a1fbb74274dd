//! Many tiles in one PNG, and what its index says about it.

use std::path::Path;

use anyhow::{Context, Result};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Tiles of bytes `(h, w, c)`, all of one size.
pub struct Atlas {
    pub tile: usize,
    pub columns: usize,
    pub num_channels: usize,
}

/// As the index files have it, and `noisebook-data` reads it.
#[derive(Serialize)]
pub struct AtlasInfo {
    path: String,
    sha256: String,
    tile: usize,
    columns: usize,
}

impl Atlas {
    /// Writes `out/path`; tile k lies in column `k mod columns` and row `⌊k / columns⌋`.
    pub fn write(&self, tiles: &[Vec<u8>], out: &Path, path: &str) -> Result<AtlasInfo> {
        let row = self.tile * self.num_channels;
        let stride = self.columns * row;
        let height = tiles.len().div_ceil(self.columns) * self.tile;
        let mut pixels = vec![0; height * stride];
        for (idx, tile) in tiles.iter().enumerate() {
            let left = idx.rem_euclid(self.columns) * row;
            let top = idx.div_euclid(self.columns) * self.tile;
            for (y, line) in tile.chunks_exact(row).enumerate() {
                let start = (top + y) * stride + left;
                pixels[start..start + row].copy_from_slice(line);
            }
        }
        let color = if self.num_channels == 1 { ExtendedColorType::L8 } else { ExtendedColorType::Rgba8 };
        let mut png = Vec::new();
        PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Adaptive)
            .write_image(&pixels, u32::try_from(self.columns * self.tile)?, u32::try_from(height)?, color)
            .context("encoding an atlas")?;
        super::write(&out.join(path), &png)?;
        Ok(AtlasInfo {
            path: format!("assets/{path}"),
            sha256: hex(&Sha256::digest(&png)),
            tile: self.tile,
            columns: self.columns,
        })
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
