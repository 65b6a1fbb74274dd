//! Figures of an experiment, from the moments computed so far: PNG, APNG, GIF, a page with a slider, plots.
//!
//! Each file of pictures says where it comes from, wherever it is carried: program, model and hash of its weights, settings
//! with the seed, and in words whether a machine made it. A PNG and an APNG say so in text chunks, a GIF in a comment, a page
//! under its pictures and in its meta elements.

use crate::{Experiment, Histogram, LabError, Moment, NamedPicture};
use noisebook_data::Picture;
use noisebook_figures::{
    Curve, CurvePlot, HistogramPlot, Mark, RgbImage, SliderFrame, SliderPage, SliderPanel, apng_with_text,
    curve_svg, gif_with_text, grid, histogram_svg, html_slider, png, png_with_text,
};

/// The side that a picture has at least in a figure of its own, in pixels.
const LARGE: usize = 192;
/// The side that it has at least among many, in pixels.
const SMALL: usize = 64;
/// How long an animation rests on its last picture, in milliseconds.
const REST_MS: u32 = 1000;
/// Samples of a training in a strip.
const TRAINED_ROWS: usize = 5;
/// The side of a plane of points, in pixels, and how far it reaches from its middle, in the points' own units.
const PLANE: usize = 192;
const REACH: f32 = 1.5;
/// The width that a page has for pictures side by side, in CSS pixels.
const ROW: u32 = 768;

/// Names and values that a file carries.
type Texts = Vec<(String, String)>;

/// The pictures called `picture` (as in [`crate::Spec::pictures`]) at one moment, as PNG: one for each sample, in a
/// square grid.
pub fn moment_png(experiment: &mut dyn Experiment, idx: usize, picture: &str) -> Result<Vec<u8>, LabError> {
    let moment = with_points_drawn(experiment.moment(idx)?);
    let pictures = pictures_of(&moment, picture)?;
    let scale = multiple(pictures, if pictures.len() > 1 { SMALL } else { LARGE });
    let texts = texts(experiment, picture, &format!("{}", moment.t));
    Ok(png_with_text(&sheet(pictures, scale), &texts)?)
}

/// The pictures called `picture` at `num_moments` moments from first to last, as PNG: a film strip for each sample.
pub fn strip_png(
    experiment: &mut dyn Experiment,
    picture: &str,
    num_moments: usize,
) -> Result<Vec<u8>, LabError> {
    let moments = moments(experiment, num_moments)?;
    let columns: Vec<&[Picture]> =
        moments.iter().map(|moment| pictures_of(moment, picture)).collect::<Result<_, _>>()?;
    let num_samples = columns.first().map_or(0, |column| column.len());
    // A training makes more samples than a strip has rows for.
    let num_samples = if is_training(experiment) { num_samples.min(TRAINED_ROWS) } else { num_samples };
    let cells: Vec<Picture> = (0..num_samples)
        .flat_map(|sample| columns.iter().filter_map(move |column| column.get(sample).cloned()))
        .collect();
    let scale = multiple(&cells, SMALL);
    let ts: Vec<_> = moments.iter().map(|moment| moment.t.to_string()).collect();
    let texts = texts(experiment, picture, &ts.join(", "));
    Ok(png_with_text(&grid(&cells, columns.len(), scale, 4), &texts)?)
}

/// The pictures called `picture` at `num_frames` moments from first to last, as GIF; the last one stays for a second.
pub fn animation_gif(
    experiment: &mut dyn Experiment,
    picture: &str,
    num_frames: usize,
    delay_ms: u32,
) -> Result<Vec<u8>, LabError> {
    let (mut frames, texts) = film(experiment, picture, num_frames)?;
    // A GIF has no longer delay for one frame here; the last one is shown again instead.
    let num_repeats = REST_MS.checked_div(delay_ms).unwrap_or(0);
    if let Some(last) = frames.last().cloned() {
        frames.extend((0..num_repeats.min(50)).map(|_| last.clone()));
    }
    Ok(gif_with_text(&frames, delay_ms, &texts)?)
}

