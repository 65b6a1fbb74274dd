//! Files that come in and go out of the window: states of an experiment, and lessons by their file.

use std::path::PathBuf;

use egui::Context;
use noisebook_lab::{ShownRun, State, StateError, rust_text, rust_text_of};
use noisebook_lessons::{Block, Page, PredictKind};

use super::{Leave, NoisebookApp, Screen};
use crate::act::Act;
use crate::branching::Grown;
use crate::opening::{Opened, OpenedState, Opening, Saving, StatesOwn};
use crate::page::Hands;
use crate::stage::Notice;

impl NoisebookApp {
    /// Opens a file, once it is read.
    pub(super) fn open_file(&mut self, ctx: &Context, path: PathBuf) {
        self.opening = Some(Opening::of(ctx, self.store.clone(), path));
    }

    /// Lets the learner choose a file to open.
    pub(super) fn ask_for_file(&mut self, ctx: &Context) {
        let dialogs = self.surroundings.dialogs.clone();
        self.opening = Some(Opening::ask(ctx, self.store.clone(), dialogs));
    }

    /// Saves what is on the stage as a state; what is the learner's own only if they asked for that.
    pub(super) fn save_state(&mut self, ctx: &Context, with_own: bool) {
        let Screen::Lesson(lesson) = &self.screen else {
            return;
        };
        let Some(session) = lesson.session.as_ref().filter(|session| session.may_be_saved()) else {
            return;
        };
        let Some(mut state) = lesson.state() else {
            return;
        };
        state.lesson = Some(lesson.id.clone());
        state.page = Some(lesson.page.id.clone());
        if let Some(progress) = self.profile.remembered.lessons.get(&lesson.id) {
            let of_page = lesson.key("");
            let answers = progress.commitments.iter().filter(|(key, _)| key.starts_with(&of_page));
            let answers =
                answers.filter_map(|(key, answer)| Some((key.clone(), serde_json::to_value(answer).ok()?)));
            state.predictions = answers.collect();
        }
        let picture = session.own_picture().filter(|_| with_own && state.uses_own_picture());
        let data = Some(lesson.own_data()).filter(|_| with_own && state.uses_own_data());
        self.saving_state = Some(Saving::ask(
            ctx,
            self.store.clone(),
            self.surroundings.dialogs.clone(),
            format!("{}-{}.{}", lesson.id, lesson.page.id, State::EXTENSION),
            state,
            StatesOwn { picture: picture.map(|(_, picture)| picture.clone()), data },
        ));
    }

    /// Puts the Rust of what is on the stage on the clipboard.
    pub(super) fn copy_rust(&mut self, ctx: &Context) {
        let Screen::Lesson(lesson) = &self.screen else {
            return;
        };
        let Some(session) = lesson.session.as_ref().filter(|session| session.may_be_saved()) else {
            return;
        };
        ctx.copy_text(match &lesson.runs {
            Some(runs) => rust_text_of(&runs.tree, runs.shown, session.t()),
            None => rust_text(&session.settings, session.t()),
        });
        self.say(Notice { sentence: self.strings.get("rust-copied"), is_error: false });
    }

    /// Takes in what was read or written meanwhile.
    pub(super) fn hear_files(&mut self, ctx: &Context) {
        if let Some(answer) = self.opening.as_ref().and_then(Opening::answer) {
            self.opening = None;
            match answer {
                Some(Ok(opened)) => self.open(ctx, opened),
                Some(Err(error)) => self.say_error(error.to_string()),
                None => {}
            }
        }
        if let Some(answer) = self.saving_state.as_ref().and_then(Saving::answer) {
            self.saving_state = None;
            match answer {
                Some(Ok(path)) => {
                    let path = path.display().to_string();
                    let sentence = self.strings.with("exported", [("path", path.into())]);
                    self.say(Notice { sentence, is_error: false });
                }
                Some(Err(error)) => self.say_error(error.to_string()),
                None => {}
            }
        }
    }

    /// Shows what was read; changes to an open notebook are asked about first.
    pub(super) fn open(&mut self, ctx: &Context, opened: Opened) {
        if self.asks_first() {
            self.leaving = Some(Leave::Open(opened));
            return;
        }
        match opened {
            Opened::State(opened) => self.open_state(ctx, *opened),
            Opened::Lesson(id) => self.open_lesson(ctx, &id),
            Opened::Notebook(opened) => self.open_notebook(*opened),
        }
    }

