//! A lesson as a notebook, to be read from top to bottom and changed.
//!
//! Pages become headings, prose stays prose, and what the window puts on its stage becomes a cell that runs the same experiment.
//! Whoever reads a notebook sees the whole page at once, so a question stands above the experiment that answers it, and its answer, folded, below.
//! What is to be changed or made stands together at the end.
//! Notes for the teacher, lines for the projector and checks of numbers stay out.
//!
//! Ids of cells are made of the ids of pages and blocks, joined with `_`, which these do not have: they stay when a lesson is rewritten, and tell outputs and edits where they belong.

use super::cell::{CellKind, NotebookCell};
use super::markdown::for_notebook;
use super::{Notebook, code, questions};
use crate::block::{Block, Fault, Predict, PredictKind, Rung, Task};
use crate::course::LessonEntry;
use crate::lesson::{Lesson, Page};

/// The most characters that nbformat lets an id have.
const ID_LENGTH: usize = 64;

const CHANGE: &str = "## Change it\n\nThe experiments stand here once more. Change them, and compare.";
const MAKE: &str = "## Make something of your own";

/// The notebook of a lesson: the same bytes each time, in English, without outputs.
pub fn notebook_of(entry: &LessonEntry, lesson: &Lesson) -> Notebook {
    let mut writer = Writer { notebook: Notebook::new(), folder: entry.folder() };
    writer.opening(entry, lesson);
    for page in &lesson.pages {
        writer.page(page);
    }
    writer.closing(lesson);
    writer.notebook
}

struct Writer {
    notebook: Notebook,
    /// Where links and pictures of the lesson are.
    folder: String,
}

impl Writer {
    /// What it is, how to run it, and the one library.
    fn opening(&mut self, entry: &LessonEntry, lesson: &Lesson) {
        let LessonEntry { number, minutes, summary, .. } = entry;
        self.text(
            "_title",
            &format!(
                "# {title}\n\n\
                 {summary}\n\n\
                 *Lesson {number} of Noisebook, about {minutes} minutes; made from [its text](lesson.md).*\n\n\
                 This notebook is made to be changed: run a cell with Shift+Enter, change a number in it, and run it again.\n\
                 Where the text speaks of the *stage*, it means the pictures under the cells; what could be set there stands in the code above them, and a *new seed* is another number for `seed`.\n\n\
                 To run it, install the Rust kernel once with `noisebook notebooks setup`, then open it in Jupyter with the kernel *Rust (Noisebook)*.\n\
                 The first cell takes a while; it brings the library that all others use.",
                title = lesson.title,
            ),
        );
        self.code("_setup", code::SET_UP);
    }

    fn page(&mut self, page: &Page) {
        let place = experiment_place(page);
        let mut waiting: Vec<&Predict> = Vec::new();
        let mut heading = Some(format!("## {}", page.title));
        for (idx, block) in page.blocks.iter().enumerate() {
            if let (Some(title), Block::Prose { markdown, .. }) = (&heading, block) {
                self.text(&page.id, &format!("{title}\n\n{markdown}"));
                heading = None;
            } else {
                if let Some(title) = heading.take() {
                    self.text(&page.id, &title);
                }
                self.block(page, idx, block, &mut waiting);
            }
            if place == Some(idx) {
                self.experiment(page, &mut waiting);
            }
        }
    }

