//! A race of samplers on the stage: quality over cost, and the pictures of two cells from the same noise.
//!
//! A cell is a sampler with a number of steps.
//! Two are held side by side: the *chosen* one, which the pointer, a click or the arrow keys move, and the *kept* one,
//! which is the long path until another is kept.

mod panel;
mod plot;
mod table;

pub(crate) use table::race_table_ui;

use std::collections::{BTreeMap, BTreeSet};

use egui::{Rect, TextureHandle, TextureOptions, Ui, pos2, vec2};
use noisebook_lab::{Number, RACERS, View};

use crate::act::Act;
use crate::icon::Icon;
use crate::session::Session;
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::widgets::{Action, Weight, empty_box_ui, text_ui};

/// The moment that is the long path.
const LONG_PATH: usize = 0;
/// The pictures of a cell, by the name that the registry gives them.
const FINISHED: &str = "finished";
/// Between the plot and the pictures, and between two panels of pictures.
const GAP: f32 = 14.0;

/// What a race has shown so far, and how it is looked at.
#[derive(Clone, Default)]
pub(crate) struct Board {
    /// By moment.
    cells: BTreeMap<usize, Cell>,
    /// The moment that is kept to compare with.
    kept: usize,
    /// Whether the learner has chosen a cell; until then the newest one is shown.
    pub was_chosen: bool,
    cost: Cost,
    quality: Quality,
}

/// A sampler with a number of steps, arrived.
#[derive(Clone)]
struct Cell {
    numbers: Vec<Number>,
    /// Its pictures in one row, a clear pixel between them.
    row: TextureHandle,
    num_pictures: usize,
}

/// What runs across the plot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Cost {
    #[default]
    Calls,
    Seconds,
}

/// What goes up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Quality {
    #[default]
    Read,
    Distance,
}

/// A wish about a race.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RaceAct {
    Across(Cost),
    Up(Quality),
    /// Keep this moment to compare with.
    Keep(usize),
}

impl Cost {
    /// The number of a moment that it is.
    fn number(self) -> &'static str {
        match self {
            Self::Calls => "network_calls",
            Self::Seconds => "seconds",
        }
    }
}

impl Quality {
    fn number(self) -> &'static str {
        match self {
            Self::Read => "read_as_label",
            Self::Distance => "distance",
        }
    }
}

impl Cell {
    fn number(&self, name: &str) -> Option<f64> {
        self.numbers.iter().find(|number| number.name == name).map(|number| number.value)
    }

    /// Its sampler's place in the list of samplers.
    fn place(&self) -> usize {
        self.number("sampler").unwrap_or_default() as usize
    }

    fn sampler(&self, strings: &Strings) -> String {
        RACERS.get(self.place()).map_or_else(String::new, |name| sampler_name(strings, name))
    }

    fn steps(&self) -> usize {
        self.number("steps").unwrap_or_default() as usize
    }
}

impl Board {
    /// Takes in a cell that has arrived.
    pub fn take(
        &mut self,
        ctx: &egui::Context,
        idx: usize,
        numbers: Vec<Number>,
        row: egui::ColorImage,
        num_pictures: usize,
    ) {
        let sharp = TextureOptions { minification: egui::TextureFilter::Linear, ..TextureOptions::NEAREST };
        let row = ctx.load_texture(format!("cell {idx}"), row, sharp);
        // Where nothing can be read, the distance is what there is to see.
        if idx == LONG_PATH && !numbers.iter().any(|number| number.name == "read_as_label") {
            self.quality = Quality::Distance;
        }
        self.cells.insert(idx, Cell { numbers, row, num_pictures });
    }

    /// The same look at another race.
    pub fn emptied(&self) -> Self {
        Self { cost: self.cost, quality: self.quality, ..Self::default() }
    }

    pub fn perform(&mut self, act: RaceAct) {
        match act {
            RaceAct::Across(cost) => self.cost = cost,
            RaceAct::Up(quality) => self.quality = quality,
            RaceAct::Keep(idx) => self.kept = idx,
        }
    }

