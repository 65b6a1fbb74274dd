//! Turning a time into numbers that a network can use.

use noisebook_ops::{Device, Result, Tensor};

/// The longest wavelength, as in Vaswani et al. 2017, section 3.5.
const MAX_PERIOD: f64 = 10_000.0;

/// Cosines and sines of each time at `dim / 2` frequencies from 1 down to 1 / 10 000, so that nearby times look alike
/// and distant ones differ.
///
/// # Shapes
/// - `timesteps`: b real numbers
/// - returns `(b, dim)`: first the cosines, then the sines
///
/// # Errors
/// When the device has no room.
pub fn timestep_embedding(timesteps: &[f64], dim: usize, device: &Device) -> Result<Tensor> {
    let half = dim >> 1;
    let frequency = |i: usize| (-MAX_PERIOD.ln() * i as f64 / half as f64).exp();
    let mut values = Vec::with_capacity(timesteps.len() * dim);
    for &t in timesteps {
        values.extend((0..half).map(|i| (t * frequency(i)).cos() as f32));
        values.extend((0..half).map(|i| (t * frequency(i)).sin() as f32));
    }
    Tensor::from_vec(values, (timesteps.len(), 2 * half), device)
}

/// Waves of the row and of the column of each of `side²` places of a picture, row after row: `(side², dim)`, `dim` a
/// multiple of 4. Nearby places look alike.
pub(crate) fn positions(side: usize, dim: usize, device: &Device) -> Result<Tensor> {
    let places: Vec<f64> = (0..side).map(|i| i as f64).collect();
    let waves = timestep_embedding(&places, dim >> 1, device)?;
    let half = waves.dim(1)?;
    let rows = waves.unsqueeze(1)?.broadcast_as((side, side, half))?;
    let columns = waves.unsqueeze(0)?.broadcast_as((side, side, half))?;
    Tensor::cat(&[rows, columns], 2)?.reshape((side * side, 2 * half))
}

/// π, 2π, 4π, …
pub(crate) fn frequency(wave: usize) -> f64 {
    std::f64::consts::PI * f64::from(1 << wave)
}

/// Numbers and waves of each, sine and cosine by turns: `(b, d)` to `(b, d · (1 + 2 · num_waves))`.
pub(crate) fn with_waves(x: &Tensor, num_waves: usize) -> Result<Tensor> {
    let mut parts = vec![x.clone()];
    for wave in 0..num_waves {
        let angle = (x * frequency(wave))?;
        parts.push(angle.sin()?);
        parts.push(angle.cos()?);
    }
    Tensor::cat(&parts, 1)
}