/// The pictures called `picture` at `num_frames` moments from first to last, as APNG: like [`animation_gif`], with every
/// color.
pub fn animation_apng(
    experiment: &mut dyn Experiment,
    picture: &str,
    num_frames: usize,
    delay_ms: u32,
) -> Result<Vec<u8>, LabError> {
    let (frames, texts) = film(experiment, picture, num_frames)?;
    Ok(apng_with_text(&frames, delay_ms, delay_ms.max(REST_MS), &texts)?)
}

/// A self-contained HTML page with these pictures side by side and a slider over `num_frames` moments from first to
/// last. Moments that lack one of them are left out: at t = 0 there is no noise to guess, say.
pub fn slider_html(
    experiment: &mut dyn Experiment,
    pictures: &[&str],
    num_frames: usize,
) -> Result<String, LabError> {
    let mut moments = moments(experiment, num_frames)?;
    for name in pictures {
        if moments.iter().all(|moment| pictures_of(moment, name).is_err())
            && let Some(last) = moments.last()
        {
            pictures_of(last, name)?;
        }
    }
    moments.retain(|moment| pictures.iter().all(|name| pictures_of(moment, name).is_ok()));
    let (subject, trains) = (subject(experiment), is_training(experiment));
    let mut frames = Vec::new();
    let mut panels = Vec::new();
    for moment in &moments {
        let sheets: Vec<RgbImage> = pictures
            .iter()
            .map(|name| Ok(sheet(pictures_of(moment, name)?, 1)))
            .collect::<Result<_, LabError>>()?;
        let pngs = sheets.iter().map(png).collect::<Result<_, _>>()?;
        let name = if trains { format!("update {}", moment.t) } else { format!("t = {}", moment.t) };
        frames.push(SliderFrame { name, caption: caption(moment), pngs });
        if panels.is_empty() {
            let side = ROW.checked_div(pictures.len() as u32).unwrap_or(ROW).min(320);
            let named = pictures.iter().zip(&sheets);
            panels = named.map(|(name, sheet)| panel(name, sheet.width(), side, &subject)).collect();
        }
    }
    let end = |moment: Option<&Moment>, other: Option<&Moment>| {
        let (t, other) = (moment.map_or(0, |moment| moment.t), other.map_or(0, |moment| moment.t));
        if trains {
            return format!("update {t}");
        }
        let mark = if t > other { Mark::Noise } else { Mark::Signal };
        let word = if t > other { "noise" } else { "picture" };
        format!("{} {word} t = {t}", mark.glyph())
    };
    let page = SliderPage {
        title: experiment.spec().title.to_owned(),
        about: experiment.spec().about.to_owned(),
        panels,
        frames,
        start_label: end(moments.first(), moments.last()),
        end_label: end(moments.last(), moments.first()),
        delay_ms: 80,
        provenance: provenance(experiment),
    };
    Ok(html_slider(&page)?)
}

/// Where the experiment's pictures come from, as names and values; `Description` says in words whether a machine made them.
pub fn provenance(experiment: &dyn Experiment) -> Vec<(String, String)> {
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    let mut lines = experiment.provenance();
    let subject = subject(experiment);
    let description = match experiment.spec().name {
        "noising" if subject == "own" => {
            format!("A picture with computed noise, mixed by Noisebook {VERSION}.")
        }
        "noising" => format!("A picture with computed noise: {subject}, mixed by Noisebook {VERSION}."),
        "schedules" if subject == "own" => {
            format!("A picture with computed noise, mixed by two noise schedules with Noisebook {VERSION}.")
        }
        "schedules" => format!(
            "A picture with computed noise: {subject}, mixed by two noise schedules with Noisebook {VERSION}."
        ),
        "flat-pictures" => format!(
            "Made by a machine with Noisebook {VERSION}: flat pictures, sampled with the best denoiser there can be."
        ),
        "training" => format!(
            "Made by a machine with Noisebook {VERSION}: sampled from a network while it learned from {subject}."
        ),
        "authorship" => format!(
            "One of a row of digits, written by people or drawn by the model {subject}, shown by Noisebook {VERSION}."
        ),
        _ if experiment.settings().text("source").is_ok_and(|source| source != "none") => {
            format!(
                "Made by a machine with Noisebook {VERSION}: altered from a picture by the model {subject}."
            )
        }
        _ => format!("Made by a machine with Noisebook {VERSION}: sampled from the model {subject}."),
    };
    lines.push(("Description".to_owned(), description));
    lines
}

