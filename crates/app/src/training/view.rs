//! The stage of a training: what the network makes out of the same noise, what it guesses at one t, and its numbers.

use egui::text::{LayoutJob, TextWrapping};
use egui::{Align, Align2, Color32, Layout, Pos2, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::curves::{SHARES, bars_ui, empty_ui, loss_ui, share_mark, shares_ui};
use super::own::SIDE;
use super::plane::{self, Whose};
use crate::act::Act;
use crate::figure::{CAPTION, Figure, figure_ui, symbol};
use crate::icon::{self, Icon};
use crate::lit;
use crate::math::Formulas;
use crate::prose::code_ui;
use crate::session::{OnStage, Session};
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::tiles::Tiles;
use crate::timeline::back_ui;
use crate::widgets::{empty_box_ui, text_at};

/// The column of curves beside the samples, in points.
const BESIDE: (f32, f32) = (196.0, 300.0);
/// Between the two.
const GAP: f32 = 26.0;
/// The line over a plot.
const HEADING: f32 = 24.0;
/// Between samples of a prompt, in points.
const SAMPLE_GAP: f32 = 4.0;
/// A stage lower than this shows the guess without its lines of Rust.
const CODE_FROM: f32 = 320.0;
/// And one lower than this without the knob for t.
const KNOB_FROM: f32 = 170.0;
/// The line with a prompt over its samples, and between two columns of prompts.
const PROMPT: f32 = 20.0;
const PROMPT_GAP: f32 = 20.0;
/// So many samples of each prompt are seen, if there are as many.
const LEAST_EACH: usize = 3;
/// Samples are drawn so large that at least so many are seen, if there are as many.
const LEAST_SAMPLES: usize = 20;

/// Samples or points as large as they can be, and beside them the loss.
pub(crate) fn training_ui(ui: &mut Ui, strings: &Strings, session: &Session, opacity: f32) {
    let rect = ui.available_rect_before_wrap();
    let width = (rect.width() * 0.36).clamp(BESIDE.0, BESIDE.1);
    let beside = Rect::from_min_max(pos2(rect.right() - width, rect.top()), rect.max);
    let place = Rect::from_min_max(rect.min, pos2(beside.left() - GAP, rect.bottom() - CAPTION));
    let drawn = made_ui(ui, strings, session, place, opacity);
    caption_ui(ui, strings, session, drawn, place.right());
    beside_ui(ui, strings, session, beside);
}

/// What the network makes; returns where it is.
fn made_ui(ui: &mut Ui, strings: &Strings, session: &Session, place: Rect, opacity: f32) -> Rect {
    let hidden = session.hidden.contains("samples");
    let stage = session.stage.as_ref().filter(|_| !hidden);
    let side = place.width().min(place.height());
    let square = Rect::from_center_size(place.center(), vec2(side, side));
    let points = stage.and_then(|stage| stage.points("samples"));
    let samples =
        stage.and_then(|stage| Some(Tiles::of((stage.pictures.get("samples")?, stage.num_samples))));
    let mut shown = None;
    let drawn = match (stage, points, samples) {
        (Some(stage), Some(points), _) => {
            plane::ground_ui(ui, square);
            plane::paint_points(ui, square, stage.points("data").unwrap_or_default(), Whose::Real);
            plane::paint_points(ui, square, points, Whose::Made);
            square
        }
        (_, _, Some(tiles)) => {
            let (drawn, num_shown) = if session.prompts.is_empty() {
                samples_ui(ui, &tiles, place, opacity)
            } else {
                prompted_ui(ui, strings, session, &tiles, place, opacity)
            };
            shown = Some((num_shown, tiles.num()));
            drawn
        }
        _ => {
            let text = match (&session.failure, hidden) {
                (Some(failure), _) => failure.clone(),
                (None, true) => {
                    strings.with("shown-on-commit", [("what", strings.get("made-pictures").into())])
                }
                (None, false) => strings.get("samples-coming"),
            };
            empty_box_ui(ui, square, "made", &text);
            return square;
        }
    };
    let summary = summary(strings, session, shown);
    let response = ui.interact(drawn, ui.scope_id().with("made"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &summary));
    drawn
}

/// "16 pictures made after update 120. Read by the classifier: 0.81."
fn summary(strings: &Strings, session: &Session, shown: Option<(usize, usize)>) -> String {
    let Some(stage) = &session.stage else {
        return String::new();
    };
    let mut words = match shown {
        Some((num, _)) => {
            strings.with("samples-summary", [("count", num.into()), ("update", stage.t.into())])
        }
        None => strings.with(
            "points-summary",
            [
                ("made", stage.points("samples").map_or(0, <[_]>::len).into()),
                ("real", stage.points("data").map_or(0, <[_]>::len).into()),
                ("update", stage.t.into()),
            ],
        ),
    };
    for (_, name, value) in judged(strings, session, stage) {
        words += &format!(" {name}: {value}.");
    }
    words
}

/// What independent eyes say of the samples: a measure, its name here, and its value.
fn judged(strings: &Strings, session: &Session, stage: &OnStage) -> Vec<(&'static str, String, String)> {
    let mut found = Vec::new();
    for name in ["adherence", "modes", "coverage", "copies"].into_iter().chain(SHARES) {
        let Some(value) = stage.number(name).filter(|value| value.is_finite()) else {
            continue;
        };
        if session.hidden.contains(name) {
            continue;
        }
        let value = if name == "modes" { format!("{value:.0}") } else { format!("{:.0} %", 100.0 * value) };
        found.push((name, strings.get(&format!("number-{name}")), value));
    }
    found
}

/// As many samples as have room; returns where they are, and how many those are.
fn samples_ui(ui: &Ui, tiles: &Tiles<'_>, place: Rect, opacity: f32) -> (Rect, usize) {
    let places = tiles.places(ui, place, 0.0, LEAST_SAMPLES);
    for (idx, target) in places.each.iter().enumerate() {
        sample_ui(ui, tiles, idx, *target, opacity);
    }
    (places.whole, places.each.len())
}

/// One of the samples.
fn sample_ui(ui: &Ui, tiles: &Tiles<'_>, idx: usize, target: Rect, opacity: f32) {
    back_ui(ui, target, 0, opacity);
    tiles.paint(ui, idx, target, Color32::WHITE.gamma_multiply(opacity));
}

/// Samples that were asked for in words, under their prompts; returns where they are, and how many found room.
fn prompted_ui(
    ui: &mut Ui,
    strings: &Strings,
    session: &Session,
    tiles: &Tiles<'_>,
    place: Rect,
    opacity: f32,
) -> (Rect, usize) {
    let palette = Palette::of(ui);
    let num_prompts = session.prompts.len().max(1);
    let num_each = tiles.num().div_euclid(num_prompts).max(1);
    let pixels_per_point = ui.pixels_per_point();
    let snap = |v: f32| (v * pixels_per_point).round() / pixels_per_point;
    let side_of = |times: usize| (SIDE * times) as f32 / pixels_per_point;
    // How many samples of a prompt have room beside each other, in so many columns of prompts and so large.
    let fitting = |columns: usize, times: usize| {
        let width = (place.width() + PROMPT_GAP) / columns as f32 - PROMPT_GAP;
        let height = num_prompts.div_ceil(columns) as f32 * (side_of(times) + PROMPT + SAMPLE_GAP);
        let each = ((width + SAMPLE_GAP) / (side_of(times) + SAMPLE_GAP)).floor().max(0.0) as usize;
        if height <= place.height() { each.min(num_each) } else { 0 }
    };
    let all = (1..=24).rev().flat_map(|times| [2, 1, 3, 4].map(|columns| (columns, times)));
    let chosen =
        all.into_iter().find(|(columns, times)| fitting(*columns, *times) >= LEAST_EACH.min(num_each));
    let (columns, times) = chosen.unwrap_or((4, 1));
    let (each, side) = (fitting(columns, times).max(1), side_of(times));
    let width = (place.width() + PROMPT_GAP) / columns as f32 - PROMPT_GAP;
    let mut drawn = Rect::NOTHING;
    for (nth, prompt) in session.prompts.iter().enumerate() {
        let (column, row) = ((nth % columns) as f32, nth.div_euclid(columns) as f32);
        let min = place.min + vec2(column * (width + PROMPT_GAP), row * (side + PROMPT + SAMPLE_GAP));
        let min = pos2(snap(min.x), snap(min.y));
        let mut line = LayoutJob::simple_singleline((*prompt).to_owned(), theme::small(), palette.ink);
        line.wrap = TextWrapping::truncate_at_width(width);
        let galley = ui.painter().layout_job(line);
        ui.painter().galley(min, galley, palette.ink);
        let strip = Rect::from_min_size(min, vec2(width, PROMPT + side));
        for nth_of in 0..each {
            let x = snap(min.x + nth_of as f32 * (side + SAMPLE_GAP));
            let target = Rect::from_min_size(pos2(x, snap(min.y + PROMPT)), vec2(side, side));
            sample_ui(ui, tiles, nth + nth_of * num_prompts, target, opacity);
        }
        let words = strings.with("prompted-summary", [("count", each.into()), ("prompt", (*prompt).into())]);
        let response = ui.interact(strip, ui.scope_id().with(("prompt", nth)), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
        response.on_hover_text(*prompt);
        drawn |= strip;
    }
    (drawn, each * session.prompts.len())
}

/// Under the samples: what they are, and how long it took.
fn caption_ui(ui: &mut Ui, strings: &Strings, session: &Session, drawn: Rect, end: f32) {
    let palette = Palette::of(ui);
    let y = drawn.bottom() + 17.0;
    let mut x = drawn.left();
    let made = |id| (Icon::Triangle, palette.noise, strings.get(id));
    let keys = if session.is_of_points() {
        vec![(Icon::Disc, palette.signal, strings.get("real-points")), made("made-points")]
    } else {
        vec![made("made-now")]
    };
    for (icon, color, text) in keys {
        let mark = Rect::from_center_size(pos2(x + 6.0, y), vec2(11.0, 11.0));
        icon::paint(ui.painter(), mark, icon, color);
        let at = pos2(x + 17.0, y);
        x = text_at(ui, at, Align2::LEFT_CENTER, &text, theme::interface(), color).right() + 16.0;
    }
    let is_earlier = session.is_at_earlier_state();
    let seconds = if is_earlier { session.seconds_here() } else { session.seconds };
    let has_learned = if is_earlier { session.t() > 0 } else { session.has_learned() };
    let text = if session.is_playing() {
        strings.with("learning-for", [("seconds", format!("{seconds:.0}").into())])
    } else if has_learned {
        strings.with("learned-for", [("seconds", format!("{seconds:.0}").into())])
    } else if session.settings.text("start").is_ok_and(|start| start == "checkpoint") {
        strings.get("learned-before")
    } else {
        strings.get("not-learned-yet")
    };
    let galley = ui.painter().layout_no_wrap(text.clone(), theme::interface(), palette.soft_ink);
    let right = drawn.right().max(x + galley.size().x).min(end);
    let place = Rect::from_min_size(pos2(right - galley.size().x, y - galley.size().y * 0.5), galley.size());
    // Where there is no room for both, the mark says enough.
    if place.left() >= x - 8.0 {
        let response = ui.interact(place, ui.scope_id().with("seconds"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
        ui.painter().galley(place.min, galley, palette.soft_ink);
    }
}

/// What runs along t at which the guess is shown.
fn t_of(session: &Session) -> f64 {
    session.settings.int("t").unwrap_or(500) as f64
}

/// The last update of the whole training.
fn num_updates(session: &Session) -> usize {
    session.ends().1
}

/// A line over a plot: what it shows, and its value now.
fn heading_ui(ui: &mut Ui, rect: Rect, text: &str, value: &str) {
    let palette = Palette::of(ui);
    let line = Rect::from_min_size(rect.min, vec2(rect.width(), HEADING));
    text_at(ui, line.left_center(), Align2::LEFT_CENTER, text, theme::small_strong(), palette.ink);
    text_at(ui, line.right_center(), Align2::RIGHT_CENTER, value, theme::small_mono(), palette.soft_ink);
}

fn beside_ui(ui: &mut Ui, strings: &Strings, session: &Session, rect: Rect) {
    let palette = Palette::of(ui);
    let lines = session.stage.as_ref().map(|stage| judged(strings, session, stage)).unwrap_or_default();
    let judged_height = lines.len() as f32 * HEADING;
    let plots = Rect::from_min_max(rect.min, rect.max - vec2(0.0, judged_height + 4.0));
    // Where the shares of right samples are drawn, the lines under the plots say which is which.
    let shown =
        if session.is_of_scenes() { [PlotOf::Shares, PlotOf::Loss] } else { [PlotOf::Loss, PlotOf::Times] };
    plots_ui(ui, strings, session, plots, &shown);
    for (nth, (measure, name, value)) in lines.iter().enumerate() {
        let top = plots.bottom() + 4.0 + nth as f32 * HEADING;
        let line = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), HEADING));
        let response = ui.interact(line, ui.scope_id().with(("judged", nth)), Sense::hover());
        let both = format!("{name}: {value}");
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &both));
        let mut left = line.left_center();
        if let Some((icon, color)) = share_mark(palette, measure) {
            let mark = Rect::from_center_size(left + vec2(6.0, 0.0), vec2(11.0, 11.0));
            icon::paint(ui.painter(), mark, icon, color);
            left.x += 18.0;
        }
        text_at(ui, left, Align2::LEFT_CENTER, name, theme::small(), palette.soft_ink);
        text_at(ui, line.right_center(), Align2::RIGHT_CENTER, value, theme::mono(), palette.ink);
    }
}

