//! A sampler's step as a formula in numbers: how much of each picture of the X-ray is in the next x.
//!
//! The numbers are not worked out a second time: they are read off the sampler itself. Without clipping a step is a sum,
//! the same for every pixel, so a step of single pixels in which one thing is 1 and everything else 0 says how much of it
//! the result has.
//! Where a sampler's formula speaks of the guessed noise, `x_t = signal · pred_x0 + noise · pred_eps` turns one
//! description into the other.

use crate::LabError;
use candle_core::{Device, Tensor};
use noisebook_diffusion::{Prediction, Rates, Sampler, SamplerName};

/// One step in numbers: `x_next` is the sum of its terms, each a picture times its rate.
#[derive(Clone, Debug, PartialEq)]
pub struct StepFormula {
    /// The rule of the step: the sampler's name, and which of its steps it is where they differ.
    pub rule: &'static str,
    /// What the network says, as in settings of samplers: `epsilon`, `v`.
    pub prediction: String,
    /// Where the step starts.
    pub t: usize,
    /// Where it ends.
    pub t_next: usize,
    /// The terms in the order of the formula.
    pub terms: Vec<Term>,
}

/// A picture and how much of it there is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// As in [`crate::NamedPicture::name`].
    pub name: &'static str,
    /// The factor before it.
    pub rate: f64,
}

impl StepFormula {
    /// The rate of the term of this name, 0 if there is none.
    pub fn rate(&self, name: &str) -> f64 {
        self.terms.iter().find(|term| term.name == name).map_or(0.0, |term| term.rate)
    }

    /// The step `step_idx` of `sampler`, which has to be built for predicted pictures and without clipping. `rates` are
    /// those at which the step starts.
    pub(crate) fn of(
        (name, prediction): (SamplerName, Prediction),
        sampler: &dyn Sampler,
        step_idx: usize,
        rates: Rates,
        (t, t_next): (usize, usize),
    ) -> Result<Self, LabError> {
        // One pixel for each thing that goes into the step.
        let unit = |nth: usize| -> Result<Tensor, LabError> {
            let values: Vec<f64> = (0..3).map(|pixel| f64::from(u8::from(pixel == nth))).collect();
            Ok(Tensor::from_vec(values, 3, &Device::Cpu)?)
        };
        let (pred_x0, x_t, noise) = (unit(0)?, unit(1)?, unit(2)?);
        let output = sampler.step(&pred_x0, step_idx, &x_t, &mut || Ok(noise.clone()))?;
        let [of_x0, of_x_t, of_noise] =
            <[f64; 3]>::try_from(output.prev_sample.to_vec1::<f64>()?).unwrap_or([f64::NAN; 3]);
        let term = |name, rate| Term { name, rate };
        let (rule, terms) = match name {
            // x_t = signal · pred_x0 + noise · pred_eps
            SamplerName::Ddim => {
                let of_picture = of_x0 + of_x_t * rates.signal_rate;
                let of_eps = of_x_t * rates.noise_rate;
                ("ddim", vec![term("pred_x0", of_picture), term("pred_eps", of_eps), term("noise", of_noise)])
            }
            SamplerName::Ddpm => {
                ("ddpm", vec![term("pred_x0", of_x0), term("x_t", of_x_t), term("noise", of_noise)])
            }
        };
        Ok(Self { rule, prediction: prediction.to_string(), t, t_next, terms })
    }
}
