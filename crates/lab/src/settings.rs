//! Values for an experiment's settings, checked against its [`Spec`] as they come in.
//!
//! A `Settings` always holds a good value for every setting: what is not set has its default, which may depend on what is
//! learned ([`Spec::default_of`]), and a wrong value is refused with one sentence and changes nothing.

use crate::{Kind, Mask, SettingError, Spec, spec};
use noisebook_diffusion::DrawnSchedule;
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// The most letters of a prompt.
const MAX_LETTERS: usize = 400;

/// The value of one setting.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Of [`Kind::Bool`].
    Bool(bool),
    /// Of [`Kind::Int`].
    Int(u64),
    /// Of [`Kind::Float`].
    Float(f64),
    /// Of all kinds of words: a choice, a picture, a model, a label, a prompt, a mask.
    Text(Cow<'static, str>),
    /// Of [`Kind::Points`].
    Points(Cow<'static, [[f64; 2]]>),
}

/// A value for each setting of one experiment.
#[derive(Clone, Debug)]
pub struct Settings {
    spec: &'static Spec,
    /// Those that were set.
    values: BTreeMap<&'static str, Value>,
}

impl Settings {
    /// The defaults of the experiment of this name.
    pub fn new(experiment: &str) -> Result<Self, SettingError> {
        Ok(Self { spec: spec(experiment)?, values: BTreeMap::new() })
    }

    /// The defaults, changed by a table of names and values: a lesson's TOML, a state file's JSON, any map that serde
    /// can read out.
    pub fn from_table(experiment: &str, table: &impl Serialize) -> Result<Self, SettingError> {
        let mut settings = Self::new(experiment)?;
        let not_a_table = |found: String| SettingError::NotATable { experiment: settings.spec.name, found };
        let table = match serde_json::to_value(table) {
            Ok(serde_json::Value::Object(table)) => table,
            Ok(other) => return Err(not_a_table(other.to_string())),
            Err(error) => return Err(not_a_table(error.to_string())),
        };
        for (name, value) in table {
            settings.set(&name, value)?;
        }
        Ok(settings)
    }

    /// Changes one setting: `settings.set("seed", 3)?`.
    pub fn set(&mut self, name: &str, value: impl Into<serde_json::Value>) -> Result<(), SettingError> {
        let setting = self.spec.setting(name)?;
        let value = crate::fault::spelled_out(setting.name, value.into());
        let checked = setting.kind.check(&value).ok_or_else(|| SettingError::Value {
            name: setting.name,
            found: value.to_string(),
            expected: setting.kind.to_string(),
        })?;
        self.values.insert(setting.name, checked);
        Ok(())
    }

    /// Changes one setting to a value of its kind.
    pub fn set_value(&mut self, name: &str, value: Value) -> Result<(), SettingError> {
        let value = match value {
            Value::Bool(bool) => bool.into(),
            Value::Int(int) => int.into(),
            Value::Float(float) => float.into(),
            Value::Text(text) => serde_json::Value::String(text.into_owned()),
            Value::Points(points) => serde_json::json!(points),
        };
        self.set(name, value)
    }

    /// Changes one setting to what was typed: `settings.set_typed("seed", "3")?`.
    pub fn set_typed(&mut self, name: &str, typed: &str) -> Result<(), SettingError> {
        let value: serde_json::Value = match self.spec.setting(name)?.kind {
            Kind::Choice(_)
            | Kind::Picture
            | Kind::PictureOrNone
            | Kind::Model
            | Kind::Label
            | Kind::Words
            | Kind::Mask => typed.into(),
            Kind::Int { .. } | Kind::Float { .. } | Kind::Bool | Kind::Points => {
                serde_json::from_str(typed).unwrap_or_else(|_| typed.into())
            }
        };
        self.set(name, value)
    }

    /// The experiment that these settings are for.
    pub fn spec(&self) -> &'static Spec {
        self.spec
    }

    /// The value of a setting.
    pub fn get(&self, name: &str) -> Result<&Value, SettingError> {
        match self.values.get(name) {
            Some(value) => Ok(value),
            None => self.default_of(name),
        }
    }

    /// The value that a setting has, or would have, where nobody sets it.
    pub fn default_of(&self, name: &str) -> Result<&'static Value, SettingError> {
        let data = match self.values.get("data") {
            Some(Value::Text(data)) => data,
            _ => "",
        };
        self.spec.default_of(name, data)
    }

    /// The value of a choice, a picture, a model or a label.
    pub fn text(&self, name: &str) -> Result<&str, SettingError> {
        match self.get(name)? {
            Value::Text(text) => Ok(text),
            other => Err(self.not_a("word", name, other)),
        }
    }

    /// The value of a whole number.
    pub fn int(&self, name: &str) -> Result<u64, SettingError> {
        match self.get(name)? {
            Value::Int(int) => Ok(*int),
            other => Err(self.not_a("whole number", name, other)),
        }
    }

    /// The value of a number.
    pub fn float(&self, name: &str) -> Result<f64, SettingError> {
        match self.get(name)? {
            Value::Float(float) => Ok(*float),
            other => Err(self.not_a("number", name, other)),
        }
    }

    /// The value of a yes or no.
    pub fn bool(&self, name: &str) -> Result<bool, SettingError> {
        match self.get(name)? {
            Value::Bool(bool) => Ok(*bool),
            other => Err(self.not_a("yes or no", name, other)),
        }
    }

    /// The points of a curve.
    pub fn points(&self, name: &str) -> Result<&[[f64; 2]], SettingError> {
        match self.get(name)? {
            Value::Points(points) => Ok(points),
            other => Err(self.not_a("list of points", name, other)),
        }
    }

    /// Names and values, in the registry's order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.spec.settings.iter().filter_map(|setting| Some((setting.name, self.get(setting.name).ok()?)))
    }

    fn not_a(&self, expected: &str, name: &str, found: &Value) -> SettingError {
        match self.spec.setting(name) {
            Ok(setting) => SettingError::Value {
                name: setting.name,
                found: found.to_string(),
                expected: format!("a {expected}"),
            },
            Err(unknown) => unknown,
        }
    }
}

