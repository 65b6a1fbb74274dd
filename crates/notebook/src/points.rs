//! Points in the plane, drawn and seen.

use candle_core::{DType, Device, Tensor};
use ndarray::{Array2, Array3};
use noisebook_data::{Picture, PointSet};
use noisebook_figures::{Mark, png, rgb};
use noisebook_ops::{Noise, Stream};

use crate::show::or_error;
use crate::words::{list, number};
use crate::{AutoDevice, Error, Result, Show, Shown};

/// `n` points of a set, `rings`, `grid`, `moons`, `swiss-roll`, `two-heaps` or `line`: a tensor `(n, 2)` of numbers from about −1 to 1. The same
/// seed gives the same points.
///
/// # Errors
/// When there is no such set, or n is 0.
pub fn points(set: &str, n: usize, seed: u64) -> Result<Tensor> {
    let known = PointSet::ALL.map(PointSet::name).join(", ");
    let found = PointSet::named(set);
    let set = found.ok_or_else(|| Error::Wrong(format!("there are no points `{set}`; there are {known}")))?;
    if n == 0 {
        return Err(Error::Wrong("a set of no points cannot be learned; ask for at least one".to_owned()));
    }
    let noise = Noise::new(seed);
    let array = |values: Vec<f32>| {
        Array2::from_shape_vec((n, 2), values).map_err(|error| Error::Wrong(error.to_string()))
    };
    let uniform = array(noise.uniform(Stream::Data, 1, 0, 2 * n))?;
    let normal = array(noise.normal(Stream::Data, 1, 1, 2 * n))?;
    let values = set.points(&uniform, &normal).into_raw_vec_and_offset().0;
    Ok(Tensor::from_vec(values, (n, 2), &Device::auto())?)
}

/// Sets of points on one sheet, from −1.2 to 1.2: `scatter([("data", &x0), ("samples", &x)])`. The first is drawn as blue
/// discs, the second as orange triangles, and so on in turn.
pub fn scatter<'a>(sets: impl IntoIterator<Item = (&'a str, &'a Tensor)>) -> Scatter {
    let sets = sets.into_iter().map(|(name, points)| (name.to_owned(), points_of(points)));
    Scatter { sets: sets.collect() }
}

/// The same of points as experiments have them.
pub(crate) fn scatter_points<'a>(sets: impl IntoIterator<Item = (&'a str, &'a [[f32; 2]])>) -> Scatter {
    Scatter { sets: sets.into_iter().map(|(name, points)| (name.to_owned(), Ok(points.to_vec()))).collect() }
}

/// Sets of points to be seen together.
pub struct Scatter {
    sets: Vec<(String, Result<Vec<[f32; 2]>>)>,
}

/// The sheet's side in pixels, and the number at its edge.
const SIDE: usize = 384;
const EDGE: f32 = 1.2;
/// Points of a set that are drawn.
const MOST: usize = 4000;

/// The points of a tensor `(n, 2)`.
fn points_of(tensor: &Tensor) -> Result<Vec<[f32; 2]>> {
    let dims = tensor.dims();
    if dims.len() != 2 || dims[1] != 2 {
        return Err(Error::Wrong(format!("points are a tensor (n, 2), and this one is {dims:?}")));
    }
    let rows = tensor.to_dtype(DType::F32)?.to_device(&Device::Cpu)?.to_vec2::<f32>()?;
    Ok(rows.into_iter().map(|row| [row[0], row[1]]).collect())
}

impl Scatter {
    fn shown(&self) -> Result<Shown> {
        let mut sheet = Picture::from_elem((3, SIDE, SIDE), 1.0);
        let mut words = Vec::new();
        for ((name, points), mark) in self.sets.iter().zip([Mark::Signal, Mark::Noise].into_iter().cycle()) {
            let points = match points {
                Ok(points) => points,
                Err(error) => return Err(Error::Wrong(format!("{name}: {error}"))),
            };
            for point in points.iter().take(MOST) {
                draw(&mut sheet, *point, mark);
            }
            words.push(set_words(name, points, mark));
        }
        let words =
            if words.is_empty() { "No points.".to_owned() } else { format!("Points: {}.", list(&words)) };
        Ok(Shown::text(words).with_png(&png(&rgb(sheet.view()))?))
    }
}

/// "512 of samples (▲), x from −0.98 to 0.91, y from −0.52 to 0.55"
fn set_words(name: &str, points: &[[f32; 2]], mark: Mark) -> String {
    let range = |axis: usize| {
        let values = points.iter().map(|point| f64::from(point[axis])).filter(|value| value.is_finite());
        let (min, max) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        format!("from {} to {}", number(min), number(max))
    };
    if points.is_empty() {
        return format!("none of {name}");
    }
    let outside = points.iter().filter(|point| pixel(**point).is_none()).count();
    let outside = if outside > 0 { format!(", {outside} of them off the sheet") } else { String::new() };
    let (num, glyph) = (points.len(), mark.glyph());
    format!("{num} of {name} ({glyph}), x {}, y {}{outside}", range(0), range(1))
}

