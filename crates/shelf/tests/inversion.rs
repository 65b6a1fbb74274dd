//! Written digits led up to the noise that DDIM would make them of, and back, by the shipped model.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use noisebook_data::{Digits, Split};
use noisebook_diffusion::{BatchNoise, Clip, Guidance, Inversion, SamplerConfig, SamplerName, Sampling};
use noisebook_ops::{Device, Noise, Tensor};
use noisebook_shelf::{Files, Shelf};

/// The peak signal-to-noise ratio of `x` as a copy of `x0`, in decibels; pictures reach from −1 to 1.
fn psnr(x: &Tensor, x0: &Tensor) -> f32 {
    let mse: f32 = (x - x0).unwrap().sqr().unwrap().mean_all().unwrap().to_scalar().unwrap();
    10.0 * (4.0 / mse).log10()
}

#[test]
fn a_digit_comes_back_from_its_noise() {
    let store = Files::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let model = Shelf::new(&store).diffusion_model("ddpm-digits", &Device::Cpu).unwrap();
    let digits = Digits::load(&store).unwrap();
    let written = &digits.indices(Split::Test)[..4];
    let labels: Vec<u32> = written.iter().map(|idx| u32::from(digits.label(*idx))).collect();
    let values: Vec<f32> =
        written.iter().flat_map(|idx| digits.picture(*idx).iter().copied().collect::<Vec<_>>()).collect();
    let x0 = Tensor::from_vec(values, (4, 1, 32, 32), &Device::Cpu).unwrap();

    let config = SamplerConfig {
        sampler: SamplerName::Ddim,
        num_inference_steps: 50,
        clip: Clip::Off,
        ..model.sampler_config()
    };
    let cond = model.label_cond(&labels).unwrap();
    let psnr_of = |num_looks| {
        let mut up = Inversion::new(
            model.denoiser.clone(),
            &model.schedule,
            &config,
            cond.clone(),
            Guidance::Off,
            &x0,
            num_looks,
        )
        .unwrap();
        while up.step().unwrap().is_some() {}
        let values: Vec<f32> = up.x_t().flatten_all().unwrap().to_vec1().unwrap();
        let deviation = (values.iter().map(|x| x * x).sum::<f32>() / values.len() as f32).sqrt();

        let noise = BatchNoise::new(Noise::new(0), 0, x0.dims(), &Device::Cpu).unwrap();
        let sampler = config.build(&model.schedule).unwrap();
        let mut down =
            Sampling::new(model.denoiser.clone(), sampler, cond.clone(), Guidance::Off, noise).unwrap();
        down.go_to(0, up.x_t(), &[]).unwrap();
        while down.step().unwrap().is_some() {}
        let psnr = psnr(down.x_t(), &x0);
        println!(
            "{num_looks} looks a step: deviation of the noise {deviation:.3}, there and back {psnr:.1} dB"
        );
        (deviation, psnr)
    };
    let (deviation, psnr) = psnr_of(3);
    // What looks like noise has noise's size.
    assert!((deviation - 1.0).abs() < 0.2, "{deviation}");
    assert!(psnr >= 30.0, "{psnr} dB");
    // One look a step, the usual shortcut, comes back worse.
    let (_, shortcut) = psnr_of(1);
    assert!(shortcut < psnr, "{shortcut} dB and {psnr} dB");
}
