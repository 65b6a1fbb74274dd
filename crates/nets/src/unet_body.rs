//! What all U-Nets here share: the way down, across and up again, told the time.
//!
//! A picture is folded to half its side, again between the levels on the way down, and unfolded on the way up. Each level
//! passes what it saw across to its twin, so fine detail does not have to travel through the bottom.
//!
//! What else a network looks at, words for example, is no business of the body: it shows each block's result to whoever asks
//! for it, and goes on with what it is given back.

use candle_nn::VarBuilder;
use noisebook_ops::{
    Activation, Error, Result, Tensor, concat_channels, depth_to_space, silu, space_to_depth,
};

use crate::embedding::timestep_embedding;
use crate::layers::{AttentionBlock, Conv2d, GroupNorm, Linear, ResBlock};

/// The largest side, number of channels and number of classes of a network: a slip in a file must not ask for more
/// memory than there is.
pub(crate) const MAX_SIZE: usize = 1024;
pub(crate) const MAX_CHANNELS: usize = 4096;
pub(crate) const MAX_CLASSES: usize = 65_536;

/// The shape of a [`Body`]: what its fields mean stands at [`crate::UNetConfig`].
#[derive(Clone, Copy)]
pub(crate) struct BodyConfig<'a> {
    pub(crate) in_channels: usize,
    pub(crate) size: usize,
    pub(crate) channels: &'a [usize],
    pub(crate) emb_dim: usize,
    pub(crate) num_groups: usize,
    pub(crate) num_heads: usize,
}

impl BodyConfig<'_> {
    /// Whether a body can be made from it.
    pub(crate) fn check(&self) -> Result<()> {
        let wrong = |what: String| Err(Error::Msg(format!("[net] {what}")));
        let divides = |n: usize, c: usize| n > 0 && c > 0 && c.is_multiple_of(n);
        let Some(&lowest) = self.channels.last() else {
            return wrong("`channels` is empty: expected at least one level".to_owned());
        };
        let widest = self.channels.iter().copied().chain([self.emb_dim, self.in_channels]).max();
        if self.size > MAX_SIZE || widest > Some(MAX_CHANNELS) {
            return wrong(format!("is too large: at most a side of {MAX_SIZE} and {MAX_CHANNELS} channels"));
        }
        if let Some(c) = self.channels.iter().find(|&&c| !divides(self.num_groups, c)) {
            return wrong(format!("num_groups = {} does not divide {c} channels", self.num_groups));
        }
        if !divides(self.num_heads, lowest) {
            return wrong(format!("num_heads = {} does not divide {lowest} channels", self.num_heads));
        }
        if !divides(1 << self.channels.len().min(16), self.size) {
            return wrong(format!("a side of {} cannot be halved {} times", self.size, self.channels.len()));
        }
        if self.in_channels == 0 || self.emb_dim < 2 || self.emb_dim % 2 == 1 {
            return wrong("expected at least one channel and an even `emb_dim`".to_owned());
        }
        Ok(())
    }
}

/// One level on the way down, and its twin on the way up.
struct Level {
    down: ResBlock,
    /// Folds to the next level: channels of the four pixels of a block into the channels there.
    fold: Option<Conv2d>,
    up: ResBlock,
    /// Unfolds to the level above.
    unfold: Option<Conv2d>,
}

/// After which block something is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A level's block on the way down; level 0 has half the side of the picture.
    Down(usize),
    /// The first block at the bottom and its self-attention.
    Mid,
    /// A level's block on the way up.
    Up(usize),
}

/// A U-Net without what it is told beside the time.
pub(crate) struct Body {
    in_channels: usize,
    size: usize,
    emb_dim: usize,
    time1: Linear,
    time2: Linear,
    stem: Conv2d,
    levels: Vec<Level>,
    mid1: ResBlock,
    mid_attn: AttentionBlock,
    mid2: ResBlock,
    norm: GroupNorm,
    head: Conv2d,
}

