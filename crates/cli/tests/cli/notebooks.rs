//! Notebooks made from lessons, checked, and kept with the pictures of their last run.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{Outcome, checkout, command, outcome, refuses, succeeds};

const NOTEBOOK: &str = "notebooks/00-who.ipynb";

const LESSON: &str = "# Who?\n## A {#a}\nHello.\n```rust cell\n1 + 1\n```\n```rust cell {#b}\n2 + 2\n```\n";

fn write(home: &TempDir, path: &str, text: &str) {
    std::fs::write(home.path().join(path), text).unwrap();
}

fn read(home: &TempDir, path: &str) -> String {
    std::fs::read_to_string(home.path().join(path)).unwrap()
}

/// A home with one written lesson and one to come.
fn home() -> TempDir {
    let home = TempDir::new().unwrap();
    let entry = |number: usize, id: &str| {
        format!(
            "[[lesson]]\nnumber = {number}\nid = \"{id}\"\ntitle = \"Who?\"\nminutes = 9\nsummary = \"S.\"\n"
        )
    };
    std::fs::create_dir_all(home.path().join("lessons/00-who")).unwrap();
    let course = format!(
        "title = \"T\"\n{}{}[[part]]\nnumber = \"I\"\ntitle = \"P\"\nlesson = []\n",
        entry(0, "who"),
        entry(1, "later")
    );
    write(&home, "lessons/course.toml", &course);
    write(&home, "lessons/00-who/lesson.md", LESSON);
    home
}

fn notebooks(home: &TempDir, arguments: &[&str]) -> Outcome {
    let mut command = command(&["notebooks"]);
    command.args(arguments).env("NOISEBOOK_HOME", home.path());
    outcome(command)
}

