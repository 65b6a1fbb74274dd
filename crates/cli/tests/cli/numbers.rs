//! `schedule` and `trace`: the keys and the numbers that other tools rely on, against diffusers 0.42
//! (`tests/peers/diffusers_golden.py`).

use serde_json::Value;

use crate::program::{prints_json, refuses, succeeds};

#[test]
fn schedules_are_those_of_diffusers() {
    let golden: Vec<Value> =
        serde_json::from_str(include_str!("../../../../tests/golden/schedules.json")).unwrap();
    for golden in golden {
        let name = golden["schedule"].as_str().unwrap();
        let steps = golden["num_train_timesteps"].to_string();
        let found = prints_json(&["schedule", name, "--steps", &steps, "--json"]);
        let idx = numbers(&golden["idx"]);
        for table in ["betas", "alphas_cumprod"] {
            let found = numbers(&found[table]);
            assert_eq!(found.len().to_string(), steps);
            for (idx, expected) in idx.iter().zip(numbers(&golden[table])) {
                let error = (found[*idx as usize] - expected).abs();
                assert!(error <= 1e-6, "{name} {steps}: {table}[{idx}] is off by {error}");
            }
        }
    }
}

#[test]
fn a_schedule_has_these_keys_and_no_others() {
    let found = prints_json(&["schedule", "cosine", "--json"]);
    assert_eq!(keys(&found), ["alphas_cumprod", "betas", "snr"]);
    for table in ["betas", "alphas_cumprod", "snr"] {
        assert_eq!(numbers(&found[table]).len(), 1000);
    }
    for (alpha_cumprod, snr) in numbers(&found["alphas_cumprod"]).iter().zip(numbers(&found["snr"])) {
        let expected = alpha_cumprod / (1.0 - alpha_cumprod);
        assert!((snr - expected).abs() <= 1e-4 * expected.max(1.0));
    }
}

#[test]
fn a_schedule_for_people_starts_at_the_picture_and_ends_in_noise() {
    let table = String::from_utf8(succeeds(&["schedule", "linear"])).unwrap();
    let t: Vec<&str> = table.lines().filter_map(|line| line.split(' ').next()).collect();
    let expected = "t 0 100 200 300 400 500 600 700 800 900 1000";
    assert_eq!(t.join(" "), expected);
}

#[test]
fn traces_are_those_of_diffusers() {
    let golden: Vec<Value> =
        serde_json::from_str(include_str!("../../../../tests/golden/samplers.json")).unwrap();
    let mut num_checked = 0;
    // Starting the program once for each would take minutes, so every seventh of those that the
    // command line can ask for.
    let can_ask = |golden: &&Value| {
        golden["noise"] == "zero"
            && golden["clip"].is_null()
            && golden["num_train_timesteps"] == 1000
            && golden["steps_offset"] == 0
            && golden["variance"] == "fixed-small"
    };
    for golden in golden.iter().filter(can_ask).step_by(7) {
        let text = |key: &str| golden[key].as_str().unwrap();
        let steps = golden["num_inference_steps"].to_string();
        let eta = golden["eta"].to_string();
        let mut arguments = vec!["trace", "--sampler", text("sampler"), "--steps", &steps];
        arguments.extend(["--schedule", text("schedule"), "--spacing", text("spacing")]);
        arguments.extend(["--prediction", text("prediction"), "--no-noise", "--json"]);
        if text("sampler") == "ddim" {
            arguments.extend(["--eta", &eta]);
        }
        let found = prints_json(&arguments);
        for (idx, expected) in numbers(&golden["final_idx"]).iter().zip(numbers(&golden["final"])) {
            check_close(&arguments, found["final"][*idx as usize].as_f64().unwrap(), expected);
        }
        let path_idx = numbers(&golden["path_idx"]);
        for (idx, expected) in path_idx.iter().zip(numbers(&golden["path_sum_abs"])) {
            let point = &found["path"][*idx as usize];
            check_close(&arguments, point["sum_abs"].as_f64().unwrap(), expected);
        }
        num_checked += 1;
    }
    assert!(num_checked >= 10, "only {num_checked} golden traces fit the command line");
}

