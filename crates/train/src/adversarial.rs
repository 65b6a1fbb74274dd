//! The objective of a GAN: two networks, each of which makes its own loss small at the cost of the other (Goodfellow et al.
//! 2014, arXiv 1406.2661).
//!
//! With scores r = D(x) of real samples and f = D(G(z)) of made ones, every mean over a batch:
//!
//! | loss | of the critic | of the generator |
//! |---|---|---|
//! | minimax | −ln σ(r) − ln(1 − σ(f)) | ln(1 − σ(f)) |
//! | non-saturating | −ln σ(r) − ln(1 − σ(f)) | −ln σ(f) |
//! | least squares | ½(r − 1)² + ½f² | ½(f − 1)² |
//! | hinge | max(0, 1 − r) + max(0, 1 + f) | −f |
//! | Wasserstein | f − r, weights clipped | −f |
//! | Wasserstein, gradient penalty | f − r + λ(‖∇D(x̂)‖ − 1)² | −f |

use ndarray_rand::rand::Rng;
use noisebook_data::{Split, Store};
use noisebook_nets::{Critic, GanConfig, Generator, Judge, Makes};
use noisebook_ops::{
    Device, Error, Noise, Result as TensorResult, Stream, Tensor, bce_with_logits, leaky_relu,
};
use serde::{Deserialize, Serialize};

use crate::collection::Collection;
use crate::parameters::Parameters;
use crate::trainer::Turn;
use crate::{Objective, Recipe, TrainError};

/// What the two networks of a GAN make small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GanLoss {
    /// The game as it was first written down (Goodfellow et al. 2014, equation 1).
    Minimax,
    /// The same critic; the generator makes "real" likely and not "made" unlikely (there, section 3).
    #[default]
    NonSaturating,
    /// Squared distances from 1 for real and 0 for made (Mao et al. 2017, arXiv 1611.04076).
    LeastSquares,
    /// Only scores on the wrong side of a margin count (Lim and Ye 2017, arXiv 1705.02894).
    Hinge,
    /// A distance between real and made, with a critic whose weights are clipped (Arjovsky et al. 2017, arXiv 1701.07875).
    Wasserstein,
    /// The same distance, with a critic whose slope is drawn to 1 (Gulrajani et al. 2017, arXiv 1704.00028).
    WassersteinGp,
}

impl GanLoss {
    /// Every loss, in the order of the lessons.
    pub const ALL: [Self; 6] = [
        Self::Minimax,
        Self::NonSaturating,
        Self::LeastSquares,
        Self::Hinge,
        Self::Wasserstein,
        Self::WassersteinGp,
    ];
    /// Their names, in the same order.
    pub const NAMES: [&'static str; 6] =
        ["minimax", "non-saturating", "least-squares", "hinge", "wasserstein", "wasserstein-gp"];

    /// The loss of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().zip(Self::ALL).find(|(known, _)| **known == name).map(|(_, loss)| loss)
    }

    /// Whether it measures a distance, and a score says nothing by itself.
    #[must_use]
    pub fn is_wasserstein(self) -> bool {
        matches!(self, Self::Wasserstein | Self::WassersteinGp)
    }

    /// How real a sample of this score looks to the critic, from 0 to 1: the probability that it gives, or, where its scores
    /// are no probabilities, where they lie between what it wants of made and of real ones.
    #[must_use]
    pub fn how_real(self, score: f64) -> f64 {
        match self {
            Self::LeastSquares => score.clamp(0.0, 1.0),
            Self::Hinge => (0.5 * (score + 1.0)).clamp(0.0, 1.0),
            _ => 1.0 / (1.0 + (-score).exp()),
        }
    }

    /// How strongly the generator's loss pushes the score of one sample up: minus its derivative by that score, for a sample
    /// by itself.
    #[must_use]
    pub fn push(self, score: f64) -> f64 {
        let probability = 1.0 / (1.0 + (-score).exp());
        match self {
            Self::Minimax => probability,
            Self::NonSaturating => 1.0 - probability,
            Self::LeastSquares => 1.0 - score,
            Self::Hinge | Self::Wasserstein | Self::WassersteinGp => 1.0,
        }
    }

