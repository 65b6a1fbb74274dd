//! One cell: its text, how it is doing, what it showed.

use noisebook_kernel::protocol::{Diagnostic, Outcome};

use super::output::Output;

/// What a cell is doing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum State {
    /// It was never run.
    Fresh,
    /// It runs when those before it have, and the kernel is ready.
    Waiting,
    /// It is compiled or runs, since a moment of the window's time in seconds.
    Running {
        since: f64,
    },
    Ended {
        how: Ending,
        seconds: f64,
    },
}

/// How a cell ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ending {
    Done,
    Refused,
    Failed,
    /// What the panic said.
    Panicked(String),
    Interrupted,
    /// How its process ended.
    Died(String),
    /// It was not run after all.
    Skipped,
}

/// A cell.
pub(crate) struct Cell {
    /// Its number, which it keeps wherever it is moved.
    pub id: u64,
    /// What the learner's text is kept under: "page/cell".
    pub key: String,
    /// The lesson's text.
    original: String,
    /// The text as it stands.
    pub code: String,
    pub state: State,
    pub output: Output,
    /// What the compiler said of the text that was run.
    pub diagnostics: Vec<Diagnostic>,
    /// The text that was run last.
    ran: Option<String>,
    /// The life of variables in which it ran to its end.
    pub ran_in: Option<u64>,
    /// The how-manieth run of the kernel it was, since its output was last kept in a file.
    pub run_number: Option<u64>,
    /// Whether what it shows was not drawn yet.
    pub has_just_ended: bool,
}

impl Cell {
    pub fn new(id: u64, key: String, original: String, code: String) -> Self {
        Self {
            id,
            key,
            original,
            code,
            state: State::Fresh,
            output: Output::default(),
            diagnostics: Vec::new(),
            ran: None,
            ran_in: None,
            run_number: None,
            has_just_ended: false,
        }
    }

    pub fn original(&self) -> &str {
        &self.original
    }

    /// Takes a newer text of the lesson's, which a learner's own text outlives.
    pub fn set_original(&mut self, original: String) {
        if !self.is_changed() {
            self.code.clone_from(&original);
        }
        self.original = original;
    }

    /// Whether the text is not the lesson's.
    pub fn is_changed(&self) -> bool {
        self.code != self.original
    }

    /// Whether what stands under it was made by another text.
    pub fn is_edited_since(&self) -> bool {
        self.ran.as_ref().is_some_and(|ran| *ran != self.code)
    }

    /// What it is now is in the file.
    pub fn is_saved(&mut self) {
        self.original.clone_from(&self.code);
        // What is still running is not.
        if matches!(self.state, State::Ended { .. }) {
            self.run_number = None;
        }
    }

    /// The text that was run last, to which the compiler's words belong.
    pub fn ran(&self) -> &str {
        self.ran.as_deref().unwrap_or(&self.code)
    }

    /// It will be run.
    pub fn wait(&mut self) {
        self.state = State::Waiting;
    }

    /// It is being run; returns what.
    pub fn send(&mut self) -> String {
        self.output = Output::default();
        self.diagnostics.clear();
        self.ran = Some(self.code.clone());
        self.ran_in = None;
        self.code.clone()
    }

    pub fn end(&mut self, how: Ending, seconds: f64) {
        self.state = State::Ended { how, seconds };
    }

    /// Takes in how it ended.
    pub fn finish(&mut self, outcome: Outcome, seconds: f64) {
        let how = match outcome {
            Outcome::Done { display } => {
                self.output.show(display);
                Ending::Done
            }
            Outcome::Refused { diagnostics } => {
                self.diagnostics = diagnostics;
                Ending::Refused
            }
            Outcome::Failed => Ending::Failed,
            Outcome::Panicked { message } => Ending::Panicked(message),
            Outcome::Interrupted { .. } => Ending::Interrupted,
            Outcome::Died { message } => Ending::Died(message),
            Outcome::Skipped => Ending::Skipped,
        };
        self.has_just_ended = true;
        self.end(how, seconds);
    }

    /// Whether the compiler did not know a name, as where a cell above has not run.
    pub fn lacks_a_name(&self) -> bool {
        let codes = self.diagnostics.iter().filter_map(|diagnostic| diagnostic.code.as_deref());
        codes.into_iter().any(|code| matches!(code, "E0425" | "E0433" | "E0412"))
    }
}
