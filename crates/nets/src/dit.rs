//! The diffusion transformer (Peebles and Xie 2022, arXiv 2212.09748): a picture is cut into patches, and every patch is a token
//! that looks at all others, and at the words of the prompt (as in PixArt-α, Chen et al. 2023, arXiv 2310.00426).
//!
//! Time and prompt scale and shift what each layer sees and set how much of its answer is added: `gate · f(scale · x̂ + shift)`.
//! These numbers begin as zero (adaLN-Zero), so each layer begins by changing nothing.
//!
//! Such a network should be asked for the picture and not for the noise: the noise of a patch has as many directions as the
//! patch has numbers, and a token has not room for them (Li and He 2025, arXiv 2511.13720).

use candle_core::D;
use candle_nn::VarBuilder;
use noisebook_ops::{Error, Result, Tensor, layer_norm, patchify, silu, unpatchify};
use serde::{Deserialize, Serialize};

use crate::embedding::{positions, timestep_embedding};
use crate::layers::Linear;
use crate::text::{MAX_LAYERS, Text, TextConfig, TextEncoder};
use crate::transformer::{Attention, FeedForward};
use crate::unet_body::{MAX_CHANNELS, MAX_SIZE};

/// The shape of a [`Dit`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DitConfig {
    /// Channels of a picture: 1 for gray, 3 for color.
    pub in_channels: usize,
    /// Side of a picture in pixels.
    pub size: usize,
    /// Side of a patch in pixels; divides `size`.
    pub patch: usize,
    /// Numbers of a token; a multiple of 4.
    pub dim: usize,
    /// Layers.
    pub num_layers: usize,
    /// Heads of each attention; divides `dim`.
    pub num_heads: usize,
    /// What reads the prompt.
    pub text: TextConfig,
}

impl Default for DitConfig {
    fn default() -> Self {
        Self {
            in_channels: 3,
            size: 32,
            patch: 4,
            dim: 128,
            num_layers: 5,
            num_heads: 4,
            text: TextConfig::default(),
        }
    }
}

impl DitConfig {
    /// Whether a network can be made from it.
    ///
    /// # Errors
    /// When it contradicts itself, or is larger than any network here should be.
    pub fn check(&self) -> Result<()> {
        let wrong = |what: String| Err(Error::Msg(format!("[net] {what}")));
        let divides = |n: usize, c: usize| n > 0 && c > 0 && c.is_multiple_of(n);
        let Self { in_channels, size, patch, dim, num_layers, num_heads, .. } = *self;
        if in_channels.max(dim) > MAX_CHANNELS || size > MAX_SIZE || num_layers > MAX_LAYERS {
            return wrong(format!(
                "is too large: at most a side of {MAX_SIZE}, {MAX_CHANNELS} channels and {MAX_LAYERS} layers"
            ));
        }
        if in_channels == 0 || num_layers == 0 || !divides(4, dim) {
            return wrong(
                "expected at least one channel, one layer, and a `dim` that is a multiple of 4".to_owned(),
            );
        }
        if !divides(patch, size) {
            return wrong(format!("patches of {patch} do not divide a side of {size}"));
        }
        if !divides(num_heads, dim) {
            return wrong(format!("num_heads = {num_heads} does not divide dim = {dim}"));
        }
        self.text.check()
    }
}

/// Predicts from a noised picture, the time and a prompt.
pub struct Dit {
    config: DitConfig,
    text: TextEncoder,
    time1: Linear,
    time2: Linear,
    patches: Linear,
    /// Where each patch lies: `(n, dim)`, fixed.
    positions: Tensor,
    layers: Vec<Layer>,
    head_modulation: Linear,
    head: Linear,
}

impl Dit {
    /// The network with the weights of `vb`.
    ///
    /// # Errors
    /// When the config contradicts itself, or a tensor is missing or has another shape.
    pub fn new(config: DitConfig, vb: &VarBuilder<'_>) -> Result<Self> {
        config.check()?;
        let DitConfig { in_channels, size, patch, dim, num_layers, .. } = config;
        let patch_len = in_channels * patch * patch;
        let layers = (0..num_layers).map(|i| Layer::new(&config, &vb.pp("layers").pp(i)));
        Ok(Self {
            text: TextEncoder::new(config.text.clone(), dim, &vb.pp("text"))?,
            time1: Linear::new(dim, dim, &vb.pp("time1"))?,
            time2: Linear::new(dim, dim, &vb.pp("time2"))?,
            patches: Linear::new(patch_len, dim, &vb.pp("patches"))?,
            positions: positions(size.div_euclid(patch), dim, vb.device())?,
            layers: layers.collect::<Result<_>>()?,
            head_modulation: Linear::zeros(dim, 2 * dim, &vb.pp("head_modulation"))?,
            head: Linear::zeros(dim, patch_len, &vb.pp("head"))?,
            config,
        })
    }

    /// What reads the prompt.
    pub(crate) fn text(&self) -> &TextEncoder {
        &self.text
    }

    /// What it was made from.
    #[must_use]
    pub fn config(&self) -> &DitConfig {
        &self.config
    }

