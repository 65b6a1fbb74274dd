//! Samplers race from the same noise up a ladder of steps: what does a picture cost, and how good is it?
//!
//! A *cell* is one sampler with one number of steps.
//! Moment 0 is the *long path*, many steps of a sampler that throws no dice; moments 1, 2, … are the cells, every other
//! rung of the ladder first and the rungs between after them, so that the picture fills in evenly.
//!
//! Two things are measured of a cell's pictures.
//! *Read as their label* is the share that an independent classifier, which taught no generator, reads as what was asked
//! for.
//! *Distance* is how far they are from where the long path leads: samplers without fresh noise all follow the same curve
//! (the probability flow of Song et al. 2021, arXiv 2011.13456), each with its own error; samplers with fresh noise go
//! elsewhere, however many steps they take.
//!
//! What a cell costs is counted where it arises, at the network: guidance asks twice a step, and some samplers do too.

use crate::asked::labels;
use crate::denoising::{pictures_of, tensor_values};
use crate::experiment::{check_moment, provenance_of};
use crate::{
    Clock, Context, DenoisingModel, Experiment, Histogram, LabError, Moment, NamedPicture, Number, Progress,
    Settings,
};
use candle_core::{D, DType, Result as TensorResult, Tensor};
use noisebook_data::Store;
use noisebook_diffusion::{
    BatchNoise, Cond, Denoiser, Guidance, SamplerConfig, SamplerName, Sampling, Spacing,
};
use noisebook_ops::{Device, Noise, on_pool};
use noisebook_shelf::{ModelKind, Shelf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The samplers that can race; a moment's number `sampler` is a place in this list.
pub const RACERS: [&str; 8] =
    ["ddpm", "ddim", "euler", "euler-ancestral", "heun", "dpmpp-2m", "unipc", "flow-euler"];

/// The values of the setting `samplers`: a few together, or one alone.
pub(crate) const FIELDS: [&str; 13] = [
    "all",
    "steady",
    "restless",
    "ddpm-ddim",
    "euler-heun-2m",
    "ddpm",
    "ddim",
    "euler",
    "euler-ancestral",
    "heun",
    "dpmpp-2m",
    "unipc",
    "flow-euler",
];

/// The rungs of the ladder, up to the setting `max_steps`.
const LADDER: [usize; 12] = [2, 3, 5, 8, 13, 20, 35, 50, 100, 200, 500, 1000];

/// The steps of the long path.
const LONG_PATH: usize = 200;

/// From this distance on a sampler has arrived: a twentieth of the way from black to white.
const ARRIVED: f64 = 0.1;

/// Whether a sampler draws fresh noise on its way, so that it has no path of its own to follow.
pub fn draws_noise(sampler: &str) -> bool {
    ["ddpm", "euler-ancestral"].contains(&sampler)
}

/// The samplers that a value of the setting `samplers` stands for.
fn field(samplers: &str) -> Vec<&'static str> {
    let is_in = |racer: &&'static str| match samplers {
        "all" => true,
        "steady" => !draws_noise(racer),
        "restless" => draws_noise(racer),
        "ddpm-ddim" => ["ddpm", "ddim"].contains(racer),
        "euler-heun-2m" => ["euler", "heun", "dpmpp-2m"].contains(racer),
        one => *racer == one,
    };
    RACERS.into_iter().filter(is_in).collect()
}

/// Reads what each picture of a batch `(b, c, h, w)` shows.
pub(crate) type Judge = Box<dyn Fn(&Tensor) -> Result<Vec<u32>, LabError> + Send>;

/// The experiment `race`. Moment 0 is the long path, the others are the cells.
pub struct Race {
    settings: Settings,
    model: DenoisingModel,
    /// How often the network was asked, in all.
    calls: Arc<AtomicU64>,
    cond: Cond,
    guidance: Guidance,
    noise: BatchNoise,
    /// What each picture should show; empty where nothing in particular was asked for.
    labels: Vec<u32>,
    judge: Option<Judge>,
    clock: Option<Clock>,
    cells: Vec<Cell>,
    finished: Vec<Finished>,
    running: Option<Running>,
    /// Steps taken in all cells, and steps to take.
    done: usize,
    total: usize,
}

