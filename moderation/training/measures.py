"""How well scores agree with labels, in NumPy only."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def ranks(values: npt.ArrayLike) -> Array:
    """Return ranks from 1; equal values share the mean of theirs."""
    array = np.asarray(values, np.float64)
    _, place, counts = np.unique(array, return_inverse=True, return_counts=True)
    ends = counts.cumsum()
    mean: Array = (ends - (counts - 1) / 2)[place]
    return mean


def auc(labels: npt.ArrayLike, scores: npt.ArrayLike) -> float:
    """Return the chance that a labelled row scores above another; NaN if all are the same."""
    wanted = np.asarray(labels) > 0.5
    good, bad = int((~wanted).sum()), int(wanted.sum())
    if not good or not bad:
        return float("nan")
    return float((ranks(scores)[wanted].sum() - bad * (bad + 1) / 2) / (bad * good))


def spearman(one: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """Return the rank correlation of two rows of numbers."""
    return float(np.corrcoef(ranks(one), ranks(other))[0, 1])


def f1(labels: npt.ArrayLike, chosen: npt.ArrayLike) -> float:
    """Return the harmonic mean of precision and recall; 0 if nothing was chosen rightly."""
    wanted, found = np.asarray(labels, np.bool_), np.asarray(chosen, np.bool_)
    right = int((wanted & found).sum())
    return 2 * right / (int(wanted.sum()) + int(found.sum())) if right else 0.0


def roc(labels: npt.ArrayLike, scores: npt.ArrayLike) -> tuple[Array, Array]:
    """Return false and true positive rates from the highest threshold to the lowest."""
    right, wrong = _found(labels, scores)
    return wrong / max(float(wrong[-1]), 1.0), right / max(float(right[-1]), 1.0)


def precision_recall(labels: npt.ArrayLike, scores: npt.ArrayLike) -> tuple[Array, Array]:
    """Return recall and precision from the highest threshold to the lowest."""
    right, wrong = _found(labels, scores)
    return right[1:] / max(float(right[-1]), 1.0), right[1:] / (right[1:] + wrong[1:])


def _found(labels: npt.ArrayLike, scores: npt.ArrayLike) -> tuple[Array, Array]:
    """Count rows at or above each threshold, rightly and wrongly found, starting with none."""
    wanted, values = np.asarray(labels) > 0.5, np.asarray(scores, np.float64)
    order = np.argsort(-values, kind="stable")
    ends = np.append(np.diff(values[order]).nonzero()[0], len(values) - 1)
    right = np.concatenate(([0.0], wanted[order].cumsum()[ends]))
    wrong = np.concatenate(([0.0], (~wanted[order]).cumsum()[ends]))
    return right, wrong


def calibration_error(labels: npt.ArrayLike, scores: npt.ArrayLike, bins: int = 10) -> float:
    """Return the mean distance of score and share labelled in tenths, weighted by rows."""
    wanted, given = np.asarray(labels) > 0.5, np.asarray(scores, np.float64)
    place = np.minimum((given * bins).astype(int), bins - 1)
    apart = np.bincount(place, given, bins) - np.bincount(place, wanted, bins)
    return float(np.abs(apart).sum() / len(given))
