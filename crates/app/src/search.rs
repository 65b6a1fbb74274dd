//! Search over lessons, pages, words of the glossary and settings, by the keyboard from anywhere: `/`.

use egui::{Align2, Color32, Key, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use noisebook_lessons::Block;

use crate::act::Act;
use crate::book::Book;
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::widgets::{text_at, text_ui};

/// A search under way.
#[derive(Default)]
pub(crate) struct Search {
    text: String,
    chosen: usize,
    /// Whether the field has been given the focus.
    is_open: bool,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hit {
    /// What it is called.
    pub title: String,
    /// What it is, or where.
    pub about: String,
    /// Where it leads; a word of the glossary leads nowhere but explains itself.
    pub act: Option<Act>,
}

/// How many hits are shown.
const MOST: usize = 8;

/// Everything that matches `text`: lessons by title before pages by title, words, settings, and at last pages by what they say.
pub(crate) fn find(book: &Book, strings: &Strings, text: &str) -> Vec<Hit> {
    let wanted = text.trim().to_lowercase();
    if wanted.is_empty() {
        return Vec::new();
    }
    let has = |text: &str| text.to_lowercase().contains(&wanted);
    let mut hits = [const { Vec::new() }; 5];
    let [lessons, pages, words, settings, mentions] = &mut hits;
    for entry in book.course.lessons() {
        let place = format!("{} · {}", entry.number, entry.title);
        let lesson = book.lesson(&entry.id).and_then(Result::ok);
        if has(&entry.title) || entry.number.to_string() == wanted {
            let about = if lesson.is_some() { entry.summary.clone() } else { strings.get("to-come") };
            let act = lesson.map(|_| Act::OpenLesson(entry.id.clone()));
            lessons.push(Hit { title: place.clone(), about, act });
        }
        for page in lesson.iter().flat_map(|lesson| &lesson.pages) {
            let act = Some(Act::OpenPage { lesson: entry.id.clone(), page: page.id.clone() });
            let hit = |about: String| Hit { title: page.title.clone(), about, act: act.clone() };
            let says = |block: &Block| match block {
                Block::Prose { markdown, .. } => has(markdown),
                _ => false,
            };
            if has(&page.title) {
                pages.push(hit(place.clone()));
            } else if page.blocks.iter().any(says) {
                mentions.push(hit(place.clone()));
            }
        }
    }
    for entry in book.glossary.entries.iter().filter(|entry| entry.names().any(|name| has(name))) {
        words.push(Hit { title: entry.term.clone(), about: entry.meaning.clone(), act: None });
    }
    for spec in noisebook_lab::registry() {
        for setting in spec.settings {
            let name = strings.find(&format!("setting-{}", setting.name.replace('_', "-")));
            let Some(name) = name.filter(|name| has(name) || has(setting.name)) else {
                continue;
            };
            let lesson = book.course.lessons().find_map(|entry| {
                let lesson = book.lesson(&entry.id)?.ok()?;
                let uses = |page: &&noisebook_lessons::Page| {
                    page.experiment().is_some_and(|experiment| experiment.name == spec.name)
                };
                let page = lesson.pages.iter().find(uses)?;
                Some(Act::OpenPage { lesson: entry.id.clone(), page: page.id.clone() })
            });
            settings.push(Hit { title: name, about: setting.about.to_owned(), act: lesson });
        }
    }
    let mut found: Vec<Hit> = hits.into_iter().flatten().collect();
    found.truncate(MOST);
    found
}

/// Draws the search over the window; true once it is to be closed.
pub(crate) fn search_ui(
    ui: &mut Ui,
    strings: &Strings,
    book: &Book,
    search: &mut Search,
    acts: &mut Vec<Act>,
) -> bool {
    let palette = Palette::of(ui);
    let window = ui.max_rect();
    ui.painter().rect_filled(window, 0.0, palette.paper.gamma_multiply(0.86));
    let behind = ui.interact(window, ui.scope_id().with("behind-search"), Sense::click());
    let hits = find(book, strings, &search.text);
    let width = (window.width() - 48.0).min(620.0);
    let height = 62.0 + 58.0 * hits.len() as f32 + if hits.is_empty() { 40.0 } else { 12.0 };
    let card = Rect::from_min_size(
        pos2(window.center().x - width * 0.5, window.top() + 40.0),
        vec2(width, height.min(window.height() - 60.0)),
    );
    let radius = egui::CornerRadius::same(size::RADIUS_CARD);
    let outline = egui::Stroke::new(1.0, palette.edge);
    ui.painter().rect(card, radius, palette.page, outline, egui::StrokeKind::Inside);
    let mut close = behind.clicked() && !behind.interact_pointer_pos().is_some_and(|at| card.contains(at));
    let steps = ui
        .input(|input| input.num_presses(Key::ArrowDown) as isize - input.num_presses(Key::ArrowUp) as isize);
    search.chosen = search.chosen.saturating_add_signed(steps).min(hits.len().saturating_sub(1));
    let enter = ui.input(|input| input.key_pressed(Key::Enter));
    close |= ui.input(|input| input.key_pressed(Key::Escape));
    ui.scope_builder(UiBuilder::new().id_salt("search").max_rect(card.shrink(12.0)), |ui| {
        ui.set_clip_rect(card.intersect(ui.clip_rect()));
        ui.spacing_mut().item_spacing.y = 2.0;
        let name = strings.get("search");
        let field = egui::TextEdit::singleline(&mut search.text)
            .hint_text(strings.get("search-hint"))
            .font(theme::prose())
            .margin(vec2(10.0, 7.0))
            .desired_width(f32::INFINITY);
        let field = ui.add(field);
        field.widget_info(|| WidgetInfo::labeled(Role::SearchInput, true, &name));
        if !search.is_open {
            field.request_focus();
            search.is_open = true;
        }
        if field.changed() {
            search.chosen = 0;
        }
        ui.add_space(6.0);
        if hits.is_empty() && !search.text.trim().is_empty() {
            text_ui(ui, &strings.get("search-nothing"), theme::interface(), palette.soft_ink);
        }
        for (idx, hit) in hits.iter().enumerate() {
            let is_chosen = idx == search.chosen;
            let clicked = hit_ui(ui, hit, is_chosen);
            if let Some(act) = hit.act.clone().filter(|_| clicked || (enter && is_chosen)) {
                acts.push(act);
                close = true;
            }
        }
    });
    close
}

fn hit_ui(ui: &mut Ui, hit: &Hit, is_chosen: bool) -> bool {
    let palette = Palette::of(ui);
    let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), 54.0), Sense::click());
    let said = format!("{}: {}", hit.title, hit.about);
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, is_chosen, &said));
    if is_chosen || response.hovered() {
        ui.painter().rect_filled(row, egui::CornerRadius::same(size::RADIUS_CONTROL), palette.wash);
    }
    crate::widgets::focus_ring(ui, &response, row);
    let left = row.left() + 12.0;
    text_at(ui, pos2(left, row.top() + 7.0), Align2::LEFT_TOP, &hit.title, theme::strong(), palette.ink);
    let mut job =
        egui::text::LayoutJob::simple_singleline(hit.about.clone(), theme::small(), Color32::PLACEHOLDER);
    job.wrap = egui::text::TextWrapping::truncate_at_width(row.width() - 24.0);
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(pos2(left, row.top() + 28.0), galley, palette.soft_ink);
    response.clicked()
}
