//! Markdown set as a page of a book: words and formulas on one baseline.
//!
//! egui lays out text or pictures, but not a formula inside a line with its baseline where the words have theirs, so a paragraph is broken here: each word and each formula is a box, a line takes boxes while they fit (greedily, as a browser does), and every box stands on the line's baseline.

use egui::text::LayoutJob;
use egui::{
    Align2, Color32, CornerRadius, FontId, Galley, Id, Pos2, Rect, Response, Role, Sense, Stroke, TextFormat,
    Ui, Vec2, WidgetInfo, pos2, vec2,
};
use noisebook_lessons::GlossaryEntry;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::sync::Arc;

use crate::icon::Icon;
use crate::lit;
use crate::math::{Formula, Formulas, spoken};
use crate::theme::{self, Palette, size};
use crate::widgets::{Action, Weight};
use crate::words::Words;

/// A stretch of prose, parsed once.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Prose {
    blocks: Vec<ProseBlock>,
}

#[derive(Clone, Debug, PartialEq)]
enum ProseBlock {
    Paragraph(Vec<Piece>),
    Formula(String),
    Code(String),
    Item {
        marker: String,
        depth: usize,
        pieces: Vec<Piece>,
    },
    /// What is opened by hand, under a line that says what it is.
    Folded {
        summary: String,
        prose: Prose,
    },
}

#[derive(Clone, Debug, PartialEq)]
struct Piece {
    content: Content,
    look: Look,
    /// Where a click leads.
    link: Option<String>,
    /// What it is, where it is a word of the glossary.
    entry: Option<Arc<GlossaryEntry>>,
}

#[derive(Clone, Debug, PartialEq)]
enum Content {
    Text(String),
    Math(String),
    LineBreak,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Look {
    strong: bool,
    stressed: bool,
    code: bool,
    /// 1 for a title, 2 and 3 for what stands under it, 0 for all else.
    heading: u8,
}

impl Look {
    fn font(self, points: f32) -> FontId {
        let points = match self.heading {
            0 => points,
            1 => points * 1.66,
            2 => points * 1.34,
            _ => points * 1.12,
        };
        let font = if self.code {
            // Its letters are larger than those of the prose around it.
            return FontId::new(points * 0.84, theme::mono().family);
        } else if self.strong {
            theme::prose_strong()
        } else if self.stressed {
            theme::prose_italic()
        } else {
            theme::prose()
        };
        FontId::new(points, font.family)
    }
}

impl Prose {
    /// Parses Markdown with `$…$` and `$$…$$`, and marks the `words` of the glossary in it.
    pub fn parse(markdown: &str, words: &mut Words<'_>) -> Self {
        let mut reader = Reader::default();
        for event in Parser::new_ext(markdown, Options::ENABLE_MATH) {
            reader.read(event, words);
        }
        reader.end_paragraph();
        while !reader.folds.is_empty() {
            reader.end_fold();
        }
        Self { blocks: reader.blocks }
    }
}

fn plain(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match &piece.content {
            Content::Text(text) => text.clone(),
            Content::Math(tex) => spoken(tex),
            Content::LineBreak => " ".to_owned(),
        })
        .collect()
}

/// Collects the parser's events into blocks.
#[derive(Default)]
struct Reader {
    blocks: Vec<ProseBlock>,
    pieces: Vec<Piece>,
    look: Look,
    link: Option<String>,
    /// One entry for each list we are in: the next number, or none for bullets.
    lists: Vec<Option<u64>>,
    marker: Option<String>,
    code: Option<String>,
    /// What is folded away and not at its end: what it is called, and the blocks before it.
    folds: Vec<(String, Vec<ProseBlock>)>,
}

