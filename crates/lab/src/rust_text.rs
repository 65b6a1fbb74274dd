//! An experiment as the Rust that makes it, for a cell of a notebook or of the window.

use crate::{Settings, Tree, Value};

/// A cell that runs these settings and shows the moment at `t`, in the names of the notebooks' prelude:
///
/// ```text
/// // From picture to noise: emoji/noto/turtle at t = 500.
/// experiment("noising")?
///     .set("picture", "emoji/noto/turtle")?
///     .set("schedule", "linear")?
///     .set("seed", 0)?
///     .run()?
///     .at(500)?
///     .show()
/// ```
///
/// What it is about and the seed are always named, other settings where they are not the default.
/// A picture of the learner's own has no name that could be copied: a file's stands for it, to be put right.
pub fn rust_text(settings: &Settings, t: usize) -> String {
    let tree = Tree::new(settings.clone());
    rust_text_of(&tree, 0, t)
}

/// The same for a run of a tree: the trunk, and each branch on the way to it with what it changes.
///
/// ```text
/// // From noise to picture: ddpm-digits at t = 200.
/// experiment("denoising")?
///     .set("model", "ddpm-digits")?
///     .set("seed", 0)?
///     .run()?
///     .branch(600)?
///     .set("sampler", "ddpm")?
///     .run()?
///     .at(200)?
///     .show()
/// ```
///
/// Where `t` lies before the branch left, it is a moment of its parent's.
pub fn rust_text_of(tree: &Tree, run: usize, t: usize) -> String {
    let mut run = run;
    while let Some(branch) = tree.branch(run).filter(|branch| branch.t < t) {
        run = branch.parent;
    }
    let settings = tree.trunk();
    let spec = settings.spec();
    let is_named = |name: &str, value: &Value| {
        let is_default = settings.default_of(name).is_ok_and(|default| default == value);
        ["picture", "model", "seed"].contains(&name) || !is_default
    };
    let named = settings.iter().filter(|(name, value)| is_named(name, value));
    let mut calls: String = named.map(|(name, value)| call(settings, name, value)).collect();
    for run in tree.line(run) {
        if let Some(branch) = tree.branch(run) {
            let changed =
                tree.changes(run).into_iter().map(|(name, value)| call(&branch.settings, name, value));
            calls += &format!("    .run()?\n    .branch({})?\n{}", branch.t, changed.collect::<String>());
        }
    }
    let subject = settings.text("picture").or_else(|_| settings.text("model"));
    // A line feed in a name would end the comment.
    let subject = subject.map(|subject| format!(": {}", subject.escape_debug())).unwrap_or_default();
    if spec.view.is_of_cells() {
        // Its moments are no film.
        return format!(
            "// {}{subject}.\nexperiment(\"{}\")?\n{calls}    .run()?\n    .show()\n",
            spec.title, spec.name
        );
    }
    format!(
        "// {}{subject} at t = {t}.\nexperiment(\"{}\")?\n{calls}    .run()?\n    .at({t})?\n    .show()\n",
        spec.title, spec.name
    )
}

/// A line of the cell.
fn call(settings: &Settings, name: &str, value: &Value) -> String {
    if name == "picture" && value.to_string() == "own" {
        let size = settings.int("size").unwrap_or(256);
        return format!("    .picture(picture_file(\"photo.jpg\", {size})?)?\n");
    }
    format!("    .set(\"{name}\", {})?\n", literal(value))
}

