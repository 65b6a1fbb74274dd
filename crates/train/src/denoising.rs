//! The objective of diffusion: guess what a noised picture hides (Ho et al. 2020, equation 14).
//!
//! loss = mean over the batch of w_t · ‖target − net(√ᾱ_t·x0 + √(1 − ᾱ_t)·eps, t, label)‖².
//! The target is eps, x0 or v, as the config says; which t are asked how often, and with which weight w_t, the recipe.
//! What the network looks like does not matter here: a U-Net for pictures, fully connected layers for points.

use ndarray_rand::rand::Rng;
use noisebook_data::{Split, Store};
use noisebook_diffusion::{NoiseSchedule, Prediction, Rates, q_sample_each};
use noisebook_nets::{Mlp, UNet, UNetConfig};
use noisebook_ops::{Device, Error, Noise, Result as TensorResult, Stream, Tensor, mse_loss};
use noisebook_shelf::DiffusionConfig;

use crate::collection::Collection;
use crate::parameters::Parameters;
use crate::trainer::Turn;
use crate::{Objective, Recipe, Timesteps, TrainError, Weighting};

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
    pub(crate) schedule: NoiseSchedule,
    /// Of t = 1 to T.
    pub(crate) rates: Vec<Rates>,
    pub(crate) prediction: Prediction,
    /// Whether the network is told t; where not, it is told 0.
    pub(crate) knows_time: bool,
    pub(crate) noise: Noise,
    pub(crate) batch_size: usize,
    pub(crate) label_dropout: f64,
    pub(crate) timesteps: Timesteps,
    pub(crate) weighting: Weighting,
    pub(crate) mirror: bool,
    pub(crate) device: Device,
}

/// What one update asks the network, and what it should say.
pub(crate) struct Question {
    /// For each sample the number of steps applied.
    pub(crate) ts: Vec<usize>,
    x_t: Tensor,
    labels: Tensor,
    target: Tensor,
    /// The root of each sample's weight, for the loss squares it: `(b, 1, …)`.
    root_weights: Tensor,
}

/// What it said, and what it should have said, both weighted: the loss is the mean of the squared difference.
pub(crate) struct Answer {
    said: Tensor,
    target: Tensor,
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
        let schedule = NoiseSchedule::named(diffusion.schedule, diffusion.num_train_timesteps)?;
        let rates = (1..=schedule.num_train_timesteps()).map(|t| schedule.at(t)).collect::<Result<_, _>>()?;
        let (net, parameters) = Parameters::init(noise, device, |vb| UNet::new(config.clone(), vb))?;
        let objective = Self {
            net: Box::new(net),
            knows_time: true,
            collection,
            schedule,
            rates,
            prediction: diffusion.prediction,
            noise,
            batch_size: recipe.batch_size,
            label_dropout: recipe.label_dropout,
            timesteps: recipe.timesteps,
            weighting: recipe.weighting,
            mirror: recipe.mirror,
            device: device.clone(),
        };
        Ok((objective, parameters))
    }
}

impl Objective for Denoising {
    fn turn(&self, update: usize, _: usize) -> TensorResult<Turn> {
        Ok(Turn::of_all(update, self.answer(&self.question(update)?)?.loss()?))
    }
}

impl Denoising {
    /// What update `update` asks, which depends on nothing but the seed and what is set.
    pub(crate) fn question(&self, update: usize) -> TensorResult<Question> {
        let (b, step) = (self.batch_size, update as u64);
        let mut data_rng = self.noise.rng(Stream::Data, 0, step);
        let mut time_rng = self.noise.rng(Stream::Timesteps, 0, step);
        let mut drop_rng = self.noise.rng(Stream::Dropout, 0, step);
        let labels = &self.collection.labels;
        let picks: Vec<usize> = (0..b).map(|_| data_rng.random_range(0..labels.len())).collect();
        let mirrored: Vec<bool> = (0..b).map(|_| self.mirror && data_rng.random_bool(0.5)).collect();
        // t counts the steps applied, 1 to T.
        let last = self.schedule.num_train_timesteps();
        let mut draw = |_| ((self.timesteps.draw(&mut time_rng) * last as f64) as usize + 1).min(last);
        let ts: Vec<usize> = (0..b).map(&mut draw).collect();
        let null_label = self.net.null_label();
        let labels: Vec<u32> = picks
            .iter()
            .map(|&pick| if drop_rng.random_bool(self.label_dropout) { null_label } else { labels[pick] })
            .collect();

        let x0 = self.collection.batch(&picks, &mirrored, &self.device)?;
        let eps = self.noise.normal_tensor(Stream::Forward, 0, b, step, &x0.dims()[1..], &self.device)?;
        let rates: Vec<Rates> = ts.iter().map(|&t| self.rates[t - 1]).collect();
        let (x_t, target) = q_sample_each(&x0, &eps, &rates)
            .and_then(|x_t| Ok((x_t, self.prediction.target(&x0, &eps, &rates)?)))
            .map_err(Error::wrap)?;

        let weights = rates.iter().map(|&rates| self.weighting.of(rates).sqrt() as f32).collect();
        let mut shape = vec![1; x0.rank()];
        shape[0] = b;
        let root_weights = Tensor::from_vec(weights, shape, &self.device)?;
        Ok(Question { ts, x_t, labels: Tensor::new(labels, &self.device)?, target, root_weights })
    }

    /// What the network says to it now.
    pub(crate) fn answer(&self, question: &Question) -> TensorResult<Answer> {
        let Question { ts, x_t, labels, target, root_weights } = question;
        let timestep =
            |&t: &usize| if self.knows_time { self.schedule.timestep_from_t(t as f64) } else { 0.0 };
        let timesteps: Vec<f64> = ts.iter().map(timestep).collect();
        let model_output = self.net.output(x_t, &timesteps, labels)?;
        Ok(Answer {
            said: model_output.broadcast_mul(root_weights)?,
            target: target.broadcast_mul(root_weights)?,
        })
    }
}

impl Answer {
    /// The mean of the weighted squared errors.
    pub(crate) fn loss(&self) -> TensorResult<Tensor> {
        mse_loss(&self.said, &self.target)
    }

    /// The same for each sample.
    pub(crate) fn losses(&self) -> TensorResult<Vec<f32>> {
        (self.said.detach() - &self.target)?.sqr()?.flatten_from(1)?.mean(1)?.to_vec1()
    }
}
