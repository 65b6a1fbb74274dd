//! Twice the size by repeating pixels, half the size by averaging them.
//!
//! Each is the other's gradient, but for a factor of four. (candle's own upsampling overwrites a gradient that its input
//! has from elsewhere, upstream #3507.)

use candle_core::{D, Result, Shape, Tensor, bail};

use crate::kernel::parallel::{TASK_LEN, make};
use crate::kernel::{Kernel, apply1, is_ours, vectorized};

/// Every pixel becomes a block of 2×2 like it.
///
/// # Shapes
/// - `x`: `(b, c, h, w)`, not empty
/// - returns `(b, c, 2h, 2w)`
///
/// # Errors
/// When `x` is empty.
pub fn upsample_nearest2x(x: &Tensor) -> Result<Tensor> {
    let (b, c, h, w) = x.dims4()?;
    if x.elem_count() == 0 {
        bail!("upsample_nearest2x: expected pictures, found {:?}", x.dims());
    }
    if is_ours(x) {
        return apply1(x, Resample { from: (b, c, h, w), enlarge: true });
    }
    x.reshape((b, c, h, 1, w, 1))?.broadcast_as((b, c, h, 2, w, 2))?.reshape((b, c, 2 * h, 2 * w))
}

/// Every block of 2×2 pixels becomes one, their mean.
///
/// # Shapes
/// - `x`: `(b, c, h, w)`, not empty, with even `h` and `w`
/// - returns `(b, c, h/2, w/2)`
///
/// # Errors
/// When a shape is not as above.
pub fn avg_pool2x(x: &Tensor) -> Result<Tensor> {
    let (b, c, h, w) = x.dims4()?;
    if x.elem_count() == 0 || h % 2 + w % 2 > 0 {
        bail!("avg_pool2x: expected pictures of even sides, found {:?}", x.dims());
    }
    if is_ours(x) {
        return apply1(x, Resample { from: (b, c, h, w), enlarge: false });
    }
    x.reshape((b, c, h >> 1, 2, w >> 1, 2))?.mean(D::Minus1)?.mean(3)
}

struct Resample {
    /// (b, c, h, w) of x.
    from: (usize, usize, usize, usize),
    enlarge: bool,
}

impl Resample {
    /// The smaller picture's width.
    fn narrow(&self) -> usize {
        if self.enlarge { self.from.3 } else { self.from.3 >> 1 }
    }
}

impl Kernel<1> for Resample {
    const NAME: &'static str = "resample";

    fn shape(&self) -> Shape {
        let (b, c, h, w) = self.from;
        if self.enlarge { (b, c, 2 * h, 2 * w).into() } else { (b, c, h >> 1, w >> 1).into() }
    }

    fn forward(&self, [x]: [&[f32]; 1]) -> Vec<f32> {
        if self.enlarge { repeat(x, self.narrow(), 1.0) } else { sum(x, self.narrow(), 0.25) }
    }

    fn backward(&self, _x: [&[f32]; 1], _y: &[f32], grad: &[f32], _: [bool; 1]) -> [Vec<f32>; 1] {
        [if self.enlarge { sum(grad, self.narrow(), 1.0) } else { repeat(grad, self.narrow(), 0.25) }]
    }
}

/// Every pixel of rows of `w` as a block of 2×2, times `factor`.
fn repeat(x: &[f32], w: usize, factor: f32) -> Vec<f32> {
    let rows_per_task = TASK_LEN.div_ceil(4 * w);
    make(4 * x.len(), rows_per_task * 4 * w, |task, y| {
        let x = x[task * rows_per_task * w..].chunks_exact(w);
        vectorized(
            #[inline(always)]
            || {
                for (y, x) in y.chunks_exact_mut(4 * w).zip(x) {
                    let (upper, lower) = y.split_at_mut(2 * w);
                    for (pair, x) in upper.as_chunks_mut::<2>().0.iter_mut().zip(x) {
                        *pair = [factor * x; 2];
                    }
                    lower.copy_from_slice(upper);
                }
            },
        );
    })
}

/// Σ over the blocks of 2×2 of rows of 2 · `w`, times `factor`.
fn sum(x: &[f32], w: usize, factor: f32) -> Vec<f32> {
    let rows_per_task = TASK_LEN.div_ceil(4 * w);
    make(x.len() >> 2, rows_per_task * w, |task, y| {
        let x = x[task * rows_per_task * 4 * w..].chunks_exact(4 * w);
        vectorized(
            #[inline(always)]
            || {
                for (y, x) in y.chunks_exact_mut(w).zip(x) {
                    let (upper, lower) = x.split_at(2 * w);
                    let pairs = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
                    for (y, (upper, lower)) in y.iter_mut().zip(pairs) {
                        *y = factor * (upper[0] + upper[1] + lower[0] + lower[1]);
                    }
                }
            },
        );
    })
}
