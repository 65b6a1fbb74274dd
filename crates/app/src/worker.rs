//! The thread on which experiments run, so that the window never waits.
//!
//! Commands go in and reports come out through bounded channels.
//! Each experiment started is a *run* with a number; what is said about a run that has ended is dropped on both sides.
//! Between two steps the worker looks at its commands, so a cancel or a scrub waits for one step at most.
//! Sampling runs on one thread fewer than there are cores: the last one is the window's.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, SyncSender, TryRecvError, TrySendError, channel, sync_channel};

use egui::ColorImage;
use noisebook_data::Picture;
use noisebook_lab::{Context, Experiment, Histogram, LabError, Moment, Number, Progress, Settings, View};

use crate::export::{self, Format};
use crate::schedules::{self, Curves};
use crate::surroundings::Clock;

/// How many moments are kept as small pictures: every fortieth, so that strips of 5, 9 and 11 find theirs.
const STRIP: usize = 41;

/// The longest side of those, in pixels.
const STRIP_SIDE: usize = 64;

/// What the window asks for.
pub(crate) enum Command {
    /// Begin run `run`, ending the one before it.
    Start { run: u64, settings: Settings, own_picture: Option<Picture> },
    /// Go on until this many moments are computed; 0 stops.
    ComputeTo { run: u64, num_moments: usize },
    /// Report the moment `idx`, now or once it is computed.
    Show { run: u64, idx: usize },
    /// Take a measure of the registry, at moment `idx`; the report will carry `key`.
    Measure { run: u64, key: String, name: String, idx: usize },
    /// Write what is computed, or its moment `idx`, to a file.
    Export { run: u64, format: Format, idx: usize, path: PathBuf },
    /// Read a learner's own picture at `size` pixels a side.
    OpenPicture { path: PathBuf, size: usize },
}

/// What the worker has to say.
pub(crate) enum Report {
    /// The run exists; `t` of each of its moments, and how the rates go along it.
    Started { run: u64, t: Vec<usize>, rates: Vec<Rates> },
    /// The curves of a run that compares schedules.
    Curves { run: u64, curves: Curves },
    /// How far the run is, and how long it will take to where it was told to go.
    Computed { run: u64, num_computed: usize, seconds_to_go: Option<f64> },
    /// A moment that was asked for.
    Shown { run: u64, moment: Box<ShownMoment> },
    /// A cell of a race has arrived: its numbers, and its pictures in one row.
    Raced { run: u64, idx: usize, numbers: Vec<Number>, row: ColorImage, num_pictures: usize },
    /// A picture of the film strip.
    Strip { run: u64, slot: usize, image: ColorImage },
    /// A measure, or why it cannot be taken.
    Measured { run: u64, key: String, outcome: Result<Number, String> },
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
    pub t: usize,
    /// By name as in the registry; several samples stand in one mosaic.
    pub pictures: Vec<(&'static str, ColorImage)>,
    pub numbers: Vec<Number>,
    pub histogram: Histogram,
}

/// The window's end of the worker.
pub(crate) struct Worker {
    commands: SyncSender<Command>,
    /// What the channel had no room for.
    waiting: VecDeque<Command>,
    reports: Receiver<Report>,
}

impl Worker {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(context: Context, clock: Clock, egui: egui::Context) -> std::io::Result<Self> {
        let (commands, inbox) = sync_channel(64);
        let (outbox, reports) = sync_channel(32);
        std::thread::Builder::new().name("noisebook-lab".to_owned()).spawn(move || {
            let bench = Bench { context, clock, egui, inbox, outbox, now: Assignment::default() };
            bench.run();
        })?;
        Ok(Self { commands, waiting: VecDeque::new(), reports })
    }

    /// Hands a command over without waiting; a newer `Show` replaces one still waiting.
    pub fn send(&mut self, command: Command) {
        if matches!(command, Command::Show { .. }) {
            self.waiting.retain(|waiting| !matches!(waiting, Command::Show { .. }));
        }
        self.waiting.push_back(command);
        self.flush();
    }

    /// Everything reported since the last call.
    pub fn reports(&mut self) -> Vec<Report> {
        self.flush();
        self.reports.try_iter().collect()
    }

    fn flush(&mut self) {
        while let Some(command) = self.waiting.pop_front() {
            if let Err(TrySendError::Full(command)) = self.commands.try_send(command) {
                self.waiting.push_front(command);
                return;
            }
        }
    }
}

/// A run and what it still has to do.
#[derive(Default)]
struct Assignment {
    run: u64,
    experiment: Option<Box<dyn Experiment>>,
    compute_to: usize,
    show: Option<usize>,
    /// Film strip slots not yet reported, with their moments.
    strip: VecDeque<(usize, usize)>,
    /// When the present stretch of computing began, and how many moments there were.
    since: Option<(f64, usize)>,
    /// Where the cells of a recording cost unlike amounts: steps done and to do in all, and how many were done when the
    /// present stretch began.
    steps: Option<(usize, usize, usize)>,
}

/// The worker's end.
struct Bench {
    context: Context,
    clock: Clock,
    egui: egui::Context,
    inbox: Receiver<Command>,
    outbox: SyncSender<Report>,
    now: Assignment,
}

/// The window is gone.
struct Closed;

impl Bench {
    fn run(mut self) {
        // No pool is no reason to fail: rayon's own does as well.
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get().saturating_sub(1).max(1));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok();
        while let Ok(command) = self.next_command() {
            let go_on = match command {
                Some(command) => self.obey(command),
                None => match &pool {
                    Some(pool) => pool.install(|| self.work()),
                    None => self.work(),
                },
            };
            if go_on.is_err() {
                return;
            }
        }
    }

