//! Rows of a table, looked up by number.

use candle_core::{DType, Result, Shape, Tensor, bail};

use crate::kernel::{Kernel, apply1, is_ours};

/// The rows of `table` that `indices` name.
///
/// # Shapes
/// - `table`: `(rows, d)`
/// - `indices`: any shape, of whole numbers below `rows`
/// - returns the shape of `indices` with `d` after it
///
/// # Errors
/// When an index names no row.
pub fn embedding(table: &Tensor, indices: &Tensor) -> Result<Tensor> {
    let (rows, d) = table.dims2()?;
    let shape = [indices.dims(), &[d]].concat();
    if !is_ours(table) {
        return table.index_select(&indices.flatten_all()?, 0)?.reshape(shape);
    }
    let indices = indices.flatten_all()?.to_dtype(DType::U32)?.to_vec1::<u32>()?;
    let indices: Vec<usize> = indices.into_iter().map(|index| index as usize).collect();
    if let Some(index) = indices.iter().find(|&&index| index >= rows) {
        bail!("embedding: expected indices below {rows}, found {index}");
    }
    apply1(table, Embedding { shape: shape.into(), d, indices })
}

struct Embedding {
    shape: Shape,
    d: usize,
    indices: Vec<usize>,
}

impl Kernel<1> for Embedding {
    const NAME: &'static str = "embedding";

    fn shape(&self) -> Shape {
        self.shape.clone()
    }

    fn forward(&self, [table]: [&[f32]; 1]) -> Vec<f32> {
        self.indices.iter().flat_map(|index| &table[index * self.d..][..self.d]).copied().collect()
    }

    fn backward(&self, [table]: [&[f32]; 1], _y: &[f32], grad: &[f32], _: [bool; 1]) -> [Vec<f32>; 1] {
        let mut grad_table = vec![0.0; table.len()];
        for (index, grad) in self.indices.iter().zip(grad.chunks_exact(self.d)) {
            grad_table[index * self.d..][..self.d].iter_mut().zip(grad).for_each(|(to, grad)| *to += grad);
        }
        [grad_table]
    }
}
