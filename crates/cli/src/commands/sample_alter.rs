//! What `noisebook sample` alters, and what it leads away from.
//!
//! `--init IMAGE` begins from a picture instead of noise, and `--mask IMAGE` says where alone it may change. Both are
//! brought to the model's size and channels; what the mask keeps is kept to the last bit of that.

use std::path::{Path, PathBuf};

use noisebook_data::{Picture, decode_picture, fitted};
use noisebook_diffusion::Alteration;
use noisebook_ops::{Device, Tensor};
use noisebook_shelf::{Asked, DiffusionModel};

use super::sample::asked;
use crate::arguments::{read, within};
use crate::outcome::wrong_use;

/// How often a step is taken where a mask is. On emoji, by eye: with fewer the halves of a mouth do not meet, and with
/// ten and more what is filled in gets garish, with guidance and without: errors add up over the rounds.
const NUM_ROUNDS: usize = 5;

/// How much of a picture changes unless it is said: about half of what one sees.
const STRENGTH: f64 = 0.5;

#[derive(Debug, clap::Args)]
pub struct AlterArgs {
    /// What the pictures shall not show: a label or words to lead away from, as strongly as --cfg-scale says
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    pub negative: Option<String>,
    /// Begin from this picture instead of noise: a PNG, JPEG, WebP or GIF file
    #[arg(long, value_name = "IMAGE")]
    init: Option<PathBuf>,
    /// How much of it changes, from 0, nothing, to 1, everything (0.5 without it, and 1 with --mask)
    #[arg(long, value_name = "S", allow_negative_numbers = true, value_parser = within(0.0..=1.0))]
    strength: Option<f64>,
    /// Where alone it may change: white in this picture; what is black here stays as it is
    #[arg(long, value_name = "IMAGE")]
    mask: Option<PathBuf>,
}

impl AlterArgs {
    /// Each option's name and whether it was given.
    pub fn given(&self) -> [(&'static str, bool); 4] {
        let Self { negative, init, strength, mask } = self;
        [
            ("--negative", negative.is_some()),
            ("--init", init.is_some()),
            ("--strength", strength.is_some()),
            ("--mask", mask.is_some()),
        ]
    }

    /// The label or words to lead away from.
    ///
    /// # Errors
    /// When the model knows no such label or is told so much at once, or guidance is off.
    pub fn negative(&self, model: &DiffusionModel, cfg_scale: f64) -> anyhow::Result<Option<Asked>> {
        let Some(typed) = &self.negative else {
            return Ok(None);
        };
        let negative = asked(model, "--negative", typed)?;
        if cfg_scale == 1.0 {
            return Err(wrong_use(
                "--negative counts for nothing at --cfg-scale 1: choose another, above 1 to lead away from it",
            ));
        }
        Ok(Some(negative))
    }

    /// What becomes of the picture that was given, if one was.
    ///
    /// # Errors
    /// When options are given that belong to a picture and none is, or a file is no picture.
    pub fn altered(&self, model: &DiffusionModel) -> anyhow::Result<Option<Altered>> {
        let Self { init, strength, mask, .. } = self;
        let Some(init) = init else {
            let missing = |option| {
                wrong_use(format!(
                    "{option} belongs to a picture: say which one with --init, or leave it out"
                ))
            };
            return match (strength, mask) {
                (Some(_), _) => Err(missing("--strength")),
                (None, Some(_)) => Err(missing("--mask")),
                (None, None) => Ok(None),
            };
        };
        let strength = strength.unwrap_or(if mask.is_some() { 1.0 } else { STRENGTH });
        let [c, size, _] = model.sample_shape;
        let source = fitted(&open(init, size)?, c, size);
        let mut alteration = Alteration::new(&tensor(&source, &model.device)?, strength)?;
        if let Some(mask) = mask {
            // From black, −1, and white, 1, to 0 and 1.
            let mask = fitted(&open(mask, size)?, 1, size).mapv(|value| f32::midpoint(value, 1.0));
            alteration = alteration.within(&tensor(&mask, &model.device)?, NUM_ROUNDS)?;
        }
        let path = |path: &PathBuf| path.display().to_string();
        Ok(Some(Altered { alteration, init: path(init), strength, mask: mask.as_ref().map(path) }))
    }
}

/// A picture that is altered.
pub struct Altered {
    pub alteration: Alteration,
    /// The file that it is in.
    pub init: String,
    pub strength: f64,
    /// The file that its mask is in.
    pub mask: Option<String>,
}

fn open(path: &Path, size: usize) -> anyhow::Result<Picture> {
    Ok(decode_picture(&read(path)?, &path.display().to_string(), size)?)
}

fn tensor(picture: &Picture, device: &Device) -> anyhow::Result<Tensor> {
    let values: Vec<f32> = picture.iter().copied().collect();
    Ok(Tensor::from_vec(values, picture.dim(), device)?)
}
