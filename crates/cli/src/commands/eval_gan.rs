//! What `noisebook eval` measures of a generator.
//!
//! It is asked for no label, so nothing can be read as what was asked for. What counts is how surely a picture is read at
//! all, and whether every label comes up: a generator that makes one perfect digit for ever has lost the others.

use anyhow::bail;
use noisebook_data::{Picture, PointSet, Store};
use noisebook_nets::{GanConfig, Makes};
use noisebook_ops::{Device, Tensor, on_pool};
use noisebook_probe::Scores;
use noisebook_shelf::{Gan, ModelKind};
use noisebook_train::{Recipe, Trainer};
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

pub fn scores(gan: &Gan, recipe: &Recipe, store: &dyn Store, num: usize, seed: u64) -> anyhow::Result<Value> {
    Ok(match gan.generator.config().makes {
        Makes::Points { .. } => serde_json::to_value(scattered(gan, num, seed)?)?,
        Makes::Pictures { .. } => serde_json::to_value(drawn(gan, recipe, store, num, seed)?)?,
        Makes::Clips { .. } => bail!("not yet"),
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
    let (file, _) = trainer.model()?;
    let ModelKind::Generator { net: GanConfig { makes: Makes::Points { .. }, .. } } = &file.kind else {
        return Ok(None);
    };
    let gan = Gan::new(file, trainer.weights()?, device)?;
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
    let read: Vec<u32> = logits
        .rows()
        .into_iter()
        .map(|row| {
            let best = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            best.map_or(0, |(label, _)| label as u32)
        })
        .collect();
    let share =
        |label: usize| read.iter().filter(|read| **read as usize == label).count() as f64 / read.len() as f64;
    let classes: Vec<f64> = (0..logits.ncols()).map(share).collect();
    let Scores { confident, frechet, frechet_floor, density, coverage, copy_rate, .. } =
        judge_pictures(&judge, &reals, recipe.mirror, &pictures, &read)?;
    let least_class = classes.iter().copied().fold(1.0, f64::min);
    Ok(Drawn { num, confident, least_class, frechet, frechet_floor, density, coverage, copy_rate, classes })
}