/// One sampler with one number of steps.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cell {
    /// Its sampler's place in [`RACERS`].
    place: usize,
    config: SamplerConfig,
}

/// A cell under way.
struct Running {
    sampling: Sampling,
    calls_before: u64,
    seconds: f64,
}

/// A cell that has arrived.
struct Finished {
    pictures: Tensor,
    numbers: Vec<Number>,
}

impl Race {
    /// Loads the model from the shelf, and a classifier of such pictures that knows as many labels.
    ///
    /// # Errors
    /// When something that it needs is missing or damaged, or none of the samplers suits the model.
    pub fn start(settings: Settings, context: &Context) -> Result<Self, LabError> {
        let store = context.store.as_ref();
        let model = Shelf::new(store).diffusion_model(settings.text("model")?, &context.device)?;
        let model = DenoisingModel::from(model);
        let judge = judge(&model, store, &context.device)?;
        Self::new(model, judge, settings, context.clock.clone())
    }

    pub(crate) fn new(
        model: DenoisingModel,
        judge: Option<Judge>,
        settings: Settings,
        clock: Option<Clock>,
    ) -> Result<Self, LabError> {
        let num = settings.int("num")? as usize;
        let cfg_scale = settings.float("cfg_scale")?;
        let label = settings.text("label")?;
        let cond = labels(&model, label, num)?;
        // Whoever does not listen to the label cannot be judged by it.
        let labels = match cond.tensor() {
            Some(labels) if cfg_scale != 0.0 => labels.to_vec1::<u32>()?,
            _ => Vec::new(),
        };
        let [c, h, w] = model.sample_shape;
        let noise = BatchNoise::new(Noise::new(settings.int("seed")?), 0, &[num, c, h, w], &model.device)?;
        let calls = Arc::new(AtomicU64::new(0));
        let counted = Counted { denoiser: Arc::clone(&model.denoiser), calls: Arc::clone(&calls) };
        let model = DenoisingModel { denoiser: Arc::new(counted), ..model };
        let cells = cells(&model, &settings)?;
        let steps = |cell: &Cell| Ok(cell.config.build(&model.schedule)?.timesteps().len());
        let total = cells.iter().map(steps).sum::<Result<usize, LabError>>()?;
        Ok(Self {
            settings,
            model,
            calls,
            cond,
            guidance: Guidance::Scale(cfg_scale),
            noise,
            labels,
            judge,
            clock,
            cells,
            finished: Vec::new(),
            running: None,
            done: 0,
            total,
        })
    }

    fn now(&self) -> f64 {
        self.clock.as_ref().map_or(0.0, |clock| clock())
    }

    fn set_off(&self, cell: Cell) -> Result<Running, LabError> {
        let denoiser = Arc::clone(&self.model.denoiser);
        let sampler = cell.config.build(&self.model.schedule)?;
        let sampling =
            Sampling::new(denoiser, sampler, self.cond.clone(), self.guidance.clone(), self.noise.clone())?;
        Ok(Running { sampling, calls_before: self.calls.load(Ordering::Relaxed), seconds: 0.0 })
    }

