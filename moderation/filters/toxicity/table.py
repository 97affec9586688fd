"""The first stage: words and pairs to buckets, buckets to a few numbers about a text."""

import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from .clauses import Clause, clauses, kind
from .reading import SOMEONE, Reading, normal
from .vectors import Vectors, checks

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
#: How far the last letter of a gram is from its first, at most to the edge of the word.
_LONGEST: Final = np.array([order - 1 for order in ORDERS])


def hashes(words: Sequence[str]) -> Hashes:
    """Return a number for each word, from which its pairs' buckets are made."""
    return _hashed(checks(words))


def _hashed(numbers: Buckets) -> Hashes:
    return numbers.astype(np.uint64) * _WORD


def grams(words: Sequence[str]) -> tuple[Buckets, Places]:
    """Return the buckets of all words' letters and of the words, and whose each is."""
    buckets, owners = _letters(words)
    whole = _bucket(hashes(words))
    return np.concatenate((whole, buckets)), np.concatenate((np.arange(len(words)), owners))


def _letters(words: Sequence[str]) -> tuple[Buckets, Places]:
    """Return the buckets of all words' letters, and whose each is: word after word."""
    joined = f" {' '.join(words)} "
    letters = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    size = len(letters)
    edges = (letters == 32).nonzero()[0]
    # From where they begin, grams go up to the next edge and no further.
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


#: By how often something occurs; nothing occurs never.
_LOG_COUNTS: Final = np.append(0.0, 1.0 + np.log(np.arange(1, 65))).astype(np.float32)
#: Lengths of the runs of words of which the strongest is looked at.
PASSAGES: Final = (1, 3, 8)
GROUPS: Final = 8
#: Which groups of words are looked for around the loudest word: how far before and after it.
AROUND: Final = ((1, 5, 5), (2, 4, 4), (3, 6, 0), (4, 4, 0), (6, 6, 0))
#: Inputs that are not 0 where the loudest word is denied, or somebody is said to have said it.
DENIED: Final = AROUND.index((3, 6, 0)) - len(AROUND)
REPORTED: Final = AROUND.index((6, 6, 0)) - len(AROUND)
SURFACE: Final = 7 + GROUPS - 1 + len(AROUND)
INPUTS: Final = HEADS * (1 + len(PASSAGES)) + SURFACE
# More than one text of MAX_LENGTH can hold: every other letter a word of its own.
REMEMBERED: Final = 40_000
#: By what a word is told from the others and from all pairs.
_BEYOND_BUCKETS: Final = np.arange(1 << BITS, (1 << BITS) + REMEMBERED, dtype=np.uint32)


class _Words:
    """What the table says about words met before: all words of one text fit."""

    __slots__ = ("grams", "groups", "hashes", "kinds", "rows", "vectors", "weights")

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.weights = np.zeros((REMEMBERED, HEADS), np.float32)
        self.hashes = np.zeros(REMEMBERED, np.uint64)
        self.grams = np.zeros(REMEMBERED, np.float32)
        self.groups = np.zeros(REMEMBERED, np.uint8)
        self.kinds = np.zeros(REMEMBERED, np.uint8)
        self.vectors = np.zeros(REMEMBERED, np.intp)


@dataclass(frozen=True, slots=True)
class Description:
    """What the first stage found: inputs of the second, and each token's weight per head."""

    inputs: Floats
    words: Floats
    #: Where the words' meanings point together.
    direction: Floats
    #: What is said to or of people, and neither denied nor reported.
    clauses: Sequence[Clause]


