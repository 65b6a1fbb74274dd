//! Runs at work, some of which begin in the middle of others.

use crate::experiment::check_moment;
use crate::recording::MAX_BYTES;
use crate::{
    Branch, Experiment, LabError, MAX_BRANCHES, Moment, Number, Pixel, PixelMoment, Progress, PromptWord,
    Settings, StepFormula, Tree, Value,
};
use std::collections::BTreeMap;

/// What the recordings of all branches may take together; a trunk has as much.
pub(crate) const BRANCHES_BYTES: usize = MAX_BYTES >> 1;

/// What the recording of one branch may take, in bytes.
pub const BRANCH_BYTES: usize = BRANCHES_BYTES.div_euclid(MAX_BRANCHES);

/// Several runs, by numbers that whoever has the grove chooses.
///
/// A branch is begun once its parent is computed as far as the moment where it leaves it, so its parents are computed
/// first, however many there are: [`grow`](Self::grow) does a little of that each time.
#[derive(Default)]
pub struct Grove {
    runs: BTreeMap<u64, Run>,
}

struct Run {
    begins: Option<Beginning>,
    /// None for a branch that is yet to begin.
    experiment: Option<Box<dyn Experiment>>,
}

/// Where a branch leaves its parent.
struct Beginning {
    parent: u64,
    /// Along the parent's whole way.
    idx: usize,
    /// That moment's t, where it is known beforehand.
    t: Option<usize>,
    /// With what it will go on, until it has begun.
    settings: Settings,
}

impl Grove {
    /// Every run of a tree by its number in the tree, the trunk by this experiment.
    pub fn of(tree: &Tree, trunk: Box<dyn Experiment>) -> Self {
        let mut grove = Self::default();
        grove.plant(0, trunk);
        for (nth, branch) in tree.branches().iter().enumerate() {
            let Branch { parent, idx, t, settings } = branch.clone();
            grove.branch(nth as u64 + 1, (parent as u64, idx, Some(t)), settings);
        }
        grove
    }

    /// A run from its start.
    pub fn plant(&mut self, id: u64, experiment: Box<dyn Experiment>) {
        self.runs.insert(id, Run { begins: None, experiment: Some(experiment) });
    }

    /// A run that will leave the run `parent` at the moment `idx` of its whole way, and go on with `settings`. If `t` is
    /// given, that moment has to have it.
    pub fn branch(&mut self, id: u64, (parent, idx, t): (u64, usize, Option<usize>), settings: Settings) {
        let begins = Some(Beginning { parent, idx, t, settings });
        self.runs.insert(id, Run { begins, experiment: None });
    }

    /// Ends a run. What branches off it can be looked at only from where it left.
    pub fn remove(&mut self, id: u64) {
        self.runs.remove(&id);
    }

    /// Ends a run from its start, and hands its experiment over.
    pub fn take(&mut self, id: u64) -> Option<Box<dyn Experiment>> {
        self.runs.remove(&id)?.experiment
    }

    /// Ends every run.
    pub fn clear(&mut self) {
        self.runs.clear();
    }

