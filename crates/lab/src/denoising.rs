//! A trained network leads pure noise back to pictures: Ho, Jain & Abbeel 2020 (arXiv 2006.11239) by the small steps of
//! training, Song, Meng & Ermon 2021 (arXiv 2010.02502) by fewer and larger ones.
//!
//! The moments are the sampler's stations. At each but the last one sees `x_t`, the noise `pred_eps` and the picture
//! `pred_x0` that the network guesses in it, and `x_next`, the batch after the step; `x_t` and `x_next` as the network
//! sees them, whatever unit the sampler computes in.

use crate::experiment::{check_moment, rate_number};
use crate::fault::Fault;
use crate::recording::{MAX_BYTES, Recording};
use crate::rescheduled::rescheduled;
use crate::{Context, Experiment, Histogram, LabError, Moment, NamedPicture, Number, Progress, Settings};
use candle_core::{Device, Tensor};
use ndarray::Array3;
use noisebook_data::Picture;
use noisebook_diffusion::{
    BatchNoise, Clip, Cond, Denoiser, Guidance, NoiseSchedule, Prediction, SamplerConfig, Sampling,
    SamplingStep,
};
use noisebook_ops::Noise;
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
    /// How many labels it knows; 0 if it takes none.
    pub num_classes: usize,
    /// Where it runs.
    pub device: Device,
    /// What tells it from others of its name, the hash of its weights say.
    pub provenance: Vec<(String, String)>,
}

/// The experiment `denoising`. Moment 0 is pure noise, the last one the finished pictures.
pub struct Denoising {
    settings: Settings,
    /// (b, c, h, w)
    batch_shape: [usize; 4],
    device: Device,
    provenance: Vec<(String, String)>,
    sampling: Sampling,
    recording: Recording,
    /// The batch after the latest step, and what the step after it needs besides, unrounded.
    latest: (Tensor, Vec<Tensor>),
    fault: Fault,
}

/// What a frame of the recording holds, one batch after the other, and after them what the sampler hands on.
const FRAME: [&str; 4] = ["x_t", "pred_eps", "pred_x0", "x_next"];

impl Denoising {
    /// Draws the noise `x_T`. The labels of the samples follow from the setting `label`.
    pub fn new(model: DenoisingModel, settings: Settings) -> Result<Self, LabError> {
        Self::with_budget(model, settings, MAX_BYTES)
    }

    /// Loads the model from the shelf.
    pub fn start(settings: Settings, context: &Context) -> Result<Self, LabError> {
        let name = settings.text("model")?;
        let model = Shelf::new(context.store.as_ref()).diffusion_model(name, &context.device)?;
        Self::new(rescheduled(model.into(), &settings)?, settings)
    }

    fn with_budget(model: DenoisingModel, settings: Settings, max_bytes: usize) -> Result<Self, LabError> {
        let fault = Fault::named(settings.text("fault")?);
        let denoiser = fault.denoiser(&model);
        let num = settings.int("num")? as usize;
        let cond = cond(&model, settings.text("label")?, num)?;
        let DenoisingModel { schedule, prediction, sample_shape, device, provenance, .. } = model;
        let [c, h, w] = sample_shape;
        let batch_shape = [num, c, h, w];

        let config = SamplerConfig {
            sampler: settings.text("sampler")?.parse()?,
            num_inference_steps: settings.int("num_inference_steps")? as usize,
            spacing: settings.text("spacing")?.parse()?,
            eta: settings.float("eta")?,
            karras: settings.bool("karras")?,
            prediction,
            ..SamplerConfig::for_pictures()
        };
        let config =
            if settings.bool("clip")? { config } else { SamplerConfig { clip: Clip::Off, ..config } };
        let guidance = match settings.float("cfg_scale")? {
            1.0 => Guidance::Off,
            cfg_scale => Guidance::Scale(cfg_scale),
        };
        let noise = BatchNoise::new(Noise::new(settings.int("seed")?), 0, &batch_shape, &device)?;
        let sampler = fault.config(config).build(&schedule)?;
        let sampling = Sampling::new(denoiser, sampler, cond, guidance, noise)?;

        let frame_len = (FRAME.len() + sampling.num_kept()) * batch_shape.iter().product::<usize>();
        Ok(Self {
            settings,
            batch_shape,
            device,
            provenance,
            recording: Recording::new(sampling.num_steps(), frame_len, max_bytes),
            latest: (sampling.x_t().clone(), Vec::new()),
            sampling,
            fault,
        })
    }

