//! Two noise schedules side by side: the same picture and the same noise, mixed in the shares that each of them has at t.
//!
//! A schedule has a name, or it is drawn through a few points; either can be made to end in pure noise (Lin et al. 2023,
//! "Common Diffusion Noise Schedules and Sample Steps are Flawed", arXiv 2305.08891). What is called `signal_rate`, `beta`, …
//! is of schedule A, and what ends in `_b` of B.
//!
//! Another curve is another pair of tables and nothing else, so a schedule that is dragged takes effect at once: picture,
//! noise and what the ideal eye needs are kept.

use crate::experiment::{check_moment, provenance_of};
use crate::eye::{cannot_recognize, equal_rates_at, least_signal, recognized_at, set_of_pictures};
use crate::noising::{check_shape, picture_of};
use crate::{
    Context, Experiment, Histogram, LabError, Moment, NamedPicture, Number, Progress, Settings, Value,
};
use noisebook_data::{Picture, Store};
use noisebook_diffusion::{DrawnSchedule, NoiseSchedule, Rates, q_sample_array};
use noisebook_ops::{Noise, Stream};
use std::sync::Arc;

/// The experiment `schedules`. Moment idx is t; `x_t` has two pictures, that of A before that of B.
pub struct Schedules {
    settings: Settings,
    a: NoiseSchedule,
    b: NoiseSchedule,
    x0: Picture,
    eps: Picture,
    store: Arc<dyn Store>,
    /// The least √snr at which an ideal eye knows the picture, once somebody has asked.
    least_signal: Option<f64>,
}

impl Schedules {
    /// Loads the picture.
    pub fn start(settings: Settings, context: &Context) -> Result<Self, LabError> {
        let x0 = picture_of("picture", &settings, context)?;
        check_shape(&x0)?;
        let eps = Noise::new(settings.int("seed")?).normal_array(Stream::Forward, 0, 0, x0.dim());
        let (a, b) = both(&settings)?;
        Ok(Self { settings, a, b, x0, eps, store: Arc::clone(&context.store), least_signal: None })
    }

    fn least_signal(&mut self) -> Result<f64, LabError> {
        if let Some(known) = self.least_signal {
            return Ok(known);
        }
        let id = self.settings.text("picture")?;
        if id == "own" {
            return Err(cannot_recognize(
                "your own picture is the only one of its set; choose an emoji or a digit",
            ));
        }
        let others = set_of_pictures(self.store.as_ref(), id)?;
        let least = least_signal(&self.x0, &self.eps, &others);
        self.least_signal = Some(least);
        Ok(least)
    }

    /// Every number of a moment: t, then those of A, then those of B.
    fn numbers(&self, t: usize) -> Result<Vec<Number>, LabError> {
        const A: [&str; 6] = ["beta", "signal_rate", "noise_rate", "alpha_cumprod", "snr", "snr_db"];
        const B: [&str; 6] =
            ["beta_b", "signal_rate_b", "noise_rate_b", "alpha_cumprod_b", "snr_b", "snr_db_b"];
        let mut numbers = vec![Number { name: "t", value: t as f64, unit: "steps" }];
        for (schedule, names) in [(&self.a, A), (&self.b, B)] {
            let Rates { alpha_cumprod, signal_rate, noise_rate, snr, .. } = schedule.at(t)?;
            // Step 0 changes nothing.
            let beta = 1.0 - schedule.step_at(t)?.alpha_cumprod;
            let values = [beta, signal_rate, noise_rate, alpha_cumprod, snr, 10.0 * snr.log10()];
            for (name, value) in names.into_iter().zip(values) {
                let unit = if name.starts_with("snr_db") { "dB" } else { "" };
                numbers.push(Number { name, value, unit });
            }
        }
        Ok(numbers)
    }
}

impl Experiment for Schedules {
    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn num_moments(&self) -> usize {
        self.a.num_train_timesteps() + 1
    }

    fn t_of(&self, idx: usize) -> usize {
        idx.min(self.a.num_train_timesteps())
    }

    fn num_computed(&self) -> usize {
        self.num_moments()
    }

    fn step(&mut self) -> Result<Progress, LabError> {
        Ok(Progress::Done)
    }

    fn moment(&mut self, idx: usize) -> Result<Moment, LabError> {
        check_moment(self, idx)?;
        let x_t = [&self.a, &self.b]
            .map(|schedule| schedule.at(idx).map(|r| q_sample_array(&self.x0, &self.eps, r)));
        let [a, b] = x_t;
        let x_t = vec![a?, b?];
        let histogram = Histogram::of(&x_t);
        let pictures = vec![
            NamedPicture { name: "x0", pictures: vec![self.x0.clone()] },
            NamedPicture { name: "eps", pictures: vec![self.eps.clone()] },
            NamedPicture { name: "x_t", pictures: x_t },
        ];
        let numbers = self.numbers(idx)?;
        Ok(Moment { idx, t: idx, pictures, numbers, histogram, series: Vec::new(), points: Vec::new() })
    }

