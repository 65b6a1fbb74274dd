//! The numbers of a moment: rates along the timeline, and how the pixel values are distributed.

use egui::{Align, Color32, Layout, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, vec2};
use egui_plot::{Bar, BarChart, GridInput, GridMark, Line, LineStyle, Plot, PlotPoints, VLine};
use noisebook_lab::{Histogram, Number};

use crate::icon::{self, Icon};
use crate::session::{OnStage, Session};
use crate::strings::Strings;
use crate::theme::{self, Palette};
use crate::widgets::{empty_box_ui, text_ui};

/// Draws the table and both plots.
pub(crate) fn numbers_ui(ui: &mut Ui, strings: &Strings, session: &Session) {
    let Some(stage) = &session.stage else {
        return;
    };
    let rect = ui.available_rect_before_wrap();
    let (table_width, gap) = (214.0, 26.0);
    let table = Rect::from_min_size(rect.min, vec2(table_width, rect.height()));
    let plots = Rect::from_min_max(rect.min + vec2(table_width + gap, 0.0), rect.max);
    let column = |rect| UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Min));
    ui.scope_builder(column(table), |ui| table_ui(ui, strings, session, stage));
    ui.scope_builder(column(plots), |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        let each = (plots.height() - 2.0 * (HEADING + 8.0)) * 0.5;
        if session.hidden.contains("signal_rate") || session.hidden.contains("noise_rate") {
            hidden_plot_ui(ui, strings, each);
        } else {
            rates_ui(ui, strings, session, each);
        }
        histogram_ui(ui, strings, &stage.histogram, each);
    });
}

/// The height of the line over a plot.
const HEADING: f32 = 22.0;

/// The numbers of the moment on the stage, by name.
pub(crate) fn table_ui(ui: &mut Ui, strings: &Strings, session: &Session, stage: &OnStage) {
    let palette = Palette::of(ui);
    ui.spacing_mut().item_spacing.y = 6.0;
    for number in &stage.numbers {
        let name = strings.get(&format!("number-{}", number.name.replace('_', "-")));
        let value = if session.hidden.contains(number.name) { strings.get("hidden") } else { digits(number) };
        ui.horizontal(|ui| {
            let mark = match number.name {
                "signal_rate" | "alpha_cumprod" => Some((Icon::Disc, palette.signal)),
                "noise_rate" => Some((Icon::Triangle, palette.noise)),
                _ => None,
            };
            let (rect, _) = ui.allocate_exact_size(vec2(12.0, 20.0), Sense::hover());
            if let Some((icon, color)) = mark {
                icon::paint(ui.painter(), rect.shrink2(vec2(0.5, 4.5)), icon, color);
            }
            text_ui(ui, &name, theme::interface(), palette.soft_ink);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                text_ui(ui, &value, theme::mono(), palette.ink);
            });
        });
    }
}

/// A value with as many digits as tell something, and its unit.
pub(crate) fn digits(number: &Number) -> String {
    let value = number.value;
    let text = if value.is_infinite() {
        if value > 0.0 { "∞".to_owned() } else { "−∞".to_owned() }
    } else if value.fract() == 0.0 && value.abs() < 1e6 && !number.unit.is_empty() {
        format!("{value}")
    } else if value.abs() >= 1000.0 {
        format!("{value:.0}")
    } else if value.abs() >= 10.0 {
        format!("{value:.1}")
    } else if value != 0.0 && value.abs() < 0.001 {
        format!("{value:.1e}")
    } else {
        format!("{value:.3}")
    };
    let text = text.replace('-', "−");
    match number.unit {
        "dB" => format!("{text} dB"),
        _ => text,
    }
}

/// A plot that only shows: nothing in it moves, its grid is as quiet as a rule.
fn plot<'a>(id: &'static str, height: f32, x_every: f64, y_every: f64, rule: Color32) -> Plot<'a> {
    let marks = |every: f64| {
        move |input: GridInput| {
            let first = (input.bounds.0 / every).ceil() as i64;
            let last = (input.bounds.1 / every).floor() as i64;
            (first..=last).map(|nth| GridMark { value: nth as f64 * every, step_size: every }).collect()
        }
    };
    let text =
        |mark: GridMark, _: &std::ops::RangeInclusive<f64>| format!("{}", mark.value).replace('-', "−");
    Plot::new(id)
        .height(height)
        .x_grid_spacer(marks(x_every))
        .y_grid_spacer(marks(y_every))
        .x_axis_formatter(text)
        .y_axis_formatter(text)
        .grid_color(rule)
        .grid_fade(0.0)
        .y_axis_min_width(34.0)
        .show_background(false)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .set_margin_fraction(vec2(0.0, 0.04))
        .label_formatter(|_| None)
}

