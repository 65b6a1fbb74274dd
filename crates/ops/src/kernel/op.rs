//! From slices of numbers to operations that candle records and differentiates.

use candle_core::{
    CpuStorage, CustomOp1, CustomOp2, CustomOp3, Layout, Result, Shape, Storage, Tensor, bail,
};

/// An operation on `N` contiguous f32 tensors of the CPU, with its gradient.
pub(crate) trait Kernel<const N: usize>: Send + Sync + 'static {
    /// What it is called in errors.
    const NAME: &'static str;

    /// The shape of the result.
    fn shape(&self) -> Shape;

    /// The values of the result.
    fn forward(&self, inputs: [&[f32]; N]) -> Vec<f32>;

    /// The gradients of the inputs from that of the result, `y`; those that are not `wanted` may be empty.
    fn backward(&self, inputs: [&[f32]; N], y: &[f32], grad: &[f32], wanted: [bool; N]) -> [Vec<f32>; N];
}

/// Whether a [`Kernel`] can run on this tensor: f32 on the CPU.
pub(crate) fn is_ours(tensor: &Tensor) -> bool {
    tensor.device().is_cpu() && tensor.dtype() == candle_core::DType::F32
}

/// Applies a kernel to one tensor.
pub(crate) fn apply1(x: &Tensor, kernel: impl Kernel<1>) -> Result<Tensor> {
    x.contiguous()?.apply_op1(Recorded(kernel))
}

/// Applies a kernel to two tensors.
pub(crate) fn apply2(a: &Tensor, b: &Tensor, kernel: impl Kernel<2>) -> Result<Tensor> {
    a.contiguous()?.apply_op2(&b.contiguous()?, Recorded(kernel))
}

/// Applies a kernel to three tensors.
pub(crate) fn apply3(a: &Tensor, b: &Tensor, c: &Tensor, kernel: impl Kernel<3>) -> Result<Tensor> {
    a.contiguous()?.apply_op3(&b.contiguous()?, &c.contiguous()?, Recorded(kernel))
}

/// The values of a contiguous f32 tensor on the CPU, in row-major order.
fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => bail!("expected a contiguous tensor, found strides {:?}", layout.stride()),
    }
}

/// A kernel as candle sees it.
struct Recorded<K>(K);

impl<K> Recorded<K> {
    fn run<const N: usize>(&self, inputs: [(&CpuStorage, &Layout); N]) -> Result<(CpuStorage, Shape)>
    where
        K: Kernel<N>,
    {
        let mut slices = [&[][..]; N];
        for (slice, (storage, layout)) in slices.iter_mut().zip(inputs) {
            *slice = values(storage, layout)?;
        }
        Ok((CpuStorage::F32(self.0.forward(slices)), self.0.shape()))
    }

    fn gradients<const N: usize>(
        &self,
        inputs: [&Tensor; N],
        y: &Tensor,
        grad: &Tensor,
    ) -> Result<[Option<Tensor>; N]>
    where
        K: Kernel<N>,
    {
        let grad = grad.contiguous()?;
        let storages = inputs.map(Tensor::storage_and_layout);
        let mut slices = [&[][..]; N];
        for (slice, (storage, layout)) in slices.iter_mut().zip(&storages) {
            *slice = cpu_values(storage, layout)?;
        }
        let (y, y_layout) = y.storage_and_layout();
        let (grad, grad_layout) = grad.storage_and_layout();
        let (y, grad) = (cpu_values(&y, y_layout)?, cpu_values(&grad, grad_layout)?);
        let wanted = inputs.map(Tensor::track_op);
        let found = self.0.backward(slices, y, grad, wanted);
        let mut gradients = [const { None }; N];
        for (((gradient, found), wanted), input) in gradients.iter_mut().zip(found).zip(wanted).zip(inputs) {
            if wanted {
                *gradient = Some(Tensor::from_vec(found, input.shape(), input.device())?);
            }
        }
        Ok(gradients)
    }
}

fn cpu_values<'a>(storage: &'a Storage, layout: &Layout) -> Result<&'a [f32]> {
    match storage {
        Storage::Cpu(storage) => values(storage, layout),
        _ => bail!("expected a tensor on the CPU"),
    }
}

impl<K: Kernel<1>> CustomOp1 for Recorded<K> {
    fn name(&self) -> &'static str {
        K::NAME
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        self.run([(x, layout)])
    }

    fn bwd(&self, x: &Tensor, y: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        Ok(self.gradients([x], y, grad)?.into_iter().next().flatten())
    }
}

impl<K: Kernel<2>> CustomOp2 for Recorded<K> {
    fn name(&self) -> &'static str {
        K::NAME
    }

    fn cpu_fwd(
        &self,
        a: &CpuStorage,
        a_layout: &Layout,
        b: &CpuStorage,
        b_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.run([(a, a_layout), (b, b_layout)])
    }

    fn bwd(
        &self,
        a: &Tensor,
        b: &Tensor,
        y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        self.gradients([a, b], y, grad).map(Into::into)
    }
}

impl<K: Kernel<3>> CustomOp3 for Recorded<K> {
    fn name(&self) -> &'static str {
        K::NAME
    }

    fn cpu_fwd(
        &self,
        a: &CpuStorage,
        a_layout: &Layout,
        b: &CpuStorage,
        b_layout: &Layout,
        c: &CpuStorage,
        c_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.run([(a, a_layout), (b, b_layout), (c, c_layout)])
    }

    fn bwd(
        &self,
        a: &Tensor,
        b: &Tensor,
        c: &Tensor,
        y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        self.gradients([a, b, c], y, grad).map(Into::into)
    }
}
