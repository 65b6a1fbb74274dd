//! Arrows point down only: each crate may use those of lower layers, and some may not know of certain libraries.
//! ARCHITECTURE.md has the table that this test holds.

use std::collections::BTreeMap;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Each crate and its layer.
const LAYERS: [(&str, u8); 14] = [
    ("noisebook-cli", 7),
    ("noisebook-app", 6),
    ("noisebook-lab", 5),
    ("noisebook-probe", 4),
    ("noisebook-train", 4),
    ("noisebook-shelf", 3),
    ("noisebook-diffusion", 2),
    ("noisebook-nets", 2),
    ("noisebook-figures", 1),
    ("noisebook-ops", 1),
    ("noisebook-data", 0),
    ("noisebook-lessons", 0),
    // Outside the house: they may use anything, and nothing uses them.
    ("noisebook-tests", u8::MAX),
    ("noisebook-xtask", u8::MAX),
];

/// What a crate must not depend on, directly or through others.
const KNOWS_NOTHING_OF: [(&str, &[&str]); 12] = [
    ("noisebook-data", &["candle-core", "egui"]),
    ("noisebook-lessons", &["candle-core", "egui"]),
    ("noisebook-figures", &["candle-core", "egui"]),
    ("noisebook-ops", &["egui", "noisebook-data"]),
    ("noisebook-nets", &["egui", "noisebook-data", "noisebook-diffusion"]),
    ("noisebook-diffusion", &["egui", "noisebook-data", "noisebook-nets"]),
    ("noisebook-shelf", &["egui"]),
    ("noisebook-train", &["egui"]),
    ("noisebook-probe", &["egui", "noisebook-train"]),
    ("noisebook-lab", &["egui", "noisebook-train"]),
    ("noisebook-app", &["noisebook-train"]),
    ("noisebook-cli", &[]),
];

fn metadata() -> Metadata {
    MetadataCommand::new().manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")).exec().unwrap()
}

fn layer(name: &str) -> Option<u8> {
    LAYERS.iter().find(|(known, _)| *known == name).map(|(_, layer)| *layer)
}

/// Names of the crates that a package needs to be built.
fn direct(package: &Package) -> Vec<&str> {
    let needed = package.dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development);
    needed.map(|dependency| dependency.name.as_str()).collect()
}

#[test]
fn every_crate_has_a_layer() {
    let metadata = metadata();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        assert!(layer(name).is_some(), "{name} has no layer: add it to this test and to ARCHITECTURE.md");
    }
    assert_eq!(metadata.workspace_packages().len(), LAYERS.len(), "a crate of the table is gone");
}

#[test]
fn arrows_point_down() {
    for package in metadata().workspace_packages() {
        let from = layer(&package.name).unwrap();
        for (dependency, to) in direct(package).into_iter().filter_map(|name| Some((name, layer(name)?))) {
            assert!(to < from, "{} (layer {from}) must not use {dependency} (layer {to})", package.name);
        }
    }
}

#[test]
fn crates_do_not_know_what_they_must_not() {
    let metadata = metadata();
    let names: BTreeMap<_, _> = metadata.packages.iter().map(|p| (&p.id, p.name.as_str())).collect();
    let resolve = metadata.resolve.as_ref().unwrap();
    let nodes: BTreeMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    for (name, forbidden) in KNOWS_NOTHING_OF {
        let root = metadata.packages.iter().find(|package| package.name == name).unwrap();
        let (mut seen, mut open) = (vec![&root.id], vec![&root.id]);
        while let Some(id) = open.pop() {
            let needed = nodes[id].deps.iter().filter(|dep| {
                dep.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
            });
            for dep in needed {
                assert!(!forbidden.contains(&names[&dep.pkg]), "{name} reaches {} through {}", names[&dep.pkg], names[id]);
                if !seen.contains(&&dep.pkg) {
                    seen.push(&dep.pkg);
                    open.push(&dep.pkg);
                }
            }
        }
    }
}
