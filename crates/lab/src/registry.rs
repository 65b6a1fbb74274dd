//! The one registry: every experiment with its settings, pictures and measures.
//!
//! Lessons are checked against it, the window makes its controls from it, notebooks and the command line take the same
//! names.

use crate::error::list;
use crate::fault::Fault;
use crate::game::SCENARIOS;
use crate::grid::AXES;
use crate::race::{FIELDS, Race};
use crate::{
    Authorship, Context, Experiment, FlatPictures, Game, Grid, LabError, Noising, Schedules, SettingError,
    Settings, Training, Value, Verdict, Walk,
};
use noisebook_diffusion::DrawnSchedule;
use noisebook_train::GanLoss;
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
    /// The settings that it takes over while it runs, as a training does its learning rate, or that only change what of it
    /// is looked at. Any other asks for a new start.
    pub live: &'static [&'static str],
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
    /// Pictures in rows and columns, by the values of two settings.
    Grid,
    /// Two networks that learn against each other.
    Game,
    /// What a trained generator makes, and what its critic says of it.
    Gallery,
}

impl View {
    /// Whether a network learns in it: its moments are stations of a training, and their t counts updates.
    #[must_use]
    pub fn is_of_training(self) -> bool {
        matches!(self, Self::Training | Self::Game)
    }

    /// Whether its moments are cells that lie side by side, and no film.
    #[must_use]
    pub fn is_of_cells(self) -> bool {
        matches!(self, Self::Race | Self::Grid)
    }
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
    /// The same, or `none`.
    PictureOrNone,
    /// Words that somebody typed, or nothing.
    Words,
    /// Which part of a picture: [`crate::Mask`].
    Mask,
    /// The name of a model on the shelf.
    Model,
    /// What the model calls one of its labels, `7` or `noto animal`, or `any` for all in turn.
    Label,
    /// The points of a falling curve, (share of the way, value) from 1 down to 0: [`noisebook_diffusion::DrawnSchedule`].
    Points,
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

    /// The value of a setting that nobody set, where this is learned: what suits digits does not suit scenes.
    pub fn default_of(&self, name: &str, data: &str) -> Result<&'static Value, SettingError> {
        let setting = self.setting(name)?;
        let own =
            (data == "scenes").then(|| OF_SCENES.iter().find(|(setting, _)| *setting == name)).flatten();
        Ok(own.map_or(&setting.default, |(_, value)| value))
    }

    /// The measure of this name.
    pub fn measure(&self, name: &str) -> Result<&'static Measure, SettingError> {
        let found = self.measures.iter().find(|measure| measure.name == name);
        found.ok_or_else(|| SettingError::unknown_measure(self, name))
    }
}

/// What suits a training on scenes: updates that come fast, samples that are guided, and much weight on questions near noise,
/// where it is decided what lies where.
static OF_SCENES: [(&str, Value); 7] = [
    ("lr", Value::Float(4e-3)),
    ("batch_size", Value::Int(32)),
    ("num_updates", Value::Int(6000)),
    ("timesteps", text("shifted")),
    ("weighting", text("none")),
    ("cfg_scale", Value::Float(3.0)),
    ("num_inference_steps", Value::Int(12)),
];

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

