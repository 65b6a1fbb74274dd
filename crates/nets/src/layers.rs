//! Layers that several networks share.

use std::sync::Arc;

use candle_nn::{Init, VarBuilder};
use noisebook_ops::{
    Activation, Prepared, Result, Tensor, Window, attention, conv_transpose2d, conv2d_with, group_norm,
    linear, matmul,
};

/// Uniform in ±1/√fan_in: PyTorch's default for convolutions and fully connected layers.
fn uniform(fan_in: usize) -> Init {
    let bound = 1.0 / (fan_in as f64).sqrt();
    Init::Uniform { lo: -bound, up: bound }
}

/// A convolution with its weights: see [`conv2d_with`].
pub(crate) struct Conv2d {
    weight: Tensor,
    bias: Tensor,
    prepared: Arc<Prepared>,
}

impl Conv2d {
    pub(crate) fn new(c_in: usize, c_out: usize, k: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        Self::init(c_in, c_out, k, uniform(c_in * k * k), vb)
    }

    /// A convolution that begins as zero, so that a residual block begins as the identity.
    pub(crate) fn zeros(c_in: usize, c_out: usize, k: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        Self::init(c_in, c_out, k, candle_nn::init::ZERO, vb)
    }

    fn init(c_in: usize, c_out: usize, k: usize, init: Init, vb: &VarBuilder<'_>) -> Result<Self> {
        let weight = vb.get_with_hints((c_out, c_in, k, k), "weight", init)?;
        Ok(Self { weight, bias: vb.get_with_hints(c_out, "bias", init)?, prepared: Arc::default() })
    }

    /// `(b, c_in, h, w)` to `(b, c_out, h, w)`.
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let window = Window::same(self.weight.dim(3)?);
        conv2d_with(x, &self.weight, Some(&self.bias), window, &self.prepared)
    }

    /// What a gradient of the results, `(b, c_out, h, w)`, is as a gradient of the pictures, `(b, c_in, h, w)`: an
    /// operation like any other, which can be differentiated once more.
    pub(crate) fn adjoint(&self, gradient: &Tensor) -> Result<Tensor> {
        conv_transpose2d(gradient, &self.weight, None, Window::same(self.weight.dim(3)?))
    }
}

/// A fully connected layer: see [`linear`].
pub(crate) struct Linear {
    weight: Tensor,
    bias: Tensor,
}

impl Linear {
    pub(crate) fn new(d_in: usize, d_out: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        Self::init(d_in, d_out, uniform(d_in), vb)
    }

    /// A layer that begins as zero, so that nothing is said before anything is learned.
    pub(crate) fn zeros(d_in: usize, d_out: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        Self::init(d_in, d_out, candle_nn::init::ZERO, vb)
    }

    fn init(d_in: usize, d_out: usize, init: Init, vb: &VarBuilder<'_>) -> Result<Self> {
        let weight = vb.get_with_hints((d_out, d_in), "weight", init)?;
        Ok(Self { weight, bias: vb.get_with_hints(d_out, "bias", init)? })
    }

    /// `(…, d_in)` to `(…, d_out)`.
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        linear(x, &self.weight, &self.bias)
    }

    /// What a gradient of the results, `(b, d_out)`, is as a gradient of the inputs, `(b, d_in)`.
    pub(crate) fn adjoint(&self, gradient: &Tensor) -> Result<Tensor> {
        matmul(gradient, &self.weight)
    }
}

/// Group normalization with a learned scale and shift a channel, then the activation.
pub(crate) struct GroupNorm {
    weight: Tensor,
    bias: Tensor,
    num_groups: usize,
    activation: Activation,
}

impl GroupNorm {
    pub(crate) fn new(
        num_groups: usize,
        c: usize,
        activation: Activation,
        vb: &VarBuilder<'_>,
    ) -> Result<Self> {
        let weight = vb.get_with_hints(c, "weight", candle_nn::init::ONE)?;
        Ok(Self {
            weight,
            bias: vb.get_with_hints(c, "bias", candle_nn::init::ZERO)?,
            num_groups,
            activation,
        })
    }

