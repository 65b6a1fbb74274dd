//! The blocks of a lesson that ask something, as Markdown. Answers are folded: nothing is given away before one has decided.

use super::code;
use super::markdown::{fence, folded, list};
use crate::block::{Fault, Predict, PredictKind, Quiz, Rung, Task};
use crate::lesson::Page;

/// Whether one must decide before one sees what the experiment shows; otherwise one looks, and then answers.
pub(super) fn comes_before_the_experiment(predict: &Predict) -> bool {
    !matches!(predict.kind, PredictKind::Sort { .. } | PredictKind::Write { .. })
}

/// The question, and what an answer may be.
pub(super) fn question(predict: &Predict) -> String {
    let answers = match &predict.kind {
        PredictKind::Choose { choices, .. } => list(choices),
        PredictKind::Number { min, max, unit, .. } => {
            format!("A number from {min} to {max} {unit}").trim_end().to_owned() + "."
        }
        PredictKind::Order { items } => {
            // In the order of the alphabet, for the lesson lists them in the right one.
            let mut items = items.clone();
            items.sort();
            format!("Put in order:\n\n{}", list(items))
        }
        PredictKind::Draw { x, y } => format!(
            "Draw it on paper: {} from {} to {}, over {} from {} to {}.",
            y.label, y.min, y.max, x.label, x.min, x.max
        ),
        PredictKind::Sort { bins: [zeros, ones] } => {
            format!("Write down for each picture: *{zeros}*, or *{ones}*? The next cell tells.")
        }
        PredictKind::Recognize(recognize) => {
            let mut names = recognize.names.clone();
            names.sort();
            format!("One of these: {}.", names.join(", "))
        }
        PredictKind::Write { hint } => format!("Double-click here and write:\n\n> {hint}"),
    };
    let label = if matches!(predict.kind, PredictKind::Write { .. }) { "In your words." } else { "Predict." };
    format!("**{label}** {}\n\n{answers}", predict.ask.trim())
}

/// The right answer, where the lesson knows it, and why it is so.
pub(super) fn answer(predict: &Predict) -> String {
    let right = match &predict.kind {
        PredictKind::Choose { choices, answer } => answer.and_then(|idx| choices.get(idx)).cloned(),
        PredictKind::Number { unit, answer, .. } => {
            answer.map(|answer| format!("{answer} {unit}").trim_end().to_owned())
        }
        PredictKind::Order { items } => Some(items.join(", then ")),
        PredictKind::Recognize(recognize) => {
            let rounds = code::blind_rounds(recognize).into_iter().enumerate();
            let rounds = rounds.map(|(idx, (name, schedule))| format!("{} {name} ({schedule})", idx + 1));
            Some(format!("round {}", rounds.collect::<Vec<_>>().join(", ")))
        }
        PredictKind::Draw { .. } | PredictKind::Sort { .. } | PredictKind::Write { .. } => None,
    };
    let right = right.map_or_else(String::new, |right| format!("**Answer: {}**\n\n", sentence(&right)));
    let summary = match predict.kind {
        PredictKind::Write { .. } => "Write it down, then compare",
        _ => "Decide, then look",
    };
    folded(summary, &(right + predict.explain.trim()))
}

/// Every question with what is said to each of its choices.
pub(super) fn quiz(quiz: &Quiz) -> String {
    let questions = quiz.questions.iter().map(|question| {
        let choices = list(question.choices.iter().map(|choice| &choice.text));
        let whys = question.choices.iter().map(|choice| {
            let text = sentence(&choice.text);
            let text = if choice.right { format!("**Right: {text}**") } else { format!("*{text}*") };
            format!("{text} {}", choice.why)
        });
        let whys = folded("Decide, then look", &list(whys));
        format!("**Quiz.** {}\n\n{choices}\n\n{whys}", question.ask)
    });
    questions.collect::<Vec<_>>().join("\n\n")
}

/// What there is to do, and how it is done.
pub(super) fn task(task: &Task) -> String {
    let label = match task.rung {
        Rung::View => "Look.",
        Rung::Answer => "Find out.",
        Rung::Change => "Change it.",
        Rung::Construct => "Make it.",
        Rung::Present => "Show it.",
    };
    labeled_task(label, task)
}

/// The same at the end of the notebook, where it must be said which page it belongs to.
pub(super) fn task_of_page(page: &Page, task: &Task) -> String {
    labeled_task(&sentence(&page.title), task)
}

fn labeled_task(label: &str, task: &Task) -> String {
    let rust = task.code.as_deref().map_or_else(String::new, |rust| format!("\n\n{}", fence(rust)));
    let solution = folded("One way to do it", &format!("{}{rust}", task.solution.trim()));
    format!("**{label}** {}\n\n{solution}", task.ask.trim())
}

/// What there is to find in the broken code of the next cell.
pub(super) fn fault(fault: &Fault) -> String {
    format!("**Broken on purpose.** {}", fault.ask.trim())
}

/// What was wrong, and the mended code.
pub(super) fn fix(fault: &Fault) -> String {
    folded("What is wrong", &format!("{}\n\n{}", fault.explain.trim(), fence(&fault.fix)))
}

/// With a full stop, where no other sign ends it.
fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}
