//! A denoiser that cannot be beaten: the optimal prediction for Gaussian data, in closed form.
//!
//! If every number of a picture is drawn from `N(mean, std²)`, then `x_t = s · x0 + n · eps` is Gaussian
//! too, and the expected noise in it is `E[eps | x_t] = n · (x_t − s · mean) / (s² · std² + n²)`, the
//! expected picture `E[x0 | x_t] = mean + s · std² · (x_t − s · mean) / (s² · std² + n²)`.
//! A sampler that works must turn noise into `N(mean, std²)` with it.

use candle_core::Tensor;

use crate::{Cond, Denoiser, NoiseSchedule, Prediction};

/// The optimal prediction for data drawn from `N(mean, std²)`, number by number.
///
/// Between two timesteps of its schedule it takes [`NoiseSchedule::at_real`].
#[derive(Clone, Debug)]
pub struct GaussianDenoiser {
    schedule: NoiseSchedule,
    mean: f64,
    std: f64,
    prediction: Prediction,
}

impl GaussianDenoiser {
    /// For data of that mean and standard deviation, noised by `schedule`. Its output means
    /// [`Prediction::Epsilon`].
    pub fn new(schedule: NoiseSchedule, mean: f64, std: f64) -> Self {
        Self { schedule, mean, std, prediction: Prediction::Epsilon }
    }

    /// The same with an output of another meaning.
    #[must_use]
    pub fn predicting(self, prediction: Prediction) -> Self {
        Self { prediction, ..self }
    }
}

impl Denoiser for GaussianDenoiser {
    fn predict(&self, x_t: &Tensor, t: f64, _cond: &Cond) -> candle_core::Result<Tensor> {
        let Self { schedule, mean, std, prediction } = self;
        let rates = schedule.at_real(schedule.t_from_timestep(t)).map_err(candle_core::Error::wrap)?;
        let (s, n) = (rates.signal_rate, rates.noise_rate);
        // How far x_t is from its mean, in units of its variance.
        let off = ((x_t - s * mean)? / (s * s * std * std + n * n))?;
        let eps = (&off * n)?;
        let x0 = ((off * (s * std * std))? + *mean)?;
        match prediction {
            Prediction::Epsilon => Ok(eps),
            Prediction::Sample => Ok(x0),
            Prediction::V => (eps * s)? - (x0 * n)?,
            Prediction::Flow => eps - x0,
        }
    }
}
