//! A quantity of both schedules over t: two lines, told apart by dashes and letters, and where the timeline stands.

use super::{Side, text_of};
use crate::icon;
use crate::session::{Session, value_at};
use crate::strings::Strings;
use crate::theme::{self, Palette};
use crate::widgets::text_at;
use egui::{
    Align2, Color32, CornerRadius, Pos2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2,
    vec2,
};

/// What a plot is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantity {
    Beta,
    SignalRate,
    AlphaCumprod,
    SnrDb,
}

impl Quantity {
    pub fn measure(self) -> &'static str {
        match self {
            Self::Beta => "beta",
            Self::SignalRate => "signal_rate",
            Self::AlphaCumprod => "alpha_cumprod",
            Self::SnrDb => "snr_db",
        }
    }

    /// The message that names it.
    fn words(self) -> &'static str {
        match self {
            Self::Beta => "plot-beta",
            Self::SignalRate => "plot-signal-rate",
            Self::AlphaCumprod => "plot-alpha-cumprod",
            Self::SnrDb => "plot-snr-db",
        }
    }

    fn color(self, palette: &Palette) -> Color32 {
        match self {
            Self::Beta => palette.noise,
            Self::SignalRate | Self::AlphaCumprod => palette.signal,
            Self::SnrDb => palette.ink,
        }
    }

    /// How high a value stands, from 0 to 1. The steps' noise goes over four powers of ten.
    fn up(self, value: f64) -> f32 {
        let up = match self {
            Self::Beta => (value.max(1e-9).log10() + 4.0) / 4.0,
            Self::SignalRate | Self::AlphaCumprod => value,
            Self::SnrDb => (value + 40.0) / 80.0,
        };
        up.clamp(0.0, 1.0) as f32
    }

    /// The names of its highest, middle and lowest mark.
    fn marks(self) -> [&'static str; 3] {
        match self {
            Self::Beta => ["1", "0.01", "0.0001"],
            Self::SignalRate | Self::AlphaCumprod => ["1", "0.5", "0"],
            Self::SnrDb => ["40", "0", "−40"],
        }
    }
}

/// Where the axes stand.
pub(super) struct Frame {
    pub plot: Rect,
    quantity: Quantity,
    /// t at the end.
    pub last: f64,
}

impl Frame {
    pub fn at(&self, t: f64, value: f64) -> Pos2 {
        let along = (t / self.last).clamp(0.0, 1.0) as f32;
        let up = self.quantity.up(value);
        pos2(egui::lerp(self.plot.x_range(), along), egui::lerp(self.plot.bottom()..=self.plot.top(), up))
    }

    /// Share of the way and signal rate where the pointer is.
    pub fn share_and_rate(&self, at: Pos2) -> [f64; 2] {
        let share = (at.x - self.plot.left()) / self.plot.width();
        let rate = (self.plot.bottom() - at.y) / self.plot.height();
        [f64::from(share), f64::from(rate)]
    }
}