impl Reader {
    fn read(&mut self, event: Event<'_>, words: &mut Words<'_>) {
        match event {
            Event::Start(Tag::Strong) => self.look.strong = true,
            Event::Start(Tag::Heading { level, .. }) => {
                self.look = Look { strong: true, heading: level as u8, ..Look::default() };
            }
            Event::End(TagEnd::Strong) => self.look.strong = self.look.heading > 0,
            Event::End(TagEnd::Heading(_)) => {
                self.look = Look::default();
                self.end_paragraph();
            }
            Event::Start(Tag::Emphasis) => self.look.stressed = true,
            Event::End(TagEnd::Emphasis) => self.look.stressed = false,
            Event::Start(Tag::Link { dest_url, .. }) => self.link = Some(dest_url.to_string()),
            Event::End(TagEnd::Link) => self.link = None,
            Event::Start(Tag::List(first)) => {
                self.end_paragraph();
                self.lists.push(first);
            }
            Event::End(TagEnd::List(_)) => {
                self.lists.pop();
            }
            Event::Start(Tag::Item) => {
                self.marker = Some(match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let marker = format!("{number}.");
                        *number += 1;
                        marker
                    }
                    _ => "·".to_owned(),
                });
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented)) => {
                self.end_paragraph();
                self.code = Some(String::new());
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some(code) = self.code.take() {
                    self.blocks.push(ProseBlock::Code(code.trim_end().to_owned()));
                }
            }
            Event::End(TagEnd::Paragraph | TagEnd::Item) => self.end_paragraph(),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None if self.link.is_some() => self.push(Content::Text(text.to_string())),
                None => {
                    for (part, entry) in words.cut(&text) {
                        self.push_word(Content::Text(part.to_owned()), entry);
                    }
                }
            },
            Event::Code(text) => {
                let look = self.look;
                self.look.code = true;
                self.push(Content::Text(text.to_string()));
                self.look = look;
            }
            Event::InlineMath(tex) => self.push(Content::Math(tex.to_string())),
            Event::DisplayMath(tex) => {
                self.end_paragraph();
                self.blocks.push(ProseBlock::Formula(tex.trim().to_owned()));
            }
            Event::SoftBreak => self.push(Content::Text(" ".to_owned())),
            Event::Html(html) => self.html(&html),
            Event::HardBreak => self.push(Content::LineBreak),
            _ => {}
        }
    }

    /// Of HTML only what folds is understood: `<details><summary>…</summary>` and its end, each at the start of a line.
    fn html(&mut self, html: &str) {
        if let Some(rest) = html.trim_start().strip_prefix("<details>") {
            self.end_paragraph();
            let summary =
                rest.trim().strip_prefix("<summary>").and_then(|rest| rest.split_once("</summary>"));
            let summary = summary.map_or("…", |(summary, _)| summary).to_owned();
            self.folds.push((summary, std::mem::take(&mut self.blocks)));
        } else if html.trim_start().starts_with("</details>") {
            self.end_fold();
        }
    }

    fn end_fold(&mut self) {
        self.end_paragraph();
        if let Some((summary, before)) = self.folds.pop() {
            let blocks = std::mem::replace(&mut self.blocks, before);
            self.blocks.push(ProseBlock::Folded { summary, prose: Prose { blocks } });
        }
    }

    fn push(&mut self, content: Content) {
        self.push_word(content, None);
    }

    fn push_word(&mut self, content: Content, entry: Option<Arc<GlossaryEntry>>) {
        self.pieces.push(Piece { content, look: self.look, link: self.link.clone(), entry });
    }

    fn end_paragraph(&mut self) {
        let pieces = std::mem::take(&mut self.pieces);
        let blank = |piece: &Piece| matches!(&piece.content, Content::Text(text) if text.trim().is_empty());
        if pieces.iter().all(blank) {
            return;
        }
        let block = match self.marker.take() {
            Some(marker) => ProseBlock::Item { marker, depth: self.lists.len().saturating_sub(1), pieces },
            None => ProseBlock::Paragraph(pieces),
        };
        self.blocks.push(block);
    }
}

/// Draws `prose` in the width there is, at the size of a page's text.
pub(crate) fn prose_ui(ui: &mut Ui, formulas: &mut Formulas, prose: &Prose) {
    sized_ui(ui, formulas, prose, Setting { points: theme::prose().size, leading: size::LEADING });
}

/// Draws `prose` at the size of what stands in a card.
pub(crate) fn card_prose_ui(ui: &mut Ui, formulas: &mut Formulas, prose: &Prose) {
    sized_ui(ui, formulas, prose, Setting { points: theme::card_prose().size, leading: size::CARD_LEADING });
}

/// How prose is set: its size, and its line height over that.
#[derive(Clone, Copy)]
struct Setting {
    points: f32,
    leading: f32,
}

