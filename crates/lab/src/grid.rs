//! One picture for each pair of values of two settings, all from the same noise: what does each of them change, and what
//! both together?
//!
//! A *cell* is a picture with its row's and its column's value, and the moments are the cells, row after row. What can run
//! along a side is the guidance, the steps, the seed, until when there is guidance, and a *walk* from one prompt to another:
//! the vectors that the text encoder makes of their words are mixed, as much of the second as the place says.
//!
//! A cell is sampled by itself, a step of its sampler at a time; so a grid can be stopped at any time, and goes on.

use std::sync::Arc;

use candle_core::Tensor;
use noisebook_data::Picture;
use noisebook_diffusion::{BatchNoise, Guidance, SamplerConfig, Sampling};
use noisebook_ops::Noise;
use noisebook_probe::SceneScores;
use noisebook_shelf::{DiffusionModel, Shelf};

use crate::arrays::{pictures_of, values};
use crate::asked::{TURN, judged, words};
use crate::experiment::{check_moment, provenance_of};
use crate::{
    Context, DenoisingModel, Experiment, Histogram, LabError, Moment, NamedPicture, Number, Progress,
    PromptWord, Settings,
};

/// What can run along a side.
pub(crate) const AXES: [&str; 6] =
    ["none", "walk", "cfg_scale", "num_inference_steps", "seed", "guidance_until"];

/// The values of a side that are not evenly spread, as many as it has places: from nothing to far too much.
const SCALES: [f64; 9] = [0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 18.0, 25.0];
const STEPS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 50.0, 75.0, 100.0];

/// The experiment `grid`. Each moment is a cell.
pub struct Grid {
    settings: Settings,
    model: DenoisingModel,
    reader: Arc<DiffusionModel>,
    words: Vec<PromptWord>,
    rows: Axis,
    columns: Axis,
    finished: Vec<Finished>,
    running: Option<Sampling>,
    /// Steps taken in all cells, and steps to take.
    done: usize,
    total: usize,
}

/// What runs along a side, and its values.
struct Axis {
    name: &'static str,
    values: Vec<f64>,
}

/// What holds in one cell.
struct Cell {
    /// How far it is from the first prompt to the second.
    walk: f64,
    cfg_scale: f64,
    num_inference_steps: usize,
    seed: u64,
    guidance_until: usize,
}

/// A cell that is done.
struct Finished {
    picture: Picture,
    numbers: Vec<Number>,
}

impl Grid {
    /// Loads the model from the shelf.
    ///
    /// # Errors
    /// When it is missing or damaged or reads no words, a prompt is too long, or something runs along both sides.
    pub fn start(settings: Settings, context: &Context) -> Result<Self, LabError> {
        let shelf = Shelf::new(context.store.as_ref());
        let model = shelf.diffusion_model(settings.text("model")?, &context.device)?;
        Self::new(DenoisingModel::from(model), settings)
    }

    pub(crate) fn new(model: DenoisingModel, settings: Settings) -> Result<Self, LabError> {
        let wrong = |why: String| LabError::Model { model: model.name.clone(), why };
        let Some(reader) = model.words.clone() else {
            return Err(wrong(
                "it reads no words, and a grid is made from a prompt; use a model that reads".to_owned(),
            ));
        };
        let num_steps = model.schedule.num_train_timesteps();
        let rows = Axis::new(settings.text("rows")?, settings.int("num_rows")?, &settings, num_steps)?;
        let columns =
            Axis::new(settings.text("columns")?, settings.int("num_columns")?, &settings, num_steps)?;
        for setting in ["prompt", "to", "negative"] {
            if settings.text(setting)?.contains(TURN) {
                return Err(wrong(format!(
                    "in a grid no prompts take turns, and `{setting}` has a `{TURN}`; use one prompt, or `to` and a walk"
                )));
            }
        }
        if rows.name == columns.name && rows.name != "none" {
            return Err(wrong(format!(
                "`rows` and `columns` are both {}; choose two different ones",
                rows.name
            )));
        }
        if [&rows, &columns].iter().any(|axis| axis.name == "walk") && settings.text("to")?.is_empty() {
            return Err(wrong("a walk leads to a second prompt, and `to` is empty; say where to".to_owned()));
        }
        let mut grid = Self {
            words: words(&model, &settings)?,
            settings,
            model,
            reader,
            rows,
            columns,
            finished: Vec::new(),
            running: None,
            done: 0,
            total: 0,
        };
        for idx in 0..grid.num_moments() {
            grid.total += grid.set_off(idx)?.num_steps();
        }
        Ok(grid)
    }

