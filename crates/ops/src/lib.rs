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
//! - Gradients are of first order: a backward pass through a backward pass is refused, not silently wrong.
//!
//! Deliberately absent: schedules, networks, data, clocks, files.

mod attention;
mod conv2d;
mod device;
mod group_norm;
mod kernel;
mod linear;
mod noise;
mod shuffle;

pub use attention::attention;
pub use conv2d::conv2d;
pub use device::{DeviceError, device, device_name};
pub use group_norm::{Activation, group_norm};
pub use linear::linear;
pub use noise::{Noise, Stream};
pub use shuffle::{depth_to_space, space_to_depth};

pub use candle_core::{DType, Device, Error, Result, Tensor};
