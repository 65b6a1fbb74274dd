//! The tab of branches: the run on the stage and one beside it, and under them the tree, along the same t as the knob.
//!
//! A branch is made where the knob stands, by a button or by changing a setting.
//! Up and down walk through the tree, C holds a run beside the one on the stage, Delete takes a branch away.

use egui::{
    Align, Color32, CornerRadius, EventFilter, Id, Key, Layout, Modifiers, Pos2, Rect, Role, Sense, Stroke,
    Ui, UiBuilder, WidgetInfo, pos2, vec2,
};
use noisebook_lab::Tree;

use crate::act::Act;
use crate::figure::named_ui;
use crate::icon::Icon;
use crate::math::Formulas;
use crate::session::Session;
use crate::stage::{Stage, setting_name, value_text};
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::widgets::{Action, Weight, focus_ring, text_ui};

/// The height of a run in the tree, as much as there is room, and at least.
const ROW: f32 = 30.0;
const LEAST_ROW: f32 = 19.0;
/// The row of words and buttons between the pictures and the tree.
const BETWEEN: f32 = 44.0;
/// The name over a pair of pictures.
const TITLE: f32 = 24.0;
/// The least height of the pictures with their captions.
const LEAST_PICTURES: f32 = 160.0;
/// The knob's track does not reach the ends of its row.
const INSET: f32 = 4.0;

/// What a run is called: by what it does otherwise than its parent, and from where on.
pub(crate) fn run_name(strings: &Strings, tree: &Tree, run: usize) -> String {
    let text = |setting: &str, value: &str| {
        let known = tree.trunk().spec().setting(setting);
        let name = known.map_or_else(|_| setting.to_owned(), |setting| setting_name(strings, setting));
        let value = value_text(strings, setting, value);
        // A name that speaks for itself needs no other before it.
        if setting == "sampler" { value } else { format!("{name} {value}") }
    };
    let Some(branch) = tree.branch(run) else {
        let of = |setting: &str| {
            let value = tree.trunk().get(setting).map(ToString::to_string).unwrap_or_default();
            value_text(strings, setting, &value)
        };
        let (sampler, steps) = (of("sampler"), of("num_inference_steps"));
        return strings.with("branch-trunk", [("sampler", sampler.into()), ("steps", steps.into())]);
    };
    let changes: Vec<String> =
        tree.changes(run).into_iter().map(|(setting, value)| text(setting, &value.to_string())).collect();
    let changes = if changes.is_empty() { strings.get("branch-same") } else { changes.join(", ") };
    strings.with("branch-name", [("changes", changes.into()), ("t", branch.t.into())])
}

/// Draws the tab into the room there is.
pub(crate) fn branches_ui(ui: &mut Ui, formulas: &mut Formulas, stage: &Stage<'_>, acts: &mut Vec<Act>) {
    let rect = ui.available_rect_before_wrap();
    let alone = Tree::new(stage.session.settings.clone());
    let tree = stage.runs.map_or(&alone, |runs| &runs.tree);
    let num_runs = tree.num_runs() as f32;
    let row = ((rect.height() - BETWEEN - LEAST_PICTURES) / num_runs).clamp(LEAST_ROW, ROW);
    let tree_height = row * num_runs;
    let pictures = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - tree_height - BETWEEN));
    let between = Rect::from_min_size(pictures.left_bottom(), vec2(rect.width(), BETWEEN));
    let rows = Rect::from_min_max(between.left_bottom(), rect.max);

    pictures_ui(ui, formulas, stage, tree, pictures);
    let builder = UiBuilder::new().id_salt("between").max_rect(between.shrink2(vec2(0.0, 5.0)));
    ui.scope_builder(builder, |ui| between_ui(ui, stage, acts));
    tree_ui(ui, stage, tree, (rows, row), acts);
}

