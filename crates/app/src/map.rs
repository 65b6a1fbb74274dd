//! The course map: every part and lesson, what is done, what is to come, and where to go on.

use egui::{
    Align2, CornerRadius, Frame, Rect, Role, Sense, Stroke, StrokeKind, TextureHandle, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};
use noisebook_lessons::LessonEntry;

use crate::act::Act;
use crate::book::Book;
use crate::icon::{self, Icon};
use crate::profile::{LessonProgress, Remembered};
use crate::prose::wrapped;
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::timeline::paint_sharp;
use crate::widgets::{focus_ring, text_at, text_ui};

/// The picture that dissolves and returns beside the first words.
pub(crate) struct Hero<'a> {
    pub texture: Option<&'a TextureHandle>,
    pub t: usize,
}

/// Draws the map into `rect`.
pub(crate) fn map_ui(
    ui: &mut Ui,
    strings: &Strings,
    book: &Book,
    remembered: &Remembered,
    hero: &Hero<'_>,
    rect: Rect,
    acts: &mut Vec<Act>,
) {
    let margin = (rect.width() * 0.05).clamp(24.0, 160.0);
    let inner = rect.shrink2(vec2(margin, 0.0));
    ui.scope_builder(UiBuilder::new().id_salt("map").max_rect(inner), |ui| {
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let roomy = rect.height() > 680.0;
            ui.add_space(if roomy { 36.0 } else { 16.0 });
            let mut card = |ui: &mut Ui, entry: &LessonEntry| {
                lesson_card_ui(ui, strings, book, remembered, entry, acts);
            };
            hero_ui(ui, strings, book, hero, &mut card);
            ui.add_space(if roomy { 22.0 } else { 10.0 });
            parts_ui(ui, book, &mut card);
            ui.add_space(16.0);
        });
    });
}

/// The first words, the lessons that stand before the parts, and the picture.
fn hero_ui(
    ui: &mut Ui,
    strings: &Strings,
    book: &Book,
    hero: &Hero<'_>,
    card: &mut dyn FnMut(&mut Ui, &LessonEntry),
) {
    let palette = Palette::of(ui);
    let side = 160.0;
    let caption = 28.0;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), side + caption), Sense::hover());
    let words = rect.width() - side - 40.0;
    let (title, title_size) = wrapped(ui, &book.course.title, theme::large_title(), palette.ink, words);
    let subtitle_text = strings.get("map-subtitle");
    let font = egui::FontId::new(19.0, theme::prose().family);
    let (subtitle, subtitle_size) = wrapped(ui, &subtitle_text, font, palette.soft_ink, words);
    let height = title_size.y + 4.0 + subtitle_size.y;
    let place = Rect::from_min_size(rect.min, vec2(words, height));
    ui.painter().galley(place.min, title, palette.ink);
    ui.painter().galley(place.min + vec2(0.0, title_size.y + 4.0), subtitle, palette.soft_ink);
    let response = ui.interact(place, ui.scope_id().with("welcome"), Sense::hover());
    let said = format!("{} {subtitle_text}", book.course.title);
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, &said));

    // As wide as two columns, its lower edge on that of the picture.
    let cards = Rect::from_min_max(
        pos2(rect.left(), rect.top() + side - CARD * book.course.opening.len() as f32),
        pos2(rect.left() + two_columns(rect.width(), book), rect.top() + side),
    );
    let mut column = ui.new_child(UiBuilder::new().max_rect(cards));
    for entry in &book.course.opening {
        card(&mut column, entry);
    }

    let picture = Rect::from_min_size(pos2(rect.right() - side, rect.top()), vec2(side, side));
    let summary = strings.with("map-picture", [("t", hero.t.into())]);
    let response = ui.interact(picture, ui.scope_id().with("hero"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &summary));
    match hero.texture {
        Some(texture) => {
            paint_sharp(ui, texture, picture, size::RADIUS_PICTURE, 1.0);
        }
        None => icon::dashed_box(ui.painter(), picture, palette.edge),
    }
    let baseline = pos2(picture.left(), picture.bottom() + 16.0);
    let disc = Rect::from_center_size(baseline + vec2(5.0, 0.0), vec2(11.0, 11.0));
    icon::paint(ui.painter(), disc, Icon::Disc, palette.good);
    let live = strings.get("live");
    let at = baseline + vec2(15.0, 0.0);
    let end = text_at(ui, at, Align2::LEFT_CENTER, &live, theme::small(), palette.good).right();
    let t = format!("t = {}", hero.t);
    text_at(ui, pos2(end + 8.0, at.y), Align2::LEFT_CENTER, &t, theme::small(), palette.soft_ink);
}

/// Between two parts.
const GAP: f32 = 22.0;
/// The height of a card whose title has one line.
const CARD: f32 = 56.0;

fn column(width: f32, book: &Book) -> f32 {
    let count = book.course.parts.len().max(1) as f32;
    (width - GAP * (count - 1.0)) / count
}

fn two_columns(width: f32, book: &Book) -> f32 {
    (2.0 * column(width, book) + GAP).min(width)
}

