//! Noise schedules: how much noise each step adds.
//!
//! Step `t` keeps `1 − β_t` of the signal's power and replaces the rest by noise. After `t` steps
//! the part `ᾱ_t = Π_{s ≤ t} (1 − β_s)` is left, and `SNR_t = ᾱ_t / (1 − ᾱ_t)`.
//!
//! Linear: Ho et al. 2020, "Denoising Diffusion Probabilistic Models" (arXiv 2006.11239).
//! Scaled linear: Rombach et al. 2022, "High-Resolution Image Synthesis with Latent Diffusion
//! Models" (2112.10752). Cosine: Nichol & Dhariwal 2021, "Improved Denoising Diffusion
//! Probabilistic Models" (2102.09672). Sigmoid in β: Xu et al. 2022 (2203.02923).
//! Numbers agree with diffusers' `DDPMScheduler`.

use std::f64::consts::FRAC_PI_2;

use ndarray::Array1;
use serde::{Deserialize, Serialize};

use crate::names::named;
use crate::{DiffusionError, Result};

/// Longer tables than any paper's, but short enough for memory.
const MAX_TRAIN_TIMESTEPS: usize = 1_000_000;

/// The schedules that have a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleName {
    /// β rises in a straight line from 1e-4 to 0.02 (DDPM).
    Linear,
    /// √β rises in a straight line, and β from 0.00085 to 0.012 (Stable Diffusion).
    ScaledLinear,
    /// ᾱ falls like a squared cosine; diffusers' `squaredcos_cap_v2`.
    Cosine,
    /// β rises like a sigmoid from about 1e-4 to about 0.02.
    Sigmoid,
}

named!(ScheduleName, "noise schedule", {
    Linear = "linear",
    ScaledLinear = "scaled-linear",
    Cosine = "cosine",
    Sigmoid = "sigmoid",
});

/// The tables of a noise schedule of T steps, in `f64`.
///
/// Table index `t − 1` belongs to step `t`: the table has no entry for the picture itself.
#[derive(Clone, Debug, PartialEq)]
pub struct NoiseSchedule {
    betas: Array1<f64>,
    alphas_cumprod: Array1<f64>,
}

/// What is left of the picture and what has come of noise at one moment:
/// `x_t = signal_rate · x0 + noise_rate · eps`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// ᾱ, the signal's share of the power, from 1 (picture) to almost 0 (noise).
    pub alpha_cumprod: f64,
    /// √ᾱ, the factor on the picture.
    pub signal_rate: f64,
    /// √(1 − ᾱ), the factor on the noise.
    pub noise_rate: f64,
    /// ᾱ / (1 − ᾱ), a ratio of powers without a unit; infinite for the picture itself.
    pub snr: f64,
}

impl NoiseSchedule {
    /// The schedule of that name with its usual end points.
    ///
    /// # Errors
    /// See [`NoiseSchedule::from_betas`]. The end points stay the same for every T, as in
    /// diffusers: a `linear` schedule of 100 steps leaves far more of the picture than one of 1000.
    pub fn named(name: ScheduleName, num_train_timesteps: usize) -> Result<Self> {
        match name {
            ScheduleName::Linear => Self::linear(num_train_timesteps, 1e-4, 0.02),
            ScheduleName::ScaledLinear => Self::scaled_linear(num_train_timesteps, 0.00085, 0.012),
            ScheduleName::Cosine => Self::cosine(num_train_timesteps),
            ScheduleName::Sigmoid => Self::sigmoid(num_train_timesteps),
        }
    }

    /// β in a straight line from `beta_start` to `beta_end`.
    ///
    /// # Errors
    /// See [`NoiseSchedule::from_betas`].
    pub fn linear(num_train_timesteps: usize, beta_start: f64, beta_end: f64) -> Result<Self> {
        Self::from_betas(linspace(num_train_timesteps, beta_start, beta_end)?)
    }

    /// β whose square root is a straight line, from `beta_start` to `beta_end`.
    ///
    /// # Errors
    /// See [`NoiseSchedule::from_betas`].
    pub fn scaled_linear(num_train_timesteps: usize, beta_start: f64, beta_end: f64) -> Result<Self> {
        let roots = linspace(num_train_timesteps, beta_start.sqrt(), beta_end.sqrt())?;
        Self::from_betas(roots.mapv(|root| root * root))
    }

    /// β such that ᾱ follows `cos²((u + 0.008) / 1.008 · π/2)` for u from 0 to 1.
    ///
    /// β is at most 0.999: the last step would otherwise leave nothing at all.
    ///
    /// # Errors
    /// See [`NoiseSchedule::from_betas`].
    pub fn cosine(num_train_timesteps: usize) -> Result<Self> {
        let num = check_length(num_train_timesteps)?;
        let alpha_bar = |t: usize| {
            let u = t as f64 / num as f64;
            ((u + 0.008) / 1.008 * FRAC_PI_2).cos().powi(2)
        };
        Self::from_betas(Array1::from_shape_fn(num, |idx| {
            (1.0 - alpha_bar(idx + 1) / alpha_bar(idx)).min(0.999)
        }))
    }

