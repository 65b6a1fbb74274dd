//! Pictures along one setting or two, as each viewer plays them: the window from JSON, Jupyter from a page with sliders.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use noisebook_data::Picture;
use noisebook_figures::{
    Mark, RgbImage, SliderFrame, SliderPage, SliderPanel, SliderRows, html_frame, html_slider,
    html_two_sliders, png, rgb, tile, upscale,
};
use noisebook_kernel::protocol::{Axis, RECORDING, Recording as Reel};

use crate::show::{Viewer, or_error};
use crate::words::list;
use crate::{Error, Pictured, Result, Show, Shown};

/// The height of a page with a film, in CSS pixels: title, pictures, timeline.
pub(crate) const FRAME_HEIGHT: u32 = 840;
/// The width at which a picture is played, in CSS pixels.
const SIDE: u32 = 320;
/// What the pictures may take in all, in bytes; base64 makes a third more of it.
pub(crate) const MAX_BYTES: usize = 750_000;
/// Pictures of a timeline in the strip for those who see no film.
const STRIP: usize = 8;
/// Pixels of white between the strip's pictures.
const GAP: u32 = 4;
/// The side that a picture of the strip has at least, in pixels.
const STRIP_SIDE: u32 = 64;

/// Pictures that follow each other, made by hand: `Recording::new("training").frame("update 1", picture)`.
#[derive(Debug)]
pub struct Recording {
    title: String,
    frames: Vec<(String, Result<Picture>)>,
}

impl Recording {
    /// Nothing recorded yet.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), frames: Vec::new() }
    }

    /// One picture more, and what holds then; of a batch all its pictures in one.
    #[must_use]
    pub fn frame(mut self, label: impl Into<String>, picture: impl Pictured) -> Self {
        self.push(label, picture);
        self
    }

    /// The same in a loop. What is no picture is said when the recording is shown.
    pub fn push(&mut self, label: impl Into<String>, picture: impl Pictured) {
        self.frames.push((label.into(), picture.pictured()));
    }
}

/// A picture for each combination of two settings, to be looked at with two sliders.
#[derive(Clone, Debug)]
pub struct Grid2 {
    title: String,
    axes: [(String, Vec<String>); 2],
    /// The second setting changes fastest.
    pictures: Vec<Picture>,
}

/// Computes a picture for each pair of values, `grid2("schedule", ["linear", "cosine"], "t", [0, 250, 500], |name, t| …)`.
/// The second setting is the timeline, the first chooses between timelines.
///
/// # Errors
/// As soon as a picture cannot be computed.
pub fn grid2<A: Clone + ToString, B: Clone + ToString>(
    first: &str,
    first_values: impl IntoIterator<Item = A>,
    second: &str,
    second_values: impl IntoIterator<Item = B>,
    mut picture: impl FnMut(A, B) -> std::result::Result<Picture, Box<dyn std::error::Error>>,
) -> std::result::Result<Grid2, Box<dyn std::error::Error>> {
    let second_values: Vec<B> = second_values.into_iter().collect();
    let (mut names, mut pictures) = (Vec::new(), Vec::new());
    for a in first_values {
        names.push(a.to_string());
        for b in &second_values {
            pictures.push(picture(a.clone(), b.clone())?);
        }
    }
    let stations = second_values.iter().map(ToString::to_string).collect();
    Ok(Grid2 {
        title: format!("{first} × {second}"),
        axes: [(first.to_owned(), names), (second.to_owned(), stations)],
        pictures,
    })
}

/// What is played.
struct Played<'a> {
    title: &'a str,
    /// The setting that chooses the timeline, if there is one, and its values.
    rows: Option<(&'a str, &'a [String])>,
    /// What the timeline is called, and its stations.
    along: (&'a str, &'a [String]),
    pictures: Vec<&'a Picture>,
}

