//! A lesson, the glossary and the course map in another language.
//!
//! A translation holds texts only and refers to everything else by its id: `lesson.es.md` has the titles, the prose, and for each block that speaks a fence such as `` ```predict {#how-far} `` with its texts.
//! Experiments, cells, numbers, pictures and right answers stay in the original, so they cannot drift apart.
//! Whatever is said in a lesson must be said in its translation; of the glossary and the course, entries left out keep their language.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::block::{Block, Fault, Fence, Predict, PredictKind, Quiz, Task};
use crate::course::Course;
use crate::error::{Fail, LessonError, line_offset, one_of};
use crate::glossary::{Glossary, check_entries};
use crate::lesson::{Lesson, Page};
use crate::outline::{OutlinePage, Piece, read_outline};

/// `lesson` with the texts of its translation, `source`; `file` is the translation's name for errors.
///
/// Prose and blocks stand in the order of the translation.
/// An experiment or a cell, which the translation does not repeat, stands after as many of them as in the original.
/// Blocks keep the original's lines, and the lesson its file; prose, `present` and `teacher` have the translation's.
///
/// # Errors
/// At the first thing that does not fit: a page that is unknown, missing or out of order, a block that is unknown, left out or translated twice, a text too many or too few, an unknown field.
pub fn translate_lesson(lesson: &Lesson, source: &str, file: &str) -> Result<Lesson, LessonError> {
    translated_lesson(lesson, source).map_err(|fail| fail.in_file(file))
}

/// `glossary` with the texts of its translation, `source`; `file` is the translation's name for errors.
///
/// # Errors
/// When the text is not TOML of this form, an entry is unknown or translated twice, a word is explained twice, or a meaning does not end with a full stop.
pub fn translate_glossary(glossary: &Glossary, source: &str, file: &str) -> Result<Glossary, LessonError> {
    translated_glossary(glossary, source).map_err(|fail| fail.in_file(file))
}

/// `course` with the texts of its translation, `source`; `file` is the translation's name for errors.
///
/// # Errors
/// When the text is not TOML of this form, or a part or a lesson is unknown.
pub fn translate_course(course: &Course, source: &str, file: &str) -> Result<Course, LessonError> {
    translated_course(course, source).map_err(|fail| fail.in_file(file))
}

fn translated_lesson(lesson: &Lesson, source: &str) -> Result<Lesson, Fail> {
    let outline = read_outline(source)?;
    let known = |id: &str| lesson.page(id).is_some();
    if let Some(page) = outline.pages.iter().find(|page| !known(&page.id)) {
        let ids = lesson.pages.iter().map(|page| page.id.as_str());
        let message = format!("the lesson has no page `{}`; it has {}", page.id, one_of(ids));
        return Err(Fail::new(page.line, message));
    }
    for original in &lesson.pages {
        if !outline.pages.iter().any(|page| page.id == original.id) {
            let message = format!(
                "the page `{}` is missing; translate \"{}\" from line {} of the lesson",
                original.id, original.title, original.line
            );
            return Err(Fail::new(1, message));
        }
    }
    let mut pages = Vec::with_capacity(lesson.pages.len());
    for (original, page) in lesson.pages.iter().zip(outline.pages) {
        if page.id != original.id {
            let message = format!(
                "the page `{}` stands where the lesson has `{}`; keep the lesson's order",
                page.id, original.id
            );
            return Err(Fail::new(page.line, message));
        }
        pages.push(translated_page(original, page)?);
    }
    Ok(Lesson { file: lesson.file.clone(), title: outline.title, pages })
}

fn translated_page(original: &Page, outline: OutlinePage) -> Result<Page, Fail> {
    let mut blocks: Vec<Block> = Vec::with_capacity(original.blocks.len());
    for piece in outline.pieces {
        let block = match piece {
            Piece::Prose { markdown, line } => Block::Prose { markdown, line },
            Piece::Fence(fence) => {
                let block = translated_block(original, &fence)?;
                let is_again = block.id().is_some() && blocks.iter().any(|other| other.id() == block.id());
                if is_again {
                    return Err(fence.fail(format!(
                        "the block `{}` of the page `{}` is translated twice; say which one this is, as in ```quiz {{#quiz-2}}",
                        block.id().unwrap_or_default(),
                        original.id
                    )));
                }
                block
            }
        };
        blocks.push(block);
    }
    check_complete(original, &blocks, outline.line)?;
    let blocks = with_silent_blocks(original, blocks);
    Ok(Page { id: outline.id, title: outline.title, line: original.line, blocks })
}

