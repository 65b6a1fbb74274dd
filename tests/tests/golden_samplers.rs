//! Samplers against diffusers 0.42, step by step (`tests/peers/diffusers_golden.py`).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use candle_core::{Device, Tensor};
use noisebook_diffusion::{
    Clip, NoiseSchedule, Prediction, SamplerConfig, SamplerName, ScheduleName, Spacing, Stride, Variance,
    trace,
};
use serde::Deserialize;

/// Relative above 1, absolute below; diffusers' tables are f32.
const TOLERANCE: f64 = 1e-4;

#[derive(Debug, Deserialize)]
struct Golden {
    sampler: SamplerName,
    schedule: ScheduleName,
    num_train_timesteps: usize,
    num_inference_steps: usize,
    spacing: Spacing,
    steps_offset: usize,
    prediction: Prediction,
    eta: f64,
    variance: Variance,
    clip: Option<f64>,
    noise: String,
    path_idx: Vec<usize>,
    path_sum_abs: Vec<f64>,
    final_idx: Vec<usize>,
    #[serde(rename = "final")]
    final_values: Vec<f64>,
}

impl Golden {
    fn config(&self) -> SamplerConfig {
        SamplerConfig {
            sampler: self.sampler,
            num_inference_steps: self.num_inference_steps,
            spacing: self.spacing,
            steps_offset: self.steps_offset,
            eta: self.eta,
            variance: self.variance,
            stride: Stride::Fixed,
            clip: self.clip.map_or(Clip::Off, Clip::Picture),
            prediction: self.prediction,
            ..SamplerConfig::default()
        }
    }

    fn schedule(&self) -> NoiseSchedule {
        NoiseSchedule::named(self.schedule, self.num_train_timesteps).unwrap()
    }

    /// The largest error of a path and an end; `what` ran it.
    fn check(&self, what: &str, sum_abs: &[f64], end: &[f64]) -> f64 {
        assert_eq!(sum_abs.len(), self.num_inference_steps, "{self:?}: {what} took another number of steps");
        let path = self.path_idx.iter().zip(&self.path_sum_abs).map(|(&idx, golden)| (sum_abs[idx], golden));
        let ends = self.final_idx.iter().zip(&self.final_values).map(|(&idx, golden)| (end[idx], golden));
        let largest = path
            .chain(ends)
            .map(|(found, golden)| (found - golden).abs() / golden.abs().max(1.0))
            .fold(0.0, |a: f64, b| if b > a || b.is_nan() { b } else { a });
        assert!(largest <= TOLERANCE, "{what} is off by {largest:.1e}: {self:?}, found {sum_abs:?}");
        largest
    }
}

fn golden() -> Vec<Golden> {
    let golden: Vec<Golden> = serde_json::from_str(include_str!("../golden/samplers.json")).unwrap();
    assert_eq!(golden.len(), 396);
    golden
}

fn cos_noise(step_idx: usize) -> Vec<f64> {
    (0..768).map(|i| (1.7 * f64::from(i) + step_idx as f64).cos()).collect()
}

/// The loop of `trace`, with the noise and the clipping that a case asks for.
fn run(case: &Golden) -> (Vec<f64>, Vec<f64>) {
    let tensor = |values: Vec<f64>| Tensor::from_vec(values, 768, &Device::Cpu).unwrap();
    let sampler = case.config().build(&case.schedule()).unwrap();
    let mut x = tensor((0..768).map(|i| f64::from(i) / 768.0).collect());
    let mut sum_abs = Vec::new();
    for (step_idx, &t) in sampler.timesteps().iter().enumerate() {
        let model_output = (&x * (t / (t + 1.0))).unwrap();
        let mut noise = || Ok(tensor(if case.noise == "cos" { cos_noise(step_idx) } else { vec![0.0; 768] }));
        x = sampler.step(&model_output, step_idx, &x, &[], &mut noise).unwrap().prev_sample;
        sum_abs.push(x.abs().unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap());
    }
    (sum_abs, x.to_vec1().unwrap())
}

#[test]
fn samplers_agree_with_diffusers() {
    let largest = golden().iter().fold(0.0, |largest: f64, case| {
        let (sum_abs, end) = run(case);
        largest.max(case.check("a loop of steps", &sum_abs, &end))
    });
    println!("largest error {largest:.1e}");
}

#[test]
fn traces_agree_with_diffusers() {
    let cases: Vec<_> =
        golden().into_iter().filter(|case| case.noise == "zero" && case.clip.is_none()).collect();
    assert!(cases.len() > 300);
    for case in cases {
        let trace = trace(&case.config(), &case.schedule(), None).unwrap();
        let sum_abs: Vec<f64> = trace.path.iter().map(|point| point.sum_abs).collect();
        case.check("a trace", &sum_abs, &trace.final_sample);
    }
}

/// Σ (position + 1) · timestep pins order and values, for every number of steps from 1 to 1000.
#[test]
fn timesteps_agree_with_diffusers() {
    let golden: BTreeMap<Spacing, Vec<usize>> =
        serde_json::from_str(include_str!("../golden/timesteps.json")).unwrap();
    assert_eq!(golden.len(), 3);
    let schedule = NoiseSchedule::named(ScheduleName::Linear, 1000).unwrap();
    for (spacing, checksums) in golden {
        assert_eq!(checksums.len(), 1000);
        for (num_inference_steps, expected) in (1..).zip(checksums) {
            let config = SamplerConfig { spacing, num_inference_steps, ..SamplerConfig::default() };
            let sampler = config.build(&schedule).unwrap();
            let timesteps = sampler.timesteps();
            assert_eq!(timesteps.len(), num_inference_steps);
            let checksum: usize =
                (1..).zip(&timesteps).map(|(position, timestep)| position * *timestep as usize).sum();
            assert_eq!(checksum, expected, "{spacing}, {num_inference_steps} steps: {timesteps:?}");
        }
    }
}
