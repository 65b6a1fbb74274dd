//! The experiment of a page, run now, as figures beside its prose.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;
use noisebook_data::Store;
use noisebook_lab::{Context, Experiment as Run, Progress, Settings, View, export, start};
use noisebook_lessons::{Experiment, Predict, PredictKind, Tab};
use noisebook_ops::Device;

use super::math::escape;
use crate::output::write_atomically;
use crate::stop;

/// The setting that says what is broken on purpose.
const FAULT: &str = "fault";

/// Moments of a film strip.
const NUM_STRIP: usize = 8;

/// Stations of a slider.
const NUM_FRAMES: usize = 51;

/// Moments of a page that hides how it ends.
const NUM_BLURRED: usize = 4;

/// Where a timeline stands that is not to give its end away, as a share of the way to noise.
const BLURRED: f64 = 0.64;

/// What the slider's own page has around its stage stands in the tour already.
const EMBEDDED: &str = "body { background: var(--page); } main { padding: 0; max-width: none; } \
    h1, main > p, footer { display: none; } .stage { margin: 0; padding: 0; } .timeline { margin-top: 16px; }\n";

/// Where experiments run and where their figures go.
pub struct Workshop {
    pub store: Arc<dyn Store>,
    pub device: Device,
    /// The folder in which the tour is made; figures go to `figures/` in it.
    pub folder: PathBuf,
}

/// A page's stage.
pub struct Staged {
    /// Its figures.
    pub html: String,
    /// What was measured for each prediction of the page, where it asks for a measure.
    pub outcomes: Vec<Option<String>>,
}

impl Workshop {
    /// Runs the experiment to its end and writes its figures under `name`.
    ///
    /// # Errors
    /// When the experiment fails, a figure cannot be written, or Ctrl-C was pressed.
    pub fn stage(
        &self,
        name: &str,
        title: &str,
        experiment: &Experiment,
        predictions: &[&Predict],
    ) -> anyhow::Result<Staged> {
        let settings = Settings::from_table(&experiment.name, &experiment.settings_elsewhere())?;
        let context = Context::new(Arc::clone(&self.store), self.device.clone());
        let mut run = start(&experiment.name, &settings, &context)?;
        while run.step()? != Progress::Done {
            if stop::requested() {
                bail!("stopped, and nothing was written");
            }
        }
        let outcomes =
            predictions.iter().map(|predict| outcome(&mut *run, predict)).collect::<anyhow::Result<_>>()?;
        if run.spec().view == View::Race {
            return Ok(Staged { html: self.race(name, experiment, &mut *run)?, outcomes });
        }
        if run.spec().view == View::Grid {
            return Ok(Staged { html: self.grid(name, experiment, &mut *run)?, outcomes });
        }
        if experiment.hidden.iter().any(|hidden| hidden == FAULT) {
            return Ok(Staged { html: self.broken(name, title, experiment, &mut *run)?, outcomes });
        }
        if run.spec().view.is_of_training() {
            let html = self.film(name, "samples", "update", &mut *run)?;
            // The caption names every setting, and so what goes wrong.
            let hides = experiment.hidden.iter().any(|hidden| hidden == "samples" || hidden == "scenario");
            return Ok(Staged { html: if hides { folded(&html) } else { html }, outcomes });
        }
        if run.spec().view == View::Gallery {
            return Ok(Staged { html: self.film(name, "picture", "step", &mut *run)?, outcomes });
        }
        if !run.spec().pictures.contains(&"x_t") {
            // It has no way from picture to noise along which a strip and a slider could go.
            return Ok(Staged { html: self.sheet(name, &mut *run)?, outcomes });
        }
        let strip = self.strip(name, &mut *run)?;
        let slider = self.slider(name, title, experiment, &mut *run)?;
        let hides = |names: &[&str]| experiment.hidden.iter().any(|hidden| names.contains(&hidden.as_str()));
        let html = if hides(run.spec().pictures) {
            let blurred = self.blurred(name, experiment, &mut *run)?;
            blurred + &folded(&(strip + &slider))
        } else if !experiment.hidden.is_empty() {
            // The strip shows pictures only; the slider has the numbers too.
            strip + &folded(&slider)
        } else {
            strip + &slider
        };
        Ok(Staged { html, outcomes })
    }

    /// Every moment with its number, for an experiment whose moments are pictures of their own.
    fn sheet(&self, name: &str, run: &mut dyn Run) -> anyhow::Result<String> {
        let Some(&shown) = run.spec().pictures.first() else {
            return Ok(String::new());
        };
        let mut images = String::new();
        for idx in 0..run.num_moments() {
            let number = run.t_of(idx);
            let path = format!("figures/{name}-{number}.png");
            self.write(&path, &export::moment_png(run, idx, shown)?)?;
            images.push_str(&format!(
                "<figure class=\"numbered\"><img src=\"{path}\" alt=\"Picture {number}\">\
                 <figcaption>{number}</figcaption></figure>\n"
            ));
        }
        Ok(format!(
            "<figure><div class=\"moments\">\n{images}</div>\n<figcaption>{} Settings: {}</figcaption></figure>\n",
            escape(run.spec().about),
            escape(&caption(run)),
        ))
    }

