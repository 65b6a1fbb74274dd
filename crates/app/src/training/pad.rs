//! A pad to draw pictures on and a plane to set points on, both by pointer and by keyboard, with what was drawn beside them.

use egui::{
    Align, Align2, Color32, CornerRadius, CursorIcon, EventFilter, Key, Layout, Mesh, Pos2, Rect, Response,
    Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::own::{Drawing, LEAST_POINTS, Own, OwnAct, PAD, REACH, SIDE};
use crate::act::Act;
use crate::icon::{self, Icon};
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::widgets::{Action, Weight, focus_ring, text_at};

/// Between the pad and what stands beside it.
const GAP: f32 = 28.0;
/// How far the keys move the cursor on the plane, in its units.
const KEY_STEP: f32 = 0.1;

/// What is drawn for whom.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pad {
    /// Points, to train on.
    Points,
    /// Pictures, to train on.
    Pictures,
    /// One picture, for a critic to judge.
    Judged,
}

/// Draws the pad, or the plane, and what can be done with it.
pub(crate) fn own_ui(ui: &mut Ui, strings: &Strings, own: &Own, pad: Pad, acts: &mut Vec<Act>) {
    let rect = ui.available_rect_before_wrap();
    let room = rect.height().min(rect.width() * 0.54);
    let place = Rect::from_min_size(rect.min, vec2(room, room));
    let mut wishes = Vec::new();
    let left = if pad == Pad::Points {
        plane_ui(ui, strings, own, place, &mut wishes)
    } else {
        pad_ui(ui, strings, own, place, &mut wishes)
    };
    let beside = Rect::from_min_max(pos2(left.right() + GAP, rect.top()), rect.max);
    let column = UiBuilder::new().id_salt("own").max_rect(beside).layout(Layout::top_down(Align::Min));
    ui.scope_builder(column, |ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 10.0);
        ui.spacing_mut().interact_size.y = size::CONTROL;
        beside_ui(ui, strings, own, pad, &mut wishes);
    });
    acts.extend(wishes.into_iter().map(Act::Own));
}

/// Words over several lines.
fn words_ui(ui: &mut Ui, text: &str, font: egui::FontId, color: Color32) {
    let width = ui.available_width();
    let (galley, measured) = crate::prose::wrapped(ui, text, font, color, width);
    let (rect, response) = ui.allocate_exact_size(vec2(width, measured.y), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    ui.painter().galley(rect.min, galley, color);
}

fn beside_ui(ui: &mut Ui, strings: &Strings, own: &Own, pad: Pad, acts: &mut Vec<OwnAct>) {
    let palette = Palette::of(ui);
    let is_plane = pad == Pad::Points;
    let (title, hint) = match pad {
        Pad::Points => ("own-points", "own-points-hint"),
        Pad::Pictures => ("own-pictures", "own-pad-hint"),
        Pad::Judged => ("own-drawing", "own-drawing-hint"),
    };
    words_ui(ui, &strings.get(title), theme::small_title(), palette.ink);
    let is_full = own.is_full(is_plane);
    let hint = if !is_full {
        strings.get(hint)
    } else if is_plane {
        strings.with("own-points-full", [("count", own.points.len().into())])
    } else {
        strings.with("own-pictures-full", [("count", own.drawings.len().into())])
    };
    words_ui(ui, &hint, theme::interface(), palette.soft_ink);
    let is_empty = if is_plane { own.points.is_empty() } else { own.drawing.is_blank() };
    ui.horizontal_wrapped(|ui| {
        let (undo, clear, next) =
            (strings.get("undo-stroke"), strings.get("clear-pad"), strings.get("next-drawing"));
        ui.add_enabled_ui(own.can_undo(), |ui| {
            if ui.add(Action::new(Weight::Outlined, &undo)).clicked() {
                acts.push(OwnAct::Undo);
            }
        });
        ui.add_enabled_ui(!is_empty, |ui| {
            if ui.add(Action::new(Weight::Outlined, &clear)).clicked() {
                acts.push(OwnAct::Clear);
            }
        });
        if pad == Pad::Pictures {
            ui.add_enabled_ui(!is_empty && !is_full, |ui| {
                if ui.add(Action::new(Weight::Outlined, &next)).clicked() {
                    acts.push(OwnAct::Keep);
                }
            });
        }
    });
    if pad == Pad::Pictures {
        drawings_ui(ui, strings, own, acts);
        folder_ui(ui, strings, own, acts);
    }
    let (begin, is_enough, act) = match pad {
        Pad::Points => {
            let num = own.points.len();
            (strings.with("train-on-points", [("count", num.into())]), num >= LEAST_POINTS, OwnAct::Train)
        }
        Pad::Pictures => {
            let num = own.num_pictures();
            (strings.with("train-on-pictures", [("count", num.into())]), num > 0, OwnAct::Train)
        }
        Pad::Judged => (strings.get("let-it-judge"), !is_empty, OwnAct::Judge),
    };
    let back = strings.get(if pad == Pad::Judged { "own-back-to-picture" } else { "own-back" });
    ui.horizontal_wrapped(|ui| {
        ui.add_enabled_ui(is_enough, |ui| {
            if ui.add(Action::new(Weight::Primary, &begin)).clicked() {
                acts.push(act);
            }
        });
        if ui.add(Action::new(Weight::Quiet, &back)).clicked() {
            acts.push(OwnAct::Open(false));
        }
    });
    words_ui(ui, &strings.get("own-stays"), theme::small(), palette.soft_ink);
}

/// What was drawn before, small; a click throws one away.
fn drawings_ui(ui: &mut Ui, strings: &Strings, own: &Own, acts: &mut Vec<OwnAct>) {
    if own.drawings.is_empty() {
        return;
    }
    let palette = Palette::of(ui);
    let times = if own.drawings.len() <= 4 { 2.0 } else { 1.0 };
    let side = PAD as f32 * times;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
        ui.spacing_mut().interact_size.y = side;
        for (idx, drawing) in own.drawings.iter().enumerate() {
            let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::click());
            let name = strings.with("remove-drawing", [("number", (idx + 1).into())]);
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
            ui.painter().rect_filled(rect, CornerRadius::ZERO, Color32::BLACK);
            paint_drawing(ui, drawing, rect.min, times);
            if response.hovered() {
                ui.painter().rect_filled(rect, CornerRadius::ZERO, palette.page.gamma_multiply(0.7));
                icon::paint(ui.painter(), rect.shrink(side * 0.3), Icon::Cross, palette.ink);
            }
            focus_ring(ui, &response, rect);
            if response.on_hover_text(&name).clicked() {
                acts.push(OwnAct::Remove(idx));
            }
        }
    });
}

