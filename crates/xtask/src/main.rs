//! Chores of this repository: `cargo xtask test` checks everything, `cargo xtask import` makes the assets anew.

mod import;
mod shell;
mod test;

const USAGE: &str = "expected one of:
  cargo xtask test [FILTER]
  cargo xtask import [--from DIR] [--out DIR]";

fn main() -> std::process::ExitCode {
    let mut args = std::env::args().skip(1);
    let outcome = match args.next().as_deref() {
        Some("test") => test::run(args),
        Some("import") => import::run(args),
        _ => Err(anyhow::anyhow!(USAGE)),
    };
    match outcome {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
