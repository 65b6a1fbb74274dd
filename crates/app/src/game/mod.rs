//! Two networks at war, on the stage: what G makes, what D believes of it, and how the game goes.
//!
//! - `view` says what stands where; `plane` paints points and the map under them, `field` finds that map's colors and its
//!   border; `digits` shows pictures with their scores.
//! - `slow` goes through one update in ten steps.
//! - `plots` has the curves, `knobs` what can be changed while the game goes on, `numbers` the table.
//!
//! Two games side by side are drawn by the same code, each with the names of its [`Side`].

pub(crate) mod digits;
mod field;
mod knobs;
mod numbers;
mod plane;
mod plots;
mod slow;
mod view;

pub(crate) use knobs::{never_in_row, usual};
pub(crate) use numbers::numbers_ui;
pub(crate) use plots::{Line, lines_ui};
pub(crate) use slow::substep_keys;
pub(crate) use view::game_ui;

use egui::{Id, Ui};

use crate::session::{OnStage, Session};
use crate::strings::Strings;

/// Everything that a game is drawn from.
pub(crate) struct Shown<'a> {
    pub strings: &'a Strings,
    pub session: &'a Session,
    /// What the page hides until its question is answered, answered or not: it is what the page is about.
    pub asked_for: &'a [String],
    /// Whether pictures are shown with what D would change in them.
    pub is_xray: bool,
    /// How visible what was hidden is, while it is being revealed.
    pub opacity: f32,
}

/// One of the two games.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    First,
    Rival,
}

impl Side {
    /// What this side calls the thing that the first calls `name`.
    pub fn name(self, name: &str) -> String {
        match self {
            Self::First => name.to_owned(),
            Self::Rival => format!("rival_{name}"),
        }
    }

    /// Whether D's scores are no probabilities: a Wasserstein critic measures a distance.
    pub fn is_wasserstein(self, stage: &OnStage) -> bool {
        stage.number(&self.name("distance")).is_some()
    }

    /// What stands over this game where there are two: its loss, or what is wrong with it.
    pub fn title(self, strings: &Strings, session: &Session) -> String {
        let text = |name| session.settings.text(name).unwrap_or("none");
        let value = |setting: &str, name| crate::stage::value_text(strings, setting, name);
        match (text("scenario"), self) {
            ("none", Self::First) => value("loss", text("loss")),
            ("none", Self::Rival) => value("rival", text("rival")),
            (_, Self::First) if session.hidden.contains("scenario") => strings.get("game-patient"),
            (scenario, Self::First) => value("scenario", scenario),
            (_, Self::Rival) => strings.get("game-cure"),
        }
    }
}

/// The games that may be seen.
pub(crate) fn sides(session: &Session) -> &'static [Side] {
    if session.has_rival() && !session.hides_rival() { &[Side::First, Side::Rival] } else { &[Side::First] }
}

/// What of a plane is drawn; remembered while the window is open. What nobody has chosen is as the page needs it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Look {
    heat: Option<bool>,
    sheet: Option<bool>,
    arrows: Option<bool>,
    real: Option<bool>,
    made: Option<bool>,
    /// Whether the knobs stand where the plots stood.
    has_knobs: bool,
}

/// What one can look at or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Real,
    Made,
    Heat,
    Sheet,
    Arrows,
}

impl Part {
    pub const ALL: [Self; 5] = [Self::Real, Self::Made, Self::Heat, Self::Sheet, Self::Arrows];

    /// What the registry calls it: what a page may hide.
    pub fn name(self) -> &'static str {
        match self {
            Self::Real => "data",
            Self::Made => "samples",
            Self::Heat => "heat",
            Self::Sheet => "manifold",
            Self::Arrows => "arrows",
        }
    }
}

impl Look {
    fn id() -> Id {
        Id::unique("look of a game")
    }

    /// As it was last chosen.
    pub fn of(ui: &Ui) -> Self {
        ui.data(|data| data.get_temp(Self::id())).unwrap_or_default()
    }

    pub fn remember(self, ui: &Ui) {
        ui.data_mut(|data| data.insert_temp(Self::id(), self));
    }

    fn chosen(&mut self, part: Part) -> &mut Option<bool> {
        match part {
            Part::Real => &mut self.real,
            Part::Made => &mut self.made,
            Part::Heat => &mut self.heat,
            Part::Sheet => &mut self.sheet,
            Part::Arrows => &mut self.arrows,
        }
    }

    /// Whether the part is to be drawn. Sheet and arrows are many lines: they are there where a page is about them.
    pub fn has(mut self, part: Part, asked_for: &[String]) -> bool {
        let is_quiet = matches!(part, Part::Sheet | Part::Arrows);
        let usual = !is_quiet || asked_for.iter().any(|name| name == part.name());
        self.chosen(part).unwrap_or(usual)
    }

    pub fn toggle(mut self, part: Part, asked_for: &[String]) -> Self {
        let now = self.has(part, asked_for);
        *self.chosen(part) = Some(!now);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_what_it_is_about_until_one_chooses() {
        let asked = ["manifold".to_owned()];
        let look = Look::default();
        assert!(look.has(Part::Heat, &[]) && !look.has(Part::Sheet, &[]) && look.has(Part::Sheet, &asked));
        let without = look.toggle(Part::Sheet, &asked);
        assert!(!without.has(Part::Sheet, &asked) && !without.has(Part::Sheet, &[]));
        assert!(look.toggle(Part::Sheet, &[]).has(Part::Sheet, &[]));
    }
}
