//! A blind test in rounds: a picture comes out of noise, and one names it as early as one can.
//!
//! Which picture, which names beside it and which noise follow from one seed, drawn before the first round and kept with its answer.
//! So a round that was left is the same when one comes back, and the rounds before it keep their meaning.
//! Each round is an answer of its own, "page/block/1" and so on.

use std::collections::BTreeMap;

use egui::{Align2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use noisebook_lessons::{Predict, Recognize};

use super::answer::{is_right, said, truth};
use super::chance::{mixed, shuffled};
use super::choice::chips_ui;
use super::{Asked, Drafts, card_ui, commit_ui, heading_ui, line_ui};
use crate::act::Act;
use crate::icon::Icon;
use crate::math::Formulas;
use crate::profile::Commitment;
use crate::prose::{Prose, card_prose_ui};
use crate::strings::Strings;
use crate::theme::{self, Palette};
use crate::widgets::{Action, Weight, text_at};

/// Where a learner is in a blind test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rounds {
    /// "page/block".
    pub block: String,
    /// From which everything else follows.
    pub seed: u64,
    /// The round on the stage, from 1.
    pub number: usize,
}

/// Seeds stay below this, so that the profile's numbers hold them exactly.
const SEEDS: u64 = 1_000_000;

impl Rounds {
    /// Where to go on: the first round without an answer, or the last.
    pub fn go_on(
        block: String,
        recognize: &Recognize,
        commitments: &BTreeMap<String, Commitment>,
        new_seed: impl FnOnce() -> u64,
    ) -> Self {
        let kept = commitments.get(&round_key(&block, 1)).and_then(|first| first.note.get("seed"));
        let seed = kept.map_or_else(|| new_seed() % SEEDS, |seed| *seed as u64);
        let open = (1..=recognize.rounds).find(|n| !commitments.contains_key(&round_key(&block, *n)));
        Self { block, seed, number: open.unwrap_or(recognize.rounds) }
    }

    /// The name under which the present round's answer is kept.
    pub fn key(&self) -> String {
        round_key(&self.block, self.number)
    }

    /// What the present round is about.
    pub fn round(&self, recognize: &Recognize) -> Round {
        Round::of(recognize, self.seed, self.number)
    }
}

/// The name under which the answer of a round is kept.
pub(crate) fn round_key(block: &str, number: usize) -> String {
    format!("{block}/{number}")
}

/// One round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Round {
    /// The index of the picture on the stage.
    pub picture: usize,
    /// The index of its schedule.
    pub schedule: usize,
    /// The indices of the names to choose from, in the order of the lesson.
    pub choices: Vec<usize>,
    /// The seed of its noise.
    pub seed: u64,
}

impl Round {
    fn of(recognize: &Recognize, seed: u64, number: usize) -> Self {
        let nth = number.saturating_sub(1);
        let num_pictures = recognize.pictures.len().max(1);
        let picture = shuffled(num_pictures, seed).get(nth % num_pictures).copied().unwrap_or_default();
        let noise = mixed(seed, number as u64);
        let others = shuffled(num_pictures, noise).into_iter().filter(|other| *other != picture);
        let mut choices: Vec<usize> =
            others.take(recognize.choices.saturating_sub(1)).chain([picture]).collect();
        choices.sort_unstable();
        Self { picture, schedule: nth % recognize.schedules.len().max(1), choices, seed: noise % 10_000 }
    }

    /// Keeps what the answer was about.
    pub fn note(&self, rounds: &Rounds, snr_db: Option<f64>, commitment: &mut Commitment) {
        commitment.note("seed", rounds.seed as f64);
        commitment.note("picture", self.picture as f64);
        commitment.note("schedule", self.schedule as f64);
        if let Some(snr_db) = snr_db {
            commitment.note("snr_db", snr_db);
        }
    }
}

/// How early pictures were recognized under one schedule.
#[derive(Clone, Debug, PartialEq)]
struct Threshold {
    schedule: usize,
    num_right: usize,
    num: usize,
    /// The means over the right answers.
    t: Option<f64>,
    snr_db: Option<f64>,
}

