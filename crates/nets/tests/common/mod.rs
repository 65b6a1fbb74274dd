//! What the tests of networks share.

#![allow(dead_code, reason = "not every file of tests uses all of it")]

use candle_core::Var;
use candle_nn::{Optimizer, SGD, VarMap};
use noisebook_nets::VarBuilder;
use noisebook_ops::{DType, Device, Noise, Result, Stream, Tensor};

pub fn normal(sample: u64, shape: &[usize]) -> Tensor {
    let values = Noise::new(5).normal(Stream::Data, sample, 0, shape.iter().product());
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

/// A network over variables whose values come from counted noise, the zeros of its config included, so that no
/// gradient is zero because a later layer still is.
pub fn network<N>(build: impl FnOnce(&VarBuilder<'_>) -> Result<N>) -> (N, Vec<(String, Var)>) {
    let vars = VarMap::new();
    let net = build(&VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu)).unwrap();
    let data = vars.data().lock().unwrap();
    let mut named: Vec<(String, Var)> = data.iter().map(|(name, var)| (name.clone(), var.clone())).collect();
    named.sort_by(|a, b| a.0.cmp(&b.0));
    for ((name, var), i) in named.iter().zip(0..) {
        let fan_in: usize = var.dims().iter().skip(1).product();
        let random = (normal(1000 + i, var.dims()) * (1.0 / fan_in as f64).sqrt()).unwrap();
        let is_scale = name.contains("norm") && name.ends_with("weight");
        var.set(&if is_scale { (random * 0.1).unwrap() + 1.0 } else { Ok(random) }.unwrap()).unwrap();
    }
    (net, named)
}

/// Each parameter gets a finite gradient that is not zero and moves within three updates, and plain gradient descent makes the
/// loss small.
pub fn check(vars: &[(String, Var)], lr: f64, updates: usize, below: f32, loss: impl Fn() -> Tensor) {
    let all = vars.iter().map(|(_, var)| var.clone()).collect();
    check_with(SGD::new(all, lr).unwrap(), vars, updates, below, loss);
}

/// The same by another rule than plain gradient descent.
pub fn check_with(
    mut optimizer: impl Optimizer,
    vars: &[(String, Var)],
    updates: usize,
    below: f32,
    loss: impl Fn() -> Tensor,
) {
    let gradients = loss().backward().unwrap();
    // The bias of the keys moves every score of a query alike, which the softmax does not see.
    let is_blind = |name: &str| name.ends_with("k.bias");
    for (name, var) in vars {
        let gradient = gradients.get(var).unwrap_or_else(|| panic!("{name} has no gradient"));
        let largest =
            gradient.abs().unwrap().flatten_all().unwrap().max(0).unwrap().to_scalar::<f32>().unwrap();
        assert!(largest.is_finite() && (largest > 1e-8 || is_blind(name)), "{name}: gradient {largest}");
    }
    let values = |var: &Var| var.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let before: Vec<Vec<f32>> = vars.iter().map(|(_, var)| values(var)).collect();
    for update in 0..updates {
        optimizer.backward_step(&loss()).unwrap();
        if update == 2 {
            for ((name, var), before) in vars.iter().zip(&before) {
                assert!(values(var) != *before || is_blind(name), "{name} has not moved in three updates");
            }
        }
    }
    let last = loss().to_scalar::<f32>().unwrap();
    assert!(last < below, "the loss is still {last} after {updates} updates");
}