/// Signal rate and noise rate over t, as SVG.
pub fn rates_svg(experiment: &mut dyn Experiment) -> Result<String, LabError> {
    let mut curve = |name: &'static str, label: &str, mark| -> Result<Curve, LabError> {
        let mut points = (0..experiment.num_moments())
            .map(|idx| Ok((experiment.t_of(idx) as f64, experiment.measure(name, idx)?.value)))
            .collect::<Result<Vec<_>, LabError>>()?;
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Ok(Curve { name: label.to_owned(), mark, points })
    };
    let curves = vec![
        curve("signal_rate", "signal √ᾱ", Mark::Signal)?,
        curve("noise_rate", "noise √(1 − ᾱ)", Mark::Noise)?,
    ];
    let origin: Vec<String> =
        experiment.provenance().into_iter().map(|(name, value)| format!("{name} {value}")).collect();
    Ok(curve_svg(&CurvePlot {
        title: "How much picture, how much noise".to_owned(),
        desc: format!(
            "The signal rate falls from 1 at t = 0 while the noise rate rises from 0. {}.",
            origin.join(", ")
        ),
        x_label: "t, steps".to_owned(),
        y_label: "rate".to_owned(),
        curves,
    }))
}

/// Quality over network calls, a line for each sampler, as SVG: of the cells of a race that have arrived.
pub fn race_svg(experiment: &mut dyn Experiment) -> Result<String, LabError> {
    let mut lines = crate::race::race_lines(experiment, "read_as_label")?;
    let (y_label, what) = if lines.iter().any(|(_, points)| !points.is_empty()) {
        ("read as their label, %", "The share of pictures read as their label")
    } else {
        lines = crate::race::race_lines(experiment, "distance")?;
        ("distance from the long path", "The distance from the long path")
    };
    let origin: Vec<String> =
        experiment.provenance().into_iter().map(|(name, value)| format!("{name} {value}")).collect();
    let curves = lines.into_iter().map(|(sampler, points)| Curve {
        name: sampler.to_owned(),
        mark: if crate::draws_noise(sampler) { Mark::Noise } else { Mark::Signal },
        points,
    });
    Ok(curve_svg(&CurvePlot {
        title: experiment.spec().title.to_owned(),
        desc: format!(
            "{what} over the calls of the network, a line for each sampler. {}.",
            origin.join(", ")
        ),
        x_label: "network calls".to_owned(),
        y_label: y_label.to_owned(),
        curves: curves.collect(),
    }))
}

/// The cells of a grid that are done, in their rows and columns, as PNG.
pub fn grid_png(experiment: &mut dyn Experiment) -> Result<Vec<u8>, LabError> {
    let moments = (0..experiment.num_computed()).map(|idx| experiment.moment(idx));
    let moments = moments.collect::<Result<Vec<_>, _>>()?;
    let column = |moment: &Moment| moment.number("column").unwrap_or_default() as usize + 1;
    let columns = moments.iter().map(column).max().unwrap_or(1);
    let mut cells = Vec::new();
    for moment in &moments {
        cells.extend_from_slice(pictures_of(moment, "finished")?);
    }
    let scale = multiple(&cells, SMALL);
    Ok(png_with_text(&grid(&cells, columns, scale, scale), &texts(experiment, "finished", "0"))?)
}

