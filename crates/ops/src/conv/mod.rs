//! Convolution and transposed convolution with square kernels.
//!
//! y[o] = bias[o] + Σ_i w[o, i] ⋆ x[i] (a cross-correlation, as every deep-learning library means it). The transposed
//! convolution is its adjoint: what is the gradient of the one is the value of the other, so both share three loops,
//! gather, scatter and correlate. 3×3 kernels at stride 1, the most of every network here, take a way of their own
//! with fewer multiplications: [`winograd`].

mod composed;
mod direct;
mod pointwise;
mod winograd;

use std::sync::{Arc, OnceLock};

use candle_core::{Result, Shape, Tensor, bail};

use crate::kernel::{Kernel, Matrix, apply3, is_ours, lane_sum, parallel, vectorized};
use winograd::Winograd;

/// Where the windows of a convolution lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// From one window to the next, in pixels.
    pub stride: usize,
    /// Zeros around the picture, in pixels.
    pub padding: usize,
}

impl Window {
    /// Stride 1, and as many zeros around as an odd kernel of side `k` needs for the size to stay.
    #[must_use]
    pub const fn same(k: usize) -> Self {
        Self { stride: 1, padding: k >> 1 }
    }

    /// Results along `n` pixels of windows that are `k` wide.
    fn results(self, n: usize, k: usize) -> usize {
        (n + 2 * self.padding - k).div_euclid(self.stride) + 1
    }
}

/// Convolves each picture of a batch with a kernel.
///
/// # Shapes
/// - `x`: `(b, c_in, h, w)`, not empty
/// - `weight`: `(c_out, c_in, k, k)`
/// - `bias`: `(c_out)`, or none
/// - returns `(b, c_out, h', w')` with h' = ⌊(h + 2 · padding − k) / stride⌋ + 1
///
/// # Errors
/// When a shape is not as above, or a window larger than the padded picture.
pub fn conv2d(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, window: Window) -> Result<Tensor> {
    conv2d_with(x, weight, bias, window, &Arc::default())
}

/// What [`conv2d_with`] works out from a weight and keeps.
#[derive(Debug, Default)]
pub struct Prepared(OnceLock<Vec<f32>>);

/// The same for a weight that is used again and again: where it is no variable, and so never changes, what the kernel works out
/// from it is worked out once. Of a single small picture that would be half of the time.
///
/// # Errors
/// As [`conv2d`].
pub fn conv2d_with(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    window: Window,
    prepared: &Arc<Prepared>,
) -> Result<Tensor> {
    let (b, c_in, h, w) = x.dims4()?;
    let (c_out, _, k, _) = weight.dims4()?;
    if weight.dims() != [c_out, c_in, k, k] || bias.is_some_and(|bias| bias.dims() != [c_out]) {
        bail!(
            "conv2d: expected a weight of (c_out, {c_in}, k, k) and a bias of (c_out), found {:?} and {:?}",
            weight.dims(),
            bias.map(Tensor::dims)
        );
    }
    let Window { stride, padding } = window;
    if b * c_in * h * w * c_out * k * stride == 0 || k > 2 * padding + h.min(w) {
        bail!("conv2d: expected pictures at least as large as the window, found {:?} and {k}×{k}", x.dims());
    }
    if !is_ours(x) {
        return composed::conv2d(x, weight, bias, window);
    }
    let size_out = (window.results(h, k), window.results(w, k));
    let prepared = if weight.track_op() { Arc::default() } else { Arc::clone(prepared) };
    let conv = Conv { b, c_in, c_out, size: (h, w), size_out, k, window, prepared };
    apply3(x, weight, &bias_or_zeros(bias, c_out, x)?, conv)
}

/// Spreads each value of a batch of pictures through a kernel: the adjoint of [`conv2d`], which makes pictures larger
/// (Dumoulin and Visin 2016, chapter 4).
///
/// # Shapes
/// - `x`: `(b, c_in, h, w)`, not empty
/// - `weight`: `(c_in, c_out, k, k)`
/// - `bias`: `(c_out)`, or none
/// - returns `(b, c_out, h', w')` with h' = (h − 1) · stride + k − 2 · padding
///
/// # Errors
/// When a shape is not as above, or the padding leaves nothing.
pub fn conv_transpose2d(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    window: Window,
) -> Result<Tensor> {
    let (b, c_in, h, w) = x.dims4()?;
    let (_, c_out, k, _) = weight.dims4()?;
    if weight.dims() != [c_in, c_out, k, k] || bias.is_some_and(|bias| bias.dims() != [c_out]) {
        bail!(
            "conv_transpose2d: expected a weight of ({c_in}, c_out, k, k) and a bias of (c_out), found {:?} and {:?}",
            weight.dims(),
            bias.map(Tensor::dims)
        );
    }
    let Window { stride, padding } = window;
    if b * c_in * h * w * c_out * k * stride == 0 || (h.min(w) - 1) * stride + k <= 2 * padding {
        bail!(
            "conv_transpose2d: expected pictures larger than their padding, found {:?} and {k}×{k}",
            x.dims()
        );
    }
    if !is_ours(x) {
        return composed::conv_transpose2d(x, weight, bias, window);
    }
    let out = |n: usize| (n - 1) * stride + k - 2 * padding;
    // Named from the side of the convolution whose adjoint this is: its results are our inputs.
    let prepared = Arc::default();
    let size = (out(h), out(w));
    let conv = Conv { b, c_in: c_out, c_out: c_in, size, size_out: (h, w), k, window, prepared };
    apply3(x, weight, &bias_or_zeros(bias, c_out, x)?, ConvTranspose(conv))
}

