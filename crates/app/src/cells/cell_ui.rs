//! A cell drawn: its editor, what can be done with it and how it is doing, what the compiler said, what it showed.

use egui::{Align, Layout, Role, Sense, Ui, UiBuilder, WidgetInfo, vec2};
use noisebook_kernel::protocol::Diagnostic;

use super::cell::{Cell, Ending, State};
use super::editor::{editor_ui, fault_in_words};
use super::output_ui::output_ui;
use super::{CellAct, Cells};
use crate::icon::{self, Icon};
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::widgets::{Action, Weight, focus_ring, text_ui};

/// Draws the cell `id`, the `number`th.
pub(crate) fn cell_ui(
    ui: &mut Ui,
    strings: &Strings,
    cells: &mut Cells,
    id: u64,
    number: usize,
    acts: &mut Vec<CellAct>,
) {
    let name = strings.with("cell-name", [("number", number.into())]);
    ui.spacing_mut().item_spacing.y = size::GAP;
    editor_ui(ui, strings, cells, id, &name, acts);
    tools_ui(ui, strings, cells, id, number, acts);
    let lacks_above =
        cells.has_unrun_above(id) && cells.get(id).is_some_and(Cell::lacks_a_name) && !cells.is_busy();
    let is_fresh = cells.phase == super::Phase::Off && !cells.is_notebook;
    let is_notebook = cells.is_notebook;
    let Some(cell) = cells.get_mut(id) else {
        return;
    };
    if lacks_above {
        above_ui(ui, strings, id, acts);
    }
    for diagnostic in &cell.diagnostics {
        diagnostic_ui(ui, strings, cell, diagnostic, acts);
    }
    if let Some(sentence) = end_in_words(strings, &cell.state) {
        alert_ui(ui, &sentence);
    }
    let output = ui.scope(|ui| output_ui(ui, strings, &mut cell.output)).response.rect;
    if std::mem::take(&mut cell.has_just_ended) && !is_notebook && output.height() > 1.0 {
        ui.scroll_to_rect(output, None);
    }
    if is_fresh && cell.state == State::Fresh {
        let palette = Palette::of(ui);
        let hint = strings.get("cell-hint");
        ui.label(egui::RichText::new(hint).font(theme::small()).color(palette.soft_ink));
    }
}

/// Buttons to the left, how it is doing to the right.
fn tools_ui(ui: &mut Ui, strings: &Strings, cells: &Cells, id: u64, number: usize, acts: &mut Vec<CellAct>) {
    let Some(cell) = cells.get(id) else {
        return;
    };
    ui.spacing_mut().interact_size.y = size::CONTROL;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let is_under_way = matches!(cell.state, State::Waiting | State::Running { .. });
        let named = |message: &str| strings.with(message, [("number", number.into())]);
        // While the kernel is made ready, that is what can be stopped.
        if is_under_way && !cells.is_starting() {
            let (text, name) = (strings.get("stop-cell"), named("stop-cell-name"));
            let stop = Action::new(Weight::Outlined, &text).before(Icon::Stop).name(&name);
            if ui.add(stop).on_hover_text(strings.get("stop-cell-hint")).clicked() {
                acts.push(CellAct::Stop);
            }
        } else {
            let (text, name) = (strings.get("run-cell"), named("run-cell-name"));
            let is_news = cell.state == State::Fresh || cell.is_edited_since();
            // Of a column of cells, none is the one to run next.
            let weight = if is_news && !cells.is_notebook { Weight::Primary } else { Weight::Outlined };
            let run = Action::new(weight, &text).before(Icon::Play).name(&name);
            let run = ui.add_enabled(cells.is_rust && cells.may_edit() && !is_under_way, run);
            if run.on_hover_text(strings.get("run-cell-hint")).clicked() {
                acts.push(CellAct::Run(id));
            }
        }
        if cells.has_above(id) && cells.is_rust && cells.may_edit() && !is_under_way {
            let text = strings.get("run-above");
            let above = Action::new(Weight::Quiet, &text);
            if ui.add(above).on_hover_text(strings.get("run-above-hint")).clicked() {
                acts.push(CellAct::RunAbove(id));
            }
        }
        if cell.is_changed() && !cells.is_notebook {
            let (text, name) = (strings.get("reset-cell"), named("reset-cell-name"));
            let reset = Action::new(Weight::Quiet, &text).name(&name);
            if ui.add(reset).on_hover_text(strings.get("reset-cell-hint")).clicked() {
                acts.push(CellAct::Reset(id));
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| state_ui(ui, strings, cell));
    });
}

