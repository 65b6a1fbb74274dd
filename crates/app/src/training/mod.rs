//! A network that learns, as one watches it: what it makes out of the same noise, its loss, and what it guesses at one t.
//!
//! A moment is a state of the training, and the timeline counts updates.
//! - `view` puts samples, guesses and numbers on the stage; `curves` has the two plots.
//! - `own` is what a learner brings along to train on, `pad` where they draw it.

mod curves;
mod own;
mod pad;
pub(crate) mod plane;
mod view;

pub(crate) use curves::{empty_ui, short};
pub(crate) use own::{Folder, KeptOwn, LEAST_POINTS, Own, OwnAct, OwnData, read_folder};
pub(crate) use pad::{Pad, folder_in_words, own_ui};
pub(crate) use view::{guess_ui, numbers_ui, training_ui};
