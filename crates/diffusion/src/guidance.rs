//! Classifier-free guidance: Ho & Salimans 2022, "Classifier-Free Diffusion Guidance" (2207.12598).
//!
//! The model is asked twice, with the condition and without, and what the condition changed is
//! made larger: `output = uncond + cfg_scale · (cond − uncond)`. In diffusers' formula, which this
//! is, 1 means no guidance.

use candle_core::Tensor;

use crate::{Cond, Denoiser, DiffusionError, Result};

/// How strongly a condition is followed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Guidance {
    /// The model's own answer under the condition.
    #[default]
    Off,
    /// `cfg_scale`: 0 ignores the condition, 1 equals `Off`, larger exaggerates.
    Scale(f64),
}

impl Guidance {
    /// The model's output with this guidance.
    ///
    /// A scale of exactly 1 or 0 asks once and returns that answer bit for bit. Otherwise the two
    /// answers come from two calls rather than one doubled batch: the bits of a picture then do
    /// not depend on the size of a batch.
    ///
    /// # Shapes
    /// As [`Denoiser::predict`].
    ///
    /// # Errors
    /// When the scale is not a finite number, or the denoiser fails.
    pub fn predict(self, denoiser: &dyn Denoiser, x_t: &Tensor, t: f64, cond: &Cond) -> Result<Tensor> {
        let ask = |cond: &Cond| denoiser.predict(x_t, t, cond);
        let Self::Scale(cfg_scale) = self.check()? else {
            return Ok(ask(cond)?);
        };
        if cfg_scale == 0.0 {
            return Ok(ask(&Cond::null())?);
        }
        // Without a condition both answers are the same, whatever the scale.
        if cfg_scale == 1.0 || cond.tensor().is_none() {
            return Ok(ask(cond)?);
        }
        let uncond = ask(&Cond::null())?;
        // output = uncond + cfg_scale · (cond − uncond)
        Ok((&uncond + ((ask(cond)? - &uncond)? * cfg_scale)?)?)
    }

    /// This guidance, if its scale is a finite number.
    pub(crate) fn check(self) -> Result<Self> {
        match self {
            Self::Scale(found) if !found.is_finite() => {
                Err(DiffusionError::Setting { what: "cfg_scale", found, expected: "a finite number" })
            }
            checked => Ok(checked),
        }
    }
}
