//! Jupyter's notebooks: the file format nbformat 4, read, changed and written without loss.
//!
//! A notebook is JSON.
//! Every part of it is kept as the JSON that it came as, and what this program understands of it is a view: unknown fields, metadata, outputs, attachments and newer minor versions go back into the file as they were.
//! So whoever opens a notebook here, changes one cell and saves it finds one cell changed in git.
//!
//! The file is written as Jupyter writes it: keys sorted, an indent of one space, letters of all languages as they are, a newline at the end.
//! What is kept is the value of the JSON, so a number's spelling may change (`1e-05` to `1e-5`), and of one with 17 digits the last.
//!
//! The format: <https://nbformat.readthedocs.io/en/latest/format_description.html>.

mod cell;
mod code;
mod from_lesson;
mod markdown;
mod output;
mod questions;
mod text;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

pub use cell::{CellKind, NotebookCell};
pub use from_lesson::notebook_of;
pub use output::Output;

use crate::error::{Fail, LessonError};

/// The major version of the format.
const NBFORMAT: u64 = 4;
/// The minor version of notebooks made here: the first whose cells have ids.
const NBFORMAT_MINOR: u64 = 5;

/// A notebook: cells in order, and what Jupyter keeps about the whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Notebook {
    cells: Vec<NotebookCell>,
    /// Everything beside the cells, as it came.
    rest: Map<String, Value>,
}

impl Default for Notebook {
    fn default() -> Self {
        Self::new()
    }
}

impl Notebook {
    /// A notebook for Rust without cells, for the kernel that `noisebook notebooks setup` installs.
    pub fn new() -> Self {
        let metadata = json!({
            "kernelspec": { "name": "noisebook", "display_name": "Rust (Noisebook)", "language": "rust" },
            "language_info": {
                "name": "rust",
                "file_extension": ".rs",
                "mimetype": "text/rust",
                "pygments_lexer": "rust",
                "codemirror_mode": "rust",
            },
        });
        let mut rest = Map::new();
        rest.insert("metadata".to_owned(), metadata);
        rest.insert("nbformat".to_owned(), NBFORMAT.into());
        rest.insert("nbformat_minor".to_owned(), NBFORMAT_MINOR.into());
        Self { cells: Vec::new(), rest }
    }

    /// The text of the file, as Jupyter would write it.
    pub fn to_json_string(&self) -> String {
        let mut file = self.rest.clone();
        file.insert("cells".to_owned(), self.cells.iter().map(NotebookCell::to_json).collect());
        text::pretty(&Value::Object(file))
    }

    /// The cells, in order.
    pub fn cells(&self) -> &[NotebookCell] {
        &self.cells
    }

    /// The cell at `idx`, to change it.
    pub fn cell_mut(&mut self, idx: usize) -> Option<&mut NotebookCell> {
        self.cells.get_mut(idx)
    }

    /// Puts a new cell before the one at `idx`, or at the end where there are fewer, and returns its place.
    pub fn insert_cell(&mut self, idx: usize, kind: CellKind, source: &str) -> usize {
        let mut cell = NotebookCell::new(kind, source);
        if self.has_ids() {
            cell.set_id(&self.fresh_id());
        }
        let idx = idx.min(self.cells.len());
        self.cells.insert(idx, cell);
        idx
    }

    /// Takes the cell at `idx` out.
    pub fn remove_cell(&mut self, idx: usize) -> Option<NotebookCell> {
        (idx < self.cells.len()).then(|| self.cells.remove(idx))
    }

    /// Moves the cell at `from` so that it stands at `to`, or at the end where there are fewer.
    pub fn move_cell(&mut self, from: usize, to: usize) {
        if let Some(cell) = self.remove_cell(from) {
            self.cells.insert(to.min(self.cells.len()), cell);
        }
    }

