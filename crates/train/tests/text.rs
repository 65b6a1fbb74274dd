//! A training that learns words: it reaches every parameter, goes on to the bit, and what it writes can be asked in words.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use noisebook_data::{Store, StoreError, Tokenizer};
use noisebook_diffusion::Cond;
use noisebook_ops::{Device, Noise, Stream, Tensor};
use noisebook_shelf::{DiffusionModel, ModelFile, Shelf, read_weights};
use noisebook_train::Trainer;

const UNET: &str = r#"
    arch = "unet"
    in_channels = 3
    size = 32
    channels = [8, 16]
    emb_dim = 16
    num_groups = 4
    num_heads = 2
"#;

const DIT: &str = r#"
    arch = "dit"
    in_channels = 3
    size = 32
    patch = 4
    dim = 16
    num_layers = 2
    num_heads = 2
"#;

/// A `model.toml` with this network and these lines of a recipe.
fn toml(net: &str, recipe: &str) -> String {
    let tokenizer = Tokenizer::of_scenes();
    let (vocab_size, max_tokens) = (tokenizer.vocab_size(), tokenizer.max_tokens());
    format!(
        r#"
    name = "small-scenes"
    about = "For this test."
    kind = "text-denoiser"
    [net]
    {net}
    [net.text]
    vocab_size = {vocab_size}
    max_tokens = {max_tokens}
    dim = 8
    num_layers = 1
    num_heads = 2
    [diffusion]
    schedule = "flow"
    num_train_timesteps = 1000
    prediction = "sample"
    [sampling]
    sampler = "flow-euler"
    num_inference_steps = 4
    spacing = "trailing"
    cfg_scale = 3.0
    [recipe]
    data = "scenes"
    seed = 0
    updates = 8
    batch_size = 4
    lr = 0.001
    warmup_updates = 0
    max_grad_norm = 1.0
    ema_decay = 0.9
    timesteps = "logit-normal"
    weighting = "velocity"
    adam = {{ weight_decay = 0.0 }}
    {recipe}
"#
    )
}

/// What is needed of the disk: nothing, for scenes are drawn.
struct Nothing;

impl Store for Nothing {
    fn read(&self, path: &str) -> Result<Vec<u8>, StoreError> {
        Err(StoreError::Missing { path: path.to_owned(), place: "nothing".to_owned() })
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        Err(StoreError::Missing { path: folder.to_owned(), place: "nothing".to_owned() })
    }
}

fn begin(toml: &str) -> Result<Trainer, String> {
    let file = ModelFile::parse(toml.as_bytes(), "model.toml").map_err(|error| error.to_string())?;
    Trainer::new(file, &Nothing, &Device::Cpu).map_err(|error| error.to_string())
}

fn trainer(net: &str) -> Trainer {
    begin(&toml(net, "label_dropout = 0.1")).unwrap()
}

fn run(trainer: &mut Trainer, updates: usize) -> Vec<f64> {
    (0..updates).map_while(|_| trainer.step().unwrap()).map(|report| report.loss).collect()
}

fn read(trainer: &Trainer) -> BTreeMap<String, Tensor> {
    read_weights(&trainer.checkpoint().unwrap(), &Device::Cpu).unwrap().0
}

fn bits(x: &Tensor) -> Vec<u32> {
    x.flatten_all().unwrap().to_vec1::<f32>().unwrap().into_iter().map(f32::to_bits).collect()
}

#[test]
fn resumes_bit_for_bit() {
    for net in [UNET, DIT] {
        let mut straight = trainer(net);
        let losses = run(&mut straight, 100);
        assert_eq!(losses.len(), 8);
        let mut first = trainer(net);
        run(&mut first, 3);
        let mut second = trainer(net);
        second.resume(&first.checkpoint().unwrap()).unwrap();
        assert_eq!(run(&mut second, 100), losses[3..]);
        assert!(second.checkpoint().unwrap() == straight.checkpoint().unwrap(), "other bytes");
    }
}

#[test]
fn every_parameter_moves_within_three_updates() {
    for net in [UNET, DIT] {
        let mut trainer = trainer(net);
        let before = read(&trainer);
        run(&mut trainer, 3);
        let after = read(&trainer);
        // The bias of the keys moves every score of a query alike, which the softmax does not see.
        let is_blind = |key: &str| key.ends_with("k.bias");
        let moves = |key: &str| key.starts_with("values.") && !is_blind(key);
        for (key, tensor) in before.iter().filter(|(key, _)| moves(key)) {
            assert!(bits(tensor) != bits(&after[key]), "{key} did not move");
        }
    }
}

/// Where every caption is left out, of all words only padding is learned.
#[test]
fn a_caption_that_is_left_out_is_the_empty_prompt() {
    let moved_words = |recipe: &str| {
        let mut trainer = begin(&toml(UNET, recipe)).unwrap();
        let words = |trainer: &Trainer| read(trainer)["values.text.token.weight"].clone();
        // The values of a checkpoint are flat: eight for each word.
        let rows = |words: Tensor| bits(&words).chunks(8).map(<[u32]>::to_vec).collect::<Vec<_>>();
        let before = rows(words(&trainer));
        run(&mut trainer, 3);
        let after = rows(words(&trainer));
        (0..before.len()).filter(|&word| before[word] != after[word]).collect::<Vec<_>>()
    };
    assert_eq!(moved_words("label_dropout = 1.0"), [0]);
    let some = moved_words("label_dropout = 0.0");
    assert!(some.len() > 10 && !some.contains(&1), "{some:?}");
}

