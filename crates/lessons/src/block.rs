//! The fenced blocks of a lesson, and how each is read from its body.
//!
//! A body that is TOML is read by serde with unknown fields denied, so a misspelled field is an error where it stands.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::{Fail, line_offset, one_of};

/// The most words a `present` line may have: what a room reads at a glance.
const PRESENT_WORDS: usize = 20;

/// A piece of a page, in the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Markdown between the blocks.
    Prose {
        /// The Markdown, formulas in `$…$` and `$$…$$`.
        markdown: String,
        /// Where it starts.
        line: usize,
    },
    /// What stands on the stage.
    Experiment(Experiment),
    /// A question to commit to.
    Predict(Predict),
    /// Rust that runs.
    Cell(Cell),
    /// Questions whose answers are explained.
    Quiz(Quiz),
    /// Something to do.
    Task(Task),
    /// Code broken on purpose.
    Fault(Fault),
    /// The line for the projector, at most 20 words.
    Present {
        /// The line.
        text: String,
        /// Where the block starts.
        line: usize,
    },
    /// Notes for the teacher.
    Teacher {
        /// The Markdown.
        markdown: String,
        /// Where the block starts.
        line: usize,
    },
}

impl Block {
    /// The id of the block inside its page; prose, `present` and `teacher` have none.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Experiment(block) => Some(&block.id),
            Self::Predict(block) => Some(&block.id),
            Self::Cell(block) => Some(&block.id),
            Self::Quiz(block) => Some(&block.id),
            Self::Task(block) => Some(&block.id),
            Self::Fault(block) => Some(&block.id),
            Self::Prose { .. } | Self::Present { .. } | Self::Teacher { .. } => None,
        }
    }
}

/// An experiment on the stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// Its id in the page.
    pub id: String,
    /// Which experiment, as the registry names it: "noising".
    pub name: String,
    /// Its settings; those left out keep the registry's defaults.
    pub settings: toml::Table,
    /// What is set otherwise where nobody watches: in notebooks and in the tour, which show it when it is over.
    pub elsewhere: toml::Table,
    /// What the stage keeps hidden until a prediction on this page reveals it, by the name of a picture or a number: `x0`, `pred_x0`, `signal_rate`.
    pub hidden: Vec<String>,
    /// The tab that is open at first.
    pub tab: Tab,
    /// The t at which the timeline stands at first; none leaves it to the stage.
    pub start: Option<usize>,
    /// Where the block starts.
    pub line: usize,
    /// Where each setting stands.
    pub(crate) setting_lines: BTreeMap<String, usize>,
}

impl Experiment {
    /// Its settings in notebooks and in the tour.
    pub fn settings_elsewhere(&self) -> toml::Table {
        self.settings.clone().into_iter().chain(self.elsewhere.clone()).collect()
    }

    /// The line of a setting, for an error about it.
    pub fn line_of(&self, setting: &str) -> usize {
        self.setting_lines.get(setting).copied().unwrap_or(self.line)
    }
}

/// The tabs of the stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tab {
    /// The pictures, large.
    #[default]
    Picture,
    /// What goes on inside: `x_t`, the predicted noise, the predicted picture, the next x.
    Xray,
    /// Rates, signal-to-noise ratio, histogram.
    Numbers,
    /// The runs that go on from a moment in other ways, and two of them side by side.
    Branches,
    /// The page's Rust cells.
    Code,
}

/// A question that is answered before its outcome is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Predict {
    /// Its id in the page.
    pub id: String,
    /// The question, or a sentence to complete.
    pub ask: String,
    /// What an answer looks like, with the right one where the lesson knows it.
    pub kind: PredictKind,
    /// What the experiment measures for the outcome: the right answer where the lesson gives none, and otherwise a number beside it.
    pub measure: Option<String>,
    /// The t at which it is measured; none measures the experiment as a whole.
    pub at: Option<usize>,
    /// What becomes visible when the learner commits.
    pub reveal: Vec<String>,
    /// Why it is so, in Markdown, shown beside prediction and outcome.
    pub explain: String,
    /// Where the block starts.
    pub line: usize,
}

