//! A fully connected layer, y = x · Wᵀ + bias.
//!
//! On the CPU every row of x is multiplied by itself, so that a sample's result does not depend on how many others
//! stand in the batch; a matrix product of the whole batch may add its terms in another order.

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use crate::kernel::{Matrix, is_ours, matmul, values};

/// Applies a fully connected layer to each row.
///
/// # Shapes
/// - `x`: `(b, d_in)`, not empty
/// - `weight`: `(d_out, d_in)`, `bias`: `(d_out)`
/// - returns `(b, d_out)`
///
/// # Errors
/// When a shape is not as above.
pub fn linear(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    let (b, d_in) = x.dims2()?;
    let (d_out, weight_in) = weight.dims2()?;
    if b == 0 || weight_in != d_in || bias.dims() != [d_out] {
        bail!(
            "linear: expected x (b, d_in), weight (d_out, d_in) and bias (d_out), found {:?}, {:?} and {:?}",
            x.dims(),
            weight.dims(),
            bias.dims()
        );
    }
    if !is_ours(x) {
        return x.matmul(&weight.t()?)?.broadcast_add(bias);
    }
    x.contiguous()?.apply_op3(&weight.contiguous()?, &bias.contiguous()?, Linear { b, d_in, d_out })
}

struct Linear {
    b: usize,
    d_in: usize,
    d_out: usize,
}

impl CustomOp3 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, weight, bias) =
            (values(x, x_layout)?, values(weight, weight_layout)?, values(bias, bias_layout)?);
        let weight = Matrix::new(weight, self.d_out, self.d_in);
        let mut y = vec![0.0; self.b * self.d_out];
        y.par_chunks_mut(self.d_out).zip(x.par_chunks(self.d_in)).for_each(|(y, x)| {
            y.copy_from_slice(bias);
            matmul(y, weight, Matrix::new(x, self.d_in, 1), true);
        });
        Ok((CpuStorage::F32(y), Shape::from((self.b, self.d_out))))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _bias: &Tensor,
        _y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let grad = grad.detach().contiguous()?;
        let grad_x = grad.matmul(&weight.detach())?;
        let grad_weight = grad.t()?.matmul(&x.detach())?;
        // A sum over rows as a product with ones: candle's own reduction over a leading axis is slow.
        let ones = Tensor::ones((1, self.b), x.dtype(), x.device())?;
        let grad_bias = ones.matmul(&grad)?.squeeze(0)?;
        Ok((Some(grad_x), Some(grad_weight), Some(grad_bias)))
    }
}