    /// What the critic makes small, without the gradient penalty.
    ///
    /// # Shapes
    /// - `real`, `made`: `(b)` scores
    /// - returns a scalar
    ///
    /// # Errors
    /// When a tensor operation fails.
    pub fn of_critic(self, real: &Tensor, made: &Tensor) -> TensorResult<Tensor> {
        match self {
            Self::Minimax | Self::NonSaturating => {
                bce_with_logits(real, &real.ones_like()?)? + bce_with_logits(made, &made.zeros_like()?)?
            }
            Self::LeastSquares => ((real - 1.0)?.sqr()?.mean_all()? + made.sqr()?.mean_all()?)? * 0.5,
            Self::Hinge => {
                let over = |margin: Tensor| leaky_relu(&margin, 0.0)?.mean_all();
                over((1.0 - real)?)? + over((made + 1.0)?)?
            }
            Self::Wasserstein | Self::WassersteinGp => made.mean_all()? - real.mean_all()?,
        }
    }

    /// What the generator makes small.
    ///
    /// # Shapes
    /// - `made`: `(b)` scores
    /// - returns a scalar
    ///
    /// # Errors
    /// When a tensor operation fails.
    pub fn of_generator(self, made: &Tensor) -> TensorResult<Tensor> {
        match self {
            Self::Minimax => bce_with_logits(made, &made.zeros_like()?)?.neg(),
            Self::NonSaturating => bce_with_logits(made, &made.ones_like()?),
            Self::LeastSquares => (made - 1.0)?.sqr()?.mean_all()? * 0.5,
            Self::Hinge | Self::Wasserstein | Self::WassersteinGp => made.mean_all()?.neg(),
        }
    }
}

/// (‖∇D(x)‖₂ − 1)², the mean over the samples (Gulrajani et al. 2017, equation 3, without its λ).
///
/// # Shapes
/// - `x`: `(b, …)` as the judge sees samples
/// - returns the slopes ‖∇D(x)‖₂ `(b)`, and the penalty, a scalar
///
/// # Errors
/// When a tensor operation fails.
pub fn gradient_penalty(judge: &Judge, x: &Tensor) -> TensorResult<(Tensor, Tensor)> {
    let gradient = judge.input_gradient(x)?.flatten_from(1)?;
    // The root has no slope at 0; so little is no slope that anybody measures.
    let slopes = (gradient.sqr()?.sum(1)? + 1e-12)?.sqrt()?;
    let penalty = (&slopes - 1.0)?.sqr()?.mean_all()?;
    Ok((slopes, penalty))
}

/// The rules of the game: `[recipe.game]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GanRules {
    /// What the two make small.
    pub loss: GanLoss,
    /// Updates of the critic to one of the generator.
    pub critic_steps: usize,
    /// λ, how much the gradient penalty counts.
    pub penalty: f64,
    /// Under `wasserstein` the critic's weights stay from minus this to this.
    pub clip: f64,
    /// The critic's learning rate, as a multiple of the generator's.
    pub critic_lr_factor: f64,
    /// The share of the made samples that the generator learns from, those of the highest scores, above 0. It begins with
    /// all of them, and comes down to this in its first 2,000 updates: what lies between two heaps tells it little about
    /// either (Sinha et al. 2020, arXiv 2002.06224).
    pub top: f64,
}

impl Default for GanRules {
    fn default() -> Self {
        Self {
            loss: GanLoss::default(),
            critic_steps: 1,
            penalty: 10.0,
            clip: 0.1,
            critic_lr_factor: 1.0,
            top: 1.0,
        }
    }
}

impl GanRules {
    /// What is wrong with them, if anything is.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        let positive = |value: f64| value > 0.0 && value.is_finite();
        if !(1..=100).contains(&self.critic_steps) {
            Some("`critic_steps` must be from 1 to 100")
        } else if !(self.penalty >= 0.0 && self.penalty.is_finite()) {
            Some("`penalty` must be a number that is at least 0")
        } else if !(positive(self.clip) && positive(self.critic_lr_factor)) {
            Some("`clip` and `critic_lr_factor` must be numbers above 0")
        } else if !(positive(self.top) && self.top <= 1.0) {
            Some("`top` must be a share above 0, and at most 1")
        } else {
            None
        }
    }

    /// How many of `num` made samples the generator learns from in its turn `update`.
    fn num_top(&self, num: usize, update: u64) -> usize {
        let share = 1.0 - (1.0 - self.top) * update.min(UNTIL_TOP) as f64 / UNTIL_TOP as f64;
        ((share * num as f64).round() as usize).clamp(1, num)
    }
}

/// The generator's updates until which it has come down to learn from the `top` share alone.
const UNTIL_TOP: u64 = 2000;

