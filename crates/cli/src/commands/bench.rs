//! `noisebook bench ops|unet|growth|ui|live`: how fast this machine computes, and how soon it has learned something.
//!
//! `ops` times the operations under the networks, each forward and in training; `unet` an update and a sampling step of the
//! digits model. `tests/peers/` times the same work in PyTorch, to compare with. `ui` drives the window's code without opening
//! one and times what a learner waits for; only the graphics driver's part is missing. `live` is in `bench_live.rs`.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use candle_core::Var;
use clap::ValueEnum;
use noisebook_app::{AppOptions, BenchOptions, BenchReport, Renderer};
use noisebook_diffusion::{BatchNoise, Guidance, Sampling};
use noisebook_ops::{
    Activation, Device, Noise, Result, Stream, Tensor, Window, attention, conv2d, device, gelu, group_norm,
    layer_norm, matmul, sum_squares, upsample_nearest2x,
};
use noisebook_shelf::Shelf;
use noisebook_train::Trainer;
use serde_json::{Map, Value, json};

use super::bench_live::{self, LiveOptions};
use crate::arguments::{DeviceArgs, within};
use crate::home::Home;
use crate::{model, output};

/// Calls before the clock runs, and calls that it times: the median of these counts.
const WARM_UPS: usize = 3;
const LAPS: usize = 5;
/// The model that `bench unet` trains and samples, and how many pictures at once.
const MODEL: &str = "ddpm-digits";
const BATCH: usize = 64;

#[derive(Debug, clap::Args)]
pub struct BenchArgs {
    /// What to time
    #[arg(value_enum)]
    what: What,
    /// Print one line of JSON: threads, and milliseconds by name
    #[arg(long)]
    json: bool,
    /// With `ui`: how long to turn pages and drag timelines, to see whether memory grows (5 seconds without it)
    #[arg(long, value_name = "M", allow_negative_numbers = true, value_parser = within(0.0..=60.0))]
    minutes: Option<f64>,
    /// With `ui`: passes to time while a network samples
    #[arg(long, value_name = "N", hide = true, default_value_t = 600, value_parser = within(1..=1_000_000_usize))]
    passes: usize,
    /// With `ui`: places on the timeline to drag to
    #[arg(long, value_name = "N", hide = true, default_value_t = 200, value_parser = within(1..=1_000_000_usize))]
    scrubs: usize,
    /// With `live`: the seed of the first training
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = within(0..=1_000_000_u64))]
    seed: u64,
    /// With `live`: trainings of each kind, each with the next seed
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = within(1..=100_u64))]
    seeds: u64,
    /// With `live`: how long to train on digits, judged at 60 seconds and at the end
    #[arg(long, value_name = "S", default_value_t = 180.0, value_parser = within(1.0..=3600.0))]
    seconds: f64,
    #[command(flatten)]
    device: DeviceArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum What {
    /// The operations under the networks
    Ops,
    /// A training update and a sampling step of the digits model, 64 pictures at once
    Unet,
    /// How the time of the operations grows with the batch and with their sizes
    Growth,
    /// The window, without opening one: its first frame, passes while a network samples, drags of the timeline, memory
    Ui,
    /// Trainings to watch: how many of 100 digits are readable after 60 and 180 seconds, and when points are covered
    Live,
}

/// Names and milliseconds, in the order they were measured.
pub type Times = Vec<(String, f64)>;

pub fn run(args: &BenchArgs) -> anyhow::Result<()> {
    let device = device(&args.device.device)?;
    let times = match args.what {
        What::Ops => ops(&device)?,
        What::Unet => unet(&device)?,
        What::Growth => growth(&device)?,
        What::Ui => return ui(args, device),
        What::Live => {
            let (seeds, seconds, json) = (args.seed..args.seed + args.seeds, args.seconds, args.json);
            return bench_live::run(&LiveOptions { seeds, seconds, json, device });
        }
    };
    if args.json {
        let times: Map<_, _> = times.into_iter().map(|(name, ms)| (name, json!(ms))).collect();
        return output::json(&json!({ "threads": num_threads(), "ops": times, "peak_mb": peak_mb() }));
    }
    let rows: Vec<_> = times.into_iter().map(|(name, ms)| vec![name, format!("{ms:.2}")]).collect();
    output::text(&output::table(&["work", "ms"], &rows))
}

