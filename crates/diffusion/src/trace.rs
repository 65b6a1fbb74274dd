//! A sampler's path on a formula, to set beside other implementations.
//!
//! The model is `x · t / (t + 1)` and the start `x_i = i / 768`, as in diffusers' own tests, so
//! that the numbers need no network and no random generator. Everything is `f64`, nothing is
//! clipped, and the model sees the scaled input while the step sees the unscaled one.

use candle_core::{Device, Tensor};
use noisebook_ops::{Noise, Stream};
use serde::{Serialize, Serializer};

use crate::{Clip, Cond, Denoiser, NoiseSchedule, Result, SamplerConfig};

const NUM_VALUES: usize = 768;

/// Where a sampler went.
#[derive(Clone, Debug, Serialize)]
pub struct Trace {
    /// What the model is told at each step, diffusers' timesteps, falling; real numbers with some samplers.
    #[serde(serialize_with = "whole_where_possible")]
    pub timesteps: Vec<f64>,
    /// The noise at the start of each step, and 0 for the end, as diffusers lists it: per unit of signal,
    /// `√((1 − ᾱ) / ᾱ)`, or its share on the straight path. One more than there are steps.
    pub sigmas: Vec<f64>,
    /// The sample after each step.
    pub path: Vec<TracePoint>,
    /// The 768 numbers after the last step.
    #[serde(rename = "final")]
    pub final_sample: Vec<f64>,
}

/// A sample in two numbers.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct TracePoint {
    /// `Σ |x_i|`.
    pub sum_abs: f64,
    /// `Σ |x_i| / 768`.
    pub mean_abs: f64,
}

/// Runs the sampler of `config` on the analytic model. `config.clip` is ignored: a trace is never
/// clipped. `noise` is what an ancestral sampler draws from; none stands for zeros.
///
/// # Errors
/// See [`SamplerConfig::build`].
pub fn trace(config: &SamplerConfig, schedule: &NoiseSchedule, noise: Option<&Noise>) -> Result<Trace> {
    trace_as_configured(&SamplerConfig { clip: Clip::Off, ..*config }, schedule, noise)
}

/// The same, but clipped if the settings say so: published numbers are.
pub(crate) fn trace_as_configured(
    config: &SamplerConfig,
    schedule: &NoiseSchedule,
    noise: Option<&Noise>,
) -> Result<Trace> {
    let sampler = config.build(schedule)?;
    let start: Vec<f64> =
        (0..NUM_VALUES).map(|i| i as f64 / NUM_VALUES as f64 * sampler.init_sigma()).collect();
    let mut x = f64_tensor(start)?;
    let mut path = Vec::new();
    let mut memory = Vec::new();
    for (step_idx, station) in sampler.stations().iter().enumerate() {
        let input = sampler.scale_model_input(&x, step_idx)?;
        let model_output = AnalyticDenoiser.predict(&input, station.timestep, &Cond::null())?;
        let mut draw = || {
            f64_tensor(match noise {
                None => vec![0.0; NUM_VALUES],
                Some(noise) => noise
                    .normal(Stream::Step, 0, step_idx as u64, NUM_VALUES)
                    .into_iter()
                    .map(f64::from)
                    .collect(),
            })
        };
        let output = sampler.step(&model_output, step_idx, &x, &memory, &mut draw)?;
        (x, memory) = (output.prev_sample, output.memory);
        let sum_abs = x.abs()?.sum_all()?.to_scalar::<f64>()?;
        path.push(TracePoint { sum_abs, mean_abs: sum_abs / NUM_VALUES as f64 });
    }
    Ok(Trace { timesteps: sampler.timesteps(), sigmas: sampler.sigmas(), path, final_sample: x.to_vec1()? })
}

/// Whole numbers without a point where all are whole.
fn whole_where_possible<S: Serializer>(
    timesteps: &[f64],
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    if timesteps.iter().all(|timestep| timestep.fract() == 0.0) {
        serializer.collect_seq(timesteps.iter().map(|timestep| *timestep as u64))
    } else {
        serializer.collect_seq(timesteps)
    }
}

/// `x · t / (t + 1)`.
struct AnalyticDenoiser;

