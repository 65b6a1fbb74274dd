//! `train`, `sample` and `eval` of generators: tiny ones, and those on the shelf.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{prints_json, refuses, succeeds};

/// A GAN that takes no time, of what `makes` and `data` say.
fn tiny(makes: &str, data: &str, updates: usize) -> String {
    format!(
        r#"
name = "tiny"
about = "Too small to draw anything."
kind = "generator"

[net]
latent_dim = 4
generator = [8, 8]
critic = [4, 8]
num_waves = 1
makes = {makes}

[recipe]
data = "{data}"
seed = 0
updates = {updates}
batch_size = 4
lr = 0.001
warmup_updates = 1
max_grad_norm = 1000.0
ema_decay = 0.9

[recipe.game]
loss = "wasserstein-gp"
critic_steps = 2
"#
    )
}

/// Trains it in a folder; returns the folder and what was printed.
fn train(makes: &str, data: &str, updates: usize) -> (TempDir, String, Vec<Value>) {
    let folder = TempDir::new().unwrap();
    let recipe = folder.path().join("tiny.toml");
    std::fs::write(&recipe, tiny(makes, data, updates)).unwrap();
    let model = text(&folder.path().join("tiny")).to_owned();
    let stdout = succeeds(&["train", text(&recipe), "--out", &model, "--json"]);
    let lines = stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let lines = lines.map(|line| serde_json::from_slice(line).unwrap()).collect();
    (folder, model, lines)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

const POINTS: &str = r#"{ of = "points", dim = 2 }"#;
const PICTURES: &str = r#"{ of = "pictures", in_channels = 1, size = 32 }"#;
const CLIPS: &str = r#"{ of = "clips", num_frames = 8, size = 32, motion_dim = 2 }"#;

#[test]
fn a_training_of_points_says_both_losses_and_counts_the_heaps() {
    let (_folder, model, lines) = train(POINTS, "grid", 101);
    assert_eq!(lines.len(), 101);
    assert!(lines.iter().all(|line| line["loss"].is_f64() && line["loss_critic"].is_f64()));
    let counted: Vec<u64> = lines
        .iter()
        .filter(|line| line["modes"].is_u64())
        .map(|line| line["update"].as_u64().unwrap())
        .collect();
    assert_eq!(counted, [100, 101], "every hundred updates, and at the end");
    let scores = prints_json(&["eval", &model, "--num", "100", "--json"]);
    assert_eq!((scores["num"].as_u64(), scores["num_modes"].as_u64()), (Some(100), Some(25)));
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("x.png");
    refuses(&["sample", &model, "--out", text(&out)], 2, &["tiny makes points and no pictures"]);
}

#[test]
fn a_generator_draws_in_one_call_and_walks_in_its_recording() {
    let (folder, model, _) = train(PICTURES, "digits", 2);
    let sheet = |name: &str, more: &[&str]| {
        let path = folder.path().join(name);
        let made = prints_json(&[&["sample", &model, "--out", text(&path), "--json"], more].concat());
        assert_eq!(made["num_network_calls"].as_u64(), Some(1));
        std::fs::read(path).unwrap()
    };
    let of = |bytes: &[u8]| image::load_from_memory(bytes).unwrap().to_rgb8();
    let all = of(&sheet("all.png", &["--num", "20", "--seed", "7"]));
    assert_eq!(
        sheet("again.png", &["--num", "20", "--seed", "7"]),
        sheet("more.png", &["--num", "20", "--seed", "7"])
    );
    // The first picture is the same, however many there are.
    let one = of(&sheet("one.png", &["--seed", "7"]));
    assert_eq!(
        image::imageops::crop_imm(&all, 0, 0, one.width() - 4, one.height() - 4).to_image(),
        image::imageops::crop_imm(&one, 0, 0, one.width() - 4, one.height() - 4).to_image()
    );
    for name in ["walk.gif", "walk.html"] {
        let movie = folder.path().join(name);
        sheet("walk.png", &["--num", "2", "--record", text(&movie)]);
        assert!(std::fs::metadata(movie).unwrap().len() > 1000);
    }
    for (option, value) in [("--steps", "5"), ("--label", "3"), ("--sampler", "ddim"), ("--prompt", "a cat")]
    {
        let out = folder.path().join("no.png");
        refuses(&["sample", &model, option, value, "--out", text(&out)], 2, &["one call", option]);
        assert!(!out.exists());
    }
    let scores = prints_json(&["eval", &model, "--num", "20", "--json"]);
    let classes: f64 =
        scores["classes"].as_array().unwrap().iter().map(|share| share.as_f64().unwrap()).sum();
    assert!((classes - 1.0).abs() < 1e-9, "{scores}");
    for key in ["confident", "least_class", "frechet", "frechet_floor", "density", "coverage", "copy_rate"] {
        assert!(scores[key].is_f64(), "{key}");
    }
}

#[test]
fn a_generator_of_clips_has_its_motion_measured() {
    let (folder, model, _) = train(CLIPS, "moving-digits", 1);
    let out = folder.path().join("clips.png");
    succeeds(&["sample", &model, "--num", "3", "--out", text(&out)]);
    let sheet = image::open(&out).unwrap();
    // Three clips in three rows, eight frames in each.
    let (across, down) = (sheet.width() as f64 / 8.0, sheet.height() as f64 / 3.0);
    assert!((across / down - 1.0).abs() < 0.05, "{across} and {down}");
    let scores = prints_json(&["eval", &model, "--num", "30", "--json"]);
    assert!(scores["motion_tv_floor"].as_f64().unwrap() < 0.01, "{scores}");
    assert!(scores["confident_real"].as_f64().unwrap() > 0.5, "{scores}");
    assert!((0.0..=1.0).contains(&scores["motion_tv"].as_f64().unwrap()));
}

#[test]
fn a_gan_that_contradicts_itself_is_refused() {
    let folder = TempDir::new().unwrap();
    let recipe = folder.path().join("tiny.toml");
    let check = |text_of: String, words: &[&str]| {
        std::fs::write(&recipe, text_of).unwrap();
        let out = folder.path().join("out");
        refuses(&["train", text(&recipe), "--out", text(&out)], 1, words);
        assert!(!out.exists());
    };
    check(tiny(POINTS, "digits", 1), &["made for samples of [2]", "[1, 32, 32]"]);
    check(
        tiny(POINTS, "grid", 1).replace("critic_steps = 2", "critic_steps = 0"),
        &["`critic_steps`", "1 to 100"],
    );
    check(tiny(POINTS, "grid", 1).replace("wasserstein-gp", "beauty"), &["beauty", "wasserstein-gp"]);
    check(
        tiny(PICTURES, "digits", 1).replace("size = 32", "size = 30"),
        &["`size`", "halved without a rest"],
    );
}
