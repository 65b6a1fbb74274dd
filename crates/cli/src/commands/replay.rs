//! `noisebook replay STATE --out DIR`: the pictures of a state that was saved in the window, without a window.
//!
//! Each picture of the moment as a PNG under its own name (`x_t.png`), the recording as a strip (`strip.png`) and as a
//! page with a slider (`slider.html`). Of a state with branches these are the trunk's, and each branch has a folder of its own
//! (`branch-1`), with its pictures at the t that was on the stage. The same state gives the same bytes, and each file says where it comes from.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use noisebook_data::decode_picture;
use noisebook_lab::{Context, Experiment, Progress, State, export};
use noisebook_ops::device;
use noisebook_shelf::weights_sha256 as sha256;
use serde::Serialize;

use crate::arguments::{self, DeviceArgs};
use crate::home::Home;
use crate::outcome::wrong_use;
use crate::output::{self, write_atomically};
use crate::{progress, stop};

/// Moments in the strip and in the page, as in the window.
const STRIP_MOMENTS: usize = 11;
const PAGE_MOMENTS: usize = 51;

#[derive(Debug, clap::Args)]
pub struct ReplayArgs {
    /// A file that was saved by "Save this state" in the window
    state: PathBuf,
    /// The folder to write to; it is made where there is none
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The picture of a state that is about its author's own and was saved without it
    #[arg(long, value_name = "IMAGE")]
    picture: Option<PathBuf>,
    /// Print what was made as one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Made<'a> {
    experiment: &'a str,
    lesson: Option<&'a str>,
    page: Option<&'a str>,
    settings: &'a noisebook_lab::Settings,
    idx: usize,
    t: usize,
    /// What branches off, in the order in which it was made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    branches: Vec<MadeBranch<'a>>,
    predictions: &'a std::collections::BTreeMap<String, serde_json::Value>,
    files: Vec<MadeFile>,
    /// What may make these pictures differ from those that were saved.
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct MadeBranch<'a> {
    /// The run that it leaves: 0 is the trunk, n the n-th branch.
    parent: usize,
    /// Where it leaves it.
    t: usize,
    settings: &'a noisebook_lab::Settings,
}

#[derive(Serialize)]
struct MadeFile {
    path: String,
    /// Of the file, in hexadecimal.
    sha256: String,
}

pub fn run(args: &ReplayArgs) -> anyhow::Result<()> {
    let state = State::parse(&arguments::read(&args.state)?, &args.state.display().to_string())?;
    if args.out.exists() && !args.out.is_dir() {
        return Err(wrong_use(format!("{} is no folder; name one to write to", args.out.display())));
    }
    let store = Home::find()?.store();
    let own_picture = args.picture.as_deref().map(|path| own_picture(path, &state)).transpose()?;
    let warnings: Vec<String> = state.other_weights(&*store).iter().map(ToString::to_string).collect();
    let context = Context { own_picture, ..Context::new(store, device(&args.device.device)?) };

    stop::watch()?;
    let mut grove = state.grove(&context)?;
    let (tree, shown) = (state.tree(), state.shown());
    let mut made = Vec::new();
    for run in 0..tree.num_runs() {
        while !state.begin(&mut grove, run)? {
            not_stopped()?;
        }
        let mut experiment = grove.begin(run as u64)?;
        finish(&mut experiment, args.json)?;
        let idx = match run {
            0 => state.idx,
            run if run == shown.run => shown.idx,
            _ => nearest(&experiment, shown.t),
        };
        let folder = if run == 0 { String::new() } else { format!("branch-{run}/") };
        let files = files(&mut experiment, idx)?;
        made.extend(files.into_iter().map(|(name, bytes)| (format!("{folder}{name}"), bytes)));
    }
    let files = made;

    // Everything is made before anything is written.
    let workshop = output::workshop(&args.out)?;
    for (name, bytes) in &files {
        let path = workshop.path().join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("could not make {}", folder.display()))?;
        }
        write_atomically(&path, bytes)?;
    }
    output::move_files(workshop.path(), &args.out)?;

    let files = files.iter().map(|(name, bytes)| MadeFile {
        path: args.out.join(name).display().to_string(),
        sha256: sha256(bytes),
    });
    let branches = tree.branches().iter().map(|branch| MadeBranch {
        parent: branch.parent,
        t: branch.t,
        settings: &branch.settings,
    });
    let made = Made {
        branches: branches.collect(),
        experiment: state.settings.spec().name,
        lesson: state.lesson.as_deref(),
        page: state.page.as_deref(),
        settings: &state.settings,
        idx: state.idx,
        t: state.t,
        predictions: &state.predictions,
        files: files.collect(),
        warnings,
    };
    if args.json {
        return output::json(&made);
    }
    let Made { experiment, t, files, warnings, .. } = &made;
    let mut lines: Vec<String> = warnings.iter().map(|warning| format!("note: {warning}")).collect();
    lines.push(format!("{experiment} at t = {t}:"));
    lines.extend(files.iter().map(|file| format!("  {}", file.path)));
    output::text(&format!("{}\n", lines.join("\n")))
}