impl Body {
    /// The body of a config that was checked.
    pub(crate) fn new(config: BodyConfig<'_>, vb: &VarBuilder<'_>) -> Result<Self> {
        let BodyConfig { in_channels, size, channels, emb_dim, num_groups, num_heads } = config;
        let (first, lowest) = (channels[0], channels[channels.len() - 1]);
        let block = |c_in, c_out, vb: VarBuilder<'_>| ResBlock::new(c_in, c_out, emb_dim, num_groups, &vb);
        let levels = (0..channels.len())
            .map(|i| {
                let (c, vb) = (channels[i], vb.pp("levels").pp(i));
                let fold = |below: &usize| Conv2d::new(4 * c, *below, 1, &vb.pp("fold"));
                let unfold = |above: &usize| Conv2d::new(c, 4 * above, 1, &vb.pp("unfold"));
                Ok(Level {
                    down: block(c, c, vb.pp("down"))?,
                    fold: channels.get(i + 1).map(fold).transpose()?,
                    up: block(2 * c, c, vb.pp("up"))?,
                    unfold: i.checked_sub(1).and_then(|i| channels.get(i)).map(unfold).transpose()?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            in_channels,
            size,
            emb_dim,
            time1: Linear::new(emb_dim, emb_dim, &vb.pp("time1"))?,
            time2: Linear::new(emb_dim, emb_dim, &vb.pp("time2"))?,
            // A 2×2 block of pixels is four channels here.
            stem: Conv2d::new(4 * in_channels, first, 3, &vb.pp("stem"))?,
            levels,
            mid1: block(lowest, lowest, vb.pp("mid1"))?,
            mid_attn: AttentionBlock::new(lowest, num_heads, num_groups, &vb.pp("mid_attn"))?,
            mid2: block(lowest, lowest, vb.pp("mid2"))?,
            norm: GroupNorm::new(num_groups, first, Activation::Silu, &vb.pp("norm"))?,
            head: Conv2d::zeros(first, 4 * in_channels, 3, &vb.pp("head"))?,
        })
    }

    /// Runs a batch through it. `also` is what else there is to tell, beside the time, in numbers that are added to it.
    /// `look` gets the result of each block and returns with what to go on.
    ///
    /// # Shapes
    /// - `x_t`: `(b, in_channels, size, size)`, `timesteps`: b numbers, `also`: `(b, emb_dim)`
    /// - returns the shape of `x_t`
    pub(crate) fn forward(
        &self,
        x_t: &Tensor,
        timesteps: &[f64],
        also: &Tensor,
        mut look: impl FnMut(Place, Tensor) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let &Self { in_channels, size, .. } = self;
        if x_t.dims() != [timesteps.len(), in_channels, size, size] {
            return Err(Error::Msg(format!(
                "U-Net: expected x_t of ({}, {in_channels}, {size}, {size}), found {:?}",
                timesteps.len(),
                x_t.dims()
            )));
        }
        let time = timestep_embedding(timesteps, self.emb_dim, x_t.device())?;
        let time = self.time2.forward(&silu(&self.time1.forward(&time)?)?)?;
        let emb = silu(&(time + also)?)?;

        let mut h = self.stem.forward(&space_to_depth(x_t)?)?;
        let mut skips = Vec::with_capacity(self.levels.len());
        for (i, level) in self.levels.iter().enumerate() {
            h = look(Place::Down(i), level.down.forward(&h, &emb)?)?;
            skips.push(h.clone());
            if let Some(fold) = &level.fold {
                h = fold.forward(&space_to_depth(&h)?)?;
            }
        }
        h = self.mid1.forward(&h, &emb)?;
        h = look(Place::Mid, self.mid_attn.forward(&h)?)?;
        h = self.mid2.forward(&h, &emb)?;
        for (i, (level, skip)) in self.levels.iter().zip(&skips).enumerate().rev() {
            h = look(Place::Up(i), level.up.forward(&concat_channels(&h, skip)?, &emb)?)?;
            if let Some(unfold) = &level.unfold {
                h = depth_to_space(&unfold.forward(&h)?)?;
            }
        }
        depth_to_space(&self.head.forward(&self.norm.forward(&h)?)?)
    }
}
