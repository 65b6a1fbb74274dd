//! Made by a person or by a machine? A test of the eye, as Turing's of conversation ("Computing machinery and
//! intelligence", Mind 1950): digits from people and from a network stand in one row, shuffled, and nothing but the
//! pictures tells them apart.
//!
//! - The written ones are of the test split, which no model here has trained on.
//! - Each drawn one has the label of a written one.
//! - Both are rounded to the same grays, by default the 256 in which the written ones are stored. A network leaves its
//!   black a little uneven, which `grays = 8` hides in both alike.
//! - No picture can be seen before all of them can.

use crate::denoising::{pictures_of, tensor_values};
use crate::experiment::{check_moment, provenance_of};
use crate::{
    Context, DenoisingModel, Experiment, Histogram, LabError, Moment, NamedPicture, Number, Progress,
    Settings,
};
use noisebook_data::{Digits, Picture, Split};
use noisebook_diffusion::{BatchNoise, Cond, Guidance, SamplerConfig, Sampling};
use noisebook_ops::{Noise, Stream};
use noisebook_shelf::Shelf;

/// The experiment `authorship`. Moment idx is a picture of the row; its t is its number, from 1.
pub struct Authorship {
    settings: Settings,
    /// The row, from left to right.
    row: Vec<Author>,
    written: Vec<Picture>,
    /// Empty until all are finished.
    drawn: Vec<Picture>,
    sampling: Sampling,
    sample_shape: [usize; 3],
    /// How many grays the pictures have.
    grays: u64,
    provenance: Vec<(String, String)>,
}

/// Who made a picture, and its place among those of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Author {
    Person(usize),
    Machine(usize),
}

impl Authorship {
    /// Loads the model from the shelf and chooses the written digits.
    pub fn start(settings: Settings, context: &Context) -> Result<Self, LabError> {
        let store = context.store.as_ref();
        let model = Shelf::new(store).diffusion_model(settings.text("model")?, &context.device)?;
        Self::new(model.into(), &Digits::load(store)?, settings)
    }

    /// Chooses the written digits and shuffles the row.
    ///
    /// # Errors
    /// When the model makes pictures of another size than the digits, or does not know a label of theirs.
    pub fn new(model: DenoisingModel, digits: &Digits, settings: Settings) -> Result<Self, LabError> {
        let num = settings.int("num")? as usize;
        let noise = Noise::new(settings.int("seed")?);
        let num_drawn = num.div_euclid(2);
        let test = digits.indices(Split::Test);
        let chosen = shuffled(noise, 0, test.len()).into_iter().take(num - num_drawn);
        let chosen: Vec<usize> = chosen.filter_map(|place| test.get(place).copied()).collect();
        let persons = (0..chosen.len()).map(Author::Person);
        let authors: Vec<_> = persons.chain((0..num_drawn).map(Author::Machine)).collect();
        let row =
            shuffled(noise, 1, authors.len()).into_iter().filter_map(|place| authors.get(place).copied());
        let labels: Vec<u32> = chosen.iter().take(num_drawn).map(|idx| digits.label(*idx).into()).collect();
        let grays = settings.int("grays")?;
        let written: Vec<Picture> =
            chosen.iter().map(|idx| digits.picture(*idx).mapv(|value| rounded(value, grays))).collect();

        let sample_shape = model.sample_shape;
        if let Some((c, h, w)) = written.first().map(Picture::dim)
            && sample_shape != [c, h, w]
        {
            let [c_found, h_found, w_found] = sample_shape;
            let why = format!(
                "it makes pictures of {c_found}×{h_found}×{w_found}, and the written digits have {c}×{h}×{w}; choose a model of digits"
            );
            return Err(LabError::Model { model: model.name, why });
        }
        Ok(Self {
            row: row.collect(),
            written,
            drawn: Vec::new(),
            sample_shape,
            grays,
            provenance: model.provenance.clone(),
            sampling: sampling(model, &labels, noise, &settings)?,
            settings,
        })
    }

