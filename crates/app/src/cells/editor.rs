//! The editor of a cell: Rust in its tones, line numbers, what the compiler objects to underlined at its place.

use egui::text::{CCursor, CCursorRange};
use egui::text_edit::TextEditState;
use egui::{
    Align2, CornerRadius, EventFilter, Frame, Id, Key, Margin, Modifiers, Pos2, Rect, Shape, Stroke,
    StrokeKind, TextBuffer, TextEdit, Ui, pos2, vec2,
};
use noisebook_kernel::protocol::Diagnostic;

use super::cell::Cell;
use super::complete::{Choice, Completion, completion_ui};
use super::indent::{self, Edited};
use super::{CellAct, Cells};
use crate::highlight::highlight;
use crate::icon::{self, Icon};
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::widgets::text_at;

/// The room of the line numbers.
const GUTTER: i8 = 44;
const PADDING: i8 = 12;

/// Draws the editor of the cell `id` under `name`.
pub(super) fn editor_ui(
    ui: &mut Ui,
    strings: &Strings,
    cells: &mut Cells,
    id: u64,
    name: &str,
    acts: &mut Vec<CellAct>,
) {
    let palette = Palette::of(ui);
    let editor = ui.make_persistent_id(("editor", id));
    let may_edit = cells.may_edit();
    let focus = cells.focus.take_if(|(cell, _)| *cell == id);
    let mut completion = cells.completion_mut(id).take_if(|asked| asked.cell == id);
    let Some(cell) = cells.get_mut(id) else {
        return;
    };
    if let Some((_, at)) = focus {
        let at = at.unwrap_or(0).min(cell.code.len());
        select(ui, editor, &cell.code, at..at);
    }
    if may_edit && ui.memory(|memory| memory.has_focus(editor)) {
        keys(ui, editor, cell, &mut completion, acts);
    }
    let frame = Frame::new().fill(palette.wash).corner_radius(size::RADIUS_CARD).inner_margin(Margin {
        left: GUTTER,
        right: PADDING,
        top: PADDING,
        bottom: PADDING,
    });
    let shown = frame.show(ui, |ui| {
        let points = crate::prose::code_size(ui, cell.original(), ui.available_width());
        let mut layouter = |ui: &Ui, text: &dyn TextBuffer, width: f32| {
            let job = highlight(text.as_str(), palette, points, width, None);
            ui.fonts_mut(|fonts| fonts.layout_job(job))
        };
        let filter = EventFilter {
            tab: true,
            horizontal_arrows: true,
            vertical_arrows: true,
            // With a list open, Escape closes the list.
            escape: completion.is_some(),
        };
        TextEdit::multiline(&mut cell.code)
            .id(editor)
            .font(egui::FontId::new(points, theme::mono().family))
            .layouter(&mut layouter)
            .interactive(may_edit)
            .frame(Frame::NONE)
            .desired_width(f32::INFINITY)
            .desired_rows(1)
            .event_filter(filter)
            .show(ui)
    });
    let output = shown.inner;
    let outer = shown.response.rect;
    let response = output.response.response.accessible_name(name);
    let text = Laid { galley: &output.galley, at: output.galley_pos, code: &cell.code };
    let is_current = !cell.is_edited_since();
    let faulty: Vec<usize> = if is_current { faulty_lines(cell) } else { Vec::new() };
    text.number_lines(ui, outer.left() + f32::from(GUTTER) - 10.0, &faulty);
    if is_current && !cell.diagnostics.is_empty() {
        let faults: Vec<String> = cell
            .diagnostics
            .iter()
            .map(|diagnostic| fault_in_words(strings, &cell.code, diagnostic))
            .collect();
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_description(faults.join("\n")));
        for place in cell.diagnostics.iter().flat_map(|diagnostic| diagnostic.places.iter().take(1)) {
            text.underline(ui, place.range.clone());
        }
    }
    let (width, color) =
        if response.has_focus() { (size::FOCUS_RING, palette.ink) } else { (1.0, palette.rule) };
    let radius = CornerRadius::same(size::RADIUS_CARD);
    ui.painter().rect_stroke(outer, radius, Stroke::new(width, color), StrokeKind::Inside);
    if let Some(asked) = completion.take_if(|_| response.has_focus() || response.lost_focus()) {
        let place = text.place(asked.at);
        let corner = pos2(place.left(), place.bottom() + 4.0);
        match completion_ui(ui, strings, &asked, editor, (corner, place.top() - 4.0)) {
            // A click on the list takes the focus from the editor for one frame.
            Choice::Stay if response.has_focus() || ui.input(|input| input.pointer.any_down()) => {
                completion = Some(asked);
            }
            Choice::Stay | Choice::Close => {}
            Choice::Take(range, with) => {
                let code = indent::replace(&cell.code, range, &with);
                put(ui, editor, cell, code);
            }
        }
    }
    if completion.is_some() {
        *cells.completion_mut(id) = completion;
    }
}

