//! A trained network leads pure noise back to pictures: Ho, Jain & Abbeel 2020 (arXiv 2006.11239) by the small steps of
//! training, Song, Meng & Ermon 2021 (arXiv 2010.02502) by fewer and larger ones.
//!
//! The moments are the sampler's stations. At each but the last one sees `x_t`, the noise `pred_eps` and the picture
//! `pred_x0` that the network guesses in it, the velocity `v = √ᾱ · pred_eps − √(1 − ᾱ) · pred_x0` that says the same, the
//! fresh `noise` where the step adds some, and `x_next`, the batch after the step; `x_t` and `x_next` as the network sees
//! them, whatever unit the sampler computes in. On the straight path of flow matching the velocity is `pred_eps − pred_x0`.
//!
//! A branch begins at one of the stations with the very numbers that are there: what a step goes on from is recorded as it
//! is, and only what one looks at in half precision. Where it keeps the sampler and its steps, it goes on in the midst of
//! them, with what the sampler remembers; otherwise steps are laid anew from there to the picture, in proportion as many as
//! the setting says for the whole way.

use crate::asked::{Source, asked_for, attention, guidance, judged, words};
use crate::branch::check_same;
use crate::branch_runs::BRANCHES_BYTES;
use crate::experiment::{check_moment, provenance_of, rate_number};
use crate::fault::Fault;
use crate::noising::{check_shape, picture_of};
use crate::recording::Recording;
use crate::rescheduled::rescheduled;
use crate::{
    Context, Experiment, Histogram, LabError, Moment, NamedPicture, Number, Pixel, PixelMoment, Progress,
    PromptWord, Settings, StepFormula, Value,
};
use candle_core::{Device, Tensor};
use ndarray::Array3;
use noisebook_data::{Picture, fitted};
use noisebook_diffusion::{
    BatchNoise, Clip, Cond, Denoiser, NoiseSchedule, Prediction, Rates, Sampler, SamplerConfig, SamplerName,
    Sampling, SamplingStep,
};
use noisebook_ops::{Noise, on_pool};
use noisebook_shelf::{DiffusionModel, Shelf};
use std::sync::Arc;

/// A denoiser and what must be known of it to sample from it.
#[derive(Clone)]
pub struct DenoisingModel {
    /// Its name on the shelf.
    pub name: String,
    /// The network, or a formula.
    pub denoiser: Arc<dyn Denoiser>,
    /// The schedule it was trained with.
    pub schedule: NoiseSchedule,
    /// What its output means.
    pub prediction: Prediction,
    /// The shape of one sample, (c, h, w).
    pub sample_shape: [usize; 3],
    /// What it calls its labels, from 0 on; none if it takes none.
    pub labels: Vec<String>,
    /// The whole model where it is told words.
    pub words: Option<Arc<DiffusionModel>>,
    /// Where it runs.
    pub device: Device,
    /// What tells it from others of its name, the hash of its weights say.
    pub provenance: Vec<(String, String)>,
}

/// The experiment `denoising`. Moment 0 is pure noise, or where a branch begins; the last one the finished pictures.
pub struct Denoising {
    model: DenoisingModel,
    settings: Settings,
    /// (b, c, h, w)
    batch_shape: [usize; 4],
    config: SamplerConfig,
    sampling: Sampling,
    /// The same steps for predicted pictures and without clipping, to read off what they do.
    bare: Box<dyn Sampler>,
    noise: BatchNoise,
    /// Of an altered picture: the share of the way that the sampler's steps are for.
    strength: f64,
    steps_before: usize,
    /// The step of the sampler that moment 0 is followed by: a branch may begin in the middle of the way.
    first_step: usize,
    recording: Recording,
    /// The batch at moment 0, and after the latest step, unrounded.
    start: Carried,
    latest: Carried,
    fault: Fault,
    cond: Cond,
    /// The picture that is altered.
    source: Option<Source>,
    /// The words of the prompts.
    words: Vec<PromptWord>,
}

/// What a step goes on from.
#[derive(Clone)]
struct Carried {
    x_t: Tensor,
    /// What the sampler remembers of the step before.
    memory: Vec<Tensor>,
}

/// Where a branch begins.
struct Beginning {
    carried: Carried,
    /// The steps of the sampler that it is in the midst of, or those that are laid anew.
    config: SamplerConfig,
    /// Of an altered picture: the share of the way that these steps are for.
    strength: f64,
    first_step: usize,
    /// Whose noise it meets, but for the seed: how many steps there were before the sampler's first.
    steps_before: usize,
}

/// What a frame of the recording holds for one to look at, in half precision, after what the next step goes on from.
const FRAME: [&str; 3] = ["x_t", "pred_eps", "pred_x0"];

/// The settings that say which steps the sampler takes.
const LADDER: [&str; 4] = ["sampler", "num_inference_steps", "spacing", "karras"];

impl Denoising {
    /// The settings that a branch has from its parent: the network, how many pictures it makes, on which schedule, and what
    /// is broken.
    pub const WHOLE_TREE: [&str; 12] = [
        "model",
        "num",
        "same_noise",
        "source",
        "strength",
        "mask",
        "rounds",
        "fault",
        "schedule",
        "points",
        "zero_terminal",
        "timing",
    ];

    /// Draws the noise `x_T`. What the samples are asked to show follows from the settings `label` and `prompt`.
    pub fn new(model: DenoisingModel, settings: Settings) -> Result<Self, LabError> {
        Self::with_budget(model, settings, None, None, BRANCHES_BYTES)
    }

    /// The same from a picture that is altered: noised up to the share of the way that the setting `strength` says, and led
    /// back from there (Meng et al. 2021, arXiv 2108.01073).
    pub fn altering(model: DenoisingModel, picture: &Picture, settings: Settings) -> Result<Self, LabError> {
        check_shape(picture)?;
        let [c, size, _] = model.sample_shape;
        let source = Source::new(fitted(picture, c, size), &settings)?;
        Self::with_budget(model, settings, Some(source), None, BRANCHES_BYTES)
    }

