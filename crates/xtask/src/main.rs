//! Chores of this repository: `cargo xtask test` checks everything, `cargo xtask import` makes the assets anew.

mod import;
mod test;

fn main() -> std::process::ExitCode {
    let mut args = std::env::args().skip(1);
    let outcome = match args.next().as_deref() {
        Some("test") => test::run(args),
        Some("import") => import::run(args),
        _ => Err(anyhow::anyhow!(
            "expected one of:\n  cargo xtask test [FILTER]\n  cargo xtask import [--from DIR] [--out DIR]"
        )),
    };
    match outcome {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
