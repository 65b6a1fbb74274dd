//! The two networks of a GAN (Goodfellow et al. 2014, arXiv 1406.2661): a generator that makes samples of chance, and a
//! critic that scores them. For points both are fully connected layers; for pictures and clips they are convolutions after
//! the manner of DCGAN (Radford et al. 2015, arXiv 1511.06434), folding where that strides.
//!
//! A clip is a picture that moves over black: part of its chance becomes the picture, the rest a course, which says where the
//! picture is in each frame. So what there is need not be learned anew for every frame and place. (Content and motion
//! apart as in MoCoGAN, Tulyakov et al. 2017, arXiv 1707.04993; one moving layer as the foreground of VGAN, Vondrick et al.
//! 2016, arXiv 1609.02612.)
//!
//! Chance is one even cloud, and what is made of it often lies in separate heaps: points, motions, the ten digits. So what
//! lays the cloud onto heaps bends at kinks (ReLU), for it has to fold sharply, which smooth activations learn far more
//! slowly. For points and courses that is all there is; for what is painted, a [`GanConfig::fold`] comes before the painter
//! (a mapping network: Karras et al. 2019, arXiv 1812.04948, section 2).
//!
//! The critic has no normalization, for the gradient penalty is about each sample by itself (Gulrajani et al. 2017, arXiv
//! 1704.00028, section 4). The generator normalizes within each sample and not over a batch, so a picture does not depend on
//! those that are made beside it.

use candle_nn::VarBuilder;
use noisebook_ops::{
    Activation, DType, Error, Result, Tensor, depth_to_space, leaky_relu, matmul, silu, space_to_depth, tanh,
};
use serde::{Deserialize, Serialize};

use crate::embedding::{frequency, with_waves};
use crate::layers::{Conv2d, GroupNorm, Linear};
use crate::unet_body::{MAX_CHANNELS, MAX_SIZE};

/// What a generator makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Makes {
    /// Points, `(dim)`.
    Points {
        /// Numbers of one point: 2 in the plane.
        dim: usize,
    },
    /// Pictures, `(in_channels, size, size)`.
    Pictures {
        /// Channels.
        in_channels: usize,
        /// Side in pixels.
        size: usize,
    },
    /// Gray clips, `(num_frames, size, size)`: to the critic the frames are channels.
    Clips {
        /// Pictures of one clip.
        num_frames: usize,
        /// Side in pixels.
        size: usize,
        /// Numbers of the chance that say how it moves; those before them say what is there.
        motion_dim: usize,
    },
}

impl Makes {
    /// The shape of one sample.
    #[must_use]
    pub fn shape(self) -> Vec<usize> {
        match self {
            Self::Points { dim } => vec![dim],
            Self::Pictures { in_channels, size } => vec![in_channels, size, size],
            Self::Clips { num_frames, size, .. } => vec![num_frames, size, size],
        }
    }

    /// The side of what a generator paints: the whole picture, or the one that moves through a clip, half as large.
    fn painted(self) -> usize {
        match self {
            Self::Points { .. } => 0,
            Self::Pictures { size, .. } => size,
            Self::Clips { size, .. } => size >> 1,
        }
    }
}

/// The shape of a [`Generator`] and its [`Critic`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GanConfig {
    /// What is made.
    pub makes: Makes,
    /// Numbers of chance that a sample is made of.
    pub latent_dim: usize,
    /// Of pictures and clips: the widths of the layers that fold the chance before anything is painted of it; none, and it is
    /// painted as it comes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fold: Vec<usize>,
    /// The generator's hidden layers, from the first on: their widths, or, for pictures and clips, the channels at each side,
    /// which doubles from one to the next.
    pub generator: Vec<usize>,
    /// The critic's hidden layers; for pictures and clips the side is halved before each.
    pub critic: Vec<usize>,
    /// Of points: waves of each number that the critic sees beside it, sine and cosine of π, 2π, 4π, … times the number; at
    /// most 16. Without them a small network draws every edge soft (Tancik et al. 2020, arXiv 2006.10739).
    #[serde(default)]
    pub num_waves: usize,
}

