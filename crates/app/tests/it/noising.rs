//! Lesson 4: turn pages, scrub, step, play, predict, and bring a picture of one's own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{DroppedFile, Key, Role};
use egui_kittest::kittest::Queryable;

use crate::support::{Window, name};

/// Lesson 4 at its first page, its picture on the stage.
fn lesson_4() -> Window {
    let mut window = Window::open();
    window.open_lesson("4 ·");
    window.wait("the picture", |window| window.has_role(Role::Image, "now at t = 0"));
    window
}

#[track_caller]
fn check_page(window: &Window, number: usize) {
    let label = format!("page {number} of 10");
    assert!(window.harness.query_all_by_role(Role::Label).any(|node| name(&node) == label), "not on {label}");
}

#[test]
fn pages_turn_by_buttons_and_keys() {
    let mut window = lesson_4();
    check_page(&window, 1);
    window.click(Role::Button, "Next");
    check_page(&window, 2);
    window.press(Key::PageDown);
    check_page(&window, 3);
    window.press(Key::ArrowRight);
    check_page(&window, 4);
    window.press(Key::ArrowLeft);
    check_page(&window, 3);
    window.press(Key::PageUp);
    check_page(&window, 2);
    window.click(Role::Button, "Back");
    check_page(&window, 1);
    window.click(Role::Button, "Back");
    assert!(window.has_role(Role::Button, "Continue"), "the first page leads back to the map");
}

#[test]
fn arrows_move_the_knob_once_it_has_the_focus() {
    let mut window = lesson_4();
    window.harness.get_by_role_and_label(Role::Slider, "Timeline").focus();
    window.harness.run_steps(2);
    window.press(Key::ArrowRight);
    window.press(Key::ArrowRight);
    check_page(&window, 1);
    assert_eq!(window.t(), 2);
}

#[test]
fn the_knob_scrubs_by_pointer_and_by_value() {
    let mut window = lesson_4();
    let rect = window.harness.get_by_role_and_label(Role::Slider, "Timeline").rect();
    window.harness.drag_at(rect.left_center());
    window.harness.run_steps(2);
    window.harness.hover_at(rect.center());
    window.harness.run_steps(2);
    window.harness.drop_at(rect.center());
    window.harness.run_steps(2);
    assert!(window.t().abs_diff(500) <= 2, "t = {}", window.t());
    window.harness.get_by_role_and_label(Role::Slider, "Timeline").set_value_accesskit(640.0);
    window.harness.run_steps(2);
    assert_eq!(window.t(), 640);
    window.wait("the moment", |window| window.has_role(Role::Image, "now at t = 640: signal"));
}

#[test]
fn steps_ends_and_the_film_strip() {
    let mut window = lesson_4();
    window.press(Key::Period);
    window.press(Key::Period);
    window.press(Key::Comma);
    assert_eq!(window.t(), 1);
    window.click(Role::Button, "One step on");
    assert_eq!(window.t(), 2);
    window.press(Key::End);
    assert_eq!(window.t(), 1000);
    window.press(Key::Home);
    assert_eq!(window.t(), 0);
    window.wait("the strip", |window| window.has_role(Role::Button, "Moment t = 300"));
    window.click(Role::Button, "Moment t = 300");
    assert_eq!(window.t(), 300);
}

#[test]
fn play_runs_to_the_end_and_pauses() {
    let mut window = lesson_4();
    window.press(Key::Space);
    window.harness.run_steps(4);
    let t = window.t();
    assert!((20..500).contains(&t), "t = {t} after a second");
    window.click(Role::Button, "Pause");
    let paused_at = window.t();
    window.harness.run_steps(4);
    assert_eq!(window.t(), paused_at);
    window.click(Role::Button, "Play");
    window.wait("the end", |window| window.t() == 1000);
    assert!(window.has_role(Role::Button, "Play"), "the film has stopped");
}

#[test]
fn the_seed_changes_the_noise_and_rewind_keeps_it() {
    let mut window = lesson_4();
    window.press(Key::End);
    window.click(Role::Button, "Rewind with the same seed");
    assert_eq!(window.t(), 0);
    let before = window.harness.state().seed();
    window.click(Role::Button, "new seed");
    assert_ne!(window.harness.state().seed(), before);
}

#[test]
fn a_setting_changes_the_rates_where_the_knob_stands() {
    let mut window = lesson_4();
    window.harness.get_by_role_and_label(Role::Slider, "Timeline").set_value_accesskit(500.0);
    window.wait("linear", |window| window.has_role(Role::Image, "t = 500: signal 0.28"));
    window.click(Role::ComboBox, "schedule");
    window.click(Role::MenuItemRadio, "cosine");
    window.wait("cosine", |window| window.has_role(Role::Image, "t = 500: signal 0.70"));
}

#[test]
fn a_number_is_predicted_on_a_slider_and_stands_beside_the_outcome() {
    let mut window = lesson_4();
    window.click(Role::Tab, "Page 3: All the steps at once");
    window.wait("the picture", |window| window.has_role(Role::Image, "now at t = 0"));
    window.click(Role::Tab, "Numbers");
    assert!(window.has_role(Role::Image, "the rates"), "the curve is hidden");
    window.harness.get_by_role_and_label(Role::Slider, "Your prediction").set_value_accesskit(480.0);
    window.harness.run_steps(2);
    window.click(Role::Button, "Commit");
    assert!(window.has_role(Role::Label, "You said: 480"));
    window.wait("the outcome", |window| window.has_role(Role::Label, "It is: 260"));
    assert!(window.has_role(Role::Figure, "the signal rate is 1.00"));
}

