//! Nothing is clipped and nothing lies over anything else: measured on every page of every lesson, on the places of all that has a name.

use egui::{Key, Rect, Role, Vec2, vec2};
use egui_kittest::kittest::{NodeT, Queryable};

use crate::support::{Window, name};

/// The lessons that are written, as their cards begin.
const LESSONS: [&str; 12] =
    ["0 ·", "1 ·", "2 ·", "3 ·", "4 ·", "5 ·", "6 ·", "7 ·", "8 ·", "9 ·", "10 ·", "12 ·"];

/// What stands by itself: these neither leave the window nor overlap.
const SOLID: [Role; 14] = [
    Role::Button,
    Role::Label,
    Role::Heading,
    Role::Slider,
    Role::Image,
    Role::Figure,
    Role::Meter,
    Role::Tab,
    Role::ComboBox,
    Role::RadioButton,
    Role::Code,
    Role::Math,
    Role::Alert,
    Role::TextInput,
];

/// What stands by itself, and where.
fn solid(window: &Window) -> Vec<(String, Rect)> {
    let nodes = window.harness.root().children_recursive();
    nodes
        .filter(|node| SOLID.contains(&node.accesskit_node().role()))
        .map(|node| (name(&node), node.rect()))
        .filter(|(_, rect)| rect.is_positive())
        .collect()
}

/// Where something leaves the window or lies over something else, in words.
pub fn misplaced(window: &Window, size: Vec2) -> Vec<String> {
    misplaced_among(&solid(window), size)
}

fn misplaced_among(solid: &[(String, Rect)], size: Vec2) -> Vec<String> {
    let screen = Rect::from_min_size(egui::Pos2::ZERO, size).expand(1.5);
    let mut found = Vec::new();
    for (idx, (name, rect)) in solid.iter().enumerate() {
        if !screen.contains_rect(*rect) {
            found.push(format!("`{name}` leaves the window: {rect:?}"));
        }
        for (other_name, other) in &solid[idx + 1..] {
            let shared = rect.intersect(*other);
            // A key's name inside its button is no overlap.
            let nested = rect.expand(2.0).contains_rect(*other) || other.expand(2.0).contains_rect(*rect);
            if shared.width() > 3.0 && shared.height() > 3.0 && !nested {
                found.push(format!("`{name}` and `{other_name}` overlap: {shared:?}"));
            }
        }
    }
    found
}

/// Presents every page of every lesson, and every question before and after it is revealed.
///
/// `size` is the window's, in points at scale 1; presenting begins at 1.6.
fn check_presenting(size: Vec2, pupil: &str) {
    let points = size / 1.6;
    let mut found = Vec::new();
    for lesson in LESSONS {
        let mut window = Window::with_preferences(size, pupil, egui_kittest::Harness::builder());
        window.open_lesson(lesson);
        window.press(Key::F5);
        for number in 1..=20 {
            let is_there = |window: &Window| {
                window.has_role(Role::Slider, "")
                    || window.has_role(Role::Button, "Start the race")
                    || window.has_role(Role::Button, "Make the grid")
            };
            window.wait("the stage", is_there);
            let mut look =
                |window: &Window, what: &str| {
                    found.extend(misplaced(window, points).into_iter().map(|what_is_wrong| {
                        format!("lesson {lesson} page {number}, {what}: {what_is_wrong}")
                    }));
                };
            look(&window, "stage");
            for question in 1.. {
                window.press(Key::Q);
                if window.harness.query_by_role_and_label(Role::Button, "Play").is_some()
                    || window.harness.query_by_role_and_label(Role::Button, "Start the race").is_some()
                    || window.harness.query_by_role_and_label(Role::Button, "Make the grid").is_some()
                    || window.harness.query_all_by_role(Role::Slider).next().is_some()
                {
                    break;
                }
                look(&window, &format!("question {question}"));
                window.press(Key::R);
                look(&window, &format!("question {question} revealed"));
            }
            let page = |window: &Window| {
                window
                    .harness
                    .query_all_by_role(Role::Label)
                    .map(|node| name(&node))
                    .find(|name| name.contains(" / "))
            };
            let before = page(&window);
            window.press(Key::PageDown);
            if page(&window) == before {
                break;
            }
        }
    }
    assert!(found.is_empty(), "{} places: {:#?}", found.len(), &found[..found.len().min(20)]);
}

const ENGLISH: &str = r#"{"format": 1, "preferences": {"ground": "light", "reduced_motion": true}}"#;
const PSEUDO: &str =
    r#"{"format": 1, "preferences": {"ground": "light", "reduced_motion": true, "language": "en-XA"}}"#;

#[test]
fn presenting_fits_1024_by_768() {
    check_presenting(vec2(1024.0, 768.0), ENGLISH);
}

#[test]
fn presenting_fits_1280_by_720() {
    check_presenting(vec2(1280.0, 720.0), ENGLISH);
}

#[test]
fn presenting_fits_1920_by_1080() {
    check_presenting(vec2(1920.0, 1080.0), ENGLISH);
}

