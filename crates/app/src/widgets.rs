//! The few controls that the window is made of, each with a name for assistive technology.

use egui::{
    Align2, Color32, CornerRadius, FontId, Popup, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2,
    Widget, WidgetInfo, pos2, vec2,
};

use crate::icon::{self, Icon};
use crate::theme::{self, Palette, size};

/// How much a button asks for attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// The one thing to do next: filled with ink.
    Primary,
    /// One of several: outlined.
    Outlined,
    /// Words one can click.
    Quiet,
}

/// A button: an icon, words, or both.
pub(crate) struct Action<'a> {
    weight: Weight,
    text: &'a str,
    name: Option<&'a str>,
    before: Option<Icon>,
    after: Option<Icon>,
    role: Role,
    selected: Option<bool>,
    font: FontId,
    height: f32,
}

impl<'a> Action<'a> {
    pub fn new(weight: Weight, text: &'a str) -> Self {
        Self {
            weight,
            text,
            name: None,
            before: None,
            after: None,
            role: Role::Button,
            selected: None,
            font: theme::strong(),
            height: size::CONTROL,
        }
    }

    /// Smaller, to stand in a line of small text.
    pub fn small(mut self) -> Self {
        self.font = theme::small_strong();
        self.height = size::SMALL_CONTROL;
        self
    }

    /// A square button with nothing but an icon, called `name`.
    pub fn icon(weight: Weight, icon: Icon, name: &'a str) -> Self {
        Self { name: Some(name), before: Some(icon), ..Self::new(weight, "") }
    }

    /// What assistive technology calls it where the words do not say enough.
    pub fn name(mut self, name: &'a str) -> Self {
        self.name = Some(name);
        self
    }

    pub fn before(mut self, icon: Icon) -> Self {
        self.before = Some(icon);
        self
    }

    pub fn after(mut self, icon: Icon) -> Self {
        self.after = Some(icon);
        self
    }

    /// One of several that exclude each other; a selected one is filled with ink.
    pub fn choice(mut self, selected: bool) -> Self {
        self.role = Role::RadioButton;
        self.selected = Some(selected);
        if selected {
            self.weight = Weight::Primary;
        }
        self
    }

    /// On or off by itself; what is on is filled with ink.
    pub fn toggle(self, is_on: bool) -> Self {
        Self { role: Role::CheckBox, ..self.choice(is_on) }
    }

    pub fn font(mut self, font: FontId) -> Self {
        self.font = font;
        self
    }

    /// The width it will take, to place it from the right.
    pub fn width(&self, ui: &Ui) -> f32 {
        let text = if self.text.is_empty() {
            0.0
        } else {
            ui.painter().layout_no_wrap(self.text.to_owned(), self.font.clone(), Color32::BLACK).size().x
        };
        let icons = [self.before, self.after].iter().flatten().count() as f32;
        let gaps = if text > 0.0 { icons * 7.0 } else { 0.0 };
        if text == 0.0 && icons == 1.0 {
            return size::CONTROL;
        }
        let padding = match self.weight {
            Weight::Quiet => 8.0,
            Weight::Outlined | Weight::Primary => 14.0,
        };
        (text + icons * icon::BESIDE_TEXT.x + gaps + 2.0 * padding).max(size::CONTROL)
    }
}

