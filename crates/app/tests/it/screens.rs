//! Every screen at the sizes it has to work at: nothing scrolls, and there is something to see.
//!
//! With `NOISEBOOK_SCREENS` set to a folder the pictures are kept there, to be looked at.

use egui::{Key, Role, Vec2};
use egui_kittest::kittest::Queryable;
use noisebook_kernel::protocol::{CURVES, Curves, Diagnostic, Event, Outcome, Place, Step};

use crate::cells::done;
use crate::support::{Window, name};

const SIZES: [(f32, f32); 3] = [(1024.0, 768.0), (1280.0, 800.0), (1920.0, 1080.0)];

/// Renders the window; fails if it is all of one color, or if a control has no name.
pub fn look(window: &mut Window, file: &str) {
    window.harness.check_accessibility();
    let image = window.harness.render().expect("a renderer");
    let first = image.get_pixel(0, 0);
    assert!(image.pixels().any(|pixel| pixel != first), "{file} is empty");
    if let Ok(folder) = std::env::var("NOISEBOOK_SCREENS") {
        image.save(format!("{folder}/{file}.png")).expect("saved");
    }
}

/// Whether the X-ray is on the stage: its line of Rust stands there.
fn shows_xray(window: &Window) -> bool {
    window.harness.query_all_by_label_contains("let x_").next().is_some()
        || window.harness.query_all_by_label_contains("let pred_").next().is_some()
}

/// Goes through a lesson, before and after each prediction; returns where the prose does not fit.
fn pages(window: &mut Window, lesson: &str, tag: &str) -> Vec<String> {
    let mut too_long = Vec::new();
    let mut check = |window: &mut Window, file: &str| {
        look(window, file);
        let overflow = window.harness.state().prose_overflow();
        if overflow > 0.5 {
            too_long.push(format!("{file} by {overflow}"));
        }
    };
    window.open_lesson(lesson);
    for number in 1..=20 {
        window.wait("a picture", |window| {
            let exhibit =
                window.has_role(Role::Image, "picture 1 of") && !window.has_role(Role::Label, "made ready");
            let hidden = window.has_role(Role::Image, "shown when you commit");
            exhibit
                || hidden
                || window.has_role(Role::Image, "made after update")
                || window.has_role(Role::Image, "made by G")
                || window.has_role(Role::Image, "Over each picture")
                || window.has_role(Role::Image, "at t =")
                || window.has_role(Role::Figure, "At t =")
                || window.has_role(Role::Button, "Start the race")
                || window.has_role(Role::Button, "Make the grid")
        });
        window.wait("the film strip", |window| {
            window.has_role(Role::Button, "Moment t =")
                || window.has_role(Role::Button, "picture 1")
                || window.has_role(Role::Button, "Start the race")
                || window.has_role(Role::Button, "Make the grid")
                || window.has_role(Role::Button, "State after")
                || window.has_role(Role::Image, "State after")
                || ["step ", "frame "].iter().any(|name| {
                    window.has_role(Role::Button, name) || window.has_role(Role::Image, name)
                })
                // A gallery in the X-ray has none on a low stage, nor has one that shows no picture yet.
                || window.has_role(Role::Image, "made by G")
                // On a low stage it gives way to the X-ray.
                || shows_xray(window)
        });
        check(window, &format!("{tag}-{number}"));
        if answer(window) {
            window.harness.run_steps(20);
            check(window, &format!("{tag}-{number}-answered"));
        }
        if window.harness.query_by_role_and_label(Role::Button, "Finish").is_some() {
            break;
        }
        window.click(Role::Button, "Next");
    }
    too_long
}

/// Gives some answer to what the page asks; false where it asks nothing.
fn answer(window: &mut Window) -> bool {
    let plot = window.harness.query_all_by_role(Role::Slider).find(|node| name(node).starts_with("Draw "));
    if window.has_role(Role::Label, " sorted") {
        for _ in 0..40 {
            window.press(Key::Num2);
            // The next picture comes from another thread.
            std::thread::sleep(std::time::Duration::from_millis(20));
            window.harness.run_steps(2);
        }
    } else if let Some(plot) = plot {
        plot.focus();
        window.harness.run_steps(2);
        window.press(Key::ArrowUp);
        for _ in 0..49 {
            window.harness.key_press(Key::ArrowRight);
        }
        window.harness.run_steps(2);
        window.press(Key::ArrowDown);
    } else if let Some(field) = window.harness.query_by_role(Role::MultilineTextInput) {
        field.focus();
        window.harness.run_steps(2);
        window.harness.get_by_role(Role::MultilineTextInput).type_text("Some words of one's own.");
    } else if let Some(choice) = window.harness.query_all_by_role(Role::RadioButton).last() {
        // Not by pointer: where the prose scrolls, it would hit what lies over it.
        choice.click_accesskit();
    } else if let Some(slider) = window.harness.query_by_role_and_label(Role::Slider, "Your prediction") {
        slider.increment_accesskit();
    } else {
        return false;
    }
    window.harness.run_steps(3);
    let commit = window
        .harness
        .query_all_by_role(Role::Button)
        .find(|node| name(node).starts_with("Commit") || name(node) == "Keep");
    if let Some(commit) = commit {
        commit.click_accesskit();
    }
    window.harness.run_steps(3);
    true
}

