//! Presenting to a class: the stage large, the page's `present:` line over it, and what the page asks as a screen of its own.
//!
//! A clicker's Page Up and Page Down turn pages as everywhere.
//! Votes are entered by show of hands, and kept with the lesson until it is reset.

use std::collections::VecDeque;

use egui::{
    Align2, Color32, CornerRadius, Event, Key, Rect, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};
use noisebook_lessons::{Block, Page, PredictKind};

use crate::act::Act;
use crate::book::Piece;
use crate::icon::{self, Icon};
use crate::math::Formulas;
use crate::page::LessonScreen;
use crate::profile::LessonProgress;
use crate::prose::{Prose, card_prose_ui, prose_ui, wrapped};
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::widgets::{Action, Weight, key_ui, text_at, text_ui};

/// How large text is on the projector: at first, and when it is asked to be larger.
pub(crate) const SCALES: [f32; 5] = [1.0, 1.3, 1.6, 2.0, 2.5];
pub(crate) const FIRST_SCALE: f32 = 1.6;

/// The least room in which a page can be presented, in points.
pub(crate) const LEAST_ROOM: egui::Vec2 = vec2(560.0, 330.0);

/// How long a key stays on the screen after it was pressed, in seconds.
const KEY_SECONDS: f64 = 1.6;

/// A presentation under way.
pub(crate) struct Presenting {
    /// The screen is dark, so that the class looks at the teacher.
    pub is_black: bool,
    /// The window with the teacher's notes is open.
    pub has_notes: bool,
    pub scale: f32,
    /// Which question of the page is on the screen instead of the stage.
    pub question: Option<usize>,
    /// The keys pressed last, and when.
    keys: VecDeque<(String, f64)>,
    began_at: f64,
}

impl Presenting {
    pub fn new(now: f64) -> Self {
        Self {
            is_black: false,
            has_notes: false,
            scale: FIRST_SCALE,
            question: None,
            keys: VecDeque::new(),
            began_at: now,
        }
    }

    /// Notes the keys that were pressed in this frame, to be shown.
    pub fn hear_keys(&mut self, ui: &Ui) {
        let now = ui.input(|input| input.time);
        ui.input(|input| {
            for event in &input.events {
                if let egui::Event::Key { key, pressed: true, repeat: false, .. } = event {
                    self.keys.push_back((symbol(*key).to_owned(), now));
                }
            }
        });
        while self.keys.len() > 4 || self.keys.front().is_some_and(|(_, at)| now - at > KEY_SECONDS) {
            self.keys.pop_front();
        }
        if !self.keys.is_empty() {
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(200));
        }
    }
}

/// A key as it is drawn; the fonts here have other arrows than egui's.
fn symbol(key: Key) -> &'static str {
    match key {
        Key::ArrowLeft => "←",
        Key::ArrowUp => "↑",
        Key::ArrowRight => "→",
        Key::ArrowDown => "↓",
        key => key.symbol_or_name(),
    }
}

/// A question of a page, as the class answers it.
pub(crate) struct ClassQuestion<'a> {
    /// "page/block", or "page/block/2" for a question of a quiz.
    pub block: String,
    pub ask: &'a str,
    /// What hands are counted for; none where the answer is no choice.
    pub choices: Vec<String>,
    /// The index of the right choice.
    pub answer: Option<usize>,
    pub explain: &'a Prose,
}

/// Everything that a page asks, in its order.
pub(crate) fn questions(lesson: &LessonScreen) -> Vec<ClassQuestion<'_>> {
    let mut questions = Vec::new();
    for piece in &lesson.page.pieces {
        match piece {
            Piece::Predict { predict, explain } => {
                let (choices, answer) = match &predict.kind {
                    PredictKind::Choose { choices, answer } => (choices.clone(), *answer),
                    PredictKind::Number { min, max, answer, .. } => {
                        let measured =
                            || lesson.session.as_ref()?.measured(predict.measure.as_deref()?, predict.at);
                        let measured = measured().and_then(|outcome| outcome.as_ref().ok());
                        fifths(*min, *max, answer.or(measured.map(|number| number.value)))
                    }
                    PredictKind::Sort { bins } => (bins.to_vec(), None),
                    PredictKind::Order { .. }
                    | PredictKind::Draw { .. }
                    | PredictKind::Recognize(_)
                    | PredictKind::Write { .. } => (Vec::new(), None),
                };
                let block = match &lesson.rounds {
                    Some(rounds) if rounds.block == lesson.key(&predict.id) => rounds.key(),
                    _ => lesson.key(&predict.id),
                };
                questions.push(ClassQuestion { block, ask: &predict.ask, choices, answer, explain });
            }
            Piece::Quiz { quiz, explain } => {
                for (idx, question) in quiz.questions.iter().enumerate() {
                    let answer = question.answer_idx();
                    let explain = answer.and_then(|right| explain.get(idx)?.get(right));
                    let Some(explain) = explain else {
                        continue;
                    };
                    questions.push(ClassQuestion {
                        block: format!("{}/{}", lesson.key(&quiz.id), idx + 1),
                        ask: &question.ask,
                        choices: question.choices.iter().map(|choice| choice.text.clone()).collect(),
                        answer,
                        explain,
                    });
                }
            }
            Piece::Prose(_) | Piece::Folded { .. } => {}
        }
    }
    questions
}

