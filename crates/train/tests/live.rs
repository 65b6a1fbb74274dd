//! A live training takes what it is given or says why not, and hands out its network as it stands.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use noisebook_data::{Picture, parse};
use noisebook_diffusion::{Cond, Denoiser, Prediction};
use noisebook_nets::{MlpConfig, TextConfig, TextUNetConfig, UNetConfig};
use noisebook_ops::{Device, Noise, Stream, Tensor};
use noisebook_train::{Examples, Knobs, LiveConfig, LiveTrainer, Snapshot, Version, scenes};

fn config() -> LiveConfig {
    LiveConfig {
        unet: UNetConfig {
            size: 8,
            channels: vec![4],
            emb_dim: 8,
            num_groups: 2,
            num_heads: 2,
            ..UNetConfig::default()
        },
        mlp: MlpConfig { width: 16, num_layers: 1, ..MlpConfig::default() },
        text_unet: TextUNetConfig {
            channels: vec![8, 16],
            emb_dim: 16,
            num_groups: 4,
            num_heads: 2,
            text: TextConfig { dim: 8, num_layers: 1, num_heads: 2, ..LiveConfig::default().text_unet.text },
            ..TextUNetConfig::default()
        },
        ..LiveConfig::default()
    }
}

/// Twenty points on a line.
fn points() -> Examples {
    Examples::Points((0..20).map(|i| [0.1 * i as f32 - 1.0, 0.5]).collect())
}

fn trainer(config: LiveConfig, examples: Examples) -> LiveTrainer {
    LiveTrainer::new(config, Knobs { batch_size: 16, ..Knobs::default() }, examples, &Device::Cpu).unwrap()
}

#[test]
fn what_cannot_be_learned_is_refused_in_a_sentence() {
    let check = |examples: Examples, says: &str| {
        let error =
            LiveTrainer::new(config(), Knobs::default(), examples, &Device::Cpu).err().expect("an error");
        assert!(error.to_string().contains(says), "{error}");
    };
    let picture = |side: usize| (Picture::zeros((1, side, side)), 0);
    check(Examples::Pictures(Vec::new()), "there is no picture to learn from");
    check(Examples::Pictures(vec![picture(8), picture(9)]), "must all have the same size");
    check(Examples::Pictures(vec![picture(9)]), "made for pictures of [1, 8, 8]");
    let not_a_number = (Picture::from_elem((1, 8, 8), f32::NAN), 0);
    check(Examples::Pictures(vec![picture(8), not_a_number]), "has a value that is not a number");
    check(Examples::Points(Vec::new()), "there is no point to learn from");
    check(Examples::Points(vec![[0.0, f32::NAN]]), "a point to learn from is not a number");

    let mut trainer = trainer(config(), points());
    for knobs in [Knobs { lr: 0.0, ..Knobs::default() }, Knobs { batch_size: 0, ..Knobs::default() }] {
        trainer.knobs = knobs;
        assert!(trainer.step().unwrap_err().to_string().contains("use a number above 0"));
    }
    assert_eq!(trainer.update(), 0);
}

#[test]
fn the_loss_is_the_mean_of_its_parts_and_falls() {
    for prediction in [Prediction::Sample, Prediction::Epsilon, Prediction::Flow] {
        let mut trainer = trainer(LiveConfig { prediction, ..config() }, points());
        let losses: Vec<f64> = (0..200)
            .map(|_| {
                let report = trainer.step().unwrap();
                assert!(report.losses.iter().all(|(t, _)| (1..=1000).contains(t)));
                let mean = report.losses.iter().map(|(_, loss)| loss).sum::<f64>() / 16.0;
                assert!((mean - report.loss).abs() < 1e-5 * (1.0 + mean), "{mean} and {}", report.loss);
                report.loss
            })
            .collect();
        let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
        let (first, last) = (mean(&losses[..20]), mean(&losses[180..]));
        assert!(last < 0.8 * first, "{prediction}: {first} to {last}");
    }
}

#[test]
fn a_snapshots_network_stays_as_it_was_and_can_be_begun_with() {
    let mut first = trainer(config(), points());
    for _ in 0..5 {
        first.step().unwrap();
    }
    let snapshot = first.snapshot();
    let x_t = Noise::new(3).normal_tensor(Stream::Init, 0, 4, 0, &[2], &Device::Cpu).unwrap();
    let say = |trainer: &LiveTrainer, version| -> Vec<Vec<f32>> {
        let denoiser = trainer.denoiser(&snapshot, version).unwrap();
        denoiser.predict(&x_t, 500.0, &Cond::null()).unwrap().to_vec2().unwrap()
    };
    let (latest, ema) = (say(&first, Version::Latest), say(&first, Version::Ema));
    assert_ne!(latest, ema);
    for _ in 0..5 {
        first.step().unwrap();
    }
    assert_eq!((say(&first, Version::Latest), say(&first, Version::Ema)), (latest, ema.clone()));

    // Weights that come from elsewhere are where it begins, and other shapes are refused.
    let mut second = trainer(LiveConfig { seed: 9, ..config() }, points());
    let weights = first.weights(&snapshot, Version::Ema).unwrap();
    second.load(&weights).unwrap();
    let begun = second.denoiser(&second.snapshot(), Version::Latest).unwrap();
    assert_eq!(begun.predict(&x_t, 500.0, &Cond::null()).unwrap().to_vec2::<f32>().unwrap(), ema);
    assert_eq!(second.update(), 0);
    let mut wider = weights;
    wider.insert("head.bias".to_owned(), Tensor::zeros(3, noisebook_ops::DType::F32, &Device::Cpu).unwrap());
    let error = second.load(&wider).unwrap_err().to_string();
    assert!(error.contains("has no `head.bias` of the shape that is needed"), "{error}");
}

