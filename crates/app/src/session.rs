//! One experiment as the window sees it: where the knob is, what is computed, what may be seen.
//!
//! Nothing here draws and nothing here computes: it turns keys, clicks and time into commands for the worker, and the worker's reports into what there is to draw.
//!
//! The timeline has *positions* from left to right.
//! Usually position and moment are the same; a page that hides the picture is walked from noise to picture, so there positions count the moments backwards.

use std::collections::{BTreeMap, BTreeSet};

use egui::{ColorImage, Context, TextureHandle, TextureOptions};
use noisebook_data::Picture;
use noisebook_lab::{
    Histogram, NamedPoints, Number, Pixel, PixelMoment, PromptWord, Series, Settings, StepFormula, Value,
    View,
};

use crate::grid::Cells;
use crate::race::Board;
use crate::schedules::Curves;
use crate::worker::{Command, Rates, Report, ShownMoment, Worker, strip_moments};

/// How long a whole recording plays, in seconds.
const PLAY_SECONDS: f64 = 8.0;
/// Short recordings play no slower than this, in moments per second; clips play at just this rate.
const MIN_MOMENTS_PER_SECOND: f64 = 10.0;
/// How long a training rests at each of its states when it is played slowly, in seconds.
const SLOW_SECONDS: f64 = 0.5;

/// The moment on the stage.
pub(crate) struct OnStage {
    /// Its place in the recording.
    pub idx: usize,
    pub t: usize,
    pub pictures: BTreeMap<&'static str, TextureHandle>,
    pub numbers: Vec<Number>,
    pub histogram: Histogram,
    /// How many samples stand in its mosaics.
    pub num_samples: usize,
    counts: BTreeMap<&'static str, usize>,
    heat: BTreeMap<&'static str, Picture>,
    /// How many channels its pictures have.
    pub num_channels: usize,
    series: Vec<Series>,
    points: Vec<NamedPoints>,
    /// The step that starts here, in numbers.
    pub formula: Option<StepFormula>,
}

impl OnStage {
    /// The curve of this name.
    pub fn series(&self, name: &str) -> &[(f64, f64)] {
        let found = self.series.iter().find(|series| series.name == name);
        found.map(|series| series.points.as_slice()).unwrap_or_default()
    }

    /// The points of this name, in a plane; none where the experiment is about pictures.
    pub fn points(&self, name: &str) -> Option<&[[f32; 2]]> {
        self.points.iter().find(|named| named.name == name).map(|named| named.points.as_slice())
    }

    /// The mosaic of this name, and how many pictures stand in it.
    pub fn mosaic(&self, name: &str) -> Option<(&TextureHandle, usize)> {
        Some((self.pictures.get(name)?, self.counts.get(name).copied().unwrap_or(1)))
    }

    /// A value at each place of the plane, (1, h, w), from −1 to 1.
    pub fn heat(&self, name: &str) -> Option<&Picture> {
        self.heat.get(name)
    }

    pub fn number(&self, name: &str) -> Option<f64> {
        self.numbers.iter().find(|number| number.name == name).map(|number| number.value)
    }
}

/// A running experiment.
pub(crate) struct Session {
    run: u64,
    pub settings: Settings,
    own_picture: Option<(String, Picture)>,
    backward: bool,
    /// The t of each moment; empty until the worker has started.
    t: Vec<usize>,
    pub rates: Vec<Rates>,
    /// What the model calls its labels, once it is loaded.
    pub labels: Vec<String>,
    /// The words of its prompts as the model gets them; none where it is told no words.
    pub words: Option<Vec<PromptWord>>,
    /// What the samples of a training are asked for in turn; none where they are not asked for in words.
    pub prompts: Vec<&'static str>,
    /// Of two schedules, where they are compared.
    pub curves: Curves,
    pub num_computed: usize,
    /// How far the worker was told to go.
    compute_to: usize,
    pub seconds_to_go: Option<f64>,
    position: usize,
    /// The farthest position the learner has seen.
    farthest: usize,
    /// Where the film runs, with fractions of a moment, while it plays; infinity follows whatever is newest.
    playing: Option<f64>,
    pub stage: Option<OnStage>,
    stage_is_of_this_run: bool,
    strip: Vec<Option<TextureHandle>>,
    /// Names of pictures not shown yet.
    pub hidden: BTreeSet<String>,
    asked: BTreeSet<String>,
    measured: BTreeMap<String, Result<Number, String>>,
    begin_at_t: Option<usize>,
    /// The moment where it leaves its parent, if it is a branch.
    leaves_at: Option<usize>,
    /// The pixel that is looked at, its course, and for which moment and how many of them that was asked.
    pub probe: Option<Pixel>,
    pub course: Vec<PixelMoment>,
    probed: Option<(Pixel, usize, usize)>,
    /// Whether picture, settings and seed are the lesson's alone: in a blind test.
    pub is_locked: bool,
    pub failure: Option<String>,
    /// What a race has shown.
    pub race: Board,
    /// What a grid has shown.
    pub grid: Cells,
    /// What holds at this instant of a training, and its losses since the moment on the stage, with their updates.
    pub now: Vec<Number>,
    pub losses: Vec<(f64, f64)>,
    /// For how many seconds it has trained, in all and when each moment was there.
    pub seconds: f64,
    seconds_at: Vec<f64>,
    plays_once_started: bool,
    /// Whether a training is to be played slowly, and while it is, for how long it has rested.
    is_slow: bool,
    rested: Option<f64>,
    /// Whether it is going back: what is said of moments until then is about those that are forgotten.
    goes_back: bool,
}

