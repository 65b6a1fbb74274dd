//! Classifier-free guidance: Ho & Salimans 2022, "Classifier-Free Diffusion Guidance" (2207.12598).
//!
//! The model is asked twice, with the condition and without, and what the condition changed is
//! made larger: `output = uncond + cfg_scale · (cond − uncond)`. In diffusers' formula, which this
//! is, 1 means no guidance.
//!
//! A negative condition may stand in the place of none: the same formula then leads away from it. And guidance
//! may be confined to an interval: Kynkäänniemi et al. 2024, "Applying Guidance in a Limited Interval Improves
//! Sample and Distribution Quality in Diffusion Models" (2404.07724), found that it does harm where there is
//! much noise and little where there is hardly any.

use std::ops::RangeInclusive;

use candle_core::Tensor;

use crate::{Cond, Denoiser, DiffusionError, Result, Station};

/// How strongly a condition is followed.
#[derive(Clone, Debug, Default)]
pub enum Guidance {
    /// The model's own answer under the condition.
    #[default]
    Off,
    /// `cfg_scale`: 0 ignores the condition, 1 equals `Off`, larger exaggerates.
    Scale(f64),
    /// The same away from something, or for a part of the way: what [`Guidance::away_from`] and
    /// [`Guidance::within`] make.
    Steered {
        /// As in `Scale`, but 0 follows the negative condition.
        cfg_scale: f64,
        /// What is asked in the place of nothing in particular.
        negative: Cond,
        /// The moments at which it counts, in steps applied. At all others the scale is 1.
        interval: RangeInclusive<usize>,
    },
}

impl Guidance {
    /// The same guidance away from what `negative` asks for. `Off` stays off.
    #[must_use]
    pub fn away_from(self, negative: Cond) -> Self {
        match self {
            Self::Off => Self::Off,
            Self::Scale(cfg_scale) => Self::Steered { cfg_scale, negative, interval: 0..=usize::MAX },
            Self::Steered { cfg_scale, interval, .. } => Self::Steered { cfg_scale, negative, interval },
        }
    }

    /// The same guidance at these moments only, in steps applied. `Off` stays off.
    #[must_use]
    pub fn within(self, interval: RangeInclusive<usize>) -> Self {
        match self {
            Self::Off => Self::Off,
            Self::Scale(cfg_scale) => Self::Steered { cfg_scale, negative: Cond::null(), interval },
            Self::Steered { cfg_scale, negative, .. } => Self::Steered { cfg_scale, negative, interval },
        }
    }

    /// The model's output with this guidance at a moment of the sampling.
    ///
    /// A scale of exactly 1 or 0 asks once and returns that answer bit for bit. Otherwise the two
    /// answers come from two calls rather than one doubled batch: the bits of a picture then do
    /// not depend on the size of a batch.
    ///
    /// # Shapes
    /// As [`Denoiser::predict`].
    ///
    /// # Errors
    /// When the scale is not a finite number, the interval is empty, or the denoiser fails.
    pub fn predict(
        &self,
        denoiser: &dyn Denoiser,
        x_t: &Tensor,
        station: &Station,
        cond: &Cond,
    ) -> Result<Tensor> {
        self.check()?;
        let ask = |cond: &Cond| denoiser.predict(x_t, station.timestep, cond);
        let nothing = Cond::null();
        let (cfg_scale, negative) = match self {
            Self::Scale(cfg_scale) => (*cfg_scale, &nothing),
            Self::Steered { cfg_scale, negative, interval } if interval.contains(&station.t) => {
                (*cfg_scale, negative)
            }
            Self::Off | Self::Steered { .. } => (1.0, &nothing),
        };
        if cfg_scale == 0.0 {
            return Ok(ask(negative)?);
        }
        // Where neither asks for anything both answers are the same, whatever the scale.
        let is_asked = cond.tensor().is_some() || negative.tensor().is_some();
        if cfg_scale == 1.0 || !is_asked {
            return Ok(ask(cond)?);
        }
        let uncond = ask(negative)?;
        // output = uncond + cfg_scale · (cond − uncond)
        Ok((&uncond + ((ask(cond)? - &uncond)? * cfg_scale)?)?)
    }

