//! Where a picture may change, painted on the picture itself.
//!
//! A drag over it lets change what lies under the brush; with Shift held, or with the other button, it stays again. For the
//! keyboard there are masks with a name, in the setting beside the others.

use egui::{PointerButton, Response, Sense, Stroke, Ui, pos2, vec2};
use noisebook_lab::Mask;

use crate::act::Act;
use crate::session::Session;
use crate::theme::Palette;
use crate::widgets::is_first_of_drag;

/// The brush's radius, as a share of the picture's side.
const BRUSH: f32 = 0.09;

/// Paints the mask over the drawn source, and follows the brush.
pub(crate) fn mask_ui(ui: &Ui, session: &Session, source: &Response, acts: &mut Vec<Act>) {
    if session.is_locked {
        return;
    }
    let rect = source.rect;
    let present = Mask::named(session.settings.text("mask").unwrap_or_default());
    let palette = Palette::of(ui);
    if let Some(mask) = &present {
        // Dots and not a tint: they can be told from the picture whatever its colors are.
        let side = 32;
        let cell = rect.size() / side as f32;
        for y in 0..side {
            for x in (0..side).filter(|x| mask.has([y, *x], [side, side])) {
                let center = rect.min + vec2((x as f32 + 0.5) * cell.x, (y as f32 + 0.5) * cell.y);
                ui.painter().circle(center, cell.x * 0.26, palette.noise, Stroke::new(0.6, palette.page));
            }
        }
    }
    // A branch alters what its trunk does.
    if session.leaves_at().is_some() {
        return;
    }
    let brush = ui.interact(rect, ui.scope_id().with("mask"), Sense::drag());
    let Some(at) = brush.interact_pointer_pos().filter(|_| brush.dragged() || brush.drag_started()) else {
        return;
    };
    let erases = ui.input(|input| input.modifiers.shift) || brush.dragged_by(PointerButton::Secondary);
    let mut mask = present.clone().unwrap_or_else(Mask::empty);
    let place = pos2((at.x - rect.left()) / rect.width(), (at.y - rect.top()) / rect.height());
    mask.paint([place.x, place.y], BRUSH, !erases);
    let changes = present.as_ref() != Some(&mask);
    let is_new = is_first_of_drag(ui, &brush, changes);
    if !changes {
        return;
    }
    let text = if mask.is_empty() { "none".to_owned() } else { mask.to_text() };
    acts.push(Act::Adjust { settings: vec![("mask".to_owned(), text)], is_new });
}
