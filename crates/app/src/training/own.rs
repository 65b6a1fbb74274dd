//! What a learner brings along to train on: pictures and points that they draw, and the pictures of a folder.
//!
//! Nothing here draws on the screen. Drawings are kept with the lesson's progress, as answers are; a folder's pictures are
//! read, brought to the size of the network, and never written anywhere.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use noisebook_data::Picture;
use serde::{Deserialize, Serialize};

use crate::export::{FileError, read_picture};

/// The pad's side in pixels: what the digits have within their margin.
pub(crate) const PAD: usize = 28;
/// The side of every picture that is trained on, in pixels.
pub(crate) const SIDE: usize = 32;
/// How far the plane of points reaches from its middle, in its own units.
pub(crate) const REACH: f32 = 1.5;
/// So few points cannot be learned.
pub(crate) const LEAST_POINTS: usize = 8;
/// The most drawings, points and files that are kept.
const MOST_DRAWINGS: usize = 24;
const MOST_POINTS: usize = 600;
const MOST_FILES: usize = 600;
/// How many strokes can be taken back.
const MOST_STROKES: usize = 60;
/// How wide the brush is, from its middle to where it ends, in pixels.
const BRUSH: f32 = 1.7;
/// Points that are dragged stand at least so far apart, in the plane's units.
const APART: f32 = 0.04;

/// A drawing: the brightness of each pixel of the pad, row by row.
#[derive(Clone, PartialEq)]
pub(crate) struct Drawing(Vec<u8>);

impl Default for Drawing {
    fn default() -> Self {
        Self(vec![0; PAD * PAD])
    }
}

impl Drawing {
    /// Whether nothing is on it.
    pub fn is_blank(&self) -> bool {
        self.num_painted() == 0
    }

    /// How many pixels there is something on.
    pub fn num_painted(&self) -> usize {
        self.0.iter().filter(|value| **value >= 64).count()
    }

    /// The brightness of a pixel.
    pub fn at(&self, x: usize, y: usize) -> u8 {
        self.0.get(y * PAD + x).copied().filter(|_| x < PAD).unwrap_or_default()
    }

    /// A stroke of the brush, in pixels of the pad.
    fn paint(&mut self, from: [f32; 2], to: [f32; 2]) {
        let along = [to[0] - from[0], to[1] - from[1]];
        let length = along[0].hypot(along[1]);
        for (idx, value) in self.0.iter_mut().enumerate() {
            let pixel = [(idx % PAD) as f32 + 0.5, idx.div_euclid(PAD) as f32 + 0.5];
            let off = [pixel[0] - from[0], pixel[1] - from[1]];
            // The nearest place on the stroke.
            let share = (off[0] * along[0] + off[1] * along[1]) / (length * length).max(1e-6);
            let share = share.clamp(0.0, 1.0);
            let distance = (off[0] - share * along[0]).hypot(off[1] - share * along[1]);
            let ink = ((BRUSH - distance) * 255.0).clamp(0.0, 255.0) as u8;
            *value = ink.max(*value);
        }
    }

    /// As the network sees it: (1, 32, 32) from −1 to 1, the drawing within a margin of black.
    pub fn picture(&self) -> Picture {
        let margin = (SIDE - PAD).div_euclid(2);
        Picture::from_shape_fn((1, SIDE, SIDE), |(_, y, x)| {
            let inside = |at: usize| at.checked_sub(margin).filter(|at| *at < PAD);
            let value = inside(x).zip(inside(y)).map_or(0, |(x, y)| self.at(x, y));
            f32::from(value) / 127.5 - 1.0
        })
    }

    /// One of sixteen grays a pixel, as hexadecimal digits.
    fn text(&self) -> String {
        self.0.iter().filter_map(|value| char::from_digit(u32::from(*value >> 4), 16)).collect()
    }

    fn from_text(text: &str) -> Option<Self> {
        let value = |digit: char| Some(digit.to_digit(16)? as u8 * 17);
        let values: Vec<u8> = text.chars().map(value).collect::<Option<_>>()?;
        (values.len() == PAD * PAD).then_some(Self(values))
    }
}

