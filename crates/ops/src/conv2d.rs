//! 2-D convolution with an odd square kernel, stride 1 and "same" padding.
//!
//! y[o] = bias[o] + Σ_i w[o, i] ⋆ x[i] (a cross-correlation, as every deep-learning library means it).
//!
//! On the CPU each sample becomes a matrix of patches ("im2col", Chellapilla et al. 2006) and one matrix product:
//! y = W · cols(x). The gradient of x is the same convolution of the gradient of y with the kernel flipped and its
//! channels exchanged; the gradient of W is ∂y · cols(x)ᵀ.
//! Samples are shared out over threads; sums over the batch are taken in a fixed order.

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use crate::kernel::{Matrix, is_ours, matmul, values, with_values};

/// Convolves each picture of a batch with a kernel, at stride 1, padding with zeros so that the size stays.
///
/// # Shapes
/// - `x`: `(b, c_in, h, w)`, not empty
/// - `weight`: `(c_out, c_in, k, k)` with odd `k`
/// - `bias`: `(c_out)`
/// - returns `(b, c_out, h, w)`
///
/// # Errors
/// When a shape is not as above.
pub fn conv2d(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    let (b, c_in, h, w) = x.dims4()?;
    let (c_out, kernel_channels, k, k_w) = weight.dims4()?;
    if kernel_channels != c_in || k != k_w || k % 2 == 0 || bias.dims() != [c_out] {
        bail!(
            "conv2d: expected a weight of (c_out, {c_in}, k, k) with odd k and a bias of (c_out), found {:?} and {:?}",
            weight.dims(),
            bias.dims()
        );
    }
    if b * h * w == 0 {
        bail!("conv2d: expected at least one picture with at least one pixel, found {:?}", x.dims());
    }
    if !is_ours(x) {
        let y = x.conv2d(weight, k >> 1, 1, 1, 1)?;
        return y.broadcast_add(&bias.reshape((1, c_out, 1, 1))?);
    }
    let op = Conv2d { b, c_in, c_out, h, w, k };
    x.contiguous()?.apply_op3(&weight.contiguous()?, &bias.contiguous()?, op)
}

#[derive(Clone, Copy)]
struct Conv2d {
    b: usize,
    c_in: usize,
    c_out: usize,
    h: usize,
    w: usize,
    k: usize,
}

/// The gradients of weight and bias are summed within this many groups of samples, then over the groups:
/// a fixed order, whatever the number of threads.
const NUM_GROUPS: usize = 8;

impl Conv2d {
    fn num_pixels(&self) -> usize {
        self.h * self.w
    }

    /// Rows of the patch matrix of a picture with `channels` channels.
    fn patch_len(&self, channels: usize) -> usize {
        channels * self.k * self.k
    }

    /// The patches of one picture, in `buffer` or, where a patch is one pixel, the picture itself.
    fn patches<'a>(&self, buffer: &'a mut [f32], x: &'a [f32]) -> &'a [f32] {
        if self.k == 1 {
            return x;
        }
        im2col(buffer, x, self.h, self.w, self.k);
        buffer
    }

    /// y[b] = W · cols(x[b]) + bias for every sample.
    fn convolve(
        &self,
        x: &[f32],
        c_in: usize,
        weight: &[f32],
        bias: Option<&[f32]>,
        c_out: usize,
    ) -> Vec<f32> {
        let (n, patch) = (self.num_pixels(), self.patch_len(c_in));
        let mut y = vec![0.0; self.b * c_out * n];
        y.par_chunks_mut(c_out * n).zip(x.par_chunks(c_in * n)).for_each_init(
            || vec![0.0; patch * n],
            |cols, (y, x)| {
                if let Some(bias) = bias {
                    for (row, &bias) in y.chunks_mut(n).zip(bias) {
                        row.fill(bias);
                    }
                }
                let cols = self.patches(cols, x);
                matmul(y, Matrix::new(weight, c_out, patch), Matrix::new(cols, patch, n), bias.is_some());
            },
        );
        y
    }

