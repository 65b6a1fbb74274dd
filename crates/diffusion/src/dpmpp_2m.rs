//! DPM-Solver++(2M): the step that would be exact if the guessed picture changed along a straight line.
//!
//! Lu et al. 2022, "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models"
//! (2211.01095), Algorithm 2 and equation 9. In λ = ln(signal rate / noise rate), half the logarithm of the
//! signal-to-noise ratio, the path has the solution
//! `x_next = n_next / n · x + s_next · ∫ e^{λ' − λ_next} · x0(λ') dλ'`, and only the guess x0 has to be
//! estimated: from this one and the one before, at no further call of the network. The first and the
//! last step have one guess only.

use candle_core::Tensor;

use crate::sampler::{Clip, Rung, kept, read, rung_to_next};
use crate::stations::Reading;
use crate::{NoiseSchedule, Prediction, Rates, Result, Sampler, SamplerConfig, Station, StepOutput};

/// The multistep sampler of order 2. [`SamplerConfig::eta`], `variance` and `stride` have no effect on it.
#[derive(Clone, Debug)]
pub struct DpmPp2m {
    stations: Vec<Station>,
    /// Where the last step goes.
    end: Rates,
    is_straight: bool,
    clip: Clip,
    prediction: Prediction,
}

impl DpmPp2m {
    /// A sampler with the tables of `schedule`.
    ///
    /// # Errors
    /// See [`SamplerConfig::build`].
    pub fn new(schedule: &NoiseSchedule, config: &SamplerConfig) -> Result<Self> {
        Ok(Self {
            stations: config.stations(schedule, Reading::DpmSolver)?,
            end: Rates::new(1.0),
            is_straight: schedule.is_straight(),
            clip: config.clip,
            prediction: config.prediction,
        })
    }
}

impl Sampler for DpmPp2m {
    fn stations(&self) -> &[Station] {
        &self.stations
    }

    fn sigmas(&self) -> Vec<f64> {
        listed_sigmas(&self.stations, self.is_straight)
    }

    fn num_kept(&self) -> usize {
        1
    }

    fn step(
        &self,
        model_output: &Tensor,
        step_idx: usize,
        x: &Tensor,
        memory: &[Tensor],
        _noise: &mut dyn FnMut() -> Result<Tensor>,
    ) -> Result<StepOutput> {
        let Rung { rates, prev } = rung_to_next(&self.stations, step_idx)?;
        let (pred_x0, pred_eps) = read(self.prediction, model_output, x, rates, self.clip)?;

        let prev = if step_idx + 1 == self.stations.len() { self.end } else { prev };
        let guess = match step_idx.checked_sub(1).map(|idx| self.rates(idx)) {
            Some(before) if !memory.is_empty() => {
                let [last_x0] = kept(memory)?;
                // r = h_last / h, the lengths of the last step and of this one in λ; at the picture λ is infinite
                let r = (rates.lambda() - before.lambda()) / (prev.lambda() - rates.lambda());
                if r > 0.0 {
                    // D = x0 + (x0 − x0_last) / (2 · r)
                    (&pred_x0 + ((&pred_x0 - last_x0)? * (0.5 / r))?)?
                } else {
                    pred_x0.clone()
                }
            }
            _ => pred_x0.clone(),
        };
        // x_next = n_next / n · x + s_next · (1 − e^{−h}) · D
        let decay = (rates.lambda() - prev.lambda()).exp();
        let kept_x = (x * (prev.noise_rate / rates.noise_rate))?;
        let prev_sample = (kept_x + (guess * (prev.signal_rate * (1.0 - decay)))?)?;
        Ok(StepOutput { prev_sample, memory: vec![pred_x0.clone()], pred_x0, pred_eps })
    }
}

/// σ as diffusers lists it: the noise per unit of signal, but its share on the straight path.
pub(crate) fn listed_sigmas(stations: &[Station], is_straight: bool) -> Vec<f64> {
    let sigma = |rates: Rates| if is_straight { rates.share() } else { rates.sigma() };
    stations.iter().map(|station| sigma(station.rates)).chain([0.0]).collect()
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::Spacing;

    /// The number of diffusers' own test, `test_scheduler_dpm_multi.py`: it ends at the least noise of the table
    /// instead of the picture, with a step of order 2.
    #[test]
    fn it_arrives_where_diffusers_says() {
        let schedule = NoiseSchedule::linear(1000, 1e-4, 0.02).unwrap();
        let config = SamplerConfig {
            num_inference_steps: 10,
            spacing: Spacing::Linspace,
            clip: Clip::Off,
            ..SamplerConfig::default()
        };
        let mut sampler = DpmPp2m::new(&schedule, &config).unwrap();
        sampler.end = schedule.at(1).unwrap();
        let start: Vec<f64> = (0..768).map(|i| f64::from(i) / 768.0).collect();
        let mut x = Tensor::from_vec(start, 768, &Device::Cpu).unwrap();
        let mut memory = Vec::new();
        for (step_idx, t) in sampler.timesteps().into_iter().enumerate() {
            let model_output = (&x * (t / (t + 1.0))).unwrap();
            let output =
                sampler.step(&model_output, step_idx, &x, &memory, &mut || Ok(x.zeros_like()?)).unwrap();
            (x, memory) = (output.prev_sample, output.memory);
        }
        let mean = x.abs().unwrap().mean_all().unwrap().to_scalar::<f64>().unwrap();
        assert!((mean - 0.3301).abs() < 1e-3, "{mean}");
    }
}