    /// Row and column of a cell.
    fn place(&self, idx: usize) -> (usize, usize) {
        let num_columns = self.columns.values.len();
        (idx.div_euclid(num_columns), idx % num_columns)
    }

    fn cell(&self, idx: usize) -> Result<Cell, LabError> {
        let settings = &self.settings;
        let mut cell = Cell {
            walk: 0.0,
            cfg_scale: settings.float("cfg_scale")?,
            num_inference_steps: settings.int("num_inference_steps")? as usize,
            seed: settings.int("seed")?,
            guidance_until: 0,
        };
        let (row, column) = self.place(idx);
        for (axis, place) in [(&self.rows, row), (&self.columns, column)] {
            let value = axis.values.get(place).copied().unwrap_or_default();
            match axis.name {
                "walk" => cell.walk = value,
                "cfg_scale" => cell.cfg_scale = value,
                "num_inference_steps" => cell.num_inference_steps = value as usize,
                "seed" => cell.seed = cell.seed.saturating_add(place as u64),
                "guidance_until" => cell.guidance_until = value as usize,
                _ => {}
            }
        }
        Ok(cell)
    }

    fn set_off(&self, idx: usize) -> Result<Sampling, LabError> {
        let Cell { walk, cfg_scale, num_inference_steps, seed, guidance_until } = self.cell(idx)?;
        let (reader, settings) = (&self.reader, &self.settings);
        let cond = reader.mixed_cond(settings.text("prompt")?, settings.text("to")?, &[walk])?;
        let mut guidance = Guidance::Scale(cfg_scale);
        let negative = settings.text("negative")?;
        if !negative.is_empty() {
            guidance = guidance.away_from(reader.prompt_cond(&[negative])?);
        }
        if guidance_until > 0 {
            guidance = guidance.within(guidance_until..=self.model.schedule.num_train_timesteps());
        }
        let config = SamplerConfig {
            sampler: settings.text("sampler")?.parse()?,
            num_inference_steps,
            ..reader.sampler_config()
        };
        let sampler = config.build(&self.model.schedule)?;
        let [c, h, w] = self.model.sample_shape;
        let noise = BatchNoise::new(Noise::new(seed), 0, &[1, c, h, w], &self.model.device)?;
        Ok(Sampling::new(Arc::clone(&self.model.denoiser), sampler, cond, guidance, noise)?)
    }

    fn finish(&self, idx: usize, x_0: &Tensor) -> Result<Finished, LabError> {
        let [c, h, w] = self.model.sample_shape;
        let picture = pictures_of(&values(&x_0.clamp(-1.0, 1.0)?)?, (1, c, h, w))?.remove(0);
        let (row, column) = self.place(idx);
        let first = self.finished.get(idx - column).map_or(&picture, |first| &first.picture);
        // √ of the mean squared difference
        let square = (&picture - first).mapv(|off| f64::from(off * off)).mean().unwrap_or_default();
        let number = |name, value| Number { name, value, unit: "" };
        let mut numbers = vec![
            number("row", row as f64),
            number("column", column as f64),
            number("row_value", self.rows.values.get(row).copied().unwrap_or_default()),
            number("column_value", self.columns.values.get(column).copied().unwrap_or_default()),
            number("changed", square.sqrt()),
        ];
        // On the way to another prompt this one is left; and one that no caption is like cannot be judged, which is no error.
        let is_of_prompt = self.cell(idx)?.walk == 0.0;
        if is_of_prompt && let Ok(scores) = judged(&self.settings, "joint", std::slice::from_ref(&picture)) {
            let SceneScores { colour, shape, position, joint } = scores;
            let named = [("colour", colour), ("shape", shape), ("position", position), ("joint", joint)];
            numbers.extend(named.map(|(name, share)| number(name, share)));
        }
        Ok(Finished { picture, numbers })
    }
}