static REGISTRY: [Spec; 11] = [
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
        live: &[],
        start: |settings, context| Ok(Box::new(Authorship::start(settings, context)?)),
    },
    Spec {
        name: "game",
        title: "Two networks at war",
        about: "A generator learns to make what a discriminator cannot tell from the real, and the discriminator learns to tell it all the same.",
        view: View::Game,
        settings: &[
            Setting {
                name: "data",
                kind: Kind::Choice(&[
                    "rings",
                    "grid",
                    "moons",
                    "swiss-roll",
                    "two-heaps",
                    "line",
                    "drawn-points",
                    "digits",
                    "own-pictures",
                ]),
                unit: "",
                default: text("rings"),
                about: "What is real: points in the plane, or pictures.",
            },
            Setting {
                name: "loss",
                kind: Kind::Choice(&GanLoss::NAMES),
                unit: "",
                default: text("non-saturating"),
                about: "What the two networks make small. Taken over while it trains.",
            },
            Setting {
                name: "rival",
                kind: Kind::Choice(&[
                    "none",
                    "minimax",
                    "non-saturating",
                    "least-squares",
                    "hinge",
                    "wasserstein",
                    "wasserstein-gp",
                ]),
                unit: "",
                default: text("none"),
                about: "The loss of a second game from the same weights, the same data and the same chance.",
            },
            Setting {
                name: "scenario",
                kind: Kind::Choice(&SCENARIOS),
                unit: "",
                default: text("none"),
                about: "What goes wrong on purpose; a game with the cure is played beside it.",
            },
            Setting {
                name: "layers",
                kind: Kind::Int { min: 1, max: 6 },
                unit: "layers",
                default: Value::Int(3),
                about: "Hidden layers of both networks. Points only.",
            },
            Setting {
                name: "width",
                kind: Kind::Int { min: 4, max: 256 },
                unit: "",
                default: Value::Int(64),
                about: "Numbers in each hidden layer. Points only.",
            },
            Setting {
                name: "latent_dim",
                kind: Kind::Int { min: 1, max: 64 },
                unit: "",
                default: Value::Int(2),
                about: "Numbers of chance that a sample is made of; pictures take 32 at least.",
            },
            Setting {
                name: "optimizer",
                kind: Kind::Choice(&["adam", "sgd"]),
                unit: "",
                default: text("adam"),
                about: "The rule by which weights move: Adam, or straight down the slope. Taken over while it trains.",
            },
            Setting {
                name: "lr_generator",
                kind: Kind::Float { min: 1e-6, max: 1.0 },
                unit: "",
                default: Value::Float(5e-4),
                about: "The generator's learning rate. Taken over while it trains.",
            },
            Setting {
                name: "lr_critic",
                kind: Kind::Float { min: 1e-6, max: 1.0 },
                unit: "",
                default: Value::Float(1e-3),
                about: "The discriminator's learning rate. Taken over while it trains.",
            },
            Setting {
                name: "critic_steps",
                kind: Kind::Int { min: 1, max: 20 },
                unit: "updates",
                default: Value::Int(1),
                about: "Updates of the discriminator to one of the generator. Taken over while it trains.",
            },
            Setting {
                name: "batch_size",
                kind: Kind::Int { min: 1, max: 1024 },
                unit: "samples",
                default: Value::Int(128),
                about: "How many real and how many made samples an update looks at. Taken over while it trains.",
            },
            Setting {
                name: "penalty",
                kind: Kind::Float { min: 0.0, max: 100.0 },
                unit: "",
                default: Value::Float(1.0),
                about: "λ, how much it counts under `wasserstein-gp` that the slope is not 1: about 1 for points, 10 for pictures. Taken over while it trains.",
            },
            Setting {
                name: "clip",
                kind: Kind::Float { min: 1e-4, max: 1.0 },
                unit: "",
                default: Value::Float(0.1),
                about: "Under `wasserstein` the critic's weights stay from minus this to this. Taken over while it trains.",
            },
            Setting {
                name: "num_updates",
                kind: Kind::Int { min: 1, max: 100_000 },
                unit: "updates",
                default: Value::Int(2000),
                about: "How long it trains.",
            },
            Setting {
                name: "substep",
                kind: Kind::Int { min: 0, max: 10 },
                unit: "",
                default: Value::Int(0),
                about: "The next update in slow motion: 1 to 5 are the discriminator's, 6 to 10 the generator's, 0 is off. Points only, and taken over while it trains.",
            },
            Setting {
                name: "ema",
                kind: Kind::Bool,
                unit: "",
                default: Value::Bool(false),
                about: "Whether samples come from the moving average of the generator's weights. Taken over while it trains.",
            },
            SEED,
        ],
        pictures: &["samples", "real", "gradient", "heat", "manifold", "arrows", "rival"],
        measures: &[
            Measure {
                name: "update",
                unit: "updates",
                per_moment: true,
                about: "How many updates the weights have behind them.",
            },
            of_game("loss_critic", "The discriminator's loss, as a moving average."),
            of_game("loss_generator", "The generator's loss, as a moving average."),
            of_game(
                "real_score",
                "How real the real samples look to the discriminator, 0 to 1; of a Wasserstein critic its mean score.",
            ),
            of_game("made_score", "The same of the made ones."),
            of_game("grad_norm_critic", "The length of the discriminator's gradient, as a moving average."),
            of_game(
                "grad_norm_generator",
                "The length of the generator's gradient, as a moving average: what it learns by.",
            ),
            of_game(
                "slope",
                "How steep the critic is between real and made samples: the mean length of its gradient there.",
            ),
            of_game(
                "distance",
                "How far apart a Wasserstein critic finds real and made: the difference of their mean scores.",
            ),
            of_game(
                "modes",
                "How many heaps or rings have at least a third of their fair share of the made points.",
            ),
            of_game("coverage", "The share of the real points' neighborhoods that hold a made one."),
            of_game(
                "confident",
                "The share of made digits that a classifier reads with a probability above 0.9.",
            ),
            of_game("classes", "How many of the ten digits come up."),
            of_game("rival_loss_critic", "The same in the second game."),
            of_game("rival_loss_generator", "The same in the second game."),
            of_game("rival_grad_norm_critic", "The same in the second game."),
            of_game("rival_grad_norm_generator", "The same in the second game."),
            of_game("rival_slope", "The same in the second game."),
            of_game("rival_distance", "The same in the second game."),
            of_game("rival_modes", "The same in the second game."),
            of_game("rival_coverage", "The same in the second game."),
            of_game("rival_confident", "The same in the second game."),
            of_game("rival_classes", "The same in the second game."),
            Measure {
                name: "modes_ever",
                unit: "",
                per_moment: false,
                about: "The most heaps or rings that there were at any station, once it has come to its end.",
            },
            Measure {
                name: "readable_at",
                unit: "updates",
                per_moment: false,
                about: "The first station at which the classifier reads four of five made digits surely.",
            },
            Measure {
                name: "scenario",
                unit: "",
                per_moment: false,
                about: "What goes wrong: 0 for nothing, and else its place in the list of scenarios.",
            },
        ],
        live: &[
            "loss",
            "optimizer",
            "lr_generator",
            "lr_critic",
            "critic_steps",
            "batch_size",
            "penalty",
            "clip",
            "substep",
            "ema",
        ],
        start: |settings, context| Ok(Box::new(Game::start(settings, context)?)),
    },
    Spec {
        name: "walk",
        title: "A walk through chance",
        about: "A trained generator makes pictures of chance; between any two lie as many others as one likes.",
        view: View::Gallery,
        settings: &[
            GENERATOR,
            Setting {
                name: "num",
                kind: Kind::Int { min: 1, max: 16 },
                unit: "pictures",
                default: Value::Int(9),
                about: "How many pictures walk at once.",
            },
            Setting {
                name: "to_seed",
                kind: Kind::Int { min: 0, max: u64::MAX },
                unit: "",
                default: Value::Int(1),
                about: "Where the walk leads to: the pictures of that seed.",
            },
            Setting {
                name: "path",
                kind: Kind::Choice(&["arc", "straight"]),
                unit: "",
                default: text("arc"),
                about: "The way from one z to the other: along an arc at the usual distance from the middle, or straight.",
            },
            Setting {
                name: "num_steps",
                kind: Kind::Int { min: 1, max: 200 },
                unit: "steps",
                default: Value::Int(60),
                about: "Steps of the walk. Of clips the frames are shown instead.",
            },
            SEED,
        ],
        pictures: &["picture", "gradient"],
        measures: &[
            STEP,
            SCORE,
            Measure {
                name: "length",
                unit: "",
                per_moment: true,
                about: "The length of z, the mean of all pictures.",
            },
            Measure {
                name: "jump",
                unit: "",
                per_moment: true,
                about: "How much the pictures changed in this step: the mean difference of a pixel.",
            },
        ],
        live: &[],
        start: |settings, context| Ok(Box::new(Walk::start(settings, context)?)),
    },
    Spec {
        name: "verdict",
        title: "The critic's verdict",
        about: "A trained critic scores one picture, and changes it step by step into what it takes for more real.",
        view: View::Gallery,
        settings: &[
            GENERATOR,
            Setting {
                name: "picture",
                kind: Kind::Picture,
                unit: "",
                default: text("digits/17"),
                about: "The picture that is judged: small, square and gray, as the critic knows them.",
            },
            Setting {
                name: "num_steps",
                kind: Kind::Int { min: 0, max: 100 },
                unit: "steps",
                default: Value::Int(40),
                about: "How many steps the picture goes up the score.",
            },
            Setting {
                name: "step_size",
                kind: Kind::Float { min: 0.001, max: 1.0 },
                unit: "",
                default: Value::Float(0.05),
                about: "How far the pixel that is changed most moves in one step; from black to white it is 2.",
            },
        ],
        pictures: &["picture", "gradient"],
        measures: &[
            STEP,
            SCORE,
            Measure {
                name: "real_share",
                unit: "",
                per_moment: true,
                about: "The share of a hundred real digits, unseen in training, that score lower.",
            },
            Measure {
                name: "made_share",
                unit: "",
                per_moment: true,
                about: "The share of a hundred made digits that score lower.",
            },
        ],
        live: &[],
        start: |settings, context| Ok(Box::new(Verdict::start(settings, context)?)),
    },
    Spec {
        name: "noising",
        title: "From picture to noise",
        about: "A picture turns into noise, step by step, until nothing of it is left.",
        view: View::Noising,
        settings: &[
            PICTURE,
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
            SIZE,
            SEED,
        ],
        pictures: &["x0", "x_t", "eps", "eps_t"],
        measures: &[T, SIGNAL_RATE, NOISE_RATE, ALPHA_CUMPROD, SNR, SNR_DB, EQUAL_RATES_AT, RECOGNIZED_AT],
        live: &[],
        start: |settings, context| Ok(Box::new(Noising::start(settings, context)?)),
    },
    Spec {
        name: "denoising",
        title: "From noise to picture",
        about: "A trained network leads noise back to pictures: from the very end, or from a picture that was noised part of the way.",
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
            LABEL,
            Setting {
                name: "prompt",
                kind: Kind::Words,
                unit: "",
                default: text(""),
                about: "What the pictures shall show, in words, for models that read them; several take turns, with | between them.",
            },
            Setting {
                name: "negative",
                kind: Kind::Words,
                unit: "",
                default: text(""),
                about: "What they shall not show: words or a label that guidance leads away from, where it is on.",
            },
            Setting {
                name: "num",
                kind: Kind::Int { min: 1, max: 16 },
                unit: "pictures",
                default: Value::Int(1),
                about: "How many pictures are made at once.",
            },
            Setting {
                name: "same_noise",
                kind: Kind::Bool,
                unit: "",
                default: Value::Bool(false),
                about: "Whether all pictures come from one noise, so that only what was asked for differs.",
            },
            CFG_SCALE,
            Setting {
                name: "guidance_from",
                kind: Kind::Int { min: 0, max: 2000 },
                unit: "steps",
                default: Value::Int(2000),
                about: "Guidance counts from this t on, and before it the scale is 1; 2000 is from the beginning.",
            },
            Setting {
                name: "guidance_until",
                kind: Kind::Int { min: 0, max: 2000 },
                unit: "steps",
                default: Value::Int(0),
                about: "Guidance counts down to this t, and after it the scale is 1.",
            },
            Setting {
                name: "source",
                kind: Kind::PictureOrNone,
                unit: "",
                default: text("none"),
                about: "The picture that is altered; with none the way begins in noise.",
            },
            Setting {
                name: "strength",
                kind: Kind::Float { min: 0.0, max: 1.0 },
                unit: "",
                default: Value::Float(0.6),
                about: "How much of the source changes: it is noised up to this share of the way, and led back from there.",
            },
            Setting {
                name: "mask",
                kind: Kind::Mask,
                unit: "",
                default: text("none"),
                about: "Where alone the source may change; with none everywhere.",
            },
            Setting {
                name: "rounds",
                kind: Kind::Int { min: 1, max: 20 },
                unit: "rounds",
                default: Value::Int(4),
                about: "How often each step is taken where there is a mask, so that what is made fits to what is there.",
            },
            Setting {
                name: "word",
                kind: Kind::Int { min: 0, max: 64 },
                unit: "",
                default: Value::Int(0),
                about: "Which word of the prompt, counted from 1, is shown where it was looked at; 0 shows none. Taken over while it runs.",
            },
            Setting {
                name: "layer",
                kind: Kind::Int { min: 0, max: 64 },
                unit: "",
                default: Value::Int(0),
                about: "In which layer, counted from 1; 0 is the mean of all. Taken over while it runs.",
            },
            Setting {
                name: "difference",
                kind: Kind::Bool,
                unit: "",
                default: Value::Bool(false),
                about: "Whether one sees what the words or the label change in the guess. Taken over while it runs.",
            },
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
            Setting {
                name: "schedule",
                kind: Kind::Choice(&["model", "linear", "scaled-linear", "cosine", "sigmoid", "drawn"]),
                unit: "",
                default: text("model"),
                about: "The noise schedule that is sampled on; model is the one it was trained with.",
            },
            points("points", "The points of the schedule `drawn`."),
            zero_terminal("zero_terminal", "Whether the schedule is made to end in nothing but noise."),
            Setting {
                name: "timing",
                kind: Kind::Choice(&["noise-level", "index"]),
                unit: "",
                default: text("noise-level"),
                about: "What the network is told on another schedule: the t of its own with as much noise, or the bare index.",
            },
            SEED,
        ],
        pictures: &[
            "x_t",
            "pred_eps",
            "pred_x0",
            "v",
            "noise",
            "x_next",
            "attention",
            "difference",
            "source",
            "healthy",
        ],
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
            of_scenes(
                "colour",
                "The share of the guessed pictures in which every object that was asked for is there in its color, and no other.",
            ),
            of_scenes("shape", "The same, and in its shape."),
            of_scenes("position", "The same, and where it was asked to be."),
            of_scenes("joint", "The same, and as large: all that was asked for."),
            Measure {
                name: "changed",
                unit: "",
                per_moment: true,
                about: "How far the guessed pictures are from the source: the root of the mean squared difference of their pixels.",
            },
            Measure {
                name: "fault",
                unit: "",
                per_moment: false,
                about: "Which fault there is: 0 for none, and else its place in the list of faults.",
            },
        ],
        live: &["word", "layer", "difference"],
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
            LABEL,
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
        live: &[],
        start: |settings, context| Ok(Box::new(Race::start(settings, context)?)),
    },
    Spec {
        name: "grid",
        title: "Two settings at once",
        about: "A picture for each pair of values of two settings, all from the same noise.",
        view: View::Grid,
        settings: &[
            Setting {
                name: "model",
                kind: Kind::Model,
                unit: "",
                default: text("t2i-scenes"),
                about: "The network that draws what words say.",
            },
            Setting {
                name: "prompt",
                kind: Kind::Words,
                unit: "",
                default: text("a red circle left of a blue square"),
                about: "What the pictures shall show, in words.",
            },
            Setting {
                name: "to",
                kind: Kind::Words,
                unit: "",
                default: text(""),
                about: "The prompt that a walk leads to.",
            },
            Setting {
                name: "negative",
                kind: Kind::Words,
                unit: "",
                default: text(""),
                about: "What they shall not show: words that guidance leads away from, where it is on.",
            },
            Setting {
                name: "rows",
                kind: Kind::Choice(&AXES),
                unit: "",
                default: text("seed"),
                about: "What differs from row to row.",
            },
            Setting {
                name: "columns",
                kind: Kind::Choice(&AXES),
                unit: "",
                default: text("cfg_scale"),
                about: "What differs from column to column.",
            },
            Setting {
                name: "num_rows",
                kind: Kind::Int { min: 1, max: 6 },
                unit: "rows",
                default: Value::Int(3),
                about: "How many rows there are.",
            },
            Setting {
                name: "num_columns",
                kind: Kind::Int { min: 1, max: 9 },
                unit: "columns",
                default: Value::Int(6),
                about: "How many columns there are.",
            },
            SAMPLER,
            Setting {
                name: "num_inference_steps",
                kind: Kind::Int { min: 1, max: 1000 },
                unit: "steps",
                default: Value::Int(30),
                about: "How many steps lead from noise to a picture, where they do not differ.",
            },
            Setting {
                name: "cfg_scale",
                kind: Kind::Float { min: 0.0, max: 20.0 },
                unit: "",
                default: Value::Float(3.0),
                about: "How strongly the prompt guides, where that does not differ; 1 is off, 0 ignores the prompt.",
            },
            SEED,
        ],
        pictures: &["finished"],
        measures: &[
            Measure { name: "row", unit: "", per_moment: true, about: "The cell's row, from 0." },
            Measure { name: "column", unit: "", per_moment: true, about: "The cell's column, from 0." },
            Measure { name: "row_value", unit: "", per_moment: true, about: "What its row's setting is." },
            Measure {
                name: "column_value",
                unit: "",
                per_moment: true,
                about: "What its column's setting is.",
            },
            Measure {
                name: "changed",
                unit: "",
                per_moment: true,
                about: "How far the picture is from the first of its row: the root of the mean squared difference of their pixels.",
            },
            of_scenes(
                "colour",
                "1 if every object that the prompt asks for is there in its color, and no other, and else 0; not on a walk away from it.",
            ),
            of_scenes("shape", "The same, and in its shape."),
            of_scenes("position", "The same, and where it was asked to be."),
            of_scenes("joint", "The same, and as large: all that was asked for."),
        ],
        live: &[],
        start: |settings, context| Ok(Box::new(Grid::start(settings, context)?)),
    },
    Spec {
        name: "training",
        title: "Learning to undo one step",
        about: "A network that knows nothing learns, update by update, to see what is hidden under noise.",
        view: View::Training,
        settings: &[
            Setting {
                name: "data",
                kind: Kind::Choice(&[
                    "digits",
                    "eight-digits",
                    "scenes",
                    "rings",
                    "grid",
                    "moons",
                    "swiss-roll",
                    "drawn-points",
                    "own-pictures",
                ]),
                unit: "",
                default: text("digits"),
                about: "What it learns from: pictures, scenes with captions, or points in the plane.",
            },
            Setting {
                name: "prediction",
                kind: Kind::Choice(&["sample", "epsilon", "v"]),
                unit: "",
                default: text("sample"),
                about: "What the network says of x_t: the picture in it, its noise, or the way from one to the other.",
            },
            Setting {
                name: "lr",
                kind: Kind::Float { min: 1e-6, max: 1.0 },
                unit: "",
                default: Value::Float(2e-3),
                about: "The learning rate: how far an update moves each weight; of scenes 0.004 where nothing is set. Taken over while it trains.",
            },
            Setting {
                name: "batch_size",
                kind: Kind::Int { min: 1, max: 1024 },
                unit: "examples",
                default: Value::Int(128),
                about: "How many noised examples an update looks at; of scenes 32 where nothing is set. Taken over while it trains.",
            },
            Setting {
                name: "start",
                kind: Kind::Choice(&["scratch", "checkpoint"]),
                unit: "",
                default: text("scratch"),
                about: "Whether the weights begin as chance, or as those of the model on the shelf. Gray pictures only.",
            },
            Setting {
                name: "t",
                kind: Kind::Int { min: 1, max: 1000 },
                unit: "steps",
                default: Value::Int(500),
                about: "At which of the 1000 steps its guess is shown beside the truth. Taken over while it trains.",
            },
            Setting {
                name: "ema",
                kind: Kind::Bool,
                unit: "",
                default: Value::Bool(true),
                about: "Whether samples come from the moving average of the weights. Taken over while it trains.",
            },
            Setting {
                name: "knows_time",
                kind: Kind::Bool,
                unit: "",
                default: Value::Bool(true),
                about: "Whether the network is told how much noise there is.",
            },
            Setting {
                name: "num_updates",
                kind: Kind::Int { min: 1, max: 100_000 },
                unit: "updates",
                default: Value::Int(1500),
                about: "How long it trains; of scenes 3000 updates where nothing is set.",
            },
            Setting {
                name: "timesteps",
                kind: Kind::Choice(&["logit-normal", "uniform", "shifted"]),
                unit: "",
                default: text("logit-normal"),
                about: "How the t of training are drawn: mostly in the middle, all alike, or mostly near noise, as for scenes where nothing is set; of points always all alike.",
            },
            Setting {
                name: "weighting",
                kind: Kind::Choice(&["velocity", "none"]),
                unit: "",
                default: text("velocity"),
                about: "Whether errors of x̂ at little noise count more, by 1 / max(σ, 0.1)², or all alike.",
            },
            Setting {
                name: "num_inference_steps",
                kind: Kind::Int { min: 1, max: 200 },
                unit: "steps",
                default: Value::Int(30),
                about: "In how many steps noise is led to samples; of scenes 12 where nothing is set. Taken over while it trains.",
            },
            Setting {
                name: "cfg_scale",
                kind: Kind::Float { min: 0.0, max: 20.0 },
                unit: "",
                default: Value::Float(2.0),
                about: "How strongly label or prompt guide the samples; 1 is off. Not for points and the learner's own pictures.",
            },
            SEED,
        ],
        pictures: &["samples", "x0", "x_t", "eps", "pred_x0", "pred_eps"],
        measures: &[
            Measure {
                name: "update",
                unit: "updates",
                per_moment: true,
                about: "How many updates the weights have behind them.",
            },
            Measure {
                name: "loss",
                unit: "",
                per_moment: true,
                about: "The loss, as a moving average over the latest updates.",
            },
            Measure {
                name: "lr",
                unit: "",
                per_moment: true,
                about: "The learning rate of the latest update.",
            },
            Measure {
                name: "adherence",
                unit: "",
                per_moment: true,
                about: "The share of the samples that the classifier reads as the digit that was asked for.",
            },
            Measure {
                name: "modes",
                unit: "modes",
                per_moment: true,
                about: "How many clusters of the grid or the rings have a fair share of the samples.",
            },
            Measure {
                name: "coverage",
                unit: "",
                per_moment: true,
                about: "The share of the data's neighborhoods that hold a sample. Points only.",
            },
            Measure {
                name: "copies",
                unit: "",
                per_moment: true,
                about: "The share of the samples that copy a picture of the training set.",
            },
            of_scenes(
                "colour",
                "The share of the samples in which the object of the prompt is there in its color, and no other. Scenes only.",
            ),
            of_scenes("place", "The same, and where the prompt says, in whatever shape."),
            of_scenes(
                "shape",
                "The share of the samples in which it is there in its color and its shape, wherever it is.",
            ),
            of_scenes("joint", "The share of the samples that show all that their prompt asks for."),
            Measure {
                name: "readable_at",
                unit: "updates",
                per_moment: false,
                about: "The first moment at which four of five samples were read as their digit.",
            },
            Measure {
                name: "covered_at",
                unit: "updates",
                per_moment: false,
                about: "The first moment at which the samples covered nine tenths of what fresh data cover.",
            },
            reached_at(
                "colour_at",
                "The first moment at which four of five samples had the colors of their prompt. Scenes only.",
            ),
            reached_at("place_at", "The same, and their places."),
            reached_at("shape_at", "The first moment at which four of five had the color and the shape."),
        ],
        live: &["lr", "batch_size", "timesteps", "weighting", "t", "ema", "num_inference_steps", "cfg_scale"],
        start: |settings, context| Ok(Box::new(Training::start(settings, context)?)),
    },
    Spec {
        name: "schedules",
        title: "Two noise schedules",
        about: "The same picture and the same noise, mixed at each t as two noise schedules say.",
        view: View::Schedules,
        settings: &[
            PICTURE,
            one_of_two("schedule_a", "linear", "Schedule A."),
            points("points_a", "The points of A where it is drawn: share of the way, and signal rate."),
            zero_terminal("zero_terminal_a", "Whether A is made to end in nothing but noise."),
            one_of_two("schedule_b", "cosine", "Schedule B."),
            points("points_b", "The points of B where it is drawn: share of the way, and signal rate."),
            zero_terminal("zero_terminal_b", "Whether B is made to end in nothing but noise."),
            Setting {
                name: "num_train_timesteps",
                kind: Kind::Int { min: 2, max: 2000 },
                unit: "steps",
                default: Value::Int(1000),
                about: "How many steps lead from the picture to noise.",
            },
            SIZE,
            SEED,
        ],
        pictures: &["x0", "eps", "x_t"],
        measures: &[
            T,
            Measure {
                name: "beta",
                unit: "",
                per_moment: true,
                about: "β of A, the share of noise that step t puts in.",
            },
            SIGNAL_RATE,
            NOISE_RATE,
            ALPHA_CUMPROD,
            SNR,
            SNR_DB,
            Measure { name: "beta_b", unit: "", per_moment: true, about: "β of B." },
            Measure { name: "signal_rate_b", about: "√ᾱ of B.", ..SIGNAL_RATE },
            Measure { name: "noise_rate_b", about: "√(1 − ᾱ) of B.", ..NOISE_RATE },
            Measure { name: "alpha_cumprod_b", about: "ᾱ of B.", ..ALPHA_CUMPROD },
            Measure { name: "snr_b", about: "ᾱ / (1 − ᾱ) of B.", ..SNR },
            Measure { name: "snr_db_b", about: "10 · log₁₀ of signal to noise of B.", ..SNR_DB },
            EQUAL_RATES_AT,
            RECOGNIZED_AT,
            HALFWAY_STEPS,
            TERMINAL_SIGNAL_RATE,
            Measure { name: "equal_rates_at_b", ..EQUAL_RATES_AT },
            Measure { name: "recognized_at_b", ..RECOGNIZED_AT },
            Measure { name: "halfway_steps_b", ..HALFWAY_STEPS },
            Measure { name: "terminal_signal_rate_b", ..TERMINAL_SIGNAL_RATE },
        ],
        live: &[],
        start: |settings, context| Ok(Box::new(Schedules::start(settings, context)?)),
    },
    Spec {
        name: "flat-pictures",
        title: "Pictures of one brightness",
        about: "The best denoiser there can be makes pictures of one brightness all over, from black to white.",
        view: View::Denoising,
        settings: &[
            Setting {
                name: "schedule",
                kind: Kind::Choice(&["linear", "scaled-linear", "cosine", "sigmoid"]),
                unit: "",
                default: text("scaled-linear"),
                about: "The noise schedule of training and of sampling.",
            },
            zero_terminal("zero_terminal", "Whether the schedule is made to end in nothing but noise."),
            Setting {
                name: "side",
                kind: Kind::Int { min: 4, max: 64 },
                unit: "pixels",
                default: Value::Int(32),
                about: "The side of a picture: the more pixels, the easier a trace of brightness is to read.",
            },
            Setting {
                name: "num",
                kind: Kind::Int { min: 1, max: 16 },
                unit: "pictures",
                default: Value::Int(16),
                about: "How many pictures are made at once.",
            },
            NUM_INFERENCE_STEPS,
            SEED,
        ],
        pictures: &["x_t", "pred_eps", "pred_x0", "x_next"],
        measures: &[
            T,
            SIGNAL_RATE,
            NOISE_RATE,
            ALPHA_CUMPROD,
            SNR,
            SNR_DB,
            Measure {
                name: "brightness_spread",
                unit: "",
                per_moment: false,
                about: "The spread of the brightness of 2000 made pictures.",
            },
            Measure {
                name: "real_spread",
                unit: "",
                per_moment: false,
                about: "The spread of the brightness of real ones, drawn evenly from black to white.",
            },
            TERMINAL_SIGNAL_RATE,
        ],
        live: &[],
        start: |settings, context| Ok(Box::new(FlatPictures::start(settings, context)?)),
    },
];

