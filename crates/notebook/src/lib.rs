//! The one dependency of cells and notebooks: our crates, candle and ndarray, and how their values are displayed.
//!
//! A cell begins where `use noisebook::prelude::*;` ends. [`prelude`] holds what lessons name; whoever needs more finds
//! the crates themselves here ([`diffusion`], [`lab`], …), each with the documentation that it has anyway.
//!
//! - Things are found by name: [`picture`], [`load_model`], [`experiment`]. The folder that has them is [`home()`].
//! - Whatever is a cell's last expression is displayed if it is [`Show`]: pictures, curves, tables, films, and a
//!   `Result` of these, which displays its value or its error. So no teaching cell unwraps.
//! - Every display says in words what is seen, as `text/plain`.
//! - Arrays leave by [`Save`], long loops report by [`progress()`].
//!
//! What holds:
//! - This is a dynamic library, and the only one. candle tells tensors apart by a counter; in a static library every
//!   cell would have a counter of its own, and a gradient over two cells would be wrong.
//! - There is no global allocator in it, for cells bring their own.
//! - What is printed ends its line: a cell that leaves a line open keeps its reader waiting.
//! - A page that is displayed fetches nothing.
//!
//! Unlike the crates below, this one has files, a clock and printing: it stands where a learner's own program stands.
//! It knows nothing of egui, lessons or evcxr.

mod curves;
mod device;
mod error;
mod film;
mod find;
mod home;
mod pictures;
mod points;
pub mod prelude;
mod progress;
mod reading;
mod reel;
mod sampling;
mod save;
mod schedule;
mod show;
mod state;
mod table;
mod words;

pub use curves::{Plot, Point, plot};
pub use device::AutoDevice;
pub use error::{Error, Result};
pub use film::{Branching, Film, Run, experiment};
pub use find::{load_digits, load_model, picture, picture_file};
pub use home::{home, store};
pub use pictures::{Pictured, Row, pictures, row};
pub use points::{Scatter, points, scatter};
pub use progress::progress;
pub use reading::read_digits;
pub use reel::{Grid2, Recording, grid2};
pub use sampling::StartSampling;
pub use save::{Named, Number, Save};
pub use schedule::PlotSchedule;
pub use show::{Show, Shown};
pub use state::StateFile;
pub use table::{Entry, Table, table};

pub use candle_core;
pub use candle_nn;
pub use ndarray;
pub use ndarray_rand;
pub use noisebook_data as data;
pub use noisebook_diffusion as diffusion;
pub use noisebook_figures as figures;
pub use noisebook_lab as lab;
pub use noisebook_nets as nets;
pub use noisebook_ops as ops;
pub use noisebook_probe as probe;
pub use noisebook_shelf as shelf;
pub use noisebook_train as train;

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    /// What a learner writes in a cell, word for word.
    fn train() -> Result<(f32, Vec<f32>), Box<dyn std::error::Error>> {
        let device = Device::auto();
        let x = Noise::new(0).normal_tensor(Stream::Data, 0, 64, 0, &[1], &device)?;
        let y = ((&x * 3.0)? + 0.5)?;
        let (w, b) = (Var::zeros((1, 1), DType::F32, &device)?, Var::zeros(1, DType::F32, &device)?);
        let mut adam = AdamW::new_lr(vec![w.clone(), b.clone()], 0.1)?;
        let mut losses: Vec<f32> = Vec::new();
        for _update in progress("training", 0..200) {
            let loss = mse_loss(&linear(&x, &w, &b)?, &y)?;
            adam.backward_step(&loss)?;
            losses.push(loss.to_scalar()?);
        }
        Ok((w.flatten_all()?.get(0)?.to_scalar()?, losses))
    }

    #[test]
    fn a_cell_can_train() {
        let (w, losses) = train().unwrap();
        assert!((w - 3.0).abs() < 0.1, "w is {w}");
        assert!(losses[199] < 0.01 * losses[0], "{} of {}", losses[199], losses[0]);
        assert!(plot("Loss").line("loss", &losses).show().words().contains("loss falls"));
    }
}
