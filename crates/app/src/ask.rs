//! What a page asks: predictions, committed before the outcome is shown; quizzes; things to do.

use std::collections::BTreeMap;

use egui::{CornerRadius, Frame, Margin, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use noisebook_lab::Number;
use noisebook_lessons::{Predict, PredictKind, Quiz};

use crate::act::Act;
use crate::icon::{self, Icon};
use crate::math::Formulas;
use crate::numbers::digits;
use crate::profile::Commitment;
use crate::prose::{Prose, card_prose_ui, code_ui, wrapped};
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::widgets::{Action, Weight, text_ui};

/// What was chosen and not committed yet, by block.
pub(crate) type Drafts = BTreeMap<String, String>;

/// What a question is drawn from.
pub(crate) struct Asked<'a> {
    pub strings: &'a Strings,
    /// "page/block", under which answers are kept.
    pub block: String,
    pub commitment: Option<&'a Commitment>,
    /// The t at which it would be committed, where that is part of the answer.
    pub t: Option<usize>,
    /// What the experiment measured for it, or why it cannot.
    pub measured: Option<&'a Result<Number, String>>,
    /// Whether all parts of an outcome are there as far as they can be.
    pub is_complete: bool,
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
    let palette = Palette::of(ui);
    let edge = if asked.commitment.is_some() { palette.good } else { palette.noise };
    card_ui(ui, edge, |ui| {
        heading_ui(ui, &predict.ask);
        match asked.commitment {
            Some(commitment) => {
                outcome_ui(ui, asked, predict, commitment);
                card_prose_ui(ui, formulas, explain);
            }
            None => {
                let draft = drafts.entry(asked.block.clone()).or_default();
                answer_ui(ui, asked, predict, draft);
                commit_ui(ui, asked, draft, acts);
            }
        }
    });
}

fn commit_ui(ui: &mut Ui, asked: &Asked<'_>, draft: &str, acts: &mut Vec<Act>) {
    let text = match asked.t {
        Some(t) => asked.strings.with("commit-at", [("t", t.into())]),
        None => asked.strings.get("commit"),
    };
    let button = Action::new(Weight::Primary, &text);
    if ui.add_enabled(!draft.is_empty(), button).clicked() {
        let commitment = Commitment { answer: draft.to_owned(), t: asked.t, outcome: None };
        acts.push(Act::Commit { block: asked.block.clone(), commitment });
    }
}

fn answer_ui(ui: &mut Ui, asked: &Asked<'_>, predict: &Predict, draft: &mut String) {
    match &predict.kind {
        PredictKind::Choose { choices, .. } => {
            chips_ui(ui, choices, draft);
        }
        PredictKind::Number { min, max, unit, .. } => {
            let middle = (min + max) * 0.5;
            let step = slider_step(*min, *max);
            let mut value = draft.parse().unwrap_or(middle);
            let name = asked.strings.get("your-prediction");
            if number_slider_ui(ui, &name, &mut value, *min..=*max, step) {
                *draft = plain_number(value, step);
            }
            if draft.is_empty() {
                let hint = asked.strings.get("move-the-slider");
                text_ui(ui, &hint, theme::interface(), Palette::of(ui).soft_ink);
            } else {
                text_ui(ui, &with_unit(draft, unit), theme::large_mono(), Palette::of(ui).ink);
            }
        }
        PredictKind::Order { items } => order_ui(ui, asked, items, draft),
        PredictKind::Draw { .. }
        | PredictKind::Sort { .. }
        | PredictKind::Recognize(_)
        | PredictKind::Write { .. } => {
            text_ui(ui, &asked.strings.get("draw-elsewhere"), theme::interface(), Palette::of(ui).soft_ink);
        }
    }
}

/// Short choices side by side, long ones under each other.
fn chips_ui(ui: &mut Ui, choices: &[String], draft: &mut String) {
    let widths = choices.iter().map(|choice| Action::new(Weight::Outlined, choice).width(ui));
    if widths.fold(0.0, f32::max) > 0.6 * ui.available_width() {
        for choice in choices {
            let selected = draft == choice;
            if option_ui(ui, choice, selected, None) {
                *draft = choice.clone();
            }
        }
        return;
    }
    ui.horizontal_wrapped(|ui| {
        for choice in choices {
            let chip = Action::new(Weight::Outlined, choice).choice(draft == choice);
            if ui.add(chip).clicked() {
                *draft = choice.clone();
            }
        }
    });
}

