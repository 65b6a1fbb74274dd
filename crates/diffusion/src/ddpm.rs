//! DDPM: the chain of training run backward, a little noise removed and a little less added.
//!
//! Ho et al. 2020, "Denoising Diffusion Probabilistic Models" (2006.11239), equation 7. Given the
//! predicted picture, the previous moment is Gaussian,
//! `q(x_{t−1} | x_t, x0) = N(√ᾱ_prev · β / (1 − ᾱ) · x0 + √α · (1 − ᾱ_prev) / (1 − ᾱ) · x_t, σ²)`,
//! with `α = ᾱ / ᾱ_prev` and `β = 1 − α`. When steps are skipped, α and β are those of the jump.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use crate::sampler::{Clip, Rung, read, rung, rungs_to_next, sigmas};
use crate::{NoiseSchedule, Prediction, Result, Sampler, SamplerConfig, StepOutput};

/// The variance σ² of the noise that a DDPM step adds; the two extremes of the paper's section 3.2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Variance {
    /// `β · (1 − ᾱ_prev) / (1 − ᾱ)`: right if the data were a single picture.
    #[default]
    FixedSmall,
    /// `β`: right if the data were pure noise.
    FixedLarge,
}

/// The ancestral sampler. [`SamplerConfig::eta`] has no effect on it.
#[derive(Clone, Debug)]
pub struct Ddpm {
    timesteps: Vec<usize>,
    rungs: Vec<Rung>,
    variance: Variance,
    clip: Clip,
    prediction: Prediction,
}

impl Ddpm {
    /// A sampler with the tables of `schedule`.
    ///
    /// # Errors
    /// See [`SamplerConfig::build`].
    pub fn new(schedule: &NoiseSchedule, config: &SamplerConfig) -> Result<Self> {
        let timesteps = config.checked_timesteps(schedule)?;
        Ok(Self {
            rungs: rungs_to_next(schedule, &timesteps)?,
            timesteps,
            variance: config.variance,
            clip: config.clip,
            prediction: config.prediction,
        })
    }

    /// σ², the variance of the noise that the step adds, in squared units of pixel value.
    ///
    /// At timestep 0 nothing is added, whatever this says.
    ///
    /// # Errors
    /// When there is no such step.
    pub fn variance(&self, step_idx: usize) -> Result<f64> {
        let Rung { rates, prev } = rung(&self.rungs, step_idx)?;
        let beta = 1.0 - rates.alpha_cumprod / prev.alpha_cumprod;
        Ok(match self.variance {
            // diffusers never lets it fall to 0, so that its logarithm exists.
            Variance::FixedSmall => {
                (beta * (1.0 - prev.alpha_cumprod) / (1.0 - rates.alpha_cumprod)).max(1e-20)
            }
            Variance::FixedLarge => beta,
        })
    }
}

impl Sampler for Ddpm {
    fn timesteps(&self) -> &[usize] {
        &self.timesteps
    }

    fn sigmas(&self) -> Vec<f64> {
        sigmas(&self.rungs)
    }

    fn step(
        &self,
        model_output: &Tensor,
        step_idx: usize,
        x_t: &Tensor,
        noise: &mut dyn FnMut() -> Result<Tensor>,
    ) -> Result<StepOutput> {
        let Rung { rates, prev } = rung(&self.rungs, step_idx)?;
        let alpha = rates.alpha_cumprod / prev.alpha_cumprod;
        let beta = 1.0 - alpha;

        let (pred_x0, pred_eps) = read(self.prediction, model_output, x_t, rates, self.clip)?;

        // mean = √ᾱ_prev · β / (1 − ᾱ) · x0 + √α · (1 − ᾱ_prev) / (1 − ᾱ) · x_t
        let x0_rate = prev.signal_rate * beta / (1.0 - rates.alpha_cumprod);
        let x_t_rate = alpha.sqrt() * (1.0 - prev.alpha_cumprod) / (1.0 - rates.alpha_cumprod);
        let mean = ((&pred_x0 * x0_rate)? + (x_t * x_t_rate)?)?;

        // x_{t−1} = mean + σ · noise; the very first step of the chain is undone without.
        let prev_sample = if self.timesteps.get(step_idx) == Some(&0) {
            mean
        } else {
            (mean + (noise()? * self.variance(step_idx)?.sqrt())?)?
        };
        Ok(StepOutput { prev_sample, pred_x0, pred_eps })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of diffusers' own test, `test_scheduler_ddpm.py`.
    #[test]
    fn the_variance_is_the_literatures() {
        let schedule = NoiseSchedule::linear(1000, 1e-4, 0.02).unwrap();
        let check = |variance, timestep: usize, expected: f64| {
            let config = SamplerConfig { num_inference_steps: 1000, variance, ..SamplerConfig::default() };
            let found = Ddpm::new(&schedule, &config).unwrap().variance(999 - timestep).unwrap();
            assert!((found - expected).abs() < 1e-5, "timestep {timestep}: {found}");
        };
        check(Variance::FixedSmall, 0, 0.0);
        check(Variance::FixedSmall, 487, 0.00979);
        check(Variance::FixedSmall, 999, 0.02);
        check(Variance::FixedLarge, 0, 1e-4);
        check(Variance::FixedLarge, 999, 0.02);
    }
}
