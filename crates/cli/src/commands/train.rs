//! `noisebook train RECIPE`: a training in a folder of its own, which may be stopped or killed at
//! any moment and goes on to the bit.
//!
//! The folder holds `model.toml` (what is trained and how, from the first moment on),
//! `checkpoint.safetensors`, and at the end `weights.safetensors`, `card.md` and, where it learns words,
//! `tokenizer.json`: a model that `noisebook sample DIR` takes. Each file is replaced whole, so that a
//! kill between two bytes costs the updates since the last checkpoint and nothing else.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use noisebook_ops::{Device, device};
use noisebook_shelf::ModelFile;
use noisebook_train::{Recipe, StepReport, Trainer};
use serde::Serialize;

use super::eval_gan;
use crate::arguments::{DeviceArgs, within};
use crate::home::Home;
use crate::outcome::wrong_use;
use crate::output::{self, write_atomically};
use crate::{arguments, model, progress, stop};

/// A checkpoint is written after this many updates or this long, whichever comes first.
const CHECKPOINT_UPDATES: usize = 200;
const CHECKPOINT_TIME: Duration = Duration::from_secs(30);

/// How often the heaps are counted that a GAN of points hits.
const MODES_UPDATES: usize = 100;

/// The largest integer of TOML.
const MAX_SEED: u64 = i64::MAX as u64;

const MODEL: &str = "model.toml";
const CHECKPOINT: &str = "checkpoint.safetensors";
const WEIGHTS: &str = "weights.safetensors";
const TOKENIZER: &str = "tokenizer.json";
const CARD: &str = "card.md";

#[derive(Debug, clap::Args)]
pub struct TrainArgs {
    /// A model whose recipe to follow, as `noisebook models` lists it, or a model.toml of your own
    recipe: String,
    /// Where the training lives (runs/NAME without it)
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// How many updates (the recipe's own number without it)
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = within(1..=10_000_000_u32))]
    updates: Option<u32>,
    /// Where every random choice grows from (the recipe's own seed without it)
    #[arg(long, allow_negative_numbers = true, value_parser = within(0..=MAX_SEED))]
    seed: Option<u64>,
    /// Go on with the training in DIR, as it was begun
    #[arg(long, conflicts_with_all = ["updates", "seed"])]
    resume: bool,
    /// Print each update as one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

/// One line of `--json`.
#[derive(Serialize)]
struct Line {
    update: usize,
    num_updates: usize,
    loss: f64,
    /// Of a GAN, whose `loss` is the generator's.
    #[serde(skip_serializing_if = "Option::is_none")]
    loss_critic: Option<f64>,
    /// Of a GAN of points, now and then: how many of the heaps it hits.
    #[serde(skip_serializing_if = "Option::is_none")]
    modes: Option<usize>,
    grad_norm: f64,
    lr: f64,
    seconds: f64,
}

pub fn run(args: &TrainArgs) -> anyhow::Result<()> {
    let home = Home::find()?;
    let store = home.store();
    let device = device(&args.device.device)?;
    let recipe = recipe_file(args, &home)?;
    let folder = args.out.clone().unwrap_or_else(|| Path::new("runs").join(&recipe.name));
    let checkpoint_path = folder.join(CHECKPOINT);

    let mut trainer = if args.resume {
        let begun = begun_file(&folder, &recipe.name)?;
        let mut trainer = Trainer::new(begun, &*store, &device)?;
        // However large a network is, its own checkpoint is read.
        let checkpoint = std::fs::read(&checkpoint_path)
            .with_context(|| format!("could not read {}", checkpoint_path.display()))?;
        trainer.resume(&checkpoint)?;
        trainer
    } else {
        // Written last: a checkpoint without it is of a beginning that was cut off.
        if folder.join(MODEL).exists() {
            return Err(wrong_use(format!(
                "{} already holds a training; go on with --resume, or choose another folder with --out",
                folder.display()
            )));
        }
        let trainer = Trainer::new(recipe.clone(), &*store, &device)?;
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("could not make the folder {}", folder.display()))?;
        write_atomically(&checkpoint_path, &trainer.checkpoint()?)?;
        write_atomically(&folder.join(MODEL), recipe.to_toml()?.as_bytes())?;
        trainer
    };
    stop::watch()?;
    train(&mut trainer, &device, &checkpoint_path, args.json)?;
    finish(&trainer, &folder)?;
    if !args.json {
        output::text(&format!(
            "trained {} for {} updates; `noisebook eval {}` measures it\n",
            recipe.name,
            trainer.update(),
            folder.display()
        ))?;
    }
    Ok(())
}

