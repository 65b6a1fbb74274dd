//! Two networks at war on the stage: a game is played, slowed down, meddled with and rewound; two games side by side;
//! pictures with their scores.

use std::time::Duration;

use egui::{Key, Role, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crate::screens::look;
use crate::support::{Window, name};

const LESSON: &str = r#"# L
## Points {#points}
Press play.

```experiment game
data = "rings"
num_updates = 60
width = 16
batch_size = 32
seed = 1
```

## Pictures {#pictures}
Press play.

```experiment game
data = "digits"
latent_dim = 32
num_updates = 2
batch_size = 8
seed = 1
```

## Two {#two}
Guess first.

```experiment game
data = "moons"
loss = "minimax"
rival = "non-saturating"
num_updates = 20
width = 16
batch_size = 32
seed = 1
hidden = ["rival", "grad_norm_generator"]
```

```predict
ask = "Which one pushes?"
choose = ["minimax", "non-saturating"]
answer = "non-saturating"
reveal = ["rival", "grad_norm_generator"]
explain = "It does."
```

## Sick {#sick}
What is wrong?

```experiment game
data = "grid"
scenario = "A"
num_updates = 20
width = 16
batch_size = 32
seed = 1
hidden = ["scenario", "rival"]
```

```predict
ask = "What is it?"
choose = ["mode collapse", "something else"]
answer = "mode collapse"
measure = "scenario"
reveal = ["scenario", "rival"]
explain = "It is."
```

## Unseen {#unseen}
Look.

```experiment game
data = "moons"
num_updates = 20
width = 16
batch_size = 32
seed = 1
hidden = ["samples", "arrows", "loss_critic"]
```

```predict
ask = "What will come?"
choose = ["moons", "chance"]
answer = "moons"
reveal = ["samples", "arrows", "loss_critic"]
explain = "Moons."
```

## Later {#later}
Guess first.

```experiment game
data = "rings"
num_updates = 20
width = 16
batch_size = 32
seed = 1
```

```predict
ask = "Which update is the tenth?"
number = { min = 0, max = 20 }
measure = "update"
at = 10
explain = "It is."
```
"#;

fn window() -> Window {
    let mut window = Window::of_lesson(LESSON, Vec2::new(1280.0, 800.0), "light", Harness::builder());
    window.wait("the first state", |window| window.has_role(Role::Image, "made after update 0"));
    window
}

fn page(title: &str) -> Window {
    let mut window = window();
    window.click(Role::Tab, title);
    window
}

#[track_caller]
fn update(window: &Window) -> usize {
    let slider = window.harness.get_by_role_and_label(Role::Slider, "Timeline");
    let value = slider.value().expect("a value");
    value.trim_start_matches("update ").parse().expect("a number")
}

/// Plays for a few states, and pauses.
#[track_caller]
fn play(window: &mut Window, least: usize) {
    window.press(Key::Space);
    window.wait_for(Duration::from_secs(300), "some states", |window| update(window) >= least);
    if window.harness.query_by_role_and_label(Role::Button, "Pause").is_some() {
        window.press(Key::Space);
    }
    let now = update(window);
    let of_now = format!("made after update {now}");
    window.wait("its picture", |window| window.has_role(Role::Image, &of_now));
}

fn is_on(window: &Window, role: Role, label: &str) -> bool {
    use egui_kittest::kittest::NodeT;
    let node = window.harness.get_by_role_and_label(role, label);
    node.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True)
        || node.accesskit_node().is_selected() == Some(true)
}

