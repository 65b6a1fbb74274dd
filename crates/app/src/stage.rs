//! The stage: tabs, the figure as large as it can be, and under it the one timeline.

use egui::{
    Align, Color32, Layout, Popup, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};
use noisebook_lab::{Denoising, Kind, Mask, Setting, Value, View};
use noisebook_lessons::Tab;

use crate::act::Act;
use crate::branches::branches_ui;
use crate::branching::Runs;
use crate::cells::{CellAct, Cells, cell_ui, kernel_ui, restart_ui};
use crate::export::Format;
use crate::figure::{exhibit_ui, notice_ui, pair_ui};
use crate::gallery;
use crate::game;
use crate::grid::grid_ui;
use crate::icon::Icon;
use crate::math::Formulas;
use crate::numbers::numbers_ui;
use crate::page::wants_own;
use crate::prompt::prompt_ui;
use crate::race::{TRANSPORT_WIDTH, cells_transport_ui, race_table_ui, race_ui};
use crate::schedules;
use crate::session::Session;
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::timeline::{KNOB_ROW, knob_ui, strip_layout, strip_ui, transport_ui, widest_update};
use crate::training::{Own, OwnAct, Pad, guess_ui, own_ui, training_ui};
use crate::widgets::{Action, Weight, dropdown_ui, menu_item_ui, rule_ui, tabs_ui, text_ui};
use crate::xray::xray_ui;

/// What is said on the stage beside the experiment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Notice {
    pub sentence: String,
    pub is_error: bool,
}

/// Everything the stage draws from.
pub(crate) struct Stage<'a> {
    pub strings: &'a Strings,
    pub session: &'a Session,
    /// The runs that branch off it.
    pub runs: Option<&'a Runs>,
    pub tab: Tab,
    /// The cells of the page's Rust, by their keys.
    pub cells: &'a [String],
    /// The settings that the lesson itself names.
    pub named_settings: &'a [String],
    pub notice: Option<&'a Notice>,
    /// How many faults are to be told apart, each by its letter, before their causes are known.
    pub faults_in_turn: usize,
    /// What the learner brings along to train on.
    pub own: &'a Own,
    /// What the page hides until its question is answered, answered or not.
    pub asked_for: &'a [String],
    /// Whether it fills a projector's screen: then there is nothing over the figure.
    pub is_bare: bool,
    /// How visible a picture is, while it is being revealed.
    pub opacity_of: &'a dyn Fn(&str) -> f32,
}

/// Draws the stage into `rect`; where a prompt and the controls leave its pictures no room, it scrolls.
pub(crate) fn stage_ui(
    ui: &mut Ui,
    formulas: &mut Formulas,
    stage: &Stage<'_>,
    cells: &mut Cells,
    rect: Rect,
    acts: &mut Vec<Act>,
) {
    ui.painter().rect_filled(rect, 0.0, Palette::of(ui).page);
    let padding = if rect.width() < 720.0 { 24.0 } else { (rect.width() * 0.039).min(48.0) };
    let inner = rect.shrink2(vec2(padding, 0.0));
    let arrangement = Arrangement::of(ui, stage, inner.size());
    let least = if has_prompt(stage) { LEAST_WITH_PROMPT + arrangement.height(inner.width()) } else { 0.0 };
    if inner.height() >= least {
        return arranged_ui(ui, formulas, stage, cells, (inner, &arrangement), acts);
    }
    area(ui, "scrolled", inner, |ui| {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let (whole, _) = ui.allocate_exact_size(vec2(inner.width(), least), Sense::hover());
            arranged_ui(ui, formulas, stage, cells, (whole, &arrangement), acts);
        });
    });
}

/// Whether there is a prompt over the figure.
fn has_prompt(stage: &Stage<'_>) -> bool {
    stage.session.words.is_some() && stage.tab != Tab::Code && !stage.is_bare
}

