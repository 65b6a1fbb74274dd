//! The objective of a classifier: cross-entropy on pictures that were moved about a little.
//!
//! Four thousand digits are few. Shifting, turning and scaling each one a little whenever it is shown teaches what
//! does not matter (Simard, Steinkraus and Platt 2003).

use ndarray_rand::rand::Rng;
use noisebook_data::{Split, Store};
use noisebook_nets::{Classifier, ClassifierConfig};
use noisebook_ops::{Device, Error, Noise, Result as TensorResult, Stream, Tensor, cross_entropy};

use crate::collection::Collection;
use crate::parameters::Parameters;
use crate::trainer::Turn;
use crate::{Objective, Recipe, TrainError};

/// How far a picture is moved at most, to either side.
const MAX_SHIFT: f32 = 2.5;
/// How far it is turned at most, in radians: about 14 degrees.
const MAX_TURN: f32 = 0.25;
/// How much larger or smaller it becomes at most.
const MAX_SCALE: f32 = 0.15;

/// A classifier learning to read pictures.
pub(crate) struct Classification {
    net: Classifier,
    collection: Collection,
    noise: Noise,
    batch_size: usize,
    device: Device,
}

impl Classification {
    pub(crate) fn new(
        config: &ClassifierConfig,
        recipe: &Recipe,
        noise: Noise,
        store: &dyn Store,
        device: &Device,
    ) -> Result<(Self, Parameters), TrainError> {
        let collection = Collection::load(recipe.data, Split::Probe, store)?;
        collection.check_fit([config.in_channels, config.size], config.num_classes)?;
        let (net, parameters) = Parameters::init(noise, device, |vb| Classifier::new(config, vb))?;
        let batch_size = recipe.batch_size;
        let objective = Self { net, collection, noise, batch_size, device: device.clone() };
        Ok((objective, parameters))
    }
}

impl Objective for Classification {
    fn turn(&self, update: usize, _: usize) -> TensorResult<Turn> {
        let mut rng = self.noise.rng(Stream::Data, 0, update as u64);
        let Collection { labels: known, shape, ground, .. } = &self.collection;
        let &[c, size, _] = &shape[..] else {
            return Err(Error::Msg(format!("a classifier reads pictures (c, h, w), not {shape:?}")));
        };
        let mut pictures = Vec::new();
        let mut labels = Vec::new();
        for _ in 0..self.batch_size {
            let pick = rng.random_range(0..known.len());
            let motion = Motion {
                shift: [rng.random_range(-MAX_SHIFT..MAX_SHIFT), rng.random_range(-MAX_SHIFT..MAX_SHIFT)],
                turn: rng.random_range(-MAX_TURN..MAX_TURN),
                scale: 1.0 + rng.random_range(-MAX_SCALE..MAX_SCALE),
            };
            for channel in self.collection.pictures[pick].chunks_exact(size * size) {
                pictures.extend(motion.apply(channel, size, *ground));
            }
            labels.push(known[pick]);
        }
        let x = Tensor::from_vec(pictures, (self.batch_size, c, size, size), &self.device)?;
        let logits = self.net.logits(&self.net.features(&x)?)?;
        let loss = cross_entropy(&logits, &Tensor::new(labels, &self.device)?)?;
        Ok(Turn::of_all(update, loss))
    }
}

/// A small motion of a picture about its center.
struct Motion {
    /// Pixels to the right and down.
    shift: [f32; 2],
    /// Radians.
    turn: f32,
    /// Factor of its size.
    scale: f32,
}

impl Motion {
    /// One channel, moved: each pixel is read from where it came from, between four pixels if need be, and `ground`
    /// from outside.
    fn apply(&self, picture: &[f32], size: usize, ground: f32) -> Vec<f32> {
        let center = (size as f32 - 1.0) / 2.0;
        let (sin, cos) = (self.turn.sin() / self.scale, self.turn.cos() / self.scale);
        let pixel = |x: f32, y: f32| {
            let inside = |v: f32| (0.0..size as f32).contains(&v);
            if inside(x) && inside(y) { picture[y as usize * size + x as usize] } else { ground }
        };
        let mut moved = Vec::with_capacity(size * size);
        for row in 0..size {
            for column in 0..size {
                let (dx, dy) = (column as f32 - center - self.shift[0], row as f32 - center - self.shift[1]);
                let (x, y) = (center + cos * dx + sin * dy, center - sin * dx + cos * dy);
                let (x0, y0) = (x.floor(), y.floor());
                let (u, v) = (x - x0, y - y0);
                let top = pixel(x0, y0) * (1.0 - u) + pixel(x0 + 1.0, y0) * u;
                let bottom = pixel(x0, y0 + 1.0) * (1.0 - u) + pixel(x0 + 1.0, y0 + 1.0) * u;
                moved.push(top * (1.0 - v) + bottom * v);
            }
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_motion_changes_nothing() {
        let picture: Vec<f32> = (0..64_u8).map(f32::from).collect();
        let still = Motion { shift: [0.0, 0.0], turn: 0.0, scale: 1.0 };
        assert_eq!(still.apply(&picture, 8, -1.0), picture);
    }

    #[test]
    fn a_shift_moves_right_and_fills_with_the_ground() {
        let picture: Vec<f32> = (0..16_u8).map(f32::from).collect();
        let shifted = Motion { shift: [1.0, 0.0], turn: 0.0, scale: 1.0 }.apply(&picture, 4, -1.0);
        assert_eq!(shifted[..4], [-1.0, 0.0, 1.0, 2.0]);
    }
}
