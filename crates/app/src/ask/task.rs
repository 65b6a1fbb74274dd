//! Something to do, and what is folded away beneath it.

use egui::Ui;
use noisebook_lessons::Rung;

use super::{Drafts, card_ui};
use crate::math::Formulas;
use crate::prose::{Prose, card_prose_ui, code_ui};
use crate::strings::Strings;
use crate::theme::{self, Palette};
use crate::widgets::{Action, Weight, text_ui};

/// Something to do, as it is drawn.
pub(crate) struct Folded<'a> {
    pub strings: &'a Strings,
    /// "page/block".
    pub block: String,
    /// How deep a task goes; none is code in which to find what is broken.
    pub rung: Option<Rung>,
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
    let rung = strings.get(match folded.rung {
        Some(Rung::View) => "rung-view",
        Some(Rung::Answer) => "rung-answer",
        Some(Rung::Change) => "rung-change",
        Some(Rung::Construct) => "rung-construct",
        Some(Rung::Present) => "rung-present",
        None => "rung-fault",
    });
    let rung = || [("rung", rung.as_str().into())];
    let (next, text) = match draft.as_str() {
        "" => ("ask", strings.with("show-task", rung())),
        "ask" => ("solution", strings.get("show-solution")),
        _ => ("", strings.get("hide-task")),
    };
    if draft.is_empty() {
        if ui.add(Action::new(Weight::Outlined, &text)).clicked() {
            *draft = next.to_owned();
        }
        return;
    }
    card_ui(ui, palette.edge, |ui| {
        text_ui(ui, &strings.with("task-label", rung()), theme::small(), palette.soft_ink);
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
        if ui.add(Action::new(Weight::Outlined, &text)).clicked() {
            *draft = next.to_owned();
        }
    });
}
