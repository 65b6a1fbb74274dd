//! Whether what a cell displays can be shown.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use noisebook_kernel::protocol::{CURVES, Curves, RECORDING, Recording};

use crate::run::Viewer;

/// Reads what a cell printed, and looks at every content in it.
///
/// # Errors
/// When a cell displays though it should not, or the other way round; when words are missing or are an error's; when
/// something cannot be decoded, or is of no use to this viewer.
pub fn check(output: &str, displays: bool, viewer: Viewer) -> Result<(), String> {
    let contents = contents(output)?;
    if displays == contents.is_empty() {
        return Err(if displays { "it displays nothing" } else { "it displays something unasked" }.to_owned());
    }
    if !displays {
        return Ok(());
    }
    let words = contents.get("text/plain").filter(|words| !words.trim().is_empty());
    let words = words.ok_or("it has no words for those who do not see")?;
    // Every cell of a lesson that ends in a value ends in something to see; an error would be words alone.
    let is_table = words.lines().count() > 1;
    if contents.len() == 1 && !is_table {
        return Err(format!("it displays nothing but \"{words}\""));
    }
    for (mime, content) in &contents {
        check_content(mime, content, viewer).map_err(|why| format!("its {why}"))?;
    }
    Ok(())
}

/// The contents by MIME type, as evcxr finds them.
fn contents(output: &str) -> Result<BTreeMap<String, String>, String> {
    let mut contents = BTreeMap::new();
    let mut lines = output.lines();
    while let Some(line) = lines.next() {
        if let Some(mime) = line.strip_prefix("EVCXR_BEGIN_CONTENT ") {
            let content: Vec<&str> = lines.by_ref().take_while(|line| *line != "EVCXR_END_CONTENT").collect();
            if contents.insert(mime.to_owned(), content.join("\n")).is_some() {
                return Err(format!("it displays two contents of {mime}, and one is lost"));
            }
        }
    }
    Ok(contents)
}

fn check_content(mime: &str, content: &str, viewer: Viewer) -> Result<(), String> {
    let is_for_window = mime.starts_with("application/vnd.noisebook.");
    if is_for_window != (viewer == Viewer::Window) && !matches!(mime, "text/plain" | "image/png") {
        return Err(format!("{mime} is of no use to {viewer:?}"));
    }
    match mime {
        "text/plain" => Ok(()),
        "image/png" => check_png(content),
        "text/html" | "image/svg+xml" => check_xml(mime, content),
        CURVES => {
            let curves: Curves = serde_json::from_str(content).map_err(|error| format!("curves: {error}"))?;
            let is_full = curves.series.iter().all(|(_, points)| points.len() > 1);
            if is_full && !curves.series.is_empty() { Ok(()) } else { Err("curves are empty".to_owned()) }
        }
        RECORDING => {
            let recording: Recording =
                serde_json::from_str(content).map_err(|error| format!("recording: {error}"))?;
            let stations: usize = recording.axes.iter().map(|axis| axis.stations.len()).product();
            if stations != recording.frames.len() || stations < 2 {
                return Err(format!(
                    "recording has {} frames for {stations} stations",
                    recording.frames.len()
                ));
            }
            recording.frames.iter().try_for_each(|frame| check_png(frame))
        }
        other => Err(format!("content is {other}, which nobody shows")),
    }
}

fn check_png(content: &str) -> Result<(), String> {
    let bytes = STANDARD.decode(content).map_err(|error| format!("PNG is not base64: {error}"))?;
    let image = image::load_from_memory(&bytes).map_err(|error| format!("PNG does not decode: {error}"))?;
    let first = image.to_rgb8().get_pixel(0, 0).0;
    if image.to_rgb8().pixels().all(|pixel| pixel.0 == first) {
        return Err("PNG is one flat color".to_owned());
    }
    Ok(())
}

fn check_xml(mime: &str, content: &str) -> Result<(), String> {
    if content.len() > 1_500_000 {
        return Err(format!("{mime} takes {} bytes", content.len()));
    }
    let document = roxmltree::Document::parse(content).map_err(|error| format!("{mime}: {error}"))?;
    // What is in a frame is a page of its own.
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    for page in document.descendants().filter_map(|node| node.attribute("srcdoc")) {
        roxmltree::Document::parse_with_options(page, options).map_err(|error| format!("page: {error}"))?;
    }
    Ok(())
}
