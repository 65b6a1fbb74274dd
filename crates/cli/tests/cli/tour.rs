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

#[test]
fn a_lesson_that_is_not_there_is_refused() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("t");
    refuses(&["tour", "--out", out.to_str().unwrap(), "--lesson", "nothing"], 2, &["nothing"]);
    refuses(&["tour", "--out", out.to_str().unwrap(), "--lesson", "sound"], 2, &["sound", "to come"]);
    assert!(!out.exists());
}
