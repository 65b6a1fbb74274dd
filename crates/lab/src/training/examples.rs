//! What a training learns from, by the name of its setting.

use crate::{Context, LabError};
use noisebook_data::{Digits, Picture, PointSet, Split, fitted};
use noisebook_ops::{Noise, Stream};
use noisebook_train::{Examples, points};

/// Side of the pictures that it learns from, in pixels.
pub(crate) const SIDE: usize = 32;
/// Points of a set to learn from.
const NUM_POINTS: usize = 4096;
/// How many pictures stand beside the network's guess.
pub(crate) const NUM_GUESSES: usize = 8;
/// What the learner may bring.
const MAX_PICTURES: usize = 5000;
const MIN_POINTS: usize = 8;
/// As many as are learned: more would be left out without a word.
const MAX_POINTS: usize = NUM_POINTS;
/// How far out a point may lie.
const MAX_COORDINATE: f32 = 1.5;
/// How far points scatter around those that were drawn: the standard deviation.
const SCATTER: f32 = 0.02;

/// What is learned, and how it is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Digits, which a classifier reads.
    Digits,
    /// Scenes, which are asked for in words and judged by them.
    Scenes,
    /// The learner's own pictures.
    OwnPictures,
    /// Points, of a known set or drawn by hand.
    Points(Option<PointSet>),
}

impl Subject {
    pub(crate) fn is_points(self) -> bool {
        matches!(self, Self::Points(_))
    }

    /// The channels of its pictures.
    pub(crate) fn num_channels(self) -> usize {
        if self == Self::Scenes { 3 } else { 1 }
    }
}

/// Examples with what belongs to them.
pub(crate) struct Material {
    pub(crate) subject: Subject,
    pub(crate) examples: Examples,
    /// Pictures to guess at that training does not see; empty where it guesses at what it learns from.
    pub(crate) unseen: Vec<(Picture, u32)>,
    /// Other points of the same set, to compare samples with.
    pub(crate) fresh_points: Vec<[f32; 2]>,
}

impl Material {
    /// Loads what the setting `data` names.
    pub(crate) fn load(data: &str, seed: u64, context: &Context) -> Result<Self, LabError> {
        let of_pictures = |subject, pictures, unseen| Self {
            subject,
            examples: Examples::Pictures(pictures),
            unseen,
            fresh_points: Vec::new(),
        };
        match data {
            "digits" | "eight-digits" => {
                let digits = Digits::load(context.store.as_ref())?;
                let take = |idx: &usize| (digits.picture(*idx), u32::from(digits.label(*idx)));
                let indices = digits.indices(Split::Generator);
                if data == "digits" {
                    let unseen = digits.indices(Split::Test).iter().take(NUM_GUESSES).map(take).collect();
                    return Ok(of_pictures(Subject::Digits, indices.iter().map(take).collect(), unseen));
                }
                Ok(of_pictures(Subject::Digits, digits.eight().iter().map(take).collect(), Vec::new()))
            }
            "scenes" => Ok(Self {
                subject: Subject::Scenes,
                examples: Examples::Scenes,
                unseen: Vec::new(),
                fresh_points: Vec::new(),
            }),
            "own-pictures" => {
                let pictures = own_pictures(&context.own_pictures)?;
                let pictures = pictures.into_iter().map(|picture| (picture, Examples::NO_LABEL)).collect();
                Ok(of_pictures(Subject::OwnPictures, pictures, Vec::new()))
            }
            "drawn-points" => {
                check_points(&context.own_points)?;
                let draw = |stream| scattered(&context.own_points, Noise::new(seed), stream);
                Ok(Self::of_points(None, draw))
            }
            name => {
                let set = PointSet::named(name).ok_or_else(|| LabError::Own {
                    why: format!("there is nothing called `{name}` to learn from"),
                })?;
                Ok(Self::of_points(Some(set), |sample| points(set, Noise::new(seed), sample, NUM_POINTS)))
            }
        }
    }

    fn of_points(set: Option<PointSet>, draw: impl Fn(u64) -> Vec<[f32; 2]>) -> Self {
        Self {
            subject: Subject::Points(set),
            examples: Examples::Points(draw(1)),
            unseen: Vec::new(),
            fresh_points: draw(2),
        }
    }
}

/// Points around those that were drawn, each as often as every other: between two strokes there is nothing to learn, but a
/// point alone would be learned by heart.
fn scattered(drawn: &[[f32; 2]], noise: Noise, sample: u64) -> Vec<[f32; 2]> {
    let normal = noise.normal(Stream::Data, sample, 1, 2 * NUM_POINTS);
    let around = drawn.iter().cycle().zip(normal.chunks_exact(2));
    around.map(|(&[x, y], off)| [x + SCATTER * off[0], y + SCATTER * off[1]]).collect()
}

fn check_points(points: &[[f32; 2]]) -> Result<(), LabError> {
    let wrong = |why: String| Err(LabError::Own { why });
    let num = points.len();
    if !(MIN_POINTS..=MAX_POINTS).contains(&num) {
        return wrong(format!(
            "`data` is \"drawn-points\", and {num} points are drawn; draw {MIN_POINTS} to {MAX_POINTS}"
        ));
    }
    if let Some([x, y]) = points.iter().find(|point| !point.iter().all(|v| v.abs() <= MAX_COORDINATE)) {
        return wrong(format!(
            "the point ({x}, {y}) cannot be learned; both numbers must be from −{MAX_COORDINATE} to {MAX_COORDINATE}"
        ));
    }
    Ok(())
}