    /// The cells of each sampler by rising steps, without the long path.
    fn lines(&self) -> BTreeMap<usize, Vec<(usize, &Cell)>> {
        let mut lines: BTreeMap<usize, Vec<(usize, &Cell)>> = BTreeMap::new();
        for (idx, cell) in self.cells.iter().filter(|(idx, _)| **idx != LONG_PATH) {
            lines.entry(cell.place()).or_default().push((*idx, cell));
        }
        for line in lines.values_mut() {
            line.sort_by_key(|(_, cell)| cell.steps());
        }
        lines
    }

    /// The cell beside `idx`: so many rungs further up the ladder, or so many samplers further down the list.
    fn beside(&self, idx: usize, rungs: isize, samplers: isize) -> Option<usize> {
        let lines = self.lines();
        let Some(cell) = self.cells.get(&idx).filter(|_| idx != LONG_PATH) else {
            return lines.values().next()?.first().map(|(idx, _)| *idx);
        };
        if samplers != 0 {
            let places: Vec<usize> = lines.keys().copied().collect();
            let at = places.iter().position(|place| *place == cell.place())?;
            let line = lines.get(places.get(at.checked_add_signed(samplers)?)?)?;
            let nearest = line.iter().min_by_key(|(_, other)| other.steps().abs_diff(cell.steps()));
            return nearest.map(|(idx, _)| *idx);
        }
        let line = lines.get(&cell.place())?;
        let at = line.iter().position(|(other, _)| *other == idx)?;
        line.get(at.checked_add_signed(rungs)?).map(|(idx, _)| *idx)
    }

    /// The moment that is shown: the chosen one, or the newest.
    fn chosen(&self, session: &Session) -> usize {
        let newest = || self.cells.keys().next_back().copied().unwrap_or_default();
        if self.was_chosen { session.position() } else { newest() }
    }
}

/// A sampler's name as the settings have it.
fn sampler_name(strings: &Strings, name: &str) -> String {
    strings.find(&format!("value-sampler-{name}")).unwrap_or_else(|| name.to_owned())
}

/// Whether a prediction keeps the outcome to itself.
fn is_hidden(hidden: &BTreeSet<String>) -> bool {
    ["read_as_label", "distance", FINISHED].iter().any(|name| hidden.contains(*name))
}

/// What a cell is, in words: "DDIM, 5 steps".
fn cell_words(strings: &Strings, idx: usize, cell: &Cell) -> String {
    let id = if idx == LONG_PATH { "race-long-path" } else { "race-cell" };
    strings.with(id, [("sampler", cell.sampler(strings).into()), ("steps", cell.steps().into())])
}

/// What it cost and how good it is, in words.
fn number_words(strings: &Strings, cell: &Cell) -> [String; 2] {
    let calls = cell.number("network_calls").unwrap_or_default();
    let cost = match cell.number("seconds") {
        Some(seconds) => strings.with(
            "race-cost-seconds",
            [("calls", calls.into()), ("seconds", format!("{seconds:.2}").into())],
        ),
        None => strings.with("race-cost", [("calls", calls.into())]),
    };
    let distance = format!("{:.3}", cell.number("distance").unwrap_or_default());
    let quality = match cell.number("read_as_label") {
        Some(share) => strings
            .with("race-quality", [("share", format!("{share:.0}").into()), ("distance", distance.into())]),
        None => strings.with("race-distance", [("distance", distance.into())]),
    };
    [cost, quality]
}

