//! `noisebook check`: do lessons, experiments, models, data and licenses fit together?

use anyhow::bail;
use noisebook_data::{Digits, Emoji, Store, catalog, named_picture};
use noisebook_lessons::{Block, validate};
use noisebook_ops::Device;
use noisebook_shelf::{ModelFile, ModelKind, Shelf, ShelfError};

use crate::home::Home;
use crate::vocabulary::Registry;
use crate::{course, output};

#[derive(Debug, clap::Args)]
pub struct CheckArgs {}

/// What was looked at and what is wrong with it.
#[derive(Default)]
struct Findings {
    good: Vec<String>,
    bad: Vec<String>,
}

impl Findings {
    /// Notes the error, if it is one.
    fn take<T, E: std::fmt::Display>(&mut self, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.bad.push(error.to_string())).ok()
    }
}

pub fn run(_args: &CheckArgs) -> anyhow::Result<()> {
    let home = Home::find()?;
    let store = home.store();
    let mut findings = Findings::default();
    check_lessons(&*store, &mut findings);
    check_data(&*store, &mut findings);
    check_models(&*store, &mut findings);
    check_licenses(&*store, &mut findings);

    let mut report: String = findings.good.iter().map(|line| format!("ok   {line}\n")).collect();
    report.extend(findings.bad.iter().map(|line| format!("BAD  {line}\n")));
    output::text(&report)?;
    match findings.bad.as_slice() {
        [] => Ok(()),
        [only] => bail!("one thing is wrong: {only}"),
        [first, rest @ ..] => bail!("{} things are wrong, first of all: {first}", rest.len() + 1),
    }
}

fn check_lessons(store: &dyn Store, findings: &mut Findings) {
    let Some(course) = findings.take(course::course(store)) else {
        return;
    };
    let mut num_written = 0;
    let mut folders = Vec::new();
    for entry in course.lessons() {
        folders.push(entry.folder());
        let Some(path) = course::path(store, entry) else {
            continue;
        };
        let Some(lesson) = findings.take(course::lesson(store, &path)) else {
            continue;
        };
        num_written += 1;
        let errors = validate(&lesson, &Registry);
        findings.bad.extend(errors.iter().map(ToString::to_string));
        if lesson.title != entry.title {
            findings.bad.push(format!(
                "{path}:1: the title is \"{}\", but course.toml has \"{}\"",
                lesson.title, entry.title
            ));
        }
        for block in lesson.pages.iter().flat_map(|page| &page.blocks) {
            check_picture_and_model(store, &path, block, findings);
        }
    }
    // A folder that the course does not list would never be found by a reader.
    for name in store.list("lessons").unwrap_or_default() {
        let is_numbered = name.starts_with(|first: char| first.is_ascii_digit());
        if is_numbered && !folders.contains(&name) {
            findings.bad.push(format!("lessons/{name} is in no part of course.toml; list it or remove it"));
        }
    }
    let num_lessons = folders.len();
    findings
        .good
        .push(format!("lessons: {num_written} of {num_lessons} are written, and use only what there is"));
}

/// The registry knows which settings there are; only the shelf knows which pictures and models.
fn check_picture_and_model(store: &dyn Store, path: &str, block: &Block, findings: &mut Findings) {
    let Block::Experiment(experiment) = block else {
        return;
    };
    let text = |name: &str| experiment.settings.get(name).and_then(toml::Value::as_str);
    let mut at = |name: &str, error: String| {
        let line = experiment.line_of(name);
        findings.bad.push(format!("{path}:{line}: {error}"));
    };
    if let Some(id) = text("picture").filter(|id| *id != "own")
        && let Err(error) = named_picture(store, id)
    {
        at("picture", error.to_string());
    }
    if let Some(name) = text("model")
        && let Err(error) = Shelf::new(store).file(name)
    {
        at("model", error.to_string());
    }
}

fn check_data(store: &dyn Store, findings: &mut Findings) {
    let Some(sets) = findings.take(catalog(store)) else {
        return;
    };
    // Loading compares each atlas with the checksum in its index.
    let loaded = (findings.take(Digits::load(store)), findings.take(Emoji::load(store)));
    if let (Some(digits), Some(emoji)) = loaded {
        let num_sets = sets.len();
        findings.good.push(format!(
            "data: {} digits and {} emoji in {num_sets} sets, checksums right",
            digits.len(),
            emoji.glyphs().len()
        ));
    }
    for set in &sets {
        let in_splits: usize = set.splits.iter().map(|split| split.num_items).sum();
        if in_splits != set.num_items {
            findings.bad.push(format!(
                "{}: its splits have {in_splits} pictures and the set has {}",
                set.id, set.num_items
            ));
        }
    }
}

fn check_models(store: &dyn Store, findings: &mut Findings) {
    let shelf = Shelf::new(store);
    for name in findings.take(shelf.names()).unwrap_or_default() {
        let Some(file) = findings.take(shelf.file(&name)) else {
            continue;
        };
        if file.name != name {
            findings.bad.push(format!("models/{name}/model.toml says that its name is {}", file.name));
        }
        let loaded = load_model(&shelf, &file);
        let card = store.read(&format!("models/{name}/card.md"));
        if findings.take(loaded).is_some() && findings.take(card).is_some() {
            findings.good.push(format!("models/{name}: weights fit, are finite, and have a card"));
        }
    }
}

/// Loading checks the hash, every name and shape, and that each value is a number.
///
/// # Errors
/// When the model has no weights, or one of these is wrong.
pub fn load_model(shelf: &Shelf<'_>, file: &ModelFile) -> Result<(), ShelfError> {
    match file.kind {
        ModelKind::Denoiser { .. } => shelf.diffusion_model(&file.name, &Device::Cpu).map(drop),
        ModelKind::Classifier { .. } => shelf.classifier(&file.name, &Device::Cpu).map(drop),
    }
}

/// A license lies beside what it is for.
fn check_licenses(store: &dyn Store, findings: &mut Findings) {
    let sets = catalog(store).unwrap_or_default();
    let folders = sets.iter().map(|set| format!("assets/{}", set.id)).chain(["assets/fonts".to_owned()]);
    let mut num_found = 0;
    for folder in folders {
        let Some(names) = findings.take(store.list(&folder)) else {
            continue;
        };
        let num_licenses =
            names.iter().filter(|name| name.contains("LICENSE") || name.contains("OFL")).count();
        num_found += num_licenses;
        if num_licenses == 0 {
            findings.bad.push(format!("{folder} has no license beside it; add a file named LICENSE"));
        }
    }
    findings.good.push(format!("licenses: {num_found} files beside pictures and fonts"));
}
