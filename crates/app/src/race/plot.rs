//! Quality over cost: a line for each sampler, told apart by its mark and its name; the cells on it can be chosen.

use egui::{
    Align2, Color32, EventFilter, Key, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};
use noisebook_lab::{RACERS, draws_noise};

use super::{
    Board, Cell, Cost, LONG_PATH, Quality, RaceAct, cell_words, number_words, row, sampler_name, switch_ui,
};
use crate::act::Act;
use crate::session::Session;
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::widgets::{focus_ring, text_at, text_ui};

/// How near the pointer must come to a mark, in points.
const REACH: f32 = 16.0;
const MARK: f32 = 4.5;

/// The form of a mark.
#[derive(Clone, Copy)]
enum Form {
    Up,
    Down,
    Disc,
    Square,
    Diamond,
    Cross,
    Plus,
    Ring,
}

/// How a sampler's line differs from the others: orange triangles throw dice, all others do not.
#[derive(Clone, Copy)]
pub(super) struct Look {
    color: Color32,
    form: Form,
}

pub(super) fn look(palette: &Palette, place: usize) -> Look {
    let (color, form) = match RACERS.get(place).copied().unwrap_or_default() {
        "ddpm" => (palette.noise, Form::Up),
        "euler-ancestral" => (palette.noise, Form::Down),
        "ddim" => (palette.signal, Form::Disc),
        "euler" => (palette.ink, Form::Square),
        "heun" => (palette.good, Form::Diamond),
        "dpmpp-2m" => (palette.code_word, Form::Cross),
        "unipc" => (palette.code_type, Form::Plus),
        _ => (palette.signal, Form::Ring),
    };
    Look { color, form }
}

/// Paints a sampler's mark.
pub(super) fn mark(ui: &Ui, at: Pos2, look: Look, r: f32) {
    let Look { color, form } = look;
    let filled = |points: &[(f32, f32)]| {
        let points = points.iter().map(|(x, y)| at + vec2(*x, *y) * r).collect();
        Shape::convex_polygon(points, color, Stroke::NONE)
    };
    let lines = |ends: &[(f32, f32)]| {
        let stroke = Stroke::new(r * 0.5, color);
        let line =
            |(x, y): &(f32, f32)| Shape::line_segment([at + vec2(*x, *y) * r, at - vec2(*x, *y) * r], stroke);
        Shape::Vec(ends.iter().map(line).collect())
    };
    let shape = match form {
        Form::Up => filled(&[(0.0, -1.1), (1.05, 0.8), (-1.05, 0.8)]),
        Form::Down => filled(&[(0.0, 1.1), (1.05, -0.8), (-1.05, -0.8)]),
        Form::Disc => Shape::circle_filled(at, r, color),
        Form::Square => filled(&[(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)]),
        Form::Diamond => filled(&[(0.0, -1.15), (1.15, 0.0), (0.0, 1.15), (-1.15, 0.0)]),
        Form::Cross => lines(&[(0.85, 0.85), (0.85, -0.85)]),
        Form::Plus => lines(&[(1.1, 0.0), (0.0, 1.1)]),
        Form::Ring => Shape::circle_stroke(at, r * 0.9, Stroke::new(r * 0.45, color)),
    };
    ui.painter().add(shape);
}

/// An axis from one value to another, even in the numbers or in their logarithms.
#[derive(Clone, Copy)]
struct Axis {
    from: f64,
    to: f64,
    is_log: bool,
}

impl Axis {
    /// From the least of these values to the greatest, by their logarithms, and never narrower than `least` to `most`.
    fn log(values: impl Iterator<Item = f64>, least: f64, most: f64) -> Self {
        let values = values.filter(|value| *value > 0.0);
        let (from, to) = values.fold((least, most), |(from, to), value| (from.min(value), to.max(value)));
        Self { from, to, is_log: true }
    }

    /// 0 at its beginning, 1 at its end.
    fn along(self, value: f64) -> f32 {
        let along = if self.is_log {
            (value.max(f64::MIN_POSITIVE) / self.from).ln() / (self.to / self.from).ln()
        } else {
            (value - self.from) / (self.to - self.from)
        };
        along.clamp(0.0, 1.0) as f32
    }

