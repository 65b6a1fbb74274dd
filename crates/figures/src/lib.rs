//! Arrays become figures: pictures, grids, animations, curves, and pages that explain themselves.
//!
//! A picture comes in as an array (c, h, w) with values in \[−1, 1\] and leaves as pixels, PNG, APNG, GIF or one HTML page.
//! Curves and histograms leave as SVG. Everything is bytes or text in memory; whoever asked for it writes it down.
//!
//! What holds:
//! - The same input gives the same bytes, today and on another machine: nothing here asks for the time or for chance.
//! - Pixels stay sharp squares: pictures grow by whole multiples only.
//! - Blue with a disc ● is signal, orange with a triangle ▲ is noise; color is never alone.
//! - A page or an SVG needs nothing from anywhere: no font, script or picture is fetched. It works from `file://`,
//!   follows light and dark, and can be used by keyboard and read aloud.
//! - A picture can carry where it comes from: as text chunks in a PNG or an APNG, as a comment in a GIF, as meta elements
//!   and a note one can read on a page.
//!
//! This crate knows arrays and file formats. It knows nothing of candle, schedules, networks or lessons.

mod apng;
mod curve;
mod error;
mod fragment;
mod gif;
mod histogram;
mod layout;
mod png;
mod rgb;
mod slider;
mod svg;
mod tokens;

pub use apng::apng_with_text;
pub use curve::{Curve, CurvePlot, curve_svg};
pub use error::FigureError;
pub use fragment::{html_figures, html_frame, html_table};
pub use gif::{gif, gif_with_text};
pub use histogram::{HistogramPlot, histogram_svg};
pub use image::RgbImage;
pub use layout::{grid, strip, tile};
pub use png::{png, png_with_text};
pub use rgb::{rgb, upscale};
pub use slider::{SliderFrame, SliderPage, SliderPanel, SliderRows, html_slider, html_two_sliders};
pub use tokens::Mark;
