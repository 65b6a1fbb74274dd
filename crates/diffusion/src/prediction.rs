//! What a network was trained to say, and how to read it.
//!
//! From `x_t = √ᾱ · x0 + √(1 − ᾱ) · eps`, knowing one of `x0`, `eps` and the velocity
//! `v = √ᾱ · eps − √(1 − ᾱ) · x0` gives the other two. Velocity: Salimans & Ho 2022,
//! "Progressive Distillation for Fast Sampling of Diffusion Models" (2202.00512).

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use crate::names::named;
use crate::noising::per_sample;
use crate::{Rates, Result};

/// What a denoiser's output means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prediction {
    /// The noise `eps` in `x_t`.
    #[default]
    Epsilon,
    /// The picture `x0` behind `x_t`.
    Sample,
    /// The velocity `v = √ᾱ · eps − √(1 − ᾱ) · x0`.
    V,
}

named!(Prediction, "prediction", {
    Epsilon = "epsilon",
    Sample = "sample",
    V = "v",
});

impl Prediction {
    /// The picture that `model_output` sees behind `x_t`.
    ///
    /// # Shapes
    /// All the same.
    ///
    /// # Errors
    /// When shapes, dtypes or devices differ.
    pub fn predict_x0(self, model_output: &Tensor, x_t: &Tensor, rates: Rates) -> Result<Tensor> {
        let Rates { signal_rate, noise_rate, .. } = rates;
        Ok(match self {
            // x0 = (x_t − √(1 − ᾱ) · eps) / √ᾱ
            Self::Epsilon => ((x_t - (model_output * noise_rate)?)? / signal_rate)?,
            Self::Sample => model_output.clone(),
            // x0 = √ᾱ · x_t − √(1 − ᾱ) · v
            Self::V => ((x_t * signal_rate)? - (model_output * noise_rate)?)?,
        })
    }

    /// The noise that `model_output` sees in `x_t`.
    ///
    /// # Shapes
    /// All the same.
    ///
    /// # Errors
    /// When shapes, dtypes or devices differ.
    pub fn predict_eps(self, model_output: &Tensor, x_t: &Tensor, rates: Rates) -> Result<Tensor> {
        let Rates { signal_rate, noise_rate, .. } = rates;
        Ok(match self {
            Self::Epsilon => model_output.clone(),
            // eps = (x_t − √ᾱ · x0) / √(1 − ᾱ)
            Self::Sample => ((x_t - (model_output * signal_rate)?)? / noise_rate)?,
            // eps = √ᾱ · v + √(1 − ᾱ) · x_t
            Self::V => ((model_output * signal_rate)? + (x_t * noise_rate)?)?,
        })
    }

    /// What the network should say: the target of its training, each sample at its own moment.
    ///
    /// # Shapes
    /// `x0`, `eps` and the result: `(b, …)`; `rates`: `b` of them.
    ///
    /// # Errors
    /// When shapes, dtypes or devices differ, or there are not `b` rates.
    pub fn target(self, x0: &Tensor, eps: &Tensor, rates: &[Rates]) -> Result<Tensor> {
        match self {
            Self::Epsilon => Ok(eps.clone()),
            Self::Sample => Ok(x0.clone()),
            Self::V => {
                let signal_rate = per_sample(x0, rates, |rates| rates.signal_rate)?;
                let noise_rate = per_sample(x0, rates, |rates| rates.noise_rate)?;
                // v = √ᾱ · eps − √(1 − ᾱ) · x0
                Ok((eps.broadcast_mul(&signal_rate)? - x0.broadcast_mul(&noise_rate)?)?)
            }
        }
    }
}
