//! The objective of diffusion: guess what a noised picture hides (Ho et al. 2020, equation 14).
//!
//! loss = mean over the batch of ‖target − net(√ᾱ_t·x0 + √(1 − ᾱ_t)·eps, t, label)‖²,
//! with t uniform over the timesteps. The target is eps, x0 or v, as the config says.

use ndarray_rand::rand::Rng;
use noisebook_data::{Digits, Split, Store};
use noisebook_diffusion::{NoiseSchedule, Prediction, Rates, q_sample_each};
use noisebook_nets::{UNet, UNetConfig};
use noisebook_ops::{Device, Error, Noise, Result as TensorResult, Stream, Tensor, mse_loss};
use noisebook_shelf::DiffusionConfig;

use crate::parameters::Parameters;
use crate::{Objective, Recipe, TrainError};

/// A denoiser learning its trade on digits.
pub(crate) struct Denoising {
    net: UNet,
    pictures: Tensor,
    labels: Vec<u32>,
    rates: Vec<Rates>,
    prediction: Prediction,
    noise: Noise,
    batch_size: usize,
    label_dropout: f64,
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
        let (pictures, labels) = digits(store, Split::Generator, device)?;
        check_fit(&pictures, &labels, [config.in_channels, config.size], config.num_classes)?;
        let schedule = NoiseSchedule::named(diffusion.schedule, diffusion.num_train_timesteps)?;
        let rates = (1..=schedule.num_train_timesteps()).map(|t| schedule.at(t)).collect::<Result<_, _>>()?;
        let (net, parameters) = Parameters::init(noise, device, |vb| UNet::new(config.clone(), vb))?;
        let objective = Self {
            net,
            pictures,
            labels,
            rates,
            prediction: diffusion.prediction,
            noise,
            batch_size: recipe.batch_size,
            label_dropout: recipe.label_dropout,
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
        let picks: Vec<u32> = (0..b).map(|_| data_rng.random_range(0..self.labels.len() as u32)).collect();
        let timesteps: Vec<usize> = (0..b).map(|_| time_rng.random_range(0..self.rates.len())).collect();
        let null_label = self.net.config().null_label();
        let labels: Vec<u32> = picks
            .iter()
            .map(|&pick| {
                if drop_rng.random_bool(self.label_dropout) { null_label } else { self.labels[pick as usize] }
            })
            .collect();

        let x0 = self.pictures.index_select(&Tensor::new(picks, &self.device)?, 0)?;
        let eps = self.noise.normal_tensor(Stream::Forward, 0, b, step, &x0.dims()[1..], &self.device)?;
        let rates: Vec<Rates> = timesteps.iter().map(|&timestep| self.rates[timestep]).collect();
        let (x_t, target) = q_sample_each(&x0, &eps, &rates)
            .and_then(|x_t| Ok((x_t, self.prediction.target(&x0, &eps, &rates)?)))
            .map_err(Error::wrap)?;

        let times: Vec<f64> = timesteps.iter().map(|&timestep| timestep as f64).collect();
        let model_output = self.net.forward(&x_t, &times, &Tensor::new(labels, &self.device)?)?;
        mse_loss(&model_output, &target)
    }
}

/// Whether a network made for pictures of `[channels, side]` and so many labels can learn from these.
pub(crate) fn check_fit(
    pictures: &Tensor,
    labels: &[u32],
    [c, size]: [usize; 2],
    num_classes: usize,
) -> TensorResult<()> {
    let num_labels = labels.iter().max().map_or(0, |&last| last as usize + 1);
    if pictures.dims()[1..] == [c, size, size] && num_classes >= num_labels {
        return Ok(());
    }
    Err(Error::Msg(format!(
        "[net] is made for pictures of {:?} and {num_classes} labels, but the data have {:?} and {num_labels}",
        [c, size, size],
        &pictures.dims()[1..]
    )))
}

/// The pictures `(n, 1, 32, 32)` and labels of a split.
pub(crate) fn digits(
    store: &dyn Store,
    split: Split,
    device: &Device,
) -> Result<(Tensor, Vec<u32>), TrainError> {
    let digits = Digits::load(store)?;
    let indices = digits.indices(split);
    let mut values: Vec<f32> = Vec::new();
    let mut shape = (0, 0, 0);
    for &idx in indices {
        let picture = digits.picture(idx);
        shape = picture.dim();
        values.extend(picture.iter());
    }
    let labels = indices.iter().map(|&idx| u32::from(digits.label(idx))).collect();
    let (c, h, w) = shape;
    Ok((Tensor::from_vec(values, (indices.len(), c, h, w), device)?, labels))
}
