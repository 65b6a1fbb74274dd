use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use ndarray::s;
use noisebook_data::{Emoji, Family, Picture, Topic, TopicSplit};

use crate::store::{Checkout, Spoiled};

static EMOJI: LazyLock<Emoji> = LazyLock::new(|| Emoji::load(&Checkout).unwrap());

fn find(family: Family, slug: &str) -> usize {
    let id = format!("{family}/{slug}");
    EMOJI.find(&id).unwrap_or_else(|| panic!("no {id}"))
}

fn of(family: Family) -> impl Iterator<Item = &'static noisebook_data::Glyph> {
    EMOJI.glyphs().iter().filter(move |glyph| glyph.family == family)
}

#[test]
fn four_families() {
    let counts = Family::ALL.map(|family| of(family).count());
    assert_eq!(counts, [1_586, 1_644, 1_644, 1_644]);
}

#[test]
fn ids_are_unique_and_found() {
    for (idx, glyph) in EMOJI.glyphs().iter().enumerate() {
        assert_eq!(EMOJI.find(&glyph.id), Some(idx), "{}", glyph.id);
        assert!(!glyph.name.is_empty() && !glyph.keywords.contains(&String::new()));
    }
    assert_eq!(EMOJI.find("noto/no-such-thing"), None);
}

#[test]
fn a_turtle_in_every_family() {
    for family in Family::ALL {
        let glyph = &EMOJI.glyphs()[find(family, "turtle")];
        assert_eq!(glyph.id, format!("{family}/turtle"));
        assert_eq!((glyph.name.as_str(), glyph.character.as_str()), ("turtle", "🐢"));
        assert_eq!(glyph.group, "animals-nature");
        assert_eq!(glyph.subgroup, "animal-reptile");
        assert!(glyph.keywords.contains(&"terrapin".to_owned()));
    }
}

#[test]
fn neither_flags_nor_skin_tones() {
    for glyph in EMOJI.glyphs() {
        assert!(glyph.group != "flags" && glyph.group != "component", "{}", glyph.id);
        assert!(!glyph.id.contains("skin-tone"), "{}", glyph.id);
        let toned = glyph.character.contains(|c| ('\u{1F3FB}'..='\u{1F3FF}').contains(&c));
        assert!(!toned, "{}", glyph.id);
    }
}

/// Pictures belong to their names: what is called red is red, in the middle, in every family.
#[test]
fn colors_are_as_named() {
    fn check(slug: &str, strongest: usize) {
        for family in Family::ALL {
            let picture = EMOJI.picture(find(family, slug));
            let middle = [0, 1, 2].map(|c| picture.slice(s![c, 12..20, 12..20]).mean().unwrap());
            let others = (0..3).filter(|c| *c != strongest);
            for other in others {
                assert!(middle[strongest] > middle[other] + 0.2, "{family}/{slug}: {middle:?}");
            }
        }
    }
    check("red-heart", 0);
    check("red-circle", 0);
    check("tomato", 0);
    check("green-circle", 1);
    check("green-heart", 1);
    check("blue-circle", 2);
    check("blue-square", 2);
}

#[test]
fn every_glyph_shows_something() {
    for (idx, glyph) in EMOJI.glyphs().iter().enumerate() {
        let picture = EMOJI.picture(idx);
        assert_eq!(picture.dim(), (3, 32, 32));
        assert!(picture.iter().all(|value| (-1.0..=1.0).contains(value)), "{}", glyph.id);
        let inked = picture.iter().filter(|value| **value < 0.9).count();
        assert!(inked > 20, "{} has {inked} values of ink", glyph.id);
    }
}

#[test]
fn the_ground_shows_where_nothing_is_drawn() {
    let idx = find(Family::Noto, "turtle");
    let ground = [0.25, -0.5, 0.75];
    let (white, other) = (EMOJI.picture(idx), EMOJI.picture_on(idx, ground));
    let corner = |picture: &Picture| [0, 1, 2].map(|c| picture[(c, 0, 0)]);
    assert_eq!(corner(&white), [1.0; 3]);
    assert_eq!(corner(&other), ground);
    let middle = s![.., 15..17, 15..17];
    assert_eq!(white.slice(middle), other.slice(middle));
}

/// A held-out name must be learnable from the other families, and its picture must not be in the
/// training set under another name.
#[test]
fn what_is_held_out_stays_learnable_and_unseen() {
    let held_out: Vec<_> = EMOJI.glyphs().iter().filter(|glyph| glyph.held_out).collect();
    assert!((150..300).contains(&held_out.len()), "{}", held_out.len());
    for family in Family::ALL {
        let num = held_out.iter().filter(|glyph| glyph.family == family).count();
        assert!(num >= 30, "{num} of {family}");
    }
    let mut names = BTreeSet::new();
    for glyph in held_out {
        let (family, slug) = glyph.id.split_once('/').unwrap();
        assert!(names.insert(slug), "{slug} is held out twice");
        for other in Family::ALL.into_iter().filter(|other| other.slug() != family) {
            assert!(!EMOJI.glyphs()[find(other, slug)].held_out);
        }
    }
    let mut pictures = BTreeMap::new();
    for (idx, glyph) in EMOJI.glyphs().iter().enumerate() {
        let bits: Vec<u32> = EMOJI.picture(idx).iter().map(|value| value.to_bits()).collect();
        if let Some(twin) = pictures.insert((glyph.family, bits), glyph) {
            assert!(!glyph.held_out && !twin.held_out, "{} is {}", glyph.id, twin.id);
        }
    }
}

#[test]
fn damage_is_told() {
    let spoil: fn(Vec<u8>) -> Option<Vec<u8>> = |mut bytes| {
        bytes[5_000] ^= 4;
        Some(bytes)
    };
    let path = "assets/emoji/openmoji/atlas.png";
    let message = Emoji::load(&Spoiled { path, spoil }).err().unwrap().to_string();
    assert!(message.contains(path) && message.contains("SHA-256"), "{message}");
}

#[test]
fn no_name_is_both_learned_and_tested() {
    let [training, test] = [TopicSplit::Training, TopicSplit::Test].map(|split| EMOJI.of_topics(split));
    let names = |chosen: &[(usize, u32)]| -> BTreeSet<String> {
        chosen.iter().map(|&(idx, _)| EMOJI.glyphs()[idx].name.clone()).collect()
    };
    assert!(names(&training).is_disjoint(&names(&test)));
    let mut of_label = [0; 12];
    for &(idx, label) in training.iter().chain(&test) {
        let glyph = &EMOJI.glyphs()[idx];
        assert!(!glyph.held_out, "{}", glyph.id);
        assert_eq!(label, Topic::of(glyph).unwrap().label(glyph.family), "{}", glyph.id);
        of_label[label as usize] += 1;
    }
    assert!(of_label.into_iter().all(|count| (100..150).contains(&count)), "{of_label:?}");
    // A sixth, but for what is held out or missing.
    let share = test.len() as f64 / (training.len() + test.len()) as f64;
    assert!((share - 1.0 / 6.0).abs() < 0.02, "{share}");
}
