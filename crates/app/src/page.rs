//! A lesson on screen: its page, its experiment, and what the learner does with them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, TryRecvError};

use egui::Context;
use noisebook_data::Picture;
use noisebook_lab::{SettingError, Settings};
use noisebook_lessons::{Glossary, Lesson, Predict, PredictKind, Recognize, Tab};

use crate::act::Act;
use crate::ask::{Drafts, Rounds, note_curve, note_sorted, round_key};
use crate::book::{PageView, Piece, cells_of};
use crate::branching::{Grown, Runs};
use crate::cells::{CellAct, Cells};
use crate::export::{FileError, Format};
use crate::profile::{Commitment, LessonProgress};
use crate::session::{Session, value_at};
use crate::stage::Notice;
use crate::strings::Strings;
use crate::surroundings::Surroundings;
use crate::training::{Folder, LEAST_POINTS, Own, OwnAct, OwnData, folder_in_words, read_folder};
use crate::undo::History;
use crate::worker::{Command, Report, Worker, elsewhere};

/// A file dialog that has not answered yet.
enum Waiting {
    Open(Receiver<Option<PathBuf>>),
    /// How, and what: a moment of a run.
    Save(Format, (u64, usize), Receiver<Option<PathBuf>>),
    Folder(Receiver<Option<Result<Folder, FileError>>>),
}

/// A lesson that is open.
pub(crate) struct LessonScreen {
    pub id: String,
    pub lesson: Lesson,
    pub page_idx: usize,
    pub page: PageView,
    pub session: Option<Session>,
    /// The runs that branch off it, if there are any.
    pub runs: Option<Runs>,
    /// The Rust of all its pages.
    pub cells: Cells,
    pub tab: Tab,
    pub drafts: Drafts,
    /// What the learner brings along to train on.
    pub own: Own,
    /// What a training on the learner's own learned from last: as it was chosen, or as it stood in a state file.
    trains_on: Option<OwnData>,
    /// Where the page's blind test is, if it has one.
    pub rounds: Option<Rounds>,
    pub notice: Option<Notice>,
    /// When this page was turned to, and when something on it was revealed, in the window's seconds.
    pub turned_at: f64,
    pub revealed_at: f64,
    /// How far the prose reached beyond its column when it was last drawn, in points.
    pub overflow: f32,
    /// How large the prose is set, so that it fits, and the room for which that was found.
    pub fit: (f32, egui::Vec2),
    /// What is shown where there is no room for prose and stage side by side.
    pub face: Face,
    history: History<Snapshot>,
    /// The drafts as the history knows them.
    kept_drafts: Drafts,
    waiting: Option<Waiting>,
    /// Since when the learner's cells are not as they were last kept, in the window's seconds.
    unkept_since: Option<f64>,
}

/// How long a learner's cell may go on being written before it is kept, in seconds.
const KEEP_SECONDS: f64 = 1.0;

/// The two halves of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Face {
    #[default]
    Prose,
    Stage,
}

/// What undo brings back.
pub(crate) struct Snapshot {
    page_idx: usize,
    drafts: Drafts,
    stage: Option<(Settings, Option<(String, Picture)>)>,
    trains_on: Option<OwnData>,
    /// The stage's branches.
    grown: Option<Grown>,
    /// Answers too, where the whole lesson was reset; what was committed otherwise stays committed.
    progress: Option<LessonProgress>,
    /// The text of a cell, where that cell was reset.
    cell: Option<(u64, String)>,
}

/// What carrying out an act needs.
pub(crate) struct Hands<'a> {
    pub worker: &'a mut Worker,
    pub next_run: &'a mut u64,
    pub surroundings: &'a Surroundings,
    pub strings: &'a Strings,
    pub glossary: &'a Glossary,
    pub egui: &'a Context,
    /// The window's time, in seconds.
    pub now: f64,
}

impl Hands<'_> {
    pub fn run(&mut self) -> u64 {
        *self.next_run += 1;
        *self.next_run
    }
}

impl LessonScreen {
    /// Opens `lesson` at the page that `progress` remembers, or its first; its `cells` and their kernel may be there from before.
    pub fn open(
        id: &str,
        lesson: Lesson,
        cells: Cells,
        progress: &mut LessonProgress,
        hands: &mut Hands<'_>,
    ) -> Option<Self> {
        let page_idx = lesson.pages.iter().position(|page| page.id == progress.page).unwrap_or(0);
        let page = PageView::new(lesson.pages.get(page_idx)?, hands.glossary);
        let mut screen = Self {
            id: id.to_owned(),
            lesson,
            page_idx,
            page,
            session: None,
            runs: None,
            cells,
            tab: Tab::Picture,
            drafts: Drafts::new(),
            own: Own::of(&progress.own),
            trains_on: None,
            rounds: None,
            notice: None,
            turned_at: f64::NEG_INFINITY,
            revealed_at: f64::NEG_INFINITY,
            overflow: 0.0,
            fit: (1.0, egui::Vec2::ZERO),
            face: Face::default(),
            history: History::default(),
            kept_drafts: Drafts::new(),
            waiting: None,
            unkept_since: None,
        };
        screen.fill_cells(progress);
        screen.arrive(progress, hands);
        Some(screen)
    }

