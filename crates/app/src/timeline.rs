//! Under every stage the same: the film strip, one knob with its ends named, the transport.

use egui::{
    Align, Align2, Color32, CornerRadius, CursorIcon, EventFilter, Key, Layout, Rect, Response, Role, Sense,
    Stroke, StrokeKind, TextureHandle, Ui, UiBuilder, WidgetInfo, accesskit, pos2, vec2,
};

use crate::act::Act;
use crate::icon::{self, Icon};
use crate::session::Session;
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::widgets::{Action, Weight, focus_ring, text_at};

/// The heights of its rows, in points.
pub(crate) const KNOB_ROW: f32 = 46.0;
/// The least room between two pictures of the strip.
const STRIP_GAP: f32 = 4.0;
const STRIP_PICTURE: f32 = 64.0;

/// How many pictures the strip has in `width`, and how large they are.
pub(crate) fn strip_layout(width: f32) -> (usize, f32) {
    let fits = |slots: usize| slots as f32 * (STRIP_PICTURE + STRIP_GAP) - STRIP_GAP <= width;
    let slots = [11, 9, 6, 5].into_iter().find(|slots| fits(*slots)).unwrap_or(3);
    let side = (width + STRIP_GAP) / slots as f32 - STRIP_GAP;
    // Twice 32 pixels, or three times where there is room for a whole strip of those.
    let side = if side >= 96.0 && slots == 11 { 96.0 } else { side.min(STRIP_PICTURE) };
    (slots, side)
}

/// Pictures along the timeline; those not computed are dashed boxes.
pub(crate) fn strip_ui(ui: &mut Ui, strings: &Strings, session: &Session, acts: &mut Vec<Act>) {
    let palette = Palette::of(ui);
    let width = ui.available_width();
    let (slots, side) = strip_layout(width);
    let (row, _) = ui.allocate_exact_size(vec2(width, side), Sense::hover());
    // Of an exhibition every picture has its place, however small.
    let (slots, side) = if session.is_exhibition() {
        let slots = session.num_moments().max(1);
        (slots, ((width + STRIP_GAP) / slots as f32 - STRIP_GAP).min(side))
    } else {
        (slots, side)
    };
    let shown = session.strip(slots);
    let stride = if shown.len() > 1 { (width - side) / (shown.len() - 1) as f32 } else { 0.0 };
    let current = shown
        .iter()
        .enumerate()
        .min_by_key(|(_, (position, _))| position.abs_diff(session.position()))
        .map(|(place, _)| place);
    for (place, (position, picture)) in shown.iter().enumerate() {
        let corner = pos2(row.left() + place as f32 * stride, row.center().y - side * 0.5);
        let rect = Rect::from_min_size(corner, vec2(side, side));
        let id = ui.scope_id().with(("strip", place));
        let sense = if picture.is_some() { Sense::click() } else { Sense::hover() };
        let response = ui.interact(rect, id, sense);
        let t = session.t_at(*position);
        let id = match (session.is_training(), picture.is_some()) {
            (false, true) => "strip-moment",
            (false, false) => "strip-empty",
            (true, true) => "strip-state",
            (true, false) => "strip-no-state",
        };
        let name = if session.is_exhibition() {
            strings.with("timeline-exhibit", [("number", (position + 1).into())])
        } else if session.is_gallery() {
            step_text(strings, session, t)
        } else {
            strings.with(id, [("t", t.into())])
        };
        let role = if picture.is_some() { Role::Button } else { Role::Image };
        response.widget_info(|| WidgetInfo::labeled(role, true, &name));
        match picture {
            Some(texture) => {
                if session.is_of_points() {
                    // The points are white in their picture, and take the color of what is made.
                    ui.painter().rect_filled(rect, CornerRadius::same(3), palette.wash);
                    let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
                    ui.painter().image(texture.id(), rect, uv, palette.noise);
                } else {
                    paint_sharp(ui, texture, rect, 3, 1.0);
                }
                focus_ring(ui, &response, rect);
                if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
                    acts.push(Act::Seek(*position));
                }
            }
            None => icon::dashed_box(ui.painter(), rect, palette.edge),
        }
        if current == Some(place) && picture.is_some() {
            ui.painter().rect_stroke(
                rect.expand(3.0),
                CornerRadius::same(size::RADIUS_PICTURE),
                Stroke::new(3.0, palette.ink),
                StrokeKind::Middle,
            );
        }
    }
}

