//! What D says of every place of the plane: its colors, and the line along which it says one half.

use egui::{Color32, Mesh, Rect, Ui, lerp, pos2};
use noisebook_data::Picture;

use crate::theme::Palette;

/// How far out the map goes, in the plane's units.
const EXTENT: f32 = 1.25;
/// How much of blue or orange the ground takes where D is sure.
const STRENGTH: f32 = 0.42;

/// Values at the places of the plane, (1, h, w), from −1, made, to 1, real.
#[derive(Clone, Copy)]
pub(super) struct Field<'a>(pub &'a Picture);

impl Field<'_> {
    fn size(&self) -> (usize, usize) {
        let (_, h, w) = self.0.dim();
        (h, w)
    }

    fn value(&self, row: usize, column: usize) -> f32 {
        self.0.get([0, row, column]).copied().unwrap_or_default()
    }

    /// Where the middle of a place lies on the plane.
    fn at(&self, row: f32, column: f32) -> [f32; 2] {
        let (h, w) = self.size();
        let along = |nth: f32, num: usize| EXTENT * (2.0 * (nth + 0.5) / num.max(1) as f32 - 1.0);
        [along(column, w), -along(row, h)]
    }

    /// The value at a place of the plane, between the values around it; none outside the map.
    pub fn value_at(&self, [x, y]: [f32; 2]) -> Option<f32> {
        let (h, w) = self.size();
        if x.abs() > EXTENT || y.abs() > EXTENT || h == 0 || w == 0 {
            return None;
        }
        let place = |at: f32, num: usize| {
            let place = ((at / EXTENT + 1.0) * 0.5 * num as f32 - 0.5).clamp(0.0, (num - 1) as f32);
            let first = (place.floor() as usize).min(num.saturating_sub(2));
            (first, (first + 1).min(num - 1), place - first as f32)
        };
        let (left, right, across) = place(x, w);
        let (top, bottom, down) = place(-y, h);
        let row = |row| lerp(self.value(row, left)..=self.value(row, right), across);
        Some(lerp(row(top)..=row(bottom), down))
    }

    /// The ground between pale and blue or orange, smooth from place to place. `to_screen` leads from the plane to the screen.
    pub fn paint(&self, ui: &Ui, to_screen: impl Fn([f32; 2]) -> egui::Pos2, clip: Rect) {
        let palette = Palette::of(ui);
        let (h, w) = self.size();
        let mut mesh = Mesh::default();
        for row in 0..h {
            for column in 0..w {
                // The outermost places reach to the edge of the map.
                let reach = |nth: usize, num: usize| {
                    let nth_place = nth as f32;
                    if nth == 0 {
                        -0.5
                    } else if nth + 1 == num {
                        nth_place + 0.5
                    } else {
                        nth_place
                    }
                };
                let at = to_screen(self.at(reach(row, h), reach(column, w)));
                mesh.colored_vertex(at, color(palette, self.value(row, column)));
            }
        }
        for row in 1..h {
            for column in 1..w {
                let corner = |row: usize, column: usize| (row * w + column) as u32;
                let [a, b] = [corner(row - 1, column - 1), corner(row - 1, column)];
                let [c, d] = [corner(row, column - 1), corner(row, column)];
                mesh.add_triangle(a, b, c);
                mesh.add_triangle(b, d, c);
            }
        }
        ui.painter().with_clip_rect(clip).add(mesh);
    }

    /// The line along which the value is 0: pieces from one edge of a square of places to another.
    pub fn border(&self) -> Vec<[[f32; 2]; 2]> {
        let (h, w) = self.size();
        let mut pieces = Vec::new();
        for row in 1..h {
            for column in 1..w {
                let corners = [(row - 1, column - 1), (row - 1, column), (row, column), (row, column - 1)];
                let mut crossings = Vec::new();
                for nth in 0..4 {
                    let (from, to) = (corners[nth], corners[(nth + 1) % 4]);
                    let (a, b) = (self.value(from.0, from.1), self.value(to.0, to.1));
                    if (a < 0.0) != (b < 0.0) {
                        let share = a / (a - b);
                        let along = |a: usize, b: usize| lerp(a as f32..=b as f32, share);
                        crossings.push(self.at(along(from.0, to.0), along(from.1, to.1)));
                    }
                }
                // Two crossings, or four where real meets real at a corner.
                pieces.extend(crossings.chunks_exact(2).map(|pair| [pair[0], pair[1]]));
            }
        }
        pieces
    }
}

fn color(palette: &Palette, value: f32) -> Color32 {
    let strong = if value > 0.0 { palette.signal } else { palette.noise };
    let share = value.abs().min(1.0) * STRENGTH;
    let mix = |ground: u8, strong: u8| lerp(f32::from(ground)..=f32::from(strong), share).round() as u8;
    Color32::from_rgb(
        mix(palette.page.r(), strong.r()),
        mix(palette.page.g(), strong.g()),
        mix(palette.page.b(), strong.b()),
    )
}

/// The square that a map of the whole plane takes on a screen that shows `reach` units each way.
pub(super) fn extent(rect: Rect, reach: f32) -> Rect {
    let side = rect.width() * (EXTENT / reach).min(1.0);
    Rect::from_center_size(pos2(rect.center().x, rect.center().y), egui::vec2(side, side))
}

/// How far a plane has to reach, so that the map and all of these points are on it.
pub(super) fn reach(points: &[[f32; 2]]) -> f32 {
    let is_outside = |[x, y]: &[f32; 2]| x.abs() > EXTENT || y.abs() > EXTENT;
    if points.iter().any(is_outside) { 1.5 } else { EXTENT }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value is how far right a place lies.
    fn ramp() -> Picture {
        Picture::from_shape_fn((1, 10, 10), |(_, _, x)| (x as f32 - 4.5) / 4.5)
    }

    #[test]
    fn a_map_is_read_between_its_places() {
        let ramp = ramp();
        let field = Field(&ramp);
        assert!(field.value_at([0.0, 0.7]).is_some_and(|value| value.abs() < 1e-6));
        assert_eq!(field.value_at([1.25, -1.25]), Some(1.0));
        assert_eq!(field.value_at([1.3, 0.0]), None);
        let up = Picture::from_shape_fn((1, 4, 4), |(_, y, _)| if y < 2 { 1.0 } else { -1.0 });
        assert_eq!(Field(&up).value_at([0.0, 1.0]), Some(1.0), "rows go from the top down, y goes up");
    }

    #[test]
    fn the_border_runs_where_the_value_is_zero() {
        let ramp = ramp();
        let border = Field(&ramp).border();
        assert_eq!(border.len(), 9, "a piece for each pair of rows");
        assert!(border.iter().flatten().all(|[x, _]| x.abs() < 1e-5), "{border:?}");
        let flat = Picture::from_elem((1, 4, 4), 0.3);
        assert!(Field(&flat).border().is_empty());
    }
}
