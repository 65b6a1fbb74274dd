//! The experiments of the lessons, run by a cell.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant;

use candle_core::Device;
use noisebook_data::Picture;
use noisebook_figures::{grid, html_frame, png};
use noisebook_kernel::protocol::{Axis, RECORDING, Recording};
use noisebook_lab::{
    BRANCH_BYTES, Context, Experiment, LabError, Moment, Progress, Settings, View, curve, export, race_lines,
    start,
};
use serde_json::Value;

use crate::points::scatter_points;
use crate::reel::{FRAME_HEIGHT, MAX_BYTES};
use crate::show::{Viewer, or_error};
use crate::words::number;
use crate::{AutoDevice, Error, Plot, Result, Show, Shown, plot, row, store};

/// The most moments that a film shows.
const MOST_FRAMES: usize = 51;
/// The fewest, however large its pictures are.
const FEWEST_FRAMES: usize = 9;
/// About what a picture of points takes, in bytes.
const POINTS_BYTES: usize = 12_000;
/// Pictures of the strip for those who see no film.
const STRIP: usize = 8;

/// An experiment of the lessons with its usual settings: `experiment("noising")?.set("seed", 4)?.run()?`.
///
/// # Errors
/// When there is no experiment of this name; the sentence lists them.
pub fn experiment(name: &str) -> Result<Run> {
    Ok(Run { settings: Settings::new(name)?, own_picture: None })
}

/// An experiment that has yet to run.
#[derive(Clone, Debug)]
pub struct Run {
    settings: Settings,
    own_picture: Option<Picture>,
}

impl Run {
    /// The same with another value of a setting, as lessons write it: `.set("schedule", "cosine")?`.
    ///
    /// # Errors
    /// When there is no such setting, or it does not take this value; the sentence says which it takes.
    pub fn set(mut self, name: &str, value: impl Into<Value>) -> Result<Self> {
        self.settings.set(name, value)?;
        Ok(self)
    }

    /// The same with a picture of your own, (c, h, w).
    ///
    /// # Errors
    /// When the experiment takes no picture.
    pub fn picture(mut self, picture: Picture) -> Result<Self> {
        self.settings.set("picture", "own")?;
        self.own_picture = Some(picture);
        Ok(self)
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// When something that it needs is missing or damaged, or the settings do not go together.
    pub fn run(self) -> Result<Film> {
        let beginning = Instant::now();
        let context = Context {
            own_picture: self.own_picture,
            clock: Some(Arc::new(move || beginning.elapsed().as_secs_f64())),
            ..Context::new(store(), Device::auto())
        };
        let mut experiment = start(self.settings.spec().name, &self.settings, &context)?;
        while let Progress::Working { .. } = experiment.step()? {}
        Ok(Film { experiment: RefCell::new(experiment) })
    }
}

/// A run that was left at one of its moments, and will go on with other settings.
pub struct Branching {
    left: Box<dyn Experiment>,
    settings: Settings,
}

impl Branching {
    /// The same with another value of a setting: `.set("sampler", "ddpm")?`.
    ///
    /// # Errors
    /// When there is no such setting, or it does not take this value; the sentence says which it takes.
    pub fn set(mut self, name: &str, value: impl Into<Value>) -> Result<Self> {
        self.settings.set(name, value)?;
        Ok(self)
    }

    /// Goes on to the end. The film begins where the run was left.
    ///
    /// # Errors
    /// When the settings do not go together, or belong to the whole of it: model and number of pictures, say.
    pub fn run(mut self) -> Result<Film> {
        let mut experiment = self.left.branch(0, self.settings, BRANCH_BYTES)?;
        while let Progress::Working { .. } = experiment.step()? {}
        Ok(Film { experiment: RefCell::new(experiment) })
    }
}

/// Every moment of an experiment that has run.
pub struct Film {
    /// To look at a moment may mean to compute it again.
    experiment: RefCell<Box<dyn Experiment>>,
}

impl Film {
    /// What there is to see after t steps of noise.
    ///
    /// # Errors
    /// When the recording has no moment at this t.
    pub fn at(&self, t: usize) -> Result<Moment> {
        let mut experiment = self.experiment.borrow_mut();
        let num_moments = experiment.num_moments();
        let Some(idx) = (0..num_moments).find(|idx| experiment.t_of(*idx) == t) else {
            let few: Vec<_> = (0..num_moments).take(3).map(|idx| experiment.t_of(idx).to_string()).collect();
            let last = experiment.t_of(num_moments);
            return Err(Error::NoSuchT { t, known: format!("{}, … {last}", few.join(", ")) });
        };
        Ok(experiment.moment(idx)?)
    }

