//! A network learns to undo noise, live: denoising by an estimate of what is hidden (Ho et al. 2020, arXiv 2006.11239), on
//! the straight path from example to noise (Lipman et al. 2022, arXiv 2210.02747).
//!
//! The moments are *stations* of the training, close together at first and farther apart later; their t counts updates.
//! At each one sees samples, by Euler's method and always from the same noise, what the network guesses at one t beside the truth, and how the
//! loss went. Between two stations a [`step`](Experiment::step) is one update, or one step of a sampler on the way to the
//! samples, so that none takes long; [`now`](Experiment::now) says where it is.
//!
//! Of scenes, the samples are asked for in words, eight prompts in turn, and the probe says of each station how many have the
//! color, the place and the shape that they should: so one sees in which order they are learned.
//!
//! Each station keeps the weights and all that goes on from them to the bit, in at most 256 MB together. So a training is
//! rewound by [`go_back`](Experiment::go_back), and what may change while it runs (the learning rate, say) by
//! [`change`](Experiment::change).

pub(crate) mod examples;
mod prompts;
#[cfg(test)]
mod tests;

use crate::arrays::{pictures_of, points_of, rows, values};
use crate::experiment::{check_moment, provenance_of};
use crate::recording::MAX_BYTES;
use crate::{
    Context, Experiment, Histogram, LabError, Moment, NamedPicture, NamedPoints, Number, Progress, Series,
    Settings, Value,
};
use candle_core::{Device, Tensor};
use examples::{Material, NUM_GUESSES, SIDE, Subject};
use noisebook_data::Picture;
use noisebook_diffusion::{
    BatchNoise, Clip, Cond, Denoiser, Guidance, Prediction, Rates, SamplerConfig, SamplerName, Sampling,
};
use noisebook_ops::{Noise, Stream, on_pool};
use noisebook_probe::{copy_rate, density_and_coverage, label_agreement};
use noisebook_shelf::{Classifier, Shelf};
use noisebook_train::{Knobs, LiveConfig, LiveTrainer, Snapshot, Timesteps, Version, Weighting, scenes};
use prompts::{PROMPTS, Scores};
use std::sync::Arc;

/// The model to continue from, and the judge of digits.
const CHECKPOINT: &str = "flow-digits";
const JUDGE: &str = "digit-classifier";

/// Samples of a preview: two of each digit, six of each prompt, or so many points.
const NUM_PICTURES: usize = 20;
const NUM_SCENES: usize = 6 * PROMPTS.len();
const NUM_POINTS: usize = 512;
/// Points whose way from x_t to the guess is shown.
const NUM_ARROWS: usize = 96;
/// Stations at most; where the weights of so many do not fit into [`MAX_BYTES`], fewer.
const MAX_STATIONS: usize = 40;
/// How much farther apart the last stations are than the first: e to this.
const GROWTH: f64 = 1.6;
/// How much of the smoothed loss an update keeps.
const SMOOTHING: f64 = 0.95;
/// Bins of the loss over t.
const NUM_BINS: usize = 10;
/// Points of a curve that a moment shows, at most.
const MAX_CURVE: usize = 500;
/// Samples count as readable from here on, and points as covered from this share of what fresh data cover.
const READABLE: f64 = 0.8;
const COVERED: f64 = 0.9;
/// Why others cannot be measured so.
const ONLY_DIGITS: &str = "only digits are read; choose `data = \"digits\"`";
const ONLY_SCENES: &str = "only scenes are asked for in words; choose `data = \"scenes\"`";
/// Neighbors of the measure of coverage, as in its paper.
const NEIGHBORS: usize = 5;
/// Training sets up to here are searched for copies at every station; larger ones when it is asked for.
const FEW: usize = 200;
/// Noise that the guess is shown on, apart from all noise that training draws.
const GUESS_STEP: u64 = u32::MAX as u64;

/// The experiment `training`.
pub struct Training {
    settings: Settings,
    trainer: LiveTrainer,
    subject: Subject,
    device: Device,
    judge: Option<Classifier>,
    provenance: Vec<(String, String)>,
    /// What it guesses at: the examples x0 `(n, …)`, their noise, and what it is told of them.
    shown: (Tensor, Tensor, Cond),
    fresh_points: Vec<[f32; 2]>,
    /// What fresh data cover of themselves.
    fresh_coverage: f64,
    /// The updates at which there are stations.
    stations: Vec<usize>,
    recorded: Vec<Station>,
    preview: Option<Sampling>,
    losses: Losses,
    /// The smoothed loss after each update.
    curve: Vec<f64>,
    lr: f64,
}

