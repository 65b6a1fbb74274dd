//! Does a picture show what a sentence asks for?
//!
//! The objects are found without any network. Each pixel is taken as white mixed with one of the six colors; inked pixels
//! that touch are one object, and its color is what most of them have. Its shape is read from three moments of where its
//! ink lies, which do not change when it is moved or made larger: how far it reaches, whether it is heavier below than
//! above, and whether it fills its corners. They are held against what integrals over a disc, a square, a triangle and a
//! cross come to, so nothing here was fitted to pictures.
//!
//! Its own errors are part of what is published: see the tests.

use ndarray::{Array2, ArrayRef3};
use noisebook_data::{Picture, Place, Relation, Request, SceneColor, Shape, Size, parse};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::error::check_enough;

/// Covered to more than this share, a pixel is part of an object; those at its edge count with their share.
const INKED: f64 = 0.4;
/// Less ink than this share of a picture is a speck, not an object: 6 of 32 × 32 pixels, a quarter of the least that a scene has.
const SPECK: f64 = 6.0 / 1024.0;
/// How far two shapes' moments are apart, in units in which they are comparable.
const UNITS: [f64; 3] = [0.01, 0.006, 0.001];
/// A blob farther than this from every shape, in these units, is none of them.
const STRANGE: f64 = 4.0;
/// Where the middle third of a picture begins and ends for one that is asked to be there.
const MIDDLE: [f64; 2] = [0.41, 0.59];

/// An object that a picture shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FoundObject {
    /// The color of most of its pixels.
    pub color: SceneColor,
    /// What its moments are nearest to; none where they are far from every shape.
    pub shape: Option<Shape>,
    /// Its centroid, to the right and down from the top left corner, as fractions of the picture's side.
    pub center: [f64; 2],
    /// How much of the picture it covers, 0 to 1.
    pub area: f64,
}

/// Whether a picture shows what was asked for; each includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgment {
    /// Every object is there in its color, and no other.
    pub color: bool,
    /// And in its shape.
    pub shape: bool,
    /// And where it was asked to be; a request that does not say where asks for nothing here.
    pub position: bool,
    /// And as large as it was asked to be: all of it.
    pub joint: bool,
}

/// How many of some pictures show what was asked for, as fractions; the keys are those of `noisebook eval`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SceneScores {
    /// Every object there in its color, and no other.
    pub colour: f64,
    /// And in its shape.
    pub shape: f64,
    /// And where it was asked to be: of the requests that say where, or of all if none does.
    pub position: f64,
    /// All that was asked for.
    pub joint: f64,
}

/// The objects of a picture, in the order in which their first pixels are read.
///
/// # Shapes
/// `picture`: `(3, side, side)`, values in \[−1, 1\], on white.
#[must_use]
pub fn found_objects(picture: &ArrayRef3<f32>) -> Vec<FoundObject> {
    let (_, height, width) = picture.dim();
    let inks = Array2::from_shape_fn((height, width), |(y, x)| ink([0, 1, 2].map(|c| picture[(c, y, x)])));
    let mut owners = Array2::<usize>::zeros((height, width));
    let mut num = 0;
    for place in ndarray::indices((height, width)) {
        if owners[place] == 0 && inks[place].1 > INKED {
            num += 1;
            spread(place, num, &inks, &mut owners);
        }
    }
    (1..=num).filter_map(|owner| object(owner, &inks, &owners)).collect()
}

/// Whether these objects are what was asked for.
#[must_use]
pub fn judge(request: &Request, found: &[FoundObject]) -> Judgment {
    let colors = |all: Vec<SceneColor>| sorted(all);
    let color = colors(request.objects.iter().map(|asked| asked.color).collect())
        == colors(found.iter().map(|object| object.color).collect());
    // No two objects of a scene agree in both, so each has at most one match.
    let matched: Option<Vec<&FoundObject>> = request
        .objects
        .iter()
        .map(|asked| {
            found.iter().find(|object| (object.color, object.shape) == (asked.color, Some(asked.shape)))
        })
        .collect();
    let matched = matched.filter(|_| color);
    let shape = matched.is_some();
    let objects = matched.unwrap_or_default();
    let position = shape
        && match (objects.as_slice(), request.relation, request.place) {
            ([first, second], Some(relation), _) => holds(relation, first.center, second.center),
            ([only], _, Some(place)) => is_at(place, only.center),
            _ => true,
        };
    let sized = request.objects.iter().zip(&objects).all(|(asked, found)| {
        asked.size.is_none_or(|size| found.shape.is_some_and(|shape| size_of(shape, found.area) == size))
    });
    Judgment { color, shape, position, joint: position && sized }
}

