//! Lesson 5: two schedules side by side, one of them dragged by pointer and by keyboard.

use egui::{Key, Modifiers, Pos2, Rect, Role, vec2};
use egui_kittest::kittest::Queryable;

use crate::support::Window;

/// Lesson 5 at its second page, where B is drawn.
fn page_2() -> Window {
    let mut window = Window::open();
    window.open_lesson("5 ·");
    window.wait("both pictures", |window| window.has_role(Role::Image, "B, cosine, at t = 500"));
    window.click(Role::Tab, "Page 2: Draw your own");
    window.wait("the drawn one", |window| window.has_role(Role::Image, "B, drawn, at t = 400: signal 0.809"));
    window
}

/// Where a point of B is, in words.
#[track_caller]
fn point(window: &Window, number: usize) -> String {
    let name = format!("Point {number} of B");
    window.harness.get_by_role_and_label(Role::Slider, &name).value().expect("a value")
}

#[track_caller]
fn place(window: &Window, number: usize) -> Rect {
    window.harness.get_by_role_and_label(Role::Slider, &format!("Point {number} of B")).rect()
}

fn drag(window: &mut Window, from: Pos2, to: Pos2) {
    window.harness.drag_at(from);
    window.harness.run_steps(2);
    for nth in 1..=5 {
        window.harness.hover_at(from + (to - from) * (nth as f32 / 5.0));
        window.harness.run_steps(1);
        std::thread::sleep(std::time::Duration::from_millis(20));
        window.harness.run_steps(1);
    }
    window.harness.drop_at(to);
    window.harness.run_steps(3);
}

fn undo(window: &mut Window) {
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.harness.run_steps(3);
}

#[test]
fn a_point_is_dragged_and_one_undo_brings_it_back() {
    let mut window = page_2();
    assert_eq!(point(&window, 2), "t = 400, signal rate 0.809");
    let from = place(&window, 2).center();
    drag(&mut window, from, from + vec2(0.0, 60.0));
    let after = point(&window, 2);
    assert_ne!(after, "t = 400, signal rate 0.809");
    window.wait("the new picture", |window| !window.has_role(Role::Image, "at t = 400: signal 0.809"));
    let rate = after.rsplit(' ').next().expect("a number").to_owned();
    window.wait("its numbers", |window| window.has_role(Role::Image, &format!("t = 400: signal {rate}")));
    // β before the point is larger than it was: the plot says so.
    assert!(window.has_role(Role::Figure, "noise β of a step along t"));
    undo(&mut window);
    assert_eq!(point(&window, 2), "t = 400, signal rate 0.809");
    window.wait("the picture as it was", |window| window.has_role(Role::Image, "t = 400: signal 0.809"));
}

#[test]
fn no_drag_makes_the_curve_rise() {
    let mut window = page_2();
    let (from, above) = (place(&window, 2).center(), place(&window, 1).center());
    drag(&mut window, from, above - vec2(200.0, 200.0));
    assert_eq!(point(&window, 1), "t = 200, signal rate 0.951");
    assert_eq!(point(&window, 2), "t = 210, signal rate 0.941");
    let from = place(&window, 5).center();
    drag(&mut window, from, from + vec2(-300.0, 90.0));
    assert_eq!(point(&window, 5), "t = 1000, signal rate 0.000");
}

#[test]
fn arrows_home_and_end_move_the_point_that_has_the_focus() {
    let mut window = page_2();
    window.harness.get_by_role_and_label(Role::Slider, "Point 3 of B").focus();
    window.harness.run_steps(2);
    let mut check = |key: Key, expected: &str| {
        window.press(key);
        assert_eq!(point(&window, 3), expected, "after {key:?}");
    };
    check(Key::ArrowDown, "t = 600, signal rate 0.578");
    check(Key::ArrowRight, "t = 610, signal rate 0.578");
    check(Key::ArrowLeft, "t = 600, signal rate 0.578");
    check(Key::ArrowUp, "t = 600, signal rate 0.588");
    check(Key::Home, "t = 600, signal rate 0.799");
    check(Key::End, "t = 600, signal rate 0.319");
    // The page has not been turned by the arrows.
    assert!(window.has_role(Role::Heading, "Draw your own"));
    undo(&mut window);
    assert_eq!(point(&window, 3), "t = 600, signal rate 0.799");
    window.press(Key::Tab);
    window.press(Key::Delete);
    assert_eq!(point(&window, 4), "t = 1000, signal rate 0.010");
    undo(&mut window);
    assert_eq!(point(&window, 4), "t = 800, signal rate 0.309");
}

#[test]
fn points_are_added_and_a_named_schedule_is_made_draggable() {
    let mut window = page_2();
    window.click(Role::Button, "Add a point to B");
    assert_eq!(point(&window, 6), "t = 1000, signal rate 0.010");
    window.click(Role::ComboBox, "schedule B");
    window.click(Role::MenuItemRadio, "sigmoid");
    window.wait("its curve", |window| window.has_role(Role::Figure, "B from 1.000 to 0.006"));
    window.click(Role::Button, "Drag B");
    window.wait("its points", |window| window.has_role(Role::Slider, "Point 6 of B"));
    assert!(window.has_role(Role::Image, "B, drawn, at t = 400"));
    assert_eq!(point(&window, 6), "t = 1000, signal rate 0.006");
}

#[test]
fn what_a_prediction_asks_for_is_hidden_until_it_is_committed() {
    let mut window = Window::open();
    window.open_lesson("5 ·");
    window.wait("both pictures", |window| window.has_role(Role::Image, "B, cosine, at t = 500"));
    assert!(window.has_role(Role::Image, "signal to noise, dB shown when you commit"));
    assert!(!window.has_role(Role::Figure, "signal to noise, dB along t"));
    window.click(Role::Tab, "Numbers");
    assert!(window.has_role(Role::Label, "A hidden, B hidden"));
    window.harness.get_by_role_and_label(Role::Slider, "Your prediction").set_value_accesskit(480.0);
    window.harness.run_steps(2);
    window.harness.get_by_role_and_label(Role::Button, "Commit").click_accesskit();
    window.harness.run_steps(3);
    window.wait("the outcome", |window| window.has_role(Role::Label, "It is: 392"));
    assert!(window.has_role(Role::Figure, "signal to noise, dB along t. At t = 500: A −10.7 dB, B −0.1 dB"));
    assert!(window.has_role(Role::Label, "in decibels: A −10.7 dB, B −0.1 dB"));
}

#[test]
fn both_strips_lead_through_the_timeline() {
    let mut window = page_2();
    window.wait("the strips", |window| window.has_role(Role::Button, "Moment t = 1000"));
    window.click(Role::Button, "Moment t = 1000");
    assert_eq!(window.t(), 1000);
    window.wait("the end", |window| window.has_role(Role::Image, "B, drawn, at t = 1000: signal 0.010"));
}
