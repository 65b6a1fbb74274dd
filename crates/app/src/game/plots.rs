//! How the game goes: the losses of both networks over the updates, and under them what one wants to see beside.
//!
//! D's line is ink, G's is orange as all that it makes; a rival's lines are dashed.

use egui::{
    Align2, Color32, Id, Popup, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::{Shown, Side, sides};
use crate::icon::Icon;
use crate::session::OnStage;
use crate::theme::{self, Palette, size};
use crate::widgets::{Action, Weight, menu_item_ui, text_at};

/// The room for numbers to the left of a plot and under it.
const LEFT: f32 = 44.0;
const BELOW: f32 = 18.0;
/// The line over a plot.
const HEADING: f32 = 24.0;
/// A plot lower than this is left out.
const LEAST_PLOT: f32 = 66.0;
/// Between two lines of an axis, at least, in points.
const MARK: f32 = 24.0;

/// A curve of a plot.
pub(crate) struct Line<'a> {
    pub points: &'a [(f64, f64)],
    pub color: Color32,
    pub is_dashed: bool,
    /// What assistive technology calls it.
    pub name: String,
}

/// What the second plot can show, by the series in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Second {
    Gradients,
    Slope,
    Distance,
    Modes,
    Coverage,
    Confident,
    Classes,
}

impl Second {
    const ALL: [Self; 7] = [
        Self::Modes,
        Self::Confident,
        Self::Classes,
        Self::Coverage,
        Self::Distance,
        Self::Gradients,
        Self::Slope,
    ];

    /// Its series.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Gradients => &["grad_norm_critic", "grad_norm_generator"],
            Self::Slope => &["slope"],
            Self::Distance => &["distance"],
            Self::Modes => &["modes"],
            Self::Coverage => &["coverage"],
            Self::Confident => &["confident"],
            Self::Classes => &["classes"],
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::Gradients => "plot-gradients",
            Self::Slope => "plot-slope",
            Self::Distance => "plot-distance",
            Self::Modes => "plot-modes",
            Self::Coverage => "plot-coverage",
            Self::Confident => "plot-confident",
            Self::Classes => "plot-classes",
        }
    }

    /// From where to where it goes at least, where that is known beforehand.
    fn range(self) -> Option<(f64, f64)> {
        match self {
            Self::Coverage | Self::Confident => Some((0.0, 1.0)),
            Self::Classes => Some((0.0, 10.0)),
            Self::Modes => Some((0.0, 2.0)),
            Self::Gradients | Self::Slope | Self::Distance => None,
        }
    }

    fn is_of(self, name: &str) -> bool {
        self.names().contains(&name.strip_prefix("rival_").unwrap_or(name))
    }

    /// Those that there is something to see of, in the order in which they are offered.
    fn there(stage: Option<&OnStage>) -> Vec<Self> {
        let has = |second: &Self| {
            let any = |name: &&str| {
                stage.is_some_and(|stage| {
                    !stage.series(name).is_empty() || !stage.series(&Side::Rival.name(name)).is_empty()
                })
            };
            second.names().iter().any(any)
        };
        Self::ALL.into_iter().filter(has).collect()
    }

    /// The chosen one, or what the page is about, or the first that there is.
    fn of(ui: &Ui, shown: &Shown<'_>) -> Option<Self> {
        let there = Self::there(shown.session.stage.as_ref());
        let chosen = ui.data(|data| data.get_temp::<Self>(Self::id(shown)));
        let asked =
            Self::ALL.into_iter().find(|second| shown.asked_for.iter().any(|name| second.is_of(name)));
        // What every game has may be waited for.
        let may_come =
            |second: &Self| matches!(second, Self::Gradients | Self::Slope) || there.contains(second);
        chosen.or(asked).filter(may_come).or(there.first().copied())
    }

    /// Each page has its own choice.
    fn id(shown: &Shown<'_>) -> Id {
        let data = shown.session.settings.text("data").unwrap_or_default();
        Id::unique(("second plot", shown.asked_for, shown.session.is_of_points(), data.len()))
    }
}