#[test]
fn commitments_and_places_are_remembered() {
    let mut window = lesson_4();
    window.click(Role::Tab, "Page 2: One step");
    window.click(Role::RadioButton, "So that all colors get as much noise");
    window.click(Role::Button, "Commit");
    let folder = window.folder;
    drop(window.harness);
    let mut window = Window::in_folder(folder, egui::vec2(1280.0, 800.0), egui_kittest::Harness::builder());
    window.click(Role::Button, "Continue");
    check_page(&window, 2);
    assert!(window.has_role(Role::Label, "You said: So that all colors get as much noise"));
}

#[test]
fn a_quiz_explains_every_answer() {
    let mut window = lesson_4();
    window.click(Role::Tab, "Page 10: What is lost");
    window.click(Role::RadioButton, "The pixels changed so far");
    assert!(window.has_role(Role::Label, "Every step changes every pixel."));
    window.click(Role::RadioButton, "The steps of noise applied so far");
    assert!(window.has_role(Role::Label, "Yes: t = 0 is the picture"));
    window.click(Role::Button, "Next question");
    assert!(window.has_role(Role::Label, "Where is the fish at t = 1000?"));
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

fn drop_file(window: &mut Window, file: &str, bytes: &[u8]) {
    let path = window.folder.path().join(file);
    std::fs::write(&path, bytes).expect("written");
    window.harness.input_mut().dropped_files.push(Arc::new(Dropped(path)));
    window.harness.run_steps(1);
}

/// A red square of 40 × 40 pixels, as PNG.
fn red_square() -> Vec<u8> {
    noisebook_figures::png(&noisebook_figures::RgbImage::from_pixel(40, 40, [200, 30, 30].into()))
        .expect("a PNG")
}

#[test]
fn a_wrong_picture_is_refused_where_it_was_dropped() {
    let mut window = lesson_4();
    drop_file(&mut window, "notes.txt", b"no picture at all");
    window.wait("the sentence", |window| window.has_role(Role::Alert, "notes.txt is not a PNG"));
    window.click(Role::Button, "Dismiss");
    assert!(!window.has_role(Role::Alert, "notes.txt"));
    drop_file(&mut window, "cut.png", &red_square()[..40]);
    window.wait("the sentence", |window| window.has_role(Role::Alert, "cut.png is a broken"));
    assert!(window.has_role(Role::Image, "now at t = 0"), "the stage still stands");
}

#[test]
fn a_picture_of_ones_own_dissolves() {
    let mut window = lesson_4();
    drop_file(&mut window, "red.png", &red_square());
    window.wait("the picture", |window| window.has_role(Role::Image, "the picture at t = 0: red.png"));
    window.press(Key::End);
    window.wait("noise", |window| window.has_role(Role::Image, "now at t = 1000"));
    window.click(Role::Button, "Back to the lesson's picture");
    window.wait("the fish", |window| !window.has_role(Role::Image, "red.png"));
}

#[test]
fn a_picture_is_chosen_by_dialog() {
    let mut window = lesson_4();
    let path = window.folder.path().join("mine.png");
    std::fs::write(&path, red_square()).expect("written");
    *window.answers.open.lock().expect("no panic elsewhere") = Some(path);
    window.click(Role::Button, "Open a picture");
    window.wait("the picture", |window| window.has_role(Role::Image, "mine.png"));
}

#[test]
fn figures_are_saved_whole() {
    for (item, file, magic) in [
        ("Film strip (PNG)", "strip.png", &b"\x89PNG"[..]),
        ("This picture (PNG)", "picture.png", b"\x89PNG"),
        ("The rates as a plot (SVG)", "rates.svg", b"<svg"),
        ("Film (GIF)", "film.gif", b"GIF8"),
        ("Film in all colors (APNG)", "film.apng", b"\x89PNG"),
        ("Page with a slider (HTML)", "page.html", b"<!"),
    ] {
        let mut window = lesson_4();
        let path = window.folder.path().join(file);
        *window.answers.save.lock().expect("no panic elsewhere") = Some(path.clone());
        window.click(Role::Button, "Export");
        window.click(Role::MenuItem, item);
        window.wait("the file", |window| window.has_role(Role::Alert, "Saved"));
        let bytes = std::fs::read(&path).expect("the file");
        assert!(bytes.starts_with(magic), "{file}");
    }
}

#[test]
fn a_figure_that_cannot_be_saved_says_so() {
    let mut window = lesson_4();
    // A folder cannot be created inside a file.
    let file = window.folder.path().join("file");
    std::fs::write(&file, "x").expect("written");
    *window.answers.save.lock().expect("no panic elsewhere") = Some(file.join("strip.png"));
    window.click(Role::Button, "Export");
    window.click(Role::MenuItem, "Film strip (PNG)");
    window.wait("the sentence", |window| window.has_role(Role::Alert, "could not be written"));
}