/// How the pixel values of `x_t` are distributed at a moment, as SVG.
pub fn moment_histogram_svg(moment: &Moment) -> String {
    let bins: Vec<_> = moment.histogram.bins().map(|(center, count)| (f64::from(center), count)).collect();
    let highest = bins.iter().max_by_key(|(_, count)| *count).map_or(0.0, |(center, _)| *center);
    histogram_svg(&HistogramPlot {
        title: format!("Pixel values at t = {}", moment.t),
        desc: format!("The most frequent pixel value is near {highest:.1}; −1 is black and 1 is white."),
        x_label: format!("value, in bins of {}", Histogram::BIN_WIDTH),
        name: "x_t".to_owned(),
        mark: if moment.t == 0 { Mark::Signal } else { Mark::Noise },
        bins,
    })
}

/// The sheets of an animation, and what its file says of itself.
fn film(
    experiment: &mut dyn Experiment,
    picture: &str,
    num_frames: usize,
) -> Result<(Vec<RgbImage>, Texts), LabError> {
    let moments = moments(experiment, num_frames)?;
    let frames = moments
        .iter()
        .map(|moment| {
            let pictures = pictures_of(moment, picture)?;
            Ok(sheet(pictures, multiple(pictures, if pictures.len() > 1 { SMALL } else { LARGE })))
        })
        .collect::<Result<_, LabError>>()?;
    let ts: Vec<_> = moments.iter().map(|moment| moment.t.to_string()).collect();
    Ok((frames, texts(experiment, picture, &ts.join(", "))))
}

/// `num` of the moments computed so far, evenly spread, with the first and the last of them.
fn moments(experiment: &mut dyn Experiment, num: usize) -> Result<Vec<Moment>, LabError> {
    spread(experiment.num_computed(), num)
        .into_iter()
        .map(|idx| experiment.moment(idx).map(with_points_drawn))
        .collect()
}

fn is_training(experiment: &dyn Experiment) -> bool {
    experiment.spec().view.is_of_training()
}

/// The moment, with a picture of its samples where those are points: the real ones blue, the made ones orange.
fn with_points_drawn(mut moment: Moment) -> Moment {
    if moment.pictures_of("samples").is_none()
        && let Some(samples) = moment.points_of("samples")
    {
        let picture = plane(moment.points_of("data").unwrap_or_default(), samples);
        moment.pictures.push(NamedPicture { name: "samples", pictures: vec![picture] });
    }
    moment
}

/// Points in the plane as a picture: blue discs for the real ones, orange triangles for the made ones, on white.
fn plane(data: &[[f32; 2]], samples: &[[f32; 2]]) -> Picture {
    const BLUE: [f32; 3] = [-0.75, -0.29, 0.22];
    const ORANGE: [f32; 3] = [0.32, -0.42, -0.9];
    let mut picture = Picture::from_elem((3, PLANE, PLANE), 1.0);
    let sets = [(data, BLUE, [1, 2, 1]), (samples, ORANGE, [0, 1, 2])];
    for (points, color, widths) in sets {
        for [x, y] in points {
            let place = |at: f32| ((at / REACH + 1.0) * 0.5 * PLANE as f32).floor();
            let (column, row) = (place(*x), place(-*y));
            for (dy, half) in widths.into_iter().enumerate() {
                for dx in -half..=half {
                    let (x, y) = (column + dx as f32, row + dy as f32 - 1.0);
                    let inside = |at: f32| (0.0..PLANE as f32).contains(&at);
                    if inside(x) && inside(y) {
                        for (channel, value) in color.into_iter().enumerate() {
                            picture[[channel, y as usize, x as usize]] = value;
                        }
                    }
                }
            }
        }
    }
    picture
}

fn spread(len: usize, num: usize) -> Vec<usize> {
    let num = num.min(len);
    let last = len.saturating_sub(1) as f64;
    let gaps = num.saturating_sub(1).max(1) as f64;
    (0..num).map(|nth| (nth as f64 * last / gaps).round() as usize).collect()
}

