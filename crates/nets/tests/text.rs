//! The networks that are told in words what to draw, with a batch of theirs learned by heart.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use candle_core::Var;
use candle_nn::{AdamW, VarMap};
use common::{check, check_with, network, normal};
use noisebook_nets::{
    DitConfig, TextConfig, TextEncoder, TextNet, TextNetConfig, TextUNetConfig, VarBuilder, WordMap,
};
use noisebook_ops::{DType, Device, Result, Tensor, mse_loss};

fn text() -> TextConfig {
    TextConfig { vocab_size: 7, max_tokens: 5, dim: 8, num_layers: 1, num_heads: 2 }
}

fn unet() -> TextUNetConfig {
    TextUNetConfig {
        size: 16,
        channels: vec![8, 16],
        emb_dim: 16,
        num_groups: 4,
        num_heads: 2,
        text: text(),
        ..TextUNetConfig::default()
    }
}

fn dit() -> DitConfig {
    // A patch of 2×2 pixels has 12 numbers: a token has room for them.
    DitConfig {
        size: 16,
        patch: 2,
        dim: 32,
        num_layers: 2,
        num_heads: 2,
        text: text(),
        ..DitConfig::default()
    }
}

fn both() -> [TextNetConfig; 2] {
    [TextNetConfig::Unet(unet()), TextNetConfig::Dit(dit())]
}

fn net(config: TextNetConfig) -> (TextNet, Vec<(String, Var)>) {
    network(|vb| TextNet::new(config, vb))
}

/// Word 0 is padding; the last prompt is the null prompt.
fn ids() -> Tensor {
    Tensor::new(&[[2_u32, 3, 1, 0, 0], [4, 5, 6, 3, 2], [0, 0, 0, 0, 0]], &Device::Cpu).unwrap()
}

const TIMES: [f64; 3] = [0.0, 500.0, 999.0];

fn bits(x: &Tensor) -> Vec<u32> {
    x.flatten_all().unwrap().to_vec1::<f32>().unwrap().into_iter().map(f32::to_bits).collect()
}

fn largest_difference(a: &Tensor, b: &Tensor) -> f32 {
    (a - b).unwrap().abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap()
}

#[test]
fn a_unet_told_in_words_learns_one_batch_by_heart() {
    let (net, vars) = net(TextNetConfig::Unet(unet()));
    let (x, target, ids) = (normal(0, &[3, 3, 16, 16]), normal(1, &[3, 3, 16, 16]), ids());
    check(&vars, 0.2, 1600, 0.1, || mse_loss(&net.forward(&x, &TIMES, &ids).unwrap(), &target).unwrap());
}

/// With Adam: a transformer's gradients are too unlike in size for plain gradient descent.
#[test]
fn a_transformer_told_in_words_learns_one_batch_by_heart() {
    let (net, vars) = net(TextNetConfig::Dit(dit()));
    let (x, target, ids) = (normal(0, &[3, 3, 16, 16]), normal(1, &[3, 3, 16, 16]), ids());
    let all = vars.iter().map(|(_, var)| var.clone()).collect();
    let adam = AdamW::new_lr(all, 0.01).unwrap();
    check_with(adam, &vars, 400, 0.1, || mse_loss(&net.forward(&x, &TIMES, &ids).unwrap(), &target).unwrap());
}

#[test]
fn the_text_encoder_learns_one_batch_by_heart() {
    let (net, vars) = network(|vb| TextEncoder::new(text(), 3, vb));
    let (prompts, ids) = (normal(1, &[3, 3]), ids());
    check(&vars, 0.05, 300, 0.01, || {
        mse_loss(&net.pooled(&net.forward(&ids).unwrap()).unwrap(), &prompts).unwrap()
    });
}

/// The order of the words counts: places, and heads that look one way, see to that.
#[test]
fn a_prompt_is_more_than_a_heap_of_words() {
    let (net, _) = network(|vb| TextEncoder::new(text(), 3, vb));
    let encode = |ids: [u32; 5]| {
        let tokens = net.forward(&Tensor::new(&[ids], &Device::Cpu).unwrap()).unwrap();
        net.pooled(&tokens).unwrap()
    };
    let (there, back) = (encode([2, 3, 4, 0, 0]), encode([4, 3, 2, 0, 0]));
    assert!(largest_difference(&there, &back) > 1e-3);
}

#[test]
fn the_words_change_what_is_drawn() {
    for config in both() {
        let (net, _) = net(config);
        let x = normal(0, &[3, 3, 16, 16]);
        let null = Tensor::zeros((3, 5), DType::U32, &Device::Cpu).unwrap();
        let (asked, unasked) =
            (net.forward(&x, &TIMES, &ids()).unwrap(), net.forward(&x, &TIMES, &null).unwrap());
        let of =
            |sample: usize| largest_difference(&asked.get(sample).unwrap(), &unasked.get(sample).unwrap());
        assert!(of(0) > 1e-3 && of(1) > 1e-3, "the prompt changes nothing");
        assert_eq!(bits(&asked.get(2).unwrap()), bits(&unasked.get(2).unwrap()), "both were the null prompt");
    }
}

