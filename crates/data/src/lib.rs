//! The pictures that lessons and networks work on: handwritten digits, emoji by four artists, and a
//! learner's own; points in the plane ([`PointSet`]); clips of moving digits ([`MovingDigits`]); and
//! scenes of plain shapes ([`Scene`]), with captions and the numbers that stand for their words
//! ([`Tokenizer`]).
//!
//! Everything here turns bytes into a [`Picture`]: an array `(c, h, w)` of `f32` in \[−1, 1\], where
//! −1 is black (or no red, no green, no blue) and 1 is white. That range and not \[0, 1\], because
//! diffusion adds noise that is as often negative as positive, and wants its data centered alike.
//!
//! Bytes come from a [`Store`], never from a path: the same code reads a folder, an archive or a
//! browser's cache. There are no files, threads, clocks, random numbers or tensors in this crate.
//!
//! What holds:
//! - An index file says which bytes its atlas has (SHA-256), so a damaged or mixed-up asset is
//!   refused with a sentence and never taught from.
//! - Splits are in the index, committed: who trained on what can be told from the repository.
//! - Bytes from outside ([`decode_picture`]) are measured before they are decoded.
//!
//! The assets are made by `cargo xtask import`, which also holds where they come from.

mod atlas;
mod captions;
mod catalog;
mod clips;
mod digits;
mod emoji;
mod error;
mod fit;
mod glyph_captions;
mod own;
mod paint;
mod points;
mod scenes;
mod store;
mod tokenizer;
mod topic;

pub use captions::{AskedObject, Request, parse, scene_words};
pub use catalog::{SetInfo, SplitInfo, catalog, named_picture};
pub use clips::{Clip, Motion, MovingDigits};
pub use digits::{Digits, Split};
pub use emoji::{Emoji, Family, Glyph};
pub use error::DataError;
pub use fit::fitted;
pub use own::{PictureError, decode_picture};
pub use points::PointSet;
pub use scenes::{HELD_OUT_PAIRS, Object, Place, Relation, Scene, SceneColor, Shape, Size};
pub use store::{Store, StoreError};
pub use tokenizer::{Encoding, Token, Tokenizer, TokenizerError};
pub use topic::{Topic, TopicSplit};

/// One picture, `(c, h, w)` with c = 1 (gray) or 3 (red, green, blue), values in \[−1, 1\].
pub type Picture = ndarray::Array3<f32>;

/// A stored byte 0…255 as a value in \[−1, 1\].
fn value_from_byte(byte: u8) -> f32 {
    f32::from(byte) / 127.5 - 1.0
}
