//! Inside one step: its pictures in the order of the formula, the formula in numbers, one pixel on its way, and the lines of
//! Rust that made it all.
//!
//! Pointing at a picture lights its term and its line and dims the others; pointing at a pixel says its numbers.

use egui::{
    Align2, Color32, CornerRadius, EventFilter, Key, Pos2, Rect, Response, Role, Sense, Stroke, StrokeKind,
    Ui, UiBuilder, WidgetInfo, pos2, vec2,
};
use noisebook_lab::{Pixel, PixelMoment, StepFormula};

use crate::act::Act;
use crate::figure::{CAPTION, is_hidden, named_ui, symbol, symbol_at, xray_names};
use crate::lit;
use crate::math::{Formulas, spoken};
use crate::prose::{code_ui, paint_formula};
use crate::session::Session;
use crate::steps::{code, line_of, rule};
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::tiles::mosaic_columns;
use crate::widgets::{focus_ring, text_at};

/// One moment of noising.
const NOISING: &str = "let eps = noise.normal_array(Stream::Forward, 0, 0, x0.dim());
let x_t = q_sample_array(&x0, &eps, schedule.at(t)?);";

/// Between the rows.
const GAP: f32 = 12.0;
/// The least height of the formula and the pixel's course.
const LEAST_MIDDLE: f32 = 96.0;
/// The most.
const MOST_MIDDLE: f32 = 190.0;
/// The least height of a picture, beside its caption.
const LEAST_PICTURE: f32 = 56.0;
/// The room that a value of a pixel needs.
const VALUE: f32 = 80.0;
/// Values beyond this are at the edge of the plot.
const MOST_VALUE: f32 = 3.0;

/// Draws the X-ray into the room there is.
pub(crate) fn xray_ui(
    ui: &mut Ui,
    strings: &Strings,
    formulas: &mut Formulas,
    session: &Session,
    acts: &mut Vec<Act>,
) {
    let is_sampling = session.is_sampling();
    let stage = session.stage.as_ref();
    let formula = stage.and_then(|stage| stage.formula.as_ref());
    let known = formula.and_then(|formula| Some((formula, rule(formula.rule)?)));
    let code = match (&known, is_sampling) {
        (Some((formula, rule)), _) => code(rule, &formula.prediction),
        (None, true) => rule("ddim").map(|rule| code(&rule, "epsilon")).unwrap_or_default(),
        (None, false) => NOISING.to_owned(),
    };
    let rect = ui.available_rect_before_wrap();
    let mut code_height = code.lines().count() as f32 * theme::mono().size * 1.6 + 24.0;
    let names = stage.map(|stage| xray_names(stage, is_sampling)).unwrap_or_default();
    let count = names.len().max(1) as f32;
    let gap = 10.0;
    let width = (rect.width() - gap * (count - 1.0)) / count;
    // What is too much for a low stage gives way to the pictures: the code first, which has a tab of its own.
    let middle_height = if is_sampling { LEAST_MIDDLE + GAP } else { 0.0 };
    let has_room = |below: f32| rect.height() - below >= LEAST_PICTURE + CAPTION;
    let has_code = has_room(code_height + GAP + middle_height);
    if !has_code {
        code_height = 0.0;
    }
    let has_middle = is_sampling && has_room(code_height + GAP + middle_height);
    let below = code_height + GAP + if has_middle { middle_height } else { 0.0 };
    let height = (width + CAPTION).min(rect.height() - below);
    let spare = (rect.height() - height - below).max(0.0);
    let middle = if has_middle { (LEAST_MIDDLE + spare).min(MOST_MIDDLE) } else { 0.0 };
    let top = rect.top() + if is_sampling { 0.0 } else { spare * 0.4 };

    // A picture, a term of a formula and a line of Rust light up together, whichever is pointed at.
    let pointed = lit::name_of(ui.ctx());
    let is_lit = |name: &str| pointed.as_deref().is_some_and(|term| lit::is_of(term, name));
    let any = names.iter().any(|name| is_lit(name));
    for (idx, name) in names.iter().enumerate() {
        let left = rect.left() + idx as f32 * (width + gap);
        let place = Rect::from_min_size(pos2(left, top), vec2(width, height));
        let opacity = if any && !is_lit(name) { 0.45 } else { 1.0 };
        let response = named_ui(ui, strings, formulas, session, name, place, opacity);
        if response.hovered() {
            lit::point_at_picture(ui.ctx(), name);
        }
        let shown = stage.filter(|_| !is_hidden(session, name)).and_then(|stage| stage.pictures.get(*name));
        if let Some(texture) = shown {
            let mosaic = Mosaic::of(session, texture.size());
            cursor_ui(ui, session, &response, &mosaic, acts);
        }
    }
    let mut y = top + height + GAP;
    if has_middle {
        let row = Rect::from_min_size(pos2(rect.left(), y), vec2(rect.width(), middle));
        let (left, right) = row.split_left_right_at_fraction(if row.width() < 700.0 { 0.6 } else { 0.54 });
        let left = Rect::from_min_max(left.min, left.max - vec2(GAP * 0.5, 0.0));
        let right = Rect::from_min_max(right.min + vec2(GAP * 0.5, 0.0), right.max);
        let is_asked = ["pred_eps", "pred_x0", "x_next"].iter().any(|name| is_hidden(session, name));
        match known.filter(|_| !is_asked) {
            Some((formula, rule)) => formula_ui(ui, strings, formulas, formula, rule.tex, left),
            None => {
                let id = if is_asked { "formula-hidden" } else { "formula-none" };
                words_ui(ui, &strings.get(id), left);
            }
        }
        pixel_ui(ui, strings, formulas, session, right, acts);
        y = row.bottom() + GAP;
    }
    if !has_code {
        return;
    }
    let lit = names.iter().find(|name| is_lit(name)).and_then(|name| line_of(&code, name));
    let below = Rect::from_min_size(pos2(rect.left(), y), vec2(rect.width(), code_height));
    ui.scope_builder(UiBuilder::new().max_rect(below), |ui| code_ui(ui, &code, lit));
}

