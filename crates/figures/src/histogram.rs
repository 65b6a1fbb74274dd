//! How often values occur.

use crate::Mark;
use crate::curve::legend;
use crate::svg::{Axes, sheet};
use std::fmt::Write;

/// A plot of counts.
#[derive(Clone, Debug)]
pub struct HistogramPlot {
    /// What it shows, above it.
    pub title: String,
    /// What one sees in it, in words, for those who do not see it.
    pub desc: String,
    /// The values with their unit.
    pub x_label: String,
    /// What is counted, in the legend.
    pub name: String,
    /// Its color and shape.
    pub mark: Mark,
    /// The center of each bin and its count; bins are of equal width and in order.
    pub bins: Vec<(f64, u64)>,
}

/// The plot as an SVG file; heights are shares of all values.
pub fn histogram_svg(plot: &HistogramPlot) -> String {
    let total: u64 = plot.bins.iter().map(|(_, count)| count).sum();
    let share = |count: u64| if total == 0 { 0.0 } else { count as f64 / total as f64 };
    let highest = plot.bins.iter().map(|(_, count)| share(*count)).fold(0.0, f64::max);
    let (first, last) = match (plot.bins.first(), plot.bins.last()) {
        (Some((first, _)), Some((last, _))) => (*first, *last),
        _ => (0.0, 1.0),
    };
    let half = (last - first) / (plot.bins.len().max(2) as f64 - 1.0) / 2.0;
    let axes = Axes::new((first - half, last + half), (0.0, if highest > 0.0 { highest } else { 1.0 }));

    let mut content = axes.draw(&plot.x_label, "share of values");
    let (class, color) = (plot.mark.class(), plot.mark.light());
    for (center, count) in plot.bins.iter().filter(|(_, count)| *count > 0) {
        let (left, right) = (axes.x(center - half), axes.x(center + half));
        let (top, bottom) = (axes.y(share(*count)), axes.y(0.0));
        let (width, height) = ((right - left - 1.0).max(0.5), bottom - top);
        _ = writeln!(
            content,
            r#"<rect class="{class}" fill="{color}" x="{left:.1}" y="{top:.2}" width="{width:.1}" height="{height:.2}"/>"#
        );
    }
    content += &legend(std::iter::once((plot.mark, plot.name.as_str())));
    sheet(&plot.title, &plot.desc, &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bins: Vec<(f64, u64)>) -> Vec<f64> {
        let plot = HistogramPlot {
            title: "Pixel values".to_owned(),
            desc: "Most are white.".to_owned(),
            x_label: "value".to_owned(),
            name: "x_t".to_owned(),
            mark: Mark::Noise,
            bins,
        };
        let svg = histogram_svg(&plot);
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        let document = roxmltree::Document::parse(&svg).unwrap();
        let bars = document.descendants().filter(|node| node.attribute("class") == Some("noise"));
        bars.filter_map(|bar| bar.attribute("height")?.parse().ok()).collect()
    }

    #[test]
    fn heights_are_as_the_counts() {
        let heights = check(vec![(-1.0, 1), (0.0, 0), (1.0, 3)]);
        assert_eq!(heights.len(), 2, "an empty bin has no bar");
        assert!((heights[1] / heights[0] - 3.0).abs() < 0.001, "{heights:?}");
    }

    #[test]
    fn nothing_to_count_is_an_empty_plot() {
        assert_eq!(check(vec![]), [] as [f64; 0]);
        assert_eq!(check(vec![(0.0, 0)]), [] as [f64; 0]);
        assert_eq!(check(vec![(0.0, 5)]).len(), 1);
    }
}
