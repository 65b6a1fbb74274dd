//! Checking a lesson against the experiments that there are.
//!
//! The lessons crate stands below the registry of experiments, so it asks through a trait.

use crate::block::{Block, Experiment, Predict, PredictKind};
use crate::error::LessonError;
use crate::lesson::{Lesson, Page};

/// What experiments, settings and measures there are.
///
/// Each method returns a sentence when the answer is no: what was found, what there is instead.
pub trait Vocabulary {
    /// Whether there is such an experiment.
    ///
    /// # Errors
    /// With a sentence that names the experiments there are.
    fn experiment(&self, name: &str) -> Result<(), String>;

    /// Whether the experiment has this setting and takes this value.
    ///
    /// # Errors
    /// With a sentence that names the settings there are, or the values it takes.
    fn setting(&self, experiment: &str, name: &str, value: &toml::Value) -> Result<(), String>;

    /// Whether the experiment measures this.
    ///
    /// # Errors
    /// With a sentence that names the measures there are.
    fn measure(&self, experiment: &str, name: &str) -> Result<(), String>;

    /// Whether the experiment measures this at each moment, and not only once for the whole recording.
    ///
    /// # Errors
    /// With a sentence that names the measures of moments there are.
    fn measure_of_moments(&self, experiment: &str, name: &str) -> Result<(), String>;

    /// Whether the experiment's stage shows a picture or a number of this name, which could be hidden.
    ///
    /// # Errors
    /// With a sentence that names what it shows.
    fn shown(&self, experiment: &str, name: &str) -> Result<(), String>;
}

/// Everything in a lesson that the vocabulary does not know, in the order of the file.
pub fn validate(lesson: &Lesson, vocabulary: &dyn Vocabulary) -> Vec<LessonError> {
    let mut errors = Vec::new();
    for page in &lesson.pages {
        if let Some(experiment) = page.experiment() {
            check_page(page, experiment, vocabulary, &mut |line, result| {
                if let Err(message) = result {
                    errors.push(LessonError { file: lesson.file.clone(), line, message });
                }
            });
        }
    }
    errors.sort_by_key(|error| error.line);
    errors
}

fn check_page(
    page: &Page,
    experiment: &Experiment,
    vocabulary: &dyn Vocabulary,
    report: &mut dyn FnMut(usize, Result<(), String>),
) {
    let name = &experiment.name;
    if let Err(message) = vocabulary.experiment(name) {
        // Its settings and measures cannot be known either.
        report(experiment.line, Err(message));
        return;
    }
    for (setting, value) in &experiment.settings {
        report(experiment.line_of(setting), vocabulary.setting(name, setting, value));
    }
    for (setting, value) in &experiment.elsewhere {
        report(experiment.line_of("elsewhere"), vocabulary.setting(name, setting, value));
    }
    for hidden in &experiment.hidden {
        report(experiment.line_of("hidden"), vocabulary.shown(name, hidden));
    }
    for block in &page.blocks {
        if let Block::Predict(predict) = block {
            check_prediction(predict, name, vocabulary, &mut |result| report(predict.line, result));
        }
    }
}