impl Session {
    /// Starts run `run`.
    pub fn start(
        worker: &mut Worker,
        run: u64,
        settings: Settings,
        own_picture: Option<(String, Picture)>,
        hidden: BTreeSet<String>,
        backward: bool,
    ) -> Self {
        worker.send(Command::Start {
            run,
            settings: settings.clone(),
            own_picture: own_picture.as_ref().map(|(_, picture)| picture.clone()),
        });
        let mut session = Self::new(run, settings, own_picture, hidden, backward);
        // Noising is a formula; a network is asked only for what is looked at.
        let at_once = match session.view() {
            // Cells take long: they wait for their start.
            view if view.is_of_cells() => 0,
            _ if session.is_sampling() => 1,
            _ => usize::MAX,
        };
        session.compute_to(worker, at_once);
        session
    }

    /// Starts run `run` where the run `parent` is at its moment `idx`, which has this `t`, and goes on with `settings`.
    pub fn branch(
        worker: &mut Worker,
        run: u64,
        (parent, idx, t): (u64, usize, usize),
        settings: Settings,
        hidden: BTreeSet<String>,
    ) -> Self {
        worker.send(Command::Branch { run, parent, idx, t, settings: settings.clone() });
        let mut session = Self::new(run, settings, None, hidden, false);
        session.leaves_at = Some(idx);
        session.compute_to(worker, idx + 1);
        session
    }

    fn new(
        run: u64,
        settings: Settings,
        own_picture: Option<(String, Picture)>,
        hidden: BTreeSet<String>,
        backward: bool,
    ) -> Self {
        Self {
            run,
            settings,
            own_picture,
            backward,
            t: Vec::new(),
            rates: Vec::new(),
            labels: Vec::new(),
            words: None,
            prompts: Vec::new(),
            curves: Curves::new(),
            num_computed: 0,
            compute_to: 0,
            seconds_to_go: None,
            position: 0,
            farthest: 0,
            playing: None,
            stage: None,
            stage_is_of_this_run: true,
            strip: Vec::new(),
            hidden,
            asked: BTreeSet::new(),
            measured: BTreeMap::new(),
            begin_at_t: None,
            leaves_at: None,
            probe: None,
            course: Vec::new(),
            probed: None,
            is_locked: false,
            failure: None,
            race: Board::default(),
            grid: Cells::default(),
            now: Vec::new(),
            losses: Vec::new(),
            seconds: 0.0,
            seconds_at: Vec::new(),
            plays_once_started: false,
            is_slow: false,
            rested: None,
            goes_back: false,
        }
    }

    /// Takes over what the one before it showed, so that the stage does not flicker while a setting is dragged.
    pub fn continue_from(&mut self, before: Self, worker: &mut Worker) {
        // Until the worker answers, the timeline is as it was, so that no key is lost.
        self.t = before.t;
        if !self.is_sampling() {
            self.position = before.position;
            self.farthest = before.farthest;
            self.num_computed = before.num_computed;
            self.show(worker);
        }
        if self.view() == View::Schedules {
            // Every line and every picture stays until another takes its place: a curve that is dragged does not flicker.
            (self.strip, self.curves) = (before.strip, before.curves);
        }
        self.stage = before.stage;
        self.race = before.race.emptied();
        self.is_slow = before.is_slow;
        self.stage_is_of_this_run = false;
        self.probe = before.probe;
    }

    /// Takes over what the branch before it showed, so that the stage does not flicker.
    pub fn continue_branch(&mut self, before: Self) {
        self.t = before.t;
        self.position = before.position.min(self.leaves_at.unwrap_or_default());
        self.stage = before.stage;
        self.stage_is_of_this_run = false;
        self.probe = before.probe;
    }

    /// The place and the t of the moment that is nearest to `t`.
    pub fn nearest(&self, t: usize) -> Option<(usize, usize)> {
        let idx = self.moment_of(t)?;
        Some((idx, *self.t.get(idx)?))
    }

    pub fn run(&self) -> u64 {
        self.run
    }

    /// The name of the learner's own picture, if it is what dissolves.
    pub fn own_picture_name(&self) -> Option<&str> {
        let uses_it = self
            .picture_setting()
            .is_some_and(|name| self.settings.text(name).is_ok_and(|picture| picture == "own"));
        self.own_picture.as_ref().filter(|_| uses_it).map(|(name, _)| name.as_str())
    }