/// The step as its rule, and under it how much of each picture it takes.
fn formula_ui(
    ui: &mut Ui,
    strings: &Strings,
    formulas: &mut Formulas,
    step: &StepFormula,
    tex: &str,
    rect: Rect,
) {
    let palette = Palette::of(ui);
    card(ui, rect);
    let response = ui.interact(rect, ui.scope_id().with("step"), Sense::hover());
    let terms: Vec<String> = step
        .terms
        .iter()
        .map(|term| {
            format!("{} {}", number(term.rate), strings.get(symbol(term.name, step.t, step.t_next).words))
        })
        .collect();
    let words = strings.with(
        "formula-summary",
        [
            ("formula", spoken(tex).into()),
            ("t", step.t.into()),
            ("next", step.t_next.into()),
            ("terms", terms.join(" + ").into()),
        ],
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Math, true, &words));

    let inner = rect.shrink2(vec2(14.0, 10.0));
    let numbers_height = 26.0;
    let note_height = if inner.height() > 110.0 { 22.0 } else { 0.0 };
    if let Ok(formula) = formulas.get(ui.ctx(), palette, tex, 17.0, true) {
        let room = vec2(inner.width(), inner.height() - numbers_height - note_height);
        let scale = (room.x / formula.size.x).min(room.y / formula.size.y).min(1.15);
        let center = pos2(inner.center().x, inner.top() + room.y * 0.5);
        paint_formula(ui, &formula, Rect::from_center_size(center, formula.size * scale));
    }
    numbers_ui(ui, formulas, step, pos2(inner.left(), inner.bottom() - note_height - 8.0), inner.width());
    if note_height > 0.0 {
        let text = strings.get(&format!("rule-{}", step.rule));
        let at = pos2(inner.center().x, inner.bottom() + 2.0);
        text_at(ui, at, Align2::CENTER_BOTTOM, &text, theme::small(), palette.soft_ink);
    }
}

