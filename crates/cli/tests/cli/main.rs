//! The program itself, run as a person or a script runs it: exit codes, sentences, JSON, files.

#![allow(clippy::unwrap_used, clippy::integer_division, reason = "a test may stop where it stands")]

mod alter;
mod bad_input;
mod bench;
mod doctor;
mod gan;
mod home;
mod model;
mod noise;
mod notebooks;
mod numbers;
mod program;
mod shelf;
mod states;
mod tour;
mod words;
