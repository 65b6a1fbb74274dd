//! Two networks at war, live: a generator learns to make what a discriminator cannot tell from the real (Goodfellow et al.
//! 2014, arXiv 1406.2661), from points in the plane to digits.
//!
//! The moments are stations of the training, as those of [`crate::Training`]; their t counts updates, and a
//! [`step`](Experiment::step) is one update. What is made is always made of the same z, so that one sees it wander.
//!
//! There may be a second game, the *rival*: it begins with the same weights, meets the same data and the same chance, and
//! makes another loss small. All that is said of it is called as in the first game, with `rival_` before it. A
//! [`scenario`] is a game that is lost on purpose, and its rival the cure.

mod names;
mod scenario;
mod side;
#[cfg(test)]
mod tests;

use crate::arrays::points_of;
use crate::experiment::check_moment;
use crate::recording::MAX_BYTES;
use crate::training::examples::{Material, Subject};
use crate::training::stations;
use crate::{
    Context, Experiment, Histogram, LabError, Moment, NamedPicture, NamedPoints, Number, Progress, Settings,
    Value,
};
use candle_core::Tensor;
use noisebook_data::PointSet;
use noisebook_ops::{Noise, Stream};
use noisebook_shelf::{Classifier, Shelf};
use noisebook_train::GameConfig;
pub(crate) use scenario::SCENARIOS;
use side::{Side, sheet};

/// The judge of digits.
const JUDGE: &str = "digit-classifier";
/// Points that are made at each station.
const NUM_POINTS: usize = 512;
/// Pictures that are made at each, that are shown, and that the classifier reads.
const NUM_PICTURES: usize = 100;
const NUM_SAMPLES: usize = 24;
const NUM_JUDGED: usize = NUM_PICTURES;
/// Pictures are made of so many numbers at least: of two one could not make ten digits.
const LEAST_LATENT: usize = 32;
/// Stations at most; where the weights of so many do not fit into [`MAX_BYTES`], fewer.
const MAX_STATIONS: usize = 240;
/// Samples count as readable from here on.
const READABLE: f64 = 0.8;

/// The experiment `game`.
pub struct Game {
    settings: Settings,
    common: Common,
    first: Side,
    rival: Option<Side>,
    /// The updates at which there are stations.
    stations: Vec<usize>,
}

/// What both games share.
struct Common {
    subject: Subject,
    /// The set of points, if it is a known one.
    set: Option<PointSet>,
    judge: Option<Classifier>,
    /// What the samples are made of, `(n, latent_dim)`.
    z: Tensor,
    /// A regular grid of z, where the latent space is a line or a plane.
    sheet: Option<Tensor>,
    /// Other points of the same set.
    fresh: Vec<[f32; 2]>,
}

impl Common {
    fn is_of_points(&self) -> bool {
        self.subject.is_points()
    }
}

impl Game {
    /// Loads the data and draws the first weights.
    ///
    /// # Errors
    /// When the data cannot be read, or are none of the learner's that can be used.
    pub fn start(settings: Settings, context: &Context) -> Result<Self, LabError> {
        let seed = settings.int("seed")?;
        let device = &context.device;
        let Material { subject, examples, fresh_points, .. } =
            Material::load(settings.text("data")?, seed, context)?;
        let latent_dim = settings.int("latent_dim")? as usize;
        let config = if subject.is_points() {
            GameConfig::points(latent_dim, settings.int("layers")? as usize, settings.int("width")? as usize)
        } else {
            GameConfig::pictures(latent_dim.max(LEAST_LATENT))
        };
        let config = GameConfig { seed, ..config };
        let (of_first, of_rival) = scenario::sides(&settings)?;
        let rival = match of_rival {
            Some(settings) => Some(Side::new(&settings, true, config.clone(), examples.clone(), device)?),
            None => None,
        };
        let first = Side::new(&of_first, false, config, examples, device)?;

        let latent_dim = first.game.config().net.latent_dim;
        let num = if subject.is_points() { NUM_POINTS } else { NUM_PICTURES };
        let z = Noise::new(seed).normal_tensor(Stream::Init, 0, num, 0, &[latent_dim], device)?;
        let judge = match subject {
            Subject::Digits => Some(Shelf::new(context.store.as_ref()).classifier(JUDGE, device)?),
            _ => None,
        };
        let set = match subject {
            Subject::Points(set) => set,
            _ => None,
        };
        let sheet = if subject.is_points() { sheet(latent_dim, device)? } else { None };
        let num_games = if rival.is_some() { 2 } else { 1 };
        let bytes = num_games * first.game.snapshot_bytes().max(1);
        let stations = stations(
            settings.int("num_updates")? as usize,
            MAX_BYTES.div_euclid(bytes).clamp(2, MAX_STATIONS),
        );
        let common = Common { subject, set, judge, z, sheet, fresh: fresh_points };
        Ok(Self { settings, common, first, rival, stations })
    }

