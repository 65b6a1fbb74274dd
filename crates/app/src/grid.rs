//! A grid on the stage: a picture for each pair of values of two settings, in rows and columns.
//!
//! One cell is chosen, by the pointer, a click or the arrow keys; under the grid stands what it is and what was met of what
//! was asked for.

use std::collections::BTreeMap;

use egui::{
    Align2, Color32, CornerRadius, EventFilter, Key, Pos2, Rect, Role, Sense, Stroke, StrokeKind,
    TextureHandle, TextureOptions, Ui, WidgetInfo, pos2, vec2,
};
use noisebook_lab::Number;

use crate::act::Act;
use crate::icon;
use crate::session::Session;
use crate::strings::Strings;
use crate::theme::{self, Palette};
use crate::widgets::{empty_box_ui, focus_ring, text_at};

/// Room for the values of the rows, of the columns, and for what is said of the chosen cell.
const ROW_NAMES: f32 = 74.0;
const COLUMN_NAMES: f32 = 44.0;
const BELOW: f32 = 48.0;
/// Between two cells.
const GAP: f32 = 4.0;

/// The cells of a grid that are done.
#[derive(Clone, Default)]
pub(crate) struct Cells {
    cells: BTreeMap<usize, Cell>,
    /// Whether the learner has chosen a cell; until then it is the newest one.
    pub was_chosen: bool,
}

#[derive(Clone)]
struct Cell {
    numbers: Vec<Number>,
    picture: TextureHandle,
}

impl Cell {
    fn number(&self, name: &str) -> Option<f64> {
        self.numbers.iter().find(|number| number.name == name).map(|number| number.value)
    }
}

impl Cells {
    /// Takes in a cell that is done.
    pub fn take(&mut self, ctx: &egui::Context, idx: usize, numbers: Vec<Number>, picture: egui::ColorImage) {
        let sharp = TextureOptions { minification: egui::TextureFilter::Linear, ..TextureOptions::NEAREST };
        let picture = ctx.load_texture(format!("grid {idx}"), picture, sharp);
        self.cells.insert(idx, Cell { numbers, picture });
    }

    fn chosen(&self, session: &Session) -> usize {
        let newest = || self.cells.keys().next_back().copied().unwrap_or_default();
        if self.was_chosen { session.position() } else { newest() }
    }
}

/// How the grid is laid out.
struct Layout {
    rows: usize,
    columns: usize,
    /// Of the first cell.
    origin: Pos2,
    side: f32,
}

impl Layout {
    fn of(session: &Session, rect: Rect) -> Self {
        let places = |axis: &str, num: &str| match session.settings.text(axis) {
            Ok("none") => 1,
            _ => session.settings.int(num).unwrap_or(1) as usize,
        };
        let (rows, columns) = (places("rows", "num_rows"), places("columns", "num_columns"));
        let room = vec2(
            rect.width() - ROW_NAMES - GAP * columns as f32,
            rect.height() - COLUMN_NAMES - BELOW - GAP * rows as f32,
        );
        let side = (room.x / columns as f32).min(room.y / rows as f32).clamp(8.0, 192.0).floor();
        let width = ROW_NAMES + columns as f32 * (side + GAP);
        let left = rect.left() + ((rect.width() - width) * 0.5).max(0.0) + ROW_NAMES;
        Self { rows, columns, origin: pos2(left, rect.top() + COLUMN_NAMES), side }
    }

    fn cell(&self, idx: usize) -> Rect {
        let (row, column) = (idx.div_euclid(self.columns), idx % self.columns);
        let at = self.origin + vec2(column as f32, row as f32) * (self.side + GAP);
        Rect::from_min_size(at, vec2(self.side, self.side))
    }

    fn all(&self) -> Rect {
        self.cell(0).union(self.cell(self.rows * self.columns - 1))
    }

    /// The cell beside `idx`.
    fn beside(&self, idx: usize, rows: isize, columns: isize) -> Option<usize> {
        let row = idx.div_euclid(self.columns).checked_add_signed(rows).filter(|row| *row < self.rows)?;
        let column =
            (idx % self.columns).checked_add_signed(columns).filter(|column| *column < self.columns)?;
        Some(row * self.columns + column)
    }
}

/// What a place along a side is, in words: "5", "25 %", "t = 500".
fn value_words(axis: &str, value: f64) -> String {
    match axis {
        "none" => String::new(),
        "walk" => format!("{:.0} %", 100.0 * value),
        "guidance_until" => format!("t = {value:.0}"),
        _ => value.to_string(),
    }
}

/// A side's name, as the settings have it.
fn axis_name(strings: &Strings, axis: &str) -> String {
    strings.find(&format!("value-rows-{}", axis.replace('_', "-"))).unwrap_or_else(|| axis.to_owned())
}

/// What a cell is: "seed 3, guidance scale 5".
fn cell_words(strings: &Strings, session: &Session, cell: &Cell) -> String {
    let sides = [("rows", "row_value"), ("columns", "column_value")];
    let side = |(setting, number)| {
        let axis = session.settings.text(setting).ok().filter(|axis| *axis != "none")?;
        let value = value_words(axis, cell.number(number)?);
        Some(format!("{} {value}", axis_name(strings, axis)))
    };
    sides.into_iter().filter_map(side).collect::<Vec<_>>().join(", ")
}

/// What it met of what was asked for; nothing where that cannot be judged.
fn met_words(strings: &Strings, cell: &Cell) -> Option<String> {
    let is_met = |name: &str| cell.number(name).map(|met| met > 0.5);
    Some(strings.get(match (is_met("colour")?, is_met("shape")?, is_met("position")?, is_met("joint")?) {
        (_, _, _, true) => "grid-all-met",
        (_, _, true, _) => "grid-size-missed",
        (_, true, ..) => "grid-position-missed",
        (true, ..) => "grid-shape-missed",
        _ => "grid-color-missed",
    }))
}

