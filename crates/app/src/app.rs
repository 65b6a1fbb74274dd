//! The whole window: header, screen, footer, and the keys that work everywhere.

mod bars;
mod files;
mod notebooks;

use std::sync::Arc;

use egui::{
    CentralPanel, Context, Frame, Key, Margin, Panel, Popup, Rect, Stroke, Ui, UiBuilder, pos2, vec2,
};
use noisebook_data::Store;
use noisebook_lab::Settings;
use noisebook_lessons::{Glossary, Tab};

use crate::act::Act;
use crate::answers::{SavingAnswers, csv, save_answers};
use crate::book::Book;
use crate::cells::{CellAct, Cells};
use crate::figure::notice_ui;
use crate::icon::Icon;
use crate::map::{Hero, map_ui};
use crate::math::Formulas;
use crate::notebook::{NotebookAct, NotebookScreen, notebook_ui};
use crate::opening::{Opening, Saving, is_to_be_opened};
use crate::page::{Hands, LessonScreen};
use crate::present::{self, Presenting};
use crate::profile::{Ground, Preferences, Profile, ProfileTrouble, Pupils};
use crate::search::{Search, search_ui};
use crate::session::Session;
use crate::spread::{lesson_ui, present_ui};
use crate::stage::tabs;
use crate::strings::Strings;
use crate::surroundings::Surroundings;
use crate::theme::{self, Palette, size};
use crate::widgets::text_ui;
use crate::worker::Worker;
use crate::{AppError, AppOptions};
use notebooks::Leave;

/// The scales that the window offers.
const SCALES: [f32; 8] = [0.8, 0.9, 1.0, 1.15, 1.3, 1.6, 2.0, 2.5];

/// The least room in which a page still works, in points.
const LEAST_ROOM: egui::Vec2 = vec2(560.0, 400.0);

/// How often a lesson that is being written is looked at, in seconds.
const WATCH_SECONDS: f64 = 1.0;

/// How long the picture on the map takes to come out of noise and to rest, in seconds.
const HERO_SECONDS: f64 = 7.0;
const HERO_REST: f64 = 3.0;

/// The window.
pub struct NoisebookApp {
    strings: Strings,
    formulas: Formulas,
    surroundings: Surroundings,
    worker: Worker,
    next_run: u64,
    book: Result<Book, String>,
    glossary: Glossary,
    store: Arc<dyn Store>,
    /// Whether lessons are read again when their files change.
    watch: bool,
    watched_at: f64,
    pupils: Pupils,
    pupil: Option<String>,
    new_pupil: String,
    profile: Profile,
    presenting: Option<Presenting>,
    search: Option<Search>,
    trouble: Option<String>,
    /// Good news for the map.
    saved: Option<String>,
    /// Where the answers are being saved to, while a dialog asks.
    saving_answers: Option<SavingAnswers>,
    /// A file that is being chosen or read, and a state that is being saved.
    opening: Option<Opening>,
    saving_state: Option<Saving>,
    device: candle_core::Device,
    screen: Screen,
    /// The cells of the lesson that was left for the map, and their kernel: it goes on until another lesson is opened.
    left: Option<(String, Cells)>,
    /// Where the learner goes once they have said what becomes of an unsaved notebook.
    leaving: Option<Leave>,
    /// The preferences that the context was set to.
    applied: Option<Preferences>,
    /// The language in which course and strings were read.
    language: String,
    last_time: f64,
    /// Whether there was writing going on in the frame before.
    was_writing: bool,
}

enum Screen {
    Map {
        /// The picture that comes out of noise.
        hero: Box<Option<Session>>,
        since: f64,
    },
    Lesson(Box<LessonScreen>),
    Notebook(Box<NotebookScreen>),
}