impl Kind {
    /// The value if this kind of setting takes it.
    fn check(self, value: &serde_json::Value) -> Option<Value> {
        match self {
            Self::Bool => value.as_bool().map(Value::Bool),
            Self::Int { min, max } => value.as_u64().filter(|int| (min..=max).contains(int)).map(Value::Int),
            Self::Float { min, max } => {
                value.as_f64().filter(|float| (min..=max).contains(float)).map(Value::Float)
            }
            Self::Choice(words) => {
                let typed = value.as_str()?;
                words.iter().find(|word| **word == typed).map(|word| Value::Text(Cow::Borrowed(word)))
            }
            Self::Label => {
                // `label = 7` means the same as `label = "7"`.
                let typed = value.as_u64().map(|int| int.to_string());
                let typed = typed.or_else(|| value.as_str().map(str::to_owned));
                typed.filter(|label| !label.is_empty()).map(|label| Value::Text(Cow::Owned(label)))
            }
            Self::Picture => {
                let id = value.as_str()?;
                let in_a_set =
                    id.split_once('/').is_some_and(|(set, item)| !set.is_empty() && !item.is_empty());
                (id == "own" || in_a_set).then(|| Value::Text(Cow::Owned(id.to_owned())))
            }
            Self::PictureOrNone if value.as_str() == Some("none") => Some(Value::Text(Cow::Borrowed("none"))),
            Self::PictureOrNone => Self::Picture.check(value),
            Self::Words => {
                let typed = value.as_str()?;
                let fits = typed.chars().count() <= MAX_LETTERS && !typed.chars().any(char::is_control);
                fits.then(|| Value::Text(Cow::Owned(typed.to_owned())))
            }
            Self::Mask => {
                let typed = value.as_str()?;
                (typed == "none" || Mask::named(typed).is_some())
                    .then(|| Value::Text(Cow::Owned(typed.to_owned())))
            }
            Self::Model => {
                let name = value.as_str().filter(|name| !name.is_empty())?;
                Some(Value::Text(Cow::Owned(name.to_owned())))
            }
            Self::Points => {
                let points: Vec<[f64; 2]> = serde_json::from_value(value.clone()).ok()?;
                DrawnSchedule::new(&points).is_ok().then_some(Value::Points(Cow::Owned(points)))
            }
        }
    }
}