fn sized_ui(ui: &mut Ui, formulas: &mut Formulas, prose: &Prose, setting: Setting) {
    let setting = Setting { points: setting.points * formulas.fit, ..setting };
    let points = setting.points;
    ui.spacing_mut().item_spacing.y = points * 0.6;
    for (idx, block) in prose.blocks.iter().enumerate() {
        match block {
            ProseBlock::Paragraph(pieces) => {
                paragraph_ui(ui, formulas, pieces, setting, 0.0, None);
            }
            ProseBlock::Formula(tex) => formula_card_ui(ui, formulas, tex, points),
            ProseBlock::Code(code) => code_ui(ui, code, None),
            ProseBlock::Folded { summary, prose } => folded_ui(ui, formulas, (idx, summary), prose, setting),
            ProseBlock::Item { marker, depth, pieces } => {
                let indent = 20.0 * (*depth as f32 + 1.0);
                paragraph_ui(ui, formulas, pieces, setting, indent, Some(marker));
                let next_is_item = matches!(prose.blocks.get(idx + 1), Some(ProseBlock::Item { .. }));
                if next_is_item {
                    ui.add_space(-6.0);
                }
            }
        }
    }
}

/// A line that one clicks to see what is folded away under it.
fn folded_ui(
    ui: &mut Ui,
    formulas: &mut Formulas,
    (idx, summary): (usize, &str),
    prose: &Prose,
    setting: Setting,
) {
    let id = ui.scope_id().with(("fold", idx));
    let mut is_open: bool = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    let icon = if is_open { Icon::CaretDown } else { Icon::Play };
    let fold = Action::new(Weight::Outlined, summary).before(icon);
    if ui.add(fold).clicked() {
        is_open = !is_open;
        ui.data_mut(|data| data.insert_temp(id, is_open));
    }
    if is_open {
        // `fit` is in the setting already.
        let fit = std::mem::replace(&mut formulas.fit, 1.0);
        ui.push_id(id, |ui| sized_ui(ui, formulas, prose, setting));
        formulas.fit = fit;
    }
}

/// A formula on a line of its own, in a card as wide as the column.
fn formula_card_ui(ui: &mut Ui, formulas: &mut Formulas, tex: &str, points: f32) {
    let palette = Palette::of(ui);
    let width = ui.available_width();
    let formula = match formulas.get(ui.ctx(), palette, tex, points * 1.14, true) {
        Ok(formula) => formula,
        Err(sentence) => {
            ui.colored_label(palette.noise, sentence);
            return;
        }
    };
    let scale = ((width - 24.0) / formula.size.x).min(1.0);
    let drawn = formula.size * scale;
    let (rect, response) = ui.allocate_exact_size(vec2(width, drawn.y + points * 1.4), Sense::hover());
    ui.painter().rect(
        rect,
        CornerRadius::same(size::RADIUS_CARD),
        palette.page,
        Stroke::new(1.0, palette.rule),
        egui::StrokeKind::Inside,
    );
    paint_formula(ui, &formula, Rect::from_center_size(rect.center(), drawn));
    response.widget_info(|| WidgetInfo::labeled(Role::Math, true, spoken(tex)));
}

/// Paints a formula; the term that is pointed at, here or elsewhere, stands on a ground of its own.
pub(crate) fn paint_formula(ui: &Ui, formula: &Formula, rect: Rect) {
    // Whole pixels, or the linear texture blurs.
    let ppp = ui.pixels_per_point();
    let min = pos2((rect.min.x * ppp).round() / ppp, (rect.min.y * ppp).round() / ppp);
    let uv = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
    let rect = Rect::from_min_size(min, rect.size());
    if !formula.terms.is_empty() {
        let scale = rect.width() / formula.size.x;
        let pointer =
            ui.ctx().pointer_hover_pos().filter(|at| rect.contains(*at) && ui.clip_rect().contains(*at));
        if let Some(name) = pointer.and_then(|at| formula.term_at(((at - rect.min) / scale).to_pos2())) {
            lit::point_at(ui.ctx(), name);
        }
        let lit = lit::name_of(ui.ctx());
        for (_, place) in formula.terms.iter().filter(|(name, _)| Some(name) == lit.as_ref()) {
            let ground = (*place * scale).translate(rect.min.to_vec2()).expand2(vec2(3.0, 2.0));
            ui.painter().rect_filled(
                ground,
                CornerRadius::same(4),
                Palette::of(ui).noise.gamma_multiply(0.18),
            );
        }
    }
    ui.painter().image(formula.texture.id(), rect, uv, Color32::WHITE);
}