    /// Puts the lesson's cells where they belong, each with the learner's text where there is one.
    fn fill_cells(&mut self, progress: &LessonProgress) {
        self.cells.replace(self.lesson.pages.iter().flat_map(cells_of).collect());
        for cell in self.cells.iter_mut() {
            cell.code = progress.cells.get(&cell.key).cloned().unwrap_or_else(|| cell.original().to_owned());
        }
    }

    /// Keeps what the learner has made of the cells: at once, or where a window is given when they have paused or a second has passed.
    pub fn keep_cells(&mut self, progress: &mut LessonProgress, window: Option<(&Context, f64)>) {
        let is_kept = self
            .cells
            .iter()
            .all(|cell| progress.cells.get(&cell.key) == Some(&cell.code).filter(|_| cell.is_changed()));
        if is_kept {
            self.unkept_since = None;
            return;
        }
        if let Some((ctx, now)) = window {
            let since = *self.unkept_since.get_or_insert(now);
            if ctx.text_edit_focused() && now - since < KEEP_SECONDS {
                ctx.request_repaint_after(std::time::Duration::from_secs_f64(KEEP_SECONDS));
                return;
            }
        }
        self.unkept_since = None;
        // What belongs to cells that this version of the lesson does not have stays.
        let changed = self.cells.iter().filter(|cell| cell.is_changed());
        let changed: BTreeMap<String, String> =
            changed.map(|cell| (cell.key.clone(), cell.code.clone())).collect();
        progress.cells.retain(|key, _| self.cells.iter().all(|cell| cell.key != *key));
        progress.cells.extend(changed);
    }

    /// The first recording on the page's tab of code, which the keys of the timeline move.
    fn player(&mut self) -> Option<&mut crate::cells::Player> {
        let page = &self.page;
        self.cells
            .iter_mut()
            .filter(|cell| page.cells.contains(&cell.key))
            .find_map(|cell| cell.output.player())
    }

    /// Turns to a page of this lesson.
    pub fn turn_to(&mut self, page_idx: usize, progress: &mut LessonProgress, hands: &mut Hands<'_>) {
        let Some(page) = self.lesson.pages.get(page_idx) else {
            return;
        };
        self.page = PageView::new(page, hands.glossary);
        self.page_idx = page_idx;
        self.turned_at = hands.now;
        self.fit = (1.0, egui::Vec2::ZERO);
        self.notice = None;
        self.arrive(progress, hands);
    }

    pub fn is_last_page(&self) -> bool {
        self.page_idx + 1 == self.lesson.pages.len()
    }

    /// Remembers the page and puts its experiment on the stage.
    fn arrive(&mut self, progress: &mut LessonProgress, hands: &mut Hands<'_>) {
        progress.page.clone_from(&self.page.id);
        progress.page_number = self.page_idx + 1;
        progress.num_pages = self.lesson.pages.len();
        progress.finished |= self.is_last_page();
        self.tab = self.page.experiment.as_ref().map_or(Tab::Picture, |experiment| experiment.tab);
        self.own.is_open = false;
        let new_seed = &hands.surroundings.new_seed;
        self.rounds = self.recognize().map(|(predict, recognize)| {
            Rounds::go_on(self.key(&predict.id), recognize, &progress.commitments, || new_seed())
        });
        self.put_on_stage(progress, hands);
    }

    /// Starts the page's experiment, or what the present round of a blind test makes of it.
    fn put_on_stage(&mut self, progress: &LessonProgress, hands: &mut Hands<'_>) {
        self.session = None;
        self.runs = None;
        let Some(experiment) = &self.page.experiment else {
            return;
        };
        let settings = Settings::from_table(&experiment.name, &experiment.settings)
            .and_then(|settings| self.with_round(settings));
        match settings {
            Ok(settings) => {
                let hidden = self.hidden(progress);
                let start = experiment.start.filter(|_| self.rounds.is_none());
                if wants_own(&settings) {
                    self.hand_over_own(hands);
                }
                let run = hands.run();
                let backward = self.is_backward();
                let mut session = Session::start(hands.worker, run, settings, None, hidden, backward);
                session.begin_at_t(start);
                session.is_locked = self.rounds.is_some();
                self.session = Some(session);
            }
            // `noisebook check` finds this in lessons that are shipped.
            Err(e) => self.say_error(e.to_string()),
        }
    }

    /// The page's blind test.
    fn recognize(&self) -> Option<(&Predict, &Recognize)> {
        self.page.pieces.iter().find_map(|piece| match piece {
            Piece::Predict { predict, .. } => match &predict.kind {
                PredictKind::Recognize(recognize) => Some((predict, recognize)),
                _ => None,
            },
            _ => None,
        })
    }

