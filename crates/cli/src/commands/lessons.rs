//! `noisebook lessons [--json]`: the course, and which of its lessons are written.

use noisebook_lessons::LessonEntry;
use serde::Serialize;

use crate::course;
use crate::home::Home;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct LessonsArgs {
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// A line of the course map, and what there is of the lesson.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    entry: &'a LessonEntry,
    /// The part's Roman number; none for the opening lesson.
    part: Option<&'a str>,
    /// Pages of the lesson; none while it is to come.
    num_pages: Option<usize>,
}

pub fn run(args: &LessonsArgs) -> anyhow::Result<()> {
    let home = Home::find()?;
    let store = home.store();
    let course = course::course(&*store)?;
    let lines: Vec<Line<'_>> = course
        .lessons()
        .map(|entry| {
            let lesson =
                course::path(&*store, entry).map(|path| course::lesson(&*store, &path)).transpose()?;
            Ok(Line {
                entry,
                part: course.part_of(&entry.id).map(|part| part.number.as_str()),
                num_pages: lesson.map(|lesson| lesson.pages.len()),
            })
        })
        .collect::<anyhow::Result<_>>()?;
    if args.json {
        return output::json(&lines);
    }
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|line| {
            vec![
                line.entry.number.to_string(),
                line.part.unwrap_or_default().to_owned(),
                line.entry.id.clone(),
                line.num_pages.map_or_else(|| "to come".to_owned(), |num| format!("{num} pages")),
                format!("{} min", line.entry.minutes),
                line.entry.title.clone(),
            ]
        })
        .collect();
    let header = ["", "part", "id", "is", "takes", "title"];
    output::text(&output::table(&header, &rows))
}