impl NoisebookApp {
    /// The window as it opens: on the map.
    ///
    /// # Errors
    /// When the system gives no thread for the experiments.
    pub fn new(ctx: &Context, options: AppOptions, surroundings: Surroundings) -> Result<Self, AppError> {
        let pupils = Pupils::of(options.profile_dir);
        let pupil = pupils.last();
        let (profile, trouble) = Profile::open(Some(pupils.folder(pupil.as_deref())));
        let language = profile.remembered.preferences.language.clone();
        let strings = Strings::of(&language);
        let book = Book::load(options.store.as_ref(), &language);
        let glossary = book.as_ref().map(|book| book.glossary.clone()).unwrap_or_default();
        let trouble = trouble.map(|trouble| trouble_in_words(&strings, &trouble));
        let device = options.device.clone();
        let store = options.store.clone();
        let context = noisebook_lab::Context {
            clock: Some(surroundings.clock.clone()),
            ..noisebook_lab::Context::new(options.store, options.device)
        };
        let worker = Worker::start(context, surroundings.clock.clone(), ctx.clone())
            .map_err(|e| AppError(strings.with("no-thread", [("why", e.to_string().into())])))?;
        let reduced_motion = profile.remembered.preferences.reduced_motion;
        theme::install(ctx, reduced_motion);
        let mut app = Self {
            strings,
            formulas: Formulas::default(),
            surroundings,
            worker,
            next_run: 0,
            book,
            glossary,
            store,
            watch: options.watch,
            watched_at: 0.0,
            pupils,
            pupil,
            new_pupil: String::new(),
            profile,
            presenting: None,
            search: None,
            trouble,
            saved: None,
            saving_answers: None,
            opening: None,
            saving_state: None,
            device,
            screen: Screen::Map { hero: Box::new(None), since: 0.0 },
            left: None,
            leaving: None,
            applied: None,
            language,
            last_time: 0.0,
            was_writing: false,
        };
        app.go_to_map(0.0);
        if let Some(path) = options.open {
            app.open_file(ctx, path);
        }
        Ok(app)
    }

    /// The seed on the stage, where there is an experiment.
    pub fn seed(&self) -> Option<u64> {
        match &self.screen {
            Screen::Lesson(lesson) => lesson.session.as_ref()?.settings.int("seed").ok(),
            Screen::Map { .. } | Screen::Notebook(_) => None,
        }
    }

    /// The open page's id, where a lesson is open.
    pub fn page(&self) -> Option<&str> {
        match &self.screen {
            Screen::Lesson(lesson) => Some(&lesson.page.id),
            Screen::Map { .. } | Screen::Notebook(_) => None,
        }
    }

    /// How far the prose of the open page reaches beyond its column, in points: what a lesson's author wants to be 0.
    pub fn prose_overflow(&self) -> f32 {
        match &self.screen {
            Screen::Lesson(lesson) => lesson.overflow,
            Screen::Map { .. } | Screen::Notebook(_) => 0.0,
        }
    }

    /// Asks where to save everything that was answered, as a table for the teacher.
    pub fn export_answers(&mut self, ctx: &Context) {
        self.perform(ctx, Act::ExportAnswers);
    }

    /// Writes the answers once the dialog has said where, and says so where one looks.
    fn hear_saving_answers(&mut self) {
        let Some(path) = self.saving_answers.as_ref().and_then(SavingAnswers::answer) else {
            return;
        };
        self.saving_answers = None;
        let (Some(path), Ok(book)) = (path, &self.book) else {
            return;
        };
        let remembered = &self.profile.remembered;
        let table = csv(book, &self.strings, remembered, remembered.name.as_deref().unwrap_or_default());
        let notice = save_answers(&self.strings, &path, &table);
        self.say(notice);
    }

    /// Keeps what the open lesson has to be kept of.
    fn leave(&mut self) {
        if let Screen::Lesson(lesson) = &mut self.screen {
            lesson.keep_cells(self.profile.lesson(&lesson.id), None);
            self.left = Some((lesson.id.clone(), std::mem::take(&mut lesson.cells)));
        }
    }

    fn go_to_map(&mut self, now: f64) {
        self.leave();
        self.next_run += 1;
        let settings = Settings::new("noising").and_then(|mut settings| {
            settings.set("seed", (self.surroundings.new_seed)())?;
            Ok(settings)
        });
        let hero = settings.ok().map(|settings| {
            Session::start(&mut self.worker, self.next_run, settings, None, Default::default(), true)
        });
        self.screen = Screen::Map { hero: Box::new(hero), since: now };
    }

