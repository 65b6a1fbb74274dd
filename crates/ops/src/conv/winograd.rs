//! 3×3 convolution at stride 1 with 2.25 times fewer multiplications: Winograd's F(2×2, 3×3) (Lavin and Gray 2015).
//!
//! Two neighboring results of a row share most of their inputs, so four products are enough where the definition takes six;
//! in two directions 16 are enough for a tile of 2×2 results, where the definition takes 36:
//!
//! y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A for a kernel g and the 4×4 pixels d around the tile.
//!
//! Summed over the channels, each of the 16 products of all tiles is one matrix product.
//! The gradient of the input is a convolution again; that of the kernel is, through the same steps backwards,
//! Gᵀ [Σ (Bᵀ d B) ⊙ (A ∂y Aᵀ)] G.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::{Conv, MAX_GROUPS};
use crate::kernel::{
    Matrix, MatrixMut, Padding, Panels, Write, matmul_in_place, matmul_panels, parallel, to_pixels,
    to_planes, vectorized, with_buffer,
};

/// Products of a tile.
const PRODUCTS: usize = 16;
/// Results of a tile in each direction.
const TILE: usize = 2;
/// Tiles whose products are taken together: they stay in the cache between the steps.
const BLOCK: usize = 24;
/// The same for the gradient of the kernel, whose sums are read and written once a block.
const GRADIENT_BLOCK: usize = 64;
/// At least this many tiles are a task.
const TASK_TILES: usize = 64;
/// A group of samples, whose gradients are summed first, has at least so many tiles.
const GROUP_TILES: usize = 128;

/// The 3×3 convolution of pictures of one size, at stride 1, with a zero around each.
#[derive(Clone, Copy)]
pub(super) struct Winograd {
    h: usize,
    w: usize,
    /// Tiles in each direction.
    rows: usize,
    columns: usize,
    /// The picture with zeros around it, up to the last tile's inputs.
    input: Padding,
    /// The picture with room for the last tile's results.
    output: Padding,
}

impl Winograd {
    /// Where this is the way to convolve: 3×3 at stride 1, one pixel of zeros around the picture.
    pub(super) fn suits(conv: &Conv) -> Option<Self> {
        let (h, w) = conv.size;
        let suits = conv.k == 3 && conv.window.stride == 1 && conv.window.padding == 1;
        let (rows, columns) = (h.div_ceil(TILE), w.div_ceil(TILE));
        let padded = |before: usize| Padding {
            h,
            w,
            before,
            padded_h: rows * TILE + 2 * before,
            padded_w: columns * TILE + 2 * before,
        };
        suits.then(|| Self { h, w, rows, columns, input: padded(1), output: padded(0) })
    }

    fn tiles(&self) -> usize {
        self.rows * self.columns
    }

    /// Where a tile of a group of pictures lies: in which picture, and at which row and column of tiles.
    fn place(&self, tile: usize) -> [usize; 3] {
        let (sample, tile) = (tile.div_euclid(self.tiles()), tile % self.tiles());
        [sample, tile.div_euclid(self.columns), tile % self.columns]
    }

    /// Where the tile's inputs begin in the padded pixels of its group.
    fn input_at(&self, tile: usize, c: usize) -> usize {
        let [sample, row, column] = self.place(tile);
        sample * self.input.len(c) + self.input.at(row * TILE, column * TILE, c)
    }

    /// Where the tile's results begin in the pixels of its group.
    fn output_at(&self, tile: usize, c: usize) -> usize {
        let [sample, row, column] = self.place(tile);
        sample * self.output.len(c) + self.output.at(row * TILE, column * TILE, c)
    }

