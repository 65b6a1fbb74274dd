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

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    /// Says its condition, and 0.1 without one.
    struct Parrot;

    impl Denoiser for Parrot {
        fn predict(&self, x_t: &Tensor, _t: f64, cond: &Cond) -> candle_core::Result<Tensor> {
            match cond.tensor() {
                Some(cond) => cond.broadcast_as(x_t.shape()),
                None => x_t.affine(0.0, 0.1),
            }
        }
    }

    fn guided(guidance: Guidance, cond: &Cond) -> Result<f32> {
        let x_t = Tensor::zeros((1, 1), candle_core::DType::F32, &Device::Cpu)?;
        Ok(guidance.predict(&Parrot, &x_t, 0.0, cond)?.flatten_all()?.get(0)?.to_scalar()?)
    }

    #[test]
    fn it_follows_the_condition_as_told() {
        let check = |guidance, expected: f32| {
            // 0.3 is such that 0.1 + 1 · (0.3 − 0.1) is not 0.3 in f32: exactness shows.
            let cond = Cond::new(Tensor::new(&[0.3_f32], &Device::Cpu).unwrap());
            assert_eq!(guided(guidance, &cond).unwrap(), expected, "{guidance:?}");
        };
        check(Guidance::Off, 0.3);
        check(Guidance::Scale(1.0), 0.3);
        check(Guidance::Scale(0.0), 0.1);
        check(Guidance::Scale(3.0), 0.1 + 3.0 * (0.3 - 0.1));
        check(Guidance::Scale(-1.0), 0.1 - (0.3 - 0.1));
    }

    #[test]
    fn without_a_condition_there_is_nothing_to_follow() {
        assert_eq!(guided(Guidance::Scale(7.5), &Cond::null()).unwrap(), 0.1);
    }

    #[test]
    fn a_scale_that_is_no_number_is_refused() {
        let error = guided(Guidance::Scale(f64::NAN), &Cond::null()).unwrap_err();
        assert_eq!(error.to_string(), "cfg_scale is NaN, but must be a finite number");
    }
}
