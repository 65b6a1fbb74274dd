//! Branches: a run that stops at one of its moments and goes on in another way.
//!
//! A tree of them is data, small enough for a file: the settings of the **trunk**, which starts where the experiment
//! starts, and for each branch the run that it leaves, the moment where it leaves it, and the settings with which it goes
//! on. Run 0 is the trunk, run n the n-th branch; a branch leaves a run that was there before it, so a tree has no
//! circles.
//!
//! What a branch shows begins at the moment where it left, with the very `x_t` that was there. Moments are counted along
//! the **whole way** of a run, from the first moment of the trunk: up to where it left they are its parent's.

use crate::{LabError, SettingError, Settings, Value};
use std::collections::BTreeSet;

/// The most branches of a tree: their recordings share one budget of memory.
pub const MAX_BRANCHES: usize = 8;

/// A run that begins in the middle of another.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// The run that it leaves: 0 is the trunk, n the n-th branch.
    pub parent: usize,
    /// The moment where it leaves it, counted along its parent's whole way.
    pub idx: usize,
    /// That moment's t.
    pub t: usize,
    /// With what it goes on.
    pub settings: Settings,
}

/// A run and all that branches off it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    trunk: Settings,
    branches: Vec<Branch>,
}

impl Tree {
    /// A trunk without branches.
    pub fn new(trunk: Settings) -> Self {
        Self { trunk, branches: Vec::new() }
    }

    /// The settings of the trunk.
    pub fn trunk(&self) -> &Settings {
        &self.trunk
    }

    /// How many runs there are, the trunk among them.
    pub fn num_runs(&self) -> usize {
        self.branches.len() + 1
    }

    /// The branches, in the order in which they were made.
    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// Run `run` as a branch; none for the trunk, and where there is no such run.
    pub fn branch(&self, run: usize) -> Option<&Branch> {
        self.branches.get(run.checked_sub(1)?)
    }

    /// The settings of run `run`, if there is one.
    pub fn settings(&self, run: usize) -> Option<&Settings> {
        if run == 0 { Some(&self.trunk) } else { self.branch(run).map(|branch| &branch.settings) }
    }

    /// Adds a branch; returns its number.
    ///
    /// # Errors
    /// When the tree is full, the run that it leaves is not there, or its settings are of another experiment.
    pub fn add(&mut self, branch: Branch) -> Result<usize, LabError> {
        let number = self.num_runs();
        if self.branches.len() >= MAX_BRANCHES {
            return Err(LabError::TooManyBranches { max: MAX_BRANCHES });
        }
        if branch.parent >= number {
            return Err(LabError::NoSuchRun { branch: number, parent: branch.parent });
        }
        let (expected, found) = (self.trunk.spec().name, branch.settings.spec().name);
        if expected != found {
            return Err(LabError::OtherExperiment { expected, found });
        }
        self.branches.push(branch);
        Ok(number)
    }

    /// Gives run `run` other settings.
    pub fn set(&mut self, run: usize, settings: Settings) {
        match run.checked_sub(1) {
            None => self.trunk = settings,
            Some(nth) => {
                if let Some(branch) = self.branches.get_mut(nth) {
                    branch.settings = settings;
                }
            }
        }
    }

    /// Run `run` and everything that branches off it, directly or not; the trunk has everything.
    pub fn with_descendants(&self, run: usize) -> BTreeSet<usize> {
        let mut family = BTreeSet::from([run]);
        for (nth, branch) in self.branches.iter().enumerate() {
            // Parents come first.
            if family.contains(&branch.parent) {
                family.insert(nth + 1);
            }
        }
        family
    }

    /// Takes run `run` away with everything that branches off it. Of every run before, the number that it has now; none
    /// for those that are gone. The trunk stays: then nothing changes.
    pub fn remove(&mut self, run: usize) -> Vec<Option<usize>> {
        let gone = if run == 0 { BTreeSet::new() } else { self.with_descendants(run) };
        let mut next = 0;
        let numbers: Vec<Option<usize>> = (0..self.num_runs())
            .map(|run| {
                let stays = !gone.contains(&run);
                next += usize::from(stays);
                stays.then(|| next - 1)
            })
            .collect();
        let before = std::mem::take(&mut self.branches);
        for (nth, mut branch) in before.into_iter().enumerate() {
            let parent = numbers.get(branch.parent).copied().flatten();
            if let (false, Some(parent)) = (gone.contains(&(nth + 1)), parent) {
                branch.parent = parent;
                self.branches.push(branch);
            }
        }
        numbers
    }