    /// Round numbers within it.
    fn ticks(self) -> Vec<f64> {
        if !self.is_log {
            return (0..=4).map(|nth| self.from + (self.to - self.from) * f64::from(nth) / 4.0).collect();
        }
        let decades = self.from.log10().floor() as i32..=self.to.log10().ceil() as i32;
        let wide = (self.to / self.from).log10() > 2.2;
        let times: &[f64] = if wide { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let all = decades.flat_map(|decade| times.iter().map(move |times| times * 10f64.powi(decade)));
        let inside = (self.from * 0.999)..=(self.to * 1.001);
        all.filter(|tick| inside.contains(tick)).collect()
    }
}

/// Where the cells stand.
struct Frame {
    plot: Rect,
    x: Axis,
    y: Axis,
    cost: Cost,
    quality: Quality,
}

impl Frame {
    fn of(board: &Board, plot: Rect) -> Self {
        let cells = || board.cells.iter().filter(|(idx, _)| **idx != LONG_PATH).map(|(_, cell)| cell);
        let of = |name: &'static str| cells().filter_map(move |cell| cell.number(name));
        let x = match board.cost {
            Cost::Calls => Axis::log(of("network_calls"), 2.0, 50.0),
            Cost::Seconds => {
                let least = of("seconds").fold(f64::INFINITY, f64::min).clamp(1e-4, 1e6);
                Axis::log(of("seconds"), least, 4.0 * least)
            }
        };
        let y = match board.quality {
            Quality::Read => Axis { from: 0.0, to: 100.0, is_log: false },
            Quality::Distance => {
                let most = of("distance").fold(0.0, f64::max).max(0.1);
                Axis::log(of("distance"), 0.1 * most, most)
            }
        };
        Self { plot, x, y, cost: board.cost, quality: board.quality }
    }

    fn at(&self, cell: &Cell) -> Option<Pos2> {
        let x = cell.number(self.cost.number())?;
        let y = cell.number(self.quality.number())?;
        let inner = self.plot.shrink(8.0);
        Some(pos2(
            egui::lerp(inner.x_range(), self.x.along(x)),
            egui::lerp(inner.bottom()..=inner.top(), self.y.along(y)),
        ))
    }
}

/// Draws the plot with its legend and its switches; returns the moment of the cell that is pointed at.
pub(super) fn plot_ui(
    ui: &mut Ui,
    strings: &Strings,
    session: &Session,
    acts: &mut Vec<Act>,
) -> Option<usize> {
    let board = &session.race;
    let palette = Palette::of(ui);
    ui.spacing_mut().item_spacing = vec2(6.0, 4.0);
    switches_ui(ui, strings, board, acts);
    legend_ui(ui, strings, board);
    let rect = ui.available_rect_before_wrap();
    let left = if board.quality == Quality::Read { 44.0 } else { 52.0 };
    let plot = Rect::from_min_max(rect.min + vec2(left, 8.0), rect.max - vec2(6.0, 40.0));
    if plot.width() < 40.0 || plot.height() < 24.0 {
        return None;
    }
    let frame = Frame::of(board, plot);
    let response = ui.interact(plot, ui.scope_id().with("race"), Sense::click());
    axes_ui(ui, strings, &frame);

    let marks: Vec<(usize, Pos2)> = board
        .cells
        .iter()
        .filter(|(idx, _)| **idx != LONG_PATH)
        .filter_map(|(idx, cell)| Some((*idx, frame.at(cell)?)))
        .collect();
    let pointed = response.hover_pos().and_then(|pointer| {
        let near = marks.iter().map(|(idx, at)| (*idx, at.distance(pointer)));
        near.filter(|(_, distance)| *distance < REACH).min_by(|a, b| a.1.total_cmp(&b.1)).map(|(idx, _)| idx)
    });
    if response.clicked()
        && let Some(idx) = pointed
    {
        acts.push(Act::Seek(idx));
    }
    let chosen = board.chosen(session);
    if response.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        acts.extend(keys(ui, board, chosen));
    }
    long_path_ui(ui, strings, board, &frame);
    for (place, line) in board.lines() {
        let points: Vec<Pos2> = line.iter().filter_map(|(_, cell)| frame.at(cell)).collect();
        let look = look(palette, place);
        let dimmed = board.cells.get(&pointed.unwrap_or(chosen)).is_some_and(|cell| cell.place() != place);
        let color = if dimmed { look.color.gamma_multiply(0.55) } else { look.color };
        ui.painter().add(Shape::line(points.clone(), Stroke::new(1.5, color)));
        for at in points {
            mark(ui, at, look, MARK);
        }
    }
    let ring = |idx: usize, radius: f32, color: Color32| {
        if let Some((_, at)) = marks.iter().find(|(known, _)| *known == idx) {
            ui.painter().circle_stroke(*at, radius, Stroke::new(2.0, color));
        }
    };
    ring(pointed.unwrap_or(chosen), 9.5, palette.ink);
    if board.kept != LONG_PATH {
        ring(board.kept, 12.5, palette.edge);
    }
    focus_ring(ui, &response, plot);
    let summary = summary(strings, board, chosen);
    response.widget_info(|| WidgetInfo {
        current_text_value: board.cells.get(&chosen).map(|cell| cell_words(strings, chosen, cell)),
        ..WidgetInfo::labeled(Role::Figure, true, &summary)
    });
    pointed
}

