//! What a training on scenes asks its samples for, and how many of them show it.
//!
//! With colors, places and shapes to get wrong, each judged apart from the next, the order of learning can be watched (Okawa
//! et al. 2023, arXiv 2310.09336).

use crate::LabError;
use noisebook_data::{Picture, parse};
use noisebook_probe::{SceneScores, found_objects, is_at, judge, scene_scores};

/// Asked for in turn: one object each, and where. Each color, shape and place is there, and no pair of shape and color that
/// no training scene has.
pub(crate) const PROMPTS: [&str; 8] = [
    "a red circle at the top left",
    "a blue square at the bottom right",
    "a black triangle at the bottom left",
    "a yellow cross at the top right",
    "a green circle in the middle",
    "a purple square at the top left",
    "a red triangle at the top right",
    "a black cross at the bottom right",
];

/// The prompts of so many samples.
pub(crate) fn in_turn(num: usize) -> Vec<&'static str> {
    PROMPTS.into_iter().cycle().take(num).collect()
}

/// How many of some samples are right in what, as fractions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scores {
    /// One object is there, in its color.
    pub colour: f64,
    /// That, and where it was asked to be; in whatever shape.
    pub place: f64,
    /// It is there in its color and its shape, wherever it is.
    pub shape: f64,
    /// All that was asked for.
    pub joint: f64,
}

/// The scores of samples that were asked for in turn.
///
/// # Errors
/// When there is no sample.
pub(crate) fn scores(samples: &[Picture]) -> Result<Scores, LabError> {
    let mut num_placed = 0;
    let mut judged = Vec::new();
    for (prompt, sample) in in_turn(samples.len()).into_iter().zip(samples) {
        let Some(request) = parse(prompt) else { continue };
        let found = found_objects(sample);
        let judgment = judge(&request, &found);
        let is_there = |place| found.iter().all(|object| is_at(place, object.center));
        num_placed += usize::from(judgment.color && request.place.is_none_or(is_there));
        judged.push((request, judgment));
    }
    let SceneScores { colour, shape, joint, .. } = scene_scores(&judged)?;
    Ok(Scores { colour, place: num_placed as f64 / judged.len() as f64, shape, joint })
}

#[cfg(test)]
mod tests {
    use super::*;
    use noisebook_data::{HELD_OUT_PAIRS, Place, SceneColor, Shape};

    #[test]
    fn the_prompts_ask_for_everything_that_was_learned_and_nothing_else() {
        let requests: Vec<_> = PROMPTS.iter().map(|prompt| parse(prompt).unwrap()).collect();
        let pairs: Vec<_> = requests
            .iter()
            .flat_map(|request| request.objects.iter().map(|object| (object.shape, object.color)))
            .collect();
        assert!(SceneColor::ALL.iter().all(|color| pairs.iter().any(|(_, asked)| asked == color)));
        assert!(Shape::ALL.iter().all(|shape| pairs.iter().any(|(asked, _)| asked == shape)));
        assert!(pairs.iter().all(|pair| !HELD_OUT_PAIRS.contains(pair)));
        assert!(requests.iter().all(|request| request.objects.len() == 1));
        assert!(Place::ALL.iter().all(|place| requests.iter().any(|request| request.place == Some(*place))));
    }
}