    fn measure(&mut self, name: &str, idx: usize) -> Result<Number, LabError> {
        let measure = self.spec().measure(name)?;
        if measure.per_moment {
            let mut numbers = self.numbers(self.t_of(idx))?.into_iter();
            let found = numbers.find(|number| number.name == measure.name);
            return found.ok_or_else(|| crate::SettingError::unknown_measure(self.spec(), name).into());
        }
        let (of, schedule) = match measure.name.strip_suffix("_b") {
            Some(of) => (of, self.b.clone()),
            None => (measure.name, self.a.clone()),
        };
        let value = match of {
            "equal_rates_at" => equal_rates_at(&schedule, measure.name)? as f64,
            "recognized_at" => recognized_at(&schedule, self.least_signal()?) as f64,
            "halfway_steps" => halfway_steps(&schedule) as f64,
            _ => schedule.at(schedule.num_train_timesteps())?.signal_rate,
        };
        Ok(Number { name: measure.name, value, unit: measure.unit })
    }

    fn change(&mut self, setting: &str, value: Value) -> Result<bool, LabError> {
        let name = self.spec().setting(setting)?.name;
        if ["picture", "size", "seed"].contains(&name) {
            return Ok(false);
        }
        let mut settings = self.settings.clone();
        settings.set_value(name, value)?;
        let (a, b) = both(&settings)?;
        (self.settings, self.a, self.b) = (settings, a, b);
        Ok(true)
    }

    fn provenance(&self) -> Vec<(String, String)> {
        // A curve that is not drawn has no say.
        let is_drawn =
            |side: &str| self.settings.text(&format!("schedule_{side}")).is_ok_and(|name| name == "drawn");
        let mut lines = provenance_of(&self.settings, &[]);
        lines.retain(|(name, _)| name.strip_prefix("points_").is_none_or(is_drawn));
        lines
    }
}

/// The schedules A and B.
fn both(settings: &Settings) -> Result<(NoiseSchedule, NoiseSchedule), LabError> {
    let num_train_timesteps = settings.int("num_train_timesteps")? as usize;
    let of = |schedule: &str, points: &str, zero_terminal: &str| {
        schedule_of(
            settings.text(schedule)?,
            settings.points(points)?,
            settings.bool(zero_terminal)?,
            num_train_timesteps,
        )
    };
    Ok((of("schedule_a", "points_a", "zero_terminal_a")?, of("schedule_b", "points_b", "zero_terminal_b")?))
}

/// The schedule that settings describe: one that has a name, or the one that is drawn through `points`.
pub(crate) fn schedule_of(
    name: &str,
    points: &[[f64; 2]],
    zero_terminal: bool,
    num_train_timesteps: usize,
) -> Result<NoiseSchedule, LabError> {
    let schedule = match name {
        "drawn" => DrawnSchedule::new(points)?.schedule(num_train_timesteps)?,
        name => NoiseSchedule::named(name.parse()?, num_train_timesteps)?,
    };
    Ok(if zero_terminal { schedule.zero_terminal_snr()? } else { schedule })
}

