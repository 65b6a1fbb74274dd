//! Pictures on the stage, each with its symbol, and empty places that say what will be there.

use egui::{
    Align2, CornerRadius, Pos2, Rect, Response, Role, Sense, TextureHandle, Ui, WidgetInfo, pos2, vec2,
};

use crate::act::Act;
use crate::icon::{self, Icon};
use crate::lit;
use crate::mask::mask_ui;
use crate::math::Formulas;
use crate::session::{OnStage, Session};
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::timeline::{paint_sharp, sharp_rect};

/// The height of a caption under a picture.
pub(crate) const CAPTION: f32 = 32.0;

/// What a picture of the registry stands for.
pub(crate) struct Symbol {
    /// Real or made.
    pub is_signal: bool,
    tex: &'static str,
    /// Digits under the line, where t belongs there.
    pub sub: Option<usize>,
    /// The message that says what it is.
    pub words: &'static str,
}

/// The symbol of the picture `name` at `t`; `t_next` is the t after the step.
pub(crate) fn symbol(name: &str, t: usize, t_next: usize) -> Symbol {
    let made = |tex, words| Symbol { is_signal: false, tex, sub: None, words };
    let real = |tex, words| Symbol { is_signal: true, tex, sub: None, words };
    match name {
        "x0" => real(r"\term{signal}{x_0}", "the-picture"),
        "pred_x0" => real(r"\term{signal}{\hat x_0}", "guessed-picture"),
        "pred_eps" => made(r"\term{noise}{\hat\epsilon}", "guessed-noise"),
        "eps" => made(r"\term{noise}{\epsilon}", "the-noise"),
        "v" => made(r"\term{v}{\hat v}", "guessed-velocity"),
        "noise" => made(r"\term{noise}{z}", "fresh-noise"),
        "x0_before" => real(r"\term{signal}{\hat x_0'}", "guess-before"),
        "x0_before_2" => real(r"\term{signal}{\hat x_0''}", "guess-before"),
        "x_before" => made(r"\term{noise}{x'}", "x-before"),
        "eps_before" => made(r"\term{noise}{\hat\epsilon'}", "noise-before"),
        "attention" => made(r"\term{noise}{a}", "attention-map"),
        "difference" => real(r"\Delta\term{signal}{\hat x_0}", "difference-picture"),
        "source" => real(r"\term{signal}{x_0}", "source-picture"),
        "eps_t" => made(r"\term{noise}{\epsilon_t}", "fresh-noise"),
        "healthy" => Symbol { sub: Some(t), ..made(r"\term{noise}{x}", "healthy-picture") },
        "x_next" => Symbol { sub: Some(t_next), ..made(r"\term{noise}{x}", "next-picture") },
        _ => Symbol { sub: Some(t), ..made(r"\term{noise}{x}", "now") },
    }
}

/// Paints a symbol with its mark at the left end of a baseline; returns where it ends.
pub(crate) fn symbol_at(ui: &Ui, formulas: &mut Formulas, symbol: &Symbol, at: Pos2, opacity: f32) -> f32 {
    let palette = Palette::of(ui);
    let (icon, color) =
        if symbol.is_signal { (Icon::Disc, palette.signal) } else { (Icon::Triangle, palette.noise) };
    let color = color.gamma_multiply(opacity);
    let mark = Rect::from_min_size(pos2(at.x, at.y - 10.5), vec2(11.0, 11.0));
    icon::paint(ui.painter(), mark, icon, color);
    let mut x = mark.right() + 6.0;
    if let Ok(formula) = formulas.get(ui.ctx(), palette, symbol.tex, 16.5, false) {
        let snap = |v: f32| (v * ui.pixels_per_point()).round() / ui.pixels_per_point();
        let rect = Rect::from_min_size(pos2(snap(x), snap(at.y - formula.ascent)), formula.size);
        let uv = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
        let tint = egui::Color32::WHITE.gamma_multiply(opacity);
        ui.painter().image(formula.texture.id(), rect, uv, tint);
        x = rect.right();
    }
    if let Some(sub) = symbol.sub {
        let font = egui::FontId::monospace(11.0);
        let below = pos2(x, at.y + 6.0);
        x = crate::widgets::text_at(ui, below, Align2::LEFT_BOTTOM, &sub.to_string(), font, color).right();
    }
    x
}