#[test]
fn what_each_place_takes_from_the_words_sums_to_one() {
    let [unet, dit] = both();
    let sides_of = |maps: &[WordMap]| -> Vec<(String, usize)> {
        maps.iter().map(|map| (map.layer.clone(), map.side)).collect()
    };
    let named =
        |layers: &[(&str, usize)]| layers.iter().map(|&(name, side)| (name.to_owned(), side)).collect();
    let unet_layers: Vec<_> = named(&[
        ("looks.0.down", 8),
        ("looks.1.down", 4),
        ("mid_look", 4),
        ("looks.1.up", 4),
        ("looks.0.up", 8),
    ]);
    let dit_layers: Vec<_> = named(&[("layers.0.cross", 8), ("layers.1.cross", 8)]);
    for (config, layers) in [(unet, unet_layers), (dit, dit_layers)] {
        let (net, _) = net(config);
        let x = normal(0, &[3, 3, 16, 16]);
        let (watched, maps) = net.watch_encoded(&x, &TIMES, &net.encode(&ids()).unwrap()).unwrap();
        let difference = largest_difference(&watched, &net.forward(&x, &TIMES, &ids()).unwrap());
        assert!(difference < 1e-4, "watching changes the picture by {difference}");
        assert_eq!(sides_of(&maps), layers);
        for WordMap { layer, side, weights } in maps {
            assert_eq!(weights.dims(), [3, 2, side * side, 5], "{layer}");
            let least = weights.min_all().unwrap().to_scalar::<f32>().unwrap();
            let sums = weights.sum(3).unwrap();
            let difference = largest_difference(&sums, &sums.ones_like().unwrap());
            assert!(least >= 0.0 && difference < 1e-5, "{layer}: {least}, {difference} from 1");
            let flat = largest_difference(&weights, &(weights.ones_like().unwrap() * 0.2).unwrap());
            assert!(flat > 1e-3, "{layer} looks at all words alike");
        }
    }
}

#[test]
fn a_sample_does_not_depend_on_its_batch() {
    for config in both() {
        let (net, _) = net(config);
        let x = normal(0, &[3, 3, 16, 16]);
        let all = net.forward(&x, &TIMES, &ids()).unwrap();
        for sample in 0..3 {
            let part = |t: &Tensor| t.narrow(0, sample, 1).unwrap();
            let alone = net.forward(&part(&x), &TIMES[sample..=sample], &part(&ids())).unwrap();
            assert_eq!(bits(&part(&all)), bits(&alone), "sample {sample}");
        }
    }
}

/// Drawn as a training draws them, before anything is learned.
#[test]
fn says_nothing_before_it_has_learned_anything() {
    for config in both() {
        let vars = VarMap::new();
        let net = TextNet::new(config, &VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu)).unwrap();
        let y = net.forward(&normal(0, &[3, 3, 16, 16]), &TIMES, &ids()).unwrap();
        assert_eq!(y.abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap(), 0.0);
    }
}

/// Each fits into 12 MB.
#[test]
fn the_default_networks_are_small_enough_for_a_laptop() {
    for config in [TextNetConfig::Unet(TextUNetConfig::default()), TextNetConfig::Dit(DitConfig::default())] {
        let (_, vars) = net(config);
        let num_values: usize = vars.iter().map(|(_, var)| var.elem_count()).sum();
        assert!(num_values * 4 < 12_000_000, "{num_values} values of four bytes are over 12 MB");
    }
}

#[test]
fn a_config_that_contradicts_itself_is_refused() {
    let check = |config: TextNetConfig, expected: &str| {
        let vars = VarMap::new();
        let vb = VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu);
        let error = TextNet::new(config, &vb).err().expect("an error").to_string();
        assert!(error.contains(expected), "{error}");
    };
    let of_unet = |config| TextNetConfig::Unet(config);
    check(of_unet(TextUNetConfig { channels: vec![], ..unet() }), "`channels` is empty");
    check(
        of_unet(TextUNetConfig { channels: vec![12, 16], num_heads: 8, ..unet() }),
        "num_heads = 8 does not divide 12 channels",
    );
    let of_dit = |config| TextNetConfig::Dit(config);
    check(of_dit(DitConfig { patch: 3, ..dit() }), "patches of 3 do not divide a side of 16");
    check(of_dit(DitConfig { patch: 0, ..dit() }), "patches of 0 do not divide a side of 16");
    check(of_dit(DitConfig { dim: 18, ..dit() }), "a `dim` that is a multiple of 4");
    check(of_dit(DitConfig { num_heads: 3, ..dit() }), "num_heads = 3 does not divide dim = 32");
    check(of_dit(DitConfig { num_layers: 65, ..dit() }), "and 64 layers");
    let of_text = |text| of_dit(DitConfig { text, ..dit() });
    check(of_text(TextConfig { num_heads: 3, ..text() }), "num_heads = 3 does not divide dim = 8");
    check(of_text(TextConfig { vocab_size: 0, ..text() }), "expected 1 to 65536 words");
    check(of_text(TextConfig { max_tokens: 4096, ..text() }), "prompts of 1 to 1024");
}

#[test]
fn what_does_not_fit_is_refused() {
    for (config, expected) in both().into_iter().zip(["U-Net", "DiT"]) {
        let (net, _) = net(config);
        let error = |x: &[usize], ids: Tensor| -> String {
            let result: Result<Tensor> = net.forward(&normal(0, x), &TIMES, &ids);
            result.unwrap_err().to_string()
        };
        let message = error(&[3, 1, 16, 16], ids());
        assert!(message.contains(expected), "{message}");
        assert!(message.contains("expected x_t of (3, 3, 16, 16), found [3, 1, 16, 16]"), "{message}");
        let message = error(&[3, 3, 16, 16], ids().narrow(1, 0, 4).unwrap());
        assert!(message.contains("expected ids of (b, 5), found [3, 4]"), "{message}");
        let message = error(&[3, 3, 16, 16], (ids() + 5_f64).unwrap());
        assert!(message.contains("expected indices below 7"), "{message}");
    }
}
