//! A race of samplers: it fills, it stops, its cells are chosen and compared, and what a prediction asks for stays hidden.

use egui::{Key, Role, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crate::screens::look;
use crate::support::{Window, name};

const LESSON: &str = r#"# L
## Race {#race}
Who is fast?

```experiment race
samplers = "ddpm-ddim"
max_steps = 5
num = 4
seed = 3
```

## Hidden {#hidden}
Guess first.

```experiment race
samplers = "ddim"
max_steps = 3
num = 2
hidden = ["read_as_label", "distance", "finished"]
```

```predict
ask = "Who wins?"
choose = ["DDIM", "nobody"]
answer = "DDIM"
measure = "calls_to_arrive"
reveal = ["read_as_label", "distance", "finished"]
explain = "There is nobody else."
```
"#;

fn window() -> Window {
    Window::of_lesson(LESSON, Vec2::new(1280.0, 800.0), "light", Harness::builder())
}

/// What the race says of itself.
fn summary(window: &Window) -> String {
    let mut figures = window.harness.query_all_by_role(Role::Figure);
    figures.find(|node| name(node).starts_with("Race.")).map(|node| name(&node)).unwrap_or_default()
}

fn start(window: &mut Window) {
    window.wait("the race", |window| window.has_role(Role::Button, "Start the race"));
    window.click(Role::Button, "Start the race");
}

fn race() -> Window {
    let mut window = window();
    start(&mut window);
    window.wait("the end", |window| window.has_role(Role::Label, "6 of 6 have arrived"));
    window
}

#[test]
fn a_race_fills_from_an_empty_plot() {
    let mut window = window();
    window.wait("the race", |window| window.has_role(Role::Button, "Start the race"));
    assert!(window.has_role(Role::Image, "Here samplers will race from the same noise"));
    start(&mut window);
    window.wait("the long path", |window| window.has_role(Role::Label, "the long path: DPM++ 2M, 200 steps"));
    window.wait("the end", |window| window.has_role(Role::Label, "6 of 6 have arrived"));
    let summary = summary(&window);
    assert!(summary.contains("DDPM: ") && summary.contains("in 2 steps, "), "{summary}");
    assert!(window.has_role(Role::Image, "To compare: 4 pictures of the long path"), "{:#?}", window.names());
    assert!(!window.has_role(Role::Button, "Start the race"), "it is over");
}

#[test]
fn a_race_can_be_stopped_and_goes_on() {
    let mut window = window();
    start(&mut window);
    window.wait("the long path", |window| window.has_role(Role::Label, "the long path: DPM++ 2M, 200 steps"));
    if window.harness.query_by_role_and_label(Role::Button, "Cancel").is_some() {
        window.click(Role::Button, "Cancel");
        window.wait("the stop", |window| {
            window.has_role(Role::Button, "Go on") || window.has_role(Role::Label, "6 of 6")
        });
    }
    if window.harness.query_by_role_and_label(Role::Button, "Go on").is_some() {
        window.click(Role::Button, "Go on");
    }
    window.wait("the end", |window| window.has_role(Role::Label, "6 of 6 have arrived"));
}

#[test]
fn cells_are_chosen_by_keyboard_and_kept_to_compare() {
    let mut window = race();
    let plot = || "Race. ";
    let figure = window
        .harness
        .query_all_by_role(Role::Figure)
        .find(|node| name(node).starts_with(plot()))
        .expect("the plot");
    figure.focus();
    window.harness.run_steps(3);
    let chosen = |window: &Window| {
        summary(window).rsplit("Chosen: ").next().map(|said| said.split(':').next().unwrap_or("").to_owned())
    };
    // The newest one is shown until another is chosen.
    assert_eq!(chosen(&window).as_deref(), Some("DDIM, 3 steps"));
    window.press(Key::ArrowRight);
    assert_eq!(chosen(&window).as_deref(), Some("DDIM, 5 steps"));
    window.press(Key::ArrowUp);
    assert_eq!(chosen(&window).as_deref(), Some("DDPM, 5 steps"));
    window.press(Key::Enter);
    window.press(Key::ArrowLeft);
    window.press(Key::ArrowLeft);
    assert_eq!(chosen(&window).as_deref(), Some("DDPM, 2 steps"));
    assert!(window.has_role(Role::Image, "To compare: 4 pictures of DDPM, 5 steps"));
    assert!(window.has_role(Role::Image, "4 pictures of DDPM, 2 steps"));
    // At the end of a line there is nowhere to go.
    window.press(Key::ArrowLeft);
    assert_eq!(chosen(&window).as_deref(), Some("DDPM, 2 steps"));
}

#[test]
fn axes_are_switched_and_the_table_says_the_same() {
    let mut window = race();
    assert!(summary(&window).contains(" % in 2 steps"), "{}", summary(&window));
    window.click(Role::RadioButton, "distance");
    assert!(!summary(&window).contains(" % in 2 steps"), "{}", summary(&window));
    window.click(Role::RadioButton, "seconds");
    window.click(Role::Tab, "Numbers");
    assert!(window.has_role(Role::Label, "network calls, DDIM: 2: 2, 3: 3, 5: 5"), "{:#?}", window.names());
    assert!(window.has_role(Role::Label, "distance, DDPM: 2: "));
}

#[test]
fn the_end_of_a_race_is_hidden_until_one_has_guessed() {
    let mut window = window();
    window.click(Role::Tab, "Page 2: Hidden");
    start(&mut window);
    window.wait("the end", |window| window.has_role(Role::Label, "2 of 2 have arrived"));
    assert!(window.has_role(Role::Image, "shown when you commit"));
    assert!(window.harness.query_by_role_and_label(Role::Button, "Export").is_none(), "a door is open");
    window.click(Role::Tab, "Numbers");
    assert!(window.has_role(Role::Image, "shown when you commit"), "the table gives it away");
    window.click(Role::Tab, "Race");
    window.click(Role::RadioButton, "nobody");
    window.click(Role::Button, "Commit");
    window.wait("the plot", |window| summary(window).contains("DDIM"));
    assert!(window.harness.query_by_role_and_label(Role::Button, "Export").is_some());
}

#[test]
fn a_race_has_something_to_see_at_every_size() {
    for (width, height) in [(1024.0, 768.0), (1280.0, 800.0)] {
        for ground in ["light", "dark"] {
            let size = Vec2::new(width, height);
            let builder = Harness::builder().with_render_cursor(false).wgpu();
            let mut window = Window::of_lesson(RACE_OF_ALL, size, ground, builder);
            window.wait("the race", |window| window.has_role(Role::Button, "Start the race"));
            look(&mut window, &format!("race-{width}-{ground}-empty"));
            window.click(Role::Button, "Start the race");
            window.wait_for(std::time::Duration::from_secs(300), "the end", |window| {
                !window.has_role(Role::Button, "Cancel") && window.has_role(Role::Label, "have arrived")
            });
            look(&mut window, &format!("race-{width}-{ground}"));
            window.click(Role::RadioButton, "distance");
            look(&mut window, &format!("race-{width}-{ground}-distance"));
            window.click(Role::Tab, "Numbers");
            look(&mut window, &format!("race-{width}-{ground}-numbers"));
        }
    }
}

const RACE_OF_ALL: &str = r#"# L
## The race {#race}
All of them start in the same noise.
Press *start*.

```experiment race
samplers = "all"
max_steps = 20
num = 8
seed = 3
```
"#;