    /// The next command; none if there is work to do meanwhile.
    fn next_command(&self) -> Result<Option<Command>, Closed> {
        if self.has_work() {
            match self.inbox.try_recv() {
                Ok(command) => Ok(Some(command)),
                Err(TryRecvError::Empty) => Ok(None),
                Err(TryRecvError::Disconnected) => Err(Closed),
            }
        } else {
            self.inbox.recv().map(Some).map_err(|_| Closed)
        }
    }

    fn has_work(&self) -> bool {
        let Some(experiment) = &self.now.experiment else {
            return false;
        };
        let num_computed = experiment.num_computed();
        let computed = |idx: usize| idx < num_computed;
        num_computed < self.now.compute_to.min(experiment.num_moments())
            || self.now.show.is_some_and(computed)
            || self.now.strip.front().is_some_and(|(_, idx)| computed(*idx))
    }

    fn report(&self, report: Report) -> Result<(), Closed> {
        self.outbox.send(report).map_err(|_| Closed)?;
        self.egui.request_repaint();
        Ok(())
    }

    fn obey(&mut self, command: Command) -> Result<(), Closed> {
        match command {
            Command::Start { run, settings, own_picture } => self.begin(run, &settings, own_picture),
            Command::ComputeTo { run, num_moments } if run == self.now.run => {
                self.now.compute_to = num_moments;
                self.now.since = None;
                self.now.steps = None;
                self.report_computed()
            }
            Command::Show { run, idx } if run == self.now.run => {
                self.now.show = Some(idx);
                Ok(())
            }
            Command::Measure { run, key, name, idx } if run == self.now.run => {
                let Some(experiment) = &mut self.now.experiment else {
                    return Ok(());
                };
                let outcome = experiment.measure(&name, idx).map_err(|e| e.to_string());
                self.report(Report::Measured { run, key, outcome })
            }
            Command::Export { run, format, idx, path } if run == self.now.run => {
                let Some(experiment) = &mut self.now.experiment else {
                    return Ok(());
                };
                match export::write(experiment.as_mut(), format, idx, &path) {
                    Ok(()) => self.report(Report::Exported { path }),
                    Err(e) => self.report(Report::NotExported { sentence: e.to_string() }),
                }
            }
            Command::OpenPicture { path, size } => match export::read_picture(&path, size) {
                Ok((name, picture)) => self.report(Report::PictureOpened { name, picture }),
                Err(e) => self.report(Report::PictureRefused { sentence: e.to_string() }),
            },
            // It is about a run that has ended.
            _ => Ok(()),
        }
    }

    fn begin(&mut self, run: u64, settings: &Settings, own_picture: Option<Picture>) -> Result<(), Closed> {
        let before = std::mem::replace(&mut self.now, Assignment { run, ..Assignment::default() }).experiment;
        let goes_on = before.filter(|_| own_picture.is_none());
        let context = Context { own_picture, ..self.context.clone() };
        let started = match goes_on.and_then(|experiment| schedules::taken_over(experiment, settings)) {
            Some(experiment) => Ok(experiment),
            None => noisebook_lab::start(settings.spec().name, settings, &context),
        };
        match started {
            Ok(experiment) => {
                let num_moments = experiment.num_moments();
                let t = (0..num_moments).map(|idx| experiment.t_of(idx)).collect();
                self.now.strip = strip_moments(num_moments).into_iter().enumerate().collect();
                self.now.experiment = Some(experiment);
                let rates = self.now.experiment.as_mut().map(|e| rates(e.as_mut())).unwrap_or_default();
                let curves = self.now.experiment.as_mut().map(|e| schedules::curves(e.as_mut()));
                self.report(Report::Started { run, t, rates })?;
                if let Some(curves) = curves.filter(|curves| !curves.is_empty()) {
                    self.report(Report::Curves { run, curves })?;
                }
                self.report_computed()
            }
            Err(e) => self.fail(&e),
        }
    }

    fn fail(&mut self, error: &LabError) -> Result<(), Closed> {
        let run = self.now.run;
        self.now = Assignment { run, ..Assignment::default() };
        self.report(Report::Failed { run, sentence: error.to_string() })
    }