/// How the cell is doing: a mark and a few words.
fn state_ui(ui: &mut Ui, strings: &Strings, cell: &Cell) {
    let palette = Palette::of(ui);
    let now = ui.input(|input| input.time);
    let timed = |message: &str, seconds: f64| {
        let seconds = if seconds < 10.0 { format!("{seconds:.1}") } else { format!("{seconds:.0}") };
        strings.with(message, [("seconds", seconds.into())])
    };
    let (icon, color, text) = match &cell.state {
        State::Fresh => return,
        State::Waiting => (None, palette.soft_ink, strings.get("cell-waiting")),
        State::Running { since } => {
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(100));
            (None, palette.ink, timed("cell-running", (now - since).max(0.0)))
        }
        State::Ended { .. } if cell.is_edited_since() => (None, palette.soft_ink, strings.get("cell-edited")),
        State::Ended { how, seconds } => match how {
            Ending::Done => (Some(Icon::Check), palette.good, timed("cell-done", *seconds)),
            Ending::Refused => (Some(Icon::Cross), palette.ink, strings.get("cell-refused")),
            Ending::Failed => (Some(Icon::Cross), palette.ink, strings.get("cell-failed")),
            Ending::Panicked(_) => (Some(Icon::Cross), palette.ink, strings.get("cell-panicked")),
            Ending::Interrupted => (Some(Icon::Stop), palette.ink, strings.get("cell-interrupted")),
            Ending::Died(_) => (Some(Icon::Cross), palette.ink, strings.get("cell-died")),
            Ending::Skipped => (None, palette.soft_ink, strings.get("cell-skipped")),
        },
    };
    text_ui(ui, &text, theme::small(), color);
    if let Some(icon) = icon {
        let (rect, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
        icon::paint(ui.painter(), rect, icon, color);
    }
}

/// A sentence for an end that its output does not explain.
fn end_in_words(strings: &Strings, state: &State) -> Option<String> {
    match state {
        State::Ended { how: Ending::Panicked(why), .. } => {
            Some(strings.with("cell-panicked-because", [("why", why.trim().into())]))
        }
        State::Ended { how: Ending::Died(why), .. } => {
            Some(strings.with("cell-died-because", [("why", why.trim().into())]))
        }
        _ => None,
    }
}

/// Says that names may come from above, and offers to run what is there.
fn above_ui(ui: &mut Ui, strings: &Strings, id: u64, acts: &mut Vec<CellAct>) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        text_ui(ui, &strings.get("above-not-run"), theme::interface(), palette.ink);
        let text = strings.get("run-through");
        if ui.add(Action::new(Weight::Primary, &text).before(Icon::Play)).clicked() {
            acts.push(CellAct::RunThrough(id));
        }
    });
}

/// What the compiler said; a click leads to the place.
fn diagnostic_ui(
    ui: &mut Ui,
    strings: &Strings,
    cell: &Cell,
    diagnostic: &Diagnostic,
    acts: &mut Vec<CellAct>,
) {
    let palette = Palette::of(ui);
    let place = diagnostic.places.first().filter(|_| !cell.is_edited_since());
    let title = fault_in_words(strings, cell.ran(), diagnostic);
    let ink = if cell.is_edited_since() { palette.soft_ink } else { palette.ink };
    let width = ui.available_width();
    let (galley, measured) = crate::prose::wrapped(ui, &title, theme::strong(), ink, width - 34.0);
    let sense = if place.is_some() { Sense::CLICK | Sense::FOCUSABLE } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(width, measured.y + 8.0), sense);
    let role = if place.is_some() { Role::Button } else { Role::Label };
    response.widget_info(|| WidgetInfo::labeled(role, true, &title));
    if place.is_some() && response.hovered() {
        ui.painter().rect_filled(rect, 6.0, palette.wash);
    }
    focus_ring(ui, &response, rect);
    let mark = egui::Rect::from_center_size(rect.left_top() + vec2(16.0, 14.0), vec2(10.0, 10.0));
    icon::paint(ui.painter(), mark, Icon::Cross, ink);
    ui.painter().galley(rect.min + vec2(30.0, 4.0), galley, ink);
    if let Some(place) = place
        && response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked()
    {
        acts.push(CellAct::Jump { cell: cell.id, at: place.range.start });
    }
    let label = diagnostic.places.first().map(|place| place.label.as_str());
    for text in label.into_iter().chain(diagnostic.help.iter().map(String::as_str)) {
        if !text.trim().is_empty() {
            note_ui(ui, text.trim());
        }
    }
}

/// A line under a message, indented as it is.
fn note_ui(ui: &mut Ui, text: &str) {
    let palette = Palette::of(ui);
    let room = ui.available_rect_before_wrap();
    let inner = egui::Rect::from_min_max(room.min + vec2(30.0, -4.0), room.max);
    ui.scope_builder(UiBuilder::new().max_rect(inner), |ui| {
        ui.label(egui::RichText::new(text).font(theme::small()).color(palette.soft_ink));
    });
}

/// A sentence about what went wrong, with a cross before it.
pub(super) fn alert_ui(ui: &mut Ui, sentence: &str) {
    let palette = Palette::of(ui);
    let width = ui.available_width();
    let (galley, measured) =
        crate::prose::wrapped(ui, sentence, theme::interface(), palette.ink, width - 34.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, measured.y + 8.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Alert, true, sentence));
    let mark = egui::Rect::from_center_size(rect.left_top() + vec2(16.0, 14.0), vec2(11.0, 11.0));
    icon::paint(ui.painter(), mark, Icon::Cross, palette.ink);
    ui.painter().galley(rect.min + vec2(30.0, 4.0), galley, palette.ink);
}
