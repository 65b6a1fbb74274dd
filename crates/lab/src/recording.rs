//! A timeline of frames that stays within a budget of memory.
//!
//! Frames are kept in half precision, but for what a run has to go on from to the bit: the first values of a frame, kept
//! as they are. If they would not all fit, only every k-th is: a **keyframe**.
//! A frame between two keyframes is computed again from the one before it, by the same step that made it first; the
//! frames met on the way are kept until another stretch is asked for, so that scrubbing back and forth costs one stretch.
//! Because noise is counted, the computed frame differs from the first one only by the keyframe's rounding, and not at
//! all where what it is computed from was kept as it is.

use half::f16;
use half::slice::HalfFloatSliceExt;

/// What a recording may hold, in bytes.
pub const MAX_BYTES: usize = 256 << 20;

/// Frames 0, 1, 2, … of a known number of values each.
pub struct Recording {
    /// Every how many frames there is a keyframe.
    every: usize,
    /// Frames recorded.
    len: usize,
    /// How many values of a frame are kept as they are.
    exact_len: usize,
    keyframes: Vec<Keyframe>,
    /// The stretch last computed: its keyframe's frame index, and the frames from there on.
    stretch: (usize, Vec<Vec<f32>>),
}

/// A frame as it is kept.
struct Keyframe {
    exact: Vec<f32>,
    rounded: Vec<f16>,
}

impl Recording {
    /// An empty recording for `num_frames` of `frame_len` values, in at most `max_bytes` if that is possible at all.
    pub fn new(num_frames: usize, frame_len: usize, max_bytes: usize) -> Self {
        Self::with_exact(num_frames, (0, frame_len), max_bytes)
    }

    /// The same for frames that begin with `exact_len` values that are kept as they are, and go on with `rounded_len`
    /// others.
    pub fn with_exact(num_frames: usize, (exact_len, rounded_len): (usize, usize), max_bytes: usize) -> Self {
        let bytes = |every: usize| {
            let frame = exact_len * size_of::<f32>() + rounded_len * size_of::<f16>();
            let keyframes = num_frames.div_ceil(every) * frame;
            let stretch = if every > 1 { every * (exact_len + rounded_len) * size_of::<f32>() } else { 0 };
            keyframes + stretch
        };
        let candidates = 1..=num_frames.max(1);
        let fits = candidates.clone().find(|every| bytes(*every) <= max_bytes);
        let every = fits.or_else(|| candidates.min_by_key(|every| bytes(*every))).unwrap_or(1);
        Self { every, len: 0, exact_len, keyframes: Vec::new(), stretch: (0, Vec::new()) }
    }

    /// How many frames are recorded.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Records the next frame.
    pub fn push(&mut self, values: &[f32]) {
        if self.len.is_multiple_of(self.every) {
            let (exact, others) = values.split_at(self.exact_len.min(values.len()));
            let mut rounded = vec![f16::ZERO; others.len()];
            rounded.convert_from_f32_slice(others);
            self.keyframes.push(Keyframe { exact: exact.to_vec(), rounded });
        }
        self.len += 1;
    }

    /// A recorded frame, or none if there is no such frame yet.
    ///
    /// `step` makes frame `idx` out of the frame before it, as it was made when it was recorded.
    pub fn frame<E>(
        &mut self,
        idx: usize,
        mut step: impl FnMut(usize, &[f32]) -> Result<Vec<f32>, E>,
    ) -> Result<Option<Vec<f32>>, E> {
        if idx >= self.len {
            return Ok(None);
        }
        let between = idx % self.every;
        let start = idx - between;
        if between == 0 {
            return Ok(self.keyframe(start));
        }
        if self.stretch.0 != start || self.stretch.1.is_empty() {
            self.stretch = (start, self.keyframe(start).into_iter().collect());
        }
        let frames = &mut self.stretch.1;
        while let (next, Some(last)) = (frames.len(), frames.last())
            && next <= between
        {
            let frame = step(start + next, last)?;
            frames.push(frame);
        }
        Ok(frames.get(between).cloned())
    }

    fn keyframe(&self, idx: usize) -> Option<Vec<f32>> {
        let nth = idx.checked_div(self.every)?;
        let Keyframe { exact, rounded } = self.keyframes.get(nth)?;
        let mut values = exact.clone();
        values.resize(exact.len() + rounded.len(), 0.0);
        if let Some(others) = values.get_mut(exact.len()..) {
            rounded.convert_to_f32_slice(others);
        }
        Some(values)
    }

    /// Of each keyframe its index and the values at `places`, without computing anything again.
    pub fn values_at<const N: usize>(&self, places: [usize; N]) -> impl Iterator<Item = (usize, [f32; N])> {
        self.keyframes.iter().enumerate().map(move |(nth, Keyframe { exact, rounded })| {
            let value = |place: usize| match place.checked_sub(exact.len()) {
                Some(place) => rounded.get(place).map_or(f32::NAN, |value| value.to_f32()),
                None => exact.get(place).copied().unwrap_or(f32::NAN),
            };
            (nth * self.every, places.map(value))
        })
    }