/// A slider as five ranges that hands can be raised for, and which of them holds the answer.
fn fifths(min: f64, max: f64, answer: Option<f64>) -> (Vec<String>, Option<usize>) {
    let edge = |nth: usize| min + (max - min) * nth as f64 / 5.0;
    let decimals = usize::from(max - min < 10.0);
    let range = |nth: usize| format!("{:.decimals$} – {:.decimals$}", edge(nth), edge(nth + 1));
    let of = |answer: f64| (((answer - min) / (max - min) * 5.0).floor() as usize).min(4);
    ((0..5).map(range).collect(), answer.map(of))
}

/// The room over the stage: the line for the projector.
pub(crate) fn line_ui(ui: &mut Ui, text: &str, rect: Rect) -> f32 {
    let palette = Palette::of(ui);
    let inner = rect.shrink2(vec2(24.0, 0.0));
    // As large as lets it stand in two lines.
    let fits = |points: f32| {
        let font = egui::FontId::new(points, theme::title().family);
        let (galley, measured) = wrapped(ui, text, font, palette.ink, inner.width());
        (galley.rows.len() <= 2).then_some((galley, measured))
    };
    let set = [30.0, 26.0, 22.0, 19.0].into_iter().find_map(fits);
    let (galley, measured) =
        set.unwrap_or_else(|| wrapped(ui, text, theme::small_title(), palette.ink, inner.width()));
    let place = Rect::from_min_size(pos2(inner.left(), rect.top() + 10.0), measured);
    ui.painter().galley(place.min, galley, palette.ink);
    let response = ui.interact(place, ui.scope_id().with("present-line"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, text));
    measured.y + 16.0
}

/// A question on the whole screen, with hands counted for each choice.
pub(crate) fn question_ui(
    ui: &mut Ui,
    strings: &Strings,
    formulas: &mut Formulas,
    question: &ClassQuestion<'_>,
    progress: &LessonProgress,
    rect: Rect,
    acts: &mut Vec<Act>,
) {
    let palette = Palette::of(ui);
    ui.painter().rect_filled(rect, 0.0, palette.page);
    let width = (rect.width() - 48.0).min(860.0);
    let inner = Rect::from_center_size(rect.center(), vec2(width, rect.height() - 20.0));
    let is_revealed = progress.revealed.contains(&question.block);
    ui.scope_builder(UiBuilder::new().id_salt("class").max_rect(inner), |ui| {
        ui.spacing_mut().item_spacing.y = if rect.height() < 460.0 { 4.0 } else { 8.0 };
        let font = egui::FontId::new(if width < 600.0 { 21.0 } else { 25.0 }, theme::title().family);
        let (galley, measured) = wrapped(ui, question.ask, font, palette.ink, ui.available_width());
        let (place, response) = ui.allocate_exact_size(measured, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, question.ask));
        ui.painter().galley(place.min, galley, palette.ink);
        ui.add_space(4.0);
        if question.choices.is_empty() {
            text_ui(ui, &strings.get("answer-on-paper"), theme::interface(), palette.soft_ink);
        }
        let none = Vec::new();
        let votes = progress.votes.get(&question.block).unwrap_or(&none);
        let total: u32 = votes.iter().sum();
        for (idx, choice) in question.choices.iter().enumerate() {
            let count = votes.get(idx).copied().unwrap_or_default();
            let mark = (is_revealed && question.answer == Some(idx)).then_some(Icon::Check);
            vote_ui(ui, strings, &Vote { choice, count, total, mark }, idx, &question.block, acts);
        }
        if is_revealed {
            let left = inner.bottom() - ui.cursor().top();
            ui.scope(|ui| {
                ui.set_max_height(left.max(0.0));
                card_prose_ui(ui, formulas, question.explain);
            });
        } else {
            let text = strings.get("reveal");
            if ui.add(Action::new(Weight::Primary, &text)).clicked() {
                acts.push(Act::Reveal);
            }
        }
    });
}

struct Vote<'a> {
    choice: &'a str,
    count: u32,
    total: u32,
    mark: Option<Icon>,
}

