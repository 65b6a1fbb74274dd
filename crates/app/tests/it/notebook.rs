//! Notebooks in the window: what a file has is shown and kept, cells run, and nothing unsaved is lost.

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use noisebook_kernel::protocol::Event;
use serde_json::{Value, json};

use crate::cells::{PNG, done};
use crate::support::{Window, name};

/// A notebook with things that this program knows nothing of.
fn notebook(language: &str) -> Value {
    json!({
        "cells": [
            {
                "attachments": { "dot.png": { "image/png": PNG } },
                "cell_type": "markdown",
                "id": "title",
                "metadata": { "strange": [1, 2] },
                "source": ["# Hello\n", "Some *words*. ![dot](attachment:dot.png)"]
            },
            {
                "cell_type": "code",
                "execution_count": 7,
                "id": "one",
                "metadata": { "collapsed": false },
                "outputs": [
                    { "name": "stdout", "output_type": "stream", "text": ["from before\n"] },
                    { "output_type": "hologram", "data": 3 }
                ],
                "source": ["let x = 1;\n", "x"]
            },
            { "cell_type": "code", "execution_count": null, "id": "two", "metadata": {}, "outputs": [], "source": [] },
            {
                "cell_type": "markdown",
                "id": "answer",
                "metadata": {},
                "source": ["<details><summary>Decide, then look</summary>\n", "\n", "It was 7.\n", "\n", "</details>"]
            },
            { "cell_type": "raw", "id": "raw", "metadata": {}, "source": ["as it is"] }
        ],
        "metadata": { "language_info": { "name": language }, "widgets": { "state": {} } },
        "nbformat": 4,
        "nbformat_minor": 5
    })
}

struct Open {
    window: Window,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Open {
    fn new(notebook: &Value) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("hello.ipynb");
        std::fs::write(&path, notebook.to_string()).expect("written");
        let mut window = Window::of_file(&path, Harness::builder());
        window.wait("the notebook", |window| window.has_role(Role::Button, "Save as"));
        Self { window, path, _folder: folder }
    }

    fn file(&self) -> Value {
        read(&self.path)
    }

    /// What the menu beside a cell offers.
    #[track_caller]
    fn choose(&mut self, cell: usize, item: &str) {
        let menu = format!("Cell {cell}: more");
        self.window.harness.get_by_role_and_label(Role::Button, &menu).click_accesskit();
        self.window.harness.run_steps(3);
        self.window.click(Role::MenuItem, item);
    }

    /// The codes, from top to bottom.
    fn codes(&self) -> Vec<String> {
        let mut nodes: Vec<_> = self
            .window
            .harness
            .query_all_by_role(Role::MultilineTextInput)
            .map(|node| (node.rect().top(), node.value().unwrap_or_default()))
            .collect();
        nodes.sort_by(|a, b| a.0.total_cmp(&b.0));
        nodes.into_iter().map(|(_, text)| text).collect()
    }

    fn write(&mut self, cell: usize, text: &str) {
        let label = format!("Rust cell {cell}");
        self.window.harness.get_by_role_and_label(Role::MultilineTextInput, &label).focus();
        self.window.harness.run_steps(2);
        self.window.harness.event(egui::Event::Text(text.to_owned()));
        self.window.harness.run_steps(2);
    }

    fn press(&mut self, modifiers: Modifiers, key: Key) {
        self.window.harness.key_press_modifiers(modifiers, key);
        self.window.harness.run_steps(3);
    }

    #[track_caller]
    fn save(&mut self) {
        self.press(Modifiers::COMMAND, Key::S);
        self.window.wait("the file", |window| window.has_role(Role::Alert, "Saved "));
    }
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON")
}

