//! One error type: where, and what to do.

use std::ops::Range;

/// Something in a lesson, the course or the glossary that its author has to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct LessonError {
    /// The file, as it was named to the parser.
    pub file: String,
    /// The line in it, from 1.
    pub line: usize,
    /// What was found, what was expected and what to do.
    pub message: String,
}

/// An error on its way up, before anybody has said which file it is in.
#[derive(Debug)]
pub(crate) struct Fail {
    pub line: usize,
    pub message: String,
}

impl Fail {
    pub fn new(line: usize, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }

    /// `toml`'s message for a text that starts at `first_line`; `what` names the text.
    pub fn from_toml(error: &toml::de::Error, what: &str, body: &str, first_line: usize) -> Self {
        let start = error.span().map_or(0, |Range { start, .. }| start);
        Self::new(
            first_line + line_offset(body, start),
            format!("{what} cannot be read: {}", error.message().trim_end()),
        )
    }

    pub fn in_file(self, file: &str) -> LessonError {
        LessonError { file: file.to_owned(), line: self.line, message: self.message }
    }
}

/// How many line ends come before `byte` in `text`.
pub(crate) fn line_offset(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|&b| b == b'\n').count()
}

/// `"a", "b" or "c"`.
pub(crate) fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// Ids are what files, progress and translations refer to: lower case, digits, hyphens.
pub(crate) fn is_id(id: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !id.is_empty() && !id.starts_with('-') && !id.ends_with('-') && id.chars().all(inner)
}
