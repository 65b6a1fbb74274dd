//! What all samplers have in common: the steps they take, and the settings they are made from.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use crate::names::named;
use crate::{
    Ddim, Ddpm, DiffusionError, DpmPp2m, Euler, EulerAncestral, FlowEuler, Heun, NoiseSchedule, Prediction,
    Rates, Result, Spacing, Station, UniPc, Variance,
};

/// A way down from noise to a picture, one step and one call of the network at a time.
///
/// A sampler holds tables only, and keeps nothing between calls: it is asked by `step_idx`, 0 for the
/// first and noisiest step, and what a step needs of the one before it is handed out as
/// [`StepOutput::memory`] and comes back as `memory`.
///
/// Some samplers keep their sample in a unit of their own, Karras' `x0 + σ · eps` for instance, and the
/// network sees `signal_rate · x0 + noise_rate · eps` whatever the sampler: [`Sampler::scale_model_input`]
/// goes from the one to the other, so that a batch can pass from sampler to sampler.
pub trait Sampler: Send {
    /// The moments at which the network is asked, one a step, from noise towards the picture.
    fn stations(&self) -> &[Station];

    /// The noise at the start of each step as diffusers lists it, and 0 for the end: per unit of signal,
    /// `√((1 − ᾱ) / ᾱ)`, or the share σ of the straight path.
    fn sigmas(&self) -> Vec<f64> {
        self.stations().iter().map(|station| station.rates.sigma()).chain([0.0]).collect()
    }

    /// The standard deviation of the noise to begin with, in the sampler's own unit.
    fn init_sigma(&self) -> f64 {
        1.0
    }

    /// How much of the sampler's sample is one of what the network sees where the rates are these.
    fn unit(&self, rates: Rates) -> f64 {
        let _ = rates;
        1.0
    }

    /// How many tensors of the sample's shape a step hands to the next one.
    fn num_kept(&self) -> usize {
        0
    }

    /// One step down. `memory` is what the step before handed out; the first step takes no notice of
    /// it, and where there is none a step is taken as if it were the first, if it can be. `noise` draws standard normal noise of the shape of `x`; it is called at most once, and only
    /// by a step that adds noise.
    ///
    /// # Shapes
    /// `model_output`, `x`, each tensor of the memory and all results: the same.
    ///
    /// # Errors
    /// When there is no such step, the memory is not of this sampler, or a tensor operation fails.
    fn step(
        &self,
        model_output: &Tensor,
        step_idx: usize,
        x: &Tensor,
        memory: &[Tensor],
        noise: &mut dyn FnMut() -> Result<Tensor>,
    ) -> Result<StepOutput>;

    /// What the network is told at each step, falling: diffusers' timesteps.
    fn timesteps(&self) -> Vec<f64> {
        self.stations().iter().map(|station| station.timestep).collect()
    }

    /// The t at which each step starts, and 0 for the picture: one more than there are steps.
    fn moments(&self) -> Vec<usize> {
        self.stations().iter().map(|station| station.t).chain([0]).collect()
    }

    /// How much picture and noise there is at the start of a step; only picture after the last one.
    fn rates(&self, step_idx: usize) -> Rates {
        self.stations().get(step_idx).map_or(Rates::new(1.0), |station| station.rates)
    }

    /// What the network is to see of the sample `x` at the start of a step.
    ///
    /// # Errors
    /// When a tensor operation fails.
    fn scale_model_input(&self, x: &Tensor, step_idx: usize) -> Result<Tensor> {
        scaled(x, self.unit(self.rates(step_idx)).recip())
    }

    /// The sample that the network sees as `x_t` at the start of a step: the other way round.
    ///
    /// # Errors
    /// When a tensor operation fails.
    fn sample_from_model_input(&self, x_t: &Tensor, step_idx: usize) -> Result<Tensor> {
        scaled(x_t, self.unit(self.rates(step_idx)))
    }
}

/// What one step saw and where it went.
#[derive(Clone, Debug)]
pub struct StepOutput {
    /// The sample after the step, less noisy than before, in the sampler's own unit.
    pub prev_sample: Tensor,
    /// The picture that the model sees behind `x_t`, clipped if the sampler clips.
    pub pred_x0: Tensor,
    /// The noise that the model sees in `x_t`.
    pub pred_eps: Tensor,
    /// What the next step needs of this one: [`Sampler::num_kept`] tensors.
    pub memory: Vec<Tensor>,
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
    /// [`Euler`]: straight steps along the slope.
    Euler,
    /// [`EulerAncestral`]: a longer step of Euler's, and fresh noise back.
    EulerAncestral,
    /// [`Heun`]: the mean of the slopes at both ends of a step, for two calls of the network.
    Heun,
    /// [`DpmPp2m`]: DPM-Solver++ of order 2, from this guess and the last one.
    #[serde(rename = "dpmpp-2m")]
    DpmPp2m,
    /// [`UniPc`]: the same prediction, corrected with the guess that follows it.
    #[serde(rename = "unipc")]
    UniPc,
    /// [`FlowEuler`]: Euler's steps along the straight path of flow matching.
    FlowEuler,
}

