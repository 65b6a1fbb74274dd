//! A training to watch and to meddle with: small, from a moment's decision, on whatever examples there are.
//!
//! [`crate::Trainer`] follows a `model.toml` to its end. A [`LiveTrainer`] has knobs that turn while it runs, keeps
//! [`Snapshot`]s to go back to, bit for bit, and hands out its network as it stands for somebody to look at or to sample from.
//! Both train the same objective by the same rule.
//!
//! Pictures are learned on the straight path x_t = (1 − σ)·x0 + σ·eps, which ends in pure noise.

use std::collections::HashMap;
use std::sync::Arc;

use noisebook_data::{Picture, Tokenizer};
use noisebook_diffusion::{Cond, Denoiser, NoiseSchedule, Prediction, Rates};
use noisebook_nets::{
    Mlp, MlpConfig, TextConfig, TextNet, TextNetConfig, TextUNetConfig, UNet, UNetConfig, VarBuilder,
};
use noisebook_ops::{DType, Device, Noise, Result as TensorResult, Tensor, Trained, on_pool};
use noisebook_shelf::Weights;

use crate::captioned::Captioned;
use crate::collection::Collection;
use crate::denoising::{Denoising, Net, check_words};
use crate::noising::{Noising, rates};
use crate::parameters::{Descent, Parameters, young};
use crate::source::{Source, ids};
use crate::{AdamConfig, Timesteps, TrainError, Weighting};

/// What a live training learns from, all of one shape.
#[derive(Clone, Debug)]
pub enum Examples {
    /// Pictures `(1, 32, 32)` each with a label from 0 to 9, or with [`Examples::NO_LABEL`].
    Pictures(Vec<(Picture, u32)>),
    /// Points in the plane.
    Points(Vec<[f32; 2]>),
    /// Scenes of one object with their captions, drawn as they are asked for and none kept.
    Scenes,
}

impl Examples {
    /// The label that says nothing.
    pub const NO_LABEL: u32 = 10;
}

/// What holds from the first update to the last.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveConfig {
    /// What the network's output means.
    pub prediction: Prediction,
    /// Whether the network is told t.
    pub knows_time: bool,
    /// Where every random choice grows from.
    pub seed: u64,
    /// Steps from an example to noise, T.
    pub num_train_timesteps: usize,
    /// The share of examples whose label is hidden, 0 to 1.
    pub label_dropout: f64,
    /// How long the moving average of the weights remembers, 0 to 1; shorter at first.
    pub ema_decay: f64,
    /// The constants of Adam.
    pub adam: AdamConfig,
    /// The gradient is shortened to this length where it is longer.
    pub max_grad_norm: f64,
    /// Updates over which the learning rate rises from nothing.
    pub warmup_updates: usize,
    /// The network for pictures.
    pub unet: UNetConfig,
    /// The network for points.
    pub mlp: MlpConfig,
    /// The network for scenes, which is told their captions.
    pub text_unet: TextUNetConfig,
}

impl Default for LiveConfig {
    fn default() -> Self {
        Self {
            prediction: Prediction::Sample,
            knows_time: true,
            seed: 0,
            num_train_timesteps: 1000,
            label_dropout: 0.1,
            ema_decay: 0.995,
            adam: AdamConfig { beta2: 0.98, weight_decay: 0.01, ..AdamConfig::default() },
            max_grad_norm: 1.0,
            warmup_updates: 20,
            unet: UNetConfig {
                channels: vec![16, 32, 64],
                emb_dim: 64,
                num_groups: 4,
                num_heads: 4,
                ..UNetConfig::default()
            },
            mlp: MlpConfig::default(),
            text_unet: TextUNetConfig {
                channels: vec![16, 32, 64],
                emb_dim: 64,
                text: text_of_scenes(64, 2),
                ..TextUNetConfig::default()
            },
        }
    }
}

/// What reads the captions of scenes: vectors of `dim` numbers, and so many layers.
fn text_of_scenes(dim: usize, num_layers: usize) -> TextConfig {
    let tokenizer = Tokenizer::of_scenes();
    let (vocab_size, max_tokens) = (tokenizer.vocab_size(), tokenizer.max_tokens());
    TextConfig { vocab_size, max_tokens, dim, num_layers, ..TextConfig::default() }
}

