//! What is on the shelf, and any picture by its name.

use serde::Serialize;

use crate::atlas::read_index;
use crate::digits::{self, DigitsIndex};
use crate::emoji::{self, EmojiIndex};
use crate::{DataError, Digits, Emoji, Picture, Split, Store};

/// One set of pictures, as `noisebook data --json` lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetInfo {
    /// "digits" or "emoji/noto": what its pictures' ids begin with.
    pub id: String,
    /// For people.
    pub title: String,
    /// How many pictures it has.
    pub num_items: usize,
    /// `(c, h, w)` of each.
    pub size: [usize; 3],
    /// SPDX identifier.
    pub license: String,
    /// Package and version that it was made from, and who made the pictures.
    pub source: String,
    /// Who may train on what; disjoint, and together the whole set.
    pub splits: Vec<SplitInfo>,
}

/// One split of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SplitInfo {
    /// "generator", "probe", "test"; "train", "held-out".
    pub name: String,
    /// How many pictures it has.
    pub num_items: usize,
}

/// Every set in the store, without decoding a picture.
///
/// # Errors
/// If an index is missing or damaged.
pub fn catalog(store: &dyn Store) -> Result<Vec<SetInfo>, DataError> {
    let index: DigitsIndex = read_index(store, digits::INDEX)?;
    let splits = Split::ALL.into_iter().map(|split| {
        let num_items = index.indices(split)?.len();
        Ok(SplitInfo::new(split.name(), num_items))
    });
    let mut sets = vec![SetInfo {
        id: "digits".to_owned(),
        num_items: index.num_digits(),
        size: [1, 32, 32],
        splits: splits.collect::<Result<_, DataError>>()?,
        title: index.title,
        license: index.license,
        source: index.source,
    }];
    let index: EmojiIndex = read_index(store, emoji::INDEX)?;
    for family in &index.families {
        let num_items = index.num_glyphs(family);
        let num_held_out = index.num_held_out(family.id);
        sets.push(SetInfo {
            id: format!("emoji/{}", family.id),
            title: format!("{}: {}", index.title, family.title),
            num_items,
            size: [3, 32, 32],
            license: family.license.clone(),
            source: family.source.clone(),
            splits: vec![
                SplitInfo::new("train", num_items - num_held_out),
                SplitInfo::new("held-out", num_held_out),
            ],
        });
    }
    Ok(sets)
}

/// A picture by its full name: "emoji/noto/turtle" `(3, 32, 32)` or "digits/123" `(1, 32, 32)`.
///
/// It loads the whole set: whoever wants many pictures keeps a [`Digits`] or an [`Emoji`].
///
/// # Errors
/// If no picture goes by that name, or its set cannot be loaded.
pub fn named_picture(store: &dyn Store, id: &str) -> Result<Picture, DataError> {
    let unknown = |why: String| DataError::UnknownPicture { id: id.to_owned(), why };
    if let Some(glyph_id) = id.strip_prefix("emoji/") {
        let emoji = Emoji::load(store)?;
        let idx = emoji.find(glyph_id);
        let idx = idx.ok_or_else(|| unknown(emoji.hint(glyph_id)))?;
        return Ok(emoji.picture(idx));
    }
    if let Some(number) = id.strip_prefix("digits/") {
        let digits = Digits::load(store)?;
        let idx = number.parse().ok().filter(|idx| *idx < digits.len());
        let last = digits.len().saturating_sub(1);
        let idx = idx.ok_or_else(|| unknown(format!("digits go from digits/0 to digits/{last}")))?;
        return Ok(digits.picture(idx));
    }
    Err(unknown("ids look like `emoji/noto/turtle` or `digits/123`".to_owned()))
}

impl SplitInfo {
    fn new(name: &str, num_items: usize) -> Self {
        Self { name: name.to_owned(), num_items }
    }
}
