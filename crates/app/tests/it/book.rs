//! What belongs to the book and not to one lesson: presenting, search, undo, pupils, words that explain themselves.

use std::sync::Mutex;

use egui::{Event, Key, Modifiers, Role, Vec2};
use egui_kittest::kittest::{NodeT, Queryable};

use crate::support::{Window, Written};

fn lesson_4() -> Window {
    let mut window = Window::open();
    window.open_lesson("4 ·");
    window.wait("the picture", |window| window.has_role(Role::Image, "now at t = 0"));
    window
}

#[test]
fn presenting_shows_the_line_counts_hands_and_reveals() {
    let mut window = lesson_4();
    window.press(Key::F5);
    assert!(window.has_role(Role::Heading, "A thousand small steps. When do you lose the fish?"));
    assert!(!window.has_role(Role::Button, "Present"), "the header makes room");
    let page = |window: &mut Window, number: usize| {
        for _ in 1..number {
            window.press(Key::PageDown);
        }
    };
    page(&mut window, 2);
    assert!(window.has_role(Role::Heading, "One step: a little fainter"));
    window.press(Key::Q);
    assert!(window.has_role(Role::Heading, "Why make the picture fainter at all?"));
    window.press(Key::Num2);
    window.press(Key::Num2);
    window.press(Key::Num1);
    assert!(window.has_role(Role::Meter, "2. So that the numbers do not grow and grow: 2 hands"));
    window.click(Role::Button, "One hand fewer for So that the numbers do not grow and grow");
    assert!(window.has_role(Role::Meter, "2. So that the numbers do not grow and grow: 1 hand"));
    // With Shift a number key types another sign, and takes a hand back.
    let shifted = Event::Key {
        key: Key::Exclamationmark,
        physical_key: Some(Key::Num1),
        pressed: true,
        repeat: false,
        modifiers: Modifiers::SHIFT,
    };
    window.harness.event_modifiers(shifted, Modifiers::SHIFT);
    window.harness.run_steps(3);
    assert!(window.has_role(Role::Meter, "1. So that all colors get as much noise: 0 hands"));
    assert!(!window.has_role(Role::Label, "Without fading"));
    window.press(Key::R);
    assert!(window.has_role(Role::Label, "Without fading"));
    window.press(Key::Q);
    assert!(window.has_role(Role::Slider, "Timeline"), "after the last question the stage again");
    window.press(Key::Escape);
    assert!(window.has_role(Role::Button, "Present"));
}

#[test]
fn revealing_to_a_class_shows_what_was_hidden() {
    let mut window = lesson_4();
    window.press(Key::PageDown);
    window.press(Key::PageDown);
    window.click(Role::Tab, "Numbers");
    window.wait("the hidden curve", |window| window.has_role(Role::Image, "the rates"));
    window.press(Key::F5);
    window.press(Key::R);
    window.wait("the rates", |window| window.has_role(Role::Figure, "the signal rate is 1.00"));
}

#[test]
fn the_screen_goes_black_and_the_notes_open() {
    let mut window = lesson_4();
    window.press(Key::F5);
    window.press(Key::B);
    assert!(window.has_role(Role::Button, "The screen is dark"));
    window.press(Key::B);
    assert!(!window.has_role(Role::Button, "The screen is dark"));
    window.press(Key::N);
    assert!(window.has_role(Role::Label, "page 1 of"), "{:#?}", window.names());
    assert!(window.has_role(Role::Label, "Let the class call"));
    window.press(Key::N);
    assert!(!window.has_role(Role::Label, "Let the class call"));
}

#[test]
fn search_finds_lessons_pages_words_and_settings() {
    let mut window = Window::open();
    let type_text = |window: &mut Window, text: &str| {
        let field = window.harness.get_by_role_and_label(Role::SearchInput, "Search");
        field.type_text(text);
        window.harness.run_steps(3);
    };
    window.click(Role::Button, "Search");
    type_text(&mut window, "signal to");
    assert!(window.has_role(Role::ListBoxOption, "Signal to noise: 4 ·"), "{:#?}", window.names());
    window.press(Key::Escape);
    window.click(Role::Button, "Search");
    type_text(&mut window, "guidance");
    assert!(window.has_role(Role::ListBoxOption, "guidance: Asking the network"), "a word explains itself");
    assert!(window.has_role(Role::ListBoxOption, "guidance: How strongly the label guides"), "a setting");
    window.press(Key::Escape);
    window.click(Role::Button, "Search");
    type_text(&mut window, "no such thing at all");
    assert!(window.has_role(Role::Label, "Nothing here is called that"));
    window.press(Key::Escape);
    window.click(Role::Button, "Search");
    type_text(&mut window, "walk or jump");
    window.press(Key::Enter);
    window.wait("the page", |window| window.has_role(Role::Heading, "Walk or jump?"));
}

#[test]
fn search_in_the_open_lesson_keeps_what_was_begun() {
    let mut window = lesson_4();
    let chosen = "So that all colors get as much noise";
    let is_chosen = |window: &Window| {
        let option = window.harness.get_by_role_and_label(Role::RadioButton, chosen);
        option.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True)
    };
    window.press(Key::PageDown);
    window.click(Role::RadioButton, chosen);
    assert!(is_chosen(&window));
    window.harness.event(Event::Text("/".to_owned()));
    window.harness.run_steps(4);
    window.harness.get_by_role_and_label(Role::SearchInput, "Search").type_text("signal to noise");
    window.harness.run_steps(3);
    window.press(Key::Enter);
    window.wait("the page", |window| window.has_role(Role::Heading, "Signal to noise"));
    window.click(Role::Tab, "Page 2: One step");
    assert!(is_chosen(&window), "an answer that is not committed yet is still there");
}

