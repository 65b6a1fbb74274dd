//! The window's icon: a disc of signal that dissolves into noise.

use egui::IconData;

use crate::theme::LIGHT;

/// Squares along a side, and pixels along a square.
const SQUARES: u32 = 16;
const SQUARE: u32 = 4;

/// The icon, 64 × 64 pixels.
pub(crate) fn logo() -> IconData {
    let side = SQUARES * SQUARE;
    let mut rgba = Vec::with_capacity((side * side * 4) as usize);
    for y in 0..side {
        for x in 0..side {
            rgba.extend(square(x.div_euclid(SQUARE), y.div_euclid(SQUARE)));
        }
    }
    IconData { rgba, width: side, height: side }
}

/// The color of one square: the further right, the likelier it is noise.
fn square(x: u32, y: u32) -> [u8; 4] {
    let middle = f64::from(SQUARES - 1) * 0.5;
    let (dx, dy) = (f64::from(x) - middle, f64::from(y) - middle);
    let inside = dx.hypot(dy) <= middle + 0.3;
    // Chance that is the same each time: one turn of Weyl's sequence for each square.
    let chance = (f64::from(x + SQUARES * y) * 0.618_034).fract();
    let noisy = chance < (f64::from(x) / f64::from(SQUARES) - 0.25) * 1.2;
    let color = if noisy { LIGHT.noise } else { LIGHT.signal };
    if inside { color.to_array() } else { [0; 4] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_signal_on_the_left_and_noise_on_the_right() {
        let noise_in = |columns: std::ops::Range<u32>| {
            let squares = columns.flat_map(|x| (0..SQUARES).map(move |y| square(x, y)));
            squares.filter(|color| *color == LIGHT.noise.to_array()).count()
        };
        assert_eq!(noise_in(0..4), 0);
        assert!(noise_in(12..16) > 2 * noise_in(4..8));
        assert_eq!(logo().rgba.len(), 64 * 64 * 4);
    }
}
