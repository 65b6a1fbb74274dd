//! A trained generator and the critic it grew up with: a [`Walk`] through what it can make, and a [`Verdict`] on one picture.
//!
//! A generator makes a picture of each z in one call, so between two pictures lie as many others as one likes. Between far
//! points of a space of many dimensions the straight way leads past places where no chance ever falls, for nearly all of a
//! normal distribution lies at one distance from the middle; the arc stays at it (White 2016, arXiv 1609.04468).

use crate::experiment::{check_moment, provenance_of};
use crate::game::values;
use crate::noising::picture_of;
use crate::training::examples::own_picture;
use crate::{
    Context, Experiment, Histogram, LabError, Moment, NamedPicture, Number, Progress, Series, Settings,
};
use candle_core::{Device, Tensor};
use ndarray::{ArrayView4, Axis};
use noisebook_data::{Digits, Picture, Split};
use noisebook_nets::Makes;
use noisebook_ops::on_pool;
use noisebook_shelf::{Gan, Shelf};

/// Real and made pictures that a verdict is compared with.
const NUM_COMPARED: usize = 100;

/// Pictures, and what the critic says of them.
struct Judged {
    pictures: Vec<Picture>,
    /// The gradient of each score on the pixels, the largest of each ±1.
    gradients: Vec<Picture>,
    scores: Vec<f64>,
    /// The same gradients as they are, `(n, …)`.
    raw_gradient: Tensor,
}

/// The model of the setting `model`, which makes pictures or clips.
fn load(settings: &Settings, context: &Context) -> Result<Gan, LabError> {
    let name = settings.text("model")?;
    let gan = Shelf::new(context.store.as_ref()).gan(name, &context.device)?;
    if let Makes::Points { .. } = gan.generator.config().makes {
        let why = "it makes points; choose one that makes pictures, `gan-digits` say".to_owned();
        return Err(LabError::Model { model: name.to_owned(), why });
    }
    Ok(gan)
}

fn judged(gan: &Gan, x: &Tensor) -> Result<Judged, LabError> {
    let (scores, raw_gradient) =
        on_pool(|| Ok::<_, LabError>((gan.critic.score(x)?, gan.critic.input_gradient(x)?)))?;
    let gradients = pictures(&raw_gradient)?.into_iter().map(|gradient| {
        let largest = gradient.iter().fold(1e-12_f32, |largest, value| largest.max(value.abs()));
        gradient / largest
    });
    let scores: Vec<f32> = scores.to_device(&Device::Cpu)?.to_vec1()?;
    Ok(Judged {
        pictures: pictures(x)?,
        gradients: gradients.collect(),
        scores: scores.into_iter().map(f64::from).collect(),
        raw_gradient,
    })
}

fn pictures(x: &Tensor) -> Result<Vec<Picture>, LabError> {
    let (values, shape) = (values(x)?, x.dims4()?);
    let all = ArrayView4::from_shape(shape, &values)?;
    Ok(all.axis_iter(Axis(0)).map(|picture| picture.to_owned()).collect())
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let num = values.len().max(1) as f64;
    values.sum::<f64>() / num
}

/// What pictures and their file say of where they come from.
fn provenance(settings: &Settings, gan: &Gan) -> Vec<(String, String)> {
    let mut lines = provenance_of(settings);
    let sha256 = gan.file.weights.as_ref().map(|weights| weights.sha256.clone()).unwrap_or_default();
    lines.push(("weights sha256".to_owned(), sha256));
    lines
}

/// The experiment `walk`: from the pictures of one seed to those of another. For a model of clips the moments are the frames
/// of the clips of the first seed.
pub struct Walk {
    settings: Settings,
    gan: Gan,
    /// What the pictures at both ends are made of, `(num, latent_dim)`.
    ends: [Tensor; 2],
    num_moments: usize,
    num_computed: usize,
    /// Clips, `(num, frames, h, w)`, if it makes clips.
    clips: Option<Tensor>,
}

impl Walk {
    /// Loads the model.
    ///
    /// # Errors
    /// When there is no such model, or it makes points.
    pub fn start(settings: Settings, context: &Context) -> Result<Self, LabError> {
        let gan = load(&settings, context)?;
        let num = settings.int("num")? as usize;
        let latent = |seed: &str| Ok::<_, LabError>(gan.latent(settings.int(seed)?, 0, num)?);
        let ends = [latent("seed")?, latent("to_seed")?];
        let (clips, num_moments) = match gan.generator.config().makes {
            Makes::Clips { num_frames, .. } => (Some(gan.generator.forward(&ends[0])?), num_frames),
            _ => (None, settings.int("num_steps")? as usize + 1),
        };
        Ok(Self { settings, gan, ends, num_moments, num_computed: 0, clips })
    }

