//! `noisebook sample MODEL --out F.png`: pictures out of noise, or out of another picture, by a model from the shelf.
//!
//! The same arguments give the same bytes. Picture i of a seed is the same whatever `--num` is,
//! since its noise is counted by its number; batches only bound the memory.

use std::path::PathBuf;
use std::time::Instant;

use noisebook_diffusion::SamplerName;
use noisebook_figures::{grid, png_with_text};
use noisebook_ops::device;
use noisebook_shelf::{Asked, DiffusionModel, ModelKind};
use serde::Serialize;

use super::sample_alter::{AlterArgs, Altered};
use super::sample_gan;
use super::sample_record::{Record, columns};
use crate::arguments::{DeviceArgs, within};
use crate::home::Home;
use crate::outcome::{not_a_number, wrong_use};
use crate::output::{self, OutFile};
use crate::sampling::Plan;
use crate::{model, progress, stop};

/// The most pictures in one sheet.
const MAX_NUM: u32 = 4096;

/// Each pixel is drawn as a square of this side, so that it can be seen.
pub const SCALE: u32 = 4;

/// Guidance beyond this only saturates.
pub const MAX_CFG_SCALE: f64 = 100.0;

#[derive(Debug, clap::Args)]
pub struct SampleArgs {
    /// A model's name, as `noisebook models` lists it, or the folder of one that you trained
    model: String,
    /// What the pictures shall show; without it they go through the labels in turn
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    label: Option<String>,
    /// The same in words, for models that read them: "a red circle left of a blue square"
    #[arg(long, value_name = "TEXT", conflicts_with = "label")]
    prompt: Option<String>,
    /// How many steps lead from noise to picture (the model's own number without it)
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    steps: Option<String>,
    /// ddpm, ddim, euler, euler-ancestral, heun, dpmpp-2m, unipc or flow-euler (the model's own without it)
    #[arg(long, value_name = "NAME")]
    sampler: Option<SamplerName>,
    /// More of the steps where there is little noise, as Karras has it; not for ddpm and ddim
    #[arg(long)]
    karras: bool,
    /// How strongly the label or prompt guides: 1 is off, 0 ignores it (the model's own without it)
    #[arg(long, value_name = "W", allow_negative_numbers = true, value_parser = within(0.0..=MAX_CFG_SCALE))]
    cfg_scale: Option<f64>,
    /// The same seed gives the same pictures
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = within(0..=u64::MAX))]
    pub seed: u64,
    /// How many pictures
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = within(1..=MAX_NUM))]
    pub num: u32,
    /// Also write how the first pictures came about: F.gif, or F.html with a slider
    #[arg(long, value_name = "F.gif|F.html")]
    record: Option<PathBuf>,
    /// The PNG to write: all pictures in one sheet
    #[arg(long, value_name = "F.png")]
    out: PathBuf,
    /// Print what was made as one line of JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub device: DeviceArgs,
    #[command(flatten)]
    alter: AlterArgs,
}

impl SampleArgs {
    /// The first option given that belongs to steps from noise to picture, to labels or to words.
    pub fn option_of_diffusion(&self) -> Option<&'static str> {
        let options = [
            ("--label", self.label.is_some()),
            ("--steps", self.steps.is_some()),
            ("--sampler", self.sampler.is_some()),
            ("--karras", self.karras),
            ("--cfg-scale", self.cfg_scale.is_some()),
            ("--prompt", self.prompt.is_some()),
        ];
        let mut options = options.into_iter().chain(self.alter.given());
        options.find_map(|(name, is_given)| is_given.then_some(name))
    }
}

/// One label or prompt, as JSON has it.
#[derive(Serialize)]
#[serde(untagged)]
enum Wish {
    Label(u32),
    Prompt(String),
}

