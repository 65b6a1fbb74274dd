//! What altering a picture keeps bit for bit, and what it makes up, where that has a closed form.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{Device, Tensor};
use noisebook_diffusion::{
    Alteration, BatchNoise, Clip, Cond, Denoiser, GaussianDenoiser, Guidance, NoiseSchedule, Prediction,
    SamplerConfig, SamplerName, Sampling, SamplingStep,
};
use noisebook_ops::{Noise, Stream};

const SHAPE: [usize; 4] = [3, 1, 4, 4];

fn config(sampler: SamplerName, num_inference_steps: usize) -> SamplerConfig {
    SamplerConfig { sampler, num_inference_steps, clip: Clip::Off, eta: 0.3, ..SamplerConfig::for_pictures() }
}

fn noise(first_sample: u64, shape: &[usize]) -> BatchNoise {
    BatchNoise::new(Noise::new(5), first_sample, shape, &Device::Cpu).unwrap()
}

fn schedule() -> NoiseSchedule {
    NoiseSchedule::linear(1000, 1e-4, 0.02).unwrap()
}

fn altering(config: &SamplerConfig, noise: BatchNoise, alteration: &Alteration) -> Sampling {
    let denoiser = Arc::new(GaussianDenoiser::new(schedule(), 0.3, 0.5));
    let off = Guidance::Off;
    Sampling::altering(denoiser, &schedule(), config, Cond::null(), off, noise, alteration).unwrap()
}

fn finish(mut sampling: Sampling) -> Tensor {
    while sampling.step().unwrap().is_some() {}
    sampling.x_t().clone()
}

/// Every bit, the zeros' signs too.
fn bits(x: &Tensor) -> Vec<u32> {
    x.flatten_all().unwrap().to_vec1::<f32>().unwrap().into_iter().map(f32::to_bits).collect()
}

