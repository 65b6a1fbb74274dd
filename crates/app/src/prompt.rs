//! What a model is asked for in words: the prompt, and under it each word as the network gets it.
//!
//! A word can be pressed: then it is shown where in the picture the network looked at it. One that the model does not know is
//! marked, and says which known ones are spelled much like it.

use egui::{Key, Response, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo, vec2};
use noisebook_lab::{PromptWord, TURN};

use crate::act::Act;
use crate::icon::Icon;
use crate::session::Session;
use crate::strings::Strings;
use crate::theme::{self, Palette};
use crate::widgets::{Action, Weight, text_ui};

/// The longest prompt that can be typed, in letters.
const MAX_LETTERS: usize = 400;
/// How high a field is.
const FIELD: f32 = 38.0;
/// How high the room for words and pictures must be for words to take more than one line.
const ROOM_TO_WRAP: f32 = 240.0;

/// Draws the field and the words from the top of the room there is; nothing for models that are told labels.
pub(crate) fn prompt_ui(ui: &mut Ui, strings: &Strings, session: &Session, acts: &mut Vec<Act>) {
    let Some(words) = &session.words else {
        return;
    };
    ui.spacing_mut().item_spacing = vec2(6.0, 8.0);
    if session.is_locked {
        return;
    }
    ui.scope(|ui| fields_ui(ui, strings, session, acts));
    // Where the pictures need the room, the words stand on one line, along which one scrolls.
    if ui.available_height() < ROOM_TO_WRAP {
        let line = ScrollArea::horizontal().id_salt("words");
        line.show(ui, |ui| ui.horizontal(|ui| words_ui(ui, strings, session, words, acts)));
    } else {
        ui.horizontal_wrapped(|ui| words_ui(ui, strings, session, words, acts));
    }
}

/// The words, one after the other, with a bar between two prompts.
fn words_ui(ui: &mut Ui, strings: &Strings, session: &Session, words: &[PromptWord], acts: &mut Vec<Act>) {
    // Where it cannot be shown what a word is looked at for, words are only told of.
    let chosen = session.settings.int("word").ok();
    let mut place = 0;
    let mut prompt = 0;
    for word in words {
        if word.prompt != prompt {
            (prompt, place) = (word.prompt, 0);
            text_ui(ui, &TURN.to_string(), theme::interface(), Palette::of(ui).soft_ink);
        }
        place += 1;
        let response = word_ui(ui, strings, word, (place, chosen), acts);
        if response.has_focus() && ui.input(|input| input.key_pressed(Key::Delete)) {
            let rest = words.iter().filter(|other| !std::ptr::eq(*other, word));
            let num_prompts = session.settings.text("prompt").unwrap_or_default().split(TURN).count();
            acts.push(Act::Set { setting: "prompt".to_owned(), value: prompt_of(rest, num_prompts) });
        }
    }
}

/// The prompts that these words are of, the empty ones among them.
fn prompt_of<'a>(words: impl Iterator<Item = &'a PromptWord>, num_prompts: usize) -> String {
    let mut prompts = vec![String::new(); num_prompts];
    for word in words {
        if let Some(prompt) = prompts.get_mut(word.prompt) {
            prompt.push_str(&word.text);
            prompt.push(' ');
        }
    }
    prompts.join(&format!("{TURN} ")).trim().to_owned()
}

/// The prompt, and beside it where a walk leads or what shall not be shown, where that counts for anything.
fn fields_ui(ui: &mut Ui, strings: &Strings, session: &Session, acts: &mut Vec<Act>) {
    let is_guided = session.settings.float("cfg_scale").is_ok_and(|scale| scale != 1.0);
    let (second, share) = if is_walk(session) {
        ("to", 0.5)
    } else if is_guided && session.has_setting("negative") {
        ("negative", 0.68)
    } else {
        field_ui(ui, strings, session, "prompt", ui.available_width(), acts);
        return;
    };
    // Both fields stand on one line from the start.
    ui.spacing_mut().interact_size.y = FIELD;
    ui.horizontal(|ui| {
        let name = strings.get(&format!("setting-{second}"));
        let font = theme::small();
        let label = ui.painter().layout_no_wrap(name.clone(), font.clone(), Palette::of(ui).ink).size().x;
        let room = ui.available_width() - label - 2.0 * ui.spacing().item_spacing.x;
        field_ui(ui, strings, session, "prompt", room * share, acts);
        text_ui(ui, &name, font, Palette::of(ui).soft_ink);
        field_ui(ui, strings, session, second, room * (1.0 - share), acts);
    });
}

/// Whether a grid walks to a second prompt.
fn is_walk(session: &Session) -> bool {
    ["rows", "columns"].iter().any(|side| session.settings.text(side).is_ok_and(|axis| axis == "walk"))
}

/// The field of a setting; what was typed counts once Enter is pressed or something else is pointed at.
fn field_ui(
    ui: &mut Ui,
    strings: &Strings,
    session: &Session,
    setting: &str,
    width: f32,
    acts: &mut Vec<Act>,
) {
    let present = session.settings.text(setting).unwrap_or_default();
    let id = ui.scope_id().with(setting);
    let name = strings.get(&format!("setting-{setting}"));
    // What is typed and not yet asked for, beside what it was typed over.
    let kept: Option<(String, String)> = ui.data(|data| data.get_temp(id));
    let kept = kept.filter(|(over, _)| over == present);
    let mut typed = kept.map_or_else(|| present.to_owned(), |(_, typed)| typed);
    let field = TextEdit::singleline(&mut typed)
        .id(id.with("field"))
        .hint_text(RichText::new(strings.get(&format!("{setting}-hint"))).font(theme::prose()))
        .char_limit(MAX_LETTERS)
        .font(theme::prose())
        .margin(vec2(10.0, 6.0))
        .desired_width(f32::INFINITY);
    let response = ui.add_sized(vec2(width, FIELD), field);
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, &name));
    let is_done = response.lost_focus() && !ui.input(|input| input.key_pressed(Key::Escape));
    if is_done && typed != present {
        acts.push(Act::Set { setting: setting.to_owned(), value: typed.trim().to_owned() });
    }
    if response.has_focus() {
        ui.data_mut(|data| data.insert_temp(id, (present.to_owned(), typed)));
    } else {
        ui.data_mut(|data| data.remove::<(String, String)>(id));
    }
}

/// One word, to be pressed, or dropped with Delete.
fn word_ui(
    ui: &mut Ui,
    strings: &Strings,
    word: &PromptWord,
    (place, chosen): (u64, Option<u64>),
    acts: &mut Vec<Act>,
) -> Response {
    let text = word.text.as_str();
    let about = if word.is_known {
        let near: Vec<String> =
            word.neighbors.iter().map(|(word, cosine)| format!("{word} {cosine:.2}")).collect();
        strings.with(
            "word-known",
            [("word", text.into()), ("id", u64::from(word.id).into()), ("near", near.join(", ").into())],
        )
    } else if word.suggestions.is_empty() {
        strings.with("word-unknown", [("word", text.into())])
    } else {
        let near = word.suggestions.join(", ");
        strings.with("word-misspelled", [("word", text.into()), ("near", near.into())])
    };
    let is_chosen = chosen == Some(place);
    let mut button = Action::new(Weight::Outlined, text).small().name(&about).toggle(is_chosen);
    if !word.is_known {
        button = button.before(Icon::Cross);
    }
    let response = ui.add(button).on_hover_text(&about);
    if response.clicked() && chosen.is_some() {
        let value = if is_chosen { 0 } else { place };
        acts.push(Act::Set { setting: "word".to_owned(), value: value.to_string() });
    }
    response
}