/// What each picture was asked for by its prompt, and whether it shows that; none where a prompt is not worded as the
/// captions of scenes are, or asks for two things that are alike in shape and color, which no caption does.
///
/// # Shapes
/// `pictures`: `(3, side, side)` each, values in \[−1, 1\], on white.
pub fn judge_prompts<'a>(
    prompts: impl IntoIterator<Item = &'a str>,
    pictures: &[Picture],
) -> Option<Vec<(Request, Judgment)>> {
    let judged = prompts.into_iter().zip(pictures).map(|(prompt, picture)| {
        let request = parse(prompt)?;
        let kinds: Vec<_> = request.objects.iter().map(|asked| (asked.shape, asked.color)).collect();
        let are_alike = kinds.iter().enumerate().any(|(nth, kind)| kinds[..nth].contains(kind));
        let judgment = judge(&request, &found_objects(picture));
        (!are_alike).then_some((request, judgment))
    });
    judged.collect()
}

/// The fractions of some requests that were met.
///
/// # Errors
/// When there is no request.
pub fn scene_scores(judged: &[(Request, Judgment)]) -> Result<SceneScores> {
    check_enough("a score of scenes", "the requests", 1, judged.len())?;
    let says_where = |asked: &Request| asked.relation.is_some() || asked.place.is_some();
    let is_asked = |(asked, _): &&(Request, Judgment)| says_where(asked);
    let mut placed: Vec<bool> =
        judged.iter().filter(is_asked).map(|(_, judgment)| judgment.position).collect();
    if placed.is_empty() {
        placed = judged.iter().map(|(_, judgment)| judgment.position).collect();
    }
    let share = |of: fn(&Judgment) -> bool| {
        judged.iter().filter(|(_, judgment)| of(judgment)).count() as f64 / judged.len() as f64
    };
    Ok(SceneScores {
        colour: share(|judgment| judgment.color),
        shape: share(|judgment| judgment.shape),
        position: placed.iter().filter(|is_met| **is_met).count() as f64 / placed.len() as f64,
        joint: share(|judgment| judgment.joint),
    })
}