    /// The language of its code cells in lower case, "rust" or "python", where the file says it.
    pub fn language(&self) -> Option<String> {
        let metadata = self.metadata()?;
        let says = |part: &str, field: &str| metadata.get(part)?.get(field)?.as_str().map(str::to_lowercase);
        says("kernelspec", "language").or_else(|| says("language_info", "name"))
    }

    /// What Jupyter and others keep about the whole notebook.
    pub fn metadata(&self) -> Option<&Map<String, Value>> {
        self.rest.get("metadata").and_then(Value::as_object)
    }

    /// Ids came with 4.5, and an older file that had any would not be valid.
    fn has_ids(&self) -> bool {
        self.rest.get("nbformat_minor").and_then(Value::as_u64).is_some_and(|minor| minor >= NBFORMAT_MINOR)
    }

    /// Counted rather than drawn by chance, so that the same changes make the same file.
    fn fresh_id(&self) -> String {
        let taken: BTreeSet<&str> = self.cells.iter().filter_map(NotebookCell::id).collect();
        let mut ids = (1_usize..).map(|number| format!("cell-{number}"));
        ids.find(|id| !taken.contains(id.as_str())).unwrap_or_default()
    }
}

/// Reads a notebook from the text of its `.ipynb`; `file` is the name for errors.
///
/// # Errors
/// When the text is not JSON, not a notebook, or a notebook of another major version than 4.
pub fn parse_notebook(text: &str, file: &str) -> Result<Notebook, LessonError> {
    read_notebook(text).map_err(|fail| fail.in_file(file))
}

