//! Trading resolution for channels and back, without losing a value (Shi et al. 2016, "pixel shuffle").
//!
//! A 2×2 block of pixels becomes four channels. Followed by a 1×1 convolution this is a strided convolution;
//! preceded by one it is the way back up.

use candle_core::{Result, Tensor};

/// Side of a block.
const BLOCK: usize = 2;

/// `(b, c, h, w)` to `(b, 4c, h/2, w/2)`: each 2×2 block becomes four channels.
///
/// # Errors
/// When `h` or `w` is odd.
pub fn space_to_depth(x: &Tensor) -> Result<Tensor> {
    let (b, c, h, w) = x.dims4()?;
    let (h, w) = (h.div_euclid(BLOCK), w.div_euclid(BLOCK));
    x.reshape((b, c, h, BLOCK, w, BLOCK))?.permute((0, 1, 3, 5, 2, 4))?.reshape((b, c * BLOCK * BLOCK, h, w))
}

/// `(b, 4c, h, w)` to `(b, c, 2h, 2w)`: the inverse of [`space_to_depth`].
///
/// # Errors
/// When the channels are not a multiple of four.
pub fn depth_to_space(x: &Tensor) -> Result<Tensor> {
    let (b, c, h, w) = x.dims4()?;
    let c = c.div_euclid(BLOCK * BLOCK);
    x.reshape((b, c, BLOCK, BLOCK, h, w))?.permute((0, 1, 4, 2, 5, 3))?.reshape((b, c, h * BLOCK, w * BLOCK))
}
