//! Formulas: TeX → layout → SVG → a texture, once per formula, size and theme.
//!
//! `\term{signal}{…}` and `\term{noise}{…}` color what they hold with the window's two meaningful colors, so that a formula, its plot and its knob agree.

use std::collections::HashMap;

use egui::load::SizeHint;
use egui::{Color32, Context, Rect, TextureHandle, TextureOptions, Vec2, pos2};
use noisebook_lessons::{plain_tex, replace_terms, terms};
use ratex_layout::{LayoutOptions, layout, to_display_list, validate_layout};
use ratex_svg::{SvgColorSyntax, SvgOptions, render_to_svg_with_color_syntax};
use ratex_types::display_item::DisplayItem;
use ratex_types::path_command::PathCommand;

use crate::theme::Palette;

/// A formula ready to be painted.
#[derive(Clone)]
pub(crate) struct Formula {
    /// The picture of it.
    pub texture: TextureHandle,
    /// Its size in points, `PADDING` included.
    pub size: Vec2,
    /// Distance from its top to its baseline, in points.
    pub ascent: f32,
    /// Its terms with where they stand in it, in points; what lies inside another comes after it.
    pub terms: std::sync::Arc<[(String, Rect)]>,
}

impl Formula {
    /// The innermost term at `at`, in points from the formula's corner.
    pub fn term_at(&self, at: egui::Pos2) -> Option<&str> {
        let under = self.terms.iter().filter(|(_, place)| place.contains(at));
        let area = |place: &Rect| place.width() * place.height();
        under.min_by(|a, b| area(&a.1).total_cmp(&area(&b.1))).map(|(name, _)| name.as_str())
    }
}

/// Room around the ink so that nothing is cut at the edge, in points.
const PADDING: f32 = 1.0;

#[derive(PartialEq, Eq, Hash)]
struct Key {
    tex: String,
    display: bool,
    ink: Color32,
    pixels_per_em: u32,
}

/// The formulas drawn so far, and how large the prose around them is set.
pub(crate) struct Formulas {
    /// Prose is set this many times its size: less than 1 where a page would not fit its column.
    pub fit: f32,
    drawn: HashMap<Key, Result<Formula, String>>,
}

impl Default for Formulas {
    fn default() -> Self {
        Self { fit: 1.0, drawn: HashMap::new() }
    }
}

impl Formulas {
    /// The formula `tex` at `points` per em in the colors of `palette`.
    ///
    /// # Errors
    /// A sentence where `tex` is not mathematics that can be set.
    pub fn get(
        &mut self,
        ctx: &Context,
        palette: &Palette,
        tex: &str,
        points: f32,
        display: bool,
    ) -> Result<Formula, String> {
        let pixels_per_point = ctx.pixels_per_point();
        let key = Key {
            tex: tex.to_owned(),
            display,
            ink: palette.ink,
            pixels_per_em: (points * pixels_per_point * 16.0) as u32,
        };
        self.drawn.entry(key).or_insert_with(|| draw(ctx, palette, tex, points, display)).clone()
    }
}

fn draw(ctx: &Context, palette: &Palette, tex: &str, points: f32, display: bool) -> Result<Formula, String> {
    let pixels_per_point = ctx.pixels_per_point();
    let colored = color_terms(tex, palette);
    let nodes = ratex_parser::parse(&colored).map_err(|e| format!("{tex}: {e}"))?;
    let mut options = LayoutOptions::default().with_color(rgb(palette.ink));
    if !display {
        options.style = ratex_types::math_style::MathStyle::Text;
    }
    let boxes = layout(&nodes, &options);
    validate_layout(&boxes).map_err(|e| format!("{tex}: {e}"))?;
    let list = to_display_list(&boxes);

    let pixels_per_em = f64::from(points * pixels_per_point);
    let padding = f64::from(PADDING * pixels_per_point);
    let svg = render_to_svg_with_color_syntax(
        &list,
        &SvgOptions { font_size: pixels_per_em, padding, embed_glyphs: true, ..SvgOptions::default() },
        SvgColorSyntax::Rgb,
    );
    let svg = embolden(&svg, pixels_per_em);
    let width = list.width * pixels_per_em + 2.0 * padding;
    let height = (list.height + list.depth) * pixels_per_em + 2.0 * padding;
    let image = egui_extras::image::load_svg_bytes_with_size(
        svg.as_bytes(),
        SizeHint::Size {
            width: width.ceil() as u32,
            height: height.ceil() as u32,
            maintain_aspect_ratio: false,
        },
        &Default::default(),
    )
    .map_err(|e| format!("{tex}: {e}"))?;
    let in_points = |pixels: f64| pixels as f32 / pixels_per_point;
    Ok(Formula {
        texture: ctx.load_texture(tex, image, TextureOptions::LINEAR),
        size: Vec2::new(in_points(width), in_points(height)),
        ascent: in_points(list.height * pixels_per_em + padding),
        terms: places(tex, &options, points).into(),
    })
}