    fn picture(&self, idx: usize) -> Option<&Picture> {
        match self.row.get(idx)? {
            Author::Person(place) => self.written.get(*place),
            Author::Machine(place) => self.drawn.get(*place),
        }
    }
}

impl Experiment for Authorship {
    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn num_moments(&self) -> usize {
        self.row.len()
    }

    fn t_of(&self, idx: usize) -> usize {
        (idx + 1).min(self.row.len())
    }

    fn num_computed(&self) -> usize {
        if self.drawn.is_empty() { 0 } else { self.row.len() }
    }

    fn step(&mut self) -> Result<Progress, LabError> {
        if self.drawn.is_empty() {
            self.sampling.step()?;
        }
        let (done, total) = (self.sampling.step_idx(), self.sampling.num_steps());
        if done == total && self.drawn.is_empty() {
            let pictures = pictures_of(&tensor_values(self.sampling.x_t())?, self.sample_shape)?;
            let grays = self.grays;
            self.drawn =
                pictures.into_iter().map(|drawn| drawn.mapv(|value| rounded(value, grays))).collect();
        }
        Ok(Progress::of(done, total))
    }

    fn moment(&mut self, idx: usize) -> Result<Moment, LabError> {
        check_moment(self, idx)?;
        let pictures: Vec<Picture> = self.picture(idx).cloned().into_iter().collect();
        let histogram = Histogram::of(&pictures);
        let t = self.t_of(idx);
        Ok(Moment {
            idx,
            t,
            pictures: vec![NamedPicture { name: "exhibit", pictures }],
            // Whoever made it is asked for, not told.
            numbers: vec![Number { name: "picture", value: t as f64, unit: "" }],
            histogram,
            series: Vec::new(),
            points: Vec::new(),
        })
    }

    fn measure(&mut self, name: &str, idx: usize) -> Result<Number, LabError> {
        let measure = self.spec().measure(name)?;
        check_moment(self, idx)?;
        let value = match (measure.name, self.row.get(idx)) {
            ("made_by_machine", Some(Author::Machine(_))) => 1.0,
            ("made_by_machine", _) => 0.0,
            _ => self.t_of(idx) as f64,
        };
        Ok(Number { name: measure.name, value, unit: measure.unit })
    }

    fn provenance(&self) -> Vec<(String, String)> {
        provenance_of(&self.settings, &self.provenance)
    }
}

/// The network at work on a picture for each of these labels; a model without labels goes without.
fn sampling(
    model: DenoisingModel,
    labels: &[u32],
    noise: Noise,
    settings: &Settings,
) -> Result<Sampling, LabError> {
    let DenoisingModel { name, denoiser, schedule, prediction, sample_shape, labels: known, device, .. } =
        model;
    let [c, h, w] = sample_shape;
    let noise = BatchNoise::new(noise, 0, &[labels.len(), c, h, w], &device)?;
    let config = SamplerConfig {
        sampler: settings.text("sampler")?.parse()?,
        num_inference_steps: settings.int("num_inference_steps")? as usize,
        prediction,
        ..SamplerConfig::for_pictures()
    };
    let guidance = Guidance::Scale(settings.float("cfg_scale")?);
    let unknown = labels.iter().find(|label| !known.is_empty() && **label as usize >= known.len());
    if let Some(label) = unknown {
        let num = known.len();
        let why = format!("it knows {num} labels, and a written digit has {label}; choose another model");
        return Err(LabError::Model { model: name, why });
    }
    let cond = if known.is_empty() {
        Cond::null()
    } else {
        Cond::new(candle_core::Tensor::from_slice(labels, labels.len(), &device)?)
    };
    Ok(Sampling::new(denoiser, config.build(&schedule)?, cond, guidance, noise)?)
}

