//! Lesson 6: a network learns on the stage, is paused, meddled with and rewound, and learns what the learner drew.

use std::path::Path;

use egui::{Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crate::states::{drop_file, saved};
use crate::support::{Window, name};

/// A training that takes moments: points, and few updates.
const POINTS: &str = r#"# Tiny
## Learn {#learn}
Press play.

```experiment training
data = "moons"
num_updates = 200
num_inference_steps = 2
batch_size = 32
seed = 1
```

```predict
ask = "What changes?"
choose = ["The points", "The weights"]
answer = "The weights"
explain = "The weights."
```
"#;

/// The same with pictures, of which the learner's own are few.
const PICTURES: &str = r#"# Tiny
## Learn {#learn}
Press play.

```experiment training
data = "eight-digits"
num_updates = 4
num_inference_steps = 4
batch_size = 2
seed = 1
```

```predict
ask = "What changes?"
choose = ["The pictures", "The weights"]
answer = "The weights"
explain = "The weights."
```
"#;

/// The same with scenes, which are asked for in words.
const SCENES: &str = r#"# Tiny
## Learn {#learn}
Press play.

```experiment training
data = "scenes"
num_updates = 2
num_inference_steps = 1
batch_size = 2
seed = 1
```

```predict
ask = "What changes?"
choose = ["The scenes", "The weights"]
answer = "The weights"
explain = "The weights."
```
"#;

fn points() -> Window {
    let size = egui::vec2(1280.0, 800.0);
    let mut window = Window::of_lesson(POINTS, size, "light", Harness::builder());
    window.wait("the first state", |window| window.has_role(Role::Image, "made after update 0"));
    window
}

fn pictures() -> Window {
    let size = egui::vec2(1280.0, 800.0);
    let mut window = Window::of_lesson(PICTURES, size, "light", Harness::builder());
    window.wait("the first state", |window| window.has_role(Role::Image, "pictures made after update 0"));
    window
}

/// The update that the knob stands at.
#[track_caller]
fn update(window: &Window) -> usize {
    let slider = window.harness.get_by_role_and_label(Role::Slider, "Timeline");
    let value = slider.value().expect("a value");
    value.trim_start_matches("update ").parse().expect("a number")
}

/// Frames for a while, so that whatever still goes on would be seen.
fn let_time_pass(window: &mut Window) {
    for _ in 0..80 {
        std::thread::sleep(std::time::Duration::from_millis(5));
        window.harness.run_steps(1);
    }
}

/// What a combo box or a canvas says of itself.
#[track_caller]
fn value(window: &Window, role: Role, label: &str) -> String {
    window.harness.get_by_role_and_label(role, label).value().unwrap_or_default()
}

#[test]
fn a_training_runs_is_paused_and_goes_on_with_another_rate() {
    let mut window = points();
    assert!(window.has_role(Role::Label, "nothing learned yet"));
    window.press(Key::Space);
    window.wait("some states", |window| update(window) >= 4);
    window.press(Key::Space);
    window.wait("rest", |window| window.has_role(Role::Label, "learned for"));
    let_time_pass(&mut window);
    let paused_at = update(&window);
    let_time_pass(&mut window);
    assert_eq!(update(&window), paused_at, "it has stopped");
    assert!(paused_at < 200, "it was paused before its end");
    assert!(window.has_role(Role::Figure, "The loss over the updates"));
    assert!(window.has_role(Role::Button, "State after update 0"));

    let usual = value(&window, Role::ComboBox, "learning rate");
    window.click(Role::ComboBox, "learning rate");
    window.click(Role::MenuItemRadio, "0.01");
    window.wait("the rate", |window| value(window, Role::ComboBox, "learning rate") == "0.01");
    assert_eq!(update(&window), paused_at, "nothing was started anew");
    for (modifiers, rate) in
        [(Modifiers::COMMAND, usual.as_str()), (Modifiers::COMMAND | Modifiers::SHIFT, "0.01")]
    {
        window.harness.key_press_modifiers(modifiers, Key::Z);
        window.wait("the other rate", |window| value(window, Role::ComboBox, "learning rate") == rate);
        let_time_pass(&mut window);
        assert_eq!(update(&window), paused_at, "what it learned is still there");
    }
    window.click(Role::Button, "Play");
    window.wait("the end", |window| update(window) == 200);
    window.wait("the last state", |window| window.has_role(Role::Image, "made after update 200"));
}

#[test]
fn what_needs_other_weights_starts_anew() {
    let mut window = points();
    window.press(Key::Space);
    window.wait("some states", |window| update(window) >= 4);
    window.press(Key::Space);
    window.click(Role::Button, "from scratch");
    window.wait("the first state", |window| update(window) == 0);
    window.wait("its points", |window| window.has_role(Role::Image, "made after update 0"));
    assert!(window.has_role(Role::Label, "nothing learned yet"));
}

#[test]
fn a_training_is_rewound_and_goes_on_from_there() {
    let mut window = points();
    window.press(Key::Space);
    window.wait("the end", |window| update(window) == 200);
    window.harness.get_by_role_and_label(Role::Slider, "Timeline").set_value_accesskit(3.0);
    window.harness.run_steps(3);
    let early = update(&window);
    assert!(early > 0 && early < 200, "update {early}");
    window.wait("its points", |window| window.has_role(Role::Image, &format!("made after update {early},")));
    window.click(Role::Button, &format!("train on from update {early}"));
    window.wait("the end again", |window| update(window) == 200);
    window.wait("the last state", |window| window.has_role(Role::Image, "made after update 200"));
}

#[test]
fn the_guess_is_looked_at_at_another_t() {
    let mut window = points();
    window.press(Key::X);
    window.wait("the guess", |window| window.has_role(Role::Image, "Noised points at t = 500"));
    let slider = window.harness.get_by_role_and_label(Role::Slider, "t at which its guess is shown");
    slider.set_value_accesskit(900.0);
    window.harness.run_steps(3);
    window.wait("another t", |window| window.has_role(Role::Image, "Noised points at t = 900"));
}

#[test]
fn scenes_stand_under_their_prompts_and_what_is_right_is_drawn() {
    let size = egui::vec2(1280.0, 800.0);
    let mut window = Window::of_lesson(SCENES, size, "light", Harness::builder());
    window.wait("the first state", |window| window.has_role(Role::Image, "pictures made after update 0"));
    for prompt in ["a red circle at the top left", "a green circle in the middle"] {
        assert!(window.has_role(Role::Image, &format!("pictures for “{prompt}”")), "{:#?}", window.names());
    }
    // What is measured is a curve and a line with a mark, and the model of digits is not offered.
    let figure = "How many of the pictures are right, over the updates. right colors: ";
    assert!(window.has_role(Role::Figure, figure), "{:#?}", window.names());
    assert!(
        window.has_role(Role::Image, "colors and places: 0 %. colors and shapes: 0 %"),
        "{:#?}",
        window.names()
    );
    assert!(window.has_role(Role::Button, "from scratch"));
    assert!(!window.has_role(Role::Button, "checkpoint"));
    window.press(Key::Space);
    window.wait("the end", |window| update(window) == 2);
    window.wait("its pictures", |window| window.has_role(Role::Image, "pictures made after update 2"));
    assert!(window.has_role(Role::Figure, "The loss over the updates"));
    window.press(Key::X);
    window.wait("the guess", |window| window.has_role(Role::Image, "its guess at t = 500"));
}

#[test]
fn points_are_drawn_by_keyboard_trained_on_and_kept() {
    let mut window = points();
    window.click(Role::Button, "Your own points");
    window.harness.get_by_role_and_label(Role::Canvas, "Plane to set points on").focus();
    window.harness.run_steps(2);
    window.press(Key::Space);
    for key in [Key::ArrowRight, Key::ArrowUp].repeat(5) {
        window.press(key);
        window.press(Key::Space);
    }
    let says = value(&window, Role::Canvas, "Plane to set points on");
    assert!(says.starts_with("11 points; cursor at x = 0.5"), "{says}");
    window.click(Role::Button, "Undo stroke");
    assert!(window.has_role(Role::Button, "Train on 10 points"));
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.harness.run_steps(3);
    assert!(window.has_role(Role::Button, "Train on 9 points"), "the usual key takes a stroke back too");
    window.click(Role::Button, "Train on 9 points");
    window.wait("the training", |window| update(window) > 0);
    assert_eq!(value(&window, Role::ComboBox, "data"), "your points");
    let kept = std::fs::read_to_string(window.folder.path().join("profile.json")).expect("the profile");
    assert!(kept.contains("\"points\""), "drawings are kept as answers are");

    let path = window.folder.path().join("saved.noisebook");
    let without = saved(&mut window, "Save this state (Ctrl+S)");
    assert!(without.get("own_points").is_none());
    let mut fresh = Window::of_file(&path, Harness::builder());
    fresh.wait("the sentence", |fresh| fresh.has_role(Role::Alert, "its author's own pictures or points"));
    let with = saved(&mut window, "Save this state with what I brought along");
    assert_eq!(with["own_points"].as_array().map(Vec::len), Some(9));

    // Other points begin another training; taking that back brings the first ones again.
    window.click(Role::Button, "Your own points");
    window.harness.get_by_role_and_label(Role::Canvas, "Plane to set points on").focus();
    window.harness.run_steps(2);
    window.press(Key::ArrowUp);
    window.press(Key::Space);
    window.click(Role::Button, "Train on 10 points");
    let num_points = |window: &mut Window| {
        let with = saved(window, "Save this state with what I brought along");
        with["own_points"].as_array().map(Vec::len)
    };
    window.wait("the training", |window| update(window) > 0);
    assert_eq!(num_points(&mut window), Some(10));
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.harness.run_steps(3);
    assert_eq!(num_points(&mut window), Some(9));
    window.wait("its start", |window| update(window) == 0);
    let mut fresh = Window::of_file(&path, Harness::builder());
    fresh.wait("the points", |fresh| {
        fresh.has_role(Role::ComboBox, "data") && value(fresh, Role::ComboBox, "data") == "your points"
    });
    fresh.wait("what it makes of them", |fresh| fresh.has_role(Role::Image, "Noised points"));
}

#[test]
fn a_picture_is_drawn_and_thrown_away() {
    let mut window = pictures();
    window.click(Role::Button, "Your own pictures");
    let pad = "Pad to draw on";
    window.harness.get_by_role_and_label(Role::Canvas, pad).click();
    window.harness.run_steps(3);
    let says = value(&window, Role::Canvas, pad);
    assert!(!says.starts_with("0 of"), "{says}");
    window.click(Role::Button, "Next picture");
    assert!(value(&window, Role::Canvas, pad).starts_with("0 of"));
    assert!(window.has_role(Role::Button, "Train on 1 picture"));
    window.click(Role::Button, "Throw away picture 1");
    assert!(window.harness.query_by_role_and_label(Role::Button, "Throw away picture 1").is_none());
    window.click(Role::Button, "Undo stroke");
    window.click(Role::Button, "To what it makes");
    assert!(window.has_role(Role::Image, "pictures made after update 0"));
}

#[test]
fn a_stroke_is_kept_once_it_is_done_and_goes_with_a_fresh_lesson() {
    let mut window = pictures();
    window.click(Role::Button, "Your own pictures");
    let pad = "Pad to draw on";
    let kept = |window: &Window| {
        let kept = std::fs::read_to_string(window.folder.path().join("profile.json")).expect("the profile");
        kept.contains("drawings")
    };
    let rect = window.harness.get_by_role_and_label(Role::Canvas, pad).rect();
    window.harness.drag_at(rect.center());
    window.harness.run_steps(2);
    window.harness.hover_at(rect.lerp_inside(egui::vec2(0.7, 0.6)));
    window.harness.run_steps(2);
    assert!(!value(&window, Role::Canvas, pad).starts_with("0 of"));
    assert!(!kept(&window), "nothing is written for each frame of a stroke");
    window.harness.drop_at(rect.lerp_inside(egui::vec2(0.7, 0.6)));
    window.harness.run_steps(2);
    assert!(kept(&window));
    window.press(Key::F8);
    window.wait("the first state", |window| window.has_role(Role::Image, "pictures made after update 0"));
    assert!(!kept(&window));
    window.click(Role::Button, "Your own pictures");
    assert!(value(&window, Role::Canvas, pad).starts_with("0 of"), "the pad is as new too");
}

#[test]
fn what_was_to_be_exported_is_exported_or_nothing_is() {
    let mut window = points();
    let path = window.folder.path().join("chart.png");
    // The dialog is open for as long as the answer is held back.
    let answers = window.answers.clone();
    let mut held = answers.save.lock().expect("no panic elsewhere");
    *held = Some(path.clone());
    window.click(Role::Button, "Export");
    window.click(Role::MenuItem, "This picture (PNG)");
    window.click(Role::Button, "from scratch");
    drop(held);
    window.wait("a sentence", |window| window.has_role(Role::Alert, "no longer on the stage"));
    assert!(!path.exists());
}

fn red(path: &Path) {
    image::RgbImage::from_pixel(40, 30, image::Rgb([200, 30, 30])).save(path).expect("saved");
}

#[test]
fn a_folder_is_refused_or_read_and_trained_on() {
    let mut window = pictures();
    window.click(Role::Button, "Your own pictures");
    let folder = window.folder.path().join("holiday");
    std::fs::create_dir(&folder).expect("made");
    let choose = |window: &mut Window| {
        *window.answers.open.lock().expect("no panic elsewhere") = Some(folder.clone());
        window.click(Role::Button, "Open a folder");
    };
    choose(&mut window);
    window.wait("a sentence", |window| window.has_role(Role::Alert, "holiday has no picture in it"));
    window.click(Role::Button, "Dismiss");

    red(&folder.join("a.png"));
    red(&folder.join("b.png"));
    std::fs::write(folder.join("notes.txt"), "no picture").expect("written");
    choose(&mut window);
    let says = "2 pictures from holiday. Not pictures, and skipped: notes.txt.";
    window.wait("the pictures", |window| window.has_role(Role::Alert, says));
    window.click(Role::Button, "Train on 2 pictures");
    window.wait("the training", |window| value(window, Role::ComboBox, "data") == "your pictures");
    window.wait("an update", |window| update(window) > 0);
    let kept = std::fs::read_to_string(window.folder.path().join("profile.json")).expect("the profile");
    assert!(
        !kept.contains("drawings") && !kept.contains("holiday"),
        "a folder's pictures are written nowhere"
    );
}

#[test]
fn a_folder_is_dropped_on_pictures_and_not_on_points() {
    let mut window = pictures();
    let folder = window.folder.path().join("holiday");
    std::fs::create_dir(&folder).expect("made");
    red(&folder.join("a.png"));
    drop_file(&mut window, folder.clone());
    window.wait("the picture", |window| window.has_role(Role::Button, "Train on 1 picture"));

    let mut window = points();
    drop_file(&mut window, folder.join("a.png"));
    window.wait("a sentence", |window| window.has_role(Role::Alert, "It learns points here"));
    let alert = window.harness.query_all_by_role(Role::Alert).next().expect("one");
    assert!(name(&alert).contains("Choose data of pictures"));
}
