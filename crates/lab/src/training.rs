//! A network learns to undo noise, live.

use crate::{Context, Experiment, LabError, Moment, Number, Progress, Settings};

/// The experiment `training`. Its moments are stations of the training; their t counts updates.
pub struct Training {
    settings: Settings,
}

impl Training {
    /// Loads the data and draws the first weights.
    ///
    /// # Errors
    /// When the data cannot be read or used.
    pub fn start(settings: Settings, _: &Context) -> Result<Self, LabError> {
        let training = Self { settings };
        let why = "cannot be trained yet".to_owned();
        if training.num_moments() == 0 {
            return Err(LabError::Model { model: "training".to_owned(), why });
        }
        Ok(training)
    }
}

impl Experiment for Training {
    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn num_moments(&self) -> usize {
        0
    }

    fn t_of(&self, _: usize) -> usize {
        0
    }

    fn num_computed(&self) -> usize {
        0
    }

    fn step(&mut self) -> Result<Progress, LabError> {
        Ok(Progress::Done)
    }

    fn moment(&mut self, idx: usize) -> Result<Moment, LabError> {
        Err(LabError::NoSuchMoment { idx, last: 0 })
    }

    fn measure(&mut self, name: &str, _: usize) -> Result<Number, LabError> {
        self.spec().measure(name)?;
        Err(LabError::NoSuchMoment { idx: 0, last: 0 })
    }
}
