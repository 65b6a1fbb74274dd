//! States: saved on the stage, opened by dialog, by drop and at the start, and copied as Rust.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{DroppedFile, Key, Modifiers, OutputCommand, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use serde_json::{Value, json};

use crate::support::Window;

/// A moment in the middle of lesson 4's noising.
fn noising() -> Value {
    json!({
        "format": 1,
        "program": "Noisebook 0.1.0",
        "lesson": "a-thousand-small-steps-to-noise",
        "page": "schedules",
        "experiment": "noising",
        "settings": { "picture": "emoji/noto/cactus", "schedule": "cosine", "seed": 77 },
        "moment": { "idx": 640, "t": 640 },
    })
}

/// The state, changed, as a file in the window's folder.
fn file(window: &Window, name: &str, change: impl FnOnce(&mut Value)) -> PathBuf {
    let mut state = noising();
    change(&mut state);
    let path = window.folder.path().join(name);
    std::fs::write(&path, state.to_string()).expect("written");
    path
}

fn lesson_4() -> Window {
    let mut window = Window::open();
    window.open_lesson("4 ·");
    window.wait("the picture", |window| window.has_role(Role::Image, "now at t = 0"));
    window
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|e| e.to_string())
    }
}

pub fn drop_file(window: &mut Window, path: PathBuf) {
    window.harness.input_mut().dropped_files.push(Arc::new(Dropped(path)));
    window.harness.run_steps(1);
}

/// Chooses a menu item of the stage that saves to this file, and reads it.
pub fn saved(window: &mut Window, item: &str) -> Value {
    let path = window.folder.path().join("saved.noisebook");
    *window.answers.save.lock().expect("no panic elsewhere") = Some(path.clone());
    window.click(Role::Button, "Export");
    window.click(Role::MenuItem, item);
    window.wait("the file", |window| window.has_role(Role::Alert, "Saved"));
    window.click(Role::Button, "Dismiss");
    serde_json::from_slice(&std::fs::read(&path).expect("the file")).expect("JSON")
}

/// The state of [`noising`] is on the stage.
fn check_on_stage(window: &mut Window) {
    window.wait("the moment", |window| window.has_role(Role::Image, "now at t = 640: signal 0.5"));
    assert_eq!(window.t(), 640);
    assert_eq!(window.harness.state().seed(), Some(77));
    assert_eq!(window.harness.state().page(), Some("schedules"));
}

#[test]
fn a_state_is_dropped_on_the_map_and_undone() {
    let mut window = Window::open();
    let path = file(&window, "cactus.noisebook", |_| {});
    drop_file(&mut window, path);
    check_on_stage(&mut window);
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.harness.run_steps(3);
    window.wait("the lesson's own", |window| window.harness.state().seed() != Some(77));
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Y);
    window.harness.run_steps(3);
    window.wait("the state's", |window| window.harness.state().seed() == Some(77));
}

#[test]
fn a_state_is_opened_by_dialog_from_another_page() {
    let mut window = lesson_4();
    let path = file(&window, "cactus.noisebook", |_| {});
    *window.answers.open.lock().expect("no panic elsewhere") = Some(path);
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::O);
    check_on_stage(&mut window);
}

#[test]
fn a_state_is_there_when_the_window_opens() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cactus.noisebook");
    std::fs::write(&path, noising().to_string()).expect("written");
    let mut window = Window::of_file(&path, Harness::builder());
    check_on_stage(&mut window);
}

#[test]
fn a_lesson_is_opened_by_its_file() {
    let path = crate::support::home().join("lessons/07-a-thousand-steps-back/lesson.md");
    let mut window = Window::of_file(&path, Harness::builder());
    window.wait("lesson 7", |window| window.harness.state().page() == Some("from-noise"));
}

