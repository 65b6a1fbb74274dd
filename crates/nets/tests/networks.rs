//! Every network: shapes, a finite gradient for each parameter, one batch learned by heart.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use candle_core::Var;
use candle_nn::VarMap;
use common::{check, network, normal};
use noisebook_nets::{
    Classifier, ClassifierConfig, Critic, GanConfig, Generator, Makes, Mlp, MlpConfig, UNet, UNetConfig,
    VarBuilder,
};
use noisebook_ops::{DType, Device, Tensor, cross_entropy, mse_loss};

fn small_unet() -> UNetConfig {
    UNetConfig { size: 16, channels: vec![8, 16], emb_dim: 16, num_groups: 4, ..UNetConfig::default() }
}

#[test]
fn unet_learns_one_batch_by_heart() {
    let (net, vars) = network(|vb| UNet::new(small_unet(), vb));
    let (x, target) = (normal(0, &[2, 1, 16, 16]), normal(1, &[2, 1, 16, 16]));
    let labels = Tensor::new(&[3_u32, 10], &Device::Cpu).unwrap();
    check(&vars, 0.1, 300, 0.1, || {
        let y = net.forward(&x, &[0.0, 999.0], &labels).unwrap();
        mse_loss(&y, &target).unwrap()
    });
}

#[test]
fn mlp_learns_one_batch_by_heart() {
    let config = MlpConfig { width: 32, num_layers: 2, emb_dim: 16, ..MlpConfig::default() };
    let (net, vars) = network(|vb| Mlp::new(config, vb));
    let (x, target) = (normal(0, &[4, 2]), normal(1, &[4, 2]));
    check(&vars, 0.05, 600, 0.05, || {
        mse_loss(&net.forward(&x, &[0.0, 10.0, 500.0, 999.0]).unwrap(), &target).unwrap()
    });
    let error = net.forward(&x, &[0.0]).unwrap_err().to_string();
    assert!(error.contains("expected x_t of (1, 2), found [4, 2]"), "{error}");
    let odd = MlpConfig { emb_dim: 15, ..MlpConfig::default() };
    assert!(odd.check().unwrap_err().to_string().contains("an even `emb_dim`"));
}

#[test]
fn classifier_learns_one_batch_by_heart() {
    let config = ClassifierConfig {
        size: 16,
        channels: [16, 16, 16],
        num_features: 16,
        ..ClassifierConfig::default()
    };
    let (net, vars) = network(|vb| Classifier::new(&config, vb));
    let x = normal(0, &[4, 1, 16, 16]);
    let labels = Tensor::new(&[0_u32, 3, 7, 9], &Device::Cpu).unwrap();
    check(&vars, 0.1, 200, 0.05, || {
        cross_entropy(&net.logits(&net.features(&x).unwrap()).unwrap(), &labels).unwrap()
    });
}

fn gan(makes: Makes) -> GanConfig {
    GanConfig {
        makes,
        latent_dim: 4,
        generator: vec![16, 8],
        critic: vec![12, 16],
        num_waves: 2,
        fold: Vec::new(),
    }
}

const POINTS: Makes = Makes::Points { dim: 2 };
const PICTURES: Makes = Makes::Pictures { in_channels: 1, size: 8 };
const CLIPS: Makes = Makes::Clips { num_frames: 3, size: 16, motion_dim: 2 };

fn batch(makes: Makes, sample: u64, b: usize) -> Tensor {
    normal(sample, &[&[b], &makes.shape()[..]].concat())
}

/// What is made with other weights not far from these.
fn nearby(vars: &[(String, Var)], make: impl FnOnce() -> Tensor) -> Tensor {
    let before: Vec<Tensor> = vars.iter().map(|(_, var)| var.as_detached_tensor().copy().unwrap()).collect();
    for ((name, var), i) in vars.iter().zip(0..) {
        // Where two courses do not overlap, no gradient leads from one to the other.
        let far = if name.starts_with("course") { 0.01 } else { 0.3 };
        let by = (normal(2000 + i, var.dims()) * far).unwrap();
        var.set(&(var.as_tensor() + by).unwrap()).unwrap();
    }
    let made = make().detach();
    vars.iter().zip(before).for_each(|((_, var), before)| var.set(&before).unwrap());
    made
}

