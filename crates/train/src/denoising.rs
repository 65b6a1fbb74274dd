//! The objective of diffusion: guess what a noised picture hides, told which label it has, or its caption (Ho et al. 2020).
//!
//! What the network looks like does not matter here: a U-Net for pictures, one that reads for pictures with captions, fully
//! connected layers for points.

use noisebook_data::{Split, Store, Tokenizer};
use noisebook_nets::{Mlp, TextNet, TextNetConfig, UNet, UNetConfig};
use noisebook_ops::{DType, Device, Noise, Result as TensorResult, Tensor};
use noisebook_shelf::DiffusionConfig;

use crate::captioned::Captioned;
use crate::collection::Collection;
use crate::noising::{Answer, Noising, Question};
use crate::parameters::Parameters;
use crate::source::Source;
use crate::trainer::Turn;
use crate::{Objective, Recipe, TrainError};

/// A network that diffusion can train.
pub(crate) trait Net: Send + Sync {
    /// Its output for `x_t` `(b, …)`, of the same shape; `cond` are labels `(b,)` or the words of prompts `(b, max_tokens)`.
    fn output(&self, x_t: &Tensor, timesteps: &[f64], cond: &Tensor) -> TensorResult<Tensor>;

    /// The label that means "any".
    fn null_label(&self) -> u32 {
        0
    }

    /// What it is told of `b` samples of which nothing is said.
    fn null_cond(&self, b: usize, device: &Device) -> TensorResult<Tensor> {
        Tensor::full(self.null_label(), b, device)
    }
}

impl Net for UNet {
    fn output(&self, x_t: &Tensor, timesteps: &[f64], labels: &Tensor) -> TensorResult<Tensor> {
        self.forward(x_t, timesteps, labels)
    }

    fn null_label(&self) -> u32 {
        self.config().null_label()
    }
}

/// It takes no labels.
impl Net for Mlp {
    fn output(&self, x_t: &Tensor, timesteps: &[f64], _: &Tensor) -> TensorResult<Tensor> {
        self.forward(x_t, timesteps)
    }
}

/// Nothing is said by the empty prompt, which is padding throughout: the word 0.
impl Net for TextNet {
    fn output(&self, x_t: &Tensor, timesteps: &[f64], ids: &Tensor) -> TensorResult<Tensor> {
        self.forward(x_t, timesteps, ids)
    }

    fn null_cond(&self, b: usize, device: &Device) -> TensorResult<Tensor> {
        Tensor::zeros((b, self.max_tokens()), DType::U32, device)
    }
}

/// A denoiser learning its trade.
pub(crate) struct Denoising {
    pub(crate) net: Box<dyn Net>,
    pub(crate) source: Source,
    pub(crate) noising: Noising,
    pub(crate) batch_size: usize,
    pub(crate) label_dropout: f64,
}

impl Denoising {
    /// Of pictures with labels.
    pub(crate) fn of_labels(
        config: &UNetConfig,
        diffusion: DiffusionConfig,
        recipe: &Recipe,
        noise: Noise,
        store: &dyn Store,
        device: &Device,
    ) -> Result<(Self, Parameters), TrainError> {
        let collection = Collection::load(recipe.data, Split::Generator, store)?;
        collection.check_fit([config.in_channels, config.size], config.num_classes)?;
        let noising = Noising::new(diffusion, recipe, noise, device)?;
        let (net, parameters) = Parameters::init(noise, device, |vb| UNet::new(config.clone(), vb))?;
        Ok((
            Self::by(recipe, Box::new(net), Source::Labelled { collection, mirror: recipe.mirror }, noising),
            parameters,
        ))
    }

    /// Of pictures with captions; `name` is the model's. Also returns the words that the network learns.
    pub(crate) fn of_words(
        name: &str,
        config: &TextNetConfig,
        diffusion: DiffusionConfig,
        recipe: &Recipe,
        noise: Noise,
        store: &dyn Store,
        device: &Device,
    ) -> Result<(Self, Tokenizer, Parameters), TrainError> {
        let wrong = |why: String| TrainError::Recipe { name: name.to_owned(), why };
        let captioned = Captioned::of(recipe.data, name, config.sample_shape(), store)?;
        if recipe.mirror {
            return Err(wrong(
                "a mirrored picture is no longer left of what its caption says: leave out `mirror`"
                    .to_owned(),
            ));
        }
        let tokenizer = captioned.tokenizer();
        check_words(&tokenizer, config).map_err(wrong)?;
        let noising = Noising::new(diffusion, recipe, noise, device)?;
        let (net, parameters) = Parameters::init(noise, device, |vb| TextNet::new(config.clone(), vb))?;
        let source = Source::Captioned { captioned, tokenizer: tokenizer.clone() };
        Ok((Self::by(recipe, Box::new(net), source, noising), tokenizer, parameters))
    }

    fn by(recipe: &Recipe, net: Box<dyn Net>, source: Source, noising: Noising) -> Self {
        let Recipe { batch_size, label_dropout, .. } = *recipe;
        Self { net, source, noising, batch_size, label_dropout }
    }

    /// What update `update` asks, which depends on nothing but the seed and what is set.
    pub(crate) fn question(&self, update: usize) -> TensorResult<Question> {
        let Noising { noise, device, .. } = &self.noising;
        let dropped = (self.label_dropout, self.net.null_label());
        let (x0, cond) = self.source.batch(*noise, update, self.batch_size, dropped, device)?;
        self.noising.question(update, &x0, cond)
    }

    /// What the network says to it now.
    pub(crate) fn answer(&self, question: &Question) -> TensorResult<Answer> {
        self.noising.answer(question, |x_t, timesteps, cond| self.net.output(x_t, timesteps, cond))
    }
}

/// Whether a network has a number for each of these words, and room for as many.
pub(crate) fn check_words(tokenizer: &Tokenizer, config: &TextNetConfig) -> Result<(), String> {
    let (text, vocab_size, max_tokens) = (config.text(), tokenizer.vocab_size(), tokenizer.max_tokens());
    if (text.vocab_size, text.max_tokens) == (vocab_size, max_tokens) {
        return Ok(());
    }
    Err(format!(
        "the captions need `vocab_size = {vocab_size}` and `max_tokens = {max_tokens}` in [net.text], \
         not {} and {}",
        text.vocab_size, text.max_tokens
    ))
}

impl Objective for Denoising {
    fn turn(&self, update: usize, _: usize) -> TensorResult<Turn> {
        Ok(Turn::of_all(update, self.answer(&self.question(update)?)?.loss()?))
    }
}
