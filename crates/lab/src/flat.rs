//! Pictures of one brightness all over, made by the best denoiser there can be: what a schedule does that ends too early.
//!
//! If `√ᾱ_T` is not 0, then in training even the noisiest picture keeps a trace of its brightness, and over many pixels that
//! trace is easy to read: the mean of N pixels wobbles by `√(1 − ᾱ) / √N` only. Sampling starts in noise of mean 0, which the
//! network reads as "a picture of middling brightness". So very dark and very bright pictures are never made: Lin et al.
//! 2023, "Common Diffusion Noise Schedules and Sample Steps are Flawed" (arXiv 2305.08891).
//!
//! No network is at work here. A flat picture has one number, m, drawn evenly from black (−1) to white (1), and all that
//! `x_t` says of it is the mean of its pixels, `√ᾱ · m` and a normal wobble. The expected m follows by Bayes' rule.

use crate::denoising::DenoisingModel;
use crate::{Context, Denoising, Experiment, Histogram, LabError, Moment, Number, Progress, Settings};
use candle_core::{Result as TensorResult, Tensor};
use noisebook_data::Picture;
use noisebook_diffusion::{Cond, Denoiser, NoiseSchedule, Prediction, Rates};
use noisebook_ops::{Noise, Stream};
use std::sync::Arc;

/// How many pictures the spread is taken over: their brightness alone, for nothing else tells them apart.
const NUM_MEASURED: usize = 2000;
/// Places at which the likelihood of a brightness is looked at.
const NUM_PLACES: usize = 96;

/// The experiment `flat-pictures`. Moments are those of [`Denoising`].
pub struct FlatPictures {
    settings: Settings,
    sampling: Denoising,
    schedule: NoiseSchedule,
    num_pixels: usize,
    /// The brightness of each made picture, once somebody has asked.
    made: Option<Vec<f32>>,
}

impl FlatPictures {
    /// Draws the noise that the pictures come from.
    pub fn start(settings: Settings, context: &Context) -> Result<Self, LabError> {
        let schedule = NoiseSchedule::named(settings.text("schedule")?.parse()?, 1000)?;
        let schedule = if settings.bool("zero_terminal")? { schedule.zero_terminal_snr()? } else { schedule };
        let side = settings.int("side")? as usize;
        let model = DenoisingModel {
            name: "the best denoiser".to_owned(),
            denoiser: Arc::new(FlatDenoiser { schedule: schedule.clone() }),
            schedule: schedule.clone(),
            prediction: Prediction::Sample,
            sample_shape: [1, side, side],
            words: None,
            labels: Vec::new(),
            device: context.device.clone(),
            provenance: Vec::new(),
        };
        let mut of_sampling = Settings::new("denoising")?;
        for name in ["num", "num_inference_steps", "seed"] {
            of_sampling.set(name, settings.int(name)?)?;
        }
        let sampling = Denoising::new(model, of_sampling)?;
        Ok(Self { settings, sampling, schedule, num_pixels: side * side, made: None })
    }

    /// The brightness of many pictures that are made as those of the moments are.
    ///
    /// A step of DDIM mixes every pixel alike, so the mean of the pixels goes its way without them.
    fn made(&mut self) -> Result<&[f32], LabError> {
        if self.made.is_none() {
            let noise = Noise::new(self.settings.int("seed")?);
            let wobble = 1.0 / (self.num_pixels as f64).sqrt();
            // A stream that no picture has drawn from.
            let mut means: Vec<f64> = noise
                .normal_array(Stream::Data, 0, 0, NUM_MEASURED)
                .iter()
                .map(|z: &f32| f64::from(*z) * wobble)
                .collect();
            let stations: Vec<usize> = (0..self.num_moments()).map(|idx| self.t_of(idx)).collect();
            for pair in stations.windows(2) {
                let [t, t_next] = pair else { continue };
                let (now, next) = (self.schedule.at(*t)?, self.schedule.at(*t_next)?);
                for mean in &mut means {
                    let brightness = expected_brightness(*mean, now, self.num_pixels);
                    let eps = (*mean - now.signal_rate * brightness) / now.noise_rate;
                    *mean = next.signal_rate * brightness + next.noise_rate * eps;
                }
            }
            self.made = Some(means.into_iter().map(|mean| mean as f32).collect());
        }
        Ok(self.made.as_deref().unwrap_or_default())
    }
}

