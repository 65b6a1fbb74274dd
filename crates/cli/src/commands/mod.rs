//! The commands, one a file, and the one place that lists them.

mod bench;
mod bench_live;
mod check;
mod data;
mod device_test;
mod doctor;
mod doctor_cells;
mod eval;
mod eval_gan;
mod eval_text;
mod lessons;
mod models;
mod noise;
mod notebooks;
mod open;
mod replay;
mod sample;
mod sample_alter;
mod sample_gan;
mod sample_record;
mod schedule;
mod tour;
mod trace;
mod train;
mod window;

use clap::{Parser, Subcommand};

/// Watch a picture come out of noise, then change the code that did it.
///
/// Without a command it opens the window; where there is no display it says so and does the tour.
#[derive(Debug, Parser)]
#[command(
    name = "noisebook",
    bin_name = "noisebook",
    version,
    max_term_width = 100,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    window: window::WindowArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write every lesson's pages and figures, computed now, to DIR/index.html
    Tour(tour::TourArgs),
    /// Open a state, a notebook or a lesson in the window
    Open(open::OpenArgs),
    /// Write the pictures of a state that was saved in the window, without a window
    Replay(replay::ReplayArgs),
    /// Print a noise schedule: betas, `alphas_cumprod` and the signal-to-noise ratio
    Schedule(schedule::ScheduleArgs),
    /// Add t steps of noise to a picture of your own
    Noise(noise::NoiseArgs),
    /// Run a sampler on a model known in closed form, to compare with other implementations
    Trace(trace::TraceArgs),
    /// Make pictures out of noise with a model from the shelf, or alter one of your own
    Sample(sample::SampleArgs),
    /// Train a model by a recipe, with a progress bar or JSON lines
    Train(train::TrainArgs),
    /// Measure a model with the scores of its card
    Eval(eval::EvalArgs),
    /// List the models on the shelf
    Models(models::ModelsArgs),
    /// List the data sets, with their licenses
    Data(data::DataArgs),
    /// List the lessons of the course
    Lessons(lessons::LessonsArgs),
    /// Make the notebooks for Jupyter from the lessons, or check them
    Notebooks(notebooks::NotebooksArgs),
    /// Check that lessons, models, data and licenses fit together
    Check(check::CheckArgs),
    /// Time the operations under the networks, or the digits model
    Bench(bench::BenchArgs),
    /// Test the devices, say where the files are, what is missing and how to get it
    Doctor(doctor::DoctorArgs),
}

impl Cli {
    /// Does what was asked.
    ///
    /// # Errors
    /// With one sentence, as [`crate::outcome`] has it.
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            None => window::run(&self.window),
            Some(Command::Tour(args)) => tour::run(&args),
            Some(Command::Open(args)) => open::run(&args),
            Some(Command::Replay(args)) => replay::run(&args),
            Some(Command::Schedule(args)) => schedule::run(&args),
            Some(Command::Noise(args)) => noise::run(&args),
            Some(Command::Trace(args)) => trace::run(&args),
            Some(Command::Sample(args)) => sample::run(&args),
            Some(Command::Train(args)) => train::run(&args),
            Some(Command::Eval(args)) => eval::run(&args),
            Some(Command::Models(args)) => models::run(&args),
            Some(Command::Data(args)) => data::run(&args),
            Some(Command::Lessons(args)) => lessons::run(&args),
            Some(Command::Notebooks(args)) => notebooks::run(&args),
            Some(Command::Check(args)) => check::run(&args),
            Some(Command::Bench(args)) => bench::run(&args),
            Some(Command::Doctor(args)) => doctor::run(&args),
        }
    }
}
