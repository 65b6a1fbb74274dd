//! Broken on purpose: a cause is named before it is shown, and then stands beside the healthy run.

use egui::{Role, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crate::screens::look;
use crate::support::Window;

const LESSON: &str = r#"# L
## One {#one}
What is broken?

```experiment denoising
num_inference_steps = 5
cfg_scale = 5.0
fault = "D"
hidden = ["fault", "healthy"]
```

```predict
ask = "What is it?"
choose = ["one jump", "no clamp"]
answer = "one jump"
reveal = ["fault", "healthy"]
explain = "It jumps."
```

## Several {#several}
Which is which?

```experiment denoising
num_inference_steps = 5
fault = "A"
hidden = ["fault", "healthy"]
```

```predict
ask = "Bring the causes into the order of the letters."
order = ["no time", "wrong alpha bar", "no clamp", "one jump"]
reveal = ["fault", "healthy"]
explain = "So."
```
"#;

fn window(builder: egui_kittest::HarnessBuilder<noisebook_app::NoisebookApp>) -> Window {
    Window::of_lesson(LESSON, Vec2::new(1280.0, 800.0), "light", builder)
}

fn to_the_end(window: &mut Window) {
    window.wait("the noise", |window| window.has_role(Role::Image, "now at t = 1000"));
    window.click(Role::Button, "To the end");
    window.wait("the end", |window| window.t() == 0 && window.has_role(Role::Image, "now at t = 0"));
}

#[test]
fn a_cause_is_named_before_it_is_shown() {
    let mut window = window(Harness::builder());
    to_the_end(&mut window);
    assert!(!window.has_role(Role::ComboBox, "fault"), "the cause can be read off");
    assert!(!window.has_role(Role::Image, "without the fault"));
    assert!(!window.has_role(Role::Image, "one jump"));
    assert!(window.harness.query_by_role_and_label(Role::Button, "Export").is_none(), "a door is open");
    window.click(Role::RadioButton, "no clamp");
    window.click(Role::Button, "Commit");
    assert!(window.has_role(Role::Label, "It is: one jump"));
    window.wait("the healthy run", |window| window.has_role(Role::Image, "without the fault at t = 0"));
    assert!(window.has_role(Role::Image, "now at t = 0: one jump"), "{:#?}", window.names());
    assert!(window.has_role(Role::ComboBox, "fault"), "now it can be changed");
}

#[test]
fn several_faults_are_a_click_each_and_only_letters() {
    let mut window = window(Harness::builder());
    window.click(Role::Tab, "Page 2: Several");
    window.wait("the noise", |window| window.has_role(Role::Image, "now at t = 1000"));
    for (letter, is_asked) in [("A", true), ("B", true), ("C", true), ("D", true), ("E", false)] {
        assert_eq!(window.has_role(Role::RadioButton, &format!("Fault {letter}")), is_asked, "{letter}");
    }
    window.click(Role::RadioButton, "Fault D");
    to_the_end(&mut window);
    assert!(!window.has_role(Role::Image, "one jump"));
    window.click(Role::Button, "Commit");
    window.wait("the cause", |window| window.has_role(Role::Image, "now at t = 0: one jump"));
}

#[test]
fn faults_have_something_to_see() {
    for page in 1..=2 {
        let mut window = window(Harness::builder().with_render_cursor(false).wgpu());
        if page == 2 {
            window.click(Role::Tab, "Page 2: Several");
        }
        to_the_end(&mut window);
        look(&mut window, &format!("fault-{page}"));
        if page == 1 {
            window.click(Role::RadioButton, "one jump");
        }
        window.click(Role::Button, "Commit");
        window.wait("the cause", |window| window.has_role(Role::Image, "without the fault at t = 0"));
        look(&mut window, &format!("fault-{page}-known"));
    }
}
