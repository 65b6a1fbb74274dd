//! `noisebook trace`: a sampler on the analytic model x·t/(t+1), in float64, so that its every
//! number can be held against another implementation's.

use noisebook_diffusion::{
    NoiseSchedule, Prediction, SamplerConfig, SamplerName, ScheduleName, Spacing, trace,
};
use noisebook_ops::Noise;

use crate::arguments::within;
use crate::outcome::wrong_use;
use crate::output;

/// Training timesteps of the traced schedule, as in diffusers' own tests.
const NUM_TRAIN_TIMESTEPS: usize = 1000;

#[derive(Debug, clap::Args)]
pub struct TraceArgs {
    /// ddpm or ddim
    #[arg(long, value_name = "NAME")]
    sampler: SamplerName,
    /// How many steps the sampler takes
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = within(1..=NUM_TRAIN_TIMESTEPS))]
    steps: usize,
    /// linear, scaled-linear, cosine, sigmoid, or flow: the straight path of flow matching
    #[arg(long, value_name = "NAME", default_value = "linear")]
    schedule: ScheduleName,
    /// What the model's output means: epsilon, sample or v
    #[arg(long, value_name = "KIND", default_value = "epsilon")]
    prediction: Prediction,
    /// How the steps lie among the training timesteps: leading, linspace or trailing
    #[arg(long, value_name = "KIND", default_value = "leading")]
    spacing: Spacing,
    /// DDIM's share of fresh noise: 0 is deterministic, 1 is like DDPM
    #[arg(long, value_name = "E", allow_negative_numbers = true, value_parser = within(0.0..=1.0))]
    eta: Option<f64>,
    /// Put zeros where an ancestral sampler draws noise
    #[arg(long)]
    no_noise: bool,
    /// Print the trace as one line of JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &TraceArgs) -> anyhow::Result<()> {
    let config = SamplerConfig {
        sampler: args.sampler,
        num_inference_steps: args.steps,
        spacing: args.spacing,
        eta: eta(args)?,
        prediction: args.prediction,
        ..SamplerConfig::default()
    };
    let schedule = NoiseSchedule::named(args.schedule, NUM_TRAIN_TIMESTEPS)?;
    let noise = (!args.no_noise).then(|| Noise::new(0));
    let trace = trace(&config, &schedule, noise.as_ref())?;
    if args.json {
        return output::json(&trace);
    }
    let rows: Vec<Vec<String>> = trace
        .timesteps
        .iter()
        .zip(&trace.sigmas)
        .zip(&trace.path)
        .map(|((timestep, sigma), point)| {
            vec![
                timestep.to_string(),
                format!("{sigma:.6}"),
                format!("{:.6}", point.sum_abs),
                format!("{:.6}", point.mean_abs),
            ]
        })
        .collect();
    let header = ["timestep", "sigma", "sum_abs after", "mean_abs after"];
    output::text(&output::table(&header, &rows))
}

fn eta(args: &TraceArgs) -> anyhow::Result<f64> {
    match (args.eta, args.sampler) {
        (None, _) => Ok(0.0),
        (Some(eta), SamplerName::Ddim) => Ok(eta),
        (Some(_), other) => {
            Err(wrong_use(format!("--eta belongs to ddim; {other} always draws its own share of noise")))
        }
    }
}