#[test]
fn a_generator_learns_one_batch_by_heart() {
    for (makes, lr) in [(POINTS, 0.05), (PICTURES, 2.0), (CLIPS, 0.01)] {
        let (net, vars) = network(|vb| Generator::new(&gan(makes), vb));
        let z = normal(0, &[3, 4]);
        let target = match makes {
            // Not every clip is one picture that moves: one of a generator nearby is.
            Makes::Clips { .. } => nearby(&vars, || net.forward(&z).unwrap()),
            _ => batch(makes, 1, 3).tanh().unwrap(),
        };
        check(&vars, lr, 3000, 0.05, || mse_loss(&net.forward(&z).unwrap(), &target).unwrap());
    }
}

/// One picture, at the place that the course says: at the top left, half a pixel down, at the bottom right.
#[test]
fn a_clip_is_one_picture_that_moves_over_black() {
    let (net, vars) = network(|vb| Generator::new(&gan(CLIPS), vb));
    let set = |name: &str, values: &Tensor| {
        let (_, var) = vars.iter().find(|(found, _)| found == name).unwrap();
        var.set(&values.broadcast_as(var.shape()).unwrap().contiguous().unwrap()).unwrap();
    };
    set("course.head.weight", &Tensor::new(0.0_f32, &Device::Cpu).unwrap());
    // The picture has eight pixels to go, and −0.875 is half a pixel from the edge.
    let course = [-1.0, -1.0, -0.875, -1.0, 1.0, 1.0].map(|place: f32| 2.0 * (0.5 * place).atanh());
    set("course.head.bias", &Tensor::new(&course, &Device::Cpu).unwrap());
    let clip = net.forward(&normal(0, &[1, 4])).unwrap().squeeze(0).unwrap().to_vec3::<f32>().unwrap();
    let near = |found: f32, expected: f32| assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    let picture = |y: usize, x: usize| if y < 8 && x < 8 { clip[0][y][x] } else { -1.0 };
    for (y, x) in (0..16).flat_map(|y| (0..16).map(move |x| (y, x))) {
        let above = if y == 0 { -1.0 } else { picture(y - 1, x) };
        near(clip[0][y][x], picture(y, x));
        near(clip[1][y][x], 0.5 * (picture(y, x) + above));
        near(clip[2][y][x], if y < 8 || x < 8 { -1.0 } else { picture(y - 8, x - 8) });
    }
    assert!(clip[0][0][0] > -1.0, "there is something to move");
}

#[test]
fn a_critic_learns_one_batch_by_heart() {
    for makes in [POINTS, PICTURES, CLIPS] {
        let (net, vars) = network(|vb| Critic::new(&gan(makes), vb));
        let (x, target) = (batch(makes, 0, 4), normal(1, &[4]));
        check(&vars, 0.003, 2000, 0.05, || mse_loss(&net.score(&x).unwrap(), &target).unwrap());
    }
}

/// Against finite differences of the score, of all judges together.
#[test]
fn a_critics_gradient_is_how_its_score_changes() {
    for makes in [POINTS, PICTURES, CLIPS] {
        let (net, _) = network(|vb| Critic::new(&gan(makes), vb));
        let (x, direction) = (batch(makes, 0, 3), batch(makes, 1, 3));
        let score = |by: f64| {
            let score = net.score(&(&x + (&direction * by).unwrap()).unwrap()).unwrap();
            score.to_vec1::<f32>().unwrap()
        };
        let gradient = net.input_gradient(&x).unwrap();
        let along = (gradient * &direction).unwrap().flatten_from(1).unwrap().sum(1).unwrap();
        let found = along.to_vec1::<f32>().unwrap();
        // Short enough to cross few kinks of the leaky ReLUs, long enough for f32.
        let by = 1e-3;
        for ((up, down), found) in score(by).into_iter().zip(score(-by)).zip(found) {
            let expected = f64::from(up - down) / (2.0 * by);
            assert!(
                (f64::from(found) - expected).abs() < 0.05 * expected.abs().max(0.5),
                "{found} {expected}"
            );
        }
    }
}