impl Experiment for FlatPictures {
    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn num_moments(&self) -> usize {
        self.sampling.num_moments()
    }

    fn t_of(&self, idx: usize) -> usize {
        self.sampling.t_of(idx)
    }

    fn num_computed(&self) -> usize {
        self.sampling.num_computed()
    }

    fn step(&mut self) -> Result<Progress, LabError> {
        self.sampling.step()
    }

    /// At t = 0 the histogram is that of many pictures, for sixteen are too few to see a distribution.
    fn moment(&mut self, idx: usize) -> Result<Moment, LabError> {
        let moment = self.sampling.moment(idx)?;
        if moment.t > 0 {
            return Ok(moment);
        }
        let made = self.made()?;
        let sheet = Picture::from_shape_vec((1, 1, made.len()), made.to_vec())?;
        Ok(Moment { histogram: Histogram::of(&[sheet]), ..moment })
    }

    fn measure(&mut self, name: &str, idx: usize) -> Result<Number, LabError> {
        let measure = self.spec().measure(name)?;
        let value = match measure.name {
            "brightness_spread" => {
                let made = self.made()?;
                let num = made.len().max(1) as f64;
                let mean = made.iter().map(|x| f64::from(*x)).sum::<f64>() / num;
                (made.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / num).sqrt()
            }
            // Of numbers drawn evenly from −1 to 1.
            "real_spread" => 1.0 / 3.0_f64.sqrt(),
            "terminal_signal_rate" => self.schedule.at(self.schedule.num_train_timesteps())?.signal_rate,
            _ => return self.sampling.measure(name, idx),
        };
        Ok(Number { name: measure.name, value, unit: measure.unit })
    }
}

/// The best guess of a flat picture: the expected one, given `x_t`.
struct FlatDenoiser {
    schedule: NoiseSchedule,
}

impl Denoiser for FlatDenoiser {
    fn predict(&self, x_t: &Tensor, t: f64, _cond: &Cond) -> TensorResult<Tensor> {
        let rates = self.schedule.at(t.round() as usize + 1).map_err(candle_core::Error::wrap)?;
        let (b, c, h, w) = x_t.dims4()?;
        let means: Vec<f32> = x_t.flatten_from(1)?.mean(1)?.to_vec1()?;
        let brightness: Vec<f32> = means
            .into_iter()
            .map(|mean| expected_brightness(f64::from(mean), rates, c * h * w) as f32)
            .collect();
        Tensor::from_vec(brightness, (b, 1, 1, 1), x_t.device())?.broadcast_as((b, c, h, w))?.contiguous()
    }
}

