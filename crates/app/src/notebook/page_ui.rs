//! A notebook drawn: one column that scrolls, with its name over it and what can be done with the whole under it.

use egui::{
    Align, Frame, Key, Layout, Margin, Popup, Rect, Role, Sense, Stroke, TextEdit, Ui, UiBuilder, WidgetInfo,
    vec2,
};

use super::{Body, Item, Leaving, NotebookAct, NotebookScreen, Text};
use crate::act::Act;
use crate::cells::{CellAct, Cells, cell_ui, kernel_ui, picture_ui, restart_ui};
use crate::figure::notice_ui;
use crate::icon::Icon;
use crate::math::Formulas;
use crate::prose::prose_ui;
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::widgets::{Action, Weight, focus_ring, menu_item_ui, text_ui};

/// The width of the column, and of the menus beside it.
const COLUMN: f32 = 760.0;
const BESIDE: f32 = 42.0;
/// A picture that a text carries is at most this high.
const PICTURE: f32 = 300.0;

/// Draws the column into `rect`.
pub(crate) fn notebook_ui(
    ui: &mut Ui,
    strings: &Strings,
    formulas: &mut Formulas,
    screen: &mut NotebookScreen,
    rect: Rect,
    acts: &mut Vec<Act>,
) {
    let palette = Palette::of(ui);
    ui.painter().rect_filled(rect, 0.0, palette.page);
    egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let width = (ui.available_width() - 48.0).min(COLUMN + BESIDE);
        let room = ui.available_rect_before_wrap();
        let left = room.center().x - width * 0.5;
        let column = Rect::from_min_size(egui::pos2(left, room.top() + 20.0), vec2(width, room.height()));
        ui.scope_builder(UiBuilder::new().max_rect(column), |ui| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing.y = size::GAP;
            said_ui(ui, strings, screen, acts);
            let mut wishes = Vec::new();
            kernel_ui(ui, strings, &screen.cells, &mut wishes);
            acts.extend(wishes.into_iter().map(Act::Cells));
            add_ui(ui, strings, None, screen.items.is_empty(), acts);
            for idx in 0..screen.items.len() {
                item_ui(ui, strings, formulas, screen, idx, acts);
                ui.add_space(14.0);
            }
            ui.add_space(40.0);
        });
    });
}

/// What there is to say about the notebook as a whole.
fn said_ui(ui: &mut Ui, strings: &Strings, screen: &NotebookScreen, acts: &mut Vec<Act>) {
    let palette = Palette::of(ui);
    if screen.is_leaving {
        let sentence = strings.get("notebook-unsaved");
        let label = ui.label(egui::RichText::new(&sentence).font(theme::interface()).color(palette.ink));
        label.widget_info(|| WidgetInfo::labeled(Role::Alert, true, &sentence));
        ui.horizontal(|ui| {
            let answers = [
                (Weight::Primary, "notebook-save-and-go", Leaving::Save),
                (Weight::Outlined, "notebook-discard", Leaving::Discard),
                (Weight::Quiet, "notebook-stay", Leaving::Stay),
            ];
            for (weight, text, answer) in answers {
                if ui.add(Action::new(weight, &strings.get(text))).clicked() {
                    acts.push(Act::Notebook(NotebookAct::Answer(answer)));
                }
            }
        });
    }
    if let Some(notice) = &screen.notice {
        let icon = if notice.is_error { Icon::Cross } else { Icon::Check };
        if notice_ui(ui, strings, icon, &notice.sentence) {
            acts.push(Act::Dismiss);
        }
    }
    if let Some(language) = &screen.other_language {
        let sentence = strings.with("notebook-other-language", [("language", language.as_str().into())]);
        let label = ui.label(egui::RichText::new(&sentence).font(theme::interface()).color(palette.soft_ink));
        label.widget_info(|| WidgetInfo::labeled(Role::Note, true, &sentence));
    }
}

/// A way to begin an empty notebook; elsewhere cells are added by the menus beside the others.
fn add_ui(ui: &mut Ui, strings: &Strings, below: Option<u64>, is_empty: bool, acts: &mut Vec<Act>) {
    if !is_empty {
        return;
    }
    ui.horizontal(|ui| {
        for (text, is_code) in [("notebook-add-code", true), ("notebook-add-text", false)] {
            if ui.add(Action::new(Weight::Outlined, &strings.get(text))).clicked() {
                acts.push(Act::Notebook(NotebookAct::Insert { below, is_code }));
            }
        }
    });
}