/// Steps to the end, with checkpoints on the way.
fn train(trainer: &mut Trainer, device: &Device, checkpoint_path: &Path, json: bool) -> anyhow::Result<()> {
    let started = Instant::now();
    let bar = progress::bar(trainer.recipe().updates, "updates", json);
    bar.set_position(trainer.update() as u64);
    bar.reset_eta();
    let mut kept = Instant::now();
    while let Some(report) = trainer.step()? {
        let StepReport { update, num_updates, loss, loss_critic, grad_norm, lr } = report;
        bar.set_message(format!("loss {loss:.4}"));
        bar.set_position(update as u64);
        if json {
            let seconds = started.elapsed().as_secs_f64();
            let is_due = update.is_multiple_of(MODES_UPDATES) || update == num_updates;
            let modes = if is_due { eval_gan::modes(trainer, device)? } else { None };
            output::json(&Line { update, num_updates, loss, loss_critic, modes, grad_norm, lr, seconds })?;
        }
        let is_due = update.is_multiple_of(CHECKPOINT_UPDATES) || kept.elapsed() > CHECKPOINT_TIME;
        if is_due || stop::requested() || update == num_updates {
            write_atomically(checkpoint_path, &trainer.checkpoint()?)?;
            kept = Instant::now();
            if bar.is_hidden() && !json {
                progress::line(&format!("update {update} of {num_updates}, loss {loss:.4}"));
            }
        }
        if stop::requested() && update < num_updates {
            bar.finish_and_clear();
            bail!("stopped after update {update} of {num_updates}; --resume goes on from there");
        }
    }
    bar.finish_and_clear();
    Ok(())
}

/// Writes the model: weights before the model.toml that names their hash.
fn finish(trainer: &Trainer, folder: &Path) -> anyhow::Result<()> {
    let (file, weights) = trainer.model()?;
    write_atomically(&folder.join(WEIGHTS), &weights)?;
    if let Some(tokenizer) = trainer.tokenizer() {
        write_atomically(&folder.join(TOKENIZER), tokenizer.to_json().as_bytes())?;
    }
    write_atomically(&folder.join(CARD), card(&file, trainer.recipe()).as_bytes())?;
    write_atomically(&folder.join(MODEL), file.to_toml()?.as_bytes())
}

/// The recipe with what the command line changes in it.
fn recipe_file(args: &TrainArgs, home: &Home) -> anyhow::Result<ModelFile> {
    let mut file = if args.recipe.ends_with(".toml") {
        let bytes = arguments::read(Path::new(&args.recipe))?;
        ModelFile::parse(&bytes, &args.recipe)?
    } else {
        model::file(&*home.store(), &args.recipe)?
    };
    file.weights = None;
    file.scores.clear();
    if let Some(updates) = args.updates {
        file.recipe.insert("updates".to_owned(), i64::from(updates).into());
    }
    if let Some(seed) = args.seed {
        file.recipe.insert("seed".to_owned(), i64::try_from(seed)?.into());
    }
    Ok(file)
}

/// What was begun in the folder.
fn begun_file(folder: &Path, name: &str) -> anyhow::Result<ModelFile> {
    let path = folder.join(MODEL);
    if !path.is_file() {
        return Err(wrong_use(format!(
            "there is no training in {} to resume; leave out --resume to begin one",
            folder.display()
        )));
    }
    let file = ModelFile::parse(&arguments::read(&path)?, &path.display().to_string())?;
    if file.name != name {
        bail!(
            "{} holds a training of {}, not of {name}; choose another folder with --out",
            folder.display(),
            file.name
        );
    }
    Ok(file)
}

/// What people should know of the model before they use it.
fn card(file: &ModelFile, recipe: &Recipe) -> String {
    let (updates, num_parameters) =
        file.weights.as_ref().map_or((0, 0), |weights| (weights.updates, weights.num_parameters));
    format!(
        "# {name}\n\n\
         {about}\n\n\
         A {kind} of {num_parameters} parameters, trained by `noisebook train {name}` for {updates} updates \
         of {batch} samples from seed {seed}.\n\n\
         Not measured yet: `noisebook eval` on this folder gives its scores.\n",
        name = file.name,
        about = file.about,
        kind = file.kind.name(),
        batch = recipe.batch_size,
        seed = recipe.seed,
    )
}