/// A moment of the training.
struct Station {
    snapshot: Snapshot,
    /// Values of the samples, one after the other.
    samples: Vec<f32>,
    losses: Losses,
    lr: f64,
    /// The share of the samples that were read as what was asked for.
    adherence: Option<f64>,
    coverage: Option<f64>,
    copies: Option<f64>,
    /// The shares of the samples that show what their prompts ask for.
    scores: Option<Scores>,
}

/// Means that forget what is long past.
#[derive(Clone, Copy, Default)]
struct Losses {
    all: Smooth,
    by_t: [Smooth; NUM_BINS],
}

/// An exponential moving average that does not remember its start at zero.
#[derive(Clone, Copy, Default)]
pub(crate) struct Smooth {
    sum: f64,
    weight: f64,
}

impl Smooth {
    pub(crate) fn add(&mut self, value: f64, keep: f64) {
        self.sum = keep * self.sum + (1.0 - keep) * value;
        self.weight = keep * self.weight + (1.0 - keep);
    }

    /// None before the first value.
    pub(crate) fn mean(self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.sum / self.weight)
    }
}

impl Training {
    /// Loads the data and draws the first weights, or loads those of the checkpoint.
    ///
    /// # Errors
    /// When the data cannot be read or are none of the learner's that can be used, or there is no checkpoint to begin with.
    pub fn start(settings: Settings, context: &Context) -> Result<Self, LabError> {
        Self::with_budget(settings, context, LiveConfig::default(), MAX_BYTES)
    }

    fn with_budget(
        settings: Settings,
        context: &Context,
        config: LiveConfig,
        max_bytes: usize,
    ) -> Result<Self, LabError> {
        let seed = settings.int("seed")?;
        let Material { subject, examples, unseen, fresh_points } =
            Material::load(settings.text("data")?, seed, context)?;
        let config = LiveConfig {
            prediction: match settings.text("prediction")? {
                // On the straight path the velocity is eps − x0.
                "v" => Prediction::Flow,
                name => name.parse()?,
            },
            knows_time: settings.bool("knows_time")?,
            seed,
            ..config
        };
        let device = context.device.clone();
        let mut trainer = LiveTrainer::new(config, knobs(&settings, subject)?, examples, &device)?;
        let shelf = Shelf::new(context.store.as_ref());
        let mut provenance = Vec::new();
        if settings.text("start")? == "checkpoint" {
            provenance = load_checkpoint(&mut trainer, subject, &shelf, &device)?;
        }
        let judge = match subject {
            Subject::Digits => Some(shelf.classifier(JUDGE, &device)?),
            _ => None,
        };

        let (x0, told) = shown(&trainer, subject, unseen, seed, &device)?;
        let (num, shape) = (x0.dim(0)?, &x0.dims()[1..]);
        let eps = Noise::new(seed).normal_tensor(Stream::Forward, 0, num, GUESS_STEP, shape, &device)?;
        let fresh_coverage = fresh_coverage(&fresh_points)?;
        let max_stations = max_bytes.div_euclid(trainer.snapshot_bytes().max(1)).clamp(2, MAX_STATIONS);
        let stations = stations(settings.int("num_updates")? as usize, max_stations);
        let lr = settings.float("lr")?;
        Ok(Self {
            settings,
            trainer,
            subject,
            device,
            judge,
            provenance,
            shown: (x0, eps, told),
            fresh_points,
            fresh_coverage,
            stations,
            recorded: Vec::new(),
            preview: None,
            losses: Losses::default(),
            curve: Vec::new(),
            lr,
        })
    }

    /// Updates that the network has behind it now.
    #[must_use]
    pub fn update(&self) -> usize {
        self.trainer.update()
    }

    /// The weights that are trained, in all.
    #[must_use]
    pub fn num_parameters(&self) -> usize {
        self.trainer.num_parameters()
    }

    /// The share of `num` samples, made from the weights as they are now, that the classifier reads as the digit that was
    /// asked for. It makes them all at once.
    ///
    /// # Errors
    /// When it does not learn digits, or sampling fails.
    pub fn read_now(&self, num: usize) -> Result<f64, LabError> {
        self.read(&self.samples_now(num)?)
    }

