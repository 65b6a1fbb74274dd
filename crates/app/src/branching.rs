//! The runs of a stage: the one that is looked at, those that branch off it, and one that is held beside it.
//!
//! Nothing here draws. The run on the stage is the lesson's session; the others are parked here, by their number in the
//! tree, and what they have computed stays with the worker.

use std::collections::BTreeMap;

use egui::Context;
use noisebook_lab::{Branch, Settings, ShownRun, State, Tree};

use crate::page::{Hands, LessonScreen};
use crate::session::Session;
use crate::worker::{Command, Report, Worker};

/// The runs of one stage.
pub(crate) struct Runs {
    pub tree: Tree,
    /// The run on the stage.
    pub shown: usize,
    /// The run that is held beside it.
    pub beside: Option<usize>,
    /// Every run but the one on the stage.
    parked: BTreeMap<usize, Session>,
    asked: Option<Pair>,
    /// How far the two pictures are from each other, and of which moments that is said.
    difference: Option<(Pair, Option<f64>)>,
}

/// A moment of each of two runs.
type Pair = [(u64, usize); 2];

/// What undo brings back of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Grown {
    pub tree: Tree,
    pub shown: usize,
    pub beside: Option<usize>,
}

impl Runs {
    fn new(trunk: Settings) -> Self {
        Self {
            tree: Tree::new(trunk),
            shown: 0,
            beside: None,
            parked: BTreeMap::new(),
            asked: None,
            difference: None,
        }
    }

    /// The run that is held beside the one on the stage.
    pub fn beside(&self) -> Option<&Session> {
        self.parked.get(&self.beside?)
    }

    /// A run that is not on the stage.
    pub fn parked(&self, run: usize) -> Option<&Session> {
        self.parked.get(&run)
    }

    /// The mean of |a − b| between the pictures on the stage and those beside them, in units of pixel value.
    pub fn difference(&self, on_stage: &Session) -> Option<f64> {
        let of = self.beside().and_then(|beside| compared(on_stage, beside))?;
        self.difference.filter(|(known, _)| *known == of)?.1
    }

    fn grown(&self) -> Grown {
        Grown { tree: self.tree.clone(), shown: self.shown, beside: self.beside }
    }

    /// Takes in what the worker says of a run that is not on the stage.
    fn take(&mut self, ctx: &Context, worker: &mut Worker, report: Report) -> Option<Report> {
        let run = match &report {
            Report::Started { run, .. }
            | Report::Computed { run, .. }
            | Report::Shown { run, .. }
            | Report::Strip { run, .. }
            | Report::Curves { run, .. }
            | Report::Now { run, .. }
            | Report::WentBack { run, .. }
            | Report::Changed { run, .. }
            | Report::Measured { run, .. }
            | Report::Probed { run, .. }
            | Report::Failed { run, .. } => *run,
            Report::Compared { of, difference } => {
                self.difference = Some((*of, *difference));
                return None;
            }
            _ => return Some(report),
        };
        match self.parked.values_mut().find(|session| session.run() == run) {
            Some(session) => {
                session.take(ctx, worker, report);
                None
            }
            None => Some(report),
        }
    }
}

/// What of two runs is to be compared, if both are there.
fn compared(a: &Session, b: &Session) -> Option<[(u64, usize); 2]> {
    let moment = |session: &Session| {
        let stage = session.stage.as_ref().filter(|_| session.stage_is_current())?;
        (stage.idx == session.idx()).then_some((session.run(), stage.idx))
    };
    Some([moment(a)?, moment(b)?])
}

impl LessonScreen {
    /// What undo needs to know of the runs; none where there is the trunk alone.
    pub(crate) fn grown(&self) -> Option<Grown> {
        self.runs.as_ref().filter(|runs| runs.tree.num_runs() > 1).map(Runs::grown)
    }

    /// The settings of the trunk on the stage.
    pub(crate) fn trunk_settings(&self) -> Option<&Settings> {
        let of_session = self.session.as_ref().map(|session| &session.settings);
        self.runs.as_ref().map(|runs| runs.tree.trunk()).or(of_session)
    }

    /// Another run from where the knob is, with these settings; the run that it leaves is held beside it.
    pub(crate) fn branch_here(&mut self, settings: &Settings, hands: &mut Hands<'_>) {
        let Some(session) = self.session.as_ref().filter(|session| session.has_branches()) else {
            return;
        };
        let (idx, t) = (session.idx(), session.t());
        if idx >= session.num_computed || t == 0 {
            return self.say_error(hands.strings.get("branch-at-end"));
        }
        let before = self.snapshot(None);
        let trunk = session.settings.clone();
        let runs = self.runs.get_or_insert_with(|| Runs::new(trunk));
        // What lies before a run left its parent is its parent's.
        let mut parent = runs.shown;
        while let Some(branch) = runs.tree.branch(parent).filter(|branch| idx < branch.idx) {
            parent = branch.parent;
        }
        let added = runs.tree.add(Branch { parent, idx, t, settings: settings.clone() });
        match added {
            Ok(number) => {
                self.history_keep(before);
                self.start_branch(number, hands);
                self.show_run(number, hands);
                self.hold_beside(Some(parent));
            }
            Err(e) => self.say_error(e.to_string()),
        }
    }

