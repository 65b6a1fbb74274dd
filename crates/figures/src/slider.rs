//! One HTML page with a slider: pictures that change along a timeline, to look at without any program. A second slider
//! may choose between several timelines of one length.
//!
//! The page carries its pictures, style and script in itself, and its own security policy forbids to fetch anything.
//! It is written as well-formed XML too, so that a test can read it.

use crate::svg::escape;
use crate::tokens::{DARK, LIGHT, css_properties};
use crate::{FigureError, Mark};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct SliderPage {
    /// Its title.
    pub title: String,
    /// One or two sentences under the title.
    pub about: String,
    /// The pictures side by side.
    pub panels: Vec<SliderPanel>,
    /// The stations of the timeline, each with one picture for every panel.
    pub frames: Vec<SliderFrame>,
    /// What is at the slider's left end.
    pub start_label: String,
    /// What is at its right end.
    pub end_label: String,
    /// How long a frame stays when the page plays, in milliseconds.
    pub delay_ms: u32,
    /// Where the pictures come from: seed, model, settings. What is called `Description` is a sentence that stands under
    /// the pictures; the rest is a list to unfold. All of it is in the page's meta elements too.
    pub provenance: Vec<(String, String)>,
}

/// One of the pictures that stand side by side.
#[derive(Clone, Debug)]
pub struct SliderPanel {
    /// What it is called, `x_t` say.
    pub name: String,
    /// What it is, in a word or two.
    pub label: String,
    /// Its color and shape.
    pub mark: Mark,
    /// What one sees in it, for those who do not see it; the frame's caption is added.
    pub alt: String,
    /// The width at which its picture is shown, in CSS pixels: a whole multiple of the picture's.
    pub width: u32,
}

/// One station of the timeline.
#[derive(Clone, Debug)]
pub struct SliderFrame {
    /// Which one it is, "t = 500".
    pub name: String,
    /// What holds there, "signal 0.28 · noise 0.96".
    pub caption: String,
    /// A PNG file for each panel.
    pub pngs: Vec<Vec<u8>>,
}

/// The second slider of a page: which of several timelines is seen.
#[derive(Clone, Debug)]
pub struct SliderRows {
    /// What it chooses, "schedule".
    pub name: String,
    /// What each timeline is called, "linear".
    pub stations: Vec<String>,
}

/// The page as an HTML file.
///
/// # Errors
/// When there is no frame, or a frame has not one picture for each panel.
pub fn html_slider(page: &SliderPage) -> Result<String, FigureError> {
    html(page, None)
}

/// The page as an HTML file with a second slider: its frames are the timeline of the first station, then that of the
/// second, and so on. The upper slider keeps the place on the timeline, so what it changes can be compared there.
///
/// # Errors
/// As [`html_slider`], and when the frames cannot be shared out evenly among the stations.
pub fn html_two_sliders(page: &SliderPage, rows: &SliderRows) -> Result<String, FigureError> {
    html(page, Some(rows))
}

