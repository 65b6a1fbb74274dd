//! What scenes are called, in several wordings, and the way back from words to what they ask for.
//!
//! One table of phrases serves all of it: captions are put together from it, [`parse`] reads with it, and the vocabulary
//! of a model is its words. So none of the three can drift from the others.

use std::collections::BTreeSet;

use crate::tokenizer::words_of;
use crate::{Object, Place, Relation, Scene, SceneColor, Shape, Size};

/// How a caption begins: an opening and an article, which every object of it then has.
const LEADS: [(&str, &str); 5] = [("", "a"), ("", "one"), ("", ""), ("there is", "a"), ("a picture of", "a")];
/// Two phrases for each relation, …
const RELATIONS: [(Relation, &str); 8] = [
    (Relation::LeftOf, "left of"),
    (Relation::LeftOf, "to the left of"),
    (Relation::RightOf, "right of"),
    (Relation::RightOf, "to the right of"),
    (Relation::Above, "above"),
    (Relation::Above, "over"),
    (Relation::Below, "below"),
    (Relation::Below, "under"),
];
/// … and for each place.
const PLACES: [(Place, &str); 10] = [
    (Place::TopLeft, "at the top left"),
    (Place::TopLeft, "in the top left corner"),
    (Place::TopRight, "at the top right"),
    (Place::TopRight, "in the top right corner"),
    (Place::BottomLeft, "at the bottom left"),
    (Place::BottomLeft, "in the bottom left corner"),
    (Place::BottomRight, "at the bottom right"),
    (Place::BottomRight, "in the bottom right corner"),
    (Place::Middle, "in the middle"),
    (Place::Middle, "at the center"),
];
const AND: &str = "and";
const COMMA: &str = ",";

/// What a prompt asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// One to three objects.
    pub objects: Vec<AskedObject>,
    /// Where the first of two should be, seen from the second.
    pub relation: Option<Relation>,
    /// Where the only one should be.
    pub place: Option<Place>,
}

/// An object that a prompt asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskedObject {
    /// What it should be.
    pub shape: Shape,
    /// In which color.
    pub color: SceneColor,
    /// How large, if that matters.
    pub size: Option<Size>,
}

impl Scene {
    /// The longest caption, in words and signs.
    pub const MAX_WORDS: usize = 17;

    /// One of its [`Scene::captions`]; a number from 0 up to but not 1 chooses which.
    #[must_use]
    pub fn caption(&self, chance: f32) -> String {
        let mut captions = self.captions();
        let idx = (chance * captions.len() as f32) as usize;
        captions.swap_remove(idx.min(captions.len() - 1))
    }

    /// Every wording that is true of the scene and says all that is to be told of it; half of them say the sizes too.
    #[must_use]
    pub fn captions(&self) -> Vec<String> {
        let mut captions = Vec::new();
        for (opening, article) in LEADS {
            for with_size in [false, true] {
                let name = |object: &Object| {
                    let size = if with_size { object.size.name() } else { "" };
                    join(&[article, size, object.color.name(), object.shape.name()])
                };
                let names: Vec<String> = self.objects.iter().map(name).collect();
                captions.extend(self.clauses(&names).into_iter().map(|clause| join(&[opening, &clause])));
            }
        }
        captions
    }

    /// What can be said of objects with these names.
    fn clauses(&self, names: &[String]) -> Vec<String> {
        match (names, self.place, self.relation) {
            ([only], None, _) => vec![only.clone()],
            ([only], Some(place), _) => phrases(&PLACES, place).map(|place| join(&[only, place])).collect(),
            ([first, second], _, None) => {
                vec![join(&[first, AND, second]), join(&[second, AND, first])]
            }
            ([first, second], _, Some(relation)) => {
                let one_way = phrases(&RELATIONS, relation).map(|phrase| join(&[first, phrase, second]));
                let other_way =
                    phrases(&RELATIONS, relation.inverse()).map(|phrase| join(&[second, phrase, first]));
                one_way.chain(other_way).collect()
            }
            ([a, b, c], ..) => {
                let orders = [[a, b, c], [a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]];
                orders.map(|[a, b, c]| format!("{a}{COMMA} {b} {AND} {c}")).to_vec()
            }
            _ => Vec::new(),
        }
    }
}