/// A picture of the stage, its caption under it.
pub(crate) struct Figure<'a> {
    pub symbol: Symbol,
    /// None while there is nothing to show.
    pub texture: Option<&'a TextureHandle>,
    /// What an empty place says.
    pub empty: String,
    /// To the right under the picture.
    pub note: String,
    /// For who cannot see it.
    pub summary: String,
    pub opacity: f32,
}

/// Draws `figure` into `rect`; an empty place is as large as `like` would be.
pub(crate) fn figure_ui(
    ui: &mut Ui,
    formulas: &mut Formulas,
    figure: &Figure<'_>,
    rect: Rect,
    like: Option<&TextureHandle>,
) -> Response {
    let palette = Palette::of(ui);
    let place = Rect::from_min_max(rect.min, rect.max - vec2(0.0, CAPTION));
    let drawn = match figure.texture {
        Some(texture) => paint_sharp(ui, texture, place, size::RADIUS_PICTURE, figure.opacity),
        None => {
            let side = place.width().min(place.height());
            let square = Rect::from_center_size(place.center(), vec2(side, side));
            let drawn = like.map_or(square, |texture| sharp_rect(ui, texture, place));
            icon::dashed_box(ui.painter(), drawn, palette.edge);
            let galley = {
                let mut job = egui::text::LayoutJob::simple(
                    figure.empty.clone(),
                    theme::interface(),
                    palette.soft_ink,
                    drawn.width() - 24.0,
                );
                job.halign = egui::Align::Center;
                ui.painter().layout_job(job)
            };
            // Where it has no room the summary says it.
            if galley.size().y <= drawn.height() {
                let top = drawn.center().y - galley.size().y * 0.5;
                ui.painter().galley(pos2(drawn.center().x, top), galley, palette.soft_ink);
            }
            drawn
        }
    };
    let response = ui.interact(
        drawn,
        ui.scope_id().with(("figure", figure.symbol.tex, figure.symbol.words)),
        Sense::hover(),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &figure.summary));

    let baseline = drawn.bottom() + 23.0;
    let end = symbol_at(ui, formulas, &figure.symbol, pos2(drawn.left(), baseline), figure.opacity);
    let note_color = palette.soft_ink.gamma_multiply(figure.opacity);
    let galley = ui.painter().layout_no_wrap(figure.note.clone(), theme::interface(), note_color);
    // At the right end of the picture, or after the symbol where the picture is narrow, or not at all.
    let x = (drawn.right() - galley.size().x).max(end + 8.0);
    if x + galley.size().x <= drawn.right() + 8.0 {
        ui.painter().galley(pos2(x, baseline - 15.0), galley, note_color);
    }
    response
}

/// The two pictures of the first tab: what goes in and what comes out.
pub(crate) fn pair_ui(
    ui: &mut Ui,
    strings: &Strings,
    formulas: &mut Formulas,
    session: &Session,
    opacity_of: &dyn Fn(&str) -> f32,
    acts: &mut Vec<Act>,
) {
    let mut names: Vec<&str> = if session.known_fault().is_some() {
        // What is broken, and beside it the same without the fault.
        vec!["x_t", "healthy"]
    } else if session.is_sampling() {
        vec!["x_t", "pred_x0"]
    } else {
        vec!["x0", "x_t"]
    };
    // What it is made of, and what is only looked at where it was asked for.
    if session.is_altering() {
        names.insert(0, "source");
    }
    if session.looks_at_a_word() {
        names.push("attention");
    }
    if session.settings.bool("difference").unwrap_or(false) {
        names.push("difference");
    }
    let rect = ui.available_rect_before_wrap();
    let gap = 28.0;
    let num = names.len() as f32;
    let width = (rect.width() - gap * (num - 1.0)) / num;
    // A term that is pointed at lights up its picture: the other one stands back.
    let pointed = lit::name_of(ui.ctx());
    let is_lit = |name: &str| pointed.as_deref().is_some_and(|term| lit::is_of(term, name));
    let any = names.iter().any(|name| is_lit(name));
    for (idx, name) in names.into_iter().enumerate() {
        let left = rect.left() + idx as f32 * (width + gap);
        let place = Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height()));
        let opacity = opacity_of(name) * if any && !is_lit(name) { 0.45 } else { 1.0 };
        let response = named_ui(ui, strings, formulas, session, name, place, opacity);
        if name == "source" {
            mask_ui(ui, session, &response, acts);
        }
    }
}