    /// Convolves `x` with kernels that [`transform_kernels`] made.
    ///
    /// # Shapes
    /// `x`: (b, c_in, h, w); returns (b, c_out, h, w)
    pub(super) fn convolve(
        &self,
        x: &[f32],
        c_in: usize,
        kernels: &[f32],
        bias: Option<&[f32]>,
        c_out: usize,
    ) -> Vec<f32> {
        let n = self.h * self.w;
        let samples_per_task = TASK_TILES.div_ceil(self.tiles());
        let (input, output) = (self.input.len(c_in), self.output.len(c_out));
        let (stride_in, stride_out) = (Padding::stride(c_in), Padding::stride(c_out));
        let kernels: Vec<Panels<'_>> =
            kernels.chunks_exact(c_in * c_out).map(|kernels| Panels::of(kernels, c_in, c_out)).collect();
        parallel::make(x.len().div_euclid(c_in) * c_out, samples_per_task * c_out * n, |task, y| {
            let samples = y.len().div_euclid(c_out * n);
            let first = task * samples_per_task * c_in * n;
            let block_in = PRODUCTS * BLOCK * stride_in;
            let block_out = PRODUCTS * BLOCK * stride_out;
            with_buffer(samples * (input + output) + block_in + block_out, |room| {
                let (pixels, room) = room.split_at_mut(samples * input);
                let (results, room) = room.split_at_mut(samples * output);
                let (inputs, products) = room.split_at_mut(block_in);
                for (x, pixels) in x[first..].chunks_exact(c_in * n).zip(pixels.chunks_exact_mut(input)) {
                    to_pixels(pixels, x, c_in, self.input);
                }
                let num_tiles = samples * self.tiles();
                for tile in (0..num_tiles).step_by(BLOCK) {
                    let tiles = tile..num_tiles.min(tile + BLOCK);
                    let num = tiles.len();
                    self.transform_inputs::<BLOCK>(inputs, pixels, c_in, tiles.clone());
                    for ((inputs, products), kernels) in inputs
                        .chunks_exact(BLOCK * stride_in)
                        .zip(products.chunks_exact_mut(BLOCK * stride_out))
                        .zip(&kernels)
                    {
                        let out = MatrixMut::strided(products, num, c_out, stride_out);
                        let inputs = Matrix::strided(inputs, num, c_in, stride_in);
                        matmul_panels(out, inputs, kernels, Write::Replace);
                    }
                    self.transform_products(results, products, c_out, tiles);
                }
                for (y, results) in y.chunks_exact_mut(c_out * n).zip(results.chunks_exact(output)) {
                    to_planes(y, results, c_out, self.output, bias);
                }
            });
        })
    }

