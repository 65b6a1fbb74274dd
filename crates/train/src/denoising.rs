//! The objective of diffusion: guess what a noised picture hides, told which label it has (Ho et al. 2020).
//!
//! What the network looks like does not matter here: a U-Net for pictures, fully connected layers for points.

use ndarray_rand::rand::Rng;
use noisebook_data::{Split, Store};
use noisebook_nets::{Mlp, UNet, UNetConfig};
use noisebook_ops::{Device, Noise, Result as TensorResult, Stream, Tensor};
use noisebook_shelf::DiffusionConfig;

use crate::collection::Collection;
use crate::noising::{Answer, Noising, Question};
use crate::parameters::Parameters;
use crate::trainer::Turn;
use crate::{Objective, Recipe, TrainError};

/// A network that diffusion can train.
pub(crate) trait Net: Send + Sync {
    /// Its output for `x_t` `(b, …)`, of the same shape.
    fn output(&self, x_t: &Tensor, timesteps: &[f64], labels: &Tensor) -> TensorResult<Tensor>;

    /// The label that means "any".
    fn null_label(&self) -> u32;
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

    fn null_label(&self) -> u32 {
        0
    }
}

/// A denoiser learning its trade.
pub(crate) struct Denoising {
    pub(crate) net: Box<dyn Net>,
    pub(crate) collection: Collection,
    pub(crate) noising: Noising,
    pub(crate) batch_size: usize,
    pub(crate) label_dropout: f64,
    pub(crate) mirror: bool,
}

impl Denoising {
    pub(crate) fn new(
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
        let objective = Self {
            net: Box::new(net),
            collection,
            noising,
            batch_size: recipe.batch_size,
            label_dropout: recipe.label_dropout,
            mirror: recipe.mirror,
        };
        Ok((objective, parameters))
    }

    /// What update `update` asks, which depends on nothing but the seed and what is set.
    pub(crate) fn question(&self, update: usize) -> TensorResult<Question> {
        let Noising { noise, device, .. } = &self.noising;
        let (b, step) = (self.batch_size, update as u64);
        let mut data_rng = noise.rng(Stream::Data, 0, step);
        let mut drop_rng = noise.rng(Stream::Dropout, 0, step);
        let labels = &self.collection.labels;
        let picks: Vec<usize> = (0..b).map(|_| data_rng.random_range(0..labels.len())).collect();
        let mirrored: Vec<bool> = (0..b).map(|_| self.mirror && data_rng.random_bool(0.5)).collect();
        let null_label = self.net.null_label();
        let labels: Vec<u32> = picks
            .iter()
            .map(|&pick| if drop_rng.random_bool(self.label_dropout) { null_label } else { labels[pick] })
            .collect();
        let x0 = self.collection.batch(&picks, &mirrored, device)?;
        self.noising.question(update, &x0, Tensor::new(labels, device)?)
    }

    /// What the network says to it now.
    pub(crate) fn answer(&self, question: &Question) -> TensorResult<Answer> {
        self.noising.answer(question, |x_t, timesteps, labels| self.net.output(x_t, timesteps, labels))
    }
}

impl Objective for Denoising {
    fn turn(&self, update: usize, _: usize) -> TensorResult<Turn> {
        Ok(Turn::of_all(update, self.answer(&self.question(update)?)?.loss()?))
    }
}
