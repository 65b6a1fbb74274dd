//! Pieces of HTML that stand in somebody else's page, a notebook's: pictures with labels, a table, a whole page in a frame.
//!
//! They bring their style with them, take the colors of the page that they stand in, and need no script; only what is in a
//! frame may run its own.

use crate::slider::data_uri;
use crate::svg::escape;
use crate::{FigureError, png};
use image::RgbImage;

/// Pictures side by side, each with its label under it.
///
/// # Errors
/// When a picture cannot be written as PNG.
pub fn html_figures(pictures: &[(&str, &RgbImage)]) -> Result<String, FigureError> {
    let figures = pictures.iter().map(|(label, picture)| {
        let (label, src, width) = (escape(label), data_uri(&png(picture)?), picture.width());
        Ok(format!(
            r#"<figure style="margin:0"><img src="{src}" alt="{label}" width="{width}" style="image-rendering:pixelated;border-radius:6px" /><figcaption style="text-align:center">{label}</figcaption></figure>
"#
        ))
    });
    let figures: String = figures.collect::<Result<_, FigureError>>()?;
    Ok(format!("<div style=\"display:flex;flex-wrap:wrap;gap:12px\">\n{figures}</div>"))
}

/// A table; the first of the columns names its rows, and numbers stand right-aligned under their heads.
/// Cells that a row lacks stay empty, and cells without a head are left out.
pub fn html_table(head: &[String], rows: &[Vec<String>]) -> String {
    let style = r#"style="text-align:right;padding:2px 12px;font-variant-numeric:tabular-nums""#;
    let head_cells: String =
        head.iter().map(|name| format!("<th scope=\"col\" {style}>{}</th>", escape(name))).collect();
    let row_html = |row: &Vec<String>| {
        let cell = |nth: usize| escape(row.get(nth).map_or("", String::as_str));
        let cells: String = (0..head.len())
            .map(|nth| match nth {
                0 => format!("<th scope=\"row\" {style}>{}</th>", cell(nth)),
                _ => format!("<td {style}>{}</td>", cell(nth)),
            })
            .collect();
        format!("<tr>{cells}</tr>\n")
    };
    let body: String = rows.iter().map(row_html).collect();
    format!("<table>\n<thead><tr>{head_cells}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>")
}

/// A page in a frame of `height` CSS pixels, as wide as there is room. It may run its own script and nothing else: it
/// cannot reach the page around it.
pub fn html_frame(page: &str, title: &str, height: u32) -> String {
    format!(
        r#"<iframe title="{}" srcdoc="{}" sandbox="allow-scripts" style="width:100%;height:{height}px;border:0"></iframe>"#,
        escape(title),
        escape(page)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(html: &str) -> roxmltree::Document<'_> {
        roxmltree::Document::parse(html).unwrap()
    }

    #[test]
    fn pictures_have_their_labels_and_no_label_breaks_out() {
        let picture = RgbImage::from_pixel(4, 2, image::Rgb([9; 3]));
        let html = html_figures(&[("t = 0", &picture), ("<b> & \"c\"", &picture)]).unwrap();
        let document = parse(&html);
        let images: Vec<_> = document.descendants().filter(|node| node.has_tag_name("img")).collect();
        let labels: Vec<_> = images.iter().filter_map(|image| image.attribute("alt")).collect();
        assert_eq!(labels, ["t = 0", "<b> & \"c\""]);
        assert!(
            images.iter().all(|image| image.attribute("src").unwrap().starts_with("data:image/png;base64,"))
        );
        assert!(images.iter().all(|image| image.attribute("width") == Some("4")));
    }

    #[test]
    fn a_table_has_a_cell_for_each_head() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let html = html_table(&words(&["t", "SNR < 1"]), &[words(&["1", "2", "3"]), words(&["4"])]);
        let document = parse(&html);
        let texts: Vec<_> = document
            .descendants()
            .filter(|node| node.has_tag_name("th") || node.has_tag_name("td"))
            .map(|node| node.text().unwrap_or_default())
            .collect();
        assert_eq!(texts, ["t", "SNR < 1", "1", "2", "4", ""]);
    }

    #[test]
    fn a_page_in_a_frame_is_the_page() {
        let page = "<p title=\"a\">1 < 2 && {light}</p><script>'x'</script>";
        let html = html_frame(page, "A \"film\"", 300);
        let document = parse(&html);
        let frame = document.root_element();
        assert_eq!(frame.attribute("srcdoc"), Some(page));
        assert_eq!(frame.attribute("title"), Some("A \"film\""));
        // Without allow-same-origin a script in it cannot reach the notebook.
        assert_eq!(frame.attribute("sandbox"), Some("allow-scripts"));
    }
}
