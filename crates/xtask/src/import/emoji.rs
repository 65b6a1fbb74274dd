//! Four Iconify packages and emojibase → `assets/emoji`: one atlas a family, one index for all.
//!
//! Glyphs are brought together by the characters that they draw, not by the names that each package
//! gives them, so aliases fall away. A name is Unicode's; its slug is Noto's, which has all of them.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::atlas::{Atlas, AtlasInfo};
use super::packages::{EMOJIBASE, FLUENT, NOTO, OPENMOJI, Package, TWEMOJI};
use super::render::{SIDE, ViewBox, render};

/// Where Noto is among the sources.
const NOTO_IDX: usize = 1;

/// One name in eight is held out, in one family.
const HELD_OUT_OF: u64 = 8;

/// emojibase's numbers of the groups that are left out: skin tones and hair, flags.
const COMPONENTS: u64 = 2;
const FLAGS: u64 = 9;

struct Source {
    id: &'static str,
    title: &'static str,
    package: Package,
    /// What is cut off on each side, in the drawing's units. `OpenMoji` leaves more empty than the
    /// others; Twemoji leaves nothing, and less than nothing gives it a pixel of air.
    margin: f64,
}

const SOURCES: [Source; 4] = [
    Source { id: "fluent", title: "Fluent Emoji", package: FLUENT, margin: 0.0 },
    Source { id: "noto", title: "Noto Emoji", package: NOTO, margin: 0.0 },
    Source { id: "openmoji", title: "OpenMoji", package: OPENMOJI, margin: 2.0 },
    Source { id: "twemoji", title: "Twemoji", package: TWEMOJI, margin: -1.2 },
];

/// An emoji of `emojibase-data`.
#[derive(Deserialize)]
struct Emoji {
    hexcode: String,
    emoji: String,
    label: String,
    #[serde(default)]
    tags: Vec<String>,
    group: Option<u64>,
    subgroup: Option<u64>,
    #[serde(default)]
    order: u64,
}

/// Names of groups and subgroups by their numbers.
#[derive(Deserialize)]
struct Groups {
    groups: HashMap<String, String>,
    subgroups: HashMap<String, String>,
}

/// An Iconify package's `icons.json`.
#[derive(Deserialize)]
struct Icons {
    icons: HashMap<String, Icon>,
    width: f64,
    height: f64,
}

#[derive(Deserialize)]
struct Icon {
    body: String,
    left: Option<f64>,
    top: Option<f64>,
    width: Option<f64>,
    height: Option<f64>,
}

/// A family's drawings, and which of them draws a character.
struct Drawings {
    icons: Icons,
    icon_from_characters: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Family {
    id: &'static str,
    title: &'static str,
    license: &'static str,
    source: String,
    atlas: AtlasInfo,
    missing: Vec<String>,
}

#[derive(Serialize)]
struct Name {
    slug: String,
    character: String,
    name: String,
    group: String,
    subgroup: String,
    keywords: Vec<String>,
}

pub fn import(downloads: &Path, out: &Path) -> Result<()> {
    let emojis = read_emojis(downloads)?;
    let drawings = SOURCES.iter().map(|source| Drawings::read(source, downloads));
    let drawings = drawings.collect::<Result<Vec<_>>>()?;
    let names = names(downloads, &emojis, &drawings[NOTO_IDX])?;

    let mut families = Vec::new();
    let mut tiles_by_family = Vec::new();
    for (source, drawings) in SOURCES.iter().zip(&drawings) {
        let tiles = emojis.iter().map(|emoji| drawings.tile(emoji, source.margin));
        let tiles = tiles.collect::<Result<Vec<Option<Vec<u8>>>>>()?;
        let missing = names.iter().zip(&tiles).filter(|(_, tile)| tile.is_none());
        let empty = vec![0; SIDE * SIDE * 4];
        let packed: Vec<_> = tiles.iter().map(|tile| tile.as_ref().unwrap_or(&empty).clone()).collect();
        let atlas = Atlas { tile: SIDE, columns: 48, num_channels: 4 };
        families.push(Family {
            id: source.id,
            title: source.title,
            license: source.package.license,
            source: source.package.source(),
            missing: missing.map(|(name, _)| name.slug.clone()).collect(),
            atlas: atlas.write(&packed, out, &format!("emoji/{}/atlas.png", source.id))?,
        });
        tiles_by_family.push(tiles);
    }
    let held_out = held_out(&names, &tiles_by_family);
    let json = index_json(&families, &held_out, &names)?;
    super::write(&out.join("emoji/index.json"), json.as_bytes())
}

/// All but components and flags, in Unicode's order. Skin tones are not among them: emojibase keeps
/// those within each emoji.
fn read_emojis(downloads: &Path) -> Result<Vec<Emoji>> {
    let files = EMOJIBASE.files(downloads, &["en/data.json"])?;
    let mut emojis: Vec<Emoji> = serde_json::from_slice(&files["en/data.json"])?;
    emojis.retain(|emoji| emoji.group.is_some_and(|group| group != COMPONENTS && group != FLAGS));
    emojis.sort_by_key(|emoji| emoji.order);
    Ok(emojis)
}

fn names(downloads: &Path, emojis: &[Emoji], noto: &Drawings) -> Result<Vec<Name>> {
    let files = EMOJIBASE.files(downloads, &["meta/groups.json"])?;
    let groups: Groups = serde_json::from_slice(&files["meta/groups.json"])?;
    let word = |words: &HashMap<String, String>, number: Option<u64>| {
        let number = number.unwrap_or_default().to_string();
        words.get(&number).cloned().with_context(|| format!("no group {number}"))
    };
    let name = |emoji: &Emoji| {
        let slug = noto.icon_from_characters.get(&emoji.key());
        let mut keywords = emoji.tags.clone();
        keywords.sort();
        keywords.dedup();
        Ok(Name {
            slug: slug.with_context(|| format!("Noto lacks {}", emoji.label))?.clone(),
            character: emoji.emoji.clone(),
            name: emoji.label.clone(),
            group: word(&groups.groups, emoji.group)?,
            subgroup: word(&groups.subgroups, emoji.subgroup)?,
            keywords,
        })
    };
    emojis.iter().map(name).collect()
}

impl Emoji {
    fn key(&self) -> String {
        key(&self.hexcode)
    }
}

/// Code points in lower case, joined by `-`, without the variation selector that asks for color:
/// packages differ in where they write it.
fn key(hexcode: &str) -> String {
    let lower = hexcode.to_lowercase();
    let points: Vec<_> = lower.split('-').filter(|point| *point != "fe0f").collect();
    points.join("-")
}

impl Drawings {
    fn read(source: &Source, downloads: &Path) -> Result<Self> {
        let files = source.package.files(downloads, &["icons.json", "chars.json"])?;
        let characters: BTreeMap<String, String> = serde_json::from_slice(&files["chars.json"])?;
        Ok(Self {
            icons: serde_json::from_slice(&files["icons.json"])?,
            icon_from_characters: characters.into_iter().map(|(hex, icon)| (key(&hex), icon)).collect(),
        })
    }