    /// Light or dark, large or small, still or moving, as the learner likes it.
    fn apply_preferences(&mut self, ctx: &Context) {
        let mut preferences = self.profile.remembered.preferences.clone();
        let (wanted, scales) = match &self.presenting {
            Some(presenting) => {
                preferences.ground = Ground::Light;
                (presenting.scale, scales(ctx, &present::SCALES, present::LEAST_ROOM))
            }
            None => (preferences.scale, scales(ctx, &SCALES, LEAST_ROOM)),
        };
        let least = scales.first().copied().unwrap_or(1.0);
        preferences.scale = scales.into_iter().filter(|scale| *scale <= wanted).fold(least, f32::max);
        let preferences = &preferences;
        if self.applied.as_ref() == Some(preferences) {
            return;
        }
        let moves = self.applied.as_ref().is_some_and(|old| old.reduced_motion != preferences.reduced_motion);
        if moves {
            theme::install(ctx, preferences.reduced_motion);
        }
        match preferences.ground {
            Ground::System => ctx.set_theme(egui::ThemePreference::System),
            Ground::Light => ctx.set_theme(egui::Theme::Light),
            Ground::Dark => ctx.set_theme(egui::Theme::Dark),
        }
        ctx.set_zoom_factor(preferences.scale);
        self.applied = Some(preferences.clone());
    }

    /// Lets the world in: time, reports, dropped files.
    fn hear(&mut self, ctx: &Context) {
        let now = ctx.input(|input| input.time);
        let seconds = (now - self.last_time).clamp(0.0, 0.25);
        self.last_time = now;
        let reports = self.worker.reports();
        let mut dropped = ctx.input(|input| input.raw.dropped_files.clone());
        let takes_folders = matches!(&self.screen, Screen::Lesson(lesson) if lesson.takes_folders());
        let is_to_train_on = |path: &std::path::Path| {
            takes_folders && (path.is_dir() && !path.join("lesson.md").exists() || !is_to_be_opened(path))
        };
        let to_train_on: Vec<_> = dropped.extract_if(.., |file| is_to_train_on(file.path())).collect();
        let to_open: Vec<_> = dropped.extract_if(.., |file| is_to_be_opened(file.path())).collect();
        if let Some(file) = to_open.first() {
            self.open_file(ctx, file.path().to_owned());
        }
        if let Some((_, cells)) = &mut self.left
            && cells.hear(now)
        {
            ctx.request_repaint();
        }
        let Self { worker, next_run, surroundings, strings, profile, screen, glossary, .. } = self;
        let mut hands = Hands { worker, next_run, surroundings, strings, glossary, egui: ctx, now };
        match screen {
            Screen::Map { hero, since } => {
                let Some(hero) = hero.as_mut() else {
                    return;
                };
                for report in reports {
                    hero.take(ctx, hands.worker, report);
                }
                move_hero(
                    ctx,
                    hero,
                    hands.worker,
                    now - *since,
                    profile.remembered.preferences.reduced_motion,
                );
            }
            // Reports of a run that was left are nobody's.
            Screen::Notebook(_) => {}
            Screen::Lesson(lesson) => {
                for report in reports {
                    lesson.hear(report, &mut hands);
                }
                lesson.hear_dialogs(&mut hands);
                if !to_train_on.is_empty() {
                    let paths = to_train_on.iter().map(|file| file.path().to_owned()).collect();
                    lesson.drop_folder(paths, &mut hands);
                }
                if let Some(file) = dropped.first() {
                    lesson.drop_picture(file.path().to_owned(), &mut hands);
                }
                let progress = profile.lesson(&lesson.id);
                lesson.measure(progress, &mut hands);
                lesson.keep_drafts(ctx);
                lesson.keep_cells(progress, Some((ctx, now)));
                if lesson.cells.hear(now) {
                    ctx.request_repaint();
                }
                if let Some(session) = &mut lesson.session
                    && session.tick(hands.worker, seconds)
                {
                    ctx.request_repaint();
                }
                lesson.go_along(hands.worker);
            }
        }
    }

