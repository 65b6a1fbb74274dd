//! `replay` and `open`: a state from its file to its pictures, and what is refused on the way.

use std::path::{Path, PathBuf};

use image::RgbImage;
use noisebook_data::decode_picture;
use noisebook_figures::{grid, rgb};
use noisebook_lab::{Branch, Context, Experiment, Progress, Settings, ShownRun, State, Tree, start};
use noisebook_shelf::Files;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::noise::photo;
use crate::program::{check_empty, checkout, command, outcome, prints_json, refuses, succeeds};

/// A finished experiment of the checkout, and a state of it.
fn saved(name: &str, table: &Value, idx: usize) -> (Box<dyn Experiment>, State) {
    let store = std::sync::Arc::new(Files::new(checkout()));
    let context = Context::new(store, noisebook_ops::Device::Cpu);
    let settings = Settings::from_table(name, table).unwrap();
    let mut experiment = start(name, &settings, &context).unwrap();
    while experiment.step().unwrap() != Progress::Done {}
    let state = State::of(&*experiment, idx, &*context.store).unwrap();
    (experiment, state)
}

fn written(folder: &Path, state: &State) -> PathBuf {
    let path = folder.join("x.noisebook");
    std::fs::write(&path, state.to_json().unwrap()).unwrap();
    path
}

/// Every file of a folder, by name.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let read = |entry: std::fs::DirEntry| {
        (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())
    };
    let mut files: Vec<_> = entries.map(read).collect();
    files.sort();
    files
}

