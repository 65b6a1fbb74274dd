//! Scenes: one to three plain shapes on white, whose words are known exactly.
//!
//! A picture whose caption is exact by construction can be asked for in words, and whether a model drew it can be
//! measured: after CLEVR (Johnson et al. 2017, 1612.06890), made so small that 32×32 pixels show it. Objects lie wholly
//! inside, at least two pixels apart (at side 32), and no two of a scene agree in both shape and color.
//!
//! Four pairs of shape and color ([`HELD_OUT_PAIRS`]) are in no training scene. A model has seen each of these shapes and
//! each of these colors, so asking for "a purple circle" tests whether it can put together what it learned apart.
//!
//! As with points, whoever wants a scene brings the randomness.

/// A color that an object may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SceneColor {
    /// Red.
    Red,
    /// Yellow.
    Yellow,
    /// Green.
    Green,
    /// Blue.
    Blue,
    /// Purple.
    Purple,
    /// Black.
    Black,
}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shape {
    /// A disc.
    Circle,
    /// A square that stands on a side.
    Square,
    /// A triangle that points up, its sides nearly equal.
    Triangle,
    /// An upright cross with arms of equal length.
    Cross,
}

/// How large an object is: two sizes, far enough apart to be told at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Size {
    /// A radius of 3.5 pixels at side 32.
    Small,
    /// A radius of 5.5 pixels at side 32.
    Large,
}

/// Where the only object of a scene is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Up and to the left.
    TopLeft,
    /// Up and to the right.
    TopRight,
    /// Down and to the left.
    BottomLeft,
    /// Down and to the right.
    BottomRight,
    /// About the middle of the picture.
    Middle,
}

/// Where the first of two objects is, seen from the second: farther that way than it is aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// To the left of it.
    LeftOf,
    /// To the right of it.
    RightOf,
    /// Higher than it.
    Above,
    /// Lower than it.
    Below,
}

/// One shape of a scene.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Object {
    /// What it is.
    pub shape: Shape,
    /// Its one color.
    pub color: SceneColor,
    /// Small or large; [`Size::radius`] is it in numbers.
    pub size: Size,
    /// Its centroid, to the right and down from the top left corner, as fractions of the picture's side.
    pub center: [f32; 2],
}

/// Up to three objects on white, and what a caption may say of where they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// One to three, none touching another.
    pub objects: Vec<Object>,
    /// Of two objects, if it is to be told: where the first is, seen from the second.
    pub relation: Option<Relation>,
    /// Of one object, if it is to be told: where it is.
    pub place: Option<Place>,
}

/// Pairs of shape and color that no training scene has: each shape once, and no color twice.
pub const HELD_OUT_PAIRS: [(Shape, SceneColor); 4] = [
    (Shape::Circle, SceneColor::Purple),
    (Shape::Square, SceneColor::Green),
    (Shape::Triangle, SceneColor::Yellow),
    (Shape::Cross, SceneColor::Blue),
];

/// A pixel of the smallest pictures, which scenes are designed for.
const PIXEL: f32 = 1.0 / 32.0;
/// From an object to the picture's edge, and from one object to the next, at least.
const MARGIN: f32 = 0.5 * PIXEL;
const GAP: f32 = 2.0 * PIXEL;
/// Scenes with one object, and with one or two; the others have three.
const ONE: f32 = 0.3;
const UP_TO_TWO: f32 = 0.85;
/// How many of the scenes with one object have a place that is told, and of those with two a relation: most, because
/// where things are is learned last.
const PLACED: f32 = 0.6;
const RELATED: f32 = 0.85;
/// Centers in a corner are nearer to both of its sides than this, and centers in the middle nearer to it than that.
const CORNER: f32 = 0.36;
const MIDDLE: f32 = 0.05;
/// Related objects are at most this share of their distance along the relation's axis apart along the other.
const ASIDE: f32 = 0.5;

impl Scene {
    /// The most numbers that one scene asks for.
    pub const NUM_UNIFORMS: usize = 16;

    /// A scene to train on, without any of the [`HELD_OUT_PAIRS`].
    ///
    /// `uniform` gives numbers from 0 up to but not 1, each time it is asked; the same numbers make the same scene. All
    /// other pairs of shape and color, sizes, places and relations are equally likely.
    #[must_use]
    pub fn draw(uniform: &mut dyn FnMut() -> f32) -> Self {
        let mut pairs = all_pairs();
        pairs.retain(|pair| !HELD_OUT_PAIRS.contains(pair));
        let first = take(&mut pairs, uniform());
        Self::with_pairs(first, pairs, uniform)
    }