/// Whether a prediction keeps the outcome to itself.
fn is_hidden(session: &Session) -> bool {
    ["finished", "colour", "shape", "position", "joint"].iter().any(|name| session.hidden.contains(*name))
}

/// Draws the grid into the room there is.
pub(crate) fn grid_ui(ui: &mut Ui, strings: &Strings, session: &Session, acts: &mut Vec<Act>) {
    let palette = Palette::of(ui);
    let rect = ui.available_rect_before_wrap();
    let layout = Layout::of(session, rect);
    let (cells, all) = (&session.grid, layout.all());
    if let Some(why) = why_empty(strings, session) {
        empty_box_ui(ui, all, "grid-empty", &why);
        return;
    }
    sides_ui(ui, strings, session, &layout);
    let response = ui.interact(all, ui.scope_id().with("grid"), Sense::click());
    let pointed = response.hover_pos().and_then(|pointer| {
        (0..layout.rows * layout.columns)
            .find(|idx| cells.cells.contains_key(idx) && layout.cell(*idx).contains(pointer))
    });
    let chosen = cells.chosen(session);
    if response.clicked()
        && let Some(idx) = pointed
    {
        acts.push(Act::Seek(idx));
    }
    if response.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let presses = |key: Key| ui.input(|input| input.num_presses(key)) as isize;
        let down = presses(Key::ArrowDown) - presses(Key::ArrowUp);
        let right = presses(Key::ArrowRight) - presses(Key::ArrowLeft);
        let next = layout.beside(chosen, down, right).filter(|next| cells.cells.contains_key(next));
        if let Some(next) = next.filter(|next| *next != chosen) {
            acts.push(Act::Seek(next));
        }
    }
    for idx in 0..layout.rows * layout.columns {
        let place = layout.cell(idx);
        let Some(cell) = cells.cells.get(&idx) else {
            icon::dashed_box(ui.painter(), place, palette.edge);
            continue;
        };
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        ui.painter().image(cell.picture.id(), place, whole, Color32::WHITE);
        let edge = Stroke::new(1.0, palette.edge);
        ui.painter().rect_stroke(place, CornerRadius::ZERO, edge, StrokeKind::Inside);
    }
    let shown = pointed.unwrap_or(chosen);
    let ring = layout.cell(shown).expand(2.0);
    ui.painter().rect_stroke(ring, CornerRadius::same(2), Stroke::new(2.0, palette.ink), StrokeKind::Outside);
    focus_ring(ui, &response, all);
    let mut said = String::new();
    if let Some(cell) = cells.cells.get(&shown) {
        said = cell_words(strings, session, cell);
        if let Some(met) = met_words(strings, cell) {
            said = format!("{said}: {met}");
        }
        let at = pos2(all.center().x, all.bottom() + 0.5 * BELOW);
        text_at(ui, at, Align2::CENTER_CENTER, &said, theme::interface(), palette.ink);
    }
    let summary = strings.with(
        "grid-summary",
        [("made", cells.cells.len().into()), ("all", session.num_moments().into()), ("chosen", said.into())],
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &summary));
}

/// Why there is nothing to see yet.
fn why_empty(strings: &Strings, session: &Session) -> Option<String> {
    if let Some(failure) = &session.failure {
        return Some(failure.clone());
    }
    if is_hidden(session) {
        return Some(strings.with("shown-on-commit", [("what", strings.get("grid-outcome").into())]));
    }
    let is_begun = !session.grid.cells.is_empty() || session.is_computing();
    (!is_begun).then(|| strings.get("grid-empty"))
}

/// What runs along the two sides, and the value of each place as far as it is known.
fn sides_ui(ui: &mut Ui, strings: &Strings, session: &Session, layout: &Layout) {
    let palette = Palette::of(ui);
    let axis = |setting: &str| session.settings.text(setting).unwrap_or("none").to_owned();
    let (rows, columns) = (axis("rows"), axis("columns"));
    let value = |number: &str, nth: usize, of: &str| {
        let mut cells = session.grid.cells.values();
        let cell = cells.find(|cell| cell.number(of) == Some(nth as f64))?;
        cell.number(number)
    };
    let top = layout.cell(0).top();
    if columns != "none" {
        let at = pos2(layout.all().center().x, top - 32.0);
        let name = format!("{} →", axis_name(strings, &columns));
        text_at(ui, at, Align2::CENTER_CENTER, &name, theme::small_strong(), palette.ink);
    }
    for column in 0..layout.columns {
        let Some(value) = value("column_value", column, "column") else { break };
        let at = pos2(layout.cell(column).center().x, top - 12.0);
        let text = value_words(&columns, value);
        text_at(ui, at, Align2::CENTER_CENTER, &text, theme::small_mono(), palette.soft_ink);
    }
    let right = layout.cell(0).left() - 10.0;
    if rows != "none" {
        let name = format!("{} ↓", axis_name(strings, &rows));
        text_at(ui, pos2(right, top - 32.0), Align2::RIGHT_CENTER, &name, theme::small_strong(), palette.ink);
    }
    for row in 0..layout.rows {
        let Some(value) = value("row_value", row, "row") else { break };
        let at = pos2(right, layout.cell(row * layout.columns).center().y);
        let text = value_words(&rows, value);
        text_at(ui, at, Align2::RIGHT_CENTER, &text, theme::small_mono(), palette.soft_ink);
    }
}
