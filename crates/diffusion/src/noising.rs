//! The forward process in one jump: `q(x_t | x_0)` of Ho et al. 2020 (2006.11239), equation 4.
//!
//! A thousand small Gaussian steps make one large Gaussian, so any moment can be reached from the
//! picture directly: `x_t = √ᾱ_t · x0 + √(1 − ᾱ_t) · eps`. On the straight path the two factors are
//! `1 − σ` and `σ`.

use candle_core::Tensor;
use ndarray::{Array, Dimension, Zip};

use crate::{Rates, Result};

/// The noisy `x_t` of pictures `x0` with noise `eps`, all at the same moment.
///
/// # Shapes
/// `x0`, `eps` and the result: any, the same.
///
/// # Errors
/// When the shapes, dtypes or devices differ.
pub fn q_sample(x0: &Tensor, eps: &Tensor, rates: Rates) -> Result<Tensor> {
    let Rates { signal_rate, noise_rate, .. } = rates;
    // x_t = √ᾱ_t · x0 + √(1 − ᾱ_t) · eps
    Ok(((x0 * signal_rate)? + (eps * noise_rate)?)?)
}

/// The same for a batch in which each sample has a moment of its own, as in training.
///
/// # Shapes
/// `x0`, `eps` and the result: `(b, …)`; `rates`: `b` of them.
///
/// # Errors
/// When the shapes, dtypes or devices differ, or there are not `b` rates.
pub fn q_sample_each(x0: &Tensor, eps: &Tensor, rates: &[Rates]) -> Result<Tensor> {
    let signal_rate = per_sample(x0, rates, |rates| rates.signal_rate)?;
    let noise_rate = per_sample(eps, rates, |rates| rates.noise_rate)?;
    // x_t = √ᾱ_t · x0 + √(1 − ᾱ_t) · eps
    Ok((x0.broadcast_mul(&signal_rate)? + eps.broadcast_mul(&noise_rate)?)?)
}

/// The same for arrays: for lessons, and for pictures of any size without a network.
///
/// # Shapes
/// `x0`, `eps` and the result: any, the same.
///
/// # Panics
/// When the shapes differ.
pub fn q_sample_array<D: Dimension>(x0: &Array<f32, D>, eps: &Array<f32, D>, rates: Rates) -> Array<f32, D> {
    let (signal_rate, noise_rate) = (rates.signal_rate as f32, rates.noise_rate as f32);
    // x_t = √ᾱ_t · x0 + √(1 − ᾱ_t) · eps
    Zip::from(x0).and(eps).map_collect(|x0, eps| signal_rate * x0 + noise_rate * eps)
}

/// One number a sample, shaped `(b, 1, …, 1)` so that it multiplies `x` of shape `(b, …)`.
pub(crate) fn per_sample(x: &Tensor, rates: &[Rates], rate: impl Fn(&Rates) -> f64) -> Result<Tensor> {
    let values: Vec<f64> = rates.iter().map(rate).collect();
    let mut shape = vec![1; x.rank()];
    if let Some(b) = shape.first_mut() {
        *b = values.len();
    }
    Ok(Tensor::from_vec(values, shape, &candle_core::Device::Cpu)?
        .to_dtype(x.dtype())?
        .to_device(x.device())?)
}

#[cfg(test)]
mod tests {
    use candle_core::Device;
    use ndarray::Array1;
    use noisebook_ops::{Noise, Stream};

    use super::*;
    use crate::NoiseSchedule;

    const N: usize = 2 * HALF;
    const HALF: usize = 10_000;

    /// A ramp from −1 to 1: as far from a bell as pictures are.
    fn ramp() -> Array1<f32> {
        Array1::linspace(-1.0, 1.0, N)
    }

    fn noised(t: usize) -> Array1<f32> {
        let schedule = NoiseSchedule::linear(1000, 1e-4, 0.02).unwrap();
        let eps = Noise::new(0).normal(Stream::Forward, 0, 0, N).into();
        q_sample_array(&ramp(), &eps, schedule.at(t).unwrap())
    }

    /// The largest distance between the sample's distribution and `N(0, 1)`, by its integral.
    fn kolmogorov_smirnov(x: &Array1<f32>) -> f64 {
        let mut x: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
        x.sort_by(f64::total_cmp);
        let num = x.len() as f64;
        // The bell's integral by the trapezoid rule from −8, far finer than the sample.
        let (mut at, mut below, width) = (-8.0_f64, 0.0, 1e-4);
        let bell = |x: f64| (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt();
        x.iter().enumerate().fold(0.0, |largest: f64, (idx, &x)| {
            while at < x {
                below += width * f64::midpoint(bell(at), bell(at + width));
                at += width;
            }
            let (before, after) = (idx as f64 / num, (idx + 1) as f64 / num);
            largest.max((below - before).abs()).max((after - below).abs())
        })
    }

    #[test]
    fn at_the_end_only_noise_is_left() {
        // 1 % of honest samples are farther from the bell than this.
        let threshold = 1.63 / (N as f64).sqrt();
        let end = kolmogorov_smirnov(&noised(1000));
        assert!(end < threshold, "x_T is {end} from N(0, 1), more than {threshold}");
        let half = kolmogorov_smirnov(&noised(300));
        assert!(half > threshold, "x_300 is only {half} from N(0, 1), so this test sees nothing");
    }

    #[test]
    fn mean_and_variance_are_those_of_the_mixture() {
        let schedule = NoiseSchedule::linear(1000, 1e-4, 0.02).unwrap();
        let x0_variance = f64::from(ramp().var(0.0));
        for t in [0, 1, 250, 500, 1000] {
            let rates = schedule.at(t).unwrap();
            let x_t = noised(t).mapv(f64::from);
            let expected = rates.alpha_cumprod * x0_variance + rates.noise_rate.powi(2);
            // Five standard errors, generously: the fourth moment of a bell is the largest here.
            let bound = 5.0 * (2.0 / N as f64).sqrt();
            assert!(x_t.mean().unwrap().abs() < bound, "t = {t}");
            assert!((x_t.var(0.0) - expected).abs() < bound, "t = {t}: {} not {expected}", x_t.var(0.0));
        }
    }

    #[test]
    fn tensors_arrays_and_batches_agree() {
        let schedule = NoiseSchedule::cosine(1000).unwrap();
        let (x0, eps) = (ramp(), Array1::from(Noise::new(2).normal(Stream::Forward, 0, 0, N)));
        let tensor =
            |x: &Array1<f32>| Tensor::from_slice(x.as_slice().unwrap(), (2, HALF), &Device::Cpu).unwrap();
        let rates = [schedule.at(300).unwrap(), schedule.at(800).unwrap()];
        let each = q_sample_each(&tensor(&x0), &tensor(&eps), &rates).unwrap();
        for (idx, rates) in rates.into_iter().enumerate() {
            let all = tensor(&q_sample_array(&x0, &eps, rates));
            let error = |other: &Tensor| {
                let [all, other] = [&all, other].map(|x| x.get(idx).unwrap().flatten_all().unwrap());
                (all - other).unwrap().abs().unwrap().max(0).unwrap().to_scalar::<f32>().unwrap()
            };
            assert!(error(&each) < 1e-6);
            assert!(error(&q_sample(&tensor(&x0), &tensor(&eps), rates).unwrap()) < 1e-6);
        }
        let other_shape = Tensor::zeros((3, 2), candle_core::DType::F32, &Device::Cpu).unwrap();
        assert!(q_sample_each(&tensor(&x0), &other_shape, &rates).is_err());
    }
}