    /// What samples of now cover of the data, as a share of what fresh data cover.
    ///
    /// # Errors
    /// When it does not learn points, or sampling fails.
    pub fn covered_now(&self) -> Result<f64, LabError> {
        let samples = values(&self.samples_now(NUM_POINTS)?)?;
        Ok(self.coverage(&samples)?.unwrap_or_default() / self.fresh_coverage)
    }

    /// A batch of samples yet to be made, with the weights of a snapshot.
    fn preview(&self, snapshot: &Snapshot, num: usize) -> Result<Sampling, LabError> {
        let cond = match self.subject {
            Subject::Digits => Cond::new(Tensor::new(self.asked_for(num), &self.device)?),
            Subject::Scenes => self.trainer.told(&prompts::in_turn(num))?,
            Subject::OwnPictures | Subject::Points(_) => Cond::null(),
        };
        let guidance = Guidance::Scale(self.settings.float("cfg_scale")?);
        let clip = if self.subject.is_points() { 2.0 } else { 1.0 };
        let config = SamplerConfig {
            sampler: SamplerName::FlowEuler,
            num_inference_steps: self.settings.int("num_inference_steps")? as usize,
            // Whatever the network predicts, what is asked here says the picture.
            prediction: Prediction::Sample,
            clip: Clip::PictureAndNoise(clip),
            ..SamplerConfig::for_pictures()
        };
        let c = self.subject.num_channels();
        let shape: &[usize] = if self.subject.is_points() { &[num, 2] } else { &[num, c, SIDE, SIDE] };
        let noise = BatchNoise::new(Noise::new(self.settings.int("seed")?), 0, shape, &self.device)?;
        let denoiser = Arc::new(self.trainer.denoiser(snapshot, self.version()?)?);
        let sampler = config.build(self.trainer.schedule())?;
        Ok(Sampling::new(denoiser, sampler, cond, guidance, noise)?)
    }

    /// As many samples of now, all at once.
    fn samples_now(&self, num: usize) -> Result<Tensor, LabError> {
        let mut preview = self.preview(&self.trainer.snapshot(), num)?;
        while preview.step()?.is_some() {}
        Ok(preview.x_t().clone())
    }

    /// The digits that samples shall show: those it learns, in turn.
    fn asked_for(&self, num: usize) -> Vec<u32> {
        let num_labels = self.trainer.num_examples().min(10) as u32;
        (0..num_labels).cycle().take(num).collect()
    }

    fn version(&self) -> Result<Version, LabError> {
        Ok(if self.settings.bool("ema")? { Version::Ema } else { Version::Latest })
    }

    /// The share of the pictures `(n, 1, 32, 32)` that are read as what was asked for.
    fn read(&self, pictures: &Tensor) -> Result<f64, LabError> {
        let Some(judge) = &self.judge else {
            return Err(Self::cannot_measure("adherence", ONLY_DIGITS));
        };
        let (_, logits) = on_pool(|| judge.read(pictures))?;
        let labels: Vec<usize> =
            self.asked_for(pictures.dim(0)?).into_iter().map(|label| label as usize).collect();
        Ok(label_agreement(&rows(&values(&logits)?, logits.dim(1)?), &labels)?.adherence)
    }

    /// Values as pictures `(c, 32, 32)`.
    fn pictures(&self, values: &[f32]) -> Result<Vec<Picture>, LabError> {
        let c = self.subject.num_channels();
        pictures_of(values, (values.len().div_euclid(c * SIDE * SIDE), c, SIDE, SIDE))
    }

    /// The share of the data's neighborhoods that hold one of these points; none if it learns no points.
    fn coverage(&self, samples: &[f32]) -> Result<Option<f64>, LabError> {
        if !self.subject.is_points() {
            return Ok(None);
        }
        let real = self.fresh_points.iter().take(NUM_POINTS).flatten().copied().collect::<Vec<_>>();
        Ok(Some(density_and_coverage(&rows(samples, 2), &rows(&real, 2), NEIGHBORS)?.coverage))
    }

    /// The share of these pictures that copy one of the training set.
    fn copies(&self, samples: &[f32]) -> Result<f64, LabError> {
        let (examples, _) = self.trainer.examples(0..self.trainer.num_examples())?;
        let num_values = SIDE * SIDE;
        Ok(copy_rate(&rows(samples, num_values), &rows(&values(&examples)?, num_values))?)
    }

