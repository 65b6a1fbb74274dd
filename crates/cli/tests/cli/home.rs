//! Finding lessons, assets and models, and checking what a home has of them.

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

/// A home with a written lesson, its translation and its plan, and with the checkout's data.
#[cfg(unix)]
fn home_with(files: &[(&str, &str)]) -> TempDir {
    let home = TempDir::new().unwrap();
    let course = "title = \"T\"\n[[lesson]]\nnumber = 0\nid = \"who\"\ntitle = \"Who?\"\nminutes = 9\nsummary = \"S.\"\n[[part]]\nnumber = \"I\"\ntitle = \"P\"\nlesson = []\n";
    let glossary = "[[entry]]\nterm = \"noise\"\nmeaning = \"What is added.\"\n";
    let good = [
        ("course.toml", course),
        ("course.es.toml", "title = \"C\"\n[lessons.who]\ntitle = \"¿Quién?\"\nsummary = \"R.\"\n"),
        ("glossary.toml", glossary),
        ("glossary.es.toml", "[[entry]]\nof = \"noise\"\nterm = \"ruido\"\nmeaning = \"Lo que se suma.\"\n"),
        ("00-who/lesson.md", "# Who?\n## A {#a}\nHello.\n"),
        ("00-who/lesson.es.md", "# ¿Quién?\n## A {#a}\nHola.\n"),
        ("00-who/plan.md", "# Plan: Who?\n## 45 min · All\nDo it.\n"),
    ];
    std::fs::create_dir_all(home.path().join("lessons/00-who")).unwrap();
    for (name, text) in good.iter().chain(files) {
        std::fs::write(home.path().join("lessons").join(name), text).unwrap();
    }
    for folder in ["assets", "models"] {
        let there = checkout().join(folder).canonicalize().unwrap();
        std::os::unix::fs::symlink(there, home.path().join(folder)).unwrap();
    }
    home
}

#[cfg(unix)]
#[test]
fn translations_and_plans_are_counted() {
    let home = home_with(&[]);
    let outcome = in_home(home.path(), &["check"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let report = String::from_utf8(outcome.stdout).unwrap();
    for line in [
        "ok   plans: 1 of 1 written lessons",
        "ok   translation `es`: 1 of 1 written lessons and the glossary",
    ] {
        assert!(report.contains(line), "{report}");
    }
}

#[cfg(unix)]
#[test]
fn what_does_not_fit_in_a_translation_or_a_plan_is_named() {
    let check = |name: &str, text: &str, says: &[&str]| {
        let home = home_with(&[(name, text)]);
        let outcome = in_home(home.path(), &["check"]);
        assert_eq!(outcome.code, Some(1), "{name}: {}", outcome.stderr);
        for word in says {
            assert!(outcome.stderr.contains(word), "no {word:?} in: {}", outcome.stderr);
        }
    };
    check("00-who/lesson.es.md", "# ¿Quién?\n## B {#b}\n", &["lessons/00-who/lesson.es.md:2:", "`b`"]);
    check(
        "00-who/lesson.es.md",
        "# ¿Qué?\n## A {#a}\nHola.\n",
        &["lesson.es.md:1:", "¿Qué?", "course.es.toml"],
    );
    check("00-who/plan.md", "# Plan: Who?\n## 44 min · All\n", &["lessons/00-who/plan.md:1:", "44 minutes"]);
    check(
        "glossary.es.toml",
        "[[entry]]\nof = \"nose\"\nterm = \"n\"\nmeaning = \"M.\"\n",
        &["lessons/glossary.es.toml:2:", "nose"],
    );
    check("course.es.toml", "title = \"C\"\n[parts]\nV = \"Q\"\n", &["lessons/course.es.toml:3:", "`V`"]);
    let recognize = "recognize = { names = [\"a\", \"b\"], pictures = [\"emoji/noto/turtle\", \"emoji/noto/turtl\"], schedules = [\"cosine\"], rounds = 1, choices = 2 }";
    let page = |experiment: &str| {
        format!(
            "# Who?\n## A {{#a}}\n```experiment {experiment}\n```\n```predict\nask = \"?\"\nexplain = \"!\"\n{recognize}\n```\nHello.\n"
        )
    };
    check("00-who/lesson.md", &page("noising"), &["lessons/00-who/lesson.md:5:", "turtl"]);
    check("00-who/lesson.md", &page("denoising"), &["lessons/00-who/lesson.md:5:", "no setting `picture`"]);
    let sort = "# Who?\n## A {#a}\n```experiment noising\n```\n```predict\nask = \"?\"\nexplain = \"!\"\nsort = [\"a\", \"b\"]\nmeasure = \"equal_rates_at\"\n```\nHello.\n";
    check("00-who/lesson.md", sort, &["lessons/00-who/lesson.md:5:", "the whole recording"]);
}
