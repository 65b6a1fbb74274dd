//! A measure over t, to be set beside a curve that somebody has drawn.

use crate::{Experiment, LabError};

/// The points (t, value) of a measure at up to `num_points` moments, evenly spread over those computed, by rising t.
/// A value that is not finite, such as the signal-to-noise ratio without noise, is left out.
///
/// # Errors
/// When there is no such measure, it belongs to the whole recording, or a moment cannot be measured.
pub fn curve(
    experiment: &mut dyn Experiment,
    measure: &str,
    num_points: usize,
) -> Result<Vec<(f64, f64)>, LabError> {
    let spec = experiment.spec();
    let measure = spec.measure(measure)?;
    if !measure.per_moment {
        let of_moments =
            spec.measures.iter().filter(|measure| measure.per_moment).map(|measure| measure.name);
        let why = format!(
            "it belongs to the whole recording and makes no curve; choose one of {}",
            crate::error::list(of_moments)
        );
        return Err(LabError::CannotMeasure { measure: measure.name, why });
    }
    let num_computed = experiment.num_computed();
    let num_points = num_points.min(num_computed);
    let last = num_computed.saturating_sub(1) as f64;
    let gaps = num_points.saturating_sub(1).max(1) as f64;
    let mut points = Vec::with_capacity(num_points);
    for nth in 0..num_points {
        let idx = (nth as f64 * last / gaps).round() as usize;
        let value = experiment.measure(measure.name, idx)?.value;
        if value.is_finite() {
            points.push((experiment.t_of(idx) as f64, value));
        }
    }
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(points)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{denoising, noising, run};

    #[track_caller]
    fn check(experiment: &mut dyn Experiment, num_points: usize, expected: &[usize]) {
        let points = curve(experiment, "signal_rate", num_points).unwrap();
        let ts: Vec<_> = points.iter().map(|(t, _)| *t as usize).collect();
        assert_eq!(ts, expected);
        for (t, value) in points {
            let idx = (0..experiment.num_moments()).find(|idx| experiment.t_of(*idx) as f64 == t).unwrap();
            assert_eq!(value, experiment.measure("signal_rate", idx).unwrap().value, "t = {t}");
        }
    }

    #[test]
    fn a_curve_goes_from_end_to_end_by_rising_t() {
        check(&mut noising(&[]), 6, &[0, 200, 400, 600, 800, 1000]);
        check(&mut noising(&[]), 1, &[0]);
        check(&mut noising(&[]), 0, &[]);
        let mut few = run(denoising(&[("num_inference_steps", "4")]));
        check(&mut few, 100, &[0, 250, 500, 750, 1000]);
    }

    #[test]
    fn a_curve_has_no_point_that_is_not_computed_or_not_finite() {
        let mut experiment = denoising(&[("num_inference_steps", "4")]);
        check(&mut experiment, 100, &[]);
        experiment.step().unwrap();
        check(&mut experiment, 100, &[1000]);
        let points = curve(&mut noising(&[]), "snr_db", 1001).unwrap();
        assert_eq!((points.len(), points[0].0), (1000, 1.0));
    }

    #[test]
    fn what_has_no_curve_is_said() {
        let check = |measure: &str, says: &str| {
            let error = curve(&mut noising(&[]), measure, 5).unwrap_err();
            assert!(error.to_string().starts_with(says), "{error}");
        };
        check(
            "equal_rates_at",
            "`equal_rates_at` cannot be measured here: it belongs to the whole recording",
        );
        check("equal_rate", "the experiment `noising` has no measure `equal_rate`");
    }
}
