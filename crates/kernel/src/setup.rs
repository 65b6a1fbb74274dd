//! What has to be there before a cell runs.

use std::path::PathBuf;

/// Where things are.
#[derive(Clone, Debug)]
pub struct Locations {
    /// The folder with lessons, models and, for cells to be compiled against, `crates`.
    pub home: PathBuf,
    /// Where the template and the sessions are kept; it can be deleted at any time.
    pub dir: PathBuf,
}