#[test]
fn the_keys_of_zooming_leave_the_size_that_was_chosen() {
    let mut window = lesson_4();
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Plus);
    window.harness.run_steps(3);
    assert_eq!(window.harness.ctx.zoom_factor(), 1.0);
}

#[test]
fn settings_are_undone_and_done_again() {
    let mut window = lesson_4();
    let chosen = |window: &Window| {
        let schedule = window.harness.get_by_role_and_label(Role::ComboBox, "schedule");
        schedule.value().unwrap_or_default()
    };
    assert_eq!(chosen(&window), "linear");
    window.click(Role::ComboBox, "schedule");
    window.click(Role::MenuItemRadio, "cosine");
    assert_eq!(chosen(&window), "cosine");
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.harness.run_steps(3);
    assert_eq!(chosen(&window), "linear");
    window.harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    window.harness.run_steps(3);
    assert_eq!(chosen(&window), "cosine");
}

#[test]
fn a_lesson_is_reset_in_one_key_and_that_can_be_undone() {
    let mut window = lesson_4();
    window.press(Key::PageDown);
    window.click(Role::RadioButton, "So that all colors get as much noise");
    window.click(Role::Button, "Commit");
    assert!(window.has_role(Role::Label, "You said"));
    window.press(Key::F8);
    assert!(window.has_role(Role::Alert, "The lesson is as new"));
    assert!(window.has_role(Role::Label, "page 1 of"));
    window.press(Key::PageDown);
    assert!(!window.has_role(Role::Label, "You said"));
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.harness.run_steps(3);
    assert!(window.has_role(Role::Label, "You said"), "{:#?}", window.names());
}

#[test]
fn pupils_have_their_own_progress() {
    let mut window = lesson_4();
    window.press(Key::Escape);
    assert!(window.has_role(Role::Button, "4 · A thousand small steps to noise, page 1"));
    window.click(Role::Button, "Learning here: Me");
    let field = window.harness.get_by_role_and_label(Role::TextInput, "Add a pupil");
    field.focus();
    window.harness.run_steps(1);
    window.harness.get_by_role_and_label(Role::TextInput, "Add a pupil").type_text("Ada");
    window.harness.run_steps(2);
    window.click(Role::Button, "Add a pupil");
    assert!(window.has_role(Role::Button, "Learning here: Ada"), "{:#?}", window.names());
    assert!(!window.has_role(Role::Button, "4 · A thousand small steps to noise, page 1"));
    window.click(Role::Button, "Learning here: Ada");
    window.click(Role::MenuItemRadio, "Me");
    assert!(window.has_role(Role::Button, "4 · A thousand small steps to noise, page 1"));
}

#[test]
fn words_of_the_glossary_explain_themselves() {
    let mut window = lesson_4();
    let term = window.harness.get_all_by_role(Role::Term).next().expect("a marked word");
    let said = term.accesskit_node().label().unwrap_or_default();
    assert!(said.contains(": ") && said.ends_with('.'), "{said}");
    term.focus();
    window.harness.run_steps(3);
    let meaning = said.split_once(": ").expect("a meaning").1.to_owned();
    assert!(window.has_role(Role::Label, &meaning), "{:#?}", window.names());
}

#[test]
fn a_narrow_window_shows_prose_or_stage() {
    let mut window = Window::with(Vec2::new(640.0, 480.0), "light", egui_kittest::Harness::builder());
    window.open_lesson("4 ·");
    assert!(window.has_role(Role::Heading, "Watch it disappear"));
    assert!(!window.has_role(Role::Slider, "Timeline"));
    window.click(Role::Tab, "Stage");
    assert!(window.has_role(Role::Slider, "Timeline"));
    assert!(!window.has_role(Role::Heading, "Watch it disappear"));
}

#[test]
fn a_lesson_is_read_again_while_it_is_written() {
    let page = |title: &str| format!("# Tiny\n\n## {title} {{#first}}\nWords.\n");
    let lesson = Written::new(Mutex::new(page("Before")));
    let builder = egui_kittest::Harness::builder();
    let mut window = Window::of_written(lesson.clone(), Vec2::new(1280.0, 800.0), "light", builder);
    assert!(window.has_role(Role::Heading, "Before"));
    let write = |text: String| *lesson.lock().expect("no panic elsewhere") = text;
    write(page("After"));
    window.wait("what was written", |window| window.has_role(Role::Heading, "After"));
    write("# Tiny\n\n## No id\nWords.\n".to_owned());
    window.wait("file and line", |window| window.has_role(Role::Alert, "lessons/00-tiny/lesson.md:3:"));
    assert!(window.has_role(Role::Heading, "After"), "what could be read last still stands");
}

#[test]
fn what_is_broken_on_purpose_unfolds_to_what_is_wrong() {
    let mut window = lesson_4();
    window.click(Role::Tab, "Page 4: Draw the fall");
    window.click(Role::Button, "Something to do: find the fault");
    assert!(window.has_role(Role::Code, "alphas_cumprod()[t] as f32"));
    assert!(!window.has_role(Role::Code, "alphas_cumprod()[t - 1] as f32"));
    window.click(Role::Button, "Show the solution");
    assert!(window.has_role(Role::Code, "alphas_cumprod()[t - 1] as f32"));
}