/// Of clips: the hidden layers between the chance of a motion and its course. A few motions are a few heaps in the space of
/// all courses, so they bend at kinks as those of points do.
const COURSE: [usize; 2] = [128, 128];
/// How far a course may leave the frame, in each direction from its middle.
const AWAY: f64 = 2.0;
/// Groups of each normalization in the generator.
const NUM_GROUPS: usize = 8;
/// How far from the middle a made point can lie, in each direction.
const REACH: f64 = 1.5;
/// The slope of the critic's leaky ReLU, as in DCGAN.
const SLOPE: f64 = 0.2;
/// Hidden layers at most, and waves.
const MAX_LAYERS: usize = 8;
const MAX_WAVES: usize = 16;

impl GanConfig {
    /// Whether networks can be made from it.
    ///
    /// # Errors
    /// When it contradicts itself, or is larger than any network here should be.
    pub fn check(&self) -> Result<()> {
        let wrong = |what: &str| Err(Error::Msg(format!("[net] {what}")));
        let fits = |n: &usize| (1..=MAX_CHANNELS).contains(n);
        for (widths, least) in [(&self.fold, 0), (&self.generator, 1), (&self.critic, 1)] {
            if !(least..=MAX_LAYERS).contains(&widths.len()) || !widths.iter().all(fits) {
                return wrong(
                    "`generator` and `critic` must list 1 to 8 widths, each from 1 to 4096, and `fold` at most 8",
                );
            }
        }
        if !fits(&self.latent_dim) {
            return wrong("`latent_dim` must be from 1 to 4096");
        }
        let (channels, size) = match self.makes {
            Makes::Points { dim } if fits(&dim) && self.num_waves <= MAX_WAVES && self.fold.is_empty() => {
                return Ok(());
            }
            Makes::Points { .. } => {
                return wrong("a point must have from 1 to 4096 numbers, at most 16 waves and no `fold`");
            }
            Makes::Pictures { in_channels, size } => (in_channels, size),
            Makes::Clips { motion_dim, .. } if !(1..self.latent_dim).contains(&motion_dim) => {
                return wrong("`motion_dim` must be at least 1 and below `latent_dim`");
            }
            Makes::Clips { num_frames, size, .. } => (num_frames, size),
        };
        let halves = |size: usize, widths: &[usize]| size.is_multiple_of(1 << widths.len());
        let can_be_halved = halves(size, &self.critic) && halves(self.makes.painted(), &self.generator);
        if !fits(&channels) || !(1..=MAX_SIZE).contains(&size) || !can_be_halved {
            return wrong(
                "`size` must be at most 1024 and be halved without a rest for each listed width, \
                 and once more for the generator of clips",
            );
        }
        if self.generator.iter().any(|c| !c.is_multiple_of(NUM_GROUPS)) {
            return wrong("the generator's channels must be multiples of 8");
        }
        Ok(())
    }
}

/// Makes samples of chance.
pub struct Generator {
    config: GanConfig,
    body: Body,
}

/// Its layers.
enum Body {
    Points(Sheet),
    Pictures(Canvas),
    Clips { canvas: Canvas, course: Sheet, motion_dim: usize },
}

/// From chance to a few numbers within a reach: fully connected layers which bend at kinks.
struct Sheet {
    hidden: Vec<Linear>,
    head: Linear,
    reach: f64,
}

/// From chance to a picture.
struct Canvas {
    fold: Vec<Linear>,
    seed: Linear,
    painter: Painter,
    /// `(c, h, w)` of what the painter begins with.
    start: [usize; 3],
}

/// From channels at few places to a picture.
struct Painter {
    stages: Vec<Stage>,
    head: Conv2d,
}

/// One side of the picture: normalize, and convolve to four times the channels of the next, which unfold to twice the side.
struct Stage {
    norm: GroupNorm,
    grow: Conv2d,
}