/// The line of this series in each game that may be seen.
fn lines<'a>(shown: &Shown<'_>, stage: &'a OnStage, name: &str, color: Color32) -> Vec<Line<'a>> {
    let line = |side: &Side| {
        let points = stage.series(&side.name(name));
        let mut words = shown.strings.get(&format!("number-{}", name.replace('_', "-")));
        if shown.session.has_rival() {
            words = format!("{words}, {}", side.title(shown.strings, shown.session));
        }
        Line { points, color, is_dashed: *side == Side::Rival, name: words }
    };
    let seen = sides(shown.session).iter().map(line);
    seen.filter(|line| !line.points.is_empty()).collect()
}

/// Both plots, and under them what is measured, in a column.
pub(super) fn plots_ui(ui: &mut Ui, shown: &Shown<'_>, rect: Rect, num_measured: usize) {
    let measured = super::numbers::measured(shown);
    let mut rows = measured.len().min(num_measured);
    // What is measured gives way to the plots where there is no room for both.
    while rows > 0 && rect.height() - rows as f32 * super::numbers::ROW < 2.0 * (HEADING + LEAST_PLOT) {
        rows -= 1;
    }
    let height = rect.height() - rows as f32 * super::numbers::ROW;
    if height < HEADING + LEAST_PLOT * 0.5 {
        return;
    }
    let num_plots = if height < 2.0 * (HEADING + LEAST_PLOT) { 1.0 } else { 2.0 };
    let each = height / num_plots;
    let upper = Rect::from_min_size(rect.min, vec2(rect.width(), each));
    losses_ui(ui, shown, upper);
    if num_plots > 1.0 {
        second_ui(ui, shown, upper.translate(vec2(0.0, each)));
    }
    let below =
        Rect::from_min_max(pos2(rect.left(), rect.bottom() - rows as f32 * super::numbers::ROW), rect.max);
    super::numbers::measured_ui(ui, shown, &measured[..rows], below);
}

/// What stands under a heading.
fn under(rect: Rect) -> Rect {
    Rect::from_min_max(rect.min + vec2(0.0, HEADING), rect.max - vec2(0.0, 6.0))
}

fn losses_ui(ui: &mut Ui, shown: &Shown<'_>, rect: Rect) {
    let palette = Palette::of(ui);
    let (strings, session) = (shown.strings, shown.session);
    let title = strings.get("plot-losses");
    let line = Rect::from_min_size(rect.min, vec2(rect.width(), HEADING));
    text_at(ui, line.left_center(), Align2::LEFT_CENTER, &title, theme::small_strong(), palette.ink);
    both_ui(ui, line);
    if ["loss_critic", "loss_generator"].iter().any(|name| session.hides(name)) {
        return hidden_ui(ui, shown, &title, under(rect));
    }
    let lines = session.stage.as_ref().map(|stage| {
        let mut all = lines(shown, stage, "loss_critic", palette.ink);
        all.extend(lines(shown, stage, "loss_generator", palette.noise));
        all
    });
    lines_ui(ui, shown.strings, &title, under(rect), &lines.unwrap_or_default(), (None, session.ends().1));
}

/// "D" and "G" at the right of a heading, each with a piece of its line.
fn both_ui(ui: &Ui, line: Rect) {
    let palette = Palette::of(ui);
    let mut x = line.right();
    for (name, color) in [("G", palette.noise), ("D", palette.ink)] {
        let at = pos2(x, line.center().y);
        x = text_at(ui, at, Align2::RIGHT_CENTER, name, theme::small_strong(), color).left() - 4.0;
        let ends = [pos2(x - 14.0, line.center().y), pos2(x, line.center().y)];
        ui.painter().line_segment(ends, Stroke::new(1.8, color));
        x -= 24.0;
    }
}