#[test]
fn the_map_has_something_to_see_at_every_size() {
    for (width, height) in SIZES {
        for ground in ["light", "dark"] {
            let mut window = Window::rendered(Vec2::new(width, height), ground);
            window.wait("the picture", |window| window.has_role(Role::Image, "t = 400"));
            look(&mut window, &format!("map-{width}-{ground}"));
        }
    }
}

/// Every page of a lesson at every size, light in large windows and dark in small ones, or the other way round.
#[track_caller]
fn fits_at_every_size(lesson: u8, large_is_light: bool) {
    let mut too_long = Vec::new();
    for (width, height) in SIZES {
        let ground = if (width > 1100.0) == large_is_light { "light" } else { "dark" };
        let mut window = Window::rendered(Vec2::new(width, height), ground);
        too_long.extend(pages(&mut window, &format!("{lesson} ·"), &format!("lesson{lesson}-{width}")));
    }
    assert!(too_long.is_empty(), "the prose scrolls: {too_long:?}");
}

#[test]
fn lesson_1_fits_at_every_size() {
    fits_at_every_size(1, true);
}

#[test]
fn lesson_2_fits_at_every_size() {
    fits_at_every_size(2, false);
}

#[test]
fn lesson_3_fits_at_every_size() {
    fits_at_every_size(3, true);
}

#[test]
fn lesson_4_fits_at_every_size() {
    fits_at_every_size(4, true);
}

#[test]
fn lesson_5_fits_at_every_size() {
    fits_at_every_size(5, false);
}

#[test]
fn lesson_7_fits_at_every_size() {
    fits_at_every_size(7, false);
}

#[test]
fn lesson_8_fits_at_every_size() {
    fits_at_every_size(8, false);
}

#[test]
fn lesson_9_fits_at_every_size() {
    fits_at_every_size(9, false);
}

#[test]
fn lesson_10_fits_at_every_size() {
    fits_at_every_size(10, false);
}

#[test]
fn lesson_12_fits_at_every_size() {
    fits_at_every_size(12, false);
}

#[test]
fn lesson_6_fits_at_every_size() {
    fits_at_every_size(6, true);
}

/// A training after a while, on each of its tabs, and the pads to draw on.
#[test]
fn a_training_has_something_to_see_at_every_size() {
    for (width, height) in SIZES {
        for ground in ["light", "dark"] {
            let file = |what: &str| format!("training-{width}-{ground}-{what}");
            let mut window = Window::rendered(Vec2::new(width, height), ground);
            window.open_lesson("6 ·");
            window.click(Role::Tab, "Page 3: Nudge the weights");
            window.wait("points", |window| window.has_role(Role::Image, "made after update 0"));
            window.press(Key::Space);
            window.wait_for(std::time::Duration::from_secs(240), "some states", |window| {
                let slider = window.harness.get_by_role_and_label(Role::Slider, "Timeline");
                let update =
                    slider.value().and_then(|value| value.trim_start_matches("update ").parse().ok());
                update.is_some_and(|update: usize| update >= 40)
            });
            window.press(Key::Space);
            window.harness.run_steps(30);
            look(&mut window, &file("points"));
            window.click(Role::Tab, "X-ray");
            window.harness.run_steps(20);
            look(&mut window, &file("guess"));
            window.click(Role::Tab, "Numbers");
            look(&mut window, &file("numbers"));
            window.click(Role::Tab, "Picture");
            window.harness.get_by_role_and_label(Role::Slider, "Timeline").set_value_accesskit(5.0);
            window.harness.run_steps(20);
            look(&mut window, &file("earlier"));
            window.click(Role::Button, "Your own points");
            look(&mut window, &file("plane"));
            window.click(Role::Tab, "Page 1: One question, one answer");
            window.click(Role::Tab, "Picture");
            window.wait("pictures", |window| window.has_role(Role::Image, "made after update 0"));
            window.click(Role::Button, "Your own pictures");
            let pad = "Pad to draw on";
            window.harness.get_by_role_and_label(Role::Canvas, pad).click();
            window.harness.run_steps(2);
            for key in [Key::ArrowDown, Key::ArrowRight, Key::ArrowUp] {
                for _ in 0..9 {
                    window.harness.key_press_modifiers(egui::Modifiers::SHIFT, key);
                }
                window.harness.run_steps(9);
            }
            window.click(Role::Button, "Next picture");
            window.harness.get_by_role_and_label(Role::Canvas, pad).click();
            window.harness.run_steps(2);
            look(&mut window, &file("pad"));
        }
    }
}

