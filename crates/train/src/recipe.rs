//! What to train on, how long and how fast: the `[recipe]` of a `model.toml`.

use ndarray_rand::rand::Rng;
use ndarray_rand::rand_distr::StandardNormal;
use noisebook_diffusion::Rates;
use serde::{Deserialize, Serialize};

use crate::parameters::young;
use crate::{AdamConfig, DataSet, GanRules, TrainError};

/// How a model is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// What it learns from.
    #[serde(default)]
    pub data: DataSet,
    /// Where every random choice grows from.
    pub seed: u64,
    /// Updates in all.
    pub updates: usize,
    /// Pictures an update.
    pub batch_size: usize,
    /// The highest learning rate. It rises to it over the warm-up in a straight line.
    pub lr: f64,
    /// How the learning rate goes on after the warm-up.
    #[serde(default)]
    pub lr_decay: Decay,
    /// Updates of warm-up.
    pub warmup_updates: usize,
    /// The constants of Adam.
    #[serde(default)]
    pub adam: AdamConfig,
    /// The gradient is shortened to this length where it is longer.
    pub max_grad_norm: f64,
    /// How long the moving average of the weights remembers, 0 to 1; shorter at first.
    pub ema_decay: f64,
    /// The share of pictures whose label or caption training hides, 0 to 1. Generators only.
    #[serde(default)]
    pub label_dropout: f64,
    /// How often each t is asked. Generators only.
    #[serde(default)]
    pub timesteps: Timesteps,
    /// How much an error at each t counts. Generators only.
    #[serde(default)]
    pub weighting: Weighting,
    /// Whether every other picture is shown mirrored. Generators only, and not for what has a right way round.
    #[serde(default)]
    pub mirror: bool,
    /// The rules of the game. GANs only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<GanRules>,
}

/// How the learning rate goes on after the warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decay {
    /// It falls to zero along a cosine, so that the last weights are as calm as an average.
    #[default]
    Cosine,
    /// It stays where it is.
    None,
}

/// How often training asks about each t.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timesteps {
    /// Every t as often as every other (Ho et al. 2020).
    #[default]
    Uniform,
    /// The middle more often than the ends: t / T is the logistic function of a standard normal number (Esser et al.
    /// 2024, arXiv 2403.03206, section 3.1).
    LogitNormal,
    /// Near noise more often than near the picture: t / T is 3u / (1 + 2u) of a uniform u (the same, section 5.3.2, with a
    /// shift of 3). Where things are is decided early in a sampling, while all is still noise; that is asked here in four
    /// of ten questions (t / T above 0.8), and by [`Timesteps::LogitNormal`] in one of twelve.
    Shifted,
}

impl Timesteps {
    /// A share t / T, from 0 to 1.
    pub(crate) fn draw(self, rng: &mut impl Rng) -> f64 {
        match self {
            Self::Uniform => rng.random(),
            Self::LogitNormal => {
                let z: f64 = rng.sample(StandardNormal);
                1.0 / (1.0 + (-z).exp())
            }
            Self::Shifted => {
                let u: f64 = rng.random();
                3.0 * u / (1.0 + 2.0 * u)
            }
        }
    }
}

/// How much an error counts at each t.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weighting {
    /// As much as at every other.
    #[default]
    None,
    /// `1 / max(noise_rate, 0.1)²`: for a network that predicts the picture on the straight path, its error as an error
    /// of the velocity (x_t − x̂0) / σ, which is what a sampler follows; bounded, for near the picture there is nothing
    /// left to divide by.
    Velocity,
}

impl Weighting {
    pub(crate) fn of(self, rates: Rates) -> f64 {
        match self {
            Self::None => 1.0,
            Self::Velocity => rates.noise_rate.max(0.1).powi(-2),
        }
    }
}

/// The most pictures an update may take: a slip in a file must not ask for more memory than there is.
const MAX_BATCH_SIZE: usize = 4096;

impl Recipe {
    /// Reads the recipe of model `name`.
    ///
    /// # Errors
    /// When a field is missing, unknown or out of its range.
    pub fn from_table(name: &str, table: &toml::Table) -> Result<Self, TrainError> {
        let wrong = |why: String| TrainError::Recipe { name: name.to_owned(), why };
        let recipe: Self = table
            .clone()
            .try_into()
            .map_err(|error: toml::de::Error| wrong(format!("[recipe] {}", error.to_string().trim_end())))?;
        let share = |value: f64| (0.0..=1.0).contains(&value);
        let AdamConfig { beta1, beta2, adam_eps, weight_decay } = recipe.adam;
        let problem = if recipe.updates == 0 || !(1..=MAX_BATCH_SIZE).contains(&recipe.batch_size) {
            Some("`updates` must be at least 1 and `batch_size` from 1 to 4096")
        } else if !(recipe.lr > 0.0 && recipe.lr.is_finite() && recipe.max_grad_norm > 0.0) {
            Some("`lr` and `max_grad_norm` must be numbers above 0")
        } else if !share(recipe.ema_decay) || !share(recipe.label_dropout) {
            Some("`ema_decay` and `label_dropout` must be shares from 0 to 1")
        } else if !(share(beta1) && beta1 < 1.0 && share(beta2) && beta2 < 1.0) {
            Some("`beta1` and `beta2` must be at least 0 and below 1")
        } else if !(adam_eps > 0.0 && weight_decay >= 0.0) {
            Some("`adam_eps` must be above 0 and `weight_decay` at least 0")
        } else {
            recipe.game.and_then(|rules| rules.problem())
        };
        problem.map_or(Ok(recipe), |why| Err(wrong(format!("[recipe] {why}"))))
    }

    /// The learning rate of update `update`, counted from 1.
    #[must_use]
    pub fn lr_at(&self, update: usize) -> f64 {
        if update <= self.warmup_updates {
            return self.lr * update as f64 / self.warmup_updates as f64;
        }
        if self.lr_decay == Decay::None {
            return self.lr;
        }
        let (done, all) =
            (update - self.warmup_updates, self.updates.saturating_sub(self.warmup_updates) + 1);
        let progress = (done as f64 / all as f64).min(1.0);
        self.lr * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos())
    }

    /// How much of the moving average update `update` keeps: little at first, when the weights have just begun.
    #[must_use]
    pub fn ema_decay_at(&self, update: usize) -> f64 {
        young(self.ema_decay, update)
    }
}