fn arranged_ui(
    ui: &mut Ui,
    formulas: &mut Formulas,
    stage: &Stage<'_>,
    cells: &mut Cells,
    (inner, arrangement): (Rect, &Arrangement),
    acts: &mut Vec<Act>,
) {
    // Code and what it shows have the whole stage, and so has a pad to draw on: the timeline is not theirs.
    let has_timeline = stage.tab != Tab::Code && !has_pad(stage);
    let controls = if has_timeline { arrangement.height(inner.width()) } else { 0.0 };
    let bottom = Rect::from_min_max(pos2(inner.left(), inner.bottom() - controls), inner.max);

    let mut top = inner.top() + 8.0;
    if !stage.is_bare {
        let head = Rect::from_min_size(inner.min + vec2(0.0, 20.0), vec2(inner.width(), size::CONTROL));
        area(ui, "head", head, |ui| head_ui(ui, stage, cells, acts));
        top = head.bottom() + 14.0;
    }
    let mut figure = Rect::from_min_max(pos2(inner.left(), top), pos2(inner.right(), bottom.top() - 10.0));
    if let Some(notice) = stage.notice {
        let icon = if notice.is_error { Icon::Cross } else { Icon::Check };
        let used = area(ui, "notice", figure, |ui| {
            if notice_ui(ui, stage.strings, icon, &notice.sentence) {
                acts.push(Act::Dismiss);
            }
        });
        figure.min.y = used.bottom() + 10.0;
    }
    if has_prompt(stage) {
        let used = area(ui, "prompt", figure, |ui| prompt_ui(ui, stage.strings, stage.session, acts));
        figure.min.y = used.bottom() + 10.0;
    }
    if stage.tab == Tab::Code {
        // The ring around what has the focus reaches over the edge of what scrolls.
        figure = figure.expand2(vec2(RING, 0.0));
    }
    area(ui, "figure", figure, |ui| match stage.tab {
        Tab::Code => code_tab_ui(ui, stage, cells, acts),
        _ if stage.session.view() == View::Grid => grid_ui(ui, stage.strings, stage.session, acts),
        _ if stage.session.view() == View::Race => match stage.tab {
            Tab::Numbers => race_table_ui(ui, stage.strings, stage.session),
            _ => race_ui(ui, stage.strings, stage.session, acts),
        },
        _ => figure_tab_ui(ui, formulas, stage, acts),
    });
    if !has_timeline {
        return;
    }
    area(ui, "controls", bottom, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        // Rows are as high as their controls from the start, so that labels stand in their middle.
        ui.spacing_mut().interact_size.y = size::CONTROL;
        rule_ui(ui);
        ui.add_space(14.0);
        if arrangement.has_strip {
            if stage.session.view() == View::Schedules {
                schedules::strips_ui(ui, stage.strings, stage.session, acts);
            } else {
                strip_ui(ui, stage.strings, stage.session, acts);
            }
            ui.add_space(4.0);
        }
        if !stage.session.is_of_cells() {
            knob_ui(ui, stage.strings, stage.session, acts);
            ui.add_space(6.0);
        }
        ui.horizontal(|ui| {
            if stage.session.is_of_cells() {
                cells_transport_ui(ui, stage.strings, stage.session, acts);
            } else {
                transport_ui(ui, stage.strings, stage.session, acts);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if arrangement.seeds_beside {
                    seed_ui(ui, stage, acts);
                }
                if arrangement.lines == 0 {
                    settings_ui(ui, stage, acts);
                }
            });
        });
        if arrangement.lines > 0 {
            ui.add_space(LINE_GAP);
            ui.spacing_mut().item_spacing = vec2(8.0, LINE_GAP);
            ui.horizontal_wrapped(|ui| {
                settings_ui(ui, stage, acts);
                if !arrangement.seeds_beside {
                    seed_ui(ui, stage, acts);
                }
            });
        }
    });
}

/// The setting that says what is broken on purpose.
const FAULT: &str = "fault";
/// Whether a pad or a plane to draw on lies on the stage.
fn has_pad(stage: &Stage<'_>) -> bool {
    let takes_own = stage.session.is_training() || stage.session.is_verdict();
    stage.own.is_open && takes_own && stage.tab == Tab::Picture
}

/// What the pad is for.
fn pad(session: &Session) -> Pad {
    if session.is_verdict() {
        Pad::Judged
    } else if session.is_of_points() {
        Pad::Points
    } else {
        Pad::Pictures
    }
}

