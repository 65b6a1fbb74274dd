//! `lesson.md`: the title, the pages, and the blocks of each.
//!
//! Markdown is read by pulldown-cmark, so a `##` inside a code block is not a page and a fence means what it means everywhere else.
//! Prose is kept as it was written; only its place is noted, and the terms in its formulas are checked.

use std::collections::BTreeSet;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::block::{Block, Experiment, Fence, KINDS};
use crate::error::{Fail, LessonError, is_id, line_offset, one_of};
use crate::term::check_terms;

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
    let mut reader = Reader::new(source);
    let read = reader.read();
    read.map(|title| Lesson { file: file.to_owned(), title, pages: reader.pages })
        .map_err(|fail| fail.in_file(file))
}

struct Reader<'a> {
    source: &'a str,
    pages: Vec<Page>,
    /// Where the prose began that has not been put on a page yet.
    prose_start: usize,
}

impl<'a> Reader<'a> {
    fn new(source: &'a str) -> Self {
        Self { source, pages: Vec::new(), prose_start: 0 }
    }

    /// Fills the pages and returns the title.
    fn read(&mut self) -> Result<String, Fail> {
        let options = Options::ENABLE_HEADING_ATTRIBUTES | Options::ENABLE_MATH | Options::ENABLE_TABLES;
        let mut events = Parser::new_ext(self.source, options).into_offset_iter();
        let mut title = None;
        let mut depth = 0_usize;
        while let Some((event, range)) = events.next() {
            let line = self.line(range.start);
            match event {
                Event::Start(Tag::Heading { level, id, .. }) if depth == 0 && level <= HeadingLevel::H2 => {
                    let text = heading_text(&mut events);
                    self.end_prose(range.start)?;
                    self.prose_start = range.end;
                    if level == HeadingLevel::H2 {
                        let id = id.map(|id| id.to_string());
                        self.start_page(text, id, line)?;
                    } else if title.replace(text).is_some() {
                        return Err(Fail::new(
                            line,
                            "a lesson has one title; write `## Title {#id}` for a page",
                        ));
                    }
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    let body = code_text(&mut events);
                    self.check_closed(&range, line)?;
                    // Text set like code stays in the prose, where Markdown shows it.
                    if info.as_ref() != "text" {
                        if depth > 0 {
                            return Err(Fail::new(
                                line,
                                "a block stands at the margin, not inside a list or a quotation; move it out",
                            ));
                        }
                        self.end_prose(range.start)?;
                        self.prose_start = range.end;
                        self.add_block(&info, &body, line)?;
                    }
                }
                Event::InlineMath(tex) | Event::DisplayMath(tex) => {
                    check_terms(&tex).map_err(|message| Fail::new(line, message))?;
                }
                Event::Start(_) => depth += 1,
                Event::End(_) => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        self.end_prose(self.source.len())?;
        let title = title.ok_or_else(|| Fail::new(1, "the lesson has no title; begin it with `# Title`"))?;
        if self.pages.is_empty() {
            return Err(Fail::new(1, "the lesson has no pages; write `## Title {#id}` to start one"));
        }
        self.pages.iter().try_for_each(check_hidden)?;
        Ok(title)
    }

    fn start_page(&mut self, title: String, id: Option<String>, line: usize) -> Result<(), Fail> {
        let Some(id) = id else {
            let message = format!("the page \"{title}\" has no id; write `## {title} {{#short-name}}`");
            return Err(Fail::new(line, message));
        };
        if !is_id(&id) {
            let message =
                format!("the page id `{id}` is not lower-case letters, digits and hyphens; rename it");
            return Err(Fail::new(line, message));
        }
        if let Some(first) = self.pages.iter().find(|page| page.id == id) {
            let message =
                format!("the page id `{id}` is already used on line {}; choose another", first.line);
            return Err(Fail::new(line, message));
        }
        self.pages.push(Page { id, title, line, blocks: Vec::new() });
        Ok(())
    }

    fn add_block(&mut self, info: &str, body: &str, line: usize) -> Result<(), Fail> {
        let (words, id) = split_info(info, line)?;
        let fence = Fence { words, id, body, line };
        let Some(page) = self.pages.last_mut() else {
            return Err(Fail::new(
                line,
                "a block stands before the first page; write `## Title {#id}` above it",
            ));
        };
        let id = block_id(&fence, page)?;
        let block = fence.read(id)?;
        if matches!(block, Block::Experiment(_)) && page.experiment().is_some() {
            let message =
                format!("the page `{}` has two experiments, and one stage; start a new page", page.id);
            return Err(Fail::new(line, message));
        }
        if matches!(block, Block::Present { .. }) && page.present().is_some() {
            let message = format!("the page `{}` has two `present` lines; keep one", page.id);
            return Err(Fail::new(line, message));
        }
        page.blocks.push(block);
        Ok(())
    }

    /// Puts the prose up to `end` on the page.
    fn end_prose(&mut self, end: usize) -> Result<(), Fail> {
        let text = self.source.get(self.prose_start..end).unwrap_or_default();
        let markdown = text.trim();
        if markdown.is_empty() {
            return Ok(());
        }
        let line = self.line(self.prose_start + (text.len() - text.trim_start().len()));
        let Some(page) = self.pages.last_mut() else {
            return Err(Fail::new(
                line,
                "text stands before the first page; write `## Title {#id}` above it",
            ));
        };
        page.blocks.push(Block::Prose { markdown: markdown.to_owned(), line });
        Ok(())
    }

    /// Markdown lets the end of the file close a fence, and the rest of the lesson would be gone.
    fn check_closed(&self, range: &Range<usize>, line: usize) -> Result<(), Fail> {
        let block = self.source.get(range.clone()).unwrap_or_default().trim_end();
        let last = block.lines().skip(1).last().unwrap_or_default().trim();
        if last.len() >= 3 && (last.chars().all(|c| c == '`') || last.chars().all(|c| c == '~')) {
            return Ok(());
        }
        Err(Fail::new(line, "the block is never closed; end it with a line of three backticks"))
    }

    fn line(&self, byte: usize) -> usize {
        1 + line_offset(self.source, byte)
    }
}

/// ``` ```predict {#how-far} ```: the words and the id.
fn split_info(info: &str, line: usize) -> Result<(Vec<&str>, Option<&str>), Fail> {
    let (words, id) = match info.split_once("{#") {
        None => (info, None),
        Some((words, rest)) => {
            let id = rest.trim_end().strip_suffix('}').filter(|id| is_id(id));
            let Some(id) = id else {
                let message = format!("`{info}` has a malformed id; write {{#lower-case-name}} at its end");
                return Err(Fail::new(line, message));
            };
            (words, Some(id))
        }
    };
    let words: Vec<&str> = words.split_whitespace().collect();
    if words.is_empty() {
        let message = format!("the fence does not say what block it is; use {}, or `text`", one_of(KINDS));
        return Err(Fail::new(line, message));
    }
    Ok((words, id))
}

/// The id the fence gives, or its kind with a number from the second on.
fn block_id(fence: &Fence, page: &Page) -> Result<String, Fail> {
    let taken = |id: &str| page.blocks.iter().any(|block| block.id() == Some(id));
    if let Some(id) = fence.id {
        if taken(id) {
            let message =
                format!("the block id `{id}` is used twice on the page `{}`; choose another", page.id);
            return Err(Fail::new(fence.line, message));
        }
        return Ok(id.to_owned());
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

type Events<'a> = pulldown_cmark::OffsetIter<'a>;

fn heading_text(events: &mut Events) -> String {
    let mut text = String::new();
    for (event, _) in events.by_ref() {
        match event {
            Event::Text(part) | Event::Code(part) | Event::InlineMath(part) => text.push_str(&part),
            Event::End(TagEnd::Heading(_)) => break,
            _ => {}
        }
    }
    text.trim().to_owned()
}

fn code_text(events: &mut Events) -> String {
    let mut text = String::new();
    for (event, _) in events.by_ref() {
        match event {
            Event::Text(part) => text.push_str(&part),
            Event::End(TagEnd::CodeBlock) => break,
            _ => {}
        }
    }
    text
}
