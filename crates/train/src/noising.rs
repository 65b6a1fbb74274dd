//! What all trainings of denoisers share: how pictures are noised, what is asked, and how much an answer counts.
//!
//! loss = mean over the batch of w_t · ‖target − net(√ᾱ_t·x0 + √(1 − ᾱ_t)·eps, t, cond)‖² (Ho et al. 2020, equation 14).
//! The target is eps, x0 or v, as the config says; which t are asked how often, and with which weight w_t, the recipe.

use noisebook_diffusion::{NoiseSchedule, Prediction, Rates, q_sample_each};
use noisebook_ops::{Device, Error, Noise, Result as TensorResult, Stream, Tensor, mse_loss};
use noisebook_shelf::DiffusionConfig;

use crate::{Recipe, Timesteps, TrainError, Weighting};

/// From pictures to questions about them.
pub(crate) struct Noising {
    pub(crate) schedule: NoiseSchedule,
    /// Of t = 1 to T.
    pub(crate) rates: Vec<Rates>,
    pub(crate) prediction: Prediction,
    /// Whether the network is told t; where not, it is told 0.
    pub(crate) knows_time: bool,
    pub(crate) noise: Noise,
    pub(crate) timesteps: Timesteps,
    pub(crate) weighting: Weighting,
    pub(crate) device: Device,
}

/// What one update asks the network, and what it should say.
pub(crate) struct Question {
    /// For each sample the number of steps applied.
    pub(crate) ts: Vec<usize>,
    x_t: Tensor,
    /// What each sample should show, as the network is told it: labels, or the words of a prompt.
    cond: Tensor,
    target: Tensor,
    /// The root of each sample's weight, for the loss squares it: `(b, 1, …)`.
    root_weights: Tensor,
}

/// What it said, and what it should have said, both weighted: the loss is the mean of the squared difference.
pub(crate) struct Answer {
    said: Tensor,
    target: Tensor,
}

impl Noising {
    /// As a model's file says.
    pub(crate) fn new(
        diffusion: DiffusionConfig,
        recipe: &Recipe,
        noise: Noise,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let schedule = NoiseSchedule::named(diffusion.schedule, diffusion.num_train_timesteps)?;
        Ok(Self {
            rates: rates(&schedule)?,
            schedule,
            prediction: diffusion.prediction,
            knows_time: true,
            noise,
            timesteps: recipe.timesteps,
            weighting: recipe.weighting,
            device: device.clone(),
        })
    }

    /// What update `update` asks about these pictures, which depends on nothing but the seed and what is set.
    ///
    /// # Shapes
    /// - `x0`: `(b, …)`; `cond`: `(b, …)`, as the network is told it
    pub(crate) fn question(&self, update: usize, x0: &Tensor, cond: Tensor) -> TensorResult<Question> {
        let (b, step) = (x0.dim(0)?, update as u64);
        let mut time_rng = self.noise.rng(Stream::Timesteps, 0, step);
        // t counts the steps applied, 1 to T.
        let last = self.schedule.num_train_timesteps();
        let mut draw = |_| ((self.timesteps.draw(&mut time_rng) * last as f64) as usize + 1).min(last);
        let ts: Vec<usize> = (0..b).map(&mut draw).collect();

        let eps = self.noise.normal_tensor(Stream::Forward, 0, b, step, &x0.dims()[1..], &self.device)?;
        let rates: Vec<Rates> = ts.iter().map(|&t| self.rates[t - 1]).collect();
        let (x_t, target) = q_sample_each(x0, &eps, &rates)
            .and_then(|x_t| Ok((x_t, self.prediction.target(x0, &eps, &rates)?)))
            .map_err(Error::wrap)?;

        let weights = rates.iter().map(|&rates| self.weighting.of(rates).sqrt() as f32).collect();
        let mut shape = vec![1; x0.rank()];
        shape[0] = b;
        let root_weights = Tensor::from_vec(weights, shape, &self.device)?;
        Ok(Question { ts, x_t, cond, target, root_weights })
    }

    /// What a network says to it now; `net` is called with x_t, the timesteps and the condition.
    pub(crate) fn answer(
        &self,
        question: &Question,
        net: impl FnOnce(&Tensor, &[f64], &Tensor) -> TensorResult<Tensor>,
    ) -> TensorResult<Answer> {
        let Question { ts, x_t, cond, target, root_weights } = question;
        let timestep =
            |&t: &usize| if self.knows_time { self.schedule.timestep_from_t(t as f64) } else { 0.0 };
        let timesteps: Vec<f64> = ts.iter().map(timestep).collect();
        let model_output = net(x_t, &timesteps, cond)?;
        Ok(Answer {
            said: model_output.broadcast_mul(root_weights)?,
            target: target.broadcast_mul(root_weights)?,
        })
    }
}

/// The rates of t = 1 to T.
pub(crate) fn rates(schedule: &NoiseSchedule) -> Result<Vec<Rates>, TrainError> {
    Ok((1..=schedule.num_train_timesteps()).map(|t| schedule.at(t)).collect::<Result<_, _>>()?)
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
