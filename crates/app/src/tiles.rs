//! Pictures side by side, each with room under it for what is said of it.
//!
//! The worker hands several pictures over in one mosaic, a clear pixel between them; here they find places on the
//! stage, as large as there is room for, each of their pixels a whole number of the screen's.

use egui::{Color32, Pos2, Rect, Shape, TextureHandle, Ui, pos2, vec2};

/// Between pictures, in points.
const GAP: f32 = 6.0;
/// No picture is drawn larger than this many times its size.
const MOST_TIMES: usize = 24;

/// The columns of a mosaic: about as many as rows, or one more where that leaves fewer places empty.
pub(crate) fn mosaic_columns(num: usize) -> usize {
    let square = (num as f64).sqrt().ceil().max(1.0) as usize;
    let empty = |columns: usize| num.next_multiple_of(columns) - num;
    if empty(square + 1) < empty(square) { square + 1 } else { square }
}

/// Pictures of one mosaic.
#[derive(Clone, Copy)]
pub(crate) struct Tiles<'a> {
    texture: &'a TextureHandle,
    num: usize,
    across: usize,
    /// The size of one picture, in its own pixels.
    size: egui::Vec2,
}

/// Where they stand.
pub(crate) struct Places {
    /// Each picture's place, as many as found room.
    pub each: Vec<Rect>,
    /// All of them with what is under them.
    pub whole: Rect,
}

impl Places {
    /// Puts all of them somewhere else.
    pub fn move_by(&mut self, by: egui::Vec2) {
        self.whole = self.whole.translate(by);
        for place in &mut self.each {
            *place = place.translate(by);
        }
    }
}

impl<'a> Tiles<'a> {
    /// Those of a mosaic of `num` pictures.
    pub fn of((texture, num): (&'a TextureHandle, usize)) -> Self {
        let num = num.max(1);
        let across = mosaic_columns(num);
        let [width, height] = texture.size();
        let side = |whole: usize, count: usize| ((whole + 1) as f32 / count.max(1) as f32 - 1.0).max(1.0);
        Self { texture, num, across, size: vec2(side(width, across), side(height, num.div_ceil(across))) }
    }

    pub fn num(&self) -> usize {
        self.num
    }

    /// Places within `room`, `foot` points under each, as large as lets at least `least` of them be seen.
    pub fn places(&self, ui: &Ui, room: Rect, foot: f32, least: usize) -> Places {
        let pixels_per_point = ui.pixels_per_point();
        let wanted = self.num.min(least).max(1);
        let fits = |times: f32| {
            let size = self.size * times / pixels_per_point;
            let count = |room: f32, one: f32| ((room + GAP) / (one + GAP)).floor().max(0.0) as usize;
            (size, count(room.width(), size.x), count(room.height(), size.y + foot))
        };
        let whole = (1..=MOST_TIMES).rev().map(|times| times as f32);
        // Where even the least whole size is too large, it is shrunk.
        let shrunk = (1..=7).rev().map(|eighths| eighths as f32 / 8.0);
        let found = whole.chain(shrunk).map(fits).find(|(_, columns, rows)| columns * rows >= wanted);
        let (size, columns, rows) = found.unwrap_or_else(|| fits(0.125));
        let (columns, rows) = (columns.max(1), rows.max(1));
        let num_shown = self.num.min(columns * rows);
        // As even as may be: no wider than it takes to show all that fit.
        let columns = num_shown.div_ceil(rows).max((num_shown as f32).sqrt().ceil() as usize).min(columns);
        let rows = num_shown.div_ceil(columns.max(1)).max(1);
        let stride = vec2(size.x + GAP, size.y + foot + GAP);
        let extent = vec2(columns as f32 * stride.x - GAP, rows as f32 * stride.y - GAP);
        let snap = |v: f32| (v * pixels_per_point).round() / pixels_per_point;
        let corner = pos2(snap(room.center().x - extent.x * 0.5), snap(room.center().y - extent.y * 0.5));
        let corner = corner.max(room.min);
        let each = (0..num_shown).map(|idx| {
            let (column, row) = ((idx % columns) as f32, idx.div_euclid(columns) as f32);
            let at = corner + vec2(column * stride.x, row * stride.y);
            Rect::from_min_size(pos2(snap(at.x), snap(at.y)), size)
        });
        Places { each: each.collect(), whole: Rect::from_min_size(corner, extent) }
    }

    /// Paints the picture `idx` into `place`.
    pub fn paint(&self, ui: &Ui, idx: usize, place: Rect, tint: Color32) {
        let [width, height] = self.texture.size().map(|side| side as f32);
        let (column, row) = ((idx % self.across) as f32, idx.div_euclid(self.across) as f32);
        let from = pos2(column * (self.size.x + 1.0), row * (self.size.y + 1.0));
        let scaled = |at: Pos2| pos2(at.x / width, at.y / height);
        let uv = Rect::from_min_max(scaled(from), scaled(from + self.size));
        ui.painter().add(Shape::image(self.texture.id(), place, uv, tint));
    }
}

#[cfg(test)]
mod tests {
    use egui::{ColorImage, Context, TextureOptions};

    use super::*;

    fn check(num: usize, mosaic: [usize; 2], room: egui::Vec2, foot: f32, expect: (usize, f32)) {
        let ctx = Context::default();
        let mut found = None;
        let _ = ctx.run_ui(egui::RawInput::default(), |ui| {
            let image = ColorImage::filled(mosaic, Color32::BLACK);
            let texture = ui.ctx().load_texture("mosaic", image, TextureOptions::NEAREST);
            let tiles = Tiles::of((&texture, num));
            assert_eq!(tiles.size, vec2(32.0, 32.0), "the size of one picture");
            let places = tiles.places(ui, Rect::from_min_size(pos2(0.0, 0.0), room), foot, num);
            let last = places.each.last().copied();
            assert!(last.is_some_and(|last| last.bottom() + foot <= room.y && last.right() <= room.x));
            found = Some((places.each.len(), places.each[0].width()));
        });
        assert_eq!(found, Some(expect), "{num} pictures in {room:?}");
    }

    #[test]
    fn pictures_are_as_large_as_lets_all_be_seen() {
        // Twenty-four, 6 × 4 as in their mosaic, of 64 points, with a line under each.
        check(24, [197, 131], vec2(420.0, 340.0), 14.0, (24, 64.0));
        check(1, [32, 32], vec2(300.0, 400.0), 0.0, (1, 288.0));
        // Two in a row, the mosaic has one row of two.
        check(2, [65, 32], vec2(140.0, 70.0), 0.0, (2, 64.0));
        // There is room for less than the pictures' own size.
        check(9, [98, 98], vec2(60.0, 60.0), 0.0, (9, 16.0));
    }
}