/// A choice with its bar of hands, and buttons for one hand more or fewer.
fn vote_ui(ui: &mut Ui, strings: &Strings, vote: &Vote<'_>, idx: usize, block: &str, acts: &mut Vec<Act>) {
    let palette = Palette::of(ui);
    let buttons = 2.0 * size::CONTROL + 64.0;
    let font = egui::FontId::proportional(17.0);
    let text_width = ui.available_width() - buttons - 44.0;
    let (galley, measured) = wrapped(ui, vote.choice, font, palette.ink, text_width);
    let height = (measured.y + 12.0).max(size::CONTROL + 2.0);
    let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let said = strings.with(
        "votes-for",
        [("choice", vote.choice.into()), ("count", vote.count.into()), ("number", (idx + 1).into())],
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Meter, true, &said));
    let bar = Rect::from_min_max(row.min, pos2(row.right() - buttons, row.bottom()));
    let radius = CornerRadius::same(size::RADIUS_CONTROL);
    let share = vote.count as f32 / vote.total.max(1) as f32;
    let filled = Rect::from_min_size(bar.min, vec2(bar.width() * share, bar.height()));
    ui.painter().rect_filled(filled, radius, palette.wash);
    let outline =
        if vote.mark.is_some() { Stroke::new(2.0, palette.good) } else { Stroke::new(1.0, palette.edge) };
    ui.painter().rect_stroke(bar, radius, outline, StrokeKind::Inside);
    let number = (idx + 1).to_string();
    let at = pos2(bar.left() + 12.0, bar.center().y);
    text_at(ui, at, Align2::LEFT_CENTER, &number, theme::small_mono(), palette.soft_ink);
    ui.painter().galley(pos2(bar.left() + 32.0, bar.center().y - measured.y * 0.5), galley, palette.ink);
    if let Some(mark) = vote.mark {
        let place = Rect::from_center_size(pos2(bar.right() - 18.0, bar.center().y), vec2(14.0, 14.0));
        icon::paint(ui.painter(), place, mark, palette.good);
    }
    let mut x = bar.right() + 8.0;
    for (sign, by, id) in [("−", -1, "fewer-hands"), ("+", 1, "more-hands")] {
        if by > 0 {
            let at = pos2(x + 24.0, row.center().y);
            text_at(ui, at, Align2::CENTER_CENTER, &vote.count.to_string(), theme::large_mono(), palette.ink);
            x += 48.0;
        }
        let place = Rect::from_min_size(
            pos2(x, row.center().y - size::CONTROL * 0.5),
            vec2(size::CONTROL, size::CONTROL),
        );
        let name = strings.with(id, [("choice", vote.choice.into())]);
        if ui.put(place, Action::new(Weight::Outlined, sign).name(&name)).clicked() {
            acts.push(Act::Vote { block: block.to_owned(), choice: idx, by });
        }
        x += size::CONTROL;
    }
    // The buttons may be lower than the row.
    ui.advance_cursor_after_rect(row);
}

/// The lower edge of the screen: where one is, the keys there are, the keys just pressed.
pub(crate) fn footer_ui(
    ui: &mut Ui,
    strings: &Strings,
    presenting: &Presenting,
    lesson: &LessonScreen,
    acts: &mut Vec<Act>,
) {
    let palette = Palette::of(ui);
    let row = ui.max_rect();
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let page = format!("{} / {}", lesson.page_idx + 1, lesson.lesson.pages.len());
        text_ui(ui, &page, theme::small_mono(), palette.soft_ink);
        ui.add_space(6.0);
        let num_questions = questions(lesson).len();
        let mut keys = vec![
            ("T", "key-view", Act::View),
            ("B", "key-black", Act::Black),
            ("N", "key-notes", Act::Notes),
        ];
        if num_questions > 0 {
            keys.insert(0, ("R", "key-reveal", Act::Reveal));
            keys.insert(0, ("Q", "key-question", Act::Question));
        }
        keys.push(("Esc", "key-leave", Act::Present));
        let roomy = row.width() > 640.0;
        for (key, what, act) in keys {
            let name = strings.get(what);
            let text = if roomy { format!("{key} {name}") } else { key.to_owned() };
            if ui
                .add(Action::new(Weight::Quiet, &text).name(&name).font(theme::small()))
                .on_hover_text(&name)
                .clicked()
            {
                acts.push(act);
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            for (key, _) in presenting.keys.iter().rev() {
                key_ui(ui, key);
            }
        });
    });
}

/// What the keys ask for while presenting; turning pages and the timeline stay as they are.
pub(crate) fn keys(ui: &Ui) -> Vec<Act> {
    let known = [
        (Key::B, Act::Black),
        (Key::N, Act::Notes),
        (Key::T, Act::View),
        (Key::Q, Act::Question),
        (Key::R, Act::Reveal),
        (Key::Plus, Act::LargerOnProjector(1)),
        (Key::Equals, Act::LargerOnProjector(1)),
        (Key::Minus, Act::LargerOnProjector(-1)),
    ];
    pressed(ui, known)
}

