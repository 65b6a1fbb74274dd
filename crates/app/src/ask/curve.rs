//! A curve that the learner draws, and the measured one over it.
//!
//! The curve is a value for each of fifty columns.
//! A draft holds one state a line, the present one last, so that a stroke can be undone.

use egui::{
    Align2, CornerRadius, EventFilter, Key, Pos2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui,
    WidgetInfo, accesskit, pos2, vec2,
};
use noisebook_lessons::{Axis, Predict};

use super::choice::{plain_number, slider_step};
use super::{Asked, line_ui};
use crate::icon::{self, Icon};
use crate::profile::Commitment;
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::widgets::{Action, Weight, focus_ring, text_at, text_ui};

/// How many values a curve has.
const COLUMNS: usize = 50;
/// The plot with its axes, in points.
const HEIGHT: f32 = 150.0;
/// How many states a draft keeps.
const STATES: usize = 40;

/// The columns of a curve; those not drawn are empty.
type Columns = Vec<Option<f64>>;

/// Reads a curve as it is kept: values with commas between, empty where nothing is drawn.
pub(super) fn columns_of(answer: &str) -> Columns {
    let mut columns: Columns =
        answer.split(',').map(|value| value.parse().ok().filter(|value: &f64| value.is_finite())).collect();
    columns.resize(COLUMNS, None);
    columns
}

fn text_of(columns: &Columns, y: &Axis) -> String {
    // A thousandth of the axis is finer than anyone draws.
    let step = 10f64.powf(((y.max - y.min) / 1000.0).log10().floor());
    let text = |value: &Option<f64>| value.map(|value| plain_number(value, step)).unwrap_or_default();
    columns.iter().map(text).collect::<Vec<_>>().join(",")
}

/// Where column `idx` stands on the axis.
fn x_of(x: &Axis, idx: usize) -> f64 {
    x.min + (x.max - x.min) * idx as f64 / (COLUMNS - 1) as f64
}

/// The column nearest to the place `along` the axis, from 0 to 1.
fn column_at(along: f32) -> usize {
    (along.clamp(0.0, 1.0) * (COLUMNS - 1) as f32).round() as usize
}

/// Sets every column between two places to the straight line between them.
fn join(columns: &mut Columns, from: (usize, f64), to: (usize, f64)) {
    let (left, right) = if from.0 <= to.0 { (from, to) } else { (to, from) };
    for (idx, place) in columns.iter_mut().enumerate().take(right.0 + 1).skip(left.0) {
        let along = (idx - left.0) as f64 / (right.0 - left.0).max(1) as f64;
        let along = if idx == to.0 && from.0 == to.0 { 1.0 } else { along };
        *place = Some(left.1 + (right.1 - left.1) * along);
    }
    if let Some(place) = columns.get_mut(to.0) {
        *place = Some(to.1);
    }
}

/// The curve without gaps: straight lines between what is drawn, level before the first and after the last.
fn filled(columns: &Columns) -> Columns {
    let drawn: Vec<(usize, f64)> =
        columns.iter().enumerate().filter_map(|(idx, value)| Some((idx, (*value)?))).collect();
    let (Some(first), Some(last)) = (drawn.first(), drawn.last()) else {
        return columns.clone();
    };
    let mut whole = columns.clone();
    join(&mut whole, (0, first.1), *first);
    for pair in drawn.windows(2) {
        if let [a, b] = pair {
            join(&mut whole, *a, *b);
        }
    }
    join(&mut whole, *last, (COLUMNS - 1, last.1));
    whole
}

/// The state that a draft is in.
fn present(draft: &str) -> Columns {
    columns_of(draft.rsplit('\n').next().unwrap_or_default())
}

/// Replaces the present state.
fn replace(draft: &mut String, columns: &Columns, y: &Axis) {
    draft.truncate(draft.rfind('\n').map_or(0, |at| at + 1));
    draft.push_str(&text_of(columns, y));
}

/// Begins a new state, so that the one before can come back.
fn keep(draft: &mut String) {
    let present = draft.rsplit('\n').next().unwrap_or_default().to_owned();
    draft.push('\n');
    draft.push_str(&present);
    if draft.lines().count() > STATES {
        draft.drain(..=draft.find('\n').unwrap_or_default());
    }
}

fn undo(draft: &mut String) {
    draft.truncate(draft.rfind('\n').unwrap_or_default());
}

