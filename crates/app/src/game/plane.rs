//! One plane: D's map, the bent sheet, real and made points, arrows, and the batch of an update in slow motion.

use egui::{
    Align2, Color32, CornerRadius, Mesh, Pos2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};

use super::field::{Field, extent, reach};
use super::{Look, Part, Shown, Side};
use crate::lit;
use crate::session::OnStage;
use crate::theme::{self, Palette, size};
use crate::widgets::text_at;

/// Lines along each direction of the sheet.
const SHEET: usize = 21;
/// How visible all else is while an update is looked at closely, or a term is pointed at.
const DIMMED: f32 = 0.28;
/// The least and the most radius of a point of a batch, in points.
const BATCH: (f32, f32) = (2.2, 7.5);

/// A place on the screen that shows the plane.
#[derive(Clone, Copy)]
struct Plane {
    rect: Rect,
    reach: f32,
}

impl Plane {
    fn at(&self, [x, y]: [f32; 2]) -> Pos2 {
        let scale = self.rect.width() / (2.0 * self.reach);
        self.rect.center() + vec2(x, -y) * scale
    }

    fn place_at(&self, at: Pos2) -> [f32; 2] {
        let scale = self.rect.width() / (2.0 * self.reach);
        let off = (at - self.rect.center()) / scale;
        [off.x, -off.y]
    }
}

/// The mark of a point: its corners at radius 1.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Disc,
    Triangle,
}

impl Mark {
    fn corners(self) -> Vec<(f32, f32)> {
        match self {
            Self::Disc => (0..10)
                .map(|nth| {
                    let (sin, cos) = (nth as f32 * std::f32::consts::TAU / 10.0).sin_cos();
                    (cos, sin)
                })
                .collect(),
            Self::Triangle => vec![(0.0, -1.25), (1.15, 0.85), (-1.15, 0.85)],
        }
    }
}

/// Draws the plane of one game into a square; returns whether anything was there to draw.
pub(super) fn plane_ui(ui: &mut Ui, shown: &Shown<'_>, look: Look, side: Side, rect: Rect) {
    let palette = Palette::of(ui);
    let session = shown.session;
    ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS_PICTURE), palette.page);
    let Some(stage) = session.stage.as_ref() else {
        return;
    };
    let data = stage.points("data").unwrap_or_default();
    let plane = Plane { rect: rect.shrink(1.0), reach: reach(data) };
    let is_there = |part: Part| look.has(part, shown.asked_for) && !session.hides(part.name());
    let pointed = lit::name_of(ui.ctx());
    let is_any = pointed.as_deref().is_some_and(|term| ["data", "samples"].contains(&term));
    let strength = |name: &str| {
        let is_lit = pointed.as_deref() == Some(name);
        if is_any && !is_lit { DIMMED } else { 1.0 }
    };
    let substep = session.substep().filter(|_| !session.hides("samples"));
    let quiet = if substep.is_some() { DIMMED } else { 1.0 };

    let heat = stage.heat(&side.name("heat")).filter(|_| is_there(Part::Heat)).map(Field);
    if let Some(field) = heat {
        let clip = extent(plane.rect, plane.reach);
        field.paint(ui, |at| plane.at(at), clip);
        border_ui(ui, session.run(), stage, side, field, plane, substep);
    }
    let points = |name: &str| stage.points(&side.name(name)).unwrap_or_default();
    let hides_made = session.hides("samples");
    if is_there(Part::Sheet) && !hides_made {
        sheet_ui(ui, plane, points("manifold"), quiet);
    }
    if is_there(Part::Real) {
        paint_points(ui, plane, data, Mark::Disc, palette.signal, quiet * strength("data"));
    }
    if is_there(Part::Made) && !hides_made {
        let opacity = quiet * strength("samples") * shown.opacity;
        paint_points(ui, plane, points("samples"), Mark::Triangle, palette.noise, opacity);
    }
    // A batch has arrows of its own; where it has moved, its ways say more.
    let has_arrows = match substep {
        Some(substep) => substep == 9,
        None => is_there(Part::Arrows),
    };
    if has_arrows && !session.hides("arrows") && !hides_made {
        arrows_ui(ui, plane, points("arrow_from"), points("arrow_to"));
    }
    if let Some(substep) = substep {
        batch_ui(ui, shown, stage, side, plane, substep);
    }
    ui.painter().rect_stroke(
        rect,
        CornerRadius::same(size::RADIUS_PICTURE),
        Stroke::new(1.0, palette.edge),
        StrokeKind::Inside,
    );
    let response = ui.interact(rect, ui.scope_id().with(("plane", side as u8)), Sense::hover());
    if let Some(at) = response.hover_pos()
        && let Some(value) = heat.and_then(|field| field.value_at(plane.place_at(at)))
        && !side.is_wasserstein(stage)
    {
        let says = format!("{:.2}", f32::midpoint(value, 1.0));
        readout_ui(ui, &shown.strings.with("d-says-here", [("says", says.into())]), rect);
    }
    let summary = summary(shown, stage, side);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &summary));
}

