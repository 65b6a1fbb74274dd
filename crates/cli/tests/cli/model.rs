//! `train`, `sample` and `eval` on a network so small that it learns nothing and takes no time.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;

use image::{ImageFormat, RgbImage, imageops};
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{check_empty, check_refusal, command, prints_json, refuses, succeeds};

/// Enough updates for a checkpoint on the way, which comes after 200.
const TINY: &str = r#"
name = "tiny"
about = "Too small to draw anything."
kind = "denoiser"

[net]
in_channels = 1
size = 32
channels = [4, 4]
emb_dim = 8
num_classes = 10
num_groups = 2
num_heads = 1

[diffusion]
schedule = "linear"
num_train_timesteps = 1000
prediction = "epsilon"

[sampling]
sampler = "ddim"
num_inference_steps = 4
spacing = "leading"
cfg_scale = 2.0

[recipe]
seed = 0
updates = 230
batch_size = 2
lr = 0.001
warmup_updates = 10
max_grad_norm = 1.0
ema_decay = 0.9
label_dropout = 0.1
"#;

/// The recipe and the model trained by it, once for all tests.
struct Tiny {
    _folder: TempDir,
    recipe: PathBuf,
    model: PathBuf,
    lines: Vec<Value>,
}

fn tiny() -> &'static Tiny {
    static TRAINED: OnceLock<Tiny> = OnceLock::new();
    TRAINED.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let recipe = folder.path().join("tiny.toml");
        std::fs::write(&recipe, TINY).unwrap();
        let model = folder.path().join("tiny");
        let stdout = succeeds(&["train", text(&recipe), "--out", text(&model), "--json"]);
        let lines = stdout
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect();
        Tiny { _folder: folder, recipe, model, lines }
    })
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_training_reports_each_update_as_a_line_of_json() {
    let lines = &tiny().lines;
    assert_eq!(lines.len(), 230);
    for (idx, line) in lines.iter().enumerate() {
        assert_eq!(line["update"], idx + 1);
        assert_eq!(line["num_updates"], 230);
        for number in ["loss", "grad_norm", "lr", "seconds"] {
            assert!(line[number].as_f64().is_some_and(f64::is_finite), "{number} in {line}");
        }
    }
    let files = ["model.toml", "weights.safetensors", "card.md", "checkpoint.safetensors"];
    assert!(files.iter().all(|name| tiny().model.join(name).is_file()));
    let num_files = std::fs::read_dir(&tiny().model).unwrap().count();
    assert_eq!(num_files, files.len(), "something temporary is left");
}

