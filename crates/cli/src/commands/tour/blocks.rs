//! The blocks of a page as HTML. Answers are folded: nothing is given away before one has decided.

use noisebook_lessons::{Block, Predict, PredictKind, Quiz, Rung};

use super::math::escape;
use super::prose::{self, Surroundings};

/// A block; `outcome` is what the experiment measured for a prediction.
pub fn html(block: &Block, outcome: Option<&str>, surroundings: &Surroundings<'_>) -> String {
    let prose = |markdown: &str| prose::html(markdown, surroundings);
    match block {
        Block::Prose { markdown, .. } => prose(markdown),
        // It stands on the stage.
        Block::Experiment(_) => String::new(),
        Block::Predict(predict) => prediction(predict, outcome, surroundings),
        Block::Cell(cell) => code(&cell.code),
        Block::Quiz(quiz) => questions(quiz, surroundings),
        Block::Task(task) => {
            let code = task.code.as_deref().map(code).unwrap_or_default();
            let solution = folded("One way to do it", &(prose(&task.solution) + &code));
            format!(
                "<div class=\"ask\"><p><b>To do · {}</b></p>{}{solution}</div>\n",
                rung(task.rung),
                prose(&task.ask)
            )
        }
        Block::Fault(fault) => {
            let mended = folded("What is wrong", &(prose(&fault.explain) + &code(&fault.fix)));
            format!(
                "<div class=\"ask\"><p><b>Broken on purpose</b></p>{}{}{mended}</div>\n",
                prose(&fault.ask),
                code(&fault.code)
            )
        }
        // Lines for the projector; the page has said it in full.
        Block::Present { .. } => String::new(),
        Block::Teacher { markdown, .. } => folded("For the teacher", &prose(markdown)),
    }
}

fn prediction(predict: &Predict, outcome: Option<&str>, surroundings: &Surroundings<'_>) -> String {
    let (answers, answer) = match &predict.kind {
        PredictKind::Choose { choices, answer } => {
            (list(choices), answer.and_then(|idx| choices.get(idx)).cloned())
        }
        PredictKind::Number { min, max, unit, answer } => (
            format!("<p>A number from {min} to {max} {}</p>", escape(unit)),
            answer.map(|answer| format!("{answer} {unit}")),
        ),
        PredictKind::Order { items } => {
            // In the order of the alphabet, for the lesson lists them in the right one.
            let mut shuffled = items.clone();
            shuffled.sort();
            (list(&shuffled), Some(items.join(", ")))
        }
        PredictKind::Draw { x, y } => {
            (format!("<p>Draw it: {} over {}.</p>", escape(&y.label), escape(&x.label)), None)
        }
        PredictKind::Sort { bins } => {
            (format!("<p>Each picture goes into one of two:</p>{}", list(bins)), None)
        }
        PredictKind::Recognize(recognize) => {
            // In the order of the alphabet, for the lesson lists them as its pictures come.
            let mut names = recognize.names.clone();
            names.sort();
            (format!("<p>As early as you can: which of these?</p>{}", list(&names)), None)
        }
        PredictKind::Write { hint } => (format!("<p>In your own words: {}</p>", escape(hint)), None),
    };
    let answer = answer.map_or_else(String::new, |answer| format!("<p><b>{}</b></p>", escape(answer.trim())));
    let measured = if matches!(predict.kind, PredictKind::Sort { .. }) { "" } else { "Measured: " };
    let outcome = outcome.map_or_else(String::new, |outcome| format!("<p>{measured}{}</p>", escape(outcome)));
    let explain = prose::html(&predict.explain, surroundings);
    let summary = match predict.kind {
        PredictKind::Write { .. } => "Write it down, then compare",
        _ => "Decide, then look",
    };
    format!(
        "<div class=\"ask\">{}{answers}{}</div>\n",
        prose::html(&predict.ask, surroundings),
        folded(summary, &(answer + &outcome + &explain)),
    )
}

/// How deep a task goes, in a word.
fn rung(rung: Rung) -> &'static str {
    match rung {
        Rung::View => "look",
        Rung::Answer => "answer",
        Rung::Change => "change",
        Rung::Construct => "make",
        Rung::Present => "present",
    }
}

fn questions(quiz: &Quiz, surroundings: &Surroundings<'_>) -> String {
    quiz.questions
        .iter()
        .map(|question| {
            let choices: Vec<String> = question.choices.iter().map(|choice| choice.text.clone()).collect();
            let reasons: String = question
                .choices
                .iter()
                .map(|choice| {
                    let verdict = if choice.right { "right" } else { "not quite" };
                    format!("<p><b>{}</b>: {verdict}. {}</p>", escape(&choice.text), escape(&choice.why))
                })
                .collect();
            format!(
                "<div class=\"ask\">{}{}{}</div>\n",
                prose::html(&question.ask, surroundings),
                list(&choices),
                folded("Decide, then look", &reasons),
            )
        })
        .collect()
}

fn list(items: &[String]) -> String {
    let items: String = items.iter().map(|item| format!("<li>{}</li>", escape(item))).collect();
    format!("<ul>{items}</ul>")
}

fn code(rust: &str) -> String {
    format!("<pre><code>{}</code></pre>\n", escape(rust.trim_end()))
}

fn folded(summary: &str, content: &str) -> String {
    format!("<details><summary>{summary}</summary>{content}</details>\n")
}