/// The pictures of a folder.
#[derive(Clone, Default)]
pub(crate) struct Folder {
    pub name: String,
    /// Each (3, 32, 32).
    pub pictures: Vec<Picture>,
    /// What could not be read, by name.
    pub skipped: Vec<String>,
    /// Files that were not even looked at, for there were too many.
    pub num_left: usize,
}

/// Reads the pictures in a folder, or those among some files.
///
/// # Errors
/// With a sentence when the folder cannot be read, or nothing in it is a picture.
pub(crate) fn read_folder(paths: &[PathBuf]) -> Result<Folder, FileError> {
    let [first, ..] = paths else {
        return Ok(Folder::default());
    };
    let name_of = |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let unreadable = |why| FileError::Unreadable { name: name_of(path), why };
            for entry in std::fs::read_dir(path).map_err(unreadable)? {
                files.push(entry.map_err(unreadable)?.path());
            }
        } else {
            files.push(path.clone());
        }
    }
    // What systems put into folders is nobody's picture.
    files.retain(|file| !name_of(file).starts_with('.') && !file.is_dir());
    files.sort();
    let num_left = files.len().saturating_sub(MOST_FILES);
    files.truncate(MOST_FILES);
    let parent = first.parent().filter(|_| !first.is_dir()).unwrap_or(first);
    let mut folder = Folder { name: name_of(parent), num_left, ..Folder::default() };
    let mut why = None;
    for file in files {
        match read_picture(&file, SIDE) {
            Ok((_, picture)) => folder.pictures.push(picture),
            Err(error) => {
                folder.skipped.push(name_of(&file));
                why.get_or_insert(error);
            }
        }
    }
    match (folder.pictures.is_empty(), why) {
        // One file that is no picture says more about itself than a folder without any.
        (true, Some(error)) if folder.skipped.len() == 1 => Err(error),
        (true, _) => Err(FileError::NoPictures { name: folder.name }),
        _ => Ok(folder),
    }
}

/// What the learner does with their own data.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum OwnAct {
    /// Shows the pad or the plane, or goes back to the stage.
    Open(bool),
    /// A stroke begins.
    Begin,
    /// The brush goes from here to there, in pixels of the pad.
    Paint([f32; 2], [f32; 2]),
    /// A point, in the plane's units.
    Point([f32; 2]),
    /// The drawing is done; the next one begins.
    Keep,
    /// A drawing is thrown away.
    Remove(usize),
    /// Everything on the pad, or every point, is thrown away.
    Clear,
    Undo,
    /// Pictures of a folder, chosen in a dialog.
    AskForFolder,
    /// The folder's pictures are forgotten.
    LeaveFolder,
    /// The network starts to learn from them.
    Train,
    /// A critic judges what is on the pad.
    Judge,
}

/// What undo brings back.
#[derive(Clone)]
struct Before {
    drawing: Drawing,
    drawings: Vec<Drawing>,
    points: Vec<[f32; 2]>,
}

/// Everything of one's own, of one lesson.
#[derive(Clone, Default)]
pub(crate) struct Own {
    /// Whether the pad or the plane lies on the stage.
    pub is_open: bool,
    /// What is on the pad.
    pub drawing: Drawing,
    /// What was drawn before.
    pub drawings: Vec<Drawing>,
    pub points: Vec<[f32; 2]>,
    pub folder: Option<Folder>,
    before: Vec<Before>,
}

/// Own drawings as they are kept with the lesson's progress; a folder's pictures are not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct KeptOwn {
    /// A line of 784 hexadecimal digits each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drawings: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<[f32; 2]>,
}

impl KeptOwn {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What an experiment gets of it.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct OwnData {
    pub pictures: Arc<Vec<Picture>>,
    pub points: Arc<Vec<[f32; 2]>>,
}

impl Own {
    /// As it was kept; what cannot be read is left out.
    pub fn of(kept: &KeptOwn) -> Self {
        let is_inside = |point: &[f32; 2]| point.iter().all(|at| at.abs() <= REACH);
        Self {
            drawings: kept.drawings.iter().filter_map(|text| Drawing::from_text(text)).collect(),
            points: kept.points.iter().copied().filter(is_inside).collect(),
            ..Self::default()
        }
    }