/// What may be changed between two updates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Knobs {
    /// The learning rate, above 0.
    pub lr: f64,
    /// Examples an update, at least 1.
    pub batch_size: usize,
    /// How often each t is asked.
    pub timesteps: Timesteps,
    /// How much an error at each t counts.
    pub weighting: Weighting,
}

impl Default for Knobs {
    fn default() -> Self {
        Self { lr: 2e-3, batch_size: 128, timesteps: Timesteps::LogitNormal, weighting: Weighting::Velocity }
    }
}

/// What one update did.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveReport {
    /// Which update it was, counted from 1.
    pub update: usize,
    /// The loss before the update.
    pub loss: f64,
    /// The length of the gradient before clipping.
    pub grad_norm: f64,
    /// The learning rate.
    pub lr: f64,
    /// For each example its t, in steps, and its share of the loss: their mean is the loss.
    pub losses: Vec<(usize, f64)>,
}

/// A training at one update: enough to go on from it to the bit.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    update: usize,
    states: Vec<Trained>,
}

impl Snapshot {
    /// Updates that it has behind it.
    #[must_use]
    pub fn update(&self) -> usize {
        self.update
    }
}

/// Which weights of a training to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Those that the latest update made.
    Latest,
    /// Their moving average.
    Ema,
}

/// A training that is watched.
pub struct LiveTrainer {
    /// What may be changed between two updates.
    pub knobs: Knobs,
    config: LiveConfig,
    objective: Denoising,
    parameters: Parameters,
    network: Network,
    device: Device,
    update: usize,
}

/// Which kind of network learns.
#[derive(Clone, Copy)]
enum Network {
    UNet,
    Mlp,
    Text,
}

impl LiveTrainer {
    /// A network that knows nothing, and what it is to learn from.
    ///
    /// # Errors
    /// When there are no examples, they do not fit the network, or a config contradicts itself.
    pub fn new(
        config: LiveConfig,
        knobs: Knobs,
        examples: Examples,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let (source, network) = source(&config, examples)?;
        let noise = Noise::new(config.seed);
        let (net, parameters) = Parameters::init(noise, device, |vb| network.build(&config, vb))?;
        let schedule = NoiseSchedule::flow(config.num_train_timesteps)?;
        let noising = Noising {
            rates: rates(&schedule)?,
            schedule,
            prediction: config.prediction,
            knows_time: config.knows_time,
            noise,
            timesteps: knobs.timesteps,
            weighting: knobs.weighting,
            device: device.clone(),
        };
        let objective = Denoising {
            net,
            source,
            noising,
            batch_size: knobs.batch_size,
            label_dropout: config.label_dropout,
        };
        Ok(Self { knobs, config, objective, parameters, network, device: device.clone(), update: 0 })
    }

    /// Begins with the weights of a model of the same shape, at update 0.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape, and nothing is changed then.
    pub fn load(&mut self, weights: &Weights) -> Result<(), TrainError> {
        let mut states = Vec::new();
        for (name, parameter) in self.parameters.iter() {
            let fits = weights.get(name).filter(|tensor| tensor.shape() == parameter.var.shape());
            let Some(tensor) = fits else {
                let why = format!("the model to begin with has no `{name}` of the shape that is needed");
                return Err(TrainError::Examples { why });
            };
            states.push(Trained::new(tensor.flatten_all()?.to_vec1()?));
        }
        self.go_to(&Snapshot { update: 0, states })
    }

    /// What holds from the first update to the last.
    #[must_use]
    pub fn config(&self) -> &LiveConfig {
        &self.config
    }

    /// Updates done.
    #[must_use]
    pub fn update(&self) -> usize {
        self.update
    }

    /// Values that it trains, in all.
    #[must_use]
    pub fn num_parameters(&self) -> usize {
        self.parameters.num_values()
    }

    /// The path from an example to noise.
    #[must_use]
    pub fn schedule(&self) -> &NoiseSchedule {
        &self.objective.noising.schedule
    }

