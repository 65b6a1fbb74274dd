//! `noisebook eval MODEL`: the scores of its card, measured again.
//!
//! A generator draws pictures its own way, every label as often as every other, and a classifier of the shelf judges
//! them. Digits are judged by one that was trained on others; of emoji there are too few for that, so theirs has seen
//! the same pictures, moved about. Neither has seen the test split, which is what made pictures are compared with.

use anyhow::bail;
use ndarray::{Array2, s};
use noisebook_data::{Digits, Emoji, Picture, Split, Store, TopicSplit};
use noisebook_ops::{Device, Tensor, device};
use noisebook_probe::{Agreement, ClassAgreement, Generated, Real, Scores, evaluate, label_agreement};
use noisebook_shelf::{Asked, Classifier, DiffusionModel, ModelKind};
use noisebook_train::{DataSet, Recipe};
use serde::Serialize;
use serde_json::Value;

use super::sample::MAX_CFG_SCALE;
use super::{eval_gan, eval_text};
use crate::arguments::{DeviceArgs, within};
use crate::home::Home;
use crate::sampling::Plan;
use crate::{model, output, progress, stop};

/// Pictures read at once.
const BATCH: usize = 100;

#[derive(Debug, clap::Args)]
pub struct EvalArgs {
    /// A model's name, as `noisebook models` lists it, or the folder of one that you trained
    model: String,
    /// How many pictures to judge
    #[arg(long, default_value_t = 1000, allow_negative_numbers = true, value_parser = within(2..=10_000_u32))]
    pub(super) num: u32,
    /// The same seed gives the same pictures
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = within(0..=u64::MAX))]
    pub(super) seed: u64,
    /// How strongly the label or the prompt guides; 1 is off (the model's own scale without it)
    #[arg(long, value_name = "W", allow_negative_numbers = true, value_parser = within(0.0..=MAX_CFG_SCALE))]
    cfg_scale: Option<f64>,
    /// Print one line of JSON
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

/// A classifier in numbers.
#[derive(Serialize)]
struct Reading {
    /// Test pictures.
    num: usize,
    /// The fraction read as their label.
    accuracy: f64,
    /// The same of the label that does worst.
    least_class: f64,
    /// The fraction read, as whatever it may be, with a probability above 0.9.
    confident: f64,
    per_class: Vec<ClassAgreement>,
}

pub fn run(args: &EvalArgs) -> anyhow::Result<()> {
    let home = Home::find()?;
    let store = home.store();
    let device = device(&args.device.device)?;
    stop::watch()?;
    let file = model::file(&*store, &args.model)?;
    let recipe = Recipe::from_table(&file.name, &file.recipe)?;
    // A denoiser as it shall be judged.
    let denoiser = || -> anyhow::Result<DiffusionModel> {
        let mut model = model::denoiser(&*store, &args.model, &device)?;
        model.sampling.cfg_scale = args.cfg_scale.unwrap_or(model.sampling.cfg_scale);
        Ok(model)
    };
    if args.cfg_scale.is_some()
        && matches!(file.kind, ModelKind::Classifier { .. } | ModelKind::Generator { .. })
    {
        bail!("--cfg-scale is for models that denoise, and {} is none: leave it out", file.name);
    }
    let scores = match file.kind {
        ModelKind::Classifier { .. } => {
            let reals = Reals::load(recipe.data, &*store)?;
            let classifier = model::classifier(&*store, &args.model, &device)?;
            serde_json::to_value(read(&classifier, &reals, args.num as usize)?)?
        }
        ModelKind::Denoiser { .. } => {
            let reals = Reals::load(recipe.data, &*store)?;
            let judge = model::classifier(&*store, reals.judge, &device)?;
            let denoiser = denoiser()?;
            let plan = Plan::defaults(&denoiser, args.num as usize, args.seed);
            let pictures = drawn(&plan, &denoiser, args.json)?;
            let Asked::Labels(labels) = plan.asked else {
                bail!("{} is told words, and its pictures have no labels to be read as", file.name)
            };
            serde_json::to_value(judge_pictures(&judge, &reals, recipe.mirror, &pictures, &labels)?)?
        }
        ModelKind::TextDenoiser { .. } => eval_text::scores(&denoiser()?, recipe.data, &*store, args)?,
        ModelKind::Generator { .. } => {
            let gan = model::gan(&*store, &args.model, &device)?;
            eval_gan::scores(&gan, &recipe, &*store, args.num as usize, args.seed)?
        }
    };
    if args.json {
        return output::json(&scores);
    }
    output::text(&table(&scores, &file.scores))
}

/// The pictures of a plan, with a bar while they are drawn.
pub(super) fn drawn(plan: &Plan, model: &DiffusionModel, quiet: bool) -> anyhow::Result<Vec<Picture>> {
    let bar = progress::bar(plan.num_batches() * plan.num_steps(model), "steps", quiet);
    let pictures = plan.run(model, |_, _| {
        bar.inc(1);
        Ok(())
    })?;
    bar.finish_and_clear();
    Ok(pictures)
}

/// Real pictures to judge by, and who judges.
pub(super) struct Reals {
    /// The classifier on the shelf that knows such pictures.
    pub(super) judge: &'static str,
    /// Pictures that no model has seen, each with its label.
    test: Vec<(Picture, usize)>,
    /// Those that generators learn from.
    training: Vec<Picture>,
}

