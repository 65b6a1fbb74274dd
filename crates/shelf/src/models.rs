//! From a name to a network that is ready to use.

use std::sync::Arc;

use noisebook_data::Store;
use noisebook_diffusion::{Cond, Denoiser, NoiseSchedule, Prediction, SamplerConfig};
use noisebook_nets::{self as nets, Critic, Generator, UNet};
use noisebook_ops::{Device, Noise, Result as TensorResult, Stream, Tensor};

use crate::weights::{Weights, build};
use crate::{ModelFile, ModelKind, SamplingDefaults, ShelfError};

/// Where the models stand in a store.
const FOLDER: &str = "models";

/// The models of a store.
pub struct Shelf<'a> {
    store: &'a dyn Store,
}

impl<'a> Shelf<'a> {
    /// The models under `models` in `store`.
    #[must_use]
    pub fn new(store: &'a dyn Store) -> Self {
        Self { store }
    }

    /// The names of all models, sorted.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn names(&self) -> Result<Vec<String>, ShelfError> {
        let mut names = self.store.list(FOLDER)?;
        names.retain(|name| !name.contains('.'));
        Ok(names)
    }

    /// What `model.toml` says of a model.
    ///
    /// # Errors
    /// When there is no such model or its file is not valid.
    pub fn file(&self, name: &str) -> Result<ModelFile, ShelfError> {
        let names = self.names()?;
        if !names.iter().any(|known| known == name) {
            return Err(ShelfError::Unknown { name: name.to_owned(), known: names.join(", ") });
        }
        let path = format!("{FOLDER}/{name}/model.toml");
        let file = ModelFile::parse(&self.store.read(&path)?, &path)?;
        if file.name != name {
            let why = format!("`name` is `{}`, but the folder is `{name}`", file.name);
            return Err(ShelfError::Config { path, why });
        }
        Ok(file)
    }

    /// A denoiser with its schedule, ready to sample.
    ///
    /// # Errors
    /// When there is no such model, it is of another kind, or its weights do not fit.
    pub fn diffusion_model(&self, name: &str, device: &Device) -> Result<DiffusionModel, ShelfError> {
        let file = self.file(name)?;
        let weights = self.weights(&file, device)?;
        DiffusionModel::new(file, weights, device)
    }

    /// A classifier, ready to judge.
    ///
    /// # Errors
    /// When there is no such model, it is of another kind, or its weights do not fit.
    pub fn classifier(&self, name: &str, device: &Device) -> Result<Classifier, ShelfError> {
        let file = self.file(name)?;
        let weights = self.weights(&file, device)?;
        Classifier::new(file, weights, device)
    }

    /// A generator and its critic, ready to play.
    ///
    /// # Errors
    /// When there is no such model, it is of another kind, or its weights do not fit.
    pub fn gan(&self, name: &str, device: &Device) -> Result<Gan, ShelfError> {
        let file = self.file(name)?;
        let weights = self.weights(&file, device)?;
        Gan::new(file, weights, device)
    }

    /// The weights of a model, whatever its kind, by the names of its tensors.
    ///
    /// # Errors
    /// When it has not been trained, or its weights are missing or others than its file says.
    pub fn weights(&self, file: &ModelFile, device: &Device) -> Result<Weights, ShelfError> {
        let Some(info) = &file.weights else {
            let why = "has not been trained yet".to_owned();
            return Err(ShelfError::Weights { name: file.name.clone(), why });
        };
        let bytes = self.store.read(&format!("{FOLDER}/{}/weights.safetensors", file.name))?;
        info.read(&file.name, &bytes, device)
    }
}

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
}

