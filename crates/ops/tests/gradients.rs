//! Every operation's value against candle's own, and its gradients against finite differences.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use candle_core::{DType, Device, Result, Tensor, Var};
use noisebook_ops::{
    Activation, Noise, Stream, Window, attention, conv2d, depth_to_space, group_norm, linear, space_to_depth,
};

/// A normal tensor of its own for each `sample`.
fn normal(sample: u64, shape: &[usize]) -> Tensor {
    let values = Noise::new(11).normal(Stream::Data, sample, 0, shape.iter().product());
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

fn same(x: &Tensor, w: &Tensor, b: &Tensor) -> Result<Tensor> {
    conv2d(x, w, Some(b), Window::same(w.dim(3)?))
}

fn max_abs_difference(a: &Tensor, b: &Tensor) -> f64 {
    let difference = (a.to_dtype(DType::F64).unwrap() - b.to_dtype(DType::F64).unwrap()).unwrap();
    difference.abs().unwrap().flatten_all().unwrap().max(0).unwrap().to_scalar().unwrap()
}

/// Compares the gradient of Σ f(inputs) · (1 + f(inputs)) with central differences, at every input value.
/// The inputs are used twice, so a gradient that overwrites another's is found.
fn check(shapes: &[&[usize]], f: impl Fn(&[Tensor]) -> Result<Tensor>) {
    let vars: Vec<Var> =
        shapes.iter().zip(0..).map(|(s, i)| Var::from_tensor(&normal(i, s)).unwrap()).collect();
    let scalar = |inputs: &[Tensor]| -> Result<Tensor> {
        let y = f(inputs)?;
        let twice = inputs
            .iter()
            .try_fold(Tensor::zeros((), DType::F32, &Device::Cpu)?, |sum, x| sum + x.sqr()?.sum_all()?)?;
        ((&y * (1.0 + &y)?)?.sum_all()? + twice)?.reshape(())
    };
    let tensors: Vec<Tensor> = vars.iter().map(|v| v.as_tensor().clone()).collect();
    let gradients = scalar(&tensors).unwrap().backward().unwrap();
    for (i, var) in vars.iter().enumerate() {
        let gradient =
            gradients.get(var).expect("a gradient").flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let values = var.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let largest = gradient.iter().fold(1.0_f32, |a, g| a.max(g.abs()));
        for j in (0..values.len()).step_by(1 + values.len().div_euclid(40)) {
            let shifted = |by: f32| {
                let mut moved = values.clone();
                moved[j] += by;
                let mut inputs: Vec<Tensor> = tensors.iter().map(Tensor::detach).collect();
                inputs[i] = Tensor::from_vec(moved, var.shape(), &Device::Cpu).unwrap();
                // In f64, so that the difference keeps its digits: the same operations in another type.
                let inputs: Vec<Tensor> = inputs.iter().map(|t| t.to_dtype(DType::F64).unwrap()).collect();
                let y = f(&inputs).unwrap();
                let twice: f64 = inputs
                    .iter()
                    .map(|x| x.sqr().unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap())
                    .sum();
                (&y * (1.0 + &y).unwrap()).unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap() + twice
            };
            let step = 1e-3_f32;
            // The step that f32 really made.
            let (up, down) = (f64::from(values[j] + step), f64::from(values[j] - step));
            let difference = (shifted(step) - shifted(-step)) / (up - down);
            let error = (difference - f64::from(gradient[j])).abs() / f64::from(largest);
            assert!(error < 1e-3, "input {i}, value {j}: gradient {}, difference {difference}", gradient[j]);
        }
    }
}

#[test]
fn conv2d_3x3() {
    check(&[&[2, 3, 5, 4], &[4, 3, 3, 3], &[4]], |v| same(&v[0], &v[1], &v[2]));
}

#[test]
fn conv2d_1x1_of_one_picture() {
    check(&[&[1, 3, 3, 2], &[2, 3, 1, 1], &[2]], |v| same(&v[0], &v[1], &v[2]));
}

#[test]
fn conv2d_5x5_on_pictures_smaller_than_the_kernel() {
    check(&[&[2, 2, 3, 1], &[2, 2, 5, 5], &[2]], |v| same(&v[0], &v[1], &v[2]));
}

#[test]
fn conv2d_of_a_view_that_is_not_contiguous() {
    check(&[&[5, 2, 3, 4], &[2, 3, 3, 3], &[2]], |v| same(&v[0].permute((1, 2, 0, 3))?, &v[1], &v[2]));
}

#[test]
fn group_norm_with_silu() {
    check(&[&[2, 4, 3, 5], &[2, 4], &[2, 4]], |v| group_norm(&v[0], 2, &v[1], &v[2], Activation::Silu));
}

#[test]
fn group_norm_alone() {
    check(&[&[3, 6, 2, 3], &[3, 6], &[3, 6]], |v| group_norm(&v[0], 3, &v[1], &v[2], Activation::Identity));
}

#[test]
fn group_norm_with_one_scale_for_all_samples() {
    check(&[&[2, 4, 3, 3], &[4], &[4]], |v| {
        group_norm(&v[0], 4, &v[1].broadcast_as((2, 4))?, &v[2].broadcast_as((2, 4))?, Activation::Silu)
    });
}

#[test]
fn linear_layer() {
    check(&[&[3, 5], &[4, 5], &[4]], |v| linear(&v[0], &v[1], &v[2]));
}

#[test]
fn attention_of_two_heads() {
    check(&[&[2, 2, 3, 4], &[2, 2, 5, 4], &[2, 2, 5, 4]], |v| attention(&v[0], &v[1], &v[2], None));
}

#[test]
fn folding_and_unfolding() {
    check(&[&[2, 3, 4, 2]], |v| space_to_depth(&v[0]));
    check(&[&[2, 8, 2, 3]], |v| depth_to_space(&v[0]));
    let x = normal(0, &[2, 3, 4, 6]);
    assert_eq!(max_abs_difference(&x, &depth_to_space(&space_to_depth(&x).unwrap()).unwrap()), 0.0);
}

/// Our kernels against candle's own in f64: the same operation on the other path.
#[test]
fn values_agree_with_candle() {
    let x = normal(0, &[3, 8, 7, 9]);
    let (w, b) = (normal(1, &[5, 8, 3, 3]), normal(2, &[5]));
    let (scale, shift) = (normal(3, &[3, 8]), normal(4, &[3, 8]));
    let double = |t: &Tensor| t.to_dtype(DType::F64).unwrap();
    let ours = same(&x, &w, &b).unwrap();
    assert!(max_abs_difference(&ours, &same(&double(&x), &double(&w), &double(&b)).unwrap()) < 1e-4);
    let ours = group_norm(&x, 4, &scale, &shift, Activation::Silu).unwrap();
    let theirs = group_norm(&double(&x), 4, &double(&scale), &double(&shift), Activation::Silu).unwrap();
    assert!(max_abs_difference(&ours, &theirs) < 1e-5);
}

#[test]
fn a_sample_does_not_depend_on_its_batch() {
    let x = normal(0, &[16, 8, 8, 8]);
    let (w, b) = (normal(1, &[8, 8, 3, 3]), normal(2, &[8]));
    let (all, part) = (same(&x, &w, &b).unwrap(), same(&x.narrow(0, 4, 3).unwrap(), &w, &b).unwrap());
    assert_eq!(max_abs_difference(&all.narrow(0, 4, 3).unwrap(), &part), 0.0);
    let (rows, weight, bias) = (normal(3, &[16, 33]), normal(4, &[20, 33]), normal(5, &[20]));
    let all = linear(&rows, &weight, &bias).unwrap();
    let part = linear(&rows.narrow(0, 7, 1).unwrap(), &weight, &bias).unwrap();
    assert_eq!(max_abs_difference(&all.narrow(0, 7, 1).unwrap(), &part), 0.0);
}

#[test]
fn an_empty_batch_and_wrong_shapes_are_refused() {
    let (w, b) = (normal(1, &[5, 8, 3, 3]), normal(2, &[5]));
    let empty = Tensor::zeros((0, 8, 4, 4), DType::F32, &Device::Cpu).unwrap();
    assert!(same(&empty, &w, &b).unwrap_err().to_string().contains("at least as large"));
    assert!(same(&normal(0, &[2, 7, 4, 4]), &w, &b).unwrap_err().to_string().contains("(c_out, 7, k, k)"));
    let x = normal(0, &[2, 6, 4, 4]);
    let affine = normal(1, &[2, 6]);
    assert!(group_norm(&x, 4, &affine, &affine, Activation::Silu).is_err());
    assert!(group_norm(&x, 0, &affine, &affine, Activation::Silu).is_err());
}