/// Paints the axes with their ends named, and both curves; returns where they stand.
pub(super) fn frame_ui(ui: &Ui, session: &Session, quantity: Quantity, rect: Rect, heading: f32) -> Frame {
    let palette = Palette::of(ui);
    let font = theme::small_mono();
    let marks = quantity.marks();
    let wide = |text: &str| ui.painter().layout_no_wrap(text.to_owned(), font.clone(), palette.ink).size().x;
    let margin = marks.iter().map(|text| wide(text)).fold(0.0, f32::max) + 6.0;
    let below = if heading > 20.0 { 18.0 } else { 5.0 };
    let plot = Rect::from_min_max(
        pos2(rect.left() + margin, rect.top() + heading),
        pos2(rect.right() - 2.0, (rect.bottom() - below).max(rect.top() + heading + 8.0)),
    );
    let last = session.t_at(session.last_position()).max(session.t_at(0)).max(1) as f64;
    let frame = Frame { plot, quantity, last };
    let rule = Stroke::new(1.0, palette.rule);
    for along in [0.2, 0.4, 0.6, 0.8] {
        ui.painter().vline(egui::lerp(plot.x_range(), along), plot.y_range(), rule);
    }
    ui.painter().hline(plot.x_range(), plot.center().y, rule);
    ui.painter().rect_stroke(plot, CornerRadius::ZERO, Stroke::new(1.0, palette.edge), StrokeKind::Outside);
    let places = [plot.top(), plot.center().y, plot.bottom()];
    for (nth, (text, y)) in marks.iter().zip(places).enumerate() {
        // A low plot has no room for its middle.
        if nth == 1 && plot.height() < 56.0 {
            continue;
        }
        let anchor = [Align2::RIGHT_TOP, Align2::RIGHT_CENTER, Align2::RIGHT_BOTTOM];
        let anchor = anchor.get(nth).copied().unwrap_or(Align2::RIGHT_CENTER);
        let shift = [-3.0, 0.0, 3.0].get(nth).copied().unwrap_or_default();
        text_at(ui, pos2(plot.left() - 5.0, y + shift), anchor, text, font.clone(), palette.soft_ink);
    }
    if below > 10.0 {
        let under = plot.bottom() + 3.0;
        text_at(ui, pos2(plot.left(), under), Align2::LEFT_TOP, "0", font.clone(), palette.soft_ink);
        text_at(ui, pos2(plot.center().x, under), Align2::CENTER_TOP, "t", theme::small(), palette.soft_ink);
        text_at(ui, pos2(plot.right(), under), Align2::RIGHT_TOP, &format!("{last}"), font, palette.soft_ink);
    }
    curves_ui(ui, session, &frame);
    frame
}

/// Both curves, the place of the timeline, and their letters where they are farthest apart.
fn curves_ui(ui: &Ui, session: &Session, frame: &Frame) {
    let palette = Palette::of(ui);
    let color = frame.quantity.color(palette);
    let t = session.t() as f64;
    let x = frame.at(t, 0.0).x;
    ui.painter().vline(x, frame.plot.y_range(), Stroke::new(1.0, palette.soft_ink));
    let lines = Side::BOTH.map(|side| line_of(session, frame, side));
    for (side, line) in Side::BOTH.into_iter().zip(&lines) {
        let stroke = Stroke::new(2.0, color);
        match side {
            Side::A => {
                ui.painter().add(Shape::line(line.clone(), stroke));
            }
            Side::B => {
                ui.painter().extend(Shape::dashed_line(line, stroke, 7.0, 4.0));
            }
        }
        let here = visible(session, frame.quantity, side).and_then(|curve| value_at(curve, t));
        if let Some(value) = here {
            let at = frame.at(t, value);
            let fill = if side == Side::A { color } else { palette.page };
            ui.painter().circle(at, 4.0, fill, Stroke::new(2.0, color));
        }
    }
    letters_ui(ui, frame, &lines, color);
}

/// The points of a curve on the screen.
fn line_of(session: &Session, frame: &Frame, side: Side) -> Vec<Pos2> {
    let curve = visible(session, frame.quantity, side).unwrap_or_default();
    curve.iter().map(|(t, value)| frame.at(*t, *value)).collect()
}

/// A curve, unless a prediction asks for it.
fn visible(session: &Session, quantity: Quantity, side: Side) -> Option<&[(f64, f64)]> {
    let name = side.measure(quantity.measure());
    let curve = session.curves.get(name).filter(|_| !session.hidden.contains(name))?;
    Some(curve)
}