    /// The settings with the picture, the schedule and the seed of the present round.
    fn with_round(&self, mut settings: Settings) -> Result<Settings, SettingError> {
        if let (Some(rounds), Some((_, recognize))) = (&self.rounds, self.recognize()) {
            let round = rounds.round(recognize);
            if let Some(picture) = recognize.pictures.get(round.picture) {
                settings.set("picture", picture.clone())?;
            }
            if let Some(schedule) = recognize.schedules.get(round.schedule) {
                settings.set("schedule", schedule.clone())?;
            }
            settings.set("seed", round.seed)?;
        }
        Ok(settings)
    }

    /// A page that hides the picture is walked from noise to picture.
    fn is_backward(&self) -> bool {
        let hides = |e: &noisebook_lessons::Experiment| e.hidden.iter().any(|name| name == "x0");
        self.rounds.is_some() || self.page.experiment.as_ref().is_some_and(hides)
    }

    /// What is hidden and not revealed by a commitment.
    fn hidden(&self, progress: &LessonProgress) -> BTreeSet<String> {
        let mut hidden: BTreeSet<String> =
            self.page.experiment.iter().flat_map(|experiment| experiment.hidden.iter().cloned()).collect();
        let predicts = || {
            self.page.pieces.iter().filter_map(|piece| match piece {
                Piece::Predict { predict, .. } => Some(predict),
                _ => None,
            })
        };
        // A blind test is blind, whatever else the page hides.
        for predict in predicts() {
            match &predict.kind {
                PredictKind::Recognize(_) => hidden.extend(["x0".to_owned()]),
                PredictKind::Sort { .. } => hidden.extend(predict.measure.clone()),
                _ => {}
            }
        }
        for predict in predicts() {
            let key = match &self.rounds {
                Some(rounds) if rounds.block == self.key(&predict.id) => rounds.key(),
                _ => self.key(&predict.id),
            };
            if !progress.commitments.contains_key(&key) && !progress.revealed.contains(&key) {
                continue;
            }
            for name in &predict.reveal {
                hidden.remove(name);
            }
            match &predict.kind {
                PredictKind::Recognize(_) => {
                    hidden.remove("x0");
                }
                PredictKind::Sort { .. } => {
                    hidden.retain(|name| predict.measure.as_ref() != Some(name));
                }
                _ => {}
            }
        }
        hidden
    }

    /// The name under which a block's answer is kept.
    pub fn key(&self, block: &str) -> String {
        format!("{}/{block}", self.page.id)
    }

    pub fn say_error(&mut self, sentence: String) {
        self.notice = Some(Notice { sentence, is_error: true });
    }

    /// Shows a class what a question asks for.
    pub fn reveal(&mut self, block: String, progress: &mut LessonProgress, now: f64) {
        progress.revealed.insert(block);
        self.unhide(progress, now);
    }

    /// Shows what is not hidden any more.
    fn unhide(&mut self, progress: &LessonProgress, now: f64) {
        let hidden = self.hidden(progress);
        if let Some(session) = &mut self.session {
            if session.hidden != hidden {
                self.revealed_at = now;
            }
            session.hidden = hidden;
        }
    }