/// What D says where the pointer is, in a corner of the plane.
fn readout_ui(ui: &Ui, text: &str, rect: Rect) {
    let palette = Palette::of(ui);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::small(), palette.ink);
    let place = Rect::from_min_size(rect.left_top() + vec2(6.0, 6.0), galley.size() + vec2(12.0, 6.0));
    ui.painter().rect_filled(place, CornerRadius::same(4), palette.page.gamma_multiply(0.9));
    ui.painter().galley(place.min + vec2(6.0, 3.0), galley, palette.ink);
}

/// "minimax: 512 points made after update 120, beside 512 real ones. D says 0.61 of real and 0.37 of made ones."
fn summary(shown: &Shown<'_>, stage: &OnStage, side: Side) -> String {
    let Shown { strings, session, .. } = *shown;
    let mut words = String::new();
    if session.has_rival() {
        words = format!("{}: ", side.title(strings, session));
    }
    let made =
        if session.hides("samples") { 0 } else { stage.points(&side.name("samples")).map_or(0, <[_]>::len) };
    words += &strings.with(
        "points-summary",
        [
            ("made", made.into()),
            ("real", stage.points("data").map_or(0, <[_]>::len).into()),
            ("update", stage.t.into()),
        ],
    );
    let score = |name: &str| {
        let name = side.name(name);
        stage.number(&name).filter(|value| value.is_finite() && !session.hides(&name))
    };
    if let (Some(real), Some(made)) = (score("real_score"), score("made_score")) {
        let two = |value: f64| format!("{value:.2}").into();
        words.push(' ');
        words += &strings.with("d-says-summary", [("real", two(real)), ("made", two(made))]);
    }
    words
}

/// Points, each with a rim of the ground, so that none is lost on its own color. One mesh: a thousand of them are painted in
/// every frame.
fn paint_points(ui: &Ui, plane: Plane, points: &[[f32; 2]], mark: Mark, color: Color32, opacity: f32) {
    let radius = (plane.rect.width() * 0.0085).clamp(1.7, 3.4);
    let all = points.iter().map(|point| (*point, radius));
    paint_marks(ui, plane, all, mark, color, opacity);
}

fn paint_marks(
    ui: &Ui,
    plane: Plane,
    points: impl Iterator<Item = ([f32; 2], f32)>,
    mark: Mark,
    color: Color32,
    opacity: f32,
) {
    let palette = Palette::of(ui);
    let corners = mark.corners();
    let (rim, color) = (palette.page.gamma_multiply(0.75 * opacity), color.gamma_multiply(opacity));
    let mut mesh = Mesh::default();
    for (point, radius) in points.filter(|(point, _)| point.iter().all(|at| at.is_finite())) {
        let middle = plane.at(point);
        if !plane.rect.contains(middle) {
            continue;
        }
        for (radius, color) in [(radius + 0.9, rim), (radius, color)] {
            let first = mesh.vertices.len() as u32;
            for (x, y) in &corners {
                mesh.colored_vertex(middle + vec2(*x, *y) * radius, color);
            }
            for nth in 1..corners.len() as u32 - 1 {
                mesh.add_triangle(first, first + nth, first + nth + 1);
            }
        }
    }
    ui.painter().with_clip_rect(plane.rect).add(mesh);
}