    /// β along a sigmoid over −6…6, between 1e-4 and 0.02.
    ///
    /// # Errors
    /// See [`NoiseSchedule::from_betas`].
    pub fn sigmoid(num_train_timesteps: usize) -> Result<Self> {
        let (beta_start, beta_end) = (1e-4, 0.02);
        let betas = linspace(num_train_timesteps, -6.0, 6.0)?
            .mapv(|x: f64| beta_start + (beta_end - beta_start) / (1.0 + (-x).exp()));
        Self::from_betas(betas)
    }

    /// Any β of your own.
    ///
    /// # Errors
    /// When there is none or more than a million, when one is not a number above 0 and below 1,
    /// and when ᾱ reaches zero: such a step could not be undone.
    pub fn from_betas(betas: Array1<f64>) -> Result<Self> {
        check_length(betas.len())?;
        let mut alphas_cumprod = betas.clone();
        let mut product = 1.0;
        for (idx, value) in alphas_cumprod.iter_mut().enumerate() {
            let (beta, alpha) = (*value, 1.0 - *value);
            // Also false for NaN, and for a β so small that 1 − β rounds to 1.
            if !(0.0 < alpha && alpha < 1.0) {
                return Err(DiffusionError::Beta { idx, value: beta });
            }
            product *= alpha;
            if product < f64::MIN_POSITIVE {
                return Err(DiffusionError::UsedUp { t: idx + 1 });
            }
            *value = product;
        }
        Ok(Self { betas, alphas_cumprod })
    }

    /// T, the number of steps from picture to noise.
    pub fn num_train_timesteps(&self) -> usize {
        self.betas.len()
    }

    /// β of steps 1…T, shape `(T,)`.
    pub fn betas(&self) -> &Array1<f64> {
        &self.betas
    }

    /// ᾱ after steps 1…T, shape `(T,)`.
    pub fn alphas_cumprod(&self) -> &Array1<f64> {
        &self.alphas_cumprod
    }

    /// The ratio of signal power to noise power after steps 1…T, shape `(T,)`.
    pub fn snr(&self) -> Array1<f64> {
        self.alphas_cumprod.mapv(|alpha_cumprod| Rates::new(alpha_cumprod).snr)
    }

    /// The rates after `t` steps: `t = 0` is the untouched picture.
    ///
    /// # Errors
    /// When `t` is more than T.
    pub fn at(&self, t: usize) -> Result<Rates> {
        self.look_up(t, |idx| self.alphas_cumprod.get(idx).copied())
    }

    /// The rates of step `t` alone, `x_t = √(1 − β_t) · x_{t−1} + √β_t · eps`: the same mixture,
    /// with `1 − β_t` in the place of ᾱ. Step 0 changes nothing.
    ///
    /// # Errors
    /// When `t` is more than T.
    pub fn step_at(&self, t: usize) -> Result<Rates> {
        self.look_up(t, |idx| self.betas.get(idx).map(|beta| 1.0 - beta))
    }

    fn look_up(&self, t: usize, table: impl Fn(usize) -> Option<f64>) -> Result<Rates> {
        let Some(idx) = t.checked_sub(1) else {
            return Ok(Rates::new(1.0));
        };
        table(idx).map(Rates::new).ok_or(DiffusionError::Step { found: t, max: self.num_train_timesteps() })
    }
}

impl Rates {
    /// The rates that belong to a share ᾱ of signal power, from 0 to 1.
    pub fn new(alpha_cumprod: f64) -> Self {
        Self {
            alpha_cumprod,
            signal_rate: alpha_cumprod.sqrt(),
            noise_rate: (1.0 - alpha_cumprod).sqrt(),
            snr: alpha_cumprod / (1.0 - alpha_cumprod),
        }
    }

    /// `√((1 − ᾱ) / ᾱ)`, the noise per unit of signal: Karras' σ; 0 for the picture itself.
    pub fn sigma(self) -> f64 {
        self.noise_rate / self.signal_rate
    }
}

fn check_length(num_train_timesteps: usize) -> Result<usize> {
    if (1..=MAX_TRAIN_TIMESTEPS).contains(&num_train_timesteps) {
        Ok(num_train_timesteps)
    } else {
        Err(DiffusionError::ScheduleLength { found: num_train_timesteps, max: MAX_TRAIN_TIMESTEPS })
    }
}

