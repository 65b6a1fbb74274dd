//! A picture turns into noise: `q(x_t | x_0)` of Ho, Jain & Abbeel 2020, "Denoising Diffusion Probabilistic Models"
//! (arXiv 2006.11239), on two paths that agree in distribution.
//!
//! The *shortcut* jumps from the picture to any t, with one noise for all of them:
//! `x_t = √ᾱ_t · x0 + √(1 − ᾱ_t) · eps`.
//! The *steps* are the chain itself, with fresh noise each time:
//! `x_t = √(1 − β_t) · x_{t−1} + √β_t · eps_t`.

use crate::experiment::{check_moment, rate_number};
use crate::eye::{cannot_recognize, equal_rates_at, least_signal, recognized_at, set_of_pictures};
use crate::recording::{MAX_BYTES, Recording};
use crate::{Context, Experiment, Histogram, LabError, Moment, NamedPicture, Number, Progress, Settings};
use ndarray::{Array3, Zip};
use noisebook_data::{Picture, Store, named_picture};
use noisebook_diffusion::{NoiseSchedule, q_sample_array};
use noisebook_ops::{Noise, Stream};
use std::sync::Arc;

/// The longest side of a picture that is turned into noise, in pixels.
const MAX_SIDE: usize = 512;

/// The experiment `noising`. Moment idx is t.
pub struct Noising {
    settings: Settings,
    schedule: NoiseSchedule,
    x0: Picture,
    noise: Noise,
    path: Path,
    store: Arc<dyn Store>,
}

enum Path {
    /// Every `x_t` follows from one noise: nothing needs to be stored.
    Shortcut { eps: Picture },
    /// Each `x_t` follows from the one before it: the recording holds them; `x_t` is the latest, unrounded.
    Steps { recording: Recording, x_t: Picture },
}

impl Noising {
    /// Loads the picture.
    pub fn start(settings: Settings, context: &Context) -> Result<Self, LabError> {
        let x0 = picture_of("picture", &settings, context)?;
        Self::of(x0, settings, context, MAX_BYTES)
    }

    fn of(x0: Picture, settings: Settings, context: &Context, max_bytes: usize) -> Result<Self, LabError> {
        check_shape(&x0)?;
        let num_train_timesteps = settings.int("num_train_timesteps")? as usize;
        let schedule = NoiseSchedule::named(settings.text("schedule")?.parse()?, num_train_timesteps)?;
        let noise = Noise::new(settings.int("seed")?);
        let path = match settings.text("path")? {
            "steps" => {
                let mut recording = Recording::new(num_train_timesteps + 1, x0.len(), max_bytes);
                recording.push(&values(&x0));
                Path::Steps { recording, x_t: x0.clone() }
            }
            _ => Path::Shortcut { eps: noise.normal_array(Stream::Forward, 0, 0, x0.dim()) },
        };
        Ok(Self { settings, schedule, x0, noise, path, store: Arc::clone(&context.store) })
    }

    /// `x_t`, and the one noise that would lead from x0 to it directly.
    fn x_t_and_eps(&mut self, t: usize) -> Result<(Picture, Picture), LabError> {
        let rates = self.schedule.at(t)?;
        let not_computed = LabError::NotComputed {
            idx: t,
            num_computed: self.num_computed(),
            num_moments: self.num_moments(),
        };
        match &mut self.path {
            Path::Shortcut { eps } => Ok((q_sample_array(&self.x0, eps, rates), eps.clone())),
            Path::Steps { recording, .. } => {
                let shape = self.x0.dim();
                let (schedule, noise) = (&self.schedule, self.noise);
                let step = |t: usize, before: &[f32]| {
                    let before = Array3::from_shape_vec(shape, before.to_vec())?;
                    Ok::<_, LabError>(values(&forward_step(schedule, noise, &before, t)?))
                };
                let x_t = recording.frame(t, step)?.ok_or(not_computed)?;
                let x_t = Array3::from_shape_vec(shape, x_t)?;
                // eps = (x_t − √ᾱ_t · x0) / √(1 − ᾱ_t); at t = 0 there is no noise in the picture.
                let (signal_rate, noise_rate) = (rates.signal_rate as f32, rates.noise_rate as f32);
                let eps = Zip::from(&x_t)
                    .and(&self.x0)
                    .map_collect(|x_t, x0| if t == 0 { 0.0 } else { (x_t - signal_rate * x0) / noise_rate });
                Ok((x_t, eps))
            }
        }
    }

    /// The last t up to which the picture is the likeliest of its set, given `x_t`.
    fn recognized_at(&self) -> Result<usize, LabError> {
        let Path::Shortcut { eps } = &self.path else {
            return Err(cannot_recognize("choose `path = \"shortcut\"`, where one noise leads to every t"));
        };
        let others = self.set_of_pictures()?;
        Ok(recognized_at(&self.schedule, least_signal(&self.x0, eps, &others)))
    }

