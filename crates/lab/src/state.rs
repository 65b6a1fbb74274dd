//! A state file: what is on the stage, small enough to hand to somebody else.
//!
//! It is JSON and holds no pictures but one: since noise is counted, experiment, settings and seed are enough to make
//! every picture again, on another machine within 2/255.
//!
//! ```json
//! {
//!   "format": 1,
//!   "program": "Noisebook 0.1.0",
//!   "lesson": "noising",
//!   "page": "schedules",
//!   "experiment": "noising",
//!   "settings": { "picture": "emoji/noto/turtle", "schedule": "linear", "seed": 4 },
//!   "moment": { "idx": 500, "t": 500 }
//! }
//! ```
//!
//! - `branches`, where there are some, says how runs leave each other: the run that each leaves (0 is the trunk, n the n-th
//!   branch), at which moment of its whole way, and all settings with which it goes on. `shown` then says which run is on
//!   the stage at which moment, and which is held beside it; `settings` and `moment` are still the trunk's, at the t that is
//!   nearest. So a program that knows no branches reads such a file, shows the trunk, and keeps the rest: that is why the
//!   format is still 1.
//! - `models` names the models at work with the hash of their weights. Other weights of that name are told of and used:
//!   the pictures may differ then, and that is worth seeing.
//! - `predictions` are the answers that belong to it, as whoever saved it keeps them.
//! - `own_picture` is the learner's own picture, a PNG as base64, and only there if the learner said so.
//! - `own_pictures` and `own_points` are what the learner brought along to train on, PNGs as base64 and pairs of numbers;
//!   one of them, and only if the learner said so.
//! - What a later program adds beside these is kept and written again.

use crate::{
    Branch, Context, Experiment, Grove, LabError, Moment, Progress, SettingError, Settings, Tree, start,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use noisebook_data::{Picture, PictureError, Store, decode_picture};
use noisebook_figures::{png, rgb};
use noisebook_shelf::Shelf;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// The format that is written, and the newest that is read.
const FORMAT: u64 = 1;

/// The side of the pictures of a training, in pixels.
const TRAINED_SIDE: usize = 32;

/// What a state says of branches.
#[derive(Clone, Debug, PartialEq)]
struct Branches {
    tree: Tree,
    shown: ShownRun,
}

/// Which run of a tree is on the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownRun {
    /// The run: 0 is the trunk, n the n-th branch.
    pub run: usize,
    /// The moment's place in its whole way.
    pub idx: usize,
    /// The moment's t.
    pub t: usize,
    /// The run that is held beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<usize>,
}

/// An experiment at one of its moments, to be saved and made again.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The experiment, with a value for each of its settings.
    pub settings: Settings,
    /// The moment's place in the recording.
    pub idx: usize,
    /// The moment's t.
    pub t: usize,
    /// The lesson's id, where it comes from one.
    pub lesson: Option<String>,
    /// The page's id.
    pub page: Option<String>,
    /// How runs leave each other, and which of them are shown; none where there is the trunk alone.
    branches: Option<Branches>,
    /// What was answered there, by the name under which it is kept.
    pub predictions: BTreeMap<String, Value>,
    /// The program that saved it.
    pub program: String,
    /// The models at work, by name: the SHA-256 of their weights in hexadecimal.
    pub models: BTreeMap<String, String>,
    /// The learner's own picture, a PNG file.
    own_picture: Option<Vec<u8>>,
    /// What the learner trained on, PNG files.
    own_pictures: Vec<Vec<u8>>,
    own_points: Vec<[f32; 2]>,
    /// What a later program has added.
    rest: BTreeMap<String, Value>,
}

impl State {
    /// The ending of a state file's name.
    pub const EXTENSION: &'static str = "noisebook";

    /// These settings at the moment `idx`, which has this `t`. The models are to be noted by
    /// [`note_models`](Self::note_models).
    pub fn new(settings: Settings, idx: usize, t: usize) -> Self {
        Self {
            settings,
            idx,
            t,
            lesson: None,
            page: None,
            branches: None,
            predictions: BTreeMap::new(),
            program: concat!("Noisebook ", env!("CARGO_PKG_VERSION")).to_owned(),
            models: BTreeMap::new(),
            own_picture: None,
            own_pictures: Vec::new(),
            own_points: Vec::new(),
            rest: BTreeMap::new(),
        }
    }