impl Generator {
    /// The network with the weights of `vb`.
    ///
    /// # Errors
    /// When the config contradicts itself, or a tensor is missing or has another shape.
    pub fn new(config: &GanConfig, vb: &VarBuilder<'_>) -> Result<Self> {
        config.check()?;
        let GanConfig { latent_dim, makes, ref generator, .. } = *config;
        let body = match makes {
            Makes::Points { dim } => Body::Points(Sheet::new(latent_dim, generator, dim, REACH, vb)?),
            Makes::Pictures { in_channels, .. } => {
                Body::Pictures(Canvas::new(config, latent_dim, in_channels, vb)?)
            }
            Makes::Clips { num_frames, motion_dim, .. } => Body::Clips {
                canvas: Canvas::new(config, latent_dim - motion_dim, 1, vb)?,
                course: Sheet::new(motion_dim, &COURSE, 2 * num_frames, AWAY, &vb.pp("course"))?,
                motion_dim,
            },
        };
        Ok(Self { config: config.clone(), body })
    }

    /// What it was made from.
    #[must_use]
    pub fn config(&self) -> &GanConfig {
        &self.config
    }

    /// A sample of each row of chance.
    ///
    /// # Shapes
    /// - `z`: `(b, latent_dim)`, standard normal
    /// - returns `(b, …)`, each sample as [`Makes::shape`]; pixels in \[−1, 1\], points in
    ///   \[−1.5, 1.5\]
    ///
    /// # Errors
    /// When the shape is not as above.
    pub fn forward(&self, z: &Tensor) -> Result<Tensor> {
        let (b, found) = z.dims2()?;
        let GanConfig { latent_dim, makes, .. } = self.config;
        if found != latent_dim {
            return Err(Error::Msg(format!(
                "generator: expected z of (b, {latent_dim}), found (b, {found})"
            )));
        }
        match &self.body {
            Body::Points(sheet) => sheet.forward(z),
            Body::Pictures(canvas) => canvas.forward(z),
            Body::Clips { canvas, course, motion_dim } => {
                let num_what = latent_dim - motion_dim;
                let picture = canvas.forward(&z.narrow(1, 0, num_what)?)?;
                let course = course.forward(&z.narrow(1, num_what, *motion_dim)?)?.reshape((b, (), 2))?;
                moved(&picture, &course, makes.shape()[1])
            }
        }
    }
}

/// A picture at a place of each frame, on black, interpolated between pixels (a spatial transformer that only shifts:
/// Jaderberg et al. 2015, arXiv 1506.02025, equation 5).
///
/// # Shapes
/// - `picture`: `(b, 1, p, p)` in \[−1, 1\]
/// - `course`: `(b, f, 2)`: down and across, −1 at one edge of the frame and 1 at the other
/// - returns `(b, f, size, size)`
fn moved(picture: &Tensor, course: &Tensor, size: usize) -> Result<Tensor> {
    let (b, num_frames, _) = course.dims3()?;
    let p = picture.dim(3)?;
    let pixels = |n: usize| Tensor::arange(0.0, n as f32, picture.device());
    // How far pixel i of a frame is from pixel j of a picture that lies at its edge: (1, 1, size, p).
    let apart = pixels(size)?.reshape((1, 1, size, 1))?.broadcast_sub(&pixels(p)?)?;
    let shares = |axis: usize| {
        let corner = ((course.narrow(2, axis, 1)? + 1.0)? * (0.5 * (size - p) as f64))?;
        let apart = apart.broadcast_sub(&corner.unsqueeze(3)?)?;
        // 1 at no distance, falling to 0 at a pixel's: the second difference of a ramp.
        let ramp = |by: f64| leaky_relu(&(&apart + by)?, 0.0);
        (ramp(1.0)? + ramp(-1.0)?)? - (ramp(0.0)? * 2.0)?
    };
    let ink = ((picture + 1.0)? * 0.5)?.broadcast_as((b, num_frames, p, p))?;
    let ink = matmul(&matmul(&shares(0)?, &ink)?, &shares(1)?.transpose(2, 3)?)?;
    (ink * 2.0)? - 1.0
}

impl Sheet {
    fn new(d_in: usize, widths: &[usize], d_out: usize, reach: f64, vb: &VarBuilder<'_>) -> Result<Self> {
        let hidden = kinked(d_in, widths, &vb.pp("hidden"))?;
        Ok(Self { hidden, head: Linear::new(widths[widths.len() - 1], d_out, &vb.pp("head"))?, reach })
    }

