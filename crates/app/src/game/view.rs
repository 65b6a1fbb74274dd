//! What stands where: the planes or the pictures as large as they can be, and beside them the plots or the knobs.

use egui::{
    Align2, Color32, CornerRadius, Key, Popup, Rect, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};

use super::digits::digits_ui;
use super::knobs::{self, knobs_ui};
use super::plane::{plane_ui, title_ui};
use super::plots::plots_ui;
use super::slow::slow_ui;
use super::{Look, Part, Shown, Side, sides};
use crate::act::Act;
use crate::icon::{self, Icon};
use crate::theme::{self, Palette, size};
use crate::widgets::{empty_box_ui, focus_ring, tabs_ui, text_at};

/// The column beside the planes, in points.
const BESIDE: (f32, f32) = (196.0, 310.0);
/// Knobs that take more than this share of the width take all of it.
const MOST_KNOBS: f32 = 0.7;
/// Between the two, and between two planes.
const GAP: f32 = 24.0;
const BETWEEN: f32 = 18.0;
/// What is under the planes: the switches of what is drawn.
pub(super) const FOOT: f32 = 34.0;
/// What stands over each of two planes.
const TITLE: f32 = 26.0;
/// Plots or knobs.
const SWITCH: f32 = 38.0;
/// A stage lower than this has no row for slow motion, as long as nobody is in it.
const SLOW_FROM: f32 = 230.0;
/// How much wider a switch is than its word, and how far it is from the next.
const WITH_WORDS: f32 = 27.0;
const APART: f32 = 3.0;
/// Lines under the plots.
const MEASURED: usize = 4;

/// Draws the game into the room there is.
pub(crate) fn game_ui(ui: &mut Ui, shown: &Shown<'_>, acts: &mut Vec<Act>) {
    let mut rect = ui.available_rect_before_wrap();
    let session = shown.session;
    let is_of_points = session.is_of_points();
    let has_slow = is_of_points && !session.hides("samples");
    if has_slow && (session.substep().is_some() || rect.height() > SLOW_FROM) {
        rect.min.y += slow_ui(ui, shown, rect, acts) + 4.0;
    }
    let look = Look::of(ui);
    let has_knobs = look.has_knobs && !knobs::acting(session).is_empty();
    let wanted = if has_knobs { knobs::width(ui, shown, rect.height() - SWITCH) } else { 0.0 };
    if wanted > rect.width() * MOST_KNOBS {
        // In a small window there is room for the knobs or the game, not for both.
        return beside_ui(ui, shown, rect, acts);
    }
    let width = if has_knobs {
        wanted.max(BESIDE.0)
    } else {
        let share = if session.has_rival() { 0.28 } else { 0.36 };
        (rect.width() * share).clamp(BESIDE.0, BESIDE.1)
    };
    let beside = Rect::from_min_max(pos2(rect.right() - width, rect.top()), rect.max);
    let place = Rect::from_min_max(rect.min, pos2(beside.left() - GAP, rect.bottom()));
    if is_of_points {
        let look = keys(ui, shown, look);
        planes_ui(ui, shown, look, place);
    } else {
        digits_ui(ui, shown, place);
    }
    beside_ui(ui, shown, beside, acts);
}

/// The keys that show or hide a part of the planes.
fn keys(ui: &Ui, shown: &Shown<'_>, look: Look) -> Look {
    let is_free = ui.memory(|memory| memory.focused().is_none()) && !Popup::is_any_open(ui.ctx());
    if !is_free {
        return look;
    }
    let mut now = look;
    for part in Part::ALL {
        let is_pressed = ui.input(|input| input.modifiers.is_none() && input.key_pressed(key(part)));
        if is_pressed && may_be_seen(shown, part) {
            now = now.toggle(part, shown.asked_for);
            now.remember(ui);
        }
    }
    now
}

fn key(part: Part) -> Key {
    match part {
        Part::Real => Key::D,
        Part::Made => Key::M,
        Part::Heat => Key::H,
        Part::Sheet => Key::S,
        Part::Arrows => Key::A,
    }
}