/// What a plot beside the samples is of.
#[derive(Clone, Copy)]
enum PlotOf {
    /// The shares of the samples that are right.
    Shares,
    /// The loss over the updates.
    Loss,
    /// The loss over t.
    Times,
}

/// Plots under each other.
fn plots_ui(ui: &mut Ui, strings: &Strings, session: &Session, rect: Rect, plots: &[PlotOf]) {
    let each = rect.height() / plots.len().max(1) as f32;
    for (nth, plot) in plots.iter().enumerate() {
        let place = Rect::from_min_size(rect.min + vec2(0.0, nth as f32 * each), vec2(rect.width(), each));
        plot_ui(ui, strings, session, place, *plot);
    }
}

/// A plot under its name, or that it is shown later.
fn plot_ui(ui: &mut Ui, strings: &Strings, session: &Session, rect: Rect, plot: PlotOf) {
    let below = Rect::from_min_max(rect.min + vec2(0.0, HEADING), rect.max - vec2(0.0, 4.0));
    let stage = session.stage.as_ref();
    let series = |name| stage.map(|stage| stage.series(name)).unwrap_or_default();
    let shown: Vec<&str> = SHARES.into_iter().filter(|name| !session.hidden.contains(*name)).collect();
    let (name, is_hidden) = match plot {
        PlotOf::Shares => (strings.get("shares"), shown.is_empty()),
        PlotOf::Loss => (strings.get("number-loss"), session.hidden.contains("loss")),
        PlotOf::Times => (strings.get("loss-by-t"), session.hidden.contains("loss")),
    };
    if is_hidden {
        heading_ui(ui, rect, &name, "");
        let text = strings.with("shown-on-commit", [("what", name.as_str().into())]);
        return empty_ui(ui, &name, below, &text);
    }
    match plot {
        PlotOf::Shares => {
            heading_ui(ui, rect, &name, "");
            let curves: Vec<_> = shown.into_iter().map(|name| (name, series(name))).collect();
            shares_ui(ui, strings, below, &curves, num_updates(session));
        }
        PlotOf::Loss => {
            let tail = if session.is_at_earlier_state() { &[] } else { session.losses.as_slice() };
            let newest = tail.last().map(|(_, loss)| *loss);
            let newest = newest.or_else(|| stage.and_then(|stage| stage.number("loss")));
            let newest = newest.filter(|loss| loss.is_finite()).map(|loss| format!("{loss:.3}"));
            heading_ui(ui, rect, &name, &newest.unwrap_or_default());
            loss_ui(ui, strings, below, series("loss"), tail, num_updates(session));
        }
        PlotOf::Times => {
            heading_ui(ui, rect, &name, "");
            bars_ui(ui, strings, below, series("loss_by_t"), t_of(session));
        }
    }
}

