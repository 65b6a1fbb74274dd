//! A denoiser with all that sampling needs: one that is told labels, or one that is told words.

use std::sync::Arc;

use noisebook_data::{StoreError, Tokenizer};
use noisebook_diffusion::{Cond, Denoiser, NoiseSchedule, Prediction, SamplerConfig};
use noisebook_nets::{TextNet, UNet, WordMap};
use noisebook_ops::{Device, Error, Result as TensorResult, Tensor};

use crate::models::FOLDER;
use crate::weights::{Weights, build};
use crate::{ModelFile, ModelKind, SamplingDefaults, ShelfError};

/// A denoiser with all that sampling needs.
pub struct DiffusionModel {
    /// What `model.toml` says.
    pub file: ModelFile,
    /// The network.
    pub denoiser: Arc<dyn Denoiser>,
    /// The noise it was trained on.
    pub schedule: NoiseSchedule,
    /// What its output means.
    pub prediction: Prediction,
    /// How to sample when nothing else is asked for.
    pub sampling: SamplingDefaults,
    /// `[c, h, w]` of a picture.
    pub sample_shape: [usize; 3],
    /// Labels it knows, 0 to this minus one.
    pub num_classes: usize,
    /// Where it computes.
    pub device: Device,
    /// Of a model that is told words.
    prompts: Option<Prompts>,
}

/// How a model reads prompts.
struct Prompts {
    tokenizer: Tokenizer,
    net: Arc<PromptDenoiser>,
}

/// What pictures are asked to show, one entry a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// These labels.
    Labels(Vec<u32>),
    /// What these words say.
    Prompts(Vec<String>),
}

impl Asked {
    /// For how many pictures.
    #[must_use]
    pub fn num(&self) -> usize {
        match self {
            Self::Labels(labels) => labels.len(),
            Self::Prompts(prompts) => prompts.len(),
        }
    }

    /// `num` entries from `first` on; past the end it begins anew.
    #[must_use]
    pub fn cycled(&self, first: usize, num: usize) -> Self {
        fn cycled<T: Clone>(all: &[T], first: usize, num: usize) -> Vec<T> {
            all.iter().cycle().skip(first).take(num).cloned().collect()
        }
        match self {
            Self::Labels(labels) => Self::Labels(cycled(labels, first, num)),
            Self::Prompts(prompts) => Self::Prompts(cycled(prompts, first, num)),
        }
    }
}

impl DiffusionModel {
    /// The model of a file and its weights. `read` gives the bytes of a file beside it, by name: a model that is told
    /// words has them in its `tokenizer.json`.
    ///
    /// # Errors
    /// As [`Self::new`] and [`Self::of_prompts`], or when the words cannot be read.
    pub fn open(
        file: ModelFile,
        weights: Weights,
        read: impl FnOnce(&str) -> Result<Vec<u8>, StoreError>,
        device: &Device,
    ) -> Result<Self, ShelfError> {
        match file.kind {
            ModelKind::TextDenoiser { .. } => {
                Self::of_prompts(file, weights, &read("tokenizer.json")?, device)
            }
            _ => Self::new(file, weights, device),
        }
    }

    /// The model of a file and its weights, told labels.
    ///
    /// # Errors
    /// When the file is of another kind, contradicts itself, or the weights do not fit.
    pub fn new(file: ModelFile, weights: Weights, device: &Device) -> Result<Self, ShelfError> {
        let ModelKind::Denoiser { net, .. } = file.kind.clone() else {
            return Err(ShelfError::Kind { name: file.name, found: file.kind.name(), expected: "denoiser" });
        };
        let net = build(weights, device, |vb| UNet::new(net, vb)).map_err(|error| unfit(&file, &error))?;
        Self::with(file, Arc::new(LabelDenoiser(net)), None, device)
    }

    /// The model of a file, its weights and the bytes of its `tokenizer.json`, told in words what to draw.
    ///
    /// # Errors
    /// When the file is of another kind, contradicts itself, or the weights or words do not fit.
    pub fn of_prompts(
        file: ModelFile,
        weights: Weights,
        tokenizer: &[u8],
        device: &Device,
    ) -> Result<Self, ShelfError> {
        let ModelKind::TextDenoiser { net, .. } = file.kind.clone() else {
            let (found, expected) = (file.kind.name(), "text-denoiser");
            return Err(ShelfError::Kind { name: file.name, found, expected });
        };
        let tokenizer = Tokenizer::from_json(tokenizer)
            .map_err(|why| ShelfError::Words { name: file.name.clone(), why })?;
        let (text, found) = (net.text(), (tokenizer.vocab_size(), tokenizer.max_tokens()));
        if found != (text.vocab_size, text.max_tokens) {
            let why = format!(
                "[net.text] is made for {} words and prompts of {}, but tokenizer.json has {} and {}",
                text.vocab_size, text.max_tokens, found.0, found.1
            );
            return Err(misfit(&file, why));
        }
        let null =
            tokenizer.encode("").map_err(|why| ShelfError::Words { name: file.name.clone(), why })?.ids;
        let null = Tensor::from_vec(null, (1, found.1), device)?;
        let net = build(weights, device, |vb| TextNet::new(net, vb)).map_err(|error| unfit(&file, &error))?;
        let net = Arc::new(PromptDenoiser { net, null });
        Self::with(file, net.clone(), Some(Prompts { tokenizer, net }), device)
    }