/// Whether the weights of two snapshots agree, bit for bit, by name.
fn changed(trainer: &LiveTrainer, a: &Snapshot, b: &Snapshot) -> Vec<String> {
    let [a, b] = [a, b].map(|snapshot| trainer.weights(snapshot, Version::Latest).unwrap());
    let values = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    a.iter()
        .filter(|(name, tensor)| values(tensor) != values(&b[*name]))
        .map(|(name, _)| name.clone())
        .collect()
}

#[test]
fn every_weight_of_the_network_that_reads_is_moved_and_the_same_again_after_going_back() {
    let train =
        |trainer: &mut LiveTrainer| -> Vec<f64> { (0..3).map(|_| trainer.step().unwrap().loss).collect() };
    let mut first = trainer(config(), Examples::Scenes);
    let begun = first.snapshot();
    let losses = train(&mut first);
    let ended = first.snapshot();
    let num_tensors = first.weights(&begun, Version::Latest).unwrap().len();
    let moved = changed(&first, &begun, &ended);
    assert!(moved.iter().any(|name| name.starts_with("text.token")), "{moved:?}");
    assert_eq!(moved.len(), num_tensors, "only {moved:?}");

    first.go_to(&begun).unwrap();
    assert_eq!(train(&mut first), losses);
    assert_eq!(first.snapshot(), ended);
    // Another training of the same seed is the same; of another it is another.
    assert_eq!(train(&mut trainer(config(), Examples::Scenes)), losses);
    assert_ne!(train(&mut trainer(LiveConfig { seed: 1, ..config() }, Examples::Scenes)), losses);
}

#[test]
fn a_network_that_reads_is_told_words_and_learns() {
    let mut trainer = trainer(config(), Examples::Scenes);
    let losses: Vec<f64> = (0..60).map(|_| trainer.step().unwrap().loss).collect();
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    assert!(mean(&losses[50..]) < 0.5 * mean(&losses[..10]), "{losses:?}");

    let denoiser = trainer.denoiser(&trainer.snapshot(), Version::Latest).unwrap();
    let x_t = Noise::new(3).normal_tensor(Stream::Init, 0, 2, 0, &[3, 32, 32], &Device::Cpu).unwrap();
    let say = |cond: &Cond| -> Vec<f32> {
        denoiser.predict(&x_t, 800.0, cond).unwrap().flatten_all().unwrap().to_vec1().unwrap()
    };
    let told = |prompt: &str| trainer.told(&[prompt, prompt]).unwrap();
    assert_ne!(say(&told("a red circle")), say(&told("a blue square")));
    // To be told nothing is to be told the empty prompt, bit for bit.
    assert_eq!(say(&Cond::null()), say(&told("")));

    // The scenes that it has not seen are others for another seed, and each of one object.
    let unseen = |seed| scenes(Noise::new(seed), 32, 8);
    assert_eq!(unseen(0), unseen(0));
    assert_ne!(unseen(0), unseen(1));
    assert!(unseen(0).iter().all(|(picture, caption)| {
        picture.dim() == (3, 32, 32) && parse(caption).is_some_and(|request| request.objects.len() == 1)
    }));
}

#[test]
fn what_scenes_do_not_have_is_refused_in_a_sentence() {
    let scenes = trainer(config(), Examples::Scenes);
    assert_eq!(scenes.num_examples(), 0);
    let error = scenes.examples(0..3).unwrap_err().to_string();
    assert_eq!(error, "scenes are drawn as they are asked for, and none is kept to look at");
    let error = trainer(config(), points()).told(&["a red circle"]).err().unwrap().to_string();
    assert_eq!(error, "it learns without captions and can be told no prompt");
    let refused = |text_unet| {
        let config = LiveConfig { text_unet, ..config() };
        LiveTrainer::new(config, Knobs::default(), Examples::Scenes, &Device::Cpu).err().unwrap().to_string()
    };
    let gray = TextUNetConfig { in_channels: 1, ..config().text_unet };
    assert_eq!(refused(gray), "scenes have 3 channels, and the network 1");
    let error = refused(TextUNetConfig { text: TextConfig::default(), ..config().text_unet });
    assert!(error.starts_with("the captions need `vocab_size = "), "{error}");
}
