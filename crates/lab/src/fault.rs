//! Sampling that is broken on purpose, one way at a time, so that a cause can be found from what it does.
//!
//! Some faults lie in the sampling and are made here, around a healthy network: it is told the wrong time, the table of
//! ᾱ is misread, the guess is not clamped, or the first guess is taken for the result.
//! Others lie in the training, and no sampler can undo them; for those a network that was trained so takes the place of
//! the healthy one.

use crate::game::SCENARIOS;
use crate::{DenoisingModel, LabError};
use candle_core::{Result as TensorResult, Tensor};
use noisebook_data::Store;
use noisebook_diffusion::{Clip, Cond, Denoiser, NoiseSchedule, Prediction, SamplerConfig, SamplingStep};
use noisebook_shelf::Shelf;
use std::sync::Arc;

/// What is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// The network is told the same t in every step.
    NoTime,
    /// ᾱ stands where √ᾱ belongs when the guessed picture is worked out.
    WrongAlphaBar,
    /// The guessed picture is not kept within black and white.
    NoClamp,
    /// The guess of the first step is taken for the result.
    OneJump,
    /// The network was trained on eight pictures.
    EightPictures,
    /// The network's weights are those of its last update, and not their moving average.
    EmaOff,
}

impl Fault {
    /// The values of the setting `fault`, in the order of their letters: after the healthy one come A, B, C, …
    pub(crate) const NAMES: [&'static str; 7] =
        ["none", "no-time", "wrong-alpha-bar", "no-clamp", "one-jump", "eight-pictures", "ema-off"];

    const ALL: [Self; 7] = [
        Self::None,
        Self::NoTime,
        Self::WrongAlphaBar,
        Self::NoClamp,
        Self::OneJump,
        Self::EightPictures,
        Self::EmaOff,
    ];

    /// The fault of that name; the settings have checked that there is one.
    pub(crate) fn named(name: &str) -> Self {
        let known = Self::NAMES.iter().zip(Self::ALL).find(|(known, _)| **known == name);
        known.map_or(Self::None, |(_, fault)| fault)
    }

    /// Its place among the names: 0 for none.
    pub(crate) fn place(self) -> usize {
        Self::ALL.iter().position(|fault| *fault == self).unwrap_or_default()
    }

    /// The name of the model to load where `model` was asked for.
    ///
    /// # Errors
    /// When the fault lies in the training and no model was trained so.
    pub(crate) fn model_name(self, model: &str, store: &dyn Store) -> Result<String, LabError> {
        let ending = match self {
            Self::EightPictures => "-eight",
            Self::EmaOff => "-no-ema",
            _ => return Ok(model.to_owned()),
        };
        let name = format!("{model}{ending}");
        if Shelf::new(store).names()?.contains(&name) {
            return Ok(name);
        }
        let fault = Self::NAMES.get(self.place()).copied().unwrap_or_default();
        let why = format!(
            "the fault `{fault}` needs a network that was trained so, and there is no model `{name}`; choose another fault or another model"
        );
        Err(LabError::Model { model: model.to_owned(), why })
    }

    /// The network as the sampler gets to ask it.
    pub(crate) fn denoiser(self, model: &DenoisingModel) -> Arc<dyn Denoiser> {
        match self {
            Self::NoTime => {
                // In the middle it is neither all noise nor all picture.
                let always = 0.5 * model.schedule.num_train_timesteps() as f64;
                Arc::new(Timeless { denoiser: Arc::clone(&model.denoiser), always: always.floor() })
            }
            Self::WrongAlphaBar => Arc::new(Rootless {
                denoiser: Arc::clone(&model.denoiser),
                schedule: model.schedule.clone(),
                prediction: model.prediction,
            }),
            _ => Arc::clone(&model.denoiser),
        }
    }

    /// The sampler's settings.
    pub(crate) fn config(self, config: SamplerConfig) -> SamplerConfig {
        match self {
            Self::NoClamp => SamplerConfig { clip: Clip::Off, ..config },
            _ => config,
        }
    }

    /// What becomes of a step that so many steps went before the sampler's first.
    pub(crate) fn step(self, step: SamplingStep, steps_before: usize) -> SamplingStep {
        match self {
            // The first step takes the guess, and the others leave it as it is.
            Self::OneJump if steps_before + step.step_idx == 0 => {
                SamplingStep { prev_sample: step.pred_x0.clone(), ..step }
            }
            Self::OneJump => SamplingStep { prev_sample: step.x_t.clone(), ..step },
            _ => step,
        }
    }
}

/// The value of a setting, where a fault or a scenario may be given by its letter, `"C"`, so that whoever reads it learns
/// nothing.
pub(crate) fn spelled_out(setting: &str, value: serde_json::Value) -> serde_json::Value {
    let names: &[&str] = match setting {
        "fault" => &Fault::NAMES,
        "scenario" => &SCENARIOS,
        _ => return value,
    };
    // The first of them is none.
    let mut lettered = names.iter().skip(1).zip('A'..='Z');
    let named = lettered.find(|(_, known)| value.as_str().is_some_and(|letter| letter == known.to_string()));
    named.map_or(value, |(name, _)| (*name).into())
}

/// A network that is told the same t whatever the time is.
struct Timeless {
    denoiser: Arc<dyn Denoiser>,
    always: f64,
}

impl Denoiser for Timeless {
    fn predict(&self, x_t: &Tensor, _t: f64, cond: &Cond) -> TensorResult<Tensor> {
        self.denoiser.predict(x_t, self.always, cond)
    }
}

/// In pure noise there is nothing left to divide by.
const LEAST_SIGNAL: f64 = 1e-6;

/// A network whose guess of the noise is turned into a picture with both roots forgotten.
struct Rootless {
    denoiser: Arc<dyn Denoiser>,
    schedule: NoiseSchedule,
    prediction: Prediction,
}

impl Denoiser for Rootless {
    fn predict(&self, x_t: &Tensor, t: f64, cond: &Cond) -> TensorResult<Tensor> {
        let output = self.denoiser.predict(x_t, t, cond)?;
        let wrong = |output: &Tensor| -> noisebook_diffusion::Result<Tensor> {
            let rates = self.schedule.at_real(self.schedule.t_from_timestep(t))?;
            let pred_eps = self.prediction.predict_eps(output, x_t, rates)?;
            // x̂0 = (x_t − (1 − ᾱ) · ε̂) / ᾱ
            let noise = (&pred_eps * rates.noise_rate.powi(2))?;
            let pred_x0 = ((x_t - noise)? / rates.signal_rate.powi(2).max(LEAST_SIGNAL))?;
            // Whatever the network predicts, the sampler reads this guess from it.
            let pred_eps = Prediction::Sample.predict_eps(&pred_x0, x_t, rates)?;
            let rates = vec![rates; x_t.dim(0)?];
            self.prediction.target(&pred_x0, &pred_eps, &rates)
        };
        wrong(&output).map_err(candle_core::Error::wrap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broken::{Broken, start};
    use crate::testing::{context, denoising, model, run, settings};
    use crate::{Experiment, Moment, Progress};

    fn broken(typed: &[(&str, &str)]) -> Broken {
        Broken::new(model(), model(), settings("denoising", typed)).unwrap()
    }

    /// The finished pictures and the healthy ones beside them.
    fn finished(typed: &[(&str, &str)]) -> [Vec<f32>; 2] {
        let mut experiment = run(broken(typed));
        let last = experiment.num_moments() - 1;
        let moment = experiment.moment(last).unwrap();
        ["x_t", "healthy"].map(|name| {
            let pictures = moment.pictures_of(name).unwrap_or_default();
            pictures.iter().flatten().copied().collect()
        })
    }

    fn max_error(a: &[f32], b: &[f32]) -> f32 {
        assert_eq!(a.len(), b.len());
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn every_fault_of_sampling_shows_beside_the_healthy_run() {
        let check = |fault: &str, cfg_scale: &str| {
            let usual = [("num_inference_steps", "20"), ("label", "9"), ("cfg_scale", cfg_scale)];
            let [healthy, _] = finished(&usual);
            let [broken, beside] = finished(&[&usual[..], &[("fault", fault)]].concat());
            assert!(max_error(&beside, &healthy) < 1e-3, "{fault}");
            assert!(max_error(&broken, &healthy) > 0.02, "{fault} changes nothing");
        };
        check("no-time", "1");
        check("wrong-alpha-bar", "1");
        check("one-jump", "1");
        // Only an exaggerated label leads the formula's guesses beyond black and white.
        check("no-clamp", "20");
    }

    #[test]
    fn a_jump_ends_at_once() {
        let typed = [("num_inference_steps", "10"), ("fault", "one-jump")];
        let mut experiment = run(broken(&typed));
        let mut pictures =
            |idx: usize, name: &str| experiment.moment(idx).unwrap().pictures_of(name).unwrap()[0].clone();
        let first_guess = pictures(0, "pred_x0");
        for idx in 1..=10 {
            let off = &pictures(idx, "x_t") - &first_guess;
            assert!(off.iter().all(|off| off.abs() < 1e-3), "moment {idx}");
        }
    }

    #[test]
    fn a_branch_keeps_its_fault_and_has_the_healthy_branch_beside_it() {
        let typed = [("num_inference_steps", "10"), ("fault", "one-jump")];
        let mut experiment = run(broken(&typed));
        let of = |typed: &[(&str, &str)]| settings("denoising", typed);
        let error = experiment.branch(4, of(&[("num_inference_steps", "10")]), 1 << 20).err().unwrap();
        assert_eq!(error.to_string(), "a branch goes on with `fault` one-jump; for none start anew");
        let mut healthy = run(denoising(&[("num_inference_steps", "10")]));
        let mut check = |steps: &str| {
            let changed = [("num_inference_steps", steps), ("fault", "one-jump")];
            let mut branch = experiment.branch(4, of(&changed), 1 << 20).unwrap();
            while branch.step().unwrap() != Progress::Done {}
            let last = branch.num_moments() - 1;
            let moment = branch.moment(last).unwrap();
            let pictures = |moment: &Moment, name: &str| moment.pictures_of(name).unwrap()[0].clone();
            let jump = pictures(&experiment.moment(10).unwrap(), "x_t");
            let off = pictures(&moment, "x_t") - jump;
            assert!(off.iter().all(|off| off.abs() < 2e-3), "the jump stays where it is");
            let mut beside = healthy.branch(4, of(&changed[..1]), 1 << 20).unwrap();
            while beside.step().unwrap() != Progress::Done {}
            let off = pictures(&moment, "healthy") - pictures(&beside.moment(last).unwrap(), "x_t");
            assert!(off.iter().all(|off| off.abs() < 1e-4), "{steps} steps");
        };
        check("10");
        check("5");
    }

    #[test]
    fn names_and_places_agree() {
        for (place, name) in Fault::NAMES.iter().enumerate() {
            assert_eq!(Fault::named(name).place(), place);
        }
        let mut experiment = denoising(&[("fault", "no-clamp")]);
        assert_eq!(experiment.measure("fault", 0).unwrap().value, 3.0);
    }

    #[test]
    fn a_letter_stands_for_a_fault() {
        let check = |letter: &str, name: &str| {
            let settings = settings("denoising", &[("fault", letter)]);
            assert_eq!(settings.text("fault").unwrap(), name);
        };
        check("A", "no-time");
        check("C", "no-clamp");
        check("F", "ema-off");
        let mut settings = settings("denoising", &[("seed", "1")]);
        assert!(settings.set("fault", "G").is_err());
        settings.set("label", "A").unwrap();
        assert_eq!(settings.text("label").unwrap(), "A");
    }

    #[test]
    fn a_training_that_nobody_did_is_said() {
        let settings = settings("denoising", &[("model", "digit-classifier"), ("fault", "ema-off")]);
        let error = start(settings, &context(None)).err().unwrap();
        assert_eq!(
            error.to_string(),
            "digit-classifier: the fault `ema-off` needs a network that was trained so, and there is no model `digit-classifier-no-ema`; choose another fault or another model"
        );
    }
}
