//! From a picture up to the noise that DDIM would make it of.
//!
//! Without fresh noise the way of DDIM is determined in both directions: Song et al. 2020, "Denoising
//! Diffusion Implicit Models" (2010.02502), section 4.3. A step down from `x_b` to `x_a` is
//! `x_a = s_a / s_b · x_b + (n_a − s_a · n_b / s_b) · eps(x_b)`, and its inverse
//! `x_b = s_b / s_a · x_a + (n_b − n_a · s_b / s_a) · eps(x_b)`. On the right stands the noise in the very
//! `x_b` that is looked for, so one begins with `eps(x_a)` and puts in what comes out, again and again, as
//! Pan et al. 2023, "Effective Real Image Editing with Accelerated Iterative Diffusion Inversion"
//! (2309.04907), do; the change becomes smaller each time.

use std::sync::Arc;

use candle_core::Tensor;
use noisebook_ops::on_pool;

use crate::stations::Reading;
use crate::{Cond, Denoiser, Guidance, NoiseSchedule, Prediction, Rates, Result, SamplerConfig, Station};

/// A batch of pictures on its way up to noise. Whoever runs it calls [`Inversion::step`] until there is
/// nothing left to do, and [`Sampling`](crate::Sampling) by [`Ddim`](crate::Ddim) leads back.
pub struct Inversion {
    denoiser: Arc<dyn Denoiser>,
    cond: Cond,
    guidance: Guidance,
    prediction: Prediction,
    /// From the picture up: the moments of the sampling, the last first.
    stations: Vec<Station>,
    num_looks: usize,
    x_t: Tensor,
    step_idx: usize,
}

impl Inversion {
    /// The pictures `x0`, `(b, …)`, with every step still to be taken, at the moments at which `config` samples with
    /// [`Stride::ToNext`](crate::Stride::ToNext). In each step the network is asked `num_looks` times, at least once.
    ///
    /// # Errors
    /// When the config does not fit the schedule, or the guidance cannot be followed.
    pub fn new(
        denoiser: Arc<dyn Denoiser>,
        schedule: &NoiseSchedule,
        config: &SamplerConfig,
        cond: Cond,
        guidance: Guidance,
        x0: &Tensor,
        num_looks: usize,
    ) -> Result<Self> {
        guidance.check()?;
        let mut stations = config.stations(schedule, Reading::Whole)?;
        stations.reverse();
        Ok(Self {
            denoiser,
            cond,
            guidance,
            prediction: config.prediction,
            stations,
            num_looks: num_looks.max(1),
            x_t: x0.detach(),
            step_idx: 0,
        })
    }

    /// The number of steps from the pictures to noise.
    pub fn num_steps(&self) -> usize {
        self.stations.len()
    }

    /// The number of steps taken.
    pub fn step_idx(&self) -> usize {
        self.step_idx
    }

    /// The batch as it is now, `(b, …)`: pictures at first, noise when all steps are taken.
    pub fn x_t(&self) -> &Tensor {
        &self.x_t
    }

    /// Takes one step up, and says at which t it arrived; nothing when all are taken.
    ///
    /// # Errors
    /// When the denoiser or a tensor operation fails. The batch is then as it was.
    pub fn step(&mut self) -> Result<Option<usize>> {
        let Some(station) = self.stations.get(self.step_idx) else {
            return Ok(None);
        };
        let &Station { t, rates, .. } = station;
        let before = self.step_idx.checked_sub(1).and_then(|idx| self.stations.get(idx));
        let before = before.map_or(Rates::new(1.0), |station| station.rates);
        let x_rate = rates.signal_rate / before.signal_rate;
        let eps_rate = rates.noise_rate - before.noise_rate * x_rate;
        let mut x_t = self.x_t.clone();
        for _ in 0..self.num_looks {
            let predict = || self.guidance.predict(&*self.denoiser, &x_t, station, &self.cond);
            let model_output = on_pool(predict)?.detach();
            let pred_eps = self.prediction.predict_eps(&model_output, &x_t, rates)?;
            // x_b = s_b / s_a · x_a + (n_b − n_a · s_b / s_a) · eps(x_b)
            x_t = ((&self.x_t * x_rate)? + (pred_eps * eps_rate)?)?;
        }
        self.x_t = x_t.detach();
        self.step_idx += 1;
        Ok(Some(t))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;
    use noisebook_ops::Noise;

    use super::*;
    use crate::{BatchNoise, Clip, GaussianDenoiser, SamplerConfig, SamplerName, Sampling};

    /// There and back again on Gaussian data: the largest error.
    fn there_and_back(schedule: &NoiseSchedule, prediction: Prediction, num_looks: usize) -> f32 {
        let config = SamplerConfig {
            sampler: SamplerName::Ddim,
            num_inference_steps: 50,
            prediction,
            clip: Clip::Off,
            ..SamplerConfig::for_pictures()
        };
        let denoiser = Arc::new(GaussianDenoiser::new(schedule.clone(), 0.3, 0.5).predicting(prediction));
        let noise = BatchNoise::new(Noise::new(1), 0, &[2, 100], &Device::Cpu).unwrap();
        let x0 = ((noise.init().unwrap() * 0.5).unwrap() + 0.3).unwrap();
        let mut up =
            Inversion::new(denoiser.clone(), schedule, &config, Cond::null(), Guidance::Off, &x0, num_looks)
                .unwrap();
        let mut last_t = 0;
        while let Some(t) = up.step().unwrap() {
            assert!(t > last_t);
            last_t = t;
        }
        assert_eq!((last_t, up.step_idx(), up.num_steps()), (1000, 50, 50));
        let sampler = config.build(schedule).unwrap();
        let mut down = Sampling::new(denoiser, sampler, Cond::null(), Guidance::Off, noise).unwrap();
        down.go_to(0, up.x_t(), &[]).unwrap();
        while down.step().unwrap().is_some() {}
        let error = (down.x_t() - &x0).unwrap().abs().unwrap().flatten_all().unwrap();
        error.max(0).unwrap().to_scalar().unwrap()
    }

    #[test]
    fn the_way_back_leads_to_where_one_began() {
        let linear = NoiseSchedule::linear(1000, 1e-4, 0.02).unwrap();
        for &prediction in Prediction::ALL {
            let [once, often] = [1, 8].map(|num_looks| there_and_back(&linear, prediction, num_looks));
            assert!(once < 0.2 && often < 1e-3, "{prediction}: {once} at one look, {often} at eight");
            assert!(often < 0.1 * once, "{prediction}: {once} at one look, {often} at eight");
        }
        let cosine = NoiseSchedule::cosine(1000).unwrap();
        let error = there_and_back(&cosine, Prediction::V, 8);
        assert!(error < 0.01, "{error}");
    }
}
