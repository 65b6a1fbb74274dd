//! The race in numbers: a row for each sampler, a column for each number of steps.

use std::collections::BTreeSet;

use egui::{Align2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::plot::{look, mark};
use super::{Cell, Quality, empty_ui, is_hidden};
use crate::session::Session;
use crate::strings::Strings;
use crate::theme::{self, Palette};
use crate::widgets::text_at;

const ROW: f32 = 34.0;
const NAMES: f32 = 138.0;

/// Draws a table for the quality that the plot shows, and one for what it cost.
pub(crate) fn race_table_ui(ui: &mut Ui, strings: &Strings, session: &Session) {
    let rect = ui.available_rect_before_wrap();
    if session.race.cells.is_empty() || is_hidden(&session.hidden) {
        empty_ui(ui, strings, session, rect);
        return;
    }
    let quality = session.race.quality;
    let (heading, number) = match quality {
        Quality::Read => ("race-read-axis", "read_as_label"),
        Quality::Distance => ("race-distance-axis", "distance"),
    };
    let half = (rect.height() - 16.0) * 0.5;
    let text = move |cell: &Cell| {
        let value = cell.number(number)?;
        Some(if quality == Quality::Read { format!("{value:.0} %") } else { format!("{value:.3}") })
    };
    let top = Rect::from_min_size(rect.min, vec2(rect.width(), half));
    let used = grid_ui(ui, strings, session, &strings.get(heading), top, &text);
    let below = Rect::from_min_max(pos2(rect.left(), used + 20.0), rect.max);
    let calls = |cell: &Cell| Some(format!("{:.0}", cell.number("network_calls")?));
    grid_ui(ui, strings, session, &strings.get("race-calls-axis"), below, &calls);
}

/// One table; returns where it ends.
fn grid_ui(
    ui: &mut Ui,
    strings: &Strings,
    session: &Session,
    heading: &str,
    rect: Rect,
    text: &dyn Fn(&Cell) -> Option<String>,
) -> f32 {
    let palette = Palette::of(ui);
    let lines = session.race.lines();
    let steps: BTreeSet<usize> = lines.values().flatten().map(|(_, cell)| cell.steps()).collect();
    let column = (rect.width() - NAMES) / steps.len().max(1) as f32;
    let row = ROW.min(rect.height() / (lines.len() + 1) as f32);
    let right_of = |nth: usize| rect.left() + NAMES + (nth + 1) as f32 * column - 6.0;
    let mut y = rect.top() + row * 0.5;
    text_at(ui, pos2(rect.left(), y), Align2::LEFT_CENTER, heading, theme::small_strong(), palette.ink);
    for (nth, steps) in steps.iter().enumerate() {
        let at = pos2(right_of(nth), y);
        text_at(ui, at, Align2::RIGHT_CENTER, &steps.to_string(), theme::small_mono(), palette.soft_ink);
    }
    ui.painter().hline(rect.x_range(), y + row * 0.5, Stroke::new(1.0, palette.edge));
    for (place, line) in &lines {
        y += row;
        let name = line.first().map(|(_, cell)| cell.sampler(strings)).unwrap_or_default();
        mark(ui, pos2(rect.left() + 6.0, y), look(palette, *place), 4.5);
        let at = pos2(rect.left() + 18.0, y);
        text_at(ui, at, Align2::LEFT_CENTER, &name, theme::small(), palette.ink);
        let mut said = Vec::new();
        for (_, cell) in line {
            let nth = steps.iter().position(|steps| *steps == cell.steps()).unwrap_or_default();
            let text = text(cell).unwrap_or_else(|| "–".to_owned());
            let at = pos2(right_of(nth), y);
            text_at(ui, at, Align2::RIGHT_CENTER, &text, theme::small_mono(), palette.ink);
            said.push(format!("{}: {text}", cell.steps()));
        }
        ui.painter().hline(rect.x_range(), y + row * 0.5, Stroke::new(1.0, palette.rule));
        let whole = Rect::from_min_max(pos2(rect.left(), y - row * 0.5), pos2(rect.right(), y + row * 0.5));
        let response = ui.interact(whole.shrink(2.0), ui.scope_id().with((heading, place)), Sense::hover());
        let words = strings.with(
            "race-row",
            [("what", heading.into()), ("sampler", name.into()), ("values", said.join(", ").into())],
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    }
    y + row * 0.5
}
