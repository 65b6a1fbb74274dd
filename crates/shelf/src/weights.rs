//! Named tensors to and from safetensors bytes, checked on the way in.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use noisebook_nets::{Init, VarBuilder};
use noisebook_ops::{DType, Device, Error, Result, Tensor};
use sha2::{Digest, Sha256};

/// Named tensors, in the order of their names.
pub type Weights = BTreeMap<String, Tensor>;

/// The tensors of a safetensors file, and the file's own notes.
///
/// # Errors
/// When the bytes are no such file, or a value is not a number.
pub fn read_weights(bytes: &[u8], device: &Device) -> Result<(Weights, HashMap<String, String>)> {
    let (_, metadata) = safetensors::SafeTensors::read_metadata(bytes)
        .map_err(|error| Error::Msg(format!("is not a whole safetensors file: {error}")))?;
    let weights: Weights = candle_core::safetensors::load_buffer(bytes, device)
        .map_err(|error| Error::Msg(format!("is not a whole safetensors file: {error}")))?
        .into_iter()
        .collect();
    for (name, tensor) in &weights {
        // A sum is finite only if every value is; it is taken in f64, so that it cannot overflow by itself.
        let sum = tensor.to_dtype(DType::F64)?.sum_all()?.to_scalar::<f64>()?;
        if !sum.is_finite() {
            return Err(Error::Msg(format!("has a value in `{name}` that is not a number")));
        }
    }
    Ok((weights, metadata.metadata().clone().unwrap_or_default()))
}

/// A safetensors file of these tensors and notes: the same for the same content.
///
/// # Errors
/// When a tensor cannot be read back from its device.
pub fn write_weights(weights: &Weights, notes: Option<HashMap<String, String>>) -> Result<Vec<u8>> {
    safetensors::serialize(weights.iter().map(|(name, tensor)| (name.as_str(), tensor)), notes)
        .map_err(|error| Error::Msg(format!("the weights cannot be written: {error}")))
}

/// SHA-256 of a weights file, in hexadecimal.
#[must_use]
pub fn weights_sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Builds a network from weights, and makes sure that each tensor is used: another model's weights fail here.
///
/// # Errors
/// When a tensor is missing, has another shape, or is left over.
pub(crate) fn build<N>(
    weights: Weights,
    device: &Device,
    net: impl FnOnce(&VarBuilder<'_>) -> Result<N>,
) -> Result<N> {
    let unused = Arc::new(Mutex::new(weights));
    let backend = Box::new(Once(Arc::clone(&unused)));
    let net = net(&VarBuilder::from_backend(backend, DType::F32, device.clone()))?;
    let unused = unused.lock().unwrap_or_else(PoisonError::into_inner);
    match unused.keys().next() {
        None => Ok(net),
        Some(name) => Err(Error::Msg(format!("has a tensor `{name}` that the network does not"))),
    }
}

/// Hands out each tensor once.
struct Once(Arc<Mutex<Weights>>);

impl candle_nn::var_builder::SimpleBackend for Once {
    fn get(
        &self,
        shape: candle_core::Shape,
        name: &str,
        _: Init,
        dtype: DType,
        device: &Device,
    ) -> Result<Tensor> {
        let tensor = self.get_unchecked(name, dtype, device)?;
        if tensor.shape() == &shape {
            Ok(tensor)
        } else {
            let (expected, found) = (shape.dims(), tensor.dims());
            Err(Error::Msg(format!("has `{name}` of shape {found:?}, but the network needs {expected:?}")))
        }
    }

    fn get_unchecked(&self, name: &str, dtype: DType, device: &Device) -> Result<Tensor> {
        let tensor = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        let tensor = tensor.ok_or_else(|| Error::Msg(format!("has no tensor `{name}`")))?;
        if !tensor.dtype().is_float() {
            return Err(Error::Msg(format!("has whole numbers in `{name}`, but weights are fractions")));
        }
        tensor.to_dtype(dtype)?.to_device(device)
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(name)
    }
}
