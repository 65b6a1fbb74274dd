//! Two pictures as one with the channels of both.

use candle_core::{Result, Shape, Tensor, bail};

use crate::kernel::parallel::{make, make_each};
use crate::kernel::{Kernel, apply2, is_ours};

/// Puts the channels of `b` after those of `a`.
///
/// # Shapes
/// - `a`: `(n, c_a, h, w)`, `b`: `(n, c_b, h, w)`, not empty
/// - returns `(n, c_a + c_b, h, w)`
///
/// # Errors
/// When a shape is not as above.
pub fn concat_channels(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let ((n, c_a, h, w), (n_b, c_b, h_b, w_b)) = (a.dims4()?, b.dims4()?);
    if (n, h, w) != (n_b, h_b, w_b) || a.elem_count() * b.elem_count() == 0 {
        bail!("concat_channels: expected pictures of one size, found {:?} and {:?}", a.dims(), b.dims());
    }
    if !is_ours(a) || !is_ours(b) {
        return Tensor::cat(&[a, b], 1);
    }
    apply2(a, b, Concat { shape: (n, c_a + c_b, h, w).into(), n, lens: [c_a * h * w, c_b * h * w] })
}

struct Concat {
    shape: Shape,
    /// Samples.
    n: usize,
    /// Values of one sample of each input.
    lens: [usize; 2],
}

impl Kernel<2> for Concat {
    const NAME: &'static str = "concat_channels";

    fn shape(&self) -> Shape {
        self.shape.clone()
    }

    fn forward(&self, [a, b]: [&[f32]; 2]) -> Vec<f32> {
        let [len_a, len_b] = self.lens;
        make(self.n * (len_a + len_b), len_a + len_b, |sample, y| {
            let (first, second) = y.split_at_mut(len_a);
            first.copy_from_slice(&a[sample * len_a..][..len_a]);
            second.copy_from_slice(&b[sample * len_b..][..len_b]);
        })
    }

    fn backward(&self, _inputs: [&[f32]; 2], _y: &[f32], grad: &[f32], _: [bool; 2]) -> [Vec<f32>; 2] {
        let [len_a, len_b] = self.lens;
        make_each([(self.n * len_a, len_a), (self.n * len_b, len_b)], |sample, [grad_a, grad_b]| {
            let grad = &grad[sample * (len_a + len_b)..][..len_a + len_b];
            grad_a.copy_from_slice(&grad[..len_a]);
            grad_b.copy_from_slice(&grad[len_a..]);
        })
    }
}
