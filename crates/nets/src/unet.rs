//! The U-Net that predicts noise (Ronneberger et al. 2015; Ho et al. 2020), small enough for a laptop.
//!
//! What it shares with others is its body (`unet_body.rs`); here every block of it is told the time and the label.
//!
//! The label after the last class is the null label, "any": a share of the training pictures carries it, so the same
//! network also predicts without a label (Ho and Salimans 2022).

use candle_nn::{Init, VarBuilder};
use noisebook_ops::{Error, Result, Tensor, embedding};
use serde::{Deserialize, Serialize};

use crate::unet_body::{Body, BodyConfig, MAX_CLASSES};

/// The shape of a [`UNet`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UNetConfig {
    /// Channels of a picture: 1 for gray, 3 for color.
    pub in_channels: usize,
    /// Side of a picture in pixels; a multiple of 2 to the number of levels.
    pub size: usize,
    /// Channels of each level, from half the side downwards.
    pub channels: Vec<usize>,
    /// Length of the vector that carries time and label.
    pub emb_dim: usize,
    /// Classes that a label names; one more label means "any".
    pub num_classes: usize,
    /// Groups of each normalization; divides every entry of `channels`.
    pub num_groups: usize,
    /// Heads of the attention at the lowest level; divides the last entry of `channels`.
    pub num_heads: usize,
}

impl Default for UNetConfig {
    fn default() -> Self {
        Self {
            in_channels: 1,
            size: 32,
            channels: vec![32, 64, 96],
            emb_dim: 128,
            num_classes: 10,
            num_groups: 8,
            num_heads: 4,
        }
    }
}

impl UNetConfig {
    /// The label that means "any".
    #[must_use]
    pub fn null_label(&self) -> u32 {
        u32::try_from(self.num_classes).unwrap_or(u32::MAX)
    }

    fn body(&self) -> BodyConfig<'_> {
        let Self { in_channels, size, emb_dim, num_groups, num_heads, .. } = *self;
        BodyConfig { in_channels, size, channels: &self.channels, emb_dim, num_groups, num_heads }
    }

    /// Whether a network can be made from it.
    ///
    /// # Errors
    /// When it contradicts itself, or is larger than any network here should be.
    pub fn check(&self) -> Result<()> {
        if self.num_classes > MAX_CLASSES {
            return Err(Error::Msg(format!("[net] is too large: at most {MAX_CLASSES} classes")));
        }
        self.body().check()
    }
}

/// Predicts from a noised picture, the time and a label.
pub struct UNet {
    config: UNetConfig,
    label: Tensor,
    body: Body,
}

impl UNet {
    /// The network with the weights of `vb`.
    ///
    /// # Errors
    /// When the config contradicts itself, or a tensor is missing or has another shape.
    pub fn new(config: UNetConfig, vb: &VarBuilder<'_>) -> Result<Self> {
        config.check()?;
        let shape = (config.num_classes + 1, config.emb_dim);
        let init = Init::Randn { mean: 0.0, stdev: 1.0 };
        Ok(Self {
            label: vb.pp("label").get_with_hints(shape, "weight", init)?,
            // Its tensors have no prefix: files from before there was another network with this body hold them so.
            body: Body::new(config.body(), vb)?,
            config,
        })
    }

    /// What it was made from.
    #[must_use]
    pub fn config(&self) -> &UNetConfig {
        &self.config
    }

    /// The model output: what it means (ε, x0, v) is the training's choice.
    ///
    /// # Shapes
    /// - `x_t`: `(b, in_channels, size, size)`
    /// - `timesteps`: one real number a sample
    /// - `labels`: `(b)` of u32, each at most [`UNetConfig::null_label`]
    /// - returns `(b, in_channels, size, size)`
    ///
    /// # Errors
    /// When a shape is not as above or a label is out of range.
    pub fn forward(&self, x_t: &Tensor, timesteps: &[f64], labels: &Tensor) -> Result<Tensor> {
        self.body.forward(x_t, timesteps, &embedding(&self.label, labels)?, |_, h| Ok(h))
    }
}
