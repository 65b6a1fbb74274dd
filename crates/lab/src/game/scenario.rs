//! Games that are lost on purpose, one way at a time, each with its cure beside it.
//!
//! A scenario is a handful of settings for the first game, and others for the second, which begins with the same weights.
//! What it does not name stays as it was set.

use crate::{LabError, Settings};

/// One setting and its value as it is typed.
type Typed = (&'static str, &'static str);

/// What goes wrong, and what would have kept it from doing so.
pub(super) struct Scenario {
    pub(super) name: &'static str,
    broken: &'static [Typed],
    cure: &'static [Typed],
}

/// The values of the setting `scenario`, in the order of their letters: after none come A, B, C.
pub(crate) const SCENARIOS: [&str; 4] = ["none", "mode-collapse", "strong-discriminator", "oscillation"];

const ALL: [Scenario; 3] = [
    // The generator learns four times as fast as the discriminator: it runs to whatever passes now, all of it at once.
    Scenario {
        name: "mode-collapse",
        broken: &[
            ("loss", "non-saturating"),
            ("optimizer", "adam"),
            ("critic_steps", "1"),
            ("lr_generator", "0.004"),
            ("lr_critic", "0.001"),
        ],
        cure: CURE,
    },
    // Twenty fast updates to one slow one: the discriminator is sure before the generator has moved, and where it is sure
    // the original loss has no slope. Adam would stretch what little there is, so the steps are plain.
    Scenario {
        name: "strong-discriminator",
        broken: &[
            ("loss", "minimax"),
            ("optimizer", "sgd"),
            ("critic_steps", "20"),
            ("lr_generator", "0.05"),
            ("lr_critic", "0.5"),
        ],
        cure: CURE,
    },
    // One update of a clipped critic to one of the generator: each answers what the other did before.
    Scenario {
        name: "oscillation",
        broken: &[
            ("loss", "wasserstein"),
            ("optimizer", "adam"),
            ("critic_steps", "1"),
            ("clip", "0.03"),
            ("lr_generator", "0.001"),
            ("lr_critic", "0.001"),
        ],
        cure: CURE,
    },
];

/// The same for all three: a critic that is well ahead, and whose slope the penalty keeps.
const CURE: &[Typed] = &[
    ("loss", "wasserstein-gp"),
    ("optimizer", "adam"),
    ("critic_steps", "5"),
    ("penalty", "1"),
    ("lr_generator", "0.001"),
    ("lr_critic", "0.001"),
];

/// What the two games are played with: the first, and the second if there is one.
///
/// # Errors
/// When a setting is missing.
pub(super) fn sides(settings: &Settings) -> Result<(Settings, Option<Settings>), LabError> {
    let with = |typed: &[Typed]| {
        let mut settings = settings.clone();
        for (name, value) in typed {
            settings.set_typed(name, value)?;
        }
        Ok::<_, LabError>(settings)
    };
    let name = settings.text("scenario")?;
    if let Some(scenario) = ALL.iter().find(|scenario| scenario.name == name) {
        return Ok((with(scenario.broken)?, Some(with(scenario.cure)?)));
    }
    let rival = match settings.text("rival")? {
        "none" => None,
        rival => {
            let mut settings = settings.clone();
            settings.set("loss", rival)?;
            Some(settings)
        }
    };
    Ok((settings.clone(), rival))
}
