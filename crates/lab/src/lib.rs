//! Experiments without a window: what a lesson, the window, a notebook and the command line all run.
//!
//! An experiment is chosen by name from **one registry** ([`registry`]), which also says which settings it takes, with
//! their kinds, units, ranges and defaults, and which measures it reports.
//! [`Settings`] is a checked map from those names to values; [`start`] turns it into an [`Experiment`].
//! From there on everything is the same for all of them: whoever runs the experiment calls [`Experiment::step`] until it
//! is done, and looks at any [`Moment`] already computed, in any order, as often as wanted.
//!
//! A recording is a timeline of moments, t = 0…T, held as half-precision keyframes in at most 256 MB.
//! Where every moment would not fit, each k-th is kept and the ones between are computed again, which counted noise makes
//! exact up to the keyframe's rounding.
//! The same seed gives the same moments: that is what *rewind* means, and why a [`State`] file needs no pictures.
//!
//! A run can be left at any of its moments and gone on with in another way: that is a [`Branch`], and runs with their
//! branches are a [`Tree`], which a state file holds. A [`Grove`] has the runs of a tree at work.
//!
//! This crate may know about data, diffusion, the shelf and figures.
//! It has no threads, no clock, no file system and prints nothing: bytes come through the [`Context`]'s store, and
//! [`export`] hands bytes back.

mod arrays;
mod asked;
mod authorship;
mod branch;
mod branch_runs;
mod broken;
mod context;
mod curve;
mod denoising;
mod error;
mod experiment;
pub mod export;
mod eye;
mod fault;
mod flat;
mod formula;
mod gallery;
mod game;
mod grid;
mod histogram;
mod mask;
mod noising;
mod race;
mod recording;
mod registry;
mod rescheduled;
mod rust_text;
mod schedules;
mod settings;
mod state;
#[cfg(test)]
mod testing;
mod training;

pub use asked::{PromptWord, TURN};
pub use authorship::Authorship;
pub use branch::{Branch, MAX_BRANCHES, Tree};
pub use branch_runs::{BRANCH_BYTES, Grove, WholeWay};
pub use context::{Clock, Context, start};
pub use curve::curve;
pub use denoising::{Denoising, DenoisingModel};
pub use error::{LabError, SettingError};
pub use experiment::{
    Experiment, Moment, NamedPicture, NamedPoints, Number, Pixel, PixelMoment, Progress, Series,
};
pub use flat::FlatPictures;
pub use formula::{StepFormula, Term};
pub use gallery::{Verdict, Walk};
pub use game::Game;
pub use grid::Grid;
pub use histogram::Histogram;
pub use mask::Mask;
pub use noising::Noising;
pub use race::{RACERS, Race, draws_noise, race_lines};
pub use registry::{Kind, Measure, Setting, Spec, View, registry, spec};
pub use rust_text::{rust_text, rust_text_of};
pub use schedules::Schedules;
pub use settings::{Settings, Value};
pub use state::{OtherWeights, ShownRun, State, StateError};
pub use training::Training;
