//! Blocks of pixels as channels or as tokens, and back, without losing a value.
//!
//! With blocks of 2×2 as channels (Shi et al. 2016, "pixel shuffle") a 1×1 convolution that follows is a strided one, and one
//! that goes before is the way back up. As tokens they are what a transformer reads (Dosovitskiy et al. 2020).

use candle_core::{Result, Shape, Tensor, bail};

use crate::kernel::parallel::make;
use crate::kernel::{Kernel, apply1, is_ours};

/// Side of the blocks of [`space_to_depth`].
const BLOCK: usize = 2;

/// `(b, c, h, w)` to `(b, 4c, h/2, w/2)`: each 2×2 block becomes four channels, those of one channel side by side.
///
/// # Errors
/// When `h` or `w` is odd.
pub fn space_to_depth(x: &Tensor) -> Result<Tensor> {
    let blocks = Blocks::of_pictures("space_to_depth", x, BLOCK)?;
    let Blocks { b, c, rows, columns, .. } = blocks;
    if is_ours(x) {
        return apply1(x, Rearrange { blocks, layout: Layout::Channels, back: false });
    }
    let split = x.reshape((b, c, rows, BLOCK, columns, BLOCK))?;
    split.permute((0, 1, 3, 5, 2, 4))?.reshape((b, c * BLOCK * BLOCK, rows, columns))
}

/// `(b, 4c, h, w)` to `(b, c, 2h, 2w)`: the inverse of [`space_to_depth`].
///
/// # Errors
/// When the channels are not a multiple of four.
pub fn depth_to_space(x: &Tensor) -> Result<Tensor> {
    let (b, channels, rows, columns) = x.dims4()?;
    let c = channels.div_euclid(BLOCK * BLOCK);
    if x.elem_count() == 0 || channels % (BLOCK * BLOCK) > 0 {
        bail!("depth_to_space: expected pictures of four times as many channels, found {:?}", x.dims());
    }
    if is_ours(x) {
        let blocks = Blocks { b, c, rows, columns, side: BLOCK };
        return apply1(x, Rearrange { blocks, layout: Layout::Channels, back: true });
    }
    let split = x.reshape((b, c, BLOCK, BLOCK, rows, columns))?;
    split.permute((0, 1, 4, 2, 5, 3))?.reshape((b, c, rows * BLOCK, columns * BLOCK))
}

/// `(b, c, h, w)` to `(b, n, c · side²)`: each block of `side × side` pixels becomes a token, row after row of blocks; within
/// it channel after channel, row after row.
///
/// # Errors
/// When `side` does not divide `h` and `w`.
pub fn patchify(x: &Tensor, side: usize) -> Result<Tensor> {
    let blocks = Blocks::of_pictures("patchify", x, side)?;
    let Blocks { b, c, rows, columns, .. } = blocks;
    if is_ours(x) {
        return apply1(x, Rearrange { blocks, layout: Layout::Tokens, back: false });
    }
    let split = x.reshape((b, c, rows, side, columns, side))?;
    split.permute((0, 2, 4, 1, 3, 5))?.reshape((b, rows * columns, c * side * side))
}

/// `(b, n, c · side²)` to `(b, c, h, w)`: the inverse of [`patchify`].
///
/// # Errors
/// When the tokens are not those of pictures of `h × w`.
pub fn unpatchify(x: &Tensor, side: usize, h: usize, w: usize) -> Result<Tensor> {
    let (b, n, len) = x.dims3()?;
    let area = side * side;
    let fits = x.elem_count() > 0 && area > 0 && h % side + w % side + len % area == 0 && n * area == h * w;
    if !fits {
        bail!(
            "unpatchify: expected tokens of {side}×{side} blocks of pictures of {h}×{w}, found {:?}",
            x.dims()
        );
    }
    let (c, rows, columns) = (len.div_euclid(area), h.div_euclid(side), w.div_euclid(side));
    if is_ours(x) {
        let blocks = Blocks { b, c, rows, columns, side };
        return apply1(x, Rearrange { blocks, layout: Layout::Tokens, back: true });
    }
    let split = x.reshape((b, rows, columns, c, side, side))?;
    split.permute((0, 3, 1, 4, 2, 5))?.reshape((b, c, h, w))
}

