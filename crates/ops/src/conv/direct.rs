//! Convolution of any square kernel and stride: for each place ("tap") in the kernel, one matrix product of a row of pixels.
//!
//! Pixels keep their channels side by side, so the inputs that one tap meets along a row of results are a matrix as they lie
//! in memory: nothing is copied to line them up.

use super::{Conv, MAX_GROUPS};
use crate::kernel::{
    Matrix, MatrixMut, Padding, Panels, Write, matmul, matmul_panels, parallel, to_pixels, to_planes,
    with_buffer,
};

impl Conv {
    /// The picture with the zeros around it that windows meet.
    fn padded(&self) -> Padding {
        let ((h, w), before) = (self.size, self.window.padding);
        // No window reaches beyond it, since the number of results is rounded down.
        Padding { h, w, before, padded_h: h + 2 * before, padded_w: w + 2 * before }
    }

    fn results(&self) -> Padding {
        Padding::none(self.size_out.0, self.size_out.1)
    }

    /// Where the inputs of a row of results begin that one tap meets.
    fn tap_at(&self, row: usize, tap: usize) -> usize {
        let (dy, dx) = (tap.div_euclid(self.k), tap % self.k);
        self.padded().at(row * self.window.stride + dy, dx, self.c_in)
    }

    /// From one result's input to the next one's.
    fn step(&self) -> usize {
        self.window.stride * Padding::stride(self.c_in)
    }

    /// The matrix of every tap, laid out in `room`, which has as many values as the weight.
    fn tap_panels<'a, 'b>(
        &self,
        room: &'a mut [f32],
        matrix: impl Fn(usize) -> Matrix<'b>,
    ) -> Vec<Panels<'a>> {
        let rooms = room.chunks_exact_mut(self.c_in * self.c_out).enumerate();
        rooms.map(|(tap, room)| Panels::new(room, matrix(tap))).collect()
    }

    /// y = weight ⋆ x + bias.
    pub(super) fn gather(&self, x: &[f32], weight: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let ((c_in, c_out), (h_out, w_out)) = ((self.c_in, self.c_out), self.size_out);
        let (n_in, n_out) = (self.size.0 * self.size.1, h_out * w_out);
        let (padded, results) = (self.padded(), self.results());
        let stride_out = Padding::stride(c_out);
        with_buffer(weight.len(), |room| {
            let panels = self.tap_panels(room, |tap| self.weight_of(weight, tap));
            parallel::make(self.b * c_out * n_out, c_out * n_out, |sample, y| {
                with_buffer(padded.len(c_in) + results.len(c_out), |room| {
                    let (pixels, out) = room.split_at_mut(padded.len(c_in));
                    to_pixels(pixels, &x[sample * c_in * n_in..], c_in, padded);
                    for row in 0..h_out {
                        for (tap, panels) in panels.iter().enumerate() {
                            let inputs =
                                Matrix::strided(&pixels[self.tap_at(row, tap)..], w_out, c_in, self.step());
                            let out = &mut out[results.at(row, 0, c_out)..];
                            let out = MatrixMut::strided(out, w_out, c_out, stride_out);
                            let write = if tap == 0 { Write::Replace } else { Write::Add };
                            matmul_panels(out, inputs, panels, write);
                        }
                    }
                    to_planes(y, out, c_out, results, bias);
                });
            })
        })
    }

    /// The other way: every value of `y` spreads through the kernel over the inputs of its window, plus `bias`.
    /// This is the gradient of the inputs, and the transposed convolution.
    pub(super) fn scatter(&self, y: &[f32], weight: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let ((c_in, c_out), (h_out, w_out)) = ((self.c_in, self.c_out), self.size_out);
        let (n_in, n_out) = (self.size.0 * self.size.1, h_out * w_out);
        let (padded, results) = (self.padded(), self.results());
        let stride_out = Padding::stride(c_out);
        with_buffer(weight.len(), |room| {
            let panels = self.tap_panels(room, |tap| self.weight_of(weight, tap).t());
            parallel::make(self.b * c_in * n_in, c_in * n_in, |sample, x| {
                with_buffer(padded.len(c_in) + results.len(c_out), |room| {
                    let (pixels, values) = room.split_at_mut(padded.len(c_in));
                    pixels.fill(0.0);
                    to_pixels(values, &y[sample * c_out * n_out..], c_out, results);
                    for row in 0..h_out {
                        for (tap, panels) in panels.iter().enumerate() {
                            let values = &values[results.at(row, 0, c_out)..];
                            let values = Matrix::strided(values, w_out, c_out, stride_out);
                            let pixels = &mut pixels[self.tap_at(row, tap)..];
                            let pixels = MatrixMut::strided(pixels, w_out, c_in, self.step());
                            matmul_panels(pixels, values, panels, Write::Add);
                        }
                    }
                    to_planes(x, pixels, c_in, padded, bias);
                });
            })
        })
    }

    /// The gradient of the kernel, (c_out, c_in, k, k), from the inputs and the gradient of the results.
    pub(super) fn correlate(&self, x: &[f32], grad: &[f32]) -> Vec<f32> {
        let ((c_in, c_out), (h_out, w_out)) = ((self.c_in, self.c_out), self.size_out);
        let (n_in, n_out) = (self.size.0 * self.size.1, h_out * w_out);
        let (padded, results) = (self.padded(), self.results());
        let stride_out = Padding::stride(c_out);
        let samples_per_group = self.b.div_ceil(MAX_GROUPS);
        // A matrix (c_in, c_out) for each tap.
        let num_sums = self.taps() * c_in * c_out;
        let num_groups = self.b.div_ceil(samples_per_group);
        let sums = parallel::make(num_groups * num_sums, num_sums, |group, sums| {
            with_buffer(padded.len(c_in) + results.len(c_out), |room| {
                let (pixels, grads) = room.split_at_mut(padded.len(c_in));
                for sample in group * samples_per_group..self.b.min((group + 1) * samples_per_group) {
                    to_pixels(pixels, &x[sample * c_in * n_in..], c_in, padded);
                    to_pixels(grads, &grad[sample * c_out * n_out..], c_out, results);
                    for row in 0..h_out {
                        for (tap, sums) in sums.chunks_exact_mut(c_in * c_out).enumerate() {
                            let inputs =
                                Matrix::strided(&pixels[self.tap_at(row, tap)..], w_out, c_in, self.step());
                            let grads = Matrix::strided(
                                &grads[results.at(row, 0, c_out)..],
                                w_out,
                                c_out,
                                stride_out,
                            );
                            matmul(MatrixMut::new(sums, c_in, c_out), inputs.t(), grads, Write::Add);
                        }
                    }
                }
            });
        });
        parallel::make(c_out * c_in * self.taps(), c_in * self.taps(), |o, weight| {
            for (at, weight) in weight.iter_mut().enumerate() {
                let (i, tap) = (at.div_euclid(self.taps()), at % self.taps());
                let of_group = |sums: &[f32]| sums[(tap * c_in + i) * c_out + o];
                *weight = sums.chunks_exact(num_sums).map(of_group).sum();
            }
        })
    }
}
