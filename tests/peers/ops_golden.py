"""Golden values and gradients of single operations, from PyTorch.

    python tests/peers/ops_golden.py

needs `torch` and `safetensors`, and writes `tests/golden/ops.safetensors`. Inputs are drawn in float32, PyTorch
computes in float64, and all is stored as float32: inputs are read exactly, results as well as float32 can hold them.

Each case holds its float inputs `CASE.in.0`…, its output `CASE.out`, a random `CASE.cotangent` of the output's shape,
and `CASE.grad.0`…: the gradient of Σ out · cotangent with respect to each input. Indices are `CASE.indices` (int64),
a mask is `CASE.mask` (1 where attention is allowed).

Two are laid out otherwise. `adam` and `adamw` hold the values before (`in.0`), the gradient of each of three updates
(`grad.0`…) and the values after each (`values.0`…). `clip` and `clip_short` hold gradients (`in.0`, `in.1`), the length
of both together (`norm`) and what clipping that length to 1 makes of them (`out.0`, `out.1`).
"""

import functools
import pathlib
import zlib

import torch
from safetensors.torch import save_file
from torch.nn import functional as F

GOLDEN = pathlib.Path(__file__).parent.parent / "golden" / "ops.safetensors"
NORM_EPS = 1e-5
tensors = {}


def generator(name):
    """Randomness that only a case's name decides: another case more leaves the others as they are."""
    return torch.Generator().manual_seed(zlib.crc32(name.encode()))


def normal(rng, *shape, scale=1.0):
    """Normal float64 numbers that float32 holds exactly."""
    return (torch.randn(shape, generator=rng) * scale).double()


def store(name, **parts):
    """Keeps each part as `NAME.PART`, or a list as `NAME.PART.0`…"""
    for part, found in parts.items():
        numbered = [(f"{part}.{i}", x) for i, x in enumerate(found)] if isinstance(found, list) else [(part, found)]
        for key, x in numbered:
            kept = x.float() if x.is_floating_point() else x
            tensors[f"{name}.{key}"] = kept.detach().clone(memory_format=torch.contiguous_format)


def case(name, call, *inputs, **extras):
    inputs = [x.requires_grad_() for x in inputs]
    out = call(*inputs)
    # Drawn apart from the inputs, so that it resembles none of them.
    cotangent = normal(generator(name + ".cotangent"), *out.shape)
    grads = torch.autograd.grad((out * cotangent).sum(), inputs)
    store(name, **{"in": inputs}, out=out, cotangent=cotangent, grad=list(grads), **extras)


def conv(name, x_shape, c_out, k, **settings):
    rng, c_in = generator(name), x_shape[1]
    w = normal(rng, c_out, c_in, k, k, scale=(c_in * k * k) ** -0.5)
    case(name, functools.partial(F.conv2d, **settings), normal(rng, *x_shape), w, normal(rng, c_out))


def conv_transpose(name, x_shape, c_out, k, **settings):
    rng, c_in = generator(name), x_shape[1]
    w = normal(rng, c_in, c_out, k, k, scale=(c_in * k * k) ** -0.5)
    case(name, functools.partial(F.conv_transpose2d, **settings), normal(rng, *x_shape), w, normal(rng, c_out))


def convolutions():
    conv("conv2d_3x3_s1", (3, 5, 7, 6), 4, 3, padding=1)
    conv("conv2d_3x3_s1_one", (1, 3, 5, 4), 2, 3, padding=1)
    conv("conv2d_3x3_s1_even", (2, 8, 8, 8), 16, 3, padding=1)
    conv("conv2d_3x3_s2", (2, 3, 7, 5), 4, 3, stride=2, padding=1)
    conv("conv2d_3x3_s2_even", (2, 3, 8, 8), 4, 3, stride=2, padding=1)
    conv("conv2d_1x1", (2, 5, 3, 7), 4, 1)
    conv("conv2d_5x5", (2, 3, 7, 6), 4, 5, padding=2)
    conv("conv2d_1x1_s2", (2, 5, 7, 6), 3, 1, stride=2)
    conv("conv2d_4x4_s2", (2, 3, 8, 8), 4, 4, stride=2, padding=1)
    conv_transpose("conv_transpose2d_4x4_s2", (2, 3, 5, 4), 4, 4, stride=2, padding=1)
    conv_transpose("conv_transpose2d_3x3_s1", (2, 3, 5, 6), 4, 3, padding=1)
    conv_transpose("conv_transpose2d_2x2_s2", (2, 5, 3, 4), 3, 2, stride=2)
    conv_transpose("conv_transpose2d_4x4_s1", (3, 7, 1, 1), 5, 4)


def linears():
    for name, x_shape in [("linear", (3, 5)), ("linear_3d", (2, 3, 5))]:
        rng = generator(name)
        case(name, F.linear, normal(rng, *x_shape), normal(rng, 4, 5), normal(rng, 4))


def norms():
    def group_norm(x, scale, shift):
        return F.group_norm(x, 4, eps=NORM_EPS) * scale[:, :, None, None] + shift[:, :, None, None]

    for name, act in [("group_norm", torch.nn.Identity()), ("group_norm_silu", F.silu)]:
        rng = generator(name)
        inputs = normal(rng, 2, 8, 3, 5), normal(rng, 2, 8), normal(rng, 2, 8)
        case(name, lambda x, scale, shift: act(group_norm(x, scale, shift)), *inputs)

    rng = generator("layer_norm")
    x, weight, bias = normal(rng, 2, 3, 17), normal(rng, 17), normal(rng, 17)
    case("layer_norm", lambda x, w, b: F.layer_norm(x, (17,), w, b, NORM_EPS), x, weight, bias)
    case("rms_norm", lambda x, w: F.rms_norm(x, (17,), w, NORM_EPS), x, weight)


