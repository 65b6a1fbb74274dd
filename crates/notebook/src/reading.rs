//! What an independent classifier reads in digits.

use candle_core::{D, Tensor};
use noisebook_data::Picture;
use noisebook_shelf::Shelf;

use crate::{AutoDevice, Result, store};

/// What the digit classifier reads in each picture, (1, 32, 32): the likeliest digit, whatever it may show.
/// It was trained on other digits than any model that draws them.
///
/// # Errors
/// When the classifier is not on the shelf, or the pictures are not digits' size.
pub fn read_digits(pictures: &[Picture]) -> Result<Vec<usize>> {
    let device = candle_core::Device::auto();
    let classifier = Shelf::new(store().as_ref()).classifier("digit-classifier", &device)?;
    let Some(shape) = pictures.first().map(Picture::dim) else {
        return Ok(Vec::new());
    };
    let values: Vec<f32> = pictures.iter().flatten().copied().collect();
    let batch = Tensor::from_vec(values, (pictures.len(), shape.0, shape.1, shape.2), &device)?;
    let (_, logits) = classifier.read(&batch)?;
    let read: Vec<u32> = logits.argmax(D::Minus1)?.to_vec1()?;
    Ok(read.into_iter().map(|digit| digit as usize).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_persons_digits_are_read() {
        let digits = crate::load_digits().unwrap();
        let some: Vec<usize> =
            digits.indices(noisebook_data::Split::Test).iter().copied().take(200).collect();
        let pictures: Vec<Picture> = some.iter().map(|idx| digits.picture(*idx)).collect();
        let read = read_digits(&pictures).unwrap();
        let right =
            read.iter().zip(&some).filter(|(read, idx)| **read == usize::from(digits.label(**idx))).count();
        assert!(right >= 190, "{right} of 200");
        assert!(read_digits(&[]).unwrap().is_empty());
        assert!(read_digits(&[Picture::zeros((3, 8, 8))]).is_err());
    }
}