#[test]
fn a_file_is_shown_and_saved_as_it_came() {
    let mut open = Open::new(&notebook("rust"));
    let window = &open.window;
    assert!(window.has_role(Role::Label, "Hello"));
    assert!(window.has_role(Role::Log, "from before"), "what it showed before is there");
    assert!(window.has_role(Role::Image, "A picture"), "so is the picture of its text");
    assert!(window.has_role(Role::Label, "as it is"));
    assert!(!window.has_role(Role::Label, "It was 7."), "what is folded stays folded");
    assert!(!window.has_role(Role::Label, "not saved"));
    assert_eq!(window.kernels.count(), 0, "opening runs nothing");
    // Not by pointer: it lies below what is in sight.
    open.window.harness.get_by_role_and_label(Role::Button, "Decide, then look").click_accesskit();
    open.window.harness.run_steps(3);
    assert!(open.window.has_role(Role::Label, "It was 7."));
    open.save();
    assert_eq!(open.file(), notebook("rust"));
}

#[test]
fn a_cell_runs_and_the_file_has_what_it_showed_and_all_else_as_before() {
    let mut open = Open::new(&notebook("rust"));
    open.write(2, "2 + 2");
    assert!(open.window.has_role(Role::Label, "not saved"));
    open.window.click(Role::Button, "Run cell 2");
    open.window.kernels.say(Event::Ready);
    open.window.harness.run_steps(2);
    let (id, code) = open.window.kernels.asked_to_run();
    assert_eq!(code, "2 + 2");
    open.window.finish(id, done(&[("text/plain", "4".to_owned())]));
    assert!(open.window.has_role(Role::Log, "4"));
    open.save();
    let mut expected = notebook("rust");
    expected["cells"][2]["source"] = json!(["2 + 2"]);
    expected["cells"][2]["execution_count"] = json!(1);
    expected["cells"][2]["outputs"] = json!([
        { "data": { "text/plain": ["4"] }, "execution_count": 1, "metadata": {}, "output_type": "execute_result" }
    ]);
    assert_eq!(open.file(), expected);
    assert!(!open.window.has_role(Role::Label, "not saved"));
}

#[test]
fn cells_are_added_moved_and_deleted_and_all_of_it_can_be_undone() {
    let mut open = Open::new(&notebook("rust"));
    open.choose(2, "Add code");
    open.window.harness.event(egui::Event::Text("new".to_owned()));
    open.window.harness.run_steps(2);
    assert_eq!(open.codes(), ["let x = 1;\nx", "new", ""]);
    open.press(Modifiers::NONE, Key::Escape);
    open.choose(3, "Move up");
    assert_eq!(open.codes(), ["new", "let x = 1;\nx", ""]);
    open.choose(2, "Delete");
    assert_eq!(open.codes(), ["let x = 1;\nx", ""]);
    open.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(open.codes(), ["new", "let x = 1;\nx", ""], "a deleted text comes back");
    open.press(Modifiers::COMMAND, Key::Z);
    open.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(open.codes(), ["let x = 1;\nx", ""]);
    open.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    open.save();
    let cells = open.file()["cells"].as_array().expect("cells").clone();
    assert_eq!((cells.len(), &cells[2]["source"]), (6, &json!(["new"])));
    assert_eq!(cells[1], notebook("rust")["cells"][1]);
}

#[test]
fn text_is_edited_by_key_and_read_again() {
    let mut open = Open::new(&notebook("rust"));
    open.window.harness.get_by_role_and_label(Role::Group, "Text 1").focus();
    open.window.harness.run_steps(2);
    open.press(Modifiers::NONE, Key::Enter);
    open.press(Modifiers::COMMAND, Key::ArrowUp);
    open.window.harness.event(egui::Event::Text("# Well, hello\n\n".to_owned()));
    open.window.harness.run_steps(2);
    open.press(Modifiers::COMMAND, Key::Enter);
    assert!(open.window.has_role(Role::Label, "Well, hello"));
    open.save();
    assert_eq!(open.file()["cells"][0]["source"][0], json!("# Well, hello\n"));
}

