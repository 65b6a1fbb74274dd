//! A plane of points: the real ones blue discs, the made ones orange triangles, and arrows of where points are led.

use egui::{Color32, CornerRadius, Mesh, Pos2, Rect, Stroke, StrokeKind, Ui, epaint, vec2};

use super::own::REACH;
use crate::theme::{Palette, size};

/// Where points come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    Real,
    Made,
}

/// From the plane, y up, to the screen.
pub(crate) fn to_screen(rect: Rect) -> impl Fn([f32; 2]) -> Pos2 {
    let scale = rect.width().min(rect.height()) / (2.0 * REACH);
    move |[x, y]| rect.center() + vec2(x, -y) * scale
}

/// From the screen to the plane.
pub(crate) fn to_plane(rect: Rect) -> impl Fn(Pos2) -> [f32; 2] {
    let scale = rect.width().min(rect.height()) / (2.0 * REACH);
    move |at| {
        let off = (at - rect.center()) / scale;
        [off.x.clamp(-REACH, REACH), (-off.y).clamp(-REACH, REACH)]
    }
}

/// The empty plane: a line through zero each way.
pub(crate) fn ground_ui(ui: &Ui, rect: Rect) {
    let palette = Palette::of(ui);
    let hairline = Stroke::new(1.0, palette.rule);
    let radius = CornerRadius::same(size::RADIUS_PICTURE);
    ui.painter().rect_filled(rect, radius, palette.paper);
    ui.painter().hline(rect.x_range(), rect.center().y, hairline);
    ui.painter().vline(rect.center().x, rect.y_range(), hairline);
    ui.painter().rect_stroke(rect, radius, Stroke::new(1.0, palette.edge), StrokeKind::Inside);
}

/// Points, each a disc or a triangle. One mesh: a thousand of them are painted in every frame.
pub(crate) fn paint_points(ui: &Ui, rect: Rect, points: &[[f32; 2]], whose: Whose) {
    let palette = Palette::of(ui);
    let at = to_screen(rect);
    let radius = (rect.width() * 0.008).clamp(1.6, 3.6);
    let (color, corners): (Color32, &[(f32, f32)]) = match whose {
        Whose::Real => (palette.signal, &DISC),
        Whose::Made => (palette.noise, &TRIANGLE),
    };
    // Many points lie over each other; a little of what is below shows.
    let color = color.gamma_multiply(0.85);
    let mut mesh = Mesh::default();
    for point in points.iter().filter(|point| point.iter().all(|at| at.is_finite())) {
        let middle = at(*point);
        if !rect.contains(middle) {
            continue;
        }
        let first = mesh.vertices.len() as u32;
        for (x, y) in corners {
            mesh.colored_vertex(middle + vec2(*x, *y) * radius, color);
        }
        for nth in 1..corners.len() as u32 - 1 {
            mesh.add_triangle(first, first + nth, first + nth + 1);
        }
    }
    ui.painter().add(mesh);
}

/// Eight corners of a disc of radius 1.
const DISC: [(f32, f32); 8] = [
    (1.0, 0.0),
    (0.707, 0.707),
    (0.0, 1.0),
    (-0.707, 0.707),
    (-1.0, 0.0),
    (-0.707, -0.707),
    (0.0, -1.0),
    (0.707, -0.707),
];

/// A triangle about as large.
const TRIANGLE: [(f32, f32); 3] = [(0.0, -1.25), (1.15, 0.85), (-1.15, 0.85)];

/// Arrows: from where a point is to where it is led, in the plane's units.
pub(crate) fn paint_arrows(ui: &Ui, rect: Rect, arrows: &[([f32; 2], [f32; 2])]) {
    let palette = Palette::of(ui);
    let at = to_screen(rect);
    let stroke = Stroke::new(1.0, palette.soft_ink.gamma_multiply(0.55));
    let painter = ui.painter().with_clip_rect(rect);
    for (from, along) in arrows {
        let (start, end) = (at(*from), at([from[0] + along[0], from[1] + along[1]]));
        let way = end - start;
        if way.length() < 1.5 {
            continue;
        }
        painter.line_segment([start, end], stroke);
        let back = way.normalized() * -4.0;
        for side in [0.5, -0.5] {
            painter.line_segment([end, end + back + back.rot90() * side], stroke);
        }
    }
}

/// A small picture of points for the film strip: opaque where one lies, to be tinted with their color.
pub(crate) fn thumbnail(points: &[[f32; 2]], side: usize) -> epaint::ColorImage {
    let mut image = epaint::ColorImage::filled([side, side], Color32::TRANSPARENT);
    for [x, y] in points {
        let place = |at: f32| ((at / REACH + 1.0) * 0.5 * side as f32).floor();
        let (column, row) = (place(*x), place(-*y));
        for (dx, dy) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
            let (x, y) = (column + dx, row + dy);
            let inside = |at: f32| (0.0..side as f32).contains(&at);
            if inside(x)
                && inside(y)
                && let Some(pixel) = image.pixels.get_mut(y as usize * side + x as usize)
            {
                *pixel = Color32::WHITE;
            }
        }
    }
    image
}

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::*;

    #[test]
    fn a_place_on_the_plane_is_one_on_the_screen() {
        let rect = Rect::from_min_size(pos2(10.0, 20.0), vec2(300.0, 300.0));
        assert_eq!(to_screen(rect)([0.0, 0.0]), rect.center());
        assert_eq!(to_screen(rect)([REACH, REACH]), rect.right_top(), "y goes up");
        let back = to_plane(rect)(to_screen(rect)([0.5, -1.25]));
        assert!((back[0] - 0.5).abs() < 1e-5 && (back[1] + 1.25).abs() < 1e-5);
        assert_eq!(to_plane(rect)(pos2(-999.0, 20.0)), [-REACH, REACH]);
    }

    #[test]
    fn a_thumbnail_has_its_points_where_they_lie() {
        let image = thumbnail(&[[-1.45, 1.45], [f32::NAN, 0.0], [50.0, 0.0]], 64);
        let painted: Vec<usize> = (0..64 * 64).filter(|at| image.pixels[*at] == Color32::WHITE).collect();
        assert_eq!(painted.len(), 4);
        assert!(painted.iter().all(|at| at % 64 < 4 && at.div_euclid(64) < 4), "{painted:?}");
    }
}