    /// [`crate::TextNet::forward`], of words as `text` has them, which also keeps what they were looked at for if someone
    /// watches.
    pub(crate) fn run(&self, x_t: &Tensor, timesteps: &[f64], text: &mut Text) -> Result<Tensor> {
        let DitConfig { in_channels, size, patch, dim, .. } = self.config;
        if x_t.dims() != [timesteps.len(), in_channels, size, size] {
            return Err(Error::Msg(format!(
                "DiT: expected x_t of ({}, {in_channels}, {size}, {size}), found {:?}",
                timesteps.len(),
                x_t.dims()
            )));
        }
        let time = timestep_embedding(timesteps, dim, x_t.device())?;
        let time = self.time2.forward(&silu(&self.time1.forward(&time)?)?)?;
        let emb = silu(&(time + self.text.pooled(text.tokens())?)?)?;

        let mut x = self.patches.forward(&patchify(x_t, patch)?)?.broadcast_add(&self.positions)?;
        for (i, layer) in self.layers.iter().enumerate() {
            x = layer.forward(&format!("layers.{i}.cross"), &x, &emb, text)?;
        }
        let [scale, shift] = &self.head_modulation.forward(&emb)?.chunk(2, 1)?[..] else {
            return Err(Error::Msg("DiT: the head's modulation is not in two".to_owned()));
        };
        unpatchify(&self.head.forward(&modulated(&x, scale, shift)?)?, patch, size, size)
    }
}

/// x + gate · attention(x̂), then what it takes from the words, then x + gate · mlp(x̂).
struct Layer {
    modulation: Linear,
    attn: Attention,
    cross: Attention,
    mlp: FeedForward,
}

impl Layer {
    fn new(config: &DitConfig, vb: &VarBuilder<'_>) -> Result<Self> {
        let DitConfig { dim, num_heads, .. } = *config;
        Ok(Self {
            modulation: Linear::zeros(dim, 6 * dim, &vb.pp("modulation"))?,
            attn: Attention::new(dim, dim, num_heads, &vb.pp("attn"))?,
            cross: Attention::zeros(dim, config.text.dim, num_heads, &vb.pp("cross"))?,
            mlp: FeedForward::new(dim, &vb.pp("mlp"))?,
        })
    }

    /// # Shapes
    /// - `x`: `(b, n, dim)`, `emb`: `(b, dim)`
    /// - returns the shape of `x`
    fn forward(&self, name: &str, x: &Tensor, emb: &Tensor, text: &mut Text) -> Result<Tensor> {
        let modulation = self.modulation.forward(emb)?.chunk(6, 1)?;
        let [scale1, shift1, gate1, scale2, shift2, gate2] = &modulation[..] else {
            return Err(Error::Msg("DiT: a layer's modulation is not in six".to_owned()));
        };
        let x = (x + gated(&self.attn.self_attn(&modulated(x, scale1, shift1)?)?, gate1)?)?;
        let x = (&x + self.cross.cross_attn(name, &x, text)?)?;
        &x + gated(&self.mlp.forward(&modulated(&x, scale2, shift2)?)?, gate2)?
    }
}

/// (1 + scale) · x̂ + shift, with x̂ the tokens `(b, n, dim)`, each normalized, and a scale and shift `(b, dim)` a sample.
fn modulated(x: &Tensor, scale: &Tensor, shift: &Tensor) -> Result<Tensor> {
    let dim = x.dim(D::Minus1)?;
    let one = Tensor::ones(dim, x.dtype(), x.device())?;
    let normalized = layer_norm(x, &one, &one.zeros_like()?)?;
    normalized.broadcast_mul(&(scale + 1.0)?.unsqueeze(1)?)?.broadcast_add(&shift.unsqueeze(1)?)
}

/// gate · x, with a gate `(b, dim)` a sample.
fn gated(x: &Tensor, gate: &Tensor) -> Result<Tensor> {
    x.broadcast_mul(&gate.unsqueeze(1)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use candle_nn::VarMap;
    use noisebook_ops::{DType, Device, Noise, Stream};

    use super::*;

    fn normal(sample: u64, shape: &[usize]) -> Tensor {
        Noise::new(5)
            .normal_tensor(Stream::Data, sample, 1, 0, shape, &Device::Cpu)
            .unwrap()
            .squeeze(0)
            .unwrap()
    }

    fn bits(x: &Tensor) -> Vec<u32> {
        x.flatten_all().unwrap().to_vec1::<f32>().unwrap().into_iter().map(f32::to_bits).collect()
    }

    #[test]
    fn a_layer_begins_as_the_identity() {
        let vars = VarMap::new();
        let config = DitConfig { dim: 16, ..DitConfig::default() };
        let layer = Layer::new(&config, &VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu)).unwrap();
        let (x, emb) = (normal(0, &[2, 4, 16]), normal(1, &[2, 16]));
        let mut text = Text::new(normal(2, &[2, 3, config.text.dim]));
        let y = layer.forward("", &x, &emb, &mut text).unwrap();
        assert_eq!(bits(&y), bits(&x));
        // And it would not be so by itself: with a gate open it is another.
        let data = vars.data().lock().unwrap();
        data["modulation.bias"].set(&Tensor::ones(6 * 16, DType::F32, &Device::Cpu).unwrap()).unwrap();
        assert_ne!(bits(&layer.forward("", &x, &emb, &mut text).unwrap()), bits(&x));
    }

    #[test]
    fn no_two_patches_have_the_same_position() {
        let positions = positions(8, 16, &Device::Cpu).unwrap();
        assert_eq!(positions.dims(), [64, 16]);
        let rows = positions.to_vec2::<f32>().unwrap();
        for (i, row) in rows.iter().enumerate() {
            assert!(rows[..i].iter().all(|other| other != row), "patch {i} lies where another does");
        }
        // The first half tells the row, the second the column.
        assert_eq!(rows[8 * 3 + 5][..8], rows[8 * 3][..8]);
        assert_eq!(rows[8 * 3 + 5][8..], rows[5][8..]);
    }
}
