//! A batch on its way from noise to pictures, one step each time somebody asks.

use std::sync::Arc;

use candle_core::{DType, Tensor};
use noisebook_ops::{Stream, on_pool};

use crate::editing::Kept;
use crate::{
    BatchNoise, Cond, Denoiser, DiffusionError, Guidance, Rates, Result, Sampler, Station, StepOutput,
    q_sample,
};

/// A sampling under way: `x_t`, and all it takes to go on. Whoever runs it calls [`Sampling::step`]
/// until there is nothing left to do, and may stop, look, or [go back](Sampling::go_to) in between.
///
/// The batch is kept as the network sees it, `signal_rate · x0 + noise_rate · eps`, whatever unit the sampler
/// computes in. So what one sampler left at some t another can [take up](Sampling::go_to) there.
pub struct Sampling {
    denoiser: Arc<dyn Denoiser>,
    sampler: Box<dyn Sampler>,
    cond: Cond,
    guidance: Guidance,
    noise: BatchNoise,
    x_t: Tensor,
    memory: Vec<Tensor>,
    step_idx: usize,
    /// What is known of the pictures beforehand.
    kept: Option<Kept>,
}

/// What one step saw and where it went; every tensor has the batch's shape and no history.
#[derive(Clone, Debug)]
pub struct SamplingStep {
    /// Which step it was, from 0.
    pub step_idx: usize,
    /// What the denoiser was told: diffusers' timestep, which may lie between two steps of the table.
    pub timestep: f64,
    /// The moment at which the step started, in steps applied; rounded where it lies between two.
    pub t: usize,
    /// The batch before the step, as the denoiser saw it; where the step was taken [more than
    /// once](crate::Alteration::within), before the first of its rounds. All else is of the last.
    pub x_t: Tensor,
    /// The pictures that the denoiser sees behind `x_t`.
    pub pred_x0: Tensor,
    /// The noise that the denoiser sees in `x_t`.
    pub pred_eps: Tensor,
    /// The batch after the step, as the denoiser would see it there.
    pub prev_sample: Tensor,
    /// What the next step needs of this one, as many tensors as [`Sampling::num_kept`] says.
    pub memory: Vec<Tensor>,
}

impl Sampling {
    /// A batch of pure noise, with every step still to be taken.
    ///
    /// # Errors
    /// When the guidance's scale is not a finite number or its interval is empty, or the device has no room for
    /// the batch.
    pub fn new(
        denoiser: Arc<dyn Denoiser>,
        sampler: Box<dyn Sampler>,
        cond: Cond,
        guidance: Guidance,
        noise: BatchNoise,
    ) -> Result<Self> {
        guidance.check()?;
        let x_t = sampler.scale_model_input(&(noise.init()? * sampler.init_sigma())?, 0)?;
        Ok(Self {
            denoiser,
            sampler,
            cond,
            guidance,
            noise,
            x_t,
            memory: Vec::new(),
            step_idx: 0,
            kept: None,
        })
    }

    /// The same from another batch, in which this is kept.
    pub(crate) fn keeping(self, kept: Option<Kept>, x_t: Tensor) -> Self {
        Self { kept, x_t, ..self }
    }

    /// The number of steps from noise to pictures, and of calls of the network where guidance is off.
    pub fn num_steps(&self) -> usize {
        self.sampler.stations().len()
    }

    /// The index of the step to be taken next: the number of steps taken.
    pub fn step_idx(&self) -> usize {
        self.step_idx
    }

    /// The moment at which each step starts, and what the network is told there.
    pub fn stations(&self) -> &[Station] {
        self.sampler.stations()
    }

    /// The t at which step `step_idx` starts; 0 after the last one.
    pub fn t(&self, step_idx: usize) -> usize {
        self.stations().get(step_idx).map_or(0, |station| station.t)
    }

