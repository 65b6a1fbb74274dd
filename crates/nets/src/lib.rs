//! The networks: what they are made of and what they compute, and nothing about schedules, data or training.
//!
//! A layer is a struct of layers, made from a [`VarBuilder`] whose path equals the field's name, so the names of the
//! tensors in a weights file can be read off the structs.
//! Every operation comes from `noisebook_ops`, because some of candle's own cut gradients without an error.
//!
//! Initial weights are drawn by whoever supplies the `VarBuilder`; a [`Init`] hint says from which distribution.

mod classifier;
mod dit;
mod embedding;
mod gan;
mod layers;
mod mlp;
mod text;
mod text_net;
mod text_unet;
mod transformer;
mod unet;
mod unet_body;

pub use candle_nn::{Init, VarBuilder};
pub use classifier::{Classifier, ClassifierConfig};
pub use dit::{Dit, DitConfig};
pub use embedding::timestep_embedding;
pub use gan::{Critic, GanConfig, Generator, Judge, Makes, View};
pub use mlp::{Mlp, MlpConfig};
pub use text::{TextConfig, TextEncoder, WordMap};
pub use text_net::{TextNet, TextNetConfig};
pub use text_unet::{TextUNet, TextUNetConfig};
pub use unet::{UNet, UNetConfig};
