//! Cells of a lesson, driven with a kernel whose other end the test holds: what runs, what is shown, what goes wrong.

use egui::{Key, Modifiers, Role, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use noisebook_kernel::protocol::{
    Axis, CURVES, Candidate, Curves, Diagnostic, Event, Outcome, Place, RECORDING, Reason, Recording,
    Request, Step,
};

use crate::support::{Window, name};

/// Two pages with a cell each, and a third with two.
pub const LESSON: &str = "# Tiny

## One {#one}
Words.

```experiment noising
```

```rust cell
let x = 1;
```

## Two {#two}
Words.

```experiment noising
```

```rust cell
let y = x + 1;
y
```

## Three {#three}
Words.

```experiment noising
```

```rust cell
let z = y;
```

```rust cell
z
```
";

/// The lesson's first page, its code open.
fn code() -> Window {
    let mut window = Window::of_lesson(LESSON, Vec2::new(1280.0, 800.0), "light", Harness::builder());
    open_code(&mut window);
    window
}

pub fn open_code(window: &mut Window) {
    window.wait("the stage", |window| window.has_role(Role::Tab, "Code"));
    window.click(Role::Tab, "Code");
}

/// Turns to the next page and its code.
fn next_page(window: &mut Window) {
    window.click(Role::Button, "Next");
    open_code(window);
}

fn text_of(window: &Window, number: usize) -> String {
    let label = format!("Rust cell {number}");
    let node = window.harness.get_by_role_and_label(Role::MultilineTextInput, &label);
    node.value().unwrap_or_default()
}

/// Puts the cursor to the start of a cell.
fn focus(window: &mut Window, number: usize) {
    let label = format!("Rust cell {number}");
    window.harness.get_by_role_and_label(Role::MultilineTextInput, &label).focus();
    window.harness.run_steps(2);
    press(window, Modifiers::COMMAND, Key::ArrowUp);
}

fn write(window: &mut Window, number: usize, text: &str) {
    focus(window, number);
    window.harness.event(egui::Event::Text(text.to_owned()));
    window.harness.run_steps(2);
}

fn press(window: &mut Window, modifiers: Modifiers, key: Key) {
    window.harness.key_press_modifiers(modifiers, key);
    window.harness.run_steps(2);
}

impl Window {
    fn hear(&mut self, event: Event) {
        self.kernels.say(event);
        self.harness.run_steps(2);
    }

    /// Lets the cell end so.
    pub fn finish(&mut self, id: u64, outcome: Outcome) {
        self.hear(Event::Started { id });
        self.hear(Event::Finished { id, outcome, seconds: 0.75 });
    }

    #[track_caller]
    fn check_says(&self, role: Role, words: &str) {
        assert!(self.has_role(role, words), "nothing says {words:?}; there is {:#?}", self.names());
    }

    fn runs(&mut self) -> (u64, String) {
        self.harness.run_steps(2);
        self.kernels.asked_to_run()
    }
}

/// A picture of 2 × 2 pixels as a PNG file in base64.
pub const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGP8z8DAwMDAxMDAwMDAAAANHQEDasKb6QAAAABJRU5ErkJggg==";

pub fn done(display: &[(&str, String)]) -> Outcome {
    Outcome::Done {
        display: display.iter().map(|(mime, content)| ((*mime).to_owned(), content.clone())).collect(),
    }
}

#[test]
fn nothing_runs_that_was_not_asked_for_and_a_cell_shows_what_it_printed() {
    let mut window = code();
    next_page(&mut window);
    write(&mut window, 2, "// mine\n");
    assert_eq!(window.kernels.count(), 0, "editing and turning pages start nothing");
    window.click(Role::Button, "Run cell 2");
    assert_eq!(window.kernels.count(), 1);
    assert_eq!(window.kernels.asked(), None, "it is not ready");
    window.check_says(Role::Label, "waiting");
    window.hear(Event::Ready);
    let (id, code) = window.kernels.asked_to_run();
    assert_eq!(code, "// mine\nlet y = x + 1;\ny");
    window.hear(Event::Started { id });
    window.check_says(Role::Label, "running, ");
    window.hear(Event::Printed { id, text: "hello\n".to_owned(), to_stderr: false });
    window.check_says(Role::Log, "1 line of output: hello");
    window.hear(Event::Finished { id, outcome: done(&[("text/plain", "2".to_owned())]), seconds: 0.75 });
    window.check_says(Role::Log, "2 lines of output: hello\n2");
    window.check_says(Role::Label, "done in 0.8 s");
    write(&mut window, 2, "// more\n");
    window.check_says(Role::Label, "changed since it ran");
    assert_eq!(window.kernels.count(), 1);
}

#[test]
fn all_above_runs_in_the_order_of_the_lesson_and_stops_where_one_fails() {
    let mut window = code();
    next_page(&mut window);
    next_page(&mut window);
    window
        .harness
        .get_all_by_role(Role::Button)
        .rfind(|node| name(node) == "Run all above")
        .expect("a button")
        .click();
    window.harness.run_steps(3);
    window.hear(Event::Ready);
    let (first, code) = window.runs();
    assert_eq!(code, "let x = 1;");
    assert_eq!(window.kernels.asked(), None, "one at a time");
    window.finish(first, done(&[]));
    let (second, code) = window.runs();
    assert_eq!(code, "let y = x + 1;\ny");
    window.finish(second, Outcome::Panicked { message: "no".to_owned() });
    assert_eq!(window.kernels.asked(), None);
    window.check_says(Role::Label, "not run");
}

#[test]
fn an_unknown_name_points_to_the_cells_above() {
    let mut window = code();
    next_page(&mut window);
    window.click(Role::Button, "Run cell 2");
    window.hear(Event::Ready);
    let (id, _) = window.runs();
    let place = |range| Place { range, label: "not found in this scope".to_owned() };
    let diagnostic = |code: &str, range| Diagnostic {
        message: "cannot find value `x`".to_owned(),
        code: Some(code.to_owned()),
        places: vec![place(range)],
        help: vec!["declare it first".to_owned()],
    };
    window.finish(id, Outcome::Refused { diagnostics: vec![diagnostic("E0425", 8..9)] });
    window.check_says(Role::Label, "not compiled");
    window.check_says(Role::Label, "declare it first");
    let fault = |window: &Window| {
        let editor = window.harness.get_by_role_and_label(Role::MultilineTextInput, "Rust cell 2");
        editor.accesskit_node().description()
    };
    assert_eq!(fault(&window).as_deref(), Some("Line 1: cannot find value `x` (E0425)"));
    window.check_says(Role::Label, "Cells above have not run yet.");
    window.click(Role::Button, "Line 1: cannot find value `x` (E0425)");
    window.harness.run_steps(2);
    window.harness.event(egui::Event::Text("!".to_owned()));
    window.harness.run_steps(2);
    assert_eq!(text_of(&window, 2), "let y = !x + 1;\ny", "a click leads to the place");
    assert_eq!(fault(&window), None, "the place is another one in another text");
    assert!(!window.has_role(Role::Button, "Line 1"));
    press(&mut window, Modifiers::NONE, Key::Backspace);
    window.click(Role::Button, "Run them, then this");
    let (first, code) = window.runs();
    assert_eq!(code, "let x = 1;");
    window.finish(first, done(&[]));
    assert_eq!(window.runs().1, "let y = x + 1;\ny");
}

#[test]
fn another_fault_does_not_blame_the_cells_above() {
    let mut window = code();
    next_page(&mut window);
    window.click(Role::Button, "Run cell 2");
    window.hear(Event::Ready);
    let (id, _) = window.runs();
    let diagnostics =
        vec![Diagnostic { message: "mismatched".to_owned(), code: None, places: vec![], help: vec![] }];
    window.finish(id, Outcome::Refused { diagnostics });
    window.check_says(Role::Label, "mismatched");
    assert!(!window.has_role(Role::Label, "Cells above"));
}

#[test]
fn keys_run_indent_and_stop() {
    let mut window = code();
    next_page(&mut window);
    next_page(&mut window);
    write(&mut window, 3, "fn f() {");
    press(&mut window, Modifiers::NONE, Key::Enter);
    press(&mut window, Modifiers::NONE, Key::Tab);
    press(&mut window, Modifiers::SHIFT, Key::Tab);
    window.harness.event(egui::Event::Text("0 }\n".to_owned()));
    window.harness.run_steps(2);
    assert_eq!(text_of(&window, 3), "fn f() {\n    0 }\nlet z = y;");
    press(&mut window, Modifiers::SHIFT, Key::Enter);
    window.hear(Event::Ready);
    let (id, _) = window.runs();
    window.harness.event(egui::Event::Text("2+".to_owned()));
    window.harness.run_steps(2);
    assert_eq!(text_of(&window, 4), "2+z", "Shift+Enter goes on to the next cell");
    press(&mut window, Modifiers::COMMAND, Key::Enter);
    window.hear(Event::Started { id });
    press(&mut window, Modifiers::COMMAND, Key::Period);
    assert_eq!(window.kernels.asked(), Some(Request::Interrupt));
    window.hear(Event::Finished { id, outcome: Outcome::Interrupted { variables_lost: true }, seconds: 9.0 });
    window.check_says(Role::Label, "stopped");
    window.check_says(Role::Alert, "All variables are gone.");
    window.check_says(Role::Label, "not run");
    assert_eq!(window.kernels.asked(), None, "what waited is not run");
}

#[test]
fn suggestions_are_walked_and_taken_by_keys() {
    let mut window = code();
    window.click(Role::Button, "Run cell 1");
    window.hear(Event::Ready);
    let (id, _) = window.runs();
    window.finish(id, done(&[]));
    write(&mut window, 1, "x.");
    press(&mut window, Modifiers::CTRL, Key::Space);
    let Some(Request::Complete { id, code, position }) = window.kernels.asked() else {
        panic!("nothing was asked");
    };
    assert_eq!((code.as_str(), position), ("x.let x = 1;", 2));
    let candidate = |code: &str| Candidate {
        code: code.to_owned(),
        label: format!("{code}()"),
        kind: "method".to_owned(),
    };
    let candidates = vec![candidate("abs"), candidate("pow")];
    window.hear(Event::Completions { id, start: 2, end: 2, candidates });
    window.check_says(Role::ListBoxOption, "abs()");
    press(&mut window, Modifiers::NONE, Key::ArrowDown);
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert_eq!(text_of(&window, 1), "x.powlet x = 1;");
    assert!(!window.has_role(Role::ListBoxOption, ""));
    press(&mut window, Modifiers::CTRL, Key::Space);
    let Some(Request::Complete { id, .. }) = window.kernels.asked() else {
        panic!("nothing was asked");
    };
    window.hear(Event::Completions { id, start: 0, end: 0, candidates: vec![] });
    window.check_says(Role::Label, "no suggestions");
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(!window.has_role(Role::Label, "no suggestions"));
}

#[test]
fn pictures_curves_and_recordings_are_drawn_here() {
    let mut window = code();
    let mut show = |mime: &str, content: String, words: &str| {
        window.click(Role::Button, "Run cell 1");
        window.kernels.say(Event::Ready);
        let (id, _) = window.runs();
        window.finish(id, done(&[(mime, content), ("text/plain", words.to_owned())]));
    };
    show("image/png", PNG.to_owned(), "a picture of 2 × 2 pixels");
    show(CURVES, String::from("{}"), "not curves");
    let json = |value: serde_json::Value| value.to_string();
    let curves = Curves {
        title: "Rates".to_owned(),
        x_label: "t".to_owned(),
        y_label: "rate".to_owned(),
        series: vec![("signal".to_owned(), vec![[0.0, 1.0], [1.0, 0.5]])],
    };
    show(CURVES, json(serde_json::to_value(curves).expect("JSON")), "Rates");
    window.check_says(Role::Figure, "Rates, along t: signal: 1.000 … 0.500");
    let recording = Recording {
        title: "Film".to_owned(),
        about: String::new(),
        axes: vec![Axis { name: "t".to_owned(), stations: vec!["0".to_owned(), "500".to_owned()] }],
        frames: vec![PNG.to_owned(), PNG.to_owned()],
        captions: vec![],
    };
    let mut window = code();
    window.click(Role::Button, "Run cell 1");
    window.hear(Event::Ready);
    let (id, _) = window.runs();
    window.finish(id, done(&[(RECORDING, json(serde_json::to_value(recording).expect("JSON")))]));
    window.check_says(Role::Image, "Film: t = 0");
    press(&mut window, Modifiers::NONE, Key::Period);
    window.check_says(Role::Image, "Film: t = 500");
    window.harness.get_by_role_and_label(Role::Slider, "t of the recording").decrement_accesskit();
    window.harness.run_steps(3);
    window.check_says(Role::Image, "Film: t = 0");
    window.click(Role::Button, "One step on");
    window.check_says(Role::Image, "Film: t = 500");
}

#[test]
fn what_is_typed_is_kept_and_a_fresh_lesson_can_be_undone() {
    let mut window = code();
    write(&mut window, 1, "// mine\n");
    press(&mut window, Modifiers::NONE, Key::Escape);
    window.harness.run_steps(2);
    let kept = || std::fs::read_to_string(window.folder.path().join("profile.json")).expect("a profile");
    assert!(kept().contains("// mine"), "{}", kept());
    window.click(Role::Button, "Reset cell 1");
    assert_eq!(text_of(&window, 1), "let x = 1;");
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(text_of(&window, 1), "// mine\nlet x = 1;");
    press(&mut window, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(text_of(&window, 1), "let x = 1;");
    press(&mut window, Modifiers::COMMAND, Key::Z);
    window.press(Key::F8);
    open_code(&mut window);
    assert_eq!(text_of(&window, 1), "let x = 1;");
    press(&mut window, Modifiers::COMMAND, Key::Z);
    open_code(&mut window);
    assert_eq!(text_of(&window, 1), "// mine\nlet x = 1;");
    // Another window of the same learner's.
    let Window { folder, .. } = window;
    let preferences = std::fs::read_to_string(folder.path().join("profile.json")).expect("a profile");
    assert!(preferences.contains("// mine"), "{preferences}");
}

#[test]
fn what_is_typed_while_presenting_is_no_key_of_the_presenters() {
    let mut window = code();
    window.press(Key::F5);
    focus(&mut window, 1);
    window.press(Key::B);
    assert!(!window.has_role(Role::Button, "The screen is dark"), "code may have a b");
    window.press(Key::Escape);
    window.press(Key::B);
    assert!(window.has_role(Role::Button, "The screen is dark"));
}

#[test]
fn undo_in_an_editor_is_the_editors_own() {
    let mut window = code();
    focus(&mut window, 1);
    for word in ["a", "b"] {
        window.harness.event(egui::Event::Text(word.to_owned()));
        window.harness.run_steps(80);
    }
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(text_of(&window, 1), "alet x = 1;");
}

#[test]
fn the_kernel_outlives_the_page_and_the_map_but_not_the_lesson_started_afresh() {
    let mut window = code();
    window.click(Role::Button, "Run cell 1");
    window.hear(Event::Ready);
    let (id, _) = window.runs();
    window.click(Role::Button, "To the course map");
    // On the map.
    window.finish(id, done(&[("text/plain", "7".to_owned())]));
    window.click(Role::Button, "Continue");
    open_code(&mut window);
    window.check_says(Role::Log, "1 line of output: 7");
    assert_eq!(window.kernels.count(), 1);
    window.click(Role::Button, "Restart");
    assert_eq!(window.kernels.asked(), Some(Request::Restart));
    window.check_says(Role::Status, "Getting ready to run cells");
    window.hear(Event::Ready);
    assert!(!window.has_role(Role::Status, "Getting ready"));
}

#[test]
fn making_ready_is_reported_and_can_be_stopped() {
    let mut window = code();
    window.click(Role::Button, "Run cell 1");
    let detail = "Compiling candle-core v0.11.1".to_owned();
    window.hear(Event::Starting { step: Step::BuildingTemplate, detail });
    window.check_says(Role::Status, "The first time takes several minutes");
    window.check_says(Role::Label, "Compiling candle-core v0.11.1");
    window.click(Role::Button, "Stop making ready");
    assert!(!window.has_role(Role::Status, "Compiling"));
    window.check_says(Role::Label, "not run");
    window.click(Role::Button, "Run cell 1");
    assert_eq!(window.kernels.count(), 2);
}

#[test]
fn without_rust_cells_are_read_only_and_say_how_to_get_it() {
    let mut window = code();
    window.click(Role::Button, "Run cell 1");
    window.hear(Event::Gone { reason: Reason::NoToolchain });
    window.check_says(Role::Alert, "https://rustup.rs");
    write(&mut window, 1, "nothing");
    assert_eq!(text_of(&window, 1), "let x = 1;");
    window.click(Role::Tab, "Picture");
    assert!(window.has_role(Role::Button, "Play"), "the experiment works all the same");
    window.click(Role::Tab, "Code");
    window.click(Role::Button, "Try again");
    assert_eq!(window.kernels.count(), 2);
    window.hear(Event::Gone { reason: Reason::SetUp("no room on the disk".to_owned()) });
    window.check_says(Role::Alert, "no room on the disk");
}

#[test]
fn a_killed_kernel_and_a_panic_say_what_happened_and_lose_no_text() {
    let mut window = code();
    write(&mut window, 1, "panic!();");
    window.click(Role::Button, "Run cell 1");
    window.hear(Event::Ready);
    let (id, _) = window.runs();
    window.finish(id, Outcome::Panicked { message: "explicit panic".to_owned() });
    window.check_says(Role::Alert, "The cell panicked: explicit panic");
    window.click(Role::Button, "Run cell 1");
    let (id, _) = window.runs();
    window.finish(id, Outcome::Died { message: "signal 9".to_owned() });
    window.check_says(Role::Alert, "signal 9");
    window.check_says(Role::Alert, "All variables are gone. Run");
    window.click(Role::Button, "Run cell 1");
    let (id, _) = window.runs();
    window.hear(Event::Started { id });
    window.hear(Event::Gone { reason: Reason::Ended("killed".to_owned()) });
    window.check_says(Role::Alert, "has ended: killed");
    assert_eq!(text_of(&window, 1), "panic!();let x = 1;");
    window.click(Role::Button, "Restart");
    assert_eq!(window.kernels.count(), 2);
    window.hear(Event::Ready);
    window.click(Role::Button, "Run cell 1");
    assert_eq!(window.runs().1, "panic!();let x = 1;");
}

#[test]
fn a_flood_of_output_is_taken_in_by_and_by_and_mostly_not_kept() {
    let mut window = code();
    window.click(Role::Button, "Run cell 1");
    window.hear(Event::Ready);
    let (id, _) = window.runs();
    window.hear(Event::Started { id });
    let text = "0123456789\n".repeat(100);
    for _ in 0..90_000 {
        window.kernels.say(Event::Printed { id, text: text.clone(), to_stderr: false });
    }
    // A frame does not take in everything, so that it is over soon.
    window.harness.run_steps(1);
    assert!(window.has_role(Role::Label, "MB more not shown"));
    assert!(!window.has_role(Role::Label, "98.8 MB"), "all of it at once");
    let slowest = (0..20)
        .map(|_| {
            let beginning = std::time::Instant::now();
            window.harness.run_steps(1);
            beginning.elapsed()
        })
        .max();
    assert!(slowest < Some(std::time::Duration::from_millis(250)), "{slowest:?}");
    window.kernels.say(Event::Finished { id, outcome: done(&[]), seconds: 1.0 });
    window.wait("the end", |window| window.has_role(Role::Label, "done in"));
    window.check_says(Role::Label, "98.8 MB more not shown");
    window.check_says(Role::Log, "lines of output: 0123456789");
}

/// Kernels that really run what they are asked to.
struct RealKernels(noisebook_kernel::Locations);

impl noisebook_app::Kernels for RealKernels {
    fn start(&self, wake: Box<dyn Fn() + Send + Sync>) -> noisebook_kernel::Kernel {
        noisebook_kernel::Kernel::start(self.0.clone(), wake)
    }
}

/// Lesson 4: β is changed in a cell, and the picture under it becomes another.
///
/// It runs a real kernel, which takes minutes to make where none is.
#[test]
fn a_changed_beta_changes_the_picture() {
    let locations = noisebook_kernel::Locations::new(crate::support::home(), Default::default());
    let kernels = std::sync::Arc::new(RealKernels(locations.expect("a folder for kernels")));
    let mut window = Window::with_kernels(Vec2::new(1280.0, 800.0), kernels);
    window.open_lesson("4 ·");
    open_code(&mut window);
    let lessons = text_of(&window, 1);
    assert!(lessons.contains("0.02"), "the last β stands in the cell: {lessons}");
    let shows = if lessons.trim_end().ends_with(')') { "" } else { "\nx_t.show()" };
    let run = |window: &mut Window, code: &str| {
        focus(window, 1);
        press(window, Modifiers::COMMAND, Key::A);
        window.harness.event(egui::Event::Text(code.to_owned()));
        window.harness.run_steps(2);
        press(window, Modifiers::COMMAND, Key::Enter);
        let label = "done in";
        window.wait_for(std::time::Duration::from_secs(900), label, |window| {
            window.has_role(Role::Label, label)
                || window.has_role(Role::Label, "not compiled")
                || window.has_role(Role::Alert, "")
        });
        window.check_says(Role::Label, label);
        picture(window)
    };
    let gentle = run(&mut window, &format!("{lessons}{shows}"));
    let again = run(&mut window, &format!("{lessons}{shows} "));
    let harsh = run(&mut window, &format!("{}{shows}", lessons.replace("0.02", "0.2")));
    assert_eq!(gentle, again, "the same β, the same picture");
    assert_ne!(gentle, harsh, "another β, another picture");
}

/// The pixels of the picture under the cell.
fn picture(window: &mut Window) -> Vec<u8> {
    let rect = window.harness.query_all_by_role(Role::Image).last().expect("a picture").rect();
    // The cursor's blinking is no change, and neither is anything else of the window.
    let image = window.harness.render().expect("a renderer");
    let view = image::imageops::crop_imm(
        &image,
        rect.left() as u32,
        rect.top() as u32,
        rect.width() as u32,
        rect.height() as u32,
    );
    view.to_image().into_raw()
}