/// Times the window with a profile of its own, which is forgotten.
fn ui(args: &BenchArgs, device: Device) -> anyhow::Result<()> {
    let profile = tempfile::tempdir().context("could not make a folder for a profile")?;
    let home = Home::find()?;
    let options = AppOptions {
        store: home.store(),
        kernel: super::window::kernel(&home, &device)?,
        device,
        profile_dir: profile.path().to_path_buf(),
        renderer: Renderer::default(),
        watch: false,
        open: None,
    };
    let mut how =
        BenchOptions { num_passes: args.passes, num_scrubs: args.scrubs, ..BenchOptions::default() };
    if let Some(minutes) = args.minutes {
        how.wandering = Duration::from_secs_f64(60.0 * minutes);
    }
    let report = noisebook_app::bench(options, &how)?;
    let BenchReport {
        first_frame_ms,
        pass_ms,
        training_ms,
        game_ms,
        scrub_ms,
        schedule_ms,
        memory_mb_start,
        memory_mb_end,
    } = &report;
    let percentile = BenchReport::percentile;
    let measured = [
        ("first_frame_ms", "from nothing to the first frame, ms", Some(*first_frame_ms)),
        ("pass_ms_p50", "a frame while a network samples, ms: half stay within", percentile(pass_ms, 0.5)),
        ("pass_ms_p99", "99 of 100 stay within", percentile(pass_ms, 0.99)),
        (
            "training_ms_p50",
            "a frame while a network learns, ms: half stay within",
            percentile(training_ms, 0.5),
        ),
        ("training_ms_p99", "99 of 100 stay within", percentile(training_ms, 0.99)),
        ("game_ms_p50", "a frame while two GANs play, ms: half stay within", percentile(game_ms, 0.5)),
        ("game_ms_p99", "99 of 100 stay within", percentile(game_ms, 0.99)),
        (
            "scrub_ms_p50",
            "from dragging the knob to the picture, ms: half stay within",
            percentile(scrub_ms, 0.5),
        ),
        ("scrub_ms_p99", "99 of 100 stay within", percentile(scrub_ms, 0.99)),
        (
            "schedule_ms_p50",
            "from dragging a schedule to its pictures, ms: half stay within",
            percentile(schedule_ms, 0.5),
        ),
        ("schedule_ms_p99", "99 of 100 stay within", percentile(schedule_ms, 0.99)),
        ("memory_mb_start", "the most memory in the first reading of two lessons, MB", *memory_mb_start),
        ("memory_mb_end", "the most memory in the last, MB", *memory_mb_end),
    ];
    let measured = measured.into_iter().filter_map(|(key, meaning, value)| Some((key, meaning, value?)));
    if args.json {
        let mut object: Map<String, Value> =
            measured.map(|(key, _, value)| (key.to_owned(), json!(value))).collect();
        object.insert("num_passes".to_owned(), json!(pass_ms.len()));
        object.insert("num_scrubs".to_owned(), json!(scrub_ms.len()));
        object.insert("minutes".to_owned(), json!(how.wandering.as_secs_f64() / 60.0));
        return output::json(&object);
    }
    let rows: Vec<_> =
        measured.map(|(_, meaning, value)| vec![meaning.to_owned(), format!("{value:.1}")]).collect();
    output::text(&output::table(&["window, without its graphics driver", "measured"], &rows))
}

/// How many threads share the work of an operation.
pub fn num_threads() -> usize {
    let asked = std::env::var("RAYON_NUM_THREADS").ok().and_then(|threads| threads.parse().ok());
    asked
        .filter(|&threads| threads > 0)
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// The most memory that this process had at once, in megabytes, where the system tells.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes / 1024.0)
}

/// The median time of a call, in milliseconds, until its work is done on `device`.
fn timed<T>(device: &Device, mut call: impl FnMut() -> anyhow::Result<T>) -> anyhow::Result<f64> {
    let mut laps = Vec::new();
    for lap in 0..WARM_UPS + LAPS {
        let started = Instant::now();
        call()?;
        device.synchronize()?;
        if lap >= WARM_UPS {
            laps.push(started.elapsed().as_secs_f64() * 1e3);
        }
    }
    laps.sort_by(f64::total_cmp);
    Ok(laps[LAPS >> 1])
}