    /// Any block but the experiment, which has its own place.
    fn block<'a>(&mut self, page: &'a Page, idx: usize, block: &'a Block, waiting: &mut Vec<&'a Predict>) {
        let id = format!("{}_{}", page.id, block.id().unwrap_or_default());
        match block {
            Block::Prose { markdown, .. } => self.text(&format!("{}__{idx}", page.id), markdown),
            Block::Predict(predict) => {
                self.text(&id, &questions::question(predict));
                if page.experiment().is_some() && questions::comes_before_the_experiment(predict) {
                    waiting.push(predict);
                } else {
                    self.outcome(page, predict);
                }
            }
            Block::Cell(cell) => self.code(&id, &cell.code),
            Block::Quiz(quiz) => self.text(&id, &questions::quiz(quiz)),
            Block::Task(task) if !is_for_the_end(task) => self.text(&id, &questions::task(task)),
            Block::Fault(fault) => self.fault(&id, fault),
            _ => {}
        }
    }

    /// The page's experiment, then the answers to the questions that were asked before it.
    fn experiment(&mut self, page: &Page, waiting: &mut Vec<&Predict>) {
        let Some(experiment) = page.experiment() else {
            return;
        };
        let blind = waiting.iter().find_map(|predict| match &predict.kind {
            PredictKind::Recognize(recognize) => Some(code::blind(experiment, recognize)),
            _ => None,
        });
        let rust = blind.unwrap_or_else(|| code::experiment(experiment));
        self.code(&format!("{}_{}", page.id, experiment.id), &rust);
        for predict in waiting.drain(..) {
            self.outcome(page, predict);
        }
    }

    /// What came out, measured now where the experiment knows it, and why.
    fn outcome(&mut self, page: &Page, predict: &Predict) {
        let id = format!("{}_{}", page.id, predict.id);
        if let Some(rust) = code::outcome(predict) {
            self.code(&format!("{id}_measure"), &rust);
        }
        self.text(&format!("{id}_answer"), &questions::answer(predict));
    }

    fn fault(&mut self, id: &str, fault: &Fault) {
        self.text(id, &questions::fault(fault));
        self.code(&format!("{id}_code"), &code::broken(&fault.code));
        self.text(&format!("{id}_answer"), &questions::fix(fault));
    }

    /// What there is to change and to make, with the code that it starts from.
    fn closing(&mut self, lesson: &Lesson) {
        self.last_tasks("_change", CHANGE, lesson, |rung| rung == Rung::Change);
        self.last_tasks("_make", MAKE, lesson, |rung| matches!(rung, Rung::Construct | Rung::Present));
    }

    /// The tasks on those rungs under a heading, where there are any.
    fn last_tasks(&mut self, id: &str, heading: &str, lesson: &Lesson, wanted: fn(Rung) -> bool) {
        let mut heading = Some(heading);
        for page in &lesson.pages {
            for block in &page.blocks {
                if let Block::Task(task) = block
                    && wanted(task.rung)
                {
                    if let Some(heading) = heading.take() {
                        self.text(id, heading);
                    }
                    self.last_task(page, task);
                }
            }
        }
    }

    fn last_task(&mut self, page: &Page, task: &Task) {
        let id = format!("{}_{}", page.id, task.id);
        self.text(&id, &questions::task_of_page(page, task));
        if let (Rung::Change, Some(experiment)) = (task.rung, page.experiment()) {
            self.code(&format!("{id}_code"), &code::experiment(experiment));
        }
    }

    fn text(&mut self, id: &str, markdown: &str) {
        self.add(CellKind::Markdown, id, &for_notebook(markdown, &self.folder));
    }

    fn code(&mut self, id: &str, rust: &str) {
        self.add(CellKind::Code, id, rust);
    }

    fn add(&mut self, kind: CellKind, id: &str, source: &str) {
        let mut cell = NotebookCell::new(kind, source.trim_end());
        cell.set_id(&self.short_id(id));
        self.notebook.cells.push(cell);
    }

    /// The id, or as much of it as nbformat allows, with a number where another cell begins in the same way.
    fn short_id(&self, id: &str) -> String {
        let cut = |length: usize| id.chars().take(length).collect::<String>();
        if id.len() <= ID_LENGTH {
            return id.to_owned();
        }
        let is_free = |id: &String| self.notebook.cells.iter().all(|cell| cell.id() != Some(id));
        let mut numbered = (2..).map(|number: usize| format!("{}-{number}", cut(ID_LENGTH - 5)));
        Some(cut(ID_LENGTH)).filter(is_free).or_else(|| numbered.find(is_free)).unwrap_or_default()
    }
}

/// After which block the experiment runs: where it stands, or after the last question that one has to answer before.
fn experiment_place(page: &Page) -> Option<usize> {
    let comes_before = |block: &Block| match block {
        Block::Experiment(_) => true,
        Block::Predict(predict) => questions::comes_before_the_experiment(predict),
        _ => false,
    };
    page.experiment().and_then(|_| page.blocks.iter().rposition(comes_before))
}

fn is_for_the_end(task: &Task) -> bool {
    matches!(task.rung, Rung::Change | Rung::Construct | Rung::Present)
}
