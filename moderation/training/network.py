"""The second stage: a small network fitted by L-BFGS, the same for the same seed."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize

from moderation.filters.toxicity import LIMIT, Network

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shape:
    """How large the hidden layer is and how hard weights are pulled to zero."""

    hidden: int = 32
    decay: float = 8e-4
    rounds: int = 250
    seed: int = 11


def fit_network(inputs: Floats, targets: Floats, weights: Floats, shape: Shape) -> Network:
    """Return a network that minimises weighted log loss; a NaN target is not counted."""
    width, outputs = inputs.shape[1], targets.shape[1]
    mean = inputs.mean(axis=0)
    scale = 1.0 / np.maximum(inputs.std(axis=0), 1e-3)
    x = np.clip((inputs - mean) * scale, -LIMIT, LIMIT)
    known = np.isfinite(targets) * weights
    wanted = np.nan_to_num(targets)
    # Each column counts the same, however many rows know about it.
    total = known.sum(axis=0, keepdims=True)
    share = (known / np.where(total > 0, total, 1)).astype(np.float32)
    sizes = [
        (width, shape.hidden),
        (shape.hidden,),
        (shape.hidden, outputs),
        (width, outputs),
        (outputs,),
    ]
    rng = np.random.default_rng(shape.seed)
    start = [rng.normal(0, 0.5 / max(s[0], 1) ** 0.5, s) for s in sizes]
    start[1][:] = 0.0
    start[3][:] = 0.0
    base = np.where(total[0] > 0, (share * wanted).sum(axis=0), 0.5)
    start[4][:] = np.log(base / (1 - base))
    cuts = np.cumsum([array.size for array in start])[:-1]

    def parts(flat: npt.NDArray[np.float64]) -> list[Floats]:
        pieces = np.split(flat.astype(np.float32), cuts)
        return [piece.reshape(size) for piece, size in zip(pieces, sizes, strict=True)]

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        hidden, hidden_bias, bent, straight, bias = parts(flat)
        active = np.tanh(x @ hidden + hidden_bias)
        logits = active @ bent + x @ straight + bias
        lost = share * (np.logaddexp(0, logits) - wanted * logits)
        pull = share * (1 / (1 + np.exp(-logits)) - wanted)
        back = (pull @ bent.T) * (1 - active * active)
        slopes = [x.T @ back, back.sum(axis=0), active.T @ pull, x.T @ pull, pull.sum(axis=0)]
        slope = np.concatenate([s.ravel() for s in slopes]).astype(np.float64)
        size = len(flat) - outputs
        slope[:size] += shape.decay * flat[:size]
        return float(lost.sum()) + 0.5 * shape.decay * float(flat[:size] @ flat[:size]), slope

    flat = np.concatenate([array.ravel() for array in start])
    found = optimize.minimize(
        loss, flat, jac=True, method="L-BFGS-B", options={"maxiter": shape.rounds, "maxcor": 20}
    )
    hidden, hidden_bias, bent, straight, bias = parts(found.x)
    return Network(
        mean.astype(np.float32),
        scale.astype(np.float32),
        hidden,
        hidden_bias,
        bent,
        straight,
        bias,
        np.array([1.0, 1.0, 0.0], np.float32),
    )