/// A value as it stands in Rust.
fn literal(value: &Value) -> String {
    match value {
        Value::Bool(bool) => bool.to_string(),
        // A number without a type is an i32 to the compiler.
        Value::Int(int) if i32::try_from(*int).is_err() => format!("{int}_u64"),
        Value::Int(int) => int.to_string(),
        Value::Float(float) => format!("{float:?}"),
        Value::Text(text) => format!("{text:?}"),
        Value::Points(points) => format!("{points:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Branch;
    use crate::testing::settings;

    #[track_caller]
    fn check(experiment: &str, typed: &[(&str, &str)], t: usize, expected: &str) {
        assert_eq!(rust_text(&settings(experiment, typed), t), expected);
    }

    #[test]
    fn subject_seed_and_what_was_changed_are_named() {
        check(
            "noising",
            &[],
            0,
            r#"// From picture to noise: emoji/noto/turtle at t = 0.
experiment("noising")?
    .set("picture", "emoji/noto/turtle")?
    .set("seed", 0)?
    .run()?
    .at(0)?
    .show()
"#,
        );
        check(
            "denoising",
            &[("num", "4"), ("cfg_scale", "2"), ("clip", "false"), ("label", "7"), ("seed", "5000000000")],
            980,
            r#"// From noise to picture: ddpm-digits at t = 980.
experiment("denoising")?
    .set("model", "ddpm-digits")?
    .set("label", "7")?
    .set("num", 4)?
    .set("cfg_scale", 2.0)?
    .set("clip", false)?
    .set("seed", 5000000000_u64)?
    .run()?
    .at(980)?
    .show()
"#,
        );
    }

    #[test]
    fn what_suits_the_data_need_not_be_named() {
        let text = rust_text(&settings("training", &[("data", "scenes"), ("batch_size", "128")]), 40);
        let set: Vec<&str> = text.lines().filter(|line| line.contains(".set(")).map(str::trim).collect();
        assert_eq!(set, [r#".set("data", "scenes")?"#, r#".set("batch_size", 128)?"#, r#".set("seed", 0)?"#]);
    }

    #[test]
    fn a_drawn_curve_is_copied_point_by_point() {
        let points = ("points_b", "[[0.4, 0.5], [1, 0]]");
        let text = rust_text(&settings("schedules", &[("schedule_b", "drawn"), points]), 7);
        assert!(text.contains("    .set(\"points_b\", [[0.4, 0.5], [1.0, 0.0]])?\n"), "{text}");
    }

    #[test]
    fn a_branch_is_made_of_the_runs_that_led_to_it() {
        let mut tree = Tree::new(settings("denoising", &[]));
        let first = settings("denoising", &[("sampler", "ddpm")]);
        tree.add(Branch { parent: 0, idx: 20, t: 600, settings: first.clone() }).unwrap();
        tree.add(Branch { parent: 0, idx: 0, t: 1000, settings: first.clone() }).unwrap();
        tree.add(Branch { parent: 1, idx: 40, t: 200, settings: first }).unwrap();
        let calls = |run, t| {
            let text = rust_text_of(&tree, run, t);
            text.lines().skip(4).map(|line| line.trim().to_owned()).collect::<Vec<_>>().concat()
        };
        let branch = ".run()?.branch(600)?.set(\"sampler\", \"ddpm\")?";
        assert_eq!(calls(3, 100), format!("{branch}.run()?.branch(200)?.run()?.at(100)?.show()"));
        assert_eq!(calls(3, 400), format!("{branch}.run()?.at(400)?.show()"));
        assert_eq!(calls(3, 800), ".run()?.at(800)?.show()");
    }

    #[test]
    fn a_picture_of_ones_own_is_read_from_a_file() {
        let text = rust_text(&settings("noising", &[("picture", "own"), ("size", "64")]), 1);
        assert!(text.contains("    .picture(picture_file(\"photo.jpg\", 64)?)?\n"), "{text}");
        assert!(!text.contains("\"own\""), "{text}");
    }

    #[test]
    fn a_name_leaves_neither_its_quotes_nor_its_line() {
        let text = rust_text(&settings("noising", &[("picture", "a/\"b\\\n")]), 1);
        assert!(text.contains(r#".set("picture", "a/\"b\\\n")?"#), "{text}");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], r#"// From picture to noise: a/\"b\\\n at t = 1."#);
        assert_eq!(lines[1], "experiment(\"noising\")?");
    }
}
