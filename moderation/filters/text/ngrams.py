"""A linear model over words, word pairs and letter groups of an English text.

It knows what the network learns from too few examples: rare words, misspellings, fixed phrases.
Each bucket of a hash has one small weight for each output; the weights of a text's buckets are
summed, each once, and normalised. All words that name a group of people count as the same word, so
that none makes a text toxic.
"""

import json
import threading
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from .words import SOMEONE, normal

BITS: Final = 18
OUTPUTS: Final = 8

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
#: The offset of a gram's last letter from its first, at most to the edge of the word.
_LONGEST: Final = np.array([order - 1 for order in ORDERS])
#: Logarithms of counts; the count 0 is not used.
_LOG_COUNTS: Final = np.append(0.0, 1.0 + np.log(np.arange(1, 65))).astype(np.float32)
#: Words in the cache; more than the longest comment can have, even with one-letter words.
REMEMBERED: Final = 40_000
#: Keys that distinguish single words from each other and from all pairs.
_BEYOND_BUCKETS: Final = np.arange(1 << BITS, (1 << BITS) + REMEMBERED, dtype=np.uint32)


def hashes(words: Sequence[str]) -> Hashes:
    """Return a hash of each word, from which the buckets of its pairs are computed."""
    checks = (zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in words)
    return np.fromiter(checks, np.uint32, len(words)).astype(np.uint64) * _WORD


def grams(words: Sequence[str]) -> tuple[Buckets, Places]:
    """Return the buckets of all letter groups and words, and the word index of each."""
    buckets, owners = _letters(words)
    whole = _bucket(hashes(words))
    return np.concatenate((whole, buckets)), np.concatenate((np.arange(len(words)), owners))


def _letters(words: Sequence[str]) -> tuple[Buckets, Places]:
    """Return the buckets of all letter groups, and the word index of each, in order."""
    joined = f" {' '.join(words)} "
    letters = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    size = len(letters)
    edges = (letters == 32).nonzero()[0]
    # A group extends at most to the next edge of a word.
    lengths = np.diff(edges)
    owners = np.repeat(np.arange(len(lengths)), lengths)
    room = np.repeat(edges[1:], lengths)
    room -= np.arange(size - 1)
    found = np.empty((size - 1, len(ORDERS)), np.uint32)
    rolling = letters
    for column, order in enumerate(ORDERS):
        count = max(size - order + 1, 0)
        rolling = rolling[:count] * _GRAM
        rolling += letters[order - 1 : order - 1 + count]
        found[:count, column] = rolling
    inside = room[:, None] >= _LONGEST
    buckets = found[inside]
    buckets *= _GRAM_MIX
    buckets >>= _TO_BUCKET32
    return buckets, np.repeat(owners, inside.sum(axis=1))


def pairs(words: Hashes) -> Buckets:
    """Return the buckets of neighbouring words, then of words with one between them."""
    count = len(words)
    near, skipped = max(count - 1, 0), max(count - 2, 0)
    both = np.empty(near + skipped, np.uint64)
    np.multiply(words[:near], _PAIR, out=both[:near])
    np.multiply(words[:skipped], _SKIP, out=both[near:])
    both[:near] += words[1:]
    both[near:] += words[2:]
    return _bucket(both)


def _bucket(mixed: Hashes) -> Buckets:
    mixed ^= mixed >> _HALF
    mixed *= _MIX
    mixed >>= _TO_BUCKET64
    return mixed.astype(np.uint32)


class _Words:
    """A cache of the sums for words; it has room for all words of one text."""

    __slots__ = ("grams", "hashes", "rows", "weights")

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.weights = np.zeros((REMEMBERED, OUTPUTS), np.float32)
        self.hashes = np.zeros(REMEMBERED, np.uint64)
        self.grams = np.zeros(REMEMBERED, np.float32)