/// The thresholds of all schedules that had an answer.
fn thresholds(predict: &Predict, num_schedules: usize, answers: &[&Commitment]) -> Vec<Threshold> {
    let mean = |values: Vec<f64>| {
        let sum: f64 = values.iter().sum();
        (!values.is_empty()).then(|| sum / values.len() as f64)
    };
    let of_schedule = |schedule: usize| {
        let of_it = |answer: &&&Commitment| answer.note.get("schedule") == Some(&(schedule as f64));
        let all: Vec<&Commitment> = answers.iter().filter(of_it).copied().collect();
        let right: Vec<&Commitment> =
            all.iter().copied().filter(|answer| is_right(predict, answer, None) == Some(true)).collect();
        Threshold {
            schedule,
            num_right: right.len(),
            num: all.len(),
            t: mean(right.iter().filter_map(|answer| answer.t).map(|t| t as f64).collect()),
            snr_db: mean(right.iter().filter_map(|answer| answer.note.get("snr_db").copied()).collect()),
        }
    };
    (0..num_schedules).map(of_schedule).filter(|threshold| threshold.num > 0).collect()
}

/// The names to choose from, or how this round went and all of them so far.
pub(super) fn recognize_ui(
    ui: &mut Ui,
    formulas: &mut Formulas,
    asked: &Asked<'_>,
    (predict, recognize, explain): (&Predict, &Recognize, &Prose),
    drafts: &mut Drafts,
    acts: &mut Vec<Act>,
) {
    let Some(rounds) = asked.rounds.filter(|rounds| rounds.block == asked.block) else {
        return;
    };
    let palette = Palette::of(ui);
    let strings = asked.strings;
    let key = rounds.key();
    let number =
        strings.with("round-of", [("number", rounds.number.into()), ("rounds", recognize.rounds.into())]);
    let Some(commitment) = asked.commitments.get(&key) else {
        card_ui(ui, palette.noise, |ui| {
            heading_ui(ui, &predict.ask);
            line_ui(ui, None, &number, palette.soft_ink);
            let choices = rounds.round(recognize).choices;
            let draft = drafts.entry(key.clone()).or_default();
            let chosen = draft.parse().ok().and_then(|idx: usize| choices.iter().position(|at| *at == idx));
            let names: Vec<&str> =
                choices.iter().filter_map(|idx| recognize.names.get(*idx)).map(String::as_str).collect();
            if let Some(idx) = chips_ui(ui, &names, chosen).and_then(|taken| choices.get(taken)) {
                *draft = idx.to_string();
            }
            let answer = Some(draft.clone()).filter(|draft| !draft.is_empty());
            commit_ui(ui, asked, &key, answer, acts);
        });
        return;
    };
    let is_last = rounds.number >= recognize.rounds;
    let edge = if is_last { palette.good } else { palette.edge };
    card_ui(ui, edge, |ui| {
        heading_ui(ui, &number);
        verdict_ui(ui, strings, predict, commitment);
        let answers: Vec<&Commitment> = (1..=recognize.rounds)
            .filter_map(|number| asked.commitments.get(&round_key(&asked.block, number)))
            .collect();
        let thresholds = thresholds(predict, recognize.schedules.len(), &answers);
        let (begin, end) = asked.session.map_or((0, 0), crate::session::Session::ends);
        thresholds_ui(ui, strings, recognize, &thresholds, begin.max(end).max(1) as f64);
        ui.horizontal(|ui| {
            let (next, again) = (strings.get("next-round"), strings.get("start-over"));
            if !is_last && ui.add(Action::new(Weight::Primary, &next)).clicked() {
                acts.push(Act::NextRound);
            }
            let weight = if is_last { Weight::Outlined } else { Weight::Quiet };
            if ui.add(Action::new(weight, &again)).clicked() {
                acts.push(Act::StartOver);
            }
        });
        if is_last {
            card_prose_ui(ui, formulas, explain);
        }
    });
}

