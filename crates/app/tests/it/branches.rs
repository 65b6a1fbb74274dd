//! Branches: a run is left at a moment and goes on in another way; two are held side by side, and the whole tree is kept.

use egui::accesskit::Toggled;
use egui::{Key, Modifiers, Role, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use serde_json::{Value, json};

use crate::screens::look;
use crate::support::{Window, name};

/// Lesson 7 at the page of DDIM's fifty strides, four digits, computed as far as t = 600.
fn lesson_7(mut window: Window) -> Window {
    window.open_lesson("7 ·");
    window.wait("noise", |window| window.has_role(Role::Image, "now at t = 1000"));
    window.click(Role::Tab, "Page 4: A thousand steps, or fifty");
    window.wait("noise", |window| window.t() == 1000 && window.has_role(Role::Image, "now at t = 1000"));
    for t in (600..1000).step_by(20).map(|t| 1580 - t) {
        window.press(Key::Period);
        window.wait("a step", |window| window.t() == t);
    }
    window.wait("t = 600", |window| window.has_role(Role::Image, "now at t = 600"));
    window
}

fn open() -> Window {
    lesson_7(Window::open())
}

/// The runs of the tree, and which of them is on the stage.
fn runs(window: &Window) -> (Vec<String>, Option<usize>) {
    let items: Vec<_> = window.harness.query_all_by_role(Role::TreeItem).collect();
    let shown = items.iter().position(|node| node.accesskit_node().toggled() == Some(Toggled::True));
    (items.iter().map(name).collect(), shown)
}

/// How far apart the two runs are, as it is said.
fn difference(window: &Window) -> Option<f64> {
    let apart = " apart on average; black to white is 2";
    let labels = window.harness.query_all_by_role(Role::Label).map(|node| name(&node));
    labels.filter_map(|text| text.strip_suffix(apart)?.parse().ok()).next()
}

#[track_caller]
fn choose(window: &mut Window, setting: &str, value: &str) {
    window.click(Role::ComboBox, setting);
    window.click(Role::MenuItemRadio, value);
}

const TRUNK: &str = "from the noise: DDIM, 50 steps";

#[test]
fn the_empty_tab_says_how_to_branch() {
    let mut window = open();
    window.click(Role::Tab, "Branches");
    assert!(window.has_role(Role::Label, "Stop at any t and press “Branch here”"));
    assert!(window.has_role(Role::Tree, "No branches yet: from the noise"));
    assert_eq!(runs(&window), (vec![TRUNK.to_owned()], Some(0)));
    // At the end there is nothing to do.
    window.press(Key::End);
    window.wait("the end", |window| window.t() == 0);
    window.press(Key::B);
    window
        .wait("the sentence", |window| window.has_role(Role::Alert, "nothing is left to do; go back a step"));
    assert_eq!(runs(&window).0.len(), 1);
}

#[test]
fn a_setting_that_is_changed_at_a_moment_makes_a_branch() {
    let mut window = open();
    window.click(Role::Tab, "Branches");
    choose(&mut window, "sampler", "DDPM");
    assert_eq!(runs(&window), (vec![TRUNK.to_owned(), "DDPM from t = 600".to_owned()], Some(1)));
    assert!(window.has_role(Role::Heading, &format!("beside: {TRUNK}")));
    // It begins with the very same x.
    window.wait("the branch", |window| difference(window) == Some(0.0));
    assert_eq!(window.t(), 600);
    // Where it begins, another setting is its own; further on, it makes another branch.
    choose(&mut window, "guidance", "3");
    assert_eq!(runs(&window).0[1], "DDPM, guidance 3 from t = 600");
    window.wait("the branch", |window| difference(window) == Some(0.0));
    window.press(Key::Period);
    window.wait("a step", |window| window.t() == 580 && difference(window).is_some_and(|off| off > 0.001));
    choose(&mut window, "guidance", "1, off");
    let (names, shown) = runs(&window);
    assert_eq!((names[2].as_str(), shown), ("guidance 1, off from t = 580", Some(2)));
    window.wait("the branch", |window| difference(window) == Some(0.0));
    // The one beside goes along with the knob.
    window.press(Key::End);
    window.wait("the ends", |window| {
        window.t() == 0
            && window
                .harness
                .query_all_by_role(Role::Image)
                .filter(|node| name(node).contains("at t = 0"))
                .count()
                == 4
    });
    window.wait("the difference", |window| difference(window).is_some_and(|off| off > 0.001));
}

#[test]
fn the_tree_is_walked_by_keyboard_and_undone() {
    let mut window = open();
    window.press(Key::B);
    window.wait("the branch", |window| {
        runs(window).0 == [TRUNK, "unchanged from t = 600"] && difference(window) == Some(0.0)
    });
    window.press(Key::B);
    let same = "unchanged from t = 600";
    window.wait("another", |window| runs(window).0 == [TRUNK, same, same]);
    let row = |window: &mut Window, run: usize| {
        let id = window.harness.query_all_by_role(Role::TreeItem).nth(run).expect("a run");
        id.focus();
        window.harness.run_steps(3);
    };
    row(&mut window, 2);
    window.press(Key::ArrowUp);
    window.press(Key::ArrowUp);
    assert_eq!(runs(&window).1, Some(0));
    window.press(Key::ArrowDown);
    assert_eq!(runs(&window).1, Some(1));
    // The run that is beside: C puts it there and away.
    row(&mut window, 0);
    window.press(Key::C);
    window.wait("beside", |window| window.has_role(Role::Heading, &format!("beside: {TRUNK}")));
    window.press(Key::C);
    assert!(!window.has_role(Role::Heading, "beside: "));
    // A branch goes, with a way back.
    row(&mut window, 1);
    window.press(Key::Delete);
    // The second branch left the first where that began, and goes with it.
    assert_eq!(runs(&window), (vec![TRUNK.to_owned()], Some(0)));
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.harness.run_steps(3);
    window.wait("all of them", |window| runs(window).0.len() == 3);
    for left in [2, 1] {
        window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        window.harness.run_steps(3);
        window.wait("one less", |window| runs(window).0.len() == left);
    }
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Y);
    window.harness.run_steps(3);
    window.wait("one again", |window| runs(window).0.len() == 2);
}

