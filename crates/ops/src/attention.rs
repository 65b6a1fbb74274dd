//! Scaled dot-product attention (Vaswani et al. 2017, equation 1): softmax(q · kᵀ / √d) · v.
//!
//! On the CPU each head is computed by itself, a block of queries at a time, so that the weights never leave the cache;
//! the backward pass computes them once more instead of keeping them (Dao et al. 2022).

use candle_core::{D, DType, Result, Shape, Tensor, bail};

use crate::kernel::{
    Kernel, Matrix, MatrixMut, Panels, Write, apply3, is_ours, lane_sum, matmul as matmul_of, matmul_panels,
    parallel, vectorized, with_buffer,
};
use crate::linear::matmul;
use crate::softmax::{softmax, softmax_row};

/// Lets every query gather the values whose keys it resembles.
///
/// # Shapes
/// - `q`: `(b, heads, n, d)`; `k`: `(b, heads, m, d)`; `v`: `(b, heads, m, d_v)`; none of them empty
/// - `mask`: `(n, m)`, not 0 where a query may look at a key; each query must have a key
/// - returns `(b, heads, n, d_v)`
///
/// # Errors
/// When the shapes do not fit each other, or a query may look at no key.
pub fn attention(q: &Tensor, k: &Tensor, v: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    let extents = Extents::of(q, k, v)?;
    let mask = mask.map(|mask| shifts(mask, &extents)).transpose()?;
    if !is_ours(q) || !is_ours(k) || !is_ours(v) {
        return matmul(&weights(q, k, mask.as_deref(), &extents)?, v);
    }
    apply3(q, k, v, Attention { extents, mask })
}

/// The same, and how much each query takes of each value: `(b, heads, n, m)`, each row of which sums to 1.
///
/// # Errors
/// As [`attention`].
pub fn attention_with_weights(
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    mask: Option<&Tensor>,
) -> Result<(Tensor, Tensor)> {
    let extents = Extents::of(q, k, v)?;
    let mask = mask.map(|mask| shifts(mask, &extents)).transpose()?;
    let weights = weights(q, k, mask.as_deref(), &extents)?;
    Ok((matmul(&weights, v)?, weights))
}

/// What is added to the score of a key that a query must not look at: after the softmax nothing is left of it.
const HIDDEN: f32 = -1e30;

#[derive(Clone, Copy)]
struct Extents {
    b: usize,
    heads: usize,
    n: usize,
    m: usize,
    d: usize,
    d_v: usize,
}

impl Extents {
    fn of(q: &Tensor, k: &Tensor, v: &Tensor) -> Result<Self> {
        let (b, heads, n, d) = q.dims4()?;
        let (m, d_v) = (k.dim(2)?, v.dim(D::Minus1)?);
        let fits =
            k.dims() == [b, heads, m, d] && v.dims() == [b, heads, m, d_v] && b * heads * n * m * d * d_v > 0;
        if !fits {
            bail!(
                "attention: expected q (b, heads, n, d), k (b, heads, m, d) and v (b, heads, m, d_v), found {:?}, {:?} and {:?}",
                q.dims(),
                k.dims(),
                v.dims()
            );
        }
        Ok(Self { b, heads, n, m, d, d_v })
    }

    /// 1 / √d.
    fn scale(&self) -> f32 {
        1.0 / (self.d as f32).sqrt()
    }
}

/// 0 where `mask` lets a query look, [`HIDDEN`] elsewhere: (n, m), row after row.
fn shifts(mask: &Tensor, extents: &Extents) -> Result<Vec<f32>> {
    if mask.dims() != [extents.n, extents.m] {
        bail!("attention: expected a mask of ({}, {}), found {:?}", extents.n, extents.m, mask.dims());
    }
    let mask = mask.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?;
    if mask.chunks_exact(extents.m).any(|row| row.iter().all(|&open| open == 0.0)) {
        bail!("attention: expected at least one key that each query may look at");
    }
    Ok(mask.into_iter().map(|open| if open == 0.0 { HIDDEN } else { 0.0 }).collect())
}

/// softmax(q · kᵀ / √d), from operations of every device and type.
fn weights(q: &Tensor, k: &Tensor, mask: Option<&[f32]>, extents: &Extents) -> Result<Tensor> {
    let mut scores = (matmul(q, &k.t()?)? / (extents.d as f64).sqrt())?;
    if let Some(mask) = mask {
        let mask = Tensor::from_slice(mask, (extents.n, extents.m), q.device())?;
        scores = scores.broadcast_add(&mask.to_dtype(q.dtype())?)?;
    }
    softmax(&scores)
}

struct Attention {
    extents: Extents,
    mask: Option<Vec<f32>>,
}

/// Queries that are computed together.
const BLOCK: usize = 48;

impl Attention {
    /// The weights of the queries from `first` on: softmax(q · kᵀ / √d), (queries, m).
    fn weights(&self, weights: &mut [f32], q: &[f32], first: usize, keys: &Panels<'_>) {
        let Extents { m, d, .. } = self.extents;
        let num = q.len().div_euclid(d);
        matmul_panels(MatrixMut::new(weights, num, m), Matrix::new(q, num, d), keys, Write::Replace);
        let scale = self.extents.scale();
        vectorized(
            #[inline(always)]
            || {
                for (i, row) in weights.chunks_exact_mut(m).enumerate() {
                    row.iter_mut().for_each(|score| *score *= scale);
                    if let Some(mask) = &self.mask {
                        row.iter_mut()
                            .zip(&mask[(first + i) * m..])
                            .for_each(|(score, shift)| *score += shift);
                    }
                    softmax_row(row);
                }
            },
        );
    }
}

