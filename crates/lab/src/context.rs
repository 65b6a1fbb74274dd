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
    /// The learner's pictures to train on, (1 or 3, h, w) of any size, for `data = "own-pictures"`.
    pub own_pictures: Vec<Picture>,
    /// Points that the learner drew, about −1 to 1, for `data = "drawn-points"`.
    pub own_points: Vec<[f32; 2]>,
}

impl Context {
    /// Data sets, models and a device, and nothing of the learner's own.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, device: Device) -> Self {
        Self {
            store,
            device,
            own_picture: None,
            own_pictures: Vec::new(),
            own_points: Vec::new(),
            clock: None,
        }
    }
}

/// Starts the experiment of this name: loads what it needs, computes nothing long.
pub fn start(name: &str, settings: &Settings, context: &Context) -> Result<Box<dyn Experiment>, LabError> {
    let spec = spec(name)?;
    if settings.spec().name != spec.name {
        return Err(LabError::OtherExperiment { expected: spec.name, found: settings.spec().name });
    }
    (spec.start)(settings.clone(), context)
}