/// What the keys among `known` that were pressed ask for.
fn pressed<const N: usize>(ui: &Ui, known: [(Key, Act); N]) -> Vec<Act> {
    let is_pressed = |key: Key| ui.input(|input| input.modifiers.is_none() && input.key_pressed(key));
    known.into_iter().filter(|(key, _)| is_pressed(*key)).map(|(_, act)| act).collect()
}

/// The keys that turn pages and leave, for a window that is not the projector's.
pub(crate) fn page_keys(ui: &Ui) -> Vec<Act> {
    let known = [
        (Key::PageDown, Act::NextPage),
        (Key::ArrowRight, Act::NextPage),
        (Key::PageUp, Act::PreviousPage),
        (Key::ArrowLeft, Act::PreviousPage),
        (Key::Space, Act::PlayOrPause),
        (Key::F5, Act::Present),
        (Key::Escape, Act::Present),
    ];
    pressed(ui, known)
}

/// A number key counts a hand for that choice, with Shift one fewer.
pub(crate) fn voted(ui: &Ui, question: &ClassQuestion<'_>) -> Vec<Act> {
    const NUMBERS: [Key; 9] =
        [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];
    let mut acts = Vec::new();
    for (choice, key) in NUMBERS.iter().take(question.choices.len()).enumerate() {
        // By its place: with Shift, a number key types another sign.
        let is_hand = |event: &Event| {
            matches!(event, Event::Key { key: typed, physical_key, pressed: true, .. }
                if physical_key.unwrap_or(*typed) == *key)
        };
        let (hands, fewer) = ui.input(|input| {
            (input.events.iter().filter(|event| is_hand(event)).count() as i32, input.modifiers.shift)
        });
        if hands > 0 {
            acts.push(Act::Vote {
                block: question.block.clone(),
                choice,
                by: if fewer { -hands } else { hands },
            });
        }
    }
    acts
}

/// All dark; a key or a click brings the stage back.
pub(crate) fn black_ui(ui: &mut Ui, strings: &Strings) -> bool {
    let rect = ui.max_rect();
    ui.painter().rect_filled(rect, 0.0, Color32::BLACK);
    let response = ui.interact(rect, ui.scope_id().with("black"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, strings.get("black-screen")));
    response.clicked()
}

/// The teacher's own window: where the class is, what to say, what is right, what comes next.
pub(crate) fn notes_ui(
    ui: &mut Ui,
    strings: &Strings,
    formulas: &mut Formulas,
    presenting: &Presenting,
    lesson: &LessonScreen,
    notes: &Prose,
) {
    let palette = Palette::of(ui);
    let now = ui.input(|input| input.time);
    egui::Frame::new().fill(palette.paper).inner_margin(20).show(ui, |ui| {
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 8.0;
            let minutes = ((now - presenting.began_at).max(0.0) / 60.0).floor();
            let place = strings.with(
                "notes-place",
                [
                    ("page", (lesson.page_idx + 1).into()),
                    ("pages", lesson.lesson.pages.len().into()),
                    ("minutes", minutes.into()),
                ],
            );
            text_ui(ui, &place, theme::small(), palette.soft_ink);
            ui.label(egui::RichText::new(&lesson.page.title).font(theme::small_title()).color(palette.ink));
            prose_ui(ui, formulas, notes);
            for question in questions(lesson) {
                ui.add_space(6.0);
                ui.label(egui::RichText::new(question.ask).font(theme::strong()).color(palette.ink));
                if let Some(right) = question.answer.and_then(|idx| question.choices.get(idx)) {
                    let text = strings.with("it-is", [("answer", right.as_str().into())]);
                    ui.label(egui::RichText::new(text).font(theme::interface()).color(palette.good));
                }
            }
            if let Some(next) = lesson.lesson.pages.get(lesson.page_idx + 1) {
                ui.add_space(10.0);
                let text = strings.with("notes-next", [("title", next.title.as_str().into())]);
                ui.label(egui::RichText::new(text).font(theme::interface()).color(palette.soft_ink));
            }
        });
    });
}

/// The teacher's notes of a page, one after the other.
pub(crate) fn teacher_notes(page: &Page) -> String {
    let notes = page.blocks.iter().filter_map(|block| match block {
        Block::Teacher { markdown, .. } => Some(markdown.as_str()),
        _ => None,
    });
    notes.collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slider_has_five_ranges() {
        let (ranges, right) = fifths(0.0, 1000.0, Some(260.0));
        assert_eq!(ranges[1], "200 – 400");
        assert_eq!((ranges.len(), right), (5, Some(1)));
        assert_eq!(fifths(0.0, 1.0, Some(1.0)).1, Some(4));
        assert_eq!(fifths(0.0, 1.0, None).0[0], "0.0 – 0.2");
    }
}