    /// Loads the model from the shelf.
    pub fn start(settings: Settings, context: &Context) -> Result<Self, LabError> {
        let name = settings.text("model")?;
        let model = Shelf::new(context.store.as_ref()).diffusion_model(name, &context.device)?;
        let model = rescheduled(model.into(), &settings)?;
        match settings.text("source")? {
            "none" => Self::new(model, settings),
            _ => Self::altering(model, &picture_of("source", &settings, context)?, settings),
        }
    }

    fn with_budget(
        model: DenoisingModel,
        settings: Settings,
        source: Option<Source>,
        beginning: Option<Beginning>,
        max_bytes: usize,
    ) -> Result<Self, LabError> {
        let fault = Fault::named(settings.text("fault")?);
        let num = settings.int("num")? as usize;
        let cond = asked_for(&model, &settings, num)?;
        let words = words(&model, &settings)?;
        let [c, h, w] = model.sample_shape;
        let batch_shape = [num, c, h, w];

        let guidance = guidance(&model, &settings, num)?;
        let whole = config(&model, &settings)?;
        let (config, strength, first_step, steps_before, carried) = match beginning {
            Some(Beginning { carried, config, strength, first_step, steps_before }) => {
                (config, strength, first_step, steps_before, Some(carried))
            }
            None => (whole, settings.float("strength")?, 0, 0, None),
        };
        let mut noise = BatchNoise::new(Noise::new(settings.int("seed")?), 0, &batch_shape, &model.device)?;
        if settings.bool("same_noise")? {
            noise = noise.shared();
        }
        let noise = noise.after(steps_before);
        let denoiser = fault.denoiser(&model);
        let (config, mut sampling) = match &source {
            None => {
                let sampler = fault.config(config).build(&model.schedule)?;
                (config, Sampling::new(denoiser, sampler, cond.clone(), guidance, noise.clone())?)
            }
            Some(source) => {
                let alteration = source.alteration(&model, strength)?;
                let left = alteration.config(&whole, model.schedule.num_train_timesteps()).unwrap_or(whole);
                let (schedule, whole, cond) = (&model.schedule, fault.config(whole), cond.clone());
                let noise = noise.clone();
                (left, Sampling::altering(denoiser, schedule, &whole, cond, guidance, noise, &alteration)?)
            }
        };
        let bare = SamplerConfig { clip: Clip::Off, prediction: Prediction::Sample, ..config };
        if let Some(Carried { x_t, memory }) = &carried {
            sampling.go_to(first_step, x_t, memory)?;
        }
        let start = Carried { x_t: sampling.x_t().clone(), memory: sampling.memory().to_vec() };

        let batch_len: usize = batch_shape.iter().product();
        let frame_len = ((1 + sampling.num_kept()) * batch_len, FRAME.len() * batch_len);
        Ok(Self {
            settings,
            batch_shape,
            config,
            bare: bare.build(&model.schedule)?,
            noise,
            strength,
            steps_before,
            first_step,
            recording: Recording::with_exact(sampling.num_steps() - first_step, frame_len, max_bytes),
            latest: start.clone(),
            start,
            sampling,
            fault,
            cond,
            source,
            words,
            model,
        })
    }

    /// How many steps there are.
    fn num_steps(&self) -> usize {
        self.sampling.num_steps() - self.first_step
    }

    fn batch_len(&self) -> usize {
        self.batch_shape.iter().product::<usize>().max(1)
    }

    /// Frame idx: what the next step goes on from, and the batches of [`FRAME`], computed again from a keyframe if need be.
    fn frame(&mut self, idx: usize) -> Result<Option<Vec<f32>>, LabError> {
        let Self { recording, sampling, batch_shape, model, first_step, steps_before, fault, .. } = self;
        recording.frame(idx, |idx, before| {
            let carried = carried(before, sampling.num_kept(), batch_shape, &model.device)?;
            let step = step_at(sampling, *first_step + idx, &carried)?;
            let step = step.map(|step| fault.step(step, *steps_before));
            step.map_or_else(|| Ok(Vec::new()), |step| frame_of(&step))
        })
    }

