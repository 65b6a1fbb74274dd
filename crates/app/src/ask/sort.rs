//! Pictures sorted into two bins, one at a time, and how much better than a coin that was.
//!
//! The answer is a digit for each picture: the bin it was put in.
//! In a draft, a picture not sorted yet is a dot.

use egui::{CornerRadius, Key, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use noisebook_lessons::Predict;

use super::{Asked, Drafts, card_ui, heading_ui, line_ui};
use crate::act::Act;
use crate::icon::{self, Icon};
use crate::math::Formulas;
use crate::profile::Commitment;
use crate::prose::{Prose, card_prose_ui};
use crate::session::Session;
use crate::theme::{self, Palette, size};
use crate::widgets::{Action, Weight, focus_ring, text_at};

/// The bin of picture `idx`, if it has one.
fn bin_of(answer: &str, idx: usize) -> Option<usize> {
    match answer.as_bytes().get(idx)? {
        b'0' => Some(0),
        b'1' => Some(1),
        _ => None,
    }
}

/// Puts picture `idx` of `num` into `bin`.
fn put(draft: &mut String, idx: usize, num: usize, bin: usize) {
    let digit = |at: usize| match if at == idx { Some(bin) } else { bin_of(draft, at) } {
        Some(0) => '0',
        Some(_) => '1',
        None => '.',
    };
    *draft = (0..num).map(digit).collect();
}

/// The next picture after `idx` that is in no bin, from the start again after the last.
fn next_open(draft: &str, idx: usize, num: usize) -> Option<usize> {
    (idx + 1..num).chain(0..idx).find(|at| bin_of(draft, *at).is_none())
}

/// How many are in each bin: "person 7, machine 13".
pub(super) fn summary(bins: &[String; 2], answer: &str) -> String {
    let count = |bin: usize| (0..answer.len()).filter(|idx| bin_of(answer, *idx) == Some(bin)).count();
    let [a, b] = bins;
    format!("{a} {}, {b} {}", count(0), count(1))
}

/// How often a coin thrown `num` times is right at least `num_right` times, from 0 to 1.
fn coin_does_as_well(num_right: usize, num: usize) -> f64 {
    // The chance of exactly k is C(n, k) / 2ⁿ; C(n, k − 1) = C(n, k) · k / (n − k + 1).
    let mut exactly = 0.5f64.powi(num as i32);
    let mut at_least = 0.0;
    for k in (num_right..=num).rev() {
        at_least += exactly;
        exactly *= k as f64 / (num - k + 1) as f64;
    }
    at_least
}

/// What was said against what was the case.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    /// By said and was.
    table: [[usize; 2]; 2],
}

impl Tally {
    /// Counts the pictures whose truth is known; none while one is still missing.
    fn of(answer: &str, truths: &[Option<usize>]) -> Option<Self> {
        let mut tally = Self::default();
        for (idx, was) in truths.iter().enumerate() {
            let (said, was) = (bin_of(answer, idx)?, (*was)?);
            *tally.table.get_mut(said)?.get_mut(was)? += 1;
        }
        Some(tally)
    }

    fn num_right(&self) -> usize {
        let [[a, _], [_, b]] = self.table;
        a + b
    }

    fn num(&self) -> usize {
        self.table.iter().flatten().sum()
    }
}

/// For each picture the bin it belongs in, as far as it is measured.
fn truths(session: &Session, measure: &str) -> Vec<Option<usize>> {
    let truth = |position: usize| {
        let measured = session.measured(measure, Some(session.t_at(position)))?.as_ref().ok()?;
        Some(usize::from(measured.value >= 0.5))
    };
    (0..session.num_moments()).map(truth).collect()
}

/// Keeps how many were right, and of how many.
pub(crate) fn note_outcome(commitment: &mut Commitment, session: &Session, measure: &str) {
    let truths = truths(session, measure);
    if truths.is_empty() {
        return;
    }
    if let Some(tally) = Tally::of(&commitment.answer, &truths) {
        commitment.outcome = Some(tally.num_right() as f64);
        commitment.note("of", tally.num() as f64);
    }
}

