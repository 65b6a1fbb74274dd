//! The plots of a training: the loss over the updates, how it is spread over t, and, where samples are judged by what was
//! asked for, how many show it.

use egui::{Align2, Color32, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::icon::{self, Icon};
use crate::strings::Strings;
use crate::theme::{self, Palette};
use crate::widgets::text_at;

/// The room for numbers to the left of a plot and under it.
const LEFT: f32 = 40.0;
const BELOW: f32 = 18.0;

/// Where a plot goes within its rectangle.
fn frame(rect: Rect) -> Rect {
    Rect::from_min_max(rect.min + vec2(LEFT, 4.0), rect.max - vec2(2.0, BELOW))
}

/// A number as short as its size allows: 1, 0.05, 0.0002.
pub(crate) fn short(value: f64) -> String {
    // Two digits that count.
    let decimals = if value <= 0.0 { 0.0 } else { (-value.log10()).ceil() + 1.0 };
    let text = format!("{value:.*}", decimals.clamp(0.0, 6.0) as usize);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    text.to_owned()
}

/// What is hidden until a prediction is committed, or not there yet.
pub(crate) fn empty_ui(ui: &mut Ui, name: &str, rect: Rect, text: &str) {
    let palette = Palette::of(ui);
    icon::dashed_box(ui.painter(), rect, palette.edge);
    let (galley, measured) =
        crate::prose::wrapped(ui, text, theme::small(), palette.soft_ink, rect.width() - 24.0);
    ui.painter().galley(rect.center() - measured * 0.5, galley, palette.soft_ink);
    let response = ui.interact(rect, ui.scope_id().with(name), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, text));
}

/// The powers of ten, or finer steps where there is only one, from `low` to `high`.
fn marks(low: f64, high: f64) -> Vec<f64> {
    let is_narrow = (high / low).log10() < 1.7;
    let factors: &[f64] = if is_narrow { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let all = (first..=last).flat_map(|power| factors.iter().map(move |factor| factor * 10f64.powi(power)));
    all.filter(|mark| (low..=high).contains(mark)).collect()
}

/// The loss over the updates, up on a logarithmic scale; `tail` are those since the moment on the stage.
pub(crate) fn loss_ui(
    ui: &mut Ui,
    strings: &Strings,
    rect: Rect,
    series: &[(f64, f64)],
    tail: &[(f64, f64)],
    num_updates: usize,
) {
    let palette = Palette::of(ui);
    let finite = |(x, y): &&(f64, f64)| x.is_finite() && *y > 0.0 && y.is_finite();
    let points: Vec<(f64, f64)> = series.iter().chain(tail).filter(finite).copied().collect();
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return empty_ui(ui, "loss", rect, &strings.get("loss-coming"));
    };
    let plot = frame(rect);
    let (mut low, mut high) = points
        .iter()
        .fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), (_, y)| (low.min(*y), high.max(*y)));
    // A loss that hardly moves is not made to look as if it did.
    low = (low * 0.85).min(high * 0.3);
    high *= 1.15;
    let x_end = (num_updates as f64).max(last.0).max(1.0);
    let at = |(x, y): (f64, f64)| {
        let up = ((y / low).ln() / (high / low).ln()) as f32;
        pos2(
            egui::lerp(plot.x_range(), (x / x_end) as f32),
            egui::lerp(plot.bottom()..=plot.top(), up.clamp(0.0, 1.0)),
        )
    };
    let hairline = Stroke::new(1.0, palette.rule);
    for mark in marks(low, high) {
        let y = at((0.0, mark)).y;
        ui.painter().hline(plot.x_range(), y, hairline);
        let at = pos2(plot.left() - 6.0, y);
        text_at(ui, at, Align2::RIGHT_CENTER, &short(mark), theme::small_mono(), palette.soft_ink);
    }
    ends_ui(ui, plot, "0", &format!("{x_end:.0}"), &strings.get("updates"));
    // As many places as there are pixels; the mean of those that fall together.
    let every = points.len().div_ceil((plot.width() * 0.8) as usize + 1).max(1);
    let line: Vec<Pos2> = points
        .chunks(every)
        .map(|chunk| {
            let n = chunk.len() as f64;
            let x = chunk.iter().map(|(x, _)| x).sum::<f64>() / n;
            let y = (chunk.iter().map(|(_, y)| y.ln()).sum::<f64>() / n).exp();
            at((x, y))
        })
        .collect();
    if let Some(end) = line.last() {
        ui.painter().circle_filled(*end, 3.5, palette.ink);
    }
    ui.painter().add(Shape::line(line, Stroke::new(1.6, palette.ink)));
    let response = ui.interact(rect, ui.scope_id().with("loss"), Sense::hover());
    let summary = strings.with(
        "loss-summary",
        [
            ("updates", format!("{:.0}", last.0).into()),
            ("first", short(first.1).into()),
            ("last", short(last.1).into()),
        ],
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &summary));
}

