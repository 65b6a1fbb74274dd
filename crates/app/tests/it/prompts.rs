//! A model is asked in words on the stage.

use egui::{Key, Role, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crate::screens::look;
use crate::support::{Window, name};

const LESSON: &str = r#"
# Words

## A red circle {#circle}
It is told in words what to draw.

```experiment denoising
model = "tiny-words"
sampler = "flow-euler"
num_inference_steps = 10
prompt = "a red circle left of a blue octogon"
cfg_scale = 3.0
start = 1000
```

```present
Words
```
"#;

fn prompted(builder: egui_kittest::HarnessBuilder<noisebook_app::NoisebookApp>) -> Window {
    let mut window = Window::of_lesson(LESSON, Vec2::new(1280.0, 800.0), "light", builder);
    window.wait("noise", |window| window.has_role(Role::Image, "now at t = 1000"));
    window
}

#[test]
fn an_unknown_word_is_said_and_another_prompt_asked_for() {
    let mut window = prompted(Harness::builder());
    assert!(window.has_role(Role::CheckBox, "octogon: the model does not know this word"));
    assert!(window.has_role(Role::CheckBox, "circle: word number"));
    let field = window.harness.get_by_role_and_label(Role::TextInput, "prompt");
    field.focus();
    window.harness.run_steps(2);
    window.harness.get_by_role_and_label(Role::TextInput, "prompt").type_text(" and");
    window.harness.run_steps(2);
    window.press(Key::Enter);
    window.wait("the other prompt", |window| window.has_role(Role::CheckBox, "and: word number"));
}

#[test]
fn a_word_is_shown_where_it_was_looked_at() {
    let mut window = prompted(Harness::builder().with_render_cursor(false).wgpu());
    window.press(Key::Period);
    window.wait("a step", |window| window.t() < 1000);
    let circle = window.names().into_iter().find(|name| name.starts_with("circle: word")).expect("a word");
    window.click(Role::CheckBox, &circle);
    window.wait("the map", |window| window.has_role(Role::Image, "where the word was looked at at t"));
    for t in [800, 700, 600, 500, 400, 300] {
        window.press(Key::Period);
        window.wait("a step", |window| window.t() <= t);
    }
    window.wait("its map", |window| window.has_role(Role::Image, "where the word was looked at at t = 300"));
    look(&mut window, "prompts");
}

#[test]
fn a_branch_is_asked_for_something_else() {
    let mut window = prompted(Harness::builder());
    window.press(Key::Period);
    window.wait("a step", |window| window.t() < 1000);
    window.press(Key::B);
    window.wait("the branch", |window| window.harness.query_all_by_role(Role::TreeItem).count() == 2);
    window.wait("its words", |window| window.has_role(Role::CheckBox, "circle: word number"));
    window.harness.get_by_role_and_label(Role::TextInput, "prompt").focus();
    window.harness.run_steps(2);
    window.harness.get_by_role_and_label(Role::TextInput, "prompt").type_text(" and");
    window.harness.run_steps(2);
    window.press(Key::Enter);
    window.wait("the other prompt", |window| window.has_role(Role::CheckBox, "and: word number"));
    let told =
        window.harness.query_all_by_role(Role::TreeItem).any(|node| name(&node).contains("octogon and"));
    assert!(told, "{:#?}", window.names());
}

#[test]
fn a_word_is_dropped_and_another_led_away_from() {
    let mut window = prompted(Harness::builder());
    let red = window.names().into_iter().find(|name| name.starts_with("red: word")).expect("a word");
    window.harness.get_by_role_and_label(Role::CheckBox, &red).focus();
    window.harness.run_steps(2);
    window.press(Key::Delete);
    window.wait("the rest", |window| {
        !window.has_role(Role::CheckBox, "red: word") && window.has_role(Role::CheckBox, "circle: word")
    });
    let field = window.harness.get_by_role_and_label(Role::TextInput, "prompt");
    assert_eq!(field.value().as_deref(), Some("a circle left of a blue octogon"));
    window.harness.get_by_role_and_label(Role::TextInput, "but not").focus();
    window.harness.run_steps(2);
    window.harness.get_by_role_and_label(Role::TextInput, "but not").type_text("a red square");
    window.harness.run_steps(2);
    window.press(Key::Enter);
    window.wait("the other field", |window| {
        let field = window.harness.query_by_role_and_label(Role::TextInput, "but not");
        field.and_then(|field| field.value()).as_deref() == Some("a red square")
    });
}
