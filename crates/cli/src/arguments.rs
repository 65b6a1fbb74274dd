//! Arguments that several commands share.

use std::fmt::Display;
use std::fs::File;
use std::io::Read as _;
use std::ops::RangeInclusive;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context as _, bail};

/// As in the window: no photograph is larger, and no recipe.
const MAX_MEGABYTES: u64 = 200;

/// Where the network computes.
#[derive(Debug, Clone, clap::Args)]
pub struct DeviceArgs {
    /// Where to compute: cpu, cuda, metal, or auto for the fastest that works
    #[arg(long, value_name = "D", default_value = "cpu", value_parser = ["cpu", "cuda", "metal", "auto"])]
    pub device: String,
}

/// What a number should have been; [`crate::outcome`] puts the argument and its value before it.
#[derive(Debug, thiserror::Error)]
#[error("must be {0}")]
pub struct Expected(String);

/// A number as the value of an argument.
pub trait Number: FromStr + PartialOrd + Display + Clone + Send + Sync + 'static {
    /// What people call it.
    const KIND: &'static str;
}

impl Number for u32 {
    const KIND: &'static str = "a whole number";
}

impl Number for u64 {
    const KIND: &'static str = "a whole number";
}

impl Number for usize {
    const KIND: &'static str = "a whole number";
}

impl Number for f64 {
    const KIND: &'static str = "a number";
}

/// Takes what is typed for a number in `range`.
pub fn within<N: Number>(
    range: RangeInclusive<N>,
) -> impl Fn(&str) -> Result<N, Expected> + Clone + Send + Sync + 'static {
    move |typed| match typed.parse() {
        // NaN is in no range.
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(Expected(format!("{} from {} to {}", N::KIND, range.start(), range.end()))),
    }
}

/// The bytes of a learner's file, or of what another program pipes.
///
/// # Errors
/// When it cannot be read, is a device that may never end, or is too large; the sentence names it.
pub fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let max = MAX_MEGABYTES << 20;
    let mut bytes = Vec::new();
    let result = std::fs::metadata(path).map_err(anyhow::Error::from).and_then(|found| {
        if !found.is_file() && !is_pipe(&found) {
            bail!("it is neither a file nor a pipe");
        }
        // One byte more than is taken tells a file that is too large from one that just fits.
        File::open(path)?.take(max + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > max {
            bail!("it is larger than {MAX_MEGABYTES} MB, the most that is read");
        }
        Ok(())
    });
    result.with_context(|| format!("could not read {}", path.display()))?;
    Ok(bytes)
}

#[cfg(unix)]
fn is_pipe(found: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    found.file_type().is_fifo()
}

#[cfg(not(unix))]
fn is_pipe(_found: &std::fs::Metadata) -> bool {
    false
}