    /// Reads the open lesson again if its file has changed: for whoever writes it.
    fn watch(&mut self, ctx: &Context) {
        let Screen::Lesson(lesson) = &mut self.screen else {
            return;
        };
        ctx.request_repaint_after(std::time::Duration::from_secs_f64(WATCH_SECONDS));
        if self.last_time - self.watched_at < WATCH_SECONDS {
            return;
        }
        self.watched_at = self.last_time;
        let Ok(book) = &mut self.book else {
            return;
        };
        let now = self.last_time;
        match book.reread(self.store.as_ref(), &lesson.id) {
            None => {}
            Some(Err(sentence)) => lesson.say_error(sentence),
            Some(Ok(newer)) => {
                let Self { worker, next_run, surroundings, strings, profile, glossary, .. } = self;
                let mut hands = Hands { worker, next_run, surroundings, strings, glossary, egui: ctx, now };
                lesson.reload(newer, profile.lesson(&lesson.id), &mut hands);
            }
        }
    }

    /// Another pupil sits down: everything is as they left it.
    fn change_pupil(&mut self, pupil: Option<String>) {
        self.leave();
        self.left = None;
        if let Err(trouble) = self.profile.save_at_last() {
            // Whoever leaves now would lose what they did.
            self.trouble = Some(trouble_in_words(&self.strings, &trouble));
            return self.go_to_map(self.last_time);
        }
        let (profile, trouble) = Profile::open(Some(self.pupils.folder(pupil.as_deref())));
        self.trouble = trouble.map(|trouble| trouble_in_words(&self.strings, &trouble));
        if let Err(e) = self.pupils.remember(pupil.as_deref()) {
            self.trouble = Some(trouble_in_words(&self.strings, &ProfileTrouble::NotWritten(e.to_string())));
        }
        self.profile = profile;
        self.pupil = pupil;
        self.go_to_map(self.last_time);
    }

    fn speak(&mut self) {
        let language = &self.profile.remembered.preferences.language;
        if *language == self.language {
            return;
        }
        self.language.clone_from(language);
        self.strings = Strings::of(language);
        self.book = Book::load(self.store.as_ref(), language);
        self.glossary = self.book.as_ref().map(|book| book.glossary.clone()).unwrap_or_default();
    }

    fn perform(&mut self, ctx: &Context, act: Act) {
        let now = self.last_time;
        if self.perform_on_notebook(ctx, &act) {
            return;
        }
        match act {
            Act::Map => self.go_to_map(now),
            Act::OpenLesson(id) => self.open_lesson(ctx, &id),
            Act::OpenPage { lesson, page } => {
                // In the open lesson what is begun goes on.
                if !matches!(&self.screen, Screen::Lesson(open) if open.id == lesson) {
                    self.open_lesson(ctx, &lesson);
                }
                if let Screen::Lesson(open) = &self.screen
                    && let Some(page_idx) = open.lesson.pages.iter().position(|known| known.id == page)
                {
                    self.perform_on_page(ctx, Act::ToPage(page_idx));
                }
            }
            Act::Search => self.search = Some(Search::default()),
            Act::Language(language) => self.profile.remembered.preferences.language = language,
            Act::Pupil(pupil) => self.change_pupil(pupil),
            Act::NewPupil(name) => match self.pupils.add(&name, &self.profile.remembered.preferences) {
                Ok(folder) => self.change_pupil(Some(folder)),
                Err(e) => {
                    let trouble = ProfileTrouble::NotWritten(e.to_string());
                    self.trouble = Some(trouble_in_words(&self.strings, &trouble));
                }
            },
            Act::Present => {
                let may = matches!(self.screen, Screen::Lesson(_)) && self.presenting.is_none();
                self.presenting = may.then(|| Presenting::new(now));
            }
            Act::Black | Act::Notes | Act::View | Act::Question | Act::Reveal | Act::LargerOnProjector(_) => {
                self.present(ctx, &act);
            }
            Act::Scale(scale) => self.profile.remembered.preferences.scale = scale,
            Act::ReduceMotion(reduced) => self.profile.remembered.preferences.reduced_motion = reduced,
            Act::ToggleGround => {
                let dark = ctx.theme() == egui::Theme::Dark;
                self.profile.remembered.preferences.ground = if dark { Ground::Light } else { Ground::Dark };
            }
            Act::OpenFile => self.ask_for_file(ctx),
            Act::SaveState { with_own } => self.save_state(ctx, with_own),
            Act::CopyRust => self.copy_rust(ctx),
            Act::ExportAnswers => {
                let dialogs = self.surroundings.dialogs.clone();
                self.saving_answers = Some(SavingAnswers::ask(ctx, dialogs));
            }
            Act::Dismiss if matches!(self.screen, Screen::Map { .. }) => {
                self.trouble = None;
                self.saved = None;
            }
            act => self.perform_on_page(ctx, act),
        }
    }