/// Arrow keys go along a line and from line to line; Enter keeps the chosen cell.
fn keys(ui: &Ui, board: &Board, chosen: usize) -> Option<Act> {
    let presses = |key: Key| ui.input(|input| input.num_presses(key)) as isize;
    let rungs = presses(Key::ArrowRight) - presses(Key::ArrowLeft);
    let samplers = presses(Key::ArrowDown) - presses(Key::ArrowUp);
    if presses(Key::Enter) > 0 {
        return Some(Act::Race(RaceAct::Keep(chosen)));
    }
    if rungs == 0 && samplers == 0 {
        return None;
    }
    board.beside(chosen, rungs, samplers).map(Act::Seek)
}

/// What goes up and what runs across, each with its alternative.
fn switches_ui(ui: &mut Ui, strings: &Strings, board: &Board, acts: &mut Vec<Act>) {
    let palette = Palette::of(ui);
    let has = |name: &str| board.cells.values().any(|cell| cell.number(name).is_some());
    row(ui, |ui| {
        let mut up = vec![(Quality::Distance, strings.get("race-distance-axis"))];
        if has("read_as_label") {
            up.insert(0, (Quality::Read, strings.get("race-read-axis")));
        }
        if let Some(quality) = switch_ui(ui, board.quality, &up) {
            acts.push(Act::Race(RaceAct::Up(quality)));
        }
        text_ui(ui, &strings.get("race-over"), theme::small(), palette.soft_ink);
        let mut across = vec![(Cost::Calls, strings.get("race-calls-axis"))];
        if has("seconds") {
            across.push((Cost::Seconds, strings.get("race-seconds-axis")));
        }
        if let Some(cost) = switch_ui(ui, board.cost, &across) {
            acts.push(Act::Race(RaceAct::Across(cost)));
        }
    });
}