    /// Carries out what concerns the page; acts of the window are left to it.
    pub fn perform(&mut self, act: Act, progress: &mut LessonProgress, hands: &mut Hands<'_>) {
        let last_round = self.recognize().map(|(_, recognize)| recognize.rounds);
        match act {
            Act::Own(act) => self.perform_own(&act, progress, hands),
            Act::Undo if self.own.is_open && self.own.can_undo() => {
                self.perform_own(&OwnAct::Undo, progress, hands);
            }
            Act::Open(tab) => self.tab = tab,
            Act::Dismiss => self.notice = None,
            Act::Turn(face) => self.face = face,
            act @ (Act::Undo | Act::Redo) => {
                let mut history = std::mem::take(&mut self.history);
                self.keep_cells(progress, None);
                let now = |to: &Snapshot| {
                    let cell = to.cell.as_ref().and_then(|(id, _)| self.cells.get(*id));
                    let cell = cell.map(|cell| (cell.id, cell.code.clone()));
                    let progress = to.progress.is_some().then_some(&*progress);
                    Snapshot { cell, ..self.snapshot(progress) }
                };
                let snapshot = if act == Act::Undo { history.undo(now) } else { history.redo(now) };
                self.history = history;
                self.restore(snapshot, progress, hands);
            }
            Act::Cells(CellAct::Reset(id)) => {
                let cell = self.cells.get(id).map(|cell| (id, cell.code.clone()));
                let snapshot = Snapshot { cell, ..self.snapshot(None) };
                self.history.keep(snapshot);
                if let Some(cell) = self.cells.get_mut(id) {
                    cell.code = cell.original().to_owned();
                }
            }
            Act::Cells(act) => {
                let (kernels, egui) = (&hands.surroundings.kernels, hands.egui);
                let start = || {
                    let window = egui.clone();
                    kernels.start(Box::new(move || window.request_repaint()))
                };
                self.cells.perform(&act, hands.now, &start);
                self.keep_cells(progress, None);
            }
            Act::Step(by) if self.tab == Tab::Code => {
                if let Some(player) = self.player() {
                    player.step(by);
                }
            }
            Act::PlayOrPause if self.tab == Tab::Code => {
                let now = hands.now;
                if let Some(player) = self.player() {
                    player.play_or_pause(now);
                }
            }
            Act::ResetLesson => {
                self.keep_cells(progress, None);
                self.history.keep(self.snapshot(Some(progress)));
                *progress = LessonProgress::default();
                self.own = Own::of(&progress.own);
                self.drafts.clear();
                self.kept_drafts.clear();
                // Variables too are as in a lesson that was never opened.
                self.cells = Cells::default();
                self.fill_cells(progress);
                self.turn_to(0, progress, hands);
                let sentence = hands.strings.get("lesson-reset");
                self.notice = Some(Notice { sentence, is_error: false });
            }
            Act::Vote { block, choice, by } => {
                let votes = progress.votes.entry(block).or_default();
                votes.resize(votes.len().max(choice + 1), 0);
                if let Some(count) = votes.get_mut(choice) {
                    *count = count.saturating_add_signed(by).min(999);
                }
            }
            Act::Commit { block, mut commitment } => {
                self.note_round(&block, &mut commitment);
                progress.commitments.insert(block, commitment);
                self.unhide(progress, hands.now);
            }
            Act::NextRound => {
                if let (Some(rounds), Some(last)) = (&mut self.rounds, last_round) {
                    rounds.number = (rounds.number + 1).min(last);
                    self.put_on_stage(progress, hands);
                }
            }
            Act::StartOver => {
                if let (Some(rounds), Some(last)) = (&mut self.rounds, last_round) {
                    for number in 1..=last {
                        let key = round_key(&rounds.block, number);
                        progress.commitments.remove(&key);
                        self.drafts.remove(&key);
                    }
                }
                self.arrive(progress, hands);
            }
            Act::Set { setting, value } if setting == "data" && is_own(&value) => {
                self.choose_own(&value, hands);
            }
            Act::Set { setting, value } => match &mut self.session {
                Some(session) if session.takes_live(&setting) => session.change(hands.worker, setting, value),
                _ => self.change(hands, |settings| settings.set_typed(&setting, &value)),
            },
            Act::Adjust { settings: changed, is_new } => {
                let change = |settings: &mut Settings| {
                    changed.iter().try_for_each(|(name, value)| settings.set_typed(name, value))
                };
                if is_new {
                    self.change(hands, change);
                } else {
                    self.change_on(hands, change);
                }
            }
            Act::NewSeed => {
                let seed = (hands.surroundings.new_seed)();
                self.change(hands, |settings| settings.set("seed", seed));
            }
            Act::LessonPicture => {
                let Some(name) = self.session.as_ref().and_then(Session::picture_setting) else {
                    return;
                };
                let lessons = self.page.experiment.as_ref().and_then(|e| e.settings.get(name));
                let lessons = lessons.and_then(|value| value.as_str()).map(str::to_owned);
                self.change(hands, |settings| {
                    let default = settings.spec().setting(name)?.default.to_string();
                    settings.set(name, lessons.unwrap_or(default))
                });
            }
            Act::OpenPicture => {
                let dialogs = hands.surroundings.dialogs.clone();
                let answer = elsewhere(hands.egui, "noisebook-dialog", move || dialogs.open_picture());
                self.waiting = Some(Waiting::Open(answer));
            }
            Act::BranchHere => {
                self.tab = Tab::Branches;
                if let Some(settings) = self.session.as_ref().map(|session| session.settings.clone()) {
                    self.branch_here(&settings, hands);
                }
            }
            Act::ShowRun(run) => self.show_run(run, hands),
            Act::HoldBeside(run) => self.hold_beside(run),
            Act::RemoveRun(run) => self.remove_run(run, hands),
            Act::Probe(pixel) => {
                if let Some(session) = &mut self.session {
                    session.look_at(pixel);
                }
            }
            Act::Export(format) => {
                let Some(what) = self.session.as_ref().map(|session| (session.run(), session.idx())) else {
                    return;
                };
                let dialogs = hands.surroundings.dialogs.clone();
                let name = format!("{}-{}.{}", self.id, self.page.id, format.extension());
                let answer = elsewhere(hands.egui, "noisebook-dialog", move || dialogs.save_as(&name));
                self.waiting = Some(Waiting::Save(format, what, answer));
            }
            act => self.move_timeline(&act, hands),
        }
    }

