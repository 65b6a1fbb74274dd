//! What the pictures of a run are asked to show: labels, or prompts with their words; and what became of it.

use crate::{DenoisingModel, LabError, Mask, Settings};
use candle_core::Tensor;
use ndarray::Array3;
use noisebook_data::Picture;
use noisebook_diffusion::{Alteration, Cond, Guidance};
use noisebook_probe::{SceneScores, judge_prompts, scene_scores};

/// Between two prompts that take turns.
pub const TURN: char = '|';
/// So many words are named that lie near one.
const NUM_NEIGHBORS: usize = 5;

/// A word or sign of a prompt, as the network gets it.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptWord {
    /// Which of the prompts that take turns it is from, from 0.
    pub prompt: usize,
    /// As it was typed.
    pub text: String,
    /// Its number in the model's list of words.
    pub id: u32,
    /// Whether it is in that list. What is not is all one to the network.
    pub is_known: bool,
    /// Words of the list that are spelled much like one that is not in it.
    pub suggestions: Vec<String>,
    /// The words whose vectors point most nearly the same way, the nearest first, with the cosine of the angle between.
    pub neighbors: Vec<(String, f64)>,
}

/// The prompts that take turns: at least one, and often the empty one.
fn prompts(typed: &str) -> Vec<&str> {
    typed.split(TURN).map(str::trim).collect()
}

/// The prompt of each of `num` pictures.
fn in_turn(typed: &str, num: usize) -> Vec<&str> {
    prompts(typed).into_iter().cycle().take(num).collect()
}

/// What the settings `label` and `prompt` ask for.
pub(crate) fn asked_for(model: &DenoisingModel, settings: &Settings, num: usize) -> Result<Cond, LabError> {
    let (label, prompt) = (settings.text("label")?, settings.text("prompt")?);
    let wrong = |why: String| Err(LabError::Model { model: model.name.clone(), why });
    match &model.words {
        None if !prompt.is_empty() => wrong(format!(
            "it reads no words, and `prompt` is \"{prompt}\"; use `label`, or a model that reads"
        )),
        None => labels(model, label, num),
        Some(_) if label != "any" => {
            wrong(format!("it is told words and knows no labels, and `label` is {label}; use `prompt`"))
        }
        Some(words) => Ok(words.prompt_cond(&in_turn(prompt, num))?),
    }
}

/// How strongly, away from what, and for which part of the way.
pub(crate) fn guidance(
    model: &DenoisingModel,
    settings: &Settings,
    num: usize,
) -> Result<Guidance, LabError> {
    let cfg_scale = settings.float("cfg_scale")?;
    if cfg_scale == 1.0 {
        return Ok(Guidance::Off);
    }
    let mut guidance = Guidance::Scale(cfg_scale);
    let negative = settings.text("negative")?;
    if !negative.is_empty() {
        guidance = guidance.away_from(match &model.words {
            Some(words) => words.prompt_cond(&in_turn(negative, num))?,
            None => labels(model, negative, num)?,
        });
    }
    let (from, until) = (settings.int("guidance_from")? as usize, settings.int("guidance_until")? as usize);
    if from < until {
        let why = format!(
            "guidance from t = {from} until t = {until} is for no step; let `guidance_from` be the larger"
        );
        return Err(LabError::Model { model: model.name.clone(), why });
    }
    let num_steps = model.schedule.num_train_timesteps();
    Ok(if from >= num_steps && until == 0 { guidance } else { guidance.within(until..=from) })
}

/// Labels as the denoiser takes them: `any` gives sample i the label i modulo their number.
pub(crate) fn labels(model: &DenoisingModel, label: &str, num: usize) -> Result<Cond, LabError> {
    let known = &model.labels;
    let labels: Vec<u32> = match label {
        "any" if known.is_empty() => return Ok(Cond::null()),
        "any" => (0..num).map(|sample| (sample % known.len()) as u32).collect(),
        label => {
            let place = known.iter().position(|known| known == label);
            let place = place.ok_or_else(|| LabError::Model {
                model: model.name.clone(),
                why: match known.as_slice() {
                    [] => format!("it knows no labels, and `label` is {label}; use `label = \"any\"`"),
                    known => format!("it knows no label {label}; it knows any, {}", known.join(", ")),
                },
            })?;
            vec![place as u32; num]
        }
    };
    Ok(Cond::new(Tensor::from_vec(labels, num, &model.device)?))
}