    /// Frame idx: the batches of [`FRAME`], computed again from a keyframe if need be.
    fn frame(&mut self, idx: usize) -> Result<Option<Vec<f32>>, LabError> {
        let Self { recording, sampling, batch_shape, device, fault, .. } = self;
        recording.frame(idx, |idx, before| {
            let batches = before.chunks_exact(batch_shape.iter().product::<usize>().max(1));
            let batches = batches.map(|values| Tensor::from_slice(values, &batch_shape[..], device));
            let kept: Vec<Tensor> = batches.skip(FRAME.len() - 1).collect::<candle_core::Result<_>>()?;
            let Some((x_t, memory)) = kept.split_first() else {
                return Ok(Vec::new());
            };
            let step = step_at(sampling, idx, x_t, memory)?.map(|step| fault.step(step));
            step.map_or_else(|| Ok(Vec::new()), |step| frame_of(&step))
        })
    }

    /// One picture a sample.
    fn pictures(&self, values: &[f32]) -> Result<Vec<Picture>, LabError> {
        let [_, c, h, w] = self.batch_shape;
        let samples = values.chunks_exact((c * h * w).max(1));
        samples.map(|sample| Ok(Array3::from_shape_vec((c, h, w), sample.to_vec())?)).collect()
    }

    /// The batches of a frame, in the order of [`FRAME`].
    fn split<'a>(&self, frame: &'a [f32]) -> [&'a [f32]; 4] {
        let mut batches = frame.chunks(self.batch_shape.iter().product::<usize>().max(1));
        FRAME.map(|_| batches.next().unwrap_or_default())
    }

    fn is_done(&self) -> bool {
        self.recording.len() == self.sampling.num_steps()
    }

    /// The last t from which on every `pred_x0` stays within a tenth of a unit of the finished pictures, on average.
    fn settled_at(&mut self) -> Result<usize, LabError> {
        if !self.is_done() {
            let why = "the pictures are not finished; let it run to t = 0".to_owned();
            return Err(LabError::CannotMeasure { measure: "settled_at", why });
        }
        let num_steps = self.sampling.num_steps();
        let finished = tensor_values(&self.latest.0)?;
        let mut settled_idx = num_steps;
        while let Some(idx) = settled_idx.checked_sub(1)
            && let Some(frame) = self.frame(idx)?
        {
            let [_, _, pred_x0, _] = self.split(&frame);
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
        self.sampling.num_steps() + 1
    }

    fn t_of(&self, idx: usize) -> usize {
        self.sampling.t(idx)
    }

    fn num_computed(&self) -> usize {
        // The finished pictures need no step of their own.
        self.recording.len() + usize::from(self.is_done())
    }

    fn step(&mut self) -> Result<Progress, LabError> {
        let (x_t, memory) = &self.latest;
        if let Some(step) = step_at(&mut self.sampling, self.recording.len(), x_t, memory)? {
            let step = self.fault.step(step);
            self.recording.push(&frame_of(&step)?);
            self.latest = (step.prev_sample, step.memory);
        }
        Ok(Progress::of(self.num_computed(), self.num_moments()))
    }

    fn moment(&mut self, idx: usize) -> Result<Moment, LabError> {
        check_moment(self, idx)?;
        let t = self.t_of(idx);
        let mut pictures = Vec::new();
        if let Some(frame) = self.frame(idx)? {
            for (name, values) in FRAME.into_iter().zip(self.split(&frame)) {
                pictures.push(NamedPicture { name, pictures: self.pictures(values)? });
            }
        } else {
            let pictures_now = self.pictures(&tensor_values(&self.latest.0)?)?;
            pictures.push(NamedPicture { name: "x_t", pictures: pictures_now });
        }
        let histogram = Histogram::of(pictures.first().map_or(&[], |x_t| &x_t.pictures));
        let numbers = Number::of_rates(t, self.sampling.rates(idx));
        Ok(Moment { idx, t, pictures, numbers, histogram, series: Vec::new(), points: Vec::new() })
    }

    fn measure(&mut self, name: &str, idx: usize) -> Result<Number, LabError> {
        let measure = self.spec().measure(name)?;
        match measure.name {
            "settled_at" => {
                Ok(Number { name: measure.name, value: self.settled_at()? as f64, unit: measure.unit })
            }
            "fault" => {
                Ok(Number { name: measure.name, value: self.fault.place() as f64, unit: measure.unit })
            }
            _ => rate_number(self.spec(), name, self.t_of(idx), self.sampling.rates(idx)),
        }
    }

    fn provenance(&self) -> Vec<(String, String)> {
        let mut lines = crate::experiment::provenance_of(&self.settings);
        lines.extend(self.provenance.iter().cloned());
        lines
    }
}