/// E\[m | mean\], where the mean of `num_pixels` pixels is `√ᾱ · m` and normal noise of variance `(1 − ᾱ) / num_pixels`, and
/// m was drawn evenly from −1 to 1.
fn expected_brightness(mean: f64, rates: Rates, num_pixels: usize) -> f64 {
    if rates.signal_rate == 0.0 {
        // Nothing of m is in it.
        return 0.0;
    }
    // What the mean says of m: a normal distribution, cut at black and white.
    let center = mean / rates.signal_rate;
    let spread = rates.noise_rate / (rates.signal_rate * (num_pixels as f64).sqrt());
    let (from, to) = ((center - 8.0 * spread).max(-1.0), (center + 8.0 * spread).min(1.0));
    if from >= to || spread == 0.0 {
        // Far beyond black or white what is left of the bell falls off like an exponential.
        let edge = center.clamp(-1.0, 1.0);
        return if center == edge { edge } else { edge - spread.powi(2) / (center - edge) };
    }
    let (mut weights, mut sum) = (0.0, 0.0);
    let nearest = center.clamp(from, to);
    for place in 0..NUM_PLACES {
        let m = from + (to - from) * (place as f64 + 0.5) / NUM_PLACES as f64;
        // Relative to the likeliest, so that not all of them can be 0.
        let exponent = ((nearest - center) / spread).powi(2) - ((m - center) / spread).powi(2);
        let weight = (0.5 * exponent).exp();
        weights += weight;
        sum += weight * m;
    }
    if weights > 0.0 { sum / weights } else { nearest }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{context, run, settings};

    fn flat(typed: &[(&str, &str)]) -> FlatPictures {
        FlatPictures::start(settings("flat-pictures", typed), &context(None)).unwrap()
    }

    fn spread(typed: &[(&str, &str)]) -> f64 {
        flat(typed).measure("brightness_spread", 0).unwrap().value
    }

    /// Against the mean of a normal distribution cut at −1 and 1, by scipy.stats.truncnorm.
    #[test]
    fn the_expected_brightness_is_that_of_a_cut_normal_distribution() {
        let check = |mean: f64, alpha_cumprod: f64, num_pixels: usize, expected: f64| {
            let found = expected_brightness(mean, Rates::new(alpha_cumprod), num_pixels);
            assert!((found - expected).abs() < 2e-4, "{mean}, {alpha_cumprod}: {found}, not {expected}");
        };
        check(0.02, 0.00466, 1024, 0.237837);
        check(0.3, 0.5, 64, 0.424263);
        check(-0.9, 0.9, 16, -0.911058);
        check(0.001, 1e-06, 1024, 0.000341287);
        check(1.3, 0.95, 256, 0.999386);
        check(0.3, 0.0, 1024, 0.0);
    }

    #[test]
    fn a_trace_at_the_end_squeezes_the_brightness_and_none_does_not() {
        let real = 1.0 / 3.0_f64.sqrt();
        let leaky = spread(&[("schedule", "scaled-linear")]);
        assert!((0.6..0.75).contains(&(leaky / real)), "{leaky} of {real}");
        let larger = spread(&[("schedule", "scaled-linear"), ("side", "64")]);
        assert!(larger < 0.65 * leaky, "{larger} and {leaky}");
        let mended = spread(&[("zero_terminal", "true"), ("num_inference_steps", "200")]);
        assert!((mended / real - 1.0).abs() < 0.05, "{mended} of {real}");
        // The linear schedule leaks ten times less, which 32 × 32 pixels cannot read.
        let linear = spread(&[("schedule", "linear")]);
        assert!((linear / real - 1.0).abs() < 0.06, "{linear} of {real}");
    }

    #[test]
    fn the_pictures_are_flat_and_as_bright_as_is_measured() {
        let mut experiment = run(flat(&[("schedule", "scaled-linear"), ("side", "16"), ("num", "16")]));
        let last = experiment.num_moments() - 1;
        let moment = experiment.moment(last).unwrap();
        let mut brightness = Vec::new();
        for picture in moment.pictures_of("x_t").unwrap() {
            let mean = picture.mean().unwrap();
            assert!(picture.iter().all(|value| (value - mean).abs() < 2e-3), "a picture is not flat");
            brightness.push(f64::from(mean));
        }
        let num = brightness.len() as f64;
        let of_pictures = (brightness.iter().map(|m| m * m).sum::<f64>() / num).sqrt();
        let measured = experiment.measure("brightness_spread", last).unwrap().value;
        assert!((of_pictures / measured - 1.0).abs() < 0.5, "{of_pictures} of 16, {measured} of many");
        assert_eq!(moment.histogram.counts.iter().sum::<u64>(), NUM_MEASURED as u64);
        assert_eq!(experiment.measure("t", 0).unwrap().value, 1000.0);
    }
}