fn folder_ui(ui: &mut Ui, strings: &Strings, own: &Own, acts: &mut Vec<OwnAct>) {
    let palette = Palette::of(ui);
    let Some(folder) = &own.folder else {
        let open = strings.get("open-folder");
        if ui
            .add(Action::new(Weight::Outlined, &open))
            .on_hover_text(strings.get("open-folder-hint"))
            .clicked()
        {
            acts.push(OwnAct::AskForFolder);
        }
        return;
    };
    words_ui(ui, &folder_in_words(strings, folder), theme::interface(), palette.ink);
    let leave = strings.get("leave-folder");
    if ui.add(Action::new(Weight::Quiet, &leave).small()).clicked() {
        acts.push(OwnAct::LeaveFolder);
    }
}

/// How many pictures a folder has, and what was skipped, in a sentence or two.
pub(crate) fn folder_in_words(strings: &Strings, folder: &super::own::Folder) -> String {
    let mut words = strings.with(
        "folder-pictures",
        [("count", folder.pictures.len().into()), ("name", folder.name.as_str().into())],
    );
    if !folder.skipped.is_empty() {
        let named: Vec<&str> = folder.skipped.iter().take(3).map(String::as_str).collect();
        let more = folder.skipped.len() - named.len();
        words.push(' ');
        words += &strings.with(
            "folder-skipped",
            [
                ("count", folder.skipped.len().into()),
                ("names", named.join(", ").into()),
                ("more", more.into()),
            ],
        );
    }
    if folder.num_left > 0 {
        words.push(' ');
        words += &strings.with("folder-too-many", [("count", folder.num_left.into())]);
    }
    words
}

/// What is painted of a drawing, each pixel so many points large.
fn paint_drawing(ui: &Ui, drawing: &Drawing, corner: Pos2, cell: f32) {
    let mut mesh = Mesh::default();
    for y in 0..PAD {
        for x in 0..PAD {
            let value = drawing.at(x, y);
            if value > 0 {
                let at = corner + vec2(x as f32, y as f32) * cell;
                mesh.add_colored_rect(Rect::from_min_size(at, vec2(cell, cell)), Color32::from_gray(value));
            }
        }
    }
    ui.painter().add(mesh);
}