    /// What is to be kept.
    pub fn kept(&self) -> KeptOwn {
        KeptOwn { drawings: self.all_drawings().map(Drawing::text).collect(), points: self.points.clone() }
    }

    fn all_drawings(&self) -> impl Iterator<Item = &Drawing> {
        self.drawings.iter().chain(Some(&self.drawing).filter(|drawing| !drawing.is_blank()))
    }

    /// How many pictures there are to train on.
    pub fn num_pictures(&self) -> usize {
        self.folder.as_ref().map_or(0, |folder| folder.pictures.len()) + self.all_drawings().count()
    }

    /// What an experiment gets: drawings (1, 32, 32), and the pictures of a folder (3, 32, 32), which it makes gray itself.
    pub fn data(&self) -> OwnData {
        let drawings = self.all_drawings().map(Drawing::picture);
        let folder = self.folder.iter().flat_map(|folder| folder.pictures.iter().cloned());
        OwnData {
            pictures: Arc::new(drawings.chain(folder).collect()),
            points: Arc::new(self.points.clone()),
        }
    }

    /// Whether no more drawings are kept, or no more points.
    pub fn is_full(&self, is_plane: bool) -> bool {
        if is_plane { self.points.len() >= MOST_POINTS } else { self.drawings.len() >= MOST_DRAWINGS }
    }

    pub fn can_undo(&self) -> bool {
        !self.before.is_empty()
    }

    fn keep_before(&mut self) {
        self.before.push(Before {
            drawing: self.drawing.clone(),
            drawings: self.drawings.clone(),
            points: self.points.clone(),
        });
        if self.before.len() > MOST_STROKES {
            self.before.remove(0);
        }
    }

