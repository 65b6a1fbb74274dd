"""The critics and the generator of `crates/nets` in PyTorch, with the same names, and what autograd says of a GAN's losses.

    python tests/peers/gan_golden.py

needs `torch` and `safetensors`, and writes `tests/golden/gan.safetensors`: for a critic of points and one of pictures their
random weights, inputs, scores, the gradient of the scores, every loss, and the gradient penalty with its gradient by each
weight, which PyTorch finds by differentiating twice. The Rust test `golden_gan` has the same weights and inputs.
"""

import math
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

GOLDEN = pathlib.Path(__file__).parent.parent / "golden" / "gan.safetensors"


def with_waves(x, num_waves):
    waves = [f(x * math.pi * 2**k) for k in range(num_waves) for f in (torch.sin, torch.cos)]
    return torch.cat([x, *waves], dim=1)


class PointJudge(nn.Module):
    def __init__(self, dim, widths, num_waves):
        super().__init__()
        inputs = [dim * (1 + 2 * num_waves), *widths[:-1]]
        self.num_waves = num_waves
        self.hidden = nn.ModuleList(nn.Linear(i, o) for i, o in zip(inputs, widths))
        self.head = nn.Linear(widths[-1], 1)

    def forward(self, x):
        h = with_waves(x, self.num_waves)
        for layer in self.hidden:
            h = F.leaky_relu(layer(h), 0.2)
        return self.head(h).squeeze(1)


class PictureJudge(nn.Module):
    def __init__(self, channels, size, widths):
        super().__init__()
        inputs = [channels, *widths[:-1]]
        self.hidden = nn.ModuleList(nn.Conv2d(4 * i, o, 3, padding=1) for i, o in zip(inputs, widths))
        side = size >> len(widths)
        self.head = nn.Linear(widths[-1] * side * side, 1)

    def forward(self, x):
        for layer in self.hidden:
            x = F.leaky_relu(layer(F.pixel_unshuffle(x, 2)), 0.2)
        return self.head(x.flatten(1)).squeeze(1)


class Painter(nn.Module):
    def __init__(self, channels, size, widths):
        super().__init__()
        self.side = size >> len(widths)
        grown = [4 * c for c in widths[1:]] + [widths[-1]]
        self.stages = nn.ModuleList(
            nn.ModuleDict({"norm": nn.GroupNorm(8, c), "grow": nn.Conv2d(c, g, 3, padding=1)})
            for c, g in zip(widths, grown)
        )
        self.head = nn.Conv2d(widths[-1], 4 * channels, 3, padding=1)

    def paint(self, x):
        for nth, stage in enumerate(self.stages):
            x = stage["grow"](F.silu(stage["norm"](x)))
            if nth + 1 < len(self.stages):
                x = F.pixel_shuffle(x, 2)
        return torch.tanh(F.pixel_shuffle(self.head(F.silu(x)), 2))


class PictureGenerator(Painter):
    def __init__(self, latent_dim, channels, size, widths):
        super().__init__(channels, size, widths)
        self.seed = nn.Linear(latent_dim, widths[0] * self.side**2)

    def forward(self, z):
        return self.paint(self.seed(z).unflatten(1, (-1, self.side, self.side)))