/// Arrow keys while `response` has the focus, and whether the space bar was pressed.
struct Keys {
    by: [isize; 2],
    space: bool,
    shift: bool,
    delete: bool,
}

fn keys(ui: &Ui, response: &Response) -> Option<Keys> {
    if !response.has_focus() {
        return None;
    }
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    Some(ui.input(|input| {
        let presses = |key| input.num_presses(key) as isize;
        Keys {
            by: [
                presses(Key::ArrowRight) - presses(Key::ArrowLeft),
                presses(Key::ArrowDown) - presses(Key::ArrowUp),
            ],
            space: input.key_pressed(Key::Space),
            shift: input.modifiers.shift,
            delete: input.key_pressed(Key::Delete) || input.key_pressed(Key::Backspace),
        }
    }))
}

/// Where the pointer is pressed, and where it was in the frame before if the stroke goes on.
fn stroke(ui: &Ui, response: &Response) -> Option<(Option<Pos2>, Pos2)> {
    let id = response.id.with("stroke");
    let at = response.interact_pointer_pos();
    let Some(at) =
        at.filter(|_| response.dragged() || response.clicked() || response.is_pointer_button_down_on())
    else {
        ui.data_mut(|data| data.remove::<Pos2>(id));
        return None;
    };
    let before = ui.data(|data| data.get_temp::<Pos2>(id));
    if ui.input(|input| input.pointer.any_down()) {
        ui.data_mut(|data| data.insert_temp(id, at));
    } else {
        ui.data_mut(|data| data.remove::<Pos2>(id));
    }
    if response.clicked() {
        response.request_focus();
    }
    // A click whose stroke began in an earlier frame is painted already.
    (before != Some(at)).then_some((before, at))
}

/// The pad; returns where it is.
fn pad_ui(ui: &mut Ui, strings: &Strings, own: &Own, place: Rect, acts: &mut Vec<OwnAct>) -> Rect {
    let palette = Palette::of(ui);
    let pixels_per_point = ui.pixels_per_point();
    let cell = (place.width().min(place.height()) * pixels_per_point / SIDE as f32).floor().max(1.0)
        / pixels_per_point;
    let side = cell * SIDE as f32;
    let rect = Rect::from_min_size(place.min, vec2(side, side));
    let margin = cell * (SIDE - PAD).div_euclid(2) as f32;
    let corner = rect.min + vec2(margin, margin);
    let response = ui
        .interact(rect, ui.scope_id().with("pad"), Sense::click_and_drag())
        .on_hover_cursor(CursorIcon::Crosshair);
    let cursor_id = response.id.with("cursor");
    let middle = PAD.div_euclid(2);
    let mut cursor = ui.data(|data| data.get_temp::<[usize; 2]>(cursor_id)).unwrap_or([middle, middle]);

    let pixel = |at: Pos2| {
        let at = (at - corner) / cell;
        [at.x.clamp(0.0, PAD as f32), at.y.clamp(0.0, PAD as f32)]
    };
    if let Some((before, at)) = stroke(ui, &response) {
        if before.is_none() {
            acts.push(OwnAct::Begin);
        }
        let to = pixel(at);
        acts.push(OwnAct::Paint(before.map_or(to, pixel), to));
        cursor = to.map(|at| (at as usize).min(PAD - 1));
    }
    if let Some(keys) = keys(ui, &response) {
        let center = |cursor: [usize; 2]| cursor.map(|at| at as f32 + 0.5);
        let from = center(cursor);
        for (at, by) in cursor.iter_mut().zip(keys.by) {
            *at = at.saturating_add_signed(by).min(PAD - 1);
        }
        let moves = keys.by != [0, 0];
        if keys.space || (keys.shift && moves) {
            acts.push(OwnAct::Begin);
            acts.push(OwnAct::Paint(if keys.shift { from } else { center(cursor) }, center(cursor)));
        }
        if keys.delete {
            acts.push(OwnAct::Clear);
        }
    }
    ui.data_mut(|data| data.insert_temp(cursor_id, cursor));

    // The ground of a picture is black, whatever the window's is.
    ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS_PICTURE), Color32::BLACK);
    let inner = Rect::from_min_size(corner, vec2(cell, cell) * PAD as f32);
    ui.painter().rect_stroke(
        inner,
        CornerRadius::ZERO,
        Stroke::new(1.0, Color32::from_gray(52)),
        StrokeKind::Outside,
    );
    paint_drawing(ui, &own.drawing, corner, cell);
    if own.drawing.is_blank() && !response.has_focus() {
        let text = strings.get("draw-here");
        text_at(ui, rect.center(), Align2::CENTER_CENTER, &text, theme::interface(), Color32::from_gray(178));
    }
    if response.has_focus() {
        let at = corner + vec2(cursor[0] as f32, cursor[1] as f32) * cell;
        let pixel = Rect::from_min_size(at, vec2(cell, cell));
        ui.painter().rect_stroke(
            pixel,
            CornerRadius::ZERO,
            Stroke::new(2.0, Color32::WHITE),
            StrokeKind::Outside,
        );
        ui.painter().rect_stroke(
            pixel.expand(2.0),
            CornerRadius::ZERO,
            Stroke::new(1.0, palette.noise),
            StrokeKind::Outside,
        );
    }
    focus_ring(ui, &response, rect);
    let summary = strings.with(
        "pad-summary",
        [
            ("painted", own.drawing.num_painted().into()),
            ("column", (cursor[0] + 1).into()),
            ("row", (cursor[1] + 1).into()),
        ],
    );
    let name = strings.get("pad-name");
    response.widget_info(|| WidgetInfo {
        current_text_value: Some(summary.clone()),
        ..WidgetInfo::labeled(Role::Canvas, true, &name)
    });
    rect
}