/// Code on a washed ground; the line `lit`, if any, stands out.
pub(crate) fn code_ui(ui: &mut Ui, code: &str, lit: Option<usize>) {
    let palette = Palette::of(ui);
    let inner = ui.available_width() - 28.0;
    let job = crate::highlight::highlight(code, palette, code_size(ui, code, inner), inner, lit);
    let galley = ui.painter().layout_job(job);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), galley.size().y + 24.0), Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS_CARD), palette.wash);
    ui.painter().galley(rect.min + vec2(14.0, 12.0), galley, palette.ink);
    response.widget_info(|| WidgetInfo::labeled(Role::Code, true, code));
}

/// The size at which the longest line fits, down to four fifths of the usual one.
pub(crate) fn code_size(ui: &Ui, code: &str, width: f32) -> f32 {
    let usual = theme::mono();
    let glyph = ui.fonts_mut(|fonts| fonts.glyph_width(&usual, 'x'));
    let longest = code.lines().map(|line| line.chars().count()).max().unwrap_or(0) as f32;
    usual.size * (width / (glyph * longest).max(1.0)).clamp(0.8, 1.0)
}

/// A word or a formula, and whether a line may end before it.
struct Boxed {
    kind: BoxKind,
    width: f32,
    ascent: f32,
    descent: f32,
    /// The space that belongs before it, if a line does not start with it.
    space: f32,
    breaks: Break,
    link: Option<String>,
    entry: Option<Arc<GlossaryEntry>>,
}

enum BoxKind {
    Word(String, Look),
    Formula(Formula, f32),
}

#[derive(Clone, Copy, PartialEq)]
enum Break {
    /// Glued to what stands before.
    Never,
    May,
    Must,
}

fn paragraph_ui(
    ui: &mut Ui,
    formulas: &mut Formulas,
    pieces: &[Piece],
    setting: Setting,
    indent: f32,
    marker: Option<&str>,
) -> Response {
    let palette = Palette::of(ui);
    let points = setting.points;
    let width = ui.available_width() - indent;
    let boxes = boxes(ui, formulas, pieces, points, width);
    let lines = break_lines(&boxes, width);

    let line_height = points * setting.leading;
    // Where the baseline of an ordinary line lies; taller formulas push it down.
    let base_ascent = line_height * 0.5 + points * 0.33;
    let base_descent = line_height - base_ascent;
    let measure = |line: &[Boxed]| {
        let ascent = line.iter().map(|b| b.ascent).fold(base_ascent, f32::max);
        let descent = line.iter().map(|b| b.descent).fold(base_descent, f32::max);
        (ascent, descent)
    };
    let height: f32 = lines
        .iter()
        .map(|range| {
            let (ascent, descent) = measure(&boxes[range.clone()]);
            ascent + descent
        })
        .sum();
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let text = plain(pieces);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
    if !ui.is_rect_visible(rect) {
        return response;
    }

    let mut top = rect.top();
    for (line_idx, range) in lines.iter().enumerate() {
        let line = &boxes[range.clone()];
        let (ascent, descent) = measure(line);
        let baseline = top + ascent;
        if line_idx == 0
            && let Some(marker) = marker
        {
            ui.painter().text(
                pos2(rect.left() + indent - 8.0, baseline),
                Align2::RIGHT_BOTTOM,
                marker,
                Look::default().font(points),
                palette.soft_ink,
            );
        }
        let origin = pos2(rect.left() + indent, baseline);
        line_ui(ui, formulas, line, points, origin, response.id.with(line_idx));
        top += ascent + descent;
    }
    response
}