/// The keys of the editor that are not egui's.
fn keys(ui: &Ui, editor: Id, cell: &mut Cell, completion: &mut Option<Completion>, acts: &mut Vec<CellAct>) {
    if let Some(asked) = completion {
        match asked.keys(ui) {
            Choice::Stay => {}
            Choice::Close => *completion = None,
            Choice::Take(range, with) => {
                let code = indent::replace(&cell.code, range, &with);
                put(ui, editor, cell, code);
                *completion = None;
            }
        }
    }
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    if pressed(Modifiers::COMMAND, Key::Enter) {
        acts.push(CellAct::Run(cell.id));
    }
    if pressed(Modifiers::SHIFT, Key::Enter) {
        acts.push(CellAct::RunAndMoveOn(cell.id));
    }
    let selected = selected(ui, editor, &cell.code);
    // Control everywhere: Command and space belong to the system on a Mac.
    if pressed(Modifiers::CTRL, Key::Space) {
        acts.push(CellAct::Complete { cell: cell.id, at: selected.end });
    }
    type Edit = fn(&str, std::ops::Range<usize>) -> Edited;
    let edits: [(Modifiers, Key, Edit); 3] = [
        (Modifiers::SHIFT, Key::Tab, indent::outdent),
        (Modifiers::NONE, Key::Tab, indent::indent),
        (Modifiers::NONE, Key::Enter, indent::new_line),
    ];
    for (modifiers, key, edit) in edits {
        if pressed(modifiers, key) {
            let edited = edit(&cell.code, selected.clone());
            put(ui, editor, cell, edited);
            return;
        }
    }
}

/// What is selected, in bytes; the end of the text where nothing is known.
fn selected(ui: &Ui, editor: Id, code: &str) -> std::ops::Range<usize> {
    let state = TextEditState::load(ui.ctx(), editor);
    let range = state.and_then(|state| state.cursor.char_range());
    let byte = |cursor: CCursor| byte_of(code, cursor.index.0);
    match range.map(|range| (byte(range.primary), byte(range.secondary))) {
        Some((a, b)) => a.min(b)..a.max(b),
        None => code.len()..code.len(),
    }
}

/// Gives the cell another text and selection.
fn put(ui: &Ui, editor: Id, cell: &mut Cell, edited: Edited) {
    cell.code = edited.code;
    select(ui, editor, &cell.code, edited.selected);
}

/// Selects bytes of the editor's text and begins to write there.
fn select(ui: &Ui, editor: Id, code: &str, bytes: std::ops::Range<usize>) {
    let cursor = |byte: usize| CCursor::new(char_of(code, byte));
    let mut state = TextEditState::load(ui.ctx(), editor).unwrap_or_default();
    state.cursor.set_char_range(Some(CCursorRange::two(cursor(bytes.start), cursor(bytes.end))));
    state.store(ui.ctx(), editor);
    ui.memory_mut(|memory| memory.request_focus(editor));
    ui.ctx().request_repaint();
}

