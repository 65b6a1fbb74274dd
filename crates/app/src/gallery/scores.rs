//! Scores of many pictures as so many marks: the real ones in one strip, the made ones in another, and one picture's own
//! score as a line across both.

use egui::{Align2, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::icon::{self, Icon};
use crate::strings::Strings;
use crate::theme::{self, Palette};
use crate::widgets::text_at;

/// The room for numbers at the left, for the names under the strips, and for the line that says the shares.
const LEFT: f32 = 40.0;
const NAMES: f32 = 24.0;
const SHARES: f32 = 44.0;
/// A plot lower than this says no shares.
const SHARES_FROM: f32 = 200.0;

/// What is compared.
pub(super) struct Compared {
    pub real: Vec<f64>,
    pub made: Vec<f64>,
    /// The picture's score before the first step.
    pub at_first: Option<f64>,
    pub now: Option<f64>,
    /// Which share of the real ones and of the made ones scores lower.
    pub shares: [Option<f64>; 2],
}

/// How far to each side of the middle of its strip a mark stands, from −1 to 1: where many have nearly one score, they
/// stand beside each other.
fn aside(scores: &[f64], low: f64, high: f64) -> Vec<f32> {
    const BINS: usize = 26;
    let bin = |score: f64| (((score - low) / (high - low).max(1e-9) * BINS as f64) as usize).min(BINS - 1);
    let mut counts = [0_usize; BINS];
    let places: Vec<(usize, usize)> = scores
        .iter()
        .map(|score| {
            let bin = bin(*score);
            counts[bin] += 1;
            (bin, counts[bin] - 1)
        })
        .collect();
    let most = counts.iter().copied().max().unwrap_or(1).max(9) as f32;
    // From the middle outward, left and right in turn.
    places
        .iter()
        .map(|(_, nth)| {
            let side = if nth % 2 == 0 { 1.0 } else { -1.0 };
            side * nth.div_ceil(2) as f32 * 2.0 / most
        })
        .collect()
}

/// Draws both strips and the picture's own score.
pub(super) fn scores_ui(ui: &mut Ui, strings: &Strings, compared: &Compared, rect: Rect) {
    let palette = Palette::of(ui);
    let all =
        || compared.real.iter().chain(&compared.made).copied().chain(compared.now).chain(compared.at_first);
    let finite = || all().filter(|score| score.is_finite());
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    if low > high {
        return;
    }
    let spare = 0.04 * (high - low).max(1e-3);
    let (low, high) = (low - spare, high + spare);
    let has_shares = rect.height() >= SHARES_FROM;
    let below = NAMES + if has_shares { SHARES } else { 0.0 };
    let plot = Rect::from_min_max(rect.min + vec2(LEFT, 4.0), rect.max - vec2(2.0, below));
    let y = |score: f64| egui::lerp(plot.bottom()..=plot.top(), ((score - low) / (high - low)) as f32);
    for mark in marks(low, high) {
        ui.painter().hline(plot.x_range(), y(mark), Stroke::new(1.0, palette.rule));
        let text = format!("{mark}").replace('-', "−");
        let at = pos2(plot.left() - 6.0, y(mark));
        text_at(ui, at, Align2::RIGHT_CENTER, &text, theme::small_mono(), palette.soft_ink);
    }
    let strip = plot.width() * 0.5;
    let kinds = [
        (&compared.real, Icon::Disc, palette.signal, "real-scores"),
        (&compared.made, Icon::Triangle, palette.noise, "made-scores"),
    ];
    for (nth, (scores, mark, color, id)) in kinds.iter().enumerate() {
        let middle = plot.left() + strip * (nth as f32 + 0.5);
        for (score, aside) in scores.iter().zip(aside(scores, low, high)) {
            let at = pos2(middle + aside * strip * 0.44, y(*score));
            let place = Rect::from_center_size(at, vec2(7.0, 7.0));
            icon::paint(ui.painter(), place, *mark, color.gamma_multiply(0.75));
        }
        let at = pos2(middle, plot.bottom() + 5.0);
        text_at(ui, at, Align2::CENTER_TOP, &strings.get(id), theme::small(), *color);
    }
    if let Some(score) = compared.at_first.filter(|score| Some(*score) != compared.now) {
        let line = [pos2(plot.left(), y(score)), pos2(plot.right(), y(score))];
        ui.painter().extend(Shape::dashed_line(&line, Stroke::new(1.2, palette.soft_ink), 4.0, 3.0));
    }
    let mut summary = strings.get("its-score");
    if let Some(score) = compared.now {
        own_ui(ui, plot, y(score), score);
        let percent = |share: Option<f64>| format!("{:.0}", 100.0 * share.unwrap_or_default());
        let [real, made] = compared.shares.map(percent);
        let shares = strings.with("shares-below", [("real", real.into()), ("made", made.into())]);
        let score = format!("{score:.2}").replace('-', "−");
        summary =
            strings.with("scores-compared", [("score", score.into()), ("shares", shares.as_str().into())]);
        if has_shares {
            let width = rect.width();
            let (galley, _) = crate::prose::wrapped(ui, &shares, theme::small(), palette.ink, width);
            ui.painter().galley(pos2(rect.left(), rect.bottom() - SHARES + 6.0), galley, palette.ink);
        }
    }
    let response = ui.interact(rect, ui.scope_id().with("scores"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &summary));
}

/// The picture's own score: a line with its number on a ground of its own.
fn own_ui(ui: &Ui, plot: Rect, y: f32, score: f64) {
    let palette = Palette::of(ui);
    ui.painter().hline(plot.x_range(), y, Stroke::new(2.0, palette.ink));
    let text = format!("{score:.2}").replace('-', "−");
    let galley = ui.painter().layout_no_wrap(text, theme::small_mono(), palette.page);
    let size = galley.size() + vec2(10.0, 4.0);
    let top = (y - size.y * 0.5).clamp(plot.top(), (plot.bottom() - size.y).max(plot.top()));
    let place = Rect::from_min_size(Pos2::new(plot.center().x - size.x * 0.5, top), size);
    ui.painter().rect_filled(place, egui::CornerRadius::same(4), palette.ink);
    ui.painter().galley(place.min + vec2(5.0, 2.0), galley, palette.page);
}

/// Round numbers, three to six of them.
fn marks(low: f64, high: f64) -> Vec<f64> {
    let rough = (high - low) / 4.0;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|step| *step >= rough);
    let step = step.unwrap_or(rough);
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    // Rounded, or 3 × 0.1 would have seventeen digits.
    (first..=last).map(|nth| ((nth as f64 * step) * 1e6).round() / 1e6).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stand_beside_each_other_and_within_their_strip() {
        let many = vec![1.0; 40];
        let places = aside(&many, 0.0, 2.0);
        assert!(places.iter().all(|place| place.abs() <= 1.0), "{places:?}");
        assert_eq!(places.iter().filter(|place| **place == 0.0).count(), 1, "only one stands in the middle");
        assert_eq!(aside(&[0.0, 2.0], 0.0, 2.0), [0.0, 0.0]);
    }

    #[test]
    fn marks_of_an_axis_are_round() {
        assert_eq!(marks(-3.3, 4.1), [-2.0, 0.0, 2.0, 4.0]);
        assert_eq!(marks(0.0, 0.42), [0.0, 0.2, 0.4]);
    }
}
