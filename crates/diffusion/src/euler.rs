//! Euler's method: along the slope, straight on to the next σ.
//!
//! Karras et al. 2022 (2206.00364), Algorithm 1 without its second half; k-diffusion's `sample_euler`:
//! `x_next = x + (σ_next − σ) · (x − x0) / σ`. Halving the steps' length halves the error. Written for
//! `x_t = √ᾱ · x` it is DDIM without noise; diffusers' Euler differs from it in where its steps lie.

use candle_core::Tensor;

use crate::sampler::{Rung, rung_to_next};
use crate::sigma_space::{SigmaSpace, unit, way_down};
use crate::{NoiseSchedule, Rates, Result, Sampler, SamplerConfig, Station, StepOutput};

/// The plain sampler along σ. [`SamplerConfig::eta`], `variance` and `stride` have no effect on it.
#[derive(Clone, Debug)]
pub struct Euler(SigmaSpace);

impl Euler {
    /// A sampler with the tables of `schedule`.
    ///
    /// # Errors
    /// See [`SamplerConfig::build`].
    pub fn new(schedule: &NoiseSchedule, config: &SamplerConfig) -> Result<Self> {
        Ok(Self(SigmaSpace::new(schedule, config)?))
    }
}

impl Sampler for Euler {
    fn stations(&self) -> &[Station] {
        &self.0.stations
    }

    fn init_sigma(&self) -> f64 {
        self.0.init_sigma
    }

    fn unit(&self, rates: Rates) -> f64 {
        unit(rates)
    }

    fn step(
        &self,
        model_output: &Tensor,
        step_idx: usize,
        x: &Tensor,
        _memory: &[Tensor],
        _noise: &mut dyn FnMut() -> Result<Tensor>,
    ) -> Result<StepOutput> {
        let Rung { rates, prev } = rung_to_next(&self.0.stations, step_idx)?;
        let (pred_x0, slope) = self.0.look(model_output, x, rates)?;
        // x_next = x + (σ_next − σ) · slope
        let prev_sample = (x + (&slope * way_down(rates.sigma(), prev.sigma()))?)?;
        Ok(StepOutput { prev_sample, pred_x0, pred_eps: slope, memory: Vec::new() })
    }
}
