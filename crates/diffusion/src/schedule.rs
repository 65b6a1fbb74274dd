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
//!
//! These four keep the power: signal and noise together always have the variance 1. The straight
//! path of flow matching (Lipman et al. 2022, "Flow Matching for Generative Modeling", 2210.02747;
//! Liu et al. 2022, 2209.03003) does not: it goes from picture to noise at an even pace,
//! `x_t = (1 − σ) · x0 + σ · eps` with `σ = t / T`.

use std::f64::consts::FRAC_PI_2;

use ndarray::Array1;
use serde::{Deserialize, Serialize};

use crate::names::named;
use crate::{DiffusionError, Result};

/// Longer tables than any paper's, but short enough for memory.
const MAX_TRAIN_TIMESTEPS: usize = 1_000_000;

/// What diffusers tells a network at the noisy end of the straight path, whatever T is.
pub(crate) const FLOW_TIMESTEPS: f64 = 1000.0;

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
    /// The straight path of flow matching, `x_t = (1 − t/T) · x0 + t/T · eps`.
    Flow,
}

named!(ScheduleName, "noise schedule", {
    Linear = "linear",
    ScaledLinear = "scaled-linear",
    Cosine = "cosine",
    Sigmoid = "sigmoid",
    Flow = "flow",
});

/// The tables of a noise schedule of T steps, in `f64`.
///
/// Table index `t − 1` belongs to step `t`: the table has no entry for the picture itself.
#[derive(Clone, Debug, PartialEq)]
pub struct NoiseSchedule {
    betas: Array1<f64>,
    alphas_cumprod: Array1<f64>,
    path: Path,
}

/// What signal and noise have in common on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Path {
    /// The sum of their powers: `√ᾱ · x0 + √(1 − ᾱ) · eps`.
    Power,
    /// The sum of their rates: `(1 − σ) · x0 + σ · eps`.
    Straight,
}