    /// Keeps with the answer to a round what it was about, and stops the film there.
    fn note_round(&mut self, block: &str, commitment: &mut Commitment) {
        let (Some(rounds), Some((_, recognize))) = (&self.rounds, self.recognize()) else {
            return;
        };
        if rounds.key() != block {
            return;
        }
        let t = commitment.t.unwrap_or_default() as f64;
        let curve = self.session.as_ref().and_then(|session| session.curve("snr_db"));
        let snr_db = curve.and_then(|curve| value_at(&curve, t));
        rounds.round(recognize).note(rounds, snr_db, commitment);
        if let Some(session) = &mut self.session {
            session.pause();
        }
    }

    fn move_timeline(&mut self, act: &Act, hands: &mut Hands<'_>) {
        let Some(session) = &mut self.session else {
            return;
        };
        let worker = &mut *hands.worker;
        match act {
            Act::Seek(position) => session.seek(worker, *position),
            Act::Step(by) => session.step(worker, *by),
            Act::PlayOrPause if session.is_playing() && session.is_training() => session.cancel(worker),
            Act::PlayOrPause if session.is_playing() => session.pause(),
            Act::TrainOn => session.train_on_from_here(worker),
            Act::PlayOrPause => session.play(worker),
            Act::ToStart | Act::Rewind => session.seek(worker, 0),
            Act::ToEnd => session.play_to_end(worker),
            Act::Stop => session.cancel(worker),
            Act::PlaySlowly(is_slow) => session.play_slowly(worker, *is_slow),
            Act::Race(act) => session.race.perform(*act),
            _ => {}
        }
    }

    /// Starts the experiment anew with other settings.
    fn change<E: std::fmt::Display>(
        &mut self,
        hands: &mut Hands<'_>,
        change: impl FnOnce(&mut Settings) -> Result<(), E>,
    ) {
        let Some(before) = self.session.take() else {
            return;
        };
        let mut settings = before.settings.clone();
        let changed = change(&mut settings);
        self.session = Some(before);
        if let Err(e) = changed {
            self.say_error(e.to_string());
            return;
        }
        if self.tab == Tab::Branches && self.session.as_ref().is_some_and(Session::has_branches) {
            return self.change_here(settings, hands);
        }
        if self.runs.as_ref().is_some_and(|runs| runs.shown > 0) {
            return self.change_branch(settings, hands);
        }
        self.history.keep(self.snapshot(None));
        self.begin_anew(settings, hands);
    }

    /// The same in the middle of a change, which undo takes back as one.
    fn change_on(
        &mut self,
        hands: &mut Hands<'_>,
        change: impl FnOnce(&mut Settings) -> Result<(), SettingError>,
    ) {
        let Some(mut settings) = self.session.as_ref().map(|session| session.settings.clone()) else {
            return;
        };
        match change(&mut settings) {
            Ok(()) => self.begin_anew(settings, hands),
            Err(e) => self.say_error(e.to_string()),
        }
    }

    fn begin_anew(&mut self, settings: Settings, hands: &mut Hands<'_>) {
        let Some(before) = self.session.take() else {
            return;
        };
        let own_picture = before.own_picture().cloned();
        self.restart(before, settings, own_picture, hands);
    }

    /// Puts settings, a picture and the moment at `t` on the stage of page `page_idx`; undo brings back what was there.
    pub fn show_state(
        &mut self,
        page_idx: usize,
        (settings, own_picture, own_data): (Settings, Option<(String, Picture)>, Option<OwnData>),
        (t, grown): (usize, Option<Grown>),
        progress: &mut LessonProgress,
        hands: &mut Hands<'_>,
    ) {
        self.history.keep(self.snapshot(None));
        self.trains_on = own_data.or(self.trains_on.take());
        if page_idx != self.page_idx {
            self.turn_to(page_idx, progress, hands);
        }
        if let Some(before) = self.session.take() {
            self.restart(before, settings, own_picture, hands);
        }
        if grown.is_some() {
            self.regrow(grown, hands);
            self.tab = Tab::Branches;
        }
        if let Some(session) = &mut self.session {
            session.begin_at_t(Some(t));
        }
        self.face = Face::Stage;
        self.notice = None;
    }

    fn restart(
        &mut self,
        before: Session,
        settings: Settings,
        own_picture: Option<(String, Picture)>,
        hands: &mut Hands<'_>,
    ) {
        if wants_own(&settings) {
            self.hand_over_own(hands);
        }
        self.runs = None;
        let run = hands.run();
        let hidden = before.hidden.clone();
        let backward = self.is_backward();
        let mut session = Session::start(hands.worker, run, settings, own_picture, hidden, backward);
        session.is_locked = before.is_locked;
        session.continue_from(before, hands.worker);
        self.session = Some(session);
    }

    /// Lets undo know of what is about to change.
    pub(crate) fn history_keep(&mut self, before: Snapshot) {
        self.history.keep(before);
    }