/// What is kept of a draft once at least two thirds of the columns are drawn.
pub(super) fn answer(draft: &str, y: &Axis) -> Option<String> {
    let columns = present(draft);
    let num_drawn = columns.iter().flatten().count();
    (num_drawn * 3 >= COLUMNS * 2).then(|| text_of(&filled(&columns), y))
}

/// "from 1.0 at t = 0 to 0.1 at t = 1000"
pub(super) fn summary(strings: &Strings, x: &Axis, y: &Axis, columns: &Columns) -> String {
    let mut drawn = columns.iter().enumerate().filter_map(|(idx, value)| Some((idx, (*value)?)));
    let Some(first) = drawn.next() else {
        return strings.get("nothing-drawn");
    };
    let last = drawn.next_back().unwrap_or(first);
    strings.with(
        "curve-summary",
        [
            ("first", y_text(y, first.1).into()),
            ("from", place_text(x, first.0).into()),
            ("last", y_text(y, last.1).into()),
            ("to", place_text(x, last.0).into()),
        ],
    )
}

fn y_text(y: &Axis, value: f64) -> String {
    plain_number(value, slider_step(y.min, y.max)).replace('-', "−")
}

/// "t = 300"
fn place_text(x: &Axis, column: usize) -> String {
    let number = plain_number(x_of(x, column), slider_step(x.min, x.max)).replace('-', "−");
    format!("{} = {number}", x.label)
}

/// The measured curve at every column.
fn along_columns(curve: &[(f64, f64)], x: &Axis) -> Columns {
    (0..COLUMNS).map(|idx| crate::session::value_at(curve, x_of(x, idx))).collect()
}

/// The largest difference between two curves, and the column where it is.
fn largest_difference(yours: &Columns, measured: &Columns) -> Option<(usize, f64)> {
    let differences = yours.iter().zip(measured).enumerate();
    differences
        .filter_map(|(idx, (yours, measured))| Some((idx, ((*yours)? - (*measured)?).abs())))
        .max_by(|a, b| a.1.total_cmp(&b.1))
}

/// Keeps how far the drawn curve is from the measured one, and where.
pub(crate) fn note_outcome(commitment: &mut Commitment, x: &Axis, curve: &[(f64, f64)]) {
    let difference = largest_difference(&columns_of(&commitment.answer), &along_columns(curve, x));
    if let Some((column, difference)) = difference {
        commitment.outcome = Some(difference);
        commitment.note("at", x_of(x, column));
    }
}

/// Where the axes stand.
struct Frame {
    plot: Rect,
}

impl Frame {
    fn at(&self, x: f64, y: &Axis, value: f64) -> Pos2 {
        let up = ((value - y.min) / (y.max - y.min)).clamp(0.0, 1.0) as f32;
        pos2(egui::lerp(self.plot.x_range(), x as f32), egui::lerp(self.plot.bottom()..=self.plot.top(), up))
    }

    fn of_column(&self, idx: usize, y: &Axis, value: f64) -> Pos2 {
        self.at(idx as f64 / (COLUMNS - 1) as f64, y, value)
    }
}

/// Paints the axes with their ends named; returns where the curve goes.
fn axes_ui(ui: &Ui, rect: Rect, x: &Axis, y: &Axis) -> Frame {
    let palette = Palette::of(ui);
    let number = |value: f64| format!("{value}").replace('-', "−");
    let font = theme::small_mono();
    let ends = [number(y.max), number(y.min)];
    let width = ends
        .iter()
        .map(|text| ui.painter().layout_no_wrap(text.clone(), font.clone(), palette.soft_ink).size().x)
        .fold(0.0, f32::max);
    let plot = Rect::from_min_max(
        pos2(rect.left() + width + 8.0, rect.top() + 22.0),
        pos2(rect.right() - 4.0, rect.bottom() - 20.0),
    );
    let hairline = Stroke::new(1.0, palette.rule);
    for along in [0.25, 0.5, 0.75] {
        ui.painter().vline(egui::lerp(plot.x_range(), along), plot.y_range(), hairline);
    }
    ui.painter().hline(plot.x_range(), plot.center().y, hairline);
    ui.painter().rect_stroke(plot, CornerRadius::ZERO, Stroke::new(1.0, palette.edge), StrokeKind::Outside);
    let label = |at, anchor, text: &str, font| text_at(ui, at, anchor, text, font, palette.soft_ink);
    label(pos2(plot.left(), rect.top()), Align2::LEFT_TOP, &y.label, theme::small());
    let [max, min] = ends;
    label(pos2(plot.left() - 6.0, plot.top()), Align2::RIGHT_CENTER, &max, font.clone());
    label(pos2(plot.left() - 6.0, plot.bottom()), Align2::RIGHT_CENTER, &min, font.clone());
    let below = plot.bottom() + 4.0;
    label(pos2(plot.left(), below), Align2::LEFT_TOP, &number(x.min), font.clone());
    label(pos2(plot.center().x, below), Align2::CENTER_TOP, &x.label, theme::small());
    label(pos2(plot.right(), below), Align2::RIGHT_TOP, &number(x.max), font);
    Frame { plot }
}