class ClipGenerator(Painter):
    def __init__(self, latent_dim, motion_dim, num_frames, size, widths):
        super().__init__(1, size // 2, widths)
        self.motion_dim, self.size = motion_dim, size
        self.seed = nn.Linear(latent_dim - motion_dim, widths[0] * self.side**2)
        hidden = [nn.Linear(i, 128) for i in (motion_dim, 128)]
        self.course = nn.ModuleDict({"hidden": nn.ModuleList(hidden), "head": nn.Linear(128, 2 * num_frames)})

    def forward(self, z):
        what, motion = z[:, : -self.motion_dim], z[:, -self.motion_dim :]
        picture = self.paint(self.seed(what).unflatten(1, (-1, self.side, self.side)))
        for layer in self.course["hidden"]:
            motion = F.relu(layer(motion))
        course = (2 * torch.tanh(self.course["head"](motion) / 2)).unflatten(1, (-1, 2))
        half = self.size // 2
        # Every clip and frame by itself: its picture in the middle of a black frame, sampled where the course says.
        frame = F.pad(picture, [half // 2] * 4, value=-1.0)
        pixels = torch.arange(self.size) + half / 2
        frames = []
        for place in course.unbind(1):
            # Towards the bottom right the frame looks further to the top left.
            y, x = (pixels - (place[:, axis, None] + 1) / 2 * half for axis in (0, 1))
            grid = torch.stack(torch.broadcast_tensors(x[:, None, :], y[:, :, None]), dim=3)
            black = F.grid_sample(frame + 1, (2 * grid + 1) / self.size - 1, align_corners=False) - 1
            frames.append(black)
        return torch.cat(frames, dim=1)


def losses(real, made):
    """(of the critic, of the generator) by the loss's name, each written as its paper has it."""
    p, q = torch.sigmoid(real), torch.sigmoid(made)
    gan = -(torch.log(p).mean() + torch.log(1 - q).mean())
    wasserstein = made.mean() - real.mean()
    return {
        "minimax": (gan, torch.log(1 - q).mean()),
        "non-saturating": (gan, -torch.log(q).mean()),
        "least-squares": (((real - 1) ** 2).mean() / 2 + (made**2).mean() / 2, ((made - 1) ** 2).mean() / 2),
        "hinge": (F.relu(1 - real).mean() + F.relu(1 + made).mean(), -made.mean()),
        "wasserstein": (wasserstein, -made.mean()),
        "wasserstein-gp": (wasserstein, -made.mean()),
    }


def of_judge(name, judge, real, made, share):
    between = (share * real + (1 - share) * made).requires_grad_()
    score = judge(between)
    (slope,) = torch.autograd.grad(score.sum(), between, create_graph=True)
    norms = slope.flatten(1).norm(dim=1)
    penalty = ((norms - 1) ** 2).mean()
    weights = dict(judge.named_parameters())
    grads = torch.autograd.grad(penalty, list(weights.values()), allow_unused=True)
    golden = {"real": real, "made": made, "between": between, "score": score, "slope": slope, "penalty": penalty}
    real_scores, made_scores = judge(real), judge(made)
    for loss, (of_critic, _) in losses(real_scores, made_scores).items():
        golden[f"critic.{loss}"] = of_critic
    for loss in losses(real_scores, made_scores):
        x = made.clone().requires_grad_()
        of_generator = losses(real_scores, judge(x))[loss][1]
        golden[f"generator.{loss}"] = of_generator
        # By each sample: the mean of b losses gives each a share of 1/b.
        golden[f"push.{loss}"] = -torch.autograd.grad(of_generator, x)[0] * len(x)
    for key, weight in weights.items():
        golden[f"weights.whole.{key}"] = weight
    for key, grad in zip(weights, grads):
        # The last bias moves no slope.
        golden[f"grad.whole.{key}"] = torch.zeros_like(weights[key]) if grad is None else grad
    return {f"{name}.{key}": tensor.detach().float().contiguous() for key, tensor in golden.items()}


def of_generator(name, generator, z):
    golden = {f"weights.{key}": weight for key, weight in generator.named_parameters()}
    golden |= {"z": z, "made": generator(z)}
    return {f"{name}.{key}": tensor.detach().float().contiguous() for key, tensor in golden.items()}


def main():
    torch.manual_seed(7)
    torch.set_default_dtype(torch.float64)
    b = 6
    points, pictures = PointJudge(2, [16, 12], 2), PictureJudge(2, 8, [12, 8])
    golden = of_judge("points", points, 0.5 * torch.randn(b, 2), torch.randn(b, 2), torch.rand(b, 1))
    shape = (b, 2, 8, 8)
    golden |= of_judge("pictures", pictures, torch.randn(shape), torch.randn(shape), torch.rand(b, 1, 1, 1))
    golden |= of_generator("generator", PictureGenerator(5, 2, 16, [16, 8]), torch.randn(3, 5))
    golden |= of_generator("clips", ClipGenerator(5, 2, 3, 16, [16, 8]), torch.randn(3, 5))
    save_file(golden, GOLDEN)


main()
