//! Two noise schedules on the stage: their curves, of which drawn ones can be dragged, and what they make of one picture.
//!
//! A is a solid line and B a dashed one, everywhere; color says what a curve is about, as on every stage: blue is signal,
//! orange is noise.

mod editor;
mod plot;

use std::collections::BTreeMap;

use egui::{
    Align, Align2, CornerRadius, CursorIcon, Layout, Rect, Role, Sense, Stroke, StrokeKind, TextureHandle,
    Ui, UiBuilder, WidgetInfo, pos2, vec2,
};
use noisebook_lab::{Experiment, Number, Settings, View, curve};

use crate::act::Act;
use crate::icon;
use crate::numbers::digits;
use crate::session::Session;
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::timeline::strip_layout;
use crate::widgets::{focus_ring, text_at};
use editor::editor_ui;
use plot::{Quantity, plot_ui};

/// One of the two schedules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    A,
    B,
}

impl Side {
    pub const BOTH: [Self; 2] = [Self::A, Self::B];

    fn letter(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
        }
    }

    /// What the registry calls a measure on this side.
    fn measure(self, name: &'static str) -> &'static str {
        let pair = match name {
            "beta" => ["beta", "beta_b"],
            "signal_rate" => ["signal_rate", "signal_rate_b"],
            "noise_rate" => ["noise_rate", "noise_rate_b"],
            "alpha_cumprod" => ["alpha_cumprod", "alpha_cumprod_b"],
            _ => ["snr_db", "snr_db_b"],
        };
        match self {
            Self::A => pair[0],
            Self::B => pair[1],
        }
    }

    fn schedule(self) -> &'static str {
        match self {
            Self::A => "schedule_a",
            Self::B => "schedule_b",
        }
    }

    fn points(self) -> &'static str {
        match self {
            Self::A => "points_a",
            Self::B => "points_b",
        }
    }

    /// Whether its curve is drawn by hand.
    fn is_drawn(self, session: &Session) -> bool {
        session.settings.text(self.schedule()).is_ok_and(|name| name == "drawn")
    }

    /// What the schedule is called.
    fn name(self, strings: &Strings, session: &Session) -> String {
        let name = session.settings.text(self.schedule()).unwrap_or_default().to_owned();
        strings.find(&format!("value-{}-{name}", self.schedule().replace('_', "-"))).unwrap_or(name)
    }
}

/// Whole curves over t by the names of their measures.
pub(crate) type Curves = BTreeMap<&'static str, Vec<(f64, f64)>>;

/// How many points a curve is drawn with.
const POINTS: usize = 251;

/// The curves that the stage draws, if `experiment` compares schedules.
pub(crate) fn curves(experiment: &mut dyn Experiment) -> Curves {
    if experiment.spec().view != View::Schedules {
        return Curves::new();
    }
    let names = ["beta", "signal_rate", "alpha_cumprod", "snr_db"];
    let names = names.iter().flat_map(|name| Side::BOTH.map(|side| side.measure(name)));
    names
        .filter_map(|name| {
            let mut points = curve(experiment, name, POINTS).ok()?;
            // There is no step 0 that could add noise.
            points.retain(|(t, _)| *t > 0.0 || !name.starts_with("beta"));
            Some((name, points))
        })
        .collect()
}

/// The experiment that runs, if it can go on with other settings: then a curve follows the hand that drags it.
pub(crate) fn taken_over(
    mut experiment: Box<dyn Experiment>,
    settings: &Settings,
) -> Option<Box<dyn Experiment>> {
    let spec = experiment.spec();
    if spec.view != View::Schedules || spec.name != settings.spec().name {
        return None;
    }
    for (name, value) in settings.iter() {
        let is_same = experiment.settings().get(name).is_ok_and(|present| present == value);
        if !is_same && !experiment.change(name, value.clone()).ok()? {
            return None;
        }
    }
    Some(experiment)
}

/// A number as it is said here: decibels with one digit after the point, all else with as many as tell something.
fn text_of(name: &'static str, value: f64) -> String {
    if name.starts_with("snr_db") && value.is_finite() {
        // Not "−0.0".
        let rounded = (value * 10.0).round() / 10.0 + 0.0;
        return format!("{rounded:.1} dB").replace('-', "−");
    }
    digits(&Number { name, value, unit: if name.starts_with("snr_db") { "dB" } else { "" } })
}

