//! Altering a picture instead of making one: from picture to picture, and filling what is left out of one.
//!
//! Meng et al. 2021, "SDEdit: Guided Image Synthesis and Editing with Stochastic Differential Equations"
//! (2108.01073): the picture is noised up to `t = strength · T` and sampled from there. What the noise has drowned,
//! the finest things first, the model makes anew; what is still seen through it, stays.
//!
//! Lugmayr et al. 2022, "RePaint: Inpainting using Denoising Diffusion Probabilistic Models" (2201.09865),
//! equation 8: after each step what lies outside the mask is put back, as noisy as the step's end asks for,
//! `x_prev = mask ⊙ x_unknown + (1 − mask) ⊙ (s · x0 + n · eps)`, with noise of its own. So the model sees in every
//! `x_t` what is known, but what it made so far it made beside other noise, and the two fit but in part. Hence their
//! Algorithm 1, which takes each step in several rounds: noise leads back up, `x_t = √α · x_prev + √β · eps`, and
//! the step is taken again. Of two numbers that go together, one of them known, the other comes to be distributed as
//! it should, given the first, when steps and rounds are many; in one round its mean goes but half the way
//! (`tests/editing.rs`). A method that looks back at the step before has nothing to look at then, and each of its
//! steps is a first one.

use std::sync::Arc;

use candle_core::Tensor;

use crate::{
    BatchNoise, Cond, Denoiser, DiffusionError, Guidance, NoiseSchedule, Rates, Result, Sampler,
    SamplerConfig, Sampling, Station, StepOutput, q_sample,
};

/// The most rounds of a step.
const MAX_ROUNDS: usize = 1000;

/// Where a mask is as large as this, the picture may change.
const MAY_CHANGE: f64 = 0.5;

/// What is to be made of a picture that there is already.
#[derive(Clone, Debug)]
pub struct Alteration {
    source: Tensor,
    strength: f64,
    hole: Option<Hole>,
}

/// Where alone a picture may change.
#[derive(Clone, Debug)]
struct Hole {
    mask: Tensor,
    num_rounds: usize,
}

impl Alteration {
    /// Another picture like `source`, which has a batch's shape or can be stretched to it. Of `strength` 0 it stays
    /// as it is, bit for bit; of 1 nothing of it is left, and the seed's own picture comes out, bit for bit.
    ///
    /// # Errors
    /// When the strength is not between 0 and 1.
    pub fn new(source: &Tensor, strength: f64) -> Result<Self> {
        if !(0.0..=1.0).contains(&strength) {
            let (what, expected) = ("strength", "between 0 and 1");
            return Err(DiffusionError::Setting { what, found: strength, expected });
        }
        Ok(Self { source: source.clone(), strength, hole: None })
    }

    /// The same, but only where `mask` is at least a half; elsewhere not a bit changes. Each step is taken in
    /// `num_rounds` rounds, for as many calls of the network: the more, the better fits what is made to what is there.
    ///
    /// # Shapes
    /// `mask`: what can be stretched to the batch, `(h, w)` or `(b, 1, h, w)` say.
    ///
    /// # Errors
    /// When there are not 1 to 1000 rounds.
    pub fn within(self, mask: &Tensor, num_rounds: usize) -> Result<Self> {
        if !(1..=MAX_ROUNDS).contains(&num_rounds) {
            let (what, expected) = ("num_rounds", "from 1 to 1000");
            return Err(DiffusionError::Setting { what, found: num_rounds as f64, expected });
        }
        Ok(Self { hole: Some(Hole { mask: mask.clone(), num_rounds }), ..self })
    }

    /// The moment that the picture is noised up to, in steps applied: `t = strength · T`, rounded.
    pub fn start_t(&self, num_train_timesteps: usize) -> usize {
        (self.strength * num_train_timesteps as f64).round() as usize
    }