#[test]
fn a_killed_training_goes_on_to_the_same_weights() {
    let folder = TempDir::new().unwrap();
    let model = folder.path().join("tiny");
    let arguments = ["train", text(&tiny().recipe), "--out", text(&model)];
    let mut killed = command(&[&arguments[..], &["--json"]].concat()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = std::io::BufReader::new(killed.stdout.take().unwrap());
    // Past the checkpoint of update 200, and not at it.
    let seen = std::io::BufRead::lines(lines).find(|line| line.as_ref().unwrap().contains("\"update\":207,"));
    assert!(seen.is_some());
    killed.kill().unwrap();
    assert!(!killed.wait().unwrap().success());
    assert!(!model.join("weights.safetensors").exists(), "it had ended already");
    refuses(&["sample", text(&model), "--out", text(&folder.path().join("s.png"))], 1, &["--resume"]);

    // Without --resume nothing is overwritten.
    refuses(&arguments, 2, &["already holds a training", "--resume"]);
    let stdout = succeeds(&[&arguments[..], &["--resume", "--json"]].concat());
    let first = stdout.split(|byte| *byte == b'\n').next().unwrap();
    let first: Value = serde_json::from_slice(first).unwrap();
    assert_eq!(first["update"], 201, "it goes on from the checkpoint");
    let read = |folder: &Path| std::fs::read(folder.join("weights.safetensors")).unwrap();
    assert!(read(&model) == read(&tiny().model), "the weights differ");
}

#[test]
fn a_beginning_that_was_cut_off_is_begun_again() {
    let folder = TempDir::new().unwrap();
    let checkpoint = folder.path().join("checkpoint.safetensors");
    std::fs::write(&checkpoint, "half of a").unwrap();
    succeeds(&["train", text(&tiny().recipe), "--out", text(folder.path()), "--updates", "1"]);
    assert!(folder.path().join("model.toml").is_file());
    assert_ne!(std::fs::read(&checkpoint).unwrap(), b"half of a");
}

#[test]
fn a_resume_of_nothing_or_of_another_training_is_refused() {
    let folder = TempDir::new().unwrap();
    let recipe = text(&tiny().recipe);
    let nothing = folder.path().join("nothing");
    refuses(&["train", recipe, "--out", text(&nothing), "--resume"], 2, &["nothing", "no training"]);
    let arguments = ["train", "digit-classifier", "--out", text(&tiny().model), "--resume"];
    refuses(&arguments, 1, &["tiny", "digit-classifier"]);
    check_empty(folder.path());

    let cut = folder.path().join("cut");
    std::fs::create_dir(&cut).unwrap();
    std::fs::copy(tiny().model.join("model.toml"), cut.join("model.toml")).unwrap();
    let checkpoint = std::fs::read(tiny().model.join("checkpoint.safetensors")).unwrap();
    std::fs::write(cut.join("checkpoint.safetensors"), &checkpoint[..checkpoint.len() / 2]).unwrap();
    refuses(&["train", recipe, "--out", text(&cut), "--resume"], 1, &["checkpoint", "tiny"]);
}

#[test]
fn a_recipe_that_is_wrong_is_refused() {
    let folder = TempDir::new().unwrap();
    let check = |from: &str, to: &str, words: &[&str]| {
        let recipe = folder.path().join("wrong.toml");
        assert!(TINY.contains(from));
        std::fs::write(&recipe, TINY.replacen(from, to, 1)).unwrap();
        let out = folder.path().join("out");
        refuses(&["train", text(&recipe), "--out", text(&out)], 1, words);
        assert!(!out.exists(), "a folder is left behind");
    };
    check("lr = 0.001", "lr = nan", &["lr"]);
    check("batch_size = 2", "batch_size = 0", &["batch_size"]);
    check("num_groups = 2", "num_groups = 3", &["num_groups"]);
    check("kind = \"denoiser\"", "kind = \"poet\"", &["poet"]);
    check("[recipe]", "[recipe]\nhurry = true", &["hurry"]);
}

/// Samples from the tiny model, and returns the sheet's bytes.
#[track_caller]
fn sheet(arguments: &[&str]) -> Vec<u8> {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("s.png");
    succeeds(&[&["sample", text(&tiny().model), "--out", text(&out)], arguments].concat());
    std::fs::read(out).unwrap()
}

/// Picture `idx` of a sheet with that many columns.
fn picture(sheet: &[u8], idx: u32, columns: u32) -> RgbImage {
    let sheet = image::load_from_memory_with_format(sheet, ImageFormat::Png).unwrap().into_rgb8();
    // 32 pixels, each a square of 4, and a gap of 4.
    let place = |nth: u32| nth * (4 * 32 + 4);
    imageops::crop_imm(&sheet, place(idx % columns), place(idx / columns), 128, 128).to_image()
}

#[test]
fn the_same_arguments_give_the_same_bytes() {
    let first = sheet(&["--num", "2", "--seed", "1"]);
    assert!(first == sheet(&["--num", "2", "--seed", "1"]), "two runs differ");
    assert!(first != sheet(&["--num", "2", "--seed", "2"]), "the seed changes nothing");
    assert!(first != sheet(&["--num", "2", "--seed", "1", "--label", "3"]), "the label changes nothing");
    assert!(first != sheet(&["--num", "2", "--seed", "1", "--steps", "3"]), "the steps change nothing");
    assert!(first != sheet(&["--num", "2", "--seed", "1", "--cfg-scale", "1"]), "guidance changes nothing");
}

#[test]
fn the_first_pictures_do_not_depend_on_how_many_there_are() {
    let few = sheet(&["--label", "7", "--num", "4", "--sampler", "ddpm"]);
    let many = sheet(&["--label", "7", "--num", "18", "--sampler", "ddpm"]);
    for idx in 0..4 {
        assert!(picture(&few, idx, 2) == picture(&many, idx, 5), "picture {idx} differs");
    }
    // The second batch goes on where the first ended.
    assert!(picture(&many, 0, 5) != picture(&many, 16, 5), "picture 16 is picture 0 again");
}

#[test]
fn a_sheet_says_where_it_comes_from() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("s.png");
    let arguments =
        ["sample", text(&tiny().model), "--num", "12", "--seed", "5", "--out", text(&out), "--json"];
    let made = prints_json(&arguments);
    assert_eq!(made["model"], "tiny");
    assert_eq!(made["labels"], serde_json::json!([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]));
    assert_eq!((&made["num"], &made["seed"]), (&12.into(), &5.into()));
    assert_eq!((&made["sampler"], &made["num_inference_steps"]), (&"ddim".into(), &4.into()));
    assert_eq!(made["cfg_scale"], 2.0);
    let png = std::fs::read(&out).unwrap();
    let has = |words: &str| png.windows(words.len()).any(|window| window == words.as_bytes());
    assert!(has("tiny") && has("seed") && has("Made by a machine"));
}