#[test]
fn a_gan_that_cannot_be_made_is_refused() {
    let check = |config: GanConfig, expected: &str| {
        let error = config.check().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(GanConfig { critic: vec![], ..gan(POINTS) }, "must list 1 to 8 widths");
    check(GanConfig { latent_dim: 0, ..gan(POINTS) }, "`latent_dim` must be from 1 to 4096");
    check(GanConfig { num_waves: 17, ..gan(POINTS) }, "at most 16 waves");
    check(GanConfig { generator: vec![12], ..gan(PICTURES) }, "must be multiples of 8");
    check(gan(Makes::Pictures { in_channels: 1, size: 10 }), "be halved without a rest");
    check(gan(Makes::Clips { num_frames: 0, size: 8, motion_dim: 2 }), "be halved without a rest");
    for motion_dim in [0, 4] {
        check(gan(Makes::Clips { num_frames: 3, size: 8, motion_dim }), "`motion_dim` must be at least 1");
    }
    let (net, _) = network(|vb| Generator::new(&gan(POINTS), vb));
    let error = net.forward(&normal(0, &[2, 3])).unwrap_err().to_string();
    assert!(error.contains("expected z of (b, 4), found (b, 3)"), "{error}");
    let (net, _) = network(|vb| Critic::new(&gan(PICTURES), vb));
    let error = net.score(&normal(0, &[2, 1, 4, 4])).unwrap_err().to_string();
    assert!(error.contains("expected samples of [1, 8, 8], found [2, 1, 4, 4]"), "{error}");
}

/// The same picture, whoever else is in the batch: `--num 4` and `--num 16` must begin alike.
#[test]
fn a_sample_does_not_depend_on_its_batch() {
    let (net, _) = network(|vb| UNet::new(UNetConfig::default(), vb));
    let x = normal(0, &[16, 1, 32, 32]);
    let labels: Vec<u32> = (0..16).map(|i| i % 11).collect();
    let forward = |n: usize| {
        let labels = Tensor::new(&labels[..n], &Device::Cpu).unwrap();
        net.forward(&x.narrow(0, 0, n).unwrap(), &vec![500.0; n], &labels).unwrap()
    };
    let (all, part) = (forward(16), forward(4));
    let bits = |t: Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert_eq!(bits(all.narrow(0, 0, 4).unwrap()), bits(part));
}

#[test]
fn the_default_unet_is_small_enough_for_a_laptop() {
    let (_, vars) = network(|vb| UNet::new(UNetConfig::default(), vb));
    let num_values: usize = vars.iter().map(|(_, var)| var.elem_count()).sum();
    assert!(num_values * 4 < 8_000_000, "{num_values} values of four bytes are over 8 MB");
}

#[test]
fn a_config_that_contradicts_itself_is_refused() {
    let check = |config: UNetConfig, expected: &str| {
        let vars = VarMap::new();
        let error = UNet::new(config, &VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu)).err();
        let error = error.expect("an error").to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(UNetConfig { channels: vec![], ..small_unet() }, "`channels` is empty");
    check(UNetConfig { num_groups: 3, ..small_unet() }, "num_groups = 3 does not divide 8 channels");
    check(UNetConfig { num_heads: 5, ..small_unet() }, "num_heads = 5 does not divide 16 channels");
    check(UNetConfig { size: 18, ..small_unet() }, "a side of 18 cannot be halved 2 times");
    check(UNetConfig { size: 4_000_000_000, ..small_unet() }, "is too large: at most a side of 1024");
    check(UNetConfig { num_classes: usize::MAX, ..small_unet() }, "65536 classes");
    check(UNetConfig { emb_dim: 7, ..small_unet() }, "an even `emb_dim`");
}

#[test]
fn a_picture_of_another_size_is_refused() {
    let (net, _) = network(|vb| UNet::new(small_unet(), vb));
    let labels = Tensor::new(&[0_u32], &Device::Cpu).unwrap();
    let error = net.forward(&normal(0, &[1, 3, 16, 16]), &[0.0], &labels).unwrap_err().to_string();
    assert!(error.contains("expected x_t of (1, 1, 16, 16), found [1, 3, 16, 16]"), "{error}");
}
