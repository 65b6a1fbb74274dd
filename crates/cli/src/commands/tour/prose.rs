//! A lesson's Markdown as HTML: formulas drawn, links to other lessons led to their place in the
//! tour, pictures put into the page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use noisebook_data::Store;
use noisebook_lessons::Course;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, html};

use super::math;

/// What is needed to follow a lesson's links and pictures.
pub struct Surroundings<'a> {
    pub store: &'a dyn Store,
    pub course: &'a Course,
    /// The lesson's folder in the store.
    pub folder: String,
}

/// `markdown` as HTML.
pub fn html(markdown: &str, surroundings: &Surroundings<'_>) -> String {
    let options = Options::ENABLE_MATH | Options::ENABLE_TABLES;
    let events = Parser::new_ext(markdown, options).map(|event| match event {
        Event::InlineMath(tex) => Event::InlineHtml(math::html(&tex, false).into()),
        Event::DisplayMath(tex) => {
            let formula = math::html(&tex, true);
            // A span, for Markdown puts a display formula inside a paragraph.
            Event::InlineHtml(format!("<span class=\"display\">{formula}</span>").into())
        }
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let dest_url = led_to_its_place(dest_url, surroundings.course);
            Event::Start(Tag::Link { link_type, dest_url, title, id })
        }
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
            let dest_url = inlined(dest_url, surroundings);
            Event::Start(Tag::Image { link_type, dest_url, title, id })
        }
        other => other,
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    out
}

/// `../07-a-thousand-steps-back/lesson.md` as `#a-thousand-steps-back`.
fn led_to_its_place<'a>(url: CowStr<'a>, course: &Course) -> CowStr<'a> {
    let to = course.lessons().find(|entry| url.split('/').any(|part| part == entry.folder()));
    to.map_or(url, |entry| format!("#{}", entry.id).into())
}

/// A picture of the lesson as a data URI; one that is not there keeps its name, and its alt text
/// speaks for it.
fn inlined<'a>(url: CowStr<'a>, surroundings: &Surroundings<'_>) -> CowStr<'a> {
    let path = format!("{}/{url}", surroundings.folder);
    let kind = match url.rsplit_once('.') {
        Some((_, "svg")) => "svg+xml",
        Some((_, "jpg" | "jpeg")) => "jpeg",
        _ => "png",
    };
    match surroundings.store.read(&path) {
        Ok(bytes) => format!("data:image/{kind};base64,{}", STANDARD.encode(bytes)).into(),
        Err(_) => url,
    }
}