/// A state gives the same files twice, and the pictures of the experiment that was saved within 2 of 255.
#[track_caller]
fn check_replay(name: &str, table: &Value, idx: usize, expected: &[&str]) {
    let folder = TempDir::new().unwrap();
    let (mut experiment, state) = saved(name, table, idx);
    let path = written(folder.path(), &state);
    let out = folder.path().join("out");
    let arguments = ["replay", path.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let printed = String::from_utf8(succeeds(&arguments)).unwrap();
    let first = files(&out);
    let names: Vec<&str> = first.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, expected);
    assert!(names.iter().all(|name| printed.contains(name)), "{printed}");
    succeeds(&arguments);
    assert_eq!(files(&out), first, "the second time gave other bytes");

    let moment = experiment.moment(idx).unwrap();
    for named in &moment.pictures {
        let (_, png) = first.iter().find(|(file, _)| *file == format!("{}.png", named.name)).unwrap();
        let made: RgbImage = image::load_from_memory(png).unwrap().into_rgb8();
        // One picture stands alone, so many times as large.
        let times = made.width() / rgb(named.pictures[0].view()).width();
        let saved = grid(&named.pictures, 1, times, times);
        let off = made.iter().zip(saved.iter()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(made.dimensions() == saved.dimensions() && off <= Some(2), "{}: {off:?}", named.name);
    }
}

#[test]
fn a_state_gives_the_pictures_that_were_saved() {
    let noising = json!({"schedule": "linear", "seed": 4});
    check_replay("noising", &noising, 500, &["eps.png", "slider.html", "strip.png", "x0.png", "x_t.png"]);
    let training = json!({"data": "moons", "num_updates": 4, "batch_size": 8, "num_inference_steps": 2});
    check_replay("training", &training, 3, &["samples.png", "slider.html", "strip.png"]);
    let denoising = json!({"label": "7", "num_inference_steps": 4, "seed": 9});
    check_replay(
        "denoising",
        &denoising,
        2,
        &["pred_eps.png", "pred_x0.png", "slider.html", "strip.png", "v.png", "x_next.png", "x_t.png"],
    );
    let authorship = json!({"num": 2, "num_inference_steps": 2});
    check_replay("authorship", &authorship, 1, &["exhibit.png", "strip.png"]);
}

/// Every branch has its pictures, which say how it came about, and they are those of the tree that was saved.
#[test]
fn a_tree_is_replayed_branch_by_branch() {
    let of = |changed: Value| {
        let mut table = json!({"num_inference_steps": 4, "seed": 9});
        table.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        Settings::from_table("denoising", &table).unwrap()
    };
    let mut tree = Tree::new(of(json!({})));
    let ddpm = json!({"sampler": "ddpm"});
    tree.add(Branch { parent: 0, idx: 2, t: 500, settings: of(ddpm) }).unwrap();
    let seeded = json!({"sampler": "ddpm", "seed": 3});
    tree.add(Branch { parent: 1, idx: 2, t: 500, settings: of(seeded) }).unwrap();
    let shown = ShownRun { run: 2, idx: 4, t: 0, beside: None };
    let state = State::of_tree(tree, shown, (4, 0));

    let folder = TempDir::new().unwrap();
    let path = written(folder.path(), &state);
    let out = folder.path().join("out");
    let made = prints_json(&["replay", path.to_str().unwrap(), "--out", out.to_str().unwrap(), "--json"]);
    let branches = made["branches"].as_array().unwrap();
    assert_eq!((branches.len(), &branches[1]["parent"], &branches[1]["t"]), (2, &json!(1), &json!(500)));
    let store = std::sync::Arc::new(Files::new(checkout()));
    let context = Context::new(store, noisebook_ops::Device::Cpu);
    let mut grove = state.grove(&context).unwrap();
    let mut pictures = Vec::new();
    for (run, folder) in [".", "branch-1", "branch-2"].iter().enumerate() {
        let mut experiment = grove.begin(run as u64).unwrap();
        while experiment.step().unwrap() != Progress::Done {}
        let moment = experiment.moment(4).unwrap();
        let png = std::fs::read(out.join(folder).join("x_t.png")).unwrap();
        let picture = image::load_from_memory(&png).unwrap().into_rgb8();
        let expected = grid(moment.pictures_of("x_t").unwrap(), 1, 6, 6);
        let off = picture.iter().zip(expected.iter()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(picture.dimensions() == expected.dimensions() && off <= Some(2), "{folder}: {off:?}");
        let says = |text: &str| String::from_utf8_lossy(&png).contains(text);
        assert!(says("ddpm-digits") && (says("from t = 500 on") == (run > 0)), "{folder}");
        pictures.push(picture);
    }
    assert!(pictures[0] != pictures[1] && pictures[1] != pictures[2]);
    assert!(out.join("branch-2/slider.html").exists());
}

#[test]
fn json_says_what_was_made_and_of_what() {
    let folder = TempDir::new().unwrap();
    let (_, mut state) = saved("denoising", &json!({"num_inference_steps": 2, "seed": 3}), 1);
    state.lesson = Some("a-thousand-steps-back".to_owned());
    state.models.insert("ddpm-digits".to_owned(), "00".to_owned());
    let path = written(folder.path(), &state);
    let out = folder.path().join("new/out");
    let made = prints_json(&["replay", path.to_str().unwrap(), "--out", out.to_str().unwrap(), "--json"]);
    assert_eq!(
        (&made["experiment"], &made["lesson"]),
        (&json!("denoising"), &json!("a-thousand-steps-back"))
    );
    assert_eq!((&made["idx"], &made["t"], &made["settings"]["seed"]), (&json!(1), &json!(500), &json!(3)));
    // Other weights are told of, and the pictures are made all the same.
    assert!(made["warnings"][0].as_str().unwrap().contains("other weights of ddpm-digits"), "{made}");
    let listed = made["files"].as_array().unwrap();
    assert_eq!(listed.len(), files(&out).len());
    for file in listed {
        let bytes = std::fs::read(file["path"].as_str().unwrap()).unwrap();
        assert_eq!(file["sha256"], noisebook_shelf::weights_sha256(&bytes));
    }
}

#[test]
fn a_state_without_its_picture_takes_one_that_is_given() {
    let folder = TempDir::new().unwrap();
    let photo = photo(folder.path());
    let mut settings = Settings::new("noising").unwrap();
    settings.set("picture", "own").unwrap();
    let mut state = State::new(settings, 0, 0);
    let path = written(folder.path(), &state);
    let out = folder.path().join("out");
    let arguments = ["replay", path.to_str().unwrap(), "--out", out.to_str().unwrap()];
    refuses(&arguments, 1, &["a picture of its author's own", "was not saved with it"]);
    assert!(!out.exists());
    succeeds(&[&arguments[..], &["--picture", photo.to_str().unwrap()]].concat());
    let given = files(&out);

    let picture = decode_picture(&std::fs::read(&photo).unwrap(), "photo", 256).unwrap();
    state.keep_own_picture(&picture).unwrap();
    written(folder.path(), &state);
    succeeds(&arguments);
    assert_eq!(files(&out), given, "the picture in the file is not the picture");
}

#[test]
fn bad_states_are_refused_and_nothing_is_written() {
    let folder = TempDir::new().unwrap();
    let (_, state) = saved("noising", &json!({}), 5);
    let good = state.to_json().unwrap();
    let check = |content: &str, words: &[&str]| {
        let path = folder.path().join("bad.noisebook");
        std::fs::write(&path, content).unwrap();
        let place = TempDir::new().unwrap();
        refuses(&["replay", path.to_str().unwrap(), "--out", place.path().to_str().unwrap()], 1, words);
        check_empty(place.path());
    };
    check(&good[..good.len() / 2], &["bad.noisebook is cut off in line"]);
    check("# A lesson", &["bad.noisebook is no state of Noisebook"]);
    check(&good.replace("\"format\": 1", "\"format\": 2"), &["format 2", "get a newer Noisebook"]);
    check(&good.replace("cosine", "cosin"), &["bad.noisebook: `schedule` is \"cosin\"", "sigmoid"]);
    check(&good.replace("\"idx\": 5", "\"idx\": 2000"), &["there is no moment 2000"]);
    let (_, network) = saved("denoising", &json!({"num_inference_steps": 1}), 0);
    check(&network.to_json().unwrap().replace("ddpm-digits", "ddpm-cats"), &["ddpm-cats", "ddpm-digits"]);
    refuses(&["replay", "nowhere.noisebook", "--out", "x"], 1, &["could not read nowhere.noisebook"]);
    let (file, path) = (folder.path().join("file"), written(folder.path(), &state));
    std::fs::write(&file, "").unwrap();
    refuses(&["replay", path.to_str().unwrap(), "--out", file.to_str().unwrap()], 2, &["is no folder"]);
    refuses(
        &["replay", path.to_str().unwrap(), "--out", "x", "--picture", "p.png"],
        2,
        &["--picture is p.png", "no picture of one's own"],
    );
}

#[test]
fn open_reads_the_file_before_it_looks_for_a_display() {
    let folder = TempDir::new().unwrap();
    let (_, state) = saved("noising", &json!({}), 5);
    let path = written(folder.path(), &state);
    let path = path.to_str().unwrap();
    refuses(&["open", path], 1, &["no display", &format!("noisebook replay {path} --out DIR")]);
    let lesson = checkout().join("lessons/04-a-thousand-small-steps-to-noise");
    for lesson in [lesson.clone(), lesson.join("lesson.md")] {
        refuses(&["open", lesson.to_str().unwrap()], 1, &["no display", "noisebook tour"]);
    }
    refuses(&["open", "nowhere.noisebook"], 1, &["nowhere.noisebook could not be read"]);
    std::fs::write(folder.path().join("notes.txt"), "hello").unwrap();
    let mut notes = command(&["open", "notes.txt"]);
    notes.current_dir(folder.path());
    crate::program::check_refusal(&outcome(notes), 1, &["notes.txt is nothing that opens here"]);
    refuses(&["open"], 2, &["FILE"]);
}
