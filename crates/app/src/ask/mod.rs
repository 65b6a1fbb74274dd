//! What a page asks: predictions, committed before the outcome is shown; quizzes; things to do.
//!
//! Each kind of prediction has a file of its own; `answer` says how answers are kept.

mod answer;
mod chance;
mod choice;
mod curve;
mod quiz;
mod recognize;
mod sort;
mod task;
mod words;

pub(crate) use answer::{choice_of, is_right, said};
pub(crate) use curve::note_outcome as note_curve;
pub(crate) use quiz::{AskedQuiz, quiz_ui};
pub(crate) use recognize::{Rounds, round_key};
pub(crate) use sort::note_outcome as note_sorted;
pub(crate) use task::{Folded, folded_ui};

use std::collections::BTreeMap;

use egui::{CornerRadius, Frame, Margin, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use noisebook_lab::Number;
use noisebook_lessons::{Predict, PredictKind};

use crate::act::Act;
use crate::icon::{self, Icon};
use crate::math::Formulas;
use crate::numbers::digits;
use crate::profile::Commitment;
use crate::prose::{Prose, card_prose_ui, wrapped};
use crate::session::Session;
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::widgets::{Action, Weight};

/// What was chosen and not committed yet, by block.
pub(crate) type Drafts = BTreeMap<String, String>;

/// What a question is drawn from.
pub(crate) struct Asked<'a> {
    pub strings: &'a Strings,
    /// "page/block", under which answers are kept.
    pub block: String,
    /// Every answer given in this lesson.
    pub commitments: &'a BTreeMap<String, Commitment>,
    /// The experiment on the stage.
    pub session: Option<&'a Session>,
    /// Where the page's blind test is, if it has one.
    pub rounds: Option<&'a Rounds>,
}

impl<'a> Asked<'a> {
    fn commitment(&self) -> Option<&'a Commitment> {
        self.commitments.get(&self.block)
    }

    /// The t at which it would be committed, where that is part of the answer.
    fn t(&self) -> Option<usize> {
        self.session.filter(|session| session.is_backward()).map(Session::t)
    }

    /// What the experiment measured for it, or why it cannot.
    fn measured(&self, predict: &Predict) -> Option<&'a Result<Number, String>> {
        self.session?.measured(predict.measure.as_deref()?, predict.at)
    }
}

/// A card with a colored edge; `done` is set apart from what is still open.
fn card_ui(ui: &mut Ui, edge: egui::Color32, draw: impl FnOnce(&mut Ui)) {
    let palette = Palette::of(ui);
    let frame = Frame::new()
        .fill(palette.page)
        .stroke(Stroke::new(1.0, palette.rule))
        .corner_radius(CornerRadius::same(size::RADIUS_CARD))
        .inner_margin(Margin { left: 16, right: 12, top: 11, bottom: 11 });
    let response = frame
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
            draw(ui);
        })
        .response;
    let bar = Rect::from_min_max(response.rect.min, pos2(response.rect.left() + 4.0, response.rect.bottom()));
    let round = CornerRadius { nw: size::RADIUS_CARD, sw: size::RADIUS_CARD, ne: 0, se: 0 };
    ui.painter().rect_filled(bar, round, edge);
}