/// Draws the race into the room there is: the plot, and under it the pictures of two cells.
pub(crate) fn race_ui(ui: &mut Ui, strings: &Strings, session: &Session, acts: &mut Vec<Act>) {
    let board = &session.race;
    let rect = ui.available_rect_before_wrap();
    if board.cells.is_empty() || is_hidden(&session.hidden) || session.failure.is_some() {
        empty_ui(ui, strings, session, rect);
        return;
    }
    let below = panel::height(board, rect);
    let top = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - below - GAP));
    let pointed = ui
        .scope_builder(egui::UiBuilder::new().id_salt("race-plot").max_rect(top), |ui| {
            plot::plot_ui(ui, strings, session, acts)
        })
        .inner;
    let chosen = pointed.unwrap_or_else(|| board.chosen(session));
    let width = (rect.width() - 2.0 * GAP) * 0.5;
    let size = vec2(width, below);
    let left = Rect::from_min_size(pos2(rect.left(), rect.bottom() - below), size);
    let right = Rect::from_min_size(pos2(rect.right() - width, left.top()), size);
    panel::panel_ui(ui, strings, board, chosen, panel::Side::Chosen, left, acts);
    panel::panel_ui(ui, strings, board, board.kept, panel::Side::Kept, right, acts);
}

/// What will be here, and how to make it happen; or why it is not to be seen yet.
fn empty_ui(ui: &mut Ui, strings: &Strings, session: &Session, rect: Rect) {
    let text = if let Some(failure) = &session.failure {
        failure.clone()
    } else if is_hidden(&session.hidden) {
        strings.with("shown-on-commit", [("what", strings.get("race-outcome").into())])
    } else if session.is_computing() {
        strings.get("race-long-path-first")
    } else {
        strings.get("race-empty")
    };
    empty_box_ui(ui, rect, "race-empty", &text);
}

/// Start or cancel, and how far the race or the grid is.
pub(crate) fn cells_transport_ui(ui: &mut Ui, strings: &Strings, session: &Session, acts: &mut Vec<Act>) {
    let palette = Palette::of(ui);
    ui.spacing_mut().item_spacing.x = 10.0;
    let (done, total) = (session.num_computed, session.num_moments());
    if session.is_computing() {
        let cancel = strings.get("cancel");
        if ui.add(Action::new(Weight::Outlined, &cancel).before(Icon::Stop)).clicked() {
            acts.push(Act::Stop);
        }
    } else if !session.is_complete() {
        let is_grid = session.view() == View::Grid;
        let start = if is_grid { "grid-start" } else { "race-start" };
        let start = strings.get(if done > 0 { "race-go-on" } else { start });
        if ui.add(Action::new(Weight::Primary, &start).before(Icon::Play)).clicked() {
            acts.push(Act::PlayOrPause);
        }
    }
    // The long path does not race.
    let (arrived, racing) = (done.saturating_sub(1), total.saturating_sub(1));
    let mut text = if session.view() == View::Grid {
        strings.with("grid-made", [("made", done.into()), ("all", total.into())])
    } else {
        strings.with("race-arrived", [("arrived", arrived.into()), ("racing", racing.into())])
    };
    if let Some(seconds) = session.seconds_to_go.filter(|_| session.is_computing()) {
        text = format!(
            "{text}, {}",
            strings.with("seconds-to-go", [("seconds", format!("{seconds:.0}").into())])
        );
    }
    if total > 0 && (done > 0 || session.is_computing()) {
        text_ui(ui, &text, theme::small(), palette.soft_ink);
    }
}

/// The width that [`cells_transport_ui`] takes at most.
pub(crate) const TRANSPORT_WIDTH: f32 = 330.0;

/// Small choices that exclude each other, in one row.
fn switch_ui<T: Copy + PartialEq>(ui: &mut Ui, chosen: T, choices: &[(T, String)]) -> Option<T> {
    let mut result = None;
    for (choice, text) in choices {
        let is_chosen = *choice == chosen;
        if ui.add(Action::new(Weight::Quiet, text).small().choice(is_chosen)).clicked() && !is_chosen {
            result = Some(*choice);
        }
    }
    result
}

/// A row of controls over the plot, as high as small text.
fn row(ui: &mut Ui, draw: impl FnOnce(&mut Ui)) {
    ui.spacing_mut().interact_size.y = size::SMALL_CONTROL;
    ui.horizontal_wrapped(draw);
}
