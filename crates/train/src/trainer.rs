//! The loop around any objective: gradient, clipping, Adam, moving average, checkpoint.

use noisebook_data::{Store, Tokenizer};
use noisebook_ops::{Device, Noise, Result as TensorResult, Tensor, Trained, on_pool};
use noisebook_shelf::{
    ModelFile, ModelKind, Weights, WeightsInfo, read_weights, weights_sha256, write_weights,
};

use crate::adversarial::{Adversarial, CRITIC};
use crate::classification::Classification;
use crate::denoising::Denoising;
use crate::parameters::{Descent, Parameters};
use crate::{Recipe, TrainError};

/// What training makes small.
pub trait Objective: Send {
    /// Losses that are made smaller in one update, one after the other: each turn sees what the one before it has done.
    fn num_turns(&self) -> usize {
        1
    }

    /// The turn `nth`, counted from 0, of update `update`, counted from 1.
    ///
    /// # Errors
    /// When a tensor operation fails.
    fn turn(&self, update: usize, nth: usize) -> TensorResult<Turn>;
}

/// One loss, and whom it moves.
pub struct Turn {
    /// A scalar that knows its gradient.
    pub loss: Tensor,
    /// Only parameters whose name begins so are moved; with nothing all are.
    pub of: &'static str,
    /// Which turn of theirs it is, counted from 1: Adam corrects its start at zero by it.
    pub count: usize,
    /// What the recipe's learning rate is multiplied by.
    pub lr_factor: f64,
    /// Afterwards their values are kept from minus this to this.
    pub clip: Option<f64>,
}

impl Turn {
    /// The one turn of an update that moves all.
    pub(crate) fn of_all(update: usize, loss: Tensor) -> Self {
        Self { loss, of: "", count: update, lr_factor: 1.0, clip: None }
    }
}

/// What one update did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// Which update it was, counted from 1.
    pub update: usize,
    /// Updates in all.
    pub num_updates: usize,
    /// The loss before the update; of a GAN the generator's.
    pub loss: f64,
    /// The critic's loss before its last turn; only of a GAN.
    pub loss_critic: Option<f64>,
    /// The length of the gradient before clipping; of a GAN the generator's.
    pub grad_norm: f64,
    /// The learning rate.
    pub lr: f64,
}

/// A training under way.
pub struct Trainer {
    file: ModelFile,
    recipe: Recipe,
    objective: Box<dyn Objective>,
    parameters: Parameters,
    /// Of a model that is told words.
    tokenizer: Option<Tokenizer>,
    device: Device,
    /// Updates done.
    update: usize,
}

/// In a checkpoint, the prefixes of what is kept for each parameter.
const VALUES: &str = "values.";
const EMA: &str = "ema.";
const M: &str = "adam_m.";
const V: &str = "adam_v.";
/// In a checkpoint: how many updates it has behind it, and, as its one note, the `model.toml` it follows.
/// (Several notes would be written in an order that differs from run to run.)
const UPDATE: &str = "update";
const MODEL: &str = "model";

impl Trainer {
    /// Begins the training that a `model.toml` describes.
    ///
    /// # Errors
    /// When the recipe or the config is wrong, or the data cannot be read.
    pub fn new(file: ModelFile, store: &dyn Store, device: &Device) -> Result<Self, TrainError> {
        let recipe = Recipe::from_table(&file.name, &file.recipe)?;
        let noise = Noise::new(recipe.seed);
        let mut tokenizer = None;
        let (objective, parameters): (Box<dyn Objective>, _) = match &file.kind {
            ModelKind::Denoiser { net, diffusion, .. } => {
                let (objective, parameters) =
                    Denoising::of_labels(net, *diffusion, &recipe, noise, store, device)?;
                (Box::new(objective), parameters)
            }
            ModelKind::TextDenoiser { net, diffusion, .. } => {
                let (objective, words, parameters) =
                    Denoising::of_words(&file.name, net, *diffusion, &recipe, noise, store, device)?;
                tokenizer = Some(words);
                (Box::new(objective), parameters)
            }
            ModelKind::Classifier { net } => {
                let (objective, parameters) = Classification::new(net, &recipe, noise, store, device)?;
                (Box::new(objective), parameters)
            }
            ModelKind::Generator { net } => {
                let (objective, parameters) = Adversarial::new(net, &recipe, noise, store, device)?;
                (Box::new(objective), parameters)
            }
        };
        Ok(Self { file, recipe, objective, parameters, tokenizer, device: device.clone(), update: 0 })
    }

    /// Updates done.
    #[must_use]
    pub fn update(&self) -> usize {
        self.update
    }

    /// What it trains.
    #[must_use]
    pub fn file(&self) -> &ModelFile {
        &self.file
    }

    /// How it trains.
    #[must_use]
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// Values that it trains, in all.
    #[must_use]
    pub fn num_parameters(&self) -> usize {
        self.parameters.num_values()
    }

    /// The words that it learns; none where it learns no words. A model of it needs them as its `tokenizer.json`.
    #[must_use]
    pub fn tokenizer(&self) -> Option<&Tokenizer> {
        self.tokenizer.as_ref()
    }

    /// Makes one update, or returns none when all are done.
    ///
    /// # Errors
    /// When the loss is no longer a number, and the parameters are then as before; or when a tensor operation fails.
    pub fn step(&mut self) -> Result<Option<StepReport>, TrainError> {
        if self.update >= self.recipe.updates {
            return Ok(None);
        }
        on_pool(|| self.make_update()).map(Some)
    }