fn heading_ui(ui: &mut Ui, text: &str) {
    let palette = Palette::of(ui);
    let (galley, measured) = wrapped(ui, text, theme::strong(), palette.ink, ui.available_width());
    let (rect, response) = ui.allocate_exact_size(measured, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    ui.painter().galley(rect.min, galley, palette.ink);
}

/// A prediction: asked until it is committed, then beside its outcome.
pub(crate) fn predict_ui(
    ui: &mut Ui,
    formulas: &mut Formulas,
    asked: &Asked<'_>,
    predict: &Predict,
    explain: &Prose,
    drafts: &mut Drafts,
    acts: &mut Vec<Act>,
) {
    match &predict.kind {
        PredictKind::Sort { bins } => {
            sort::sort_ui(ui, formulas, asked, (predict, bins, explain), drafts, acts);
        }
        PredictKind::Recognize(recognize) => {
            recognize::recognize_ui(ui, formulas, asked, (predict, recognize, explain), drafts, acts);
        }
        PredictKind::Write { hint } => {
            words::words_ui(ui, formulas, asked, (predict, hint, explain), drafts, acts);
        }
        PredictKind::Choose { .. }
        | PredictKind::Number { .. }
        | PredictKind::Order { .. }
        | PredictKind::Draw { .. } => once_ui(ui, formulas, asked, (predict, explain), drafts, acts),
    }
    // A draft in which nothing stands is none, so that there is nothing to undo either.
    if !matches!(predict.kind, PredictKind::Write { .. }) {
        drafts.retain(|key, draft| !draft.is_empty() || !key.starts_with(&asked.block));
    }
}

/// A question that is answered once, by one thing that is chosen, set or drawn.
fn once_ui(
    ui: &mut Ui,
    formulas: &mut Formulas,
    asked: &Asked<'_>,
    (predict, explain): (&Predict, &Prose),
    drafts: &mut Drafts,
    acts: &mut Vec<Act>,
) {
    let palette = Palette::of(ui);
    let edge = if asked.commitment().is_some() { palette.good } else { palette.noise };
    card_ui(ui, edge, |ui| {
        heading_ui(ui, &predict.ask);
        match (asked.commitment(), &predict.kind) {
            (Some(commitment), PredictKind::Draw { x, y }) => {
                curve::outcome_ui(ui, asked, predict, (x, y), commitment);
                card_prose_ui(ui, formulas, explain);
            }
            (Some(commitment), _) => {
                outcome_ui(ui, asked, predict, commitment);
                card_prose_ui(ui, formulas, explain);
            }
            (None, _) => {
                let draft = drafts.entry(asked.block.clone()).or_default();
                let answer = answer_ui(ui, asked, predict, draft);
                commit_ui(ui, asked, &asked.block, answer, acts);
            }
        }
    });
}

/// A button that commits `answer` under `key`, once there is one.
fn commit_ui(ui: &mut Ui, asked: &Asked<'_>, key: &str, answer: Option<String>, acts: &mut Vec<Act>) {
    let text = match asked.t() {
        Some(t) => asked.strings.with("commit-at", [("t", t.into())]),
        None => asked.strings.get("commit"),
    };
    let button = Action::new(Weight::Primary, &text);
    let clicked = ui.add_enabled(answer.is_some(), button).clicked();
    if let Some(answer) = answer.filter(|_| clicked) {
        let commitment = Commitment::new(answer, asked.t());
        acts.push(Act::Commit { block: key.to_owned(), commitment });
    }
}

/// Where an answer is made; returns it once it can be committed.
fn answer_ui(ui: &mut Ui, asked: &Asked<'_>, predict: &Predict, draft: &mut String) -> Option<String> {
    let strings = asked.strings;
    match &predict.kind {
        PredictKind::Choose { choices, .. } => {
            let choices: Vec<&str> = choices.iter().map(String::as_str).collect();
            if let Some(idx) = choice::chips_ui(ui, &choices, draft.parse().ok()) {
                *draft = idx.to_string();
            }
        }
        PredictKind::Number { min, max, unit, .. } => {
            choice::number_ui(ui, strings, (*min, *max), unit, draft);
        }
        PredictKind::Order { items } => return Some(choice::order_ui(ui, strings, items, draft)),
        PredictKind::Draw { x, y } => {
            curve::draw_ui(ui, strings, x, y, draft);
            return curve::answer(draft, y);
        }
        // They have cards of their own.
        PredictKind::Sort { .. } | PredictKind::Recognize(_) | PredictKind::Write { .. } => {}
    }
    Some(draft.clone()).filter(|draft| !draft.is_empty())
}

/// Prediction and outcome side by side.
fn outcome_ui(ui: &mut Ui, asked: &Asked<'_>, predict: &Predict, commitment: &Commitment) {
    let palette = Palette::of(ui);
    let strings = asked.strings;
    let said = said(strings, predict, commitment);
    let said = match commitment.t {
        Some(t) => strings.with("you-said-at", [("answer", said.into()), ("t", t.into())]),
        None => strings.with("you-said", [("answer", said.into())]),
    };
    line_ui(ui, None, &said, palette.soft_ink);
    let outcome = asked.measured(predict);
    let measured = outcome.and_then(|outcome| outcome.as_ref().ok());
    let value = measured.map(|number| number.value);
    let truth = answer::truth(predict, commitment, value);
    // Where the lesson names no answer, what was measured is one.
    let verdict = truth.clone().or_else(|| measured.map(digits));
    if let Some(verdict) = &verdict {
        let icon = is_right(predict, commitment, value)
            .map(|right| if right { (Icon::Check, palette.good) } else { (Icon::Cross, palette.ink) });
        line_ui(ui, icon, &strings.with("it-is", [("answer", verdict.as_str().into())]), palette.ink);
    }
    if let (PredictKind::Choose { answer: Some(_), .. }, Some(number)) = (&predict.kind, measured) {
        let name = strings.get(&format!("number-{}", number.name.replace('_', "-")));
        let text = strings.with("measured", [("what", name.into()), ("value", digits(number).into())]);
        line_ui(ui, None, &text, palette.ink);
    }
    if let Some(Err(why)) = outcome {
        let is_complete = asked.session.is_some_and(Session::is_complete);
        let text = if is_complete { why.clone() } else { strings.get("run-to-the-end") };
        line_ui(ui, None, &text, palette.soft_ink);
    } else if verdict.is_none() && predict.measure.is_some() {
        line_ui(ui, None, &strings.get("run-to-the-end"), palette.soft_ink);
    }
}

/// An icon and wrapped words.
fn line_ui(ui: &mut Ui, icon: Option<(Icon, egui::Color32)>, text: &str, color: egui::Color32) {
    let indent = if icon.is_some() { 22.0 } else { 0.0 };
    let width = ui.available_width() - indent;
    let (galley, measured) = wrapped(ui, text, theme::interface(), color, width);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), measured.y), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    if let Some((icon, color)) = icon {
        let mark = Rect::from_min_size(pos2(rect.left(), rect.top() + 3.0), vec2(13.0, 13.0));
        icon::paint(ui.painter(), mark, icon, color);
    }
    ui.painter().galley(rect.min + vec2(indent, 0.0), galley, color);
}
