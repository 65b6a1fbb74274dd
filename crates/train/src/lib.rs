//! Training, one update at a time: recipes, objectives, Adam, the moving average, and resuming to the bit.
//!
//! A [`Trainer`] owns a network's parameters and steps; whoever wants to train loops:
//!
//! ```text
//! while let Some(report) = trainer.step()? { show(&report); }
//! ```
//!
//! A [`LiveTrainer`] is for watching: its knobs turn while it runs, and it goes back to any [`Snapshot`].
//!
//! Invariants:
//! - Everything random in update u is a function of (seed, u): the pictures, the noise, the times, the dropped labels.
//!   So a checkpoint holds numbers only, and a resumed training continues bit for bit.
//! - A step returns what happened; it never prints, draws, waits or looks at a clock.
//! - Parameters are kept by name, in the order of their names.
//!
//! Deliberately absent: files (a checkpoint is bytes), threads, progress bars, judgement (`noisebook_probe` judges).

mod adam;
mod adversarial;
mod captioned;
mod classification;
mod collection;
mod denoising;
mod error;
mod game;
mod live;
mod noising;
mod parameters;
mod recipe;
mod source;
mod trainer;

pub use adam::AdamConfig;
pub use adversarial::{GanLoss, GanRules, gradient_penalty};
pub use captioned::scenes;
pub use collection::{DataSet, clips, points};
pub use error::TrainError;
pub use game::{Game, GameConfig, GameKnobs, GameReport, GameSnapshot, Optimizer, Players};
pub use live::{Examples, Knobs, LiveConfig, LiveDenoiser, LiveReport, LiveTrainer, Snapshot, Version};
pub use parameters::Parameters;
pub use recipe::{Decay, Recipe, Timesteps, Weighting};
pub use trainer::{Objective, StepReport, Trainer, Turn};