/// The kinds of prediction.
#[derive(Clone, Debug, PartialEq)]
pub enum PredictKind {
    /// Choose one of several.
    Choose {
        /// What there is to choose from.
        choices: Vec<String>,
        /// The index of the right one.
        answer: Option<usize>,
    },
    /// A number on a slider.
    Number {
        /// The slider's left end.
        min: f64,
        /// Its right end, more than `min`.
        max: f64,
        /// The unit, empty for a pure number.
        unit: String,
        /// The right number.
        answer: Option<f64>,
    },
    /// Put things in order.
    Order {
        /// The things in their right order; whoever asks shuffles them.
        items: Vec<String>,
    },
    /// Draw a curve; the outcome is measured.
    Draw {
        /// Along.
        x: Axis,
        /// Up.
        y: Axis,
    },
    /// Sort the pictures of the experiment, one a moment, into two bins; the measure says for each which is right.
    Sort {
        /// What the bins are called: where the measure is 0, and where it is 1.
        bins: [String; 2],
    },
    /// Recognize pictures as early as one can while they come out of noise, several rounds over.
    Recognize(Recognize),
    /// Say it in one's own words; nothing is right or wrong.
    Write {
        /// How an answer may begin.
        hint: String,
    },
}

/// A blind test: in each round one of the pictures, under one of the schedules.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recognize {
    /// What the pictures show, in the order of `pictures`.
    pub names: Vec<String>,
    /// Their ids.
    pub pictures: Vec<String>,
    /// The schedules, taken in turn.
    pub schedules: Vec<String>,
    /// How many rounds there are.
    pub rounds: usize,
    /// Among how many names one chooses in each round.
    pub choices: usize,
}

/// An axis to draw on.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// What it shows.
    pub label: String,
    /// Where it begins.
    pub min: f64,
    /// Where it ends, more than `min`.
    pub max: f64,
}

/// A `rust cell`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its id in the page.
    pub id: String,
    /// The Rust.
    pub code: String,
    /// Where the block starts; the code starts on the next line.
    pub line: usize,
    /// What the lesson says of it, as Rust that runs after it and fails where that is no longer true. Readers never see it.
    pub check: Option<Check>,
}

/// A `rust check`: assertions about the cell before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The Rust.
    pub code: String,
    /// Where the block starts; the code starts on the next line.
    pub line: usize,
}

/// A quiz.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quiz {
    /// Its id in the page.
    pub id: String,
    /// Its questions.
    pub questions: Vec<Question>,
    /// Where the block starts.
    pub line: usize,
}

/// A question of a quiz.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The question.
    pub ask: String,
    /// At least two, of which exactly one is right.
    pub choices: Vec<Choice>,
}

impl Question {
    /// The index of the right choice.
    pub fn answer_idx(&self) -> Option<usize> {
        self.choices.iter().position(|choice| choice.right)
    }
}

/// A choice of a question.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The choice.
    pub text: String,
    /// What is said to whoever takes it: why it is right, or what is wrong with it.
    pub why: String,
    /// Whether it is the right one.
    #[serde(default)]
    pub right: bool,
}

/// How deeply a task engages, from looking to telling others (Naps et al. 2002).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rung {
    /// Look closely.
    View,
    /// Answer a question about what one sees.
    Answer,
    /// Change a setting or a line, and compare.
    Change,
    /// Make something of one's own.
    Construct,
    /// Show and explain it to others.
    Present,
}

/// Something to do, with a folded solution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its id in the page.
    pub id: String,
    /// How much of the learner's own it asks for.
    pub rung: Rung,
    /// What to do, in Markdown.
    pub ask: String,
    /// How it is done, in Markdown.
    pub solution: String,
    /// The Rust of the solution, where there is any.
    pub code: Option<String>,
    /// Where the block starts.
    pub line: usize,
}

/// Code broken on purpose, to find out what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its id in the page.
    pub id: String,
    /// What to find, in Markdown.
    pub ask: String,
    /// The broken Rust.
    pub code: String,
    /// The mended Rust.
    pub fix: String,
    /// What was wrong, in Markdown.
    pub explain: String,
    /// Where the block starts.
    pub line: usize,
}