    /// The gradient of the kernels, (c_out, c_in, 3, 3), from the inputs (b, c_in, h, w) and the gradient of the results
    /// (b, c_out, h, w).
    pub(super) fn kernel_gradient(&self, x: &[f32], c_in: usize, grad: &[f32], c_out: usize) -> Vec<f32> {
        let n = self.h * self.w;
        let b = x.len().div_euclid(c_in * n);
        let num_groups = (b * self.tiles()).div_euclid(GROUP_TILES).clamp(1, MAX_GROUPS);
        let samples_per_group = b.div_ceil(num_groups);
        let samples_per_block = GRADIENT_BLOCK.div_ceil(self.tiles());
        let (input, output) = (self.input.len(c_in), self.output.len(c_out));
        let (stride_in, stride_out) = (Padding::stride(c_in), Padding::stride(c_out));
        // Products of the inputs' and the results' transforms, summed over the tiles: PRODUCTS × c_in × stride_out.
        let num_sums = PRODUCTS * c_in * stride_out;
        let sums = parallel::make(b.div_ceil(samples_per_group) * num_sums, num_sums, |group, sums| {
            let first = group * samples_per_group;
            let last = b.min(first + samples_per_group);
            let x = x[first * c_in * n..last * c_in * n].chunks(samples_per_block * c_in * n);
            let grad = grad[first * c_out * n..last * c_out * n].chunks(samples_per_block * c_out * n);
            let block_in = PRODUCTS * GRADIENT_BLOCK * stride_in;
            let block_out = PRODUCTS * GRADIENT_BLOCK * stride_out;
            with_buffer(samples_per_block * (input + output) + block_in + block_out, |room| {
                let (pixels, room) = room.split_at_mut(samples_per_block * input);
                let (results, room) = room.split_at_mut(samples_per_block * output);
                let (inputs, products) = room.split_at_mut(block_in);
                for (x, grad) in x.zip(grad) {
                    for (x, pixels) in x.chunks_exact(c_in * n).zip(pixels.chunks_exact_mut(input)) {
                        to_pixels(pixels, x, c_in, self.input);
                    }
                    for (grad, results) in grad.chunks_exact(c_out * n).zip(results.chunks_exact_mut(output))
                    {
                        to_pixels(results, grad, c_out, self.output);
                    }
                    let num_tiles = x.len().div_euclid(c_in * n) * self.tiles();
                    for tile in (0..num_tiles).step_by(GRADIENT_BLOCK) {
                        let tiles = tile..num_tiles.min(tile + GRADIENT_BLOCK);
                        let num = tiles.len();
                        self.transform_inputs::<GRADIENT_BLOCK>(inputs, pixels, c_in, tiles.clone());
                        self.spread_results(products, results, c_out, tiles);
                        for ((inputs, products), sums) in inputs
                            .chunks_exact(GRADIENT_BLOCK * stride_in)
                            .zip(products.chunks_exact(GRADIENT_BLOCK * stride_out))
                            .zip(sums.chunks_exact_mut(c_in * stride_out))
                        {
                            let sums = MatrixMut::strided(sums, c_in, c_out, stride_out);
                            let inputs = Matrix::strided(inputs, num, c_in, stride_in).t();
                            let products = Matrix::strided(products, num, c_out, stride_out);
                            matmul_in_place(sums, inputs, products, Write::Add);
                        }
                    }
                }
            });
        });
        kernels_from_sums(&sums, c_in, c_out)
    }

    /// Bᵀ d B of a run of tiles: `inputs` becomes PRODUCTS × BLOCK pixels of `c` channels.
    fn transform_inputs<const BLOCK: usize>(
        &self,
        inputs: &mut [f32],
        pixels: &[f32],
        c: usize,
        tiles: Range<usize>,
    ) {
        let channels = Padding::stride(c);
        Arch::new().dispatch(Transform {
            matrix: B,
            tiles: tiles.len(),
            channels,
            from: pixels,
            from_places: Places {
                first: &|i| self.input_at(tiles.start + i, c),
                row: self.input.padded_w * channels,
                column: channels,
            },
            to: inputs,
            to_places: Places::of_products::<BLOCK>(channels, &|i| i * channels),
        });
    }

    /// Aᵀ m A of a run of tiles, from their products into the pixels of the results.
    fn transform_products(&self, results: &mut [f32], products: &[f32], c: usize, tiles: Range<usize>) {
        let channels = Padding::stride(c);
        Arch::new().dispatch(Transform {
            matrix: A,
            tiles: tiles.len(),
            channels,
            from: products,
            from_places: Places::of_products::<BLOCK>(channels, &|i| i * channels),
            to: results,
            to_places: Places {
                first: &|i| self.output_at(tiles.start + i, c),
                row: self.output.padded_w * channels,
                column: channels,
            },
        });
    }

    /// A ∂y Aᵀ of a run of tiles: from the gradient of the results to that of the products.
    fn spread_results(&self, products: &mut [f32], results: &[f32], c: usize, tiles: Range<usize>) {
        let channels = Padding::stride(c);
        Arch::new().dispatch(Transform {
            matrix: ATransposed,
            tiles: tiles.len(),
            channels,
            from: results,
            from_places: Places {
                first: &|i| self.output_at(tiles.start + i, c),
                row: self.output.padded_w * channels,
                column: channels,
            },
            to: products,
            to_places: Places::of_products::<GRADIENT_BLOCK>(channels, &|i| i * channels),
        });
    }
}