    /// Turns to the page that a state belongs to, and puts it on the stage there.
    fn open_state(&mut self, ctx: &Context, opened: OpenedState) {
        let OpenedState { name, state, own, warnings } = opened;
        let mut own_picture = own.picture.map(|picture| (name, picture));
        if let (None, Screen::Lesson(lesson)) = (&own_picture, &self.screen) {
            own_picture = lesson.session.as_ref().and_then(|session| session.own_picture().cloned());
        }
        if state.uses_own_picture() && own_picture.is_none() {
            return self.say_error(StateError::NoOwnPicture.to_string());
        }
        let has_data = match &self.screen {
            _ if own.data.is_some() => true,
            Screen::Lesson(lesson) => lesson.has_own_data(&state.settings),
            _ => false,
        };
        if state.uses_own_data() && !has_data {
            return self.say_error(StateError::NoOwnData.to_string());
        }
        let Some((id, page_idx)) = self.page_of(&state) else {
            let experiment = state.settings.spec().name;
            let sentence = self.strings.with("no-page-for", [("experiment", experiment.into())]);
            return self.say_error(sentence);
        };
        if !matches!(&self.screen, Screen::Lesson(lesson) if lesson.id == id) {
            self.open_lesson(ctx, &id);
        }
        if let Some(presenting) = &mut self.presenting {
            presenting.question = None;
        }
        let now = self.last_time;
        let Self { worker, next_run, surroundings, strings, profile, screen, glossary, .. } = self;
        if let Screen::Lesson(lesson) = screen {
            let mut hands = Hands { worker, next_run, surroundings, strings, glossary, egui: ctx, now };
            let progress = profile.lesson(&lesson.id);
            let ShownRun { run: shown, t, beside, .. } = state.shown();
            let tree = state.tree();
            let grown = (tree.num_runs() > 1).then_some(Grown { tree, shown, beside });
            let shown = (state.settings, own_picture, own.data);
            lesson.show_state(page_idx, shown, (t, grown), progress, &mut hands);
        }
        if let Some(warning) = warnings.into_iter().next() {
            self.say_error(warning);
        }
    }

    /// The lesson and the page for a state: its own if it is still there, else the first with that experiment.
    fn page_of(&self, state: &State) -> Option<(String, usize)> {
        let book = self.book.as_ref().ok()?;
        let experiment = state.settings.spec().name;
        let mut pages = Vec::new();
        for entry in book.course.lessons() {
            let Some(Ok(lesson)) = book.lesson(&entry.id) else {
                continue;
            };
            for (page_idx, page) in
                lesson.pages.iter().enumerate().filter(|(_, page)| takes(page, experiment))
            {
                let is_its_lesson = state.lesson.as_ref() == Some(&entry.id);
                let is_its_page = is_its_lesson && state.page.as_ref() == Some(&page.id);
                let hides = page.experiment().is_some_and(|experiment| !experiment.hidden.is_empty());
                pages.push(((!is_its_page, !is_its_lesson, hides), (entry.id.clone(), page_idx)));
            }
        }
        // Of those that suit equally the first.
        pages.into_iter().min_by_key(|(misfit, _)| *misfit).map(|(_, place)| place)
    }

    fn say_error(&mut self, sentence: String) {
        self.say(Notice { sentence, is_error: true });
    }

    /// Says something where one looks.
    pub(super) fn say(&mut self, notice: Notice) {
        match &mut self.screen {
            Screen::Lesson(lesson) => lesson.notice = Some(notice),
            Screen::Notebook(notebook) => notebook.notice = Some(notice),
            Screen::Map { .. } if notice.is_error => self.trouble = Some(notice.sentence),
            Screen::Map { .. } => self.saved = Some(notice.sentence),
        }
    }
}

/// Whether the page's stage has this experiment and can take other settings: in a blind test it cannot.
fn takes(page: &Page, experiment: &str) -> bool {
    let is_blind = |block: &Block| matches!(block, Block::Predict(predict) if matches!(predict.kind, PredictKind::Recognize(_)));
    page.experiment().is_some_and(|found| found.name == experiment) && !page.blocks.iter().any(is_blind)
}

/// What the keys for files ask for, on every screen.
pub(super) fn keys(ctx: &Context) -> Vec<Act> {
    use egui::{Key, Modifiers};
    let keys = [
        (Modifiers::COMMAND | Modifiers::SHIFT, Key::C, Act::CopyRust),
        (Modifiers::COMMAND, Key::S, Act::SaveState { with_own: false }),
        (Modifiers::COMMAND, Key::O, Act::OpenFile),
    ];
    ctx.input_mut(|input| {
        keys.into_iter()
            .filter(|(modifiers, key, _)| input.consume_key(*modifiers, *key))
            .map(|(.., act)| act)
            .collect()
    })
}
