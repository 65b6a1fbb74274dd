//! What a training on scenes asks its samples for, and how many of them show it.
//!
//! With colors, shapes and places to get wrong one after the other, the order of learning can be watched (Okawa et al. 2023,
//! arXiv 2310.09336).

use crate::LabError;
use noisebook_data::{Picture, parse};
use noisebook_probe::{SceneScores, found_objects, judge, scene_scores};

/// Asked for in turn. Each color and each shape is there, two prompts ask for one object, two say where it is, and four how
/// two lie to each other; none asks for a pair of shape and color that no training scene has.
pub(crate) const PROMPTS: [&str; 8] = [
    "a red circle",
    "a black triangle",
    "a blue square at the top left",
    "a yellow cross at the bottom right",
    "a purple square left of a green circle",
    "a green triangle right of a red cross",
    "a black circle above a yellow square",
    "a red square below a blue triangle",
];

/// The prompts of so many samples.
pub(crate) fn in_turn(num: usize) -> Vec<&'static str> {
    PROMPTS.into_iter().cycle().take(num).collect()
}

/// The shares of these samples, asked for in turn, that show what was asked for.
///
/// # Errors
/// When there is no sample.
pub(crate) fn scores(samples: &[Picture]) -> Result<SceneScores, LabError> {
    let judged: Vec<_> = in_turn(samples.len())
        .into_iter()
        .zip(samples)
        .filter_map(|(prompt, sample)| {
            let request = parse(prompt)?;
            let judgment = judge(&request, &found_objects(sample));
            Some((request, judgment))
        })
        .collect();
    Ok(scene_scores(&judged)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use noisebook_data::{HELD_OUT_PAIRS, SceneColor, Shape};

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
        let num = |of: fn(&noisebook_data::Request) -> bool| requests.iter().filter(|r| of(r)).count();
        assert_eq!([num(|r| r.place.is_some()), num(|r| r.relation.is_some())], [2, 4]);
    }
}
