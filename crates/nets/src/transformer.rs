//! What transformers are made of: normalization of each token, attention, and two layers for each token by itself.

use candle_nn::VarBuilder;
use noisebook_ops::{DType, Device, Result, Tensor, attention, gelu, layer_norm, rms_norm};

use crate::layers::Linear;
use crate::text::Text;

/// Layer normalization with a learned weight and bias a channel.
pub(crate) struct LayerNorm {
    weight: Tensor,
    bias: Tensor,
}

impl LayerNorm {
    pub(crate) fn new(d: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        let weight = vb.get_with_hints(d, "weight", candle_nn::init::ONE)?;
        Ok(Self { weight, bias: vb.get_with_hints(d, "bias", candle_nn::init::ZERO)? })
    }

    /// `(…, d)` to the same.
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        layer_norm(x, &self.weight, &self.bias)
    }
}

/// Which of n tokens each may look at: `(n, n)`, 1 where it may.
pub(crate) struct Sides {
    before: Tensor,
    behind: Tensor,
}

impl Sides {
    pub(crate) fn new(n: usize, device: &Device) -> Result<Self> {
        let before = Tensor::tril2(n, DType::F32, device)?;
        Ok(Self { behind: before.t()?, before })
    }
}

/// Attention in several heads, from tokens to tokens. Queries and keys are normalized in each head, so that their products
/// cannot grow without bound (Dehghani et al. 2023, arXiv 2302.05442, section 2).
pub(crate) struct Attention {
    q: Linear,
    k: Linear,
    v: Linear,
    q_norm: Tensor,
    k_norm: Tensor,
    proj: Linear,
    num_heads: usize,
}

impl Attention {
    /// From tokens of `d` numbers to tokens of `d_from`.
    pub(crate) fn new(d: usize, d_from: usize, num_heads: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        Self::with_proj(d, d_from, num_heads, vb, Linear::new(d, d, &vb.pp("proj"))?)
    }

    /// The same, which begins by saying nothing: zeros.
    pub(crate) fn zeros(d: usize, d_from: usize, num_heads: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        Self::with_proj(d, d_from, num_heads, vb, Linear::zeros(d, d, &vb.pp("proj"))?)
    }

    fn with_proj(
        d: usize,
        d_from: usize,
        num_heads: usize,
        vb: &VarBuilder<'_>,
        proj: Linear,
    ) -> Result<Self> {
        let norm =
            |vb: VarBuilder<'_>| vb.get_with_hints(d.div_euclid(num_heads), "weight", candle_nn::init::ONE);
        Ok(Self {
            q: Linear::new(d, d, &vb.pp("q"))?,
            k: Linear::new(d_from, d, &vb.pp("k"))?,
            v: Linear::new(d_from, d, &vb.pp("v"))?,
            q_norm: norm(vb.pp("q_norm"))?,
            k_norm: norm(vb.pp("k_norm"))?,
            proj,
            num_heads,
        })
    }

    /// Each token gathers from all of them.
    ///
    /// # Shapes
    /// - `x`: `(b, n, d)`, returns the same
    pub(crate) fn self_attn(&self, x: &Tensor) -> Result<Tensor> {
        let [q, k, v] = self.read(x, x)?;
        self.proj.forward(&join_heads(&attention(&q, &k, &v, None)?)?)
    }

    /// Each token gathers in half of the heads from those before it, in the others from those behind it, and in all from
    /// itself (directional self-attention: Shen et al. 2017, arXiv 1709.04696).
    ///
    /// # Shapes
    /// - `x`: `(b, n, d)`, returns the same
    pub(crate) fn directional_self_attn(&self, x: &Tensor, sides: &Sides) -> Result<Tensor> {
        let [q, k, v] = self.read(x, x)?;
        let half = self.num_heads >> 1;
        let heads = |first, mask| {
            let of = |x: &Tensor| x.narrow(1, first, half)?.contiguous();
            attention(&of(&q)?, &of(&k)?, &of(&v)?, Some(mask))
        };
        let y = Tensor::cat(&[heads(0, &sides.before)?, heads(half, &sides.behind)?], 1)?;
        self.proj.forward(&join_heads(&y)?)
    }

    /// Each token gathers from the words.
    ///
    /// # Shapes
    /// - `x`: `(b, n, d)`, of a square of `n` places; returns the same
    pub(crate) fn cross_attn(&self, layer: &str, x: &Tensor, text: &mut Text) -> Result<Tensor> {
        let [q, k, v] = self.read(x, text.tokens())?;
        self.proj.forward(&join_heads(&text.look(layer, &q, &k, &v)?)?)
    }

    /// Queries, keys and values, `(b, heads, n, d / heads)` each.
    fn read(&self, x: &Tensor, from: &Tensor) -> Result<[Tensor; 3]> {
        let split = |x: &Tensor| x.reshape((x.dim(0)?, x.dim(1)?, self.num_heads, ()));
        let q = rms_norm(&split(&self.q.forward(x)?)?, &self.q_norm)?;
        let k = rms_norm(&split(&self.k.forward(from)?)?, &self.k_norm)?;
        Ok([q.transpose(1, 2)?, k.transpose(1, 2)?, split(&self.v.forward(from)?)?.transpose(1, 2)?])
    }
}

/// `(b, n, d)` to `(b, heads, n, d / heads)`.
pub(crate) fn split_heads(x: &Tensor, num_heads: usize) -> Result<Tensor> {
    let (b, n, _) = x.dims3()?;
    x.reshape((b, n, num_heads, ()))?.transpose(1, 2)
}

/// `(b, heads, n, d / heads)` to `(b, n, d)`.
fn join_heads(x: &Tensor) -> Result<Tensor> {
    x.transpose(1, 2)?.flatten_from(2)
}

/// Two layers with GELU between them, for each token by itself; the inner one is four times as wide.
pub(crate) struct FeedForward {
    up: Linear,
    down: Linear,
}

impl FeedForward {
    pub(crate) fn new(d: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        Ok(Self { up: Linear::new(d, 4 * d, &vb.pp("up"))?, down: Linear::new(4 * d, d, &vb.pp("down"))? })
    }

    /// `(…, d)` to the same.
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.down.forward(&gelu(&self.up.forward(x)?)?)
    }
}
