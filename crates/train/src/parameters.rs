//! A network's parameters by name, each with what training keeps beside it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{Shape, Var};
use candle_nn::var_builder::SimpleBackend;
use noisebook_nets::{Init, VarBuilder};
use noisebook_ops::{DType, Device, Error, Noise, Result, Stream, Tensor, Trained, squared_norm};
use noisebook_shelf::Weights;

/// One parameter.
pub(crate) struct Parameter {
    /// What the network computes with.
    pub(crate) var: Var,
    /// The same values, here, and what training keeps beside them.
    pub(crate) state: Trained,
}

/// A network's parameters, in the order of their names.
pub struct Parameters {
    by_name: BTreeMap<String, Parameter>,
}

impl Parameters {
    /// Builds a network whose parameters are drawn from `noise`, each by its own name: adding a layer does not change
    /// how the others begin.
    ///
    /// # Errors
    /// When the network cannot be built.
    pub fn init<N>(
        noise: Noise,
        device: &Device,
        net: impl FnOnce(&VarBuilder<'_>) -> Result<N>,
    ) -> Result<(N, Self)> {
        let vars = Arc::new(Mutex::new(BTreeMap::new()));
        let backend = Box::new(Seeded { noise, vars: Arc::clone(&vars) });
        let net = net(&VarBuilder::from_backend(backend, DType::F32, device.clone()))?;
        let vars = std::mem::take(&mut *vars.lock().unwrap_or_else(PoisonError::into_inner));
        let mut by_name = BTreeMap::new();
        for (name, var) in vars {
            let var: Var = var;
            let values = var.flatten_all()?.to_vec1::<f32>()?;
            by_name.insert(name, Parameter { var, state: Trained::new(values) });
        }
        Ok((net, Self { by_name }))
    }

    /// How many values there are in all.
    #[must_use]
    pub fn num_values(&self) -> usize {
        self.by_name.values().map(|parameter| parameter.state.values.len()).sum()
    }

    /// Moves every parameter whose name begins with `of` against the gradient of `loss`, by `rule`, which also gets what the
    /// gradient is to be multiplied by so that it is no longer than `max_grad_norm`.
    ///
    /// # Errors
    /// When the loss does not depend on a parameter, or a tensor operation fails.
    pub(crate) fn descend(
        &mut self,
        of: &str,
        loss: &Tensor,
        max_grad_norm: f64,
        rule: impl Fn(&mut Trained, &[f32], f64),
    ) -> Result<Descent> {
        let value = f64::from(loss.to_scalar::<f32>()?);
        let gradients = loss.backward()?;
        let mut squares = 0.0;
        let mut grads = Vec::new();
        for (name, parameter) in self.iter().filter(|(name, _)| name.starts_with(of)) {
            let missing = || Error::Msg(format!("the loss does not depend on `{name}`"));
            let grad = gradients.get(&parameter.var).ok_or_else(missing)?.flatten_all()?.to_vec1::<f32>()?;
            squares += squared_norm(&grad);
            grads.push(grad);
        }
        let grad_norm = squares.sqrt();
        if !value.is_finite() || !grad_norm.is_finite() {
            return Ok(Descent::NotANumber);
        }
        let grad_scale = (max_grad_norm / grad_norm).min(1.0);
        for (parameter, grad) in self.of(of).zip(&grads) {
            rule(&mut parameter.state, grad, grad_scale);
            parameter.hand_over()?;
        }
        Ok(Descent::Done { loss: value, grad_norm })
    }

    /// Keeps every value of the parameters whose name begins with `of` from −`limit` to `limit`.
    ///
    /// # Errors
    /// When the device has no room.
    pub(crate) fn clamp(&mut self, of: &str, limit: f64) -> Result<()> {
        let limit = limit as f32;
        for parameter in self.of(of) {
            parameter.state.values.iter_mut().for_each(|value| *value = value.clamp(-limit, limit));
            parameter.hand_over()?;
        }
        Ok(())
    }

    fn of(&mut self, of: &str) -> impl Iterator<Item = &mut Parameter> {
        self.by_name.iter_mut().filter(move |(name, _)| name.starts_with(of)).map(|(_, parameter)| parameter)
    }

    /// Everything that training keeps, in the order of the names.
    pub(crate) fn states(&self) -> Vec<Trained> {
        self.by_name.values().map(|parameter| parameter.state.clone()).collect()
    }

    /// Goes back to what [`Self::states`] said.
    pub(crate) fn set_states(&mut self, states: impl IntoIterator<Item = Trained>) -> Result<()> {
        for (parameter, state) in self.by_name.values_mut().zip(states) {
            parameter.state = state;
            parameter.hand_over()?;
        }
        Ok(())
    }

    /// Of each parameter what `part` asks for, by name.
    pub(crate) fn weights(
        &self,
        part: impl for<'a> Fn(&str, &'a Trained) -> &'a [f32],
        device: &Device,
    ) -> Result<Weights> {
        self.weights_of(self.by_name.values().map(|parameter| &parameter.state), part, device)
    }