fn rates_ui(ui: &mut Ui, strings: &Strings, session: &Session, height: f32) {
    let palette = Palette::of(ui);
    heading_ui(
        ui,
        &[
            (Icon::Disc, palette.signal, strings.get("number-signal-rate")),
            (Icon::Triangle, palette.noise, strings.get("number-noise-rate")),
        ],
        &strings.get("rates-along"),
    );
    let line = |name: &'static str, color: Color32, value: &dyn Fn(&crate::worker::Rates) -> f64| {
        let points: Vec<[f64; 2]> = session.rates.iter().map(|r| [r.t as f64, value(r)]).collect();
        Line::new(name, PlotPoints::from(points)).color(color).width(2.0)
    };
    let signal = line("signal", palette.signal, &|r| r.signal);
    let noise = line("noise", palette.noise, &|r| r.noise).style(LineStyle::dashed_dense());
    let (t, ink) = (session.t() as f64, palette.ink);
    let response = plot("rates", height, rates_mark(session), 0.5, palette.rule)
        .include_y(0.0)
        .include_y(1.0)
        .show(ui, |plot| {
            plot.line(signal);
            plot.line(noise);
            plot.vline(VLine::new("now", t).color(ink).width(1.5));
        })
        .response;
    let at = |name| session.stage.as_ref().and_then(|stage| stage.number(name)).unwrap_or_default();
    let summary = strings.with(
        "rates-summary",
        [
            ("t", session.t().into()),
            ("signal", format!("{:.2}", at("signal_rate")).into()),
            ("noise", format!("{:.2}", at("noise_rate")).into()),
        ],
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &summary));
}

/// Where the rates will be once a prediction is committed.
fn hidden_plot_ui(ui: &mut Ui, strings: &Strings, height: f32) {
    heading_ui(ui, &[], &strings.get("rates-along"));
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let text = strings.with("shown-on-commit", [("what", strings.get("rates-plot").into())]);
    empty_box_ui(ui, rect, "rates", &text);
}

fn histogram_ui(ui: &mut Ui, strings: &Strings, histogram: &Histogram, height: f32) {
    let palette = Palette::of(ui);
    heading_ui(ui, &[], &strings.get("histogram"));
    let total: u64 = histogram.counts.iter().sum();
    let share = |count: u64| 100.0 * count as f64 / total.max(1) as f64;
    let width = f64::from(Histogram::BIN_WIDTH);
    let highest = histogram.counts.iter().copied().map(share).fold(10.0, f64::max);
    let bars = histogram
        .bins()
        .map(|(center, count)| Bar::new(f64::from(center), share(count)).width(width * 0.9))
        .collect();
    let chart = BarChart::new("values", bars).color(palette.soft_ink).allow_hover(false).id("values");
    let response = plot("histogram", height, 1.0, histogram_mark(highest), palette.rule)
        .include_x(-4.0)
        .include_x(4.0)
        .include_y(0.0)
        .include_y(10.0)
        .show(ui, |plot| plot.bar_chart(chart))
        .response;
    let near = |value: f32| {
        let count: u64 =
            histogram.bins().filter(|(center, _)| (center - value).abs() < 0.16).map(|(_, n)| n).sum();
        format!("{:.0}", share(count))
    };
    let summary =
        strings.with("histogram-summary", [("black", near(-1.0).into()), ("white", near(1.0).into())]);
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &summary));
}

/// Four or five marks along t.
fn rates_mark(session: &Session) -> f64 {
    let last = session.rates.iter().map(|rates| rates.t).max().unwrap_or(1) as f64;
    if last >= 500.0 { 200.0 } else { (last / 5.0).ceil().max(1.0) }
}

/// A mark at every 5, 10, 20 or 50 percent.
fn histogram_mark(highest: f64) -> f64 {
    [5.0, 10.0, 20.0].into_iter().find(|every| highest / every <= 3.0).unwrap_or(50.0)
}

fn heading_ui(ui: &mut Ui, keys: &[(Icon, Color32, String)], text: &str) {
    let palette = Palette::of(ui);
    ui.spacing_mut().interact_size.y = HEADING;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        for (icon, color, key) in keys {
            let (rect, _) = ui.allocate_exact_size(vec2(11.0, 20.0), Sense::hover());
            icon::paint(ui.painter(), rect.shrink2(vec2(0.0, 4.5)), *icon, *color);
            text_ui(ui, key, theme::small(), *color);
            ui.add_space(4.0);
        }
        text_ui(ui, text, theme::small(), palette.soft_ink);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: f64, unit: &'static str, expect: &str) {
        assert_eq!(digits(&Number { name: "n", value, unit }), expect);
    }

    #[test]
    fn digits_are_sensible() {
        check(640.0, "steps", "640");
        check(0.53234, "", "0.532");
        check(1.0, "", "1.000");
        check(40.7, "dB", "40.7 dB");
        check(-43.93, "dB", "−43.9 dB");
        check(9999.0, "", "9999");
        check(0.00004, "", "4.0e−5");
        check(f64::INFINITY, "", "∞");
        check(f64::NEG_INFINITY, "dB", "−∞ dB");
    }
}
