//! A grid over two settings: it fills, it stops, its cells are chosen, and what a prediction asks for stays hidden.

use std::sync::Mutex;

use egui::{Key, Role, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crate::screens::look;
use crate::support::{Window, Written, name};

const LESSON: &str = r#"# L
## Walk {#walk}
From one to the other.

```experiment grid
model = "tiny-words"
prompt = "a red circle"
to = "a blue square"
rows = "cfg_scale"
columns = "walk"
num_rows = 3
num_columns = 5
num_inference_steps = 4
```

## Hidden {#hidden}
Guess first.

```experiment grid
model = "tiny-words"
rows = "none"
columns = "seed"
num_columns = 2
num_inference_steps = 2
hidden = ["finished"]
```

```predict
ask = "What comes out?"
choose = ["circles", "nothing"]
answer = "circles"
reveal = ["finished"]
explain = "It was asked for them."
```
"#;

fn window(builder: egui_kittest::HarnessBuilder<noisebook_app::NoisebookApp>) -> Window {
    let mut window = Window::of_lesson(LESSON, Vec2::new(1024.0, 768.0), "light", builder);
    window.wait("the grid", |window| window.has_role(Role::Button, "Make the grid"));
    window
}

/// What the grid says of itself.
fn summary(window: &Window) -> String {
    let mut figures = window.harness.query_all_by_role(Role::Figure);
    figures.find(|node| name(node).starts_with("Grid.")).map(|node| name(&node)).unwrap_or_default()
}

#[test]
fn a_grid_is_made_stopped_and_gone_on_with() {
    // So many steps that there is time to stop it.
    let lesson = LESSON.replacen("num_inference_steps = 4", "num_inference_steps = 150", 1);
    let lesson = Written::new(Mutex::new(lesson));
    let mut window = Window::of_written(lesson, Vec2::new(1024.0, 768.0), "light", Harness::builder());
    window.wait("the grid", |window| window.has_role(Role::Button, "Make the grid"));
    assert!(window.has_role(Role::Image, "Here a picture will stand for each pair of values"));
    window.click(Role::Button, "Make the grid");
    window.wait("a cell", |window| summary(window).contains("Chosen: guidance"));
    window.click(Role::Button, "Cancel");
    window.wait("the stop", |window| window.has_role(Role::Button, "Go on"));
    assert!(!window.has_role(Role::Label, "15 of 15 pictures"));
    window.click(Role::Button, "Go on");
    window.wait("the end", |window| window.has_role(Role::Label, "15 of 15 pictures"));
    assert!(window.harness.query_by_role_and_label(Role::Button, "Go on").is_none(), "it is done");
}

#[test]
fn cells_are_chosen_by_keyboard_and_say_what_was_met() {
    let mut window = window(Harness::builder().with_render_cursor(false).wgpu());
    window.click(Role::Button, "Make the grid");
    window.wait("the end", |window| window.has_role(Role::Label, "15 of 15 pictures"));
    let grid = window.harness.query_all_by_role(Role::Figure).find(|node| name(node).starts_with("Grid."));
    grid.expect("the grid").focus();
    window.harness.run_steps(3);
    // The newest one is shown until another is chosen.
    let says = |window: &Window, cell: &str| {
        let said = summary(window);
        assert!(said.ends_with(&format!("Chosen: {cell}")), "{said}");
    };
    says(&window, "guidance 2, walk 100 %");
    window.press(Key::ArrowUp);
    window.press(Key::ArrowLeft);
    says(&window, "guidance 1, walk 75 %");
    for _ in 0..3 {
        window.press(Key::ArrowUp);
    }
    says(&window, "guidance 0, walk 75 %");
    for _ in 0..3 {
        window.press(Key::ArrowLeft);
    }
    // At the prompt itself it is said what was met of it.
    assert!(summary(&window).contains("Chosen: guidance 0, walk 0 %: "), "{}", summary(&window));
    look(&mut window, "grid");
}

#[test]
fn a_walk_has_a_second_prompt_to_lead_to() {
    let mut window = window(Harness::builder());
    let has_second =
        |window: &Window| window.harness.query_by_role_and_label(Role::TextInput, "to").is_some();
    window.wait("the fields", has_second);
    window.click(Role::Tab, "Page 2: Hidden");
    window.wait("the other grid", |window| window.has_role(Role::Button, "Make the grid"));
    window.wait("the field", |window| window.has_role(Role::TextInput, "prompt"));
    assert!(!has_second(&window));
}

#[test]
fn what_a_prediction_asks_for_stays_hidden() {
    let mut window = window(Harness::builder());
    window.click(Role::Tab, "Page 2: Hidden");
    window.wait("the grid", |window| window.has_role(Role::Button, "Make the grid"));
    window.click(Role::Button, "Make the grid");
    window.wait("the end", |window| window.has_role(Role::Label, "2 of 2 pictures"));
    assert!(window.has_role(Role::Image, "shown when you commit"));
    window.click(Role::RadioButton, "nothing");
    window.click(Role::Button, "Commit");
    window.wait("the cells", |window| summary(window).contains("seed 1"));
}
