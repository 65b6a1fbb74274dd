//! What a cell printed and showed, as much of it as is kept.

use std::collections::BTreeMap;

use base64::Engine as _;
use egui::{ColorImage, TextureHandle};
use noisebook_kernel::protocol::{CURVES, Curves, RECORDING, Recording};

use super::recording::Player;

/// The most that is kept of what a cell prints, in bytes.
const MOST_TEXT: usize = 200_000;
/// A line longer than this goes on in the next, in characters.
const LONGEST_LINE: usize = 400;
/// The longest side of a picture, in pixels.
const LONGEST_SIDE: u32 = 8192;

/// A line that was printed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub text: String,
    pub is_error: bool,
    /// Whether it has no end of its own: the next line goes on where it stops.
    is_open: bool,
}

/// What a cell's last value looks like.
pub(crate) enum Shown {
    Picture(Picture),
    Curves(Curves),
    Recording(Player),
    /// Something that only Jupyter can show, by its MIME type.
    Elsewhere(String),
    /// Something that is not what it says to be, and why.
    Broken(String),
}

/// A picture, and its texture once it was drawn.
pub(crate) struct Picture {
    /// What the texture does not hold yet.
    image: Option<ColorImage>,
    texture: Option<TextureHandle>,
}

impl Picture {
    /// The picture as a texture, which is made when it is first drawn.
    pub fn texture(&mut self, ctx: &egui::Context, options: egui::TextureOptions) -> TextureHandle {
        let image = self.image.take();
        match &mut self.texture {
            Some(texture) => {
                if let Some(image) = image {
                    texture.set(image, options);
                }
                texture.clone()
            }
            None => {
                let texture = ctx.load_texture("output", image.unwrap_or_default(), options);
                self.texture.insert(texture).clone()
            }
        }
    }

    /// The same, to be drawn in a texture that there is.
    pub fn in_texture_of(self, other: Self) -> Self {
        Self { texture: other.texture, ..self }
    }
}

/// What a cell printed and showed.
#[derive(Default)]
pub(crate) struct Output {
    pub lines: Vec<Line>,
    bytes: usize,
    /// How much more was printed, in bytes.
    pub left_out: usize,
    pub shown: Option<Shown>,
    /// What the value says of itself in words.
    pub words: Option<String>,
    /// The same value by MIME type, for a file.
    pub display: Option<BTreeMap<String, String>>,
    /// How many of the lines were printed, and not made of the value.
    num_printed: usize,
}

impl Output {
    /// Keeps what was printed, until there is enough.
    pub fn print(&mut self, text: &str, is_error: bool) {
        let mut room = MOST_TEXT.saturating_sub(self.bytes).min(text.len());
        while !text.is_char_boundary(room) {
            room -= 1;
        }
        self.bytes += room;
        self.left_out += text.len() - room;
        for line in text[..room].split_inclusive('\n') {
            self.print_line(line, is_error);
        }
    }

    fn print_line(&mut self, line: &str, is_error: bool) {
        let is_open = !line.ends_with('\n');
        let line = plain(line.trim_end_matches(['\n', '\r']));
        let is_value = self.display.is_some() && self.lines.len() == self.num_printed;
        let goes_on = |last: &&mut Line| last.is_open && last.is_error == is_error && !is_value;
        let last = self.lines.last_mut().filter(goes_on);
        let mut whole = match last {
            Some(last) => {
                last.is_open = is_open;
                last.text.push_str(&line);
                if last.text.chars().count() <= LONGEST_LINE {
                    return;
                }
                self.lines.pop().map(|last| last.text).unwrap_or_default()
            }
            None => line,
        };
        // What is too long to be laid out at once goes on in further lines.
        while let Some((at, _)) = whole.char_indices().nth(LONGEST_LINE) {
            let rest = whole.split_off(at);
            let text = std::mem::replace(&mut whole, rest);
            self.lines.push(Line { text, is_error, is_open: true });
        }
        self.lines.push(Line { text: whole, is_error, is_open });
    }

