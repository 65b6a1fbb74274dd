//! What is measured of a game: a few lines beside its plots, and the whole table.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use noisebook_lab::Number;

use super::plots::plots_ui;
use super::{Shown, Side, sides};
use crate::numbers::digits;
use crate::session::Session;
use crate::strings::Strings;
use crate::theme::{self, Palette};
use crate::widgets::text_at;

/// The height of a line.
pub(super) const ROW: f32 = 23.0;
/// The table's width where there is one game, and how much wider a second makes it.
const TABLE: f32 = 250.0;
const COLUMN: f32 = 86.0;

/// A number of the moment, one value for each game that may be seen.
pub(super) struct Measured {
    name: String,
    values: Vec<String>,
}

/// A value as it is said beside its name.
fn value_text(shown: &Shown<'_>, name: &str, value: f64) -> String {
    if shown.session.hides(name) {
        return shown.strings.get("hidden");
    }
    let value_of = |unit| digits(&Number { name: "", value, unit });
    match name.strip_prefix("rival_").unwrap_or(name) {
        "modes" | "classes" | "update" => format!("{value:.0}"),
        "coverage" | "confident" => format!("{:.0} %", 100.0 * value),
        "real_score" | "made_score" | "distance" => format!("{value:.2}").replace('-', "−"),
        _ => value_of(""),
    }
}

fn row(shown: &Shown<'_>, name: &str) -> Option<Measured> {
    let stage = shown.session.stage.as_ref()?;
    let values: Vec<String> = sides(shown.session)
        .iter()
        .map(|side| {
            let name = side.name(name);
            stage.number(&name).filter(|value| value.is_finite()).map(|value| value_text(shown, &name, value))
        })
        .map(|value| value.unwrap_or_else(|| "–".to_owned()))
        .collect();
    let is_there = values.iter().any(|value| value != "–");
    let name = shown.strings.get(&format!("number-{}", name.replace('_', "-")));
    is_there.then_some(Measured { name, values })
}

/// The few that stand under the plots.
pub(super) fn measured(shown: &Shown<'_>) -> Vec<Measured> {
    let names = ["real_score", "made_score", "distance", "modes", "coverage", "confident", "classes"];
    names.into_iter().filter_map(|name| row(shown, name)).take(4).collect()
}

/// Names to the left and values to the right, a line each.
pub(super) fn measured_ui(ui: &mut Ui, shown: &Shown<'_>, rows: &[Measured], rect: Rect) {
    let palette = Palette::of(ui);
    let separator = if sides(shown.session).len() > 1 { " · " } else { "" };
    for (nth, row) in rows.iter().enumerate() {
        let line = Rect::from_min_size(rect.min + vec2(0.0, nth as f32 * ROW), vec2(rect.width(), ROW));
        let values = row.values.join(separator);
        let response = ui.interact(line, ui.scope_id().with(("measured", nth)), Sense::hover());
        let both = format!("{}: {values}", row.name);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &both));
        text_at(ui, line.left_center(), Align2::LEFT_CENTER, &row.name, theme::small(), palette.soft_ink);
        text_at(ui, line.right_center(), Align2::RIGHT_CENTER, &values, theme::small_mono(), palette.ink);
    }
}

/// Every number of the moment, those of both games side by side, and the plots large.
pub(crate) fn numbers_ui(ui: &mut Ui, strings: &Strings, session: &Session, asked_for: &[String]) {
    let palette = Palette::of(ui);
    let shown = Shown { strings, session, asked_for, is_xray: false, opacity: 1.0 };
    let rect = ui.available_rect_before_wrap();
    let spec = session.settings.spec();
    let names = spec.measures.iter().filter(|measure| measure.per_moment).map(|measure| measure.name);
    let rows: Vec<Measured> =
        names.filter(|name| !name.starts_with("rival_")).filter_map(|name| row(&shown, name)).collect();
    let sides: &[Side] = sides(session);
    let width = TABLE + COLUMN * (sides.len() - 1) as f32;
    let header = if sides.len() > 1 { 1 } else { 0 };
    let height = (rect.height() / (rows.len() + header).max(1) as f32).min(28.0);
    let font = if height < 22.0 { theme::small() } else { theme::interface() };
    let line =
        |nth: usize| Rect::from_min_size(rect.min + vec2(0.0, nth as f32 * height), vec2(width, height));
    let right = |column: usize| rect.left() + width - COLUMN * (sides.len() - 1 - column) as f32;
    if header > 0 {
        for (column, side) in sides.iter().enumerate() {
            let at = pos2(right(column), line(0).center().y);
            let title = side.title(strings, session);
            let galley = ui.painter().layout_no_wrap(title, theme::small_strong(), palette.ink);
            // A long title is cut short rather than written over the next.
            let place =
                Rect::from_min_max(pos2(at.x - COLUMN + 6.0, line(0).top()), pos2(at.x, line(0).bottom()));
            let left = (at.x - galley.size().x).max(place.left());
            ui.painter().with_clip_rect(place).galley(
                pos2(left, at.y - galley.size().y * 0.5),
                galley,
                palette.ink,
            );
        }
    }
    for (nth, row) in rows.iter().enumerate() {
        let line = line(nth + header);
        let response = ui.interact(line, ui.scope_id().with(("number", nth)), Sense::hover());
        let both = format!("{}: {}", row.name, row.values.join(", "));
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &both));
        text_at(ui, line.left_center(), Align2::LEFT_CENTER, &row.name, font.clone(), palette.soft_ink);
        for (column, value) in row.values.iter().enumerate() {
            let at = pos2(right(column), line.center().y);
            text_at(ui, at, Align2::RIGHT_CENTER, value, theme::small_mono(), palette.ink);
        }
    }
    let plots = Rect::from_min_max(rect.min + vec2(width + 30.0, 0.0), rect.max);
    plots_ui(ui, &shown, plots, 0);
}