    fn with(
        file: ModelFile,
        denoiser: Arc<dyn Denoiser>,
        prompts: Option<Prompts>,
        device: &Device,
    ) -> Result<Self, ShelfError> {
        let (diffusion, sampling, sample_shape) = match &file.kind {
            ModelKind::Denoiser { net, diffusion, sampling } => {
                (*diffusion, *sampling, [net.in_channels, net.size, net.size])
            }
            ModelKind::TextDenoiser { net, diffusion, sampling } => {
                (*diffusion, *sampling, net.sample_shape())
            }
            ModelKind::Classifier { .. } | ModelKind::Generator { .. } => {
                let (found, expected) = (file.kind.name(), "denoiser");
                return Err(ShelfError::Kind { name: file.name, found, expected });
            }
        };
        let schedule = NoiseSchedule::named(diffusion.schedule, diffusion.num_train_timesteps)
            .map_err(|error| misfit(&file, error.to_string()))?;
        Ok(Self {
            denoiser,
            schedule,
            prediction: diffusion.prediction,
            sampling,
            sample_shape,
            num_classes: file.kind.num_classes(),
            device: device.clone(),
            prompts,
            file,
        })
    }

    /// The condition that asks for these labels, one a sample.
    ///
    /// # Errors
    /// When a label is not one of the model's, or it is told words.
    pub fn label_cond(&self, labels: &[u32]) -> Result<Cond, ShelfError> {
        if self.prompts.is_some() {
            return Err(self.is_no("denoiser"));
        }
        let last = self.num_classes.saturating_sub(1);
        if let Some(&found) = labels.iter().find(|&&label| label as usize > last) {
            return Err(ShelfError::Label { name: self.file.name.clone(), found, last });
        }
        Ok(Cond::new(Tensor::new(labels, &self.device)?))
    }

    /// The condition that asks for these prompts, one a sample. The empty one asks for no picture in particular, as
    /// [`Cond::null`] does.
    ///
    /// # Errors
    /// When a prompt is too long, or the model is told labels.
    pub fn prompt_cond(&self, prompts: &[&str]) -> Result<Cond, ShelfError> {
        let tokenizer = &self.prompts()?.tokenizer;
        let mut ids = Vec::with_capacity(prompts.len() * tokenizer.max_tokens());
        for prompt in prompts {
            let encoding = tokenizer.encode(prompt);
            ids.extend(encoding.map_err(|why| ShelfError::Words { name: self.file.name.clone(), why })?.ids);
        }
        Ok(Cond::new(Tensor::from_vec(ids, (prompts.len(), tokenizer.max_tokens()), &self.device)?))
    }

    /// Conditions on the way from one prompt to another, one a share from 0 (`from`) to 1 (`to`): the vectors that the text
    /// encoder makes of their words, mixed place by place. What lies between is no sentence.
    ///
    /// # Errors
    /// When a prompt is too long, or the model is told labels.
    pub fn mixed_cond(&self, from: &str, to: &str, shares: &[f64]) -> Result<Cond, ShelfError> {
        let ids = self.prompt_cond(&[from, to])?;
        let words = self.prompts()?.net.words(&ids, 2)?;
        let (from, to) = (words.narrow(0, 0, 1)?, words.narrow(0, 1, 1)?);
        // (1 − share) · from + share · to: at both ends the very words.
        let mixed = shares.iter().map(|share| (&from * (1.0 - share))? + (&to * *share)?);
        Ok(Cond::new(Tensor::cat(&mixed.collect::<TensorResult<Vec<_>>>()?, 0)?))
    }

    /// The condition that asks for these labels or prompts.
    ///
    /// # Errors
    /// As [`Self::label_cond`] and [`Self::prompt_cond`].
    pub fn cond(&self, asked: &Asked) -> Result<Cond, ShelfError> {
        match asked {
            Asked::Labels(labels) => self.label_cond(labels),
            Asked::Prompts(prompts) => {
                self.prompt_cond(&prompts.iter().map(String::as_str).collect::<Vec<_>>())
            }
        }
    }