/// One cell, and beside it the menu of what can be done with it.
fn item_ui(
    ui: &mut Ui,
    strings: &Strings,
    formulas: &mut Formulas,
    screen: &mut NotebookScreen,
    idx: usize,
    acts: &mut Vec<Act>,
) {
    let room = ui.available_rect_before_wrap();
    let width = room.width() - BESIDE;
    let body = Rect::from_min_size(room.min, vec2(width, room.height()));
    let NotebookScreen { items, cells, attached, .. } = screen;
    let num_items = items.len();
    let Some(item) = items.get_mut(idx) else {
        return;
    };
    let key = item.key;
    let drawn = ui.push_id(("item", key), |ui| {
        ui.scope_builder(UiBuilder::new().max_rect(body), |ui| {
            ui.set_width(width);
            match &mut item.body {
                Body::Code(id) => code_ui(ui, strings, cells, *id, acts),
                Body::Text(text) => {
                    text_body_ui(ui, strings, formulas, text, (key, idx), acts);
                    for (_, picture) in attached.iter_mut().filter(|(of, _)| *of == key) {
                        picture_ui(ui, picture, &strings.get("output-picture"), PICTURE);
                    }
                }
                Body::Raw(raw) => raw_ui(ui, raw),
            }
        })
        .response
        .rect
    });
    let top = drawn.inner.right_top();
    let place = Rect::from_min_size(top + vec2(8.0, 0.0), vec2(size::CONTROL, size::CONTROL));
    let mut ui = ui.new_child(UiBuilder::new().id_salt(("beside", key)).max_rect(place));
    menu_ui(&mut ui, strings, item, (idx, num_items), acts);
}

fn code_ui(ui: &mut Ui, strings: &Strings, cells: &mut Cells, id: u64, acts: &mut Vec<Act>) {
    let number = cells.iter().position(|cell| cell.id == id).map_or(0, |place| place + 1);
    let mut wishes: Vec<CellAct> = Vec::new();
    cell_ui(ui, strings, cells, id, number, &mut wishes);
    acts.extend(wishes.into_iter().map(Act::Cells));
}

/// Text as it is read, or as it is written.
fn text_body_ui(
    ui: &mut Ui,
    strings: &Strings,
    formulas: &mut Formulas,
    text: &mut Text,
    (key, idx): (u64, usize),
    acts: &mut Vec<Act>,
) {
    let palette = Palette::of(ui);
    let name = strings.with("notebook-text", [("number", (idx + 1).into())]);
    let editor = ui.make_persistent_id(("text", key));
    if !text.is_edited {
        // It senses beneath what stands in it, so that links and folds work.
        let sense = UiBuilder::new().sense(Sense::click());
        let shown = ui.scope_builder(sense, |ui| {
            ui.set_width(ui.available_width());
            if text.markdown.trim().is_empty() {
                text_ui(ui, &strings.get("notebook-empty-text"), theme::interface(), palette.soft_ink);
            }
            prose_ui(ui, formulas, &text.prose);
        });
        let response = shown.response;
        response.widget_info(|| WidgetInfo::labeled(Role::Group, true, &name));
        focus_ring(ui, &response, response.rect);
        let entered = response.has_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if response.double_clicked() || entered {
            acts.push(Act::Notebook(NotebookAct::Edit(key)));
            ui.memory_mut(|memory| memory.request_focus(editor));
        }
        return;
    }
    let has_focus = ui.memory(|memory| memory.has_focus(editor));
    let done = has_focus
        && ui.input_mut(|input| {
            input.consume_key(egui::Modifiers::COMMAND, Key::Enter)
                || input.consume_key(egui::Modifiers::SHIFT, Key::Enter)
        });
    let frame = Frame::new()
        .fill(palette.page)
        .stroke(Stroke::new(1.0, palette.edge))
        .corner_radius(size::RADIUS_CARD)
        .inner_margin(Margin::symmetric(14, 12));
    let field = TextEdit::multiline(&mut text.markdown)
        .id(editor)
        .hint_text(egui::RichText::new(strings.get("notebook-text-hint")).color(palette.soft_ink))
        .font(theme::mono())
        .text_color(palette.ink)
        .desired_rows(3)
        .desired_width(f32::INFINITY)
        .frame(frame);
    let response = ui.add(field).accessible_name(&name);
    focus_ring(ui, &response, response.rect);
    let text_done = strings.get("notebook-text-done");
    let button = ui.add(Action::new(Weight::Outlined, &text_done));
    let left =
        response.lost_focus() && !text.markdown.trim().is_empty() && !button.is_pointer_button_down_on();
    if done || left || button.clicked() {
        acts.push(Act::Notebook(NotebookAct::DoneEditing(key)));
    }
}

