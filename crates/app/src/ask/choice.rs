//! The answers one clicks together: a choice, a number on a slider, an order.

use egui::{CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::answer::{order_of, order_text};
use super::chance::shuffled;
use crate::icon::{self, Icon};
use crate::prose::wrapped;
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::widgets::{Action, Weight, text_ui};

/// Short choices side by side, long ones under each other; returns the index that was taken.
pub(super) fn chips_ui(ui: &mut Ui, choices: &[&str], chosen: Option<usize>) -> Option<usize> {
    let mut taken = None;
    let widths = choices.iter().map(|choice| Action::new(Weight::Outlined, choice).width(ui));
    if widths.fold(0.0, f32::max) > 0.6 * ui.available_width() {
        for (idx, choice) in choices.iter().enumerate() {
            if option_ui(ui, choice, chosen == Some(idx), None) {
                taken = Some(idx);
            }
        }
        return taken;
    }
    ui.horizontal_wrapped(|ui| {
        for (idx, choice) in choices.iter().enumerate() {
            let chip = Action::new(Weight::Outlined, choice).choice(chosen == Some(idx));
            if ui.add(chip).clicked() {
                taken = Some(idx);
            }
        }
    });
    taken
}

/// One choice, wrapped, with a mark once it is known to be right or wrong; true when it was taken.
pub(super) fn option_ui(ui: &mut Ui, text: &str, selected: bool, mark: Option<bool>) -> bool {
    let palette = Palette::of(ui);
    let width = ui.available_width();
    let right = if mark.is_some() { 40.0 } else { 12.0 };
    // A selected choice that is not judged yet is filled with ink, as every selection is.
    let inverted = selected && mark.is_none();
    let ink = if inverted { palette.page } else { palette.ink };
    let (galley, measured) = wrapped(ui, text, theme::interface(), ink, width - 12.0 - right);
    let height = (measured.y + 12.0).max(size::CONTROL);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, selected, text));
    let fill = if inverted {
        palette.ink
    } else if response.hovered() || selected {
        palette.wash
    } else {
        palette.page
    };
    let outline = if selected { palette.ink } else { palette.edge };
    ui.painter().rect(
        rect,
        CornerRadius::same(size::RADIUS_CONTROL),
        fill,
        Stroke::new(1.0, outline),
        StrokeKind::Inside,
    );
    crate::widgets::focus_ring(ui, &response, rect);
    let at = pos2(rect.left() + 12.0, rect.center().y - measured.y * 0.5);
    ui.painter().galley(at, galley, ink);
    if let Some(right) = mark {
        let place = Rect::from_center_size(pos2(rect.right() - 18.0, rect.center().y), vec2(13.0, 13.0));
        let (icon, color) = if right { (Icon::Check, palette.good) } else { (Icon::Cross, palette.ink) };
        icon::paint(ui.painter(), place, icon, color);
    }
    response.clicked()
}

/// Items that move up when they are clicked; returns their order, which the draft holds once one was moved.
pub(super) fn order_ui(ui: &mut Ui, strings: &Strings, items: &[String], draft: &mut String) -> String {
    let order = order_of(draft, items).unwrap_or_else(|| {
        // Any order but the right one; the same each time.
        let mut order = shuffled(items.len(), items.len() as u64);
        if order.iter().copied().eq(0..items.len()) {
            order.reverse();
        }
        order
    });
    let mut moved = order.clone();
    for (place, item) in order.iter().enumerate() {
        let item = items.get(*item).map(String::as_str).unwrap_or_default();
        let name = strings.with("move-up", [("item", item.into())]);
        let text = format!("{}. {item}", place + 1);
        if ui.add(Action::new(Weight::Outlined, &text).name(&name)).clicked() && place > 0 {
            moved.swap(place, place - 1);
        }
    }
    let text = order_text(&moved);
    if moved != order {
        draft.clone_from(&text);
    }
    text
}

/// A number on a slider, and what it is in figures.
pub(super) fn number_ui(
    ui: &mut Ui,
    strings: &Strings,
    (min, max): (f64, f64),
    unit: &str,
    draft: &mut String,
) {
    let step = step_of(min, max, unit);
    let mut value = draft.parse().unwrap_or((min + max) * 0.5);
    let name = strings.get("your-prediction");
    ui.spacing_mut().slider_width = ui.available_width() - 4.0;
    let slider = egui::Slider::new(&mut value, min..=max).step_by(step).show_value(false).trailing_fill(true);
    if ui.add(slider).accessible_name(&name).changed() {
        *draft = plain_number(value, step);
    }
    if draft.is_empty() {
        text_ui(ui, &strings.get("move-the-slider"), theme::interface(), Palette::of(ui).soft_ink);
    } else {
        text_ui(ui, &with_unit(draft, unit), theme::large_mono(), Palette::of(ui).ink);
    }
}

/// The step of a guess. What has a unit and whole ends is counted: there are no 25.1 calls.
pub(super) fn step_of(min: f64, max: f64, unit: &str) -> f64 {
    let is_counted = !unit.is_empty() && min.fract() == 0.0 && max.fract() == 0.0;
    slider_step(min, max).max(if is_counted { 1.0 } else { 0.0 })
}

/// A power of ten that makes a hundred to a thousand places.
pub(super) fn slider_step(min: f64, max: f64) -> f64 {
    10f64.powf(((max - min) / 100.0).log10().floor())
}

pub(super) fn plain_number(value: f64, step: f64) -> String {
    let decimals = (-step.log10()).ceil().max(0.0) as usize;
    format!("{value:.decimals$}")
}

pub(super) fn with_unit(number: &str, unit: &str) -> String {
    match unit {
        "" => number.to_owned(),
        "t" => format!("t = {number}"),
        unit => format!("{number} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_step(min: f64, max: f64, value: f64, expect: &str) {
        assert_eq!(plain_number(value, slider_step(min, max)), expect);
    }

    #[test]
    fn sliders_step_in_powers_of_ten() {
        check_step(0.0, 1000.0, 640.4, "640");
        check_step(0.0, 1.0, 0.537, "0.54");
        check_step(1.0, 20.0, 7.51, "7.5");
        assert_eq!([step_of(0.0, 50.0, "calls"), step_of(0.0, 1000.0, "steps")], [1.0, 10.0]);
        assert!(step_of(1.0, 9.0, "") < 1.0 && step_of(0.0, 0.5, "s") < 1.0);
    }
}