/// Where the terms of a formula stand in it, in points: each is set in a color of its own, and what has that color is found.
fn places(tex: &str, options: &LayoutOptions, points: f32) -> Vec<(String, Rect)> {
    let mut num_terms = 0_u32;
    let mut names = Vec::new();
    let marked = replace_terms(tex, |name, tex| {
        num_terms += 1;
        names.push(name.to_owned());
        format!(r"{{\textcolor{{#{num_terms:06X}}}{{{tex}}}}}")
    });
    if terms(tex).is_empty() {
        return Vec::new();
    }
    let Ok(nodes) = ratex_parser::parse(&marked) else {
        return Vec::new();
    };
    let list = to_display_list(&layout(&nodes, options));
    let mut places = vec![Rect::NOTHING; names.len()];
    for item in &list.items {
        let (color, at) = extent(item);
        // The number of the term, from 1, is its blue.
        let nth = (color.b * 255.0).round() as usize;
        if color.r == 0.0
            && color.g == 0.0
            && let Some(place) = nth.checked_sub(1).and_then(|idx| places.get_mut(idx))
        {
            *place = place.union(at);
        }
    }
    let in_points = |place: Rect| (place * points).translate(Vec2::splat(PADDING));
    names
        .into_iter()
        .zip(places)
        .filter(|(_, place)| place.is_positive())
        .map(|(name, place)| (name, in_points(place)))
        .collect()
}

/// An item's color and about where it stands, in em from the top left.
fn extent(item: &DisplayItem) -> (ratex_types::color::Color, Rect) {
    let rect = |x: f64, y: f64, w: f64, h: f64| {
        Rect::from_min_size(pos2(x as f32, y as f32), Vec2::new(w as f32, h as f32))
    };
    match item {
        // A letter stands on its baseline and is about as wide as it is high.
        DisplayItem::GlyphPath { x, y, scale, color, .. } => {
            (*color, rect(*x, y - 0.72 * scale, 0.58 * scale, 0.92 * scale))
        }
        DisplayItem::Line { x, y, width, thickness, color, .. } => (*color, rect(*x, *y, *width, *thickness)),
        DisplayItem::Rect { x, y, width, height, color } => (*color, rect(*x, *y, *width, *height)),
        DisplayItem::Path { x, y, commands, color, .. } => {
            let ends = commands.iter().filter_map(|command| match *command {
                PathCommand::MoveTo { x, y }
                | PathCommand::LineTo { x, y }
                | PathCommand::QuadTo { x, y, .. }
                | PathCommand::CubicTo { x, y, .. } => Some((x, y)),
                PathCommand::Close => None,
            });
            let mut place = Rect::NOTHING;
            for (dx, dy) in ends {
                place.extend_with(pos2((x + dx) as f32, (y + dy) as f32));
            }
            (*color, place)
        }
    }
}

/// Gives every letter an outline of its own color.
///
/// The letters of Computer Modern are thin beside those of the prose, most of all on a screen.
fn embolden(svg: &str, pixels_per_em: f64) -> String {
    const BARE: &str = "stroke=\"none\"";
    let width = 0.016 * pixels_per_em;
    let mut out = String::with_capacity(svg.len() + 4096);
    let mut shapes = svg.split(BARE).peekable();
    while let Some(shape) = shapes.next() {
        out.push_str(shape);
        if shapes.peek().is_some() {
            // The fill stands before the outline in the same element.
            let fill = shape.rsplit("fill=\"").find(|part| part.starts_with("rgb("));
            let color = fill.and_then(|part| part.split('"').next()).unwrap_or("none");
            out.push_str(&format!(
                "stroke=\"{color}\" stroke-width=\"{width:.3}\" stroke-linejoin=\"round\""
            ));
        }
    }
    out
}