/// A measure of when a training on scenes came so far.
const fn reached_at(name: &'static str, about: &'static str) -> Measure {
    Measure { name, unit: "updates", per_moment: false, about }
}

/// A measure of the objects in a picture that was asked for in words.
const fn of_scenes(name: &'static str, about: &'static str) -> Measure {
    Measure { name, unit: "", per_moment: true, about }
}

const PICTURE: Setting = Setting {
    name: "picture",
    kind: Kind::Picture,
    unit: "",
    default: text("emoji/noto/turtle"),
    about: "The picture at t = 0.",
};

const SIZE: Setting = Setting {
    name: "size",
    kind: Kind::Int { min: 16, max: 512 },
    unit: "pixels",
    default: Value::Int(256),
    about: "The side to which the learner's own picture is brought; the others keep theirs.",
};

/// One of two schedules that stand side by side.
const fn one_of_two(name: &'static str, default: &'static str, about: &'static str) -> Setting {
    let kind = Kind::Choice(&["linear", "scaled-linear", "cosine", "sigmoid", "drawn"]);
    Setting { name, kind, unit: "", default: text(default), about }
}

/// The points of a schedule that is drawn.
const fn points(name: &'static str, about: &'static str) -> Setting {
    let default = Value::Points(Cow::Borrowed(DrawnSchedule::COSINE));
    Setting { name, kind: Kind::Points, unit: "", default, about }
}

