//! A network's parameters by name, each with what training keeps beside it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{Shape, Var};
use candle_nn::var_builder::SimpleBackend;
use noisebook_nets::{Init, VarBuilder};
use noisebook_ops::{DType, Device, Error, Noise, Result, Stream, Tensor, Trained};

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

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Parameter)> {
        self.by_name.iter().map(|(name, parameter)| (name.as_str(), parameter))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Parameter)> {
        self.by_name.iter_mut().map(|(name, parameter)| (name.as_str(), parameter))
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
