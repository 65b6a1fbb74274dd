//! What a trained generator makes, and what its critic says: a walk, clips, a verdict, and the learner's own digit.

use egui::{Key, Role, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crate::screens::look;
use crate::support::Window;

const LESSON: &str = r#"# L
## Walk {#walk}
Drag the knob.

```experiment walk
model = "gan-digits"
num = 9
num_steps = 12
seed = 3
```

## Hidden {#hidden}
Guess first.

```experiment walk
model = "gan-digits"
num = 4
num_steps = 12
seed = 3
tab = "xray"
hidden = ["gradient", "score"]
```

```predict
ask = "How many numbers?"
choose = ["one", "1024"]
answer = "1024"
reveal = ["gradient", "score"]
explain = "One a pixel."
```

## Verdict {#verdict}
Step by step.

```experiment verdict
model = "gan-digits"
picture = "digits/19"
num_steps = 12
```

## Clips {#clips}
Press play.

```experiment walk
model = "wgan-gp-moving-digits"
num = 4
seed = 6
```

## Unseen {#unseen}
What will become of it?

```experiment verdict
model = "gan-digits"
picture = "digits/136"
num_steps = 12
hidden = ["picture", "score"]
```

```predict
ask = "It looks …"
choose = ["better", "the same"]
answer = "the same"
reveal = ["picture", "score"]
explain = "It does."
```
"#;

fn window_of(
    size: Vec2,
    ground: &str,
    builder: egui_kittest::HarnessBuilder<noisebook_app::NoisebookApp>,
) -> Window {
    let mut window = Window::of_lesson(LESSON, size, ground, builder);
    window.wait("pictures", |window| window.has_role(Role::Image, "9 pictures made by G, at step 0"));
    window
}

fn window() -> Window {
    window_of(Vec2::new(1280.0, 800.0), "light", Harness::builder())
}

/// What the knob says.
#[track_caller]
fn place(window: &Window) -> String {
    window.harness.get_by_role_and_label(Role::Slider, "Timeline").value().unwrap_or_default()
}

#[test]
fn a_walk_goes_step_by_step_from_z_to_z() {
    let mut window = window();
    assert!(window.has_role(Role::Image, "Their score: "));
    window.wait("the strip", |window| window.has_role(Role::Button, "step 12"));
    window.press(Key::End);
    window.wait("the end", |window| window.has_role(Role::Image, "at step 12 of the walk"));
    assert_eq!(place(&window), "step 12");
    window.press(Key::X);
    window.wait("the gradient", |window| window.has_role(Role::Image, "which pixels D would have brighter"));
    window.click(Role::Tab, "Numbers");
    assert!(window.has_role(Role::Label, "length of z"), "{:#?}", window.names());
    window.click(Role::ComboBox, "path");
    window.click(Role::MenuItemRadio, "straight");
    window.click(Role::Tab, "Picture");
    window.wait("the other way", |window| window.has_role(Role::Image, "of the walk"));
    window.click(Role::Button, "new seed");
    window.wait("another walk", |window| window.has_role(Role::Image, "of the walk"));
}

#[test]
fn scores_and_gradients_are_hidden_until_one_has_guessed() {
    let mut window = window();
    window.click(Role::Tab, "Page 2: Hidden");
    window.wait("pictures", |window| window.has_role(Role::Image, "4 pictures made by G"));
    let says = |window: &Window, what: &str| window.names().iter().any(|name| name.contains(what));
    assert!(!says(&window, "Their score") && !says(&window, "brighter"), "{:#?}", window.names());
    window.click(Role::RadioButton, "1024");
    window.click(Role::Button, "Commit");
    window.wait("both", |window| says(window, "Their score") && says(window, "brighter"));
}

#[test]
fn a_critic_judges_a_digit_and_changes_it() {
    let mut window = window();
    window.click(Role::Tab, "Page 3: Verdict");
    window.wait("the verdict", |window| window.has_role(Role::Figure, "Its score: "));
    let score = |window: &Window| {
        let figures = window.harness.query_all_by_role(Role::Figure);
        figures
            .map(|node| crate::support::name(&node))
            .find(|name| name.starts_with("Its score"))
            .unwrap_or_default()
    };
    let before = score(&window);
    assert!(before.contains("% of real ones"), "{before}");
    window.wait("all steps", |window| window.has_role(Role::Button, "step 12"));
    window.press(Key::End);
    window.wait("the last step", |window| window.has_role(Role::Image, "after 12 steps up the score"));
    assert_ne!(score(&window), before);
    assert!(
        window.harness.query_by_role_and_label(Role::Button, "new seed").is_none(),
        "nothing is left to chance"
    );
    window.click(Role::Tab, "Numbers");
    assert!(window.has_role(Role::Figure, "score, step by step: score went from"), "{:#?}", window.names());
}

#[test]
fn ones_own_digit_is_drawn_and_judged() {
    let mut window = window();
    window.click(Role::Tab, "Page 3: Verdict");
    window.wait("the verdict", |window| window.has_role(Role::Figure, "Its score: "));
    window.click(Role::Button, "Draw one");
    let pad = "Pad to draw on";
    window.harness.get_by_role_and_label(Role::Canvas, pad).click();
    window.harness.run_steps(3);
    for _ in 0..8 {
        window.harness.key_press_modifiers(egui::Modifiers::SHIFT, Key::ArrowDown);
        window.harness.run_steps(1);
    }
    window.click(Role::Button, "Let D judge it");
    window.wait("the verdict", |window| window.has_role(Role::Image, "your drawing. Its score: "));
    window.click(Role::Button, "Back to the lesson's picture");
    window.wait("the lesson's", |window| window.has_role(Role::Image, "the picture. Its score: "));
}

#[test]
fn clips_play_in_a_loop() {
    let mut window = window();
    window.click(Role::Tab, "Page 4: Clips");
    window.wait("clips", |window| window.has_role(Role::Image, "4 clips made by G, frame 1."));
    assert_eq!(place(&window), "frame 1");
    let last = |window: &Window| window.harness.query_by_role_and_label(Role::Button, "frame 8").is_some();
    window.wait("the strip", last);
    window.press(Key::Space);
    window.wait("a later frame", |window| place(window) == "frame 5");
    window.wait("the first again", |window| place(window) == "frame 1");
    window.wait("a later frame again", |window| place(window) == "frame 3");
    window.press(Key::Space);
    assert!(window.harness.query_by_role_and_label(Role::Button, "Play").is_some());
}

#[test]
fn a_picture_that_is_asked_for_is_not_in_the_strip_either() {
    let mut window = window();
    window.click(Role::Tab, "Page 5: Unseen");
    window.wait("the place", |window| window.has_role(Role::Image, "the picture\nshown when you commit"));
    assert!(window.harness.query_by_role_and_label(Role::Button, "step 0").is_none());
    assert!(window.has_role(Role::Figure, "its score among others\nshown when you commit"));
    window.click(Role::RadioButton, "the same");
    window.click(Role::Button, "Commit");
    window.wait("the picture", |window| window.has_role(Role::Image, "the picture. Its score: "));
    window.wait("the strip", |window| window.has_role(Role::Button, "step 0"));
}

#[test]
fn a_gallery_has_something_to_see_at_every_size() {
    for (width, height) in [(1024.0, 768.0), (1280.0, 800.0), (1920.0, 1080.0)] {
        for ground in ["light", "dark"] {
            let builder = Harness::builder().with_render_cursor(false).wgpu();
            let mut window = window_of(Vec2::new(width, height), ground, builder);
            let file = |what: &str| format!("gallery-{width}-{ground}-{what}");
            window.wait("the strip", |window| window.has_role(Role::Button, "step 12"));
            look(&mut window, &file("walk"));
            window.press(Key::X);
            window.harness.run_steps(5);
            look(&mut window, &file("gradient"));
            window.click(Role::Tab, "Page 3: Verdict");
            window.wait("all steps", |window| window.has_role(Role::Button, "step 12"));
            window.press(Key::End);
            window
                .wait("the last step", |window| window.has_role(Role::Image, "after 12 steps up the score"));
            look(&mut window, &file("verdict"));
            window.click(Role::Button, "Draw one");
            look(&mut window, &file("pad"));
            window.click(Role::Button, "To the verdict");
            window.click(Role::Tab, "Numbers");
            look(&mut window, &file("numbers"));
            window.click(Role::Tab, "Page 4: Clips");
            window.wait("clips", |window| window.has_role(Role::Image, "4 clips made by G"));
            window.harness.run_steps(20);
            look(&mut window, &file("clips"));
            window.click(Role::Tab, "Page 5: Unseen");
            window.wait("the place", |window| window.has_role(Role::Image, "shown when you commit"));
            look(&mut window, &file("unseen"));
        }
    }
}
