//! Pictures with captions, drawn on the fly: as many as a training asks for, and none kept.

use ndarray_rand::rand::Rng;
use noisebook_data::{Picture, Scene, Tokenizer};
use noisebook_ops::{Noise, Stream};

use crate::{DataSet, TrainError};

/// Where captioned pictures come from.
pub(crate) enum Captioned {
    /// Scenes of this side, drawn as they are asked for.
    Scenes {
        /// In pixels.
        side: usize,
    },
}

impl Captioned {
    /// The set that the recipe of model `name` names, for pictures of `[c, h, w]`.
    pub(crate) fn of(set: DataSet, name: &str, [c, side, _]: [usize; 3]) -> Result<Self, TrainError> {
        let wrong = |why: &str| TrainError::Recipe { name: name.to_owned(), why: why.to_owned() };
        if set != DataSet::Scenes {
            return Err(wrong("a text-denoiser learns from pictures with captions: use `data = \"scenes\"`"));
        }
        if c != 3 {
            return Err(wrong("scenes have colors: use `in_channels = 3` in [net]"));
        }
        Ok(Self::Scenes { side })
    }

    /// The words of its captions.
    pub(crate) fn tokenizer(&self) -> Tokenizer {
        match self {
            Self::Scenes { .. } => Tokenizer::of_scenes(),
        }
    }

    /// Sample `sample` of update `update` and what it is called: a function of these numbers and the seed.
    pub(crate) fn draw(&self, noise: Noise, sample: usize, update: usize) -> (Picture, String) {
        let mut rng = noise.rng(Stream::Data, sample as u64, update as u64);
        let mut uniform = || rng.random::<f32>();
        match self {
            Self::Scenes { side } => {
                let scene = Scene::draw(&mut uniform);
                (scene.picture(*side), scene.caption(uniform()))
            }
        }
    }
}