/// The letters stand beside the curves, outside of what lies between them.
fn letters_ui(ui: &Ui, frame: &Frame, [a, b]: &[Vec<Pos2>; 2], color: Color32) {
    let height_at = |line: &[Pos2], x: f32| {
        line.windows(2).find_map(|pair| match pair {
            [left, right] if (left.x..=right.x).contains(&x) => {
                let along = (x - left.x) / (right.x - left.x).max(1e-3);
                Some(egui::lerp(left.y..=right.y, along))
            }
            _ => None,
        })
    };
    let room = frame.plot.shrink2(vec2(14.0, 10.0));
    let places = (0..=40).map(|nth| egui::lerp(room.x_range(), nth as f32 / 40.0));
    let apart = places.filter_map(|x| Some((x, height_at(a, x)?, height_at(b, x)?)));
    let widest = apart.max_by(|one, other| (one.1 - one.2).abs().total_cmp(&(other.1 - other.2).abs()));
    let Some((x, a, b)) = widest.filter(|(_, a, b)| (a - b).abs() > 10.0) else {
        return;
    };
    for (letter, y, other) in [("A", a, b), ("B", b, a)] {
        let y =
            if y < other { (y - 11.0).max(room.top() - 2.0) } else { (y + 11.0).min(room.bottom() + 2.0) };
        let x = if y < other.min(a.min(b)) { x + 8.0 } else { x - 8.0 };
        text_at(ui, pos2(x, y), Align2::CENTER_CENTER, letter, theme::small_strong(), color);
    }
}

/// A plot with its heading, to be looked at.
pub(super) fn plot_ui(ui: &mut Ui, strings: &Strings, session: &Session, quantity: Quantity, rect: Rect) {
    let palette = Palette::of(ui);
    let color = quantity.color(palette);
    let words = strings.get(quantity.words());
    let heading = 20.0;
    text_at(ui, rect.left_top(), Align2::LEFT_TOP, &words, theme::small(), color);
    let response = ui.interact(rect, ui.scope_id().with(("plot", words.as_str())), Sense::hover());
    let is_hidden = |side: Side| session.hidden.contains(side.measure(quantity.measure()));
    if Side::BOTH.into_iter().all(is_hidden) {
        let place = Rect::from_min_max(rect.min + vec2(0.0, heading), rect.max);
        icon::dashed_box(ui.painter(), place, palette.edge);
        let text = strings.with("shown-on-commit", [("what", words.as_str().into())]);
        let text = text.replace('\n', " ");
        let (galley, measured) =
            crate::prose::wrapped(ui, &text, theme::small(), palette.soft_ink, place.width() - 12.0);
        ui.painter().galley(place.center() - measured * 0.5, galley, palette.soft_ink);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &text));
        return;
    }
    frame_ui(ui, session, quantity, rect, heading);
    let text = summary(strings, session, quantity);
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &text));
}

/// "signal rate at t = 500: A 0.28, B 0.70; A from 1.00 to 0.01, B from 1.00 to 0.00".
pub(super) fn summary(strings: &Strings, session: &Session, quantity: Quantity) -> String {
    let t = session.t() as f64;
    let text = |value: Option<f64>| {
        let name = quantity.measure();
        value.map_or_else(|| strings.get("hidden"), |value| text_of(name, value))
    };
    // Now, at the beginning and at the end.
    let of = |side: Side| {
        let curve = visible(session, quantity, side).unwrap_or_default();
        let (first, last) = (curve.first(), curve.last());
        // Where the ratio is infinite there is no point; the nearest one speaks for it.
        let ends = [first, last].into_iter().flatten();
        let nearest = ends.min_by(|one, other| (one.0 - t).abs().total_cmp(&(other.0 - t).abs()));
        let now = value_at(curve, t).or(nearest.map(|end| end.1));
        [now, first.map(|end| end.1), last.map(|end| end.1)].map(text)
    };
    let [[a, a_first, a_last], [b, b_first, b_last]] = Side::BOTH.map(of);
    strings.with(
        "plot-summary",
        [
            ("what", strings.get(quantity.words()).into()),
            ("t", session.t().into()),
            ("a", a.into()),
            ("a-first", a_first.into()),
            ("a-last", a_last.into()),
            ("b", b.into()),
            ("b-first", b_first.into()),
            ("b-last", b_last.into()),
        ],
    )
}