/// Items that move up when they are clicked; the draft holds their order, one a line.
fn order_ui(ui: &mut Ui, asked: &Asked<'_>, items: &[String], draft: &mut String) {
    if draft.is_empty() {
        // Any order but the right one; the same each time.
        let mut shuffled: Vec<&str> = items.iter().map(String::as_str).collect();
        shuffled.sort_unstable_by_key(|item| (item.len() % 3, *item));
        if shuffled.iter().zip(items).all(|(a, b)| a == b) {
            shuffled.reverse();
        }
        *draft = shuffled.join("\n");
    }
    let mut order: Vec<String> = draft.lines().map(str::to_owned).collect();
    let mut moved = None;
    for (idx, item) in order.iter().enumerate() {
        let name = asked.strings.with("move-up", [("item", item.as_str().into())]);
        let text = format!("{}. {item}", idx + 1);
        if ui.add(Action::new(Weight::Outlined, &text).name(&name)).clicked() && idx > 0 {
            moved = Some(idx);
        }
    }
    if let Some(idx) = moved {
        order.swap(idx, idx - 1);
        *draft = order.join("\n");
    }
}

fn slider_step(min: f64, max: f64) -> f64 {
    // A power of ten that makes a hundred to a thousand places.
    10f64.powf(((max - min) / 100.0).log10().floor())
}

fn plain_number(value: f64, step: f64) -> String {
    let decimals = (-step.log10()).ceil().max(0.0) as usize;
    format!("{value:.decimals$}")
}

fn with_unit(number: &str, unit: &str) -> String {
    match unit {
        "" => number.to_owned(),
        "t" => format!("t = {number}"),
        unit => format!("{number} {unit}"),
    }
}

/// A slider for a number; true when it was moved.
fn number_slider_ui(
    ui: &mut Ui,
    name: &str,
    value: &mut f64,
    range: std::ops::RangeInclusive<f64>,
    step: f64,
) -> bool {
    ui.spacing_mut().slider_width = ui.available_width() - 4.0;
    let slider = egui::Slider::new(value, range).step_by(step).show_value(false).trailing_fill(true);
    ui.add(slider).accessible_name(name).changed()
}

/// Prediction and outcome side by side.
fn outcome_ui(ui: &mut Ui, asked: &Asked<'_>, predict: &Predict, commitment: &Commitment) {
    let palette = Palette::of(ui);
    let strings = asked.strings;
    let said = match commitment.t {
        Some(t) => {
            strings.with("you-said-at", [("answer", said(predict, commitment).into()), ("t", t.into())])
        }
        None => strings.with("you-said", [("answer", said(predict, commitment).into())]),
    };
    let measured = asked.measured.and_then(|outcome| outcome.as_ref().ok());
    let (right, verdict) = match &predict.kind {
        PredictKind::Choose { choices, answer: Some(answer) } => {
            let truth = choices.get(*answer).map(String::as_str).unwrap_or_default();
            (Some(truth == commitment.answer), strings.with("it-is", [("answer", truth.into())]))
        }
        PredictKind::Order { items } => {
            let truth = items.join(", ");
            (Some(commitment.answer == items.join("\n")), strings.with("it-is", [("answer", truth.into())]))
        }
        PredictKind::Number { min, max, unit, answer } => {
            let truth = answer.or_else(|| measured.map(|number| number.value)).or(commitment.outcome);
            let step = slider_step(*min, *max);
            match (truth, commitment.answer.parse::<f64>()) {
                (Some(truth), Ok(guess)) => {
                    let text = with_unit(&plain_number(truth, step), unit);
                    // Within a tenth of the slider is a good guess.
                    let near = (truth - guess).abs() <= 0.1 * (max - min);
                    (Some(near), strings.with("it-is", [("answer", text.into())]))
                }
                _ => (None, String::new()),
            }
        }
        PredictKind::Choose { answer: None, .. }
        | PredictKind::Draw { .. }
        | PredictKind::Sort { .. }
        | PredictKind::Recognize(_)
        | PredictKind::Write { .. } => match measured {
            Some(number) => (None, strings.with("it-is", [("answer", digits(number).into())])),
            None => (None, String::new()),
        },
    };
    line_ui(ui, None, &said, palette.soft_ink);
    if !verdict.is_empty() {
        let icon =
            right.map(|right| if right { (Icon::Check, palette.good) } else { (Icon::Cross, palette.ink) });
        line_ui(ui, icon, &verdict, palette.ink);
    }
    if let (PredictKind::Choose { answer: Some(_), .. }, Some(number)) = (&predict.kind, measured) {
        let name = strings.get(&format!("number-{}", number.name.replace('_', "-")));
        let text = strings.with("measured", [("what", name.into()), ("value", digits(number).into())]);
        line_ui(ui, None, &text, palette.ink);
    }
    if let (None, Some(Err(why))) = (measured, asked.measured) {
        let text = if asked.is_complete { why.clone() } else { strings.get("run-to-the-end") };
        line_ui(ui, None, &text, palette.soft_ink);
    } else if verdict.is_empty() && predict.measure.is_some() {
        line_ui(ui, None, &strings.get("run-to-the-end"), palette.soft_ink);
    }
}

