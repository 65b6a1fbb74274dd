//! `noisebook bench live`: how soon a training that one watches has learned something.
//!
//! It runs the experiment `training` as a lesson does, previews included, and stops the clock only to judge: at 60 seconds
//! and at the end 100 samples are made from the weights as they are, and the digit classifier reads them. Points are timed
//! until samples cover nine tenths of what fresh data cover.

use std::ops::Range;
use std::time::Instant;

use noisebook_lab::{Context, Experiment, Progress, Settings, Training};
use noisebook_ops::Device;
use serde_json::json;

use super::bench::num_threads;
use crate::home::Home;
use crate::output;

/// Samples that are read.
const NUM_SAMPLES: usize = 100;
/// When, beside the end.
const FIRST_MARK: f64 = 60.0;
/// Sets of points that are timed, and how long at most, in seconds.
const POINTS: [&str; 4] = ["moons", "rings", "swiss-roll", "grid"];
const PATIENCE: f64 = 60.0;

/// What was asked for.
pub struct LiveOptions {
    pub seeds: Range<u64>,
    pub seconds: f64,
    pub json: bool,
    pub device: Device,
}

/// The judgement of one training at one mark.
struct Judged {
    update: usize,
    adherence: f64,
}

pub fn run(options: &LiveOptions) -> anyhow::Result<()> {
    let home = Home::find()?;
    let context = Context::new(home.store(), options.device.clone());
    let marks: Vec<f64> =
        [FIRST_MARK, options.seconds].into_iter().filter(|mark| *mark <= options.seconds).collect();
    let marks: Vec<f64> = if marks.len() == 2 && marks[0] == marks[1] { vec![marks[0]] } else { marks };
    let mut digits: Vec<Vec<Judged>> = Vec::new();
    for seed in options.seeds.clone() {
        digits.push(learn_digits(&context, seed, &marks)?);
    }
    let mut points = Vec::new();
    for set in POINTS {
        let mut seconds = Vec::new();
        for seed in options.seeds.clone() {
            seconds.push(learn_points(&context, set, seed)?);
        }
        points.push((set, seconds));
    }

    let at_mark = |nth: usize| digits.iter().filter_map(move |judged| judged.get(nth)).map(|j| j.adherence);
    let updates =
        |nth: usize| digits.iter().filter_map(move |judged| judged.get(nth)).map(|j| j.update as f64);
    if options.json {
        let digits: Vec<_> = marks
            .iter()
            .enumerate()
            .map(|(nth, mark)| {
                json!({
                    "seconds": mark,
                    "adherence": at_mark(nth).collect::<Vec<_>>(),
                    "median": median(at_mark(nth)),
                    "updates": updates(nth).collect::<Vec<_>>(),
                })
            })
            .collect();
        let points: Vec<_> = points
            .iter()
            .map(|(set, seconds)| {
                json!({ "data": set, "seconds": seconds, "median": median(seconds.iter().copied()) })
            })
            .collect();
        return output::json(&json!({ "threads": num_threads(), "digits": digits, "points": points }));
    }
    let percent = |values: &mut dyn Iterator<Item = f64>| {
        values.map(|value| format!("{:.0} %", 100.0 * value)).collect::<Vec<_>>().join(", ")
    };
    let mut rows = Vec::new();
    for (nth, mark) in marks.iter().enumerate() {
        let middle = format!("{:.0} %", 100.0 * median(at_mark(nth)));
        let updates = format!("{:.0}", median(updates(nth)));
        rows.push(vec![format!("digits read after {mark} s"), middle, updates, percent(&mut at_mark(nth))]);
    }
    for (set, seconds) in &points {
        let each: Vec<String> = seconds.iter().copied().map(time).collect();
        let middle = time(median(seconds.iter().copied()));
        rows.push(vec![format!("{set} covered"), middle, String::new(), each.join(", ")]);
    }
    output::text(&output::table(&["training to watch", "median", "updates", "each seed"], &rows))
}

fn training(context: &Context, settings: &[(&str, &str)], seed: u64) -> anyhow::Result<Training> {
    let mut all = Settings::new("training")?;
    all.set("seed", seed)?;
    for (name, value) in settings {
        all.set_typed(name, value)?;
    }
    Ok(Training::start(all, context)?)
}

/// Trains on digits, and judges at each mark.
fn learn_digits(context: &Context, seed: u64, marks: &[f64]) -> anyhow::Result<Vec<Judged>> {
    let mut training = training(context, &[], seed)?;
    let mut judged = Vec::new();
    let mut seconds = 0.0;
    for mark in marks {
        let mut done = false;
        while seconds < *mark && !done {
            let started = Instant::now();
            done = training.step()? == Progress::Done;
            seconds += started.elapsed().as_secs_f64();
        }
        judged.push(Judged { update: training.update(), adherence: training.read_now(NUM_SAMPLES)? });
    }
    Ok(judged)
}

/// Seconds until samples cover the set, or infinity where they do not within [`PATIENCE`].
fn learn_points(context: &Context, set: &str, seed: u64) -> anyhow::Result<f64> {
    let mut training = training(context, &[("data", set)], seed)?;
    let started = Instant::now();
    loop {
        let before = training.num_computed();
        let progress = training.step()?;
        let seconds = started.elapsed().as_secs_f64();
        if training.num_computed() > before && training.measure("covered_at", 0).is_ok() {
            return Ok(seconds);
        }
        if progress == Progress::Done || seconds > PATIENCE {
            return Ok(f64::INFINITY);
        }
    }
}

/// "3.1 s", or that it did not come so far.
fn time(seconds: f64) -> String {
    if seconds.is_finite() { format!("{seconds:.1} s") } else { format!("not within {PATIENCE} s") }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        num if num % 2 == 1 => values[num >> 1],
        num => f64::midpoint(values[(num >> 1) - 1], values[num >> 1]),
    }
}