/// Whose curve it is.
#[derive(Clone, Copy, PartialEq)]
enum Whose {
    Yours,
    Measured,
}

/// Paints a curve, broken where it has gaps, its mark at its end.
fn paint_curve(ui: &Ui, frame: &Frame, y: &Axis, columns: &Columns, whose: Whose) {
    let palette = Palette::of(ui);
    let (color, mark) = match whose {
        Whose::Yours => (palette.noise, Icon::Triangle),
        Whose::Measured => (palette.signal, Icon::Disc),
    };
    let stroke = Stroke::new(2.0, color);
    let mut run: Vec<Pos2> = Vec::new();
    let mut end = None;
    let painter = ui.painter().with_clip_rect(frame.plot.expand(8.0));
    for (idx, value) in columns.iter().copied().chain([None]).enumerate() {
        if let Some(value) = value {
            let at = frame.of_column(idx, y, value);
            run.push(at);
            end = Some(at);
            continue;
        }
        match run.as_slice() {
            [] => {}
            [alone] => {
                painter.circle_filled(*alone, 1.5, color);
            }
            points if whose == Whose::Yours => {
                painter.extend(Shape::dashed_line(points, stroke, 6.0, 3.0));
            }
            points => {
                painter.add(Shape::line(points.to_vec(), stroke));
            }
        }
        run.clear();
    }
    if let Some(end) = end {
        icon::paint(&painter, Rect::from_center_size(end, vec2(11.0, 11.0)), mark, color);
    }
}

/// The plot to draw on.
pub(super) fn draw_ui(ui: &mut Ui, strings: &Strings, x: &Axis, y: &Axis, draft: &mut String) {
    let palette = Palette::of(ui);
    let width = ui.available_width();
    let (rect, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::click_and_drag());
    let frame = axes_ui(ui, rect, x, y);
    let mut columns = present(draft);
    let cursor_id = response.id.with("cursor");
    let mut cursor = ui.data(|data| data.get_temp::<usize>(cursor_id)).unwrap_or_default();

    // By pointer: from where it was in the frame before to where it is, so that a fast stroke has no gaps.
    let value_at = |at: Pos2| {
        let along = (at.x - frame.plot.left()) / frame.plot.width();
        let up = ((frame.plot.bottom() - at.y) / frame.plot.height()).clamp(0.0, 1.0);
        (column_at(along), y.min + (y.max - y.min) * f64::from(up))
    };
    if let Some(at) = response.interact_pointer_pos()
        && (response.dragged() || response.clicked() || response.is_pointer_button_down_on())
    {
        let stroke_id = response.id.with("stroke");
        let before = ui.data(|data| data.get_temp::<Pos2>(stroke_id));
        if before.is_none() {
            keep(draft);
        }
        let to = value_at(at);
        join(&mut columns, before.map_or(to, value_at), to);
        replace(draft, &columns, y);
        cursor = to.0;
        if ui.input(|input| input.pointer.any_down()) {
            ui.data_mut(|data| data.insert_temp(stroke_id, at));
        } else {
            ui.data_mut(|data| data.remove::<Pos2>(stroke_id));
        }
        if response.clicked() {
            response.request_focus();
        }
    } else {
        ui.data_mut(|data| data.remove::<Pos2>(response.id.with("stroke")));
    }

    // By keyboard: the column is chosen sideways and its value up and down; what lies between is joined.
    let by_keys = keys(ui, &response);
    if by_keys != Keys::default() {
        cursor = cursor.saturating_add_signed(by_keys.along).min(COLUMNS - 1);
        if by_keys.up != 0 {
            keep(draft);
            let left = columns.iter().enumerate().take(cursor).rev();
            let left = left.filter_map(|(idx, value)| Some((idx, (*value)?))).next();
            let here = columns.get(cursor).copied().flatten();
            let from = here.or(left.map(|(_, value)| value)).unwrap_or((y.min + y.max) * 0.5);
            let value = (from + by_keys.up as f64 * (y.max - y.min) / 50.0).clamp(y.min, y.max);
            let start = left.filter(|_| here.is_none()).unwrap_or((cursor, value));
            join(&mut columns, start, (cursor, value));
            replace(draft, &columns, y);
        }
        if by_keys.clear {
            keep(draft);
            columns = columns_of("");
            replace(draft, &columns, y);
        }
    }
    ui.data_mut(|data| data.insert_temp(cursor_id, cursor));

    if response.has_focus() {
        let at = frame.of_column(cursor, y, y.min).x;
        ui.painter().vline(at, frame.plot.y_range(), Stroke::new(1.0, palette.ink));
    }
    paint_curve(ui, &frame, y, &columns, Whose::Yours);
    focus_ring(ui, &response, rect);
    let name = strings.with("draw-name", [("y", y.label.as_str().into()), ("x", x.label.as_str().into())]);
    let here = columns.get(cursor).copied().flatten().map(|value| y_text(y, value));
    let here = here.unwrap_or_else(|| strings.get("nothing-drawn"));
    response.widget_info(|| WidgetInfo {
        current_text_value: Some(format!("{}: {here}", place_text(x, cursor))),
        ..WidgetInfo::slider(true, cursor as f64, &name)
    });
    let is_empty = columns.iter().all(Option::is_none);
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = size::SMALL_CONTROL;
        let text = if is_empty {
            strings.get("draw-hint")
        } else {
            strings.with("you-drew", [("curve", summary(strings, x, y, &columns).into())])
        };
        let width = ui.available_width() - 104.0;
        let (galley, measured) = crate::prose::wrapped(ui, &text, theme::small(), palette.soft_ink, width);
        let (line, response) = ui.allocate_exact_size(vec2(width, measured.y.max(36.0)), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
        ui.painter().galley(line.min, galley, palette.soft_ink);
        let text = strings.get("undo-stroke");
        if draft.contains('\n') && ui.add(Action::new(Weight::Quiet, &text).small()).clicked() {
            undo(draft);
        }
    });
}