/// "x₄₈₀ = 0.98 x̂₀ + 0.2 ε̂", each symbol as under its picture; they light up when pointed at.
fn numbers_ui(ui: &mut Ui, formulas: &mut Formulas, step: &StepFormula, at: Pos2, width: f32) {
    let palette = Palette::of(ui);
    let mut font = theme::mono();
    let next = symbol("x_next", step.t, step.t_next);
    let pointed = lit::name_of(ui.ctx());
    let measure = |text: &str, font: &egui::FontId| {
        ui.painter().layout_no_wrap(text.to_owned(), font.clone(), palette.ink).size().x
    };
    let texts: Vec<String> = step
        .terms
        .iter()
        .enumerate()
        .map(|(nth, term)| match (nth, term.rate < 0.0) {
            (0, _) => format!(" = {}", number(term.rate)),
            (_, true) => format!(" − {}", number(-term.rate)),
            (_, false) => format!(" + {}", number(term.rate)),
        })
        .collect();
    // A symbol with its mark is about this wide.
    let symbols = 46.0 + 38.0 * texts.len() as f32;
    let width_of = |font: &egui::FontId| texts.iter().map(|text| measure(text, font)).sum::<f32>() + symbols;
    if width_of(&font) > width {
        font = theme::small_mono();
    }
    let wanted = width_of(&font);
    let mut x = at.x + ((width - wanted) * 0.5).max(0.0);
    x = symbol_at(ui, formulas, &next, pos2(x, at.y), 1.0);
    for (term, text) in step.terms.iter().zip(&texts) {
        let from = x;
        let opacity = if term.rate == 0.0 { 0.5 } else { 1.0 };
        let ink = palette.ink.gamma_multiply(opacity);
        let drawn = text_at(ui, pos2(x, at.y + 4.0), Align2::LEFT_BOTTOM, text, font.clone(), ink);
        let mut of = symbol(term.name, step.t, step.t_next);
        of.sub = None;
        x = symbol_at(ui, formulas, &of, pos2(drawn.right() + 5.0, at.y), opacity);
        let place = Rect::from_x_y_ranges(from + 14.0..=x + 3.0, at.y - 18.0..=at.y + 8.0);
        let pointer = ui.ctx().pointer_hover_pos().filter(|at| place.contains(*at));
        if pointer.is_some() {
            lit::point_at_picture(ui.ctx(), term.name);
        }
        if pointed.as_deref().is_some_and(|name| lit::is_of(name, term.name)) {
            let ground = palette.noise.gamma_multiply(0.18);
            ui.painter().rect_filled(place, CornerRadius::same(4), ground);
        }
    }
}

/// A rate with as many digits as tell something.
fn number(rate: f64) -> String {
    let text = match rate.abs() {
        0.0 => "0".to_owned(),
        size if size >= 100.0 => format!("{rate:.0}"),
        size if size >= 10.0 => format!("{rate:.1}"),
        size if size < 0.001 => format!("{rate:.0e}"),
        _ => format!("{rate:.3}"),
    };
    text.replace('-', "−")
}

/// How samples stand in a picture of the stage: side by side in a mosaic, one clear pixel between them.
struct Mosaic {
    columns: usize,
    num: usize,
    size: [usize; 2],
    /// The sides of one sample.
    sample: [usize; 2],
}

impl Mosaic {
    fn of(session: &Session, size: [usize; 2]) -> Self {
        let num = session.settings.int("num").unwrap_or(1).max(1) as usize;
        let columns = mosaic_columns(num);
        let rows = num.div_ceil(columns);
        let [w, h] = size;
        let side = |whole: usize, count: usize| (whole + 1).checked_div(count).unwrap_or(1).max(2) - 1;
        Self { columns, num, size, sample: [side(w, columns), side(h, rows)] }
    }