/// The knob on its track, both ends named.
pub(crate) fn knob_ui(ui: &mut Ui, strings: &Strings, session: &Session, acts: &mut Vec<Act>) {
    let palette = Palette::of(ui);
    let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), KNOB_ROW), Sense::hover());
    let (left, right) = session.ends();
    let end = |t: usize, other: usize| {
        if session.is_exhibition() {
            let named = strings.with("timeline-exhibit", [("number", t.into())]);
            return if t > 0 { named } else { String::new() };
        }
        if session.is_training() {
            return update_text(strings, t);
        }
        if session.is_gallery() {
            return step_text(strings, session, t);
        }
        if session.num_moments() == 0 {
            return String::new();
        }
        let id = if t < other || t == 0 { "timeline-picture" } else { "timeline-noise" };
        strings.with(id, [("t", t.into())])
    };
    let font = theme::small_mono();
    text_at(ui, row.left_top(), Align2::LEFT_TOP, &end(left, right), font.clone(), palette.soft_ink);
    text_at(ui, row.right_top(), Align2::RIGHT_TOP, &end(right, left), font, palette.soft_ink);

    progress_ui(ui, strings, session, row, acts);

    let y = row.bottom() - 14.0;
    let track = Rect::from_min_max(pos2(row.left() + 4.0, y - 1.5), pos2(row.right() - 4.0, y + 1.5));
    let touch = track.expand2(vec2(4.0, 13.0));
    let response = ui
        .interact(touch, ui.scope_id().with("timeline"), Sense::click_and_drag())
        .on_hover_cursor(CursorIcon::Grab);
    let last = session.last_position();
    let name = strings.get("timeline-name");
    response.widget_info(|| WidgetInfo {
        current_text_value: Some(place_text(strings, session)),
        ..WidgetInfo::slider(true, session.position() as f64, &name)
    });
    if let Some(act) = knob_act(ui, &response, session, track) {
        acts.push(act);
    }

    let x_of = |position: f32| egui::lerp(track.x_range(), position / last.max(1) as f32);
    let seconds = ui.style().animation_time;
    let target = session.position() as f32;
    // The knob glides to where a click sent it, and follows a drag or the film at once.
    let at_once = response.dragged() || session.is_playing() || seconds == 0.0;
    let id = response.id.with("knob");
    let position = if at_once {
        ui.ctx().animate_value_with_time(id, target, 0.0)
    } else {
        ui.ctx().animate_value_with_time(id, target, seconds * 0.5)
    };
    let x = x_of(position);
    let painter = ui.painter();
    let radius = CornerRadius::same(2);
    painter.rect_filled(track, radius, palette.edge);
    // What is computed so far, where that is not everything.
    let done = Rect::from_x_y_ranges(track.left()..=x, track.y_range());
    painter.rect_filled(done.expand2(vec2(0.0, 0.5)), radius, palette.ink);
    if !session.is_complete() && session.num_moments() > 0 {
        let reach = x_of(session.num_computed.saturating_sub(1) as f32);
        let ahead = Rect::from_x_y_ranges(reach..=track.right(), track.y_range());
        painter.rect_filled(ahead, radius, palette.page);
        let line = [ahead.left_center(), ahead.right_center()];
        painter.extend(egui::Shape::dashed_line(&line, Stroke::new(2.0, palette.edge), 4.0, 4.0));
    }
    painter.circle(pos2(x, y), 9.5, palette.page, Stroke::new(3.0, palette.ink));
    if response.has_focus() {
        painter.circle_stroke(pos2(x, y), 14.0, Stroke::new(size::FOCUS_RING, palette.ink));
    }
}