    /// Whether what is on the stage was made with the present settings, and not with those just left.
    pub fn stage_is_current(&self) -> bool {
        self.stage_is_of_this_run
    }

    /// What a later run of the same page needs of the learner's own picture.
    pub fn own_picture(&self) -> Option<&(String, Picture)> {
        self.own_picture.as_ref()
    }

    /// Whether the timeline leads from noise to the picture, which is to be recognized on the way.
    pub fn is_backward(&self) -> bool {
        self.backward
    }

    /// How the experiment is looked at.
    pub fn view(&self) -> View {
        self.settings.spec().view
    }

    /// Whether moments cost a network's work.
    pub fn is_sampling(&self) -> bool {
        !matches!(self.view(), View::Noising | View::Schedules | View::Gallery) && !self.is_exhibition()
    }

    /// Whether it can be left at a moment and gone on with in another way.
    pub fn has_branches(&self) -> bool {
        self.view() == View::Denoising && !self.is_locked
    }

    /// The moment where it leaves its parent, if it is a branch.
    pub fn leaves_at(&self) -> Option<usize> {
        self.leaves_at
    }

    /// Whether the moments are pictures to look at one after the other, without noise.
    pub fn is_exhibition(&self) -> bool {
        self.view() == View::Exhibition
    }

    /// Whether its moments are cells side by side, of a race or a grid, and no film.
    pub fn is_of_cells(&self) -> bool {
        self.view().is_of_cells()
    }

    /// What is broken on purpose, where that may be known.
    pub fn known_fault(&self) -> Option<&str> {
        let fault = self.settings.text("fault").ok()?;
        let is_hidden = ["fault", "healthy"].iter().any(|name| self.hidden.contains(*name));
        (fault != "none" && !is_hidden).then_some(fault)
    }

    /// Whether a network learns: then moments are states of the training, and their t is a number of updates.
    pub fn is_training(&self) -> bool {
        self.view().is_of_training()
    }

    /// Whether two networks learn against each other.
    pub fn is_game(&self) -> bool {
        self.view() == View::Game
    }

    /// Whether it shows what a trained generator makes, or what its critic says.
    pub fn is_gallery(&self) -> bool {
        self.view() == View::Gallery
    }

    /// Whether a critic judges a picture, which may be the learner's own.
    pub fn is_verdict(&self) -> bool {
        self.is_gallery() && self.has_setting("picture")
    }

    /// Whether it shows clips: then its moments are not the steps that were asked for but frames.
    pub fn is_of_clips(&self) -> bool {
        let steps = self.settings.int("num_steps").unwrap_or_default() as usize;
        self.is_gallery() && !self.is_verdict() && !self.t.is_empty() && self.t.len() != steps + 1
    }

    /// Whether its model is told words, as far as one knows before it is loaded.
    pub fn is_in_words(&self) -> bool {
        self.words.is_some() || self.settings.text("prompt").is_ok_and(|prompt| !prompt.is_empty())
    }

    /// Whether its experiment has a setting of this name.
    pub fn has_setting(&self, name: &str) -> bool {
        self.settings.get(name).is_ok()
    }

    /// Which part of an update of a game is looked at, from 1; none where it is not in slow motion.
    pub fn substep(&self) -> Option<u64> {
        let substep = self.settings.int("substep").ok().filter(|substep| *substep > 0);
        substep.filter(|_| self.is_game() && self.is_of_points())
    }

    /// Whether a second game is played beside the first.
    pub fn has_rival(&self) -> bool {
        let is_set = |name| self.settings.text(name).is_ok_and(|value| value != "none");
        self.is_game() && (is_set("rival") || is_set("scenario"))
    }

    /// Whether the second game may be seen: it would tell what is wrong with the first.
    pub fn hides_rival(&self) -> bool {
        self.hidden.contains("rival") || self.hidden.contains("scenario")
    }

    /// Whether a number, a curve or a picture may not be seen yet; the rival's belongs to both.
    pub fn hides(&self, name: &str) -> bool {
        let of_rival = name.strip_prefix("rival_");
        self.hidden.contains(name)
            || of_rival.is_some_and(|name| self.hides_rival() || self.hidden.contains(name))
    }

    /// Whether it can be looked into: a step, or what is asked of a picture.
    pub fn has_xray(&self) -> bool {
        let is_plane = self.is_game() && self.is_of_points();
        (self.is_sampling() && !self.is_of_cells() && !is_plane) || (self.is_gallery() && !self.is_verdict())
    }

    /// Whether it trains on points in a plane.
    pub fn is_of_points(&self) -> bool {
        let data = self.settings.text("data").unwrap_or_default();
        self.is_training() && !["digits", "eight-digits", "scenes", "own-pictures"].contains(&data)
    }