/// Pictures cut into blocks.
#[derive(Clone, Copy)]
struct Blocks {
    b: usize,
    c: usize,
    /// Blocks in each direction.
    rows: usize,
    columns: usize,
    /// Side of a block.
    side: usize,
}

impl Blocks {
    fn of_pictures(name: &str, x: &Tensor, side: usize) -> Result<Self> {
        let (b, c, h, w) = x.dims4()?;
        if x.elem_count() == 0 || side == 0 || h % side + w % side > 0 {
            bail!("{name}: expected pictures that divide into blocks of {side}×{side}, found {:?}", x.dims());
        }
        Ok(Self { b, c, rows: h.div_euclid(side), columns: w.div_euclid(side), side })
    }

    /// Values of one picture.
    fn len(&self) -> usize {
        self.c * self.rows * self.columns * self.side * self.side
    }
}

/// What a block becomes.
#[derive(Clone, Copy)]
enum Layout {
    /// A pixel of c · side² channels.
    Channels,
    /// A token of c · side² values.
    Tokens,
}

struct Rearrange {
    blocks: Blocks,
    layout: Layout,
    /// From blocks to pictures.
    back: bool,
}

impl Rearrange {
    /// Calls `work(picture, block, num, step)` for runs of `num` values: those at `picture`, `picture + side`, … of a picture,
    /// and at `block`, `block + step`, … of its blocks.
    #[inline(always)]
    fn for_each_run(&self, mut work: impl FnMut(usize, usize, usize, usize)) {
        let Blocks { c, rows, columns, side, .. } = self.blocks;
        let (width, area) = (columns * side, side * side);
        for channel in 0..c {
            for row in 0..rows {
                for (dy, dx) in (0..side).flat_map(|dy| (0..side).map(move |dx| (dy, dx))) {
                    let picture = (channel * rows * side + row * side + dy) * width + dx;
                    let at = channel * area + dy * side + dx;
                    match self.layout {
                        Layout::Channels => work(picture, (at * rows + row) * columns, columns, 1),
                        Layout::Tokens => work(picture, row * columns * c * area + at, columns, c * area),
                    }
                }
            }
        }
    }

    fn rearrange(&self, x: &[f32], back: bool) -> Vec<f32> {
        let (len, side) = (self.blocks.len(), self.blocks.side);
        make(x.len(), len, |sample, y| {
            let x = &x[sample * len..][..len];
            self.for_each_run(|picture, block, num, step| {
                let [(to, to_step), (from, from_step)] =
                    if back { [(picture, side), (block, step)] } else { [(block, step), (picture, side)] };
                let values = x[from..].iter().step_by(from_step).take(num);
                y[to..].iter_mut().step_by(to_step).zip(values).for_each(|(to, from)| *to = *from);
            });
        })
    }
}

impl Kernel<1> for Rearrange {
    const NAME: &'static str = "rearrange";

    fn shape(&self) -> Shape {
        let Blocks { b, c, rows, columns, side } = self.blocks;
        match (self.back, self.layout) {
            (true, _) => (b, c, rows * side, columns * side).into(),
            (false, Layout::Channels) => (b, c * side * side, rows, columns).into(),
            (false, Layout::Tokens) => (b, rows * columns, c * side * side).into(),
        }
    }

    fn forward(&self, [x]: [&[f32]; 1]) -> Vec<f32> {
        self.rearrange(x, self.back)
    }

    fn backward(&self, _x: [&[f32]; 1], _y: &[f32], grad: &[f32], _: [bool; 1]) -> [Vec<f32>; 1] {
        [self.rearrange(grad, !self.back)]
    }
}