fn bias_or_zeros(bias: Option<&Tensor>, c_out: usize, like: &Tensor) -> Result<Tensor> {
    bias.map_or_else(|| Tensor::zeros(c_out, like.dtype(), like.device()), |bias| Ok(bias.clone()))
}

/// The extents of a convolution from (b, c_in, size) to (b, c_out, size_out).
struct Conv {
    b: usize,
    c_in: usize,
    c_out: usize,
    size: (usize, usize),
    size_out: (usize, usize),
    k: usize,
    window: Window,
    prepared: Arc<Prepared>,
}

impl Conv {
    /// Places in the kernel.
    fn taps(&self) -> usize {
        self.k * self.k
    }

    /// The weight (c_out, c_in, k, k) of one place in the kernel, seen as (c_in, c_out).
    fn weight_of<'a>(&self, weight: &'a [f32], tap: usize) -> Matrix<'a> {
        Matrix::view(&weight[tap..], self.c_in, self.c_out, self.taps(), self.c_in * self.taps())
    }

    /// How it is computed.
    fn way(&self) -> Way {
        if (self.k, self.window) == (1, Window::same(1)) {
            return Way::Pointwise;
        }
        Winograd::suits(self).map_or(Way::Direct, Way::Winograd)
    }

    fn convolve(&self, x: &[f32], weight: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        match self.way() {
            Way::Pointwise => self.mix(x, Matrix::new(weight, self.c_out, self.c_in), bias),
            Way::Winograd(winograd) => {
                let tap = |tap| self.weight_of(weight, tap);
                let kernels = || winograd::transform_kernels(self.c_in, self.c_out, tap);
                winograd.convolve(x, self.c_in, self.prepared.0.get_or_init(kernels), bias, self.c_out)
            }
            Way::Direct => self.gather(x, weight, bias),
        }
    }

    /// The adjoint of [`Self::convolve`].
    fn adjoint(&self, y: &[f32], weight: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        match self.way() {
            Way::Pointwise => self.mix(y, Matrix::new(weight, self.c_out, self.c_in).t(), bias),
            // The same convolution with the kernel turned around and its channels exchanged.
            Way::Winograd(winograd) => {
                let tap = |tap| self.weight_of(weight, self.taps() - 1 - tap).t();
                let kernels = winograd::transform_kernels(self.c_out, self.c_in, tap);
                winograd.convolve(y, self.c_out, &kernels, bias, self.c_in)
            }
            Way::Direct => self.scatter(y, weight, bias),
        }
    }

    /// The gradient of the weight from the inputs and the gradient of the results.
    fn weight_gradient(&self, x: &[f32], grad: &[f32]) -> Vec<f32> {
        match self.way() {
            Way::Pointwise => self.correlate_pixels(x, grad),
            Way::Winograd(winograd) => winograd.kernel_gradient(x, self.c_in, grad, self.c_out),
            Way::Direct => self.correlate(x, grad),
        }
    }
}

/// The gradients of the weight are summed within at most so many groups of samples, then over the groups: a fixed order,
/// whatever the number of threads.
const MAX_GROUPS: usize = 8;

/// The ways to convolve.
enum Way {
    /// 1×1 at stride 1: a matrix product of the planes as they lie.
    Pointwise,
    /// 3×3 at stride 1, with fewer multiplications.
    Winograd(Winograd),
    /// Any other.
    Direct,
}

/// Σ over samples and pixels of each channel.
fn channel_sums(grad: &[f32], c: usize, (h, w): (usize, usize)) -> Vec<f32> {
    parallel::map(c, |channel| {
        let planes = grad.chunks_exact(h * w).skip(channel).step_by(c);
        vectorized(
            #[inline(always)]
            || planes.map(|plane| lane_sum([plane], |[x]| x)).sum(),
        )
    })
}

impl Kernel<3> for Conv {
    const NAME: &'static str = "conv2d";

    fn shape(&self) -> Shape {
        (self.b, self.c_out, self.size_out.0, self.size_out.1).into()
    }

    fn forward(&self, [x, weight, bias]: [&[f32]; 3]) -> Vec<f32> {
        self.convolve(x, weight, Some(bias))
    }

    fn backward(
        &self,
        [x, weight, _]: [&[f32]; 3],
        _y: &[f32],
        grad: &[f32],
        [wants_x, wants_weight, wants_bias]: [bool; 3],
    ) -> [Vec<f32>; 3] {
        [
            if wants_x { self.adjoint(grad, weight, None) } else { Vec::new() },
            if wants_weight { self.weight_gradient(x, grad) } else { Vec::new() },
            if wants_bias { channel_sums(grad, self.c_out, self.size_out) } else { Vec::new() },
        ]
    }
}

/// The adjoint of a convolution.
struct ConvTranspose(Conv);

impl Kernel<3> for ConvTranspose {
    const NAME: &'static str = "conv_transpose2d";

    fn shape(&self) -> Shape {
        let Self(conv) = self;
        (conv.b, conv.c_in, conv.size.0, conv.size.1).into()
    }

    fn forward(&self, [x, weight, bias]: [&[f32]; 3]) -> Vec<f32> {
        self.0.adjoint(x, weight, Some(bias))
    }

    fn backward(
        &self,
        [x, weight, _]: [&[f32]; 3],
        _y: &[f32],
        grad: &[f32],
        [wants_x, wants_weight, wants_bias]: [bool; 3],
    ) -> [Vec<f32>; 3] {
        let Self(conv) = self;
        [
            if wants_x { conv.convolve(grad, weight, None) } else { Vec::new() },
            if wants_weight { conv.weight_gradient(grad, x) } else { Vec::new() },
            if wants_bias { channel_sums(grad, conv.c_in, conv.size) } else { Vec::new() },
        ]
    }
}