impl Denoiser for AnalyticDenoiser {
    fn predict(&self, x_t: &Tensor, t: f64, _cond: &Cond) -> candle_core::Result<Tensor> {
        x_t * (t / (t + 1.0))
    }
}

fn f64_tensor(values: Vec<f64>) -> Result<Tensor> {
    Ok(Tensor::from_vec(values, NUM_VALUES, &Device::Cpu)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Prediction, SamplerName, Spacing};

    fn linear() -> NoiseSchedule {
        NoiseSchedule::linear(1000, 1e-4, 0.02).unwrap()
    }

    /// The numbers of diffusers' own tests, `test_scheduler_ddim.py`, which clip at ±1.
    #[test]
    fn clipped_ddim_arrives_where_diffusers_says() {
        let check = |prediction, expected: f64| {
            let config = SamplerConfig {
                sampler: SamplerName::Ddim,
                num_inference_steps: 10,
                prediction,
                ..SamplerConfig::default()
            };
            let trace = trace_as_configured(&config, &linear(), None).unwrap();
            let sum_abs = trace.path.last().unwrap().sum_abs;
            assert!((sum_abs - expected).abs() < 1e-2, "{prediction}: {sum_abs}");
        };
        check(Prediction::Epsilon, 172.0067);
        check(Prediction::V, 52.5302);
    }

    /// The numbers of diffusers' own tests, which, unlike its pipelines and [`trace`], step from the scaled sample.
    #[test]
    fn euler_and_heun_arrive_where_diffusers_says() {
        let check = |sampler, expected: f64| {
            let config = SamplerConfig {
                sampler,
                num_inference_steps: 10,
                spacing: Spacing::Linspace,
                clip: Clip::Off,
                ..SamplerConfig::default()
            };
            let schedule = NoiseSchedule::linear(1100, 1e-4, 0.02).unwrap();
            let sampler = config.build(&schedule).unwrap();
            let start =
                (0..NUM_VALUES).map(|i| i as f64 / NUM_VALUES as f64 * sampler.init_sigma()).collect();
            let (mut x, mut memory) = (f64_tensor(start).unwrap(), Vec::new());
            for (step_idx, station) in sampler.stations().iter().enumerate() {
                x = sampler.scale_model_input(&x, step_idx).unwrap();
                let model_output = AnalyticDenoiser.predict(&x, station.timestep, &Cond::null()).unwrap();
                let output =
                    sampler.step(&model_output, step_idx, &x, &memory, &mut || Ok(x.clone())).unwrap();
                (x, memory) = (output.prev_sample, output.memory);
            }
            let sum_abs = x.abs().unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap();
            assert!((sum_abs - expected).abs() < 1e-2, "{}: {sum_abs}", config.sampler);
        };
        check(SamplerName::Euler, 10.0807);
        check(SamplerName::Heun, 0.1233);
    }

    #[test]
    fn a_trace_is_never_clipped() {
        let config = SamplerConfig { clip: Clip::Picture(1e-3), ..SamplerConfig::default() };
        let clipped = trace(&config, &linear(), None).unwrap();
        let free = trace(&SamplerConfig { clip: Clip::Off, ..config }, &linear(), None).unwrap();
        assert_eq!(clipped.final_sample, free.final_sample);
    }

    #[test]
    fn the_same_seed_gives_the_same_path_and_another_another() {
        let run = |seed| {
            let trace = trace(&SamplerConfig::default(), &linear(), Some(&Noise::new(seed))).unwrap();
            serde_json::to_string(&trace).unwrap()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }

    #[test]
    fn json_has_the_fields_of_the_command_line() {
        let config =
            SamplerConfig { num_inference_steps: 4, spacing: Spacing::Trailing, ..SamplerConfig::default() };
        let json = serde_json::to_value(trace(&config, &linear(), None).unwrap()).unwrap();
        assert_eq!(json["timesteps"], serde_json::json!([999, 749, 499, 249]));
        assert_eq!(json["sigmas"].as_array().unwrap().len(), 5);
        assert_eq!(json["sigmas"][4], 0.0);
        assert_eq!(json["path"].as_array().unwrap().len(), 4);
        assert!(json["path"][3]["sum_abs"].is_f64() && json["path"][3]["mean_abs"].is_f64());
        assert_eq!(json["final"].as_array().unwrap().len(), 768);
    }
}
