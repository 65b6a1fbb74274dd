//! Rust in a few quiet tones, so that the eye finds the words of the language, the types, the numbers and texts, and the comments.
//!
//! A small lexer of our own: it never fails, and a cell that is half written colors as far as it can be read.
//! No tone is blue or orange, which mean signal and noise everywhere else.

use egui::text::LayoutJob;
use egui::{Color32, FontId, TextFormat};

use crate::theme::{self, Palette};

const KEYWORDS: [&str; 34] = [
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "fn",
    "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self",
    "static", "struct", "super", "trait", "type", "use", "where", "while",
];

const TYPES: [&str; 18] = [
    "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "str", "u128", "u16", "u32",
    "u64", "u8", "usize", "Self",
];

/// `code` at `points`, ready to be laid out in `width`; line `lit`, counted from 0, stands on the ground of noise.
pub(crate) fn highlight(
    code: &str,
    palette: &Palette,
    points: f32,
    width: f32,
    lit: Option<usize>,
) -> LayoutJob {
    let mut job = LayoutJob::default();
    job.wrap.max_width = width;
    job.keep_trailing_whitespace = true;
    let mut line_idx = 0;
    for (text, tone) in tokens(code) {
        // A token may span lines, and a lit line ends where it ends.
        for (part_idx, part) in text.split_inclusive('\n').enumerate() {
            if part_idx > 0 {
                line_idx += 1;
            }
            let is_lit = lit == Some(line_idx) && part != "\n";
            let format = TextFormat {
                font_id: FontId::new(points, theme::mono().family),
                line_height: Some(points * theme::size::CODE_LEADING),
                color: tone.color(palette),
                background: if is_lit { palette.noise.gamma_multiply(0.18) } else { Color32::TRANSPARENT },
                expand_bg: 2.0,
                ..TextFormat::default()
            };
            job.append(part, 0.0, format);
        }
        if text.ends_with('\n') {
            line_idx += 1;
        }
    }
    job
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Tone {
    Plain,
    Keyword,
    Type,
    Number,
    Text,
    Comment,
    Macro,
    Lifetime,
}

impl Tone {
    fn color(self, palette: &Palette) -> Color32 {
        match self {
            Self::Plain => palette.ink,
            Self::Keyword | Self::Macro => palette.code_word,
            Self::Type | Self::Lifetime => palette.code_type,
            Self::Number | Self::Text => palette.good,
            Self::Comment => palette.soft_ink,
        }
    }
}

/// Cuts `code` into tokens, which together are the whole of it.
fn tokens(code: &str) -> Vec<(&str, Tone)> {
    let mut tokens = Vec::new();
    let mut rest = code;
    let mut after_number_dot = false;
    while let Some(first) = rest.chars().next() {
        let (len, tone) = token(rest, first, after_number_dot);
        // `pair.0` is a place in a tuple and no fraction.
        after_number_dot = first == '.' && !rest.starts_with("..");
        tokens.push((&rest[..len], tone));
        rest = &rest[len..];
    }
    tokens
}

/// The length in bytes and the tone of the token with which `rest` begins.
fn token(rest: &str, first: char, after_dot: bool) -> (usize, Tone) {
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), Tone::Comment);
    }
    if rest.starts_with("/*") {
        return (block_comment(rest), Tone::Comment);
    }
    if let Some(len) = text(rest) {
        return (len, Tone::Text);
    }
    if first == '\'' {
        return quote(rest);
    }
    if first.is_ascii_digit() {
        return (number(rest, after_dot), Tone::Number);
    }
    if is_word(first) {
        let len = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        return (len, word(&rest[..len], &rest[len..]));
    }
    if first.is_whitespace() {
        let len = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
        return (len, Tone::Plain);
    }
    (first.len_utf8(), Tone::Plain)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word(word: &str, after: &str) -> Tone {
    let is_macro = after.starts_with('!') && !after.starts_with("!=");
    let mut letters = word.chars();
    let is_upper = letters.next().is_some_and(char::is_uppercase);
    if is_macro {
        Tone::Macro
    } else if KEYWORDS.contains(&word) {
        Tone::Keyword
    } else if matches!(word, "true" | "false") {
        Tone::Number
    } else if TYPES.contains(&word) || (is_upper && letters.any(char::is_lowercase)) {
        Tone::Type
    } else {
        Tone::Plain
    }
}

