//! The notebooks in git: each written lesson has one that Jupyter reads, small, complete, and without what is not for learners.
//!
//! That they say what their lessons say is held by `noisebook notebooks check`; here stand the rules of nbformat 4.5, by
//! hand, and what a reader relies on.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use noisebook_lessons::parse_notebook;
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The notebook of each written lesson, with its name.
fn notebooks() -> Vec<(String, String)> {
    let mut notebooks = Vec::new();
    for folder in std::fs::read_dir(root().join("lessons")).unwrap() {
        let folder = folder.unwrap().path();
        if folder.join("lesson.md").is_file() {
            let name = format!("{}.ipynb", folder.file_name().unwrap().to_str().unwrap());
            let path = root().join("notebooks").join(&name);
            let text = std::fs::read_to_string(&path);
            notebooks.push((
                name.clone(),
                text.unwrap_or_else(|error| panic!("{name}: {error}; run `noisebook notebooks build`")),
            ));
        }
    }
    assert!(!notebooks.is_empty());
    notebooks
}

/// Each cell of each notebook, as JSON, with where it stands.
fn cells() -> Vec<(String, Value)> {
    let mut cells = Vec::new();
    for (name, text) in notebooks() {
        let file: Value = serde_json::from_str(&text).unwrap();
        for cell in file["cells"].as_array().unwrap() {
            cells.push((format!("{name}, cell {}", cell["id"]), cell.clone()));
        }
    }
    cells
}

fn source(cell: &Value) -> String {
    cell["source"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect()
}

#[test]
fn they_keep_the_rules_of_the_format() {
    for (name, text) in notebooks() {
        let file: Value = serde_json::from_str(&text).unwrap();
        let keys: Vec<&String> = file.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["cells", "metadata", "nbformat", "nbformat_minor"], "{name}");
        assert_eq!(
            (file["nbformat"].as_u64(), file["nbformat_minor"].as_u64()),
            (Some(4), Some(5)),
            "{name}"
        );
        assert_eq!(file["metadata"]["kernelspec"]["name"], "noisebook", "{name}");
        assert_eq!(file["metadata"]["language_info"]["name"], "rust", "{name}");
        let mut ids = BTreeSet::new();
        for cell in file["cells"].as_array().unwrap() {
            let id = cell["id"].as_str().unwrap();
            let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            assert!((1..=64).contains(&id.len()) && id.chars().all(is_allowed), "{name}: {id}");
            assert!(ids.insert(id.to_owned()), "{name}: {id} twice");
            let keys: Vec<&str> = cell.as_object().unwrap().keys().map(String::as_str).collect();
            match cell["cell_type"].as_str().unwrap() {
                "code" => {
                    assert_eq!(keys, ["cell_type", "execution_count", "id", "metadata", "outputs", "source"]);
                }
                "markdown" => assert_eq!(keys, ["cell_type", "id", "metadata", "source"]),
                other => panic!("{name}, {id}: {other}"),
            }
            assert!(cell["metadata"].is_object());
            assert!(!source(cell).trim().is_empty(), "{name}, {id} is empty");
        }
        // As Jupyter would write it.
        assert_eq!(parse_notebook(&text, &name).unwrap().to_json_string(), text, "{name}");
    }
}

#[test]
fn they_are_small_and_keep_pictures_only() {
    for (name, text) in notebooks() {
        assert!(text.len() <= 500_000, "{name} has {} bytes", text.len());
    }
    for (place, cell) in cells() {
        assert!(cell["execution_count"].is_null(), "{place}");
        let outputs = cell["outputs"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert!(outputs.len() <= 1, "{place}");
        for output in outputs {
            assert_eq!(output["output_type"], "display_data", "{place}");
            let data = output["data"].as_object().unwrap();
            assert_eq!(data.keys().collect::<Vec<_>>(), ["image/png"], "{place}");
            // Four letters of base64 are three bytes.
            assert!(data["image/png"].as_str().unwrap().len() * 3 <= 40_002 * 4, "{place}");
        }
    }
}

#[test]
fn they_begin_with_what_every_cell_needs() {
    for (name, text) in notebooks() {
        let file: Value = serde_json::from_str(&text).unwrap();
        let cells = file["cells"].as_array().unwrap();
        let [title, set_up, ..] = cells.as_slice() else { panic!("{name}") };
        assert!(
            source(title).starts_with("# ") && source(title).contains("`noisebook notebooks setup`"),
            "{name}"
        );
        assert_eq!(
            source(set_up),
            ":dep noisebook = { path = \"../crates/notebook\" }\nuse noisebook::prelude::*;",
            "{name}"
        );
        // No other library: two copies of candle in one kernel would each count their own tensors.
        assert_eq!(text.matches(":dep").count(), 1, "{name}");
    }
}

#[test]
fn they_show_nothing_that_is_not_for_learners() {
    for (folder, lesson) in notebooks().iter().map(|(name, _)| {
        let folder = name.strip_suffix(".ipynb").unwrap();
        (
            folder.to_owned(),
            std::fs::read_to_string(root().join("lessons").join(folder).join("lesson.md")).unwrap(),
        )
    }) {
        let notebook = std::fs::read_to_string(root().join(format!("notebooks/{folder}.ipynb"))).unwrap();
        let file: Value = serde_json::from_str(&notebook).unwrap();
        let shown: String = file["cells"].as_array().unwrap().iter().map(source).collect();
        let mut kept_back = 0;
        for fence in ["```present\n", "```teacher\n", "```rust check\n"] {
            for block in lesson.split(fence).skip(1) {
                let line = block.lines().next().unwrap();
                assert!(!shown.contains(line), "{folder} shows {line:?}");
                kept_back += 1;
            }
        }
        assert!(kept_back > 0, "{folder} has no notes");
    }
}

#[test]
fn every_formula_and_every_fold_is_whole() {
    for (place, cell) in cells() {
        let source = source(&cell);
        assert!(!source.contains(r"\term"), "{place}");
        if cell["cell_type"] == "code" {
            continue;
        }
        assert_eq!(source.matches("<details>").count(), source.matches("</details>").count(), "{place}");
        // Without blank lines around it, Markdown inside of HTML is not set.
        assert_eq!(source.matches("</summary>").count(), source.matches("</summary>\n\n").count(), "{place}");
        assert_eq!(source.matches("</details>").count(), source.matches("\n\n</details>").count(), "{place}");
        let balance = |open: char, close: char| source.matches(open).count() == source.matches(close).count();
        assert!(balance('{', '}'), "{place}");
        assert_eq!(source.matches("```").count() % 2, 0, "{place}");
    }
}