/// The plane; returns where it is.
fn plane_ui(ui: &mut Ui, strings: &Strings, own: &Own, place: Rect, acts: &mut Vec<OwnAct>) -> Rect {
    let palette = Palette::of(ui);
    let rect = place.shrink(1.0);
    let response = ui
        .interact(rect, ui.scope_id().with("plane"), Sense::click_and_drag())
        .on_hover_cursor(CursorIcon::Crosshair);
    let cursor_id = response.id.with("cursor");
    let mut cursor = ui.data(|data| data.get_temp::<[f32; 2]>(cursor_id)).unwrap_or([0.0, 0.0]);
    let to_plane = super::plane::to_plane(rect);
    if let Some((before, at)) = stroke(ui, &response) {
        if before.is_none() {
            acts.push(OwnAct::Begin);
        }
        // A fast stroke leaves points all along its way.
        let from = before.unwrap_or(at);
        let num = ((at - from).length() / (rect.width() * 0.03)).ceil().max(1.0);
        for nth in 1..=num as usize {
            acts.push(OwnAct::Point(to_plane(from + (at - from) * (nth as f32 / num))));
        }
        cursor = to_plane(at);
    }
    if let Some(keys) = keys(ui, &response) {
        let by = [keys.by[0] as f32, -keys.by[1] as f32];
        for (at, by) in cursor.iter_mut().zip(by) {
            *at = (*at + by * KEY_STEP).clamp(-REACH, REACH);
        }
        if keys.space || (keys.shift && keys.by != [0, 0]) {
            acts.push(OwnAct::Begin);
            acts.push(OwnAct::Point(cursor));
        }
        if keys.delete {
            acts.push(OwnAct::Clear);
        }
    }
    ui.data_mut(|data| data.insert_temp(cursor_id, cursor));

    super::plane::ground_ui(ui, rect);
    super::plane::paint_points(ui, rect, &own.points, super::plane::Whose::Real);
    if own.points.is_empty() && !response.has_focus() {
        let text = strings.get("set-points-here");
        text_at(ui, rect.center(), Align2::CENTER_CENTER, &text, theme::interface(), palette.soft_ink);
    }
    if response.has_focus() {
        let at = super::plane::to_screen(rect)(cursor);
        let line = Stroke::new(1.0, palette.ink);
        ui.painter().hline(at.x - 9.0..=at.x + 9.0, at.y, line);
        ui.painter().vline(at.x, at.y - 9.0..=at.y + 9.0, line);
    }
    focus_ring(ui, &response, rect);
    let summary = strings.with(
        "plane-summary",
        [
            ("count", own.points.len().into()),
            ("x", format!("{:.1}", cursor[0]).into()),
            ("y", format!("{:.1}", cursor[1]).into()),
        ],
    );
    let name = strings.get("plane-name");
    response.widget_info(|| WidgetInfo {
        current_text_value: Some(summary.clone()),
        ..WidgetInfo::labeled(Role::Canvas, true, &name)
    });
    rect
}
