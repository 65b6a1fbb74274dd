//! `noisebook doctor`: what works on this machine, where the files are, what is missing and how to
//! get it.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, bail};
use candle_core::Var;
use noisebook_data::{Digits, Emoji, Store, catalog};
use noisebook_ops::{DType, Device, Noise, Stream, Tensor, Window, conv2d, device};
use noisebook_shelf::Shelf;

use super::check::load_model;
use super::window::{has_display, profile_dir};
use crate::home::Home;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// Test only this device: cpu, cuda, metal or auto
    #[arg(long, value_name = "D", value_parser = ["cpu", "cuda", "metal", "auto"])]
    device: Option<String>,
}

/// Lines of the report, and how many of them are about something broken.
#[derive(Default)]
struct Report {
    lines: Vec<String>,
    num_problems: usize,
}

impl Report {
    fn title(&mut self, title: &str) {
        if !self.lines.is_empty() {
            self.lines.push(String::new());
        }
        self.lines.push(title.to_owned());
    }

    fn good(&mut self, line: impl AsRef<str>) {
        self.lines.push(format!("  ok    {}", line.as_ref()));
    }

    /// Something that is not there and need not be.
    fn note(&mut self, line: impl AsRef<str>) {
        self.lines.push(format!("  note  {}", line.as_ref()));
    }

    fn problem(&mut self, line: impl AsRef<str>) {
        self.num_problems += 1;
        self.lines.push(format!("  BAD   {}", line.as_ref()));
    }
}

pub fn run(args: &DoctorArgs) -> anyhow::Result<()> {
    let mut report = Report::default();
    report.title(concat!("Noisebook ", env!("CARGO_PKG_VERSION")));
    devices(&mut report, args.device.as_deref());
    files(&mut report);
    window(&mut report);
    code(&mut report);
    output::text(&format!("{}\n", report.lines.join("\n")))?;
    match report.num_problems {
        0 => Ok(()),
        1 => bail!("one thing is broken: see BAD above"),
        num => bail!("{num} things are broken: see BAD above"),
    }
}

fn devices(report: &mut Report, only: Option<&str>) {
    report.title("Devices");
    let num_threads = std::thread::available_parallelism().map_or(1, usize::from);
    let names = only.map_or_else(|| vec!["cpu", "cuda", "metal"], |name| vec![name]);
    for name in names {
        match device(name) {
            Ok(found) => {
                let threads = match found {
                    Device::Cpu => format!(", {num_threads} threads"),
                    Device::Cuda(_) | Device::Metal(_) => String::new(),
                };
                match self_test(&found) {
                    Ok(outcome) => report.good(format!("{name}{threads}: {outcome}")),
                    Err(error) => report.problem(format!("{name}: {error:#}")),
                }
            }
            // Nobody asked for this one, and the CPU does everything.
            Err(error) if only.is_none() => report.note(error.to_string()),
            Err(error) => report.problem(error.to_string()),
        }
    }
}

