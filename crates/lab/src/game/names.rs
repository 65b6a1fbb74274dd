//! What the two games of one experiment call the same thing.

/// The second game's name for what the first calls `name`.
macro_rules! names {
    ($($name:literal),* $(,)?) => {
        pub(super) fn of_rival(name: &'static str) -> &'static str {
            match name {
                $($name => concat!("rival_", $name),)*
                _ => name,
            }
        }
    };
}

names!(
    "loss_critic",
    "loss_generator",
    "real_score",
    "made_score",
    "grad_norm_critic",
    "grad_norm_generator",
    "slope",
    "distance",
    "modes",
    "coverage",
    "confident",
    "classes",
    "scores",
    "real_scores",
    "samples",
    "gradient",
    "heat",
    "manifold",
    "arrow_from",
    "arrow_to",
    "batch_real",
    "batch_made",
    "batch_next",
    "batch_real_scores",
    "batch_made_scores",
);
