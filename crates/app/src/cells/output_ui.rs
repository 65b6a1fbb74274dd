//! What a cell printed and showed, drawn: text as it came, pictures as sharp squares, curves and recordings by the window itself.

use egui::{
    Color32, Rect, Role, ScrollArea, Sense, Stroke, TextureFilter, TextureOptions, Ui, WidgetInfo, pos2, vec2,
};

use super::curves::curves_ui;
use super::output::{Line, Output, Picture, Shown};
use super::recording::recording_ui;
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::timeline::{paint_sharp, sharp_rect};

/// The most points that a picture or a plot is high.
const MOST_HEIGHT: f32 = 300.0;
/// The most lines of text that stand there without being scrolled.
const MOST_LINES: f32 = 12.0;
/// Between the lines' tops, over their size.
const LEADING: f32 = 1.45;

/// Draws an output in the width there is.
pub(crate) fn output_ui(ui: &mut Ui, strings: &Strings, output: &mut Output) {
    let palette = Palette::of(ui);
    let height = MOST_HEIGHT;
    let words = output.words.clone();
    if !output.lines.is_empty() {
        text_ui(ui, strings, output);
    }
    match &mut output.shown {
        Some(Shown::Picture(picture)) => {
            let summary = words.unwrap_or_else(|| strings.get("output-picture"));
            picture_ui(ui, picture, &summary, height);
        }
        Some(Shown::Curves(curves)) => curves_ui(ui, strings, curves, words.as_deref(), height),
        Some(Shown::Recording(player)) => recording_ui(ui, strings, player, height),
        Some(Shown::Elsewhere(mime)) => {
            let sentence = strings.with("output-elsewhere", [("what", mime.as_str().into())]);
            ui.label(egui::RichText::new(sentence).font(theme::interface()).color(palette.soft_ink));
        }
        Some(Shown::Broken(why)) => {
            let sentence = strings.with("output-broken", [("why", why.as_str().into())]);
            ui.label(egui::RichText::new(sentence).font(theme::interface()).color(palette.ink));
        }
        None => {}
    }
}

/// A picture, each of its pixels a whole number of the screen's where there is room.
pub(crate) fn picture_ui(ui: &mut Ui, picture: &mut Picture, summary: &str, height: f32) {
    // Pixels are sharp squares; a picture too large for its place is shrunk without losing every other one.
    let sharp = TextureOptions { minification: TextureFilter::Linear, ..TextureOptions::NEAREST };
    let texture = picture.texture(ui.ctx(), sharp);
    let room = vec2(ui.available_width(), height);
    let drawn = sharp_rect(ui, &texture, Rect::from_min_size(ui.cursor().min, room)).size();
    let (rect, response) = ui.allocate_exact_size(drawn, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, summary));
    // A hair more than what it takes, so that rounding does not make it a size smaller.
    paint_sharp(ui, &texture, rect.expand(0.5), size::RADIUS_PICTURE, 1.0);
}

/// What was printed, in an area of its own that scrolls where there is much; only the lines in sight are laid out.
fn text_ui(ui: &mut Ui, strings: &Strings, output: &Output) {
    let palette = Palette::of(ui);
    let font = theme::small_mono();
    let row = font.size * LEADING;
    let num_rows = output.lines.len();
    ui.spacing_mut().item_spacing.y = 0.0;
    let scroll = ScrollArea::both()
        .id_salt("printed")
        .max_height(row * MOST_LINES)
        .auto_shrink([false, true])
        .stick_to_bottom(true)
        .show_rows(ui, row, num_rows, |ui, range| {
            for line in output.lines.get(range).unwrap_or_default() {
                line_ui(ui, line, &font, row, palette);
            }
        });
    let id = ui.scope_id().with("printed-summary");
    let response = ui.interact(scroll.inner_rect, id, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Log, true, summary(strings, output)));
    if output.left_out > 0 {
        let megabytes = format!("{:.1}", output.left_out as f64 / 1e6);
        let sentence = strings.with("output-left-out", [("megabytes", megabytes.into())]);
        ui.label(egui::RichText::new(sentence).font(theme::small()).color(palette.soft_ink));
    }
    ui.add_space(size::GAP);
}

fn line_ui(ui: &mut Ui, line: &Line, font: &egui::FontId, row: f32, palette: &Palette) {
    let color = if line.is_error { palette.soft_ink } else { palette.ink };
    let galley = ui.painter().layout_no_wrap(line.text.clone(), font.clone(), color);
    let indent = if line.is_error { 12.0 } else { 0.0 };
    let (rect, _) = ui.allocate_exact_size(vec2(galley.size().x + indent, row), Sense::hover());
    if line.is_error {
        // What went to the error stream has a line at its side.
        ui.painter().vline(rect.left() + 1.5, rect.y_range(), Stroke::new(2.0, palette.edge));
    }
    ui.painter().galley(pos2(rect.left() + indent, rect.top()), galley, Color32::PLACEHOLDER);
}

/// The first lines for who cannot see them, and how many there are.
fn summary(strings: &Strings, output: &Output) -> String {
    let first: Vec<&str> = output.lines.iter().take(20).map(|line| line.text.as_str()).collect();
    let text = first.join("\n");
    strings.with("output-text", [("lines", output.lines.len().into()), ("text", text.into())])
}
