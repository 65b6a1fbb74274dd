//! A picture of any size and color as a network takes it.

use crate::Picture;

/// The square in the middle of a picture, brought to `side` pixels: each is the mean of the area that it covers there. With
/// one channel it is as bright as the eye takes it for (ITU-R BT.601); a gray picture with three has the same in each.
///
/// # Shapes
/// `picture`: `(1 or 3, h, w)`, not empty; the result: `(num_channels, side, side)`.
#[must_use]
pub fn fitted(picture: &Picture, num_channels: usize, side: usize) -> Picture {
    let (c, h, w) = picture.dim();
    let value = |channel: usize, y: usize, x: usize| match (c, num_channels) {
        (3, 1) => 0.299 * picture[[0, y, x]] + 0.587 * picture[[1, y, x]] + 0.114 * picture[[2, y, x]],
        _ => picture[[channel.min(c - 1), y, x]],
    };
    let square = h.min(w);
    let (top, left) = ((h - square) as f64 / 2.0, (w - square) as f64 / 2.0);
    let covered = |nth: usize, from: f64, len: usize| {
        let scale = square as f64 / side as f64;
        let (start, end) = (from + nth as f64 * scale, from + (nth + 1) as f64 * scale);
        let overlap = move |pixel: usize| (end.min(pixel as f64 + 1.0) - start.max(pixel as f64)).max(0.0);
        (start.floor() as usize..(end.ceil() as usize).min(len))
            .map(move |pixel| (pixel, overlap(pixel) as f32))
            .filter(|(_, share)| *share > 0.0)
    };
    Picture::from_shape_fn((num_channels, side, side), |(channel, row, column)| {
        let (mut sum, mut area) = (0.0, 0.0);
        for (y, height) in covered(row, top, h) {
            for (x, width) in covered(column, left, w) {
                sum += height * width * value(channel, y, x);
                area += height * width;
            }
        }
        (sum / area).clamp(-1.0, 1.0)
    })
}
