//! `noisebook eval MODEL`: the scores of its card, measured again.
//!
//! A generator draws pictures its own way, every label as often as every other, and the classifier
//! of the shelf judges them; it was trained on other digits. A classifier reads the test split.

use ndarray::Array2;
use noisebook_data::{Digits, Picture, Split};
use noisebook_ops::{Device, Tensor, device};
use noisebook_probe::{Agreement, ClassAgreement, Generated, Real, Scores, evaluate, label_agreement};
use noisebook_shelf::{Classifier, ModelKind};
use serde::Serialize;
use serde_json::Value;

use crate::arguments::{DeviceArgs, within};
use crate::home::Home;
use crate::sampling::Plan;
use crate::{model, output, progress, stop};

/// The judge.
const CLASSIFIER: &str = "digit-classifier";

/// Pictures read at once.
const BATCH: usize = 100;

#[derive(Debug, clap::Args)]
pub struct EvalArgs {
    /// A model's name, as `noisebook models` lists it, or the folder of one that you trained
    model: String,
    /// How many pictures to judge
    #[arg(long, default_value_t = 1000, allow_negative_numbers = true, value_parser = within(2..=10_000_u32))]
    num: u32,
    /// The same seed gives the same pictures
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = within(0..=u64::MAX))]
    seed: u64,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
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
    let digits = Digits::load(&*store)?;
    let scores = match file.kind {
        ModelKind::Classifier { .. } => {
            let classifier = model::classifier(&*store, &args.model, &device)?;
            serde_json::to_value(read(&classifier, &digits, args.num as usize)?)?
        }
        ModelKind::Denoiser { .. } => {
            let judge = model::classifier(&*store, CLASSIFIER, &device)?;
            let denoiser = model::denoiser(&*store, &args.model, &device)?;
            let plan = Plan::defaults(&denoiser, args.num as usize, args.seed);
            let bar = progress::bar(plan.num_steps(), "steps", args.json);
            let pictures = plan.run(&denoiser, |_, _| {
                bar.inc(1);
                Ok(())
            })?;
            bar.finish_and_clear();
            serde_json::to_value(judge_pictures(&judge, &digits, &pictures, &plan.labels)?)?
        }
    };
    if args.json {
        return output::json(&scores);
    }
    output::text(&table(&scores, &file.scores))
}

/// How well a classifier reads digits that it was not trained on.
fn read(classifier: &Classifier, digits: &Digits, num: usize) -> anyhow::Result<Reading> {
    let test = digits.indices(Split::Test);
    let test = test.get(..num).unwrap_or(test);
    let labels: Vec<usize> = test.iter().map(|&idx| usize::from(digits.label(idx))).collect();
    let (_, logits) = judged(classifier, &pictures(digits, test))?;
    let Agreement { adherence, per_class, least_class, confident } = label_agreement(&logits, &labels)?;
    Ok(Reading { num: labels.len(), accuracy: adherence, least_class, confident, per_class })
}

/// How good generated pictures are, beside how alike real ones are.
fn judge_pictures(
    judge: &Classifier,
    digits: &Digits,
    generated: &[Picture],
    labels: &[u32],
) -> anyhow::Result<Scores> {
    let (features, logits) = judged(judge, generated)?;
    let labels: Vec<usize> = labels.iter().map(|&label| label as usize).collect();
    // Real pictures that neither network has seen, and as many others that the judge has not seen.
    let test = digits.indices(Split::Test);
    let (real_features, _) = judged(judge, &pictures(digits, test))?;
    let training = pictures(digits, digits.indices(Split::Generator));
    let others = training.get(..test.len()).unwrap_or(&training);
    let (other_features, _) = judged(judge, others)?;
    let training = rows(&training)?;
    let generated = rows(generated)?;
    Ok(evaluate(
        &Generated {
            pictures: generated.view(),
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

fn pictures(digits: &Digits, indices: &[usize]) -> Vec<Picture> {
    indices.iter().map(|&idx| digits.picture(idx)).collect()
}

/// Features `(n, d)` and logits `(n, num_classes)` of pictures.
fn judged(classifier: &Classifier, pictures: &[Picture]) -> anyhow::Result<(Array2<f32>, Array2<f32>)> {
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
fn rows(pictures: &[Picture]) -> anyhow::Result<Array2<f32>> {
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
