//! Chores of this repository: `cargo xtask test` checks everything, `web` checks that it could run in a browser,
//! `cuda` builds for an NVIDIA card, `dist` packs what a release gives out, `site` makes the website, `import` makes the assets
//! anew.

mod cuda;
mod dist;
mod import;
mod notebooks;
mod shell;
mod site;
mod test;
mod web;

const USAGE: &str = "expected one of:
  cargo xtask test [FILTER]
  cargo xtask web --check
  cargo xtask cuda
  cargo xtask dist [--out DIR]
  cargo xtask site [--out DIR]
  cargo xtask import [--from DIR] [--out DIR]";

fn main() -> std::process::ExitCode {
    let mut args = std::env::args().skip(1);
    let outcome = match args.next().as_deref() {
        Some("test") => test::run(args),
        Some("web") => web::run(args),
        Some("cuda") => cuda::run(),
        Some("dist") => dist::run(args),
        Some("site") => site::run(args),
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
