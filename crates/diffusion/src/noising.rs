//! The forward process in one jump: `q(x_t | x_0)` of Ho et al. 2020 (2006.11239), equation 4.
//!
//! A thousand small Gaussian steps make one large Gaussian, so any moment can be reached from the
//! picture directly: `x_t = √ᾱ_t · x0 + √(1 − ᾱ_t) · eps`.

use candle_core::Tensor;
use ndarray::{Array, Dimension, Zip};

use crate::{Rates, Result};

/// The noisy `x_t` of pictures `x0` with noise `eps`, all at the same moment.
///
/// # Shapes
/// `x0`, `eps` and the result: any, the same.
///
/// # Errors
/// When the shapes, dtypes or devices differ.
pub fn q_sample(x0: &Tensor, eps: &Tensor, rates: Rates) -> Result<Tensor> {
    let Rates { signal_rate, noise_rate, .. } = rates;
    // x_t = √ᾱ_t · x0 + √(1 − ᾱ_t) · eps
    Ok(((x0 * signal_rate)? + (eps * noise_rate)?)?)
}

/// The same for a batch in which each sample has a moment of its own, as in training.
///
/// # Shapes
/// `x0`, `eps` and the result: `(b, …)`; `rates`: `b` of them.
///
/// # Errors
/// When the shapes, dtypes or devices differ, or there are not `b` rates.
pub fn q_sample_each(x0: &Tensor, eps: &Tensor, rates: &[Rates]) -> Result<Tensor> {
    let signal_rate = per_sample(x0, rates, |rates| rates.signal_rate)?;
    let noise_rate = per_sample(eps, rates, |rates| rates.noise_rate)?;
    // x_t = √ᾱ_t · x0 + √(1 − ᾱ_t) · eps
    Ok((x0.broadcast_mul(&signal_rate)? + eps.broadcast_mul(&noise_rate)?)?)
}

/// The same for arrays: for lessons, and for pictures of any size without a network.
///
/// # Shapes
/// `x0`, `eps` and the result: any, the same.
///
/// # Panics
/// When the shapes differ.
pub fn q_sample_array<D: Dimension>(x0: &Array<f32, D>, eps: &Array<f32, D>, rates: Rates) -> Array<f32, D> {
    let (signal_rate, noise_rate) = (rates.signal_rate as f32, rates.noise_rate as f32);
    // x_t = √ᾱ_t · x0 + √(1 − ᾱ_t) · eps
    Zip::from(x0).and(eps).map_collect(|x0, eps| signal_rate * x0 + noise_rate * eps)
}

/// One number a sample, shaped `(b, 1, …, 1)` so that it multiplies `x` of shape `(b, …)`.
pub(crate) fn per_sample(x: &Tensor, rates: &[Rates], rate: impl Fn(&Rates) -> f64) -> Result<Tensor> {
    let values: Vec<f64> = rates.iter().map(rate).collect();
    let mut shape = vec![1; x.rank()];
    if let Some(b) = shape.first_mut() {
        *b = values.len();
    }
    Ok(Tensor::from_vec(values, shape, &candle_core::Device::Cpu)?
        .to_dtype(x.dtype())?
        .to_device(x.device())?)
}
