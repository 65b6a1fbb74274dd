//! How the kernel is, over the cells: that it is being made ready, or why there is none and what to do.

use egui::{CornerRadius, Frame, Margin, Role, Stroke, Ui, WidgetInfo};
use noisebook_kernel::protocol::{Reason, Step};

use super::cell_ui::alert_ui;
use super::{CellAct, Cells, Phase};
use crate::icon::Icon;
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::widgets::{Action, Weight};

/// Where Rust can be had.
const GET_RUST: &str = "https://rustup.rs";

/// Says how the kernel is, where there is something to say.
pub(crate) fn kernel_ui(ui: &mut Ui, strings: &Strings, cells: &Cells, acts: &mut Vec<CellAct>) {
    match &cells.phase {
        Phase::Starting { step, detail, since } => starting_ui(ui, strings, *step, detail, *since, acts),
        Phase::Gone(reason) => gone_ui(ui, strings, reason, acts),
        Phase::Ready if cells.lost_variables => {
            card_ui(ui, |ui| alert_ui(ui, &strings.get("variables-lost")));
        }
        Phase::Off | Phase::Ready => {}
    }
}

/// The one button that concerns all cells; none where nothing was run.
pub(crate) fn restart_ui(ui: &mut Ui, strings: &Strings, cells: &Cells, acts: &mut Vec<CellAct>) {
    if cells.phase == Phase::Ready {
        let text = strings.get("restart-kernel");
        let restart = Action::new(Weight::Quiet, &text);
        if ui.add(restart).on_hover_text(strings.get("restart-kernel-hint")).clicked() {
            acts.push(CellAct::Restart);
        }
    }
}

fn starting_ui(
    ui: &mut Ui,
    strings: &Strings,
    step: Step,
    detail: &str,
    since: f64,
    acts: &mut Vec<CellAct>,
) {
    let palette = Palette::of(ui);
    ui.ctx().request_repaint_after(std::time::Duration::from_millis(250));
    let seconds = (ui.input(|input| input.time) - since).max(0.0).floor();
    let message = match step {
        Step::BuildingHost => "kernel-building-host",
        Step::BuildingTemplate => "kernel-building-template",
        Step::StartingSession => "kernel-starting",
    };
    let sentence = strings.with(message, [("seconds", seconds.into())]);
    card_ui(ui, |ui| {
        let label = ui.label(egui::RichText::new(&sentence).font(theme::interface()).color(palette.ink));
        label.widget_info(|| WidgetInfo::labeled(Role::Status, true, &sentence));
        ui.horizontal(|ui| {
            let stop = strings.get("stop-kernel");
            if ui.add(Action::new(Weight::Outlined, &stop).before(Icon::Stop)).clicked() {
                acts.push(CellAct::Stop);
            }
            // As much of it as there is room for: it changes several times a second.
            let detail = egui::RichText::new(detail).font(theme::small_mono()).color(palette.soft_ink);
            ui.add(egui::Label::new(detail).truncate());
        });
    });
}

fn gone_ui(ui: &mut Ui, strings: &Strings, reason: &Reason, acts: &mut Vec<CellAct>) {
    let (sentence, button) = match reason {
        Reason::NoToolchain => (strings.get("kernel-no-toolchain"), "try-again"),
        Reason::NoSources => (strings.get("kernel-no-sources"), "try-again"),
        Reason::SetUp(why) => (strings.with("kernel-set-up", [("why", why.as_str().into())]), "try-again"),
        Reason::Ended(why) => {
            (strings.with("kernel-ended", [("why", why.as_str().into())]), "restart-kernel")
        }
        Reason::Stopped => return,
    };
    card_ui(ui, |ui| {
        alert_ui(ui, &sentence);
        ui.horizontal(|ui| {
            let again = strings.get(button);
            if ui.add(Action::new(Weight::Primary, &again)).clicked() {
                acts.push(CellAct::Restart);
            }
            if *reason == Reason::NoToolchain {
                let get = strings.get("get-rust");
                if ui.add(Action::new(Weight::Quiet, &get)).on_hover_text(GET_RUST).clicked() {
                    ui.ctx().open_url(egui::OpenUrl::new_tab(GET_RUST));
                }
            }
        });
    });
}

fn card_ui(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let palette = Palette::of(ui);
    let frame = Frame::new()
        .fill(palette.page)
        .stroke(Stroke::new(1.0, palette.rule))
        .corner_radius(CornerRadius::same(size::RADIUS_CARD))
        .inner_margin(Margin::symmetric(14, 12));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        content(ui);
    });
}
