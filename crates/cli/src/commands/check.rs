//! `noisebook check`: do lessons, notebooks, experiments, models, data and licenses fit together?

use std::collections::BTreeMap;

use anyhow::bail;
use noisebook_data::{Digits, Emoji, Store, catalog, named_picture};
use noisebook_lessons::{Block, Course, Lesson, LessonEntry, PredictKind, validate};
use noisebook_ops::Device;
use noisebook_shelf::{ModelFile, ModelKind, Shelf, ShelfError};

use super::notebooks;
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
    let (mut num_written, mut num_plans) = (0, 0);
    let mut translations = check_course_translations(store, &course, findings);
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
            check_pictures_and_model(store, &path, block, findings);
        }
        check_lesson_translations(store, entry, &lesson, &mut translations, findings);
        num_plans += check_plan(store, entry, findings);
    }
    // A folder that the course does not list would never be found by a reader.
    for name in store.list("lessons").unwrap_or_default() {
        let is_numbered = name.starts_with(|first: char| first.is_ascii_digit());
        if is_numbered && !folders.contains(&name) {
            findings.bad.push(format!("lessons/{name} is in no part of course.toml; list it or remove it"));
        }
    }
    // An installed program may come without them.
    if !store.list("notebooks").unwrap_or_default().is_empty() {
        let (good, bad) = notebooks::findings(store, &course);
        findings.good.push(good);
        findings.bad.extend(bad);
    }
    let num_lessons = folders.len();
    findings
        .good
        .push(format!("lessons: {num_written} of {num_lessons} are written, and use only what there is"));
    findings.good.push(format!("plans: {num_plans} of {num_written} written lessons have one of 45 minutes"));
    for (language, Translation { num_lessons, has_glossary, .. }) in translations {
        let glossary = if has_glossary { " and the glossary" } else { "" };
        findings.good.push(format!(
            "translation `{language}`: {num_lessons} of {num_written} written lessons{glossary} say what the originals say"
        ));
    }
}

/// What there is in another language.
#[derive(Default)]
struct Translation {
    course: Option<Course>,
    has_glossary: bool,
    num_lessons: usize,
}

/// The translations of course and glossary, by language.
fn check_course_translations(
    store: &dyn Store,
    course: &Course,
    findings: &mut Findings,
) -> BTreeMap<String, Translation> {
    let mut translations = BTreeMap::<String, Translation>::new();
    for (language, path) in course::translations(store, course::FOLDER, "course.toml") {
        let translated = findings.take(course::translated_course(store, course, &path));
        translations.entry(language).or_default().course = translated;
    }
    let names = store.list(course::FOLDER).unwrap_or_default();
    let has_glossary = names.iter().any(|name| name == "glossary.toml");
    let glossary = if has_glossary { findings.take(course::glossary(store)) } else { None };
    for (language, path) in course::translations(store, course::FOLDER, "glossary.toml") {
        let Some(glossary) = &glossary else {
            findings.bad.push(format!("{path} has no glossary.toml beside it that it translates"));
            continue;
        };
        if findings.take(course::translated_glossary(store, glossary, &path)).is_some() {
            translations.entry(language).or_default().has_glossary = true;
        }
    }
    translations
}

fn check_lesson_translations(
    store: &dyn Store,
    entry: &LessonEntry,
    lesson: &Lesson,
    translations: &mut BTreeMap<String, Translation>,
    findings: &mut Findings,
) {
    let folder = format!("{}/{}", course::FOLDER, entry.folder());
    for (language, path) in course::translations(store, &folder, "lesson.md") {
        let Some(translated) = findings.take(course::translated_lesson(store, lesson, &path)) else {
            continue;
        };
        let translation = translations.entry(language.clone()).or_default();
        translation.num_lessons += 1;
        let on_the_map = translation.course.as_ref().and_then(|course| course.lesson(&entry.id));
        if let Some(on_the_map) = on_the_map.filter(|on_the_map| on_the_map.title != translated.title) {
            findings.bad.push(format!(
                "{path}:1: the title is \"{}\", but course.{language}.toml has \"{}\"",
                translated.title, on_the_map.title
            ));
        }
    }
}

/// How many good plans the lesson has: one or none.
fn check_plan(store: &dyn Store, entry: &LessonEntry, findings: &mut Findings) -> usize {
    let folder = format!("{}/{}", course::FOLDER, entry.folder());
    let has_plan = store.list(&folder).unwrap_or_default().iter().any(|name| name == "plan.md");
    let is_good = has_plan && findings.take(course::plan(store, &format!("{folder}/plan.md"))).is_some();
    usize::from(is_good)
}

/// The registry knows which settings there are; only the shelf knows which pictures and models.
fn check_pictures_and_model(store: &dyn Store, path: &str, block: &Block, findings: &mut Findings) {
    let mut check_picture = |id: &str, line: usize| {
        if id != "own"
            && let Err(error) = named_picture(store, id)
        {
            findings.bad.push(format!("{path}:{line}: {error}"));
        }
    };
    match block {
        Block::Predict(predict) => {
            if let PredictKind::Recognize(recognize) = &predict.kind {
                recognize.pictures.iter().for_each(|id| check_picture(id, predict.line));
            }
        }
        Block::Experiment(experiment) => {
            let text = |name: &str| experiment.settings.get(name).and_then(toml::Value::as_str);
            if let Some(id) = text("picture") {
                check_picture(id, experiment.line_of("picture"));
            }
            if let Some(name) = text("model")
                && let Err(error) = Shelf::new(store).file(name)
            {
                findings.bad.push(format!("{path}:{}: {error}", experiment.line_of("model")));
            }
        }
        _ => {}
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
        ModelKind::Denoiser { .. } | ModelKind::TextDenoiser { .. } => {
            shelf.diffusion_model(&file.name, &Device::Cpu).map(drop)
        }
        ModelKind::Classifier { .. } => shelf.classifier(&file.name, &Device::Cpu).map(drop),
        ModelKind::Generator { .. } => shelf.gan(&file.name, &Device::Cpu).map(drop),
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
