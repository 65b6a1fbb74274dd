//! The thread on which experiments run, so that the window never waits.
//!
//! Commands go in and reports come out through channels; of what waits, a newer command drops those that it makes pointless.
//! Each experiment started is a *run* with a number, and several runs may be alive at once: a run from its start ends those
//! before it, a branch goes on from the middle of another. What is said about a run that has ended is dropped on both sides.
//! Runs that were looked at last are computed first, the one that is less far before the other.
//! Between two steps the worker looks at its commands, so a cancel or a scrub waits for one step at most.
//! Sampling runs on one thread fewer than there are cores: the last one is the window's.
//! A training on pictures takes all of them: it is waited for, and a pass over the window fits in between.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, SyncSender, TryRecvError, channel, sync_channel};

use egui::ColorImage;
use noisebook_data::Picture;
use noisebook_lab::{
    Context, Experiment, Grove, Histogram, LabError, Moment, NamedPicture, NamedPoints, Number, Pixel,
    PixelMoment, Progress, PromptWord, Series, Settings, StepFormula, View,
};

use crate::export::{self, Format};
use crate::schedules::{self, Curves};
use crate::surroundings::Clock;
use crate::theme;
use crate::tiles::mosaic_columns;
use crate::training::{OwnData, plane};

/// How many moments are kept as small pictures: every fortieth, so that strips of 5, 9 and 11 find theirs.
const STRIP: usize = 41;

/// The longest side of those, in pixels.
const STRIP_SIDE: usize = 64;

/// How long a training goes on before the worker looks at its commands, and before it says how far it is, in seconds.
const STRETCH: f64 = 0.03;
const SAYING: f64 = 0.1;

/// What the window asks for.
pub(crate) enum Command {
    /// Begin run `run`, ending those before it.
    Start { run: u64, settings: Settings, own_picture: Option<Picture> },
    /// Begin run `run` where the run `parent` is at its moment `idx`, and go on with `settings`; a moment that was saved has
    /// to have the same `t`.
    Branch { run: u64, parent: u64, idx: usize, t: usize, settings: Settings },
    /// End a run.
    End { run: u64 },
    /// End all of them.
    EndAll,
    /// Go on until this many moments are computed; 0 stops.
    ComputeTo { run: u64, num_moments: usize },
    /// Report the moment `idx`, now or once it is computed.
    Show { run: u64, idx: usize },
    /// Take a measure of the registry, at moment `idx`; the report will carry `key`.
    Measure { run: u64, key: String, name: String, idx: usize },
    /// Report one pixel's course, its values at the moment `idx` among them.
    Probe { run: u64, idx: usize, pixel: Pixel },
    /// Report how far the pictures of two runs are from each other, each at a moment.
    Compare { of: [(u64, usize); 2] },
    /// Write what is computed, or its moment `idx`, to a file.
    Export { run: u64, format: Format, idx: usize, path: PathBuf },
    /// Read a learner's own picture at `size` pixels a side.
    OpenPicture { path: PathBuf, size: usize },
    /// What the learner brings along; the runs that begin after this may train on it.
    Own(OwnData),
    /// Give a live setting another value.
    Change { run: u64, setting: String, value: String },
    /// Forget everything after the moment `idx`, and stop there.
    GoBack { run: u64, idx: usize },
}

/// What the worker has to say.
pub(crate) enum Report {
    /// The run exists; `t` of each of its moments, how the rates go along it, what labels may be asked for,
    /// what words are, and what its samples are asked for in turn.
    Started {
        run: u64,
        t: Vec<usize>,
        rates: Vec<Rates>,
        labels: Vec<String>,
        words: Option<Vec<PromptWord>>,
        prompts: Vec<&'static str>,
    },
    /// The curves of a run that compares schedules.
    Curves { run: u64, curves: Curves },
    /// How far the run is, and how long it will take to where it was told to go.
    Computed { run: u64, num_computed: usize, seconds_to_go: Option<f64> },
    /// A moment that was asked for.
    Shown { run: u64, moment: Box<ShownMoment> },
    /// A cell of a race or a grid is done: its numbers, and its pictures in one row.
    Cell { run: u64, idx: usize, numbers: Vec<Number>, row: ColorImage, num_pictures: usize },
    /// A picture of the film strip.
    Strip { run: u64, slot: usize, image: ColorImage },
    /// A measure, or why it cannot be taken.
    Measured { run: u64, key: String, outcome: Result<Number, String> },
    /// One pixel along the moments computed so far.
    Probed { run: u64, pixel: Pixel, course: Vec<PixelMoment> },
    /// The mean of |a − b| over the two runs' pictures, in units of pixel value; none if they have nothing to compare.
    Compared { of: [(u64, usize); 2], difference: Option<f64> },
    /// A file was written.
    Exported { path: PathBuf },
    /// A file could not be written.
    NotExported { sentence: String },
    /// The learner's own picture.
    PictureOpened { name: String, picture: Picture },
    /// The file is no picture that can be used.
    PictureRefused { sentence: String },
    /// The run ended with an error.
    Failed { run: u64, sentence: String },
    /// The run cannot go on from its latest moment, and waits.
    Stuck { run: u64, sentence: String },
    /// A training goes on: for how many seconds it has trained, and what holds at this instant.
    Now { run: u64, seconds: f64, numbers: Vec<Number> },
    /// A live setting has its new value.
    Changed { run: u64, setting: String, value: String },
    /// A setting does not take this value.
    NotChanged { sentence: String },
    /// So many moments are left, after so many seconds of training.
    WentBack { run: u64, num_computed: usize, seconds: f64 },
}