    /// One piece of work, the most urgent first: what is looked at, the film strip, the next moment.
    fn work(&mut self) -> Result<(), Closed> {
        let run = self.now.run;
        let Some(experiment) = &mut self.now.experiment else {
            return Ok(());
        };
        let num_computed = experiment.num_computed();
        let outcome = if let Some(idx) = self.now.show.take_if(|idx| *idx < num_computed) {
            experiment.moment(idx).map(|moment| Some(Report::Shown { run, moment: Box::new(shown(moment)) }))
        } else if let Some((slot, idx)) = self.now.strip.pop_front_if(|(_, idx)| *idx < num_computed) {
            experiment.moment(idx).map(|moment| {
                let pictures = moment.pictures_of("x_t").or_else(|| moment.pictures_of("exhibit"))?;
                let image = match (experiment.spec().view, pictures) {
                    (View::Schedules, [a, b]) => beside(&small(image_of(a)), &small(image_of(b))),
                    _ => small(image_of(pictures.first()?)),
                };
                Some(Report::Strip { run, slot, image })
            })
        } else {
            return self.compute();
        };
        match outcome {
            Ok(Some(report)) => self.report(report),
            Ok(None) => Ok(()),
            Err(e) => self.fail(&e),
        }
    }

    fn compute(&mut self) -> Result<(), Closed> {
        let Some(experiment) = &mut self.now.experiment else {
            return Ok(());
        };
        if self.now.since.is_none() {
            self.now.since = Some(((self.clock)(), experiment.num_computed()));
        }
        let before = experiment.num_computed();
        let progress = match experiment.step() {
            Ok(progress) => progress,
            Err(e) => return self.fail(&e),
        };
        if experiment.spec().view == View::Race {
            if let Progress::Working { done, total } = progress {
                let first = self.now.steps.map_or(done.saturating_sub(1), |(_, _, first)| first);
                self.now.steps = Some((done, total, first));
            }
            self.report_cell(before)?;
        }
        self.report_computed()
    }

    /// The cell of a race that the latest step brought to its end, the one after `before`.
    fn report_cell(&mut self, before: usize) -> Result<(), Closed> {
        let run = self.now.run;
        let Some(experiment) = self.now.experiment.as_mut().filter(|e| e.num_computed() > before) else {
            return Ok(());
        };
        let moment = match experiment.moment(before) {
            Ok(moment) => moment,
            Err(e) => return self.fail(&e),
        };
        let pictures = moment.pictures.first().map(|named| named.pictures.as_slice()).unwrap_or_default();
        let (row, num_pictures) = (mosaic(pictures, pictures.len()), pictures.len());
        self.report(Report::Raced { run, idx: before, numbers: moment.numbers, row, num_pictures })
    }

    fn report_computed(&mut self) -> Result<(), Closed> {
        let Some(experiment) = &self.now.experiment else {
            return Ok(());
        };
        let num_computed = experiment.num_computed();
        let left = self.now.compute_to.min(experiment.num_moments()).saturating_sub(num_computed);
        let seconds_to_go = self.now.since.and_then(|(since, before)| {
            if let Some((done, total, first)) = self.now.steps {
                let taken = done.checked_sub(first).filter(|taken| *taken > 0)?;
                return Some(((self.clock)() - since) / taken as f64 * (total - done) as f64);
            }
            let done = num_computed.checked_sub(before).filter(|done| *done > 0)?;
            Some(((self.clock)() - since) / done as f64 * left as f64)
        });
        self.report(Report::Computed { run: self.now.run, num_computed, seconds_to_go })
    }
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

fn shown(moment: Moment) -> ShownMoment {
    ShownMoment {
        t: moment.t,
        pictures: moment.pictures.iter().map(|named| (named.name, square(&named.pictures))).collect(),
        numbers: moment.numbers,
        histogram: moment.histogram,
    }
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

/// Pictures side by side in a square.
fn square(pictures: &[Picture]) -> ColorImage {
    mosaic(pictures, (pictures.len() as f64).sqrt().ceil() as usize)
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
    let images: Vec<_> = pictures.iter().map(|picture| noisebook_figures::rgb(picture.view())).collect();
    let (w, h) = images.first().map_or((1, 1), |image| (image.width() as usize, image.height() as usize));
    let columns = columns.max(1);
    let rows = images.len().div_ceil(columns).max(1);
    let size = [columns * (w + 1) - 1, rows * (h + 1) - 1];
    let mut whole = ColorImage::filled(size, egui::Color32::TRANSPARENT);
    for (idx, image) in images.iter().enumerate() {
        let (left, top) = ((idx % columns) * (w + 1), idx.div_euclid(columns) * (h + 1));
        for (x, y, pixel) in image.enumerate_pixels() {
            let [r, g, b] = pixel.0;
            let at = (top + y as usize) * size[0] + left + x as usize;
            if let Some(place) = whole.pixels.get_mut(at) {
                *place = egui::Color32::from_rgb(r, g, b);
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
    }
}
