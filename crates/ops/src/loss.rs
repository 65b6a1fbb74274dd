//! What training makes small.

use candle_core::{Result, Shape, Tensor, bail};

use crate::kernel::parallel::{self, TASK_LEN};
use crate::kernel::{Kernel, apply1, apply2, exp, is_ours, lane_sum, sigmoid, vectorized};

/// The mean of (prediction − target)².
///
/// # Shapes
/// - `prediction`, `target`: the same, not empty
/// - returns a scalar
///
/// # Errors
/// When the shapes differ or are empty.
pub fn mse_loss(prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
    check("mse_loss", prediction, target)?;
    if !is_ours(prediction) || !is_ours(target) {
        return (prediction - target)?.sqr()?.mean_all();
    }
    apply2(prediction, target, Loss { len: prediction.elem_count(), term: SquaredError })
}

/// The mean binary cross-entropy −(y · ln σ(z) + (1 − y) · ln(1 − σ(z))) of logits z and targets y, computed as
/// max(z, 0) − z · y + ln(1 + e^−|z|), which is finite for every z.
///
/// # Shapes
/// - `logits`, `targets`: the same, not empty; targets from 0 to 1
/// - returns a scalar
///
/// # Errors
/// When the shapes differ or are empty.
pub fn bce_with_logits(logits: &Tensor, targets: &Tensor) -> Result<Tensor> {
    check("bce_with_logits", logits, targets)?;
    if !is_ours(logits) || !is_ours(targets) {
        let log = (logits.abs()?.neg()?.exp()? + 1.0)?.log()?;
        return ((logits.relu()? - (logits * targets)?)? + log)?.mean_all();
    }
    apply2(logits, targets, Loss { len: logits.elem_count(), term: BinaryCrossEntropy })
}

/// The mean of −ln of the probability that softmax gives the right class.
///
/// # Shapes
/// - `logits`: `(b, classes)`, not empty
/// - `labels`: `(b)` of u32
/// - returns a scalar
///
/// # Errors
/// When a shape is not as above or a label names no class.
pub fn cross_entropy(logits: &Tensor, labels: &Tensor) -> Result<Tensor> {
    candle_nn::loss::cross_entropy(logits, labels)
}

/// Σ x².
///
/// # Shapes
/// Any; returns a scalar.
///
/// # Errors
/// When the device fails.
pub fn sum_squares(x: &Tensor) -> Result<Tensor> {
    if is_ours(x) { apply1(x, SumSquares) } else { x.sqr()?.sum_all() }
}

fn check(name: &str, a: &Tensor, b: &Tensor) -> Result<()> {
    if a.dims() != b.dims() || a.elem_count() == 0 {
        bail!("{name}: expected two of the same shape, not empty, found {:?} and {:?}", a.dims(), b.dims());
    }
    Ok(())
}

/// Σ of what `part` makes of each run of [`TASK_LEN`] numbers, added up in the order of the runs.
fn sum_of_parts(len: usize, part: impl Fn(std::ops::Range<usize>) -> f32 + Send + Sync) -> f64 {
    let parts = parallel::map(len.div_ceil(TASK_LEN), |i| {
        let run = i * TASK_LEN..len.min((i + 1) * TASK_LEN);
        vectorized(
            #[inline(always)]
            || part(run),
        )
    });
    parts.into_iter().map(f64::from).sum()
}

/// One term of a mean loss, with its derivatives in both arguments.
trait Term: Send + Sync + 'static {
    const NAME: &'static str;
    fn value(&self, a: f32, b: f32) -> f32;
    fn slopes(&self, a: f32, b: f32) -> (f32, f32);
}

struct SquaredError;

impl Term for SquaredError {
    const NAME: &'static str = "mse_loss";

    #[inline(always)]
    fn value(&self, a: f32, b: f32) -> f32 {
        (a - b) * (a - b)
    }

    #[inline(always)]
    fn slopes(&self, a: f32, b: f32) -> (f32, f32) {
        (2.0 * (a - b), 2.0 * (b - a))
    }
}

struct BinaryCrossEntropy;

impl Term for BinaryCrossEntropy {
    const NAME: &'static str = "bce_with_logits";

    #[inline(always)]
    fn value(&self, z: f32, y: f32) -> f32 {
        z.max(0.0) - z * y + exp(-z.abs()).ln_1p()
    }

    #[inline(always)]
    fn slopes(&self, z: f32, y: f32) -> (f32, f32) {
        (sigmoid(z) - y, -z)
    }
}

struct Loss<T> {
    len: usize,
    term: T,
}

impl<T: Term> Kernel<2> for Loss<T> {
    const NAME: &'static str = T::NAME;

    fn shape(&self) -> Shape {
        ().into()
    }

    fn forward(&self, [a, b]: [&[f32]; 2]) -> Vec<f32> {
        let sum = sum_of_parts(
            self.len,
            #[inline(always)]
            |run| {
                let (a, b) = (&a[run.clone()], &b[run]);
                lane_sum([a, b], |[a, b]| self.term.value(a, b))
            },
        );
        vec![(sum / self.len as f64) as f32]
    }

    fn backward(
        &self,
        [a, b]: [&[f32]; 2],
        _y: &[f32],
        grad: &[f32],
        [wants_a, wants_b]: [bool; 2],
    ) -> [Vec<f32>; 2] {
        let scale = grad[0] / self.len as f32;
        let gradient = |second: bool| {
            parallel::make(self.len, TASK_LEN, |task, gradient| {
                let from = task * TASK_LEN;
                let inputs = a[from..].iter().zip(&b[from..]);
                vectorized(
                    #[inline(always)]
                    || {
                        for (to, (&a, &b)) in gradient.iter_mut().zip(inputs) {
                            let slopes = self.term.slopes(a, b);
                            *to = scale * if second { slopes.1 } else { slopes.0 };
                        }
                    },
                );
            })
        };
        [
            if wants_a { gradient(false) } else { Vec::new() },
            if wants_b { gradient(true) } else { Vec::new() },
        ]
    }
}

/// The squared length of a gradient.
#[must_use]
pub fn squared_norm(grad: &[f32]) -> f64 {
    sum_of_parts(
        grad.len(),
        #[inline(always)]
        |run| lane_sum([&grad[run]], |[x]| x * x),
    )
}

struct SumSquares;

impl Kernel<1> for SumSquares {
    const NAME: &'static str = "sum_squares";

    fn shape(&self) -> Shape {
        ().into()
    }

    fn forward(&self, [x]: [&[f32]; 1]) -> Vec<f32> {
        vec![squared_norm(x) as f32]
    }

    fn backward(&self, [x]: [&[f32]; 1], _y: &[f32], grad: &[f32], _: [bool; 1]) -> [Vec<f32>; 1] {
        let scale = 2.0 * grad[0];
        [parallel::make(x.len(), TASK_LEN, |task, grad_x| {
            let x = &x[task * TASK_LEN..];
            vectorized(
                #[inline(always)]
                || grad_x.iter_mut().zip(x).for_each(|(to, x)| *to = scale * x),
            );
        })]
    }
}