/// The pictures of that name. At the end of denoising nothing is left to guess: there `x_t` is the guessed picture.
fn pictures_of<'a>(moment: &'a Moment, name: &str) -> Result<&'a [Picture], LabError> {
    let found = moment.pictures_of(name);
    let finished = || moment.pictures_of("x_t").filter(|_| moment.t == 0 && name == "pred_x0");
    found.or_else(finished).ok_or_else(|| LabError::NoSuchPicture {
        name: name.to_owned(),
        t: moment.t,
        known: crate::error::list(moment.pictures.iter().map(|named| named.name)),
    })
}

/// Several samples in a square grid, with gaps as wide as a pixel of theirs.
fn sheet(pictures: &[Picture], scale: u32) -> RgbImage {
    let columns = (pictures.len() as f64).sqrt().ceil() as usize;
    grid(pictures, columns, scale, scale)
}

/// How many times a picture must grow so that its longer side is about `side`; 1 if it is that large already.
fn multiple(pictures: &[Picture], side: usize) -> u32 {
    let longest = pictures.iter().map(|picture| picture.dim().1.max(picture.dim().2)).max().unwrap_or(1);
    side.checked_div(longest).unwrap_or(1).max(1) as u32
}

/// "signal 0.28 · noise 0.96 · SNR −10.7 dB"
fn caption(moment: &Moment) -> String {
    let number = |name| moment.number(name).unwrap_or(f64::NAN);
    if let (None, Some(loss)) = (moment.number("signal_rate"), moment.number("loss")) {
        return format!("loss {loss:.3}");
    }
    let snr_db = number("snr_db");
    let snr_db =
        if snr_db.is_finite() { format!("{snr_db:.1} dB").replace('-', "−") } else { "∞".to_owned() };
    format!("signal {:.2} · noise {:.2} · SNR {snr_db}", number("signal_rate"), number("noise_rate"))
}

/// A panel whose picture, `width` pixels wide, is shown about `side` CSS pixels wide.
fn panel(name: &str, width: u32, side: u32, subject: &str) -> SliderPanel {
    let (name, label, mark) = match name {
        "x0" => ("x₀", "the picture", Mark::Signal),
        "eps" => ("ε", "the noise", Mark::Noise),
        "eps_t" => ("εₜ", "the noise of this step", Mark::Noise),
        "pred_eps" => ("ε̂", "the guessed noise", Mark::Noise),
        "pred_x0" => ("x̂₀", "the guessed picture", Mark::Signal),
        "v" => ("v̂", "the guessed velocity", Mark::Noise),
        "noise" => ("z", "the noise that the step adds", Mark::Noise),
        "x_next" => ("x", "next", Mark::Noise),
        "samples" => ("x̂₀", "made from the same noise", Mark::Noise),
        _ => ("xₜ", "now", Mark::Noise),
    };
    let times = side.checked_div(width).unwrap_or(1).max(1);
    SliderPanel {
        name: name.to_owned(),
        label: label.to_owned(),
        mark,
        alt: format!("{name}, {label}: {subject}"),
        width: width * times,
    }
}

/// What an experiment is about: its picture, its model, or what it learns from.
fn subject(experiment: &dyn Experiment) -> String {
    let settings = experiment.settings();
    settings
        .text("picture")
        .or_else(|_| settings.text("model"))
        .or_else(|_| settings.text("data"))
        .unwrap_or_default()
        .to_owned()
}

