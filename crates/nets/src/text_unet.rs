//! The U-Net that is told in words what to draw: at each level, on the way down and up, every place of the picture looks at
//! the words of the prompt and takes from those that concern it (Rombach et al. 2021, arXiv 2112.10752, section 3.3).
//!
//! The prompt as a whole, the mean of its words, is added to the time and so reaches every block.

use candle_nn::VarBuilder;
use noisebook_ops::{Activation, Error, Result, Tensor};
use serde::{Deserialize, Serialize};

use crate::embedding::positions;
use crate::layers::{Conv2d, GroupNorm, Linear};
use crate::text::{Text, TextConfig, TextEncoder};
use crate::transformer::split_heads;
use crate::unet_body::{Body, BodyConfig, Place};

/// The shape of a [`TextUNet`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextUNetConfig {
    /// Channels of a picture: 1 for gray, 3 for color.
    pub in_channels: usize,
    /// Side of a picture in pixels; a multiple of 2 to the number of levels.
    pub size: usize,
    /// Channels of each level, from half the side downwards.
    pub channels: Vec<usize>,
    /// Length of the vector that carries the time and the whole prompt.
    pub emb_dim: usize,
    /// Groups of each normalization; divides every entry of `channels`.
    pub num_groups: usize,
    /// Heads of each attention; divides every entry of `channels`.
    pub num_heads: usize,
    /// What reads the prompt.
    pub text: TextConfig,
}

impl Default for TextUNetConfig {
    fn default() -> Self {
        Self {
            in_channels: 3,
            size: 32,
            channels: vec![48, 80, 112],
            emb_dim: 128,
            num_groups: 8,
            num_heads: 4,
            text: TextConfig::default(),
        }
    }
}

impl TextUNetConfig {
    fn body(&self) -> BodyConfig<'_> {
        let Self { in_channels, size, emb_dim, num_groups, num_heads, .. } = *self;
        BodyConfig { in_channels, size, channels: &self.channels, emb_dim, num_groups, num_heads }
    }

    /// Whether a network can be made from it.
    ///
    /// # Errors
    /// When it contradicts itself, or is larger than any network here should be.
    pub fn check(&self) -> Result<()> {
        self.body().check()?;
        if let Some(c) = self.channels.iter().find(|c| !c.is_multiple_of(self.num_heads)) {
            let heads = self.num_heads;
            return Err(Error::Msg(format!("[net] num_heads = {heads} does not divide {c} channels")));
        }
        if let Some(c) = self.channels.iter().find(|c| !c.is_multiple_of(4)) {
            return Err(Error::Msg(format!(
                "[net] {c} channels have no room for positions: expected a multiple of 4"
            )));
        }
        self.text.check()
    }
}

/// Predicts from a noised picture, the time and a prompt.
pub struct TextUNet {
    config: TextUNetConfig,
    text: TextEncoder,
    body: Body,
    looks: Vec<Looks>,
    mid_look: WordAttention,
}

/// How a level looks at the words.
struct Looks {
    down: WordAttention,
    up: WordAttention,
}

impl TextUNet {
    /// The network with the weights of `vb`.
    ///
    /// # Errors
    /// When the config contradicts itself, or a tensor is missing or has another shape.
    pub fn new(config: TextUNetConfig, vb: &VarBuilder<'_>) -> Result<Self> {
        config.check()?;
        let look = |level: usize, vb: VarBuilder<'_>| WordAttention::new(level, &config, &vb);
        let looks = (0..config.channels.len()).map(|level| {
            let vb = vb.pp("looks").pp(level);
            Ok(Looks { down: look(level, vb.pp("down"))?, up: look(level, vb.pp("up"))? })
        });
        Ok(Self {
            text: TextEncoder::new(config.text.clone(), config.emb_dim, &vb.pp("text"))?,
            body: Body::new(config.body(), vb)?,
            looks: looks.collect::<Result<_>>()?,
            mid_look: look(config.channels.len() - 1, vb.pp("mid_look"))?,
            config,
        })
    }

    /// What reads the prompt.
    pub(crate) fn text(&self) -> &TextEncoder {
        &self.text
    }

    /// What it was made from.
    #[must_use]
    pub fn config(&self) -> &TextUNetConfig {
        &self.config
    }

    /// [`crate::TextNet::forward`], of words as `text` has them, which also keeps what they were looked at for if someone
    /// watches.
    pub(crate) fn run(&self, x_t: &Tensor, timesteps: &[f64], text: &mut Text) -> Result<Tensor> {
        let prompt = self.text.pooled(text.tokens())?;
        self.body.forward(x_t, timesteps, &prompt, |place, h| match place {
            Place::Down(i) => self.looks[i].down.forward(&format!("looks.{i}.down"), &h, text),
            Place::Mid => self.mid_look.forward("mid_look", &h, text),
            Place::Up(i) => self.looks[i].up.forward(&format!("looks.{i}.up"), &h, text),
        })
    }
}

/// Attention from the pixels of a picture to the words of a prompt, added to the picture.
///
/// A pixel asks with what it shows and with where it is: in pure noise, where nothing shows yet, only the place can tell
/// which of two objects "left of" puts there.
struct WordAttention {
    norm: GroupNorm,
    /// Where each pixel is: `(1, c, h, w)`, fixed.
    positions: Tensor,
    q: Conv2d,
    k: Linear,
    v: Linear,
    proj: Conv2d,
    num_heads: usize,
}

impl WordAttention {
    fn new(level: usize, config: &TextUNetConfig, vb: &VarBuilder<'_>) -> Result<Self> {
        let (c, side, dim) = (config.channels[level], config.size >> (level + 1), config.text.dim);
        Ok(Self {
            positions: positions(side, c, vb.device())?.t()?.reshape((1, c, side, side))?,
            norm: GroupNorm::new(config.num_groups, c, Activation::Identity, &vb.pp("norm"))?,
            q: Conv2d::new(c, c, 1, &vb.pp("q"))?,
            k: Linear::new(dim, c, &vb.pp("k"))?,
            v: Linear::new(dim, c, &vb.pp("v"))?,
            proj: Conv2d::zeros(c, c, 1, &vb.pp("proj"))?,
            num_heads: config.num_heads,
        })
    }

    /// `(b, c, h, w)` to the same; `layer` is its name for those who watch.
    fn forward(&self, layer: &str, x: &Tensor, text: &mut Text) -> Result<Tensor> {
        let (b, c, h, w) = x.dims4()?;
        // (b, c, h, w) -> (b, heads, h·w, c / heads): a token a pixel.
        let q = self.q.forward(&self.norm.forward(x)?.broadcast_add(&self.positions)?)?;
        let q = q.reshape((b, self.num_heads, (), h * w))?.transpose(2, 3)?;
        let k = split_heads(&self.k.forward(text.tokens())?, self.num_heads)?;
        let v = split_heads(&self.v.forward(text.tokens())?, self.num_heads)?;
        let y = text.look(layer, &q, &k, &v)?.transpose(2, 3)?.reshape((b, c, h, w))?;
        x + self.proj.forward(&y)?
    }
}