impl Wish {
    fn first(asked: &Asked) -> Self {
        match asked {
            Asked::Labels(labels) => Self::Label(labels.first().copied().unwrap_or_default()),
            Asked::Prompts(prompts) => Self::Prompt(prompts.first().cloned().unwrap_or_default()),
        }
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct Made<'a> {
    model: &'a str,
    num: usize,
    seed: u64,
    labels: &'a [u32],
    prompt: Option<&'a str>,
    sampler: SamplerName,
    karras: bool,
    num_inference_steps: usize,
    /// For a picture, guidance aside.
    num_network_calls: usize,
    cfg_scale: f64,
    negative: Option<Wish>,
    init: Option<&'a str>,
    strength: Option<f64>,
    mask: Option<&'a str>,
    device: &'a str,
    out: String,
    record: Option<String>,
    seconds: f64,
}

pub fn run(args: &SampleArgs) -> anyhow::Result<()> {
    let out = OutFile::new(&args.out, &["png"])?;
    let record_file = args.record.as_deref().map(|path| OutFile::new(path, &["gif", "html"])).transpose()?;
    let home = Home::find()?;
    let device = device(&args.device.device)?;
    if let ModelKind::Generator { .. } = model::file(&*home.store(), &args.model)?.kind {
        stop::watch()?;
        let gan = model::gan(&*home.store(), &args.model, &device)?;
        return sample_gan::run(args, &gan, &out, record_file.as_ref());
    }
    let model = model::denoiser(&*home.store(), &args.model, &device)?;
    let mut plan = plan(args, &model)?;
    let altered = args.alter.altered(&model)?;
    plan.alteration = altered.as_ref().map(|altered| altered.alteration.clone());
    let (num, num_steps) = (plan.num(), plan.num_steps(&model));
    if num_steps == 0 && record_file.is_some() {
        return Err(wrong_use("--record has nothing to show at this --strength: no step is taken"));
    }

    stop::watch()?;
    let started = Instant::now();
    let bar = progress::bar(plan.num_batches() * num_steps, "steps", args.json);
    let mut record = record_file.is_some().then(|| Record::new(num_steps));
    let pictures = plan.run(&model, |first_sample, step| {
        bar.inc(1);
        // As many as one batch has are as many as one can watch.
        match &mut record {
            Some(record) if first_sample == 0 => record.add(step),
            _ => Ok(()),
        }
    })?;
    bar.finish_and_clear();
    let seconds = started.elapsed().as_secs_f64();

    // Everything is encoded before anything is written.
    let provenance = provenance(&plan, &model, altered.as_ref());
    let sheet = png_with_text(&grid(&pictures, columns(num), SCALE, SCALE), &provenance)?;
    let movie = match (&record, &record_file) {
        (Some(record), Some(file)) if file.extension() == "gif" => Some((file, record.gif(&provenance)?)),
        (Some(record), Some(file)) => Some((file, record.html(&model.file.name, provenance)?.into_bytes())),
        _ => None,
    };
    out.write(&sheet)?;
    if let Some((file, bytes)) = movie {
        file.write(&bytes)?;
    }
    if args.json {
        output::json(&Made {
            model: &model.file.name,
            num,
            seed: plan.seed,
            labels: match &plan.asked {
                Asked::Labels(labels) => labels,
                Asked::Prompts(_) => &[],
            },
            prompt: args.prompt.as_deref(),
            sampler: plan.config.sampler,
            karras: plan.config.karras,
            num_inference_steps: plan.config.num_inference_steps,
            num_network_calls: plan.num_network_calls(&model),
            cfg_scale: plan.cfg_scale,
            negative: plan.negative.as_ref().map(Wish::first),
            init: altered.as_ref().map(|altered| altered.init.as_str()),
            strength: altered.as_ref().map(|altered| altered.strength),
            mask: altered.as_ref().and_then(|altered| altered.mask.as_deref()),
            device: &args.device.device,
            out: out.path().display().to_string(),
            record: record_file.map(|file| file.path().display().to_string()),
            seconds,
        })?;
    }
    Ok(())
}

/// What is asked for, checked against the model.
fn plan(args: &SampleArgs, model: &DiffusionModel) -> anyhow::Result<Plan> {
    let mut plan = Plan::defaults(model, args.num as usize, args.seed);
    // Which labels and words there are and how many steps there may be is the model's to say.
    for (option, typed) in [("--label", &args.label), ("--prompt", &args.prompt)] {
        if let Some(typed) = typed {
            plan.asked = asked(model, option, typed)?.cycled(0, args.num as usize);
        }
    }
    if let Some(sampler) = args.sampler {
        plan.config.sampler = sampler;
    }
    plan.config.karras = args.karras;
    if args.karras && matches!(plan.config.sampler, SamplerName::Ddpm | SamplerName::Ddim) {
        return Err(wrong_use(karras_belongs_to(plan.config.sampler)));
    }
    if let Some(typed) = &args.steps {
        let max_steps = model.schedule.num_train_timesteps();
        plan.config.num_inference_steps =
            within(1..=max_steps)(typed).map_err(|error| not_a_number("--steps", typed, &error))?;
    }
    if let Some(cfg_scale) = args.cfg_scale {
        plan.cfg_scale = cfg_scale;
    }
    plan.negative = args.alter.negative(model, plan.cfg_scale)?;
    Ok(plan)
}

/// The label or the prompt that was typed after `option`.
///
/// # Errors
/// When the model is told labels and words were typed or the other way round, or the one does not exist or the other is
/// too long.
pub fn asked(model: &DiffusionModel, option: &str, typed: &str) -> anyhow::Result<Asked> {
    let name = &model.file.name;
    let wrong = |why: String| wrong_use(format!("{option}: {why}"));
    let Some(tokenizer) = model.tokenizer() else {
        if option == "--prompt" {
            let labels = model.file.label_names().join(", ");
            return Err(wrong_use(format!("{name} reads no words: use --label with one of {labels}")));
        }
        let label = model.file.label(typed).map_err(|error| wrong(error.to_string()))?;
        return Ok(Asked::Labels(vec![label]));
    };
    if option == "--label" {
        return Err(wrong_use(format!("{name} has no labels: say what to draw with --prompt \"…\"")));
    }
    let encoding = tokenizer.encode(typed).map_err(|error| wrong(error.to_string()))?;
    for word in encoding.words.iter().filter(|word| !word.is_known) {
        let near = tokenizer.suggestions(&word.text);
        let near = if near.is_empty() { String::new() } else { format!("; near it are {}", near.join(", ")) };
        progress::line(&format!("{option}: {name} does not know the word `{}`{near}", word.text));
    }
    Ok(Asked::Prompts(vec![typed.to_owned()]))
}

/// Why a sampler on whole timesteps takes no Karras σ.
pub fn karras_belongs_to(other: SamplerName) -> String {
    format!(
        "--karras belongs to euler, euler-ancestral, heun, dpmpp-2m, unipc and flow-euler; {other} visits whole timesteps only"
    )
}

/// What the PNG says of itself. A picture that was given may be anybody's, and is not named.
fn provenance(plan: &Plan, model: &DiffusionModel, altered: Option<&Altered>) -> Vec<(String, String)> {
    let sha256 = model.file.weights.as_ref().map_or("", |weights| &weights.sha256);
    let name_of = |label: u32| model.file.label_names().get(label as usize).cloned().unwrap_or_default();
    let words = |asked: &Asked| match asked {
        Asked::Labels(labels) if labels.windows(2).any(|pair| pair[0] != pair[1]) => "in turn".to_owned(),
        Asked::Labels(labels) => labels.first().copied().map(name_of).unwrap_or_default(),
        Asked::Prompts(prompts) => prompts.first().cloned().unwrap_or_default(),
    };
    let what = if model.tokenizer().is_some() { "prompt" } else { "label" };
    let program = concat!("Noisebook ", env!("CARGO_PKG_VERSION"));
    let how = if altered.is_some() { "altered from a picture by" } else { "sampled from" };
    let mut text = vec![
        ("Software", program.to_owned()),
        ("Description", format!("Made by a machine with {program}: {how} the model {}.", model.file.name)),
        ("model", model.file.name.clone()),
        ("weights", format!("sha256 {sha256}")),
        (what, words(&plan.asked)),
        ("num", plan.num().to_string()),
        ("seed", plan.seed.to_string()),
        ("sampler", plan.config.sampler.to_string()),
        ("karras", plan.config.karras.to_string()),
        ("num_inference_steps", plan.config.num_inference_steps.to_string()),
        ("cfg_scale", plan.cfg_scale.to_string()),
    ];
    text.extend(plan.negative.as_ref().map(|asked| ("negative", words(asked))));
    if let Some(Altered { strength, mask, .. }) = altered {
        text.push(("strength", strength.to_string()));
        text.push(("mask", mask.is_some().to_string()));
    }
    text.into_iter().map(|(name, text)| (name.to_owned(), text)).collect()
}