    /// The numbers of the runs.
    pub fn ids(&self) -> impl Iterator<Item = u64> + '_ {
        self.runs.keys().copied()
    }

    /// Whether the run is there and begun.
    pub fn is_begun(&self, id: u64) -> bool {
        self.runs.get(&id).is_some_and(|run| run.experiment.is_some())
    }

    /// Does a little so that the run begins; true once it has.
    ///
    /// # Errors
    /// When there is no such run, a step of one of its parents fails, or it cannot begin where it should.
    pub fn grow(&mut self, id: u64) -> Result<bool, LabError> {
        // The first of its line that is yet to begin: the one before it is begun.
        let mut id = id;
        let mut next = None;
        while !self.is_begun(id) {
            let run = self.runs.get(&id).and_then(|run| run.begins.as_ref());
            let Some(Beginning { parent, idx, t, settings }) = run else {
                // Whoever numbers the runs took its parent away.
                return Err(LabError::NoSuchRun { branch: id as usize, parent: id as usize });
            };
            next = Some((id, *parent, *idx, *t, settings.clone()));
            id = *parent;
        }
        let Some((id, parent, idx, t, settings)) = next else {
            return Ok(true);
        };
        let Some(mut whole_way) = self.whole_way(parent) else {
            return Ok(false);
        };
        if idx >= whole_way.num_moments() {
            return Err(LabError::NoSuchMoment { idx, last: whole_way.num_moments().saturating_sub(1) });
        }
        let found = whole_way.t_of(idx);
        if let Some(saved) = t.filter(|t| *t != found) {
            return Err(LabError::OtherBeginning { idx, saved, found });
        }
        if whole_way.num_computed() <= idx {
            whole_way.step()?;
            return Ok(false);
        }
        let experiment = whole_way.branch(idx, settings, BRANCH_BYTES)?;
        if let Some(run) = self.runs.get_mut(&id) {
            run.experiment = Some(experiment);
        }
        Ok(false)
    }

    /// The whole way of a run that is begun.
    pub fn whole_way(&mut self, id: u64) -> Option<WholeWay<'_>> {
        let settings = self.own(id)?.settings().clone();
        Some(WholeWay { grove: self, id, settings })
    }

    /// Lets `look` have a run that is begun: a run from its start as it is, a branch with its whole way.
    pub fn with<R>(&mut self, id: u64, look: impl FnOnce(&mut dyn Experiment) -> R) -> Option<R> {
        match self.runs.get_mut(&id) {
            Some(Run { begins: None, experiment: Some(experiment) }) => Some(look(experiment.as_mut())),
            _ => self.whole_way(id).map(|mut whole_way| look(&mut whole_way)),
        }
    }

    /// Grows the run until it has begun.
    ///
    /// # Errors
    /// As [`grow`](Self::grow).
    pub fn begin(&mut self, id: u64) -> Result<WholeWay<'_>, LabError> {
        while !self.grow(id)? {}
        self.whole_way(id).ok_or(LabError::NoSuchRun { branch: id as usize, parent: id as usize })
    }

    /// Which run has the moment `idx` of the whole way of run `id`, and as which of its own.
    fn place(&self, id: u64, idx: usize) -> (u64, usize) {
        match self.runs.get(&id).and_then(|run| run.begins.as_ref()) {
            Some(begins) if idx < begins.idx => self.place(begins.parent, idx),
            Some(begins) => (id, idx - begins.idx),
            None => (id, idx),
        }
    }

    /// How many moments of its whole way are its parents'.
    fn before(&self, id: u64) -> usize {
        self.runs.get(&id).and_then(|run| run.begins.as_ref()).map_or(0, |begins| begins.idx)
    }

    fn own(&self, id: u64) -> Option<&dyn Experiment> {
        self.runs.get(&id)?.experiment.as_deref()
    }

    fn own_mut(&mut self, id: u64) -> Result<&mut Box<dyn Experiment>, LabError> {
        let run = self.runs.get_mut(&id).and_then(|run| run.experiment.as_mut());
        run.ok_or(LabError::NoSuchRun { branch: id as usize, parent: id as usize })
    }
}

/// A run of a grove with all that led to it, as one experiment: up to where it left its parent, the moments are its
/// parent's.
pub struct WholeWay<'a> {
    grove: &'a mut Grove,
    id: u64,
    settings: Settings,
}

