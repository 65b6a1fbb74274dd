//! `noisebook tour [--out DIR]`: every written lesson on one page that needs no program to read,
//! with its figures computed now, by the models on the shelf.
//!
//! A folder of its own: `index.html`, its fonts, under `figures/` a strip (PNG) and a slider (HTML)
//! for each experiment, and for each lesson with a plan a page to print. No address in it leads out of
//! the folder, so it is a website wherever it is put. What a prediction hides in the window stays
//! folded here. It is made in a temporary folder and moved to its place at the end, so that a tour
//! that fails or is stopped leaves nothing behind and an older one as it was.

mod blocks;
mod date;
mod math;
mod plan;
mod prose;
mod stage;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use indicatif::ProgressBar;
use noisebook_data::Store;
use noisebook_lessons::{Block, Course, Lesson, LessonEntry, Page};
use noisebook_ops::device;

use self::math::escape;
use self::prose::Surroundings;
use self::stage::Workshop;
use crate::arguments::DeviceArgs;
use crate::home::Home;
use crate::outcome::wrong_use;
use crate::output::{self, write_atomically};
use crate::{course, progress, stop};

#[derive(Debug, clap::Args)]
pub struct TourArgs {
    /// The folder to write it to
    #[arg(long, value_name = "DIR", default_value = FOLDER)]
    pub out: PathBuf,
    /// Only this lesson, by the id that `noisebook lessons` lists
    #[arg(long, value_name = "ID")]
    pub lesson: Option<String>,
    #[command(flatten)]
    pub device: DeviceArgs,
}

/// Where it is written unless told otherwise.
pub const FOLDER: &str = "tour";

const FONTS: &str = "assets/fonts";

pub fn run(args: &TourArgs) -> anyhow::Result<()> {
    let home = Home::find()?;
    let store = home.store();
    let course = course::course(&*store)?;
    let lessons = written(&*store, &course, args.lesson.as_deref())?;

    let device = device(&args.device.device)?;
    stop::watch()?;
    let made = output::workshop(&args.out)?;
    let figures = made.path().join("figures");
    std::fs::create_dir(&figures)
        .with_context(|| format!("could not make the folder {}", figures.display()))?;
    let num_experiments = lessons
        .iter()
        .flat_map(|(_, lesson)| &lesson.pages)
        .filter(|page| page.experiment().is_some())
        .count();
    let bar = progress::bar(num_experiments, "experiments", false);
    let workshop = Workshop { store: home.store(), device, folder: made.path().to_path_buf() };
    let mut articles = String::new();
    for (entry, lesson) in &lessons {
        let surroundings =
            Surroundings { store: &*store, course: &course, folder: format!("lessons/{}", entry.folder()) };
        let plan = plan::read(&*store, &surroundings.folder)?;
        let Article { html, outcomes } =
            article(entry, lesson, plan.is_some(), &surroundings, &workshop, &bar)?;
        articles.push_str(&html);
        if let Some(plan) = plan {
            let page = plan::html(entry, lesson, &plan, &outcomes, &surroundings);
            write_atomically(&made.path().join(plan::file_name(entry)), page.as_bytes())?;
        }
    }
    bar.finish_and_clear();

    write_fonts(&*store, made.path())?;
    output::move_files(made.path(), &args.out)?;
    // Last, when all that it shows is there.
    let index = args.out.join("index.html");
    write_atomically(&index, document(&course, &lessons, &articles, &args.device.device).as_bytes())?;
    output::text(&format!(
        "{} lessons and {num_experiments} experiments: open {}\n",
        lessons.len(),
        index.display()
    ))
}

/// The lessons to show: all that are written, or the one that was asked for.
fn written<'a>(
    store: &dyn Store,
    course: &'a Course,
    only: Option<&str>,
) -> anyhow::Result<Vec<(&'a LessonEntry, Lesson)>> {
    let mut lessons = Vec::new();
    let mut to_come = false;
    for entry in course.lessons().filter(|entry| only.is_none_or(|id| id == entry.id)) {
        match course::path(store, entry) {
            Some(path) => lessons.push((entry, course::lesson(store, &path)?)),
            None => to_come = true,
        }
    }
    match only {
        Some(id) if lessons.is_empty() && to_come => Err(wrong_use(format!(
            "the lesson {id} is to come; `noisebook lessons` lists those that are written"
        ))),
        Some(id) if lessons.is_empty() => {
            Err(wrong_use(format!("there is no lesson {id}; `noisebook lessons` lists them")))
        }
        _ => Ok(lessons),
    }
}

/// A lesson in the tour.
struct Article {
    html: String,
    /// What was measured for the predictions of each page.
    outcomes: Vec<Vec<Option<String>>>,
}

