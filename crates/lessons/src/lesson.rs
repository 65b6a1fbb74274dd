//! `lesson.md`: the title, the pages, and the blocks of each.
//!
//! The text has been taken apart by [`read_outline`]; here every fence becomes a block, and what a page must keep to is checked.

use std::collections::BTreeSet;

use crate::block::{Block, Check, Experiment, Fence, PredictKind};
use crate::error::{Fail, LessonError};
use crate::outline::{OutlinePage, Piece, read_outline};

/// A lesson.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    /// The file it was read from, as it was named to [`parse_lesson`].
    pub file: String,
    /// Its title, without Markdown.
    pub title: String,
    /// Its pages, at least one.
    pub pages: Vec<Page>,
}

/// A page of a lesson.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Its id, unique in the lesson.
    pub id: String,
    /// Its title, without Markdown.
    pub title: String,
    /// The line of its heading.
    pub line: usize,
    /// What is on it, in order.
    pub blocks: Vec<Block>,
}

impl Lesson {
    /// The page with this id.
    pub fn page(&self, id: &str) -> Option<&Page> {
        self.pages.iter().find(|page| page.id == id)
    }
}

impl Page {
    /// The experiment on the stage; a page has at most one.
    pub fn experiment(&self) -> Option<&Experiment> {
        self.blocks.iter().find_map(|block| match block {
            Block::Experiment(experiment) => Some(experiment),
            _ => None,
        })
    }

    /// The line for the projector.
    pub fn present(&self) -> Option<&str> {
        self.blocks.iter().find_map(|block| match block {
            Block::Present { text, .. } => Some(text.as_str()),
            _ => None,
        })
    }
}

/// Reads a lesson from the text of its `lesson.md`; `file` is the name for errors.
///
/// # Errors
/// At the first thing that is not a lesson: no title, a page without an id or with one used twice, text before the first page, an unknown or unclosed block, a body that cannot be read, a second experiment on a page, something hidden that is never revealed, or a malformed `\term`.
pub fn parse_lesson(source: &str, file: &str) -> Result<Lesson, LessonError> {
    read_lesson(source, file).map_err(|fail| fail.in_file(file))
}

fn read_lesson(source: &str, file: &str) -> Result<Lesson, Fail> {
    let outline = read_outline(source)?;
    let pages = outline.pages.into_iter().map(read_page).collect::<Result<_, _>>()?;
    Ok(Lesson { file: file.to_owned(), title: outline.title, pages })
}

fn read_page(outline: OutlinePage) -> Result<Page, Fail> {
    let OutlinePage { id, title, line, pieces } = outline;
    let mut page = Page { id, title, line, blocks: Vec::new() };
    for piece in pieces {
        match piece {
            Piece::Prose { markdown, line } => page.blocks.push(Block::Prose { markdown, line }),
            Piece::Fence(fence) => match fence.check() {
                Some(check) => attach_check(check?, &mut page)?,
                None => {
                    let block = read_block(&fence, &page)?;
                    page.blocks.push(block);
                }
            },
        }
    }
    check_hidden(&page)?;
    Ok(page)
}

/// The block of a fence, which comes next on the page.
fn read_block(fence: &Fence, page: &Page) -> Result<Block, Fail> {
    let block = fence.read(block_id(fence, page)?)?;
    if matches!(block, Block::Experiment(_)) && page.experiment().is_some() {
        let message = format!("the page `{}` has two experiments, and one stage; start a new page", page.id);
        return Err(Fail::new(fence.line, message));
    }
    if matches!(block, Block::Present { .. }) && page.present().is_some() {
        let message = format!("the page `{}` has two `present` lines; keep one", page.id);
        return Err(Fail::new(fence.line, message));
    }
    Ok(block)
}

/// Makes a check part of the cell that was read before it.
fn attach_check(check: Check, page: &mut Page) -> Result<(), Fail> {
    match page.blocks.last_mut() {
        Some(Block::Cell(cell)) if cell.check.is_none() => {
            cell.check = Some(check);
            Ok(())
        }
        Some(Block::Cell(_)) => {
            Err(Fail::new(check.line, "this cell has a check already; write both into one block"))
        }
        _ => Err(Fail::new(
            check.line,
            "a check speaks of the cell right before it, and there is none; move it",
        )),
    }
}

