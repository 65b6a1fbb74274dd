//! What a training learns from: pictures, or points, with a label each.

use ndarray::{Array2, Axis};
use noisebook_data::{
    Digits, Emoji, Motion, MovingDigits, Picture, PointSet, Split, Store, Topic, TopicSplit,
};
use noisebook_ops::{Device, Error, Noise, Result as TensorResult, Stream, Tensor};
use serde::{Deserialize, Serialize};

use crate::{Examples, TrainError};

/// The sets of pictures that a recipe can name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataSet {
    /// Handwritten digits with the labels 0 to 9.
    #[default]
    Digits,
    /// Eight of them, one each of 0 to 7.
    EightDigits,
    /// Faces, animals and food by four families of artists, a label for each topic in each family.
    Emoji,
    /// Points of twenty-five heaps in the plane.
    Grid,
    /// Clips of digits that move, or stand still, one of each digit.
    MovingDigits,
    /// One to three plain shapes on white, with captions and without labels.
    Scenes,
    /// The same emoji, and the test's, with captions instead of labels.
    CaptionedEmoji,
}

/// Pictures of one size, row after row and channel after channel; or points.
pub(crate) struct Collection {
    pub(crate) pictures: Vec<Vec<f32>>,
    /// One a picture.
    pub(crate) labels: Vec<u32>,
    /// `[c, h, w]` of each picture, `[2]` of each point.
    pub(crate) shape: Vec<usize>,
    /// How many labels there are.
    pub(crate) num_classes: usize,
    /// The value that lies beyond the edge of a picture.
    pub(crate) ground: f32,
}

impl Collection {
    /// A set as the store has it; of the digits the split `split`.
    pub(crate) fn load(set: DataSet, split: Split, store: &dyn Store) -> Result<Self, TrainError> {
        Ok(match set {
            DataSet::Digits | DataSet::EightDigits => {
                let digits = Digits::load(store)?;
                let picture = |&idx: &usize| (digits.picture(idx), u32::from(digits.label(idx)));
                let eight = digits.eight();
                let chosen = if set == DataSet::Digits { digits.indices(split) } else { &eight };
                Self::of_pictures(chosen.iter().map(picture).collect(), 10, -1.0)
            }
            DataSet::Emoji => {
                let emoji = Emoji::load(store)?;
                let chosen = emoji.of_topics(TopicSplit::Training).into_iter();
                let pictures = chosen.map(|(idx, label)| (emoji.picture(idx), label)).collect();
                Self::of_pictures(pictures, Topic::label_names().len(), 1.0)
            }
            DataSet::Grid => Self::of_points(&points(PointSet::Grid, Noise::new(0), 1, NUM_POINTS)),
            DataSet::MovingDigits => {
                let moving = MovingDigits::new(&Digits::load(store)?, split);
                Self::of_pictures(clips(&moving, moving.len()), 10, -1.0)
            }
            DataSet::Scenes | DataSet::CaptionedEmoji => {
                let why = "these data have captions and no labels: use `kind = \"text-denoiser\"`";
                return Err(TrainError::Examples { why: why.to_owned() });
            }
        })
    }

    /// These pictures, all of one shape, with their labels.
    pub(crate) fn of_pictures(pictures: Vec<(Picture, u32)>, num_classes: usize, ground: f32) -> Self {
        let shape = pictures.first().map_or_else(Vec::new, |(picture, _)| picture.shape().to_vec());
        let (pictures, labels) =
            pictures.into_iter().map(|(picture, label)| (picture.into_iter().collect(), label)).unzip();
        Self { pictures, labels, shape, num_classes, ground }
    }

    /// These points, which have no labels.
    pub(crate) fn of_points(points: &[[f32; 2]]) -> Self {
        let pictures = points.iter().map(|point| point.to_vec()).collect();
        Self { pictures, labels: vec![0; points.len()], shape: vec![2], num_classes: 0, ground: 0.0 }
    }