/// The color that a pixel is nearest to being mixed of with white, and its share, 0 to 1.
fn ink(pixel: [f32; 3]) -> (SceneColor, f64) {
    let from_white = pixel.map(|value| f64::from(value) - 1.0);
    let mut nearest = (SceneColor::Black, 0.0, f64::INFINITY);
    for color in SceneColor::ALL {
        let pure = color.rgb().map(|value| f64::from(value) - 1.0);
        let share = (dot(from_white, pure) / dot(pure, pure)).clamp(0.0, 1.0);
        let rest = [0, 1, 2].map(|c| from_white[c] - share * pure[c]);
        let distance = dot(rest, rest);
        if distance < nearest.2 {
            nearest = (color, share, distance);
        }
    }
    (nearest.0, nearest.1)
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Gives all inked pixels that hang together with this one the same owner; touching at a corner is enough.
fn spread(start: (usize, usize), owner: usize, inks: &Array2<(SceneColor, f64)>, owners: &mut Array2<usize>) {
    let mut open = vec![start];
    while let Some(place) = open.pop() {
        if owners[place] != 0 || inks[place].1 <= INKED {
            continue;
        }
        owners[place] = owner;
        open.extend(neighbors(place, inks.dim()));
    }
}

/// A place and the eight around it, as far as they are in the picture.
fn neighbors(
    (y, x): (usize, usize),
    (height, width): (usize, usize),
) -> impl Iterator<Item = (usize, usize)> {
    let around = |at: usize, end: usize| at.saturating_sub(1)..=(at + 1).min(end - 1);
    around(y, height).flat_map(move |y| around(x, width).map(move |x| (y, x)))
}

/// What one owner's pixels are, with those at its edge.
fn object(owner: usize, inks: &Array2<(SceneColor, f64)>, owners: &Array2<usize>) -> Option<FoundObject> {
    let (mut votes, mut shares) = ([0_usize; SceneColor::ALL.len()], Vec::new());
    let (height, width) = inks.dim();
    for ((y, x), &(color, share)) in inks.indexed_iter() {
        if owners[(y, x)] == owner {
            votes[color as usize] += 1;
        }
        let is_edge =
            || owners[(y, x)] == 0 && neighbors((y, x), inks.dim()).any(|near| owners[near] == owner);
        if owners[(y, x)] == owner || is_edge() {
            shares.push((share, [(x as f64 + 0.5) / width as f64, (y as f64 + 0.5) / height as f64]));
        }
    }
    let area = shares.iter().map(|(share, _)| share).sum::<f64>() / (width * height) as f64;
    if area < SPECK {
        return None;
    }
    let most = (0..votes.len()).max_by_key(|&color| votes[color])?;
    let mean = |of: &dyn Fn([f64; 2]) -> f64| {
        let sum: f64 = shares.iter().map(|&(share, place)| share * of(place)).sum();
        sum / area / (width * height) as f64
    };
    let center = [mean(&|place| place[0]), mean(&|place| place[1])];
    // A pixel is not a point: its own spread is taken off (Sheppard's correction).
    let within = 1.0 / (12.0 * (width * height) as f64);
    let square = |place: [f64; 2], axis: usize| (place[axis] - center[axis]).powi(2);
    let [across, down] = [0, 1].map(|axis| mean(&|place| square(place, axis)) - within);
    let skew = mean(&|place| (place[1] - center[1]).powi(3));
    let corners = mean(&|place| square(place, 0) * square(place, 1)) - within * (across + down + within);
    let moments = [(across + down) / area, skew / area.powf(1.5), corners / area.powi(2)];
    Some(FoundObject { color: SceneColor::ALL[most], shape: nearest_shape(moments), center, area })
}

/// Of a shape of any size, centered: the mean of x² + y² in areas, of y³ (down) in areas to the power of 3/2, and of
/// x² y² in areas squared. Of a triangle as wide as 1.156 times its height, and of a cross with arms 0.36 times as wide as
/// they are long; the disc's are 1/2π, 0 and 1/24π², the square's 1/6, 0 and 1/144.
fn moments_of(shape: Shape) -> [f64; 3] {
    match shape {
        Shape::Circle => [0.15915, 0.0, 0.004_222],
        Shape::Square => [0.16667, 0.0, 0.006_944],
        Shape::Triangle => [0.19245, -0.01687, 0.007_408],
        Shape::Cross => [0.18640, 0.0, 0.003_075],
    }
}

/// The shape whose moments are nearest to these.
fn nearest_shape(moments: [f64; 3]) -> Option<Shape> {
    let distance = |shape: Shape| {
        let known = moments_of(shape);
        (0..3).map(|i| ((moments[i] - known[i]) / UNITS[i]).powi(2)).sum::<f64>().sqrt()
    };
    let nearest = Shape::ALL.into_iter().min_by(|a, b| distance(*a).total_cmp(&distance(*b)))?;
    (distance(nearest) < STRANGE).then_some(nearest)
}

/// Small or large: which radius is nearer to that of a shape of this area, as a ratio.
fn size_of(shape: Shape, area: f64) -> Size {
    // Of radius 1: a disc, a square of side 1.8, a triangle 1.8 high, and a cross.
    let unit = match shape {
        Shape::Circle => std::f64::consts::PI,
        Shape::Square => 3.24,
        Shape::Triangle => 1.872,
        Shape::Cross => 2.362,
    };
    let [small, large] = [Size::Small, Size::Large].map(|size| f64::from(size.radius()));
    if area / unit < small * large { Size::Small } else { Size::Large }
}

/// Whether the first is where it should be, seen from the second: farther that way than aside.
fn holds(relation: Relation, first: [f64; 2], second: [f64; 2]) -> bool {
    let [right, down] = [first[0] - second[0], first[1] - second[1]];
    match relation {
        Relation::LeftOf => -right > down.abs(),
        Relation::RightOf => right > down.abs(),
        Relation::Above => -down > right.abs(),
        Relation::Below => down > right.abs(),
    }
}

/// Whether a center, to the right and down as fractions of the side, lies in the ninth of the picture that a place names.
#[must_use]
pub fn is_at(place: Place, center: [f64; 2]) -> bool {
    let third = |at: f64| usize::from(at > MIDDLE[0]) + usize::from(at > MIDDLE[1]);
    center.map(third) == place.thirds()
}

fn sorted<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort_unstable();
    all
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;
    use noisebook_data::{AskedObject, Object, Scene, parse};

    use super::*;

    /// Numbers that look random (a linear congruence), for scenes and for noise.
    fn numbers(seed: u64) -> impl FnMut() -> f32 {
        let mut state = seed;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1_u64 << 24) as f32
        }
    }

    /// The share of drawn scenes of which the probe says that all is as their captions ask.
    fn joint(num: usize, sigma: f32, scene: fn(&mut dyn FnMut() -> f32) -> Scene) -> f64 {
        let mut uniform = numbers(7);
        let mut met = 0;
        for _ in 0..num {
            let scene = scene(&mut uniform);
            let request = parse(&scene.caption(uniform())).unwrap();
            let mut picture = scene.picture(32);
            // The sum of twelve uniform numbers is nearly normal.
            picture.mapv_inplace(|v| v + sigma * ((0..12).map(|_| uniform()).sum::<f32>() - 6.0));
            met += usize::from(judge(&request, &found_objects(&picture)).joint);
        }
        met as f64 / num as f64
    }

    #[test]
    fn clean_scenes_are_what_their_captions_say() {
        assert!(joint(4_000, 0.0, Scene::draw) >= 0.995);
        assert!(joint(1_000, 0.0, Scene::draw_held_out) >= 0.995);
    }

    #[test]
    fn its_own_error_grows_with_noise() {
        let [faint, strong] = [0.1, 0.4].map(|sigma| joint(400, sigma, Scene::draw));
        assert!(faint >= 0.99, "{faint}");
        assert!(strong < 0.8, "{strong}");
    }

    #[test]
    fn each_part_of_a_request_can_fail_alone() {
        let red =
            Object { shape: Shape::Circle, color: SceneColor::Red, size: Size::Large, center: [0.25, 0.5] };
        let blue = Object { shape: Shape::Square, color: SceneColor::Blue, center: [0.75, 0.5], ..red };
        let picture = Scene { objects: vec![red, blue], relation: None, place: None }.picture(32);
        let found = found_objects(&picture);
        let verdict = |prompt: &str| {
            let Judgment { color, shape, position, joint } = judge(&parse(prompt).unwrap(), &found);
            [color, shape, position, joint].map(u8::from)
        };
        assert_eq!(verdict("a red circle left of a blue square"), [1, 1, 1, 1]);
        assert_eq!(verdict("a blue square and a large red circle"), [1, 1, 1, 1]);
        assert_eq!(verdict("a small red circle left of a blue square"), [1, 1, 1, 0]);
        assert_eq!(verdict("a red circle right of a blue square"), [1, 1, 0, 0]);
        assert_eq!(verdict("a red square left of a blue circle"), [1, 0, 0, 0]);
        assert_eq!(verdict("a red circle"), [0, 0, 0, 0]);
        assert_eq!(verdict("a red circle left of a green square"), [0, 0, 0, 0]);
    }

    #[test]
    fn what_is_no_shape_is_not_taken_for_one() {
        // A bar, four times as long as wide.
        let mut picture = Array3::ones((3, 32, 32));
        for (c, value) in SceneColor::Green.rgb().into_iter().enumerate() {
            picture.slice_mut(ndarray::s![c, 12..16, 8..24]).fill(value);
        }
        let [bar] = found_objects(&picture)[..] else { panic!("one object") };
        assert_eq!((bar.color, bar.shape), (SceneColor::Green, None));
        let asked = AskedObject { shape: Shape::Square, color: SceneColor::Green, size: None };
        let request = Request { objects: vec![asked], relation: None, place: None };
        let Judgment { color, shape, .. } = judge(&request, &[bar]);
        assert!(color && !shape);
    }

    #[test]
    fn scores_count_places_only_where_they_were_asked_for() {
        let request = |prompt: &str| parse(prompt).unwrap();
        let all = Judgment { color: true, shape: true, position: true, joint: true };
        let aside = Judgment { position: false, joint: false, ..all };
        let judged = [(request("a red circle"), all), (request("a red circle in the middle"), aside)];
        let scores = scene_scores(&judged).unwrap();
        assert_eq!(scores, SceneScores { colour: 1.0, shape: 1.0, position: 0.0, joint: 0.5 });
        assert_eq!(scene_scores(&judged[..1]).unwrap().position, 1.0);
        assert!(scene_scores(&[]).is_err());
    }
}
