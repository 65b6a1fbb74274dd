//! What Tab, Shift+Tab and Enter do to code: whole steps of indentation, and a new line that begins where the one before it did.
//!
//! Positions are bytes on the boundaries of characters.

use std::ops::Range;

const STEP: usize = 4;

/// A text, and what is selected in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edited {
    pub code: String,
    pub selected: Range<usize>,
}

/// Spaces up to the next step, or every selected line a step to the right.
pub(super) fn indent(code: &str, selected: Range<usize>) -> Edited {
    if selected.is_empty() {
        let column = code[line_start(code, selected.start)..selected.start].chars().count();
        return replace(code, selected, &" ".repeat(STEP - column % STEP));
    }
    move_lines(code, selected, |line| if line.is_empty() { 0 } else { STEP as isize })
}

/// Every selected line a step to the left, or the one with the cursor.
pub(super) fn outdent(code: &str, selected: Range<usize>) -> Edited {
    move_lines(code, selected, |line| {
        let spaces = line.len() - line.trim_start_matches(' ').len();
        -(spaces.min(STEP) as isize)
    })
}

/// A new line with the indentation of the present one, and a step more after an opening bracket.
pub(super) fn new_line(code: &str, selected: Range<usize>) -> Edited {
    let line = &code[line_start(code, selected.start)..selected.start];
    let indentation = line.len() - line.trim_start_matches(' ').len();
    let opens = line.trim_end().ends_with(['{', '(', '[']);
    let spaces = indentation + if opens { STEP } else { 0 };
    replace(code, selected, &format!("\n{}", " ".repeat(spaces)))
}

/// Puts `text` in the place of `range`, the cursor behind it.
pub(super) fn replace(code: &str, range: Range<usize>, text: &str) -> Edited {
    let cursor = range.start + text.len();
    let code = format!("{}{text}{}", &code[..range.start], &code[range.end..]);
    Edited { code, selected: cursor..cursor }
}

fn line_start(code: &str, at: usize) -> usize {
    code[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// Adds or takes spaces at the start of each line that `selected` touches.
fn move_lines(code: &str, selected: Range<usize>, by: impl Fn(&str) -> isize) -> Edited {
    let first = line_start(code, selected.start);
    let mut moved = code[..first].to_owned();
    let mut edited = selected.clone();
    let mut at = first;
    for line in code[first..].split_inclusive('\n') {
        // A line of which only the start is reached is not meant.
        let touched = at <= selected.start || at < selected.end;
        let spaces = if touched { by(line.trim_end_matches('\n')) } else { 0 };
        moved.push_str(&" ".repeat(spaces.max(0).unsigned_abs()));
        moved.push_str(&line[(-spaces).max(0).unsigned_abs()..]);
        let shift = |position: usize| position.saturating_add_signed(spaces).max(at);
        if at <= selected.start {
            edited.start = shift(selected.start).max(first);
        }
        if touched {
            edited.end = edited.end.saturating_add_signed(spaces);
        }
        at += line.len();
    }
    edited.end = edited.end.clamp(edited.start, moved.len());
    Edited { code: moved, selected: edited }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Selections are written as `⟨…⟩`.
    fn check(edit: impl Fn(&str, Range<usize>) -> Edited, before: &str, after: &str) {
        let start = before.find('⟨').expect("a start");
        let end = before.find('⟩').expect("an end") - '⟨'.len_utf8();
        let code = before.replace(['⟨', '⟩'], "");
        let Edited { code, selected } = edit(&code, start..end);
        let marked =
            format!("{}⟨{}⟩{}", &code[..selected.start], &code[selected.clone()], &code[selected.end..]);
        assert_eq!(marked, after);
    }

    #[test]
    fn tab_goes_to_the_next_step() {
        check(indent, "⟨⟩x", "    ⟨⟩x");
        check(indent, "é⟨⟩", "é   ⟨⟩");
        check(indent, "a\n  ⟨⟩b", "a\n    ⟨⟩b");
    }

    #[test]
    fn selected_lines_move_together() {
        check(indent, "⟨a\n\nb⟩", "    ⟨a\n\n    b⟩");
        check(indent, "a\n⟨b\n⟩c", "a\n    ⟨b\n⟩c");
        check(outdent, "    ⟨a\n  b⟩\n", "⟨a\nb⟩\n");
        check(outdent, "      a⟨⟩", "  a⟨⟩");
        check(outdent, "a⟨⟩", "a⟨⟩");
        check(outdent, "  ⟨⟩", "⟨⟩");
    }

    #[test]
    fn enter_keeps_the_indentation() {
        check(new_line, "  a⟨⟩", "  a\n  ⟨⟩");
        check(new_line, "f {⟨⟩", "f {\n    ⟨⟩");
        check(new_line, "  a⟨ b⟩c", "  a\n  ⟨⟩c");
        check(new_line, "⟨⟩", "\n⟨⟩");
    }
}
