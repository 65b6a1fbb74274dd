//! Noise schedules against diffusers 0.42: β and ᾱ to 1e-6 (`tests/peers/diffusers_golden.py`).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use noisebook_diffusion::NoiseSchedule;
use serde::Deserialize;

/// diffusers computes in f32, and rounds to about 1e-7.
const TOLERANCE: f64 = 1e-6;

#[derive(Deserialize)]
struct Golden {
    schedule: String,
    num_train_timesteps: usize,
    idx: Vec<usize>,
    betas: Vec<f64>,
    alphas_cumprod: Vec<f64>,
    mean_beta: f64,
    mean_alpha_cumprod: f64,
}

#[test]
fn schedules_agree_with_diffusers() {
    let golden: Vec<Golden> = serde_json::from_str(include_str!("../golden/schedules.json")).unwrap();
    assert_eq!(golden.len(), 20);
    for golden in golden {
        let Golden { schedule: name, num_train_timesteps, .. } = &golden;
        let schedule = NoiseSchedule::named(name.parse().unwrap(), *num_train_timesteps).unwrap();
        let check = |what: &str, found: f64, expected: f64| {
            let error = (found - expected).abs();
            assert!(
                error <= TOLERANCE,
                "{name}, T = {num_train_timesteps}: {what} is {found}, not {expected}"
            );
        };
        for ((&idx, &beta), &alpha_cumprod) in
            golden.idx.iter().zip(&golden.betas).zip(&golden.alphas_cumprod)
        {
            check(&format!("beta {idx}"), schedule.betas()[idx], beta);
            check(&format!("alpha_cumprod {idx}"), schedule.alphas_cumprod()[idx], alpha_cumprod);
        }
        check("the mean beta", schedule.betas().mean().unwrap(), golden.mean_beta);
        check("the mean alpha_cumprod", schedule.alphas_cumprod().mean().unwrap(), golden.mean_alpha_cumprod);
    }
}
