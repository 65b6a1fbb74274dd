//! Rust in three tones: words of the language stand back, comments stand further back, the rest is ink.

use egui::text::LayoutJob;
use egui::{Color32, FontId, TextFormat};

use crate::theme::{self, Palette};

const KEYWORDS: [&str; 22] = [
    "as", "const", "else", "enum", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move",
    "mut", "pub", "return", "struct", "trait", "use", "where", "while",
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
    for (line_idx, line) in code.lines().enumerate() {
        let background =
            if lit == Some(line_idx) { palette.noise.gamma_multiply(0.18) } else { Color32::TRANSPARENT };
        let format = |color| TextFormat {
            font_id: FontId::new(points, theme::mono().family),
            line_height: Some(points * 1.6),
            color,
            background,
            expand_bg: 2.0,
            ..TextFormat::default()
        };
        if line_idx > 0 {
            job.append("\n", 0.0, format(palette.ink));
        }
        for (text, tone) in tokens(line) {
            let color = match tone {
                Tone::Plain => palette.ink,
                Tone::Keyword | Tone::Comment => palette.soft_ink,
                Tone::Text => palette.good,
            };
            job.append(text, 0.0, format(color));
        }
    }
    job
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Tone {
    Plain,
    Keyword,
    Comment,
    Text,
}

/// Cuts a line into words, strings, a closing comment, and what lies between.
fn tokens(line: &str) -> Vec<(&str, Tone)> {
    let mut tokens = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let (len, tone) = if rest.starts_with("//") {
            (rest.len(), Tone::Comment)
        } else if first == '"' {
            let close = rest[1..].find('"').map_or(rest.len(), |at| at + 2);
            (close, Tone::Text)
        } else if is_word(first) {
            let len = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let tone = if KEYWORDS.contains(&&rest[..len]) { Tone::Keyword } else { Tone::Plain };
            (len, tone)
        } else {
            (first.len_utf8(), Tone::Plain)
        };
        tokens.push((&rest[..len], tone));
        rest = &rest[len..];
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expect: &[(&str, Tone)]) {
        let found: Vec<_> = tokens(line)
            .into_iter()
            .filter(|(text, tone)| *tone != Tone::Plain || text.chars().any(char::is_alphanumeric))
            .collect();
        assert_eq!(found, expect);
        let whole: String = tokens(line).into_iter().map(|(text, _)| text).collect();
        assert_eq!(whole, line);
    }

    #[test]
    fn keywords_and_names() {
        check(
            "let x_t = y; // so",
            &[("let", Tone::Keyword), ("x_t", Tone::Plain), ("y", Tone::Plain), ("// so", Tone::Comment)],
        );
    }

    #[test]
    fn strings_open_and_closed() {
        check("f(\"a\")", &[("f", Tone::Plain), ("\"a\"", Tone::Text)]);
        check("\"open", &[("\"open", Tone::Text)]);
    }
}
