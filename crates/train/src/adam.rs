//! The constants of [`Adam`] as recipes write them.

use noisebook_ops::Adam;
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

impl AdamConfig {
    /// The rule of update `update`, counted from 1.
    pub(crate) fn rule(&self, update: usize, lr: f64, grad_scale: f64, ema_decay: f64) -> Adam {
        let Self { beta1, beta2, adam_eps, weight_decay } = *self;
        Adam { beta1, beta2, adam_eps, weight_decay, lr, update, grad_scale, ema_decay }
    }
}

#[cfg(test)]
mod tests {
    use noisebook_ops::Trained;

    use super::*;

    /// Three updates of one number, against PyTorch 2's `AdamW(lr=0.1, betas=(0.9, 0.99), weight_decay=0.1)`.
    #[test]
    fn agrees_with_adamw() {
        let config = AdamConfig { weight_decay: 0.1, ..AdamConfig::default() };
        let mut parameter = Trained::new(vec![1.0]);
        let mut path = Vec::new();
        for (update, grad) in [0.5, -0.2, 0.1].into_iter().enumerate() {
            config.rule(update + 1, 0.1, 1.0, 0.0).apply(&mut parameter, &[grad]);
            path.push(parameter.values[0]);
        }
        for (found, expected) in path.iter().zip([ADAMW_0, ADAMW_1, ADAMW_2]) {
            assert!((found - expected).abs() < 1e-6, "{path:?}");
        }
    }

    const ADAMW_0: f32 = 0.89;
    const ADAMW_1: f32 = 0.846_482_6;
    const ADAMW_2: f32 = 0.799_940_65;
}
