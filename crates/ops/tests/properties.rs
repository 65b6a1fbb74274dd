//! What must hold for every shape: our kernels give what candle's own operations give in f64, a sample does not depend on its
//! batch, and what cannot be computed is refused.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use candle_core::{DType, Device, Result, Tensor};
use noisebook_ops::{
    Activation, Noise, Stream, Window, attention, avg_pool2x, bce_with_logits, concat_channels,
    conv_transpose2d, conv2d, conv2d_with, depth_to_space, embedding, group_norm, layer_norm, linear, matmul,
    mse_loss, patchify, rms_norm, softmax, space_to_depth, unpatchify, upsample_nearest2x,
};
use proptest::prelude::*;

fn normal(sample: u64, shape: &[usize]) -> Tensor {
    let values = Noise::new(13).normal(Stream::Data, sample, 0, shape.iter().product());
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

fn values(x: &Tensor) -> Vec<f64> {
    x.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

/// Largest difference, as a part of the largest value.
fn relative_error(found: &Tensor, expected: &Tensor) -> f64 {
    assert_eq!(found.dims(), expected.dims());
    let (found, expected) = (values(found), values(expected));
    let largest = expected.iter().fold(1e-30_f64, |largest, value| largest.max(value.abs()));
    found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / largest
}

/// The same operation by our kernel in f32 and by what is composed in f64.
fn agrees(
    shapes: &[&[usize]],
    f: impl Fn(&[Tensor]) -> Result<Tensor>,
) -> std::result::Result<(), TestCaseError> {
    let inputs: Vec<Tensor> = shapes.iter().zip(0..).map(|(shape, i)| normal(i, shape)).collect();
    let doubles: Vec<Tensor> = inputs.iter().map(|x| x.to_dtype(DType::F64).unwrap()).collect();
    let error = relative_error(&f(&inputs).unwrap(), &f(&doubles).unwrap());
    prop_assert!(error <= 1e-5, "off by {error:.1e} for {shapes:?}");
    Ok(())
}

/// The operation on samples 1 and 2 of a batch gives, bit for bit, what it gives for them inside the batch.
fn is_per_sample(
    shape: &[usize],
    f: impl Fn(&Tensor) -> Result<Tensor>,
) -> std::result::Result<(), TestCaseError> {
    let batch = normal(0, shape);
    let all = f(&batch).unwrap().narrow(0, 1, 2).unwrap();
    prop_assert_eq!(values(&all), values(&f(&batch.narrow(0, 1, 2).unwrap()).unwrap()));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn convolutions_agree_with_candle(
        (b, c_in, c_out) in (1..4_usize, 1..40_usize, 1..40_usize),
        (h, w) in (1..12_usize, 1..12_usize),
        (k, stride, padding) in (1..5_usize, 1..4_usize, 0..3_usize),
    ) {
        let window = Window { stride, padding };
        if k <= h.min(w) + 2 * padding {
            agrees(&[&[b, c_in, h, w], &[c_out, c_in, k, k], &[c_out]], |v| conv2d(&v[0], &v[1], Some(&v[2]), window))?;
        }
        agrees(&[&[b, c_in, h, w], &[c_out, c_in, 3, 3]], |v| conv2d(&v[0], &v[1], None, Window::same(3)))?;
        if (h.min(w) - 1) * stride + k > 2 * padding {
            agrees(&[&[b, c_in, h, w], &[c_in, c_out, k, k]], |v| conv_transpose2d(&v[0], &v[1], None, window))?;
        }
    }

    #[test]
    fn the_transposed_convolution_is_the_adjoint(
        (b, c_in, c_out) in (1..3_usize, 1..9_usize, 1..9_usize),
        (results, k, stride, padding) in (2..6_usize, 1..5_usize, 1..4_usize, 0..2_usize),
    ) {
        let window = Window { stride, padding: padding.min((k - 1) >> 1) };
        // The windows cover it to the last pixel.
        let size = (results - 1) * stride + k - 2 * window.padding;
        let (x, weight) = (normal(0, &[b, c_in, size, size]), normal(1, &[c_out, c_in, k, k]));
        let y = conv2d(&x, &weight, None, window).unwrap();
        let z = normal(2, y.dims());
        let back = conv_transpose2d(&z, &weight, None, window).unwrap();
        // ⟨conv(x), z⟩ = ⟨x, convᵀ(z)⟩.
        let product = |a: &Tensor, b: &Tensor| values(a).iter().zip(values(b)).map(|(a, b)| a * b).sum::<f64>();
        let (left, right) = (product(&y, &z), product(&x, &back));
        prop_assert!((left - right).abs() < 1e-3 * left.abs().max(10.0), "{left} and {right}");
    }

    #[test]
    fn normalizations_agree_with_their_definition(
        (b, groups, per_group) in (1..4_usize, 1..5_usize, 1..5_usize),
        (h, w, n) in (1..9_usize, 1..9_usize, 2..70_usize),
    ) {
        let c = groups * per_group;
        if per_group * h * w > 1 {
            for activation in [Activation::Silu, Activation::Identity] {
                let shapes: [&[usize]; 3] = [&[b, c, h, w], &[b, c], &[b, c]];
                agrees(&shapes, |v| group_norm(&v[0], groups, &v[1], &v[2], activation))?;
            }
        }
        agrees(&[&[b, h, n], &[n], &[n]], |v| layer_norm(&v[0], &v[1], &v[2]))?;
        agrees(&[&[b, h, n], &[n]], |v| rms_norm(&v[0], &v[1]))?;
        agrees(&[&[b, h, n]], |v| softmax(&v[0]))?;
    }

    #[test]
    fn products_agree_with_candle(
        (b, heads) in (1..4_usize, 1..4_usize),
        (n, m, d, d_v) in (1..60_usize, 1..60_usize, 1..50_usize, 1..50_usize),
    ) {
        agrees(&[&[n, d], &[d, m]], |v| matmul(&v[0], &v[1]))?;
        agrees(&[&[b, n, d], &[b, d, m]], |v| matmul(&v[0], &v[1]))?;
        agrees(&[&[b, n, d], &[m, d], &[m]], |v| linear(&v[0], &v[1], &v[2]))?;
        let shapes: [&[usize]; 3] = [&[b, heads, n, d], &[b, heads, m, d], &[b, heads, m, d_v]];
        agrees(&shapes, |v| attention(&v[0], &v[1], &v[2], None))?;
    }

    #[test]
    fn rearrangements_can_be_undone(
        (b, c, rows, columns, side) in (1..4_usize, 1..4_usize, 1..5_usize, 1..5_usize, 1..4_usize),
    ) {
        let x = normal(0, &[b, c, 2 * rows, 2 * columns]);
        prop_assert_eq!(values(&depth_to_space(&space_to_depth(&x).unwrap()).unwrap()), values(&x));
        prop_assert!(relative_error(&avg_pool2x(&upsample_nearest2x(&x).unwrap()).unwrap(), &x) < 1e-6);
        let (h, w) = (side * rows, side * columns);
        let x = normal(0, &[b, c, h, w]);
        prop_assert_eq!(values(&unpatchify(&patchify(&x, side).unwrap(), side, h, w).unwrap()), values(&x));
        agrees(&[&[b, c, h, w]], |v| patchify(&v[0], side))?;
        agrees(&[&[b, c, 2 * rows, 2 * columns]], |v| space_to_depth(&v[0]))?;
        agrees(&[&[b, c, 2 * rows, 2 * columns]], |v| avg_pool2x(&v[0]))?;
        agrees(&[&[b, c, rows, columns]], |v| upsample_nearest2x(&v[0]))?;
    }

    #[test]
    fn a_sample_does_not_depend_on_its_batch(
        (b, c, size, k, stride) in (3..9_usize, 1..20_usize, 1..10_usize, 1..4_usize, 1..3_usize),
    ) {
        let weight = normal(1, &[7, c, k, k]);
        if k <= size + 2 {
            let window = Window { stride, padding: 1 };
            is_per_sample(&[b, c, size, size], |x| conv2d(x, &weight, None, window))?;
        }
        let (weight, bias) = (normal(2, &[20, c]), normal(3, &[20]));
        is_per_sample(&[b, c], |x| linear(x, &weight, &bias))?;
        is_per_sample(&[b, 2, size, c], |x| attention(x, x, x, None))?;
    }
}

#[test]
fn thread_counts_change_no_bit() {
    let (x, weight) = (normal(0, &[9, 24, 16, 16]), normal(1, &[40, 24, 3, 3]));
    let run = |num_threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(num_threads).build().unwrap();
        pool.install(|| {
            let weight = candle_core::Var::from_tensor(&weight).unwrap();
            let y = conv2d(&x, &weight, None, Window::same(3)).unwrap();
            let gradients = noisebook_ops::sum_squares(&y).unwrap().backward().unwrap();
            (values(&y), values(gradients.get(&weight).unwrap()))
        })
    };
    let one = run(1);
    assert!(one == run(2) && one == run(5), "the bits differ");
}

/// A weight that training changes is worked out anew, one that stays is not, and both ways give the same bits.
#[test]
fn a_prepared_weight_gives_the_same() {
    let x = normal(0, &[2, 8, 6, 6]);
    let var = candle_core::Var::from_tensor(&normal(1, &[8, 8, 3, 3])).unwrap();
    let kept = std::sync::Arc::default();
    let run = |weight: &Tensor| values(&conv2d_with(&x, weight, None, Window::same(3), &kept).unwrap());
    let before = run(&var);
    var.set(&normal(2, &[8, 8, 3, 3])).unwrap();
    let after = run(&var);
    assert!(before != after);
    let fixed = var.as_detached_tensor().copy().unwrap();
    assert!(run(&fixed) == after && run(&fixed) == after);
}

#[test]
fn an_empty_batch_is_refused_by_every_operation() {
    let empty = |shape: &[usize]| Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap();
    let pictures = empty(&[0, 8, 4, 4]);
    let (affine, row) = (empty(&[0, 8]), normal(0, &[8]));
    for (name, result) in [
        ("conv2d", conv2d(&pictures, &normal(1, &[5, 8, 3, 3]), None, Window::same(3))),
        ("conv_transpose2d", conv_transpose2d(&pictures, &normal(1, &[8, 5, 3, 3]), None, Window::same(3))),
        ("group_norm", group_norm(&pictures, 4, &affine, &affine, Activation::Silu)),
        ("layer_norm", layer_norm(&affine, &row, &row)),
        ("rms_norm", rms_norm(&affine, &row)),
        ("linear", linear(&affine, &normal(1, &[3, 8]), &normal(2, &[3]))),
        ("matmul", matmul(&affine, &normal(1, &[8, 3]))),
        ("softmax", softmax(&affine)),
        ("attention", attention(&pictures, &pictures, &pictures, None)),
        ("upsample_nearest2x", upsample_nearest2x(&pictures)),
        ("avg_pool2x", avg_pool2x(&pictures)),
        ("space_to_depth", space_to_depth(&pictures)),
        ("depth_to_space", depth_to_space(&pictures)),
        ("patchify", patchify(&pictures, 2)),
        ("unpatchify", unpatchify(&empty(&[0, 4, 8]), 2, 4, 4)),
        ("concat_channels", concat_channels(&pictures, &pictures)),
        ("mse_loss", mse_loss(&affine, &affine)),
        ("bce_with_logits", bce_with_logits(&affine, &affine)),
    ] {
        let sentence = result.expect_err(name).to_string();
        assert!(sentence.starts_with(&format!("{name}: expected ")), "{name}: {sentence}");
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let x = normal(0, &[2, 6, 4, 4]);
    let affine = normal(1, &[2, 6]);
    let sentence = |result: Result<Tensor>| result.unwrap_err().to_string();
    assert!(
        sentence(conv2d(&x, &normal(1, &[5, 8, 3, 3]), None, Window::same(3))).contains("(c_out, 6, k, k)")
    );
    let large = normal(1, &[5, 6, 7, 7]);
    assert!(sentence(conv2d(&x, &large, None, Window { stride: 1, padding: 1 })).contains("7×7"));
    assert!(sentence(group_norm(&x, 4, &affine, &affine, Activation::Silu)).contains("4 groups"));
    assert!(group_norm(&x, 0, &affine, &affine, Activation::Silu).is_err());
    let table = normal(2, &[5, 3]);
    let index = Tensor::new(&[5_u32], &Device::Cpu).unwrap();
    assert!(sentence(embedding(&table, &index)).contains("indices below 5, found 5"));
    let hidden =
        Tensor::new(&[[1_u8, 1, 1, 1], [0, 0, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1]], &Device::Cpu).unwrap();
    assert!(sentence(attention(&x, &x, &x, Some(&hidden))).contains("at least one key"));
}
