"""The first stage: words and pairs to buckets, buckets to a few numbers about a text."""

import math
import threading
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from .reading import SOMEONE, Reading, normal

BITS: Final = 18
HEADS: Final = 8

Buckets = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float32]
Small = npt.NDArray[np.int8]

_GRAM: Final = np.uint32(0x9E3779B1)
_GRAM_MIX: Final = np.uint32(0x85EBCA6B)
_WORD: Final = np.uint64(0x9E3779B97F4A7C15)
_PAIR: Final = np.uint64(0xC2B2AE3D27D4EB4F)
_SKIP: Final = np.uint64(0x165667B19E3779F9)
_MIX: Final = np.uint64(0xBF58476D1CE4E5B9)
_HALF: Final = np.uint64(32)
_TO_BUCKET32: Final = np.uint32(32 - BITS)
_TO_BUCKET64: Final = np.uint64(64 - BITS)
ORDERS: Final = (2, 3, 4, 5)


def hashes(words: Sequence[str]) -> Hashes:
    """Return a number for each word, from which its pairs' buckets are made."""
    checks = [zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in words]
    return np.array(checks, np.uint64) * _WORD


def grams(words: Sequence[str]) -> tuple[Buckets, Places]:
    """Return the buckets of all words' letters and of the words, and whose each is."""
    joined = f" {' '.join(words)} "
    letters = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    edges = (letters == 32).cumsum()
    buckets, owners = [_bucket(hashes(words))], [np.arange(len(words))]
    rolling = letters
    for order in ORDERS:
        count = max(len(letters) - order + 1, 0)
        rolling = rolling[:count] * _GRAM + letters[order - 1 : order - 1 + count]
        # No edge strictly inside: the gram belongs to one word.
        inside = edges[order - 2 : order - 2 + count] == edges[:count]
        buckets.append((rolling[inside] * _GRAM_MIX) >> _TO_BUCKET32)
        owners.append(edges[:count][inside] - 1)
    return np.concatenate(buckets), np.concatenate(owners)


def pairs(words: Hashes) -> Buckets:
    """Return the buckets of neighbouring words, then of words with one between them."""
    skipped = max(len(words) - 2, 0)
    both = np.concatenate(
        (words[:-1] * _PAIR + words[1:], words[:skipped] * _SKIP + words[len(words) - skipped :])
    )
    return _bucket(both)


def _bucket(mixed: Hashes) -> Buckets:
    return (((mixed ^ (mixed >> _HALF)) * _MIX) >> _TO_BUCKET64).astype(np.uint32)


_LOG_COUNTS: Final = (1.0 + np.log(np.arange(1, 65, dtype=np.float64))).astype(np.float32)
#: Lengths of the runs of words of which the strongest is looked at.
PASSAGES: Final = (1, 3, 8)
GROUPS: Final = 8
SURFACE: Final = 6 + GROUPS - 1
INPUTS: Final = HEADS * (1 + len(PASSAGES)) + SURFACE
# More than one text of MAX_LENGTH can hold: every other letter a word of its own.
REMEMBERED: Final = 40_000


class _Words:
    """What the table says about words met before: all words of one text fit."""

    __slots__ = ("grams", "groups", "hashes", "rows", "weights")

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.weights = np.zeros((REMEMBERED, HEADS), np.float32)
        self.hashes = np.zeros(REMEMBERED, np.uint64)
        self.grams = np.zeros(REMEMBERED, np.float32)
        self.groups = np.zeros(REMEMBERED, np.uint8)


@dataclass(frozen=True, slots=True)
class Description:
    """What the first stage found: inputs of the second, and each token's weight per head."""

    inputs: Floats
    words: Floats


