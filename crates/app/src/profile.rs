//! What a learner leaves behind: where they are, what they predicted, how they like the window.
//!
//! One JSON file with a format number in the profile's folder, written beside itself and moved into place, so that it is whole or not there.
//! A file that is broken or newer than this program is set aside under another name, never overwritten.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use noisebook_shelf::write_whole;
use serde::{Deserialize, Serialize};

use crate::training::KeptOwn;

/// The format that this program writes.
const FORMAT: u32 = 1;

const FILE: &str = "profile.json";
/// The folder of every pupil but the first.
const PUPILS: &str = "pupils";
/// Names the folder of whoever learned here last.
const LAST_PUPIL: &str = "last-pupil.txt";

/// Light, dark, or as the system has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Ground {
    #[default]
    System,
    Light,
    Dark,
}

/// How the learner likes the window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Preferences {
    pub ground: Ground,
    /// Everything is drawn this many times as large.
    pub scale: f32,
    pub reduced_motion: bool,
    /// A BCP 47 tag.
    pub language: String,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { ground: Ground::System, scale: 1.0, reduced_motion: false, language: "en".to_owned() }
    }
}

/// A prediction that was committed, or a quiz that was answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Commitment {
    /// What was answered, in no language: the index of a choice, the order as indices, a number, a curve's numbers, a digit for each picture sorted; or the learner's own words.
    /// Early profiles hold a choice's words instead, which `ask::answer` still understands.
    pub answer: String,
    /// The moment at which it was.
    pub t: Option<usize>,
    /// The outcome as it was measured, once it was.
    #[serde(default)]
    pub outcome: Option<f64>,
    /// What else belongs to the outcome, by name: the decibels where a picture was recognized, the t of the largest difference.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub note: BTreeMap<String, f64>,
}

impl Commitment {
    /// An answer whose outcome is not known yet.
    pub fn new(answer: impl Into<String>, t: Option<usize>) -> Self {
        Self { answer: answer.into(), t, ..Self::default() }
    }

    /// Keeps a number where JSON can: it has no infinity.
    pub fn note(&mut self, name: &str, value: f64) {
        if value.is_finite() {
            self.note.insert(name.to_owned(), value);
        }
    }
}

/// How far a learner is in one lesson.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct LessonProgress {
    /// The page they were on, by its id.
    pub page: String,
    /// That page's number from 1, and how many there were: for the map.
    pub page_number: usize,
    pub num_pages: usize,
    /// Whether they came to the last page.
    pub finished: bool,
    /// By page and place on it, "blind/2".
    pub commitments: BTreeMap<String, Commitment>,
    /// Hands counted in class for each choice, by the same names.
    pub votes: BTreeMap<String, Vec<u32>>,
    /// Questions whose outcome was shown to a class.
    pub revealed: BTreeSet<String>,
    /// Cells whose text the learner has changed, by page and cell, "blind/cell".
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cells: BTreeMap<String, String>,
    /// What the learner drew to train on.
    #[serde(skip_serializing_if = "KeptOwn::is_empty")]
    pub own: KeptOwn,
}

/// Everything that is remembered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Remembered {
    /// What the pupil is called; none for whoever uses this machine alone.
    pub name: Option<String>,
    pub preferences: Preferences,
    /// The lesson last opened, by its id.
    pub last_lesson: Option<String>,
    pub lessons: BTreeMap<String, LessonProgress>,
}

#[derive(Serialize, Deserialize)]
struct File {
    format: u32,
    #[serde(flatten)]
    remembered: Remembered,
}

/// Why a profile is not as it was left.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ProfileTrouble {
    /// The file is of a later program, and kept here.
    Newer(PathBuf),
    /// The file cannot be read, and is kept here.
    Broken(PathBuf),
    /// Nothing can be written.
    NotWritten(String),
}

/// A profile's folder and what is remembered in it.
pub(crate) struct Profile {
    folder: Option<PathBuf>,
    pub remembered: Remembered,
    written: Remembered,
    /// Whether the last time it could not be written.
    is_unwritten: bool,
}

impl Profile {
    /// Reads the profile in `folder`; without a folder nothing is remembered.
    pub fn open(folder: Option<PathBuf>) -> (Self, Option<ProfileTrouble>) {
        let (remembered, trouble) = match &folder {
            Some(folder) => read(folder),
            None => (Remembered::default(), None),
        };
        // A profile that could not even be set aside must not be written over.
        let folder = folder.filter(|_| !matches!(trouble, Some(ProfileTrouble::NotWritten(_))));
        (Self { folder, written: remembered.clone(), remembered, is_unwritten: false }, trouble)
    }

    /// The progress in one lesson, to be changed.
    pub fn lesson(&mut self, id: &str) -> &mut LessonProgress {
        self.remembered.lessons.entry(id.to_owned()).or_default()
    }