/// G g Gᵀ of every kernel: 16 matrices (c_in, c_out), each as [`Panels`].
///
/// `weight` gives the matrix (c_in, c_out) of each of the nine places in the kernel.
pub(super) fn transform_kernels<'a>(
    c_in: usize,
    c_out: usize,
    weight: impl Fn(usize) -> Matrix<'a> + Send + Sync,
) -> Vec<f32> {
    let len = c_in * c_out;
    with_buffer(TAPS * len, |taps| {
        parallel::for_each_chunk(taps, len, |tap, room| {
            Panels::new(room, weight(tap));
        });
        parallel::make(PRODUCTS * len, len, |product, kernels| {
            vectorized(
                #[inline(always)]
                || {
                    for (tap, g) in taps.chunks_exact(len).enumerate() {
                        let factor = g_factor(product, tap);
                        if factor != 0.0 {
                            kernels.iter_mut().zip(g).for_each(|(kernel, g)| *kernel += factor * g);
                        }
                    }
                },
            );
        })
    })
}

/// Places in a kernel.
const TAPS: usize = 9;

/// How much the value at a place of g counts in a product of G g Gᵀ.
fn g_factor(product: usize, tap: usize) -> f32 {
    const G: [[f32; 3]; 4] = [[1.0, 0.0, 0.0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0.0, 0.0, 1.0]];
    G[product >> 2][tap.div_euclid(3)] * G[product & 3][tap % 3]
}

/// Gᵀ u G for every kernel, from the sums u of all groups, into (c_out, c_in, 3, 3).
fn kernels_from_sums(sums: &[f32], c_in: usize, c_out: usize) -> Vec<f32> {
    /// Output channels that are taken together: they lie side by side in the sums.
    const LANES: usize = 16;
    let stride = Padding::stride(c_out);
    parallel::make(c_out * c_in * TAPS, LANES * c_in * TAPS, |task, weight| {
        vectorized(
            #[inline(always)]
            || {
                for i in 0..c_in {
                    let mut g = [[0.0; LANES]; TAPS];
                    for product in 0..PRODUCTS {
                        let mut u = [0.0; LANES];
                        for group in sums.chunks_exact(PRODUCTS * c_in * stride) {
                            let values = &group[(product * c_in + i) * stride + task * LANES..][..LANES];
                            u.iter_mut().zip(values).for_each(|(u, value)| *u += value);
                        }
                        for (tap, g) in g.iter_mut().enumerate() {
                            let factor = g_factor(product, tap);
                            g.iter_mut().zip(&u).for_each(|(g, u)| *g += factor * u);
                        }
                    }
                    for (lane, weight) in weight.chunks_exact_mut(c_in * TAPS).enumerate() {
                        for (weight, g) in weight[i * TAPS..][..TAPS].iter_mut().zip(&g) {
                            *weight = g[lane];
                        }
                    }
                }
            },
        );
    })
}

/// Where the values of tiles lie: at `first(i)` the first of tile i, and from there to the next row and column.
struct Places<'a> {
    first: &'a dyn Fn(usize) -> usize,
    row: usize,
    column: usize,
}

impl<'a> Places<'a> {
    /// In PRODUCTS × BLOCK pixels: those of a tile are 4 × 4, each a block after the one before.
    fn of_products<const BLOCK: usize>(channels: usize, first: &'a dyn Fn(usize) -> usize) -> Self {
        Self { first, row: 4 * BLOCK * channels, column: BLOCK * channels }
    }
}

/// One step of the transform, Mᵀ t M for a run of tiles: from the `IN × IN` values of each to `OUT × OUT`.
struct Transform<'a, M, const IN: usize, const OUT: usize> {
    matrix: M,
    tiles: usize,
    /// Channels that lie side by side, a multiple of the longest vector.
    channels: usize,
    from: &'a [f32],
    from_places: Places<'a>,
    to: &'a mut [f32],
    to_places: Places<'a>,
}