    /// `(b, d_in)` to `(b, d_out)`: nearly as they come near the middle; what would fly off stays at the reach.
    fn forward(&self, z: &Tensor) -> Result<Tensor> {
        tanh(&(self.head.forward(&bend(&self.hidden, z)?)? / self.reach)?)? * self.reach
    }
}

impl Canvas {
    fn new(config: &GanConfig, d_in: usize, channels: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        let GanConfig { makes, ref fold, ref generator, .. } = *config;
        let side = makes.painted() >> generator.len();
        let start = [generator[0], side, side];
        let folded = fold.last().copied().unwrap_or(d_in);
        Ok(Self {
            fold: kinked(d_in, fold, &vb.pp("fold"))?,
            seed: Linear::new(folded, start.iter().product(), &vb.pp("seed"))?,
            painter: Painter::new(generator, channels, vb)?,
            start,
        })
    }

    /// `(b, d_in)` to pictures `(b, channels, size, size)`.
    fn forward(&self, z: &Tensor) -> Result<Tensor> {
        let [c, h, w] = self.start;
        let seed = self.seed.forward(&bend(&self.fold, z)?)?;
        self.painter.forward(&seed.reshape((z.dim(0)?, c, h, w))?)
    }
}

/// Fully connected layers of these widths, which bend at kinks.
fn kinked(d_in: usize, widths: &[usize], vb: &VarBuilder<'_>) -> Result<Vec<Linear>> {
    let inputs = std::iter::once(&d_in).chain(widths);
    let layers = inputs.zip(widths).enumerate();
    layers.map(|(i, (d_in, d_out))| Linear::new(*d_in, *d_out, &vb.pp(i))).collect()
}

/// Through layers with a ReLU after each.
fn bend(layers: &[Linear], x: &Tensor) -> Result<Tensor> {
    layers.iter().try_fold(x.clone(), |h, layer| leaky_relu(&layer.forward(&h)?, 0.0))
}

impl Painter {
    fn new(widths: &[usize], channels: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        let last = widths[widths.len() - 1];
        // The last stage stays at its side: the head unfolds to the picture.
        let next = widths.iter().skip(1).map(|c| 4 * c).chain([last]);
        let stages = widths.iter().zip(next).enumerate().map(|(i, (&c, grown))| {
            let vb = vb.pp("stages").pp(i);
            Ok(Stage {
                norm: GroupNorm::new(NUM_GROUPS, c, Activation::Silu, &vb.pp("norm"))?,
                grow: Conv2d::new(c, grown, 3, &vb.pp("grow"))?,
            })
        });
        Ok(Self {
            stages: stages.collect::<Result<_>>()?,
            head: Conv2d::new(last, 4 * channels, 3, &vb.pp("head"))?,
        })
    }

    /// `(b, c, h, w)` to pictures `(b, channels, size, size)`.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut h = x.clone();
        for (nth, stage) in self.stages.iter().enumerate() {
            h = stage.grow.forward(&stage.norm.forward(&h)?)?;
            if nth + 1 < self.stages.len() {
                h = depth_to_space(&h)?;
            }
        }
        tanh(&depth_to_space(&self.head.forward(&silu(&h)?)?)?)
    }
}

/// Scores samples: the higher, the more they look real to it.
pub struct Critic {
    judges: Vec<Judge>,
}

/// What a [`Judge`] sees of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// All of it. In a clip that is its motion.
    Whole,
    /// Single pictures of a clip.
    Frames,
}

impl Critic {
    /// The network with the weights of `vb`. Points and pictures have one judge; clips have two, one for the whole and one for
    /// single pictures, as DVD-GAN has (Clark et al. 2019, arXiv 1907.06571).
    ///
    /// # Errors
    /// When the config contradicts itself, or a tensor is missing or has another shape.
    pub fn new(config: &GanConfig, vb: &VarBuilder<'_>) -> Result<Self> {
        config.check()?;
        let judge = |view, shape: &[usize], vb: &VarBuilder<'_>| Judge::new(view, shape, config, vb);
        let shape = config.makes.shape();
        let mut judges = vec![judge(View::Whole, &shape, &vb.pp("whole"))?];
        if let Makes::Clips { size, .. } = config.makes {
            judges.push(judge(View::Frames, &[1, size, size], &vb.pp("frames"))?);
        }
        Ok(Self { judges })
    }

