//! DDIM: the same network, fewer steps, and as little noise as one likes.
//!
//! Song et al. 2020, "Denoising Diffusion Implicit Models" (2010.02502), equations 12 and 16:
//! `x_prev = √ᾱ_prev · x0 + √(1 − ᾱ_prev − σ²) · eps + σ · noise`, with
//! `σ = eta · √((1 − ᾱ_prev) / (1 − ᾱ)) · √(1 − ᾱ / ᾱ_prev)`. At `eta` 0 the path is determined by
//! `x_T`; at `eta` 1 it has the noise of DDPM. On any path `s` and `n`, signal and noise rate, stand for
//! √ᾱ and √(1 − ᾱ), and the noise of the jump for √(1 − ᾱ / ᾱ_prev).

use candle_core::Tensor;

use crate::sampler::{Clip, Rung, Stride, read, rung_to_next};
use crate::spacing::step_ratio;
use crate::stations::Reading;
use crate::{NoiseSchedule, Prediction, Rates, Result, Sampler, SamplerConfig, Station, StepOutput};

/// The implicit sampler. [`SamplerConfig::variance`] has no effect on it.
#[derive(Clone, Debug)]
pub struct Ddim {
    stations: Vec<Station>,
    /// Where each step goes.
    ends: Vec<Rates>,
    eta: f64,
    clip: Clip,
    prediction: Prediction,
}

impl Ddim {
    /// A sampler with the tables of `schedule`.
    ///
    /// # Errors
    /// See [`SamplerConfig::build`].
    pub fn new(schedule: &NoiseSchedule, config: &SamplerConfig) -> Result<Self> {
        let stations = config.stations(schedule, Reading::Whole)?;
        let ends = match config.stride {
            // The straight path has no timesteps to go down.
            Stride::Fixed if !schedule.is_straight() => {
                // Below timestep 0 is the picture, with ᾱ = 1.
                let start = config.start_t.unwrap_or(schedule.num_train_timesteps());
                let ratio = step_ratio(start, config.num_inference_steps);
                let end = |station: &Station| schedule.at(station.t.saturating_sub(ratio));
                stations.iter().map(end).collect::<Result<_>>()?
            }
            _ => (0..stations.len())
                .map(|step_idx| Ok(rung_to_next(&stations, step_idx)?.prev))
                .collect::<Result<_>>()?,
        };
        Ok(Self { stations, ends, eta: config.eta, clip: config.clip, prediction: config.prediction })
    }
}

impl Sampler for Ddim {
    fn stations(&self) -> &[Station] {
        &self.stations
    }

    fn step(
        &self,
        model_output: &Tensor,
        step_idx: usize,
        x_t: &Tensor,
        _memory: &[Tensor],
        noise: &mut dyn FnMut() -> Result<Tensor>,
    ) -> Result<StepOutput> {
        let Rung { rates, prev } = rung_to_next(&self.stations, step_idx)?;
        let prev = self.ends.get(step_idx).copied().unwrap_or(prev);

        let (pred_x0, pred_eps) = read(self.prediction, model_output, x_t, rates, self.clip)?;

        // σ = eta · n_prev / n · the noise of the jump from prev up to here
        let sigma = self.eta * prev.noise_rate / rates.noise_rate * prev.up_to(rates).noise_rate;
        // x_prev = s_prev · x0 + √(n_prev² − σ²) · eps + σ · noise
        let eps_rate = (prev.noise_rate.powi(2) - sigma.powi(2)).max(0.0).sqrt();
        let determined = ((&pred_x0 * prev.signal_rate)? + (&pred_eps * eps_rate)?)?;
        let prev_sample = if sigma > 0.0 { (determined + (noise()? * sigma)?)? } else { determined };
        Ok(StepOutput { prev_sample, pred_x0, pred_eps, memory: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::Clip;

    /// One step from timestep 500 in which two of four pictures are clipped, against diffusers 0.42's `DDIMScheduler`
    /// with `clip_sample=True`, without and with `use_clipped_model_output`.
    #[test]
    fn both_ways_to_clip_agree_with_diffusers() {
        let check = |clip, expected: [f64; 4]| {
            let config = SamplerConfig { num_inference_steps: 10, clip, ..SamplerConfig::default() };
            let ddim = Ddim::new(&NoiseSchedule::linear(1000, 1e-4, 0.02).unwrap(), &config).unwrap();
            let x_t = Tensor::new(&[-2.0_f64, -0.1, 0.2, 1.5], &Device::Cpu).unwrap();
            let model_output = (&x_t * 0.5).unwrap();
            assert_eq!(ddim.timesteps()[4], 500.0);
            let output = ddim.step(&model_output, 4, &x_t, &[], &mut || Ok(x_t.clone())).unwrap();
            let found = output.prev_sample.to_vec1::<f64>().unwrap();
            let error = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(error < 1e-5, "{clip:?}: {found:?}");
        };
        check(Clip::Picture(1.0), [-1.337_981_5, -0.126_900_5, 0.253_801, 1.113_478_2]);
        check(Clip::PictureAndNoise(1.0), [-2.049_391_8, -0.126_900_5, 0.253_801, 1.581_829_5]);
    }

    /// 300 does not divide 1000: only strides to the next timestep visited come out at the picture.
    #[test]
    fn only_strides_to_the_next_timestep_end_at_the_picture() {
        let last = |stride, num_inference_steps| {
            let spacing = crate::Spacing::Trailing;
            let config = SamplerConfig { num_inference_steps, spacing, stride, ..SamplerConfig::default() };
            let ddim = Ddim::new(&NoiseSchedule::linear(1000, 1e-4, 0.02).unwrap(), &config).unwrap();
            let ends: Vec<f64> = ddim.ends.iter().map(|rates| rates.alpha_cumprod).collect();
            let starts: Vec<f64> = ddim.stations.iter().skip(1).map(|at| at.rates.alpha_cumprod).collect();
            (ends[..starts.len()] == starts[..], ends[starts.len()])
        };
        assert_eq!(last(Stride::ToNext, 300), (true, 1.0));
        assert!(!last(Stride::Fixed, 300).0);
        assert_eq!(last(Stride::Fixed, 50), last(Stride::ToNext, 50));
    }
}