/// The bins while sorting, the outcome afterwards.
pub(super) fn sort_ui(
    ui: &mut Ui,
    formulas: &mut Formulas,
    asked: &Asked<'_>,
    (predict, bins, explain): (&Predict, &[String; 2], &Prose),
    drafts: &mut Drafts,
    acts: &mut Vec<Act>,
) {
    let palette = Palette::of(ui);
    match (asked.commitment(), asked.session) {
        (Some(commitment), Some(session)) => card_ui(ui, palette.good, |ui| {
            outcome_ui(ui, asked, session, (predict, bins), commitment, acts);
            card_prose_ui(ui, formulas, explain);
        }),
        (None, Some(session)) => {
            let draft = drafts.entry(asked.block.clone()).or_default();
            card_ui(ui, palette.noise, |ui| {
                heading_ui(ui, &predict.ask);
                bins_ui(ui, asked, session, bins, draft, acts);
            });
        }
        (_, None) => {}
    }
}

fn bins_ui(
    ui: &mut Ui,
    asked: &Asked<'_>,
    session: &Session,
    bins: &[String; 2],
    draft: &mut String,
    acts: &mut Vec<Act>,
) {
    let palette = Palette::of(ui);
    let strings = asked.strings;
    let num = session.num_moments();
    // Nothing can be judged before everything can be seen.
    if !session.is_complete() {
        line_ui(ui, None, &strings.get("exhibits-coming"), palette.soft_ink);
        return;
    }
    let idx = session.position();
    let number = strings.with("picture-of", [("number", (idx + 1).into()), ("pictures", num.into())]);
    line_ui(ui, None, &number, palette.soft_ink);

    // Keys 1 and 2, where no control wants them.
    // A key held down, or pressed before the picture came, judges nothing.
    let is_seen = session.stage.as_ref().is_some_and(|stage| stage.t == session.t());
    let free = is_seen && ui.memory(|memory| memory.focused().is_none());
    let by_key = ui.input(|input| {
        let pressed = |key| free && input.modifiers.is_none() && input.key_pressed(key);
        [Key::Num1, Key::Num2].into_iter().position(pressed)
    });
    let mut taken = by_key;
    let chosen = bin_of(draft, idx);
    let width = (ui.available_width() - size::GAP) * 0.5;
    ui.horizontal(|ui| {
        for (bin, text) in bins.iter().enumerate() {
            if bin_ui(ui, text, bin, chosen == Some(bin), width) && is_seen {
                taken = Some(bin);
            }
        }
    });
    if let Some(bin) = taken {
        put(draft, idx, num, bin);
        if let Some(next) = next_open(draft, idx, num) {
            acts.push(Act::Seek(next));
        }
    }
    let num_sorted = (0..num).filter(|idx| bin_of(draft, *idx).is_some()).count();
    ui.horizontal(|ui| {
        let commit = strings.get("commit");
        let button = Action::new(Weight::Primary, &commit);
        if ui.add_enabled(num_sorted == num, button).clicked() {
            let commitment = Commitment::new(draft.clone(), None);
            acts.push(Act::Commit { block: asked.block.clone(), commitment });
        }
        let text = strings.with("sorted-of", [("sorted", num_sorted.into()), ("pictures", num.into())]);
        crate::widgets::text_ui(ui, &text, theme::small(), palette.soft_ink);
    });
}

/// A large button for one bin, its key at its side.
fn bin_ui(ui: &mut Ui, text: &str, bin: usize, selected: bool, width: f32) -> bool {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 56.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, selected, text));
    let (fill, ink, soft) = if selected {
        (palette.ink, palette.page, palette.page)
    } else if response.hovered() {
        (palette.wash, palette.ink, palette.soft_ink)
    } else {
        (palette.page, palette.ink, palette.soft_ink)
    };
    let outline = Stroke::new(1.0, if selected { palette.ink } else { palette.edge });
    let radius = CornerRadius::same(size::RADIUS_CONTROL);
    ui.painter().rect(rect, radius, fill, outline, StrokeKind::Inside);
    let center = rect.center();
    let anchor = egui::Align2::CENTER_CENTER;
    text_at(ui, pos2(center.x, center.y - 8.0), anchor, text, theme::strong(), ink);
    let key = (bin + 1).to_string();
    text_at(ui, pos2(center.x, center.y + 13.0), anchor, &key, theme::small_mono(), soft);
    focus_ring(ui, &response, rect);
    response.clicked()
}