/// The height of the three small plots under the curve.
const SMALL: f32 = 104.0;
/// A figure lower than this gives their room to the curve.
const SMALL_FROM: f32 = 250.0;
const GAP: f32 = 20.0;
/// The room for a caption.
const UNDER: f32 = 27.0;

/// The curve to drag, what follows from it, and both pictures at t.
pub(crate) fn picture_tab_ui(ui: &mut Ui, strings: &Strings, session: &Session, acts: &mut Vec<Act>) {
    let rect = ui.available_rect_before_wrap();
    // Two pictures above each other, as large as whole multiples of their pixels allow.
    let side = (rect.height() * 0.5 - UNDER).min(rect.width() * 0.3).max(40.0);
    let pictures = Rect::from_min_max(pos2(rect.right() - side, rect.top()), rect.max);
    let left = Rect::from_min_max(rect.min, pos2(pictures.left() - GAP - 8.0, rect.bottom()));
    let small = if left.height() >= SMALL_FROM { SMALL } else { 0.0 };
    let curve =
        Rect::from_min_max(left.min, left.max - vec2(0.0, if small > 0.0 { small + 12.0 } else { 0.0 }));
    editor_ui(ui, strings, session, curve, acts);
    if small > 0.0 {
        let width = (left.width() - 2.0 * GAP) / 3.0;
        for (nth, quantity) in
            [Quantity::Beta, Quantity::AlphaCumprod, Quantity::SnrDb].into_iter().enumerate()
        {
            let x = left.left() + nth as f32 * (width + GAP);
            let place = Rect::from_min_size(pos2(x, left.bottom() - small), vec2(width, small));
            plot_ui(ui, strings, session, quantity, place);
        }
    }
    for (nth, which) in Side::BOTH.into_iter().enumerate() {
        let top = pictures.top() + nth as f32 * pictures.height() * 0.5;
        let place = Rect::from_min_size(pos2(pictures.left(), top), vec2(side, pictures.height() * 0.5));
        mixed_ui(ui, strings, session, which, place);
    }
}

/// What a schedule makes of the picture at t.
fn mixed_ui(ui: &mut Ui, strings: &Strings, session: &Session, side: Side, place: Rect) {
    let palette = Palette::of(ui);
    let stage = session.stage.as_ref();
    let texture = stage.and_then(|stage| stage.pictures.get("x_t"));
    let picture = Rect::from_min_max(place.min, place.max - vec2(0.0, UNDER));
    let drawn = match texture {
        Some(texture) => paint_half(ui, texture, side, picture),
        None => {
            let square = Rect::from_center_size(
                picture.center(),
                egui::Vec2::splat(picture.width().min(picture.height())),
            );
            icon::dashed_box(ui.painter(), square, palette.edge);
            square
        }
    };
    // What is not there yet has no numbers; what is hidden has none either.
    let number = |name: &'static str| {
        let name = side.measure(name);
        match stage {
            Some(_) if session.hidden.contains(name) => strings.get("hidden"),
            Some(stage) => stage.number(name).map(|value| text_of(name, value)).unwrap_or_default(),
            None => String::new(),
        }
    };
    let decibels = number("snr_db");
    let name = side.name(strings, session);
    let response = ui.interact(drawn, ui.scope_id().with(("mixed", side)), Sense::hover());
    let summary = match stage {
        Some(stage) => strings.with(
            "schedule-picture",
            [
                ("side", side.letter().into()),
                ("schedule", name.as_str().into()),
                ("t", stage.t.into()),
                ("signal", number("signal_rate").into()),
                ("db", decibels.as_str().into()),
            ],
        ),
        None => strings.get("starting"),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &summary));
    let baseline = drawn.bottom() + 15.0;
    badge(ui, pos2(drawn.left() + 9.0, baseline), side);
    let at = pos2(drawn.left() + 24.0, baseline);
    let fits = |text: &str| {
        let width = ui.painter().layout_no_wrap(text.to_owned(), theme::small(), palette.ink).size().x;
        width <= drawn.right() + 4.0 - at.x
    };
    let is_hidden = session.hidden.contains(side.measure("snr_db"));
    let whole = format!("{name} · {decibels}");
    // Where there is no room for both: what the drawing does not say.
    let text = match (stage, is_hidden) {
        (None, _) => &name,
        (Some(_), _) if fits(&whole) => &whole,
        (Some(_), true) => &name,
        (Some(_), false) => &decibels,
    };
    text_at(ui, at, Align2::LEFT_CENTER, text, theme::small(), palette.soft_ink);
}

