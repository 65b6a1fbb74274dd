//! Points lie where their set says, and every heap and ring gets its share.

use ndarray::Array2;
use noisebook_data::PointSet;

/// Points of a set without randomness: a fine raster of uniform numbers, and no scatter.
fn points(set: PointSet) -> Array2<f32> {
    let side = 100;
    let uniform = Array2::from_shape_fn((side * side, 2), |(row, column)| {
        let nth = if column == 0 { row / side } else { row % side };
        (nth as f32 + 0.5) / side as f32
    });
    set.points(&uniform, &Array2::zeros((side * side, 2)))
}

#[test]
fn every_set_stays_within_reach_and_is_centered() {
    for set in PointSet::ALL {
        let points = points(set);
        assert!(points.iter().all(|value| value.abs() <= 1.0), "{}", set.name());
        let mean: ndarray::Array1<f32> = points.mean_axis(ndarray::Axis(0)).unwrap();
        assert!(mean.iter().all(|mean| mean.abs() < 0.2), "{}: {mean}", set.name());
        assert_eq!(PointSet::named(set.name()), Some(set));
    }
    assert_eq!(PointSet::named("spiral"), None);
}

#[test]
fn heaps_and_rings_get_their_share() {
    for (set, shares) in [
        (PointSet::Grid, vec![0.04_f64; 25]),
        (PointSet::Rings, vec![0.32, 0.68]),
        (PointSet::TwoHeaps, vec![0.5, 0.5]),
    ] {
        let mut counts = vec![0.0; set.num_modes()];
        for point in points(set).outer_iter() {
            counts[set.mode_of([point[0], point[1]]).unwrap()] += 1.0 / 10_000.0;
        }
        for (count, share) in counts.iter().zip(&shares) {
            assert!((count - share).abs() < 0.01, "{}: {counts:?}", set.name());
        }
    }
    assert_eq!(PointSet::Grid.mode_of([0.2, 0.0]), None);
    assert_eq!(PointSet::Rings.mode_of([0.0, 0.0]), None);
    assert_eq!(PointSet::Moons.mode_of([0.0, 0.0]), None);
    assert_eq!(PointSet::TwoHeaps.mode_of([0.0, 0.0]), None);
}

#[test]
fn a_heap_reaches_four_of_its_own_deviations() {
    let check = |point: [f32; 2], mode: Option<usize>| {
        assert_eq!(PointSet::TwoHeaps.mode_of(point), mode, "{point:?}");
    };
    check([-0.5, 0.0], Some(0));
    check([0.5, 0.0], Some(1));
    // 4 × 0.08 = 0.32; with the scatter of the other sets it would be 0.12.
    check([-0.5, 0.31], Some(0));
    check([-0.5, -0.33], None);
    check([0.2, 0.0], Some(1));
    check([0.83, 0.0], None);
}

#[test]
fn the_line_is_straight_slanted_and_of_one_piece() {
    let points = points(PointSet::Line);
    for point in points.outer_iter() {
        assert!((point[1] - point[0] / 2.0).abs() < 1e-6, "{point}");
    }
    let mut along: Vec<f32> = points.column(0).to_vec();
    along.sort_by(f32::total_cmp);
    assert!(along[0] < -0.79 && along[along.len() - 1] > 0.79);
    let widest = along.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f32::max);
    assert!(widest < 0.02, "{widest}");
    assert_eq!(PointSet::Line.num_modes(), 0);
    assert_eq!(PointSet::Line.mode_of([0.0, 0.0]), None);
}

#[test]
fn scatter_is_small_and_goes_both_ways() {
    let uniform = Array2::from_elem((2, 2), 0.5);
    let normal = ndarray::array![[1.0, -1.0], [-1.0, 1.0]];
    let points = PointSet::Grid.points(&uniform, &normal);
    assert_eq!(points, ndarray::array![[0.03, -0.03], [-0.03, 0.03]]);
    let points = PointSet::TwoHeaps.points(&uniform, &normal);
    assert_eq!(points, ndarray::array![[0.5 + 0.08, -0.08], [0.5 - 0.08, 0.08]]);
}