#[test]
fn a_game_is_played_and_goes_on_with_another_rate_from_an_earlier_state() {
    let mut window = window();
    assert!(window.has_role(Role::Label, "nothing learned yet"));
    play(&mut window, 4);
    assert!(window.has_role(Role::Figure, "losses: D's loss went from"), "{:#?}", window.names());
    assert!(window.has_role(Role::Figure, "clusters hit: clusters hit went from"));
    assert!(window.has_role(Role::Label, "D of real ones: 0."));
    let paused_at = update(&window);

    window.click(Role::Tab, "Knobs");
    window.click(Role::ComboBox, "rate of D");
    window.click(Role::MenuItemRadio, "0.01");
    window.wait("the rate", |window| {
        let rate = window.harness.get_by_role_and_label(Role::ComboBox, "rate of D");
        rate.value().as_deref() == Some("0.01")
    });
    assert_eq!(update(&window), paused_at, "nothing was started anew");
    window.click(Role::Tab, "Curves");
    window.press(Key::Space);
    window.wait("the end", |window| update(window) == 60);

    window.harness.get_by_role_and_label(Role::Slider, "Timeline").set_value_accesskit(2.0);
    window.harness.run_steps(3);
    let early = update(&window);
    assert!(early > 0 && early < 60, "update {early}");
    window.click(Role::Button, &format!("train on from update {early}"));
    window.wait("the end again", |window| update(window) == 60);
    window.click(Role::Button, "from scratch");
    window.wait("the beginning", |window| update(window) == 0);
}

#[test]
fn what_needs_other_networks_starts_anew() {
    let mut window = window();
    play(&mut window, 4);
    window.click(Role::Tab, "Knobs");
    assert!(window.harness.query_by_role_and_label(Role::ComboBox, "penalty λ").is_none());
    window.click(Role::ComboBox, "neurons a layer");
    window.click(Role::MenuItemRadio, "8");
    window.wait("the beginning", |window| update(window) == 0);
    window.click(Role::ComboBox, "loss");
    window.click(Role::MenuItemRadio, "WGAN-GP");
    window.wait("its knob", |window| window.has_role(Role::ComboBox, "penalty λ"));
}

#[test]
fn an_update_is_looked_at_in_ten_steps() {
    let mut window = window();
    play(&mut window, 4);
    window.press(Key::U);
    window
        .wait("the first step", |window| window.has_role(Role::Label, "G makes 32 points of fresh chance."));
    for says in [
        "The larger, the more real to D.",
        "D's loss: ",
        "How steep that loss is",
        "Dashed: where its ½ ran before",
        "D stands still now",
        "D judges them",
        "G's loss: ",
        "in which it would look more real",
        "G's weights moved",
    ] {
        window.press(Key::U);
        window.wait(says, |window| window.has_role(Role::Label, says));
    }
    window.click(Role::Button, "Step 3: D's loss");
    window.wait("its loss", |window| window.has_role(Role::Label, "D's loss: "));
    assert!(is_on(&window, Role::Button, "Step 3: D's loss"));
    window.press(Key::Escape);
    window.wait("full speed", |window| !window.has_role(Role::Label, "D's loss: "));
    assert!(window.harness.query_by_role_and_label(Role::Slider, "Timeline").is_some(), "the lesson is open");
    assert!(!is_on(&window, Role::Button, "Step 3: D's loss"));
}

#[test]
fn parts_of_the_plane_are_shown_and_hidden_by_click_and_by_key() {
    let mut window = window();
    assert!(is_on(&window, Role::CheckBox, "D's map") && !is_on(&window, Role::CheckBox, "bent sheet"));
    window.click(Role::CheckBox, "bent sheet");
    assert!(is_on(&window, Role::CheckBox, "bent sheet"));
    window.press(Key::Tab);
    // Whatever has the focus now is let go of, so that keys are the stage's.
    let focused = |window: &Window| window.harness.ctx.memory(egui::Memory::focused);
    if let Some(id) = focused(&window) {
        window.harness.ctx.memory_mut(|memory| memory.surrender_focus(id));
    }
    window.harness.run_steps(2);
    window.press(Key::H);
    assert!(!is_on(&window, Role::CheckBox, "D's map"));
    window.click(Role::Tab, "Page 3: Two");
    window.wait("the page", |window| window.has_role(Role::Image, "made after update 0"));
    assert!(!is_on(&window, Role::CheckBox, "D's map"), "it is remembered");
}

