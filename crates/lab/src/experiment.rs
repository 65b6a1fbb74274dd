//! What every experiment has in common: it is stepped, and its moments can be looked at in any order.

use crate::{Histogram, LabError, PromptWord, SettingError, Settings, Spec, StepFormula, Value};
use noisebook_data::Picture;
use noisebook_diffusion::Rates;

/// A running experiment. Whoever runs it calls [`step`](Experiment::step) until it is done.
pub trait Experiment: Send {
    /// The settings it was started with.
    fn settings(&self) -> &Settings;

    /// Its entry in the registry.
    fn spec(&self) -> &'static Spec {
        self.settings().spec()
    }

    /// How many moments the whole recording has.
    fn num_moments(&self) -> usize;

    /// The t of a moment: the number of noising steps in `x_t`.
    /// Noising counts up from t = 0, denoising down from t = T. Past the end it is the last moment's.
    fn t_of(&self, idx: usize) -> usize;

    /// How many moments can be looked at already: moments 0 to this, not included.
    fn num_computed(&self) -> usize;

    /// Computes the next moment, or a part of it where that takes long.
    fn step(&mut self) -> Result<Progress, LabError>;

    /// What there is to see at a moment, `idx` below [`num_computed`](Experiment::num_computed).
    fn moment(&mut self, idx: usize) -> Result<Moment, LabError>;

    /// A measure of the registry: of the moment `idx`, or of the whole recording where it belongs to that.
    fn measure(&mut self, name: &str, idx: usize) -> Result<Number, LabError>;

    /// A run that begins at the moment `idx`, computed already, with the very `x_t` that is there, and goes on with
    /// `settings`. Its own first moment is that one; its recording takes at most `max_bytes`, if that is possible at all.
    ///
    /// # Errors
    /// When this experiment has no branches, there is no such moment or nothing left to do at it, or `settings` differ in
    /// something that belongs to all of it: model and number of pictures, say.
    fn branch(
        &mut self,
        idx: usize,
        settings: Settings,
        max_bytes: usize,
    ) -> Result<Box<dyn Experiment>, LabError> {
        let _ = (idx, settings, max_bytes);
        Err(LabError::NoBranches { experiment: self.spec().name })
    }

    /// What the step from the moment `idx` on makes the next x of, in numbers; none where no step is taken, or where there
    /// is no formula of that kind.
    fn formula(&mut self, idx: usize) -> Result<Option<StepFormula>, LabError> {
        let _ = idx;
        Ok(None)
    }

    /// One pixel's course: its values at moments computed so far, in their order, at about a hundred of them where there
    /// are more.
    fn pixel(&mut self, pixel: Pixel) -> Result<Vec<PixelMoment>, LabError> {
        let num = self.num_computed();
        let every = num.div_ceil(100).max(1);
        let last = num.checked_sub(1);
        let moments = (0..num).filter(|idx| idx % every == 0 || Some(*idx) == last);
        moments.map(|idx| self.moment(idx)?.pixel(pixel)).collect()
    }

    /// Changes a setting while it runs: true if it is taken over from here on, false if the experiment must be started
    /// anew for it, and nothing is changed then. A training takes over its learning rate, for example.
    ///
    /// # Errors
    /// When there is no such setting, or it does not take this value.
    fn change(&mut self, setting: &str, value: Value) -> Result<bool, LabError> {
        let _ = value;
        self.spec().setting(setting)?;
        Ok(false)
    }

    /// Goes back to the moment `idx` and forgets what came after it; the next [`step`](Experiment::step) goes on from
    /// there, with the settings as they are now.
    ///
    /// # Errors
    /// When this kind of experiment cannot, or the moment is not computed.
    fn go_back(&mut self, idx: usize) -> Result<(), LabError> {
        let _ = idx;
        Err(LabError::CannotGoBack { experiment: self.spec().name })
    }

    /// What can be said of it at this instant, between two moments: a training's update and its loss. Empty for those
    /// of which only the moments say something.
    fn now(&self) -> Vec<Number> {
        Vec::new()
    }

    /// What may be asked for by the setting `label`, beside `any`; empty where there is no such setting.
    fn labels(&self) -> &[String] {
        &[]
    }

    /// The words of its prompts as the network gets them; none where nothing is told in words.
    fn words(&self) -> Option<&[PromptWord]> {
        None
    }

    /// What its samples are asked for in words, in turn: sample i for prompt i modulo their number. Only of a training whose
    /// prompts are fixed; none elsewhere.
    fn prompts(&self) -> &[&'static str] {
        &[]
    }

    /// Where its pictures come from, as names and values for captions and PNG text chunks.
    fn provenance(&self) -> Vec<(String, String)> {
        provenance_of(self.settings(), &[])
    }
}