impl Axis {
    /// `num` places of what `name` says, on a schedule of `num_steps`.
    fn new(name: &str, num: u64, settings: &Settings, num_steps: usize) -> Result<Self, LabError> {
        let num = num as usize;
        let evenly = |from: f64, to: f64| {
            let last = num.saturating_sub(1).max(1) as f64;
            (0..num).map(|nth| from + (to - from) * nth as f64 / last).collect::<Vec<f64>>()
        };
        let name = AXES.into_iter().find(|known| *known == name).unwrap_or("none");
        let values = match name {
            "walk" => evenly(0.0, 1.0),
            "cfg_scale" => SCALES.into_iter().take(num).collect(),
            "num_inference_steps" => STEPS.into_iter().take(num).collect(),
            "seed" => {
                let seed = settings.int("seed")?;
                (0..num as u64).map(|nth| seed.saturating_add(nth) as f64).collect()
            }
            "guidance_until" => evenly(num_steps as f64, 0.0).into_iter().map(f64::round).collect(),
            _ => vec![0.0],
        };
        Ok(Self { name, values })
    }
}

impl Experiment for Grid {
    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn num_moments(&self) -> usize {
        self.rows.values.len() * self.columns.values.len()
    }

    fn t_of(&self, idx: usize) -> usize {
        idx.min(self.num_moments().saturating_sub(1))
    }

    fn num_computed(&self) -> usize {
        self.finished.len()
    }

    fn step(&mut self) -> Result<Progress, LabError> {
        let idx = self.finished.len();
        if idx >= self.num_moments() {
            return Ok(Progress::Done);
        }
        let mut sampling = match self.running.take() {
            Some(sampling) => sampling,
            None => self.set_off(idx)?,
        };
        sampling.step()?;
        self.done += 1;
        if sampling.step_idx() < sampling.num_steps() {
            self.running = Some(sampling);
        } else {
            let finished = self.finish(idx, sampling.x_t())?;
            self.finished.push(finished);
        }
        Ok(Progress::of(self.done, self.total))
    }

    fn moment(&mut self, idx: usize) -> Result<Moment, LabError> {
        check_moment(self, idx)?;
        let cell = self.finished.get(idx);
        let pictures: Vec<Picture> = cell.map(|cell| cell.picture.clone()).into_iter().collect();
        Ok(Moment {
            idx,
            t: self.t_of(idx),
            numbers: cell.map(|cell| cell.numbers.clone()).unwrap_or_default(),
            histogram: Histogram::of(&pictures),
            pictures: vec![NamedPicture { name: "finished", pictures }],
            series: Vec::new(),
            points: Vec::new(),
        })
    }

    fn measure(&mut self, name: &str, idx: usize) -> Result<Number, LabError> {
        let measure = self.spec().measure(name)?;
        check_moment(self, idx)?;
        let numbers = self.finished.get(idx).map(|cell| cell.numbers.as_slice()).unwrap_or_default();
        let found = numbers.iter().find(|number| number.name == measure.name).copied();
        found.ok_or_else(|| LabError::CannotMeasure {
            measure: measure.name,
            why: "the cell is on a walk away from the prompt, or that is not worded as the captions of scenes are; try \
                  \"a red circle left of a blue square\""
                .to_owned(),
        })
    }

    fn words(&self) -> Option<&[PromptWord]> {
        Some(&self.words)
    }

