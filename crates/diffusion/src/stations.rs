//! The moments that a sampling visits: where the network is asked, and what it is told there.
//!
//! [`Spacing`] says where they lie among the T steps, or, with [`SamplerConfig::karras`], equation 5 of
//! Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models" (2206.00364):
//! `σ_i = (σ_max^{1/ρ} + i / (N − 1) · (σ_min^{1/ρ} − σ_max^{1/ρ}))^ρ` with ρ = 7, which spends more of
//! the steps on little noise. diffusers' samplers read both in ways of their own; [`Reading`] has them.

use crate::schedule::FLOW_TIMESTEPS;
use crate::spacing::check_num_steps;
use crate::{Clip, DiffusionError, NoiseSchedule, Prediction, Rates, Result, SamplerConfig, Spacing};

/// One moment at which the network is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Station {
    /// What the network is told: diffusers' timestep, `t − 1`, or 1000 · σ on the straight path. It may
    /// lie between two steps of the table.
    pub timestep: f64,
    /// The moment in steps applied, rounded where it lies between two.
    pub t: usize,
    /// How much picture and how much noise is in what the network sees.
    pub rates: Rates,
}

/// How a family of samplers reads [`Spacing`] and Karras' σ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// DDPM and DDIM: whole timesteps.
    Whole,
    /// Euler, Euler ancestral, Heun: `linspace` lies between the timesteps.
    Real,
    /// DPM++ 2M: the last of one step more is the picture.
    DpmSolver,
    /// UniPC: the same, but for its own numbers on the straight path.
    UniPc,
    /// Euler on the straight path.
    Straight,
}

/// Karras' ρ.
const RHO: f64 = 7.0;

/// Where UniPC begins on the straight path, so that the logarithm of its signal exists.
const UNIPC_SIGMA_MAX: f64 = 1.0 - 1e-6;

impl SamplerConfig {
    /// The stations of this sampling, from noise towards the picture, once all settings are known to be
    /// in their ranges. Those that divide by the signal need a little in each, and get it.
    pub(crate) fn stations(&self, schedule: &NoiseSchedule, reading: Reading) -> Result<Vec<Station>> {
        self.check()?;
        let num_train_timesteps = schedule.num_train_timesteps();
        let start = self.start_t.unwrap_or(num_train_timesteps);
        if !(1..=num_train_timesteps).contains(&start) {
            return Err(DiffusionError::StartT { found: start, max: num_train_timesteps });
        }
        check_num_steps(self.num_inference_steps, start, self.start_t.is_some())?;

        let mut stations = if schedule.is_straight() {
            self.along_the_straight_path(schedule, reading, start)?
        } else {
            let num = self.num_inference_steps;
            let timesteps = match reading {
                Reading::Whole => self.spacing.timesteps(start, num, self.steps_offset)?,
                Reading::Real | Reading::Straight => {
                    self.spacing.real_timesteps(start, num, self.steps_offset)?
                }
                Reading::DpmSolver | Reading::UniPc => {
                    self.spacing.timesteps_before_the_picture(start, num, self.steps_offset)?
                }
            };
            timesteps.into_iter().map(|timestep| station(schedule, timestep + 1.0)).collect::<Result<_>>()?
        };
        if let (Some(first), Some(t)) = (stations.first_mut(), self.start_t) {
            *first = station(schedule, t as f64)?;
        }
        if let Some(first) = stations.first() {
            self.check_signal(first.rates)?;
        }
        if reading == Reading::Whole {
            return Ok(stations);
        }
        if reading != Reading::Straight {
            let table = SigmaTable::new(schedule);
            for station in &mut stations {
                station.rates = table.at(*station);
            }
        }
        if self.karras {
            stations = self.karras_stations(schedule, reading, &stations)?;
        }
        let sigmas: Vec<f64> = stations.iter().map(|station| station.rates.sigma()).collect();
        if sigmas.windows(2).any(|pair| matches!(pair, [noisy, next] if noisy <= next)) {
            let (sampler, found) = (self.sampler, self.num_inference_steps);
            return Err(DiffusionError::StationsCoincide { sampler, found });
        }
        Ok(stations)
    }

