//! The objective of diffusion: guess what a noised picture hides (Ho et al. 2020, equation 14).
//!
//! loss = mean over the batch of w_t · ‖target − net(√ᾱ_t·x0 + √(1 − ᾱ_t)·eps, t, label)‖².
//! The target is eps, x0 or v, as the config says; which t are asked how often, and with which weight w_t, the recipe.

use ndarray_rand::rand::Rng;
use noisebook_data::{Split, Store};
use noisebook_diffusion::{NoiseSchedule, Prediction, Rates, q_sample_each};
use noisebook_nets::{UNet, UNetConfig};
use noisebook_ops::{Device, Error, Noise, Result as TensorResult, Stream, Tensor, mse_loss};
use noisebook_shelf::DiffusionConfig;

use crate::collection::Collection;
use crate::parameters::Parameters;
use crate::{Objective, Recipe, Timesteps, TrainError, Weighting};

/// A denoiser learning its trade.
pub(crate) struct Denoising {
    net: UNet,
    collection: Collection,
    schedule: NoiseSchedule,
    /// Of t = 1 to T.
    rates: Vec<Rates>,
    prediction: Prediction,
    noise: Noise,
    batch_size: usize,
    label_dropout: f64,
    timesteps: Timesteps,
    weighting: Weighting,
    mirror: bool,
    device: Device,
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
            net,
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
    fn loss(&self, update: usize) -> TensorResult<Tensor> {
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
        let null_label = self.net.config().null_label();
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

        let times: Vec<f64> = ts.iter().map(|&t| self.schedule.timestep_from_t(t as f64)).collect();
        let model_output = self.net.forward(&x_t, &times, &Tensor::new(labels, &self.device)?)?;
        // The root, for the loss squares it.
        let weights = rates.iter().map(|&rates| self.weighting.of(rates).sqrt() as f32).collect();
        let weights = Tensor::from_vec(weights, (b, 1, 1, 1), &self.device)?;
        mse_loss(&model_output.broadcast_mul(&weights)?, &target.broadcast_mul(&weights)?)
    }
}
