//! Files that the window opens and saves: states, and lessons by their file. Nothing here draws.
//!
//! Reading, checking and writing wait for the disk, so the window has them done on a thread of their own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};

use egui::Context;
use noisebook_data::{Picture, Store};
use noisebook_lab::{State, StateError};
use noisebook_lessons::{Notebook, parse_lesson, parse_notebook};

use crate::AppError;
use crate::export::{FileError, read_file};
use crate::profile::write_atomically;
use crate::surroundings::Dialogs;
use crate::training::OwnData;
use crate::worker::elsewhere;

/// What a file holds.
pub(crate) enum Opened {
    /// A state, ready for the stage.
    State(Box<OpenedState>),
    /// A lesson of the course, by its id.
    Lesson(String),
    /// A Jupyter notebook, and where it is.
    Notebook(Box<(PathBuf, Notebook)>),
}

/// What is somebody's own in a state file: there only if they said so.
#[derive(Default)]
pub(crate) struct StatesOwn {
    /// The picture it is about.
    pub picture: Option<Picture>,
    /// What it trains on.
    pub data: Option<OwnData>,
}

/// A state and what belongs to it.
pub(crate) struct OpenedState {
    /// What the file is called.
    pub name: String,
    pub state: State,
    pub own: StatesOwn,
    /// Why the pictures may differ from those that were saved.
    pub warnings: Vec<String>,
}

/// Why a file cannot be opened or saved, in one sentence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    State(#[from] StateError),
    #[error("{0}")]
    Lesson(String),
    #[error(
        "{name} is no lesson of the course that is open here; to write one, put its folder among the others in lessons"
    )]
    OtherLesson { name: String },
    #[error(
        "{name} is nothing that opens here: it must be a state (.noisebook), a notebook (.ipynb), a lesson.md or a lesson's folder"
    )]
    Unknown { name: String },
}

/// Whether a file can be opened in the window: it is there, whole, and of a kind that is known.
///
/// # Errors
/// With a sentence that names the file and says what is wrong with it.
pub fn can_open(path: &Path, store: &dyn Store) -> Result<(), AppError> {
    read(path, store).map(drop).map_err(|error| AppError(error.to_string()))
}

/// Whether a file that is dropped on the window is to be opened, by its name; otherwise it may be a picture.
pub(crate) fn is_to_be_opened(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    path.is_dir() || matches!(extension, Some(State::EXTENSION | "md" | "ipynb"))
}

/// Reads a file, whatever it is.
fn read(path: &Path, store: &dyn Store) -> Result<Opened, OpenError> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some(State::EXTENSION) => Ok(Opened::State(Box::new(read_state(path, store)?))),
        Some("md") => read_lesson(path, store),
        Some("ipynb") => read_notebook(path),
        _ if path.is_dir() => read_lesson(&path.join("lesson.md"), store),
        _ => {
            // What is not there is not there, whatever it would be.
            let (name, _) = read_file(path)?;
            Err(OpenError::Unknown { name })
        }
    }
}

fn read_state(path: &Path, store: &dyn Store) -> Result<OpenedState, OpenError> {
    let (name, bytes) = read_file(path)?;
    let state = State::parse(&bytes, &name)?;
    let (pictures, points) = (state.own_pictures()?, state.own_points().to_vec());
    let has_data = !pictures.is_empty() || !points.is_empty();
    let data = has_data.then(|| OwnData { pictures: pictures.into(), points: points.into() });
    let own = StatesOwn { picture: state.own_picture()?, data };
    let warnings = state.other_weights(store).iter().map(ToString::to_string).collect();
    Ok(OpenedState { name, state, own, warnings })
}

fn read_notebook(path: &Path) -> Result<Opened, OpenError> {
    let (name, bytes) = read_file(path)?;
    // What could not be read would be lost when it is saved.
    let text = String::from_utf8(bytes)
        .map_err(|_| OpenError::Lesson(format!("{name} is not UTF-8 text; save it as UTF-8")))?;
    let notebook = parse_notebook(&text, &name).map_err(|error| OpenError::Lesson(error.to_string()))?;
    Ok(Opened::Notebook(Box::new((path.to_owned(), notebook))))
}

/// A lesson of the course: the file of that folder has the same text in the store.
fn read_lesson(path: &Path, store: &dyn Store) -> Result<Opened, OpenError> {
    let (_, bytes) = read_file(path)?;
    let name = path.display().to_string();
    let folder = path.canonicalize().ok();
    let folder = folder.as_deref().and_then(Path::parent).and_then(Path::file_name);
    let folder = folder.map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default();
    let id = folder.split_once('-').map(|(_, id)| id.to_owned());
    let file = format!("lessons/{folder}/{}", path.file_name().unwrap_or_default().to_string_lossy());
    let id = id.filter(|_| store.read(&file).is_ok_and(|known| known == bytes));
    let id = id.ok_or(OpenError::OtherLesson { name })?;
    let file = format!("lessons/{folder}/lesson.md");
    let text = store.read(&file).map_err(|error| OpenError::Lesson(error.to_string()))?;
    parse_lesson(&String::from_utf8_lossy(&text), &file)
        .map_err(|error| OpenError::Lesson(error.to_string()))?;
    Ok(Opened::Lesson(id))
}

