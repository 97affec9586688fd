"""Measures of agreement between scores and labels, in NumPy only."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def ranks(values: npt.ArrayLike) -> Array:
    """Return ranks from 1; equal values share the mean of theirs."""
    array = np.asarray(values, np.float64)
    _, index, counts = np.unique(array, return_inverse=True, return_counts=True)
    ends = counts.cumsum()
    mean: Array = (ends - (counts - 1) / 2)[index]
    return mean


def auc(labels: npt.ArrayLike, scores: npt.ArrayLike) -> float:
    """Return the probability that a labelled row scores above another; NaN if all are the same."""
    positive = np.asarray(labels) > 0.5
    good, bad = int((~positive).sum()), int(positive.sum())
    if not good or not bad:
        return float("nan")
    return float((ranks(scores)[positive].sum() - bad * (bad + 1) / 2) / (bad * good))


def spearman(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
    """Return the rank correlation of two rows of numbers."""
    return float(np.corrcoef(ranks(first), ranks(second))[0, 1])


def f1(labels: npt.ArrayLike, chosen: npt.ArrayLike) -> float:
    """Return the harmonic mean of precision and recall; 0 without true positives."""
    positive, predicted = np.asarray(labels, np.bool_), np.asarray(chosen, np.bool_)
    correct = int((positive & predicted).sum())
    return 2 * correct / (int(positive.sum()) + int(predicted.sum())) if correct else 0.0


def roc(labels: npt.ArrayLike, scores: npt.ArrayLike) -> tuple[Array, Array]:
    """Return false and true positive rates from the highest threshold to the lowest."""
    correct, wrong = _positives(labels, scores)
    return wrong / max(float(wrong[-1]), 1.0), correct / max(float(correct[-1]), 1.0)


def precision_recall(labels: npt.ArrayLike, scores: npt.ArrayLike) -> tuple[Array, Array]:
    """Return recall and precision from the highest threshold to the lowest."""
    correct, wrong = _positives(labels, scores)
    return correct[1:] / max(float(correct[-1]), 1.0), correct[1:] / (correct[1:] + wrong[1:])


def _positives(labels: npt.ArrayLike, scores: npt.ArrayLike) -> tuple[Array, Array]:
    """Return the true and false positives at each threshold, starting above the highest score."""
    positive, values = np.asarray(labels) > 0.5, np.asarray(scores, np.float64)
    order = np.argsort(-values, kind="stable")
    ends = np.append(np.diff(values[order]).nonzero()[0], len(values) - 1)
    correct = np.concatenate(([0.0], positive[order].cumsum()[ends]))
    wrong = np.concatenate(([0.0], (~positive[order]).cumsum()[ends]))
    return correct, wrong


def calibration_error(labels: npt.ArrayLike, scores: npt.ArrayLike, bins: int = 10) -> float:
    """Return the mean distance of score and share labelled in tenths, weighted by rows."""
    positive, values = np.asarray(labels) > 0.5, np.asarray(scores, np.float64)
    bin_of_row = np.minimum((values * bins).astype(int), bins - 1)
    difference = np.bincount(bin_of_row, values, bins) - np.bincount(bin_of_row, positive, bins)
    return float(np.abs(difference).sum() / len(values))