fn may_be_seen(shown: &Shown<'_>, part: Part) -> bool {
    let session = shown.session;
    let of_made = matches!(part, Part::Made | Part::Sheet | Part::Arrows) && session.hides("samples");
    let has_sheet = session.settings.int("latent_dim").is_ok_and(|dim| dim <= 2);
    !of_made && !session.hides(part.name()) && (part != Part::Sheet || has_sheet)
}

/// One plane or two, as large as they can be, and under them what is drawn on them.
fn planes_ui(ui: &mut Ui, shown: &Shown<'_>, look: Look, place: Rect) {
    let Shown { strings, session, .. } = *shown;
    let has_rival = session.has_rival();
    let title = if has_rival { TITLE } else { 0.0 };
    let num = if has_rival { 2.0 } else { 1.0 };
    let room = Rect::from_min_max(place.min, place.max - vec2(0.0, FOOT));
    let side = ((room.width() - BETWEEN * (num - 1.0)) / num).min(room.height() - title).max(1.0);
    let whole = vec2(side * num + BETWEEN * (num - 1.0), side + title);
    let corner = pos2(room.center().x - whole.x * 0.5, room.top());
    let square = |nth: f32| {
        let left = corner.x + nth * (side + BETWEEN);
        Rect::from_min_size(pos2(left, corner.y + title), vec2(side, side))
    };
    let over = |square: Rect| Rect::from_min_size(square.min - vec2(0.0, title), vec2(square.width(), title));
    let shown_sides = sides(session);
    for (side, nth) in [(Side::First, 0.0), (Side::Rival, 1.0)] {
        if side == Side::Rival && !has_rival {
            break;
        }
        let square = square(nth);
        if !shown_sides.contains(&side) {
            let text = strings.with("shown-on-commit", [("what", strings.get("game-rival").into())]);
            empty_box_ui(ui, square, "hidden game", &text);
            continue;
        }
        if has_rival {
            title_ui(ui, shown, side, over(square));
        }
        if session.stage.is_none() {
            let text = session.failure.clone().unwrap_or_else(|| strings.get("samples-coming"));
            empty_box_ui(ui, square, "hidden game", &text);
        } else {
            plane_ui(ui, shown, look, side, square);
        }
    }
    let top = corner.y + whole.y;
    // It begins where the planes do, or farther left where they are small.
    let left = if whole.x > 330.0 { corner.x } else { place.left() };
    let foot = Rect::from_min_max(pos2(left, top), pos2(place.right(), top + FOOT));
    parts_ui(ui, shown, look, foot);
}

/// The parts of a plane, each a mark with its name; a click shows or hides it.
fn parts_ui(ui: &mut Ui, shown: &Shown<'_>, look: Look, rect: Rect) {
    let palette = Palette::of(ui);
    let strings = shown.strings;
    let parts: Vec<(Part, String)> = Part::ALL
        .into_iter()
        .filter(|part| may_be_seen(shown, *part))
        .map(|part| (part, strings.get(&format!("part-{}", part.name()))))
        .collect();
    let width =
        |text: &str| ui.painter().layout_no_wrap(text.to_owned(), theme::small(), palette.ink).size().x;
    let whole: f32 = parts.iter().map(|(_, text)| width(text) + WITH_WORDS + APART).sum();
    // Where there is no room for the words, the marks have to do.
    let has_words = whole <= rect.width() + APART;
    let mut x = rect.left();
    let y = rect.top() + 19.0;
    for (part, text) in parts {
        let is_on = look.has(part, shown.asked_for);
        let wide = if has_words { width(&text) + WITH_WORDS } else { 22.0 };
        let place = Rect::from_min_max(pos2(x, y - 11.0), pos2(x + wide, y + 11.0));
        let response = ui.interact(place, ui.scope_id().with(("part", part.name())), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, is_on, &text));
        let color = match part {
            Part::Real => palette.signal,
            Part::Made => palette.noise,
            _ => palette.ink,
        };
        let color = if is_on { color } else { palette.soft_ink };
        // What is on stands on a ground of its own.
        if is_on {
            ui.painter().rect_filled(place, CornerRadius::same(6), palette.wash);
        }
        if response.hovered() {
            let edge = Stroke::new(1.0, palette.edge);
            ui.painter().rect_stroke(place, CornerRadius::same(6), edge, StrokeKind::Inside);
        }
        let mark = Rect::from_center_size(pos2(x + 11.0, y), vec2(12.0, 12.0));
        mark_ui(ui, part, mark, color, is_on);
        if has_words {
            text_at(ui, pos2(x + 21.0, y), Align2::LEFT_CENTER, &text, theme::small(), color);
        }
        focus_ring(ui, &response, place);
        let hint =
            strings.with("part-hint", [("part", text.as_str().into()), ("key", key(part).name().into())]);
        if response.on_hover_text(hint).clicked() {
            Look::of(ui).toggle(part, shown.asked_for).remember(ui);
        }
        x = place.right() + APART;
    }
    seconds_ui(ui, shown, rect, x, y);
}