    fn check(&self) -> Result<()> {
        check("eta", self.eta, "between 0 and 1", |eta| (0.0..=1.0).contains(&eta))?;
        if let Clip::Picture(clip) | Clip::PictureAndNoise(clip) = self.clip {
            check("clip", clip, "a number above 0", |clip| clip > 0.0 && clip.is_finite())?;
        }
        Ok(())
    }

    /// Where there is nothing but noise, a prediction of it says nothing.
    fn check_signal(&self, rates: Rates) -> Result<()> {
        if rates.signal_rate == 0.0 && self.prediction == Prediction::Epsilon {
            return Err(DiffusionError::NoSignal);
        }
        Ok(())
    }

    /// On the straight path every σ is as good as a table's. `linspace` is what diffusers does there,
    /// whatever it is told; the other two are as on other paths.
    fn along_the_straight_path(
        &self,
        schedule: &NoiseSchedule,
        reading: Reading,
        start: usize,
    ) -> Result<Vec<Station>> {
        let (num, num_train_timesteps) = (self.num_inference_steps, schedule.num_train_timesteps() as f64);
        let (first, last) = (start as f64 / num_train_timesteps, 1.0 / num_train_timesteps);
        let at_sigma = |sigma: f64| station(schedule, sigma * num_train_timesteps);
        // What diffusers tells the network is a whole number there, rounded down, so every last digit counts.
        let whole = |sigma: f64| -> Result<Station> {
            Ok(Station { timestep: (sigma * FLOW_TIMESTEPS).trunc(), ..at_sigma(sigma)? })
        };
        let steps = (0..num).map(|idx| idx as f64);
        match (self.spacing, reading) {
            (Spacing::Linspace, Reading::DpmSolver) => {
                let step = (last - 1.0) / num as f64;
                let signal = |idx: f64| if idx == 0.0 { last } else { (num as f64 - idx) * step + 1.0 };
                steps.map(|idx| whole(first * (1.0 - signal(idx)))).collect()
            }
            (Spacing::Linspace, Reading::UniPc) => {
                let step = (last - first) / num as f64;
                steps.map(|idx| whole((idx * step + first).min(UNIPC_SIGMA_MAX))).collect()
            }
            (Spacing::Linspace, _) => {
                let step = (last - first) / (num.max(2) - 1) as f64;
                steps.map(|idx| at_sigma(first + idx * step)).collect()
            }
            (Spacing::Leading, _) => {
                let timesteps = self.spacing.timesteps(start, num, self.steps_offset)?;
                timesteps.into_iter().map(|timestep| station(schedule, timestep + 1.0)).collect()
            }
            (Spacing::Trailing, _) => steps.map(|idx| at_sigma(first * (1.0 - idx / num as f64))).collect(),
        }
    }

    /// As many stations at Karras' σ, between the ends of these, or of the table where diffusers takes those.
    fn karras_stations(
        &self,
        schedule: &NoiseSchedule,
        reading: Reading,
        stations: &[Station],
    ) -> Result<Vec<Station>> {
        let num_train_timesteps = schedule.num_train_timesteps() as f64;
        let end = |station: Option<&Station>| station.map_or(Rates::new(1.0), |station| station.rates);
        let (mut first, mut last) = (end(stations.first()), end(stations.last()));
        if matches!(reading, Reading::DpmSolver | Reading::UniPc) {
            let start = self.start_t.unwrap_or(schedule.num_train_timesteps());
            self.check_signal(schedule.at(start)?)?;
            let table = SigmaTable::new(schedule);
            first = table.at(station(schedule, start as f64)?);
            last = table.at(station(schedule, 1.0)?);
        }
        if reading == Reading::Straight && schedule.is_straight() {
            // diffusers applies the formula to the straight path's own σ, its share of the noise.
            let sigmas = karras(first.noise_rate, last.noise_rate, stations.len());
            // Rounding leads beyond the end.
            let on_path = |sigma: f64| station(schedule, sigma.min(first.noise_rate) * num_train_timesteps);
            return sigmas.into_iter().map(on_path).collect();
        }
        let sigmas = karras(first.with_signal().sigma(), last.sigma(), stations.len());
        if schedule.is_straight() {
            let on_path = |sigma: f64| station(schedule, sigma / (1.0 + sigma) * num_train_timesteps);
            return sigmas.into_iter().map(on_path).collect();
        }
        let table = SigmaTable::new(schedule);
        // diffusers rounds what it tells the network, or, for DPM++ on the cosine schedule, cuts it off.
        let is_cosine =
            || Ok::<_, DiffusionError>(*schedule == NoiseSchedule::cosine(schedule.num_train_timesteps())?);
        let told: fn(f64) -> f64 = match reading {
            Reading::DpmSolver if is_cosine()? => f64::trunc,
            Reading::DpmSolver | Reading::UniPc => f64::round_ties_even,
            _ => std::convert::identity,
        };
        Ok(sigmas
            .into_iter()
            .map(|sigma| {
                let timestep = table.timestep_from_log_sigma(sigma.ln());
                Station {
                    timestep: told(timestep),
                    t: whole_t(timestep + 1.0),
                    rates: Rates::of_sigma(f64::from(sigma as f32)),
                }
            })
            .collect())
    }
}

