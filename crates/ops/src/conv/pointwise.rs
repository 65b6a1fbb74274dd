//! Convolution of 1×1 at stride 1: every pixel's channels are mixed by one matrix, y = weight · x for planes as they lie.

use super::{Conv, MAX_GROUPS};
use crate::kernel::{Matrix, MatrixMut, Write, column_sums, matmul, parallel};

/// Values of a task's result: fewer are not worth one.
const TASK_LEN: usize = 1 << 13;

impl Conv {
    /// `weight` · x + bias for the planes x of every sample; the weight's columns are the planes it takes.
    pub(super) fn mix(&self, x: &[f32], weight: Matrix<'_>, bias: Option<&[f32]>) -> Vec<f32> {
        let n = self.size.0 * self.size.1;
        let (c_out, c_in) = weight.extents();
        let samples_per_task = TASK_LEN.div_ceil(c_out * n);
        parallel::make(self.b * c_out * n, samples_per_task * c_out * n, |task, y| {
            let x = x[task * samples_per_task * c_in * n..].chunks_exact(c_in * n);
            for (y, x) in y.chunks_exact_mut(c_out * n).zip(x) {
                if let Some(bias) = bias {
                    y.chunks_exact_mut(n).zip(bias).for_each(|(plane, &bias)| plane.fill(bias));
                }
                matmul(MatrixMut::new(y, c_out, n), weight, Matrix::new(x, c_in, n), Write::Add);
            }
        })
    }

    /// The gradient of the weight, (c_out, c_in).
    pub(super) fn correlate_pixels(&self, x: &[f32], grad: &[f32]) -> Vec<f32> {
        let (n, c_in, c_out) = (self.size.0 * self.size.1, self.c_in, self.c_out);
        let samples_per_group = self.b.div_ceil(MAX_GROUPS);
        let len = c_out * c_in;
        let sums = parallel::make(self.b.div_ceil(samples_per_group) * len, len, |group, sums| {
            let first = group * samples_per_group;
            let samples = x[first * c_in * n..]
                .chunks_exact(c_in * n)
                .zip(grad[first * c_out * n..].chunks_exact(c_out * n));
            for (x, grad) in samples.take(samples_per_group) {
                let x = Matrix::new(x, c_in, n).t();
                matmul(MatrixMut::new(sums, c_out, c_in), Matrix::new(grad, c_out, n), x, Write::Add);
            }
        });
        column_sums(&sums, len)
    }
}