/// The run on the stage, its name over it; to the right the one beside it, or how to make one.
fn pictures_ui(ui: &mut Ui, formulas: &mut Formulas, stage: &Stage<'_>, tree: &Tree, rect: Rect) {
    let strings = stage.strings;
    let palette = Palette::of(ui);
    let gap = 28.0;
    let half = vec2((rect.width() - gap) * 0.5, rect.height());
    let places = [rect.min, rect.min + vec2(half.x + gap, 0.0)].map(|min| Rect::from_min_size(min, half));
    let beside = stage.runs.and_then(|runs| Some((runs.beside?, runs.beside()?)));
    let shown = stage.runs.map_or(0, |runs| runs.shown);
    let [left, right] = places;
    run_ui(ui, formulas, strings, stage.session, &run_name(strings, tree, shown), left, stage.opacity_of);
    match beside {
        Some((run, session)) => {
            let name = strings.with("branch-beside", [("name", run_name(strings, tree, run).into())]);
            run_ui(ui, formulas, strings, session, &name, right, stage.opacity_of);
        }
        None => {
            let id = if tree.num_runs() > 1 { "branches-hint-compare" } else { "branches-hint" };
            let text = strings.get(id);
            let width = right.width() - 16.0;
            let (galley, measured) =
                crate::prose::wrapped(ui, &text, theme::interface(), palette.soft_ink, width);
            let at = pos2(right.left() + 8.0, right.center().y - measured.y * 0.5);
            let response =
                ui.interact(Rect::from_min_size(at, measured), ui.scope_id().with("hint"), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
            ui.painter().galley(at, galley, palette.soft_ink);
        }
    }
}

/// One run: its name, where it is, and what the network sees in it.
fn run_ui(
    ui: &mut Ui,
    formulas: &mut Formulas,
    strings: &Strings,
    session: &Session,
    name: &str,
    rect: Rect,
    opacity_of: &dyn Fn(&str) -> f32,
) {
    let palette = Palette::of(ui);
    ui.push_id(name, |ui| {
        let title = Rect::from_min_size(rect.min, vec2(rect.width(), TITLE));
        let response = ui.interact(title, ui.scope_id().with("title"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, name));
        let galley = fitted(ui, name, theme::small_strong(), palette.ink, rect.width());
        ui.painter().galley(title.left_top(), galley, palette.ink);
        let pictures = Rect::from_min_max(title.left_bottom(), rect.max);
        let gap = 14.0;
        let width = (pictures.width() - gap) * 0.5;
        for (idx, picture) in ["x_t", "pred_x0"].into_iter().enumerate() {
            let corner = pictures.min + vec2(idx as f32 * (width + gap), 0.0);
            let place = Rect::from_min_size(corner, vec2(width, pictures.height()));
            named_ui(ui, strings, formulas, session, picture, place, opacity_of(picture));
        }
    });
}

/// A way to branch, and how far the two runs are apart.
fn between_ui(ui: &mut Ui, stage: &Stage<'_>, acts: &mut Vec<Act>) {
    let (strings, palette) = (stage.strings, Palette::of(ui));
    ui.horizontal(|ui| {
        let t = stage.session.t();
        let text = strings.with("branch-here", [("t", t.into())]);
        let can = t > 0 && stage.session.num_moments() > 0;
        let button = ui.add_enabled(can, Action::new(Weight::Outlined, &text).before(Icon::Branch));
        if button.clicked() {
            acts.push(Act::BranchHere);
        }
        let side = ui.available_width();
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.set_width(side);
            let difference = stage.runs.and_then(|runs| runs.difference(stage.session));
            let text = match (difference, can) {
                (Some(difference), _) => {
                    strings.with("branch-difference", [("difference", format!("{difference:.3}").into())])
                }
                (None, false) if stage.session.num_moments() > 0 => strings.get("branch-at-end"),
                _ => String::new(),
            };
            if !text.is_empty() {
                text_ui(ui, &text, theme::interface(), palette.soft_ink);
            }
        });
    });
}

/// The tree: a line for each run, over the t that the knob goes along.
fn tree_ui(ui: &mut Ui, stage: &Stage<'_>, tree: &Tree, (rect, row): (Rect, f32), acts: &mut Vec<Act>) {
    let strings = stage.strings;
    let shown = stage.runs.map_or(0, |runs| runs.shown);
    let beside = stage.runs.and_then(|runs| runs.beside);
    let names: Vec<String> = (0..tree.num_runs()).map(|run| run_name(strings, tree, run)).collect();
    let whole = ui.interact(rect, ui.scope_id().with("tree"), Sense::hover());
    let summary = strings.with(
        "branches-summary",
        [("branches", (names.len() - 1).into()), ("names", names.join("; ").into())],
    );
    whole.widget_info(|| WidgetInfo::labeled(Role::Tree, true, &summary));

    let first_t = stage.session.ends().0.max(1) as f32;
    let track = Rect::from_min_max(rect.min + vec2(INSET, 0.0), rect.max - vec2(INSET, 0.0));
    let x_of = |t: usize| egui::lerp(track.x_range(), 1.0 - t as f32 / first_t);
    let y_of = |run: usize| rect.top() + (run as f32 + 1.0) * row - 6.0;
    let id_of = |run: usize| Id::unique(("run", run));
    for (run, name) in names.iter().enumerate() {
        let place = Rect::from_min_size(rect.min + vec2(0.0, run as f32 * row), vec2(rect.width(), row));
        let session = match stage.runs {
            Some(runs) if run != shown => runs.parked(run),
            _ => Some(stage.session),
        };
        let line = Line {
            start: pos2(tree.branch(run).map_or(track.left(), |branch| x_of(branch.t)), y_of(run)),
            parent_y: tree.branch(run).map(|branch| y_of(branch.parent)),
            reach: session.map_or(track.left(), |session| x_of(session.reach_t())),
            end: track.right(),
            is_shown: run == shown,
            is_beside: beside == Some(run),
            at: x_of(session.map_or(0, Session::t)),
        };
        let chosen = row_ui(ui, strings, name, &line, place, id_of(run), tree.branch(run).is_some());
        match chosen {
            None => {}
            Some(Wish::Show) => acts.push(Act::ShowRun(run)),
            Some(Wish::Walk(by)) => {
                let to = run.saturating_add_signed(by).min(names.len() - 1);
                ui.memory_mut(|memory| memory.request_focus(id_of(to)));
                acts.push(Act::ShowRun(to));
            }
            Some(Wish::Hold) => acts.push(Act::HoldBeside((beside != Some(run)).then_some(run))),
            Some(Wish::Remove) => acts.push(Act::RemoveRun(run)),
        }
    }
}

