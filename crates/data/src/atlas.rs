//! Many small pictures in one PNG.
//!
//! Ten thousand files of 300 bytes would fill a disk's blocks with nothing and take ten thousand
//! reads; one atlas is read once and compresses better. Tile k lies in column `k mod columns` and
//! row `⌊k / columns⌋`.

use image::ImageFormat;
use ndarray::{Array3, ArrayView3, s};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::{DataError, Store};

/// What an index file says about its atlas.
#[derive(Debug, Clone, Deserialize)]
pub struct AtlasInfo {
    /// Path of the PNG in the store.
    pub path: String,
    /// SHA-256 of the PNG's bytes, in hexadecimal.
    pub sha256: String,
    /// Side of a square tile, in pixels.
    pub tile: usize,
    /// Tiles in a row.
    pub columns: usize,
}

/// A decoded atlas: bytes `(h, w, c)`.
pub struct Atlas {
    pixels: Array3<u8>,
    tile: usize,
    columns: usize,
}

impl Atlas {
    /// Reads an atlas of gray tiles (c = 1) with room for `num_tiles`.
    pub fn gray(store: &dyn Store, info: &AtlasInfo, num_tiles: usize) -> Result<Self, DataError> {
        Self::load(store, info, num_tiles, 1)
    }

    /// Reads an atlas of red, green, blue and alpha (c = 4) with room for `num_tiles`.
    pub fn rgba(store: &dyn Store, info: &AtlasInfo, num_tiles: usize) -> Result<Self, DataError> {
        Self::load(store, info, num_tiles, 4)
    }

    fn load(
        store: &dyn Store,
        info: &AtlasInfo,
        num_tiles: usize,
        num_channels: usize,
    ) -> Result<Self, DataError> {
        let damaged = |why: String| DataError::damaged(&info.path, why);
        let bytes = store.read(&info.path)?;
        let found = hex(&Sha256::digest(&bytes));
        if found != info.sha256 {
            return Err(damaged(format!("it has SHA-256 {found}, and its index expects {}", info.sha256)));
        }
        let picture = image::load_from_memory_with_format(&bytes, ImageFormat::Png)
            .map_err(|error| damaged(error.to_string()))?;
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let needed = (info.columns * info.tile, num_tiles.div_ceil(info.columns.max(1)) * info.tile);
        if info.columns == 0 || width != needed.0 || height < needed.1 {
            return Err(damaged(format!(
                "it is {width} × {height} pixels, and {num_tiles} tiles of {tile} × {tile} in {columns} columns need {} × {}",
                needed.0,
                needed.1,
                tile = info.tile,
                columns = info.columns,
            )));
        }
        let values =
            if num_channels == 1 { picture.into_luma8().into_raw() } else { picture.into_rgba8().into_raw() };
        let pixels = Array3::from_shape_vec((height, width, num_channels), values)
            .map_err(|error| damaged(error.to_string()))?;
        Ok(Self { pixels, tile: info.tile, columns: info.columns })
    }

    /// Tile `idx` as bytes `(h, w, c)`.
    pub fn tile(&self, idx: usize) -> ArrayView3<'_, u8> {
        let x = idx.rem_euclid(self.columns) * self.tile;
        let y = idx.div_euclid(self.columns) * self.tile;
        self.pixels.slice(s![y..y + self.tile, x..x + self.tile, ..])
    }
}

/// Reads an index file, which is JSON.
pub fn read_index<T: serde::de::DeserializeOwned>(store: &dyn Store, path: &str) -> Result<T, DataError> {
    serde_json::from_slice(&store.read(path)?)
        .map_err(|error| DataError::damaged(path, format!("not the index it should be: {error}")))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