/// The numbers of a state beside its plots, which are large here.
pub(crate) fn numbers_ui(ui: &mut Ui, strings: &Strings, session: &Session) {
    let rect = ui.available_rect_before_wrap();
    let (table_width, gap) = (220.0, 26.0);
    let table = Rect::from_min_size(rect.min, vec2(table_width, rect.height()));
    let column = UiBuilder::new().max_rect(table).layout(Layout::top_down(Align::Min));
    if let Some(stage) = &session.stage {
        ui.scope_builder(column, |ui| crate::numbers::table_ui(ui, strings, session, stage));
    }
    let plots = Rect::from_min_max(rect.min + vec2(table_width + gap, 0.0), rect.max);
    plots_ui(ui, strings, session, plots, &[PlotOf::Loss, PlotOf::Times]);
}

/// What the network is shown at one t, what it guesses, and the truth; under them the lines of Rust that train it.
pub(crate) fn guess_ui(
    ui: &mut Ui,
    strings: &Strings,
    formulas: &mut Formulas,
    session: &Session,
    acts: &mut Vec<Act>,
) {
    let guesses_noise = session.settings.text("prediction").is_ok_and(|prediction| prediction == "epsilon");
    let code = code(session);
    let rect = ui.available_rect_before_wrap();
    let has_knob = rect.height() >= KNOB_FROM;
    let top = rect.top() + if has_knob { t_ui(ui, strings, session, rect, acts) } else { 0.0 };
    // In a low window the pictures are worth more than the lines that stand in the cells too.
    let has_code = rect.height() >= CODE_FROM;
    let code_height = code.lines().count() as f32 * theme::mono().size * 1.6 + 24.0;
    let code_height = if has_code { code_height } else { 0.0 };
    let room =
        Rect::from_min_max(pos2(rect.left(), top), pos2(rect.right(), rect.bottom() - code_height - 12.0));
    let names = if guesses_noise { ["x_t", "pred_eps", "eps"] } else { ["x_t", "pred_x0", "x0"] };
    let pointed = lit::name_of(ui.ctx());
    let is_lit = |name: &str| pointed.as_deref().is_some_and(|term| lit::is_of(term, name));
    let any = names.iter().any(|name| is_lit(name));
    if session.is_of_points() {
        guessed_points_ui(ui, strings, session, room);
    } else {
        let gap = 18.0;
        let width = (room.width() - 2.0 * gap) / 3.0;
        for (nth, name) in names.iter().enumerate() {
            let left = room.left() + nth as f32 * (width + gap);
            let place = Rect::from_min_size(pos2(left, room.top()), vec2(width, room.height()));
            let opacity = if any && !is_lit(name) { 0.45 } else { 1.0 };
            guessed_ui(ui, strings, formulas, session, name, place, opacity);
        }
    }
    let lit = names.iter().find(|name| is_lit(name)).map(|name| match *name {
        "x_t" => 0,
        "pred_x0" | "pred_eps" => 1,
        _ => 2,
    });
    if !has_code {
        return;
    }
    let below =
        Rect::from_min_size(pos2(rect.left(), rect.bottom() - code_height), vec2(rect.width(), code_height));
    ui.scope_builder(UiBuilder::new().max_rect(below), |ui| code_ui(ui, &code, lit));
}