    fn present(&mut self, ctx: &Context, act: &Act) {
        let Self { presenting: Some(presenting), screen: Screen::Lesson(lesson), profile, .. } = self else {
            return;
        };
        match act {
            Act::Black => presenting.is_black = !presenting.is_black,
            Act::Notes => presenting.has_notes = !presenting.has_notes,
            Act::View => {
                presenting.question = None;
                if let Some(session) = &lesson.session {
                    let tabs = tabs(session, lesson.tab, !lesson.page.cells.is_empty());
                    let now = tabs.iter().position(|tab| *tab == lesson.tab).unwrap_or_default();
                    lesson.tab = tabs.into_iter().cycle().nth(now + 1).unwrap_or_default();
                }
            }
            Act::Question => {
                let next = presenting.question.map_or(0, |question| question + 1);
                presenting.question = (next < present::questions(lesson).len()).then_some(next);
            }
            Act::Reveal => {
                let progress = profile.lesson(&lesson.id);
                let questions = present::questions(lesson);
                let is_open =
                    |question: &&present::ClassQuestion<'_>| !progress.revealed.contains(&question.block);
                let question = match presenting.question {
                    Some(shown) => questions.get(shown),
                    None => questions.iter().find(is_open),
                };
                if let Some(block) = question.map(|question| question.block.clone()) {
                    lesson.reveal(block, progress, self.last_time);
                }
            }
            Act::LargerOnProjector(by) => {
                let scales = scales(ctx, &present::SCALES, present::LEAST_ROOM);
                let now = scales.iter().rposition(|scale| *scale <= presenting.scale).unwrap_or_default();
                let next = now.saturating_add_signed(*by).min(scales.len().saturating_sub(1));
                presenting.scale = scales.get(next).copied().unwrap_or(presenting.scale);
            }
            _ => {}
        }
    }

    fn perform_on_page(&mut self, ctx: &Context, act: Act) {
        let now = self.last_time;
        let Self { worker, next_run, surroundings, strings, profile, screen, glossary, .. } = self;
        let Screen::Lesson(lesson) = screen else {
            return;
        };
        let mut hands = Hands { worker, next_run, surroundings, strings, glossary, egui: ctx, now };
        let progress = profile.lesson(&lesson.id);
        let turns = matches!(act, Act::PreviousPage | Act::NextPage | Act::ToPage(_));
        if let Some(presenting) = self.presenting.as_mut().filter(|_| turns) {
            presenting.question = None;
        }
        let leaves = self.presenting.is_none()
            && match act {
                Act::PreviousPage => lesson.page_idx == 0,
                Act::NextPage => lesson.is_last_page(),
                _ => false,
            };
        match act {
            _ if leaves => self.go_to_map(now),
            Act::PreviousPage if lesson.page_idx == 0 => {}
            Act::PreviousPage => lesson.turn_to(lesson.page_idx - 1, progress, &mut hands),
            Act::NextPage => lesson.turn_to(lesson.page_idx + 1, progress, &mut hands),
            Act::ToPage(page_idx) => lesson.turn_to(page_idx, progress, &mut hands),
            act => lesson.perform(act, progress, &mut hands),
        }
    }

    fn open_lesson(&mut self, ctx: &Context, id: &str) {
        let lesson = match self.book.as_ref().ok().and_then(|book| book.lesson(id)) {
            Some(Ok(lesson)) => lesson.clone(),
            Some(Err(sentence)) => {
                self.trouble = Some(sentence.to_owned());
                return;
            }
            None => return,
        };
        let now = self.last_time;
        self.leave();
        let left = self.left.take().filter(|(known, _)| known == id);
        let cells = left.map(|(_, cells)| cells).unwrap_or_default();
        let Self { worker, next_run, surroundings, strings, profile, screen, glossary, .. } = self;
        let mut hands = Hands { worker, next_run, surroundings, strings, glossary, egui: ctx, now };
        if let Some(lesson) = LessonScreen::open(id, lesson, cells, profile.lesson(id), &mut hands) {
            *screen = Screen::Lesson(Box::new(lesson));
            profile.remembered.last_lesson = Some(id.to_owned());
        }
    }

