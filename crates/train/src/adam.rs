//! Adam with decoupled weight decay (Kingma and Ba 2015; Loshchilov and Hutter 2019).
//!
//! m ← β₁·m + (1 − β₁)·g,  v ← β₂·v + (1 − β₂)·g²,
//! θ ← θ − lr · (m̂ / (√v̂ + adam_eps) + weight_decay · θ), with m̂ and v̂ corrected for their start at zero.

use serde::{Deserialize, Serialize};

/// The constants of [`Adam`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdamConfig {
    /// β₁, how long the mean of gradients remembers.
    pub beta1: f64,
    /// β₂, how long the mean of squared gradients remembers.
    pub beta2: f64,
    /// Added to the root, so that a gradient of zero divides by something.
    pub adam_eps: f64,
    /// How strongly parameters are drawn to zero, per unit of learning rate.
    pub weight_decay: f64,
}

impl Default for AdamConfig {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.99, adam_eps: 1e-8, weight_decay: 0.0 }
    }
}

/// One parameter's moving means: m and v.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Mean of gradients.
    pub m: Vec<f32>,
    /// Mean of squared gradients.
    pub v: Vec<f32>,
}

impl Moments {
    /// Both zero, for a parameter of `len` values.
    pub fn zeros(len: usize) -> Self {
        Self { m: vec![0.0; len], v: vec![0.0; len] }
    }
}

/// The rule of one update, ready to be applied to each parameter.
#[derive(Clone, Copy, Debug)]
pub struct Adam {
    beta1: f32,
    beta2: f32,
    adam_eps: f32,
    decay: f32,
    step_size: f32,
    correction2: f32,
}

impl Adam {
    /// The rule at update `update`, counted from 1, with learning rate `lr`.
    #[must_use]
    pub fn new(config: &AdamConfig, update: usize, lr: f64) -> Self {
        let exponent = i32::try_from(update).unwrap_or(i32::MAX);
        Self {
            beta1: config.beta1 as f32,
            beta2: config.beta2 as f32,
            adam_eps: config.adam_eps as f32,
            decay: (lr * config.weight_decay) as f32,
            step_size: (lr / (1.0 - config.beta1.powi(exponent))) as f32,
            correction2: (1.0 / (1.0 - config.beta2.powi(exponent)).sqrt()) as f32,
        }
    }

    /// Moves one parameter; the gradient is multiplied by `grad_scale` first, which is where clipping acts.
    pub fn apply(&self, values: &mut [f32], grad: &[f32], grad_scale: f32, moments: &mut Moments) {
        let (m, v) = (&mut moments.m, &mut moments.v);
        for ((value, grad), (m, v)) in values.iter_mut().zip(grad).zip(m.iter_mut().zip(v)) {
            let g = grad * grad_scale;
            *m = self.beta1 * *m + (1.0 - self.beta1) * g;
            *v = self.beta2 * *v + (1.0 - self.beta2) * g * g;
            let direction = *m * self.step_size / (v.sqrt() * self.correction2 + self.adam_eps);
            *value -= direction + self.decay * *value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three updates of one number, against PyTorch 2's `AdamW(lr=0.1, betas=(0.9, 0.99), weight_decay=0.1)`.
    #[test]
    fn agrees_with_adamw() {
        let config = AdamConfig { weight_decay: 0.1, ..AdamConfig::default() };
        let (mut value, mut moments) = (vec![1.0_f32], Moments::zeros(1));
        let mut path = Vec::new();
        for (update, grad) in [0.5, -0.2, 0.1].into_iter().enumerate() {
            Adam::new(&config, update + 1, 0.1).apply(&mut value, &[grad], 1.0, &mut moments);
            path.push(value[0]);
        }
        for (found, expected) in path.iter().zip([ADAMW_0, ADAMW_1, ADAMW_2]) {
            assert!((found - expected).abs() < 1e-6, "{path:?}");
        }
    }

    const ADAMW_0: f32 = 0.89;
    const ADAMW_1: f32 = 0.846_482_6;
    const ADAMW_2: f32 = 0.799_940_65;
}