/// The id the fence gives, or its kind with a number from the second on.
fn block_id(fence: &Fence, page: &Page) -> Result<String, Fail> {
    let taken = |id: &str| page.blocks.iter().any(|block| block.id() == Some(id));
    if let Some(id) = &fence.id {
        if taken(id) {
            let message =
                format!("the block id `{id}` is used twice on the page `{}`; choose another", page.id);
            return Err(Fail::new(fence.line, message));
        }
        return Ok(id.clone());
    }
    let kind = fence.kind();
    let numbered = (2..).map(|number| format!("{kind}-{number}"));
    let mut names = std::iter::once(kind.to_owned()).chain(numbered);
    Ok(names.find(|name| !taken(name)).unwrap_or_default())
}

/// Whatever is hidden is revealed by a prediction on the page, and nothing else is.
fn check_hidden(page: &Page) -> Result<(), Fail> {
    let experiment = page.experiment();
    let hidden: BTreeSet<&str> =
        experiment.iter().flat_map(|experiment| &experiment.hidden).map(String::as_str).collect();
    let mut revealed = BTreeSet::new();
    for block in &page.blocks {
        let Block::Predict(predict) = block else {
            continue;
        };
        if let (None, Some(measure)) = (experiment, &predict.measure) {
            let message = format!(
                "the prediction measures `{measure}`, and the page `{}` has no experiment; add one",
                page.id
            );
            return Err(Fail::new(predict.line, message));
        }
        if let (None, PredictKind::Recognize(_)) = (experiment, &predict.kind) {
            let message = format!(
                "there is nothing to recognize, for the page `{}` has no experiment; add one",
                page.id
            );
            return Err(Fail::new(predict.line, message));
        }
        for name in &predict.reveal {
            if !hidden.contains(name.as_str()) {
                let message = format!(
                    "the prediction reveals `{name}`, which is not hidden; add it to the experiment's `hidden`"
                );
                return Err(Fail::new(predict.line, message));
            }
            revealed.insert(name.as_str());
        }
    }
    if let (Some(experiment), Some(name)) = (experiment, hidden.difference(&revealed).next()) {
        let message = format!("`{name}` stays hidden forever; let a prediction on the page `reveal` it");
        return Err(Fail::new(experiment.line_of("hidden"), message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::{Recognize, Tab};

    const PAGE: &str = "# L\n## A {#a}\n";

    fn parse(body: &str) -> Result<Lesson, LessonError> {
        parse_lesson(&format!("{PAGE}{body}"), "l.md")
    }

    fn only_block(body: &str) -> Block {
        parse(body).unwrap().pages.remove(0).blocks.remove(0)
    }

    fn predict(body: &str) -> String {
        format!("```predict\nask = \"?\"\nexplain = \"So.\"\n{body}\n```\n")
    }

    #[test]
    fn a_lesson_has_pages_with_their_blocks_in_order() {
        let source = "# The *title*\n\n## One $x_t$ {#one}\nProse.\n\n```experiment noising\nseed = 4\nstart = 7\ntab = \"numbers\"\n```\nMore.\n\n```rust cell\nlet x = 1;\n```\n## Two {#two}\n```present\nA line.\n```\n";
        let lesson = parse_lesson(source, "l.md").unwrap();
        assert_eq!(lesson.title, "The title");
        let [one, two] = lesson.pages.as_slice() else { panic!("{lesson:?}") };
        assert_eq!((one.id.as_str(), one.title.as_str(), one.line), ("one", "One x_t", 3));
        let [
            Block::Prose { markdown, line: 4 },
            Block::Experiment(experiment),
            Block::Prose { line: 11, .. },
            Block::Cell(cell),
        ] = one.blocks.as_slice()
        else {
            panic!("{one:?}")
        };
        assert_eq!(markdown, "Prose.");
        assert_eq!(
            (experiment.name.as_str(), experiment.line, experiment.line_of("seed")),
            ("noising", 6, 7)
        );
        assert_eq!(experiment.settings.keys().collect::<Vec<_>>(), ["seed"]);
        assert_eq!((experiment.start, experiment.tab), (Some(7), Tab::Numbers));
        assert_eq!(cell.code, "let x = 1;\n");
        assert_eq!(two.present(), Some("A line."));
        assert_eq!(lesson.page("two"), Some(two));
        assert_eq!(two.experiment(), None);
    }

    #[test]
    fn what_is_not_a_lesson_is_named_with_its_line() {
        let check = |source: &str, line: usize, says: &str| {
            let error = parse_lesson(source, "l.md").unwrap_err();
            assert_eq!(error.line, line, "{source:?}: {error}");
            assert!(error.to_string().starts_with(&format!("l.md:{line}: ")), "{error}");
            assert!(error.message.contains(says), "{error}");
        };
        check("", 1, "no title");
        check("# L\n", 1, "no pages");
        check("## A {#a}\n", 1, "no title");
        check("# L\nProse.\n## A {#a}\n", 2, "before the first page");
        check("# L\n```present\nx\n```\n## A {#a}\n", 2, "before the first page");
        check("# L\n## A\n", 2, "has no id");
        check("# L\n## A {#A b}\n", 2, "lower-case");
        check("# L\n## A {#Aa}\n", 2, "lower-case");
        check("# L\n## A {#a}\n\n## B {#a}\n", 4, "already used on line 2");
        check("# L\n## A {#a}\n# M\n", 3, "one title");
    }

    #[test]
    fn what_is_not_a_block_is_named_with_its_line() {
        let check = |body: &str, line: usize, says: &str| {
            let error = parse(body).unwrap_err();
            assert_eq!(error.line, line + 2, "{body:?}: {error}");
            assert!(error.message.contains(says), "{error}");
        };
        check("\n```pridict\n```\n", 2, "no block `pridict`");
        check("```\n```\n", 1, "does not say what block");
        check("```{#a}\n```\n", 1, "does not say what block");
        check("```rust\nlet x = 1;\n```\n", 1, "write ```rust cell");
        check("```rust cell\n\n```\n", 1, "is empty");
        check("```teacher\n```\n", 1, "is empty");
        check("```rust check\nassert!(true);\n```\n", 1, "there is none");
        check("```rust cell\n1\n```\nProse.\n\n```rust check\n1\n```\n", 6, "there is none");
        check("```rust cell\n1\n```\n```rust check\n```\n", 4, "is empty");
        check("```rust cell\n1\n```\n```rust check {#a}\n1\n```\n", 4, "remove the id `a`");
        check(
            "```rust cell\n1\n```\n```rust check\n1\n```\n```rust check\n2\n```\n",
            7,
            "has a check already",
        );
        check("```experiment\n```\n", 1, "names one experiment");
        check("```experiment a b\n```\n", 1, "names one experiment");
        check("```experiment a\nseed = \n```\n", 2, "cannot be read");
        check("```experiment a\nseed = 1\nhidden = 3\n```\n", 3, "invalid type");
        check("```experiment a\ntab = \"pictures\"\n```\n", 2, "unknown variant `pictures`");
        check("```experiment a\nstart = -1\n```\n", 2, "invalid value");
        check("```experiment a\n```\n```experiment b\n```\n", 3, "two experiments");
        check("```present\nx\n```\n```present\ny\n```\n", 4, "two `present`");
        check("```present {#A}\nx\n```\n", 1, "malformed id");
        check("```predict {#a\n```\n", 1, "malformed id");
        check("```present\nx\n", 1, "never closed");
        check("Prose.\n\n```text\nx\n", 3, "never closed");
        check("- ```present\n  x\n  ```\n", 1, "at the margin");
        check("> ```present\n> x\n> ```\n", 1, "at the margin");
        check("Prose.\n\nHere $\\term{signal}x$.\n", 3, "\\term");
        check("```experiment a\nhidden = [\"x0\"]\n```\n", 2, "hidden forever");
        check(&predict("choose = [\"a\", \"b\"]\nanswer = \"a\"\nreveal = [\"x0\"]"), 1, "not hidden");
        check(&predict("choose = [\"a\", \"b\"]\nmeasure = \"m\""), 1, "no experiment");
        check(&predict("choose = [\"a\", \"b\"]\nanswr = \"a\""), 5, "unknown field `answr`");
        check(
            "```predict {#x}\nask=\"?\"\norder=[\"a\",\"b\"]\nexplain=\"\"\n```\n```rust cell {#x}\n1\n```\n",
            6,
            "used twice",
        );
        check("```quiz\n[[question]]\nask = \"?\"\nchoices = []\n```\n", 1, "0 choices of which 0");
        check("```task\nrung = \"view\"\nask = \"?\"\n```\n", 2, "missing field `solution`");
    }

    #[test]
    fn a_check_is_part_of_its_cell() {
        let page = parse("```rust cell\nlet x = 1;\n```\n\n```rust check\nassert_eq!(x, 1);\n```\nProse.\n");
        let page = page.unwrap().pages.remove(0);
        let [Block::Cell(cell), Block::Prose { .. }] = page.blocks.as_slice() else { panic!("{page:?}") };
        let check = Check { code: "assert_eq!(x, 1);\n".to_owned(), line: 7 };
        assert_eq!((cell.code.as_str(), cell.check.as_ref()), ("let x = 1;\n", Some(&check)));
    }

    #[test]
    fn present_lines_have_at_most_twenty_words() {
        let check = |num_words: usize, good: bool| {
            let result = parse(&format!("```present\n{}\n```\n", "word ".repeat(num_words)));
            assert_eq!(result.is_ok(), good, "{num_words}: {result:?}");
        };
        check(1, true);
        check(20, true);
        check(21, false);
    }

    #[test]
    fn predictions_are_of_one_kind_and_have_an_outcome() {
        let check = |body: &str, says: &str| {
            let error = parse(&predict(body)).unwrap_err();
            assert!(error.message.contains(says), "{body}: {error}");
        };
        check("", "of one kind");
        check("choose = [\"$x_0$\", \"b\"]\nanswer = \"b\"", "say it in words");
        check("choose = [\"a\", \"b\"]\norder = [\"a\", \"b\"]", "of one kind");
        check("choose = [\"a\"]\nanswer = \"a\"", "at least two");
        check("choose = [\"a\", \"b\"]", "nothing says what is right");
        check("choose = [\"a\", \"b\"]\nanswer = \"c\"", "not among the choices");
        check("choose = [\"a\", \"b\"]\nanswer = 1", "not among the choices");
        check("number = { min = 0, max = 1 }", "nothing says what is right");
        check("number = { min = 1, max = 1 }\nanswer = 1", "must be less");
        check("number = { min = nan, max = 1 }\nanswer = 1", "must be less");
        check("number = { min = 0, max = 1 }\nanswer = 2", "not on the slider");
        check("number = { min = 0, max = 1 }\nanswer = \"1\"", "not a number");
        check("order = [\"a\"]", "at least two");
        check("order = [\"a\", \"b\"]\nanswer = \"a\"", "needs no `answer`");
        check(
            "draw = { x = { label = \"t\", min = 0, max = 9 }, y = { label = \"s\", min = 0, max = 1 } }",
            "give `measure`",
        );
        check("sort = [\"a\", \"b\"]", "give `measure`");
        check("sort = [\"a\", \"b\"]\nmeasure = \"m\"\nanswer = \"a\"", "no `answer`");
        check("write = \"I think …\"\nmeasure = \"m\"", "leave out `answer` and `measure`");
        let recognize = |names: &str, rounds: usize, choices: usize| {
            format!(
                "recognize = {{ names = {names}, pictures = [\"e/a\", \"e/b\"], schedules = [\"cosine\"], rounds = {rounds}, choices = {choices} }}"
            )
        };
        check(&recognize("[\"a\"]", 1, 2), "1 names for 2 pictures");
        check(&recognize("[\"a\", \"b\"]", 3, 2), "no picture comes twice");
        check(&recognize("[\"a\", \"b\"]", 0, 2), "between 1 and 2 rounds");
        check(&recognize("[\"a\", \"b\"]", 1, 1), "between 2 and 2 choices");
        check(&recognize("[\"a\", \"b\"]", 1, 2), "no experiment");
        check(
            "draw = { x = { label = \"t\", min = 9, max = 0 }, y = { label = \"s\", min = 0, max = 1 } }",
            "must be less",
        );
    }

    #[test]
    fn every_kind_of_prediction_is_read() {
        let check = |body: &str, expected: PredictKind| {
            let page = parse(&format!("```experiment a\n```\n{}", predict(body))).unwrap().pages.remove(0);
            let Some(Block::Predict(predict)) = page.blocks.last() else { panic!("{page:?}") };
            assert_eq!(predict.kind, expected);
        };
        let strings = |items: [&str; 2]| items.map(str::to_owned).to_vec();
        let axis = |label: &str, max| crate::Axis { label: label.to_owned(), min: 0.0, max };
        check(
            "choose = [\"a\", \"b\"]\nanswer = \"b\"",
            PredictKind::Choose { choices: strings(["a", "b"]), answer: Some(1) },
        );
        check(
            "choose = [\"a\", \"b\"]\nmeasure = \"m\"",
            PredictKind::Choose { choices: strings(["a", "b"]), answer: None },
        );
        check(
            "number = { min = 0, max = 9.5, unit = \"dB\" }\nanswer = 3",
            PredictKind::Number { min: 0.0, max: 9.5, unit: "dB".to_owned(), answer: Some(3.0) },
        );
        check("order = [\"a\", \"b\"]", PredictKind::Order { items: strings(["a", "b"]) });
        check(
            "draw = { x = { label = \"t\", min = 0, max = 9 }, y = { label = \"s\", min = 0, max = 1 } }\nmeasure = \"m\"",
            PredictKind::Draw { x: axis("t", 9.0), y: axis("s", 1.0) },
        );
        check(
            "sort = [\"a\", \"b\"]\nmeasure = \"m\"",
            PredictKind::Sort { bins: ["a", "b"].map(str::to_owned) },
        );
        check(
            "recognize = { names = [\"a\", \"b\"], pictures = [\"e/a\", \"e/b\"], schedules = [\"cosine\"], rounds = 1, choices = 2 }",
            PredictKind::Recognize(Recognize {
                names: strings(["a", "b"]),
                pictures: strings(["e/a", "e/b"]),
                schedules: vec!["cosine".to_owned()],
                rounds: 1,
                choices: 2,
            }),
        );
        check("write = \"I think …\"", PredictKind::Write { hint: "I think …".to_owned() });
    }

    #[test]
    fn blocks_without_an_id_are_named_by_kind_and_place() {
        let cell = "```rust cell\n1\n```\n";
        let page =
            parse(&format!("{cell}{cell}```rust cell {{#cell-3}}\n1\n```\n{cell}")).unwrap().pages.remove(0);
        let ids: Vec<_> = page.blocks.iter().filter_map(Block::id).collect();
        assert_eq!(ids, ["cell", "cell-2", "cell-3", "cell-4"]);
    }

    #[test]
    fn a_heading_or_a_fence_inside_a_block_is_its_text() {
        let Block::Cell(cell) = only_block("```rust cell\n## not a page\n```\n") else { panic!() };
        assert_eq!(cell.code, "## not a page\n");
        let Block::Teacher { markdown, .. } = only_block("````teacher\n```present\nx\n```\n````\n") else {
            panic!()
        };
        assert_eq!(markdown, "```present\nx\n```");
        let Block::Prose { markdown, .. } = only_block("See:\n\n```text\nas it is\n```\n") else { panic!() };
        assert!(markdown.ends_with("```text\nas it is\n```"), "{markdown}");
    }

    #[test]
    fn quiz_task_and_fault_are_read() {
        let quiz = "```quiz\n[[question]]\nask = \"?\"\nchoices = [{ text = \"a\", why = \"no\" }, { text = \"b\", why = \"yes\", right = true }]\n```\n";
        let Block::Quiz(quiz) = only_block(quiz) else { panic!() };
        assert_eq!(quiz.questions[0].answer_idx(), Some(1));
        let Block::Task(task) =
            only_block("```task {#t}\nrung = \"change\"\nask = \"do\"\nsolution = \"so\"\n```\n")
        else {
            panic!()
        };
        assert_eq!((task.id.as_str(), task.code), ("t", None));
        let Block::Fault(fault) =
            only_block("```fault\nask = \"a\"\ncode = \"b\"\nfix = \"c\"\nexplain = \"d\"\n```\n")
        else {
            panic!()
        };
        assert_eq!(fault.fix, "c");
    }

    #[test]
    fn windows_line_ends_keep_their_lines() {
        let source = "# L\r\n## A {#a}\r\n\r\n```pridict\r\n```\r\n";
        assert_eq!(parse_lesson(source, "l.md").unwrap_err().line, 4);
    }
}