    /// How much picture and noise there is in the batch at the start of step `step_idx`; only picture
    /// after the last one.
    pub fn rates(&self, step_idx: usize) -> Rates {
        self.sampler.rates(step_idx)
    }

    /// How many tensors of the batch's shape a step needs of the one before it.
    pub fn num_kept(&self) -> usize {
        self.sampler.num_kept()
    }

    /// The batch as it is now, `(b, …)`: noise at first, pictures when all steps are taken.
    pub fn x_t(&self) -> &Tensor {
        &self.x_t
    }

    /// What the next step needs of the one before it, beside the batch; nothing before the first one.
    pub fn memory(&self) -> &[Tensor] {
        &self.memory
    }

    /// Goes to the start of step `step_idx` with the batch and the memory as they were there. The steps
    /// from there on meet the same noise again, so the same batch leads to the same pictures.
    ///
    /// Step 0 needs no memory: a batch that another sampler left at the t of this one's first step goes on
    /// here with `go_to(0, x_t, &[])`.
    ///
    /// # Errors
    /// When there is no such step, or a tensor is not of the batch's shape.
    pub fn go_to(&mut self, step_idx: usize, x_t: &Tensor, memory: &[Tensor]) -> Result<()> {
        if step_idx > self.num_steps() {
            return Err(DiffusionError::StepIndex { found: step_idx, max: self.num_steps() });
        }
        let expected = if step_idx == 0 { memory.len() } else { self.num_kept() };
        if memory.len() != expected {
            return Err(DiffusionError::Memory { found: memory.len(), expected });
        }
        if let Some(other) = [x_t].into_iter().chain(memory).find(|x| x.dims() != self.noise.shape()) {
            return Err(DiffusionError::BatchShape { found: other.dims().to_vec() });
        }
        self.x_t = x_t.detach();
        self.memory = memory.iter().map(Tensor::detach).collect();
        self.step_idx = step_idx;
        Ok(())
    }

    /// Takes one step, or says that all are taken.
    ///
    /// # Errors
    /// When the denoiser or a tensor operation fails, or a value is no longer a number. The batch is then as it was.
    pub fn step(&mut self) -> Result<Option<SamplingStep>> {
        let step_idx = self.step_idx;
        let Some(&station) = self.sampler.stations().get(step_idx) else {
            return Ok(None);
        };
        let Station { timestep, t, rates } = station;
        let up = self.rates(step_idx + 1).up_to(rates);
        // The second half of a step of Heun's goes nowhere, and cannot be taken back.
        let num_rounds = self.kept.as_ref().filter(|_| up.noise_rate > 0.0).map_or(1, Kept::num_rounds);
        // What was made in other noise is no help to one who goes back, and looking back at it again and again leads away.
        let memory = if num_rounds == 1 { &self.memory[..] } else { &[] };
        let (mut output, mut prev_sample) = self.down(&station, &self.x_t, memory, 0)?;
        for round in 1..num_rounds {
            let eps = self.noise.round(Stream::Back, step_idx, round)?;
            let x_t = q_sample(&prev_sample, &eps, up)?.detach();
            (output, prev_sample) = self.down(&station, &x_t, memory, round)?;
        }
        // A sum is finite only if every value is.
        if !prev_sample.sum_all()?.to_dtype(DType::F64)?.to_scalar::<f64>()?.is_finite() {
            return Err(DiffusionError::NotANumber { timestep });
        }
        let x_t = std::mem::replace(&mut self.x_t, prev_sample.clone());
        self.memory = output.memory.iter().map(Tensor::detach).collect();
        self.step_idx += 1;
        Ok(Some(SamplingStep {
            step_idx,
            timestep,
            t,
            x_t,
            pred_x0: output.pred_x0.detach(),
            pred_eps: output.pred_eps.detach(),
            prev_sample,
            memory: self.memory.clone(),
        }))
    }

