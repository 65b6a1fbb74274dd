//! Every lesson's cells run, in their order, as one program a lesson, and what the lesson states about them is true.
//!
//! The program is written from `lesson.md`, compiled against the same dynamic library that cells use, and run twice: as
//! for Jupyter, and as for the window. What its cells display is read from its output as evcxr reads it.
//! A mistake is reported with the lesson's file and line.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod display;
mod program;
mod run;

use noisebook_lessons::parse_lesson;

use crate::program::Program;
use crate::run::{Compiled, Viewer, root};

/// Compiles the lesson's cells, runs them for both viewers, and looks at what they display.
fn check(slug: &str) {
    let file = format!("lessons/{slug}/lesson.md");
    let source = std::fs::read_to_string(root().join(&file)).unwrap();
    let lesson = parse_lesson(&source, &file).unwrap();
    let program = Program::of(&lesson).unwrap_or_else(|mistake| panic!("{mistake}"));
    let compiled = Compiled::of(&program).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    for viewer in [Viewer::Jupyter, Viewer::Window] {
        let outputs = compiled.run(&program, viewer).unwrap_or_else(|mistake| panic!("{mistake}"));
        assert_eq!(outputs.len(), program.cells.len(), "{file}");
        for (cell, output) in program.cells.iter().zip(&outputs) {
            let checked = display::check(output, cell.displays, viewer);
            checked.unwrap_or_else(|mistake| panic!("{file}:{}: {mistake}", cell.line));
        }
    }
}

#[test]
fn person_or_machine() {
    check("00-person-or-machine");
}

#[test]
fn two_networks_at_war() {
    check("01-two-networks-at-war");
}

#[test]
fn drawing_digits() {
    check("02-drawing-digits");
}

#[test]
fn when_it_goes_wrong() {
    check("03-when-it-goes-wrong");
}

#[test]
fn a_thousand_small_steps_to_noise() {
    check("04-a-thousand-small-steps-to-noise");
}

#[test]
fn noise_schedules() {
    check("05-noise-schedules");
}

#[test]
fn learning_to_undo_one_step() {
    check("06-learning-to-undo-one-step");
}

#[test]
fn a_thousand_steps_back() {
    check("07-a-thousand-steps-back");
}

#[test]
fn fewer_steps() {
    check("08-fewer-steps");
}

#[test]
fn from_words_to_numbers() {
    check("09-from-words-to-numbers");
}

#[test]
fn guided_by_text() {
    check("10-guided-by-text");
}

#[test]
fn altering_pictures() {
    check("12-altering-pictures");
}

#[test]
fn no_lesson_is_left_out() {
    let this_file = include_str!("main.rs");
    for entry in std::fs::read_dir(root().join("lessons")).unwrap() {
        let slug = entry.unwrap().file_name().into_string().unwrap();
        let is_lesson = root().join("lessons").join(&slug).join("lesson.md").is_file();
        assert!(!is_lesson || this_file.contains(&format!("check(\"{slug}\")")), "{slug} has no test here");
    }
}

/// A lesson of one page with these blocks, as far as its test gets.
fn verdict(blocks: &str) -> Result<(), String> {
    let lesson = parse_lesson(&format!("# L\n## A {{#a}}\n{blocks}"), "l.md").unwrap();
    let program = Program::of(&lesson)?;
    let outputs = Compiled::of(&program)?.run(&program, Viewer::Jupyter)?;
    program.cells.iter().zip(&outputs).try_for_each(|(cell, output)| {
        display::check(output, cell.displays, Viewer::Jupyter)
            .map_err(|mistake| format!("l.md:{}: {mistake}", cell.line))
    })
}

#[test]
fn a_mistake_is_named_with_its_line() {
    let check = |blocks: &str, says: &str| {
        let mistake = verdict(blocks).expect_err(blocks);
        assert!(mistake.contains(says), "{blocks}\nsaid: {mistake}");
    };
    check("```rust cell\nlet x = 1;\nlet y: f32 = x;\n```\n", "l.md:5: mismatched types");
    check("```rust cell\nlet x = 1;\n```\n\n```rust check\nassert_eq!(x, 2);\n```\n", "l.md:8:");
    check(
        "```rust cell\nlet at = NoiseSchedule::cosine(10)?.at(11)?;\n```\n",
        "the cell at l.md:3: t = 11 is outside",
    );
    check("```rust cell\nlet double = |x: f32| 2.0 * x;\n```\n", "l.md:4: `double` is a closure");
    // Nothing of a cell may borrow, for the next cell could not keep it.
    check(
        "```rust cell\nlet x = vec![1];\nlet y = x.iter();\n```\n",
        "l.md:5: `x` does not live long enough",
    );
    // What it defines is there for the next cell.
    check(
        "```rust cell\nlet x = picture(\"emoji/noto/owl\")?;\nvec![x].show()\n```\n",
        "l.md:4: borrow of moved value: `x`",
    );
    // A cell may be run again: it takes nothing from another cell, and hides no function that it calls.
    check(
        "```rust cell\nlet x = vec![1];\n```\n```rust cell\nlet y = x;\n```\n",
        "l.md:7: use of moved value: `x`",
    );
    check("```rust cell\nlet picture = picture(\"emoji/noto/owl\")?;\n```\n", "l.md:4: expected function");
    check(
        "```rust cell\nlet x = 1;\n```\n```fault\nask=\"?\"\ncode=\"\"\nfix=\"let y: f32 = x;\"\nexplain=\"\"\n```\n",
        "l.md:6: mismatched types",
    );
    check("```rust cell\nplot(\"nothing\").show().with(\"image/png\", \"no\")\n```\n", "l.md:3: its PNG");
    check("```rust cell\npicture(\"emoji/noto/no\")\n```\n", "l.md:3: it displays nothing but");
    assert_eq!(verdict("```rust cell\nlet x = picture(\"emoji/noto/owl\")?;\nx.show()\n```\n"), Ok(()));
}
