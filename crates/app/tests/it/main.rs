//! The window driven by role and label, without a display.

mod denoising;
mod noising;
mod screens;
mod support;
