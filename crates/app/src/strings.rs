//! What the interface says: messages by name from a Fluent file, never a sentence in code.
//!
//! The English file travels inside the binary, so a missing folder cannot silence the window.

use std::borrow::Cow;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

const ENGLISH: &str = include_str!("../../../assets/i18n/en/app.ftl");
const SPANISH: &str = include_str!("../../../assets/i18n/es/app.ftl");

/// A language that the window speaks.
pub(crate) struct Language {
    /// Its BCP 47 tag, which is also the part of a translated lesson's name: `lesson.es.md`.
    pub id: &'static str,
    /// What it calls itself.
    pub name: &'static str,
    source: &'static str,
}

/// English first: it fills in what another one lacks.
pub(crate) static LANGUAGES: [Language; 2] = [
    Language { id: "en", name: "English", source: ENGLISH },
    Language { id: "es", name: "Español", source: SPANISH },
];

/// English with accents and 40 % longer, to find what would break in a language of long words (the tag is CLDR's).
pub(crate) const PSEUDO: &str = "en-XA";

/// The messages of one language.
pub(crate) struct Strings {
    bundle: FluentBundle<FluentResource>,
    fallback: FluentBundle<FluentResource>,
}

impl Strings {
    /// The messages in the language `id`, or in English where there is no such language.
    pub fn of(id: &str) -> Self {
        let language = LANGUAGES.iter().find(|language| language.id == id);
        let mut bundle = bundle(id, language.map_or(ENGLISH, |language| language.source));
        if id == PSEUDO {
            bundle.set_transform(Some(longer));
        }
        Self { bundle, fallback: bundle_of_english() }
    }

    /// The message `id`, or the id itself where there is none.
    pub fn get(&self, id: &str) -> String {
        self.format(id, None)
    }

    /// The message `id` with its variables filled in.
    pub fn with<const N: usize>(&self, id: &str, values: [(&str, FluentValue<'_>); N]) -> String {
        let mut args = FluentArgs::with_capacity(N);
        for (name, value) in values {
            args.set(Cow::Owned(name.to_owned()), value);
        }
        self.format(id, Some(&args))
    }

    /// The message `id`, if there is one.
    pub fn find(&self, id: &str) -> Option<String> {
        self.has(id).then(|| self.get(id))
    }

    fn has(&self, id: &str) -> bool {
        self.bundle.has_message(id) || self.fallback.has_message(id)
    }

    fn format(&self, id: &str, args: Option<&FluentArgs<'_>>) -> String {
        let found = [&self.bundle, &self.fallback]
            .into_iter()
            .find_map(|bundle| Some((bundle, bundle.get_message(id)?.value()?)));
        match found {
            Some((bundle, pattern)) => {
                let mut errors = Vec::new();
                bundle.format_pattern(pattern, args, &mut errors).into_owned()
            }
            None => id.to_owned(),
        }
    }
}

fn bundle_of_english() -> FluentBundle<FluentResource> {
    bundle("en", ENGLISH)
}

fn bundle(id: &str, source: &str) -> FluentBundle<FluentResource> {
    // The tags above parse; where one did not, numbers would be written as in no language in particular.
    let language: LanguageIdentifier = id.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new(vec![language]);
    // No marks around what is filled in: they have no glyph, and the languages run one way.
    bundle.set_use_isolating(false);
    let resource = match FluentResource::try_new(source.to_owned()) {
        Ok(resource) | Err((resource, _)) => resource,
    };
    // What could not be read or was said twice is caught by the tests below.
    bundle.add_resource_overriding(resource);
    bundle
}

/// Accents on every vowel, and two letters for each five.
fn longer(text: &str) -> Cow<'_, str> {
    let mut out = String::with_capacity(text.len() * 2);
    let mut num_letters = 0;
    for letter in text.chars() {
        out.push(match letter {
            'a' => 'á',
            'e' => 'é',
            'i' => 'í',
            'o' => 'ó',
            'u' => 'ú',
            'A' => 'Á',
            'E' => 'É',
            'O' => 'Ó',
            letter => letter,
        });
        if letter.is_alphabetic() {
            num_letters += 1;
            if num_letters % 5 == 0 {
                out.push_str("øø");
            }
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn every_file_parses_and_says_nothing_twice() {
        for language in &LANGUAGES {
            let resource = FluentResource::try_new(language.source.to_owned())
                .unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", language.id));
            let mut bundle =
                FluentBundle::new(vec![language.id.parse::<LanguageIdentifier>().expect("a tag")]);
            bundle.add_resource(resource).unwrap_or_else(|errors| panic!("{}: {errors:?}", language.id));
        }
    }

    /// A translation has the messages of the English file, no others, and their variables.
    #[test]
    fn every_translation_is_whole() {
        let variables = |source: &str| -> BTreeMap<String, BTreeSet<String>> {
            let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            let mut id = String::new();
            for line in source.lines() {
                if let Some((name, _)) = line.split_once(" =")
                    && !name.is_empty()
                    && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
                {
                    id = name.to_owned();
                    found.entry(id.clone()).or_default();
                }
                for rest in line.split('$').skip(1) {
                    let name = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
                    found.entry(id.clone()).or_default().insert(name);
                }
            }
            found
        };
        let english = variables(ENGLISH);
        assert!(english.len() > 100, "{} messages", english.len());
        for language in &LANGUAGES[1..] {
            let other = variables(language.source);
            for (id, names) in &english {
                assert_eq!(other.get(id), Some(names), "{}: `{id}`", language.id);
            }
            assert_eq!(other.len(), english.len(), "{} says what English does not", language.id);
        }
    }

    #[test]
    fn the_pseudo_language_is_two_fifths_longer() {
        let (plain, long) = (Strings::of("en").get("map-subtitle"), Strings::of(PSEUDO).get("map-subtitle"));
        let ratio = long.chars().count() as f64 / plain.chars().count() as f64;
        assert!((1.3..1.45).contains(&ratio), "{ratio}: {long}");
    }

    /// Every id that the code asks for exists; ids are found in the sources themselves.
    #[test]
    fn every_message_asked_for_exists() {
        let strings = Strings::of("en");
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = 0;
        for file in walk(&folder) {
            let source = std::fs::read_to_string(&file).expect("a source file");
            for call in ["strings.get(\"", "strings.with(\"", ".say(\""] {
                for rest in source.split(call).skip(1) {
                    let id = rest.split('"').next().expect("a closing quote");
                    assert!(strings.has(id), "{}: no message `{id}` in app.ftl", file.display());
                    found += 1;
                }
            }
        }
        assert!(found > 20, "the search found only {found} messages");
    }

    fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                files.extend(walk(&path));
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("strings.rs") {
                files.push(path);
            }
        }
        files
    }

    #[test]
    fn an_unknown_message_shows_its_name() {
        assert_eq!(Strings::of("en").get("no-such-message"), "no-such-message");
    }
}
