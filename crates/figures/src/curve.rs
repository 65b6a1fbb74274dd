//! Curves over a common axis: schedules, losses, signal and noise.

use crate::Mark;
use crate::svg::{Axes, escape, sheet};
use std::fmt::Write;

/// A plot of curves.
#[derive(Clone, Debug)]
pub struct CurvePlot {
    /// What it shows, above it.
    pub title: String,
    /// What one sees in it, in words, for those who do not see it.
    pub desc: String,
    /// The horizontal axis with its unit.
    pub x_label: String,
    /// The vertical axis with its unit.
    pub y_label: String,
    /// The curves.
    pub curves: Vec<Curve>,
}

/// One curve.
#[derive(Clone, Debug)]
pub struct Curve {
    /// Its name in the legend.
    pub name: String,
    /// Its color and shape.
    pub mark: Mark,
    /// Its points (x, y), from left to right; those that are not finite are left out.
    pub points: Vec<(f64, f64)>,
}

/// How the second, third and fourth curve of a kind are dashed.
const DASHES: [&str; 3] = ["7 5", "2 4", "14 4 3 4"];
/// How many marks lie on a curve.
const NUM_MARKS: usize = 7;

/// The plot as an SVG file.
pub fn curve_svg(plot: &CurvePlot) -> String {
    let curves: Vec<(&Curve, Vec<(f64, f64)>)> = plot
        .curves
        .iter()
        .map(|curve| {
            (curve, curve.points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite()).collect())
        })
        .collect();
    let all = || curves.iter().flat_map(|(_, points)| points);
    let axes = Axes::new(range(all().map(|(x, _)| *x)), range(all().map(|(_, y)| *y)));

    let mut content = axes.draw(&plot.x_label, &plot.y_label);
    for (nth, (curve, points)) in curves.iter().enumerate() {
        let (class, color) = (curve.mark.class(), curve.mark.light());
        // Further curves of the same kind are dashed, each in its own way, so that they can be told apart.
        let before = curves.iter().take(nth).filter(|(other, _)| other.mark == curve.mark).count();
        let dash = DASHES.get(before.saturating_sub(1) % DASHES.len()).filter(|_| before > 0);
        let dash = dash.map_or_else(String::new, |dash| format!(r#" stroke-dasharray="{dash}""#));
        let path: Vec<_> =
            points.iter().map(|(x, y)| format!("{:.1},{:.1}", axes.x(*x), axes.y(*y))).collect();
        let path = path.join(" ");
        _ = writeln!(
            content,
            r#"<polyline class="{class}-line" fill="none" stroke="{color}" stroke-width="2.5" stroke-linejoin="round"{dash} points="{path}"/>"#
        );
        for at in 0..NUM_MARKS {
            // Between the ends, and not where the marks of the other curves are.
            let share = (at as f64 + (nth as f64 + 1.0) / (curves.len() as f64 + 1.0)) / NUM_MARKS as f64;
            if let Some((x, y)) = points.get((share * points.len() as f64) as usize) {
                content += &mark(curve.mark, axes.x(*x), axes.y(*y));
            }
        }
    }
    content += &legend(plot.curves.iter().map(|curve| (curve.mark, curve.name.as_str())));
    sheet(&plot.title, &plot.desc, &content)
}

/// Names with their marks, in a row under the title.
pub(crate) fn legend<'a>(entries: impl Iterator<Item = (Mark, &'a str)>) -> String {
    // Right-aligned, so that it does not meet the label of the vertical axis.
    let names: Vec<_> = entries
        .map(|(kind, name)| {
            format!(
                r#"<tspan class="{class}" fill="{color}">{glyph} {name}</tspan>"#,
                class = kind.class(),
                color = kind.light(),
                glyph = kind.glyph(),
                name = escape(name),
            )
        })
        .collect();
    let names = names.join("<tspan>   </tspan>");
    format!(r#"<text text-anchor="end" xml:space="preserve" x="616" y="64">{names}</text>"#) + "\n"
}

fn mark(kind: Mark, x: f64, y: f64) -> String {
    let (class, color) = (kind.class(), kind.light());
    match kind {
        Mark::Signal => {
            format!(r#"<circle class="{class}" fill="{color}" cx="{x:.1}" cy="{y:.1}" r="5.5"/>"#) + "\n"
        }
        Mark::Noise => {
            let (left, right, top, bottom) = (x - 6.5, x + 6.5, y - 7.0, y + 5.0);
            format!(
                r#"<path class="{class}" fill="{color}" d="M{x:.1} {top:.1}L{right:.1} {bottom:.1}L{left:.1} {bottom:.1}Z"/>"#
            ) + "\n"
        }
    }
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), value| (min.min(value), max.max(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot() -> CurvePlot {
        let curve = |name: &str, mark, y: fn(f64) -> f64| Curve {
            name: name.to_owned(),
            mark,
            points: (0..=1000).map(|t| (f64::from(t), y(f64::from(t) / 1000.0))).collect(),
        };
        CurvePlot {
            title: "Signal & noise".to_owned(),
            desc: "The signal falls from 1 to 0 while the noise rises.".to_owned(),
            x_label: "t, steps".to_owned(),
            y_label: "rate".to_owned(),
            curves: vec![
                curve("signal_rate", Mark::Signal, |s| (1.0 - s).sqrt()),
                curve("noise_rate <", Mark::Noise, f64::sqrt),
            ],
        }
    }

    #[test]
    fn it_is_xml_that_can_be_read_aloud() {
        let svg = curve_svg(&plot());
        let document = roxmltree::Document::parse(&svg).unwrap();
        let root = document.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        let text = |name| {
            root.children()
                .find(|node| node.has_tag_name(("http://www.w3.org/2000/svg", name)))
                .unwrap()
                .text()
        };
        assert_eq!(text("title"), Some("Signal & noise"));
        assert_eq!(text("desc"), Some("The signal falls from 1 to 0 while the noise rises."));
    }

    #[test]
    fn each_curve_has_its_line_and_its_marks() {
        let svg = curve_svg(&plot());
        let document = roxmltree::Document::parse(&svg).unwrap();
        let count = |tag: &str| document.descendants().filter(|node| node.tag_name().name() == tag).count();
        assert_eq!(count("polyline"), 2);
        assert_eq!(count("circle"), NUM_MARKS);
        assert_eq!(count("path"), NUM_MARKS);
    }

    #[test]
    fn points_that_are_not_finite_are_left_out() {
        let mut plot = plot();
        plot.curves[0].points.push((1001.0, f64::INFINITY));
        plot.curves[1].points.insert(0, (f64::NAN, 0.0));
        let svg = curve_svg(&plot);
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        plot.curves.clear();
        roxmltree::Document::parse(&curve_svg(&plot)).unwrap();
    }
}
