//! Undo and redo of what a learner sets or draws.

/// What was before, and what was undone.
#[derive(Debug)]
pub(crate) struct History<T> {
    before: Vec<T>,
    undone: Vec<T>,
}

/// How many changes can be taken back.
const MOST: usize = 100;

impl<T> Default for History<T> {
    fn default() -> Self {
        Self { before: Vec::new(), undone: Vec::new() }
    }
}

impl<T> History<T> {
    /// Keeps `state`, which is about to change; what was undone cannot come back after that.
    pub fn keep(&mut self, state: T) {
        self.undone.clear();
        self.before.push(state);
        if self.before.len() > MOST {
            self.before.remove(0);
        }
    }

    /// The state before the last change; what `now` makes of it can be had again by [`redo`](Self::redo).
    pub fn undo(&mut self, now: impl FnOnce(&T) -> T) -> Option<T> {
        let state = self.before.pop()?;
        self.undone.push(now(&state));
        Some(state)
    }

    /// The state that the last undo left.
    pub fn redo(&mut self, now: impl FnOnce(&T) -> T) -> Option<T> {
        let state = self.undone.pop()?;
        self.before.push(now(&state));
        Some(state)
    }

    pub fn can_undo(&self) -> bool {
        !self.before.is_empty()
    }

    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_undone_can_be_done_again_until_something_else_is_done() {
        let mut history = History::default();
        history.keep(1);
        history.keep(2);
        assert_eq!(history.undo(|_| 3), Some(2));
        assert_eq!(history.undo(|_| 2), Some(1));
        assert_eq!(history.undo(|_| 1), None);
        assert_eq!(history.redo(|_| 1), Some(2));
        history.keep(2);
        assert_eq!((history.redo(|_| 9), history.undo(|_| 9)), (None, Some(2)));
        for nth in 0..200 {
            history.keep(nth);
        }
        assert_eq!(history.before.len(), MOST);
    }
}