fn second_ui(ui: &mut Ui, shown: &Shown<'_>, rect: Rect) {
    let palette = Palette::of(ui);
    let (strings, session) = (shown.strings, shown.session);
    let Some(second) = Second::of(ui, shown) else {
        return empty_ui(ui, "second", rect.shrink2(vec2(0.0, 4.0)), &strings.get("curves-coming"));
    };
    let title = strings.get(second.message());
    let line = Rect::from_min_size(rect.min, vec2(rect.width(), HEADING));
    if second == Second::Gradients {
        both_ui(ui, line);
    }
    let mut there = Second::there(session.stage.as_ref());
    if !there.contains(&second) {
        there.push(second);
    }
    let name = strings.with("second-plot", [("what", title.as_str().into())]);
    let button = Action::new(Weight::Quiet, &title).small().after(Icon::CaretDown).name(&name);
    // The words stand above the plot, not the button's edge.
    let place = Rect::from_min_size(line.min - vec2(8.0, 0.0), vec2(button.width(ui), size::SMALL_CONTROL));
    let builder = UiBuilder::new().id_salt("second").max_rect(place);
    let response = ui.scope_builder(builder, |ui| ui.add(button)).inner;
    Popup::menu(&response).accessible_name(&name).show(|ui| {
        for other in there {
            if menu_item_ui(ui, &strings.get(other.message()), Some(other == second)).clicked() {
                ui.data_mut(|data| data.insert_temp(Second::id(shown), other));
            }
        }
    });
    if second.names().iter().any(|name| session.hides(name)) {
        return hidden_ui(ui, shown, &title, under(rect));
    }
    let lines = session.stage.as_ref().map(|stage| {
        let color = |name: &str| if name == "grad_norm_generator" { palette.noise } else { palette.ink };
        second.names().iter().flat_map(|name| lines(shown, stage, name, color(name))).collect::<Vec<_>>()
    });
    let lines = lines.unwrap_or_default();
    lines_ui(ui, strings, &title, under(rect), &lines, (second.range(), session.ends().1));
}

fn hidden_ui(ui: &mut Ui, shown: &Shown<'_>, name: &str, rect: Rect) {
    let text = shown.strings.with("shown-on-commit", [("what", name.into())]);
    empty_ui(ui, name, rect, &text);
}

use crate::training::empty_ui;

/// How large a value is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Axis {
    low: f64,
    high: f64,
    is_log: bool,
}

impl Axis {
    /// From the least value to the greatest but for the few that stand out; by logarithms where they differ by more than a
    /// hundred times.
    fn of(values: &[f64], range: Option<(f64, f64)>) -> Self {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let idx = (share * sorted.len().saturating_sub(1) as f64).round() as usize;
            sorted.get(idx).copied()
        };
        let (low, high) = (at(0.01).unwrap_or(0.0), at(0.99).unwrap_or(1.0));
        if range.is_none() && low > 0.0 && high > 100.0 * low {
            return Self { low: low * 0.8, high: high * 1.25, is_log: true };
        }
        let (least, most) = range.unwrap_or((0.0, 0.0));
        let (low, high) = (low.min(least), high.max(most));
        let spare = if range.is_some() { 0.0 } else { 0.06 * (high - low) };
        let low = if low < 0.0 { low - spare } else { low };
        Self { low, high: (high + spare).max(low + 1e-6), is_log: false }
    }

    /// 0 at its lower end, 1 at its upper.
    fn along(self, value: f64) -> f32 {
        let share = if self.is_log {
            (value.max(f64::MIN_POSITIVE) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        share.clamp(0.0, 1.0) as f32
    }

    /// Round numbers within it, about so many.
    fn marks(self, num: f64) -> Vec<f64> {
        if self.is_log {
            let powers = self.low.log10().ceil() as i32..=self.high.log10().floor() as i32;
            let every = ((f64::from(*powers.end() - *powers.start()) / num).ceil() as usize).max(1);
            return powers.step_by(every).map(|power| 10f64.powi(power)).collect();
        }
        let rough = (self.high - self.low) / num;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|step| *step >= rough);
        let step = step.unwrap_or(rough);
        let (first, last) = ((self.low / step).ceil() as i64, (self.high / step + 1e-9).floor() as i64);
        (first..=last).map(|nth| nth as f64 * step).collect()
    }
}

/// "0.05", "2", "−1.5", "1000"
fn short(value: f64) -> String {
    let text = crate::training::short(value.abs());
    if value < 0.0 { format!("−{text}") } else { text }
}

