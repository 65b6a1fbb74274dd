//! The view of Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models"
//! (2206.00364): the picture keeps its size, and noise of deviation σ lies on it, `x = x0 + σ · eps`.
//!
//! What a network sees is `x` times the signal rate. Noise goes away along the slope
//! `dx/dσ = (x − x0) / σ` (equation 1 for σ(t) = t), which is the noise that the network predicts.
//! Euler, Euler ancestral and Heun differ in how they follow it.

use candle_core::Tensor;

use crate::sampler::{Clip, read};
use crate::stations::Reading;
use crate::{NoiseSchedule, Prediction, Rates, Result, SamplerConfig, Spacing, Station};

/// What samplers along σ have in common.
#[derive(Clone, Debug)]
pub(crate) struct SigmaSpace {
    pub(crate) stations: Vec<Station>,
    pub(crate) init_sigma: f64,
    pub(crate) prediction: Prediction,
    pub(crate) clip: Clip,
}

impl SigmaSpace {
    pub(crate) fn new(schedule: &NoiseSchedule, config: &SamplerConfig) -> Result<Self> {
        let stations = config.stations(schedule, Reading::Real)?;
        let first = stations.first().map_or(Rates::new(1.0), |station| station.rates);
        // diffusers starts `leading` with an x_t of deviation 1, the others with the noise rate.
        let init_sigma = match config.spacing {
            Spacing::Leading => unit(first),
            Spacing::Linspace | Spacing::Trailing => first.sigma(),
        };
        Ok(Self { stations, init_sigma, prediction: config.prediction, clip: config.clip })
    }

    /// The picture that the network sees behind `x`, and the slope `(x − x0) / σ` towards it.
    pub(crate) fn look(&self, model_output: &Tensor, x: &Tensor, rates: Rates) -> Result<(Tensor, Tensor)> {
        let x_t = (x / unit(rates))?;
        let (pred_x0, _) = read(self.prediction, model_output, &x_t, rates, self.clip)?;
        let slope = ((x - &pred_x0)? / rates.sigma())?;
        Ok((pred_x0, slope))
    }
}

/// `σ_to − σ_from` in single precision, as diffusers has it. The cosine schedule begins at σ = 20,000, where the
/// seventh digit is a part of the picture: our paths are to agree with its paths.
pub(crate) fn way_down(sigma_from: f64, sigma_to: f64) -> f64 {
    f64::from(sigma_to as f32 - sigma_from as f32)
}

/// x for each x_t: 1 / signal rate, which is √(σ² + 1) where the power is kept.
pub(crate) fn unit(rates: Rates) -> f64 {
    rates.signal_rate.recip()
}
