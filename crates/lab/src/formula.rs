//! A sampler's step as a formula in numbers: how much of each picture of the X-ray is in the next x.
//!
//! The numbers are not worked out a second time: they are read off the sampler itself. Without clipping a step is a sum,
//! the same for every pixel, so a step of single pixels in which one thing is 1 and everything else 0 says how much of it
//! the result has.
//! Where a sampler's formula speaks of the guessed noise or the velocity, `x_t = s · pred_x0 + n · pred_eps` turns one
//! description into the other.

use crate::LabError;
use candle_core::{Device, Tensor};
use noisebook_diffusion::{Prediction, Sampler, SamplerName};

/// One step in numbers: `x_next`, as the network sees it, is the sum of its terms, each a picture times its rate.
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
    /// As in [`crate::NamedPicture::name`], or what the sampler remembers of steps before: `x_before` (the x at which
    /// this step began), `eps_before` (the noise guessed there), `x0_before` and `x0_before_2` (the pictures guessed one
    /// and two steps before).
    pub name: &'static str,
    /// The factor before it.
    pub rate: f64,
}

/// How much of each thing is in the next x.
struct Rates {
    pred_x0: f64,
    x_t: f64,
    noise: f64,
    memory: [f64; MOST_KEPT],
}

/// As much as any sampler remembers.
const MOST_KEPT: usize = 3;

impl StepFormula {
    /// The rate of the term of this name, 0 if there is none.
    pub fn rate(&self, name: &str) -> f64 {
        self.terms.iter().find(|term| term.name == name).map_or(0.0, |term| term.rate)
    }

    /// The step `step_idx` of `sampler`, which has to be built for predicted pictures and without clipping, whatever the
    /// network says. `along` is where the step starts and ends.
    pub(crate) fn of(
        (name, prediction): (SamplerName, Prediction),
        sampler: &dyn Sampler,
        step_idx: usize,
        along: (usize, usize),
    ) -> Result<Self, LabError> {
        let Rates { pred_x0, x_t, noise, memory: [first, second, third] } = rates(sampler, step_idx)?;
        let num_steps = sampler.stations().len();
        let (s, n) = (sampler.rates(step_idx).signal_rate, sampler.rates(step_idx).noise_rate);
        // With pred_x0 = (x_t − n · pred_eps) / s
        let (x_t_beside_eps, eps) = (x_t + pred_x0 / s, -pred_x0 * n / s);

        let (rule, terms): (_, Vec<(&'static str, f64)>) = match name {
            SamplerName::Ddpm => ("ddpm", vec![("pred_x0", pred_x0), ("x_t", x_t), ("noise", noise)]),
            // With x_t = s · pred_x0 + n · pred_eps
            SamplerName::Ddim => {
                ("ddim", vec![("pred_x0", pred_x0 + x_t * s), ("pred_eps", x_t * n), ("noise", noise)])
            }
            SamplerName::Euler => ("euler", vec![("x_t", x_t_beside_eps), ("pred_eps", eps)]),
            SamplerName::EulerAncestral => {
                ("euler-ancestral", vec![("x_t", x_t_beside_eps), ("pred_eps", eps), ("noise", noise)])
            }
            SamplerName::Heun if !step_idx.is_multiple_of(2) => {
                ("heun-mean", vec![("x_before", first), ("eps_before", second), ("pred_eps", eps)])
            }
            SamplerName::Heun => {
                // The last step has no second half.
                let rule = if step_idx + 1 == num_steps { "euler" } else { "heun-trial" };
                (rule, vec![("x_t", x_t_beside_eps), ("pred_eps", eps)])
            }
            SamplerName::DpmPp2m if step_idx > 0 && step_idx + 1 < num_steps => {
                ("dpmpp-2m", vec![("x_t", x_t), ("pred_x0", pred_x0), ("x0_before", first)])
            }
            SamplerName::UniPc if step_idx > 0 => {
                let before = [("x0_before", second), ("x0_before_2", third)];
                ("unipc", [("x_before", first), ("pred_x0", pred_x0)].into_iter().chain(before).collect())
            }
            SamplerName::DpmPp2m | SamplerName::UniPc => {
                ("dpmpp-2m-first", vec![("x_t", x_t), ("pred_x0", pred_x0)])
            }
            // With pred_x0 = (x_t − n · v) / (s + n)
            SamplerName::FlowEuler => {
                ("flow-euler", vec![("x_t", x_t + pred_x0 / (s + n)), ("v", -pred_x0 * n / (s + n))])
            }
        };
        let terms = terms.into_iter().map(|(name, rate)| Term { name, rate }).collect();
        Ok(Self { rule, prediction: prediction.to_string(), t: along.0, t_next: along.1, terms })
    }
}

/// One pixel for each thing that goes into the step: there it is 1, and everything else 0.
fn rates(sampler: &dyn Sampler, step_idx: usize) -> Result<Rates, LabError> {
    const NUM: usize = 3 + MOST_KEPT;
    let unit = |nth: usize| -> Result<Tensor, LabError> {
        let values: Vec<f64> = (0..NUM).map(|pixel| f64::from(u8::from(pixel == nth))).collect();
        Ok(Tensor::from_vec(values, NUM, &Device::Cpu)?)
    };
    let (pred_x0, x_t, noise) = (unit(0)?, unit(1)?, unit(2)?);
    let memory = (0..sampler.num_kept()).map(|nth| unit(3 + nth)).collect::<Result<Vec<_>, _>>()?;
    let x = sampler.sample_from_model_input(&x_t, step_idx)?;
    let output = sampler.step(&pred_x0, step_idx, &x, &memory, &mut || Ok(noise.clone()))?;
    let x_next = sampler.scale_model_input(&output.prev_sample, step_idx + 1)?;
    let [pred_x0, x_t, noise, memory @ ..] =
        <[f64; NUM]>::try_from(x_next.to_vec1::<f64>()?).unwrap_or([f64::NAN; NUM]);
    Ok(Rates { pred_x0, x_t, noise, memory })
}
