//! A lesson's plan on paper: what its author wrote in `plan.md`, and page by page what to show, what to say and what comes
//! out of the predictions. For the teacher, so nothing is folded.

use noisebook_data::{Store, StoreError};
use noisebook_lessons::{Block, Lesson, LessonEntry, Page, Predict, PredictKind};

use super::date;
use super::math::escape;
use super::prose::{self, Surroundings};

/// The plan's Markdown, or none if the lesson has none yet.
///
/// # Errors
/// When there is one that cannot be read.
pub fn read(store: &dyn Store, folder: &str) -> anyhow::Result<Option<String>> {
    match store.read(&format!("{folder}/plan.md")) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(StoreError::Missing { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What the plan of this lesson is called in the tour.
pub fn file_name(entry: &LessonEntry) -> String {
    format!("plan-{}.html", entry.id)
}

/// The plan as a page to print. `outcomes` has what was measured for each prediction of each page, where it asks for a
/// measure.
pub fn html(
    entry: &LessonEntry,
    lesson: &Lesson,
    markdown: &str,
    outcomes: &[Vec<Option<String>>],
    surroundings: &Surroundings<'_>,
) -> String {
    let title = escape(&lesson.title);
    let plan = to_tour(&prose::html(without_title(markdown), surroundings));
    let none = Vec::new();
    let pages: String = lesson
        .pages
        .iter()
        .zip(1..)
        .map(|(page, number)| {
            page_html(number, page, outcomes.get(number - 1).unwrap_or(&none), surroundings)
        })
        .collect();
    format!(
        "<!DOCTYPE html>\n\
         <html lang=\"en\">\n\
         <head>\n\
         <meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}: the plan</title>\n\
         <style>\n{css}</style>\n\
         </head>\n\
         <body>\n\
         <header>\n\
         <h1>{number} · {title}</h1>\n\
         <p>Plan for the teacher · about {minutes} minutes · <a href=\"index.html#{id}\">the lesson</a></p>\n\
         </header>\n\
         <main>\n\
         <div class=\"plan\">\n{plan}</div>\n\
         <h2>Page by page</h2>\n\
         <div class=\"pages\">\n{pages}</div>\n\
         </main>\n\
         <footer>Noisebook {version}, {today}. What is measured was measured then.</footer>\n\
         </body>\n\
         </html>\n",
        css = include_str!("plan.css"),
        number = entry.number,
        minutes = entry.minutes,
        id = escape(&entry.id),
        version = env!("CARGO_PKG_VERSION"),
        today = date::today(),
    )
}

/// A page of the lesson: its title, its line for the projector, the teacher's notes, the predictions with their answers.
fn page_html(
    number: usize,
    page: &Page,
    outcomes: &[Option<String>],
    surroundings: &Surroundings<'_>,
) -> String {
    let mut outcomes = outcomes.iter();
    let mut html = String::new();
    for block in &page.blocks {
        match block {
            Block::Present { text, .. } => {
                html.push_str(&format!("<p class=\"present\">{}</p>\n", escape(text.trim())));
            }
            Block::Teacher { markdown, .. } => html.push_str(&to_tour(&prose::html(markdown, surroundings))),
            Block::Predict(predict) => {
                let measured = outcomes.next().and_then(Option::as_deref);
                html.push_str(&prediction(predict, measured, surroundings));
            }
            _ => {}
        }
    }
    format!("<section>\n<h3>{number}. {}</h3>\n{html}</section>\n", escape(&page.title))
}

/// The question, and the answer in bold: the lesson's, or what was measured.
fn prediction(predict: &Predict, measured: Option<&str>, surroundings: &Surroundings<'_>) -> String {
    let answer = match &predict.kind {
        PredictKind::Choose { choices, answer } => answer.and_then(|idx| choices.get(idx)).cloned(),
        PredictKind::Number { unit, answer, .. } => answer.map(|answer| format!("{answer} {unit}")),
        PredictKind::Order { items } => Some(items.join(", ")),
        _ => None,
    };
    let answer = answer.map(|answer| answer.trim().to_owned()).or_else(|| measured.map(str::to_owned));
    let answer = answer
        .map_or_else(String::new, |answer| format!(" <b>→ {}</b>", to_tour(&line(&answer, surroundings))));
    format!("<p class=\"ask\">{}{answer}</p>\n", to_tour(&line(&predict.ask, surroundings)))
}

/// Markdown of one paragraph, without the paragraph.
fn line(markdown: &str, surroundings: &Surroundings<'_>) -> String {
    let html = prose::html(markdown, surroundings);
    let html = html.trim();
    html.strip_prefix("<p>").and_then(|html| html.strip_suffix("</p>")).unwrap_or(html).to_owned()
}

/// A plan names its lesson in its first line; the page has done so already.
fn without_title(markdown: &str) -> &str {
    let markdown = markdown.trim_start();
    match markdown.split_once('\n') {
        Some((first, rest)) if first.starts_with("# ") => rest,
        _ => markdown,
    }
}

/// Links to lessons lead to the tour's one page, which this is not.
fn to_tour(html: &str) -> String {
    html.replace("href=\"#", "href=\"index.html#")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_said_once() {
        assert_eq!(without_title("\n# Lesson 4\n\n## Goals\n"), "\n## Goals\n");
        assert_eq!(without_title("## Goals\ntext"), "## Goals\ntext");
        assert_eq!(without_title(""), "");
    }
}
