"""The same work as `noisebook bench unet --json`, in PyTorch eager, on the CPU.

    python tests/peers/bench_unet.py

needs `torch` and `safetensors`. The network is the mirror in `unet_mirror.py`, of the default config, on 64 pictures.
Prints {"threads": n, "ops": {name: milliseconds}, "peak_mb": x, "baseline_mb": y}: the median of five timed calls after
three warm-ups, the most memory the process ever held, and how much of it PyTorch took before any work.
"""

import json
import os
import resource
import statistics
import sys
import time

import torch
from torch.nn import functional as F


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


baseline_mb = peak_mb()
from unet_mirror import DEFAULT, UNet  # noqa: E402, below the baseline that it must not raise

threads = int(os.environ.get("RAYON_NUM_THREADS", os.cpu_count()))
torch.set_num_threads(threads)
ops = {}


def timed(name, call):
    for _ in range(3):
        call()
    laps = []
    for _ in range(5):
        start = time.perf_counter()
        call()
        laps.append((time.perf_counter() - start) * 1e3)
    ops[name] = statistics.median(laps)


torch.manual_seed(0)
net = UNet(**DEFAULT)
parameters = list(net.parameters())
assert sum(parameter.numel() for parameter in parameters) == 1_297_412
ema = [parameter.detach().clone() for parameter in parameters]
# Across all tensors at once; on the CPU PyTorch would otherwise go from one to the next.
adam = torch.optim.Adam(parameters, lr=1e-3, betas=(0.9, 0.99), foreach=True)
x_t, eps = torch.randn(64, 1, 32, 32), torch.randn(64, 1, 32, 32)
timesteps, labels = torch.randint(0, 1000, (64,)), torch.randint(0, 11, (64,))


def update():
    adam.zero_grad()
    F.mse_loss(net(x_t, timesteps, labels), eps).backward()
    torch.nn.utils.clip_grad_norm_(parameters, max_norm=1.0)
    adam.step()
    with torch.no_grad():
        torch._foreach_lerp_(ema, parameters, 1 - 0.999)


@torch.no_grad()
def sampling_step():
    """One step of DDIM, from ᾱ = 0.36 to 0.64."""
    pred_eps = net(x_t, timesteps, labels)
    # x0 = (x_t − √(1 − ᾱ) · eps) / √ᾱ
    pred_x0 = ((x_t - 0.8 * pred_eps) / 0.6).clamp(-1, 1)
    # x_prev = √ᾱ_prev · x0 + √(1 − ᾱ_prev) · eps
    return 0.8 * pred_x0 + 0.6 * pred_eps


timed("unet-update", update)
timed("unet-sampling-step", sampling_step)
json.dump({"threads": threads, "ops": ops, "peak_mb": peak_mb(), "baseline_mb": baseline_mb}, sys.stdout, indent=1)
print()
