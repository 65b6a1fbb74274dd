//! `noisebook trace`: a sampler on the analytic model x·t/(t+1), in float64, so that its every
//! number can be held against another implementation's.

use noisebook_diffusion::{
    NoiseSchedule, Prediction, SamplerConfig, SamplerName, ScheduleName, Spacing, trace,
};
use noisebook_ops::Noise;

use super::sample::karras_belongs_to;
use crate::arguments::within;
use crate::outcome::wrong_use;
use crate::output;

/// Training timesteps of the traced schedule, as in diffusers' own tests.
const NUM_TRAIN_TIMESTEPS: usize = 1000;

#[derive(Debug, clap::Args)]
pub struct TraceArgs {
    /// ddpm, ddim, euler, euler-ancestral, heun, dpmpp-2m, unipc or flow-euler
    #[arg(long, value_name = "NAME")]
    sampler: SamplerName,
    /// How many steps the sampler takes
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = within(1..=NUM_TRAIN_TIMESTEPS))]
    steps: usize,
    /// linear, scaled-linear, cosine or sigmoid; a flow prediction walks the straight path whatever this says
    /// [default: linear]
    #[arg(long, value_name = "NAME")]
    schedule: Option<ScheduleName>,
    /// What the model's output means: epsilon, sample, v or flow [default: epsilon, and flow for flow-euler]
    #[arg(long, value_name = "KIND")]
    prediction: Option<Prediction>,
    /// How the steps lie among the training timesteps: leading, linspace or trailing [default: leading for ddpm
    /// and ddim, linspace for the others]
    #[arg(long, value_name = "KIND")]
    spacing: Option<Spacing>,
    /// DDIM's share of fresh noise: 0 is deterministic, 1 is like DDPM
    #[arg(long, value_name = "E", allow_negative_numbers = true, value_parser = within(0.0..=1.0))]
    eta: Option<f64>,
    /// More of the steps where there is little noise, as Karras has it
    #[arg(long)]
    karras: bool,
    /// Put zeros where an ancestral sampler draws noise
    #[arg(long)]
    no_noise: bool,
    /// Print the trace as one line of JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &TraceArgs) -> anyhow::Result<()> {
    let (config, schedule) = plan(args)?;
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

/// What diffusers 0.42 would do, or why it does not: there is nothing then that a trace could be set beside.
fn plan(args: &TraceArgs) -> anyhow::Result<(SamplerConfig, NoiseSchedule)> {
    let sampler = args.sampler;
    let is_on_table = matches!(sampler, SamplerName::Ddpm | SamplerName::Ddim);
    let is_flow_sampler =
        matches!(sampler, SamplerName::DpmPp2m | SamplerName::UniPc | SamplerName::FlowEuler);
    let prediction = args.prediction.unwrap_or(match sampler {
        SamplerName::FlowEuler => Prediction::Flow,
        _ => Prediction::Epsilon,
    });
    let is_flow = prediction == Prediction::Flow;
    if is_flow && !is_flow_sampler {
        return Err(wrong_use(format!(
            "--prediction flow belongs to dpmpp-2m, unipc and flow-euler; diffusers has no {sampler} for it"
        )));
    }
    if sampler == SamplerName::FlowEuler && !is_flow {
        return Err(wrong_use(format!("flow-euler takes --prediction flow, not {prediction}")));
    }
    if sampler == SamplerName::EulerAncestral && prediction == Prediction::Sample {
        return Err(wrong_use(
            "euler-ancestral takes --prediction epsilon or v; diffusers has none for sample".to_owned(),
        ));
    }
    if args.schedule == Some(ScheduleName::Flow) && !is_flow {
        return Err(wrong_use("--schedule flow goes with --prediction flow".to_owned()));
    }
    if args.karras && is_on_table {
        return Err(wrong_use(karras_belongs_to(sampler)));
    }
    if args.karras && (sampler == SamplerName::EulerAncestral || is_flow && sampler != SamplerName::FlowEuler)
    {
        return Err(wrong_use(format!(
            "diffusers has no --karras for {sampler} with --prediction {prediction}: leave it out"
        )));
    }
    if args.eta.is_some() && sampler != SamplerName::Ddim {
        return Err(wrong_use(format!(
            "--eta belongs to ddim; {sampler} always draws its own share of noise, or none"
        )));
    }
    let spacing = match (is_flow, args.spacing) {
        (true, Some(Spacing::Leading | Spacing::Trailing)) if sampler == SamplerName::FlowEuler => {
            return Err(wrong_use("flow-euler has no --spacing but linspace in diffusers".to_owned()));
        }
        // diffusers takes no notice of it on the straight path.
        (true, _) => Spacing::Linspace,
        (false, Some(spacing)) => spacing,
        (false, None) if is_on_table => Spacing::Leading,
        (false, None) => Spacing::Linspace,
    };
    let schedule = match args.schedule {
        _ if is_flow => ScheduleName::Flow,
        schedule => schedule.unwrap_or(ScheduleName::Linear),
    };
    let config = SamplerConfig {
        sampler,
        num_inference_steps: args.steps,
        spacing,
        karras: args.karras,
        eta: args.eta.unwrap_or(0.0),
        prediction,
        ..SamplerConfig::default()
    };
    Ok((config, NoiseSchedule::named(schedule, NUM_TRAIN_TIMESTEPS)?))
}