/// The measure that says who made a picture of an exhibition: 1 is a machine.
const MADE_BY_MACHINE: &str = "made_by_machine";

/// The one picture of an exhibition, as large as it can be; who made it stands there once it is known.
pub(crate) fn exhibit_ui(ui: &mut Ui, strings: &Strings, session: &Session) {
    let palette = Palette::of(ui);
    let rect = ui.available_rect_before_wrap();
    let place = Rect::from_min_max(rect.min, rect.max - vec2(0.0, CAPTION));
    let shown = session.stage.as_ref().and_then(|stage| stage.pictures.get("exhibit"));
    let drawn = match shown {
        Some(texture) => paint_sharp(ui, texture, place, size::RADIUS_PICTURE, 1.0),
        None => {
            let side = place.width().min(place.height());
            let square = Rect::from_center_size(place.center(), vec2(side, side));
            icon::dashed_box(ui.painter(), square, palette.edge);
            let text = session.failure.clone().unwrap_or_else(|| strings.get("exhibits-coming"));
            let anchor = Align2::CENTER_CENTER;
            crate::widgets::text_at(ui, square.center(), anchor, &text, theme::interface(), palette.soft_ink);
            square
        }
    };
    // Of the picture that is seen, which follows the knob a moment later.
    let t = session.stage.as_ref().map_or(session.t(), |stage| stage.t);
    let num = session.num_moments();
    let number = if num > 0 {
        strings.with("picture-of", [("number", t.into()), ("pictures", num.into())])
    } else {
        strings.get("starting")
    };
    let truth = session.measured(MADE_BY_MACHINE, Some(t));
    let truth = truth.and_then(|outcome| outcome.as_ref().ok());
    let maker = truth.filter(|_| !session.hidden.contains(MADE_BY_MACHINE)).map(|truth| {
        if truth.value >= 0.5 {
            (Icon::Triangle, palette.noise, strings.get("by-machine"))
        } else {
            (Icon::Disc, palette.signal, strings.get("by-person"))
        }
    });
    let response = ui.interact(drawn, ui.scope_id().with("exhibit"), Sense::hover());
    let summary = match &maker {
        Some((_, _, words)) => format!("{number}: {words}"),
        None => number.clone(),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &summary));
    let baseline = drawn.bottom() + 16.0;
    let anchor = Align2::LEFT_CENTER;
    if let Some((icon, color, words)) = &maker {
        let mark = Rect::from_center_size(pos2(drawn.left() + 6.0, baseline), vec2(12.0, 12.0));
        icon::paint(ui.painter(), mark, *icon, *color);
        let at = pos2(drawn.left() + 18.0, baseline);
        crate::widgets::text_at(ui, at, anchor, words, theme::strong(), *color);
    }
    let at = pos2(drawn.right(), baseline);
    crate::widgets::text_at(ui, at, Align2::RIGHT_CENTER, &number, theme::interface(), palette.soft_ink);
}

