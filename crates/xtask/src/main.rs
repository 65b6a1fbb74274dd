//! Chores of this repository: `cargo xtask import` makes the assets anew.

mod import;

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        Some("import") => import::run(args),
        _ => anyhow::bail!("cargo xtask import [--from DIR] [--out DIR]"),
    }
}
