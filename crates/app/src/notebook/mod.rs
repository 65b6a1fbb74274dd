//! A Jupyter notebook that is open: text and code in one column, run here, saved as it came but for what was changed.
//!
//! - [`NotebookScreen`] has the file and what it looks like, and carries out wishes. It knows no painter.
//! - [`outputs`] turns what a file keeps of a run into what is drawn, and back.
//! - [`page_ui`] draws.
//!
//! What the window understands of a file is a view on it; the rest goes back into the file as it came.
//! Opening a notebook runs nothing.

mod outputs;
mod page_ui;

pub(crate) use page_ui::{footer_ui, notebook_ui};

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, TryRecvError};

use noisebook_lessons::{CellKind, Glossary, Notebook, NotebookCell};

use crate::cells::{Cell, CellAct, Cells, Picture, State, new_id, picture_from};
use crate::opening::OpenError;
use crate::page::Hands;
use crate::prose::Prose;
use crate::stage::Notice;
use crate::undo::History;
use crate::words::Words;
use crate::worker::elsewhere;

/// What a learner wants of a notebook; cells are named by their keys.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NotebookAct {
    Save,
    SaveAs,
    /// A new cell below this one, or before all.
    Insert {
        below: Option<u64>,
        is_code: bool,
    },
    Delete(u64),
    Move {
        key: u64,
        by: isize,
    },
    /// Write in a cell of text, or be done with it.
    Edit(u64),
    DoneEditing(u64),
    /// What the question about unsaved changes was answered with.
    Answer(Leaving),
}

/// What becomes of changes that are not saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaving {
    Save,
    Discard,
    Stay,
}

/// One cell as it stands in the column.
#[derive(Clone)]
struct Item {
    /// Its number, for as long as the notebook is open.
    key: u64,
    body: Body,
}

#[derive(Clone)]
enum Body {
    /// The number of the cell that runs.
    Code(u64),
    Text(Box<Text>),
    /// Text that is for another program.
    Raw(String),
}

#[derive(Clone)]
struct Text {
    markdown: String,
    prose: Prose,
    is_edited: bool,
}

impl Text {
    fn new(markdown: String) -> Self {
        let prose = prose(&markdown);
        Self { markdown, prose, is_edited: false }
    }
}

fn prose(markdown: &str) -> Prose {
    let glossary = Glossary::default();
    Prose::parse(markdown, &mut Words::new(&glossary))
}

/// A notebook that is open.
pub(crate) struct NotebookScreen {
    pub path: PathBuf,
    notebook: Notebook,
    /// One for each cell of the notebook, in its order.
    items: Vec<Item>,
    pub cells: Cells,
    /// Cells of code that were deleted, in case they are wanted again.
    deleted: Vec<Cell>,
    /// Whether cells came, went or moved, or a text was rewritten, since the file was written.
    is_rearranged: bool,
    history: History<(Notebook, Vec<Item>)>,
    pub notice: Option<Notice>,
    /// Where to the file is being written, and whether that is done.
    saving: Option<Receiver<Option<Result<PathBuf, OpenError>>>>,
    /// Whether the learner is asked about changes that are not saved.
    pub is_leaving: bool,
    /// Pictures of texts, by the key of their cell.
    attached: Vec<(u64, Picture)>,
    /// The language of its code, where it is not Rust.
    pub other_language: Option<String>,
}

impl NotebookScreen {
    pub fn new(path: PathBuf, notebook: Notebook) -> Self {
        let other_language = notebook.language().filter(|language| language != "rust");
        let mut screen = Self {
            path,
            items: Vec::new(),
            cells: Cells::of_notebook(other_language.is_none()),
            deleted: Vec::new(),
            is_rearranged: false,
            history: History::default(),
            notice: None,
            saving: None,
            is_leaving: false,
            attached: Vec::new(),
            other_language,
            notebook: Notebook::new(),
        };
        for cell in notebook.cells() {
            let source = cell.source();
            let body = match cell.kind() {
                CellKind::Code => {
                    let id = screen.cells.push(String::new(), source.clone(), source);
                    if let Some(running) = screen.cells.get_mut(id) {
                        running.output = outputs::from_file(&cell.outputs());
                    }
                    Body::Code(id)
                }
                CellKind::Markdown => Body::Text(Box::new(Text::new(source))),
                CellKind::Raw => Body::Raw(source),
            };
            let key = new_id();
            if let Body::Text(text) = &body {
                let names = attachments(&text.markdown);
                let pngs = names.iter().filter_map(|name| cell.attachment(name)?.remove("image/png"));
                let pictures = pngs.filter_map(|base64| picture_from(&base64).ok());
                screen.attached.extend(pictures.map(|picture| (key, picture)));
            }
            screen.items.push(Item { key, body });
        }
        screen.notebook = notebook;
        screen
    }

