//! The shipped sets are what they claim to be, and a learner's picture is taken or refused in words.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::integer_division,
    reason = "tests stop at the first surprise"
)]

mod catalog;
mod clips;
mod digits;
mod emoji;
mod own;
mod points;
mod scenes;
mod store;
