//! What training does to every parameter, in one pass over its values: clipping, Adam with decoupled weight decay (Kingma and
//! Ba 2015; Loshchilov and Hutter 2019), and the moving average. [`Sgd`] is the plain way, to compare with.
//!
//! g ← grad · grad_scale,  m ← β₁·m + (1 − β₁)·g,  v ← β₂·v + (1 − β₂)·g²,
//! θ ← θ − lr · (m̂ / (√v̂ + adam_eps) + weight_decay · θ), with m̂ and v̂ corrected for their start at zero,
//! ema ← ema_decay · ema + (1 − ema_decay) · θ.

use crate::kernel::parallel::{TASK_LEN, for_each_chunks};
use crate::kernel::vectorized;

/// One parameter's values, and what training keeps beside them; all of one length.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// The parameter itself, θ.
    pub values: Vec<f32>,
    /// Its moving average.
    pub ema: Vec<f32>,
    /// Adam's mean of gradients.
    pub m: Vec<f32>,
    /// Adam's mean of squared gradients.
    pub v: Vec<f32>,
}

impl Trained {
    /// A parameter that has had no update.
    #[must_use]
    pub fn new(values: Vec<f32>) -> Self {
        let zeros = vec![0.0; values.len()];
        Self { ema: values.clone(), values, m: zeros.clone(), v: zeros }
    }
}

/// The rule of one update, the same for every parameter.
#[derive(Clone, Copy, Debug)]
pub struct Adam {
    /// β₁, how long the mean of gradients remembers.
    pub beta1: f64,
    /// β₂, how long the mean of squared gradients remembers.
    pub beta2: f64,
    /// Added to the root, so that a gradient of zero divides by something.
    pub adam_eps: f64,
    /// How strongly parameters are drawn to zero, per unit of learning rate.
    pub weight_decay: f64,
    /// The learning rate.
    pub lr: f64,
    /// Which update it is, counted from 1.
    pub update: usize,
    /// What gradients are multiplied by first; below 1 where they are clipped.
    pub grad_scale: f64,
    /// How long the moving average remembers.
    pub ema_decay: f64,
}

impl Adam {
    /// Moves one parameter along its gradient.
    ///
    /// # Panics
    /// When the gradient has another length.
    pub fn apply(&self, parameter: &mut Trained, grad: &[f32]) {
        assert_eq!(parameter.values.len(), grad.len(), "one gradient for each value");
        let exponent = i32::try_from(self.update).unwrap_or(i32::MAX);
        let (beta1, beta2, adam_eps) = (self.beta1 as f32, self.beta2 as f32, self.adam_eps as f32);
        let step_size = (self.lr / (1.0 - self.beta1.powi(exponent))) as f32;
        let correction2 = (1.0 / (1.0 - self.beta2.powi(exponent)).sqrt()) as f32;
        let decay = (self.lr * self.weight_decay) as f32;
        let (grad_scale, ema_decay) = (self.grad_scale as f32, self.ema_decay as f32);
        let Trained { values, ema, m, v } = parameter;
        let parts = [values, ema, m, v].map(|part| (&mut part[..], TASK_LEN));
        for_each_chunks(parts, |task, [values, ema, m, v]| {
            let grad = &grad[task * TASK_LEN..];
            vectorized(
                #[inline(always)]
                || {
                    let kept = ema.iter_mut().zip(m.iter_mut().zip(v.iter_mut()));
                    for ((value, grad), (ema, (m, v))) in values.iter_mut().zip(grad).zip(kept) {
                        let g = grad * grad_scale;
                        *m = beta1 * *m + (1.0 - beta1) * g;
                        *v = beta2 * *v + (1.0 - beta2) * g * g;
                        let direction = *m * step_size / (v.sqrt() * correction2 + adam_eps);
                        *value -= direction + decay * *value;
                        *ema = ema_decay * *ema + (1.0 - ema_decay) * *value;
                    }
                },
            );
        });
    }
}

/// Plain gradient descent, as a rule of one update: θ ← θ − lr · grad · grad_scale, and the moving average.
#[derive(Clone, Copy, Debug)]
pub struct Sgd {
    /// The learning rate.
    pub lr: f64,
    /// What gradients are multiplied by first; below 1 where they are clipped.
    pub grad_scale: f64,
    /// How long the moving average remembers.
    pub ema_decay: f64,
}

impl Sgd {
    /// Moves one parameter along its gradient. What Adam keeps stays as it is.
    ///
    /// # Panics
    /// When the gradient has another length.
    pub fn apply(&self, parameter: &mut Trained, grad: &[f32]) {
        assert_eq!(parameter.values.len(), grad.len(), "one gradient for each value");
        let (lr, ema_decay) = ((self.lr * self.grad_scale) as f32, self.ema_decay as f32);
        let Trained { values, ema, .. } = parameter;
        for ((value, ema), grad) in values.iter_mut().zip(ema).zip(grad) {
            *value -= lr * grad;
            *ema = ema_decay * *ema + (1.0 - ema_decay) * *value;
        }
    }
}
