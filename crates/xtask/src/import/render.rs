//! SVG → a 32×32 tile of red, green, blue and alpha.

use anyhow::{Context, Result};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

/// Side of a tile in pixels.
pub const SIDE: usize = 32;

/// Samples a pixel, across and down. Thin outlines would be ragged if drawn at 32×32 at once.
const SAMPLES: usize = 8;

/// The part of the drawing that fills the tile, in the drawing's units.
#[derive(Debug, Clone, Copy)]
pub struct ViewBox {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

/// Bytes `(h, w, c)`, alpha not multiplied in. `body` is what stands between `<svg>` and `</svg>`.
pub fn render(body: &str, view: ViewBox) -> Result<Vec<u8>> {
    let svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{side}" height="{side}" viewBox="{} {} {} {}">{body}</svg>"#,
        view.left,
        view.top,
        view.width,
        view.height,
        side = SIDE * SAMPLES,
    );
    let tree = Tree::from_str(&svg, &Options::default())?;
    let side = u32::try_from(SIDE * SAMPLES)?;
    let mut pixmap = Pixmap::new(side, side).context("no memory for a drawing")?;
    resvg::render(&tree, Transform::identity(), &mut pixmap.as_mut());

    let mut tile = Vec::with_capacity(SIDE * SIDE * 4);
    for y in 0..SIDE {
        for x in 0..SIDE {
            tile.extend(mean(&pixmap, x, y));
        }
    }
    Ok(tile)
}

/// The mean of one pixel's samples. Their colors have alpha multiplied in, so each counts by how
/// opaque it is.
fn mean(pixmap: &Pixmap, x: usize, y: usize) -> [u8; 4] {
    let stride = SIDE * SAMPLES;
    let mut sums = [0_u32; 4];
    for row in y * SAMPLES..(y + 1) * SAMPLES {
        let start = row * stride + x * SAMPLES;
        for sample in &pixmap.pixels()[start..start + SAMPLES] {
            sums[0] += u32::from(sample.red());
            sums[1] += u32::from(sample.green());
            sums[2] += u32::from(sample.blue());
            sums[3] += u32::from(sample.alpha());
        }
    }
    let [red, green, blue, alpha] = sums.map(f64::from);
    let opaque = (SAMPLES * SAMPLES * 255) as f64;
    let color = |sum: f64| if alpha > 0.0 { (255.0 * sum / alpha).round() as u8 } else { 0 };
    [color(red), color(green), color(blue), (255.0 * alpha / opaque).round() as u8]
}