    /// A tree with one of its runs on the stage. `trunk` is the trunk's moment (its idx and t) that is nearest.
    pub fn of_tree(tree: Tree, shown: ShownRun, trunk: (usize, usize)) -> Self {
        let mut state = Self::new(tree.trunk().clone(), trunk.0, trunk.1);
        if !tree.branches().is_empty() {
            state.branches = Some(Branches { tree, shown });
        }
        state
    }

    /// Its runs: the trunk, and what branches off it.
    pub fn tree(&self) -> Tree {
        self.branches.as_ref().map_or_else(|| Tree::new(self.settings.clone()), |known| known.tree.clone())
    }

    /// Which run is on the stage, at which moment of its whole way.
    pub fn shown(&self) -> ShownRun {
        let trunk = ShownRun { run: 0, idx: self.idx, t: self.t, beside: None };
        self.branches.as_ref().map_or(trunk, |branches| branches.shown)
    }

    /// An experiment at its moment `idx`, with the models that `store` has.
    ///
    /// # Errors
    /// When there is no such moment, or a model cannot be found.
    pub fn of(experiment: &dyn Experiment, idx: usize, store: &dyn Store) -> Result<Self, LabError> {
        let last = experiment.num_moments().saturating_sub(1);
        if idx > last {
            return Err(LabError::NoSuchMoment { idx, last });
        }
        let mut state = Self::new(experiment.settings().clone(), idx, experiment.t_of(idx));
        state.note_models(store)?;
        Ok(state)
    }

    /// Notes which weights the models at work have.
    ///
    /// # Errors
    /// When there is no such model, or it cannot be read.
    pub fn note_models(&mut self, store: &dyn Store) -> Result<(), LabError> {
        if let Ok(name) = self.settings.text("model")
            && let Some(weights) = Shelf::new(store).file(name)?.weights
        {
            self.models.insert(name.to_owned(), weights.sha256);
        }
        Ok(())
    }

    /// Whether it is about a picture of the learner's own.
    pub fn uses_own_picture(&self) -> bool {
        ["picture", "source"]
            .iter()
            .any(|name| self.settings.text(name).is_ok_and(|picture| picture == "own"))
    }

    /// Puts the learner's own picture into the file: to be called with their consent only.
    ///
    /// # Errors
    /// When it cannot be written as a PNG.
    pub fn keep_own_picture(&mut self, picture: &Picture) -> Result<(), LabError> {
        self.own_picture = Some(png(&rgb(picture.view()))?);
        Ok(())
    }

    /// The learner's own picture, `(3, size, size)` by the setting `size`, if it was saved too.
    ///
    /// # Errors
    /// When what was saved is no picture.
    pub fn own_picture(&self) -> Result<Option<Picture>, StateError> {
        let size = self.settings.int("size").unwrap_or(256) as usize;
        let decode = |png: &Vec<u8>| decode_picture(png, "the picture in the state file", size);
        Ok(self.own_picture.as_ref().map(decode).transpose()?)
    }

    /// Whether it is about a training on what the learner brought along.
    pub fn uses_own_data(&self) -> bool {
        self.settings.text("data").is_ok_and(|data| matches!(data, "own-pictures" | "drawn-points"))
    }

    /// Puts what the learner trained on into the file, pictures or points as its settings say: to be called with their
    /// consent only.
    ///
    /// # Errors
    /// When a picture cannot be written as a PNG.
    pub fn keep_own_data(&mut self, pictures: &[Picture], points: &[[f32; 2]]) -> Result<(), LabError> {
        match self.settings.text("data") {
            Ok("own-pictures") => {
                let files = pictures.iter().map(|picture| png(&rgb(picture.view())));
                self.own_pictures = files.collect::<Result<_, _>>()?;
            }
            Ok("drawn-points") => self.own_points = points.to_vec(),
            _ => {}
        }
        Ok(())
    }

    /// The pictures that the learner trained on, `(3, 32, 32)` each, if they were saved too.
    ///
    /// # Errors
    /// When what was saved is no picture.
    pub fn own_pictures(&self) -> Result<Vec<Picture>, StateError> {
        let decode = |png: &Vec<u8>| decode_picture(png, "a picture in the state file", TRAINED_SIDE);
        Ok(self.own_pictures.iter().map(decode).collect::<Result<_, _>>()?)
    }

    /// The points that the learner trained on, if they were saved too.
    pub fn own_points(&self) -> &[[f32; 2]] {
        &self.own_points
    }

