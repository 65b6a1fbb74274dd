//! Which part of a picture may change.

use ndarray::Array2;

/// Cells along each side of a mask; those of a picture of another size are as many pixels as fit.
const SIDE: usize = 32;

/// Cells that one digit tells of.
const A_DIGIT: usize = 4;

/// Where a picture may change, on a grid of 32 × 32 cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    /// `(32, 32)`, row after row.
    cells: Array2<bool>,
}

impl Mask {
    /// Those that have a name.
    pub const NAMES: [&'static str; 5] = ["left", "right", "top", "bottom", "middle"];

    /// A mask in which nothing may change.
    #[must_use]
    pub fn empty() -> Self {
        Self { cells: Array2::default((SIDE, SIDE)) }
    }

    /// The mask of that name, or one that [`Mask::to_text`] wrote.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        let half = SIDE >> 1;
        let quarter = SIDE >> 2;
        let of = |may_change: fn(usize, usize, usize, usize) -> bool| {
            Some(Self {
                cells: Array2::from_shape_fn((SIDE, SIDE), |(y, x)| may_change(y, x, half, quarter)),
            })
        };
        match text {
            "left" => of(|_, x, half, _| x < half),
            "right" => of(|_, x, half, _| x >= half),
            "top" => of(|y, _, half, _| y < half),
            "bottom" => of(|y, _, half, _| y >= half),
            "middle" => of(|y, x, half, quarter| y.abs_diff(half) < quarter && x.abs_diff(half) < quarter),
            _ => {
                let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
                let digits = digits.filter(|digits| digits.len() * A_DIGIT == SIDE * SIDE)?;
                let cell = |(y, x): (usize, usize)| {
                    let digit = digits[(y * SIDE + x).div_euclid(A_DIGIT)];
                    digit >> (A_DIGIT - 1 - x % A_DIGIT) & 1 == 1
                };
                Some(Self { cells: Array2::from_shape_fn((SIDE, SIDE), cell) })
            }
        }
    }

    /// The mask as 256 digits from 0 to f, four cells of a row each, the leftmost the highest bit.
    #[must_use]
    pub fn to_text(&self) -> String {
        let cells: Vec<bool> = self.cells.iter().copied().collect();
        let digit = |four: &[bool]| four.iter().fold(0, |digit, cell| digit << 1 | u32::from(*cell));
        cells.chunks(A_DIGIT).filter_map(|four| char::from_digit(digit(four), 16)).collect()
    }

    /// Lets what lies within `radius` of a place change, or stay again: places are shares of the picture's side, to the
    /// right and down.
    pub fn paint(&mut self, [right, down]: [f32; 2], radius: f32, may_change: bool) {
        for ((y, x), cell) in self.cells.indexed_iter_mut() {
            let off = |at: usize, place: f32| (at as f32 + 0.5) / SIDE as f32 - place;
            if off(x, right).hypot(off(y, down)) <= radius {
                *cell = may_change;
            }
        }
    }

    /// Whether anything may change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.cells.iter().any(|cell| *cell)
    }

    /// Whether a pixel of a picture of this size may change.
    #[must_use]
    pub fn has(&self, [y, x]: [usize; 2], [height, width]: [usize; 2]) -> bool {
        let cell = |at: usize, len: usize| (at * SIDE).div_euclid(len.max(1)).min(SIDE - 1);
        self.cells[(cell(y, height), cell(x, width))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_what_was_written() {
        let mut mask = Mask::empty();
        assert!(mask.is_empty());
        mask.paint([0.25, 0.5], 0.1, true);
        let text = mask.to_text();
        assert_eq!(text.len(), 256);
        assert_eq!(Mask::named(&text), Some(mask.clone()));
        assert!(mask.has([16, 8], [32, 32]) && !mask.has([8, 16], [32, 32]));
        // On a picture twice as large the same place.
        assert!(mask.has([32, 16], [64, 64]));
        mask.paint([0.25, 0.5], 0.2, false);
        assert!(mask.is_empty());
    }

    #[test]
    fn named_masks_are_where_they_say() {
        let has = |name: &str, y, x| Mask::named(name).unwrap().has([y, x], [32, 32]);
        assert!(has("left", 0, 15) && !has("left", 0, 16));
        assert!(has("bottom", 16, 0) && !has("bottom", 15, 0));
        assert!(has("middle", 16, 16) && !has("middle", 2, 16));
        assert_eq!(Mask::named("leftish"), None);
        assert_eq!(Mask::named(&"g".repeat(256)), None);
    }
}
