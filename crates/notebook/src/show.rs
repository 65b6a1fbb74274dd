//! How a value is displayed under its cell.
//!
//! evcxr asks a cell's last expression for `evcxr_display`, and reads from standard output one content for each MIME type.
//! Whoever shows them takes the richest that it can draw; `text/plain` is always there and says in words what is seen.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use noisebook_kernel::protocol::WINDOW_VARIABLE;
use serde::Serialize;

/// A value that can be seen. In a cell write it last, without a semicolon.
pub trait Show {
    /// What is seen.
    fn show(&self) -> Shown;

    /// Displays it under the cell; this is what evcxr calls.
    fn evcxr_display(&self) {
        self.show().print();
    }
}

/// What is seen of a value: a content for each MIME type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The words first.
    contents: Vec<(&'static str, String)>,
}

impl Shown {
    /// Words alone.
    pub fn text(words: impl Into<String>) -> Self {
        Self { contents: vec![("text/plain", words.into())] }
    }

    /// The same with one content more; binary content is base64.
    #[must_use]
    pub fn with(mut self, mime: &'static str, content: impl Into<String>) -> Self {
        self.contents.push((mime, content.into()));
        self
    }

    /// The same with a PNG file.
    #[must_use]
    pub fn with_png(self, png: &[u8]) -> Self {
        self.with("image/png", STANDARD.encode(png))
    }

    /// The same with a value that the window draws itself.
    #[must_use]
    pub(crate) fn with_json(self, mime: &'static str, value: &impl Serialize) -> Self {
        match serde_json::to_string(value) {
            Ok(json) => self.with(mime, json),
            Err(_) => self,
        }
    }

    /// The same with other words.
    pub(crate) fn saying(mut self, words: String) -> Self {
        if let Some((_, content)) = self.contents.first_mut() {
            *content = words;
        }
        self
    }

    /// The content of that MIME type, if there is any.
    pub fn content(&self, mime: &str) -> Option<&str> {
        self.contents.iter().find(|(of, _)| *of == mime).map(|(_, content)| content.as_str())
    }

    /// What it says in words.
    pub fn words(&self) -> &str {
        self.content("text/plain").unwrap_or_default()
    }

    /// Writes it to standard output, as evcxr reads it.
    fn print(&self) {
        let mut out = io::stdout().lock();
        for (mime, content) in &self.contents {
            // Nobody is left to tell if this fails: whoever reads the output is gone.
            _ = writeln!(out, "EVCXR_BEGIN_CONTENT {mime}\n{content}\nEVCXR_END_CONTENT");
        }
        _ = out.flush();
    }
}

/// What is seen, or in its place the sentence that says why not.
pub(crate) fn or_error(shown: crate::Result<Shown>) -> Shown {
    shown.unwrap_or_else(|error| Shown::text(format!("There is nothing to show: {error}")))
}

/// Who shows what is displayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Viewer {
    /// The window, which draws curves and recordings itself and shows no HTML.
    Window,
    /// Jupyter, or another reader of notebooks.
    Jupyter,
}

impl Viewer {
    /// Who shows what this process displays.
    pub(crate) fn here() -> Self {
        if std::env::var_os(WINDOW_VARIABLE).is_some() { Self::Window } else { Self::Jupyter }
    }
}

impl Show for Shown {
    fn show(&self) -> Shown {
        self.clone()
    }
}

impl<T: Show + ?Sized> Show for &T {
    fn show(&self) -> Shown {
        (**self).show()
    }
}

/// Its value, or the sentence of its error.
impl<T: Show, E: std::fmt::Display> Show for std::result::Result<T, E> {
    fn show(&self) -> Shown {
        match self {
            Ok(value) => value.show(),
            Err(error) => Shown::text(error.to_string()),
        }
    }
}
