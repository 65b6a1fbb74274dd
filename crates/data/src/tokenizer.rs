//! From words to numbers: a fixed list of words, each with its place in the list.
//!
//! A text is cut at white space and around signs, in small letters, and each piece looked up; what is not in the list is
//! *unknown*, and a model can only ignore it. There is no better tokenizer for captions of forty words: those that cut
//! rare words into pieces (Sennrich et al. 2016, 1508.07909) are for languages.
//!
//! It is kept as `tokenizer.json` of Hugging Face's `tokenizers`, which does exactly the same with it, with one exception:
//! what is too long is refused here, and cut off there.

use std::collections::HashMap;
use std::ops::Range;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};

/// The word that fills up a short text, number 0.
const PAD: &str = "[PAD]";
/// The word for what is not in the list, number 1.
const UNKNOWN: &str = "[UNK]";
const PAD_ID: u32 = 0;
const UNKNOWN_ID: u32 = 1;
/// Signs that stand alone wherever they are: those of ASCII, but `'` and `-`, which belong to words.
const SIGNS: &str = r"[!-&(-,./:-@\[-`{-~]";
/// At most so many words are suggested for one that is unknown.
const MOST_SUGGESTIONS: usize = 3;

/// A fixed list of words, and how many of them a model reads at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokenizer {
    words: Vec<String>,
    id_from_word: HashMap<String, u32>,
    max_tokens: usize,
}

/// A text as numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoding {
    /// `(max_tokens,)`: a number for each word, and then 0 as often as it takes.
    pub ids: Vec<u32>,
    /// The words that the first of these numbers stand for.
    pub words: Vec<Token>,
}

/// A word or sign of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// As it stands in the text.
    pub text: String,
    /// Where it stands, in bytes.
    pub range: Range<usize>,
    /// Its number: its place in the list.
    pub id: u32,
    /// Whether it is in the list.
    pub is_known: bool,
}

/// Why a text or a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenizerError {
    /// More words than a model reads.
    #[error("a prompt may have {most} words and signs, and this one has {found}: leave out {}", found - most)]
    TooLong {
        /// How many may be in a text.
        most: usize,
        /// How many there are.
        found: usize,
    },
    /// Not the kind of `tokenizer.json` that is read here.
    #[error(
        "tokenizer.json: {why}. Fetch the model again, or write the file anew with the program that trained it."
    )]
    Damaged {
        /// What was expected and what was found.
        why: String,
    },
}

impl Tokenizer {
    /// Numbers words in the order in which they come, from 2; a second time is passed over.
    #[must_use]
    pub fn new(words: impl IntoIterator<Item = String>, max_tokens: usize) -> Self {
        let mut tokenizer = Self { words: Vec::new(), id_from_word: HashMap::new(), max_tokens };
        for word in [PAD, UNKNOWN].map(str::to_owned).into_iter().chain(words) {
            if !tokenizer.id_from_word.contains_key(&word) {
                tokenizer.id_from_word.insert(word.clone(), tokenizer.words.len() as u32);
                tokenizer.words.push(word);
            }
        }
        tokenizer
    }

    /// The tokenizer of models that draw scenes.
    #[must_use]
    pub fn of_scenes() -> Self {
        Self::new(crate::scene_words(), crate::Scene::MAX_WORDS)
    }

    /// How many words there are, with the one that fills up and the one for what is unknown.
    #[must_use]
    pub fn vocab_size(&self) -> usize {
        self.words.len()
    }

    /// How many numbers every text has.
    #[must_use]
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// The words by their number.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// A text as [`Tokenizer::max_tokens`] numbers; the empty text is 0 throughout.
    ///
    /// # Errors
    /// When it has more words and signs than that.
    pub fn encode(&self, text: &str) -> Result<Encoding, TokenizerError> {
        let words: Vec<Token> = pieces(text)
            .into_iter()
            .map(|(range, word)| {
                let known = self.id_from_word.get(&word);
                let text = text.get(range.clone()).unwrap_or_default().to_owned();
                Token { text, range, id: known.copied().unwrap_or(UNKNOWN_ID), is_known: known.is_some() }
            })
            .collect();
        if words.len() > self.max_tokens {
            return Err(TokenizerError::TooLong { most: self.max_tokens, found: words.len() });
        }
        let mut ids: Vec<u32> = words.iter().map(|word| word.id).collect();
        ids.resize(self.max_tokens, PAD_ID);
        Ok(Encoding { ids, words })
    }

    /// Up to three words of the list that are spelled much like one that is not, the nearest first.
    ///
    /// At most a third of the letters may have to change: letters left out, put in, put for another, or two neighbors
    /// exchanged (Damerau 1964).
    #[must_use]
    pub fn suggestions(&self, unknown: &str) -> Vec<&str> {
        let unknown: Vec<char> = unknown.chars().flat_map(char::to_lowercase).collect();
        let most = (unknown.len() as f64 / 3.0).ceil() as usize;
        let mut near: Vec<(usize, &str)> = self
            .words
            .iter()
            .skip(2)
            .map(|word| (distance(&unknown, &word.chars().collect::<Vec<_>>()), word.as_str()))
            // Sharing not a single letter is not being near.
            .filter(|(changes, word)| *changes <= most && *changes < word.chars().count())
            .collect();
        near.sort_unstable();
        near.truncate(MOST_SUGGESTIONS);
        near.into_iter().map(|(_, word)| word).collect()
    }