/// The words of the prompts that the settings give; none where the model is told labels.
pub(crate) fn words(model: &DenoisingModel, settings: &Settings) -> Result<Vec<PromptWord>, LabError> {
    let Some((diffusion, tokenizer)) =
        model.words.as_ref().and_then(|words| Some((words, words.tokenizer()?)))
    else {
        return Ok(Vec::new());
    };
    let mut words = Vec::new();
    for (nth, prompt) in prompts(settings.text("prompt")?).into_iter().enumerate() {
        let encoding = tokenizer.encode(prompt);
        let encoding =
            encoding.map_err(|why| LabError::Model { model: model.name.clone(), why: why.to_string() })?;
        for token in encoding.words {
            let suggestions = if token.is_known { Vec::new() } else { tokenizer.suggestions(&token.text) };
            words.push(PromptWord {
                prompt: nth,
                suggestions: suggestions.into_iter().map(str::to_owned).collect(),
                neighbors: if token.is_known {
                    diffusion.neighbors(token.id, NUM_NEIGHBORS)?
                } else {
                    Vec::new()
                },
                text: token.text,
                id: token.id,
                is_known: token.is_known,
            });
        }
    }
    Ok(words)
}

/// Where a word was looked at: how much each place of each picture took from word `word`, counted from 1, in layer `layer`,
/// counted from 1, or on average over all. The most is white, and nothing is black.
///
/// # Shapes
/// `x_t`: `(b, c, h, w)`; the result: a picture `(1, h, w)` for each.
pub(crate) fn attention(
    model: &DenoisingModel,
    x_t: &Tensor,
    timestep: f64,
    cond: &Cond,
    (word, layer): (usize, usize),
) -> Result<Option<Vec<Picture>>, LabError> {
    let Some(words) = model.words.as_ref().filter(|_| word > 0) else {
        return Ok(None);
    };
    let (_, maps) = words.watch(x_t, timestep, cond)?;
    let (b, _, h, w) = x_t.dims4()?;
    let chosen: Vec<_> = maps.iter().zip(1..).filter(|(_, nth)| layer == 0 || *nth == layer).collect();
    if chosen.is_empty() {
        let why = format!(
            "it looks at words in {} layers, and `layer` is {layer}; 0 is the mean of all",
            maps.len()
        );
        return Err(LabError::Model { model: model.name.clone(), why });
    }
    let mut pictures = vec![Array3::<f32>::zeros((1, h, w)); b];
    for (map, _) in &chosen {
        if word > map.weights.dim(3)? {
            let why = format!("it reads {} words, and `word` is {word}", map.weights.dim(3)?);
            return Err(LabError::Model { model: model.name.clone(), why });
        }
        // (b, heads, side², words) to (b, side²).
        let shares: Vec<Vec<f32>> = map.weights.mean(1)?.narrow(2, word - 1, 1)?.squeeze(2)?.to_vec2()?;
        for (picture, shares) in pictures.iter_mut().zip(&shares) {
            // Each place of the map is a square of pixels.
            let place = |at: usize, len: usize| (at * map.side).div_euclid(len);
            for ((_, y, x), value) in picture.indexed_iter_mut() {
                *value += shares[place(y, h) * map.side + place(x, w)];
            }
        }
    }
    for picture in &mut pictures {
        let most = picture.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        picture.mapv_inplace(|share| 2.0 * share / most - 1.0);
    }
    Ok(Some(pictures))
}

/// The shares of `pictures` that show what was asked for: color, shape, position and all of it, each with those before.
///
/// # Errors
/// When a prompt asks for nothing that can be judged.
pub(crate) fn judged(
    settings: &Settings,
    measure: &'static str,
    pictures: &[Picture],
) -> Result<SceneScores, LabError> {
    let cannot = |why: &str| LabError::CannotMeasure { measure, why: why.to_owned() };
    if pictures.iter().any(|picture| picture.dim().0 != 3) {
        return Err(cannot("gray pictures have no colors to find objects by"));
    }
    let asked = in_turn(settings.text("prompt")?, pictures.len());
    let judged = judge_prompts(asked, pictures).ok_or_else(|| {
        cannot("the prompt is not worded as the captions of scenes are; try \"a red circle left of a blue square\"")
    })?;
    Ok(scene_scores(&judged)?)
}

