//! The lesson format: the course, its lessons, the glossary, their translations and the teacher's plans, parsed and checked; and Jupyter's notebooks, read, changed, and made from lessons.
//!
//! A lesson is a Markdown file that reads well anywhere Markdown is shown.
//! Its title is the one `#` heading, every `## Title {#id}` starts a page, and fenced blocks do what prose cannot: put an experiment on the stage, ask for a prediction, show a line of Rust.
//!
//! | block | its body | what it is |
//! |---|---|---|
//! | `experiment NAME` | TOML: settings, and the hints `hidden`, `tab`, `start`, `elsewhere` | what stands on the stage |
//! | `predict` | TOML: `ask`, one of `choose`, `number`, `order`, `draw`, `sort`, `recognize`, `write`, and `explain` | commit to an answer first |
//! | `rust cell` | Rust | code that runs |
//! | `rust check` | Rust | right after a `rust cell`: asserts what the lesson says of it; no reader ever sees it |
//! | `quiz` | TOML: `[[question]]` with `ask` and `choices` | questions whose every answer is explained |
//! | `task` | TOML: `rung`, `ask`, `solution`, `code` | something to do, with a folded solution |
//! | `fault` | TOML: `ask`, `code`, `fix`, `explain` | code broken on purpose |
//! | `present` | a line of at most 20 words | what the projector shows |
//! | `teacher` | Markdown | what pupils say, what to ask next |
//! | `text` | anything | stays in the prose, set in the type of code |
//!
//! A translation, `lesson.es.md` beside `lesson.md`, has the same headings with the same ids in the same order, prose, and the texts of each block that speaks; [`translate_lesson`] takes everything else from the original.
//!
//! | fence in a translation | its body |
//! |---|---|
//! | `predict {#id}` | TOML: `ask`, `explain`, and of its kind `choose`, `order`, `sort`, `names` (of `recognize`), `write`, or where wanted `unit`, `x_label`, `y_label` |
//! | `quiz {#id}` | TOML: `[[question]]` with `ask` and `choices = [{ text, why }]` |
//! | `task {#id}` | TOML: `ask`, `solution` |
//! | `fault {#id}` | TOML: `ask`, `explain` |
//! | `present`, `teacher` | as in the lesson |
//!
//! Without an id the fence translates the block that is called as its kind, "predict".
//! Lists have as many texts as in the lesson, in its order; experiments and cells are not repeated.
//! `glossary.es.toml` has `[[entry]]` with `of`, `term`, `also` and `meaning`; `course.es.toml` has `title`, `[parts]` with titles by number, and `[lessons.ID]` with `title` and `summary`.
//! A lesson's folder may also have a `plan.md` for the teacher, read by [`parse_plan`].
//!
//! [`notebook_of`] makes a lesson's notebook, and [`parse_notebook`] reads any other, keeping what it does not understand.
//!
//! Decisions that hold everywhere:
//! - Every page states its own experiment, and at most one: a page can be opened, projected or moved without reading the pages before it.
//! - A block may carry an id, `` ```predict {#how-far} ``; without one it is named by its kind and place ("predict", "predict-2"). Ids are unique in their page, so `page/block` names a learner's answer for good, and a translation can refer to it.
//! - What is hidden is revealed on the same page; hiding something forever is an error.
//! - In formulas `\term{name}{tex}` ties a term to its color, its picture and its line of Rust; [`replace_terms`] turns it into TeX.
//!
//! This crate reads strings and returns data.
//! It knows no experiment: names, settings and measures are checked by [`validate`] against a [`Vocabulary`] that the caller brings.
//! It has no file system, no candle, no egui, and it never prints.
//! Every error is a [`LessonError`] with the file, the line, what is wrong and what to do.

mod block;
mod course;
mod error;
mod glossary;
mod lesson;
mod notebook;
mod outline;
mod plan;
mod term;
mod translation;
mod vocabulary;

pub use block::{
    Axis, Block, Cell, Check, Choice, Experiment, Fault, Predict, PredictKind, Question, Quiz, Recognize,
    Rung, Tab, Task,
};
pub use course::{Course, LessonEntry, Part, parse_course};
pub use error::LessonError;
pub use glossary::{Glossary, GlossaryEntry, parse_glossary};
pub use lesson::{Lesson, Page, parse_lesson};
pub use notebook::{CellKind, Notebook, NotebookCell, Output, notebook_of, parse_notebook};
pub use plan::{Plan, PlanSection, parse_plan};
pub use term::{Term, plain_tex, replace_terms, terms};
pub use translation::{translate_course, translate_glossary, translate_lesson};
pub use vocabulary::{Vocabulary, validate};
