"""Weights as small integers, as the model files have them."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Small = npt.NDArray[np.int8]

#: All but one in ten thousand weights of a column are at most this quantile.
_LOUD = 0.9999


def small(weights: Floats, loudest: float | None = None) -> tuple[Small, Floats]:
    """Return weights as integers of one byte, with the size of one step for each column.

    With `loudest`, weights beyond that multiple of the column's 99.99th percentile are cut off, so
    that a few of them do not cost the others their precision.
    """
    sizes = np.abs(weights)
    highest = sizes.max(axis=0)
    if loudest is not None:
        highest = np.minimum(highest, np.quantile(sizes, _LOUD, axis=0) * loudest)
    steps = np.maximum(highest / 127, 1e-9).astype(np.float32)
    return np.clip(np.rint(weights / steps), -127, 127).astype(np.int8), steps