    /// What run `run` does otherwise than its parent, in the registry's order: nothing for the trunk.
    pub fn changes(&self, run: usize) -> Vec<(&'static str, &Value)> {
        let parent = self.branch(run).and_then(|branch| self.settings(branch.parent));
        let (Some(settings), Some(parent)) = (self.settings(run), parent) else {
            return Vec::new();
        };
        settings.iter().filter(|(name, value)| parent.get(name) != Ok(*value)).collect()
    }

    /// The runs from the trunk to run `run`, both included.
    pub fn line(&self, run: usize) -> Vec<usize> {
        let mut line = vec![run];
        while let Some(branch) = line.last().and_then(|run| self.branch(*run)) {
            line.push(branch.parent);
        }
        line.reverse();
        line
    }
}

/// Refuses a branch whose setting `name`, which belongs to the whole tree, is not its parent's.
pub(crate) fn check_same(
    parent: &Settings,
    branch: &Settings,
    names: &[&'static str],
) -> Result<(), LabError> {
    for &name in names {
        let (expected, found): (Result<_, SettingError>, _) = (parent.get(name), branch.get(name));
        let (expected, found) = (expected?, found?);
        if expected != found {
            let (expected, found) = (expected.to_string(), found.to_string());
            return Err(LabError::NotInABranch { name, expected, found });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::settings;

    /// A tree of these branches: the run that each leaves, and a setting that it changes.
    fn tree(branches: &[(usize, &str, &str)]) -> Tree {
        let mut tree = Tree::new(settings("denoising", &[]));
        for (parent, name, value) in branches {
            let mut settings = tree.settings(*parent).unwrap().clone();
            settings.set_typed(name, value).unwrap();
            tree.add(Branch { parent: *parent, idx: 20, t: 600, settings }).unwrap();
        }
        tree
    }

    fn parents(tree: &Tree) -> Vec<usize> {
        tree.branches().iter().map(|branch| branch.parent).collect()
    }

    #[test]
    fn a_branch_is_named_by_what_it_changes() {
        let tree = tree(&[(0, "eta", "0.5"), (1, "sampler", "ddpm"), (1, "eta", "0.5")]);
        let changes = |run| {
            let changes = tree.changes(run);
            changes.iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>()
        };
        assert_eq!([changes(0), changes(1)], [vec![], vec!["eta 0.5".to_owned()]]);
        assert_eq!([changes(2), changes(3)], [vec!["sampler ddpm".to_owned()], vec![]]);
        assert_eq!((tree.line(2), tree.line(0)), (vec![0, 1, 2], vec![0]));
    }

    #[test]
    fn what_is_taken_away_takes_its_branches_along() {
        let mut tree = tree(&[(0, "seed", "1"), (0, "seed", "2"), (1, "seed", "3"), (2, "seed", "4")]);
        assert_eq!(tree.remove(1), [Some(0), None, Some(1), None, Some(2)]);
        assert_eq!(parents(&tree), [0, 1]);
        assert_eq!(tree.changes(2)[0].1.to_string(), "4");
        assert_eq!(tree.remove(0), [Some(0), Some(1), Some(2)]);
        assert_eq!(tree.num_runs(), 3);
    }

    #[test]
    fn what_does_not_fit_a_tree_is_one_sentence() {
        let mut tree = tree(&[(0, "seed", "1")]);
        let mut check = |parent, settings, says: &str| {
            let error = tree.add(Branch { parent, idx: 0, t: 0, settings }).unwrap_err();
            assert_eq!(error.to_string(), says);
        };
        let same = settings("denoising", &[]);
        check(2, same.clone(), "branch 2 leaves run 2, but only runs 0 to 1 come before it");
        let other = settings("noising", &[]);
        check(0, other, "these are settings of `noising`, and the experiment is `denoising`");
        for _ in 1..MAX_BRANCHES {
            tree.add(Branch { parent: 0, idx: 0, t: 0, settings: same.clone() }).unwrap();
        }
        let error = tree.add(Branch { parent: 0, idx: 0, t: 0, settings: same }).unwrap_err();
        assert_eq!(error.to_string(), "a tree has at most 8 branches; take one away first");
    }
}