/// The picture that the state lacks.
fn own_picture(path: &Path, state: &State) -> anyhow::Result<noisebook_data::Picture> {
    let size = state.settings.int("size").ok().filter(|_| state.uses_own_picture());
    let size = size.ok_or_else(|| {
        wrong_use(format!("--picture is {}, but the state is about no picture of one's own", path.display()))
    })?;
    Ok(decode_picture(&arguments::read(path)?, &path.display().to_string(), size as usize)?)
}

/// Computes every moment, so that the strip leads from end to end.
fn finish(experiment: &mut dyn Experiment, quiet: bool) -> anyhow::Result<()> {
    let bar = progress::bar(experiment.num_moments(), "moments", quiet);
    while experiment.step()? != Progress::Done {
        bar.set_position(experiment.num_computed() as u64);
        not_stopped()?;
    }
    bar.finish_and_clear();
    Ok(())
}

fn not_stopped() -> anyhow::Result<()> {
    anyhow::ensure!(!stop::requested(), "stopped before it was done, so nothing was written");
    Ok(())
}

/// The moment whose t is nearest to `t`.
fn nearest(experiment: &dyn Experiment, t: usize) -> usize {
    (0..experiment.num_moments()).min_by_key(|idx| experiment.t_of(*idx).abs_diff(t)).unwrap_or_default()
}

/// What is written, by name.
fn files(experiment: &mut dyn Experiment, idx: usize) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let moment = experiment.moment(idx)?;
    let trains = experiment.spec().view.is_of_training();
    let mut names: Vec<&str> = moment.pictures.iter().map(|named| named.name).collect();
    // Points are no pictures, but can be drawn.
    names.extend(Some("samples").filter(|name| trains && !names.contains(name)));
    let mut files = Vec::new();
    for name in &names {
        files.push((format!("{name}.png"), export::moment_png(experiment, idx, name)?));
    }
    let pictures = experiment.spec().pictures;
    let main = if trains { "samples" } else { "x_t" };
    let main = pictures.iter().find(|name| **name == main).or(pictures.first());
    let main = main.context("the experiment shows no pictures")?;
    files.push(("strip.png".to_owned(), export::strip_png(experiment, main, STRIP_MOMENTS)?));
    let beside: &[&str] = match *main {
        "samples" => &["samples"],
        "x_t" if pictures.contains(&"pred_x0") => &["x_t", "pred_x0"],
        "x_t" => &["x0", "x_t"],
        // A row of pictures without noise has nothing to slide along.
        _ => &[],
    };
    if !beside.is_empty() {
        let page = export::slider_html(experiment, beside, PAGE_MOMENTS)?;
        files.push(("slider.html".to_owned(), page.into_bytes()));
    }
    Ok(files)
}
