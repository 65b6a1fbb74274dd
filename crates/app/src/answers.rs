//! Everything that was answered, as a table for the teacher: one line an answer, in the order of the course.
//!
//! CSV as RFC 4180 has it, in UTF-8 without a byte order mark.
//! A spreadsheet takes what begins with = + - or @ for a formula, and a learner's words may begin with anything, so those get an apostrophe before them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};

use egui::Context;
use noisebook_lessons::{Block, Lesson, Page, Predict, PredictKind, Quiz};

use crate::ask::{choice_of, is_right, round_key, said};
use crate::book::Book;
use crate::profile::{Commitment, LessonProgress, Remembered, write_atomically};
use crate::stage::Notice;
use crate::strings::Strings;
use crate::surroundings::Dialogs;
use crate::worker::elsewhere;

/// The name that the dialog suggests.
const FILE: &str = "noisebook-answers.csv";

/// A dialog that was asked where to save the answers.
pub(crate) struct SavingAnswers(Receiver<Option<PathBuf>>);

impl SavingAnswers {
    /// Opens the dialog.
    pub fn ask(egui: &Context, dialogs: Arc<dyn Dialogs>) -> Self {
        Self(elsewhere(egui, "noisebook-dialog", move || dialogs.save_as(FILE)))
    }

    /// What was chosen, once it was; the inner none is to leave it be.
    pub fn answer(&self) -> Option<Option<PathBuf>> {
        match self.0.try_recv() {
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(None),
            Ok(path) => Some(path),
        }
    }
}

/// Writes the table, whole or not at all, and says how that went.
pub(crate) fn save_answers(strings: &Strings, path: &Path, table: &str) -> Notice {
    let place = path.display().to_string();
    match write_atomically(path, table.as_bytes()) {
        Ok(()) => {
            let sentence = strings.with("exported", [("path", place.into())]);
            Notice { sentence, is_error: false }
        }
        Err(why) => {
            let values = [("path", place.into()), ("why", why.to_string().into())];
            Notice { sentence: strings.with("answers-not-saved", values), is_error: true }
        }
    }
}

/// Everything that was answered, a line an answer under a line of headings.
pub(crate) fn csv(book: &Book, strings: &Strings, remembered: &Remembered, profile_name: &str) -> String {
    let headings = ["profile", "number", "lesson", "page", "question", "answer", "t", "right", "outcome"]
        .map(|heading| strings.get(&format!("answers-{heading}")));
    let mut table = line(&headings);
    for entry in book.course.lessons() {
        let Some(progress) = remembered.lessons.get(&entry.id) else {
            continue;
        };
        let lesson = book.lesson(&entry.id).and_then(Result::ok);
        let mut left: Vec<&String> = progress.commitments.keys().collect();
        let mut row = |page: &str, given: &Given<'_>| {
            left.retain(|key| **key != given.key);
            let right = match given.right {
                Some(true) => strings.get("answers-yes"),
                Some(false) => strings.get("answers-no"),
                None => String::new(),
            };
            table += &line(&[
                profile_name.to_owned(),
                entry.number.to_string(),
                entry.title.clone(),
                page.to_owned(),
                given.question.to_owned(),
                given.answer.clone(),
                given.commitment.t.map(|t| t.to_string()).unwrap_or_default(),
                right,
                given.commitment.outcome.map(|outcome| outcome.to_string()).unwrap_or_default(),
            ]);
        };
        for page in lesson.map(|lesson: &Lesson| lesson.pages.as_slice()).unwrap_or_default() {
            for given in given_on(strings, page, progress) {
                row(&page.title, &given);
            }
        }
        // What the lesson no longer asks is not lost.
        for (key, commitment) in &progress.commitments {
            if left.contains(&key) {
                let (page, block) = key.split_once('/').unwrap_or((key, ""));
                table += &line(&[
                    profile_name.to_owned(),
                    entry.number.to_string(),
                    entry.title.clone(),
                    page.to_owned(),
                    block.to_owned(),
                    commitment.answer.clone(),
                    commitment.t.map(|t| t.to_string()).unwrap_or_default(),
                    String::new(),
                    commitment.outcome.map(|outcome| outcome.to_string()).unwrap_or_default(),
                ]);
            }
        }
    }
    table
}

/// An answer to a question that the lesson asks.
struct Given<'a> {
    key: String,
    question: &'a str,
    answer: String,
    right: Option<bool>,
    commitment: &'a Commitment,
}

fn given_on<'a>(strings: &Strings, page: &'a Page, progress: &'a LessonProgress) -> Vec<Given<'a>> {
    let mut given = Vec::new();
    for block in &page.blocks {
        match block {
            Block::Predict(predict) => {
                given.extend(predicted(strings, &format!("{}/{}", page.id, predict.id), predict, progress));
            }
            Block::Quiz(quiz) => given.extend(quizzed(&format!("{}/{}", page.id, quiz.id), quiz, progress)),
            _ => {}
        }
    }
    given
}

fn predicted<'a>(
    strings: &Strings,
    block: &str,
    predict: &'a Predict,
    progress: &'a LessonProgress,
) -> Vec<Given<'a>> {
    let keys = match &predict.kind {
        PredictKind::Recognize(recognize) => {
            (1..=recognize.rounds).map(|number| round_key(block, number)).collect()
        }
        _ => vec![block.to_owned()],
    };
    let given = |key: String| {
        let commitment = progress.commitments.get(&key)?;
        let answer = said(strings, predict, commitment);
        let right = is_right(predict, commitment, None);
        Some(Given { key, question: &predict.ask, answer, right, commitment })
    };
    keys.into_iter().filter_map(given).collect()
}