#[test]
fn a_recording_is_a_gif_or_a_page() {
    let folder = TempDir::new().unwrap();
    let (out, gif, html) =
        (folder.path().join("s.png"), folder.path().join("s.gif"), folder.path().join("s.html"));
    for record in [&gif, &html] {
        succeeds(&["sample", text(&tiny().model), "--out", text(&out), "--record", text(record)]);
    }
    let gif = std::fs::read(gif).unwrap();
    assert!(gif.starts_with(b"GIF89a"));
    image::load_from_memory_with_format(&gif, ImageFormat::Gif).unwrap();
    let html = std::fs::read_to_string(html).unwrap();
    // Four steps and the end.
    assert!(html.contains("t = 751") && html.contains("t = 0"), "moments are missing");
    assert!(!html.contains("://"), "it fetches something");
}

#[test]
fn what_the_model_cannot_do_is_refused() {
    let check = |arguments: &[&str], words: &[&str]| {
        let folder = TempDir::new().unwrap();
        let out = folder.path().join("s.png");
        let fixed = ["sample", text(&tiny().model), "--out", text(&out)];
        refuses(&[&fixed, arguments].concat(), 2, words);
        check_empty(folder.path());
    };
    check(&["--label", "10"], &["--label: tiny has no label `10`: choose one of 0, 1, 2", "8, 9"]);
    check(&["--label", "-1"], &["no label `-1`"]);
    check(&["--label", "seven"], &["no label `seven`"]);
    check(&["--steps", "1001"], &["1001", "1 to 1000"]);
    check(&["--cfg-scale", "NaN"], &["--cfg-scale"]);
    check(&["--cfg-scale", "1e300"], &["--cfg-scale is 1e300, but must be a number from 0 to 100"]);
    check(&["--cfg-scale=-1"], &["--cfg-scale"]);
    check(&["--prompt", "a seven"], &["tiny", "words", "--label"]);
    check(&["--sampler", "eular"], &["ddpm", "ddim"]);
    check(&["--record", "x.mp4"], &["x.mp4", ".gif or .html"]);
    check(&["--device", "abacus"], &["abacus", "cpu"]);
}

/// A copy of the tiny model whose weights went through `damage`.
fn damaged(damage: impl FnOnce(&mut Vec<u8>)) -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::copy(tiny().model.join("model.toml"), folder.path().join("model.toml")).unwrap();
    let mut weights = std::fs::read(tiny().model.join("weights.safetensors")).unwrap();
    damage(&mut weights);
    std::fs::write(folder.path().join("weights.safetensors"), weights).unwrap();
    folder
}

#[track_caller]
fn check_weights(model: &TempDir, words: &[&str]) {
    let results = TempDir::new().unwrap();
    let out = results.path().join("s.png");
    refuses(&["sample", text(model.path()), "--out", text(&out)], 1, words);
    refuses(&["eval", text(model.path()), "--json"], 1, &[]);
    check_empty(results.path());
}

#[test]
fn weights_that_do_not_fit_are_refused() {
    check_weights(&damaged(|weights| weights.truncate(weights.len() / 2)), &["tiny", "weights.safetensors"]);
    check_weights(&damaged(Vec::clear), &["weights.safetensors"]);
    check_weights(&damaged(|weights| *weights.last_mut().unwrap() ^= 1), &["SHA-256"]);
    let nan = |weights: &mut Vec<u8>| {
        let end = weights.len();
        weights[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    };
    check_weights(&damaged(nan), &["not a number"]);

    // The weights of another model, with a model.toml that claims them.
    let other = damaged(|_| ());
    let path = other.path().join("model.toml");
    let toml = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, toml.replace("channels = [4, 4]", "channels = [4, 8]")).unwrap();
    check_weights(&other, &["shape"]);

    let missing = damaged(|_| ());
    std::fs::remove_file(missing.path().join("weights.safetensors")).unwrap();
    check_weights(&missing, &["weights.safetensors", "not found"]);
    let nowhere = TempDir::new().unwrap();
    check_weights(&nowhere, &["model.toml"]);
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_no_file_and_keeps_a_training() {
    let interrupt = |arguments: &[&str]| {
        let child = command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(700));
        let kill =
            std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        crate::program::Outcome { code: output.status.code(), stdout: Vec::new(), stderr }
    };
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("s.png");
    let long = ["sample", text(&tiny().model), "--num", "4096", "--steps", "1000", "--out", text(&out)];
    check_refusal(&interrupt(&long), 1, &["stopped"]);
    check_empty(folder.path());

    let model = folder.path().join("tiny");
    let long = ["train", text(&tiny().recipe), "--updates", "1000000", "--out", text(&model), "--json"];
    let stopped = interrupt(&long);
    check_refusal(&stopped, 1, &["stopped after update", "--resume"]);
    let update: usize = stopped.stderr.split(' ').find_map(|word| word.parse().ok()).unwrap();
    let mut resumed = command(&["train", text(&tiny().recipe), "--out", text(&model), "--resume", "--json"]);
    let mut resumed = resumed.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(resumed.stdout.take().unwrap()));
    let line: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(line["update"], update + 1);
    resumed.kill().unwrap();
    resumed.wait().unwrap();
}
