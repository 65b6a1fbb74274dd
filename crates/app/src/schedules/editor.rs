//! The curve that is dragged: the signal rate over t, with a handle for each point of a drawn schedule.
//!
//! A point stays between its neighbors, so that the curve falls whatever one does. Every change is the experiment's own
//! setting, so it is undone, saved and copied as any other; a drag is one change.

use egui::{
    Align, EventFilter, Key, Layout, Pos2, Rect, Role, Sense, Stroke, Ui, UiBuilder, WidgetInfo, accesskit,
    pos2, vec2,
};

use super::Side;
use super::plot::{Frame, Quantity, frame_ui, summary};
use crate::act::Act;
use crate::session::{Session, value_at};
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::widgets::{Action, Weight, is_first_of_drag, text_ui};

/// The least way between two points, as a share of the whole, and the least fall.
const LEAST: f64 = 0.01;
/// How far an arrow key moves a point; with shift five times as far.
const BY_KEY: f64 = 0.01;
/// The most points of a curve.
const MOST: usize = 12;
/// How many points a schedule gets that is made draggable.
const TRACED: usize = 6;

/// The side of what can be taken hold of around a point.
const HANDLE: f32 = 26.0;

type Points = Vec<[f64; 2]>;

/// The editor with its heading.
pub(super) fn editor_ui(ui: &mut Ui, strings: &Strings, session: &Session, rect: Rect, acts: &mut Vec<Act>) {
    let palette = Palette::of(ui);
    let heading = Rect::from_min_size(rect.min, vec2(rect.width(), size::SMALL_CONTROL));
    let builder = UiBuilder::new().id_salt("curve heading").max_rect(heading);
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().interact_size.y = size::SMALL_CONTROL;
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.horizontal(|ui| {
            text_ui(ui, &strings.get("plot-signal-rate"), theme::small(), palette.signal);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                for side in Side::BOTH.into_iter().rev() {
                    button_ui(ui, strings, session, side, acts);
                }
            });
        });
    });
    let quantity = Quantity::SignalRate;
    let is_hidden = |side: Side| session.hidden.contains(side.measure(quantity.measure()));
    let plot = Rect::from_min_max(rect.min + vec2(0.0, 6.0), rect.max);
    let frame = frame_ui(ui, session, quantity, plot, 34.0);
    let response = ui.interact(frame.plot.expand(HANDLE * 0.5), ui.scope_id().with("curve"), Sense::click());
    let words = if Side::BOTH.into_iter().all(is_hidden) {
        let words = strings.get("plot-signal-rate");
        let text = strings.with("shown-on-commit", [("what", words.as_str().into())]).replace('\n', " ");
        let at = frame.plot.center();
        crate::widgets::text_at(ui, at, egui::Align2::CENTER_CENTER, &text, theme::small(), palette.soft_ink);
        text
    } else {
        summary(strings, session, quantity)
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &words));
    let drawn: Vec<Side> =
        Side::BOTH.into_iter().filter(|side| side.is_drawn(session) && !is_hidden(*side)).collect();
    if response.double_clicked()
        && let Some(at) = response.interact_pointer_pos()
        && let Some(side) = nearest(session, &frame, &drawn, at)
    {
        let points = points_of(session, side);
        if let Some(points) = with_point(&points, frame.share_and_rate(at)) {
            acts.push(adjust(side, &points, true));
        }
    }
    for side in drawn {
        handles_ui(ui, strings, session, &frame, side, acts);
    }
}