class Ngrams:
    """The weights of all buckets; threads may share it."""

    def __init__(self, weights: Small, steps: Floats, groups: Mapping[str, int]) -> None:
        # Eight one-byte weights are stored as one integer: one look-up instead of eight.
        self._weights = np.ascontiguousarray(weights).view(np.uint64).ravel()
        self._steps = steps
        self._someone = frozenset(word for word, group in groups.items() if group == 1)
        self._words = _Words()
        self._lock = threading.Lock()

    @classmethod
    def restored(cls, stored: Mapping[str, npt.NDArray[Any]]) -> "Ngrams":
        """Return the model from the arrays of its file; buckets that are not kept weigh nothing."""
        kept = np.unpackbits(stored["kept"]).astype(np.bool_)
        weights = np.zeros((1 << BITS, OUTPUTS), np.int8)
        weights[kept] = stored["weights"]
        groups = json.loads(stored["groups"].tobytes())
        return cls(weights, stored["steps"], groups)

    def logits(self, tokens: list[str]) -> Floats:
        """Return one number for each output; zeros for a text without words."""
        if not tokens:
            return np.zeros(OUTPUTS, np.float32)
        words, rows = self._remember(tokens)
        count = len(rows)
        around = pairs(words.hashes.take(rows))
        # Words and pairs share one array, so that each step runs once for both.
        found = np.empty((count + len(around), OUTPUTS), np.float32)
        sizes = np.empty(count + len(around), np.float32)
        keys = np.empty(count + len(around), np.uint32)
        words.weights.take(rows, axis=0, out=found[:count], mode="clip")
        np.multiply(self._rows(around), self._steps, out=found[count:])
        words.grams.take(rows, out=sizes[:count], mode="clip")
        sizes[count:] = 1.0
        _BEYOND_BUCKETS.take(rows, out=keys[:count], mode="clip")
        keys[count:] = around
        return _whole(keys, found, sizes)

    def _rows(self, buckets: Buckets) -> Small:
        return self._weights.take(buckets).view(np.int8).reshape(-1, OUTPUTS)

    def _remember(self, tokens: list[str]) -> tuple[_Words, Places]:
        words = self._words
        try:
            return words, _places(words, tokens)
        except KeyError:
            pass
        # Reading needs no lock: a word is listed after its row is filled, and an overflow
        # starts a new cache instead of changing this one.
        with self._lock:
            words = self._words
            new = [token for token in dict.fromkeys(tokens) if token not in words.rows]
            if len(words.rows) + len(new) > REMEMBERED:
                words, new = _Words(), list(dict.fromkeys(tokens))
            # Another thread may have added them all in the meantime.
            if new:
                self._learn(words, new)
            self._words = words
        return words, _places(words, tokens)

    def _learn(self, words: _Words, tokens: list[str]) -> None:
        read = [SOMEONE if word in self._someone else word for word in map(normal, tokens)]
        first = len(words.rows)
        places = slice(first, first + len(tokens))
        hashed = hashes(read)
        buckets, owners = _letters(read)
        # Every word has letters, so no sum is empty.
        sizes = np.bincount(owners, minlength=len(tokens))
        # Integers are summed, so that their order does not matter.
        begins = sizes.cumsum() - sizes
        sums = np.add.reduceat(self._rows(buckets), begins, axis=0, dtype=np.int32)
        words.hashes[places] = hashed
        sums += self._rows(_bucket(hashed))
        words.weights[places] = sums * self._steps
        words.grams[places] = sizes + 1
        words.rows.update(zip(tokens, range(first, first + len(tokens)), strict=True))


def _places(words: _Words, tokens: list[str]) -> Places:
    return np.fromiter(map(words.rows.__getitem__, tokens), np.intp, len(tokens))


def _whole(keys: Buckets, found: Floats, sizes: Floats) -> Floats:
    """Weigh each key once, by the logarithm of its count, normalised to length one.

    Equal keys have equal weights, so any one of them represents the others.
    """
    order = keys.argsort()
    ordered = keys.take(order)
    # Boundaries between different keys, including both ends.
    begins = np.empty(len(keys) + 1, np.bool_)
    begins[0] = begins[-1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=begins[1:-1])
    places = begins.nonzero()[0]
    first = places[:-1]
    tf = _LOG_COUNTS.take(places[1:] - first, mode="clip")
    once = order.take(first)
    total: Floats = tf @ found.take(once, axis=0)
    return total / np.float32(float(tf * tf @ sizes.take(once)) ** 0.5)
