//! Every measure against numpy and scipy (`tests/peers/probe_golden.py`).

use ndarray::{Array2, ArrayView2, s};
use serde::Deserialize;

use crate::{Generated, Real, evaluate};

/// The rows are f32, and some of our sums too.
const TOLERANCE: f64 = 1e-5;

#[derive(Deserialize)]
struct Golden {
    num: usize,
    num_real: usize,
    num_training: usize,
    num_pixels: usize,
    num_features: usize,
    num_classes: usize,
    adherence: f64,
    per_class: Vec<(usize, usize, usize)>,
    least_class: f64,
    confident: f64,
    frechet: f64,
    frechet_floor: f64,
    density: f64,
    coverage: f64,
    copy_rate: f64,
}

/// Numbers without a pattern that any language can make, as the script does.
fn rows(num: usize, width: usize, seed: f64) -> Array2<f32> {
    Array2::from_shape_fn((num, width), |(row, col)| {
        let (row, col) = (row as f64, col as f64);
        let angle = 12.9898 * row + 78.233 * col + 37.719 * seed + 0.37 * row * (col + seed);
        (angle.sin() * 3.0 + (0.11 * row).sin()) as f32
    })
}

#[test]
fn scores_agree_with_numpy_and_scipy() {
    let golden: Golden = serde_json::from_str(include_str!("../../../tests/golden/probe.json")).unwrap();
    let training = rows(golden.num_training, golden.num_pixels, 1.0);
    let mut pictures = rows(golden.num, golden.num_pixels, 2.0);
    // Every seventh picture is a training picture with a little of another one.
    for row in (0..golden.num).step_by(7) {
        let blend = 0.1 * row as f32 / golden.num as f32 * 5.0;
        let mixed = &training.row(row) * (1.0 - blend) + &training.row(row + 1) * blend;
        pictures.row_mut(row).assign(&mixed);
    }
    let features = rows(golden.num, golden.num_features, 3.0) * 0.7 + 1.5;
    let real = rows(2 * golden.num_real, golden.num_features, 4.0);
    let logits = rows(golden.num, golden.num_classes, 5.0) * 8.0;
    // The label is the largest logit, but every fifth is one too large.
    let largest = |row: usize| {
        let row = logits.row(row);
        (0..golden.num_classes).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap()
    };
    let labels: Vec<usize> =
        (0..golden.num).map(|row| (largest(row) + usize::from(row % 5 == 0)) % golden.num_classes).collect();

    let half = |which: usize| -> ArrayView2<'_, f32> { real.slice(s![which..;2, ..]) };
    let found = evaluate(
        &Generated {
            pictures: pictures.view(),
            mirrored: None,
            labels: &labels,
            features: features.view(),
            logits: logits.view(),
        },
        &Real { features: half(0), other_features: half(1), training: training.view() },
    )
    .unwrap();

    let check = |what: &str, found: f64, expected: f64| {
        let error = (found - expected).abs() / expected.abs().max(1.0);
        assert!(error <= TOLERANCE, "{what} is {found}, not {expected}");
    };
    assert_eq!(found.num, golden.num);
    check("adherence", found.adherence, golden.adherence);
    check("least_class", found.least_class, golden.least_class);
    check("confident", found.confident, golden.confident);
    check("frechet", found.frechet, golden.frechet);
    check("frechet_floor", found.frechet_floor, golden.frechet_floor);
    check("density", found.density, golden.density);
    check("coverage", found.coverage, golden.coverage);
    check("copy_rate", found.copy_rate, golden.copy_rate);
    let per_class: Vec<_> =
        found.per_class.iter().map(|class| (class.label, class.asked, class.read)).collect();
    assert_eq!(per_class, golden.per_class);
}