    fn cannot_measure(measure: &'static str, why: &str) -> LabError {
        LabError::CannotMeasure { measure, why: why.to_owned() }
    }

    fn record(&mut self, samples: &Tensor) -> Result<(), LabError> {
        let adherence = if self.judge.is_some() { Some(self.read(samples)?) } else { None };
        let samples = values(samples)?;
        let scores = match self.subject {
            Subject::Scenes => Some(prompts::scores(&self.pictures(&samples)?)?),
            _ => None,
        };
        let num_examples = self.trainer.num_examples();
        let few = !self.subject.is_points() && (2..=FEW).contains(&num_examples);
        let station = Station {
            snapshot: self.trainer.snapshot(),
            adherence,
            coverage: self.coverage(&samples)?,
            copies: if few { Some(self.copies(&samples)?) } else { None },
            scores,
            losses: self.losses,
            lr: self.lr,
            samples,
        };
        self.recorded.push(station);
        Ok(())
    }

    fn train(&mut self) -> Result<(), LabError> {
        let report = self.trainer.step()?;
        self.losses.all.add(report.loss, SMOOTHING);
        let last = self.trainer.schedule().num_train_timesteps();
        for (t, loss) in report.losses {
            let bin = ((t.saturating_sub(1) * NUM_BINS) as f64 / last as f64) as usize;
            if let Some(bin) = self.losses.by_t.get_mut(bin) {
                bin.add(loss, SMOOTHING);
            }
        }
        self.curve.push(self.losses.all.mean().unwrap_or_default());
        self.lr = report.lr;
        Ok(())
    }

    /// x0, x_t, eps, pred_x0 and pred_eps at the t of the settings, by the weights of a snapshot.
    fn guess(&self, snapshot: &Snapshot) -> Result<[(&'static str, Tensor); 5], LabError> {
        let (x0, eps, told) = &self.shown;
        let t = self.settings.int("t")?;
        let schedule = self.trainer.schedule();
        let Rates { signal_rate, noise_rate, .. } = schedule.at(t as usize)?;
        // x_t = (1 − σ) · x0 + σ · eps
        let x_t = ((x0 * signal_rate)? + (eps * noise_rate)?)?;
        let denoiser = self.trainer.denoiser(snapshot, self.version()?)?;
        let timestep = schedule.timestep_from_t(t as f64);
        let pred_x0 = on_pool(|| denoiser.predict(&x_t, timestep, told))?;
        // What it takes for noise is what is left of x_t.
        let pred_eps = ((&x_t - (&pred_x0 * signal_rate)?)? / noise_rate)?;
        let (x0, eps) = (x0.clone(), eps.clone());
        Ok([("x0", x0), ("x_t", x_t), ("eps", eps), ("pred_x0", pred_x0), ("pred_eps", pred_eps)])
    }

    fn series(&self, idx: usize) -> Vec<Series> {
        let Some(station) = self.recorded.get(idx) else {
            return Vec::new();
        };
        let update = station.snapshot.update();
        let every = update.div_ceil(MAX_CURVE).max(1);
        let loss = self.curve.iter().take(update).enumerate();
        let loss = loss.filter(|(nth, _)| (nth + 1).is_multiple_of(every) || nth + 1 == update);
        let width = 1000.0 / NUM_BINS as f64;
        let bins = station.losses.by_t.iter().enumerate();
        let by_t = bins.filter_map(|(bin, loss)| Some(((bin as f64 + 0.5) * width, loss.mean()?)));
        let curve = |name, value: fn(&Station) -> Option<f64>| {
            let recorded = self.recorded.iter().take(idx + 1);
            let points =
                recorded.filter_map(|station| Some((station.snapshot.update() as f64, value(station)?)));
            Series { name, unit: "", points: points.collect() }
        };
        let all = [
            Series {
                name: "loss",
                unit: "",
                points: loss.map(|(nth, loss)| (nth as f64 + 1.0, *loss)).collect(),
            },
            Series { name: "loss_by_t", unit: "", points: by_t.collect() },
            curve("adherence", |station| station.adherence),
            curve("coverage", |station| station.coverage),
            curve("copies", |station| station.copies),
            curve("colour", |station| Some(station.scores?.colour)),
            curve("place", |station| Some(station.scores?.place)),
            curve("shape", |station| Some(station.scores?.shape)),
            curve("joint", |station| Some(station.scores?.joint)),
        ];
        all.into_iter().filter(|series| !series.points.is_empty()).collect()
    }

    /// The first station of which `reached` is true, as its update.
    fn first(
        &self,
        measure: &'static str,
        value: impl Fn(&Station) -> Option<f64>,
        enough: f64,
    ) -> Result<f64, LabError> {
        if self.recorded.iter().all(|station| value(station).is_none()) {
            let why = match measure {
                "readable_at" => ONLY_DIGITS,
                "colour_at" | "place_at" | "shape_at" => ONLY_SCENES,
                _ => "only points are covered; choose `data = \"moons\"`, say",
            };
            return Err(Self::cannot_measure(measure, why));
        }
        let found = self.recorded.iter().find(|station| value(station).is_some_and(|value| value >= enough));
        let found = found.map(|station| station.snapshot.update() as f64);
        found.ok_or_else(|| Self::cannot_measure(measure, "it has not come so far; let it train on"))
    }
}

impl Experiment for Training {
    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn num_moments(&self) -> usize {
        self.stations.len()
    }