/// How much picture and how much noise there is at one t.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rates {
    pub t: usize,
    pub signal: f64,
    pub noise: f64,
}

/// A moment ready to be painted.
pub(crate) struct ShownMoment {
    pub idx: usize,
    pub t: usize,
    /// By name as in the registry; several samples stand in one mosaic.
    pub pictures: Vec<(&'static str, ColorImage)>,
    /// How many of them stand in each mosaic.
    pub counts: Vec<(&'static str, usize)>,
    /// What is no picture but a value at each place of the plane, (1, h, w).
    pub heat: Vec<(&'static str, Picture)>,
    pub numbers: Vec<Number>,
    pub histogram: Histogram,
    /// How many samples stand in its mosaics.
    pub num_samples: usize,
    /// How many channels its pictures have: 3 in color, 1 in gray.
    pub num_channels: usize,
    pub series: Vec<Series>,
    pub points: Vec<NamedPoints>,
    /// The step that starts there, in numbers.
    pub formula: Option<StepFormula>,
}

/// The window's end of the worker.
pub(crate) struct Worker {
    commands: Sender<Command>,
    reports: Receiver<Report>,
}

impl Worker {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(context: Context, clock: Clock, egui: egui::Context) -> std::io::Result<Self> {
        let (commands, inbox) = channel();
        let (outbox, reports) = sync_channel(32);
        std::thread::Builder::new().name("noisebook-lab".to_owned()).spawn(move || {
            let (grove, runs) = (Grove::default(), BTreeMap::new());
            let waiting = VecDeque::new();
            Bench { context, clock, egui, inbox, waiting, outbox, grove, runs, num_shown: 0 }.run();
        })?;
        Ok(Self { commands, reports })
    }

    /// Hands a command over without waiting.
    pub fn send(&mut self, command: Command) {
        // Without a worker there is nobody to tell.
        let _ = self.commands.send(command);
    }

    /// Everything reported since the last call.
    pub fn reports(&mut self) -> Vec<Report> {
        self.reports.try_iter().collect()
    }
}

/// Puts a command behind those that wait, without those that it makes pointless: what a mask that is being painted started a
/// stroke ago is looked at by nobody.
fn queue(waiting: &mut VecDeque<Command>, command: Command) {
    let saves = waiting.iter().any(|waiting| matches!(waiting, Command::Export { .. }));
    waiting.retain(|waiting| match (waiting, &command) {
        (Command::Show { run: waiting, .. }, Command::Show { run, .. })
        | (Command::Probe { run: waiting, .. }, Command::Probe { run, .. }) => waiting != run,
        (Command::Compare { .. }, Command::Compare { .. }) => false,
        (Command::Own(_) | Command::OpenPicture { .. }, _) => true,
        // It ends the runs before it, unless there is something in them to be saved.
        (_, Command::Start { .. }) => saves,
        _ => true,
    });
    waiting.push_back(command);
}

/// What a run still has to do.
#[derive(Default)]
struct Assignment {
    /// Whether the window knows that it has begun.
    is_told: bool,
    compute_to: usize,
    show: Option<usize>,
    /// Of all moments asked to be shown, which this run was last asked for.
    shown_at: u64,
    /// How many moments the window knows to be computed.
    told: usize,
    /// Film strip slots not yet reported, with their moments.
    strip: VecDeque<(usize, usize)>,
    /// When the present stretch of computing began, and how many moments there were.
    since: Option<(f64, usize)>,
    /// Where the moments of a recording cost unlike amounts: steps done and to do in all, and how many were done when the
    /// present stretch began.
    steps: Option<(usize, usize, usize)>,
    /// For how many seconds it has computed when each moment was there, and until now.
    seconds_at: Vec<f64>,
    seconds: f64,
    /// The same when the window was last told.
    said_at: f64,
}

/// The worker's end.
struct Bench {
    context: Context,
    clock: Clock,
    egui: egui::Context,
    inbox: Receiver<Command>,
    waiting: VecDeque<Command>,
    outbox: SyncSender<Report>,
    /// The experiments, by their runs.
    grove: Grove,
    runs: BTreeMap<u64, Assignment>,
    /// How many moments were asked to be shown.
    num_shown: u64,
}

/// The window is gone.
struct Closed;

/// The next piece of work.
enum Piece {
    Begin(u64),
    Show(u64, usize),
    Strip(u64, usize, usize),
    Compute(u64),
}

impl Bench {
    fn run(mut self) {
        // No pool is no reason to fail: rayon's own does as well.
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get().saturating_sub(1).max(1));
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok();
        let (pool, whole) = (pool(threads), pool(0));
        while let Ok(command) = self.next_command() {
            let go_on = match command {
                Some(command) => self.obey(command),
                None => {
                    let pool = if self.learns_pictures() { &whole } else { &pool };
                    match pool {
                        Some(pool) => pool.install(|| self.work()),
                        None => self.work(),
                    }
                }
            };
            if go_on.is_err() {
                return;
            }
        }
    }

    /// The next command; none if there is work to do meanwhile.
    fn next_command(&mut self) -> Result<Option<Command>, Closed> {
        if self.waiting.is_empty() && self.next_piece().is_none() {
            let command = self.inbox.recv().map_err(|_| Closed)?;
            queue(&mut self.waiting, command);
        }
        loop {
            match self.inbox.try_recv() {
                Ok(command) => queue(&mut self.waiting, command),
                Err(TryRecvError::Disconnected) if self.waiting.is_empty() => return Err(Closed),
                Err(_) => return Ok(self.waiting.pop_front()),
            }
        }
    }

    /// The most urgent piece of work: what is looked at, a branch to begin, the film strips, the next moment.
    fn next_piece(&mut self) -> Option<Piece> {
        let Self { grove, runs, .. } = self;
        let mut pieces = Vec::new();
        for (&run, assignment) in runs.iter() {
            let facts = grove.with(run, |experiment| (experiment.num_computed(), experiment.num_moments()));
            // What was looked at last comes first.
            let age = u64::MAX - assignment.shown_at;
            let Some((num_computed, num_moments)) = facts else {
                pieces.push(((1, 0, age), Piece::Begin(run)));
                continue;
            };
            if let Some(idx) = assignment.show.filter(|idx| *idx < num_computed) {
                pieces.push(((0, 0, age), Piece::Show(run, idx)));
            }
            let strip = assignment.strip.front().filter(|(_, idx)| *idx < num_computed);
            if let Some((slot, idx)) = strip {
                pieces.push(((2, 0, age), Piece::Strip(run, *slot, *idx)));
            }
            if num_computed < assignment.compute_to.min(num_moments) {
                // Two runs side by side keep pace: the one with more to go is first.
                let to_go = num_moments - num_computed;
                let is_looked_at = self.num_shown.saturating_sub(assignment.shown_at) < 4;
                pieces.push(((3 + u8::from(!is_looked_at), usize::MAX - to_go, age), Piece::Compute(run)));
            }
        }
        pieces.into_iter().min_by_key(|(urgency, _)| *urgency).map(|(_, piece)| piece)
    }

    /// Whether a network learns pictures. Points are so little work that two threads would wait for each other.
    fn learns_pictures(&mut self) -> bool {
        let Self { grove, runs, .. } = self;
        let learns = |experiment: &mut dyn Experiment| {
            let data = experiment.settings().text("data").unwrap_or_default();
            experiment.spec().view.is_of_training()
                && (data.contains("digits") || ["scenes", "own-pictures"].contains(&data))
        };
        runs.keys().any(|run| grove.with(*run, learns) == Some(true))
    }

    fn report(&self, report: Report) -> Result<(), Closed> {
        self.outbox.send(report).map_err(|_| Closed)?;
        self.egui.request_repaint();
        Ok(())
    }

    fn obey(&mut self, command: Command) -> Result<(), Closed> {
        match command {
            Command::Start { run, settings, own_picture } => self.begin(run, &settings, own_picture),
            Command::Branch { run, parent, idx, t, settings } => {
                self.grove.branch(run, (parent, idx, Some(t)), settings);
                self.runs.insert(run, Assignment::default());
                Ok(())
            }
            Command::End { run } => {
                self.grove.remove(run);
                self.runs.remove(&run);
                Ok(())
            }
            Command::EndAll => {
                self.grove.clear();
                self.runs.clear();
                Ok(())
            }
            Command::ComputeTo { run, num_moments } => {
                let Some(assignment) = self.runs.get_mut(&run) else {
                    return Ok(());
                };
                assignment.compute_to = num_moments;
                assignment.since = None;
                assignment.steps = None;
                self.report_computed(run)
            }
            Command::Show { run, idx } => {
                if let Some(assignment) = self.runs.get_mut(&run) {
                    self.num_shown += 1;
                    assignment.shown_at = self.num_shown;
                    assignment.show = Some(idx);
                }
                Ok(())
            }
            Command::Measure { run, key, name, idx } => {
                let measured = self.grove.with(run, |experiment| experiment.measure(&name, idx));
                match measured {
                    Some(outcome) => {
                        let outcome = outcome.map_err(|e| e.to_string());
                        self.report(Report::Measured { run, key, outcome })
                    }
                    None => Ok(()),
                }
            }
            Command::Probe { run, idx, pixel } => {
                let course = self.grove.with(run, |experiment| course(experiment, pixel, idx));
                match course {
                    Some(Ok(course)) => self.report(Report::Probed { run, pixel, course }),
                    // A pixel that is not there has no course.
                    Some(Err(_)) => self.report(Report::Probed { run, pixel, course: Vec::new() }),
                    None => Ok(()),
                }
            }
            Command::Compare { of } => {
                let [a, b] = of.map(|(run, idx)| {
                    self.grove.with(run, |experiment| experiment.moment(idx).ok()).flatten()
                });
                let difference = a.zip(b).and_then(|(a, b)| a.mean_abs_difference(&b, "x_t"));
                self.report(Report::Compared { of, difference })
            }
            Command::Export { run, format, idx, path } => {
                let written =
                    self.grove.with(run, |experiment| export::write(experiment, format, idx, &path));
                match written {
                    Some(Ok(())) => self.report(Report::Exported { path }),
                    Some(Err(e)) => self.report(Report::NotExported { sentence: e.to_string() }),
                    None => Ok(()),
                }
            }
            Command::OpenPicture { path, size } => match export::read_picture(&path, size) {
                Ok((name, picture)) => self.report(Report::PictureOpened { name, picture }),
                Err(e) => self.report(Report::PictureRefused { sentence: e.to_string() }),
            },
            Command::Own(own) => {
                self.context.own_pictures = own.pictures.to_vec();
                self.context.own_points = own.points.to_vec();
                Ok(())
            }
            Command::Change { run, setting, value } => self.change(run, setting, value),
            Command::GoBack { run, idx } => self.go_back(run, idx),
        }
    }

    fn change(&mut self, run: u64, setting: String, value: String) -> Result<(), Closed> {
        let changed = self.grove.with(run, |experiment| {
            let mut settings = experiment.settings().clone();
            let typed = settings.set_typed(&setting, &value).and_then(|()| settings.get(&setting).cloned());
            typed.map_err(LabError::from).and_then(|typed| experiment.change(&setting, typed))
        });
        match changed {
            Some(Ok(true)) => self.report(Report::Changed { run, setting, value }),
            Some(Err(e)) => self.report(Report::NotChanged { sentence: e.to_string() }),
            Some(Ok(false)) | None => Ok(()),
        }
    }

    fn go_back(&mut self, run: u64, idx: usize) -> Result<(), Closed> {
        let gone = self.grove.with(run, |experiment| {
            experiment.go_back(idx)?;
            Ok((experiment.num_computed(), experiment.num_moments()))
        });
        let (Some(gone), Some(assignment)) = (gone, self.runs.get_mut(&run)) else {
            return Ok(());
        };
        let (num_computed, num_moments) = match gone {
            Ok(facts) => facts,
            Err(e) => return self.fail(run, &e),
        };
        let slots = strip_moments(num_moments);
        // What comes after is small pictures of another training.
        let later = slots.into_iter().enumerate().filter(|(_, at)| *at >= num_computed);
        let waiting = assignment.strip.drain(..).filter(|(_, at)| *at < num_computed);
        assignment.strip = waiting.collect::<Vec<_>>().into_iter().chain(later).collect();
        assignment.compute_to = 0;
        assignment.told = num_computed;
        assignment.seconds_at.truncate(num_computed);
        assignment.seconds = assignment.seconds_at.last().copied().unwrap_or_default();
        assignment.said_at = assignment.seconds;
        let seconds = assignment.seconds;
        self.report(Report::WentBack { run, num_computed, seconds })
    }

    fn begin(&mut self, run: u64, settings: &Settings, own_picture: Option<Picture>) -> Result<(), Closed> {
        // A run that can go on with other settings does: its number is another.
        let before = self.runs.keys().next().copied().and_then(|before| self.grove.take(before));
        let goes_on = before.filter(|_| own_picture.is_none());
        self.grove.clear();
        self.runs.clear();
        self.runs.insert(run, Assignment::default());
        let context = Context { own_picture, ..self.context.clone() };
        let started = match goes_on.and_then(|experiment| schedules::taken_over(experiment, settings)) {
            Some(experiment) => Ok(experiment),
            None => noisebook_lab::start(settings.spec().name, settings, &context),
        };
        match started {
            Ok(experiment) => {
                self.grove.plant(run, experiment);
                self.report_started(run)
            }
            Err(e) => self.fail(run, &e),
        }
    }

    /// Tells the window what there is of a run that has begun.
    fn report_started(&mut self, run: u64) -> Result<(), Closed> {
        let started = self.grove.with(run, |experiment| {
            let t: Vec<usize> = (0..experiment.num_moments()).map(|idx| experiment.t_of(idx)).collect();
            let words = experiment.words().map(<[PromptWord]>::to_vec);
            let prompts = experiment.prompts().to_vec();
            let labels = experiment.labels().to_vec();
            (t, rates(experiment), labels, words, prompts, schedules::curves(experiment))
        });
        let (Some((t, rates, labels, words, prompts, curves)), Some(assignment)) =
            (started, self.runs.get_mut(&run))
        else {
            return Ok(());
        };
        assignment.is_told = true;
        assignment.strip = strip_moments(t.len()).into_iter().enumerate().collect();
        self.report(Report::Started { run, t, rates, labels, words, prompts })?;
        if !curves.is_empty() {
            self.report(Report::Curves { run, curves })?;
        }
        self.report_computed(run)
    }

    fn fail(&mut self, run: u64, error: &LabError) -> Result<(), Closed> {
        self.grove.remove(run);
        self.runs.remove(&run);
        self.report(Report::Failed { run, sentence: error.to_string() })
    }

    /// One piece of work.
    fn work(&mut self) -> Result<(), Closed> {
        let Some(piece) = self.next_piece() else {
            return Ok(());
        };
        let (run, outcome) = match piece {
            Piece::Begin(run) => (run, self.grow(run)?),
            Piece::Show(run, idx) => {
                if let Some(assignment) = self.runs.get_mut(&run) {
                    assignment.show = None;
                }
                let shown = self.grove.with(run, |experiment| shown(experiment, idx));
                let report = |moment| Report::Shown { run, moment: Box::new(moment) };
                (run, shown.transpose().map(|moment| moment.map(report)))
            }
            Piece::Strip(run, slot, idx) => {
                if let Some(assignment) = self.runs.get_mut(&run) {
                    assignment.strip.pop_front();
                }
                let image = self.grove.with(run, |experiment| strip_image(experiment, idx));
                let report = |image| Report::Strip { run, slot, image };
                (run, image.transpose().map(|image| image.flatten().map(report)))
            }
            Piece::Compute(run) => (run, self.compute(run)?),
        };
        match outcome {
            Ok(Some(report)) => self.report(report),
            Ok(None) => Ok(()),
            Err(e) if e.is_of_the_latest_moment() => {
                if let Some(assignment) = self.runs.get_mut(&run) {
                    assignment.compute_to = 0;
                }
                self.report(Report::Stuck { run, sentence: e.to_string() })
            }
            Err(e) => self.fail(run, &e),
        }
    }

    /// The cell that the latest step brought to its end, the one after `before`.
    fn report_cell(&mut self, run: u64, before: usize) -> Result<Result<(), LabError>, Closed> {
        let cell = self
            .grove
            .with(run, |experiment| (experiment.num_computed() > before).then(|| experiment.moment(before)));
        let moment = match cell.flatten() {
            Some(Ok(moment)) => moment,
            Some(Err(e)) => return Ok(Err(e)),
            None => return Ok(Ok(())),
        };
        let pictures = moment.pictures.first().map(|named| named.pictures.as_slice()).unwrap_or_default();
        let (row, num_pictures) = (mosaic(pictures, pictures.len()), pictures.len());
        self.report(Report::Cell { run, idx: before, numbers: moment.numbers, row, num_pictures })?;
        Ok(Ok(()))
    }

    /// Brings a branch nearer to its beginning.
    fn grow(&mut self, run: u64) -> Result<Result<Option<Report>, LabError>, Closed> {
        let outcome = self.grove.grow(run);
        // Its parents have got further, or one of them has begun.
        let others: Vec<u64> = self.runs.keys().copied().collect();
        for other in others {
            if self.grove.is_begun(other) && self.runs.get(&other).is_some_and(|known| !known.is_told) {
                self.report_started(other)?;
            } else {
                self.report_computed_anew(other)?;
            }
        }
        Ok(outcome.map(|_| None))
    }

    fn compute(&mut self, run: u64) -> Result<Result<Option<Report>, LabError>, Closed> {
        let num_computed = self.grove.with(run, |experiment| experiment.num_computed());
        if let (Some(assignment), Some(num_computed)) = (self.runs.get_mut(&run), num_computed) {
            assignment.since.get_or_insert(((self.clock)(), num_computed));
        }
        let clock = self.clock.clone();
        let began = clock();
        let stepped = self.grove.with(run, |experiment| {
            let before = experiment.num_computed();
            loop {
                let outcome = experiment.step()?;
                let is_new = experiment.num_computed() != before;
                // Where moments lie many steps apart, not each of those is worth a word.
                if is_new || outcome == Progress::Done || clock() - began >= STRETCH {
                    let of_cells = experiment.spec().view.is_of_cells().then_some(outcome);
                    break Ok((experiment.num_computed(), is_new, experiment.now(), of_cells));
                }
            }
        });
        let (Some(stepped), Some(assignment)) = (stepped, self.runs.get_mut(&run)) else {
            return Ok(Ok(None));
        };
        let (num_computed, is_new, numbers, of_cells) = match stepped {
            Ok(facts) => facts,
            Err(e) => return Ok(Err(e)),
        };
        assignment.seconds += clock() - began;
        let seconds = assignment.seconds;
        assignment.seconds_at.resize(num_computed, seconds);
        if let Some(Progress::Working { done, total }) = of_cells {
            let first = assignment.steps.map_or(done.saturating_sub(1), |(_, _, first)| first);
            assignment.steps = Some((done, total, first));
        }
        if !numbers.is_empty() {
            // A window that is drawn anew takes time from the training.
            if !is_new && seconds - assignment.said_at < SAYING {
                return Ok(Ok(None));
            }
            assignment.said_at = seconds;
            self.report(Report::Now { run, seconds, numbers })?;
        }
        if of_cells.is_some()
            && is_new
            && let Err(e) = self.report_cell(run, num_computed.saturating_sub(1))?
        {
            return Ok(Err(e));
        }
        self.report_computed(run)?;
        Ok(Ok(None))
    }

    /// Says how far a run is, if that is not known.
    fn report_computed_anew(&mut self, run: u64) -> Result<(), Closed> {
        let num_computed = self.grove.with(run, |experiment| experiment.num_computed());
        let told = self.runs.get(&run).map(|assignment| assignment.told);
        if num_computed.is_some() && num_computed != told { self.report_computed(run) } else { Ok(()) }
    }

    fn report_computed(&mut self, run: u64) -> Result<(), Closed> {
        let facts = self.grove.with(run, |experiment| (experiment.num_computed(), experiment.num_moments()));
        let (Some((num_computed, num_moments)), Some(assignment)) = (facts, self.runs.get_mut(&run)) else {
            return Ok(());
        };
        assignment.told = num_computed;
        let left = assignment.compute_to.min(num_moments).saturating_sub(num_computed);
        let seconds_to_go = assignment.since.and_then(|(since, before)| {
            if let Some((done, total, first)) = assignment.steps {
                let taken = done.checked_sub(first).filter(|taken| *taken > 0)?;
                return Some(((self.clock)() - since) / taken as f64 * (total - done) as f64);
            }
            let done = num_computed.checked_sub(before).filter(|done| *done > 0)?;
            Some(((self.clock)() - since) / done as f64 * left as f64)
        });
        self.report(Report::Computed { run, num_computed, seconds_to_go })
    }
}

/// One pixel's course, with the moment `idx` in it.
fn course(experiment: &mut dyn Experiment, pixel: Pixel, idx: usize) -> Result<Vec<PixelMoment>, LabError> {
    let mut course = experiment.pixel(pixel)?;
    let at = course.partition_point(|moment| moment.idx < idx);
    let now = experiment.moment(idx)?.pixel(pixel)?;
    match course.get_mut(at).filter(|moment| moment.idx == idx) {
        // It has what is not recorded, too: the fresh noise.
        Some(moment) => *moment = now,
        None => course.insert(at, now),
    }
    Ok(course)
}

fn strip_image(experiment: &mut dyn Experiment, idx: usize) -> Result<Option<ColorImage>, LabError> {
    let moment = experiment.moment(idx)?;
    if let Some(samples) = moment.points_of("samples") {
        return Ok(Some(plane::thumbnail(samples, STRIP_SIDE)));
    }
    if let Some(samples) = moment.pictures_of("samples") {
        return Ok(Some(four_of(samples)));
    }
    if let Some(many) = moment.pictures_of("picture").filter(|pictures| pictures.len() > 1) {
        return Ok(Some(four_of(many)));
    }
    let names = ["x_t", "exhibit", "picture"];
    let pictures = names.into_iter().find_map(|name| moment.pictures_of(name));
    Ok(match (experiment.spec().view, pictures.unwrap_or_default()) {
        (View::Schedules, [a, b]) => Some(beside(&small(image_of(a)), &small(image_of(b)))),
        (_, [first, ..]) => Some(small(image_of(first))),
        _ => None,
    })
}

/// The rates at a few hundred moments, or none if the experiment has no such measures.
fn rates(experiment: &mut dyn Experiment) -> Vec<Rates> {
    let num_moments = experiment.num_moments();
    let every = num_moments.div_ceil(200).max(1);
    let at = |idx: usize, experiment: &mut dyn Experiment| {
        let signal = experiment.measure("signal_rate", idx).ok()?.value;
        let noise = experiment.measure("noise_rate", idx).ok()?.value;
        Some(Rates { t: experiment.t_of(idx), signal, noise })
    };
    let last = num_moments.saturating_sub(1);
    (0..last).step_by(every).chain([last]).filter_map(|idx| at(idx, experiment)).collect()
}

/// The moments of the film strip: the ends and what lies evenly between.
pub(crate) fn strip_moments(num_moments: usize) -> Vec<usize> {
    let slots = STRIP.min(num_moments);
    let last = num_moments.saturating_sub(1) as f64;
    let step = last / (slots.saturating_sub(1).max(1)) as f64;
    (0..slots).map(|slot| (slot as f64 * step).round() as usize).collect()
}

fn shown(experiment: &mut dyn Experiment, idx: usize) -> Result<ShownMoment, LabError> {
    let formula = experiment.formula(idx)?;
    let moment: Moment = experiment.moment(idx)?;
    let num_samples = moment.pictures_of("samples").map_or(0, <[Picture]>::len);
    let pictures = moment.pictures.iter().flat_map(|named| &named.pictures);
    let num_channels = pictures.map(|picture| picture.dim().0).next().unwrap_or(1);
    let is_training = experiment.spec().view == View::Training;
    let (heat, mosaics): (Vec<_>, Vec<_>) =
        moment.pictures.iter().partition(|named| named.name.ends_with("heat"));
    let mosaics = mosaics.into_iter().map(|named| {
        let shown = if is_training { shown_of(&moment, named) } else { named.pictures.as_slice() };
        (named.name, shown)
    });
    Ok(ShownMoment {
        idx,
        t: moment.t,
        counts: mosaics.clone().map(|(name, shown)| (name, shown.len())).collect(),
        pictures: mosaics
            .map(|(name, shown)| {
                (name, if name.ends_with("gradient") { signed_square(shown) } else { square(shown) })
            })
            .collect(),
        heat: heat
            .into_iter()
            .filter_map(|named| Some((named.name, named.pictures.first()?.clone())))
            .collect(),
        numbers: moment.numbers,
        num_samples,
        num_channels,
        histogram: moment.histogram,
        series: moment.series,
        points: moment.points,
        formula,
    })
}

/// Of what a network in training guesses, as few as can be looked at closely; of all else everything.
fn shown_of<'a>(moment: &Moment, named: &'a NamedPicture) -> &'a [Picture] {
    let is_guess = named.name != "samples" && moment.pictures_of("samples").is_some();
    named.pictures.get(..4).filter(|_| is_guess).unwrap_or(&named.pictures)
}

