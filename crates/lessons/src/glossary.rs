//! `glossary.toml`: the words of the course, each explained in one sentence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::error::{Fail, LessonError, line_offset};

/// The words of the course, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Glossary {
    /// The entries.
    pub entries: Vec<GlossaryEntry>,
}

/// One word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlossaryEntry {
    /// The word as lessons use it, "noise schedule".
    pub term: String,
    /// How formulas write it, in TeX, where they do.
    pub symbol: Option<String>,
    /// Other words for the same thing, plurals and names in code.
    #[serde(default)]
    pub also: Vec<String>,
    /// One sentence.
    pub meaning: String,
}

impl Glossary {
    /// The entry for a word or one of its other names, whatever the case.
    pub fn find(&self, word: &str) -> Option<&GlossaryEntry> {
        let word = word.to_lowercase();
        self.entries.iter().find(|entry| entry.names().any(|name| name.to_lowercase() == word))
    }
}

impl GlossaryEntry {
    /// The word and its other names.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.term).chain(&self.also)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGlossary {
    entry: Vec<Spanned<GlossaryEntry>>,
}

/// Reads the glossary from the text of `glossary.toml`; `file` is the name for errors.
///
/// # Errors
/// When the text is not TOML of this form, a word is explained twice, or a meaning does not end with a full stop.
pub fn parse_glossary(text: &str, file: &str) -> Result<Glossary, LessonError> {
    read_glossary(text).map_err(|fail| fail.in_file(file))
}

fn read_glossary(text: &str) -> Result<Glossary, Fail> {
    let raw: RawGlossary =
        toml::from_str(text).map_err(|error| Fail::from_toml(&error, "the glossary", text, 1))?;
    let line = |entry: &Spanned<GlossaryEntry>| 1 + line_offset(text, entry.span().start);
    check_entries(raw.entry.iter().map(|entry| (entry.as_ref(), Some(line(entry)))))?;
    Ok(Glossary { entries: raw.entry.into_iter().map(Spanned::into_inner).collect() })
}

/// Every word is explained once, and in a sentence.
/// An entry without a line is not in this file: a translation has left it out, and whoever clashes with it is at fault.
pub(crate) fn check_entries<'a>(
    entries: impl Iterator<Item = (&'a GlossaryEntry, Option<usize>)> + Clone,
) -> Result<(), Fail> {
    let mut lines = BTreeMap::new();
    let elsewhere = entries.clone().filter(|(_, line)| line.is_none());
    let here = entries.filter(|(_, line)| line.is_some());
    for (entry, line) in elsewhere.chain(here) {
        let at = line.unwrap_or(1);
        for name in entry.names() {
            let message = match lines.insert(name.to_lowercase(), line) {
                None => continue,
                Some(Some(first)) => {
                    format!("`{name}` is explained here and on line {first}; merge the two entries")
                }
                Some(None) => {
                    format!(
                        "`{name}` is the word of an entry that is not translated; choose another, or translate that one"
                    )
                }
            };
            return Err(Fail::new(at, message));
        }
        if !entry.meaning.ends_with('.') {
            let message =
                format!("the meaning of `{}` is not a sentence; end it with a full stop", entry.term);
            return Err(Fail::new(at, message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"[[entry]]
term = "epsilon"
symbol = '\epsilon'
also = ["noise"]
meaning = "What was added."

[[entry]]
term = "seed"
meaning = "A number."
"#;

    #[test]
    fn words_are_found_by_any_of_their_names() {
        let glossary = parse_glossary(GOOD, "glossary.toml").unwrap();
        assert_eq!(glossary.find("Noise").unwrap().term, "epsilon");
        assert_eq!(glossary.find("seed").unwrap().symbol, None);
        assert!(glossary.find("beta").is_none());
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let check = |from: &str, to: &str, line: usize, says: &str| {
            let error = parse_glossary(&GOOD.replacen(from, to, 1), "glossary.toml").unwrap_err();
            assert_eq!(error.line, line, "{error}");
            assert!(error.message.contains(says), "{error}");
        };
        check("\"seed\"", "\"Noise\"", 7, "on line 1");
        check("A number.", "A number", 7, "full stop");
        check("meaning = \"A", "sense = \"A", 9, "unknown field `sense`");
    }
}
