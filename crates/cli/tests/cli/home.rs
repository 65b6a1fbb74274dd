//! Finding lessons, assets and models.

use tempfile::TempDir;

use crate::program::{Outcome, check_refusal, checkout, command, outcome};

fn in_home(home: &std::path::Path, arguments: &[&str]) -> Outcome {
    let mut command = command(arguments);
    command.env("NOISEBOOK_HOME", home);
    outcome(command)
}

#[test]
fn a_folder_that_is_no_home_is_named() {
    let folder = TempDir::new().unwrap();
    for command in ["models", "data", "lessons", "check"] {
        let outcome = in_home(folder.path(), &[command]);
        let path = folder.path().to_str().unwrap();
        check_refusal(&outcome, 1, &["NOISEBOOK_HOME", path, "course.toml"]);
    }
}

#[test]
fn a_missing_asset_is_named() {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("lessons")).unwrap();
    let course = std::fs::read(checkout().join("lessons/course.toml")).unwrap();
    std::fs::write(folder.path().join("lessons/course.toml"), course).unwrap();
    let outcome = in_home(folder.path(), &["data"]);
    check_refusal(&outcome, 1, &["assets/digits/index.json", "not found"]);
}

#[test]
fn without_the_variable_the_checkout_around_the_folder_is_found() {
    let mut lessons = command(&["lessons", "--json"]);
    lessons.env_remove("NOISEBOOK_HOME").current_dir(checkout().join("tests"));
    let outcome = outcome(lessons);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
}
