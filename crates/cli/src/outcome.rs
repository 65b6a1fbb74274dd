//! How a command ends: 0 done, 1 failed (said why), 2 wrong use (said how).

use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;

use clap::error::ContextKind;

use crate::arguments::Expected;

/// Wrong use of a command, in one sentence that says what would be right.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct WrongUse(String);

/// An error that ends the program with 2 and this sentence.
pub fn wrong_use(sentence: impl Into<String>) -> anyhow::Error {
    WrongUse(sentence.into()).into()
}

/// "--t is 5.5, but must be a whole number from 0 to 1000", for an argument `--t <T>`.
pub fn not_a_number(argument: &str, typed: &str, expected: &Expected) -> anyhow::Error {
    let name = argument.split(' ').next().unwrap_or(argument);
    wrong_use(format!("{name} is {typed}, but {expected}"))
}

/// clap's several lines as one sentence: what is wrong, what would be right, where to read more.
pub fn from_clap(error: &clap::Error) -> anyhow::Error {
    use std::error::Error as _;
    if let Some(expected) = error.source().and_then(|source| source.downcast_ref::<Expected>()) {
        let context = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
        let argument = context(ContextKind::InvalidArg);
        return not_a_number(&argument, &context(ContextKind::InvalidValue), expected);
    }
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

/// A message of several lines as one, without the excerpts that a TOML parser draws beside it, and
/// up to the backtrace that candle puts under its errors where `RUST_BACKTRACE` asks for one.
fn one_line(message: &str) -> String {
    let is_excerpt = |line: &&str| {
        line.trim_start_matches(|c: char| c.is_ascii_digit() || c.is_whitespace()).starts_with('|')
    };
    let lines: Vec<&str> = message
        .lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with("0: "))
        .filter(|line| !is_excerpt(line))
        .filter(|line| !line.is_empty())
        .collect();
    lines.join(": ")
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
    let _ = writeln!(std::io::stderr(), "noisebook: {}", one_line(&format!("{error:#}")));
    match error.downcast_ref::<WrongUse>() {
        Some(_) => ExitCode::from(2),
        None => ExitCode::from(1),
    }
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_message_of_several_lines_becomes_one() {
        let error = toml::from_str::<toml::Table>("a = 1\nb = \n").unwrap_err();
        let message = format!("x.toml: {error}");
        assert!(message.lines().count() > 1);
        let line = one_line(&message);
        assert!(
            line.starts_with("x.toml: TOML parse error at line 2, column") && !line.contains('|'),
            "{line}"
        );
        assert_eq!(line.lines().count(), 1);
        assert_eq!(one_line("one sentence"), "one sentence");
        let traced = "no such shape\n   0: candle_core::error::Error::bt\n   1: main\n";
        assert_eq!(one_line(traced), "no such shape");
    }
}
