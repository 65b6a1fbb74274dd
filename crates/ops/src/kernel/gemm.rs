//! The matrix product, under every convolution, fully connected layer and attention.
//!
//! A tile of the result, up to 12 rows of two vectors, stays in registers while k runs: each step takes one number of `a`
//! for each row and multiplies it with two vectors of `b`'s row (Goto and van de Geijn 2008).
//! [`pulp`] compiles the one source for AVX-512, AVX2, NEON and plain code, and chooses on the machine.
//!
//! Every value of the result adds its products in the order of k, in one running sum:
//! it has the same bits wherever it lies in the matrix, and however many threads share the rows.

use std::ops::Range;

use pulp::{Arch, MemMask, Simd, WithSimd};

use super::buffer::with_buffer;
use super::parallel;

/// A matrix as it lies in memory.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// `rows × columns` values, row after row.
    pub(crate) fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        Self::strided(values, rows, columns, columns)
    }

    /// The same with each row `row_stride` values after the one before.
    pub(crate) fn strided(values: &'a [f32], rows: usize, columns: usize, row_stride: usize) -> Self {
        Self::view(values, rows, columns, row_stride, 1)
    }

    /// The same with any distance between neighbors in a row, too.
    pub(crate) fn view(
        values: &'a [f32],
        rows: usize,
        columns: usize,
        row_stride: usize,
        column_stride: usize,
    ) -> Self {
        let reach = extent(rows, (columns.max(1) - 1) * column_stride + columns.min(1), row_stride);
        assert!(reach <= values.len(), "a {rows}×{columns} matrix");
        Self { values, rows, columns, row_stride, column_stride }
    }

    /// The same values seen with rows and columns exchanged.
    pub(crate) fn t(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }

    /// Rows and columns.
    pub(crate) fn extents(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// Some of its rows.
    fn rows(self, rows: Range<usize>) -> Self {
        let from = (rows.start * self.row_stride).min(self.values.len());
        Self { values: &self.values[from..], rows: rows.len(), ..self }
    }

    /// Some of its columns.
    fn columns(self, columns: Range<usize>) -> Self {
        self.t().rows(columns).t()
    }

    fn at(&self, row: usize, column: usize) -> *const f32 {
        self.values.as_ptr().wrapping_add(row * self.row_stride + column * self.column_stride)
    }
}

/// How far a matrix reaches in memory.
fn extent(rows: usize, columns: usize, row_stride: usize) -> usize {
    if rows == 0 || columns == 0 { 0 } else { (rows - 1) * row_stride + columns }
}

/// A matrix to write: rows of contiguous values, each `row_stride` after the one before.
pub(crate) struct MatrixMut<'a> {
    values: &'a mut [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
}

impl<'a> MatrixMut<'a> {
    /// `rows × columns` values, row after row.
    pub(crate) fn new(values: &'a mut [f32], rows: usize, columns: usize) -> Self {
        Self::strided(values, rows, columns, columns)
    }

    /// The same with each row `row_stride` values after the one before.
    pub(crate) fn strided(values: &'a mut [f32], rows: usize, columns: usize, row_stride: usize) -> Self {
        assert!(row_stride >= columns, "rows of a result must not overlap");
        assert!(extent(rows, columns, row_stride) <= values.len(), "a {rows}×{columns} matrix");
        Self { values, rows, columns, row_stride }
    }
}

/// Whether a product replaces what stands in the result, or is added to it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Write {
    Replace,
    Add,
}

/// Rows of a tile where there are 32 vector registers; half as many where there are 16.
const TILE_ROWS: usize = 12;
/// Columns of a panel, in which [`Panels`] and wide matrices are laid out: two vectors of AVX-512, more of others.
const PANEL: usize = 32;
/// A block of this many rows of `b`'s panel fits into the fastest cache.
const BLOCK: usize = 192;

/// The right side of a product, laid out once for many: panels of 32 columns, each with its rows one after the other.
pub(crate) struct Panels<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
}

impl<'a> Panels<'a> {
    /// Values that [`Self::new`] needs room for.
    pub(crate) fn len(rows: usize, columns: usize) -> usize {
        rows * columns
    }