impl Reals {
    pub(super) fn load(set: DataSet, store: &dyn Store) -> anyhow::Result<Self> {
        Ok(match set {
            DataSet::Digits | DataSet::EightDigits => {
                let digits = Digits::load(store)?;
                let eight = digits.eight();
                let training = if set == DataSet::Digits { digits.indices(Split::Generator) } else { &eight };
                let labeled = |&idx: &usize| (digits.picture(idx), usize::from(digits.label(idx)));
                Self {
                    judge: "digit-classifier",
                    test: digits.indices(Split::Test).iter().map(labeled).collect(),
                    training: training.iter().map(|&idx| digits.picture(idx)).collect(),
                }
            }
            DataSet::Emoji => {
                let emoji = Emoji::load(store)?;
                let labeled = |(idx, label)| (emoji.picture(idx), label as usize);
                let training = emoji.of_topics(TopicSplit::Training);
                Self {
                    judge: "emoji-classifier",
                    test: emoji.of_topics(TopicSplit::Test).into_iter().map(labeled).collect(),
                    training: training.into_iter().map(|(idx, _)| emoji.picture(idx)).collect(),
                }
            }
            DataSet::Grid | DataSet::MovingDigits | DataSet::Scenes | DataSet::CaptionedEmoji => {
                bail!(
                    "only pictures with labels are read by a classifier, not points, clips or pictures with captions"
                )
            }
        })
    }

    /// As many training pictures as there are for the test, taken evenly.
    fn others(&self) -> Vec<Picture> {
        let every = self.training.len().checked_div(self.test.len()).unwrap_or_default().max(1);
        self.training.iter().step_by(every).take(self.test.len()).cloned().collect()
    }
}

/// How well a classifier reads pictures that it was not trained on.
fn read(classifier: &Classifier, reals: &Reals, num: usize) -> anyhow::Result<Reading> {
    let test = reals.test.get(..num).unwrap_or(&reals.test);
    let (pictures, labels): (Vec<Picture>, Vec<usize>) = test.iter().cloned().unzip();
    let (_, logits) = judged(classifier, &pictures)?;
    let Agreement { adherence, per_class, least_class, confident } = label_agreement(&logits, &labels)?;
    Ok(Reading { num: labels.len(), accuracy: adherence, least_class, confident, per_class })
}

/// How good generated pictures are, beside how alike real ones are.
pub(super) fn judge_pictures(
    judge: &Classifier,
    reals: &Reals,
    is_mirrored: bool,
    generated: &[Picture],
    labels: &[u32],
) -> anyhow::Result<Scores> {
    let (features, logits) = judged(judge, generated)?;
    let labels: Vec<usize> = labels.iter().map(|&label| label as usize).collect();
    let test: Vec<Picture> = reals.test.iter().map(|(picture, _)| picture.clone()).collect();
    let (real_features, _) = judged(judge, &test)?;
    let (other_features, _) = judged(judge, &reals.others())?;
    let training = rows(&reals.training)?;
    let mirrored: Vec<Picture> =
        generated.iter().map(|picture| picture.slice(s![.., .., ..;-1]).to_owned()).collect();
    let mirrored = rows(&mirrored)?;
    let generated = rows(generated)?;
    Ok(evaluate(
        &Generated {
            pictures: generated.view(),
            mirrored: is_mirrored.then(|| mirrored.view()),
            labels: &labels,
            features: features.view(),
            logits: logits.view(),
        },
        &Real {
            features: real_features.view(),
            other_features: other_features.view(),
            training: training.view(),
        },
    )?)
}

/// Features `(n, d)` and logits `(n, num_classes)` of pictures.
pub(super) fn judged(
    classifier: &Classifier,
    pictures: &[Picture],
) -> anyhow::Result<(Array2<f32>, Array2<f32>)> {
    let (mut features, mut logits) = (Vec::new(), Vec::new());
    for batch in pictures.chunks(BATCH) {
        let shape = batch.first().map_or((0, 0, 0), Picture::dim);
        let (c, h, w) = shape;
        let values: Vec<f32> = batch.iter().flatten().copied().collect();
        let batch = Tensor::from_vec(values, (batch.len(), c, h, w), &classifier.device)?;
        let (found_features, found_logits) = classifier.read(&batch)?;
        features.extend(found_features.to_device(&Device::Cpu)?.to_vec2::<f32>()?);
        logits.extend(found_logits.to_device(&Device::Cpu)?.to_vec2::<f32>()?);
    }
    Ok((array_from_rows(features)?, array_from_rows(logits)?))
}

/// Pictures as rows of pixels, `(n, p)`.
pub(super) fn rows(pictures: &[Picture]) -> anyhow::Result<Array2<f32>> {
    array_from_rows(pictures.iter().map(|picture| picture.iter().copied().collect()).collect())
}

fn array_from_rows(rows: Vec<Vec<f32>>) -> anyhow::Result<Array2<f32>> {
    let shape = (rows.len(), rows.first().map_or(0, Vec::len));
    Ok(Array2::from_shape_vec(shape, rows.into_iter().flatten().collect())?)
}

/// Each score beside the one on the card.
fn table(scores: &Value, card: &toml::Table) -> String {
    let text = |value: &Value| match value {
        Value::Number(number) if number.is_f64() => format!("{:.4}", number.as_f64().unwrap_or(f64::NAN)),
        other => other.to_string(),
    };
    let entries = scores.as_object().into_iter().flatten();
    let mut table: Vec<Vec<String>> = entries
        .filter(|(_, value)| value.is_number())
        .map(|(name, value)| {
            let on_card = card.get(name).and_then(|value| serde_json::to_value(value).ok());
            vec![name.clone(), text(value), on_card.map_or_else(|| "–".to_owned(), |value| text(&value))]
        })
        .collect();
    let classes = scores.get("per_class").and_then(Value::as_array).into_iter().flatten();
    table.extend(classes.map(|class| {
        let number = |name: &str| class.get(name).map_or_else(String::new, ToString::to_string);
        vec![format!("label {}", number("label")), format!("{} of {}", number("read"), number("asked"))]
    }));
    output::table(&["score", "measured", "on the card"], &table)
}