impl Kernel<3> for Attention {
    const NAME: &'static str = "attention";

    fn shape(&self) -> Shape {
        let Extents { b, heads, n, d_v, .. } = self.extents;
        (b, heads, n, d_v).into()
    }

    fn forward(&self, [q, k, v]: [&[f32]; 3]) -> Vec<f32> {
        let Extents { b, heads, n, m, d, d_v } = self.extents;
        parallel::make(b * heads * n * d_v, n * d_v, |head, y| {
            let (q, k, v) =
                (&q[head * n * d..][..n * d], &k[head * m * d..][..m * d], &v[head * m * d_v..][..m * d_v]);
            with_buffer(m * d + m * d_v + BLOCK * m, |room| {
                let (keys, room) = room.split_at_mut(m * d);
                let (values, weights) = room.split_at_mut(m * d_v);
                let keys = Panels::new(keys, Matrix::new(k, m, d).t());
                let values = Panels::new(values, Matrix::new(v, m, d_v));
                for ((block, y), q) in y.chunks_mut(BLOCK * d_v).enumerate().zip(q.chunks(BLOCK * d)) {
                    let num = q.len().div_euclid(d);
                    let weights = &mut weights[..num * m];
                    self.weights(weights, q, block * BLOCK, &keys);
                    matmul_panels(
                        MatrixMut::new(y, num, d_v),
                        Matrix::new(weights, num, m),
                        &values,
                        Write::Replace,
                    );
                }
            });
        })
    }

    fn backward(&self, [q, k, v]: [&[f32]; 3], y: &[f32], grad: &[f32], _: [bool; 3]) -> [Vec<f32>; 3] {
        let Extents { n, m, d, d_v, .. } = self.extents;
        let scale = self.extents.scale();
        let heads = [(q.len(), n * d), (k.len(), m * d), (v.len(), m * d_v)];
        parallel::make_each(heads, |head, [grad_q, grad_k, grad_v]| {
            let (q, k, v) =
                (&q[head * n * d..][..n * d], &k[head * m * d..][..m * d], &v[head * m * d_v..][..m * d_v]);
            let (y, grad) = (&y[head * n * d_v..][..n * d_v], &grad[head * n * d_v..][..n * d_v]);
            with_buffer(2 * m * d + m * d_v + 2 * BLOCK * m, |room| {
                let (keys, room) = room.split_at_mut(m * d);
                let (key_rows, room) = room.split_at_mut(m * d);
                let (values, room) = room.split_at_mut(m * d_v);
                let (weights, scores) = room.split_at_mut(BLOCK * m);
                let keys = Panels::new(keys, Matrix::new(k, m, d).t());
                let key_rows = Panels::new(key_rows, Matrix::new(k, m, d));
                let values = Panels::new(values, Matrix::new(v, m, d_v).t());
                let rows = y.chunks(BLOCK * d_v).zip(grad.chunks(BLOCK * d_v));
                for (block, ((q, grad_q), (y, grad))) in
                    q.chunks(BLOCK * d).zip(grad_q.chunks_mut(BLOCK * d)).zip(rows).enumerate()
                {
                    let num = q.len().div_euclid(d);
                    let (weights, scores) = (&mut weights[..num * m], &mut scores[..num * m]);
                    self.weights(weights, q, block * BLOCK, &keys);
                    let grad_rows = Matrix::new(grad, num, d_v);
                    // ∂v += weightsᵀ · ∂y
                    let weights_t = Matrix::new(weights, num, m).t();
                    matmul_of(MatrixMut::new(grad_v, m, d_v), weights_t, grad_rows, Write::Add);
                    // ∂weights = ∂y · vᵀ, then ∂scores = weights · (∂weights − Σ ∂y · y) / √d
                    matmul_panels(MatrixMut::new(scores, num, m), grad_rows, &values, Write::Replace);
                    vectorized(
                        #[inline(always)]
                        || {
                            for (i, (scores, weights)) in
                                scores.chunks_exact_mut(m).zip(weights.chunks_exact(m)).enumerate()
                            {
                                let (y, grad) = (&y[i * d_v..][..d_v], &grad[i * d_v..][..d_v]);
                                let mean = lane_sum([y, grad], |[y, grad]| y * grad);
                                let pairs = scores.iter_mut().zip(weights);
                                pairs.for_each(|(score, weight)| *score = scale * weight * (*score - mean));
                            }
                        },
                    );
                    // ∂q = ∂scores · k, ∂k += ∂scoresᵀ · q
                    let scores = Matrix::new(scores, num, m);
                    matmul_panels(MatrixMut::new(grad_q, num, d), scores, &key_rows, Write::Replace);
                    matmul_of(MatrixMut::new(grad_k, m, d), scores.t(), Matrix::new(q, num, d), Write::Add);
                }
            });
        })
    }
}
