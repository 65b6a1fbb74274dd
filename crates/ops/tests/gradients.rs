//! Every operation's gradients against finite differences, on both paths: our kernels in f32, and what other devices and
//! types compose, in f64.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use candle_core::{DType, Device, Result, Tensor, Var};
use noisebook_ops::{
    Activation, Noise, Stream, Window, attention, attention_with_weights, avg_pool2x, bce_with_logits,
    concat_channels, conv_transpose2d, conv2d, cross_entropy, depth_to_space, embedding, gelu, group_norm,
    layer_norm, leaky_relu, linear, matmul, mse_loss, patchify, rms_norm, silu, softmax, space_to_depth,
    sum_squares, tanh, unpatchify, upsample_nearest2x,
};

/// A normal tensor of its own for each `sample`.
fn normal(sample: u64, shape: &[usize]) -> Tensor {
    let values = Noise::new(11).normal(Stream::Data, sample, 0, shape.iter().product());
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

fn double(x: &Tensor) -> Tensor {
    x.to_dtype(DType::F64).unwrap()
}

/// Σ y · (1 + y) + Σ x² with y = f(x). Every input has two consumers, so a gradient that overwrites another's is found.
fn scalar(inputs: &[Tensor], f: &impl Fn(&[Tensor]) -> Result<Tensor>) -> Result<Tensor> {
    let y = f(inputs)?;
    let mut sum = (&y * (1.0 + &y)?)?.sum_all()?;
    for x in inputs {
        sum = (sum + x.sqr()?.sum_all()?)?;
    }
    Ok(sum)
}

/// Compares the gradients of [`scalar`], by our kernels and by what is composed, with central differences.
fn check(shapes: &[&[usize]], f: impl Fn(&[Tensor]) -> Result<Tensor>) {
    let inputs: Vec<Tensor> = shapes.iter().zip(0..).map(|(shape, i)| double(&normal(i, shape))).collect();
    let gradients = |dtype: DType| -> Vec<Vec<f64>> {
        let vars: Vec<Var> =
            inputs.iter().map(|x| Var::from_tensor(&x.to_dtype(dtype).unwrap()).unwrap()).collect();
        let tensors: Vec<Tensor> = vars.iter().map(|var| var.as_tensor().clone()).collect();
        let gradients = scalar(&tensors, &f).unwrap().backward().unwrap();
        let values =
            |var| double(gradients.get(var).expect("a gradient")).flatten_all().unwrap().to_vec1().unwrap();
        vars.iter().map(|var: &Var| values(var.as_tensor())).collect()
    };
    let found = [(DType::F32, gradients(DType::F32)), (DType::F64, gradients(DType::F64))];
    for (i, x) in inputs.iter().enumerate() {
        let values = x.flatten_all().unwrap().to_vec1::<f64>().unwrap();
        for j in (0..values.len()).step_by(1 + values.len().div_euclid(40)) {
            let shifted = |by: f64| {
                let (mut moved, mut inputs) = (values.clone(), inputs.clone());
                moved[j] += by;
                inputs[i] = Tensor::from_vec(moved, x.shape(), &Device::Cpu).unwrap();
                scalar(&inputs, &f).unwrap().to_scalar::<f64>().unwrap()
            };
            const STEP: f64 = 1e-5;
            let difference = (shifted(STEP) - shifted(-STEP)) / (2.0 * STEP);
            for (dtype, gradients) in &found {
                let largest = gradients[i].iter().fold(1.0_f64, |largest, g| largest.max(g.abs()));
                let gradient = gradients[i][j];
                let error = (difference - gradient).abs() / largest;
                assert!(
                    error < 1e-3,
                    "{dtype:?}, input {i}, value {j}: gradient {gradient}, difference {difference}"
                );
            }
        }
    }
}

fn same(v: &[Tensor]) -> Result<Tensor> {
    conv2d(&v[0], &v[1], Some(&v[2]), Window::same(v[1].dim(3)?))
}

#[test]
fn conv2d_at_stride_1() {
    check(&[&[2, 3, 5, 4], &[4, 3, 3, 3], &[4]], same);
    check(&[&[3, 5, 8, 8], &[2, 5, 3, 3], &[2]], same);
    check(&[&[2, 3, 3, 2], &[2, 3, 1, 1], &[2]], same);
    check(&[&[1, 3, 5, 5], &[2, 3, 5, 5], &[2]], same);
}

#[test]
fn conv2d_of_pictures_smaller_than_the_kernel() {
    check(&[&[2, 2, 3, 1], &[2, 2, 5, 5], &[2]], same);
    check(&[&[2, 2, 1, 1], &[3, 2, 3, 3], &[3]], same);
}

#[test]
fn conv2d_without_bias_at_other_strides() {
    for (stride, padding, k) in [(2, 1, 3), (2, 0, 1), (2, 1, 4), (3, 2, 3)] {
        let window = Window { stride, padding };
        check(&[&[2, 3, 7, 6], &[4, 3, k, k]], |v| conv2d(&v[0], &v[1], None, window));
        check(&[&[2, 2, 6, 6], &[3, 2, k, k]], |v| conv2d(&v[0], &v[1], None, window));
    }
}

#[test]
fn conv2d_of_a_view_that_is_not_contiguous() {
    check(&[&[5, 2, 3, 4], &[2, 3, 3, 3]], |v| {
        conv2d(&v[0].permute((1, 2, 0, 3))?, &v[1], None, Window::same(3))
    });
    check(&[&[2, 3, 4, 6], &[2, 3, 3, 3]], |v| {
        conv2d(&v[0].narrow(3, 1, 3)?, &v[1].transpose(2, 3)?, None, Window::same(3))
    });
}

#[test]
fn conv_transpose2d_at_several_strides() {
    for (stride, padding, k) in [(2, 1, 4), (2, 0, 2), (1, 1, 3), (1, 0, 4), (3, 1, 3)] {
        let window = Window { stride, padding };
        check(&[&[2, 3, 3, 4], &[3, 2, k, k], &[2]], |v| conv_transpose2d(&v[0], &v[1], Some(&v[2]), window));
    }
    check(&[&[2, 3, 1, 1], &[3, 2, 4, 4]], |v| {
        conv_transpose2d(&v[0], &v[1], None, Window { stride: 1, padding: 0 })
    });
}

#[test]
fn group_norm_with_and_without_silu() {
    for activation in [Activation::Silu, Activation::Identity] {
        check(&[&[2, 4, 3, 5], &[2, 4], &[2, 4]], |v| group_norm(&v[0], 2, &v[1], &v[2], activation));
        check(&[&[1, 6, 4, 5], &[1, 6], &[1, 6]], |v| group_norm(&v[0], 3, &v[1], &v[2], activation));
    }
}

#[test]
fn group_norm_with_one_scale_for_all_samples() {
    check(&[&[2, 4, 3, 3], &[4], &[4]], |v| {
        group_norm(&v[0], 4, &v[1].broadcast_as((2, 4))?, &v[2].broadcast_as((2, 4))?, Activation::Silu)
    });
}

#[test]
fn layer_norm_and_rms_norm() {
    check(&[&[2, 3, 17], &[17], &[17]], |v| layer_norm(&v[0], &v[1], &v[2]));
    check(&[&[5, 16], &[16]], |v| rms_norm(&v[0], &v[1]));
    check(&[&[7, 2, 3], &[2]], |v| rms_norm(&v[0].transpose(1, 2)?, &v[1]));
}

#[test]
fn linear_layers_and_products() {
    check(&[&[3, 5], &[4, 5], &[4]], |v| linear(&v[0], &v[1], &v[2]));
    check(&[&[2, 3, 5], &[4, 5], &[4]], |v| linear(&v[0], &v[1], &v[2]));
    check(&[&[3, 5], &[5, 2]], |v| matmul(&v[0], &v[1]));
    check(&[&[2, 2, 3, 5], &[2, 2, 5, 4]], |v| matmul(&v[0], &v[1]));
    check(&[&[2, 3, 5], &[4, 5]], |v| matmul(&v[0], &v[1].t()?));
}

#[test]
fn attention_of_itself_and_of_others() {
    check(&[&[2, 2, 3, 4][..]; 3], |v| attention(&v[0], &v[1], &v[2], None));
    check(&[&[2, 2, 3, 4], &[2, 2, 5, 4], &[2, 2, 5, 3]], |v| attention(&v[0], &v[1], &v[2], None));
    // More queries than one block has.
    check(&[&[1, 1, 53, 2], &[1, 1, 3, 2], &[1, 1, 3, 2]], |v| attention(&v[0], &v[1], &v[2], None));
}

#[test]
fn attention_under_a_mask_and_with_its_weights() {
    let mask = Tensor::new(&[[1_u8, 0, 0], [1, 1, 0], [0, 1, 1]], &Device::Cpu).unwrap();
    check(&[&[2, 2, 3, 4][..]; 3], |v| attention(&v[0], &v[1], &v[2], Some(&mask)));
    check(&[&[2, 2, 3, 4][..]; 3], |v| {
        let (y, weights) = attention_with_weights(&v[0], &v[1], &v[2], Some(&mask))?;
        Tensor::cat(&[y, weights], 3)
    });
}

#[test]
fn functions_of_each_number() {
    check(&[&[3, 4]], |v| silu(&(&v[0] * 3.0)?));
    check(&[&[3, 4]], |v| gelu(&(&v[0] * 3.0)?));
    check(&[&[3, 4]], |v| leaky_relu(&v[0], 0.2));
    check(&[&[3, 4]], |v| tanh(&v[0]));
    check(&[&[3, 19]], |v| softmax(&(&v[0] * 3.0)?));
}

#[test]
fn pictures_larger_smaller_and_in_patches() {
    check(&[&[2, 3, 3, 4]], |v| upsample_nearest2x(&v[0]));
    check(&[&[2, 3, 4, 6]], |v| avg_pool2x(&v[0]));
    check(&[&[2, 3, 4, 2]], |v| space_to_depth(&v[0]));
    check(&[&[2, 8, 2, 3]], |v| depth_to_space(&v[0]));
    check(&[&[2, 2, 6, 3]], |v| patchify(&v[0], 3));
    check(&[&[2, 6, 12]], |v| unpatchify(&v[0], 2, 4, 6));
    check(&[&[2, 3, 3, 4], &[2, 2, 3, 4]], |v| concat_channels(&v[0], &v[1]));
    let indices = Tensor::new(&[[0_u32, 5], [2, 2]], &Device::Cpu).unwrap();
    check(&[&[6, 3]], |v| embedding(&v[0], &indices));
}

#[test]
fn losses() {
    check(&[&[3, 4], &[3, 4]], |v| bce_with_logits(&v[0], &v[1]));
    check(&[&[3, 4], &[3, 4]], |v| mse_loss(&v[0], &v[1]));
    check(&[&[3, 4]], |v| sum_squares(&v[0]));
    let labels = Tensor::new(&[3_u32, 0], &Device::Cpu).unwrap();
    check(&[&[2, 4]], |v| cross_entropy(&v[0], &labels));
}