    /// Makes one update.
    ///
    /// # Errors
    /// When a knob is out of its range; when the loss is no longer a number, and the weights are then as before; or when a
    /// tensor operation fails.
    pub fn step(&mut self) -> Result<LiveReport, TrainError> {
        let Knobs { lr, batch_size, timesteps, weighting } = self.knobs;
        if !(lr > 0.0 && lr.is_finite() && (1..=4096).contains(&batch_size)) {
            let why =
                format!("`lr` is {lr} and `batch_size` {batch_size}; use a number above 0, and 1 to 4096");
            return Err(TrainError::Examples { why });
        }
        self.objective.batch_size = batch_size;
        self.objective.noising.timesteps = timesteps;
        self.objective.noising.weighting = weighting;
        on_pool(|| self.make_update())
    }

    fn make_update(&mut self) -> Result<LiveReport, TrainError> {
        let update = self.update + 1;
        let question = self.objective.question(update)?;
        let answer = self.objective.answer(&question)?;
        let LiveConfig { adam, warmup_updates, ema_decay, max_grad_norm, .. } = self.config;
        let warm = (update as f64 / warmup_updates.max(1) as f64).min(1.0);
        let lr = self.knobs.lr * warm;
        let ema_decay = young(ema_decay, update);
        let rule = |trained: &mut Trained, grad: &[f32], grad_scale| {
            adam.rule(update, lr, grad_scale, ema_decay).apply(trained, grad);
        };
        let descent = self.parameters.descend("", &answer.loss()?, max_grad_norm, rule)?;
        let Descent::Done { loss, grad_norm } = descent else {
            return Err(TrainError::DivergedLive { update });
        };
        self.update = update;
        let losses = answer.losses()?.into_iter().map(f64::from);
        let losses = question.ts.into_iter().zip(losses).collect();
        Ok(LiveReport { update, loss, grad_norm, lr, losses })
    }

    /// Where the training stands, to go back to.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { update: self.update, states: self.parameters.states() }
    }

    /// The bytes that a snapshot takes.
    #[must_use]
    pub fn snapshot_bytes(&self) -> usize {
        self.parameters.num_bytes()
    }

    /// Goes back, or on, to a snapshot of this training. With the same knobs every update after it is the same again.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn go_to(&mut self, snapshot: &Snapshot) -> Result<(), TrainError> {
        self.parameters.set_states(snapshot.states.iter().cloned())?;
        self.update = snapshot.update;
        Ok(())
    }

    /// The weights of a snapshot of this training, by name.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn weights(&self, snapshot: &Snapshot, version: Version) -> Result<Weights, TrainError> {
        Ok(match version {
            Version::Latest => {
                self.parameters.weights_of(&snapshot.states, |_, state| &state.values, &self.device)
            }
            Version::Ema => self.parameters.weights_of(&snapshot.states, |_, state| &state.ema, &self.device),
        }?)
    }

    /// The network of a snapshot of this training, to look at and to sample from while the training goes on. Whatever it
    /// predicts, this says the picture: [`Prediction::Sample`].
    ///
    /// # Errors
    /// When the device has no room.
    pub fn denoiser(&self, snapshot: &Snapshot, version: Version) -> Result<LiveDenoiser, TrainError> {
        let weights: HashMap<String, Tensor> = self.weights(snapshot, version)?.into_iter().collect();
        let vb = VarBuilder::from_tensors(weights, DType::F32, &self.device);
        Ok(LiveDenoiser {
            net: Arc::from(self.network.build(&self.config, &vb)?),
            schedule: self.objective.noising.schedule.clone(),
            prediction: self.config.prediction,
            knows_time: self.config.knows_time,
        })
    }

    /// The examples of these indices, counted round: `(b, c, h, w)` or `(b, 2)`, and their labels.
    ///
    /// # Errors
    /// When none are kept, or the device has no room.
    pub fn examples(&self, indices: impl Iterator<Item = usize>) -> Result<(Tensor, Vec<u32>), TrainError> {
        let Source::Labelled { collection, .. } = &self.objective.source else {
            let why = "scenes are drawn as they are asked for, and none is kept to look at".to_owned();
            return Err(TrainError::Examples { why });
        };
        let labels = &collection.labels;
        let picks: Vec<usize> = indices.map(|idx| idx % labels.len()).collect();
        let found = picks.iter().map(|&pick| labels[pick]).collect();
        Ok((collection.batch(&picks, &vec![false; picks.len()], &self.device)?, found))
    }

    /// How many examples it learns from and keeps; 0 where they are drawn as they are asked for.
    #[must_use]
    pub fn num_examples(&self) -> usize {
        match &self.objective.source {
            Source::Labelled { collection, .. } => collection.labels.len(),
            Source::Captioned { .. } => 0,
        }
    }

    /// Prompts as its network is told them: the numbers of their words, `(n, max_tokens)`.
    ///
    /// # Errors
    /// When it learns no captions, or a prompt is too long.
    pub fn told(&self, prompts: &[impl AsRef<str>]) -> Result<Cond, TrainError> {
        let Source::Captioned { tokenizer, .. } = &self.objective.source else {
            let why = "it learns without captions and can be told no prompt".to_owned();
            return Err(TrainError::Examples { why });
        };
        Ok(Cond::new(ids(tokenizer, prompts, &self.device)?))
    }
}

