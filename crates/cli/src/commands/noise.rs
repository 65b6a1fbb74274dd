//! `noisebook noise IMAGE --t T --out F.png`: `x_t = √ᾱ_t·x0 + √(1−ᾱ_t)·eps` on the learner's own
//! picture, which needs no network and so may be up to 512 pixels wide.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use noisebook_data::decode_picture;
use noisebook_diffusion::ScheduleName;
use noisebook_figures::{png_with_text, rgb};
use noisebook_lab::{Context, Settings, export, start};
use noisebook_ops::Device;
use noisebook_shelf::Files;

use crate::arguments::{self, within};
use crate::output::OutFile;

#[derive(Debug, clap::Args)]
pub struct NoiseArgs {
    /// A PNG, JPEG, WebP or GIF file
    image: PathBuf,
    /// How many of the 1000 steps of noise to add: 0 is the picture, 1000 all noise
    #[arg(long, value_name = "T", allow_negative_numbers = true, value_parser = within(0..=1000_u32))]
    t: u32,
    /// linear, scaled-linear, cosine or sigmoid
    #[arg(long, value_name = "NAME", default_value = "cosine")]
    schedule: ScheduleName,
    /// Width and height of the result, in pixels
    #[arg(long, value_name = "PIXELS", default_value_t = 256, allow_negative_numbers = true, value_parser = within(16..=512_u32))]
    size: u32,
    /// The same seed gives the same noise
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = within(0..=u64::MAX))]
    seed: u64,
    /// The PNG to write
    #[arg(long, value_name = "F.png")]
    out: PathBuf,
}

pub fn run(args: &NoiseArgs) -> anyhow::Result<()> {
    let out = OutFile::new(&args.out, &["png"])?;
    let bytes = arguments::read(&args.image)?;
    let name = args.image.display().to_string();
    let picture = decode_picture(&bytes, &name, args.size as usize)?;

    let mut settings = Settings::new("noising")?;
    settings.set("picture", "own")?;
    settings.set("schedule", args.schedule.to_string())?;
    settings.set("size", args.size)?;
    settings.set("seed", args.seed)?;
    // The learner's picture is all that this experiment reads.
    let nothing = Context::new(Arc::new(Files::new(".")), Device::Cpu);
    let context = Context { own_picture: Some(picture), ..nothing };
    let mut experiment = start("noising", &settings, &context)?;
    let t = args.t as usize;
    while experiment.num_computed() <= t {
        experiment.step()?;
    }
    let moment = experiment.moment(t)?;
    let x_t = moment
        .pictures_of("x_t")
        .and_then(|pictures| pictures.first())
        .context("the experiment `noising` showed no x_t")?;

    let mut provenance = export::provenance(&*experiment);
    provenance.push(("t".to_owned(), t.to_string()));
    let png = png_with_text(&rgb(x_t.view()), &provenance)?;
    out.write(&png)
}