/// What can be done with a curve as a whole: it is made draggable, or gets a point more.
fn button_ui(ui: &mut Ui, strings: &Strings, session: &Session, side: Side, acts: &mut Vec<Act>) {
    let with_letter = |id| strings.with(id, [("side", side.letter().into())]);
    let points = points_of(session, side);
    if side.is_drawn(session) {
        let text = with_letter("add-point");
        if points.len() < MOST
            && ui.add(Action::new(Weight::Quiet, &text).small()).clicked()
            && let Some(points) = in_widest_gap(session, side, &points)
        {
            acts.push(adjust(side, &points, true));
        }
        return;
    }
    let text = with_letter("make-draggable");
    // Of A one reads, B is one's own, unless A is drawn too.
    if side == Side::B
        && ui.add(Action::new(Weight::Quiet, &text).small()).clicked()
        && let Some(points) = traced(session, side)
    {
        let settings = vec![
            (side.schedule().to_owned(), "drawn".to_owned()),
            (side.points().to_owned(), text_of(&points)),
        ];
        acts.push(Act::Adjust { settings, is_new: true });
    }
}

fn points_of(session: &Session, side: Side) -> Points {
    session.settings.points(side.points()).map(<[[f64; 2]]>::to_vec).unwrap_or_default()
}

/// As the setting is typed.
fn text_of(points: &[[f64; 2]]) -> String {
    format!("{points:?}")
}

fn adjust(side: Side, points: &[[f64; 2]], is_new: bool) -> Act {
    Act::Adjust { settings: vec![(side.points().to_owned(), text_of(points))], is_new }
}

/// To a thousandth: finer than anyone drags, and short in a file.
fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// The points with the one at `idx` as near to `to` as its neighbors allow.
fn moved(points: &[[f64; 2]], idx: usize, [share, rate]: [f64; 2]) -> Points {
    let mut points = points.to_vec();
    let before = idx.checked_sub(1).and_then(|before| points.get(before)).copied().unwrap_or([0.0, 1.0]);
    let after = points.get(idx + 1).copied();
    let is_last = after.is_none();
    let after = after.unwrap_or([1.0 + LEAST, -LEAST]);
    if let Some(point) = points.get_mut(idx) {
        let [least_share, most_share] = [before[0] + LEAST, after[0] - LEAST];
        let [least_rate, most_rate] = [after[1] + LEAST, before[1] - LEAST];
        let share = if is_last { 1.0 } else { share.min(most_share).max(least_share) };
        // Where the neighbors leave no room the point stays where it is.
        if least_share <= most_share + 1e-9 || is_last {
            point[0] = round(share);
        }
        if least_rate <= most_rate + 1e-9 {
            point[1] = round(rate.min(most_rate).max(least_rate));
        }
    }
    points
}

/// The points with one more at `at`, between its neighbors; none where there is no room.
fn with_point(points: &[[f64; 2]], at: [f64; 2]) -> Option<Points> {
    let idx = points.iter().position(|point| point[0] > at[0])?;
    let before = idx.checked_sub(1).and_then(|before| points.get(before)).copied().unwrap_or([0.0, 1.0]);
    let after = points.get(idx).copied()?;
    let has_room = after[0] - before[0] >= 2.0 * LEAST && before[1] - after[1] >= 2.0 * LEAST;
    if !has_room || points.len() >= MOST {
        return None;
    }
    let mut points = points.to_vec();
    points.insert(idx, [(before[0] + after[0]) * 0.5, (before[1] + after[1]) * 0.5]);
    Some(moved(&points, idx, at))
}

/// The points with one more on the curve, in the middle of the longest piece.
fn in_widest_gap(session: &Session, side: Side, points: &[[f64; 2]]) -> Option<Points> {
    let all: Points = std::iter::once([0.0, 1.0]).chain(points.iter().copied()).collect();
    let gaps = all.windows(2).filter_map(|pair| match pair {
        [left, right] => Some((right[0] - left[0], (left[0] + right[0]) * 0.5, (left[1] + right[1]) * 0.5)),
        _ => None,
    });
    let (_, share, middle) = gaps.max_by(|one, other| one.0.total_cmp(&other.0))?;
    let rate = rate_at(session, side, share).unwrap_or(middle);
    with_point(points, [share, rate])
}

