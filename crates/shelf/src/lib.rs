//! The shelf of models: from bytes to a network that is ready to use.
//!
//! A model is a folder `models/NAME` of three files: `model.toml` (what it is, how it was trained, what it scored),
//! `weights.safetensors`, and `card.md` for people; a model that is told words has its list of them in `tokenizer.json`. Weights are checked before they are used: the hash, every name
//! and shape, and that each value is a number. A file that does not fit is refused with a sentence.
//!
//! Bytes come from a [`Store`], so the same code reads a folder ([`Files`]), an archive or the web.
//! Whoever keeps files writes them by [`write_whole`].
//! Deliberately absent: training (it writes what stands here), sampling (`noisebook_diffusion` does it).

mod diffusion_model;
mod error;
mod files;
mod model_file;
mod models;
mod weights;
mod whole;

pub use diffusion_model::{Asked, DiffusionModel};
pub use error::ShelfError;
pub use files::Files;
pub use model_file::{DiffusionConfig, ModelFile, ModelKind, SamplingDefaults, WeightsInfo};
pub use models::{Classifier, Gan, Shelf};
pub use noisebook_data::{Store, StoreError};
pub use weights::{Weights, read_weights, weights_sha256, write_weights};
pub use whole::write_whole;
