//! The networks that are told in words what to draw, behind one name.

use candle_nn::VarBuilder;
use noisebook_ops::{Result, Tensor};
use serde::{Deserialize, Serialize};

use crate::dit::{Dit, DitConfig};
use crate::text::{Text, TextConfig, TextEncoder, WordMap};
use crate::text_unet::{TextUNet, TextUNetConfig};

/// Which network, and its shape: in a file `arch` says which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "arch", rename_all = "kebab-case")]
pub enum TextNetConfig {
    /// A U-Net that looks at the words at each level.
    Unet(TextUNetConfig),
    /// A transformer over patches.
    Dit(DitConfig),
}

impl TextNetConfig {
    /// Whether a network can be made from it.
    ///
    /// # Errors
    /// When it contradicts itself, or is larger than any network here should be.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Unet(config) => config.check(),
            Self::Dit(config) => config.check(),
        }
    }

    /// What reads the prompt.
    #[must_use]
    pub fn text(&self) -> &TextConfig {
        match self {
            Self::Unet(config) => &config.text,
            Self::Dit(config) => &config.text,
        }
    }

    /// `[c, h, w]` of a picture.
    #[must_use]
    pub fn sample_shape(&self) -> [usize; 3] {
        let (c, size) = match self {
            Self::Unet(config) => (config.in_channels, config.size),
            Self::Dit(config) => (config.in_channels, config.size),
        };
        [c, size, size]
    }
}

/// Predicts from a noised picture, the time and a prompt.
pub enum TextNet {
    /// A U-Net that looks at the words at each level.
    Unet(Box<TextUNet>),
    /// A transformer over patches.
    Dit(Box<Dit>),
}

impl TextNet {
    /// The network with the weights of `vb`.
    ///
    /// # Errors
    /// When the config contradicts itself, or a tensor is missing or has another shape.
    pub fn new(config: TextNetConfig, vb: &VarBuilder<'_>) -> Result<Self> {
        Ok(match config {
            TextNetConfig::Unet(config) => Self::Unet(Box::new(TextUNet::new(config, vb)?)),
            TextNetConfig::Dit(config) => Self::Dit(Box::new(Dit::new(config, vb)?)),
        })
    }

    /// The model output: what it means (ε, x0, v) is the training's choice.
    ///
    /// # Shapes
    /// - `x_t`: `(b, in_channels, size, size)`
    /// - `timesteps`: one real number a sample
    /// - `ids`: `(b, max_tokens)` of u32, the numbers of the prompts' words
    /// - returns `(b, in_channels, size, size)`
    ///
    /// # Errors
    /// When a shape is not as above or there is no such word.
    pub fn forward(&self, x_t: &Tensor, timesteps: &[f64], ids: &Tensor) -> Result<Tensor> {
        self.forward_encoded(x_t, timesteps, &self.encode(ids)?)
    }

    /// Words of a prompt, padding among them.
    #[must_use]
    pub fn max_tokens(&self) -> usize {
        match self {
            Self::Unet(net) => net.text().config().max_tokens,
            Self::Dit(net) => net.text().config().max_tokens,
        }
    }

    /// The vector of each word by itself, `(vocab_size, dim)`: what it is before it has met the others of a prompt.
    #[must_use]
    pub fn word_vectors(&self) -> &Tensor {
        self.text().word_vectors()
    }

    fn text(&self) -> &TextEncoder {
        match self {
            Self::Unet(net) => net.text(),
            Self::Dit(net) => net.text(),
        }
    }

    /// The words of prompts as the layers read them: a vector for each, which knows the other words.
    ///
    /// # Shapes
    /// - `ids`: `(b, max_tokens)` of u32, the numbers of the prompts' words
    /// - returns `(b, max_tokens, dim)`
    ///
    /// # Errors
    /// When the shape is not as above or there is no such word.
    pub fn encode(&self, ids: &Tensor) -> Result<Tensor> {
        self.text().forward(ids)
    }

    /// As [`Self::forward`], of words that are encoded already, or mixed of such.
    ///
    /// # Shapes
    /// - `words`: `(b, max_tokens, dim)`, as [`Self::encode`] returns them
    ///
    /// # Errors
    /// As [`Self::forward`].
    pub fn forward_encoded(&self, x_t: &Tensor, timesteps: &[f64], words: &Tensor) -> Result<Tensor> {
        self.run(x_t, timesteps, &mut Text::new(words.clone()))
    }

    /// The same, and how much each place of the picture took from each word, layer after layer. The output may differ from
    /// that in the last bits.
    ///
    /// # Errors
    /// As [`Self::forward`].
    pub fn watch_encoded(
        &self,
        x_t: &Tensor,
        timesteps: &[f64],
        words: &Tensor,
    ) -> Result<(Tensor, Vec<WordMap>)> {
        let mut text = Text::watched(words.clone());
        let output = self.run(x_t, timesteps, &mut text)?;
        Ok((output, text.into_maps()))
    }

    fn run(&self, x_t: &Tensor, timesteps: &[f64], text: &mut Text) -> Result<Tensor> {
        match self {
            Self::Unet(net) => net.run(x_t, timesteps, text),
            Self::Dit(net) => net.run(x_t, timesteps, text),
        }
    }
}
