//! What `noisebook eval` measures of a generator.
//!
//! It is asked for no label, so nothing can be read as what was asked for. What counts is how surely a picture is read at
//! all, and whether every label comes up: a generator that makes one perfect digit for ever has lost the others.

use anyhow::bail;
use ndarray::Axis;
use noisebook_data::{Digits, MovingDigits, Picture, PointSet, Split, Store};
use noisebook_nets::{GanConfig, Makes};
use noisebook_ops::{Device, Tensor, on_pool};
use noisebook_probe::{
    LabelShares, MotionHistogram, NUM_MOTIONS, Scores, label_shares, motion_histogram, total_variation,
};
use noisebook_shelf::{Gan, ModelKind};
use noisebook_train::{Recipe, Trainer, clips};
use serde::Serialize;
use serde_json::Value;

use super::eval::{Reals, judge_pictures, judged};
use crate::sampling::{BATCH, pictures_from_tensor};
use crate::{model, stop};

/// Pictures in numbers.
#[derive(Serialize)]
struct Drawn {
    /// The number of generated pictures.
    num: usize,
    /// The fraction read, as whatever it may be, with a probability above 0.9.
    confident: f64,
    /// The share of the label that comes up least.
    least_class: f64,
    frechet: f64,
    frechet_floor: f64,
    density: f64,
    coverage: f64,
    copy_rate: f64,
    /// The share of each label, from label 0 on.
    classes: Vec<f64>,
}

/// Points in numbers.
#[derive(Serialize)]
struct Scattered {
    /// The number of generated points.
    num: usize,
    /// Heaps with at least a third of their fair share of the points.
    modes: usize,
    /// The heaps there are.
    num_modes: usize,
    /// The fraction of points that belong to a heap.
    high_quality: f64,
}

/// Clips in numbers.
#[derive(Serialize)]
struct Moving {
    /// The number of generated clips.
    num: usize,
    /// The total variation between the motions of made and of real clips: 0 is the same, 1 nothing in common.
    motion_tv: f64,
    /// The same between two sets of real clips.
    motion_tv_floor: f64,
    /// The share of made clips that follow no line, and of real ones.
    no_motion: f64,
    no_motion_real: f64,
    /// The fraction whose digit, cut out of a frame in the middle and enlarged, is read with a probability above 0.9.
    confident: f64,
    /// The same of real clips.
    confident_real: f64,
    /// The share of made clips with each motion: still, then clockwise from the north.
    motions: Vec<f64>,
}

pub fn scores(gan: &Gan, recipe: &Recipe, store: &dyn Store, num: usize, seed: u64) -> anyhow::Result<Value> {
    Ok(match gan.generator.config().makes {
        Makes::Points { .. } => serde_json::to_value(scattered(gan, num, seed)?)?,
        Makes::Pictures { .. } => serde_json::to_value(drawn(gan, recipe, store, num, seed)?)?,
        Makes::Clips { .. } => serde_json::to_value(moving(gan, store, num, seed)?)?,
    })
}

/// Samples `(b, …)` in batches, each with the number of its first one.
pub fn batches(gan: &Gan, num: usize, seed: u64) -> impl Iterator<Item = anyhow::Result<Tensor>> + '_ {
    (0..num).step_by(BATCH).map(move |first| {
        if stop::requested() {
            bail!("stopped");
        }
        let z = gan.latent(seed, first as u64, BATCH.min(num - first))?;
        Ok(on_pool(|| gan.generator.forward(&z))?)
    })
}

/// Points that a training is judged by on the way.
const NUM_ON_THE_WAY: usize = 2000;

/// How many heaps the generator of a training hits as it stands now; none where it does not make points.
///
/// # Errors
/// When a tensor operation fails.
pub fn modes(trainer: &Trainer, device: &Device) -> anyhow::Result<Option<usize>> {
    let ModelKind::Generator { net: GanConfig { makes: Makes::Points { .. }, .. } } = &trainer.file().kind
    else {
        return Ok(None);
    };
    let gan = Gan::new(trainer.file().clone(), trainer.weights()?, device)?;
    Ok(Some(scattered(&gan, NUM_ON_THE_WAY, 0)?.modes))
}

