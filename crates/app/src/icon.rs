//! The window's icons, drawn: one set, one weight, no glyph that a font may lack.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, Vec2, pos2, vec2};

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    /// To the first moment.
    First,
    /// One moment back.
    StepBack,
    Play,
    Pause,
    /// Ends what runs.
    Stop,
    /// One moment on.
    StepOn,
    /// To the last moment.
    Last,
    /// The same again.
    Rewind,
    /// Half light, half dark.
    HalfDisc,
    /// Done.
    Check,
    /// Not right.
    Cross,
    /// One way goes on, another leaves it.
    Branch,
    /// The course map: four cards.
    Map,
    ArrowLeft,
    ArrowRight,
    /// Opens a list.
    CaretDown,
    /// There is more.
    Dots,
    /// The real.
    Disc,
    /// The made.
    Triangle,
}

/// Paints `icon` in the middle of `rect`, as large as its smaller side.
pub(crate) fn paint(painter: &Painter, rect: Rect, icon: Icon, color: Color32) {
    let side = rect.width().min(rect.height());
    // From the unit square, y down, to the place.
    let at = |x: f32, y: f32| rect.center() + vec2(x - 0.5, y - 0.5) * side;
    let stroke = Stroke::new((side * 0.11).max(1.3), color);
    let filled = |points: Vec<Pos2>| Shape::convex_polygon(points, color, Stroke::NONE);
    let right = |x: f32| filled(vec![at(x, 0.18), at(x + 0.52, 0.5), at(x, 0.82)]);
    let left = |x: f32| filled(vec![at(x, 0.18), at(x - 0.52, 0.5), at(x, 0.82)]);
    let bar = |x: f32, width: f32| {
        Shape::rect_filled(Rect::from_min_max(at(x, 0.18), at(x + width, 0.82)), 0.0, color)
    };
    let line = |points: Vec<Pos2>| Shape::line(points, stroke);
    let shapes = match icon {
        Icon::First => vec![bar(0.16, 0.09), left(0.84)],
        Icon::StepBack => vec![left(0.74)],
        Icon::Play => vec![right(0.28)],
        Icon::StepOn => vec![right(0.26)],
        Icon::Last => vec![bar(0.75, 0.09), right(0.16)],
        Icon::Pause => vec![bar(0.26, 0.16), bar(0.58, 0.16)],
        Icon::Stop => vec![bar(0.2, 0.6)],
        Icon::Rewind => rewind(at, stroke, color),
        Icon::HalfDisc => half_disc(rect.center(), side * 0.42, stroke, color),
        Icon::Check => vec![line(vec![at(0.14, 0.54), at(0.40, 0.80), at(0.88, 0.24)])],
        Icon::Cross => vec![line(vec![at(0.2, 0.2), at(0.8, 0.8)]), line(vec![at(0.8, 0.2), at(0.2, 0.8)])],
        Icon::Branch => vec![
            line(vec![at(0.26, 0.1), at(0.26, 0.9)]),
            line(vec![at(0.26, 0.68), at(0.74, 0.42), at(0.74, 0.2)]),
            Shape::circle_filled(at(0.26, 0.88), side * 0.11, color),
            Shape::circle_filled(at(0.74, 0.16), side * 0.11, color),
        ],
        Icon::Map => [(0.08, 0.08), (0.58, 0.08), (0.08, 0.58), (0.58, 0.58)]
            .map(|(x, y)| {
                let card = Rect::from_min_max(at(x, y), at(x + 0.34, y + 0.34));
                Shape::rect_filled(card, side * 0.08, color)
            })
            .to_vec(),
        Icon::ArrowLeft => vec![
            line(vec![at(0.92, 0.5), at(0.08, 0.5)]),
            line(vec![at(0.36, 0.22), at(0.08, 0.5), at(0.36, 0.78)]),
        ],
        Icon::ArrowRight => vec![
            line(vec![at(0.08, 0.5), at(0.92, 0.5)]),
            line(vec![at(0.64, 0.22), at(0.92, 0.5), at(0.64, 0.78)]),
        ],
        Icon::CaretDown => vec![filled(vec![at(0.2, 0.34), at(0.8, 0.34), at(0.5, 0.74)])],
        Icon::Dots => [0.15, 0.5, 0.85].map(|x| Shape::circle_filled(at(x, 0.5), side * 0.1, color)).to_vec(),
        Icon::Disc => vec![Shape::circle_filled(rect.center(), side * 0.36, color)],
        Icon::Triangle => vec![filled(vec![at(0.5, 0.12), at(0.92, 0.86), at(0.08, 0.86)])],
    };
    painter.extend(shapes);
}

/// Three quarters of a circle, ending in an arrow head at its top.
fn rewind(at: impl Fn(f32, f32) -> Pos2, stroke: Stroke, color: Color32) -> Vec<Shape> {
    let arc: Vec<Pos2> = (0..=24)
        .map(|idx| {
            let angle = (-90.0 + 290.0 * idx as f32 / 24.0).to_radians();
            at(0.5 + 0.36 * angle.cos(), 0.54 + 0.36 * angle.sin())
        })
        .collect();
    let head = vec![at(0.22, 0.18), at(0.54, 0.0), at(0.54, 0.36)];
    vec![Shape::line(arc, stroke), Shape::convex_polygon(head, color, Stroke::NONE)]
}

fn half_disc(center: Pos2, radius: f32, stroke: Stroke, color: Color32) -> Vec<Shape> {
    let half: Vec<Pos2> = (0..=20)
        .map(|idx| {
            let angle = (90.0 + 180.0 * idx as f32 / 20.0).to_radians();
            pos2(center.x + radius * angle.cos(), center.y + radius * angle.sin())
        })
        .collect();
    vec![Shape::convex_polygon(half, color, Stroke::NONE), Shape::circle_stroke(center, radius, stroke)]
}

/// A dashed box, where something will be.
pub(crate) fn dashed_box(painter: &Painter, rect: Rect, color: Color32) {
    let r = rect.shrink(0.5);
    let corners = [r.left_top(), r.right_top(), r.right_bottom(), r.left_bottom(), r.left_top()];
    painter.extend(Shape::dashed_line(&corners, Stroke::new(1.0, color), 4.0, 3.0));
}

/// The side of an icon that stands beside interface text.
pub(crate) const BESIDE_TEXT: Vec2 = vec2(14.0, 14.0);
