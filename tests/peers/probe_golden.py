"""Golden numbers of the probe's measures, from numpy and scipy.

    python tests/peers/probe_golden.py

needs `numpy` and `scipy`, and writes `tests/golden/probe.json`. The test in `crates/probe/src/golden.rs` makes the
same inputs by the same formulas. Each measure is computed here in another way than there: the Fréchet distance by a
general matrix square root, neighbors by sorting the whole distance matrix.
"""

import json
import pathlib

import numpy as np
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist
from scipy.special import softmax

NUM, NUM_REAL, NUM_TRAINING, NUM_PIXELS, NUM_FEATURES, NUM_CLASSES, K = 120, 150, 200, 40, 12, 10, 5


def rows(num, width, seed):
    row, col = np.arange(num, dtype=np.float64)[:, None], np.arange(width, dtype=np.float64)[None]
    angle = 12.9898 * row + 78.233 * col + 37.719 * seed + 0.37 * row * (col + seed)
    return (np.sin(angle) * 3.0 + np.sin(0.11 * row)).astype(np.float32)


def frechet(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = sqrtm(cov_a @ cov_b).real
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(cov_a + cov_b - 2 * root))


training = rows(NUM_TRAINING, NUM_PIXELS, 1.0)
pictures = rows(NUM, NUM_PIXELS, 2.0)
for row in range(0, NUM, 7):
    blend = np.float32(0.1 * row / NUM * 5.0)
    pictures[row] = training[row] * (1 - blend) + training[row + 1] * blend
features = rows(NUM, NUM_FEATURES, 3.0) * np.float32(0.7) + np.float32(1.5)
real = rows(2 * NUM_REAL, NUM_FEATURES, 4.0)
real, other = real[0::2], real[1::2]
logits = rows(NUM, NUM_CLASSES, 5.0) * 8
labels = (logits.argmax(1) + (np.arange(NUM) % 5 == 0)) % NUM_CLASSES

read = logits.argmax(1) == labels
per_class = [(c, int((labels == c).sum()), int(read[labels == c].sum())) for c in sorted(set(labels.tolist()))]
radius = np.sort(cdist(real.astype(np.float64), real.astype(np.float64)), axis=1)[:, K]
inside = cdist(real.astype(np.float64), features.astype(np.float64)) < radius[:, None]
nearest = np.sort(cdist(pictures.astype(np.float64), training.astype(np.float64)), axis=1)
scores = dict(
    num=NUM,
    num_real=NUM_REAL,
    num_training=NUM_TRAINING,
    num_pixels=NUM_PIXELS,
    num_features=NUM_FEATURES,
    num_classes=NUM_CLASSES,
    adherence=float(read.mean()),
    per_class=per_class,
    least_class=min(correct / asked for _, asked, correct in per_class),
    confident=float((softmax(logits.astype(np.float64), axis=1).max(1) > 0.9).mean()),
    frechet=frechet(features, real[:NUM]),
    frechet_floor=frechet(other[:NUM], real[:NUM]),
    density=float(inside.sum(0).mean() / K),
    coverage=float(inside.any(1).mean()),
    copy_rate=float((nearest[:, 0] / nearest[:, 1] < 1 / 3).mean()),
)
golden = pathlib.Path(__file__).parent.parent / "golden" / "probe.json"
golden.write_text(json.dumps(scores, indent=1) + "\n")
print(scores)