    /// Whether its scale is a finite number, and its interval not empty.
    pub(crate) fn check(&self) -> Result<()> {
        let (cfg_scale, interval) = match self {
            Self::Off => return Ok(()),
            Self::Scale(cfg_scale) => (*cfg_scale, None),
            Self::Steered { cfg_scale, interval, .. } => (*cfg_scale, Some(interval)),
        };
        if !cfg_scale.is_finite() {
            let expected = "a finite number";
            return Err(DiffusionError::Setting { what: "cfg_scale", found: cfg_scale, expected });
        }
        match interval.filter(|interval| interval.is_empty()) {
            Some(empty) => Err(DiffusionError::Interval { start: *empty.start(), end: *empty.end() }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::Rates;

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

    fn cond(value: f32) -> Cond {
        Cond::new(Tensor::new(&[value], &Device::Cpu).unwrap())
    }

    /// What comes out at t = 500.
    fn guided(guidance: &Guidance, cond: &Cond) -> Result<f32> {
        let x_t = Tensor::zeros((1, 1), candle_core::DType::F32, &Device::Cpu)?;
        let station = Station { timestep: 499.0, t: 500, rates: Rates::new(0.5) };
        Ok(guidance.predict(&Parrot, &x_t, &station, cond)?.flatten_all()?.get(0)?.to_scalar()?)
    }

    #[test]
    fn it_follows_the_condition_as_told() {
        let check = |guidance: Guidance, expected: f32| {
            // 0.3 is such that 0.1 + 1 · (0.3 − 0.1) is not 0.3 in f32: exactness shows.
            assert_eq!(guided(&guidance, &cond(0.3)).unwrap(), expected, "{guidance:?}");
        };
        check(Guidance::Off, 0.3);
        check(Guidance::Scale(1.0), 0.3);
        check(Guidance::Scale(0.0), 0.1);
        check(Guidance::Scale(3.0), 0.1 + 3.0 * (0.3 - 0.1));
        check(Guidance::Scale(-1.0), 0.1 - (0.3 - 0.1));
    }

    #[test]
    fn it_leads_away_from_a_negative_condition() {
        let check = |guidance: Guidance, asked: &Cond, expected: f32| {
            let guidance = guidance.away_from(cond(0.7));
            assert_eq!(guided(&guidance, asked).unwrap(), expected, "{guidance:?}");
        };
        check(Guidance::Off, &cond(0.3), 0.3);
        check(Guidance::Scale(1.0), &cond(0.3), 0.3);
        check(Guidance::Scale(0.0), &cond(0.3), 0.7);
        check(Guidance::Scale(3.0), &cond(0.3), 0.7 + 3.0 * (0.3 - 0.7));
        // Nothing in particular is a condition like another here.
        check(Guidance::Scale(1.0), &Cond::null(), 0.1);
        check(Guidance::Scale(0.0), &Cond::null(), 0.7);
        check(Guidance::Scale(3.0), &Cond::null(), 0.7 + 3.0 * (0.1 - 0.7));
    }

    #[test]
    fn outside_its_interval_the_scale_is_1() {
        let check = |interval: RangeInclusive<usize>, expected: f32| {
            let guidance = Guidance::Scale(3.0).within(interval);
            assert_eq!(guided(&guidance, &cond(0.3)).unwrap(), expected, "{guidance:?}");
        };
        let full = 0.1 + 3.0 * (0.3 - 0.1);
        check(0..=1000, full);
        check(500..=500, full);
        check(501..=1000, 0.3);
        check(0..=499, 0.3);
        // In whichever order the two are said.
        for guidance in [
            Guidance::Scale(3.0).within(400..=600).away_from(cond(0.7)),
            Guidance::Scale(3.0).away_from(cond(0.7)).within(400..=600),
        ] {
            assert_eq!(guided(&guidance, &cond(0.3)).unwrap(), 0.7 + 3.0 * (0.3 - 0.7));
            assert_eq!(guided(&guidance.within(0..=10), &cond(0.3)).unwrap(), 0.3);
        }
        assert_eq!(guided(&Guidance::Off.within(0..=1000), &cond(0.3)).unwrap(), 0.3);
    }

    #[test]
    fn without_a_condition_there_is_nothing_to_follow() {
        assert_eq!(guided(&Guidance::Scale(7.5), &Cond::null()).unwrap(), 0.1);
    }

    #[test]
    #[allow(clippy::reversed_empty_ranges, reason = "this is what is refused")]
    fn a_scale_that_is_no_number_and_an_empty_interval_are_refused() {
        let check = |guidance: Guidance, sentence: &str| {
            assert_eq!(guided(&guidance, &Cond::null()).unwrap_err().to_string(), sentence);
        };
        let sentence = "cfg_scale is NaN, but must be a finite number";
        check(Guidance::Scale(f64::NAN), sentence);
        check(Guidance::Scale(f64::NAN).within(0..=10), sentence);
        check(
            Guidance::Scale(3.0).within(800..=200),
            "guidance is to count from t = 800 to t = 200, but the first of the two must not be the larger",
        );
    }
}
