//! The messages between the window and the host: one JSON value a line, requests on the host's standard input, events on
//! its standard output.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The MIME type of curves that the window draws itself; the content is [`Curves`] as JSON.
pub const CURVES: &str = "application/vnd.noisebook.curves+json";
/// The MIME type of a recording that the window plays itself; the content is [`Recording`] as JSON.
pub const RECORDING: &str = "application/vnd.noisebook.recording+json";
/// The variable of the environment that is set where cells run for the window: what is displayed may then be [`CURVES`]
/// and [`RECORDING`] instead of HTML.
pub const WINDOW_VARIABLE: &str = "NOISEBOOK_WINDOW";

/// What the window asks of the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "kebab-case")]
pub enum Request {
    /// Run a cell. Cells run one after the other, in the order in which they come.
    Run {
        /// What the events about it will carry.
        id: u64,
        /// The Rust.
        code: String,
    },
    /// What could stand at the cursor.
    Complete {
        /// What the answer will carry.
        id: u64,
        /// The whole cell.
        code: String,
        /// The cursor, in bytes from the start of the cell.
        position: usize,
    },
    /// Stop the cell that runs, also while it is compiled, and forget those that wait.
    /// Variables outlive this where the cell was still being compiled, and are lost where it was running.
    Interrupt,
    /// Forget all variables and begin anew.
    Restart,
}

/// What the host, or the one who starts it, reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// It is getting ready; this may take minutes the first time.
    Starting {
        /// What is under way.
        step: Step,
        /// The last thing that was reported of it, "Compiling candle-core v0.11.1".
        detail: String,
    },
    /// Cells can run.
    Ready,
    /// A cell was begun.
    Started {
        /// Which.
        id: u64,
    },
    /// A cell printed something, whole lines with their ends.
    Printed {
        /// Which.
        id: u64,
        /// What.
        text: String,
        /// Whether it went to the error stream.
        to_stderr: bool,
    },
    /// A cell ended.
    Finished {
        /// Which.
        id: u64,
        /// How.
        outcome: Outcome,
        /// How long it took to compile and run, in seconds.
        seconds: f64,
    },
    /// The answer to [`Request::Complete`].
    Completions {
        /// To which.
        id: u64,
        /// Where the text to replace starts, in bytes.
        start: usize,
        /// Where it ends, in bytes.
        end: usize,
        /// What could stand there.
        candidates: Vec<Candidate>,
    },
    /// The host is gone, or could not be started. Cells that ran or waited will not be finished.
    Gone {
        /// Why, and what to do.
        reason: Reason,
    },
}

/// What has to be ready before cells run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The host itself is compiled; once, several minutes.
    BuildingHost,
    /// What cells depend on is compiled; once, several minutes.
    BuildingTemplate,
    /// A session begins; seconds.
    StartingSession,
}

/// Why there is no host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// There is no Rust toolchain.
    NoToolchain,
    /// This copy of the program has no sources that cells could be compiled against.
    NoSources,
    /// The set-up failed; the sentence says at what.
    SetUp(String),
    /// The process ended by itself; the sentence says how.
    Ended(String),
    /// It was asked to stop before it was ready.
    Stopped,
}

/// How a cell ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It ran to its end.
    Done {
        /// What its last expression displays as, by MIME type; binary content is base64.
        display: BTreeMap<String, String>,
    },
    /// It was not compiled.
    Refused {
        /// What the compiler says, at least one.
        diagnostics: Vec<Diagnostic>,
    },
    /// It was compiled, and ended with an error, as `?` does; the message was printed to the error stream.
    Failed,
    /// It panicked. Variables that it had taken are lost.
    Panicked {
        /// What the panic said.
        message: String,
    },
    /// It was interrupted.
    Interrupted {
        /// Whether the variables of all cells are lost.
        variables_lost: bool,
    },
    /// Its process ended, by `exit`, a signal or want of memory; all variables are lost.
    Died {
        /// How.
        message: String,
    },
    /// Another cell's end kept it from running.
    Skipped,
}

/// What the compiler says of a cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// "mismatched types".
    pub message: String,
    /// "E0308", where it has one.
    pub code: Option<String>,
    /// Where, the most important place first; empty where the cell itself is not at fault.
    pub places: Vec<Place>,
    /// What to try.
    pub help: Vec<String>,
}

/// A place in a cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// In bytes of the cell, on the boundaries of characters.
    pub range: std::ops::Range<usize>,
    /// "expected `f64`, found `&str`"; may be empty.
    pub label: String,
}

/// What could stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// What is inserted.
    pub code: String,
    /// What it is shown as, with its type.
    pub label: String,
    /// "function", "method", "variable", ….
    pub kind: String,
}

/// Curves, to be drawn by whoever shows them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// What they are.
    pub title: String,
    /// What runs along.
    pub x_label: String,
    /// What goes up.
    pub y_label: String,
    /// Each has a name, and points (x, y) from left to right.
    pub series: Vec<(String, Vec<[f64; 2]>)>,
}

/// Pictures along one setting or two, each reached by a slider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// What it is.
    pub title: String,
    /// One or two sentences.
    pub about: String,
    /// The sliders, the one that changes fastest last.
    pub axes: Vec<Axis>,
    /// A PNG file as base64 for each combination of stations, in the order of `axes`.
    pub frames: Vec<String>,
    /// What holds in each frame, in a few words; empty, or one for each.
    pub captions: Vec<String>,
}

/// One slider of a [`Recording`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    /// "t", "schedule".
    pub name: String,
    /// What its stations are called.
    pub stations: Vec<String>,
}