/// How many steps lie between ten times more signal than noise and ten times more noise than signal, in power.
fn halfway_steps(schedule: &NoiseSchedule) -> usize {
    schedule.snr().iter().filter(|snr| (0.1..=10.0).contains(*snr)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{context, settings};
    use serde_json::json;

    fn schedules(table: &serde_json::Value) -> Schedules {
        Schedules::start(Settings::from_table("schedules", table).unwrap(), &context(None)).unwrap()
    }

    fn pictures(experiment: &mut Schedules, t: usize) -> Vec<Picture> {
        experiment.moment(t).unwrap().pictures_of("x_t").unwrap().to_vec()
    }

    fn measure(experiment: &mut Schedules, name: &str) -> f64 {
        experiment.measure(name, 0).unwrap().value
    }

    #[test]
    fn the_same_ratio_is_the_same_picture_whatever_the_schedule() {
        let mut experiment = schedules(&json!({"schedule_a": "linear", "schedule_b": "cosine"}));
        let (a, b) =
            (measure(&mut experiment, "equal_rates_at"), measure(&mut experiment, "equal_rates_at_b"));
        assert_eq!((a, b), (260.0, 497.0));
        let (at_a, at_b) = (pictures(&mut experiment, 260), pictures(&mut experiment, 497));
        let off = (&at_a[0] - &at_b[1]).fold(0.0_f32, |max, off| max.max(off.abs()));
        assert!(off < 0.02, "off by {off}");
        let off = (&at_a[0] - &at_a[1]).fold(0.0_f32, |max, off| max.max(off.abs()));
        assert!(off > 0.5, "at one t the two differ by {off} only");
    }

    #[test]
    fn numbers_and_measures_agree_and_b_has_its_own() {
        let mut experiment = schedules(&json!({"schedule_a": "linear", "schedule_b": "drawn"}));
        for t in [0, 1, 500, 1000] {
            let moment = experiment.moment(t).unwrap();
            for number in &moment.numbers {
                let value = experiment.measure(number.name, t).unwrap().value;
                assert!(value == number.value || value.is_nan() && number.value.is_nan(), "{number:?}");
            }
        }
        assert_eq!(experiment.measure("beta", 0).unwrap().value, 0.0);
        assert!((experiment.measure("beta", 1000).unwrap().value - 0.02).abs() < 1e-12);
        assert_eq!(experiment.measure("beta_b", 1000).unwrap().value, 1.0);
        assert_eq!(experiment.measure("snr_db_b", 1000).unwrap().value, f64::NEG_INFINITY);
        assert!((experiment.measure("signal_rate_b", 600).unwrap().value - 0.588).abs() < 1e-9);
    }

    #[test]
    fn what_is_left_at_the_end_is_taken_away_where_that_is_asked_for() {
        let table =
            json!({"schedule_a": "scaled-linear", "schedule_b": "scaled-linear", "zero_terminal_b": true});
        let mut experiment = schedules(&table);
        assert!((measure(&mut experiment, "terminal_signal_rate") - 0.0683).abs() < 1e-4);
        assert_eq!(measure(&mut experiment, "terminal_signal_rate_b"), 0.0);
        let end = experiment.moment(1000).unwrap();
        assert_eq!(end.pictures_of("x_t").unwrap()[1], end.pictures_of("eps").unwrap()[0]);
    }

    /// Both counted by numpy.
    #[test]
    fn steps_are_counted_where_something_is_left_to_decide() {
        let mut experiment = schedules(&json!({"schedule_a": "linear", "schedule_b": "cosine"}));
        let found = (measure(&mut experiment, "halfway_steps"), measure(&mut experiment, "halfway_steps_b"));
        assert_eq!(found, (392.0, 615.0));
        let known = [measure(&mut experiment, "recognized_at"), measure(&mut experiment, "recognized_at_b")];
        assert!(known[0] < known[1], "{known:?}");
    }

    #[test]
    fn a_curve_that_is_dragged_is_what_a_new_start_would_give() {
        let points = json!([[0.3, 0.5], [1.0, 0.1]]);
        let mut dragged = schedules(&json!({"schedule_b": "drawn", "seed": 3}));
        let before = measure(&mut dragged, "recognized_at_b");
        let mut settings = dragged.settings().clone();
        settings.set("points_b", points.clone()).unwrap();
        let value = settings.get("points_b").unwrap().clone();
        assert!(dragged.change("points_b", value).unwrap());
        let mut anew = schedules(&json!({"schedule_b": "drawn", "seed": 3, "points_b": points}));
        assert_eq!(dragged.settings(), anew.settings());
        for t in [0, 300, 1000] {
            assert_eq!(pictures(&mut dragged, t), pictures(&mut anew, t));
        }
        assert_eq!(measure(&mut dragged, "recognized_at_b"), measure(&mut anew, "recognized_at_b"));
        assert_ne!(measure(&mut dragged, "recognized_at_b"), before);
        assert!(!dragged.change("seed", Value::Int(4)).unwrap());
        assert_eq!(dragged.settings(), anew.settings());
        assert!(dragged.change("sed", Value::Int(4)).is_err());
    }

    #[test]
    fn points_that_do_not_fall_are_refused_in_a_sentence() {
        let error =
            Settings::from_table("schedules", &json!({"points_b": [[0.5, 0.5], [1.0, 0.6]]})).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`points_b` is [[0.5,0.5],[1.0,0.6]]; it must be points such as [[0.5, 0.7], [1.0, 0.0]], each to the right \
             of and below the one before, from 1 down to 0, the last at 1.0"
        );
        let mut typed = settings("schedules", &[("points_b", "[[0.25, 0.5], [1, 0]]")]);
        assert_eq!(typed.get("points_b").unwrap().to_string(), "[[0.25, 0.5], [1.0, 0.0]]");
        assert!(typed.set_typed("points_b", "0.25").is_err());
    }

    #[test]
    fn a_picture_says_which_curve_it_is_from() {
        let names = |table| {
            let lines = schedules(&table).provenance();
            lines
                .into_iter()
                .map(|(name, _)| name)
                .filter(|name| name.starts_with("points"))
                .collect::<Vec<_>>()
        };
        assert_eq!(names(json!({"schedule_b": "drawn"})), ["points_b"]);
        assert!(names(json!({"schedule_b": "cosine"})).is_empty());
    }
}
