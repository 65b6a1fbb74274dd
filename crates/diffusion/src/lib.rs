//! Diffusion: how a picture dissolves into noise, and how a network's guesses bring one back.
//!
//! The forward half is arithmetic. A [`NoiseSchedule`] says how much of the picture and how much
//! of the noise is left after `t` steps, and [`q_sample`] mixes the two. The backward half asks a
//! [`Denoiser`] what it sees in `x_t`, reads the answer by its [`Prediction`], and lets a
//! [`Sampler`] take one step towards `x_0`; [`Sampling`] walks a whole batch from `x_T` to `x_0`, or,
//! with an [`Alteration`], from a picture part of the way up and back.
//!
//! What this crate may know: tables of `f64`, tensors, counted noise. What it must not know: any
//! network, data set, file, clock, thread or window. So a sampler runs on a formula as well as on
//! a U-Net, and [`trace`] uses that to compare every sampler with other implementations.
//!
//! # Invariants
//! - **Two ways to count.** `t` counts the steps applied: `t = 0` is the picture, `t = T` the end.
//!   A `timestep` is diffusers' index into the tables: `timestep = t − 1`. Schedules are asked by
//!   `t` ([`NoiseSchedule::at`]); samplers and denoisers speak of timesteps, which may be real numbers.
//!   On the straight path of flow matching the timestep is `1000 · t / T`.
//! - **Schedules are `f64` tables.** A rate meets a tensor only as the last factor, and the tensor
//!   keeps its own dtype.
//! - **Nothing here is random by itself.** Noise is drawn from [`noisebook_ops::Noise`] by (seed,
//!   stream, sample, step), so neither the batch size nor the order of work changes a picture.
//! - **Defaults are those of diffusers 0.42**, and golden numbers made with it keep them so.
//! - **Every step is detached**: sampling never builds a graph.

mod batch_noise;
mod ddim;
mod ddpm;
mod denoiser;
mod dpmpp_2m;
mod drawn;
mod editing;
mod error;
mod euler;
mod euler_ancestral;
mod flow_euler;
mod gaussian;
mod guidance;
mod heun;
mod inversion;
mod names;
mod noising;
mod prediction;
mod sampler;
mod sampling;
mod schedule;
mod sigma_space;
mod spacing;
mod stations;
mod trace;
mod unipc;

pub use batch_noise::BatchNoise;
pub use ddim::Ddim;
pub use ddpm::{Ddpm, Variance};
pub use denoiser::{Cond, Denoiser};
pub use dpmpp_2m::DpmPp2m;
pub use drawn::DrawnSchedule;
pub use editing::Alteration;
pub use error::{DiffusionError, Result};
pub use euler::Euler;
pub use euler_ancestral::EulerAncestral;
pub use flow_euler::FlowEuler;
pub use gaussian::GaussianDenoiser;
pub use guidance::Guidance;
pub use heun::Heun;
pub use inversion::Inversion;
pub use noising::{q_sample, q_sample_array, q_sample_each};
pub use prediction::Prediction;
pub use sampler::{Clip, Sampler, SamplerConfig, SamplerName, StepOutput, Stride};
pub use sampling::{Sampling, SamplingStep};
pub use schedule::{NoiseSchedule, Rates, ScheduleName};
pub use spacing::Spacing;
pub use stations::Station;
pub use trace::{Trace, TracePoint, trace};
pub use unipc::UniPc;
