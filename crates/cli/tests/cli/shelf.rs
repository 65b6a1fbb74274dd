//! The models that are shipped: what the cards say, `eval` measures.

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{prints_json, refuses, succeeds};

/// The model.toml of a shipped model.
fn shipped(name: &str) -> Value {
    let models = prints_json(&["models", "--json"]);
    let found = models.as_array().unwrap().iter().find(|model| model["name"] == name);
    found.unwrap_or_else(|| panic!("{name} is not on the shelf")).clone()
}

#[test]
fn everything_in_the_checkout_is_consistent() {
    let report = String::from_utf8(succeeds(&["check"])).unwrap();
    assert!(report.lines().all(|line| line.starts_with("ok ")), "{report}");
    for part in ["lessons: ", "data: ", "models/ddpm-digits: ", "models/digit-classifier: ", "licenses: "] {
        assert!(report.contains(part), "{part} was not checked: {report}");
    }
}

#[test]
fn the_classifier_reads_as_well_as_its_card_says() {
    let scores = &shipped("digit-classifier")["scores"];
    let measured = prints_json(&["eval", "digit-classifier", "--json"]);
    assert!(measured["accuracy"].as_f64().unwrap() >= 0.98, "{measured}");
    assert_eq!((&measured["num"], &scores["num"]), (&1000.into(), &1000.into()));
    check_keys(&measured, scores);
    let (measured, on_card) = (measured["accuracy"].as_f64().unwrap(), scores["accuracy"].as_f64().unwrap());
    // Another processor may round one picture's way over the line.
    assert!((measured - on_card).abs() <= 0.002, "measured {measured}, on the card {on_card}");
}

#[test]
fn the_digits_are_read_as_their_labels() {
    let scores = &shipped("ddpm-digits")["scores"];
    let measured = prints_json(&["eval", "ddpm-digits", "--num", "40", "--json"]);
    check_keys(&measured, scores);
    assert!(scores["adherence"].as_f64().unwrap() >= 0.85, "{scores}");
    assert!(measured["adherence"].as_f64().unwrap() >= 0.85, "{measured}");
    let asked: Vec<&Value> = measured["per_class"].as_array().unwrap().iter().map(|c| &c["asked"]).collect();
    assert_eq!(asked, [4; 10], "not in proportion");
}

#[test]
fn the_digits_of_one_call_are_read_and_all_come_up() {
    let scores = &shipped("wgan-gp-digits")["scores"];
    let measured = prints_json(&["eval", "wgan-gp-digits", "--json"]);
    let of = |scores: &Value, key: &str| scores[key].as_f64().unwrap();
    assert!(of(&measured, "confident") >= 0.9 && of(&measured, "least_class") >= 0.05, "{measured}");
    // Another processor may round a few pictures' way over the line.
    assert!((of(&measured, "confident") - of(scores, "confident")).abs() <= 0.005, "{measured}");
}

#[test]
fn what_scenes_are_asked_for_is_there() {
    let scores = &shipped("t2i-scenes")["scores"];
    let measured = prints_json(&["eval", "t2i-scenes", "--num", "60", "--json"]);
    check_keys(&measured, scores);
    let gates =
        [("colour", 0.97), ("shape", 0.95), ("position", 0.9), ("joint", 0.85), ("held_out_joint", 0.6)];
    for (key, gate) in gates {
        assert!(scores[key].as_f64().unwrap() >= gate, "{key} on the card: {scores}");
        // Of 60 prompts, one or two more may go wrong by chance.
        assert!(measured[key].as_f64().unwrap() >= gate - 0.07, "{key}: {measured}");
    }
}

#[test]
fn emoji_come_when_they_are_called() {
    let scores = &shipped("t2i-emoji")["scores"];
    let measured = prints_json(&["eval", "t2i-emoji", "--num", "40", "--json"]);
    check_keys(&measured, scores);
    for (key, least) in [("top5", 0.8), ("family", 0.75), ("held_out_top5", 0.15)] {
        let (measured, on_card) = (measured[key].as_f64().unwrap(), scores[key].as_f64().unwrap());
        assert!(measured >= least && on_card >= least, "{key}: {measured}, on the card {on_card}");
    }
}

/// The card has the keys of `eval`.
#[track_caller]
fn check_keys(measured: &Value, on_card: &Value) {
    for key in measured.as_object().unwrap().keys().filter(|key| *key != "per_class") {
        assert!(on_card[key].is_number(), "{key} is not on the card: {on_card}");
    }
}

