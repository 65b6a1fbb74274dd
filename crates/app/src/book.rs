//! The course and its lessons, read once from the store.

use std::collections::BTreeMap;

use noisebook_data::{Store, StoreError};
use noisebook_lessons::{
    Block, Course, Glossary, Lesson, LessonEntry, Page, Predict, Quiz, parse_course, parse_glossary,
    parse_lesson, translate_course, translate_glossary, translate_lesson,
};

use crate::prose::Prose;
use crate::words::Words;

const COURSE: &str = "lessons/course.toml";
const GLOSSARY: &str = "lessons/glossary.toml";

/// The course in one language, and those of its lessons that are written.
pub(crate) struct Book {
    pub course: Course,
    pub glossary: Glossary,
    language: String,
    /// By id; a lesson that cannot be read has a sentence instead.
    lessons: BTreeMap<String, Written>,
}

/// A lesson as it was read.
struct Written {
    /// The files, to see when they change.
    sources: Sources,
    lesson: Result<Lesson, String>,
}

/// The text of a lesson and of its translation, where there is one; a sentence for what cannot be read.
#[derive(PartialEq)]
struct Sources {
    file: String,
    text: Result<String, String>,
    /// With the file's name.
    translation: Result<Option<(String, String)>, String>,
}

impl Book {
    /// Reads the course and every lesson there is, in `language` as far as they are translated.
    ///
    /// # Errors
    /// With a sentence when there is no course, or it cannot be read.
    pub fn load(store: &dyn Store, language: &str) -> Result<Self, String> {
        let mut course = parse_course(&text(store, COURSE)?, COURSE).map_err(|e| e.to_string())?;
        let mut glossary = parse_glossary(&text(store, GLOSSARY)?, GLOSSARY).map_err(|e| e.to_string())?;
        if let Some((source, file)) = translation(store, COURSE, language)? {
            course = translate_course(&course, &source, &file).map_err(|e| e.to_string())?;
        }
        if let Some((source, file)) = translation(store, GLOSSARY, language)? {
            glossary = translate_glossary(&glossary, &source, &file).map_err(|e| e.to_string())?;
        }
        let written = |entry: &LessonEntry| {
            let sources = Sources::read(store, entry, language)?;
            Some((entry.id.clone(), Written { lesson: sources.lesson(), sources }))
        };
        let lessons = course.lessons().filter_map(written).collect();
        Ok(Self { course, glossary, language: language.to_owned(), lessons })
    }

    /// The lesson with this id, or why it cannot be read; none if it is still to come.
    pub fn lesson(&self, id: &str) -> Option<Result<&Lesson, &str>> {
        let written = self.lessons.get(id)?;
        Some(written.lesson.as_ref().map_err(String::as_str))
    }

    /// Reads a lesson again; none if its files are as they were.
    pub fn reread(&mut self, store: &dyn Store, id: &str) -> Option<Result<Lesson, String>> {
        let newer = Sources::read(store, self.course.lesson(id)?, &self.language)?;
        let known = self.lessons.get_mut(id)?;
        if known.sources == newer {
            return None;
        }
        let lesson = newer.lesson();
        known.sources = newer;
        if lesson.is_ok() {
            known.lesson.clone_from(&lesson);
        }
        Some(lesson)
    }

    /// The first lesson that is written.
    pub fn first_lesson(&self) -> Option<&LessonEntry> {
        self.course.lessons().find(|entry| self.lessons.contains_key(&entry.id))
    }
}

impl Sources {
    /// None where the lesson is still to come.
    fn read(store: &dyn Store, entry: &LessonEntry, language: &str) -> Option<Self> {
        let file = format!("lessons/{}/lesson.md", entry.folder());
        let text = optional(store, &file).transpose()?;
        let translation = translation(store, &file, language);
        Some(Self { file, text, translation })
    }

    fn lesson(&self) -> Result<Lesson, String> {
        let lesson = parse_lesson(self.text.as_ref().map_err(String::clone)?, &self.file)
            .map_err(|e| e.to_string())?;
        match self.translation.as_ref().map_err(String::clone)? {
            Some((text, file)) => translate_lesson(&lesson, text, file).map_err(|e| e.to_string()),
            None => Ok(lesson),
        }
    }
}

