use std::sync::LazyLock;

use ndarray::{Array2, Axis, s};
use noisebook_data::{DataError, Digits, Split};

use crate::store::{Checkout, Spoiled};

static DIGITS: LazyLock<Digits> = LazyLock::new(|| Digits::load(&Checkout).unwrap());

const ATLAS: &str = "assets/digits/atlas.png";
const INDEX: &str = "assets/digits/index.json";

/// A digit's pixels in one row.
fn row(idx: usize) -> Vec<f32> {
    DIGITS.picture(idx).iter().copied().collect()
}

/// Bytes of ink, as MNIST stores them.
fn ink(idx: usize) -> f32 {
    DIGITS.picture(idx).mapv(|value| ((value + 1.0) * 127.5).round()).sum()
}

#[test]
fn every_digit_is_in_one_split() {
    assert_eq!(DIGITS.len(), 10_000);
    let splits = Split::ALL.map(|split| DIGITS.indices(split));
    assert_eq!(splits.map(<[usize]>::len), [5_000, 4_000, 1_000]);
    let mut all = splits.concat();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..10_000));
}

#[test]
fn splits_have_the_same_share_of_every_class() {
    let count = |of: &mut dyn Iterator<Item = usize>, label| {
        of.filter(|idx| DIGITS.label(*idx) == label).count() as f64
    };
    for label in 0..10 {
        let num_all = count(&mut (0..DIGITS.len()), label);
        for (split, share) in Split::ALL.into_iter().zip([0.5, 0.4, 0.1]) {
            let num = count(&mut DIGITS.indices(split).iter().copied(), label);
            let off = (num - share * num_all).abs();
            assert!(off < 2.0, "{label} in {split:?}: {num} of {num_all}");
        }
    }
}

#[test]
fn the_first_of_a_split_are_a_fair_sample() {
    for split in Split::ALL {
        for label in 0..10 {
            let first = &DIGITS.indices(split)[..500];
            let num = first.iter().filter(|idx| DIGITS.label(**idx) == label);
            let num = num.count();
            assert!((25..=80).contains(&num), "{label} in {split:?}: {num}");
        }
    }
}

#[test]
fn a_digit_lies_in_a_black_margin() {
    for idx in [0, 123, 9_999] {
        let picture = DIGITS.picture(idx);
        assert_eq!(picture.dim(), (1, 32, 32));
        assert!(picture.iter().all(|value| (-1.0..=1.0).contains(value)));
        let margin = picture.sum() - picture.slice(s![.., 2..30, 2..30]).sum();
        assert!((margin + 32.0 * 32.0 - 28.0 * 28.0).abs() < 1e-2, "{margin}");
        assert!(picture.iter().any(|value| *value > 0.9), "ink is white");
    }
}

/// Known of MNIST from elsewhere: the mean of its pixels, and that its first digit is a 5 with
/// 27,525 in all.
#[test]
fn these_are_mnist() {
    let total: f64 = (0..DIGITS.len()).map(|idx| f64::from(ink(idx))).sum();
    let mean = total / (10_000.0 * 28.0 * 28.0 * 255.0);
    assert!((mean - 0.1307).abs() < 1e-3, "{mean}");
    let first = (0..DIGITS.len()).find(|idx| ink(*idx) == 27_525.0 && DIGITS.label(*idx) == 5);
    assert!(first.is_some());
}

/// If labels and tiles were out of step, the nearest mean would be right one time in ten.
#[test]
fn labels_belong_to_the_pictures() {
    let mut means = Array2::<f32>::zeros((10, 32 * 32));
    let mut counts = [0.0_f32; 10];
    for idx in DIGITS.indices(Split::Generator) {
        let label = usize::from(DIGITS.label(*idx));
        counts[label] += 1.0;
        let mut mean = means.row_mut(label);
        mean += &ndarray::Array1::from(row(*idx));
    }
    for (mut mean, count) in means.axis_iter_mut(Axis(0)).zip(counts) {
        mean /= count;
    }
    let nearest = |idx: usize| {
        let pixels = ndarray::Array1::from(row(idx));
        let distance = |label: &usize| (&means.row(*label) - &pixels).mapv(|d| d * d).sum();
        (0..10).min_by(|a, b| distance(a).total_cmp(&distance(b)))
    };
    let test = DIGITS.indices(Split::Test);
    let right = test.iter().filter(|idx| nearest(**idx) == Some(usize::from(DIGITS.label(**idx))));
    let right = right.count();
    assert!(right > 750, "{right} of 1000");
}

#[test]
fn damage_is_told() {
    fn check(path: &'static str, spoil: fn(Vec<u8>) -> Option<Vec<u8>>, expected: &str) {
        let error = Digits::load(&Spoiled { path, spoil }).err().unwrap();
        let message = error.to_string();
        assert!(message.contains(path) && message.contains(expected), "{message}");
    }
    fn flip(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
        bytes[1_000] ^= 1;
        Some(bytes)
    }
    fn replace(bytes: Vec<u8>, from: &str, to: &str) -> Option<Vec<u8>> {
        Some(String::from_utf8(bytes).unwrap().replacen(from, to, 1).into_bytes())
    }
    check(ATLAS, |_| None, "not found");
    check(INDEX, |_| None, "not found");
    check(ATLAS, flip, "SHA-256");
    check(ATLAS, |bytes| Some(bytes[..1_000].to_vec()), "SHA-256");
    check(INDEX, |bytes| Some(bytes[..1_000].to_vec()), "not the index");
    check(INDEX, |bytes| replace(bytes, "\"splits\": \"", "\"splits\": \"g"), "splits");
    let error = Digits::load(&Spoiled { path: ATLAS, spoil: |_| None }).err().unwrap();
    assert!(matches!(error, DataError::Store(_)));
}