#[test]
fn slow_motion_rests_at_every_state() {
    let mut window = window();
    window.click(Role::CheckBox, "slow motion");
    assert!(is_on(&window, Role::CheckBox, "slow motion"));
    window.click(Role::Button, "Play");
    window.wait("the second state", |window| update(window) > 0);
    let early = update(&window);
    window.wait("the third state", |window| update(window) > early);
    assert!(window.harness.query_by_role_and_label(Role::Button, "Pause").is_some());
    window.click(Role::Button, "Pause");
    let paused_at = update(&window);
    for _ in 0..60 {
        window.harness.run_steps(1);
    }
    assert_eq!(update(&window), paused_at, "it has stopped");
    window.click(Role::Button, "One step on");
    window.wait("one more", |window| update(window) > paused_at);
    assert!(update(&window) < 60);
}

#[test]
fn the_second_plot_is_chosen() {
    let mut window = window();
    play(&mut window, 4);
    window.click(Role::Button, "Second plot: clusters hit");
    window.click(Role::MenuItemRadio, "length of the gradients");
    assert!(window.has_role(Role::Figure, "length of the gradients: D's gradient went from"));
    window.click(Role::Tab, "Numbers");
    assert!(window.has_role(Role::Label, "slope of D: "), "{:#?}", window.names());
}

#[test]
fn pictures_have_scores_and_what_d_would_change() {
    let mut window = page("Page 2: Pictures");
    window
        .wait("pictures", |window| window.has_role(Role::Image, "pictures made after update 0. D says: 0."));
    assert!(window.has_role(Role::Image, "8 real pictures. D says: 0."));
    window.press(Key::X);
    window.wait("the gradient", |window| window.has_role(Role::Image, "which pixels D would have brighter"));
    window.press(Key::X);
    play(&mut window, 2);
    assert!(window.has_role(Role::Label, "digits drawn: "), "{:#?}", window.names());
}

#[test]
fn a_rival_is_hidden_until_one_has_guessed() {
    let mut window = page("Page 3: Two");
    window.wait("the first game", |window| {
        window.has_role(Role::Image, "minimax: 512 points made after update 0")
    });
    assert!(window.has_role(Role::Image, "the second game\nshown when you commit"), "{:#?}", window.names());
    assert!(window.harness.query_by_role_and_label(Role::ComboBox, "beside it").is_none());
    play(&mut window, 2);
    assert!(!window.names().iter().any(|name| name.contains("non-saturating:")), "{:#?}", window.names());
    assert!(window.has_role(Role::Figure, "length of the gradients\nshown when you commit"));
    window.click(Role::Tab, "Numbers");
    assert!(!window.has_role(Role::Label, "non-saturating"));
    window.click(Role::Tab, "Picture");
    window.click(Role::RadioButton, "non-saturating");
    window.click(Role::Button, "Commit");
    window.wait("the second game", |window| {
        window.has_role(Role::Image, "non-saturating: 512 points made after update")
    });
    assert!(window.has_role(Role::Figure, "G's gradient, non-saturating went from"), "{:#?}", window.names());
    assert!(window.has_role(Role::ComboBox, "beside it"));
}

#[test]
fn a_patient_does_not_say_what_is_wrong() {
    let mut window = page("Page 4: Sick");
    window.wait("the patient", |window| window.has_role(Role::Image, "the patient: "));
    let says = |window: &Window, what: &str| window.names().iter().any(|name| name.contains(what));
    assert!(!says(&window, "WGAN") && window.harness.query_by_role_and_label(Role::Tab, "Knobs").is_none());
    assert!(window.harness.query_by_role_and_label(Role::ComboBox, "loss").is_none());
    window.click(Role::RadioButton, "something else");
    window.click(Role::Button, "Commit");
    window.wait("the cure", |window| window.has_role(Role::Image, "the cure: "));
    assert!(window.has_role(Role::Image, "mode collapse: "));
    assert!(window.has_role(Role::ComboBox, "what goes wrong"));
}

