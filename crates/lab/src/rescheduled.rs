//! A trained network on another schedule than its own: what needs no training, and what does.
//!
//! A schedule only decides at which t a signal-to-noise ratio comes. A mixture of picture and noise at a given ratio is the
//! same whichever schedule it is from, and the network has seen it; but it was told the t of *its own* schedule beside it.
//! So on another schedule it must be told that t again (the *noise level* decides), as Karras et al. 2022, "Elucidating the
//! Design Space of Diffusion-Based Generative Models" (arXiv 2206.00364), do for every network. Handed over by *index* the t
//! of the other schedule says a wrong amount of noise.

use crate::schedules::schedule_of;
use crate::{DenoisingModel, LabError, Settings};
use candle_core::{Result as TensorResult, Tensor};
use noisebook_diffusion::{Cond, Denoiser, NoiseSchedule, Prediction};
use std::sync::Arc;

/// The model on the schedule that the settings `schedule`, `points` and `zero_terminal` ask for, told the t that `timing`
/// says; with the schedule `model` and nothing taken from its end, the model as it is.
///
/// # Errors
/// When nothing of the picture is left at the end and the network predicts the noise: the picture would be divided by 0.
pub(crate) fn rescheduled(model: DenoisingModel, settings: &Settings) -> Result<DenoisingModel, LabError> {
    let (name, zero_terminal) = (settings.text("schedule")?, settings.bool("zero_terminal")?);
    if name == "model" && !zero_terminal {
        return Ok(model);
    }
    let num_train_timesteps = model.schedule.num_train_timesteps();
    let schedule = match name {
        "model" => model.schedule.zero_terminal_snr()?,
        name => schedule_of(name, settings.points("points")?, zero_terminal, num_train_timesteps)?,
    };
    if model.prediction == Prediction::Epsilon && schedule.at(num_train_timesteps)?.signal_rate == 0.0 {
        return Err(LabError::Model {
            model: model.name,
            why: "it predicts the noise, and at the end of this schedule nothing of the picture is left: the guessed picture \
                  would be divided by √ᾱ = 0; train it to predict the picture or v, or let a trace of signal be left at t = T"
                .to_owned(),
        });
    }
    let denoiser = match settings.text("timing")? {
        "index" => Arc::clone(&model.denoiser),
        _ => Arc::new(Retimed::new(Arc::clone(&model.denoiser), &model.schedule, &schedule)),
    };
    Ok(DenoisingModel { denoiser, schedule, ..model })
}

/// A denoiser that is asked about the timesteps of another schedule than its own.
struct Retimed {
    denoiser: Arc<dyn Denoiser>,
    /// For each timestep of the other schedule the one of its own with the same signal-to-noise ratio.
    timesteps: Vec<f64>,
}

impl Retimed {
    fn new(denoiser: Arc<dyn Denoiser>, own: &NoiseSchedule, other: &NoiseSchedule) -> Self {
        let decibels = |schedule: &NoiseSchedule| schedule.snr().mapv(|snr| 10.0 * snr.log10()).to_vec();
        let own = decibels(own);
        let timesteps = decibels(other).into_iter().map(|decibels| timestep_of(&own, decibels)).collect();
        Self { denoiser, timesteps }
    }
}

/// Where a falling table has this value, between its entries too; beyond its ends the end.
fn timestep_of(table: &[f64], value: f64) -> f64 {
    let right = table.partition_point(|entry| *entry > value);
    let last = table.len().saturating_sub(1) as f64;
    let (Some(left), Some(after)) = (right.checked_sub(1).and_then(|idx| table.get(idx)), table.get(right))
    else {
        return if right == 0 { 0.0 } else { last };
    };
    let along = match after.is_finite() {
        true => (left - value) / (left - after),
        // Nothing of the picture is left there.
        false => f64::from(u8::from(value == *after)),
    };
    right as f64 - 1.0 + along
}