/// The `num` highest of the scores `(b)`, the highest first: `(num)`.
fn highest(scores: &Tensor, num: usize) -> TensorResult<Tensor> {
    let values = scores.to_vec1::<f32>()?;
    let mut order: Vec<u32> = (0..).take(values.len()).collect();
    order.sort_by(|&a, &b| values[b as usize].total_cmp(&values[a as usize]));
    scores.index_select(&Tensor::new(&order[..num], scores.device())?, 0)
}

/// The names of their parameters begin with these.
pub(crate) const GENERATOR: &str = "generator.";
pub(crate) const CRITIC: &str = "critic.";

/// Frames of each clip that the judge of single pictures sees in one update.
const NUM_FRAMES_SEEN: usize = 1;

/// Two networks and what they play with.
pub(crate) struct Adversarial {
    pub(crate) generator: Generator,
    pub(crate) critic: Critic,
    pub(crate) collection: Collection,
    pub(crate) noise: Noise,
    pub(crate) batch_size: usize,
    pub(crate) rules: GanRules,
    pub(crate) mirror: bool,
    pub(crate) device: Device,
}

impl Adversarial {
    pub(crate) fn new(
        config: &GanConfig,
        recipe: &Recipe,
        noise: Noise,
        store: &dyn Store,
        device: &Device,
    ) -> Result<(Self, Parameters), TrainError> {
        let collection = Collection::load(recipe.data, Split::Generator, store)?;
        let rules = recipe.game.unwrap_or_default();
        let (mut objective, parameters) =
            Self::with(config, rules, collection, noise, recipe.batch_size, device)?;
        objective.mirror = recipe.mirror;
        Ok((objective, parameters))
    }

    pub(crate) fn with(
        config: &GanConfig,
        rules: GanRules,
        collection: Collection,
        noise: Noise,
        batch_size: usize,
        device: &Device,
    ) -> TensorResult<(Self, Parameters)> {
        if collection.shape != config.makes.shape() {
            return Err(Error::Msg(format!(
                "[net] is made for samples of {:?}, but the data have {:?}",
                config.makes.shape(),
                collection.shape
            )));
        }
        let ((generator, critic), parameters) = Parameters::init(noise, device, |vb| {
            Ok((Generator::new(config, &vb.pp("generator"))?, Critic::new(config, &vb.pp("critic"))?))
        })?;
        let device = device.clone();
        let objective =
            Self { generator, critic, collection, noise, batch_size, rules, mirror: false, device };
        Ok((objective, parameters))
    }

    /// The chance that the samples of one turn are made of: `(b, latent_dim)`.
    pub(crate) fn latent(&self, count: u64) -> TensorResult<Tensor> {
        let dim = self.generator.config().latent_dim;
        let values = self.noise.normal(Stream::Latent, 0, count, self.batch_size * dim);
        Tensor::from_vec(values, (self.batch_size, dim), &self.device)
    }

    /// The real samples of one turn of the critic.
    pub(crate) fn real(&self, count: u64) -> TensorResult<Tensor> {
        let mut rng = self.noise.rng(Stream::Data, 0, count);
        let num = self.collection.labels.len();
        let picks: Vec<usize> = (0..self.batch_size).map(|_| rng.random_range(0..num)).collect();
        let mirrored: Vec<bool> = picks.iter().map(|_| self.mirror && rng.random_bool(0.5)).collect();
        self.collection.batch(&picks, &mirrored, &self.device)
    }

    /// The frames of each clip that are looked at singly in one turn.
    fn frames(&self, count: u64) -> Vec<usize> {
        let Makes::Clips { num_frames, .. } = self.generator.config().makes else {
            return Vec::new();
        };
        let mut rng = self.noise.rng(Stream::Data, 1, count);
        (0..NUM_FRAMES_SEEN).map(|_| rng.random_range(0..num_frames)).collect()
    }

    /// Samples on the lines between real and made ones, each at a place of its own (Gulrajani et al. 2017, algorithm 1).
    pub(crate) fn between(&self, real: &Tensor, made: &Tensor, count: u64) -> TensorResult<Tensor> {
        let b = real.dim(0)?;
        let mut shape = vec![1; real.rank()];
        shape[0] = b;
        let share = Tensor::from_vec(self.noise.uniform(Stream::Between, 0, count, b), shape, &self.device)?;
        made + (real - made)?.broadcast_mul(&share)?
    }