    /// The same of what [`Self::states`] once said.
    pub(crate) fn weights_of<'s>(
        &self,
        states: impl IntoIterator<Item = &'s Trained>,
        part: impl for<'a> Fn(&str, &'a Trained) -> &'a [f32],
        device: &Device,
    ) -> Result<Weights> {
        let parameters = self.iter().zip(states);
        let weights = parameters.map(|((name, parameter), state)| {
            Ok((name.to_owned(), Tensor::from_slice(part(name, state), parameter.var.shape(), device)?))
        });
        weights.collect()
    }

    /// The bytes that [`Self::states`] take: of each value itself, its average, and Adam's two.
    pub(crate) fn num_bytes(&self) -> usize {
        4 * size_of::<f32>() * self.num_values()
    }

    /// The variables that the network computes with, in the order of their names, for an optimizer of one's own.
    #[must_use]
    pub fn vars(&self) -> Vec<Var> {
        self.by_name.values().map(|parameter| parameter.var.clone()).collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Parameter)> {
        self.by_name.iter().map(|(name, parameter)| (name.as_str(), parameter))
    }
}

/// How much of the moving average an update keeps: little at first, for a young average of a few weights shall forget
/// quickly.
pub(crate) fn young(ema_decay: f64, update: usize) -> f64 {
    ema_decay.min((1.0 + update as f64) / (10.0 + update as f64))
}

/// What came of one step of [`Parameters::descend`].
pub(crate) enum Descent {
    /// The loss before the step, and the length of its gradient before clipping.
    Done { loss: f64, grad_norm: f64 },
    /// Loss or gradient are not a number, and the parameters are as before.
    NotANumber,
}

impl Parameter {
    /// Hands the values to the network.
    fn hand_over(&self) -> Result<()> {
        let (values, device) = (self.state.values.as_slice(), self.var.device());
        self.var.set(&Tensor::from_slice(values, self.var.shape(), device)?)
    }
}

/// Draws each parameter as its hint says, from noise that its name selects.
struct Seeded {
    noise: Noise,
    vars: Arc<Mutex<BTreeMap<String, Var>>>,
}

impl SimpleBackend for Seeded {
    fn get(&self, shape: Shape, name: &str, init: Init, _: DType, device: &Device) -> Result<Tensor> {
        let n = shape.elem_count();
        let sample = name_hash(name);
        let values = match init {
            Init::Const(value) => vec![value as f32; n],
            Init::Randn { mean, stdev } => {
                let normal = self.noise.normal(Stream::Weights, sample, 0, n);
                normal.into_iter().map(|z| (mean + stdev * f64::from(z)) as f32).collect()
            }
            Init::Uniform { lo, up } => {
                let uniform = self.noise.uniform(Stream::Weights, sample, 0, n);
                uniform.into_iter().map(|u| (lo + (up - lo) * f64::from(u)) as f32).collect()
            }
            Init::Kaiming { .. } => {
                return Err(Error::Msg(format!("`{name}`: Kaiming initialization is not used here")));
            }
        };
        let var = Var::from_tensor(&Tensor::from_vec(values, shape, device)?)?;
        let tensor = var.as_tensor().clone();
        self.vars.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), var);
        Ok(tensor)
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> Result<Tensor> {
        Err(Error::Msg(format!("`{name}`: a parameter is made with its shape")))
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.vars.lock().unwrap_or_else(PoisonError::into_inner).contains_key(name)
    }
}

/// A number that a name always has (FNV-1a, 64 bits).
fn name_hash(name: &str) -> u64 {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    name.bytes().fold(0xcbf2_9ce4_8422_2325, fold)
}
