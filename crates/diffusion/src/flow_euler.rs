//! Euler's method on the straight path of flow matching.
//!
//! Lipman et al. 2022, "Flow Matching for Generative Modeling" (2210.02747); Liu et al. 2022, "Flow Straight
//! and Fast" (2209.03003). From `x = (1 − σ) · x0 + σ · eps` follows `dx/dσ = eps − x0`, the velocity that a
//! network of flow matching predicts, and a step is `x_next = x + (σ_next − σ) · v`; diffusers'
//! `FlowMatchEulerDiscreteScheduler`. Were the network's path as straight as the one it was taught, one
//! step would do.
//!
//! Any path `x_t = s · x0 + n · eps` is a straight one after division by `s + n`, with `σ = n / (s + n)`. So
//! this sampler serves networks of other schedules too.

use candle_core::Tensor;

use crate::dpmpp_2m::listed_sigmas;
use crate::sampler::{Clip, Rung, read, rung_to_next};
use crate::stations::Reading;
use crate::{NoiseSchedule, Prediction, Rates, Result, Sampler, SamplerConfig, Station, StepOutput};

/// The sampler of flow matching. [`SamplerConfig::eta`], `variance` and `stride` have no effect on it.
#[derive(Clone, Debug)]
pub struct FlowEuler {
    stations: Vec<Station>,
    clip: Clip,
    prediction: Prediction,
}

impl FlowEuler {
    /// A sampler with the tables of `schedule`.
    ///
    /// # Errors
    /// See [`SamplerConfig::build`].
    pub fn new(schedule: &NoiseSchedule, config: &SamplerConfig) -> Result<Self> {
        Ok(Self {
            stations: config.stations(schedule, Reading::Straight)?,
            clip: config.clip,
            prediction: config.prediction,
        })
    }
}

impl Sampler for FlowEuler {
    fn stations(&self) -> &[Station] {
        &self.stations
    }

    fn sigmas(&self) -> Vec<f64> {
        listed_sigmas(&self.stations, true)
    }

    fn init_sigma(&self) -> f64 {
        // Of what the network sees the deviation is 1.
        self.unit(self.rates(0))
    }

    fn unit(&self, rates: Rates) -> f64 {
        (rates.signal_rate + rates.noise_rate).recip()
    }

    fn step(
        &self,
        model_output: &Tensor,
        step_idx: usize,
        x: &Tensor,
        _memory: &[Tensor],
        _noise: &mut dyn FnMut() -> Result<Tensor>,
    ) -> Result<StepOutput> {
        let Rung { rates, prev } = rung_to_next(&self.stations, step_idx)?;
        let x_t = self.scale_model_input(x, step_idx)?;
        let (pred_x0, pred_eps) = read(self.prediction, model_output, &x_t, rates, self.clip)?;
        // v = eps − x0; x_next = x + (σ_next − σ) · v
        let v = (&pred_eps - &pred_x0)?;
        let prev_sample = (x + (v * (prev.share() - rates.share()))?)?;
        Ok(StepOutput { prev_sample, pred_x0, pred_eps, memory: Vec::new() })
    }
}