    fn arrive(&self, cell: Cell, running: &Running) -> Result<Finished, LabError> {
        let pictures = running.sampling.x_t().to_dtype(DType::F32)?;
        let number = |name, value, unit| Number { name, value, unit };
        let calls = self.calls.load(Ordering::Relaxed).saturating_sub(running.calls_before);
        let mut numbers = vec![
            number("sampler", cell.place as f64, ""),
            number("steps", cell.config.num_inference_steps as f64, "steps"),
            number("network_calls", calls as f64, "calls"),
        ];
        if self.clock.is_some() {
            numbers.push(number("seconds", running.seconds, "s"));
        }
        if let Some(judge) = self.judge.as_ref().filter(|_| !self.labels.is_empty()) {
            let read = judge(&pictures.clamp(-1.0, 1.0)?)?;
            let right = read.iter().zip(&self.labels).filter(|(read, label)| read == label).count();
            let share = 100.0 * right as f64 / self.labels.len() as f64;
            numbers.push(number("read_as_label", share, "%"));
        }
        let goal = self.finished.first().map_or(&pictures, |long_path| &long_path.pictures);
        // √ of the mean squared difference
        let mean_square = (&pictures - goal)?.sqr()?.mean_all()?.to_scalar::<f32>()?;
        numbers.push(number("distance", f64::from(mean_square).sqrt(), ""));
        Ok(Finished { pictures, numbers })
    }

    /// The fewest calls of a cell that is good enough.
    fn fewest_calls(
        &self,
        measure: &'static str,
        what: &str,
        is_good: impl Fn(&Finished) -> bool,
    ) -> Result<f64, LabError> {
        if self.finished.len() < self.cells.len() {
            let why = "the race is not over; let it run to its end".to_owned();
            return Err(LabError::CannotMeasure { measure, why });
        }
        // The long path does not race.
        let good = self.finished.iter().skip(1).filter(|cell| is_good(cell));
        let fewest = good.filter_map(|cell| cell.number("network_calls")).reduce(f64::min);
        fewest.ok_or_else(|| LabError::CannotMeasure { measure, why: format!("no sampler {what}") })
    }
}

impl Finished {
    fn number(&self, name: &str) -> Option<f64> {
        self.numbers.iter().find(|number| number.name == name).map(|number| number.value)
    }
}

impl Experiment for Race {
    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn num_moments(&self) -> usize {
        self.cells.len()
    }

    fn t_of(&self, idx: usize) -> usize {
        idx.min(self.cells.len().saturating_sub(1))
    }

    fn num_computed(&self) -> usize {
        self.finished.len()
    }

    fn step(&mut self) -> Result<Progress, LabError> {
        let Some(cell) = self.cells.get(self.finished.len()).copied() else {
            return Ok(Progress::Done);
        };
        let mut running = match self.running.take() {
            Some(running) => running,
            None => self.set_off(cell)?,
        };
        let before = self.now();
        running.sampling.step()?;
        running.seconds += self.now() - before;
        self.done += 1;
        if running.sampling.step_idx() < running.sampling.num_steps() {
            self.running = Some(running);
        } else {
            let finished = self.arrive(cell, &running)?;
            self.finished.push(finished);
        }
        Ok(Progress::of(self.done, self.total))
    }

    fn moment(&mut self, idx: usize) -> Result<Moment, LabError> {
        check_moment(self, idx)?;
        let (mut pictures, mut numbers) = (Vec::new(), Vec::new());
        if let Some(cell) = self.finished.get(idx) {
            pictures = pictures_of(&tensor_values(&cell.pictures)?, self.model.sample_shape)?;
            numbers.clone_from(&cell.numbers);
        }
        let histogram = Histogram::of(&pictures);
        let pictures = vec![NamedPicture { name: "finished", pictures }];
        Ok(Moment {
            idx,
            t: self.t_of(idx),
            pictures,
            numbers,
            histogram,
            series: Vec::new(),
            points: Vec::new(),
        })
    }