    /// `(b, c, h, w)` to the same.
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (b, c, _, _) = x.dims4()?;
        let (scale, shift) = (self.weight.broadcast_as((b, c))?, self.bias.broadcast_as((b, c))?);
        group_norm(x, self.num_groups, &scale, &shift, self.activation)
    }
}

/// A residual block that is told the time and the label (Dhariwal and Nichol 2021):
/// x + conv2(SiLU((1 + scale) · norm(conv1(SiLU(norm(x)))) + shift)), with scale and shift computed from `emb`.
pub(crate) struct ResBlock {
    norm1: GroupNorm,
    conv1: Conv2d,
    emb: Linear,
    conv2: Conv2d,
    /// Fits the channels of x to those of the result, where they differ.
    skip: Option<Conv2d>,
    num_groups: usize,
}

impl ResBlock {
    pub(crate) fn new(
        c_in: usize,
        c_out: usize,
        emb_dim: usize,
        num_groups: usize,
        vb: &VarBuilder<'_>,
    ) -> Result<Self> {
        Ok(Self {
            norm1: GroupNorm::new(num_groups, c_in, Activation::Silu, &vb.pp("norm1"))?,
            conv1: Conv2d::new(c_in, c_out, 3, &vb.pp("conv1"))?,
            emb: Linear::new(emb_dim, 2 * c_out, &vb.pp("emb"))?,
            conv2: Conv2d::zeros(c_out, c_out, 3, &vb.pp("conv2"))?,
            skip: if c_in == c_out { None } else { Some(Conv2d::new(c_in, c_out, 1, &vb.pp("skip"))?) },
            num_groups,
        })
    }

    /// # Shapes
    /// - `x`: `(b, c_in, h, w)`, `emb`: `(b, emb_dim)`
    /// - returns `(b, c_out, h, w)`
    pub(crate) fn forward(&self, x: &Tensor, emb: &Tensor) -> Result<Tensor> {
        let h = self.conv1.forward(&self.norm1.forward(x)?)?;
        let scale_shift = self.emb.forward(emb)?.chunk(2, 1)?;
        let (scale, shift) = ((&scale_shift[0] + 1.0)?, &scale_shift[1]);
        let h = group_norm(&h, self.num_groups, &scale, shift, Activation::Silu)?;
        let h = self.conv2.forward(&h)?;
        match &self.skip {
            Some(skip) => skip.forward(x)? + h,
            None => x + h,
        }
    }
}

/// Self-attention over the pixels of a picture, added to it (Ho et al. 2020).
pub(crate) struct AttentionBlock {
    norm: GroupNorm,
    q: Conv2d,
    k: Conv2d,
    v: Conv2d,
    proj: Conv2d,
    num_heads: usize,
}

impl AttentionBlock {
    pub(crate) fn new(c: usize, num_heads: usize, num_groups: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        Ok(Self {
            norm: GroupNorm::new(num_groups, c, Activation::Identity, &vb.pp("norm"))?,
            q: Conv2d::new(c, c, 1, &vb.pp("q"))?,
            k: Conv2d::new(c, c, 1, &vb.pp("k"))?,
            v: Conv2d::new(c, c, 1, &vb.pp("v"))?,
            proj: Conv2d::zeros(c, c, 1, &vb.pp("proj"))?,
            num_heads,
        })
    }

    /// `(b, c, h, w)` to the same.
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (b, c, h, w) = x.dims4()?;
        let normalized = self.norm.forward(x)?;
        // (b, c, h, w) -> (b, heads, h·w, c / heads): a token a pixel.
        let tokens = |conv: &Conv2d| {
            conv.forward(&normalized)?.reshape((b, self.num_heads, (), h * w))?.transpose(2, 3)
        };
        let y = attention(&tokens(&self.q)?, &tokens(&self.k)?, &tokens(&self.v)?, None)?;
        let y = y.transpose(2, 3)?.reshape((b, c, h, w))?;
        x + self.proj.forward(&y)?
    }
}
