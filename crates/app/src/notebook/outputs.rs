//! What a file keeps of a run, as it is drawn here, and what was run here as a file keeps it.

use noisebook_lessons::Output as Kept;

use crate::cells::{Cell, Ending, Output, State};

/// Everything that the file has, in its order; of several things that were displayed, the last is drawn.
pub(super) fn from_file(kept: &[Kept]) -> Output {
    let mut output = Output::default();
    for one in kept {
        match one {
            Kept::Stream { to_stderr, text } => output.print(text, *to_stderr),
            Kept::Display { data } | Kept::Result { data } => output.show(data.clone()),
            Kept::Error { name, value, traceback } => {
                let text =
                    if traceback.is_empty() { format!("{name}: {value}") } else { traceback.join("\n") };
                output.print(&format!("{text}\n"), true);
            }
            // It stays in the file; there is nothing to draw.
            Kept::Unknown(_) => {}
        }
    }
    output
}

/// What a cell that ran here printed and displayed, and how it ended where that was not well.
pub(super) fn to_file(cell: &Cell) -> Vec<Kept> {
    let mut kept: Vec<Kept> =
        cell.output.streams().into_iter().map(|(to_stderr, text)| Kept::Stream { to_stderr, text }).collect();
    if let Some(data) = cell.output.display.clone() {
        kept.push(Kept::Result { data });
    }
    let error = |name: &str, value: String| {
        let traceback = value.lines().map(str::to_owned).collect();
        Kept::Error { name: name.to_owned(), value, traceback }
    };
    if let State::Ended { how, .. } = &cell.state {
        match how {
            Ending::Refused => kept.extend(cell.diagnostics.iter().map(|diagnostic| {
                error(diagnostic.code.as_deref().unwrap_or("error"), diagnostic.message.clone())
            })),
            Ending::Panicked(why) => kept.push(error("Panic", why.clone())),
            Ending::Died(why) => kept.push(error("Died", why.clone())),
            Ending::Failed => kept.push(error("Error", String::new())),
            Ending::Interrupted => kept.push(error("Interrupted", String::new())),
            Ending::Done | Ending::Skipped => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use noisebook_kernel::protocol::Outcome;

    #[test]
    fn what_a_cell_showed_is_kept_as_it_came() {
        let long = "x".repeat(1000);
        let mut cell = Cell::new(1, String::new(), String::new(), String::new());
        cell.output.print(&format!("a\n{long}\nb"), false);
        cell.output.print("warning\n", true);
        let display = [("text/plain".to_owned(), "2".to_owned())];
        cell.finish(Outcome::Done { display: display.clone().into() }, 0.1);
        let expected = [
            Kept::Stream { to_stderr: false, text: format!("a\n{long}\nb") },
            Kept::Stream { to_stderr: true, text: "warning\n".to_owned() },
            Kept::Result { data: display.into() },
        ];
        assert_eq!(to_file(&cell), expected);
        assert_eq!(from_file(&expected).lines, cell.output.lines);
    }

    #[test]
    fn an_end_that_was_not_well_is_an_error_in_the_file() {
        let mut cell = Cell::new(1, String::new(), String::new(), String::new());
        cell.finish(Outcome::Panicked { message: "no".to_owned() }, 0.1);
        assert!(
            matches!(&to_file(&cell)[..], [Kept::Error { name, value, .. }] if name == "Panic" && value == "no")
        );
    }
}
