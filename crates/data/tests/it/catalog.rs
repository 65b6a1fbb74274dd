use std::path::Path;

use noisebook_data::{Digits, Emoji, catalog, named_picture};

use crate::store::{Checkout, Spoiled};

#[test]
fn five_sets_with_their_licenses() {
    let sets = catalog(&Checkout).unwrap();
    let found: Vec<_> = sets.iter().map(|set| (set.id.as_str(), set.license.as_str())).collect();
    let expected = [
        ("digits", "CC-BY-SA-3.0"),
        ("emoji/fluent", "MIT"),
        ("emoji/noto", "Apache-2.0"),
        ("emoji/openmoji", "CC-BY-SA-4.0"),
        ("emoji/twemoji", "CC-BY-4.0"),
    ];
    assert_eq!(found, expected);
    for set in sets {
        assert!(set.source.starts_with("npm "), "{}", set.source);
        let in_splits: usize = set.splits.iter().map(|split| split.num_items).sum();
        assert_eq!(in_splits, set.num_items, "{}", set.id);
    }
}

#[test]
fn counts_are_those_of_the_sets() {
    let sets = catalog(&Checkout).unwrap();
    let emoji = Emoji::load(&Checkout).unwrap();
    assert_eq!(sets[0].num_items, Digits::load(&Checkout).unwrap().len());
    for set in &sets[1..] {
        let family = set.id.strip_prefix("emoji/").unwrap();
        let of_family = || emoji.glyphs().iter().filter(|glyph| glyph.family.slug() == family);
        assert_eq!(set.num_items, of_family().count());
        let num_held_out = of_family().filter(|glyph| glyph.held_out).count();
        assert_eq!(set.splits[1].num_items, num_held_out);
    }
}

/// Whoever gets an atlas also gets the license under which it may be passed on.
#[test]
fn every_set_has_its_license_text() {
    for set in catalog(&Checkout).unwrap() {
        let path = format!("{}/../../assets/{}/LICENSE", env!("CARGO_MANIFEST_DIR"), set.id);
        let text = std::fs::read_to_string(Path::new(&path)).unwrap();
        let words = match set.license.as_str() {
            "MIT" => "Permission is hereby granted, free of charge",
            "Apache-2.0" => "Apache License",
            "CC-BY-4.0" => "Attribution 4.0 International",
            "CC-BY-SA-3.0" => "Attribution-ShareAlike 3.0 Unported",
            "CC-BY-SA-4.0" => "Attribution-ShareAlike 4.0 International",
            other => panic!("{other} is new: add its words here"),
        };
        assert!(text.contains(words), "{path}");
    }
}

#[test]
fn pictures_by_name() {
    let digits = Digits::load(&Checkout).unwrap();
    assert_eq!(named_picture(&Checkout, "digits/123").unwrap(), digits.picture(123));
    let emoji = Emoji::load(&Checkout).unwrap();
    let turtle = emoji.picture(emoji.find("noto/turtle").unwrap());
    assert_eq!(named_picture(&Checkout, "emoji/noto/turtle").unwrap(), turtle);
}

#[test]
fn unknown_names_get_a_hint() {
    fn check(id: &str, hint: &str) {
        let message = named_picture(&Checkout, id).unwrap_err().to_string();
        assert!(message.contains(id) && message.contains(hint), "{message}");
    }
    check("turtle", "emoji/noto/turtle");
    check("", "emoji/noto/turtle");
    check("digits/10000", "digits/9999");
    check("digits/-1", "digits/9999");
    check("emoji/apple/turtle", "fluent, noto, openmoji and twemoji");
    check("emoji/noto/terrapin", "noto/turtle");
    check("emoji/noto/", "emoji/noto/turtle");
    check("emoji/noto", "emoji/noto/turtle");
    check("emoji/noto/xyzzy", "xyzzy");
}

#[test]
fn a_damaged_index_is_told() {
    let path = "assets/emoji/index.json";
    let store = Spoiled { path, spoil: |bytes| Some(bytes[..100].to_vec()) };
    let message = catalog(&store).unwrap_err().to_string();
    assert!(message.contains(path), "{message}");
}