/// Paints a line. Words of one look that follow each other are painted as one text, since the space between two texts is rounded to whole pixels, and the eye sees that.
fn line_ui(ui: &Ui, formulas: &mut Formulas, line: &[Boxed], points: f32, origin: Pos2, id: Id) {
    let mut x = origin.x;
    let mut idx = 0;
    while let Some(boxed) = line.get(idx) {
        if idx > 0 && boxed.breaks != Break::Never {
            x += boxed.space;
        }
        let at = pos2(x, origin.y);
        let mut next = idx + 1;
        match &boxed.kind {
            BoxKind::Formula(formula, scale) => {
                let place = Rect::from_min_size(at - vec2(0.0, boxed.ascent), formula.size * *scale);
                paint_formula(ui, formula, place);
                x += boxed.width;
            }
            BoxKind::Word(first, look) => {
                let mut text = first.clone();
                while let Some(Boxed { kind: BoxKind::Word(word, other), breaks, link, entry, .. }) =
                    line.get(next)
                    && other == look
                    && *link == boxed.link
                    && *entry == boxed.entry
                {
                    if *breaks != Break::Never {
                        text.push(' ');
                    }
                    text.push_str(word);
                    next += 1;
                }
                let (galley, _) = words(ui, text, *look, points);
                let place = Rect::from_min_size(at - vec2(0.0, boxed.ascent), galley.size());
                ui.painter().galley(place.min, galley, Palette::of(ui).ink);
                if let Some(url) = &boxed.link {
                    link_ui(ui, url, place, origin.y, id.with(idx));
                }
                if let Some(entry) = &boxed.entry {
                    entry_ui(ui, formulas, entry, place, origin.y, id.with(idx));
                }
                x = place.right();
            }
        }
        idx = next;
    }
}

fn link_ui(ui: &Ui, url: &str, rect: Rect, baseline: f32, id: Id) {
    let palette = Palette::of(ui);
    ui.painter().hline(rect.x_range(), baseline + 3.0, Stroke::new(1.0, palette.edge));
    let response = ui.interact(rect, id, Sense::click()).on_hover_cursor(egui::CursorIcon::PointingHand);
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, url));
    if response.clicked() {
        ui.ctx().open_url(egui::OpenUrl::new_tab(url));
    }
}

/// A word of the glossary: it explains itself to whoever points at it or comes to it by keyboard.
fn entry_ui(ui: &Ui, formulas: &mut Formulas, entry: &GlossaryEntry, rect: Rect, baseline: f32, id: Id) {
    let palette = Palette::of(ui);
    let dots = [pos2(rect.left(), baseline + 4.0), pos2(rect.right(), baseline + 4.0)];
    ui.painter().extend(egui::Shape::dashed_line(&dots, Stroke::new(1.0, palette.edge), 1.5, 2.5));
    let response = ui.interact(rect, id, Sense::focusable_noninteractive());
    let said = format!("{}: {}", entry.term, entry.meaning);
    response.widget_info(|| WidgetInfo::labeled(Role::Term, true, &said));
    crate::widgets::focus_ring(ui, &response, rect);
    let mut explain = |ui: &mut Ui| {
        ui.set_max_width(300.0);
        ui.horizontal(|ui| {
            crate::widgets::text_ui(ui, &entry.term, theme::strong(), palette.ink);
            let symbol = entry.symbol.as_deref();
            let symbol = symbol.map(|tex| formulas.get(ui.ctx(), palette, tex, 16.0, false));
            if let Some(Ok(symbol)) = symbol {
                let (place, _) = ui.allocate_exact_size(symbol.size, Sense::hover());
                paint_formula(ui, &symbol, place);
            }
        });
        ui.label(egui::RichText::new(&entry.meaning).font(theme::interface()).color(palette.ink));
    };
    if response.has_focus() {
        response.show_tooltip_ui(&mut explain);
    } else {
        response.on_hover_ui(explain);
    }
}