/// The signal rate of a schedule at a share of the way.
fn rate_at(session: &Session, side: Side, share: f64) -> Option<f64> {
    let curve = session.curves.get(side.measure("signal_rate"))?;
    let last = curve.last()?.0;
    value_at(curve, share * last)
}

/// Points along a schedule that has a name.
fn traced(session: &Session, side: Side) -> Option<Points> {
    let mut points = Points::new();
    let mut before = 1.0;
    for nth in 1..=TRACED {
        let share = nth as f64 / TRACED as f64;
        // However flat the schedule is, the points fall, and leave room for those after them.
        let room = (TRACED - nth) as f64 * LEAST;
        let rate = rate_at(session, side, share)?.min(before - LEAST).max(room);
        points.push([round(share), round(rate)]);
        before = rate;
    }
    Some(points)
}

/// The drawn curve that is nearest to a place.
fn nearest(session: &Session, frame: &Frame, drawn: &[Side], at: Pos2) -> Option<Side> {
    let [share, rate] = frame.share_and_rate(at);
    let off = |side: &Side| rate_at(session, *side, share).map_or(1.0, |on_curve| (on_curve - rate).abs());
    drawn.iter().copied().min_by(|one, other| off(one).total_cmp(&off(other)))
}

/// A handle for each point.
fn handles_ui(
    ui: &mut Ui,
    strings: &Strings,
    session: &Session,
    frame: &Frame,
    side: Side,
    acts: &mut Vec<Act>,
) {
    let palette = Palette::of(ui);
    let points = points_of(session, side);
    let last = frame.last;
    for (idx, point) in points.iter().copied().enumerate() {
        let [share, rate] = point;
        let center = frame.at(share * last, rate);
        let id = ui.scope_id().with(("point", side, idx));
        let response = ui
            .interact(Rect::from_center_size(center, vec2(HANDLE, HANDLE)), id, Sense::click_and_drag())
            .on_hover_cursor(egui::CursorIcon::Grab);
        let name = strings.with("point-name", [("number", (idx + 1).into()), ("side", side.letter().into())]);
        let value = strings.with(
            "point-value",
            [("t", ((share * last).round() as usize).into()), ("rate", format!("{rate:.3}").into())],
        );
        response.widget_info(|| WidgetInfo {
            current_text_value: Some(value.clone()),
            ..WidgetInfo::slider(true, rate, &name)
        });
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_min_numeric_value(0.0);
            node.set_max_numeric_value(1.0);
            node.set_numeric_value_step(BY_KEY);
            node.add_action(accesskit::Action::SetValue);
            node.add_action(accesskit::Action::Increment);
            node.add_action(accesskit::Action::Decrement);
        });
        if response.clicked() || response.drag_started() {
            response.request_focus();
        }
        let is_dragged = response.dragged() || response.drag_stopped();
        let wish = if is_dragged {
            // The worker is asked again when it has shown what it was asked before, and in any case at the end.
            let is_ready = session.stage_is_current() || response.drag_stopped();
            response.interact_pointer_pos().filter(|_| is_ready).map(|at| frame.share_and_rate(at))
        } else {
            keys(ui, &response, point)
        };
        let changed = wish.map(|to| moved(&points, idx, to)).filter(|changed| *changed != points);
        let is_first = is_first_of_drag(ui, &response, changed.is_some());
        if let Some(changed) = changed {
            acts.push(adjust(side, &changed, !is_dragged || is_first));
        }
        let deletes =
            |ui: &Ui| ui.input(|input| input.key_pressed(Key::Delete) || input.key_pressed(Key::Backspace));
        if response.has_focus() && idx + 1 < points.len() && deletes(ui) {
            let mut fewer = points.clone();
            fewer.remove(idx);
            acts.push(adjust(side, &fewer, true));
        }
        let lifted = response.hovered() || response.has_focus() || is_dragged;
        let radius = if lifted { 8.0 } else { 6.5 };
        let fill = if side == Side::A { palette.signal } else { palette.page };
        ui.painter().circle(center, radius, fill, Stroke::new(2.5, palette.signal));
        if response.has_focus() {
            ui.painter().circle_stroke(center, 12.5, Stroke::new(size::FOCUS_RING, palette.ink));
            let on_left = center.x > frame.plot.center().x;
            let (anchor, x) =
                if on_left { (egui::Align2::RIGHT_BOTTOM, -14.0) } else { (egui::Align2::LEFT_BOTTOM, 14.0) };
            let at = pos2(center.x + x, (center.y - 8.0).max(frame.plot.top() + 16.0));
            let galley = ui.painter().layout_no_wrap(value, theme::small_mono(), palette.ink);
            let place = anchor.anchor_size(at, galley.size());
            ui.painter().rect_filled(place.expand2(vec2(4.0, 1.0)), 4.0, palette.page);
            ui.painter().galley(place.min, galley, palette.ink);
        }
    }
}

