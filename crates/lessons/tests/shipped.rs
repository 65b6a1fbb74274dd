//! Every lesson, the course and the glossary that are shipped can be read, and keep to what a page has room for.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use noisebook_lessons::{
    Block, Course, Lesson, LessonEntry, Page, PredictKind, parse_course, parse_glossary, parse_lesson,
};

/// The most words in the prose of a page, formulas not counted: a column of 330 points by 560.
const PAGE_WORDS: usize = 95;

/// The same where a prediction or a quiz stands below the prose.
const PAGE_WORDS_BESIDE_A_QUESTION: usize = 75;

fn lessons_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../lessons")
}

fn read(path: &str) -> String {
    let file = lessons_folder().join(path);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn course() -> Course {
    parse_course(&read("course.toml"), "lessons/course.toml").unwrap_or_else(|error| panic!("{error}"))
}

/// Every lesson that is written, with its folder.
fn lessons() -> Vec<(String, Lesson)> {
    let written = |folder: &String| lessons_folder().join(folder).join("lesson.md").exists();
    let folders = course().lessons().map(LessonEntry::folder).filter(written).collect::<Vec<_>>();
    let parsed = folders.into_iter().map(|folder| {
        let path = format!("{folder}/lesson.md");
        let lesson = parse_lesson(&read(&path), &format!("lessons/{path}"));
        (folder, lesson.unwrap_or_else(|error| panic!("{error}")))
    });
    parsed.collect()
}

fn pages() -> Vec<(String, Page)> {
    let named = |(folder, lesson): (String, Lesson)| {
        lesson.pages.into_iter().map(move |page| (format!("{folder}#{}", page.id), page))
    };
    lessons().into_iter().flat_map(named).collect()
}

#[test]
fn the_course_is_whole() {
    let course = course();
    assert_eq!(course.lessons().count(), 23);
    let numbers: Vec<_> = course.parts.iter().map(|part| part.number.as_str()).collect();
    assert_eq!(numbers, ["I", "II", "III", "IV", "V"]);
    for lesson in course.lessons() {
        assert!(lesson.summary.ends_with(['.', '?']), "{}: {}", lesson.id, lesson.summary);
    }
}

#[test]
fn every_folder_is_a_lesson_of_the_course_with_its_title() {
    let course = course();
    let known: BTreeSet<String> = course.lessons().map(LessonEntry::folder).collect();
    for entry in fs::read_dir(lessons_folder()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        assert!(!entry.path().is_dir() || known.contains(&name), "{name} is not in course.toml");
    }
    let lessons = lessons();
    assert!(lessons.len() >= 2, "lessons 4 and 7 are written");
    for (folder, lesson) in lessons {
        let entry = course.lessons().find(|entry| entry.folder() == folder).unwrap();
        assert_eq!(lesson.title, entry.title, "{folder}");
    }
}

#[test]
fn every_page_has_a_stage_a_line_for_the_projector_and_a_note_for_the_teacher() {
    for (name, page) in pages() {
        assert!(page.experiment().is_some(), "{name} has no experiment");
        assert!(page.present().is_some(), "{name} has no `present` line");
        let has = |wanted: fn(&Block) -> bool| page.blocks.iter().any(wanted);
        assert!(has(|block| matches!(block, Block::Teacher { .. })), "{name} has no `teacher` block");
        assert!(has(|block| matches!(block, Block::Cell(_))), "{name} has no cell for its code tab");
    }
}

#[test]
fn the_prose_of_a_page_fits_its_column() {
    for (name, page) in pages() {
        let prose = page.blocks.iter().filter_map(|block| match block {
            Block::Prose { markdown, .. } => Some(num_words(markdown)),
            _ => None,
        });
        let question = |block: &Block| matches!(block, Block::Predict(_) | Block::Quiz(_));
        let most = if page.blocks.iter().any(question) { PAGE_WORDS_BESIDE_A_QUESTION } else { PAGE_WORDS };
        let words: usize = prose.sum();
        assert!(words <= most, "{name} has {words} words of prose, and room for {most}");
    }
}

#[test]
fn every_lesson_asks_before_it_tells() {
    for (folder, lesson) in lessons() {
        let predictions = lesson.pages.iter().flat_map(|page| &page.blocks).filter_map(|block| match block {
            Block::Predict(predict) => Some(predict),
            _ => None,
        });
        let predictions: Vec<_> = predictions.collect();
        assert!(predictions.len() >= 5, "{folder} asks {} times", predictions.len());
        for predict in predictions {
            assert!(!predict.explain.trim().is_empty(), "{folder}: `{}` is not explained", predict.id);
            if let PredictKind::Choose { answer, .. } = predict.kind {
                assert!(answer.is_some(), "{folder}: `{}` does not say what is right", predict.id);
            }
        }
    }
}

#[test]
fn the_glossary_explains_every_word_once() {
    let glossary = parse_glossary(&read("glossary.toml"), "lessons/glossary.toml");
    let glossary = glossary.unwrap_or_else(|error| panic!("{error}"));
    for word in ["noise", "SNR", "noise schedule", "seed", "sampler", "cfg_scale", "copy rate"] {
        assert!(glossary.find(word).is_some(), "{word}");
    }
}

/// Words outside formulas.
fn num_words(markdown: &str) -> usize {
    markdown.split('$').step_by(2).flat_map(str::split_whitespace).count()
}
