"""A small linear model of spam: features of a text, a probability, and learning from decisions.

Pure: weights in, weights out. Nothing here knows where weights are kept or who decided.
"""

import math
import re
from dataclasses import dataclass
from functools import cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from .shipped import FOLDER
from .text import Text, count_digits

Array = NDArray[np.float32]

BUCKETS = 1 << 14
#: A bucket is met seldom, so it learns faster than a measure that every text has.
BUCKET_PACE = 60
VERSION = "1"

#: What is measured of every text, in the order of the weights.
MEASURES = (
    "always",
    "has_link",
    "links",
    "link_is_most_of_it",
    "capitals",
    "shouted_words",
    "digits",
    "exclamations",
    "signs",
    "length",
    "very_short",
    "long",
    "phrases",
    "second_person_order",
    "money",
    "repeats_words",
    "contact",
)

_ORDERS = frozenset(
    [
        "check",
        "subscribe",
        "visit",
        "click",
        "watch",
        "follow",
        "buy",
        "join",
        "order",
        "call",
        "contact",
        "message",
        "download",
        "sign",
        "add",
        "share",
        "like",
        "support",
        "help",
        "please",
        "earn",
        "win",
        "get",
        "vote",
    ]
)
_PARTS = str.maketrans(dict.fromkeys("!\"#%&'()*+,-./:;<=>?@[\\]^_`{|}~…“”’‘\n\t\r", " "))
_ASCII_PARTS = bytes(32 if code in _PARTS else code for code in range(256))
_READ = 4096
_ANCHORS = re.compile(r"</?a(?:\s[^<>]{0,400})?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Features:
    """A text as the model sees it."""

    measures: Array
    #: Buckets of its words, pairs of words and stretches of letters; repeats count again.
    buckets: NDArray[np.intp]
    #: What each bucket's weight counts for, so that long texts do not count for more.
    share: float


class _Checks(dict[str, int]):
    """Check sums of words, kept for the few thousand that are in use."""

    def __missing__(self, word: str) -> int:
        if len(self) >= 16384:
            self.clear()
        check = self[word] = crc32(word.encode("utf-8", "surrogatepass"))
        return check


checks = _Checks()


def features(text: Text, phrases: int = 0) -> Features:
    """Measure a text; only its beginning is read for words and stretches of letters."""
    if "<a " in text.lower:
        # What a link is wrapped around counts, not how it was marked up.
        text = Text(_ANCHORS.sub("", text.raw))
    lower = text.lower[:_READ]
    plain = lower.isascii()
    if plain:
        raw = lower.encode()
        words = raw.translate(_ASCII_PARTS).decode().split()
    else:
        words = lower.translate(_PARTS).split()
    count = len(words)
    size = max(1, len(lower))
    links = len(text.links)
    capitals = text.capitals
    unique = len(set(words))
    length = len(text.clean)
    linked = sum(end - begin for begin, end in (link.span for link in text.links))
    measures = np.array(
        (
            1.0,
            1.0 if links else 0.0,
            math.log1p(links),
            min(1.0, linked / max(1, length)),
            capitals,
            1.0 if capitals > 0.5 and length > 20 else 0.0,
            min(1.0, 5.0 * count_digits(lower) / size),
            min(1.0, lower.count("!") / 4),
            min(1.0, 4.0 * (size - sum(map(len, words)) - lower.count(" ")) / size),
            math.log1p(length) / 6.0,
            1.0 if length < 25 else 0.0,
            1.0 if length > 200 else 0.0,
            min(3.0, float(phrases)),
            min(1.0, len(_ORDERS.intersection(words)) / 3),
            1.0 if "$" in lower or "€" in lower or "£" in lower else 0.0,
            1.0 - unique / count if count > 8 else 0.0,
            1.0 if "@" in lower or "whatsapp" in lower or "telegram" in lower else 0.0,
        ),
        np.float32,
    )
    if plain:
        points = np.frombuffer(raw, np.uint8).astype(np.uint32)
    else:
        wide = lower.encode("utf-16-le", "surrogatepass")
        points = np.frombuffer(wide, np.uint16).astype(np.uint32)
    pairs = points[:-1] * _STEP + points[1:]
    threes = pairs[:-1] * _STEP + points[2:]
    fives = threes[:-2] * _LEAP + pairs[3:]
    single = np.array(list(map(checks.__getitem__, words[:800])), np.uint32)
    couples = single[:-1] * _STEP ^ single[1:]
    every = np.concatenate((single, couples, threes, fives))
    every ^= every >> _FOLD
    every *= _MIX
    buckets = (every >> _KEEP).astype(np.intp)
    return Features(measures, buckets, 1.0 / math.sqrt(max(1, buckets.size)))


_STEP, _LEAP, _FOLD, _MIX = (
    np.uint32(0x01000193),
    np.uint32(961),
    np.uint32(15),
    np.uint32(0x9E3779B1),
)
_KEEP = np.uint32(32 - 14)


@dataclass(frozen=True, slots=True)
class Weights:
    """What the model knows; learning returns new ones and leaves these as they are."""

    measures: Array
    buckets: Array
    #: Summed squares of the steps so far: what moved often moves less.
    moved_measures: Array
    moved_buckets: Array

    def score(self, seen: Features) -> float:
        """Return the probability that this is spam."""
        total = float(self.measures @ seen.measures)
        if seen.buckets.size:
            total += seen.share * float(self.buckets[seen.buckets].sum())
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))

    def update(self, seen: Features, spam: bool, rate: float = 0.03) -> "Weights":
        """Learn one decision."""
        error = self.score(seen) - (1.0 if spam else 0.0)
        measures, moved_measures = self.measures.copy(), self.moved_measures.copy()
        step = np.float32(error) * seen.measures
        moved_measures += step * step
        measures -= np.float32(rate) * step / np.sqrt(moved_measures + np.float32(1.0))
        buckets, moved_buckets = self.buckets.copy(), self.moved_buckets.copy()
        places, counts = np.unique(seen.buckets, return_counts=True)
        pull = np.float32(error * seen.share) * counts.astype(np.float32)
        moved_buckets[places] += pull * pull
        buckets[places] -= (
            np.float32(rate * BUCKET_PACE) * pull / np.sqrt(moved_buckets[places] + np.float32(1.0))
        )
        return Weights(measures, buckets, moved_measures, moved_buckets)


def blank() -> Weights:
    """Return weights that know nothing."""
    return Weights(
        np.zeros(len(MEASURES), np.float32),
        np.zeros(BUCKETS, np.float32),
        np.zeros(len(MEASURES), np.float32),
        np.zeros(BUCKETS, np.float32),
    )


def save(weights: Weights) -> bytes:
    """Return the weights as shipped: measures exactly, buckets in 255 steps."""
    scale = float(np.abs(weights.buckets).max()) / 127 or 1.0
    steps = np.round(weights.buckets / scale).astype(np.int8)
    head = np.concatenate([np.array([scale], np.float32), weights.measures])
    return head.astype("<f4").tobytes() + steps.tobytes()


def load(shipped: bytes) -> Weights:
    """Return the weights that `save` wrote."""
    size = 4 * (1 + len(MEASURES))
    head = np.frombuffer(shipped[:size], "<f4").astype(np.float32)
    steps = np.frombuffer(shipped[size:], np.int8).astype(np.float32)
    empty = blank()
    return Weights(head[1:], steps * head[0], empty.moved_measures, empty.moved_buckets)


@cache
def prior() -> Weights:
    """The weights that ship: learned once, before a site's own decisions."""
    return load((FOLDER / "spam.bin").read_bytes())
