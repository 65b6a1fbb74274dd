//! A GAN to watch and to meddle with: [`crate::LiveTrainer`]'s counterpart for two networks.
//!
//! The game is the one that recipes train, turn by turn: some of the critic, then one of the generator. Its knobs turn while
//! it runs, it goes back to any [`GameSnapshot`] to the bit, and it hands out its [`Players`] as they stood.
//! Two games of one seed begin with the same weights and meet the same chance, whatever they make small.

use std::collections::HashMap;

use noisebook_nets::{Critic, GanConfig, Generator, Makes, VarBuilder};
use noisebook_ops::{DType, Device, Noise, Result as TensorResult, Sgd, Tensor, Trained, on_pool};

use crate::adversarial::{Adversarial, CRITIC, CriticLoss, GENERATOR};
use crate::collection::Collection;
use crate::parameters::{Descent, Parameters, young};
use crate::trainer::used;
use crate::{AdamConfig, Examples, GanLoss, GanRules, TrainError, Version};

/// The rule by which weights move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Optimizer {
    /// Adam, as in [`GameConfig::adam`].
    #[default]
    Adam,
    /// Plain gradient descent.
    Sgd,
}

/// What holds from the first update to the last.
#[derive(Clone, Debug, PartialEq)]
pub struct GameConfig {
    /// The two networks.
    pub net: GanConfig,
    /// Where every random choice grows from.
    pub seed: u64,
    /// How long the moving average of the weights remembers, 0 to 1; shorter at first.
    pub ema_decay: f64,
    /// The constants of Adam.
    pub adam: AdamConfig,
}

impl GameConfig {
    /// For points in the plane: fully connected layers of one width in both networks.
    #[must_use]
    pub fn points(latent_dim: usize, num_layers: usize, width: usize) -> Self {
        let widths = vec![width; num_layers];
        let makes = Makes::Points { dim: 2 };
        Self::of(GanConfig {
            makes,
            latent_dim,
            generator: widths.clone(),
            critic: widths,
            num_waves: 3,
            fold: Vec::new(),
        })
    }

    /// For gray pictures of 32 × 32 pixels: networks so small that one can wait for them.
    #[must_use]
    pub fn pictures(latent_dim: usize) -> Self {
        Self::of(GanConfig {
            makes: Makes::Pictures { in_channels: 1, size: 32 },
            latent_dim,
            generator: vec![64, 48, 32],
            critic: vec![16, 32, 64],
            num_waves: 0,
            fold: Vec::new(),
        })
    }

    fn of(net: GanConfig) -> Self {
        // Moments that forget sooner than usual: the other network changes what is to be learned (Radford et al. 2015).
        let adam = AdamConfig { beta1: 0.5, beta2: 0.99, ..AdamConfig::default() };
        Self { net, seed: 0, ema_decay: 0.99, adam }
    }
}

/// What may be changed between two updates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GameKnobs {
    /// What the two make small. (Its learning-rate factor takes no part here: both rates are said below.)
    pub rules: GanRules,
    /// How weights move.
    pub optimizer: Optimizer,
    /// The generator's learning rate, above 0.
    pub lr_generator: f64,
    /// The critic's.
    pub lr_critic: f64,
    /// Samples a turn, at least 1.
    pub batch_size: usize,
}

/// What one update did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GameReport {
    /// Which update it was, counted from 1.
    pub update: usize,
    /// The critic's loss before its last turn.
    pub loss_critic: f64,
    /// The generator's loss before its turn.
    pub loss_generator: f64,
    /// The mean score of real samples before the critic's last turn.
    pub real_score: f64,
    /// The same of made ones.
    pub made_score: f64,
    /// The length of the critic's gradient.
    pub grad_norm_critic: f64,
    /// The length of the generator's.
    pub grad_norm_generator: f64,
}

/// A game at one update: enough to go on from it to the bit.
#[derive(Clone, Debug, PartialEq)]
pub struct GameSnapshot {
    update: usize,
    critic_turns: usize,
    states: Vec<Trained>,
}

impl GameSnapshot {
    /// Updates that it has behind it.
    #[must_use]
    pub fn update(&self) -> usize {
        self.update
    }
}

/// Both networks as they stood at one update. Nothing trains them any more.
pub struct Players {
    /// It makes samples of chance.
    pub generator: Generator,
    /// It scores them.
    pub critic: Critic,
}