    /// Reads a state file; `name` is what errors call it.
    ///
    /// # Errors
    /// When it is cut off, is something else, or was saved by a later program; when the experiment or a setting is
    /// unknown, or a value out of its range.
    pub fn parse(bytes: &[u8], name: &str) -> Result<Self, StateError> {
        let wrong = |why: String| StateError::NotAState { name: name.to_owned(), why };
        let value: Value = serde_json::from_slice(bytes).map_err(|error| {
            if error.is_eof() && !bytes.is_empty() {
                StateError::CutOff { name: name.to_owned(), line: error.line() }
            } else {
                wrong(format!("it is no JSON, {error}"))
            }
        })?;
        match value.get("format").and_then(Value::as_u64) {
            Some(FORMAT) => {}
            Some(found) if found > FORMAT => {
                return Err(StateError::Newer { name: name.to_owned(), found });
            }
            _ => return Err(wrong(format!("it has no \"format\": {FORMAT}"))),
        }
        let written: Written = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
        let setting = |error| StateError::Setting { name: name.to_owned(), error };
        let settings = Settings::from_table(&written.experiment, &written.settings).map_err(setting)?;
        let branches = branches(&settings, written.branches, written.shown, name)?;
        let decode = |picture: String| {
            BASE64.decode(picture).map_err(|error| wrong(format!("a picture in it is no base64, {error}")))
        };
        Ok(Self {
            settings,
            idx: written.moment.idx,
            t: written.moment.t,
            lesson: written.lesson,
            page: written.page,
            branches,
            predictions: written.predictions,
            program: written.program,
            models: written.models,
            own_picture: written.own_picture.map(decode).transpose()?,
            own_pictures: written.own_pictures.into_iter().map(decode).collect::<Result<_, _>>()?,
            own_points: written.own_points,
            rest: written.rest,
        })
    }

    /// The content of a state file: the same state gives the same text.
    ///
    /// # Errors
    /// When a value cannot be written as JSON.
    pub fn to_json(&self) -> Result<String, StateError> {
        let table = |settings: &Settings| {
            let table = settings.iter().map(|(name, value)| (name.to_owned(), value));
            serde_json::to_value(table.collect::<BTreeMap<String, _>>())
        };
        let branch = |branch: &Branch| -> Result<WrittenBranch, StateError> {
            let moment = WrittenMoment { idx: branch.idx, t: branch.t };
            Ok(WrittenBranch { parent: branch.parent, moment, settings: table(&branch.settings)? })
        };
        let branches = self.branches.as_ref().map_or(&[][..], |known| known.tree.branches());
        let mut json = serde_json::to_string_pretty(&Written {
            format: FORMAT,
            program: self.program.clone(),
            lesson: self.lesson.clone(),
            page: self.page.clone(),
            experiment: self.settings.spec().name.to_owned(),
            settings: table(&self.settings)?,
            moment: WrittenMoment { idx: self.idx, t: self.t },
            branches: branches.iter().map(branch).collect::<Result<_, _>>()?,
            shown: self.branches.as_ref().map(|branches| branches.shown),
            models: self.models.clone(),
            predictions: self.predictions.clone(),
            own_picture: self.own_picture.as_ref().map(|png| BASE64.encode(png)),
            own_pictures: self.own_pictures.iter().map(|png| BASE64.encode(png)).collect(),
            own_points: self.own_points.clone(),
            rest: self.rest.clone(),
        })?;
        json.push('\n');
        Ok(json)
    }

    /// The models of which `store` has other weights than the state was made with.
    pub fn other_weights(&self, store: &dyn Store) -> Vec<OtherWeights> {
        let shelf = Shelf::new(store);
        let is_other = |(model, saved): (&String, &String)| {
            // A model that is not there is for `start` to tell of.
            let found = shelf.file(model).ok()?.weights?.sha256;
            let other = OtherWeights { model: model.clone(), saved: saved.clone(), found };
            (other.saved != other.found).then_some(other)
        };
        self.models.iter().filter_map(is_other).collect()
    }

    /// Starts the experiment, with what of the learner's own was saved or else the context's.
    ///
    /// # Errors
    /// When a picture, a model or the moment is missing.
    pub fn start(&self, context: &Context) -> Result<Box<dyn Experiment>, StateError> {
        let mut context = context.clone();
        if self.uses_own_picture() {
            context.own_picture = self.own_picture()?.or(context.own_picture);
            if context.own_picture.is_none() {
                return Err(StateError::NoOwnPicture);
            }
        }
        if !self.own_pictures.is_empty() {
            context.own_pictures = self.own_pictures()?;
        }
        if !self.own_points.is_empty() {
            context.own_points.clone_from(&self.own_points);
        }
        let has_own_data = !context.own_pictures.is_empty() || !context.own_points.is_empty();
        if self.uses_own_data() && !has_own_data {
            return Err(StateError::NoOwnData);
        }
        let experiment = start(self.settings.spec().name, &self.settings, &context)?;
        let last = experiment.num_moments().saturating_sub(1);
        if self.idx > last {
            return Err(LabError::NoSuchMoment { idx: self.idx, last }.into());
        }
        let found = experiment.t_of(self.idx);
        if found != self.t {
            return Err(StateError::OtherMoment { idx: self.idx, saved: self.t, found });
        }
        Ok(experiment)
    }

