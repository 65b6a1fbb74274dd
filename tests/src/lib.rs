//! Tests that span crates live in this package's `tests` folder.
