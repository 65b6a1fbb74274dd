//! The one registry: every experiment with its settings, pictures and measures.
//!
//! Lessons are checked against it, the window makes its controls from it, notebooks and the command line take the same
//! names.

use crate::error::list;
use crate::fault::Fault;
use crate::race::{FIELDS, Race};
use crate::{Authorship, Context, Experiment, LabError, Noising, SettingError, Settings, Value};
use std::borrow::Cow;

/// What an experiment is called, takes, shows and measures.
#[derive(Debug)]
pub struct Spec {
    /// Its name in lessons, `noising`.
    pub name: &'static str,
    /// Its title on a page of its own.
    pub title: &'static str,
    /// One sentence: what happens in it.
    pub about: &'static str,
    /// How it is looked at.
    pub view: View,
    /// What can be set.
    pub settings: &'static [Setting],
    /// The pictures that its moments can show, as in [`crate::NamedPicture::name`].
    pub pictures: &'static [&'static str],
    /// What can be measured.
    pub measures: &'static [Measure],
    /// How it starts.
    pub(crate) start: Start,
}

/// How an experiment is looked at: what a window puts on its stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Pictures to look at one after the other, without noise.
    Exhibition,
    /// A picture that turns into noise.
    Noising,
    /// Noise that a network turns into pictures.
    Denoising,
    /// Noise schedules side by side, to be drawn and dragged.
    Schedules,
    /// A network that learns.
    Training,
    /// Samplers against each other, on a ladder of steps.
    Race,
}

/// Loads what an experiment needs.
pub(crate) type Start = fn(Settings, &Context) -> Result<Box<dyn Experiment>, LabError>;

/// One thing that can be set.
#[derive(Debug)]
pub struct Setting {
    /// Its name in lessons, `num_inference_steps`.
    pub name: &'static str,
    /// Which values it takes.
    pub kind: Kind,
    /// The unit of its value, or empty.
    pub unit: &'static str,
    /// The value that holds when none is given.
    pub default: Value,
    /// One sentence: what it does.
    pub about: &'static str,
}

/// The values that a setting takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number, both ends included.
    Int {
        /// The least value.
        min: u64,
        /// The greatest value.
        max: u64,
    },
    /// A number, both ends included.
    Float {
        /// The least value.
        min: f64,
        /// The greatest value.
        max: f64,
    },
    /// Yes or no.
    Bool,
    /// A picture's id, `emoji/noto/turtle` or `digits/123`, or `own` for the learner's.
    Picture,
    /// The name of a model on the shelf.
    Model,
}

/// One thing that can be measured.
#[derive(Debug)]
pub struct Measure {
    /// Its name in lessons, `signal_rate`.
    pub name: &'static str,
    /// The unit of its value, or empty.
    pub unit: &'static str,
    /// Whether it belongs to one moment, or to the whole recording.
    pub per_moment: bool,
    /// One sentence: what it says.
    pub about: &'static str,
}

impl Spec {
    /// The setting of this name.
    pub fn setting(&self, name: &str) -> Result<&'static Setting, SettingError> {
        let found = self.settings.iter().find(|setting| setting.name == name);
        found.ok_or_else(|| SettingError::unknown_setting(self, name))
    }

    /// The measure of this name.
    pub fn measure(&self, name: &str) -> Result<&'static Measure, SettingError> {
        let found = self.measures.iter().find(|measure| measure.name == name);
        found.ok_or_else(|| SettingError::unknown_measure(self, name))
    }
}

/// Every experiment, in the order of the course.
pub fn registry() -> &'static [Spec] {
    &REGISTRY
}

/// The experiment of this name.
pub fn spec(name: &str) -> Result<&'static Spec, SettingError> {
    let found = REGISTRY.iter().find(|spec| spec.name == name);
    found.ok_or_else(|| SettingError::UnknownExperiment {
        name: name.to_owned(),
        known: list(REGISTRY.iter().map(|spec| spec.name)),
    })
}