/// Cuts pieces into boxes, words at spaces.
fn boxes(ui: &Ui, formulas: &mut Formulas, pieces: &[Piece], points: f32, width: f32) -> Vec<Boxed> {
    let palette = Palette::of(ui);
    let mut boxes = Vec::new();
    let mut next = Break::Never;
    for piece in pieces {
        match &piece.content {
            Content::LineBreak => next = Break::Must,
            Content::Math(tex) => {
                match formulas.get(ui.ctx(), palette, tex, points * 1.06, false) {
                    Ok(formula) => {
                        let scale = (width / formula.size.x).min(1.0);
                        boxes.push(Boxed {
                            width: formula.size.x * scale,
                            ascent: formula.ascent * scale,
                            descent: (formula.size.y - formula.ascent) * scale,
                            kind: BoxKind::Formula(formula, scale),
                            space: space_width(ui, piece.look, points),
                            breaks: next,
                            link: None,
                            entry: None,
                        });
                    }
                    Err(sentence) => boxes.push(word(ui, &sentence, piece, points, next)),
                }
                next = Break::Never;
            }
            Content::Text(text) => {
                for (idx, part) in text.split(' ').enumerate() {
                    if idx > 0 && next == Break::Never {
                        next = Break::May;
                    }
                    if !part.is_empty() {
                        boxes.push(word(ui, part, piece, points, next));
                        next = Break::Never;
                    }
                }
            }
        }
    }
    boxes
}

fn word(ui: &Ui, text: &str, piece: &Piece, points: f32, breaks: Break) -> Boxed {
    let (galley, ascent) = words(ui, text.to_owned(), piece.look, points);
    Boxed {
        width: galley.size().x,
        ascent,
        descent: galley.size().y - ascent,
        kind: BoxKind::Word(text.to_owned(), piece.look),
        space: space_width(ui, piece.look, points),
        breaks,
        link: piece.link.clone(),
        entry: piece.entry.clone(),
    }
}

/// A text of one look, and how far its baseline lies under its top.
fn words(ui: &Ui, text: String, look: Look, points: f32) -> (Arc<Galley>, f32) {
    let palette = Palette::of(ui);
    let format = TextFormat {
        font_id: look.font(points),
        color: palette.ink,
        background: if look.code { palette.wash } else { Color32::TRANSPARENT },
        ..TextFormat::default()
    };
    let galley = ui.painter().layout_job(LayoutJob::simple_format(text, format));
    let ascent = galley.rows.first().and_then(|row| Some(row.pos.y + row.glyphs.first()?.pos.y));
    (galley, ascent.unwrap_or_default())
}

fn space_width(ui: &Ui, look: Look, points: f32) -> f32 {
    // Never narrower than in the text around it, or a change of face looks like a missing space.
    let of = |look: Look| ui.fonts_mut(|fonts| fonts.glyph_width(&look.font(points), ' '));
    of(look).max(of(Look::default())) + 0.5
}

/// Ranges of boxes, one a line, each as full as `width` allows.
fn break_lines(boxes: &[Boxed], width: f32) -> Vec<std::ops::Range<usize>> {
    let mut lines = Vec::new();
    let (mut start, mut used) = (0, 0.0);
    let mut idx = 0;
    while idx < boxes.len() {
        // What is glued together moves together.
        let mut end = idx + 1;
        while boxes.get(end).is_some_and(|b| b.breaks == Break::Never) {
            end += 1;
        }
        let group = &boxes[idx..end];
        let group_width: f32 = group.iter().map(|b| b.width).sum();
        let first = &boxes[idx];
        let must = first.breaks == Break::Must;
        if idx > start && (must || used + first.space + group_width > width) {
            lines.push(start..idx);
            (start, used) = (idx, 0.0);
        }
        used += group_width;
        if idx > start {
            used += first.space;
        }
        idx = end;
    }
    if start < boxes.len() {
        lines.push(start..boxes.len());
    }
    lines
}

/// A page's title wrapped in `width`, its lines closer than the face has them.
pub(crate) fn title(ui: &Ui, text: &str, width: f32) -> Arc<Galley> {
    let font_id = theme::title();
    let format = TextFormat {
        line_height: Some(font_id.size * size::TITLE_LEADING),
        font_id,
        color: Palette::of(ui).ink,
        ..TextFormat::default()
    };
    let mut job = LayoutJob::simple_format(text.to_owned(), format);
    job.wrap.max_width = width;
    ui.painter().layout_job(job)
}

/// Height of `text` and the galley itself, wrapped in `width`: for titles and cards.
pub(crate) fn wrapped(ui: &Ui, text: &str, font: FontId, color: Color32, width: f32) -> (Arc<Galley>, Vec2) {
    let galley = ui.painter().layout(text.to_owned(), font, color, width.max(1.0));
    let measured = galley.size();
    (galley, measured)
}