/// The block that a fence translates, with its texts.
fn translated_block(page: &Page, fence: &Fence) -> Result<Block, Fail> {
    match fence.words().as_slice() {
        ["predict" | "quiz" | "task" | "fault"] => {}
        ["experiment", ..] | ["rust", ..] => {
            return Err(fence.fail("experiments and cells stay in the lesson; leave this one out"));
        }
        // `present` and `teacher` are all text, and whatever else stands there is no block.
        _ => return fence.read(String::new()),
    }
    let kind = fence.kind();
    let id = fence.id.as_deref().unwrap_or(kind);
    let original = page.blocks.iter().find(|block| block.id() == Some(id));
    match (kind, original) {
        ("predict", Some(Block::Predict(original))) => predict(original, fence),
        ("quiz", Some(Block::Quiz(original))) => quiz(original, fence),
        ("task", Some(Block::Task(original))) => task(original, fence),
        ("fault", Some(Block::Fault(original))) => fault(original, fence),
        _ => {
            let of_kind = page.blocks.iter().filter(|block| kind_of(block) == kind).filter_map(Block::id);
            Err(fence.fail(format!(
                "the page `{}` has no `{kind}` with the id `{id}`; it has {}",
                page.id,
                one_of(of_kind)
            )))
        }
    }
}

fn predict(original: &Predict, fence: &Fence) -> Result<Block, Fail> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Texts {
        ask: String,
        explain: String,
        choose: Option<Vec<String>>,
        order: Option<Vec<String>>,
        unit: Option<String>,
        x_label: Option<String>,
        y_label: Option<String>,
        sort: Option<[String; 2]>,
        names: Option<Vec<String>>,
        write: Option<String>,
    }
    let mut texts: Texts = fence.toml()?;
    let mut kind = original.kind.clone();
    match &mut kind {
        PredictKind::Choose { choices, .. } => replace_all(choices, texts.choose.take(), "choose", fence)?,
        PredictKind::Number { unit, .. } => replace(unit, texts.unit.take()),
        PredictKind::Order { items } => replace_all(items, texts.order.take(), "order", fence)?,
        PredictKind::Draw { x, y } => {
            replace(&mut x.label, texts.x_label.take());
            replace(&mut y.label, texts.y_label.take());
        }
        PredictKind::Sort { bins } => *bins = needed(texts.sort.take(), "sort", fence)?,
        PredictKind::Recognize(recognize) => {
            replace_all(&mut recognize.names, texts.names.take(), "names", fence)?;
        }
        PredictKind::Write { hint } => *hint = needed(texts.write.take(), "write", fence)?,
    }
    let left = [
        ("choose", texts.choose.is_some()),
        ("order", texts.order.is_some()),
        ("unit", texts.unit.is_some()),
        ("x_label", texts.x_label.is_some()),
        ("y_label", texts.y_label.is_some()),
        ("sort", texts.sort.is_some()),
        ("names", texts.names.is_some()),
        ("write", texts.write.is_some()),
    ];
    if let Some((name, _)) = left.into_iter().find(|(_, is_left)| *is_left) {
        return Err(fence.fail(format!(
            "the prediction `{}` is of another kind in the lesson and has no `{name}`; leave it out",
            original.id
        )));
    }
    Ok(Block::Predict(Predict { ask: texts.ask, explain: texts.explain, kind, ..original.clone() }))
}