fn quizzed<'a>(block: &str, quiz: &'a Quiz, progress: &'a LessonProgress) -> Vec<Given<'a>> {
    let given = |(idx, question): (usize, &'a noisebook_lessons::Question)| {
        let key = round_key(block, idx + 1);
        let commitment = progress.commitments.get(&key)?;
        let texts = question.choices.iter().map(|choice| choice.text.as_str());
        let taken = choice_of(&commitment.answer, texts).and_then(|idx| question.choices.get(idx));
        let answer = taken.map_or_else(|| commitment.answer.clone(), |choice| choice.text.clone());
        let right = taken.map(|choice| choice.right);
        Some(Given { key, question: &question.ask, answer, right, commitment })
    };
    quiz.questions.iter().enumerate().filter_map(given).collect()
}

/// Fields of one record, ended as RFC 4180 has it.
fn line(fields: &[String]) -> String {
    let mut line = fields.iter().map(|value| field(value)).collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

/// One field: no formula, and in quotation marks where it has to be.
fn field(value: &str) -> String {
    let is_number = value.parse::<f64>().is_ok();
    // Also what a spreadsheet strips before it looks.
    let is_formula = value.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number;
    let value = if is_formula { format!("'{value}") } else { value.to_owned() };
    if value.contains(['"', ',', '\n', '\r']) {
        return format!("\"{}\"", value.replace('"', "\"\""));
    }
    value
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use noisebook_data::{Store, StoreError};

    use super::*;

    fn check(value: &str, expect: &str) {
        assert_eq!(field(value), expect);
    }

    #[test]
    fn fields_are_quoted_and_no_formulas() {
        check("turtle", "turtle");
        check("a, b", "\"a, b\"");
        check("say \"hi\"", "\"say \"\"hi\"\"\"");
        check("two\nlines", "\"two\nlines\"");
        check("=1+1", "'=1+1");
        check("+49", "+49");
        check("-2.5", "-2.5");
        check("-cmd", "'-cmd");
        check("@SUM(A1,A2)", "\"'@SUM(A1,A2)\"");
        check("\t=1", "'\t=1");
        check("", "");
    }

    /// A course in memory.
    struct Memory(BTreeMap<&'static str, &'static str>);

    impl Store for Memory {
        fn read(&self, path: &str) -> Result<Vec<u8>, StoreError> {
            let missing = || StoreError::Missing { path: path.to_owned(), place: "memory".to_owned() };
            self.0.get(path).map(|text| text.as_bytes().to_vec()).ok_or_else(missing)
        }

        fn list(&self, _folder: &str) -> Result<Vec<String>, StoreError> {
            Ok(Vec::new())
        }
    }

    const COURSE: &str = r#"
title = "Course"
[[part]]
number = "I"
title = "Part"
[[part.lesson]]
number = 0
id = "one"
title = "One, and only"
minutes = 5
summary = "A lesson."
"#;

    const GLOSSARY: &str = r#"
[[entry]]
term = "noise"
meaning = "Random numbers."
"#;

    const LESSON: &str = r#"# One, and only

## Page {#page}
Words.

```predict {#which}
ask = "Which?"
choose = ["cactus", "turtle"]
answer = "turtle"
explain = "So."
```

```predict {#own}
ask = "Say it."
write = "It is"
explain = "So."
```

```quiz {#quiz}
[[question]]
ask = "Really?"
choices = [{ text = "yes", why = "No." }, { text = "no", why = "Yes.", right = true }]
```
"#;

    #[test]
    fn every_answer_has_a_line_in_the_order_of_the_course() {
        let files = BTreeMap::from([
            ("lessons/course.toml", COURSE),
            ("lessons/00-one/lesson.md", LESSON),
            ("lessons/glossary.toml", GLOSSARY),
        ]);
        let book = Book::load(&Memory(files), "en").expect("a course");
        let mut remembered = Remembered::default();
        let mut progress = LessonProgress::default();
        let mut answer = |key: &str, commitment| progress.commitments.insert(key.to_owned(), commitment);
        answer("page/own", Commitment::new("=cmd", None));
        answer("page/quiz/1", Commitment::new("0", None));
        answer("page/which", Commitment { outcome: Some(912.0), ..Commitment::new("1", Some(640)) });
        answer("gone/block", Commitment::new("3", None));
        remembered.lessons.insert("one".to_owned(), progress);
        let table = csv(&book, &Strings::of("en"), &remembered, "Ada");
        let lines: Vec<&str> = table.split_terminator("\r\n").collect();
        assert_eq!(
            lines,
            [
                "profile,number,lesson,page,question,answer,t,right,outcome",
                "Ada,0,\"One, and only\",Page,Which?,turtle,640,yes,912",
                "Ada,0,\"One, and only\",Page,Say it.,'=cmd,,,",
                "Ada,0,\"One, and only\",Page,Really?,yes,,no,",
                "Ada,0,\"One, and only\",gone,block,3,,,",
            ]
        );
    }
}
