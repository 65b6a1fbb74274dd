//! A digit moves as its motion says, stays inside, and is the digit that it was.

use std::sync::LazyLock;

use ndarray::{Array2, ArrayRef2, ArrayView2, Axis, s};
use noisebook_data::{Clip, Digits, Motion, MovingDigits, Split};

use crate::store::Checkout;

static DIGITS: LazyLock<Digits> = LazyLock::new(|| Digits::load(&Checkout).unwrap());
static MOVING: LazyLock<MovingDigits> = LazyLock::new(|| MovingDigits::new(&DIGITS, Split::Test));

/// Rows and columns from the first to the last with ink, ends included.
fn bounds(frame: &ArrayRef2<f32>) -> [usize; 4] {
    let lines = |axis| {
        let has_ink = |line: ndarray::ArrayView1<'_, f32>| line.iter().any(|value| *value > -1.0);
        let with_ink: Vec<usize> =
            (0..32).filter(|&idx| has_ink(frame.index_axis(Axis(axis), idx))).collect();
        [with_ink[0], with_ink[with_ink.len() - 1]]
    };
    let ([top, bottom], [left, right]) = (lines(0), lines(1));
    [top, bottom, left, right]
}

fn frame(clip: &Clip, idx: usize) -> ArrayView2<'_, f32> {
    clip.slice(s![0, idx, .., ..])
}

#[test]
fn every_motion_goes_where_its_name_says() {
    // Pixels to the right and up, over the seven steps of a clip.
    let ways = [
        ("still", 0, 0),
        ("north", 0, 14),
        ("north-east", 14, 14),
        ("east", 14, 0),
        ("south-east", 14, -14),
        ("south", 0, -14),
        ("south-west", -14, -14),
        ("west", -14, 0),
        ("north-west", -14, 14),
    ];
    assert_eq!(Motion::ALL.map(Motion::name), ways.map(|(name, ..)| name));
    assert_eq!(Motion::named("upward"), None);
    for (name, right, up) in ways {
        let motion = Motion::named(name).unwrap();
        for (digit_idx, chances) in [(0, [0.0, 0.0]), (7, [0.5, 0.3]), (999, [0.999_999_94, 0.999_999_94])] {
            let clip = MOVING.clip(digit_idx, motion, chances);
            assert_eq!(clip.dim(), (1, MovingDigits::NUM_FRAMES, MovingDigits::SIDE, MovingDigits::SIDE));
            let first = bounds(&frame(&clip, 0));
            for idx in 0..8 {
                // Exactly a share of the way, and not only at its end.
                let [top, bottom, left, side] = bounds(&frame(&clip, idx)).map(|place| place as i32);
                let (right, up) = (right / 7 * idx as i32, up / 7 * idx as i32);
                let expected = first.map(|place| place as i32);
                assert_eq!([top + up, bottom + up, left - right, side - right], expected, "{name}, {idx}");
            }
        }
    }
}

#[test]
fn a_digit_is_the_same_in_every_frame() {
    for (nth, motion) in Motion::ALL.into_iter().enumerate() {
        let clip = MOVING.clip(nth, motion, [0.4, 0.8]);
        let cut = |idx| {
            let [top, bottom, left, right] = bounds(&frame(&clip, idx));
            frame(&clip, idx).slice(s![top..=bottom, left..=right]).to_owned()
        };
        let first: Array2<f32> = cut(0);
        assert!((1..8).all(|idx| cut(idx) == first), "{}", motion.name());
    }
}

/// A digit's ink touches its square on two opposite sides, so the places it reaches tell where it may start.
#[test]
fn starts_fill_what_the_way_leaves_and_no_more() {
    let check = |motion: Motion, num_across: usize, num_down: usize| {
        let raster = 190;
        let mut across = std::collections::BTreeMap::<usize, usize>::new();
        let mut down = across.clone();
        for nth in 0..raster {
            let chance = (nth as f32 + 0.5) / raster as f32;
            *across.entry(bounds(&frame(&MOVING.clip(3, motion, [chance, 0.0]), 0))[2]).or_default() += 1;
            *down.entry(bounds(&frame(&MOVING.clip(3, motion, [0.0, chance]), 0))[0]).or_default() += 1;
        }
        for (found, expected) in [(&across, num_across), (&down, num_down)] {
            assert_eq!(found.len(), expected, "{}", motion.name());
            assert!(found.values().all(|num| *num == raster / expected), "{found:?}");
        }
    };
    // 32 − 14 = 18 pixels are free, and a way of 14 leaves 4 of them.
    check(Motion::Still, 19, 19);
    check(Motion::East, 5, 19);
    check(Motion::North, 19, 5);
    check(Motion::SouthWest, 5, 5);
}

/// The square around the ink becomes 14×14: what is longest fills it, and the mean stays (area averaging).
#[test]
fn digits_are_drawn_small_by_area() {
    for (nth, &idx) in DIGITS.indices(Split::Test).iter().enumerate() {
        assert_eq!(MOVING.label(nth), DIGITS.label(idx));
        let picture = DIGITS.picture(idx);
        let [top, bottom, left, right] = bounds(&picture.index_axis(Axis(0), 0));
        let side = (bottom - top + 1).max(right - left + 1) as f32;
        let clip = MOVING.clip(nth, Motion::Still, [0.0, 0.0]);
        assert!(clip.iter().all(|value| (-1.0..=1.0).contains(value)), "digit {idx}");
        let [top, bottom, left, right] = bounds(&frame(&clip, 0));
        assert_eq!((bottom - top).max(right - left) + 1, 14, "digit {idx}");

        let ink = |values: &mut dyn Iterator<Item = &f32>| values.map(|value| value + 1.0).sum::<f32>();
        let expected = ink(&mut picture.iter()) * (14.0 / side).powi(2);
        let found = ink(&mut frame(&clip, 0).iter());
        assert!((found - expected).abs() < 1e-3 * expected, "digit {idx}: {found}, not {expected}");
    }
}

#[test]
fn motions_take_turns_and_meet_every_digit() {
    let mut met = std::collections::BTreeSet::new();
    for nth in 0..9 * MOVING.len() {
        met.insert((nth % MOVING.len(), Motion::in_turn(nth).name()));
    }
    assert_eq!((MOVING.len(), met.len()), (1_000, 9_000));
    let names: Vec<_> = (9..18).map(|nth| Motion::in_turn(nth).name()).collect();
    assert_eq!(names, Motion::ALL.map(Motion::name));
}