/// A file that is being chosen and read.
pub(crate) struct Opening(Receiver<Option<Result<Opened, OpenError>>>);

impl Opening {
    /// Reads the file at `path`.
    pub fn of(egui: &Context, store: Arc<dyn Store>, path: PathBuf) -> Self {
        Self(elsewhere(egui, "noisebook-open", move || Some(read(&path, &*store))))
    }

    /// Asks for a file and reads it.
    pub fn ask(egui: &Context, store: Arc<dyn Store>, dialogs: Arc<dyn Dialogs>) -> Self {
        Self(elsewhere(egui, "noisebook-dialog", move || Some(read(&dialogs.open_file()?, &*store))))
    }

    /// What was read, once it was; the inner none is that nothing was chosen.
    pub fn answer(&self) -> Option<Option<Result<Opened, OpenError>>> {
        answer(&self.0)
    }
}

/// A state that is being saved.
pub(crate) struct Saving(Receiver<Option<Result<PathBuf, OpenError>>>);

impl Saving {
    /// Asks where to, `name` suggested, and writes `state`, with what is in `own`.
    pub fn ask(
        egui: &Context,
        store: Arc<dyn Store>,
        dialogs: Arc<dyn Dialogs>,
        name: String,
        state: State,
        own: StatesOwn,
    ) -> Self {
        Self(elsewhere(egui, "noisebook-dialog", move || {
            let path = dialogs.save_as(&name)?;
            Some(save(&path, state, &own, &*store).map(|()| path))
        }))
    }

    /// Where it was written, once it was; the inner none is that no place was chosen.
    pub fn answer(&self) -> Option<Option<Result<PathBuf, OpenError>>> {
        answer(&self.0)
    }
}

fn save(path: &Path, mut state: State, own: &StatesOwn, store: &dyn Store) -> Result<(), OpenError> {
    state.note_models(store).map_err(StateError::from)?;
    if let Some(picture) = &own.picture {
        state.keep_own_picture(picture).map_err(StateError::from)?;
    }
    if let Some(OwnData { pictures, points }) = &own.data {
        state.keep_own_data(pictures, points).map_err(StateError::from)?;
    }
    let written = write_atomically(path, state.to_json()?.as_bytes());
    Ok(written.map_err(|why| FileError::Unwritable { path: path.to_owned(), why })?)
}

fn answer<T>(receiver: &Receiver<Option<T>>) -> Option<Option<T>> {
    match receiver.try_recv() {
        Err(TryRecvError::Empty) => None,
        // There was no thread: as if the dialog had been closed.
        Err(TryRecvError::Disconnected) => Some(None),
        Ok(answer) => Some(answer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use noisebook_data::StoreError;

    /// The checkout's lessons.
    struct Checkout;

    impl Store for Checkout {
        fn read(&self, path: &str) -> Result<Vec<u8>, StoreError> {
            std::fs::read(checkout().join(path))
                .map_err(|_| StoreError::Missing { path: path.to_owned(), place: String::new() })
        }

        fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
            let entries = std::fs::read_dir(checkout().join(folder)).expect("a folder");
            Ok(entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into()).collect())
        }
    }

    fn checkout() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    #[track_caller]
    fn check_lesson(path: &str, id: &str) {
        match read(&checkout().join(path), &Checkout) {
            Ok(Opened::Lesson(found)) => assert_eq!(found, id),
            Ok(_) => panic!("{path} is a lesson"),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn a_lesson_is_known_by_its_file_its_translation_and_its_folder() {
        let entries = Checkout.list("lessons").expect("lessons");
        let folder = entries.iter().find(|name| name.starts_with("04-")).expect("lesson 4");
        let (_, id) = folder.split_once('-').expect("a number and an id");
        check_lesson(&format!("lessons/{folder}"), id);
        check_lesson(&format!("lessons/{folder}/lesson.md"), id);
        check_lesson(&format!("lessons/{folder}/lesson.es.md"), id);
    }

    #[track_caller]
    fn check_refused(name: &str, content: &[u8], says: &str) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("written");
        let error = can_open(&path, &Checkout).expect_err("an error").to_string();
        assert!(error.contains(name) && error.contains(says), "{error}");
    }

    #[test]
    fn what_cannot_be_opened_is_named() {
        check_refused("x.noisebook", b"{\"format\": 1", "is cut off in line 1");
        check_refused("lesson.md", b"# Mine\n## A {#a}\nHello.\n", "is no lesson of the course");
        check_refused("x.txt", b"hello", "is nothing that opens here");
        let error = can_open(Path::new("nowhere/x.noisebook"), &Checkout).expect_err("an error").to_string();
        assert!(error.contains("x.noisebook could not be read"), "{error}");
        let error = can_open(&checkout().join("lessons"), &Checkout).expect_err("an error").to_string();
        assert!(error.contains("lesson.md could not be read"), "{error}");
    }
}