    /// Starts its runs: the trunk at once, branches as they are [begun](Self::begin).
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn grove(&self, context: &Context) -> Result<Grove, StateError> {
        Ok(Grove::of(&self.tree(), self.start(context)?))
    }

    /// Does a little so that run `run` of its [`grove`](Self::grove) begins; true once it has.
    ///
    /// # Errors
    /// With the number of the branch that cannot begin, and why.
    pub fn begin(&self, grove: &mut Grove, run: usize) -> Result<bool, StateError> {
        grove.grow(run as u64).map_err(|error| {
            let line = self.tree().line(run);
            let branch = line.into_iter().find(|run| !grove.is_begun(*run as u64)).unwrap_or(run);
            LabError::Branch { branch, error: Box::new(error) }.into()
        })
    }

    /// Starts its runs and computes the one that is shown as far as the moment that was saved.
    ///
    /// # Errors
    /// As [`start`](Self::start), and when a step fails, or a branch cannot begin.
    pub fn run(&self, context: &Context) -> Result<(Grove, Moment), StateError> {
        let mut grove = self.grove(context)?;
        let ShownRun { run, idx, t, .. } = self.shown();
        while !self.begin(&mut grove, run)? {}
        let mut shown = grove.begin(run as u64)?;
        let found = shown.t_of(idx);
        if idx < shown.num_moments() && found != t {
            return Err(StateError::OtherMoment { idx, saved: t, found });
        }
        while shown.num_computed() <= idx && shown.step()? != Progress::Done {}
        let moment = shown.moment(idx)?;
        Ok((grove, moment))
    }
}

/// The weights of a model are not those that a state was made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherWeights {
    /// The model.
    pub model: String,
    /// The SHA-256 of the weights that the state was made with.
    pub saved: String,
    /// The SHA-256 of those that are here.
    pub found: String,
}

/// One sentence.
impl fmt::Display for OtherWeights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |hash: &str| hash.chars().take(8).collect::<String>();
        let Self { model, saved, found } = self;
        write!(
            f,
            "the state was made with other weights of {model} ({}… instead of {}…), so its pictures may differ from those that were saved",
            short(saved),
            short(found)
        )
    }
}

/// Why a state cannot be read or made again.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file ends in the middle.
    #[error("{name} is cut off in line {line}; copy it again from where it came")]
    CutOff {
        /// The file.
        name: String,
        /// The last line there is, from 1.
        line: usize,
    },
    /// It is something else, or damaged.
    #[error("{name} is no state of Noisebook: {why}; open a file that was saved by \"Save this state\"")]
    NotAState {
        /// The file.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// It was saved by a later program.
    #[error("{name} has format {found}, and this program reads format {FORMAT}; get a newer Noisebook")]
    Newer {
        /// The file.
        name: String,
        /// Its format.
        found: u64,
    },
    /// The experiment or a setting is not in the registry.
    #[error("{name}: {error}")]
    Setting {
        /// The file.
        name: String,
        /// What is unknown or out of range.
        error: SettingError,
    },
    /// Its branches are no tree.
    #[error("{name}: {error}")]
    Tree {
        /// The file.
        name: String,
        /// What is wrong with them.
        error: Box<LabError>,
    },
    /// The learner did not save their picture too.
    #[error(
        "the state is about a picture of its author's own, which was not saved with it; open that picture first, or ask for a state with its picture"
    )]
    NoOwnPicture,
    /// It trains on what its author brought along, and neither has it that nor was it given.
    #[error(
        "the state is a training on its author's own pictures or points, which were not saved with it; ask for a state with them"
    )]
    NoOwnData,
    /// The picture in the file cannot be used.
    #[error(transparent)]
    OwnPicture(#[from] PictureError),
    /// The recording has other moments than when it was saved.
    #[error(
        "the state is moment {idx} at t = {saved}, and here that moment is at t = {found}; it was changed by hand, or saved by another version of the program"
    )]
    OtherMoment {
        /// The moment's place.
        idx: usize,
        /// Its t in the file.
        saved: usize,
        /// Its t here.
        found: usize,
    },
    /// The experiment failed.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// Something cannot be written as JSON.
    #[error("the state cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

