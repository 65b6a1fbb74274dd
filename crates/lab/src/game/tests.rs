//! What is watched is what happens, of both games.

use super::*;
use crate::testing::{context, run, settings};