/// A small picture of what a switch switches.
fn mark_ui(ui: &Ui, part: Part, rect: Rect, color: Color32, is_on: bool) {
    let painter = ui.painter();
    let stroke = Stroke::new(1.2, color);
    match part {
        Part::Real => icon::paint(painter, rect.shrink(0.5), Icon::Disc, color),
        Part::Made => icon::paint(painter, rect.shrink(0.5), Icon::Triangle, color),
        Part::Heat => {
            let palette = Palette::of(ui);
            let (left, right) = rect.shrink(1.0).split_left_right_at_fraction(0.5);
            let fill = |color: Color32| if is_on { color.gamma_multiply(0.45) } else { Color32::TRANSPARENT };
            painter.rect_filled(left, 0.0, fill(palette.signal));
            painter.rect_filled(right, 0.0, fill(palette.noise));
            painter.vline(rect.center().x, rect.shrink(1.0).y_range(), stroke);
        }
        Part::Sheet => {
            let rect = rect.shrink(1.0);
            for share in [0.0, 0.5, 1.0] {
                painter.hline(rect.x_range(), egui::lerp(rect.y_range(), share), stroke);
                painter.vline(egui::lerp(rect.x_range(), share), rect.y_range(), stroke);
            }
        }
        Part::Arrows => icon::paint(painter, rect, Icon::ArrowRight, color),
    }
}

/// For how long it has learned, where there is room for it.
pub(super) fn seconds_ui(ui: &mut Ui, shown: &Shown<'_>, rect: Rect, from: f32, y: f32) {
    let palette = Palette::of(ui);
    let session = shown.session;
    let is_earlier = session.is_at_earlier_state();
    let seconds = if is_earlier { session.seconds_here() } else { session.seconds };
    let has_learned = if is_earlier { session.t() > 0 } else { session.has_learned() };
    let id = match (session.is_playing(), has_learned) {
        (true, _) => "learning-for",
        (false, true) => "learned-for",
        (false, false) => "not-learned-yet",
    };
    let text = shown.strings.with(id, [("seconds", format!("{seconds:.0}").into())]);
    let galley = ui.painter().layout_no_wrap(text.clone(), theme::small(), palette.soft_ink);
    let left = rect.right() - galley.size().x;
    if left < from {
        return;
    }
    let place = Rect::from_min_size(pos2(left, y - galley.size().y * 0.5), galley.size());
    let response = ui.interact(place, ui.scope_id().with("seconds"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
    ui.painter().galley(place.min, galley, palette.soft_ink);
}

/// Plots or knobs.
fn beside_ui(ui: &mut Ui, shown: &Shown<'_>, rect: Rect, acts: &mut Vec<Act>) {
    let look = Look::of(ui);
    let mut below = rect;
    let mut has_knobs = false;
    if !knobs::acting(shown.session).is_empty() {
        let line = Rect::from_min_size(rect.min, vec2(rect.width(), size::CONTROL));
        let names = [(false, shown.strings.get("beside-plots")), (true, shown.strings.get("beside-knobs"))];
        let builder = UiBuilder::new().id_salt("beside").max_rect(line);
        has_knobs = ui.scope_builder(builder, |ui| tabs_ui(ui, look.has_knobs, &names)).inner;
        if has_knobs != look.has_knobs {
            Look { has_knobs, ..look }.remember(ui);
        }
        below.min.y += SWITCH;
    }
    if has_knobs {
        knobs_ui(ui, shown, below, acts);
    } else {
        plots_ui(ui, shown, below, MEASURED);
    }
}
