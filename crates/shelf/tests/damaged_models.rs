//! A model that is missing, damaged, or another's is refused with one sentence that names it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use noisebook_ops::{Device, Tensor};
use noisebook_shelf::{
    ModelFile, Shelf, ShelfError, Store, StoreError, Weights, WeightsInfo, weights_sha256, write_weights,
};

/// A store in memory.
#[derive(Default)]
struct Memory(BTreeMap<String, Vec<u8>>);

impl Store for Memory {
    fn read(&self, path: &str) -> Result<Vec<u8>, StoreError> {
        let missing = || StoreError::Missing { path: path.to_owned(), place: "memory".to_owned() };
        self.0.get(path).cloned().ok_or_else(missing)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let inside = self.0.keys().filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/'));
        let mut names: Vec<String> =
            inside.filter_map(|rest| Some(rest.split('/').next()?.to_owned())).collect();
        names.dedup();
        Ok(names)
    }
}

const MODEL: &str = r#"
    name = "judge"
    about = "A classifier for this test."
    kind = "classifier"
    recipe = {}
    [net]
    in_channels = 1
    size = 8
    channels = [8, 8, 8]
    num_features = 2
    num_classes = 2
"#;

/// The tensors that the network of [`MODEL`] has, all zero.
fn weights() -> Weights {
    let zeros = |shape: &[usize]| Tensor::zeros(shape, noisebook_ops::DType::F32, &Device::Cpu).unwrap();
    let mut weights = Weights::new();
    for (layer, c_in) in [("1", 4), ("2", 32), ("3", 32)] {
        weights.insert(format!("conv{layer}.weight"), zeros(&[8, c_in, 3, 3]));
        for name in [format!("conv{layer}.bias"), format!("norm{layer}.weight"), format!("norm{layer}.bias")]
        {
            weights.insert(name, zeros(&[8]));
        }
    }
    weights.insert("features.weight".into(), zeros(&[2, 8]));
    weights.insert("logits.weight".into(), zeros(&[2, 2]));
    weights.insert("features.bias".into(), zeros(&[2]));
    weights.insert("logits.bias".into(), zeros(&[2]));
    weights
}

/// A store that has the model with these weights, after `damage` was done to their bytes.
fn store(weights: &Weights, damage: impl FnOnce(&mut Vec<u8>)) -> Memory {
    let mut bytes = write_weights(weights, None).unwrap();
    let mut file = ModelFile::parse(MODEL.as_bytes(), "model.toml").unwrap();
    file.weights = Some(WeightsInfo { sha256: weights_sha256(&bytes), updates: 1, num_parameters: 1 });
    damage(&mut bytes);
    let mut memory = Memory::default();
    memory.0.insert("models/judge/model.toml".into(), file.to_toml().unwrap().into_bytes());
    memory.0.insert("models/judge/weights.safetensors".into(), bytes);
    memory
}

fn load(store: &Memory) -> Result<(), ShelfError> {
    Shelf::new(store).classifier("judge", &Device::Cpu).map(|_| ())
}

fn check(store: &Memory, expected: &str) {
    let message = load(store).expect_err("this model must be refused").to_string();
    assert!(message.contains(expected) && message.contains("judge"), "{message}");
    assert!(!message.contains('\n'), "more than one line: {message}");
}

#[test]
fn a_whole_model_is_taken() {
    load(&store(&weights(), |_| {})).unwrap();
}

#[test]
fn weights_that_are_not_whole_are_refused() {
    check(&store(&weights(), Vec::clear), "is not a whole safetensors file");
    check(&store(&weights(), |bytes| bytes.truncate(bytes.len() - 7)), "is not a whole safetensors file");
    check(&store(&weights(), |bytes| bytes[3] = 0xff), "is not a whole safetensors file");
    check(&store(&weights(), |bytes| *bytes.last_mut().unwrap() = 1), "its SHA-256 differs");
}

#[test]
fn a_value_that_is_not_a_number_is_found() {
    let mut damaged = weights();
    damaged.insert("logits.bias".into(), Tensor::new(&[0.0_f32, f32::NAN], &Device::Cpu).unwrap());
    check(&store(&damaged, |_| {}), "has a value in `logits.bias` that is not a number");
    damaged.insert("logits.bias".into(), Tensor::new(&[0.0_f32, f32::INFINITY], &Device::Cpu).unwrap());
    check(&store(&damaged, |_| {}), "has a value in `logits.bias` that is not a number");
}

#[test]
fn weights_of_another_network_are_refused() {
    let mut other = weights();
    other.remove("conv2.bias");
    check(&store(&other, |_| {}), "has no tensor `conv2.bias`");
    let mut other = weights();
    other.insert("mid.attn.q.weight".into(), other["logits.bias"].clone());
    check(&store(&other, |_| {}), "has a tensor `mid.attn.q.weight` that the network does not");
    let mut other = weights();
    other.insert("features.weight".into(), other["logits.weight"].clone());
    check(&store(&other, |_| {}), "has `features.weight` of shape [2, 2], but the network needs [2, 8]");
}

#[test]
fn whole_numbers_are_no_weights() {
    let mut other = weights();
    other.insert("logits.bias".into(), Tensor::new(&[0_i64, 1], &Device::Cpu).unwrap());
    check(&store(&other, |_| {}), "has whole numbers in `logits.bias`");
}

#[test]
fn a_model_that_is_missing_untrained_or_of_another_kind_is_refused() {
    let whole = store(&weights(), |_| {});
    let shelf = Shelf::new(&whole);
    let message = shelf.classifier("jugde", &Device::Cpu).err().unwrap().to_string();
    assert!(message.contains("no model named `jugde`: choose one of judge"), "{message}");
    let message = shelf.diffusion_model("judge", &Device::Cpu).err().unwrap().to_string();
    assert!(message.contains("models/judge is a classifier, but a denoiser is needed"), "{message}");
    let mut untrained = Memory::default();
    untrained.0.insert("models/judge/model.toml".into(), MODEL.into());
    check(&untrained, "has not been trained yet");
    let mut moved = store(&weights(), |_| {});
    let file = moved.0["models/judge/model.toml"].clone();
    moved.0.insert("models/other/model.toml".into(), file);
    let message = Shelf::new(&moved).file("other").unwrap_err().to_string();
    assert!(message.contains("`name` is `judge`, but the folder is `other`"), "{message}");
    let mut no_weights = store(&weights(), |_| {});
    no_weights.0.remove("models/judge/weights.safetensors");
    check(&no_weights, "weights.safetensors: not found");
}

#[test]
fn a_damaged_model_file_names_itself() {
    let check = |text: &str, expected: &str| {
        let message = ModelFile::parse(text.as_bytes(), "models/judge/model.toml").unwrap_err().to_string();
        assert!(message.starts_with("models/judge/model.toml:") && message.contains(expected), "{message}");
    };
    check("", "missing field");
    check("name = ", "1");
    check(&MODEL.replace("classifier", "oracle"), "unknown variant `oracle`");
    check(&MODEL.replace("num_classes", "classes"), "classes");
    check(&MODEL.replace("\"judge\"", "\"../judge\""), "`name` is `../judge`");
    check(&MODEL.replace("size = 8", "size = 4000000000"), "`size` must be a multiple of 8");
    check(&MODEL.replace("num_features = 2", "num_features = 0"), "`num_features`");
}