    /// The batches of a frame: the x after the step, and those of [`FRAME`].
    fn split<'a>(&self, frame: &'a [f32]) -> [&'a [f32]; 4] {
        let mut batches = frame.chunks(self.batch_len());
        let x_next = batches.next().unwrap_or_default();
        let mut shown = batches.skip(self.sampling.num_kept());
        let [x_t, pred_eps, pred_x0] = FRAME.map(|_| shown.next().unwrap_or_default());
        [x_next, x_t, pred_eps, pred_x0]
    }

    /// What the step from moment idx goes on from, exactly as it was.
    fn carried_at(&mut self, idx: usize) -> Result<Carried, LabError> {
        if idx == self.recording.len() {
            return Ok(self.latest.clone());
        }
        let before = idx.checked_sub(1).map(|before| self.frame(before)).transpose()?.flatten();
        match before {
            Some(frame) => carried(&frame, self.sampling.num_kept(), &self.batch_shape, &self.model.device),
            None => Ok(self.start.clone()),
        }
    }

    /// What the words or the label change in the guess at moment idx: the picture guessed with them, minus that guessed
    /// without.
    fn difference(&self, x_t: &Tensor, idx: usize) -> Result<Option<Vec<Picture>>, LabError> {
        if !self.settings.bool("difference")? || self.cond.tensor().is_none() {
            return Ok(None);
        }
        let Some(station) = self.sampling.stations().get(self.first_step + idx) else {
            return Ok(None);
        };
        let model = &self.model;
        let guess = |cond: &Cond| -> Result<Tensor, LabError> {
            let output = on_pool(|| model.denoiser.predict(x_t, station.timestep, cond))?;
            Ok(model.prediction.predict_x0(&output, x_t, station.rates)?)
        };
        let difference = (guess(&self.cond)? - guess(&Cond::null())?)?;
        self.pictures(&tensor_values(&difference)?).map(Some)
    }

    /// Where the word of the setting `word` was looked at, at moment idx.
    fn attention(&self, x_t: &Tensor, idx: usize) -> Result<Option<Vec<Picture>>, LabError> {
        let chosen = (self.settings.int("word")? as usize, self.settings.int("layer")? as usize);
        let Some(station) = self.sampling.stations().get(self.first_step + idx) else {
            return Ok(None);
        };
        attention(&self.model, x_t, station.timestep, &self.cond, chosen)
    }

    /// The pictures guessed at moment idx; at the last one those that came out.
    fn guessed(&mut self, idx: usize) -> Result<Vec<Picture>, LabError> {
        check_moment(self, idx)?;
        match self.frame(idx)? {
            Some(frame) => self.pictures(self.split(&frame)[3]),
            None => self.pictures(&tensor_values(&self.latest.x_t)?),
        }
    }

    /// How far the guessed pictures are from the source.
    fn changed(&mut self, idx: usize) -> Result<f64, LabError> {
        let Some(source) = self.source.clone() else {
            let why = "no picture is altered; choose one with `source`".to_owned();
            return Err(LabError::CannotMeasure { measure: "changed", why });
        };
        let guessed = self.guessed(idx)?;
        let squares =
            guessed.iter().map(|picture| (picture - &source.picture).mapv(|off| f64::from(off * off)));
        let sum: f64 = squares.map(|squares| squares.mean().unwrap_or_default()).sum();
        Ok((sum / guessed.len().max(1) as f64).sqrt())
    }

    /// Whether the velocity is that of the straight path.
    fn is_flow(&self) -> bool {
        self.model.prediction == Prediction::Flow || self.config.sampler == SamplerName::FlowEuler
    }

    /// The velocity that says the same as the guessed noise and picture.
    fn velocity(&self, rates: Rates, eps: f32, x0: f32) -> f32 {
        if self.is_flow() {
            eps - x0
        } else {
            // v = √ᾱ · eps − √(1 − ᾱ) · x0
            rates.signal_rate as f32 * eps - rates.noise_rate as f32 * x0
        }
    }

    /// One picture a sample.
    fn pictures(&self, values: &[f32]) -> Result<Vec<Picture>, LabError> {
        pictures_of(values, self.model.sample_shape)
    }

    fn is_done(&self) -> bool {
        self.recording.len() == self.num_steps()
    }

    /// The last t from which on every `pred_x0` stays within a tenth of a unit of the finished pictures, on average.
    fn settled_at(&mut self) -> Result<usize, LabError> {
        if !self.is_done() {
            let why = "the pictures are not finished; let it run to t = 0".to_owned();
            return Err(LabError::CannotMeasure { measure: "settled_at", why });
        }
        let num_steps = self.num_steps();
        let finished = tensor_values(&self.latest.x_t)?;
        let mut settled_idx = num_steps;
        while let Some(idx) = settled_idx.checked_sub(1)
            && let Some(frame) = self.frame(idx)?
        {
            let [.., pred_x0] = self.split(&frame);
            let off: f32 = finished.iter().zip(pred_x0).map(|(x, pred)| (x - pred).abs()).sum();
            if off > 0.1 * finished.len() as f32 {
                break;
            }
            settled_idx = idx;
        }
        Ok(self.t_of(settled_idx))
    }
}

impl Experiment for Denoising {
    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn num_moments(&self) -> usize {
        self.num_steps() + 1
    }

    fn t_of(&self, idx: usize) -> usize {
        self.sampling.t(self.first_step + idx)
    }

    fn num_computed(&self) -> usize {
        // The finished pictures need no step of their own.
        self.recording.len() + usize::from(self.is_done())
    }

    fn step(&mut self) -> Result<Progress, LabError> {
        let step_idx = self.first_step + self.recording.len();
        if let Some(step) = step_at(&mut self.sampling, step_idx, &self.latest)? {
            let step = self.fault.step(step, self.steps_before);
            self.recording.push(&frame_of(&step)?);
            self.latest = Carried { x_t: step.prev_sample, memory: step.memory };
        }
        Ok(Progress::of(self.num_computed(), self.num_moments()))
    }

    fn moment(&mut self, idx: usize) -> Result<Moment, LabError> {
        check_moment(self, idx)?;
        let t = self.t_of(idx);
        let rates = self.sampling.rates(self.first_step + idx);
        let mut pictures = Vec::new();
        let mut show = |name, pictures_of: Vec<Picture>| {
            pictures.push(NamedPicture { name, pictures: pictures_of });
        };
        if let Some(frame) = self.frame(idx)? {
            let [x_next, x_t, pred_eps, pred_x0] = self.split(&frame);
            let guesses = pred_eps.iter().zip(pred_x0);
            let v: Vec<f32> = guesses.map(|(eps, x0)| self.velocity(rates, *eps, *x0)).collect();
            for (name, values) in [("x_t", x_t), ("pred_eps", pred_eps), ("pred_x0", pred_x0), ("v", &v)] {
                show(name, self.pictures(values)?);
            }
            if self.formula(idx)?.is_some_and(|formula| formula.rate("noise") != 0.0) {
                let noise = self.noise.step(self.first_step + idx)?;
                show("noise", self.pictures(&tensor_values(&noise)?)?);
            }
            show("x_next", self.pictures(x_next)?);
            let seen = || Tensor::from_slice(x_t, &self.batch_shape[..], &self.model.device);
            if let Some(pictures) = self.attention(&seen()?, idx)? {
                show("attention", pictures);
            }
            if let Some(pictures) = self.difference(&seen()?, idx)? {
                show("difference", pictures);
            }
        } else {
            show("x_t", self.pictures(&tensor_values(&self.latest.x_t)?)?);
        }
        if let Some(source) = &self.source {
            show("source", vec![source.picture.clone()]);
        }
        let histogram = Histogram::of(pictures.first().map_or(&[], |x_t| &x_t.pictures));
        let numbers = Number::of_rates(t, rates);
        Ok(Moment { idx, t, pictures, numbers, histogram, series: Vec::new(), points: Vec::new() })
    }