/// A few paths of every sampler, with everything that a trace prints.
#[test]
fn every_sampler_is_that_of_diffusers() {
    let golden: Vec<Value> =
        serde_json::from_str(include_str!("../../../../tests/golden/sampler_paths.json")).unwrap();
    let mut samplers = std::collections::BTreeSet::new();
    for golden in golden.iter().step_by(23) {
        // What is not said is the usual.
        let usual = [("schedule", "linear"), ("prediction", "epsilon"), ("steps", "10"), ("eta", "0")];
        let text = |key: &str| match &golden[key] {
            Value::Null => usual.iter().find(|(name, _)| *name == key).unwrap().1.to_owned(),
            Value::String(text) => text.clone(),
            number => number.to_string(),
        };
        let [sampler, schedule, prediction, steps, eta] =
            ["sampler", "schedule", "prediction", "steps", "eta"].map(text);
        samplers.insert(sampler.clone());
        let mut arguments = vec!["trace", "--sampler", &sampler, "--steps", &steps, "--no-noise", "--json"];
        // The straight path needs no more words, and the usual is what goes without saying.
        if schedule != "flow" {
            arguments.extend(["--schedule", &schedule, "--prediction", &prediction]);
        } else if sampler != "flow-euler" {
            arguments.extend(["--prediction", "flow"]);
        }
        if let Some(spacing) = golden["spacing"].as_str() {
            arguments.extend(["--spacing", spacing]);
        }
        if sampler == "ddim" {
            arguments.extend(["--eta", &eta]);
        }
        if golden["karras"] == true {
            arguments.push("--karras");
        }
        let found = prints_json(&arguments);
        for key in ["timesteps", "sigmas"] {
            let (found, expected) = (numbers(&found[key]), numbers(&golden[key]));
            assert_eq!(found.len(), expected.len(), "{arguments:?}: {key}");
            found
                .iter()
                .zip(expected)
                .for_each(|(found, expected)| check_close(&arguments, *found, expected));
        }
        for (idx, expected) in numbers(&golden["sum_abs"]).into_iter().enumerate() {
            let point = &found["path"][idx];
            check_close(&arguments, point["sum_abs"].as_f64().unwrap(), expected);
            check_close(&arguments, point["mean_abs"].as_f64().unwrap(), expected / 768.0);
        }
        for (idx, expected) in [1, 500, 767].into_iter().zip(numbers(&golden["final"])) {
            check_close(&arguments, found["final"][idx].as_f64().unwrap(), expected);
        }
    }
    assert_eq!(samplers.len(), 8, "{samplers:?}");
}

#[test]
fn a_trace_that_diffusers_does_not_have_is_refused() {
    let check = |arguments: &[&str], says: &[&str]| {
        refuses(&[&["trace", "--steps", "5", "--sampler"], arguments].concat(), 2, says);
    };
    check(&["euler", "--prediction", "flow"], &["--prediction flow", "flow-euler", "euler"]);
    check(&["flow-euler", "--prediction", "epsilon"], &["flow-euler takes --prediction flow"]);
    check(&["euler-ancestral", "--prediction", "sample"], &["epsilon or v"]);
    check(&["ddim", "--karras"], &["--karras belongs to", "ddim"]);
    check(&["euler-ancestral", "--karras"], &["no --karras for euler-ancestral"]);
    check(&["unipc", "--prediction", "flow", "--karras"], &["no --karras for unipc"]);
    check(&["heun", "--eta", "0.5"], &["--eta belongs to ddim"]);
    check(&["ddim", "--schedule", "flow"], &["--schedule flow goes with --prediction flow"]);
    check(&["flow-euler", "--spacing", "trailing"], &["no --spacing but linspace"]);
}

#[test]
fn a_trace_has_these_keys_and_no_others() {
    let found = prints_json(&["trace", "--sampler", "ddpm", "--steps", "10", "--json"]);
    assert_eq!(keys(&found), ["final", "path", "sigmas", "timesteps"]);
    assert_eq!(keys(&found["path"][0]), ["mean_abs", "sum_abs"]);
    assert_eq!(numbers(&found["final"]).len(), 768);
    assert_eq!(found["path"].as_array().unwrap().len(), 10);
    assert_eq!(numbers(&found["timesteps"]).first(), Some(&900.0));
}

#[test]
fn noise_in_a_trace_is_drawn_unless_it_is_switched_off() {
    let arguments = ["trace", "--sampler", "ddpm", "--steps", "10", "--json"];
    let with = succeeds(&arguments);
    assert_eq!(with, succeeds(&arguments), "two runs differ");
    assert_ne!(with, succeeds(&[&arguments[..], &["--no-noise"]].concat()));
}

/// To |a − b| / max(1, |b|) ≤ 1e-4, as the command line promises.
#[track_caller]
fn check_close(arguments: &[&str], found: f64, expected: f64) {
    let error = (found - expected).abs() / expected.abs().max(1.0);
    assert!(error <= 1e-4, "{arguments:?}: {found}, not {expected}");
}

fn numbers(value: &Value) -> Vec<f64> {
    let values = value.as_array().unwrap().iter();
    values.map(|value| value.as_f64().unwrap()).collect()
}

/// Sorted.
fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}
