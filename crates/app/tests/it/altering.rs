//! A picture is altered on the stage: how much of it, where alone, and into what.

use std::sync::Mutex;

use egui::{Modifiers, PointerButton, Pos2, Role, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable};

use crate::screens::look;
use crate::support::{Window, Written};

const LESSON: &str = r#"
# Altering

## A turtle, redrawn {#turtle}
It is noised, and led back.

```experiment denoising
model = "ddpm-emoji"
sampler = "ddim"
num_inference_steps = 10
label = "openmoji animal"
cfg_scale = 2.0
source = "emoji/noto/turtle"
strength = 0.5
start = 500
```

```present
Altered
```
"#;

fn altering(builder: egui_kittest::HarnessBuilder<noisebook_app::NoisebookApp>) -> Window {
    let mut window = Window::of_lesson(LESSON, Vec2::new(1280.0, 800.0), "light", builder);
    window.wait("its noise", |window| window.has_role(Role::Image, "now at t = 500"));
    window
}

#[test]
fn it_enters_in_the_middle_of_the_way() {
    let mut window = altering(Harness::builder());
    assert_eq!(window.t(), 500);
    window.press(egui::Key::Space);
    window.wait("the end", |window| window.t() == 0);
    window.wait("the picture", |window| window.has_role(Role::Image, "the picture at t = 0"));
    assert!(window.has_role(Role::Image, "the source"), "the source stays beside what came of it");
}

#[test]
fn of_strength_nothing_there_are_numbers_too() {
    let lesson = LESSON.replace("strength = 0.5\nstart = 500", "strength = 0.0\nstart = 0");
    let mut window = Window::of_written(
        Written::new(Mutex::new(lesson)),
        Vec2::new(1280.0, 800.0),
        "light",
        Harness::builder(),
    );
    window.wait("the source", |window| window.has_role(Role::Image, "the source"));
    window.click(Role::Tab, "Numbers");
    window.wait("the rates", |window| window.has_role(Role::Figure, "the signal rate is 1.00"));
}

#[test]
fn a_brush_says_where_it_may_change() {
    let mut window = altering(Harness::builder());
    let mask = |window: &Window| {
        let mask = window.harness.get_by_role_and_label(Role::ComboBox, "mask");
        mask.accesskit_node().value().unwrap_or_default()
    };
    assert_eq!(mask(&window), "everywhere");
    let source = window.harness.get_by_role_and_label(Role::Image, "the source").rect();
    let drag = |window: &mut Window, [from, to]: [Pos2; 2]| {
        for (pos, pressed) in [(from, true), (to, true), (to, false)] {
            window.harness.event(egui::Event::PointerMoved(pos));
            let button = PointerButton::Primary;
            window.harness.event(egui::Event::PointerButton {
                pos,
                button,
                pressed,
                modifiers: Modifiers::NONE,
            });
            window.harness.run_steps(2);
        }
    };
    let center = source.center();
    drag(&mut window, [center - vec2(20.0, 0.0), center + vec2(20.0, 0.0)]);
    assert_eq!(mask(&window), "painted");
    window.wait("the masked run", |window| window.has_role(Role::Image, "now at t = 500"));
    window.press(egui::Key::Space);
    window.wait("the end", |window| window.t() == 0);
}

#[test]
fn altering_has_something_to_see() {
    let mut window = altering(Harness::builder().with_render_cursor(false).wgpu());
    window.click(Role::ComboBox, "mask");
    window.click(Role::MenuItemRadio, "right half");
    window.wait("the masked run", |window| window.has_role(Role::Image, "now at t = 500"));
    window.press(egui::Key::Space);
    window.wait("the picture", |window| window.has_role(Role::Image, "the picture at t = 0"));
    look(&mut window, "altering");
}
