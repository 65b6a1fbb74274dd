//! What a cell names without saying where it comes from.

pub use crate::{
    AutoDevice, Branching, Film, Named, Plot, PlotSchedule, Recording, Save, Show, Shown, StartSampling,
    StateFile, experiment, grid2, load_digits, load_model, picture, picture_file, pictures, plot, points,
    progress, read_digits, row, scatter, table,
};

pub use candle_core::{D, DType, Device, IndexOp, Module, Tensor, Var};
pub use candle_nn::{AdamW, Optimizer, ParamsAdamW, VarBuilder, VarMap};
pub use ndarray::{Array, Array1, Array2, Array3, Array4, Axis, Zip, array, s};
pub use ndarray_rand::RandomExt;
pub use noisebook_data::{Digits, Emoji, Picture, Split};
pub use noisebook_diffusion::{
    Alteration, BatchNoise, Clip, Cond, Denoiser, DrawnSchedule, Guidance, NoiseSchedule, Prediction, Rates,
    Sampler, SamplerConfig, SamplerName, Sampling, ScheduleName, Spacing, q_sample, q_sample_array,
    q_sample_each,
};
pub use noisebook_lab::State;
pub use noisebook_nets::{Mlp, MlpConfig};
pub use noisebook_ops::{Noise, Stream, linear, mse_loss, silu};
pub use noisebook_shelf::DiffusionModel;
pub use noisebook_train::Parameters;