fn texts(experiment: &dyn Experiment, picture: &str, t: &str) -> Texts {
    let mut texts = provenance(experiment);
    texts.push(("shows".to_owned(), picture.to_owned()));
    texts.push(("t".to_owned(), t.to_owned()));
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{denoising, noising, run};

    fn decode(png: &[u8]) -> RgbImage {
        image::load_from_memory(png).unwrap().into_rgb8()
    }

    #[test]
    fn moments_are_spread_from_first_to_last() {
        assert_eq!(spread(1001, 6), [0, 200, 400, 600, 800, 1000]);
        assert_eq!(spread(3, 10), [0, 1, 2]);
        assert_eq!(spread(10, 1), [0]);
        assert_eq!(spread(0, 5), [] as [usize; 0]);
    }

    #[test]
    fn a_moment_is_a_grid_of_samples_with_its_provenance() {
        let mut experiment = run(denoising(&[("num", "5"), ("num_inference_steps", "4"), ("seed", "9")]));
        let png = moment_png(&mut experiment, 4, "x_t").unwrap();
        // Five samples of 8×8 in three columns and two rows, eight times as large, gaps of 8.
        assert_eq!(decode(&png).dimensions(), (3 * 64 + 2 * 8, 2 * 64 + 8));
        for text in [&b"tEXtseed\09"[..], b"tEXtmodel\0ddpm-digits", b"tEXtweights sha256\0abc"] {
            assert!(
                png.windows(text.len()).any(|window| window == text),
                "{}",
                String::from_utf8_lossy(text)
            );
        }
        assert_eq!(png, moment_png(&mut experiment, 4, "x_t").unwrap());
    }

    #[test]
    fn a_strip_has_a_row_for_each_sample() {
        let mut experiment = run(denoising(&[("num", "2"), ("num_inference_steps", "10")]));
        let strip = decode(&strip_png(&mut experiment, "pred_x0", 5).unwrap());
        assert_eq!(strip.dimensions(), (5 * 64 + 4 * 4, 2 * 64 + 4));
    }

    #[test]
    fn a_strip_of_noising_starts_with_the_picture() {
        let mut experiment = noising(&[("seed", "3")]);
        let x0 = experiment.moment(0).unwrap().pictures_of("x_t").unwrap().to_vec();
        let strip = decode(&strip_png(&mut experiment, "x_t", 3).unwrap());
        let first = image::imageops::crop_imm(&strip, 0, 0, 64, 64).to_image();
        assert_eq!(first, sheet(&x0, multiple(&x0, SMALL)));
    }

    #[test]
    fn an_animation_moves_and_rests_on_its_last_picture() {
        let mut experiment = run(denoising(&[("num_inference_steps", "10")]));
        let gif = animation_gif(&mut experiment, "x_t", 6, 100).unwrap();
        let decoder = image::codecs::gif::GifDecoder::new(std::io::Cursor::new(&gif)).unwrap();
        let frames = image::AnimationDecoder::into_frames(decoder).collect_frames().unwrap();
        assert_eq!(frames.len(), 6 + 10);
        assert_ne!(frames[0].buffer(), frames[5].buffer());
        assert_eq!(frames[5].buffer(), frames[15].buffer());
    }

    #[test]
    fn an_apng_has_the_same_film() {
        let mut experiment = run(denoising(&[("num_inference_steps", "10")]));
        let bytes = animation_apng(&mut experiment, "x_t", 6, 100).unwrap();
        let decoder = image::codecs::png::PngDecoder::new(std::io::Cursor::new(&bytes)).unwrap();
        assert!(decoder.is_apng().unwrap());
        let frames = image::AnimationDecoder::into_frames(decoder.apng().unwrap()).collect_frames().unwrap();
        let delays: Vec<_> = frames.iter().map(|frame| frame.delay().numer_denom_ms().0).collect();
        assert_eq!(delays, [100, 100, 100, 100, 100, 1000]);
        let last = experiment.num_moments() - 1;
        let finished = decode(&moment_png(&mut experiment, last, "x_t").unwrap());
        assert_eq!(image::DynamicImage::from(frames[5].buffer().clone()).into_rgb8(), finished);
    }

    #[test]
    fn every_file_says_in_itself_who_made_it() {
        let mut sampled = run(denoising(&[("num_inference_steps", "4"), ("seed", "12345")]));
        let mut noised = run(noising(&[("seed", "12345")]));
        let files = |experiment: &mut dyn Experiment| {
            [
                moment_png(experiment, 0, "x_t").unwrap(),
                strip_png(experiment, "x_t", 3).unwrap(),
                animation_gif(experiment, "x_t", 3, 80).unwrap(),
                animation_apng(experiment, "x_t", 3, 80).unwrap(),
                slider_html(experiment, &["x_t"], 3).unwrap().into_bytes(),
            ]
        };
        let version = concat!("Noisebook ", env!("CARGO_PKG_VERSION"));
        #[track_caller]
        fn check(file: &[u8], words: &[&str]) {
            let text = String::from_utf8_lossy(file);
            for word in words {
                assert!(text.contains(word), "{word}");
            }
        }
        for file in files(&mut sampled) {
            check(&file, &[version, "Made by a machine with", "ddpm-digits", "weights", "abc", "12345"]);
        }
        for file in files(&mut noised) {
            check(&file, &[version, "A picture with computed noise: emoji/noto/turtle", "12345"]);
            assert!(!String::from_utf8_lossy(&file).contains("Made by a machine"));
        }
    }

    #[test]
    fn a_page_has_both_pictures_and_says_where_they_come_from() {
        let mut experiment = run(denoising(&[("num_inference_steps", "10"), ("seed", "12345")]));
        let html = slider_html(&mut experiment, &["x_t", "pred_x0"], 11).unwrap();
        for text in [
            "● picture t = 0",
            "▲ noise t = 1000",
            "<dt>seed</dt><dd>12345</dd>",
            "<dt>model</dt><dd>ddpm-digits</dd>",
            "x̂₀, the guessed picture: ddpm-digits",
        ] {
            assert!(html.contains(text), "{text}");
        }
        assert_eq!(html.matches("<figure>").count(), 2);
        assert_eq!(html.matches(r#""name":"t ="#).count(), 11);
        let html = slider_html(&mut experiment, &["pred_eps"], 11).unwrap();
        assert_eq!(html.matches(r#""name":"t ="#).count(), 10);
        let error = slider_html(&mut experiment, &["x_t", "eps"], 11).unwrap_err();
        assert_eq!(error.to_string(), "there is no picture `eps` at t = 0; there is x_t");
    }

    #[test]
    fn points_are_a_picture_too() {
        let picture = plane(&[[0.0, 0.0]], &[[-1.4, 1.4], [f32::NAN, 0.0], [9.0, 0.0]]);
        let colored = |y: usize, x: usize| picture[[0, y, x]] != 1.0;
        let middle = PLANE.div_euclid(2);
        assert!(
            colored(middle, middle) && picture[[2, middle, middle]] > picture[[0, middle, middle]],
            "blue"
        );
        let corner = ((0.1 / 3.0) * PLANE as f32) as usize;
        assert!(
            colored(corner, corner) && picture[[0, corner, corner]] > picture[[2, corner, corner]],
            "orange"
        );
        let num_colored = (0..PLANE).flat_map(|y| (0..PLANE).map(move |x| (y, x)));
        assert_eq!(
            num_colored.filter(|(y, x)| colored(*y, *x)).count(),
            11 + 9,
            "what lies outside is left out"
        );
    }

    #[test]
    fn what_is_not_computed_is_not_shown() {
        let mut experiment = denoising(&[("num_inference_steps", "10")]);
        let error = slider_html(&mut experiment, &["x_t"], 5).unwrap_err();
        assert_eq!(error.to_string(), "a page with a slider needs at least one picture, and got none");
        let mut experiment = run(experiment);
        let error = moment_png(&mut experiment, 3, "x0").unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no picture `x0` at t = 700; there is x_t, pred_eps, pred_x0, v, x_next"
        );
    }

    #[test]
    fn plots_say_what_they_show() {
        let mut experiment = noising(&[]);
        let svg = rates_svg(&mut experiment).unwrap();
        assert!(svg.contains("signal √ᾱ") && svg.contains("seed 0"), "{svg}");
        let svg = moment_histogram_svg(&experiment.moment(0).unwrap());
        assert!(svg.contains("The most frequent pixel value is near 1.0"), "{svg}");
    }
}
