//! Three topics of emoji that look like a family each: faces, animals and food.
//!
//! Four families of artists times three topics are twelve kinds of picture, with a label each. So one may ask for "an
//! animal, as Noto draws them". Every sixth name of the set is kept from training in all four families: what a model
//! makes is compared with these.

use std::fmt;

use crate::{Emoji, Family, Glyph};

/// What an emoji shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Smileys, of people and of cats.
    Face,
    /// Whole animals and their heads.
    Animal,
    /// Fruit, vegetables, dishes, sweets and drinks.
    Food,
}

/// Of so many names one is kept for the test.
const TEST_EVERY: usize = 6;

impl Topic {
    /// All three, as their labels are ordered.
    pub const ALL: [Self; 3] = [Self::Face, Self::Animal, Self::Food];

    /// The topic that a glyph belongs to, if it is one of the three.
    #[must_use]
    pub fn of(glyph: &Glyph) -> Option<Self> {
        let subgroup = glyph.subgroup.as_str();
        match glyph.group.as_str() {
            "smileys-emotion" if subgroup.starts_with("face-") || subgroup == "cat-face" => Some(Self::Face),
            "animals-nature" if subgroup.starts_with("animal-") => Some(Self::Animal),
            "food-drink" if subgroup.starts_with("food-") || subgroup == "drink" => Some(Self::Food),
            _ => None,
        }
    }

    /// What the label of a picture of this topic in that family is called: "noto animal".
    #[must_use]
    pub fn label_name(self, family: Family) -> String {
        format!("{family} {self}")
    }

    /// The names of all labels, in their order.
    #[must_use]
    pub fn label_names() -> Vec<String> {
        let of_topic = |topic: Self| Family::ALL.map(|family| topic.label_name(family));
        Self::ALL.into_iter().flat_map(of_topic).collect()
    }

    /// The label of a picture of this topic in that family, an index into [`Topic::label_names`].
    #[must_use]
    pub fn label(self, family: Family) -> u32 {
        self as u32 * Family::ALL.len() as u32 + family as u32
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Face => "face",
            Self::Animal => "animal",
            Self::Food => "food",
        })
    }
}

/// Which glyphs of the three topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopicSplit {
    /// Those that models learn from.
    Training,
    /// Names that no model has seen in any family.
    Test,
}

impl Emoji {
    /// The indices of the glyphs of the three topics, each with its label. What is held out
    /// ([`Glyph::held_out`]) is in neither split.
    #[must_use]
    pub fn of_topics(&self, split: TopicSplit) -> Vec<(usize, u32)> {
        let mut names: Vec<&str> = Vec::new();
        let mut chosen = Vec::new();
        for (idx, glyph) in self.glyphs().iter().enumerate() {
            let Some(topic) = Topic::of(glyph) else {
                continue;
            };
            // Families lack names, so names are counted as they are first met.
            let place = names.iter().position(|name| *name == glyph.name).unwrap_or_else(|| {
                names.push(&glyph.name);
                names.len() - 1
            });
            let is_test = place % TEST_EVERY == TEST_EVERY - 1;
            if !glyph.held_out && is_test == (split == TopicSplit::Test) {
                chosen.push((idx, topic.label(glyph.family)));
            }
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_counted_as_they_are_named() {
        let names = Topic::label_names();
        assert_eq!(names.len(), 12);
        for topic in Topic::ALL {
            for family in Family::ALL {
                assert_eq!(names[topic.label(family) as usize], topic.label_name(family));
            }
        }
        assert_eq!(names[5], "noto animal");
    }
}
