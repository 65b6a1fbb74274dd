//! What can go wrong, each in one sentence that names the thing, what was found and what to do.

use crate::Spec;

/// A mistake in a lesson, a command or a state file: a name or a value that the registry does not know.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SettingError {
    /// No experiment has this name.
    #[error("there is no experiment `{name}`; choose one of {known}")]
    UnknownExperiment {
        /// What was asked for.
        name: String,
        /// The names in the registry.
        known: String,
    },
    /// The experiment has no setting of this name.
    #[error("the experiment `{experiment}` has no setting `{name}`; it has {known}")]
    UnknownSetting {
        /// The experiment's name.
        experiment: &'static str,
        /// What was asked for.
        name: String,
        /// The experiment's settings.
        known: String,
    },
    /// The experiment has no measure of this name.
    #[error("the experiment `{experiment}` has no measure `{name}`; it has {known}")]
    UnknownMeasure {
        /// The experiment's name.
        experiment: &'static str,
        /// What was asked for.
        name: String,
        /// The experiment's measures.
        known: String,
    },
    /// The value has the wrong type, or lies outside the setting's range.
    #[error("`{name}` is {found}; it must be {expected}")]
    Value {
        /// The setting.
        name: &'static str,
        /// The value that was given.
        found: String,
        /// The values that are allowed.
        expected: String,
    },
    /// Settings were given as something other than a table of names and values.
    #[error("the settings of `{experiment}` must be a table of names and values, found {found}")]
    NotATable {
        /// The experiment's name.
        experiment: &'static str,
        /// What was given.
        found: String,
    },
}