    /// Whether a setting that is changed now belongs to the branch on the stage: where it begins, and as long as nothing
    /// branches off it.
    fn is_at_its_beginning(&self) -> bool {
        let (Some(runs), Some(session)) = (&self.runs, &self.session) else {
            return false;
        };
        session.leaves_at() == Some(session.idx()) && runs.tree.with_descendants(runs.shown).len() == 1
    }

    /// A setting was changed while branches are looked at: the branch that begins here goes on with it, or another does.
    pub(crate) fn change_here(&mut self, settings: Settings, hands: &mut Hands<'_>) {
        if self.session.as_ref().is_some_and(|session| session.settings == settings) {
            return;
        }
        if self.is_at_its_beginning() {
            self.change_branch(settings, hands);
        } else {
            self.branch_here(&settings, hands);
        }
    }

    /// Gives the branch on the stage other settings; it begins anew, and what branches off it goes. False if there is none.
    pub(crate) fn change_branch(&mut self, settings: Settings, hands: &mut Hands<'_>) {
        let before = self.snapshot(None);
        let Some(runs) = self.runs.as_mut().filter(|runs| runs.shown > 0) else {
            return;
        };
        let shown = runs.shown;
        let beside = runs.beside;
        let t = self.session.as_ref().map(Session::t);
        for other in runs.tree.with_descendants(shown).into_iter().skip(1).rev() {
            self.drop_run(other, hands);
        }
        let Some(runs) = &mut self.runs else {
            return;
        };
        runs.tree.set(shown, settings);
        runs.beside = beside.filter(|run| *run < runs.tree.num_runs());
        self.history_keep(before);
        if let Some(session) = &self.session {
            hands.worker.send(Command::End { run: session.run() });
        }
        let old = self.session.take();
        self.start_branch(shown, hands);
        let fresh = self.runs.as_mut().and_then(|runs| runs.parked.remove(&shown));
        if let (Some(mut fresh), Some(old)) = (fresh, old) {
            fresh.continue_branch(old);
            if let Some(t) = t.filter(|_| self.tab != noisebook_lessons::Tab::Branches) {
                fresh.begin_at_t(Some(t));
            }
            self.session = Some(fresh);
        }
    }

    /// Has the worker begin branch `number` of the tree, and parks it.
    fn start_branch(&mut self, number: usize, hands: &mut Hands<'_>) {
        let Some(runs) = &self.runs else {
            return;
        };
        let Some(branch) = runs.tree.branch(number).cloned() else {
            return;
        };
        let parent =
            if branch.parent == runs.shown { self.session.as_ref() } else { runs.parked(branch.parent) };
        let parent = parent.or(self.session.as_ref());
        let Some((parent, hidden)) = parent.map(|parent| (parent.run(), parent.hidden.clone())) else {
            return;
        };
        let probe = self.session.as_ref().and_then(|session| session.probe);
        let run = hands.run();
        let mut session =
            Session::branch(hands.worker, run, (parent, branch.idx, branch.t), branch.settings, hidden);
        session.look_at(probe);
        if let Some(runs) = &mut self.runs {
            runs.parked.insert(number, session);
        }
    }

    /// Puts another run on the stage, at the t where the knob is.
    pub(crate) fn show_run(&mut self, number: usize, hands: &mut Hands<'_>) {
        let Some(runs) = &mut self.runs else {
            return;
        };
        // It may be on the stage already.
        let Some(mut session) = runs.parked.remove(&number) else {
            return;
        };
        let Some(mut before) = self.session.take() else {
            runs.parked.insert(number, session);
            return;
        };
        before.pause();
        session.hidden = before.hidden.clone();
        session.look_at(before.probe);
        session.enter(hands.worker, before.t());
        if runs.beside == Some(number) {
            runs.beside = Some(runs.shown);
        }
        runs.parked.insert(runs.shown, before);
        runs.shown = number;
        self.session = Some(session);
    }

    /// Holds a run beside the one on the stage, or none.
    pub(crate) fn hold_beside(&mut self, number: Option<usize>) {
        if let Some(runs) = &mut self.runs {
            runs.beside = number.filter(|number| *number != runs.shown && *number < runs.tree.num_runs());
        }
    }

