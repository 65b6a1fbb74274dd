//! The bars over and under every screen: where one is, what can be done from anywhere, where to go on.

use egui::{Key, Layout, Popup, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use noisebook_lab::View;
use noisebook_lessons::Tab;

use super::{LEAST_ROOM, NoisebookApp, SCALES, Screen, scales};
use crate::act::Act;
use crate::icon::Icon;
use crate::map::where_to_go_on;
use crate::notebook::NotebookScreen;
use crate::page::LessonScreen;
use crate::present::{self};
use crate::session::Session;
use crate::strings::{LANGUAGES, Strings};
use crate::theme::{self, Palette};
use crate::widgets::{Action, Weight, dropdown_ui, key_ui, menu_item_ui, text_ui};

/// The room that the buttons of the header take beside a lesson's title, in points.
const BUTTONS: f32 = 240.0;

impl NoisebookApp {
    pub(super) fn header_ui(&self, ui: &mut Ui, new_pupil: &mut String, acts: &mut Vec<Act>) {
        let palette = Palette::of(ui);
        ui.horizontal_centered(|ui| {
            let strings = &self.strings;
            match &self.screen {
                Screen::Map { .. } => {
                    text_ui(ui, &strings.get("noisebook"), theme::small_title(), palette.ink);
                }
                Screen::Notebook(notebook) => {
                    let title = egui::RichText::new(notebook.name());
                    let title = title.font(theme::small_title()).color(palette.ink);
                    let room = ui.available_width() - BUTTONS;
                    ui.scope(|ui| {
                        ui.set_max_width(room.max(40.0));
                        ui.add(egui::Label::new(title).truncate());
                    });
                }
                Screen::Lesson(lesson) => {
                    let map = strings.get("map");
                    let book = self.book.as_ref().ok();
                    let place = book.and_then(|book| {
                        let entry = book.course.lesson(&lesson.id)?;
                        let part = book.course.part_of(&lesson.id);
                        let part = part.map_or(map.as_str(), |part| part.title.as_str());
                        Some(format!("{part} · {}", entry.number))
                    });
                    let place = place.unwrap_or_else(|| map.clone());
                    let name = strings.get("to-map");
                    let back = Action::new(Weight::Quiet, &place)
                        .name(&name)
                        .before(Icon::Map)
                        .font(theme::interface());
                    ui.add_space(-8.0);
                    if ui.add(back).on_hover_text(&name).clicked() {
                        acts.push(Act::Map);
                    }
                    // Where text is large, a long title ends in dots before it meets the buttons.
                    let title = egui::RichText::new(&lesson.lesson.title);
                    let title = title.font(theme::small_title()).color(palette.ink);
                    let room = ui.available_width() - BUTTONS;
                    ui.scope(|ui| {
                        ui.set_max_width(room.max(40.0));
                        ui.add(egui::Label::new(title).truncate());
                    });
                }
            }
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                ui.add_space(-8.0);
                let ground = strings.get("ground");
                let button = Action::icon(Weight::Quiet, Icon::HalfDisc, &ground);
                if ui.add(button).on_hover_text(&ground).clicked() {
                    acts.push(Act::ToggleGround);
                }
                self.scale_ui(ui, acts);
                let roomy = ui.ctx().content_rect().width() > 900.0;
                match &self.screen {
                    Screen::Map { .. } => {
                        self.language_ui(ui, acts);
                        self.pupil_ui(ui, new_pupil, acts);
                        let search = strings.get("search");
                        key_ui(ui, "/");
                        if ui.add(Action::new(Weight::Quiet, &search)).clicked() {
                            acts.push(Act::Search);
                        }
                    }
                    Screen::Notebook(notebook) => self.notebook_menu_ui(ui, notebook, acts),
                    Screen::Lesson(lesson) => {
                        self.lesson_menu_ui(ui, lesson, acts);
                        if roomy {
                            key_ui(ui, "F5");
                        }
                        let present = strings.get("present");
                        let button = ui.add(Action::new(Weight::Quiet, &present));
                        if button.on_hover_text(strings.get("present-hint")).clicked() {
                            acts.push(Act::Present);
                        }
                    }
                }
                if roomy {
                    ui.add_space(12.0);
                    text_ui(ui, &device_name(strings, &self.device), theme::small(), palette.soft_ink);
                    if matches!(self.screen, Screen::Lesson(_)) {
                        ui.add_space(10.0);
                        live_ui(ui, strings);
                    }
                }
            });
        });
    }

    fn scale_ui(&self, ui: &mut Ui, acts: &mut Vec<Act>) {
        let strings = &self.strings;
        let name = strings.get("text-size");
        let button = ui.add(Action::new(Weight::Quiet, "Aa").name(&name)).on_hover_text(&name);
        let preferences = &self.profile.remembered.preferences;
        Popup::menu(&button).accessible_name(&name).show(|ui| {
            for scale in scales(ui.ctx(), &SCALES, LEAST_ROOM) {
                let text = format!("{:.0} %", scale * 100.0);
                let selected = (scale - preferences.scale).abs() < 0.01;
                if menu_item_ui(ui, &text, Some(selected)).clicked() {
                    acts.push(Act::Scale(scale));
                }
            }
            ui.separator();
            let still = strings.get("reduced-motion");
            if menu_item_ui(ui, &still, Some(preferences.reduced_motion)).clicked() {
                acts.push(Act::ReduceMotion(!preferences.reduced_motion));
            }
        });
    }

    fn language_ui(&self, ui: &mut Ui, acts: &mut Vec<Act>) {
        let languages: Vec<(String, String)> =
            LANGUAGES.iter().map(|language| (language.id.to_owned(), language.name.to_owned())).collect();
        let present = &self.profile.remembered.preferences.language;
        if let Some(language) = dropdown_ui(ui, &self.strings.get("language"), present, &languages) {
            acts.push(Act::Language(language));
        }
    }

    /// Who is learning, and a way to sit down as somebody else.
    fn pupil_ui(&self, ui: &mut Ui, new_pupil: &mut String, acts: &mut Vec<Act>) {
        let strings = &self.strings;
        let alone = strings.get("pupil-alone");
        let shown = self.profile.remembered.name.clone().unwrap_or_else(|| alone.clone());
        let name = strings.with("pupil", [("name", shown.as_str().into())]);
        let button = ui.add(Action::new(Weight::Quiet, &shown).name(&name).after(Icon::CaretDown));
        let button = button.on_hover_text(&name);
        let menu = Popup::menu(&button).accessible_name(&name);
        menu.close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
            let everyone = std::iter::once((None, alone.clone()))
                .chain(self.pupils.list().iter().cloned().map(|(folder, name)| (Some(folder), name)));
            for (folder, name) in everyone {
                let is_here = folder == self.pupil;
                if menu_item_ui(ui, &name, Some(is_here)).clicked() && !is_here {
                    acts.push(Act::Pupil(folder));
                    ui.close();
                }
            }
            ui.separator();
            let field = egui::TextEdit::singleline(new_pupil)
                .hint_text(strings.get("new-pupil-hint"))
                .char_limit(40)
                .desired_width(180.0);
            let field = ui.add(field);
            let new = strings.get("new-pupil");
            field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, &new));
            let enter = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let is_named = !new_pupil.trim().is_empty();
            let add = ui.add_enabled(is_named, Action::new(Weight::Outlined, &new)).clicked();
            ui.separator();
            for (id, act) in [("save-answers", Act::ExportAnswers), ("open-file", Act::OpenFile)] {
                if menu_item_ui(ui, &strings.get(id), None).clicked() {
                    acts.push(act);
                    ui.close();
                }
            }
            if is_named && (enter || add) {
                acts.push(Act::NewPupil(std::mem::take(new_pupil)));
                ui.close();
            }
        });
    }

    /// What can be done with the lesson as a whole.
    fn lesson_menu_ui(&self, ui: &mut Ui, lesson: &LessonScreen, acts: &mut Vec<Act>) {
        let strings = &self.strings;
        let name = strings.get("more");
        let button = ui.add(Action::icon(Weight::Quiet, Icon::Dots, &name)).on_hover_text(&name);
        Popup::menu(&button).accessible_name(&name).show(|ui| {
            let items = [
                ("undo", lesson.can_undo(), Act::Undo),
                ("redo", lesson.can_redo(), Act::Redo),
                ("reset-lesson", true, Act::ResetLesson),
                ("save-answers", true, Act::ExportAnswers),
                ("open-file", true, Act::OpenFile),
            ];
            for (id, is_possible, act) in items {
                if is_possible && menu_item_ui(ui, &strings.get(id), None).clicked() {
                    acts.push(act);
                }
            }
        });
    }

    /// What can be done with the notebook as a whole, beside what stands under it.
    fn notebook_menu_ui(&self, ui: &mut Ui, notebook: &NotebookScreen, acts: &mut Vec<Act>) {
        let strings = &self.strings;
        let name = strings.get("more");
        let button = ui.add(Action::icon(Weight::Quiet, Icon::Dots, &name)).on_hover_text(&name);
        Popup::menu(&button).accessible_name(&name).show(|ui| {
            let items = [
                ("undo", notebook.can_undo(), Act::Undo),
                ("redo", notebook.can_redo(), Act::Redo),
                ("open-file", true, Act::OpenFile),
            ];
            for (id, is_possible, act) in items {
                if is_possible && menu_item_ui(ui, &strings.get(id), None).clicked() {
                    acts.push(act);
                }
            }
        });
    }

    pub(super) fn footer_ui(&self, ui: &mut Ui, acts: &mut Vec<Act>) {
        if let (Some(presenting), Screen::Lesson(lesson)) = (&self.presenting, &self.screen) {
            present::footer_ui(ui, &self.strings, presenting, lesson, acts);
            return;
        }
        match &self.screen {
            Screen::Map { .. } => self.map_footer_ui(ui, acts),
            Screen::Notebook(notebook) => crate::notebook::footer_ui(ui, &self.strings, notebook, acts),
            Screen::Lesson(lesson) => self.page_footer_ui(ui, lesson, acts),
        }
    }

    fn map_footer_ui(&self, ui: &mut Ui, acts: &mut Vec<Act>) {
        let palette = Palette::of(ui);
        let Ok(book) = &self.book else {
            return;
        };
        let Some((entry, page)) = where_to_go_on(book, &self.profile.remembered) else {
            return;
        };
        let verb = if page.is_some() { "continue" } else { "begin" };
        ui.horizontal_centered(|ui| {
            let text = self.strings.get(&format!("{verb}-with"));
            text_ui(ui, &text, theme::interface(), palette.soft_ink);
            let title = format!("{} · {}", entry.number, entry.title);
            let title = match page {
                Some(page) => {
                    let values = [("lesson", title.into()), ("page", page.into())];
                    self.strings.with("lesson-and-page", values)
                }
                None => title,
            };
            text_ui(ui, &title, theme::strong(), palette.ink);
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                let text = self.strings.get(verb);
                let button = Action::new(Weight::Primary, &text).after(Icon::ArrowRight);
                if ui.add(button).clicked() {
                    acts.push(Act::OpenLesson(entry.id.clone()));
                }
            });
        });
    }

    fn page_footer_ui(&self, ui: &mut Ui, lesson: &LessonScreen, acts: &mut Vec<Act>) {
        let strings = &self.strings;
        let row = ui.max_rect();
        ui.horizontal_centered(|ui| {
            let back = strings.get("back");
            let button = Action::new(Weight::Outlined, &back).before(Icon::ArrowLeft);
            if ui.add(button).clicked() {
                acts.push(Act::PreviousPage);
            }
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                let next = strings.get(if lesson.is_last_page() { "finish" } else { "next" });
                let button = Action::new(Weight::Primary, &next).after(Icon::ArrowRight);
                if ui.add(button).clicked() {
                    acts.push(Act::NextPage);
                }
                let is_film = lesson.session.as_ref().is_some_and(|session| !session.is_exhibition());
                if is_film && row.width() > 900.0 {
                    hints_ui(ui, strings, lesson);
                }
            });
        });
        dots_ui(ui, strings, lesson, row, acts);
    }
}

