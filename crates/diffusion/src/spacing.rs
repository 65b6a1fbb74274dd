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
    /// When `num_inference_steps` is not between 1 and `num_train_timesteps`, or the offset leads
    /// beyond the last timestep.
    pub(crate) fn timesteps(
        self,
        num_train_timesteps: usize,
        num_inference_steps: usize,
        steps_offset: usize,
    ) -> Result<Vec<usize>> {
        if !(1..=num_train_timesteps).contains(&num_inference_steps) {
            return Err(DiffusionError::NumSteps { found: num_inference_steps, max: num_train_timesteps });
        }
        let last = num_train_timesteps - 1;
        match self {
            Self::Leading => {
                let ratio = step_ratio(num_train_timesteps, num_inference_steps);
                let timestep = (num_inference_steps - 1) * ratio + steps_offset;
                if timestep > last {
                    return Err(DiffusionError::StepsOffset { offset: steps_offset, timestep, last });
                }
                Ok((0..num_inference_steps).rev().map(|idx| idx * ratio + steps_offset).collect())
            }
            Self::Linspace => {
                // numpy's linspace: one step is the timestep 0.
                let ratio = last as f64 / (num_inference_steps.max(2) - 1) as f64;
                Ok((0..num_inference_steps)
                    .rev()
                    .map(|idx| (idx as f64 * ratio).round_ties_even() as usize)
                    .collect())
            }
            Self::Trailing => {
                let end = num_train_timesteps as f64;
                // numpy's arange takes the difference of its first two values as the step, and the
                // last bit of it decides how a half is rounded.
                let step = (end - end / num_inference_steps as f64) - end;
                Ok((0..num_inference_steps)
                    .map(|idx| (end + idx as f64 * step).round_ties_even() as usize - 1)
                    .collect())
            }
        }
    }
}

/// `⌊T / steps⌋`, the timesteps that one step of DDIM or of leading spacing goes down.
#[expect(clippy::integer_division, reason = "diffusers rounds this ratio down")]
pub(crate) fn step_ratio(num_train_timesteps: usize, num_inference_steps: usize) -> usize {
    num_train_timesteps / num_inference_steps
}