/// How large the loss is at ten places along t; the one that is looked at is ink.
pub(crate) fn bars_ui(ui: &mut Ui, strings: &Strings, rect: Rect, bars: &[(f64, f64)], t: f64) {
    let palette = Palette::of(ui);
    let highest = bars.iter().map(|(_, loss)| *loss).filter(|loss| loss.is_finite()).fold(0.0, f64::max);
    if bars.is_empty() || highest <= 0.0 {
        return empty_ui(ui, "bars", rect, &strings.get("bars-coming"));
    }
    let plot = frame(rect);
    let width = plot.width() / bars.len() as f32;
    let nearest = (0..bars.len()).min_by(|a, b| {
        let off = |idx: &usize| bars.get(*idx).map_or(f64::INFINITY, |(at, _)| (at - t).abs());
        off(a).total_cmp(&off(b))
    });
    for (share, value) in [(0.0, 0.0), (1.0, highest)] {
        let y = egui::lerp(plot.bottom()..=plot.top(), share);
        ui.painter().hline(plot.x_range(), y, Stroke::new(1.0, palette.rule));
        let at = pos2(plot.left() - 6.0, y);
        text_at(ui, at, Align2::RIGHT_CENTER, &short(value), theme::small_mono(), palette.soft_ink);
    }
    for (idx, (_, loss)) in bars.iter().enumerate() {
        let left = plot.left() + idx as f32 * width;
        let height = (loss / highest).clamp(0.0, 1.0) as f32 * plot.height();
        let bar = Rect::from_min_max(
            pos2(left + width * 0.12, plot.bottom() - height.max(1.0)),
            pos2(left + width * 0.88, plot.bottom()),
        );
        let color = if nearest == Some(idx) { palette.ink } else { palette.edge };
        ui.painter().rect_filled(bar, 1.0, color);
    }
    ends_ui(ui, plot, "0", "1000", "t");
    let response = ui.interact(rect, ui.scope_id().with("bars"), Sense::hover());
    let end = |bar: Option<&(f64, f64)>| bar.map(|(_, loss)| short(*loss)).unwrap_or_default();
    let worst = bars.iter().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(0.0, |(at, _)| *at);
    let summary = strings.with(
        "bars-summary",
        [
            ("first", end(bars.first()).into()),
            ("last", end(bars.last()).into()),
            ("worst", format!("{worst:.0}").into()),
        ],
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &summary));
}

/// The shares of the samples that a training on scenes gets right.
pub(crate) const SHARES: [&str; 4] = ["colour", "place", "shape", "joint"];
/// Between two marks on a curve, at least.
const MARK_GAP: f32 = 16.0;

/// What stands for a share on its curve and beside its name: a form of its own, and a tone.
pub(crate) fn share_mark(palette: &Palette, name: &str) -> Option<(Icon, Color32)> {
    match name {
        "colour" => Some((Icon::Disc, palette.ink)),
        "shape" => Some((Icon::Triangle, palette.good)),
        "place" => Some((Icon::Cross, palette.soft_ink)),
        "joint" => Some((Icon::HalfDisc, palette.edge)),
        _ => None,
    }
}

