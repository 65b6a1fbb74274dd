//! A page as it lies open: prose beside the stage, one of them where there is no room for both, or on a projector.

use egui::{Frame, Margin, Rect, Role, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use noisebook_lessons::{Glossary, PredictKind};

use crate::act::Act;
use crate::ask::{Asked, AskedQuiz, Folded, folded_ui, predict_ui, quiz_ui};
use crate::book::Piece;
use crate::figure::notice_ui;
use crate::icon::Icon;
use crate::math::Formulas;
use crate::page::{Face, LessonScreen};
use crate::present::{self, Presenting};
use crate::profile::Remembered;
use crate::prose::{Prose, prose_ui};
use crate::stage::{Stage, stage_ui};
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::widgets::tabs_ui;
use crate::words::Words;

/// A window narrower than this shows prose or stage, in points.
const BESIDE: f32 = 780.0;

/// Prose that does not fit is set smaller, down to this; then it scrolls.
const LEAST_FIT: f32 = 0.82;

/// A page: prose to the left, the stage to the right.
pub(crate) fn lesson_ui(
    ui: &mut Ui,
    strings: &Strings,
    formulas: &mut Formulas,
    lesson: &mut LessonScreen,
    remembered: &Remembered,
    rect: Rect,
    acts: &mut Vec<Act>,
) {
    let palette = Palette::of(ui);
    let now = ui.input(|input| input.time);
    let ease = |since: f64, seconds: f32| {
        let done = ((now - since) as f32 / seconds.max(1e-6)).clamp(0.0, 1.0);
        1.0 - (1.0 - done).powi(3)
    };
    let seconds = ui.style().animation_time;
    let turned = ease(lesson.turned_at, seconds);
    let revealed = ease(lesson.revealed_at, seconds);
    if turned < 1.0 || revealed < 1.0 {
        ui.ctx().request_repaint();
    }
    let has_stage = lesson.session.is_some();
    let beside = rect.width() >= BESIDE;
    let mut rect = rect;
    if has_stage && !beside {
        rect.min.y += faces_ui(ui, strings, lesson.face, rect, acts);
    }
    let shows_prose = beside || !has_stage || lesson.face == Face::Prose;
    let shows_stage = has_stage && (beside || lesson.face == Face::Stage);
    // The stage says what there is to say; without one it is said over the prose.
    if let Some(notice) = lesson.notice.as_ref().filter(|_| !shows_stage) {
        let icon = if notice.is_error { Icon::Cross } else { Icon::Check };
        let place = Rect::from_min_max(rect.min + vec2(24.0, 12.0), rect.max - vec2(24.0, 0.0));
        let used = ui.scope_builder(UiBuilder::new().id_salt("notice").max_rect(place), |ui| {
            if notice_ui(ui, strings, icon, &notice.sentence) {
                acts.push(Act::Dismiss);
            }
        });
        rect.min.y = used.response.rect.bottom();
    }
    let width = if has_stage && !beside {
        if shows_prose { rect.width() } else { 0.0 }
    } else if has_stage {
        (rect.width() * size::PROSE_SHARE).clamp(size::PROSE_COLUMN_MIN, size::PROSE_COLUMN)
    } else {
        rect.width()
    };
    let column = Rect::from_min_max(rect.min, pos2(rect.left() + width, rect.bottom()));
    if shows_prose {
        ui.scope_builder(UiBuilder::new().id_salt(("page", lesson.page_idx)).max_rect(column), |ui| {
            ui.set_clip_rect(column.intersect(ui.clip_rect()));
            ui.multiply_opacity(turned);
            column_ui(ui, strings, formulas, lesson, remembered, acts);
        });
    }
    if shows_stage {
        let place = Rect::from_min_max(pos2(column.right(), rect.top()), rect.max);
        page_stage_ui(ui, strings, formulas, lesson, place, (revealed, false), acts);
        if beside {
            ui.painter().vline(column.right(), rect.y_range(), Stroke::new(1.0, palette.rule));
        }
    }
}

/// The stage of a page in `place`.
fn page_stage_ui(
    ui: &mut Ui,
    strings: &Strings,
    formulas: &mut Formulas,
    lesson: &mut LessonScreen,
    place: Rect,
    (revealed, is_bare): (f32, bool),
    acts: &mut Vec<Act>,
) {
    let LessonScreen { session, runs, page, tab, notice, cells, own, .. } = lesson;
    if let Some(session) = session {
        // Where a row was judged, another setting would make another row.
        let is_judged = page.pieces.iter().any(|piece| {
            matches!(piece, Piece::Predict { predict, .. } if matches!(predict.kind, PredictKind::Sort { .. }))
        });
        let experiment = page.experiment.as_ref().filter(|_| !is_judged);
        let named: Vec<String> = experiment.iter().flat_map(|e| e.settings.keys().cloned()).collect();
        let asked_for: Vec<String> = page.experiment.iter().flat_map(|e| e.hidden.iter().cloned()).collect();
        let stage = Stage {
            strings,
            session,
            runs: runs.as_ref(),
            tab: *tab,
            cells: &page.cells,
            named_settings: &named,
            notice: notice.as_ref(),
            faults_in_turn: page.pieces.iter().find_map(faults_in_turn).unwrap_or_default(),
            own,
            asked_for: &asked_for,
            is_bare,
            opacity_of: &|name| if name == "x_t" { 1.0 } else { revealed },
        };
        stage_ui(ui, formulas, &stage, cells, place, acts);
        if session.is_training() && !session.is_of_points() {
            drop_hint_ui(ui, &strings.get("drop-pictures-here"), place);
        } else if session.takes_pictures() {
            drop_hint_ui(ui, &strings.get("drop-here"), place);
        }
    }
}

/// How many faults a question wants told apart: as many as it has causes to put in their order.
fn faults_in_turn(piece: &Piece) -> Option<usize> {
    let Piece::Predict { predict, .. } = piece else {
        return None;
    };
    match &predict.kind {
        PredictKind::Order { items } if predict.reveal.iter().any(|name| name == "fault") => {
            Some(items.len())
        }
        _ => None,
    }
}

/// Prose or stage, where there is no room for both; returns the height that the choice takes.
fn faces_ui(ui: &mut Ui, strings: &Strings, face: Face, rect: Rect, acts: &mut Vec<Act>) -> f32 {
    let height = 40.0;
    let row = Rect::from_min_size(rect.min + vec2(24.0, 4.0), vec2(rect.width() - 48.0, height - 4.0));
    ui.scope_builder(UiBuilder::new().id_salt("faces").max_rect(row), |ui| {
        let faces = [(Face::Prose, strings.get("face-prose")), (Face::Stage, strings.get("face-stage"))];
        let chosen = tabs_ui(ui, face, &faces);
        if chosen != face {
            acts.push(Act::Turn(chosen));
        }
    });
    height
}

/// A page on the projector: its line, and under it the stage or a question.
#[expect(clippy::too_many_arguments, reason = "what a screen is drawn from")]
pub(crate) fn present_ui(
    ui: &mut Ui,
    strings: &Strings,
    formulas: &mut Formulas,
    glossary: &Glossary,
    presenting: &mut Presenting,
    lesson: &mut LessonScreen,
    remembered: &Remembered,
    rect: Rect,
    acts: &mut Vec<Act>,
) {
    let page = lesson.lesson.pages.get(lesson.page_idx).cloned();
    let page = page.as_ref();
    let line = page.and_then(noisebook_lessons::Page::present).unwrap_or(&lesson.page.title).to_owned();
    let mut rect = rect;
    rect.min.y += present::line_ui(ui, &line, rect);
    let none = Default::default();
    let progress = remembered.lessons.get(&lesson.id).unwrap_or(&none);
    let questions = present::questions(lesson);
    match presenting.question.and_then(|question| questions.get(question)) {
        Some(question) => present::question_ui(ui, strings, formulas, question, progress, rect, acts),
        None if lesson.session.is_some() => {
            page_stage_ui(ui, strings, formulas, lesson, rect, (1.0, true), acts);
        }
        None => column_ui(ui, strings, formulas, lesson, remembered, acts),
    }
    if presenting.has_notes {
        let notes = page.map(present::teacher_notes).unwrap_or_default();
        let notes = Prose::parse(&notes, &mut Words::new(glossary));
        let builder = egui::ViewportBuilder::default()
            .with_title(strings.get("notes-title"))
            .with_inner_size([420.0, 560.0])
            // The clicker goes on turning pages.
            .with_active(false);
        let id = egui::ViewportId::from_hash_of("notes");
        ui.ctx().show_viewport_immediate(id, builder, |ui, class| {
            present::notes_ui(ui, strings, formulas, presenting, lesson, &notes);
            // A window of its own hears keys of its own; it does with them what the projector would.
            if class != egui::ViewportClass::EmbeddedWindow {
                acts.extend(present::keys(ui));
                acts.extend(present::page_keys(ui));
                if ui.input(|input| input.viewport().close_requested()) {
                    acts.push(Act::Notes);
                }
            }
        });
    }
}

/// Says where a file will land while it hovers over the window.
fn drop_hint_ui(ui: &Ui, text: &str, place: Rect) {
    if ui.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let palette = Palette::of(ui);
    ui.painter().rect_filled(place, 0.0, palette.page.gamma_multiply(0.92));
    crate::icon::dashed_box(ui.painter(), place.shrink(32.0), palette.ink);
    crate::widgets::text_at(
        ui,
        place.center(),
        egui::Align2::CENTER_CENTER,
        text,
        theme::small_title(),
        palette.ink,
    );
}

/// The prose of the page, which scrolls only where it does not fit.
fn column_ui(
    ui: &mut Ui,
    strings: &Strings,
    formulas: &mut Formulas,
    lesson: &mut LessonScreen,
    remembered: &Remembered,
    acts: &mut Vec<Act>,
) {
    let palette = Palette::of(ui);
    let wide = lesson.session.is_none();
    let narrow = ui.available_width() < 400.0;
    let (left, right) = match (wide, narrow) {
        (true, _) => {
            let margin = ((ui.available_width() - 660.0) * 0.5).max(24.0);
            (margin, margin)
        }
        (false, true) => (24.0, 18.0),
        (false, false) => (40.0, 30.0),
    };
    let room = ui.available_size();
    if lesson.fit.1 != room {
        lesson.fit = (1.0, room);
    }
    formulas.fit = lesson.fit.0;
    let scroll = egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let frame = Frame::new().inner_margin(Margin {
            top: if narrow { 18 } else { 30 },
            bottom: 6,
            ..Margin::ZERO
        });
        frame.show(ui, |ui| {
            let room = ui.available_rect_before_wrap();
            let inner = Rect::from_min_max(room.min + vec2(left, 0.0), room.max - vec2(right, 0.0));
            let builder = UiBuilder::new().max_rect(inner);
            ui.scope_builder(builder, |ui| {
                ui.set_width(ui.available_width());
                ui.spacing_mut().item_spacing.y = 12.0;
                let title = &lesson.page.title;
                let galley = crate::prose::title(ui, title, ui.available_width());
                let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
                response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, title));
                ui.painter().galley(rect.min, galley, palette.ink);
                pieces_ui(ui, strings, formulas, lesson, remembered, acts);
            });
        });
    });
    formulas.fit = 1.0;
    lesson.overflow = (scroll.content_size.y - scroll.inner_rect.height()).max(0.0);
    if lesson.overflow > 0.5 && lesson.fit.0 > LEAST_FIT {
        lesson.fit.0 -= 0.04;
        ui.ctx().request_discard("the prose is set smaller to fit its column");
        ui.ctx().request_repaint();
    }
}

