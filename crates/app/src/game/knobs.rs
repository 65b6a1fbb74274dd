//! What can be changed while the game goes on, and what begins a new one: a column beside the planes.

use egui::{Align, Color32, Layout, Rect, Ui, UiBuilder, vec2};
use noisebook_lab::Setting;

use super::Shown;
use crate::act::Act;
use crate::session::Session;
use crate::stage::{choices, setting_name, value_text};
use crate::theme::{self, Palette};
use crate::widgets::{dropdown_width, sized_dropdown_ui, text_ui};

/// The height of a knob, and with what is under it; and between two columns of them.
const KNOB: f32 = 26.0;
const ROW: f32 = KNOB + 4.0;
const BETWEEN: f32 = 22.0;
/// A column is at least as wide as this.
const LEAST_WIDTH: f32 = 150.0;

/// Those in the column, in their order.
const KNOBS: [&str; 12] = [
    "rival",
    "lr_critic",
    "lr_generator",
    "critic_steps",
    "optimizer",
    "batch_size",
    "penalty",
    "clip",
    "layers",
    "width",
    "latent_dim",
    "ema",
];

/// What has a place of its own, beside those in the column, and so none in the row under the stage. Where something is wrong
/// on purpose, the losses are the scenario's.
const ELSEWHERE: [&str; 4] = ["substep", "num_updates", "loss", "scenario"];

/// What never stands in the row under the stage unless it is [`usual`] there.
pub(crate) fn never_in_row() -> Vec<&'static str> {
    [&KNOBS[..], &ELSEWHERE].concat()
}

/// What stands in the row under the stage.
pub(crate) fn usual(session: &Session) -> &'static [&'static str] {
    match (is_scenario(session), session.hides_rival()) {
        (true, true) => &["data"],
        (true, false) => &["data", "scenario"],
        (false, false) if session.has_rival() => &["data", "loss", "rival"],
        (false, _) => &["data", "loss"],
    }
}

fn is_scenario(session: &Session) -> bool {
    session.settings.text("scenario").is_ok_and(|scenario| scenario != "none")
}

/// Those that act here.
pub(super) fn acting(session: &Session) -> Vec<&'static Setting> {
    // A scenario turns them itself.
    if is_scenario(session) || session.is_locked {
        return Vec::new();
    }
    let is_of_points = session.is_of_points();
    let is_loss = |loss: &str| {
        ["loss", "rival"].iter().any(|name| session.settings.text(name).is_ok_and(|value| value == loss))
    };
    let acts = |name: &&str| match *name {
        "layers" | "width" => is_of_points,
        // Where it is played, it stands beside the loss.
        "rival" => !session.has_rival(),
        "penalty" => is_loss("wasserstein-gp"),
        "clip" => is_loss("wasserstein"),
        _ => true,
    };
    let spec = session.settings.spec();
    KNOBS.iter().filter(|name| acts(name)).filter_map(|name| spec.setting(name).ok()).collect()
}

/// A knob: its name, and the text of its value.
fn words(shown: &Shown<'_>, setting: &Setting) -> (String, String) {
    let present = shown.session.settings.get(setting.name).map(ToString::to_string).unwrap_or_default();
    (setting_name(shown.strings, setting), value_text(shown.strings, setting.name, &present))
}

/// How many columns it takes to show all of them in this height, and how wide one is.
fn columns(ui: &Ui, shown: &Shown<'_>, height: f32) -> (usize, f32) {
    let rows = (height / ROW).floor().max(1.0) as usize;
    let knobs = acting(shown.session);
    let width_of = |text: String| ui.painter().layout_no_wrap(text, theme::small(), Color32::BLACK).size().x;
    let widths = knobs.iter().map(|setting| {
        let (name, value) = words(shown, setting);
        width_of(name) + dropdown_width(ui, &value) + 12.0
    });
    (knobs.len().div_ceil(rows).max(1), widths.fold(LEAST_WIDTH, f32::max))
}

/// How wide all of them are in this height.
pub(super) fn width(ui: &Ui, shown: &Shown<'_>, height: f32) -> f32 {
    let (columns, width) = columns(ui, shown, height);
    columns as f32 * (width + BETWEEN) - BETWEEN
}

/// A line for each knob: its name to the left, its value to the right.
pub(super) fn knobs_ui(ui: &mut Ui, shown: &Shown<'_>, rect: Rect, acts: &mut Vec<Act>) {
    let palette = Palette::of(ui);
    let session = shown.session;
    let (columns, least) = columns(ui, shown, rect.height());
    let knobs = acting(session);
    let rows = knobs.len().div_ceil(columns).max(1);
    let width = ((rect.width() + BETWEEN) / columns as f32).max(least + BETWEEN);
    for (nth, setting) in knobs.into_iter().enumerate() {
        let Ok(present) = session.settings.get(setting.name) else {
            continue;
        };
        let (column, row) = (nth.div_euclid(rows) as f32, (nth % rows) as f32);
        let at = rect.min + vec2(column * width, row * ROW);
        let line = Rect::from_min_size(at, vec2(width - BETWEEN, KNOB));
        // Where text is so large that not all find room, the last ones have to wait for a larger window.
        if line.right() > rect.right() + 1.0 || line.bottom() > rect.bottom() + 1.0 {
            continue;
        }
        let (name, _) = words(shown, setting);
        let list = choices(shown.strings, setting, present, &session.labels);
        let layout = Layout::right_to_left(Align::Center);
        let builder = UiBuilder::new().id_salt(setting.name).max_rect(line).layout(layout);
        ui.scope_builder(builder, |ui| {
            ui.spacing_mut().interact_size.y = KNOB;
            if let Some(value) = sized_dropdown_ui(ui, &name, &present.to_string(), &list, KNOB) {
                acts.push(Act::Set { setting: setting.name.to_owned(), value });
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                text_ui(ui, &name, theme::small(), palette.soft_ink).on_hover_text(setting.about);
            });
        });
    }
}
