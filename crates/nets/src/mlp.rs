//! A network for points in the plane, or anything else of a few numbers: fully connected layers that are told the time.
//!
//! The same job as the U-Net's, so small that it learns in seconds. Numbers go in together with waves of them: without these a
//! small network draws every edge soft (Tancik et al. 2020, arXiv 2006.10739).

use candle_nn::VarBuilder;
use noisebook_ops::{Error, Result, Tensor, silu};
use serde::{Deserialize, Serialize};

use crate::embedding::{timestep_embedding, with_waves};
use crate::layers::Linear;
use crate::unet_body::MAX_CHANNELS;

/// The shape of an [`Mlp`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MlpConfig {
    /// Numbers of one sample: 2 for a point in the plane.
    pub dim: usize,
    /// Width of each layer.
    pub width: usize,
    /// Layers of that width.
    pub num_layers: usize,
    /// Length of the vector that carries the time; even.
    pub emb_dim: usize,
    /// Waves of each number that go in with it: sine and cosine of π, 2π, 4π, … times the number; at most 16.
    pub num_waves: usize,
}

impl Default for MlpConfig {
    fn default() -> Self {
        Self { dim: 2, width: 128, num_layers: 3, emb_dim: 64, num_waves: 4 }
    }
}

impl MlpConfig {
    /// Whether a network can be made from it.
    ///
    /// # Errors
    /// When it contradicts itself, or is larger than any network here should be.
    pub fn check(&self) -> Result<()> {
        let fits = |n: usize| (1..=MAX_CHANNELS).contains(&n);
        let Self { dim, width, num_layers, emb_dim, num_waves } = *self;
        let sizes_fit = [dim, width, num_layers, emb_dim].into_iter().all(fits);
        if sizes_fit && emb_dim.is_multiple_of(2) && num_waves <= 16 {
            return Ok(());
        }
        Err(Error::Msg(format!(
            "[net] `dim`, `width`, `num_layers` and an even `emb_dim` must be from 1 to {MAX_CHANNELS}, and \
             `num_waves` at most 16"
        )))
    }
}

/// Predicts from a few noised numbers and the time.
pub struct Mlp {
    config: MlpConfig,
    time: Linear,
    input: Linear,
    layers: Vec<Linear>,
    head: Linear,
}

impl Mlp {
    /// The network with the weights of `vb`.
    ///
    /// # Errors
    /// When the config contradicts itself, or a tensor is missing or has another shape.
    pub fn new(config: MlpConfig, vb: &VarBuilder<'_>) -> Result<Self> {
        config.check()?;
        let MlpConfig { dim, width, num_layers, emb_dim, num_waves } = config;
        let layers = (0..num_layers).map(|i| Linear::new(width, width, &vb.pp("layers").pp(i)));
        Ok(Self {
            time: Linear::new(emb_dim, width, &vb.pp("time"))?,
            input: Linear::new(dim * (1 + 2 * num_waves), width, &vb.pp("input"))?,
            layers: layers.collect::<Result<_>>()?,
            head: Linear::zeros(width, dim, &vb.pp("head"))?,
            config,
        })
    }

    /// What it was made from.
    #[must_use]
    pub fn config(&self) -> &MlpConfig {
        &self.config
    }

    /// The model output: what it means (ε, x0, v) is the training's choice.
    ///
    /// # Shapes
    /// - `x_t`: `(b, dim)`
    /// - `timesteps`: one real number a sample
    /// - returns `(b, dim)`
    ///
    /// # Errors
    /// When a shape is not as above.
    pub fn forward(&self, x_t: &Tensor, timesteps: &[f64]) -> Result<Tensor> {
        let MlpConfig { dim, emb_dim, num_waves, .. } = self.config;
        if x_t.dims() != [timesteps.len(), dim] {
            let (b, found) = (timesteps.len(), x_t.dims());
            return Err(Error::Msg(format!("MLP: expected x_t of ({b}, {dim}), found {found:?}")));
        }
        let time = self.time.forward(&timestep_embedding(timesteps, emb_dim, x_t.device())?)?;
        let mut h = (self.input.forward(&with_waves(x_t, num_waves)?)? + &time)?;
        for layer in &self.layers {
            // Each layer adds to what is there, and hears the time again.
            h = (&h + layer.forward(&silu(&(&h + &time)?)?)?)?;
        }
        self.head.forward(&silu(&h)?)
    }
}
