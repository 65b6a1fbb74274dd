//! Texts as notebooks hold them, one string or a list of lines, and JSON as Jupyter sets it.

use serde::Serialize as _;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};

/// A string, or strings that follow each other; none where the value is neither.
pub(super) fn joined(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(lines) => lines.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// The text as a list of its lines, each with its end: a change of one line is then one line in git.
pub(super) fn lines(text: &str) -> Value {
    text.split_inclusive('\n').collect()
}

/// JSON as Jupyter writes it: keys sorted, which serde_json's maps are, one space an indent, a newline at the end.
pub(super) fn pretty(value: &Value) -> String {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(b" "));
    // Neither writing to memory nor a value with keys of text can fail.
    let written = value.serialize(&mut serializer);
    debug_assert!(written.is_ok(), "{written:?}");
    bytes.push(b'\n');
    String::from_utf8(bytes).unwrap_or_default()
}