/// Draws curves over the updates from 0 to `last`.
pub(crate) fn lines_ui(
    ui: &mut Ui,
    strings: &crate::strings::Strings,
    title: &str,
    rect: Rect,
    lines: &[Line<'_>],
    (range, last): (Option<(f64, f64)>, usize),
) {
    let palette = Palette::of(ui);
    let values: Vec<f64> = lines.iter().flat_map(|line| line.points.iter().map(|(_, y)| *y)).collect();
    if values.is_empty() {
        return empty_ui(ui, title, rect, &strings.get("curves-coming"));
    }
    let axis = Axis::of(&values, range);
    let plot = Rect::from_min_max(rect.min + vec2(LEFT, 4.0), rect.max - vec2(4.0, BELOW));
    let reached = lines.iter().filter_map(|line| line.points.last()).map(|(x, _)| *x).fold(1.0, f64::max);
    let x_end = (last as f64).max(reached);
    for mark in axis.marks(f64::from((plot.height() / MARK).clamp(1.0, 3.0))) {
        let y = egui::lerp(plot.bottom()..=plot.top(), axis.along(mark));
        ui.painter().hline(plot.x_range(), y, Stroke::new(1.0, palette.rule));
        let at = pos2(plot.left() - 6.0, y);
        text_at(ui, at, Align2::RIGHT_CENTER, &short(mark), theme::small_mono(), palette.soft_ink);
    }
    ui.painter().hline(plot.x_range(), plot.bottom(), Stroke::new(1.0, palette.edge));
    let (mono, y) = (theme::small_mono(), plot.bottom() + 3.0);
    text_at(ui, pos2(plot.left(), y), Align2::LEFT_TOP, "0", mono.clone(), palette.soft_ink);
    let end = format!("{x_end:.0}");
    text_at(ui, pos2(plot.right(), y), Align2::RIGHT_TOP, &end, mono, palette.soft_ink);
    for line in lines {
        line_ui(ui, line, plot, axis, x_end);
    }
    let said: Vec<String> = lines
        .iter()
        .filter_map(|line| {
            let ((_, first), (x, last)) = (line.points.first()?, line.points.last()?);
            let values = [
                ("name", line.name.as_str().into()),
                ("first", short(*first).into()),
                ("last", short(*last).into()),
                ("x", format!("{x:.0}").into()),
            ];
            Some(strings.with("line-summary", values))
        })
        .collect();
    let summary = format!("{title}: {}", said.join("; "));
    let response = ui.interact(rect, ui.scope_id().with(("lines", title)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &summary));
}

fn line_ui(ui: &Ui, line: &Line<'_>, plot: Rect, axis: Axis, x_end: f64) {
    // As many places as there are pixels; the mean of those that fall together.
    let every = line.points.len().div_ceil((plot.width() * 0.8) as usize + 1).max(1);
    let finite: Vec<(f64, f64)> = line.points.iter().copied().filter(|(_, y)| y.is_finite()).collect();
    let places: Vec<Pos2> = finite
        .chunks(every)
        .map(|chunk| {
            let n = chunk.len() as f64;
            let x = chunk.iter().map(|(x, _)| x).sum::<f64>() / n;
            let y = chunk.iter().map(|(_, y)| y).sum::<f64>() / n;
            pos2(
                egui::lerp(plot.x_range(), (x / x_end) as f32),
                egui::lerp(plot.bottom()..=plot.top(), axis.along(y)),
            )
        })
        .collect();
    let stroke = Stroke::new(1.6, line.color);
    if let Some(end) = places.last() {
        ui.painter().circle_filled(*end, 3.0, line.color);
    }
    if line.is_dashed {
        ui.painter().extend(Shape::dashed_line(&places, stroke, 4.0, 3.0));
    } else {
        ui.painter().add(Shape::line(places, stroke));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_takes_in_zero_and_what_lies_below_it() {
        let axis = Axis::of(&[0.5, 1.0, 1.4], None);
        assert_eq!(axis.low, 0.0);
        assert_eq!(axis.marks(3.0), [0.0, 0.5, 1.0]);
        let below = Axis::of(&[-2.0, 1.0], None);
        assert!(below.low < -2.0 && below.along(-2.0) > 0.0);
        assert_eq!(below.marks(3.0), [-2.0, 0.0]);
    }

    #[test]
    fn what_differs_by_thousands_is_seen_by_its_logarithm() {
        let axis = Axis::of(&[0.001, 0.01, 10.0], None);
        assert!(axis.is_log);
        assert_eq!(axis.marks(3.0), [0.001, 0.1, 10.0]);
    }

    #[test]
    fn shares_go_from_nothing_to_all() {
        let axis = Axis::of(&[0.2, 0.3], Some((0.0, 1.0)));
        assert_eq!((axis.along(0.0), axis.along(1.0)), (0.0, 1.0));
        assert_eq!(short(-0.5), "−0.5");
    }
}
