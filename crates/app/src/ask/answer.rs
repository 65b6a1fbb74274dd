//! Answers as they are kept and as they are read.
//!
//! A lesson is translated, so an answer is a number or an index and never a choice's words.
//! Early profiles hold the words; where an answer is no index, it is looked for among them.

use noisebook_lessons::{Predict, PredictKind};

use super::choice::{plain_number, step_of, with_unit};
use super::{curve, sort};
use crate::profile::Commitment;
use crate::strings::Strings;

/// The index that `answer` names among `choices`.
pub(crate) fn choice_of<'a>(
    answer: &str,
    mut choices: impl ExactSizeIterator<Item = &'a str>,
) -> Option<usize> {
    let idx = answer.parse().ok().filter(|idx| *idx < choices.len());
    idx.or_else(|| choices.position(|choice| choice == answer))
}

/// The order that `answer` puts `items` in, as indices into them.
pub(crate) fn order_of(answer: &str, items: &[String]) -> Option<Vec<usize>> {
    let indices = || answer.split(',').map(|idx| idx.parse().ok()).collect::<Option<Vec<usize>>>();
    let words = || answer.lines().map(|line| items.iter().position(|item| item == line)).collect();
    let is_order =
        |order: &Vec<usize>| order.len() == items.len() && (0..items.len()).all(|idx| order.contains(&idx));
    indices().filter(is_order).or_else(words).filter(is_order)
}

/// An order as it is kept: "1,0,2".
pub(crate) fn order_text(order: &[usize]) -> String {
    order.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// What was answered, in the words of the lesson.
pub(crate) fn said(strings: &Strings, predict: &Predict, commitment: &Commitment) -> String {
    let answer = commitment.answer.as_str();
    let words = match &predict.kind {
        PredictKind::Choose { choices, .. } => {
            choice_of(answer, choices.iter().map(String::as_str)).and_then(|idx| choices.get(idx).cloned())
        }
        PredictKind::Recognize(recognize) => choice_of(answer, recognize.names.iter().map(String::as_str))
            .and_then(|idx| recognize.names.get(idx).cloned()),
        PredictKind::Order { items } => order_of(answer, items).map(|order| {
            let words = order.into_iter().filter_map(|idx| items.get(idx)).map(String::as_str);
            words.collect::<Vec<_>>().join(", ")
        }),
        PredictKind::Number { unit, .. } => Some(with_unit(answer, unit)),
        PredictKind::Draw { x, y } => Some(curve::summary(strings, x, y, &curve::columns_of(answer))),
        PredictKind::Sort { bins } => Some(sort::summary(bins, answer)),
        PredictKind::Write { .. } => None,
    };
    words.unwrap_or_else(|| answer.to_owned())
}

/// Whether the answer is right, where that can be said; `measured` is the outcome if it is newer than the one kept.
pub(crate) fn is_right(predict: &Predict, commitment: &Commitment, measured: Option<f64>) -> Option<bool> {
    let answer = commitment.answer.as_str();
    match &predict.kind {
        PredictKind::Choose { choices, answer: Some(right) } => {
            Some(choice_of(answer, choices.iter().map(String::as_str)) == Some(*right))
        }
        PredictKind::Order { items } => {
            let order = order_of(answer, items)?;
            Some(order.into_iter().eq(0..items.len()))
        }
        PredictKind::Number { min, max, answer: right, .. } => {
            // Within a tenth of the slider is a good guess.
            let truth = right.or(measured).or(commitment.outcome)?;
            Some((truth - answer.parse::<f64>().ok()?).abs() <= 0.1 * (max - min))
        }
        PredictKind::Recognize(_) => {
            let picture = commitment.note.get("picture")?;
            Some(answer.parse::<usize>().ok()? as f64 == *picture)
        }
        PredictKind::Choose { answer: None, .. }
        | PredictKind::Draw { .. }
        | PredictKind::Sort { .. }
        | PredictKind::Write { .. } => None,
    }
}

/// The right answer in the words of the lesson, where one can be named.
pub(crate) fn truth(predict: &Predict, commitment: &Commitment, measured: Option<f64>) -> Option<String> {
    match &predict.kind {
        PredictKind::Choose { choices, answer } => choices.get((*answer)?).cloned(),
        PredictKind::Order { items } => Some(items.join(", ")),
        PredictKind::Number { min, max, unit, answer } => {
            let truth = answer.or(measured).or(commitment.outcome)?;
            Some(with_unit(&plain_number(truth, step_of(*min, *max, unit)), unit))
        }
        PredictKind::Recognize(recognize) => {
            let picture = commitment.note.get("picture")?;
            recognize.names.get(*picture as usize).cloned()
        }
        PredictKind::Draw { .. } | PredictKind::Sort { .. } | PredictKind::Write { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_choice(answer: &str, expect: Option<usize>) {
        assert_eq!(choice_of(answer, ["cactus", "frog", "turtle"].into_iter()), expect, "{answer}");
    }

    #[test]
    fn a_choice_is_an_index_or_in_early_profiles_its_words() {
        check_choice("2", Some(2));
        check_choice("frog", Some(1));
        check_choice("3", None);
        check_choice("pear", None);
    }

    fn check_order(answer: &str, expect: Option<&[usize]>) {
        let items = ["a", "b, too", "c"].map(str::to_owned);
        assert_eq!(order_of(answer, &items).as_deref(), expect, "{answer}");
    }

    #[test]
    fn an_order_is_of_indices_or_in_early_profiles_of_words() {
        check_order("1,0,2", Some(&[1, 0, 2]));
        check_order("b, too\na\nc", Some(&[1, 0, 2]));
        check_order("1,1,2", None);
        check_order("0,1", None);
        check_order("a\nb, too", None);
    }
}