/// A picture that is altered instead of made, and where.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) picture: Picture,
    mask: Option<(Mask, usize)>,
}

impl Source {
    pub(crate) fn new(picture: Picture, settings: &Settings) -> Result<Self, LabError> {
        let rounds = settings.int("rounds")? as usize;
        // The settings have checked that there is such a mask.
        let mask = Mask::named(settings.text("mask")?).map(|mask| (mask, rounds));
        Ok(Self { picture, mask })
    }

    /// Whether only a part of it may change.
    pub(crate) fn is_masked(&self) -> bool {
        self.mask.is_some()
    }

    pub(crate) fn alteration(&self, model: &DenoisingModel, strength: f64) -> Result<Alteration, LabError> {
        let (c, h, w) = self.picture.dim();
        let values: Vec<f32> = self.picture.iter().copied().collect();
        let alteration = Alteration::new(&Tensor::from_vec(values, (c, h, w), &model.device)?, strength)?;
        let Some((mask, rounds)) = &self.mask else {
            return Ok(alteration);
        };
        let share = |place: usize| f32::from(u8::from(mask.has([place.div_euclid(w), place % w], [h, w])));
        let shares: Vec<f32> = (0..h * w).map(share).collect();
        Ok(alteration.within(&Tensor::from_vec(shares, (h, w), &model.device)?, *rounds)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{context, model_of, run, settings, words_model};
    use crate::{Denoising, Experiment, Value};

    /// A gray ramp.
    fn ramp() -> Picture {
        Picture::from_shape_fn((1, 8, 8), |(_, y, x)| (y * 8 + x) as f32 / 32.0 - 1.0)
    }

    fn altering(typed: &[(&str, &str)]) -> Denoising {
        let usual = [("source", "own"), ("num_inference_steps", "20"), ("num", "2"), ("label", "9")];
        let settings = settings("denoising", &[&usual[..], typed].concat());
        run(Denoising::altering(model_of(0.3), &ramp(), settings).unwrap())
    }

    fn finished(experiment: &mut Denoising) -> Vec<Picture> {
        let last = experiment.num_moments() - 1;
        experiment.moment(last).unwrap().pictures_of("x_t").unwrap().to_vec()
    }

    #[test]
    fn of_strength_nothing_the_source_stays_bit_for_bit() {
        let mut experiment = altering(&[("strength", "0")]);
        assert_eq!(experiment.num_moments(), 1);
        assert_eq!(finished(&mut experiment), vec![ramp(), ramp()]);
        assert_eq!(experiment.measure("changed", 0).unwrap().value, 0.0);
    }

    #[test]
    fn the_stronger_the_farther_from_the_source() {
        let changed = |strength| {
            let mut experiment = altering(&[("strength", strength)]);
            let last = experiment.num_moments() - 1;
            (experiment.t_of(0), experiment.measure("changed", last).unwrap().value)
        };
        let found = ["0.2", "0.5", "0.8"].map(changed);
        assert_eq!(found.map(|(t, _)| t), [200, 500, 800]);
        assert!(found[0].1 < found[1].1 && found[1].1 < found[2].1, "{found:?}");
    }

    /// The first branch takes other steps from t = 400 on; the second goes on in the midst of them.
    #[test]
    fn a_branch_of_a_branch_of_an_altered_picture_goes_on_where_it_left() {
        let mut trunk = altering(&[("strength", "0.8")]);
        let mut settings = trunk.settings().clone();
        settings.set("sampler", "ddpm").unwrap();
        let idx = (0..trunk.num_moments()).find(|idx| trunk.t_of(*idx) == 400).unwrap();
        let mut branch = trunk.branch(idx, settings.clone(), 1 << 20).unwrap();
        while branch.step().unwrap() != crate::Progress::Done {}
        let mut twig = branch.branch(3, settings, 1 << 20).unwrap();
        assert_eq!((twig.t_of(0), twig.num_moments()), (branch.t_of(3), branch.num_moments() - 3));
        while twig.step().unwrap() != crate::Progress::Done {}
        let end = |run: &mut Box<dyn Experiment>| {
            let last = run.num_moments() - 1;
            run.moment(last).unwrap().pictures_of("x_t").unwrap().to_vec()
        };
        assert_eq!(end(&mut twig), end(&mut branch));
    }

    #[test]
    fn of_full_strength_it_is_the_seeds_own_picture() {
        let typed = [("num_inference_steps", "20"), ("num", "2"), ("label", "9")];
        let mut own = run(Denoising::new(model_of(0.3), settings("denoising", &typed)).unwrap());
        assert_eq!(finished(&mut altering(&[("strength", "1")])), finished(&mut own));
    }

    #[test]
    fn outside_the_mask_not_a_bit_changes() {
        for picture in finished(&mut altering(&[("strength", "1"), ("mask", "left"), ("rounds", "2")])) {
            for ((_, y, x), value) in picture.indexed_iter() {
                assert_eq!(*value == ramp()[[0, y, x]], x >= 4, "row {y}, column {x}");
            }
        }
    }

    #[test]
    fn a_branch_of_an_altered_picture_that_changes_nothing_comes_to_the_same_bits() {
        for mask in ["none", "left"] {
            let mut trunk = altering(&[("strength", "0.7"), ("mask", mask), ("rounds", "2")]);
            let mut branch = trunk.branch(3, trunk.settings().clone(), 1 << 20).unwrap();
            while branch.step().unwrap() != crate::Progress::Done {}
            let last = branch.num_moments() - 1;
            let end = branch.moment(last).unwrap().pictures_of("x_t").unwrap().to_vec();
            assert_eq!(end, finished(&mut trunk), "mask {mask}");
        }
    }

    fn made(typed: &[(&str, &str)]) -> Vec<Picture> {
        let usual = [("num_inference_steps", "10"), ("num", "2"), ("label", "9")];
        let settings = settings("denoising", &[&usual[..], typed].concat());
        finished(&mut run(Denoising::new(model_of(0.3), settings).unwrap()))
    }

    #[test]
    fn guidance_for_no_part_of_the_way_is_none() {
        let off = made(&[("cfg_scale", "1")]);
        assert_eq!(made(&[("cfg_scale", "3"), ("guidance_from", "0")]), off);
        let part = made(&[("cfg_scale", "3"), ("guidance_from", "500"), ("guidance_until", "200")]);
        assert!(part != off && part != made(&[("cfg_scale", "3")]));
    }

    #[test]
    fn what_one_leads_away_from_is_avoided() {
        let mean =
            |pictures: Vec<Picture>| pictures.iter().map(|picture| picture.mean().unwrap()).sum::<f32>();
        // The model's pictures are as bright as their label is high.
        let away = mean(made(&[("cfg_scale", "2"), ("negative", "3")]));
        assert!(away > mean(made(&[("cfg_scale", "1")])));
        // Away from 3 is farther than away from 8, which is nearly what is asked for.
        assert!(away > mean(made(&[("cfg_scale", "2"), ("negative", "8")])));
    }

    #[test]
    fn from_one_noise_the_same_label_makes_the_same_picture() {
        let [one, other] = &made(&[("same_noise", "true")])[..] else { panic!("two pictures") };
        assert_eq!(one, other);
        let [one, other] = &made(&[])[..] else { panic!("two pictures") };
        assert_ne!(one, other);
    }

    fn prompted(typed: &[(&str, &str)]) -> Denoising {
        let usual = [("sampler", "flow-euler"), ("num_inference_steps", "4"), ("num", "2")];
        Denoising::new(words_model(), settings("denoising", &[&usual[..], typed].concat())).unwrap()
    }

    #[test]
    fn prompts_take_turns_and_the_empty_one_asks_for_nothing() {
        let end = |prompt: &str, cfg_scale: &str| {
            let typed = [("prompt", prompt), ("same_noise", "true"), ("cfg_scale", cfg_scale)];
            finished(&mut run(prompted(&typed)))
        };
        let [first, second] = &end("a red circle | a blue square", "1")[..] else { panic!("two pictures") };
        assert_ne!(first, second);
        assert_eq!(&end("a red circle", "1")[1], first);
        assert_eq!(&end("a blue square", "1")[0], second);
        // Guidance of 0 is the answer without a prompt, bit for bit, and so is any guidance toward nothing.
        let nothing = end("", "1");
        assert_eq!(end("a red circle", "0"), nothing);
        assert_ne!(first, &nothing[0]);
    }

    #[test]
    fn words_say_what_they_are_to_the_network() {
        let experiment = prompted(&[("prompt", "a red octogon | one sqare")]);
        let words = experiment.words().unwrap();
        let said: Vec<_> =
            words.iter().map(|word| (word.prompt, word.text.as_str(), word.is_known)).collect();
        assert_eq!(
            said,
            [(0, "a", true), (0, "red", true), (0, "octogon", false), (1, "one", true), (1, "sqare", false)]
        );
        assert_eq!(words[4].suggestions[0], "square");
        let near = &words[1].neighbors;
        assert_eq!(near.len(), NUM_NEIGHBORS);
        assert!(
            near.windows(2).all(|pair| pair[0].1 >= pair[1].1) && near.iter().all(|(word, _)| word != "red")
        );
        assert!(crate::testing::denoising(&[]).words().is_none());
    }

    #[test]
    fn a_word_and_what_the_words_change_are_looked_at_while_it_runs() {
        let mut experiment = run(prompted(&[("prompt", "a red circle")]));
        let picture = |experiment: &mut Denoising, name: &str| {
            let moment = experiment.moment(1).unwrap();
            moment.pictures_of(name).map(<[Picture]>::to_vec)
        };
        assert!(picture(&mut experiment, "attention").is_none());
        let mut look = |setting: &str, value: Value| assert!(experiment.change(setting, value).unwrap());
        look("word", Value::Int(2));
        look("difference", Value::Bool(true));
        let of_red = picture(&mut experiment, "attention").unwrap();
        assert_eq!((of_red.len(), of_red[0].dim()), (2, (1, 32, 32)));
        let most = of_red[0].iter().copied().fold(f32::NEG_INFINITY, f32::max);
        assert!((most - 1.0).abs() < 1e-5, "the most is white: {most}");
        assert!(picture(&mut experiment, "difference").unwrap()[0].iter().any(|value| *value != 0.0));
        experiment.change("word", Value::Int(3)).unwrap();
        assert_ne!(picture(&mut experiment, "attention").unwrap(), of_red);
        let error = experiment.change("layer", Value::Int(60)).unwrap_err().to_string();
        assert!(error.contains("it looks at words in 5 layers"), "{error}");
        assert!(experiment.moment(1).is_ok(), "a layer that there is not changes nothing");
        // What is computed is not changed that way.
        assert!(!experiment.change("prompt", Value::Text("a cross".into())).unwrap());
    }

    #[test]
    fn what_was_asked_for_is_judged_by_the_probe() {
        use noisebook_data::{Object, Scene, SceneColor, Shape, Size};
        let circle =
            Object { shape: Shape::Circle, color: SceneColor::Red, size: Size::Large, center: [0.5; 2] };
        let picture = Scene { objects: vec![circle], relation: None, place: None }.picture(32);
        let judge = |prompt| {
            let settings = settings("denoising", &[("prompt", prompt)]);
            judged(&settings, "joint", &[picture.clone(), picture.clone()])
        };
        let SceneScores { colour, shape, position, joint } = judge("a red circle | a red square").unwrap();
        assert_eq!([colour, shape, position, joint], [1.0, 0.5, 0.5, 0.5]);
        assert!(judge("a red circle and a red circle").is_err(), "which is which cannot be told");
        let error = judge("something nice").unwrap_err().to_string();
        assert!(error.contains("not worded as the captions of scenes are"), "{error}");
    }

    #[test]
    fn what_cannot_be_asked_for_is_said() {
        let check = |typed: &[(&str, &str)], says: &str| {
            let error = Denoising::new(model_of(0.3), settings("denoising", typed)).err().unwrap();
            assert!(error.to_string().contains(says), "{error}");
        };
        check(&[("prompt", "a red circle")], "it reads no words, and `prompt` is \"a red circle\"");
        check(&[("cfg_scale", "2"), ("negative", "cat")], "it knows no label cat");
        check(
            &[("cfg_scale", "2"), ("guidance_from", "100"), ("guidance_until", "200")],
            "guidance from t = 100 until t = 200 is for no step",
        );
        let too_long = settings("denoising", &[("prompt", &"red ".repeat(18))]);
        let error = Denoising::new(words_model(), too_long).err().unwrap().to_string();
        assert!(error.contains("a prompt may have 17 words and signs, and this one has 18"), "{error}");
        let label = settings("denoising", &[("label", "7")]);
        let error = Denoising::new(words_model(), label).err().unwrap().to_string();
        assert!(error.contains("knows no labels, and `label` is 7"), "{error}");
        let settings = settings("denoising", &[("source", "own")]);
        assert!(Denoising::start(settings, &context(None)).is_err());
    }
}