/// The kinds of blocks, as their fences name them.
pub(crate) const KINDS: [&str; 9] =
    ["experiment NAME", "predict", "rust cell", "rust check", "quiz", "task", "fault", "present", "teacher"];

/// A fence and its body, before it is read.
pub(crate) struct Fence {
    pub words: Vec<String>,
    /// The id given after the backticks.
    pub id: Option<String>,
    pub body: String,
    /// The line of the opening fence.
    pub line: usize,
}

impl Fence {
    /// What the block is called when it has no id.
    pub fn kind(&self) -> &str {
        match self.words().as_slice() {
            ["rust", "cell"] => "cell",
            [kind, ..] => kind,
            [] => "block",
        }
    }

    /// The words after the backticks, without the id.
    pub fn words(&self) -> Vec<&str> {
        self.words.iter().map(String::as_str).collect()
    }

    /// Reads the block; `id` is the one it will have.
    pub fn read(&self, id: String) -> Result<Block, Fail> {
        let line = self.line;
        match self.words().as_slice() {
            ["experiment", name] => self.experiment(id, name),
            ["predict"] => self.predict(id),
            ["rust", "cell"] => {
                Ok(Block::Cell(Cell { id, code: self.filled()?.to_owned(), line, check: None }))
            }
            ["quiz"] => self.quiz(id),
            ["task"] => self.task(id),
            ["fault"] => self.fault(id),
            ["present"] => self.present(),
            ["teacher"] => Ok(Block::Teacher { markdown: self.filled()?.trim().to_owned(), line }),
            ["experiment", ..] => {
                Err(self.fail("an experiment block names one experiment; write ```experiment noising"))
            }
            ["rust", ..] => Err(self.fail("Rust in a lesson runs; write ```rust cell")),
            _ => Err(self.fail(format!(
                "there is no block `{}`; use {}, or `text` for what stays prose",
                self.words.join(" "),
                one_of(KINDS)
            ))),
        }
    }

    /// The check that this fence is, if it is one.
    pub fn check(&self) -> Option<Result<Check, Fail>> {
        if self.words() != ["rust", "check"] {
            return None;
        }
        Some(match &self.id {
            Some(id) => Err(self
                .fail(format!("a check is part of its cell and is never referred to; remove the id `{id}`"))),
            None => self.filled().map(|code| Check { code: code.to_owned(), line: self.line }),
        })
    }

