//! What the interface says: messages by name from a Fluent file, never a sentence in code.
//!
//! The English file travels inside the binary, so a missing folder cannot silence the window.

use std::borrow::Cow;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

const ENGLISH: &str = include_str!("../../../assets/i18n/en/app.ftl");

/// The messages of one language.
pub(crate) struct Strings {
    bundle: FluentBundle<FluentResource>,
}

impl Strings {
    /// English.
    pub fn english() -> Self {
        let mut bundle = FluentBundle::new(vec![english()]);
        // No marks around what is filled in: they have no glyph, and the languages run one way.
        bundle.set_use_isolating(false);
        let resource = match FluentResource::try_new(ENGLISH.to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        // What could not be read or was said twice is caught by the test below.
        bundle.add_resource_overriding(resource);
        Self { bundle }
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
        self.bundle.has_message(id).then(|| self.get(id))
    }

    fn format(&self, id: &str, args: Option<&FluentArgs<'_>>) -> String {
        let pattern = self.bundle.get_message(id).and_then(|m| m.value());
        match pattern {
            Some(pattern) => {
                let mut errors = Vec::new();
                self.bundle.format_pattern(pattern, args, &mut errors).into_owned()
            }
            None => id.to_owned(),
        }
    }
}

fn english() -> LanguageIdentifier {
    // It parses; where it did not, numbers would be written as in no language in particular.
    "en".parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_english_file_parses_and_says_nothing_twice() {
        let resource = FluentResource::try_new(ENGLISH.to_owned()).expect("app.ftl parses");
        let mut bundle = FluentBundle::new(vec![english()]);
        bundle.add_resource(resource).expect("no message twice");
    }

    /// Every id that the code asks for exists; ids are found in the sources themselves.
    #[test]
    fn every_message_asked_for_exists() {
        let strings = Strings::english();
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = 0;
        for file in walk(&folder) {
            let source = std::fs::read_to_string(&file).expect("a source file");
            for call in ["strings.get(\"", "strings.with(\"", ".say(\""] {
                for rest in source.split(call).skip(1) {
                    let id = rest.split('"').next().expect("a closing quote");
                    assert!(
                        strings.bundle.has_message(id),
                        "{}: no message `{id}` in app.ftl",
                        file.display()
                    );
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
        assert_eq!(Strings::english().get("no-such-message"), "no-such-message");
    }
}
