//! What an experiment needs from outside, and how one starts.

use crate::{Experiment, LabError, Settings, spec};
use candle_core::Device;
use noisebook_data::{Picture, Store};
use std::sync::Arc;

/// Seconds since some beginning.
pub type Clock = Arc<dyn Fn() -> f64 + Send + Sync>;

/// What an experiment may use of the world.
#[derive(Clone)]
pub struct Context {
    /// Data sets and models, as bytes.
    pub store: Arc<dyn Store>,
    /// Where networks run.
    pub device: Device,
    /// The learner's picture, for `picture = "own"`.
    pub own_picture: Option<Picture>,
    /// Measures how long something takes; without one nothing is said of that.
    pub clock: Option<Clock>,
}

/// Starts the experiment of this name: loads what it needs, computes nothing long.
pub fn start(name: &str, settings: &Settings, context: &Context) -> Result<Box<dyn Experiment>, LabError> {
    let spec = spec(name)?;
    if settings.spec().name != spec.name {
        return Err(LabError::OtherExperiment { expected: spec.name, found: settings.spec().name });
    }
    (spec.start)(settings.clone(), context)
}
