//! What all samplers have in common: the steps they take, and the settings they are made from.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use crate::names::named;
use crate::{Ddim, Ddpm, DiffusionError, NoiseSchedule, Prediction, Rates, Result, Spacing, Variance};

/// A way down from `x_T` to `x_0`, one step at a time.
///
/// A sampler holds tables only: it is asked by `step_idx`, 0 for the first and noisiest step, and
/// keeps nothing between calls.
pub trait Sampler: Send {
    /// The timestep of each step, falling: `t` of the moment at which it starts is one more.
    fn timesteps(&self) -> &[usize];

    /// The noise per unit of signal at which each step starts, `√((1 − ᾱ) / ᾱ)`, and 0 for the end.
    fn sigmas(&self) -> Vec<f64>;

    /// The standard deviation of `x_T`.
    fn init_sigma(&self) -> f64 {
        1.0
    }

    /// What the denoiser is to see in the place of `x`.
    ///
    /// # Errors
    /// When a tensor operation fails.
    fn scale_model_input(&self, x: &Tensor, step_idx: usize) -> Result<Tensor> {
        let _ = step_idx;
        Ok(x.clone())
    }

    /// One step down. `noise` draws standard normal noise of the shape of `x_t`; it is called at
    /// most once, and only by a step that adds noise.
    ///
    /// # Shapes
    /// `model_output`, `x_t` and all results: the same.
    ///
    /// # Errors
    /// When there is no such step, or a tensor operation fails.
    fn step(
        &self,
        model_output: &Tensor,
        step_idx: usize,
        x_t: &Tensor,
        noise: &mut dyn FnMut() -> Result<Tensor>,
    ) -> Result<StepOutput>;
}

/// What one step saw and where it went.
#[derive(Clone, Debug)]
pub struct StepOutput {
    /// The sample after the step, less noisy than before.
    pub prev_sample: Tensor,
    /// The picture that the model sees behind `x_t`, clipped if the sampler clips.
    pub pred_x0: Tensor,
    /// The noise that the model sees in `x_t`.
    pub pred_eps: Tensor,
}

/// The samplers that have a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SamplerName {
    /// [`Ddpm`]: the chain of training, run backward, with fresh noise at every step.
    #[default]
    Ddpm,
    /// [`Ddim`]: fewer steps; without noise at `eta` 0.
    Ddim,
}

named!(SamplerName, "sampler", {
    Ddpm = "ddpm",
    Ddim = "ddim",
});

/// What becomes of a predicted picture beyond the range of pictures, ± so many units of pixel value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clip {
    /// Nothing.
    Off,
    /// It is cut, and the predicted noise stays. The default of diffusers (`clip_sample`).
    Picture(f64),
    /// It is cut, and the noise is worked out anew from what is left, so that the two still make up `x_t`
    /// (`use_clipped_model_output` in diffusers). At high noise a small error of the network is a large one of the
    /// picture, guidance makes it larger, and DDIM without this carries it on from step to step.
    PictureAndNoise(f64),
}

/// Where a step of DDIM goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stride {
    /// ⌊T / steps⌋ timesteps down, as in diffusers. Where the steps do not divide T, they stop short of the picture or
    /// of each other, and noise is left in it.
    #[default]
    Fixed,
    /// To the next timestep that is visited, and from the last one to the picture.
    ToNext,
}

/// How to sample. The defaults are diffusers', and 50 steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SamplerConfig {
    /// The algorithm.
    pub sampler: SamplerName,
    /// The number of steps, from 1 to the schedule's T.
    pub num_inference_steps: usize,
    /// How the steps are spread over the schedule.
    pub spacing: Spacing,
    /// DDIM only: where a step goes.
    pub stride: Stride,
    /// Added to each timestep of [`Spacing::Leading`]; 0 unless a model was trained for another.
    pub steps_offset: usize,
    /// DDIM only: the share of DDPM's noise that a step adds, from 0 (none) to 1.
    pub eta: f64,
    /// DDPM only: the variance of the noise that a step adds.
    pub variance: Variance,
    /// What becomes of a predicted picture beyond the range of pictures.
    pub clip: Clip,
    /// What the model's output means.
    pub prediction: Prediction,
}

impl Default for SamplerConfig {
    fn default() -> Self {
        Self {
            sampler: SamplerName::default(),
            num_inference_steps: 50,
            spacing: Spacing::default(),
            stride: Stride::default(),
            steps_offset: 0,
            eta: 0.0,
            variance: Variance::default(),
            clip: Clip::Picture(1.0),
            prediction: Prediction::default(),
        }
    }
}

impl SamplerConfig {
    /// Settings for pictures to look at, where [`SamplerConfig::default`] is for agreement with diffusers: the first
    /// step starts in pure noise, the last one ends at the picture, and clipping leaves no noise unaccounted for.
    pub fn for_pictures() -> Self {
        Self {
            spacing: Spacing::Trailing,
            stride: Stride::ToNext,
            clip: Clip::PictureAndNoise(1.0),
            ..Self::default()
        }
    }

    /// The sampler that these settings describe, on that schedule.
    ///
    /// # Errors
    /// When the number of steps or the offset does not fit the schedule, `eta` is not between 0
    /// and 1, or `clip` is not above 0.
    pub fn build(&self, schedule: &NoiseSchedule) -> Result<Box<dyn Sampler>> {
        Ok(match self.sampler {
            SamplerName::Ddpm => Box::new(Ddpm::new(schedule, self)?),
            SamplerName::Ddim => Box::new(Ddim::new(schedule, self)?),
        })
    }