impl Widget for Action<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let palette = Palette::of(ui);
        let width = self.width(ui);
        let (rect, response) = ui.allocate_exact_size(vec2(width, self.height), Sense::click());
        let name = self.name.unwrap_or(self.text);
        response.widget_info(|| match self.selected {
            Some(selected) => WidgetInfo::selected(self.role, ui.is_enabled(), selected, name),
            None => WidgetInfo::labeled(self.role, ui.is_enabled(), name),
        });
        let radius = CornerRadius::same(size::RADIUS_CONTROL);
        let lifted = response.hovered() || response.has_focus();
        let (fill, outline, ink) = match self.weight {
            Weight::Primary if ui.is_enabled() => (palette.ink, Color32::TRANSPARENT, palette.page),
            Weight::Primary => (palette.wash, palette.edge, palette.soft_ink),
            Weight::Outlined if lifted => (palette.wash, palette.edge, palette.ink),
            Weight::Outlined => (palette.page, palette.edge, palette.ink),
            Weight::Quiet if lifted => (palette.wash, Color32::TRANSPARENT, palette.ink),
            Weight::Quiet => (Color32::TRANSPARENT, Color32::TRANSPARENT, palette.ink),
        };
        ui.painter().rect(rect, radius, fill, Stroke::new(1.0, outline), StrokeKind::Inside);
        focus_ring(ui, &response, rect);

        let galley = ui.painter().layout_no_wrap(self.text.to_owned(), self.font.clone(), ink);
        let icons = [self.before, self.after].iter().flatten().count() as f32;
        let gap = if self.text.is_empty() { 0.0 } else { 7.0 };
        let content = galley.size().x + icons * (icon::BESIDE_TEXT.x + gap);
        let mut x = rect.center().x - content * 0.5;
        let icon_rect = |x: f32| {
            Rect::from_min_size(pos2(x, rect.center().y - icon::BESIDE_TEXT.y * 0.5), icon::BESIDE_TEXT)
        };
        if let Some(icon) = self.before {
            icon::paint(ui.painter(), icon_rect(x), icon, ink);
            x += icon::BESIDE_TEXT.x + gap;
        }
        let text_width = galley.size().x;
        let text_top = rect.center().y - galley.size().y * 0.5;
        ui.painter().galley(pos2(x, text_top), galley, ink);
        x += text_width + gap;
        if let Some(icon) = self.after {
            icon::paint(ui.painter(), icon_rect(x), icon, ink);
        }
        response
    }
}

/// A ring of ink around what the keyboard acts on.
pub(crate) fn focus_ring(ui: &Ui, response: &Response, rect: Rect) {
    if response.has_focus() {
        let palette = Palette::of(ui);
        ui.painter().rect_stroke(
            rect.expand(3.0),
            CornerRadius::same(size::RADIUS_CONTROL + 3),
            Stroke::new(size::FOCUS_RING, palette.ink),
            StrokeKind::Inside,
        );
    }
}

/// Tabs over a line; returns the one that was chosen.
pub(crate) fn tabs_ui<T: Copy + PartialEq>(ui: &mut Ui, chosen: T, tabs: &[(T, String)]) -> T {
    let palette = Palette::of(ui);
    let mut result = chosen;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 22.0;
        for (tab, text) in tabs {
            let is_chosen = *tab == chosen;
            let color = if is_chosen { palette.ink } else { palette.soft_ink };
            let galley = ui.painter().layout_no_wrap(text.clone(), theme::strong(), color);
            let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x, 32.0), Sense::click());
            response.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_chosen, text));
            let color = if response.hovered() { palette.ink } else { color };
            let top = rect.center().y - galley.size().y * 0.5;
            ui.painter().galley_with_override_text_color(pos2(rect.left(), top), galley, color);
            if is_chosen {
                let line = Stroke::new(2.0, palette.ink);
                ui.painter().hline(rect.x_range(), rect.bottom(), line);
            }
            focus_ring(ui, &response, rect);
            if response.clicked() {
                result = *tab;
            }
        }
    });
    result
}

/// A control that shows its value and opens a list of others; returns what was chosen from it.
pub(crate) fn dropdown_ui(
    ui: &mut Ui,
    name: &str,
    value: &str,
    choices: &[(String, String)],
) -> Option<String> {
    sized_dropdown_ui(ui, name, value, choices, size::CONTROL)
}

/// The width of a dropdown that shows this text.
pub(crate) fn dropdown_width(ui: &Ui, text: &str) -> f32 {
    ui.painter().layout_no_wrap(text.to_owned(), theme::interface(), Color32::BLACK).size().x + 36.0
}

/// The same of another height.
pub(crate) fn sized_dropdown_ui(
    ui: &mut Ui,
    name: &str,
    value: &str,
    choices: &[(String, String)],
    height: f32,
) -> Option<String> {
    let palette = Palette::of(ui);
    let shown = choices.iter().find(|(id, _)| id == value).map_or(value, |(_, text)| text.as_str());
    let galley = ui.painter().layout_no_wrap(shown.to_owned(), theme::interface(), palette.ink);
    let width = galley.size().x + 36.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
    response.widget_info(|| WidgetInfo {
        current_text_value: Some(shown.to_owned()),
        ..WidgetInfo::labeled(Role::ComboBox, ui.is_enabled(), name)
    });
    let fill = if response.hovered() { palette.wash } else { palette.page };
    ui.painter().rect(
        rect,
        CornerRadius::same(size::RADIUS_CONTROL),
        fill,
        Stroke::new(1.0, palette.edge),
        StrokeKind::Inside,
    );
    let top = rect.center().y - galley.size().y * 0.5;
    ui.painter().galley(pos2(rect.left() + 12.0, top), galley, palette.ink);
    icon::paint(
        ui.painter(),
        Rect::from_center_size(pos2(rect.right() - 14.0, rect.center().y), Vec2::splat(9.0)),
        Icon::CaretDown,
        palette.soft_ink,
    );
    focus_ring(ui, &response, rect);

    let mut chosen = None;
    Popup::menu(&response).accessible_name(name).show(|ui| {
        for (id, text) in choices {
            if menu_item_ui(ui, text, Some(id == value)).clicked() {
                chosen = Some(id.clone());
            }
        }
    });
    chosen.filter(|id| id != value)
}

