//! What the plots share: a frame with axes, and text that cannot break out of it.

use crate::tokens::{DARK, LIGHT};
use std::fmt::Write;

pub(crate) const WIDTH: f64 = 640.0;
pub(crate) const HEIGHT: f64 = 400.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 76.0;
const BOTTOM: f64 = 60.0;

/// Where values lie on the sheet.
pub(crate) struct Axes {
    x: Scale,
    y: Scale,
}

/// One axis: the values at its ends, and where its ticks are.
struct Scale {
    min: f64,
    max: f64,
    ticks: Vec<f64>,
}

impl Axes {
    /// Axes that hold these ranges; the vertical one ends at ticks.
    pub fn new(x: (f64, f64), y: (f64, f64)) -> Self {
        let (x, y) = (Scale::new(x), Scale::new(y));
        let ends = |scale: &Scale| scale.ticks.first().copied().zip(scale.ticks.last().copied());
        let step =
            y.ticks.windows(2).map(|pair| pair.iter().rev().copied().reduce(|a, b| a - b)).next().flatten();
        let (low, high) = ends(&y).unwrap_or((y.min, y.max));
        let step = step.unwrap_or(1.0);
        let y = Scale {
            min: if low > y.min { low - step } else { low },
            max: if high < y.max { high + step } else { high },
            ..y
        };
        Self { x, y: Scale::new((y.min, y.max)) }
    }

    pub fn x(&self, value: f64) -> f64 {
        LEFT + self.x.share(value) * (WIDTH - LEFT - RIGHT)
    }

    pub fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - self.y.share(value) * (HEIGHT - TOP - BOTTOM)
    }

    /// Grid, ticks with their numbers, and both labels.
    pub fn draw(&self, x_label: &str, y_label: &str) -> String {
        let mut svg = String::new();
        let (rule, edge, soft_ink) = (LIGHT.rule, LIGHT.edge, LIGHT.soft_ink);
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for tick in &self.y.ticks {
            let (y, number) = (self.y(*tick), number(*tick));
            let text_y = y + 5.0;
            let text_x = LEFT - 10.0;
            _ = writeln!(
                svg,
                r#"<line class="rule" stroke="{rule}" x1="{LEFT}" y1="{y:.1}" x2="{right}" y2="{y:.1}"/>
<text class="soft" fill="{soft_ink}" text-anchor="end" x="{text_x}" y="{text_y:.1}">{number}</text>"#
            );
        }
        for tick in &self.x.ticks {
            let (x, number) = (self.x(*tick), number(*tick));
            let (tick_end, text_y) = (bottom + 6.0, bottom + 24.0);
            _ = writeln!(
                svg,
                r#"<line class="edge" stroke="{edge}" x1="{x:.1}" y1="{bottom}" x2="{x:.1}" y2="{tick_end}"/>
<text class="soft" fill="{soft_ink}" text-anchor="middle" x="{x:.1}" y="{text_y}">{number}</text>"#
            );
        }
        let (x_label, y_label) = (escape(x_label), escape(y_label));
        let (x_at, x_below, y_above) = (right, HEIGHT - 12.0, TOP - 12.0);
        _ = writeln!(
            svg,
            r#"<line class="edge" stroke="{edge}" x1="{LEFT}" y1="{bottom}" x2="{right}" y2="{bottom}"/>
<text class="soft" fill="{soft_ink}" text-anchor="end" x="{x_at}" y="{x_below}">{x_label}</text>
<text class="soft" fill="{soft_ink}" x="16" y="{y_above}">{y_label}</text>"#
        );
        svg
    }
}

impl Scale {
    fn new((min, max): (f64, f64)) -> Self {
        let (min, max) = if min.is_finite() && max.is_finite() { (min, max) } else { (0.0, 1.0) };
        let (min, max) = if max - min > 0.0 { (min, max) } else { (min - 0.5, max + 0.5) };
        // The least of 1, 2, 5 times a power of ten that makes at most six steps.
        let rough = (max - min) / 6.0;
        let power = 10.0_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|step| *step >= rough * 0.9999);
        let step = step.unwrap_or(10.0 * power);
        let (first, last) = ((min / step - 1e-9).ceil() as i64, (max / step + 1e-9).floor() as i64);
        Self { min, max, ticks: (first..=last).map(|nth| nth as f64 * step).collect() }
    }

    fn share(&self, value: f64) -> f64 {
        (value - self.min) / (self.max - self.min)
    }
}

/// A whole SVG file around `content`, with title and description for those who hear it.
pub(crate) fn sheet(title: &str, desc: &str, content: &str) -> String {
    let (title, desc) = (escape(title), escape(desc));
    let (page, ink, soft) = (LIGHT.page, LIGHT.ink, DARK.soft_ink);
    // Attributes hold the light colors for viewers without style sheets; the style overrides them in the dark.
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="'Atkinson Hyperlegible Next', system-ui, sans-serif" font-size="15">
<title>{title}</title>
<desc>{desc}</desc>
<style>
@media (prefers-color-scheme: dark) {{
.page {{ fill: {dark_page} }} .ink {{ fill: {dark_ink} }} .soft {{ fill: {soft} }}
.rule {{ stroke: {dark_rule} }} .edge {{ stroke: {dark_edge} }}
.signal-line {{ stroke: {dark_signal} }} .noise-line {{ stroke: {dark_noise} }}
.signal {{ fill: {dark_signal} }} .noise {{ fill: {dark_noise} }}
}}
</style>
<rect class="page" fill="{page}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>
<text class="ink" fill="{ink}" font-family="Literata, Georgia, serif" font-size="19" font-weight="600" x="16" y="30">{title}</text>
{content}</svg>
"#,
        dark_page = DARK.page,
        dark_ink = DARK.ink,
        dark_rule = DARK.rule,
        dark_edge = DARK.edge,
        dark_signal = DARK.signal,
        dark_noise = DARK.noise,
    )
}

/// A number with as many digits as it needs, at most four behind the point.
pub(crate) fn number(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.replace('-', "−") }
}

/// Text for XML and HTML, in elements and in quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // So that no text can be taken for a placeholder of the page's template.
            '{' => escaped.push_str("&#123;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_ticks(range: (f64, f64), expected: &[&str]) {
        let ticks: Vec<_> = Scale::new(range).ticks.into_iter().map(number).collect();
        assert_eq!(ticks, expected);
    }

    #[test]
    fn ticks_are_round_numbers() {
        check_ticks((0.0, 1000.0), &["0", "200", "400", "600", "800", "1000"]);
        check_ticks((0.0, 1.0), &["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        check_ticks((-4.0, 4.0), &["−4", "−2", "0", "2", "4"]);
        check_ticks((0.0, 0.02), &["0", "0.005", "0.01", "0.015", "0.02"]);
        check_ticks((3.0, 3.0), &["2.6", "2.8", "3", "3.2", "3.4"]);
        check_ticks((f64::NAN, f64::INFINITY), &["0", "0.2", "0.4", "0.6", "0.8", "1"]);
    }

    #[test]
    fn the_vertical_axis_reaches_beyond_the_data() {
        let axes = Axes::new((0.0, 10.0), (-43.0, 41.0));
        assert!(axes.y(41.0) > TOP && axes.y(-43.0) < HEIGHT - BOTTOM);
        assert_eq!(axes.y.ticks.first(), Some(&-60.0));
    }
}