/// A run's line in the tree.
struct Line {
    start: Pos2,
    /// Where its parent's line is.
    parent_y: Option<f32>,
    /// How far it is computed.
    reach: f32,
    end: f32,
    is_shown: bool,
    is_beside: bool,
    /// Where it stands.
    at: f32,
}

/// What one may want of a run.
enum Wish {
    Show,
    Walk(isize),
    Hold,
    Remove,
}

fn row_ui(
    ui: &mut Ui,
    strings: &Strings,
    name: &str,
    line: &Line,
    place: Rect,
    id: Id,
    is_branch: bool,
) -> Option<Wish> {
    let palette = Palette::of(ui);
    let response = ui.interact(place, id, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::TreeItem, true, line.is_shown, name));
    let mut wish = response.clicked().then_some(Wish::Show);
    if response.has_focus() {
        let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        // Consumed, or the next run, which has the focus from now on, would walk on.
        let asked = ui.input_mut(|input| {
            let mut presses = |key| input.count_and_consume_key(Modifiers::NONE, key) as isize;
            let by = presses(Key::ArrowDown) - presses(Key::ArrowUp);
            let removes = presses(Key::Delete) + presses(Key::Backspace) > 0;
            let holds = presses(Key::C) > 0;
            match () {
                () if by != 0 => Some(Wish::Walk(by)),
                () if removes && is_branch => Some(Wish::Remove),
                () if holds && !line.is_shown => Some(Wish::Hold),
                () => None,
            }
        });
        wish = asked.or(wish);
    }
    let ring = place.shrink2(vec2(0.0, 3.0));
    if response.hovered() {
        ui.painter().rect_filled(place, CornerRadius::same(4), palette.wash);
    }
    focus_ring(ui, &response, ring);
    paint_line(ui, line);

    // From the right: take away, hold beside; then the name, over its line.
    let mut right = place.right();
    let mut button = |ui: &mut Ui, action: Action<'_>| {
        let width = action.width(ui);
        let at = Rect::from_min_size(
            pos2(right - width, place.top()),
            vec2(width, size::SMALL_CONTROL.min(place.height())),
        );
        right -= width + 2.0;
        ui.put(at, action).clicked()
    };
    if is_branch {
        let remove = strings.with("branch-remove", [("name", name.into())]);
        if button(ui, Action::icon(Weight::Quiet, Icon::Cross, &remove).small()) {
            wish = Some(Wish::Remove);
        }
    }
    if !line.is_shown {
        let id = if line.is_beside { "branch-release" } else { "branch-hold" };
        let text = strings.get(id);
        let hold = strings.with("branch-hold-name", [("what", text.as_str().into()), ("name", name.into())]);
        if button(ui, Action::new(Weight::Quiet, &text).small().name(&hold)) {
            wish = Some(Wish::Hold);
        }
    }
    let font = if line.is_shown { theme::small_strong() } else { theme::small() };
    let ink = if line.is_shown { palette.ink } else { palette.soft_ink };
    let galley = fitted(ui, name, font, ink, right - place.left() - 8.0);
    let x = (line.start.x + 8.0).min(right - galley.size().x - 8.0).max(place.left());
    let y = line.start.y - 4.0 - galley.size().y;
    // The line of its parent comes down beside it.
    ui.painter().galley(pos2(x, y.max(place.top() - 1.0)), galley, ink);
    wish
}

fn paint_line(ui: &Ui, line: &Line) {
    let palette = Palette::of(ui);
    let painter = ui.painter();
    let color = if line.is_shown || line.is_beside { palette.ink } else { palette.edge };
    let width = if line.is_shown { 3.0 } else { 1.5 };
    let y = line.start.y;
    if let Some(parent_y) = line.parent_y {
        painter.vline(line.start.x, parent_y..=y, Stroke::new(1.5, palette.edge));
        painter.circle_filled(pos2(line.start.x, parent_y), 3.5, palette.edge);
    }
    let reach = line.reach.max(line.start.x);
    painter.hline(line.start.x..=reach, y, Stroke::new(width, color));
    if reach < line.end {
        let ahead = [pos2(reach, y), pos2(line.end, y)];
        painter.extend(egui::Shape::dashed_line(&ahead, Stroke::new(1.5, palette.edge), 4.0, 4.0));
    }
    // Where it stands: a full knob on the stage, an open ring beside it.
    if line.is_shown {
        painter.circle_filled(pos2(line.at, y), 5.5, palette.ink);
    } else if line.is_beside {
        painter.circle(pos2(line.at, y), 5.0, palette.page, Stroke::new(2.0, palette.ink));
    }
}

/// Words in one line, with an ellipsis where they do not fit.
fn fitted(
    ui: &Ui,
    text: &str,
    font: egui::FontId,
    color: Color32,
    width: f32,
) -> std::sync::Arc<egui::Galley> {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(20.0));
    ui.painter().layout_job(job)
}
