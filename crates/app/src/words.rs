//! Words of the glossary in the prose of a page: each is marked where it comes first, and explains itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use noisebook_lessons::{Glossary, GlossaryEntry};

/// The glossary, and what was explained on this page already.
pub(crate) struct Words<'a> {
    glossary: &'a Glossary,
    explained: BTreeSet<&'a str>,
}

impl<'a> Words<'a> {
    /// For a page on which nothing was explained yet.
    pub fn new(glossary: &'a Glossary) -> Self {
        Self { glossary, explained: BTreeSet::new() }
    }

    /// Cuts `text` where a word of the glossary begins or ends; the longest name wins.
    pub fn cut<'t>(&mut self, text: &'t str) -> Vec<(&'t str, Option<Arc<GlossaryEntry>>)> {
        let mut cut = Vec::new();
        let (mut start, mut at) = (0, 0);
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let word_starts = text[..at].chars().next_back().is_none_or(|c| !is_of_word(c));
            if word_starts
                && let Some((len, entry)) = self.longest(rest)
                && self.explained.insert(&entry.term)
            {
                if start < at {
                    cut.push((&text[start..at], None));
                }
                cut.push((&rest[..len], Some(Arc::new(entry.clone()))));
                at += len;
                start = at;
            } else {
                at += rest.chars().next().map_or(1, char::len_utf8);
            }
        }
        if start < text.len() {
            cut.push((&text[start..], None));
        }
        cut
    }

    /// The longest name with which `text` begins, as a whole word, and its entry.
    fn longest(&self, text: &str) -> Option<(usize, &'a GlossaryEntry)> {
        let names =
            self.glossary.entries.iter().flat_map(|entry| entry.names().map(move |name| (name, entry)));
        names
            // "t" and "x0" are symbols; in prose they would be marked everywhere.
            .filter(|(name, _)| name.chars().count() > 2)
            .filter_map(|(name, entry)| Some((begins_with(text, name)?, entry)))
            .max_by_key(|(len, _)| *len)
    }
}

/// The length in bytes of `name` at the start of `text`, whatever the case, if a word ends there.
fn begins_with(text: &str, name: &str) -> Option<usize> {
    let mut letters = text.char_indices();
    let mut len = 0;
    for expected in name.chars() {
        let (at, letter) = letters.next()?;
        if !letter.to_lowercase().eq(expected.to_lowercase()) {
            return None;
        }
        len = at + letter.len_utf8();
    }
    letters.next().is_none_or(|(_, next)| !is_of_word(next)).then_some(len)
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, Option<&str>)]) {
        let entry = |term: &str, also: &[&str]| GlossaryEntry {
            term: term.to_owned(),
            symbol: None,
            also: also.iter().map(|name| (*name).to_owned()).collect(),
            meaning: "So.".to_owned(),
        };
        let glossary = Glossary {
            entries: vec![entry("noise", &[]), entry("noise schedule", &["schedule"]), entry("t", &[])],
        };
        let cut = Words::new(&glossary).cut(text);
        let found: Vec<_> = cut
            .iter()
            .map(|(text, entry)| (*text, entry.as_ref().map(|entry| entry.term.as_str())))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn words_are_marked_once_whole_and_the_longest_first() {
        check("Noise, noise.", &[("Noise", Some("noise")), (", noise.", None)]);
        check("a noise schedule", &[("a ", None), ("noise schedule", Some("noise schedule"))]);
        check("noiseless denoise t", &[("noiseless denoise t", None)]);
        check("é noise", &[("é ", None), ("noise", Some("noise"))]);
        check("", &[]);
    }
}
