//! evcxr's own commands: lines that begin with `:` or `!`.
//!
//! Most are harmless and help, `:vars` or `:doc`. Some act on this process instead of on the cell's, and some undo what
//! the session was set up with; those are refused, each with a sentence at its place.

use noisebook_kernel::protocol::{Diagnostic, Place};

/// What a cell must not say, and why.
const REFUSED: [(&str, &str); 6] = [
    (":quit", "`:quit` would end the process that runs cells; close the lesson instead"),
    (":env", "`:env` would change the process that runs cells; set a variable in Rust instead"),
    (":restart", "`:restart` would lose what the cells begin with; press Restart instead"),
    (":clear", "`:clear` would lose what the cells begin with; press Restart instead"),
    (":load_config", "`:load_config` would begin the session twice"),
    // evcxr hands every line that begins so to a shell.
    ("!", "commands of the shell are not run here; a cell holds Rust"),
];

/// The cell without the line that asks for the facade, which every session has already; lines keep their places.
///
/// # Errors
/// The first command that is refused.
pub fn without_commands(code: &str) -> Result<String, Diagnostic> {
    let mut kept = String::with_capacity(code.len());
    let mut start = 0;
    for line in code.split_inclusive('\n') {
        let trimmed = line.trim();
        if !(trimmed.is_empty() || trimmed.starts_with([':', '!']) || trimmed.starts_with("//")) {
            // Behind the first line of Rust evcxr takes no commands.
            kept.push_str(&code[start..]);
            break;
        }
        let word = trimmed.split_whitespace().next().unwrap_or_default();
        let is_refused = |name: &str| if name == "!" { line.starts_with('!') } else { word == name };
        if let Some((_, why)) = REFUSED.iter().find(|(name, _)| is_refused(name)) {
            let range = start..start + line.trim_end().len();
            return Err(Diagnostic {
                message: (*why).to_owned(),
                code: None,
                places: vec![Place { range, label: String::new() }],
                help: Vec::new(),
            });
        }
        if word == ":dep" && trimmed.split([' ', '=']).nth(1) == Some("noisebook") {
            kept.push_str(if line.ends_with('\n') { "\n" } else { "" });
        } else {
            kept.push_str(line);
        }
        start += line.len();
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facade_is_there_already_and_lines_keep_their_places() {
        let code = ":dep noisebook = { path = \"../crates/notebook\" }\nuse noisebook::prelude::*;\n1";
        assert_eq!(without_commands(code).as_deref(), Ok("\nuse noisebook::prelude::*;\n1"));
        let other = ":dep noisebook_extra = \"1\"\n:vars\nlet x =\n!true;";
        assert_eq!(without_commands(other).as_deref(), Ok(other));
    }

    #[test]
    fn what_would_act_on_the_host_is_refused_at_its_place() {
        for (code, place) in [("// go\n  :quit\n", 6..13), ("!rm x", 0..5), (":env A=b", 0..8)] {
            let diagnostic = without_commands(code).expect_err("refused");
            assert_eq!(diagnostic.places[0].range, place, "{code}");
        }
    }
}