    /// What a live training was given.
    ///
    /// # Errors
    /// When there is nothing to learn from, or it cannot be learned.
    pub(crate) fn of_examples(examples: Examples) -> Result<Self, TrainError> {
        let wrong = |why: &str| Err(TrainError::Examples { why: why.to_owned() });
        match examples {
            Examples::Pictures(pictures) => {
                let [first, ..] = &pictures[..] else {
                    return wrong("there is no picture to learn from; add at least one");
                };
                let shape = first.0.dim();
                if pictures.iter().any(|(picture, _)| picture.dim() != shape) {
                    return wrong("the pictures to learn from must all have the same size");
                }
                if pictures.iter().any(|(picture, _)| picture.iter().any(|value| !value.is_finite())) {
                    return wrong("a picture to learn from has a value that is not a number");
                }
                Ok(Self::of_pictures(pictures, Examples::NO_LABEL as usize, -1.0))
            }
            Examples::Points(points) => {
                if points.is_empty() {
                    return wrong("there is no point to learn from; draw some first");
                }
                if points.iter().flatten().any(|value| !value.is_finite()) {
                    return wrong("a point to learn from is not a number");
                }
                Ok(Self::of_points(&points))
            }
            Examples::Scenes => wrong("scenes are told in words, and this network learns none"),
        }
    }

    /// Whether these are points, and not pictures.
    pub(crate) fn is_of_points(&self) -> bool {
        self.shape.len() == 1
    }

    /// Whether a network made for pictures of `[channels, side]` and so many labels can learn from these.
    pub(crate) fn check_fit(&self, [c, size]: [usize; 2], num_classes: usize) -> TensorResult<()> {
        if self.shape == [c, size, size] && num_classes >= self.num_classes {
            return Ok(());
        }
        Err(Error::Msg(format!(
            "[net] is made for pictures of {:?} and {num_classes} labels, but the data have {:?} and {}",
            [c, size, size],
            self.shape,
            self.num_classes
        )))
    }

    /// The pictures of these indices, `(b, c, h, w)`, each mirrored where `mirrored` says so; points are `(b, 2)`.
    pub(crate) fn batch(&self, picks: &[usize], mirrored: &[bool], device: &Device) -> TensorResult<Tensor> {
        let w = self.shape.last().copied().unwrap_or(1);
        let mut values: Vec<f32> = Vec::with_capacity(picks.len() * self.shape.iter().product::<usize>());
        for (&pick, &mirrored) in picks.iter().zip(mirrored) {
            let picture = &self.pictures[pick];
            if mirrored {
                values.extend(picture.chunks_exact(w).flat_map(|row| row.iter().rev()));
            } else {
                values.extend(picture);
            }
        }
        Tensor::from_vec(values, [&[picks.len()], &self.shape[..]].concat(), device)
    }
}

/// The first `num` digits, each in a clip `(f, h, w)` with the motion that is its turn, and what it shows.
#[must_use]
pub fn clips(moving: &MovingDigits, num: usize) -> Vec<(Picture, u32)> {
    let clip = |idx: usize| {
        let start = Noise::new(0).uniform(Stream::Data, idx as u64, 2, 2);
        let clip = moving.clip(idx, Motion::in_turn(idx), [start[0], start[1]]);
        (clip.index_axis_move(Axis(0), 0), u32::from(moving.label(idx)))
    };
    (0..num.min(moving.len())).map(clip).collect()
}

/// Points of a set to learn from.
const NUM_POINTS: usize = 4096;

/// `n` points of a set, where `sample` tells one draw from another: training draws its batches from sample 0 of the same
/// stream.
#[must_use]
pub fn points(set: PointSet, noise: Noise, sample: u64, n: usize) -> Vec<[f32; 2]> {
    let uniform = noise.uniform(Stream::Data, sample, 0, 2 * n);
    let normal = noise.normal(Stream::Data, sample, 1, 2 * n);
    let array = |values: Vec<f32>| Array2::from_shape_fn((n, 2), |(row, column)| values[2 * row + column]);
    set.points(&array(uniform), &array(normal)).outer_iter().map(|point| [point[0], point[1]]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirrored_picture_is_read_from_right_to_left() {
        let collection = Collection {
            pictures: vec![vec![1.0, 2.0, 3.0, 4.0]],
            labels: vec![0],
            shape: vec![1, 2, 2],
            num_classes: 1,
            ground: 0.0,
        };
        let batch = collection.batch(&[0, 0], &[false, true], &Device::Cpu).unwrap();
        assert_eq!(batch.flatten_all().unwrap().to_vec1::<f32>().unwrap(), [1., 2., 3., 4., 2., 1., 4., 3.]);
    }
}