#[test]
fn lesson_0_fits_at_every_size() {
    fits_at_every_size(0, true);
}

/// The tab of code in lesson 4: fresh, with what a cell showed, and with what the compiler said.
#[test]
fn cells_have_something_to_see_at_every_size() {
    for (width, height) in SIZES {
        for ground in ["light", "dark"] {
            let mut window = Window::rendered(Vec2::new(width, height), ground);
            window.open_lesson("4 ·");
            for _ in 0..4 {
                window.click(Role::Button, "Next");
            }
            crate::cells::open_code(&mut window);
            look(&mut window, &format!("cells-{width}-{ground}-fresh"));
            let run = window
                .harness
                .query_all_by_role(Role::Button)
                .find(|node| name(node).starts_with("Run cell"))
                .expect("a cell");
            run.click_accesskit();
            window.harness.run_steps(3);
            window.kernels.say(Event::Starting {
                step: Step::BuildingTemplate,
                detail: "Compiling candle-core v0.11.1".to_owned(),
            });
            window.harness.run_steps(2);
            look(&mut window, &format!("cells-{width}-{ground}-starting"));
            window.kernels.say(Event::Ready);
            window.harness.run_steps(2);
            let (id, code) = window.kernels.asked_to_run();
            let text = "signal 0.28, noise 0.96\n".to_owned();
            window.kernels.say(Event::Started { id });
            window.kernels.say(Event::Printed { id, text, to_stderr: false });
            window.finish(id, done(&[(CURVES, rates())]));
            look(&mut window, &format!("cells-{width}-{ground}-curves"));
            window.click(Role::Button, "Restart");
            window.kernels.say(Event::Ready);
            window.harness.run_steps(2);
            let _ = window.kernels.asked();
            let run = window
                .harness
                .query_all_by_role(Role::Button)
                .find(|node| name(node).starts_with("Run cell"))
                .expect("a cell");
            run.click_accesskit();
            window.harness.run_steps(3);
            let (id, _) = window.kernels.asked_to_run();
            let at = code.find("let ").expect("a name") + 4;
            window.finish(id, Outcome::Refused { diagnostics: vec![not_found(at..at + 6)] });
            look(&mut window, &format!("cells-{width}-{ground}-refused"));
        }
    }
}

/// A notebook made from a lesson, at its top and where one of its cells ran.
#[test]
fn notebooks_have_something_to_see_at_every_size() {
    let file = crate::support::home().join("notebooks/04-a-thousand-small-steps-to-noise.ipynb");
    for (width, height) in SIZES {
        for ground in ["light", "dark"] {
            let mut window = Window::rendered(Vec2::new(width, height), ground);
            crate::states::drop_file(&mut window, file.clone());
            window.wait("the notebook", |window| window.has_role(Role::Button, "Run all"));
            look(&mut window, &format!("notebook-{width}-{ground}"));
            window.harness.get_by_role_and_label(Role::Button, "Run cell 2").click_accesskit();
            window.harness.run_steps(3);
            window.kernels.say(Event::Ready);
            window.harness.run_steps(3);
            let (id, _) = window.kernels.asked_to_run();
            window.finish(id, done(&[(CURVES, rates())]));
            window.harness.get_by_role_and_label(Role::Button, "Run cell 2").scroll_to_me();
            window.harness.run_steps(30);
            look(&mut window, &format!("notebook-{width}-{ground}-ran"));
        }
    }
}

fn not_found(range: std::ops::Range<usize>) -> Diagnostic {
    Diagnostic {
        message: "cannot find value `schedule` in this scope".to_owned(),
        code: Some("E0425".to_owned()),
        places: vec![Place { range, label: "not found in this scope".to_owned() }],
        help: vec!["consider importing this function: use noisebook::schedule".to_owned()],
    }
}

/// The two rates of a schedule that is linear in decibels, as JSON.
fn rates() -> String {
    let points = |value: fn(f64) -> f64| {
        (0..=100).map(|t| [f64::from(t) * 10.0, value(f64::from(t) / 100.0)]).collect()
    };
    let curves = Curves {
        title: "The rates along t".to_owned(),
        x_label: "t".to_owned(),
        y_label: "rate".to_owned(),
        series: vec![
            ("signal rate".to_owned(), points(|t| (1.0 - t).sqrt())),
            ("noise rate".to_owned(), points(f64::sqrt)),
            ("their sum".to_owned(), points(|t| (1.0 - t).sqrt() + t.sqrt())),
        ],
    };
    serde_json::to_string(&curves).expect("JSON")
}
