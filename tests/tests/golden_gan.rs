//! The losses of a GAN and the gradient penalty against PyTorch's autograd (`tests/peers/gan_golden.py`).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, HashMap};

use candle_core::{DType, Device, Tensor, Var, safetensors};
use noisebook_nets::{Critic, GanConfig, Generator, Makes, VarBuilder};
use noisebook_train::{GanLoss, gradient_penalty};

/// Of the largest value of what is compared.
const TOLERANCE: f64 = 1e-4;

struct Golden(HashMap<String, Tensor>);

impl Golden {
    /// The tensors whose names begin so, without that beginning.
    fn part(&self, prefix: &str) -> Self {
        let strip = |(name, tensor): (&String, &Tensor)| {
            Some((name.strip_prefix(prefix)?.to_owned(), tensor.clone()))
        };
        Self(self.0.iter().filter_map(strip).collect())
    }

    fn load() -> Self {
        Self(safetensors::load_buffer(include_bytes!("../golden/gan.safetensors"), &Device::Cpu).unwrap())
    }

    #[track_caller]
    fn check(&self, name: &str, found: &Tensor) {
        let expected = &self.0[name];
        assert_eq!(found.dims(), expected.dims(), "{name}");
        let largest = |x: &Tensor| {
            let x = x.abs().unwrap().flatten_all().unwrap().max(0).unwrap();
            f64::from(x.to_scalar::<f32>().unwrap())
        };
        let error = largest(&(found - expected).unwrap());
        let size = largest(expected).max(1e-3);
        assert!(error <= TOLERANCE * size, "{name}: off by {error} of {size}");
    }
}

fn check_critic(golden: &Golden, config: &GanConfig) {
    let weights: BTreeMap<String, Var> = golden
        .part("weights.")
        .0
        .into_iter()
        .map(|(name, tensor)| (name, Var::from_tensor(&tensor).unwrap()))
        .collect();
    let tensors = weights.iter().map(|(name, var)| (name.clone(), var.as_tensor().clone())).collect();
    let critic = Critic::new(config, &VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu)).unwrap();
    let [judge] = critic.judges() else { panic!("one judge sees everything") };

    let between = &golden.0["between"];
    golden.check("score", &critic.score(between).unwrap());
    golden.check("slope", &judge.input_gradient(between).unwrap());
    golden.check("slope", &critic.input_gradient(between).unwrap());
    let (_, penalty) = gradient_penalty(judge, between).unwrap();
    golden.check("penalty", &penalty);
    let gradients = penalty.backward().unwrap();
    for (name, var) in &weights {
        let gradient = gradients.get(var).cloned().unwrap_or_else(|| var.zeros_like().unwrap());
        golden.check(&format!("grad.{name}"), &gradient);
    }

    let (real, made) = (critic.score(&golden.0["real"]).unwrap(), critic.score(&golden.0["made"]).unwrap());
    let gradient = critic.input_gradient(&golden.0["made"]).unwrap();
    for (name, loss) in GanLoss::NAMES.into_iter().zip(GanLoss::ALL) {
        golden.check(&format!("critic.{name}"), &loss.of_critic(&real, &made).unwrap());
        golden.check(&format!("generator.{name}"), &loss.of_generator(&made).unwrap());
        let pushes =
            made.to_vec1::<f32>().unwrap().into_iter().map(|score| loss.push(f64::from(score)) as f32);
        let mut shape = vec![1; gradient.rank()];
        shape[0] = made.dims()[0];
        let pushes = Tensor::from_vec(pushes.collect(), shape, &Device::Cpu).unwrap();
        golden.check(&format!("push.{name}"), &gradient.broadcast_mul(&pushes).unwrap());
    }
}

#[test]
fn a_critic_of_points_agrees_with_pytorch_in_every_loss_and_the_penalty() {
    let config = GanConfig {
        makes: Makes::Points { dim: 2 },
        latent_dim: 2,
        generator: vec![4],
        critic: vec![16, 12],
        num_waves: 2,
        fold: Vec::new(),
    };
    check_critic(&Golden::load().part("points."), &config);
}

#[test]
fn a_critic_of_pictures_agrees_with_pytorch_in_every_loss_and_the_penalty() {
    let config = GanConfig {
        makes: Makes::Pictures { in_channels: 2, size: 8 },
        latent_dim: 2,
        generator: vec![8],
        critic: vec![12, 8],
        num_waves: 0,
        fold: Vec::new(),
    };
    check_critic(&Golden::load().part("pictures."), &config);
}

fn check_generator(part: &str, makes: Makes) {
    let golden = Golden::load().part(part);
    let config = GanConfig {
        makes,
        latent_dim: 5,
        generator: vec![16, 8],
        critic: vec![8],
        num_waves: 0,
        fold: Vec::new(),
    };
    let weights = golden.part("weights.").0;
    let vb = VarBuilder::from_tensors(weights, DType::F32, &Device::Cpu);
    golden.check("made", &Generator::new(&config, &vb).unwrap().forward(&golden.0["z"]).unwrap());
}

#[test]
fn generators_agree_with_their_pytorch_mirrors() {
    check_generator("generator.", Makes::Pictures { in_channels: 2, size: 16 });
    check_generator("clips.", Makes::Clips { num_frames: 3, size: 16, motion_dim: 2 });
}