    /// The bytes that frames take now.
    #[cfg(test)]
    fn bytes(&self) -> usize {
        let of =
            |frame: &Keyframe| frame.exact.len() * size_of::<f32>() + frame.rounded.len() * size_of::<f16>();
        let keyframes = self.keyframes.iter().map(of);
        let stretch = self.stretch.1.iter().map(|frame| frame.len() * size_of::<f32>());
        keyframes.chain(stretch).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    const FRAME_LEN: usize = 64;

    /// Frame idx out of frame idx − 1: something that depends on both.
    fn step(idx: usize, before: &[f32]) -> Vec<f32> {
        before.iter().map(|value| 0.9 * value + (idx as f32).sin()).collect()
    }

    fn frames(num: usize) -> Vec<Vec<f32>> {
        let mut frames = vec![(0..FRAME_LEN).map(|i| (i as f32).cos()).collect::<Vec<_>>()];
        while frames.len() < num {
            frames.push(step(frames.len(), &frames[frames.len() - 1]));
        }
        frames
    }

    /// Records 100 frames within `max_bytes` and reads them back in this order.
    /// Returns k and how many frames had to be computed again.
    #[track_caller]
    fn check(max_bytes: usize, order: impl Iterator<Item = usize>) -> (usize, usize) {
        let frames = frames(100);
        let mut recording = Recording::new(frames.len(), FRAME_LEN, max_bytes);
        frames.iter().for_each(|frame| recording.push(frame));
        let mut num_steps = 0;
        for idx in order {
            let again = recording.frame(idx, |idx, before| {
                num_steps += 1;
                Ok::<_, Infallible>(step(idx, before))
            });
            let again = again.unwrap().unwrap();
            let error = frames[idx].iter().zip(&again).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            // Values stay below 8, where half precision is within 2⁻⁹·2 of the number.
            assert!(error <= 0.004, "frame {idx} is off by {error}");
            assert!(recording.bytes() <= max_bytes, "{} bytes of {max_bytes}", recording.bytes());
        }
        (recording.every, num_steps)
    }

    #[test]
    fn everything_is_kept_where_it_fits() {
        assert_eq!(check(100 * FRAME_LEN * 2, 0..100), (1, 0));
    }

    #[test]
    fn what_does_not_fit_is_computed_again() {
        let (every, num_steps) = check(50 * FRAME_LEN * 2, 0..100);
        assert!(every > 1);
        // Walking along the timeline, each frame between keyframes is computed once.
        assert_eq!(num_steps, 100 - 100_usize.div_ceil(every));
    }

    #[test]
    fn scrubbing_backwards_computes_no_more() {
        let (every, num_steps) = check(50 * FRAME_LEN * 2, (0..100).rev());
        assert_eq!(num_steps, 100 - 100_usize.div_ceil(every));
    }

    #[test]
    fn a_jump_costs_less_than_one_stretch() {
        let (every, num_steps) = check(50 * FRAME_LEN * 2, std::iter::once(99));
        assert!(num_steps < every);
    }

    #[test]
    fn what_is_to_be_exact_is_not_rounded() {
        let frames = frames(100);
        for max_bytes in [MAX_BYTES, 12 << 10] {
            let mut recording = Recording::with_exact(100, (FRAME_LEN, 1), max_bytes);
            frames.iter().for_each(|frame| recording.push(&[&frame[..], &[0.1]].concat()));
            for idx in [0, 99, 40, 41, 7] {
                let again = recording.frame(idx, |idx, before| {
                    Ok::<_, Infallible>([step(idx, &before[..FRAME_LEN]), vec![0.1]].concat())
                });
                let again = again.unwrap().unwrap();
                assert_eq!(again[..FRAME_LEN], frames[idx]);
                assert!((again[FRAME_LEN] - 0.1).abs() < 1e-4);
            }
            for (idx, [first, last]) in recording.values_at([0, FRAME_LEN]) {
                assert_eq!(first, frames[idx][0]);
                assert!((last - 0.1).abs() < 1e-4 && last != 0.1);
            }
        }
    }

    #[test]
    fn there_is_no_frame_that_was_not_recorded() {
        let mut recording = Recording::new(3, 1, MAX_BYTES);
        recording.push(&[1.0]);
        let frame = recording.frame(1, |_, before| Ok::<_, Infallible>(before.to_vec()));
        assert_eq!(frame.unwrap(), None);
    }

    #[test]
    fn a_budget_too_small_for_anything_still_works() {
        let recording = Recording::new(100, FRAME_LEN, 1);
        assert!((2..100).contains(&recording.every));
    }
}
