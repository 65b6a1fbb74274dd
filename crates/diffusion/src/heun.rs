//! Heun's method: a step of Euler's on trial, a look from there, and the step again with the mean of
//! both slopes.
//!
//! Karras et al. 2022 (2206.00364), Algorithm 1 without churn; k-diffusion's `sample_heun`. Two calls of the
//! network make a step, but for the last, which ends at σ = 0, where there is no slope. Halving the
//! steps' length quarters the error.
//!
//! As in diffusers each call is a step of its own: an even step is the trial, and an odd one, at the same
//! station as the even one after it, takes it back and goes by the mean.

use candle_core::Tensor;

use crate::sampler::{Rung, kept, rung_to_next};
use crate::sigma_space::{SigmaSpace, unit, way_down};
use crate::{NoiseSchedule, Rates, Result, Sampler, SamplerConfig, Station, StepOutput};

/// The sampler of order 2 along σ. [`SamplerConfig::eta`], `variance` and `stride` have no effect on it.
#[derive(Clone, Debug)]
pub struct Heun(SigmaSpace);

impl Heun {
    /// A sampler with the tables of `schedule`: of `2 · num_inference_steps − 1` steps, as many as it asks
    /// the network.
    ///
    /// # Errors
    /// See [`SamplerConfig::build`].
    pub fn new(schedule: &NoiseSchedule, config: &SamplerConfig) -> Result<Self> {
        let mut space = SigmaSpace::new(schedule, config)?;
        // Every station but the first is seen from twice: after the trial, and for good.
        let twice = |(idx, station): (usize, &Station)| std::iter::repeat_n(*station, 2.min(idx + 1));
        space.stations = space.stations.iter().enumerate().flat_map(twice).collect();
        Ok(Self(space))
    }
}

impl Sampler for Heun {
    fn stations(&self) -> &[Station] {
        &self.0.stations
    }

    fn init_sigma(&self) -> f64 {
        self.0.init_sigma
    }

    fn unit(&self, rates: Rates) -> f64 {
        unit(rates)
    }

    fn num_kept(&self) -> usize {
        2
    }

    fn step(
        &self,
        model_output: &Tensor,
        step_idx: usize,
        x: &Tensor,
        memory: &[Tensor],
        _noise: &mut dyn FnMut() -> Result<Tensor>,
    ) -> Result<StepOutput> {
        let Rung { rates, prev } = rung_to_next(&self.0.stations, step_idx)?;
        let (pred_x0, slope) = self.0.look(model_output, x, rates)?;
        let sigma = rates.sigma();

        let (prev_sample, memory) = match step_idx.checked_sub(1) {
            Some(trial_idx) if !step_idx.is_multiple_of(2) => {
                // The x_t at which the trial began, and the slope there.
                let [start, first_slope] = kept(memory)?;
                let start = self.sample_from_model_input(start, trial_idx)?;
                // x_next = x_start + (σ − σ_start) · (slope_start + slope) / 2
                let mean_slope = ((first_slope + &slope)? * 0.5)?;
                let down = way_down(self.rates(trial_idx).sigma(), sigma);
                ((start + (mean_slope * down)?)?, memory.to_vec())
            }
            _ => {
                let trial = (x + (&slope * way_down(sigma, prev.sigma()))?)?;
                (trial, vec![self.scale_model_input(x, step_idx)?, slope.clone()])
            }
        };
        Ok(StepOutput { prev_sample, pred_x0, pred_eps: slope, memory })
    }
}
