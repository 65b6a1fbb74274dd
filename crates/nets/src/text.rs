//! From the numbers of words to vectors that know their neighbors: a small transformer (Vaswani et al. 2017), learned with the
//! pictures and from nothing else.
//!
//! Each place has a vector of its own beside its word's: without it "a circle left of a square" and "a square left of a
//! circle" would be the same heap of words. And half of the heads look back, half ahead: so whether "left of" comes before or
//! behind it is something that a word sees at once. Where every head looked both ways, training here was stuck: on average
//! neither the order nor the relation alone says anything of the picture, and after 10,000 updates "left of" and "right of"
//! still gave the same. Padding is a word like any other and may be looked at, as in the text encoder of
//! Stable Diffusion; a prompt of nothing else is the null prompt, which asks for no picture in particular.

use candle_nn::{Init, VarBuilder};
use noisebook_ops::{Error, Result, Tensor, attention, attention_with_weights, embedding};
use serde::{Deserialize, Serialize};

use crate::layers::Linear;
use crate::transformer::{Attention, FeedForward, LayerNorm, Sides};
use crate::unet_body::{MAX_CHANNELS, MAX_CLASSES};

/// The shape of a [`TextEncoder`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextConfig {
    /// Words it knows, padding and "unknown" among them.
    pub vocab_size: usize,
    /// Words of a prompt; a shorter one is padded.
    pub max_tokens: usize,
    /// Numbers of the vector of a word.
    pub dim: usize,
    /// Layers, each of which looks once at all words.
    pub num_layers: usize,
    /// Heads of the attention; divides `dim`.
    pub num_heads: usize,
}

impl Default for TextConfig {
    fn default() -> Self {
        Self { vocab_size: 64, max_tokens: 24, dim: 128, num_layers: 2, num_heads: 4 }
    }
}

/// The most layers of a transformer, and the most words of a prompt: a slip in a file must not ask for more than there is.
pub(crate) const MAX_LAYERS: usize = 64;
const MAX_TOKENS: usize = 1024;

impl TextConfig {
    /// Whether a network can be made from it.
    ///
    /// # Errors
    /// When it contradicts itself, or is larger than any network here should be.
    pub fn check(&self) -> Result<()> {
        let fits = |n: usize, max: usize| (1..=max).contains(&n);
        let Self { vocab_size, max_tokens, dim, num_layers, num_heads } = *self;
        let sizes_fit = fits(vocab_size, MAX_CLASSES)
            && fits(max_tokens, MAX_TOKENS)
            && fits(dim, MAX_CHANNELS)
            && num_layers <= MAX_LAYERS;
        if !sizes_fit {
            return Err(Error::Msg(format!(
                "[net.text] expected 1 to {MAX_CLASSES} words, prompts of 1 to {MAX_TOKENS}, a `dim` of 1 to \
                 {MAX_CHANNELS} and at most {MAX_LAYERS} layers"
            )));
        }
        if num_heads == 0 || !dim.is_multiple_of(num_heads) {
            return Err(Error::Msg(format!(
                "[net.text] num_heads = {num_heads} does not divide dim = {dim}"
            )));
        }
        if !num_heads.is_multiple_of(2) {
            return Err(Error::Msg(format!(
                "[net.text] num_heads = {num_heads} is odd, but half of the heads look back and half ahead"
            )));
        }
        Ok(())
    }
}

/// Turns the numbers of words into one vector a word, and one for the whole prompt.
pub struct TextEncoder {
    config: TextConfig,
    token: Tensor,
    position: Tensor,
    layers: Vec<Layer>,
    sides: Sides,
    norm: LayerNorm,
    pooled: Linear,
}

/// x + attention(norm(x)) to both sides, then x + mlp(norm(x)).
struct Layer {
    norm1: LayerNorm,
    attn: Attention,
    norm2: LayerNorm,
    mlp: FeedForward,
}