/// The bent sheet: a line through each row and each column of the grid, or one line.
fn sheet_ui(ui: &Ui, plane: Plane, places: &[[f32; 2]], opacity: f32) {
    let palette = Palette::of(ui);
    let painter = ui.painter().with_clip_rect(plane.rect);
    let stroke = Stroke::new(0.8, palette.ink.gamma_multiply(0.5 * opacity));
    let line = |places: Vec<[f32; 2]>| {
        painter.add(Shape::line(places.into_iter().map(|at| plane.at(at)).collect(), stroke));
    };
    if places.len() == SHEET * SHEET {
        for row in places.chunks(SHEET) {
            line(row.to_vec());
        }
        for column in 0..SHEET {
            line(places.iter().skip(column).step_by(SHEET).copied().collect());
        }
    } else if !places.is_empty() {
        let stroke = Stroke::new(1.4, palette.ink.gamma_multiply(0.7 * opacity));
        painter.add(Shape::line(places.iter().map(|at| plane.at(*at)).collect(), stroke));
    }
}

fn arrows_ui(ui: &Ui, plane: Plane, from: &[[f32; 2]], to: &[[f32; 2]]) {
    let palette = Palette::of(ui);
    let painter = ui.painter().with_clip_rect(plane.rect);
    for (from, to) in from.iter().zip(to) {
        arrow(&painter, plane.at(*from), plane.at(*to), Stroke::new(1.2, palette.ink.gamma_multiply(0.85)));
    }
}

fn arrow(painter: &egui::Painter, start: Pos2, end: Pos2, stroke: Stroke) {
    let way = end - start;
    if way.length() < 1.5 {
        return;
    }
    painter.line_segment([start, end], stroke);
    let back = way.normalized() * -(way.length() * 0.4).min(4.5);
    for side in [0.55, -0.55] {
        painter.line_segment([end, end + back + back.rot90() * side], stroke);
    }
}

/// Where D says one half; dashed, where it did before it learned from the batch that is looked at.
fn border_ui(
    ui: &Ui,
    run: u64,
    stage: &OnStage,
    side: Side,
    field: Field<'_>,
    plane: Plane,
    substep: Option<u64>,
) {
    let palette = Palette::of(ui);
    let painter = ui.painter().with_clip_rect(plane.rect);
    let now = field.border();
    let ground = Stroke::new(3.0, palette.page.gamma_multiply(0.6));
    let ink = Stroke::new(1.4, palette.ink.gamma_multiply(0.8));
    for stroke in [ground, ink] {
        for [from, to] in &now {
            painter.line_segment([plane.at(*from), plane.at(*to)], stroke);
        }
    }
    let id = egui::Id::unique(("border before", side as u8));
    let key = (run, stage.t);
    match substep {
        Some(1..=4) => {
            ui.data_mut(|data| data.insert_temp(id, (key, now)));
        }
        Some(5) => {
            let before = ui.data(|data| data.get_temp::<((u64, usize), Vec<[[f32; 2]; 2]>)>(id));
            if let Some((_, before)) = before.filter(|(known, _)| *known == key) {
                // Every other piece: each is about as long as a dash.
                for [from, to] in before.iter().step_by(2) {
                    painter.line_segment([plane.at(*from), plane.at(*to)], ink);
                }
            }
        }
        _ => {}
    }
}