/// At update 0 nobody knows yet.
#[test]
fn an_outcome_waits_until_the_game_has_come_to_it() {
    let mut window = page("Page 6: Later");
    window.wait("the first state", |window| window.has_role(Role::Image, "made after update 0"));
    window.harness.get_by_role_and_label(Role::Slider, "Your prediction").set_value_accesskit(7.0);
    window.harness.run_steps(2);
    window.click(Role::Button, "Commit");
    for _ in 0..60 {
        window.harness.run_steps(1);
    }
    assert!(window.has_role(Role::Label, "Let it run to the end"), "{:#?}", window.names());
    window.press(Key::Space);
    window.wait("the outcome", |window| window.has_role(Role::Label, "It is: "));
    // States are kept at some of the updates, the nearest of which counts.
    let is_near = (8..=12).any(|update| window.has_role(Role::Label, &format!("It is: {update}")));
    assert!(is_near, "{:#?}", window.names());
}

#[test]
fn what_is_asked_for_is_on_no_plane() {
    let mut window = page("Page 5: Unseen");
    window
        .wait("the plane", |window| window.has_role(Role::Image, "0 points made after update 0, beside 512"));
    assert!(window.harness.query_by_role_and_label(Role::CheckBox, "made").is_none());
    assert!(window.harness.query_by_role_and_label(Role::CheckBox, "bent sheet").is_none());
    assert!(window.harness.query_by_role_and_label(Role::Button, "Step 1: G makes points").is_none());
    window.press(Key::U);
    window.press(Key::M);
    assert!(!window.has_role(Role::Label, "fresh chance"));
    window.click(Role::RadioButton, "moons");
    window.click(Role::Button, "Commit");
    window.wait("the points", |window| window.has_role(Role::Image, "512 points made after update 0"));
    assert!(is_on(&window, Role::CheckBox, "arrows"), "the page is about them");
}

#[test]
fn own_points_are_fought_over() {
    let mut window = window();
    window.click(Role::Button, "Your own points");
    window.harness.get_by_role_and_label(Role::Canvas, "Plane to set points on").focus();
    window.harness.run_steps(2);
    window.press(Key::Space);
    for key in [Key::ArrowRight, Key::ArrowUp].repeat(5) {
        window.press(key);
        window.press(Key::Space);
    }
    window.click(Role::Button, "Train on 11 points");
    window.wait("the training", |window| update(window) > 0);
    let data = window.harness.get_by_role_and_label(Role::ComboBox, "data");
    assert_eq!(data.value().as_deref(), Some("your points"));
}

#[test]
fn own_pictures_are_fought_over() {
    let mut window = page("Page 2: Pictures");
    window.wait("pictures", |window| window.has_role(Role::Image, "pictures made after update 0"));
    window.click(Role::Button, "Your own pictures");
    window.harness.get_by_role_and_label(Role::Canvas, "Pad to draw on").click();
    window.harness.run_steps(3);
    window.click(Role::Button, "Train on 1 picture");
    window.wait("the training", |window| update(window) > 0);
    let data = window.harness.get_by_role_and_label(Role::ComboBox, "data");
    assert_eq!(data.value().as_deref(), Some("your pictures"));
}

/// The knobs find their places in every window, or take the game's; nothing lies over anything else.
#[test]
fn knobs_fit_where_there_is_little_room() {
    for (width, height, scale) in [(1024.0, 768.0, 1.0), (1024.0, 768.0, 1.6), (1280.0, 720.0, 1.0)] {
        for lesson in ["1 ·", "2 ·"] {
            let size = Vec2::new(width, height);
            let pupil = format!(
                r#"{{"format": 1, "preferences": {{"ground": "light", "reduced_motion": true, "scale": {scale}}}}}"#
            );
            let mut window = Window::with_preferences(size, &pupil, Harness::builder());
            window.open_lesson(lesson);
            if window.harness.query_by_role_and_label(Role::Tab, "Stage").is_some() {
                window.click(Role::Tab, "Stage");
            }
            window.wait("the stage", |window| window.has_role(Role::Tab, "Knobs"));
            window.click(Role::Tab, "Knobs");
            let wrong = crate::fits::misplaced(&window, size / scale);
            assert!(wrong.is_empty(), "lesson {lesson} at {width} × {height}, {scale}: {wrong:#?}");
            assert!(window.has_role(Role::ComboBox, "rate of D"));
        }
    }
}