#[track_caller]
fn builds(home: &TempDir) {
    let outcome = notebooks(home, &["build"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
}

/// The check ends with 1 and one sentence that has all `words`.
#[track_caller]
fn check_finds(home: &TempDir, words: &[&str]) {
    let outcome = notebooks(home, &["check"]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
    for word in words {
        assert!(outcome.stderr.contains(word), "no {word:?} in: {}", outcome.stderr);
    }
}

#[track_caller]
fn check_is_content(home: &TempDir) {
    let outcome = notebooks(home, &["check"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
}

/// The notebook after a run, as Jupyter saves it: numbers, printed lines, HTML, and under each code cell a picture.
fn run_in_jupyter(home: &TempDir, side: u32) -> String {
    use base64::Engine as _;
    let mut state = 1_u32;
    let picture = image::RgbImage::from_fn(side, side, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        image::Rgb([(state >> 8) as u8, (state >> 16) as u8, (state >> 24) as u8])
    });
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let png = base64::engine::general_purpose::STANDARD.encode(png.into_inner());
    let mut file: Value = serde_json::from_str(&read(home, NOTEBOOK)).unwrap();
    for (idx, cell) in file["cells"].as_array_mut().unwrap().iter_mut().enumerate() {
        if cell["cell_type"] == "code" {
            cell["execution_count"] = json!(idx);
            cell["outputs"] = json!([
                { "output_type": "stream", "name": "stdout", "text": ["4\n"] },
                {
                    "output_type": "execute_result",
                    "data": { "image/png": png, "text/html": ["<p>x</p>"], "text/plain": ["a picture"] },
                    "metadata": {},
                    "execution_count": idx,
                },
            ]);
        }
    }
    serde_json::to_string(&file).unwrap()
}

/// The pictures of the notebook by the ids of their cells.
fn pictures(home: &TempDir) -> Vec<(String, usize)> {
    let file: Value = serde_json::from_str(&read(home, NOTEBOOK)).unwrap();
    let cells = file["cells"].as_array().unwrap().iter();
    let with_picture = cells.filter_map(|cell| {
        let picture = cell["outputs"][0]["data"]["image/png"].as_str()?;
        Some((cell["id"].as_str().unwrap().to_owned(), picture.len()))
    });
    with_picture.collect()
}

fn ids(home: &TempDir) -> Vec<String> {
    pictures(home).into_iter().map(|(id, _)| id).collect()
}

#[test]
fn what_is_built_passes_the_check_and_stays() {
    let home = home();
    builds(&home);
    check_is_content(&home);
    let built = read(&home, NOTEBOOK);
    builds(&home);
    assert_eq!(read(&home, NOTEBOOK), built);
    let names: Vec<_> = std::fs::read_dir(home.path().join("notebooks")).unwrap().collect();
    assert_eq!(names.len(), 1, "a lesson to come has a notebook: {names:?}");
}

#[test]
fn a_run_leaves_only_its_pictures() {
    let home = home();
    builds(&home);
    write(&home, NOTEBOOK, &run_in_jupyter(&home, 32));
    check_finds(&home, &[NOTEBOOK, "outputs that are not kept", "`noisebook notebooks build --lesson who`"]);
    builds(&home);
    check_is_content(&home);
    assert_eq!(ids(&home), ["_setup", "a_cell", "a_b"]);
    let built = read(&home, NOTEBOOK);
    assert!(
        !built.contains("text/html") && !built.contains("stdout") && !built.contains("a picture"),
        "{built}"
    );
    // A cell that says something else has not shown this picture; what has not changed keeps its own.
    write(&home, "lessons/00-who/lesson.md", &LESSON.replace("2 + 2", "2 + 3"));
    check_finds(&home, &[NOTEBOOK, "not what its lesson says", "`noisebook notebooks build --lesson who`"]);
    builds(&home);
    assert_eq!(ids(&home), ["_setup", "a_cell"]);
}

#[test]
fn large_pictures_get_small_and_then_stay() {
    let home = home();
    builds(&home);
    write(&home, NOTEBOOK, &run_in_jupyter(&home, 400));
    assert!(read(&home, NOTEBOOK).len() > 1_500_000);
    builds(&home);
    check_is_content(&home);
    let pictures = pictures(&home);
    assert_eq!(pictures.len(), 3);
    assert!(pictures.iter().all(|(_, length)| (20_000..=53_336).contains(length)), "{pictures:?}");
}

#[test]
fn what_is_wrong_with_a_notebook_is_said_in_a_sentence() {
    let home = home();
    check_finds(&home, &[NOTEBOOK, "not there", "`noisebook notebooks build"]);
    builds(&home);
    let built = read(&home, NOTEBOOK);
    write(&home, NOTEBOOK, &built.replace("1 + 1", "1 + 2"));
    check_finds(&home, &[NOTEBOOK, "not what its lesson says"]);
    write(&home, NOTEBOOK, "<<<<<<< HEAD\n");
    check_finds(&home, &[NOTEBOOK, ":1: ", "not a notebook"]);
    builds(&home);
    check_is_content(&home);
    write(&home, "notebooks/05-gone.ipynb", &built);
    check_finds(&home, &["notebooks/05-gone.ipynb", "no written lesson", "remove it"]);
    std::fs::rename(home.path().join("notebooks/05-gone.ipynb"), home.path().join("notebooks/mine.ipynb"))
        .unwrap();
    check_is_content(&home);
}

#[test]
fn a_lesson_that_cannot_be_read_is_named_with_its_line() {
    let home = home();
    builds(&home);
    let built = read(&home, NOTEBOOK);
    write(&home, "lessons/00-who/lesson.md", "# Who?\n## A {#a}\n```pridict\n```\n");
    let outcome = notebooks(&home, &["build"]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("lessons/00-who/lesson.md:3: "), "{}", outcome.stderr);
    assert_eq!(read(&home, NOTEBOOK), built, "the old one is gone");
    check_finds(&home, &["lessons/00-who/lesson.md:3: "]);
}

#[test]
fn one_lesson_can_be_asked_for() {
    let home = home();
    let built = notebooks(&home, &["build", "--lesson", "who"]);
    assert_eq!(built.code, Some(0), "{}", built.stderr);
    let later = notebooks(&home, &["build", "--lesson", "later"]);
    assert_eq!(later.code, Some(1));
    assert!(later.stderr.contains("`later` is not written yet"), "{}", later.stderr);
    refuses(&["notebooks", "build", "--lesson", "nope"], 2, &["`nope`", "noisebook lessons"]);
}

#[test]
fn the_shipped_notebooks_are_what_their_lessons_say() {
    let checked = succeeds(&["notebooks", "check"]);
    assert!(String::from_utf8(checked).unwrap().starts_with("ok   notebooks: "));
    assert!(Path::new(&checkout()).join("notebooks").is_dir());
}

#[test]
fn running_them_needs_python_and_says_so() {
    let home = home();
    let folder = home.path().join("tests/peers");
    let run = |python: &str| {
        let mut command = command(&["notebooks", "build", "--run"]);
        command.env("NOISEBOOK_HOME", home.path()).env("NOISEBOOK_PYTHON", python);
        outcome(command)
    };
    let outcome = run("python3");
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("run_notebooks.py is not there"), "{}", outcome.stderr);
    std::fs::create_dir_all(&folder).unwrap();
    write(&home, "tests/peers/run_notebooks.py", "raise SystemExit(3)\n");
    let outcome = run("no-such-python");
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.stderr.contains("no-such-python") && outcome.stderr.contains("NOISEBOOK_PYTHON"),
        "{}",
        outcome.stderr
    );
    check_is_content(&home);
}