/// Where the pointer, the keys or assistive technology want the knob.
fn knob_act(ui: &Ui, response: &Response, session: &Session, track: Rect) -> Option<Act> {
    let last = session.last_position();
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_min_numeric_value(0.0);
        node.set_max_numeric_value(last as f64);
        node.set_numeric_value_step(1.0);
        node.add_action(accesskit::Action::SetValue);
        node.add_action(accesskit::Action::Increment);
        node.add_action(accesskit::Action::Decrement);
    });
    if let Some(pointer) = response.interact_pointer_pos()
        && (response.dragged() || response.clicked() || response.is_pointer_button_down_on())
    {
        let along = ((pointer.x - track.left()) / track.width()).clamp(0.0, 1.0);
        let position = (along * last as f32).round() as usize;
        return (position != session.position()).then_some(Act::Seek(position));
    }
    let id = response.id;
    let asked = ui.input(|input| {
        let steps = input.num_accesskit_action_requests(id, accesskit::Action::Increment) as isize
            - input.num_accesskit_action_requests(id, accesskit::Action::Decrement) as isize;
        if steps != 0 {
            return Some(Act::Step(steps));
        }
        let value = input.accesskit_action_requests(id, accesskit::Action::SetValue).last()?;
        match value.data {
            Some(accesskit::ActionData::NumericValue(value)) => {
                Some(Act::Seek(value.round().max(0.0) as usize))
            }
            _ => None,
        }
    });
    if asked.is_some() {
        return asked;
    }
    if response.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let steps = ui.input(|input| {
            input.num_presses(Key::ArrowRight) as isize - input.num_presses(Key::ArrowLeft) as isize
        });
        return (steps != 0).then_some(Act::Step(steps));
    }
    None
}

/// Where the knob is: a t, or the number of a picture.
fn place_text(strings: &Strings, session: &Session) -> String {
    if session.is_exhibition() {
        if session.num_moments() == 0 {
            return strings.get("starting");
        }
        let number = (session.position() + 1).into();
        return strings.with("picture-of", [("number", number), ("pictures", session.num_moments().into())]);
    }
    if session.is_training() {
        return update_text(strings, session.t());
    }
    if session.is_gallery() {
        return step_text(strings, session, session.t());
    }
    format!("t = {}", session.t())
}

/// A step of a walk, or a frame of clips: "step 12".
fn step_text(strings: &Strings, session: &Session, step: usize) -> String {
    if session.is_of_clips() {
        return strings.with("frame-of", [("frame", (step + 1).to_string().into())]);
    }
    strings.with("step-of", [("step", step.to_string().into())])
}

/// The widest text that says which state of a training it is.
pub(crate) fn widest_update(strings: &Strings, session: &Session) -> String {
    update_text(strings, session.ends().1.max(1000))
}

/// A state of a training: "update 120".
fn update_text(strings: &Strings, update: usize) -> String {
    strings.with("update-of", [("update", update.to_string().into())])
}

/// First, back, play, forward, last; then t.
pub(crate) fn transport_ui(ui: &mut Ui, strings: &Strings, session: &Session, acts: &mut Vec<Act>) {
    let palette = Palette::of(ui);
    let play = if session.is_playing() { (Icon::Pause, "pause") } else { (Icon::Play, "play") };
    let buttons = [
        (Icon::First, "to-start", Weight::Outlined, Act::ToStart),
        (Icon::StepBack, "step-back", Weight::Outlined, Act::Step(-1)),
        (play.0, play.1, Weight::Primary, Act::PlayOrPause),
        (Icon::StepOn, "step-on", Weight::Outlined, Act::Step(1)),
        (Icon::Last, "to-end", Weight::Outlined, Act::ToEnd),
    ];
    ui.spacing_mut().item_spacing.x = 10.0;
    for (icon, name, weight, act) in buttons {
        // Pictures to judge are no film.
        let name = match (session.is_exhibition(), &act) {
            (true, Act::PlayOrPause) => continue,
            (true, Act::Step(by)) => strings.get(if *by < 0 { "picture-before" } else { "picture-after" }),
            (true, Act::ToStart) => strings.get("first-picture"),
            (true, Act::ToEnd) => strings.get("last-picture"),
            _ => strings.get(name),
        };
        if ui.add(Action::icon(weight, icon, &name)).on_hover_text(&name).clicked() {
            acts.push(act);
        }
    }
    ui.add_space(14.0);
    // As wide as the widest t, so that nothing moves while it runs.
    let font = if session.is_exhibition() { theme::strong() } else { theme::large_mono() };
    let t = place_text(strings, session);
    let widest = match (session.is_exhibition(), session.is_training()) {
        (true, _) => t.clone(),
        (_, true) => widest_update(strings, session),
        _ if session.is_gallery() => step_text(strings, session, 100),
        _ => "t = 1000".to_owned(),
    };
    let width = ui.painter().layout_no_wrap(widest, font.clone(), Color32::BLACK).size();
    let (rect, response) = ui.allocate_exact_size(vec2(width.x, size::CONTROL), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &t));
    text_at(ui, rect.left_center(), Align2::LEFT_CENTER, &t, font, palette.ink);
}