fn quiz(original: &Quiz, fence: &Fence) -> Result<Block, Fail> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Texts {
        question: Vec<QuestionTexts>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct QuestionTexts {
        ask: String,
        choices: Vec<ChoiceTexts>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct ChoiceTexts {
        text: String,
        why: String,
    }
    let texts: Texts = fence.toml()?;
    let mut quiz = original.clone();
    same_number("questions", quiz.questions.len(), texts.question.len(), fence)?;
    for (question, texts) in quiz.questions.iter_mut().zip(texts.question) {
        let what = format!("choices of \"{}\"", texts.ask);
        same_number(&what, question.choices.len(), texts.choices.len(), fence)?;
        question.ask = texts.ask;
        for (choice, texts) in question.choices.iter_mut().zip(texts.choices) {
            (choice.text, choice.why) = (texts.text, texts.why);
        }
    }
    Ok(Block::Quiz(quiz))
}

fn task(original: &Task, fence: &Fence) -> Result<Block, Fail> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Texts {
        ask: String,
        solution: String,
    }
    let Texts { ask, solution } = fence.toml()?;
    Ok(Block::Task(Task { ask, solution, ..original.clone() }))
}

fn fault(original: &Fault, fence: &Fence) -> Result<Block, Fail> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Texts {
        ask: String,
        explain: String,
    }
    let Texts { ask, explain } = fence.toml()?;
    Ok(Block::Fault(Fault { ask, explain, ..original.clone() }))
}

fn replace(text: &mut String, by: Option<String>) {
    if let Some(by) = by {
        *text = by;
    }
}

fn replace_all(
    texts: &mut Vec<String>,
    by: Option<Vec<String>>,
    name: &str,
    fence: &Fence,
) -> Result<(), Fail> {
    let by = needed(by, name, fence)?;
    same_number(&format!("texts in `{name}`"), texts.len(), by.len(), fence)?;
    *texts = by;
    Ok(())
}

fn needed<T>(text: Option<T>, name: &str, fence: &Fence) -> Result<T, Fail> {
    text.ok_or_else(|| fence.fail(format!("`{name}` is not translated; add it")))
}

fn same_number(what: &str, expected: usize, found: usize, fence: &Fence) -> Result<(), Fail> {
    if found == expected {
        return Ok(());
    }
    Err(fence.fail(format!(
        "there are {found} {what}, and {expected} in the lesson; translate each, in its order"
    )))
}

/// Whatever speaks on the original page must speak on the translated one.
fn check_complete(original: &Page, translated: &[Block], line: usize) -> Result<(), Fail> {
    let speaking = original.blocks.iter().filter(|block| !is_silent(block));
    for id in speaking.filter_map(Block::id) {
        if !translated.iter().any(|block| block.id() == Some(id)) {
            let message = format!("the page `{}` leaves out the block `{id}`; translate it", original.id);
            return Err(Fail::new(line, message));
        }
    }
    for kind in ["prose", "present", "teacher"] {
        let num = |blocks: &[Block]| blocks.iter().filter(|block| kind_of(block) == kind).count();
        let (expected, found) = (num(&original.blocks), num(translated));
        // Prose around a cell is one piece where the cell is not repeated.
        if found != expected && (kind != "prose" || found == 0) {
            let message = format!(
                "the page `{}` has {found} pieces of `{kind}`, and {expected} in the lesson; translate each",
                original.id
            );
            return Err(Fail::new(line, message));
        }
    }
    Ok(())
}

fn kind_of(block: &Block) -> &'static str {
    match block {
        Block::Prose { .. } => "prose",
        Block::Experiment(_) => "experiment",
        Block::Predict(_) => "predict",
        Block::Cell(_) => "cell",
        Block::Quiz(_) => "quiz",
        Block::Task(_) => "task",
        Block::Fault(_) => "fault",
        Block::Present { .. } => "present",
        Block::Teacher { .. } => "teacher",
    }
}

/// Whether there is nothing in it to translate.
fn is_silent(block: &Block) -> bool {
    matches!(block, Block::Experiment(_) | Block::Cell(_))
}

/// The translated blocks with the original's experiment and cells among them.
fn with_silent_blocks(original: &Page, translated: Vec<Block>) -> Vec<Block> {
    let mut silent = Vec::new();
    let (mut num_before, mut after_prose) = (0, false);
    for block in &original.blocks {
        if is_silent(block) {
            silent.push((num_before, block.clone()));
            continue;
        }
        let is_prose = matches!(block, Block::Prose { .. });
        if !(is_prose && after_prose) {
            num_before += 1;
        }
        after_prose = is_prose;
    }
    let mut silent = silent.into_iter().peekable();
    let mut blocks = Vec::with_capacity(original.blocks.len());
    for (idx, block) in translated.into_iter().enumerate() {
        while let Some((_, kept)) = silent.next_if(|(num_before, _)| *num_before <= idx) {
            blocks.push(kept);
        }
        blocks.push(block);
    }
    blocks.extend(silent.map(|(_, kept)| kept));
    blocks
}

