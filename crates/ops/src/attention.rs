//! Scaled dot-product attention (Vaswani et al. 2017, equation 1): softmax(q · kᵀ / √d) · v.

use candle_core::{D, Result, Tensor};

/// Lets every query gather the values whose keys it resembles.
///
/// The softmax is composed of differentiable operations: candle's fused one would cut the gradient.
///
/// # Shapes
/// - `q`: `(b, heads, n, d)`; `k`, `v`: `(b, heads, m, d)`
/// - returns `(b, heads, n, d)`
///
/// # Errors
/// When the shapes do not fit each other.
pub fn attention(q: &Tensor, k: &Tensor, v: &Tensor) -> Result<Tensor> {
    let d = q.dim(D::Minus1)?;
    let scores = (q.contiguous()?.matmul(&k.t()?.contiguous()?)? / (d as f64).sqrt())?;
    candle_nn::ops::softmax(&scores, D::Minus1)?.matmul(&v.contiguous()?)
}
