//! A lesson's Markdown as a notebook shows it: formulas without our own macro, links that lead on from the folder `notebooks`.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag};

use crate::term::replace_terms;

/// Signal and noise, each in a color that can be read on white and on the black of a dark theme (4.3 to 1 at least).
const SIGNAL: &str = "#2f7bc6";
const NOISE: &str = "#c05e10";

/// The lesson's Markdown for a notebook; `folder` is the lesson's, "04-a-thousand-small-steps-to-noise".
pub(super) fn for_notebook(markdown: &str, folder: &str) -> String {
    let options = Options::ENABLE_MATH | Options::ENABLE_TABLES;
    let mut out = String::with_capacity(markdown.len());
    let mut done = 0;
    for (event, range) in Parser::new_ext(markdown, options).into_offset_iter() {
        let (place, text) = match event {
            Event::InlineMath(_) | Event::DisplayMath(_) => {
                let formula = markdown.get(range.clone()).unwrap_or_default();
                (range, colored(formula))
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                let Some(place) = find_last(markdown, &range, &dest_url) else {
                    continue;
                };
                (place, led_on(&dest_url, folder))
            }
            _ => continue,
        };
        // A picture inside a link's text comes after the link's end has been written.
        if let Some(before) = markdown.get(done..place.start) {
            out.push_str(before);
            out.push_str(&text);
            done = place.end;
        }
    }
    out.push_str(markdown.get(done..).unwrap_or_default());
    out
}

/// `\term{signal}{…}` in its color; a term that means neither signal nor noise keeps the ink.
///
/// `{\color{…}{…}}` is set alike where `\color` takes what follows as its argument (MathJax 2) and where it switches the color up to the end of the group (MathJax 3, KaTeX).
fn colored(formula: &str) -> String {
    replace_terms(formula, |name, tex| match name {
        "signal" | "signal_rate" | "x0" | "pred_x0" => format!(r"{{\color{{{SIGNAL}}}{{{tex}}}}}"),
        "noise" | "noise_rate" | "eps" | "eps_t" | "pred_eps" => format!(r"{{\color{{{NOISE}}}{{{tex}}}}}"),
        _ => tex.to_owned(),
    })
}

/// Where `url` stands last in the range: the text of a link comes before its target.
fn find_last(markdown: &str, range: &Range<usize>, url: &str) -> Option<Range<usize>> {
    let at = range.start + markdown.get(range.clone())?.rfind(url)?;
    Some(at..at + url.len())
}

/// Another lesson is the notebook beside this one; a file of the lesson lies in the lesson's folder; the rest of the world stays where it is.
fn led_on(url: &str, folder: &str) -> String {
    let is_elsewhere = url.contains(':') || url.starts_with(['#', '/']);
    if is_elsewhere {
        return url.to_owned();
    }
    let other_lesson = url.strip_prefix("../").and_then(|rest| rest.split_once("/lesson.md"));
    match (other_lesson, url.strip_prefix("../")) {
        (Some((other, rest)), _) => format!("{other}.ipynb{rest}"),
        (None, Some(in_lessons)) => format!("../lessons/{in_lessons}"),
        (None, None) => format!("../lessons/{folder}/{url}"),
    }
}

/// Something that is opened by hand. Markdown is set as such inside of HTML only with blank lines around it.
pub(super) fn folded(summary: &str, markdown: &str) -> String {
    format!("<details><summary>{summary}</summary>\n\n{}\n\n</details>", markdown.trim())
}

/// A list with a line for each.
pub(super) fn list(items: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let lines: Vec<String> = items.into_iter().map(|item| format!("- {}", item.as_ref())).collect();
    lines.join("\n")
}

/// Rust to be read, not run.
pub(super) fn fence(rust: &str) -> String {
    format!("```rust\n{}\n```", rust.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_colored_by_meaning_without_a_macro_of_our_own() {
        let check = |markdown: &str, expected: &str| {
            assert_eq!(for_notebook(markdown, "04-noise"), expected);
        };
        check(
            r"So $\term{signal}{\sqrt{a}\,\term{x0}{x_0}}$ and",
            r"So ${\color{#2f7bc6}{\sqrt{a}\,{\color{#2f7bc6}{x_0}}}}$ and",
        );
        check("$$\n\\term{eps}{e} + \\term{x_t}{x}\n$$", "$$\n{\\color{#c05e10}{e}} + x\n$$");
        // Not a formula.
        check(r"`$\term{x_t}{x}$`", r"`$\term{x_t}{x}$`");
    }

    #[test]
    fn links_lead_on_from_the_folder_of_notebooks() {
        let check = |markdown: &str, expected: &str| {
            assert_eq!(for_notebook(markdown, "04-noise"), expected);
        };
        check("See [a.png](a.png).", "See [a.png](../lessons/04-noise/a.png).");
        check("![a $x$](a.png \"t\")", "![a $x$](../lessons/04-noise/a.png \"t\")");
        check("[7](../07-back/lesson.md#end)", "[7](07-back.ipynb#end)");
        check("[c](../course.toml)", "[c](../lessons/course.toml)");
        check("[w](https://a.org/a.png) <https://a.org>", "[w](https://a.org/a.png) <https://a.org>");
        check("[h](#end)", "[h](#end)");
    }
}
