//! What a model is asked for in words: the prompt, and under it each word as the network gets it.
//!
//! A word can be pressed: then it is shown where in the picture the network looked at it. One that the model does not know is
//! marked, and says which known ones are spelled much like it.

use egui::{Key, Role, TextEdit, Ui, WidgetInfo, vec2};
use noisebook_lab::PromptWord;

use crate::act::Act;
use crate::icon::Icon;
use crate::session::Session;
use crate::strings::Strings;
use crate::theme::{self, Palette, size};
use crate::widgets::{Action, Weight, text_ui};

/// The longest prompt that can be typed, in letters.
const MAX_LETTERS: usize = 400;

/// Draws the field and the words from the top of the room there is; nothing for models that are told labels.
pub(crate) fn prompt_ui(ui: &mut Ui, strings: &Strings, session: &Session, acts: &mut Vec<Act>) {
    let Some(words) = &session.words else {
        return;
    };
    ui.spacing_mut().item_spacing = vec2(6.0, 8.0);
    if session.is_locked {
        return;
    }
    field_ui(ui, strings, session, "prompt", acts);
    if is_walk(session) {
        field_ui(ui, strings, session, "to", acts);
    }
    ui.horizontal_wrapped(|ui| {
        // Where it cannot be shown what a word is looked at for, words are only told of.
        let chosen = session.settings.int("word").ok();
        let mut place = 0;
        let mut prompt = 0;
        for word in words {
            if word.prompt != prompt {
                (prompt, place) = (word.prompt, 0);
                text_ui(ui, "|", theme::interface(), Palette::of(ui).soft_ink);
            }
            place += 1;
            word_ui(ui, strings, word, (place, chosen), acts);
        }
    });
}

/// Whether a grid walks to a second prompt.
fn is_walk(session: &Session) -> bool {
    ["rows", "columns"].iter().any(|side| session.settings.text(side).is_ok_and(|axis| axis == "walk"))
}

/// The field of a setting; what was typed counts once Enter is pressed or something else is pointed at.
fn field_ui(ui: &mut Ui, strings: &Strings, session: &Session, setting: &str, acts: &mut Vec<Act>) {
    let present = session.settings.text(setting).unwrap_or_default();
    let id = ui.scope_id().with(setting);
    let name = strings.get(&format!("setting-{setting}"));
    // What is typed and not yet asked for, beside what it was typed over.
    let kept: Option<(String, String)> = ui.data(|data| data.get_temp(id));
    let kept = kept.filter(|(over, _)| over == present);
    let mut typed = kept.map_or_else(|| present.to_owned(), |(_, typed)| typed);
    let field = TextEdit::singleline(&mut typed)
        .id(id.with("field"))
        .hint_text(strings.get(&format!("{setting}-hint")))
        .char_limit(MAX_LETTERS)
        .font(theme::prose())
        .margin(vec2(10.0, 6.0))
        .desired_width(f32::INFINITY);
    let response = ui.add_sized(vec2(ui.available_width(), size::CONTROL), field);
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

/// One word, to be pressed.
fn word_ui(
    ui: &mut Ui,
    strings: &Strings,
    word: &PromptWord,
    (place, chosen): (u64, Option<u64>),
    acts: &mut Vec<Act>,
) {
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
    if ui.add(button).on_hover_text(&about).clicked() && chosen.is_some() {
        let value = if is_chosen { 0 } else { place };
        acts.push(Act::Set { setting: "word".to_owned(), value: value.to_string() });
    }
}
