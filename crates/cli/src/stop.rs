//! Ctrl-C as a flag that long commands look at between two steps, so that nothing is left half
//! written.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// From now on the first Ctrl-C only sets the flag; a second one ends the program at once.
///
/// # Errors
/// When the system refuses a handler.
pub fn watch() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        if REQUESTED.swap(true, Ordering::SeqCst) {
            std::process::exit(1);
        }
    })
    .context("could not ask the system to be told of Ctrl-C")
}

/// Whether Ctrl-C was pressed since [`watch`].
pub fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}