    /// Leaves the run after t steps of noise, to go on in another way from the very same `x_t`:
    /// `film.branch(600)?.set("sampler", "ddpm")?.run()?`.
    ///
    /// # Errors
    /// When the recording has no moment at this t, nothing is left to do there, or the experiment has no branches.
    pub fn branch(&self, t: usize) -> Result<Branching> {
        let idx = self.at(t)?.idx;
        let mut experiment = self.experiment.borrow_mut();
        let settings = experiment.settings().clone();
        let mut left = experiment.branch(idx, settings.clone(), BRANCH_BYTES)?;
        // Its first moment is where the other settings take over.
        left.step()?;
        Ok(Branching { left, settings })
    }

    /// The first picture called `name`, `x_t` say, after t steps of noise: (c, h, w), values as computed.
    ///
    /// # Errors
    /// When the recording has no moment at this t, or the moment no such picture.
    pub fn picture(&self, name: &str, t: usize) -> Result<Picture> {
        let moment = self.at(t)?;
        let found = moment.pictures_of(name).and_then(<[Picture]>::first).cloned();
        Ok(found.ok_or_else(|| LabError::NoSuchPicture {
            name: name.to_owned(),
            t,
            known: moment.pictures.iter().map(|named| named.name).collect::<Vec<_>>().join(", "),
        })?)
    }

    /// A measure of the whole recording, `equal_rates_at` say, in the unit that the registry names.
    ///
    /// # Errors
    /// When there is no such measure, or it cannot be taken with these settings.
    pub fn measure(&self, name: &str) -> Result<f64> {
        Ok(self.experiment.borrow_mut().measure(name, 0)?.value)
    }

    /// A measure of the moment after t steps of noise, `signal_rate` say, in the unit that the registry names.
    ///
    /// # Errors
    /// When the recording has no moment at this t, or there is no such measure.
    pub fn measure_at(&self, name: &str, t: usize) -> Result<f64> {
        let idx = self.at(t)?.idx;
        Ok(self.experiment.borrow_mut().measure(name, idx)?.value)
    }

    /// A measure of each moment, `signal_rate` say, over t.
    ///
    /// # Errors
    /// When there is no such measure, or it belongs to the whole recording.
    pub fn curve(&self, name: &str) -> Result<Plot> {
        let mut experiment = self.experiment.borrow_mut();
        let points = curve(experiment.as_mut(), name, 201)?;
        let measure = experiment.spec().measure(name)?;
        let x = match axis_of(experiment.as_ref()) {
            "update" => "updates",
            "step" => "steps",
            _ => "t, steps",
        };
        Ok(plot(experiment.spec().title).x(x).y(name).line(measure.name, points))
    }

    /// Of a race, a measure of its cells, `distance` say, over the calls of the network: a line for each sampler.
    ///
    /// # Errors
    /// When there is no such measure, or the experiment is no race.
    pub fn over_calls(&self, name: &str) -> Result<Plot> {
        let mut experiment = self.experiment.borrow_mut();
        let (spec, lines) = (experiment.spec(), race_lines(experiment.as_mut(), name)?);
        if spec.view != View::Race {
            return Err(Error::Wrong(format!(
                "`{}` is no race; only a race has samplers to compare",
                spec.name
            )));
        }
        let plot = plot(spec.title).x("network calls").y(name);
        Ok(lines.into_iter().fold(plot, |plot, (sampler, points)| plot.line(sampler, points)))
    }