    fn t_of(&self, idx: usize) -> usize {
        self.stations.get(idx).or(self.stations.last()).copied().unwrap_or_default()
    }

    fn num_computed(&self) -> usize {
        self.recorded.len()
    }

    fn step(&mut self) -> Result<Progress, LabError> {
        if let Some(mut preview) = self.preview.take() {
            if preview.step()?.is_some() {
                self.preview = Some(preview);
            } else {
                self.record(preview.x_t())?;
            }
        } else if let Some(update) = self.stations.get(self.recorded.len()) {
            if self.trainer.update() < *update {
                self.train()?;
            } else {
                let num = match self.subject {
                    Subject::Points(_) => NUM_POINTS,
                    Subject::Scenes => NUM_SCENES,
                    Subject::Digits | Subject::OwnPictures => NUM_PICTURES,
                };
                self.preview = Some(self.preview(&self.trainer.snapshot(), num)?);
            }
        }
        if self.recorded.len() == self.stations.len() {
            return Ok(Progress::Done);
        }
        Ok(Progress::Working { done: self.trainer.update(), total: self.t_of(usize::MAX) })
    }

    fn moment(&mut self, idx: usize) -> Result<Moment, LabError> {
        check_moment(self, idx)?;
        let Some(station) = self.recorded.get(idx) else {
            return Err(LabError::NoSuchMoment { idx, last: self.num_moments().saturating_sub(1) });
        };
        let guess = self.guess(&station.snapshot)?;
        let (mut pictures, mut points) = (Vec::new(), Vec::new());
        if self.subject.is_points() {
            let named = |name, values: &[f32]| NamedPoints { name, points: points_of(values) };
            let data: Vec<f32> = self.fresh_points.iter().take(NUM_POINTS).flatten().copied().collect();
            points.push(named("data", &data));
            points.push(named("samples", &station.samples));
            for (name, tensor) in guess {
                points.push(named(name, &values(&tensor)?));
            }
        } else {
            pictures.push(NamedPicture { name: "samples", pictures: self.pictures(&station.samples)? });
            for (name, tensor) in guess {
                pictures.push(NamedPicture { name, pictures: self.pictures(&values(&tensor)?)? });
            }
        }
        let x_t = pictures.iter().find(|named| named.name == "x_t");
        let histogram = Histogram::of(x_t.map_or(&[], |named| &named.pictures));
        let numbers = [
            ("update", Some(station.snapshot.update() as f64), "updates"),
            ("loss", station.losses.all.mean(), ""),
            ("lr", Some(station.lr), ""),
            ("adherence", station.adherence, ""),
            ("coverage", station.coverage, ""),
            ("copies", station.copies, ""),
            ("colour", station.scores.map(|scores| scores.colour), ""),
            ("place", station.scores.map(|scores| scores.place), ""),
            ("shape", station.scores.map(|scores| scores.shape), ""),
            ("joint", station.scores.map(|scores| scores.joint), ""),
        ];
        let numbers =
            numbers.into_iter().filter_map(|(name, value, unit)| Some(Number { name, value: value?, unit }));
        Ok(Moment {
            idx,
            t: self.t_of(idx),
            pictures,
            numbers: numbers.collect(),
            histogram,
            series: self.series(idx),
            points,
        })
    }

