//! Euler with fresh noise: a step that goes further down than asked, and noise that brings it back up.
//!
//! k-diffusion's `sample_euler_ancestral`, after Song et al. 2021, "Score-Based Generative Modeling through
//! Stochastic Differential Equations" (2011.13456): σ_next is split so that `σ_down² + σ_up² = σ_next²` with
//! `σ_up² = σ_next² · (σ² − σ_next²) / σ²`, which is the noise of DDPM. Euler's step goes to σ_down, and
//! noise of deviation σ_up is added.

use candle_core::Tensor;

use crate::sampler::{Rung, rung_to_next};
use crate::sigma_space::{SigmaSpace, unit};
use crate::{NoiseSchedule, Rates, Result, Sampler, SamplerConfig, Station, StepOutput};

/// The noisy sampler along σ. [`SamplerConfig::eta`], `variance` and `stride` have no effect on it.
#[derive(Clone, Debug)]
pub struct EulerAncestral(SigmaSpace);

impl EulerAncestral {
    /// A sampler with the tables of `schedule`.
    ///
    /// # Errors
    /// See [`SamplerConfig::build`].
    pub fn new(schedule: &NoiseSchedule, config: &SamplerConfig) -> Result<Self> {
        Ok(Self(SigmaSpace::new(schedule, config)?))
    }
}

impl Sampler for EulerAncestral {
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
        noise: &mut dyn FnMut() -> Result<Tensor>,
    ) -> Result<StepOutput> {
        let Rung { rates, prev } = rung_to_next(&self.0.stations, step_idx)?;
        let (pred_x0, slope) = self.0.look(model_output, x, rates)?;

        let (sigma, sigma_next) = (rates.sigma(), prev.sigma());
        // σ_up² = σ_next² · (1 − σ_next² / σ²), σ_down² = σ_next² − σ_up²
        let up_variance = sigma_next.powi(2) * (1.0 - (sigma_next / sigma).powi(2));
        let sigma_down = (sigma_next.powi(2) - up_variance).max(0.0).sqrt();
        // x_next = x + (σ_down − σ) · slope + σ_up · noise
        let down = (x + (&slope * (sigma_down - sigma))?)?;
        let prev_sample = if up_variance > 0.0 { (down + (noise()? * up_variance.sqrt())?)? } else { down };
        Ok(StepOutput { prev_sample, pred_x0, pred_eps: slope, memory: Vec::new() })
    }
}