fn byte_of(code: &str, char_idx: usize) -> usize {
    code.char_indices().nth(char_idx).map_or(code.len(), |(byte, _)| byte)
}

fn char_of(code: &str, byte: usize) -> usize {
    code.char_indices().take_while(|(at, _)| *at < byte).count()
}

/// The number of the line with this byte, from 0.
fn line_of(code: &str, byte: usize) -> usize {
    code.bytes().take(byte).filter(|byte| *byte == b'\n').count()
}

/// What the compiler said, with its line where it has one.
pub(super) fn fault_in_words(strings: &Strings, code: &str, diagnostic: &Diagnostic) -> String {
    let number = diagnostic.code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
    let message = format!("{}{number}", diagnostic.message);
    match diagnostic.places.first() {
        Some(place) => {
            let line = line_of(code, place.range.start) + 1;
            strings.with("fault-at", [("line", line.into()), ("message", message.into())])
        }
        None => message,
    }
}

fn faulty_lines(cell: &Cell) -> Vec<usize> {
    let places = cell.diagnostics.iter().filter_map(|diagnostic| diagnostic.places.first());
    places.map(|place| line_of(&cell.code, place.range.start)).collect()
}

/// Code as it lies on the screen.
struct Laid<'a> {
    galley: &'a egui::Galley,
    at: Pos2,
    code: &'a str,
}

impl Laid<'_> {
    /// Where a byte is.
    fn place(&self, byte: usize) -> Rect {
        let cursor = CCursor::new(char_of(self.code, byte));
        self.galley.pos_from_cursor(cursor).translate(self.at.to_vec2())
    }

    /// The numbers of the lines, their right ends at `x`; a line with a fault has a cross.
    fn number_lines(&self, ui: &Ui, x: f32, faulty: &[usize]) {
        let palette = Palette::of(ui);
        let mut byte = 0;
        for (idx, line) in self.code.split('\n').enumerate() {
            let place = self.place(byte);
            let is_faulty = faulty.contains(&idx);
            let color = if is_faulty { palette.ink } else { palette.soft_ink };
            let at = pos2(x, place.center().y);
            text_at(ui, at, Align2::RIGHT_CENTER, &(idx + 1).to_string(), theme::small_mono(), color);
            if is_faulty {
                let mark = Rect::from_center_size(pos2(x - 26.0, place.center().y), vec2(9.0, 9.0));
                icon::paint(ui.painter(), mark, Icon::Cross, palette.ink);
            }
            byte += line.len() + 1;
        }
    }

    /// A wave under some bytes; at least one character wide.
    fn underline(&self, ui: &Ui, range: std::ops::Range<usize>) {
        let mut start = range.start.min(self.code.len());
        let end = range.end.clamp(start, self.code.len());
        let Some(marked) = self.code.get(start..end) else {
            return;
        };
        for line in marked.split_inclusive('\n') {
            let (from, to) = (self.place(start), self.place(start + line.trim_end().len()));
            // Of a line that is broken, its first row.
            let right =
                if to.top() > from.top() + 1.0 { self.at.x + self.galley.size().x } else { to.left() };
            wave(ui, from.left(), right.max(from.left() + 8.0), from.bottom() - 2.0);
            start += line.len();
        }
        if marked.is_empty() {
            let place = self.place(start);
            wave(ui, place.left(), place.left() + 8.0, place.bottom() - 2.0);
        }
    }
}

fn wave(ui: &Ui, left: f32, right: f32, y: f32) {
    let steps = ((right - left) / 2.0).ceil() as usize;
    let point = |step: usize| {
        let x = (left + step as f32 * 2.0).min(right);
        pos2(x, y + if step.is_multiple_of(2) { 1.5 } else { -1.0 })
    };
    let line = (0..=steps).map(point).collect();
    ui.painter().add(Shape::line(line, Stroke::new(1.5, Palette::of(ui).ink)));
}
