//! What the CPU kernels share: slices of tensors, matrix products, a vectorizable sigmoid.

use candle_core::{CpuStorage, Layout, Result, Storage, Tensor, bail};

/// The values of a contiguous f32 tensor on the CPU, in row-major order.
pub(crate) fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => bail!("expected a contiguous tensor, found strides {:?}", layout.stride()),
    }
}

/// Calls `read` with the values of a contiguous f32 tensor on the CPU.
pub(crate) fn with_values<R>(tensor: &Tensor, read: impl FnOnce(&[f32]) -> R) -> Result<R> {
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => Ok(read(values(storage, layout)?)),
        _ => bail!("expected a tensor on the CPU, found one on {:?}", tensor.device().location()),
    }
}

/// Whether our own kernels can run on this tensor: f32 on the CPU.
pub(crate) fn is_ours(tensor: &Tensor) -> bool {
    tensor.device().is_cpu() && tensor.dtype() == candle_core::DType::F32
}

/// A matrix as it lies in memory.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// `rows × columns` values, row after row.
    pub(crate) fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(values.len(), rows * columns, "a {rows}×{columns} matrix");
        Self { values, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// The same values seen with rows and columns exchanged.
    pub(crate) fn t(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }
}

/// `out = keep · out + a · b`, on this thread alone; `keep` is 0 or 1.
#[expect(unsafe_code, reason = "gemm works on pointers; the extents are checked here")]
#[expect(clippy::cast_possible_wrap, reason = "extents of slices fit in isize")]
pub(crate) fn matmul(out: &mut [f32], a: Matrix<'_>, b: Matrix<'_>, accumulate: bool) {
    assert_eq!(a.columns, b.rows, "inner extents of a matrix product");
    assert_eq!(out.len(), a.rows * b.columns, "extent of a matrix product");
    // SAFETY: `Matrix` covers exactly its slice, and `out` has rows × columns values.
    unsafe {
        gemm::gemm(
            a.rows,
            b.columns,
            a.columns,
            out.as_mut_ptr(),
            1,
            b.columns as isize,
            accumulate,
            a.values.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.values.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

/// The logistic function 1 / (1 + e^−x), written without branches or calls so that the compiler vectorizes loops over it.
///
/// e^x = 2^n · e^r with |r| ≤ ln 2 / 2, and e^r by its Taylor polynomial of degree 6: relative error below 3e-7.
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    const LOG2_E: f32 = std::f32::consts::LOG2_E;
    // ln 2 in two parts, so that x − n·ln 2 keeps its digits (Cody and Waite).
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    // Adding 1.5·2²³ rounds to an integer and leaves it in the low bits of the mantissa.
    const ROUND: f32 = 12_582_912.0;

    let y = (-x).clamp(-87.0, 87.0);
    let shifted = y * LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (y - n * LN2_HIGH) - n * LN2_LOW;
    let e_r = 1.0
        + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0))))));
    let two_n = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    1.0 / (1.0 + e_r * two_n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigmoid_agrees_with_the_exponential_of_f64() {
        for i in -20_000..=20_000_i32 {
            let x = i as f32 / 200.0;
            let exact = 1.0 / (1.0 + (-f64::from(x)).exp());
            let error = (f64::from(sigmoid(x)) - exact).abs() / exact;
            assert!(error < 1e-6 || x < -87.0, "sigmoid({x}) is off by {error:e}");
        }
    }

    #[test]
    fn matmul_multiplies_and_accumulates() {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 0.0, -1.0]);
        let mut out = vec![10.0, 20.0];
        matmul(&mut out, Matrix::new(&a, 2, 3), Matrix::new(&b, 3, 1), true);
        assert_eq!(out, [8.0, 18.0]);
        let mut out = vec![0.0; 3];
        matmul(&mut out, Matrix::new(&a, 2, 3).t(), Matrix::new(&[1.0, 1.0], 2, 1), false);
        assert_eq!(out, [5.0, 7.0, 9.0]);
    }
}
