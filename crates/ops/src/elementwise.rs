//! Functions of each number by itself.
//!
//! The gradients are computed from the inputs once more, so nothing is kept between the passes.

use candle_core::{Result, Shape, Tensor};

use crate::kernel::parallel::{TASK_LEN, make};
use crate::kernel::{self, Kernel, apply1, is_ours, sigmoid, vectorized};

/// SiLU(x) = x · σ(x), also called swish (Elfwing et al. 2017).
///
/// # Errors
/// When the device fails.
pub fn silu(x: &Tensor) -> Result<Tensor> {
    if is_ours(x) { apply1(x, Elementwise { shape: x.shape().clone(), f: Silu }) } else { x.silu() }
}

/// GELU(x) = x · Φ(x), with the tanh approximation of the normal distribution (Hendrycks and Gimpel 2016).
///
/// # Errors
/// When the device fails.
pub fn gelu(x: &Tensor) -> Result<Tensor> {
    if is_ours(x) { apply1(x, Elementwise { shape: x.shape().clone(), f: Gelu }) } else { x.gelu() }
}

/// x where it is positive, `slope` · x elsewhere (Maas et al. 2013). ReLU is that with a slope of 0.
///
/// # Errors
/// When the device fails.
pub fn leaky_relu(x: &Tensor, slope: f64) -> Result<Tensor> {
    if is_ours(x) {
        let f = LeakyRelu { slope: slope as f32 };
        return apply1(x, Elementwise { shape: x.shape().clone(), f });
    }
    x.relu()? - (x.neg()?.relu()? * slope)?
}

/// The hyperbolic tangent.
///
/// # Errors
/// When the device fails.
pub fn tanh(x: &Tensor) -> Result<Tensor> {
    if is_ours(x) { apply1(x, Elementwise { shape: x.shape().clone(), f: Tanh }) } else { x.tanh() }
}

/// A function of one number and its derivative.
trait Function: Send + Sync + 'static {
    const NAME: &'static str;
    fn value(&self, x: f32) -> f32;
    fn slope(&self, x: f32) -> f32;
}

struct Silu;

impl Function for Silu {
    const NAME: &'static str = "silu";

    #[inline(always)]
    fn value(&self, x: f32) -> f32 {
        x * sigmoid(x)
    }

    #[inline(always)]
    fn slope(&self, x: f32) -> f32 {
        let s = sigmoid(x);
        s * (1.0 + x * (1.0 - s))
    }
}

struct Gelu;

/// √(2 / π) and the factor of x³ in GELU's tanh.
const GELU_SCALE: f32 = 0.797_884_6;
const GELU_CUBE: f32 = 0.044_715;

impl Function for Gelu {
    const NAME: &'static str = "gelu";

    // x · (1 + tanh u) / 2 = x · σ(2u) with u = √(2/π) · (x + 0.044715 · x³).
    #[inline(always)]
    fn value(&self, x: f32) -> f32 {
        x * sigmoid(2.0 * GELU_SCALE * x * (1.0 + GELU_CUBE * x * x))
    }

    #[inline(always)]
    fn slope(&self, x: f32) -> f32 {
        let s = sigmoid(2.0 * GELU_SCALE * x * (1.0 + GELU_CUBE * x * x));
        s * (1.0 + 2.0 * GELU_SCALE * x * (1.0 + 3.0 * GELU_CUBE * x * x) * (1.0 - s))
    }
}

struct LeakyRelu {
    slope: f32,
}

impl Function for LeakyRelu {
    const NAME: &'static str = "leaky_relu";

    #[inline(always)]
    fn value(&self, x: f32) -> f32 {
        if x > 0.0 { x } else { self.slope * x }
    }

    #[inline(always)]
    fn slope(&self, x: f32) -> f32 {
        if x > 0.0 { 1.0 } else { self.slope }
    }
}

struct Tanh;

impl Function for Tanh {
    const NAME: &'static str = "tanh";

    #[inline(always)]
    fn value(&self, x: f32) -> f32 {
        kernel::tanh(x)
    }

    #[inline(always)]
    fn slope(&self, x: f32) -> f32 {
        let y = kernel::tanh(x);
        1.0 - y * y
    }
}

struct Elementwise<F> {
    shape: Shape,
    f: F,
}

impl<F: Function> Kernel<1> for Elementwise<F> {
    const NAME: &'static str = F::NAME;

    fn shape(&self) -> Shape {
        self.shape.clone()
    }

    fn forward(&self, [x]: [&[f32]; 1]) -> Vec<f32> {
        make(x.len(), TASK_LEN, |task, y| {
            let x = &x[task * TASK_LEN..];
            vectorized(
                #[inline(always)]
                || y.iter_mut().zip(x).for_each(|(y, &x)| *y = self.f.value(x)),
            );
        })
    }

    fn backward(&self, [x]: [&[f32]; 1], _y: &[f32], grad: &[f32], _: [bool; 1]) -> [Vec<f32>; 1] {
        [make(x.len(), TASK_LEN, |task, grad_x| {
            let from = task * TASK_LEN;
            let inputs = x[from..].iter().zip(&grad[from..]);
            vectorized(
                #[inline(always)]
                || grad_x.iter_mut().zip(inputs).for_each(|(to, (&x, grad))| *to = grad * self.f.slope(x)),
            );
        })]
    }
}
