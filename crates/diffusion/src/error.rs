//! What can go wrong in this crate: one clear sentence each.

/// The result of anything in this crate that can fail.
pub type Result<T> = std::result::Result<T, DiffusionError>;

/// A wrong schedule, a wrong setting, or a tensor operation that failed.
#[derive(Debug, thiserror::Error)]
pub enum DiffusionError {
    /// A schedule of no steps, or of more than fit in memory.
    #[error("a noise schedule has 1 to {max} steps, but {found} were asked for")]
    ScheduleLength {
        /// The number of steps asked for.
        found: usize,
        /// The most there may be.
        max: usize,
    },
    /// A β that is not a number above 0 and below 1.
    #[error(
        "beta {idx} of the noise schedule is {value}, but each must be a number above 0 and below 1, and only the last may be 1"
    )]
    Beta {
        /// The table index of the offending β.
        idx: usize,
        /// Its value.
        value: f64,
    },
    /// An ᾱ that is not below the one before it.
    #[error(
        "alpha_cumprod {idx} of the noise schedule is {value} after {before}, but they must fall from below 1 to above 0, and only the last may be 0"
    )]
    AlphaCumprod {
        /// The table index of the offending ᾱ.
        idx: usize,
        /// Its value.
        value: f64,
        /// The value before it, 1 for the first.
        before: f64,
    },
    /// A schedule so long or so noisy that nothing of the picture is left in `f64`.
    #[error(
        "the noise schedule has used up the picture after {t} steps, so the rest cannot be undone: use fewer steps or smaller betas"
    )]
    UsedUp {
        /// The first `t` at which ᾱ rounds to zero.
        t: usize,
    },
    /// A drawn schedule without a point.
    #[error("a drawn schedule needs at least one point, the last of them at share 1 of the way")]
    DrawnNothing,
    /// A point of a drawn schedule that does not lie where it may.
    #[error(
        "point {number} of the drawn schedule is at share {share} with signal rate {rate}, but must be {expected}"
    )]
    DrawnPoint {
        /// Which point, from 1.
        number: usize,
        /// Its share of the way.
        share: f64,
        /// Its signal rate.
        rate: f64,
        /// Where it may lie, in words.
        expected: &'static str,
    },
    /// A `t` that the schedule does not have.
    #[error("t = {found} is outside the noise schedule, which goes from 0 to {max}")]
    Step {
        /// The `t` asked for.
        found: usize,
        /// The schedule's T.
        max: usize,
    },
    /// A moment between two steps that the schedule does not have.
    #[error("t = {found} is outside the noise schedule, which goes from 0 to {max}")]
    RealStep {
        /// The `t` asked for.
        found: f64,
        /// The schedule's T.
        max: usize,
    },
    /// A network that predicts the noise, where there is nothing but noise.
    #[error(
        "where nothing of the picture is left, the noise says nothing about it: a network that predicts the noise cannot begin in pure noise, so begin below t = T or take one that predicts the picture or a velocity"
    )]
    NoSignal,
    /// A name that is not in a list of names.
    #[error("there is no {what} named `{found}`: choose one of {known}")]
    Name {
        /// What the name was to name.
        what: &'static str,
        /// The name that was given.
        found: String,
        /// The names that exist, separated by commas.
        known: String,
    },
    /// A number of sampling steps that the schedule cannot serve.
    #[error("a sampler takes 1 to {max} steps with a schedule of {max}, but {found} were asked for")]
    NumSteps {
        /// The number of steps asked for.
        found: usize,
        /// The schedule's T.
        max: usize,
    },
    /// A number of sampling steps that do not fit below the moment they begin at.
    #[error("from t = {start} down a sampler takes 1 to {start} steps, but {found} were asked for")]
    NumStepsFrom {
        /// The number of steps asked for.
        found: usize,
        /// The moment that the sampling begins at.
        start: usize,
    },
    /// A moment to begin at that the schedule does not have.
    #[error("a sampling cannot begin at t = {found}: start_t must be from 1 to {max}")]
    StartT {
        /// The moment asked for.
        found: usize,
        /// The schedule's T.
        max: usize,
    },
    /// More steps than there are timesteps between them.
    #[error("{sampler} in {found} steps would visit a timestep twice: take fewer steps, or another spacing")]
    StationsCoincide {
        /// The sampler.
        sampler: crate::SamplerName,
        /// The number of steps asked for.
        found: usize,
    },
    /// What an earlier step handed out did not come back.
    #[error("a step of this sampler needs {expected} tensors of the step before it, but got {found}")]
    Memory {
        /// The number of tensors that it got.
        found: usize,
        /// The number of tensors that it needs.
        expected: usize,
    },
    /// An offset that pushes the first timestep off the schedule.
    #[error(
        "with steps_offset {offset} sampling would start at timestep {timestep}, but the last of the schedule is {last}"
    )]
    StepsOffset {
        /// The offset.
        offset: usize,
        /// The first timestep it leads to.
        timestep: usize,
        /// The last timestep of the schedule.
        last: usize,
    },
    /// A setting that is not a number in its range.
    #[error("{what} is {found}, but must be {expected}")]
    Setting {
        /// The setting.
        what: &'static str,
        /// Its value.
        found: f64,
        /// Its range, in words.
        expected: &'static str,
    },
    /// An interval of moments that ends before it begins.
    #[error(
        "guidance is to count from t = {start} to t = {end}, but the first of the two must not be the larger"
    )]
    Interval {
        /// Where it begins.
        start: usize,
        /// Where it ends.
        end: usize,
    },
    /// A picture or a mask that does not fit the batch that is to be made of it.
    #[error("the {what} has the shape {found:?}, but must fit a batch of {expected:?}")]
    Source {
        /// "picture to alter" or "mask".
        what: &'static str,
        /// Its shape.
        found: Vec<usize>,
        /// The batch's shape.
        expected: Vec<usize>,
    },
    /// A step that the sampler does not have.
    #[error("step {found} was asked of a sampler of {max} steps")]
    StepIndex {
        /// The index asked for.
        found: usize,
        /// The number of steps.
        max: usize,
    },
    /// A batch of no samples, or samples of no numbers.
    #[error("a batch needs the shape (samples, axes…) with nothing zero, but has {found:?}")]
    BatchShape {
        /// The shape that was given.
        found: Vec<usize>,
    },
    /// A network or a setting that led beyond the numbers.
    #[error(
        "the picture is not a number after timestep {timestep}: the weights or the guidance are too large"
    )]
    NotANumber {
        /// The timestep of the step that did it.
        timestep: f64,
    },
    /// A tensor operation that failed.
    #[error("{0}")]
    Tensor(#[from] candle_core::Error),
}