/// Every word and sign that captions of scenes may have, in the order of the alphabet.
#[must_use]
pub fn scene_words() -> Vec<String> {
    let leads = LEADS.iter().flat_map(|(opening, article)| [*opening, *article]);
    let relations = RELATIONS.iter().map(|(_, phrase)| *phrase);
    let places = PLACES.iter().map(|(_, phrase)| *phrase);
    let all: BTreeSet<String> = leads
        .chain(relations)
        .chain(places)
        .chain(SceneColor::ALL.map(SceneColor::name))
        .chain(Shape::ALL.map(Shape::name))
        .chain(Size::ALL.map(Size::name))
        .chain([AND, COMMA])
        .flat_map(words_of)
        .collect();
    all.into_iter().collect()
}

/// What a prompt asks for, if it is worded as [`Scene::captions`] are; capitals and articles do not matter.
#[must_use]
pub fn parse(prompt: &str) -> Option<Request> {
    let words = words_of(prompt);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut rest = words.as_slice();
    for (opening, _) in LEADS {
        // The empty opening is no word, and takes none.
        if skip(&mut rest, opening) && !opening.is_empty() {
            break;
        }
    }
    let mut objects = vec![object(&mut rest)?];
    let place = read(&mut rest, &PLACES);
    let relation = if place.is_none() { read(&mut rest, &RELATIONS) } else { None };
    if relation.is_some() {
        objects.push(object(&mut rest)?);
    } else if place.is_none() {
        if skip(&mut rest, COMMA) {
            objects.push(object(&mut rest)?);
        }
        if objects.len() > 1 || rest.first() == Some(&AND) {
            skip(&mut rest, AND).then_some(())?;
            objects.push(object(&mut rest)?);
        }
    }
    rest.is_empty().then_some(Request { objects, relation, place })
}

/// Reads an object: an article or none, a size or none, color and shape.
fn object<'a>(rest: &mut &'a [&'a str]) -> Option<AskedObject> {
    let _ = LEADS.iter().any(|(_, article)| !article.is_empty() && skip(rest, article));
    Some(AskedObject {
        size: read(rest, &Size::ALL.map(|size| (size, size.name()))),
        color: read(rest, &SceneColor::ALL.map(|color| (color, color.name())))?,
        shape: read(rest, &Shape::ALL.map(|shape| (shape, shape.name())))?,
    })
}

/// What the next words mean, if they are one of these phrases, and goes past them.
fn read<'a, T: Copy>(rest: &mut &'a [&'a str], table: &[(T, &str)]) -> Option<T> {
    table.iter().find(|(_, phrase)| skip(rest, phrase)).map(|(meant, _)| *meant)
}

/// Goes past a phrase, if it comes next.
fn skip<'a>(rest: &mut &'a [&'a str], phrase: &str) -> bool {
    let words: Vec<&str> = phrase.split(' ').filter(|word| !word.is_empty()).collect();
    if !rest.starts_with(&words) {
        return false;
    }
    *rest = rest.get(words.len()..).unwrap_or_default();
    true
}

/// All phrases that say a thing.
fn phrases<T: Copy + PartialEq>(table: &[(T, &'static str)], meant: T) -> impl Iterator<Item = &'static str> {
    table.iter().filter(move |(said, _)| *said == meant).map(|(_, phrase)| *phrase)
}

/// Words with a space between, without empty ones.
fn join(words: &[&str]) -> String {
    let words: Vec<&str> = words.iter().copied().filter(|word| !word.is_empty()).collect();
    words.join(" ")
}