    /// What the keys ask for; those that a focused control uses are left to it.
    fn keys(&self, ctx: &Context) -> Vec<Act> {
        let stop = ctx.input_mut(|input| input.consume_key(egui::Modifiers::COMMAND, Key::Period));
        if stop && !matches!(self.screen, Screen::Map { .. }) {
            return vec![Act::Cells(CellAct::Stop)];
        }
        let save = (egui::Modifiers::COMMAND, Key::S);
        if matches!(self.screen, Screen::Notebook(_))
            && ctx.input_mut(|input| input.consume_key(save.0, save.1))
        {
            return vec![Act::Notebook(NotebookAct::Save)];
        }
        let focused = ctx.memory(|memory| memory.focused().is_some());
        if Popup::is_any_open(ctx) || self.search.is_some() || ctx.text_edit_focused() {
            return Vec::new();
        }
        let slash = ctx.input(|input| {
            input.events.iter().any(|event| matches!(event, egui::Event::Text(text) if text == "/"))
        });
        if slash && self.presenting.is_none() {
            return vec![Act::Search];
        }
        let mut acts = files::keys(ctx);
        if matches!(self.screen, Screen::Map { .. }) {
            return acts;
        }
        acts.extend(undo_keys(ctx));
        if !matches!(self.screen, Screen::Lesson(_)) {
            return acts;
        }
        let always = [
            (Key::PageDown, Act::NextPage),
            (Key::PageUp, Act::PreviousPage),
            (Key::Comma, Act::Step(-1)),
            (Key::Period, Act::Step(1)),
            (Key::F5, Act::Present),
            (Key::F8, Act::ResetLesson),
        ];
        if let Screen::Lesson(lesson) = &self.screen
            && let Some(session) =
                lesson.session.as_ref().filter(|_| lesson.tab == Tab::Picture && !lesson.own.is_open)
            && self.presenting.as_ref().is_none_or(|presenting| presenting.question.is_none())
        {
            acts.extend(crate::game::substep_keys(ctx, session));
        }
        let unfocused = [
            (Key::ArrowRight, Act::NextPage),
            (Key::ArrowLeft, Act::PreviousPage),
            (Key::Space, Act::PlayOrPause),
            (Key::Home, Act::ToStart),
            (Key::End, Act::ToEnd),
            (Key::Escape, if self.presenting.is_some() { Act::Present } else { Act::Map }),
        ];
        ctx.input_mut(|input| {
            let free = unfocused.into_iter().filter(|_| !focused);
            for (key, act) in always.into_iter().chain(free) {
                // Escape has only ended the writing.
                let is_used = key == Key::Escape && self.was_writing;
                if !is_used && input.modifiers.is_none() && input.key_pressed(key) {
                    acts.push(act);
                }
            }
            if input.modifiers.is_none()
                && input.key_pressed(Key::X)
                && let Screen::Lesson(lesson) = &self.screen
                && lesson.session.as_ref().is_some_and(Session::has_xray)
            {
                let other = if lesson.tab == Tab::Xray { Tab::Picture } else { Tab::Xray };
                acts.push(Act::Open(other));
            }
            // On a projector B makes the screen dark.
            if input.modifiers.is_none()
                && input.key_pressed(Key::B)
                && self.presenting.is_none()
                && let Screen::Lesson(lesson) = &self.screen
                && lesson.session.as_ref().is_some_and(Session::has_branches)
            {
                acts.push(Act::BranchHere);
            }
        });
        acts
    }

