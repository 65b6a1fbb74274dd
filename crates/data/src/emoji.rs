//! The same things drawn by four artists: an emoji has a name and a family, content and style.
//!
//! Some pairs of name and family are *held out*: no model may train on them. Each such name is left
//! in the other three families, so asking for "a turtle, in the style of Noto" then tests whether a
//! model can put together what it learned apart. The list is in the index, committed.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use ndarray::Array3;
use serde::{Deserialize, Serialize};

use crate::atlas::{Atlas, AtlasInfo, read_index};
use crate::{DataError, Picture, Store};

pub const INDEX: &str = "assets/emoji/index.json";

const FAMILIES: &str = "the families are fluent, noto, openmoji and twemoji";

/// Who drew it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Fluent Emoji (flat), by Microsoft.
    Fluent,
    /// Noto Emoji, by Google.
    Noto,
    /// `OpenMoji`, by design students in Schwäbisch Gmünd: black outlines.
    OpenMoji,
    /// Twemoji, by Twitter.
    Twemoji,
}

/// One emoji as one artist drew it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Glyph {
    /// `family/slug`: "noto/turtle".
    pub id: String,
    /// Who drew it.
    pub family: Family,
    /// What it is, in English words: "turtle".
    pub name: String,
    /// The character itself.
    pub character: String,
    /// Unicode's group: "animals-nature".
    pub group: String,
    /// Unicode's subgroup: "animal-reptile".
    pub subgroup: String,
    /// Other English words for it, sorted.
    pub keywords: Vec<String>,
    /// Never to be trained on.
    pub held_out: bool,
}

/// All glyphs of all families, decoded.
pub struct Emoji {
    glyphs: Vec<Glyph>,
    places: Vec<Place>,
    idx_from_id: HashMap<String, usize>,
    atlases: Vec<Atlas>,
}

/// In which atlas, and where in it.
struct Place {
    atlas_idx: usize,
    tile_idx: usize,
}

/// `assets/emoji/index.json`
#[derive(Deserialize)]
pub struct EmojiIndex {
    pub title: String,
    pub families: Vec<FamilyInfo>,
    /// Ids of the glyphs that nobody trains on.
    held_out: Vec<String>,
    names: Vec<NameInfo>,
}

#[derive(Deserialize)]
pub struct FamilyInfo {
    pub id: Family,
    pub title: String,
    pub license: String,
    pub source: String,
    atlas: AtlasInfo,
    /// Slugs of what this family does not have; its atlas leaves their tiles empty.
    missing: Vec<String>,
}

/// Name k has tile k in every atlas.
#[derive(Deserialize)]
struct NameInfo {
    slug: String,
    character: String,
    name: String,
    group: String,
    subgroup: String,
    keywords: Vec<String>,
}

impl Emoji {
    /// Reads and decodes the four families (some 10 MB).
    ///
    /// # Errors
    /// If a file is missing, or is not what the index says.
    pub fn load(store: &dyn Store) -> Result<Self, DataError> {
        let index: EmojiIndex = read_index(store, INDEX)?;
        let mut emoji =
            Self { glyphs: Vec::new(), places: Vec::new(), idx_from_id: HashMap::new(), atlases: Vec::new() };
        for (atlas_idx, family) in index.families.iter().enumerate() {
            let num_tiles = index.names.len();
            emoji.atlases.push(Atlas::rgba(store, &family.atlas, num_tiles)?);
            for (tile_idx, name) in index.names.iter().enumerate() {
                if family.missing.contains(&name.slug) {
                    continue;
                }
                let glyph = index.glyph(family.id, name);
                emoji.idx_from_id.insert(glyph.id.clone(), emoji.glyphs.len());
                emoji.glyphs.push(glyph);
                emoji.places.push(Place { atlas_idx, tile_idx });
            }
        }
        Ok(emoji)
    }

