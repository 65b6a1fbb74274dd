//! A notebook as it lies in git: what its lesson says, and of its last run the pictures.

use std::collections::BTreeMap;

use anyhow::Context as _;
use noisebook_data::Store;
use noisebook_lessons::{LessonEntry, Notebook, NotebookCell, Output, notebook_of, parse_notebook};

use super::picture::{MIME, shrunk};
use crate::course;

/// The folder of the notebooks.
pub const FOLDER: &str = "notebooks";

/// The most bytes that one picture takes, as a PNG file.
const PICTURE_BYTES: usize = 40_000;

/// The most bytes that a notebook takes with all its pictures; GitHub shows small ones only, and git keeps every version.
const NOTEBOOK_BYTES: usize = 500_000;

/// A notebook that is ready to be written.
pub struct Made {
    /// In the store: "notebooks/04-a-thousand-small-steps-to-noise.ipynb".
    pub path: String,
    /// The file.
    pub text: String,
    notebook: Notebook,
}

impl Made {
    /// "notebooks/04-….ipynb: 61 cells, 12 pictures, 214 kB"
    pub fn line(&self) -> String {
        let cells = self.notebook.cells();
        let num_pictures = cells.iter().filter_map(picture_of).count();
        let kilobytes = self.text.len().div_ceil(1000);
        format!("{}: {} cells, {num_pictures} pictures, {kilobytes} kB\n", self.path, cells.len())
    }

    /// Whether its cells are those of `other`, whatever these showed.
    pub fn has_sources_of(&self, other: &Notebook) -> bool {
        let key = |cell: &NotebookCell| (cell.id().map(str::to_owned), cell.kind(), cell.source());
        self.notebook.cells().iter().map(key).eq(other.cells().iter().map(key))
    }
}

/// Where the notebook of a lesson lies.
pub fn path_of(entry: &LessonEntry) -> String {
    format!("{FOLDER}/{}.ipynb", entry.folder())
}

/// The notebook as it lies there; an empty one where there is none, or none that could be read, for it will be made anew.
pub fn existing(store: &dyn Store, entry: &LessonEntry) -> Notebook {
    let path = path_of(entry);
    let text = store.read(&path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.and_then(|text| parse_notebook(&text, &path).ok()).unwrap_or_default()
}

/// The notebook of a lesson with the pictures that `run` has for cells that are still the same.
///
/// # Errors
/// When the lesson cannot be read; the sentence names file and line.
pub fn make(store: &dyn Store, entry: &LessonEntry, run: &Notebook) -> anyhow::Result<Made> {
    let path = path_of(entry);
    let of_lesson = course::path(store, entry).with_context(|| format!("{path} has no lesson"))?;
    let mut notebook = notebook_of(entry, &course::lesson(store, &of_lesson)?);
    keep_pictures(&mut notebook, run);
    Ok(Made { path, text: notebook.to_json_string(), notebook })
}

/// Puts pictures of `run` under the cells that they belong to, made small enough for all to fit.
fn keep_pictures(notebook: &mut Notebook, run: &Notebook) {
    let mut pictures = BTreeMap::new();
    for (idx, cell) in notebook.cells().iter().enumerate() {
        let ran = run.cells().iter().find(|ran| ran.id() == cell.id() && ran.source() == cell.source());
        if let Some(picture) = ran.and_then(picture_of) {
            pictures.insert(idx, picture);
        }
    }
    // Each picture has some JSON around it.
    let room = NOTEBOOK_BYTES.saturating_sub(notebook.to_json_string().len() + 200 * pictures.len());
    let lengths: Vec<usize> = pictures.values().map(String::len).collect();
    let most = share(room, &lengths);
    for (idx, picture) in pictures {
        let kept = shrunk(&picture, most);
        if let (Some(kept), Some(cell)) = (kept, notebook.cell_mut(idx)) {
            let data = BTreeMap::from([(MIME.to_owned(), kept)]);
            cell.set_outputs(&[Output::Display { data }], None);
        }
    }
}

/// The most bytes that one picture may take, so that all have room, which is counted in letters of base64 as they are:
/// small ones leave theirs to the others.
fn share(room: usize, lengths: &[usize]) -> usize {
    let mut most = PICTURE_BYTES;
    // Base64 writes three bytes as four letters.
    while most > 0 && lengths.iter().map(|length| (*length).min(most.div_ceil(3) * 4)).sum::<usize>() > room {
        most -= most.div_ceil(20);
    }
    most
}

/// The last picture that a cell showed, as base64.
fn picture_of(cell: &NotebookCell) -> Option<String> {
    cell.outputs().iter().rev().find_map(|output| match output {
        Output::Display { data } | Output::Result { data } => data.get(MIME).cloned(),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pictures_leave_room_to_large_ones() {
        let check = |room: usize, lengths: &[usize], least: usize, most: usize| {
            let share = share(room, lengths);
            assert!((least..=most).contains(&share), "{share}");
            let used: usize = lengths.iter().map(|length| (*length).min(share.div_ceil(3) * 4)).sum();
            assert!(used <= room, "{used}");
        };
        check(100_000, &[], PICTURE_BYTES, PICTURE_BYTES);
        check(100_000, &[1_000, 50_000], PICTURE_BYTES, PICTURE_BYTES);
        check(100_000, &[100_000, 100_000], 35_000, 37_500);
        check(100_000, &[1_000, 1_000, 100_000, 100_000], 34_000, 36_750);
        check(0, &[1_000], 0, 0);
    }
}