static REGISTRY: [Spec; 4] = [
    Spec {
        name: "authorship",
        title: "Made by a person or by a machine?",
        about: "Digits that people wrote and digits that a network drew stand in one row, shuffled.",
        view: View::Exhibition,
        settings: &[
            Setting {
                name: "num",
                kind: Kind::Int { min: 2, max: 40 },
                unit: "pictures",
                default: Value::Int(20),
                about: "How many pictures there are; half of them are the network's, and of an odd number the smaller half.",
            },
            Setting {
                name: "grays",
                kind: Kind::Int { min: 2, max: 256 },
                unit: "grays",
                default: Value::Int(256),
                about: "To how many grays every picture is rounded; few of them hide how uneven a network's black is.",
            },
            MODEL,
            SAMPLER,
            NUM_INFERENCE_STEPS,
            CFG_SCALE,
            SEED,
        ],
        pictures: &["exhibit"],
        measures: &[
            Measure {
                name: "picture",
                unit: "",
                per_moment: true,
                about: "The picture's number in the row, from 1.",
            },
            Measure {
                name: "made_by_machine",
                unit: "",
                per_moment: true,
                about: "1 for a picture that the network drew, 0 for one that a person wrote.",
            },
        ],
        start: |settings, context| Ok(Box::new(Authorship::start(settings, context)?)),
    },
    Spec {
        name: "noising",
        title: "From picture to noise",
        about: "A picture turns into noise, step by step, until nothing of it is left.",
        view: View::Noising,
        settings: &[
            Setting {
                name: "picture",
                kind: Kind::Picture,
                unit: "",
                default: text("emoji/noto/turtle"),
                about: "The picture at t = 0.",
            },
            Setting {
                name: "schedule",
                kind: Kind::Choice(&["linear", "scaled-linear", "cosine", "sigmoid"]),
                unit: "",
                default: text("cosine"),
                about: "How the noise is spread over the steps.",
            },
            Setting {
                name: "num_train_timesteps",
                kind: Kind::Int { min: 1, max: 2000 },
                unit: "steps",
                default: Value::Int(1000),
                about: "How many steps lead from the picture to noise.",
            },
            Setting {
                name: "path",
                kind: Kind::Choice(&["shortcut", "steps"]),
                unit: "",
                default: text("shortcut"),
                about: "One formula with one noise for every t, or the real chain with fresh noise in each step.",
            },
            Setting {
                name: "size",
                kind: Kind::Int { min: 16, max: 512 },
                unit: "pixels",
                default: Value::Int(256),
                about: "The side to which the learner's own picture is brought; the others keep theirs.",
            },
            SEED,
        ],
        pictures: &["x0", "x_t", "eps", "eps_t"],
        measures: &[
            T,
            SIGNAL_RATE,
            NOISE_RATE,
            ALPHA_CUMPROD,
            SNR,
            SNR_DB,
            Measure {
                name: "equal_rates_at",
                unit: "t",
                per_moment: false,
                about: "The first t at which there is at least as much noise as signal.",
            },
            Measure {
                name: "recognized_at",
                unit: "t",
                per_moment: false,
                about: "The last t up to which an ideal eye, which knows every picture of the set, still tells this one \
                        from all the others.",
            },
        ],
        start: |settings, context| Ok(Box::new(Noising::start(settings, context)?)),
    },
    Spec {
        name: "denoising",
        title: "From noise to picture",
        about: "A trained network leads pure noise back to pictures.",
        view: View::Denoising,
        settings: &[
            MODEL,
            SAMPLER,
            NUM_INFERENCE_STEPS,
            Setting {
                name: "spacing",
                kind: Kind::Choice(&["leading", "linspace", "trailing"]),
                unit: "",
                default: text("trailing"),
                about: "Which t the steps visit; trailing starts at t = T.",
            },
            Setting {
                name: "karras",
                kind: Kind::Bool,
                unit: "",
                default: Value::Bool(false),
                about: "Whether more of the steps lie where there is little noise, as Karras has it; DDPM and DDIM take no notice.",
            },
            Setting {
                name: "label",
                kind: Kind::Choice(&["any", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]),
                unit: "",
                default: text("any"),
                about: "What the pictures shall show; any goes through the labels in turn.",
            },
            Setting {
                name: "num",
                kind: Kind::Int { min: 1, max: 16 },
                unit: "pictures",
                default: Value::Int(1),
                about: "How many pictures are made at once.",
            },
            CFG_SCALE,
            Setting {
                name: "eta",
                kind: Kind::Float { min: 0.0, max: 1.0 },
                unit: "",
                default: Value::Float(0.0),
                about: "How much fresh noise DDIM adds in each step; the others take no notice.",
            },
            Setting {
                name: "clip",
                kind: Kind::Bool,
                unit: "",
                default: Value::Bool(true),
                about: "Whether the guessed picture is kept within black and white.",
            },
            Setting {
                name: "fault",
                kind: Kind::Choice(&Fault::NAMES),
                unit: "",
                default: text("none"),
                about: "What is broken on purpose; the healthy run from the same noise is computed beside it.",
            },
            SEED,
        ],
        pictures: &["x_t", "pred_eps", "pred_x0", "x_next", "healthy"],
        measures: &[
            T,
            SIGNAL_RATE,
            NOISE_RATE,
            ALPHA_CUMPROD,
            SNR,
            SNR_DB,
            Measure {
                name: "settled_at",
                unit: "t",
                per_moment: false,
                about: "The last t from which on the guessed pictures stay within a tenth of the finished ones.",
            },
            Measure {
                name: "fault",
                unit: "",
                per_moment: false,
                about: "Which fault there is: 0 for none, and else its place in the list of faults.",
            },
        ],
        start: crate::broken::start,
    },
    Spec {
        name: "race",
        title: "A race of samplers",
        about: "Samplers lead the same noise to pictures in fewer and in more steps, and are compared in what they cost and where they arrive.",
        view: View::Race,
        settings: &[
            MODEL,
            Setting {
                name: "samplers",
                kind: Kind::Choice(&FIELDS),
                unit: "",
                default: text("all"),
                about: "Who races: one, a few, or all that the model can be sampled with; steady ones draw no fresh noise, restless ones do.",
            },
            Setting {
                name: "max_steps",
                kind: Kind::Int { min: 2, max: 1000 },
                unit: "steps",
                default: Value::Int(50),
                about: "The top of the ladder 2, 3, 5, 8, 13, 20, 35, 50, 100, 200, 500, 1000.",
            },
            Setting {
                name: "num",
                kind: Kind::Int { min: 1, max: 64 },
                unit: "pictures",
                default: Value::Int(16),
                about: "How many pictures each sampler makes.",
            },
            Setting {
                name: "label",
                kind: Kind::Choice(&["any", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]),
                unit: "",
                default: text("any"),
                about: "What the pictures shall show; any goes through the labels in turn.",
            },
            Setting {
                name: "karras",
                kind: Kind::Bool,
                unit: "",
                default: Value::Bool(false),
                about: "Whether more of the steps lie where there is little noise, as Karras has it; DDPM and DDIM take no notice.",
            },
            CFG_SCALE,
            SEED,
        ],
        pictures: &["finished"],
        measures: &[
            Measure {
                name: "sampler",
                unit: "",
                per_moment: true,
                about: "The sampler's place in the list of samplers, from 0.",
            },
            Measure {
                name: "steps",
                unit: "steps",
                per_moment: true,
                about: "How many steps were asked for.",
            },
            Measure {
                name: "network_calls",
                unit: "calls",
                per_moment: true,
                about: "How often the network was asked, with the label and without it.",
            },
            Measure {
                name: "seconds",
                unit: "s",
                per_moment: true,
                about: "How long it took on this machine, now.",
            },
            Measure {
                name: "read_as_label",
                unit: "%",
                per_moment: true,
                about: "The share of pictures that an independent classifier reads as what they should show.",
            },
            Measure {
                name: "distance",
                unit: "",
                per_moment: true,
                about: "How far the pictures are from where the long path from the same noise leads: the root of the mean squared difference of their pixels.",
            },
            Measure {
                name: "calls_to_90_percent",
                unit: "calls",
                per_moment: false,
                about: "The fewest calls of the network with which a sampler has at least 90 % of its pictures read as their label.",
            },
            Measure {
                name: "calls_to_arrive",
                unit: "calls",
                per_moment: false,
                about: "The fewest calls of the network with which a sampler comes within 0.1 of where the long path leads.",
            },
        ],
        start: |settings, context| Ok(Box::new(Race::start(settings, context)?)),
    },
];

