//! Heun's method: a step of Euler's on trial, a look from there, and the step again with the mean of
//! both slopes.
//!
//! Karras et al. 2022 (2206.00364), Algorithm 1 without churn; k-diffusion's `sample_heun`. Two calls of the
//! network make a step, but for the last, which ends at σ = 0, where there is no slope. Halving the
//! steps' length quarters the error.
//!
//! On the straight path of flow matching it goes along that path's own σ, from 1 to 0, with the velocity for a slope, as
//! Euler does there. Seen as above the same path begins at σ = ∞, where no mean of two slopes helps.
//!
//! As in diffusers each call is a step of its own: an even step is the trial, and an odd one, at the same
//! station as the even one after it, takes it back and goes by the mean.

use candle_core::Tensor;

use crate::dpmpp_2m::listed_sigmas;
use crate::sampler::{Rung, kept, read, rung_to_next};
use crate::sigma_space::{SigmaSpace, unit, way_down};
use crate::{FlowEuler, NoiseSchedule, Rates, Result, Sampler, SamplerConfig, Station, StepOutput};

/// The sampler of order 2 along σ. [`SamplerConfig::eta`], `variance` and `stride` have no effect on it.
#[derive(Clone, Debug)]
pub struct Heun {
    space: SigmaSpace,
    is_straight: bool,
}

impl Heun {
    /// A sampler with the tables of `schedule`: of `2 · num_inference_steps − 1` steps, as many as it asks
    /// the network.
    ///
    /// # Errors
    /// See [`SamplerConfig::build`].
    pub fn new(schedule: &NoiseSchedule, config: &SamplerConfig) -> Result<Self> {
        let mut space = SigmaSpace::new(schedule, config)?;
        let is_straight = schedule.is_straight();
        if is_straight {
            let euler = FlowEuler::new(schedule, config)?;
            space.stations = euler.stations().to_vec();
            space.init_sigma = euler.init_sigma();
        }
        // Every station but the first is seen from twice: after the trial, and for good.
        let twice = |(idx, station): (usize, &Station)| std::iter::repeat_n(*station, 2.min(idx + 1));
        space.stations = space.stations.iter().enumerate().flat_map(twice).collect();
        Ok(Self { space, is_straight })
    }

    /// The picture and the noise that the network sees in `x`, and the slope there.
    fn look(&self, model_output: &Tensor, x: &Tensor, rates: Rates) -> Result<[Tensor; 3]> {
        if self.is_straight {
            let x_t = (x / self.unit(rates))?;
            let (prediction, clip) = (self.space.prediction, self.space.clip);
            let (pred_x0, pred_eps) = read(prediction, model_output, &x_t, rates, clip)?;
            let velocity = (&pred_eps - &pred_x0)?;
            return Ok([pred_x0, pred_eps, velocity]);
        }
        let (pred_x0, slope) = self.space.look(model_output, x, rates)?;
        Ok([pred_x0, slope.clone(), slope])
    }

    /// How far it is from one moment to another.
    fn way(&self, from: Rates, to: Rates) -> f64 {
        if self.is_straight { to.share() - from.share() } else { way_down(from.sigma(), to.sigma()) }
    }
}

impl Sampler for Heun {
    fn stations(&self) -> &[Station] {
        &self.space.stations
    }

    fn sigmas(&self) -> Vec<f64> {
        listed_sigmas(&self.space.stations, self.is_straight)
    }

    fn init_sigma(&self) -> f64 {
        self.space.init_sigma
    }

    fn unit(&self, rates: Rates) -> f64 {
        if self.is_straight { (rates.signal_rate + rates.noise_rate).recip() } else { unit(rates) }
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
        let Rung { rates, prev } = rung_to_next(&self.space.stations, step_idx)?;
        let [pred_x0, pred_eps, slope] = self.look(model_output, x, rates)?;
        let (prev_sample, memory) = match step_idx.checked_sub(1) {
            Some(trial_idx) if !step_idx.is_multiple_of(2) => {
                // The x_t at which the trial began, and the slope there.
                let [start, first_slope] = kept(memory)?;
                let start = self.sample_from_model_input(start, trial_idx)?;
                // x_next = x_start + (σ − σ_start) · (slope_start + slope) / 2
                let mean_slope = ((first_slope + &slope)? * 0.5)?;
                let down = self.way(self.rates(trial_idx), rates);
                ((start + (mean_slope * down)?)?, memory.to_vec())
            }
            _ => {
                let trial = (x + (&slope * self.way(rates, prev))?)?;
                (trial, vec![self.scale_model_input(x, step_idx)?, slope])
            }
        };
        Ok(StepOutput { prev_sample, pred_x0, pred_eps, memory })
    }
}