    /// Carries out what concerns the drawings; dialogs and the training are the lesson's.
    pub fn perform(&mut self, act: &OwnAct, is_plane: bool) {
        match act {
            OwnAct::Open(is_open) => self.is_open = *is_open,
            OwnAct::Begin => self.keep_before(),
            OwnAct::Paint(from, to) => self.drawing.paint(*from, *to),
            OwnAct::Point(at) => {
                let at = at.map(|at| at.clamp(-REACH, REACH));
                let is_near = |point: &[f32; 2]| (point[0] - at[0]).hypot(point[1] - at[1]) < APART;
                if !self.is_full(is_plane) && !self.points.iter().any(is_near) {
                    self.points.push(at);
                }
            }
            OwnAct::Keep if self.drawing.is_blank() || self.is_full(is_plane) => {}
            OwnAct::Keep => {
                self.keep_before();
                self.drawings.push(std::mem::take(&mut self.drawing));
            }
            OwnAct::Remove(idx) if *idx < self.drawings.len() => {
                self.keep_before();
                self.drawings.remove(*idx);
            }
            OwnAct::Clear => {
                self.keep_before();
                if is_plane {
                    self.points.clear();
                } else {
                    self.drawing = Drawing::default();
                }
            }
            OwnAct::Undo => {
                if let Some(before) = self.before.pop() {
                    (self.drawing, self.drawings, self.points) =
                        (before.drawing, before.drawings, before.points);
                }
            }
            OwnAct::LeaveFolder => self.folder = None,
            OwnAct::Remove(_) | OwnAct::AskForFolder | OwnAct::Train | OwnAct::Judge => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn() -> Own {
        let mut own = Own::default();
        own.perform(&OwnAct::Begin, false);
        own.perform(&OwnAct::Paint([4.0, 4.0], [20.0, 4.0]), false);
        own
    }

    #[test]
    fn a_stroke_is_painted_kept_and_taken_back() {
        let mut own = drawn();
        let painted = own.drawing.num_painted();
        assert!((30..80).contains(&painted), "{painted} pixels");
        assert_eq!(own.num_pictures(), 1, "what is on the pad counts");
        own.perform(&OwnAct::Keep, false);
        assert!(own.drawing.is_blank() && own.drawings.len() == 1);
        let picture = own.drawings[0].picture();
        assert_eq!(picture.dim(), (1, SIDE, SIDE));
        assert_eq!((picture[[0, 0, 0]], picture[[0, 6, 10]]), (-1.0, 1.0));
        own.perform(&OwnAct::Undo, false);
        assert_eq!((own.drawings.len(), own.drawing.num_painted()), (0, painted));
        own.perform(&OwnAct::Undo, false);
        assert_eq!((own.num_pictures(), own.can_undo()), (0, false));
    }

    #[test]
    fn points_do_not_pile_up_and_stay_on_the_plane() {
        let mut own = Own::default();
        own.perform(&OwnAct::Begin, true);
        for at in [[0.0, 0.0], [0.01, 0.0], [9.0, -9.0]] {
            own.perform(&OwnAct::Point(at), true);
        }
        assert_eq!(own.points, [[0.0, 0.0], [REACH, -REACH]]);
        own.perform(&OwnAct::Undo, true);
        assert!(own.points.is_empty());
    }

    #[test]
    fn what_finds_no_room_takes_nothing_away() {
        let mut own = Own::default();
        for nth in 0..=MOST_DRAWINGS {
            assert_eq!(own.is_full(false), nth == MOST_DRAWINGS);
            own.perform(&OwnAct::Paint([4.0, 4.0], [20.0, 4.0]), false);
            own.perform(&OwnAct::Keep, false);
        }
        assert_eq!(own.drawings.len(), MOST_DRAWINGS);
        assert!(!own.drawing.is_blank(), "what finds no room stays on the pad");
        own.perform(&OwnAct::Remove(0), false);
        assert!(!own.is_full(false));
        own.points = vec![[0.0, 0.0]; MOST_POINTS];
        own.perform(&OwnAct::Point([0.5, 0.5]), true);
        assert_eq!((own.points.len(), own.is_full(true)), (MOST_POINTS, true));
    }

    #[test]
    fn what_is_kept_is_there_again() {
        let mut own = drawn();
        own.perform(&OwnAct::Point([0.5, -0.25]), true);
        let json = serde_json::to_string(&own.kept()).expect("JSON");
        let kept: KeptOwn = serde_json::from_str(&json).expect("kept");
        let again = Own::of(&kept);
        assert_eq!((again.drawings.len(), again.points), (1, vec![[0.5, -0.25]]));
        assert_eq!(
            Own::of(&KeptOwn { drawings: vec!["xyz".to_owned()], points: Vec::new() }).drawings.len(),
            0
        );
    }

    #[test]
    fn a_folder_gives_what_it_has_and_names_the_rest() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| folder.path().join(name);
        image::RgbImage::from_pixel(50, 40, image::Rgb([255, 0, 0])).save(file("red.png")).expect("saved");
        std::fs::write(file("notes.txt"), "no picture").expect("written");
        std::fs::write(file(".hidden"), "").expect("written");
        let read = read_folder(&[folder.path().to_owned()]).expect("a folder");
        assert_eq!((read.pictures.len(), read.skipped.as_slice()), (1, ["notes.txt".to_owned()].as_slice()));
        let mut own = drawn();
        own.folder = Some(read);
        let shapes: Vec<_> = own.data().pictures.iter().map(Picture::dim).collect();
        assert_eq!(shapes, [(1, SIDE, SIDE), (3, SIDE, SIDE)]);
        std::fs::remove_file(file("red.png")).expect("removed");
        let check = |paths: &[PathBuf], says: &str| {
            let error = read_folder(paths).err().expect("an error").to_string();
            assert!(error.contains(says), "{error}");
        };
        check(&[file("notes.txt")], "notes.txt is not a PNG");
        check(&[file("nowhere.png")], "nowhere.png could not be read");
        std::fs::write(file("more.txt"), "no picture").expect("written");
        check(&[folder.path().to_owned()], "has no picture");
    }
}