    /// Whether a word of a prompt is chosen, to see where it was looked at: one that is still there.
    pub fn looks_at_a_word(&self) -> bool {
        let words = self.words.as_deref().unwrap_or_default();
        let len_of = |prompt| words.iter().filter(|word| word.prompt == prompt).count() as u64;
        let longest = words.iter().map(|word| len_of(word.prompt)).max().unwrap_or_default();
        self.settings.int("word").is_ok_and(|word| (1..=longest).contains(&word))
    }

    /// Whether it trains on scenes, which are asked for in words.
    pub fn is_of_scenes(&self) -> bool {
        self.is_training() && self.settings.text("data").is_ok_and(|data| data == "scenes")
    }

    /// Whether it may leave the window as a file or as Rust.
    pub fn may_be_saved(&self) -> bool {
        // It would show what a prediction asks for; and before the worker answers, there is no moment.
        self.hidden.is_empty() && !self.is_exhibition() && !self.t.is_empty()
    }

    /// Whether a picture of the learner's own can take the place of the lesson's.
    pub fn takes_pictures(&self) -> bool {
        self.picture_setting().is_some() && !self.is_exhibition() && !self.is_locked
    }

    /// The setting that names the picture it begins with; none where it begins in noise.
    pub fn picture_setting(&self) -> Option<&'static str> {
        if self.is_altering() {
            return Some("source");
        }
        (!self.is_sampling() && self.has_setting("picture")).then_some("picture")
    }

    /// Whether a picture is altered, and not made out of noise.
    pub fn is_altering(&self) -> bool {
        self.settings.text("source").is_ok_and(|source| source != "none")
    }

    pub fn num_moments(&self) -> usize {
        self.t.len()
    }

    /// The knob's place, from the left.
    pub fn position(&self) -> usize {
        self.position
    }

    pub fn last_position(&self) -> usize {
        self.t.len().saturating_sub(1)
    }

    /// t where the knob is.
    pub fn t(&self) -> usize {
        self.t_at(self.position)
    }

    /// t at the left and right ends.
    pub fn ends(&self) -> (usize, usize) {
        (self.t_at(0), self.t_at(self.last_position()))
    }

    /// t at any place of the knob.
    pub fn t_at(&self, position: usize) -> usize {
        self.t.get(self.moment_at(self.t.len(), position)).copied().unwrap_or_default()
    }

    /// The t one computed step after the moment on the stage: the next moment's.
    pub fn t_after(&self) -> usize {
        let next = self.stage.as_ref().and_then(|stage| self.t.get(stage.idx + 1));
        next.copied().unwrap_or_default()
    }

    /// The index of the moment where the knob is.
    pub fn idx(&self) -> usize {
        self.moment_at(self.t.len(), self.position)
    }

    fn moment_at(&self, num_moments: usize, position: usize) -> usize {
        if self.backward { num_moments.saturating_sub(1).saturating_sub(position) } else { position }
    }

    pub fn is_playing(&self) -> bool {
        // A training that is watched from an earlier state goes on all the same; its first state is no training yet.
        self.playing.is_some() || (self.is_training() && self.compute_to > 1 && self.is_computing())
    }

    /// Whether the worker is making moments now.
    pub fn is_computing(&self) -> bool {
        self.failure.is_none() && self.num_computed < self.compute_to.min(self.t.len())
    }

    pub fn is_complete(&self) -> bool {
        !self.t.is_empty() && self.num_computed == self.t.len()
    }

    /// The t of the last moment that is computed.
    pub fn reach_t(&self) -> usize {
        self.t.get(self.num_computed.saturating_sub(1)).copied().unwrap_or_else(|| self.t())
    }

    /// Moves the knob, as far as there is something computed to show.
    pub fn seek(&mut self, worker: &mut Worker, position: usize) {
        (self.playing, self.rested) = (None, None);
        (self.race.was_chosen, self.grid.was_chosen) = (true, true);
        self.go_to(worker, position);
        // Whoever looks at the newest state of a training that goes on wants to see the next one too.
        if self.is_training() && self.is_computing() && position + 1 >= self.num_computed {
            self.playing = Some(f64::INFINITY);
        }
    }

    fn go_to(&mut self, worker: &mut Worker, position: usize) {
        let reach = if self.backward { self.last_position() } else { self.num_computed.saturating_sub(1) };
        let position = position.min(reach);
        self.farthest = self.farthest.max(position);
        if position != self.position || self.stage.is_none() {
            self.position = position;
            self.show(worker);
        }
    }

    fn show(&self, worker: &mut Worker) {
        let idx = self.moment_at(self.t.len(), self.position);
        worker.send(Command::Show { run: self.run, idx });
    }

    /// One moment back or on; at the edge of what is computed, a step on computes it.
    pub fn step(&mut self, worker: &mut Worker, by: isize) {
        let next = self.position.saturating_add_signed(by).min(self.last_position());
        if next < self.num_computed || self.backward {
            self.seek(worker, next);
        } else if self.num_computed < self.t.len() {
            // It is shown as soon as it is there: the film runs until then.
            self.rested = None;
            let num_moments = self.compute_to.max(next + 1);
            self.compute_to(worker, num_moments);
            self.playing = Some(if self.is_training() { f64::INFINITY } else { self.position as f64 });
        }
    }

    /// Lets the film run from where the knob is, or from the start if it stands at the end.
    /// A training trains, from its newest state on.
    pub fn play(&mut self, worker: &mut Worker) {
        if self.is_exhibition() {
            return;
        }
        if self.is_of_cells() {
            // Nothing plays: the cells are made, or that stops.
            let to = if self.is_computing() { 0 } else { usize::MAX };
            self.compute_to(worker, to);
            return;
        }
        if self.is_training() && !self.is_complete() {
            self.rested = self.is_slow.then_some(0.0);
            let to = if self.is_slow { self.num_computed + 1 } else { usize::MAX };
            self.compute_to(worker, to);
            self.go_to(worker, usize::MAX);
            self.playing = Some(f64::INFINITY);
            return;
        }
        if self.position == self.last_position() && self.is_complete() {
            self.go_to(worker, 0);
        }
        if self.num_computed < self.t.len() {
            self.compute_to(worker, usize::MAX);
        }
        self.playing = Some(self.position as f64);
    }

    /// Whether a training is played slowly.
    pub fn is_slow(&self) -> bool {
        self.is_slow
    }

    /// Plays slowly from now on, or at full speed.
    pub fn play_slowly(&mut self, worker: &mut Worker, is_slow: bool) {
        self.is_slow = is_slow;
        if self.is_playing() {
            self.play(worker);
        }
    }

    /// Goes along with a run beside it: to the moment nearest to `t`, which is computed if need be.
    pub fn follow(&mut self, worker: &mut Worker, t: usize) {
        let Some(idx) = self.moment_of(t) else {
            return;
        };
        if idx >= self.compute_to && idx >= self.num_computed && self.failure.is_none() {
            self.compute_to(worker, idx + 1);
        }
        self.go_to(worker, idx);
    }

    /// Stands at the moment nearest to `t`, as far as it is computed, once it has come to the stage.
    pub fn enter(&mut self, worker: &mut Worker, t: usize) {
        self.playing = None;
        match self.moment_of(t) {
            Some(idx) => self.go_to(worker, idx),
            None => self.begin_at_t = Some(t),
        }
        self.show(worker);
    }

    /// Looks at a pixel, or at none.
    pub fn look_at(&mut self, pixel: Option<Pixel>) {
        if self.probe != pixel {
            self.probe = pixel;
            self.course.clear();
        }
    }

    /// Asks for the course of the pixel that is looked at, where it is not known.
    pub fn ask_for_course(&mut self, worker: &mut Worker) {
        let Some(pixel) = self.probe else {
            return;
        };
        let asked = (pixel, self.idx(), self.num_computed);
        if self.probed != Some(asked) && self.idx() < self.num_computed {
            worker.send(Command::Probe { run: self.run, idx: self.idx(), pixel });
            self.probed = Some(asked);
        }
    }

    /// What the pixel that is looked at is at the moment on the stage.
    pub fn pixel_now(&self) -> Option<&PixelMoment> {
        let idx = self.stage.as_ref()?.idx;
        self.course.iter().find(|moment| moment.idx == idx)
    }

    /// To the end, which a network has to reach first.
    pub fn play_to_end(&mut self, worker: &mut Worker) {
        if self.is_complete() || self.is_training() || self.is_of_cells() {
            self.seek(worker, self.last_position());
        } else {
            self.play(worker);
            self.playing = Some(f64::INFINITY);
        }
    }

    /// Stops the film; moments go on being computed.
    pub fn pause(&mut self) {
        self.playing = None;
    }

    /// Whether the knob stands at an earlier state than the training has reached.
    pub fn is_at_earlier_state(&self) -> bool {
        self.is_training() && self.position + 1 < self.num_computed
    }

    /// Plays as soon as the worker has started the run.
    pub fn play_once_started(&mut self) {
        self.plays_once_started = true;
    }

    /// Forgets what the training learned after the state on the stage, and trains on from there.
    pub fn train_on_from_here(&mut self, worker: &mut Worker) {
        if self.is_at_earlier_state() {
            worker.send(Command::GoBack { run: self.run, idx: self.position });
            self.keep_moments(self.position + 1);
            // What it had not come to by its end it may come to now.
            self.asked.clear();
            self.measured.retain(|_, outcome| outcome.is_ok());
            self.goes_back = true;
        }
        self.play(worker);
    }

    /// Whether a setting can have another value without a new start.
    pub fn takes_live(&self, setting: &str) -> bool {
        self.settings.spec().live.contains(&setting)
    }

    /// Gives a live setting another value, once the worker finds that it may have it.
    pub fn change(&mut self, worker: &mut Worker, setting: String, value: String) {
        worker.send(Command::Change { run: self.run, setting, value });
    }

    /// Gives a live setting the value that it had before.
    pub fn change_back(&mut self, worker: &mut Worker, setting: &str, value: &Value) {
        // It could be set then, so it can be now.
        let _ = self.settings.set_value(setting, value.clone());
        self.change(worker, setting.to_owned(), value.to_string());
    }

    /// Whether a report says that from now on it trains with another setting; a look at another part of it is nothing to
    /// take back.
    pub fn trains_otherwise_by(&self, report: &Report) -> bool {
        let Report::Changed { run, setting, value } = report else {
            return false;
        };
        let present = self.settings.get(setting).map(Value::to_string).unwrap_or_default();
        self.is_training() && *run == self.run && setting != "substep" && present != *value
    }

    fn keep_moments(&mut self, num_computed: usize) {
        self.num_computed = num_computed;
        self.seconds_at.truncate(num_computed);
        self.losses.clear();
        let kept = strip_moments(self.t.len());
        for (slot, place) in self.strip.iter_mut().enumerate() {
            if kept.get(slot).is_some_and(|at| *at >= num_computed) {
                *place = None;
            }
        }
    }

    /// Whether the training has made an update.
    pub fn has_learned(&self) -> bool {
        self.now.iter().any(|number| number.name == "update" && number.value > 0.0)
    }

    /// For how many seconds the training had trained in the state on the stage.
    pub fn seconds_here(&self) -> f64 {
        self.seconds_at.get(self.idx()).copied().unwrap_or_default()
    }

    /// Stops the film and the computing; what is computed stays.
    pub fn cancel(&mut self, worker: &mut Worker) {
        (self.playing, self.rested) = (None, None);
        self.compute_to(worker, 0);
        self.compute_to = 0;
    }

    fn compute_to(&mut self, worker: &mut Worker, num_moments: usize) {
        self.compute_to = num_moments;
        worker.send(Command::ComputeTo { run: self.run, num_moments });
    }

    /// Asks for a measure, once it can be taken: at `t`, or of the whole recording.
    pub fn measure(&mut self, worker: &mut Worker, name: &str, t: Option<usize>) {
        let key = measure_key(name, t);
        if self.is_training() {
            return self.measure_training(worker, name, key, t);
        }
        let per_moment = self.settings.spec().measure(name).is_ok_and(|measure| measure.per_moment);
        let per_moment = per_moment && !self.is_exhibition();
        if self.asked.contains(&key) || self.t.is_empty() || !(per_moment || self.is_complete()) {
            return;
        }
        let idx = t.and_then(|t| self.moment_of(t)).unwrap_or_default();
        if per_moment && idx >= self.num_computed {
            return;
        }
        worker.send(Command::Measure { run: self.run, key: key.clone(), name: name.to_owned(), idx });
        self.asked.insert(key);
    }

    /// What a training reaches, it may reach long before its end: it is asked for with each new state until it is known.
    /// What it is at one update, once it has come to that one.
    fn measure_training(&mut self, worker: &mut Worker, name: &str, key: String, at: Option<usize>) {
        let Some(idx) = self.num_computed.checked_sub(1) else {
            return;
        };
        let has_come = at.is_none_or(|at| self.t.get(idx).is_some_and(|t| *t >= at));
        let asked = format!("{key} of {}", self.num_computed);
        if !has_come || self.measured.contains_key(&key) || !self.asked.insert(asked) {
            return;
        }
        let idx = at.and_then(|at| self.moment_of(at)).unwrap_or(idx);
        worker.send(Command::Measure { run: self.run, key, name: name.to_owned(), idx });
    }

    /// What came back.
    pub fn measured(&self, name: &str, t: Option<usize>) -> Option<&Result<Number, String>> {
        self.measured.get(&measure_key(name, t))
    }

    /// A measure of the moments along t, where it follows from the rates; none while they are not there.
    pub fn curve(&self, measure: &str) -> Option<Vec<(f64, f64)>> {
        let value: fn(&Rates) -> f64 = match measure {
            "signal_rate" => |rates| rates.signal,
            "noise_rate" => |rates| rates.noise,
            // ᾱ is the signal rate's square, and 1 − ᾱ the noise rate's.
            "alpha_cumprod" => |rates| rates.signal * rates.signal,
            "snr" => |rates| (rates.signal / rates.noise).powi(2),
            "snr_db" => |rates| 20.0 * (rates.signal / rates.noise).log10(),
            _ => return self.curves.get(measure).cloned(),
        };
        let points = self.rates.iter().map(|rates| (rates.t as f64, value(rates)));
        // At t = 0 there is no noise to divide by.
        let points: Vec<(f64, f64)> = points.filter(|(_, value)| value.is_finite()).collect();
        (!points.is_empty()).then_some(points)
    }

    /// The moment whose t is nearest.
    fn moment_of(&self, t: usize) -> Option<usize> {
        (0..self.t.len()).min_by_key(|idx| self.t.get(*idx).map(|at| at.abs_diff(t)))
    }

    /// Where the knob stands once the run has started: at the moment of this t.
    pub fn begin_at_t(&mut self, t: Option<usize>) {
        self.begin_at_t = t;
    }

    /// Lets time pass; true while the film runs.
    pub fn tick(&mut self, worker: &mut Worker, seconds: f64) -> bool {
        let Some(at) = self.playing else {
            return false;
        };
        if let Some(rested) = self.rested {
            return self.tick_slowly(worker, rested + seconds);
        }
        if self.is_of_clips() && at.is_finite() {
            // A clip begins again.
            let at = (at + seconds * MIN_MOMENTS_PER_SECOND) % self.num_computed.max(1) as f64;
            self.playing = Some(at);
            self.go_to(worker, at.floor() as usize);
            return true;
        }
        let last = self.last_position() as f64;
        let reach = if self.backward { last } else { self.num_computed.saturating_sub(1) as f64 };
        let speed = (last / PLAY_SECONDS).max(MIN_MOMENTS_PER_SECOND);
        // A network slower than the film holds it up; a faster one does not hurry it.
        let at = if at.is_finite() { (at + seconds * speed).min(reach) } else { at };
        self.playing = Some(at);
        self.go_to(worker, at.min(reach).floor() as usize);
        let arrived = self.position as f64 >= reach && !self.is_computing();
        if arrived {
            self.playing = None;
        }
        // What a training has to say wakes the window by itself.
        self.playing.is_some_and(|_| !self.is_training())
    }

    /// Lets a training rest at its newest state for a while before it goes on; true while it is played.
    fn tick_slowly(&mut self, worker: &mut Worker, rested: f64) -> bool {
        self.go_to(worker, usize::MAX);
        self.rested = Some(rested);
        if self.is_complete() || self.failure.is_some() {
            (self.playing, self.rested) = (None, None);
        } else if !self.is_computing() && rested >= SLOW_SECONDS {
            self.rested = Some(0.0);
            let next = self.num_computed + 1;
            self.compute_to(worker, next);
        }
        self.playing.is_some()
    }

    /// What a film strip of `slots` places shows: for each its position, and its picture if there is one to show.
    pub fn strip(&self, slots: usize) -> Vec<(usize, Option<&TextureHandle>)> {
        let kept = strip_moments(self.t.len());
        let slots = slots.min(kept.len());
        let spread = self.last_position() as f64 / slots.saturating_sub(1).max(1) as f64;
        (0..slots)
            .map(|place| {
                let position = (place as f64 * spread).round() as usize;
                let moment = self.moment_at(self.t.len(), position);
                let nearest = (0..kept.len()).min_by_key(|slot| kept[*slot].abs_diff(moment));
                // What is hidden, or only just being made, fills the strip as it is walked to.
                let is_made = self.is_sampling() && !self.is_training();
                let is_walked =
                    !self.is_exhibition() && !matches!(self.view(), View::Schedules | View::Gallery);
                let walks = (!self.hidden.is_empty() || is_made) && is_walked;
                let may_show = !walks || position <= self.farthest;
                let picture = nearest.and_then(|slot| self.strip.get(slot)?.as_ref());
                let is_asked = (self.is_training() && self.hidden.contains("samples"))
                    || (self.is_gallery() && self.hidden.contains("picture"));
                (position, picture.filter(|_| may_show && !is_asked))
            })
            .collect()
    }

    /// Takes in what the worker says; false if it is about another run.
    pub fn take(&mut self, ctx: &Context, worker: &mut Worker, report: Report) -> bool {
        match report {
            Report::Started { run, t, rates, labels, words, prompts } if run == self.run => {
                self.t = t;
                self.rates = rates;
                self.labels = labels;
                self.words = words;
                self.prompts = prompts;
                self.strip.resize(strip_moments(self.t.len()).len(), None);
                let beginning = self.leaves_at.unwrap_or_default();
                self.position = self.position.max(beginning);
                if let Some(moment) = self.begin_at_t.take().and_then(|t| self.moment_of(t)) {
                    if self.is_of_cells() {
                        // It has to get there first, and what it is about is that cell.
                        self.compute_to(worker, moment + 1);
                        self.position = moment;
                        (self.race.was_chosen, self.grid.was_chosen) = (true, true);
                    } else if self.is_sampling() {
                        // The network has to get there first; the film shows how.
                        self.compute_to(worker, moment + 1);
                        self.position = self.position.min(moment);
                        self.playing = (moment > self.position).then_some(self.position as f64);
                    } else {
                        // A position from a moment, by the same mirror as a moment from a position.
                        self.position = self.moment_at(self.t.len(), moment);
                    }
                }
                self.position = self.position.min(self.last_position());
                self.farthest = self.farthest.max(self.position);
                self.show(worker);
                if std::mem::take(&mut self.plays_once_started) {
                    self.play(worker);
                }
            }
            Report::Curves { run, curves } if run == self.run => self.curves = curves,
            Report::Computed { run, num_computed, seconds_to_go } if run == self.run => {
                if !self.goes_back {
                    self.num_computed = num_computed;
                    self.seconds_at.resize(num_computed, self.seconds);
                }
                self.seconds_to_go = seconds_to_go;
            }
            Report::Now { run, seconds, numbers } if run == self.run => {
                self.seconds = seconds;
                self.now = numbers;
                let of = |name| self.now.iter().find(|number| number.name == name).map(|number| number.value);
                if let (Some(update), Some(loss), false) = (of("update"), of("loss"), self.goes_back) {
                    self.losses.push((update, loss));
                }
            }
            Report::Changed { run, setting, value } if run == self.run => {
                // The worker has checked that it may be set.
                let _ = self.settings.set_typed(&setting, &value);
                self.show(worker);
            }
            Report::WentBack { run, num_computed, seconds } if run == self.run => {
                self.goes_back = false;
                self.seconds = seconds;
                self.keep_moments(num_computed);
            }
            Report::Shown { run, moment } if run == self.run => self.put_on_stage(ctx, *moment),
            Report::Cell { run, idx, numbers, row, num_pictures } if run == self.run => {
                if self.view() == View::Grid {
                    self.grid.take(ctx, idx, numbers, row);
                } else {
                    self.race.take(ctx, idx, numbers, row, num_pictures);
                }
            }
            Report::Strip { run, slot, image } if run == self.run => {
                if let Some(place) = self.strip.get_mut(slot) {
                    *place = Some(ctx.load_texture(format!("strip {slot}"), image, TextureOptions::NEAREST));
                }
            }
            Report::Probed { run, pixel, course } if run == self.run => {
                if self.probe == Some(pixel) {
                    self.course = course;
                }
            }
            Report::Measured { run, key, outcome } if run == self.run => {
                // A training that has not got there yet may do so.
                if outcome.is_ok() || !self.is_training() || self.is_complete() {
                    self.measured.insert(key, outcome);
                }
            }
            Report::Failed { run, sentence } if run == self.run => {
                self.failure = Some(sentence);
                self.playing = None;
            }
            _ => return false,
        }
        true
    }

    /// Sets the textures there are anew instead of making others.
    fn put_on_stage(&mut self, ctx: &Context, moment: ShownMoment) {
        self.stage_is_of_this_run = true;
        let mut before = self.stage.take().map(|stage| stage.pictures).unwrap_or_default();
        // Pixels are sharp squares; a picture too large for its place is shrunk without losing every other one.
        let sharp = TextureOptions { minification: egui::TextureFilter::Linear, ..TextureOptions::NEAREST };
        let mut texture = |name: &'static str, image: ColorImage| match before.remove(name) {
            Some(mut texture) => {
                texture.set(image, sharp);
                texture
            }
            None => ctx.load_texture(name, image, sharp),
        };
        self.stage = Some(OnStage {
            idx: moment.idx,
            t: moment.t,
            pictures: moment.pictures.into_iter().map(|(name, image)| (name, texture(name, image))).collect(),
            numbers: moment.numbers,
            histogram: moment.histogram,
            num_samples: moment.num_samples,
            counts: moment.counts.into_iter().collect(),
            heat: moment.heat.into_iter().collect(),
            num_channels: moment.num_channels,
            series: moment.series,
            points: moment.points,
            formula: moment.formula,
        });
        // The moment's own curve has them now, but for those of the updates after it.
        self.losses.retain(|(update, _)| *update > moment.t as f64);
    }
}

