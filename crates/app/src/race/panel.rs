//! The pictures of one cell, under its name and its numbers.

use egui::{Align2, Color32, CornerRadius, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::plot::{look, mark};
use super::{Board, Cell, LONG_PATH, RaceAct, cell_words, number_words};
use crate::act::Act;
use crate::icon;
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::widgets::{Action, Weight, text_at};

/// Name and numbers over the pictures, in points.
const HEAD: f32 = 62.0;
/// Between two pictures.
const APART: f32 = 2.0;
/// The rows of pictures that a panel has.
const MAX_ROWS: usize = 2;

/// Which of the two panels it is.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Side {
    Chosen,
    Kept,
}

/// How a panel's pictures are laid out.
struct Layout {
    columns: usize,
    rows: usize,
    /// The side of one picture, in points.
    side: f32,
}

/// As many pictures as fit in two rows, each pixel a whole number of screen pixels.
fn layout(cell: &Cell, width: f32, height: f32, pixels_per_point: f32) -> Layout {
    let [all, side] = cell.row.size();
    let own = (all + 1).checked_div(cell.num_pictures.max(1)).unwrap_or(side).saturating_sub(1).max(1);
    let own = own.max(side) as f32 / pixels_per_point;
    let rows = MAX_ROWS.min(cell.num_pictures.div_ceil(2)).max(1);
    let room = (height - APART * (rows - 1) as f32) / rows as f32;
    // Twice the size, or as large as there is room; a picture that is too large is shrunk.
    let fits = (room / own).min(width / own);
    let times = if fits >= 1.0 { fits.floor().min(2.0 * pixels_per_point.max(1.0)) } else { fits };
    let side = own * times;
    let columns = ((width + APART) / (side + APART)).floor().max(1.0) as usize;
    let columns = columns.min(cell.num_pictures.div_ceil(rows)).max(1);
    Layout { columns, rows, side }
}

/// How high a panel is in a stage of that room.
pub(super) fn height(board: &Board, room: Rect) -> f32 {
    let Some(cell) = board.cells.values().next() else {
        return HEAD;
    };
    // The plot gets more than half.
    let most = room.height() * 0.46 - HEAD;
    let layout = layout(cell, room.width() * 0.5 - 14.0, most, 1.0);
    HEAD + layout.rows as f32 * (layout.side + APART)
}

/// Draws the cell of moment `idx` into `rect`.
pub(super) fn panel_ui(
    ui: &mut Ui,
    strings: &Strings,
    board: &Board,
    idx: usize,
    side: Side,
    rect: Rect,
    acts: &mut Vec<Act>,
) {
    let palette = Palette::of(ui);
    let Some(cell) = board.cells.get(&idx) else {
        icon::dashed_box(ui.painter(), rect, palette.edge);
        return;
    };
    let name = cell_words(strings, idx, cell);
    let [cost, quality] = number_words(strings, cell);
    let baseline = rect.top() + 11.0;
    let mut x = rect.left();
    if idx != LONG_PATH {
        mark(ui, pos2(x + 6.0, baseline), look(palette, cell.place()), 5.0);
        x += 18.0;
    }
    let label = |ui: &mut Ui, at: egui::Pos2, text: &str, font, color: Color32, salt: &str| {
        let drawn = text_at(ui, at, Align2::LEFT_CENTER, text, font, color);
        let response = ui.interact(drawn, ui.scope_id().with((side as u8, salt)), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    };
    label(ui, pos2(x, baseline), &name, theme::strong(), palette.ink, "name");
    label(ui, pos2(rect.left(), rect.top() + 31.0), &cost, theme::small(), palette.soft_ink, "cost");
    label(ui, pos2(rect.left(), rect.top() + 48.0), &quality, theme::small(), palette.soft_ink, "quality");
    if side == Side::Chosen && idx != board.kept {
        keep_ui(ui, strings, &name, idx, rect, acts);
    }

    let layout = layout(cell, rect.width(), rect.height() - HEAD, ui.pixels_per_point());
    let [all, high] = cell.row.size().map(|side| side as f32);
    let stride = (all + 1.0) / cell.num_pictures.max(1) as f32;
    let top = rect.top() + HEAD;
    let snap = |v: f32| (v * ui.pixels_per_point()).round() / ui.pixels_per_point();
    let shown = (layout.columns * layout.rows).min(cell.num_pictures);
    for nth in 0..shown {
        let (column, row) = (nth % layout.columns, nth.div_euclid(layout.columns));
        let at = pos2(
            snap(rect.left() + column as f32 * (layout.side + APART)),
            snap(top + row as f32 * (layout.side + APART)),
        );
        let place = Rect::from_min_size(at, vec2(layout.side, layout.side));
        let from = nth as f32 * stride;
        let uv = Rect::from_min_max(pos2(from / all, 0.0), pos2((from + high) / all, 1.0));
        ui.painter().add(
            egui::epaint::RectShape::filled(place, CornerRadius::same(3), Color32::WHITE)
                .with_texture(cell.row.id(), uv),
        );
    }
    let width = layout.columns as f32 * (layout.side + APART);
    let place = Rect::from_min_size(pos2(rect.left(), top), vec2(width, rect.bottom() - top));
    let response = ui.interact(place, ui.scope_id().with((side as u8, "pictures")), Sense::hover());
    let id = if side == Side::Chosen { "race-chosen" } else { "race-kept" };
    let words = strings.with(id, [("pictures", shown.into()), ("cell", name.into())]);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
}

/// Keeps the chosen cell, so that another can be held against it.
fn keep_ui(ui: &mut Ui, strings: &Strings, name: &str, idx: usize, rect: Rect, acts: &mut Vec<Act>) {
    let text = strings.get("race-keep");
    let hint = strings.with("race-keep-hint", [("cell", name.into())]);
    let button = Action::new(Weight::Quiet, &text).small();
    let width = button.width(ui);
    let place = Rect::from_min_size(pos2(rect.right() - width, rect.top()), vec2(width, size::SMALL_CONTROL));
    let builder = UiBuilder::new().id_salt("race-keep").max_rect(place);
    let response = ui.scope_builder(builder, |ui| ui.add(button)).inner;
    if response.on_hover_text(hint).clicked() {
        acts.push(Act::Race(RaceAct::Keep(idx)));
    }
}
