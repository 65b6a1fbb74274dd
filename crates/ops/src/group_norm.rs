//! Group normalization (Wu and He 2018) with a scale and a shift for each sample and channel, and SiLU after it.
//!
//! x̂ = (x − mean) / √(var + norm_eps) over each group of channels, y = act(scale · x̂ + shift).
//!
//! Taking `scale` and `shift` of shape `(b, c)` lets one operation serve both the plain layer, whose learned `(c)`
//! parameters are the same for every sample, and the adaptive one, whose values come from the time and the label
//! (Dhariwal and Nichol 2021, section 3).

use candle_core::{D, Result, Shape, Tensor, bail};

use crate::kernel::parallel::{TASK_LEN, make, make_each};
use crate::kernel::{Kernel, apply3, is_ours, lane_sum, sigmoid, vectorized};
use crate::layer_norm::{Moments, NORM_EPS};

/// What follows the normalization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    Identity,
    /// SiLU(x) = x · σ(x).
    Silu,
}

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
    apply3(x, scale, shift, op)
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

/// A group of one sample: its planes, and the scale and shift of each.
struct Group<'a> {
    x: &'a [f32],
    scale: &'a [f32],
    shift: &'a [f32],
}

impl GroupNorm {
    fn num_pixels(&self) -> usize {
        self.dims.2 * self.dims.3
    }

    /// Values of a group.
    fn group_len(&self) -> usize {
        self.channels_per_group * self.num_pixels()
    }

    fn groups_per_task(&self) -> usize {
        TASK_LEN.div_ceil(self.group_len())
    }

    fn group<'a>(&self, i: usize, [x, scale, shift]: [&'a [f32]; 3]) -> Group<'a> {
        let c = self.channels_per_group;
        let x = &x[i * self.group_len()..][..self.group_len()];
        Group { x, scale: &scale[i * c..][..c], shift: &shift[i * c..][..c] }
    }

    #[inline(always)]
    fn forward_group(&self, y: &mut [f32], group: &Group<'_>) {
        let n = self.num_pixels();
        let moments = Moments::of(group.x, true);
        let affine = group.scale.iter().zip(group.shift);
        for ((y, x), (&scale, &shift)) in y.chunks_exact_mut(n).zip(group.x.chunks_exact(n)).zip(affine) {
            // scale · (x − mean) / std + shift, as one multiplication and one addition a pixel.
            let (a, b) = (scale * moments.inv_std, shift - scale * moments.inv_std * moments.mean);
            let pixels = y.iter_mut().zip(x);
            match self.activation {
                Activation::Identity => pixels.for_each(|(y, &x)| *y = a * x + b),
                Activation::Silu => pixels.for_each(|(y, &x)| {
                    let z = a * x + b;
                    *y = z * sigmoid(z);
                }),
            }
        }
    }

    #[inline(always)]
    fn backward_group(
        &self,
        group: &Group<'_>,
        grad: &[f32],
        [grad_x, grad_scale, grad_shift]: [&mut [f32]; 3],
    ) {
        let n = self.num_pixels();
        let Moments { mean, inv_std } = Moments::of(group.x, true);
        // First ∂z (before the activation) into grad_x, and its sums per channel: Σ ∂z and Σ ∂z · x̂.
        let (mut sum, mut sum_normalized) = (0.0, 0.0);
        let planes = group.x.chunks_exact(n).zip(grad.chunks_exact(n));
        for (channel, (grad_z, (x, grad))) in grad_x.chunks_exact_mut(n).zip(planes).enumerate() {
            let (scale, shift) = (group.scale[channel], group.shift[channel]);
            let (a, b) = (scale * inv_std, shift - scale * inv_std * mean);
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
            let grad_sum = lane_sum([grad_z], |[grad_z]| grad_z);
            let grad_x_sum = lane_sum([grad_z, x], |[grad_z, x]| grad_z * (x - mean));
            grad_shift[channel] = grad_sum;
            grad_scale[channel] = grad_x_sum * inv_std;
            sum += scale * grad_sum;
            sum_normalized += scale * grad_x_sum * inv_std;
        }
        // ∂x = (scale·∂z − mean(scale·∂z) − x̂ · mean(scale·∂z·x̂)) / std.
        let count = group.x.len() as f32;
        let (mean_grad, mean_normalized) = (sum / count, sum_normalized / count);
        for ((grad_x, x), &scale) in grad_x.chunks_exact_mut(n).zip(group.x.chunks_exact(n)).zip(group.scale)
        {
            for (grad_x, &x) in grad_x.iter_mut().zip(x) {
                let normalized = (x - mean) * inv_std;
                *grad_x = inv_std * (scale * *grad_x - mean_grad - normalized * mean_normalized);
            }
        }
    }
}

impl Kernel<3> for GroupNorm {
    const NAME: &'static str = "group_norm";

    fn shape(&self) -> Shape {
        self.dims.into()
    }

    fn forward(&self, inputs: [&[f32]; 3]) -> Vec<f32> {
        let (len, per_task) = (self.group_len(), self.groups_per_task());
        make(inputs[0].len(), per_task * len, |task, y| {
            vectorized(
                #[inline(always)]
                || {
                    for (i, y) in y.chunks_exact_mut(len).enumerate() {
                        self.forward_group(y, &self.group(task * per_task + i, inputs));
                    }
                },
            );
        })
    }

    fn backward(&self, inputs: [&[f32]; 3], _y: &[f32], grad: &[f32], _: [bool; 3]) -> [Vec<f32>; 3] {
        let (len, c, per_task) = (self.group_len(), self.channels_per_group, self.groups_per_task());
        let [x, scale, shift] = inputs.map(<[f32]>::len);
        make_each(
            [(x, per_task * len), (scale, per_task * c), (shift, per_task * c)],
            |task, [grad_x, grad_scale, grad_shift]| {
                vectorized(
                    #[inline(always)]
                    || {
                        let affine = grad_scale.chunks_exact_mut(c).zip(grad_shift.chunks_exact_mut(c));
                        for (i, (grad_x, (grad_scale, grad_shift))) in
                            grad_x.chunks_exact_mut(len).zip(affine).enumerate()
                        {
                            let group = task * per_task + i;
                            let grad = &grad[group * len..][..len];
                            self.backward_group(
                                &self.group(group, inputs),
                                grad,
                                [grad_x, grad_scale, grad_shift],
                            );
                        }
                    },
                );
            },
        )
    }
}