/// `num` values from `start` to `end` inclusive; only `start` if `num` is 1.
fn linspace(num: usize, start: f64, end: f64) -> Result<Array1<f64>> {
    Ok(Array1::linspace(start, end, check_length(num)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTHS: [usize; 5] = [1, 10, 100, 1000, 4000];

    fn every_schedule() -> impl Iterator<Item = (ScheduleName, NoiseSchedule)> {
        ScheduleName::ALL
            .iter()
            .flat_map(|&name| LENGTHS.map(|num| (name, NoiseSchedule::named(name, num).unwrap())))
    }

    #[test]
    fn the_signal_only_falls_and_never_ends() {
        for (name, schedule) in every_schedule() {
            let mut before = 1.0;
            for &alpha_cumprod in schedule.alphas_cumprod() {
                assert!(
                    0.0 < alpha_cumprod && alpha_cumprod < before,
                    "{name}: {alpha_cumprod} after {before}"
                );
                before = alpha_cumprod;
            }
        }
    }

    #[test]
    fn rates_share_the_power() {
        for (name, schedule) in every_schedule() {
            let end = schedule.num_train_timesteps();
            for t in [0, 1, end] {
                let rates = schedule.at(t).unwrap();
                let power = rates.signal_rate.powi(2) + rates.noise_rate.powi(2);
                assert!((power - 1.0).abs() < 1e-12, "{name} at {t}: {rates:?}");
            }
            assert_eq!(schedule.at(0).unwrap().signal_rate, 1.0);
            assert_eq!(schedule.at(end).unwrap().alpha_cumprod, schedule.alphas_cumprod()[end - 1]);
            assert_eq!(schedule.snr()[end - 1], schedule.at(end).unwrap().snr);
        }
    }

    #[test]
    fn steps_multiply_to_the_jump() {
        for (name, schedule) in every_schedule() {
            let end = schedule.num_train_timesteps();
            let product: f64 = (0..=end).map(|t| schedule.step_at(t).unwrap().alpha_cumprod).product();
            let jump = schedule.at(end).unwrap().alpha_cumprod;
            assert!((product / jump - 1.0).abs() < 1e-9, "{name}: {product} and {jump}");
        }
    }

    #[test]
    fn betas_have_their_end_points() {
        let check = |name, first: f64, last: f64| {
            let schedule = NoiseSchedule::named(name, 1000).unwrap();
            let betas = schedule.betas();
            let error = (betas[0] - first).abs().max((betas[999] - last).abs());
            assert!(error < 1e-7, "{name}: {} and {}", betas[0], betas[999]);
        };
        check(ScheduleName::Linear, 1e-4, 0.02);
        check(ScheduleName::ScaledLinear, 0.00085, 0.012);
        check(ScheduleName::Cosine, 4.128422482e-5, 0.999);
        check(ScheduleName::Sigmoid, 0.000149205, 0.019950795);
    }

    #[test]
    fn names_go_both_ways() {
        for name in ScheduleName::ALL {
            assert_eq!(name.to_string().parse::<ScheduleName>().unwrap(), *name);
            assert_eq!(serde_json::to_string(name).unwrap(), format!("\"{name}\""));
        }
    }

    #[test]
    fn wrong_schedules_are_refused_in_a_sentence() {
        let check = |result: Result<NoiseSchedule>, sentence: &str| {
            assert_eq!(result.unwrap_err().to_string(), sentence);
        };
        let from = |betas: &[f64]| NoiseSchedule::from_betas(betas.to_vec().into());
        let bounds = "but each must be a number above 0 and below 1";
        check(from(&[0.1, f64::NAN]), &format!("beta 1 of the noise schedule is NaN, {bounds}"));
        check(from(&[0.0]), &format!("beta 0 of the noise schedule is 0, {bounds}"));
        check(from(&[0.5, 0.5, 1.0]), &format!("beta 2 of the noise schedule is 1, {bounds}"));
        check(from(&[-0.25]), &format!("beta 0 of the noise schedule is -0.25, {bounds}"));
        check(
            NoiseSchedule::linear(5, 1e-4, f64::INFINITY),
            &format!("beta 0 of the noise schedule is NaN, {bounds}"),
        );
        check(from(&[]), "a noise schedule has 1 to 1000000 steps, but 0 were asked for");
        check(
            NoiseSchedule::cosine(usize::MAX),
            "a noise schedule has 1 to 1000000 steps, but 18446744073709551615 were asked for",
        );
        check(
            from(&[0.9; 400]),
            "the noise schedule has used up the picture after 308 steps, so the rest cannot be undone: \
             use fewer steps or smaller betas",
        );
        let schedule = NoiseSchedule::cosine(1000).unwrap();
        assert_eq!(
            schedule.at(1001).unwrap_err().to_string(),
            "t = 1001 is outside the noise schedule, which goes from 0 to 1000"
        );
        assert_eq!(
            "cosin".parse::<ScheduleName>().unwrap_err().to_string(),
            "there is no noise schedule named `cosin`: choose one of linear, scaled-linear, cosine, sigmoid"
        );
    }
}