/// One update, a line for each part of it.
fn code(session: &Session) -> String {
    let guess = match session.settings.text("prediction") {
        Ok("epsilon") => ("pred_eps", "eps"),
        Ok("v") => ("pred_v", "v"),
        _ => ("pred_x0", "x0"),
    };
    let (pred, truth) = guess;
    format!(
        "let x_t = mix(&x0, &eps, t)?;\nlet {pred} = net.forward(&x_t, t)?;\nlet loss = mse_loss(&{pred}, &{truth})?;\nadam.backward_step(&loss)?;"
    )
}

/// The knob for t; returns the height it takes.
fn t_ui(ui: &mut Ui, strings: &Strings, session: &Session, rect: Rect, acts: &mut Vec<Act>) -> f32 {
    let palette = Palette::of(ui);
    let present = session.settings.int("t").unwrap_or(500);
    let id = ui.scope_id().with("t of the guess");
    // What was asked for stands there until the training has heard of it.
    let wanted: Option<(u64, u64)> = ui.data(|data| data.get_temp(id));
    let mut t = wanted.filter(|(over, _)| *over == present).map_or(present, |(_, wanted)| wanted);
    let row = Rect::from_min_size(rect.min, vec2(rect.width(), size::CONTROL));
    let layout = UiBuilder::new().max_rect(row).layout(Layout::left_to_right(Align::Center));
    ui.scope_builder(layout, |ui| {
        ui.spacing_mut().item_spacing.x = 14.0;
        ui.spacing_mut().interact_size.y = size::CONTROL;
        let text = format!("t = {t}");
        let widest =
            ui.painter().layout_no_wrap("t = 1000".to_owned(), theme::large_mono(), palette.ink).size();
        let (place, response) = ui.allocate_exact_size(vec2(widest.x, size::CONTROL), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
        text_at(ui, place.left_center(), Align2::LEFT_CENTER, &text, theme::large_mono(), palette.ink);
        ui.spacing_mut().slider_width = (ui.available_width() - 8.0).clamp(80.0, 420.0);
        let slider = egui::Slider::new(&mut t, 1..=1000).show_value(false).trailing_fill(true);
        let response = ui.add(slider).accessible_name(strings.get("t-of-guess"));
        if response.changed() {
            ui.data_mut(|data| data.insert_temp(id, (present, t)));
            acts.push(Act::Set { setting: "t".to_owned(), value: t.to_string() });
        }
    });
    size::CONTROL + 8.0
}

fn guessed_ui(
    ui: &mut Ui,
    strings: &Strings,
    formulas: &mut Formulas,
    session: &Session,
    name: &str,
    place: Rect,
    opacity: f32,
) {
    let stage = session.stage.as_ref();
    let t = t_of(session) as usize;
    let symbol = symbol(name, t, t);
    let hidden = session.hidden.contains(name);
    let texture = stage.filter(|_| !hidden).and_then(|stage| stage.pictures.get(name));
    let words = strings.get(match name {
        "x_t" => "shown-to-it",
        "pred_x0" | "pred_eps" => "its-guess",
        _ => "the-truth",
    });
    let empty = if hidden {
        strings.with("shown-on-commit", [("what", words.as_str().into())])
    } else {
        session.failure.clone().unwrap_or_else(|| strings.get("guess-coming"))
    };
    let summary = match (texture, stage) {
        (Some(_), Some(stage)) => strings.with(
            "guess-summary",
            [("what", words.as_str().into()), ("t", t.into()), ("update", stage.t.into())],
        ),
        _ => empty.clone(),
    };
    let like = stage.and_then(|stage| stage.pictures.get("x_t"));
    let figure = Figure { symbol, texture, empty, note: words, summary, opacity };
    if figure_ui(ui, formulas, &figure, place, like).hovered() {
        lit::point_at(ui.ctx(), name);
    }
}

/// Noised points, each with an arrow to where the network believes it came from.
fn guessed_points_ui(ui: &mut Ui, strings: &Strings, session: &Session, room: Rect) {
    let palette = Palette::of(ui);
    let place = Rect::from_min_max(room.min, room.max - vec2(0.0, CAPTION));
    let side = place.width().min(place.height());
    let square = Rect::from_center_size(place.center(), vec2(side, side));
    let hidden = session.hidden.contains("pred_x0");
    let Some(stage) = session.stage.as_ref() else {
        return empty_ui(ui, "guess", square, &strings.get("guess-coming"));
    };
    let (Some(x_t), Some(pred_x0)) = (stage.points("x_t"), stage.points("pred_x0")) else {
        return empty_ui(ui, "guess", square, &strings.get("guess-coming"));
    };
    plane::ground_ui(ui, square);
    plane::paint_points(ui, square, stage.points("data").unwrap_or_default(), Whose::Real);
    if !hidden {
        let arrows: Vec<([f32; 2], [f32; 2])> = x_t
            .iter()
            .zip(pred_x0)
            .take(160)
            .map(|(from, to)| (*from, [to[0] - from[0], to[1] - from[1]]))
            .collect();
        plane::paint_arrows(ui, square, &arrows);
    }
    plane::paint_points(ui, square, x_t, Whose::Made);
    let t = t_of(session) as usize;
    let summary = strings.with("arrows-summary", [("t", t.into()), ("update", stage.t.into())]);
    let response = ui.interact(square, ui.scope_id().with("guess"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &summary));
    let y = square.bottom() + 17.0;
    let mut x = square.left();
    let keys = [
        (Icon::Disc, palette.signal, "real-points"),
        (Icon::Triangle, palette.noise, "noised-points"),
        (Icon::ArrowRight, palette.soft_ink, "its-guess"),
    ];
    for (icon, color, id) in keys {
        let mark = Rect::from_center_size(Pos2::new(x + 6.0, y), vec2(11.0, 11.0));
        icon::paint(ui.painter(), mark, icon, color);
        let at = pos2(x + 17.0, y);
        x = text_at(ui, at, Align2::LEFT_CENTER, &strings.get(id), theme::small(), color).right() + 12.0;
    }
}
