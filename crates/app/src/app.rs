//! The whole window: header, screen, footer, and the keys that work everywhere.

use std::sync::Arc;

use egui::{
    CentralPanel, Context, Frame, Key, Layout, Margin, Panel, Popup, Rect, Role, Sense, Stroke, Ui,
    UiBuilder, WidgetInfo, pos2, vec2,
};
use noisebook_data::Store;
use noisebook_lab::Settings;
use noisebook_lessons::{Glossary, Tab};

use crate::act::Act;
use crate::answers::{SavingAnswers, csv, save_answers};
use crate::ask::{Asked, AskedQuiz, Folded, folded_ui, predict_ui, quiz_ui};
use crate::book::{Book, Piece};
use crate::figure::notice_ui;
use crate::icon::Icon;
use crate::map::{Hero, map_ui, where_to_go_on};
use crate::math::Formulas;
use crate::page::{Face, Hands, LessonScreen};
use crate::present::{self, Presenting};
use crate::profile::{Ground, Preferences, Profile, ProfileTrouble, Pupils, Remembered};
use crate::prose::{Prose, prose_ui};
use crate::search::{Search, search_ui};
use crate::session::Session;
use crate::stage::{Stage, stage_ui, tabs};
use crate::strings::{LANGUAGES, Strings};
use crate::surroundings::Surroundings;
use crate::theme::{self, Palette, size};
use crate::widgets::{Action, Weight, dropdown_ui, key_ui, menu_item_ui, tabs_ui, text_ui};
use crate::words::Words;
use crate::worker::Worker;
use crate::{AppError, AppOptions};

/// The scales that the window offers.
const SCALES: [f32; 8] = [0.8, 0.9, 1.0, 1.15, 1.3, 1.6, 2.0, 2.5];

/// The least room in which a page still works, in points.
const LEAST_ROOM: egui::Vec2 = vec2(560.0, 400.0);

/// A window narrower than this shows prose or stage, in points.
const BESIDE: f32 = 780.0;

/// Prose that does not fit is set smaller, down to this; then it scrolls.
const LEAST_FIT: f32 = 0.82;

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
    device_name: String,
    screen: Screen,
    /// The preferences that the context was set to.
    applied: Option<Preferences>,
    /// The language in which course and strings were read.
    language: String,
    last_time: f64,
}