    /// The pixel at a place of the whole picture, from 0 to 1 each way.
    fn pixel(&self, along: f32, down: f32, c: usize) -> Option<Pixel> {
        let at = |part: f32, whole: usize| ((part * whole as f32).max(0.0) as usize).min(whole.max(1) - 1);
        let (column, row) = (at(along, self.size[0]), at(down, self.size[1]));
        let [w, h] = self.sample;
        let (x, y) = (column % (w + 1), row % (h + 1));
        let sample = row.div_euclid(h + 1) * self.columns + column.div_euclid(w + 1);
        (x < w && y < h && sample < self.num).then_some(Pixel { sample, c, y, x })
    }

    /// Where a pixel is drawn.
    fn place(&self, pixel: Pixel, drawn: Rect) -> Rect {
        let [w, h] = self.sample;
        let column = pixel.sample % self.columns * (w + 1) + pixel.x;
        let row = pixel.sample.div_euclid(self.columns) * (h + 1) + pixel.y;
        let unit = vec2(drawn.width() / self.size[0] as f32, drawn.height() / self.size[1] as f32);
        Rect::from_min_size(drawn.min + vec2(column as f32 * unit.x, row as f32 * unit.y), unit)
    }

    /// The pixel so many columns and rows away, in the same sample.
    fn moved(&self, pixel: Pixel, right: isize, down: isize) -> Pixel {
        let [w, h] = self.sample;
        let along = |at: usize, by: isize, side: usize| at.saturating_add_signed(by).min(side - 1);
        Pixel { x: along(pixel.x, right, w), y: along(pixel.y, down, h), ..pixel }
    }
}

/// Follows the pointer over a picture, and marks the pixel that is looked at.
fn cursor_ui(ui: &Ui, session: &Session, response: &Response, mosaic: &Mosaic, acts: &mut Vec<Act>) {
    let drawn = response.rect;
    // A pointer that rests does not take the place back from the keys.
    let id = egui::Id::unique("xray-pointer");
    let rests = |at: &Pos2| ui.data(|data| data.get_temp(id)) == Some(*at);
    if let Some(at) = response.hover_pos().filter(|at| !rests(at)) {
        ui.data_mut(|data| data.insert_temp(id, at));
        let along = (at - drawn.min) / drawn.size();
        let c = session.probe.map_or(0, |pixel| pixel.c);
        let pixel = mosaic.pixel(along.x, along.y, c);
        if pixel.is_some() && pixel != session.probe {
            acts.push(Act::Probe(pixel));
        }
    }
    if let Some(pixel) = session.probe {
        let place = mosaic.place(pixel, drawn);
        let (ink, page) = (Palette::of(ui).ink, Palette::of(ui).page);
        ui.painter().rect_stroke(place, CornerRadius::ZERO, Stroke::new(1.5, ink), StrokeKind::Outside);
        ui.painter().rect_stroke(
            place.expand(1.5),
            CornerRadius::ZERO,
            Stroke::new(1.0, page),
            StrokeKind::Outside,
        );
    }
}

