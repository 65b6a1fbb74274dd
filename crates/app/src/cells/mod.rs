//! Cells of Rust that the learner runs and changes, in a lesson or in a notebook.
//!
//! - [`Cells`] has them in their order, and the one kernel that they share. It knows no painter.
//! - [`cell`] is one of them: its text, what became of it, and what it showed, which is an [`output::Output`].
//! - What ends in `_ui` draws: the editor, the list of what could stand at the cursor, the output.
//!
//! What holds:
//! - A kernel is started by the first cell that is run, and by nothing else.
//! - Cells are sent one at a time, once the kernel is ready; one that does not end well keeps those behind it from running.
//! - A frame takes in a bounded part of what a cell prints, and a bounded part of that is kept.

mod cell;
mod cell_ui;
mod complete;
mod curves;
mod editor;
mod indent;
mod kernel_ui;
mod output;
mod output_ui;
mod recording;

pub(crate) use cell::{Cell, Ending, State};
pub(crate) use cell_ui::cell_ui;
pub(crate) use kernel_ui::{kernel_ui, restart_ui};
pub(crate) use output::{Output, Picture, picture_from};
pub(crate) use output_ui::picture_ui;
pub(crate) use recording::Player;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};

use noisebook_kernel::Kernel;
use noisebook_kernel::protocol::{Event, Outcome, Reason, Request, Step};

use complete::Completion;

/// The most events that are taken in for one frame; the others wait for the next.
const EVENTS_A_FRAME: usize = 500;

/// What a learner wants of cells; a cell is named by its number.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum CellAct {
    Run(u64),
    /// Run, then write in the next one.
    RunAndMoveOn(u64),
    /// Run every cell above this one.
    RunAbove(u64),
    /// Run those above that have not run, then this one.
    RunThrough(u64),
    RunAll,
    Stop,
    /// The text that the lesson gave it.
    Reset(u64),
    /// Forget all variables.
    Restart,
    /// What could stand at this byte.
    Complete {
        cell: u64,
        at: usize,
    },
    /// Write at this byte.
    Jump {
        cell: u64,
        at: usize,
    },
}

/// A number that nothing else has, also not in another lesson or notebook: egui remembers by it what undo brings back.
pub(crate) fn new_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// How the kernel is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Phase {
    /// Nothing was run yet.
    Off,
    /// It is getting ready, since a moment of the window's time in seconds.
    Starting { step: Step, detail: String, since: f64 },
    /// Cells can run.
    Ready,
    /// There is none, and why.
    Gone(Reason),
}

/// Starts a kernel, which will wake the window when it has something to say.
pub(crate) type Start<'a> = &'a dyn Fn() -> Kernel;

/// The cells of a lesson or of a notebook, and their kernel.
pub(crate) struct Cells {
    list: Vec<Cell>,
    kernel: Option<Kernel>,
    pub phase: Phase,
    /// Those that wait to be sent.
    queue: VecDeque<u64>,
    /// The cell that was sent and has not ended.
    sent: Option<u64>,
    /// Counts the lives of variables: what ran in an earlier one is forgotten.
    life: u64,
    /// Whether the variables were lost and the learner did not ask for it.
    pub lost_variables: bool,
    completion: Option<Completion>,
    /// The cell to be written in from the next frame on, and the byte to write at.
    pub focus: Option<(u64, Option<usize>)>,
    /// Whether they are a notebook's: then no lesson has a text for them.
    pub is_notebook: bool,
    /// Whether they are Rust.
    pub is_rust: bool,
    /// How many were run since the kernel began.
    num_runs: u64,
}

impl Default for Cells {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            kernel: None,
            phase: Phase::Off,
            queue: VecDeque::new(),
            sent: None,
            life: 0,
            lost_variables: false,
            completion: None,
            focus: None,
            is_notebook: false,
            is_rust: true,
            num_runs: 0,
        }
    }
}