/// The first four samples in a square without gaps: as much as the strip can show.
fn four_of(samples: &[Picture]) -> ColorImage {
    let mut square = ColorImage::filled([STRIP_SIDE, STRIP_SIDE], egui::Color32::TRANSPARENT);
    for (idx, sample) in samples.iter().take(4).enumerate() {
        let image = image_of(sample);
        let half = STRIP_SIDE.div_euclid(2);
        let (left, top) = ((idx % 2) * half, idx.div_euclid(2) * half);
        let [w, h] = image.size.map(|side| side.min(half));
        for (y, row) in image.pixels.chunks(image.size[0].max(1)).enumerate().take(h) {
            let start = (top + y) * STRIP_SIDE + left;
            if let (Some(place), Some(row)) = (square.pixels.get_mut(start..start + w), row.get(..w)) {
                place.copy_from_slice(row);
            }
        }
    }
    square
}

/// One picture, its values clipped to what a screen can show.
fn image_of(picture: &Picture) -> ColorImage {
    square(std::slice::from_ref(picture))
}

/// Every so-maniest pixel, so that a large picture is no more than the strip can show.
fn small(image: ColorImage) -> ColorImage {
    let [w, h] = image.size;
    let every = w.max(h).div_ceil(STRIP_SIDE).max(1);
    if every == 1 {
        return image;
    }
    let rows = image.pixels.chunks(w).step_by(every);
    let pixels = rows.flat_map(|row| row.iter().step_by(every).copied()).collect();
    ColorImage::new([w.div_ceil(every), h.div_ceil(every)], pixels)
}

