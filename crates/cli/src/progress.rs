//! Progress bars on the error stream, drawn only where a person looks at a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar over `total` things called `unit`, hidden when the error stream is no terminal or `quiet`.
pub fn bar(total: usize, unit: &str, quiet: bool) -> ProgressBar {
    let target = if quiet {
        ProgressDrawTarget::hidden()
    } else {
        // indicatif itself hides a bar whose target is not a terminal.
        ProgressDrawTarget::stderr()
    };
    let bar = ProgressBar::with_draw_target(Some(total as u64), target);
    let template = format!("{{bar:30}} {{pos}}/{{len}} {unit}, {{eta}} to go {{msg}}");
    match ProgressStyle::with_template(&template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// A line that turns while nobody knows how long something takes, hidden when the error stream is no terminal.
pub fn spinner() -> ProgressBar {
    let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    spinner.enable_steady_tick(std::time::Duration::from_millis(120));
    spinner
}

/// A line on the error stream, where no bar is drawn. Nobody may be listening, which is no failure.
pub fn line(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{text}");
}