/// Between the transport and the lines of settings under it.
const LINE_GAP: f32 = 10.0;
/// The room for the ring around what has the focus.
const RING: f32 = 4.0;
/// Under the controls.
const BELOW: f32 = 18.0;
/// A stage lower than this gives the film strip's room to the figure.
const STRIP_FROM: f32 = 430.0;
const XRAY_STRIP_FROM: f32 = 760.0;
/// What the tabs, a prompt with its words and a figure take at least, over the controls.
const LEAST_WITH_PROMPT: f32 = 340.0;

/// Which controls stand where: it depends on the room, and the figure gets what is left.
struct Arrangement {
    has_strip: bool,
    /// Whether rewind and new seed stand at the right of the transport.
    seeds_beside: bool,
    /// Lines of settings under the transport; none if they stand beside it.
    lines: usize,
    /// Whether there is a timeline: cells have none.
    has_knob: bool,
    /// How high the film strip is in a given width.
    strip_height: fn(f32) -> f32,
}

impl Arrangement {
    fn of(ui: &Ui, stage: &Stage<'_>, room: egui::Vec2) -> Self {
        let text_width =
            |text: &str, font| ui.painter().layout_no_wrap(text.to_owned(), font, Color32::BLACK).size().x;
        let strings = stage.strings;
        let seeds = if stage.session.is_training() {
            let texts: Vec<String> = starts(stage.session).iter().map(|(_, id)| strings.get(id)).collect();
            texts.into_iter().chain([strings.get("new-seed")]).collect()
        } else if !stage.session.has_setting("seed") {
            Vec::new()
        } else if stage.session.is_gallery() {
            vec![strings.get("new-seed")]
        } else {
            vec![strings.with("rewind", [("seed", "0000".into())]), strings.get("new-seed")]
        };
        let seeds = seeds.iter().map(|text| text_width(text, theme::strong()) + 24.0 + 10.0);
        let seeds_width: f32 = seeds.sum();
        let is_of_cells = stage.session.is_of_cells();
        let transport = if is_of_cells {
            TRANSPORT_WIDTH
        } else {
            // Five buttons and t, or the number of updates.
            let place = if stage.session.is_training() {
                text_width(&widest_update(strings, stage.session), theme::large_mono()) + 24.0
            } else {
                130.0
            };
            5.0 * (size::CONTROL + 10.0) + place
        };
        let settings: Vec<f32> = acting_settings(stage)
            .into_iter()
            .map(|setting| {
                let present = stage.session.settings.get(setting.name).map(ToString::to_string);
                let value = value_text(strings, setting.name, &present.unwrap_or_default());
                let value = text_width(&value, theme::interface()).max(30.0);
                let letters = stage.faults_in_turn as f32 * (size::CONTROL + 5.0);
                let value = if setting.name == FAULT { value.max(letters) } else { value };
                text_width(&setting_name(strings, setting), theme::small()) + value + 36.0 + 26.0
            })
            .collect();
        let seeds_beside = transport + seeds_width <= room.x;
        let one_beside = settings.len() == 1 && transport + seeds_width + 120.0 <= room.x;
        let below: &[f32] = if seeds_beside { &[] } else { &[seeds_width] };
        let mut lines = 0;
        let mut used = f32::INFINITY;
        for width in settings.iter().chain(below).filter(|_| !one_beside) {
            if used + width > room.x {
                (lines, used) = (lines + 1, 0.0);
            }
            used += width;
        }
        let strip_height: fn(f32) -> f32 = match stage.session.view() {
            View::Schedules => schedules::strips_height,
            _ => |width| strip_layout(width).1,
        };
        // The X-ray has three rows of its own.
        let strip_from = if stage.tab == Tab::Xray { XRAY_STRIP_FROM } else { STRIP_FROM };
        let has_strip = room.y >= strip_from && !is_of_cells;
        Self { has_strip, seeds_beside, lines, has_knob: !is_of_cells, strip_height }
    }

    fn height(&self, width: f32) -> f32 {
        let strip = if self.has_strip { (self.strip_height)(width) + 4.0 } else { 0.0 };
        let lines = self.lines as f32 * (size::CONTROL + LINE_GAP);
        let knob = if self.has_knob { KNOB_ROW + 6.0 } else { 0.0 };
        15.0 + strip + knob + size::CONTROL + lines + BELOW
    }
}

