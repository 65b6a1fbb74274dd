//! What a code cell showed when it ran.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::text::{joined, lines};

/// One thing that a code cell showed.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// It printed something.
    Stream {
        /// Whether to the error stream.
        to_stderr: bool,
        /// What.
        text: String,
    },
    /// It displayed something on its way.
    Display {
        /// The same thing by MIME type; binary content is base64, JSON is its text.
        data: BTreeMap<String, String>,
    },
    /// What its last expression displays as.
    Result {
        /// The same thing by MIME type; binary content is base64, JSON is its text.
        data: BTreeMap<String, String>,
    },
    /// It did not run to its end.
    Error {
        /// What kind of error, "Panic".
        name: String,
        /// What it says, in a line.
        value: String,
        /// What is shown of it, a line each, perhaps with a terminal's colors.
        traceback: Vec<String>,
    },
    /// Something that this program does not know, as it stood in the file.
    Unknown(Value),
}

impl Output {
    pub(super) fn from_json(value: &Value) -> Self {
        Self::known(value).unwrap_or_else(|| Self::Unknown(value.clone()))
    }

    fn known(value: &Value) -> Option<Self> {
        let text = |field: &str| value.get(field).and_then(joined);
        let data = || value.get("data").and_then(Value::as_object).map(content);
        match value.get("output_type")?.as_str()? {
            "stream" => Some(Self::Stream { to_stderr: text("name")? == "stderr", text: text("text")? }),
            "display_data" => Some(Self::Display { data: data()? }),
            "execute_result" => Some(Self::Result { data: data()? }),
            "error" => {
                let traceback = value.get("traceback")?.as_array()?;
                let traceback = traceback.iter().filter_map(joined).collect();
                Some(Self::Error { name: text("ename")?, value: text("evalue")?, traceback })
            }
            _ => None,
        }
    }

    pub(super) fn to_json(&self, execution_count: Option<u64>) -> Value {
        match self {
            Self::Stream { to_stderr, text } => {
                let name = if *to_stderr { "stderr" } else { "stdout" };
                json!({ "output_type": "stream", "name": name, "text": lines(text) })
            }
            Self::Display { data } => {
                json!({ "output_type": "display_data", "data": bundle(data), "metadata": {} })
            }
            Self::Result { data } => json!({
                "output_type": "execute_result",
                "data": bundle(data),
                "metadata": {},
                "execution_count": execution_count,
            }),
            Self::Error { name, value, traceback } => {
                json!({ "output_type": "error", "ename": name, "evalue": value, "traceback": traceback })
            }
            Self::Unknown(value) => value.clone(),
        }
    }
}

/// The same thing by MIME type, each as a text.
pub(super) fn content(bundle: &Map<String, Value>) -> BTreeMap<String, String> {
    let text = |value: &Value| joined(value).unwrap_or_else(|| value.to_string());
    bundle
        .iter()
        .map(|(mime, value)| (mime.clone(), if is_json(mime) { value.to_string() } else { text(value) }))
        .collect()
}

/// As a file holds it: JSON as JSON, text by lines, pictures in one long line.
fn bundle(data: &BTreeMap<String, String>) -> Value {
    let value = |mime: &str, text: &str| {
        if is_json(mime) {
            return serde_json::from_str(text).unwrap_or_else(|_| text.into());
        }
        let is_text =
            mime.starts_with("text/") || mime == "image/svg+xml" || mime == "application/javascript";
        if is_text { lines(text) } else { text.into() }
    };
    data.iter().map(|(mime, text)| (mime.clone(), value(mime, text))).collect::<Map<_, _>>().into()
}

fn is_json(mime: &str) -> bool {
    mime == "application/json" || mime.ends_with("+json")
}
