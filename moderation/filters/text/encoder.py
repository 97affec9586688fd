"""The sentence encoder: the meaning of a sentence as numbers, in any of its languages.

These are the convolutions of Google's Universal Sentence Encoder, multilingual, version 3 (Yang et
al. 2019, Apache-2.0), without its last layers, and with four bits for each number of its token
table; `moderation train encoder` builds the files. It takes a millisecond and more for a sentence,
so only doubtful sentences are encoded.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from .data_files import FOLDER
from .tokens import BEGIN, END

Floats = npt.NDArray[np.float32]

SIZE: Final = 512
#: Features of a token: its row of the table, and the output of each branch.
FEATURES: Final = 1280
_BRANCH: Final = 256
#: Width of each branch's convolutions, with the number of tokens before the middle one.
_BRANCHES: Final = ((2, 0), (3, 1), (5, 2))
#: Empty rows between sentences, so that no convolution reads two of them.
_GAP: Final = 4
_EPSILON: Final = np.float32(1e-12)

TABLE: Final = FOLDER / "reader.table.npy"
SCALES: Final = FOLDER / "reader.scales.npy"
WEIGHTS: Final = FOLDER / "reader.encoder.npz"
#: Both numbers of a byte of the table.
_PAIRS: Final = np.array([[(b & 15) - 7.5, (b >> 4) - 7.5] for b in range(256)], np.float32)


class Encoder:
    """The encoder with its weights; it is not changed by use and can be shared by threads."""

    def __init__(
        self, table: npt.NDArray[np.uint8], scales: Floats, weights: Mapping[str, Floats]
    ) -> None:
        self._table = table
        self._scales = scales
        self._weights = dict(weights)

    @classmethod
    def load(cls) -> "Encoder":
        """Map the token table, which processes then share, and read the weights."""
        table = np.load(TABLE, mmap_mode="r")
        scales = np.load(SCALES).astype(np.float32)
        with np.load(WEIGHTS, allow_pickle=False) as stored:
            weights = {
                name: _restored(stored[name], stored[f"{name}.steps"])
                if f"{name}.steps" in stored
                else stored[name].astype(np.float32)
                for name in stored.files
                if not name.endswith(".steps")
            }
        return cls(table, scales, weights)

    def embeddings(self, ids: npt.NDArray[np.intp]) -> Floats:
        """Return the row of the token table for each id."""
        found: Floats = _PAIRS.take(self._table[ids], axis=0).reshape(len(ids), SIZE)
        found *= self._scales[ids, None]
        return found

    def features(self, sentences: list[list[int]]) -> Floats:
        """Return mean and maximum of each feature over the tokens of each sentence."""
        weights = self._weights
        lengths = np.array([len(ids) + 2 for ids in sentences])
        # Sentences stand in one long column, with empty rows before, between and behind them.
        begins = _GAP + np.cumsum(lengths + _GAP) - lengths - _GAP
        ids = np.concatenate([[BEGIN, *ids, END] for ids in sentences]).astype(np.intp)
        rows = np.arange(len(ids)) + np.repeat(_GAP * np.arange(1, len(sentences) + 1), lengths)
        size = int(begins[-1] + lengths[-1]) + _GAP

        embedded = self.embeddings(ids)
        projected = embedded @ weights["projection"]
        projected += weights["projection_bias"]
        features = [embedded]
        for branch, (width, before) in enumerate(_BRANCHES):
            columns = slice(branch * _BRANCH, (branch + 1) * _BRANCH)
            values = _normalised(
                projected[:, columns], weights[f"gain{width}"], weights[f"shift{width}"]
            )
            for layer in (1, 2):
                spread = np.zeros((size, _BRANCH), np.float32)
                spread[rows] = values
                kernel = weights[f"kernel{layer}_{width}"].reshape(width, _BRANCH, _BRANCH)
                found = spread[_GAP - before : size - _GAP - before] @ kernel[0]
                for step in range(1, width):
                    first = _GAP - before + step
                    found += spread[first : first + size - 2 * _GAP] @ kernel[step]
                # The sum has no rows for the first gap.
                found = found[rows - _GAP]
                found += weights[f"bias{layer}_{width}"]
                np.maximum(found, 0, out=found)
                found += values
                values = found
            features.append(values)
        joined = _normalised(np.concatenate(features, axis=1), weights["gain"], weights["shift"])
        starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
        found = np.empty((len(sentences), 2 * FEATURES), np.float32)
        np.add.reduceat(joined, starts, axis=0, out=found[:, :FEATURES])
        found[:, :FEATURES] /= lengths.astype(np.float32)[:, None]
        np.maximum.reduceat(joined, starts, axis=0, out=found[:, FEATURES:])
        return found


def _restored(small: npt.NDArray[np.int8], steps: Floats) -> Floats:
    """Return weights from one byte each, with a step size for each column."""
    restored: Floats = small.astype(np.float32) * steps.astype(np.float32)
    return restored


def _normalised(values: Floats, gain: Floats, shift: Floats) -> Floats:
    """Return values with mean 0 and variance 1 in every row, then scaled and shifted."""
    centred: Floats = values - values.mean(axis=1, keepdims=True)
    variance = np.einsum("ij,ij->i", centred, centred) / np.float32(centred.shape[1])
    centred *= (1 / np.sqrt(variance + _EPSILON))[:, None]
    centred *= gain
    centred += shift
    return centred


@cache
def encoder() -> Encoder:
    """Return the shipped encoder, loaded on first use."""
    return Encoder.load()
