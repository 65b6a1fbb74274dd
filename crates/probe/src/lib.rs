//! Judges of what a model made, which know nothing of how it was made.
//!
//! Everything here compares arrays: pictures, clips, what an independent classifier says about them, and what words ask of
//! them.
//! Whoever calls brings both; the classifier was trained on other digits than the generator, and no
//! measure here is ever trained against. So this crate needs neither networks nor tensors.
//!
//! What holds:
//! - A distance between distributions never stands alone: its floor, the same measure between two
//!   sets of real pictures of the same size, stands beside it.
//! - The Fréchet distance is on our own classifier's features, and is never called FID: numbers on
//!   different features cannot be compared.
//! - Arrays with a value that is not a number are refused. A score is never quietly computed from
//!   part of them.
//! - The numbers agree with numpy's and scipy's (`tests/peers/probe_golden.py`).

mod copying;
mod coverage;
mod distance;
mod error;
mod evaluate;
mod frechet;
mod motion;
mod reading;
mod retrieval;
mod scenes;

pub use copying::{copies, copy_rate};
pub use coverage::{DensityCoverage, density_and_coverage};
pub use error::{ProbeError, Result};
pub use evaluate::{Generated, Real, Scores, evaluate};
pub use frechet::frechet_distance;
pub use motion::{
    MotionHistogram, NUM_MOTIONS, Track, motion_histogram, motion_of, total_variation, track_of,
};
pub use reading::{Agreement, ClassAgreement, LabelShares, label_agreement, label_shares};
pub use retrieval::nearest;
pub use scenes::{
    FoundObject, Judgment, SceneScores, found_objects, is_at, judge, judge_prompts, scene_scores,
};

#[cfg(test)]
mod golden;