impl Experiment for WholeWay<'_> {
    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn num_moments(&self) -> usize {
        self.grove.before(self.id)
            + self.grove.own(self.id).map_or(0, super::experiment::Experiment::num_moments)
    }

    fn t_of(&self, idx: usize) -> usize {
        let (id, idx) = self.grove.place(self.id, idx);
        self.grove.own(id).map_or(0, |own| own.t_of(idx))
    }

    fn num_computed(&self) -> usize {
        self.grove.before(self.id)
            + self.grove.own(self.id).map_or(0, super::experiment::Experiment::num_computed)
    }

    fn step(&mut self) -> Result<Progress, LabError> {
        self.grove.own_mut(self.id)?.step()?;
        Ok(Progress::of(self.num_computed(), self.num_moments()))
    }

    fn moment(&mut self, idx: usize) -> Result<Moment, LabError> {
        check_moment(self, idx)?;
        let (id, own_idx) = self.grove.place(self.id, idx);
        let moment = self.grove.own_mut(id)?.moment(own_idx)?;
        Ok(Moment { idx, ..moment })
    }

    fn measure(&mut self, name: &str, idx: usize) -> Result<Number, LabError> {
        let per_moment = self.spec().measure(name)?.per_moment;
        let (id, idx) = if per_moment { self.grove.place(self.id, idx) } else { (self.id, 0) };
        self.grove.own_mut(id)?.measure(name, idx)
    }

    fn now(&self) -> Vec<Number> {
        self.grove.own(self.id).map(super::experiment::Experiment::now).unwrap_or_default()
    }

    fn labels(&self) -> &[String] {
        self.grove.own(self.id).map(super::experiment::Experiment::labels).unwrap_or_default()
    }

    fn words(&self) -> Option<&[PromptWord]> {
        self.grove.own(self.id)?.words()
    }

    /// Of what is its own; its parents' moments stay as they are looked at there.
    fn change(&mut self, setting: &str, value: Value) -> Result<bool, LabError> {
        let own = self.grove.own_mut(self.id)?;
        let is_taken = own.change(setting, value)?;
        self.settings = own.settings().clone();
        Ok(is_taken)
    }

    fn branch(
        &mut self,
        idx: usize,
        settings: Settings,
        max_bytes: usize,
    ) -> Result<Box<dyn Experiment>, LabError> {
        let (id, idx) = self.grove.place(self.id, idx);
        self.grove.own_mut(id)?.branch(idx, settings, max_bytes)
    }

    fn formula(&mut self, idx: usize) -> Result<Option<StepFormula>, LabError> {
        let (id, idx) = self.grove.place(self.id, idx);
        self.grove.own_mut(id)?.formula(idx)
    }

    fn pixel(&mut self, pixel: Pixel) -> Result<Vec<PixelMoment>, LabError> {
        let before = self.grove.before(self.id);
        let mut course = Vec::new();
        if let Some(parent) =
            self.grove.runs.get(&self.id).and_then(|run| run.begins.as_ref()).map(|begins| begins.parent)
            && let Some(mut parent) = self.grove.whole_way(parent)
        {
            course = parent.pixel(pixel)?;
            course.retain(|moment| moment.idx < before);
        }
        let own = self.grove.own_mut(self.id)?.pixel(pixel)?;
        course.extend(own.into_iter().map(|moment| PixelMoment { idx: moment.idx + before, ..moment }));
        Ok(course)
    }

    /// Its own, and where it left which runs.
    fn provenance(&self) -> Vec<(String, String)> {
        let mut lines =
            self.grove.own(self.id).map(super::experiment::Experiment::provenance).unwrap_or_default();
        let mut id = self.id;
        while let Some(begins) = self.grove.runs.get(&id).and_then(|run| run.begins.as_ref()) {
            let (Some(own), Some(parent)) = (self.grove.own(id), self.grove.own(begins.parent)) else {
                break;
            };
            let changed =
                own.settings().iter().filter(|(name, value)| parent.settings().get(name) != Ok(*value));
            let before: Vec<String> = changed
                .filter_map(|(name, _)| Some(format!("{name} = {}", parent.settings().get(name).ok()?)))
                .collect();
            let before = if before.is_empty() { "nothing changed".to_owned() } else { before.join(", ") };
            lines.push(("branch".to_owned(), format!("from t = {} on; before it {before}", own.t_of(0))));
            id = begins.parent;
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{denoising, settings};

    /// A trunk of ten steps, branch 1 from its t = 600 by DDPM, branch 2 from its t = 300 with another seed.
    fn grove() -> (Tree, Grove) {
        let trunk = [("num_inference_steps", "10"), ("num", "2")];
        let mut tree = Tree::new(settings("denoising", &trunk));
        let of = |typed: &[(&str, &str)]| settings("denoising", &[&trunk[..], typed].concat());
        let first = Branch { parent: 0, idx: 4, t: 600, settings: of(&[("sampler", "ddpm")]) };
        tree.add(first).unwrap();
        let second = of(&[("sampler", "ddpm"), ("seed", "5")]);
        tree.add(Branch { parent: 1, idx: 7, t: 300, settings: second }).unwrap();
        let grove = Grove::of(&tree, Box::new(denoising(&trunk)));
        (tree, grove)
    }

    fn finish(mut run: WholeWay<'_>) -> Vec<Moment> {
        while run.step().unwrap() != Progress::Done {}
        (0..run.num_moments()).map(|idx| run.moment(idx).unwrap()).collect()
    }

    fn difference(a: &Moment, b: &Moment) -> f64 {
        a.mean_abs_difference(b, "x_t").unwrap()
    }

    #[test]
    fn a_branch_computes_its_parents_up_to_where_it_left_them() {
        let (_, mut grove) = grove();
        let mut steps = 0;
        while !grove.grow(2).unwrap() {
            steps += 1;
        }
        let computed = [0, 1].map(|id| grove.whole_way(id).unwrap().num_computed());
        assert_eq!(computed, [5, 8]);
        // Five steps of the trunk, four of branch 1, and a beginning of each branch.
        assert_eq!(steps, 5 + 4 + 2);
    }

    #[test]
    fn the_whole_way_is_the_parents_and_then_its_own() {
        let (_, mut grove) = grove();
        let moments: Vec<Vec<Moment>> = [2, 1, 0].map(|id| finish(grove.begin(id).unwrap())).into();
        let [second, first, trunk] = &moments[..] else { panic!("three runs") };
        let ts: Vec<usize> = second.iter().map(|moment| moment.t).collect();
        assert_eq!(ts, [1000, 900, 800, 700, 600, 500, 400, 300, 200, 100, 0]);
        assert!(second.iter().enumerate().all(|(idx, moment)| moment.idx == idx));
        let apart = |a: &[Moment], b: &[Moment]| {
            (0..11).map(|idx| difference(&a[idx], &b[idx]) > 0.0).collect::<Vec<bool>>()
        };
        // The moment where a branch leaves is both's; what it does otherwise shows from the next one on.
        assert_eq!(apart(first, trunk), [[false; 5].as_slice(), &[true; 6]].concat());
        assert_eq!(apart(second, first), [[false; 8].as_slice(), &[true; 3]].concat());
    }

    #[test]
    fn a_pixel_is_followed_along_the_whole_way() {
        let (_, mut grove) = grove();
        let moments = finish(grove.begin(2).unwrap());
        let pixel = Pixel { sample: 1, c: 0, y: 3, x: 4 };
        let course = grove.whole_way(2).unwrap().pixel(pixel).unwrap();
        assert_eq!(course.iter().map(|moment| moment.idx).collect::<Vec<_>>(), (0..11).collect::<Vec<_>>());
        for (at, moment) in course.iter().zip(&moments) {
            assert_eq!(at.t, moment.t);
            for name in ["x_t", "pred_eps", "pred_x0", "v"] {
                let picture = moment.pictures_of(name).map(|pictures| pictures[1][(0, 3, 4)]);
                assert_eq!(at.value(name), picture, "{name} at t = {}", at.t);
            }
        }
        let nowhere = Pixel { y: 8, ..pixel };
        let error = grove.whole_way(2).unwrap().pixel(nowhere).unwrap_err();
        assert_eq!(error.to_string(), "there is no pixel in row 8, column 4, channel 0 of picture 1");
    }

    #[test]
    fn a_picture_says_which_branches_led_to_it() {
        let (_, mut grove) = grove();
        let lines = grove.begin(2).unwrap().provenance();
        let of = |name: &str| {
            lines
                .iter()
                .filter(|(known, _)| known == name)
                .map(|(_, value)| value.as_str())
                .collect::<Vec<_>>()
        };
        assert_eq!(of("seed"), ["5"]);
        assert_eq!(
            of("branch"),
            ["from t = 300 on; before it seed = 0", "from t = 600 on; before it sampler = ddim"]
        );
    }

    #[test]
    fn a_branch_that_cannot_begin_says_why() {
        let check = |idx, t, says: &str| {
            let (mut tree, _) = grove();
            let settings = tree.settings(0).unwrap().clone();
            let run = tree.add(Branch { parent: 0, idx, t, settings }).unwrap() as u64;
            let trunk = [("num_inference_steps", "10"), ("num", "2")];
            let mut grove = Grove::of(&tree, Box::new(denoising(&trunk)));
            let error = grove.begin(run).err().unwrap();
            assert_eq!(error.to_string(), says);
        };
        check(70, 300, "there is no moment 70; this recording has moments 0 to 10");
        check(
            4,
            500,
            "it begins at moment 4, saved with t = 500, and here that moment is at t = 600; it was changed by hand, or saved by another version of the program",
        );
        check(10, 0, "a branch cannot begin at t = 0, where nothing is left to do; go back a step");
    }
}
