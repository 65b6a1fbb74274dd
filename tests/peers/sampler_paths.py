"""Golden paths of every sampler, from diffusers 0.42.

    python tests/peers/sampler_paths.py

needs `torch` and `diffusers==0.42.*`, and writes `tests/golden/sampler_paths.json`. The Rust test
`sampler_paths` reads it; nothing else needs Python.

Samplers run on the model x·t/(t+1) from x_i = i/768 times the sampler's initial sigma, as in diffusers'
own tests, with its defaults but for clipping, which is off, and zeros where an ancestral sampler draws.
"""

import itertools
import json
import pathlib

import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    HeunDiscreteScheduler,
    UniPCMultistepScheduler,
)
from diffusers.schedulers import scheduling_ddim, scheduling_ddpm, scheduling_euler_ancestral_discrete

OUT = pathlib.Path(__file__).parent.parent / "golden" / "sampler_paths.json"
SCHEDULES = {
    "linear": dict(beta_schedule="linear", beta_start=0.0001, beta_end=0.02),
    "scaled-linear": dict(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012),
    "cosine": dict(beta_schedule="squaredcos_cap_v2"),
    "sigmoid": dict(
        trained_betas=DDPMScheduler(beta_schedule="sigmoid").betas.tolist(),
    ),
}
SAMPLERS = {
    "ddpm": DDPMScheduler,
    "ddim": DDIMScheduler,
    "euler": EulerDiscreteScheduler,
    "euler-ancestral": EulerAncestralDiscreteScheduler,
    "heun": HeunDiscreteScheduler,
    "dpmpp-2m": DPMSolverMultistepScheduler,
    "unipc": UniPCMultistepScheduler,
    "flow-euler": FlowMatchEulerDiscreteScheduler,
}
USUAL = dict(schedule="linear", prediction="epsilon", spacing=None, steps=10, eta=0.0, karras=False)
PREDICTIONS = {"epsilon": "epsilon", "sample": "sample", "v": "v_prediction", "flow": "flow_prediction"}
SPACINGS = ["leading", "linspace", "trailing"]
zeros = lambda shape, dtype=None, **_: torch.zeros(shape, dtype=dtype)
for module in (scheduling_ddpm, scheduling_ddim, scheduling_euler_ancestral_discrete):
    module.randn_tensor = zeros


def short(numbers, digits=9):
    return [float(f"{float(number):.{digits}g}") for number in numbers]


def scheduler(case):
    kind = SAMPLERS[case["sampler"]]
    if case["sampler"] == "flow-euler":
        return kind(use_karras_sigmas=case["karras"])
    settings = dict(SCHEDULES.get(case["schedule"], {}), prediction_type=PREDICTIONS[case["prediction"]])
    if case["spacing"]:
        settings["timestep_spacing"] = case["spacing"]
    if case["sampler"] in ("ddpm", "ddim"):
        settings["clip_sample"] = False
    if case["sampler"] == "ddpm" and case["schedule"] == "sigmoid":
        settings = dict(settings, beta_schedule="sigmoid", trained_betas=None)
    if case["karras"]:
        settings["use_karras_sigmas"] = True
    if case["prediction"] == "flow":
        settings["use_flow_sigmas"] = True
    return kind(**settings)


def run(case):
    peer = scheduler(case)
    peer.set_timesteps(case["steps"])
    options = dict(eta=case["eta"]) if case["sampler"] == "ddim" else {}
    x = torch.arange(768, dtype=torch.float64).reshape(1, 3, 16, 16) / 768 * getattr(peer, "init_noise_sigma", 1.0)
    sum_abs = []
    for timestep in peer.timesteps:
        t = timestep.double()
        seen = peer.scale_model_input(x, timestep) if hasattr(peer, "scale_model_input") else x
        x = peer.step(seen * t / (t + 1), timestep, x, **options).prev_sample.double()
        sum_abs.append(x.abs().sum())
    if not all(bool(torch.isfinite(value)) for value in sum_abs):
        raise ValueError(f"{case} leads beyond the numbers")
    if case["sampler"] in ("ddpm", "ddim"):
        ratio = ((1 - peer.alphas_cumprod) / peer.alphas_cumprod) ** 0.5
        sigmas = [*ratio[peer.timesteps], 0.0]
    else:
        sigmas = peer.sigmas
    final = x.flatten()
    # What goes without saying need not be stored.
    return {key: value for key, value in case.items() if value != USUAL.get(key)} | dict(
        timesteps=short(peer.timesteps, 7),
        sigmas=short(sigmas, 6),
        sum_abs=short(sum_abs, 6),
        final=short(final[[1, 500, 767]]),
    )


def cases():
    along_sigma = ["euler", "euler-ancestral", "heun", "dpmpp-2m", "unipc"]
    rows = []

    def add(**changes):
        case = USUAL | changes
        if case["sampler"] == "euler-ancestral" and case["prediction"] == "sample":
            return  # not implemented there
        if case not in rows:
            rows.append(case)

    every = ["ddpm", "ddim", *along_sigma]
    for sampler, prediction, spacing, steps in itertools.product(
        every, ["epsilon", "sample", "v"], SPACINGS, [7, 18]
    ):
        add(sampler=sampler, prediction=prediction, spacing=spacing, steps=steps)
    for sampler, schedule in itertools.product(every, SCHEDULES):
        for steps in [1, 2, 13, 30]:
            add(sampler=sampler, schedule=schedule, steps=steps)
        for prediction, spacing in itertools.product(["epsilon", "sample", "v"], SPACINGS):
            add(sampler=sampler, schedule=schedule, prediction=prediction, spacing=spacing, steps=9)
    for sampler in every:
        add(sampler=sampler, steps=111)
    for prediction, spacing, eta in itertools.product(["epsilon", "sample", "v"], SPACINGS, [0.3, 1.0]):
        add(sampler="ddim", prediction=prediction, spacing=spacing, eta=eta, steps=12)
    for sampler, schedule, prediction, steps in itertools.product(
        ["euler", "heun", "dpmpp-2m", "unipc"], SCHEDULES, ["epsilon", "sample", "v"], [5, 10, 25]
    ):
        add(sampler=sampler, schedule=schedule, prediction=prediction, steps=steps, karras=True)
    for sampler, spacing, steps in itertools.product(["euler", "heun", "dpmpp-2m", "unipc"], SPACINGS, [8, 15]):
        add(sampler=sampler, spacing=spacing, steps=steps, karras=True)
    for sampler, steps in itertools.product(["dpmpp-2m", "unipc", "flow-euler"], [1, 2, 3, 5, 10, 28, 50, 111]):
        add(sampler=sampler, schedule="flow", prediction="flow", steps=steps)
    for steps in [2, 3, 5, 10, 20]:
        add(sampler="flow-euler", schedule="flow", prediction="flow", steps=steps, karras=True)
    return rows


def run_where_possible(case):
    try:
        return run(case)
    except (IndexError, AssertionError):
        # On the cosine schedule DPM++ and UniPC make the timesteps of Karras sigmas whole; where the first two
        # become the same, diffusers begins at the second and falls off the end.
        assert case["karras"] and case["schedule"] == "cosine", case
        return None


if __name__ == "__main__":
    rows = [row for row in map(run_where_possible, cases()) if row]
    text = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    OUT.write_text(f"[\n{text}\n]\n")
    print(len(rows), "paths,", OUT.stat().st_size, "bytes")
