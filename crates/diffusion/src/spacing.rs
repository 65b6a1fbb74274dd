//! Which of the T timesteps a short sampling visits.
//!
//! Table 2 of Lin et al. 2024, "Common Diffusion Noise Schedules and Sample Steps are Flawed"
//! (2305.08891), computed as diffusers computes it, down to the rounding.

use serde::{Deserialize, Serialize};

use crate::names::named;
use crate::{DiffusionError, Result};

/// How the visited timesteps are spread over the schedule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spacing {
    /// Whole multiples of `⌊T / steps⌋` from 0: ends at 0, does not start at T − 1.
    #[default]
    Leading,
    /// Evenly from T − 1 to 0, both included, rounded.
    Linspace,
    /// Evenly downwards from T − 1: starts at the noisiest step, does not end at 0.
    Trailing,
}

named!(Spacing, "timestep spacing", {
    Leading = "leading",
    Linspace = "linspace",
    Trailing = "trailing",
});

impl Spacing {
    /// The timesteps to visit, falling, each an index into tables of length `num_train_timesteps`.
    ///
    /// `steps_offset` is added to every timestep of [`Spacing::Leading`], and has no effect on the
    /// others, as in diffusers. For a few uneven numbers of steps (61 of 1000, say) diffusers'
    /// trailing timesteps end in a stray −1 from rounding; it is left out here.
    ///
    /// # Errors
    /// When the offset leads beyond the last timestep.
    pub(crate) fn timesteps(
        self,
        num_train_timesteps: usize,
        num_inference_steps: usize,
        steps_offset: usize,
    ) -> Result<Vec<f64>> {
        let timesteps = self.real_timesteps(num_train_timesteps, num_inference_steps, steps_offset)?;
        Ok(timesteps.into_iter().map(f64::round_ties_even).collect())
    }

    /// The same, but [`Spacing::Linspace`] is not rounded, as diffusers' samplers along σ have it.
    pub(crate) fn real_timesteps(
        self,
        num_train_timesteps: usize,
        num_inference_steps: usize,
        steps_offset: usize,
    ) -> Result<Vec<f64>> {
        match self {
            Self::Leading => {
                leading(num_train_timesteps, num_inference_steps, steps_offset, num_inference_steps)
            }
            // numpy's linspace: one step is the timestep 0.
            Self::Linspace if num_inference_steps == 1 => Ok(vec![0.0]),
            Self::Linspace => Ok(linspace(num_train_timesteps, num_inference_steps - 1, num_inference_steps)),
            Self::Trailing => {
                let end = num_train_timesteps as f64;
                // numpy's arange takes the difference of its first two values as the step, and the
                // last bit of it decides how a half is rounded.
                let step = (end - end / num_inference_steps as f64) - end;
                let timestep = |idx: usize| (end + idx as f64 * step).round_ties_even() - 1.0;
                Ok((0..num_inference_steps).map(timestep).collect())
            }
        }
    }

    /// The same for diffusers' multistep samplers, DPM++ and UniPC: but for [`Spacing::Trailing`] the
    /// last of one step more is the picture.
    pub(crate) fn timesteps_before_the_picture(
        self,
        num_train_timesteps: usize,
        num_inference_steps: usize,
        steps_offset: usize,
    ) -> Result<Vec<f64>> {
        let num_above = num_inference_steps + 1;
        let timesteps = match self {
            Self::Leading => leading(num_train_timesteps, num_above, steps_offset, num_inference_steps)?,
            Self::Linspace => linspace(num_train_timesteps, num_inference_steps, num_inference_steps),
            Self::Trailing => self.real_timesteps(num_train_timesteps, num_inference_steps, steps_offset)?,
        };
        Ok(timesteps.into_iter().map(f64::round_ties_even).collect())
    }
}

/// The last `keep` of `num` multiples of `⌊T / num⌋`, falling.
fn leading(num_train_timesteps: usize, num: usize, offset: usize, keep: usize) -> Result<Vec<f64>> {
    let ratio = step_ratio(num_train_timesteps, num);
    let last = num_train_timesteps - 1;
    let timestep = (num - 1) * ratio + offset;
    if timestep > last {
        return Err(DiffusionError::StepsOffset { offset, timestep, last });
    }
    Ok((0..num).rev().take(keep).map(|idx| (idx * ratio + offset) as f64).collect())
}

/// The largest `keep` of `num_gaps + 1` values from T − 1 down to 0.
fn linspace(num_train_timesteps: usize, num_gaps: usize, keep: usize) -> Vec<f64> {
    let last = (num_train_timesteps - 1) as f64;
    let ratio = last / num_gaps as f64;
    // Rounding leads beyond the last one.
    (0..=num_gaps).rev().take(keep).map(|idx| (idx as f64 * ratio).min(last)).collect()
}

/// Whether a schedule that begins at `start` has room for so many steps.
///
/// # Errors
/// When `num_inference_steps` is not between 1 and `start`.
pub(crate) fn check_num_steps(found: usize, start: usize, is_below_the_end: bool) -> Result<()> {
    if (1..=start).contains(&found) {
        Ok(())
    } else if is_below_the_end {
        Err(DiffusionError::NumStepsFrom { found, start })
    } else {
        Err(DiffusionError::NumSteps { found, max: start })
    }
}

/// `⌊T / steps⌋`, the timesteps that one step of DDIM or of leading spacing goes down.
#[expect(clippy::integer_division, reason = "diffusers rounds this ratio down")]
pub(crate) fn step_ratio(num_train_timesteps: usize, num_inference_steps: usize) -> usize {
    num_train_timesteps / num_inference_steps
}