impl Cells {
    /// Those of a notebook; other languages than Rust are written here but do not run.
    pub fn of_notebook(is_rust: bool) -> Self {
        Self { is_notebook: true, is_rust, ..Self::default() }
    }

    /// Adds a cell behind the others and returns its number.
    pub fn push(&mut self, key: String, original: String, code: String) -> u64 {
        let id = new_id();
        self.list.push(Cell::new(id, key, original, code));
        id
    }

    /// Puts other cells in the place of these; those with a key that was known keep what became of them, and a text that the learner has changed.
    pub fn replace(&mut self, cells: Vec<(String, String)>) {
        let mut before = std::mem::take(&mut self.list);
        for (key, original) in cells {
            match before.iter().position(|cell| cell.key == key) {
                Some(idx) => {
                    let mut cell = before.swap_remove(idx);
                    cell.set_original(original);
                    self.list.push(cell);
                }
                None => {
                    self.push(key, original.clone(), original);
                }
            }
        }
        self.queue.retain(|id| self.list.iter().any(|cell| cell.id == *id));
    }

    pub fn iter(&self) -> impl Iterator<Item = &Cell> {
        self.list.iter()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Cell> {
        self.list.iter_mut()
    }

    pub fn get(&self, id: u64) -> Option<&Cell> {
        self.list.iter().find(|cell| cell.id == id)
    }

    pub fn get_mut(&mut self, id: u64) -> Option<&mut Cell> {
        self.list.iter_mut().find(|cell| cell.id == id)
    }

    /// Takes a cell away. If it runs it goes on to its end, of which nobody hears.
    pub fn remove(&mut self, id: u64) -> Option<Cell> {
        self.queue.retain(|queued| *queued != id);
        let idx = self.list.iter().position(|cell| cell.id == id)?;
        Some(self.list.remove(idx))
    }

    /// Puts a cell that was taken away behind the others. Nobody heard the end of a run that it had begun.
    pub fn put_back(&mut self, mut cell: Cell) {
        let is_under_way = matches!(cell.state, State::Waiting | State::Running { .. });
        if is_under_way && self.sent != Some(cell.id) {
            cell.end(Ending::Interrupted, 0.0);
        }
        self.list.push(cell);
    }

    /// Puts the cells into this order; those it does not name come last.
    pub fn order(&mut self, ids: &[u64]) {
        let place = |cell: &Cell| ids.iter().position(|id| *id == cell.id).unwrap_or(usize::MAX);
        self.list.sort_by_key(place);
    }

    /// Whether a cell runs, or waits for it.
    pub fn is_busy(&self) -> bool {
        self.sent.is_some() || !self.queue.is_empty()
    }

    /// Whether the kernel is being made ready.
    pub fn is_starting(&self) -> bool {
        matches!(self.phase, Phase::Starting { .. })
    }

    /// Whether cells can be written and run: not where there is no way to run any.
    pub fn may_edit(&self) -> bool {
        !matches!(self.phase, Phase::Gone(Reason::NoToolchain | Reason::NoSources | Reason::SetUp(_)))
    }

    /// Whether this cell's variables are there.
    pub fn has_run(&self, cell: &Cell) -> bool {
        cell.ran_in == Some(self.life)
    }

    /// Whether a cell above this one has not run in the present life of variables.
    pub fn has_unrun_above(&self, id: u64) -> bool {
        self.above(id).any(|cell| !self.has_run(cell))
    }

    pub fn has_above(&self, id: u64) -> bool {
        self.above(id).next().is_some()
    }

    fn above(&self, id: u64) -> impl Iterator<Item = &Cell> {
        self.list.iter().take_while(move |cell| cell.id != id)
    }

    /// Carries out a wish; a reset is its caller's, who can undo it.
    pub fn perform(&mut self, act: &CellAct, now: f64, start: Start<'_>) {
        match act {
            CellAct::Run(id) => self.run(&[*id], now, start),
            CellAct::RunAndMoveOn(id) => {
                self.run(&[*id], now, start);
                let next = self.list.iter().skip_while(|cell| cell.id != *id).nth(1);
                self.focus = next.map(|cell| (cell.id, None));
            }
            CellAct::RunAbove(id) => {
                let ids: Vec<u64> = self.above(*id).map(|cell| cell.id).collect();
                self.run(&ids, now, start);
            }
            CellAct::RunThrough(id) => {
                let unrun = self.above(*id).filter(|cell| !self.has_run(cell)).map(|cell| cell.id);
                let ids: Vec<u64> = unrun.chain([*id]).collect();
                self.run(&ids, now, start);
            }
            CellAct::RunAll => {
                let ids: Vec<u64> = self.list.iter().map(|cell| cell.id).collect();
                self.run(&ids, now, start);
            }
            CellAct::Stop => self.stop(),
            CellAct::Restart => self.restart(now, start),
            CellAct::Complete { cell, at } => self.ask_completion(*cell, *at),
            CellAct::Jump { cell, at } => self.focus = Some((*cell, Some(*at))),
            CellAct::Reset(_) => {}
        }
    }

    fn run(&mut self, ids: &[u64], now: f64, start: Start<'_>) {
        if !self.is_rust {
            return;
        }
        self.completion = None;
        self.lost_variables = false;
        for id in ids.iter().copied().filter(|id| self.sent != Some(*id)) {
            if !self.queue.contains(&id)
                && let Some(cell) = self.list.iter_mut().find(|cell| cell.id == id)
            {
                cell.wait();
                self.queue.push_back(id);
            }
        }
        if self.kernel.is_none() && !self.queue.is_empty() {
            self.start(now, start);
        }
        self.send_next();
    }

    fn start(&mut self, now: f64, start: Start<'_>) {
        self.life += 1;
        self.num_runs = 0;
        self.lost_variables = false;
        self.phase = Phase::Starting { step: Step::StartingSession, detail: String::new(), since: now };
        self.kernel = Some(start());
    }

    /// Sends the cell that has waited longest, if the kernel has nothing else to do.
    fn send_next(&mut self) {
        if self.sent.is_some() || self.phase != Phase::Ready {
            return;
        }
        let Some(id) = self.queue.pop_front() else {
            return;
        };
        let Some(cell) = self.list.iter_mut().find(|cell| cell.id == id) else {
            return;
        };
        self.num_runs += 1;
        cell.run_number = Some(self.num_runs);
        let code = cell.send();
        self.sent = Some(id);
        // Where the kernel is gone, the event that says so is on its way.
        if let Some(kernel) = &self.kernel {
            kernel.send(Request::Run { id, code });
        }
    }

    /// Stops what runs and forgets what waits.
    fn stop(&mut self) {
        self.skip_waiting();
        if self.is_starting() {
            // Dropping it is what stops a kernel that is not ready.
            self.kernel = None;
            self.phase = Phase::Off;
            self.end_sent(Ending::Interrupted);
        } else if self.sent.is_some()
            && let Some(kernel) = &self.kernel
        {
            kernel.send(Request::Interrupt);
        }
    }

    fn restart(&mut self, now: f64, start: Start<'_>) {
        self.skip_waiting();
        self.end_sent(Ending::Interrupted);
        self.completion = None;
        let asked = self.phase == Phase::Ready
            && self.kernel.as_ref().is_some_and(|kernel| kernel.send(Request::Restart));
        if asked {
            self.life += 1;
            self.num_runs = 0;
            self.lost_variables = false;
            self.phase = Phase::Starting { step: Step::StartingSession, detail: String::new(), since: now };
        } else {
            self.kernel = None;
            self.start(now, start);
        }
    }

    fn skip_waiting(&mut self) {
        for id in std::mem::take(&mut self.queue) {
            if let Some(cell) = self.get_mut(id) {
                cell.end(Ending::Skipped, 0.0);
            }
        }
    }

    fn end_sent(&mut self, ending: Ending) {
        if let Some(cell) = self.sent.take().and_then(|id| self.get_mut(id)) {
            cell.end(ending, 0.0);
        }
    }

    /// Takes in what the kernel reported; true where there is more to take in.
    pub fn hear(&mut self, now: f64) -> bool {
        let Some(kernel) = &self.kernel else {
            return false;
        };
        let events: Vec<Event> = kernel.events().take(EVENTS_A_FRAME).collect();
        let may_be_more = events.len() == EVENTS_A_FRAME;
        for event in events {
            self.take(event, now);
        }
        self.send_next();
        may_be_more
    }

    fn take(&mut self, event: Event, now: f64) {
        match event {
            Event::Starting { step, detail } => {
                let since = match self.phase {
                    Phase::Starting { since, .. } => since,
                    _ => now,
                };
                self.phase = Phase::Starting { step, detail, since };
            }
            Event::Ready => self.phase = Phase::Ready,
            Event::Started { id } => {
                if let Some(cell) = self.get_mut(id) {
                    cell.state = State::Running { since: now };
                }
            }
            Event::Printed { id, text, to_stderr } => {
                // What a cell of an earlier life still prints belongs to nobody.
                if self.sent == Some(id)
                    && let Some(cell) = self.get_mut(id)
                {
                    cell.output.print(&text, to_stderr);
                }
            }
            Event::Finished { id, outcome, seconds } => {
                if self.sent == Some(id) {
                    self.sent = None;
                    self.finish(id, outcome, seconds);
                }
            }
            Event::Completions { id, start, end, candidates } => {
                if let Some(completion) = self.completion.as_mut().filter(|asked| asked.id == id) {
                    completion.answer(start, end, candidates);
                }
            }
            Event::Gone { reason } => self.lose(reason),
        }
    }

    fn finish(&mut self, id: u64, outcome: Outcome, seconds: f64) {
        let life = self.life;
        let is_done = matches!(outcome, Outcome::Done { .. });
        let loses = matches!(outcome, Outcome::Died { .. } | Outcome::Interrupted { variables_lost: true });
        if let Some(cell) = self.get_mut(id) {
            cell.finish(outcome, seconds);
            cell.ran_in = is_done.then_some(life);
        }
        if !is_done {
            self.skip_waiting();
        }
        if loses {
            self.life += 1;
            self.lost_variables = true;
        }
    }

    fn lose(&mut self, reason: Reason) {
        self.kernel = None;
        self.life += 1;
        self.completion = None;
        self.skip_waiting();
        self.end_sent(Ending::Interrupted);
        // Who stopped it knows why it is gone.
        self.phase = if reason == Reason::Stopped { Phase::Off } else { Phase::Gone(reason) };
    }

    /// Asks what could stand at a byte of a cell; only a kernel that has nothing else to do is asked.
    fn ask_completion(&mut self, id: u64, at: usize) {
        let is_idle = self.phase == Phase::Ready && !self.is_busy();
        let request_id = new_id();
        let (Some(cell), Some(kernel)) = (self.get(id), &self.kernel) else {
            return;
        };
        let request = Request::Complete { id: request_id, code: cell.code.clone(), position: at };
        if is_idle && kernel.send(request) {
            self.completion = Some(Completion::new(request_id, id, cell.code.clone(), at));
        }
    }

    /// What could stand in the cell `id`, where that was asked.
    pub fn completion_mut(&mut self, id: u64) -> &mut Option<Completion> {
        // The list belongs to the text for which it was asked.
        let code = self.list.iter().find(|cell| cell.id == id).map(|cell| cell.code.as_str());
        let stale = self
            .completion
            .as_ref()
            .is_some_and(|asked| asked.cell == id && Some(asked.code.as_str()) != code);
        if stale {
            self.completion = None;
        }
        &mut self.completion
    }
}