/// A lesson: its title, and each page with its prose beside its stage.
fn article(
    entry: &LessonEntry,
    lesson: &Lesson,
    has_plan: bool,
    surroundings: &Surroundings<'_>,
    workshop: &Workshop,
    bar: &ProgressBar,
) -> anyhow::Result<Article> {
    let part = surroundings.course.part_of(&entry.id);
    let mut html = format!(
        "<article class=\"lesson\" id=\"{}\">\n<p class=\"ui\">{} {} · about {} minutes</p>\n<h2>{}</h2>\n<p>{}</p>\n",
        escape(&entry.id),
        part.map_or_else(|| "Lesson".to_owned(), |part| format!("{} ·", escape(&part.title))),
        entry.number,
        entry.minutes,
        escape(&lesson.title),
        escape(&entry.summary),
    );
    if has_plan {
        let plan = escape(&plan::file_name(entry));
        html.push_str(&format!(
            "<p class=\"ui\"><a href=\"{plan}\">Plan for the teacher, to print</a></p>\n"
        ));
    }
    let mut outcomes = Vec::new();
    for page in &lesson.pages {
        let (section, measured) = section(entry, page, surroundings, workshop)?;
        html.push_str(&section);
        outcomes.push(measured);
        if page.experiment().is_some() {
            bar.inc(1);
        }
    }
    html.push_str("</article>\n");
    Ok(Article { html, outcomes })
}

/// A page, and what was measured for its predictions.
fn section(
    entry: &LessonEntry,
    page: &Page,
    surroundings: &Surroundings<'_>,
    workshop: &Workshop,
) -> anyhow::Result<(String, Vec<Option<String>>)> {
    let name = format!("{}-{}", entry.id, page.id);
    let predictions: Vec<_> = page
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Predict(predict) => Some(predict),
            _ => None,
        })
        .collect();
    let staged = page
        .experiment()
        .map(|experiment| workshop.stage(&name, &page.title, experiment, &predictions))
        .transpose()
        .with_context(|| format!("{}, page {}", surroundings.folder, page.id))?;
    let (mut stage, outcomes) = staged.map_or_else(Default::default, |staged| (staged.html, staged.outcomes));
    let mut measured = outcomes.iter();
    let mut prose = String::new();
    for block in &page.blocks {
        let outcome = match block {
            Block::Predict(_) => measured.next().and_then(Option::as_deref),
            _ => None,
        };
        let html = blocks::html(block, outcome, surroundings);
        // Code stands under the picture that it makes.
        let column = if matches!(block, Block::Cell(_)) { &mut stage } else { &mut prose };
        column.push_str(&html);
    }
    if !stage.is_empty() {
        stage = format!("<div class=\"stage\">\n{stage}</div>\n");
    }
    let html = format!(
        "<section class=\"page\" id=\"{}\">\n<div class=\"prose\">\n<h3>{}</h3>\n{prose}</div>\n{stage}</section>\n",
        escape(&name),
        escape(&page.title),
    );
    Ok((html, outcomes))
}

fn document(course: &Course, lessons: &[(&LessonEntry, Lesson)], articles: &str, device: &str) -> String {
    let line = |entry: &LessonEntry| {
        let (number, title) = (entry.number, escape(&entry.title));
        if lessons.iter().any(|(shown, _)| shown.id == entry.id) {
            let id = escape(&entry.id);
            format!("<li><span class=\"number\">{number}</span> <a href=\"#{id}\">{title}</a></li>\n")
        } else {
            format!("<li class=\"to-come\"><span class=\"number\">{number}</span> {title}</li>\n")
        }
    };
    let list = |title: &str, entries: &[LessonEntry]| {
        let lines: String = entries.iter().map(line).collect();
        format!("<section>\n<h2>{}</h2>\n<ol>\n{lines}</ol>\n</section>\n", escape(title))
    };
    let parts: String = course
        .parts
        .iter()
        .map(|part| list(&format!("{} · {}", part.number, part.title), &part.lessons))
        .collect();
    let opening = match course.opening.as_slice() {
        [] => String::new(),
        entries => list("To begin with", entries),
    };
    let (title, today) = (escape(&course.title), date::today());
    format!(
        "<!DOCTYPE html>\n\
         <html lang=\"en\">\n\
         <head>\n\
         <meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Noisebook: the tour</title>\n\
         <style>\n{css}</style>\n\
         </head>\n\
         <body>\n\
         <header class=\"cover\">\n\
         <h1>Noisebook</h1>\n\
         <p>{title}, then change the code that did it.</p>\n\
         <p class=\"badge\"><b>● computed {today}</b> on this machine ({device}) by Noisebook {version}, \
         command <code>noisebook tour</code>. Lessons in gray are to come.</p>\n\
         </header>\n\
         <main>\n\
         <nav aria-label=\"The course\">\n{opening}{parts}</nav>\n\
         {articles}</main>\n\
         <footer>To move the sliders, ask for a new seed or change the code, open the window: \
         <code>noisebook</code>.</footer>\n\
         </body>\n\
         </html>\n",
        css = include_str!("style.css"),
        version = env!("CARGO_PKG_VERSION"),
    )
}

/// The fonts with their licenses, so that the page looks the same everywhere.
fn write_fonts(store: &dyn Store, out: &Path) -> anyhow::Result<()> {
    let folder = out.join("fonts");
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("could not make the folder {}", folder.display()))?;
    for name in store.list(FONTS)? {
        write_atomically(&folder.join(&name), &store.read(&format!("{FONTS}/{name}"))?)?;
    }
    Ok(())
}
