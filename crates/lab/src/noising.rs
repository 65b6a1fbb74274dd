//! A picture turns into noise: q(x_t | x_0) of Ho, Jain & Abbeel 2020, "Denoising Diffusion Probabilistic Models"
//! (arXiv 2006.11239), on two paths that agree in distribution.
//!
//! The *shortcut* jumps from the picture to any t, with one noise for all of them:
//! x_t = √ᾱ_t · x0 + √(1 − ᾱ_t) · eps.
//! The *steps* are the chain itself, with fresh noise each time:
//! x_t = √(1 − β_t) · x_{t−1} + √β_t · eps_t.

use crate::experiment::{check_moment, rate_number};
use crate::recording::{MAX_BYTES, Recording};
use crate::{Context, Experiment, Histogram, LabError, Moment, NamedPicture, Number, Progress, Settings};
use ndarray::{Array3, Zip};
use noisebook_data::{Digits, Emoji, Picture, Store, named_picture};
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
    /// Every x_t follows from one noise: nothing needs to be stored.
    Shortcut { eps: Picture },
    /// Each x_t follows from the one before it: the recording holds them; x_t is the latest, unrounded.
    Steps { recording: Recording, x_t: Picture },
}

impl Noising {
    /// Loads the picture.
    pub fn start(settings: Settings, context: &Context) -> Result<Self, LabError> {
        let x0 = match (settings.text("picture")?, &context.own_picture) {
            ("own", Some(picture)) => picture.clone(),
            ("own", None) => return Err(LabError::NoOwnPicture),
            (id, _) => named_picture(context.store.as_ref(), id)?,
        };
        Self::of(x0, settings, context, MAX_BYTES)
    }

    fn of(x0: Picture, settings: Settings, context: &Context, max_bytes: usize) -> Result<Self, LabError> {
        let (channels, height, width) = x0.dim();
        if !matches!(channels, 1 | 3) || !(1..=MAX_SIDE).contains(&height) || !(1..=MAX_SIDE).contains(&width)
        {
            return Err(LabError::PictureShape { channels, height, width, max: MAX_SIDE });
        }
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

    /// x_t, and the one noise that would lead from x0 to it directly.
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
                    forward_step(schedule, noise, &picture(shape, before.to_vec()), t).map(|x_t| values(&x_t))
                };
                let x_t = recording.frame(t, step)?.ok_or(not_computed)?;
                let x_t = picture(shape, x_t);
                // eps = (x_t − √ᾱ_t · x0) / √(1 − ᾱ_t); at t = 0 there is no noise in the picture.
                let (signal_rate, noise_rate) = (rates.signal_rate as f32, rates.noise_rate as f32);
                let eps = Zip::from(&x_t)
                    .and(&self.x0)
                    .map_collect(|x_t, x0| if t == 0 { 0.0 } else { (x_t - signal_rate * x0) / noise_rate });
                Ok((x_t, eps))
            }
        }
    }

    /// The first t at which there is at least as much noise as signal.
    fn equal_rates_at(&self) -> Result<usize, LabError> {
        let half = self.schedule.alphas_cumprod().iter().position(|alpha_cumprod| *alpha_cumprod <= 0.5);
        half.map(|timestep| timestep + 1).ok_or_else(|| LabError::CannotMeasure {
            measure: "equal_rates_at",
            why: "with this schedule there is more signal than noise even at t = T".to_owned(),
        })
    }

    /// The last t up to which the picture is the likeliest of its set, given x_t.
    ///
    /// Of all pictures x_k, the likeliest is the one with √ᾱ·x_k nearest to x_t. With x_t = √ᾱ·x0 + √(1−ᾱ)·eps that
    /// is x0 as long as  √snr · ‖x0 − x_k‖² + 2 · eps·(x0 − x_k) > 0  for every other x_k.
    fn recognized_at(&self) -> Result<usize, LabError> {
        let Path::Shortcut { eps } = &self.path else {
            return Err(cannot_recognize("choose `path = \"shortcut\"`, where one noise leads to every t"));
        };
        let mut least_signal: f64 = 0.0;
        for other in self.set_of_pictures()? {
            let (mut distance, mut along) = (0.0, 0.0);
            Zip::from(&self.x0).and(&other).and(eps).for_each(|x0, x_k, eps| {
                distance += f64::from((x0 - x_k) * (x0 - x_k));
                along += f64::from(eps * (x0 - x_k));
            });
            // The picture itself is in the set too, and a few have twins.
            if distance > 0.0 {
                least_signal = least_signal.max(-2.0 * along / distance);
            }
        }
        let unrecognized = self.schedule.snr().iter().position(|snr| snr.sqrt() <= least_signal);
        Ok(unrecognized.unwrap_or(self.schedule.num_train_timesteps()))
    }

    /// Every picture of the set that this one is from: its emoji family, or the digits.
    fn set_of_pictures(&self) -> Result<Vec<Picture>, LabError> {
        let id = self.settings.text("picture")?;
        let store = self.store.as_ref();
        if let Some((family, _)) = id.strip_prefix("emoji/").and_then(|glyph| glyph.rsplit_once('/')) {
            let emoji = Emoji::load(store)?;
            let glyphs = emoji.glyphs().iter().enumerate();
            let of_family =
                glyphs.filter(|(_, glyph)| glyph.id.rsplit_once('/').is_some_and(|(f, _)| f == family));
            Ok(of_family.map(|(idx, _)| emoji.picture(idx)).collect())
        } else if id.starts_with("digits/") {
            let digits = Digits::load(store)?;
            Ok((0..digits.len()).map(|idx| digits.picture(idx)).collect())
        } else {
            Err(cannot_recognize("your own picture is the only one of its set; choose an emoji or a digit"))
        }
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
        Ok(Moment { idx, t, pictures, numbers: Number::of_rates(t, self.schedule.at(t)?), histogram })
    }

    fn measure(&mut self, name: &str, idx: usize) -> Result<Number, LabError> {
        let measure = self.spec().measure(name)?;
        let of_run = |t: usize| Number { name: measure.name, value: t as f64, unit: measure.unit };
        match measure.name {
            "equal_rates_at" => Ok(of_run(self.equal_rates_at()?)),
            "recognized_at" => Ok(of_run(self.recognized_at()?)),
            _ => rate_number(self.spec(), name, self.t_of(idx), self.schedule.at(self.t_of(idx))?),
        }
    }
}

/// x_t = √(1 − β_t) · x_{t−1} + √β_t · eps_t
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

/// The picture of these values in row-major order.
fn picture(shape: (usize, usize, usize), values: Vec<f32>) -> Picture {
    let mut values = values.into_iter();
    Array3::from_shape_simple_fn(shape, || values.next().unwrap_or(f32::NAN))
}

fn cannot_recognize(why: &str) -> LabError {
    LabError::CannotMeasure { measure: "recognized_at", why: why.to_owned() }
}