    /// (∂weight, ∂bias) = Σ_b (∂y[b] · cols(x[b])ᵀ, Σ_pixels ∂y[b]).
    fn parameter_gradients(&self, x: &[f32], grad: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let (n, patch) = (self.num_pixels(), self.patch_len(self.c_in));
        let samples_per_group = self.b.div_ceil(NUM_GROUPS);
        let groups: Vec<(Vec<f32>, Vec<f32>)> = x
            .par_chunks(samples_per_group * self.c_in * n)
            .zip(grad.par_chunks(samples_per_group * self.c_out * n))
            .map(|(x, grad)| {
                let mut cols = vec![0.0; patch * n];
                let mut grad_weight = vec![0.0; self.c_out * patch];
                let mut grad_bias = vec![0.0; self.c_out];
                for (x, grad) in x.chunks(self.c_in * n).zip(grad.chunks(self.c_out * n)) {
                    let cols = self.patches(&mut cols, x);
                    let grad_matrix = Matrix::new(grad, self.c_out, n);
                    matmul(&mut grad_weight, grad_matrix, Matrix::new(cols, patch, n).t(), true);
                    for (sum, row) in grad_bias.iter_mut().zip(grad.chunks(n)) {
                        *sum += row.iter().sum::<f32>();
                    }
                }
                (grad_weight, grad_bias)
            })
            .collect();
        let mut sums = (vec![0.0; self.c_out * patch], vec![0.0; self.c_out]);
        for (grad_weight, grad_bias) in &groups {
            add_to(&mut sums.0, grad_weight);
            add_to(&mut sums.1, grad_bias);
        }
        sums
    }

    /// The kernel that carries gradients back: flipped in both directions, with its channels exchanged.
    fn flipped(&self, weight: &[f32]) -> Vec<f32> {
        let area = self.k * self.k;
        let mut flipped = vec![0.0; weight.len()];
        for (o, kernels) in weight.chunks(self.c_in * area).enumerate() {
            for (i, kernel) in kernels.chunks(area).enumerate() {
                let target = &mut flipped[(i * self.c_out + o) * area..][..area];
                for (to, from) in target.iter_mut().zip(kernel.iter().rev()) {
                    *to = *from;
                }
            }
        }
        flipped
    }
}

impl CustomOp3 for Conv2d {
    fn name(&self) -> &'static str {
        "conv2d"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, weight) = (values(x, x_layout)?, values(weight, weight_layout)?);
        let y = self.convolve(x, self.c_in, weight, Some(values(bias, bias_layout)?), self.c_out);
        Ok((CpuStorage::F32(y), Shape::from((self.b, self.c_out, self.h, self.w))))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        let flipped = with_values(weight, |weight| self.flipped(weight))?;
        let grad_x = with_values(&grad, |grad| self.convolve(grad, self.c_out, &flipped, None, self.c_in))?;
        let (grad_weight, grad_bias) =
            with_values(x, |x| with_values(&grad, |grad| self.parameter_gradients(x, grad)))??;
        Ok((
            Some(Tensor::from_vec(grad_x, x.shape(), x.device())?),
            Some(Tensor::from_vec(grad_weight, weight.shape(), x.device())?),
            Some(Tensor::from_vec(grad_bias, bias.shape(), x.device())?),
        ))
    }
}

fn add_to(sums: &mut [f32], values: &[f32]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value;
    }
}

/// Lays out the k×k patch around every pixel as a column: `cols` is (channels·k·k, h·w), zero outside the picture.
///
/// A row of `cols` is the whole plane moved by one offset: one long copy, after which the pixels that came in from the
/// other edge are set to zero.
fn im2col(cols: &mut [f32], x: &[f32], h: usize, w: usize, k: usize) {
    let (n, radius) = (h * w, k >> 1);
    let mut rows = cols.chunks_mut(n);
    for plane in x.chunks(n) {
        for dy in 0..k {
            for dx in 0..k {
                let Some(row) = rows.next() else { return };
                // Pixel p reads pixel p + forward − back.
                let (forward, back) = (dy * w + dx, radius * w + radius);
                let first = back.saturating_sub(forward).min(n);
                let last = (n + back).saturating_sub(forward).min(n).max(first);
                row[..first].fill(0.0);
                if first < last {
                    row[first..last].copy_from_slice(&plane[first + forward - back..last + forward - back]);
                }
                row[last..].fill(0.0);
                // Columns whose source lies beyond the left or the right edge.
                let outside = if dx < radius {
                    0..(radius - dx).min(w)
                } else {
                    (w + radius).saturating_sub(dx).min(w)..w
                };
                for column in outside {
                    for pixel in row.iter_mut().skip(column).step_by(w) {
                        *pixel = 0.0;
                    }
                }
            }
        }
    }
}