    /// The emoji as this family draws it, if it does.
    fn tile(&self, emoji: &Emoji, margin: f64) -> Result<Option<Vec<u8>>> {
        let Some(name) = self.icon_from_characters.get(&emoji.key()) else {
            return Ok(None);
        };
        let icon = self.icons.icons.get(name).with_context(|| format!("no icon {name}"))?;
        let view = ViewBox {
            left: icon.left.unwrap_or(0.0) + margin,
            top: icon.top.unwrap_or(0.0) + margin,
            width: icon.width.unwrap_or(self.icons.width) - 2.0 * margin,
            height: icon.height.unwrap_or(self.icons.height) - 2.0 * margin,
        };
        let tile = render(&icon.body, view).with_context(|| format!("drawing {name}"))?;
        let seen = tile.chunks_exact(4).any(|pixel| pixel[3] > 0);
        ensure!(seen, "{name} is drawn empty");
        Ok(Some(tile))
    }
}

/// Which glyphs nobody trains on: ids "family/slug". Chance decides, but the same chance each time:
/// a hash of the slug. A name is held out of one family and only if all four have it, so its content
/// can be learned from the other three; and only if no other name has the very same picture there,
/// which would give it away.
fn held_out(names: &[Name], tiles_by_family: &[Vec<Option<Vec<u8>>>]) -> Vec<String> {
    let mut ids = Vec::new();
    for (idx, name) in names.iter().enumerate() {
        let hash = Sha256::digest(format!("held out: {}", name.slug));
        let chance = hash.iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        let choice = usize::from(hash[8]).rem_euclid(SOURCES.len());
        let everywhere = tiles_by_family.iter().all(|tiles| tiles[idx].is_some());
        let same = tiles_by_family[choice].iter().filter(|tile| **tile == tiles_by_family[choice][idx]);
        if chance.is_multiple_of(HELD_OUT_OF) && everywhere && same.count() == 1 {
            ids.push(format!("{}/{}", SOURCES[choice].id, name.slug));
        }
    }
    ids.sort();
    ids
}

/// JSON with a line for each family, id and name, so that a change of one is a change of one line.
fn index_json(families: &[Family], held_out: &[String], names: &[Name]) -> Result<String> {
    fn lines<T: Serialize>(items: &[T]) -> Result<String> {
        let lines = items.iter().map(serde_json::to_string);
        Ok(lines.collect::<Result<Vec<_>, _>>()?.join(",\n"))
    }
    Ok(format!(
        "{{\n\"title\": \"Emoji\",\n\"families\": [\n{}\n],\n\"held_out\": [\n{}\n],\n\"names\": [\n{}\n]\n}}\n",
        lines(families)?,
        lines(held_out)?,
        lines(names)?,
    ))
}
