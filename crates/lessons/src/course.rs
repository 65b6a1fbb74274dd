//! `course.toml`: the lessons in their order, in parts, with what each needs.
//!
//! The course lists lessons before they are written.
//! A lesson exists when its folder has a `lesson.md`; until then it is to come.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::error::{Fail, LessonError, is_id, line_offset};

/// The whole course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Course {
    /// What the course says first.
    pub title: String,
    /// Lessons that stand before the parts.
    pub opening: Vec<LessonEntry>,
    /// The parts, in order.
    pub parts: Vec<Part>,
}

/// A part of the course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Its Roman number, "II".
    pub number: String,
    /// Its title, "Noise".
    pub title: String,
    /// Its lessons, in order.
    pub lessons: Vec<LessonEntry>,
}

/// A line of the course map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LessonEntry {
    /// Its number in the course, from 0.
    pub number: usize,
    /// Its id: what links, progress and `needs` refer to.
    pub id: String,
    /// Its title.
    pub title: String,
    /// About how long it takes, in minutes.
    pub minutes: u32,
    /// The ids of the lessons to do before it.
    pub needs: Vec<String>,
    /// What one learns, in one sentence.
    pub summary: String,
}

impl Course {
    /// Every lesson, in order.
    pub fn lessons(&self) -> impl Iterator<Item = &LessonEntry> {
        let in_parts = self.parts.iter().flat_map(|part| &part.lessons);
        self.opening.iter().chain(in_parts)
    }

    /// The lesson with this id.
    pub fn lesson(&self, id: &str) -> Option<&LessonEntry> {
        self.lessons().find(|lesson| lesson.id == id)
    }

    /// The part a lesson is in; none for those that stand before the parts.
    pub fn part_of(&self, id: &str) -> Option<&Part> {
        let has = |part: &&Part| part.lessons.iter().any(|lesson| lesson.id == id);
        self.parts.iter().find(has)
    }
}

impl LessonEntry {
    /// The folder of the lesson inside `lessons/`: "04-a-thousand-small-steps-to-noise".
    pub fn folder(&self) -> String {
        format!("{:02}-{}", self.number, self.id)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCourse {
    title: String,
    #[serde(default)]
    lesson: Vec<RawLesson>,
    part: Vec<RawPart>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPart {
    number: String,
    title: String,
    lesson: Vec<RawLesson>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLesson {
    number: Spanned<usize>,
    id: Spanned<String>,
    title: String,
    minutes: u32,
    #[serde(default)]
    needs: Vec<Spanned<String>>,
    summary: String,
}

/// Reads the course from the text of `course.toml`; `file` is the name for errors.
///
/// # Errors
/// When the text is not TOML of this form, an id is malformed or used twice, the numbers do not count 0, 1, 2…, or a lesson needs one that does not come before it.
pub fn parse_course(text: &str, file: &str) -> Result<Course, LessonError> {
    read_course(text).map_err(|fail| fail.in_file(file))
}

fn read_course(text: &str) -> Result<Course, Fail> {
    let raw: RawCourse =
        toml::from_str(text).map_err(|error| Fail::from_toml(&error, "the course", text, 1))?;
    let mut seen = Seen { text, ids: BTreeSet::new() };
    Ok(Course {
        title: raw.title,
        opening: seen.entries(raw.lesson)?,
        parts: raw
            .part
            .into_iter()
            .map(|part| {
                Ok(Part { number: part.number, title: part.title, lessons: seen.entries(part.lesson)? })
            })
            .collect::<Result<_, Fail>>()?,
    })
}

/// The lessons read so far; a lesson may only need one of them.
struct Seen<'a> {
    text: &'a str,
    ids: BTreeSet<String>,
}

impl Seen<'_> {
    fn entries(&mut self, raw: Vec<RawLesson>) -> Result<Vec<LessonEntry>, Fail> {
        raw.into_iter().map(|lesson| self.entry(lesson)).collect()
    }

    fn entry(&mut self, raw: RawLesson) -> Result<LessonEntry, Fail> {
        let id_line = self.line(&raw.id);
        let id = raw.id.as_ref();
        if !is_id(id) {
            let message =
                format!("the lesson id `{id}` is not lower-case letters, digits and hyphens; rename it");
            return Err(Fail::new(id_line, message));
        }
        let number = *raw.number.as_ref();
        let expected = self.ids.len();
        if number != expected {
            let message = format!(
                "lesson `{id}` has number {number}, but {expected} comes next; number the lessons in their order from 0"
            );
            return Err(Fail::new(self.line(&raw.number), message));
        }
        for need in &raw.needs {
            if !self.ids.contains(need.as_ref()) {
                let message = format!(
                    "lesson `{id}` needs `{}`, and no lesson before it has that id; name an earlier lesson",
                    need.as_ref()
                );
                return Err(Fail::new(self.line(need), message));
            }
        }
        if !self.ids.insert(id.clone()) {
            let message = format!("the lesson id `{id}` is used twice; ids are unique");
            return Err(Fail::new(id_line, message));
        }
        Ok(LessonEntry {
            number,
            id: raw.id.into_inner(),
            title: raw.title,
            minutes: raw.minutes,
            needs: raw.needs.into_iter().map(Spanned::into_inner).collect(),
            summary: raw.summary,
        })
    }

    fn line<T>(&self, spanned: &Spanned<T>) -> usize {
        1 + line_offset(self.text, spanned.span().start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"title = "A course"
[[lesson]]
number = 0
id = "who"
title = "Who?"
minutes = 10
summary = "Guess."
[[part]]
number = "I"
title = "One"
[[part.lesson]]
number = 1
id = "war"
title = "War"
minutes = 30
needs = ["who"]
summary = "Two networks."
"#;

    #[test]
    fn a_course_has_its_opening_and_its_parts() {
        let course = parse_course(GOOD, "course.toml").unwrap();
        assert_eq!(course.opening[0].folder(), "00-who");
        assert_eq!(course.lessons().count(), 2);
        assert_eq!(course.lesson("war").unwrap().needs, ["who"]);
        assert_eq!(course.part_of("war").unwrap().number, "I");
        assert!(course.part_of("who").is_none());
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let check = |from: &str, to: &str, line: usize, says: &str| {
            let text = GOOD.replacen(from, to, 1);
            let error = parse_course(&text, "course.toml").unwrap_err();
            assert_eq!((error.line, error.file.as_str()), (line, "course.toml"), "{error}");
            assert!(error.message.contains(says), "{error}");
        };
        check("\"war\"", "\"who\"", 13, "used twice");
        check("\"war\"", "\"War 1\"", 13, "lower-case");
        check("number = 1", "number = 3", 12, "1 comes next");
        check("[\"who\"]", "[\"why\"]", 16, "`why`");
        check("[\"who\"]", "[\"war\"]", 16, "`war`");
        check("minutes = 30", "minutes = \"30\"", 15, "invalid type");
        check("minutes = 30", "hours = 1", 15, "unknown field `hours`");
        check("title = \"A course\"", "title = ", 1, "the course cannot be read");
    }
}
