//! `sample` and `eval` of models that are told in words what to draw.

use tempfile::TempDir;

use crate::program::{check_empty, prints_json, refuses, succeeds};

/// A network that has hardly learned any words.
const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/tiny-words");

/// The sheet that these arguments make.
#[track_caller]
fn sheet(arguments: &[&str]) -> Vec<u8> {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out.png");
    succeeds(&[&["sample", MODEL, "--steps", "3", "--out", out.to_str().unwrap()], arguments].concat());
    std::fs::read(out).unwrap()
}

fn pixels(png: &[u8]) -> Vec<u8> {
    image::load_from_memory(png).unwrap().to_rgb8().into_raw()
}

#[test]
fn a_prompt_decides_what_is_drawn() {
    let red = sheet(&["--prompt", "a red circle", "--num", "2"]);
    // Capitals and spaces count for nothing.
    assert_eq!(pixels(&sheet(&["--prompt", "A red  circle", "--num", "2"])), pixels(&red));
    let differs = |arguments: &[&str]| pixels(&sheet(arguments)) != pixels(&red);
    assert!(differs(&["--prompt", "a blue square", "--num", "2"]));
    assert!(differs(&["--prompt", "a red circle", "--negative", "a cross", "--num", "2"]));
    assert!(String::from_utf8_lossy(&red).contains("a red circle"), "the picture says what it was asked for");
    // Without a prompt it draws what it likes.
    assert!(differs(&["--num", "2"]));
}

#[test]
fn what_was_asked_for_is_printed() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out.png");
    let asked = ["--prompt", "a red circle", "--negative", "a cross", "--steps", "2", "--json"];
    let made = prints_json(&[&["sample", MODEL, "--out", out.to_str().unwrap()], &asked[..]].concat());
    assert_eq!((&made["prompt"], &made["negative"]), (&"a red circle".into(), &"a cross".into()));
    assert_eq!(made["labels"].as_array().map(Vec::len), Some(0));
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let check = |arguments: &[&str], words: &[&str]| {
        let folder = TempDir::new().unwrap();
        let out = folder.path().join("out.png");
        refuses(&[&["sample", MODEL, "--out", out.to_str().unwrap()], arguments].concat(), 2, words);
        check_empty(folder.path());
    };
    check(&["--label", "7"], &["tiny-words has no labels", "--prompt"]);
    check(&["--prompt", &"red ".repeat(18)], &["--prompt: ", "17 words", "18"]);
    check(&["--prompt", "a", "--label", "7"], &["--prompt", "--label"]);
}

#[test]
fn a_model_of_scenes_is_measured_by_its_parts() {
    let scores = prints_json(&["eval", MODEL, "--num", "40", "--json"]);
    let parts = ["colour", "shape", "position", "joint", "held_out_joint", "three_joint"];
    for key in parts.into_iter().chain(["coverage", "coverage_floor"]) {
        let share = scores[key].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&share), "{key} is {share}");
    }
    // It has hardly learned any words.
    assert!(scores["joint"].as_f64().unwrap() < 0.5);
    assert_eq!(scores["num"], 40);
    // Real scenes lie among real ones, and what this model draws does not.
    assert!(scores["coverage_floor"].as_f64() > scores["coverage"].as_f64(), "{scores}");
}

#[test]
fn a_model_is_measured_under_another_guidance() {
    let scores =
        |arguments: &[&str]| prints_json(&[&["eval", MODEL, "--num", "8", "--json"], arguments].concat());
    assert_eq!(scores(&["--cfg-scale", "3"])["num"], 8);
    refuses(&["eval", "digit-classifier", "--cfg-scale", "3"], 1, &["--cfg-scale", "digit-classifier"]);
}
