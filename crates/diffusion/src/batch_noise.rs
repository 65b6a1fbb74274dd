//! The noise that a batch meets on its way, counted by sample and step.

use candle_core::{DType, Device, Tensor};
use noisebook_ops::{Noise, Stream};

use crate::{DiffusionError, Result};

/// More steps than anybody takes, as a power of two: the rounds of one step are counted in the bits above.
const STEP_BITS: u32 = 20;

/// All the noise that a batch will meet, counted by (seed, sample, step): sample 3 is the same
/// picture in a batch of 4, in a batch of 16, and alone.
#[derive(Clone, Debug)]
pub struct BatchNoise {
    noise: Noise,
    first_sample: u64,
    first_step: usize,
    is_shared: bool,
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
        Ok(Self {
            noise,
            first_sample,
            first_step: 0,
            is_shared: false,
            shape: shape.to_vec(),
            device: device.clone(),
        })
    }

    /// The same for a batch that has taken `num_steps` steps already: step 0 meets noise that it has not met yet.
    #[must_use]
    pub fn after(self, num_steps: usize) -> Self {
        Self { first_step: self.first_step + num_steps, ..self }
    }

    /// The same with one noise for all: every sample meets what the first one meets. So what else differs between them
    /// can be seen.
    #[must_use]
    pub fn shared(self) -> Self {
        Self { is_shared: true, ..self }
    }

    /// The batch's, `(b, …)`.
    pub(crate) fn shape(&self) -> &[usize] {
        &self.shape
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
        self.round(Stream::Step, step_idx, 0)
    }

    /// Noise for a step that is taken more than once.
    pub(crate) fn round(&self, stream: Stream, step_idx: usize, round: usize) -> Result<Tensor> {
        self.draw(stream, ((round as u64) << STEP_BITS) + (self.first_step + step_idx) as u64)
    }

    /// A tensor that can be stretched to the batch's shape, as large as the batch and beside it.
    pub(crate) fn stretch(&self, what: &'static str, x: &Tensor) -> Result<Tensor> {
        let (found, expected) = (x.dims().to_vec(), self.shape.clone());
        let stretched = x.broadcast_as(self.shape.as_slice());
        let stretched = stretched.map_err(|_| DiffusionError::Source { what, found, expected })?;
        Ok(stretched.contiguous()?.to_dtype(DType::F32)?.to_device(&self.device)?.detach())
    }

    fn draw(&self, stream: Stream, step: u64) -> Result<Tensor> {
        let (num_samples, sample_shape) = self.shape.split_first().unwrap_or((&0, &[]));
        let num_drawn = if self.is_shared { 1 } else { *num_samples };
        let drawn = self.noise.normal_tensor(
            stream,
            self.first_sample,
            num_drawn,
            step,
            sample_shape,
            &self.device,
        )?;
        Ok(drawn.broadcast_as(self.shape.as_slice())?.contiguous()?)
    }
}