/// A picture from −1 to 1, with a negative zero.
fn source(shape: &[usize]) -> Tensor {
    let num: usize = shape.iter().product();
    let values: Vec<f32> = Noise::new(9)
        .uniform(Stream::Data, 0, 0, num)
        .into_iter()
        .enumerate()
        .map(|(idx, uniform)| if idx == 1 { -0.0 } else { 2.0 * uniform - 1.0 })
        .collect();
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

/// The right half may change; the values in between are on either side of a half.
fn mask() -> Tensor {
    Tensor::new(&[0.0_f32, 0.49, 0.5, 1.0], &Device::Cpu).unwrap()
}

#[test]
fn of_no_strength_it_is_the_source_and_of_full_strength_the_seeds_own() {
    for &sampler in SamplerName::ALL {
        let config = config(sampler, 8);
        let of = |strength| {
            finish(altering(&config, noise(0, &SHAPE), &Alteration::new(&source(&SHAPE), strength).unwrap()))
        };
        assert_eq!(bits(&of(0.0)), bits(&source(&SHAPE)), "{sampler}");
        let denoiser = Arc::new(GaussianDenoiser::new(schedule(), 0.3, 0.5));
        let built = config.build(&schedule()).unwrap();
        let own = Sampling::new(denoiser, built, Cond::null(), Guidance::Off, noise(0, &SHAPE)).unwrap();
        assert_eq!(bits(&of(1.0)), bits(&finish(own)), "{sampler}");
        assert_ne!(bits(&of(0.5)), bits(&of(1.0)), "{sampler}");
    }
}

#[test]
fn the_distance_to_the_source_grows_with_strength() {
    let shape = [2, 10_000];
    for &sampler in SamplerName::ALL {
        let distances: Vec<f32> = [0.0, 0.05, 0.1, 0.2, 0.3, 0.45, 1.0]
            .into_iter()
            .map(|strength| {
                let alteration = Alteration::new(&source(&shape), strength).unwrap();
                let altered = finish(altering(&config(sampler, 100), noise(0, &shape), &alteration));
                let square = (altered - source(&shape)).unwrap().sqr().unwrap();
                square.mean_all().unwrap().to_scalar::<f32>().unwrap().sqrt()
            })
            .collect();
        println!("{sampler}: {distances:.3?}");
        assert!(distances.windows(2).all(|pair| pair[0] < pair[1]), "{sampler}: {distances:?}");
    }
}

#[test]
fn the_way_begins_at_the_strength_and_is_as_fine_as_the_whole() {
    let check = |strength, num_inference_steps, expected: Option<(Option<usize>, usize)>| {
        let config = config(SamplerName::Ddim, num_inference_steps);
        let alteration = Alteration::new(&source(&SHAPE), strength).unwrap();
        let found = alteration.config(&config, 1000);
        assert_eq!(found.map(|found| (found.start_t, found.num_inference_steps)), expected, "{strength}");
        let sampling = altering(&config, noise(0, &SHAPE), &alteration);
        let (t, num) = expected.map_or((0, 0), |(start_t, num)| (start_t.unwrap_or(1000), num));
        assert_eq!((sampling.t(0), sampling.num_steps()), (t, num), "{strength}");
    };
    check(0.0, 50, None);
    check(0.0004, 50, None);
    check(0.0005, 50, Some((Some(1), 1)));
    check(0.0015, 1000, Some((Some(2), 2)));
    check(0.25, 50, Some((Some(250), 13)));
    check(0.3333, 1000, Some((Some(333), 333)));
    check(1.0, 50, Some((None, 50)));
}

#[test]
fn outside_the_mask_not_a_bit_changes() {
    for &sampler in SamplerName::ALL {
        for (strength, num_rounds) in [(0.0, 1), (0.3, 1), (0.6, 3), (1.0, 1), (1.0, 3)] {
            let alteration = Alteration::new(&source(&SHAPE), strength).unwrap();
            let alteration = alteration.within(&mask(), num_rounds).unwrap();
            let altered = finish(altering(&config(sampler, 7), noise(0, &SHAPE), &alteration));
            let [before, after] = [bits(&source(&SHAPE)), bits(&altered)];
            for (idx, (before, after)) in before.iter().zip(&after).enumerate() {
                let may_change = strength > 0.0 && idx % 4 >= 2;
                assert_eq!(before != after, may_change, "{sampler}, {strength}, {num_rounds}: number {idx}");
            }
        }
    }
}

/// Of full strength, what was under the mask says nothing about what comes there.
#[test]
fn what_was_under_the_mask_does_not_count() {
    let hidden = mask().ge(0.5).unwrap().broadcast_as(&SHAPE).unwrap().contiguous().unwrap();
    let other = hidden.where_cond(&source(&SHAPE).neg().unwrap(), &source(&SHAPE)).unwrap();
    for &sampler in SamplerName::ALL {
        let [found, expected] = [&other, &source(&SHAPE)].map(|source| {
            let alteration = Alteration::new(source, 1.0).unwrap().within(&mask(), 2).unwrap();
            bits(&finish(altering(&config(sampler, 7), noise(0, &SHAPE), &alteration)))
        });
        assert_eq!(found, expected, "{sampler}");
    }
}

/// Of a source of zeros nothing but noise is seen outside the mask.
#[test]
fn what_is_known_has_noise_of_its_own_at_every_step() {
    let zeros = Tensor::zeros(&SHAPE, candle_core::DType::F32, &Device::Cpu).unwrap();
    let alteration = Alteration::new(&zeros, 1.0).unwrap().within(&mask(), 2).unwrap();
    let mut sampling = altering(&config(SamplerName::Ddpm, 4), noise(0, &SHAPE), &alteration);
    let mut seen = vec![noise(0, &SHAPE).init().unwrap(), noise(0, &SHAPE).step(0).unwrap()];
    while let Some(step) = sampling.step().unwrap() {
        let rates = sampling.rates(sampling.step_idx());
        if rates.noise_rate > 0.0 {
            seen.push((step.prev_sample / rates.noise_rate).unwrap());
        }
    }
    let known: Vec<Vec<f32>> = seen
        .iter()
        .map(|eps| eps.narrow(3, 0, 2).unwrap().flatten_all().unwrap().to_vec1().unwrap())
        .collect();
    assert_eq!(known.len(), 5);
    for (idx, eps) in known.iter().enumerate() {
        let differ = |other: &Vec<f32>| eps.iter().zip(other).all(|(a, b)| (a - b).abs() > 1e-5);
        assert!(known.iter().skip(idx + 1).all(differ), "noise {idx} comes again");
        let square: f32 = eps.iter().map(|x| x * x).sum::<f32>() / eps.len() as f32;
        assert!((0.4..2.0).contains(&square), "noise {idx} has variance {square}");
    }
}

/// Knows that pairs of numbers go together: each is from `N(mean, STD²)`, with [`CORRELATION`].
struct Pairs(NoiseSchedule);

const STD: f64 = 0.5;
const CORRELATION: f64 = 0.8;
const MEANS: [f32; 2] = [0.3, -0.2];
const GIVEN: f32 = 0.9;

impl Denoiser for Pairs {
    /// Sum and difference of a pair are independent, and each has the closed form of one number.
    fn predict(&self, x_t: &Tensor, t: f64, _cond: &Cond) -> candle_core::Result<Tensor> {
        let rates = self.0.at_real(self.0.t_from_timestep(t)).map_err(candle_core::Error::wrap)?;
        let (s, n) = (rates.signal_rate, rates.noise_rate);
        let gain = |variance: f64| s * variance / (s * s * variance + n * n);
        let [of_sum, of_difference] = [1.0 + CORRELATION, 1.0 - CORRELATION].map(|by| gain(STD * STD * by));
        let means = Tensor::new(&MEANS, x_t.device())?.reshape((1, 2, 1))?;
        let off = x_t.broadcast_sub(&(&means * s)?)?;
        let other = Tensor::cat(&[off.narrow(1, 1, 1)?, off.narrow(1, 0, 1)?], 1)?;
        let own = (off * f64::midpoint(of_sum, of_difference))?;
        (own + (other * f64::midpoint(of_sum, -of_difference))?)?.broadcast_add(&means)
    }
}

/// Mean and deviation of the second of two numbers when the first is [`GIVEN`].
fn second_of_a_pair(sampler: SamplerName, num_rounds: usize) -> (f64, f64) {
    let shape = [4, 2, 1_000];
    let schedule = NoiseSchedule::cosine(1000).unwrap();
    let config = SamplerConfig {
        prediction: Prediction::Sample,
        eta: 0.0,
        karras: matches!(sampler, SamplerName::DpmPp2m | SamplerName::UniPc),
        ..config(sampler, 200)
    };
    let source = Tensor::new(&[GIVEN, 0.0], &Device::Cpu).unwrap().reshape((2, 1)).unwrap();
    let hole = Tensor::new(&[0.0_f32, 1.0], &Device::Cpu).unwrap().reshape((2, 1)).unwrap();
    let alteration = Alteration::new(&source, 1.0).unwrap().within(&hole, num_rounds).unwrap();
    let denoiser = Arc::new(Pairs(schedule.clone()));
    let (noise, off) = (noise(0, &shape), Guidance::Off);
    let sampling =
        Sampling::altering(denoiser, &schedule, &config, Cond::null(), off, noise, &alteration).unwrap();
    let altered = finish(sampling).narrow(1, 1, 1).unwrap();
    let numbers = altered.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let num = numbers.len() as f64;
    let mean = numbers.iter().map(|&x| f64::from(x)).sum::<f64>() / num;
    let variance = numbers.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / num;
    (mean, variance.sqrt())
}

#[test]
fn what_is_known_decides_what_is_made_beside_it() {
    // The second number is N(m₂ + ρ · (given − m₁), (1 − ρ²) · d²).
    let [first, second] = MEANS.map(f64::from);
    let mean = second + CORRELATION * (f64::from(GIVEN) - first);
    let std = STD * (1.0 - CORRELATION * CORRELATION).sqrt();
    for &sampler in SamplerName::ALL {
        let [once, often] = [1, 20].map(|num_rounds| second_of_a_pair(sampler, num_rounds));
        println!("{sampler}: {once:.3?} in one round, {often:.3?} in 20, ({mean:.3}, {std:.3}) in truth");
        assert!((often.0 - mean).abs() < 0.03, "{sampler}: mean {}", often.0);
        assert!((often.1 / std - 1.0).abs() < 0.15, "{sampler}: deviation {}", often.1);
        let share = (once.0 - second) / (mean - second);
        assert!((0.35..0.7).contains(&share), "{sampler}: {share} of the way in one round");
    }
}

fn masked(source: &Tensor) -> Alteration {
    Alteration::new(source, 0.7).unwrap().within(&mask(), 2).unwrap()
}

#[test]
fn going_back_leads_to_the_same_pictures() {
    for &sampler in SamplerName::ALL {
        let start = || altering(&config(sampler, 10), noise(0, &SHAPE), &masked(&source(&SHAPE)));
        let mut sampling = start();
        let steps: Vec<SamplingStep> = std::iter::from_fn(|| sampling.step().unwrap()).collect();
        let end = bits(sampling.x_t());
        for idx in [0, 3, 4, steps.len() - 1] {
            let memory = idx.checked_sub(1).map_or(&[][..], |before| &steps[before].memory);
            let mut again = start();
            again.go_to(idx, &steps[idx].x_t, memory).unwrap();
            assert_eq!(bits(&finish(again)), end, "{sampler} from step {idx}");
        }
    }
}

#[test]
fn an_altered_picture_does_not_depend_on_its_batch() {
    for &sampler in SamplerName::ALL {
        let all = finish(altering(&config(sampler, 7), noise(0, &SHAPE), &masked(&source(&SHAPE))));
        let last = source(&SHAPE).narrow(0, 2, 1).unwrap();
        let alone = finish(altering(&config(sampler, 7), noise(2, &[1, 1, 4, 4]), &masked(&last)));
        assert_eq!(bits(&alone), bits(&all.narrow(0, 2, 1).unwrap()), "{sampler}");
        let one = last.squeeze(0).unwrap();
        let stretched = finish(altering(&config(sampler, 7), noise(0, &SHAPE), &masked(&one)));
        assert_eq!(bits(&alone), bits(&stretched.narrow(0, 2, 1).unwrap()), "{sampler}, one for all");
    }
}

/// Counts how often it is asked.
struct Counted(GaussianDenoiser, AtomicUsize);

impl Denoiser for Counted {
    fn predict(&self, x_t: &Tensor, t: f64, cond: &Cond) -> candle_core::Result<Tensor> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.predict(x_t, t, cond)
    }
}