/// Row and column of a point, or none if it lies off the sheet.
fn pixel([x, y]: [f32; 2]) -> Option<[usize; 2]> {
    let place = |v: f32| {
        let at = (v + EDGE) / (2.0 * EDGE) * SIDE as f32;
        (3.0..SIDE as f32 - 3.0).contains(&at).then_some(at as usize)
    };
    Some([place(-y)?, place(x)?])
}

/// A disc or a triangle of five pixels, half covering what is below it.
fn draw(sheet: &mut Array3<f32>, point: [f32; 2], mark: Mark) {
    let Some([row, column]) = pixel(point) else {
        return;
    };
    let rows: [&[isize]; 5] = match mark {
        Mark::Signal => [&[], &[0], &[-1, 0, 1], &[0], &[]],
        Mark::Noise => [&[], &[0], &[-1, 0, 1], &[-2, -1, 0, 1, 2], &[]],
    };
    for (down, across) in rows.into_iter().enumerate() {
        for right in across {
            let (y, x) = (row + down - 2, column.saturating_add_signed(*right));
            for (channel, ink) in mark.ink().into_iter().enumerate() {
                let value = &mut sheet[[channel, y, x]];
                *value = 0.35 * *value + 0.65 * ink;
            }
        }
    }
}

impl Show for Scatter {
    fn show(&self) -> Shown {
        or_error(self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::{points, scatter};
    use crate::prelude::*;

    /// What a learner writes in a cell, word for word: a network learns to see the noise in points.
    fn learn() -> Result<(Vec<f32>, Tensor, Tensor), Box<dyn std::error::Error>> {
        let device = Device::auto();
        let schedule = NoiseSchedule::linear(1000, 1e-4, 0.02)?;
        let x0 = points("moons", 256, 0)?;
        let (net, weights) =
            Parameters::init(Noise::new(0), &device, |vb| Mlp::new(MlpConfig::default(), vb))?;
        let mut adam = AdamW::new_lr(weights.vars(), 2e-3)?;
        let mut losses: Vec<f32> = Vec::new();
        for update in progress("training", 0..300_usize) {
            let noise = Noise::new(1 + update as u64);
            let ts: Vec<usize> = noise
                .uniform(Stream::Timesteps, 0, 0, 256)
                .iter()
                .map(|u| 1 + (1000.0 * u) as usize)
                .collect();
            let eps = noise.normal_tensor(Stream::Forward, 0, 256, 0, &[2], &device)?;
            let rates = ts.iter().map(|t| schedule.at(*t)).collect::<Result<Vec<Rates>, _>>()?;
            let x_t = q_sample_each(&x0, &eps, &rates)?;
            let timesteps: Vec<f64> = ts.iter().map(|t| *t as f64 - 1.0).collect();
            let loss = mse_loss(&net.forward(&x_t, &timesteps)?, &eps)?;
            let gradients = loss.backward()?;
            adam.step(&gradients)?;
            losses.push(loss.to_scalar()?);
        }
        let mut x = Noise::new(0).normal_tensor(Stream::Init, 0, 256, 0, &[2], &device)?;
        for t in (20..=1000_usize).rev().step_by(20) {
            let pred_eps = net.forward(&x, &[t as f64 - 1.0; 256])?.detach();
            let (now, next) = (schedule.at(t)?, schedule.at(t - 20)?);
            let pred_x0 = ((&x - (&pred_eps * now.noise_rate)?)? / now.signal_rate)?;
            x = ((pred_x0 * next.signal_rate)? + (pred_eps * next.noise_rate)?)?;
        }
        Ok((losses, x0, x))
    }

    #[test]
    fn a_cell_can_learn_points() {
        let (losses, x0, x) = learn().unwrap();
        let mean = |losses: &[f32]| losses.iter().sum::<f32>() / losses.len() as f32;
        assert!(mean(&losses[250..]) < 0.75 * mean(&losses[..5]), "{losses:?}");
        let shown = scatter([("data", &x0), ("samples", &x)]).show();
        assert!(shown.content("image/png").is_some());
        assert!(shown.words().starts_with("Points: 256 of data (●), x from −0.9"), "{}", shown.words());
        assert!(shown.words().contains("256 of samples (▲)"), "{}", shown.words());
    }

    #[test]
    fn what_is_no_set_of_points_is_said() {
        let error = points("spiral", 5, 0).unwrap_err().to_string();
        assert_eq!(
            error,
            "there are no points `spiral`; there are rings, grid, moons, swiss-roll, two-heaps, line"
        );
        assert!(points("moons", 0, 0).is_err());
        let tensor = Tensor::zeros((3, 1), DType::F32, &Device::Cpu).unwrap();
        let words = scatter([("x", &tensor)]).show().words().to_owned();
        assert!(words.ends_with("x: points are a tensor (n, 2), and this one is [3, 1]"), "{words}");
        assert_eq!(scatter([]).show().words(), "No points.");
    }
}