fn html(page: &SliderPage, rows: Option<&SliderRows>) -> Result<String, FigureError> {
    let num_rows = rows.map_or(1, |rows| rows.stations.len());
    let num_frames = page.frames.len();
    let len = num_frames.checked_div(num_rows).unwrap_or(0);
    if len * num_rows != num_frames {
        return Err(FigureError::Rows { found: num_frames, expected: num_rows });
    }
    let Some(first) = page.frames.first() else {
        return Err(FigureError::Empty { what: "a page with a slider" });
    };
    let expected = page.panels.len();
    if let Some((idx, frame)) = page.frames.iter().enumerate().find(|(_, frame)| frame.pngs.len() != expected)
    {
        return Err(FigureError::Panels { idx, found: frame.pngs.len(), expected });
    }

    let panels: String =
        page.panels.iter().zip(&first.pngs).map(|(panel, png)| panel_html(panel, png, first)).collect();
    let (notes, facts): (Vec<_>, Vec<_>) =
        page.provenance.iter().partition(|(name, _)| name == "Description");
    let note: String =
        notes.iter().map(|(_, text)| format!("<p class=\"note\">{}</p>\n", escape(text))).collect();
    let provenance: String = facts
        .iter()
        .map(|(name, text)| format!("<dt>{}</dt><dd>{}</dd>\n", escape(name), escape(text)))
        .collect();
    let meta: String = page.provenance.iter().map(|(name, text)| meta_html(name, text)).collect();
    // A brace in a name must not be taken for a placeholder; a list of names has no other.
    let row_names = rows.map_or_else(Vec::new, |rows| rows.stations.clone());
    let row_names = json_in_html(&row_names.into()).replace('{', "\\u007b");
    let frames: Vec<_> = page.frames.iter().map(frame_json).collect();

    let [title, about, start_label, end_label, name, caption] =
        [&page.title, &page.about, &page.start_label, &page.end_label, &first.name, &first.caption]
            .map(|s| escape(s));
    Ok(TEMPLATE
        .replace("{light}", &css_properties(&LIGHT))
        .replace("{dark}", &css_properties(&DARK))
        .replace("{last}", &(len - 1).to_string())
        .replace("{rows}", &rows.map(row_html).unwrap_or_default())
        .replace("{row_keys}", if rows.is_some() { ROW_KEYS } else { "" })
        .replace("{delay}", &page.delay_ms.max(1).to_string())
        .replace("{title}", &title)
        .replace("{about}", &about)
        .replace("{start_label}", &start_label)
        .replace("{end_label}", &end_label)
        .replace("{name}", &name)
        .replace("{caption}", &caption)
        .replace("{meta}", &meta)
        .replace("{note}", &note)
        .replace("{provenance}", &provenance)
        .replace("{panels}", &panels)
        .replace("{row_names}", &row_names)
        .replace("{frames}", &json_in_html(&serde_json::Value::from(frames))))
}

/// A fact as a meta element, under the name that HTML has for it or else under ours.
fn meta_html(name: &str, text: &str) -> String {
    let name = match name {
        "Software" => "generator".to_owned(),
        "Description" => "description".to_owned(),
        other => format!("noisebook:{}", other.replace(' ', "-")),
    };
    format!("<meta name=\"{}\" content=\"{}\" />\n", escape(&name), escape(text))
}

fn panel_html(panel: &SliderPanel, png: &[u8], first: &SliderFrame) -> String {
    let SliderPanel { name, label, mark, alt, width } = panel;
    let caption = format!(
        r#"<figcaption><span class="{class}">{glyph} {name}</span> {label}</figcaption>
"#,
        class = mark.class(),
        glyph = mark.glyph(),
        name = escape(name),
        label = escape(label),
    );
    format!(
        r#"<figure>
<img src="{src}" alt="{alt}, {first}" data-alt="{alt}" width="{width}" />
{caption}</figure>
"#,
        src = data_uri(png),
        alt = escape(alt),
        first = escape(&first.name),
        // One picture needs no name beside the page's title.
        caption = if name.is_empty() && label.is_empty() { "" } else { &caption },
    )
}

/// The slider that chooses a timeline, over the other one.
fn row_html(rows: &SliderRows) -> String {
    let name = escape(&rows.name);
    let first = escape(rows.stations.first().map_or("", String::as_str));
    let last = rows.stations.len().saturating_sub(1);
    format!(
        r#"<div class="row"><label for="row">{name}</label><output id="row-name" for="row">{first}</output>
<input id="row" type="range" min="0" max="{last}" value="0" step="1" aria-label="{name}" aria-valuetext="{first}" /></div>
"#
    )
}

const ROW_KEYS: &str = "<kbd>↑</kbd> <kbd>↓</kbd> choose, ";

fn frame_json(frame: &SliderFrame) -> serde_json::Value {
    let pngs: Vec<_> = frame.pngs.iter().map(|png| data_uri(png)).collect();
    serde_json::json!({ "name": frame.name, "caption": frame.caption, "src": pngs })
}

