//! `plan.md`: how a teacher spends 45 minutes with a lesson.
//!
//! It is plain Markdown: `# Plan: Title`, a few words, and then sections.
//! A heading such as `## 5 min · Look closely` makes the section a phase; the phases fill the period exactly.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag};

use crate::error::{Fail, LessonError, line_offset};
use crate::outline::heading_text;

/// A school period.
const PERIOD: u32 = 45;

/// A teacher's plan for a lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What it is a plan of, without Markdown.
    pub title: String,
    /// The Markdown before the first section, possibly empty.
    pub intro: String,
    /// Phases and other sections, in order; the minutes of the phases sum to 45.
    pub sections: Vec<PlanSection>,
}

/// A section of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanSection {
    /// How long a phase takes; none for a section that is not a phase, such as "Goals".
    pub minutes: Option<u32>,
    /// Its title, without minutes and Markdown.
    pub title: String,
    /// What is under the heading, possibly empty.
    pub markdown: String,
    /// The line of its heading.
    pub line: usize,
}

/// Reads a plan from the text of its `plan.md`; `file` is the name for errors.
///
/// # Errors
/// When it does not begin with `# Plan: Title`, a heading has minutes that cannot be read, there is no phase, or the phases do not take 45 minutes together.
pub fn parse_plan(source: &str, file: &str) -> Result<Plan, LessonError> {
    read_plan(source).map_err(|fail| fail.in_file(file))
}

fn read_plan(source: &str) -> Result<Plan, Fail> {
    let no_title = || Fail::new(1, "the plan has no title; begin it with `# Plan: Title`");
    let mut headings = headings(source);
    let first = headings.next().ok_or_else(no_title)?;
    let before = source.get(..first.start).unwrap_or_default();
    let title = first.text.strip_prefix("Plan:").map(str::trim).filter(|title| !title.is_empty());
    let title = title.filter(|_| first.is_title && before.trim().is_empty()).ok_or_else(no_title)?;

    let mut plan = Plan { title: title.to_owned(), intro: String::new(), sections: Vec::new() };
    let mut start = first.end;
    for heading in headings {
        let line = 1 + line_offset(source, heading.start);
        if heading.is_title {
            return Err(Fail::new(line, "a plan has one title; write `## Title` for a section"));
        }
        let (minutes, title) = split_minutes(&heading.text).ok_or_else(|| {
            let message =
                format!("`{}` does not say how long the phase takes; write `## 5 min · Title`", heading.text);
            Fail::new(line, message)
        })?;
        *plan.last_markdown() = section(source, start, heading.start);
        plan.sections.push(PlanSection { minutes, title, markdown: String::new(), line });
        start = heading.end;
    }
    *plan.last_markdown() = section(source, start, source.len());

    let phases: Vec<u32> = plan.sections.iter().filter_map(|section| section.minutes).collect();
    if phases.is_empty() {
        return Err(Fail::new(1, "the plan has no phases; write `## 5 min · Title` to start one"));
    }
    let sum = phases.iter().fold(0, |sum: u32, minutes| sum.saturating_add(*minutes));
    if sum != PERIOD {
        let message =
            format!("the phases take {sum} minutes, and a period has {PERIOD}; lengthen or shorten one");
        return Err(Fail::new(1, message));
    }
    Ok(plan)
}

impl Plan {
    /// The Markdown of the latest section, or of the intro before there is one.
    fn last_markdown(&mut self) -> &mut String {
        match self.sections.last_mut() {
            Some(section) => &mut section.markdown,
            None => &mut self.intro,
        }
    }
}

/// A `#` or `##` heading.
struct Heading {
    is_title: bool,
    text: String,
    start: usize,
    end: usize,
}

/// The headings at the margin; one inside a block of code is its text.
fn headings(source: &str) -> impl Iterator<Item = Heading> {
    let mut events =
        Parser::new_ext(source, Options::ENABLE_MATH | Options::ENABLE_TABLES).into_offset_iter();
    let mut depth = 0_usize;
    std::iter::from_fn(move || {
        while let Some((event, range)) = events.next() {
            match event {
                Event::Start(Tag::Heading { level, .. }) if depth == 0 && level <= HeadingLevel::H2 => {
                    let text = heading_text(&mut events);
                    let is_title = level == HeadingLevel::H1;
                    return Some(Heading { is_title, text, start: range.start, end: range.end });
                }
                Event::Start(_) => depth += 1,
                Event::End(_) => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        None
    })
}

/// "5 min · Look closely" as 5 and "Look closely"; nothing for a number without minutes, or without a title.
fn split_minutes(heading: &str) -> Option<(Option<u32>, String)> {
    if !heading.starts_with(|first: char| first.is_ascii_digit()) {
        return Some((None, heading.to_owned()));
    }
    let (minutes, title) = heading.split_once(" min · ")?;
    let minutes = minutes.parse().ok().filter(|minutes| *minutes > 0)?;
    Some((Some(minutes), title.trim().to_owned()))
}

fn section(source: &str, start: usize, end: usize) -> String {
    source.get(start..end).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# Plan: Noise
By the end *everyone* has seen it.

## Goals
- Say what t counts.

## 5 min · Look $x_t$ up
Ask.

```text
## 9 min · not a phase
```

### A detail
More.

## 40 min · Work

## Answers
42.
";

    #[test]
    fn a_plan_has_phases_and_other_sections_in_order() {
        let plan = parse_plan(GOOD, "plan.md").unwrap();
        assert_eq!(
            (plan.title.as_str(), plan.intro.as_str()),
            ("Noise", "By the end *everyone* has seen it.")
        );
        let sections: Vec<_> = plan.sections.iter().map(|s| (s.minutes, s.title.as_str(), s.line)).collect();
        let expected =
            [(None, "Goals", 4), (Some(5), "Look x_t up", 7), (Some(40), "Work", 17), (None, "Answers", 19)];
        assert_eq!(sections, expected);
        assert_eq!(plan.sections[0].markdown, "- Say what t counts.");
        assert!(plan.sections[1].markdown.starts_with("Ask."), "{plan:?}");
        assert!(plan.sections[1].markdown.ends_with("### A detail\nMore."), "{plan:?}");
        assert_eq!(plan.sections[2].markdown, "");
        assert_eq!(plan.sections[3].markdown, "42.");
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let check = |from: &str, to: &str, line: usize, says: &str| {
            let error = parse_plan(&GOOD.replacen(from, to, 1), "plan.md").unwrap_err();
            assert_eq!((error.line, error.file.as_str()), (line, "plan.md"), "{error}");
            assert!(error.message.contains(says), "{error}");
        };
        check("# Plan: Noise", "Noise", 1, "no title");
        check("# Plan: Noise", "# Noise", 1, "no title");
        check("# Plan: Noise", "# Plan:", 1, "no title");
        check("# Plan", "Hello.\n\n# Plan", 1, "no title");
        check("## Goals", "# Goals", 4, "one title");
        check("5 min · ", "5 minutes: ", 7, "write `## 5 min · Title`");
        check("5 min · ", "0 min · ", 7, "how long");
        check("5 min · ", "6 min · ", 1, "take 46 minutes");
        check("40 min · ", "", 1, "take 5 minutes");
        let error = parse_plan("# Plan: Noise\n## Goals\n", "plan.md").unwrap_err();
        assert!(error.message.contains("no phases"), "{error}");
        assert!(parse_plan("", "plan.md").is_err());
    }
}