#[test]
fn what_is_saved_opens_as_it_was() {
    let mut window = lesson_4();
    window.click(Role::ComboBox, "schedule");
    window.click(Role::MenuItemRadio, "sigmoid");
    window.click(Role::Button, "new seed");
    let seed = window.harness.state().seed();
    window.harness.get_by_role_and_label(Role::Slider, "Timeline").set_value_accesskit(250.0);
    window.wait("the moment", |window| window.has_role(Role::Image, "now at t = 250"));
    let state = saved(&mut window, "Save this state (Ctrl+S)");
    assert_eq!(state["moment"], json!({"idx": 250, "t": 250}));
    assert_eq!(state["settings"]["schedule"], "sigmoid");
    assert_eq!(state["settings"]["seed"].as_u64(), seed);
    assert_eq!((&state["lesson"], &state["page"]), (&noising()["lesson"], &json!("dissolve")));

    let mut other = Window::of_file(&window.folder.path().join("saved.noisebook"), Harness::builder());
    other.wait("the moment", |other| other.has_role(Role::Image, "now at t = 250"));
    assert_eq!((other.t(), other.harness.state().seed()), (250, seed));
}

#[test]
fn answers_of_the_page_go_with_it() {
    let mut window = lesson_4();
    window.click(Role::Tab, "Page 2: One step");
    window.click(Role::RadioButton, "So that all colors get as much noise");
    window.click(Role::Button, "Commit");
    window.wait("the picture", |window| window.has_role(Role::Image, "now at t = 1"));
    let state = saved(&mut window, "Save this state (Ctrl+S)");
    assert!(state["predictions"]["one-step/fainter"]["answer"].is_string(), "{state}");
}

#[test]
fn a_network_is_named_by_its_weights_and_other_weights_are_told_of() {
    let mut window = Window::open();
    window.open_lesson("7 ·");
    window.wait("noise", |window| window.has_role(Role::Image, "now at t = 1000"));
    window.press(Key::Period);
    window.wait("one step", |window| window.t() == 980 && window.has_role(Role::Image, "now at t = 980"));
    let mut state = saved(&mut window, "Save this state (Ctrl+S)");
    assert_eq!(state["moment"], json!({"idx": 1, "t": 980}));
    assert_eq!(state["models"]["ddpm-digits"].as_str().map(str::len), Some(64));

    state["models"]["ddpm-digits"] = json!("0000");
    let path = file(&window, "other.noisebook", |file| *file = state);
    drop_file(&mut window, path);
    window.wait("the sentence", |window| window.has_role(Role::Alert, "other weights of ddpm-digits"));
    window.wait("the moment", |window| window.t() == 980);
}

/// A picture of 40 × 40 pixels, as PNG.
fn gradient() -> Vec<u8> {
    let picture = noisebook_figures::RgbImage::from_fn(40, 40, |x, y| [x as u8 * 5, y as u8 * 5, 90].into());
    noisebook_figures::png(&picture).expect("a PNG")
}

#[test]
fn a_picture_of_ones_own_leaves_only_with_consent() {
    let mut window = lesson_4();
    let path = window.folder.path().join("mine.png");
    std::fs::write(&path, gradient()).expect("written");
    drop_file(&mut window, path);
    window.wait("the picture", |window| window.has_role(Role::Image, "the picture at t = 0: mine.png"));
    let without = saved(&mut window, "Save this state (Ctrl+S)");
    assert!(without.get("own_picture").is_none());
    assert!(!without.to_string().contains("mine.png"));
    let mut fresh = Window::of_file(&window.folder.path().join("saved.noisebook"), Harness::builder());
    fresh.wait("the sentence", |fresh| fresh.has_role(Role::Alert, "a picture of its author's own"));

    let with = saved(&mut window, "Save this state with my picture");
    assert!(with["own_picture"].is_string());
    let mut fresh = Window::of_file(&window.folder.path().join("saved.noisebook"), Harness::builder());
    fresh.wait("the picture", |fresh| fresh.has_role(Role::Image, "the picture at t = 0: saved.noisebook"));
}