    fn measure(&mut self, name: &str, idx: usize) -> Result<Number, LabError> {
        let measure = self.spec().measure(name)?;
        match measure.name {
            "settled_at" => {
                Ok(Number { name: measure.name, value: self.settled_at()? as f64, unit: measure.unit })
            }
            "changed" => Ok(Number { name: measure.name, value: self.changed(idx)?, unit: measure.unit }),
            part @ ("colour" | "shape" | "position" | "joint") => {
                let guessed = self.guessed(idx)?;
                let scores = judged(&self.settings, measure.name, &guessed)?;
                let value = match part {
                    "colour" => scores.colour,
                    "shape" => scores.shape,
                    "position" => scores.position,
                    _ => scores.joint,
                };
                Ok(Number { name: measure.name, value, unit: measure.unit })
            }
            "fault" => {
                Ok(Number { name: measure.name, value: self.fault.place() as f64, unit: measure.unit })
            }
            _ => {
                let rates = self.sampling.rates(self.first_step + idx);
                rate_number(self.spec(), name, self.t_of(idx), rates)
            }
        }
    }

    fn branch(
        &mut self,
        idx: usize,
        settings: Settings,
        max_bytes: usize,
    ) -> Result<Box<dyn Experiment>, LabError> {
        check_moment(self, idx)?;
        check_same(&self.settings, &settings, &Self::WHOLE_TREE)?;
        let t = self.t_of(idx);
        if t == 0 {
            return Err(LabError::NothingLeft { t });
        }
        let carried = self.carried_at(idx)?;
        let asked = config(&self.model, &settings)?;
        let stays = LADDER.iter().all(|name| self.settings.get(name) == settings.get(name));
        let step_idx = self.first_step + idx;
        let beginning = if stays {
            let SamplerConfig { start_t, num_inference_steps, .. } = self.config;
            let config = SamplerConfig { start_t, num_inference_steps, ..asked };
            let (strength, steps_before) = (self.strength, self.steps_before);
            Beginning { carried, config, strength, first_step: step_idx, steps_before }
        } else {
            let share = t as f64 / self.model.schedule.num_train_timesteps() as f64;
            let num_steps = (asked.num_inference_steps as f64 * share).round() as usize;
            let config =
                SamplerConfig { start_t: Some(t), num_inference_steps: num_steps.clamp(1, t), ..asked };
            let carried = Carried { memory: Vec::new(), ..carried };
            let steps_before = self.steps_before + step_idx;
            Beginning { carried, config, strength: share, first_step: 0, steps_before }
        };
        let branch =
            Self::with_budget(self.model.clone(), settings, self.source.clone(), Some(beginning), max_bytes)?;
        Ok(Box::new(branch))
    }

    fn formula(&mut self, idx: usize) -> Result<Option<StepFormula>, LabError> {
        // Where the first guess is taken for the result, no step follows the formula.
        // Nor where what is known is put back after it.
        let is_masked = self.source.as_ref().is_some_and(Source::is_masked);
        if idx >= self.num_steps() || self.fault == Fault::OneJump || is_masked {
            return Ok(None);
        }
        let along = (self.t_of(idx), self.t_of(idx + 1));
        let rule = (self.config.sampler, self.model.prediction);
        Ok(Some(StepFormula::of(rule, &*self.bare, self.first_step + idx, along)?))
    }

    fn pixel(&mut self, pixel: Pixel) -> Result<Vec<PixelMoment>, LabError> {
        let [num, channels, h, w] = self.batch_shape;
        let Pixel { sample, c, y, x } = pixel;
        if sample >= num || c >= channels || y >= h || x >= w {
            return Err(LabError::NoSuchPixel { sample, c, y, x });
        }
        let place = ((sample * channels + c) * h + y) * w + x;
        let before = 1 + self.sampling.num_kept();
        let places = [0, 1, 2].map(|nth| (before + nth) * self.batch_len() + place);
        let mut course = Vec::new();
        for (idx, [x_t, pred_eps, pred_x0]) in self.recording.values_at(places) {
            let t = self.t_of(idx);
            let v = self.velocity(self.sampling.rates(self.first_step + idx), pred_eps, pred_x0);
            let values = vec![("x_t", x_t), ("pred_eps", pred_eps), ("pred_x0", pred_x0), ("v", v)];
            course.push(PixelMoment { idx, t, values });
        }
        if self.is_done() {
            let finished = tensor_values(&self.latest.x_t)?.get(place).copied().unwrap_or(f32::NAN);
            let values = vec![("x_t", finished)];
            course.push(PixelMoment { idx: self.num_steps(), t: 0, values });
        }
        Ok(course)
    }

    fn labels(&self) -> &[String] {
        &self.model.labels
    }

    fn words(&self) -> Option<&[PromptWord]> {
        self.model.words.as_ref().map(|_| self.words.as_slice())
    }

    /// What is only looked at can be changed at any time, to what there is to look at.
    fn change(&mut self, setting: &str, value: Value) -> Result<bool, LabError> {
        let is_live = self.spec().live.contains(&self.spec().setting(setting)?.name);
        if is_live {
            let before = self.settings.clone();
            self.settings.set_value(setting, value)?;
            // A layer that the network does not have is refused here, and not at every moment from now on.
            if let Err(error) = self.moment(0) {
                self.settings = before;
                return Err(error);
            }
        }
        Ok(is_live)
    }

    fn provenance(&self) -> Vec<(String, String)> {
        provenance_of(&self.settings, &self.model.provenance)
    }
}