/// The picture `name` of the moment on the stage, hidden or not.
pub(crate) fn named_ui(
    ui: &mut Ui,
    strings: &Strings,
    formulas: &mut Formulas,
    session: &Session,
    name: &str,
    place: Rect,
    opacity: f32,
) -> Response {
    let stage = session.stage.as_ref();
    let t = stage.map_or(session.t(), |stage| stage.t);
    let t_next = session.t_after();
    let mut symbol = symbol(name, t, t_next);
    let hidden = is_hidden(session, name);
    let finished = stage.is_some_and(|stage| session.is_sampling() && stage.t == 0);
    // At t = 0 nothing is guessed any more: the picture itself stands where the guess stood.
    let shown_name = if finished && name == "pred_x0" { "x_t" } else { name };
    if finished && name == "pred_x0" {
        symbol = self::symbol("x0", 0, 0);
    }
    let texture = stage.filter(|_| !hidden).and_then(|stage| stage.pictures.get(shown_name));
    let like = stage.and_then(|stage| stage.pictures.get("x_t"));
    let words = strings.get(symbol.words);
    let rate = |name: &str| {
        let known = stage.filter(|_| !session.hidden.contains(name));
        known.and_then(|stage| stage.number(name))
    };
    let note = if hidden {
        strings.get("hidden")
    } else if let ("x_t", Some(fault)) = (name, session.known_fault()) {
        strings.find(&format!("value-fault-{fault}")).unwrap_or_else(|| fault.to_owned())
    } else {
        match (name, rate("signal_rate"), rate("noise_rate")) {
            ("x_t", Some(signal), Some(noise)) => strings.with(
                "rates",
                [("signal", format!("{signal:.2}").into()), ("noise", format!("{noise:.2}").into())],
            ),
            ("x0" | "source", ..) => {
                let name = session.own_picture_name().filter(|_| session.stage_is_current());
                name.map_or(words.clone(), str::to_owned)
            }
            _ => words.clone(),
        }
    };
    let empty = if hidden {
        strings.with("shown-on-commit", [("what", words.as_str().into())])
    } else if let Some(failure) = &session.failure {
        failure.clone()
    } else {
        let why = if session.num_moments() == 0 { "not-begun" } else { "not-computed" };
        strings.with(why, [("what", words.as_str().into())])
    };
    let summary = if texture.is_some() && name == "source" {
        // It is the same at every t.
        words.clone()
    } else if texture.is_some() {
        strings.with(
            "picture-summary",
            [("what", words.as_str().into()), ("t", t.into()), ("note", note.as_str().into())],
        )
    } else {
        empty.clone()
    };
    let figure = Figure { symbol, texture, empty, note, summary, opacity };
    figure_ui(ui, formulas, &figure, place, like)
}

/// Whether a picture is asked for; the velocity would give away what it is made of.
pub(crate) fn is_hidden(session: &Session, name: &str) -> bool {
    let hides = |name: &str| session.hidden.contains(name);
    hides(name) || (name == "v" && (hides("pred_eps") || hides("pred_x0")))
}

/// A line of words on a washed ground, with a way to dismiss it; true once that was asked for.
pub(crate) fn notice_ui(ui: &mut Ui, strings: &Strings, icon: Icon, sentence: &str) -> bool {
    let palette = Palette::of(ui);
    let dismiss = strings.get("dismiss");
    let width = ui.available_width();
    let inner = width - 14.0 - 22.0 - 50.0;
    let (galley, measured) = crate::prose::wrapped(ui, sentence, theme::interface(), palette.ink, inner);
    let height = (measured.y + 18.0).max(size::CONTROL + 4.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Alert, true, sentence));
    ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS_CONTROL), palette.wash);
    let mark = Rect::from_center_size(pos2(rect.left() + 20.0, rect.center().y), vec2(12.0, 12.0));
    icon::paint(ui.painter(), mark, icon, palette.ink);
    ui.painter().galley(pos2(rect.left() + 36.0, rect.center().y - measured.y * 0.5), galley, palette.ink);
    let button = Rect::from_center_size(
        pos2(rect.right() - 21.0, rect.center().y),
        vec2(size::CONTROL, size::CONTROL),
    );
    let close = crate::widgets::Action::icon(crate::widgets::Weight::Quiet, Icon::Cross, &dismiss);
    ui.put(button, close).clicked()
}

/// What the registry's pictures are at one moment, for the X-ray.
pub(crate) fn xray_names(stage: &OnStage, is_sampling: bool) -> Vec<&'static str> {
    let order: &[&'static str] = if is_sampling {
        &["source", "x_t", "pred_eps", "pred_x0", "v", "noise", "attention", "difference", "x_next"]
    } else {
        &["x0", "eps", "x_t"]
    };
    // Not every step adds noise, and then there is no place for it.
    let sometimes = ["noise", "attention", "difference", "source"];
    let always = |name: &str| is_sampling && !sometimes.contains(&name);
    order.iter().copied().filter(|name| always(name) || stage.pictures.contains_key(name)).collect()
}
