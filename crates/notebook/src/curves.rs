//! Curves over a common axis.

use noisebook_figures::{Curve, CurvePlot, Mark, curve_svg};
use noisebook_kernel::protocol::{CURVES, Curves};

use crate::show::Viewer;
use crate::words::{list, number};
use crate::{Show, Shown};

/// A plot with nothing on it yet: `plot("Two schedules").x("t, steps").y("signal rate").line("linear", values)`.
pub fn plot(title: impl Into<String>) -> Plot {
    Plot { title: title.into(), x: String::new(), y: String::new(), lines: Vec::new() }
}

/// Curves over a common axis, with names.
#[derive(Clone, Debug)]
pub struct Plot {
    title: String,
    x: String,
    y: String,
    lines: Vec<(String, Vec<[f64; 2]>)>,
}

/// What a point of a line can be given as.
pub trait Point {
    /// (x, y) of the point at place `idx` of its line.
    fn xy(self, idx: usize) -> [f64; 2];
}

impl Plot {
    /// What runs along, with its unit.
    #[must_use]
    pub fn x(mut self, label: impl Into<String>) -> Self {
        self.x = label.into();
        self
    }

    /// What goes up, with its unit.
    #[must_use]
    pub fn y(mut self, label: impl Into<String>) -> Self {
        self.y = label.into();
        self
    }

    /// One more line, from left to right: points (x, y), or values alone, which then stand at x = 1, 2, 3, …, as t does
    /// in a table that begins at t = 1. Points that are not finite are left out.
    #[must_use]
    pub fn line<P: Point>(mut self, name: impl Into<String>, points: impl IntoIterator<Item = P>) -> Self {
        let points = points.into_iter().enumerate().map(|(idx, point)| point.xy(idx));
        let points = points.filter(|xy| xy.iter().all(|value| value.is_finite())).collect();
        self.lines.push((name.into(), points));
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(crate) fn shown(&self, viewer: Viewer) -> Shown {
        let shown = Shown::text(self.words());
        match viewer {
            Viewer::Window => {
                let Self { title, x, y, lines } = self.clone();
                shown.with_json(CURVES, &Curves { title, x_label: x, y_label: y, series: lines })
            }
            Viewer::Jupyter => shown.with("image/svg+xml", self.svg()),
        }
    }

    /// "Two curves over t: linear goes from 1 to 0.006, …"
    fn words(&self) -> String {
        let lines: Vec<String> = self.lines.iter().map(|(name, points)| line_words(name, points)).collect();
        let over = if self.x.is_empty() { String::new() } else { format!(", over {}", self.x) };
        let of = if self.y.is_empty() { String::new() } else { format!(" of {}", self.y) };
        let lines = if lines.is_empty() { "no line".to_owned() } else { list(&lines) };
        format!("{}: curves{of}{over}: {lines}.", self.title)
    }

    fn svg(&self) -> String {
        // A figure has two colors, each with its shape; a second line of the same one is dashed.
        let marks = [Mark::Signal, Mark::Noise].into_iter().cycle();
        let curves = self.lines.iter().zip(marks).map(|((name, points), mark)| Curve {
            name: name.clone(),
            mark,
            points: points.iter().map(|[x, y]| (*x, *y)).collect(),
        });
        curve_svg(&CurvePlot {
            title: self.title.clone(),
            desc: self.words(),
            x_label: self.x.clone(),
            y_label: self.y.clone(),
            curves: curves.collect(),
        })
    }
}

/// "linear falls from 1 at 1 to 0.00635 at 1000".
fn line_words(name: &str, points: &[[f64; 2]]) -> String {
    let ([[x0, y0], ..], [.., [x1, y1]]) = (points, points) else {
        return format!("{name} has no point");
    };
    let goes = if y1 < y0 {
        "falls"
    } else if y1 > y0 {
        "rises"
    } else {
        "goes"
    };
    format!("{name} {goes} from {} at {} to {} at {}", number(*y0), number(*x0), number(*y1), number(*x1))
}

impl Show for Plot {
    fn show(&self) -> Shown {
        self.shown(Viewer::here())
    }
}

impl Point for f64 {
    fn xy(self, idx: usize) -> [f64; 2] {
        [(idx + 1) as f64, self]
    }
}

impl Point for f32 {
    fn xy(self, idx: usize) -> [f64; 2] {
        f64::from(self).xy(idx)
    }
}

impl<P: Point + Copy> Point for &P {
    fn xy(self, idx: usize) -> [f64; 2] {
        (*self).xy(idx)
    }
}

impl<X: Into<f64>, Y: Into<f64>> Point for (X, Y) {
    fn xy(self, _: usize) -> [f64; 2] {
        [self.0.into(), self.1.into()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Plot {
        plot("Two").x("t").y("rate").line("down", [1.0, 0.5, f64::NAN]).line("up", [(0, 0.25_f32), (2, 4.0)])
    }

    #[test]
    fn the_window_gets_points_and_jupyter_a_drawing() {
        let shown = two().shown(Viewer::Window);
        let curves: Curves = serde_json::from_str(shown.content(CURVES).unwrap()).unwrap();
        let line = |name: &str, points: &[[f64; 2]]| (name.to_owned(), points.to_vec());
        assert_eq!(
            curves.series,
            [line("down", &[[1.0, 1.0], [2.0, 0.5]]), line("up", &[[0.0, 0.25], [2.0, 4.0]])]
        );
        assert_eq!((curves.x_label.as_str(), curves.y_label.as_str()), ("t", "rate"));
        let drawn = two().shown(Viewer::Jupyter);
        assert_eq!(drawn.content("image/svg+xml").unwrap().matches("<polyline").count(), 2);
        assert!(drawn.content(CURVES).is_none());
    }

    #[test]
    fn what_is_drawn_is_said() {
        let says = "Two: curves of rate, over t: down falls from 1 at 1 to 0.5 at 2 and up rises from 0.25 at 0 to 4 at 2.";
        assert_eq!(two().show().words(), says);
        assert_eq!(plot("None").show().words(), "None: curves: no line.");
    }
}