impl From<DiffusionModel> for DenoisingModel {
    fn from(model: DiffusionModel) -> Self {
        let DiffusionModel {
            file, denoiser, schedule, prediction, sample_shape, num_classes, device, ..
        } = model;
        let weights = file.weights.map(|weights| ("weights sha256".to_owned(), weights.sha256));
        let provenance = weights.into_iter().collect();
        Self {
            name: file.name,
            denoiser,
            schedule,
            prediction,
            sample_shape,
            num_classes,
            device,
            provenance,
        }
    }
}

/// Labels as the denoiser takes them: `any` gives sample i the label i modulo their number.
pub(crate) fn cond(model: &DenoisingModel, label: &str, num: usize) -> Result<Cond, LabError> {
    let num_classes = model.num_classes;
    let labels: Vec<u32> = match (label, num_classes) {
        ("any", 0) => return Ok(Cond::null()),
        ("any", _) => (0..num).map(|sample| (sample % num_classes) as u32).collect(),
        (label, _) => {
            let known = label.parse::<u32>().ok().filter(|label| (*label as usize) < num_classes);
            let label = known.ok_or_else(|| LabError::Model {
                model: model.name.clone(),
                why: format!("it knows {num_classes} labels, and `label` is {label}; use `label = \"any\"`"),
            })?;
            vec![label; num]
        }
    };
    Ok(Cond::new(Tensor::from_vec(labels, num, &model.device)?))
}

/// Step idx from the batch `x_t` and the memory of the step before, whatever was done since.
fn step_at(
    sampling: &mut Sampling,
    idx: usize,
    x_t: &Tensor,
    memory: &[Tensor],
) -> Result<Option<SamplingStep>, LabError> {
    sampling.go_to(idx, x_t, memory)?;
    Ok(sampling.step()?)
}

fn frame_of(step: &SamplingStep) -> Result<Vec<f32>, LabError> {
    let SamplingStep { x_t, pred_eps, pred_x0, prev_sample, memory, .. } = step;
    let mut values = Vec::new();
    for batch in [x_t, pred_eps, pred_x0, prev_sample].into_iter().chain(memory) {
        values.extend(tensor_values(batch)?);
    }
    Ok(values)
}

fn tensor_values(batch: &Tensor) -> Result<Vec<f32>, LabError> {
    Ok(batch.flatten_all()?.to_vec1()?)
}

#[cfg(test)]
mod tests {
    use super::*;
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
            // The finished pictures alone are not rounded to half precision.
            assert!(off <= if idx < 9 { 0.0 } else { 0.0005 }, "off by {off} after moment {idx}");
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
        let mut tight = run(Denoising::with_budget(model(), settings, max_bytes).unwrap());
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
        let mut experiment = Denoising::with_budget(model(), settings, 4 << 10).unwrap();
        while experiment.step().unwrap() != Progress::Done {
            experiment.moment(experiment.num_computed() - 1).unwrap();
        }
        assert_eq!(pictures(&mut experiment, 50, "x_t"), straight);
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
        let model = DenoisingModel { num_classes: 0, ..model() };
        let error = Denoising::new(model.clone(), settings("denoising", &[("label", "3")])).err().unwrap();
        let why = "ddpm-digits: it knows 0 labels, and `label` is 3; use `label = \"any\"`";
        assert_eq!(error.to_string(), why);
        assert!(Denoising::new(model, settings("denoising", &[])).is_ok());
    }

    #[test]
    fn more_steps_than_the_model_was_trained_with_are_refused() {
        let model = DenoisingModel { schedule: NoiseSchedule::linear(10, 1e-4, 0.02).unwrap(), ..model() };
        let error = Denoising::new(model, settings("denoising", &[])).err().unwrap();
        let why = "a sampler takes 1 to 10 steps with a schedule of 10, but 50 were asked for";
        assert_eq!(error.to_string(), why);
    }
}