/// Pictures side by side, about as many across as down.
fn square(pictures: &[Picture]) -> ColorImage {
    mosaic(pictures, mosaic_columns(pictures.len()))
}

/// Two pictures of one size side by side, one clear pixel between them.
fn beside(left: &ColorImage, right: &ColorImage) -> ColorImage {
    let [w, h] = left.size;
    let rows = left.pixels.chunks(w.max(1)).zip(right.pixels.chunks(w.max(1)));
    let clear = [egui::Color32::TRANSPARENT];
    let pixels = rows.flat_map(|(left, right)| left.iter().chain(&clear).chain(right).copied()).collect();
    ColorImage::new([2 * w + 1, h], pixels)
}

/// Pictures side by side in so many columns, one clear pixel between them.
fn mosaic(pictures: &[Picture], columns: usize) -> ColorImage {
    let image_of = |picture: &Picture| {
        let image = noisebook_figures::rgb(picture.view());
        let pixels = image.pixels().map(|pixel| egui::Color32::from_rgb(pixel[0], pixel[1], pixel[2]));
        ColorImage::new([image.width() as usize, image.height() as usize], pixels.collect())
    };
    tiled(&pictures.iter().map(image_of).collect::<Vec<_>>(), columns)
}

/// The same of values with a sign, each at most 1 in size: blue above zero and orange below, clear at zero. They lie on
/// pictures, whose ground is dark in either theme.
fn signed_square(pictures: &[Picture]) -> ColorImage {
    let image_of = |picture: &Picture| {
        let (c, h, w) = picture.dim();
        let pixels = (0..h * w).map(|place| {
            let (y, x) = (place.div_euclid(w), place % w);
            let value = (0..c).map(|c| picture[[c, y, x]]).sum::<f32>() / c.max(1) as f32;
            let color = if value > 0.0 { theme::DARK.signal } else { theme::DARK.noise };
            // What is weak shall be seen too.
            color.gamma_multiply(value.abs().min(1.0).powf(0.7))
        });
        ColorImage::new([w, h], pixels.collect())
    };
    tiled(&pictures.iter().map(image_of).collect::<Vec<_>>(), mosaic_columns(pictures.len()))
}

