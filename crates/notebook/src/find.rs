//! Pictures and models by name.

use std::path::Path;

use candle_core::Device;
use noisebook_data::{Digits, Picture, decode_picture, named_picture};
use noisebook_shelf::{DiffusionModel, Shelf};

use crate::{AutoDevice, Error, Result, store};

/// The picture of that name, `emoji/noto/turtle` or `digits/123`: (c, h, w), values in \[−1, 1\].
///
/// # Errors
/// When there is no such picture, or the data sets are not there.
pub fn picture(id: &str) -> Result<Picture> {
    Ok(named_picture(store().as_ref(), id)?)
}

/// Your own picture, a PNG, JPEG, WebP or GIF: its middle square as (3, size, size), values in \[−1, 1\].
///
/// # Errors
/// When the file cannot be read or is no such picture, or `size` is not from 1 to 4096 pixels.
pub fn picture_file(path: impl AsRef<Path>, size: usize) -> Result<Picture> {
    let path = path.as_ref();
    let bytes = std::fs::read(path)
        .map_err(|error| Error::File { path: path.to_owned(), why: format!("cannot be read: {error}") })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(decode_picture(&bytes, &name, size)?)
}

/// A trained denoiser of that name, `ddpm-digits`, with its schedule, on [`Device::auto`](AutoDevice::auto).
///
/// # Errors
/// When there is no such model, it is no denoiser, or its weights are damaged.
pub fn load_model(name: &str) -> Result<DiffusionModel> {
    Ok(Shelf::new(store().as_ref()).diffusion_model(name, &Device::auto())?)
}

/// The handwritten digits, with their labels and splits.
///
/// # Errors
/// When the data set is not there, or is damaged.
pub fn load_digits() -> Result<Digits> {
    Ok(Digits::load(store().as_ref())?)
}