    /// The words that the model knows; none where it is told labels.
    #[must_use]
    pub fn tokenizer(&self) -> Option<&Tokenizer> {
        self.prompts.as_ref().map(|prompts| &prompts.tokenizer)
    }

    /// The `k` words whose vectors point most nearly the same way as that of word `id`, the nearest first, each with the
    /// cosine of the angle between the two; none where there is no word of this number.
    ///
    /// # Errors
    /// When the model is told labels.
    pub fn neighbors(&self, id: u32, k: usize) -> Result<Vec<(String, f64)>, ShelfError> {
        let Prompts { tokenizer, net } = self.prompts()?;
        let vectors: Vec<Vec<f32>> = net.net.word_vectors().to_vec2()?;
        let cosine = |a: &[f32], b: &[f32]| {
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
            dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(f64::MIN_POSITIVE)
        };
        let Some(own) = vectors.get(id as usize) else {
            return Ok(Vec::new());
        };
        // The first two stand for no word and for an unknown one.
        let others = tokenizer.words().iter().zip(&vectors).enumerate().skip(2);
        let mut near: Vec<(String, f64)> = others
            .filter(|(other, _)| *other != id as usize)
            .map(|(_, (word, vector))| (word.clone(), cosine(own, vector)))
            .collect();
        near.sort_by(|a, b| b.1.total_cmp(&a.1));
        near.truncate(k);
        Ok(near)
    }

    /// What the model says of `x_t` at timestep `t`, and how much each place of the picture took from each word of its
    /// prompt, layer after layer.
    ///
    /// # Shapes
    /// As [`Denoiser::predict`] and [`WordMap`].
    ///
    /// # Errors
    /// When `x_t` or `cond` does not fit the model, or the model is told labels.
    pub fn watch(&self, x_t: &Tensor, t: f64, cond: &Cond) -> Result<(Tensor, Vec<WordMap>), ShelfError> {
        let denoiser = &self.prompts()?.net;
        let b = x_t.dim(0)?;
        Ok(denoiser.net.watch_encoded(x_t, &vec![t; b], &denoiser.words(cond, b)?)?)
    }

    fn prompts(&self) -> Result<&Prompts, ShelfError> {
        self.prompts.as_ref().ok_or_else(|| self.is_no("text-denoiser"))
    }

    fn is_no(&self, expected: &'static str) -> ShelfError {
        ShelfError::Kind { name: self.file.name.clone(), found: self.file.kind.name(), expected }
    }

    /// The model's own way of sampling, to be changed where something else is asked for.
    #[must_use]
    pub fn sampler_config(&self) -> SamplerConfig {
        SamplerConfig {
            sampler: self.sampling.sampler,
            num_inference_steps: self.sampling.num_inference_steps,
            spacing: self.sampling.spacing,
            prediction: self.prediction,
            ..SamplerConfig::for_pictures()
        }
    }
}

/// A U-Net whose condition is a label a sample, and whose null condition is the label "any".
struct LabelDenoiser(UNet);

impl Denoiser for LabelDenoiser {
    fn predict(&self, x_t: &Tensor, t: f64, cond: &Cond) -> TensorResult<Tensor> {
        let b = x_t.dim(0)?;
        let labels = match cond.tensor() {
            Some(labels) => labels.clone(),
            None => Tensor::full(self.0.config().null_label(), b, x_t.device())?,
        };
        self.0.forward(x_t, &vec![t; b], &labels)
    }
}

/// A network whose condition is a prompt a sample, and whose null condition is the empty prompt.
struct PromptDenoiser {
    net: TextNet,
    /// `(1, max_tokens)`
    null: Tensor,
}

impl PromptDenoiser {
    /// The words of `b` prompts as the network reads them.
    fn words(&self, cond: &Cond, b: usize) -> TensorResult<Tensor> {
        match cond.tensor() {
            // Mixed words are encoded already.
            Some(words) if words.rank() == 3 => Ok(words.clone()),
            Some(ids) => self.net.encode(ids),
            None => self.net.encode(&self.null.broadcast_as((b, self.null.dim(1)?))?),
        }
    }
}

impl Denoiser for PromptDenoiser {
    fn predict(&self, x_t: &Tensor, t: f64, cond: &Cond) -> TensorResult<Tensor> {
        let b = x_t.dim(0)?;
        self.net.forward_encoded(x_t, &vec![t; b], &self.words(cond, b)?)
    }
}

fn unfit(file: &ModelFile, error: &Error) -> ShelfError {
    ShelfError::Weights { name: file.name.clone(), why: error.to_string() }
}

fn misfit(file: &ModelFile, why: String) -> ShelfError {
    ShelfError::Config { path: format!("{FOLDER}/{}/model.toml", file.name), why }
}