/// A mark and a name for each sampler that has arrived.
fn legend_ui(ui: &mut Ui, strings: &Strings, board: &Board) {
    let palette = Palette::of(ui);
    row(ui, |ui| {
        ui.spacing_mut().item_spacing.x = 14.0;
        for place in board.lines().into_keys() {
            let name = RACERS.get(place).map_or_else(String::new, |name| sampler_name(strings, name));
            let look = look(palette, place);
            let width = ui.painter().layout_no_wrap(name.clone(), theme::small(), look.color).size().x;
            let (rect, response) =
                ui.allocate_exact_size(vec2(width + 18.0, size::SMALL_CONTROL), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
            mark(ui, pos2(rect.left() + 6.0, rect.center().y), look, MARK);
            let at = pos2(rect.left() + 16.0, rect.center().y);
            text_at(ui, at, Align2::LEFT_CENTER, &name, theme::small(), look.color);
            let fresh = RACERS.get(place).is_some_and(|name| draws_noise(name));
            if fresh {
                response.on_hover_text(strings.get("race-restless"));
            }
        }
    });
}

/// The frame, its ticks and what the axes are.
fn axes_ui(ui: &Ui, strings: &Strings, frame: &Frame) {
    let palette = Palette::of(ui);
    let (plot, inner) = (frame.plot, frame.plot.shrink(8.0));
    let font = theme::small_mono();
    for tick in frame.y.ticks() {
        let y = egui::lerp(inner.bottom()..=inner.top(), frame.y.along(tick));
        ui.painter().hline(plot.x_range(), y, Stroke::new(1.0, palette.rule));
        let text = if frame.quality == Quality::Read { format!("{tick:.0} %") } else { tick_text(tick) };
        text_at(ui, pos2(plot.left() - 6.0, y), Align2::RIGHT_CENTER, &text, font.clone(), palette.soft_ink);
    }
    for tick in frame.x.ticks() {
        let x = egui::lerp(inner.x_range(), frame.x.along(tick));
        ui.painter().vline(x, plot.y_range(), Stroke::new(1.0, palette.rule));
        let at = pos2(x, plot.bottom() + 4.0);
        text_at(ui, at, Align2::CENTER_TOP, &tick_text(tick), font.clone(), palette.soft_ink);
    }
    ui.painter().hline(plot.x_range(), plot.bottom(), Stroke::new(1.0, palette.edge));
    ui.painter().vline(plot.left(), plot.y_range(), Stroke::new(1.0, palette.edge));
    let id = match frame.cost {
        Cost::Calls => "race-calls-axis",
        Cost::Seconds => "race-seconds-axis",
    };
    let at = pos2(plot.right(), plot.bottom() + 22.0);
    text_at(ui, at, Align2::RIGHT_TOP, &strings.get(id), theme::small(), palette.soft_ink);
}

/// "0.05", "2", "100"
fn tick_text(tick: f64) -> String {
    let decimals = (-tick.abs().log10().floor()).clamp(0.0, 5.0) as usize;
    format!("{tick:.decimals$}")
}

/// How many of the long path's pictures are read: nobody does much better by more steps.
fn long_path_ui(ui: &Ui, strings: &Strings, board: &Board, frame: &Frame) {
    let palette = Palette::of(ui);
    let share = board.cells.get(&LONG_PATH).and_then(|cell| Some((cell, cell.number("read_as_label")?)));
    let Some((cell, share)) = share.filter(|_| frame.quality == Quality::Read) else {
        return;
    };
    let inner = frame.plot.shrink(8.0);
    let y = egui::lerp(inner.bottom()..=inner.top(), frame.y.along(share));
    let line = [pos2(frame.plot.left(), y), pos2(frame.plot.right(), y)];
    ui.painter().extend(Shape::dashed_line(&line, Stroke::new(1.0, palette.edge), 5.0, 4.0));
    let text = cell_words(strings, LONG_PATH, cell);
    // At the right, where the marks have come up to the line.
    let at = pos2(frame.plot.right() - 8.0, y + 3.0);
    text_at(ui, at, Align2::RIGHT_TOP, &text, theme::small(), palette.soft_ink);
}

/// The race in words.
fn summary(strings: &Strings, board: &Board, chosen: usize) -> String {
    let lines: Vec<String> = board
        .lines()
        .into_values()
        .filter_map(|line| {
            let ((_, first), (_, last)) = (line.first()?, line.last()?);
            let said = |cell: &Cell| match board.quality {
                Quality::Read => format!("{:.0} %", cell.number("read_as_label").unwrap_or_default()),
                Quality::Distance => format!("{:.3}", cell.number("distance").unwrap_or_default()),
            };
            let values = [
                ("sampler", first.sampler(strings).into()),
                ("first", said(first).into()),
                ("fewest", first.steps().into()),
                ("last", said(last).into()),
                ("most", last.steps().into()),
            ];
            Some(strings.with("race-line", values))
        })
        .collect();
    let chosen = board.cells.get(&chosen).map(|cell| {
        let [cost, quality] = number_words(strings, cell);
        format!("{}: {cost}, {quality}", cell_words(strings, chosen, cell))
    });
    let values = [("lines", lines.join("; ").into()), ("chosen", chosen.unwrap_or_default().into())];
    strings.with("race-summary", values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let calls = Axis::log([2.0, 100.0].into_iter(), 2.0, 50.0);
        assert_eq!(calls.ticks(), [2.0, 5.0, 10.0, 20.0, 50.0, 100.0]);
        let distance = Axis::log([0.0007, 0.3].into_iter(), 0.03, 0.3);
        let ticks: Vec<String> = distance.ticks().into_iter().map(tick_text).collect();
        assert_eq!(ticks, ["0.001", "0.01", "0.1"]);
        let share = Axis { from: 0.0, to: 100.0, is_log: false };
        assert_eq!(share.ticks(), [0.0, 25.0, 50.0, 75.0, 100.0]);
    }

    #[test]
    fn a_logarithmic_axis_is_even_in_ratios() {
        let axis = Axis::log([1.0, 100.0].into_iter(), 1.0, 100.0);
        assert!((axis.along(10.0) - 0.5).abs() < 1e-6);
        assert_eq!((axis.along(0.0), axis.along(1000.0)), (0.0, 1.0));
    }
}
