//! What the CPU kernels share: how candle records them, matrix products, threads, scratch memory, fast exponentials.

mod buffer;
mod gemm;
mod math;
mod op;
pub(crate) mod parallel;
mod pixels;

pub(crate) use buffer::with_buffer;
pub(crate) use gemm::{Matrix, MatrixMut, Panels, Write, matmul, matmul_in_place, matmul_panels, par_matmul};
pub(crate) use math::{column_sums, exp, lane_max, lane_sum, sigmoid, tanh};
pub(crate) use op::{Kernel, apply1, apply2, apply3, is_ours};
pub(crate) use pixels::{Padding, to_pixels, to_planes};

/// Runs `work` compiled for the widest vectors of this machine, for what the compiler vectorizes by itself.
/// The closure must be marked `#[inline(always)]`: what is called and not inlined is compiled for the oldest machine.
#[inline(always)]
pub(crate) fn vectorized<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}
