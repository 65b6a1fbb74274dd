//! Arguments that several commands share.

use std::path::Path;

use anyhow::Context as _;

/// Where the network computes.
#[derive(Debug, Clone, clap::Args)]
pub struct DeviceArgs {
    /// Where to compute: cpu, cuda, metal, or auto for the fastest that works
    #[arg(long, value_name = "D", default_value = "cpu", value_parser = ["cpu", "cuda", "metal", "auto"])]
    pub device: String,
}

/// The bytes of a learner's file.
///
/// # Errors
/// When it cannot be read; the sentence names it.
pub fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("could not read {}", path.display()))
}
