//! A trained generator and the critic it grew up with: a [`Walk`] through what it can make, and a [`Verdict`] on one picture.
//!
//! A generator makes a picture of each z in one call, so between two pictures lie as many others as one likes. Between far
//! points of a space of many dimensions the straight way leads past places where no chance ever falls, for nearly all of a
//! normal distribution lies at one distance from the middle; the arc stays at it (White 2016, arXiv 1609.04468).

use crate::arrays::{pictures_of, to_unit, values};
use crate::experiment::{check_moment, provenance_of};
use crate::noising::picture_of;
use crate::training::examples::own_picture;
use crate::{
    Context, Experiment, Histogram, LabError, Moment, NamedPicture, Number, Progress, Series, Settings,
};
use candle_core::Tensor;
use ndarray::Axis;
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

fn scores(gan: &Gan, x: &Tensor) -> Result<Vec<f64>, LabError> {
    let scores = values(&on_pool(|| gan.critic.score(x))?)?;
    Ok(scores.into_iter().map(f64::from).collect())
}

fn gradients(gan: &Gan, x: &Tensor) -> Result<Vec<Picture>, LabError> {
    Ok(to_unit(pictures(&on_pool(|| gan.critic.input_gradient(x))?)?))
}

fn judged(gan: &Gan, x: &Tensor) -> Result<Judged, LabError> {
    Ok(Judged { pictures: pictures(x)?, gradients: gradients(gan, x)?, scores: scores(gan, x)? })
}

fn pictures(x: &Tensor) -> Result<Vec<Picture>, LabError> {
    pictures_of(&values(x)?, x.dims4()?)
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let num = values.len().max(1) as f64;
    values.sum::<f64>() / num
}

/// What pictures and their file say of where they come from.
fn provenance(settings: &Settings, gan: &Gan) -> Vec<(String, String)> {
    let sha256 = gan.file.weights.as_ref().map(|weights| weights.sha256.clone()).unwrap_or_default();
    provenance_of(settings, &[("weights sha256".to_owned(), sha256)])
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
    /// Clips, `(num, frames, h, w)`, and what is said of them, if it makes clips.
    clips: Option<(Tensor, Judged)>,
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
            Makes::Clips { num_frames, .. } => {
                let clips = on_pool(|| gan.generator.forward(&ends[0]))?;
                let judged = judged(&gan, &clips)?;
                (Some((clips, judged)), num_frames)
            }
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
            Some((clips, _)) => Ok(clips.narrow(1, idx, 1)?),
            None => on_pool(|| Ok(self.gan.generator.forward(&self.latent(idx)?)?)),
        }
    }

    /// The length of z at a moment, the mean of all pictures.
    fn length(&self, idx: usize) -> Result<f64, LabError> {
        let z = if self.clips.is_some() { self.ends[0].clone() } else { self.latent(idx)? };
        Ok(f64::from(z.sqr()?.sum(1)?.sqrt()?.mean_all()?.to_scalar::<f32>()?))
    }

    /// Pictures with their gradients and scores. A clip has one score, and its gradient is one for each of its frames.
    fn judged(&self, idx: usize) -> Result<Judged, LabError> {
        let Some((_, of_clips)) = &self.clips else {
            return judged(&self.gan, &self.made(idx)?);
        };
        let frame = |clips: &[Picture]| {
            let frames =
                clips.iter().map(|clip| clip.index_axis(Axis(0), idx).to_owned().insert_axis(Axis(0)));
            frames.collect()
        };
        Ok(Judged {
            pictures: frame(&of_clips.pictures),
            gradients: frame(&of_clips.gradients),
            scores: of_clips.scores.clone(),
        })
    }

    /// The mean score of a moment.
    fn score(&self, idx: usize) -> Result<f64, LabError> {
        let scores = match &self.clips {
            Some((_, of_clips)) => of_clips.scores.clone(),
            None => scores(&self.gan, &self.made(idx)?)?,
        };
        Ok(mean(scores.into_iter()))
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
        let Judged { pictures, gradients, scores } = self.judged(idx)?;
        let score = mean(scores.iter().copied());
        let numbers = vec![
            Number { name: "step", value: idx as f64, unit: "steps" },
            Number { name: "score", value: score, unit: "" },
            Number { name: "length", value: self.length(idx)?, unit: "" },
        ];
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
            "score" => self.score(idx)?,
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
    /// The picture after each step computed so far, `(1, c, h, w)`, and its score.
    steps: Vec<(Tensor, f64)>,
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
        let picture = own_picture(&picture_of("picture", &settings, context)?, 1)?;
        let x = Tensor::from_vec(picture.into_iter().collect(), (1, 1, size, size), &gan.device)?;
        let digits = Digits::load(context.store.as_ref())?;
        let test = digits.indices(Split::Test).iter().take(NUM_COMPARED);
        let real: Vec<f32> = test.flat_map(|idx| digits.picture(*idx)).collect();
        let real = Tensor::from_vec(real, (NUM_COMPARED, 1, size, size), &gan.device)?;
        let made = on_pool(|| gan.generator.forward(&gan.latent(0, 0, NUM_COMPARED)?))?;
        let (real_scores, made_scores) = (scores(&gan, &real)?, scores(&gan, &made)?);
        let score = mean(scores(&gan, &x)?.into_iter());
        let num_moments = settings.int("num_steps")? as usize + 1;
        Ok(Self { settings, gan, steps: vec![(x, score)], num_moments, real_scores, made_scores })
    }

    fn at(&self, idx: usize) -> Result<&(Tensor, f64), LabError> {
        self.steps.get(idx).ok_or(LabError::NoSuchMoment { idx, last: self.num_moments - 1 })
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
        if let (Some((x, _)), true) = (self.steps.last(), self.steps.len() < self.num_moments) {
            let raw_gradient = on_pool(|| self.gan.critic.input_gradient(x))?;
            let largest = raw_gradient.abs()?.max_all()?.to_scalar::<f32>()?.max(1e-12);
            let step_size = self.settings.float("step_size")? / f64::from(largest);
            let next = (x + (raw_gradient * step_size)?)?.clamp(-1.0_f32, 1.0_f32)?.detach();
            let score = mean(scores(&self.gan, &next)?.into_iter());
            self.steps.push((next, score));
        }
        Ok(Progress::of(self.steps.len(), self.num_moments))
    }

    fn moment(&mut self, idx: usize) -> Result<Moment, LabError> {
        check_moment(self, idx)?;
        let x = &self.at(idx)?.0;
        let (pictures, gradients) = (pictures(x)?, gradients(&self.gan, x)?);
        let mut numbers = Vec::new();
        for measure in ["step", "score", "real_share", "made_share"] {
            numbers.push(self.measure(measure, idx)?);
        }
        let so_far = self.steps.iter().take(idx + 1).zip(0..);
        let so_far = so_far.map(|((_, score), step)| (f64::from(step), *score)).collect();
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
            "score" => self.at(idx)?.1,
            "real_share" => share_below(&self.real_scores, self.at(idx)?.1),
            _ => share_below(&self.made_scores, self.at(idx)?.1),
        };
        Ok(Number { name: measure.name, value, unit: measure.unit })
    }

    fn provenance(&self) -> Vec<(String, String)> {
        provenance(&self.settings, &self.gan)
    }
}
