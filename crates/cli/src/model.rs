//! A model by the name it has on the shelf, or by the folder that a training wrote.

use std::path::Path;

use anyhow::bail;
use noisebook_data::Store;
use noisebook_ops::Device;
use noisebook_shelf::{Classifier, DiffusionModel, Files, Gan, ModelFile, Shelf, ShelfError, Weights};

use crate::outcome::wrong_use;

/// What `model.toml` says of `model`.
///
/// # Errors
/// When there is no such model, or its file is damaged.
pub fn file(store: &dyn Store, model: &str) -> anyhow::Result<ModelFile> {
    match folder(model)? {
        Some(files) => read_file(&files),
        None => Shelf::new(store).file(model).map_err(refused),
    }
}

/// A denoiser, ready to sample.
///
/// # Errors
/// When there is no such model, it is no denoiser, or its weights do not fit.
pub fn denoiser(store: &dyn Store, model: &str, device: &Device) -> anyhow::Result<DiffusionModel> {
    match folder(model)? {
        Some(files) => {
            let (file, weights) = read(&files, device)?;
            DiffusionModel::open(file, weights, |beside| files.read(beside), device).map_err(refused)
        }
        None => Shelf::new(store).diffusion_model(model, device).map_err(refused),
    }
}

/// A classifier, ready to judge.
///
/// # Errors
/// When there is no such model, it is no classifier, or its weights do not fit.
pub fn classifier(store: &dyn Store, model: &str, device: &Device) -> anyhow::Result<Classifier> {
    match folder(model)? {
        Some(files) => {
            let (file, weights) = read(&files, device)?;
            Classifier::new(file, weights, device).map_err(refused)
        }
        None => Shelf::new(store).classifier(model, device).map_err(refused),
    }
}

/// A generator with its critic, ready to play.
///
/// # Errors
/// When there is no such model, it is no generator, or its weights do not fit.
pub fn gan(store: &dyn Store, model: &str, device: &Device) -> anyhow::Result<Gan> {
    match folder(model)? {
        Some(files) => {
            let (file, weights) = read(&files, device)?;
            Gan::new(file, weights, device).map_err(refused)
        }
        None => Shelf::new(store).gan(model, device).map_err(refused),
    }
}

/// A name that nobody gave a model is wrong use; everything else is a model that fails.
fn refused(error: ShelfError) -> anyhow::Error {
    match error {
        ShelfError::Unknown { .. } | ShelfError::Kind { .. } => wrong_use(error.to_string()),
        other => other.into(),
    }
}

/// `runs/ddpm-digits` is a folder; `ddpm-digits` is a name, even where a folder is called so.
fn folder(model: &str) -> anyhow::Result<Option<Files>> {
    if !model.contains(['/', '\\']) {
        return Ok(None);
    }
    if !Path::new(model).join("model.toml").is_file() {
        bail!(
            "{model} holds no model: there is no model.toml in it; name a model of the shelf, or a folder that `noisebook train` wrote"
        );
    }
    Ok(Some(Files::new(model)))
}

fn read_file(files: &Files) -> anyhow::Result<ModelFile> {
    let path = files.root().join("model.toml").display().to_string();
    Ok(ModelFile::parse(&files.read("model.toml")?, &path)?)
}

/// With the same checks as on the shelf: the hash, and that every value is a number.
fn read(files: &Files, device: &Device) -> anyhow::Result<(ModelFile, Weights)> {
    let folder = files.root().display();
    let file = read_file(files)?;
    let Some(info) = &file.weights else {
        bail!(
            "the training in {folder} has not ended; go on with `noisebook train {} --resume --out {folder}`",
            file.name
        );
    };
    let weights = info.read(&file.name, &files.read("weights.safetensors")?, device)?;
    Ok((file, weights))
}