/// Where the keys, or assistive technology, want a point.
fn keys(ui: &Ui, response: &egui::Response, [share, rate]: [f64; 2]) -> Option<[f64; 2]> {
    let id = response.id;
    let asked = ui.input(|input| {
        let steps = input.num_accesskit_action_requests(id, accesskit::Action::Increment) as f64
            - input.num_accesskit_action_requests(id, accesskit::Action::Decrement) as f64;
        let value = input.accesskit_action_requests(id, accesskit::Action::SetValue).last();
        match value.and_then(|request| request.data.as_ref()) {
            Some(accesskit::ActionData::NumericValue(value)) => Some([share, *value]),
            _ => (steps != 0.0).then_some([share, rate + steps * BY_KEY]),
        }
    });
    if asked.is_some() || !response.has_focus() {
        return asked;
    }
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    ui.input(|input| {
        let pressed = |key| input.num_presses(key) as f64;
        let far = if input.modifiers.shift { 5.0 * BY_KEY } else { BY_KEY };
        let along = (pressed(Key::ArrowRight) - pressed(Key::ArrowLeft)) * far;
        let up = (pressed(Key::ArrowUp) - pressed(Key::ArrowDown)) * far;
        if input.key_pressed(Key::Home) {
            return Some([share, 1.0]);
        }
        if input.key_pressed(Key::End) {
            return Some([share, 0.0]);
        }
        (along != 0.0 || up != 0.0).then_some([share + along, rate + up])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINTS: [[f64; 2]; 3] = [[0.3, 0.8], [0.6, 0.5], [1.0, 0.1]];

    #[track_caller]
    fn check(idx: usize, to: [f64; 2], expected: [f64; 2]) {
        let points = moved(&POINTS, idx, to);
        assert_eq!(points[idx], expected);
        for (nth, point) in points.iter().enumerate() {
            assert!(nth == idx || *point == POINTS[nth]);
        }
    }

    #[test]
    fn a_point_stays_between_its_neighbors() {
        check(1, [0.5, 0.6], [0.5, 0.6]);
        check(1, [0.1234567, 0.6], [0.31, 0.6]);
        check(1, [2.0, 2.0], [0.99, 0.79]);
        check(1, [0.6, -3.0], [0.6, 0.11]);
        check(0, [-1.0, 5.0], [0.01, 0.99]);
        check(2, [0.2, -1.0], [1.0, 0.0]);
        check(2, [0.2, 0.9], [1.0, 0.49]);
    }

    #[test]
    fn a_point_is_added_where_there_is_room() {
        let five = with_point(&POINTS, [0.45, 0.7]).expect("room");
        assert_eq!(five, [[0.3, 0.8], [0.45, 0.7], [0.6, 0.5], [1.0, 0.1]]);
        assert_eq!(with_point(&POINTS, [1.2, 0.0]), None);
        assert_eq!(with_point(&[[0.5, 0.5], [0.515, 0.4], [1.0, 0.0]], [0.507, 0.45]), None);
    }
}