/// Text for another program, as it stands.
fn raw_ui(ui: &mut Ui, raw: &str) {
    let palette = Palette::of(ui);
    let label = ui.label(egui::RichText::new(raw).font(theme::small_mono()).color(palette.soft_ink));
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, raw));
}

/// What can be done with a cell.
fn menu_ui(
    ui: &mut Ui,
    strings: &Strings,
    item: &Item,
    (idx, num_items): (usize, usize),
    acts: &mut Vec<Act>,
) {
    let name = strings.with("notebook-cell-menu", [("number", (idx + 1).into())]);
    let button = ui.add(Action::icon(Weight::Quiet, Icon::Dots, &name)).on_hover_text(&name);
    let key = item.key;
    let is_text = matches!(&item.body, Body::Text(text) if !text.is_edited);
    let insert = |is_code| NotebookAct::Insert { below: Some(key), is_code };
    let items = [
        ("notebook-edit", is_text, NotebookAct::Edit(key)),
        ("notebook-add-code", true, insert(true)),
        ("notebook-add-text", true, insert(false)),
        ("notebook-move-up", idx > 0, NotebookAct::Move { key, by: -1 }),
        ("notebook-move-down", idx + 1 < num_items, NotebookAct::Move { key, by: 1 }),
        ("notebook-delete", true, NotebookAct::Delete(key)),
    ];
    Popup::menu(&button).accessible_name(&name).show(|ui| {
        for (id, is_possible, act) in items {
            if is_possible && menu_item_ui(ui, &strings.get(id), None).clicked() {
                acts.push(Act::Notebook(act));
            }
        }
    });
}

/// Under the column: save, run all, restart.
pub(crate) fn footer_ui(ui: &mut Ui, strings: &Strings, screen: &NotebookScreen, acts: &mut Vec<Act>) {
    let palette = Palette::of(ui);
    ui.horizontal_centered(|ui| {
        let map = strings.get("map");
        let name = strings.get("to-map");
        if ui.add(Action::new(Weight::Outlined, &map).name(&name).before(Icon::ArrowLeft)).clicked() {
            acts.push(Act::Map);
        }
        let cells = &screen.cells;
        if cells.is_rust {
            let mut wishes = Vec::new();
            if cells.is_busy() && !cells.is_starting() {
                let stop = strings.get("stop-cell");
                let button = Action::new(Weight::Outlined, &stop).before(Icon::Stop);
                if ui.add(button).on_hover_text(strings.get("stop-cell-hint")).clicked() {
                    wishes.push(CellAct::Stop);
                }
            } else {
                let all = strings.get("run-all");
                let button = Action::new(Weight::Outlined, &all).before(Icon::Play);
                if ui.add_enabled(cells.may_edit() && !cells.is_busy(), button).clicked() {
                    wishes.push(CellAct::RunAll);
                }
            }
            restart_ui(ui, strings, cells, &mut wishes);
            acts.extend(wishes.into_iter().map(Act::Cells));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let is_changed = screen.is_changed();
            let weight = if is_changed { Weight::Primary } else { Weight::Outlined };
            let save = strings.get("notebook-save");
            if ui.add(Action::new(weight, &save)).on_hover_text(strings.get("notebook-save-hint")).clicked() {
                acts.push(Act::Notebook(NotebookAct::Save));
            }
            let save_as = strings.get("notebook-save-as");
            if ui.add(Action::new(Weight::Quiet, &save_as)).clicked() {
                acts.push(Act::Notebook(NotebookAct::SaveAs));
            }
            if is_changed {
                text_ui(ui, &strings.get("notebook-changed"), theme::small(), palette.soft_ink);
            }
        });
    });
}
