//! From a name to a network that is ready to use.

use noisebook_data::Store;
use noisebook_nets::{self as nets, Critic, Generator};
use noisebook_ops::{Device, Noise, Result as TensorResult, Stream, Tensor};

use crate::weights::{Weights, build};
use crate::{DiffusionModel, ModelFile, ModelKind, ShelfError};

/// Where the models stand in a store.
pub(crate) const FOLDER: &str = "models";

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
        let read = |beside: &str| self.store.read(&format!("{FOLDER}/{name}/{beside}"));
        DiffusionModel::open(file, weights, read, device)
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