    fn screen_ui(&mut self, ui: &mut Ui, acts: &mut Vec<Act>) {
        let rect = ui.max_rect();
        let Self { strings, formulas, book, glossary, profile, screen, trouble, saved, presenting, .. } =
            self;
        match screen {
            Screen::Lesson(lesson) if presenting.is_some() => {
                if let Some(presenting) = presenting {
                    present_ui(
                        ui,
                        strings,
                        formulas,
                        glossary,
                        presenting,
                        lesson,
                        &profile.remembered,
                        rect,
                        acts,
                    );
                }
            }
            Screen::Map { hero, .. } => {
                let mut rect = rect;
                let bad = trouble.as_deref().map(|sentence| (Icon::Cross, sentence));
                let good = saved.as_deref().map(|sentence| (Icon::Check, sentence));
                if let Some((icon, sentence)) = bad.or(good) {
                    let place = Rect::from_min_max(
                        rect.min + vec2(24.0, 12.0),
                        pos2(rect.right() - 24.0, rect.bottom()),
                    );
                    let used = ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
                        if notice_ui(ui, strings, icon, sentence) {
                            acts.push(Act::Dismiss);
                        }
                    });
                    rect.min.y = used.response.rect.bottom();
                }
                match book {
                    Ok(book) => {
                        let stage = hero.as_ref().as_ref().and_then(|hero| hero.stage.as_ref());
                        let hero = Hero {
                            texture: stage.and_then(|stage| stage.pictures.get("x_t")),
                            t: stage.map_or(0, |stage| stage.t),
                        };
                        map_ui(ui, strings, book, &profile.remembered, &hero, rect, acts);
                    }
                    Err(sentence) => no_course_ui(ui, strings, sentence, rect),
                }
            }
            Screen::Notebook(notebook) => notebook_ui(ui, strings, formulas, notebook, rect, acts),
            Screen::Lesson(lesson) => {
                lesson_ui(ui, strings, formulas, lesson, &profile.remembered, rect, acts);
            }
        }
    }
}