/// A game under way.
pub struct Game {
    /// What may be changed between two updates.
    pub knobs: GameKnobs,
    config: GameConfig,
    objective: Adversarial,
    parameters: Parameters,
    device: Device,
    update: usize,
    /// Turns that the critic has had, however many an update they were.
    critic_turns: usize,
}

impl Game {
    /// Two networks that know nothing, and what the generator is to imitate. Labels are not looked at.
    ///
    /// # Errors
    /// When there are no examples, they do not fit the networks, or a config contradicts itself.
    pub fn new(
        config: GameConfig,
        knobs: GameKnobs,
        examples: Examples,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let collection = Collection::of_examples(examples)?;
        let noise = Noise::new(config.seed);
        let (objective, parameters) =
            Adversarial::with(&config.net, knobs.rules, collection, noise, knobs.batch_size, device)?;
        Ok(Self { knobs, config, objective, parameters, device: device.clone(), update: 0, critic_turns: 0 })
    }

    /// What holds from the first update to the last.
    #[must_use]
    pub fn config(&self) -> &GameConfig {
        &self.config
    }

    /// Updates done.
    #[must_use]
    pub fn update(&self) -> usize {
        self.update
    }

    /// Values that are trained, in all.
    #[must_use]
    pub fn num_parameters(&self) -> usize {
        self.parameters.num_values()
    }

    /// Makes one update: the critic's turns, then the generator's.
    ///
    /// # Errors
    /// When a knob is out of its range; when a loss is no longer a number, and both networks are then as before; or when a
    /// tensor operation fails.
    pub fn step(&mut self) -> Result<GameReport, TrainError> {
        self.or_as_before(|game| {
            let critic = game.critics()?;
            let generator = game.generator_turn()?;
            Ok(GameReport {
                loss_generator: generator.loss_generator,
                grad_norm_generator: generator.grad_norm_generator,
                update: generator.update,
                ..critic
            })
        })
    }

    /// Turns that are made whole, or not at all.
    fn or_as_before(
        &mut self,
        turns: impl FnOnce(&mut Self) -> Result<GameReport, TrainError>,
    ) -> Result<GameReport, TrainError> {
        let before = self.snapshot();
        let done = turns(self);
        if done.is_err() {
            self.go_to(&before)?;
        }
        done
    }