/// Shares over the updates, each with its name and its mark; from nothing below to all above.
pub(crate) fn shares_ui(
    ui: &mut Ui,
    strings: &Strings,
    rect: Rect,
    curves: &[(&str, &[(f64, f64)])],
    num_updates: usize,
) {
    let palette = Palette::of(ui);
    if curves.iter().all(|(_, points)| points.is_empty()) {
        return empty_ui(ui, "shares", rect, &strings.get("shares-coming"));
    }
    let plot = frame(rect);
    let x_end = (num_updates as f64).max(1.0);
    let at = |(x, y): (f64, f64)| {
        pos2(
            egui::lerp(plot.x_range(), (x / x_end).clamp(0.0, 1.0) as f32),
            egui::lerp(plot.bottom()..=plot.top(), y.clamp(0.0, 1.0) as f32),
        )
    };
    for mark in [0.0, 0.5, 1.0] {
        let y = at((0.0, mark)).y;
        ui.painter().hline(plot.x_range(), y, Stroke::new(1.0, palette.rule));
        let text = format!("{:.0} %", 100.0 * mark);
        text_at(
            ui,
            pos2(plot.left() - 6.0, y),
            Align2::RIGHT_CENTER,
            &text,
            theme::small_mono(),
            palette.soft_ink,
        );
    }
    ends_ui(ui, plot, "0", &format!("{x_end:.0}"), &strings.get("updates"));
    let mut summary = strings.get("shares-summary");
    // The first lies on top: where two agree, the easier is seen.
    for (name, points) in curves.iter().rev() {
        let Some((icon, color)) = share_mark(palette, name) else {
            continue;
        };
        let line: Vec<Pos2> = points.iter().map(|point| at(*point)).collect();
        let mut marked_until = f32::NEG_INFINITY;
        for (nth, place) in line.iter().enumerate() {
            if nth + 1 == line.len() || place.x >= marked_until + MARK_GAP {
                let mark = Rect::from_center_size(*place, vec2(9.0, 9.0));
                icon::paint(ui.painter(), mark, icon, color);
                marked_until = place.x;
            }
        }
        ui.painter().add(Shape::line(line, Stroke::new(1.6, color)));
    }
    for (name, points) in curves {
        if let Some((_, share)) = points.last() {
            summary += &format!(" {}: {:.0} %.", strings.get(&format!("number-{name}")), 100.0 * share);
        }
    }
    let response = ui.interact(rect, ui.scope_id().with("shares"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &summary));
}

/// What stands at the ends of an axis, and what runs along it.
fn ends_ui(ui: &Ui, plot: Rect, first: &str, last: &str, what: &str) {
    let palette = Palette::of(ui);
    let y = plot.bottom() + 3.0;
    let mono = theme::small_mono();
    text_at(ui, pos2(plot.left(), y), Align2::LEFT_TOP, first, mono.clone(), palette.soft_ink);
    text_at(ui, pos2(plot.right(), y), Align2::RIGHT_TOP, last, mono, palette.soft_ink);
    text_at(ui, pos2(plot.center().x, y), Align2::CENTER_TOP, what, theme::small(), palette.soft_ink);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        let check = |value: f64, expect: &str| assert_eq!(short(value), expect);
        check(0.0, "0");
        check(1.0, "1");
        check(0.05, "0.05");
        check(0.0312, "0.031");
        check(12.0, "12");
        check(0.0002, "0.0002");
    }

    #[test]
    fn a_narrow_range_has_marks_too() {
        let close = |a: &[f64], b: &[f64]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a / b - 1.0).abs() < 1e-9)
        };
        assert!(close(&marks(0.015, 0.3), &[0.02, 0.05, 0.1, 0.2]), "{:?}", marks(0.015, 0.3));
        assert!(close(&marks(0.0005, 2.0), &[0.001, 0.01, 0.1, 1.0]), "{:?}", marks(0.0005, 2.0));
    }
}
