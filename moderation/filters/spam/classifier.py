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
from .text import Text

Array = NDArray[np.float32]

BUCKETS = 1 << 14
#: A bucket is met seldom, so it learns faster than a measure that every text has.
BUCKET_PACE = 20
#: How far one decision moves the weights: in trials, 40 decisions then teach a site its own ways.
PACE = 0.2
VERSION = "4"

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
    "own_products",
    "go_to_mine",
    "follow_me",
    "following",
    "thumbs_up",
    "like_the_comment",
    "my_trade",
    "video_link",
    "other_link",
    "own_product_somewhere",
    "going",
    "pleas",
    "vote_if",
    "greets",
)


def _words(listed: str) -> frozenset[bytes]:
    return frozenset(listed.encode().split())


# Words are met after punctuation is gone, so that "I'm" is "i" and "m".
_ORDERS = _words(
    "check subscribe visit click watch follow buy join order call contact message download sign add"
    " share like support help please earn win get vote"
)
_MINE = _words("my our ma mah")
_ME = _MINE | _words("me us im m ve we")
_PRODUCTS = _words(
    "account album app beat beats blog channel channels content cover covers facebook fb game"
    " gaming ig insta instagram link merch mixtape music page parody playlist profile raps remix"
    " shop site snapchat song songs store stream track tracks twitch twitter vid video videos vids"
    " website"
)
_GOING = _words("check click come find go hear listen look search see try view visit watch")
_FOLLOWING = _words(
    "follow follower followers sub subcribe subs subscribe subscribed subscriber subscribers"
    " subscribing suscribe sucscribe"
)
_TRADES = _words(
    "artist band beatmaker dancer dj gamer musician producer rap rapper sing singer songwriter"
    " vlogger youtuber"
)
_VOTES = _words("like likes share thumb thumbs upvote vote")
_PLEAS = _words("please pls plz")
_GREETINGS = _words("everyone guys hello hey hi")
_TELLING = (
    _ORDERS | _ME | _PRODUCTS | _GOING | _FOLLOWING | _TRADES | _VOTES | _PLEAS | _GREETINGS
) | _words("whatsapp telegram thumbs up comment if")
_SIGNS = b"!\"#%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_PARTS = bytes(32 if code in _SIGNS or code < 32 else code for code in range(256))
_DIGITS = b"0123456789"
_CURLED = re.compile("[…“”‘’]")
_READ = 4096
_WORDS = 800
_ANCHORS = re.compile(r"</?a(?:\s[^<>]{0,400})?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Features:
    """A text as the model sees it."""

    measures: Array
    #: Buckets of its words and pairs of words; repeats count again.
    buckets: NDArray[np.intp]
    #: How many words there are, and how many different ones.
    words: int
    unique: int
    #: What each bucket's weight counts for, so that long texts do not count for more.
    share: float


def features(text: Text, phrases: int = 0) -> Features:
    """Measure a text; only its beginning is read for words."""
    if "<a " in text.lower:
        # What a link is wrapped around counts, not how it was marked up.
        text = Text(_ANCHORS.sub("", text.raw))
    lower = text.lower[:_READ]
    # Words are bytes here: they are cut, counted and hashed without being decoded.
    if not lower.isascii():
        lower = _CURLED.sub("'", lower)
    raw = lower.encode("utf-8", "surrogatepass")
    words = raw.translate(_PARTS).split()
    count = len(words)
    unique = set(words)
    # Of a text's words few tell anything; what is asked below is asked of these.
    said = _TELLING.intersection(unique)
    size = max(1, len(raw))
    capitals = text.capitals
    length = len(text.clean)
    links = text.links
    linked, video = 0, False
    for link in links:
        linked += link.span[1] - link.span[0]
        video = video or "youtu" in link.host
    mine = not _MINE.isdisjoint(said)
    me = mine or not _ME.isdisjoint(said)
    going = not _GOING.isdisjoint(said)
    following = not _FOLLOWING.isdisjoint(said)
    voting = not _VOTES.isdisjoint(said)
    own = mine and not _PRODUCTS.isdisjoint(said)
    measures = np.fromiter(
        (
            1.0,
            1.0 if links else 0.0,
            math.log1p(len(links)),
            min(1.0, linked / max(1, length)),
            capitals,
            1.0 if capitals > 0.5 and length > 20 else 0.0,
            min(1.0, 5.0 * (len(raw) - len(raw.translate(None, _DIGITS))) / size),
            min(1.0, raw.count(b"!") / 4),
            min(1.0, 4.0 * (len(raw) - len(raw.translate(None, _SIGNS))) / size),
            math.log1p(length) / 6.0,
            1.0 if length < 25 else 0.0,
            1.0 if length > 200 else 0.0,
            min(3.0, float(phrases)),
            min(1.0, len(_ORDERS.intersection(said)) / 3),
            1.0 if b"$" in raw or "€" in lower or "£" in lower else 0.0,
            1.0 - len(unique) / count if count > 8 else 0.0,
            1.0 if b"@" in raw or b"whatsapp" in said or b"telegram" in said else 0.0,
            0.5 * min(2, _own_products(words)) if own else 0.0,
            0.5 * (mine and going),
            0.5 * (me and following),
            0.5 * following,
            0.5 * (b"thumbs" in said and b"up" in said),
            0.5 * (voting and b"comment" in said),
            0.5 * (me and not _TRADES.isdisjoint(said)),
            0.5 * video,
            0.5 * (bool(links) and not video),
            0.5 * own,
            0.5 * going,
            0.5 * (not _PLEAS.isdisjoint(said)),
            0.5 * (voting and b"if" in said),
            0.5 * (me and not _GREETINGS.isdisjoint(said)),
        ),
        np.float32,
        len(MEASURES),
    )
    # Words, then pairs of them, in one array: whatever NumPy is asked for costs as much as a word.
    single = min(count, _WORDS)
    every = np.empty(max(0, 2 * single - 1), np.uint32)
    every[:single] = np.fromiter(map(crc32, words[:_WORDS]), np.uint32, single)
    pairs = every[single:]
    np.multiply(every[: len(pairs)], _STEP, out=pairs)
    pairs ^= every[1 : len(pairs) + 1]
    every ^= every >> _FOLD
    every *= _MIX
    every >>= _KEEP
    buckets = every.astype(np.intp)
    return Features(measures, buckets, count, len(unique), 1.0 / math.sqrt(max(1, buckets.size)))


def _own_products(words: list[bytes]) -> int:
    """Count the products that follow "my", at once or after one other word."""
    found = 0
    for place, word in enumerate(words):
        if word in _MINE and not _PRODUCTS.isdisjoint(words[place + 1 : place + 3]):
            found += 1
    return found


_STEP, _FOLD, _MIX = np.uint32(0x01000193), np.uint32(15), np.uint32(0x9E3779B1)
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
            total += seen.share * float(np.add.reduce(self.buckets.take(seen.buckets)))
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))

    def update(self, seen: Features, spam: bool, rate: float = PACE) -> "Weights":
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
