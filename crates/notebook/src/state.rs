//! A state that was saved in the window, opened in a cell.

use std::path::Path;

use candle_core::Device;
use noisebook_lab::{Context, State};

use crate::show::or_error;
use crate::words::list;
use crate::{AutoDevice, Error, Result, Show, Shown, store};

/// Adds opening from a file to [`State`], and saving to one.
pub trait StateFile: Sized {
    /// The state in a `.noisebook` file: `State::open("turtle.noisebook")?.show()`.
    ///
    /// # Errors
    /// When the file cannot be read or is no state; the sentence says what it is.
    fn open(path: impl AsRef<Path>) -> Result<Self>;

    /// Writes it to a file that the window opens, whole.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn save(&self, path: impl AsRef<Path>) -> Result<()>;
}

impl StateFile for State {
    fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|error| Error::File {
            path: path.to_owned(),
            why: format!("cannot be read: {error}"),
        })?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self::parse(&bytes, &name)?)
    }

    fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        crate::save::write(path.as_ref(), self.to_json()?.as_bytes())
    }
}

/// Its moment, computed again: the same pictures that were on the stage.
impl Show for State {
    fn show(&self) -> Shown {
        or_error(shown(self))
    }
}

fn shown(state: &State) -> Result<Shown> {
    let context = Context::new(store(), Device::auto());
    let (_, moment) = state.run(&context)?;
    let shown = moment.show();
    let warnings: Vec<String> =
        state.other_weights(context.store.as_ref()).iter().map(ToString::to_string).collect();
    let words = match warnings.is_empty() {
        true => shown.words().to_owned(),
        false => format!("{} But {}.", shown.words(), list(&warnings)),
    };
    Ok(shown.saying(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment;
    use noisebook_lab::Settings;

    #[test]
    fn a_saved_state_opens_to_the_same_picture() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("turtle.noisebook");
        let mut settings = Settings::new("noising").unwrap();
        settings.set("seed", 4).unwrap();
        State::new(settings, 300, 300).save(&path).unwrap();

        let opened = State::open(&path).unwrap();
        let film = experiment("noising").unwrap().set("seed", 4).unwrap().run().unwrap();
        assert_eq!(opened.show(), film.at(300).unwrap().show());
        assert!(opened.show().words().starts_with("t = 300: "), "{}", opened.show().words());
    }

    #[test]
    fn what_is_no_state_is_said_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.noisebook");
        let check = |says: &str| {
            let shown = State::open(&path).show();
            assert!(shown.words().contains(says), "{}", shown.words());
        };
        check("x.noisebook: cannot be read");
        std::fs::write(&path, "{").unwrap();
        check("x.noisebook is cut off in line 1");
    }
}