/// The station at moment `t` of the schedule.
fn station(schedule: &NoiseSchedule, t: f64) -> Result<Station> {
    Ok(Station { timestep: schedule.timestep_from_t(t), t: whole_t(t), rates: schedule.at_real(t)? })
}

/// No station is the picture itself.
fn whole_t(t: f64) -> usize {
    (t.round() as usize).max(1)
}

/// Equation 5 of Karras et al. 2022: `num` values from `sigma_max` down to `sigma_min`.
fn karras(sigma_max: f64, sigma_min: f64, num: usize) -> Vec<f64> {
    let [max, min] = [sigma_max, sigma_min].map(|sigma| sigma.powf(1.0 / RHO));
    let ramp = |idx: usize| idx as f64 / (num.max(2) - 1) as f64;
    (0..num).map(|idx| (max + ramp(idx) * (min - max)).powf(RHO)).collect()
}

/// σ of timesteps 0…T − 1 as diffusers has them: made in single precision, whose rounding of ᾱ shows in the
/// fourth digit where there is little noise. Our paths are to agree with its paths.
struct SigmaTable(Vec<f64>);

impl SigmaTable {
    /// The table of a schedule that keeps the power; the straight path has none and needs none.
    fn new(schedule: &NoiseSchedule) -> Self {
        if schedule.is_straight() {
            return Self(Vec::new());
        }
        let mut product = 1.0;
        let sigma = |(beta, alpha_cumprod): (&f64, &f64)| {
            product *= f64::from(1.0 - *beta as f32);
            let rounded = product as f32;
            let sigma = f64::from(((1.0 - rounded) / rounded).sqrt());
            let exact = Rates::new(*alpha_cumprod).with_signal().sigma();
            // Of noise too little for single precision it would leave nothing.
            if (sigma / exact - 1.0).abs() < 0.01 { sigma } else { exact }
        };
        Self(schedule.betas().iter().zip(schedule.alphas_cumprod()).map(sigma).collect())
    }

    /// The rates of a station by this table, between two entries in a straight line.
    fn at(&self, station: Station) -> Rates {
        let timestep = f64::from(station.timestep as f32);
        let (low, between) = (timestep.floor(), timestep.fract());
        match (self.0.get(low as usize), self.0.get(low as usize + 1)) {
            (Some(sigma), Some(next)) => Rates::of_sigma(sigma + between * (next - sigma)),
            (Some(sigma), None) => Rates::of_sigma(*sigma),
            _ => station.rates.with_signal(),
        }
    }

    /// Where ln σ lies in the table, between two entries in a straight line.
    fn timestep_from_log_sigma(&self, log_sigma: f64) -> f64 {
        let log = |idx: usize| self.0.get(idx).map_or(0.0, |sigma| f64::from((*sigma as f32).ln()));
        let num_below = self.0.partition_point(|sigma| f64::from((*sigma as f32).ln()) <= log_sigma);
        let low = num_below.saturating_sub(1).min(self.0.len().saturating_sub(2));
        low as f64 + ((log_sigma - log(low)) / (log(low + 1) - log(low))).clamp(0.0, 1.0)
    }
}

fn check(
    what: &'static str,
    found: f64,
    expected: &'static str,
    is_right: impl Fn(f64) -> bool,
) -> Result<()> {
    if is_right(found) { Ok(()) } else { Err(DiffusionError::Setting { what, found, expected }) }
}