#[test]
fn the_network_is_asked_as_often_as_was_said() {
    for &sampler in SamplerName::ALL {
        let check = |alteration: &Alteration| {
            let config = config(sampler, 10);
            let denoiser =
                Arc::new(Counted(GaussianDenoiser::new(schedule(), 0.3, 0.5), AtomicUsize::new(0)));
            let (asked, noise, off) = (Arc::clone(&denoiser), noise(0, &SHAPE), Guidance::Off);
            let null = Cond::null();
            let sampling =
                Sampling::altering(denoiser, &schedule(), &config, null, off, noise, alteration).unwrap();
            finish(sampling);
            let said = alteration.num_network_calls(&config, 1000);
            assert_eq!(asked.1.load(Ordering::Relaxed), said, "{sampler}");
        };
        let of = |strength| Alteration::new(&source(&SHAPE), strength).unwrap();
        check(&of(0.0));
        check(&of(0.33));
        check(&of(1.0));
        check(&of(0.33).within(&mask(), 1).unwrap());
        check(&of(1.0).within(&mask(), 4).unwrap());
    }
}

#[test]
fn what_cannot_be_is_refused_in_a_sentence() {
    let picture = source(&SHAPE);
    for (strength, found) in [(-0.1, "-0.1"), (1.1, "1.1"), (f64::NAN, "NaN")] {
        let error = Alteration::new(&picture, strength).unwrap_err().to_string();
        assert_eq!(error, format!("strength is {found}, but must be between 0 and 1"));
    }
    let error = masked(&picture).within(&mask(), 0).unwrap_err().to_string();
    assert_eq!(error, "num_rounds is 0, but must be from 1 to 1000");
    let refused = |alteration: &Alteration| {
        let denoiser = Arc::new(GaussianDenoiser::new(schedule(), 0.3, 0.5));
        let (config, off) = (config(SamplerName::Ddim, 5), Guidance::Off);
        let noise = noise(0, &SHAPE);
        Sampling::altering(denoiser, &schedule(), &config, Cond::null(), off, noise, alteration)
            .err()
            .unwrap()
            .to_string()
    };
    assert_eq!(
        refused(&Alteration::new(&source(&[3, 1, 5, 4]), 0.5).unwrap()),
        "the picture to alter has the shape [3, 1, 5, 4], but must fit a batch of [3, 1, 4, 4]"
    );
    assert_eq!(
        refused(&masked(&picture).within(&source(&[3]), 1).unwrap()),
        "the mask has the shape [3], but must fit a batch of [3, 1, 4, 4]"
    );
}
