//! Matrix products, and the fully connected layer y = x · Wᵀ + bias.

use candle_core::{D, Result, Shape, Tensor, bail};

use crate::kernel::parallel::make;
use crate::kernel::{
    Kernel, Matrix, MatrixMut, Write, apply2, apply3, column_sums, is_ours, matmul as matmul_of, par_matmul,
};

/// Applies a fully connected layer to each row.
///
/// # Shapes
/// - `x`: `(…, d_in)`, not empty
/// - `weight`: `(d_out, d_in)`, `bias`: `(d_out)`
/// - returns `(…, d_out)`
///
/// # Errors
/// When a shape is not as above.
pub fn linear(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    let (d_out, d_in) = weight.dims2()?;
    if x.elem_count() == 0 || x.dim(D::Minus1)? != d_in || bias.dims() != [d_out] {
        bail!(
            "linear: expected x (…, {d_in}), not empty, weight (d_out, {d_in}) and bias (d_out), found {:?}, {:?} and {:?}",
            x.dims(),
            weight.dims(),
            bias.dims()
        );
    }
    let mut shape = x.dims().to_vec();
    if let Some(last) = shape.last_mut() {
        *last = d_out;
    }
    if !is_ours(x) {
        return x.reshape(((), d_in))?.matmul(&weight.t()?)?.broadcast_add(bias)?.reshape(shape);
    }
    apply3(x, weight, bias, Linear { shape: shape.into(), d_in, d_out })
}

struct Linear {
    shape: Shape,
    d_in: usize,
    d_out: usize,
}

impl Kernel<3> for Linear {
    const NAME: &'static str = "linear";

    fn shape(&self) -> Shape {
        self.shape.clone()
    }

    fn forward(&self, [x, weight, bias]: [&[f32]; 3]) -> Vec<f32> {
        let (d_in, d_out) = (self.d_in, self.d_out);
        let rows = x.len().div_euclid(d_in);
        par_matmul(Matrix::new(x, rows, d_in), Matrix::new(weight, d_out, d_in).t(), Some(bias))
    }

    fn backward(
        &self,
        [x, weight, _]: [&[f32]; 3],
        _y: &[f32],
        grad: &[f32],
        [wants_x, wants_weight, wants_bias]: [bool; 3],
    ) -> [Vec<f32>; 3] {
        let (d_in, d_out) = (self.d_in, self.d_out);
        let rows = x.len().div_euclid(d_in);
        let (x, grad_rows) = (Matrix::new(x, rows, d_in), Matrix::new(grad, rows, d_out));
        [
            if wants_x { par_matmul(grad_rows, Matrix::new(weight, d_out, d_in), None) } else { Vec::new() },
            if wants_weight { par_matmul(grad_rows.t(), x, None) } else { Vec::new() },
            if wants_bias { column_sums(grad, d_out) } else { Vec::new() },
        ]
    }
}

/// The matrix product.
///
/// # Shapes
/// - `a`: `(…, m, k)`, `b`: `(…, k, n)` with the same leading extents, or `(k, n)` for all of them; none of them empty
/// - returns `(…, m, n)`
///
/// # Errors
/// When the shapes do not fit each other.
pub fn matmul(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let (&[.., m, k], &[.., k_b, n]) = (a.dims(), b.dims()) else {
        bail!("matmul: expected matrices, found {:?} and {:?}", a.dims(), b.dims());
    };
    let (lead, lead_b) = (&a.dims()[..a.rank() - 2], &b.dims()[..b.rank() - 2]);
    if k != k_b || !(lead_b.is_empty() || lead == lead_b) || a.elem_count() * b.elem_count() == 0 {
        bail!("matmul: expected (…, m, k) and (…, k, n), not empty, found {:?} and {:?}", a.dims(), b.dims());
    }
    if !is_ours(a) || !is_ours(b) {
        return a.contiguous()?.broadcast_matmul(&b.contiguous()?);
    }
    let shape = [lead, &[m, n]].concat().into();
    // One right side for all: then all rows are rows of one product.
    let num = if lead_b.is_empty() { 1 } else { lead.iter().product() };
    let m = a.elem_count().div_euclid(num * k);
    apply2(a, b, MatMul { shape, num, m, k, n })
}

struct MatMul {
    shape: Shape,
    /// Products.
    num: usize,
    m: usize,
    k: usize,
    n: usize,
}

impl MatMul {
    /// `num` products of the matrices that `a` and `b` show.
    fn products<'a>(
        &self,
        len: usize,
        a: impl Fn(usize) -> Matrix<'a> + Send + Sync,
        b: impl Fn(usize) -> Matrix<'a> + Send + Sync,
        columns: usize,
    ) -> Vec<f32> {
        if self.num == 1 {
            return par_matmul(a(0), b(0), None);
        }
        make(self.num * len, len, |i, out| {
            matmul_of(MatrixMut::new(out, len.div_euclid(columns), columns), a(i), b(i), Write::Replace);
        })
    }
}

impl Kernel<2> for MatMul {
    const NAME: &'static str = "matmul";

    fn shape(&self) -> Shape {
        self.shape.clone()
    }

    fn forward(&self, [a, b]: [&[f32]; 2]) -> Vec<f32> {
        let &Self { m, k, n, .. } = self;
        let a = |i: usize| Matrix::new(&a[i * m * k..][..m * k], m, k);
        let b = |i: usize| Matrix::new(&b[i * k * n..][..k * n], k, n);
        self.products(m * n, a, b, n)
    }

    fn backward(
        &self,
        [a, b]: [&[f32]; 2],
        _y: &[f32],
        grad: &[f32],
        [wants_a, wants_b]: [bool; 2],
    ) -> [Vec<f32>; 2] {
        let &Self { m, k, n, .. } = self;
        let a = |i: usize| Matrix::new(&a[i * m * k..][..m * k], m, k);
        let b = |i: usize| Matrix::new(&b[i * k * n..][..k * n], k, n);
        let grad = |i: usize| Matrix::new(&grad[i * m * n..][..m * n], m, n);
        [
            if wants_a { self.products(m * k, grad, |i| b(i).t(), k) } else { Vec::new() },
            if wants_b { self.products(k * n, |i| a(i).t(), grad, n) } else { Vec::new() },
        ]
    }
}
