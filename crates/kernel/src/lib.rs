//! Rust cells run in a process of their own, the *host*: this crate is the messages to it, the one who sends them, and
//! the set-up that it needs.
//!
//! evcxr compiles a cell to a small dynamic library and loads it into a child of its own, so three processes stand in a
//! row: the window, the host, the child that holds the learner's variables.
//! A cell may loop forever, use up the memory or fall over; the window only reads lines from a pipe.
//!
//! - [`protocol`] has the messages, one JSON line each.
//! - [`Kernel`] is a host under way, as the window sees it: requests go out, events come in, nothing waits.
//! - [`jupyter`] writes the entry by which Jupyter finds the host.
//! - [`setup`] finds the toolchain, builds the host and the *template*, the folder of compiled dependencies that each
//!   session starts from a copy of.
//! - The host itself is the binary `noisebook-kernel`, built with the feature `host`. It is also the kernel that Jupyter
//!   starts, so a notebook and a cell in the window run in the same way.
//!
//! Unlike the crates below the window this one has threads, files and processes: that is what it is about.
//! It knows nothing of lessons, pictures or egui; what a cell shows passes through it as text by MIME type.
//!
//! What holds:
//! - Nothing runs that was not asked for by [`protocol::Request::Run`].
//! - Everything under [`Locations::dir`] can be deleted at any time; it is made again.
//! - When the window goes, the host ends, and its child with it.

mod client;
pub mod jupyter;
pub mod protocol;
pub mod setup;

pub use client::Kernel;
pub use setup::Locations;
