//! What could stand at the cursor: a short list under it, walked by arrow keys.

use egui::{
    Area, Color32, CornerRadius, Frame, Id, Key, Margin, Modifiers, Order, Role, Sense, Stroke, Ui,
    WidgetInfo, pos2, vec2,
};
use noisebook_kernel::protocol::Candidate;

use crate::strings::Strings;
use crate::theme::{self, Palette, size};

/// The most lines of the list that are in sight.
const IN_SIGHT: usize = 8;
const ROW: f32 = 26.0;
const WIDTH: f32 = 340.0;

/// What was asked, and what was answered.
pub(crate) struct Completion {
    /// The number of the request.
    pub id: u64,
    pub cell: u64,
    /// The text for which it was asked.
    pub code: String,
    /// The byte at which it was asked.
    pub at: usize,
    answer: Option<Answer>,
}

struct Answer {
    /// What is replaced, in bytes.
    range: std::ops::Range<usize>,
    candidates: Vec<Candidate>,
    chosen: usize,
}

/// What a key or a click did to the list.
pub(super) enum Choice {
    Stay,
    Close,
    /// Put this in the place of these bytes.
    Take(std::ops::Range<usize>, String),
}

impl Completion {
    pub fn new(id: u64, cell: u64, code: String, at: usize) -> Self {
        Self { id, cell, code, at, answer: None }
    }

    /// Takes in the answer; a range that does not fit the text is none.
    pub fn answer(&mut self, start: usize, end: usize, candidates: Vec<Candidate>) {
        let range = start..end.max(start);
        let fits = self.code.get(range.clone()).is_some();
        let candidates = if fits { candidates } else { Vec::new() };
        self.answer = Some(Answer { range, candidates, chosen: 0 });
    }

    fn take(&self, idx: usize) -> Choice {
        let answer = self.answer.as_ref();
        let taken =
            answer.and_then(|answer| Some((answer.range.clone(), answer.candidates.get(idx)?.code.clone())));
        taken.map_or(Choice::Close, |(range, code)| Choice::Take(range, code))
    }

    /// Lets the keys act on the list before the editor hears them.
    pub(super) fn keys(&mut self, ui: &Ui) -> Choice {
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let close = pressed(Key::Escape);
        // Where there is nothing to choose from, the other keys are the editor's.
        let Some(answer) = self.answer.as_mut().filter(|answer| !answer.candidates.is_empty()) else {
            return if close { Choice::Close } else { Choice::Stay };
        };
        let take = pressed(Key::Enter) || pressed(Key::Tab);
        let (up, down) = (pressed(Key::ArrowUp), pressed(Key::ArrowDown));
        let last = answer.candidates.len().saturating_sub(1);
        if down {
            answer.chosen = if answer.chosen == last { 0 } else { answer.chosen + 1 };
        }
        if up {
            answer.chosen = answer.chosen.checked_sub(1).unwrap_or(last);
        }
        let chosen = answer.chosen;
        match (close, take) {
            (true, _) => Choice::Close,
            (_, true) => self.take(chosen),
            _ => Choice::Stay,
        }
    }
}

/// Draws the list with its corner at `corner`, or over `top` where there is no room below.
pub(super) fn completion_ui(
    ui: &Ui,
    strings: &Strings,
    completion: &Completion,
    id: Id,
    (corner, top): (egui::Pos2, f32),
) -> Choice {
    let palette = Palette::of(ui);
    let Some(answer) = &completion.answer else {
        return Choice::Stay;
    };
    let first = (answer.chosen + 1).saturating_sub(IN_SIGHT);
    let rows = answer.candidates.len().clamp(1, IN_SIGHT);
    let height = rows as f32 * ROW + 12.0;
    let window = ui.ctx().content_rect();
    let y = if corner.y + height > window.bottom() { top - height } else { corner.y };
    let at = pos2(corner.x.min(window.right() - WIDTH - 16.0), y);
    let mut choice = Choice::Stay;
    Area::new(id.with("completion")).order(Order::Foreground).fixed_pos(at).show(ui.ctx(), |ui| {
        let frame = Frame::new()
            .fill(palette.page)
            .stroke(Stroke::new(1.0, palette.edge))
            .corner_radius(size::RADIUS_CONTROL)
            .inner_margin(Margin::same(5));
        frame.show(ui, |ui| {
            ui.set_width(WIDTH);
            ui.spacing_mut().item_spacing.y = 0.0;
            if answer.candidates.is_empty() {
                crate::widgets::text_ui(ui, &strings.get("no-suggestions"), theme::small(), palette.soft_ink);
            }
            for (idx, candidate) in answer.candidates.iter().enumerate().skip(first).take(IN_SIGHT) {
                if row_ui(ui, candidate, idx == answer.chosen) {
                    choice = completion.take(idx);
                }
            }
        });
    });
    choice
}

/// One line of the list; true once it was clicked.
fn row_ui(ui: &mut Ui, candidate: &Candidate, is_chosen: bool) -> bool {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, ROW), Sense::CLICK);
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, is_chosen, &candidate.label));
    let (fill, ink, soft) = if is_chosen {
        (palette.ink, palette.page, palette.page)
    } else if response.hovered() {
        (palette.wash, palette.ink, palette.soft_ink)
    } else {
        (Color32::TRANSPARENT, palette.ink, palette.soft_ink)
    };
    ui.painter().rect_filled(rect, CornerRadius::same(4), fill);
    let kind = ui.painter().layout_no_wrap(candidate.kind.clone(), theme::small(), soft);
    let kind_at = pos2(rect.right() - 8.0 - kind.size().x, rect.center().y - kind.size().y * 0.5);
    let mut job = egui::text::LayoutJob::simple_singleline(candidate.label.clone(), theme::small_mono(), ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(kind_at.x - rect.left() - 20.0);
    let label = ui.painter().layout_job(job);
    ui.painter().galley(pos2(rect.left() + 8.0, rect.center().y - label.size().y * 0.5), label, ink);
    ui.painter().galley(kind_at, kind, soft);
    response.clicked()
}