/// One pixel: its numbers now, and its course along t.
fn pixel_ui(
    ui: &mut Ui,
    strings: &Strings,
    formulas: &mut Formulas,
    session: &Session,
    rect: Rect,
    acts: &mut Vec<Act>,
) {
    let palette = Palette::of(ui);
    card(ui, rect);
    let response = ui.interact(rect, ui.scope_id().with("pixel"), Sense::click());
    focus_ring(ui, &response, rect);
    let x_t = session.stage.as_ref().and_then(|stage| stage.pictures.get("x_t"));
    let mosaic = x_t.map(|texture| Mosaic::of(session, texture.size()));
    if let Some(mosaic) = mosaic.filter(|_| response.has_focus()) {
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let [w, h] = mosaic.sample;
        let (right, down) = ui.input(|input| {
            let by = |on: Key, back: Key| input.num_presses(on) as isize - input.num_presses(back) as isize;
            (by(Key::ArrowRight, Key::ArrowLeft), by(Key::ArrowDown, Key::ArrowUp))
        });
        // The keys begin in the middle.
        let middle = Pixel { sample: 0, c: 0, y: h.div_euclid(2), x: w.div_euclid(2) };
        let now = session.probe.unwrap_or(middle);
        let next = mosaic.moved(now, right, down);
        if session.probe != Some(next) {
            acts.push(Act::Probe(Some(next)));
        }
    }
    let Some(pixel) = session.probe else {
        let text = strings.get("pixel-none");
        response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &text));
        words_in(ui, &text, rect.shrink(12.0));
        return;
    };
    let place = strings.with(
        if session.settings.int("num").unwrap_or(1) > 1 { "pixel-of" } else { "pixel" },
        [
            ("row", (pixel.y + 1).into()),
            ("column", (pixel.x + 1).into()),
            ("picture", (pixel.sample + 1).into()),
        ],
    );
    let channels = session.stage.as_ref().map_or(1, |stage| stage.num_channels);
    let place = if channels == 3 {
        let color = strings.get(["channel-red", "channel-green", "channel-blue"][pixel.c.min(2)]);
        strings.with("pixel-channel", [("place", place.into()), ("color", color.into())])
    } else {
        place
    };
    // Enter, Space or a click: the next color.
    if channels > 1 && response.clicked() {
        acts.push(Act::Probe(Some(Pixel { c: (pixel.c + 1) % channels, ..pixel })));
    }
    let now = session.pixel_now();
    let values: Vec<(&'static str, f32)> = ["x_t", "pred_eps", "pred_x0", "v", "noise"]
        .into_iter()
        .filter(|name| !is_hidden(session, name))
        .filter_map(|name| Some((name, now?.value(name)?)))
        .collect();
    let spoken: Vec<String> = values
        .iter()
        .map(|(name, value)| format!("{} {}", strings.get(symbol(name, 0, 0).words), decimal(*value)))
        .collect();
    let summary = strings.with(
        "pixel-summary",
        [
            ("place", place.as_str().into()),
            ("t", session.stage.as_ref().map_or(session.t(), |stage| stage.t).into()),
            ("values", spoken.join(", ").into()),
        ],
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &summary));

    let inner = rect.shrink2(vec2(12.0, 8.0));
    let font = theme::small();
    text_at(ui, inner.left_top(), Align2::LEFT_TOP, &place, font, palette.soft_ink);
    // As many as have room: the first are the ones that are plotted.
    let order = ["x_t", "pred_x0", "pred_eps", "v", "noise"];
    let fit = ((inner.width() / VALUE).floor() as usize).clamp(1, order.len());
    let known = order.iter().filter_map(|name| values.iter().find(|(known, _)| known == name));
    let seen: Vec<_> = known.take(fit).collect();
    let columns = seen.len().max(1) as f32;
    for (nth, (name, value)) in seen.into_iter().enumerate() {
        let x = inner.left() + nth as f32 * inner.width() / columns;
        let mut of = symbol(name, 0, 0);
        of.sub = None;
        let end = symbol_at(ui, formulas, &of, pos2(x, inner.top() + 34.0), 1.0);
        let at = pos2(end + 4.0, inner.top() + 37.0);
        text_at(ui, at, Align2::LEFT_BOTTOM, &decimal(*value), theme::small_mono(), palette.ink);
    }
    let plot = Rect::from_min_max(inner.min + vec2(22.0, 44.0), inner.max);
    course_ui(ui, session, plot);
}

fn decimal(value: f32) -> String {
    format!("{value:.2}").replace('-', "−")
}