/// What the kind takes, to follow "it must be".
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => write!(f, "true or false"),
            Self::Int { min, max: u64::MAX } => write!(f, "a whole number from {min} up"),
            Self::Int { min, max } => write!(f, "a whole number from {min} to {max}"),
            Self::Float { min, max } => write!(f, "a number from {min} to {max}"),
            Self::Choice(words) => write!(f, "one of {}", words.join(", ")),
            Self::Picture => {
                write!(f, "a picture such as \"emoji/noto/turtle\" or \"digits/123\", or \"own\"")
            }
            Self::PictureOrNone => write!(f, "{}, or \"none\"", Self::Picture),
            Self::Words => write!(f, "at most {MAX_LETTERS} letters in one line"),
            Self::Mask => {
                write!(
                    f,
                    "none, {}, or 256 digits from 0 to f, four pixels of a row each",
                    Mask::NAMES.join(", ")
                )
            }
            Self::Model => write!(f, "the name of a model, such as \"ddpm-digits\""),
            Self::Label => write!(f, "a label of the model, such as \"7\" or \"noto animal\", or \"any\""),
            Self::Points => {
                write!(
                    f,
                    "points such as [[0.5, 0.7], [1.0, 0.0]], each to the right of and below the one before, from 1 down to 0, the last at 1.0"
                )
            }
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(bool) => write!(f, "{bool}"),
            Self::Int(int) => write!(f, "{int}"),
            Self::Float(float) => write!(f, "{float}"),
            Self::Text(text) => write!(f, "{text}"),
            // As in TOML, JSON and Rust.
            Self::Points(points) => write!(f, "{points:?}"),
        }
    }
}

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl PartialEq for Settings {
    fn eq(&self, other: &Self) -> bool {
        self.spec.name == other.spec.name && self.iter().eq(other.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check_error(experiment: &str, table: &serde_json::Value, expected: &str) {
        let error = Settings::from_table(experiment, table).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }

    #[track_caller]
    fn check_typed(experiment: &str, name: &str, typed: &str, expected: &str) {
        let mut settings = Settings::new(experiment).unwrap();
        let outcome = match settings.set_typed(name, typed) {
            Ok(()) => settings.get(name).unwrap().to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(outcome, expected);
    }

    #[test]
    fn a_mistake_is_one_sentence() {
        check_error(
            "noizing",
            &json!({}),
            "there is no experiment `noizing`; choose one of authorship, game, walk, verdict, noising, denoising, \
             race, grid, training, schedules, flat-pictures",
        );
        check_error(
            "noising",
            &json!({"sede": 1}),
            "the experiment `noising` has no setting `sede`; it has picture, schedule, num_train_timesteps, path, size, seed",
        );
        check_error(
            "noising",
            &json!({"schedule": "cosin"}),
            "`schedule` is \"cosin\"; it must be one of linear, scaled-linear, cosine, sigmoid",
        );
        check_error(
            "noising",
            &json!({"schedule": 1.5}),
            "`schedule` is 1.5; it must be one of linear, scaled-linear, cosine, sigmoid",
        );
        check_error("noising", &json!({"path": null}), "`path` is null; it must be one of shortcut, steps");
        check_error(
            "noising",
            &json!({"size": 4096}),
            "`size` is 4096; it must be a whole number from 16 to 512",
        );
        check_error(
            "noising",
            &json!({"size": "big"}),
            "`size` is \"big\"; it must be a whole number from 16 to 512",
        );
        check_error(
            "noising",
            &json!({"num_train_timesteps": 0}),
            "`num_train_timesteps` is 0; it must be a whole number from 1 to 2000",
        );
        check_error(
            "noising",
            &json!({"num_train_timesteps": 9.5}),
            "`num_train_timesteps` is 9.5; it must be a whole number from 1 to 2000",
        );
        check_error("noising", &json!({"seed": -1}), "`seed` is -1; it must be a whole number from 0 up");
        check_error("noising", &json!({"seed": "1"}), "`seed` is \"1\"; it must be a whole number from 0 up");
        check_error(
            "noising",
            &json!({"picture": "turtle"}),
            "`picture` is \"turtle\"; it must be a picture such as \"emoji/noto/turtle\" or \"digits/123\", or \"own\"",
        );
        check_error("denoising", &json!({"num": 0}), "`num` is 0; it must be a whole number from 1 to 16");
        check_error(
            "denoising",
            &json!({"num": 1_000_000_000}),
            "`num` is 1000000000; it must be a whole number from 1 to 16",
        );
        check_error(
            "denoising",
            &json!({"num_inference_steps": 1001}),
            "`num_inference_steps` is 1001; it must be a whole number from 1 to 1000",
        );
        check_error("denoising", &json!({"eta": 1.5}), "`eta` is 1.5; it must be a number from 0 to 1");
        check_error("denoising", &json!({"eta": f64::NAN}), "`eta` is null; it must be a number from 0 to 1");
        check_error(
            "denoising",
            &json!({"cfg_scale": true}),
            "`cfg_scale` is true; it must be a number from 0 to 20",
        );
        check_error("denoising", &json!({"clip": 1}), "`clip` is 1; it must be true or false");
        check_error(
            "denoising",
            &json!({"label": -1}),
            "`label` is -1; it must be a label of the model, such as \"7\" or \"noto animal\", or \"any\"",
        );
        check_error(
            "denoising",
            &json!({"model": ""}),
            "`model` is \"\"; it must be the name of a model, such as \"ddpm-digits\"",
        );
        check_error(
            "denoising",
            &json!([1]),
            "the settings of `denoising` must be a table of names and values, found [1]",
        );
    }

    #[test]
    fn what_is_typed_is_read_by_its_kind() {
        check_typed("noising", "seed", "18446744073709551615", "18446744073709551615");
        check_typed("noising", "seed", "-1", "`seed` is -1; it must be a whole number from 0 up");
        check_typed("noising", "seed", "four", "`seed` is \"four\"; it must be a whole number from 0 up");
        check_typed("denoising", "eta", "1", "1");
        check_typed("denoising", "label", "7", "7");
        check_typed("denoising", "clip", "false", "false");
        check_typed("noising", "picture", "own", "own");
    }

    #[test]
    fn defaults_are_values_that_the_setting_takes() {
        for spec in crate::registry() {
            for setting in spec.settings {
                let value = serde_json::to_value(&setting.default).unwrap();
                assert_eq!(setting.kind.check(&value).as_ref(), Some(&setting.default), "{}", setting.name);
                let of_scenes = spec.default_of(setting.name, "scenes").unwrap();
                let value = serde_json::to_value(of_scenes).unwrap();
                assert_eq!(setting.kind.check(&value).as_ref(), Some(of_scenes), "{}", setting.name);
            }
        }
    }

    #[test]
    fn a_default_follows_what_is_learned_until_it_is_set() {
        let check = |table: serde_json::Value, batch_size: u64, timesteps: &str| {
            let settings = Settings::from_table("training", &table).unwrap();
            let found = (settings.int("batch_size").unwrap(), settings.text("timesteps").unwrap());
            assert_eq!(found, (batch_size, timesteps), "{table}");
            // What is written out is read back as it was.
            assert_eq!(Settings::from_table("training", &settings).unwrap(), settings);
        };
        check(json!({}), 128, "logit-normal");
        check(json!({"data": "scenes"}), 32, "shifted");
        check(json!({"data": "scenes", "batch_size": 128, "timesteps": "uniform"}), 128, "uniform");
        check(json!({"data": "moons", "batch_size": 7}), 7, "logit-normal");
    }

    #[test]
    fn settings_survive_writing_and_reading() {
        let table = json!({"label": 7, "num": 4, "cfg_scale": 2, "seed": u64::MAX});
        let settings = Settings::from_table("denoising", &table).unwrap();
        assert_eq!(settings.text("label").unwrap(), "7");
        assert_eq!(settings.int("seed").unwrap(), u64::MAX);
        assert_eq!(settings.float("cfg_scale").unwrap(), 2.0);
        assert_eq!(Settings::from_table("denoising", &settings).unwrap(), settings);
    }

    #[test]
    fn a_refused_value_changes_nothing() {
        let mut settings = Settings::new("noising").unwrap();
        let before = settings.clone();
        assert!(settings.set("seed", "x").is_err());
        assert_eq!(settings, before);
    }
}