def attentions():
    x = normal(generator("softmax"), 2, 3, 9)
    # One far above the rest, two that share a row, and one far below.
    x[0, 0, 2] = x[1, 2, 5] = 80.0
    x[1, 2, 6], x[0, 1, 3] = 79.5, -80.0
    case("softmax", lambda x: x.softmax(-1), x)

    rng = generator("attention")
    q, k, v = normal(rng, 2, 2, 5, 8), normal(rng, 2, 2, 7, 8), normal(rng, 2, 2, 7, 8)
    case("attention", F.scaled_dot_product_attention, q, k, v)
    mask = torch.rand(5, 7, generator=rng) < 0.5
    mask[:, 0] = True  # no row without any,
    mask[2] = torch.arange(7) == 3  # one with only one,
    mask[4] = True  # and one with all
    masked = functools.partial(F.scaled_dot_product_attention, attn_mask=mask)
    case("attention_masked", masked, q, k, v, mask=mask.double())


def activations():
    calls = dict(
        silu=F.silu,
        gelu_tanh=functools.partial(F.gelu, approximate="tanh"),
        leaky_relu=functools.partial(F.leaky_relu, negative_slope=0.2),
        tanh=torch.tanh,
    )
    for name, call in calls.items():
        x = normal(generator(name), 3, 7, scale=2.0)
        x[:, 0] = torch.tensor([30.0, -30.0, 8.0])
        x[:, 6] = torch.tensor([-8.0, 0.001, -0.001])
        case(name, call, x)


def rearrangements():
    nearest = functools.partial(F.interpolate, scale_factor=2, mode="nearest")
    case("upsample_nearest2x", nearest, normal(generator("upsample"), 2, 3, 3, 4))
    case("avg_pool2x", lambda x: F.avg_pool2d(x, 2), normal(generator("avg_pool"), 2, 3, 4, 6))

    indices = torch.tensor([0, 5, 2, 2, 1])
    case("embedding", lambda table: F.embedding(indices, table), normal(generator("embedding"), 6, 5), indices=indices)

    # unfold puts patches last; a token is a row here.
    pictures, tokens = normal(generator("patchify"), 2, 3, 4, 6), normal(generator("unpatchify"), 2, 6, 12)
    case("patchify", lambda x: F.unfold(x, 2, stride=2).mT, pictures)
    case("unpatchify", lambda x: F.fold(x.mT, (4, 6), 2, stride=2), tokens)


def losses():
    rng = generator("bce_with_logits")
    logits, targets = normal(rng, 4, 3, scale=2.0), torch.rand(4, 3, generator=rng).double()
    # Sure and right, sure and wrong.
    logits[:, 0] = torch.tensor([40.0, -40.0, 40.0, -40.0])
    targets[:, 0] = torch.tensor([1.0, 0.0, 0.0, 1.0])
    case("bce_with_logits", F.binary_cross_entropy_with_logits, logits, targets)

    rng = generator("mse_loss")
    case("mse_loss", F.mse_loss, normal(rng, 2, 3, 5), normal(rng, 2, 3, 5))

    indices = torch.tensor([3, 0, 4, 0])
    logits = normal(generator("cross_entropy"), 4, 5, scale=3.0)
    case("cross_entropy", lambda logits: F.cross_entropy(logits, indices), logits, indices=indices)


def updates():
    rng = generator("adam")
    values, grads = normal(rng, 7), [normal(rng, 7) for _ in range(3)]
    for grad in grads:
        grad[3] = 0.0
        grad[4] *= 2.0**-26  # as small as eps, so that it matters where eps is added
    optimizers = dict(
        adam=functools.partial(torch.optim.Adam, lr=0.01, betas=(0.9, 0.999), eps=1e-8),
        adamw=functools.partial(torch.optim.AdamW, lr=0.01, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.1),
    )
    for name, optimizer in optimizers.items():
        parameter = values.clone().requires_grad_()
        optimizer = optimizer([parameter])
        path = []
        for grad in grads:
            parameter.grad = grad.clone()
            optimizer.step()
            path.append(parameter.detach().clone())
        store(name, **{"in": [values]}, grad=grads, values=path)

    # PyTorch adds 1e-6 to the length it divides by, and leaves what is shorter as it is.
    for name, scale in [("clip", 1.0), ("clip_short", 0.1)]:
        rng = generator("clip")
        grads = [normal(rng, 3, 5, scale=scale), normal(rng, 7, scale=scale)]
        parameters = [torch.zeros_like(grad) for grad in grads]
        for parameter, grad in zip(parameters, grads):
            parameter.grad = grad.clone()
        norm = torch.nn.utils.clip_grad_norm_(parameters, max_norm=1.0)
        assert (norm > 1) == (name == "clip")
        store(name, **{"in": grads}, norm=norm, out=[parameter.grad for parameter in parameters])


if __name__ == "__main__":
    torch.set_num_threads(1)  # one order of summation
    convolutions()
    linears()
    norms()
    attentions()
    activations()
    rearrangements()
    losses()
    updates()
    assert all(tensor.isfinite().all() for tensor in tensors.values())
    version = torch.__version__.split("+")[0]  # without the name of the build, which changes no number
    save_file(tensors, GOLDEN, {"made by": f"tests/peers/ops_golden.py with PyTorch {version}"})
    print(f"{GOLDEN}: {len(tensors)} tensors, {GOLDEN.stat().st_size} bytes")
