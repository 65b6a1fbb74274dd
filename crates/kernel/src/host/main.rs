//! The host: the process around evcxr that compiles and runs cells, for the window and for Jupyter.
//!
//! - `noisebook-kernel serve` answers the window's requests on its standard input ([`serve`]).
//! - `noisebook-kernel --control_file FILE` is a kernel for Jupyter; evcxr's own code speaks its protocol.
//! - `noisebook-kernel template` compiles what every session starts from.
//!
//! evcxr starts this program twice more: as the child that holds the learner's variables, and around rustc. Both are told
//! by the environment, so the first line of `main` asks for that.
//! Where things are comes by the environment too: see `noisebook_kernel::setup`.

mod commands;
mod diagnose;
mod printed;
mod processes;
mod serve;
mod session;
mod template;

use std::process::ExitCode;

fn main() -> ExitCode {
    evcxr::runtime_hook();
    let outcome = match std::env::args().nth(1).as_deref() {
        Some("serve") => session::Session::enter().and_then(|session| serve::run(&session)),
        Some("template") => template::build(),
        Some("--control_file") => session::Session::enter().and_then(|_session| {
            evcxr_jupyter::main().map_err(|error| std::io::Error::other(format!("{error:#}")))
        }),
        _ => {
            eprintln!(
                "noisebook-kernel runs Rust cells for Noisebook and for Jupyter, which start it; \
                 `noisebook notebooks setup` sets it up."
            );
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("noisebook-kernel: {error}");
            ExitCode::FAILURE
        }
    }
}
