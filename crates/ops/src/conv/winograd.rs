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

use super::Conv;
use crate::kernel::{
    Matrix, MatrixMut, Padding, Panels, Write, matmul, matmul_panels, parallel, to_pixels, to_planes,
    vectorized, with_buffer,
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
/// The gradients of the kernel are summed within at most so many groups of samples, then over the groups: a fixed order,
/// whatever the number of threads. A group has at least so many tiles.
const MAX_GROUPS: usize = 8;
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
                    Arch::new().dispatch(TransformInput::<BLOCK> {
                        winograd: self,
                        c: c_in,
                        pixels,
                        tiles: tiles.clone(),
                        inputs,
                    });
                    for ((inputs, products), kernels) in inputs
                        .chunks_exact(BLOCK * stride_in)
                        .zip(products.chunks_exact_mut(BLOCK * stride_out))
                        .zip(&kernels)
                    {
                        let out = MatrixMut::strided(products, num, c_out, stride_out);
                        let inputs = Matrix::strided(inputs, num, c_in, stride_in);
                        matmul_panels(out, inputs, kernels, Write::Replace);
                    }
                    Arch::new().dispatch(TransformOutput {
                        winograd: self,
                        c: c_out,
                        products,
                        tiles,
                        results,
                    });
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
        let (input, output) = (self.input.len(c_in), self.output.len(c_out));
        let (stride_in, stride_out) = (Padding::stride(c_in), Padding::stride(c_out));
        // Products of the inputs' and the results' transforms, summed over the tiles: PRODUCTS × c_in × stride_out.
        let num_sums = PRODUCTS * c_in * stride_out;
        let sums = parallel::make(b.div_ceil(samples_per_group) * num_sums, num_sums, |group, sums| {
            let samples = group * samples_per_group..b.min((group + 1) * samples_per_group);
            let block_in = PRODUCTS * GRADIENT_BLOCK * stride_in;
            let block_out = PRODUCTS * GRADIENT_BLOCK * stride_out;
            with_buffer(input + output + block_in + block_out, |room| {
                let (pixels, room) = room.split_at_mut(input);
                let (results, room) = room.split_at_mut(output);
                let (inputs, products) = room.split_at_mut(block_in);
                for sample in samples {
                    to_pixels(pixels, &x[sample * c_in * n..], c_in, self.input);
                    to_pixels(results, &grad[sample * c_out * n..], c_out, self.output);
                    for tile in (0..self.tiles()).step_by(GRADIENT_BLOCK) {
                        let tiles = tile..self.tiles().min(tile + GRADIENT_BLOCK);
                        let num = tiles.len();
                        Arch::new().dispatch(TransformInput::<GRADIENT_BLOCK> {
                            winograd: self,
                            c: c_in,
                            pixels,
                            tiles: tiles.clone(),
                            inputs,
                        });
                        Arch::new().dispatch(SpreadOutput::<GRADIENT_BLOCK> {
                            winograd: self,
                            c: c_out,
                            results,
                            tiles,
                            products,
                        });
                        for ((inputs, products), sums) in inputs
                            .chunks_exact(GRADIENT_BLOCK * stride_in)
                            .zip(products.chunks_exact(GRADIENT_BLOCK * stride_out))
                            .zip(sums.chunks_exact_mut(c_in * stride_out))
                        {
                            let sums = MatrixMut::strided(sums, c_in, c_out, stride_out);
                            let inputs = Matrix::strided(inputs, num, c_in, stride_in).t();
                            let products = Matrix::strided(products, num, c_out, stride_out);
                            matmul(sums, inputs, products, Write::Add);
                        }
                    }
                }
            });
        });
        kernels_from_sums(&sums, c_in, c_out)
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

/// Bᵀ d B of a run of tiles: `inputs` becomes PRODUCTS × BLOCK pixels of `c` channels.
struct TransformInput<'a, const BLOCK: usize> {
    winograd: &'a Winograd,
    c: usize,
    pixels: &'a [f32],
    tiles: Range<usize>,
    inputs: &'a mut [f32],
}

impl<const BLOCK: usize> WithSimd for TransformInput<'_, BLOCK> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let stride = Padding::stride(self.c);
        let row_len = self.winograd.input.padded_w * stride;
        for (i, tile) in self.tiles.enumerate() {
            let pixels = &self.pixels[self.winograd.input_at(tile, self.c)..];
            for channel in (0..stride).step_by(S::F32_LANES) {
                let mut d = [[simd.splat_f32s(0.0); 4]; 4];
                for (row, d) in d.iter_mut().enumerate() {
                    for (column, d) in d.iter_mut().enumerate() {
                        *d = load(simd, &pixels[row * row_len + column * stride + channel..]);
                    }
                }
                let d = transpose_rows(combine_inputs(simd, d));
                let d = combine_inputs(simd, d);
                for (column, d) in d.into_iter().enumerate() {
                    for (row, d) in d.into_iter().enumerate() {
                        let product = 4 * row + column;
                        store(simd, &mut self.inputs[(product * BLOCK + i) * stride + channel..], d);
                    }
                }
            }
        }
    }
}

