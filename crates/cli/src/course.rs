//! The course and its lessons, read from home.

use anyhow::Context as _;
use noisebook_data::Store;
use noisebook_lessons::{
    Course, Glossary, Lesson, LessonEntry, Plan, parse_course, parse_glossary, parse_lesson, parse_plan,
    translate_course, translate_glossary, translate_lesson,
};

/// The folder of the course.
pub const FOLDER: &str = "lessons";

const COURSE: &str = "lessons/course.toml";

const GLOSSARY: &str = "lessons/glossary.toml";

/// The course map.
///
/// # Errors
/// When the file is missing or not a course; the sentence names file and line.
pub fn course(store: &dyn Store) -> anyhow::Result<Course> {
    Ok(parse_course(&text(store, COURSE)?, COURSE)?)
}

/// Where the text of a lesson lies, if it has been written; otherwise it is to come.
pub fn path(store: &dyn Store, entry: &LessonEntry) -> Option<String> {
    let folder = format!("lessons/{}", entry.folder());
    let names = store.list(&folder).ok()?;
    let is_there = names.iter().any(|name| name == "lesson.md");
    is_there.then(|| format!("{folder}/lesson.md"))
}

/// The lesson at `path`.
///
/// # Errors
/// When it cannot be read or is not a lesson; the sentence names file and line.
pub fn lesson(store: &dyn Store, path: &str) -> anyhow::Result<Lesson> {
    Ok(parse_lesson(&text(store, path)?, path)?)
}

/// The glossary.
///
/// # Errors
/// When the file is missing or not a glossary; the sentence names file and line.
pub fn glossary(store: &dyn Store) -> anyhow::Result<Glossary> {
    Ok(parse_glossary(&text(store, GLOSSARY)?, GLOSSARY)?)
}

/// The teacher's plan at `path`.
///
/// # Errors
/// When it cannot be read or is not a plan; the sentence names file and line.
pub fn plan(store: &dyn Store, path: &str) -> anyhow::Result<Plan> {
    Ok(parse_plan(&text(store, path)?, path)?)
}

/// The files of a folder that translate `name`, by language: `es` with the path of `lesson.es.md` for `lesson.md`.
pub fn translations(store: &dyn Store, folder: &str, name: &str) -> Vec<(String, String)> {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let language_of = |found: &String| {
        let rest = found.strip_prefix(stem)?.strip_prefix('.')?;
        let language = rest.strip_suffix(extension)?.strip_suffix('.')?;
        Some((language.to_owned(), format!("{folder}/{found}")))
    };
    store.list(folder).unwrap_or_default().iter().filter_map(language_of).collect()
}

/// The course with the texts at `path`.
///
/// # Errors
/// When it cannot be read or does not fit the course; the sentence names file and line.
pub fn translated_course(store: &dyn Store, course: &Course, path: &str) -> anyhow::Result<Course> {
    Ok(translate_course(course, &text(store, path)?, path)?)
}

/// The glossary with the texts at `path`.
///
/// # Errors
/// When it cannot be read or does not fit the glossary; the sentence names file and line.
pub fn translated_glossary(store: &dyn Store, glossary: &Glossary, path: &str) -> anyhow::Result<Glossary> {
    Ok(translate_glossary(glossary, &text(store, path)?, path)?)
}

/// The lesson with the texts at `path`.
///
/// # Errors
/// When it cannot be read or does not fit the lesson; the sentence names file and line.
pub fn translated_lesson(store: &dyn Store, lesson: &Lesson, path: &str) -> anyhow::Result<Lesson> {
    Ok(translate_lesson(lesson, &text(store, path)?, path)?)
}

fn text(store: &dyn Store, path: &str) -> anyhow::Result<String> {
    String::from_utf8(store.read(path)?).with_context(|| format!("{path} is not UTF-8 text"))
}