    /// The first half of an update. The report says what is known by then.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn critic_turns(&mut self) -> Result<GameReport, TrainError> {
        self.or_as_before(Self::critics)
    }

    fn critics(&mut self) -> Result<GameReport, TrainError> {
        self.take_over()?;
        let (lr, GanRules { loss, critic_steps, clip, .. }) = (self.knobs.lr_critic, self.knobs.rules);
        let mut report = GameReport::default();
        for _ in 0..critic_steps {
            let count = self.critic_turns + 1;
            let done = on_pool(|| -> Result<_, TrainError> {
                let CriticLoss { loss, real_score, made_score } = self.objective.critic_loss(count as u64)?;
                Ok(self.descend(CRITIC, &loss, count, lr)?.map(|(loss_critic, grad_norm_critic)| {
                    GameReport {
                        loss_critic,
                        grad_norm_critic,
                        real_score,
                        made_score,
                        ..GameReport::default()
                    }
                }))
            });
            let Some(done) = done? else {
                return Err(TrainError::DivergedLive { update: self.update + 1 });
            };
            report = done;
            if loss == GanLoss::Wasserstein {
                self.parameters.clamp(CRITIC, clip)?;
            }
            self.critic_turns = count;
        }
        Ok(report)
    }

    /// The second half of an update, which completes it.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn generator_turn(&mut self) -> Result<GameReport, TrainError> {
        self.take_over()?;
        let (update, lr) = (self.update + 1, self.knobs.lr_generator);
        let done = on_pool(|| -> Result<_, TrainError> {
            let loss = self.objective.generator_loss(update as u64)?;
            Ok(self.descend(GENERATOR, &loss, update, lr)?)
        });
        let Some((loss_generator, grad_norm_generator)) = done? else {
            return Err(TrainError::DivergedLive { update });
        };
        self.update = update;
        Ok(GameReport { update, loss_generator, grad_norm_generator, ..GameReport::default() })
    }

    /// Checks the knobs and hands them to the objective.
    fn take_over(&mut self) -> Result<(), TrainError> {
        let GameKnobs { rules, lr_generator, lr_critic, batch_size, .. } = self.knobs;
        let is_rate = |lr: f64| lr > 0.0 && lr.is_finite();
        if let Some(why) = rules.problem() {
            return Err(TrainError::Examples { why: why.to_owned() });
        }
        if !(is_rate(lr_generator) && is_rate(lr_critic) && (1..=4096).contains(&batch_size)) {
            let why = format!(
                "the learning rates are {lr_generator} and {lr_critic} and `batch_size` {batch_size}; use numbers above 0, and 1 to 4096"
            );
            return Err(TrainError::Examples { why });
        }
        self.objective.rules = rules;
        self.objective.batch_size = batch_size;
        Ok(())
    }

    /// One step down: the loss before it and the gradient's length, or none where they are no numbers.
    fn descend(
        &mut self,
        of: &str,
        loss: &Tensor,
        count: usize,
        lr: f64,
    ) -> TensorResult<Option<(f64, f64)>> {
        let GameConfig { adam, ema_decay, .. } = self.config;
        let ema_decay = young(ema_decay, count);
        let optimizer = self.knobs.optimizer;
        let rule = |trained: &mut Trained, grad: &[f32], grad_scale| match optimizer {
            Optimizer::Adam => adam.rule(count, lr, grad_scale, ema_decay).apply(trained, grad),
            Optimizer::Sgd => Sgd { lr, grad_scale, ema_decay }.apply(trained, grad),
        };
        Ok(match self.parameters.descend(of, loss, f64::INFINITY, rule)? {
            Descent::Done { loss, grad_norm } => Some((loss, grad_norm)),
            Descent::NotANumber => None,
        })
    }

    /// Where the game stands, to go back to.
    #[must_use]
    pub fn snapshot(&self) -> GameSnapshot {
        let (update, critic_turns) = (self.update, self.critic_turns);
        GameSnapshot { update, critic_turns, states: self.parameters.states() }
    }

    /// The bytes that a snapshot takes.
    #[must_use]
    pub fn snapshot_bytes(&self) -> usize {
        self.parameters.num_bytes()
    }

    /// Goes back, or on, to a snapshot of this game. With the same knobs every update after it is the same again.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn go_to(&mut self, snapshot: &GameSnapshot) -> Result<(), TrainError> {
        self.parameters.set_states(snapshot.states.iter().cloned())?;
        (self.update, self.critic_turns) = (snapshot.update, snapshot.critic_turns);
        Ok(())
    }

    /// Both networks of a snapshot of this game, to look at while it goes on. Only the generator has an average.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn players(&self, snapshot: &GameSnapshot, version: Version) -> Result<Players, TrainError> {
        let weights = match version {
            Version::Latest => {
                self.parameters.weights_of(&snapshot.states, |_, state| &state.values, &self.device)
            }
            Version::Ema => self.parameters.weights_of(&snapshot.states, used, &self.device),
        };
        let weights: HashMap<String, Tensor> = weights?.into_iter().collect();
        let vb = VarBuilder::from_tensors(weights, DType::F32, &self.device);
        Ok(Players {
            generator: Generator::new(&self.config.net, &vb.pp("generator"))?,
            critic: Critic::new(&self.config.net, &vb.pp("critic"))?,
        })
    }

    /// What the next turn of the critic meets: real samples `(b, …)`, and the chance z `(b, latent_dim)` of the made ones.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn next_of_critic(&mut self) -> Result<(Tensor, Tensor), TrainError> {
        self.take_over()?;
        let count = self.critic_turns as u64 + 1;
        Ok((self.objective.real(count)?, self.objective.latent(count)?))
    }

    /// The chance z `(b, latent_dim)` that the next turn of the generator is made of.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn next_of_generator(&mut self) -> Result<Tensor, TrainError> {
        self.take_over()?;
        Ok(self.objective.latent(Adversarial::count_of_generator(self.update as u64 + 1))?)
    }

    /// Samples on the lines between real and made ones.
    ///
    /// # Errors
    /// When the shapes differ.
    pub fn between(&self, real: &Tensor, made: &Tensor) -> Result<Tensor, TrainError> {
        Ok(self.objective.between(real, made, 0)?)
    }

    /// The real samples of these indices, counted round: `(b, c, h, w)` or `(b, 2)`.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn examples(&self, indices: impl Iterator<Item = usize>) -> Result<Tensor, TrainError> {
        let collection = &self.objective.collection;
        let picks: Vec<usize> = indices.map(|idx| idx % collection.labels.len()).collect();
        Ok(collection.batch(&picks, &vec![false; picks.len()], &self.device)?)
    }

    /// How many examples there are.
    #[must_use]
    pub fn num_examples(&self) -> usize {
        self.objective.collection.labels.len()
    }
}
