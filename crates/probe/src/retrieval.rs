//! Which of many is it most like?

use ndarray::ArrayRef2;

use crate::Result;
use crate::distance::distances;
use crate::error::{check_count, check_enough, check_finite};

/// For each row of `features` `(n, d)` the places of the `k` nearest rows of `others` `(m, d)`, the nearest first.
///
/// # Errors
/// When there are fewer than `k` others, the rows have different lengths, or a value is not a finite number.
pub fn nearest(features: &ArrayRef2<f32>, others: &ArrayRef2<f32>, k: usize) -> Result<Vec<Vec<usize>>> {
    check_count("the number of features", others.ncols(), features.ncols())?;
    check_enough("retrieval", "the others", k, others.nrows())?;
    check_finite("the features", features)?;
    check_finite("the others", others)?;
    Ok(features
        .outer_iter()
        .map(|row| {
            let distances = distances(&row, others);
            let mut places: Vec<usize> = (0..distances.len()).collect();
            places.sort_by(|&a, &b| distances[a].total_cmp(&distances[b]));
            places.truncate(k);
            places
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_nearest_come_first_and_the_earlier_of_equals() {
        let others = array![[0.0_f32], [5.0], [1.0], [5.0]];
        let found = nearest(&array![[4.0_f32], [0.4]].view(), &others.view(), 3).unwrap();
        assert_eq!(found, [[1, 3, 2], [0, 2, 1]]);
        assert!(nearest(&others.view(), &others.view(), 5).is_err());
    }
}
