//! What `noisebook eval` measures of a model that is told in words what to draw.
//!
//! Scenes are judged by the probe, which finds shapes by their colors and moments and was never trained. Emoji are judged
//! by what their prompt names: among all real glyphs, is the one that was named one of the five nearest in the features of
//! the shelf's classifier? And does the classifier read the family that was asked for?

use anyhow::{Context, bail};
use ndarray::Array2;
use noisebook_data::{Emoji, Family, Picture, Scene, Store};
use noisebook_ops::{Noise, Stream};
use noisebook_probe::{SceneScores, copy_rate, density_and_coverage, judge_prompts, nearest, scene_scores};
use noisebook_shelf::{Asked, DiffusionModel};
use noisebook_train::DataSet;
use serde::Serialize;
use serde_json::Value;

use super::eval::{EvalArgs, drawn, judged, rows};
use crate::model;
use crate::sampling::Plan;

/// What a model makes of scenes, in numbers.
#[derive(Serialize)]
struct OfScenes {
    /// Prompts for one and two objects, of pairs of shape and color that the model has seen.
    num: usize,
    #[serde(flatten)]
    scores: SceneScores,
    /// All that was asked for, of prompts whose first object is a pair that no training scene has.
    held_out_joint: f64,
    /// The same parts of them.
    held_out_colour: f64,
    held_out_shape: f64,
    /// All that was asked for, of prompts for three objects.
    three_joint: f64,
    /// The fraction of as many real scenes that have a drawn one among what lies as near as their five neighbors, pixel by
    /// pixel: whether the model draws all that there is.
    coverage: f64,
    /// The same of other real scenes in place of drawn ones: the most that can be expected.
    coverage_floor: f64,
}

/// What a model makes of emoji, in numbers.
#[derive(Serialize)]
struct OfEmoji {
    /// Prompts that name a glyph of the training and its family.
    num: usize,
    /// The fraction whose glyph is among the five nearest.
    top5: f64,
    /// The fraction that the classifier reads as of the family that was asked for.
    family: f64,
    /// The fraction that copies a training picture.
    copy_rate: f64,
    /// The same of glyphs whose name the model has seen in the other families only.
    held_out_num: usize,
    held_out_top5: f64,
    held_out_family: f64,
    held_out_copy_rate: f64,
}

/// Of so many prompts one is of each of the harder kinds.
const HARDER: usize = 4;
/// How near a glyph must be, and how many neighbors coverage counts with, as in its paper.
const TOP: usize = 5;

pub fn scores(
    model: &DiffusionModel,
    data: DataSet,
    store: &dyn Store,
    args: &EvalArgs,
) -> anyhow::Result<Value> {
    Ok(match data {
        DataSet::Scenes => serde_json::to_value(of_scenes(model, args)?)?,
        DataSet::CaptionedEmoji => serde_json::to_value(of_emoji(model, store, args)?)?,
        _ => bail!("{} was trained on pictures that are not measured here", model.file.name),
    })
}

fn of_scenes(model: &DiffusionModel, args: &EvalArgs) -> anyhow::Result<OfScenes> {
    let num = args.num as usize;
    if num <= TOP {
        bail!(
            "--num is {num}, and coverage counts with {TOP} neighbors of each scene; ask for {} or more",
            TOP + 1
        );
    }
    let up_to_two = |scene: &Scene| scene.objects.len() < 3;
    let three = |scene: &Scene| scene.objects.len() == 3;
    // Prompts, scenes that they are said of, and what the model draws of them.
    let asked = |kind, num, wanted: fn(&Scene) -> bool, draw: Draw| {
        let (scenes, prompts): (Vec<_>, Vec<_>) =
            captioned(args.seed, kind, num, wanted, draw).into_iter().unzip();
        let mut plan = Plan::defaults(model, num, args.seed);
        plan.asked = Asked::Prompts(prompts.clone());
        let pictures = drawn(&plan, model, args.json)?;
        let judged = judge_prompts(prompts.iter().map(String::as_str), &pictures)
            .context("a caption of a scene does not say what it asks for")?;
        Ok::<_, anyhow::Error>((scenes, scene_scores(&judged)?, pictures))
    };
    let (scenes, scores, pictures) = asked(1, num, up_to_two, Scene::draw)?;
    let (_, held_out, _) = asked(2, num.div_ceil(HARDER), up_to_two, Scene::draw_held_out)?;
    let (_, three, _) = asked(3, num.div_ceil(HARDER), three, Scene::draw)?;
    let side = model.sample_shape[2];
    let real = |scenes: Vec<Scene>| rows(&scenes.iter().map(|scene| scene.picture(side)).collect::<Vec<_>>());
    let others = captioned(args.seed, 4, num, up_to_two, Scene::draw).into_iter().map(|(scene, _)| scene);
    let (real, others) = (real(scenes)?, real(others.collect())?);
    let coverage =
        |rows: &Array2<f32>| Ok::<_, anyhow::Error>(density_and_coverage(rows, &real, TOP)?.coverage);
    Ok(OfScenes {
        num,
        scores,
        held_out_joint: held_out.joint,
        held_out_colour: held_out.colour,
        held_out_shape: held_out.shape,
        three_joint: three.joint,
        coverage: coverage(&rows(&pictures)?)?,
        coverage_floor: coverage(&others)?,
    })
}

