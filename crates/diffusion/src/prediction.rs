//! What a network was trained to say, and how to read it.
//!
//! From `x_t = s · x0 + n · eps`, knowing one of `x0`, `eps` and a velocity gives the other two. Here
//! `s` is the signal rate and `n` the noise rate: √ᾱ and √(1 − ᾱ), or 1 − σ and σ on the straight path.
//!
//! There are two velocities. `v = s · eps − n · x0`: Salimans & Ho 2022, "Progressive Distillation for
//! Fast Sampling of Diffusion Models" (2202.00512). `eps − x0`, the direction of the straight path:
//! Lipman et al. 2022, "Flow Matching for Generative Modeling" (2210.02747).

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use crate::names::named;
use crate::noising::per_sample;
use crate::{DiffusionError, Rates, Result};

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
    /// The direction of the straight path, `v = eps − x0`.
    Flow,
}

named!(Prediction, "prediction", {
    Epsilon = "epsilon",
    Sample = "sample",
    V = "v",
    Flow = "flow",
});

impl Prediction {
    /// The picture that `model_output` sees behind `x_t`.
    ///
    /// # Shapes
    /// All the same.
    ///
    /// # Errors
    /// When shapes, dtypes or devices differ, and when the noise was predicted where there is no signal.
    pub fn predict_x0(self, model_output: &Tensor, x_t: &Tensor, rates: Rates) -> Result<Tensor> {
        let Rates { signal_rate: s, noise_rate: n, .. } = rates;
        Ok(match self {
            Self::Epsilon if s == 0.0 => return Err(DiffusionError::NoSignal),
            // x0 = (x_t − n · eps) / s
            Self::Epsilon => ((x_t - (model_output * n)?)? / s)?,
            Self::Sample => model_output.clone(),
            // x0 = (s · x_t − n · v) / (s² + n²)
            Self::V => (((x_t * s)? - (model_output * n)?)? / (s * s + n * n))?,
            // x0 = (x_t − n · v) / (s + n)
            Self::Flow => ((x_t - (model_output * n)?)? / (s + n))?,
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
        let Rates { signal_rate: s, noise_rate: n, .. } = rates;
        Ok(match self {
            Self::Epsilon => model_output.clone(),
            // eps = (x_t − s · x0) / n
            Self::Sample => ((x_t - (model_output * s)?)? / n)?,
            // eps = (s · v + n · x_t) / (s² + n²)
            Self::V => (((model_output * s)? + (x_t * n)?)? / (s * s + n * n))?,
            // eps = (x_t + s · v) / (s + n)
            Self::Flow => ((x_t + (model_output * s)?)? / (s + n))?,
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
                // v = s · eps − n · x0
                Ok((eps.broadcast_mul(&signal_rate)? - x0.broadcast_mul(&noise_rate)?)?)
            }
            // v = eps − x0
            Self::Flow => Ok((eps - x0)?),
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
                    if rates.signal_rate == 0.0 && prediction == Prediction::Epsilon {
                        let error = prediction.predict_x0(&target, &x_t, rates).unwrap_err().to_string();
                        assert!(error.starts_with("where nothing of the picture is left"), "{error}");
                        continue;
                    }
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
        check(Prediction::Flow, 1.5);
    }
}
