//! DDPM: the chain of training run backward, a little noise removed and a little less added.
//!
//! Ho et al. 2020, "Denoising Diffusion Probabilistic Models" (2006.11239), equation 7. Given the
//! predicted picture, the previous moment is Gaussian,
//! `q(x_{t−1} | x_t, x0) = N(√ᾱ_prev · β / (1 − ᾱ) · x0 + √α · (1 − ᾱ_prev) / (1 − ᾱ) · x_t, σ²)`,
//! with `α = ᾱ / ᾱ_prev` and `β = 1 − α`. When steps are skipped, α and β are those of the jump. On any
//! path `s` and `n`, signal and noise rate, stand for √ᾱ and √(1 − ᾱ), and those of the jump from the
//! previous moment up to here for √α and √β.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use crate::sampler::{Clip, Rung, read, rung_to_next};
use crate::stations::Reading;
use crate::{NoiseSchedule, Prediction, Result, Sampler, SamplerConfig, Station, StepOutput};

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
    stations: Vec<Station>,
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
        Ok(Self {
            stations: config.stations(schedule, Reading::Whole)?,
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
        let Rung { rates, prev } = rung_to_next(&self.stations, step_idx)?;
        let beta = prev.up_to(rates).noise_rate.powi(2);
        Ok(match self.variance {
            // diffusers never lets it fall to 0, so that its logarithm exists.
            Variance::FixedSmall => (beta * (prev.noise_rate / rates.noise_rate).powi(2)).max(1e-20),
            Variance::FixedLarge => beta,
        })
    }
}

impl Sampler for Ddpm {
    fn stations(&self) -> &[Station] {
        &self.stations
    }

    fn step(
        &self,
        model_output: &Tensor,
        step_idx: usize,
        x_t: &Tensor,
        _memory: &[Tensor],
        noise: &mut dyn FnMut() -> Result<Tensor>,
    ) -> Result<StepOutput> {
        let Rung { rates, prev } = rung_to_next(&self.stations, step_idx)?;
        // √α and √β of the jump from the previous moment up to here
        let jump = prev.up_to(rates);

        let (pred_x0, pred_eps) = read(self.prediction, model_output, x_t, rates, self.clip)?;

        // mean = s_prev · β / n² · x0 + √α · n_prev² / n² · x_t
        let x0_rate = prev.signal_rate * (jump.noise_rate / rates.noise_rate).powi(2);
        let x_t_rate = jump.signal_rate * (prev.noise_rate / rates.noise_rate).powi(2);
        let mean = ((&pred_x0 * x0_rate)? + (x_t * x_t_rate)?)?;

        // x_{t−1} = mean + σ · noise; the very first step of the chain is undone without.
        let is_first_of_the_chain =
            self.stations.get(step_idx).is_some_and(|station| station.timestep == 0.0);
        let prev_sample = if is_first_of_the_chain {
            mean
        } else {
            (mean + (noise()? * self.variance(step_idx)?.sqrt())?)?
        };
        Ok(StepOutput { prev_sample, pred_x0, pred_eps, memory: Vec::new() })
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