    /// Every picture of the set that this one is from: its emoji family, or the digits.
    fn set_of_pictures(&self) -> Result<Vec<Picture>, LabError> {
        set_of_pictures(self.store.as_ref(), self.settings.text("picture")?)
    }
}

impl Experiment for Noising {
    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn num_moments(&self) -> usize {
        self.schedule.num_train_timesteps() + 1
    }

    fn t_of(&self, idx: usize) -> usize {
        idx.min(self.schedule.num_train_timesteps())
    }

    fn num_computed(&self) -> usize {
        match &self.path {
            Path::Shortcut { .. } => self.num_moments(),
            Path::Steps { recording, .. } => recording.len(),
        }
    }

    fn step(&mut self) -> Result<Progress, LabError> {
        let total = self.num_moments();
        let Path::Steps { recording, x_t } = &mut self.path else {
            return Ok(Progress::Done);
        };
        if recording.len() < total {
            *x_t = forward_step(&self.schedule, self.noise, x_t, recording.len())?;
            recording.push(&values(x_t));
        }
        Ok(Progress::of(recording.len(), total))
    }

    fn moment(&mut self, idx: usize) -> Result<Moment, LabError> {
        check_moment(self, idx)?;
        let t = idx;
        let (x_t, eps) = self.x_t_and_eps(t)?;
        let histogram = Histogram::of(std::slice::from_ref(&x_t));
        let one = |name, picture| NamedPicture { name, pictures: vec![picture] };
        let mut pictures = vec![one("x0", self.x0.clone()), one("eps", eps), one("x_t", x_t)];
        if matches!(self.path, Path::Steps { .. }) && t > 0 {
            pictures.push(one("eps_t", eps_of_step(self.noise, t, self.x0.dim())));
        }
        let numbers = Number::of_rates(t, self.schedule.at(t)?);
        Ok(Moment { idx, t, pictures, numbers, histogram, series: Vec::new(), points: Vec::new() })
    }

    fn measure(&mut self, name: &str, idx: usize) -> Result<Number, LabError> {
        let measure = self.spec().measure(name)?;
        let of_run = |t: usize| Number { name: measure.name, value: t as f64, unit: measure.unit };
        match measure.name {
            "equal_rates_at" => Ok(of_run(equal_rates_at(&self.schedule, measure.name)?)),
            "recognized_at" => Ok(of_run(self.recognized_at()?)),
            _ => rate_number(self.spec(), name, self.t_of(idx), self.schedule.at(self.t_of(idx))?),
        }
    }
}

/// The picture that the setting of this name names.
pub(crate) fn picture_of(name: &str, settings: &Settings, context: &Context) -> Result<Picture, LabError> {
    match (settings.text(name)?, &context.own_picture) {
        ("own", Some(picture)) => Ok(picture.clone()),
        ("own", None) => Err(LabError::NoOwnPicture),
        (id, _) => Ok(named_picture(context.store.as_ref(), id)?),
    }
}

/// Refuses what is no picture, or too large to be noised while one waits.
pub(crate) fn check_shape(x0: &Picture) -> Result<(), LabError> {
    let (channels, height, width) = x0.dim();
    if !matches!(channels, 1 | 3) || !(1..=MAX_SIDE).contains(&height) || !(1..=MAX_SIDE).contains(&width) {
        return Err(LabError::PictureShape { channels, height, width, max: MAX_SIDE });
    }
    Ok(())
}

/// `x_t = √(1 − β_t) · x_{t−1} + √β_t · eps_t`
fn forward_step(
    schedule: &NoiseSchedule,
    noise: Noise,
    before: &Picture,
    t: usize,
) -> Result<Picture, LabError> {
    let eps_t = eps_of_step(noise, t, before.dim());
    Ok(q_sample_array(before, &eps_t, schedule.step_at(t)?))
}

/// The fresh noise of step t. The shortcut's one noise is that of step 0, which the chain never takes.
fn eps_of_step(noise: Noise, t: usize, shape: (usize, usize, usize)) -> Picture {
    noise.normal_array(Stream::Forward, 0, t as u64, shape)
}