#[test]
fn text_that_is_still_being_written_is_not_saved() {
    let mut open = Open::new(&notebook("rust"));
    open.window.harness.get_by_role_and_label(Role::Group, "Text 1").focus();
    open.window.harness.run_steps(2);
    open.press(Modifiers::NONE, Key::Enter);
    assert!(!open.window.has_role(Role::Label, "not saved"), "nothing is written yet");
    open.window.harness.event(egui::Event::Text("More. ".to_owned()));
    open.window.harness.run_steps(2);
    assert!(open.window.has_role(Role::Label, "not saved"));
}

#[test]
fn a_cell_that_was_deleted_while_it_ran_comes_back_stopped() {
    let mut open = Open::new(&notebook("rust"));
    open.window.click(Role::Button, "Run cell 1");
    open.window.kernels.say(Event::Ready);
    open.window.harness.run_steps(2);
    let (id, _) = open.window.kernels.asked_to_run();
    open.choose(2, "Delete");
    open.window.finish(id, done(&[("text/plain", "1".to_owned())]));
    open.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(open.codes(), ["let x = 1;\nx", ""]);
    assert!(open.window.has_role(Role::Button, "Run cell 1"), "{:#?}", open.window.names());
}

#[test]
fn what_is_not_saved_is_asked_about() {
    let mut open = Open::new(&notebook("rust"));
    open.write(1, "// mine\n");
    open.press(Modifiers::NONE, Key::Escape);
    open.window.click(Role::Button, "To the course map");
    assert!(open.window.has_role(Role::Alert, "changes that are not saved"));
    open.window.click(Role::Button, "Stay here");
    assert!(!open.window.has_role(Role::Alert, "changes that are not saved"));
    assert!(open.codes().concat().contains("// mine"));
    open.window.click(Role::Button, "To the course map");
    open.window.click(Role::Button, "Save them");
    open.window.wait("the map", |window| window.has_role(Role::Button, "Begin"));
    assert!(open.file().to_string().contains("// mine"));
}

#[test]
fn what_is_given_up_is_not_written() {
    let mut open = Open::new(&notebook("rust"));
    open.write(1, "// mine\n");
    open.press(Modifiers::NONE, Key::Escape);
    open.window.click(Role::Button, "To the course map");
    open.window.click(Role::Button, "Give them up");
    assert!(open.window.has_role(Role::Button, "Begin"));
    assert_eq!(open.file(), notebook("rust"));
}

#[test]
fn a_place_that_cannot_be_written_loses_nothing() {
    let mut open = Open::new(&notebook("rust"));
    open.write(1, "// mine\n");
    *open.window.answers.save.lock().expect("no panic elsewhere") =
        Some(open.path.join("not-a-folder.ipynb"));
    open.window.click(Role::Button, "Save as …");
    open.window.wait("an error", |window| window.has_role(Role::Alert, "could not be written"));
    assert!(open.window.has_role(Role::Label, "not saved"));
    assert_eq!(open.file(), notebook("rust"));
}

#[test]
fn another_language_is_read_and_does_not_run() {
    let mut open = Open::new(&notebook("python"));
    assert!(open.window.has_role(Role::Note, "python"));
    assert!(!open.window.has_role(Role::Button, "Run all"));
    open.write(1, "#");
    open.press(Modifiers::COMMAND, Key::Enter);
    assert_eq!(open.window.kernels.count(), 0);
    open.save();
    assert!(open.file()["cells"][1]["source"].to_string().contains('#'));
}

#[test]
fn the_notebooks_made_from_the_lessons_open() {
    let folder = crate::support::home().join("notebooks");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("notebooks").flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "ipynb") {
            let mut window = Window::of_file(&entry.path(), Harness::builder());
            window.wait("the notebook", |window| window.has_role(Role::Button, "Run all"));
            assert!(
                window
                    .harness
                    .query_all_by_role(Role::MultilineTextInput)
                    .any(|node| name(&node).starts_with("Rust cell 1"))
            );
            count += 1;
        }
    }
    assert!(count >= 3, "{count}");
}