/// One line of a menu.
pub(crate) fn menu_item_ui(ui: &mut Ui, text: &str, selected: Option<bool>) -> Response {
    let palette = Palette::of(ui);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::interface(), palette.ink);
    let left = if selected.is_some() { 30.0 } else { 12.0 };
    let width = (galley.size().x + left + 16.0).max(120.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 30.0), Sense::click());
    response.widget_info(|| match selected {
        Some(selected) => WidgetInfo::selected(Role::MenuItemRadio, true, selected, text),
        None => WidgetInfo::labeled(Role::MenuItem, true, text),
    });
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, CornerRadius::same(6), palette.wash);
    }
    if selected == Some(true) {
        let check = Rect::from_center_size(pos2(rect.left() + 15.0, rect.center().y), Vec2::splat(12.0));
        icon::paint(ui.painter(), check, Icon::Check, palette.ink);
    }
    let top = rect.center().y - galley.size().y * 0.5;
    ui.painter().galley(pos2(rect.left() + left, top), galley, palette.ink);
    response
}

/// A key as it looks on a keyboard.
pub(crate) fn key_ui(ui: &mut Ui, key: &str) {
    let palette = Palette::of(ui);
    let galley = ui.painter().layout_no_wrap(key.to_owned(), theme::small_mono(), palette.ink);
    let width = (galley.size().x + 12.0).max(22.0);
    let (rect, _) = ui.allocate_exact_size(vec2(width, 22.0), Sense::hover());
    ui.painter().rect(
        rect,
        CornerRadius::same(4),
        palette.page,
        Stroke::new(1.0, palette.rule),
        StrokeKind::Inside,
    );
    let at = rect.center() - galley.size() * 0.5;
    ui.painter().galley(at, galley, palette.ink);
}

/// Words in one line, in a given font and color.
pub(crate) fn text_ui(ui: &mut Ui, text: &str, font: FontId, color: Color32) -> Response {
    let text = egui::RichText::new(text).font(font).color(color);
    ui.add(egui::Label::new(text).wrap_mode(egui::TextWrapMode::Extend))
}

/// Words in one line at an anchor of a point, without taking part in the layout.
pub(crate) fn text_at(
    ui: &Ui,
    at: egui::Pos2,
    anchor: Align2,
    text: &str,
    font: FontId,
    color: Color32,
) -> Rect {
    ui.painter().text(at, anchor, text, font, color)
}

/// A dashed box with a text in its middle: what will be here, or why it is not.
pub(crate) fn empty_box_ui(ui: &mut Ui, rect: Rect, id: &str, text: &str) {
    let palette = Palette::of(ui);
    icon::dashed_box(ui.painter(), rect, palette.edge);
    let response = ui.interact(rect, ui.scope_id().with(id), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, text));
    let width = (rect.width() - 48.0).clamp(80.0, 420.0);
    let mut job = egui::text::LayoutJob::simple(text.to_owned(), theme::interface(), palette.soft_ink, width);
    job.halign = egui::Align::Center;
    let galley = ui.painter().layout_job(job);
    let at = egui::pos2(rect.center().x, rect.center().y - galley.size().y * 0.5);
    ui.painter().galley(at, galley, palette.soft_ink);
}

/// Whether a change under this drag is the first, which undo keeps of all that the drag makes. Ask in each frame of it.
pub(crate) fn is_first_of_drag(ui: &Ui, drag: &Response, changes: bool) -> bool {
    let id = drag.id.with("changed");
    ui.data_mut(|data| {
        let changed = data.get_temp_mut_or(id, false);
        if drag.drag_started() {
            *changed = false;
        }
        changes && !std::mem::replace(changed, true)
    })
}

/// A hairline across the width there is.
pub(crate) fn rule_ui(ui: &mut Ui) {
    let palette = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, Stroke::new(1.0, palette.rule));
}
