//! `tour`, and the window where there is no display.

use std::path::Path;

use tempfile::TempDir;

use crate::program::{checkout, command, outcome, refuses};

const LESSON: &str = "a-thousand-small-steps-to-noise";

/// A home with lesson 4 only, whose figures need no model.
#[cfg(unix)]
fn home() -> TempDir {
    let home = TempDir::new().unwrap();
    let lesson = format!("lessons/04-{LESSON}");
    std::fs::create_dir_all(home.path().join(&lesson)).unwrap();
    for name in ["lessons/course.toml", &format!("{lesson}/lesson.md")] {
        std::fs::copy(checkout().join(name), home.path().join(name)).unwrap();
    }
    let assets = checkout().join("assets").canonicalize().unwrap();
    std::os::unix::fs::symlink(assets, home.path().join("assets")).unwrap();
    home
}

/// Every `src="…"` and `href="…"` of the page.
fn addresses(html: &str) -> Vec<&str> {
    let parts = html.split(" src=\"").chain(html.split(" href=\"")).filter_map(|part| part.split_once('"'));
    parts.map(|(address, _)| address).filter(|address| !address.starts_with('<')).collect()
}

#[cfg(unix)]
#[test]
fn without_a_display_it_says_so_and_does_the_tour() {
    let (home, folder) = (home(), TempDir::new().unwrap());
    let mut window = command(&[]);
    window.env("NOISEBOOK_HOME", home.path()).current_dir(folder.path());
    let outcome = outcome(window);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let stdout = String::from_utf8(outcome.stdout).unwrap();
    assert!(stdout.contains("no display") && stdout.contains("tour/index.html"), "{stdout}");
    check_tour(&folder.path().join("tour"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_display_that_is_named_and_not_there_is_none() {
    let (home, folder) = (home(), TempDir::new().unwrap());
    let mut window = command(&[]);
    window.env("NOISEBOOK_HOME", home.path()).env("DISPLAY", ":4711").current_dir(folder.path());
    let outcome = outcome(window);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let stdout = String::from_utf8(outcome.stdout).unwrap();
    assert!(stdout.contains("could not be opened") && !stdout.contains(".rs:"), "{stdout}");
    check_tour(&folder.path().join("tour"));
}

#[track_caller]
fn check_tour(tour: &Path) {
    let html = std::fs::read_to_string(tour.join("index.html")).unwrap();
    assert!(html.contains("A thousand small steps to noise"), "the lesson's title is missing");
    assert!(html.contains("equal rates at t = "), "a measured t is not written as one");
    assert!(html.contains("path shortcut, seed 0"), "a caption leaves out a setting");
    let folders = std::fs::read_dir(tour).unwrap().count();
    assert_eq!(folders, 3, "something other than index.html, figures and fonts is left");
    assert!(html.contains("● computed 20"), "the badge with the date is missing");
    assert!(html.contains("to-come"), "what is to come is not told from what is there");
    assert!(!html.contains("\\term"), "a formula was not set");

    let images: Vec<&str> = html.split("<img ").skip(1).collect();
    assert!(images.len() >= 5, "only {} pictures", images.len());
    for image in images {
        let tag = image.split_once('>').unwrap().0;
        assert!(tag.contains("alt=\"") && !tag.contains("alt=\"\""), "no alt text: {tag}");
    }
    let mut num_files = 0;
    for address in addresses(&html).into_iter().filter(|address| !address.starts_with('#')) {
        assert!(!address.contains("://"), "it fetches {address}");
        if !address.starts_with("data:") {
            assert!(tour.join(address).is_file(), "{address} is missing");
            num_files += 1;
        }
    }
    assert!(num_files >= 10, "only {num_files} figures");
    for font in html.split("url(").skip(1).filter_map(|rest| rest.split_once(')')) {
        assert!(tour.join(font.0).is_file(), "{} is missing", font.0);
    }
    for (before, after) in html.match_indices("href=\"#").map(|(at, _)| html.split_at(at)) {
        let id = after.trim_start_matches("href=\"#").split_once('"').unwrap().0;
        assert!(html.contains(&format!("id=\"{id}\"")), "#{id} leads nowhere, after {} bytes", before.len());
    }
}

#[cfg(unix)]
#[test]
fn a_tour_that_fails_leaves_everything_as_it_was() {
    let (home, folder) = (home(), TempDir::new().unwrap());
    // The figures can be computed; the fonts, which come after them, are missing.
    let assets = home.path().join("assets");
    std::fs::remove_file(&assets).unwrap();
    std::fs::create_dir(&assets).unwrap();
    for name in ["digits", "emoji"] {
        let original = checkout().join("assets").join(name).canonicalize().unwrap();
        std::os::unix::fs::symlink(original, assets.join(name)).unwrap();
    }
    let tour = |out: &Path| {
        let mut tour = command(&["tour", "--out", out.to_str().unwrap()]);
        tour.env("NOISEBOOK_HOME", home.path());
        crate::program::check_refusal(&outcome(tour), 1, &["assets/fonts"]);
    };
    tour(&folder.path().join("tour"));
    crate::program::check_empty(folder.path());

    std::fs::write(folder.path().join("index.html"), "mine").unwrap();
    tour(folder.path());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "something is left");
    assert_eq!(std::fs::read(folder.path().join("index.html")).unwrap(), b"mine");
}

#[test]
fn a_lesson_that_is_not_there_is_refused() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("t");
    refuses(&["tour", "--out", out.to_str().unwrap(), "--lesson", "nothing"], 2, &["nothing"]);
    refuses(&["tour", "--out", out.to_str().unwrap(), "--lesson", "sound"], 2, &["sound", "to come"]);
    assert!(!out.exists());
}

/// A home whose opening lesson asks who made a row of digits.
#[cfg(unix)]
fn home_of_authorship() -> TempDir {
    let home = home();
    let lesson = home.path().join("lessons/00-person-or-machine");
    std::fs::create_dir_all(&lesson).unwrap();
    let text = "# Made by a person or by a machine?\n## A {#a}\n```experiment authorship\nnum = 4\nnum_inference_steps = 2\n```\n```predict\nask = \"Who?\"\nsort = [\"By a person\", \"By a machine\"]\nmeasure = \"made_by_machine\"\nexplain = \"So.\"\n```\n```predict\nask = \"How?\"\nwrite = \"I looked at …\"\nexplain = \"So.\"\n```\n```task\nrung = \"construct\"\nask = \"Make.\"\nsolution = \"So.\"\n```\n";
    std::fs::write(lesson.join("lesson.md"), text).unwrap();
    let models = checkout().join("models").canonicalize().unwrap();
    std::os::unix::fs::symlink(models, home.path().join("models")).unwrap();
    home
}

#[cfg(unix)]
#[test]
fn a_row_to_sort_is_shown_and_its_answer_is_folded() {
    let (home, folder) = (home_of_authorship(), TempDir::new().unwrap());
    let tour = folder.path().join("tour");
    let mut tour_of_it = command(&["tour", "--lesson", "person-or-machine", "--out", tour.to_str().unwrap()]);
    tour_of_it.env("NOISEBOOK_HOME", home.path());
    let outcome = outcome(tour_of_it);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let html = std::fs::read_to_string(tour.join("index.html")).unwrap();
    let names = std::fs::read_dir(tour.join("figures")).unwrap().count();
    assert_eq!((names, html.matches("class=\"numbered\"").count()), (4, 4));
    for text in ["To do · make", "In your own words: I looked at …", "Write it down, then compare"] {
        assert!(html.contains(text), "{text}");
    }
    let (before, answer) = html.split_once("By a person: ").unwrap();
    assert!(before.rfind("<details>") > before.rfind("</details>"), "the answer is not folded");
    let (persons, machines) = answer.split_once(". By a machine: ").unwrap();
    assert_eq!(
        (persons.split(", ").count(), machines.split('<').next().unwrap().split(", ").count()),
        (2, 2)
    );
}