    /// What the pictures of a moment are made of.
    fn latent(&self, idx: usize) -> Result<Tensor, LabError> {
        let share = idx as f64 / (self.num_moments - 1).max(1) as f64;
        let [from, to] = &self.ends;
        if self.settings.text("path")? == "straight" {
            return Ok(((from * (1.0 - share))? + (to * share)?)?);
        }
        // Spherical interpolation of each row, with its length interpolated beside it.
        let (from, to) = (from.to_vec2::<f32>()?, to.to_vec2::<f32>()?);
        let length = |z: &[f32]| z.iter().map(|z| f64::from(*z).powi(2)).sum::<f64>().sqrt().max(1e-12);
        let mut rows = Vec::new();
        for (from, to) in from.iter().zip(&to) {
            let (from_length, to_length) = (length(from), length(to));
            let dot: f64 = from.iter().zip(to).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            let angle = (dot / (from_length * to_length)).clamp(-1.0, 1.0).acos();
            let weights = if angle.sin().abs() < 1e-6 {
                [1.0 - share, share]
            } else {
                [((1.0 - share) * angle).sin() / angle.sin(), (share * angle).sin() / angle.sin()]
            };
            let radius = (1.0 - share) * from_length + share * to_length;
            rows.extend(from.iter().zip(to).map(|(a, b)| {
                let a = weights[0] * f64::from(*a) / from_length;
                (radius * (a + weights[1] * f64::from(*b) / to_length)) as f32
            }));
        }
        Ok(Tensor::from_vec(rows, self.ends[0].shape(), self.ends[0].device())?)
    }

    /// The pictures of a moment, `(num, c, h, w)`.
    fn made(&self, idx: usize) -> Result<Tensor, LabError> {
        match &self.clips {
            Some(clips) => Ok(clips.narrow(1, idx, 1)?),
            None => on_pool(|| Ok(self.gan.generator.forward(&self.latent(idx)?)?)),
        }
    }

    /// The length of z at a moment, the mean of all pictures.
    fn length(&self, idx: usize) -> Result<f64, LabError> {
        let z = if self.clips.is_some() { self.ends[0].clone() } else { self.latent(idx)? };
        Ok(f64::from(z.sqr()?.sum(1)?.sqrt()?.mean_all()?.to_scalar::<f32>()?))
    }

    /// Pictures with their scores. A clip has one score, and its gradient is one for each of its frames.
    fn judged(&self, idx: usize) -> Result<Judged, LabError> {
        let Some(clips) = &self.clips else {
            return judged(&self.gan, &self.made(idx)?);
        };
        let of_clips = judged(&self.gan, clips)?;
        let frame = of_clips.gradients.iter().map(|clip| {
            let frame = clip.index_axis(Axis(0), idx);
            frame.to_owned().insert_axis(Axis(0))
        });
        Ok(Judged { pictures: pictures(&self.made(idx)?)?, gradients: frame.collect(), ..of_clips })
    }
}

impl Experiment for Walk {
    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn num_moments(&self) -> usize {
        self.num_moments
    }

    fn t_of(&self, idx: usize) -> usize {
        idx.min(self.num_moments - 1)
    }

    fn num_computed(&self) -> usize {
        self.num_computed
    }

    /// Nothing needs to be kept: a moment is one call of the generator.
    fn step(&mut self) -> Result<Progress, LabError> {
        self.num_computed = self.num_moments;
        Ok(Progress::Done)
    }

    fn moment(&mut self, idx: usize) -> Result<Moment, LabError> {
        check_moment(self, idx)?;
        let Judged { pictures, gradients, scores, .. } = self.judged(idx)?;
        let mut numbers = Vec::new();
        for measure in ["step", "score", "length"] {
            numbers.push(self.measure(measure, idx)?);
        }
        Ok(Moment {
            idx,
            t: self.t_of(idx),
            histogram: Histogram::of(&pictures),
            pictures: vec![
                NamedPicture { name: "picture", pictures },
                NamedPicture { name: "gradient", pictures: gradients },
            ],
            numbers,
            series: vec![Series {
                name: "scores",
                unit: "",
                points: (0..).zip(scores).map(|(nth, score)| (f64::from(nth), score)).collect(),
            }],
            points: Vec::new(),
        })
    }

    fn measure(&mut self, name: &str, idx: usize) -> Result<Number, LabError> {
        let measure = self.spec().measure(name)?;
        check_moment(self, idx)?;
        let value = match measure.name {
            "step" => idx as f64,
            "score" => mean(self.judged(idx)?.scores.into_iter()),
            "length" => self.length(idx)?,
            _ => {
                let before = self.made(idx.saturating_sub(1))?;
                f64::from((self.made(idx)? - before)?.abs()?.mean_all()?.to_scalar::<f32>()?)
            }
        };
        Ok(Number { name: measure.name, value, unit: measure.unit })
    }

    fn provenance(&self) -> Vec<(String, String)> {
        provenance(&self.settings, &self.gan)
    }
}

/// The experiment `verdict`: a critic judges one picture and changes it, step by step, into what it likes better.
pub struct Verdict {
    settings: Settings,
    gan: Gan,
    /// The picture after each step computed so far, `(1, c, h, w)`.
    steps: Vec<Tensor>,
    num_moments: usize,
    real_scores: Vec<f64>,
    made_scores: Vec<f64>,
}

