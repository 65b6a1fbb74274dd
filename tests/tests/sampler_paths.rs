//! Every sampler's path against diffusers 0.42 (`tests/peers/sampler_paths.py`): timesteps, σ, the sample after
//! each step, and where it ends, for every prediction, spacing, η and Karras' σ that it supports.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use noisebook_diffusion::{
    NoiseSchedule, Prediction, SamplerConfig, SamplerName, ScheduleName, Spacing, trace,
};
use serde::Deserialize;

/// Relative above 1, absolute below; diffusers computes along σ in f32.
const TOLERANCE: f64 = 1e-4;

/// One path; what is not said is the usual.
#[derive(Debug, Deserialize)]
struct Golden {
    sampler: SamplerName,
    #[serde(default = "linear")]
    schedule: ScheduleName,
    #[serde(default)]
    prediction: Prediction,
    spacing: Option<Spacing>,
    #[serde(default = "ten")]
    steps: usize,
    #[serde(default)]
    eta: f64,
    #[serde(default)]
    karras: bool,
    timesteps: Vec<f64>,
    sigmas: Vec<f64>,
    sum_abs: Vec<f64>,
    #[serde(rename = "final")]
    final_values: Vec<f64>,
}

fn linear() -> ScheduleName {
    ScheduleName::Linear
}

fn ten() -> usize {
    10
}

fn largest_error(found: &[f64], golden: &[f64]) -> f64 {
    if found.len() != golden.len() {
        return f64::INFINITY;
    }
    let errors = found.iter().zip(golden).map(|(a, b)| (a - b).abs() / b.abs().max(1.0));
    errors.fold(0.0, |a: f64, b| if b > a || b.is_nan() { b } else { a })
}

#[test]
fn paths_agree_with_diffusers() {
    let golden: Vec<Golden> = serde_json::from_str(include_str!("../golden/sampler_paths.json")).unwrap();
    let mut largest = BTreeMap::<String, f64>::new();
    let mut wrong = Vec::new();
    for golden in &golden {
        let Golden { sampler, schedule, prediction, steps, eta, karras, .. } = *golden;
        let usual = match sampler {
            SamplerName::Ddpm | SamplerName::Ddim => Spacing::Leading,
            _ => Spacing::Linspace,
        };
        let config = SamplerConfig {
            sampler,
            num_inference_steps: steps,
            spacing: golden.spacing.unwrap_or(usual),
            karras,
            eta,
            prediction,
            ..SamplerConfig::default()
        };
        let trace = trace(&config, &NoiseSchedule::named(schedule, 1000).unwrap(), None).unwrap();
        let sum_abs: Vec<f64> = trace.path.iter().map(|point| point.sum_abs).collect();
        let ends = [1, 500, 767].map(|idx| trace.final_sample[idx]);
        for (what, found, expected) in [
            ("timesteps", &trace.timesteps, &golden.timesteps),
            ("sigmas", &trace.sigmas, &golden.sigmas),
            ("path", &sum_abs, &golden.sum_abs),
            ("end", &ends.to_vec(), &golden.final_values),
        ] {
            let error = largest_error(found, expected);
            let worst = largest.entry(format!("{sampler}: {what}")).or_default();
            *worst = worst.max(error);
            if error > TOLERANCE || error.is_nan() {
                wrong.push(format!(
                    "{sampler} {schedule} {prediction} {:?} {steps} η {eta} karras {karras}: {what} off by {error:.1e}\n\
                     found {found:?}\n  not {expected:?}",
                    golden.spacing
                ));
            }
        }
    }
    println!("{} paths; largest errors {largest:#?}", golden.len());
    assert!(
        wrong.is_empty(),
        "{} of {} are wrong:\n{}",
        wrong.len(),
        golden.len(),
        wrong[..wrong.len().min(8)].join("\n")
    );
    assert!(golden.len() > 500);
}