    /// Quality over network calls, and the pictures of the long path and of the cells in one step of the ladder.
    fn race(&self, name: &str, experiment: &Experiment, run: &mut dyn Run) -> anyhow::Result<String> {
        let path = format!("figures/{name}.svg");
        self.write(&path, export::race_svg(run)?.as_bytes())?;
        let plot = format!(
            "<figure><img class=\"plot\" src=\"{path}\" alt=\"{}\">\n<figcaption>{}</figcaption></figure>\n",
            escape(run.spec().about),
            escape(&caption(run)),
        );
        Ok(if experiment.hidden.is_empty() { plot } else { folded(&plot) })
    }

    /// The pictures of a grid in their rows and columns, and what runs along them.
    fn grid(&self, name: &str, experiment: &Experiment, run: &mut dyn Run) -> anyhow::Result<String> {
        let path = format!("figures/{name}.png");
        self.write(&path, &export::grid_png(run)?)?;
        let figure = format!(
            "<figure><img src=\"{path}\" alt=\"{}\">\n<figcaption>{}</figcaption></figure>\n",
            escape(run.spec().about),
            escape(&caption(run)),
        );
        Ok(if experiment.hidden.is_empty() { figure } else { folded(&figure) })
    }

    /// What is broken, without saying what; the cause is in the settings of what is folded, with the healthy run.
    fn broken(
        &self,
        name: &str,
        title: &str,
        experiment: &Experiment,
        run: &mut dyn Run,
    ) -> anyhow::Result<String> {
        let path = format!("figures/{name}.png");
        self.write(&path, &export::strip_png(run, "x_t", NUM_STRIP)?)?;
        let (from, to) = ends(run);
        let seen = format!(
            "<figure><img src=\"{path}\" alt=\"{NUM_STRIP} moments of x_t from t = {from} to t = {to}: something is broken\">\n\
             <figcaption>x<sub>t</sub> from t = {from} to t = {to}: something is broken</figcaption></figure>\n"
        );
        let path = format!("figures/{name}-healthy.png");
        self.write(&path, &export::strip_png(run, "healthy", NUM_STRIP)?)?;
        let healthy = format!(
            "<figure><img src=\"{path}\" alt=\"The same moments without the fault\">\n\
             <figcaption>Without the fault, from the same noise: {}</figcaption></figure>\n",
            escape(&caption(run)),
        );
        Ok(seen + &folded(&(healthy + &self.slider(name, title, experiment, run)?)))
    }

    /// What there is to see at a few moments of a timeline that counts updates or steps.
    fn film(&self, name: &str, picture: &str, unit: &str, run: &mut dyn Run) -> anyhow::Result<String> {
        let path = format!("figures/{name}.png");
        self.write(&path, &export::strip_png(run, picture, NUM_STRIP)?)?;
        let (from, to) = ends(run);
        Ok(format!(
            "<figure><img src=\"{path}\" alt=\"What the network makes from {unit} {from} to {unit} {to}. {}\">\n\
             <figcaption>From {unit} {from} to {unit} {to}: {}</figcaption></figure>\n",
            escape(run.spec().about),
            escape(&caption(run)),
        ))
    }

    /// `x_t` at a few moments, with the settings that led there.
    fn strip(&self, name: &str, run: &mut dyn Run) -> anyhow::Result<String> {
        let path = format!("figures/{name}.png");
        self.write(&path, &export::strip_png(run, "x_t", NUM_STRIP)?)?;
        let (from, to) = ends(run);
        Ok(format!(
            "<figure><img src=\"{path}\" alt=\"{NUM_STRIP} moments of x_t from t = {from} to t = {to}. {}\">\n\
             <figcaption>x<sub>t</sub> from t = {from} to t = {to}: {}</figcaption></figure>\n",
            escape(run.spec().about),
            escape(&caption(run)),
        ))
    }

    /// Every twentieth moment or so under a slider, and on a page about numbers the rates.
    fn slider(
        &self,
        name: &str,
        title: &str,
        experiment: &Experiment,
        run: &mut dyn Run,
    ) -> anyhow::Result<String> {
        let panels: &[&str] = match (experiment.name.as_str(), experiment.tab) {
            ("noising", Tab::Xray) => &["x_t", "eps"],
            ("noising" | "schedules", _) => &["x_t"],
            _ => &["x_t", "pred_x0"],
        };
        let page = export::slider_html(run, panels, NUM_FRAMES)?;
        let page = page.replacen("</style>", &format!("{EMBEDDED}</style>"), 1);
        let path = format!("figures/{name}.html");
        self.write(&path, page.as_bytes())?;
        let (from, to) = ends(run);
        let mut html = format!(
            "<figure><iframe src=\"{path}\" loading=\"lazy\" \
             title=\"{}: a slider from t = {from} to t = {to}\"></iframe></figure>\n",
            escape(title),
        );
        if experiment.tab == Tab::Numbers {
            let path = format!("figures/{name}-rates.svg");
            self.write(&path, export::rates_svg(run)?.as_bytes())?;
            html.push_str(&format!(
                "<figure><img class=\"plot\" src=\"{path}\" \
                 alt=\"The signal rate falls from 1 at t = 0 while the noise rate rises from 0\"></figure>\n"
            ));
        }
        Ok(html)
    }