impl Verdict {
    /// Loads model and picture, and judges real and made ones to compare with.
    ///
    /// # Errors
    /// When there is no such model or picture, or the model does not make gray pictures.
    pub fn start(settings: Settings, context: &Context) -> Result<Self, LabError> {
        let gan = load(&settings, context)?;
        let Makes::Pictures { in_channels: 1, size } = gan.generator.config().makes else {
            let why = "it does not make gray pictures; choose `gan-digits` or `wgan-gp-digits`".to_owned();
            return Err(LabError::Model { model: gan.file.name, why });
        };
        let picture = own_picture(&picture_of(&settings, context)?, 1)?;
        let x = Tensor::from_vec(picture.into_iter().collect(), (1, 1, size, size), &gan.device)?;
        let digits = Digits::load(context.store.as_ref())?;
        let test = digits.indices(Split::Test).iter().take(NUM_COMPARED);
        let real: Vec<f32> = test.flat_map(|idx| digits.picture(*idx)).collect();
        let real = Tensor::from_vec(real, (NUM_COMPARED, 1, size, size), &gan.device)?;
        let score = |x: &Tensor| {
            let scores: Vec<f32> = on_pool(|| gan.critic.score(x))?.to_device(&Device::Cpu)?.to_vec1()?;
            Ok::<_, LabError>(scores.into_iter().map(f64::from).collect())
        };
        let made = on_pool(|| gan.generator.forward(&gan.latent(0, 0, NUM_COMPARED)?))?;
        let (real_scores, made_scores) = (score(&real)?, score(&made)?);
        let num_moments = settings.int("num_steps")? as usize + 1;
        Ok(Self { settings, gan, steps: vec![x], num_moments, real_scores, made_scores })
    }

    fn judged(&self, idx: usize) -> Result<Judged, LabError> {
        let x = self.steps.get(idx).ok_or(LabError::NoSuchMoment { idx, last: self.num_moments - 1 })?;
        judged(&self.gan, x)
    }

    fn score(&self, idx: usize) -> Result<f64, LabError> {
        Ok(self.judged(idx)?.scores.first().copied().unwrap_or_default())
    }
}

/// The share of scores that lie below this one.
fn share_below(scores: &[f64], score: f64) -> f64 {
    scores.iter().filter(|other| **other < score).count() as f64 / scores.len().max(1) as f64
}

impl Experiment for Verdict {
    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn num_moments(&self) -> usize {
        self.num_moments
    }

    fn t_of(&self, idx: usize) -> usize {
        idx.min(self.num_moments - 1)
    }

    fn num_computed(&self) -> usize {
        self.steps.len()
    }

    /// One step up the score: each pixel by `step_size` of the largest change that the critic asks for, within black and
    /// white.
    fn step(&mut self) -> Result<Progress, LabError> {
        if let (Some(x), true) = (self.steps.last(), self.steps.len() < self.num_moments) {
            let Judged { raw_gradient, .. } = judged(&self.gan, x)?;
            let largest = raw_gradient.abs()?.max_all()?.to_scalar::<f32>()?.max(1e-12);
            let step_size = self.settings.float("step_size")? / f64::from(largest);
            let next = (x + (raw_gradient * step_size)?)?.clamp(-1.0_f32, 1.0_f32)?.detach();
            self.steps.push(next);
        }
        Ok(Progress::of(self.steps.len(), self.num_moments))
    }

    fn moment(&mut self, idx: usize) -> Result<Moment, LabError> {
        check_moment(self, idx)?;
        let Judged { pictures, gradients, .. } = self.judged(idx)?;
        let mut numbers = Vec::new();
        for measure in ["step", "score", "real_share", "made_share"] {
            numbers.push(self.measure(measure, idx)?);
        }
        let so_far: Vec<(f64, f64)> =
            (0..=idx).map(|step| Ok((step as f64, self.score(step)?))).collect::<Result<_, LabError>>()?;
        let strip = |name, scores: &[f64]| Series {
            name,
            unit: "",
            points: (0..).zip(scores).map(|(nth, score)| (f64::from(nth), *score)).collect(),
        };
        Ok(Moment {
            idx,
            t: self.t_of(idx),
            histogram: Histogram::of(&pictures),
            pictures: vec![
                NamedPicture { name: "picture", pictures },
                NamedPicture { name: "gradient", pictures: gradients },
            ],
            numbers,
            series: vec![
                Series { name: "score", unit: "", points: so_far },
                strip("real_scores", &self.real_scores),
                strip("made_scores", &self.made_scores),
            ],
            points: Vec::new(),
        })
    }

    fn measure(&mut self, name: &str, idx: usize) -> Result<Number, LabError> {
        let measure = self.spec().measure(name)?;
        check_moment(self, idx)?;
        let value = match measure.name {
            "step" => idx as f64,
            "score" => self.score(idx)?,
            "real_share" => share_below(&self.real_scores, self.score(idx)?),
            _ => share_below(&self.made_scores, self.score(idx)?),
        };
        Ok(Number { name: measure.name, value, unit: measure.unit })
    }

    fn provenance(&self) -> Vec<(String, String)> {
        provenance(&self.settings, &self.gan)
    }
}