fn scattered(gan: &Gan, num: usize, seed: u64) -> anyhow::Result<Scattered> {
    let mut points = Vec::new();
    for batch in batches(gan, num, seed) {
        let batch: Vec<f32> = batch?.to_device(&Device::Cpu)?.flatten_all()?.to_vec1()?;
        points.extend(batch.chunks_exact(2).map(|point| [point[0], point[1]]));
    }
    let set = PointSet::Grid;
    let on_heaps = points.iter().filter(|point| set.mode_of(**point).is_some()).count();
    Ok(Scattered {
        num,
        modes: set.modes_hit(&points),
        num_modes: set.num_modes(),
        high_quality: on_heaps as f64 / num as f64,
    })
}

fn drawn(gan: &Gan, recipe: &Recipe, store: &dyn Store, num: usize, seed: u64) -> anyhow::Result<Drawn> {
    let reals = Reals::load(recipe.data, store)?;
    let judge = model::classifier(store, reals.judge, &gan.device)?;
    let mut pictures: Vec<Picture> = Vec::new();
    for batch in batches(gan, num, seed) {
        pictures.extend(pictures_from_tensor(&batch?)?);
    }
    let (_, logits) = judged(&judge, &pictures)?;
    let LabelShares { read, shares: classes, .. } = label_shares(&logits)?;
    let read: Vec<u32> = read.into_iter().map(|label| label as u32).collect();
    let Scores { confident, frechet, frechet_floor, density, coverage, copy_rate, .. } =
        judge_pictures(&judge, &reals, recipe.mirror, &pictures, &read)?;
    let least_class = classes.iter().copied().fold(1.0, f64::min);
    Ok(Drawn { num, confident, least_class, frechet, frechet_floor, density, coverage, copy_rate, classes })
}

fn moving(gan: &Gan, store: &dyn Store, num: usize, seed: u64) -> anyhow::Result<Moving> {
    let mut made: Vec<Picture> = Vec::new();
    for batch in batches(gan, num, seed) {
        made.extend(pictures_from_tensor(&batch?)?);
    }
    let digits = Digits::load(store)?;
    let real = |split| {
        let moving = MovingDigits::new(&digits, split);
        let clips = clips(&moving, num).into_iter().map(|(clip, _)| clip);
        clips.collect::<Vec<Picture>>()
    };
    let (test, training) = (real(Split::Test), real(Split::Generator));
    let judge = model::classifier(store, JUDGE, &gan.device)?;
    let histogram = |clips: &[Picture]| -> anyhow::Result<MotionHistogram> {
        let views: Vec<_> = clips.iter().map(|clip| clip.view()).collect();
        Ok(motion_histogram(&ndarray::stack(Axis(0), &views)?)?)
    };
    let confident = |clips: &[Picture]| -> anyhow::Result<f64> {
        let (_, logits) = judged(&judge, &clips.iter().map(cut_out).collect::<Vec<_>>())?;
        Ok(label_shares(&logits)?.confident)
    };
    let (of_made, of_test) = (histogram(&made)?, histogram(&test)?);
    Ok(Moving {
        num,
        motion_tv: total_variation(&of_made, &of_test),
        motion_tv_floor: total_variation(&histogram(&training)?, &of_test),
        no_motion: of_made[NUM_MOTIONS],
        no_motion_real: of_test[NUM_MOTIONS],
        confident: confident(&made)?,
        confident_real: confident(&test)?,
        motions: of_made[..NUM_MOTIONS].to_vec(),
    })
}

/// Who reads the digits of clips.
const JUDGE: &str = "digit-classifier";
/// Side of what is cut out of a frame: a digit there is 14 pixels large.
const CUT: usize = 16;

/// The ink of a frame in the middle of a clip `(f, h, w)`, twice as large: `(1, 32, 32)`, as the classifier knows digits.
fn cut_out(clip: &Picture) -> Picture {
    let frame = clip.index_axis(Axis(0), clip.dim().0 >> 1);
    let inked = || frame.indexed_iter().filter(|(_, value)| **value > 0.0);
    let num = inked().count().max(1) as f64;
    let corner = |along: fn((usize, usize)) -> usize, side: usize| {
        let mean = inked().map(|(place, _)| along(place) as f64 + 0.5).sum::<f64>() / num;
        ((mean - CUT as f64 / 2.0).round().max(0.0) as usize).min(side - CUT)
    };
    let (top, left) = (corner(|place| place.0, frame.nrows()), corner(|place| place.1, frame.ncols()));
    Picture::from_shape_fn((1, 2 * CUT, 2 * CUT), |(_, row, column)| {
        frame[[top + (row >> 1), left + (column >> 1)]]
    })
}
