//! One experiment as the window sees it: where the knob is, what is computed, what may be seen.
//!
//! Nothing here draws and nothing here computes: it turns keys, clicks and time into commands for the worker, and the worker's reports into what there is to draw.
//!
//! The timeline has *positions* from left to right.
//! Usually position and moment are the same; a page that hides the picture is walked from noise to picture, so there positions count the moments backwards.

use std::collections::{BTreeMap, BTreeSet};

use egui::{ColorImage, Context, TextureHandle, TextureOptions};
use noisebook_data::Picture;
use noisebook_lab::{Histogram, Number, Settings, View};

use crate::race::Board;
use crate::schedules::Curves;
use crate::worker::{Command, Rates, Report, ShownMoment, Worker, strip_moments};

/// How long a whole recording plays, in seconds.
const PLAY_SECONDS: f64 = 8.0;
/// Short recordings play no slower than this, in moments per second.
const MIN_MOMENTS_PER_SECOND: f64 = 10.0;

/// The moment on the stage.
pub(crate) struct OnStage {
    pub t: usize,
    pub pictures: BTreeMap<&'static str, TextureHandle>,
    pub numbers: Vec<Number>,
    pub histogram: Histogram,
}

impl OnStage {
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
    /// Whether picture, settings and seed are the lesson's alone: in a blind test.
    pub is_locked: bool,
    pub failure: Option<String>,
    /// What a race has shown.
    pub race: Board,
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
        let mut session = Self {
            run,
            settings,
            own_picture,
            backward,
            t: Vec::new(),
            rates: Vec::new(),
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
            is_locked: false,
            failure: None,
            race: Board::default(),
        };
        // Noising is a formula; a network is asked only for what is looked at.
        let at_once = match session.view() {
            // A race is long: it waits for its start.
            View::Race => 0,
            _ if session.is_sampling() => 1,
            _ => usize::MAX,
        };
        session.compute_to(worker, at_once);
        session
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
        self.stage_is_of_this_run = false;
    }

    pub fn run(&self) -> u64 {
        self.run
    }

    /// The name of the learner's own picture, if it is what dissolves.
    pub fn own_picture_name(&self) -> Option<&str> {
        let uses_it = self.settings.text("picture").is_ok_and(|picture| picture == "own");
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
        !matches!(self.view(), View::Noising | View::Schedules) && !self.is_exhibition()
    }

    /// Whether the moments are pictures to look at one after the other, without noise.
    pub fn is_exhibition(&self) -> bool {
        self.view() == View::Exhibition
    }

    /// Whether samplers race, so that its moments are no film.
    pub fn is_race(&self) -> bool {
        self.view() == View::Race
    }

    /// What is broken on purpose, where that may be known.
    pub fn known_fault(&self) -> Option<&str> {
        let fault = self.settings.text("fault").ok()?;
        let is_hidden = ["fault", "healthy"].iter().any(|name| self.hidden.contains(*name));
        (fault != "none" && !is_hidden).then_some(fault)
    }

    /// Whether it may leave the window as a file or as Rust.
    pub fn may_be_saved(&self) -> bool {
        // It would show what a prediction asks for; and before the worker answers, there is no moment.
        self.hidden.is_empty() && !self.is_exhibition() && !self.t.is_empty()
    }

    /// Whether a picture of the learner's own can take the place of the lesson's.
    pub fn takes_pictures(&self) -> bool {
        !self.is_sampling() && !self.is_exhibition() && !self.is_locked
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

    /// The t one computed step after `t`: the next moment's.
    pub fn t_after(&self, t: usize) -> usize {
        let next = self.t.iter().position(|at| *at == t).and_then(|idx| self.t.get(idx + 1));
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
        self.playing.is_some()
    }

    /// Whether the worker is making moments now.
    pub fn is_computing(&self) -> bool {
        self.failure.is_none() && self.num_computed < self.compute_to.min(self.t.len())
    }

    pub fn is_complete(&self) -> bool {
        !self.t.is_empty() && self.num_computed == self.t.len()
    }

    /// Moves the knob, as far as there is something computed to show.
    pub fn seek(&mut self, worker: &mut Worker, position: usize) {
        self.playing = None;
        self.race.was_chosen = true;
        self.go_to(worker, position);
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
            let num_moments = self.compute_to.max(next + 1);
            self.compute_to(worker, num_moments);
            self.playing = Some(self.position as f64);
        }
    }

    /// Lets the film run from where the knob is, or from the start if it stands at the end.
    pub fn play(&mut self, worker: &mut Worker) {
        if self.is_exhibition() {
            return;
        }
        if self.is_race() {
            // Nothing plays: the race runs, or it stops.
            let to = if self.is_computing() { 0 } else { usize::MAX };
            self.compute_to(worker, to);
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

    /// To the end, which a network has to reach first.
    pub fn play_to_end(&mut self, worker: &mut Worker) {
        if self.is_complete() || self.is_race() {
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

    /// Stops the film and the computing; what is computed stays.
    pub fn cancel(&mut self, worker: &mut Worker) {
        self.playing = None;
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
        let per_moment = self.settings.spec().measure(name).is_ok_and(|measure| measure.per_moment);
        let per_moment = per_moment && !self.is_exhibition();
        if self.asked.contains(&key) || self.t.is_empty() || !(per_moment || self.is_complete()) {
            return;
        }
        let idx = t.and_then(|t| self.moment_of(t)).unwrap_or_default();
        worker.send(Command::Measure { run: self.run, key: key.clone(), name: name.to_owned(), idx });
        self.asked.insert(key);
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
                let walks = (!self.hidden.is_empty() || self.is_sampling()) && !self.is_exhibition();
                let may_show = !walks || position <= self.farthest;
                let picture = nearest.and_then(|slot| self.strip.get(slot)?.as_ref());
                (position, picture.filter(|_| may_show))
            })
            .collect()
    }

    /// Takes in what the worker says; false if it is about another run.
    pub fn take(&mut self, ctx: &Context, worker: &mut Worker, report: Report) -> bool {
        match report {
            Report::Started { run, t, rates } if run == self.run => {
                self.t = t;
                self.rates = rates;
                self.strip.resize(strip_moments(self.t.len()).len(), None);
                if let Some(moment) = self.begin_at_t.take().and_then(|t| self.moment_of(t)) {
                    if self.is_race() {
                        // The race has to get there first, and what it is about is that cell.
                        self.compute_to(worker, moment + 1);
                        self.position = moment;
                        self.race.was_chosen = true;
                    } else if self.is_sampling() {
                        // The network has to get there first; the film shows how.
                        self.compute_to(worker, moment + 1);
                        self.playing = (moment > 0).then_some(0.0);
                    } else {
                        // A position from a moment, by the same mirror as a moment from a position.
                        self.position = self.moment_at(self.t.len(), moment);
                    }
                }
                self.position = self.position.min(self.last_position());
                self.farthest = self.farthest.max(self.position);
                self.show(worker);
            }
            Report::Curves { run, curves } if run == self.run => self.curves = curves,
            Report::Computed { run, num_computed, seconds_to_go } if run == self.run => {
                self.num_computed = num_computed;
                self.seconds_to_go = seconds_to_go;
            }
            Report::Shown { run, moment } if run == self.run => self.put_on_stage(ctx, *moment),
            Report::Raced { run, idx, numbers, row, num_pictures } if run == self.run => {
                self.race.take(ctx, idx, numbers, row, num_pictures);
            }
            Report::Strip { run, slot, image } if run == self.run => {
                if let Some(place) = self.strip.get_mut(slot) {
                    *place = Some(ctx.load_texture(format!("strip {slot}"), image, TextureOptions::NEAREST));
                }
            }
            Report::Measured { run, key, outcome } if run == self.run => {
                self.measured.insert(key, outcome);
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
            t: moment.t,
            pictures: moment.pictures.into_iter().map(|(name, image)| (name, texture(name, image))).collect(),
            numbers: moment.numbers,
            histogram: moment.histogram,
        });
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
