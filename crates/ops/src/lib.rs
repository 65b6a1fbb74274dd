//! The lowest layer that knows candle: operations that are right and fast, noise that is counted, and the choice of a device.
//!
//! candle's own CPU convolutions and normalizations are several times slower than they need to be,
//! and some of its operations drop or corrupt gradients without an error.
//! Networks therefore call only this crate.
//! Each operation has one meaning on every device: on the CPU our own kernel runs, elsewhere candle's own operations do.
//!
//! Invariants:
//! - The same input gives the same bits for any number of threads and for any batch around it:
//!   a sample's result never depends on its neighbors.
//! - All randomness is [`Noise`]: a value is a function of (seed, stream, sample, step), never of what was drawn before.
//! - Gradients are of first order: candle hands them out as plain values, without a history. Whoever needs the gradient of
//!   a gradient writes the inner one out as operations.
//!
//! Deliberately absent: schedules, networks, data, clocks, files.

mod adam;
mod attention;
mod concat;
mod conv;
mod device;
mod elementwise;
mod embedding;
mod group_norm;
mod kernel;
mod layer_norm;
mod linear;
mod loss;
mod noise;
mod patches;
mod resample;
mod softmax;

pub use adam::{Adam, Sgd, Trained};
pub use attention::{attention, attention_with_weights};
pub use concat::concat_channels;
pub use conv::{Prepared, Window, conv_transpose2d, conv2d, conv2d_with};
pub use device::{DeviceError, device, device_name};
pub use elementwise::{gelu, leaky_relu, silu, tanh};
pub use embedding::embedding;
pub use group_norm::{Activation, group_norm};
pub use kernel::parallel::on_pool;
pub use layer_norm::{layer_norm, rms_norm};
pub use linear::{linear, matmul};
pub use loss::{bce_with_logits, cross_entropy, mse_loss, squared_norm, sum_squares};
pub use noise::{Noise, Stream};
pub use patches::{depth_to_space, patchify, space_to_depth, unpatchify};
pub use resample::{avg_pool2x, upsample_nearest2x};
pub use softmax::softmax;

pub use candle_core::{DType, Device, Error, Result, Tensor};