/// Larger games than those above, which have something to see.
const SHOW: &str = r#"# L
## Points {#points}
A *forger* makes coins.
A *detective* is shown coins, real and forged, and says which is which.

```experiment game
data = "rings"
num_updates = 600
seed = 1
```

## Two {#two}
Two losses from one start.

```experiment game
data = "grid"
loss = "minimax"
rival = "wasserstein-gp"
critic_steps = 3
num_updates = 240
seed = 1
```

## Hidden {#hidden}
What is wrong?

```experiment game
data = "grid"
scenario = "A"
num_updates = 60
seed = 1
hidden = ["scenario", "rival", "heat"]
```

```predict
ask = "What is it?"
choose = ["mode collapse", "something else"]
answer = "mode collapse"
reveal = ["scenario", "rival", "heat"]
explain = "It is."
```

## Pictures {#pictures}
Press play.

```experiment game
data = "digits"
latent_dim = 64
num_updates = 40
batch_size = 16
seed = 1
```
"#;

#[test]
fn a_game_has_something_to_see_at_every_size() {
    for (width, height) in [(1024.0, 768.0), (1280.0, 800.0), (1920.0, 1080.0)] {
        for ground in ["light", "dark"] {
            let size = Vec2::new(width, height);
            let builder = Harness::builder().with_render_cursor(false).wgpu();
            let mut window = Window::of_lesson(SHOW, size, ground, builder);
            let file = |what: &str| format!("game-{width}-{ground}-{what}");
            window.wait("points", |window| window.has_role(Role::Image, "made after update 0"));
            look(&mut window, &file("start"));
            play(&mut window, 600);
            look(&mut window, &file("points"));
            window.click(Role::CheckBox, "bent sheet");
            window.click(Role::CheckBox, "arrows");
            look(&mut window, &file("sheet"));
            window.click(Role::CheckBox, "bent sheet");
            window.click(Role::CheckBox, "arrows");
            window.harness.get_by_role_and_label(Role::Slider, "Timeline").set_value_accesskit(30.0);
            window.harness.run_steps(20);
            for step in [2, 3, 5, 9, 10] {
                let start = format!("Step {step}:");
                let button = window
                    .harness
                    .query_all_by_role(Role::Button)
                    .find(|node| name(node).starts_with(&start))
                    .expect("a button");
                button.click_accesskit();
                for _ in 0..30 {
                    std::thread::sleep(Duration::from_millis(5));
                    window.harness.run_steps(1);
                }
                look(&mut window, &file(&format!("step{step}")));
            }
            window.press(Key::Num0);
            window.click(Role::Tab, "Knobs");
            look(&mut window, &file("knobs"));
            window.click(Role::Tab, "Curves");
            window.click(Role::Tab, "Numbers");
            look(&mut window, &file("numbers"));
            window.click(Role::Tab, "Picture");
            window.click(Role::Tab, "Page 2: Two");
            window.wait("points", |window| window.has_role(Role::Image, "made after update 0"));
            play(&mut window, 240);
            look(&mut window, &file("two"));
            window.click(Role::Tab, "Page 3: Hidden");
            window.wait("points", |window| window.has_role(Role::Image, "made after update 0"));
            look(&mut window, &file("hidden"));
            window.click(Role::Tab, "Page 4: Pictures");
            window.wait("pictures", |window| window.has_role(Role::Image, "pictures made after update 0"));
            play(&mut window, 1);
            look(&mut window, &file("pictures"));
            window.press(Key::X);
            window.harness.run_steps(10);
            look(&mut window, &file("gradient"));
        }
    }
}