/// What is left of the picture and what has come of noise at one moment:
/// `x_t = signal_rate · x0 + noise_rate · eps`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// ᾱ, the signal's share of the power, from 1 (picture) to 0 (noise).
    pub alpha_cumprod: f64,
    /// The factor on the picture: √ᾱ, or 1 − σ on the straight path.
    pub signal_rate: f64,
    /// The factor on the noise: √(1 − ᾱ), or σ on the straight path.
    pub noise_rate: f64,
    /// `signal_rate² / noise_rate²`, a ratio of powers without a unit; infinite for the picture itself.
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
            ScheduleName::Flow => Self::flow(num_train_timesteps),
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

    /// The straight path of flow matching: `x_t = (1 − σ) · x0 + σ · eps` with `σ = t / T`.
    ///
    /// Its ᾱ is the signal's share of the power, and its β are those of the path that keeps the power
    /// and has the same signal-to-noise ratio at every t. Nothing of the picture is left at `t = T`.
    ///
    /// # Errors
    /// When there are no steps or more than a million.
    pub fn flow(num_train_timesteps: usize) -> Result<Self> {
        let num = check_length(num_train_timesteps)?;
        let alphas_cumprod =
            Array1::from_shape_fn(num, |idx| Rates::straight((idx + 1) as f64 / num as f64).alpha_cumprod);
        Ok(Self { path: Path::Straight, ..Self::from_alphas_cumprod(alphas_cumprod)? })
    }

    /// Any β of your own.
    ///
    /// # Errors
    /// When there is none or more than a million, when one is not a number above 0 and below 1, and
    /// when ᾱ reaches zero before the last step: the steps after it could not be undone. The last β
    /// alone may be 1; nothing of the picture is left then, and the signal-to-noise ratio ends at zero.
    pub fn from_betas(betas: Array1<f64>) -> Result<Self> {
        let last = check_length(betas.len())? - 1;
        let mut alphas_cumprod = betas.clone();
        let mut product = 1.0;
        for (idx, value) in alphas_cumprod.iter_mut().enumerate() {
            let (beta, alpha) = (*value, 1.0 - *value);
            let is_end = idx == last && alpha == 0.0;
            // Also false for NaN, and for a β so small that 1 − β rounds to 1.
            if !(0.0 < alpha && alpha < 1.0 || is_end) {
                return Err(DiffusionError::Beta { idx, value: beta });
            }
            product *= alpha;
            if product < f64::MIN_POSITIVE && !is_end {
                return Err(DiffusionError::UsedUp { t: idx + 1 });
            }
            *value = product;
        }
        Ok(Self { betas, alphas_cumprod, path: Path::Power })
    }

    /// Any ᾱ of your own, a curve that somebody drew for instance; `β_t = 1 − ᾱ_t / ᾱ_{t−1}` follows.
    ///
    /// # Errors
    /// When there is none or more than a million, and when they do not fall from below 1 to above 0.
    /// The last one alone may be 0.
    pub fn from_alphas_cumprod(alphas_cumprod: Array1<f64>) -> Result<Self> {
        let last = check_length(alphas_cumprod.len())? - 1;
        let mut betas = alphas_cumprod.clone();
        let mut before = 1.0;
        for (idx, value) in betas.iter_mut().enumerate() {
            let alpha_cumprod = *value;
            let is_end = idx == last && alpha_cumprod == 0.0;
            *value = 1.0 - alpha_cumprod / before;
            // Also false for NaN, and for a fall so small that β rounds to 0.
            if !(alpha_cumprod >= f64::MIN_POSITIVE && *value > 0.0 || is_end) {
                return Err(DiffusionError::AlphaCumprod { idx, value: alpha_cumprod, before });
            }
            before = alpha_cumprod;
        }
        Ok(Self { betas, alphas_cumprod, path: Path::Power })
    }

    /// This schedule with nothing of the picture left at `t = T`, and step 1 as it was.
    ///
    /// Algorithm 1 of Lin et al. 2024, "Common Diffusion Noise Schedules and Sample Steps are Flawed"
    /// (2305.08891); diffusers' `rescale_zero_terminal_snr`. A schedule that ends in pure noise, as the
    /// straight path does, stays what it is.
    ///
    /// # Errors
    /// When two steps lie so close that rounding makes them one.
    pub fn zero_terminal_snr(&self) -> Result<Self> {
        let roots = self.alphas_cumprod.mapv(f64::sqrt);
        let (Some(&first), Some(&last)) = (roots.first(), roots.last()) else {
            return Ok(self.clone());
        };
        if last == 0.0 {
            return Ok(self.clone());
        }
        // Shift √ᾱ so that it ends at 0, and stretch it so that it begins where it began.
        let stretch = if first > last { first / (first - last) } else { 0.0 };
        Self::from_alphas_cumprod(roots.mapv(|root| ((root - last) * stretch).powi(2)))
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

    /// Whether this is the straight path of flow matching, [`NoiseSchedule::flow`].
    pub fn is_straight(&self) -> bool {
        self.path == Path::Straight
    }

    /// The rates after `t` steps: `t = 0` is the untouched picture.
    ///
    /// # Errors
    /// When `t` is more than T.
    pub fn at(&self, t: usize) -> Result<Rates> {
        let num = self.num_train_timesteps();
        match (t.checked_sub(1), self.path) {
            (None, _) => Ok(Rates::new(1.0)),
            (Some(_), Path::Straight) if t <= num => Ok(Rates::straight(t as f64 / num as f64)),
            (Some(idx), Path::Power) if t <= num => Ok(Rates::new(self.alpha_cumprod(idx)?)),
            _ => Err(DiffusionError::Step { found: t, max: num }),
        }
    }

    /// The rates between two steps of the table, as diffusers finds them: σ, the noise per unit of
    /// signal, in a straight line from one step to the next. On the straight path they are exact.
    ///
    /// # Errors
    /// When `t` is not a number from 0 to T.
    pub fn at_real(&self, t: f64) -> Result<Rates> {
        let num = self.num_train_timesteps();
        if !(0.0..=num as f64).contains(&t) {
            return Err(DiffusionError::RealStep { found: t, max: num });
        }
        let (low, between) = (t.floor(), t.fract());
        if between == 0.0 {
            return self.at(t as usize);
        }
        if self.path == Path::Straight {
            return Ok(Rates::straight(t / num as f64));
        }
        let [low, high] =
            [self.at(low as usize)?, self.at(low as usize + 1)?].map(|rates| rates.with_signal().sigma());
        Ok(Rates::of_sigma(low + between * (high - low)))
    }

    /// The rates of step `t` alone, `x_t = signal_rate · x_{t−1} + noise_rate · eps`: √(1 − β_t) and
    /// √β_t where the power is kept. Step 0 changes nothing.
    ///
    /// # Errors
    /// When `t` is more than T.
    pub fn step_at(&self, t: usize) -> Result<Rates> {
        let Some(before) = t.checked_sub(1) else {
            return Ok(Rates::new(1.0));
        };
        let rates = self.at(t)?;
        match self.path {
            Path::Power => Ok(Rates::new(self.betas.get(before).map_or(1.0, |beta| 1.0 - beta))),
            Path::Straight => Ok(self.at(before)?.up_to(rates)),
        }
    }

    /// What a network is told at moment `t`: diffusers' index into the tables, `t − 1`, or 1000 · σ on
    /// the straight path.
    pub fn timestep_from_t(&self, t: f64) -> f64 {
        match self.path {
            Path::Power => t - 1.0,
            Path::Straight => t / self.num_train_timesteps() as f64 * FLOW_TIMESTEPS,
        }
    }

    /// The moment at which a network is told `timestep`, a real number from 0 to T.
    pub fn t_from_timestep(&self, timestep: f64) -> f64 {
        let num = self.num_train_timesteps() as f64;
        let t = match self.path {
            Path::Power => timestep + 1.0,
            Path::Straight => timestep / FLOW_TIMESTEPS * num,
        };
        t.clamp(0.0, num)
    }

    fn alpha_cumprod(&self, idx: usize) -> Result<f64> {
        let max = self.num_train_timesteps();
        self.alphas_cumprod.get(idx).copied().ok_or(DiffusionError::Step { found: idx + 1, max })
    }
}

