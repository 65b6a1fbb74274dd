//! A run in which something is broken on purpose, and the healthy one beside it, from the same noise.

use crate::fault::Fault;
use crate::rescheduled::rescheduled;
use crate::{
    Context, Denoising, DenoisingModel, Experiment, LabError, Moment, NamedPicture, Number, Pixel,
    PixelMoment, Progress, PromptWord, Settings, StepFormula, Value,
};
use noisebook_shelf::Shelf;

/// Denoising with a fault. Its moments have one more picture, `healthy`: the healthy run's `x_t`.
pub(crate) struct Broken {
    broken: Box<dyn Experiment>,
    healthy: Box<dyn Experiment>,
}

/// Starts `denoising`, with the healthy run beside it where something is broken.
pub(crate) fn start(settings: Settings, context: &Context) -> Result<Box<dyn Experiment>, LabError> {
    let fault = Fault::named(settings.text("fault")?);
    if fault == Fault::None {
        return Ok(Box::new(Denoising::start(settings, context)?));
    }
    if settings.text("source")? != "none" {
        let why = "a fault is shown on the whole way from noise: leave out `source`, or `fault`".to_owned();
        return Err(LabError::Model { model: settings.text("model")?.to_owned(), why });
    }
    let store = context.store.as_ref();
    let load = |name: &str| -> Result<DenoisingModel, LabError> {
        rescheduled(Shelf::new(store).diffusion_model(name, &context.device)?.into(), &settings)
    };
    let asked_for = settings.text("model")?;
    let name = fault.model_name(asked_for, store)?;
    let broken = load(&name)?;
    let healthy = if name == asked_for { broken.clone() } else { load(asked_for)? };
    Ok(Box::new(Broken::new(broken, healthy, settings)?))
}

impl Broken {
    /// The same noise and the same settings for both networks, which may be one.
    pub(crate) fn new(
        broken: DenoisingModel,
        healthy: DenoisingModel,
        settings: Settings,
    ) -> Result<Self, LabError> {
        let healthy = Denoising::new(healthy, without_fault(&settings)?)?;
        Ok(Self { broken: Box::new(Denoising::new(broken, settings)?), healthy: Box::new(healthy) })
    }
}

fn without_fault(settings: &Settings) -> Result<Settings, LabError> {
    let mut settings = settings.clone();
    settings.set("fault", "none")?;
    Ok(settings)
}

impl Experiment for Broken {
    fn settings(&self) -> &Settings {
        self.broken.settings()
    }

    fn num_moments(&self) -> usize {
        self.broken.num_moments()
    }

    fn t_of(&self, idx: usize) -> usize {
        self.broken.t_of(idx)
    }

    fn num_computed(&self) -> usize {
        self.broken.num_computed()
    }

    fn step(&mut self) -> Result<Progress, LabError> {
        // The healthy one first: whatever moment can be seen has its counterpart.
        self.healthy.step()?;
        self.broken.step()
    }

    fn moment(&mut self, idx: usize) -> Result<Moment, LabError> {
        let mut moment = self.broken.moment(idx)?;
        let beside = self.healthy.moment(idx)?.pictures.into_iter().find(|named| named.name == "x_t");
        let beside = beside.map(|named| NamedPicture { name: "healthy", pictures: named.pictures });
        moment.pictures.extend(beside);
        Ok(moment)
    }

    fn measure(&mut self, name: &str, idx: usize) -> Result<Number, LabError> {
        self.broken.measure(name, idx)
    }

    /// The broken one is looked into.
    fn change(&mut self, setting: &str, value: Value) -> Result<bool, LabError> {
        self.broken.change(setting, value)
    }

    /// A branch of both.
    fn branch(
        &mut self,
        idx: usize,
        settings: Settings,
        max_bytes: usize,
    ) -> Result<Box<dyn Experiment>, LabError> {
        let max_bytes = max_bytes >> 1;
        // First the broken one, which knows what cannot change.
        let broken = self.broken.branch(idx, settings.clone(), max_bytes)?;
        let healthy = self.healthy.branch(idx, without_fault(&settings)?, max_bytes)?;
        Ok(Box::new(Self { broken, healthy }))
    }

    fn formula(&mut self, idx: usize) -> Result<Option<StepFormula>, LabError> {
        self.broken.formula(idx)
    }

    fn pixel(&mut self, pixel: Pixel) -> Result<Vec<PixelMoment>, LabError> {
        self.broken.pixel(pixel)
    }

    fn labels(&self) -> &[String] {
        self.broken.labels()
    }

    fn words(&self) -> Option<&[PromptWord]> {
        self.broken.words()
    }

    fn provenance(&self) -> Vec<(String, String)> {
        self.broken.provenance()
    }
}