impl Denoiser for Retimed {
    fn predict(&self, x_t: &Tensor, t: f64, cond: &Cond) -> TensorResult<Tensor> {
        // Between two timesteps of the other schedule, between theirs.
        let at = |t: f64| self.timesteps.get(t as usize).or(self.timesteps.last()).copied().unwrap_or(t);
        let (low, high) = (at(t.floor()), at(t.ceil()));
        self.denoiser.predict(x_t, low + (high - low) * t.fract(), cond)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{model_of, run, settings};
    use crate::{Denoising, Experiment};

    fn spread_of(typed: &[(&str, &str)]) -> Result<f32, LabError> {
        let typed = [&[("num", "16"), ("label", "3"), ("num_inference_steps", "1000")][..], typed].concat();
        let settings = settings("denoising", &typed);
        let mut experiment = run(Denoising::new(rescheduled(model_of(0.3), &settings)?, settings)?);
        let moment = experiment.moment(experiment.num_moments() - 1)?;
        let values: Vec<f32> = moment.pictures_of("x_t").unwrap().iter().flatten().copied().collect();
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        assert!(typed.contains(&("timing", "index")) || (mean - 0.3).abs() < 0.04, "{typed:?}: mean {mean}");
        Ok((values.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / values.len() as f32).sqrt())
    }

    /// With the ideal denoiser of pixels from N(0.3, 0.3²), by closed form: only what it is told of t can be wrong.
    #[test]
    fn the_noise_level_is_what_a_network_must_be_told() {
        for schedule in ["model", "linear", "scaled-linear", "cosine", "sigmoid"] {
            let spread = spread_of(&[("schedule", schedule)]).unwrap();
            assert!((spread - 0.3).abs() < 0.02, "{schedule}: {spread}");
        }
        let points = "[[0.4, 0.6], [0.8, 0.1], [1.0, 0.01]]";
        let drawn = spread_of(&[("schedule", "drawn"), ("points", points)]).unwrap();
        assert!((drawn - 0.3).abs() < 0.02, "drawn: {drawn}");
        let by_index = spread_of(&[("schedule", "cosine"), ("timing", "index")]).unwrap();
        assert!((by_index - 0.3).abs() > 0.05, "by index: {by_index}");
    }

    #[test]
    fn the_same_schedule_by_its_name_is_the_models_own() {
        let pictures = |typed: &[(&str, &str)]| {
            let settings = settings("denoising", typed);
            let mut experiment =
                run(Denoising::new(rescheduled(model_of(0.3), &settings).unwrap(), settings).unwrap());
            let last = experiment.num_moments() - 1;
            experiment.moment(last).unwrap().pictures_of("x_t").unwrap().to_vec()
        };
        assert_eq!(pictures(&[]), pictures(&[("schedule", "linear"), ("timing", "index")]));
        let retimed = pictures(&[("schedule", "linear")]);
        let off = (&pictures(&[])[0] - &retimed[0]).fold(0.0_f32, |max, off| max.max(off.abs()));
        assert!(off < 1e-3, "off by {off}");
    }

    #[test]
    fn a_network_that_predicts_noise_cannot_begin_in_nothing_but_noise() {
        for typed in [&[("zero_terminal", "true")][..], &[("schedule", "drawn")]] {
            let error = spread_of(typed).unwrap_err().to_string();
            assert!(error.starts_with("ddpm-digits: it predicts the noise, and at the end"), "{error}");
        }
    }

    #[test]
    fn a_ratio_is_found_between_two_timesteps_and_kept_within_the_table() {
        let table = [20.0, 10.0, 0.0, f64::NEG_INFINITY];
        let check = |value: f64, expected: f64| assert_eq!(timestep_of(&table, value), expected);
        check(20.0, 0.0);
        check(15.0, 0.5);
        check(10.0, 1.0);
        check(2.5, 1.75);
        check(99.0, 0.0);
        check(-5.0, 2.0);
        check(f64::NEG_INFINITY, 3.0);
        assert_eq!(timestep_of(&table[..3], -5.0), 2.0);
    }
}
