//! What a cell prints, gathered into a few events, and what it says of a panic.

use noisebook_kernel::protocol::Event;
use std::time::{Duration, SystemTime};

/// More text than this is counted and thrown away, in bytes of one cell.
const MOST: usize = 2 << 20;
/// Text is handed on when there is this much of it, in bytes.
const MUCH: usize = 64 << 10;

/// What the cell that runs has printed and was not yet handed on.
#[derive(Default)]
pub struct Printed {
    cell: Option<(u64, SystemTime)>,
    text: [String; 2],
    num_bytes: usize,
    num_dropped: usize,
    report: Report,
    panic: PanicText,
}

/// What was learned from the error stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What the panic said, if there was one.
    pub panic: Option<String>,
    /// Whether anything was printed there.
    pub is_error: bool,
}

/// Where in the text of a panic the error stream is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum PanicText {
    /// Nowhere.
    #[default]
    None,
    /// The next line says what happened.
    Message,
    /// Functions are listed, which says nothing to a learner.
    Backtrace,
}

impl Printed {
    /// How long the last lines of a cell may be under way when it ends.
    pub const LAST_LINES: Duration = Duration::from_millis(10);

    /// A cell begins.
    pub fn begin(&mut self, cell: u64) {
        *self = Self { cell: Some((cell, SystemTime::now())), ..Self::default() };
    }

    /// The cell that is under way.
    pub fn cell(&self) -> Option<u64> {
        self.cell.map(|(id, _)| id)
    }

    /// The cell that is under way, and since when.
    pub fn under_way(&self) -> Option<(u64, SystemTime)> {
        self.cell
    }

    /// The cell ends; what is printed from here on belongs to nobody. Returns what is left to hand on, and the report.
    pub fn end(&mut self) -> (Vec<Event>, Report) {
        if self.num_dropped > 0 {
            let megabytes = self.num_dropped as f64 / 1e6;
            self.text[0].push_str(&format!("… {megabytes:.1} MB more were printed and not kept\n"));
        }
        let events = self.take();
        (events, std::mem::take(self).report)
    }

    /// A line of the cell's.
    pub fn push(&mut self, line: &str, is_stderr: bool) {
        if self.cell.is_none() || is_stderr && self.is_backtrace(line) {
            return;
        }
        self.report.is_error |= is_stderr;
        let text = &mut self.text[usize::from(is_stderr)];
        if self.num_bytes + line.len() < MOST {
            self.num_bytes += line.len() + 1;
            text.push_str(line);
            text.push('\n');
        } else {
            self.num_dropped += line.len() + 1;
        }
    }

    /// Whether it is time to hand on what there is.
    pub fn is_much(&self) -> bool {
        self.text.iter().any(|text| text.len() > MUCH)
    }

    /// What there is to hand on.
    pub fn take(&mut self) -> Vec<Event> {
        let Some(id) = self.cell() else { return Vec::new() };
        let events = std::mem::take(&mut self.text).into_iter().zip([false, true]);
        events
            .filter(|(text, _)| !text.is_empty())
            .map(|(text, to_stderr)| Event::Printed { id, text, to_stderr })
            .collect()
    }

    /// Notes what a panic says, and whether the line lists functions.
    fn is_backtrace(&mut self, line: &str) -> bool {
        match self.panic {
            PanicText::None if line.starts_with("thread '") && line.contains("panicked at") => {
                // A panic that cannot unwind says a second one, of which the first is the cause.
                let is_first = self.report.panic.is_none();
                self.panic = if is_first { PanicText::Message } else { PanicText::Backtrace };
                self.report.panic.get_or_insert_default();
                true
            }
            PanicText::Message if line == "stack backtrace:" || line.starts_with("note: run with") => {
                self.panic = PanicText::Backtrace;
                true
            }
            PanicText::Message => {
                let message = self.report.panic.get_or_insert_default();
                message.push_str(if message.is_empty() { "" } else { "\n" });
                message.push_str(line);
                true
            }
            PanicText::Backtrace => {
                if line.starts_with("note: ") {
                    self.panic = PanicText::None;
                }
                true
            }
            PanicText::None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun() -> Printed {
        let mut printed = Printed::default();
        printed.begin(7);
        printed
    }

    #[test]
    fn a_panic_says_its_message_and_no_backtrace() {
        let mut printed = begun();
        for line in [
            "before",
            "thread '<unnamed>' (12) panicked at src/lib.rs:12:5:",
            "index out of bounds:",
            "the len is 3",
            "stack backtrace:",
            "   0: __rustc::rust_begin_unwind",
            "note: Some details are omitted, run with `RUST_BACKTRACE=full`.",
            "after",
        ] {
            printed.push(line, true);
        }
        let (events, report) = printed.end();
        assert_eq!(events, [Event::Printed { id: 7, text: "before\nafter\n".to_owned(), to_stderr: true }]);
        assert_eq!(report.panic.as_deref(), Some("index out of bounds:\nthe len is 3"));
    }

    #[test]
    fn much_output_is_counted_and_not_kept() {
        let mut printed = begun();
        let line = "x".repeat(999);
        let mut kept = 0;
        for _ in 0..5000 {
            printed.push(&line, false);
            for event in printed.take() {
                kept += match event {
                    Event::Printed { text, .. } => text.len(),
                    _ => 0,
                };
            }
        }
        assert!(kept <= MOST, "{kept}");
        let (events, _) = printed.end();
        assert!(
            matches!(&events[..], [Event::Printed { text, .. }] if text.contains("2.9 MB more")),
            "{events:?}"
        );
    }

    #[test]
    fn what_nobody_runs_belongs_to_nobody() {
        let mut printed = Printed::default();
        printed.push("stray", false);
        assert_eq!(printed.take(), []);
    }
}
