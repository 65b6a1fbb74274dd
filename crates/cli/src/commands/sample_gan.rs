//! `noisebook sample` of a generator: one call a picture, and nothing on the way to it.

use anyhow::bail;
use noisebook_data::Picture;
use noisebook_figures::{
    Mark, RgbImage, SliderFrame, SliderPage, SliderPanel, gif_with_text, grid, html_slider, png,
    png_with_text,
};
use noisebook_nets::Makes;
use noisebook_ops::{Tensor, on_pool};
use noisebook_shelf::Gan;
use serde::Serialize;

use super::eval_gan::batches;
use super::sample::{SCALE, SampleArgs};
use super::sample_record::columns;
use crate::outcome::wrong_use;
use crate::output::{self, OutFile};
use crate::sampling::pictures_from_tensor;

/// Frames of the walk that `--record` keeps, and how long each stays, in milliseconds. Clips are slower, for they have few.
const NUM_FRAMES: usize = 60;
const DELAY_MS: u32 = 80;
const CLIP_DELAY_MS: u32 = 120;
/// How often a clip is played in a GIF, so that one can follow it.
const NUM_PLAYS: usize = 4;
/// Pictures of a recording at most.
const MAX_RECORDED: usize = 16;
/// The most that a sheet is wide on a page, in CSS pixels.
const PANEL: u32 = 400;

/// What `--json` prints.
#[derive(Serialize)]
struct Made<'a> {
    model: &'a str,
    num: usize,
    seed: u64,
    num_network_calls: usize,
    device: &'a str,
    out: String,
    record: Option<String>,
    seconds: f64,
}

pub fn run(args: &SampleArgs, gan: &Gan, out: &OutFile, record: Option<&OutFile>) -> anyhow::Result<()> {
    refuse(args, gan)?;
    let started = std::time::Instant::now();
    let (num, seed) = (args.num as usize, args.seed);
    let samples: Vec<Tensor> = batches(gan, num, seed).collect::<anyhow::Result<_>>()?;
    let samples = Tensor::cat(&samples, 0)?;
    let is_clip = matches!(gan.generator.config().makes, Makes::Clips { .. });
    let text = provenance(gan, num, seed);
    // A clip is a row, its frames side by side.
    let sheet = if is_clip {
        let frames = pictures_from_tensor(&samples.flatten(0, 1)?.unsqueeze(1)?)?;
        grid(&frames, samples.dim(1)?, SCALE, SCALE)
    } else {
        grid(&pictures_from_tensor(&samples)?, columns(num), SCALE, SCALE)
    };
    let sheet = png_with_text(&sheet, &text)?;
    let movie = match record {
        None => None,
        Some(file) => {
            let frames = recorded(gan, &samples, seed, is_clip)?;
            let is_gif = file.extension() == "gif";
            Some((
                file,
                if is_gif { gif(&frames, is_clip, &text)? } else { html(gan, &frames, is_clip, text)? },
            ))
        }
    };
    out.write(&sheet)?;
    if let Some((file, bytes)) = movie {
        file.write(&bytes)?;
    }
    if args.json {
        output::json(&Made {
            model: &gan.file.name,
            num,
            seed,
            num_network_calls: 1,
            device: &args.device.device,
            out: out.path().display().to_string(),
            record: record.map(|file| file.path().display().to_string()),
            seconds: started.elapsed().as_secs_f64(),
        })?;
    }
    Ok(())
}

/// What belongs to models that go from noise to picture in steps, or know labels.
fn refuse(args: &SampleArgs, gan: &Gan) -> anyhow::Result<()> {
    let name = &gan.file.name;
    if let Makes::Points { .. } = gan.generator.config().makes {
        return Err(wrong_use(format!(
            "{name} makes points and no pictures; `noisebook eval {name}` says which heaps they hit"
        )));
    }
    if let Some(option) = args.option_of_diffusion() {
        return Err(wrong_use(format!(
            "{name} is a generator: it makes a picture of chance in one call, and takes no {option}; leave it out"
        )));
    }
    Ok(())
}