    /// Every glyph, family by family, in Unicode's order within each.
    #[must_use]
    pub fn glyphs(&self) -> &[Glyph] {
        &self.glyphs
    }

    /// Glyph `idx` on white, `(3, 32, 32)`.
    ///
    /// # Panics
    /// If `idx` is not below the number of [`Emoji::glyphs`], as a slice does.
    #[must_use]
    pub fn picture(&self, idx: usize) -> Picture {
        self.picture_on(idx, [1.0; 3])
    }

    /// Glyph `idx` on a ground of one color (red, green, blue in \[−1, 1\]), `(3, 32, 32)`.
    ///
    /// # Panics
    /// If `idx` is not below the number of [`Emoji::glyphs`], as a slice does.
    #[must_use]
    pub fn picture_on(&self, idx: usize, ground: [f32; 3]) -> Picture {
        let place = &self.places[idx];
        let tile = self.atlases[place.atlas_idx].tile(place.tile_idx);
        let (height, width, _) = tile.dim();
        Array3::from_shape_fn((3, height, width), |(c, y, x)| {
            let color = crate::value_from_byte(tile[(y, x, c)]);
            let alpha = f32::from(tile[(y, x, 3)]) / 255.0;
            alpha * color + (1.0 - alpha) * ground[c]
        })
    }

    /// Where "noto/turtle" is among the [`Emoji::glyphs`], if there is such a glyph.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<usize> {
        self.idx_from_id.get(id).copied()
    }

    /// What to say to somebody who asked for an id that there is not.
    pub(crate) fn hint(&self, id: &str) -> String {
        let (family, word) = id.split_once('/').unwrap_or((id, ""));
        if Family::from_str(family).is_err() {
            return FAMILIES.to_owned();
        }
        let meant = |glyph: &&Glyph| {
            glyph.family.slug() == family
                && (glyph.name.contains(word) || glyph.keywords.iter().any(|known| known == word))
        };
        let near: Vec<&str> = self.glyphs.iter().filter(meant).map(|g| g.id.as_str()).collect();
        match near.as_slice() {
            [] => format!("no glyph of {family} has `{word}` in its name"),
            [.., _] if word.is_empty() => format!("ids look like `emoji/{family}/turtle`"),
            _ => format!("near it are {}", near[..near.len().min(5)].join(", ")),
        }
    }
}

impl EmojiIndex {
    pub fn num_glyphs(&self, family: &FamilyInfo) -> usize {
        self.names.len() - family.missing.len()
    }

    pub fn num_held_out(&self, family: Family) -> usize {
        let of_family = |id: &&String| id.split('/').next() == Some(family.slug());
        self.held_out.iter().filter(of_family).count()
    }

    fn glyph(&self, family: Family, name: &NameInfo) -> Glyph {
        let id = format!("{family}/{}", name.slug);
        Glyph {
            held_out: self.held_out.contains(&id),
            id,
            family,
            name: name.name.clone(),
            character: name.character.clone(),
            group: name.group.clone(),
            subgroup: name.subgroup.clone(),
            keywords: name.keywords.clone(),
        }
    }
}

impl Family {
    /// All four, as the glyphs are ordered.
    pub const ALL: [Self; 4] = [Self::Fluent, Self::Noto, Self::OpenMoji, Self::Twemoji];

    /// As ids have it: `fluent`, `noto`, `openmoji`, `twemoji`.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Fluent => "fluent",
            Self::Noto => "noto",
            Self::OpenMoji => "openmoji",
            Self::Twemoji => "twemoji",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.slug())
    }
}

impl FromStr for Family {
    type Err = DataError;

    fn from_str(slug: &str) -> Result<Self, DataError> {
        let family = Self::ALL.into_iter().find(|family| family.slug() == slug);
        family.ok_or_else(|| DataError::UnknownPicture {
            id: format!("emoji/{slug}"),
            why: FAMILIES.to_owned(),
        })
    }
}
