//! Scenes that models train on: which pairs they show, how often, and what they are called.

use std::collections::{BTreeMap, BTreeSet};

use noisebook_data::{HELD_OUT_PAIRS, Scene, SceneColor, Shape};

/// Numbers from 0 up to but not 1, the same ones for the same seed.
fn uniform(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1_u64 << 24) as f32
    }
}

#[test]
fn no_scene_to_train_on_shows_a_pair_that_is_held_out() {
    let mut uniform = uniform(1);
    assert!((0..5_000).all(|_| !Scene::draw(&mut uniform).is_held_out()));
    assert!((0..500).all(|_| Scene::draw_held_out(&mut uniform).is_held_out()));
}

#[test]
fn all_other_pairs_come_equally_often() {
    let mut uniform = uniform(2);
    let mut counts = BTreeMap::new();
    for _ in 0..20_000 {
        for object in Scene::draw(&mut uniform).objects {
            *counts.entry((object.shape, object.color)).or_insert(0_usize) += 1;
        }
    }
    let num_pairs = Shape::ALL.len() * SceneColor::ALL.len() - HELD_OUT_PAIRS.len();
    assert_eq!(counts.len(), num_pairs);
    let mean = counts.values().sum::<usize>() / num_pairs;
    // Five times as far as chance would usually lead.
    let far = 5 * mean.isqrt();
    assert!(counts.values().all(|count| count.abs_diff(mean) < far), "about {mean} of each: {counts:?}");
}

#[test]
fn one_scene_has_several_wordings() {
    let mut uniform = uniform(3);
    let scene = std::iter::repeat_with(|| Scene::draw(&mut uniform)).find(|scene| scene.relation.is_some());
    let scene = scene.unwrap();
    let wordings: BTreeSet<String> = (0..50).map(|nth| scene.caption(nth as f32 / 50.0)).collect();
    assert!(wordings.len() >= 3, "{wordings:?}");
    let names = |caption: &String| scene.objects.iter().all(|object| caption.contains(object.color.name()));
    assert!(wordings.iter().all(names), "{wordings:?}");
}