    fn measure(&mut self, name: &str, idx: usize) -> Result<Number, LabError> {
        let measure = self.spec().measure(name)?;
        if measure.per_moment {
            check_moment(self, idx)?;
        }
        let Some(station) = self.recorded.get(idx) else {
            return Err(LabError::NotComputed { idx, num_computed: 0, num_moments: self.num_moments() });
        };
        let value = match measure.name {
            "update" => Ok(station.snapshot.update() as f64),
            // Before the first update nothing has been asked yet.
            "loss" => Ok(station.losses.all.mean().unwrap_or(f64::NAN)),
            "lr" => Ok(station.lr),
            "adherence" => station.adherence.ok_or(ONLY_DIGITS),
            "colour" => station.scores.map(|scores| scores.colour).ok_or(ONLY_SCENES),
            "place" => station.scores.map(|scores| scores.place).ok_or(ONLY_SCENES),
            "shape" => station.scores.map(|scores| scores.shape).ok_or(ONLY_SCENES),
            "joint" => station.scores.map(|scores| scores.joint).ok_or(ONLY_SCENES),
            "coverage" => station.coverage.ok_or("only points are covered; choose `data = \"moons\"`, say"),
            "modes" => match self.subject {
                Subject::Points(Some(set)) if set.num_modes() > 0 => {
                    Ok(set.modes_hit(&points_of(&station.samples)) as f64)
                }
                _ => Err("only the grid and the rings have modes to count"),
            },
            "copies" if self.subject.is_points() => Err("points are not copied; choose pictures"),
            "copies" if self.subject == Subject::Scenes => {
                Err("each scene is drawn for one update and never again; choose other pictures")
            }
            "copies" if self.trainer.num_examples() < 2 => Err("one picture alone can only be copied"),
            "copies" => match station.copies {
                Some(copies) => Ok(copies),
                None => Ok(self.copies(&station.samples)?),
            },
            "readable_at" => Ok(self.first("readable_at", |station| station.adherence, READABLE)?),
            "colour_at" => Ok(self.first("colour_at", |station| Some(station.scores?.colour), READABLE)?),
            "place_at" => Ok(self.first("place_at", |station| Some(station.scores?.place), READABLE)?),
            "shape_at" => Ok(self.first("shape_at", |station| Some(station.scores?.shape), READABLE)?),
            _ => Ok(self.first("covered_at", |station| station.coverage, COVERED * self.fresh_coverage)?),
        };
        let value = value.map_err(|why| Self::cannot_measure(measure.name, why))?;
        Ok(Number { name: measure.name, value, unit: measure.unit })
    }

    fn change(&mut self, setting: &str, value: Value) -> Result<bool, LabError> {
        let mut settings = self.settings.clone();
        settings.set_value(setting, value)?;
        let is_live = self.spec().live.contains(&setting);
        if is_live {
            self.trainer.knobs = knobs(&settings, self.subject)?;
            self.settings = settings;
        }
        Ok(is_live)
    }

    fn go_back(&mut self, idx: usize) -> Result<(), LabError> {
        check_moment(self, idx)?;
        if let Some(station) = self.recorded.get(idx) {
            self.trainer.go_to(&station.snapshot)?;
            self.losses = station.losses;
            self.lr = station.lr;
            self.curve.truncate(station.snapshot.update());
            self.preview = None;
            self.recorded.truncate(idx + 1);
        }
        Ok(())
    }

    fn now(&self) -> Vec<Number> {
        let update = Number { name: "update", value: self.trainer.update() as f64, unit: "updates" };
        let lr = Number { name: "lr", value: self.lr, unit: "" };
        let loss = self.losses.all.mean().map(|value| Number { name: "loss", value, unit: "" });
        [Some(update), loss, Some(lr)].into_iter().flatten().collect()
    }

    fn prompts(&self) -> &[&'static str] {
        if self.subject == Subject::Scenes { &PROMPTS } else { &[] }
    }