    /// The step down from `x_t`, in one of its rounds: what the sampler says of it, and the batch after it.
    fn down(
        &self,
        station: &Station,
        x_t: &Tensor,
        memory: &[Tensor],
        round: usize,
    ) -> Result<(StepOutput, Tensor)> {
        let Self { denoiser, cond, guidance, step_idx, .. } = self;
        let step_idx = *step_idx;
        let predict = || guidance.predict(&**denoiser, x_t, station, cond);
        let model_output = on_pool(predict)?.detach();
        let mut noise = || self.noise.round(Stream::Step, step_idx, round);
        let x = self.sampler.sample_from_model_input(x_t, step_idx)?;
        let output = self.sampler.step(&model_output, step_idx, &x, memory, &mut noise)?;
        let mut prev_sample = self.sampler.scale_model_input(&output.prev_sample, step_idx + 1)?.detach();
        if let Some(kept) = &self.kept {
            let eps = || self.noise.round(Stream::Known, step_idx, round);
            prev_sample = kept.put_back(&prev_sample, self.rates(step_idx + 1), eps)?;
        }
        Ok((output, prev_sample))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;
    use noisebook_ops::Noise;

    use super::*;
    use crate::{Clip, GaussianDenoiser, NoiseSchedule, SamplerConfig, SamplerName, Variance};

    const MEAN: f64 = 0.3;
    const STD: f64 = 0.5;

    fn sampling(config: &SamplerConfig, seed: u64, first_sample: u64, shape: &[usize]) -> Sampling {
        let schedule = NoiseSchedule::linear(1000, 1e-4, 0.02).unwrap();
        let sampler = config.build(&schedule).unwrap();
        let denoiser = Arc::new(GaussianDenoiser::new(schedule, MEAN, STD));
        let noise = BatchNoise::new(Noise::new(seed), first_sample, shape, &Device::Cpu).unwrap();
        Sampling::new(denoiser, sampler, Cond::null(), Guidance::Off, noise).unwrap()
    }

    fn finish(mut sampling: Sampling) -> Vec<Vec<f32>> {
        while sampling.step().unwrap().is_some() {}
        sampling.x_t().flatten_from(1).unwrap().to_vec2().unwrap()
    }

    fn noisy_ddim(num_inference_steps: usize) -> SamplerConfig {
        SamplerConfig {
            sampler: SamplerName::Ddim,
            eta: 0.7,
            num_inference_steps,
            ..SamplerConfig::default()
        }
    }

    /// With the best possible denoiser, samples are distributed as the data.
    #[test]
    fn samplers_recover_mean_and_variance() {
        let check = |what: &str, config: SamplerConfig| {
            let config = SamplerConfig { clip: Clip::Off, ..config };
            let samples = finish(sampling(&config, 5, 0, &[4, 10_000])).concat();
            let num = samples.len() as f64;
            let mean = samples.iter().map(|&x| f64::from(x)).sum::<f64>() / num;
            let variance = samples.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / num;
            // 40,000 numbers have a standard error of 0.5 % of the deviation; the rest is for steps of finite size.
            assert!((mean - MEAN).abs() < 0.015, "{what}: mean {mean}");
            assert!((variance.sqrt() / STD - 1.0).abs() < 0.03, "{what}: deviation {}", variance.sqrt());
        };
        let full = SamplerConfig { num_inference_steps: 1000, ..SamplerConfig::default() };
        check("DDPM, small variance", full);
        check("DDPM, large variance", SamplerConfig { variance: Variance::FixedLarge, ..full });
        check("DDIM", SamplerConfig { sampler: SamplerName::Ddim, ..full });
        check("DDIM, eta 1", SamplerConfig { sampler: SamplerName::Ddim, eta: 1.0, ..full });
        check(
            "DDIM in 250 steps",
            SamplerConfig { sampler: SamplerName::Ddim, num_inference_steps: 250, ..full },
        );
        for &sampler in SamplerName::ALL {
            let config = SamplerConfig { sampler, num_inference_steps: 250, ..SamplerConfig::for_pictures() };
            check(&sampler.to_string(), config);
            check(&format!("{sampler}, karras"), SamplerConfig { karras: true, ..config });
        }
    }

    #[test]
    fn a_sample_does_not_depend_on_its_batch() {
        let every = SamplerName::ALL.iter().map(|&sampler| SamplerConfig {
            sampler,
            num_inference_steps: 20,
            ..SamplerConfig::for_pictures()
        });
        for config in every.chain([noisy_ddim(20)]) {
            assert_eq!(finish(sampling(&config, 1, 0, &[2, 8])), finish(sampling(&config, 1, 0, &[2, 8])));
            let sixteen = finish(sampling(&config, 1, 0, &[16, 1, 4, 4]));
            assert_eq!(finish(sampling(&config, 1, 0, &[4, 1, 4, 4])), sixteen[..4]);
            assert_eq!(finish(sampling(&config, 1, 9, &[2, 1, 4, 4])), sixteen[9..11]);
            assert_ne!(sixteen[0], sixteen[1]);
            assert_ne!(finish(sampling(&config, 2, 0, &[16, 1, 4, 4])), sixteen);
        }
    }

    #[test]
    fn going_back_leads_to_the_same_pictures() {
        for &sampler in SamplerName::ALL {
            for idx in [0_usize, 4, 5] {
                let config = SamplerConfig { sampler, ..noisy_ddim(10) };
                let mut sampling = sampling(&config, 3, 0, &[2, 8]);
                let steps: Vec<_> = std::iter::from_fn(|| sampling.step().unwrap()).collect();
                let end = sampling.x_t().to_vec2::<f32>().unwrap();
                let memory = idx.checked_sub(1).map_or(&[][..], |before| &steps[before].memory);
                sampling.go_to(idx, &steps[idx].x_t, memory).unwrap();
                assert_eq!(sampling.step_idx(), idx);
                assert_eq!(finish(sampling), end, "{sampler} from step {idx}");
            }
        }
    }

    /// Half the way by one sampler, the rest by another from the same moment on.
    #[test]
    fn a_batch_passes_from_sampler_to_sampler() {
        let end = |config: &SamplerConfig| finish(sampling(config, 3, 0, &[2, 500])).concat();
        let fine = |sampler| SamplerConfig {
            sampler,
            num_inference_steps: 100,
            clip: Clip::Off,
            ..SamplerConfig::for_pictures()
        };
        let straight = end(&fine(SamplerName::Ddim));
        for &first in SamplerName::ALL {
            for &second in &[
                SamplerName::Ddim,
                SamplerName::Euler,
                SamplerName::Heun,
                SamplerName::UniPc,
                SamplerName::DpmPp2m,
                SamplerName::FlowEuler,
            ] {
                let mut before = sampling(&fine(first), 3, 0, &[2, 500]);
                while before.t(before.step_idx()) != 500 {
                    before.step().unwrap();
                }
                let config = SamplerConfig { start_t: Some(500), num_inference_steps: 50, ..fine(second) };
                let mut after = sampling(&config, 3, 0, &[2, 500]);
                assert_eq!(after.t(0), 500);
                after.go_to(0, before.x_t(), &[]).unwrap();
                let found = finish(after).concat();
                if [SamplerName::Ddpm, SamplerName::EulerAncestral].contains(&first) {
                    continue;
                }
                let error = found.iter().zip(&straight).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(error < 0.1, "{first}, then {second}: {error}");
            }
        }
    }

    #[test]
    fn steps_report_where_they_are() {
        let mut sampling = sampling(&noisy_ddim(5), 0, 0, &[1, 3]);
        assert_eq!(sampling.stations().iter().map(|at| at.t).collect::<Vec<_>>(), [801, 601, 401, 201, 1]);
        let mut x_t = sampling.x_t().to_vec2::<f32>().unwrap();
        for (step_idx, timestep) in [800_u32, 600, 400, 200, 0].into_iter().enumerate() {
            let step = sampling.step().unwrap().unwrap();
            assert_eq!(
                (step.step_idx, step.timestep, step.t),
                (step_idx, f64::from(timestep), timestep as usize + 1)
            );
            assert_eq!(step.x_t.to_vec2::<f32>().unwrap(), x_t);
            x_t = step.prev_sample.to_vec2().unwrap();
        }
        assert!(sampling.step().unwrap().is_none());
    }

    /// A denoiser whose weights ask for gradients, as a network in training does.
    struct Trained(candle_core::Var);

    impl Denoiser for Trained {
        fn predict(&self, x_t: &Tensor, _t: f64, _cond: &Cond) -> candle_core::Result<Tensor> {
            x_t.broadcast_mul(self.0.as_tensor())
        }
    }

    #[test]
    fn sampling_keeps_no_graph() {
        let schedule = NoiseSchedule::cosine(10).unwrap();
        let config = SamplerConfig { num_inference_steps: 10, ..SamplerConfig::default() };
        let weight = candle_core::Var::new(0.5_f32, &Device::Cpu).unwrap();
        let noise = BatchNoise::new(Noise::new(0), 0, &[1, 3], &Device::Cpu).unwrap();
        let denoiser = Arc::new(Trained(weight.clone()));
        let sampler = config.build(&schedule).unwrap();
        let mut sampling = Sampling::new(denoiser, sampler, Cond::null(), Guidance::Off, noise).unwrap();
        let step = sampling.step().unwrap().unwrap();
        for tensor in [&step.x_t, &step.pred_x0, &step.pred_eps, &step.prev_sample, sampling.x_t()] {
            let gradients = tensor.sum_all().unwrap().backward().unwrap();
            assert!(gradients.get(&weight).is_none());
        }
    }

    #[test]
    fn wrong_batches_are_refused_in_a_sentence() {
        let check = |shape: &[usize], found: &str| {
            let error = BatchNoise::new(Noise::new(0), 0, shape, &Device::Cpu).unwrap_err();
            let sentence =
                format!("a batch needs the shape (samples, axes…) with nothing zero, but has {found}");
            assert_eq!(error.to_string(), sentence);
        };
        check(&[0, 1, 4, 4], "[0, 1, 4, 4]");
        check(&[4], "[4]");
        let mut sampling = sampling(&noisy_ddim(5), 0, 0, &[1, 3]);
        let two = Tensor::zeros((2, 3), candle_core::DType::F32, &Device::Cpu).unwrap();
        assert!(sampling.go_to(0, &two, &[]).is_err());
        let x_t = sampling.x_t().clone();
        assert!(sampling.go_to(6, &x_t, &[]).is_err());
        assert!(sampling.go_to(1, &x_t, &[two]).is_err());
    }

    #[test]
    fn a_value_that_is_not_a_number_ends_the_sampling() {
        struct Overflowing;
        impl Denoiser for Overflowing {
            fn predict(&self, x_t: &Tensor, _: f64, _: &Cond) -> candle_core::Result<Tensor> {
                (x_t * f64::INFINITY)?.sqr()? - f64::INFINITY
            }
        }
        let schedule = NoiseSchedule::cosine(10).unwrap();
        let sampler =
            SamplerConfig { num_inference_steps: 5, ..SamplerConfig::default() }.build(&schedule).unwrap();
        let noise = BatchNoise::new(Noise::new(0), 0, &[1, 4], &Device::Cpu).unwrap();
        let mut sampling =
            Sampling::new(Arc::new(Overflowing), sampler, Cond::null(), Guidance::Off, noise).unwrap();
        let message = sampling.step().unwrap_err().to_string();
        assert!(message.contains("not a number after timestep"), "{message}");
    }
}
