//! A notebook in the window: opened, worked on, and left only when what was changed is saved or given up.

use std::path::PathBuf;

use egui::{Context, ViewportCommand};
use noisebook_lessons::Notebook;

use super::{NoisebookApp, Screen};
use crate::act::Act;
use crate::notebook::{Leaving, NotebookAct, NotebookScreen};
use crate::opening::Opened;
use crate::page::Hands;
use crate::worker::Command;

/// Where the learner wants to go from a notebook that is not saved.
pub(super) enum Leave {
    Act(Act),
    Open(Opened),
    /// Out of the window.
    Close,
}

impl NoisebookApp {
    /// Puts a notebook on the screen; it takes the place of the lesson, whose cells end.
    pub(super) fn open_notebook(&mut self, (path, notebook): (PathBuf, Notebook)) {
        self.leave();
        // What the lesson computes ends too: the processor is the cells' now.
        self.worker.send(Command::EndAll);
        self.left = None;
        self.presenting = None;
        self.screen = Screen::Notebook(Box::new(NotebookScreen::new(path, notebook)));
    }

    /// Whether there are changes that leaving would lose; the learner is asked about them.
    pub(super) fn asks_first(&mut self) -> bool {
        match &mut self.screen {
            Screen::Notebook(notebook) if notebook.is_changed() => {
                notebook.is_leaving = true;
                true
            }
            _ => false,
        }
    }

    /// Takes in what happened to the open notebook; asks before the window closes over changes.
    pub(super) fn hear_notebook(&mut self, ctx: &Context) {
        let now = self.last_time;
        let Self { worker, next_run, surroundings, strings, screen, glossary, .. } = self;
        let hands = Hands { worker, next_run, surroundings, strings, glossary, egui: ctx, now };
        let Screen::Notebook(notebook) = screen else {
            return;
        };
        if notebook.cells.hear(now) {
            ctx.request_repaint();
        }
        let is_saved = notebook.hear_saving(&hands);
        if !notebook.is_leaving {
            self.leaving = None;
        } else if is_saved {
            self.go(ctx);
        }
        let closes = ctx.input(|input| input.viewport().close_requested());
        if closes && self.asks_first() {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            self.leaving = Some(Leave::Close);
        }
    }

    /// Carries out what concerns the open notebook; false where that is none of its business.
    pub(super) fn perform_on_notebook(&mut self, ctx: &Context, act: &Act) -> bool {
        let now = self.last_time;
        let Self { worker, next_run, surroundings, strings, screen, glossary, .. } = self;
        let mut hands = Hands { worker, next_run, surroundings, strings, glossary, egui: ctx, now };
        let Screen::Notebook(notebook) = screen else {
            return false;
        };
        match act {
            Act::Notebook(NotebookAct::Answer(Leaving::Stay)) => notebook.is_leaving = false,
            Act::Notebook(NotebookAct::Answer(Leaving::Discard)) => self.go(ctx),
            Act::Notebook(NotebookAct::Answer(Leaving::Save)) | Act::SaveState { .. } => {
                notebook.perform(&NotebookAct::Save, &mut hands);
            }
            Act::Notebook(act) => notebook.perform(act, &mut hands),
            Act::Cells(act) => notebook.perform_on_cells(act, &hands),
            Act::Undo => notebook.undo(false),
            Act::Redo => notebook.undo(true),
            Act::Dismiss => notebook.notice = None,
            Act::Map | Act::OpenLesson(_) | Act::OpenPage { .. } | Act::Pupil(_) | Act::NewPupil(_) => {
                let asks = self.asks_first();
                if asks {
                    self.leaving = Some(Leave::Act(act.clone()));
                }
                return asks;
            }
            _ => return false,
        }
        true
    }

    /// Goes where the learner wanted to go; what is not saved is given up.
    fn go(&mut self, ctx: &Context) {
        let leaving = self.leaving.take();
        self.go_to_map(self.last_time);
        match leaving {
            Some(Leave::Act(act)) => self.perform(ctx, act),
            Some(Leave::Open(opened)) => self.open(ctx, opened),
            Some(Leave::Close) => ctx.send_viewport_cmd(ViewportCommand::Close),
            None => {}
        }
    }
}
