//! Where the examples of an update come from, and how a network is told what they show: labels, or words.
//!
//! A share of the labels and captions is left out, and "any" or the empty prompt stands for them: so the same network also
//! predicts without being told anything, which guidance needs (Ho and Salimans 2022).

use ndarray_rand::rand::Rng;
use noisebook_data::Tokenizer;
use noisebook_ops::{Device, Error, Noise, Result as TensorResult, Stream, Tensor};

use crate::captioned::Captioned;
use crate::collection::Collection;

/// What a denoiser learns from.
pub(crate) enum Source {
    /// Pictures or points that are kept, each with a label.
    Labelled {
        /// All of them.
        collection: Collection,
        /// Whether every other one is shown mirrored.
        mirror: bool,
    },
    /// Pictures with captions.
    Captioned {
        /// Where they come from.
        captioned: Captioned,
        /// The words of their captions.
        tokenizer: Tokenizer,
    },
}

impl Source {
    /// The examples `(b, …)` of update `update`, and what is said of them: labels `(b,)` or words `(b, max_tokens)`. Each is
    /// left out with the chance `dropout`; in the place of a label there is then `null_label`.
    pub(crate) fn batch(
        &self,
        noise: Noise,
        update: usize,
        b: usize,
        (dropout, null_label): (f64, u32),
        device: &Device,
    ) -> TensorResult<(Tensor, Tensor)> {
        let mut drop_rng = noise.rng(Stream::Dropout, 0, update as u64);
        let mut is_dropped = || drop_rng.random_bool(dropout);
        match self {
            Self::Labelled { collection, mirror } => {
                let mut data_rng = noise.rng(Stream::Data, 0, update as u64);
                let labels = &collection.labels;
                let picks: Vec<usize> = (0..b).map(|_| data_rng.random_range(0..labels.len())).collect();
                let mirrored: Vec<bool> = (0..b).map(|_| *mirror && data_rng.random_bool(0.5)).collect();
                let told: Vec<u32> =
                    picks.iter().map(|&pick| if is_dropped() { null_label } else { labels[pick] }).collect();
                Ok((collection.batch(&picks, &mirrored, device)?, Tensor::new(told, device)?))
            }
            Self::Captioned { captioned, tokenizer } => {
                let (mut values, mut prompts, mut shape) = (Vec::new(), Vec::new(), vec![b]);
                for sample in 0..b {
                    let (picture, caption) = captioned.draw(noise, sample, update);
                    prompts.push(if is_dropped() { String::new() } else { caption });
                    shape.truncate(1);
                    shape.extend(picture.shape());
                    values.extend(picture);
                }
                Ok((Tensor::from_vec(values, shape, device)?, ids(tokenizer, &prompts, device)?))
            }
        }
    }
}

/// The numbers of the words of some prompts, `(n, max_tokens)`.
pub(crate) fn ids(
    tokenizer: &Tokenizer,
    prompts: &[impl AsRef<str>],
    device: &Device,
) -> TensorResult<Tensor> {
    let mut ids = Vec::new();
    for prompt in prompts {
        ids.extend(tokenizer.encode(prompt.as_ref()).map_err(Error::wrap)?.ids);
    }
    Tensor::from_vec(ids, (prompts.len(), tokenizer.max_tokens()), device)
}
