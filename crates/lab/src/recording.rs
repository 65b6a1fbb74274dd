//! A timeline of frames that stays within a budget of memory.
//!
//! Frames are kept in half precision. If they would not all fit, only every k-th is: a **keyframe**.
//! A frame between two keyframes is computed again from the one before it, by the same step that made it first; the
//! frames met on the way are kept until another stretch is asked for, so that scrubbing back and forth costs one stretch.
//! Because noise is counted, the computed frame differs from the first one only by the keyframe's rounding.

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
    keyframes: Vec<Vec<f16>>,
    /// The stretch last computed: its keyframe's frame index, and the frames from there on.
    stretch: (usize, Vec<Vec<f32>>),
}

impl Recording {
    /// An empty recording for `num_frames` of `frame_len` values, in at most `max_bytes` if that is possible at all.
    pub fn new(num_frames: usize, frame_len: usize, max_bytes: usize) -> Self {
        let bytes = |every: usize| {
            let keyframes = num_frames.div_ceil(every) * frame_len * size_of::<f16>();
            let stretch = if every > 1 { every * frame_len * size_of::<f32>() } else { 0 };
            keyframes + stretch
        };
        let candidates = 1..=num_frames.max(1);
        let fits = candidates.clone().find(|every| bytes(*every) <= max_bytes);
        let every = fits.or_else(|| candidates.min_by_key(|every| bytes(*every))).unwrap_or(1);
        Self { every, len: 0, keyframes: Vec::new(), stretch: (0, Vec::new()) }
    }

    /// How many frames are recorded.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Records the next frame.
    pub fn push(&mut self, values: &[f32]) {
        if self.len.is_multiple_of(self.every) {
            let mut keyframe = vec![f16::ZERO; values.len()];
            keyframe.convert_from_f32_slice(values);
            self.keyframes.push(keyframe);
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
        let keyframe = self.keyframes.get(nth)?;
        let mut values = vec![0.0; keyframe.len()];
        keyframe.convert_to_f32_slice(&mut values);
        Some(values)
    }

    /// The bytes that frames take now.
    #[cfg(test)]
    fn bytes(&self) -> usize {
        let keyframes = self.keyframes.iter().map(|frame| frame.len() * size_of::<f16>());
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