fn pieces_ui(
    ui: &mut Ui,
    strings: &Strings,
    formulas: &mut Formulas,
    lesson: &mut LessonScreen,
    remembered: &Remembered,
    acts: &mut Vec<Act>,
) {
    let none = Default::default();
    let progress = remembered.lessons.get(&lesson.id).unwrap_or(&none);
    let LessonScreen { page, drafts, session, rounds, .. } = lesson;
    let key = |block: &str| format!("{}/{block}", page.id);
    for (idx, piece) in page.pieces.iter().enumerate() {
        ui.push_id(idx, |ui| match piece {
            Piece::Prose(prose) => prose_ui(ui, formulas, prose),
            Piece::Predict { predict, explain } => {
                let asked = Asked {
                    strings,
                    block: key(&predict.id),
                    commitments: &progress.commitments,
                    session: session.as_ref(),
                    rounds: rounds.as_ref(),
                };
                predict_ui(ui, formulas, &asked, predict, explain, drafts, acts);
            }
            Piece::Quiz { quiz, explain } => {
                let block = key(&quiz.id);
                let asked = AskedQuiz { strings, quiz, explain, block, commitments: &progress.commitments };
                quiz_ui(ui, formulas, &asked, drafts, acts);
            }
            Piece::Folded { id, rung, ask, code, solution, solution_code } => {
                let (code, solution_code) = (code.as_deref(), solution_code.as_deref());
                let (block, rung) = (key(id), *rung);
                let folded = Folded { strings, block, rung, ask, code, solution, solution_code };
                folded_ui(ui, formulas, &folded, drafts);
            }
        });
    }
}
