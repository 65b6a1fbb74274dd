//! Tensors as what moments show: rows, points and pictures.

use crate::LabError;
use candle_core::{Device, Tensor};
use ndarray::{Array2, ArrayView4, Axis};
use noisebook_data::Picture;

/// Every value, in row-major order.
pub(crate) fn values(tensor: &Tensor) -> Result<Vec<f32>, LabError> {
    Ok(tensor.to_device(&Device::Cpu)?.flatten_all()?.to_vec1()?)
}

/// Values as an array of rows of `width`.
pub(crate) fn rows(values: &[f32], width: usize) -> Array2<f32> {
    let num = values.len().div_euclid(width.max(1));
    Array2::from_shape_fn((num, width), |(row, column)| values[row * width + column])
}

/// Values by twos, as points in the plane.
pub(crate) fn points_of(values: &[f32]) -> Vec<[f32; 2]> {
    values.chunks_exact(2).map(|point| [point[0], point[1]]).collect()
}

/// Values as pictures `(c, h, w)`, of the shape `(b, c, h, w)` in all.
pub(crate) fn pictures_of(
    values: &[f32],
    shape: (usize, usize, usize, usize),
) -> Result<Vec<Picture>, LabError> {
    let all = ArrayView4::from_shape(shape, values)?;
    Ok(all.axis_iter(Axis(0)).map(|picture| picture.to_owned()).collect())
}

/// Each picture by itself, scaled so that its largest value is 1 or −1.
pub(crate) fn to_unit(pictures: Vec<Picture>) -> Vec<Picture> {
    let scaled = pictures.into_iter().map(|picture| {
        let largest = picture.iter().fold(1e-12_f32, |largest, value| largest.max(value.abs()));
        picture / largest
    });
    scaled.collect()
}