    /// What the critic makes small in turn `count` of all its turns: the sum over its judges.
    pub(crate) fn critic_loss(&self, count: u64) -> TensorResult<CriticLoss> {
        let (real, frames) = (self.real(count)?, self.frames(count));
        let made = self.generator.forward(&self.latent(count)?)?.detach();
        let GanRules { loss, penalty: lambda, .. } = self.rules;
        let mut parts = Vec::new();
        let mut scores = [0.0; 2];
        for judge in self.critic.judges() {
            let (real, made) = (judge.see(&real, &frames)?, judge.see(&made, &frames)?);
            // One pass for both is faster than two.
            let both = judge.score(&Tensor::cat(&[&real, &made], 0)?)?;
            let num = real.dim(0)?;
            let (real_score, made_score) = (both.narrow(0, 0, num)?, both.narrow(0, num, num)?);
            parts.push(loss.of_critic(&real_score, &made_score)?);
            for (sum, score) in scores.iter_mut().zip([&real_score, &made_score]) {
                *sum += f64::from(score.mean_all()?.to_scalar::<f32>()?);
            }
            if loss == GanLoss::WassersteinGp {
                let between = self.between(&real, &made, count)?;
                let (_, penalty) = gradient_penalty(judge, &between)?;
                parts.push((penalty * lambda)?);
            }
        }
        let [real_score, made_score] = scores;
        Ok(CriticLoss { loss: sum(parts)?, real_score, made_score })
    }

    /// Where the chance of the generator's turn `update` is found, apart from all turns of the critic.
    pub(crate) fn count_of_generator(update: u64) -> u64 {
        update | 1 << 31
    }

    /// What the generator makes small in its turn `update`.
    pub(crate) fn generator_loss(&self, update: u64) -> TensorResult<Tensor> {
        let count = Self::count_of_generator(update);
        let (made, frames) = (self.generator.forward(&self.latent(count)?)?, self.frames(count));
        let num = self.rules.num_top(self.batch_size, update);
        let judged = self.critic.judges().iter().map(|judge| {
            let scores = judge.score(&judge.see(&made, &frames)?)?;
            let counted = if num < self.batch_size { highest(&scores, num)? } else { scores };
            self.rules.loss.of_generator(&counted)
        });
        sum(judged.collect::<TensorResult<_>>()?)
    }
}

/// The critic's loss in one of its turns, and the mean scores in it.
pub(crate) struct CriticLoss {
    pub(crate) loss: Tensor,
    pub(crate) real_score: f64,
    pub(crate) made_score: f64,
}

fn sum(parts: Vec<Tensor>) -> TensorResult<Tensor> {
    let sum = parts.into_iter().map(Ok).reduce(|a: TensorResult<Tensor>, b| a? + b?);
    sum.unwrap_or_else(|| Err(Error::Msg("a critic has at least one judge".to_owned())))
}

/// Each update is some turns of the critic, and then one of the generator.
impl Objective for Adversarial {
    fn num_turns(&self) -> usize {
        self.rules.critic_steps + 1
    }

    fn turn(&self, update: usize, nth: usize) -> TensorResult<Turn> {
        let GanRules { loss, critic_steps, clip, critic_lr_factor, .. } = self.rules;
        if nth == critic_steps {
            let loss = self.generator_loss(update as u64)?;
            return Ok(Turn { loss, of: GENERATOR, count: update, lr_factor: 1.0, clip: None });
        }
        let count = (update - 1) * critic_steps + nth + 1;
        Ok(Turn {
            loss: self.critic_loss(count as u64)?.loss,
            of: CRITIC,
            count,
            lr_factor: critic_lr_factor,
            clip: (loss == GanLoss::Wasserstein).then_some(clip),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Var;

    #[test]
    fn only_the_highest_scores_teach_the_generator_once_it_has_come_down_to_them() {
        let rules = GanRules { top: 0.5, ..GanRules::default() };
        assert_eq!([1, 1000, 2000, 9000].map(|update| rules.num_top(64, update)), [64, 48, 32, 32]);
        assert_eq!(GanRules::default().num_top(64, 9000), 64);

        let scores = Var::new(&[0.5_f32, -2.0, 3.0, 1.0], &Device::Cpu).unwrap();
        let top = highest(&scores, 2).unwrap();
        assert_eq!(top.to_vec1::<f32>().unwrap(), [3.0, 1.0]);
        let loss = GanLoss::WassersteinGp.of_generator(&top).unwrap();
        let gradients = loss.backward().unwrap();
        let gradient = gradients.get(&scores).unwrap().to_vec1::<f32>().unwrap();
        assert_eq!(gradient, [0.0, 0.0, -0.5, -0.5]);
    }
}
