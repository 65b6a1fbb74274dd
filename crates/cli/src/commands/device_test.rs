//! Whether a device computes rightly, and how fast: what `noisebook doctor` asks of it.
//!
//! Every operation runs on the device in f32. Its value is compared with the same operation on the CPU in f64, and its
//! gradient, along a random direction, with a difference quotient of that.

use std::fmt::Write as _;
use std::process::Command;

use anyhow::Context as _;
use candle_core::Var;
use noisebook_diffusion::SamplerConfig;
use noisebook_ops::{
    Activation, DType, Device, Noise, Result, Stream, Tensor, Window, attention, avg_pool2x, bce_with_logits,
    conv_transpose2d, conv2d, embedding, gelu, group_norm, layer_norm, leaky_relu, linear, matmul, mse_loss,
    patchify, rms_norm, silu, softmax, tanh, upsample_nearest2x,
};

use super::bench;
use crate::home::Home;
use crate::output;
use crate::sampling::Plan;

/// What f32 may lose, as a part of the largest value.
const VALUE_TOLERANCE: f64 = 1e-4;
const GRADIENT_TOLERANCE: f64 = 1e-3;
/// How far a picture may be from the CPU's; its values lie from −1 to 1.
const PICTURE_TOLERANCE: f64 = 1e-3;
/// The model that samples on both devices, and how much of it.
const MODEL: &str = "ddpm-digits";
const NUM_PICTURES: usize = 4;
const NUM_STEPS: usize = 20;

type Op = fn(&[Tensor]) -> Result<Tensor>;

const SAME: Window = Window::same(3);
const HALVED: Window = Window { stride: 2, padding: 1 };

/// Each operation with the shapes of its inputs: more than one sample, odd sides.
const OPS: [(&str, &[&[usize]], Op); 21] = [
    ("conv2d 3×3", &[&[3, 5, 7, 6], &[4, 5, 3, 3], &[4]], |v| conv2d(&v[0], &v[1], Some(&v[2]), SAME)),
    ("conv2d 1×1", &[&[3, 5, 7, 6], &[4, 5, 1, 1], &[4]], |v| {
        conv2d(&v[0], &v[1], Some(&v[2]), Window::same(1))
    }),
    ("conv2d 3×3, stride 2", &[&[3, 5, 7, 6], &[4, 5, 3, 3]], |v| conv2d(&v[0], &v[1], None, HALVED)),
    ("conv2d 4×4, stride 2", &[&[2, 3, 8, 8], &[4, 3, 4, 4]], |v| conv2d(&v[0], &v[1], None, HALVED)),
    ("conv_transpose2d 4×4", &[&[2, 3, 5, 4], &[3, 4, 4, 4]], |v| {
        conv_transpose2d(&v[0], &v[1], None, HALVED)
    }),
    ("linear", &[&[3, 5, 17], &[9, 17], &[9]], |v| linear(&v[0], &v[1], &v[2])),
    ("matmul", &[&[2, 5, 17], &[2, 17, 9]], |v| matmul(&v[0], &v[1])),
    ("group_norm + SiLU", &[&[3, 8, 5, 7], &[3, 8], &[3, 8]], |v| {
        group_norm(&v[0], 4, &v[1], &v[2], Activation::Silu)
    }),
    ("layer_norm", &[&[3, 5, 17], &[17], &[17]], |v| layer_norm(&v[0], &v[1], &v[2])),
    ("rms_norm", &[&[3, 5, 17], &[17]], |v| rms_norm(&v[0], &v[1])),
    ("softmax", &[&[3, 5, 17]], |v| softmax(&v[0])),
    ("attention", &[&[2, 2, 5, 8], &[2, 2, 7, 8], &[2, 2, 7, 8]], |v| attention(&v[0], &v[1], &v[2], None)),
    ("silu", &[&[3, 17]], |v| silu(&v[0])),
    ("gelu", &[&[3, 17]], |v| gelu(&v[0])),
    ("leaky_relu", &[&[3, 17]], |v| leaky_relu(&v[0], 0.2)),
    ("tanh", &[&[3, 17]], |v| tanh(&v[0])),
    ("upsample_nearest2x", &[&[2, 3, 5, 4]], |v| upsample_nearest2x(&v[0])),
    ("avg_pool2x", &[&[2, 3, 6, 4]], |v| avg_pool2x(&v[0])),
    ("patchify and embedding", &[&[2, 3, 6, 4]], |v| {
        let rows = patchify(&v[0], 2)?.flatten(0, 1)?;
        embedding(&rows, &Tensor::new(&[3_u32, 0, 3, 11], rows.device())?)
    }),
    ("bce_with_logits", &[&[3, 5], &[3, 5]], |v| bce_with_logits(&v[0], &v[1])),
    ("mse_loss", &[&[3, 5], &[3, 5]], |v| mse_loss(&v[0], &v[1])),
];

