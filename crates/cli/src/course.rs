//! The course and its lessons, read from home.

use anyhow::Context as _;
use noisebook_data::Store;
use noisebook_lessons::{Course, Lesson, LessonEntry, parse_course, parse_lesson};

const COURSE: &str = "lessons/course.toml";

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

fn text(store: &dyn Store, path: &str) -> anyhow::Result<String> {
    String::from_utf8(store.read(path)?).with_context(|| format!("{path} is not UTF-8 text"))
}
