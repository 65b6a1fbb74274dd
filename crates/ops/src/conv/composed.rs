//! The same convolutions from candle's own operations, for devices and types without a kernel of ours.

use candle_core::{D, Result, Tensor};

use super::Window;

/// candle's own where its gradients are right: not on Metal, where that of the weight is wrong for batches (candle #3836), and
/// not for pictures whose sides differ at a stride, where that of the input takes one side for both.
pub(super) fn conv2d(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, window: Window) -> Result<Tensor> {
    let (_, _, h, w) = x.dims4()?;
    let y = if x.device().is_metal() || (window.stride > 1 && h != w) {
        tap_by_tap(x, weight, window)?
    } else {
        x.conv2d(weight, window.padding, window.stride, 1, 1)?
    };
    add_bias(&y, bias)
}

pub(super) fn conv_transpose2d(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    window: Window,
) -> Result<Tensor> {
    let Window { stride, padding } = window;
    let (b, c, h, w) = x.dims4()?;
    let k = weight.dim(D::Minus1)?;
    // Zeros between the values turn the stride into one of 1, and a convolution with the kernel turned around is left.
    let mut spread = x.reshape((b, c, h, 1, w, 1))?;
    for dim in [3, 5] {
        spread = spread.pad_with_zeros(dim, 0, stride - 1)?;
    }
    let spread = spread.reshape((b, c, h * stride, w * stride))?;
    let spread = spread.narrow(2, 0, (h - 1) * stride + 1)?.narrow(3, 0, (w - 1) * stride + 1)?;
    let spread = spread.pad_with_zeros(2, k - 1, k - 1)?.pad_with_zeros(3, k - 1, k - 1)?;
    let (from, last) = (padding, 2 * padding);
    let (h, w) = (spread.dim(2)? - last, spread.dim(3)? - last);
    let spread = spread.narrow(2, from, h)?.narrow(3, from, w)?.contiguous()?;
    let turned = weight.flip(&[2, 3])?.transpose(0, 1)?.contiguous()?;
    let window = Window { stride: 1, padding: 0 };
    let y = if x.device().is_metal() {
        tap_by_tap(&spread, &turned, window)?
    } else {
        spread.conv2d(&turned, 0, 1, 1, 1)?
    };
    add_bias(&y, bias)
}

/// Σ over the places in the kernel of one matrix product each.
fn tap_by_tap(x: &Tensor, weight: &Tensor, window: Window) -> Result<Tensor> {
    let Window { stride, padding } = window;
    let (b, c_in, h, w) = x.dims4()?;
    let (c_out, _, k, _) = weight.dims4()?;
    let (h_out, w_out) = (window.results(h, k), window.results(w, k));
    let x = x.pad_with_zeros(2, padding, padding)?.pad_with_zeros(3, padding, padding)?;
    let places = |from: usize, n: usize| {
        let places: Vec<u32> = (0..n).map(|i| (from + i * stride) as u32).collect();
        Tensor::new(places, x.device())
    };
    let mut y = Tensor::zeros((b, c_out, h_out * w_out), x.dtype(), x.device())?;
    for dy in 0..k {
        let rows = x.index_select(&places(dy, h_out)?, 2)?;
        for dx in 0..k {
            let inputs = rows.index_select(&places(dx, w_out)?, 3)?.reshape((b, c_in, h_out * w_out))?;
            let tap = weight.narrow(2, dy, 1)?.narrow(3, dx, 1)?.reshape((1, c_out, c_in))?;
            y = (y + tap.broadcast_as((b, c_out, c_in))?.contiguous()?.matmul(&inputs)?)?;
        }
    }
    y.reshape((b, c_out, h_out, w_out))
}

fn add_bias(y: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    match bias {
        Some(bias) => y.broadcast_add(&bias.reshape((1, (), 1, 1))?),
        None => Ok(y.clone()),
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device, Var};

    use super::*;

    /// A normal tensor of its own for each `sample`.
    fn normal(sample: u64, shape: &[usize]) -> Tensor {
        let values = crate::Noise::new(3).normal(crate::Stream::Data, sample, 0, shape.iter().product());
        Tensor::from_vec(values, shape, &Device::Cpu).unwrap().to_dtype(DType::F64).unwrap()
    }

    fn distance(a: &Tensor, b: &Tensor) -> f64 {
        (a - b).unwrap().abs().unwrap().sum_all().unwrap().to_scalar().unwrap()
    }

    /// What Metal computes, here, against what candle computes on the CPU: values and both gradients.
    #[test]
    fn tap_by_tap_is_the_same_convolution() {
        for (stride, padding, k) in [(1, 1, 3), (1, 0, 1), (2, 1, 3), (2, 1, 4)] {
            let window = Window { stride, padding };
            let (x, weight) = (normal(0, &[2, 3, 6, 6]), normal(1, &[4, 3, k, k]));
            let run = |convolve: &dyn Fn(&Tensor, &Tensor) -> Result<Tensor>| {
                let (x, weight) = (Var::from_tensor(&x).unwrap(), Var::from_tensor(&weight).unwrap());
                let y = convolve(&x, &weight).unwrap();
                let gradients = y.sqr().unwrap().sum_all().unwrap().backward().unwrap();
                [y.detach(), gradients.get(&x).unwrap().clone(), gradients.get(&weight).unwrap().clone()]
            };
            let found = run(&|x, weight| tap_by_tap(x, weight, window));
            let expected = run(&|x, weight| x.conv2d(weight, padding, stride, 1, 1));
            for (found, expected) in found.iter().zip(&expected) {
                assert!(distance(found, expected) < 1e-9, "stride {stride}, {k}×{k}");
            }
        }
    }
}