/// What came of testing one operation.
struct Outcome {
    name: &'static str,
    value_error: f64,
    gradient_error: f64,
}

impl Outcome {
    fn is_right(&self) -> bool {
        // NaN is not.
        self.value_error <= VALUE_TOLERANCE && self.gradient_error <= GRADIENT_TOLERANCE
    }
}

/// Tests every operation and says in a few words that all are right.
///
/// # Errors
/// When one is wrong, or the device fails.
pub fn quick(device: &Device) -> anyhow::Result<String> {
    let outcomes = test_ops(device)?;
    for outcome in &outcomes {
        anyhow::ensure!(
            outcome.is_right(),
            "{} is wrong: its value is off by {:.1e}, its gradient by {:.1e}; do not use this device",
            outcome.name,
            outcome.value_error,
            outcome.gradient_error
        );
    }
    let worst =
        outcomes.iter().map(|outcome| outcome.gradient_error.max(outcome.value_error)).fold(0.0, f64::max);
    Ok(format!("{} operations and their gradients are right to {worst:.0e}", outcomes.len()))
}

/// Everything about a device in one table for people, and how many of its lines are bad.
///
/// # Errors
/// When the device fails, or the model that samples is not on the shelf.
pub fn full(device: &Device) -> anyhow::Result<(String, usize)> {
    let mut rows = Vec::new();
    let mut num_bad = 0;
    let mut row = |name: &str, found: String, allowed: String, is_right: bool| {
        num_bad += usize::from(!is_right);
        rows.push(vec![name.to_owned(), found, allowed, if is_right { "ok" } else { "BAD" }.to_owned()]);
    };
    for outcome in test_ops(device)? {
        let found = format!("{:.1e} and {:.1e}", outcome.value_error, outcome.gradient_error);
        let allowed = format!("{VALUE_TOLERANCE:.0e} and {GRADIENT_TOLERANCE:.0e}");
        row(outcome.name, found, allowed, outcome.is_right());
    }
    let difference = picture_difference(device)?;
    let name = format!("{NUM_PICTURES} digits of {MODEL}, {NUM_STEPS} steps, against the CPU");
    let is_right = difference <= PICTURE_TOLERANCE;
    row(&name, format!("{difference:.1e}"), format!("{PICTURE_TOLERANCE:.0e}"), is_right);

    let mut text = format!("Device: {}\n\n", describe(device));
    text += &output::table(&["operation", "error of value and gradient", "at most", ""], &rows);
    let times = [bench::ops(device)?, bench::unet(device)?].concat();
    let rows: Vec<_> = times.into_iter().map(|(name, ms)| vec![name, format!("{ms:.2}")]).collect();
    write!(text, "\n{}", output::table(&["work", "ms"], &rows))?;
    Ok((text, num_bad))
}

fn test_ops(device: &Device) -> anyhow::Result<Vec<Outcome>> {
    OPS.iter().map(|&(name, shapes, op)| test(device, name, shapes, op).context(name)).collect()
}