    fn shown(&self, viewer: Viewer) -> Result<Shown> {
        if self.experiment.borrow().spec().view == View::Race {
            // Its moments are no film; where nothing can be read, the distance is there.
            let read = self.over_calls("read_as_label")?;
            let plot = if read.is_empty() { self.over_calls("distance")? } else { read };
            return Ok(plot.shown(viewer));
        }
        let mut experiment = self.experiment.borrow_mut();
        let experiment = experiment.as_mut();
        if experiment.spec().view == View::Grid {
            return Ok(Shown::text(words(experiment)).with_png(&export::grid_png(experiment)?));
        }
        let pictures = pictures_of(experiment.spec().name);
        let last = experiment.moment(experiment.num_computed().saturating_sub(1))?;
        if let (Some(data), Some(samples)) = (last.points_of("data"), last.points_of("samples")) {
            let shown = scatter_points([("data", data), ("samples", samples)]).show();
            let said = format!("{} At the end: {}", words(experiment), shown.words());
            return Ok(shown.saying(said));
        }
        let Some(picture) = pictures.first() else {
            return Ok(Shown::text(words(experiment)));
        };
        let num_frames = num_frames(experiment, pictures)?;
        let shown = Shown::text(words(experiment));
        match viewer {
            Viewer::Window => Ok(shown.with_json(RECORDING, &recording(experiment, picture, num_frames)?)),
            Viewer::Jupyter => {
                let page = export::slider_html(experiment, pictures, num_frames)?;
                Ok(shown
                    .with_png(&export::strip_png(experiment, picture, STRIP)?)
                    .with("text/html", html_frame(&page, experiment.spec().title, FRAME_HEIGHT)))
            }
        }
    }
}

/// "From picture to noise, 1001 moments from t = 0 to t = 1000: picture emoji/noto/turtle, schedule cosine, …"
fn words(experiment: &dyn Experiment) -> String {
    let num_moments = experiment.num_moments();
    let (first, last) = (experiment.t_of(0), experiment.t_of(num_moments.saturating_sub(1)));
    let settings: Vec<String> =
        experiment.settings().iter().map(|(name, value)| format!("{name} {value}")).collect();
    let title = experiment.spec().title;
    let (first, last) = (station(experiment, first), station(experiment, last));
    format!(
        "A recording of “{title}”: {num_moments} moments from {first} to {last}; {}.",
        settings.join(", ")
    )
}

/// What a place on the timeline is called: "t = 500", or "update 500" where a network learns.
fn station(experiment: &dyn Experiment, t: usize) -> String {
    match axis_of(experiment) {
        "t" => format!("t = {t}"),
        axis => format!("{axis} {t}"),
    }
}

/// What a film shows, side by side where there is room.
fn pictures_of(experiment: &str) -> &'static [&'static str] {
    match experiment {
        "denoising" | "flat-pictures" => &["x_t", "pred_x0"],
        "authorship" => &["exhibit"],
        "training" | "game" => &["samples"],
        "walk" | "verdict" => &["picture"],
        _ => &["x_t"],
    }
}

/// As many moments as the page has room for.
fn num_frames(experiment: &mut dyn Experiment, pictures: &[&str]) -> Result<usize> {
    let moment = experiment.moment(experiment.num_computed().div_euclid(2))?;
    let mut bytes = 1;
    for picture in pictures.iter().filter_map(|name| moment.pictures_of(name)) {
        bytes += png(&grid(picture, picture.len(), 1, 0))?.len();
    }
    if moment.points_of("samples").is_some() {
        bytes += POINTS_BYTES;
    }
    Ok(MAX_BYTES.div_euclid(bytes).clamp(FEWEST_FRAMES, MOST_FRAMES))
}

/// What runs along the timeline.
fn axis_of(experiment: &dyn Experiment) -> &'static str {
    match experiment.spec().view {
        View::Training | View::Game => "update",
        View::Gallery => "step",
        _ => "t",
    }
}

/// The film as the window plays it.
fn recording(experiment: &mut dyn Experiment, picture: &str, num_frames: usize) -> Result<Recording> {
    use base64::Engine;
    let last = experiment.num_computed().saturating_sub(1) as f64;
    let gaps = num_frames.min(experiment.num_computed()).saturating_sub(1);
    let mut recording = Recording {
        title: experiment.spec().title.to_owned(),
        about: experiment.spec().about.to_owned(),
        axes: vec![Axis { name: axis_of(experiment).to_owned(), stations: Vec::new() }],
        frames: Vec::new(),
        captions: Vec::new(),
    };
    for nth in 0..=gaps {
        let idx = (nth as f64 * last / gaps.max(1) as f64).round() as usize;
        let moment = experiment.moment(idx)?;
        let file = export::moment_png(experiment, idx, picture)?;
        recording.frames.push(base64::engine::general_purpose::STANDARD.encode(file));
        recording.captions.push(caption(&moment));
        if let [axis] = recording.axes.as_mut_slice() {
            axis.stations.push(moment.t.to_string());
        }
    }
    Ok(recording)
}

/// "signal 0.287, noise 0.958, SNR −10.1 dB"
fn caption(moment: &Moment) -> String {
    let number = |name| number(moment.number(name).unwrap_or(f64::NAN));
    match moment.number("signal_rate") {
        Some(_) => {
            format!(
                "signal {}, noise {}, SNR {} dB",
                number("signal_rate"),
                number("noise_rate"),
                number("snr_db")
            )
        }
        None => {
            let said = ["loss", "loss_generator", "score"].into_iter().find_map(|name| {
                moment.number(name).map(|value| format!("{} {value:.3}", name.replace('_', " ")))
            });
            said.unwrap_or_default()
        }
    }
}

impl Show for Film {
    fn show(&self) -> Shown {
        or_error(self.shown(Viewer::here()))
    }
}