/// The file as it is written.
#[derive(Serialize, Deserialize)]
struct Written {
    format: u64,
    program: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lesson: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    page: Option<String>,
    experiment: String,
    settings: Value,
    moment: WrittenMoment,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    branches: Vec<WrittenBranch>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shown: Option<ShownRun>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    models: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    predictions: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    own_picture: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    own_pictures: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    own_points: Vec<[f32; 2]>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Serialize, Deserialize)]
struct WrittenBranch {
    parent: usize,
    moment: WrittenMoment,
    settings: Value,
}

/// The tree that a file tells of, if it has branches.
fn branches(
    trunk: &Settings,
    written: Vec<WrittenBranch>,
    shown: Option<ShownRun>,
    name: &str,
) -> Result<Option<Branches>, StateError> {
    if written.is_empty() {
        return Ok(None);
    }
    let mut tree = Tree::new(trunk.clone());
    for WrittenBranch { parent, moment, settings } in written {
        let settings = Settings::from_table(trunk.spec().name, &settings)
            .map_err(|error| StateError::Setting { name: name.to_owned(), error })?;
        tree.add(Branch { parent, idx: moment.idx, t: moment.t, settings })
            .map_err(|error| StateError::Tree { name: name.to_owned(), error: Box::new(error) })?;
    }
    let wrong = |why: &str| StateError::NotAState { name: name.to_owned(), why: why.to_owned() };
    let shown = shown.ok_or_else(|| wrong("it has branches, and does not say which run is \"shown\""))?;
    if [Some(shown.run), shown.beside].into_iter().flatten().any(|run| run >= tree.num_runs()) {
        return Err(wrong("the run that is \"shown\" is none of its branches"));
    }
    Ok(Some(Branches { tree, shown }))
}

#[derive(Serialize, Deserialize)]
struct WrittenMoment {
    idx: usize,
    t: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{context, settings};
    use serde_json::json;

    /// The moment `idx` of this experiment in the repository's own files.
    fn state(experiment: &str, typed: &[(&str, &str)], idx: usize) -> State {
        let context = context(None);
        let experiment = start(experiment, &settings(experiment, typed), &context).unwrap();
        State::of(&*experiment, idx, &*context.store).unwrap()
    }

    /// The file, read as JSON and changed.
    fn changed(state: &State, change: impl FnOnce(&mut Value)) -> Vec<u8> {
        let mut file = serde_json::from_str(&state.to_json().unwrap()).unwrap();
        change(&mut file);
        file.to_string().into_bytes()
    }