fn parts_ui(ui: &mut Ui, book: &Book, card: &mut dyn FnMut(&mut Ui, &LessonEntry)) {
    let palette = Palette::of(ui);
    let width = column(ui.available_width(), book);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        for part in &book.course.parts {
            ui.push_id(&part.number, |ui| {
                ui.vertical(|ui| {
                    ui.set_width(width);
                    ui.spacing_mut().item_spacing.y = 8.0;
                    let title = format!("{} · {}", part.number, part.title);
                    text_ui(ui, &title, theme::strong(), palette.soft_ink);
                    for entry in &part.lessons {
                        card(ui, entry);
                    }
                });
            });
        }
    });
}

/// How a lesson stands.
#[derive(Clone, Copy, PartialEq)]
enum Standing {
    ToCome,
    Fresh,
    Begun,
    Finished,
}

fn standing(book: &Book, entry: &LessonEntry, progress: Option<&LessonProgress>) -> Standing {
    match (book.lesson(&entry.id), progress) {
        (None, _) => Standing::ToCome,
        (Some(_), Some(progress)) if progress.finished => Standing::Finished,
        (Some(_), Some(_)) => Standing::Begun,
        (Some(_), None) => Standing::Fresh,
    }
}

fn lesson_card_ui(
    ui: &mut Ui,
    strings: &Strings,
    book: &Book,
    remembered: &Remembered,
    entry: &LessonEntry,
    acts: &mut Vec<Act>,
) {
    let palette = Palette::of(ui);
    let progress = remembered.lessons.get(&entry.id);
    let standing = standing(book, entry, progress);
    let is_current = remembered.last_lesson.as_deref() == Some(&entry.id) && standing != Standing::ToCome;
    let note =
        match (standing, progress) {
            (Standing::ToCome, _) => Some(strings.get("to-come")),
            (Standing::Begun, Some(progress)) => Some(strings.with(
                "page-of",
                [("page", progress.page_number.into()), ("pages", progress.num_pages.into())],
            )),
            _ => None,
        };
    let ink = if standing == Standing::ToCome { palette.soft_ink } else { palette.ink };
    let width = ui.available_width();
    let (left, right) = (38.0, if standing == Standing::ToCome { 8.0 } else { 28.0 });
    let (title, title_size) = wrapped(ui, &entry.title, theme::interface(), ink, width - left - right);
    let note_height = if note.is_some() { 18.0 } else { 0.0 };
    let height = title_size.y + note_height + 18.0;
    let is_open = standing != Standing::ToCome;
    let sense = if is_open { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), sense);
    let name = match &note {
        Some(note) => format!("{} · {}, {note}", entry.number, entry.title),
        None => format!("{} · {}", entry.number, entry.title),
    };
    let role = if is_open { Role::Button } else { Role::ListItem };
    response.widget_info(|| WidgetInfo::labeled(role, is_open, &name));

    let fill = match standing {
        Standing::ToCome => palette.paper,
        _ if response.hovered() => palette.wash,
        _ => palette.page,
    };
    let outline = if is_current {
        Stroke::new(2.0, palette.ink)
    } else if is_open {
        Stroke::new(1.0, palette.edge)
    } else {
        Stroke::new(1.0, palette.rule)
    };
    ui.painter().rect(rect, CornerRadius::same(8), fill, outline, StrokeKind::Inside);
    focus_ring(ui, &response, rect);
    let number = entry.number.to_string();
    let at = pos2(rect.left() + 10.0, rect.top() + 10.0);
    text_at(ui, at, Align2::LEFT_TOP, &number, theme::small_mono(), palette.soft_ink);
    ui.painter().galley(pos2(rect.left() + left, rect.top() + 9.0), title, ink);
    if let Some(note) = &note {
        let at = pos2(rect.left() + left, rect.top() + 10.0 + title_size.y);
        text_at(ui, at, Align2::LEFT_TOP, note, theme::small(), palette.soft_ink);
    }
    let mark = Rect::from_min_size(pos2(rect.right() - 25.0, rect.top() + 12.0), vec2(13.0, 13.0));
    match standing {
        Standing::Finished => icon::paint(ui.painter(), mark, Icon::Check, palette.good),
        Standing::Begun => icon::paint(ui.painter(), mark, Icon::HalfDisc, palette.good),
        Standing::Fresh | Standing::ToCome => {}
    }
    let response = response.on_hover_ui(|ui| {
        Frame::new().show(ui, |ui| {
            ui.set_max_width(260.0);
            ui.label(&entry.summary);
            let minutes = strings.with("minutes", [("minutes", entry.minutes.into())]);
            text_ui(ui, &minutes, theme::small(), palette.soft_ink);
        });
    });
    if response.clicked() {
        acts.push(Act::OpenLesson(entry.id.clone()));
    }
}

/// The lesson and page to go on with: the last one, or the first there is.
pub(crate) fn where_to_go_on<'a>(
    book: &'a Book,
    remembered: &Remembered,
) -> Option<(&'a LessonEntry, Option<usize>)> {
    let last = remembered.last_lesson.as_deref().and_then(|id| book.course.lesson(id));
    let written = last.filter(|entry| book.lesson(&entry.id).is_some());
    match written {
        Some(entry) => {
            let page = remembered.lessons.get(&entry.id).map(|progress| progress.page_number);
            Some((entry, page))
        }
        None => book.first_lesson().map(|entry| (entry, None)),
    }
}
