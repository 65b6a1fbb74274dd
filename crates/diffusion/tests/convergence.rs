//! How fast the error of a sampler falls with the number of its steps, on Gaussian data, where the way of the
//! probability flow has a closed form.
//!
//! If the data are `N(m, d²)`, then `x_t` is `N(s · m, s² · d² + n²)`, and the flow keeps each sample's place
//! in that distribution: `x_0 = m + d · (x_t − s · m) / √(s² · d² + n²)`. A method of order p halves its steps
//! and divides its error by 2^p.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use candle_core::{Device, Tensor};
use noisebook_diffusion::{
    Clip, Cond, Denoiser, GaussianDenoiser, NoiseSchedule, Prediction, SamplerConfig, SamplerName,
};

const MEAN: f64 = 0.3;
const STD: f64 = 0.5;

/// Where the sampling begins: with some signal, as the closed form's sample.
const START_T: usize = 800;

fn schedule() -> NoiseSchedule {
    NoiseSchedule::flow(1000).unwrap()
}

/// The largest error of the samples after so many steps, in f64.
fn error(sampler: SamplerName, prediction: Prediction, num_inference_steps: usize) -> f64 {
    error_from(Some(START_T), sampler, prediction, num_inference_steps)
}

/// The same from another beginning: none is pure noise.
fn error_from(
    start_t: Option<usize>,
    sampler: SamplerName,
    prediction: Prediction,
    num_inference_steps: usize,
) -> f64 {
    let config = SamplerConfig {
        sampler,
        num_inference_steps,
        prediction,
        start_t,
        // Methods that look back count in ln σ; at even steps of σ their last ones stay long however many there are.
        karras: matches!(sampler, SamplerName::DpmPp2m | SamplerName::UniPc),
        clip: Clip::Off,
        ..SamplerConfig::for_pictures()
    };
    let sampler = config.build(&schedule()).unwrap();
    let denoiser = GaussianDenoiser::new(schedule(), MEAN, STD).predicting(prediction);
    let rates = sampler.rates(0);
    let (s, n) = (rates.signal_rate, rates.noise_rate);
    // Places in the distribution, in deviations.
    let places = Tensor::new(&[-2.0_f64, -1.0, -0.1, 0.0, 0.5, 3.0], &Device::Cpu).unwrap();
    let deviation = (s * s * STD * STD + n * n).sqrt();
    let x_t = places.affine(deviation, s * MEAN).unwrap();

    let mut x = sampler.sample_from_model_input(&x_t, 0).unwrap();
    let mut memory = Vec::new();
    for (step_idx, station) in sampler.stations().iter().enumerate() {
        let seen = sampler.scale_model_input(&x, step_idx).unwrap();
        let model_output = denoiser.predict(&seen, station.timestep, &Cond::null()).unwrap();
        let mut no_noise = || x.zeros_like().map_err(Into::into);
        let output = sampler.step(&model_output, step_idx, &x, &memory, &mut no_noise).unwrap();
        (x, memory) = (output.prev_sample, output.memory);
    }
    let expected = places.affine(STD, MEAN).unwrap();
    (x - expected).unwrap().abs().unwrap().max(0).unwrap().to_scalar().unwrap()
}

#[test]
fn errors_fall_by_the_order_of_the_method() {
    let check = |sampler: SamplerName, order: f64| {
        for prediction in [Prediction::Epsilon, Prediction::Sample, Prediction::V, Prediction::Flow] {
            let [coarse, fine] = [40, 160].map(|num| error(sampler, prediction, num));
            let slope = (coarse / fine).log2() / 2.0;
            println!(
                "{sampler}, {prediction}: {coarse:.2e} in 40 steps, {fine:.2e} in 160, order {slope:.2}"
            );
            assert!(
                (slope - order).abs() < 0.25,
                "{sampler}, {prediction}: order {slope}, {coarse} and {fine}"
            );
        }
    };
    check(SamplerName::Ddim, 1.0);
    check(SamplerName::Euler, 1.0);
    check(SamplerName::FlowEuler, 1.0);
    check(SamplerName::Heun, 2.0);
    check(SamplerName::DpmPp2m, 2.0);
    // The correction gains an order (corollary 3.2 of Zhao et al. 2023).
    check(SamplerName::UniPc, 3.0);
}

/// From pure noise, where σ of the other samplers is infinite.
#[test]
fn from_pure_noise_heun_keeps_its_order() {
    let of = |sampler, num| error_from(None, sampler, Prediction::Flow, num);
    let [coarse, fine] = [40, 160].map(|num| of(SamplerName::Heun, num));
    let order = (coarse / fine).log2() / 2.0;
    assert!((order - 2.0).abs() < 0.25, "order {order}, {coarse} and {fine}");
    let euler = of(SamplerName::FlowEuler, 80);
    assert!(coarse < euler / 5.0, "for as many calls Heun is off by {coarse}, Euler by {euler}");
}

/// Euler along σ, Euler along the straight path and DDIM without noise are one method in three units; σ comes in
/// single precision.
#[test]
fn three_names_for_one_step() {
    for num in [5, 20] {
        let [ddim, euler, flow] = [SamplerName::Ddim, SamplerName::Euler, SamplerName::FlowEuler]
            .map(|sampler| error(sampler, Prediction::V, num));
        assert!((ddim - euler).abs() < 1e-5 && (ddim - flow).abs() < 1e-9, "{ddim}, {euler}, {flow}");
    }
}