#[test]
fn what_it_wrote_can_be_asked_in_words() {
    for net in [UNET, DIT] {
        let mut trainer = trainer(net);
        run(&mut trainer, 3);
        let (file, bytes) = trainer.model().unwrap();
        let words = trainer.tokenizer().unwrap().to_json();
        // By way of a store, as the shelf has it.
        let folder = "models/small-scenes";
        let store = Memory(BTreeMap::from([
            (format!("{folder}/model.toml"), file.to_toml().unwrap().into_bytes()),
            (format!("{folder}/weights.safetensors"), bytes.clone()),
            (format!("{folder}/tokenizer.json"), words.clone().into_bytes()),
        ]));
        let model = Shelf::new(&store).diffusion_model("small-scenes", &Device::Cpu).unwrap();
        assert_eq!((model.sample_shape, model.num_classes), ([3, 32, 32], 0));
        assert_eq!(model.tokenizer(), trainer.tokenizer());

        let x = Noise::new(1).normal_tensor(Stream::Init, 0, 2, 0, &[3, 32, 32], &Device::Cpu).unwrap();
        let predict = |cond: &Cond| model.denoiser.predict(&x, 700.0, cond).unwrap();
        let asked = model.prompt_cond(&["a red circle", "a blue square"]).unwrap();
        assert_ne!(bits(&predict(&asked)), bits(&predict(&Cond::null())), "the prompt changes nothing");
        let empty = model.prompt_cond(&["", ""]).unwrap();
        assert_eq!(bits(&predict(&empty)), bits(&predict(&Cond::null())), "the empty prompt is the null one");

        let (watched, maps) = model.watch(&x, 700.0, &asked).unwrap();
        assert_eq!(watched.dims(), x.dims());
        let max_tokens = trainer.tokenizer().unwrap().max_tokens();
        assert!(!maps.is_empty());
        for map in maps {
            assert_eq!(map.weights.dims(), [2, 2, map.side * map.side, max_tokens], "{}", map.layer);
        }

        let message = model.prompt_cond(&["a red circle ".repeat(20).as_str()]).unwrap_err().to_string();
        assert!(message.starts_with("small-scenes: a prompt may have"), "{message}");
        let message = model.label_cond(&[0]).unwrap_err().to_string();
        assert!(message.contains("is a text-denoiser, but a denoiser is needed"), "{message}");

        let weights = || read_weights(&bytes, &Device::Cpu).unwrap().0;
        let message = DiffusionModel::new(file.clone(), weights(), &Device::Cpu).err().unwrap().to_string();
        assert!(message.contains("is a text-denoiser, but a denoiser is needed"), "{message}");
        let of = |words: &str| {
            let model = DiffusionModel::of_prompts(file.clone(), weights(), words.as_bytes(), &Device::Cpu);
            model.err().unwrap().to_string()
        };
        let others = Tokenizer::new(["red".to_owned()], 3).to_json();
        assert!(of(&others).contains("but tokenizer.json has 3 and 3"), "{}", of(&others));
        assert!(of("{}").starts_with("small-scenes: tokenizer.json"), "{}", of("{}"));
    }
}

/// A store in memory.
struct Memory(BTreeMap<String, Vec<u8>>);

impl Store for Memory {
    fn read(&self, path: &str) -> Result<Vec<u8>, StoreError> {
        self.0.get(path).cloned().ok_or_else(|| Nothing.read(path).unwrap_err())
    }

    fn list(&self, _: &str) -> Result<Vec<String>, StoreError> {
        Ok(vec!["small-scenes".to_owned()])
    }
}

#[test]
fn what_cannot_be_trained_is_one_sentence() {
    let check = |toml: String, expected: &str| {
        let error = begin(&toml).err().expect("an error");
        assert!(error.contains(expected), "{error}");
    };
    let good = toml(UNET, "");
    check(good.replace("\"scenes\"", "\"digits\""), "use `data = \"scenes\"`");
    check(good.replace("in_channels = 3", "in_channels = 1"), "use `in_channels = 3`");
    check(good.replace("vocab_size = ", "vocab_size = 1"), "the captions need `vocab_size = ");
    check(good.replace("arch = \"unet\"", "arch = \"mlp\""), "unknown variant `mlp`");
    check(good.replace("emb_dim = 16", "emb_dim = 16\nwings = 2"), "unknown field `wings`");
    check(toml(UNET, "mirror = true"), "leave out `mirror`");
    let labeled = good.replace("text-denoiser", "denoiser");
    let labeled = labeled.replace("arch = \"unet\"", "num_classes = 10");
    let text = labeled.split("[net.text]").nth(1).unwrap().split("[diffusion]").next().unwrap().to_owned();
    let labeled = labeled.replace(&text, "").replace("[net.text]", "");
    check(labeled, "have captions and no labels");
}
