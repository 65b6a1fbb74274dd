//! Every operation and its gradients against PyTorch, in float64 there: `tests/peers/ops_golden.py` made the numbers.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::HashMap;

use candle_core::{Device, Result, Tensor, Var, safetensors};
use noisebook_ops::{
    Activation, Adam, Trained, Window, attention, attention_with_weights, avg_pool2x, bce_with_logits,
    conv_transpose2d, conv2d, cross_entropy, embedding, gelu, group_norm, layer_norm, leaky_relu, linear,
    mse_loss, patchify, rms_norm, silu, softmax, squared_norm, tanh, unpatchify, upsample_nearest2x,
};

/// Largest difference from PyTorch, as a part of the largest value it has there.
const TOLERANCE: f64 = 1e-5;

struct Golden(HashMap<String, Tensor>);

impl Golden {
    fn load() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/ops.safetensors");
        Self(safetensors::load(path, &Device::Cpu).expect("run tests/peers/ops_golden.py"))
    }

    fn get(&self, name: &str) -> &Tensor {
        self.0.get(name).unwrap_or_else(|| panic!("no `{name}` in ops.safetensors"))
    }

    fn values(&self, name: &str) -> Vec<f32> {
        values(self.get(name))
    }

    /// Checks an operation's value, and its gradients with respect to every input.
    fn check(&self, case: &str, op: impl Fn(&[Tensor]) -> Result<Tensor>) {
        let vars: Vec<Var> = (0..)
            .map_while(|i| self.0.get(&format!("{case}.in.{i}")))
            .map(|input| Var::from_tensor(input).unwrap())
            .collect();
        assert!(!vars.is_empty(), "{case} has no input");
        let inputs: Vec<Tensor> = vars.iter().map(|var| var.as_tensor().clone()).collect();
        let out = op(&inputs).unwrap();
        assert_eq!(out.dims(), self.get(&format!("{case}.out")).dims(), "{case}");
        assert_close(case, &values(&out), &self.values(&format!("{case}.out")));
        let weighted = (out * self.get(&format!("{case}.cotangent"))).unwrap().sum_all().unwrap();
        let gradients = weighted.backward().unwrap();
        for (i, var) in vars.iter().enumerate() {
            let gradient = gradients.get(var).unwrap_or_else(|| panic!("{case}: no gradient of input {i}"));
            let name = format!("{case}.grad.{i}");
            assert_close(&name, &values(gradient), &self.values(&name));
        }
    }
}

fn values(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

fn assert_close(what: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0_f64, |largest, &value| largest.max(f64::from(value.abs())));
    let error = found.iter().zip(expected).map(|(a, b)| f64::from((a - b).abs())).fold(0.0, f64::max);
    assert!(
        error <= TOLERANCE * largest && !found.iter().any(|v| v.is_nan()),
        "{what}: off by {error:.2e} of {largest:.2e}"
    );
}

const fn window(stride: usize, padding: usize) -> Window {
    Window { stride, padding }
}

#[test]
fn convolutions() {
    let golden = Golden::load();
    for (case, window) in [
        ("conv2d_3x3_s1", Window::same(3)),
        ("conv2d_3x3_s1_one", Window::same(3)),
        ("conv2d_3x3_s1_even", Window::same(3)),
        ("conv2d_3x3_s2", window(2, 1)),
        ("conv2d_3x3_s2_even", window(2, 1)),
        ("conv2d_1x1", Window::same(1)),
        ("conv2d_5x5", Window::same(5)),
        ("conv2d_1x1_s2", window(2, 0)),
        ("conv2d_4x4_s2", window(2, 1)),
    ] {
        golden.check(case, |v| conv2d(&v[0], &v[1], Some(&v[2]), window));
    }
}

#[test]
fn transposed_convolutions() {
    let golden = Golden::load();
    for (case, window) in [
        ("conv_transpose2d_4x4_s2", window(2, 1)),
        ("conv_transpose2d_3x3_s1", Window::same(3)),
        ("conv_transpose2d_2x2_s2", window(2, 0)),
        ("conv_transpose2d_4x4_s1", window(1, 0)),
    ] {
        golden.check(case, |v| conv_transpose2d(&v[0], &v[1], Some(&v[2]), window));
    }
}

