//! Inside one step: its pictures in the order of the formula, and the lines of Rust that made them.
//!
//! Pointing at a picture lights its line and dims the others.

use egui::{Rect, Ui, pos2, vec2};

use crate::figure::{CAPTION, named_ui, xray_names};
use crate::lit;
use crate::math::Formulas;
use crate::prose::code_ui;
use crate::session::Session;
use crate::strings::Strings;

/// One step of sampling, a line for each picture; x_t comes from the step before.
const SAMPLING: &str = "let pred_eps = denoiser.predict(&x_t, t, &cond)?;
let pred_x0 = ((&x_t - (&pred_eps * noise_rate)?)? / signal_rate)?;
let x_next = sampler.step(&pred_eps, step_idx, &x_t, &mut noise)?;";

/// One moment of noising.
const NOISING: &str = "let eps = noise.normal_array(Stream::Forward, 0, 0, x0.dim());
let x_t = q_sample_array(&x0, &eps, schedule.at(t)?);";

fn line_of(name: &str, is_sampling: bool) -> Option<usize> {
    match (is_sampling, name) {
        (true, "pred_eps") | (false, "eps") => Some(0),
        (true, "pred_x0") | (false, "x_t") => Some(1),
        (true, "x_next") => Some(2),
        _ => None,
    }
}

/// Draws the X-ray into the room there is.
pub(crate) fn xray_ui(ui: &mut Ui, strings: &Strings, formulas: &mut Formulas, session: &Session) {
    let is_sampling = session.is_sampling();
    let code = if is_sampling { SAMPLING } else { NOISING };
    let rect = ui.available_rect_before_wrap();
    let code_height = code.lines().count() as f32 * crate::theme::mono().size * 1.6 + 24.0;
    let names = session.stage.as_ref().map(|stage| xray_names(stage, is_sampling)).unwrap_or_default();
    let count = names.len().max(1) as f32;
    // As little as lets four pictures of 192 points stand side by side at 1280.
    let gap = 10.0;
    let width = (rect.width() - gap * (count - 1.0)) / count;
    let height = (width + CAPTION).min(rect.height() - code_height - 16.0);
    let top = rect.top() + (rect.height() - height - 16.0 - code_height).max(0.0) * 0.4;

    // A picture, a term of a formula and a line of Rust light up together, whichever is pointed at.
    let pointed = lit::name_of(ui.ctx());
    let is_lit = |name: &str| pointed.as_deref().is_some_and(|term| lit::is_of(term, name));
    let any = names.iter().any(|name| is_lit(name));
    for (idx, name) in names.iter().enumerate() {
        let left = rect.left() + idx as f32 * (width + gap);
        let place = Rect::from_min_size(pos2(left, top), vec2(width, height));
        let opacity = if any && !is_lit(name) { 0.45 } else { 1.0 };
        if named_ui(ui, strings, formulas, session, name, place, opacity).hovered() {
            lit::point_at(ui.ctx(), name);
        }
    }
    let lit = names.iter().find(|name| is_lit(name)).and_then(|name| line_of(name, is_sampling));
    let below = Rect::from_min_size(pos2(rect.left(), top + height + 16.0), vec2(rect.width(), code_height));
    ui.scope_builder(egui::UiBuilder::new().max_rect(below), |ui| code_ui(ui, code, lit));
}