fn check_prediction(
    predict: &Predict,
    experiment: &str,
    vocabulary: &dyn Vocabulary,
    report: &mut dyn FnMut(Result<(), String>),
) {
    if let Some(measure) = &predict.measure {
        let known = vocabulary.measure(experiment, measure);
        // A curve has a value at each moment, and what is sorted has one for each picture.
        let goes_along = matches!(predict.kind, PredictKind::Draw { .. } | PredictKind::Sort { .. });
        let of_moments = || vocabulary.measure_of_moments(experiment, measure);
        report(if goes_along { known.and_then(|()| of_moments()) } else { known });
    }
    if let PredictKind::Recognize(recognize) = &predict.kind {
        for (setting, values) in [("picture", &recognize.pictures), ("schedule", &recognize.schedules)] {
            let taken = |value: &String| vocabulary.setting(experiment, setting, &value.as_str().into());
            let mut refusals: Vec<String> = values.iter().filter_map(|value| taken(value).err()).collect();
            // Where there is no such setting, every value is refused with the same words.
            refusals.dedup();
            refusals.into_iter().for_each(|refusal| report(Err(refusal)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_lesson;

    /// One experiment with one setting, one measure and one picture.
    struct Tiny;

    fn known(found: &str, only: &str) -> Result<(), String> {
        if found == only { Ok(()) } else { Err(format!("no `{found}`; there is `{only}`")) }
    }

    impl Vocabulary for Tiny {
        fn experiment(&self, name: &str) -> Result<(), String> {
            known(name, "noising")
        }
        fn setting(&self, _: &str, name: &str, value: &toml::Value) -> Result<(), String> {
            if name == "picture" {
                return known(value.as_str().unwrap_or_default(), "e/a");
            }
            known(name, "seed")?;
            value.as_integer().map(drop).ok_or_else(|| "`seed` is a whole number".to_owned())
        }
        fn measure(&self, _: &str, name: &str) -> Result<(), String> {
            if name == "rate" { Ok(()) } else { known(name, "recognized_at") }
        }
        fn measure_of_moments(&self, _: &str, name: &str) -> Result<(), String> {
            known(name, "rate")
        }
        fn shown(&self, _: &str, name: &str) -> Result<(), String> {
            known(name, "x0")
        }
    }

    const GOOD: &str = r#"# L
## A {#a}
```experiment noising
seed = 4
hidden = ["x0"]
```
```predict
ask = "?"
choose = ["a", "b"]
measure = "recognized_at"
reveal = ["x0"]
explain = "So."
```
"#;

    #[test]
    fn everything_unknown_is_reported_where_it_stands() {
        let check = |from: &str, to: &str, expected: &[(usize, &str)]| {
            let lesson = parse_lesson(&GOOD.replace(from, to), "l.md").unwrap();
            let errors = validate(&lesson, &Tiny);
            assert_eq!(errors.len(), expected.len(), "{errors:?}");
            for (error, (line, says)) in errors.iter().zip(expected) {
                assert_eq!(error.line, *line, "{error}");
                assert!(error.message.contains(says), "{error}");
            }
        };
        check("noising", "noising", &[]);
        check("noising", "nosing", &[(3, "no `nosing`")]);
        check("seed = 4", "sead = 4", &[(4, "no `sead`")]);
        check("seed = 4", "seed = \"4\"", &[(4, "whole number")]);
        check("seed = 4", "seed = 4\nelsewhere = { seed = 5 }", &[]);
        check("seed = 4", "seed = 4\nelsewhere = { sead = 5 }", &[(5, "no `sead`")]);
        check("recognized_at", "seen_at", &[(7, "no `seen_at`")]);
        check("x0", "x1", &[(5, "no `x1`")]);
        let choose = "choose = [\"a\", \"b\"]\nmeasure = \"recognized_at\"";
        let sort = |measure: &str| format!("sort = [\"a\", \"b\"]\nmeasure = \"{measure}\"");
        check(choose, &sort("rate"), &[]);
        check(choose, &sort("recognized_at"), &[(7, "no `recognized_at`; there is `rate`")]);
        check(choose, &sort("rat"), &[(7, "no `rat`; there is `recognized_at`")]);
        let recognize = |pictures: &str| {
            let schedules = "schedules = [\"linear\", \"cosine\"], rounds = 1, choices = 2";
            format!("recognize = {{ names = [\"a\", \"b\"], pictures = {pictures}, {schedules} }}")
        };
        // There is no setting `schedule`, which is said once.
        check(choose, &recognize("[\"e/a\", \"e/a\"]"), &[(7, "no `schedule`")]);
        check(choose, &recognize("[\"e/b\", \"e/c\"]"), &[(7, "`e/b`"), (7, "`e/c`"), (7, "`schedule`")]);
    }
}