/// One dash for each page, which one can click.
fn dots_ui(ui: &mut Ui, strings: &Strings, lesson: &LessonScreen, row: Rect, acts: &mut Vec<Act>) {
    let palette = Palette::of(ui);
    let pages = lesson.lesson.pages.len();
    let text = strings.with("page-of", [("page", (lesson.page_idx + 1).into()), ("pages", pages.into())]);
    let galley = ui.painter().layout_no_wrap(text.clone(), theme::interface(), palette.soft_ink);
    // Many pages have no more room than eight.
    let gap = 7.0;
    let dash = (8.0 * 33.0 / pages.max(8) as f32) - gap;
    let dashes = pages as f32 * (dash + gap);
    let roomy = row.width() > 900.0;
    let total = dashes + 12.0 + if roomy { galley.size().x } else { 0.0 };
    // A little left of the middle, since the hints to the right are wider than the button to the left.
    let mut x = row.center().x - total * 0.5 - if roomy { 90.0 } else { 0.0 };
    for (idx, page) in lesson.lesson.pages.iter().enumerate() {
        let rect = Rect::from_center_size(pos2(x + dash * 0.5, row.center().y), vec2(dash, 5.0));
        let response =
            ui.interact(rect.expand2(vec2(3.0, 12.0)), ui.scope_id().with(("page", idx)), Sense::click());
        let name =
            strings.with("go-to-page", [("page", (idx + 1).into()), ("title", page.title.as_str().into())]);
        let is_current = idx == lesson.page_idx;
        response.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_current, &name));
        let color = match idx.cmp(&lesson.page_idx) {
            std::cmp::Ordering::Less => palette.soft_ink,
            std::cmp::Ordering::Equal => palette.ink,
            std::cmp::Ordering::Greater if response.hovered() => palette.edge,
            std::cmp::Ordering::Greater => palette.rule,
        };
        ui.painter().rect_filled(rect, 2.5, color);
        crate::widgets::focus_ring(ui, &response, rect);
        if response.on_hover_text(&page.title).clicked() && !is_current {
            acts.push(Act::ToPage(idx));
        }
        x += dash + gap;
    }
    if roomy {
        let at = pos2(x + 12.0, row.center().y - galley.size().y * 0.5);
        let rect = Rect::from_min_size(at, galley.size());
        ui.painter().galley(at, galley, palette.soft_ink);
        let response = ui.interact(rect, ui.scope_id().with("page-of"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
    }
}

/// The keys that help here, from the right.
fn hints_ui(ui: &mut Ui, strings: &Strings, lesson: &LessonScreen) {
    let palette = Palette::of(ui);
    ui.spacing_mut().item_spacing.x = 5.0;
    ui.add_space(10.0);
    let hint = |ui: &mut Ui, keys: &[&str], what: &str| {
        text_ui(ui, &strings.get(what), theme::interface(), palette.soft_ink);
        for key in keys.iter().rev() {
            key_ui(ui, key);
        }
        ui.add_space(8.0);
    };
    if lesson.tab == Tab::Code {
        hint(ui, &["Ctrl", "Enter"], "hint-run");
        return;
    }
    if let Some(session) = lesson.session.as_ref().filter(|session| session.is_of_cells()) {
        let what = if session.view() == View::Grid { "hint-grid" } else { "hint-race" };
        hint(ui, &[&strings.get("key-space")], what);
        return;
    }
    if lesson.session.as_ref().is_some_and(Session::has_xray) {
        hint(ui, &["x"], "hint-xray");
    }
    if lesson.session.as_ref().is_some_and(|session| session.is_game() && session.is_of_points()) {
        hint(ui, &["u"], "hint-substep");
    }
    hint(ui, &[&strings.get("key-space")], "hint-play");
    hint(ui, &[",", "."], "hint-step");
}

/// A disc and the word: what is shown is computed here, now.
fn live_ui(ui: &mut Ui, strings: &Strings) {
    let palette = Palette::of(ui);
    let text = strings.get("live");
    text_ui(ui, &text, theme::small(), palette.good).on_hover_text(strings.get("live-meaning"));
    let (rect, _) = ui.allocate_exact_size(vec2(11.0, 14.0), Sense::hover());
    crate::icon::paint(ui.painter(), rect, Icon::Disc, palette.good);
}

fn device_name(strings: &Strings, device: &candle_core::Device) -> String {
    match device {
        candle_core::Device::Cpu => {
            let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
            strings.with("device-cpu", [("threads", threads.into())])
        }
        candle_core::Device::Cuda(_) => strings.get("device-cuda"),
        candle_core::Device::Metal(_) => strings.get("device-metal"),
    }
}
