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

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device};
    use noisebook_ops::{Noise, Stream};

    use super::*;
    use crate::{NoiseSchedule, ScheduleName, q_sample};

    fn largest_error(a: &Tensor, b: &Tensor) -> f64 {
        let error = (a - b).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap();
        error.to_dtype(DType::F64).unwrap().to_scalar().unwrap()
    }

    /// From x0 to `x_t` and, with what a perfect network would say, back.
    #[test]
    fn a_perfect_prediction_leads_back() {
        let noise = Noise::new(4);
        let draw = |stream| {
            noise.normal_tensor(stream, 0, 2, 0, &[3, 4], &Device::Cpu).unwrap().to_dtype(DType::F64).unwrap()
        };
        let (x0, eps) = (draw(Stream::Data), draw(Stream::Forward));
        for &prediction in Prediction::ALL {
            for &name in ScheduleName::ALL {
                for t in [1, 10, 500, 1000] {
                    let rates = NoiseSchedule::named(name, 1000).unwrap().at(t).unwrap();
                    let x_t = q_sample(&x0, &eps, rates).unwrap();
                    let target = prediction.target(&x0, &eps, &[rates, rates]).unwrap();
                    let pred_x0 = prediction.predict_x0(&target, &x_t, rates).unwrap();
                    let pred_eps = prediction.predict_eps(&target, &x_t, rates).unwrap();
                    let error = largest_error(&pred_x0, &x0).max(largest_error(&pred_eps, &eps));
                    // Dividing by a rate magnifies the rounding, by up to 2e4 at the cosine's end.
                    assert!(error < 1e-10, "{prediction}, {name}, t = {t}: {error}");
                }
            }
        }
    }

    #[test]
    fn the_target_is_what_the_name_says() {
        let rates = Rates::new(0.36);
        let tensor = |x: f64| Tensor::full(x, (1, 1), &Device::Cpu).unwrap();
        let check = |prediction: Prediction, expected| {
            let target = prediction.target(&tensor(0.5), &tensor(2.0), &[rates]).unwrap();
            assert!(largest_error(&target, &tensor(expected)) < 1e-12, "{prediction}: {target}");
        };
        check(Prediction::Epsilon, 2.0);
        check(Prediction::Sample, 0.5);
        // 0.6 · 2 − 0.8 · 0.5
        check(Prediction::V, 0.8);
    }
}