#[test]
fn products_and_normalizations() {
    let golden = Golden::load();
    golden.check("linear", |v| linear(&v[0], &v[1], &v[2]));
    golden.check("linear_3d", |v| linear(&v[0], &v[1], &v[2]));
    golden.check("group_norm", |v| group_norm(&v[0], 4, &v[1], &v[2], Activation::Identity));
    golden.check("group_norm_silu", |v| group_norm(&v[0], 4, &v[1], &v[2], Activation::Silu));
    golden.check("layer_norm", |v| layer_norm(&v[0], &v[1], &v[2]));
    golden.check("rms_norm", |v| rms_norm(&v[0], &v[1]));
}

#[test]
fn attention_with_and_without_a_mask() {
    let golden = Golden::load();
    let mask = golden.get("attention_masked.mask");
    golden.check("softmax", |v| softmax(&v[0]));
    for (case, mask) in [("attention", None), ("attention_masked", Some(mask))] {
        golden.check(case, |v| attention(&v[0], &v[1], &v[2], mask));
        golden.check(case, |v| Ok(attention_with_weights(&v[0], &v[1], &v[2], mask)?.0));
    }
}

#[test]
fn functions_of_each_number() {
    let golden = Golden::load();
    golden.check("silu", |v| silu(&v[0]));
    golden.check("gelu_tanh", |v| gelu(&v[0]));
    golden.check("leaky_relu", |v| leaky_relu(&v[0], 0.2));
    golden.check("tanh", |v| tanh(&v[0]));
}

#[test]
fn pictures_larger_smaller_and_in_patches() {
    let golden = Golden::load();
    golden.check("upsample_nearest2x", |v| upsample_nearest2x(&v[0]));
    golden.check("avg_pool2x", |v| avg_pool2x(&v[0]));
    golden.check("patchify", |v| patchify(&v[0], 2));
    golden.check("unpatchify", |v| unpatchify(&v[0], 2, 4, 6));
    golden.check("embedding", |v| embedding(&v[0], golden.get("embedding.indices")));
}

#[test]
fn losses() {
    let golden = Golden::load();
    golden.check("bce_with_logits", |v| bce_with_logits(&v[0], &v[1]));
    golden.check("mse_loss", |v| mse_loss(&v[0], &v[1]));
    golden.check("cross_entropy", |v| cross_entropy(&v[0], golden.get("cross_entropy.indices")));
}

#[test]
fn adam_with_and_without_decay() {
    let golden = Golden::load();
    for (case, beta2, weight_decay) in [("adam", 0.999, 0.0), ("adamw", 0.99, 0.1)] {
        let mut parameter = Trained::new(golden.values(&format!("{case}.in.0")));
        for i in 0..3 {
            let rule = Adam {
                beta1: 0.9,
                beta2,
                adam_eps: 1e-8,
                weight_decay,
                lr: 0.01,
                update: i + 1,
                grad_scale: 1.0,
                ema_decay: 0.5,
            };
            let ema = parameter.ema.clone();
            rule.apply(&mut parameter, &golden.values(&format!("{case}.grad.{i}")));
            let name = format!("{case}.values.{i}");
            assert_close(&name, &parameter.values, &golden.values(&name));
            let means: Vec<f32> = ema.iter().zip(&parameter.values).map(|(a, b)| 0.5 * (a + b)).collect();
            assert_close("moving average", &parameter.ema, &means);
        }
    }
}

#[test]
fn the_length_of_a_gradient() {
    let golden = Golden::load();
    for case in ["clip", "clip_short"] {
        let parts = [golden.values(&format!("{case}.in.0")), golden.values(&format!("{case}.in.1"))];
        let norm = parts.iter().map(|part| squared_norm(part)).sum::<f64>().sqrt();
        assert_close(case, &[norm as f32], &golden.values(&format!("{case}.norm")));
    }
}
