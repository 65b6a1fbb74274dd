//! The notebook of a lesson, over a lesson that has every block there is.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use noisebook_lessons::{CellKind, LessonEntry, Notebook, notebook_of, parse_lesson, parse_notebook};

fn entry() -> LessonEntry {
    LessonEntry {
        number: 4,
        id: "every-block".to_owned(),
        title: "Every block".to_owned(),
        minutes: 25,
        needs: Vec::new(),
        summary: "It has everything.".to_owned(),
    }
}

fn made(lesson: &str) -> Notebook {
    notebook_of(&entry(), &parse_lesson(lesson, "lesson.md").unwrap())
}

/// Each cell under a line with its kind and its id.
fn as_text(notebook: &Notebook) -> String {
    let cells = notebook.cells().iter().map(|cell| {
        let kind = if cell.kind() == CellKind::Code { "code" } else { "text" };
        format!("=== {kind} {}\n{}\n", cell.id().unwrap(), cell.source())
    });
    cells.collect()
}

const LESSON: &str = include_str!("notebooks/every-block.md");

#[test]
fn every_block_has_its_cells() {
    let text = as_text(&made(LESSON));
    let expected = include_str!("notebooks/every-block.txt");
    for (number, (line, expected)) in text.lines().zip(expected.lines()).enumerate() {
        assert_eq!(line, expected, "line {} of:\n{text}", number + 1);
    }
    assert_eq!(text, expected);
}

#[test]
fn the_same_lesson_makes_the_same_bytes() {
    let file = made(LESSON).to_json_string();
    assert_eq!(made(LESSON).to_json_string(), file);
    let read = parse_notebook(&file, "n.ipynb").unwrap();
    assert_eq!(read.language().as_deref(), Some("rust"));
    assert_eq!(read.to_json_string(), file);
}

#[test]
fn ids_fit_into_what_the_format_allows() {
    let long = "a-very-long-name-for-a-page-that-nobody-would-want-to-type-twice";
    let cell = |name: &str| format!("```rust cell {{#{name}-{long}}}\n1\n```\n");
    let lesson = format!("# L\n## A {{#{long}}}\n{}{}{}", cell("a"), cell("b"), cell("c"));
    let notebook = made(&lesson);
    let mut ids: Vec<&str> = notebook.cells().iter().map(|cell| cell.id().unwrap()).collect();
    assert!(ids.iter().all(|id| (1..=64).contains(&id.len())), "{ids:?}");
    let num = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), num);
}
