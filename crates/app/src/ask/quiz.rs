//! A quiz: one question at a time, every answer explained.

use std::collections::BTreeMap;

use egui::Ui;
use noisebook_lessons::Quiz;

use super::answer::choice_of;
use super::choice::option_ui;
use super::{Drafts, card_ui, heading_ui};
use crate::act::Act;
use crate::math::Formulas;
use crate::profile::Commitment;
use crate::prose::{Prose, card_prose_ui};
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::widgets::{Action, Weight, text_ui};

/// A quiz as it is drawn.
pub(crate) struct AskedQuiz<'a> {
    pub strings: &'a Strings,
    pub quiz: &'a Quiz,
    /// Why, for each choice of each question.
    pub explain: &'a [Vec<Prose>],
    /// "page/block".
    pub block: String,
    pub commitments: &'a BTreeMap<String, Commitment>,
}

/// One question at a time, each answer explained; one may think again.
pub(crate) fn quiz_ui(
    ui: &mut Ui,
    formulas: &mut Formulas,
    asked: &AskedQuiz<'_>,
    drafts: &mut Drafts,
    acts: &mut Vec<Act>,
) {
    let palette = Palette::of(ui);
    let strings = asked.strings;
    let num_questions = asked.quiz.questions.len();
    let at = drafts.get(&asked.block).and_then(|draft| draft.parse().ok()).unwrap_or(0_usize);
    let Some(question) = asked.quiz.questions.get(at) else {
        return;
    };
    let key = format!("{}/{}", asked.block, at + 1);
    let given = asked.commitments.get(&key).map(|commitment| commitment.answer.as_str());
    let texts = || question.choices.iter().map(|choice| choice.text.as_str());
    let taken = given.and_then(|given| choice_of(given, texts()));
    let right = taken.and_then(|idx| question.choices.get(idx)).map(|choice| choice.right);
    let edge = if right == Some(true) { palette.good } else { palette.edge };
    card_ui(ui, edge, |ui| {
        let number =
            strings.with("question-of", [("number", (at + 1).into()), ("questions", num_questions.into())]);
        ui.spacing_mut().interact_size.y = size::SMALL_CONTROL;
        ui.horizontal(|ui| {
            text_ui(ui, &number, theme::small(), palette.soft_ink);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let mut turn = |ui: &mut Ui, id: &str, weight, to: Option<usize>| {
                    let text = strings.get(id);
                    if let Some(to) = to.filter(|to| *to < num_questions)
                        && ui.add(Action::new(weight, &text).small()).clicked()
                    {
                        drafts.insert(asked.block.clone(), to.to_string());
                    }
                };
                let weight = if right == Some(true) { Weight::Primary } else { Weight::Quiet };
                turn(ui, "question-after", weight, Some(at + 1));
                turn(ui, "question-before", Weight::Quiet, at.checked_sub(1));
            });
        });
        heading_ui(ui, &question.ask);
        for (idx, choice) in question.choices.iter().enumerate() {
            let mark = (taken == Some(idx)).then_some(choice.right);
            if option_ui(ui, &choice.text, mark.is_some(), mark) {
                let commitment = Commitment::new(idx.to_string(), None);
                acts.push(Act::Commit { block: key.clone(), commitment });
            }
        }
        if let Some(why) = taken.and_then(|idx| asked.explain.get(at)?.get(idx)) {
            card_prose_ui(ui, formulas, why);
        }
    });
}