    /// Lays `b` out in `room`.
    pub(crate) fn new(room: &'a mut [f32], b: Matrix<'_>) -> Self {
        for first in (0..b.columns).step_by(PANEL) {
            let width = PANEL.min(b.columns - first);
            copy_panel(&mut room[first * b.rows..][..width * b.rows], b, first, width);
        }
        Self { values: room, rows: b.rows, columns: b.columns }
    }

    /// Those that lie in `values` already.
    pub(crate) fn of(values: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(values.len(), Self::len(rows, columns), "panels of a {rows}×{columns} matrix");
        Self { values, rows, columns }
    }

    fn panel(&self, first: usize) -> Matrix<'_> {
        let width = PANEL.min(self.columns - first);
        Matrix::new(&self.values[first * self.rows..][..width * self.rows], self.rows, width)
    }
}

/// Copies `width` columns of `b` from `first` on, its rows one after the other.
fn copy_panel(to: &mut [f32], b: Matrix<'_>, first: usize, width: usize) {
    if to.is_empty() {
        return;
    }
    let from = &b.values[first * b.column_stride..];
    if b.column_stride == 1 {
        for (i, to) in to.chunks_exact_mut(width).enumerate() {
            to.copy_from_slice(&from[i * b.row_stride..][..width]);
        }
    } else {
        // Column by column: each is read in order, and the panel fits into the fastest cache.
        for column in 0..width {
            let from = from[column * b.column_stride..].iter().step_by(b.row_stride);
            for (to, from) in to[column..].iter_mut().step_by(width).zip(from) {
                *to = *from;
            }
        }
    }
}

/// `out = a · b`, or `out + a · b`, on this thread alone.
pub(crate) fn matmul(out: MatrixMut<'_>, a: Matrix<'_>, b: Matrix<'_>, write: Write) {
    with_buffer(Panels::len(b.rows, b.columns), |room| matmul_panels(out, a, &Panels::new(room, b), write));
}

/// The same with a right side of few rows that lie close together, read where it is.
pub(crate) fn matmul_in_place(out: MatrixMut<'_>, a: Matrix<'_>, b: Matrix<'_>, write: Write) {
    assert!(a.columns == b.rows && out.rows == a.rows && out.columns == b.columns, "extents of a product");
    let mut out = out;
    for first in (0..b.columns).step_by(PANEL) {
        product(&mut out, first, a, b.columns(first..b.columns.min(first + PANEL)), write);
    }
}

/// The same with a right side that is laid out already.
pub(crate) fn matmul_panels(out: MatrixMut<'_>, a: Matrix<'_>, b: &Panels<'_>, write: Write) {
    assert!(a.columns == b.rows && out.rows == a.rows && out.columns == b.columns, "extents of a product");
    let mut out = out;
    for from in (0..b.rows.max(1)).step_by(BLOCK) {
        let rows = from..b.rows.min(from + BLOCK);
        let write = if from == 0 { write } else { Write::Add };
        for first in (0..b.columns).step_by(PANEL) {
            product(&mut out, first, a.columns(rows.clone()), b.panel(first).rows(rows.clone()), write);
        }
    }
}

/// `a · b`, with `bias` added to each row, and the rows shared out over the threads.
pub(crate) fn par_matmul(a: Matrix<'_>, b: Matrix<'_>, bias: Option<&[f32]>) -> Vec<f32> {
    /// Multiply-adds that are worth a task of their own.
    const TASK: usize = 1 << 20;
    /// Rows that make reading all of `b` a small part of a task's work.
    const ROWS: usize = 4 * TILE_ROWS;
    let rows = TASK.div_ceil((b.rows * b.columns).max(1)).next_multiple_of(TILE_ROWS).max(ROWS);
    with_buffer(Panels::len(b.rows, b.columns), |room| {
        parallel::for_each_chunk(room, PANEL * b.rows, |panel, room| {
            let first = panel * PANEL;
            copy_panel(room, b, first, PANEL.min(b.columns - first));
        });
        let panels = Panels::of(room, b.rows, b.columns);
        parallel::make(a.rows * b.columns, rows * b.columns, |task, out| {
            let first = task * rows;
            let a = a.rows(first..a.rows.min(first + rows));
            if let Some(bias) = bias {
                out.chunks_exact_mut(b.columns).for_each(|row| row.copy_from_slice(bias));
            }
            matmul_panels(MatrixMut::new(out, a.rows, b.columns), a, &panels, Write::Add);
        })
    })
}