impl TextEncoder {
    /// The network with the weights of `vb`; the vector of a whole prompt has `pooled_dim` numbers.
    ///
    /// # Errors
    /// When the config contradicts itself, or a tensor is missing or has another shape.
    pub fn new(config: TextConfig, pooled_dim: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        config.check()?;
        let TextConfig { vocab_size, max_tokens, dim, num_layers, num_heads } = config;
        let randn = |stdev| Init::Randn { mean: 0.0, stdev };
        let layer = |i: usize| {
            let vb = vb.pp("layers").pp(i);
            Ok(Layer {
                norm1: LayerNorm::new(dim, &vb.pp("norm1"))?,
                attn: Attention::new(dim, dim, num_heads, &vb.pp("attn"))?,
                norm2: LayerNorm::new(dim, &vb.pp("norm2"))?,
                mlp: FeedForward::new(dim, &vb.pp("mlp"))?,
            })
        };
        Ok(Self {
            token: vb.pp("token").get_with_hints(
                (vocab_size, dim),
                "weight",
                randn((dim as f64).sqrt().recip()),
            )?,
            position: vb.pp("position").get_with_hints((max_tokens, dim), "weight", randn(1.0))?,
            layers: (0..num_layers).map(layer).collect::<Result<_>>()?,
            sides: Sides::new(max_tokens, vb.device())?,
            norm: LayerNorm::new(dim, &vb.pp("norm"))?,
            pooled: Linear::new(dim, pooled_dim, &vb.pp("pooled"))?,
            config,
        })
    }

    /// What it was made from.
    #[must_use]
    pub fn config(&self) -> &TextConfig {
        &self.config
    }

    /// The vector of each word by itself, `(vocab_size, dim)`.
    pub(crate) fn word_vectors(&self) -> &Tensor {
        &self.token
    }

    /// A vector for each word, which knows the other words.
    ///
    /// # Shapes
    /// - `ids`: `(b, max_tokens)` of u32, each below `vocab_size`
    /// - returns `(b, max_tokens, dim)`
    ///
    /// # Errors
    /// When the shape is not as above or there is no such word.
    pub fn forward(&self, ids: &Tensor) -> Result<Tensor> {
        let max_tokens = self.config.max_tokens;
        if ids.rank() != 2 || ids.dim(1)? != max_tokens {
            let found = ids.dims();
            return Err(Error::Msg(format!(
                "text encoder: expected ids of (b, {max_tokens}), found {found:?}"
            )));
        }
        // Times √dim (Vaswani et al., section 3.4): so words move far enough in training to find their neighbors.
        let words = (embedding(&self.token, ids)? * (self.config.dim as f64).sqrt())?;
        let mut x = words.broadcast_add(&self.position)?;
        for layer in &self.layers {
            x = (&x + layer.attn.directional_self_attn(&layer.norm1.forward(&x)?, &self.sides)?)?;
            x = (&x + layer.mlp.forward(&layer.norm2.forward(&x)?)?)?;
        }
        self.norm.forward(&x)
    }

    /// One vector for the whole prompt: a layer over the mean of its words.
    ///
    /// # Shapes
    /// - `tokens`: `(b, max_tokens, dim)` of [`Self::forward`]
    /// - returns `(b, pooled_dim)`
    ///
    /// # Errors
    /// When the shape is not as above.
    pub fn pooled(&self, tokens: &Tensor) -> Result<Tensor> {
        self.pooled.forward(&tokens.mean(1)?)
    }
}

/// How much each place of a picture took from each word, in one layer.
#[derive(Clone, Debug)]
pub struct WordMap {
    /// The layer: the path of its tensors in the weights file.
    pub layer: String,
    /// Places along each side of the picture.
    pub side: usize,
    /// `(b, heads, side², max_tokens)`: for each place, row after row, a share a word, together 1.
    pub weights: Tensor,
}

/// A prompt as the layers of one pass read it, and, where someone watches, what they looked at.
pub(crate) struct Text {
    tokens: Tensor,
    maps: Option<Vec<WordMap>>,
}

impl Text {
    /// Of words `(b, max_tokens, dim)`.
    pub(crate) fn new(tokens: Tensor) -> Self {
        Self { tokens, maps: None }
    }

    /// The same, watched.
    pub(crate) fn watched(tokens: Tensor) -> Self {
        Self { tokens, maps: Some(Vec::new()) }
    }

    pub(crate) fn tokens(&self) -> &Tensor {
        &self.tokens
    }

    /// What was looked at, in the order of the layers.
    pub(crate) fn into_maps(self) -> Vec<WordMap> {
        self.maps.unwrap_or_default()
    }

    /// Attention of the places of a square picture to the words, in `layer`.
    ///
    /// # Shapes
    /// - `q`: `(b, heads, side², d)`; `k` and `v`: `(b, heads, max_tokens, d)`
    /// - returns the shape of `q`
    pub(crate) fn look(&mut self, layer: &str, q: &Tensor, k: &Tensor, v: &Tensor) -> Result<Tensor> {
        let Some(maps) = &mut self.maps else {
            return attention(q, k, v, None);
        };
        let (y, weights) = attention_with_weights(q, k, v, None)?;
        let weights = weights.detach();
        maps.push(WordMap { layer: layer.to_owned(), side: q.dim(2)?.isqrt(), weights });
        Ok(y)
    }
}
