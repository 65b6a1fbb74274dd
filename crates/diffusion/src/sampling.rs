//! A batch on its way from noise to pictures, one step each time somebody asks.

use std::sync::Arc;

use candle_core::{Device, Tensor};
use noisebook_ops::{Noise, Stream};

use crate::{Cond, Denoiser, DiffusionError, Guidance, Result, Sampler};

/// All the noise that a batch will meet, counted by (seed, sample, step): sample 3 is the same
/// picture in a batch of 4, in a batch of 16, and alone.
#[derive(Clone, Debug)]
pub struct BatchNoise {
    noise: Noise,
    first_sample: u64,
    shape: Vec<usize>,
    device: Device,
}

impl BatchNoise {
    /// Noise for the samples from `first_sample` on, of `shape` `(b, …)`, on `device`.
    ///
    /// # Errors
    /// When the shape has fewer than two axes or a zero.
    pub fn new(noise: Noise, first_sample: u64, shape: &[usize], device: &Device) -> Result<Self> {
        if shape.len() < 2 || shape.contains(&0) {
            return Err(DiffusionError::BatchShape { found: shape.to_vec() });
        }
        Ok(Self { noise, first_sample, shape: shape.to_vec(), device: device.clone() })
    }

    /// Standard normal noise to start from, of the batch's shape.
    ///
    /// # Errors
    /// When the device has no room for it.
    pub fn init(&self) -> Result<Tensor> {
        self.draw(Stream::Init, 0)
    }

    /// Standard normal noise for the step of that index, of the batch's shape.
    ///
    /// # Errors
    /// When the device has no room for it.
    pub fn step(&self, step_idx: usize) -> Result<Tensor> {
        self.draw(Stream::Step, step_idx as u64)
    }

    fn draw(&self, stream: Stream, step: u64) -> Result<Tensor> {
        let (num_samples, sample_shape) = self.shape.split_first().unwrap_or((&0, &[]));
        Ok(self.noise.normal_tensor(
            stream,
            self.first_sample,
            *num_samples,
            step,
            sample_shape,
            &self.device,
        )?)
    }
}

/// A sampling under way: `x_t`, and all it takes to go on. Whoever runs it calls [`Sampling::step`]
/// until there is nothing left to do, and may stop, look, or [go back](Sampling::go_to) in between.
pub struct Sampling {
    denoiser: Arc<dyn Denoiser>,
    sampler: Box<dyn Sampler>,
    cond: Cond,
    guidance: Guidance,
    noise: BatchNoise,
    x_t: Tensor,
    step_idx: usize,
}

/// What one step saw and where it went; every tensor has the batch's shape and no history.
#[derive(Clone, Debug)]
pub struct SamplingStep {
    /// Which step it was, from 0.
    pub step_idx: usize,
    /// The timestep the denoiser was asked about; the step started at moment `t = timestep + 1`.
    pub timestep: usize,
    /// The batch before the step.
    pub x_t: Tensor,
    /// The pictures that the denoiser sees behind `x_t`.
    pub pred_x0: Tensor,
    /// The noise that the denoiser sees in `x_t`.
    pub pred_eps: Tensor,
    /// The batch after the step.
    pub prev_sample: Tensor,
}

impl Sampling {
    /// A batch of pure noise, with every step still to be taken.
    ///
    /// # Errors
    /// When the guidance's scale is not a finite number, or the device has no room for the batch.
    pub fn new(
        denoiser: Arc<dyn Denoiser>,
        sampler: Box<dyn Sampler>,
        cond: Cond,
        guidance: Guidance,
        noise: BatchNoise,
    ) -> Result<Self> {
        let x_t = (noise.init()? * sampler.init_sigma())?;
        Ok(Self { denoiser, sampler, cond, guidance: guidance.check()?, noise, x_t, step_idx: 0 })
    }

    /// The number of steps from noise to pictures.
    pub fn num_steps(&self) -> usize {
        self.sampler.timesteps().len()
    }

    /// The index of the step to be taken next: the number of steps taken.
    pub fn step_idx(&self) -> usize {
        self.step_idx
    }

    /// The timestep of each step, falling.
    pub fn timesteps(&self) -> &[usize] {
        self.sampler.timesteps()
    }

    /// The batch as it is now, `(b, …)`: noise at first, pictures when all steps are taken.
    pub fn x_t(&self) -> &Tensor {
        &self.x_t
    }

    /// Goes to the start of step `step_idx` with the batch as it was there. The steps from there on
    /// meet the same noise again, so the same batch leads to the same pictures.
    ///
    /// # Errors
    /// When there is no such step, or `x_t` is not of the batch's shape.
    pub fn go_to(&mut self, step_idx: usize, x_t: &Tensor) -> Result<()> {
        if step_idx > self.num_steps() {
            return Err(DiffusionError::StepIndex { found: step_idx, max: self.num_steps() });
        }
        if x_t.dims() != self.noise.shape {
            return Err(DiffusionError::BatchShape { found: x_t.dims().to_vec() });
        }
        self.x_t = x_t.detach();
        self.step_idx = step_idx;
        Ok(())
    }

    /// Takes one step, or says that all are taken.
    ///
    /// # Errors
    /// When the denoiser or a tensor operation fails. The batch is then as it was before.
    pub fn step(&mut self) -> Result<Option<SamplingStep>> {
        let step_idx = self.step_idx;
        let Some(&timestep) = self.sampler.timesteps().get(step_idx) else {
            return Ok(None);
        };
        let input = self.sampler.scale_model_input(&self.x_t, step_idx)?;
        let model_output =
            self.guidance.predict(&*self.denoiser, &input, timestep as f64, &self.cond)?.detach();
        let mut noise = || self.noise.step(step_idx);
        let output = self.sampler.step(&model_output, step_idx, &self.x_t, &mut noise)?;

        let prev_sample = output.prev_sample.detach();
        let x_t = std::mem::replace(&mut self.x_t, prev_sample.clone());
        self.step_idx += 1;
        Ok(Some(SamplingStep {
            step_idx,
            timestep,
            x_t,
            pred_x0: output.pred_x0.detach(),
            pred_eps: output.pred_eps.detach(),
            prev_sample,
        }))
    }
}
