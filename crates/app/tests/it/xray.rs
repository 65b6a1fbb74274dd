//! The X-ray: every picture of a step, its formula in numbers, and one pixel on its way.

use egui::{Key, Role, Vec2};
use egui_kittest::kittest::Queryable;

use crate::screens::look;
use crate::support::{Window, name};

/// Lesson 7's first page, its X-ray at t = 960 of the fifty strides.
fn open(mut window: Window) -> Window {
    window.open_lesson("7 ·");
    window.wait("noise", |window| window.has_role(Role::Image, "now at t = 1000"));
    window.press(Key::X);
    for t in [980, 960] {
        window.press(Key::Period);
        window.wait("a step", |window| window.has_role(Role::Image, &format!("now at t = {t}")));
    }
    window
}

/// What the formula's card says.
fn formula(window: &Window) -> String {
    let mut cards = window.harness.query_all_by_role(Role::Math).map(|node| name(&node));
    cards.find(|text| text.contains("in numbers")).unwrap_or_default()
}

fn pixel(window: &Window) -> String {
    let mut figures = window.harness.query_all_by_role(Role::Figure).map(|node| name(&node));
    figures.find(|text| text.contains("ixel")).unwrap_or_default()
}

#[test]
fn a_step_is_told_in_pictures_and_numbers() {
    let mut window = open(Window::open());
    for picture in ["now", "guessed noise", "guessed picture", "guessed velocity", "next"] {
        assert!(window.has_role(Role::Image, &format!("{picture} at t = 960")), "no {picture}");
    }
    // DDIM without eta adds no noise, and there is no empty place for it.
    assert!(!window.has_role(Role::Image, "fresh noise"));
    let says = formula(&window);
    assert!(says.contains("From t = 960 to 940") && says.contains("0 fresh noise"), "{says}");
    window.click(Role::ComboBox, "sampler");
    window.click(Role::MenuItemRadio, "DDPM");
    window.wait("the fresh noise", |window| window.has_role(Role::Image, "fresh noise at t = 1000"));
    let says = formula(&window);
    assert!(says.contains("From t = 1000 to 980") && !says.contains(" 0 fresh noise"), "{says}");
    // Where the picture is finished there is no step.
    window.press(Key::End);
    window.wait("the end", |window| window.has_role(Role::Label, "Here no step is taken"));
    assert_eq!(formula(&window), "");
}

#[test]
fn a_pixel_is_followed_by_pointer_and_by_keyboard() {
    let mut window = open(Window::open());
    assert!(pixel(&window).starts_with("Point at a pixel"), "{}", pixel(&window));
    let now = window
        .harness
        .query_all_by_role(Role::Image)
        .find(|node| name(node).starts_with("now at"))
        .expect("x_t");
    let rect = now.rect();
    // The tenth row of 32, the third column.
    let at = rect.min + Vec2::new(2.5, 9.5) * rect.width() / 32.0;
    window.harness.hover_at(at);
    window.harness.run_steps(3);
    window.wait("its numbers", |window| pixel(window).contains("now "));
    let says = pixel(&window);
    assert!(says.starts_with("Pixel in row 10, column 3, at t = 960: now "), "{says}");
    for value in ["guessed noise", "guessed picture", "guessed velocity"] {
        assert!(says.contains(value), "{says}");
    }
    let figure =
        window.harness.query_all_by_role(Role::Figure).find(|node| name(node).contains("ixel")).expect("it");
    figure.focus();
    window.harness.run_steps(2);
    window.press(Key::ArrowRight);
    window.press(Key::ArrowDown);
    window.wait("the next pixel", |window| {
        pixel(window).starts_with("Pixel in row 11, column 4, at t = 960: now")
    });
    window.press(Key::Comma);
    window.wait("another t", |window| pixel(window).contains("at t = 980: now"));
}

/// Puts the pointer on the middle of `x_t`.
#[track_caller]
fn hover_now(window: &mut Window) {
    let now = window
        .harness
        .query_all_by_role(Role::Image)
        .find(|node| name(node).starts_with("now at"))
        .expect("x_t");
    let at = now.rect().center();
    window.harness.hover_at(at);
    window.harness.run_steps(3);
}

#[test]
fn what_is_asked_for_is_not_told_by_the_numbers() {
    let mut window = Window::open();
    window.open_lesson("7 ·");
    window.click(Role::Tab, "Page 2: What the network sees");
    window.wait("t = 500", |window| window.has_role(Role::Image, "now at t = 500"));
    assert!(window.has_role(Role::Label, "The formula of this step is shown when you commit."));
    assert!(!window.has_role(Role::Image, "guessed velocity at"));
    hover_now(&mut window);
    window.wait("its number", |window| pixel(window).contains("now "));
    assert!(!pixel(&window).contains("guessed"), "{}", pixel(&window));
    window.click(Role::RadioButton, "The noise that it believes is in there");
    window.click(Role::Button, "Commit");
    window.wait("the rest", |window| pixel(window).contains("guessed velocity"));
    assert!(formula(&window).contains("From t = 500 to 480"), "{}", formula(&window));
}

#[test]
fn the_xray_has_something_to_see_at_every_size() {
    for (width, height) in [(1024.0, 768.0), (1280.0, 800.0)] {
        for ground in ["light", "dark"] {
            let mut window = Window::rendered(Vec2::new(width, height), ground);
            window.open_lesson("7 ·");
            window.wait("noise", |window| window.has_role(Role::Image, "now at t = 1000"));
            window.press(Key::X);
            look(&mut window, &format!("xray-{width}-{ground}-start"));
            window.click(Role::ComboBox, "sampler");
            window.click(Role::MenuItemRadio, "DDPM");
            window.wait("the fresh noise", |window| window.has_role(Role::Image, "fresh noise at t = 1000"));
            for t in (300..1000).step_by(20).map(|t| 1280 - t) {
                window.press(Key::Period);
                window.wait("a step", |window| window.has_role(Role::Image, &format!("now at t = {t}")));
            }
            hover_now(&mut window);
            window.wait("its numbers", |window| pixel(window).contains("guessed"));
            look(&mut window, &format!("xray-{width}-{ground}-pixel"));
        }
    }
}