impl Rates {
    /// The rates that belong to a share ᾱ of signal power, from 0 to 1, where the power is kept.
    pub fn new(alpha_cumprod: f64) -> Self {
        Self {
            alpha_cumprod,
            signal_rate: alpha_cumprod.sqrt(),
            noise_rate: (1.0 - alpha_cumprod).sqrt(),
            snr: alpha_cumprod / (1.0 - alpha_cumprod),
        }
    }

    /// The rates of the straight path, `(1 − σ) · x0 + σ · eps`, σ from 0 (picture) to 1 (noise).
    pub fn straight(sigma: f64) -> Self {
        Self::of_factors(1.0 - sigma, sigma)
    }

    /// `√((1 − ᾱ) / ᾱ)`, the noise per unit of signal: Karras' σ; 0 for the picture itself, infinite
    /// where nothing of it is left.
    pub fn sigma(self) -> f64 {
        self.noise_rate / self.signal_rate
    }

    /// `n / (s + n)`, the noise's share of both rates: σ of the straight path.
    pub(crate) fn share(self) -> f64 {
        self.noise_rate / (self.signal_rate + self.noise_rate)
    }

    /// `ln(s / n)`, half the logarithm of the signal-to-noise ratio: λ of DPM-Solver.
    pub(crate) fn lambda(self) -> f64 {
        (self.signal_rate / self.noise_rate).ln()
    }

    /// The rates where the power is kept and the noise per unit of signal is `sigma`.
    pub(crate) fn of_sigma(sigma: f64) -> Self {
        let power = sigma.powi(2) + 1.0;
        Self {
            alpha_cumprod: 1.0 / power,
            signal_rate: 1.0 / power.sqrt(),
            noise_rate: sigma / power.sqrt(),
            snr: sigma.powi(-2),
        }
    }

