"""Golden numbers of schedules and samplers, from diffusers 0.42.

    python tests/peers/diffusers_golden.py

needs `torch` and `diffusers==0.42.*`, and writes `tests/golden/schedules.json` and `samplers.json`.
The Rust tests `golden_schedules` and `golden_samplers` read them; nothing else needs Python.

Samplers run on the model x·t/(t+1) from x_i = i/768, as in diffusers' own tests, on float64 samples.
Where a sampler draws noise it gets zeros, or cos(1.7·i + step), which any language can make.
"""

import itertools
import json
import pathlib

import numpy as np
import torch
from diffusers import DDIMScheduler, DDPMScheduler
from diffusers.schedulers import scheduling_ddim, scheduling_ddpm

GOLDEN = pathlib.Path(__file__).parent.parent / "golden"
SCHEDULES = {
    "linear": dict(beta_schedule="linear"),
    "scaled-linear": dict(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012),
    "cosine": dict(beta_schedule="squaredcos_cap_v2"),
    "sigmoid": dict(beta_schedule="sigmoid"),
}
PREDICTIONS = {"epsilon": "epsilon", "sample": "sample", "v": "v_prediction"}
SPACINGS = ["leading", "linspace", "trailing"]
# What the scheduler draws next; the loop below sets it before each step.
noise = torch.zeros(1, 768, dtype=torch.float64)
scheduling_ddpm.randn_tensor = scheduling_ddim.randn_tensor = lambda *args, **kwargs: noise


def short(numbers):
    return [float(f"{float(number):.8g}") for number in numbers]


def spread(num, at_most):
    """At most that many indices from 0 to num − 1, both ends included."""
    return sorted({round(x) for x in np.linspace(0, num - 1, min(num, at_most))})


def schedules():
    cases = []
    for (name, settings), num in itertools.product(SCHEDULES.items(), [1, 10, 50, 1000, 4000]):
        peer = DDPMScheduler(num_train_timesteps=num, **settings)
        idx = spread(num, 21)
        cases.append(
            dict(
                schedule=name,
                num_train_timesteps=num,
                idx=idx,
                betas=short(peer.betas[idx]),
                alphas_cumprod=short(peer.alphas_cumprod[idx]),
                mean_beta=short([peer.betas.double().mean()])[0],
                mean_alpha_cumprod=short([peer.alphas_cumprod.double().mean()])[0],
            )
        )
    return cases


def scheduler(case):
    settings = dict(
        num_train_timesteps=case["num_train_timesteps"],
        # DDIMScheduler has no sigmoid of its own, so both get the table.
        trained_betas=DDPMScheduler(
            num_train_timesteps=case["num_train_timesteps"], **SCHEDULES[case["schedule"]]
        ).betas.tolist(),
        prediction_type=PREDICTIONS[case["prediction"]],
        timestep_spacing=case["spacing"],
        steps_offset=case["steps_offset"],
        clip_sample=case["clip"] is not None,
        clip_sample_range=case["clip"] or 1.0,
    )
    if case["sampler"] == "ddim":
        return DDIMScheduler(**settings)
    return DDPMScheduler(variance_type=case["variance"].replace("-", "_"), **settings)


def run(case):
    global noise
    peer = scheduler(case)
    peer.set_timesteps(case["num_inference_steps"])
    options = dict(eta=case["eta"]) if case["sampler"] == "ddim" else {}
    i = torch.arange(768, dtype=torch.float64)[None]
    x = i / 768 * peer.init_noise_sigma
    sum_abs = []
    for step, timestep in enumerate(peer.timesteps):
        noise = torch.cos(1.7 * i + step) if case["noise"] == "cos" else torch.zeros_like(x)
        t = timestep.double()
        model_output = peer.scale_model_input(x, timestep) * t / (t + 1)
        x = peer.step(model_output, timestep, x, **options).prev_sample
        sum_abs.append(x.abs().sum())
    steps = spread(len(sum_abs), 8)
    return case | dict(
        path_idx=steps,
        path_sum_abs=short(sum_abs[step] for step in steps),
        final_idx=[1, 100, 500, 767],
        final=short(x[0, [1, 100, 500, 767]]),
    )


def samplers():
    usual = dict(
        sampler="ddpm", schedule="linear", num_train_timesteps=1000, num_inference_steps=10,
        spacing="leading", steps_offset=0, prediction="epsilon", eta=0.0, variance="fixed-small",
        clip=None, noise="zero",
    )  # fmt: skip
    kinds = [dict(sampler="ddpm"), dict(sampler="ddim"), dict(sampler="ddim", eta=0.5)]
    cases = [
        usual | kind | dict(schedule=schedule, prediction=prediction, spacing=spacing, num_inference_steps=num)
        for kind, schedule, prediction, spacing, num in itertools.product(
            kinds, SCHEDULES, PREDICTIONS, SPACINGS, [1, 10, 37]
        )
    ]
    noisy = [
        dict(sampler="ddpm"),
        dict(sampler="ddpm", variance="fixed-large"),
        dict(sampler="ddim", eta=0.5),
        dict(sampler="ddim", eta=1.0),
    ]
    cases += [
        usual | kind | dict(schedule=schedule, spacing=spacing, prediction="v", noise="cos", num_inference_steps=20)
        for kind, schedule, spacing in itertools.product(noisy, SCHEDULES, SPACINGS)
    ]
    for kind in noisy:
        cases += [
            usual | kind | dict(num_inference_steps=1000),
            usual | kind | dict(num_inference_steps=1000, prediction="sample", noise="cos"),
            usual | kind | dict(num_train_timesteps=50, schedule="cosine", noise="cos"),
            usual | kind | dict(clip=1.0, noise="cos"),
            usual | kind | dict(clip=0.5, prediction="sample", noise="cos"),
            usual | kind | dict(steps_offset=1, noise="cos"),
        ]
    return [run(case) for case in cases]


def timesteps():
    """For each number of steps n = 1…1000: Σ (position + 1) · timestep, which pins order and values."""

    def checksum(spacing, num):
        peer = DDPMScheduler(timestep_spacing=spacing)
        peer.set_timesteps(num)
        found = peer.timesteps.tolist()
        if found[-1] == -1:  # diffusers' rounding adds a stray timestep here, which Noisebook leaves out
            found = found[:-1]
        assert len(found) == num
        return sum((position + 1) * timestep for position, timestep in enumerate(found))

    return {spacing: [checksum(spacing, num) for num in range(1, 1001)] for spacing in SPACINGS}


def write(name, rows):
    text = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    (GOLDEN / name).write_text(f"[\n{text}\n]\n")


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    write("schedules.json", schedules())
    write("samplers.json", samplers())
    (GOLDEN / "timesteps.json").write_text(json.dumps(timesteps(), separators=(",", ":")) + "\n")
