//! The Rust of the cells that a notebook has where a lesson has an experiment or something broken.

use toml::Value;

use crate::block::{Experiment, Predict, PredictKind, Recognize};

/// How wide a line may get.
const WIDTH: usize = 88;

/// What every notebook begins with: the one library, and its names.
pub(super) const SET_UP: &str =
    ":dep noisebook = { path = \"../crates/notebook\" }\nuse noisebook::prelude::*;";

/// The experiment with the settings that the lesson gives it, as a film that is shown.
pub(super) fn experiment(experiment: &Experiment) -> String {
    let settings = settings(experiment).map(|(name, value)| (name, literal(&value)));
    format!("{}\nfilm.show()", film(&experiment.name, settings))
}

/// What the experiment measured for a prediction, where it measures anything: a number, a curve, or what each picture is.
pub(super) fn outcome(predict: &Predict) -> Option<String> {
    let measure = predict.measure.as_ref()?;
    match &predict.kind {
        PredictKind::Recognize(_) => None,
        PredictKind::Draw { .. } => Some(format!("film.curve({measure:?})?.show()")),
        PredictKind::Sort { bins: [zeros, ones] } => Some(format!(
            "let mut rows = Vec::new();\n\
             for number in (1..).take_while(|number| film.at(*number).is_ok()) {{\n    \
                 let {measure} = film.measure_at({measure:?}, number)? == 1.0;\n    \
                 rows.push([number.to_string(), if {measure} {{ {ones:?} }} else {{ {zeros:?} }}.to_owned()]);\n\
             }}\n\
             table([\"picture\", \"is\"], rows)"
        )),
        _ => Some(match predict.at {
            Some(t) => format!("film.measure_at({measure:?}, {t})?"),
            None => format!("film.measure({measure:?})?"),
        }),
    }
}

/// A blind test: in each round another picture, seen at the t that one sets, and nothing in the cell says which it is.
pub(super) fn blind(experiment: &Experiment, recognize: &Recognize) -> String {
    let (stride, offset) = picture_order(recognize.pictures.len());
    let settings = settings(experiment).map(|(name, value)| {
        let value = match name.as_str() {
            "picture" => format!("candidates[({stride} * round + {offset}) % candidates.len()]"),
            "schedule" => "schedules[round % schedules.len()]".to_owned(),
            _ => literal(&value),
        };
        (name, value)
    });
    format!(
        "// Make `t` smaller and run the cell again, until you know what it is.\n\
         // Then take the next `round`, up to {}.\n\
         let round: usize = 1;\nlet t: usize = 900;\n\n{}\n{}\n{}\n\
         println!(\"round {{round}}, t = {{t}}: {{:.1}} dB\", film.measure_at(\"snr_db\", t)?);\n\
         film.picture(\"x_t\", t)?.show()",
        recognize.rounds,
        strings("candidates", &recognize.pictures),
        strings("schedules", &recognize.schedules),
        film(&experiment.name, settings),
    )
}

/// What each round of [`blind`] shows: a name, and the schedule that it was hidden with.
pub(super) fn blind_rounds(recognize: &Recognize) -> Vec<(&str, &str)> {
    let (stride, offset) = picture_order(recognize.names.len());
    let names = recognize.names.iter().cycle();
    let schedules = recognize.schedules.iter().cycle();
    let nth = |round: usize| {
        let name = names.clone().nth((stride * round + offset) % recognize.names.len())?;
        let schedule = schedules.clone().nth(round % recognize.schedules.len())?;
        Some((name.as_str(), schedule.as_str()))
    };
    (1..=recognize.rounds).filter_map(nth).collect()
}

/// Round r shows picture number (stride · r + offset) mod `num`: each once, and not in the order of the list.
fn picture_order(num: usize) -> (usize, usize) {
    let coprime = |stride: &usize| !num.is_multiple_of(*stride);
    (([7, 5, 11, 13].into_iter().find(coprime)).unwrap_or(1), 3)
}

/// Broken code as a cell that does nothing until its comment signs are taken away: running the whole notebook must not stop at it.
pub(super) fn broken(code: &str) -> String {
    let commented: Vec<String> =
        code.trim().lines().map(|line| format!("// {line}").trim_end().to_owned()).collect();
    format!(
        "// Take the comment signs away (select the lines, Ctrl+/), run it, and mend it.\n{}",
        commented.join("\n")
    )
}

/// In the order in which the lesson gives them.
fn settings(experiment: &Experiment) -> impl Iterator<Item = (String, Value)> {
    let mut settings: Vec<_> = experiment.settings_elsewhere().into_iter().collect();
    settings.sort_by_key(|(name, _)| experiment.line_of(name));
    settings.into_iter()
}

fn film(name: &str, settings: impl Iterator<Item = (String, String)>) -> String {
    let settings: String = settings.map(|(name, value)| format!("    .set({name:?}, {value})?\n")).collect();
    format!("let film = experiment({name:?})?\n{settings}    .run()?;")
}

/// A value of TOML as Rust writes it.
fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::Float(number) => format!("{number:?}"),
        other => other.to_string(),
    }
}

/// An array of texts, several on a line.
fn strings(name: &str, items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| format!("{item:?}")).collect();
    let one_line = format!("let {name} = [{}];", items.join(", "));
    if one_line.chars().count() <= WIDTH {
        return one_line;
    }
    let mut lines = vec![String::new()];
    for item in items {
        let is_full = |line: &mut String| line.chars().count() + item.chars().count() + 2 > WIDTH;
        if lines.last_mut().is_some_and(is_full) {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            let gap = if line.is_empty() { "    " } else { " " };
            line.push_str(&format!("{gap}{item},"));
        }
    }
    format!("let {name} = [\n{}\n];", lines.join("\n"))
}