    fn make_update(&mut self) -> Result<StepReport, TrainError> {
        let update = self.update + 1;
        let lr = self.recipe.lr_at(update);
        let ema_decay = self.recipe.ema_decay_at(update);
        let mut report = StepReport {
            update,
            num_updates: self.recipe.updates,
            loss: 0.0,
            loss_critic: None,
            grad_norm: 0.0,
            lr,
        };
        // Where a later turn fails, the earlier ones must not have been.
        let num_turns = self.objective.num_turns();
        let before = if num_turns > 1 { Some(self.parameters.states()) } else { None };
        for nth in 0..num_turns {
            let Turn { loss, of, count, lr_factor, clip } = self.objective.turn(update, nth)?;
            let adam = |trained: &mut Trained, grad: &[f32], grad_scale| {
                self.recipe.adam.rule(count, lr * lr_factor, grad_scale, ema_decay).apply(trained, grad);
            };
            match self.parameters.descend(of, &loss, self.recipe.max_grad_norm, adam)? {
                Descent::Done { loss, .. } if nth + 1 < num_turns => report.loss_critic = Some(loss),
                Descent::Done { loss, grad_norm } => (report.loss, report.grad_norm) = (loss, grad_norm),
                Descent::NotANumber => {
                    before.map_or(Ok(()), |before| self.parameters.set_states(before))?;
                    return Err(TrainError::Diverged { name: self.file.name.clone(), update });
                }
            }
            if let Some(limit) = clip {
                self.parameters.clamp(of, limit)?;
            }
        }
        self.update = update;
        Ok(report)
    }

    /// Everything that [`Self::resume`] needs, as the bytes of one safetensors file.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn checkpoint(&self) -> Result<Vec<u8>, TrainError> {
        let mut tensors = Weights::new();
        for (name, parameter) in self.parameters.iter() {
            let parts = [
                (VALUES, &parameter.state.values),
                (EMA, &parameter.state.ema),
                (M, &parameter.state.m),
                (V, &parameter.state.v),
            ];
            for (prefix, values) in parts {
                tensors.insert(format!("{prefix}{name}"), Tensor::new(values.as_slice(), &Device::Cpu)?);
            }
        }
        tensors.insert(UPDATE.to_owned(), Tensor::new(self.update as i64, &Device::Cpu)?);
        let notes = [(MODEL.to_owned(), self.file.to_toml()?)].into();
        Ok(write_weights(&tensors, Some(notes))?)
    }

    /// Goes on where a checkpoint of the same model and recipe left off, bit for bit.
    ///
    /// # Errors
    /// When the checkpoint is damaged or belongs to another training, and nothing is changed then; or when the device
    /// has no room.
    pub fn resume(&mut self, checkpoint: &[u8]) -> Result<(), TrainError> {
        let wrong = |why: String| TrainError::Checkpoint { name: self.file.name.clone(), why };
        let (tensors, notes) =
            read_weights(checkpoint, &Device::Cpu).map_err(|error| wrong(error.to_string()))?;
        let note = notes.get(MODEL).map_or("", String::as_str);
        let begun =
            ModelFile::parse(note.as_bytes(), MODEL).map_err(|_| wrong("is not a training's".to_owned()))?;
        if begun.name != self.file.name {
            return Err(wrong(format!("was written by the training of `{}`", begun.name)));
        }
        if (&begun.kind, &begun.recipe) != (&self.file.kind, &self.file.recipe) {
            return Err(wrong("was written by another recipe or for another network".to_owned()));
        }
        let no_update = || wrong("does not say how many updates it has behind it".to_owned());
        let update = tensors.get(UPDATE).ok_or_else(no_update)?.to_scalar::<i64>()?;
        let update = usize::try_from(update).map_err(|_| no_update())?;
        // All is read before anything is changed.
        let mut states = Vec::new();
        for (name, parameter) in self.parameters.iter() {
            let part = |prefix: &str| -> Result<Vec<f32>, TrainError> {
                let key = format!("{prefix}{name}");
                let tensor = tensors.get(&key).ok_or_else(|| wrong(format!("has no `{key}`")))?;
                if tensor.elem_count() != parameter.state.values.len() {
                    return Err(wrong(format!("has another number of values in `{key}`")));
                }
                Ok(tensor.flatten_all()?.to_vec1()?)
            };
            states.push(Trained { values: part(VALUES)?, ema: part(EMA)?, m: part(M)?, v: part(V)? });
        }
        self.parameters.set_states(states)?;
        self.update = update;
        Ok(())
    }

    /// The weights as they should be used: their moving average; of a critic the latest, for it follows the generator.
    ///
    /// # Errors
    /// When there is no memory for them.
    pub fn weights(&self) -> Result<Weights, TrainError> {
        Ok(self.parameters.weights(used, &self.device)?)
    }

    /// The model as it stands now: its `model.toml`, without scores, and its `weights.safetensors`.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn model(&self) -> Result<(ModelFile, Vec<u8>), TrainError> {
        let bytes = write_weights(&self.weights()?, None)?;
        let mut file = self.file.clone();
        file.scores.clear();
        file.weights = Some(WeightsInfo {
            sha256: weights_sha256(&bytes),
            updates: self.update,
            num_parameters: self.num_parameters(),
        });
        Ok((file, bytes))
    }
}

/// What is used of a parameter once it is trained.
pub(crate) fn used<'a>(name: &str, state: &'a Trained) -> &'a [f32] {
    if name.starts_with(CRITIC) { &state.values } else { &state.ema }
}
