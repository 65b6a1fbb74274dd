//! The U-Net against its mirror in Python: same weights, same input (`tests/peers/unet_mirror.py`).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor, safetensors};
use noisebook_nets::{UNet, UNetConfig, VarBuilder};

const TOLERANCE: f64 = 1e-4;

#[test]
fn the_unet_agrees_with_its_pytorch_mirror() {
    let golden =
        safetensors::load_buffer(include_bytes!("../golden/unet.safetensors"), &Device::Cpu).unwrap();
    let weights: HashMap<String, Tensor> = golden
        .iter()
        .filter_map(|(name, tensor)| Some((name.strip_prefix("weights.")?.to_owned(), tensor.clone())))
        .collect();
    let config = UNetConfig {
        in_channels: 3,
        size: 16,
        channels: vec![8, 12],
        emb_dim: 16,
        num_classes: 5,
        num_groups: 4,
        num_heads: 2,
    };
    let unet = UNet::new(config, &VarBuilder::from_tensors(weights, DType::F32, &Device::Cpu)).unwrap();

    let timesteps: Vec<f64> = golden["timesteps"].to_vec1().unwrap();
    let labels = golden["labels"].to_dtype(DType::U32).unwrap();
    let found = unet.forward(&golden["x_t"], &timesteps, &labels).unwrap();

    let largest = |x: Tensor| {
        let x = x.abs().unwrap().flatten_all().unwrap().max(0).unwrap();
        f64::from(x.to_scalar::<f32>().unwrap())
    };
    let error = largest((&found - &golden["model_output"]).unwrap());
    println!("largest error {error:.1e}");
    // An output near zero would agree with anything.
    assert!(largest(found) > 0.5);
    assert!(error <= TOLERANCE, "the largest error is {error}");
}
