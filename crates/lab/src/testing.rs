//! What the tests of this crate share: experiments small enough to check by hand.

use crate::{Context, Denoising, DenoisingModel, Experiment, Noising, Progress, Settings};
use candle_core::{Device, Result, Tensor};
use noisebook_data::Picture;
use noisebook_diffusion::{Cond, Denoiser, NoiseSchedule, Prediction};
use noisebook_shelf::{DiffusionModel, Files, ModelFile};
use std::sync::Arc;

/// Settings of an experiment as they would be typed.
pub fn settings(experiment: &str, typed: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::new(experiment).unwrap();
    for (name, value) in typed {
        settings.set_typed(name, value).unwrap();
    }
    settings
}

/// The repository's own data sets.
pub fn context(own_picture: Option<Picture>) -> Context {
    let store = Arc::new(Files::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")));
    Context { own_picture, ..Context::new(store, Device::Cpu) }
}

/// Noising of the emoji turtle, or what is typed.
pub fn noising(typed: &[(&str, &str)]) -> Noising {
    Noising::start(settings("noising", typed), &context(None)).unwrap()
}

/// Denoising with a formula in the place of a network.
pub fn denoising(typed: &[(&str, &str)]) -> Denoising {
    Denoising::new(model(), settings("denoising", typed)).unwrap()
}

/// Steps an experiment to its end.
pub fn run<E: Experiment>(mut experiment: E) -> E {
    while experiment.step().unwrap() != Progress::Done {}
    assert_eq!(experiment.num_computed(), experiment.num_moments());
    experiment
}

/// A model of 8×8 pictures, all pixels of which are drawn from N(label / 10, 0.05²); without a label from N(0, 0.05²).
pub fn model() -> DenoisingModel {
    model_of(0.05)
}

/// The same with another standard deviation.
pub fn model_of(std: f64) -> DenoisingModel {
    let schedule = NoiseSchedule::linear(1000, 1e-4, 0.02).unwrap();
    DenoisingModel {
        name: "ddpm-digits".to_owned(),
        denoiser: Arc::new(LabelMeans { schedule: schedule.clone(), std }),
        schedule,
        prediction: Prediction::Epsilon,
        sample_shape: [1, 8, 8],
        labels: (0..10).map(|digit| digit.to_string()).collect(),
        words: None,
        device: Device::Cpu,
        provenance: vec![("weights sha256".to_owned(), "abc".to_owned())],
    }
}

/// A network that is told words, and has hardly learned any: its pictures show nothing, but all of it is at work.
pub fn words_model() -> DenoisingModel {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/tiny-words");
    let read = |name: &str| std::fs::read(format!("{folder}/{name}")).unwrap();
    let file = ModelFile::parse(&read("model.toml"), "model.toml").unwrap();
    let info = file.weights.clone().unwrap();
    let weights = info.read(&file.name, &read("weights.safetensors"), &Device::Cpu).unwrap();
    DiffusionModel::of_prompts(file, weights, &read("tokenizer.json"), &Device::Cpu).unwrap().into()
}

struct LabelMeans {
    schedule: NoiseSchedule,
    std: f64,
}

impl Denoiser for LabelMeans {
    fn predict(&self, x_t: &Tensor, t: f64, cond: &Cond) -> Result<Tensor> {
        let rates = self.schedule.at_real(t + 1.0).unwrap();
        let (b, ..) = x_t.dims4()?;
        let means = match cond.tensor() {
            Some(labels) => (labels.to_dtype(x_t.dtype())? * 0.1)?.reshape((b, 1, 1, 1))?,
            None => Tensor::zeros((b, 1, 1, 1), x_t.dtype(), x_t.device())?,
        };
        // eps = √(1 − ᾱ) · (x_t − √ᾱ · mean) / (ᾱ · std² + 1 − ᾱ)
        let variance = rates.alpha_cumprod * self.std.powi(2) + 1.0 - rates.alpha_cumprod;
        x_t.broadcast_sub(&(means * rates.signal_rate)?)? * (rates.noise_rate / variance)
    }
}
