//! Softmax over the last dimension: e^x / Σ e^x, each row shifted by its maximum so that nothing overflows.

use candle_core::{D, Result, Shape, Tensor, bail};

use crate::kernel::parallel::{TASK_LEN, make};
use crate::kernel::{Kernel, apply1, exp, is_ours, lane_max, lane_sum, vectorized};

/// Turns each row into probabilities.
///
/// # Shapes
/// - `x`: `(…, n)`, not empty
/// - returns the same
///
/// # Errors
/// When there is no row or a row is empty.
pub fn softmax(x: &Tensor) -> Result<Tensor> {
    let n = x.dim(D::Minus1)?;
    if x.elem_count() == 0 {
        bail!("softmax: expected rows of at least one number, found {:?}", x.dims());
    }
    if !is_ours(x) {
        return candle_nn::ops::softmax(x, D::Minus1);
    }
    apply1(x, Softmax { shape: x.shape().clone(), n })
}

/// Replaces a row by its softmax.
#[inline(always)]
pub(crate) fn softmax_row(row: &mut [f32]) {
    let max = lane_max(row);
    row.iter_mut().for_each(|x| *x = exp(*x - max));
    let scale = 1.0 / lane_sum([row], |[x]| x);
    row.iter_mut().for_each(|x| *x *= scale);
}

struct Softmax {
    shape: Shape,
    n: usize,
}

impl Softmax {
    /// Values of a task: whole rows.
    fn task_len(&self) -> usize {
        TASK_LEN.div_ceil(self.n) * self.n
    }
}

impl Kernel<1> for Softmax {
    const NAME: &'static str = "softmax";

    fn shape(&self) -> Shape {
        self.shape.clone()
    }

    fn forward(&self, [x]: [&[f32]; 1]) -> Vec<f32> {
        make(x.len(), self.task_len(), |task, y| {
            y.copy_from_slice(&x[task * self.task_len()..][..y.len()]);
            vectorized(
                #[inline(always)]
                || {
                    for row in y.chunks_exact_mut(self.n) {
                        softmax_row(row);
                    }
                },
            );
        })
    }

    fn backward(&self, _x: [&[f32]; 1], y: &[f32], grad: &[f32], _: [bool; 1]) -> [Vec<f32>; 1] {
        [make(y.len(), self.task_len(), |task, grad_x| {
            let from = task * self.task_len();
            let rows = y[from..].chunks_exact(self.n).zip(grad[from..].chunks_exact(self.n));
            vectorized(
                #[inline(always)]
                || {
                    for (grad_x, (y, grad)) in grad_x.chunks_exact_mut(self.n).zip(rows) {
                        let mean = lane_sum([y, grad], |[y, grad]| y * grad);
                        grad_x
                            .iter_mut()
                            .zip(y.iter().zip(grad))
                            .for_each(|(to, (y, grad))| *to = y * (grad - mean));
                    }
                },
            );
        })]
    }
}
