//! What an emoji is called, in several wordings: its name or another word for it, and whose manner it is in.

use std::collections::BTreeSet;

use crate::tokenizer::words_of;
use crate::{Emoji, Glyph, Tokenizer, Topic};

/// Of ten captions, so many name the glyph and its family, …
const NAMED: f32 = 0.6;
/// … so many the name alone; the others have another word in the name's place.
const NAME_ALONE: f32 = 0.15;

impl Glyph {
    /// The longest caption, in words and signs.
    pub const MAX_WORDS: usize = 16;

    /// A caption; numbers from 0 up to but not 1 choose which. Most give the name and the family ("a tiger, in the style of
    /// noto"); some leave out the family, and some say another word for the name.
    #[must_use]
    pub fn caption(&self, [kind, wording]: [f32; 2]) -> String {
        if kind < NAMED {
            let styled = self.styled(&self.name);
            return styled[((wording * styled.len() as f32) as usize).min(styled.len() - 1)].clone();
        }
        if kind < NAMED + NAME_ALONE || self.keywords.is_empty() {
            return self.name.clone();
        }
        let idx = (wording * self.keywords.len() as f32) as usize;
        let [in_style, ..] = self.styled(&self.keywords[idx.min(self.keywords.len() - 1)]);
        in_style
    }

    /// What is called `what`, in the manner of its family.
    fn styled(&self, what: &str) -> [String; 3] {
        let article = if what.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        let family = self.family;
        [
            format!("{what}, in the style of {family}"),
            format!("{article} {what}, in the style of {family}"),
            format!("{family} {what}"),
        ]
    }
}

impl Emoji {
    /// The glyphs of the three topics, which models learn to draw by name. Those that are held out ([`Glyph::held_out`])
    /// are among them, and are not to be trained on.
    #[must_use]
    pub fn captioned(&self) -> Vec<usize> {
        let glyphs = self.glyphs().iter().enumerate();
        glyphs.filter(|(_, glyph)| Topic::of(glyph).is_some()).map(|(idx, _)| idx).collect()
    }
}

impl Tokenizer {
    /// The tokenizer of models that draw the [`Emoji::captioned`].
    #[must_use]
    pub fn of_emoji(emoji: &Emoji) -> Self {
        let mut words = BTreeSet::new();
        for idx in emoji.captioned() {
            let glyph = &emoji.glyphs()[idx];
            let phrases = glyph.styled(&glyph.name).into_iter().chain(glyph.keywords.iter().cloned());
            words.extend(phrases.flat_map(|phrase| words_of(&phrase)));
        }
        Self::new(words, Glyph::MAX_WORDS)
    }
}
