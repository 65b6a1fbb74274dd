//! Pictures with captions: scenes, drawn on the fly, as many as a training asks for and none kept; or emoji, which are what
//! they are.

use ndarray_rand::rand::Rng;
use noisebook_data::{Emoji, Glyph, Picture, Scene, Store, Tokenizer};
use noisebook_ops::{Noise, Stream};

use crate::{DataSet, TrainError};

/// Where captioned pictures come from.
pub(crate) enum Captioned {
    /// Scenes of this side, drawn as they are asked for.
    Scenes {
        /// In pixels.
        side: usize,
        /// Objects of a scene, at most: one with more is drawn again.
        max_objects: usize,
    },
    /// Emoji by four families, but for what is held out.
    Emoji {
        /// What is drawn from, and what says its words.
        glyphs: Vec<(Picture, Glyph)>,
        /// The words of all of them.
        tokenizer: Tokenizer,
    },
}

impl Captioned {
    /// The set that the recipe of model `name` names, for pictures of `[c, h, w]`.
    pub(crate) fn of(
        set: DataSet,
        name: &str,
        [c, side, _]: [usize; 3],
        store: &dyn Store,
    ) -> Result<Self, TrainError> {
        let wrong = |why: &str| TrainError::Recipe { name: name.to_owned(), why: why.to_owned() };
        if c != 3 {
            return Err(wrong("scenes and emoji have colors: use `in_channels = 3` in [net]"));
        }
        match set {
            DataSet::Scenes => Ok(Self::Scenes { side, max_objects: usize::MAX }),
            DataSet::CaptionedEmoji => {
                let emoji = Emoji::load(store)?;
                let mut glyphs = Vec::new();
                for idx in emoji.captioned() {
                    let glyph = &emoji.glyphs()[idx];
                    if !glyph.held_out {
                        glyphs.push((emoji.picture(idx), glyph.clone()));
                    }
                }
                if glyphs.iter().any(|(picture, _)| picture.dim() != (c, side, side)) {
                    return Err(wrong("emoji are 32 pixels high and wide: use `size = 32` in [net]"));
                }
                Ok(Self::Emoji { glyphs, tokenizer: Tokenizer::of_emoji(&emoji) })
            }
            _ => Err(wrong(
                "a text-denoiser learns from pictures with captions: use `data = \"scenes\"` or \
                 `data = \"captioned-emoji\"`",
            )),
        }
    }

    /// Scenes of one object, which are learned while one watches: with two, which color goes with which shape takes an hour.
    pub(crate) fn one_object(side: usize) -> Self {
        Self::Scenes { side, max_objects: 1 }
    }

    /// The words of its captions.
    pub(crate) fn tokenizer(&self) -> Tokenizer {
        match self {
            Self::Scenes { .. } => Tokenizer::of_scenes(),
            Self::Emoji { tokenizer, .. } => tokenizer.clone(),
        }
    }

    /// Sample `sample` of update `update` and what it is called: a function of these numbers and the seed.
    pub(crate) fn draw(&self, noise: Noise, sample: usize, update: usize) -> (Picture, String) {
        let mut rng = noise.rng(Stream::Data, sample as u64, update as u64);
        let mut uniform = || rng.random::<f32>();
        match self {
            Self::Scenes { side, max_objects } => {
                let mut scene = Scene::draw(&mut uniform);
                while scene.objects.len() > *max_objects {
                    scene = Scene::draw(&mut uniform);
                }
                (scene.picture(*side), scene.caption(uniform()))
            }
            Self::Emoji { glyphs, .. } => {
                let (picture, glyph) = &glyphs[rng.random_range(0..glyphs.len())];
                (picture.clone(), glyph.caption(rng.random()))
            }
        }
    }
}

/// Scenes of one object that no update of a training from the same `noise` has drawn, `(3, side, side)` each, and
/// one caption for each.
#[must_use]
pub fn scenes(noise: Noise, side: usize, num: usize) -> Vec<(Picture, String)> {
    let captioned = Captioned::one_object(side);
    (0..num).map(|sample| captioned.draw(noise, sample, NO_UPDATE)).collect()
}

/// What no training comes to.
const NO_UPDATE: usize = u32::MAX as usize;
