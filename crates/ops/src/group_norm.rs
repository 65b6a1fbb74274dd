//! Group normalization (Wu and He 2018) with a scale and a shift for each sample and channel, and SiLU after it.
//!
//! x̂ = (x − mean) / √(var + norm_eps) over each group of channels, y = act(scale · x̂ + shift).
//!
//! Taking `scale` and `shift` of shape `(b, c)` lets one operation serve both the plain layer, whose learned `(c)`
//! parameters are the same for every sample, and the adaptive one, whose values come from the time and the label
//! (Dhariwal and Nichol 2021, section 3).

use candle_core::{CpuStorage, CustomOp3, D, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use crate::kernel::{is_ours, sigmoid, values, with_values};

/// What follows the normalization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    Identity,
    /// SiLU(x) = x · σ(x).
    Silu,
}

/// Added to the variance before the root is taken; PyTorch's default.
const NORM_EPS: f32 = 1e-5;

/// Normalizes each group of channels of each sample, scales, shifts, and applies the activation.
///
/// # Shapes
/// - `x`: `(b, c, h, w)`, not empty; `num_groups` divides `c`
/// - `scale`, `shift`: `(b, c)`
/// - returns `(b, c, h, w)`
///
/// # Errors
/// When a shape is not as above.
pub fn group_norm(
    x: &Tensor,
    num_groups: usize,
    scale: &Tensor,
    shift: &Tensor,
    activation: Activation,
) -> Result<Tensor> {
    let (b, c, h, w) = x.dims4()?;
    if num_groups == 0 || c % num_groups != 0 || b * c * h * w == 0 {
        bail!(
            "group_norm: expected a batch whose channels divide into {num_groups} groups, found {:?}",
            x.dims()
        );
    }
    if scale.dims() != [b, c] || shift.dims() != [b, c] {
        bail!(
            "group_norm: expected scale and shift of ({b}, {c}), found {:?} and {:?}",
            scale.dims(),
            shift.dims()
        );
    }
    if !is_ours(x) {
        return composed(x, num_groups, scale, shift, activation);
    }
    let op = GroupNorm { dims: (b, c, h, w), channels_per_group: c.div_euclid(num_groups), activation };
    x.contiguous()?.apply_op3(&scale.contiguous()?, &shift.contiguous()?, op)
}

/// The same from candle's own differentiable operations, for devices and types without a kernel of ours.
fn composed(
    x: &Tensor,
    num_groups: usize,
    scale: &Tensor,
    shift: &Tensor,
    activation: Activation,
) -> Result<Tensor> {
    let (b, c, h, w) = x.dims4()?;
    let grouped = x.reshape((b, num_groups, ()))?;
    let centered = grouped.broadcast_sub(&grouped.mean_keepdim(D::Minus1)?)?;
    let variance = centered.sqr()?.mean_keepdim(D::Minus1)?;
    let normalized = centered.broadcast_div(&(variance + f64::from(NORM_EPS))?.sqrt()?)?;
    let y = normalized
        .reshape((b, c, h, w))?
        .broadcast_mul(&scale.reshape((b, c, 1, 1))?)?
        .broadcast_add(&shift.reshape((b, c, 1, 1))?)?;
    match activation {
        Activation::Identity => Ok(y),
        Activation::Silu => y.silu(),
    }
}

struct GroupNorm {
    /// (b, c, h, w) of x.
    dims: (usize, usize, usize, usize),
    channels_per_group: usize,
    activation: Activation,
}

impl GroupNorm {
    fn num_pixels(&self) -> usize {
        self.dims.2 * self.dims.3
    }

    fn forward(&self, x: &[f32], scale: &[f32], shift: &[f32]) -> Vec<f32> {
        let (n, group) = (self.num_pixels(), self.channels_per_group);
        let mut y = vec![0.0; x.len()];
        y.par_chunks_mut(group * n)
            .zip(x.par_chunks(group * n))
            .zip(scale.par_chunks(group).zip(shift.par_chunks(group)))
            .for_each(|((y, x), (scale, shift))| {
                let moments = Moments::of(x);
                for ((y, x), (&scale, &shift)) in
                    y.chunks_mut(n).zip(x.chunks(n)).zip(scale.iter().zip(shift))
                {
                    // scale · (x − mean) / std + shift, as one multiplication and one addition a pixel.
                    let (a, b) = (scale * moments.inv_std, shift - scale * moments.inv_std * moments.mean);
                    match self.activation {
                        Activation::Identity => {
                            for (y, &x) in y.iter_mut().zip(x) {
                                *y = a * x + b;
                            }
                        }
                        Activation::Silu => {
                            for (y, &x) in y.iter_mut().zip(x) {
                                let z = a * x + b;
                                *y = z * sigmoid(z);
                            }
                        }
                    }
                }
            });
        y
    }