    /// A scene that no model has trained on: its first object is one of the [`HELD_OUT_PAIRS`], and the others may be any.
    /// Otherwise as [`Scene::draw`].
    #[must_use]
    pub fn draw_held_out(uniform: &mut dyn FnMut() -> f32) -> Self {
        let first = take(&mut HELD_OUT_PAIRS.to_vec(), uniform());
        let mut pairs = all_pairs();
        pairs.retain(|pair| *pair != first);
        Self::with_pairs(first, pairs, uniform)
    }

    /// Whether one of its objects is one of the [`HELD_OUT_PAIRS`].
    #[must_use]
    pub fn is_held_out(&self) -> bool {
        self.objects.iter().any(|object| HELD_OUT_PAIRS.contains(&(object.shape, object.color)))
    }

    fn with_pairs(
        first: (Shape, SceneColor),
        mut others: Vec<(Shape, SceneColor)>,
        uniform: &mut dyn FnMut() -> f32,
    ) -> Self {
        let chance = uniform();
        let num_objects = if chance < ONE {
            1
        } else if chance < UP_TO_TWO {
            2
        } else {
            3
        };
        let mut objects = Vec::with_capacity(num_objects);
        for nth in 0..num_objects {
            let (shape, color) = if nth == 0 { first } else { take(&mut others, uniform()) };
            let size = take(&mut Size::ALL.to_vec(), uniform());
            objects.push(Object { shape, color, size, center: [0.5; 2] });
        }
        let (mut relation, mut place) = (None, None);
        match objects.as_mut_slice() {
            [only] => {
                let told = take(&mut Place::ALL.to_vec(), uniform());
                place = (uniform() < PLACED).then_some(told);
                only.put(place, uniform);
            }
            [first, second] => {
                let told = take(&mut Relation::ALL.to_vec(), uniform());
                relation = (uniform() < RELATED).then_some(told);
                let aside = if relation.is_some() { ASIDE } else { f32::INFINITY };
                told.put(first, second, aside, uniform);
            }
            several => {
                let mut corners = vec![[0.0, 0.0], [0.5, 0.0], [0.0, 0.5], [0.5, 0.5]];
                for object in several {
                    let corner = take(&mut corners, uniform());
                    object.center = [0, 1].map(|axis| {
                        let quarter = [corner[axis] + GAP / 2.0, corner[axis] + 0.5 - GAP / 2.0];
                        between(object.range(axis, quarter), uniform())
                    });
                }
            }
        }
        Self { objects, relation, place }
    }
}

impl Object {
    /// Half of how wide a circle of this size is, as a fraction of the picture's side.
    #[must_use]
    pub fn radius(&self) -> f32 {
        self.size.radius()
    }

    /// How far it reaches from its center: left and right (axis 0), or up and down (axis 1).
    pub(crate) fn reach(&self, axis: usize) -> [f32; 2] {
        self.shape.reach(axis).map(|reach| reach * self.radius())
    }

    /// Where its center may be along an axis, so that it lies within a stretch.
    fn range(&self, axis: usize, [low, high]: [f32; 2]) -> [f32; 2] {
        let [before, after] = self.reach(axis);
        [low + before, high - after]
    }

    /// Puts it into its place, or anywhere.
    fn put(&mut self, place: Option<Place>, uniform: &mut dyn FnMut() -> f32) {
        self.center = [0, 1].map(|axis| {
            let [low, high] = self.range(axis, [MARGIN, 1.0 - MARGIN]);
            let range = match place.map(|place| place.thirds()[axis]) {
                None => [low, high],
                Some(0) => [low, CORNER],
                Some(1) => [0.5 - MIDDLE, 0.5 + MIDDLE],
                Some(_) => [1.0 - CORNER, high],
            };
            between(range, uniform())
        });
    }
}

