//! The kinds of predictions, each in a lesson of the test's own: draw, recognize, sort, write, order, tasks.

use egui::{Key, Modifiers, Role, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use crate::screens::look;
use crate::support::{Window, name};

const LESSON: &str = r#"# Tiny

## Draw it {#draw}
Every step multiplies the picture by a factor.
How much of it is left along the way?

```experiment noising
schedule = "linear"
hidden = ["signal_rate", "noise_rate", "alpha_cumprod", "snr", "snr_db"]
start = 0
```

```predict {#curve}
ask = "How much signal is left at each t?"
draw = { x = { label = "t", min = 0, max = 1000 }, y = { label = "signal rate", min = 0, max = 1 } }
measure = "signal_rate"
reveal = ["signal_rate", "noise_rate", "alpha_cumprod", "snr", "snr_db"]
explain = "It falls slowly at first, then fast, then slowly again."
```

```task {#look}
rung = "change"
ask = "Choose another schedule and compare."
solution = "Cosine keeps more."
```

## Recognize them {#rounds}
A picture comes out of noise.
Stop as soon as you know what it is.

```experiment noising
picture = "emoji/noto/turtle"
hidden = ["x0"]
start = 1000
```

```predict {#blind}
ask = "What is it?"
recognize = { names = ["tulip", "raccoon", "turtle", "violin"], pictures = ["emoji/noto/tulip", "emoji/noto/raccoon", "emoji/noto/turtle", "emoji/noto/violin"], schedules = ["linear", "cosine"], rounds = 3, choices = 3 }
measure = "recognized_at"
reveal = ["x0"]
explain = "Under every schedule you need about as many decibels. The t differs, the threshold does not."
```

## Sort them {#sort}
More signal than noise, or less?

```experiment noising
num_train_timesteps = 4
start = 0
```

```predict {#bins}
ask = "Is it more picture or more noise?"
sort = ["noise", "picture"]
measure = "signal_rate"
explain = "It was the rate of the signal."
```

## Say it {#say}
What have you seen?

```experiment noising
start = 0
```

```predict {#words}
ask = "Explain to a friend what a step does."
write = "A step …"
explain = "Compare with the next page."
```

## Order them {#order}
One after the other.

```experiment noising
start = 0
```

```predict {#shares}
ask = "From little noise to much:"
order = ["t = 10", "t = 300", "t = 900"]
explain = "More steps, more noise."
```
"#;

fn tiny() -> Window {
    let mut window = Window::of_lesson(LESSON, vec2(1280.0, 800.0), "light", Harness::builder());
    window.wait("the picture", |window| window.has_role(Role::Image, "now at t = 0"));
    window
}

/// The tiny lesson at the page with this title.
fn at_page(title: &str, ready: &str) -> Window {
    let mut window = tiny();
    turn_to(&mut window, title, ready);
    window
}

fn turn_to(window: &mut Window, title: &str, ready: &str) {
    let tab = window.harness.query_all_by_role(Role::Tab).find(|node| name(node).ends_with(title));
    tab.expect("a page").click();
    window.harness.run_steps(3);
    window.wait(ready, |window| window.has_role(Role::Image, ready));
}

fn profile(window: &Window) -> String {
    std::fs::read_to_string(window.folder.path().join("profile.json")).expect("a profile")
}

fn is_disabled(window: &Window, button: &str) -> bool {
    window.harness.get_by_role_and_label(Role::Button, button).accesskit_node().is_disabled()
}

const PLOT: &str = "Draw signal rate along t";

/// Draws a line from the upper left to the lower right, by pointer, as far as `share` of the width.
fn draw(window: &mut Window, share: f32) {
    let rect = window.harness.get_by_role_and_label(Role::Slider, PLOT).rect();
    let at = |along: f32| rect.lerp_inside(vec2(0.1 + 0.88 * along, 0.2 + 0.6 * along));
    window.harness.drag_at(at(0.0));
    window.harness.run_steps(2);
    for step in 1..=4 {
        window.harness.hover_at(at(share * step as f32 / 4.0));
        window.harness.run_steps(2);
    }
    window.harness.drop_at(at(share));
    window.harness.run_steps(2);
}

#[test]
fn a_curve_is_drawn_by_pointer_undone_and_stands_beside_the_measured_one() {
    let mut window = tiny();
    assert!(is_disabled(&window, "Commit"));
    draw(&mut window, 0.5);
    assert!(window.has_role(Role::Label, "You drew: from"), "{:#?}", window.names());
    assert!(is_disabled(&window, "Commit"), "half a curve is too little");
    window.click(Role::Button, "Undo stroke");
    assert!(window.has_role(Role::Label, "Drag from left to right"));
    draw(&mut window, 1.0);
    assert!(!is_disabled(&window, "Commit"));
    window.click(Role::Button, "Commit");
    assert!(window.has_role(Role::Figure, "Measured: from 1.00 at t = 0 to 0.01 at t = 1000."));
    assert!(window.has_role(Role::Label, "Largest difference 0."));
    window.harness.run_steps(2);
    let kept = profile(&window);
    assert!(kept.contains("\"at\"") && kept.contains("\"draw/curve\""), "{kept}");
}

#[test]
fn a_curve_is_drawn_by_keyboard_and_no_page_turns() {
    let mut window = tiny();
    window.harness.get_by_role_and_label(Role::Slider, PLOT).focus();
    window.harness.run_steps(2);
    window.press(Key::ArrowUp);
    for _ in 0..49 {
        window.harness.key_press(Key::ArrowRight);
    }
    window.harness.run_steps(2);
    window.press(Key::ArrowDown);
    assert!(window.has_role(Role::Label, "You drew: from 0.52 at t = 0 to 0.50 at t = 1000."));
    assert!(!is_disabled(&window, "Commit"));
    window.press(Key::Delete);
    assert!(window.has_role(Role::Label, "Drag from left to right"));
    assert!(is_disabled(&window, "Commit"));
    window.click(Role::Button, "Undo stroke");
    assert!(window.has_role(Role::Label, "You drew: from 0.52"));
}

#[test]
fn a_question_of_order_leaves_what_was_undone_to_be_done_again() {
    let mut window = at_page("Order them", "now at t = 0");
    let schedule = |window: &Window| {
        let schedule = window.harness.get_by_role_and_label(Role::ComboBox, "schedule");
        schedule.value().unwrap_or_default()
    };
    window.click(Role::ComboBox, "schedule");
    window.click(Role::MenuItemRadio, "sigmoid");
    let redo = Modifiers::COMMAND | Modifiers::SHIFT;
    // The second time there is nothing left: an order that nobody moved is no change.
    for (modifiers, is) in [(Modifiers::COMMAND, "cosine"), (Modifiers::COMMAND, "cosine"), (redo, "sigmoid")]
    {
        window.harness.key_press_modifiers(modifiers, Key::Z);
        window.harness.run_steps(5);
        assert_eq!(schedule(&window), is);
    }
}

/// The names that can be chosen in a round.
fn choices(window: &Window) -> Vec<String> {
    window.harness.query_all_by_role(Role::RadioButton).map(|node| name(&node)).collect()
}

#[test]
fn a_blind_test_goes_round_by_round_and_gives_nothing_away() {
    let mut window = at_page("Recognize them", "now at t = 1000");
    for number in 1..=3 {
        assert!(window.has_role(Role::Label, &format!("Round {number} of 3")));
        assert!(window.has_role(Role::Image, "shown when you commit"), "x0 is hidden");
        assert!(!window.has_role(Role::ComboBox, "schedule"), "the schedule is the round's");
        assert!(!window.has_role(Role::Button, "new seed"));
        assert!(!window.has_role(Role::Button, "Export"));
        let choices = choices(&window);
        assert_eq!(choices.len(), 3);
        // No name of a picture anywhere but among the choices.
        let all = ["tulip", "raccoon", "turtle", "violin"];
        let says = |word: &str| window.names().iter().filter(|name| name.contains(word)).count();
        assert!(all.iter().all(|word| says(word) == usize::from(choices.iter().any(|c| c == word))));
        assert!(is_disabled(&window, "Commit at t = 1000"));
        window.harness.get_by_role_and_label(Role::Slider, "Timeline").set_value_accesskit(700.0);
        window.harness.run_steps(2);
        window.click(Role::RadioButton, &choices[0]);
        window.click(Role::Button, "Commit at t = 300");
        assert!(window.has_role(Role::Label, "It is: "), "{:#?}", window.names());
        window.wait("x0", |window| window.has_role(Role::Image, "the picture at t = 300"));
        assert!(
            !window.has_role(Role::Button, "Open a picture"),
            "other pictures wait until the test is left"
        );
        window.wait("the ideal eye", |window| window.has_role(Role::Label, "An ideal eye knows it up to t"));
        if number < 3 {
            window.click(Role::Button, "Next round");
            window.wait("noise", |window| window.has_role(Role::Image, "now at t = 1000"));
        }
    }
    assert!(!window.has_role(Role::Button, "Next round"));
    assert!(window.has_role(Role::Figure, "linear: "), "{:#?}", window.names());
    assert!(window.has_role(Role::Figure, "cosine: "));
    assert!(window.has_role(Role::Label, "Under every schedule"), "explained at the end");
    let kept = profile(&window);
    for key in ["\"rounds/blind/1\"", "\"rounds/blind/3\"", "\"snr_db\"", "\"picture\""] {
        assert!(kept.contains(key), "{key} is not in {kept}");
    }
    window.click(Role::Button, "Start over");
    window.wait("noise", |window| window.has_role(Role::Image, "now at t = 1000"));
    assert!(window.has_role(Role::Label, "Round 1 of 3"));
    assert!(!profile(&window).contains("rounds/blind"));
}

#[test]
fn a_blind_test_goes_on_where_it_was_left() {
    let mut window = at_page("Recognize them", "now at t = 1000");
    let first = choices(&window)[0].clone();
    window.click(Role::RadioButton, &first);
    window.click(Role::Button, "Commit at t = 1000");
    turn_to(&mut window, "Say it", "now at t = 0");
    turn_to(&mut window, "Recognize them", "now at t = 1000");
    assert!(window.has_role(Role::Label, "Round 2 of 3"));
    let second = choices(&window);
    turn_to(&mut window, "Say it", "now at t = 0");
    turn_to(&mut window, "Recognize them", "now at t = 1000");
    assert_eq!(choices(&window), second, "the same round as before");
}

/// Presses a key once the picture is there to be judged; before it can be seen, keys judge nothing.
fn judge(window: &mut Window, key: Key, picture: &str) {
    window.wait(picture, |window| window.has_role(Role::Image, picture));
    let sorted = |window: &Window| {
        let mut labels = window.harness.query_all_by_role(Role::Label).map(|node| name(&node));
        labels.find(|label| label.ends_with(" sorted"))
    };
    let before = sorted(window);
    for _ in 0..400 {
        window.press(key);
        if sorted(window) != before {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("{picture} could not be judged");
}

#[test]
fn pictures_are_sorted_by_keys_and_buttons_and_counted() {
    let mut window = at_page("Sort them", "now at t = 0");
    assert!(window.has_role(Role::Label, "picture 1 of 5"));
    judge(&mut window, Key::Num2, "now at t = 0");
    assert!(window.has_role(Role::Label, "picture 2 of 5"), "on to the next");
    window.wait("the next", |window| window.has_role(Role::Image, "now at t = 1"));
    window.click(Role::RadioButton, "picture");
    judge(&mut window, Key::Num1, "now at t = 2");
    judge(&mut window, Key::Num1, "now at t = 3");
    assert!(window.has_role(Role::Label, "4 of 5 sorted"));
    assert!(is_disabled(&window, "Commit"));
    judge(&mut window, Key::Num1, "now at t = 4");
    assert!(!is_disabled(&window, "Commit"));
    // An answer can be changed until the commit.
    window.press(Key::Home);
    window.wait("the first", |window| window.has_role(Role::Image, "now at t = 0"));
    window.press(Key::Num1);
    window.click(Role::Button, "Commit");
    window.wait("the count", |window| window.has_role(Role::Label, "of 5 right."));
    assert!(window.has_role(Role::Label, "A coin does as well or better in"));
    assert!(window.has_role(Role::Figure, "You said noise and it was picture: "));
    assert!(profile(&window).contains("\"01000\""), "{}", profile(&window));
    window.click(Role::Button, "Picture 1: picture. You were wrong.");
    assert_eq!(window.t(), 0);
}

#[test]
fn own_words_are_kept_and_changed_and_their_keys_turn_no_page() {
    let mut window = at_page("Say it", "now at t = 0");
    assert!(is_disabled(&window, "Keep"));
    const ASK: &str = "Explain to a friend what a step does.";
    let field = |window: &Window| {
        window.harness.query_all_by_role(Role::MultilineTextInput).find(|node| name(node) == ASK).map(|_| ())
    };
    assert!(field(&window).is_some(), "{:#?}", window.names());
    window.harness.get_by_role(Role::MultilineTextInput).focus();
    window.harness.run_steps(2);
    window.harness.get_by_role(Role::MultilineTextInput).type_text("It adds noise, then more.");
    window.harness.run_steps(2);
    for key in
        [Key::Space, Key::ArrowLeft, Key::ArrowRight, Key::Comma, Key::Period, Key::PageDown, Key::Home]
    {
        window.press(key);
    }
    assert_eq!(window.t(), 0, "the knob stays");
    assert!(field(&window).is_some(), "the page stays");
    window.click(Role::Button, "Keep");
    assert!(window.has_role(Role::Label, "“It adds noise, then more.”"), "{:#?}", window.names());
    assert!(field(&window).is_none());
    window.click(Role::Button, "Change");
    window.harness.get_by_role(Role::MultilineTextInput).focus();
    window.harness.run_steps(2);
    window.harness.get_by_role(Role::MultilineTextInput).type_text(" So.");
    window.harness.run_steps(2);
    window.click(Role::Button, "Keep");
    assert!(profile(&window).contains("So."));
}

#[test]
fn an_order_is_kept_as_indices() {
    let mut window = at_page("Order them", "now at t = 0");
    window.click(Role::Button, "Commit");
    let kept = profile(&window);
    assert!(kept.contains("\"order/shares\"") && !kept.contains("t = 900"), "{kept}");
    assert!(window.has_role(Role::Label, "It is: t = 10, t = 300, t = 900"));
}

#[test]
fn an_early_profile_that_holds_words_is_understood() {
    let folder = tempfile::tempdir().expect("a folder");
    let early = r#"{"format": 1, "last_lesson": "a-thousand-small-steps-to-noise", "lessons": {
        "a-thousand-small-steps-to-noise": {"page": "schedules", "page_number": 6, "num_pages": 9, "commitments": {
            "schedules/more-left": {"answer": "linear", "t": null}}}}}"#;
    std::fs::write(folder.path().join("profile.json"), early).expect("written");
    let mut window = Window::in_folder(folder, vec2(1280.0, 800.0), Harness::builder());
    window.click(Role::Button, "Continue");
    assert!(window.has_role(Role::Label, "You said: linear"), "{:#?}", window.names());
    assert!(window.has_role(Role::Label, "It is: cosine"));
}

#[test]
fn a_task_says_how_deep_it_goes() {
    let mut window = tiny();
    window.click(Role::Button, "Something to do: change");
    assert!(window.has_role(Role::Label, "Task · change"));
    window.click(Role::Button, "Show the solution");
    assert!(window.has_role(Role::Label, "Cosine keeps more."));
}

#[test]
fn answers_are_saved_as_a_table() {
    let mut window = tiny();
    draw(&mut window, 1.0);
    window.click(Role::Button, "Commit");
    let path = window.folder.path().join("answers.csv");
    *window.answers.save.lock().expect("no panic elsewhere") = Some(path.clone());
    let ctx = window.harness.ctx.clone();
    window.harness.state_mut().export_answers(&ctx);
    window.wait("the file", |window| window.has_role(Role::Alert, "Saved"));
    let table = std::fs::read_to_string(&path).expect("the file");
    assert!(table.starts_with("profile,number,lesson,page,question,answer,t,right,outcome\r\n"), "{table}");
    assert!(table.contains("0,Tiny,Draw it,How much signal is left at each t?,from "), "{table}");

    *window.answers.save.lock().expect("no panic elsewhere") = Some(path.join("inside"));
    window.harness.state_mut().export_answers(&ctx);
    window.wait("the sentence", |window| window.has_role(Role::Alert, "could not be written"));
}

/// Every card before and after, at the smallest size and a usual one: nothing scrolls.
#[test]
fn cards_fit_before_and_after() {
    for (size, ground) in [(vec2(1024.0, 768.0), "light"), (vec2(1280.0, 800.0), "dark")] {
        cards(size, ground);
    }
}

fn cards(size: Vec2, ground: &str) {
    let builder = Harness::builder().with_render_cursor(false).wgpu();
    let mut window = Window::of_lesson(LESSON, size, ground, builder);
    let check = |window: &mut Window, file: &str| {
        window.harness.run_steps(8);
        look(window, &format!("ask-{}-{file}", size.x));
        let overflow = window.harness.state().prose_overflow();
        assert!(overflow <= 0.5, "{file} scrolls by {overflow} at {size:?}");
    };
    window.wait("the picture", |window| window.has_role(Role::Image, "now at t = 0"));
    check(&mut window, "draw-empty");
    draw(&mut window, 1.0);
    check(&mut window, "draw");
    window.click(Role::Button, "Commit");
    check(&mut window, "draw-answered");

    turn_to(&mut window, "Recognize them", "now at t = 1000");
    for number in 1..=3 {
        window.harness.get_by_role_and_label(Role::Slider, "Timeline").set_value_accesskit(700.0);
        window.harness.run_steps(2);
        let first = choices(&window)[0].clone();
        window.click(Role::RadioButton, &first);
        check(&mut window, &format!("recognize-{number}"));
        window.click(Role::Button, "Commit at t = 300");
        window.wait("the ideal eye", |window| window.has_role(Role::Label, "An ideal eye knows it up to t"));
        check(&mut window, &format!("recognize-{number}-answered"));
        if number < 3 {
            window.click(Role::Button, "Next round");
            window.wait("noise", |window| window.has_role(Role::Image, "now at t = 1000"));
        }
    }

    turn_to(&mut window, "Sort them", "now at t = 0");
    judge(&mut window, Key::Num2, "now at t = 0");
    check(&mut window, "sort");
    for t in 1..=4 {
        judge(&mut window, Key::Num1, &format!("now at t = {t}"));
    }
    window.click(Role::Button, "Commit");
    window.wait("the count", |window| window.has_role(Role::Label, "of 5 right."));
    check(&mut window, "sort-answered");

    turn_to(&mut window, "Say it", "now at t = 0");
    check(&mut window, "words-empty");
    window.harness.get_by_role(Role::MultilineTextInput).focus();
    window.harness.run_steps(2);
    window.harness.get_by_role(Role::MultilineTextInput).type_text("It makes every pixel a little fainter.");
    check(&mut window, "words");
    window.click(Role::Button, "Keep");
    check(&mut window, "words-answered");

    turn_to(&mut window, "Order them", "now at t = 0");
    check(&mut window, "order");
    window.click(Role::Button, "Commit");
    check(&mut window, "order-answered");
}

const EXHIBITION: &str = r#"# Tiny

## Person or machine? {#who}
Half of these digits were written by people.
A network drew the others.

```experiment authorship
num = 20
num_inference_steps = 2
```

```predict {#bins}
ask = "Who made this one?"
sort = ["person", "machine"]
measure = "made_by_machine"
explain = "Most people look at the smoothness of the lines. It helps less than they think."
```
"#;

/// The experiment of lesson 0, where the lab has it.
#[test]
fn an_exhibition_is_judged_picture_by_picture() {
    for (size, ground) in [(vec2(1024.0, 768.0), "light"), (vec2(1280.0, 800.0), "dark")] {
        let builder = Harness::builder().with_render_cursor(false).wgpu();
        let mut window = Window::of_lesson(EXHIBITION, size, ground, builder);
        look(&mut window, &format!("exhibition-{}-waiting", size.x));
        window.wait("the pictures", |window| window.has_role(Role::Label, "0 of 20 sorted"));
        window.wait("the strip", |window| window.has_role(Role::Button, "picture 1"));
        window.wait("the first", |window| window.has_role(Role::Image, "picture 1 of 20"));
        let words = ["noise", "t =", "by a machine", "by a person", "seed"];
        let names = window.names();
        assert!(words.iter().all(|word| !names.iter().any(|name| name.contains(word))), "{names:#?}");
        for number in 1..=6 {
            judge(&mut window, Key::Num1, &format!("picture {number} of 20"));
        }
        window.wait("the next", |window| window.has_role(Role::Image, "picture 7 of 20"));
        look(&mut window, &format!("exhibition-{}", size.x));
        for number in 7..=20 {
            judge(&mut window, Key::Num2, &format!("picture {number} of 20"));
        }
        window.click(Role::Button, "Commit");
        window.wait("the count", |window| window.has_role(Role::Label, "of 20 right."));
        window.wait("who made it", |window| window.has_role(Role::Image, "picture 20 of 20: by a "));
        window.harness.run_steps(8);
        look(&mut window, &format!("exhibition-{}-answered", size.x));
        assert!(window.harness.state().prose_overflow() <= 0.5);
        window.press(Key::Home);
        window.wait("the first", |window| window.has_role(Role::Image, "picture 1 of 20: by a "));
    }
}
