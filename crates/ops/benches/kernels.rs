//! The kernels one by one, so that a change that slows one is seen: `cargo bench --package noisebook-ops`.

#![allow(missing_docs, clippy::unwrap_used, reason = "a bench is not documented, and ends by panicking")]

use candle_core::{Device, Result, Tensor, Var};
use criterion::{Criterion, criterion_group, criterion_main};
use noisebook_ops::{
    Activation, Noise, Stream, Window, attention, conv_transpose2d, conv2d, gelu, group_norm, layer_norm,
    linear, matmul, softmax, sum_squares,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An operation forward, and forward and backward.
fn both(c: &mut Criterion, name: &str, shapes: &[&[usize]], op: impl Fn(&[Tensor]) -> Result<Tensor>) {
    let noise = Noise::new(0);
    let vars: Vec<Var> = shapes
        .iter()
        .zip(0..)
        .map(|(shape, step)| {
            noise.normal_tensor(Stream::Data, 0, shape[0], step, &shape[1..], &Device::Cpu).unwrap()
        })
        .map(|input| Var::from_tensor(&input).unwrap())
        .collect();
    let plain: Vec<Tensor> = vars.iter().map(Var::as_detached_tensor).collect();
    let tracked: Vec<Tensor> = vars.iter().map(|var| var.as_tensor().clone()).collect();
    let mut group = c.benchmark_group(name);
    group.sample_size(20);
    group.bench_function("forward", |b| b.iter(|| op(&plain).unwrap()));
    group.bench_function("train", |b| {
        b.iter(|| sum_squares(&op(&tracked).unwrap()).unwrap().backward().unwrap());
    });
    group.finish();
}

fn kernels(c: &mut Criterion) {
    both(c, "matmul 512", &[&[512, 512], &[512, 512]], |v| matmul(&v[0], &v[1]));
    both(c, "linear 64×128→192", &[&[64, 128], &[192, 128], &[192]], |v| linear(&v[0], &v[1], &v[2]));
    for (channels, size) in [(32, 16), (64, 8), (96, 4)] {
        let name = format!("conv 3×3, {channels} channels, {size}×{size}");
        let shapes: [&[usize]; 2] = [&[64, channels, size, size], &[channels, channels, 3, 3]];
        both(c, &name, &shapes, |v| conv2d(&v[0], &v[1], None, Window::same(3)));
    }
    let halved = Window { stride: 2, padding: 1 };
    let shapes: [&[usize]; 2] = [&[32, 32, 32, 32], &[64, 32, 4, 4]];
    both(c, "conv 4×4 stride 2", &shapes, |v| conv2d(&v[0], &v[1], None, halved));
    let shapes: [&[usize]; 2] = [&[32, 64, 16, 16], &[64, 32, 4, 4]];
    both(c, "transposed conv 4×4 stride 2", &shapes, |v| conv_transpose2d(&v[0], &v[1], None, halved));
    let shapes: [&[usize]; 3] = [&[64, 32, 16, 16], &[64, 32], &[64, 32]];
    both(c, "group norm and SiLU", &shapes, |v| group_norm(&v[0], 8, &v[1], &v[2], Activation::Silu));
    both(c, "layer norm", &[&[4096, 192], &[192], &[192]], |v| layer_norm(&v[0], &v[1], &v[2]));
    both(c, "softmax", &[&[4096, 256]], |v| softmax(&v[0]));
    both(c, "attention", &[&[16, 4, 64, 24][..]; 3], |v| attention(&v[0], &v[1], &v[2], None));
    both(c, "GELU", &[&[1 << 20]], |v| gelu(&v[0]));
}

criterion_group!(benches, kernels);
criterion_main!(benches);