    fn measure(&mut self, name: &str, idx: usize) -> Result<Number, LabError> {
        let measure = self.spec().measure(name)?;
        let value = match measure.name {
            "calls_to_90_percent" => {
                let what = "has 90 % of its pictures read as their label";
                let is_good = |cell: &Finished| cell.number("read_as_label").is_some_and(|read| read >= 90.0);
                self.fewest_calls(measure.name, what, is_good)?
            }
            "calls_to_arrive" => {
                let what = "comes within 0.1 of where the long path leads";
                let is_good = |cell: &Finished| cell.number("distance").is_some_and(|off| off <= ARRIVED);
                self.fewest_calls(measure.name, what, is_good)?
            }
            _ => {
                check_moment(self, idx)?;
                let found = self.finished.get(idx).and_then(|cell| cell.number(measure.name));
                found.ok_or_else(|| {
                    let why = if measure.name == "seconds" {
                        "nobody holds a clock".to_owned()
                    } else {
                        "no classifier knows the labels of this model, or none was asked for".to_owned()
                    };
                    LabError::CannotMeasure { measure: measure.name, why }
                })?
            }
        };
        Ok(Number { name: measure.name, value, unit: measure.unit })
    }

    fn labels(&self) -> &[String] {
        &self.model.labels
    }

    fn provenance(&self) -> Vec<(String, String)> {
        provenance_of(&self.settings, &self.model.provenance)
    }
}

