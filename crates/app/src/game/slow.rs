//! One update in slow motion: ten numbered steps, five of D's turn and five of G's.

use egui::{Align2, Context, Key, Popup, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::{Shown, Side};
use crate::act::Act;
use crate::session::Session;
use crate::theme::{self, Palette};
use crate::widgets::{Action, Weight, text_at};

/// The row of buttons, and a line of the sentence under it, in points.
pub(super) const ROW: f32 = 30.0;
/// The side of a button.
const BUTTON: f32 = 24.0;
/// The last step of D's turn, and of G's.
const LAST_OF_CRITIC: u64 = 5;
const LAST: u64 = 10;

/// Sets the step that is looked at.
fn to(substep: u64) -> Act {
    Act::Set { setting: "substep".to_owned(), value: substep.to_string() }
}

/// The keys: U goes to the next step, 0 and Escape leave the slow motion.
pub(crate) fn substep_keys(ctx: &Context, session: &Session) -> Option<Act> {
    let may = session.is_game() && session.is_of_points() && !session.hides("samples");
    if !may || Popup::is_any_open(ctx) || ctx.text_edit_focused() {
        return None;
    }
    let substep = session.substep().unwrap_or_default();
    ctx.input_mut(|input| {
        let mut pressed = |key| input.consume_key(egui::Modifiers::NONE, key);
        if pressed(Key::U) {
            return Some(to(if substep == LAST { 1 } else { substep + 1 }));
        }
        (substep > 0 && (pressed(Key::Num0) || pressed(Key::Escape))).then(|| to(0))
    })
}

/// The row of ten buttons in the upper part of `rect`, and under it what the chosen step is; returns the height that both
/// take.
pub(super) fn slow_ui(ui: &mut Ui, shown: &Shown<'_>, rect: Rect, acts: &mut Vec<Act>) -> f32 {
    let palette = Palette::of(ui);
    let Shown { strings, session, .. } = *shown;
    let present = session.substep();
    let row = Rect::from_min_size(rect.min, vec2(rect.width(), BUTTON));
    let mut x = row.left();
    let caption = strings.get("one-update");
    let width = |text: &str, font| ui.painter().layout_no_wrap(text.to_owned(), font, palette.ink).size().x;
    let buttons = LAST as f32 * (BUTTON + 3.0) + 2.0 * 24.0;
    let slowly = strings.get("play-slowly");
    let slow_width = width(&slowly, theme::small_strong()) + 30.0;
    // The words give way to the buttons where there is no room for both.
    if width(&caption, theme::small()) + 12.0 + buttons + slow_width < row.width() {
        let at = pos2(x, row.center().y);
        x = text_at(ui, at, Align2::LEFT_CENTER, &caption, theme::small(), palette.soft_ink).right() + 12.0;
    }
    for substep in 1..=LAST {
        if substep == 1 || substep == LAST_OF_CRITIC + 1 {
            let name = if substep == 1 { "D" } else { "G" };
            let gap = if substep == 1 { 0.0 } else { 10.0 };
            let at = pos2(x + gap, row.center().y);
            let color = if substep == 1 { palette.ink } else { palette.noise };
            x = text_at(ui, at, Align2::LEFT_CENTER, name, theme::small_strong(), color).right() + 5.0;
        }
        let place = Rect::from_min_size(pos2(x, row.top()), vec2(BUTTON, BUTTON));
        let is_present = present == Some(substep);
        let about = strings.get(&format!("substep-{substep}-name"));
        let response = ui.interact(place, ui.scope_id().with(("substep", substep)), Sense::click());
        let name = strings.with("substep-name", [("number", substep.into()), ("about", about.into())]);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_present, &name));
        let fill = match (is_present, response.hovered()) {
            (true, _) => palette.ink,
            (_, true) => palette.wash,
            _ => palette.page,
        };
        let ink = if is_present { palette.page } else { palette.ink };
        let edge = egui::Stroke::new(1.0, palette.edge);
        ui.painter().rect(place, egui::CornerRadius::same(6), fill, edge, egui::StrokeKind::Inside);
        text_at(ui, place.center(), Align2::CENTER_CENTER, &substep.to_string(), theme::small_strong(), ink);
        crate::widgets::focus_ring(ui, &response, place);
        if response.on_hover_text(format!("{name} (U)")).clicked() {
            acts.push(to(if is_present { 0 } else { substep }));
        }
        x = place.right() + 3.0;
    }
    if x + 8.0 + slow_width < row.right() + 1.0 {
        let place = Rect::from_min_max(pos2(row.right() - slow_width, row.top()), row.max);
        let button = Action::new(Weight::Quiet, &slowly).small().toggle(session.is_slow());
        let builder = UiBuilder::new().id_salt("slowly").max_rect(place);
        if ui
            .scope_builder(builder, |ui| ui.add(button))
            .inner
            .on_hover_text(strings.get("play-slowly-hint"))
            .clicked()
        {
            acts.push(Act::PlaySlowly(!session.is_slow()));
        }
    }
    let Some(substep) = present else {
        return ROW;
    };
    let sentence = sentence(shown, substep);
    let (galley, measured) =
        crate::prose::wrapped(ui, &sentence, theme::interface(), palette.ink, rect.width());
    let place = Rect::from_min_size(pos2(rect.left(), row.bottom() + 5.0), vec2(rect.width(), measured.y));
    let response = ui.interact(place, ui.scope_id().with("sentence"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &sentence));
    ui.painter().galley(place.min, galley, palette.ink);
    place.bottom() - rect.top() + 8.0
}

/// What happens in this step, with the numbers that belong to it.
fn sentence(shown: &Shown<'_>, substep: u64) -> String {
    let Shown { strings, session, .. } = *shown;
    let stage = session.stage.as_ref();
    let name = match substep {
        3 => "loss_critic",
        4 => "grad_norm_critic",
        8 => "loss_generator",
        _ => "",
    };
    let value = match stage.and_then(|stage| stage.number(&Side::First.name(name))) {
        _ if session.hides(name) => strings.get("hidden"),
        Some(value) => crate::numbers::digits(&noisebook_lab::Number { name: "", value, unit: "" }),
        None => String::new(),
    };
    let count = stage.and_then(|stage| stage.points("batch_made")).map_or(0, <[_]>::len);
    if (9..=10).contains(&substep) && session.hides("arrows") {
        let what = strings.get("part-arrows");
        return strings.with("shown-on-commit", [("what", what.into())]).replace('\n', ", ");
    }
    strings.with(&format!("substep-{substep}"), [("value", value.into()), ("count", count.into())])
}
