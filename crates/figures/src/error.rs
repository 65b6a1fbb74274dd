//! What can go wrong when a figure is made.

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    /// An animation or a page was asked for without a single picture.
    #[error("{what} needs at least one picture, and got none")]
    Empty {
        /// The kind of figure.
        what: &'static str,
    },
    /// The pictures of an animation differ in size.
    #[error("picture {idx} is {width}×{height}; it must be {first_width}×{first_height} like the first")]
    Size {
        /// Its place among the pictures.
        idx: usize,
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
        /// The first picture's width in pixels.
        first_width: u32,
        /// The first picture's height in pixels.
        first_height: u32,
    },
    /// A frame of a page has not one picture for each panel.
    #[error("frame {idx} of the page has {found} pictures; it must have {expected}, one for each panel")]
    Panels {
        /// The frame.
        idx: usize,
        /// Pictures it has.
        found: usize,
        /// Panels of the page.
        expected: usize,
    },
    /// The frames of a page with two sliders do not make timelines of one length.
    #[error(
        "the page has {found} frames for {expected} timelines; each must have as many as the others, and one at least"
    )]
    Rows {
        /// Frames there are.
        found: usize,
        /// Timelines there are.
        expected: usize,
    },
    /// The PNG encoder refused, for a text chunk that is too long say.
    #[error("the PNG cannot be written: {0}")]
    Png(#[from] png::EncodingError),
    /// The GIF encoder refused, for a picture wider than 65,535 pixels say.
    #[error("the GIF cannot be written: {0}")]
    Gif(#[from] image::ImageError),
}
