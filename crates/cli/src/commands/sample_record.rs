//! How a batch of pictures came about, as a GIF or as a page with a slider.

use noisebook_data::Picture;
use noisebook_diffusion::SamplingStep;
use noisebook_figures::{Mark, SliderFrame, SliderPage, SliderPanel, gif_with_text, grid, html_slider, png};
use noisebook_ops::Tensor;

use crate::sampling::pictures_from_tensor;

/// Most frames that are kept; a recording of 1000 steps would be as long as it is large.
const MAX_FRAMES: usize = 101;

/// In a GIF each pixel is drawn as a square of this side.
const SCALE: u32 = 4;

/// The most that a sheet is wide on a page, in CSS pixels.
const PANEL: u32 = 400;

/// How long a frame stays, and the last one of a GIF, in milliseconds.
const DELAY_MS: u32 = 60;
const LAST_MS: u32 = 1500;

/// The frames kept so far, from noise to pictures.
pub struct Record {
    num_steps: usize,
    frames: Vec<Frame>,
}

/// A batch at one moment, and the pictures that the network sees behind it.
struct Frame {
    t: usize,
    /// Steps taken so far.
    num_taken: usize,
    x_t: Vec<Picture>,
    pred_x0: Vec<Picture>,
}

impl Record {
    /// A recording of a sampling of `num_steps`.
    pub fn new(num_steps: usize) -> Self {
        Self { num_steps, frames: Vec::new() }
    }

    /// Keeps what a step saw, if its turn has come; the end is always kept.
    ///
    /// # Errors
    /// When the tensors cannot be read back from their device.
    pub fn add(&mut self, step: &SamplingStep) -> anyhow::Result<()> {
        let every = self.num_steps.div_ceil(MAX_FRAMES);
        if step.step_idx.is_multiple_of(every) {
            self.keep(step.t, step.step_idx, &step.x_t, &step.pred_x0)?;
        }
        if step.step_idx + 1 == self.num_steps {
            self.keep(0, self.num_steps, &step.prev_sample, &step.prev_sample)?;
        }
        Ok(())
    }

    fn keep(&mut self, t: usize, num_taken: usize, x_t: &Tensor, pred_x0: &Tensor) -> anyhow::Result<()> {
        self.frames.push(Frame {
            t,
            num_taken,
            x_t: pictures_from_tensor(x_t)?,
            pred_x0: pictures_from_tensor(pred_x0)?,
        });
        Ok(())
    }

    /// A GIF of `x_t` that lingers on its last frame and carries where it comes from.
    ///
    /// # Errors
    /// When the pictures do not fit the format.
    pub fn gif(&self, provenance: &[(String, String)]) -> anyhow::Result<Vec<u8>> {
        let mut frames: Vec<_> = self.frames.iter().map(|frame| sheet(&frame.x_t, SCALE)).collect();
        if let Some(last) = frames.last().cloned() {
            let num_more = (f64::from(LAST_MS) / f64::from(DELAY_MS)) as usize;
            frames.extend(std::iter::repeat_n(last, num_more));
        }
        Ok(gif_with_text(&frames, DELAY_MS, provenance)?)
    }

    /// A page with `x_t` and the guessed pictures side by side over a slider.
    ///
    /// # Errors
    /// When the pictures do not fit the format.
    pub fn html(&self, model: &str, provenance: Vec<(String, String)>) -> anyhow::Result<String> {
        let frames = self
            .frames
            .iter()
            .map(|frame| {
                Ok(SliderFrame {
                    name: format!("t = {}", frame.t),
                    caption: format!("after {} of {} steps", frame.num_taken, self.num_steps),
                    pngs: vec![png(&sheet(&frame.x_t, 1))?, png(&sheet(&frame.pred_x0, 1))?],
                })
            })
            .collect::<anyhow::Result<_>>()?;
        let num = self.frames.first().map_or(0, |frame| frame.x_t.len());
        // The page enlarges; as much as two sheets side by side leave room for.
        let width = self.frames.first().map_or(1, |frame| sheet(&frame.x_t, 1).width());
        let width = width * PANEL.checked_div(width).unwrap_or(1).max(1);
        let panel = |name: &str, label: &str, mark, alt: &str| SliderPanel {
            name: name.to_owned(),
            label: label.to_owned(),
            mark,
            alt: alt.to_owned(),
            width,
        };
        Ok(html_slider(&SliderPage {
            title: format!("From noise to picture, by {model}"),
            about: format!(
                "{num} pictures on their way from noise, t = {}, to t = 0, and what the network takes them for on the way.",
                self.frames.first().map_or(0, |frame| frame.t)
            ),
            panels: vec![
                panel("xₜ", "now", Mark::Noise, "The pictures as they are, less noisy from step to step"),
                panel(
                    "x̂₀",
                    "guessed pictures",
                    Mark::Signal,
                    "The finished pictures that the network guesses",
                ),
            ],
            frames,
            start_label: "noise".to_owned(),
            end_label: "picture".to_owned(),
            delay_ms: DELAY_MS,
            provenance,
        })?)
    }
}

/// All pictures of a batch in one square sheet.
fn sheet(pictures: &[Picture], scale: u32) -> noisebook_figures::RgbImage {
    grid(pictures, columns(pictures.len()), scale, scale)
}

/// As many columns as make a sheet about as wide as high.
pub fn columns(num: usize) -> usize {
    (num as f64).sqrt().ceil() as usize
}
