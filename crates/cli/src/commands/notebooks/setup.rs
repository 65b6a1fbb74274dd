//! `noisebook notebooks setup [--device D] [--undo]`: makes Rust notebooks ready, in one command.

use std::time::{Duration, Instant};

use anyhow::bail;
use indicatif::ProgressBar;
use noisebook_kernel::protocol::Step;
use noisebook_kernel::setup::{self, Device, Progress, Ready};
use noisebook_kernel::{Locations, jupyter};

use crate::home::Home;
use crate::output;
use crate::progress;

#[derive(Debug, clap::Args)]
pub struct SetupArgs {
    /// What cells compute on besides the processor; it is compiled in
    #[arg(long, value_name = "DEVICE", default_value = "cpu", value_parser = ["cpu", "cuda", "metal"])]
    device: String,
    /// Remove all that a set-up has made
    #[arg(long)]
    undo: bool,
}

pub fn run(home: &Home, args: &SetupArgs) -> anyhow::Result<()> {
    let device = match args.device.as_str() {
        "cuda" => Device::Cuda,
        "metal" => Device::Metal,
        _ => Device::Cpu,
    };
    let locations = Locations::new(home.root().to_owned(), device)?;
    if args.undo {
        return undo(&locations);
    }
    let Some(toolchain) = setup::toolchain(&locations.home) else { bail!(setup::SetUpError::NoToolchain) };
    output::text(&format!(
        "Setting up Rust cells for Jupyter and for the window, with {}.\n\
         The first time this compiles some 400 crates: ten to twenty minutes on two cores. Later it takes seconds.\n\
         Everything goes to {}; `noisebook notebooks setup --undo` removes it.\n",
        toolchain.version,
        locations.dir.display(),
    ))?;
    let start = Instant::now();
    let ready = prepare(&locations)?;
    let entry = jupyter::install(&locations, &ready)?;
    output::text(&format!(
        "Ready after {} s. Jupyter finds the kernel \"{}\" in {}.\n{}",
        start.elapsed().as_secs(),
        jupyter::KERNEL_TITLE,
        entry.display(),
        next_step(&locations),
    ))
}

/// Prepares, and says what is under way: in one line that changes where somebody looks at a terminal, else once a step.
fn prepare(locations: &Locations) -> anyhow::Result<Ready> {
    let spinner = progress::spinner();
    let (mut step_before, mut num_crates, mut start) = (None, 0, Instant::now());
    let mut report = |step, detail: &str| {
        if step_before != Some(step) {
            finish(&spinner, step_before, start);
            (step_before, num_crates, start) = (Some(step), 0, Instant::now());
            if spinner.is_hidden() {
                progress::line(&format!("{} …", name(step)));
            }
        }
        num_crates += usize::from(detail.starts_with("Compiling"));
        spinner.set_message(format!("{}: {num_crates} crates, {detail}", name(step)));
    };
    let ready =
        setup::prepare(locations, &mut Progress { report: &mut report, under_way: Default::default() });
    finish(&spinner, step_before, start);
    spinner.finish_and_clear();
    Ok(ready?)
}

/// Says how long a step took.
fn finish(spinner: &ProgressBar, step: Option<Step>, start: Instant) {
    const WORTH_SAYING: Duration = Duration::from_secs(2);
    if let Some(step) = step.filter(|_| start.elapsed() > WORTH_SAYING) {
        spinner.suspend(|| progress::line(&format!("{}: {} s", name(step), start.elapsed().as_secs())));
    }
}

fn name(step: Step) -> &'static str {
    match step {
        Step::BuildingHost => "the process that runs cells",
        Step::BuildingTemplate => "what cells depend on",
        Step::StartingSession => "a session",
    }
}

fn next_step(locations: &Locations) -> String {
    let notebooks = locations.home.join("notebooks");
    let start = format!("`jupyter lab {}`", notebooks.display());
    if setup::is_installed("jupyter") {
        format!("Start with {start}.\n")
    } else {
        format!("Jupyter itself is missing: `pip install jupyterlab` brings it; then start with {start}.\n")
    }
}

fn undo(locations: &Locations) -> anyhow::Result<()> {
    let gone = jupyter::uninstall(locations)?;
    if gone.is_empty() {
        return output::text("There was nothing to remove.\n");
    }
    gone.iter().try_for_each(|folder| output::text(&format!("Removed {}.\n", folder.display())))
}