/// The numbers 0 to `len`, not included, in an order that the seed decides.
fn shuffled(noise: Noise, step: u64, len: usize) -> Vec<usize> {
    let keys = noise.uniform(Stream::Data, 0, step, len);
    let mut order: Vec<(f32, usize)> = keys.into_iter().zip(0..).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    order.into_iter().map(|(_, place)| place).collect()
}

/// The nearest of so many grays, evenly spaced from black to white. With 256 they are those of the stored digits.
fn rounded(value: f32, grays: u64) -> f32 {
    let half = (grays - 1) as f32 / 2.0;
    ((value.clamp(-1.0, 1.0) + 1.0) * half).round() / half - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{context, model, model_of, run, settings};

    fn digits() -> Digits {
        Digits::load(context(None).store.as_ref()).unwrap()
    }

    /// With a formula in the place of a network: every pixel of a drawn picture is about a tenth of its label.
    fn authorship(typed: &[(&str, &str)]) -> Authorship {
        let model = DenoisingModel { sample_shape: [1, 32, 32], ..model_of(0.05) };
        Authorship::new(model, &digits(), settings("authorship", typed)).unwrap()
    }

    /// The pictures of the row, each with whether it was made by the machine.
    fn exhibits(typed: &[(&str, &str)]) -> Vec<(Picture, bool)> {
        let mut experiment = run(authorship(typed));
        (0..experiment.num_moments())
            .map(|idx| {
                let is_made = experiment.measure("made_by_machine", idx).unwrap().value == 1.0;
                let moment = experiment.moment(idx).unwrap();
                (moment.pictures_of("exhibit").unwrap()[0].clone(), is_made)
            })
            .collect()
    }

    #[test]
    fn half_are_made_and_stand_anywhere() {
        let check = |num: &str, num_made: usize| {
            let made: Vec<_> = exhibits(&[("num", num)]).into_iter().map(|(_, is_made)| is_made).collect();
            assert_eq!(made.len().to_string(), num);
            assert_eq!(made.iter().filter(|is_made| **is_made).count(), num_made, "{num}");
            made
        };
        check("2", 1);
        check("7", 3);
        let made = check("20", 10);
        let changes = made.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!(changes > 3, "they stand in groups: {made:?}");
    }

    #[test]
    fn the_written_ones_are_of_the_test_split() {
        let digits = digits();
        let test: Vec<_> = digits.indices(Split::Test).iter().map(|idx| digits.picture(*idx)).collect();
        let exhibits = exhibits(&[("num", "40"), ("seed", "3")]);
        let written: Vec<_> = exhibits.iter().filter(|(_, is_made)| !is_made).collect();
        for (nth, (picture, _)) in written.iter().enumerate() {
            assert!(test.contains(picture), "number {nth} is not of the test split");
            assert!(written[..nth].iter().all(|(other, _)| other != picture), "number {nth} is there twice");
        }
    }

    #[test]
    fn each_drawn_one_has_the_label_of_a_written_one() {
        let digits = digits();
        let label_of = |picture: &Picture| {
            let idx = digits.indices(Split::Test).iter().find(|idx| digits.picture(**idx) == *picture);
            i32::from(digits.label(*idx.unwrap()))
        };
        // The formula knows labels by the mean of a picture.
        let label_from_mean = |picture: &Picture| (10.0 * picture.mean().unwrap()).round() as i32;
        let (mut written, mut drawn) = (Vec::new(), Vec::new());
        for (picture, is_made) in exhibits(&[("seed", "1")]) {
            if is_made { drawn.push(label_from_mean(&picture)) } else { written.push(label_of(&picture)) }
        }
        written.sort_unstable();
        drawn.sort_unstable();
        assert_eq!(written, drawn);
        assert!(written.first() != written.last(), "all have the label {}", written[0]);
    }

    #[test]
    fn both_have_the_same_grays() {
        let check = |num: u16, levels: &[f32]| {
            for (picture, is_made) in exhibits(&[("grays", &num.to_string())]) {
                assert!(picture.iter().all(|value| levels.contains(value)), "{num}, made: {is_made}");
            }
        };
        let stored: Vec<f32> = (0..=255_u8).map(|byte| f32::from(byte) / 127.5 - 1.0).collect();
        check(256, &stored);
        check(3, &[-1.0, 0.0, 1.0]);
        check(2, &[-1.0, 1.0]);
    }

    #[test]
    fn a_value_becomes_the_nearest_gray() {
        let check =
            |value: f32, grays: u64, expected: f32| assert_eq!(rounded(value, grays), expected, "{value}");
        check(-3.0, 256, -1.0);
        check(2.0, 256, 1.0);
        check(-0.999, 256, -1.0);
        check(0.0, 256, 128.0 / 127.5 - 1.0);
        check(-0.8, 8, 1.0 / 3.5 - 1.0);
        check(-0.9, 8, -1.0);
    }

    #[test]
    fn nothing_is_seen_before_everything_is() {
        let mut experiment = authorship(&[("num", "4"), ("num_inference_steps", "5")]);
        for done in 1..5 {
            assert_eq!(experiment.step().unwrap(), Progress::Working { done, total: 5 });
            assert_eq!(experiment.num_computed(), 0);
            for idx in 0..4 {
                let error = experiment.moment(idx).unwrap_err();
                assert_eq!(error.to_string(), format!("moment {idx} is not computed yet; 0 of 4 are"));
                assert!(experiment.measure("made_by_machine", idx).is_err());
            }
        }
        assert_eq!(experiment.step().unwrap(), Progress::Done);
        assert_eq!((experiment.num_computed(), experiment.num_moments()), (4, 4));
        assert_eq!(experiment.step().unwrap(), Progress::Done);
    }

    #[test]
    fn a_moment_tells_its_number_and_not_its_author() {
        let mut experiment = run(authorship(&[("num", "6")]));
        for idx in 0..6 {
            let moment = experiment.moment(idx).unwrap();
            assert_eq!((moment.t, experiment.t_of(idx)), (idx + 1, idx + 1));
            let expected = [Number { name: "picture", value: idx as f64 + 1.0, unit: "" }];
            assert_eq!(moment.numbers, expected);
            assert_eq!(experiment.measure("picture", idx).unwrap(), expected[0]);
            assert_eq!(moment.histogram.counts.iter().sum::<u64>(), 1024);
        }
        let error = experiment.moment(6).unwrap_err();
        assert_eq!(error.to_string(), "there is no moment 6; this recording has moments 0 to 5");
    }

    #[test]
    fn a_seed_is_a_row() {
        assert_eq!(exhibits(&[("seed", "5")]), exhibits(&[("seed", "5")]));
        let authors = |seed: &str| -> Vec<bool> {
            exhibits(&[("seed", seed)]).into_iter().map(|(_, is_made)| is_made).collect()
        };
        assert_ne!(authors("5"), authors("6"));
    }

    #[test]
    fn a_model_of_something_else_is_refused() {
        let check = |model: DenoisingModel, says: &str| {
            let error = Authorship::new(model, &digits(), settings("authorship", &[])).err().unwrap();
            assert_eq!(error.to_string(), format!("ddpm-digits: {says}"));
        };
        check(
            model(),
            "it makes pictures of 1×8×8, and the written digits have 1×32×32; choose a model of digits",
        );
        let few = DenoisingModel { labels: vec!["0".to_owned()], sample_shape: [1, 32, 32], ..model() };
        let error = Authorship::new(few, &digits(), settings("authorship", &[])).err().unwrap();
        assert!(error.to_string().contains("it knows 1 labels"), "{error}");
    }

    #[test]
    fn it_says_where_its_pictures_come_from() {
        let lines = authorship(&[("seed", "7")]).provenance();
        for (name, value) in [("model", "ddpm-digits"), ("weights sha256", "abc"), ("seed", "7")] {
            assert!(lines.contains(&(name.to_owned(), value.to_owned())), "{lines:?}");
        }
    }
}
