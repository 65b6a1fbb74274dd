//! A denoiser that cannot be beaten: the optimal prediction for Gaussian data, in closed form.
//!
//! If every number of a picture is drawn from `N(mean, std²)`, then `x_t` is Gaussian too, and the
//! expected noise in it is `E[eps | x_t] = √(1 − ᾱ) · (x_t − √ᾱ · mean) / (ᾱ · std² + 1 − ᾱ)`.
//! A sampler that works must turn noise into `N(mean, std²)` with it.

use candle_core::Tensor;

use crate::{Cond, Denoiser, NoiseSchedule};

/// The optimal noise prediction for data drawn from `N(mean, std²)`, number by number.
///
/// Its output means [`Prediction::Epsilon`](crate::Prediction::Epsilon). It knows the steps of its
/// schedule only, so a `t` between two timesteps is rounded to the nearer one.
#[derive(Clone, Debug)]
pub struct GaussianDenoiser {
    schedule: NoiseSchedule,
    mean: f64,
    std: f64,
}

impl GaussianDenoiser {
    /// For data of that mean and standard deviation, noised by `schedule`.
    pub fn new(schedule: NoiseSchedule, mean: f64, std: f64) -> Self {
        Self { schedule, mean, std }
    }
}

impl Denoiser for GaussianDenoiser {
    fn predict(&self, x_t: &Tensor, t: f64, _cond: &Cond) -> candle_core::Result<Tensor> {
        let rates = self.schedule.at(t.round() as usize + 1).map_err(candle_core::Error::wrap)?;
        let variance = rates.alpha_cumprod * self.std.powi(2) + 1.0 - rates.alpha_cumprod;
        // eps = √(1 − ᾱ) · (x_t − √ᾱ · mean) / (ᾱ · std² + 1 − ᾱ)
        (x_t - rates.signal_rate * self.mean)? * (rates.noise_rate / variance)
    }
}
