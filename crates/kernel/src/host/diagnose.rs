//! What the compiler says of a cell, in the words of the protocol.

use evcxr::CompilationError;
use noisebook_kernel::protocol::{Diagnostic, Place};
use std::ops::Range;

/// The compiler's errors, each once, the learner's own before those in what evcxr put around the cell.
pub fn diagnostics(code: &str, errors: &[CompilationError]) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    let (own, around): (Vec<_>, Vec<_>) = errors.iter().partition(|error| error.is_from_user_code());
    let is_error = |error: &&&CompilationError| error.level() != "warning";
    for error in own.iter().filter(is_error).chain(around.iter().filter(is_error)) {
        let diagnostic = diagnostic(code, error);
        if !found.contains(&diagnostic) {
            found.push(diagnostic);
        }
    }
    found
}

/// An error that is not the cell's own.
pub fn without_place(message: String) -> Diagnostic {
    Diagnostic { message, code: None, places: Vec::new(), help: Vec::new() }
}

fn diagnostic(code: &str, error: &CompilationError) -> Diagnostic {
    let mut spans: Vec<_> = error.spanned_messages().iter().collect();
    spans.sort_by_key(|spanned| !spanned.is_primary);
    let places = spans.into_iter().filter_map(|spanned| {
        let span = spanned.span.as_ref()?;
        let start = offset(code, span.start_line, span.start_column);
        let end = offset(code, span.end_line, span.end_column);
        Some(Place { range: widened(code, start..end), label: spanned.label.clone() })
    });
    let places = places.collect();
    let mut help = error.help();
    help.extend(error.evcxr_extra_hint().map(str::to_owned));
    Diagnostic { message: error.message(), code: error.code().map(str::to_owned), places, help }
}

/// Where a line and a column, both from 1 and in characters, stand in bytes.
fn offset(code: &str, line: usize, column: usize) -> usize {
    let line_start: usize = code.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = code.get(line_start..).unwrap_or_default();
    let line_text = rest.lines().next().unwrap_or_default();
    let within: usize = line_text.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
    line_start + within
}

/// At least one character, so that there is something to underline.
fn widened(code: &str, range: Range<usize>) -> Range<usize> {
    if range.start < range.end {
        return range;
    }
    let next = code.get(range.start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    range.start..range.start + next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_ranges_count_bytes() {
        let code = "let α = 1;\nlet β = \"ü\" + 1;\n";
        let at = |line, from, to| &code[offset(code, line, from)..offset(code, line, to)];
        assert_eq!(at(1, 5, 6), "α");
        assert_eq!(at(2, 5, 6), "β");
        assert_eq!(at(2, 9, 12), "\"ü\"");
        assert_eq!(offset(code, 9, 1), code.len(), "past the end is the end");
        assert_eq!(&code[widened(code, 4..4)], "α", "nothing is widened to something");
    }
}
