//! The one dependency of cells and notebooks.

pub use candle_core;
pub use ndarray;
pub use noisebook_diffusion as diffusion;