#[test]
fn two_runs_from_the_same_noise_stand_side_by_side() {
    let mut window = Window::open();
    window.open_lesson("7 ·");
    window.wait("noise", |window| window.has_role(Role::Image, "now at t = 1000"));
    window.click(Role::Tab, "Branches");
    choose(&mut window, "steps", "5");
    window.wait("the branch", |window| {
        runs(window).0 == [TRUNK, "steps 5 from t = 1000"] && difference(window) == Some(0.0)
    });
    window.press(Key::End);
    window.wait("both ends", |window| window.t() == 0 && difference(window).is_some_and(|off| off > 0.01));
    // Scrubbed together, by t.
    window.harness.get_by_role_and_label(Role::Slider, "Timeline").set_value_accesskit(2.0);
    window.wait("t = 600", |window| {
        let at = window
            .harness
            .query_all_by_role(Role::Image)
            .filter(|node| name(node).starts_with("now at t = 600"))
            .count();
        window.t() == 600 && at == 2
    });
}

/// Saves by the menu, and reads the file.
fn saved(window: &mut Window) -> Value {
    let path = window.folder.path().join("tree.noisebook");
    *window.answers.save.lock().expect("no panic elsewhere") = Some(path.clone());
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    window.harness.run_steps(3);
    window.wait("the file", |window| window.has_role(Role::Alert, "Saved"));
    window.click(Role::Button, "Dismiss");
    serde_json::from_slice(&std::fs::read(&path).expect("the file")).expect("JSON")
}

#[test]
fn the_whole_tree_is_saved_and_opened() {
    let mut window = open();
    window.click(Role::Tab, "Branches");
    choose(&mut window, "sampler", "DDPM");
    window.wait("the branch", |window| difference(window) == Some(0.0));
    window.press(Key::Period);
    window.wait("a step", |window| window.t() == 580 && difference(window).is_some_and(|off| off > 0.001));
    let apart = difference(&window);
    let state = saved(&mut window);
    assert_eq!(state["format"], 1);
    assert_eq!(state["settings"]["sampler"], "ddim");
    assert_eq!(state["moment"], json!({"idx": 21, "t": 580}));
    assert_eq!(state["branches"][0]["moment"], json!({"idx": 20, "t": 600}));
    assert_eq!(state["branches"][0]["settings"]["sampler"], "ddpm");
    assert_eq!(state["shown"], json!({"run": 1, "idx": 21, "t": 580, "beside": 0}));

    let path = window.folder.path().join("tree.noisebook");
    let mut other = Window::of_file(&path, Harness::builder());
    other.wait("the tree", |other| {
        runs(other) == (vec![TRUNK.to_owned(), "DDPM from t = 600".to_owned()], Some(1))
    });
    other.wait("the moment", |other| other.t() == 580 && difference(other) == apart);

    // A broken branch is one sentence, and the stage still stands.
    let mut broken = state.clone();
    broken["branches"][0]["parent"] = json!(4);
    std::fs::write(&path, broken.to_string()).expect("written");
    crate::states::drop_file(&mut other, path.clone());
    other.wait("the sentence", |other| other.has_role(Role::Alert, "branch 1 leaves run 4"));
    assert_eq!(runs(&other).0.len(), 2);
    let mut late = state;
    late["branches"][0]["moment"] = json!({"idx": 90, "t": 600});
    std::fs::write(&path, late.to_string()).expect("written");
    crate::states::drop_file(&mut other, path);
    other.wait("the sentence", |other| other.has_role(Role::Alert, "there is no moment 90"));
}

#[test]
fn branches_have_something_to_see_at_every_size() {
    for (width, height) in [(1024.0, 768.0), (1280.0, 800.0)] {
        for ground in ["light", "dark"] {
            let mut window = lesson_7(Window::rendered(Vec2::new(width, height), ground));
            window.click(Role::Tab, "Branches");
            look(&mut window, &format!("branches-{width}-{ground}-none"));
            choose(&mut window, "sampler", "DDPM");
            window.wait("the branch", |window| difference(window) == Some(0.0));
            for t in [580, 560, 540, 520, 500] {
                window.press(Key::Period);
                window.wait("a step", |window| window.t() == t);
            }
            choose(&mut window, "guidance", "3");
            window.wait("the branch", |window| difference(window) == Some(0.0));
            choose(&mut window, "eta", "0.5");
            window.press(Key::End);
            window.wait("the end", |window| window.t() == 0);
            window.wait("both", |window| difference(window).is_some_and(|off| off > 0.001));
            window.harness.run_steps(10);
            look(&mut window, &format!("branches-{width}-{ground}-three"));
        }
    }
}
