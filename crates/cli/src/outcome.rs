//! How a command ends: 0 done, 1 failed (said why), 2 wrong use (said how).

use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;

/// Wrong use of a command, in one sentence that says what would be right.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct WrongUse(String);

/// An error that ends the program with 2 and this sentence.
pub fn wrong_use(sentence: impl Into<String>) -> anyhow::Error {
    WrongUse(sentence.into()).into()
}

/// clap's several lines as one sentence: what is wrong, what would be right, where to read more.
pub fn from_clap(error: &clap::Error) -> anyhow::Error {
    let rendered = error.render().to_string();
    let message: Vec<&str> = rendered
        .lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"))
        .filter(|line| !line.is_empty())
        .collect();
    let message = message.join(" ");
    let message = message.strip_prefix("error: ").unwrap_or(&message);
    let usage = rendered.lines().find_map(|line| line.trim().strip_prefix("Usage: "));
    match usage {
        Some(usage) => wrong_use(format!("{message} (usage: {usage})")),
        None => wrong_use(format!("{message} (`noisebook --help` lists what there is)")),
    }
}

/// Says on the error stream why a command failed, and gives the exit code.
pub fn exit_code(result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else {
        return ExitCode::SUCCESS;
    };
    // `noisebook models | head -1`: the reader has seen enough, which is no failure of ours.
    let closed_pipe = error.chain().any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == ErrorKind::BrokenPipe)
    });
    if closed_pipe {
        return ExitCode::SUCCESS;
    }
    // If the error stream is closed too there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "noisebook: {error:#}");
    match error.downcast_ref::<WrongUse>() {
        Some(_) => ExitCode::from(2),
        None => ExitCode::from(1),
    }
}