/// The values in row-major order.
fn values(picture: &Picture) -> Vec<f32> {
    picture.iter().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{context, noising, run, settings};

    /// Mean and variance of `x_t`.
    fn statistics(experiment: &mut Noising, t: usize) -> (f64, f64) {
        let moment = experiment.moment(t).unwrap();
        let x_t = moment.pictures_of("x_t").unwrap()[0].mapv(f64::from);
        (x_t.mean().unwrap(), x_t.var(0.0))
    }

    /// A gray picture of 64×64, all pixels 0.5.
    fn gray(typed: &[(&str, &str)]) -> Noising {
        let context = context(Some(Picture::from_elem((3, 64, 64), 0.5)));
        let mut settings = settings("noising", typed);
        settings.set("picture", "own").unwrap();
        run(Noising::start(settings, &context).unwrap())
    }

    #[test]
    fn both_paths_have_the_mean_and_variance_of_the_formula() {
        for schedule in ["linear", "scaled-linear", "cosine", "sigmoid"] {
            for path in ["shortcut", "steps"] {
                let mut experiment = gray(&[("schedule", schedule), ("path", path)]);
                for t in [0, 1, 10, 100, 500, 900, 1000] {
                    let alpha_cumprod = experiment.measure("alpha_cumprod", t).unwrap().value;
                    let (mean, variance) = statistics(&mut experiment, t);
                    // Five standard errors of 12,288 values, and the rounding of half precision.
                    let n: f64 = 3.0 * 64.0 * 64.0;
                    let expected = 1.0 - alpha_cumprod;
                    let mean_error = (mean - 0.5 * alpha_cumprod.sqrt()).abs();
                    let variance_error = (variance - expected).abs();
                    assert!(mean_error < 5.0 * (expected / n).sqrt() + 1e-3, "{schedule} {path} {t}: {mean}");
                    assert!(
                        variance_error < 5.0 * expected * (2.0 / n).sqrt() + 1e-3,
                        "{schedule} {path} {t}: {variance}"
                    );
                }
            }
        }
    }

    #[test]
    fn at_zero_it_is_the_picture_and_at_the_end_it_is_noise() {
        for path in ["shortcut", "steps"] {
            let mut experiment = run(noising(&[("path", path)]));
            let moment = experiment.moment(0).unwrap();
            // Half precision keeps a value of one to 2⁻¹¹.
            let pairs =
                moment.pictures_of("x_t").unwrap()[0].iter().zip(&moment.pictures_of("x0").unwrap()[0]);
            assert!(pairs.into_iter().all(|(x_t, x0)| (x_t - x0).abs() <= 0.0005));
            assert_eq!(moment.number("snr"), Some(f64::INFINITY));
            let (mean, variance) = statistics(&mut experiment, 1000);
            assert!(mean.abs() < 0.1 && (variance - 1.0).abs() < 0.15, "{path}: {mean}, {variance}");
        }
    }

    #[test]
    fn x_t_is_the_sum_of_its_terms() {
        for path in ["shortcut", "steps"] {
            let mut experiment = run(noising(&[("path", path), ("seed", "2")]));
            for t in [1, 30, 400, 1000] {
                let moment = experiment.moment(t).unwrap();
                let [x0, eps, x_t] =
                    ["x0", "eps", "x_t"].map(|name| moment.pictures_of(name).unwrap()[0].clone());
                let [signal_rate, noise_rate] =
                    ["signal_rate", "noise_rate"].map(|name| moment.number(name).unwrap() as f32);
                let off =
                    (x0 * signal_rate + eps * noise_rate - x_t).fold(0.0_f32, |max, off| max.max(off.abs()));
                assert!(off < 1e-4, "{path} at t = {t} is off by {off}");
            }
        }
    }

    #[test]
    fn the_chain_takes_its_steps_one_by_one() {
        let mut experiment = run(noising(&[("path", "steps")]));
        let schedule = NoiseSchedule::cosine(1000).unwrap();
        for t in [1, 2, 500, 999] {
            let before = experiment.moment(t - 1).unwrap().pictures_of("x_t").unwrap()[0].clone();
            let moment = experiment.moment(t).unwrap();
            let [eps_t, x_t] = ["eps_t", "x_t"].map(|name| moment.pictures_of(name).unwrap()[0].clone());
            let beta = schedule.betas()[t - 1];
            let again = before * (1.0 - beta).sqrt() as f32 + eps_t * beta.sqrt() as f32;
            let off = (again - x_t).fold(0.0_f32, |max, off| max.max(off.abs()));
            assert!(off < 0.005, "step {t} is off by {off}");
        }
    }

    #[test]
    fn the_same_seed_is_the_same_noise() {
        let x_t = |seed, path| noising_at(&[("seed", seed), ("path", path)], 300);
        for path in ["shortcut", "steps"] {
            assert_eq!(x_t("4", path), x_t("4", path));
            assert_ne!(x_t("4", path), x_t("5", path));
        }
    }

    fn noising_at(typed: &[(&str, &str)], t: usize) -> Picture {
        run(noising(typed)).moment(t).unwrap().pictures_of("x_t").unwrap()[0].clone()
    }

    #[test]
    fn a_tight_recording_shows_the_same() {
        let settings = settings("noising", &[("path", "steps"), ("num_train_timesteps", "200")]);
        let x0 = Picture::from_elem((3, 16, 16), -0.25);
        let of =
            |max_bytes| run(Noising::of(x0.clone(), settings.clone(), &context(None), max_bytes).unwrap());
        let (mut full, mut tight) = (of(MAX_BYTES), of(100 << 10));
        for t in (0..=200).rev().chain([100, 7, 199]) {
            let x_t = |experiment: &mut Noising| {
                experiment.moment(t).unwrap().pictures_of("x_t").unwrap()[0].clone()
            };
            let off = (x_t(&mut full) - x_t(&mut tight)).fold(0.0_f32, |max, off| max.max(off.abs()));
            assert!(off < 0.005, "t = {t} is off by {off}");
        }
    }

    #[test]
    fn a_chain_is_there_as_far_as_it_was_stepped() {
        let mut experiment = noising(&[("path", "steps"), ("num_train_timesteps", "3")]);
        assert_eq!((experiment.num_computed(), experiment.num_moments()), (1, 4));
        let error = experiment.moment(1).unwrap_err();
        assert_eq!(error.to_string(), "moment 1 is not computed yet; 1 of 4 are");
        assert_eq!(experiment.step().unwrap(), Progress::Working { done: 2, total: 4 });
        experiment.moment(1).unwrap();
        let error = experiment.moment(4).unwrap_err();
        assert_eq!(error.to_string(), "there is no moment 4; this recording has moments 0 to 3");
    }

    #[track_caller]
    fn check_refused(own_picture: Option<Picture>, picture: &str, expected: &str) {
        let settings = settings("noising", &[("picture", picture)]);
        let error = Noising::start(settings, &context(own_picture)).err().unwrap().to_string();
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn a_picture_that_cannot_be_used_is_refused() {
        check_refused(
            None,
            "own",
            "`picture` is \"own\", and no picture was given; open one, or choose one such as",
        );
        let of = |shape| Some(Picture::zeros(shape));
        check_refused(
            of((3, 513, 8)),
            "own",
            "the picture is 513×8 with 3 channels; it must be at most 512×512",
        );
        check_refused(of((2, 8, 8)), "own", "the picture is 8×8 with 2 channels");
        check_refused(of((1, 0, 0)), "own", "the picture is 0×0");
        check_refused(None, "emoji/noto/no-such-thing", "there is no picture `emoji/noto/no-such-thing`");
        check_refused(None, "digits/99999999", "there is no picture `digits/99999999`");
    }

    #[test]
    fn equal_rates_are_where_half_the_variance_is_noise() {
        let mut experiment = noising(&[]);
        let t = experiment.measure("equal_rates_at", 0).unwrap().value as usize;
        assert!(experiment.measure("snr", t).unwrap().value <= 1.0);
        assert!(experiment.measure("snr", t - 1).unwrap().value > 1.0);
        assert!(
            noising(&[("schedule", "linear"), ("num_train_timesteps", "2")])
                .measure("equal_rates_at", 0)
                .is_err()
        );
    }

    /// Against the definition: of all digits, which one is nearest to `x_t`?
    #[test]
    fn an_ideal_eye_recognizes_the_picture_until_it_takes_another_for_it() {
        let mut experiment = noising(&[("picture", "digits/17"), ("seed", "1")]);
        let recognized_at = experiment.measure("recognized_at", 0).unwrap().value as usize;
        assert!((100..1000).contains(&recognized_at), "{recognized_at}");
        let digits = experiment.set_of_pictures().unwrap();
        for (t, recognized) in [(recognized_at - 50, true), (recognized_at, true), (recognized_at + 1, false)]
        {
            let moment = experiment.moment(t).unwrap();
            let x_t = &moment.pictures_of("x_t").unwrap()[0];
            let signal_rate = moment.number("signal_rate").unwrap() as f32;
            let distance =
                |x_k: &Picture| (x_t - &(x_k * signal_rate)).mapv(|off| f64::from(off).powi(2)).sum();
            let nearest =
                (0..digits.len()).min_by(|a, b| distance(&digits[*a]).total_cmp(&distance(&digits[*b])));
            assert_eq!(nearest == Some(17), recognized, "at t = {t} it looks like digit {nearest:?}");
        }
    }

    #[test]
    fn what_cannot_be_recognized_is_said() {
        let error = noising(&[("path", "steps")]).measure("recognized_at", 0).unwrap_err();
        assert!(error.to_string().contains("choose `path = \"shortcut\"`"), "{error}");
        let error = gray(&[]).measure("recognized_at", 0).unwrap_err();
        assert!(error.to_string().contains("your own picture is the only one of its set"), "{error}");
        let error = noising(&[]).measure("beauty", 0).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("the experiment `noising` has no measure `beauty`; it has t, signal_rate")
        );
    }
}