    fn max_error(a: &Moment, b: &Moment) -> f32 {
        assert_eq!((a.t, a.pictures.len()), (b.t, b.pictures.len()));
        let pairs = a.pictures.iter().zip(&b.pictures).flat_map(|(a, b)| a.pictures.iter().zip(&b.pictures));
        pairs.flat_map(|(a, b)| a.iter().zip(b)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    /// A state gives the pictures of the experiment that it was made of.
    #[track_caller]
    fn check_replay(experiment: &str, typed: &[(&str, &str)], idx: usize) {
        let context = context(None);
        let mut saved = start(experiment, &settings(experiment, typed), &context).unwrap();
        while saved.step().unwrap() != Progress::Done {}
        let file = State::of(&*saved, idx, &*context.store).unwrap().to_json().unwrap();
        let state = State::parse(file.as_bytes(), "x.noisebook").unwrap();
        assert_eq!(state.other_weights(&*context.store), []);
        let (mut grove, moment) = state.run(&context).unwrap();
        assert_eq!(grove.whole_way(0).unwrap().settings(), saved.settings());
        // In pictures −1 to 1 is black to white, 255 steps.
        let error = max_error(&moment, &saved.moment(idx).unwrap()) * 127.5;
        assert!(error <= 2.0, "off by {error} of 255");
    }

    #[test]
    fn a_state_gives_the_pictures_that_were_saved() {
        check_replay("noising", &[("schedule", "linear"), ("seed", "4")], 500);
        let points = "[[0.123, 0.9], [0.5, 0.3], [1.0, 0.0]]";
        check_replay("schedules", &[("schedule_b", "drawn"), ("points_b", points)], 500);
        check_replay("noising", &[("path", "steps"), ("picture", "digits/3"), ("seed", "9")], 40);
        check_replay("denoising", &[("num_inference_steps", "4"), ("num", "2"), ("label", "7")], 2);
        check_replay("authorship", &[("num", "2"), ("num_inference_steps", "2")], 1);
    }

    #[test]
    fn only_what_is_needed_is_computed() {
        let state = state("denoising", &[("num_inference_steps", "20")], 1);
        let (mut grove, _) = state.run(&context(None)).unwrap();
        assert_eq!(grove.whole_way(0).unwrap().num_computed(), 2);
    }

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let mut state = state("denoising", &[("seed", "18446744073709551615"), ("cfg_scale", "1.5")], 3);
        state.lesson = Some("denoising".to_owned());
        state.page = Some("fewer".to_owned());
        state.predictions.insert("fewer/0".to_owned(), json!({"answer": "2"}));
        assert_eq!(state.models["ddpm-digits"].len(), 64);
        let json = state.to_json().unwrap();
        let read = State::parse(json.as_bytes(), "x.noisebook").unwrap();
        assert_eq!(read, state);
        assert_eq!(read.to_json().unwrap(), json);
    }

    #[test]
    fn what_a_later_program_adds_is_kept() {
        let file = changed(&state("noising", &[], 7), |file| file["sounds"] = json!([{"from": 3}]));
        let state = State::parse(&file, "x.noisebook").unwrap();
        let again: Value = serde_json::from_str(&state.to_json().unwrap()).unwrap();
        assert_eq!(again["sounds"], json!([{"from": 3}]));
        assert_eq!(again["moment"], json!({"idx": 7, "t": 7}));
    }

    #[test]
    fn a_setting_that_is_left_out_is_the_default() {
        let file = changed(&state("noising", &[("seed", "4")], 7), |file| {
            file["settings"] = json!({"seed": 5});
        });
        assert_eq!(State::parse(&file, "").unwrap().settings, settings("noising", &[("seed", "5")]));
    }

    /// Digits in eight steps; branch 1 leaves them at t = 500, branch 2 leaves that at t = 250 and is shown at t = 125,
    /// beside branch 1.
    fn tree() -> State {
        let trunk = [("num_inference_steps", "8"), ("num", "2"), ("seed", "4")];
        let of = |typed: &[(&str, &str)]| settings("denoising", &[&trunk[..], typed].concat());
        let mut tree = Tree::new(of(&[]));
        let first = of(&[("sampler", "ddpm")]);
        tree.add(Branch { parent: 0, idx: 4, t: 500, settings: first }).unwrap();
        let second = of(&[("sampler", "ddpm"), ("label", "7"), ("cfg_scale", "3")]);
        tree.add(Branch { parent: 1, idx: 6, t: 250, settings: second }).unwrap();
        let shown = ShownRun { run: 2, idx: 7, t: 125, beside: Some(1) };
        let mut state = State::of_tree(tree, shown, (7, 125));
        state.note_models(&*context(None).store).unwrap();
        state
    }

    #[test]
    fn a_tree_is_read_as_it_was_written_and_made_again() {
        let state = tree();
        let json = state.to_json().unwrap();
        let read = State::parse(json.as_bytes(), "x.noisebook").unwrap();
        assert_eq!(read, state);
        assert_eq!(read.to_json().unwrap(), json);
        assert_eq!((read.tree().num_runs(), read.shown().beside), (3, Some(1)));

        // What it shows is what the runs show that it was made of.
        let (mut grove, moment) = read.run(&context(None)).unwrap();
        let computed = [0, 1, 2].map(|id| grove.whole_way(id).unwrap().num_computed());
        assert_eq!(computed, [5, 7, 9]);
        let mut saved = Grove::of(&state.tree(), state.start(&context(None)).unwrap());
        let mut shown = saved.begin(2).unwrap();
        while shown.step().unwrap() != Progress::Done {}
        assert_eq!(max_error(&moment, &shown.moment(7).unwrap()), 0.0);
    }

    /// A program that knows no branches reads the trunk, at the same t.
    #[test]
    fn a_tree_is_a_whole_state_without_its_branches() {
        let file = changed(&tree(), |file| {
            let object = file.as_object_mut().unwrap();
            assert!(object.remove("branches").is_some() && object.remove("shown").is_some());
        });
        let trunk = State::parse(&file, "").unwrap();
        assert_eq!((trunk.tree().num_runs(), trunk.shown().run), (1, 0));
        let (_, moment) = trunk.run(&context(None)).unwrap();
        assert_eq!(moment.t, 125);
    }

    #[test]
    fn a_broken_tree_is_one_sentence() {
        let check = |change: fn(&mut Value), says: &str| check_refused(&changed(&tree(), change), says);
        let only = "but only runs 0 to 0 come before it";
        check(|file| file["branches"][0]["parent"] = json!(2), &format!("branch 1 leaves run 2, {only}"));
        check(|file| file["branches"][0]["parent"] = json!(1), &format!("branch 1 leaves run 1, {only}"));
        check(|file| file["branches"][1]["parent"] = json!(-1), "invalid value");
        check(|file| file["branches"][1]["settings"]["eta"] = json!(7), "`eta` is 7; it must be a number");
        check(|file| file["branches"] = json!([{"from": 3}]), "missing field");
        check(|file| file["shown"]["run"] = json!(3), "is none of its branches");
        check(|file| file["shown"] = Value::Null, "does not say which run is \"shown\"");
        check(
            |file| {
                let branch = file["branches"][0].clone();
                file["branches"] = json!(vec![branch; 9]);
            },
            "a tree has at most 8 branches",
        );
        let tree = tree();
        check_not_made(
            &tree,
            |file| file["branches"][0]["moment"]["idx"] = json!(70),
            "branch 1: there is no moment 70; this recording has moments 0 to 8",
        );
        check_not_made(
            &tree,
            |file| file["branches"][1]["moment"]["t"] = json!(300),
            "branch 2: it begins at moment 6, saved with t = 300, and here that moment is at t = 250; it was changed by hand, or saved by another version of the program",
        );
        check_not_made(
            &tree,
            |file| file["branches"][1]["settings"]["num"] = json!(1),
            "branch 2: a branch goes on with `num` 2; for 1 start anew",
        );
        check_not_made(
            &tree,
            |file| file["shown"]["idx"] = json!(90),
            "there is no moment 90; this recording has moments 0 to 8",
        );
    }

    #[track_caller]
    fn check_refused(bytes: &[u8], says: &str) {
        let error = State::parse(bytes, "x.noisebook").unwrap_err().to_string();
        assert!(error.starts_with("x.noisebook") && error.contains(says), "{error}");
    }

    #[test]
    fn a_bad_file_is_one_sentence() {
        let state = state("noising", &[], 500);
        let json = state.to_json().unwrap();
        check_refused(&json.as_bytes()[..json.len() - 20], "is cut off in line");
        check_refused(b"", "is no state of Noisebook: it is no JSON");
        check_refused(b"\x89PNG\r\n", "is no state of Noisebook: it is no JSON");
        check_refused(b"[1]", "it has no \"format\": 1");
        check_refused(b"{\"format\": 0}", "it has no \"format\": 1");
        check_refused(b"{\"format\": 1}", "missing field `program`");
        let check = |change: fn(&mut Value), says: &str| check_refused(&changed(&state, change), says);
        check(|file| file["format"] = json!(2), "has format 2, and this program reads format 1; get a newer");
        check(|file| file["experiment"] = json!("gan"), "there is no experiment `gan`; choose one of");
        check(|file| file["settings"]["beta"] = json!(1), "has no setting `beta`; it has picture");
        check(
            |file| file["settings"]["schedule"] = json!("x"),
            "`schedule` is \"x\"; it must be one of linear",
        );
        check(|file| file["settings"] = json!(3), "must be a table of names and values, found 3");
        check(|file| file["moment"]["idx"] = json!(-1), "invalid value");
        check(|file| file["own_picture"] = json!("%"), "a picture in it is no base64");
    }

    #[track_caller]
    fn check_not_made(state: &State, change: impl FnOnce(&mut Value), says: &str) {
        let state = State::parse(&changed(state, change), "x.noisebook").unwrap();
        assert_eq!(state.run(&context(None)).err().unwrap().to_string(), says);
    }

    #[test]
    fn what_cannot_be_made_again_is_said() {
        let noising = state("noising", &[], 500);
        check_not_made(
            &noising,
            |file| file["moment"]["idx"] = json!(1001),
            "there is no moment 1001; this recording has moments 0 to 1000",
        );
        check_not_made(
            &noising,
            |file| file["moment"]["t"] = json!(400),
            "the state is moment 500 at t = 400, and here that moment is at t = 500; it was changed by hand, or saved by another version of the program",
        );
        check_not_made(
            &noising,
            |file| file["settings"]["picture"] = json!("own"),
            "the state is about a picture of its author's own, which was not saved with it; open that picture first, or ask for a state with its picture",
        );
        let denoising = state("denoising", &[("num_inference_steps", "2")], 0);
        let no_model = |file: &mut Value| file["settings"]["model"] = json!("ddpm-cats");
        let unknown = State::parse(&changed(&denoising, no_model), "").unwrap();
        let error = unknown.run(&context(None)).err().unwrap().to_string();
        assert!(error.contains("ddpm-cats") && error.contains("ddpm-digits"), "{error}");
    }

    #[test]
    fn other_weights_are_told_of_and_used() {
        let saved = state("denoising", &[("num_inference_steps", "2")], 0);
        let file = changed(&saved, |file| file["models"]["ddpm-digits"] = json!("0123456789"));
        let state = State::parse(&file, "").unwrap();
        let context = context(None);
        let [other] = &state.other_weights(&*context.store)[..] else { panic!("no other weights") };
        let expected = format!(
            "the state was made with other weights of ddpm-digits (01234567… instead of {}…), so its pictures may differ from those that were saved",
            &saved.models["ddpm-digits"][..8]
        );
        assert_eq!(other.to_string(), expected);
        state.run(&context).unwrap();
    }

    #[test]
    fn a_picture_of_ones_own_is_saved_only_when_asked_for() {
        let value = |c, y, x| f32::from((40 * c + 3 * y + x) as u8) / 127.5 - 1.0;
        let picture = Picture::from_shape_fn((3, 32, 32), |(c, y, x)| value(c, y, x));
        let mut with_picture = context(None);
        with_picture.own_picture = Some(picture.clone());
        let own = settings("noising", &[("picture", "own"), ("size", "32")]);
        let mut experiment = start("noising", &own, &with_picture).unwrap();
        let mut state = State::of(&*experiment, 10, &*with_picture.store).unwrap();
        assert!(state.uses_own_picture());

        let file = state.to_json().unwrap();
        assert!(!file.contains("own_picture"), "{file}");
        let read = State::parse(file.as_bytes(), "").unwrap();
        assert!(matches!(read.run(&context(None)), Err(StateError::NoOwnPicture)));
        // Whoever has the picture can give it.
        read.run(&with_picture).unwrap();

        state.keep_own_picture(&picture).unwrap();
        let read = State::parse(state.to_json().unwrap().as_bytes(), "").unwrap();
        assert_eq!(read.own_picture().unwrap(), Some(picture));
        let (_, moment) = read.run(&context(None)).unwrap();
        assert_eq!(max_error(&moment, &experiment.moment(10).unwrap()), 0.0);
    }

    #[test]
    fn what_a_training_learns_from_is_in_the_file_only_if_asked_for() {
        let points: Vec<[f32; 2]> = (0..12).map(|nth| [0.1 * nth as f32 - 0.5, 0.25]).collect();
        let drawn =
            Picture::from_shape_fn((1, 32, 32), |(_, y, x)| f32::from((3 * y + x) as u8) / 127.5 - 1.0);
        let mut with_own = context(None);
        with_own.own_points = points.clone();
        with_own.own_pictures = vec![drawn.clone()];
        let check = |data: &str| {
            let typed = [("data", data), ("num_updates", "1"), ("batch_size", "8")];
            let experiment = start("training", &settings("training", &typed), &with_own).unwrap();
            let mut state = State::of(&*experiment, 0, &*with_own.store).unwrap();
            assert!(state.uses_own_data());
            let file = state.to_json().unwrap();
            assert!(!file.contains("own_p"), "{file}");
            let read = State::parse(file.as_bytes(), "").unwrap();
            assert!(matches!(read.start(&context(None)), Err(StateError::NoOwnData)));
            assert!(read.start(&with_own).is_ok());
            state.keep_own_data(&with_own.own_pictures, &with_own.own_points).unwrap();
            let read = State::parse(state.to_json().unwrap().as_bytes(), "").unwrap();
            assert!(read.start(&context(None)).is_ok());
            read
        };
        let of_points = check("drawn-points");
        assert_eq!(of_points.own_points(), points);
        assert!(of_points.own_pictures().unwrap().is_empty(), "nothing but what it learns from");
        let pictures = check("own-pictures").own_pictures().unwrap();
        // Gray is written as a color.
        assert_eq!(pictures[0].dim(), (3, 32, 32));
        assert!(pictures[0].outer_iter().all(|channel| channel == drawn.index_axis(ndarray::Axis(0), 0)));
    }
}
