//! The command line `noisebook`: every experiment of the course without a window, and the window
//! as its default.
//!
//! This is the top of the house. It reads arguments, finds the folder that holds lessons, assets
//! and models ([`home`]), calls the crates below, and writes what they return: pictures whole or
//! not at all ([`output`]), JSON that other tools rely on, sentences for people. It computes
//! nothing itself. One command is one file in [`commands`].
//!
//! A command ends in one of three ways: 0, it did what was asked; 1, it failed, and one sentence
//! on the error stream says why; 2, it was used wrongly, and one sentence says how it is used.
//! It never panics on what it is given, and a reader that closes the pipe early is no failure.

mod arguments;
mod commands;
mod course;
mod home;
mod model;
mod outcome;
mod output;
mod progress;
mod sampling;
mod stop;
mod vocabulary;

use std::process::ExitCode;

use clap::Parser as _;

use crate::commands::Cli;

/// An update of training asks for and gives back half a gigabyte: this one has it at hand again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let result = match Cli::try_parse() {
        Ok(cli) => cli.run(),
        Err(error) if error.use_stderr() => Err(outcome::from_clap(&error)),
        // `--help` and `--version` are answers, not errors.
        Err(answer) => output::text(&answer.render().to_string()),
    };
    outcome::exit_code(result)
}