/// The pictures of each frame: a clip's own, or a walk from each picture of this seed to that of the next and on.
fn recorded(gan: &Gan, samples: &Tensor, seed: u64, is_clip: bool) -> anyhow::Result<Vec<Vec<Picture>>> {
    let num = samples.dim(0)?.min(MAX_RECORDED);
    if is_clip {
        let clips = samples.narrow(0, 0, num)?;
        return (0..clips.dim(1)?).map(|frame| pictures_from_tensor(&clips.narrow(1, frame, 1)?)).collect();
    }
    let (from, to) = (gan.latent(seed, 0, num)?, gan.latent(seed.wrapping_add(1), 0, num)?);
    (0..=NUM_FRAMES)
        .map(|frame| {
            if crate::stop::requested() {
                bail!("stopped, and nothing was written");
            }
            // Along a quarter of a circle, so that z stays as long as chance makes it.
            let angle = std::f64::consts::FRAC_PI_2 * frame as f64 / NUM_FRAMES as f64;
            let z = ((&from * angle.cos())? + (&to * angle.sin())?)?;
            pictures_from_tensor(&on_pool(|| gan.generator.forward(&z))?)
        })
        .collect()
}

fn sheet_of(pictures: &[Picture], scale: u32) -> RgbImage {
    grid(pictures, columns(pictures.len()), scale, scale)
}

fn gif(frames: &[Vec<Picture>], is_clip: bool, text: &[(String, String)]) -> anyhow::Result<Vec<u8>> {
    let frames: Vec<_> = frames.iter().map(|pictures| sheet_of(pictures, SCALE)).collect();
    let (plays, delay) = if is_clip { (NUM_PLAYS, CLIP_DELAY_MS) } else { (1, DELAY_MS) };
    let all: Vec<_> = std::iter::repeat_n(&frames, plays).flatten().cloned().collect();
    Ok(gif_with_text(&all, delay, text)?)
}

fn html(
    gan: &Gan,
    frames: &[Vec<Picture>],
    is_clip: bool,
    provenance: Vec<(String, String)>,
) -> anyhow::Result<Vec<u8>> {
    let unit = if is_clip { "frame" } else { "step" };
    let pages = frames
        .iter()
        .enumerate()
        .map(|(nth, pictures)| {
            Ok(SliderFrame {
                name: format!("{unit} {nth}"),
                caption: format!("{unit} {nth} of {}", frames.len() - 1),
                pngs: vec![png(&sheet_of(pictures, 1))?],
            })
        })
        .collect::<anyhow::Result<_>>()?;
    let width = frames.first().map_or(1, |pictures| sheet_of(pictures, 1).width());
    let (title, about, label) = if is_clip {
        ("Clips", "Clips, frame by frame.", "clips")
    } else {
        ("A walk through chance", "Each step is one call of the generator with another z.", "pictures")
    };
    let page = SliderPage {
        title: format!("{title}, by {}", gan.file.name),
        about: about.to_owned(),
        panels: vec![SliderPanel {
            name: "G(z)".to_owned(),
            label: label.to_owned(),
            mark: Mark::Signal,
            alt: format!("What the generator makes at this {unit}"),
            width: width * PANEL.checked_div(width).unwrap_or(1).max(1),
        }],
        frames: pages,
        start_label: format!("first {unit}"),
        end_label: format!("last {unit}"),
        delay_ms: if is_clip { CLIP_DELAY_MS } else { DELAY_MS },
        provenance,
    };
    Ok(html_slider(&page)?.into_bytes())
}

/// What the files say of themselves.
fn provenance(gan: &Gan, num: usize, seed: u64) -> Vec<(String, String)> {
    let sha256 = gan.file.weights.as_ref().map_or("", |weights| &weights.sha256);
    let software = concat!("Noisebook ", env!("CARGO_PKG_VERSION"));
    [
        ("Software", software.to_owned()),
        (
            "Description",
            format!("Made by a machine with {software}: generated by the model {}.", gan.file.name),
        ),
        ("model", gan.file.name.clone()),
        ("weights", format!("sha256 {sha256}")),
        ("num", num.to_string()),
        ("seed", seed.to_string()),
    ]
    .map(|(name, text)| (name.to_owned(), text))
    .into()
}
