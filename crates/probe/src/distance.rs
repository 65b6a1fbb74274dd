//! Distances between rows, and the nearest of them.

use ndarray::{ArrayRef1, ArrayRef2, ArrayView1};

/// This many sums at once, so that the compiler can keep them in one register.
const NUM_LANES: usize = 16;

/// The squared Euclidean distance between two rows.
///
/// Subtracting before squaring keeps a copy at exactly 0, which expanding the square would not.
fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    let mut lanes = [0.0_f32; NUM_LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(NUM_LANES), b.chunks_exact(NUM_LANES));
    let rest = a_chunks.remainder().iter().zip(b_chunks.remainder());
    let rest: f64 = rest.map(|(a, b)| f64::from(a - b).powi(2)).sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += (a - b) * (a - b);
        }
    }
    lanes.into_iter().map(f64::from).sum::<f64>() + rest
}

/// The distance from a row to each row of `others`, in their order.
///
/// # Shapes
/// `row`: `(d,)`, `others`: `(n, d)`; the result: `n`.
pub(crate) fn distances(row: &ArrayRef1<f32>, others: &ArrayRef2<f32>) -> Vec<f64> {
    let row = row.to_vec();
    let to = |other: ArrayView1<'_, f32>| match other.as_slice() {
        Some(other) => squared_distance(&row, other).sqrt(),
        // Numbers that do not lie together are gathered first.
        None => squared_distance(&row, &other.to_vec()).sqrt(),
    };
    others.outer_iter().map(to).collect()
}

/// The `k` smallest distances, in rising order; fewer if there are fewer.
pub(crate) fn smallest(distances: &[f64], k: usize) -> Vec<f64> {
    let mut smallest: Vec<f64> = Vec::with_capacity(k + 1);
    for &distance in distances {
        let place = smallest.partition_point(|&smaller| smaller <= distance);
        if place < k {
            smallest.insert(place, distance);
            smallest.truncate(k);
        }
    }
    smallest
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Array2};

    use super::*;

    #[test]
    fn distances_of_any_length_are_exact_in_whole_numbers() {
        for d in [1, 3, 16, 35] {
            let others = Array2::from_shape_fn((4, d), |(row, _)| row as f32);
            let found = distances(&Array1::zeros(d), &others);
            let expected: Vec<f64> = (0..4).map(|row| (d as f64).sqrt() * f64::from(row)).collect();
            let error = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(error < 1e-12, "d = {d}: {found:?}");
            // Columns that do not lie together give the same.
            let transposed = others.t().to_owned();
            assert_eq!(distances(&Array1::zeros(d), &transposed.t()), found);
        }
    }

    #[test]
    fn the_smallest_come_in_order() {
        let check = |k: usize, expected: &[f64]| {
            assert_eq!(smallest(&[3.0, 1.0, 2.0, 1.0, 5.0], k), expected);
        };
        check(0, &[]);
        check(3, &[1.0, 1.0, 2.0]);
        check(9, &[1.0, 1.0, 2.0, 3.0, 5.0]);
    }
}