/// Times operations on inputs of their own.
struct Ops<'a> {
    device: &'a Device,
    times: Times,
}

impl Ops<'_> {
    /// An operation on tensors of these shapes, forward and in training.
    fn both(
        &mut self,
        name: &str,
        shapes: &[&[usize]],
        op: impl Fn(&[Tensor]) -> Result<Tensor>,
    ) -> anyhow::Result<()> {
        self.forward(name, shapes, &op)?;
        self.train(name, shapes, &op)
    }

    fn forward(
        &mut self,
        name: &str,
        shapes: &[&[usize]],
        op: &dyn Fn(&[Tensor]) -> Result<Tensor>,
    ) -> anyhow::Result<()> {
        let inputs: Vec<Tensor> = self.inputs(shapes)?.iter().map(Var::as_detached_tensor).collect();
        self.times.push((format!("{name}-fwd"), timed(self.device, || Ok(op(&inputs)?))?));
        Ok(())
    }

    /// Forward, sum of squares, backward to every input.
    fn train(
        &mut self,
        name: &str,
        shapes: &[&[usize]],
        op: &dyn Fn(&[Tensor]) -> Result<Tensor>,
    ) -> anyhow::Result<()> {
        let inputs: Vec<Tensor> = self.inputs(shapes)?.into_iter().map(Var::into_inner).collect();
        let train = || Ok(sum_squares(&op(&inputs)?)?.backward()?);
        self.times.push((format!("{name}-train"), timed(self.device, train)?));
        Ok(())
    }

    fn inputs(&self, shapes: &[&[usize]]) -> Result<Vec<Var>> {
        let drawn = shapes.iter().zip(0..).map(|(shape, step)| {
            let noise = Noise::new(0);
            Var::from_tensor(&noise.normal_tensor(
                Stream::Data,
                0,
                shape[0],
                step,
                &shape[1..],
                self.device,
            )?)
        });
        drawn.collect()
    }
}

/// The operations under the networks, with the shapes of networks that train on a laptop.
///
/// # Errors
/// When one of them fails on the device.
pub fn ops(device: &Device) -> anyhow::Result<Times> {
    let mut ops = Ops { device, times: Vec::new() };
    // Only its forward pass has a peer.
    ops.forward("matmul-1024", &[&[1024, 1024], &[1024, 1024]], &|v: &[Tensor]| matmul(&v[0], &v[1]))?;
    for (c, size) in [(32, 32), (64, 16), (64, 32), (128, 8), (128, 16)] {
        let name = format!("conv3x3-c{c}-s{size}");
        ops.both(&name, &[&[32, c, size, size], &[c, c, 3, 3]], |v| {
            conv2d(&v[0], &v[1], None, Window::same(3))
        })?;
    }
    let shapes: [&[usize]; 2] = [&[32, 64, 32, 32], &[128, 64, 3, 3]];
    let halved = Window { stride: 2, padding: 1 };
    ops.both("conv3x3-stride2-c64-128-s32", &shapes, |v| conv2d(&v[0], &v[1], None, halved))?;
    let shapes: [&[usize]; 2] = [&[32, 64, 32, 32], &[32, 64, 1, 1]];
    ops.both("conv1x1-c64-32-s32", &shapes, |v| conv2d(&v[0], &v[1], None, Window::same(1)))?;
    ops.both("group-norm-silu-c64-s32", &[&[32, 64, 32, 32], &[64], &[64]], |v| {
        let (scale, shift) = (v[1].broadcast_as((32, 64))?, v[2].broadcast_as((32, 64))?);
        group_norm(&v[0], 8, &scale, &shift, Activation::Silu)
    })?;
    ops.both("layer-norm-n256-d192", &[&[32, 256, 192], &[192], &[192]], |v| {
        layer_norm(&v[0], &v[1], &v[2])
    })?;
    ops.both("attention-h4-n256-d48", &[&[32, 4, 256, 48][..]; 3], |v| attention(&v[0], &v[1], &v[2], None))?;
    let shapes: [&[usize]; 3] = [&[2048, 256], &[256, 1024], &[1024, 256]];
    ops.both("mlp-gelu-2048-256-1024", &shapes, |v| matmul(&gelu(&matmul(&v[0], &v[1])?)?, &v[2]))?;
    ops.both("upsample2x-c64-s16", &[&[32, 64, 16, 16]], |v| upsample_nearest2x(&v[0]))?;
    Ok(ops.times)
}