/// The letter of a schedule: A on a solid ground, B in a dashed outline.
fn badge(ui: &Ui, center: egui::Pos2, side: Side) {
    let palette = Palette::of(ui);
    let rect = Rect::from_center_size(center, vec2(18.0, 18.0));
    let ink = match side {
        Side::A => {
            ui.painter().rect_filled(rect, CornerRadius::same(4), palette.ink);
            palette.page
        }
        Side::B => {
            ui.painter().rect_filled(rect, CornerRadius::same(4), palette.page);
            let corners =
                [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom(), rect.left_top()];
            let stroke = Stroke::new(1.5, palette.ink);
            ui.painter().extend(egui::Shape::dashed_line(&corners, stroke, 3.0, 2.0));
            palette.ink
        }
    };
    text_at(ui, center, Align2::CENTER_CENTER, side.letter(), theme::small_strong(), ink);
}

/// Paints the picture of A or of B, which stand side by side in one texture with a pixel between them.
fn paint_half(ui: &Ui, texture: &TextureHandle, side: Side, rect: Rect) -> Rect {
    let [whole, high] = texture.size().map(|side| side as f32);
    let wide = ((whole - 1.0) * 0.5).max(1.0);
    let (from, to) = match side {
        Side::A => (0.0, wide / whole),
        Side::B => (1.0 - wide / whole, 1.0),
    };
    let pixels_per_point = ui.pixels_per_point();
    let fits = (rect.width() * pixels_per_point / wide).min(rect.height() * pixels_per_point / high);
    let times = if fits >= 0.99 { (fits + 0.01).floor() } else { fits };
    let drawn = vec2(wide, high) * times / pixels_per_point;
    let snap = |v: f32| (v * pixels_per_point).round() / pixels_per_point;
    let corner = rect.center() - drawn * 0.5;
    let target = Rect::from_min_size(pos2(snap(corner.x), snap(corner.y)), drawn);
    let uv = Rect::from_min_max(pos2(from, 0.0), pos2(to, 1.0));
    ui.painter().add(
        egui::epaint::RectShape::filled(target, CornerRadius::same(3), egui::Color32::WHITE)
            .with_texture(texture.id(), uv),
    );
    target
}

/// The longest side of a picture in the strips.
const STRIP_PICTURE: f32 = 64.0;
const STRIP_GAP: f32 = 4.0;
/// The room for the letters before the strips.
const LETTERS: f32 = 26.0;

/// How high both film strips are.
pub(crate) fn strips_height(width: f32) -> f32 {
    2.0 * strip_side(width).1 + STRIP_GAP
}

fn strip_side(width: f32) -> (usize, f32) {
    let (slots, side) = strip_layout(width - LETTERS);
    (slots, side.min(STRIP_PICTURE))
}