    /// Takes a branch away with what branches off it.
    pub(crate) fn remove_run(&mut self, number: usize, hands: &mut Hands<'_>) {
        let before = self.snapshot(None);
        if number == 0 || self.runs.as_ref().is_none_or(|runs| runs.tree.branch(number).is_none()) {
            return;
        }
        self.history_keep(before);
        self.drop_run(number, hands);
    }

    /// The same without a way back.
    fn drop_run(&mut self, number: usize, hands: &mut Hands<'_>) {
        let Some(runs) = &self.runs else {
            return;
        };
        let gone = runs.tree.with_descendants(number);
        let parent = runs.tree.branch(number).map_or(0, |branch| branch.parent);
        if gone.contains(&runs.shown) {
            self.show_run(parent, hands);
        }
        let Some(runs) = &mut self.runs else {
            return;
        };
        for run in &gone {
            if let Some(session) = runs.parked.remove(run) {
                hands.worker.send(Command::End { run: session.run() });
            }
        }
        let numbers = runs.tree.remove(number);
        let now = |run: usize| numbers.get(run).copied().flatten();
        runs.shown = now(runs.shown).unwrap_or_default();
        runs.beside = runs.beside.and_then(now).filter(|beside| *beside != runs.shown);
        let parked = std::mem::take(&mut runs.parked);
        runs.parked = parked.into_iter().filter_map(|(run, session)| Some((now(run)?, session))).collect();
    }

    /// Makes the runs of the stage what they were, or what a file says; the trunk is on the stage already.
    pub(crate) fn regrow(&mut self, grown: Option<Grown>, hands: &mut Hands<'_>) {
        let trunk = self.trunk_settings().cloned();
        let grown = grown.filter(|grown| Some(grown.tree.trunk()) == trunk.as_ref());
        if self.runs.is_none() {
            self.runs = trunk.map(Runs::new);
        }
        let wanted: &[Branch] = grown.as_ref().map_or(&[], |grown| grown.tree.branches());
        // What is the same stays as it is computed.
        let same = self.runs.as_ref().map_or(0, |runs| {
            let pairs = runs.tree.branches().iter().zip(wanted);
            pairs.take_while(|(now, wanted)| now == wanted).count()
        });
        while let Some(last) =
            self.runs.as_ref().map(|runs| runs.tree.num_runs() - 1).filter(|run| *run > same)
        {
            self.drop_run(last, hands);
        }
        for branch in wanted.iter().skip(same) {
            let added = self.runs.as_mut().map(|runs| runs.tree.add(branch.clone()));
            match added {
                Some(Ok(number)) => self.start_branch(number, hands),
                Some(Err(e)) => return self.say_error(e.to_string()),
                None => return,
            }
        }
        if let Some(Grown { shown, beside, .. }) = grown {
            self.show_run(shown, hands);
            self.hold_beside(beside);
        }
        self.runs = self.runs.take().filter(|runs| runs.tree.num_runs() > 1);
    }

    /// Takes in a report about a run that is not on the stage; what is about something else is handed back.
    pub(crate) fn hear_runs(&mut self, report: Report, hands: &mut Hands<'_>) -> Option<Report> {
        match &mut self.runs {
            Some(runs) => runs.take(hands.egui, hands.worker, report),
            None => Some(report),
        }
    }

    /// Lets the run beside the one on the stage go along with it, and asks how far apart they are.
    pub(crate) fn go_along(&mut self, worker: &mut Worker) {
        let Some(session) = &mut self.session else {
            return;
        };
        session.ask_for_course(worker);
        let Some(runs) = &mut self.runs else {
            return;
        };
        let Some(beside) = runs.beside.and_then(|run| runs.parked.get_mut(&run)) else {
            return;
        };
        beside.follow(worker, session.t());
        let of = compared(session, beside);
        if of.is_some() && of != runs.asked {
            runs.asked = of;
            worker.send(Command::Compare { of: of.unwrap_or_default() });
        }
    }

    /// What is on the stage as a state, with every branch.
    pub(crate) fn state(&self) -> Option<State> {
        let session = self.session.as_ref()?;
        let here = (session.idx(), session.t());
        let Some(runs) = &self.runs else {
            return Some(State::new(session.settings.clone(), here.0, here.1));
        };
        let trunk = if runs.shown == 0 { Some(session) } else { runs.parked(0) };
        let trunk = trunk.and_then(|trunk| trunk.nearest(here.1)).unwrap_or(here);
        let shown = ShownRun { run: runs.shown, idx: here.0, t: here.1, beside: runs.beside };
        Some(State::of_tree(runs.tree.clone(), shown, trunk))
    }
}