fn area(ui: &mut Ui, name: &'static str, rect: Rect, draw: impl FnOnce(&mut Ui)) -> Rect {
    ui.scope_builder(UiBuilder::new().id_salt(name).max_rect(rect), draw).response.rect
}

/// The tabs that a stage has, `open` among them.
pub(crate) fn tabs(session: &Session, open: Tab, has_code: bool) -> Vec<Tab> {
    let has = |tab: &Tab| match tab {
        Tab::Picture => true,
        Tab::Numbers => !(session.is_exhibition() || session.view() == View::Grid) || open == Tab::Numbers,
        Tab::Xray => session.has_xray() || open == Tab::Xray,
        Tab::Branches => session.has_branches() || open == Tab::Branches,
        Tab::Code => has_code,
    };
    [Tab::Picture, Tab::Xray, Tab::Numbers, Tab::Branches, Tab::Code].into_iter().filter(has).collect()
}

/// Tabs to the left; to the right what brings pictures in and out.
fn head_ui(ui: &mut Ui, stage: &Stage<'_>, cells: &Cells, acts: &mut Vec<Act>) {
    let strings = stage.strings;
    let name = |tab| match tab {
        Tab::Picture if stage.session.view() == View::Race => strings.get("tab-race"),
        Tab::Picture if stage.session.view() == View::Grid => strings.get("tab-grid"),
        Tab::Picture => strings.get("tab-picture"),
        Tab::Xray => strings.get("tab-xray"),
        Tab::Numbers => strings.get("tab-numbers"),
        Tab::Branches => strings.get("tab-branches"),
        Tab::Code => strings.get("tab-code"),
    };
    let tabs: Vec<(Tab, String)> = tabs(stage.session, stage.tab, !stage.cells.is_empty())
        .into_iter()
        .map(|tab| (tab, name(tab)))
        .collect();
    ui.horizontal(|ui| {
        let chosen = tabs_ui(ui, stage.tab, &tabs);
        if chosen != stage.tab {
            acts.push(Act::Open(chosen));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            if stage.tab == Tab::Code {
                let mut wishes = Vec::new();
                restart_ui(ui, strings, cells, &mut wishes);
                acts.extend(wishes.into_iter().map(Act::Cells));
            }
            // A file would show what a prediction asks for, and another picture has nothing to do with it.
            if !stage.session.hidden.is_empty() || stage.session.is_exhibition() {
                return;
            }
            export_ui(ui, strings, stage.session, acts);
            // What is asked for in words has captions that one's own pictures have not.
            let takes_own = stage.session.is_training() && stage.session.prompts.is_empty();
            if takes_own && stage.tab == Tab::Picture && !stage.own.is_open {
                let id = if stage.session.is_of_points() { "own-points" } else { "own-pictures" };
                if ui.add(Action::new(Weight::Quiet, &strings.get(id))).clicked() {
                    acts.push(Act::Own(OwnAct::Open(true)));
                }
            }
            let offers_pad = stage.session.is_verdict() && stage.tab == Tab::Picture && !stage.own.is_open;
            if offers_pad && ui.add(Action::new(Weight::Quiet, &strings.get("draw-one"))).clicked() {
                acts.push(Act::Own(OwnAct::Open(true)));
            }
            if stage.session.takes_pictures() && stage.tab != Tab::Code {
                let (text, act) = match stage.session.own_picture_name() {
                    Some(_) => (strings.get("lesson-picture"), Act::LessonPicture),
                    None => (strings.get("open-picture"), Act::OpenPicture),
                };
                if ui.add(Action::new(Weight::Quiet, &text)).clicked() {
                    acts.push(act);
                }
            }
        });
    });
}