fn outcome_ui(
    ui: &mut Ui,
    asked: &Asked<'_>,
    session: &Session,
    (predict, bins): (&Predict, &[String; 2]),
    commitment: &Commitment,
    acts: &mut Vec<Act>,
) {
    let palette = Palette::of(ui);
    let strings = asked.strings;
    let truths = truths(session, predict.measure.as_deref().unwrap_or_default());
    let tally = Tally::of(&commitment.answer, &truths).filter(|_| !truths.is_empty());
    let Some(tally) = tally else {
        heading_ui(ui, &predict.ask);
        let failed = asked.measured(predict).and_then(|outcome| outcome.as_ref().err());
        line_ui(
            ui,
            None,
            &failed.cloned().unwrap_or_else(|| strings.get("exhibits-coming")),
            palette.soft_ink,
        );
        return;
    };
    let (num_right, num) = (tally.num_right(), tally.num());
    heading_ui(ui, &strings.with("sorted-right", [("right", num_right.into()), ("pictures", num.into())]));
    let tries = (coin_does_as_well(num_right, num) * 100.0).round();
    let coin = if tries < 1.0 {
        strings.get("coin-hardly-ever")
    } else {
        strings.with("coin-as-well", [("tries", (tries as usize).into())])
    };
    line_ui(ui, None, &coin, palette.ink);
    ui.add_space(4.0);
    table_ui(ui, asked, bins, &tally);
    ui.add_space(4.0);
    marks_ui(ui, asked, session, bins, (&commitment.answer, &truths), acts);
}

/// Two lines and two columns: said against was.
fn table_ui(ui: &mut Ui, asked: &Asked<'_>, bins: &[String; 2], tally: &Tally) {
    let palette = Palette::of(ui);
    let strings = asked.strings;
    let (row, width) = (24.0, ui.available_width());
    let (rect, response) = ui.allocate_exact_size(vec2(width, 3.0 * row), Sense::hover());
    let x = [0.62, 0.98].map(|along| egui::lerp(rect.x_range(), along));
    let text = |at, anchor, text: &str, font, color| {
        text_at(ui, at, anchor, text, font, color);
    };
    let middle = |line: usize| rect.top() + (line as f32 + 0.5) * row;
    let mut sentences = Vec::new();
    for (was, bin) in bins.iter().enumerate() {
        let (icon, color) = mark_of(was, palette);
        let words = strings.with("it-was", [("bin", bin.as_str().into())]);
        let place = pos2(x[was], middle(0));
        let drawn = text_at(ui, place, egui::Align2::RIGHT_CENTER, &words, theme::small(), color);
        let mark = Rect::from_center_size(pos2(drawn.left() - 9.0, drawn.center().y), vec2(10.0, 10.0));
        icon::paint(ui.painter(), mark, icon, color);
    }
    for (said, (bin, counts)) in bins.iter().zip(tally.table).enumerate() {
        let y = middle(said + 1);
        ui.painter().hline(rect.x_range(), y - row * 0.5, Stroke::new(1.0, palette.rule));
        let words = strings.with("said-bin", [("bin", bin.as_str().into())]);
        let left = egui::Align2::LEFT_CENTER;
        text(pos2(rect.left(), y), left, &words, theme::interface(), palette.soft_ink);
        for (was, count) in counts.into_iter().enumerate() {
            let right = egui::Align2::RIGHT_CENTER;
            let color = if said == was { palette.good } else { palette.ink };
            text(pos2(x[was], y), right, &count.to_string(), theme::mono(), color);
            let was = bins.get(was).map(String::as_str).unwrap_or_default();
            sentences.push(strings.with(
                "sorted-cell",
                [("said", bin.as_str().into()), ("was", was.into()), ("count", count.into())],
            ));
        }
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, sentences.join(" ")));
}

/// The real is a disc and the made a triangle: the first bin is the real's.
fn mark_of(bin: usize, palette: &Palette) -> (Icon, egui::Color32) {
    if bin == 0 { (Icon::Disc, palette.signal) } else { (Icon::Triangle, palette.noise) }
}

