//! A trained model, sampled step by step.

use std::sync::Arc;

use noisebook_diffusion::{BatchNoise, Cond, Guidance, Result, SamplerConfig, Sampling};
use noisebook_shelf::DiffusionModel;

/// Adds the start of a [`Sampling`] to a [`DiffusionModel`].
pub trait StartSampling {
    /// A batch of pure noise that the model will lead to pictures on its schedule, with every step still to be taken:
    /// `while let Some(step) = sampling.step()? { … }`.
    ///
    /// # Errors
    /// When the config does not fit the schedule, or the guidance's scale is not a finite number.
    fn sampling(
        &self,
        config: &SamplerConfig,
        cond: &Cond,
        guidance: Guidance,
        noise: &BatchNoise,
    ) -> Result<Sampling>;
}

impl StartSampling for DiffusionModel {
    fn sampling(
        &self,
        config: &SamplerConfig,
        cond: &Cond,
        guidance: Guidance,
        noise: &BatchNoise,
    ) -> Result<Sampling> {
        let sampler = config.build(&self.schedule)?;
        Sampling::new(Arc::clone(&self.denoiser), sampler, cond.clone(), guidance, noise.clone())
    }
}