/// How far an experiment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There is more to compute.
    Working {
        /// Moments computed, or steps taken where all moments are computed at once.
        done: usize,
        /// Moments of the whole recording, or steps to take.
        total: usize,
    },
    /// Every moment is computed.
    Done,
}

/// Everything there is to see at one t.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Its place in the recording.
    pub idx: usize,
    /// The number of noising steps in `x_t`.
    pub t: usize,
    /// The pictures of the X-ray, in the order of the formula. Values are as computed, not clipped.
    pub pictures: Vec<NamedPicture>,
    /// t, the rates and what follows from them. Without noise (t = 0) the signal-to-noise ratio is infinite.
    pub numbers: Vec<Number>,
    /// How the pixel values of `x_t` are distributed.
    pub histogram: Histogram,
    /// Curves that belong to this moment, a training's loss up to here say; often none.
    pub series: Vec<Series>,
    /// Sets of points in the plane, where the experiment is about points and not about pictures.
    pub points: Vec<NamedPoints>,
}

/// A curve with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// `loss`, `loss_by_t`, …
    pub name: &'static str,
    /// The unit of y, or empty.
    pub unit: &'static str,
    /// (x, y) by rising x. What x is follows from the name: updates for `loss`, t in steps for `loss_by_t`.
    pub points: Vec<(f64, f64)>,
}

/// One term of the formula, as points in the plane.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedPoints {
    /// `data`, `samples`, `x_t`, …
    pub name: &'static str,
    /// x to the right and y upward, about −1 to 1; where two sets belong together (`x_t` and `pred_x0`), in one order.
    pub points: Vec<[f32; 2]>,
}

/// One term of the formula, as pictures.
#[derive(Clone, Debug)]
pub struct NamedPicture {
    /// `x0`, `x_t`, `eps`, `pred_x0`, …, as in [`Spec::pictures`].
    pub name: &'static str,
    /// One for each sample, (c, h, w).
    pub pictures: Vec<Picture>,
}

/// A pixel of one of the pictures that a moment shows, each counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pixel {
    /// Which picture of those of one name.
    pub sample: usize,
    /// The channel.
    pub c: usize,
    /// The row.
    pub y: usize,
    /// The column.
    pub x: usize,
}

/// What a pixel is at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct PixelMoment {
    /// The moment's place in the recording.
    pub idx: usize,
    /// The moment's t.
    pub t: usize,
    /// Its value in the pictures of each name, as computed, not clipped.
    pub values: Vec<(&'static str, f32)>,
}

/// A measured value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// As in [`crate::Measure::name`].
    pub name: &'static str,
    /// The value.
    pub value: f64,
    /// As in [`crate::Measure::unit`].
    pub unit: &'static str,
}

impl Moment {
    /// The pictures of this name, if the moment has them.
    pub fn pictures_of(&self, name: &str) -> Option<&[Picture]> {
        self.pictures.iter().find(|named| named.name == name).map(|named| named.pictures.as_slice())
    }

    /// The curve of this name, if the moment has it.
    pub fn series_of(&self, name: &str) -> Option<&[(f64, f64)]> {
        self.series.iter().find(|series| series.name == name).map(|series| series.points.as_slice())
    }

    /// The points of this name, if the moment has them.
    pub fn points_of(&self, name: &str) -> Option<&[[f32; 2]]> {
        self.points.iter().find(|named| named.name == name).map(|named| named.points.as_slice())
    }

