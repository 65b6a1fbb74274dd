"""The U-Net of `crates/nets` in PyTorch: the same names, so it loads the same safetensors.

    python tests/peers/unet_mirror.py

needs `torch` and `safetensors`, and writes `tests/golden/unet.safetensors`: a small network's random weights, an input
and this mirror's output. The Rust test `golden_unet` runs the same weights on the same input.

    python tests/peers/unet_mirror.py WEIGHTS.safetensors

loads the weights of a trained model of the default config instead, and prints what it predicts for noise.
"""

import math
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

GOLDEN = pathlib.Path(__file__).parent.parent / "golden" / "unet.safetensors"
SMALL = dict(in_channels=3, size=16, channels=[8, 12], emb_dim=16, num_classes=5, num_groups=4, num_heads=2)
DEFAULT = dict(in_channels=1, size=32, channels=[32, 64, 96], emb_dim=128, num_classes=10, num_groups=8, num_heads=4)


def timestep_embedding(timesteps, dim):
    half = dim // 2
    frequencies = torch.exp(-math.log(10_000) * torch.arange(half, dtype=torch.float64) / half)
    angles = timesteps[:, None].double() * frequencies
    return torch.cat([angles.cos(), angles.sin()], dim=1).float()


class ResBlock(nn.Module):
    def __init__(self, c_in, c_out, emb_dim, num_groups):
        super().__init__()
        self.norm1 = nn.GroupNorm(num_groups, c_in)
        self.conv1 = nn.Conv2d(c_in, c_out, 3, padding=1)
        self.emb = nn.Linear(emb_dim, 2 * c_out)
        self.norm2 = nn.GroupNorm(num_groups, c_out, affine=False)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1)
        self.skip = nn.Identity() if c_in == c_out else nn.Conv2d(c_in, c_out, 1)

    def forward(self, x, emb):
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.emb(emb)[:, :, None, None].chunk(2, dim=1)
        h = self.conv2(F.silu(self.norm2(h) * (1 + scale) + shift))
        return self.skip(x) + h


class AttentionBlock(nn.Module):
    def __init__(self, c, num_heads, num_groups):
        super().__init__()
        self.num_heads = num_heads
        self.norm = nn.GroupNorm(num_groups, c)
        self.q, self.k, self.v, self.proj = (nn.Conv2d(c, c, 1) for _ in range(4))

    def forward(self, x):
        b, c, h, w = x.shape
        normalized = self.norm(x)
        q, k, v = (
            conv(normalized).reshape(b, self.num_heads, -1, h * w).transpose(2, 3) for conv in (self.q, self.k, self.v)
        )
        y = F.scaled_dot_product_attention(q, k, v)
        return x + self.proj(y.transpose(2, 3).reshape(b, c, h, w))


class UNet(nn.Module):
    def __init__(self, in_channels, size, channels, emb_dim, num_classes, num_groups, num_heads):
        super().__init__()
        self.emb_dim = emb_dim
        self.time1, self.time2 = nn.Linear(emb_dim, emb_dim), nn.Linear(emb_dim, emb_dim)
        self.label = nn.Embedding(num_classes + 1, emb_dim)
        self.stem = nn.Conv2d(4 * in_channels, channels[0], 3, padding=1)
        self.levels = nn.ModuleList()
        for i, c in enumerate(channels):
            level = nn.ModuleDict(
                dict(
                    down=ResBlock(c, c, emb_dim, num_groups),
                    up=ResBlock(2 * c, c, emb_dim, num_groups),
                )
            )
            if i + 1 < len(channels):
                level["fold"] = nn.Conv2d(4 * c, channels[i + 1], 1)
            if i > 0:
                level["unfold"] = nn.Conv2d(c, 4 * channels[i - 1], 1)
            self.levels.append(level)
        lowest = channels[-1]
        self.mid1 = ResBlock(lowest, lowest, emb_dim, num_groups)
        self.mid_attn = AttentionBlock(lowest, num_heads, num_groups)
        self.mid2 = ResBlock(lowest, lowest, emb_dim, num_groups)
        self.norm = nn.GroupNorm(num_groups, channels[0])
        self.head = nn.Conv2d(channels[0], 4 * in_channels, 3, padding=1)

    def forward(self, x_t, timesteps, labels):
        time = self.time2(F.silu(self.time1(timestep_embedding(timesteps, self.emb_dim))))
        emb = F.silu(time + self.label(labels))
        h = self.stem(F.pixel_unshuffle(x_t, 2))
        skips = []
        for level in self.levels:
            h = level["down"](h, emb)
            skips.append(h)
            if "fold" in level:
                h = level["fold"](F.pixel_unshuffle(h, 2))
        h = self.mid2(self.mid_attn(self.mid1(h, emb)), emb)
        for level, skip in zip(reversed(self.levels), reversed(skips)):
            h = level["up"](torch.cat([h, skip], dim=1), emb)
            if "unfold" in level:
                h = F.pixel_shuffle(level["unfold"](h), 2)
        return F.pixel_shuffle(self.head(F.silu(self.norm(h))), 2)


@torch.no_grad()
def write_golden():
    torch.manual_seed(0)
    net = UNet(**SMALL)
    for name, parameter in net.named_parameters():
        # Norms around one, and everything large enough to be missed if it were left out.
        if "norm" in name and name.endswith("weight"):
            parameter.copy_(1 + 0.3 * torch.randn_like(parameter))
        elif "norm" in name:
            parameter.copy_(0.3 * torch.randn_like(parameter))
    x_t = torch.randn(4, SMALL["in_channels"], SMALL["size"], SMALL["size"])
    timesteps = torch.tensor([0.0, 17.0, 499.5, 999.0], dtype=torch.float64)
    labels = torch.tensor([0, 3, 5, 4])  # 5 is the null label
    tensors = {f"weights.{name}": tensor for name, tensor in net.state_dict().items()}
    tensors |= dict(x_t=x_t, timesteps=timesteps, labels=labels, model_output=net(x_t, timesteps, labels))
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, GOLDEN)
    print(f"{GOLDEN}: output of deviation {tensors['model_output'].std():.3f}")


@torch.no_grad()
def try_weights(path):
    net = UNet(**DEFAULT)
    net.load_state_dict(load_file(path))
    x_t = torch.randn(4, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    timesteps, labels = torch.full((4,), 999.0), torch.arange(4)
    error = (net(x_t, timesteps, labels) - x_t).square().mean()
    print(f"{path}: mean squared error {error:.4f} of the predicted noise in noise")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        try_weights(sys.argv[1])
    else:
        write_golden()