class Table:
    """The first stage: per bucket one small weight for each head."""

    def __init__(self, weights: Small, steps: Floats, groups: Mapping[str, int]) -> None:
        # Eight weights of one byte travel as one number: one look-up instead of eight.
        self._weights = np.ascontiguousarray(weights).view(np.uint64).ravel()
        self._steps = steps
        self._groups = groups
        self._words = _Words()
        self._lock = threading.Lock()

    def describe(self, reading: Reading) -> Description:
        words, rows = self._remember(reading.tokens)
        count = len(rows)
        inputs = np.zeros(INPUTS, np.float32)
        weights = np.zeros((0, HEADS), np.float32)
        if count:
            around = pairs(words.hashes.take(rows))
            # Words and pairs lie in one array, so that each step is taken once for both.
            found = np.empty((count + len(around), HEADS), np.float32)
            sizes = np.ones(count + len(around), np.float32)
            keys = np.empty(count + len(around), np.uint32)
            words.weights.take(rows, axis=0, out=found[:count], mode="clip")
            np.multiply(self._rows(around), self._steps, out=found[count:])
            words.grams.take(rows, out=sizes[:count], mode="clip")
            np.add(rows, 1 << BITS, out=keys[:count], casting="unsafe")
            keys[count:] = around
            inputs[:HEADS] = _whole(keys, found, sizes)
            weights = found[:count]
            weights[:-1] += found[count : 2 * count - 1]
            weights[:-2] += found[2 * count - 1 :]
            inputs[HEADS:-SURFACE] = _strongest(weights)
        inputs[-SURFACE:] = _surface(reading, words.groups.take(rows))
        return Description(inputs, weights)

    def _rows(self, buckets: Buckets) -> Small:
        return self._weights.take(buckets).view(np.int8).reshape(-1, HEADS)

    def _remember(self, tokens: list[str]) -> tuple[_Words, Places]:
        words = self._words
        rows = list(map(words.rows.get, tokens))
        if None in rows:
            # Reading needs no lock: a word is listed after its row is filled, and words
            # that overflow start another memory instead of changing this one.
            with self._lock:
                words = self._words
                new = [token for token in dict.fromkeys(tokens) if token not in words.rows]
                if len(words.rows) + len(new) > REMEMBERED:
                    words, new = _Words(), list(dict.fromkeys(tokens))
                # Another thread may have learned them all while this one waited.
                if new:
                    self._learn(words, new)
                self._words = words
            rows = list(map(words.rows.get, tokens))
        return words, np.array(rows, np.intp)

    def _learn(self, words: _Words, tokens: list[str]) -> None:
        normals = [normal(token) for token in tokens]
        groups = [self._groups.get(word, 0) for word in normals]
        read = [
            SOMEONE if group == 1 else word for word, group in zip(normals, groups, strict=True)
        ]
        first = len(words.rows)
        places = slice(first, first + len(tokens))
        buckets, owners = grams(read)
        # Every word has at least its own bucket, so no sum is empty.
        sizes = np.bincount(owners, minlength=len(tokens))
        ordered = buckets.take(owners.argsort(kind="stable"))
        # Whole numbers are summed, so that their order does not matter.
        sums = np.add.reduceat(self._rows(ordered), sizes.cumsum() - sizes, axis=0, dtype=np.int32)
        words.weights[places] = sums * self._steps
        words.grams[places] = sizes
        words.hashes[places] = hashes(read)
        words.groups[places] = groups
        words.rows.update(zip(tokens, range(first, first + len(tokens)), strict=True))


def _whole(keys: Buckets, found: Floats, sizes: Floats) -> Floats:
    """Weigh each thing once, by the logarithm of its count, at length one.

    Equal keys carry equal weights, so it does not matter which of them is taken.
    """
    order = keys.argsort()
    ordered = keys.take(order)
    first = np.concatenate((_START, (ordered[1:] != ordered[:-1]).nonzero()[0] + 1))
    counts = np.empty_like(first)
    counts[:-1] = first[1:]
    counts[-1] = len(keys)
    counts -= first
    counts -= 1
    tf = _LOG_COUNTS.take(counts, mode="clip")
    once = order.take(first)
    total: Floats = tf @ found.take(once, axis=0)
    return total / np.float32(float(tf * tf @ sizes.take(once)) ** 0.5)


_START: Final = np.zeros(1, np.intp)


def _strongest(words: Floats) -> Floats:
    """Return, for each length of passage, the strongest run's sum per head."""
    sums = np.zeros((len(words) + 1, HEADS), np.float32)
    words.cumsum(axis=0, out=sums[1:])
    found = [
        (sums[size:] - sums[:-size]).max(axis=0) if len(words) > size else sums[-1]
        for size in PASSAGES
    ]
    return np.concatenate(found)


def _surface(reading: Reading, groups: npt.NDArray[np.uint8]) -> list[float]:
    length, count = len(reading.typed) + 1, len(reading.tokens) + 1
    counts = np.bincount(groups, minlength=GROUPS)[1:].tolist()
    return [
        math.log(length),
        math.log(count),
        reading.capitals / length,
        math.log1p(reading.typed.count("!")),
        math.log1p(reading.typed.count("?")),
        count / length,
        *(number / (count + 4) for number in counts),
    ]