    /// The contents of `tokenizer.json`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let file = File {
            version: "1.0".to_owned(),
            truncation: truncation(self.max_tokens),
            padding: padding(self.max_tokens),
            added_tokens: json!([]),
            normalizer: normalizer(),
            pre_tokenizer: pre_tokenizer(),
            post_processor: Value::Null,
            decoder: Value::Null,
            model: Model {
                kind: "WordLevel".to_owned(),
                vocab: Vocabulary(self.words.clone()),
                unk_token: UNKNOWN.to_owned(),
            },
        };
        // Nothing in it can fail to be written: all its keys are strings.
        serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
    }

    /// Reads what [`Tokenizer::to_json`] wrote.
    ///
    /// # Errors
    /// When it is not such a file, or a tokenizer that works in another way.
    pub fn from_json(bytes: &[u8]) -> Result<Self, TokenizerError> {
        let damaged = |why: String| TokenizerError::Damaged { why };
        let file: File = serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
        let max_tokens = file.truncation.get("max_length").and_then(Value::as_u64);
        let max_tokens = max_tokens.and_then(|most| usize::try_from(most).ok()).unwrap_or_default();
        for (part, found, expected) in [
            ("truncation", &file.truncation, truncation(max_tokens)),
            ("padding", &file.padding, padding(max_tokens)),
            ("added_tokens", &file.added_tokens, json!([])),
            ("normalizer", &file.normalizer, normalizer()),
            ("pre_tokenizer", &file.pre_tokenizer, pre_tokenizer()),
            ("post_processor", &file.post_processor, Value::Null),
            ("model.type", &json!(file.model.kind), json!("WordLevel")),
            ("model.unk_token", &json!(file.model.unk_token), json!(UNKNOWN)),
        ] {
            if *found != expected {
                return Err(damaged(format!("`{part}` should be {expected}, found {found}")));
            }
        }
        let words = file.model.vocab.0;
        let tokenizer = Self::new(words.iter().cloned(), max_tokens);
        if tokenizer.words != words {
            let first = words.get(..2).unwrap_or(&words);
            return Err(damaged(format!("the first words should be {PAD} and {UNKNOWN}, found {first:?}")));
        }
        Ok(tokenizer)
    }
}

/// The words and signs of a text in small letters, without their places.
pub(crate) fn words_of(text: &str) -> Vec<String> {
    pieces(text).into_iter().map(|(_, word)| word).collect()
}

/// Cuts a text at white space and around [`SIGNS`]: where each piece stands, in bytes, and its small letters.
fn pieces(text: &str) -> Vec<(Range<usize>, String)> {
    let mut pieces: Vec<(Range<usize>, String)> = Vec::new();
    let mut goes_on = false;
    for (start, letter) in text.char_indices() {
        if letter.is_whitespace() {
            goes_on = false;
            continue;
        }
        let end = start + letter.len_utf8();
        let is_sign = letter.is_ascii_punctuation() && !matches!(letter, '\'' | '-');
        match pieces.last_mut() {
            Some((range, word)) if goes_on && !is_sign => {
                range.end = end;
                word.extend(letter.to_lowercase());
            }
            _ => pieces.push((start..end, letter.to_lowercase().collect())),
        }
        goes_on = !is_sign;
    }
    pieces
}

/// How many letters must be left out, put in, put for another or exchanged with their neighbor to make `b` of `a`, none
/// of them twice (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for (i, letter) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in b.iter().enumerate() {
            let changed = rows[i][j] + usize::from(letter != other);
            let mut least = changed.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *letter == b[j - 1] && a[i - 1] == *other {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// `tokenizer.json`: the parts that differ between tokenizers are typed, the others compared as they are.
#[derive(Serialize, Deserialize)]
struct File {
    version: String,
    truncation: Value,
    padding: Value,
    added_tokens: Value,
    normalizer: Value,
    pre_tokenizer: Value,
    post_processor: Value,
    decoder: Value,
    model: Model,
}

#[derive(Serialize, Deserialize)]
struct Model {
    #[serde(rename = "type")]
    kind: String,
    vocab: Vocabulary,
    unk_token: String,
}

/// Words by their number; in the file an object of words and numbers.
#[derive(Deserialize)]
#[serde(try_from = "HashMap<String, u32>")]
struct Vocabulary(Vec<String>);

impl Serialize for Vocabulary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (id, word) in self.0.iter().enumerate() {
            map.serialize_entry(word, &id)?;
        }
        map.end()
    }
}

impl TryFrom<HashMap<String, u32>> for Vocabulary {
    type Error = String;

    fn try_from(id_from_word: HashMap<String, u32>) -> Result<Self, String> {
        let mut words: Vec<(u32, String)> = id_from_word.into_iter().map(|(word, id)| (id, word)).collect();
        words.sort_unstable();
        let numbered = words.iter().enumerate().find(|(idx, (id, _))| *idx != *id as usize);
        if let Some((idx, (id, word))) = numbered {
            return Err(format!("no word has the number {idx}; the next one, `{word}`, has {id}"));
        }
        Ok(Self(words.into_iter().map(|(_, word)| word).collect()))
    }
}

fn truncation(max_tokens: usize) -> Value {
    json!({ "direction": "Right", "max_length": max_tokens, "strategy": "LongestFirst", "stride": 0 })
}

fn padding(max_tokens: usize) -> Value {
    json!({
        "strategy": { "Fixed": max_tokens }, "direction": "Right", "pad_to_multiple_of": null,
        "pad_id": PAD_ID, "pad_type_id": 0, "pad_token": PAD,
    })
}

fn normalizer() -> Value {
    json!({ "type": "Lowercase" })
}

fn pre_tokenizer() -> Value {
    let signs = json!({
        "type": "Split", "pattern": { "Regex": SIGNS }, "behavior": "Isolated", "invert": false,
    });
    json!({ "type": "Sequence", "pretokenizers": [{ "type": "WhitespaceSplit" }, signs] })
}