fn said(predict: &Predict, commitment: &Commitment) -> String {
    match &predict.kind {
        PredictKind::Number { unit, .. } => with_unit(&commitment.answer, unit),
        _ => commitment.answer.replace('\n', ", "),
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
    let taken = question.choices.iter().position(|choice| Some(choice.text.as_str()) == given);
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
                let commitment = Commitment { answer: choice.text.clone(), t: None, outcome: None };
                acts.push(Act::Commit { block: key.clone(), commitment });
            }
        }
        if let Some(why) = taken.and_then(|idx| asked.explain.get(at)?.get(idx)) {
            card_prose_ui(ui, formulas, why);
        }
    });
}

/// One choice, wrapped, with a mark once it is known to be right or wrong; true when it was taken.
fn option_ui(ui: &mut Ui, text: &str, selected: bool, mark: Option<bool>) -> bool {
    let palette = Palette::of(ui);
    let width = ui.available_width();
    let right = if mark.is_some() { 40.0 } else { 12.0 };
    // A selected choice that is not judged yet is filled with ink, as every selection is.
    let inverted = selected && mark.is_none();
    let ink = if inverted { palette.page } else { palette.ink };
    let (galley, measured) = wrapped(ui, text, theme::interface(), ink, width - 12.0 - right);
    let height = (measured.y + 12.0).max(size::CONTROL);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, selected, text));
    let fill = if inverted {
        palette.ink
    } else if response.hovered() || selected {
        palette.wash
    } else {
        palette.page
    };
    let outline = if selected { palette.ink } else { palette.edge };
    ui.painter().rect(
        rect,
        CornerRadius::same(size::RADIUS_CONTROL),
        fill,
        Stroke::new(1.0, outline),
        StrokeKind::Inside,
    );
    crate::widgets::focus_ring(ui, &response, rect);
    let at = pos2(rect.left() + 12.0, rect.center().y - measured.y * 0.5);
    ui.painter().galley(at, galley, ink);
    if let Some(right) = mark {
        let place = Rect::from_center_size(pos2(rect.right() - 18.0, rect.center().y), vec2(13.0, 13.0));
        let (icon, color) = if right { (Icon::Check, palette.good) } else { (Icon::Cross, palette.ink) };
        icon::paint(ui.painter(), place, icon, color);
    }
    response.clicked()
}

/// Something to do, as it is drawn.
pub(crate) struct Folded<'a> {
    pub strings: &'a Strings,
    /// "page/block".
    pub block: String,
    pub ask: &'a Prose,
    pub code: Option<&'a str>,
    pub solution: &'a Prose,
    pub solution_code: Option<&'a str>,
}

/// Something to do: its title alone, then what to do, then how it is done.
pub(crate) fn folded_ui(ui: &mut Ui, formulas: &mut Formulas, folded: &Folded<'_>, drafts: &mut Drafts) {
    let palette = Palette::of(ui);
    let strings = folded.strings;
    let draft = drafts.entry(folded.block.clone()).or_default();
    let (next, text) = match draft.as_str() {
        "" => ("ask", "show-task"),
        "ask" => ("solution", "show-solution"),
        _ => ("", "hide-task"),
    };
    if draft.is_empty() {
        if ui.add(Action::new(Weight::Outlined, &strings.get(text))).clicked() {
            *draft = next.to_owned();
        }
        return;
    }
    card_ui(ui, palette.edge, |ui| {
        card_prose_ui(ui, formulas, folded.ask);
        if let Some(code) = folded.code {
            code_ui(ui, code, None);
        }
        if draft == "solution" {
            card_prose_ui(ui, formulas, folded.solution);
            if let Some(code) = folded.solution_code {
                code_ui(ui, code, None);
            }
        }
        if ui.add(Action::new(Weight::Outlined, &strings.get(text))).clicked() {
            *draft = next.to_owned();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_step(min: f64, max: f64, value: f64, expect: &str) {
        assert_eq!(plain_number(value, slider_step(min, max)), expect);
    }

    #[test]
    fn sliders_step_in_powers_of_ten() {
        check_step(0.0, 1000.0, 640.4, "640");
        check_step(0.0, 1.0, 0.537, "0.54");
        check_step(1.0, 20.0, 7.51, "7.5");
    }
}