impl DiffusionModel {
    /// The model of a file and its weights.
    ///
    /// # Errors
    /// When the file is of another kind, contradicts itself, or the weights do not fit.
    pub fn new(file: ModelFile, weights: Weights, device: &Device) -> Result<Self, ShelfError> {
        let ModelKind::Denoiser { net, diffusion, sampling } = file.kind.clone() else {
            return Err(ShelfError::Kind { name: file.name, found: file.kind.name(), expected: "denoiser" });
        };
        let schedule =
            NoiseSchedule::named(diffusion.schedule, diffusion.num_train_timesteps).map_err(|error| {
                ShelfError::Config {
                    path: format!("{FOLDER}/{}/model.toml", file.name),
                    why: error.to_string(),
                }
            })?;
        let (sample_shape, num_classes) = ([net.in_channels, net.size, net.size], net.num_classes);
        let unet = build(weights, device, |vb| UNet::new(net, vb))
            .map_err(|error| ShelfError::Weights { name: file.name.clone(), why: error.to_string() })?;
        Ok(Self {
            denoiser: Arc::new(LabelDenoiser(unet)),
            schedule,
            prediction: diffusion.prediction,
            sampling,
            sample_shape,
            num_classes,
            device: device.clone(),
            file,
        })
    }

    /// The condition that asks for these labels, one a sample.
    ///
    /// # Errors
    /// When a label is not one of the model's.
    pub fn label_cond(&self, labels: &[u32]) -> Result<Cond, ShelfError> {
        let last = self.num_classes.saturating_sub(1);
        if let Some(&found) = labels.iter().find(|&&label| label as usize > last) {
            return Err(ShelfError::Label { name: self.file.name.clone(), found, last });
        }
        Ok(Cond::new(Tensor::new(labels, &self.device)?))
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

/// A classifier with what its file says.
pub struct Classifier {
    /// What `model.toml` says.
    pub file: ModelFile,
    net: nets::Classifier,
    /// Where it computes.
    pub device: Device,
}

impl Classifier {
    /// The classifier of a file and its weights.
    ///
    /// # Errors
    /// When the file is of another kind or the weights do not fit.
    pub fn new(file: ModelFile, weights: Weights, device: &Device) -> Result<Self, ShelfError> {
        let ModelKind::Classifier { net } = &file.kind else {
            return Err(ShelfError::Kind {
                name: file.name,
                found: file.kind.name(),
                expected: "classifier",
            });
        };
        let net = build(weights, device, |vb| nets::Classifier::new(net, vb))
            .map_err(|error| ShelfError::Weights { name: file.name.clone(), why: error.to_string() })?;
        Ok(Self { file, net, device: device.clone() })
    }

    /// Features `(b, num_features)` and logits `(b, num_classes)` of pictures `(b, c, h, w)`.
    ///
    /// # Errors
    /// When the pictures have another shape.
    pub fn read(&self, pictures: &Tensor) -> TensorResult<(Tensor, Tensor)> {
        let features = self.net.features(pictures)?;
        let logits = self.net.logits(&features)?;
        Ok((features, logits))
    }
}

/// A generator and the critic that it was trained against, with what their file says.
pub struct Gan {
    /// What `model.toml` says.
    pub file: ModelFile,
    /// Makes samples of chance.
    pub generator: Generator,
    /// Scores them.
    pub critic: Critic,
    /// Where both compute.
    pub device: Device,
}

impl Gan {
    /// The networks of a file and their weights.
    ///
    /// # Errors
    /// When the file is of another kind or the weights do not fit.
    pub fn new(file: ModelFile, weights: Weights, device: &Device) -> Result<Self, ShelfError> {
        let ModelKind::Generator { net } = &file.kind else {
            return Err(ShelfError::Kind { name: file.name, found: file.kind.name(), expected: "generator" });
        };
        let (generator, critic) = build(weights, device, |vb| {
            Ok((Generator::new(net, &vb.pp("generator"))?, Critic::new(net, &vb.pp("critic"))?))
        })
        .map_err(|error| ShelfError::Weights { name: file.name.clone(), why: error.to_string() })?;
        Ok(Self { generator, critic, device: device.clone(), file })
    }

    /// The chance that the samples `first_sample..first_sample + num` of a seed are made of: each sample has its own,
    /// whatever is made beside it.
    ///
    /// # Shapes
    /// - returns `(num, latent_dim)`
    ///
    /// # Errors
    /// When the device has no room.
    pub fn latent(&self, seed: u64, first_sample: u64, num: usize) -> TensorResult<Tensor> {
        let dim = self.generator.config().latent_dim;
        Noise::new(seed).normal_tensor(Stream::Init, first_sample, num, 0, &[dim], &self.device)
    }
}
