//! `model.toml`: what a model is, how it was trained, and what it scored.

use noisebook_diffusion::{Prediction, SamplerName, ScheduleName, Spacing};
use noisebook_nets::{ClassifierConfig, GanConfig, TextNetConfig, UNetConfig};
use noisebook_ops::{Device, Result as TensorResult};
use serde::{Deserialize, Serialize};

use crate::ShelfError;
use crate::weights::{Weights, read_weights, weights_sha256};

/// The content of a `model.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelFile {
    /// The name of its folder.
    pub name: String,
    /// One sentence for people.
    pub about: String,
    /// What its labels are called, from 0 on; where nothing stands here they are numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Network and purpose.
    #[serde(flatten)]
    pub kind: ModelKind,
    /// How it was, or is to be, trained: read by `noisebook_train`.
    pub recipe: toml::Table,
    /// What the weights are; absent until it has been trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<WeightsInfo>,
    /// What it scored, with the keys of `noisebook eval`.
    #[serde(default, skip_serializing_if = "toml::Table::is_empty")]
    pub scores: toml::Table,
}

/// What a model is for, and the network that does it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ModelKind {
    /// Predicts what a noised picture hides; sampling with it draws pictures.
    Denoiser {
        /// The network.
        net: UNetConfig,
        /// What it was trained to predict, and from which noise.
        diffusion: DiffusionConfig,
        /// How to sample when nothing else is asked for.
        sampling: SamplingDefaults,
    },
    /// The same, told in words what to draw; beside its weights stands the list of the words, `tokenizer.json`.
    TextDenoiser {
        /// The network.
        net: TextNetConfig,
        /// What it was trained to predict, and from which noise.
        diffusion: DiffusionConfig,
        /// How to sample when nothing else is asked for.
        sampling: SamplingDefaults,
    },
    /// Says what a picture shows.
    Classifier {
        /// The network.
        net: ClassifierConfig,
    },
    /// Makes samples of chance, in one call; beside it stands the critic that it was trained against.
    Generator {
        /// Both networks.
        net: GanConfig,
    },
}

impl ModelKind {
    fn check(&self) -> TensorResult<()> {
        match self {
            Self::Denoiser { net, .. } => net.check(),
            Self::TextDenoiser { net, .. } => net.check(),
            Self::Classifier { net } => net.check(),
            Self::Generator { net } => net.check(),
        }
    }

    /// In words.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Denoiser { .. } => "denoiser",
            Self::TextDenoiser { .. } => "text-denoiser",
            Self::Classifier { .. } => "classifier",
            Self::Generator { .. } => "generator",
        }
    }

    /// How many labels the network knows; a generator none, nor one that is told in words.
    #[must_use]
    pub fn num_classes(&self) -> usize {
        match self {
            Self::Denoiser { net, .. } => net.num_classes,
            Self::Classifier { net } => net.num_classes,
            Self::TextDenoiser { .. } | Self::Generator { .. } => 0,
        }
    }
}

/// The noise a denoiser was trained on and what it predicts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiffusionConfig {
    /// The noise schedule.
    pub schedule: ScheduleName,
    /// T, the number of steps from picture to noise.
    pub num_train_timesteps: usize,
    /// What its output means.
    pub prediction: Prediction,
}

/// How to sample when nothing else is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamplingDefaults {
    /// The sampler.
    pub sampler: SamplerName,
    /// Network calls a picture, or twice as many with guidance.
    pub num_inference_steps: usize,
    /// Which timesteps they are; `trailing` begins at the very end, in pure noise.
    pub spacing: Spacing,
    /// The strength of classifier-free guidance; 1 is off.
    pub cfg_scale: f64,
}

/// What `weights.safetensors` holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightsInfo {
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// Updates of training behind them.
    pub updates: usize,
    /// Values in all.
    pub num_parameters: usize,
}

impl WeightsInfo {
    /// The weights in the bytes of model `name`'s `weights.safetensors`, once the hash and every value were checked.
    ///
    /// # Errors
    /// When the bytes are damaged, or not those described here.
    pub fn read(&self, name: &str, bytes: &[u8], device: &Device) -> Result<Weights, ShelfError> {
        let wrong = |why: String| ShelfError::Weights { name: name.to_owned(), why };
        let (weights, _) = read_weights(bytes, device).map_err(|error| wrong(error.to_string()))?;
        if weights_sha256(bytes) != self.sha256 {
            return Err(wrong("is not the file that model.toml describes (its SHA-256 differs)".to_owned()));
        }
        Ok(weights)
    }
}

impl ModelFile {
    /// Reads a `model.toml`; `path` is for the error's sentence.
    ///
    /// # Errors
    /// When it is not valid TOML, a field is missing, unknown or of another type, or the network cannot be made.
    pub fn parse(bytes: &[u8], path: &str) -> Result<Self, ShelfError> {
        let wrong = |why: String| ShelfError::Config { path: path.to_owned(), why };
        let text = std::str::from_utf8(bytes).map_err(|error| wrong(format!("is not text: {error}")))?;
        let file: Self =
            toml::from_str(text).map_err(|error| wrong(error.to_string().trim_end().to_owned()))?;
        // A name becomes a folder's, so it must not lead elsewhere.
        if file.name.is_empty() || !file.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(wrong(format!("`name` is `{}`, but may have letters, digits and - only", file.name)));
        }
        file.kind.check().map_err(|error| wrong(error.to_string()))?;
        let num_classes = file.kind.num_classes();
        if !file.labels.is_empty() && file.labels.len() != num_classes {
            let why =
                format!("`labels` has {} names, but the network {num_classes} labels", file.labels.len());
            return Err(wrong(why));
        }
        Ok(file)
    }

    /// The names of the labels from 0 on; where the file names none, their numbers.
    #[must_use]
    pub fn label_names(&self) -> Vec<String> {
        if self.labels.is_empty() {
            return (0..self.kind.num_classes()).map(|label| label.to_string()).collect();
        }
        self.labels.clone()
    }

    /// The label of that name.
    ///
    /// # Errors
    /// When the model knows no such label.
    pub fn label(&self, name: &str) -> Result<u32, ShelfError> {
        let names = self.label_names();
        let found = names.iter().position(|known| known == name).and_then(|idx| u32::try_from(idx).ok());
        found.ok_or_else(|| ShelfError::LabelName {
            name: self.name.clone(),
            found: name.to_owned(),
            known: names.join(", "),
        })
    }

    /// As the content of a `model.toml`.
    ///
    /// # Errors
    /// When a number does not fit TOML.
    pub fn to_toml(&self) -> Result<String, ShelfError> {
        toml::to_string(self).map_err(|error| ShelfError::Config {
            path: format!("models/{}/model.toml", self.name),
            why: error.to_string(),
        })
    }
}