    /// The settings for the way down from there, with as many steps as lie on it; none where the picture stays as it is.
    pub fn config(&self, config: &SamplerConfig, num_train_timesteps: usize) -> Option<SamplerConfig> {
        let start_t = self.start_t(num_train_timesteps);
        if start_t == 0 {
            return None;
        }
        let num_inference_steps =
            (self.strength * config.num_inference_steps as f64).round().max(1.0) as usize;
        let start_t = (start_t < num_train_timesteps).then_some(start_t);
        Some(SamplerConfig { num_inference_steps, start_t, ..*config })
    }

    /// How often the network is asked on the way down, guidance aside.
    pub fn num_network_calls(&self, config: &SamplerConfig, num_train_timesteps: usize) -> usize {
        let num_rounds = self.hole.as_ref().map_or(1, |hole| hole.num_rounds);
        self.config(config, num_train_timesteps).map_or(0, |config| {
            // The second halves of Heun's steps are taken once.
            let num_halves = config.num_network_calls() - config.num_inference_steps;
            config.num_inference_steps * num_rounds + num_halves
        })
    }
}

impl Sampling {
    /// A picture on its way to being altered, with every step still to be taken: none at strength 0. `config` is for
    /// the whole way from noise, and [`Alteration::config`] says what is left of it.
    ///
    /// # Errors
    /// As for [`SamplerConfig::build`] and [`Sampling::new`], and when the picture or the mask does not fit the batch.
    pub fn altering(
        denoiser: Arc<dyn Denoiser>,
        schedule: &NoiseSchedule,
        config: &SamplerConfig,
        cond: Cond,
        guidance: Guidance,
        noise: BatchNoise,
        alteration: &Alteration,
    ) -> Result<Self> {
        let source = noise.stretch("picture to alter", &alteration.source)?;
        let kept = alteration.hole.as_ref().map(|hole| Kept::new(&source, hole, &noise)).transpose()?;
        let Some(config) = alteration.config(config, schedule.num_train_timesteps()) else {
            let sampling = Self::new(denoiser, Box::new(NoSteps), cond, guidance, noise)?;
            return Ok(sampling.keeping(kept, source));
        };
        let eps = noise.init()?;
        let sampling = Self::new(denoiser, config.build(schedule)?, cond, guidance, noise)?;
        let x_t = match config.start_t {
            Some(_) => q_sample(&source, &eps, sampling.rates(0))?,
            None => sampling.x_t().clone(),
        };
        Ok(sampling.keeping(kept, x_t))
    }
}

/// What of a batch is known.
pub(crate) struct Kept {
    source: Tensor,
    /// 1 where it may change, and 0 where it is known; of the batch's shape.
    may_change: Tensor,
    num_rounds: usize,
}

impl Kept {
    fn new(source: &Tensor, hole: &Hole, noise: &BatchNoise) -> Result<Self> {
        let may_change = noise.stretch("mask", &hole.mask)?.ge(MAY_CHANGE)?;
        Ok(Self { source: source.clone(), may_change, num_rounds: hole.num_rounds })
    }

    pub(crate) fn num_rounds(&self) -> usize {
        self.num_rounds
    }

    /// The batch with what is known in its place, as noisy as `rates` say.
    pub(crate) fn put_back(
        &self,
        x: &Tensor,
        rates: Rates,
        eps: impl FnOnce() -> Result<Tensor>,
    ) -> Result<Tensor> {
        let known = if rates.noise_rate == 0.0 {
            self.source.clone()
        } else {
            q_sample(&self.source, &eps()?, rates)?
        };
        // Chosen and not mixed: a zero times something is not always nothing, nor always the same zero.
        Ok(self.may_change.where_cond(x, &known)?)
    }
}

/// The way of a picture that stays as it is.
struct NoSteps;

impl Sampler for NoSteps {
    fn stations(&self) -> &[Station] {
        &[]
    }

    fn step(
        &self,
        _model_output: &Tensor,
        step_idx: usize,
        _x: &Tensor,
        _memory: &[Tensor],
        _noise: &mut dyn FnMut() -> Result<Tensor>,
    ) -> Result<StepOutput> {
        Err(DiffusionError::StepIndex { found: step_idx, max: 0 })
    }
}
