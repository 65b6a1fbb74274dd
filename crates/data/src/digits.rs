//! Ten thousand handwritten digits: the first 10,000 of MNIST's training set.
//!
//! "Gradient-based learning applied to document recognition", Proceedings of the IEEE, 1998. Pupils
//! and clerks wrote them; each was centered by its mass on 28×28. Ink is white (1) on black (−1).

use ndarray::s;
use serde::Deserialize;

use crate::atlas::{Atlas, AtlasInfo, read_index};
use crate::{DataError, Picture, Store, value_from_byte};

pub const INDEX: &str = "assets/digits/index.json";

/// Side of a digit as networks see it: 28 pixels and a margin of 2, so that it halves five times.
const SIZE: usize = 32;

/// Who may learn from a digit. The three never share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// 5,000 that generators train on.
    Generator,
    /// 4,000 that classifiers train on, which then judge what generators make.
    Probe,
    /// 1,000 that nobody trains on.
    Test,
}

/// The digits, decoded. An index counts from 0 in the order of the atlas, which mixes the classes:
/// the first n of any split are a fair sample of it.
pub struct Digits {
    atlas: Atlas,
    labels: Vec<u8>,
    generator: Vec<usize>,
    probe: Vec<usize>,
    test: Vec<usize>,
}

/// `assets/digits/index.json`
#[derive(Deserialize)]
pub struct DigitsIndex {
    pub title: String,
    pub license: String,
    pub source: String,
    atlas: AtlasInfo,
    /// One character a digit: `0`…`9`.
    labels: String,
    /// One character a digit: `g`, `p` or `t`.
    splits: String,
}

impl Digits {
    /// Reads and decodes the set (some 3 MB).
    ///
    /// # Errors
    /// If a file is missing, or is not what the index says.
    pub fn load(store: &dyn Store) -> Result<Self, DataError> {
        let index: DigitsIndex = read_index(store, INDEX)?;
        let labels = index.labels()?;
        Ok(Self {
            generator: index.indices(Split::Generator)?,
            probe: index.indices(Split::Probe)?,
            test: index.indices(Split::Test)?,
            atlas: Atlas::gray(store, &index.atlas, labels.len())?,
            labels,
        })
    }

    /// How many digits there are: 10,000.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Digit `idx`, `(1, 32, 32)`: the 28×28 of MNIST within a margin of black (−1).
    ///
    /// # Panics
    /// If `idx` is not below [`Digits::len`], as a slice does.
    #[must_use]
    pub fn picture(&self, idx: usize) -> Picture {
        assert!(idx < self.len(), "digit {idx} of {}", self.len());
        let tile = self.atlas.tile(idx).permuted_axes([2, 0, 1]);
        let (_, height, width) = tile.dim();
        // Half of the margin on each side; the set's tiles are never larger than SIZE.
        let top = SIZE.saturating_sub(height).div_euclid(2);
        let left = SIZE.saturating_sub(width).div_euclid(2);
        let mut picture = Picture::from_elem((1, SIZE, SIZE), -1.0);
        picture.slice_mut(s![.., top..top + height, left..left + width]).assign(&tile.mapv(value_from_byte));
        picture
    }

    /// What digit `idx` was meant to be, 0…9.
    ///
    /// # Panics
    /// If `idx` is not below [`Digits::len`], as a slice does.
    #[must_use]
    pub fn label(&self, idx: usize) -> u8 {
        self.labels[idx]
    }

    /// The digits of one split, ascending. Every class has the same share of every split.
    #[must_use]
    pub fn indices(&self, split: Split) -> &[usize] {
        match split {
            Split::Generator => &self.generator,
            Split::Probe => &self.probe,
            Split::Test => &self.test,
        }
    }

    /// One each of the digits 0 to 7, of those that generators learn from: too few to learn more than these.
    #[must_use]
    pub fn eight(&self) -> Vec<usize> {
        let first = |label: u8| self.generator.iter().copied().find(|&idx| self.label(idx) == label);
        (0..8).filter_map(first).collect()
    }
}

impl Split {
    /// All three, largest first.
    pub const ALL: [Self; 3] = [Self::Generator, Self::Probe, Self::Test];

    /// As lessons and model cards name it: `generator`, `probe`, `test`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Generator => "generator",
            Self::Probe => "probe",
            Self::Test => "test",
        }
    }

    fn letter(self) -> char {
        match self {
            Self::Generator => 'g',
            Self::Probe => 'p',
            Self::Test => 't',
        }
    }
}

impl DigitsIndex {
    pub fn num_digits(&self) -> usize {
        self.labels.len()
    }

    fn labels(&self) -> Result<Vec<u8>, DataError> {
        let label = |character: char| {
            let digit = character.to_digit(10).and_then(|d| u8::try_from(d).ok());
            digit.ok_or_else(|| DataError::damaged(INDEX, format!("a label is `{character}`, not a digit")))
        };
        self.labels.chars().map(label).collect()
    }

    pub fn indices(&self, split: Split) -> Result<Vec<usize>, DataError> {
        let unknown = |c: char| Split::ALL.iter().all(|split| split.letter() != c);
        if self.splits.len() != self.labels.len() || self.splits.contains(unknown) {
            return Err(DataError::damaged(INDEX, "`splits` does not have one of g, p, t for each label"));
        }
        let members = self.splits.chars().enumerate();
        Ok(members.filter_map(|(idx, letter)| (letter == split.letter()).then_some(idx)).collect())
    }
}