fn export_ui(ui: &mut Ui, strings: &Strings, session: &Session, acts: &mut Vec<Act>) {
    let (view, has_own_picture) = (session.view(), session.own_picture_name().is_some());
    // What learns has no rates of its own.
    let has_rates = !session.is_training() && !session.is_gallery();
    let is_possible = |format: &Format| has_rates || *format != Format::Rates;
    let text = strings.get("export");
    let response = ui.add(Action::new(Weight::Quiet, &text).after(Icon::CaretDown));
    Popup::menu(&response).accessible_name(&text).show(|ui| {
        for format in Format::of(view).iter().filter(|format| is_possible(format)) {
            if menu_item_ui(ui, &strings.get(format.message(view)), None).clicked() {
                acts.push(Act::Export(*format));
            }
        }
        ui.separator();
        let items = [
            ("save-state", true, Act::SaveState { with_own: false }),
            ("save-state-with-picture", has_own_picture, Act::SaveState { with_own: true }),
            ("save-state-with-data", wants_own(&session.settings), Act::SaveState { with_own: true }),
            ("copy-rust", true, Act::CopyRust),
        ];
        for (id, is_possible, act) in items {
            if is_possible && menu_item_ui(ui, &strings.get(id), None).clicked() {
                acts.push(act);
            }
        }
    });
}

fn figure_tab_ui(ui: &mut Ui, formulas: &mut Formulas, stage: &Stage<'_>, acts: &mut Vec<Act>) {
    let (strings, session) = (stage.strings, stage.session);
    let compares = session.view() == View::Schedules;
    match stage.tab {
        Tab::Numbers if compares => schedules::numbers_tab_ui(ui, strings, session),
        _ if compares => schedules::picture_tab_ui(ui, strings, session, acts),
        Tab::Picture if has_pad(stage) => own_ui(ui, strings, stage.own, pad(session), acts),
        Tab::Numbers if session.is_game() => game::numbers_ui(ui, strings, session, stage.asked_for),
        Tab::Picture | Tab::Xray if session.is_game() => {
            let shown = game::Shown {
                strings,
                session,
                asked_for: stage.asked_for,
                is_xray: stage.tab == Tab::Xray,
                opacity: (stage.opacity_of)("samples"),
            };
            game::game_ui(ui, &shown, acts);
        }
        Tab::Numbers if session.is_gallery() => gallery::numbers_ui(ui, strings, session),
        Tab::Picture | Tab::Xray if session.is_gallery() => {
            gallery::gallery_ui(ui, strings, session, stage.tab == Tab::Xray, (stage.opacity_of)("picture"));
        }
        Tab::Picture if session.is_training() => {
            training_ui(ui, strings, session, (stage.opacity_of)("samples"));
        }
        Tab::Xray if session.is_training() => guess_ui(ui, strings, formulas, session, acts),
        Tab::Numbers if session.is_training() => crate::training::numbers_ui(ui, strings, session),
        Tab::Picture if stage.session.is_exhibition() => exhibit_ui(ui, stage.strings, stage.session),
        Tab::Picture | Tab::Code => {
            pair_ui(ui, stage.strings, formulas, stage.session, stage.opacity_of, acts);
        }
        Tab::Xray => xray_ui(ui, stage.strings, formulas, stage.session, acts),
        Tab::Branches => branches_ui(ui, formulas, stage, acts),
        Tab::Numbers => numbers_ui(ui, stage.strings, stage.session),
    }
}

/// The page's Rust, which runs where it stands. It scrolls: nobody can know how much a cell shows.
fn code_tab_ui(ui: &mut Ui, stage: &Stage<'_>, cells: &mut Cells, acts: &mut Vec<Act>) {
    let strings = stage.strings;
    if stage.cells.is_empty() {
        text_ui(ui, &strings.get("no-code"), theme::interface(), Palette::of(ui).soft_ink);
        return;
    }
    let mut wishes: Vec<CellAct> = Vec::new();
    egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let margin = egui::Margin { left: RING as i8, right: RING as i8 + 6, top: RING as i8, bottom: 24 };
        egui::Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = size::GAP;
            kernel_ui(ui, strings, cells, &mut wishes);
            let of_page = |key: &String| stage.cells.contains(key);
            let numbered = cells.iter().enumerate().filter(|(_, cell)| of_page(&cell.key));
            let numbered: Vec<(usize, u64)> = numbered.map(|(idx, cell)| (idx + 1, cell.id)).collect();
            for (number, id) in numbered {
                ui.push_id(id, |ui| cell_ui(ui, strings, cells, id, number, &mut wishes));
                ui.add_space(size::GAP);
            }
        });
    });
    acts.extend(wishes.into_iter().map(Act::Cells));
}

