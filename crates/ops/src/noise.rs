//! Noise that is counted, not streamed: a value is a function of (seed, stream, sample, step).
//!
//! Whatever was drawn before, in whichever batch and on however many threads, the same four numbers give the same
//! noise; so rewinding, branching or asking for more pictures never changes a picture.
//! Underneath is ChaCha (Bernstein 2008), whose key, stream and position can be set directly.

use candle_core::{Device, Result, Tensor};
use ndarray::{Array, Dimension, ShapeBuilder};
use ndarray_rand::RandomExt;
use ndarray_rand::rand::{Rng, SeedableRng};
use ndarray_rand::rand_distr::StandardNormal;
use rand_chacha::ChaCha12Rng;

/// What a noise is for. Two purposes never share a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// The noise x_T that sampling starts from.
    Init = 1,
    /// The noise that a sampler adds in a step.
    Step = 2,
    /// The noise that dissolves a picture.
    Forward = 3,
    /// Initial weights.
    Weights = 4,
    /// The order in which training meets the data, and how it varies them.
    Data = 5,
    /// The timesteps that training draws.
    Timesteps = 6,
    /// Which labels and units training drops.
    Dropout = 7,
    /// What a generator makes its samples of, in training.
    Latent = 8,
    /// Where between a real sample and a made one training looks.
    Between = 9,
    /// The noise on what is known of a picture while the rest is made up.
    Known = 10,
    /// The noise that takes a sample a step back, so that the step is taken again.
    Back = 11,
}

/// All the randomness that grows from one seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noise {
    seed: u64,
}

impl Noise {
    /// The randomness of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The seed it grows from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// A generator for one purpose, sample and step, with room for 2³² words before the next step's begin.
    #[must_use]
    pub fn rng(&self, stream: Stream, sample: u64, step: u64) -> ChaCha12Rng {
        // The key holds seed and purpose; ChaCha's own stream number the sample; its position the step.
        let mut key = [0; 32];
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        key[8] = stream as u8;
        let mut rng = ChaCha12Rng::from_seed(key);
        rng.set_stream(sample);
        rng.set_word_pos(u128::from(step) << 32);
        rng
    }

    /// `n` independent standard normal numbers.
    #[must_use]
    pub fn normal(&self, stream: Stream, sample: u64, step: u64, n: usize) -> Vec<f32> {
        self.normal_array(stream, sample, step, n).into_raw_vec_and_offset().0
    }

    /// `n` independent numbers, uniform from 0 up to but not 1.
    #[must_use]
    pub fn uniform(&self, stream: Stream, sample: u64, step: u64, n: usize) -> Vec<f32> {
        let mut rng = self.rng(stream, sample, step);
        (0..n).map(|_| rng.random()).collect()
    }

    /// An array of independent standard normal numbers, filled in row-major order.
    #[must_use]
    pub fn normal_array<Sh, D>(&self, stream: Stream, sample: u64, step: u64, shape: Sh) -> Array<f32, D>
    where
        Sh: ShapeBuilder<Dim = D>,
        D: Dimension,
    {
        Array::random_using(shape, StandardNormal, &mut self.rng(stream, sample, step))
    }

    /// Standard normal noise for a batch, each sample with its own.
    ///
    /// # Shapes
    /// - `shape`: that of one sample, `(c, h, w)` say
    /// - returns `(num_samples, …shape)`, of f32, for the samples `first_sample..first_sample + num_samples`
    ///
    /// # Errors
    /// When the device has no room.
    pub fn normal_tensor(
        &self,
        stream: Stream,
        first_sample: u64,
        num_samples: usize,
        step: u64,
        shape: &[usize],
        device: &Device,
    ) -> Result<Tensor> {
        let n = shape.iter().product();
        let values: Vec<f32> = (first_sample..)
            .take(num_samples)
            .flat_map(|sample| self.normal(stream, sample, step, n))
            .collect();
        Tensor::from_vec(values, [&[num_samples], shape].concat(), device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_depends_on_nothing_but_its_four_numbers() {
        let noise = Noise::new(7);
        let batch = noise.normal_tensor(Stream::Init, 0, 16, 3, &[2, 4, 4], &Device::Cpu).unwrap();
        let part = noise.normal_tensor(Stream::Init, 5, 2, 3, &[2, 4, 4], &Device::Cpu).unwrap();
        let same = batch.narrow(0, 5, 2).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_eq!(same, part.flatten_all().unwrap().to_vec1::<f32>().unwrap());
    }

    #[test]
    fn each_of_the_four_numbers_changes_the_noise() {
        let base = Noise::new(1).normal(Stream::Init, 2, 3, 8);
        for other in [
            Noise::new(2).normal(Stream::Init, 2, 3, 8),
            Noise::new(1).normal(Stream::Step, 2, 3, 8),
            Noise::new(1).normal(Stream::Init, 3, 3, 8),
            Noise::new(1).normal(Stream::Init, 2, 4, 8),
        ] {
            assert!(base.iter().zip(&other).all(|(a, b)| a != b), "{base:?} and {other:?} share a value");
        }
    }

    /// Golden values: a picture must come out the same next year, and on another machine.
    #[test]
    fn the_first_values_are_pinned() {
        let values = Noise::new(0).normal(Stream::Init, 0, 0, 3);
        assert_close(&values, &PINNED);
    }

    const PINNED: [f32; 3] = [0.088_515_06, -0.486_679_9, -1.225_417_4];

    fn assert_close(found: &[f32], expected: &[f32]) {
        let error = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(error < 1e-6, "expected {expected:?}, found {found:?}");
    }

    #[test]
    fn it_is_standard_normal() {
        let values = Noise::new(3).normal(Stream::Forward, 0, 0, 100_000);
        let n = values.len() as f64;
        let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
        let variance = values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / n;
        // Five standard errors.
        assert!(mean.abs() < 5.0 / n.sqrt(), "mean {mean}");
        assert!((variance - 1.0).abs() < 5.0 * (2.0 / n).sqrt(), "variance {variance}");
    }
}