    fn provenance(&self) -> Vec<(String, String)> {
        provenance_of(&self.settings, &self.model.provenance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{model_of, run, settings, words_model};

    const WALK: [(&str, &str); 6] = [
        ("prompt", "a red circle"),
        ("to", "a blue square"),
        ("rows", "cfg_scale"),
        ("num_rows", "2"),
        ("columns", "walk"),
        ("num_columns", "3"),
    ];

    fn grid(typed: &[(&str, &str)]) -> Grid {
        let typed = [typed, &[("num_inference_steps", "4")]].concat();
        run(Grid::new(words_model(), settings("grid", &typed)).unwrap())
    }

    fn pictures(grid: &mut Grid) -> Vec<Picture> {
        (0..grid.num_moments())
            .map(|idx| grid.moment(idx).unwrap().pictures_of("finished").unwrap()[0].clone())
            .collect()
    }

    #[test]
    fn a_walk_begins_and_ends_at_the_prompts_bit_for_bit() {
        let mut walk = grid(&WALK);
        assert_eq!((walk.num_moments(), walk.num_computed()), (6, 6));
        let cells = pictures(&mut walk);
        for (prompt, column) in [("a red circle", 0), ("a blue square", 2)] {
            let still = [("prompt", prompt), ("rows", "cfg_scale"), ("num_rows", "2"), ("columns", "none")];
            let ends = pictures(&mut grid(&still));
            assert_eq!([&cells[column], &cells[3 + column]], [&ends[0], &ends[1]]);
        }
        assert!(cells[4] != cells[3] && cells[4] != cells[5], "half-way is neither");
    }

    #[test]
    fn each_cell_says_where_it_is_and_how_far_from_its_rows_first() {
        let mut walk = grid(&WALK);
        let mut of = |name: &str, idx| walk.measure(name, idx).unwrap().value;
        assert_eq!([of("row", 4), of("column", 4)], [1.0, 1.0]);
        assert_eq!([of("row_value", 4), of("column_value", 4)], [1.0, 0.5]);
        assert_eq!([of("changed", 0), of("changed", 3)], [0.0, 0.0]);
        assert!(of("changed", 5) > 0.0);
        assert!((0.0..=1.0).contains(&of("joint", 3)));
        // Without the words a scale of 0 sees nothing of the walk.
        assert_eq!(of("changed", 2), 0.0);
        // Away from the prompt it is no measure.
        let error = walk.measure("joint", 5).unwrap_err().to_string();
        assert!(error.contains("on a walk away from the prompt"), "{error}");
    }

    #[test]
    fn cells_are_drawn_with_the_sampler_that_was_asked_for() {
        let first = |sampler| pictures(&mut grid(&[("num_columns", "1"), ("sampler", sampler)])).remove(0);
        let straight = first("flow-euler");
        assert_eq!(straight, first("flow-euler"));
        assert_ne!(straight, first("euler-ancestral"), "fresh noise leads elsewhere");
    }

    #[test]
    fn sides_have_the_values_that_they_are_called_by() {
        let settings = settings("grid", &[("seed", "7")]);
        let values = |name, num| Axis::new(name, num, &settings, 1000).unwrap().values;
        assert_eq!(values("seed", 3), [7.0, 8.0, 9.0]);
        assert_eq!(values("cfg_scale", 4), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(values("num_inference_steps", 3), [1.0, 2.0, 4.0]);
        assert_eq!(values("guidance_until", 5), [1000.0, 750.0, 500.0, 250.0, 0.0]);
        assert_eq!(values("walk", 1), [0.0]);
        assert_eq!(values("none", 5), [0.0]);
    }

    #[test]
    fn what_makes_no_grid_is_said() {
        let check = |model, typed: &[(&str, &str)], says: &str| {
            let error = Grid::new(model, settings("grid", typed)).err().unwrap().to_string();
            assert!(error.contains(says), "{error}");
        };
        check(words_model(), &[("rows", "seed"), ("columns", "seed")], "are both seed; choose two different");
        check(words_model(), &[("columns", "walk")], "a walk leads to a second prompt, and `to` is empty");
        check(
            words_model(),
            &[("prompt", "a red circle | a cross")],
            "no prompts take turns, and `prompt` has a `|`",
        );
        check(model_of(0.3), &[], "it reads no words, and a grid is made from a prompt");
    }
}
