//! Pictures of a game: what G makes of the same z, each with D's score, and real ones beside them.

use egui::{Align2, Color32, CornerRadius, FontId, Pos2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::plane::title_ui;
use super::view::{FOOT, seconds_ui};
use super::{Shown, Side, sides};
use crate::icon::{self, Icon};
use crate::theme::{self, Palette};
use crate::tiles::Tiles;
use crate::widgets::{empty_box_ui, text_at};

/// Under a picture: its score, and no more than a bar where there is no room for the number.
const SCORE: f32 = 16.0;
const BAR: f32 = 7.0;
/// A picture narrower than this has no number.
const NUMBER_FROM: f32 = 44.0;
/// What stands over the pictures of each of two games.
const TITLE: f32 = 26.0;
/// Between two games.
const BETWEEN: f32 = 22.0;
/// Pictures are drawn so large that at least so many are seen: of one game, and of each of two.
const LEAST: usize = 15;
const LEAST_OF_TWO: usize = 9;
/// The share of the height that real pictures take.
const REAL: f32 = 0.24;
/// A place lower than this has no real pictures.
const REAL_FROM: f32 = 230.0;

/// Scores, and how they are drawn.
pub(crate) struct Scores {
    pub values: Vec<f64>,
    /// Whether they are shares from 0 to 1, and not scores that mean something only among themselves.
    pub are_shares: bool,
}

impl Scores {
    /// The score of a picture as a text, and how long its bar is.
    fn of(&self, idx: usize) -> Option<(String, f32)> {
        let score = self.values.get(idx).copied().filter(|score| score.is_finite())?;
        if self.are_shares {
            return Some((format!("{score:.2}"), score.clamp(0.0, 1.0) as f32));
        }
        let all = || self.values.iter().copied().filter(|score| score.is_finite());
        let (least, most) = (all().fold(score, f64::min), all().fold(score, f64::max));
        let share = (score - least) / (most - least).max(1e-9);
        // No number is minus zero.
        let rounded = (score * 10.0).round() / 10.0 + 0.0;
        Some((format!("{rounded:.1}").replace('-', "−"), 0.05 + 0.95 * share as f32))
    }
}

/// A bar with the score beside it, in the `foot` under a picture.
pub(crate) fn score_ui(ui: &Ui, scores: &Scores, idx: usize, picture: Rect, foot: f32) {
    let Some((text, share)) = scores.of(idx) else {
        return;
    };
    let palette = Palette::of(ui);
    let has_number = foot >= SCORE;
    let y = picture.bottom() + if has_number { 9.0 } else { 5.0 };
    let mut right = picture.right();
    if has_number {
        let at = pos2(picture.right(), y);
        let font = FontId::monospace(11.5);
        right = text_at(ui, at, Align2::RIGHT_CENTER, &text, font, palette.ink).left() - 5.0;
    }
    let track = Rect::from_min_max(pos2(picture.left(), y - 2.0), pos2(right, y + 2.0));
    if track.width() > 6.0 {
        ui.painter().rect_filled(track, CornerRadius::same(2), palette.rule);
        let bar = Rect::from_min_size(track.min, vec2(track.width() * share, track.height()));
        ui.painter().rect_filled(bar, CornerRadius::same(2), palette.soft_ink);
    }
}

/// How high what is under a picture is, where `least` pictures have to be seen in `room`.
pub(crate) fn foot(ui: &Ui, tiles: &Tiles<'_>, room: Rect, least: usize) -> f32 {
    let places = tiles.places(ui, room, SCORE, least);
    if places.each.first().is_some_and(|place| place.width() >= NUMBER_FROM) { SCORE } else { BAR }
}

/// Draws the pictures of the game, or of both, and real ones under them.
pub(super) fn digits_ui(ui: &mut Ui, shown: &Shown<'_>, rect: Rect) {
    let Shown { strings, session, .. } = *shown;
    let rect = Rect::from_min_max(rect.min, rect.max - vec2(0.0, FOOT));
    let has_real = rect.height() >= REAL_FROM && !session.hides("real");
    let real_height = if has_real { rect.height() * REAL } else { 0.0 };
    let made = Rect::from_min_max(rect.min, rect.max - vec2(0.0, real_height));
    let num = if session.has_rival() { 2.0 } else { 1.0 };
    let width = (made.width() - BETWEEN * (num - 1.0)) / num;
    for (side, nth) in [(Side::First, 0.0), (Side::Rival, 1.0)] {
        if side == Side::Rival && !session.has_rival() {
            break;
        }
        let left = made.left() + nth * (width + BETWEEN);
        let mut place = Rect::from_min_size(pos2(left, made.top()), vec2(width, made.height()));
        if !sides(session).contains(&side) {
            let text = strings.with("shown-on-commit", [("what", strings.get("game-rival").into())]);
            empty_box_ui(ui, place, "hidden game", &text);
            continue;
        }
        if session.has_rival() {
            title_ui(ui, shown, side, Rect::from_min_size(place.min, vec2(place.width(), TITLE)));
            place.min.y += TITLE;
        }
        made_ui(ui, shown, side, place);
    }
    if has_real {
        let place = Rect::from_min_max(pos2(rect.left(), made.bottom()), rect.max);
        real_ui(ui, shown, place);
    }
    let y = rect.bottom() + 19.0;
    let from = legend_ui(ui, shown, rect, y);
    seconds_ui(ui, shown, rect, from, y);
}

fn made_ui(ui: &mut Ui, shown: &Shown<'_>, side: Side, place: Rect) {
    let Shown { strings, session, .. } = *shown;
    let stage = session.stage.as_ref();
    let hides = session.hides("samples");
    let mosaic = stage.filter(|_| !hides).and_then(|stage| stage.mosaic(&side.name("samples")));
    let (Some(stage), Some(mosaic)) = (stage, mosaic) else {
        let text = match (&session.failure, hides) {
            (Some(failure), _) => failure.clone(),
            (None, true) => strings.with("shown-on-commit", [("what", strings.get("made-pictures").into())]),
            (None, false) => strings.get("samples-coming"),
        };
        empty_box_ui(ui, place.shrink2(vec2(0.0, 4.0)), "hidden game", &text);
        return;
    };
    let tiles = Tiles::of(mosaic);
    let least = if session.has_rival() { LEAST_OF_TWO } else { LEAST };
    let foot = foot(ui, &tiles, place, least);
    let places = tiles.places(ui, place, foot, least);
    let name = side.name("scores");
    let values = if session.hides(&name) {
        Vec::new()
    } else {
        stage.series(&name).iter().map(|(_, score)| *score).collect()
    };
    let scores = Scores { values, are_shares: !side.is_wasserstein(stage) };
    let over = stage.mosaic(&side.name("gradient")).filter(|_| shown.is_xray && !session.hides("gradient"));
    let over = over.map(Tiles::of);
    for (idx, at) in places.each.iter().enumerate() {
        picture_ui(ui, &tiles, over.as_ref(), idx, *at, shown.opacity);
        score_ui(ui, &scores, idx, *at, foot);
    }
    let mut summary = String::new();
    if session.has_rival() {
        summary = format!("{}: ", side.title(strings, session));
    }
    summary +=
        &strings.with("samples-summary", [("count", places.each.len().into()), ("update", stage.t.into())]);
    let said: Vec<String> = (0..places.each.len()).filter_map(|idx| Some(scores.of(idx)?.0)).collect();
    if !said.is_empty() {
        summary.push(' ');
        summary += &strings.with("scores-summary", [("scores", said.join(", ").into())]);
    }
    if over.is_some() {
        summary.push(' ');
        summary += &strings.get("gradient-summary");
    }
    let response = ui.interact(places.whole, ui.scope_id().with(("made", side as u8)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &summary));
}

/// A picture, or a dark one with what D would change in it over it.
pub(crate) fn picture_ui(
    ui: &Ui,
    tiles: &Tiles<'_>,
    over: Option<&Tiles<'_>>,
    idx: usize,
    at: Rect,
    opacity: f32,
) {
    let Some(over) = over else {
        tiles.paint(ui, idx, at, Color32::WHITE.gamma_multiply(opacity));
        return;
    };
    ui.painter().rect_filled(at, 0.0, Color32::BLACK);
    tiles.paint(ui, idx, at, Color32::from_gray(110));
    over.paint(ui, idx, at, Color32::WHITE.gamma_multiply(opacity));
}

/// A row of real pictures, under its name.
fn real_ui(ui: &mut Ui, shown: &Shown<'_>, rect: Rect) {
    let Shown { strings, session, .. } = *shown;
    let Some((stage, mosaic)) = session.stage.as_ref().and_then(|stage| Some((stage, stage.mosaic("real")?)))
    else {
        return;
    };
    let palette = Palette::of(ui);
    let tiles = Tiles::of(mosaic);
    let y = rect.top() + 15.0;
    let mark = Rect::from_center_size(pos2(rect.left() + 6.0, y), vec2(11.0, 11.0));
    icon::paint(ui.painter(), mark, Icon::Disc, palette.signal);
    let text = strings.get("real-pictures");
    text_at(ui, pos2(rect.left() + 17.0, y), Align2::LEFT_CENTER, &text, theme::small(), palette.signal);
    let room = Rect::from_min_max(rect.min + vec2(0.0, 26.0), rect.max);
    let values = if session.hides("real_scores") {
        Vec::new()
    } else {
        stage.series("real_scores").iter().map(|(_, score)| *score).collect()
    };
    let scores = Scores { values, are_shares: !Side::First.is_wasserstein(stage) };
    let foot = foot(ui, &tiles, room, tiles.num());
    let mut places = tiles.places(ui, room, foot, tiles.num());
    places.move_by(vec2(rect.left() - places.whole.left(), 0.0));
    for (idx, at) in places.each.iter().enumerate() {
        tiles.paint(ui, idx, *at, Color32::WHITE);
        score_ui(ui, &scores, idx, *at, foot);
    }
    let said: Vec<String> = (0..places.each.len()).filter_map(|idx| Some(scores.of(idx)?.0)).collect();
    let summary = strings
        .with("real-summary", [("count", places.each.len().into()), ("scores", said.join(", ").into())]);
    let response = ui.interact(places.whole, ui.scope_id().with("real"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &summary));
}

/// Under the pictures: who made them, or what the colors of the gradient mean; returns where it ends.
fn legend_ui(ui: &mut Ui, shown: &Shown<'_>, rect: Rect, y: f32) -> f32 {
    let palette = Palette::of(ui);
    if shown.is_xray {
        return gradient_legend_ui(ui, shown.strings, pos2(rect.left(), y), rect.width());
    }
    let mark = Rect::from_center_size(pos2(rect.left() + 6.0, y), vec2(11.0, 11.0));
    icon::paint(ui.painter(), mark, Icon::Triangle, palette.noise);
    let text = shown.strings.get("made-by-g");
    let at = pos2(rect.left() + 17.0, y);
    text_at(ui, at, Align2::LEFT_CENTER, &text, theme::small(), palette.noise).right() + 16.0
}

/// What blue and orange mean on a gradient, in one line or in two; returns where it ends.
pub(crate) fn gradient_legend_ui(ui: &Ui, strings: &crate::strings::Strings, at: Pos2, width: f32) -> f32 {
    let palette = Palette::of(ui);
    let keys = [(theme::DARK.signal, "gradient-brighter"), (theme::DARK.noise, "gradient-darker")];
    let keys = keys.map(|(color, id)| {
        let galley = ui.painter().layout_no_wrap(strings.get(id), theme::small(), palette.ink);
        (color, galley)
    });
    let wide: f32 = keys.iter().map(|(_, galley)| galley.size().x + 34.0).sum();
    let is_stacked = wide - 16.0 > width;
    let (mut at, mut end) = (at, at.x);
    for (color, galley) in keys {
        let square = Rect::from_center_size(at + vec2(6.0, 0.0), vec2(12.0, 12.0));
        ui.painter().rect_filled(square, CornerRadius::same(2), Color32::BLACK);
        ui.painter().rect_filled(square.shrink(2.0), CornerRadius::same(1), color);
        let text = galley.size();
        ui.painter().galley(at + vec2(18.0, -text.y * 0.5), galley, palette.ink);
        end = end.max(at.x + 18.0 + text.x);
        at += if is_stacked { vec2(0.0, 19.0) } else { vec2(text.x + 34.0, 0.0) };
    }
    end + 16.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_bars_of_their_length_and_scores_among_themselves() {
        let shares = Scores { values: vec![0.25, 1.0], are_shares: true };
        assert_eq!(shares.of(0), Some(("0.25".to_owned(), 0.25)));
        let scores = Scores { values: vec![-3.0, 5.0], are_shares: false };
        assert_eq!(scores.of(0), Some(("−3.0".to_owned(), 0.05)));
        assert_eq!(scores.of(1), Some(("5.0".to_owned(), 1.0)));
        assert_eq!(scores.of(2), None);
        let small = Scores { values: vec![-0.01, 0.0], are_shares: false };
        assert_eq!(small.of(0).map(|(text, _)| text).as_deref(), Some("0.0"));
    }
}