fn test(device: &Device, name: &'static str, shapes: &[&[usize]], op: Op) -> anyhow::Result<Outcome> {
    let draw = |stream: Stream, number: u64, shape: &[usize]| -> Result<Tensor> {
        let values = Noise::new(0).normal(stream, number, 0, shape.iter().product());
        Tensor::from_vec(values, shape, &Device::Cpu)?.to_dtype(DType::F64)
    };
    let numbered = || shapes.iter().zip(0..);
    let inputs = numbered().map(|(shape, i)| draw(Stream::Data, i, shape)).collect::<Result<Vec<_>>>()?;
    let steps = numbered().map(|(shape, i)| draw(Stream::Step, i, shape)).collect::<Result<Vec<_>>>()?;
    let vars = inputs
        .iter()
        .map(|x| Var::from_tensor(&x.to_dtype(DType::F32)?.to_device(device)?))
        .collect::<Result<Vec<_>>>()?;
    let tensors: Vec<Tensor> = vars.iter().map(|var| var.as_tensor().clone()).collect();

    let found = op(&tensors)?;
    let expected = op(&inputs)?;
    let value_error = largest(&(exact(&found)? - &expected)?)? / largest(&expected)?;

    // How fast Σ y · weights grows along the steps: by the gradients found, and by a quotient of differences.
    let weights = draw(Stream::Init, 0, expected.dims())?;
    let sum = |y: &Tensor, weights: &Tensor| (y * weights)?.sum_all();
    let gradients = sum(&found, &weights.to_dtype(DType::F32)?.to_device(device)?)?.backward()?;
    let (mut slope, mut squares) = (0.0, 0.0);
    for (var, step) in vars.iter().zip(&steps) {
        let gradient = exact(gradients.get(var).context("it has no gradient; do not use this device")?)?;
        slope += sum(&gradient, step)?.to_scalar::<f64>()?;
        squares += gradient.sqr()?.sum_all()?.to_scalar::<f64>()?;
    }
    const H: f64 = 1e-5;
    let shifted = |h: f64| -> Result<f64> {
        let moved = inputs.iter().zip(&steps).map(|(x, step)| x + (step * h)?).collect::<Result<Vec<_>>>()?;
        sum(&op(&moved)?, &weights)?.to_scalar()
    };
    let quotient = (shifted(H)? - shifted(-H)?) / (2.0 * H);
    // Along a random direction a slope is about as large as the gradient is long.
    let gradient_error = (slope - quotient).abs() / squares.sqrt();
    Ok(Outcome { name, value_error, gradient_error })
}

fn exact(x: &Tensor) -> Result<Tensor> {
    x.to_device(&Device::Cpu)?.to_dtype(DType::F64)
}

fn largest(x: &Tensor) -> Result<f64> {
    x.abs()?.flatten_all()?.max(0)?.to_scalar()
}

/// The largest difference between pictures of one seed from `device` and from the CPU.
fn picture_difference(device: &Device) -> anyhow::Result<f64> {
    let home = Home::find()?;
    let sample = |device: &Device| -> anyhow::Result<Vec<f32>> {
        let model = crate::model::denoiser(&*home.store(), MODEL, device)?;
        let mut plan = Plan::defaults(&model, NUM_PICTURES, 0);
        plan.config = SamplerConfig { num_inference_steps: NUM_STEPS, ..plan.config };
        Ok(plan.run(&model, |_, _| Ok(()))?.into_iter().flatten().collect())
    };
    let (found, expected) = (sample(device)?, sample(&Device::Cpu)?);
    Ok(found.iter().zip(&expected).map(|(a, b)| f64::from((a - b).abs())).fold(0.0, f64::max))
}

/// What the device is called, as far as this machine tells.
fn describe(device: &Device) -> String {
    let ask = |program: &str, args: &[&str]| -> Option<String> {
        let output =
            Command::new(program).args(args).output().ok().filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok()?.lines().next().map(|line| line.trim().to_owned())
    };
    let chip = || ask("sysctl", &["-n", "machdep.cpu.brand_string"]);
    let name = match device {
        Device::Cuda(_) => ask("nvidia-smi", &["--query-gpu=name", "--format=csv,noheader"]),
        Device::Metal(_) => chip(),
        Device::Cpu => std::fs::read_to_string("/proc/cpuinfo")
            .ok()
            .and_then(|info| {
                Some(
                    info.lines()
                        .find(|line| line.starts_with("model name"))?
                        .split_once(':')?
                        .1
                        .trim()
                        .to_owned(),
                )
            })
            .or_else(chip)
            .map(|name| format!("{name}, {} threads", bench::num_threads())),
    };
    let kind = noisebook_ops::device_name(device);
    name.map_or_else(|| kind.to_owned(), |name| format!("{kind}, {name}"))
}
