//! A trained model, sampled step by step.

use std::sync::Arc;

use noisebook_diffusion::{Alteration, BatchNoise, Cond, Guidance, Result, SamplerConfig, Sampling};
use noisebook_shelf::DiffusionModel;

/// Adds the start of a [`Sampling`] to a [`DiffusionModel`].
pub trait StartSampling {
    /// A batch of pure noise that the model will lead to pictures on its schedule, with every step still to be taken:
    /// `while let Some(step) = sampling.step()? { … }`.
    ///
    /// # Errors
    /// When the config does not fit the schedule, or the guidance cannot be followed.
    fn sampling(
        &self,
        config: &SamplerConfig,
        cond: &Cond,
        guidance: Guidance,
        noise: &BatchNoise,
    ) -> Result<Sampling>;

    /// A picture that the model will alter, with every step still to be taken: see [`Sampling::altering`].
    ///
    /// # Errors
    /// As [`StartSampling::sampling`], and when the picture or its mask does not fit the batch.
    fn altering(
        &self,
        config: &SamplerConfig,
        cond: &Cond,
        guidance: Guidance,
        noise: &BatchNoise,
        alteration: &Alteration,
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

    fn altering(
        &self,
        config: &SamplerConfig,
        cond: &Cond,
        guidance: Guidance,
        noise: &BatchNoise,
        alteration: &Alteration,
    ) -> Result<Sampling> {
        let (denoiser, cond, noise) = (Arc::clone(&self.denoiser), cond.clone(), noise.clone());
        Sampling::altering(denoiser, &self.schedule, config, cond, guidance, noise, alteration)
    }
}