/// How long the network still needs, over the part of the track that it has not reached, and a way to stop it.
fn progress_ui(ui: &mut Ui, strings: &Strings, session: &Session, row: Rect, acts: &mut Vec<Act>) {
    if session.is_training() {
        return train_on_ui(ui, strings, session, row, acts);
    }
    if !session.is_computing() || !session.is_sampling() {
        return;
    }
    let palette = Palette::of(ui);
    let to_go = match session.seconds_to_go {
        Some(seconds) => strings.with("seconds-to-go", [("seconds", format!("{seconds:.1}").into())]),
        None => strings.get("starting"),
    };
    let cancel = strings.get("cancel");
    let line =
        Rect::from_center_size(pos2(row.center().x, row.top() + 7.0), vec2(220.0, size::SMALL_CONTROL));
    // A child of its own: it takes no room from the rows of the timeline.
    let builder = UiBuilder::new().max_rect(line).layout(Layout::left_to_right(Align::Center));
    let mut ui = ui.new_child(builder);
    // The time has a place of its own, so that the button does not move as it shrinks.
    let (place, response) = ui.allocate_exact_size(vec2(120.0, line.height()), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &to_go));
    text_at(&ui, place.right_center(), Align2::RIGHT_CENTER, &to_go, theme::small(), palette.soft_ink);
    if ui.add(Action::new(Weight::Quiet, &cancel).small()).clicked() {
        acts.push(Act::Stop);
    }
}

/// Over the track, where an earlier state of a training is looked at: the way to train on from there.
fn train_on_ui(ui: &mut Ui, strings: &Strings, session: &Session, row: Rect, acts: &mut Vec<Act>) {
    if !session.is_at_earlier_state() {
        return;
    }
    let text = strings.with("train-on-from", [("update", session.t().to_string().into())]);
    let button = Action::new(Weight::Quiet, &text).before(Icon::Rewind).small();
    let wanted = vec2(button.width(ui), size::SMALL_CONTROL);
    let place = Rect::from_center_size(pos2(row.center().x, row.top() + 8.0), wanted);
    let builder = UiBuilder::new().max_rect(place).layout(Layout::left_to_right(Align::Center));
    // A child of its own: it takes no room from the rows of the timeline.
    let response = ui.new_child(builder).add(button);
    if response.on_hover_text(strings.get("train-on-hint")).clicked() {
        acts.push(Act::TrainOn);
    }
}

/// A picture as sharp squares: a whole number of screen pixels for each of its own, where they fit.
pub(crate) fn paint_sharp(ui: &Ui, texture: &TextureHandle, rect: Rect, radius: u8, opacity: f32) -> Rect {
    let target = sharp_rect(ui, texture, rect);
    back_ui(ui, target, radius, opacity);
    let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    let tint = Color32::WHITE.gamma_multiply(opacity);
    ui.painter().add(
        egui::epaint::RectShape::filled(target, CornerRadius::same(radius), tint)
            .with_texture(texture.id(), uv),
    );
    target
}

/// What shows around a picture and between two: where one ends is seen on a ground of its own color too.
pub(crate) fn back_ui(ui: &Ui, picture: Rect, radius: u8, opacity: f32) {
    let color = Palette::of(ui).rule.gamma_multiply(opacity);
    ui.painter().rect_filled(picture.expand(1.0), CornerRadius::same(radius), color);
}

/// Where [`paint_sharp`] will paint inside `rect`.
pub(crate) fn sharp_rect(ui: &Ui, texture: &TextureHandle, rect: Rect) -> Rect {
    let pixels_per_point = ui.pixels_per_point();
    let [w, h] = texture.size().map(|side| side as f32);
    let room = rect.size() * pixels_per_point;
    let fits = (room.x / w).min(room.y / h);
    // A picture larger than its place is shrunk; there is no whole multiple for that.
    // The hundredth keeps a place of 63.999 points from being one of 63.
    let times = if fits >= 0.99 { (fits + 0.01).floor() } else { fits };
    let drawn = vec2(w, h) * times / pixels_per_point;
    let min = rect.center() - drawn * 0.5;
    let snap = |v: f32| (v * pixels_per_point).round() / pixels_per_point;
    Rect::from_min_size(pos2(snap(min.x), snap(min.y)), drawn)
}