fn translated_glossary(glossary: &Glossary, source: &str) -> Result<Glossary, Fail> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Texts {
        entry: Vec<EntryTexts>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct EntryTexts {
        of: Spanned<String>,
        term: String,
        #[serde(default)]
        also: Vec<String>,
        meaning: String,
    }
    let texts: Texts =
        toml::from_str(source).map_err(|error| Fail::from_toml(&error, "the glossary", source, 1))?;
    let mut entries: Vec<_> = glossary.entries.iter().map(|entry| (None, entry.clone())).collect();
    for texts in texts.entry {
        let line = line_of(&texts.of, source);
        let of = texts.of.as_ref();
        match entries.iter_mut().zip(&glossary.entries).find(|(_, original)| original.term == *of) {
            None => {
                let message =
                    format!("the glossary has no entry `{of}`; write its term as glossary.toml has it");
                return Err(Fail::new(line, message));
            }
            Some(((Some(first), _), _)) => {
                let message = format!("`{of}` is translated here and on line {first}; keep one");
                return Err(Fail::new(line, message));
            }
            Some(((at, entry), _)) => {
                *at = Some(line);
                (entry.term, entry.also, entry.meaning) = (texts.term, texts.also, texts.meaning);
            }
        }
    }
    check_entries(entries.iter().map(|(line, entry)| (entry, *line)))?;
    Ok(Glossary { entries: entries.into_iter().map(|(_, entry)| entry).collect() })
}

fn translated_course(course: &Course, source: &str) -> Result<Course, Fail> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Texts {
        title: String,
        #[serde(default)]
        parts: BTreeMap<Spanned<String>, String>,
        #[serde(default)]
        lessons: BTreeMap<Spanned<String>, LessonTexts>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct LessonTexts {
        title: String,
        summary: String,
    }
    let texts: Texts =
        toml::from_str(source).map_err(|error| Fail::from_toml(&error, "the course", source, 1))?;
    let mut course = course.clone();
    course.title = texts.title;
    for (number, title) in texts.parts {
        let part = course.parts.iter_mut().find(|part| part.number == *number.as_ref());
        let part = part.ok_or_else(|| {
            let message =
                format!("the course has no part `{}`; course.toml has their numbers", number.as_ref());
            Fail::new(line_of(&number, source), message)
        })?;
        part.title = title;
    }
    for (id, texts) in texts.lessons {
        let in_parts = course.parts.iter_mut().flat_map(|part| &mut part.lessons);
        let lesson = course.opening.iter_mut().chain(in_parts).find(|lesson| lesson.id == *id.as_ref());
        let lesson = lesson.ok_or_else(|| {
            let message = format!("the course has no lesson `{}`; course.toml has their ids", id.as_ref());
            Fail::new(line_of(&id, source), message)
        })?;
        (lesson.title, lesson.summary) = (texts.title, texts.summary);
    }
    Ok(course)
}