/// What the keys, or assistive technology, ask of the plot.
#[derive(Debug, Default, PartialEq)]
struct Keys {
    along: isize,
    up: isize,
    clear: bool,
}

fn keys(ui: &Ui, response: &egui::Response) -> Keys {
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.add_action(accesskit::Action::Increment);
        node.add_action(accesskit::Action::Decrement);
    });
    let mut keys = ui.input(|input| Keys {
        up: input.num_accesskit_action_requests(response.id, accesskit::Action::Increment) as isize
            - input.num_accesskit_action_requests(response.id, accesskit::Action::Decrement) as isize,
        ..Keys::default()
    });
    if response.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        ui.input(|input| {
            let pressed = |key| input.num_presses(key) as isize;
            keys.along += pressed(Key::ArrowRight) - pressed(Key::ArrowLeft);
            keys.up += pressed(Key::ArrowUp) - pressed(Key::ArrowDown);
            keys.clear = input.key_pressed(Key::Delete) || input.key_pressed(Key::Backspace);
        });
    }
    keys
}

/// Both curves, and where they are farthest apart.
pub(super) fn outcome_ui(
    ui: &mut Ui,
    asked: &Asked<'_>,
    predict: &Predict,
    (x, y): (&Axis, &Axis),
    commitment: &Commitment,
) {
    let palette = Palette::of(ui);
    let strings = asked.strings;
    let yours = columns_of(&commitment.answer);
    let measure = predict.measure.as_deref().unwrap_or_default();
    let curve = asked.session.and_then(|session| session.curve(measure));
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    let frame = axes_ui(ui, rect, x, y);
    paint_curve(ui, &frame, y, &yours, Whose::Yours);
    let you_drew = strings.with("you-drew", [("curve", summary(strings, x, y, &yours).into())]);
    let measured = curve.map(|curve| along_columns(&curve, x));
    let words = match &measured {
        Some(measured) => {
            paint_curve(ui, &frame, y, measured, Whose::Measured);
            let was = summary(strings, x, y, measured);
            format!("{you_drew} {}", strings.with("measured-curve", [("curve", was.into())]))
        }
        None => you_drew,
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &words));
    legend_ui(ui, strings);
    let difference = measured.and_then(|measured| largest_difference(&yours, &measured));
    let text = match difference {
        Some((column, difference)) => strings.with(
            "largest-difference",
            [("difference", y_text(y, difference).into()), ("at", place_text(x, column).into())],
        ),
        None => strings.get("run-to-the-end"),
    };
    line_ui(ui, None, &text, palette.ink);
}