const MODEL: Setting = Setting {
    name: "model",
    kind: Kind::Model,
    unit: "",
    default: text("ddpm-digits"),
    about: "The network that predicts the noise.",
};

const SAMPLER: Setting = Setting {
    name: "sampler",
    kind: Kind::Choice(&[
        "ddpm",
        "ddim",
        "euler",
        "euler-ancestral",
        "heun",
        "dpmpp-2m",
        "unipc",
        "flow-euler",
    ]),
    unit: "",
    default: text("ddim"),
    about: "The rule that makes a step out of a prediction.",
};

const NUM_INFERENCE_STEPS: Setting = Setting {
    name: "num_inference_steps",
    kind: Kind::Int { min: 1, max: 1000 },
    unit: "steps",
    default: Value::Int(50),
    about: "How many steps lead from noise to the pictures.",
};

const CFG_SCALE: Setting = Setting {
    name: "cfg_scale",
    kind: Kind::Float { min: 0.0, max: 20.0 },
    unit: "",
    default: Value::Float(1.0),
    about: "How strongly the label guides; 1 is off, 0 ignores the label.",
};

const SEED: Setting = Setting {
    name: "seed",
    kind: Kind::Int { min: 0, max: u64::MAX },
    unit: "",
    default: Value::Int(0),
    about: "The same seed gives the same noise.",
};

const T: Measure = Measure {
    name: "t",
    unit: "steps",
    per_moment: true,
    about: "How many steps of noise are in the picture.",
};

const SIGNAL_RATE: Measure = Measure {
    name: "signal_rate",
    unit: "",
    per_moment: true,
    about: "√ᾱ, the factor of the picture in x_t.",
};

const NOISE_RATE: Measure = Measure {
    name: "noise_rate",
    unit: "",
    per_moment: true,
    about: "√(1 − ᾱ), the factor of the noise in x_t.",
};

const ALPHA_CUMPROD: Measure = Measure {
    name: "alpha_cumprod",
    unit: "",
    per_moment: true,
    about: "ᾱ, the share of the variance that is still picture.",
};

const SNR: Measure =
    Measure { name: "snr", unit: "", per_moment: true, about: "ᾱ / (1 − ᾱ), signal to noise." };

const SNR_DB: Measure =
    Measure { name: "snr_db", unit: "dB", per_moment: true, about: "10 · log₁₀ of signal to noise." };

const fn text(word: &'static str) -> Value {
    Value::Text(Cow::Borrowed(word))
}