/// The batch of an update: made points and real ones, as large as what this step is about.
fn batch_ui(ui: &Ui, shown: &Shown<'_>, stage: &OnStage, side: Side, plane: Plane, substep: u64) {
    let palette = Palette::of(ui);
    let batch = |name: &str| {
        let points = stage.points(&side.name(name)).unwrap_or_default();
        let scores = stage.series(&side.name(&format!("{name}_scores")));
        (points, scores.iter().map(|(_, score)| *score).collect::<Vec<f64>>())
    };
    let ((real, real_scores), (made, made_scores)) = (batch("batch_real"), batch("batch_made"));
    let scores = shares(&real_scores, &made_scores, side.is_wasserstein(stage));
    let (of_real, of_made) = scores.split_at(real_scores.len());
    let middle = f32::midpoint(BATCH.0, BATCH.1);
    // Judged, the large ones are those that look real; where a loss is taken, those that it is about.
    let radius = |share: Option<&f32>, is_made: bool| {
        let share = match (substep, share) {
            (2 | 7, Some(share)) => *share,
            (3 | 4, Some(share)) => {
                if is_made {
                    *share
                } else {
                    1.0 - share
                }
            }
            (8, Some(share)) => 1.0 - share,
            _ => return middle * 0.8,
        };
        egui::lerp(BATCH.0..=BATCH.1, share)
    };
    // Real points are shown to D; before that only G has been at work.
    if substep >= 2 {
        let marks = real.iter().enumerate().map(|(idx, at)| (*at, radius(of_real.get(idx), false)));
        paint_marks(ui, plane, marks, Mark::Disc, palette.signal, 1.0);
    }
    let next = stage.points(&side.name("batch_next")).unwrap_or_default();
    let moves = substep == 10 && !shown.session.hides("arrows");
    let marks = made.iter().enumerate().map(|(idx, at)| (*at, radius(of_made.get(idx), true)));
    let opacity = if moves && !next.is_empty() { 0.35 } else { 1.0 };
    paint_marks(ui, plane, marks, Mark::Triangle, palette.noise, opacity);
    if moves {
        let painter = ui.painter().with_clip_rect(plane.rect);
        for (from, to) in made.iter().zip(next) {
            painter.line_segment([plane.at(*from), plane.at(*to)], Stroke::new(1.2, palette.noise));
        }
        let marks = next.iter().map(|at| (*at, middle * 0.8));
        paint_marks(ui, plane, marks, Mark::Triangle, palette.noise, 1.0);
    }
}

/// How real each looks, 0 to 1, the real ones first. The scores of a Wasserstein critic are seen between the least and the
/// greatest among them.
fn shares(real: &[f64], made: &[f64], is_wasserstein: bool) -> Vec<f32> {
    let all = || real.iter().chain(made).copied();
    if !is_wasserstein {
        return all().map(|score| score.clamp(0.0, 1.0) as f32).collect();
    }
    let (least, most) = all()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), score| (least.min(score), most.max(score)));
    let range = (most - least).max(1e-9);
    all().map(|score| ((score - least) / range) as f32).collect()
}

/// What stands over a plane where there are two.
pub(super) fn title_ui(ui: &mut Ui, shown: &Shown<'_>, side: Side, rect: Rect) {
    let palette = Palette::of(ui);
    let title = side.title(shown.strings, shown.session);
    let style = if side == Side::First { 0.0 } else { 4.0 };
    // As the line of this game in the plots: whole or dashed.
    let line = [pos2(rect.left(), rect.center().y), pos2(rect.left() + 20.0, rect.center().y)];
    let stroke = Stroke::new(1.8, palette.ink);
    if style == 0.0 {
        ui.painter().line_segment(line, stroke);
    } else {
        ui.painter().extend(Shape::dashed_line(&line, stroke, style, 3.0));
    }
    let at = pos2(rect.left() + 27.0, rect.center().y);
    let drawn = text_at(ui, at, Align2::LEFT_CENTER, &title, theme::strong(), palette.ink);
    let response = ui.interact(drawn, ui.scope_id().with(("title", side as u8)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &title));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_stay_and_scores_are_seen_among_themselves() {
        assert_eq!(shares(&[0.5], &[0.25, 1.5], false), [0.5, 0.25, 1.0]);
        assert_eq!(shares(&[3.0], &[-1.0, 1.0], true), [1.0, 0.0, 0.5]);
    }

    #[test]
    fn a_place_on_the_plane_is_one_on_the_screen() {
        let rect = Rect::from_min_size(pos2(10.0, 20.0), vec2(250.0, 250.0));
        let plane = Plane { rect, reach: 1.25 };
        assert_eq!(plane.at([1.25, 1.25]), rect.right_top());
        let back = plane.place_at(plane.at([0.5, -0.25]));
        assert!((back[0] - 0.5).abs() < 1e-5 && (back[1] + 0.25).abs() < 1e-5);
    }
}