/// Aᵀ m A of a run of tiles, from their products into the pixels of the results.
struct TransformOutput<'a> {
    winograd: &'a Winograd,
    c: usize,
    products: &'a [f32],
    tiles: Range<usize>,
    results: &'a mut [f32],
}

impl WithSimd for TransformOutput<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let stride = Padding::stride(self.c);
        let row_len = self.winograd.output.padded_w * stride;
        for (i, tile) in self.tiles.enumerate() {
            let results = &mut self.results[self.winograd.output_at(tile, self.c)..];
            for channel in (0..stride).step_by(S::F32_LANES) {
                let mut m = [[simd.splat_f32s(0.0); 4]; 4];
                for (row, m) in m.iter_mut().enumerate() {
                    for (column, m) in m.iter_mut().enumerate() {
                        let product = 4 * row + column;
                        *m = load(simd, &self.products[(product * BLOCK + i) * stride + channel..]);
                    }
                }
                let m = transpose_rows(combine_products(simd, m));
                let m = combine_products(simd, m);
                for (column, m) in m.into_iter().enumerate() {
                    for (row, m) in m.into_iter().enumerate() {
                        store(simd, &mut results[row * row_len + column * stride + channel..], m);
                    }
                }
            }
        }
    }
}

/// A ∂y Aᵀ of a run of tiles: from the gradient of the results to that of the products.
struct SpreadOutput<'a, const BLOCK: usize> {
    winograd: &'a Winograd,
    c: usize,
    results: &'a [f32],
    tiles: Range<usize>,
    products: &'a mut [f32],
}

impl<const BLOCK: usize> WithSimd for SpreadOutput<'_, BLOCK> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let stride = Padding::stride(self.c);
        let row_len = self.winograd.output.padded_w * stride;
        for (i, tile) in self.tiles.enumerate() {
            let results = &self.results[self.winograd.output_at(tile, self.c)..];
            for channel in (0..stride).step_by(S::F32_LANES) {
                let mut y = [[simd.splat_f32s(0.0); TILE]; TILE];
                for (row, y) in y.iter_mut().enumerate() {
                    for (column, y) in y.iter_mut().enumerate() {
                        *y = load(simd, &results[row * row_len + column * stride + channel..]);
                    }
                }
                let y = transpose_rows(spread_results(simd, y));
                let y = spread_results(simd, y);
                for (column, y) in y.into_iter().enumerate() {
                    for (row, y) in y.into_iter().enumerate() {
                        let product = 4 * row + column;
                        store(simd, &mut self.products[(product * BLOCK + i) * stride + channel..], y);
                    }
                }
            }
        }
    }
}

// Functions, not closures: only what is marked `inline(always)` is compiled for the vectors of the machine.

/// (d0 − d2, d1 + d2, d2 − d1, d1 − d3) of each row d: a row of d B.
#[inline(always)]
fn combine_inputs<S: Simd>(simd: S, d: [[S::f32s; 4]; 4]) -> [[S::f32s; 4]; 4] {
    let mut out = d;
    for (out, d) in out.iter_mut().zip(d) {
        *out = [
            simd.sub_f32s(d[0], d[2]),
            simd.add_f32s(d[1], d[2]),
            simd.sub_f32s(d[2], d[1]),
            simd.sub_f32s(d[1], d[3]),
        ];
    }
    out
}

/// (m0 + m1 + m2, m1 − m2 − m3) of each row m: a row of m A.
#[inline(always)]
fn combine_products<S: Simd, const ROWS: usize>(simd: S, m: [[S::f32s; 4]; ROWS]) -> [[S::f32s; TILE]; ROWS] {
    let mut out = [[simd.splat_f32s(0.0); TILE]; ROWS];
    for (out, m) in out.iter_mut().zip(m) {
        *out =
            [simd.add_f32s(m[0], simd.add_f32s(m[1], m[2])), simd.sub_f32s(simd.sub_f32s(m[1], m[2]), m[3])];
    }
    out
}

/// (y0, y0 + y1, y0 − y1, −y1) of each row y: a row of y Aᵀ.
#[inline(always)]
fn spread_results<S: Simd, const ROWS: usize>(simd: S, y: [[S::f32s; TILE]; ROWS]) -> [[S::f32s; 4]; ROWS] {
    let mut out = [[simd.splat_f32s(0.0); 4]; ROWS];
    for (out, y) in out.iter_mut().zip(y) {
        *out = [y[0], simd.add_f32s(y[0], y[1]), simd.sub_f32s(y[0], y[1]), simd.neg_f32s(y[1])];
    }
    out
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
