//! `noisebook schedule NAME [--steps 1000] [--json]`: a noise schedule as numbers.

use noisebook_diffusion::{NoiseSchedule, ScheduleName};
use serde::Serialize;

use crate::arguments::within;
use crate::output;

/// The most training timesteps that a table is made for.
const MAX_STEPS: u32 = 100_000;

#[derive(Debug, clap::Args)]
pub struct ScheduleArgs {
    /// linear, scaled-linear, cosine, sigmoid, or flow: the straight path of flow matching
    name: ScheduleName,
    /// How many steps lead from picture to noise
    #[arg(long, default_value_t = 1000, allow_negative_numbers = true, value_parser = within(1..=MAX_STEPS))]
    steps: u32,
    /// Print all numbers as one line of JSON
    #[arg(long)]
    json: bool,
}

/// As design.md fixes it; index i is the step t = i + 1.
#[derive(Serialize)]
struct Tables {
    betas: Vec<f64>,
    alphas_cumprod: Vec<f64>,
    snr: Vec<f64>,
}

pub fn run(args: &ScheduleArgs) -> anyhow::Result<()> {
    let num_steps = args.steps as usize;
    let schedule = NoiseSchedule::named(args.name, num_steps)?;
    if args.json {
        return output::json(&Tables {
            betas: schedule.betas().to_vec(),
            alphas_cumprod: schedule.alphas_cumprod().to_vec(),
            snr: schedule.snr().to_vec(),
        });
    }
    let mut rows = Vec::new();
    for t in marks(num_steps) {
        let rates = schedule.at(t)?;
        let beta = t.checked_sub(1).and_then(|idx| schedule.betas().get(idx));
        rows.push(vec![
            t.to_string(),
            beta.map_or_else(|| "–".to_owned(), |beta| format!("{beta:.6}")),
            format!("{:.6}", rates.alpha_cumprod),
            format!("{:.4}", rates.signal_rate),
            format!("{:.4}", rates.noise_rate),
            format!("{:.4e}", rates.snr),
        ]);
    }
    let header = ["t", "beta", "alpha_cumprod", "signal", "noise", "snr"];
    output::text(&output::table(&header, &rows))
}

/// t = 0, ten or fewer marks evenly between, and the end.
fn marks(num_steps: usize) -> Vec<usize> {
    let num_marks = num_steps.min(10);
    (0..=num_marks).map(|i| (i as f64 * num_steps as f64 / num_marks as f64).round() as usize).collect()
}