    /// Updates that both games have behind them.
    #[must_use]
    pub fn update(&self) -> usize {
        self.sides().map(|side| side.game.update()).min().unwrap_or_default()
    }

    /// The weights that are trained in one game, of both networks.
    #[must_use]
    pub fn num_parameters(&self) -> usize {
        self.first.game.num_parameters()
    }

    fn sides(&self) -> impl Iterator<Item = &Side> {
        std::iter::once(&self.first).chain(&self.rival)
    }

    fn sides_mut(&mut self) -> impl Iterator<Item = &mut Side> {
        std::iter::once(&mut self.first).chain(&mut self.rival)
    }

    fn cannot_measure(measure: &'static str, why: &str) -> LabError {
        LabError::CannotMeasure { measure, why: why.to_owned() }
    }

    /// Puts what a sub-step shows in the place of what it replaces.
    fn slow_down(&mut self, idx: usize, moment: &mut Moment) -> Result<(), LabError> {
        let substep = self.settings.int("substep")?;
        if substep == 0 || !self.common.is_of_points() {
            return Ok(());
        }
        for side in self.sides_mut() {
            let shown = side.slow_motion(idx, substep)?;
            let is_shown = |name: &str| {
                shown.points.iter().any(|named| named.name == name)
                    || shown.pictures.iter().any(|named| named.name == name)
                    || shown.numbers.iter().any(|number| number.name == name)
            };
            moment.points.retain(|named| !is_shown(named.name));
            moment.pictures.retain(|named| !is_shown(named.name));
            moment.numbers.retain(|number| !is_shown(number.name));
            moment.points.extend(shown.points);
            moment.pictures.extend(shown.pictures);
            moment.series.extend(shown.series);
            moment.numbers.extend(shown.numbers);
        }
        Ok(())
    }
}

impl Experiment for Game {
    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn num_moments(&self) -> usize {
        self.stations.len()
    }

    fn t_of(&self, idx: usize) -> usize {
        self.stations.get(idx).or(self.stations.last()).copied().unwrap_or_default()
    }

    fn num_computed(&self) -> usize {
        self.sides().map(|side| side.recorded.len()).min().unwrap_or_default()
    }

    fn step(&mut self) -> Result<Progress, LabError> {
        let num_computed = self.num_computed();
        if let Some(update) = self.stations.get(num_computed) {
            let due = *update;
            // One side at a time, and the one that lies behind first.
            let behind = self.update();
            let common = &self.common;
            let mut sides = std::iter::once(&mut self.first).chain(&mut self.rival);
            if behind < due {
                if let Some(side) = sides.find(|side| side.game.update() == behind) {
                    side.train()?;
                }
            } else if let Some(side) = sides.find(|side| side.recorded.len() == num_computed) {
                side.record(common)?;
            }
        }
        if self.num_computed() == self.stations.len() {
            return Ok(Progress::Done);
        }
        Ok(Progress::Working { done: self.update(), total: self.t_of(usize::MAX) })
    }