impl From<DiffusionModel> for DenoisingModel {
    fn from(model: DiffusionModel) -> Self {
        let weights = model.file.weights.clone();
        let weights = weights.map(|weights| ("weights sha256".to_owned(), weights.sha256));
        Self {
            name: model.file.name.clone(),
            denoiser: Arc::clone(&model.denoiser),
            schedule: model.schedule.clone(),
            prediction: model.prediction,
            sample_shape: model.sample_shape,
            labels: model.file.label_names(),
            device: model.device.clone(),
            provenance: weights.into_iter().collect(),
            words: model.tokenizer().is_some().then(|| Arc::new(model)),
        }
    }
}

/// The sampler that the settings ask for, on its whole way.
fn config(model: &DenoisingModel, settings: &Settings) -> Result<SamplerConfig, LabError> {
    let config = SamplerConfig {
        sampler: settings.text("sampler")?.parse()?,
        num_inference_steps: settings.int("num_inference_steps")? as usize,
        spacing: settings.text("spacing")?.parse()?,
        eta: settings.float("eta")?,
        karras: settings.bool("karras")?,
        prediction: model.prediction,
        ..SamplerConfig::for_pictures()
    };
    Ok(if settings.bool("clip")? { config } else { SamplerConfig { clip: Clip::Off, ..config } })
}

/// What the step after a frame goes on from: the first batches of the frame.
fn carried(
    frame: &[f32],
    num_kept: usize,
    batch_shape: &[usize; 4],
    device: &Device,
) -> Result<Carried, LabError> {
    let batches = frame.chunks_exact(batch_shape.iter().product::<usize>().max(1));
    let mut tensors = batches.map(|values| Tensor::from_slice(values, &batch_shape[..], device));
    let x_t = tensors.next().transpose()?;
    let x_t = x_t.map_or_else(|| Tensor::from_slice(&[] as &[f32], &batch_shape[..], device), Ok)?;
    let memory = tensors.take(num_kept).collect::<candle_core::Result<_>>()?;
    Ok(Carried { x_t, memory })
}

/// Step idx from what the step before left, whatever was done since.
fn step_at(
    sampling: &mut Sampling,
    idx: usize,
    Carried { x_t, memory }: &Carried,
) -> Result<Option<SamplingStep>, LabError> {
    sampling.go_to(idx, x_t, memory)?;
    Ok(sampling.step()?)
}

fn frame_of(step: &SamplingStep) -> Result<Vec<f32>, LabError> {
    let SamplingStep { x_t, pred_eps, pred_x0, prev_sample, memory, .. } = step;
    let carried = [prev_sample].into_iter().chain(memory);
    let mut values = Vec::new();
    for batch in carried.chain([x_t, pred_eps, pred_x0]) {
        values.extend(tensor_values(batch)?);
    }
    Ok(values)
}

/// The pictures, (c, h, w) each, that lie one after the other in a batch.
pub(crate) fn pictures_of(values: &[f32], [c, h, w]: [usize; 3]) -> Result<Vec<Picture>, LabError> {
    let samples = values.chunks_exact((c * h * w).max(1));
    samples.map(|sample| Ok(Array3::from_shape_vec((c, h, w), sample.to_vec())?)).collect()
}

