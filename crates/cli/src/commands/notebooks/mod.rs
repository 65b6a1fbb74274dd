//! `noisebook notebooks`: every written lesson as a notebook for Jupyter.
//!
//! `notebooks/NN-slug.ipynb` is made from `lessons/NN-slug/lesson.md` and lies beside it in git, so that it can be read
//! where nothing is installed.
//! Of a run it keeps one small picture a cell, as the cell's output: that is where GitHub shows pictures, and Jupyter
//! replaces them when the cell runs again.
//! Numbers, text, pages with sliders and counts of runs are stripped; they would change with every run.

mod make;
mod picture;
mod run;
mod setup;

use anyhow::bail;
use clap::Subcommand;
use noisebook_data::Store;
use noisebook_lessons::{Course, LessonEntry, parse_notebook};

use crate::home::Home;
use crate::outcome::wrong_use;
use crate::output::{self, write_atomically};
use crate::{course, output::text};
use make::{FOLDER, Made, existing, make, path_of};

#[derive(Debug, clap::Args)]
pub struct NotebooksArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make the notebooks from the lessons; pictures stay where a cell is unchanged
    Build(BuildArgs),
    /// Check that the notebooks are what `build` makes of the lessons
    Check,
    /// Make Rust cells ready, for Jupyter and for the window
    Setup(setup::SetupArgs),
}

#[derive(Debug, clap::Args)]
struct BuildArgs {
    /// Only this lesson, by its id
    #[arg(long, value_name = "ID")]
    lesson: Option<String>,
    /// Run them in Jupyter and keep the pictures that come out (Python with nbclient; `NOISEBOOK_PYTHON` names it)
    #[arg(long)]
    run: bool,
}

pub fn run(args: &NotebooksArgs) -> anyhow::Result<()> {
    let home = Home::find()?;
    match &args.what {
        What::Build(args) => build(&home, args),
        What::Check => check(&home),
        What::Setup(args) => setup::run(&home, args),
    }
}

fn build(home: &Home, args: &BuildArgs) -> anyhow::Result<()> {
    let store = home.store();
    let course = course::course(&*store)?;
    let entries = wanted(&*store, &course, args.lesson.as_deref())?;
    std::fs::create_dir_all(home.root().join(FOLDER))?;
    let mut failures = Vec::new();
    let mut made = Vec::new();
    for entry in entries {
        match make(&*store, entry, &existing(&*store, entry)) {
            Ok(notebook) => made.push((entry, notebook)),
            Err(error) => failures.push(error),
        }
    }
    for (_, notebook) in &made {
        write(home, notebook)?;
    }
    if args.run {
        let paths: Vec<_> = made.iter().map(|(_, notebook)| home.root().join(&notebook.path)).collect();
        let executed = run::in_jupyter(home.root(), &paths)?;
        for ((entry, notebook), text) in made.iter_mut().zip(executed) {
            *notebook = make(&*store, entry, &parse_notebook(&text, &notebook.path)?)?;
            write(home, notebook)?;
        }
    }
    let lines: String = made.iter().map(|(_, notebook)| notebook.line()).collect();
    text(&lines)?;
    match failures.into_iter().next() {
        Some(first) => Err(first),
        None => Ok(()),
    }
}

/// The written lessons, or the one that was asked for.
fn wanted<'a>(
    store: &dyn Store,
    course: &'a Course,
    id: Option<&str>,
) -> anyhow::Result<Vec<&'a LessonEntry>> {
    let is_written = |entry: &&LessonEntry| course::path(store, entry).is_some();
    let Some(id) = id else {
        return Ok(course.lessons().filter(is_written).collect());
    };
    match course.lesson(id) {
        Some(entry) if is_written(&entry) => Ok(vec![entry]),
        Some(entry) => bail!("the lesson `{id}` is not written yet, so {} cannot be made", path_of(entry)),
        None => Err(wrong_use(format!("there is no lesson `{id}`; `noisebook lessons` lists them"))),
    }
}

fn write(home: &Home, notebook: &Made) -> anyhow::Result<()> {
    write_atomically(&home.root().join(&notebook.path), notebook.text.as_bytes())
}

fn check(home: &Home) -> anyhow::Result<()> {
    let store = home.store();
    let course = course::course(&*store)?;
    let (good, bad) = findings(&*store, &course);
    let mut report = format!("ok   {good}\n");
    report.extend(bad.iter().map(|line| format!("BAD  {line}\n")));
    output::text(&report)?;
    match bad.as_slice() {
        [] => Ok(()),
        [only] => bail!("{only}"),
        [first, rest @ ..] => bail!("{} notebooks are wrong, first of all: {first}", rest.len() + 1),
    }
}

/// What there is to say about the notebooks as they lie there: one line of praise, and a sentence for each that is wrong.
pub fn findings(store: &dyn Store, course: &Course) -> (String, Vec<String>) {
    let mut bad = Vec::new();
    let mut names = Vec::new();
    let mut num_good = 0;
    for entry in course.lessons().filter(|entry| course::path(store, entry).is_some()) {
        names.push(format!("{}.ipynb", entry.folder()));
        match finding(store, entry) {
            None => num_good += 1,
            Some(sentence) => bad.push(sentence),
        }
    }
    // A notebook of one's own may lie there under any name that is not a lesson's.
    for name in store.list(FOLDER).unwrap_or_default() {
        let is_numbered = name.starts_with(|first: char| first.is_ascii_digit()) && name.ends_with(".ipynb");
        if is_numbered && !names.contains(&name) {
            bad.push(format!("{FOLDER}/{name} belongs to no written lesson; remove it"));
        }
    }
    (
        format!("notebooks: {num_good} of {} written lessons have theirs, as `build` makes it", names.len()),
        bad,
    )
}

/// What is wrong with the notebook of a lesson, if anything.
fn finding(store: &dyn Store, entry: &LessonEntry) -> Option<String> {
    let path = path_of(entry);
    let mend = format!("run `noisebook notebooks build --lesson {}`", entry.id);
    let Ok(bytes) = store.read(&path) else {
        return Some(format!("{path} is not there; {mend}"));
    };
    let found = match std::str::from_utf8(&bytes) {
        Err(_) => return Some(format!("{path} is not UTF-8 text; {mend}")),
        Ok(text) => match parse_notebook(text, &path) {
            Ok(found) => found,
            Err(error) => return Some(format!("{error}; {mend}")),
        },
    };
    match make(store, entry, &found) {
        Err(error) => Some(error.to_string()),
        Ok(made) if made.text.as_bytes() == bytes => None,
        Ok(made) if made.has_sources_of(&found) => {
            Some(format!("{path} has outputs that are not kept, or another form; {mend}"))
        }
        Ok(_) => Some(format!("{path} is not what its lesson says now; {mend}")),
    }
}
