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


class PictureGenerator(nn.Module):
    def __init__(self, latent_dim, channels, size, widths):
        super().__init__()
        self.side = size >> len(widths)
        self.seed = nn.Linear(latent_dim, widths[0] * self.side**2)
        grown = [4 * c for c in widths[1:]] + [widths[-1]]
        self.stages = nn.ModuleList(
            nn.ModuleDict({"norm": nn.GroupNorm(8, c), "grow": nn.Conv2d(c, g, 3, padding=1)})
            for c, g in zip(widths, grown)
        )
        self.head = nn.Conv2d(widths[-1], 4 * channels, 3, padding=1)

    def forward(self, z):
        x = self.seed(z).unflatten(1, (-1, self.side, self.side))
        for nth, stage in enumerate(self.stages):
            x = stage["grow"](F.silu(stage["norm"](x)))
            if nth + 1 < len(self.stages):
                x = F.pixel_shuffle(x, 2)
        return torch.tanh(F.pixel_shuffle(self.head(F.silu(x)), 2))


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


def main():
    torch.manual_seed(7)
    torch.set_default_dtype(torch.float64)
    b = 6
    points, pictures = PointJudge(2, [16, 12], 2), PictureJudge(2, 8, [12, 8])
    golden = of_judge("points", points, 0.5 * torch.randn(b, 2), torch.randn(b, 2), torch.rand(b, 1))
    shape = (b, 2, 8, 8)
    golden |= of_judge("pictures", pictures, torch.randn(shape), torch.randn(shape), torch.rand(b, 1, 1, 1))
    generator, z = PictureGenerator(5, 2, 16, [16, 8]), torch.randn(3, 5)
    for key, weight in generator.named_parameters():
        golden[f"generator.weights.{key}"] = weight.detach().float().contiguous()
    golden["generator.z"] = z.float()
    golden["generator.made"] = generator(z).detach().float().contiguous()
    save_file(golden, GOLDEN)


main()
