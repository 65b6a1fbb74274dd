//! Pictures out of noise, or out of another picture, batch after batch: what `sample` draws and `eval` measures.

use anyhow::bail;
use noisebook_data::Picture;
use noisebook_diffusion::{Alteration, BatchNoise, Guidance, SamplerConfig, Sampling, SamplingStep};
use noisebook_ops::{DType, Device, Noise, Tensor};
use noisebook_shelf::{Asked, DiffusionModel};

use crate::stop;

/// Pictures computed at once. It bounds the memory and changes no picture, whose noise is counted
/// by its number.
pub const BATCH: usize = 16;

/// What is to be made.
pub struct Plan {
    pub config: SamplerConfig,
    pub cfg_scale: f64,
    pub seed: u64,
    /// One for each picture.
    pub asked: Asked,
    /// The one label or prompt to lead away from.
    pub negative: Option<Asked>,
    /// What the pictures are made of, where it is not noise.
    pub alteration: Option<Alteration>,
}

impl Plan {
    /// The model's own way of sampling, every label as often as every other; a model that is told words, none.
    pub fn defaults(model: &DiffusionModel, num: usize, seed: u64) -> Self {
        let last = model.num_classes.saturating_sub(1) as u32;
        let asked = match model.tokenizer() {
            Some(_) => Asked::Prompts(vec![String::new(); num]),
            // 0, 1, …, 9, 0, 1, …
            None => Asked::Labels((0..=last).cycle().take(num).collect()),
        };
        Self {
            config: model.sampler_config(),
            cfg_scale: model.sampling.cfg_scale,
            seed,
            asked,
            negative: None,
            alteration: None,
        }
    }

    /// How many pictures there will be.
    pub fn num(&self) -> usize {
        self.asked.num()
    }

    /// How many steps lead to a picture.
    pub fn num_steps(&self, model: &DiffusionModel) -> usize {
        let num_train_timesteps = model.schedule.num_train_timesteps();
        let config = match &self.alteration {
            Some(alteration) => alteration.config(&self.config, num_train_timesteps),
            None => Some(self.config),
        };
        config.map_or(0, |config| config.num_network_calls())
    }

    /// How often the network is asked for a picture, guidance aside.
    pub fn num_network_calls(&self, model: &DiffusionModel) -> usize {
        let num_train_timesteps = model.schedule.num_train_timesteps();
        match &self.alteration {
            Some(alteration) => alteration.num_network_calls(&self.config, num_train_timesteps),
            None => self.config.num_network_calls(),
        }
    }

    /// How many batches the pictures are made in; `on_step` will be called for each step of each.
    pub fn num_batches(&self) -> usize {
        self.num().div_ceil(BATCH)
    }

    /// Every picture, `(c, h, w)` each. `on_step` sees each step and the number of its first sample.
    ///
    /// # Errors
    /// When the model fails, or Ctrl-C was pressed.
    pub fn run(
        &self,
        model: &DiffusionModel,
        mut on_step: impl FnMut(usize, &SamplingStep) -> anyhow::Result<()>,
    ) -> anyhow::Result<Vec<Picture>> {
        let mut pictures = Vec::with_capacity(self.num());
        for first_sample in (0..self.num()).step_by(BATCH) {
            let batch = first_sample..self.num().min(first_sample + BATCH);
            let shape = [&[batch.len()], &model.sample_shape[..]].concat();
            let noise = BatchNoise::new(Noise::new(self.seed), first_sample as u64, &shape, &model.device)?;
            let cond = model.cond(&self.asked.cycled(first_sample, batch.len()))?;
            let guidance = Guidance::Scale(self.cfg_scale);
            let guidance = match &self.negative {
                Some(negative) => guidance.away_from(model.cond(&negative.cycled(0, batch.len()))?),
                None => guidance,
            };
            let (denoiser, schedule) = (model.denoiser.clone(), &model.schedule);
            let mut sampling = match &self.alteration {
                Some(alteration) => {
                    Sampling::altering(denoiser, schedule, &self.config, cond, guidance, noise, alteration)?
                }
                None => Sampling::new(denoiser, self.config.build(schedule)?, cond, guidance, noise)?,
            };
            while let Some(step) = sampling.step()? {
                if stop::requested() {
                    bail!("stopped, and nothing was written");
                }
                on_step(first_sample, &step)?;
            }
            pictures.extend(pictures_from_tensor(sampling.x_t())?);
        }
        Ok(pictures)
    }
}

/// Each sample of `(b, c, h, w)` as an array.
///
/// # Errors
/// When the tensor has other axes, or cannot be read back from its device.
pub fn pictures_from_tensor(x: &Tensor) -> anyhow::Result<Vec<Picture>> {
    let (_, c, h, w) = x.dims4()?;
    let values: Vec<f32> = x.to_device(&Device::Cpu)?.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?;
    values.chunks(c * h * w).map(|sample| Ok(Picture::from_shape_vec((c, h, w), sample.to_vec())?)).collect()
}