fn seed_ui(ui: &mut Ui, stage: &Stage<'_>, acts: &mut Vec<Act>) {
    // An exhibition has no noise, and who judges needs none.
    if stage.session.is_exhibition() || !stage.session.has_setting("seed") {
        return;
    }
    ui.spacing_mut().item_spacing.x = 4.0;
    let strings = stage.strings;
    let new_seed = strings.get("new-seed");
    if stage.session.is_training() {
        let mut buttons: Vec<(String, Act)> = starts(stage.session)
            .iter()
            .map(|(start, id)| {
                // A game begins anew where its seed is set anew.
                let seed = stage.session.settings.int("seed").unwrap_or_default();
                let (setting, value) = if stage.session.is_game() {
                    ("seed".to_owned(), seed.to_string())
                } else {
                    ("start".to_owned(), (*start).to_owned())
                };
                (strings.get(id), Act::Set { setting, value })
            })
            .chain([(new_seed, Act::NewSeed)])
            .collect();
        if ui.layout().prefer_right_to_left() {
            buttons.reverse();
        }
        for (text, act) in buttons {
            if ui.add(Action::new(Weight::Quiet, &text)).clicked() {
                acts.push(act);
            }
        }
        return;
    }
    let seed = stage.session.settings.int("seed").unwrap_or_default();
    let rewind = strings.with("rewind", [("seed", seed.to_string().into())]);
    let name = strings.get("rewind-name");
    let mut buttons = [
        (Action::new(Weight::Quiet, &rewind).before(Icon::Rewind).name(&name), Act::Rewind),
        (Action::new(Weight::Quiet, &new_seed), Act::NewSeed),
    ];
    if ui.layout().prefer_right_to_left() {
        buttons.reverse();
    }
    for (button, act) in buttons {
        // In a blind test the noise is the lesson's.
        let offered = act == Act::Rewind || !stage.session.is_locked;
        // Cells have nothing to rewind, and a walk comes from where it began.
        let has_way_back = !stage.session.is_of_cells() && !stage.session.is_gallery();
        let offered = offered && (act == Act::NewSeed || has_way_back);
        if offered && ui.add(button).clicked() {
            acts.push(act);
        }
    }
}

/// How the weights of a training may begin, and what the buttons for that say.
fn starts(session: &Session) -> &'static [(&'static str, &'static str)] {
    // The shelf's model to go on from knows digits.
    if session.is_of_points() || session.is_of_scenes() || session.is_game() {
        &[("scratch", "from-scratch")]
    } else {
        &[("scratch", "from-scratch"), ("checkpoint", "from-checkpoint")]
    }
}