/// x_t and the guessed picture of one pixel along t, noise to the left as on the timeline.
fn course_ui(ui: &Ui, session: &Session, rect: Rect) {
    let palette = Palette::of(ui);
    let painter = ui.painter().with_clip_rect(rect.expand(4.0));
    let (first_t, last_t) = session.ends();
    let width = (first_t as f32 - last_t as f32).max(1.0);
    let x_of = |t: usize| rect.left() + (first_t as f32 - t as f32) / width * rect.width();
    let is_shown = |name: &str| !is_hidden(session, name);
    let value = |moment: &PixelMoment, name: &str| {
        // At the end the finished picture stands where the guess stood.
        let last = || moment.value("x_t").filter(|_| moment.t == 0 && name == "pred_x0");
        moment.value(name).or_else(last).filter(|_| is_shown(name))
    };
    let most = session
        .course
        .iter()
        .flat_map(|moment| ["x_t", "pred_x0"].map(|name| value(moment, name).unwrap_or_default().abs()))
        .fold(1.2, f32::max)
        .min(MOST_VALUE);
    let y_of = |value: f32| rect.center().y - (value / most).clamp(-1.0, 1.0) * rect.height() * 0.5;
    for mark in [-1.0, 0.0, 1.0] {
        let y = y_of(mark);
        painter.hline(rect.x_range(), y, Stroke::new(1.0, palette.rule));
        let text = format!("{mark:.0}").replace('-', "−");
        let at = pos2(rect.left() - 5.0, y);
        text_at(ui, at, Align2::RIGHT_CENTER, &text, egui::FontId::monospace(10.5), palette.soft_ink);
    }
    painter.vline(x_of(session.t()), rect.y_range(), Stroke::new(1.5, palette.ink));
    let line = |name: &str, color: Color32, dashed: bool| {
        let points: Vec<Pos2> = session
            .course
            .iter()
            .filter_map(|moment| Some(pos2(x_of(moment.t), y_of(value(moment, name)?))))
            .collect();
        let stroke = Stroke::new(2.0, color);
        if dashed {
            painter.extend(egui::Shape::dashed_line(&points, stroke, 6.0, 3.0));
        } else {
            painter.add(egui::Shape::line(points, stroke));
        }
    };
    line("x_t", palette.noise, true);
    line("pred_x0", palette.signal, false);
}

fn card(ui: &Ui, rect: Rect) {
    let palette = Palette::of(ui);
    let radius = CornerRadius::same(size::RADIUS_CARD);
    ui.painter().rect(rect, radius, palette.page, Stroke::new(1.0, palette.rule), StrokeKind::Inside);
}

/// Words where something will be.
fn words_ui(ui: &mut Ui, text: &str, rect: Rect) {
    card(ui, rect);
    let response = ui.interact(rect, ui.scope_id().with(text), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    words_in(ui, text, rect.shrink(12.0));
}

fn words_in(ui: &Ui, text: &str, rect: Rect) {
    let palette = Palette::of(ui);
    let (galley, measured) =
        crate::prose::wrapped(ui, text, theme::interface(), palette.soft_ink, rect.width());
    let at = pos2(rect.left(), rect.center().y - measured.y * 0.5);
    ui.painter().galley(at, galley, palette.soft_ink);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pixel_is_found_where_it_is_drawn() {
        // Five samples of 8 × 8 in three columns and two rows.
        let mosaic = Mosaic { columns: 3, num: 5, size: [26, 17], sample: [8, 8] };
        let drawn = Rect::from_min_size(pos2(10.0, 20.0), vec2(260.0, 170.0));
        for sample in 0..5 {
            for (y, x) in [(0, 0), (3, 7), (7, 2)] {
                let pixel = Pixel { sample, c: 0, y, x };
                let at = (mosaic.place(pixel, drawn).center() - drawn.min) / drawn.size();
                assert_eq!(mosaic.pixel(at.x, at.y, 0), Some(pixel));
            }
        }
        // Between two samples, and where the sixth would be.
        assert_eq!(mosaic.pixel(8.5 / 26.0, 0.1, 0), None);
        assert_eq!(mosaic.pixel(0.9, 0.9, 0), None);
        let corner = Pixel { sample: 1, c: 0, y: 0, x: 7 };
        assert_eq!(mosaic.moved(corner, 1, -1), corner);
    }

    #[test]
    fn rates_have_sensible_digits() {
        for (rate, text) in
            [(0.0, "0"), (0.99412, "0.994"), (-0.1, "−0.100"), (157.4, "157"), (0.00004, "4e−5")]
        {
            assert_eq!(number(rate), text);
        }
    }
}