    /// The file's name.
    pub fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        name.to_string_lossy().into_owned()
    }

    /// Whether there is something that is not in the file.
    pub fn is_changed(&self) -> bool {
        let kept = self.notebook.cells();
        let is_written = |(item, kept): (&Item, &NotebookCell)| match &item.body {
            Body::Text(text) => text.markdown != kept.source(),
            Body::Code(_) | Body::Raw(_) => false,
        };
        self.is_rearranged
            || self.cells.iter().any(|cell| cell.is_changed() || cell.run_number.is_some())
            || self.items.iter().zip(kept).any(is_written)
    }

    pub fn can_undo(&self) -> bool {
        self.history.can_undo()
    }

    pub fn can_redo(&self) -> bool {
        self.history.can_redo()
    }

    fn place(&self, key: u64) -> Option<usize> {
        self.items.iter().position(|item| item.key == key)
    }

    /// Remembers how the cells stand, before that changes.
    fn keep(&mut self) {
        self.fill_in();
        self.history.keep((self.notebook.clone(), self.items.clone()));
        self.is_rearranged = true;
    }

    /// Carries out a wish.
    pub fn perform(&mut self, act: &NotebookAct, hands: &mut Hands<'_>) {
        match act {
            NotebookAct::Save => self.save(hands, false),
            NotebookAct::SaveAs => self.save(hands, true),
            NotebookAct::Insert { below, is_code } => {
                self.keep();
                self.insert(*below, *is_code);
            }
            NotebookAct::Delete(key) => {
                if let Some(idx) = self.place(*key) {
                    self.keep();
                    self.notebook.remove_cell(idx);
                    let item = self.items.remove(idx);
                    if let Body::Code(id) = item.body {
                        self.deleted.extend(self.cells.remove(id));
                    }
                }
            }
            NotebookAct::Move { key, by } => {
                if let Some(from) = self.place(*key) {
                    let to = from.saturating_add_signed(*by).min(self.items.len() - 1);
                    self.keep();
                    self.notebook.move_cell(from, to);
                    let item = self.items.remove(from);
                    self.items.insert(to, item);
                    self.order();
                }
            }
            NotebookAct::Edit(key) => self.edit(*key, true),
            NotebookAct::DoneEditing(key) => self.edit(*key, false),
            // The window's: it knows where the learner wanted to go.
            NotebookAct::Answer(_) => {}
        }
    }

    pub fn perform_on_cells(&mut self, act: &CellAct, hands: &Hands<'_>) {
        let (kernels, egui) = (&hands.surroundings.kernels, hands.egui);
        let start = || {
            let window = egui.clone();
            kernels.start(Box::new(move || window.request_repaint()))
        };
        self.cells.perform(act, hands.now, &start);
    }

    fn insert(&mut self, below: Option<u64>, is_code: bool) {
        let idx = below.and_then(|key| self.place(key)).map_or(0, |idx| idx + 1);
        let key = new_id();
        let (kind, body) = if is_code {
            let id = self.cells.push(String::new(), String::new(), String::new());
            self.cells.focus = Some((id, None));
            (CellKind::Code, Body::Code(id))
        } else {
            let text = Text { is_edited: true, ..Text::new(String::new()) };
            (CellKind::Markdown, Body::Text(Box::new(text)))
        };
        self.notebook.insert_cell(idx, kind, "");
        self.items.insert(idx, Item { key, body });
        self.order();
    }

    /// Puts the running cells into the order of the column.
    fn order(&mut self) {
        let ids: Vec<u64> = self.items.iter().filter_map(Item::code).collect();
        self.cells.order(&ids);
    }

    fn edit(&mut self, key: u64, is_edited: bool) {
        let before = self.place(key).and_then(|idx| Some(self.notebook.cells().get(idx)?.source()));
        let item = self.items.iter_mut().find(|item| item.key == key);
        if let Some(Item { body: Body::Text(text), .. }) = item {
            text.is_edited = is_edited;
            text.prose = prose(&text.markdown);
            self.is_rearranged |= before.as_ref() != Some(&text.markdown);
        }
    }

    /// Brings back how the cells stood.
    pub fn undo(&mut self, is_redo: bool) {
        self.fill_in();
        let mut history = std::mem::take(&mut self.history);
        let now = |_: &(Notebook, Vec<Item>)| (self.notebook.clone(), self.items.clone());
        let before = if is_redo { history.redo(now) } else { history.undo(now) };
        self.history = history;
        let Some((notebook, mut items)) = before else {
            return;
        };
        for item in &mut items {
            let newer = self.items.iter().find(|newer| newer.key == item.key);
            if let Some(newer) = newer {
                // Only the arrangement is taken back, no text.
                *item = newer.clone();
            }
        }
        let ids: Vec<u64> = items.iter().filter_map(Item::code).collect();
        let gone: Vec<u64> = self.cells.iter().map(|cell| cell.id).filter(|id| !ids.contains(id)).collect();
        for id in gone {
            self.deleted.extend(self.cells.remove(id));
        }
        for cell in self.deleted.extract_if(.., |cell| ids.contains(&cell.id)) {
            self.cells.put_back(cell);
        }
        self.notebook = notebook;
        self.items = items;
        self.order();
        self.is_rearranged = true;
    }

    /// Brings the file's own cells up to what stands in the column.
    fn fill_in(&mut self) {
        for (idx, item) in self.items.iter().enumerate() {
            let Some(kept) = self.notebook.cell_mut(idx) else {
                continue;
            };
            match &item.body {
                Body::Code(id) => {
                    if let Some(cell) = self.cells.get(*id) {
                        kept.set_source(&cell.code);
                        // What did not run here, or is still running, has what the file had.
                        if matches!(cell.state, State::Ended { .. })
                            && let Some(number) = cell.run_number
                        {
                            kept.set_outputs(&outputs::to_file(cell), Some(number));
                        }
                    }
                }
                Body::Text(text) => kept.set_source(&text.markdown),
                Body::Raw(_) => {}
            }
        }
    }

    /// Writes the file, whole or not at all, on a thread of its own.
    fn save(&mut self, hands: &Hands<'_>, ask: bool) {
        self.fill_in();
        let text = self.notebook.to_json_string();
        let dialogs = hands.surroundings.dialogs.clone();
        let (path, name) = (self.path.clone(), self.name());
        self.saving = Some(elsewhere(hands.egui, "noisebook-save", move || {
            let path = if ask { dialogs.save_as(&name)? } else { path };
            Some(write(&path, &text).map(|()| path))
        }));
        // What is typed from here on is newer than the file.
        self.is_rearranged = false;
        for cell in self.cells.iter_mut() {
            cell.is_saved();
        }
    }

    /// Takes in whether the file was written; true once it was.
    pub fn hear_saving(&mut self, hands: &Hands<'_>) -> bool {
        let answer = match self.saving.as_ref().map(Receiver::try_recv) {
            None | Some(Err(TryRecvError::Empty)) => return false,
            Some(Ok(answer)) => answer,
            Some(Err(TryRecvError::Disconnected)) => None,
        };
        self.saving = None;
        match answer {
            Some(Ok(path)) => {
                let shown = path.display().to_string();
                let sentence = hands.strings.with("exported", [("path", shown.into())]);
                self.notice = Some(Notice { sentence, is_error: false });
                self.path = path;
                return true;
            }
            Some(Err(error)) => {
                self.notice = Some(Notice { sentence: error.to_string(), is_error: true });
            }
            // No place was chosen.
            None => {}
        }
        self.is_rearranged = true;
        self.is_leaving = false;
        false
    }
}

impl Item {
    fn code(&self) -> Option<u64> {
        match self.body {
            Body::Code(id) => Some(id),
            _ => None,
        }
    }
}

fn write(path: &Path, text: &str) -> Result<(), OpenError> {
    let written = crate::profile::write_atomically(path, text.as_bytes());
    Ok(written.map_err(|why| crate::export::FileError::Unwritable { path: path.to_owned(), why })?)
}

/// The names of files that a text shows and its cell carries.
fn attachments(markdown: &str) -> Vec<String> {
    let after = markdown.split("(attachment:").skip(1);
    after.filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())).collect()
}