    /// The timesteps to visit, once all settings are known to be in their ranges.
    pub(crate) fn checked_timesteps(&self, schedule: &NoiseSchedule) -> Result<Vec<usize>> {
        check("eta", self.eta, "between 0 and 1", |eta| (0.0..=1.0).contains(&eta))?;
        if let Clip::Picture(clip) | Clip::PictureAndNoise(clip) = self.clip {
            check("clip", clip, "a number above 0", |clip| clip > 0.0 && clip.is_finite())?;
        }
        self.spacing.timesteps(schedule.num_train_timesteps(), self.num_inference_steps, self.steps_offset)
    }
}

/// One step's two ends in the tables: where it starts, and the less noisy moment it goes to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rung {
    pub(crate) rates: Rates,
    pub(crate) prev: Rates,
}

/// The rungs of steps that each go to the next timestep of the list, and the last one to the picture (t = 0).
pub(crate) fn rungs_to_next(schedule: &NoiseSchedule, timesteps: &[usize]) -> Result<Vec<Rung>> {
    let next_ts = timesteps.iter().skip(1).map(|timestep| timestep + 1).chain([0]);
    let rung = |(timestep, prev_t): (&usize, usize)| {
        Ok(Rung { rates: schedule.at(timestep + 1)?, prev: schedule.at(prev_t)? })
    };
    timesteps.iter().zip(next_ts).map(rung).collect()
}

/// The rung of that index.
pub(crate) fn rung(rungs: &[Rung], step_idx: usize) -> Result<Rung> {
    rungs.get(step_idx).copied().ok_or(DiffusionError::StepIndex { found: step_idx, max: rungs.len() })
}

/// σ at the start of each step, and 0 for the end.
pub(crate) fn sigmas(rungs: &[Rung]) -> Vec<f64> {
    rungs.iter().map(|rung| rung.rates.sigma()).chain([0.0]).collect()
}

/// The picture and the noise that the model sees in `x_t`, clipped as the settings say.
pub(crate) fn read(
    prediction: Prediction,
    model_output: &Tensor,
    x_t: &Tensor,
    rates: Rates,
    clip: Clip,
) -> Result<(Tensor, Tensor)> {
    let pred_x0 = prediction.predict_x0(model_output, x_t, rates)?;
    let pred_eps = prediction.predict_eps(model_output, x_t, rates)?;
    Ok(match clip {
        Clip::Off => (pred_x0, pred_eps),
        Clip::Picture(clip) => (pred_x0.clamp(-clip, clip)?, pred_eps),
        Clip::PictureAndNoise(clip) => {
            let pred_x0 = pred_x0.clamp(-clip, clip)?;
            let pred_eps = Prediction::Sample.predict_eps(&pred_x0, x_t, rates)?;
            (pred_x0, pred_eps)
        }
    })
}

fn check(
    what: &'static str,
    found: f64,
    expected: &'static str,
    is_right: impl Fn(f64) -> bool,
) -> Result<()> {
    if is_right(found) { Ok(()) } else { Err(DiffusionError::Setting { what, found, expected }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_settings_are_refused_in_a_sentence() {
        let schedule = NoiseSchedule::cosine(1000).unwrap();
        let check = |config: SamplerConfig, sentence: &str| {
            for &sampler in SamplerName::ALL {
                let error = SamplerConfig { sampler, ..config }.build(&schedule).err().unwrap();
                assert_eq!(error.to_string(), sentence);
            }
        };
        let usual = SamplerConfig::default();
        let steps = "a sampler takes 1 to 1000 steps with a schedule of 1000";
        check(SamplerConfig { num_inference_steps: 0, ..usual }, &format!("{steps}, but 0 were asked for"));
        check(
            SamplerConfig { num_inference_steps: 1001, ..usual },
            &format!("{steps}, but 1001 were asked for"),
        );
        check(SamplerConfig { eta: 1.5, ..usual }, "eta is 1.5, but must be between 0 and 1");
        check(SamplerConfig { eta: f64::NAN, ..usual }, "eta is NaN, but must be between 0 and 1");
        check(SamplerConfig { clip: Clip::Picture(0.0), ..usual }, "clip is 0, but must be a number above 0");
        check(
            SamplerConfig { num_inference_steps: 1000, steps_offset: 1, ..usual },
            "with steps_offset 1 sampling would start at timestep 1000, but the last of the schedule is 999",
        );
        assert_eq!(
            "dddim".parse::<SamplerName>().unwrap_err().to_string(),
            "there is no sampler named `dddim`: choose one of ddpm, ddim"
        );
    }

    #[test]
    fn there_is_no_step_after_the_last() {
        let schedule = NoiseSchedule::cosine(10).unwrap();
        let x = Tensor::zeros(3, candle_core::DType::F32, &candle_core::Device::Cpu).unwrap();
        for &sampler in SamplerName::ALL {
            let config = SamplerConfig { sampler, num_inference_steps: 5, ..SamplerConfig::default() };
            let sampler = config.build(&schedule).unwrap();
            let error = sampler.step(&x, 5, &x, &mut || Ok(x.clone())).unwrap_err();
            assert_eq!(error.to_string(), "step 5 was asked of a sampler of 5 steps");
        }
    }

    #[test]
    fn settings_survive_a_file() {
        let config = SamplerConfig {
            eta: 0.5,
            clip: Clip::Off,
            prediction: Prediction::V,
            ..SamplerConfig::default()
        };
        let json = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<SamplerConfig>(&json).unwrap(), config);
        assert!(json.contains(r#""variance":"fixed-small""#), "{json}");
    }
}