/// A mark for every picture, which one can click to look at it again.
fn marks_ui(
    ui: &mut Ui,
    asked: &Asked<'_>,
    session: &Session,
    bins: &[String; 2],
    (answer, truths): (&str, &[Option<usize>]),
    acts: &mut Vec<Act>,
) {
    let palette = Palette::of(ui);
    let strings = asked.strings;
    ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
    let side = (ui.available_width() / 10.0).floor().clamp(20.0, 32.0);
    ui.horizontal_wrapped(|ui| {
        for (idx, was) in truths.iter().enumerate() {
            let was = was.unwrap_or_default();
            let right = bin_of(answer, idx) == Some(was);
            let (rect, response) = ui.allocate_exact_size(vec2(side, 36.0), Sense::click());
            let verdict = strings.get(if right { "you-were-right" } else { "you-were-wrong" });
            let bin = bins.get(was).map(String::as_str).unwrap_or_default();
            let name = strings.with(
                "sorted-mark",
                [("number", (idx + 1).into()), ("bin", bin.into()), ("verdict", verdict.into())],
            );
            let is_here = session.position() == idx;
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_here, &name));
            if response.hovered() {
                ui.painter().rect_filled(rect, CornerRadius::same(4), palette.wash);
            }
            let (icon, color) = mark_of(was, palette);
            let center = rect.center();
            let place =
                |dy: f32, side: f32| Rect::from_center_size(pos2(center.x, center.y + dy), vec2(side, side));
            icon::paint(ui.painter(), place(-7.0, 13.0), icon, color);
            let (icon, color) = if right { (Icon::Check, palette.good) } else { (Icon::Cross, palette.ink) };
            icon::paint(ui.painter(), place(9.0, 9.0), icon, color);
            if is_here {
                let outline = Stroke::new(1.5, palette.ink);
                let radius = CornerRadius::same(4);
                ui.painter().rect_stroke(rect.shrink(1.0), radius, outline, StrokeKind::Inside);
            }
            focus_ring(ui, &response, rect.shrink(2.0));
            if response.on_hover_text(&name).clicked() {
                acts.push(Act::Seek(idx));
            }
        }
    });
    ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
    ui.add_space(2.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_sorted_in_any_order_and_changed() {
        let mut draft = String::new();
        put(&mut draft, 2, 4, 1);
        assert_eq!(draft, "..1.");
        put(&mut draft, 0, 4, 0);
        assert_eq!(next_open(&draft, 0, 4), Some(1));
        assert_eq!(next_open(&draft, 2, 4), Some(3));
        put(&mut draft, 3, 4, 0);
        assert_eq!(next_open(&draft, 3, 4), Some(1), "from the start again");
        put(&mut draft, 1, 4, 1);
        put(&mut draft, 2, 4, 0);
        assert_eq!(draft, "0100");
        assert_eq!(next_open(&draft, 2, 4), None);
    }

    fn check_coin(num_right: usize, num: usize, percent: f64) {
        let found = coin_does_as_well(num_right, num) * 100.0;
        assert!((found - percent).abs() < 0.005, "{num_right} of {num}: {found}");
    }

    #[test]
    fn a_coin_is_right_as_often_as_the_binomial_distribution_says() {
        // scipy.stats.binom.sf(k − 1, n, 0.5)
        check_coin(14, 20, 5.766);
        check_coin(13, 20, 13.159);
        check_coin(20, 20, 0.000095);
        check_coin(0, 20, 100.0);
        check_coin(0, 0, 100.0);
        check_coin(1, 1, 50.0);
    }

    #[test]
    fn said_is_counted_against_was() {
        let truths = [Some(0), Some(1), Some(1), Some(0)];
        let tally = Tally::of("0101", &truths).expect("all known");
        assert_eq!(tally.table, [[1, 1], [1, 1]]);
        assert_eq!((tally.num_right(), tally.num()), (2, 4));
        assert_eq!(Tally::of("0101", &[Some(0), None, Some(1), Some(0)]), None);
        assert_eq!(Tally::of("01", &truths), None, "an answer to fewer pictures");
    }
}
