//! Arrows point down only: each crate may use those of lower layers, and some may not know of certain libraries.
//! ARCHITECTURE.md has the table that this test holds.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::process::Command;

use serde::Deserialize;

/// Each crate and its layer.
const LAYERS: [(&str, u8); 16] = [
    ("noisebook-cli", 7),
    ("noisebook-app", 6),
    ("noisebook", 6),
    ("noisebook-lab", 5),
    ("noisebook-probe", 4),
    ("noisebook-train", 4),
    ("noisebook-shelf", 3),
    ("noisebook-diffusion", 2),
    ("noisebook-nets", 2),
    ("noisebook-figures", 1),
    ("noisebook-ops", 1),
    ("noisebook-data", 0),
    ("noisebook-kernel", 0),
    ("noisebook-lessons", 0),
    // Outside the house: they may use anything, and nothing uses them.
    ("noisebook-tests", u8::MAX),
    ("noisebook-xtask", u8::MAX),
];

/// What a crate must not depend on, directly or through others.
const KNOWS_NOTHING_OF: [(&str, &[&str]); 13] = [
    ("noisebook-data", &["candle-core", "egui"]),
    ("noisebook-kernel", &["candle-core", "egui"]),
    ("noisebook", &["egui", "noisebook-lessons"]),
    ("noisebook-lessons", &["candle-core", "egui"]),
    ("noisebook-figures", &["candle-core", "egui"]),
    ("noisebook-ops", &["egui", "noisebook-data"]),
    ("noisebook-nets", &["egui", "noisebook-data", "noisebook-diffusion"]),
    ("noisebook-diffusion", &["egui", "noisebook-data", "noisebook-nets"]),
    ("noisebook-shelf", &["egui"]),
    ("noisebook-train", &["egui"]),
    ("noisebook-probe", &["egui", "noisebook-train"]),
    ("noisebook-lab", &["egui"]),
    ("noisebook-cli", &[]),
];

/// What a crate reaches only through others: the window asks the lab for a training.
const NOT_DIRECTLY: [(&str, &str); 1] = [("noisebook-app", "noisebook-train")];

/// The part of `cargo metadata` that is looked at here.
/// (Read by hand: the crate for it would turn on features of serde, and `cargo run` would then compile everything anew.)
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    dependencies: Vec<Dependency>,
}

/// What a manifest asks for; `kind` is `dev` or `build`, or none for what the crate itself needs.
#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

/// What a package is built with.
#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<NodeDependency>,
}

#[derive(Deserialize)]
struct NodeDependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    kind: Option<String>,
}

impl Metadata {
    fn read() -> Self {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
        let args = ["metadata", "--format-version", "1", "--locked", "--manifest-path", manifest];
        let output = Command::new(env!("CARGO")).args(args).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }
}

fn layer(name: &str) -> Option<u8> {
    LAYERS.iter().find(|(known, _)| *known == name).map(|(_, layer)| *layer)
}

#[test]
fn every_crate_has_a_layer() {
    let metadata = Metadata::read();
    for Package { name, .. } in metadata.members() {
        assert!(layer(name).is_some(), "{name} has no layer: add it to this test and to ARCHITECTURE.md");
    }
    assert_eq!(metadata.members().count(), LAYERS.len(), "a crate of the table is gone");
}

#[test]
fn arrows_point_down() {
    for package in Metadata::read().members() {
        let from = layer(&package.name).unwrap();
        for needed in
            package.dependencies.iter().filter(|dependency| dependency.kind.as_deref() != Some("dev"))
        {
            assert!(
                !NOT_DIRECTLY.contains(&(package.name.as_str(), needed.name.as_str())),
                "{} leaves {} to the crates below it",
                package.name,
                needed.name
            );
            if let Some(to) = layer(&needed.name) {
                assert!(
                    to < from,
                    "{} (layer {from}) must not use {} (layer {to})",
                    package.name,
                    needed.name
                );
            }
        }
    }
}

#[test]
fn crates_do_not_know_what_they_must_not() {
    let metadata = Metadata::read();
    let names: BTreeMap<&str, &str> =
        metadata.packages.iter().map(|p| (p.id.as_str(), p.name.as_str())).collect();
    let nodes: BTreeMap<&str, &Node> =
        metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    for (name, forbidden) in KNOWS_NOTHING_OF {
        let root = metadata.members().find(|package| package.name == name).unwrap();
        let mut seen = vec![root.id.as_str()];
        let mut open = seen.clone();
        while let Some(id) = open.pop() {
            let is_needed = |dep: &&NodeDependency| dep.dep_kinds.iter().any(|kind| kind.kind.is_none());
            for dep in nodes[id].deps.iter().filter(is_needed) {
                let found = names[dep.pkg.as_str()];
                assert!(
                    !forbidden.contains(&found),
                    "{name} must not reach {found}, but does through {}",
                    names[id]
                );
                if !seen.contains(&dep.pkg.as_str()) {
                    seen.push(&dep.pkg);
                    open.push(&dep.pkg);
                }
            }
        }
    }
}