    /// Those whose scores are added up.
    #[must_use]
    pub fn judges(&self) -> &[Judge] {
        &self.judges
    }

    /// The score of each sample: the sum of its judges', the mean of all its frames' among them.
    ///
    /// # Shapes
    /// - `x`: `(b, …)`, each sample as [`Makes::shape`]
    /// - returns `(b)`
    ///
    /// # Errors
    /// When the shape is not as above.
    pub fn score(&self, x: &Tensor) -> Result<Tensor> {
        self.sum(x, |judge, seen, b| judge.score(seen)?.reshape((b, ()))?.mean(1))
    }

    /// How the score of each sample changes with its numbers.
    ///
    /// # Shapes
    /// - `x`: `(b, …)`, each sample as [`Makes::shape`]
    /// - returns the same
    ///
    /// # Errors
    /// When the shape is not as above.
    pub fn input_gradient(&self, x: &Tensor) -> Result<Tensor> {
        self.sum(x, |judge, seen, b| {
            let share = b as f64 / seen.dim(0)? as f64;
            judge.input_gradient(seen)?.reshape(x.dims())? * share
        })
    }

    fn sum(&self, x: &Tensor, of: impl Fn(&Judge, &Tensor, usize) -> Result<Tensor>) -> Result<Tensor> {
        let frames: Vec<usize> = (0..x.dim(1)?).collect();
        let mut all = None;
        for judge in &self.judges {
            let part = of(judge, &judge.see(x, &frames)?, x.dim(0)?)?;
            all = Some(match all {
                None => part,
                Some(sum) => (sum + part)?,
            });
        }
        all.ok_or_else(|| Error::Msg("a critic has at least one judge".to_owned()))
    }
}

/// One network of a [`Critic`]: layers one after the other, without branches, so that the gradient of its score can be
/// written out as operations of its weights, and be differentiated once more.
pub struct Judge {
    view: View,
    shape: Vec<usize>,
    layers: Vec<Layer>,
}

enum Layer {
    /// `(b, d)` to `(b, d · (1 + 2n))`: the numbers, and n waves of each.
    Waves(usize),
    Fold,
    Conv(Conv2d),
    /// `(b, c, h, w)` to `(b, c · h · w)`.
    Flatten([usize; 3]),
    Linear(Linear),
    LeakyRelu,
}

impl Judge {
    fn new(view: View, shape: &[usize], config: &GanConfig, vb: &VarBuilder<'_>) -> Result<Self> {
        let mut layers = Vec::new();
        let (hidden, widths) = (vb.pp("hidden"), &config.critic);
        let last = widths[widths.len() - 1];
        let mut d_in = shape[0];
        if shape.len() == 1 && config.num_waves > 0 {
            layers.push(Layer::Waves(config.num_waves));
            d_in *= 1 + 2 * config.num_waves;
        }
        for (i, &width) in widths.iter().enumerate() {
            if shape.len() == 1 {
                layers.push(Layer::Linear(Linear::new(d_in, width, &hidden.pp(i))?));
            } else {
                layers.push(Layer::Fold);
                layers.push(Layer::Conv(Conv2d::new(4 * d_in, width, 3, &hidden.pp(i))?));
            }
            layers.push(Layer::LeakyRelu);
            d_in = width;
        }
        if let [_, size, _] = *shape {
            let side = size >> widths.len();
            layers.push(Layer::Flatten([last, side, side]));
            d_in = last * side * side;
        }
        layers.push(Layer::Linear(Linear::new(d_in, 1, &vb.pp("head"))?));
        Ok(Self { view, shape: shape.to_vec(), layers })
    }

