//! The objective of diffusion where a picture is asked for in words: guess what a noised picture hides, told its caption.
//!
//! A share of the captions is left out, and the empty prompt stands for them: so the same network also predicts without a
//! prompt, which guidance needs (Ho and Salimans 2022).

use ndarray_rand::rand::Rng;
use noisebook_data::{Store, Tokenizer};
use noisebook_nets::{TextNet, TextNetConfig};
use noisebook_ops::{Device, Error, Noise, Result as TensorResult, Stream, Tensor};
use noisebook_shelf::DiffusionConfig;

use crate::captioned::Captioned;
use crate::noising::{Noising, Question};
use crate::parameters::Parameters;
use crate::trainer::Turn;
use crate::{Objective, Recipe, TrainError};

/// A denoiser that learns to do what it is told.
pub(crate) struct TextDenoising {
    net: TextNet,
    captioned: Captioned,
    tokenizer: Tokenizer,
    noising: Noising,
    batch_size: usize,
    label_dropout: f64,
}

impl TextDenoising {
    pub(crate) fn new(
        name: &str,
        config: &TextNetConfig,
        diffusion: DiffusionConfig,
        recipe: &Recipe,
        noise: Noise,
        store: &dyn Store,
        device: &Device,
    ) -> Result<(Self, Parameters), TrainError> {
        let wrong = |why: String| TrainError::Recipe { name: name.to_owned(), why };
        let captioned = Captioned::of(recipe.data, name, config.sample_shape(), store)?;
        if recipe.mirror {
            return Err(wrong(
                "a mirrored picture is no longer left of what its caption says: leave out `mirror`"
                    .to_owned(),
            ));
        }
        let tokenizer = captioned.tokenizer();
        let (text, vocab_size, max_tokens) = (config.text(), tokenizer.vocab_size(), tokenizer.max_tokens());
        if (text.vocab_size, text.max_tokens) != (vocab_size, max_tokens) {
            return Err(wrong(format!(
                "the captions need `vocab_size = {vocab_size}` and `max_tokens = {max_tokens}` in [net.text], \
                 not {} and {}",
                text.vocab_size, text.max_tokens
            )));
        }
        let noising = Noising::new(diffusion, recipe, noise, device)?;
        let (net, parameters) = Parameters::init(noise, device, |vb| TextNet::new(config.clone(), vb))?;
        let Recipe { batch_size, label_dropout, .. } = *recipe;
        Ok((Self { net, captioned, tokenizer, noising, batch_size, label_dropout }, parameters))
    }

    /// The words that the network learns.
    pub(crate) fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    fn question(&self, update: usize) -> TensorResult<Question> {
        let Noising { noise, device, .. } = &self.noising;
        let mut drop_rng = noise.rng(Stream::Dropout, 0, update as u64);
        let (mut pictures, mut ids) = (Vec::new(), Vec::new());
        let mut shape = vec![self.batch_size];
        for sample in 0..self.batch_size {
            let (picture, caption) = self.captioned.draw(*noise, sample, update);
            let prompt = if drop_rng.random_bool(self.label_dropout) { "" } else { &caption };
            ids.extend(self.tokenizer.encode(prompt).map_err(Error::wrap)?.ids);
            shape.truncate(1);
            shape.extend(picture.shape());
            pictures.extend(picture);
        }
        let x0 = Tensor::from_vec(pictures, shape, device)?;
        let ids = Tensor::from_vec(ids, (self.batch_size, self.tokenizer.max_tokens()), device)?;
        self.noising.question(update, &x0, ids)
    }
}

impl Objective for TextDenoising {
    fn turn(&self, update: usize, _: usize) -> TensorResult<Turn> {
        let answer = self
            .noising
            .answer(&self.question(update)?, |x_t, timesteps, ids| self.net.forward(x_t, timesteps, ids))?;
        Ok(Turn::of_all(update, answer.loss()?))
    }
}