impl Played<'_> {
    fn shown(&self, viewer: Viewer) -> Result<Shown> {
        let images: Vec<RgbImage> = self.pictures.iter().map(|picture| rgb(picture.view())).collect();
        let files: Vec<Vec<u8>> = images.iter().map(png).collect::<std::result::Result<_, _>>()?;
        let bytes: usize = files.iter().map(Vec::len).sum();
        if bytes > 10 * MAX_BYTES {
            let why = format!(
                "“{}” would be a page of {} MB; record fewer pictures, or smaller ones",
                self.title,
                bytes.div_euclid(1_000_000)
            );
            return Err(Error::Wrong(why));
        }
        let shown = Shown::text(self.words());
        match viewer {
            Viewer::Window => Ok(shown.with_json(RECORDING, &self.reel(&files))),
            Viewer::Jupyter => {
                let page = self.page(&images, files)?;
                Ok(shown.with_png(&png(&self.strip(&images))?).with("text/html", page))
            }
        }
    }

    fn words(&self) -> String {
        let (name, stations) = self.along;
        // A recording made by hand has stations, and no name for what they are of.
        let name = if name.is_empty() { String::new() } else { format!("{name} ") };
        let ends = match stations {
            [] => "no pictures".to_owned(),
            [one] => format!("one picture, {name}{one}"),
            [first, .., last] => format!("{} pictures from {name}{first} to {last}", stations.len()),
        };
        match self.rows {
            Some((row_name, rows)) => {
                format!("A recording of “{}”: {ends}, for each {row_name} of {}.", self.title, list(rows))
            }
            None => format!("A recording of “{}”: {ends}.", self.title),
        }
    }

    fn reel(&self, files: &[Vec<u8>]) -> Reel {
        let axis =
            |(name, stations): (&str, &[String])| Axis { name: name.to_owned(), stations: stations.to_vec() };
        Reel {
            title: self.title.to_owned(),
            about: String::new(),
            axes: self.rows.into_iter().chain([self.along]).map(axis).collect(),
            frames: files.iter().map(|file| STANDARD.encode(file)).collect(),
            captions: Vec::new(),
        }
    }

    fn page(&self, images: &[RgbImage], files: Vec<Vec<u8>>) -> Result<String> {
        let (name, stations) = self.along;
        let width = images.first().map_or(1, RgbImage::width).max(1);
        let is = |station: &String| {
            if name.is_empty() { station.clone() } else { format!("{name} = {station}") }
        };
        let end = |station: Option<&String>| station.map(is).unwrap_or_default();
        let page = SliderPage {
            title: self.title.to_owned(),
            about: String::new(),
            panels: vec![SliderPanel {
                name: String::new(),
                label: String::new(),
                mark: Mark::Signal,
                alt: self.title.to_owned(),
                width: width * SIDE.checked_div(width).unwrap_or(1).max(1),
            }],
            frames: files
                .into_iter()
                .zip(stations.iter().cycle())
                .map(|(file, station)| SliderFrame {
                    name: is(station),
                    caption: String::new(),
                    pngs: vec![file],
                })
                .collect(),
            start_label: end(stations.first()),
            end_label: end(stations.last()),
            delay_ms: 150,
            provenance: vec![(
                "Software".to_owned(),
                concat!("Noisebook ", env!("CARGO_PKG_VERSION")).to_owned(),
            )],
        };
        let html = match self.rows {
            None => html_slider(&page)?,
            Some((name, rows)) => {
                html_two_sliders(&page, &SliderRows { name: name.to_owned(), stations: rows.to_vec() })?
            }
        };
        Ok(html_frame(&html, self.title, FRAME_HEIGHT))
    }

    /// A row of pictures for each timeline.
    fn strip(&self, images: &[RgbImage]) -> RgbImage {
        let len = self.along.1.len().max(1);
        let last = (len - 1) as f64;
        let num = len.min(STRIP);
        let gaps = num.saturating_sub(1).max(1) as f64;
        let chosen = |row: &[RgbImage]| {
            (0..num)
                .filter_map(|nth| row.get((nth as f64 * last / gaps).round() as usize).cloned())
                .collect::<Vec<_>>()
        };
        let enlarged = |image: RgbImage| {
            let times = STRIP_SIDE.div_ceil(image.width().max(image.height()).max(1));
            upscale(&image, times)
        };
        let cells: Vec<RgbImage> = images.chunks(len).flat_map(chosen).map(enlarged).collect();
        tile(&cells, num, GAP)
    }
}