fn read_notebook(text: &str) -> Result<Notebook, Fail> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let what = error.to_string();
        // The line stands before the sentence already.
        let what = what.split(" at line ").next().unwrap_or_default();
        Fail::new(
            error.line().max(1),
            format!("this is not a notebook, for it is not JSON: {what}; open the file as Jupyter saved it"),
        )
    })?;
    let not_a_notebook = |what: String| Fail::new(1, format!("this is not a notebook: {what}"));
    let Value::Object(mut rest) = value else {
        return Err(not_a_notebook("it is JSON, but no object with `cells`".to_owned()));
    };
    match rest.get("nbformat").and_then(Value::as_u64) {
        Some(NBFORMAT) => {}
        Some(older) if older < NBFORMAT => {
            return Err(Fail::new(
                1,
                format!(
                    "the notebook is of format {older}, and format {NBFORMAT} is expected; open it in Jupyter and save it, which brings it up to date"
                ),
            ));
        }
        Some(newer) => {
            return Err(Fail::new(
                1,
                format!(
                    "the notebook is of format {newer}, which is newer than this program knows; save it as format {NBFORMAT}"
                ),
            ));
        }
        None => return Err(not_a_notebook("it has no number `nbformat`".to_owned())),
    }
    let Some(Value::Array(cells)) = rest.remove("cells") else {
        return Err(not_a_notebook("it has no list `cells`".to_owned()));
    };
    let cells = cells.into_iter().enumerate().map(|(idx, cell)| {
        NotebookCell::from_json(cell).map_err(|what| not_a_notebook(format!("its cell {} {what}", idx + 1)))
    });
    Ok(Notebook { cells: cells.collect::<Result<_, _>>()?, rest })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// A notebook of another program's making: Python, widgets, an attachment, a raw cell, fields that nobody knows.
    const FOREIGN: &str = include_str!("../../tests/notebooks/foreign.ipynb");

    fn notebook(cells: &str) -> Notebook {
        let text =
            format!(r#"{{ "cells": [{cells}], "metadata": {{}}, "nbformat": 4, "nbformat_minor": 5 }}"#);
        parse_notebook(&text, "n.ipynb").unwrap()
    }

    #[test]
    fn what_is_not_touched_is_written_as_it_came() {
        let notebook = parse_notebook(FOREIGN, "foreign.ipynb").unwrap();
        assert_eq!(notebook.to_json_string(), FOREIGN);
        // Windows' line ends stand between the values, and mean nothing there.
        let on_windows = FOREIGN.replace('\n', "\r\n");
        assert_eq!(parse_notebook(&on_windows, "foreign.ipynb").unwrap().to_json_string(), FOREIGN);
    }

    #[test]
    fn another_programs_notebook_is_understood() {
        let mut notebook = parse_notebook(FOREIGN, "foreign.ipynb").unwrap();
        assert_eq!(notebook.language().as_deref(), Some("python"));
        let kinds: Vec<CellKind> = notebook.cells().iter().map(NotebookCell::kind).collect();
        let (code, markdown, raw) = (CellKind::Code, CellKind::Markdown, CellKind::Raw);
        assert_eq!(kinds, [markdown, code, code, raw, raw]);
        let picture = notebook.cells()[0].attachment("dot.png").unwrap();
        assert!(picture["image/png"].starts_with("iVBOR"), "{picture:?}");
        assert_eq!(notebook.cells()[1].source(), "import numpy as np\r\nprint(\"añil ∑\")");
        let outputs = notebook.cells()[1].outputs();
        let [Output::Stream { to_stderr: false, text }, Output::Display { data }, Output::Unknown(_)] =
            outputs.as_slice()
        else {
            panic!()
        };
        assert_eq!(text, "añil ∑\nagain\n");
        assert_eq!(
            data["application/vnd.jupyter.widget-view+json"],
            r#"{"model_id":"e0","version_major":2}"#
        );
        let outputs = notebook.cells()[2].outputs();
        assert!(matches!(&outputs[0], Output::Result { data } if data["text/plain"] == "2"), "{outputs:?}");
        assert!(
            matches!(&outputs[1], Output::Error { name, traceback, .. } if name == "ValueError" && traceback.len() == 2)
        );
        // The same text is no change, also where it has Windows' line ends.
        let source = notebook.cells()[1].source();
        notebook.cell_mut(1).unwrap().set_source(&source);
        assert_eq!(notebook.to_json_string(), FOREIGN);
    }

    #[test]
    fn a_change_is_a_change_of_its_own_lines() {
        let mut notebook = parse_notebook(FOREIGN, "foreign.ipynb").unwrap();
        notebook.cell_mut(2).unwrap().set_source("1 + 2");
        assert_eq!(notebook.to_json_string(), FOREIGN.replace("\"1 + 1\"", "\"1 + 2\""));
    }

    #[test]
    fn a_source_keeps_the_form_it_came_in() {
        let check = |source: &str, expected: &str| {
            let mut notebook =
                notebook(&format!(r#"{{ "cell_type": "raw", "metadata": {{}}, "source": {source} }}"#));
            notebook.cell_mut(0).unwrap().set_source("a\nb");
            let json: Value = serde_json::from_str(&notebook.to_json_string()).unwrap();
            assert_eq!(json["cells"][0]["source"].to_string(), expected);
        };
        check(r#""x""#, r#""a\nb""#);
        check(r#"["x"]"#, r#"["a\n","b"]"#);
        check("[]", r#"["a\n","b"]"#);
    }

    #[test]
    fn outputs_are_replaced_and_read_again() {
        let mut notebook = Notebook::new();
        notebook.insert_cell(0, CellKind::Code, "x.show()");
        let data = [
            ("application/vnd.noisebook.curves+json", r#"{"title":"rates"}"#),
            ("image/png", "iVBORw0K"),
            ("text/plain", "two\nlines"),
        ];
        let data: BTreeMap<String, String> =
            data.into_iter().map(|(mime, text)| (mime.to_owned(), text.to_owned())).collect();
        let outputs = [
            Output::Stream { to_stderr: true, text: "a\nb\n".to_owned() },
            Output::Result { data },
            Output::Error {
                name: "Panic".to_owned(),
                value: "oh".to_owned(),
                traceback: vec!["oh".to_owned()],
            },
        ];
        notebook.cell_mut(0).unwrap().set_outputs(&outputs, Some(3));
        let text = notebook.to_json_string();
        let again = parse_notebook(&text, "n.ipynb").unwrap();
        assert_eq!(again, notebook);
        assert_eq!(again.cells()[0].outputs(), outputs);
        assert_eq!(again.cells()[0].execution_count(), Some(3));
        let json: Value = serde_json::from_str(&text).unwrap();
        let result = &json["cells"][0]["outputs"][1];
        assert_eq!(result["data"]["text/plain"], json!(["two\n", "lines"]));
        assert_eq!(result["data"]["image/png"], json!("iVBORw0K"));
        assert_eq!(result["data"]["application/vnd.noisebook.curves+json"], json!({ "title": "rates" }));
        assert_eq!(result["execution_count"], json!(3));
        // Prose shows nothing.
        notebook.cell_mut(0).unwrap().set_kind(CellKind::Markdown);
        notebook.cell_mut(0).unwrap().set_outputs(&outputs, Some(3));
        assert_eq!(notebook.cells()[0].outputs(), []);
        assert!(!notebook.to_json_string().contains("execution_count"));
    }

    #[test]
    fn cells_come_go_and_move() {
        let mut notebook = Notebook::new();
        assert_eq!(notebook.insert_cell(9, CellKind::Markdown, "one"), 0);
        assert_eq!(notebook.insert_cell(1, CellKind::Code, "three"), 1);
        assert_eq!(notebook.insert_cell(1, CellKind::Raw, "two"), 1);
        let state = |notebook: &Notebook| -> Vec<String> {
            notebook.cells().iter().map(|cell| format!("{} {}", cell.id().unwrap(), cell.source())).collect()
        };
        assert_eq!(state(&notebook), ["cell-1 one", "cell-3 two", "cell-2 three"]);
        notebook.move_cell(0, 2);
        assert_eq!(state(&notebook), ["cell-3 two", "cell-2 three", "cell-1 one"]);
        notebook.move_cell(2, 0);
        notebook.move_cell(7, 0);
        assert_eq!(notebook.remove_cell(1).unwrap().source(), "two");
        assert_eq!(notebook.remove_cell(2), None);
        assert_eq!(state(&notebook), ["cell-1 one", "cell-2 three"]);
        // Where cells have no ids, new ones have none either.
        let old = r#"{ "cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 0 }"#;
        let mut old = parse_notebook(old, "old.ipynb").unwrap();
        old.insert_cell(0, CellKind::Code, "1");
        assert_eq!(old.cells()[0].id(), None);
    }

    #[test]
    fn what_is_no_notebook_is_named_in_a_sentence() {
        let check = |text: &str, says: &str| {
            let error = parse_notebook(text, "n.ipynb").unwrap_err().to_string();
            assert!(error.starts_with("n.ipynb:") && error.contains(says), "{text}: {error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        };
        check("", "n.ipynb:1: this is not a notebook, for it is not JSON");
        check("{\n \"cells\": [\n", "n.ipynb:3: this is not a notebook");
        check("[]", "no object");
        check("{}", "no number `nbformat`");
        check(r#"{ "nbformat": 3, "worksheets": [] }"#, "of format 3");
        check(r#"{ "nbformat": 5, "cells": [] }"#, "newer");
        check(r#"{ "nbformat": 4 }"#, "no list `cells`");
        check(r#"{ "nbformat": 4, "cells": [1] }"#, "its cell 1 is no JSON object");
        check(
            r#"{ "nbformat": 4, "cells": [{ "cell_type": "raw", "source": "" }, {}] }"#,
            "its cell 2 has no text `cell_type`",
        );
        check(
            r#"{ "nbformat": 4, "cells": [{ "cell_type": "raw", "source": [1] }] }"#,
            "its cell 1 has no `source`",
        );
        check(&"[".repeat(100_000), "not JSON");
    }
}
