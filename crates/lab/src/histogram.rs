//! How the pixel values of a picture are distributed: two peaks at black and white turn into one bell as noise grows.

use noisebook_data::Picture;

/// Counts of pixel values in bins of equal width.
/// The bins' centers are −4.0, −3.9, …, 4.0, so that black (−1), gray (0) and white (1) are centers; values beyond are
/// counted in the outermost bins.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Values in each bin.
    pub counts: Vec<u64>,
}

impl Histogram {
    /// The number of bins.
    pub const NUM_BINS: usize = 81;
    /// The width of a bin.
    pub const BIN_WIDTH: f32 = 0.1;
    /// The center of the first bin.
    pub const FIRST_CENTER: f32 = -4.0;

    /// Counts every channel of every pixel.
    pub fn of(pictures: &[Picture]) -> Self {
        let mut counts = vec![0; Self::NUM_BINS];
        for value in pictures.iter().flatten() {
            // The cast saturates: what lies below the first bin is counted in it.
            let bin = ((value - Self::FIRST_CENTER) / Self::BIN_WIDTH).round() as usize;
            counts[bin.min(Self::NUM_BINS - 1)] += 1;
        }
        Self { counts }
    }

    /// The centers of the bins, with their counts.
    pub fn bins(&self) -> impl Iterator<Item = (f32, u64)> {
        self.counts
            .iter()
            .enumerate()
            .map(|(bin, count)| (Self::FIRST_CENTER + Self::BIN_WIDTH * bin as f32, *count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: f32, center: f32) {
        let histogram = Histogram::of(&[Picture::from_elem((1, 2, 3), value)]);
        let full: Vec<_> = histogram.bins().filter(|(_, count)| *count > 0).collect();
        assert_eq!(full.len(), 1);
        assert!((full[0].0 - center).abs() < 1e-5, "{value} was counted at {}", full[0].0);
        assert_eq!(full[0].1, 6);
    }

    #[test]
    fn black_gray_and_white_are_centers() {
        check(-1.0, -1.0);
        check(0.0, 0.0);
        check(1.0, 1.0);
        check(0.96, 1.0);
        check(0.94, 0.9);
    }

    #[test]
    fn values_beyond_are_counted_at_the_ends() {
        check(100.0, 4.0);
        check(-100.0, -4.0);
        check(f32::NAN, -4.0);
    }
}