#[test]
fn bad_files_are_one_sentence_where_one_looks() {
    let mut window = lesson_4();
    let path = file(&window, "cut.noisebook", |_| {});
    let text = std::fs::read(&path).expect("the file");
    std::fs::write(&path, &text[..text.len() - 20]).expect("written");
    drop_file(&mut window, path.clone());
    window.wait("the sentence", |window| window.has_role(Role::Alert, "cut.noisebook is cut off"));
    assert!(window.has_role(Role::Image, "now at t = 0"), "the stage still stands");
    let newer = file(&window, "newer.noisebook", |state| state["format"] = json!(2));
    drop_file(&mut window, newer);
    window.wait("the sentence", |window| window.has_role(Role::Alert, "get a newer Noisebook"));
    // On the map too.
    let mut window = Window::of_file(&path, Harness::builder());
    window.wait("the sentence", |window| window.has_role(Role::Alert, "cut.noisebook is cut off"));
}

#[test]
fn a_blind_test_is_not_given_away() {
    let mut window = lesson_4();
    window.click(Role::Tab, "Page 5: How much can you still see?");
    window.wait("noise", |window| window.has_role(Role::Image, "now at t = 1000"));
    let path = window.folder.path().join("blind.noisebook");
    *window.answers.save.lock().expect("no panic elsewhere") = Some(path.clone());
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    window.harness.run_steps(3);
    let copied = copied(&mut window);
    assert_eq!(copied, None);
    std::thread::sleep(std::time::Duration::from_millis(200));
    window.harness.run_steps(3);
    assert!(!path.exists(), "the answer was saved");
    // A state of that page opens where settings are the learner's.
    let state = file(&window, "x.noisebook", |state| state["page"] = json!("blind"));
    drop_file(&mut window, state);
    window.wait("another page", |window| {
        window.harness.state().page() != Some("blind") && window.harness.state().seed() == Some(77)
    });
}

/// What the key for it puts on the clipboard.
fn copied(window: &mut Window) -> Option<String> {
    // Straight into the frame: the clipboard is of one frame, and the harness takes one for each event in its queue.
    window.harness.input_mut().events.push(egui::Event::Key {
        key: Key::C,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::COMMAND | Modifiers::SHIFT,
    });
    window.harness.step();
    let commands = &window.harness.output().platform_output.commands;
    commands.iter().find_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    })
}

#[test]
fn what_is_on_the_stage_is_copied_as_rust() {
    let mut window = Window::open();
    let path = file(&window, "cactus.noisebook", |_| {});
    drop_file(&mut window, path);
    check_on_stage(&mut window);
    let rust = copied(&mut window).expect("something on the clipboard");
    for line in [
        "experiment(\"noising\")?",
        "    .set(\"picture\", \"emoji/noto/cactus\")?",
        "    .set(\"seed\", 77)?",
        "    .at(640)?",
    ] {
        assert!(rust.lines().any(|found| found == line), "{rust}");
    }
    assert!(!rust.contains("schedule"), "the default needs no line: {rust}");
    window.wait("the sentence", |window| window.has_role(Role::Alert, "is on the clipboard"));
}

#[test]
fn the_menu_names_what_it_does() {
    let mut window = Window::rendered(egui::vec2(1024.0, 768.0), "light");
    window.open_lesson("4 ·");
    window.wait("the picture", |window| window.has_role(Role::Image, "now at t = 0"));
    let path = window.folder.path().join("mine.png");
    std::fs::write(&path, gradient()).expect("written");
    drop_file(&mut window, path);
    window.wait("the picture", |window| window.has_role(Role::Image, "mine.png"));
    window.click(Role::Button, "Export");
    for item in ["Save this state (Ctrl+S)", "Save this state with my picture", "Copy as Rust (Ctrl+Shift+C)"]
    {
        assert!(window.has_role(Role::MenuItem, item), "no {item}");
    }
    crate::screens::look(&mut window, "export-menu");
}