pub(crate) fn data_uri(png: &[u8]) -> String {
    format!("data:image/png;base64,{}", STANDARD.encode(png))
}

/// JSON that can stand inside an element: nothing in it can end that element.
fn json_in_html(value: &serde_json::Value) -> String {
    value.to_string().replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e")
}

const TEMPLATE: &str = include_str!("slider.html");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::png;
    use image::RgbImage;

    fn page(num_frames: usize) -> SliderPage {
        let panel = |name: &str, mark| SliderPanel {
            name: name.to_owned(),
            label: "now".to_owned(),
            mark,
            alt: "A \"turtle\" <in> noise & so on".to_owned(),
            width: 320,
        };
        let png = |shade| png(&RgbImage::from_pixel(4, 4, image::Rgb([shade; 3]))).unwrap();
        SliderPage {
            title: "From noise to a <digit>".to_owned(),
            about: "Fifty steps & more. </script>".to_owned(),
            panels: vec![panel("x_t", Mark::Noise), panel("pred_x0", Mark::Signal)],
            frames: (0..num_frames)
                .map(|idx| SliderFrame {
                    name: format!("t = {idx}"),
                    caption: "</script><b>".to_owned(),
                    pngs: vec![png(idx as u8), png(255 - idx as u8)],
                })
                .collect(),
            start_label: "noise".to_owned(),
            end_label: "picture".to_owned(),
            delay_ms: 80,
            provenance: vec![
                ("seed".to_owned(), "4".to_owned()),
                ("model".to_owned(), "ddpm-digits".to_owned()),
                ("weights sha256".to_owned(), "\"abc\"".to_owned()),
                ("Software".to_owned(), "Noisebook 1".to_owned()),
                ("Description".to_owned(), "Made by a machine <now>.".to_owned()),
            ],
        }
    }

    fn parse(html: &str) -> roxmltree::Document<'_> {
        let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
        roxmltree::Document::parse_with_options(html, options).unwrap()
    }

    #[test]
    fn it_is_well_formed_and_no_text_breaks_out() {
        let html = html_slider(&page(5)).unwrap();
        let document = parse(&html);
        let text = |tag: &str| document.descendants().find(|node| node.has_tag_name(tag)).unwrap().text();
        assert_eq!(text("title"), Some("From noise to a <digit>"));
        assert_eq!(
            html.matches("</script>").count(),
            document.descendants().filter(|n| n.has_tag_name("script")).count()
        );
        assert!(!html.contains("<b>"));
    }

    #[test]
    fn it_fetches_nothing() {
        let html = html_slider(&page(3)).unwrap();
        assert!(!html.contains("://"), "there is an address in it");
        assert!(html.contains("default-src 'none'"));
        for node in parse(&html).descendants() {
            for name in ["src", "href"] {
                assert!(
                    node.attribute(name).is_none_or(|address| address.starts_with("data:image/png;base64,"))
                );
            }
        }
    }

    #[test]
    fn every_picture_is_in_it_and_decodes() {
        let html = html_slider(&page(3)).unwrap();
        let document = parse(&html);
        let json = document
            .descendants()
            .find(|node| node.attribute("id") == Some("frames"))
            .unwrap()
            .text()
            .unwrap();
        let frames: serde_json::Value = serde_json::from_str(json).unwrap();
        let frames = frames.as_array().unwrap();
        assert_eq!(frames.len(), 3);
        for (idx, frame) in frames.iter().enumerate() {
            assert_eq!(frame["caption"], "</script><b>");
            for (panel, shade) in [(0, idx as u8), (1, 255 - idx as u8)] {
                let uri = frame["src"][panel].as_str().unwrap();
                let png = STANDARD.decode(uri.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
                let image = image::load_from_memory(&png).unwrap().into_rgb8();
                assert_eq!(image.get_pixel(3, 3).0, [shade; 3]);
            }
        }
    }

    #[test]
    fn pictures_controls_and_the_slider_have_names() {
        let html = html_slider(&page(3)).unwrap();
        let document = parse(&html);
        for node in document.descendants() {
            match node.tag_name().name() {
                "img" => assert!(node.attribute("alt").is_some_and(|alt| !alt.is_empty()), "{node:?}"),
                "input" | "button" => {
                    assert!(node.attribute("aria-label").is_some_and(|name| !name.is_empty()), "{node:?}");
                }
                _ => {}
            }
        }
        assert!(html.contains(r#"lang="en""#) && html.contains("prefers-color-scheme: dark"));
    }

    #[test]
    fn where_it_comes_from_stands_under_the_pictures_and_in_its_head() {
        let html = html_slider(&page(3)).unwrap();
        let document = parse(&html);
        let meta = |name: &str| {
            let element = document.descendants().find(|node| node.attribute("name") == Some(name));
            element.unwrap_or_else(|| panic!("no {name}")).attribute("content").unwrap()
        };
        assert_eq!(meta("generator"), "Noisebook 1");
        assert_eq!(meta("noisebook:seed"), "4");
        assert_eq!(meta("noisebook:weights-sha256"), "\"abc\"");
        assert_eq!(meta("description"), "Made by a machine <now>.");
        let note = document.descendants().find(|node| node.attribute("class") == Some("note")).unwrap();
        assert_eq!(note.text(), Some("Made by a machine <now>."));
        let unfolded = note.ancestors().all(|node| !node.has_tag_name("details"));
        assert!(unfolded && note.ancestors().any(|node| node.has_tag_name("footer")));
    }

    #[test]
    fn a_second_slider_chooses_the_timeline() {
        let rows = SliderRows {
            name: "sched<ule".to_owned(),
            stations: ["linear", "</script>{frames}", "cosine"].map(str::to_owned).into(),
        };
        let html = html_two_sliders(&page(6), &rows).unwrap();
        let document = parse(&html);
        let by_id = |id: &str| document.descendants().find(|node| node.attribute("id") == Some(id)).unwrap();
        let row = by_id("row");
        assert_eq!((row.attribute("max"), row.attribute("aria-valuetext")), (Some("2"), Some("linear")));
        assert_eq!(row.attribute("aria-label"), Some("sched<ule"));
        // Three timelines of two frames.
        assert_eq!(by_id("knob").attribute("max"), Some("1"));
        let names: Vec<String> = serde_json::from_str(by_id("rows").text().unwrap()).unwrap();
        assert_eq!(names, rows.stations);
        let frames: serde_json::Value = serde_json::from_str(by_id("frames").text().unwrap()).unwrap();
        assert_eq!(frames.as_array().unwrap().len(), 6);
        assert!(!html_slider(&page(6)).unwrap().contains(r#"id="row""#));
    }

    #[test]
    fn timelines_have_one_length() {
        let check = |num_frames: usize, num_rows: usize, says: &str| {
            let rows = SliderRows { name: "row".to_owned(), stations: vec!["a".to_owned(); num_rows] };
            let error = html_two_sliders(&page(num_frames), &rows).unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
        };
        check(5, 2, "5 frames for 2 timelines");
        check(5, 0, "5 frames for 0 timelines");
        check(0, 2, "needs at least one picture");
    }

    #[test]
    fn the_same_page_gives_the_same_bytes() {
        assert_eq!(html_slider(&page(4)).unwrap(), html_slider(&page(4)).unwrap());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let error = html_slider(&page(0)).unwrap_err();
        assert_eq!(error.to_string(), "a page with a slider needs at least one picture, and got none");
        let mut page = page(3);
        page.frames[2].pngs.pop();
        let error = html_slider(&page).unwrap_err();
        assert_eq!(
            error.to_string(),
            "frame 2 of the page has 1 pictures; it must have 2, one for each panel"
        );
    }
}