    /// Takes in what the last value displays as, by MIME type, binary content as base64.
    pub fn show(&mut self, display: BTreeMap<String, String>) {
        self.num_printed = self.lines.len();
        self.display = Some(display.clone());
        self.words = display.get("text/plain").cloned();
        self.shown = if let Some(json) = display.get(RECORDING) {
            Some(parsed::<Recording>(json).and_then(Player::new).map_or_else(Shown::Broken, Shown::Recording))
        } else if let Some(json) = display.get(CURVES) {
            Some(parsed(json).map_or_else(Shown::Broken, Shown::Curves))
        } else if let Some(base64) = display.get("image/png") {
            Some(picture_from(base64).map_or_else(Shown::Broken, Shown::Picture))
        } else if let Some(text) = &self.words {
            // A value may be as long as what is printed, and is kept in the same way.
            self.print(&text.clone(), false);
            None
        } else {
            display.into_keys().next().map(Shown::Elsewhere)
        };
    }

    /// The recording that stands here, if there is one.
    pub fn player(&mut self) -> Option<&mut Player> {
        match &mut self.shown {
            Some(Shown::Recording(player)) => Some(player),
            _ => None,
        }
    }

    /// What was printed, each stretch of one stream together, and whether it went to the error stream.
    pub fn streams(&self) -> Vec<(bool, String)> {
        let num_printed = if self.display.is_some() { self.num_printed } else { self.lines.len() };
        let mut streams: Vec<(bool, String)> = Vec::new();
        for line in self.lines.iter().take(num_printed) {
            let end = if line.is_open { "" } else { "\n" };
            match streams.last_mut().filter(|(is_error, _)| *is_error == line.is_error) {
                Some((_, text)) => text.push_str(&format!("{}{end}", line.text)),
                None => streams.push((line.is_error, format!("{}{end}", line.text))),
            }
        }
        streams
    }
}

/// Without the sequences that color a terminal.
fn plain(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\u{1b}' => {
                // Up to the letter that ends it.
                let _ = letters.by_ref().skip(1).find(char::is_ascii_alphabetic);
            }
            '\t' => plain.push_str("    "),
            letter if letter.is_control() => {}
            letter => plain.push(letter),
        }
    }
    plain
}

fn parsed<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, String> {
    serde_json::from_str(json).map_err(|e| e.to_string())
}

/// A PNG file in base64 as pixels.
///
/// # Errors
/// With what is wrong with it.
pub(crate) fn picture_from(base64: &str) -> Result<Picture, String> {
    let compact: String = base64.split_whitespace().collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(compact).map_err(|e| e.to_string())?;
    let mut reader = image::ImageReader::with_format(std::io::Cursor::new(bytes), image::ImageFormat::Png);
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    reader.limits(limits);
    let pixels = reader.decode().map_err(|e| e.to_string())?.into_rgba8();
    let size = [pixels.width() as usize, pixels.height() as usize];
    let image = ColorImage::from_rgba_unmultiplied(size, pixels.as_raw());
    Ok(Picture { image: Some(image), texture: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_in_pieces_is_put_together() {
        let mut output = Output::default();
        output.print("a\nb", false);
        output.print("c\n", false);
        output.print("\u{1b}[31mred\u{1b}[0m\tx\r\n", true);
        let lines: Vec<_> = output.lines.iter().map(|line| (line.text.as_str(), line.is_error)).collect();
        assert_eq!(lines, [("a", false), ("bc", false), ("red    x", true)]);
    }

    #[test]
    fn a_hundred_megabytes_take_the_room_of_two_hundred_kilobytes() {
        let mut output = Output::default();
        let piece = "ä".repeat(499) + "!\n";
        for _ in 0..100_000 {
            output.print(&piece, false);
        }
        let kept: usize = output.lines.iter().map(|line| line.text.len()).sum();
        assert!(kept <= MOST_TEXT, "{kept}");
        assert!(output.lines.iter().all(|line| line.text.chars().count() <= LONGEST_LINE));
        assert_eq!(output.left_out + MOST_TEXT, 100_000 * piece.len());
    }

    #[test]
    fn a_line_without_an_end_is_cut() {
        let mut output = Output::default();
        for _ in 0..10 {
            output.print(&"x".repeat(150), false);
        }
        assert_eq!(output.lines.len(), 4);
        assert_eq!(output.streams(), [(false, "x".repeat(1500))]);
    }

    #[test]
    fn what_is_no_picture_says_so() {
        let mut output = Output::default();
        output.show([("image/png".to_owned(), "AAAA".to_owned())].into());
        assert!(matches!(output.shown, Some(Shown::Broken(_))));
        output.show([("text/html".to_owned(), "<b>".to_owned())].into());
        assert!(matches!(&output.shown, Some(Shown::Elsewhere(mime)) if mime == "text/html"));
    }
}