    /// The rates of any mixture.
    pub(crate) fn of_factors(signal_rate: f64, noise_rate: f64) -> Self {
        let (signal, noise) = (signal_rate.powi(2), noise_rate.powi(2));
        Self { alpha_cumprod: signal / (signal + noise), signal_rate, noise_rate, snr: signal / noise }
    }

    /// The mixture that leads from here to the noisier moment `later`:
    /// `x_later = signal_rate · x + noise_rate · eps` with fresh noise.
    pub(crate) fn up_to(self, later: Self) -> Self {
        let signal_rate = later.signal_rate / self.signal_rate;
        let noise = later.noise_rate.powi(2) - (signal_rate * self.noise_rate).powi(2);
        Self::of_factors(signal_rate, noise.max(0.0).sqrt())
    }

    /// Almost the same with a little signal where there is none, ᾱ = 2⁻²⁴ as in diffusers, so that the
    /// noise per unit of signal is a number.
    pub(crate) fn with_signal(self) -> Self {
        if self.signal_rate > 0.0 { self } else { Self::of_sigma((2.0_f64.powi(24) - 1.0).sqrt()) }
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
            let end = if name == ScheduleName::Flow { schedule.num_train_timesteps() } else { 0 };
            for (&alpha_cumprod, t) in schedule.alphas_cumprod().iter().zip(1..) {
                // Only the straight path ends in pure noise.
                let is_left = if t == end { alpha_cumprod == 0.0 } else { alpha_cumprod > 0.0 };
                assert!(is_left && alpha_cumprod < before, "{name}: {alpha_cumprod} after {before}");
                before = alpha_cumprod;
            }
        }
    }

    #[test]
    fn the_straight_path_goes_at_an_even_pace() {
        let schedule = NoiseSchedule::flow(8).unwrap();
        for t in 0..=8 {
            let rates = schedule.at(t).unwrap();
            let sigma = t as f64 / 8.0;
            assert_eq!((rates.signal_rate, rates.noise_rate), (1.0 - sigma, sigma));
            let snr = ((1.0 - sigma) / sigma).powi(2);
            assert!(
                t % 8 == 0
                    || (rates.snr / snr - 1.0)
                        .abs()
                        .max((Rates::new(rates.alpha_cumprod).snr / snr - 1.0).abs())
                        < 1e-12
            );
            assert_eq!(schedule.timestep_from_t(t as f64), 1000.0 * sigma);
            assert_eq!(schedule.t_from_timestep(1000.0 * sigma), t as f64);
        }
        assert_eq!(schedule.at_real(3.5).unwrap(), Rates::straight(3.5 / 8.0));
    }

    #[test]
    fn steps_lead_along_the_way() {
        for (name, schedule) in every_schedule() {
            let end = schedule.num_train_timesteps();
            let mut rates = schedule.at(0).unwrap();
            for t in 1..=end {
                let step = schedule.step_at(t).unwrap();
                let noise = (step.signal_rate * rates.noise_rate).hypot(step.noise_rate);
                rates = Rates::of_factors(step.signal_rate * rates.signal_rate, noise);
                let there = schedule.at(t).unwrap();
                let error = (rates.signal_rate - there.signal_rate)
                    .abs()
                    .max((rates.noise_rate - there.noise_rate).abs());
                assert!(error < 1e-9, "{name} at t = {t}: {rates:?} and {there:?}");
            }
        }
    }

    #[test]
    fn between_two_steps_the_noise_rises_in_a_straight_line() {
        let schedule = NoiseSchedule::linear(1000, 1e-4, 0.02).unwrap();
        let sigma = |t: f64| schedule.at_real(t).unwrap().sigma();
        assert_eq!(schedule.at_real(500.0).unwrap(), schedule.at(500).unwrap());
        assert!((sigma(500.25) - (0.75 * sigma(500.0) + 0.25 * sigma(501.0))).abs() < 1e-12);
        assert!((sigma(0.5) - 0.5 * sigma(1.0)).abs() < 1e-12);
        let zero = schedule.zero_terminal_snr().unwrap();
        assert_eq!(zero.at_real(1000.0).unwrap().signal_rate, 0.0);
        assert!(zero.at_real(999.5).unwrap().signal_rate > 0.0);
        let error = schedule.at_real(1000.5).unwrap_err().to_string();
        assert_eq!(error, "t = 1000.5 is outside the noise schedule, which goes from 0 to 1000");
    }

    #[test]
    fn zero_terminal_snr_ends_in_noise_and_begins_as_before() {
        for (name, schedule) in every_schedule() {
            let zero = schedule.zero_terminal_snr().unwrap();
            let (before, after) = (schedule.alphas_cumprod(), zero.alphas_cumprod());
            let end = after.len() - 1;
            assert_eq!(after[end], 0.0, "{name}");
            assert_eq!(zero.betas()[end], 1.0, "{name}");
            if end > 0 {
                assert!((after[0] - before[0]).abs() < 1e-12, "{name}: {} and {}", after[0], before[0]);
            }
            // Algorithm 1 again, by hand, in the middle.
            let (first, last, middle) =
                (before[0].sqrt(), before[end].sqrt(), before[end.div_ceil(2)].sqrt());
            let expected = ((middle - last) * first / (first - last)).powi(2);
            assert!(end == 0 || (after[end.div_ceil(2)] - expected).abs() < 1e-12, "{name}");
            assert_eq!(zero.zero_terminal_snr().unwrap(), zero, "{name}");
        }
    }

    #[test]
    fn a_curve_of_ones_own_is_the_schedule_it_came_from() {
        for (name, schedule) in every_schedule() {
            let again = NoiseSchedule::from_alphas_cumprod(schedule.alphas_cumprod().clone()).unwrap();
            assert_eq!(again.alphas_cumprod(), schedule.alphas_cumprod(), "{name}");
            let error = (again.betas() - schedule.betas()).mapv(f64::abs).iter().copied().fold(0.0, f64::max);
            assert!(error < 1e-12, "{name}: {error}");
        }
    }

    #[test]
    fn rates_share_the_power() {
        for (name, schedule) in every_schedule() {
            let end = schedule.num_train_timesteps();
            for t in [0, 1, end].into_iter().filter(|_| name != ScheduleName::Flow) {
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
            let error = if name == ScheduleName::Flow { 0.0 } else { (product / jump - 1.0).abs() };
            assert!(error < 1e-9, "{name}: {product} and {jump}");
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
        let bounds = "but each must be a number above 0 and below 1, and only the last may be 1";
        check(from(&[0.1, f64::NAN]), &format!("beta 1 of the noise schedule is NaN, {bounds}"));
        check(from(&[0.0]), &format!("beta 0 of the noise schedule is 0, {bounds}"));
        check(from(&[0.5, 1.0, 0.5]), &format!("beta 1 of the noise schedule is 1, {bounds}"));
        assert_eq!(from(&[0.5, 0.5, 1.0]).unwrap().alphas_cumprod().to_vec(), [0.5, 0.25, 0.0]);
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
            "there is no noise schedule named `cosin`: choose one of linear, scaled-linear, cosine, sigmoid, \
             flow"
        );
        let alphas = |values: &[f64]| NoiseSchedule::from_alphas_cumprod(values.to_vec().into());
        let falling = "but they must fall from below 1 to above 0, and only the last may be 0";
        check(
            alphas(&[0.5, 0.6]),
            &format!("alpha_cumprod 1 of the noise schedule is 0.6 after 0.5, {falling}"),
        );
        check(alphas(&[1.0]), &format!("alpha_cumprod 0 of the noise schedule is 1 after 1, {falling}"));
        check(
            alphas(&[0.5, 0.0, 0.0]),
            &format!("alpha_cumprod 1 of the noise schedule is 0 after 0.5, {falling}"),
        );
        check(
            alphas(&[f64::NAN]),
            &format!("alpha_cumprod 0 of the noise schedule is NaN after 1, {falling}"),
        );
        check(alphas(&[]), "a noise schedule has 1 to 1000000 steps, but 0 were asked for");
    }
}