#[test]
fn a_classifier_does_not_draw() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("s.png");
    refuses(&["sample", "digit-classifier", "--out", out.to_str().unwrap()], 2, &["classifier", "denoiser"]);
    assert!(!out.exists());
}

#[test]
fn data_and_lessons_are_listed_for_people_and_tools() {
    let sets = prints_json(&["data", "--json"]);
    let digits = sets.as_array().unwrap().iter().find(|set| set["id"] == "digits").unwrap();
    assert_eq!(digits["num_items"], 10_000);
    for set in sets.as_array().unwrap() {
        assert!(!set["license"].as_str().unwrap().is_empty(), "{set}");
    }
    let lessons = prints_json(&["lessons", "--json"]);
    let numbers: Vec<u64> =
        lessons.as_array().unwrap().iter().filter_map(|lesson| lesson["number"].as_u64()).collect();
    assert_eq!(numbers, (0..23).collect::<Vec<_>>());
    let written = |number: usize| lessons[number]["num_pages"].as_u64();
    assert!(written(4).is_some_and(|num| num >= 5) && written(7).is_some_and(|num| num >= 5));
    for (command, word) in [("data", "emoji/noto"), ("lessons", "to come"), ("models", "ddpm-digits")] {
        assert!(String::from_utf8(succeeds(&[command])).unwrap().contains(word));
    }
}

#[test]
fn the_doctor_finds_a_device_that_works() {
    let report = String::from_utf8(succeeds(&["doctor", "--device", "cpu"])).unwrap();
    for line in ["Device: cpu", "conv2d 3×3", "against the CPU", "matmul-1024-fwd", "unet-update"] {
        assert!(report.contains(line), "{line} is missing: {report}");
    }
    assert!(!report.contains("BAD"), "{report}");
    refuses_device(if cfg!(target_os = "macos") { "cuda" } else { "metal" });
}

/// Other tools read these names, and compare them with those of the twin in `tests/peers`.
#[test]
fn the_bench_names_what_it_timed() {
    let report = prints_json(&["bench", "unet", "--json"]);
    assert!(report["threads"].as_u64().unwrap() > 0, "{report}");
    for name in ["unet-update", "unet-sampling-step"] {
        assert!(report["ops"][name].as_f64().unwrap() > 0.0, "{name}: {report}");
    }
}

#[cfg(unix)]
#[test]
fn the_doctor_finds_what_is_missing_or_damaged() {
    use std::os::unix::fs::symlink;

    use crate::program::{checkout, command, outcome};

    let checkout = checkout().canonicalize().unwrap();
    let home = tempfile::TempDir::new().unwrap();
    symlink(checkout.join("lessons"), home.path().join("lessons")).unwrap();
    let assets = home.path().join("assets");
    std::fs::create_dir_all(assets.join("digits")).unwrap();
    for name in ["emoji", "fonts"] {
        symlink(checkout.join("assets").join(name), assets.join(name)).unwrap();
    }
    // The atlas of the digits is cut off, and the model has no weights.
    for entry in std::fs::read_dir(checkout.join("assets/digits")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, assets.join("digits").join(path.file_name().unwrap())).unwrap();
        }
    }
    std::fs::write(assets.join("digits/atlas.png"), "no picture").unwrap();
    let model = home.path().join("models/ddpm-digits");
    std::fs::create_dir_all(&model).unwrap();
    std::fs::copy(checkout.join("models/ddpm-digits/model.toml"), model.join("model.toml")).unwrap();

    let mut doctor = command(&["doctor"]);
    doctor.env("NOISEBOOK_HOME", home.path());
    let outcome = outcome(doctor);
    assert_eq!(outcome.code, Some(1));
    let report = String::from_utf8(outcome.stdout).unwrap();
    let is_bad = |word| report.lines().any(|line| line.starts_with("  BAD") && line.contains(word));
    assert!(is_bad("assets/digits/atlas.png"), "{report}");
    assert!(is_bad("weights.safetensors"), "{report}");
}

/// The report is on standard output, so this is no refusal of the usual kind.
#[track_caller]
fn refuses_device(device: &str) {
    let outcome = crate::program::outcome(crate::program::command(&["doctor", "--device", device]));
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains(device), "{}", outcome.stderr);
}
