//! Samples from a network that is still learning: the straight path walked back by Euler's method, from the same noise each
//! time (Lipman et al. 2022, arXiv 2210.02747).

use crate::LabError;
use candle_core::{Device, Tensor};
use noisebook_diffusion::{Cond, Denoiser, Guidance, NoiseSchedule};
use noisebook_ops::{Noise, Stream, on_pool};
use noisebook_train::LiveDenoiser;

/// How samples are made.
pub(super) struct Manner {
    pub(super) num_steps: usize,
    pub(super) guidance: Guidance,
    /// What is asked for; the null condition asks for nothing in particular.
    pub(super) cond: Cond,
    /// A guess beyond ± this is cut.
    pub(super) clip: f64,
}

/// A batch on its way from noise to samples, one step each time somebody asks.
pub(super) struct Preview {
    denoiser: LiveDenoiser,
    schedule: NoiseSchedule,
    manner: Manner,
    x_t: Tensor,
    step_idx: usize,
}

impl Preview {
    /// The noise that every preview of this seed begins with: `num` samples of `shape`, of which the first do not depend on
    /// how many there are.
    pub(super) fn new(
        denoiser: LiveDenoiser,
        schedule: NoiseSchedule,
        manner: Manner,
        (seed, num, shape): (u64, usize, &[usize]),
        device: &Device,
    ) -> Result<Self, LabError> {
        let x_t = Noise::new(seed).normal_tensor(Stream::Init, 0, num, 0, shape, device)?;
        Ok(Self { denoiser, schedule, manner, x_t, step_idx: 0 })
    }

    pub(super) fn is_done(&self) -> bool {
        self.step_idx == self.manner.num_steps
    }

    /// One step down.
    pub(super) fn step(&mut self) -> Result<(), LabError> {
        if self.is_done() {
            return Ok(());
        }
        let Manner { num_steps, guidance, cond, clip } = &self.manner;
        let last = self.schedule.num_train_timesteps() as f64;
        let sigma = |step_idx: usize| 1.0 - step_idx as f64 / *num_steps as f64;
        let (now, next) = (sigma(self.step_idx), sigma(self.step_idx + 1));
        let timestep = self.schedule.timestep_from_t(now * last);
        let x_t = &self.x_t;
        let pred_x0 = on_pool(|| guidance.predict(&self.denoiser as &dyn Denoiser, x_t, timestep, cond))?
            .clamp(-clip, *clip)?;
        // The path is straight: x_next = x0 + (σ_next / σ) · (x_t − x0), which ends at x0.
        let x_next = (&pred_x0 + ((x_t - &pred_x0)? * (next / now))?)?;
        self.x_t = x_next.detach();
        self.step_idx += 1;
        Ok(())
    }

    /// The batch as it stands: samples once it is done.
    pub(super) fn into_samples(self) -> Tensor {
        self.x_t
    }
}