named!(SamplerName, "sampler", {
    Ddpm = "ddpm",
    Ddim = "ddim",
    Euler = "euler",
    EulerAncestral = "euler-ancestral",
    Heun = "heun",
    DpmPp2m = "dpmpp-2m",
    UniPc = "unipc",
    FlowEuler = "flow-euler",
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
    /// Karras' σ in the place of even steps: more of them where there is little noise. DDPM and DDIM take
    /// no notice.
    pub karras: bool,
    /// Begin at this moment t, with a batch that is as noisy as that, and spread the steps below it; without
    /// it at T, in noise.
    pub start_t: Option<usize>,
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
            karras: false,
            start_t: None,
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
    /// When the number of steps, where they begin or the offset does not fit the schedule, two steps
    /// would start at the same timestep, `eta` is not between 0 and 1, `clip` is not above 0, or a
    /// prediction of the noise is to begin where there is nothing else.
    pub fn build(&self, schedule: &NoiseSchedule) -> Result<Box<dyn Sampler>> {
        Ok(match self.sampler {
            SamplerName::Ddpm => Box::new(Ddpm::new(schedule, self)?),
            SamplerName::Ddim => Box::new(Ddim::new(schedule, self)?),
            SamplerName::Euler => Box::new(Euler::new(schedule, self)?),
            SamplerName::EulerAncestral => Box::new(EulerAncestral::new(schedule, self)?),
            SamplerName::Heun => Box::new(Heun::new(schedule, self)?),
            SamplerName::DpmPp2m => Box::new(DpmPp2m::new(schedule, self)?),
            SamplerName::UniPc => Box::new(UniPc::new(schedule, self)?),
            SamplerName::FlowEuler => Box::new(FlowEuler::new(schedule, self)?),
        })
    }

    /// How often the network is asked, guidance aside: once a step, but for [`Heun`], whose steps have two
    /// halves but for the last.
    pub fn num_network_calls(&self) -> usize {
        match self.sampler {
            SamplerName::Heun => (2 * self.num_inference_steps).saturating_sub(1),
            _ => self.num_inference_steps,
        }
    }
}

/// One step's two ends: where it starts, and the less noisy moment it goes to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rung {
    pub(crate) rates: Rates,
    pub(crate) prev: Rates,
}

/// The rung of a step that goes to the next station, or from the last one to the picture.
pub(crate) fn rung_to_next(stations: &[Station], step_idx: usize) -> Result<Rung> {
    let Some(station) = stations.get(step_idx) else {
        return Err(DiffusionError::StepIndex { found: step_idx, max: stations.len() });
    };
    let prev = stations.get(step_idx + 1).map_or(Rates::new(1.0), |next| next.rates);
    Ok(Rung { rates: station.rates, prev })
}

/// What the step before handed out.
pub(crate) fn kept<const N: usize>(memory: &[Tensor]) -> Result<&[Tensor; N]> {
    memory.try_into().map_err(|_| DiffusionError::Memory { found: memory.len(), expected: N })
}

