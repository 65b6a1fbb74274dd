//! Which processor does the arithmetic.

use candle_core::Device;
use thiserror::Error;

/// Why a device cannot be used.
#[derive(Debug, Error)]
pub enum DeviceError {
    /// The name is none of ours.
    #[error("unknown device `{0}`: expected cpu, cuda, metal or auto")]
    Unknown(String),
    /// This build or this machine does not have it.
    #[error("the device `{name}` cannot be used: {why}. Use `--device cpu`, which works everywhere")]
    Unavailable {
        /// The device asked for.
        name: String,
        /// What candle said.
        why: String,
    },
}

/// The device called `cpu`, `cuda`, `metal`, or with `auto` the fastest that this build and machine have.
///
/// # Errors
/// When the name is unknown or the device cannot be used.
pub fn device(name: &str) -> Result<Device, DeviceError> {
    let unavailable = |error: candle_core::Error| DeviceError::Unavailable {
        name: name.to_owned(),
        why: error.to_string().lines().next().unwrap_or_default().to_owned(),
    };
    match name {
        "cpu" => Ok(Device::Cpu),
        "cuda" => Device::new_cuda(0).map_err(unavailable),
        "metal" => Device::new_metal(0).map_err(unavailable),
        "auto" => {
            let gpu = Device::new_cuda(0).or_else(|_| Device::new_metal(0));
            Ok(gpu.unwrap_or(Device::Cpu))
        }
        other => Err(DeviceError::Unknown(other.to_owned())),
    }
}

/// The name by which [`device`] finds it again.
#[must_use]
pub fn device_name(device: &Device) -> &'static str {
    match device {
        Device::Cpu => "cpu",
        Device::Cuda(_) => "cuda",
        Device::Metal(_) => "metal",
    }
}
