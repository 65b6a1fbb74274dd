//! A cell of a notebook: the JSON that it came as, and what can be asked of it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::output::{Output, content};
use super::text::{joined, lines};

/// What a cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// Code that runs.
    Code,
    /// Text in Markdown.
    Markdown,
    /// Text that is passed on as it is; also any kind that this program does not know.
    Raw,
}

impl CellKind {
    fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Markdown => "markdown",
            Self::Raw => "raw",
        }
    }
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub struct NotebookCell {
    json: Map<String, Value>,
}

impl NotebookCell {
    /// A cell without an id or outputs.
    pub(super) fn new(kind: CellKind, source: &str) -> Self {
        let mut json = Map::new();
        json.insert("metadata".to_owned(), Value::Object(Map::new()));
        json.insert("source".to_owned(), lines(source));
        let mut cell = Self { json };
        cell.set_kind(kind);
        cell
    }

    /// Checks the two fields without which it could not be shown.
    pub(super) fn from_json(value: Value) -> Result<Self, String> {
        let Value::Object(json) = value else {
            return Err("is no JSON object".to_owned());
        };
        if !json.get("cell_type").is_some_and(Value::is_string) {
            return Err("has no text `cell_type`".to_owned());
        }
        if json.get("source").and_then(joined).is_none() {
            return Err("has no `source`, a text or a list of lines".to_owned());
        }
        Ok(Self { json })
    }

    pub(super) fn to_json(&self) -> Value {
        Value::Object(self.json.clone())
    }

    pub(super) fn set_id(&mut self, id: &str) {
        self.json.insert("id".to_owned(), id.into());
    }

    /// Its id, unique in the notebook; files before 4.5 have none.
    pub fn id(&self) -> Option<&str> {
        self.json.get("id").and_then(Value::as_str)
    }

    /// What it is.
    pub fn kind(&self) -> CellKind {
        match self.json.get("cell_type").and_then(Value::as_str) {
            Some("code") => CellKind::Code,
            Some("markdown") => CellKind::Markdown,
            _ => CellKind::Raw,
        }
    }

    /// Makes it a cell of another kind; outputs belong to code, and attachments to text.
    pub fn set_kind(&mut self, kind: CellKind) {
        self.json.insert("cell_type".to_owned(), kind.name().into());
        if kind == CellKind::Code {
            self.json.remove("attachments");
            self.json.entry("execution_count").or_insert(Value::Null);
            self.json.entry("outputs").or_insert_with(|| Value::Array(Vec::new()));
        } else {
            self.json.remove("execution_count");
            self.json.remove("outputs");
        }
    }

    /// Its text.
    pub fn source(&self) -> String {
        self.json.get("source").and_then(joined).unwrap_or_default()
    }

    /// Gives it another text, in the form that the file has it in: one string or a list of lines.
    pub fn set_source(&mut self, source: &str) {
        if self.source() == source {
            return;
        }
        let is_one_string = self.json.get("source").is_some_and(Value::is_string);
        let value = if is_one_string { source.into() } else { lines(source) };
        self.json.insert("source".to_owned(), value);
    }

    /// What a code cell showed when it last ran.
    pub fn outputs(&self) -> Vec<Output> {
        let outputs = self.json.get("outputs").and_then(Value::as_array);
        outputs.into_iter().flatten().map(Output::from_json).collect()
    }

    /// Replaces what a code cell showed, and the number of its run; a cell of another kind shows nothing and stays as it is.
    pub fn set_outputs(&mut self, outputs: &[Output], execution_count: Option<u64>) {
        if self.kind() == CellKind::Code {
            let outputs = outputs.iter().map(|output| output.to_json(execution_count)).collect();
            self.json.insert("outputs".to_owned(), outputs);
            self.json.insert("execution_count".to_owned(), execution_count.into());
        }
    }

    /// The how-manieth run of the kernel a code cell's outputs are from.
    pub fn execution_count(&self) -> Option<u64> {
        self.json.get("execution_count").and_then(Value::as_u64)
    }

    /// The file that the text of a Markdown cell shows as `![](attachment:NAME)`, by MIME type; binary content is base64.
    pub fn attachment(&self, name: &str) -> Option<BTreeMap<String, String>> {
        self.json.get("attachments")?.get(name)?.as_object().map(content)
    }

    /// What Jupyter and others keep about the cell.
    pub fn metadata(&self) -> Option<&Map<String, Value>> {
        self.json.get("metadata").and_then(Value::as_object)
    }
}