/// A sampler's name, and its points: network calls and what was measured.
type RaceLine = (&'static str, Vec<(f64, f64)>);

/// A measure of the cells that have arrived over their network calls: for each sampler its name and its points by rising
/// calls, without the long path. A cell of which there is no such number is left out.
pub fn race_lines(experiment: &mut dyn Experiment, measure: &str) -> Result<Vec<RaceLine>, LabError> {
    let measure = experiment.spec().measure(measure)?;
    let mut lines = Vec::from(RACERS.map(|racer| (racer, Vec::new())));
    for idx in 1..experiment.num_computed() {
        let moment = experiment.moment(idx)?;
        let place = moment.number("sampler").and_then(|place| lines.get_mut(place as usize));
        if let (Some((_, points)), Some(calls), Some(value)) =
            (place, moment.number("network_calls"), moment.number(measure.name))
        {
            points.push((calls, value));
        }
    }
    lines.retain(|(_, points)| !points.is_empty());
    for (_, points) in &mut lines {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    Ok(lines)
}

/// The long path, and then every rung of every sampler that suits the model.
fn cells(model: &DenoisingModel, settings: &Settings) -> Result<Vec<Cell>, LabError> {
    let karras = settings.bool("karras")?;
    let config = |racer: &str, num_inference_steps, karras| -> Option<SamplerConfig> {
        // Elsewhere than on the straight path it takes the very steps of Euler.
        if racer == "flow-euler" && !model.schedule.is_straight() {
            return None;
        }
        let config = SamplerConfig {
            sampler: racer.parse::<SamplerName>().ok()?,
            num_inference_steps,
            spacing: Spacing::Trailing,
            karras,
            prediction: model.prediction,
            ..SamplerConfig::for_pictures()
        };
        // Whoever cannot read this model's output does not race.
        config.build(&model.schedule).is_ok().then_some(config)
    };
    let cell = |racer: &str, num_steps, karras| {
        let place = RACERS.iter().position(|known| *known == racer)?;
        Some(Cell { place, config: config(racer, num_steps, karras)? })
    };
    let most = (settings.int("max_steps")? as usize).min(model.schedule.num_train_timesteps());
    let rungs: Vec<usize> = LADDER.into_iter().filter(|rung| *rung <= most).collect();
    let coarse_first = rungs.iter().step_by(2).chain(rungs.iter().skip(1).step_by(2));
    let field = field(settings.text("samplers")?);
    let raced = coarse_first.flat_map(|rung| field.iter().filter_map(|racer| cell(racer, *rung, karras)));
    let long = LONG_PATH.min(model.schedule.num_train_timesteps());
    let long_path = ["dpmpp-2m", "flow-euler", "ddim"].into_iter().find_map(|racer| cell(racer, long, false));
    let cells: Vec<Cell> = long_path.into_iter().chain(raced).collect();
    if cells.len() < 2 {
        let why =
            format!("it cannot be sampled with `samplers = \"{}\"`; try \"all\"", settings.text("samplers")?);
        return Err(LabError::Model { model: model.name.clone(), why });
    }
    Ok(cells)
}

/// The first classifier from the shelf, by name, that takes pictures of this shape and knows as many labels, if there is one.
fn judge(model: &DenoisingModel, store: &dyn Store, device: &Device) -> Result<Option<Judge>, LabError> {
    let shelf = Shelf::new(store);
    for name in shelf.names()? {
        let file = shelf.file(&name)?;
        let ModelKind::Classifier { net } = &file.kind else {
            continue;
        };
        let fits = [net.in_channels, net.size, net.size] == model.sample_shape
            && net.num_classes == model.labels.len()
            && file.weights.is_some();
        if fits {
            let classifier = shelf.classifier(&name, device)?;
            return Ok(Some(Box::new(move |pictures| {
                let (_, logits) = on_pool(|| classifier.read(pictures))?;
                Ok(logits.argmax(D::Minus1)?.to_vec1()?)
            })));
        }
    }
    Ok(None)
}

/// A network that counts how often it is asked.
struct Counted {
    denoiser: Arc<dyn Denoiser>,
    calls: Arc<AtomicU64>,
}

impl Denoiser for Counted {
    fn predict(&self, x_t: &Tensor, t: f64, cond: &Cond) -> TensorResult<Tensor> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.denoiser.predict(x_t, t, cond)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{model_of, run, settings};
    use std::collections::BTreeMap;

    /// A clock that stands still but for a tenth of a second at each look.
    fn clock() -> Clock {
        let looks = AtomicU64::new(0);
        Arc::new(move || looks.fetch_add(1, Ordering::Relaxed) as f64 / 10.0)
    }

    /// The formula's pictures are gray, a tenth of their label: their mean says what they show.
    fn by_gray() -> Judge {
        Box::new(|pictures| {
            let means = pictures.flatten_from(1)?.mean(1)?.to_vec1::<f32>()?;
            Ok(means.into_iter().map(|mean| (10.0 * mean).round().max(0.0) as u32).collect())
        })
    }

    fn race(typed: &[(&str, &str)]) -> Race {
        Race::new(model_of(0.3), Some(by_gray()), settings("race", typed), Some(clock())).unwrap()
    }

    /// (sampler, steps) of each moment.
    fn order(race: &mut Race) -> Vec<(&'static str, usize)> {
        (0..race.num_moments())
            .map(|idx| {
                let moment = race.moment(idx).unwrap();
                (RACERS[moment.number("sampler").unwrap() as usize], moment.number("steps").unwrap() as usize)
            })
            .collect()
    }

    #[test]
    fn the_long_path_comes_first_and_then_every_other_rung() {
        let mut race = run(race(&[("samplers", "ddpm-ddim"), ("max_steps", "13"), ("num", "2")]));
        let expected = [
            ("dpmpp-2m", 200),
            ("ddpm", 2),
            ("ddim", 2),
            ("ddpm", 5),
            ("ddim", 5),
            ("ddpm", 13),
            ("ddim", 13),
            ("ddpm", 3),
            ("ddim", 3),
            ("ddpm", 8),
            ("ddim", 8),
        ];
        assert_eq!(order(&mut race), expected);
        let t: Vec<usize> = (0..race.num_moments()).map(|idx| race.t_of(idx)).collect();
        assert_eq!(t, (0..11).collect::<Vec<_>>(), "every moment has a t of its own");
    }

    #[test]
    fn calls_are_counted_at_the_network() {
        let check = |cfg_scale: &str, factor: f64| {
            let typed = [("samplers", "ddim"), ("max_steps", "5"), ("num", "1"), ("cfg_scale", cfg_scale)];
            let mut race = run(race(&typed));
            for idx in 0..race.num_moments() {
                let moment = race.moment(idx).unwrap();
                let steps = moment.number("steps").unwrap();
                assert_eq!(moment.number("network_calls").unwrap(), factor * steps, "cfg_scale {cfg_scale}");
                // The clock goes on by a tenth for each step.
                assert!((moment.number("seconds").unwrap() - 0.1 * steps).abs() < 1e-9);
            }
        };
        check("1", 1.0);
        check("2", 2.0);
        check("0", 1.0);
    }

    #[test]
    fn more_steps_come_nearer_to_the_long_path() {
        let mut race = run(race(&[("samplers", "ddim"), ("num", "4")]));
        let mut cells: Vec<(f64, f64)> = (1..race.num_moments())
            .map(|idx| {
                let moment = race.moment(idx).unwrap();
                (moment.number("steps").unwrap(), moment.number("distance").unwrap())
            })
            .collect();
        cells.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(cells.windows(2).all(|pair| pair[1].1 < pair[0].1), "{cells:?}");
        assert_eq!(race.moment(0).unwrap().number("distance").unwrap(), 0.0);
        let arrived = race.measure("calls_to_arrive", 0).unwrap().value;
        let first = cells.iter().find(|(_, distance)| *distance <= 0.1).unwrap();
        assert_eq!(arrived, first.0);
    }

    #[test]
    fn restless_samplers_do_not_follow_the_path() {
        let mut race = run(race(&[("samplers", "ddpm-ddim"), ("num", "4")]));
        let mut at_most_steps = BTreeMap::new();
        for idx in 1..race.num_moments() {
            let moment = race.moment(idx).unwrap();
            if moment.number("steps") == Some(50.0) {
                let name = RACERS[moment.number("sampler").unwrap() as usize];
                at_most_steps.insert(name, moment.number("distance").unwrap());
            }
        }
        assert!(at_most_steps["ddpm"] > 5.0 * at_most_steps["ddim"], "{at_most_steps:?}");
    }

    #[test]
    fn pictures_are_read_by_somebody_else() {
        let mut race = run(race(&[("samplers", "ddim"), ("label", "5"), ("max_steps", "50")]));
        let share = race.measure("read_as_label", 0).unwrap().value;
        assert_eq!(share, 100.0);
        assert!(race.measure("calls_to_90_percent", 0).unwrap().value <= 50.0);
        let mut deaf = run(self::race(&[("samplers", "ddim"), ("cfg_scale", "0"), ("max_steps", "3")]));
        let error = deaf.measure("read_as_label", 0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`read_as_label` cannot be measured here: no classifier knows the labels of this model, or none was asked for"
        );
    }

    #[test]
    fn a_race_can_stop_anywhere_and_says_what_is_missing() {
        let mut race = race(&[("samplers", "ddim"), ("max_steps", "3"), ("num", "1")]);
        assert_eq!(race.step().unwrap(), Progress::Working { done: 1, total: 205 });
        assert_eq!(race.num_computed(), 0);
        let error = race.measure("calls_to_arrive", 0).unwrap_err().to_string();
        assert!(error.contains("the race is not over; let it run to its end"), "{error}");
        assert!(race.moment(0).unwrap_err().to_string().contains("not computed yet"));
        let mut race = run(race);
        assert_eq!(race.step().unwrap(), Progress::Done);
    }

    #[test]
    fn without_a_clock_nothing_is_said_of_time() {
        let settings = settings("race", &[("samplers", "ddim"), ("max_steps", "2"), ("num", "1")]);
        let mut race = run(Race::new(model_of(0.3), None, settings, None).unwrap());
        assert_eq!(race.moment(1).unwrap().number("seconds"), None);
        let error = race.measure("seconds", 1).unwrap_err().to_string();
        assert!(error.ends_with("nobody holds a clock"), "{error}");
    }

    #[test]
    fn the_same_seed_races_the_same() {
        let of = |seed| {
            let mut race = run(race(&[("max_steps", "3"), ("num", "2"), ("seed", seed)]));
            let last = race.num_moments() - 1;
            race.moment(last).unwrap().pictures_of("finished").unwrap().to_vec()
        };
        assert_eq!(of("4"), of("4"));
        assert_ne!(of("4"), of("5"));
    }
}