impl eframe::App for NoisebookApp {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.hear(ctx);
        self.hear_saving_answers();
        self.hear_files(ctx);
        self.hear_notebook(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        self.speak();
        self.apply_preferences(&ctx);
        if self.watch {
            self.watch(&ctx);
        }
        let mut acts = self.keys(&ctx);
        let is_presenting = self.presenting.is_some();
        if let (Some(presenting), Screen::Lesson(lesson)) = (&mut self.presenting, &self.screen) {
            presenting.hear_keys(ui);
            // What is typed into a cell or a field is no key of the presenter's.
            if !ctx.text_edit_focused() && !Popup::is_any_open(&ctx) {
                acts.extend(present::keys(ui));
                let questions = present::questions(lesson);
                let shown = presenting.question.and_then(|question| questions.get(question));
                acts.extend(shown.into_iter().flat_map(|question| present::voted(ui, question)));
            }
        }
        let palette = Palette::of(ui);
        let bar = |height: f32| {
            let frame = Frame::new().fill(palette.paper).inner_margin(Margin::symmetric(24, 0));
            (height, frame)
        };
        let (height, frame) = bar(size::HEADER);
        let top = (!is_presenting).then(|| {
            let header = Panel::top("header").exact_size(height).frame(frame).show_separator_line(false);
            let mut new_pupil = std::mem::take(&mut self.new_pupil);
            let rect = header.show(ui, |ui| self.header_ui(ui, &mut new_pupil, &mut acts)).response.rect;
            self.new_pupil = new_pupil;
            rect
        });
        let (height, frame) = bar(if is_presenting { size::PRESENT_FOOTER } else { size::FOOTER });
        let footer = Panel::bottom("footer").exact_size(height).frame(frame).show_separator_line(false);
        let bottom = footer.show(ui, |ui| self.footer_ui(ui, &mut acts)).response.rect;
        CentralPanel::default()
            .frame(Frame::new().fill(palette.paper))
            .show(ui, |ui| self.screen_ui(ui, &mut acts));
        let hairline = Stroke::new(1.0, palette.rule);
        if let Some(top) = top {
            ui.painter().hline(top.x_range(), top.bottom() - 0.5, hairline);
        }
        ui.painter().hline(bottom.x_range(), bottom.top() + 0.5, hairline);
        if self.presenting.as_ref().is_some_and(|presenting| presenting.is_black) {
            let area = egui::Area::new(egui::Id::unique("black")).order(egui::Order::Foreground);
            let clicked = area.fixed_pos(pos2(0.0, 0.0)).show(&ctx, |ui| {
                let window = ctx.content_rect();
                ui.scope_builder(UiBuilder::new().max_rect(window), |ui| present::black_ui(ui, &self.strings))
                    .inner
            });
            if clicked.inner {
                acts.push(Act::Black);
            }
        }
        if let (Some(search), Ok(book)) = (&mut self.search, &self.book) {
            let area = egui::Area::new(egui::Id::unique("search")).order(egui::Order::Middle);
            let close = area.fixed_pos(pos2(0.0, 0.0)).show(&ctx, |ui| {
                let window = ctx.content_rect();
                let builder = UiBuilder::new().max_rect(window);
                ui.scope_builder(builder, |ui| search_ui(ui, &self.strings, book, search, &mut acts)).inner
            });
            if close.inner {
                self.search = None;
            }
        }
        self.was_writing = ctx.text_edit_focused();
        if !acts.is_empty() {
            // What was asked for is seen in the next frame.
            ctx.request_repaint();
        }
        for act in acts {
            self.perform(&ctx, act);
        }
        // A stroke is kept once it is done.
        if !ctx.input(|input| input.pointer.any_down())
            && let Err(trouble) = self.profile.save()
        {
            self.trouble = Some(trouble_in_words(&self.strings, &trouble));
        }
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.leave();
        // There is nobody left to tell if it fails.
        let _ = self.profile.save_at_last();
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}

fn undo_keys(ctx: &Context) -> Vec<Act> {
    use egui::Modifiers;
    let keys = [
        (Modifiers::COMMAND | Modifiers::SHIFT, Key::Z, Act::Redo),
        (Modifiers::COMMAND, Key::Z, Act::Undo),
        (Modifiers::COMMAND, Key::Y, Act::Redo),
    ];
    ctx.input_mut(|input| {
        keys.into_iter()
            .filter(|(modifiers, key, _)| input.consume_key(*modifiers, *key))
            .map(|(.., act)| act)
            .collect()
    })
}

/// Those of `scales` at which this window has `room`, or the least of them.
fn scales(ctx: &Context, scales: &[f32], room: egui::Vec2) -> Vec<f32> {
    let window = ctx.content_rect().size() * ctx.zoom_factor();
    let fits = |scale: f32| window.x / scale >= room.x && window.y / scale >= room.y;
    let mut fitting: Vec<f32> = scales.iter().copied().filter(|scale| fits(*scale)).collect();
    if fitting.is_empty() {
        fitting.extend(scales.first());
    }
    fitting
}

/// Brings the picture on the map out of noise, lets it rest, and begins again.
fn move_hero(ctx: &Context, hero: &mut Session, worker: &mut Worker, seconds: f64, still: bool) {
    let last = hero.last_position();
    if last == 0 {
        return;
    }
    if still {
        hero.seek(worker, (last as f64 * 0.6).round() as usize);
        return;
    }
    let along = (seconds % (HERO_SECONDS + HERO_REST)) / HERO_SECONDS;
    hero.seek(worker, (along.min(1.0) * last as f64).round() as usize);
    ctx.request_repaint_after(std::time::Duration::from_millis(50));
}

fn no_course_ui(ui: &mut Ui, strings: &Strings, sentence: &str, rect: Rect) {
    let palette = Palette::of(ui);
    let place = Rect::from_center_size(rect.center(), vec2(rect.width().min(620.0), 160.0));
    ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
        text_ui(ui, &strings.get("no-course"), theme::title(), palette.ink);
        ui.label(egui::RichText::new(sentence).font(theme::interface()).color(palette.soft_ink));
    });
}

fn trouble_in_words(strings: &Strings, trouble: &ProfileTrouble) -> String {
    match trouble {
        ProfileTrouble::Newer(path) => {
            strings.with("profile-newer", [("path", path.display().to_string().into())])
        }
        ProfileTrouble::Broken(path) => {
            strings.with("profile-broken", [("path", path.display().to_string().into())])
        }
        ProfileTrouble::NotWritten(why) => {
            strings.with("profile-not-written", [("why", why.as_str().into())])
        }
    }
}