    /// A few moments in the noise, for a page that hides what comes out of it: from t = T down to where its timeline
    /// stands, or at least to where one may just guess.
    fn blurred(&self, name: &str, experiment: &Experiment, run: &mut dyn Run) -> anyhow::Result<String> {
        let (from, to) = ends(run);
        let t_max = from.max(to);
        let lowest = experiment.start.filter(|t| (1..t_max).contains(t));
        let lowest = lowest.map_or(BLURRED * t_max as f64, |t| t as f64);
        let mut images = String::new();
        let mut ts = Vec::new();
        for nth in 0..NUM_BLURRED {
            let share = nth as f64 / (NUM_BLURRED - 1) as f64;
            let idx = nearest(run, (t_max as f64 + share * (lowest - t_max as f64)).round() as usize);
            let t = run.t_of(idx);
            let path = format!("figures/{name}-{t}.png");
            self.write(&path, &export::moment_png(run, idx, "x_t")?)?;
            images.push_str(&format!(
                "<img src=\"{path}\" alt=\"x_t at t = {t}: a picture hidden in noise\">\n"
            ));
            ts.push(t.to_string());
        }
        Ok(format!(
            "<figure><div class=\"moments\">\n{images}</div>\n<figcaption>x<sub>t</sub> at t = {}</figcaption></figure>\n",
            ts.join(", ")
        ))
    }

    fn write(&self, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
        write_atomically(&self.folder.join(path), bytes)
    }
}

fn folded(html: &str) -> String {
    format!("<details><summary>Decide first, then see all of it</summary>\n{html}</details>\n")
}

/// The t of the first moment and of the last.
fn ends(run: &dyn Run) -> (usize, usize) {
    (run.t_of(0), run.t_of(run.num_moments().saturating_sub(1)))
}

/// What the experiment measures for a prediction.
fn outcome(run: &mut dyn Run, predict: &Predict) -> anyhow::Result<Option<String>> {
    let Some(name) = &predict.measure else {
        return Ok(None);
    };
    if let PredictKind::Sort { bins } = &predict.kind {
        return sorted(run, name, bins).map(Some);
    }
    let idx = predict.at.map_or(0, |t| nearest(run, t));
    let number = match run.measure(name, idx) {
        // A training that is shorter here does not get everywhere.
        Err(_) if run.spec().view.is_of_training() => return Ok(None),
        number => number?,
    };
    let value = if number.value.fract() == 0.0 {
        format!("{}", number.value)
    } else {
        format!("{:.3}", number.value)
    };
    Ok(Some(match name.strip_suffix("_at") {
        Some(event) => format!("{} at {} = {value}", event.replace('_', " "), number.unit),
        None => format!("{} {value} {}", name.replace('_', " "), number.unit).trim().to_owned(),
    }))
}

/// "By a person: 1, 4. By a machine: 2, 3": which picture belongs into which bin.
fn sorted(run: &mut dyn Run, measure: &str, bins: &[String; 2]) -> anyhow::Result<String> {
    let mut members = [Vec::new(), Vec::new()];
    for idx in 0..run.num_moments() {
        let [zeros, ones] = &mut members;
        let bin = if run.measure(measure, idx)?.value == 0.0 { zeros } else { ones };
        bin.push(run.t_of(idx).to_string());
    }
    let lines = bins.iter().zip(members).map(|(bin, members)| format!("{bin}: {}", members.join(", ")));
    Ok(lines.collect::<Vec<_>>().join(". "))
}

/// The moment whose t is nearest.
fn nearest(run: &dyn Run, t: usize) -> usize {
    (0..run.num_moments()).min_by_key(|&idx| run.t_of(idx).abs_diff(t)).unwrap_or(0)
}

/// "picture emoji/noto/turtle, schedule cosine, path shortcut, seed 0": what one needs to see the
/// same again.
fn caption(run: &dyn Run) -> String {
    let is_ddim = run.settings().text("sampler").is_ok_and(|sampler| sampler == "ddim");
    let settings: Vec<String> = run
        .settings()
        .iter()
        // Only a picture of one's own is brought to a size, and DDPM takes no notice of eta.
        .filter(|(name, _)| *name != "size" && (is_ddim || *name != "eta"))
        .filter(|(name, value)| *name != FAULT || value.to_string() != "none")
        .map(|(name, value)| format!("{} {value}", name.replace('_', " ")))
        .collect();
    settings.join(", ")
}
