//! Euler with fresh noise: a step that goes further down than asked, and noise that brings it back up.
//!
//! k-diffusion's `sample_euler_ancestral`, after Song et al. 2021, "Score-Based Generative Modeling through
//! Stochastic Differential Equations" (2011.13456): σ_next is split so that `σ_down² + σ_up² = σ_next²` with
//! `σ_up² = σ_next² · (σ² − σ_next²) / σ²`, which is the noise of DDPM. Euler's step goes to σ_down, and
//! noise of deviation σ_up is added.

use candle_core::Tensor;

use crate::sampler::{Rung, rung_to_next};
use crate::sigma_space::{SigmaSpace, unit, way_down};
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

        // Single precision again: what is left of σ_next² without σ_up² may be its rounding.
        let (variance, next_variance) = (square(rates.sigma()), square(prev.sigma()));
        // σ_up² = σ_next² · (σ² − σ_next²) / σ², σ_down² = σ_next² − σ_up²
        let sigma_up = (next_variance * (variance - next_variance) / variance).sqrt();
        let sigma_down = (next_variance - sigma_up * sigma_up).max(0.0).sqrt();
        // x_next = x + (σ_down − σ) · slope + σ_up · noise
        let down = (x + (&slope * way_down(rates.sigma(), f64::from(sigma_down)))?)?;
        let prev_sample = if sigma_up > 0.0 { (down + (noise()? * f64::from(sigma_up))?)? } else { down };
        Ok(StepOutput { prev_sample, pred_x0, pred_eps: slope, memory: Vec::new() })
    }
}

fn square(sigma: f64) -> f32 {
    let sigma = sigma as f32;
    sigma * sigma
}