/// How a scene is drawn from uniform numbers.
type Draw = fn(&mut dyn FnMut() -> f32) -> Scene;

/// `num` scenes that are wanted, each with a caption, drawn where no training draws its own.
fn captioned(
    seed: u64,
    kind: u64,
    num: usize,
    wanted: fn(&Scene) -> bool,
    draw: Draw,
) -> Vec<(Scene, String)> {
    let scenes = (0_u64..).map(|nth| {
        let numbers = Noise::new(seed).uniform(Stream::Data, kind << 32, nth, Scene::NUM_UNIFORMS + 1);
        let mut numbers = numbers.into_iter().cycle();
        let mut uniform = || numbers.next().unwrap_or_default();
        (draw(&mut uniform), uniform())
    });
    let wanted = scenes.filter(|(scene, _)| wanted(scene)).take(num);
    wanted.map(|(scene, chance)| (scene.clone(), scene.caption(chance))).collect()
}

fn of_emoji(model: &DiffusionModel, store: &dyn Store, args: &EvalArgs) -> anyhow::Result<OfEmoji> {
    let emoji = Emoji::load(store)?;
    let classifier = model::classifier(store, "emoji-classifier", &model.device)?;
    let (held_out, seen): (Vec<usize>, Vec<usize>) =
        emoji.captioned().into_iter().partition(|&idx| emoji.glyphs()[idx].held_out);
    let all: Vec<usize> = seen.iter().chain(&held_out).copied().collect();
    let pictures = |chosen: &[usize]| chosen.iter().map(|&idx| emoji.picture(idx)).collect::<Vec<Picture>>();
    let (all_features, _) = judged(&classifier, &pictures(&all))?;
    let training = rows(&pictures(&seen))?;

    let scores = |asked: Vec<usize>| -> anyhow::Result<[f64; 3]> {
        let prompt = |&idx: &usize| {
            let glyph = &emoji.glyphs()[idx];
            format!("{}, in the style of {}", glyph.name, glyph.family)
        };
        let mut plan = Plan::defaults(model, asked.len(), args.seed);
        plan.asked = Asked::Prompts(asked.iter().map(prompt).collect());
        let made = drawn(&plan, model, args.json)?;
        let (features, logits) = judged(&classifier, &made)?;
        let near = nearest(&features.view(), &all_features.view(), TOP)?;
        let is_near = |(row, idx): (usize, &usize)| near[row].iter().any(|&place| all[place] == *idx);
        let is_of_family =
            |(row, idx): (usize, &usize)| family_read(&logits, row) == emoji.glyphs()[*idx].family as usize;
        let share = |count: usize| count as f64 / asked.len() as f64;
        Ok([
            share(asked.iter().enumerate().filter(|pair| is_near(*pair)).count()),
            share(asked.iter().enumerate().filter(|pair| is_of_family(*pair)).count()),
            copy_rate(&rows(&made)?.view(), &training.view())?,
        ])
    };
    let num = (args.num as usize).min(seen.len());
    let every =
        |num: usize| (0..num).map(|nth| seen[(nth * seen.len()).div_euclid(num)]).collect::<Vec<usize>>();
    let [top5, family, copy_rate] = scores(every(num))?;
    let held_out_num = held_out.len();
    let [held_out_top5, held_out_family, held_out_copy_rate] = scores(held_out)?;
    Ok(OfEmoji {
        num,
        top5,
        family,
        copy_rate,
        held_out_num,
        held_out_top5,
        held_out_family,
        held_out_copy_rate,
    })
}

/// The family of the label that a row of logits is highest for.
fn family_read(logits: &Array2<f32>, row: usize) -> usize {
    let logits = logits.row(row);
    let best = (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).unwrap_or_default();
    best % Family::ALL.len()
}