pub(crate) fn tensor_values(batch: &Tensor) -> Result<Vec<f32>, LabError> {
    Ok(batch.flatten_all()?.to_vec1()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Term;
    use crate::testing::{denoising, model, model_of, run, settings};

    fn max_error(a: &[Picture], b: &[Picture]) -> f32 {
        assert_eq!(a.len(), b.len());
        a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    /// The pictures of that name at moment idx.
    fn pictures(experiment: &mut Denoising, idx: usize, name: &str) -> Vec<Picture> {
        experiment.moment(idx).unwrap().pictures_of(name).unwrap().to_vec()
    }

    fn finished(experiment: Denoising) -> Vec<Picture> {
        let mut experiment = run(experiment);
        let last = experiment.num_moments() - 1;
        pictures(&mut experiment, last, "x_t")
    }

    #[test]
    fn fifty_steps_have_fifty_one_moments_from_noise_to_picture() {
        let mut experiment = run(denoising(&[]));
        assert_eq!(experiment.num_moments(), 51);
        let ts: Vec<_> = (0..51).map(|idx| experiment.moment(idx).unwrap().t).collect();
        let mut expected: Vec<_> = experiment.sampling.stations().iter().map(|station| station.t).collect();
        expected.push(0);
        assert_eq!(ts, expected);
        assert_eq!((ts[0], ts[1]), (1000, 980));
    }

    #[test]
    fn each_moment_goes_on_where_the_one_before_it_ended() {
        let mut experiment = run(denoising(&[("num", "2"), ("num_inference_steps", "10")]));
        for idx in 0..10 {
            let x_next = pictures(&mut experiment, idx, "x_next");
            let off = max_error(&x_next, &pictures(&mut experiment, idx + 1, "x_t"));
            // x_next is kept as it is, x_t in half precision but for the finished pictures.
            assert!(off <= if idx < 9 { 0.002 } else { 0.0 }, "off by {off} after moment {idx}");
        }
    }

    #[test]
    fn what_is_guessed_adds_up_to_x_t() {
        let mut experiment = run(denoising(&[("num_inference_steps", "20"), ("clip", "false")]));
        for idx in 0..20 {
            let moment = experiment.moment(idx).unwrap();
            let [x_t, pred_eps, pred_x0] =
                ["x_t", "pred_eps", "pred_x0"].map(|name| moment.pictures_of(name).unwrap()[0].clone());
            // x_t = √ᾱ · pred_x0 + √(1 − ᾱ) · pred_eps
            let [signal_rate, noise_rate] =
                ["signal_rate", "noise_rate"].map(|name| moment.number(name).unwrap() as f32);
            let again = pred_x0 * signal_rate + pred_eps * noise_rate;
            let error = max_error(&[x_t], &[again]);
            assert!(error < 0.004, "off by {error} at t = {}", moment.t);
        }
    }

    #[test]
    fn any_takes_the_labels_in_turn_and_a_label_is_for_all() {
        let mean = |picture: &Picture| picture.mean().unwrap();
        for (sample, picture) in finished(denoising(&[("num", "12")])).iter().enumerate() {
            assert!(
                (mean(picture) - 0.1 * (sample % 10) as f32).abs() < 0.03,
                "sample {sample}: {}",
                mean(picture)
            );
        }
        for picture in finished(denoising(&[("num", "3"), ("label", "7")])) {
            assert!((mean(&picture) - 0.7).abs() < 0.03, "{}", mean(&picture));
        }
    }

    #[test]
    fn guidance_goes_from_no_label_past_the_label() {
        for (cfg_scale, expected) in [("0", 0.0), ("1", 0.4), ("2", 0.8)] {
            let pictures = finished(denoising(&[("label", "4"), ("cfg_scale", cfg_scale)]));
            let mean = pictures[0].mean().unwrap();
            assert!((mean - expected).abs() < 0.03, "cfg_scale {cfg_scale}: {mean}");
        }
    }

    #[test]
    fn the_first_four_of_sixteen_are_the_four() {
        for sampler in ["ddpm", "ddim", "euler-ancestral", "heun", "unipc"] {
            let of = |num| {
                finished(denoising(&[("num", num), ("sampler", sampler), ("eta", "0.5"), ("seed", "1")]))
            };
            assert_eq!(of("4")[..], of("16")[..4], "{sampler}");
        }
    }

    #[test]
    fn a_seed_is_a_picture() {
        let of = |seed| finished(denoising(&[("seed", seed), ("sampler", "ddpm")]));
        assert_eq!(of("5"), of("5"));
        assert!(max_error(&of("5"), &of("6")) > 0.01);
    }

    /// The recording in full against one that keeps few keyframes and computes the rest again.
    #[track_caller]
    fn check_budget(sampler: &str, max_bytes: usize) {
        let settings = settings("denoising", &[("num", "4"), ("sampler", sampler), ("eta", "1")]);
        let mut full = run(Denoising::new(model(), settings.clone()).unwrap());
        let mut tight = run(Denoising::with_budget(model(), settings, None, None, max_bytes).unwrap());
        for idx in (0..full.num_moments()).rev().chain([25, 3, 49]) {
            let (full, tight) = (full.moment(idx).unwrap(), tight.moment(idx).unwrap());
            assert_eq!((full.t, full.pictures.len()), (tight.t, tight.pictures.len()));
            for (full, tight) in full.pictures.iter().zip(&tight.pictures) {
                let error = max_error(&full.pictures, &tight.pictures);
                assert!(error < 0.005, "{} at t = {} is off by {error}", full.name, tight.name);
            }
        }
    }

    #[test]
    fn a_tight_recording_shows_the_same() {
        // A frame has 4 batches of 4 pictures of 64 values, 2 KiB; fifty of them do not fit.
        check_budget("ddim", 60 << 10);
        check_budget("ddpm", 60 << 10);
        check_budget("ddpm", 1);
        for sampler in ["euler", "euler-ancestral", "heun", "dpmpp-2m", "unipc", "flow-euler"] {
            check_budget(sampler, 60 << 10);
        }
    }

    #[test]
    fn looking_back_does_not_disturb_what_comes() {
        let straight = finished(denoising(&[("sampler", "ddpm")]));
        let settings = settings("denoising", &[("sampler", "ddpm")]);
        let mut experiment = Denoising::with_budget(model(), settings, None, None, 4 << 10).unwrap();
        while experiment.step().unwrap() != Progress::Done {
            experiment.moment(experiment.num_computed() - 1).unwrap();
        }
        assert_eq!(pictures(&mut experiment, 50, "x_t"), straight);
    }

    /// A branch from moment idx of a run with these settings, which is computed no further, and the pictures that both
    /// come to.
    fn branched(
        typed: &[(&str, &str)],
        idx: usize,
        changed: &[(&str, &str)],
        max_bytes: usize,
    ) -> [Vec<Picture>; 2] {
        let before = settings("denoising", typed);
        let mut trunk = Denoising::with_budget(model_of(0.6), before, None, None, max_bytes).unwrap();
        while trunk.num_computed() <= idx + 1 && trunk.step().unwrap() != Progress::Done {}
        let after = settings("denoising", &[typed, changed].concat());
        let mut branch = trunk.branch(idx, after, max_bytes).unwrap();
        assert_eq!(branch.t_of(0), trunk.t_of(idx));
        while branch.step().unwrap() != Progress::Done {}
        let x_t = branch.moment(0).unwrap().pictures_of("x_t").unwrap().to_vec();
        // What one looks at is rounded, but for frames that were computed again.
        assert!(max_error(&x_t, &pictures(&mut trunk, idx, "x_t")) < 0.002, "the branch begins elsewhere");
        let last = branch.num_moments() - 1;
        let pictures = branch.moment(last).unwrap().pictures_of("x_t").unwrap().to_vec();
        [finished(trunk), pictures]
    }

    const SAMPLERS: [&str; 8] =
        ["ddpm", "ddim", "euler", "euler-ancestral", "heun", "dpmpp-2m", "unipc", "flow-euler"];

    #[test]
    fn a_branch_that_changes_nothing_comes_to_the_same_bits() {
        for sampler in SAMPLERS {
            let typed = [("num", "2"), ("num_inference_steps", "10"), ("sampler", sampler), ("eta", "0.4")];
            for idx in [0, 1, 4, 9] {
                // With everything kept, and with keyframes few and far between.
                for max_bytes in [1 << 20, 12 << 10] {
                    let [trunk, branch] = branched(&typed, idx, &[], max_bytes);
                    assert_eq!(trunk, branch, "{sampler} from moment {idx}");
                }
            }
        }
    }

    #[test]
    fn a_branch_from_the_noise_comes_to_the_bits_of_a_run_of_its_own() {
        let typed = [("num", "2"), ("num_inference_steps", "10")];
        for sampler in SAMPLERS {
            for steps in ["10", "4"] {
                let changed = [("sampler", sampler), ("num_inference_steps", steps)];
                let [_, branch] = branched(&typed, 0, &changed, 1 << 20);
                let own = settings("denoising", &[&typed[..], &changed].concat());
                let own = finished(Denoising::with_budget(model_of(0.6), own, None, None, 1 << 20).unwrap());
                // Where the noise is scaled to a unit of the sampler's own and back, it is rounded once.
                assert!(max_error(&own, &branch) < 1e-4, "{sampler}, {steps} steps");
                if ["ddpm", "ddim", "dpmpp-2m"].contains(&sampler) {
                    assert_eq!(own, branch, "{sampler}, {steps} steps");
                }
            }
        }
    }

    #[test]
    fn any_sampler_takes_up_what_another_left() {
        let typed = [("num", "2"), ("num_inference_steps", "20")];
        for from in SAMPLERS {
            for to in SAMPLERS {
                let before = settings("denoising", &[&typed[..], &[("sampler", from)]].concat());
                let mut trunk = Denoising::with_budget(model_of(0.6), before, None, None, 1 << 20).unwrap();
                while trunk.num_computed() < 9 {
                    trunk.step().unwrap();
                }
                let after = settings("denoising", &[&typed[..], &[("sampler", to)]].concat());
                let mut branch = trunk.branch(8, after, 1 << 20).unwrap();
                while branch.step().unwrap() != Progress::Done {}
                let last = branch.num_moments() - 1;
                let pictures = branch.moment(last).unwrap();
                let pictures = pictures.pictures_of("x_t").unwrap();
                // The model's pictures are N(0, 0.6²); in twenty steps every sampler comes near that.
                let spread = pictures.iter().flatten().map(|x| x * x).sum::<f32>() / 128.0;
                assert!((0.2..0.6).contains(&spread), "{from} to {to}: variance {spread}");
            }
        }
    }

    /// Fresh noise is never met twice: a branch with other steps goes on where its parent's noise ended.
    #[test]
    fn a_branch_meets_fresh_noise() {
        let typed = [("sampler", "ddpm"), ("num_inference_steps", "10")];
        let mut trunk = run(denoising(&typed));
        let after = settings("denoising", &[&typed[..], &[("num_inference_steps", "5")]].concat());
        let mut branch = trunk.branch(4, after, 1 << 20).unwrap();
        while branch.step().unwrap() != Progress::Done {}
        let met: Vec<_> = (0..9).map(|idx| pictures(&mut trunk, idx, "noise")).collect();
        let fresh = branch.moment(0).unwrap().pictures_of("noise").unwrap().to_vec();
        assert_eq!(met.iter().position(|noise| *noise == fresh), Some(4));
    }

    #[test]
    fn a_branch_with_other_settings_comes_to_other_pictures() {
        let typed = [("num", "2"), ("num_inference_steps", "20"), ("label", "3")];
        let check = |name, value, differs| {
            let [trunk, branch] = branched(&typed, 10, &[(name, value)], 1 << 20);
            assert_eq!(max_error(&trunk, &branch) > 1e-4, differs, "{name} {value}");
        };
        check("sampler", "ddpm", true);
        check("eta", "0.5", true);
        check("label", "7", true);
        check("cfg_scale", "3", true);
        check("num_inference_steps", "10", true);
        // Without fresh noise there is nothing for the seed to change: the branch has its x_t already.
        check("seed", "9", false);
    }

    #[test]
    fn what_cannot_change_in_a_branch_is_said() {
        let mut trunk = run(denoising(&[("num_inference_steps", "4")]));
        let mut check = |idx, changed: &[(&str, &str)], says: &str| {
            let after = settings("denoising", &[&[("num_inference_steps", "4")], changed].concat());
            assert_eq!(trunk.branch(idx, after, 1 << 20).err().unwrap().to_string(), says);
        };
        check(1, &[("num", "4")], "a branch goes on with `num` 1; for 4 start anew");
        check(1, &[("model", "x")], "a branch goes on with `model` ddpm-digits; for x start anew");
        check(4, &[], "a branch cannot begin at t = 0, where nothing is left to do; go back a step");
        check(5, &[], "there is no moment 5; this recording has moments 0 to 4");
        let mut noising = crate::testing::noising(&[]);
        let error = noising.branch(0, settings("noising", &[]), 1 << 20).err().unwrap();
        assert_eq!(error.to_string(), "`noising` has no branches; start it anew with other settings");
    }

    /// What the sampler remembered at moment idx, as pictures.
    fn memory(experiment: &mut Denoising, idx: usize) -> Vec<Vec<Picture>> {
        let memory = experiment.carried_at(idx).unwrap().memory;
        memory.iter().map(|batch| experiment.pictures(&tensor_values(batch).unwrap()).unwrap()).collect()
    }

    #[test]
    fn the_terms_of_a_step_add_up_to_the_next_x() {
        for (sampler, eta) in SAMPLERS.map(|sampler| (sampler, "0")).into_iter().chain([("ddim", "0.7")]) {
            let typed = [("sampler", sampler), ("eta", eta), ("num_inference_steps", "20")];
            let mut experiment = run(denoising(&typed));
            let num_steps = experiment.num_steps();
            for idx in 0..num_steps {
                let formula = experiment.formula(idx).unwrap().unwrap();
                let moment = experiment.moment(idx).unwrap();
                assert_eq!((formula.t, formula.t_next), (moment.t, experiment.t_of(idx + 1)));
                let kept = memory(&mut experiment, idx);
                let mut x_next = Picture::zeros((1, 8, 8));
                for Term { name, rate } in formula.terms.iter().filter(|term| term.rate != 0.0) {
                    let remembered: &[&str] = match sampler {
                        "heun" => &["x_before", "eps_before"],
                        "dpmpp-2m" => &["x0_before"],
                        _ => &["x_before", "x0_before", "x0_before_2"],
                    };
                    let picture = match remembered.iter().position(|known| known == name) {
                        Some(nth) => kept[nth][0].clone(),
                        None => moment.pictures_of(name).unwrap()[0].clone(),
                    };
                    x_next += &(&picture * *rate as f32);
                }
                // What one looks at is rounded; a rate multiplies that.
                let most = formula.terms.iter().map(|term| term.rate.abs()).fold(1.0, f64::max) as f32;
                let error = max_error(&[x_next], moment.pictures_of("x_next").unwrap());
                assert!(error < 0.006 * most, "{sampler} at t = {}: off by {error}", moment.t);
            }
            assert!(experiment.formula(num_steps).unwrap().is_none());
        }
    }

    #[test]
    fn a_step_says_its_rates() {
        let check = |typed: &[(&str, &str)], idx, expected: &[(&str, f64)]| {
            let mut experiment = denoising(typed);
            let formula = experiment.formula(idx).unwrap().unwrap();
            let names: Vec<_> = formula.terms.iter().map(|term| term.name).collect();
            assert_eq!(names, expected.iter().map(|(name, _)| *name).collect::<Vec<_>>());
            for (name, rate) in expected {
                assert!((formula.rate(name) - rate).abs() < 5e-4, "{name}: {}", formula.rate(name));
            }
        };
        // From t = 500, with the linear schedule: lesson 7's numbers.
        let ddpm = [("sampler", "ddpm"), ("num_inference_steps", "1000")];
        check(&ddpm, 500, &[("pred_x0", 0.003), ("x_t", 0.994), ("noise", 0.100)]);
        // √ᾱ and √(1 − ᾱ) at t = 480.
        let rates = NoiseSchedule::linear(1000, 1e-4, 0.02).unwrap().at(480).unwrap();
        let expected = [("pred_x0", rates.signal_rate), ("pred_eps", rates.noise_rate), ("noise", 0.0)];
        check(&[], 25, &expected);
    }

    #[test]
    fn fresh_noise_is_shown_where_there_is_some() {
        let names = |sampler, idx| {
            let mut experiment = run(denoising(&[("sampler", sampler), ("num_inference_steps", "4")]));
            let moment = experiment.moment(idx).unwrap();
            moment.pictures.iter().map(|named| named.name).collect::<Vec<_>>()
        };
        assert_eq!(names("ddpm", 0), ["x_t", "pred_eps", "pred_x0", "v", "noise", "x_next"]);
        assert_eq!(names("ddim", 0), ["x_t", "pred_eps", "pred_x0", "v", "x_next"]);
        assert_eq!(names("ddpm", 4), ["x_t"]);
    }

    #[test]
    fn what_lies_ahead_is_empty() {
        let mut experiment = denoising(&[("num_inference_steps", "3")]);
        assert_eq!(experiment.num_computed(), 0);
        let error = experiment.moment(0).unwrap_err();
        assert_eq!(error.to_string(), "moment 0 is not computed yet; 0 of 4 are");
        assert_eq!(experiment.step().unwrap(), Progress::Working { done: 1, total: 4 });
        experiment.moment(0).unwrap();
        assert!(experiment.moment(1).is_err());
        let error = experiment.moment(4).unwrap_err();
        assert_eq!(error.to_string(), "there is no moment 4; this recording has moments 0 to 3");
    }

    #[test]
    fn the_guess_settles_before_the_end() {
        let mut experiment = denoising(&[]);
        let error = experiment.measure("settled_at", 0).unwrap_err();
        let why = "`settled_at` cannot be measured here: the pictures are not finished; let it run to t = 0";
        assert_eq!(error.to_string(), why);
        let mut experiment = run(Denoising::new(model_of(0.6), settings("denoising", &[])).unwrap());
        let settled_at = experiment.measure("settled_at", 0).unwrap().value as usize;
        let finished = pictures(&mut experiment, 50, "x_t");
        let mut mean_off = |idx| {
            let off = &pictures(&mut experiment, idx, "pred_x0")[0] - &finished[0];
            off.mapv(f32::abs).mean().unwrap()
        };
        let idx = 50 - settled_at.div_ceil(20);
        assert!((1..50).contains(&idx), "it settles at t = {settled_at}");
        assert!(mean_off(idx) <= 0.1 && mean_off(idx - 1) > 0.1, "it settles at t = {settled_at}");
    }

    #[test]
    fn a_label_that_the_model_does_not_know_is_refused() {
        let model = DenoisingModel { labels: Vec::new(), ..model() };
        let error = Denoising::new(model.clone(), settings("denoising", &[("label", "3")])).err().unwrap();
        let why = "ddpm-digits: it knows no labels, and `label` is 3; use `label = \"any\"`";
        assert_eq!(error.to_string(), why);
        assert!(Denoising::new(model, settings("denoising", &[])).is_ok());
        let error =
            Denoising::new(self::model(), settings("denoising", &[("label", "noto animal")])).err().unwrap();
        let why = "ddpm-digits: it knows no label noto animal; it knows any, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9";
        assert_eq!(error.to_string(), why);
    }

    #[test]
    fn more_steps_than_the_model_was_trained_with_are_refused() {
        let model = DenoisingModel { schedule: NoiseSchedule::linear(10, 1e-4, 0.02).unwrap(), ..model() };
        let error = Denoising::new(model, settings("denoising", &[])).err().unwrap();
        let why = "a sampler takes 1 to 10 steps with a schedule of 10, but 50 were asked for";
        assert_eq!(error.to_string(), why);
    }
}