/// The learner's pictures as the network takes them: gray, square, 32 pixels a side.
fn own_pictures(pictures: &[Picture]) -> Result<Vec<Picture>, LabError> {
    let wrong = |why: String| Err(LabError::Own { why });
    if pictures.is_empty() {
        return wrong(
            "`data` is \"own-pictures\", and there are none; draw some, or open a folder of them".to_owned(),
        );
    }
    if pictures.len() > MAX_PICTURES {
        let num = pictures.len();
        return wrong(format!(
            "{num} pictures are too many to learn from here; choose at most {MAX_PICTURES}"
        ));
    }
    pictures.iter().zip(1..).map(|(picture, nth)| own_picture(picture, nth)).collect()
}

pub(crate) fn own_picture(picture: &Picture, nth: usize) -> Result<Picture, LabError> {
    let (c, h, w) = picture.dim();
    let wrong = |why: String| Err(LabError::Own { why });
    if !matches!(c, 1 | 3) || h == 0 || w == 0 {
        return wrong(format!(
            "picture {nth} is {h}×{w} with {c} channels; a picture to learn from has 1 or 3 channels and at least one pixel"
        ));
    }
    if picture.iter().any(|value| !value.is_finite()) {
        return wrong(format!("picture {nth} has a value that is not a number; leave it out"));
    }
    Ok(fitted(picture, 1, SIDE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::context;

    fn material(
        data: &str,
        own_pictures: Vec<Picture>,
        own_points: Vec<[f32; 2]>,
    ) -> Result<Material, LabError> {
        Material::load(data, 0, &Context { own_pictures, own_points, ..context(None) })
    }

    #[track_caller]
    fn refused(data: &str, own_pictures: Vec<Picture>, own_points: Vec<[f32; 2]>, says: &str) {
        let error = material(data, own_pictures, own_points).err().unwrap().to_string();
        assert!(error.contains(says), "{error}");
    }

    #[test]
    fn what_is_the_learners_own_is_refused_in_a_sentence() {
        refused("own-pictures", Vec::new(), Vec::new(), "there are none; draw some, or open a folder");
        let good = Picture::zeros((1, 40, 30));
        let four_channels = Picture::zeros((4, 8, 8));
        refused(
            "own-pictures",
            vec![good.clone(), four_channels],
            Vec::new(),
            "picture 2 is 8×8 with 4 channels",
        );
        let not_a_number = Picture::from_elem((1, 8, 8), f32::NAN);
        refused("own-pictures", vec![not_a_number], Vec::new(), "picture 1 has a value that is not a number");
        refused("own-pictures", vec![Picture::zeros((3, 0, 5))], Vec::new(), "at least one pixel");
        refused("own-pictures", vec![good; 5001], Vec::new(), "5001 pictures are too many");
        refused("drawn-points", Vec::new(), vec![[0.0, 0.0]; 3], "3 points are drawn; draw 8 to 4096");
        let mut points = vec![[0.5, 0.5]; 20];
        points[7] = [0.1, f32::INFINITY];
        refused("drawn-points", Vec::new(), points, "the point (0.1, inf) cannot be learned");
    }

    #[test]
    fn an_own_picture_becomes_gray_and_square_and_keeps_its_mean() {
        // A wide picture with a white middle: its left and right edges are cut off.
        let mut wide = Picture::from_elem((3, 64, 128), -1.0);
        wide.slice_mut(ndarray::s![.., .., 32..96]).fill(0.5);
        let small = own_picture(&wide, 1).unwrap();
        assert_eq!(small.dim(), (1, 32, 32));
        assert!(small.iter().all(|value| (value - 0.5).abs() < 1e-5), "{small}");
        for side in [7, 32, 50, 333] {
            let ramp = Picture::from_shape_fn((1, side, side), |(_, y, _)| {
                2.0 * (y as f32 + 0.5) / side as f32 - 1.0
            });
            let small = own_picture(&ramp, 1).unwrap();
            assert!(small.mean().unwrap().abs() < 1e-5, "{side}: {}", small.mean().unwrap());
            assert!(small[[0, 0, 0]] < small[[0, 31, 0]], "{side}");
        }
    }

    #[test]
    fn eight_digits_are_eight_and_points_are_drawn_once_and_for_all() {
        let Examples::Pictures(eight) = material("eight-digits", Vec::new(), Vec::new()).unwrap().examples
        else {
            panic!("digits are pictures");
        };
        let labels: Vec<_> = eight.iter().map(|(_, label)| *label).collect();
        assert_eq!(labels, [0, 1, 2, 3, 4, 5, 6, 7]);
        let points = |own| {
            let material = material("drawn-points", Vec::new(), own).unwrap();
            let Examples::Points(points) = material.examples else { panic!("points are points") };
            (points, material.fresh_points)
        };
        let drawn: Vec<_> = (0..10).map(|i| [0.1 * i as f32 - 0.5, 0.3]).collect();
        let (points_a, fresh) = points(drawn.clone());
        assert_eq!(points_a, points(drawn).0);
        assert_ne!(points_a, fresh);
        assert!(points_a.iter().all(|[_, y]| (y - 0.3).abs() < 0.12));
    }
}