    /// What it sees of samples `(b, …)`: all, `(b, …)`, or the frames of these numbers of each clip, `(b · n, 1, h, w)`.
    ///
    /// # Errors
    /// When there is no such frame.
    pub fn see(&self, x: &Tensor, frames: &[usize]) -> Result<Tensor> {
        if self.view == View::Whole {
            return Ok(x.clone());
        }
        let (b, _, h, w) = x.dims4()?;
        let seen: Vec<Tensor> = frames.iter().map(|&frame| x.narrow(1, frame, 1)).collect::<Result<_>>()?;
        Tensor::cat(&seen, 1)?.reshape((b * frames.len(), 1, h, w))
    }

    /// The score of each sample.
    ///
    /// # Shapes
    /// - `x`: `(b, …)` as [`Self::see`] returns it
    /// - returns `(b)`
    ///
    /// # Errors
    /// When the shape is not as above.
    pub fn score(&self, x: &Tensor) -> Result<Tensor> {
        self.check(x)?;
        let mut h = x.clone();
        for layer in &self.layers {
            h = layer.forward(&h)?;
        }
        h.squeeze(1)
    }

    /// ∇ₓ of the score of each sample, written out from the last layer to the first: a layer's gradient goes through its
    /// adjoint, and through a leaky ReLU as its slope there. The slopes jump and do not bend, so they count as constants; what
    /// is returned depends on the weights as any other value, and one ordinary backward pass gives the gradient of a
    /// penalty on it (Gulrajani et al. 2017, equation 3).
    ///
    /// # Shapes
    /// - `x`: `(b, …)` as [`Self::see`] returns it
    /// - returns the same
    ///
    /// # Errors
    /// When the shape is not as above.
    pub fn input_gradient(&self, x: &Tensor) -> Result<Tensor> {
        self.check(x)?;
        let mut h = x.detach();
        let mut inputs = Vec::new();
        for layer in &self.layers {
            let next = layer.forward(&h)?.detach();
            inputs.push(std::mem::replace(&mut h, next));
        }
        let mut gradient = h.ones_like()?;
        for (layer, input) in self.layers.iter().zip(&inputs).rev() {
            gradient = layer.adjoint(&gradient, input)?;
        }
        Ok(gradient)
    }

    fn check(&self, x: &Tensor) -> Result<()> {
        match x.dims() {
            [_, shape @ ..] if *shape == self.shape => Ok(()),
            found => {
                Err(Error::Msg(format!("critic: expected samples of {:?}, found {found:?}", self.shape)))
            }
        }
    }
}

impl Layer {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Waves(num) => with_waves(x, *num),
            Self::Fold => space_to_depth(x),
            Self::Conv(conv) => conv.forward(x),
            Self::Flatten(_) => x.flatten_from(1),
            Self::Linear(linear) => linear.forward(x),
            Self::LeakyRelu => leaky_relu(x, SLOPE),
        }
    }

    /// What a gradient of the results is as a gradient of the inputs, where these are `input`.
    fn adjoint(&self, gradient: &Tensor, input: &Tensor) -> Result<Tensor> {
        match self {
            Self::Waves(num) => {
                let d = input.dim(1)?;
                let part = |nth: usize| gradient.narrow(1, nth * d, d);
                let mut sum = part(0)?;
                for wave in 0..*num {
                    let frequency = frequency(wave);
                    let angle = (input * frequency)?;
                    let of_sin = (part(1 + 2 * wave)? * angle.cos()?)?;
                    let of_cos = (part(2 + 2 * wave)? * angle.sin()?)?;
                    sum = (sum + ((of_sin - of_cos)? * frequency)?)?;
                }
                Ok(sum)
            }
            Self::Fold => depth_to_space(gradient),
            Self::Conv(conv) => conv.adjoint(gradient),
            Self::Flatten([c, h, w]) => gradient.reshape(((), *c, *h, *w)),
            Self::Linear(linear) => linear.adjoint(gradient),
            Self::LeakyRelu => {
                let is_positive = input.gt(0.0)?.to_dtype(DType::F32)?;
                gradient * ((is_positive * (1.0 - SLOPE))? + SLOPE)?
            }
        }
    }
}
