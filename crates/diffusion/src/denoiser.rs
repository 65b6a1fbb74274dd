//! The one thing diffusion asks of a network.

use candle_core::Tensor;

/// Something that looks at a noisy `x_t` and says what it sees: a network, or a formula.
pub trait Denoiser: Send + Sync {
    /// The model's output at timestep `t` under condition `cond`; its [`Prediction`] says what the
    /// output means.
    ///
    /// `t` is diffusers' timestep (steps applied − 1), and a real number: some samplers ask between
    /// the steps of the table.
    ///
    /// # Shapes
    /// `x_t`: `(b, …)`, pictures `(b, c, h, w)`. The result: the same.
    ///
    /// # Errors
    /// When `x_t` or `cond` does not fit the model.
    ///
    /// [`Prediction`]: crate::Prediction
    fn predict(&self, x_t: &Tensor, t: f64, cond: &Cond) -> candle_core::Result<Tensor>;
}

/// What a picture should show. Only the denoiser knows what the tensor means: labels `(b,)` as
/// `u32` for one, text tokens for another. The null condition asks for nothing in particular.
#[derive(Clone, Debug, Default)]
pub struct Cond(Option<Tensor>);

impl Cond {
    /// Nothing in particular: any picture will do.
    pub fn null() -> Self {
        Self(None)
    }

    /// The condition that `tensor` describes to the denoiser.
    pub fn new(tensor: Tensor) -> Self {
        Self(Some(tensor))
    }

    /// The tensor, or none for the null condition.
    pub fn tensor(&self) -> Option<&Tensor> {
        self.0.as_ref()
    }
}