    /// Writes what changed since the last time, if anything did.
    ///
    /// # Errors
    /// What the system said.
    pub fn save(&mut self) -> Result<(), ProfileTrouble> {
        if self.written == self.remembered { Ok(()) } else { self.write() }
    }

    /// The same, and once more what could not be written before: there will be no other time.
    ///
    /// # Errors
    /// What the system said.
    pub fn save_at_last(&mut self) -> Result<(), ProfileTrouble> {
        if self.is_unwritten { self.write() } else { self.save() }
    }

    fn write(&mut self) -> Result<(), ProfileTrouble> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        // Tried once for each change, or a full disk would be asked at every frame.
        self.written = self.remembered.clone();
        let file = File { format: FORMAT, remembered: self.remembered.clone() };
        let written = serde_json::to_vec_pretty(&file)
            .map_err(std::io::Error::from)
            .and_then(|bytes| write_atomically(&folder.join(FILE), &bytes));
        self.is_unwritten = written.is_err();
        written.map_err(|e| ProfileTrouble::NotWritten(e.to_string()))
    }
}

/// Several pupils to a machine: each has a folder of their own beside the one that was there first.
pub(crate) struct Pupils {
    root: PathBuf,
    /// Everyone but the first, by name.
    known: Vec<Pupil>,
}

/// A pupil's folder inside `pupils/`, and what they are called.
pub(crate) type Pupil = (String, String);

impl Pupils {
    /// Those whose folders are in `root`.
    pub fn of(root: PathBuf) -> Self {
        let known = read_pupils(&root);
        Self { root, known }
    }

    /// Everyone but the first, by name.
    pub fn list(&self) -> &[Pupil] {
        &self.known
    }

    /// Where the progress of the pupil in `folder` is, or of the first one.
    pub fn folder(&self, folder: Option<&str>) -> PathBuf {
        match folder {
            Some(folder) => self.root.join(PUPILS).join(folder),
            None => self.root.clone(),
        }
    }

    /// Who learned here last, if they are still there.
    pub fn last(&self) -> Option<String> {
        let folder = std::fs::read_to_string(self.root.join(LAST_PUPIL)).ok()?;
        self.known.iter().map(|(folder, _)| folder).find(|known| *known == folder.trim()).cloned()
    }

    /// Remembers who learns here now.
    ///
    /// # Errors
    /// What the system said.
    pub fn remember(&self, folder: Option<&str>) -> std::io::Result<()> {
        write_atomically(&self.root.join(LAST_PUPIL), folder.unwrap_or_default().as_bytes())
    }

    /// Makes a folder for a pupil of this name and returns its name.
    ///
    /// # Errors
    /// What the system said.
    pub fn add(&mut self, name: &str, preferences: &Preferences) -> std::io::Result<String> {
        let letters = name.chars().filter(char::is_ascii_alphanumeric).take(24).collect::<String>();
        let stem = if letters.is_empty() { "pupil".to_owned() } else { letters.to_lowercase() };
        let names = std::iter::once(stem.clone()).chain((2..).map(|number| format!("{stem}-{number}")));
        let free = |name: &String| !self.folder(Some(name)).exists();
        let folder = names.into_iter().find(free).unwrap_or(stem);
        let remembered = Remembered {
            name: Some(name.trim().chars().take(40).collect()),
            preferences: preferences.clone(),
            ..Remembered::default()
        };
        let bytes = serde_json::to_vec_pretty(&File { format: FORMAT, remembered })?;
        write_atomically(&self.folder(Some(&folder)).join(FILE), &bytes)?;
        self.known = read_pupils(&self.root);
        Ok(folder)
    }
}

/// The pupils who have a profile in `root`, by name.
fn read_pupils(root: &Path) -> Vec<Pupil> {
    let entries = std::fs::read_dir(root.join(PUPILS)).into_iter().flatten().flatten();
    let mut pupils: Vec<Pupil> = entries
        .filter_map(|entry| {
            let bytes = std::fs::read(entry.path().join(FILE)).ok()?;
            let file: File = serde_json::from_slice(&bytes).ok()?;
            Some((entry.file_name().to_str()?.to_owned(), file.remembered.name?))
        })
        .collect();
    pupils.sort_by_cached_key(|(folder, name)| (name.to_lowercase(), folder.clone()));
    pupils
}

fn read(folder: &Path) -> (Remembered, Option<ProfileTrouble>) {
    let path = folder.join(FILE);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return (Remembered::default(), None),
        Err(e) => {
            let trouble = ProfileTrouble::NotWritten(e.to_string());
            return (Remembered::default(), Some(trouble));
        }
    };
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let newer = serde_json::from_slice::<Format>(&bytes).is_ok_and(|found| found.format > FORMAT);
    if !newer && let Ok(file) = serde_json::from_slice::<File>(&bytes) {
        return (file.remembered, None);
    }
    let trouble = match set_aside(&path) {
        Ok(aside) if newer => ProfileTrouble::Newer(aside),
        Ok(aside) => ProfileTrouble::Broken(aside),
        Err(e) => ProfileTrouble::NotWritten(e.to_string()),
    };
    (Remembered::default(), Some(trouble))
}