/// A product with a fixed matrix of 0 and ±1.
trait Combine<const IN: usize, const OUT: usize>: Copy {
    /// The product of one row with the matrix.
    fn row<S: Simd>(self, simd: S, t: [S::f32s; IN]) -> [S::f32s; OUT];
}

/// d B, from the pixels around a tile.
#[derive(Clone, Copy)]
struct B;

impl Combine<4, 4> for B {
    #[inline(always)]
    fn row<S: Simd>(self, simd: S, d: [S::f32s; 4]) -> [S::f32s; 4] {
        [
            simd.sub_f32s(d[0], d[2]),
            simd.add_f32s(d[1], d[2]),
            simd.sub_f32s(d[2], d[1]),
            simd.sub_f32s(d[1], d[3]),
        ]
    }
}

/// m A, from the products of a tile.
#[derive(Clone, Copy)]
struct A;

impl Combine<4, TILE> for A {
    #[inline(always)]
    fn row<S: Simd>(self, simd: S, m: [S::f32s; 4]) -> [S::f32s; TILE] {
        let (sum, difference) = (simd.add_f32s(m[1], m[2]), simd.sub_f32s(m[1], m[2]));
        [simd.add_f32s(m[0], sum), simd.sub_f32s(difference, m[3])]
    }
}

/// y Aᵀ, from the gradient of a tile's results.
#[derive(Clone, Copy)]
struct ATransposed;

impl Combine<TILE, 4> for ATransposed {
    #[inline(always)]
    fn row<S: Simd>(self, simd: S, y: [S::f32s; TILE]) -> [S::f32s; 4] {
        [y[0], simd.add_f32s(y[0], y[1]), simd.sub_f32s(y[0], y[1]), simd.neg_f32s(y[1])]
    }
}

impl<M: Combine<IN, OUT>, const IN: usize, const OUT: usize> WithSimd for Transform<'_, M, IN, OUT> {
    type Output = ();

    // Loops, not closures: only what is marked `inline(always)` is compiled for the vectors of the machine.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let zero = simd.splat_f32s(0.0);
        for i in 0..self.tiles {
            let from = &self.from[(self.from_places.first)(i)..];
            let to = &mut self.to[(self.to_places.first)(i)..];
            for channel in (0..self.channels).step_by(S::F32_LANES) {
                let mut half = [[zero; OUT]; IN];
                for (row, half) in half.iter_mut().enumerate() {
                    let mut values = [zero; IN];
                    for (column, value) in values.iter_mut().enumerate() {
                        let at = row * self.from_places.row + column * self.from_places.column + channel;
                        *value = load(simd, &from[at..]);
                    }
                    *half = self.matrix.row(simd, values);
                }
                for (column, values) in transpose_rows(half).into_iter().enumerate() {
                    for (row, value) in self.matrix.row(simd, values).into_iter().enumerate() {
                        let at = row * self.to_places.row + column * self.to_places.column + channel;
                        store(simd, &mut to[at..], value);
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn transpose_rows<V: Copy, const ROWS: usize, const COLUMNS: usize>(
    m: [[V; COLUMNS]; ROWS],
) -> [[V; ROWS]; COLUMNS] {
    let mut out = [[m[0][0]; ROWS]; COLUMNS];
    for (i, row) in m.into_iter().enumerate() {
        for (j, value) in row.into_iter().enumerate() {
            out[j][i] = value;
        }
    }
    out
}

/// The first values as one vector.
#[inline(always)]
fn load<S: Simd>(_simd: S, from: &[f32]) -> S::f32s {
    S::as_simd_f32s(&from[..S::F32_LANES]).0[0]
}

/// Writes one vector over the first values.
#[inline(always)]
fn store<S: Simd>(_simd: S, to: &mut [f32], value: S::f32s) {
    S::as_mut_simd_f32s(&mut to[..S::F32_LANES]).0[0] = value;
}
