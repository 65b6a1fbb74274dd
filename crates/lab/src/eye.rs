//! How long a picture can be told from the others of its set, and when the noise has caught up with it.

use crate::LabError;
use ndarray::Zip;
use noisebook_data::{Digits, Emoji, Picture, Store};
use noisebook_diffusion::NoiseSchedule;

/// The least `√snr` at which `x_t = √ᾱ · x0 + √(1 − ᾱ) · eps` is likelier to have come from `x0` than from any of
/// `others`.
///
/// The likeliest picture `x_k` is the one with `√ᾱ · x_k` nearest to `x_t`. That is `x0` as long as
/// `√snr · ‖x0 − x_k‖² + 2 · eps·(x0 − x_k) > 0` for every other `x_k`.
pub(crate) fn least_signal(x0: &Picture, eps: &Picture, others: &[Picture]) -> f64 {
    let mut least_signal: f64 = 0.0;
    for other in others {
        let (mut distance, mut along) = (0.0, 0.0);
        Zip::from(x0).and(other).and(eps).for_each(|x0, x_k, eps| {
            distance += f64::from((x0 - x_k) * (x0 - x_k));
            along += f64::from(eps * (x0 - x_k));
        });
        // The picture itself is in the set too, and a few have twins.
        if distance > 0.0 {
            least_signal = least_signal.max(-2.0 * along / distance);
        }
    }
    least_signal
}

/// The last t up to which `√snr` is above [`least_signal`].
pub(crate) fn recognized_at(schedule: &NoiseSchedule, least_signal: f64) -> usize {
    let unrecognized = schedule.snr().iter().position(|snr| snr.sqrt() <= least_signal);
    unrecognized.unwrap_or(schedule.num_train_timesteps())
}

/// The first t at which there is at least as much noise as signal; `measure` is what the asker calls it.
pub(crate) fn equal_rates_at(schedule: &NoiseSchedule, measure: &'static str) -> Result<usize, LabError> {
    let half = schedule.alphas_cumprod().iter().position(|alpha_cumprod| *alpha_cumprod <= 0.5);
    half.map(|timestep| timestep + 1).ok_or_else(|| LabError::CannotMeasure {
        measure,
        why: "with this schedule there is more signal than noise even at t = T".to_owned(),
    })
}

/// Every picture of the set that the picture of this id is from: its emoji family, or the digits.
pub(crate) fn set_of_pictures(store: &dyn Store, id: &str) -> Result<Vec<Picture>, LabError> {
    if let Some((family, _)) = id.strip_prefix("emoji/").and_then(|glyph| glyph.rsplit_once('/')) {
        let emoji = Emoji::load(store)?;
        let glyphs = emoji.glyphs().iter().enumerate();
        let of_family =
            glyphs.filter(|(_, glyph)| glyph.id.rsplit_once('/').is_some_and(|(f, _)| f == family));
        Ok(of_family.map(|(idx, _)| emoji.picture(idx)).collect())
    } else if id.starts_with("digits/") {
        let digits = Digits::load(store)?;
        Ok((0..digits.len()).map(|idx| digits.picture(idx)).collect())
    } else {
        Err(cannot_recognize("your own picture is the only one of its set; choose an emoji or a digit"))
    }
}

pub(crate) fn cannot_recognize(why: &str) -> LabError {
    LabError::CannotMeasure { measure: "recognized_at", why: why.to_owned() }
}