/// Multiplies with one panel, `b`, into the columns of `out` from `first` on.
fn product(out: &mut MatrixMut<'_>, first: usize, a: Matrix<'_>, b: Matrix<'_>, write: Write) {
    assert!(b.column_stride == 1 && b.rows == a.columns, "a product with a panel");
    assert!(a.rows == out.rows && first + b.columns <= out.columns, "the panel's place in the result");
    if a.rows > 0 && b.columns > 0 {
        let (row_stride, out) = (out.row_stride, out.values[first..].as_mut_ptr());
        Arch::new().dispatch(Product { out, row_stride, a, b, write });
    }
}

/// A product whose extents have been checked.
struct Product<'a> {
    out: *mut f32,
    row_stride: usize,
    a: Matrix<'a>,
    b: Matrix<'a>,
    write: Write,
}

impl WithSimd for Product<'_> {
    type Output = ();

    /// Cuts the result into tiles of about the same height.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let tile_rows = if S::REGISTER_COUNT < 32 { TILE_ROWS >> 1 } else { TILE_ROWS };
        let num_tiles = self.a.rows.div_ceil(tile_rows);
        let mut column = 0;
        while column < self.b.columns {
            let rest = self.b.columns - column;
            for tile in 0..num_tiles {
                let row = (tile * self.a.rows).div_euclid(num_tiles);
                let rows = ((tile + 1) * self.a.rows).div_euclid(num_tiles) - row;
                self.tile(simd, row, rows, column, rest);
            }
            column += S::F32_LANES * if rest >= 2 * S::F32_LANES { 2 } else { 1 };
        }
    }
}

impl Product<'_> {
    /// One tile, of two vectors, of one, or of a part of one, as many columns as `rest` has.
    #[inline(always)]
    fn tile<S: Simd>(&self, simd: S, row: usize, rows: usize, column: usize, rest: usize) {
        macro_rules! tile {
            ($($rows:literal)*) => {
                match rows {
                    $($rows if rest >= 2 * S::F32_LANES => self.run::<S, $rows, 2, false>(simd, row, column, rest),)*
                    $($rows if rest >= S::F32_LANES => self.run::<S, $rows, 1, false>(simd, row, column, rest),)*
                    $($rows => self.run::<S, $rows, 1, true>(simd, row, column, rest),)*
                    _ => unreachable!("a tile has 1 to {TILE_ROWS} rows"),
                }
            };
        }
        tile!(1 2 3 4 5 6 7 8 9 10 11 12);
    }

    /// A tile of `ROWS` rows and `VECTORS` vectors, or of the first `rest` values of one vector.
    #[inline(always)]
    #[expect(unsafe_code, reason = "a tile works on pointers; `product` checked the extents")]
    fn run<S: Simd, const ROWS: usize, const VECTORS: usize, const PART: bool>(
        &self,
        simd: S,
        row: usize,
        column: usize,
        rest: usize,
    ) {
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
        let part = simd.mask_between_m32s(0, rest.min(S::F32_LANES) as u32);
        let (mut a, mut b) = (self.a.at(row, 0), self.b.at(0, column));
        // SAFETY: the tile's rows and columns lie inside all three matrices: their constructors and `product` compared the
        // extents, and `with_simd` cuts them into tiles. Vectors are read and written at any alignment.
        unsafe {
            let out = self.out.add(row * self.row_stride + column);
            if self.write == Write::Add {
                for (i, sums) in sums.iter_mut().enumerate() {
                    for (v, sum) in sums.iter_mut().enumerate() {
                        *sum = load::<S, PART>(simd, part, out.add(i * self.row_stride + v * S::F32_LANES));
                    }
                }
            }
            for _ in 0..self.a.columns {
                let mut vectors = [simd.splat_f32s(0.0); VECTORS];
                for (v, vector) in vectors.iter_mut().enumerate() {
                    *vector = load::<S, PART>(simd, part, b.add(v * S::F32_LANES));
                }
                for (i, sums) in sums.iter_mut().enumerate() {
                    let x = simd.splat_f32s(*a.add(i * self.a.row_stride));
                    for (sum, vector) in sums.iter_mut().zip(vectors) {
                        *sum = simd.mul_add_e_f32s(x, vector, *sum);
                    }
                }
                a = a.wrapping_add(self.a.column_stride);
                b = b.wrapping_add(self.b.row_stride);
            }
            for (i, sums) in sums.into_iter().enumerate() {
                for (v, sum) in sums.into_iter().enumerate() {
                    let out = out.add(i * self.row_stride + v * S::F32_LANES);
                    if PART {
                        simd.mask_store_ptr_f32s(part, out, sum);
                    } else {
                        out.cast::<S::f32s>().write_unaligned(sum);
                    }
                }
            }
        }
    }
}

