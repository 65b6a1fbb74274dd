//! What a lesson and its translation have in common: a title, pages, and on them prose and fences that are yet to be read.
//!
//! Markdown is read by pulldown-cmark, so a `##` inside a code block is not a page and a fence means what it means everywhere else.
//! Prose is kept as it was written; only its place is noted, and the terms in its formulas are checked.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, OffsetIter, Options, Parser, Tag, TagEnd};

use crate::block::{Fence, KINDS};
use crate::error::{Fail, is_id, line_offset, one_of};
use crate::term::check_terms;

/// The text of a lesson, taken apart.
pub(crate) struct Outline {
    /// The title, without Markdown.
    pub title: String,
    /// At least one.
    pub pages: Vec<OutlinePage>,
}

/// A page, taken apart.
pub(crate) struct OutlinePage {
    /// Unique in the text.
    pub id: String,
    /// The title, without Markdown.
    pub title: String,
    /// The line of the heading.
    pub line: usize,
    /// What is on it, in order.
    pub pieces: Vec<Piece>,
}

/// What a page is made of.
pub(crate) enum Piece {
    /// Markdown between the fences.
    Prose { markdown: String, line: usize },
    /// A block to be read.
    Fence(Fence),
}

/// Takes the text of a lesson or of its translation apart.
///
/// # Errors
/// At the first thing that has no place in either: no title, a page without an id or with one used twice, text before the first page, a fence that is not closed or says nothing, a malformed `\term`.
pub(crate) fn read_outline(source: &str) -> Result<Outline, Fail> {
    let mut reader = Reader { source, pages: Vec::new(), prose_start: 0 };
    let title = reader.read()?;
    Ok(Outline { title, pages: reader.pages })
}

struct Reader<'a> {
    source: &'a str,
    pages: Vec<OutlinePage>,
    /// Where the prose began that has not been put on a page yet.
    prose_start: usize,
}

impl Reader<'_> {
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
                    // Text set like code stays in the prose, where Markdown shows it.
                    let stays_prose = info.as_ref() == "text";
                    if depth == 0 {
                        self.check_closed(&range, line)?;
                    } else if !stays_prose {
                        return Err(Fail::new(
                            line,
                            "a block stands at the margin, not inside a list or a quotation; move it out",
                        ));
                    }
                    if !stays_prose {
                        self.end_prose(range.start)?;
                        self.prose_start = range.end;
                        self.add_fence(&info, body, line)?;
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
        self.pages.push(OutlinePage { id, title, line, pieces: Vec::new() });
        Ok(())
    }

    fn add_fence(&mut self, info: &str, body: String, line: usize) -> Result<(), Fail> {
        let (words, id) = split_info(info, line)?;
        let Some(page) = self.pages.last_mut() else {
            return Err(Fail::new(
                line,
                "a block stands before the first page; write `## Title {#id}` above it",
            ));
        };
        page.pieces.push(Piece::Fence(Fence { words, id, body, line }));
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
        page.pieces.push(Piece::Prose { markdown: markdown.to_owned(), line });
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

/// The words and the id of a fence such as `predict {#how-far}`.
fn split_info(info: &str, line: usize) -> Result<(Vec<String>, Option<String>), Fail> {
    let (words, id) = match info.split_once("{#") {
        None => (info, None),
        Some((words, rest)) => {
            let id = rest.trim_end().strip_suffix('}').filter(|id| is_id(id));
            let Some(id) = id else {
                let message = format!("`{info}` has a malformed id; write {{#lower-case-name}} at its end");
                return Err(Fail::new(line, message));
            };
            (words, Some(id.to_owned()))
        }
    };
    let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() {
        let message = format!("the fence does not say what block it is; use {}, or `text`", one_of(KINDS));
        return Err(Fail::new(line, message));
    }
    Ok((words, id))
}

/// The text of the heading that has just begun, without Markdown.
pub(crate) fn heading_text(events: &mut OffsetIter<'_>) -> String {
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

fn code_text(events: &mut OffsetIter<'_>) -> String {
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