    fn provenance(&self) -> Vec<(String, String)> {
        provenance_of(&self.settings, &self.provenance)
    }
}

/// What it guesses at, `(n, …)`, and what it is told of it: examples that training does not see, where there are any.
fn shown(
    trainer: &LiveTrainer,
    subject: Subject,
    unseen: Vec<(Picture, u32)>,
    seed: u64,
    device: &Device,
) -> Result<(Tensor, Cond), LabError> {
    let stacked = |pictures: &[Picture]| {
        let values: Vec<f32> = pictures.iter().flatten().copied().collect();
        Tensor::from_vec(values, (pictures.len(), subject.num_channels(), SIDE, SIDE), device)
    };
    if subject == Subject::Scenes {
        let (pictures, captions): (Vec<_>, Vec<_>) =
            scenes(Noise::new(seed), SIDE, NUM_GUESSES).into_iter().unzip();
        return Ok((stacked(&pictures)?, trainer.told(&captions)?));
    }
    let (x0, labels) = if unseen.is_empty() {
        let num = if subject.is_points() { NUM_ARROWS } else { NUM_GUESSES.min(trainer.num_examples()) };
        trainer.examples(0..num)?
    } else {
        let (pictures, labels): (Vec<_>, Vec<_>) = unseen.into_iter().unzip();
        (stacked(&pictures)?, labels)
    };
    let told = match subject {
        Subject::Digits => Cond::new(Tensor::new(labels, device)?),
        _ => Cond::null(),
    };
    Ok((x0, told))
}

/// What may be changed while it trains.
fn knobs(settings: &Settings, subject: Subject) -> Result<Knobs, LabError> {
    Ok(Knobs {
        lr: settings.float("lr")?,
        batch_size: settings.int("batch_size")? as usize,
        timesteps: match settings.text("timesteps")? {
            // What is fine in a picture is coarse beside the scatter of points: they are decided at little noise.
            _ if subject.is_points() => Timesteps::Uniform,
            "logit-normal" => Timesteps::LogitNormal,
            "shifted" => Timesteps::Shifted,
            _ => Timesteps::Uniform,
        },
        weighting: match settings.text("weighting")? {
            "none" => Weighting::None,
            // The weight is for a network that says x̂; of the noise and the velocity every error counts alike.
            _ if settings.text("prediction")? != "sample" => Weighting::None,
            _ => Weighting::Velocity,
        },
    })
}

/// Begins with the weights of the shelf's model. Returns what to say of them beside pictures.
fn load_checkpoint(
    trainer: &mut LiveTrainer,
    subject: Subject,
    shelf: &Shelf<'_>,
    device: &Device,
) -> Result<Vec<(String, String)>, LabError> {
    let wrong = |why: &str| LabError::Model { model: CHECKPOINT.to_owned(), why: why.to_owned() };
    if subject.is_points() {
        return Err(wrong("it knows digits and no points; use `start = \"scratch\"`"));
    }
    if subject == Subject::Scenes {
        return Err(wrong("it knows digits and no scenes; use `start = \"scratch\"`"));
    }
    if trainer.config().prediction != Prediction::Sample {
        return Err(wrong("it predicts the picture; use `prediction = \"sample\"`"));
    }
    let file = shelf.file(CHECKPOINT)?;
    trainer.load(&shelf.weights(&file, device)?)?;
    let sha256 = file.weights.map(|weights| weights.sha256).unwrap_or_default();
    Ok(vec![("began with".to_owned(), CHECKPOINT.to_owned()), ("weights sha256".to_owned(), sha256)])
}

/// The updates of up to `max` stations, from 0 to `num_updates`: each gap a little longer than the one before it.
pub(crate) fn stations(num_updates: usize, max: usize) -> Vec<usize> {
    let last = max.saturating_sub(1).max(1);
    let at = |nth: usize| {
        let share = (GROWTH * nth as f64 / last as f64).exp_m1() / GROWTH.exp_m1();
        (num_updates as f64 * share).round() as usize
    };
    let mut stations: Vec<usize> = (0..=last).map(at).collect();
    stations.dedup();
    stations
}

/// What data cover of other data of the same set, or 1 where there are no points.
fn fresh_coverage(points: &[[f32; 2]]) -> Result<f64, LabError> {
    let rows_of = |points: &[[f32; 2]]| rows(&points.iter().flatten().copied().collect::<Vec<_>>(), 2);
    match (points.get(..NUM_POINTS), points.get(NUM_POINTS..2 * NUM_POINTS)) {
        (Some(real), Some(other)) => {
            Ok(density_and_coverage(&rows_of(other), &rows_of(real), NEIGHBORS)?.coverage)
        }
        _ => Ok(1.0),
    }
}
