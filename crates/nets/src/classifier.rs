//! A small classifier of pictures, which judges what the generators draw and never takes part in their training.

use candle_nn::VarBuilder;
use noisebook_ops::{Activation, Error, Result, Tensor, silu, space_to_depth};
use serde::{Deserialize, Serialize};

use crate::layers::{Conv2d, GroupNorm, Linear};
use crate::unet_body::{MAX_CHANNELS, MAX_CLASSES, MAX_SIZE};

/// The shape of a [`Classifier`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassifierConfig {
    /// Channels of a picture.
    pub in_channels: usize,
    /// Side of a picture in pixels, a multiple of 8.
    pub size: usize,
    /// Channels of the three convolutions; each a multiple of 8.
    pub channels: [usize; 3],
    /// Length of the feature vector on which distances between sets of pictures are measured.
    pub num_features: usize,
    /// Number of classes.
    pub num_classes: usize,
}

impl Default for ClassifierConfig {
    fn default() -> Self {
        Self { in_channels: 1, size: 32, channels: [32, 64, 64], num_features: 64, num_classes: 10 }
    }
}

impl ClassifierConfig {
    /// Whether a network can be made from it.
    ///
    /// # Errors
    /// When it contradicts itself, or is larger than any network here should be.
    pub fn check(&self) -> Result<()> {
        let wrong = |what: &str| Err(Error::Msg(format!("[net] {what}")));
        let fits = |n: usize, max: usize| (1..=max).contains(&n);
        if !fits(self.size, MAX_SIZE) || !self.size.is_multiple_of(8) {
            return wrong("`size` must be a multiple of 8, from 8 to 1024");
        }
        if self.channels.iter().any(|&c| !fits(c, MAX_CHANNELS) || !c.is_multiple_of(NUM_GROUPS)) {
            return wrong("`channels` must be multiples of 8, from 8 to 4096");
        }
        if !fits(self.in_channels, MAX_CHANNELS)
            || !fits(self.num_features, MAX_CHANNELS)
            || !fits(self.num_classes, MAX_CLASSES)
        {
            return wrong("`in_channels`, `num_features` and `num_classes` must be at least 1 and not huge");
        }
        Ok(())
    }
}

/// Three convolutions that halve the side each, then two fully connected layers.
pub struct Classifier {
    conv1: Conv2d,
    norm1: GroupNorm,
    conv2: Conv2d,
    norm2: GroupNorm,
    conv3: Conv2d,
    norm3: GroupNorm,
    features: Linear,
    logits: Linear,
}

/// Groups of each normalization.
const NUM_GROUPS: usize = 8;

impl Classifier {
    /// The network with the weights of `vb`.
    ///
    /// # Errors
    /// When the config contradicts itself, or a tensor is missing or has another shape.
    pub fn new(config: &ClassifierConfig, vb: &VarBuilder<'_>) -> Result<Self> {
        config.check()?;
        let [c1, c2, c3] = config.channels;
        let norm = |c, vb: VarBuilder<'_>| GroupNorm::new(NUM_GROUPS, c, Activation::Silu, &vb);
        let side = config.size >> 3;
        Ok(Self {
            conv1: Conv2d::new(4 * config.in_channels, c1, 3, &vb.pp("conv1"))?,
            norm1: norm(c1, vb.pp("norm1"))?,
            conv2: Conv2d::new(4 * c1, c2, 3, &vb.pp("conv2"))?,
            norm2: norm(c2, vb.pp("norm2"))?,
            conv3: Conv2d::new(4 * c2, c3, 3, &vb.pp("conv3"))?,
            norm3: norm(c3, vb.pp("norm3"))?,
            features: Linear::new(c3 * side * side, config.num_features, &vb.pp("features"))?,
            logits: Linear::new(config.num_features, config.num_classes, &vb.pp("logits"))?,
        })
    }

    /// What the last layer but one says: pictures that look alike are near each other here.
    ///
    /// # Shapes
    /// - `x`: `(b, in_channels, size, size)`
    /// - returns `(b, num_features)`
    ///
    /// # Errors
    /// When the shape is not as above.
    pub fn features(&self, x: &Tensor) -> Result<Tensor> {
        let x = self.norm1.forward(&self.conv1.forward(&space_to_depth(x)?)?)?;
        let x = self.norm2.forward(&self.conv2.forward(&space_to_depth(&x)?)?)?;
        let x = self.norm3.forward(&self.conv3.forward(&space_to_depth(&x)?)?)?;
        silu(&self.features.forward(&x.flatten_from(1)?)?)
    }

    /// The logarithm of how likely each class is, up to a constant, from [`Self::features`].
    ///
    /// # Shapes
    /// - `features`: `(b, num_features)`
    /// - returns `(b, num_classes)`
    ///
    /// # Errors
    /// When the shape is not as above.
    pub fn logits(&self, features: &Tensor) -> Result<Tensor> {
        self.logits.forward(features)
    }
}
