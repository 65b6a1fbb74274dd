//! UniPC: predict as DPM-Solver++ does, and, once the network has looked there, correct where one has come from.
//!
//! Zhao et al. 2023, "UniPC: A Unified Predictor-Corrector Framework for Fast Sampling of Diffusion Models"
//! (2302.04867), UniPC-2 with B₂(h) = e^h − 1, in terms of the guessed picture (their Appendix A.2):
//! Algorithm 2 predicts, Algorithm 1 corrects. The correction takes the guess that is made at the new
//! station anyway, so that it costs no call of the network, and gains an order.

use candle_core::Tensor;

use crate::dpmpp_2m::listed_sigmas;
use crate::sampler::{Clip, Rung, kept, read, rung_to_next};
use crate::stations::Reading;
use crate::{NoiseSchedule, Prediction, Rates, Result, Sampler, SamplerConfig, Station, StepOutput};

/// The sampler that predicts and corrects. [`SamplerConfig::eta`], `variance` and `stride` have no effect on it.
#[derive(Clone, Debug)]
pub struct UniPc {
    stations: Vec<Station>,
    is_straight: bool,
    clip: Clip,
    prediction: Prediction,
}

impl UniPc {
    /// A sampler with the tables of `schedule`.
    ///
    /// # Errors
    /// See [`SamplerConfig::build`].
    pub fn new(schedule: &NoiseSchedule, config: &SamplerConfig) -> Result<Self> {
        Ok(Self {
            stations: config.stations(schedule, Reading::UniPc)?,
            is_straight: schedule.is_straight(),
            clip: config.clip,
            prediction: config.prediction,
        })
    }

    /// The order of the step: 1 where there is only one guess, at the beginning, and at the end.
    fn order(&self, step_idx: usize) -> usize {
        2.min(step_idx + 1).min(self.stations.len() - step_idx)
    }

    /// Where the last step, from `x` and the guess `x0` there, should have led, now that the guess at its
    /// end is `x0_here`. `x0_before` is the guess one step further back.
    fn correct(&self, step_idx: usize, [x, x0, x0_before]: &[Tensor; 3], x0_here: &Tensor) -> Result<Tensor> {
        let (from, to) = (self.rates(step_idx - 1), self.rates(step_idx));
        let jump = Jump::new(from, to);
        let h = jump.h;
        // The change of the guess over the step, and over the step before it in proportion.
        let change = (x0_here - x0)?;
        let residual = if self.order(step_idx - 1) == 1 {
            (change * 0.5)?
        } else {
            // r = (λ_before − λ) / h; φ₂ and φ₃ as in the paper's Appendix A
            let r = (self.rates(step_idx - 2).lambda() - from.lambda()) / h;
            let phi_2 = jump.grown / -h - 1.0;
            let phi_3 = phi_2 / -h - 0.5;
            let (b_1, b_2) = (phi_2 / jump.grown, 2.0 * phi_3 / jump.grown);
            // ρ₁ + ρ₂ = b₁, r · ρ₁ + ρ₂ = b₂
            let rho_1 = (b_2 - b_1) / (r - 1.0);
            let rho_2 = b_1 - rho_1;
            (((x0_before - x0)? * (rho_1 / r))? + (change * rho_2)?)?
        };
        jump.land(x, x0, &residual)
    }

    /// Where the next step leads by the guesses so far.
    fn predict(&self, step_idx: usize, x: &Tensor, x0: &Tensor, x0_before: &Tensor) -> Result<Tensor> {
        let Rung { rates, prev } = rung_to_next(&self.stations, step_idx)?;
        let jump = Jump::new(rates, prev);
        if self.order(step_idx) == 1 {
            return jump.land(x, x0, &x0.zeros_like()?);
        }
        let r = (self.rates(step_idx - 1).lambda() - rates.lambda()) / jump.h;
        jump.land(x, x0, &((x0_before - x0)? * (0.5 / r))?)
    }
}

/// A step from one moment to a less noisy one, in λ = ln(signal rate / noise rate).
struct Jump {
    from: Rates,
    to: Rates,
    /// Its length in λ.
    h: f64,
    /// `e^{−h} − 1`, which is h·φ₁(−h) and B₂(−h).
    grown: f64,
}

impl Jump {
    fn new(from: Rates, to: Rates) -> Self {
        let h = to.lambda() - from.lambda();
        Self { from, to, h, grown: (-h).exp_m1() }
    }

    /// `x_to = n_to / n_from · x − s_to · (e^{−h} − 1) · (x0 + residual)`
    fn land(&self, x: &Tensor, x0: &Tensor, residual: &Tensor) -> Result<Tensor> {
        let kept_x = (x * (self.to.noise_rate / self.from.noise_rate))?;
        Ok((kept_x - ((x0 + residual)? * (self.to.signal_rate * self.grown))?)?)
    }
}

impl Sampler for UniPc {
    fn stations(&self) -> &[Station] {
        &self.stations
    }

    fn sigmas(&self) -> Vec<f64> {
        listed_sigmas(&self.stations, self.is_straight)
    }

    fn num_kept(&self) -> usize {
        3
    }

    fn step(
        &self,
        model_output: &Tensor,
        step_idx: usize,
        x: &Tensor,
        memory: &[Tensor],
        _noise: &mut dyn FnMut() -> Result<Tensor>,
    ) -> Result<StepOutput> {
        let rates = rung_to_next(&self.stations, step_idx)?.rates;
        let (pred_x0, pred_eps) = read(self.prediction, model_output, x, rates, self.clip)?;
        let (x, x0_before) = if step_idx == 0 || memory.is_empty() {
            (x.clone(), pred_x0.clone())
        } else {
            let memory: &[Tensor; 3] = kept(memory)?;
            let [_, x0_before, _] = memory;
            (self.correct(step_idx, memory, &pred_x0)?, x0_before.clone())
        };
        let prev_sample = self.predict(step_idx, &x, &pred_x0, &x0_before)?;
        Ok(StepOutput { prev_sample, memory: vec![x, pred_x0.clone(), x0_before], pred_x0, pred_eps })
    }
}
