"""A key for near-duplicates: texts that differ only in a name, a link or a number are close.

The key is a sketch of the set of words (MinHash, 16 values of 4 bits), not a simhash: the
probability that two texts agree in a value is about the share of words that they have in common,
even for ten words. One changed word in ten moves a simhash by nine of 64 bits, which no band
would find.
"""

import re
from zlib import crc32

import numpy as np

from .characters import without_accents
from .document import Text

#: The number of values in which near-duplicates may differ. Beyond three, a pair may by chance
#: share no band; few do.
NEAR = 6
#: With fewer words, unrelated texts are often nearly equal.
MIN_WORDS = 6
_READ = 8192
# Dots elsewhere are part of URLs.
_AROUND = ".,;:!?\"'()[]…“”’"
# In scripts without spaces between words each character counts as a word.
_WORD = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff\uac00-\ud7a3]|[^\W\d_]+")
_NO_LETTER = bytes(code if chr(code).isalpha() and code < 128 else 32 for code in range(256))
_chance = np.random.default_rng(16)
_FACTORS = _chance.integers(0, 1 << 32, (16, 1), np.uint32) | np.uint32(1)
_OFFSETS = _chance.integers(0, 1 << 32, (16, 1), np.uint32)
_FOLD, _TAKE = np.uint32(16), np.uint32(6)


def near_key(raw: str) -> int | None:
    """Return the key of a text as a signed 64-bit number; None when it is too short.

    Case, digits, punctuation, accents, emoji, links and word order are ignored; disguises are
    undone as in the plain view. Only the beginning of a long text is read.
    """
    lower = Text(raw[:_READ]).plain.string.lower()
    if "." in lower:
        lower = " ".join([part for part in lower.split() if "." not in part.strip(_AROUND)])
    if lower.isascii():
        words = lower.encode().translate(_NO_LETTER).split()
    else:
        words = [word.encode() for word in _WORD.findall(without_accents(lower))]
    if len(words) < MIN_WORDS:
        return None
    hashes = np.fromiter(map(crc32, set(words)), np.uint32)
    hashes ^= hashes >> np.uint32(15)
    mixed = hashes * _FACTORS + _OFFSETS
    mixed ^= mixed >> _FOLD
    values = (mixed.min(axis=1) >> _TAKE).astype(np.uint8) & 15
    return int.from_bytes((values[::2] << 4 | values[1::2]).tobytes(), "big", signed=True)


def bands(key: int) -> tuple[int, int, int, int]:
    """Return the four 16-bit parts of a key: texts of distance 3 or less share at least one."""
    return (key >> 48) & 0xFFFF, (key >> 32) & 0xFFFF, (key >> 16) & 0xFFFF, key & 0xFFFF


def distance(one: int, other: int) -> int:
    """Return the number of values in which two keys differ: about 14 for unrelated texts."""
    differing = (one ^ other) & 0xFFFF_FFFF_FFFF_FFFF
    differing |= differing >> 1
    differing |= differing >> 2
    return (differing & 0x1111_1111_1111_1111).bit_count()


def is_near(one: int, other: int) -> bool:
    """Return whether two keys belong to near-duplicates."""
    return distance(one, other) <= NEAR