/// Which curve is whose.
fn legend_ui(ui: &mut Ui, strings: &Strings) {
    let palette = Palette::of(ui);
    ui.spacing_mut().interact_size.y = size::SMALL_CONTROL;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let keys = [
            (Icon::Triangle, palette.noise, strings.get("your-curve")),
            (Icon::Disc, palette.signal, strings.get("the-measured-curve")),
        ];
        for (icon, color, text) in keys {
            let (rect, _) = ui.allocate_exact_size(vec2(11.0, 20.0), Sense::hover());
            icon::paint(ui.painter(), rect.shrink2(vec2(0.0, 4.5)), icon, color);
            text_ui(ui, &text, theme::small(), color);
            ui.add_space(10.0);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(label: &str, max: f64) -> Axis {
        Axis { label: label.to_owned(), min: 0.0, max }
    }

    fn drawn(pairs: &[(usize, f64)]) -> Columns {
        let mut columns = columns_of("");
        for (idx, value) in pairs {
            columns[*idx] = Some(*value);
        }
        columns
    }

    #[test]
    fn a_curve_is_read_as_it_was_written() {
        let columns = drawn(&[(0, 1.0), (1, 0.125), (49, 0.0)]);
        let text = text_of(&columns, &axis("y", 1.0));
        assert!(text.starts_with("1.000,0.125,,"), "{text}");
        assert_eq!(columns_of(&text), columns);
        // What someone edited by hand has as many columns as any other.
        assert_eq!(columns_of("1,nan,x,inf").len(), COLUMNS);
    }

    #[test]
    fn gaps_are_filled_by_straight_lines_and_level_ends() {
        let whole = filled(&drawn(&[(10, 1.0), (20, 0.0)]));
        assert_eq!(whole[0], Some(1.0));
        assert_eq!(whole[15], Some(0.5));
        assert_eq!(whole[49], Some(0.0));
        assert_eq!(filled(&columns_of("")), columns_of(""));
    }

    #[test]
    fn a_stroke_leaves_no_gap_in_either_direction() {
        for (from, to) in [((3, 0.0), (9, 0.6)), ((9, 0.6), (3, 0.0))] {
            let mut columns = columns_of("");
            join(&mut columns, from, to);
            assert_eq!(columns.iter().flatten().count(), 7);
            assert!((columns[6].expect("drawn") - 0.3).abs() < 1e-12);
        }
        let mut columns = columns_of("");
        join(&mut columns, (5, 0.2), (5, 0.9));
        assert_eq!(columns, drawn(&[(5, 0.9)]));
    }

    #[test]
    fn two_thirds_have_to_be_drawn() {
        let y = axis("y", 1.0);
        let draft = |n: usize| text_of(&drawn(&(0..n).map(|idx| (idx, 0.5)).collect::<Vec<_>>()), &y);
        assert_eq!(answer(&draft(33), &y), None);
        let answer = answer(&draft(34), &y).expect("enough");
        assert!(columns_of(&answer).iter().all(Option::is_some));
    }

    #[test]
    fn a_draft_goes_back_state_by_state() {
        let y = axis("y", 1.0);
        let mut draft = String::new();
        for idx in 0..100 {
            keep(&mut draft);
            let mut columns = present(&draft);
            columns[idx % COLUMNS] = Some(0.5);
            replace(&mut draft, &columns, &y);
        }
        assert!(draft.lines().count() <= STATES);
        let mut draft = String::new();
        keep(&mut draft);
        replace(&mut draft, &drawn(&[(0, 1.0)]), &y);
        undo(&mut draft);
        assert_eq!(present(&draft), columns_of(""));
    }

    #[test]
    fn the_largest_difference_is_found() {
        let x = axis("t", 1000.0);
        let mut commitment = Commitment::new(text_of(&filled(&drawn(&[(0, 1.0)])), &axis("y", 1.0)), None);
        note_outcome(&mut commitment, &x, &[(0.0, 1.0), (500.0, 0.25), (1000.0, 1.0)]);
        let column = COLUMNS as f64 - 1.0;
        assert!((commitment.note["at"] - 500.0).abs() <= 1000.0 / column);
        assert!((commitment.outcome.expect("measured") - 0.75).abs() < 0.02);
    }
}