    pub(crate) fn snapshot(&self, progress: Option<&LessonProgress>) -> Snapshot {
        let settings = |session: &Session| self.trunk_settings().unwrap_or(&session.settings).clone();
        let of = |session: &Session| (settings(session), session.own_picture().cloned());
        Snapshot {
            page_idx: self.page_idx,
            drafts: self.kept_drafts.clone(),
            stage: self.session.as_ref().map(of),
            trains_on: self.trains_on.clone(),
            grown: self.grown(),
            progress: progress.cloned(),
            cell: None,
        }
    }

    fn restore(&mut self, snapshot: Option<Snapshot>, progress: &mut LessonProgress, hands: &mut Hands<'_>) {
        let Some(Snapshot { page_idx, drafts, stage, trains_on, grown, progress: answers, cell }) = snapshot
        else {
            return;
        };
        let had_data = std::mem::replace(&mut self.trains_on, trains_on);
        let turns = page_idx != self.page_idx || answers.is_some();
        if let Some(answers) = answers {
            *progress = answers;
            self.own = Own::of(&progress.own);
            self.fill_cells(progress);
        }
        if let Some((id, code)) = cell
            && let Some(cell) = self.cells.get_mut(id)
        {
            cell.code = code;
        }
        if turns {
            self.turn_to(page_idx, progress, hands);
        }
        self.kept_drafts.clone_from(&drafts);
        self.drafts = drafts;
        self.notice = None;
        if let Some((settings, own_picture)) = stage {
            let has_other_data = wants_own(&settings) && had_data != self.trains_on;
            self.bring_back(settings, own_picture, has_other_data, hands);
        }
        if grown != self.grown() {
            self.regrow(grown, hands);
        }
    }

    /// Puts settings and a picture on the stage again: while it runs, if that can be, or from its start.
    fn bring_back(
        &mut self,
        settings: Settings,
        own_picture: Option<(String, Picture)>,
        has_other_data: bool,
        hands: &mut Hands<'_>,
    ) {
        // The stage of a blind test is its round's, which has no way back.
        let Some(session) = self.session.as_ref().filter(|session| !session.is_locked) else {
            return;
        };
        let now = self.trunk_settings().unwrap_or(&session.settings);
        let has_other_input = has_other_data || session.own_picture() != own_picture.as_ref();
        let others: Vec<_> = settings.iter().filter(|(name, value)| now.get(name) != Ok(value)).collect();
        if has_other_input || others.iter().any(|(name, _)| !session.takes_live(name)) {
            if let Some(before) = self.session.take() {
                self.restart(before, settings, own_picture, hands);
            }
        } else if let Some(session) = &mut self.session {
            for (name, value) in others {
                session.change_back(hands.worker, name, value);
            }
        }
    }

    pub fn can_undo(&self) -> bool {
        self.history.can_undo()
    }

    pub fn can_redo(&self) -> bool {
        self.history.can_redo()
    }

    /// Lets undo know of what was drawn or chosen, once the learner has let go of it.
    pub fn keep_drafts(&mut self, ctx: &Context) {
        // What is drawn makes room for an answer; nothing in it is no answer.
        self.drafts.retain(|_, draft| !draft.is_empty());
        let busy = ctx.input(|input| input.pointer.any_down()) || ctx.egui_wants_keyboard_input();
        if !busy && self.drafts != self.kept_drafts {
            self.history.keep(self.snapshot(None));
            self.kept_drafts.clone_from(&self.drafts);
        }
    }

    /// Puts a newly written version of the lesson on the screen, at the page that is open.
    pub fn reload(&mut self, lesson: Lesson, progress: &mut LessonProgress, hands: &mut Hands<'_>) {
        let page_idx = lesson.pages.iter().position(|page| page.id == self.page.id);
        let page_idx = page_idx.unwrap_or_else(|| self.page_idx.min(lesson.pages.len().saturating_sub(1)));
        self.keep_cells(progress, None);
        self.lesson = lesson;
        self.fill_cells(progress);
        self.turn_to(page_idx, progress, hands);
    }

    /// What the learner does with data of their own.
    fn perform_own(&mut self, act: &OwnAct, progress: &mut LessonProgress, hands: &mut Hands<'_>) {
        let is_plane = self.session.as_ref().is_some_and(Session::is_of_points);
        self.own.perform(act, is_plane);
        match act {
            OwnAct::Open(true) => self.tab = Tab::Picture,
            OwnAct::AskForFolder => {
                let dialogs = hands.surroundings.dialogs.clone();
                let answer = elsewhere(hands.egui, "noisebook-dialog", move || {
                    Some(read_folder(&[dialogs.open_folder()?]))
                });
                self.waiting = Some(Waiting::Folder(answer));
            }
            OwnAct::Train => {
                self.own.is_open = false;
                let data = if is_plane { "drawn-points" } else { "own-pictures" };
                self.train_on(data, hands);
            }
            OwnAct::Judge => {
                self.own.is_open = false;
                let name = hands.strings.get("your-drawing");
                self.put_own_picture(name, self.own.drawing.picture(), hands);
                if let Some(session) = &mut self.session {
                    session.seek(hands.worker, 0);
                }
            }
            OwnAct::Open(false)
            | OwnAct::Begin
            | OwnAct::Paint(..)
            | OwnAct::Point(_)
            | OwnAct::Keep
            | OwnAct::Remove(_)
            | OwnAct::Clear
            | OwnAct::Undo
            | OwnAct::LeaveFolder => {}
        }
        let kept = self.own.kept();
        if kept != progress.own {
            progress.own = kept;
        }
    }