/// Why an experiment could not start, go on, or show a moment.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// A setting is wrong.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The settings were made for another experiment.
    #[error("these are settings of `{found}`, and the experiment is `{expected}`")]
    OtherExperiment {
        /// The experiment that was to start.
        expected: &'static str,
        /// The experiment that the settings belong to.
        found: &'static str,
    },
    /// `picture = "own"`, and there is no picture yet.
    #[error(
        "`picture` is \"own\", and no picture was given; open one, or choose one such as \"emoji/noto/turtle\""
    )]
    NoOwnPicture,
    /// The picture cannot be used.
    #[error(
        "the picture is {height}×{width} with {channels} channels; it must be at most {max}×{max} with 1 or 3"
    )]
    PictureShape {
        /// Channels found.
        channels: usize,
        /// Rows found.
        height: usize,
        /// Columns found.
        width: usize,
        /// The longest side allowed, in pixels.
        max: usize,
    },
    /// There is no such moment.
    #[error("there is no moment {idx}; this recording has moments 0 to {last}")]
    NoSuchMoment {
        /// The moment asked for.
        idx: usize,
        /// The last moment.
        last: usize,
    },
    /// The moment lies ahead: it is empty until it is computed, never made up.
    #[error("moment {idx} is not computed yet; {num_computed} of {num_moments} are")]
    NotComputed {
        /// The moment asked for.
        idx: usize,
        /// Moments computed so far.
        num_computed: usize,
        /// Moments of the whole recording.
        num_moments: usize,
    },
    /// This experiment cannot go on from the middle in another way.
    #[error("`{experiment}` has no branches; start it anew with other settings")]
    NoBranches {
        /// The experiment.
        experiment: &'static str,
    },
    /// There are as many branches as may be.
    #[error("a tree has at most {max} branches; take one away first")]
    TooManyBranches {
        /// How many there may be.
        max: usize,
    },
    /// A branch leaves a run that is not there, or comes later: it would go in a circle.
    #[error("branch {branch} leaves run {parent}, but only runs 0 to {} come before it", branch - 1)]
    NoSuchRun {
        /// The branch's number, from 1.
        branch: usize,
        /// The run that it is said to leave.
        parent: usize,
    },
    /// There is nothing left to do where a branch shall begin.
    #[error("a branch cannot begin at t = {t}, where nothing is left to do; go back a step")]
    NothingLeft {
        /// Where it was to begin.
        t: usize,
    },
    /// A setting that belongs to the whole tree is another one in a branch.
    #[error("a branch goes on with `{name}` {expected}; for {found} start anew")]
    NotInABranch {
        /// The setting.
        name: &'static str,
        /// Its value in the run that the branch leaves.
        expected: String,
        /// Its value in the branch.
        found: String,
    },
    /// A branch cannot begin or go on.
    #[error("branch {branch}: {error}")]
    Branch {
        /// Its number, from 1.
        branch: usize,
        /// Why.
        error: Box<LabError>,
    },
    /// The moment where a branch begins has another t than when it was saved.
    #[error(
        "it begins at moment {idx}, saved with t = {saved}, and here that moment is at t = {found}; it was changed by hand, or saved by another version of the program"
    )]
    OtherBeginning {
        /// The moment's place.
        idx: usize,
        /// Its t as it was saved.
        saved: usize,
        /// Its t here.
        found: usize,
    },
    /// The picture has no such pixel.
    #[error("there is no pixel in row {y}, column {x}, channel {c} of picture {sample}")]
    NoSuchPixel {
        /// The picture, from 0.
        sample: usize,
        /// The channel, from 0.
        c: usize,
        /// The row, from 0.
        y: usize,
        /// The column, from 0.
        x: usize,
    },
    /// Its moments follow from its settings; there is nothing to go back to and go on from.
    #[error("`{experiment}` cannot go on from an earlier moment; start it anew with other settings")]
    CannotGoBack {
        /// The experiment.
        experiment: &'static str,
    },
    /// This experiment does not show such a picture at this moment.
    #[error("there is no picture `{name}` at t = {t}; there is {known}")]
    NoSuchPicture {
        /// The picture asked for.
        name: String,
        /// Where it was looked for.
        t: usize,
        /// The pictures of that moment.
        known: String,
    },
    /// The measure cannot be taken of this experiment with these settings.
    #[error("`{measure}` cannot be measured here: {why}")]
    CannotMeasure {
        /// The measure.
        measure: &'static str,
        /// Why not, and what to do.
        why: String,
    },
    /// The settings ask for something that the model cannot do.
    #[error("{model}: {why}")]
    Model {
        /// The model's name.
        model: String,
        /// What was asked for and what it can do.
        why: String,
    },
    /// The data set or its store failed.
    #[error(transparent)]
    Data(#[from] noisebook_data::DataError),
    /// The model could not be loaded.
    #[error(transparent)]
    Shelf(#[from] noisebook_shelf::ShelfError),
    /// The schedule, the sampler or the network failed.
    #[error(transparent)]
    Diffusion(#[from] noisebook_diffusion::DiffusionError),
    /// A tensor operation failed.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
    /// Recorded values do not have the shape of a picture.
    #[error("the recording does not fit its pictures: {0}")]
    Shape(#[from] ndarray::ShapeError),
    /// The learner's own pictures or points cannot be trained on.
    #[error("{why}")]
    Own {
        /// What is wrong and what to do.
        why: String,
    },
    /// The training failed.
    #[error(transparent)]
    Train(#[from] noisebook_train::TrainError),
    /// A measure failed.
    #[error(transparent)]
    Probe(#[from] noisebook_probe::ProbeError),
    /// A figure could not be written.
    #[error(transparent)]
    Figure(#[from] noisebook_figures::FigureError),
}

impl LabError {
    /// Whether the experiment is still whole: it cannot go on from here, but from an earlier moment.
    pub fn is_of_the_latest_moment(&self) -> bool {
        matches!(self, Self::Train(noisebook_train::TrainError::DivergedLive { .. }))
    }
}

impl SettingError {
    pub(crate) fn unknown_setting(spec: &Spec, name: &str) -> Self {
        let known = list(spec.settings.iter().map(|setting| setting.name));
        Self::UnknownSetting { experiment: spec.name, name: name.to_owned(), known }
    }

    pub(crate) fn unknown_measure(spec: &Spec, name: &str) -> Self {
        let known = list(spec.measures.iter().map(|measure| measure.name));
        Self::UnknownMeasure { experiment: spec.name, name: name.to_owned(), known }
    }
}

/// "a, b, c"
pub(crate) fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