enum Screen {
    Map {
        /// The picture that comes out of noise.
        hero: Box<Option<Session>>,
        since: f64,
    },
    Lesson(Box<LessonScreen>),
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
        let device_name = device_name(&strings, &options.device);
        let store = options.store.clone();
        let context =
            noisebook_lab::Context { store: options.store, device: options.device, own_picture: None };
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
            device_name,
            screen: Screen::Map { hero: Box::new(None), since: 0.0 },
            applied: None,
            language,
            last_time: 0.0,
        };
        app.go_to_map(0.0);
        Ok(app)
    }

    /// The seed on the stage, where there is an experiment.
    pub fn seed(&self) -> Option<u64> {
        match &self.screen {
            Screen::Lesson(lesson) => lesson.session.as_ref()?.settings.int("seed").ok(),
            Screen::Map { .. } => None,
        }
    }

    /// The open page's id, where a lesson is open.
    pub fn page(&self) -> Option<&str> {
        match &self.screen {
            Screen::Lesson(lesson) => Some(&lesson.page.id),
            Screen::Map { .. } => None,
        }
    }

    /// How far the prose of the open page reaches beyond its column, in points: what a lesson's author wants to be 0.
    pub fn prose_overflow(&self) -> f32 {
        match &self.screen {
            Screen::Lesson(lesson) => lesson.overflow,
            Screen::Map { .. } => 0.0,
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
        match &mut self.screen {
            Screen::Lesson(lesson) => lesson.notice = Some(notice),
            Screen::Map { .. } if notice.is_error => self.trouble = Some(notice.sentence),
            Screen::Map { .. } => self.saved = Some(notice.sentence),
        }
    }

    fn go_to_map(&mut self, now: f64) {
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
        let dropped = ctx.input(|input| input.raw.dropped_files.clone());
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
            Screen::Lesson(lesson) => {
                for report in reports {
                    lesson.hear(report, &mut hands);
                }
                lesson.hear_dialogs(&mut hands);
                if let Some(file) = dropped.first() {
                    lesson.drop_picture(file.path().to_owned(), &mut hands);
                }
                let progress = profile.lesson(&lesson.id);
                lesson.measure(progress, &mut hands);
                lesson.keep_drafts(ctx);
                if let Some(session) = &mut lesson.session
                    && session.tick(hands.worker, seconds)
                {
                    ctx.request_repaint();
                }
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
        if let Err(trouble) = self.profile.save() {
            self.trouble = Some(trouble_in_words(&self.strings, &trouble));
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
        match act {
            Act::Map => self.go_to_map(now),
            Act::OpenLesson(id) => self.open_lesson(ctx, &id),
            Act::OpenPage { lesson, page } => {
                self.open_lesson(ctx, &lesson);
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
                    let tabs = tabs(session, lesson.tab, lesson.page.code.is_some());
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
        let Self { worker, next_run, surroundings, strings, profile, screen, glossary, .. } = self;
        let mut hands = Hands { worker, next_run, surroundings, strings, glossary, egui: ctx, now };
        if let Some(lesson) = LessonScreen::open(id, lesson, profile.lesson(id), &mut hands) {
            *screen = Screen::Lesson(Box::new(lesson));
            profile.remembered.last_lesson = Some(id.to_owned());
        }
    }

    /// What the keys ask for; those that a focused control uses are left to it.
    fn keys(&self, ctx: &Context) -> Vec<Act> {
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
        if !matches!(self.screen, Screen::Lesson(_)) {
            return Vec::new();
        }
        let always = [
            (Key::PageDown, Act::NextPage),
            (Key::PageUp, Act::PreviousPage),
            (Key::Comma, Act::Step(-1)),
            (Key::Period, Act::Step(1)),
            (Key::F5, Act::Present),
            (Key::F8, Act::ResetLesson),
        ];
        let unfocused = [
            (Key::ArrowRight, Act::NextPage),
            (Key::ArrowLeft, Act::PreviousPage),
            (Key::Space, Act::PlayOrPause),
            (Key::Home, Act::ToStart),
            (Key::End, Act::ToEnd),
            (Key::Escape, if self.presenting.is_some() { Act::Present } else { Act::Map }),
        ];
        let mut acts = Vec::new();
        ctx.input_mut(|input| {
            use egui::Modifiers;
            for (modifiers, key, act) in [
                (Modifiers::COMMAND | Modifiers::SHIFT, Key::Z, Act::Redo),
                (Modifiers::COMMAND, Key::Z, Act::Undo),
                (Modifiers::COMMAND, Key::Y, Act::Redo),
            ] {
                if input.consume_key(modifiers, key) {
                    acts.push(act);
                }
            }
            let free = unfocused.into_iter().filter(|_| !focused);
            for (key, act) in always.into_iter().chain(free) {
                if input.modifiers.is_none() && input.key_pressed(key) {
                    acts.push(act);
                }
            }
            if input.modifiers.is_none()
                && input.key_pressed(Key::X)
                && let Screen::Lesson(lesson) = &self.screen
                && lesson.session.as_ref().is_some_and(Session::is_sampling)
            {
                let other = if lesson.tab == Tab::Xray { Tab::Picture } else { Tab::Xray };
                acts.push(Act::Open(other));
            }
        });
        acts
    }

    fn header_ui(&self, ui: &mut Ui, new_pupil: &mut String, acts: &mut Vec<Act>) {
        let palette = Palette::of(ui);
        ui.horizontal_centered(|ui| {
            let strings = &self.strings;
            match &self.screen {
                Screen::Map { .. } => {
                    text_ui(ui, &strings.get("noisebook"), theme::small_title(), palette.ink);
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
                    text_ui(ui, &lesson.lesson.title, theme::small_title(), palette.ink);
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
                    text_ui(ui, &self.device_name, theme::small(), palette.soft_ink);
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
                .chain(self.pupils.list().into_iter().map(|(folder, name)| (Some(folder), name)));
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
            if menu_item_ui(ui, &strings.get("save-answers"), None).clicked() {
                acts.push(Act::ExportAnswers);
                ui.close();
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
            ];
            for (id, is_possible, act) in items {
                if is_possible && menu_item_ui(ui, &strings.get(id), None).clicked() {
                    acts.push(act);
                }
            }
        });
    }

    fn footer_ui(&self, ui: &mut Ui, acts: &mut Vec<Act>) {
        if let (Some(presenting), Screen::Lesson(lesson)) = (&self.presenting, &self.screen) {
            present::footer_ui(ui, &self.strings, presenting, lesson, acts);
            return;
        }
        match &self.screen {
            Screen::Map { .. } => self.map_footer_ui(ui, acts),
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
                    hints_ui(ui, strings, lesson.session.as_ref().is_some_and(Session::is_sampling));
                }
            });
        });
        dots_ui(ui, strings, lesson, row, acts);
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
            acts.extend(present::keys(ui));
            let questions = present::questions(lesson);
            let shown = presenting.question.and_then(|question| questions.get(question));
            acts.extend(shown.into_iter().flat_map(|question| present::voted(ui, question)));
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
        if !acts.is_empty() {
            // What was asked for is seen in the next frame.
            ctx.request_repaint();
        }
        for act in acts {
            self.perform(&ctx, act);
        }
        if let Err(trouble) = self.profile.save() {
            self.trouble = Some(trouble_in_words(&self.strings, &trouble));
        }
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
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

/// A page: prose to the left, the stage to the right.
fn lesson_ui(
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
    lesson: &LessonScreen,
    place: Rect,
    (revealed, is_bare): (f32, bool),
    acts: &mut Vec<Act>,
) {
    if let Some(session) = &lesson.session {
        let named: Vec<String> =
            lesson.page.experiment.iter().flat_map(|e| e.settings.keys().cloned()).collect();
        let stage = Stage {
            strings,
            session,
            tab: lesson.tab,
            code: lesson.page.code.as_deref(),
            named_settings: &named,
            notice: lesson.notice.as_ref(),
            is_bare,
            opacity_of: &|name| if name == "x_t" { 1.0 } else { revealed },
        };
        stage_ui(ui, formulas, &stage, place, acts);
        if !session.is_sampling() {
            drop_hint_ui(ui, strings, place);
        }
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
fn present_ui(
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
            page_stage_ui(ui, strings, formulas, lesson, rect, (1.0, true), acts)
        }
        None => column_ui(ui, strings, formulas, lesson, remembered, acts),
    }
    if presenting.has_notes {
        let notes = page.map(present::teacher_notes).unwrap_or_default();
        let notes = Prose::parse(&notes, &mut Words::new(glossary));
        let builder = egui::ViewportBuilder::default()
            .with_title(strings.get("notes-title"))
            .with_inner_size([420.0, 560.0]);
        let id = egui::ViewportId::from_hash_of("notes");
        let closed = ui.ctx().show_viewport_immediate(id, builder, |ui, _| {
            present::notes_ui(ui, strings, formulas, presenting, lesson, &notes);
            ui.input(|input| input.viewport().close_requested())
        });
        if closed {
            acts.push(Act::Notes);
        }
    }
}

/// Says where a file will land while it hovers over the window.
fn drop_hint_ui(ui: &Ui, strings: &Strings, place: Rect) {
    if ui.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let palette = Palette::of(ui);
    ui.painter().rect_filled(place, 0.0, palette.page.gamma_multiply(0.92));
    crate::icon::dashed_box(ui.painter(), place.shrink(32.0), palette.ink);
    let text = strings.get("drop-here");
    crate::widgets::text_at(
        ui,
        place.center(),
        egui::Align2::CENTER_CENTER,
        &text,
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

/// One dash for each page, which one can click.
fn dots_ui(ui: &mut Ui, strings: &Strings, lesson: &LessonScreen, row: Rect, acts: &mut Vec<Act>) {
    let palette = Palette::of(ui);
    let pages = lesson.lesson.pages.len();
    let text = strings.with("page-of", [("page", (lesson.page_idx + 1).into()), ("pages", pages.into())]);
    let galley = ui.painter().layout_no_wrap(text.clone(), theme::interface(), palette.soft_ink);
    let (dash, gap) = (26.0, 7.0);
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
fn hints_ui(ui: &mut Ui, strings: &Strings, is_sampling: bool) {
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
    if is_sampling {
        hint(ui, &["x"], "hint-xray");
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
