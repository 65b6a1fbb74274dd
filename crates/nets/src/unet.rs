//! The U-Net that predicts noise (Ronneberger et al. 2015; Ho et al. 2020), small enough for a laptop.
//!
//! A picture is folded to half its side, twice more on the way down, and unfolded on the way up.
//! Each level passes what it saw across to its twin on the way up, so fine detail does not have to travel through the
//! bottom. Every block is told the time and the label.
//!
//! The label after the last class is the null label, "any": a share of the training pictures carries it, so the same
//! network also predicts without a label (Ho and Salimans 2022).

use candle_nn::{Init, VarBuilder};
use noisebook_ops::{
    Activation, Error, Result, Tensor, concat_channels, depth_to_space, embedding, silu, space_to_depth,
};
use serde::{Deserialize, Serialize};

use crate::embedding::timestep_embedding;
use crate::layers::{AttentionBlock, Conv2d, GroupNorm, Linear, ResBlock};

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

/// The largest side, number of channels and number of classes of a network: a slip in a file must not ask for more
/// memory than there is.
pub(crate) const MAX_SIZE: usize = 1024;
pub(crate) const MAX_CHANNELS: usize = 4096;
pub(crate) const MAX_CLASSES: usize = 65_536;

impl UNetConfig {
    /// The label that means "any".
    #[must_use]
    pub fn null_label(&self) -> u32 {
        u32::try_from(self.num_classes).unwrap_or(u32::MAX)
    }

    /// Whether a network can be made from it.
    ///
    /// # Errors
    /// When it contradicts itself, or is larger than any network here should be.
    pub fn check(&self) -> Result<()> {
        let wrong = |what: String| Err(Error::Msg(format!("[net] {what}")));
        let divides = |n: usize, c: usize| n > 0 && c > 0 && c.is_multiple_of(n);
        let Some(&lowest) = self.channels.last() else {
            return wrong("`channels` is empty: expected at least one level".to_owned());
        };
        let widest = self.channels.iter().copied().chain([self.emb_dim, self.in_channels]).max();
        if self.size > MAX_SIZE || self.num_classes > MAX_CLASSES || widest > Some(MAX_CHANNELS) {
            return wrong(format!(
                "is too large: at most a side of {MAX_SIZE}, {MAX_CHANNELS} channels and {MAX_CLASSES} classes"
            ));
        }
        if let Some(c) = self.channels.iter().find(|&&c| !divides(self.num_groups, c)) {
            return wrong(format!("num_groups = {} does not divide {c} channels", self.num_groups));
        }
        if !divides(self.num_heads, lowest) {
            return wrong(format!("num_heads = {} does not divide {lowest} channels", self.num_heads));
        }
        if !divides(1 << self.channels.len().min(16), self.size) {
            return wrong(format!("a side of {} cannot be halved {} times", self.size, self.channels.len()));
        }
        if self.in_channels == 0 || self.emb_dim < 2 || self.emb_dim % 2 == 1 {
            return wrong("expected at least one channel and an even `emb_dim`".to_owned());
        }
        Ok(())
    }
}

/// One level on the way down, and its twin on the way up.
struct Level {
    down: ResBlock,
    /// Folds to the next level: channels of the four pixels of a block into the channels there.
    fold: Option<Conv2d>,
    up: ResBlock,
    /// Unfolds to the level above.
    unfold: Option<Conv2d>,
}

/// Predicts from a noised picture, the time and a label.
pub struct UNet {
    config: UNetConfig,
    time1: Linear,
    time2: Linear,
    label: Tensor,
    stem: Conv2d,
    levels: Vec<Level>,
    mid1: ResBlock,
    mid_attn: AttentionBlock,
    mid2: ResBlock,
    norm: GroupNorm,
    head: Conv2d,
}

impl UNet {
    /// The network with the weights of `vb`.
    ///
    /// # Errors
    /// When the config contradicts itself, or a tensor is missing or has another shape.
    pub fn new(config: UNetConfig, vb: &VarBuilder<'_>) -> Result<Self> {
        config.check()?;
        let UNetConfig { in_channels, emb_dim, num_groups, num_heads, .. } = config;
        let channels = &config.channels;
        let (first, lowest) = (channels[0], channels[channels.len() - 1]);
        let block = |c_in, c_out, vb: VarBuilder<'_>| ResBlock::new(c_in, c_out, emb_dim, num_groups, &vb);
        let levels = (0..channels.len())
            .map(|i| {
                let (c, vb) = (channels[i], vb.pp("levels").pp(i));
                let fold = |below: &usize| Conv2d::new(4 * c, *below, 1, &vb.pp("fold"));
                let unfold = |above: &usize| Conv2d::new(c, 4 * above, 1, &vb.pp("unfold"));
                Ok(Level {
                    down: block(c, c, vb.pp("down"))?,
                    fold: channels.get(i + 1).map(fold).transpose()?,
                    up: block(2 * c, c, vb.pp("up"))?,
                    unfold: i.checked_sub(1).and_then(|i| channels.get(i)).map(unfold).transpose()?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            time1: Linear::new(emb_dim, emb_dim, &vb.pp("time1"))?,
            time2: Linear::new(emb_dim, emb_dim, &vb.pp("time2"))?,
            label: vb.pp("label").get_with_hints(
                (config.num_classes + 1, emb_dim),
                "weight",
                Init::Randn { mean: 0.0, stdev: 1.0 },
            )?,
            // A 2×2 block of pixels is four channels here.
            stem: Conv2d::new(4 * in_channels, first, 3, &vb.pp("stem"))?,
            levels,
            mid1: block(lowest, lowest, vb.pp("mid1"))?,
            mid_attn: AttentionBlock::new(lowest, num_heads, num_groups, &vb.pp("mid_attn"))?,
            mid2: block(lowest, lowest, vb.pp("mid2"))?,
            norm: GroupNorm::new(num_groups, first, Activation::Silu, &vb.pp("norm"))?,
            head: Conv2d::zeros(first, 4 * in_channels, 3, &vb.pp("head"))?,
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
        let size = self.config.size;
        if x_t.dims() != [timesteps.len(), self.config.in_channels, size, size] {
            return Err(Error::Msg(format!(
                "U-Net: expected x_t of ({}, {}, {size}, {size}), found {:?}",
                timesteps.len(),
                self.config.in_channels,
                x_t.dims()
            )));
        }
        let time = timestep_embedding(timesteps, self.config.emb_dim, x_t.device())?;
        let time = self.time2.forward(&silu(&self.time1.forward(&time)?)?)?;
        let emb = silu(&(time + embedding(&self.label, labels)?)?)?;

        let mut h = self.stem.forward(&space_to_depth(x_t)?)?;
        let mut skips = Vec::with_capacity(self.levels.len());
        for level in &self.levels {
            h = level.down.forward(&h, &emb)?;
            skips.push(h.clone());
            if let Some(fold) = &level.fold {
                h = fold.forward(&space_to_depth(&h)?)?;
            }
        }
        h = self.mid1.forward(&h, &emb)?;
        h = self.mid_attn.forward(&h)?;
        h = self.mid2.forward(&h, &emb)?;
        for (level, skip) in self.levels.iter().zip(&skips).rev() {
            h = level.up.forward(&concat_channels(&h, skip)?, &emb)?;
            if let Some(unfold) = &level.unfold {
                h = depth_to_space(&unfold.forward(&h)?)?;
            }
        }
        depth_to_space(&self.head.forward(&self.norm.forward(&h)?)?)
    }
}
