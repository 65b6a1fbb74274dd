//! An answer in the learner's own words: nothing is right or wrong, and it can be changed at any time.

use egui::{Frame, Margin, Stroke, TextEdit, Ui};
use noisebook_lessons::Predict;

use super::{Asked, Drafts, card_ui, heading_ui, line_ui};
use crate::act::Act;
use crate::math::Formulas;
use crate::profile::Commitment;
use crate::prose::{Prose, card_prose_ui};
use crate::theme::{self, Palette, size};
use crate::widgets::{Action, Weight};

/// The lines that the field has at first.
const ROWS: usize = 4;
/// The most characters that are kept: about a page.
const LONGEST: usize = 2000;

/// A field to write in, or what was written.
pub(super) fn words_ui(
    ui: &mut Ui,
    formulas: &mut Formulas,
    asked: &Asked<'_>,
    (predict, hint, explain): (&Predict, &str, &Prose),
    drafts: &mut Drafts,
    acts: &mut Vec<Act>,
) {
    let palette = Palette::of(ui);
    let strings = asked.strings;
    let commitment = asked.commitment();
    // There is a draft as long as it is being written, also when it is empty.
    let mut draft = drafts.remove(&asked.block).or_else(|| commitment.is_none().then(String::new));
    let edge = if draft.is_none() { palette.good } else { palette.noise };
    card_ui(ui, edge, |ui| {
        heading_ui(ui, &predict.ask);
        match (&mut draft, commitment) {
            (Some(words), _) => {
                let frame = Frame::new()
                    .fill(palette.page)
                    .stroke(Stroke::new(1.0, palette.edge))
                    .corner_radius(size::RADIUS_CONTROL)
                    .inner_margin(Margin::symmetric(10, 8));
                let field = TextEdit::multiline(words)
                    .hint_text(egui::RichText::new(hint).color(palette.soft_ink))
                    .font(theme::interface())
                    .text_color(palette.ink)
                    .desired_rows(ROWS)
                    .desired_width(f32::INFINITY)
                    .char_limit(LONGEST)
                    .frame(frame);
                ui.add(field).accessible_name(&predict.ask);
                let kept = Commitment::new(words.trim(), None);
                let keep = strings.get("keep-words");
                let keep = Action::new(Weight::Primary, &keep);
                if ui.add_enabled(!kept.answer.is_empty(), keep).clicked() {
                    acts.push(Act::Commit { block: asked.block.clone(), commitment: kept });
                    draft = None;
                }
            }
            (None, Some(commitment)) => {
                let text = strings.with("quoted", [("words", commitment.answer.as_str().into())]);
                line_ui(ui, None, &text, palette.ink);
                let change = strings.get("change-words");
                if ui.add(Action::new(Weight::Outlined, &change).small()).clicked() {
                    draft = Some(commitment.answer.clone());
                }
                card_prose_ui(ui, formulas, explain);
            }
            (None, None) => {}
        }
    });
    if let Some(draft) = draft.filter(|draft| commitment.is_some() || !draft.is_empty()) {
        drafts.insert(asked.block.clone(), draft);
    }
}