/// Comments between these stars may hold others; one that is not closed reaches to the end.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(after) = rest.get(at..).filter(|after| !after.is_empty()) {
        if after.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if after.starts_with("*/") {
            (depth, at) = (depth.saturating_sub(1), at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += after.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The length of a text, if `rest` begins with one: `"…"`, `b"…"`, `r"…"`, `r#"…"#`.
fn text(rest: &str) -> Option<usize> {
    let prefix = ["br", "b", "r", "c", ""].into_iter().find(|prefix| {
        let after = rest.strip_prefix(prefix).unwrap_or_default();
        let hashes = if prefix.ends_with('r') { after.trim_start_matches('#') } else { after };
        rest.starts_with(prefix) && hashes.starts_with('"')
    })?;
    let after = &rest[prefix.len()..];
    let hashes = after.len() - after.trim_start_matches('#').len();
    let open = prefix.len() + hashes + 1;
    let inside = &rest[open..];
    if prefix.ends_with('r') {
        let close = format!("\"{}", "#".repeat(hashes));
        return Some(inside.find(&close).map_or(rest.len(), |at| open + at + close.len()));
    }
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            '"' if !escaped => return Some(open + at + 1),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    Some(rest.len())
}

/// A letter in quotes, or a lifetime.
fn quote(rest: &str) -> (usize, Tone) {
    let mut letters = rest.char_indices().skip(1);
    match (letters.next(), letters.next()) {
        (Some((_, '\\')), _) => {
            let close = rest[2..].char_indices().skip(1).find(|(_, c)| *c == '\'' || *c == '\n');
            (close.map_or(rest.len(), |(at, _)| at + 3), Tone::Text)
        }
        (Some(_), Some((at, '\''))) => (at + 1, Tone::Text),
        (Some((_, c)), _) if is_word(c) => {
            let len = rest[1..].find(|c| !is_word(c)).map_or(rest.len(), |at| at + 1);
            (len, Tone::Lifetime)
        }
        _ => (1, Tone::Plain),
    }
}

/// `1_000`, `0xff`, `1e-4`, `2.0`, `3_f64`; the dots of a range do not belong to it.
fn number(rest: &str, after_dot: bool) -> usize {
    let bytes = rest.as_bytes();
    let at = |idx: usize| bytes.get(idx).copied().unwrap_or_default();
    let is_hex = rest.starts_with("0x");
    let mut len = 1;
    loop {
        let is_exponent = matches!(at(len - 1), b'e' | b'E') && !is_hex;
        match at(len) {
            c if c.is_ascii_alphanumeric() || c == b'_' => len += 1,
            b'+' | b'-' if is_exponent => len += 1,
            b'.' if !after_dot && at(len + 1).is_ascii_digit() && !rest[..len].contains('.') => len += 1,
            _ => return len,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tokens that have a tone.
    fn check(code: &str, expect: &[(&str, Tone)]) {
        let found: Vec<_> = tokens(code).into_iter().filter(|(_, tone)| *tone != Tone::Plain).collect();
        assert_eq!(found, expect, "{code}");
        let whole: String = tokens(code).into_iter().map(|(text, _)| text).collect();
        assert_eq!(whole, code, "nothing is lost");
    }

    #[test]
    fn words_types_and_comments() {
        check("let x_t = y; // so", &[("let", Tone::Keyword), ("// so", Tone::Comment)]);
        check("Vec::<f64>::new()", &[("Vec", Tone::Type), ("f64", Tone::Type)]);
        check("const T: usize", &[("const", Tone::Keyword), ("usize", Tone::Type)]);
        check("a /* b /* c */ d */ e", &[("/* b /* c */ d */", Tone::Comment)]);
        check("/* open", &[("/* open", Tone::Comment)]);
        check("let_it", &[]);
    }

    #[test]
    fn texts_letters_and_lifetimes() {
        check(r#"f("a\"b")"#, &[(r#""a\"b""#, Tone::Text)]);
        check(r##"r#"a"b"#;"##, &[(r##"r#"a"b"#"##, Tone::Text)]);
        check("\"two\nlines\" x", &[("\"two\nlines\"", Tone::Text)]);
        check("\"open", &[("\"open", Tone::Text)]);
        check(r"('a', '\n', '\'')", &[("'a'", Tone::Text), (r"'\n'", Tone::Text), (r"'\''", Tone::Text)]);
        check("&'a 'ä'", &[("'a", Tone::Lifetime), ("'ä'", Tone::Text)]);
        check("'", &[]);
        check(r"'\", &[(r"'\", Tone::Text)]);
    }

    #[test]
    fn numbers_and_macros() {
        check("1e-4 + 0.02", &[("1e-4", Tone::Number), ("0.02", Tone::Number)]);
        check("1..=1_000", &[("1", Tone::Number), ("1_000", Tone::Number)]);
        check(
            "x.0.1 0xe-1",
            &[("0", Tone::Number), ("1", Tone::Number), ("0xe", Tone::Number), ("1", Tone::Number)],
        );
        check("2_f64.powi(20)", &[("2_f64", Tone::Number), ("20", Tone::Number)]);
        check("println!(true)", &[("println", Tone::Macro), ("true", Tone::Number)]);
        check("a != b", &[]);
    }

    #[test]
    fn a_lit_line_is_lit_and_no_other() {
        let job = highlight("a\n\"b\nc\" d\ne", &theme::LIGHT, 14.0, 100.0, Some(2));
        let lit: String = job
            .sections
            .iter()
            .filter(|section| section.format.background != Color32::TRANSPARENT)
            .map(|section| &job.text[section.byte_range.start.0..section.byte_range.end.0])
            .collect();
        assert_eq!(lit, "c\" d");
    }
}
