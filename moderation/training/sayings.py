"""Learn what a clause tells that the words do not."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import optimize

from moderation.filters.toxicity.clauses import SAYINGS, Clause
from moderation.filters.toxicity.sayings import PLACES, Sayings, logits

Floats = npt.NDArray[np.float32]
#: How hard weights are pulled to zero: a row that says so weighs more.
DECAY = 0.3
#: What tells less than this of an attribute tells nothing of it.
LEAST = 0.25


def said_rows(found: Sequence[Sequence[Clause]]) -> Floats:
    """Return a row for each text, with a one for all that is said in it."""
    rows = np.zeros((len(found), len(SAYINGS)), np.float32)
    for row, clauses in enumerate(found):
        rows[row, [PLACES[clause.name] for clause in clauses]] = 1.0
    return rows


def fit_sayings(rows: Floats, probabilities: Floats, targets: Floats, weights: Floats) -> Sayings:
    """Fit one logistic regression per attribute; rows in which nothing is said tell nothing.

    Weights of sayings are never negative: what is said makes nothing better.
    """
    chosen = rows.any(axis=1)
    x = rows[chosen].astype(np.float64)
    count, attributes = x.shape[1], probabilities.shape[1]
    found = Sayings(
        np.zeros((count, attributes), np.float32),
        np.ones(attributes, np.float32),
        np.full(attributes, -30.0, np.float32),
    )
    worded = logits(probabilities[chosen])
    for at in range(attributes):
        wanted, share = targets[chosen, at].astype(np.float64), weights[chosen, at]
        known = np.isfinite(wanted)
        if not known.any():
            continue
        flat = _fitted(x[known], worded[known, at], wanted[known], share[known])
        told = np.where(flat[:-2] < LEAST, 0.0, flat[:-2])
        found.weights[:, at], found.slopes[at], found.bias[at] = told, flat[-2], flat[-1]
    return found


def _fitted(
    x: npt.NDArray[np.float64],
    worded: npt.NDArray[np.float64],
    wanted: npt.NDArray[np.float64],
    share: Floats,
) -> npt.NDArray[np.float64]:
    columns = np.column_stack((x, worded, np.ones(len(x))))
    decay = np.append(np.full(x.shape[1], DECAY), [0.0, 0.0])

    def loss(at: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        z = columns @ at
        lost = share @ (np.logaddexp(0, z) - wanted * z) + 0.5 * float(decay @ (at * at))
        return float(lost), columns.T @ (share * (1 / (1 + np.exp(-z)) - wanted)) + decay * at

    start = np.append(np.zeros(x.shape[1]), [0.5, -2.0])
    bounds = [(0.0, 6.0)] * x.shape[1] + [(0.0, 1.0), (-10.0, 0.0)]
    return np.asarray(optimize.minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x)