const fn zero_terminal(name: &'static str, about: &'static str) -> Setting {
    Setting { name, kind: Kind::Bool, unit: "", default: Value::Bool(false), about }
}

const LABEL: Setting = Setting {
    name: "label",
    kind: Kind::Label,
    unit: "",
    default: text("any"),
    about: "What the pictures shall show; any goes through the labels in turn.",
};

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

const EQUAL_RATES_AT: Measure = Measure {
    name: "equal_rates_at",
    unit: "t",
    per_moment: false,
    about: "The first t at which there is at least as much noise as signal.",
};

const RECOGNIZED_AT: Measure = Measure {
    name: "recognized_at",
    unit: "t",
    per_moment: false,
    about: "The last t up to which an ideal eye, which knows every picture of the set, still tells this one from all \
            the others.",
};

const HALFWAY_STEPS: Measure = Measure {
    name: "halfway_steps",
    unit: "steps",
    per_moment: false,
    about: "How many steps are spent between 10 dB and −10 dB, where something is left to decide.",
};

const TERMINAL_SIGNAL_RATE: Measure = Measure {
    name: "terminal_signal_rate",
    unit: "",
    per_moment: false,
    about: "√ᾱ at the last step: what is left of the picture where there should be nothing but noise.",
};

const GENERATOR: Setting = Setting {
    name: "model",
    kind: Kind::Model,
    unit: "",
    default: text("gan-digits"),
    about: "The generator on the shelf, and its critic.",
};

const STEP: Measure = Measure { name: "step", unit: "steps", per_moment: true, about: "The step, from 0." };

const SCORE: Measure = Measure {
    name: "score",
    unit: "",
    per_moment: true,
    about: "The critic's score, the mean of all pictures: the higher, the more real to it.",
};

/// A measure of each moment of a game.
const fn of_game(name: &'static str, about: &'static str) -> Measure {
    Measure { name, unit: "", per_moment: true, about }
}

const fn text(word: &'static str) -> Value {
    Value::Text(Cow::Borrowed(word))
}