/// Images of one size in so many columns, one clear pixel between them.
fn tiled(images: &[ColorImage], columns: usize) -> ColorImage {
    let [w, h] = images.first().map_or([1, 1], |image| image.size);
    let columns = columns.max(1);
    let rows = images.len().div_ceil(columns).max(1);
    let size = [columns * (w + 1) - 1, rows * (h + 1) - 1];
    let mut whole = ColorImage::filled(size, egui::Color32::TRANSPARENT);
    for (idx, image) in images.iter().enumerate() {
        let (left, top) = ((idx % columns) * (w + 1), idx.div_euclid(columns) * (h + 1));
        for (y, row) in image.pixels.chunks(w).enumerate() {
            let at = (top + y) * size[0] + left;
            if let Some(place) = whole.pixels.get_mut(at..at + row.len()) {
                place.copy_from_slice(row);
            }
        }
    }
    whole
}

/// Runs a closure on a thread of its own and hands back where its result will arrive: for dialogs, which wait.
pub(crate) fn elsewhere<T: Send + 'static>(
    egui: &egui::Context,
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Receiver<T> {
    let (done, result): (Sender<T>, Receiver<T>) = channel();
    let egui = egui.clone();
    // Without a thread nothing arrives, and the window goes on as if the dialog had been closed.
    let _ = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        let _ = done.send(work());
        egui.request_repaint();
    });
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_ends_what_waits_for_others_unless_it_is_to_be_saved() {
        let settings = Settings::new("noising").unwrap();
        let start = |run| Command::Start { run, settings: settings.clone(), own_picture: None };
        let export = || Command::Export { run: 1, format: Format::Moment, idx: 0, path: PathBuf::new() };
        let left = |commands: Vec<Command>| {
            let mut waiting = VecDeque::new();
            commands.into_iter().for_each(|command| queue(&mut waiting, command));
            let runs = waiting.iter().map(|command| match command {
                Command::Start { run, .. } | Command::Show { run, .. } | Command::Export { run, .. } => *run,
                _ => 0,
            });
            runs.collect::<Vec<_>>()
        };
        let show = |run, idx| Command::Show { run, idx };
        let own = || Command::Own(OwnData::default());
        assert_eq!(left(vec![start(1), own(), show(1, 0), start(2), show(2, 4), show(2, 5)]), [0, 2, 2]);
        assert_eq!(left(vec![start(1), export(), start(2)]), [1, 1, 2]);
        assert_eq!(left(vec![show(1, 0), show(2, 0), show(1, 1)]), [2, 1]);
    }

    fn check_strip(num_moments: usize, expect: &[usize]) {
        assert_eq!(strip_moments(num_moments), expect);
    }

    #[test]
    fn the_strip_shows_both_ends() {
        let of_1001 = strip_moments(1001);
        assert_eq!((of_1001.first(), of_1001.last()), (Some(&0), Some(&1000)));
        assert!(of_1001.contains(&100) && of_1001.contains(&125));
        check_strip(5, &[0, 1, 2, 3, 4]);
        check_strip(1, &[0]);
    }

    #[test]
    fn a_mosaic_of_five_has_three_columns_and_clear_gaps() {
        let pictures = vec![Picture::from_elem((1, 2, 2), 1.0); 5];
        let image = square(&pictures);
        assert_eq!(image.size, [8, 5]);
        assert_eq!(image.pixels[0], egui::Color32::WHITE);
        assert_eq!(image.pixels[2], egui::Color32::TRANSPARENT);
        // The sixth place is empty.
        assert_eq!(image.pixels[3 * 8 + 6], egui::Color32::TRANSPARENT);
        // Of three columns for eight one place would be empty, of four none.
        assert_eq!([1, 2, 3, 4, 8, 9, 10, 20].map(mosaic_columns), [1, 2, 3, 2, 4, 3, 5, 5]);
    }

    #[test]
    fn values_with_a_sign_are_blue_orange_or_clear() {
        let picture = Picture::from_shape_fn((1, 1, 3), |(_, _, x)| x as f32 - 1.0);
        let image = signed_square(&[picture]);
        let [below, zero, above] = [image.pixels[0], image.pixels[1], image.pixels[2]];
        assert_eq!(zero, egui::Color32::TRANSPARENT);
        assert!(below.r() > below.b() && above.b() > above.r(), "{below:?} {above:?}");
    }
}