/// A vector from memory, or the part of it that `part` shows.
#[inline(always)]
#[expect(unsafe_code, reason = "the caller vouches for the memory")]
unsafe fn load<S: Simd, const PART: bool>(simd: S, part: MemMask<S::m32s>, from: *const f32) -> S::f32s {
    // SAFETY: the caller's.
    unsafe {
        if PART { simd.mask_load_ptr_f32s(part, from) } else { from.cast::<S::f32s>().read_unaligned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The product by its definition, in f64.
    fn naive(a: Matrix<'_>, b: Matrix<'_>) -> Vec<f64> {
        let value =
            |m: Matrix<'_>, i: usize, j: usize| f64::from(m.values[i * m.row_stride + j * m.column_stride]);
        let mut out = Vec::new();
        for i in 0..a.rows {
            for j in 0..b.columns {
                out.push((0..a.columns).map(|k| value(a, i, k) * value(b, k, j)).sum());
            }
        }
        out
    }

    fn values(len: usize) -> Vec<f32> {
        (0..len).map(|i| ((i * 37 + 11) % 101) as f32 / 50.0 - 1.0).collect()
    }

    #[test]
    fn a_product_of_any_extents_is_that_of_the_definition() {
        for (m, k, n) in
            [(1, 1, 1), (3, 5, 7), (12, 16, 32), (13, 300, 33), (25, 9, 100), (2, 0, 3), (40, 257, 18)]
        {
            let (a, b) = (values(m * k), values(k * n));
            let direct = (Matrix::new(&a, m, k), Matrix::new(&b, k, n));
            let turned = (Matrix::new(&a, k, m).t(), Matrix::new(&b, n, k).t());
            for (a, b) in [direct, turned, (direct.0, turned.1)] {
                let expected = naive(a, b);
                let mut out = vec![1.0; m * n];
                matmul(MatrixMut::new(&mut out, m, n), a, b, Write::Add);
                let mut panels = vec![0.0; Panels::len(k, n)];
                let mut other = vec![f32::NAN; m * n];
                let panels = Panels::new(&mut panels, b);
                matmul_panels(MatrixMut::new(&mut other, m, n), a, &panels, Write::Replace);
                assert_eq!(other, par_matmul(a, b, None), "the threads change nothing");
                for ((out, other), expected) in out.iter().zip(&other).zip(&expected) {
                    assert!((f64::from(*out) - 1.0 - expected).abs() < 1e-4, "{m}×{k}×{n}");
                    assert!((f64::from(*other) - expected).abs() < 1e-4, "{m}×{k}×{n}, panels");
                }
            }
        }
    }

    #[test]
    fn a_row_does_not_depend_on_the_rows_around_it() {
        let (a, b) = (values(29 * 70), values(70 * 45));
        let mut all = vec![0.0; 29 * 45];
        matmul(
            MatrixMut::new(&mut all, 29, 45),
            Matrix::new(&a, 29, 70),
            Matrix::new(&b, 70, 45),
            Write::Replace,
        );
        let mut one = vec![0.0; 45];
        let row = Matrix::new(&a[17 * 70..], 1, 70);
        matmul(MatrixMut::new(&mut one, 1, 45), row, Matrix::new(&b, 70, 45), Write::Replace);
        assert_eq!(&all[17 * 45..18 * 45], one);
    }
}