/// One training update and one sampling step of the digits model, 64 pictures at once.
///
/// # Errors
/// When the model is not on the shelf, or fails on the device.
pub fn unet(device: &Device) -> anyhow::Result<Times> {
    let home = Home::find()?;
    let store = home.store();
    let mut trainer = Trainer::new(Shelf::new(&*store).file(MODEL)?, &*store, device)?;
    let update = timed(device, || Ok(trainer.step()?))?;

    let model = model::denoiser(&*store, MODEL, device)?;
    let shape = [&[BATCH], &model.sample_shape[..]].concat();
    let labels: Vec<u32> = (0..model.num_classes as u32).cycle().take(BATCH).collect();
    let mut sampling = Sampling::new(
        model.denoiser.clone(),
        model.sampler_config().build(&model.schedule)?,
        model.label_cond(&labels)?,
        Guidance::Scale(1.0),
        BatchNoise::new(Noise::new(0), 0, &shape, device)?,
    )?;
    let step = timed(device, || sampling.step()?.context("the sampling ended before the clock"))?;
    Ok(vec![("unet-update".to_owned(), update), ("unet-sampling-step".to_owned(), step)])
}

/// Training passes at growing sizes: the time of each, and after "/Gop" that time for a billion multiply-adds, which stays or
/// falls where the time grows no faster than the work.
///
/// # Errors
/// When one of them fails on the device.
fn growth(device: &Device) -> anyhow::Result<Times> {
    let mut times = Times::new();
    let mut measure =
        |name: String, operations: usize, shapes: &[&[usize]], op: &dyn Fn(&[Tensor]) -> Result<Tensor>| {
            let mut ops = Ops { device, times: Vec::new() };
            ops.train(&name, shapes, op)?;
            let ms = ops.times[0].1;
            times.push((name.clone(), ms));
            times.push((format!("{name}/Gop"), ms / (3.0 * operations as f64 / 1e9)));
            anyhow::Ok(())
        };
    let conv = |v: &[Tensor]| conv2d(&v[0], &v[1], None, Window::same(3));
    for b in [8, 16, 32, 64, 128] {
        let shapes: [&[usize]; 2] = [&[b, 64, 16, 16], &[64, 64, 3, 3]];
        measure(format!("conv3x3-c64-s16-b{b}"), b * 256 * 64 * 64 * 9, &shapes, &conv)?;
    }
    for s in [8, 16, 32, 64] {
        let shapes: [&[usize]; 2] = [&[16, 64, s, s], &[64, 64, 3, 3]];
        measure(format!("conv3x3-c64-s{s}-b16"), 16 * s * s * 64 * 64 * 9, &shapes, &conv)?;
    }
    for c in [16, 32, 64, 128, 256] {
        let shapes: [&[usize]; 2] = [&[32, c, 16, 16], &[c, c, 3, 3]];
        measure(format!("conv3x3-c{c}-s16-b32"), 32 * 256 * c * c * 9, &shapes, &conv)?;
    }
    for b in [8, 16, 32, 64, 128] {
        measure(
            format!("group-norm-silu-c64-s16-b{b}"),
            b * 64 * 256,
            &[&[b, 64, 16, 16], &[b, 64], &[b, 64]],
            &|v| group_norm(&v[0], 8, &v[1], &v[2], Activation::Silu),
        )?;
    }
    let attend = |v: &[Tensor]| attention(&v[0], &v[1], &v[2], None);
    for b in [4, 8, 16, 32, 64] {
        measure(
            format!("attention-h4-n128-d48-b{b}"),
            b * 4 * 2 * 128 * 128 * 48,
            &[&[b, 4, 128, 48][..]; 3],
            &attend,
        )?;
    }
    for n in [64, 128, 256, 512] {
        measure(
            format!("attention-h4-n{n}-d48-b8"),
            8 * 4 * 2 * n * n * 48,
            &[&[8, 4, n, 48][..]; 3],
            &attend,
        )?;
    }
    for n in [128, 256, 512, 1024] {
        measure(format!("matmul-{n}"), n * n * n, &[&[n, n], &[n, n]], &|v| matmul(&v[0], &v[1]))?;
    }
    Ok(times)
}