    /// The number of this name, if the moment has it.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.numbers.iter().find(|number| number.name == name).map(|number| number.value)
    }
}

impl Moment {
    /// One pixel in the pictures of each name.
    ///
    /// # Errors
    /// When no picture has it.
    pub fn pixel(&self, pixel: Pixel) -> Result<PixelMoment, LabError> {
        let Pixel { sample, c, y, x } = pixel;
        let value = |named: &NamedPicture| Some((named.name, *named.pictures.get(sample)?.get((c, y, x))?));
        let values: Vec<_> = self.pictures.iter().filter_map(value).collect();
        if values.is_empty() {
            return Err(LabError::NoSuchPixel { sample, c, y, x });
        }
        Ok(PixelMoment { idx: self.idx, t: self.t, values })
    }

    /// How far the pictures of this name are from those of another moment: the mean of |a − b| over all their values, in
    /// units of pixel value (from black to white it is 2); none where one of them lacks them, or they are not alike in
    /// size.
    pub fn mean_abs_difference(&self, other: &Self, name: &str) -> Option<f64> {
        let (ours, others) = (self.pictures_of(name)?, other.pictures_of(name)?);
        let shapes = |pictures: &[Picture]| pictures.iter().map(ndarray::ArrayBase::dim).collect::<Vec<_>>();
        if shapes(ours) != shapes(others) {
            return None;
        }
        let pairs = ours.iter().flatten().zip(others.iter().flatten());
        let (num, sum) =
            pairs.fold((0.0, 0.0), |(num, sum), (a, b)| (num + 1.0, sum + f64::from((a - b).abs())));
        (num > 0.0).then(|| sum / num)
    }
}

impl PixelMoment {
    /// The pixel's value in the picture of this name.
    pub fn value(&self, name: &str) -> Option<f32> {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

impl Progress {
    pub(crate) fn of(done: usize, total: usize) -> Self {
        if done < total { Self::Working { done, total } } else { Self::Done }
    }
}

impl Number {
    /// What a schedule says of t.
    pub(crate) fn of_rates(t: usize, rates: Rates) -> Vec<Self> {
        let Rates { alpha_cumprod, signal_rate, noise_rate, snr, .. } = rates;
        let number = |name, value, unit| Self { name, value, unit };
        vec![
            number("t", t as f64, "steps"),
            number("signal_rate", signal_rate, ""),
            number("noise_rate", noise_rate, ""),
            number("alpha_cumprod", alpha_cumprod, ""),
            number("snr", snr, ""),
            number("snr_db", 10.0 * snr.log10(), "dB"),
        ]
    }
}

/// One of the numbers that follow from the rates at t.
pub(crate) fn rate_number(spec: &Spec, name: &str, t: usize, rates: Rates) -> Result<Number, LabError> {
    let number = Number::of_rates(t, rates).into_iter().find(|number| number.name == name);
    number.ok_or_else(|| SettingError::unknown_measure(spec, name).into())
}

/// Refuses a moment that is not there, or not yet.
pub(crate) fn check_moment(experiment: &dyn Experiment, idx: usize) -> Result<(), LabError> {
    let (num_computed, num_moments) = (experiment.num_computed(), experiment.num_moments());
    if idx >= num_moments {
        Err(LabError::NoSuchMoment { idx, last: num_moments.saturating_sub(1) })
    } else if idx >= num_computed {
        Err(LabError::NotComputed { idx, num_computed, num_moments })
    } else {
        Ok(())
    }
}

/// The program, the experiment and its settings.
pub(crate) fn provenance_of(settings: &Settings, more: &[(String, String)]) -> Vec<(String, String)> {
    let mut lines = vec![
        ("Software".to_owned(), concat!("Noisebook ", env!("CARGO_PKG_VERSION")).to_owned()),
        ("experiment".to_owned(), settings.spec().name.to_owned()),
    ];
    let told = settings.iter().filter(|(name, value)| *name != "fault" || value.to_string() != "none");
    lines.extend(told.map(|(name, value)| (name.to_owned(), value.to_string())));
    lines.extend(more.iter().cloned());
    lines
}