/// One convolution, its gradient against a difference quotient, and the time for a larger one.
fn self_test(device: &Device) -> anyhow::Result<String> {
    /// An f32 difference quotient is no better than this.
    const TOLERANCE: f64 = 1e-2;
    let normal = |step: u64, shape: &[usize]| {
        let (num, rest) = shape.split_first().unwrap_or((&1, &[]));
        Noise::new(0).normal_tensor(Stream::Weights, 0, *num, step, rest, device)
    };

    // The value: an all-ones kernel adds up the nine neighbors, and 3·3 ones make 9 in the middle.
    let ones = Tensor::ones((1, 1, 3, 3), DType::F32, device)?;
    let sums: Vec<f32> = conv2d(&ones, &ones, None, Window::same(3))?.flatten_all()?.to_vec1()?;
    let expected = [4.0, 6.0, 4.0, 6.0, 9.0, 6.0, 4.0, 6.0, 4.0];
    let value_error = largest_difference(&sums, &expected);
    if value_error > 1e-5 {
        bail!("a convolution is wrong by {value_error:.2e}; do not use this device");
    }

    // The gradient: along a direction d, (f(w + h·d) − f(w − h·d)) / 2h = ⟨∇f(w), d⟩.
    let x = normal(0, &[2, 3, 8, 8])?;
    let weight = Var::from_tensor(&normal(1, &[4, 3, 3, 3])?)?;
    let direction = normal(2, &[4, 3, 3, 3])?;
    let loss =
        |weight: &Tensor| -> anyhow::Result<Tensor> { Ok(conv2d(&x, weight, None, Window::same(3))?.sqr()?.mean_all()?) };
    let gradients = loss(weight.as_tensor())?.backward()?;
    let gradient =
        gradients.get(weight.as_tensor()).context("a convolution has no gradient; do not use this device")?;
    let slope = scalar(&(gradient * &direction)?.sum_all()?)?;
    let h = 1e-2;
    let step = (&direction * h)?;
    let ahead = scalar(&loss(&(weight.as_tensor() + &step)?)?)?;
    let behind = scalar(&loss(&(weight.as_tensor() - &step)?)?)?;
    let quotient = (ahead - behind) / (2.0 * h);
    let gradient_error = (slope - quotient).abs() / quotient.abs().max(1.0);
    if gradient_error.is_nan() || gradient_error > TOLERANCE {
        bail!(
            "a gradient is {slope:.4} where a difference quotient gives {quotient:.4}; do not use this device"
        );
    }

    let (x, weight) = (normal(3, &[16, 32, 32, 32])?, normal(4, &[32, 32, 3, 3])?);
    let started = Instant::now();
    let sum = scalar(&conv2d(&x, &weight, None, Window::same(3))?.sum_all()?)?;
    let seconds = started.elapsed().as_secs_f64();
    if !sum.is_finite() {
        bail!("a larger convolution is not finite; do not use this device");
    }
    // Multiply-adds of a 3×3 convolution of 16 pictures, 32 to 32 channels at 32×32.
    let giga = 16.0 * 32.0 * 32.0 * 9.0 * 32.0 * 32.0 / 1e9;
    Ok(format!("convolution and gradient are right, {:.0} G multiply-adds a second", giga / seconds))
}

fn scalar(x: &Tensor) -> anyhow::Result<f64> {
    Ok(f64::from(x.to_scalar::<f32>()?))
}

fn largest_difference(found: &[f32], expected: &[f32]) -> f64 {
    found.iter().zip(expected).map(|(a, b)| f64::from((a - b).abs())).fold(0.0, f64::max)
}

fn files(report: &mut Report) {
    report.title("Files");
    match profile_dir() {
        Ok(folder) => report.good(format!("your own files: {}", folder.display())),
        Err(error) => report.problem(format!("{error:#}")),
    }
    let home = match Home::find() {
        Ok(home) => home,
        Err(error) => return report.problem(format!("{error:#}")),
    };
    report.good(format!("lessons, assets, models: {}", home.root().display()));
    let store = home.store();
    match catalog(&*store) {
        Ok(sets) => {
            let num_items: usize = sets.iter().map(|set| set.num_items).sum();
            report.good(format!("data: {num_items} pictures in {} sets", sets.len()));
        }
        Err(error) => report.problem(error.to_string()),
    }
    // The catalog only lists the pictures; loading finds those that are missing or damaged.
    let loaded = [Digits::load(&*store).map(drop), Emoji::load(&*store).map(drop)];
    for error in loaded.into_iter().filter_map(Result::err) {
        report.problem(error.to_string());
    }
    models(report, &*store);
    match store.list("assets/fonts") {
        Ok(_) => report.good("fonts: assets/fonts"),
        Err(error) => report.problem(error.to_string()),
    }
}

fn models(report: &mut Report, store: &dyn Store) {
    let shelf = Shelf::new(store);
    let names = match shelf.names() {
        Ok(names) => names,
        Err(error) => return report.problem(error.to_string()),
    };
    for name in names {
        match shelf.file(&name).and_then(|file| load_model(&shelf, &file)) {
            Ok(()) => report.good(format!("model: {name}")),
            Err(error) => report.problem(error.to_string()),
        }
    }
}

fn window(report: &mut Report) {
    report.title("Window");
    if has_display() {
        report.good("a display");
    } else {
        report.note("no display: `noisebook` will write the tour; `noisebook tour` does so anywhere");
    }
    if cfg!(target_os = "linux") {
        let has_driver = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"]
            .iter()
            .any(|folder| has_files(Path::new(folder)));
        if has_driver {
            report.good("a Vulkan driver");
        } else {
            report.note(
                "no Vulkan driver: `noisebook --renderer glow` draws with OpenGL; on Debian \
                 `apt install libvulkan1 mesa-vulkan-drivers` brings one",
            );
        }
    }
}

fn code(report: &mut Report) {
    report.title("Code");
    report.note("the Rust of a lesson is shown and does not run yet; nothing needs to be installed for it");
}

fn has_files(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}