    fn experiment(&self, id: String, name: &str) -> Result<Block, Fail> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Hints {
            hidden: Vec<String>,
            tab: Tab,
            start: Option<usize>,
            elsewhere: toml::Table,
        }
        let hints: Hints = self.toml()?;
        let mut settings: toml::Table = self.toml()?;
        settings.retain(|key, _| !["hidden", "tab", "start", "elsewhere"].contains(&key));
        Ok(Block::Experiment(Experiment {
            id,
            name: name.to_owned(),
            settings,
            elsewhere: hints.elsewhere,
            hidden: hints.hidden,
            tab: hints.tab,
            start: hints.start,
            line: self.line,
            setting_lines: self.key_lines()?,
        }))
    }

    fn predict(&self, id: String) -> Result<Block, Fail> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Slider {
            min: f64,
            max: f64,
            #[serde(default)]
            unit: String,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Axes {
            x: Axis,
            y: Axis,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            ask: String,
            choose: Option<Vec<String>>,
            number: Option<Slider>,
            order: Option<Vec<String>>,
            draw: Option<Axes>,
            sort: Option<[String; 2]>,
            recognize: Option<Recognize>,
            write: Option<String>,
            answer: Option<toml::Value>,
            measure: Option<String>,
            at: Option<usize>,
            #[serde(default)]
            reveal: Vec<String>,
            explain: String,
        }
        let raw: Raw = self.toml()?;
        for text in [&raw.ask].into_iter().chain(raw.choose.iter().chain(&raw.order).flatten()) {
            self.check_plain(text)?;
        }
        let measured = raw.measure.is_some();
        let no_outcome =
            || self.fail("nothing says what is right: give `answer`, or a `measure` of the experiment");
        let only = |is_right: bool, message: &str| if is_right { Ok(()) } else { Err(self.fail(message)) };
        let kind = match (raw.choose, raw.number, raw.order, raw.draw, raw.sort, raw.recognize, raw.write) {
            (Some(choices), None, None, None, None, None, None) => {
                if choices.len() < 2 {
                    return Err(self.fail("there is nothing to choose; give at least two choices"));
                }
                let answer = raw
                    .answer
                    .map(|answer| {
                        let right = |choice: &String| Some(choice.as_str()) == answer.as_str();
                        choices.iter().position(right).ok_or_else(|| {
                            self.fail(format!("the answer {answer} is not among the choices; repeat one of them word for word"))
                        })
                    })
                    .transpose()?;
                if answer.is_none() && !measured {
                    return Err(no_outcome());
                }
                PredictKind::Choose { choices, answer }
            }
            (None, Some(Slider { min, max, unit }), None, None, None, None, None) => {
                self.range("number", min, max)?;
                let answer = raw.answer.map(|answer| self.number(&answer)).transpose()?;
                match answer {
                    None if !measured => return Err(no_outcome()),
                    Some(answer) if !(min..=max).contains(&answer) => {
                        return Err(self.fail(format!(
                            "the answer {answer} is not on the slider from {min} to {max}; widen it"
                        )));
                    }
                    _ => PredictKind::Number { min, max, unit, answer },
                }
            }
            (None, None, Some(items), None, None, None, None) => {
                if items.len() < 2 || raw.answer.is_some() {
                    return Err(self.fail(
                        "`order` lists at least two things in their right order, and needs no `answer`",
                    ));
                }
                PredictKind::Order { items }
            }
            (None, None, None, Some(Axes { x, y }), None, None, None) => {
                self.range("x", x.min, x.max)?;
                self.range("y", y.min, y.max)?;
                if !measured || raw.answer.is_some() {
                    return Err(self.fail(
                        "a drawn curve is compared with a measured one; give `measure`, and no `answer`",
                    ));
                }
                PredictKind::Draw { x, y }
            }
            (None, None, None, None, Some(bins), None, None) => {
                only(
                    measured && raw.answer.is_none(),
                    "what is sorted is judged by a measure of each moment; give `measure`, and no `answer`",
                )?;
                PredictKind::Sort { bins }
            }
            (None, None, None, None, None, Some(recognize), None) => {
                only(raw.answer.is_none(), "`recognize` knows what its pictures show; leave out `answer`")?;
                self.recognizable(&recognize)?;
                PredictKind::Recognize(recognize)
            }
            (None, None, None, None, None, None, Some(hint)) => {
                only(
                    !measured && raw.answer.is_none(),
                    "nobody's own words are right or wrong; leave out `answer` and `measure`",
                )?;
                PredictKind::Write { hint }
            }
            _ => {
                return Err(self.fail(
                    "a prediction is of one kind; give one of `choose`, `number`, `order`, `draw`, `sort`, `recognize`, `write`",
                ));
            }
        };
        Ok(Block::Predict(Predict {
            id,
            ask: raw.ask,
            kind,
            measure: raw.measure,
            at: raw.at,
            reveal: raw.reveal,
            explain: raw.explain,
            line: self.line,
        }))
    }

    fn recognizable(&self, recognize: &Recognize) -> Result<(), Fail> {
        let Recognize { names, pictures, schedules, rounds, choices } = recognize;
        if names.len() != pictures.len() {
            return Err(self.fail(format!(
                "`recognize` has {} names for {} pictures; give each picture one name",
                names.len(),
                pictures.len()
            )));
        }
        if !(2..=names.len()).contains(choices) || !(1..=names.len()).contains(rounds) || schedules.is_empty()
        {
            return Err(self.fail(format!(
                "`recognize` needs a schedule, between 2 and {0} choices, and between 1 and {0} rounds, for no picture comes twice",
                names.len()
            )));
        }
        Ok(())
    }

    /// Questions and what there is to choose from stand as they were typed, on the page and before a class.
    fn check_plain(&self, text: &str) -> Result<(), Fail> {
        if text.matches('$').count() < 2 {
            return Ok(());
        }
        Err(self.fail(format!("\"{text}\" has a formula, which is not set in a question; say it in words")))
    }

    fn quiz(&self, id: String) -> Result<Block, Fail> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            question: Vec<Question>,
        }
        let raw: Raw = self.toml()?;
        for question in &raw.question {
            self.check_plain(&question.ask)?;
            for choice in &question.choices {
                self.check_plain(&choice.text)?;
            }
            let num_right = question.choices.iter().filter(|choice| choice.right).count();
            if question.choices.len() < 2 || num_right != 1 {
                return Err(self.fail(format!(
                    "the question \"{}\" has {} choices of which {num_right} are right; give at least two, and mark exactly one with `right = true`",
                    question.ask,
                    question.choices.len()
                )));
            }
        }
        Ok(Block::Quiz(Quiz { id, questions: raw.question, line: self.line }))
    }

    fn task(&self, id: String) -> Result<Block, Fail> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            rung: Rung,
            ask: String,
            solution: String,
            code: Option<String>,
        }
        let Raw { rung, ask, solution, code } = self.toml()?;
        Ok(Block::Task(Task { id, rung, ask, solution, code, line: self.line }))
    }

    fn fault(&self, id: String) -> Result<Block, Fail> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            ask: String,
            code: String,
            fix: String,
            explain: String,
        }
        let raw: Raw = self.toml()?;
        Ok(Block::Fault(Fault {
            id,
            ask: raw.ask,
            code: raw.code,
            fix: raw.fix,
            explain: raw.explain,
            line: self.line,
        }))
    }

    fn present(&self) -> Result<Block, Fail> {
        let words: Vec<&str> = self.filled()?.split_whitespace().collect();
        if words.len() > PRESENT_WORDS {
            return Err(self.fail(format!(
                "the `present` line has {} words, and a room reads at most {PRESENT_WORDS} at a glance; shorten it",
                words.len()
            )));
        }
        Ok(Block::Present { text: words.join(" "), line: self.line })
    }

    fn filled(&self) -> Result<&str, Fail> {
        if self.body.trim().is_empty() {
            return Err(
                self.fail(format!("the `{}` block is empty; fill it or remove it", self.words.join(" ")))
            );
        }
        Ok(&self.body)
    }

    fn range(&self, name: &str, min: f64, max: f64) -> Result<(), Fail> {
        if min.is_finite() && max.is_finite() && min < max {
            return Ok(());
        }
        Err(self.fail(format!("`{name}` goes from {min} to {max}; `min` must be less than `max`")))
    }

    fn number(&self, value: &toml::Value) -> Result<f64, Fail> {
        let number = value.as_float().or_else(|| value.as_integer().map(|i| i as f64));
        number.ok_or_else(|| self.fail(format!("the answer {value} is not a number")))
    }

    pub fn toml<T: DeserializeOwned>(&self) -> Result<T, Fail> {
        toml::from_str(&self.body).map_err(|error| self.toml_fail(&error))
    }

    /// The line of every top-level key.
    fn key_lines(&self) -> Result<BTreeMap<String, usize>, Fail> {
        let table = toml::de::DeTable::parse(&self.body).map_err(|error| self.toml_fail(&error))?;
        let lines = table.get_ref().keys().map(|key| {
            let line = self.line + 1 + line_offset(&self.body, key.span().start);
            (key.get_ref().to_string(), line)
        });
        Ok(lines.collect())
    }

    fn toml_fail(&self, error: &toml::de::Error) -> Fail {
        let what = format!("the `{}` block", self.words.join(" "));
        Fail::from_toml(error, &what, &self.body, self.line + 1)
    }

    pub fn fail(&self, message: impl Into<String>) -> Fail {
        Fail::new(self.line, message)
    }
}