/// What was said and what it is, and when an ideal eye could have known.
fn verdict_ui(ui: &mut Ui, strings: &Strings, predict: &Predict, commitment: &Commitment) {
    let palette = Palette::of(ui);
    let right = is_right(predict, commitment, None) == Some(true);
    let icon = if right { (Icon::Check, palette.good) } else { (Icon::Cross, palette.ink) };
    let said = said(strings, predict, commitment);
    let t = commitment.t.unwrap_or_default();
    let text = if right {
        strings.with("round-right", [("answer", said.into()), ("t", t.into())])
    } else {
        let truth = truth(predict, commitment, None).unwrap_or_default();
        let values = [("answer", said.into()), ("t", t.into()), ("truth", truth.into())];
        strings.with("round-wrong", values)
    };
    line_ui(ui, Some(icon), &text, palette.ink);
    if let Some(ideal) = commitment.outcome {
        let text = strings.with("ideal-eye", [("t", format!("{ideal:.0}").into())]);
        line_ui(ui, None, &text, palette.soft_ink);
    }
}

/// Decibels without a digit too many.
fn db_text(snr_db: f64) -> String {
    format!("{snr_db:.1}").replace('-', "−")
}

/// A line for each schedule: how far along t, and at how many decibels.
fn thresholds_ui(
    ui: &mut Ui,
    strings: &Strings,
    recognize: &Recognize,
    thresholds: &[Threshold],
    num_steps: f64,
) {
    let palette = Palette::of(ui);
    let row = 22.0;
    let height = (thresholds.len() + 1) as f32 * row + 4.0;
    ui.add_space(2.0);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let cell = |left: f32, right: f32, line: usize| {
        let x = |along: f32| egui::lerp(rect.x_range(), along);
        let top = rect.top() + line as f32 * row;
        Rect::from_min_max(pos2(x(left), top), pos2(x(right), top + row))
    };
    let soft = palette.soft_ink;
    let heading = |place: Rect, anchor: Align2, text: &str| {
        let at = if anchor == Align2::LEFT_CENTER { place.left_center() } else { place.right_center() };
        text_at(ui, at, anchor, text, theme::small(), soft);
    };
    let columns = [(0.0, 0.32), (0.34, 0.64), (0.68, 1.0)];
    let [name, at_t, at_db] = columns;
    heading(cell(name.0, name.1, 0), Align2::LEFT_CENTER, &strings.get("setting-schedule"));
    heading(cell(at_t.0, at_t.1, 0), Align2::RIGHT_CENTER, &strings.get("your-t"));
    heading(cell(at_db.0, at_db.1, 0), Align2::RIGHT_CENTER, &strings.get("your-db"));
    let mut sentences = vec![strings.get("thresholds")];
    for (line, threshold) in thresholds.iter().enumerate() {
        let line = line + 1;
        let top = rect.top() + line as f32 * row;
        ui.painter().hline(rect.x_range(), top, Stroke::new(1.0, palette.rule));
        let schedule = recognize.schedules.get(threshold.schedule).map(String::as_str).unwrap_or_default();
        let schedule =
            strings.find(&format!("value-schedule-{schedule}")).unwrap_or_else(|| schedule.to_owned());
        let place = cell(name.0, name.1, line).left_center();
        text_at(ui, place, Align2::LEFT_CENTER, &schedule, theme::interface(), palette.ink);
        let none = || strings.get("none-right");
        let t = threshold.t.map_or_else(none, |t| format!("{t:.0}"));
        let db = threshold.snr_db.map_or_else(none, db_text);
        // From 20 decibels below to 10 above: where pictures come out of noise.
        let along_db = |db: f64| (db + 20.0) / 30.0;
        let cells = [
            (cell(at_t.0, at_t.1, line), &t, threshold.t.map(|t| t / num_steps), None),
            // A tick where there is as much noise as signal.
            (cell(at_db.0, at_db.1, line), &db, threshold.snr_db.map(along_db), Some(along_db(0.0))),
        ];
        for (place, text, along, tick) in cells {
            let font = theme::small_mono();
            text_at(ui, place.right_center(), Align2::RIGHT_CENTER, text, font, palette.ink);
            let track = Rect::from_min_max(place.min, pos2(place.right() - 46.0, place.bottom()));
            ui.painter().hline(track.x_range(), track.center().y, Stroke::new(1.0, palette.edge));
            if let Some(tick) = tick {
                let x = egui::lerp(track.x_range(), tick as f32);
                let high = track.center().y - 4.0..=track.center().y + 4.0;
                ui.painter().vline(x, high, Stroke::new(1.0, palette.edge));
            }
            if let Some(along) = along {
                let x = egui::lerp(track.x_range(), along.clamp(0.0, 1.0) as f32);
                ui.painter().circle_filled(pos2(x, track.center().y), 4.0, palette.ink);
            }
        }
        sentences.push(strings.with(
            "threshold",
            [
                ("schedule", schedule.into()),
                ("right", threshold.num_right.into()),
                ("rounds", threshold.num.into()),
                ("t", t.into()),
                ("db", db.into()),
            ],
        ));
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, sentences.join(" ")));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognize() -> Recognize {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Recognize {
            names: words(&["fish", "frog", "pear", "cactus", "turtle"]),
            pictures: words(&["a", "b", "c", "d", "e"]),
            schedules: words(&["linear", "cosine"]),
            rounds: 5,
            choices: 3,
        }
    }

    #[test]
    fn every_picture_comes_once_and_is_among_its_choices() {
        let recognize = recognize();
        for seed in 0..200 {
            let rounds: Vec<Round> = (1..=5).map(|number| Round::of(&recognize, seed, number)).collect();
            let mut pictures: Vec<usize> = rounds.iter().map(|round| round.picture).collect();
            pictures.sort_unstable();
            assert_eq!(pictures, [0, 1, 2, 3, 4]);
            for round in &rounds {
                assert!(round.choices.contains(&round.picture));
                assert_eq!(round.choices.len(), 3);
                assert!(round.choices.is_sorted());
            }
            let schedules: Vec<usize> = rounds.iter().map(|round| round.schedule).collect();
            assert_eq!(schedules, [0, 1, 0, 1, 0]);
        }
    }

    #[test]
    fn rounds_go_on_where_they_were_left_with_the_seed_they_began_with() {
        let recognize = recognize();
        let mut commitments = BTreeMap::new();
        let begin = |commitments: &BTreeMap<_, _>, seed| {
            Rounds::go_on("page/block".to_owned(), &recognize, commitments, || seed)
        };
        let first = begin(&commitments, 7);
        assert_eq!((first.seed, first.number), (7, 1));
        let mut commitment = Commitment::new("1", Some(640));
        first.round(&recognize).note(&first, Some(-3.0), &mut commitment);
        commitments.insert(first.key(), commitment);
        let second = begin(&commitments, 8);
        assert_eq!((second.seed, second.number), (7, 2));
    }

    #[test]
    fn thresholds_are_means_over_the_right_answers() {
        let recognize = recognize();
        let predict = Predict {
            id: "block".to_owned(),
            ask: String::new(),
            kind: noisebook_lessons::PredictKind::Recognize(recognize.clone()),
            measure: None,
            at: None,
            reveal: Vec::new(),
            explain: String::new(),
            line: 1,
        };
        let answer = |said: &str, schedule: f64, t: usize, snr_db: f64| {
            let mut commitment = Commitment::new(said, Some(t));
            commitment.note("picture", 2.0);
            commitment.note("schedule", schedule);
            commitment.note("snr_db", snr_db);
            commitment
        };
        let answers = [
            answer("2", 0.0, 600, -4.0),
            answer("2", 0.0, 500, -2.0),
            answer("1", 0.0, 100, 5.0),
            answer("0", 1.0, 100, 5.0),
        ];
        let found = thresholds(&predict, 3, &answers.iter().collect::<Vec<_>>());
        assert_eq!(found.len(), 2, "the third schedule had no round");
        assert_eq!((found[0].t, found[0].snr_db), (Some(550.0), Some(-3.0)));
        assert_eq!((found[0].num_right, found[0].num), (2, 3));
        assert_eq!((found[1].t, found[1].num), (None, 1));
    }
}