#[test]
fn presenting_fits_3840_by_2160() {
    check_presenting(vec2(3840.0, 2160.0), ENGLISH);
}

/// Reads every page of every lesson in a window of `points`.
fn check_reading(points: Vec2, pupil: &str) {
    let mut found = Vec::new();
    for lesson in LESSONS {
        let mut window = Window::with_preferences(points, pupil, egui_kittest::Harness::builder());
        window.open_lesson(lesson);
        for number in 1..=20 {
            window.harness.run_steps(4);
            let overflow = window.harness.state().prose_overflow();
            if overflow > 0.5 {
                found.push(format!("lesson {lesson} page {number}: the prose scrolls by {overflow}"));
            }
            let wrong = misplaced(&window, points).into_iter();
            found.extend(wrong.map(|what| format!("lesson {lesson} page {number}: {what}")));
            let before = window.harness.state().page().map(str::to_owned);
            window.press(Key::PageDown);
            if window.harness.state().page() == before.as_deref() || window.harness.state().page().is_none() {
                break;
            }
        }
    }
    assert!(found.is_empty(), "{} places: {:#?}", found.len(), &found[..found.len().min(20)]);
}

#[test]
fn reading_fits_1280_by_720() {
    check_reading(vec2(1280.0, 720.0), ENGLISH);
}

#[test]
fn words_two_fifths_longer_break_no_page() {
    check_reading(vec2(1280.0, 800.0), PSEUDO);
    check_reading(vec2(1920.0, 1080.0), PSEUDO);
}

/// The code of every page of every lesson in a window of `points`: neither the tabs nor the cells lie over anything, nor leave the window.
fn check_code(points: Vec2, pupil: &str) {
    let mut found = Vec::new();
    for lesson in LESSONS {
        let mut window = Window::with_preferences(points, pupil, egui_kittest::Harness::builder());
        window.open_lesson(lesson);
        for number in 1..=20 {
            window.harness.run_steps(2);
            if window.harness.query_by_role_and_label(Role::Tab, "Code").is_some() {
                let frame = solid(&window);
                let next = frame.iter().find(|(name, _)| name == "Next" || name == "Finish");
                let footer = next.expect("the way on").1.top() - 8.0;
                window.click(Role::Tab, "Code");
                // Long code scrolls: what the tab brings with it is cut off at the footer.
                let mut seen = solid(&window);
                for placed in &mut seen {
                    if !frame.contains(placed) {
                        placed.1.max.y = placed.1.max.y.min(footer);
                    }
                }
                seen.retain(|(_, rect)| rect.is_positive());
                let wrong = misplaced_among(&seen, points).into_iter();
                found.extend(wrong.map(|what| format!("lesson {lesson} page {number}: {what}")));
            }
            let before = window.harness.state().page().map(str::to_owned);
            window.press(Key::PageDown);
            if window.harness.state().page() == before.as_deref() || window.harness.state().page().is_none() {
                break;
            }
        }
    }
    assert!(found.is_empty(), "{} places: {:#?}", found.len(), &found[..found.len().min(20)]);
}

#[test]
fn code_fits_where_it_stands() {
    check_code(vec2(1024.0, 768.0), ENGLISH);
    check_code(vec2(1280.0, 720.0), ENGLISH);
}

/// Text enlarged 1.6 times in a window of 1024 × 768: prose scrolls, and the stage, the header and the footer fit.
#[test]
fn the_stage_fits_where_text_is_large() {
    let mut found = Vec::new();
    let large = r#"{"format": 1, "preferences": {"ground": "light", "reduced_motion": true, "scale": 1.6}}"#;
    for lesson in LESSONS {
        let mut window =
            Window::with_preferences(vec2(1024.0, 768.0), large, egui_kittest::Harness::builder());
        window.open_lesson(lesson);
        window.click(Role::Tab, "Stage");
        for number in 1..=3 {
            window.harness.run_steps(4);
            let wrong = misplaced(&window, vec2(1024.0, 768.0) / 1.6).into_iter();
            found.extend(wrong.map(|what| format!("lesson {lesson} page {number}: {what}")));
            window.press(Key::PageDown);
        }
    }
    assert!(found.is_empty(), "{} places: {:#?}", found.len(), &found[..found.len().min(20)]);
}

/// A prompt, its words and the controls leave no room for pictures there, so the stage scrolls.
#[test]
fn pictures_under_a_prompt_keep_their_room_where_text_is_large() {
    let large = r#"{"format": 1, "preferences": {"ground": "light", "reduced_motion": true, "scale": 1.6}}"#;
    let mut window = Window::with_preferences(vec2(1024.0, 768.0), large, egui_kittest::Harness::builder());
    window.open_lesson("9 ·");
    window.click(Role::Tab, "Stage");
    window.wait("the film", |window| window.has_role(Role::Image, "at t ="));
    window.harness.run_steps(4);
    let heights: Vec<f32> =
        window.harness.query_all_by_role(Role::Image).map(|node| node.rect().height()).collect();
    assert!(heights.iter().all(|height| *height > 100.0), "{heights:?}");
}
