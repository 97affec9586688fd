"""The student: a small convolutional network that judges every sentence, and the whole text.

It learned from labelled comments and from the answers of the large encoder. Tokens of a sentence
never see another sentence, so a sentence has the same score alone and among others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from .data_files import FOLDER

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.intp]

FILE: Final = FOLDER / "reader.student.npz"
TABLE: Final = FOLDER / "reader.student.npy"
#: Empty rows between sentences: the reach of the second convolution.
_GAP: Final = 2
#: The id of the token that is thought to follow the last one.
_AFTER: Final = 1
_MOST: Final = np.float32(10.0)
_FIRST: Final = np.uint32(0x9E3779B1)
_SECOND: Final = np.uint32(0x85EBCA6B)
_MIX: Final = np.uint32(0x2C1B3C6D)
_SHIFT: Final = np.uint32(15)


@dataclass(frozen=True, slots=True)
class Outputs:
    """The logits of every sentence, and of the whole text, one column for each output."""

    sentences: Floats
    whole: Floats


class Student:
    """The student with its weights; it is not changed by use and can be shared by threads."""

    def __init__(self, table: npt.NDArray[np.int8], weights: Mapping[str, npt.NDArray[Any]]):
        def get(name: str) -> Floats:
            found: Floats = weights[name].astype(np.float32)
            return found

        self._table = table
        self._table_steps = get("table_steps")
        self._pairs: npt.NDArray[np.int8] = weights["pairs"]
        self._pair_steps = get("pair_steps")
        self._shift = np.uint32(32 - int(np.log2(len(self._pairs))))
        # The kernels of a layer stand side by side: one product for all of them.
        self._first = np.concatenate((_beside(get("c3")), get("s3")), axis=1)
        self._first_bias = get("b3")
        self._second = _beside(get("c5"))
        self._second_bias = get("b5")
        self._heads = get("q").shape[1]
        self._attention = np.concatenate((get("q"), get("hv")), axis=1)
        self._mean, self._most, self._attended = get("hm"), get("hx"), get("ha")
        self._hidden_bias = get("hb")
        self._output, self._output_bias = get("o"), get("ob")

    @classmethod
    def load(cls) -> "Student":
        """Map the token table, which processes then share, and read the weights."""
        # A plain array over the same pages is cheaper to index than NumPy's class for mapped files.
        table = np.asarray(np.load(TABLE, mmap_mode="r"))
        with np.load(FILE, allow_pickle=False) as stored:
            return cls(table, {name: stored[name] for name in stored.files})

    def judge(self, sentences: list[list[int]], times: Floats | None = None) -> Outputs:
        """Return the logits of sentences, each given as the ids of its tokens, at least one.

        `times` says how often each of them is in the text; None: all once.
        """
        lengths = np.fromiter(map(len, sentences), np.intp, len(sentences))
        ends = np.cumsum(lengths)
        count = int(ends[-1])
        ids = np.fromiter(chain.from_iterable(sentences), np.intp, count)
        following = np.empty_like(ids)
        following[:-1] = ids[1:]
        following[ends - 1] = _AFTER
        known = self._table[ids] * self._table_steps
        pairs = self._pairs[pair_buckets(ids, following, self._shift)]
        known[:, -pairs.shape[1] :] += pairs * self._pair_steps

        # Sentences stand in one long column, with empty rows before, between and behind them.
        rows = np.arange(count) + np.repeat(_GAP * np.arange(1, len(sentences) + 1), lengths)
        size = count + _GAP * (len(sentences) + 1)
        gaps = np.ones(size, np.bool_)
        gaps[rows] = False
        values = np.zeros((size, known.shape[1]), np.float32)
        values[rows] = known

        width = len(self._first_bias)
        products = values @ self._first
        found = _shifted(products, width, 1)
        found += self._first_bias
        np.maximum(found, 0, out=found)
        found += products[:, 3 * width :]
        found[gaps] = 0
        values, found = found, _shifted(found @ self._second, width, 2)
        found += self._second_bias
        np.maximum(found, 0, out=found)
        found += values
        found = found[rows]

        starts = ends - lengths
        products = found @ self._attention
        attention = np.minimum(np.maximum(products[:, : self._heads], -_MOST), _MOST)
        np.exp(attention, out=attention)
        attended = attention[:, :, None] * products[:, None, self._heads :]
        sums = np.add.reduceat(found, starts, axis=0)
        highest = np.maximum.reduceat(found, starts, axis=0)
        weighted = np.add.reduceat(attended.reshape(count, -1), starts, axis=0)
        shares = np.add.reduceat(attention, starts, axis=0)
        if len(sentences) == 1:
            each = self._logits(sums, highest, weighted, shares, lengths)
            return Outputs(each, each[0])
        if times is None:
            times = np.ones(len(sentences), np.float32)
        # The whole text is one more row.
        logits = self._logits(
            np.concatenate((sums, times[None] @ sums)),
            np.concatenate((highest, highest.max(axis=0, keepdims=True))),
            np.concatenate((weighted, times[None] @ weighted)),
            np.concatenate((shares, times[None] @ shares)),
            np.append(lengths, times @ lengths),
        )
        return Outputs(logits[:-1], logits[-1])

    def _logits(
        self, sums: Floats, highest: Floats, weighted: Floats, shares: Floats, counts: Ids
    ) -> Floats:
        attended = weighted.reshape(len(sums), self._heads, -1) / shares[:, :, None]
        hidden = (sums / counts[:, None].astype(np.float32)) @ self._mean
        hidden += highest @ self._most
        hidden += attended.reshape(len(sums), -1) @ self._attended
        hidden += self._hidden_bias
        logits: Floats = np.maximum(hidden, 0) @ self._output
        logits += self._output_bias
        return logits


def pair_buckets(ids: Ids, following: Ids, shift: np.uint32) -> npt.NDArray[np.uint32]:
    """Return the bucket of each pair of neighbouring tokens."""
    mixed = ids.astype(np.uint32) * _FIRST
    mixed += following.astype(np.uint32) * _SECOND
    mixed ^= mixed >> _SHIFT
    mixed *= _MIX
    mixed >>= shift
    return mixed


def _beside(kernels: Floats) -> Floats:
    """Return the kernels of three tokens, stored one below the other, side by side."""
    below = kernels.reshape(3, -1, kernels.shape[1])
    return np.concatenate(tuple(below), axis=1)


def _shifted(products: Floats, width: int, reach: int) -> Floats:
    """Return the sum of the products of each row and of those `reach` before and after it."""
    found = products[:, width : 2 * width].copy()
    found[reach:] += products[:-reach, :width]
    found[:-reach] += products[reach:, 2 * width : 3 * width]
    return found


@cache
def student() -> Student:
    """Return the shipped student, loaded on first use."""
    return Student.load()