impl Relation {
    /// Puts two objects so that the relation holds: apart along its axis, and at most `aside` of that along the other.
    fn put(self, first: &mut Object, second: &mut Object, aside: f32, uniform: &mut dyn FnMut() -> f32) {
        let (axis, before, after) = match self {
            Self::LeftOf => (0, first, second),
            Self::RightOf => (0, second, first),
            Self::Above => (1, first, second),
            Self::Below => (1, second, first),
        };
        // All that is not taken by the two and what must be free is shared out before, between and behind them.
        let [[lead, tail], [next_lead, next_tail]] = [before.reach(axis), after.reach(axis)];
        let free = 1.0 - 2.0 * MARGIN - GAP - (lead + tail + next_lead + next_tail);
        let (u, v) = (uniform(), uniform());
        before.center[axis] = MARGIN + lead + free * u.min(v);
        after.center[axis] = MARGIN + lead + tail + GAP + next_lead + free * u.max(v);

        let other = 1 - axis;
        let inside = [MARGIN, 1.0 - MARGIN];
        let [low, high] = before.range(other, inside);
        before.center[other] = between([low, high], uniform());
        let most = aside * (after.center[axis] - before.center[axis]);
        let [low, high] = after.range(other, inside);
        let near = [low.max(before.center[other] - most), high.min(before.center[other] + most)];
        after.center[other] = between(near, uniform());
    }
}

/// Every shape in every color.
fn all_pairs() -> Vec<(Shape, SceneColor)> {
    let in_all_colors = |shape| SceneColor::ALL.map(|color| (shape, color));
    Shape::ALL.into_iter().flat_map(in_all_colors).collect()
}

/// Takes out the item that a number from 0 to 1 chooses.
///
/// # Panics
/// If there is none; every list here is longer than what is taken from it.
fn take<T>(items: &mut Vec<T>, chance: f32) -> T {
    let idx = (chance * items.len() as f32) as usize;
    items.remove(idx.min(items.len() - 1))
}

/// The number between two that a number from 0 to 1 chooses.
fn between([low, high]: [f32; 2], chance: f32) -> f32 {
    low + (high - low) * chance
}

impl SceneColor {
    /// All six.
    pub const ALL: [Self; 6] = [Self::Red, Self::Yellow, Self::Green, Self::Blue, Self::Purple, Self::Black];

    /// The word for it: `red`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Yellow => "yellow",
            Self::Green => "green",
            Self::Blue => "blue",
            Self::Purple => "purple",
            Self::Black => "black",
        }
    }

    /// Red, green and blue in \[−1, 1\].
    #[must_use]
    pub fn rgb(self) -> [f32; 3] {
        let bytes = match self {
            Self::Red => [222, 38, 44],
            Self::Yellow => [250, 204, 22],
            Self::Green => [30, 152, 66],
            Self::Blue => [38, 96, 232],
            Self::Purple => [152, 52, 190],
            Self::Black => [24, 24, 28],
        };
        bytes.map(crate::value_from_byte)
    }
}

impl Shape {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Circle, Self::Square, Self::Triangle, Self::Cross];

    /// The word for it: `circle`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Circle => "circle",
            Self::Square => "square",
            Self::Triangle => "triangle",
            Self::Cross => "cross",
        }
    }
}

impl Size {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Small, Self::Large];

    /// The word for it: `small`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Large => "large",
        }
    }

    /// Half of how wide a circle of this size is, as a fraction of the picture's side.
    #[must_use]
    pub fn radius(self) -> f32 {
        match self {
            Self::Small => 3.5 * PIXEL,
            Self::Large => 5.5 * PIXEL,
        }
    }
}

impl Place {
    /// All five.
    pub const ALL: [Self; 5] =
        [Self::TopLeft, Self::TopRight, Self::BottomLeft, Self::BottomRight, Self::Middle];

    /// The words for it: `top left`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TopLeft => "top left",
            Self::TopRight => "top right",
            Self::BottomLeft => "bottom left",
            Self::BottomRight => "bottom right",
            Self::Middle => "middle",
        }
    }

    /// In which third it is, to the right and down: 0, 1 (the middle) or 2.
    #[must_use]
    pub fn thirds(self) -> [usize; 2] {
        match self {
            Self::TopLeft => [0, 0],
            Self::TopRight => [2, 0],
            Self::BottomLeft => [0, 2],
            Self::BottomRight => [2, 2],
            Self::Middle => [1, 1],
        }
    }
}

impl Relation {
    /// All four.
    pub const ALL: [Self; 4] = [Self::LeftOf, Self::RightOf, Self::Above, Self::Below];

    /// The words for it: `left of`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LeftOf => "left of",
            Self::RightOf => "right of",
            Self::Above => "above",
            Self::Below => "below",
        }
    }

    /// Where the second is, seen from the first.
    #[must_use]
    pub fn inverse(self) -> Self {
        match self {
            Self::LeftOf => Self::RightOf,
            Self::RightOf => Self::LeftOf,
            Self::Above => Self::Below,
            Self::Below => Self::Above,
        }
    }
}