    /// Chooses data of one's own: the pad first, where there is none yet.
    fn choose_own(&mut self, data: &str, hands: &mut Hands<'_>) {
        let has_some = match data {
            "drawn-points" => self.own.points.len() >= LEAST_POINTS,
            _ => self.own.num_pictures() > 0,
        };
        if has_some {
            return self.train_on(data, hands);
        }
        let is_plane = data == "drawn-points";
        if self.session.as_ref().is_some_and(|session| session.is_of_points() != is_plane) {
            // There is nothing of one's own to begin with; the pad belongs to the kind of data on the stage.
            let is_game = self.session.as_ref().is_some_and(Session::is_game);
            let data = match (is_plane, is_game) {
                (true, _) => "moons",
                (false, true) => "digits",
                (false, false) => "eight-digits",
            };
            self.change(hands, |settings| settings.set("data", data));
        }
        self.own.is_open = true;
        self.tab = Tab::Picture;
    }

    /// Begins a training on data of one's own, from scratch.
    fn train_on(&mut self, data: &str, hands: &mut Hands<'_>) {
        self.history.keep(self.snapshot(None));
        self.trains_on = Some(self.own.data());
        self.change_on(hands, |settings| {
            settings.set("data", data)?;
            // A game always begins from scratch.
            if settings.get("start").is_ok() { settings.set("start", "scratch") } else { Ok(()) }
        });
        if let Some(session) = &mut self.session {
            session.play_once_started();
        }
    }

    /// What a training on the learner's own learns from.
    pub fn own_data(&self) -> OwnData {
        self.trains_on.clone().unwrap_or_else(|| self.own.data())
    }

    /// Whether there is what these settings ask for.
    pub fn has_own_data(&self, settings: &Settings) -> bool {
        let OwnData { pictures, points } = self.own_data();
        if settings.text("data").is_ok_and(|data| data == "drawn-points") {
            points.len() >= LEAST_POINTS
        } else {
            !pictures.is_empty()
        }
    }

    fn hand_over_own(&self, hands: &mut Hands<'_>) {
        hands.worker.send(Command::Own(self.own_data()));
    }