/// A curve between its points, which go up or down in x; none outside of them.
pub(crate) fn value_at(curve: &[(f64, f64)], x: f64) -> Option<f64> {
    let between = |a: f64, b: f64| (a.min(b)..=a.max(b)).contains(&x);
    if let [(only, value)] = curve {
        return (*only == x).then_some(*value);
    }
    curve.windows(2).find_map(|pair| match pair {
        [(x0, y0), (x1, y1)] if between(*x0, *x1) => {
            let along = if x1 == x0 { 0.0 } else { (x - x0) / (x1 - x0) };
            Some(y0 + (y1 - y0) * along)
        }
        _ => None,
    })
}

fn measure_key(name: &str, t: Option<usize>) -> String {
    t.map_or_else(|| name.to_owned(), |t| format!("{name}@{t}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_straight_between_its_points() {
        let up = [(0.0, 1.0), (10.0, 0.0), (20.0, 0.5)];
        let down: Vec<_> = up.iter().copied().rev().collect();
        for curve in [&up[..], &down] {
            assert_eq!(value_at(curve, 5.0), Some(0.5));
            assert_eq!(value_at(curve, 20.0), Some(0.5));
            assert_eq!(value_at(curve, 21.0), None);
        }
        assert_eq!(value_at(&[], 1.0), None);
        assert_eq!(value_at(&[(1.0, 2.0)], 1.0), Some(2.0));
    }
}