fn scaled(x: &Tensor, factor: f64) -> Result<Tensor> {
    if factor == 1.0 { Ok(x.clone()) } else { Ok((x * factor)?) }
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
        let offset = SamplerConfig { num_inference_steps: 1000, steps_offset: 1, ..usual };
        assert_eq!(
            offset.build(&schedule).err().unwrap().to_string(),
            "with steps_offset 1 sampling would start at timestep 1000, but the last of the schedule is 999"
        );
        assert_eq!(
            "dddim".parse::<SamplerName>().unwrap_err().to_string(),
            "there is no sampler named `dddim`: choose one of ddpm, ddim, euler, euler-ancestral, heun, \
             dpmpp-2m, unipc, flow-euler"
        );
    }

    #[test]
    fn there_is_no_step_after_the_last() {
        let schedule = NoiseSchedule::cosine(10).unwrap();
        let x = Tensor::zeros(3, candle_core::DType::F32, &candle_core::Device::Cpu).unwrap();
        for &sampler in SamplerName::ALL {
            let config = SamplerConfig { sampler, num_inference_steps: 5, ..SamplerConfig::for_pictures() };
            let sampler = config.build(&schedule).unwrap();
            let num = config.num_network_calls();
            assert_eq!(sampler.stations().len(), num);
            let memory = vec![x.clone(); sampler.num_kept()];
            let error = sampler.step(&x, num, &x, &memory, &mut || Ok(x.clone())).unwrap_err();
            assert_eq!(error.to_string(), format!("step {num} was asked of a sampler of {num} steps"));
        }
    }

    #[test]
    fn a_step_without_the_memory_it_needs_is_refused() {
        let schedule = NoiseSchedule::cosine(10).unwrap();
        let x = Tensor::ones(3, candle_core::DType::F32, &candle_core::Device::Cpu).unwrap();
        for &sampler in SamplerName::ALL {
            let config = SamplerConfig { sampler, num_inference_steps: 5, ..SamplerConfig::for_pictures() };
            let built = config.build(&schedule).unwrap();
            let first = built.step(&x, 0, &x, &[], &mut || Ok(x.clone())).unwrap();
            let num = built.num_kept();
            assert_eq!(first.memory.len(), num, "{sampler}");
            if num > 0 {
                let wrong = vec![x.clone(); num + 1];
                let error = built.step(&x, 1, &x, &wrong, &mut || Ok(x.clone())).unwrap_err();
                let sentence = "tensors of the step before it, but got";
                let sentence = format!("a step of this sampler needs {num} {sentence} {}", num + 1);
                assert_eq!(error.to_string(), sentence);
                // Only half a step cannot do without what it is the half of.
                let anew = built.step(&x, 1, &x, &[], &mut || Ok(x.clone()));
                assert_eq!(anew.is_err(), sampler == SamplerName::Heun, "{sampler}");
            }
        }
    }

    #[test]
    fn sampling_may_begin_anywhere() {
        for schedule in [NoiseSchedule::cosine(1000).unwrap(), NoiseSchedule::flow(1000).unwrap()] {
            for (&sampler, &spacing) in SamplerName::ALL
                .iter()
                .flat_map(|name| Spacing::ALL.iter().map(move |spacing| (name, spacing)))
            {
                for karras in [false, true] {
                    let config = SamplerConfig {
                        sampler,
                        spacing,
                        karras,
                        start_t: Some(333),
                        num_inference_steps: 7,
                        prediction: Prediction::V,
                        ..SamplerConfig::for_pictures()
                    };
                    let built = config.build(&schedule).unwrap();
                    let moments = built.moments();
                    assert_eq!((moments[0], moments.last()), (333, Some(&0)), "{sampler} {spacing} {karras}");
                    assert!(moments.windows(2).all(|pair| pair[0] >= pair[1]), "{sampler}: {moments:?}");
                    let off = built.rates(0).sigma() / schedule.at(333).unwrap().sigma() - 1.0;
                    assert!(off.abs() < 1e-4, "{sampler} {spacing} {karras}: {off}");
                }
            }
        }
        let build = |start_t, num_inference_steps| {
            let config = SamplerConfig {
                start_t: Some(start_t),
                num_inference_steps,
                ..SamplerConfig::for_pictures()
            };
            config.build(&NoiseSchedule::cosine(1000).unwrap()).err().unwrap().to_string()
        };
        assert_eq!(build(0, 1), "a sampling cannot begin at t = 0: start_t must be from 1 to 1000");
        assert_eq!(build(1001, 1), "a sampling cannot begin at t = 1001: start_t must be from 1 to 1000");
        assert_eq!(build(20, 21), "from t = 20 down a sampler takes 1 to 20 steps, but 21 were asked for");
    }

    #[test]
    fn the_noise_is_no_answer_where_there_is_nothing_else() {
        let cosine = NoiseSchedule::cosine(1000).unwrap();
        for schedule in [cosine.zero_terminal_snr().unwrap(), NoiseSchedule::flow(1000).unwrap()] {
            for &sampler in SamplerName::ALL {
                for &prediction in Prediction::ALL {
                    let config = SamplerConfig { sampler, prediction, ..SamplerConfig::for_pictures() };
                    let built = config.build(&schedule);
                    if prediction == Prediction::Epsilon {
                        let error = built.err().unwrap().to_string();
                        assert!(error.starts_with("where nothing of the picture is left"), "{error}");
                        assert!(SamplerConfig { start_t: Some(999), ..config }.build(&schedule).is_ok());
                    } else {
                        assert!(built.is_ok(), "{sampler} {prediction}");
                    }
                }
            }
        }
    }

    #[test]
    fn steps_that_coincide_are_refused() {
        let schedule = NoiseSchedule::cosine(1000).unwrap();
        let config = SamplerConfig {
            sampler: SamplerName::DpmPp2m,
            spacing: Spacing::Linspace,
            num_inference_steps: 1000,
            ..SamplerConfig::default()
        };
        let sentence =
            "dpmpp-2m in 1000 steps would visit a timestep twice: take fewer steps, or another spacing";
        assert_eq!(config.build(&schedule).err().unwrap().to_string(), sentence);
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