/// The settings that act here: the experiment's own few, and those that the lesson names.
fn acting_settings(stage: &Stage<'_>) -> Vec<&'static Setting> {
    let spec = stage.session.settings.spec();
    let named = |setting: &Setting| stage.named_settings.iter().any(|name| name == setting.name);
    // In a blind test a setting would give away what is asked, or change it.
    if stage.session.is_locked || (stage.session.is_exhibition() && !stage.session.hidden.is_empty()) {
        return Vec::new();
    }
    if stage.session.is_exhibition() {
        let forges = |setting: &&Setting| ["num_inference_steps", "cfg_scale"].contains(&setting.name);
        return spec.settings.iter().filter(|setting| forges(setting) && named(setting)).collect();
    }
    let usual: &[&str] = if stage.session.is_game() {
        game::usual(stage.session)
    } else if stage.session.is_verdict() {
        &["model"]
    } else if stage.session.is_of_clips() {
        &["model", "num"]
    } else if stage.session.is_gallery() {
        &["model", "num", "path"]
    } else if stage.session.view() == View::Grid {
        &["rows", "columns", "num_rows", "num_columns", "cfg_scale"]
    } else if stage.session.view() == View::Race {
        &["samplers", "cfg_scale"]
    } else if stage.session.is_training() {
        &["lr"]
    } else if stage.session.is_altering() && stage.session.words.is_none() {
        &["strength", "mask", "label", "cfg_scale"]
    } else if stage.session.is_altering() {
        &["strength", "mask", "cfg_scale"]
    } else if stage.session.is_in_words() {
        &["num", "num_inference_steps", "cfg_scale"]
    } else if stage.session.is_sampling() {
        &["sampler", "num_inference_steps", "label", "cfg_scale"]
    } else if stage.session.view() == View::Schedules {
        &["schedule_a", "schedule_b"]
    } else {
        &["schedule"]
    };
    // Those of a training that have a place of their own, or none.
    let of_game = game::never_in_row();
    let never_here: &[&str] = if stage.session.is_game() {
        &of_game
    } else if stage.session.is_gallery() {
        &["num_steps", "to_seed", "path"]
    } else if stage.session.is_training() {
        &["t", "start", "num_updates", "num_inference_steps", "timesteps", "weighting"]
    } else if stage.session.is_altering() {
        // There are three pictures to make room for.
        &["sampler", "num_inference_steps", "num"]
    } else if stage.session.is_in_words() {
        // A lesson names the one that its model goes with; there is nothing to choose.
        &["sampler"]
    } else {
        &[]
    };
    let never = [
        "seed",
        "model",
        "picture",
        "source",
        "size",
        "num_train_timesteps",
        "clip",
        "points",
        "points_a",
        "points_b",
        "prompt",
        "to",
        "negative",
        "word",
    ];
    let never: Vec<&str> = never.iter().chain(never_here).copied().collect();
    // A branch may go on with anything that is not of the whole tree.
    let usual: &[&str] = match stage.tab {
        Tab::Branches if stage.session.is_in_words() => &["sampler", "num_inference_steps", "cfg_scale"],
        Tab::Branches => &["sampler", "num_inference_steps", "label", "cfg_scale", "eta"],
        _ => usual,
    };
    let is_of_all =
        |setting: &Setting| stage.tab == Tab::Branches && Denoising::WHOLE_TREE.contains(&setting.name);
    // What is broken is asked for: it cannot be set before it is known, but for a row of faults to be told apart.
    let is_asked = stage.session.hidden.contains(FAULT) && stage.faults_in_turn == 0;
    let acts = |setting: &&Setting| {
        if (setting.name == FAULT && is_asked) || is_of_all(setting) {
            return false;
        }
        usual.contains(&setting.name) || (named(setting) && !never.contains(&setting.name))
    };
    spec.settings.iter().filter(acts).collect()
}

/// The values that a list offers for a setting, the present one among them.
pub(crate) fn choices(
    strings: &Strings,
    setting: &Setting,
    present: &Value,
    labels: &[String],
) -> Vec<(String, String)> {
    let numbers: &[f64] = match setting.name {
        "num_inference_steps" => &[1000.0, 250.0, 100.0, 50.0, 20.0, 10.0, 5.0, 3.0, 2.0],
        "cfg_scale" => &[0.0, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0],
        "eta" => &[0.0, 0.25, 0.5, 0.75, 1.0],
        "strength" => &[0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
        "rounds" => &[1.0, 2.0, 4.0, 8.0, 16.0],
        "layer" => &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0],
        "guidance_from" => &[2000.0, 900.0, 800.0, 600.0, 400.0, 200.0],
        "guidance_until" => &[0.0, 100.0, 200.0, 400.0, 600.0, 800.0],
        "num" => &[1.0, 4.0, 9.0, 16.0],
        "max_steps" => &[13.0, 20.0, 35.0, 50.0, 100.0],
        "side" => &[8.0, 16.0, 32.0, 64.0],
        "lr_generator" | "lr_critic" => &[1e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 1e-1, 1.0],
        "critic_steps" => &[1.0, 2.0, 3.0, 5.0, 10.0, 20.0],
        "layers" => &[1.0, 2.0, 3.0, 4.0, 6.0],
        "width" => &[4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0],
        "latent_dim" => &[1.0, 2.0, 8.0, 32.0, 64.0],
        "penalty" => &[0.0, 0.1, 1.0, 10.0, 100.0],
        "clip" => &[0.01, 0.03, 0.1, 0.3, 1.0],
        "step_size" => &[0.01, 0.02, 0.05, 0.1, 0.2],
        "lr" => &[1e-5, 1e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 1e-1, 1.0],
        "batch_size" => &[1.0, 8.0, 32.0, 128.0, 512.0],
        _ => &[],
    };
    let mut values: Vec<String> = match setting.kind {
        Kind::Choice(words) => words.iter().map(|word| (*word).to_owned()).collect(),
        Kind::Bool => vec!["true".to_owned(), "false".to_owned()],
        Kind::Model => gallery::MODELS.iter().map(|name| (*name).to_owned()).collect(),
        Kind::Mask => ["none"].iter().chain(&Mask::NAMES).map(|name| (*name).to_owned()).collect(),
        Kind::Label => ["any".to_owned()].into_iter().chain(labels.iter().cloned()).collect(),
        _ => numbers.iter().map(f64::to_string).collect(),
    };
    let present = present.to_string();
    if !values.contains(&present) {
        values.insert(0, present);
    }
    values.iter().map(|value| (value.clone(), value_text(strings, setting.name, value))).collect()
}

/// What a value of a setting is called.
pub(crate) fn value_text(strings: &Strings, setting: &str, value: &str) -> String {
    let id = format!("value-{}-{}", setting.replace('_', "-"), value.replace(['.', ' ', '_'], "-"));
    // A mask that was painted has no name of its own.
    let is_painted = setting == "mask" && value.len() > 32;
    let id = if is_painted { "value-mask-painted".to_owned() } else { id };
    strings.find(&id).unwrap_or_else(|| value.to_owned())
}

pub(crate) fn setting_name(strings: &Strings, setting: &Setting) -> String {
    strings.get(&format!("setting-{}", setting.name.replace('_', "-")))
}

fn settings_ui(ui: &mut Ui, stage: &Stage<'_>, acts: &mut Vec<Act>) {
    let palette = Palette::of(ui);
    let rightwards = ui.layout().prefer_right_to_left();
    for setting in acting_settings(stage) {
        let Ok(present) = stage.session.settings.get(setting.name) else {
            continue;
        };
        let name = setting_name(stage.strings, setting);
        if setting.name == FAULT && stage.session.hidden.contains(FAULT) {
            fault_letters_ui(ui, stage, setting, present, acts);
            continue;
        }
        let mut list = choices(stage.strings, setting, present, &stage.session.labels);
        if stage.session.is_verdict() {
            // A verdict is on a gray digit.
            list.retain(|(value, _)| {
                setting.name != "model"
                    || gallery::JUDGES.contains(&value.as_str())
                    || value == &present.to_string()
            });
        }
        let label = |ui: &mut Ui| {
            text_ui(ui, &name, theme::small(), palette.soft_ink)
                .on_hover_text(setting.about)
                .widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
        };
        // In a row that is filled from the right, the label comes after its control.
        if !rightwards {
            // A control stays beside its label.
            let shown = list.iter().find(|(value, _)| *value == present.to_string());
            let value = shown.map_or("", |(_, text)| text.as_str());
            let width = |text: &str, font| {
                ui.painter().layout_no_wrap(text.to_owned(), font, Color32::BLACK).size().x
            };
            let both = width(&name, theme::small()) + width(value, theme::interface()) + 36.0 + 8.0;
            if ui.available_size_before_wrap().x < both {
                ui.end_row();
                ui.set_row_height(size::CONTROL);
            }
            label(ui);
        }
        if let Some(value) = dropdown_ui(ui, &name, &present.to_string(), &list) {
            acts.push(Act::Set { setting: setting.name.to_owned(), value });
        }
        if !rightwards {
            ui.add_space(10.0);
        }
    }
}

/// A letter for each fault, without its cause.
fn fault_letters_ui(ui: &mut Ui, stage: &Stage<'_>, setting: &Setting, present: &Value, acts: &mut Vec<Act>) {
    let Kind::Choice(faults) = setting.kind else {
        return;
    };
    // The first of them is none.
    let mut faults: Vec<_> = faults.iter().skip(1).zip('A'..).take(stage.faults_in_turn).collect();
    if ui.layout().prefer_right_to_left() {
        faults.reverse();
    }
    ui.spacing_mut().item_spacing.x = 5.0;
    for (fault, letter) in faults {
        let letter = letter.to_string();
        let name = stage.strings.with("fault-letter", [("letter", letter.as_str().into())]);
        let is_chosen = present.to_string() == **fault;
        let button = Action::new(Weight::Outlined, &letter).name(&name).choice(is_chosen);
        if ui.add(button).clicked() && !is_chosen {
            acts.push(Act::Set { setting: setting.name.to_owned(), value: (*fault).to_string() });
        }
    }
}