    fn moment(&mut self, idx: usize) -> Result<Moment, LabError> {
        check_moment(self, idx)?;
        let (mut pictures, mut points): (Vec<NamedPicture>, Vec<NamedPoints>) = (Vec::new(), Vec::new());
        let mut series = Vec::new();
        let update = Number { name: "update", value: self.t_of(idx) as f64, unit: "updates" };
        let mut numbers = vec![update];
        if self.common.is_of_points() {
            let data: Vec<f32> = self.common.fresh.iter().take(NUM_POINTS).flatten().copied().collect();
            points.push(NamedPoints { name: "data", points: points_of(&data) });
        }
        for side in self.sides() {
            if self.common.is_of_points() {
                let (more_points, more_pictures) = side.plane(&self.common, idx)?;
                points.extend(more_points);
                pictures.extend(more_pictures);
            } else {
                let (more_pictures, more_series) = side.pictures(&self.common, idx)?;
                pictures.extend(more_pictures);
                series.extend(more_series);
            }
            numbers.extend(side.numbers(idx));
            series.extend(side.series(idx));
        }
        let samples = pictures.iter().find(|named| named.name == "samples");
        let histogram = Histogram::of(samples.map_or(&[], |named| &named.pictures));
        let mut moment = Moment { idx, t: self.t_of(idx), pictures, numbers, histogram, series, points };
        self.slow_down(idx, &mut moment)?;
        Ok(moment)
    }

    fn measure(&mut self, name: &str, idx: usize) -> Result<Number, LabError> {
        let measure = self.spec().measure(name)?;
        if measure.per_moment {
            check_moment(self, idx)?;
        }
        let number = |value| Number { name: measure.name, value, unit: measure.unit };
        let value = match measure.name {
            "update" => Some(self.t_of(idx) as f64),
            "scenario" => {
                let scenario = self.settings.text("scenario")?;
                SCENARIOS.iter().position(|name| *name == scenario).map(|place| place as f64)
            }
            "modes_ever" => {
                if self.num_computed() < self.num_moments() {
                    return Err(Self::cannot_measure(
                        "modes_ever",
                        "it has not come to its end; let it train on",
                    ));
                }
                let modes = self.first.recorded.iter().filter_map(|station| station.seen.number("modes"));
                modes.reduce(f64::max)
            }
            "readable_at" => {
                let confident = |station: &&side::Station| {
                    station.seen.number("confident").is_some_and(|share| share >= READABLE)
                };
                if self.common.judge.is_some() {
                    let found = self.first.recorded.iter().find(confident);
                    let Some(station) = found else {
                        let why = "it has not come so far; let it train on";
                        return Err(Self::cannot_measure("readable_at", why));
                    };
                    Some(station.snapshot.update() as f64)
                } else {
                    None
                }
            }
            name => {
                let numbers = self.sides().flat_map(|side| side.numbers(idx));
                numbers.into_iter().find(|number| number.name == name).map(|number| number.value)
            }
        };
        let why = match measure.name {
            "modes" | "modes_ever" => "only the grid, the rings and the two heaps have modes to count",
            "coverage" => "only points are covered; choose `data = \"moons\"`, say",
            "confident" | "classes" | "readable_at" => "only digits are read; choose `data = \"digits\"`",
            "distance" => "only a Wasserstein critic measures one; choose `loss = \"wasserstein-gp\"`",
            name if name.starts_with("rival_") => {
                "there is no second game, or it has no such measure; choose a `rival`"
            }
            _ => "nothing has been learned yet; let it train on",
        };
        value.map(number).ok_or_else(|| Self::cannot_measure(measure.name, why))
    }

    fn change(&mut self, setting: &str, value: Value) -> Result<bool, LabError> {
        let mut settings = self.settings.clone();
        settings.set_value(setting, value)?;
        let is_live = self.spec().live.contains(&setting);
        if is_live {
            let (of_first, of_rival) = scenario::sides(&settings)?;
            self.first.take_over(&of_first)?;
            if let (Some(side), Some(settings)) = (&mut self.rival, of_rival) {
                side.take_over(&settings)?;
            }
            self.settings = settings;
        }
        Ok(is_live)
    }

    fn go_back(&mut self, idx: usize) -> Result<(), LabError> {
        check_moment(self, idx)?;
        self.sides_mut().try_for_each(|side| side.go_back(idx))
    }

    fn now(&self) -> Vec<Number> {
        vec![Number { name: "update", value: self.update() as f64, unit: "updates" }]
    }
}
