//! Chores of this repository: `cargo xtask test` checks everything, `cargo xtask import` makes the assets anew.

mod import;
mod test;

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        Some("test") => test::run(args),
        Some("import") => import::run(args),
        _ => anyhow::bail!(
            "expected one of:\n  cargo xtask test [FILTER]\n  cargo xtask import [--from DIR] [--out DIR]"
        ),
    }
}
