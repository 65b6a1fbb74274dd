//! What a trained generator makes, and what its critic says of it: pictures of a walk, or frames of clips, each with its
//! score; or one picture, what the critic would change in it, and where its score lies among others.

mod scores;
mod verdict;
mod view;

pub(crate) use view::{gallery_ui, numbers_ui};

/// The generators that a walk can be taken through, and those of them whose critics judge a digit.
pub(crate) const MODELS: [&str; 4] =
    ["gan-digits", "wgan-gp-digits", "wgan-gp-emoji", "wgan-gp-moving-digits"];
pub(crate) const JUDGES: [&str; 2] = ["gan-digits", "wgan-gp-digits"];