/// The translation of `file`, with its own name, where there is one: `lesson.es.md` of `lesson.md`.
fn translation(store: &dyn Store, file: &str, language: &str) -> Result<Option<(String, String)>, String> {
    let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
    let file = format!("{stem}.{language}.{extension}");
    Ok(optional(store, &file)?.map(|source| (source, file)))
}

fn text(store: &dyn Store, path: &str) -> Result<String, String> {
    let bytes = store.read(path).map_err(|e| e.to_string())?;
    String::from_utf8(bytes).map_err(|_| format!("{path} is not UTF-8 text; save it as UTF-8"))
}

/// The text of a file, or none where there is no such file.
fn optional(store: &dyn Store, path: &str) -> Result<Option<String>, String> {
    match store.read(path) {
        Err(StoreError::Missing { .. }) => Ok(None),
        _ => text(store, path).map(Some),
    }
}

/// A page made ready to be drawn: its Markdown parsed, its cells put together.
pub(crate) struct PageView {
    pub id: String,
    pub title: String,
    pub pieces: Vec<Piece>,
    pub experiment: Option<noisebook_lessons::Experiment>,
    /// The cells of Rust on its tab, by their keys.
    pub cells: Vec<String>,
}

/// What stands in the column of prose.
pub(crate) enum Piece {
    Prose(Prose),
    Predict {
        predict: Predict,
        explain: Prose,
    },
    Quiz {
        quiz: Quiz,
        explain: Vec<Vec<Prose>>,
    },
    /// Something to do, and what is folded away beneath it.
    Folded {
        id: String,
        /// How deep a task goes; a fault has none.
        rung: Option<noisebook_lessons::Rung>,
        ask: Prose,
        code: Option<String>,
        solution: Prose,
        solution_code: Option<String>,
    },
}

impl PageView {
    /// Prepares a page.
    pub fn new(page: &Page, glossary: &Glossary) -> Self {
        let mut words = Words::new(glossary);
        Self {
            id: page.id.clone(),
            title: page.title.clone(),
            pieces: page.blocks.iter().filter_map(|block| piece(block, &mut words)).collect(),
            experiment: page.experiment().cloned(),
            cells: cells_of(page).map(|(key, _)| key).collect(),
        }
    }
}

/// The cells of a page: what the learner's text is kept under, and the lesson's text.
pub(crate) fn cells_of(page: &Page) -> impl Iterator<Item = (String, String)> {
    page.blocks.iter().filter_map(|block| match block {
        Block::Cell(cell) => Some((format!("{}/{}", page.id, cell.id), cell.code.trim_end().to_owned())),
        _ => None,
    })
}

fn piece(block: &Block, words: &mut Words<'_>) -> Option<Piece> {
    let mut prose = |markdown: &str| Prose::parse(markdown, words);
    match block {
        Block::Prose { markdown, .. } => Some(Piece::Prose(prose(markdown))),
        Block::Predict(predict) => {
            Some(Piece::Predict { explain: prose(&predict.explain), predict: predict.clone() })
        }
        Block::Quiz(quiz) => {
            let mut whys = |question: &noisebook_lessons::Question| {
                question.choices.iter().map(|choice| prose(&choice.why)).collect()
            };
            Some(Piece::Quiz { explain: quiz.questions.iter().map(&mut whys).collect(), quiz: quiz.clone() })
        }
        Block::Task(task) => Some(Piece::Folded {
            id: task.id.clone(),
            rung: Some(task.rung),
            ask: prose(&task.ask),
            code: None,
            solution: prose(&task.solution),
            solution_code: task.code.clone(),
        }),
        Block::Fault(fault) => Some(Piece::Folded {
            id: fault.id.clone(),
            rung: None,
            ask: prose(&fault.ask),
            code: Some(fault.code.clone()),
            solution: prose(&fault.explain),
            solution_code: Some(fault.fix.clone()),
        }),
        // On the stage, on its tab, for the projector, for the teacher.
        Block::Experiment(_) | Block::Cell(_) | Block::Present { .. } | Block::Teacher { .. } => None,
    }
}
