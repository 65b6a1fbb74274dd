//! What a click or a key asks for. Drawing returns these; the screen carries them out.

use noisebook_lab::Pixel;
use noisebook_lessons::Tab;

use crate::cells::CellAct;
use crate::export::Format;
use crate::notebook::NotebookAct;
use crate::page::Face;
use crate::profile::Commitment;
use crate::race::RaceAct;
use crate::training::OwnAct;

/// A wish of the learner's.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Act {
    // The timeline.
    Seek(usize),
    Step(isize),
    PlayOrPause,
    ToStart,
    ToEnd,
    /// End computing; keep what there is.
    Stop,
    /// Let a training rest at each of its states, or not.
    PlaySlowly(bool),
    /// From an earlier state of a training, forgetting what it learned after that.
    TrainOn,
    // The experiment.
    Set {
        setting: String,
        value: String,
    },
    /// Several settings at once; of a drag only the first change is new to undo.
    Adjust {
        settings: Vec<(String, String)>,
        is_new: bool,
    },
    Rewind,
    NewSeed,
    /// Another run from where the knob is.
    BranchHere,
    /// Put another run of the tree on the stage.
    ShowRun(usize),
    /// Hold a run beside the one on the stage, or none.
    HoldBeside(Option<usize>),
    /// Take a branch away, with what branches off it.
    RemoveRun(usize),
    /// Follow a pixel, or none.
    Probe(Option<Pixel>),
    OpenPicture,
    /// The lesson's picture instead of the learner's own.
    LessonPicture,
    /// Something with data of one's own to train on.
    Own(OwnAct),
    Export(Format),
    /// Something with the Rust of the lesson or the notebook.
    Cells(CellAct),
    /// How a race is looked at.
    Race(RaceAct),
    /// Something with the notebook that is open.
    Notebook(NotebookAct),
    /// What is on the stage as a file; the learner's own picture in it only with their consent.
    SaveState {
        with_own: bool,
    },
    /// What is on the stage as Rust, to the clipboard.
    CopyRust,
    // The page.
    Open(Tab),
    Commit {
        block: String,
        commitment: Commitment,
    },
    /// The next picture of a blind test.
    NextRound,
    /// A blind test from its first picture, and with other pictures.
    StartOver,
    Dismiss,
    /// Prose or stage, where there is no room for both.
    Turn(Face),
    Undo,
    Redo,
    /// Everything answered in this lesson is forgotten.
    ResetLesson,
    PreviousPage,
    NextPage,
    ToPage(usize),
    Map,
    // The window.
    /// A state or a lesson, chosen in a dialog.
    OpenFile,
    OpenLesson(String),
    /// Everything that was answered, as a table for the teacher.
    ExportAnswers,
    OpenPage {
        lesson: String,
        page: String,
    },
    Search,
    Language(String),
    Pupil(Option<String>),
    NewPupil(String),
    // Presenting.
    Present,
    Black,
    Notes,
    /// The next tab of the stage.
    View,
    /// The next question of the page instead of the stage, and after the last one the stage again.
    Question,
    /// The outcome of the question on the screen, or of the page's next one.
    Reveal,
    LargerOnProjector(isize),
    Vote {
        block: String,
        choice: usize,
        by: i32,
    },
    Scale(f32),
    ToggleGround,
    ReduceMotion(bool),
}