impl Recording {
    fn shown(&self, viewer: Viewer) -> Result<Shown> {
        let labels: Vec<String> = self.frames.iter().map(|(label, _)| label.clone()).collect();
        let mut pictures = Vec::new();
        for (label, picture) in &self.frames {
            match picture {
                Ok(picture) => pictures.push(picture),
                Err(error) => return Err(Error::Wrong(format!("{label}: {error}"))),
            }
        }
        Played { title: &self.title, rows: None, along: ("", &labels), pictures }.shown(viewer)
    }
}

impl Grid2 {
    fn shown(&self, viewer: Viewer) -> Result<Shown> {
        let [(first, rows), (second, along)] = &self.axes;
        Played {
            title: &self.title,
            rows: Some((first, rows)),
            along: (second, along),
            pictures: self.pictures.iter().collect(),
        }
        .shown(viewer)
    }
}

impl Show for Recording {
    fn show(&self) -> Shown {
        or_error(self.shown(Viewer::here()))
    }
}

impl Show for Grid2 {
    fn show(&self) -> Shown {
        or_error(self.shown(Viewer::here()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(value: f32) -> Picture {
        Picture::from_elem((1, 4, 4), value)
    }

    fn recording() -> Recording {
        Recording::new("A <film>").frame("update 1", picture(-1.0)).frame("update 2", picture(1.0))
    }

    #[test]
    fn the_window_gets_every_picture_with_its_station() {
        let shown = recording().shown(Viewer::Window).unwrap();
        let reel: Reel = serde_json::from_str(shown.content(RECORDING).unwrap()).unwrap();
        assert_eq!(
            reel.axes,
            [Axis { name: String::new(), stations: vec!["update 1".into(), "update 2".into()] }]
        );
        assert_eq!(reel.frames.len(), 2);
        assert_ne!(reel.frames[0], reel.frames[1]);
        assert!(shown.content("text/html").is_none());
        assert_eq!(shown.words(), "A recording of “A <film>”: 2 pictures from update 1 to update 2.");
    }

    #[test]
    fn jupyter_gets_a_page_and_a_strip() {
        let shown = recording().shown(Viewer::Jupyter).unwrap();
        assert!(shown.content("text/html").unwrap().starts_with("<iframe title=\"A &lt;film&gt;\""));
        assert!(shown.content("image/png").is_some() && shown.content(RECORDING).is_none());
    }

    #[test]
    fn two_settings_make_two_axes_the_second_the_faster() {
        let grid = grid2("a", ["x", "y"], "b", [1, 2, 3], |a, b| {
            Ok(picture(if a == "x" { -0.1 } else { 0.1 } * b as f32))
        })
        .unwrap();
        let shown = grid.shown(Viewer::Window).unwrap();
        let reel: Reel = serde_json::from_str(shown.content(RECORDING).unwrap()).unwrap();
        let stations: Vec<_> = reel.axes.iter().map(|axis| axis.stations.join(" ")).collect();
        assert_eq!(stations, ["x y", "1 2 3"]);
        let png = |value: f32| STANDARD.encode(png(&rgb(picture(value).view())).unwrap());
        assert_eq!(reel.frames, [-0.1, -0.2, -0.3, 0.1, 0.2, 0.3].map(png));
        assert_eq!(shown.words(), "A recording of “a × b”: 3 pictures from b 1 to 3, for each a of x and y.");
        let page = grid.shown(Viewer::Jupyter).unwrap();
        assert!(page.content("text/html").unwrap().contains("id=&quot;row&quot;"));
    }

    #[test]
    fn what_cannot_be_shown_is_said() {
        let check = |recording: &Recording, says: &str| {
            let shown = recording.show();
            assert!(shown.words().contains(says), "{}", shown.words());
        };
        check(&Recording::new("empty"), "needs at least one picture");
        check(&recording().frame("update 3", Vec::<Picture>::new()), "update 3: there is no picture to show");
        let error = grid2("a", [1], "b", [1], |_, _| Err("no".into())).unwrap_err();
        assert_eq!(error.to_string(), "no");
    }
}