/// Moves the file to the first free name beside it.
fn set_aside(path: &Path) -> std::io::Result<PathBuf> {
    let mut number = 1;
    loop {
        let aside = path.with_file_name(format!("profile.set-aside-{number}.json"));
        if !aside.try_exists()? {
            std::fs::rename(path, &aside)?;
            return Ok(aside);
        }
        number += 1;
    }
}

/// Writes a file whole or not at all, and the folder around it where there is none.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    write_whole(path, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_set_aside(content: &str) -> ProfileTrouble {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE);
        std::fs::write(&path, content).expect("written");
        let (mut profile, trouble) = Profile::open(Some(folder.path().to_owned()));
        profile.remembered.last_lesson = Some("x".to_owned());
        profile.save().expect("saved");
        let trouble = trouble.expect("trouble");
        let (ProfileTrouble::Newer(aside) | ProfileTrouble::Broken(aside)) = &trouble else {
            panic!("{trouble:?}");
        };
        assert_eq!(std::fs::read_to_string(aside).expect("kept"), content);
        trouble
    }

    #[test]
    fn a_newer_file_is_set_aside() {
        let trouble = check_set_aside(r#"{"format": 2, "new": true}"#);
        assert!(matches!(trouble, ProfileTrouble::Newer(_)));
    }

    #[test]
    fn a_broken_file_is_set_aside() {
        assert!(matches!(check_set_aside("{"), ProfileTrouble::Broken(_)));
        assert!(matches!(check_set_aside(""), ProfileTrouble::Broken(_)));
        assert!(matches!(check_set_aside(r#"{"format": 1, "lessons": 3}"#), ProfileTrouble::Broken(_)));
    }

    #[test]
    fn what_is_saved_is_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let open = || Profile::open(Some(folder.path().to_owned()));
        let (mut profile, trouble) = open();
        assert_eq!(trouble, None);
        profile.remembered.preferences.scale = 1.25;
        profile.lesson("4").page = "blind".to_owned();
        profile.save().expect("saved");
        assert_eq!(open().0.remembered, profile.remembered);
    }

    #[test]
    fn what_could_not_be_written_is_tried_again_at_last() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("profile");
        let (mut profile, _) = Profile::open(Some(place.clone()));
        // A file stands where the folder is to be.
        std::fs::write(&place, "x").expect("written");
        profile.remembered.preferences.scale = 2.0;
        assert!(matches!(profile.save(), Err(ProfileTrouble::NotWritten(_))));
        assert_eq!(profile.save(), Ok(()), "not at every frame");
        std::fs::remove_file(&place).expect("removed");
        assert_eq!(profile.save_at_last(), Ok(()));
        assert_eq!(Profile::open(Some(place)).0.remembered, profile.remembered);
    }

    #[test]
    fn a_commitment_of_an_early_profile_is_read() {
        let early = r#"{"answer": "turtle", "t": 640, "outcome": 912.0}"#;
        let commitment: Commitment = serde_json::from_str(early).expect("a commitment");
        assert_eq!(commitment.outcome, Some(912.0));
        // What has nothing to note is written as before.
        assert!(!serde_json::to_string(&commitment).expect("JSON").contains("note"));
    }

    #[test]
    fn every_pupil_has_a_folder_and_the_last_one_is_remembered() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut pupils = Pupils::of(folder.path().to_owned());
        assert_eq!((pupils.list(), pupils.last()), (&[][..], None));
        let add = |name: &str| pupils.add(name, &Preferences::default()).expect("added");
        let [ada, other_ada, zoe] = ["Ada", "ada ", "Żoë/../.."].map(add);
        assert_eq!([ada.as_str(), &other_ada, &zoe], ["ada", "ada-2", "o"]);
        let names: Vec<_> = pupils.list().iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["Ada", "ada", "Żoë/../.."]);
        pupils.remember(Some(&other_ada)).expect("written");
        assert_eq!(pupils.last().as_deref(), Some("ada-2"));
        let (profile, trouble) = Profile::open(Some(pupils.folder(Some(&other_ada))));
        assert_eq!((profile.remembered.name.as_deref(), trouble), (Some("ada"), None));
        pupils.remember(None).expect("written");
        assert_eq!(pupils.last(), None);
    }

    #[test]
    fn a_folder_that_is_a_file_is_trouble_and_not_a_panic() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        std::fs::write(&file, "x").expect("written");
        let (mut profile, trouble) = Profile::open(Some(file.clone()));
        assert!(matches!(trouble, Some(ProfileTrouble::NotWritten(_))), "{trouble:?}");
        profile.remembered.preferences.scale = 2.0;
        assert_eq!(profile.save(), Ok(()), "nothing is written where something strange stands");
        assert_eq!(std::fs::read_to_string(&file).expect("still a file"), "x");
    }
}