    /// Whether files and folders that are dropped are pictures to train on.
    pub fn takes_folders(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.is_training() && !session.is_of_points())
    }

    /// Pictures and folders that were dropped on the window, to train on.
    pub fn drop_folder(&mut self, paths: Vec<PathBuf>, hands: &mut Hands<'_>) {
        let answer = elsewhere(hands.egui, "noisebook-folder", move || Some(read_folder(&paths)));
        self.waiting = Some(Waiting::Folder(answer));
    }

    fn take_folder(&mut self, read: Result<Folder, FileError>, hands: &Hands<'_>) {
        match read {
            Ok(folder) => {
                let sentence = folder_in_words(hands.strings, &folder);
                self.own.folder = Some(folder);
                self.own.is_open = true;
                self.tab = Tab::Picture;
                self.notice = Some(Notice { sentence, is_error: false });
            }
            Err(e) => self.say_error(e.to_string()),
        }
    }

    /// A file that was dropped on the window.
    pub fn drop_picture(&mut self, path: PathBuf, hands: &mut Hands<'_>) {
        match &self.session {
            Some(session) if session.is_training() => {
                self.say_error(hands.strings.get("no-picture-among-points"));
            }
            Some(session) if session.takes_pictures() => self.read_picture(path, hands),
            _ => self.say_error(hands.strings.get("no-picture-here")),
        }
    }

    fn read_picture(&mut self, path: PathBuf, hands: &mut Hands<'_>) {
        let size = self.session.as_ref().and_then(|session| session.settings.int("size").ok());
        let size = size.unwrap_or(256) as usize;
        hands.worker.send(Command::OpenPicture { path, size });
    }

    /// Puts a picture of the learner's own in the place of the lesson's.
    fn put_own_picture(&mut self, name: String, picture: Picture, hands: &mut Hands<'_>) {
        let takes = self.session.as_ref().filter(|session| session.takes_pictures());
        let Some(setting) = takes.and_then(Session::picture_setting) else {
            return;
        };
        self.history.keep(self.snapshot(None));
        let Some(before) = self.session.take() else {
            return;
        };
        let mut settings = before.settings.clone();
        match settings.set(setting, "own") {
            Ok(()) => {
                self.notice = None;
                self.restart(before, settings, Some((name, picture)), hands);
            }
            Err(e) => {
                self.session = Some(before);
                self.say_error(e.to_string());
            }
        }
    }

    /// Takes the answers of dialogs.
    pub fn hear_dialogs(&mut self, hands: &mut Hands<'_>) {
        if let Some(Waiting::Folder(answer)) = &self.waiting {
            match answer.try_recv() {
                Err(TryRecvError::Empty) => return,
                Ok(Some(read)) => self.take_folder(read, hands),
                Ok(None) | Err(TryRecvError::Disconnected) => {}
            }
            self.waiting = None;
        }
        let (saved, answer) = match &self.waiting {
            Some(Waiting::Open(answer)) => (None, answer.try_recv()),
            Some(Waiting::Save(format, what, answer)) => (Some((*format, *what)), answer.try_recv()),
            Some(Waiting::Folder(_)) | None => return,
        };
        match (saved, answer) {
            (_, Err(TryRecvError::Empty)) => return,
            (None, Ok(Some(path))) => self.read_picture(path, hands),
            (Some((format, (run, idx))), Ok(Some(path))) => {
                if self.session.as_ref().is_some_and(|session| session.run() == run) {
                    hands.worker.send(Command::Export { run, format, idx, path });
                } else {
                    self.say_error(hands.strings.get("left-before-saved"));
                }
            }
            // Nothing was chosen, or there was no dialog.
            (_, Ok(None) | Err(TryRecvError::Disconnected)) => {}
        }
        self.waiting = None;
    }

    /// Takes in a report of the worker.
    pub fn hear(&mut self, report: Report, hands: &mut Hands<'_>) {
        match report {
            Report::PictureOpened { name, picture } => {
                self.put_own_picture(name, picture, hands);
            }
            Report::PictureRefused { sentence }
            | Report::NotExported { sentence }
            | Report::NotChanged { sentence } => {
                self.say_error(sentence);
            }
            Report::Stuck { run, sentence } => {
                if let Some(session) = self.session.as_mut().filter(|session| session.run() == run) {
                    session.cancel(hands.worker);
                    self.say_error(sentence);
                }
            }
            Report::Exported { path } => {
                let path = path.display().to_string();
                let sentence = hands.strings.with("exported", [("path", path.into())]);
                self.notice = Some(Notice { sentence, is_error: false });
            }
            report => {
                let Some(report) = self.hear_runs(report, hands) else {
                    return;
                };
                if self.session.as_ref().is_some_and(|session| session.trains_otherwise_by(&report)) {
                    self.history.keep(self.snapshot(None));
                }
                if let Some(session) = &mut self.session {
                    session.take(hands.egui, hands.worker, report);
                    if let Some(failure) = session.failure.clone()
                        && self.notice.is_none()
                    {
                        self.say_error(failure);
                    }
                }
            }
        }
    }

    /// Asks the experiment for what committed predictions compare with, and keeps the answers.
    pub fn measure(&mut self, progress: &mut LessonProgress, hands: &mut Hands<'_>) {
        let Some(session) = &mut self.session else {
            return;
        };
        for piece in &self.page.pieces {
            let Piece::Predict { predict, .. } = piece else {
                continue;
            };
            let block = format!("{}/{}", self.page.id, predict.id);
            if progress.revealed.contains(&block)
                && let Some(name) = &predict.measure
            {
                session.measure(hands.worker, name, predict.at);
            }
            let (key, default) = match &self.rounds {
                Some(rounds) if rounds.block == block => (rounds.key(), Some("recognized_at")),
                _ => (block, None),
            };
            let (Some(name), Some(commitment)) =
                (predict.measure.as_deref().or(default), progress.commitments.get_mut(&key))
            else {
                continue;
            };
            match &predict.kind {
                PredictKind::Draw { x, .. } => {
                    if let Some(curve) = session.curve(name) {
                        note_curve(commitment, x, &curve);
                    }
                }
                PredictKind::Sort { .. } => {
                    for position in 0..session.num_moments() {
                        let t = session.t_at(position);
                        session.measure(hands.worker, name, Some(t));
                    }
                    note_sorted(commitment, session, name);
                }
                _ => {
                    session.measure(hands.worker, name, predict.at);
                    if let Some(Ok(number)) = session.measured(name, predict.at) {
                        keep(commitment, number.value);
                    }
                }
            }
        }
    }
}

/// Whether this data is the learner's own.
fn is_own(data: &str) -> bool {
    matches!(data, "drawn-points" | "own-pictures")
}

/// Whether a run with these settings needs what the learner brings along.
pub(crate) fn wants_own(settings: &Settings) -> bool {
    settings.text("data").is_ok_and(is_own)
}

fn keep(commitment: &mut Commitment, value: f64) {
    // JSON has no infinity.
    commitment.outcome = Some(value).filter(|value| value.is_finite());
}
