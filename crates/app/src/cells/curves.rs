//! Curves, each with a name, a line and a mark of its own: color alone tells nothing apart.

use egui::{Align2, Color32, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use egui_plot::{Line, LineStyle, MarkerShape, Plot, PlotPoints, Points};
use noisebook_kernel::protocol::Curves;

use crate::strings::Strings;
use crate::theme::{self, Palette};
use crate::widgets::text_at;

/// The marks along one curve.
const MARKS: usize = 8;
const LEGEND: f32 = 22.0;

/// How one curve differs from the others.
struct Look {
    color: Color32,
    style: LineStyle,
    mark: MarkerShape,
}

/// What is called signal or noise has their color and mark everywhere; the others take turns.
fn look(palette: &Palette, name: &str, idx: usize) -> Look {
    let name = name.to_lowercase();
    if name.contains("signal") && !name.contains("noise") {
        return Look { color: palette.signal, style: LineStyle::Solid, mark: MarkerShape::Circle };
    }
    if name.contains("noise") && !name.contains("signal") {
        return Look { color: palette.noise, style: LineStyle::dashed_dense(), mark: MarkerShape::Up };
    }
    let turns = [
        (palette.ink, LineStyle::Solid, MarkerShape::Square),
        (palette.good, LineStyle::dashed_loose(), MarkerShape::Diamond),
        (palette.code_word, LineStyle::dotted_dense(), MarkerShape::Cross),
        (palette.code_type, LineStyle::dashed_dense(), MarkerShape::Plus),
        (palette.soft_ink, LineStyle::dotted_loose(), MarkerShape::Asterisk),
    ];
    let turn = turns.into_iter().cycle().nth(idx);
    let (color, style, mark) = turn.unwrap_or((palette.ink, LineStyle::Solid, MarkerShape::Square));
    Look { color, style, mark }
}

/// Draws curves `height` points high, their names over them.
pub(super) fn curves_ui(ui: &mut Ui, strings: &Strings, curves: &Curves, words: Option<&str>, height: f32) {
    let palette = Palette::of(ui);
    if !curves.title.is_empty() {
        ui.label(egui::RichText::new(&curves.title).font(theme::strong()).color(palette.ink));
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(18.0, 2.0);
        for (idx, (name, _)) in curves.series.iter().enumerate() {
            name_ui(ui, name, &look(palette, name, idx));
        }
    });
    let plot = Plot::new(ui.next_auto_id())
        .height((height - LEGEND).max(120.0))
        .grid_color(palette.rule)
        .x_axis_label(egui::RichText::new(&curves.x_label).font(theme::small()).color(palette.soft_ink))
        .y_axis_label(egui::RichText::new(&curves.y_label).font(theme::small()).color(palette.soft_ink))
        .y_axis_min_width(34.0)
        .show_background(false)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .set_margin_fraction(vec2(0.01, 0.05))
        .label_formatter(|_| None);
    let response = plot.show(ui, |plot| {
        for (idx, (name, points)) in curves.series.iter().enumerate() {
            let look = look(palette, name, idx);
            let finite =
                || points.iter().filter(|point| point.iter().all(|value| value.is_finite())).copied();
            let every = points.len().div_ceil(MARKS).max(1);
            // Each curve's marks begin elsewhere, so that they do not lie over each other.
            let first = (every * (idx + 1)).checked_div(curves.series.len() + 1).unwrap_or_default();
            let marks: Vec<[f64; 2]> = finite().skip(first).step_by(every).collect();
            plot.line(
                Line::new(name.as_str(), PlotPoints::from(finite().collect::<Vec<_>>()))
                    .color(look.color)
                    .style(look.style)
                    .width(2.0),
            );
            plot.points(
                Points::new(name.as_str(), PlotPoints::from(marks))
                    .color(look.color)
                    .shape(look.mark)
                    .radius(4.0),
            );
        }
    });
    let names: Vec<String> = curves.series.iter().map(|(name, points)| described(name, points)).collect();
    let summary = strings.with(
        "curves-summary",
        [
            ("title", words.unwrap_or(&curves.title).into()),
            ("x", curves.x_label.as_str().into()),
            ("curves", names.join("; ").into()),
        ],
    );
    response.response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &summary));
}

/// A curve in a few words: "ᾱ: 1 … 0.01".
fn described(name: &str, points: &[[f64; 2]]) -> String {
    match (points.first(), points.last()) {
        (Some([_, first]), Some([_, last])) => format!("{name}: {first:.3} … {last:.3}"),
        _ => name.to_owned(),
    }
}

/// A piece of the curve's line with its mark, and its name.
fn name_ui(ui: &mut Ui, name: &str, look: &Look) {
    let font = theme::small();
    let width = ui.painter().layout_no_wrap(name.to_owned(), font.clone(), look.color).size().x;
    let (rect, response) = ui.allocate_exact_size(vec2(width + 30.0, LEGEND), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, name));
    let sample = Rect::from_min_max(rect.min, pos2(rect.left() + 24.0, rect.bottom()));
    let stroke = egui::Stroke::new(2.0, look.color);
    let ends = [sample.left_center(), sample.right_center()];
    let shape = match look.style {
        LineStyle::Solid => vec![egui::Shape::line_segment(ends, stroke)],
        LineStyle::Dashed { length } => egui::Shape::dashed_line(&ends, stroke, length * 0.5, length * 0.3),
        LineStyle::Dotted { spacing } => egui::Shape::dotted_line(&ends, look.color, spacing * 0.6, 1.0),
    };
    ui.painter().extend(shape);
    mark(ui, sample.center(), look);
    text_at(ui, pos2(sample.right() + 6.0, rect.center().y), Align2::LEFT_CENTER, name, font, look.color);
}

/// A curve's mark, as the plot has it.
fn mark(ui: &Ui, at: egui::Pos2, look: &Look) {
    let r = 4.0;
    let stroke = egui::Stroke::new(1.5, look.color);
    let filled = |points: &[(f32, f32)]| {
        let points = points.iter().map(|(x, y)| at + vec2(*x, *y) * r).collect();
        egui::Shape::convex_polygon(points, look.color, egui::Stroke::NONE)
    };
    let lines = |ends: &[(f32, f32)]| {
        let line = |(x, y): &(f32, f32)| {
            egui::Shape::line_segment([at + vec2(*x, *y) * r, at - vec2(*x, *y) * r], stroke)
        };
        egui::Shape::Vec(ends.iter().map(line).collect())
    };
    let shape = match look.mark {
        MarkerShape::Up => filled(&[(0.0, -1.0), (1.0, 0.8), (-1.0, 0.8)]),
        MarkerShape::Square => filled(&[(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)]),
        MarkerShape::Diamond => filled(&[(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)]),
        MarkerShape::Cross => lines(&[(0.7, 0.7), (0.7, -0.7)]),
        MarkerShape::Plus => lines(&[(1.0, 0.0), (0.0, 1.0)]),
        MarkerShape::Asterisk => lines(&[(0.0, 1.0), (0.87, 0.5), (0.87, -0.5)]),
        _ => egui::Shape::circle_filled(at, r, look.color),
    };
    ui.painter().add(shape);
}