fn rgb(color: Color32) -> ratex_types::color::Color {
    let part = |byte: u8| f32::from(byte) / 255.0;
    ratex_types::color::Color::rgb(part(color.r()), part(color.g()), part(color.b()))
}

/// Turns `\term{signal}{…}` into the color of signal, and so for noise; other terms keep that of the text.
fn color_terms(tex: &str, palette: &Palette) -> String {
    replace_terms(tex, |name, tex| {
        let c = match name {
            "signal" => palette.signal,
            "noise" => palette.noise,
            _ => return tex.to_owned(),
        };
        format!(r"{{\textcolor{{#{:02X}{:02X}{:02X}}}{{{tex}}}}}", c.r(), c.g(), c.b())
    })
}

/// What a screen reader says for `tex`: the source without our own macro.
pub(crate) fn spoken(tex: &str) -> String {
    plain_tex(tex).replace(['{', '}'], "").replace('\\', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::{DARK, LIGHT};

    fn check(tex: &str) {
        let ctx = Context::default();
        let mut formulas = Formulas::default();
        for palette in [&LIGHT, &DARK] {
            let formula = formulas.get(&ctx, palette, tex, 20.0, false).unwrap_or_else(|e| panic!("{e}"));
            assert!(formula.size.x > 4.0 && formula.size.y > 4.0, "{tex}");
            assert!(formula.ascent > 0.0 && formula.ascent < formula.size.y + 1.0);
        }
    }

    #[test]
    fn the_mixture() {
        check(
            r"x_t = \term{signal}{\sqrt{\bar\alpha_t}\,x_0} + \term{noise}{\sqrt{1-\bar\alpha_t}\,\epsilon}",
        );
    }

    #[test]
    fn a_fraction_with_hats() {
        check(r"\hat x_0 = \frac{x_t - \sqrt{1-\bar\alpha_t}\,\hat\epsilon}{\sqrt{\bar\alpha_t}}");
    }

    #[test]
    fn signal_is_painted_in_its_color() {
        let picture = |tex: &str| {
            let colored = color_terms(tex, &LIGHT);
            let nodes = ratex_parser::parse(&colored).expect("parses");
            let list = to_display_list(&layout(&nodes, &LayoutOptions::default()));
            render_to_svg_with_color_syntax(
                &list,
                &SvgOptions { embed_glyphs: true, ..SvgOptions::default() },
                SvgColorSyntax::Rgb,
            )
        };
        assert!(picture(r"\term{signal}{x_0}").contains("rgb(31,90,156)"));
        assert!(!picture("x_0").contains("rgb(31,90,156)"));
    }

    #[test]
    fn terms_are_found_where_they_stand() {
        let ctx = Context::default();
        let tex = r"x_t = \term{signal}{a\,\term{x0}{x_0}} + \term{noise}{b}";
        let formula = Formulas::default().get(&ctx, &LIGHT, tex, 20.0, false).expect("set");
        let names: Vec<_> = formula.terms.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["x0", "signal", "noise"]);
        let [x0, signal, noise] = [0, 1, 2].map(|idx: usize| formula.terms[idx].1);
        assert!(signal.left() < x0.left() && x0.right() < noise.left(), "{:?}", formula.terms);
        assert_eq!(formula.term_at(x0.center()), Some("x0"));
        assert_eq!(formula.term_at(noise.center()), Some("noise"));
        assert_eq!(formula.term_at(pos2(2.0, 8.0)), None, "x_t is no term");
    }

    #[test]
    fn letters_get_an_outline_of_their_color() {
        let svg =
            r#"<path d="" fill="rgb(1,2,3)" fill-rule="nonzero" stroke="none"/><rect fill="rgb(9,9,9)"/>"#;
        let expect = r#"<path d="" fill="rgb(1,2,3)" fill-rule="nonzero" stroke="rgb(1,2,3)" stroke-width="0.160" stroke-linejoin="round"/><rect fill="rgb(9,9,9)"/>"#;
        assert_eq!(embolden(svg, 10.0), expect);
    }

    #[test]
    fn a_broken_formula_is_an_error_that_quotes_it() {
        let ctx = Context::default();
        let error = Formulas::default().get(&ctx, &LIGHT, r"\frac{1}{", 20.0, true).err().expect("an error");
        assert!(error.contains(r"\frac{1}{"), "{error}");
    }

    #[test]
    fn spoken_drops_markup() {
        assert_eq!(spoken(r"\term{noise}{\hat\epsilon}"), "hat epsilon");
    }
}