/// Where the examples come from, and which network learns them.
fn source(config: &LiveConfig, examples: Examples) -> Result<(Source, Network), TrainError> {
    if matches!(examples, Examples::Scenes) {
        let (net, tokenizer) = (TextNetConfig::Unet(config.text_unet.clone()), Tokenizer::of_scenes());
        let [c, side, _] = net.sample_shape();
        let fits = if c == 3 { Ok(()) } else { Err(format!("scenes have 3 channels, and the network {c}")) };
        fits.and_then(|()| check_words(&tokenizer, &net)).map_err(|why| TrainError::Examples { why })?;
        let captioned = Captioned::one_object(side);
        return Ok((Source::Captioned { captioned, tokenizer }, Network::Text));
    }
    let collection = Collection::of_examples(examples)?;
    let network = if collection.is_of_points() {
        Network::Mlp
    } else {
        collection.check_fit([config.unet.in_channels, config.unet.size], config.unet.num_classes)?;
        Network::UNet
    };
    Ok((Source::Labelled { collection, mirror: false }, network))
}

impl Network {
    fn build(self, config: &LiveConfig, vb: &VarBuilder<'_>) -> TensorResult<Box<dyn Net>> {
        Ok(match self {
            Self::UNet => Box::new(UNet::new(config.unet.clone(), vb)?),
            Self::Mlp => Box::new(Mlp::new(config.mlp.clone(), vb)?),
            Self::Text => Box::new(TextNet::new(TextNetConfig::Unet(config.text_unet.clone()), vb)?),
        })
    }
}

/// A network as it stood at one update. Its output is the picture or the point behind x_t.
#[derive(Clone)]
pub struct LiveDenoiser {
    net: Arc<dyn Net>,
    schedule: NoiseSchedule,
    prediction: Prediction,
    knows_time: bool,
}

/// Where nothing of the picture is left, a network that predicts the noise says nothing about it; its share is taken as this,
/// and what it says is clipped by whoever samples.
const LEAST_SIGNAL: f64 = 0.005;

impl Denoiser for LiveDenoiser {
    fn predict(&self, x_t: &Tensor, timestep: f64, cond: &Cond) -> TensorResult<Tensor> {
        let b = x_t.dim(0)?;
        let cond = match cond.tensor() {
            Some(cond) => cond.clone(),
            None => self.net.null_cond(b, x_t.device())?,
        };
        let told = if self.knows_time { timestep } else { 0.0 };
        let output = self.net.output(x_t, &vec![told; b], &cond)?;
        let t = self.schedule.t_from_timestep(timestep);
        let rates = self.schedule.at_real(t).map_err(noisebook_ops::Error::wrap)?;
        let rates = match self.prediction {
            Prediction::Epsilon => Rates { signal_rate: rates.signal_rate.max(LEAST_SIGNAL), ..rates },
            _ => rates,
        };
        self.prediction.predict_x0(&output, x_t, rates).map_err(noisebook_ops::Error::wrap)
    }
}