fn line_of<T>(spanned: &Spanned<T>, source: &str) -> usize {
    1 + line_offset(source, spanned.span().start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Axis, parse_course, parse_glossary, parse_lesson};

    const LESSON: &str = r#"# Noise
## One {#one}
Before.

```experiment noising
seed = 4
```
Between.

```predict
ask = "Which?"
choose = ["cat", "dog"]
answer = "dog"
explain = "So."
```
```rust cell
let x = 1;
```
After.

```quiz
[[question]]
ask = "Why?"
choices = [{ text = "a", why = "no" }, { text = "b", why = "yes", right = true }]
```
```present
A line.
```
```teacher
Ask.
```

## Two {#two}
```task {#try}
rung = "change"
ask = "Do."
solution = "Done."
code = "let y = 2;"
```
```fault
ask = "Find."
code = "bad"
fix = "good"
explain = "It was bad."
```
"#;

    const SPANISH: &str = r#"# Ruido
## Uno {#one}
Antes.

Entre.

```predict
ask = "¿Cuál?"
choose = ["gato", "perro"]
explain = "Así."
```
Después.

```quiz
[[question]]
ask = "¿Por qué?"
choices = [{ text = "A", why = "no" }, { text = "B", why = "sí" }]
```
```present
Una línea.
```
```teacher
Pregunta.
```

## Dos {#two}
```fault
ask = "Busca."
explain = "Era malo."
```
```task {#try}
ask = "Haz."
solution = "Hecho."
```
"#;

    fn lesson() -> Lesson {
        parse_lesson(LESSON, "lesson.md").unwrap()
    }

    #[test]
    fn a_translation_has_the_texts_and_the_original_the_rest() {
        let original = lesson();
        let lesson = translate_lesson(&original, SPANISH, "lesson.es.md").unwrap();
        assert_eq!((lesson.title.as_str(), lesson.file.as_str()), ("Ruido", "lesson.md"));
        let [one, two] = lesson.pages.as_slice() else { panic!("{lesson:?}") };
        assert_eq!((one.id.as_str(), one.title.as_str(), one.line), ("one", "Uno", 2));
        assert_eq!(one.experiment(), original.pages[0].experiment());
        assert_eq!(one.present(), Some("Una línea."));
        let kinds: Vec<_> = one.blocks.iter().map(kind_of).collect();
        let expected = ["prose", "experiment", "predict", "cell", "prose", "quiz", "present", "teacher"];
        assert_eq!(kinds, expected);
        let Block::Predict(predict) = &one.blocks[2] else { panic!("{one:?}") };
        let choices = ["gato", "perro"].map(str::to_owned).to_vec();
        assert_eq!(predict.kind, PredictKind::Choose { choices, answer: Some(1) });
        assert_eq!((predict.ask.as_str(), predict.explain.as_str(), predict.line), ("¿Cuál?", "Así.", 10));
        let Block::Quiz(quiz) = &one.blocks[5] else { panic!("{one:?}") };
        let question = &quiz.questions[0];
        assert_eq!((question.ask.as_str(), question.answer_idx()), ("¿Por qué?", Some(1)));
        assert_eq!((question.choices[1].text.as_str(), question.choices[1].why.as_str()), ("B", "sí"));
        let [Block::Fault(fault), Block::Task(task)] = two.blocks.as_slice() else { panic!("{two:?}") };
        assert_eq!(
            (fault.ask.as_str(), fault.fix.as_str(), fault.explain.as_str()),
            ("Busca.", "good", "Era malo.")
        );
        assert_eq!(
            (task.ask.as_str(), task.solution.as_str(), task.code.as_deref()),
            ("Haz.", "Hecho.", Some("let y = 2;"))
        );
    }

    #[test]
    fn what_does_not_fit_the_lesson_is_named_with_its_line() {
        let check = |from: &str, to: &str, line: usize, says: &str| {
            assert!(SPANISH.contains(from), "{from}");
            let error =
                translate_lesson(&lesson(), &SPANISH.replacen(from, to, 1), "lesson.es.md").unwrap_err();
            assert_eq!((error.line, error.file.as_str()), (line, "lesson.es.md"), "{error}");
            assert!(error.message.contains(says), "{error}");
        };
        check("# Ruido\n", "", 1, "no title");
        check("{#two}", "{#three}", 26, "no page `three`; it has `one` or `two`");
        check("## Dos {#two}\n", "", 1, "the page `two` is missing");
        check("## Uno {#one}", "## Dos {#two}\nx\n## Uno {#one}", 28, "already used");
        check("```predict", "```predict {#other}", 7, "no `predict` with the id `other`; it has `predict`");
        check("```predict", "```quiz {#predict}", 7, "no `quiz` with the id `predict`; it has `quiz`");
        check(" {#try}", "", 31, "it has `try`");
        check(
            "```task {#try}\nask = \"Haz.\"\nsolution = \"Hecho.\"",
            "```fault\nask = \"\"\nexplain = \"\"",
            31,
            "translated twice",
        );
        check("```present\nUna línea.\n```\n", "", 2, "0 pieces of `present`");
        check("```teacher\nPregunta.\n```\n", "", 2, "0 pieces of `teacher`");
        check("## Dos {#two}", "## Dos {#two}\n```present\nx\n```", 26, "1 pieces of `present`");
        check(
            "```fault\nask = \"Busca.\"\nexplain = \"Era malo.\"\n```\n",
            "",
            26,
            "the page `two` leaves out the block `fault`",
        );
        check("[\"gato\", \"perro\"]", "[\"gato\"]", 7, "1 texts in `choose`, and 2");
        check("choose = [\"gato\", \"perro\"]\n", "", 7, "`choose` is not translated");
        check("choose =", "order = [\"a\", \"b\"]\nchoose =", 7, "has no `order`");
        check("choose =", "answer = \"perro\"\nchoose =", 9, "unknown field `answer`");
        check(", { text = \"B\", why = \"sí\" }", "", 14, "1 choices of \"¿Por qué?\", and 2");
        check("why = \"sí\"", "why = \"sí\", right = true", 17, "unknown field `right`");
        check(
            "[[question]]",
            "[[question]]\nask = \"\"\nchoices = []\n[[question]]",
            14,
            "2 questions, and 1",
        );
        check("solution = \"Hecho.\"", "", 32, "missing field `solution`");
        check("ask = \"Haz.\"", "ask = \"Haz.\"\ncode = \"x\"", 33, "unknown field `code`");
        check("ask = \"Busca.\"", "ask = \"Busca.\"\nfix = \"x\"", 29, "unknown field `fix`");
        check("Después.", "```rust cell\n1\n```", 12, "stay in the lesson");
        check("Después.", "```experiment noising\n```", 12, "stay in the lesson");
        check("Después.", "```pridict\n```", 12, "no block `pridict`");
        check("Después.", "$\\term{a}b$", 12, "\\term");
        check("Una línea.", &"palabra ".repeat(21), 19, "21 words");
        let silent = SPANISH.replace("Antes.\n\nEntre.", "").replace("Después.", "");
        let error = translate_lesson(&lesson(), &silent, "lesson.es.md").unwrap_err();
        assert!(error.message.contains("0 pieces of `prose`"), "{error}");
    }

    #[test]
    fn pages_keep_the_order_of_the_lesson() {
        let (one, two) = SPANISH.split_at(SPANISH.find("## Dos").unwrap());
        let (title, one) = one.split_at(one.find("## Uno").unwrap());
        let error = translate_lesson(&lesson(), &format!("{title}{two}{one}"), "lesson.es.md").unwrap_err();
        assert_eq!(
            (error.line, error.message.contains("`two` stands where the lesson has `one`")),
            (2, true),
            "{error}"
        );
    }

    #[test]
    fn every_kind_of_prediction_is_translated() {
        let check = |original: &str, texts: &str, expected: PredictKind| {
            let page = |body: &str| {
                format!("# L\n## A {{#a}}\n```predict\nask = \"?\"\nexplain = \"!\"\n{body}\n```\n")
            };
            let original =
                parse_lesson(&format!("{}```experiment e\n```\n", page(original)), "l.md").unwrap();
            let lesson = translate_lesson(&original, &page(texts), "l.es.md").unwrap();
            let Block::Predict(predict) = &lesson.pages[0].blocks[0] else { panic!("{lesson:?}") };
            assert_eq!(predict.kind, expected);
        };
        let two = |a: &str, b: &str| [a.to_owned(), b.to_owned()];
        let number = "number = { min = 0, max = 9, unit = \"steps\" }\nanswer = 3";
        let with_unit =
            |unit: &str| PredictKind::Number { min: 0.0, max: 9.0, unit: unit.to_owned(), answer: Some(3.0) };
        check(number, "unit = \"pasos\"", with_unit("pasos"));
        check(number, "", with_unit("steps"));
        check(
            "order = [\"a\", \"b\"]",
            "order = [\"c\", \"d\"]",
            PredictKind::Order { items: two("c", "d").to_vec() },
        );
        let axis = |label: &str| Axis { label: label.to_owned(), min: 0.0, max: 9.0 };
        check(
            "draw = { x = { label = \"t\", min = 0, max = 9 }, y = { label = \"rate\", min = 0, max = 9 } }\nmeasure = \"m\"",
            "y_label = \"tasa\"",
            PredictKind::Draw { x: axis("t"), y: axis("tasa") },
        );
        check(
            "sort = [\"a\", \"b\"]\nmeasure = \"m\"",
            "sort = [\"c\", \"d\"]",
            PredictKind::Sort { bins: two("c", "d") },
        );
        check(
            "recognize = { names = [\"a\", \"b\"], pictures = [\"e/a\", \"e/b\"], schedules = [\"linear\"], rounds = 1, choices = 2 }",
            "names = [\"c\", \"d\"]",
            PredictKind::Recognize(crate::Recognize {
                names: two("c", "d").to_vec(),
                pictures: two("e/a", "e/b").to_vec(),
                schedules: vec!["linear".to_owned()],
                rounds: 1,
                choices: 2,
            }),
        );
        check("write = \"I\"", "write = \"Yo\"", PredictKind::Write { hint: "Yo".to_owned() });
    }

    #[test]
    fn a_glossary_keeps_what_is_not_translated() {
        let original = "[[entry]]\nterm = \"noise\"\nsymbol = 'e'\nalso = [\"eps\"]\nmeaning = \"What is added.\"\n[[entry]]\nterm = \"seed\"\nmeaning = \"A number.\"\n";
        let original = parse_glossary(original, "glossary.toml").unwrap();
        let good =
            "[[entry]]\nof = \"noise\"\nterm = \"ruido\"\nalso = [\"eps\"]\nmeaning = \"Lo que se suma.\"\n";
        let glossary = translate_glossary(&original, good, "glossary.es.toml").unwrap();
        let noise = glossary.find("eps").unwrap();
        assert_eq!((noise.term.as_str(), noise.symbol.as_deref()), ("ruido", Some("e")));
        assert_eq!(glossary.entries[1], original.entries[1]);
        let check = |source: &str, line: usize, says: &str| {
            let error = translate_glossary(&original, source, "glossary.es.toml").unwrap_err();
            assert_eq!(error.line, line, "{error}");
            assert!(error.message.contains(says), "{error}");
        };
        check(&good.replace("\"noise\"", "\"nose\""), 2, "no entry `nose`");
        check(&good.replace("suma.", "suma"), 2, "full stop");
        check(&good.replace("symbol", "simbolo").replace("also", "tambien"), 4, "unknown field");
        check(&good.replace("\"ruido\"", "\"Seed\""), 2, "not translated");
        check(&format!("{good}{good}"), 7, "on line 2; keep one");
        let seed = good.replace("noise", "seed").replace("ruido", "Eps").replace("also", "#");
        check(&format!("{good}{seed}"), 7, "on line 2; merge");
    }

    #[test]
    fn a_course_keeps_what_is_not_translated() {
        let lesson = |number: usize, id: &str| {
            format!(
                "number = {number}\nid = \"{id}\"\ntitle = \"T{number}\"\nminutes = 9\nsummary = \"S.\"\n"
            )
        };
        let (who, war) = (lesson(0, "who"), lesson(1, "war"));
        let original = format!(
            "title = \"A course\"\n[[lesson]]\n{who}[[part]]\nnumber = \"I\"\ntitle = \"One\"\n[[part.lesson]]\n{war}"
        );
        let original = parse_course(&original, "course.toml").unwrap();
        let good = "title = \"Un curso\"\n[parts]\nI = \"Uno\"\n[lessons.war]\ntitle = \"Guerra\"\nsummary = \"Dos redes.\"\n";
        let course = translate_course(&original, good, "course.es.toml").unwrap();
        assert_eq!((course.title.as_str(), course.parts[0].title.as_str()), ("Un curso", "Uno"));
        let war = course.lesson("war").unwrap();
        assert_eq!((war.title.as_str(), war.summary.as_str(), war.number), ("Guerra", "Dos redes.", 1));
        assert_eq!(course.opening, original.opening);
        let check = |from: &str, to: &str, line: usize, says: &str| {
            let error =
                translate_course(&original, &good.replacen(from, to, 1), "course.es.toml").unwrap_err();
            assert_eq!((error.line, error.file.as_str()), (line, "course.es.toml"), "{error}");
            assert!(error.message.contains(says), "{error}");
        };
        check("I =", "II =", 3, "no part `II`");
        check(".war", ".peace", 4, "no lesson `peace`");
        check("summary", "minutes = 3\nsummary", 6, "unknown field `minutes`");
        check("title = \"Un curso\"\n", "", 1, "missing field `title`");
    }
}
