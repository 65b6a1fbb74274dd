//! Lesson 7: a network samples on the worker, is watched, stopped and asked again.

use egui::{Key, Role, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crate::support::Window;

/// Lesson 7 at its first page, pure noise on the stage.
fn lesson_7() -> Window {
    let mut window = Window::open();
    window.open_lesson("7 ·");
    window.wait("noise", |window| window.has_role(Role::Image, "now at t = 1000"));
    window
}

#[test]
fn a_sampling_runs_to_a_picture() {
    let mut window = lesson_7();
    assert!(window.has_role(Role::Image, "Moment t = 0, not shown yet"));
    window.press(Key::Space);
    window.wait("the end", |window| window.t() == 0);
    window.wait("the picture", |window| window.has_role(Role::Image, "the picture at t = 0"));
    assert!(window.has_role(Role::Button, "Moment t = 0"));
    // What is recorded is looked at again without the network.
    window.harness.get_by_role_and_label(Role::Slider, "Timeline").set_value_accesskit(25.0);
    window.harness.run_steps(2);
    assert_eq!(window.t(), 500);
}

const ASKED: &str = r#"# Tiny
## Ask {#ask}
How strong is the picture at the end?

```experiment denoising
num_inference_steps = 4
start = 1000
```

```predict
ask = "The signal rate at t = 0 is …"
choose = ["zero", "one"]
answer = "one"
measure = "signal_rate"
at = 0
explain = "It is one."
```
"#;

#[test]
fn what_is_asked_of_a_moment_is_told_once_that_is_computed() {
    let mut window = Window::of_lesson(ASKED, Vec2::new(1280.0, 800.0), "light", Harness::builder());
    window.wait("noise", |window| window.has_role(Role::Image, "now at t = 1000"));
    window.click(Role::RadioButton, "one");
    window.click(Role::Button, "Commit");
    let measured = "Measured here: ";
    assert!(!window.has_role(Role::Label, measured), "nothing is there to be measured");
    window.click(Role::Button, "To the end");
    window.wait("the outcome", |window| window.has_role(Role::Label, measured));
    assert!(window.has_role(Role::Label, "= 1.00"), "{:#?}", window.names());
}

#[test]
fn a_long_sampling_is_cancelled_and_keeps_what_it_has() {
    let mut window = lesson_7();
    window.click(Role::Tab, "Page 3: A small step back");
    window.wait("noise", |window| window.has_role(Role::Image, "now at t = 1000"));
    window.click(Role::Button, "Play");
    window.wait("progress", |window| window.has_role(Role::Label, "s to go") && window.t() < 998);
    window.click(Role::Button, "Cancel");
    window.wait("rest", |window| !window.has_role(Role::Label, "s to go"));
    let stopped_at = window.t();
    assert!((1..998).contains(&stopped_at), "t = {stopped_at}");
    // Long enough for all thousand steps, had it gone on; frames go on, or the worker would wait for them.
    for _ in 0..600 {
        std::thread::sleep(std::time::Duration::from_millis(5));
        window.harness.run_steps(1);
    }
    assert_eq!(window.t(), stopped_at);
    window.harness.get_by_role_and_label(Role::Slider, "Timeline").set_value_accesskit(1000.0);
    window.harness.run_steps(2);
    assert!(window.t() > 0, "the end was never computed");
    window
        .harness
        .get_by_role_and_label(Role::Slider, "Timeline")
        .set_value_accesskit((1000 - stopped_at) as f64);
    window.harness.run_steps(2);
    window.press(Key::Period);
    window.wait("one step", |window| window.t() == stopped_at - 1);
}

#[test]
fn the_xray_keeps_what_is_asked_until_it_is_committed() {
    let mut window = lesson_7();
    window.click(Role::Tab, "Page 2: What the network sees");
    window.wait("t = 500", |window| window.t() == 500);
    window.wait("the moment", |window| window.has_role(Role::Image, "now at t = 500"));
    assert!(!window.has_role(Role::Image, "guessed noise at t"));
    window.click(Role::RadioButton, "The noise that it believes is in there");
    window.click(Role::Button, "Commit");
    window.wait("the guess", |window| window.has_role(Role::Image, "guessed noise at t = 500"));
    window.press(Key::X);
    assert!(!window.has_role(Role::Image, "guessed noise"), "the picture tab has two pictures");
    window.press(Key::X);
    assert!(window.has_role(Role::Image, "guessed noise"));
}

#[test]
fn a_new_seed_makes_other_noise_and_the_same_steps() {
    let mut window = lesson_7();
    let seed = window.harness.state().seed();
    window.click(Role::Button, "new seed");
    assert_ne!(window.harness.state().seed(), seed);
    window.wait("noise", |window| window.has_role(Role::Image, "now at t = 1000"));
    window.press(Key::Period);
    window.wait("one step", |window| window.t() == 980);
}

#[test]
fn the_end_is_reached_at_once_and_a_new_label_starts_anew() {
    let mut window = lesson_7();
    window.press(Key::End);
    window.wait("the end", |window| window.has_role(Role::Image, "the picture at t = 0"));
    window.click(Role::ComboBox, "label");
    window.click(Role::MenuItemRadio, "7");
    window.wait("noise", |window| window.t() == 1000 && window.has_role(Role::Image, "not shown yet"));
    assert!(!window.has_role(Role::Button, "Moment t = 0"), "the strip is empty again");
}

/// A model that has names for its labels.
const EMOJI: &str = r#"# Tiny
## Ask {#ask}
Ask for an animal.

```experiment denoising
model = "ddpm-emoji"
label = "noto animal"
num_inference_steps = 2
```

```predict
ask = "What comes?"
choose = ["An animal", "A digit"]
answer = "An animal"
explain = "An animal."
```
"#;

#[test]
fn a_model_offers_its_labels_by_their_names() {
    let size = egui::vec2(1280.0, 800.0);
    let mut window = Window::of_lesson(EMOJI, size, "light", Harness::builder());
    window.wait("noise", |window| window.has_role(Role::Image, "now at t = 1000"));
    let label = |window: &Window| {
        window.harness.get_by_role_and_label(Role::ComboBox, "label").value().unwrap_or_default()
    };
    assert_eq!(label(&window), "animal, Noto");
    window.click(Role::ComboBox, "label");
    assert!(window.has_role(Role::MenuItemRadio, "any") && !window.has_role(Role::MenuItemRadio, "7"));
    window.click(Role::MenuItemRadio, "face, Fluent");
    window.wait("the label", |window| label(window) == "face, Fluent");
    window.press(Key::End);
    window.wait("a face", |window| window.has_role(Role::Image, "the picture at t = 0"));
}

#[test]
fn a_pixel_in_color_is_followed_one_color_at_a_time() {
    let size = egui::vec2(1280.0, 800.0);
    let mut window = Window::of_lesson(EMOJI, size, "light", Harness::builder());
    window.wait("noise", |window| window.has_role(Role::Image, "now at t = 1000"));
    window.press(Key::X);
    let pixel = |window: &Window| {
        let figure = window.harness.query_all_by_role(Role::Figure).map(|node| crate::support::name(&node));
        figure.into_iter().find(|name| name.contains("ixel")).unwrap_or_default()
    };
    window.wait("the pixel's card", |window| !pixel(window).is_empty());
    let card = window
        .harness
        .query_all_by_role(Role::Figure)
        .find(|node| crate::support::name(node).contains("ixel"));
    card.expect("the card").focus();
    window.harness.run_steps(3);
    window.wait("red", |window| pixel(window).contains("red"));
    let red = pixel(&window);
    window.press(Key::Enter);
    window.wait("green", |window| pixel(window).contains("green") && pixel(window).contains("now"));
    assert_ne!(pixel(&window).replace("green", "red"), red, "another color, other numbers");
}
