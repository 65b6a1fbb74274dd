//! Which processor a cell computes on.

use candle_core::Device;

/// Adds the choice of a device to candle's [`Device`].
pub trait AutoDevice {
    /// The fastest device that this library was built for and that answers: a GPU, else the CPU, which always does.
    fn auto() -> Self;
}

impl AutoDevice for Device {
    fn auto() -> Self {
        noisebook_ops::device("auto").unwrap_or(Self::Cpu)
    }
}