/// The film strips of both schedules, one above the other, at the same t.
pub(crate) fn strips_ui(ui: &mut Ui, strings: &Strings, session: &Session, acts: &mut Vec<Act>) {
    let palette = Palette::of(ui);
    let width = ui.available_width();
    let (slots, side) = strip_side(width);
    let (rows, _) = ui.allocate_exact_size(vec2(width, strips_height(width)), Sense::hover());
    let shown = session.strip(slots);
    let room = width - LETTERS - side;
    let stride = if shown.len() > 1 { room / (shown.len() - 1) as f32 } else { 0.0 };
    let current =
        shown.iter().enumerate().min_by_key(|(_, (position, _))| position.abs_diff(session.position()));
    let current = current.map(|(place, _)| place);
    for (nth, which) in Side::BOTH.into_iter().enumerate() {
        let top = rows.top() + nth as f32 * (side + STRIP_GAP);
        badge(ui, pos2(rows.left() + 9.0, top + side * 0.5), which);
        for (place, (_, texture)) in shown.iter().enumerate() {
            let corner = pos2(rows.left() + LETTERS + place as f32 * stride, top);
            let rect = Rect::from_min_size(corner, vec2(side, side));
            match texture {
                Some(texture) => {
                    paint_half(ui, texture, which, rect);
                }
                None => icon::dashed_box(ui.painter(), rect, palette.edge),
            }
        }
    }
    for (place, (position, texture)) in shown.iter().enumerate() {
        let corner = pos2(rows.left() + LETTERS + place as f32 * stride, rows.top());
        let column = Rect::from_min_size(corner, vec2(side, rows.height()));
        let sense = if texture.is_some() { Sense::click() } else { Sense::hover() };
        let response = ui.interact(column, ui.scope_id().with(("strips", place)), sense);
        let id = if texture.is_some() { "strip-moment" } else { "strip-empty" };
        let name = strings.with(id, [("t", session.t_at(*position).into())]);
        let role = if texture.is_some() { Role::Button } else { Role::Image };
        response.widget_info(|| WidgetInfo::labeled(role, true, &name));
        focus_ring(ui, &response, column);
        if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
            acts.push(Act::Seek(*position));
        }
        if current == Some(place) && texture.is_some() {
            let stroke = Stroke::new(2.5, palette.ink);
            let radius = CornerRadius::same(size::RADIUS_PICTURE);
            ui.painter().rect_stroke(column.expand(2.5), radius, stroke, StrokeKind::Middle);
        }
    }
}

/// Both schedules in numbers at t, and their curves over all t.
pub(crate) fn numbers_tab_ui(ui: &mut Ui, strings: &Strings, session: &Session) {
    let rect = ui.available_rect_before_wrap();
    let table = Rect::from_min_size(rect.min, vec2(214.0_f32.min(rect.width() * 0.4), rect.height()));
    let plots = Rect::from_min_max(pos2(table.right() + 26.0, rect.top()), rect.max);
    let column = UiBuilder::new().max_rect(table).layout(Layout::top_down(Align::Min));
    ui.scope_builder(column, |ui| table_ui(ui, strings, session));
    let height = (plots.height() - 2.0 * 10.0) / 3.0;
    for (nth, quantity) in [Quantity::Beta, Quantity::AlphaCumprod, Quantity::SnrDb].into_iter().enumerate() {
        let top = plots.top() + nth as f32 * (height + 10.0);
        let place = Rect::from_min_size(pos2(plots.left(), top), vec2(plots.width(), height));
        plot_ui(ui, strings, session, quantity, place);
    }
}

/// A row for each number, a column for each schedule.
fn table_ui(ui: &mut Ui, strings: &Strings, session: &Session) {
    let Some(stage) = &session.stage else {
        return;
    };
    let palette = Palette::of(ui);
    let width = ui.available_width();
    let row_height = 26.0;
    let ends = [width - 76.0, width];
    let (head, _) = ui.allocate_exact_size(vec2(width, row_height), Sense::hover());
    for (side, end) in Side::BOTH.into_iter().zip(ends) {
        badge(ui, pos2(head.left() + end - 9.0, head.center().y), side);
    }
    for name in ["beta", "signal_rate", "noise_rate", "alpha_cumprod", "snr_db"] {
        let words = strings.get(&format!("number-{}", name.replace('_', "-")));
        let values = Side::BOTH.map(|side| {
            let measure = side.measure(name);
            match stage.number(measure) {
                _ if session.hidden.contains(measure) => strings.get("hidden"),
                Some(value) => text_of(measure, value),
                None => String::new(),
            }
        });
        let (row, response) = ui.allocate_exact_size(vec2(width, row_height), Sense::hover());
        let line = format!("{words}: A {}, B {}", values[0], values[1]);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &line));
        let at = row.left_center();
        text_at(ui, at, Align2::LEFT_CENTER, &words, theme::small(), palette.soft_ink);
        for (value, end) in values.iter().zip(ends) {
            let value = value.trim_end_matches(" dB");
            let at = pos2(row.left() + end, row.center().y);
            text_at(ui, at, Align2::RIGHT_CENTER, value, theme::small_mono(), palette.ink);
        }
    }
}
