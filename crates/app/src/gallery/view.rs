//! Pictures in a grid as large as fits, each with its score; in the X-ray with what the critic would change in them.

use egui::{Align, Align2, Color32, Layout, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::verdict::verdict_ui;
use crate::game::digits::{Scores, foot, gradient_legend_ui, picture_ui, score_ui};
use crate::game::{Line, lines_ui};
use crate::icon::{self, Icon};
use crate::session::Session;
use crate::strings::Strings;
use crate::theme::{self, Palette};
use crate::tiles::Tiles;
use crate::widgets::{empty_box_ui, text_at};

/// Under the pictures: what they are.
const FOOT: f32 = 32.0;

/// Draws the moment on the stage.
pub(crate) fn gallery_ui(ui: &mut Ui, strings: &Strings, session: &Session, is_xray: bool, opacity: f32) {
    let rect = ui.available_rect_before_wrap();
    if session.is_verdict() {
        return verdict_ui(ui, strings, session, rect, opacity);
    }
    let palette = Palette::of(ui);
    let room = Rect::from_min_max(rect.min, rect.max - vec2(0.0, FOOT));
    let hides = session.hides("picture");
    let stage = session.stage.as_ref().filter(|_| !hides);
    let Some((stage, mosaic)) = stage.and_then(|stage| Some((stage, stage.mosaic("picture")?))) else {
        return empty_ui(ui, strings, session, "made-pictures", hides, room);
    };
    let tiles = Tiles::of(mosaic);
    let foot = if session.hides("score") { 0.0 } else { foot(ui, &tiles, room, tiles.num()) };
    let places = tiles.places(ui, room, foot, tiles.num());
    let values = if session.hides("score") { &[] } else { stage.series("scores") };
    let scores = Scores { values: values.iter().map(|(_, score)| *score).collect(), are_shares: false };
    let hides_gradient = session.hides("gradient");
    let over = stage.mosaic("gradient").filter(|_| is_xray && !hides_gradient).map(Tiles::of);
    for (idx, at) in places.each.iter().enumerate() {
        picture_ui(ui, &tiles, over.as_ref(), idx, *at, opacity);
        score_ui(ui, &scores, idx, *at, foot);
    }
    let id = if session.is_of_clips() { "frames-summary" } else { "walk-summary" };
    let step = if session.is_of_clips() { stage.t + 1 } else { stage.t };
    let mut summary = strings.with(id, [("count", places.each.len().into()), ("step", step.into())]);
    if let Some(score) = stage.number("score").filter(|_| !session.hides("score")) {
        let score = format!("{score:.2}").replace('-', "−");
        summary.push(' ');
        summary += &strings.with("mean-score-summary", [("score", score.into())]);
    }
    if over.is_some() {
        summary.push(' ');
        summary += &strings.get("gradient-summary");
    }
    let response = ui.interact(places.whole, ui.scope_id().with("gallery"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &summary));

    let (left, y) = (places.whole.left(), places.whole.bottom() + 19.0);
    if is_xray && hides_gradient {
        let what = strings.get("what-d-would-change");
        let text = strings.with("shown-on-commit", [("what", what.into())]).replace('\n', ", ");
        text_at(ui, pos2(left, y), Align2::LEFT_CENTER, &text, theme::small(), palette.soft_ink);
        return;
    }
    if is_xray {
        gradient_legend_ui(ui, strings, pos2(left, y), rect.right() - left);
        return;
    }
    let mark = Rect::from_center_size(pos2(left + 6.0, y), vec2(11.0, 11.0));
    icon::paint(ui.painter(), mark, Icon::Triangle, palette.noise);
    let text = strings.get("made-by-g");
    text_at(ui, pos2(left + 17.0, y), Align2::LEFT_CENTER, &text, theme::small(), palette.noise);
}

/// Where something will be.
pub(super) fn empty_ui(
    ui: &mut Ui,
    strings: &Strings,
    session: &Session,
    what: &str,
    hides: bool,
    room: Rect,
) {
    let side = room.width().min(room.height());
    let square = Rect::from_center_size(room.center(), vec2(side, side));
    let text = match (&session.failure, hides) {
        (Some(failure), _) => failure.clone(),
        (None, true) => strings.with("shown-on-commit", [("what", strings.get(what).into())]),
        (None, false) => strings.get("gallery-coming"),
    };
    empty_box_ui(ui, square, what, &text);
}

/// The numbers of the moment, and beside them how the score went, where it did.
pub(crate) fn numbers_ui(ui: &mut Ui, strings: &Strings, session: &Session) {
    let palette = Palette::of(ui);
    let Some(stage) = &session.stage else {
        return;
    };
    let rect = ui.available_rect_before_wrap();
    let table = Rect::from_min_size(rect.min, vec2(240.0, rect.height()));
    let column = UiBuilder::new().max_rect(table).layout(Layout::top_down(Align::Min));
    ui.scope_builder(column, |ui| crate::numbers::table_ui(ui, strings, session, stage));
    let points = stage.series("score");
    if points.is_empty() {
        return;
    }
    let beside = Rect::from_min_max(rect.min + vec2(270.0, 0.0), rect.max);
    let title = strings.get("score-over-steps");
    text_at(
        ui,
        beside.min + vec2(0.0, 10.0),
        Align2::LEFT_CENTER,
        &title,
        theme::small_strong(),
        palette.ink,
    );
    let plot = Rect::from_min_max(beside.min + vec2(0.0, 24.0), beside.max);
    if session.hides("score") {
        let text = strings.with("shown-on-commit", [("what", title.as_str().into())]);
        return crate::training::empty_ui(ui, &title, plot, &text);
    }
    let line = Line { points, color: palette.ink, is_dashed: false, name: strings.get("number-score") };
    lines_ui(ui, strings, &title, plot, &[line], (None, session.last_position()));
}

/// A picture dimmed or as it is.
pub(super) fn tint(opacity: f32) -> Color32 {
    Color32::WHITE.gamma_multiply(opacity)
}
