//! The words that lessons may use, answered by the registry of experiments.

use noisebook_lab::{Settings, spec};
use noisebook_lessons::Vocabulary;

/// Every experiment, setting and measure of `noisebook_lab`.
pub struct Registry;

impl Vocabulary for Registry {
    fn experiment(&self, name: &str) -> Result<(), String> {
        spec(name).map(drop).map_err(|error| error.to_string())
    }

    fn setting(&self, experiment: &str, name: &str, value: &toml::Value) -> Result<(), String> {
        let value = serde_json::to_value(value).map_err(|error| error.to_string())?;
        Settings::new(experiment)
            .and_then(|mut settings| settings.set(name, value))
            .map_err(|error| error.to_string())
    }

    fn measure(&self, experiment: &str, name: &str) -> Result<(), String> {
        spec(experiment).and_then(|spec| spec.measure(name)).map(drop).map_err(|error| error.to_string())
    }

    fn measure_of_moments(&self, experiment: &str, name: &str) -> Result<(), String> {
        let spec = spec(experiment).map_err(|error| error.to_string())?;
        let of_moments: Vec<&str> =
            spec.measures.iter().filter(|measure| measure.per_moment).map(|measure| measure.name).collect();
        if of_moments.contains(&name) {
            return Ok(());
        }
        Err(format!(
            "`{name}` belongs to the whole recording of `{experiment}`; of each moment it measures {}",
            of_moments.join(", ")
        ))
    }

    fn shown(&self, experiment: &str, name: &str) -> Result<(), String> {
        let spec = spec(experiment).map_err(|error| error.to_string())?;
        let measures = spec.measures.iter().map(|measure| measure.name);
        let names: Vec<&str> = spec.pictures.iter().copied().chain(measures).collect();
        if names.contains(&name) {
            return Ok(());
        }
        Err(format!("`{experiment}` shows no `{name}`; it shows {}", names.join(", ")))
    }
}