    /// (∂x, ∂scale, ∂shift).
    fn backward(&self, x: &[f32], scale: &[f32], shift: &[f32], grad: &[f32]) -> [Vec<f32>; 3] {
        let (n, group) = (self.num_pixels(), self.channels_per_group);
        let mut grad_x = vec![0.0; x.len()];
        let mut grad_scale = vec![0.0; scale.len()];
        let mut grad_shift = vec![0.0; shift.len()];
        grad_x
            .par_chunks_mut(group * n)
            .zip(x.par_chunks(group * n).zip(grad.par_chunks(group * n)))
            .zip(scale.par_chunks(group).zip(shift.par_chunks(group)))
            .zip(grad_scale.par_chunks_mut(group).zip(grad_shift.par_chunks_mut(group)))
            .for_each(|(((grad_x, (x, grad)), (scale, shift)), (grad_scale, grad_shift))| {
                self.backward_group(grad_x, x, grad, scale, shift, grad_scale, grad_shift);
            });
        [grad_x, grad_scale, grad_shift]
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "three inputs, their gradients, and the gradient that comes in"
    )]
    fn backward_group(
        &self,
        grad_x: &mut [f32],
        x: &[f32],
        grad: &[f32],
        scale: &[f32],
        shift: &[f32],
        grad_scale: &mut [f32],
        grad_shift: &mut [f32],
    ) {
        let n = self.num_pixels();
        let Moments { mean, inv_std } = Moments::of(x);
        // First ∂z (before the activation) into grad_x, and its sums per channel: Σ ∂z and Σ ∂z · x̂.
        let (mut sum, mut sum_normalized) = (0.0, 0.0);
        for (channel, (grad_z, (x, grad))) in
            grad_x.chunks_mut(n).zip(x.chunks(n).zip(grad.chunks(n))).enumerate()
        {
            let (a, b) = (scale[channel] * inv_std, shift[channel] - scale[channel] * inv_std * mean);
            match self.activation {
                Activation::Identity => grad_z.copy_from_slice(grad),
                Activation::Silu => {
                    for (grad_z, (&x, &grad)) in grad_z.iter_mut().zip(x.iter().zip(grad)) {
                        let z = a * x + b;
                        let s = sigmoid(z);
                        *grad_z = grad * s * (1.0 + z * (1.0 - s));
                    }
                }
            }
            let grad_sum = lane_sum(grad_z, |i| grad_z[i]);
            let grad_x_sum = lane_sum(grad_z, |i| grad_z[i] * (x[i] - mean));
            grad_shift[channel] = grad_sum;
            grad_scale[channel] = grad_x_sum * inv_std;
            sum += scale[channel] * grad_sum;
            sum_normalized += scale[channel] * grad_x_sum * inv_std;
        }
        // ∂x = (scale·∂z − mean(scale·∂z) − x̂ · mean(scale·∂z·x̂)) / std.
        let count = x.len() as f32;
        let (mean_grad, mean_normalized) = (sum / count, sum_normalized / count);
        for ((grad_x, x), &scale) in grad_x.chunks_mut(n).zip(x.chunks(n)).zip(scale) {
            for (grad_x, &x) in grad_x.iter_mut().zip(x) {
                let normalized = (x - mean) * inv_std;
                *grad_x = inv_std * (scale * *grad_x - mean_grad - normalized * mean_normalized);
            }
        }
    }
}

/// Mean and 1 / √(variance + eps) of a group.
struct Moments {
    mean: f32,
    inv_std: f32,
}

impl Moments {
    fn of(x: &[f32]) -> Self {
        let mean = lane_sum(x, |i| x[i]) / x.len() as f32;
        let variance = lane_sum(x, |i| (x[i] - mean) * (x[i] - mean)) / x.len() as f32;
        Self { mean, inv_std: 1.0 / (variance + NORM_EPS).sqrt() }
    }
}

/// Σ f(i) over the indices of `like`, in sixteen lanes: vectorizable, always in the same order, and more exact than one
/// running sum.
#[inline(always)]
fn lane_sum(like: &[f32], f: impl Fn(usize) -> f32) -> f32 {
    const LANES: usize = 16;
    let mut lanes = [0.0; LANES];
    let whole = like.len() - like.len() % LANES;
    for start in (0..whole).step_by(LANES) {
        for (lane, sum) in lanes.iter_mut().enumerate() {
            *sum += f(start + lane);
        }
    }
    let rest: f32 = (whole..like.len()).map(f).sum();
    lanes.iter().sum::<f32>() + rest
}

impl CustomOp3 for GroupNorm {
    fn name(&self) -> &'static str {
        "group_norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        scale: &CpuStorage,
        scale_layout: &Layout,
        shift: &CpuStorage,
        shift_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let y =
            self.forward(values(x, x_layout)?, values(scale, scale_layout)?, values(shift, shift_layout)?);
        Ok((CpuStorage::F32(y), Shape::from(self.dims)))
    }

    fn bwd(
        &self,
        x: &Tensor,
        scale: &Tensor,
        shift: &Tensor,
        _y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        let [grad_x, grad_scale, grad_shift] = with_values(x, |x| {
            with_values(scale, |scale| {
                with_values(shift, |shift| with_values(&grad, |grad| self.backward(x, scale, shift, grad)))
            })
        })????;
        Ok((
            Some(Tensor::from_vec(grad_x, x.shape(), x.device())?),
            Some(Tensor::from_vec(grad_scale, scale.shape(), x.device())?),
            Some(Tensor::from_vec(grad_shift, shift.shape(), x.device())?),
        ))
    }
}
