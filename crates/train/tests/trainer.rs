//! A training learns, reaches every parameter, and goes on to the bit wherever it was cut.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

use noisebook_ops::{Device, Tensor};
use noisebook_shelf::{
    Classifier, DiffusionModel, Files, ModelFile, ModelKind, Shelf, Weights, read_weights,
};
use noisebook_train::{StepReport, Trainer};

fn store() -> Files {
    Files::new(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../.."))
}

/// The shipped model's own file with a network and a recipe small enough for a test.
fn small(name: &str) -> ModelFile {
    let mut table: toml::Table =
        toml::from_str(&Shelf::new(&store()).file(name).unwrap().to_toml().unwrap()).unwrap();
    let net = table["net"].as_table_mut().unwrap();
    if name == "ddpm-digits" {
        net.insert("channels".into(), vec![8, 16].into());
        net.insert("emb_dim".into(), 16.into());
        net.insert("num_groups".into(), 4.into());
    } else if name == "wgan-gp-digits" {
        net.insert("generator".into(), vec![8, 8].into());
        net.insert("critic".into(), vec![4, 8].into());
    } else {
        net.insert("channels".into(), vec![8, 8, 8].into());
        net.insert("num_features".into(), 16.into());
    }
    let recipe = table["recipe"].as_table_mut().unwrap();
    recipe.insert("updates".into(), 8.into());
    recipe.insert("batch_size".into(), 4.into());
    recipe.insert("warmup_updates".into(), 2.into());
    ModelFile::parse(table.to_string().as_bytes(), "model.toml").unwrap()
}

fn trainer(name: &str) -> Trainer {
    Trainer::new(small(name), &store(), &Device::Cpu).unwrap()
}

fn run(trainer: &mut Trainer, updates: usize) -> Vec<StepReport> {
    (0..updates).map_while(|_| trainer.step().unwrap()).collect()
}

fn values(weights: &Weights) -> Vec<f32> {
    weights.values().flat_map(|t| t.flatten_all().unwrap().to_vec1::<f32>().unwrap()).collect()
}

#[test]
fn resumes_bit_for_bit_wherever_it_is_cut() {
    for name in ["ddpm-digits", "digit-classifier", "wgan-gp-digits"] {
        let mut straight = trainer(name);
        let reports = run(&mut straight, 100);
        assert_eq!(reports.len(), 8, "a training ends after its updates");
        for cut in [1, 5] {
            let mut first = trainer(name);
            run(&mut first, cut);
            let checkpoint = first.checkpoint().unwrap();
            drop(first);
            let mut second = trainer(name);
            second.resume(&checkpoint).unwrap();
            assert_eq!(run(&mut second, 100), reports[cut..], "{name} cut at {cut}");
            // Not assert_eq: it would print every byte.
            assert!(
                second.checkpoint().unwrap() == straight.checkpoint().unwrap(),
                "{name} cut at {cut}: other bytes"
            );
        }
    }
}

#[test]
fn every_parameter_moves_within_three_updates() {
    for name in ["ddpm-digits", "digit-classifier", "wgan-gp-digits"] {
        let mut trainer = trainer(name);
        let read = |trainer: &Trainer| read_weights(&trainer.checkpoint().unwrap(), &Device::Cpu).unwrap().0;
        let before = read(&trainer);
        run(&mut trainer, 3);
        let after = read(&trainer);
        // The bias of the keys moves every score of a query alike, which the softmax does not see; that of a Wasserstein
        // critic's score moves real and made ones alike.
        let is_blind = |key: &str| key.ends_with("k.bias") || key.ends_with("critic.whole.head.bias");
        let moves = |key: &str| key.starts_with("values.") && !is_blind(key);
        for (key, tensor) in before.iter().filter(|(key, _)| moves(key)) {
            let values = |t: &Tensor| t.to_vec1::<f32>().unwrap();
            assert!(values(tensor) != values(&after[key]), "{name}: {key} did not move");
        }
    }
}

#[test]
fn what_it_wrote_the_shelf_can_use() {
    let mut denoiser = trainer("ddpm-digits");
    run(&mut denoiser, 2);
    let (file, bytes) = denoiser.model().unwrap();
    let (weights, _) = read_weights(&bytes, &Device::Cpu).unwrap();
    assert_eq!(values(&weights), values(&denoiser.weights().unwrap()));
    let model = DiffusionModel::new(file, weights, &Device::Cpu).unwrap();
    let x = Tensor::zeros((2, 1, 32, 32), noisebook_ops::DType::F32, &Device::Cpu).unwrap();
    let labeled = model.denoiser.predict(&x, 3.0, &model.label_cond(&[3, 3]).unwrap()).unwrap();
    assert_eq!(labeled.dims(), [2, 1, 32, 32]);
    let message = model.label_cond(&[10]).unwrap_err().to_string();
    assert!(message.contains("no label 10: its labels are 0 to 9"), "{message}");

    let (file, bytes) = trainer("digit-classifier").model().unwrap();
    let classifier =
        Classifier::new(file, read_weights(&bytes, &Device::Cpu).unwrap().0, &Device::Cpu).unwrap();
    let (features, logits) = classifier.read(&x).unwrap();
    assert_eq!((features.dims(), logits.dims()), (&[2, 16][..], &[2, 10][..]));
}

#[test]
fn another_trainings_checkpoint_is_refused_and_changes_nothing() {
    let mut denoiser = trainer("ddpm-digits");
    run(&mut denoiser, 1);
    let before = denoiser.checkpoint().unwrap();
    let foreign = trainer("digit-classifier").checkpoint().unwrap();
    let message = denoiser.resume(&foreign).unwrap_err().to_string();
    assert!(message.contains("was written by the training of `digit-classifier`"), "{message}");
    let mut file = small("ddpm-digits");
    file.recipe.insert("lr".into(), 0.5.into());
    let mut faster = Trainer::new(file, &store(), &Device::Cpu).unwrap();
    let message = faster.resume(&before).unwrap_err().to_string();
    assert!(message.contains("was written by another recipe"), "{message}");
    let half = &before[..before.len().div_euclid(2)];
    assert!(denoiser.resume(half).unwrap_err().to_string().contains("not a whole safetensors file"));
    assert!(denoiser.resume(&[]).unwrap_err().to_string().contains("not a whole safetensors file"));
    assert!(denoiser.checkpoint().unwrap() == before, "a refused checkpoint changed the training");
}

#[test]
fn a_network_for_other_pictures_is_refused() {
    let mut file = small("ddpm-digits");
    if let ModelKind::Denoiser { net, .. } = &mut file.kind {
        net.num_classes = 3;
    }
    let message = Trainer::new(file, &store(), &Device::Cpu).err().unwrap().to_string();
    assert!(message.contains("3 labels, but the data have [1, 32, 32] and 10"), "{message}");
}

#[test]
fn a_wrong_recipe_is_one_sentence() {
    let check = |key: &str, value: toml::Value, expected: &str| {
        let mut file = small("ddpm-digits");
        file.recipe.insert(key.into(), value);
        let error = Trainer::new(file, &store(), &Device::Cpu).err().expect("an error").to_string();
        assert!(error.contains(expected), "{error}");
    };
    check("updates", 0.into(), "must be at least 1");
    check("batch_size", 1_000_000_000_000_i64.into(), "`batch_size` from 1 to 4096");
    check("adam", toml::Table::from_iter([("beta1".into(), 1.0.into())]).into(), "`beta1` and `beta2`");
    check("lr", f64::NAN.into(), "must be numbers above 0");
    check("label_dropout", 1.5.into(), "shares from 0 to 1");
    check("learning_rate", 0.1.into(), "unknown field `learning_rate`");
}