class Table:
    """The first stage: per bucket one small weight for each head."""

    def __init__(
        self, weights: Small, steps: Floats, groups: Mapping[str, int], vectors: Vectors
    ) -> None:
        # Eight weights of one byte travel as one number: one look-up instead of eight.
        self._weights = np.ascontiguousarray(weights).view(np.uint64).ravel()
        self._steps = steps
        self._groups = groups
        self._vectors = vectors
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
            sizes = np.empty(count + len(around), np.float32)
            keys = np.empty(count + len(around), np.uint32)
            words.weights.take(rows, axis=0, out=found[:count], mode="clip")
            np.multiply(self._rows(around), self._steps, out=found[count:])
            words.grams.take(rows, out=sizes[:count], mode="clip")
            sizes[count:] = 1.0
            _BEYOND_BUCKETS.take(rows, out=keys[:count], mode="clip")
            keys[count:] = around
            inputs[:HEADS] = _whole(keys, found, sizes)
            weights = found[:count]
            weights[:-1] += found[count : 2 * count - 1]
            weights[:-2] += found[2 * count - 1 :]
            inputs[HEADS:-SURFACE] = _strongest(weights)
        # The first head is the one for toxicity.
        loudest = int(weights[:, 0].argmax()) if count else 0
        inputs[-SURFACE:] = _surface(reading, words.groups.take(rows), loudest)
        direction = self._vectors.mean(words.vectors.take(rows))
        said = clauses(words.kinds.take(rows).tobytes(), reading)
        return Description(inputs, weights, direction, said)

    def _rows(self, buckets: Buckets) -> Small:
        return self._weights.take(buckets).view(np.int8).reshape(-1, HEADS)

    def _remember(self, tokens: list[str]) -> tuple[_Words, Places]:
        words = self._words
        try:
            return words, _places(words, tokens)
        except KeyError:
            pass
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
        return words, _places(words, tokens)

    def _learn(self, words: _Words, tokens: list[str]) -> None:
        normals = [normal(token) for token in tokens]
        groups = [self._groups.get(word, 0) for word in normals]
        read = [
            SOMEONE if group == 1 else word for word, group in zip(normals, groups, strict=True)
        ]
        first = len(words.rows)
        places = slice(first, first + len(tokens))
        numbers = checks(read)
        hashed = _hashed(numbers)
        buckets, owners = _letters(read)
        # Every word has letters, so no sum is empty.
        sizes = np.bincount(owners, minlength=len(tokens))
        # Whole numbers are summed, so that their order does not matter.
        begins = sizes.cumsum() - sizes
        sums = np.add.reduceat(self._rows(buckets), begins, axis=0, dtype=np.int32)
        words.hashes[places] = hashed
        sums += self._rows(_bucket(hashed))
        words.weights[places] = sums * self._steps
        words.grams[places] = sizes + 1
        words.groups[places] = groups
        words.kinds[places] = list(map(kind, normals, map((1).__eq__, groups)))
        words.vectors[places] = self._vectors.places(numbers)
        words.rows.update(zip(tokens, range(first, first + len(tokens)), strict=True))


def _places(words: _Words, tokens: list[str]) -> Places:
    return np.fromiter(map(words.rows.__getitem__, tokens), np.intp, len(tokens))


def _whole(keys: Buckets, found: Floats, sizes: Floats) -> Floats:
    """Weigh each thing once, by the logarithm of its count, at length one.

    Equal keys carry equal weights, so it does not matter which of them is taken.
    """
    order = keys.argsort()
    ordered = keys.take(order)
    # Where the next key begins; before the first and after the last something begins too.
    begins = np.empty(len(keys) + 1, np.bool_)
    begins[0] = begins[-1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=begins[1:-1])
    places = begins.nonzero()[0]
    first = places[:-1]
    tf = _LOG_COUNTS.take(places[1:] - first, mode="clip")
    once = order.take(first)
    total: Floats = tf @ found.take(once, axis=0)
    return total / np.float32(float(tf * tf @ sizes.take(once)) ** 0.5)


def _strongest(words: Floats) -> Floats:
    """Return, for each length of passage, the strongest run's sum per head."""
    count = len(words)
    sums = np.empty((count + 1, HEADS), np.float32)
    sums[0] = 0.0
    np.add.accumulate(words, axis=0, out=sums[1:])
    if count < PASSAGES[-1]:
        found = [
            np.maximum.reduce(sums[size:] - sums[:-size]) if count > size else sums[-1]
            for size in PASSAGES
        ]
        return np.concatenate(found)
    # All lengths side by side, so that the strongest of each are found at once.
    runs = np.empty((count, len(PASSAGES) * HEADS), np.float32)
    # The longer ones begin no later than where they have room.
    runs[count - PASSAGES[-1] + 1 :] = -np.inf
    for place, size in enumerate(PASSAGES):
        mine = slice(place * HEADS, (place + 1) * HEADS)
        np.subtract(sums[size:], sums[:-size], out=runs[: count - size + 1, mine])
    strongest: Floats = np.maximum.reduce(runs)
    return strongest


def _surface(reading: Reading, groups: npt.NDArray[np.uint8], loudest: int) -> list[float]:
    length, count = len(reading.typed) + 1, len(reading.tokens) + 1
    typed, codes = reading.typed, groups.tobytes()
    return [
        math.log(length),
        math.log(count),
        reading.capitals / length,
        math.log1p(typed.count("!")),
        math.log1p(typed.count("?")),
        math.log1p(typed.count('"') + typed.count("“")),
        count / length,
        *[codes.count(group) / (count + 4) for group in range(1, GROUPS)],
        # "Idiot" denied, reported or said of oneself is not "idiot" said to somebody.
        *[
            codes.find(group, max(loudest - before, 0), loudest + after + 1) >= 0
            for group, before, after in AROUND
        ],
    ]
