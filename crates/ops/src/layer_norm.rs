//! Layer normalization (Ba et al. 2016) and root-mean-square normalization (Zhang and Sennrich 2019) of each row.
//!
//! candle's fused versions cut the gradient; these do not.

use candle_core::{D, Result, Shape, Tensor, bail};

use crate::kernel::parallel::{TASK_LEN, make, make_each};
use crate::kernel::{Kernel, apply2, apply3, column_sums, is_ours, lane_sum, vectorized};

/// Added to the variance before the root is taken; PyTorch's default.
pub(crate) const NORM_EPS: f32 = 1e-5;
/// The gradients of weight and bias are summed within at most so many groups of rows, then over the groups: a fixed order,
/// whatever the number of threads.
const MAX_GROUPS: usize = 16;

/// weight · (x − mean) / √(var + 1e-5) + bias, with the mean and variance of each row.
///
/// # Shapes
/// - `x`: `(…, n)`, not empty
/// - `weight`, `bias`: `(n)`
/// - returns the shape of `x`
///
/// # Errors
/// When a shape is not as above.
pub fn layer_norm(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    let n = check("layer_norm", x, weight)?;
    if bias.dims() != [n] {
        bail!("layer_norm: expected a bias of ({n}), found {:?}", bias.dims());
    }
    if is_ours(x) {
        return apply3(x, weight, bias, Rows { shape: x.shape().clone(), n, centered: true });
    }
    let centered = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
    scaled(&centered, weight)?.broadcast_add(bias)
}

/// weight · x / √(mean of x² + 1e-5), with the mean over each row.
///
/// # Shapes
/// As [`layer_norm`], without a bias.
///
/// # Errors
/// When a shape is not as above.
pub fn rms_norm(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    let n = check("rms_norm", x, weight)?;
    if is_ours(x) {
        return apply2(x, weight, Rows { shape: x.shape().clone(), n, centered: false });
    }
    scaled(x, weight)
}

fn check(name: &str, x: &Tensor, weight: &Tensor) -> Result<usize> {
    let n = x.dim(D::Minus1)?;
    if x.elem_count() == 0 || weight.dims() != [n] {
        bail!(
            "{name}: expected x (…, {n}), not empty, and a weight of ({n}), found {:?} and {:?}",
            x.dims(),
            weight.dims()
        );
    }
    Ok(n)
}

/// weight · x / √(mean of x² + eps), from operations of every device and type.
fn scaled(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    let mean_square = x.sqr()?.mean_keepdim(D::Minus1)?;
    x.broadcast_div(&(mean_square + f64::from(NORM_EPS))?.sqrt()?)?.broadcast_mul(weight)
}

/// What is taken away from values to normalize them, and what they are multiplied by.
pub(crate) struct Moments {
    pub(crate) mean: f32,
    /// 1 / √(mean of what is left, squared, + eps).
    pub(crate) inv_std: f32,
}

impl Moments {
    /// The mean is 0 where the values shall not be `centered`.
    #[inline(always)]
    pub(crate) fn of(x: &[f32], centered: bool) -> Self {
        let n = x.len() as f32;
        let mean = if centered { lane_sum([x], |[x]| x) / n } else { 0.0 };
        let square = lane_sum([x], |[x]| (x - mean) * (x - mean)) / n;
        Self { mean, inv_std: 1.0 / (square + NORM_EPS).sqrt() }
    }
}

struct Rows {
    shape: Shape,
    n: usize,
    /// Whether the mean is taken away first.
    centered: bool,
}

impl Rows {
    fn normalize(&self, x: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f32> {
        let rows_per_task = TASK_LEN.div_ceil(self.n);
        make(x.len(), rows_per_task * self.n, |task, y| {
            let x = &x[task * rows_per_task * self.n..];
            vectorized(
                #[inline(always)]
                || {
                    for (y, x) in y.chunks_exact_mut(self.n).zip(x.chunks_exact(self.n)) {
                        let Moments { mean, inv_std } = Moments::of(x, self.centered);
                        for ((y, x), (weight, bias)) in y.iter_mut().zip(x).zip(weight.iter().zip(bias)) {
                            *y = (x - mean) * inv_std * weight + bias;
                        }
                    }
                },
            );
        })
    }

    /// (∂x, ∂weight, ∂bias).
    fn gradients(&self, x: &[f32], weight: &[f32], grad: &[f32]) -> [Vec<f32>; 3] {
        let n = self.n;
        let rows_per_group = x.len().div_euclid(n).div_ceil(MAX_GROUPS);
        let num_groups = x.len().div_ceil(rows_per_group * n);
        let groups = [(x.len(), rows_per_group * n), (num_groups * n, n), (num_groups * n, n)];
        let [grad_x, grad_weights, grad_biases] =
            make_each(groups, |group, [grad_x, grad_weight, grad_bias]| {
                let from = group * rows_per_group * n;
                let rows = x[from..].chunks_exact(n).zip(grad[from..].chunks_exact(n));
                vectorized(
                    #[inline(always)]
                    || {
                        for (grad_x, (x, grad)) in grad_x.chunks_exact_mut(n).zip(rows) {
                            let Moments { mean, inv_std } = Moments::of(x, self.centered);
                            for (sum, (grad, x)) in grad_weight.iter_mut().zip(grad.iter().zip(x)) {
                                *sum += grad * (x - mean) * inv_std;
                            }
                            grad_bias.iter_mut().zip(grad).for_each(|(sum, grad)| *sum += grad);
                            // ∂x = (w·∂y − mean(w·∂y) − x̂ · mean(w·∂y·x̂)) / std, without the first mean where none was taken away.
                            let mean_grad = if self.centered {
                                lane_sum([weight, grad], |[w, grad]| w * grad)
                            } else {
                                0.0
                            };
                            let mean_normalized =
                                lane_sum([weight, grad, x], |[w, grad, x]| w * grad * (x - mean)) * inv_std;
                            let (mean_grad, mean_normalized) =
                                (mean_grad / n as f32, mean_normalized / n as f32);
                            for ((grad_x, x), (weight, grad)) in
                                grad_x.iter_mut().zip(x).zip(weight.iter().zip(grad))
                            {
                                let normalized = (x - mean) * inv_std;
                                *grad_x =
                                    inv_std * (weight * grad - mean_grad - normalized * mean_normalized);
                            }
                        }
                    },
                );
            });
        [grad_x, column_sums(&grad_weights, n), column_sums(&grad_biases, n)]
    }
}

impl Kernel<3> for Rows {
    const NAME: &'static str = "layer_norm";

    fn shape(&self) -> Shape {
        self.shape.clone()
    }

    fn forward(&self, [x, weight, bias]: [&[f32]; 3]) -> Vec<f32> {
        self.normalize(x, weight, bias)
    }

    fn backward(&self, [x, weight, _]: [&[f32]; 3], _y: &[f32], grad: &[f32], _: [bool; 3]) -> [Vec<f32>; 3] {
        self.gradients(x, weight, grad)
    }
}

impl Kernel<2> for Rows {
    const NAME: &'static str = "rms_norm";

    fn shape(&self) -> Shape {
        self.shape.clone()
    }

    fn forward(&self, [x, weight]: [&[f32]; 2]) -> Vec<f32> {
        self.normalize(x, weight, &vec![0.0; self.n])
    }

    fn backward(&self, [x, weight]: [&[f32]; 2], _y: &[f32], grad: &[f32], _: [bool; 2]) -> [Vec<f32>; 2] {
        let [grad_x, grad_weight, _] = self.gradients(x, weight, grad);
        [grad_x, grad_weight]
    }
}
