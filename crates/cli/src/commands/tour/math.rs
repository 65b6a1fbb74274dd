//! TeX in a lesson's prose as inline SVG whose colors follow the page, light or dark.
//!
//! Lessons color a formula's terms by meaning: `\term{signal}{…}`, `\term{noise}{…}`. ratex draws in fixed colors, so each meaning is drawn in a color that stands for it and then replaced
//! by the page's CSS variable of that name.

use noisebook_lessons::{plain_tex, replace_terms};
use ratex_layout::{LayoutOptions, layout, to_display_list, validate_layout};
use ratex_svg::{SvgOptions, render_to_svg};

/// A meaning, the color that ratex draws it in, the same color as it stands in the SVG, and the
/// page's variable.
const MEANINGS: [(&str, &str, &str, &str); 2] = [
    ("signal", "#1f5a9c", "rgba(31,90,156,1)", "var(--signal)"),
    ("noise", "#a84a0c", "rgba(168,74,12,1)", "var(--noise)"),
];

/// What ratex draws text in when nothing else is said.
const INK: &str = "rgba(0,0,0,1)";

/// SVG units per em.
const EM: f64 = 40.0;

/// `tex` as an `<svg>` in the size of the text around it, with its source as the text a screen
/// reader says; or as `<code>` when it is beyond what ratex can set.
pub fn html(tex: &str, display: bool) -> String {
    let label = escape(plain_tex(tex).trim());
    match svg(tex, display) {
        Some((svg, metrics)) => {
            // ratex sizes in points; here the formula must grow with the text around it.
            let start = svg.find('>').map_or(0, |end| end + 1);
            let body = svg.get(start..).unwrap_or_default();
            let Metrics { width, height, depth } = metrics;
            let (units_wide, units_high) = (width * EM, (height + depth) * EM);
            let class = if display { "formula" } else { "term" };
            format!(
                "<svg class=\"{class}\" role=\"img\" aria-label=\"{label}\" \
                 viewBox=\"0 0 {units_wide:.2} {units_high:.2}\" \
                 style=\"width:{width:.3}em;height:{:.3}em;vertical-align:{:.3}em\">{body}",
                height + depth,
                -depth,
            )
        }
        None => format!("<code>{label}</code>"),
    }
}

/// Sizes in em; the depth lies below the baseline.
struct Metrics {
    width: f64,
    height: f64,
    depth: f64,
}

fn svg(tex: &str, display: bool) -> Option<(String, Metrics)> {
    let style = if display { "\\displaystyle " } else { "\\textstyle " };
    let nodes = ratex_parser::parse(&format!("{style}{}", colored(tex))).ok()?;
    let root = layout(&nodes, &LayoutOptions::default());
    validate_layout(&root).ok()?;
    let list = to_display_list(&root);
    let metrics = Metrics { width: list.width, height: list.height, depth: list.depth };
    let options = SvgOptions { font_size: EM, padding: 0.0, embed_glyphs: true, ..SvgOptions::default() };
    let mut svg = render_to_svg(&list, &options).replace(INK, "currentColor");
    for (_, _, drawn, variable) in MEANINGS {
        svg = svg.replace(drawn, variable);
    }
    Some((svg, metrics))
}

/// `\term{signal}{…}` as `\textcolor{#1f5a9c}{…}`; a term that means neither keeps the ink.
fn colored(tex: &str) -> String {
    replace_terms(tex, |name, tex| {
        let meaning = match name {
            "signal" | "signal_rate" | "x0" | "pred_x0" => "signal",
            "noise" | "noise_rate" | "eps" | "eps_t" | "pred_eps" => "noise",
            _ => "",
        };
        match MEANINGS.iter().find(|(known, ..)| *known == meaning) {
            Some((_, color, ..)) => format!("\\textcolor{{{color}}}{{{tex}}}"),
            None => tex.to_owned(),
        }
    })
}

/// Text as HTML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn a_formula_follows_the_colors_of_the_page() {
        let svg = html(
            r"x_t = \term{signal}{\sqrt{\bar\alpha_t}\,x_0} + \term{noise}{\sqrt{1-\bar\alpha_t}\,\epsilon}",
            true,
        );
        assert!(svg.starts_with("<svg"), "not drawn: {svg}");
        assert!(svg.ends_with("</svg>"));
        for needed in ["currentColor", "var(--signal)", "var(--noise)"] {
            assert!(svg.contains(needed), "no {needed}");
        }
        assert!(!svg.contains("rgba("), "a fixed color is left");
    }

    #[test]
    fn what_cannot_be_set_stays_readable() {
        assert_eq!(html(r"\nosuch{a<b}", false), r"<code>\nosuch{a&lt;b}</code>");
    }
}