/// The pictures of a moment, by their names.
impl Show for Moment {
    fn show(&self) -> Shown {
        let first = |named: &noisebook_lab::NamedPicture| Some((named.name, named.pictures.first()?.clone()));
        let shown = row(self.pictures.iter().filter_map(first)).show();
        let words = format!("t = {}: {}. {}", self.t, caption(self), shown.words());
        shown.saying(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn film(name: &str) -> Film {
        let run = experiment(name).unwrap().set("seed", 4).unwrap();
        let run = if name == "denoising" { run.set("num_inference_steps", 4).unwrap() } else { run };
        run.run().unwrap()
    }

    #[test]
    fn a_film_is_looked_at_by_t() {
        let film = film("noising");
        assert_eq!(film.at(300).unwrap().t, 300);
        assert_eq!(film.measure("equal_rates_at").unwrap(), 497.0);
        assert!((film.measure_at("signal_rate", 0).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(film.picture("x0", 300).unwrap(), crate::picture("emoji/noto/turtle").unwrap());
        assert!(film.curve("signal_rate").unwrap().show().words().contains("signal_rate falls from 1 at 0"));
        let error = film.picture("pred_x0", 300).unwrap_err().to_string();
        assert_eq!(error, "there is no picture `pred_x0` at t = 300; there is x0, eps, x_t");
    }

    #[test]
    fn a_run_is_left_and_gone_on_with_in_another_way() {
        let film = film("denoising");
        let same = film.branch(500).unwrap().run().unwrap();
        assert_eq!(same.picture("x_t", 0).unwrap(), film.picture("x_t", 0).unwrap());
        let other = film.branch(500).unwrap().set("sampler", "ddpm").unwrap().run().unwrap();
        assert_eq!(other.picture("x_t", 500).unwrap(), film.picture("x_t", 500).unwrap());
        assert_ne!(other.picture("x_t", 0).unwrap(), film.picture("x_t", 0).unwrap());
        let twice = other.branch(250).unwrap().set("seed", 9).unwrap().run().unwrap();
        assert_eq!(twice.at(0).unwrap().idx, 1);
        let says = |error: Error| error.to_string();
        assert!(says(film.branch(0).err().unwrap()).contains("nothing is left to do"));
        let more = film.branch(500).unwrap().set("num", 4).unwrap().run();
        assert_eq!(says(more.err().unwrap()), "a branch goes on with `num` 1; for 4 start anew");
    }

    #[test]
    fn what_is_not_there_is_said() {
        let check = |error: Error, says: &str| assert!(error.to_string().starts_with(says), "{error}");
        check(experiment("nosing").unwrap_err(), "there is no experiment `nosing`");
        check(
            experiment("noising").unwrap().set("sed", 4).unwrap_err(),
            "the experiment `noising` has no setting",
        );
        check(experiment("noising").unwrap().set("seed", -4).unwrap_err(), "`seed` is -4; it must be");
        let film = film("denoising");
        check(
            film.at(999).unwrap_err(),
            "there is no moment t = 999 in this recording; it has t = 1000, 750, 500, … 0",
        );
        assert_eq!(film.at(750).unwrap().idx, 1);
    }

    #[test]
    fn the_window_gets_stations_in_t_and_jupyter_a_page_and_a_strip() {
        for name in ["noising", "denoising"] {
            let film = film(name);
            let shown = film.shown(Viewer::Window).unwrap();
            let reel: Recording = serde_json::from_str(shown.content(RECORDING).unwrap()).unwrap();
            let stations: Vec<usize> = reel.axes[0].stations.iter().map(|t| t.parse().unwrap()).collect();
            let expected = if name == "noising" { (0, 1000, MOST_FRAMES) } else { (1000, 0, 5) };
            assert_eq!((stations[0], stations[stations.len() - 1], stations.len()), expected);
            assert_eq!((reel.frames.len(), reel.captions.len()), (stations.len(), stations.len()));
            let size: usize = reel.frames.iter().map(String::len).sum();
            assert!(size < 1_500_000, "{name} takes {size} bytes");
            let page = film.shown(Viewer::Jupyter).unwrap();
            assert!(page.content("text/html").unwrap().len() < 1_500_000);
            assert!(page.content("image/png").is_some() && page.content(RECORDING).is_none());
        }
    }

    #[test]
    fn a_large_picture_makes_a_shorter_film() {
        let noise = noisebook_ops::Noise::new(0);
        let large: Picture = noise.normal_array(noisebook_ops::Stream::Forward, 0, 0, (3, 256, 256));
        let film = experiment("noising").unwrap().picture(large).unwrap().run().unwrap();
        let shown = film.shown(Viewer::Window).unwrap();
        let reel: Recording = serde_json::from_str(shown.content(RECORDING).unwrap()).unwrap();
        assert_eq!(reel.frames.len(), FEWEST_FRAMES);
    }
}
