//! One picture, what the critic would change in it, and its score among those of real and of made pictures.

use egui::{Align2, Color32, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::scores::{Compared, scores_ui};
use super::view::{empty_ui, tint};
use crate::game::digits::gradient_legend_ui;
use crate::session::Session;
use crate::strings::Strings;
use crate::theme::{self, Palette};
use crate::tiles::Tiles;
use crate::widgets::text_at;

/// Under the pictures: a name, or two lines that say what colors mean.
const FOOT: f32 = 50.0;
/// Between the three.
const GAP: f32 = 22.0;
/// The scores' part of the width, in points.
const SCORES: (f32, f32) = (168.0, 250.0);
/// How high they are at least, if there is room for it.
const LEAST_HEIGHT: f32 = 300.0;

/// Draws all three side by side.
pub(super) fn verdict_ui(ui: &mut Ui, strings: &Strings, session: &Session, rect: Rect, opacity: f32) {
    let width = (rect.width() * 0.27).clamp(SCORES.0, SCORES.1);
    let each = (rect.width() - width - 2.0 * GAP) * 0.5;
    let room = |nth: f32| {
        let left = rect.left() + nth * (each + GAP);
        Rect::from_min_max(pos2(left, rect.top()), pos2(left + each, rect.bottom() - FOOT))
    };
    let drawn = picture_ui(ui, strings, session, room(0.0), opacity);
    change_ui(ui, strings, session, room(1.0), opacity);
    let beside = Rect::from_min_max(pos2(rect.right() - width, rect.top()), rect.max);
    let beside = match drawn {
        // As high as the pictures, or higher where there is room and they are small.
        Some(drawn) => {
            let height = (drawn.height() + FOOT).max(LEAST_HEIGHT);
            let top = (drawn.bottom() + FOOT - height).max(beside.top());
            Rect::from_min_max(pos2(beside.left(), top), pos2(beside.right(), drawn.bottom() + FOOT))
        }
        None => {
            let side = each.min(room(0.0).height());
            Rect::from_center_size(pos2(beside.center().x, room(0.0).center().y), vec2(width, side + 8.0))
        }
    };
    compared_ui(ui, strings, session, beside);
}

/// The picture after the steps so far; returns where it is.
fn picture_ui(ui: &mut Ui, strings: &Strings, session: &Session, room: Rect, opacity: f32) -> Option<Rect> {
    let palette = Palette::of(ui);
    let hides = session.hides("picture");
    let stage = session.stage.as_ref().filter(|_| !hides);
    let Some((stage, mosaic)) = stage.and_then(|stage| Some((stage, stage.mosaic("picture")?))) else {
        empty_ui(ui, strings, session, "judged-picture", hides, room);
        return None;
    };
    let tiles = Tiles::of(mosaic);
    let at = tiles.places(ui, room, 0.0, 1).each.first().copied()?;
    tiles.paint(ui, 0, at, tint(opacity));
    let own = session.own_picture_name().filter(|_| session.stage_is_current());
    let name = match (stage.t, own) {
        (0, Some(own)) => own.to_owned(),
        (0, None) => strings.get("judged-picture"),
        (step, _) => strings.with("after-steps", [("steps", step.into())]),
    };
    let below = pos2(at.left(), at.bottom() + 19.0);
    text_at(ui, below, Align2::LEFT_CENTER, &name, theme::interface(), palette.soft_ink);
    let mut summary = name.clone();
    if let Some(score) = stage.number("score").filter(|_| !session.hides("score")) {
        let score = format!("{score:.2}").replace('-', "−");
        summary = strings.with("judged-summary", [("what", name.into()), ("score", score.into())]);
    }
    let response = ui.interact(at, ui.scope_id().with("judged"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &summary));
    Some(at)
}

/// What the critic would change.
fn change_ui(ui: &mut Ui, strings: &Strings, session: &Session, room: Rect, opacity: f32) {
    let hides = session.hides("gradient") || session.hides("picture");
    let stage = session.stage.as_ref().filter(|_| !hides);
    let both = stage.and_then(|stage| Some((stage.mosaic("picture")?, stage.mosaic("gradient")?)));
    let Some((picture, gradient)) = both else {
        return empty_ui(ui, strings, session, "what-d-would-change", hides, room);
    };
    let (picture, gradient) = (Tiles::of(picture), Tiles::of(gradient));
    let Some(at) = gradient.places(ui, room, 0.0, 1).each.first().copied() else {
        return;
    };
    ui.painter().rect_filled(at, 0.0, Color32::BLACK);
    picture.paint(ui, 0, at, Color32::from_gray(70));
    gradient.paint(ui, 0, at, tint(opacity));
    gradient_legend_ui(ui, strings, pos2(at.left(), at.bottom() + 19.0), at.width() + GAP);
    let response = ui.interact(at, ui.scope_id().with("change"), Sense::hover());
    let summary = strings.get("gradient-summary");
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &summary));
}

/// Where its score lies.
fn compared_ui(ui: &mut Ui, strings: &Strings, session: &Session, rect: Rect) {
    let title = strings.get("its-score");
    let hides = ["score", "real_share", "made_share"].iter().any(|name| session.hides(name));
    if hides {
        let text = strings.with("shown-on-commit", [("what", title.as_str().into())]);
        return crate::training::empty_ui(ui, &title, rect.shrink2(vec2(0.0, 4.0)), &text);
    }
    let Some(stage) = &session.stage else {
        return crate::training::empty_ui(ui, &title, rect, &strings.get("gallery-coming"));
    };
    let values = |name: &str| stage.series(name).iter().map(|(_, score)| *score).collect::<Vec<f64>>();
    let path = values("score");
    let compared = Compared {
        real: values("real_scores"),
        made: values("made_scores"),
        at_first: path.first().copied(),
        now: stage.number("score"),
        shares: [stage.number("real_share"), stage.number("made_share")],
    };
    scores_ui(ui, strings, &compared, rect);
}
