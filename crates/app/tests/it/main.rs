//! The window driven by role and label, without a display.
#![allow(clippy::expect_used, reason = "a test may stop where it stands")]

mod altering;
mod asking;
mod book;
mod branches;
mod cells;
mod denoising;
mod faults;
mod fits;
mod gallery;
mod game;
mod grid;
mod noising;
mod notebook;
mod prompts;
mod race;
mod schedules;
mod screens;
mod states;
mod support;
mod training;
mod xray;
